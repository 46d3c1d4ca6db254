//! Keyboards and mice of the host in a definition: `<input type='evdev'>`.

use super::{owned, owned_of};
use crate::Error;
use crate::patch::{Path, fragment, insert_after, insert_child, remove_attribute, remove_element, set_attribute};
use crate::xml::{Element, Tree};

/// Keys that hand keyboard and mouse to the guest and back, in libvirt's words.
pub const TOGGLES: [&str; 6] = ["ctrl-ctrl", "alt-alt", "shift-shift", "meta-meta", "scrolllock", "ctrl-scrolllock"];

/// A keyboard or a mouse of the host that is given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HostInput {
    /// Path of its device file.
    pub path: String,
    /// Whether all others go and come with it; for keyboards.
    pub grab_all: bool,
    /// Whether a key that is held repeats; for keyboards.
    pub repeat: bool,
    /// One of [`TOGGLES`], or empty for libvirt's own choice, which is `ctrl-ctrl`; for keyboards.
    pub toggle: String,
}

impl HostInput {
    /// The attributes of `<source>` in libvirt's order; those without value are left out.
    fn attributes(&self) -> [(&'static str, &str); 4] {
        let (grab, repeat) = (if self.grab_all { "all" } else { "" }, if self.repeat { "on" } else { "" });
        [("dev", &self.path), ("grab", grab), ("grabToggle", &self.toggle), ("repeat", repeat)]
    }

    fn element(&self) -> Result<String, Error> {
        let attributes: Vec<(&str, &str)> = self.attributes().into_iter().filter(|(_, value)| !value.is_empty()).collect();
        insert_child(&fragment("input", &[("type", "evdev")], "")?, &Path::root(), &fragment("source", &attributes, "")?)
    }
}

/// The device file of an `<input>`; `None` if it is none of the host.
pub(crate) fn path_of(element: &Element<'_, '_>) -> Option<String> {
    (owned(element, "type") == "evdev").then(|| owned_of(element, "source", "dev"))
}

/// Gives what is not there yet, behind the inputs that are; what is there gets the properties that are wanted now.
///
/// # Errors
/// Those of [`Tree::parse`]; `Missing` without `<devices>`; `Invalid` for a word that is none of [`TOGGLES`].
pub fn give(xml: &str, wanted: &[HostInput]) -> Result<String, Error> {
    let mut text = xml.to_owned();
    for input in wanted {
        if !input.toggle.is_empty() && !TOGGLES.contains(&input.toggle.as_str()) {
            return Err(Error::Invalid { what: "keys" });
        }
        text = match position(&text, &input.path)? {
            Some(position) => change(&text, position, input)?,
            None => add(&text, &input.element()?)?,
        };
    }
    Ok(text)
}

/// Takes those with these device files away. What is not there is left out.
///
/// # Errors
/// As [`give`].
pub fn take(xml: &str, paths: &[String]) -> Result<String, Error> {
    let mut text = xml.to_owned();
    for path in paths {
        while let Some(position) = position(&text, path)? {
            text = remove_element(&text, &inputs().at(position))?;
        }
    }
    Ok(text)
}

fn inputs() -> Path {
    Path::root().child("devices").child("input")
}

/// Its position among all inputs, from 1.
fn position(xml: &str, path: &str) -> Result<Option<usize>, Error> {
    let tree = Tree::parse(xml)?;
    let devices = tree.root().child("devices").ok_or(Error::Missing { what: "<devices>" })?;
    let found = devices.children_named("input").position(|input| path_of(&input).is_some_and(|known| known == path));
    Ok(found.map(|index| index + 1))
}

fn change(xml: &str, position: usize, input: &HostInput) -> Result<String, Error> {
    let source = inputs().at(position).child("source");
    let mut text = xml.to_owned();
    for (name, value) in input.attributes() {
        let tree = Tree::parse(&text)?;
        let known = source.find(&tree)?.attribute(name).map(std::borrow::Cow::into_owned);
        // `repeat='off'` says what its absence says.
        let is_same =
            known.as_deref().unwrap_or_default() == value || (name == "repeat" && value.is_empty() && known.as_deref() == Some("off"));
        text = match (is_same, value.is_empty()) {
            (true, _) => continue,
            (false, true) => remove_attribute(&text, &source, name)?,
            (false, false) => set_attribute(&text, &source, name, value)?,
        };
    }
    Ok(text)
}

fn add(xml: &str, element: &str) -> Result<String, Error> {
    let tree = Tree::parse(xml)?;
    let devices = tree.root().child("devices").ok_or(Error::Missing { what: "<devices>" })?;
    let count = devices.children_named("input").count();
    if count > 0 { insert_after(xml, &inputs().at(count), element) } else { insert_child(xml, &Path::root().child("devices"), element) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::Machine;

    const XML: &str = "<domain type='kvm'>
  <name>a</name>
  <devices>
    <input type='tablet' bus='usb'/> <!-- kept -->
    <input type='passthrough' bus='virtio'><source evdev='/dev/input/event1'/></input>
    <memballoon model='none'/>
  </devices>
</domain>";

    fn keyboard() -> HostInput {
        HostInput { path: "/dev/input/by-id/usb-A-event-kbd".into(), grab_all: true, repeat: true, toggle: "shift-shift".into() }
    }

    fn mouse() -> HostInput {
        HostInput { path: "/dev/input/by-id/usb-B-event-mouse".into(), ..HostInput::default() }
    }

    #[test]
    fn words_that_are_no_keys_are_refused() {
        let odd = HostInput { toggle: "ctrl-alt-delete".into(), ..keyboard() };
        assert_eq!(give(XML, &[odd]), Err(Error::Invalid { what: "keys" }));
        assert!(matches!(give("<domain/>", &[keyboard()]), Err(Error::Missing { .. })));
    }

    #[test]
    fn a_keyboard_and_a_mouse_are_given_and_taken_away_to_the_last_byte() {
        let given = give(XML, &[keyboard(), mouse()]).unwrap();
        let expected = concat!(
            "<input type=\"evdev\"><source dev=\"/dev/input/by-id/usb-A-event-kbd\" grab=\"all\" grabToggle=\"shift-shift\" ",
            "repeat=\"on\"/></input>\n    <input type=\"evdev\"><source dev=\"/dev/input/by-id/usb-B-event-mouse\"/></input>\n    <memballoon"
        );
        assert!(given.contains(expected), "{given}");
        assert_eq!(Machine::parse(&given).unwrap().host_inputs, [keyboard().path, mouse().path]);
        assert_eq!(give(&given, &[keyboard(), mouse()]).unwrap(), given, "what is there stays as it is");
        assert_eq!(take(&given, &[mouse().path, keyboard().path]).unwrap(), XML);
        assert_eq!(take(XML, &[mouse().path]).unwrap(), XML);
    }

    #[test]
    fn what_is_there_is_changed_in_its_place_and_keeps_what_others_wrote() {
        let written = XML.replace(
            "<memballoon",
            "<input type='evdev'><!-- mine --><source repeat='off' dev='/dev/input/by-id/usb-A-event-kbd'/><address type='x'/></input>\n    <memballoon",
        );
        let changed = give(&written, &[keyboard()]).unwrap();
        assert!(changed.contains("<!-- mine --><source repeat='on' dev='/dev/input/by-id/usb-A-event-kbd'"), "{changed}");
        assert!(changed.contains("<address type='x'/></input>"), "{changed}");
        let plain = HostInput { path: keyboard().path, ..HostInput::default() };
        assert_eq!(give(&written, &[plain]).unwrap(), written, "off is what nothing is");
    }

    #[test]
    fn a_path_cannot_leave_its_attribute() {
        let odd = HostInput { path: "/x'/><y a=\"".into(), ..HostInput::default() };
        let given = give(XML, std::slice::from_ref(&odd)).unwrap();
        assert_eq!(Machine::parse(&given).unwrap().host_inputs, std::slice::from_ref(&odd.path));
        assert_eq!(take(&given, &[odd.path]).unwrap(), XML);
    }
}
