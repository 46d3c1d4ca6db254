//! The keyboards and mice of the host by names that stay: what udev made of them, with nothing of `/dev` opened.

use std::collections::{BTreeMap, BTreeSet};

use model::validate::shown;

use super::{Root, pci::PciAddress, usb};

const INPUTS: &str = "sys/class/input";
/// What udev knows of devices, by kind and number.
pub(super) const KNOWN: &str = "run/udev/data";
/// Character devices of the kernel's inputs have this number.
pub(super) const CHARACTER: &str = "c13:";
/// No host has more, and no device that claims to be many gets further.
const MOST_DEVICES: usize = 1024;
/// Characters of what a device calls itself, and of a name of udev's.
const LONGEST_TEXT: usize = 126;
const LONGEST_NAME: usize = 200;
/// Where names stand that stay, best first.
const FOLDERS: [&str; 2] = ["by-id/", "by-path/"];
const KINDS: [(&str, &str); 4] =
    [("ID_INPUT_KEYBOARD", "keyboard"), ("ID_INPUT_MOUSE", "mouse"), ("ID_INPUT_TOUCHPAD", "touchpad"), ("ID_INPUT_TABLET", "tablet")];

/// A keyboard, mouse, touchpad or tablet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Device {
    /// What it calls itself.
    pub label: String,
    /// `keyboard`, `mouse`, `touchpad`, `tablet`: what it is, in this order.
    pub kinds: Vec<&'static str>,
    /// The USB port it hangs on, or empty.
    pub port: String,
    /// The PCI device it is behind.
    pub controller: Option<PciAddress>,
    /// What can be unplugged as one: a keyboard has several inputs.
    pub unit: String,
}

impl Device {
    /// Whether it has the keys that hand inputs over.
    #[must_use]
    pub fn is_keyboard(&self) -> bool {
        self.kinds.contains(&"keyboard")
    }
}

/// The inputs of the host.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inputs {
    /// By name, such as `by-id/usb-Logitech_USB_Keyboard-event-kbd`.
    pub devices: BTreeMap<String, Device>,
    /// The units of all keyboards, also of those that have no name.
    pub keyboards: BTreeSet<String>,
}

impl Inputs {
    /// Whether the host has keyboards, and none without these devices.
    #[must_use]
    pub fn are_last_keyboards(&self, names: &[String]) -> bool {
        let taken: BTreeSet<&String> = names.iter().filter_map(|name| self.devices.get(name)).map(|device| &device.unit).collect();
        self.keyboards.iter().any(|unit| taken.contains(unit)) && self.keyboards.iter().all(|unit| taken.contains(unit))
    }
}

/// The path of the device file with a name of [`Inputs`].
#[must_use]
pub fn path(name: &str) -> String {
    ["/dev/input/", name].concat()
}

/// The name in such a path; `None` if it is none.
#[must_use]
pub fn name_in(path: &str) -> Option<&str> {
    path.strip_prefix("/dev/input/").filter(|name| is_name(name))
}

/// Whether this can be a name: one part below one of the folders, with the characters that udev writes.
#[must_use]
pub fn is_name(name: &str) -> bool {
    let rest = FOLDERS.iter().find_map(|folder| name.strip_prefix(folder));
    let is_fitting = |byte: u8| byte.is_ascii_alphanumeric() || b"#+-.:=@_".contains(&byte);
    rest.is_some_and(|rest| !rest.is_empty() && rest.len() <= LONGEST_NAME && !rest.starts_with('.') && rest.bytes().all(is_fitting))
}

/// Reads every input that is a keyboard or points at something.
#[must_use]
pub fn read(root: &Root) -> Inputs {
    let events = root.names(INPUTS).into_iter().filter(|name| name.starts_with("event")).take(MOST_DEVICES);
    let found: Vec<(Vec<String>, Device)> = events.filter_map(|event| one(root, &event)).collect();
    let mut claims: BTreeMap<&String, usize> = BTreeMap::new();
    found.iter().flat_map(|(names, _)| names).for_each(|name| *claims.entry(name).or_default() += 1);
    let keyboards = found.iter().filter(|(_, device)| device.is_keyboard()).map(|(_, device)| device.unit.clone()).collect();
    let named = |(names, device): &(Vec<String>, Device)| {
        // A name that two of them claim, as twins do, leads to either.
        let name = names.iter().find(|name| claims.get(name) == Some(&1))?;
        Some((name.clone(), device.clone()))
    };
    Inputs { devices: found.iter().filter_map(named).collect(), keyboards }
}

/// An input with the names that udev gave it, best first.
fn one(root: &Root, event: &str) -> Option<(Vec<String>, Device)> {
    let number = root.line(&format!("{INPUTS}/{event}/dev"));
    number.starts_with(CHARACTER.trim_start_matches('c')).then_some(())?;
    let known = root.read(&format!("{KNOWN}/c{number}")).ok()?;
    let says =
        |property: &str| known.lines().any(|line| line.strip_prefix("E:").and_then(|line| line.strip_prefix(property)) == Some("=1"));
    let kinds: Vec<&str> = KINDS.iter().filter(|(property, _)| says(property)).map(|(_, kind)| *kind).collect();
    let real = root.real(&format!("{INPUTS}/{event}")).ok()?;
    let parts: Vec<&str> = real.iter().filter_map(|part| part.to_str()).collect();
    // What programs make up is no keyboard that somebody could sit at.
    (!kinds.is_empty() && !parts.contains(&"virtual")).then_some(())?;
    let links: Vec<&str> = known.lines().filter_map(|line| line.strip_prefix("S:input/")).filter(|name| is_name(name)).collect();
    let names = FOLDERS.iter().flat_map(|folder| links.iter().filter(move |name| name.starts_with(folder)));
    let port = parts.iter().rev().find(|part| usb::is_port(part)).map_or_else(String::new, |part| (*part).to_owned());
    let parent = parts.iter().rposition(|part| *part == "input").map_or(parts.len(), |index| index);
    let unit = if port.is_empty() { parts[..parent].join("/") } else { port.clone() };
    let device = Device {
        label: shown(root.line(&format!("{INPUTS}/{event}/device/name")).trim(), LONGEST_TEXT),
        kinds,
        port,
        controller: parts.iter().rev().find_map(|part| part.parse().ok()),
        unit,
    };
    Some((names.map(|name| (*name).to_owned()).collect(), device))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_udev_writes_is_a_name() {
        for name in ["by-id/usb-Logitech_USB_Keyboard-event-kbd", "by-path/pci-0000:00:14.0-usb-0:1:1.0-event-mouse"] {
            assert_eq!(name_in(&path(name)), Some(name));
        }
        for other in
            ["", "event3", "by-id/", "by-id/..", "by-id/a/b", "by-id/../../mem", "../by-id/a", "by-id/a'b", "by-id/a b", "by-id/\u{202e}a"]
        {
            assert!(!is_name(other), "{other:?}");
        }
        for path in ["/dev/mem", "/dev/input/event3", "/dev/input/by-id/../../mem", "by-id/a", "/etc/dev/input/by-id/a"] {
            assert_eq!(name_in(path), None, "{path}");
        }
    }

    #[test]
    fn the_last_keyboard_is_known_by_what_is_unplugged_as_one() {
        let device = |unit: &str| Device { kinds: vec!["keyboard"], unit: unit.into(), ..Device::default() };
        let mut inputs = Inputs { keyboards: ["1-1".to_owned()].into(), ..Inputs::default() };
        inputs.devices.insert("by-id/a".into(), device("1-1"));
        inputs.devices.insert("by-id/b".into(), device("1-2"));
        assert!(inputs.are_last_keyboards(&["by-id/a".into()]));
        assert!(!inputs.are_last_keyboards(&["by-id/b".into()]), "another is left");
        inputs.keyboards.insert("1-2".into());
        assert!(!inputs.are_last_keyboards(&["by-id/a".into()]));
        assert!(inputs.are_last_keyboards(&["by-id/a".into(), "by-id/b".into()]));
        assert!(!Inputs::default().are_last_keyboards(&[]), "who has none loses none");
    }
}
