//! What a virtual function of a network card may: read from the card's driver, set value by value, read back, and put back if
//! one of them is refused or does not stay.

use std::{collections::BTreeMap, fmt, io, str::FromStr};

use serde::{Deserialize, Serialize};

use super::{
    Root,
    pci::{self, PciAddress},
    rtnetlink,
    vfio::{self, Failure, Pace, Write},
};
use crate::{
    policy::{Grant, action::HostSriov},
    store::journal::{Entry, Journal, Original},
};

/// The operation of an entry of the journal.
pub const OPERATION: &str = "virtual-function";

/// An address of a network card; all zeroes if the driver chooses one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mac(pub [u8; 6]);

impl fmt::Display for Mac {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, e, f] = self.0;
        write!(formatter, "{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{f:02x}")
    }
}

impl FromStr for Mac {
    type Err = &'static str;

    /// Six bytes in hexadecimal digits, with colons; not the address of a group, which no card has for its own.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut bytes = [0; 6];
        let parts: Vec<&str> = text.split(':').collect();
        let is_hexadecimal = |part: &&str| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_hexdigit());
        if parts.len() != bytes.len() || !parts.iter().all(is_hexadecimal) {
            return Err("not an address of a network card");
        }
        for (byte, part) in bytes.iter_mut().zip(parts) {
            *byte = u8::from_str_radix(part, 16).map_err(|_| "not an address of a network card")?;
        }
        if bytes[0] & 1 == 1 { Err("the address of a group") } else { Ok(Self(bytes)) }
    }
}

/// Which kind of tag a VLAN has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Protocol {
    /// The usual one.
    #[default]
    #[serde(rename = "802.1Q")]
    Customer,
    /// The outer one of two.
    #[serde(rename = "802.1ad")]
    Service,
}

impl Protocol {
    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Customer => "802.1Q",
            Self::Service => "802.1ad",
        }
    }
}

/// The network that a function is in; number 0 for none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vlan {
    /// 0 to 4094.
    pub id: u16,
    /// The priority of its frames, 0 to 7.
    pub qos: u8,
    pub protocol: Protocol,
}

/// Megabits a second; 0 for no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rate {
    /// What it gets even when others send, too.
    pub least: u32,
    /// What it gets at most.
    pub most: u32,
}

/// Whether the function has a link.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LinkState {
    /// As the card's port.
    #[default]
    Auto,
    /// Always: functions reach each other while the port has none.
    Enable,
    /// Never.
    Disable,
}

impl LinkState {
    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Enable => "enable",
            Self::Disable => "disable",
        }
    }
}

/// All that can be set of a function.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    pub mac: Mac,
    pub vlan: Vlan,
    pub rate: Rate,
    /// Frames from another address than its own are dropped.
    pub spoof_check: bool,
    pub link_state: LinkState,
    /// Its guest may change its address and hear everything.
    pub trust: bool,
}

/// Settings of the functions that a card has, by number.
pub type Functions = BTreeMap<u32, Settings>;

/// One of them, as drivers take it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setting {
    Mac(Mac),
    Vlan(Vlan),
    Rate(Rate),
    SpoofCheck(bool),
    LinkState(LinkState),
    Trust(bool),
}

impl Setting {
    /// The word for it.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Mac(_) => "mac",
            Self::Vlan(_) => "vlan",
            Self::Rate(_) => "rate",
            Self::SpoofCheck(_) => "spoof-check",
            Self::LinkState(_) => "link-state",
            Self::Trust(_) => "trust",
        }
    }
}

impl Setting {
    /// The same for `ip link set ... vf NUMBER`, which an administrator has.
    fn typed(&self) -> String {
        let switch = |on: bool| if on { "on" } else { "off" };
        match self {
            Self::Mac(mac) => format!("mac {mac}"),
            Self::Vlan(Vlan { id, qos, protocol }) => format!("vlan {id} qos {qos} proto {}", protocol.word()),
            Self::Rate(Rate { least, most }) => format!("min_tx_rate {least} max_tx_rate {most}"),
            Self::SpoofCheck(on) => format!("spoofchk {}", switch(*on)),
            Self::LinkState(state) => format!("state {}", state.word()),
            Self::Trust(on) => format!("trust {}", switch(*on)),
        }
    }
}

impl fmt::Display for Setting {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mac(mac) => mac.fmt(formatter),
            Self::Vlan(Vlan { id, qos, protocol }) => write!(formatter, "{id} qos {qos} {}", protocol.word()),
            Self::Rate(Rate { least, most }) => write!(formatter, "{least} to {most}"),
            Self::SpoofCheck(value) | Self::Trust(value) => value.fmt(formatter),
            Self::LinkState(state) => state.word().fmt(formatter),
        }
    }
}

impl Settings {
    /// What has to be set, in order, so that these become `wanted`.
    #[must_use]
    pub fn toward(&self, wanted: &Self) -> Vec<Setting> {
        let mut steps = Vec::new();
        let mut add = |differs: bool, step: Setting| {
            if differs {
                steps.push(step);
            }
        };
        add(self.trust != wanted.trust, Setting::Trust(wanted.trust));
        add(self.mac != wanted.mac, Setting::Mac(wanted.mac));
        add(self.vlan != wanted.vlan, Setting::Vlan(wanted.vlan));
        add(self.rate != wanted.rate, Setting::Rate(wanted.rate));
        add(self.spoof_check != wanted.spoof_check, Setting::SpoofCheck(wanted.spoof_check));
        add(self.link_state != wanted.link_state, Setting::LinkState(wanted.link_state));
        steps
    }

    /// With one of them replaced.
    #[must_use]
    pub const fn with(mut self, setting: &Setting) -> Self {
        match setting {
            Setting::Mac(mac) => self.mac = *mac,
            Setting::Vlan(vlan) => self.vlan = *vlan,
            Setting::Rate(rate) => self.rate = *rate,
            Setting::SpoofCheck(value) => self.spoof_check = *value,
            Setting::LinkState(state) => self.link_state = *state,
            Setting::Trust(value) => self.trust = *value,
        }
        self
    }

    /// For a function that is made anew and now has `now`: an address that the driver chose is the driver's to choose again.
    #[must_use]
    pub fn made_anew(self, now: &Self) -> Self {
        if self.mac == Mac::default() { Self { mac: now.mac, ..self } } else { self }
    }

    /// Whether every value is one that a card can have.
    #[must_use]
    pub const fn is_sound(&self) -> bool {
        let Rate { least, most } = self.rate;
        self.mac.0[0] & 1 == 0 && self.vlan.id <= 4094 && self.vlan.qos <= 7 && (most == 0 || least <= most)
    }
}

/// How a function was before it was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Before {
    /// Which function of the card.
    pub index: u32,
    pub settings: Settings,
}

/// The interface of a network card itself; not those that stand for its functions in a switch of the card's.
#[must_use]
pub fn card(root: &Root, device: PciAddress) -> Option<String> {
    let directory = format!("{}/net", pci::directory(device));
    let is_own = |name: &String| !root.line(&format!("{directory}/{name}/phys_port_name")).contains("vf");
    root.names(&directory).into_iter().find(is_own)
}

/// The device that an interface of the host is of.
#[must_use]
pub fn device(root: &Root, card: &str) -> Option<PciAddress> {
    // A name from a document, not from the kernel.
    let is_name = !card.contains('/');
    is_name.then(|| root.link(&format!("sys/class/net/{card}/device")))??.parse().ok()
}

/// What the functions of a device may; none if it is no network card, or its driver does not tell.
///
/// # Errors
/// The kernel's.
pub fn read(root: &Root, device: PciAddress) -> io::Result<Functions> {
    let Some(card) = card(root, device) else { return Ok(Functions::new()) };
    match root.simulation() {
        Some((kernel, tree)) => kernel.functions(tree, &card),
        None if root.is_host() => rtnetlink::functions(number(root, &card)?),
        None => Ok(Functions::new()),
    }
}

/// Sets one value of one function.
fn write(root: &Root, device: PciAddress, index: u32, setting: &Setting) -> io::Result<()> {
    let card = card(root, device).ok_or(io::ErrorKind::NotFound)?;
    match root.simulation() {
        Some((kernel, tree)) => kernel.set_function(tree, &card, index, setting),
        None => rtnetlink::set(number(root, &card)?, index, setting),
    }
}

fn number(root: &Root, card: &str) -> io::Result<u32> {
    root.number(&format!("sys/class/net/{card}/ifindex")).ok_or_else(|| io::ErrorKind::NotFound.into())
}

/// The address of a function by its number.
#[must_use]
pub fn address(root: &Root, device: PciAddress, index: u32) -> Option<PciAddress> {
    root.link(&format!("{}/virtfn{index}", pci::directory(device)))?.parse().ok()
}

/// Gives a function of the device of the grant these settings. Blocks: it belongs on a thread of its own.
///
/// # Errors
/// Why it was not done; it has the settings of before then, unless it is `Stuck`.
pub fn set(
    root: &Root,
    journal: &Journal,
    grant: &Grant<HostSriov>,
    index: u32,
    wanted: &Settings,
    pace: &impl Pace,
) -> Result<(), Failure> {
    for device in grant.devices() {
        let refused = |source| Failure::Write { device: *device, step: "read", source };
        let functions = read(root, *device).map_err(refused)?;
        let settings = *functions.get(&index).ok_or_else(|| refused(io::ErrorKind::NotFound.into()))?;
        let original = Original { address: device.to_string(), driver: pci::driver(root, *device), driver_override: String::new() };
        let mut entry = Entry { function: Some(Before { index, settings }), ..Entry::new(vfio::boot(root), OPERATION, vec![original]) };
        tracing::info!(%device, index, before = ?settings, ?wanted, uid = grant.caller().uid, "Changing a virtual function");
        let done = forward(root, journal, &mut entry, (*device, index), (&settings, wanted), pace);
        // Should the entry stay, the next start of the service would undo what is done: then it must not count as done.
        let done = done.and_then(|()| journal.remove(&entry.id).map_err(Failure::Journal));
        if let Err(failure) = done {
            tracing::warn!(cause = %failure, "A virtual function is put back");
            vfio::restore(root, &entry)?;
            return Err(journal.remove(&entry.id).err().map_or(failure, Failure::Journal));
        }
        // It is as somebody wanted now: nothing that an earlier change left of it is to be undone any more.
        journal.supersede(|older| {
            let is_of_card = older.is_of(*device);
            if is_of_card {
                older.settings.remove(&index);
            }
            !(is_of_card && older.function.is_some_and(|before| before.index == index))
        });
    }
    Ok(())
}

fn forward(
    root: &Root,
    journal: &Journal,
    entry: &mut Entry,
    (device, index): (PciAddress, u32),
    (before, wanted): (&Settings, &Settings),
    pace: &impl Pace,
) -> Result<(), Failure> {
    let cut_short = |step| Failure::Write { device, step, source: io::ErrorKind::TimedOut.into() };
    let steps = before.toward(wanted);
    for step in &steps {
        entry.step = format!("{} {step}", step.word());
        journal.put(entry).map_err(Failure::Journal)?;
        if !pace.goes_on(&shown(device, index, step)) {
            return Err(cut_short(step.word()));
        }
        self::write(root, device, index, step).map_err(|source| Failure::Setting { device, setting: step.word(), source })?;
    }
    let reads = |source| Failure::Write { device, step: "read", source };
    let now = read(root, device).map_err(reads)?.get(&index).copied().unwrap_or_default();
    // Drivers have said yes and done nothing.
    if let Some(step) = now.toward(wanted).first() {
        return Err(Failure::Setting { device, setting: step.word(), source: io::ErrorKind::InvalidData.into() });
    }
    if pace.may_end() { Ok(()) } else { Err(cut_short("read")) }
}

/// A step as it is in plans.
#[must_use]
pub fn shown(device: PciAddress, index: u32, step: &Setting) -> Write {
    Write { device, step: step.word(), path: format!("{}/virtfn{index}", pci::directory(device)), value: step.to_string() }
}

/// The commands that give a function the settings it had; none if it has them, or is gone.
#[must_use]
pub fn repair(root: &Root, device: PciAddress, before: &Before) -> Vec<String> {
    let is_plain = |name: &String| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    let now = read(root, device).ok().and_then(|all| all.get(&before.index).copied());
    // Nobody is shown a command with the name of a card that a shell would read.
    let (Some(card), Some(now)) = (card(root, device).filter(is_plain), now) else { return Vec::new() };
    let command = |step: &Setting| format!("ip link set dev {card} vf {} {}", before.index, step.typed());
    now.toward(&before.settings).iter().map(command).collect()
}

/// Gives the function of an entry the settings it had. Can be done again, from anywhere in between.
///
/// # Errors
/// `Stuck`, if it has others after that.
pub fn restore(root: &Root, entry: &Entry, before: &Before) -> Result<(), Failure> {
    // What we wrote ourselves parses; what does not is nobody's device.
    let Some(device) = entry.devices.first().and_then(|original| original.address.parse().ok()) else { return Ok(()) };
    let left = || -> io::Result<Vec<Setting>> {
        // A function that is gone has nothing to be put back: it comes anew without what was set.
        let now = read(root, device)?.get(&before.index).copied();
        Ok(now.map(|now| now.toward(&before.settings)).unwrap_or_default())
    };
    for step in left().unwrap_or_default() {
        if let Err(error) = write(root, device, before.index, &step) {
            tracing::warn!(%device, index = before.index, setting = step.word(), %error, "A virtual function was not put back at once");
        }
    }
    match left() {
        Ok(left) if left.is_empty() => Ok(()),
        Err(_) if !root.exists(&pci::directory(device)) => Ok(()),
        _ => Err(Failure::Stuck { device }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_six_bytes_and_of_no_group() {
        assert_eq!("52:54:00:Ab:0c:01".parse::<Mac>().unwrap().to_string(), "52:54:00:ab:0c:01");
        assert_eq!("00:00:00:00:00:00".parse(), Ok(Mac::default()), "the driver chooses");
        for bad in ["", "52:54:00:ab:0c", "52:54:00:ab:0c:01:02", "5:54:00:ab:0c:01", "52-54-00-ab-0c-01", "+1:54:00:ab:0c:01"] {
            assert_eq!(bad.parse::<Mac>(), Err("not an address of a network card"), "{bad}");
        }
        for group in ["ff:ff:ff:ff:ff:ff", "01:00:5e:00:00:01", "33:33:00:00:00:01"] {
            assert_eq!(group.parse::<Mac>(), Err("the address of a group"), "{group}");
        }
    }

    #[test]
    fn only_what_differs_is_set_and_then_nothing_differs() {
        let before = Settings { spoof_check: true, ..Settings::default() };
        let vlan = Vlan { id: 4094, qos: 7, protocol: Protocol::Service };
        let wanted = Settings { vlan, trust: true, rate: Rate { least: 10, most: 100 }, ..before };
        let steps = before.toward(&wanted);
        assert_eq!(steps.iter().map(ToString::to_string).collect::<Vec<_>>(), ["true", "4094 qos 7 802.1ad", "10 to 100"]);
        assert_eq!(steps.iter().fold(before, Settings::with), wanted);
        assert!(wanted.toward(&wanted).is_empty());
    }

    #[test]
    fn what_no_card_can_have_is_not_sound() {
        let sound = Settings { rate: Rate { least: 5, most: 0 }, ..Settings::default() };
        assert!(sound.is_sound(), "no limit is above every least rate");
        let rate = Settings { rate: Rate { least: 2, most: 1 }, ..sound };
        let vlan = |id, qos| Settings { vlan: Vlan { id, qos, protocol: Protocol::Customer }, ..sound };
        let group = Settings { mac: Mac([1, 0, 0, 0, 0, 0]), ..sound };
        for bad in [rate, vlan(4095, 0), vlan(1, 8), group] {
            assert!(!bad.is_sound(), "{bad:?}");
        }
    }
}
