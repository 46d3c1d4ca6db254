//! USB devices of the host in a definition: given to the guest, and taken away again.

use super::host::HostDevice;
use super::{owned, owned_of};
use crate::Error;
use crate::patch::{Path, fragment, insert_after, insert_child, remove_element};
use crate::xml::{Element, Tree};

/// A kind: vendor and product.
pub type Ids = (u16, u16);
/// A bus, and a device's number on it: another one after each time it is plugged in.
pub type Place = (u32, u32);

/// What a definition names a device by. libvirt adds the place of the one it took to the definition that a machine runs with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usb {
    pub ids: Option<Ids>,
    pub place: Option<Place>,
    /// The machine started without it, for it was not there.
    pub is_missing: bool,
}

/// What happens when a machine starts without the device.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StartupPolicy {
    /// It does not start.
    Mandatory,
    /// It does not start, but it comes back from a saved state, or from another host.
    Requisite,
    /// It starts without.
    #[default]
    Optional,
}

impl StartupPolicy {
    /// libvirt's word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Mandatory => "mandatory",
            Self::Requisite => "requisite",
            Self::Optional => "optional",
        }
    }

    /// The policy of libvirt's word.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        [Self::Mandatory, Self::Requisite, Self::Optional].into_iter().find(|policy| policy.word() == word)
    }
}

/// Which resets a guest may ask of the device itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GuestReset {
    Off,
    /// Until the guest has set it up.
    Uninitialized,
    On,
}

impl GuestReset {
    /// libvirt's word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Uninitialized => "uninitialized",
            Self::On => "on",
        }
    }

    /// What libvirt's word means.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        [Self::Off, Self::Uninitialized, Self::On].into_iter().find(|reset| reset.word() == word)
    }
}

/// A USB device of the host that is to be given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Assignment {
    pub ids: Ids,
    /// Only the one that is there now.
    pub place: Option<Place>,
    pub policy: StartupPolicy,
    /// `None` leaves it to the hypervisor.
    pub reset: Option<GuestReset>,
}

impl Assignment {
    /// The element without an address in the guest: libvirt chooses one.
    ///
    /// # Errors
    /// None in practice: every name is fixed.
    pub fn to_xml(&self) -> Result<String, Error> {
        let root = Path::root();
        let mut source = vec![("startupPolicy", self.policy.word())];
        source.extend(self.reset.map(|reset| ("guestReset", reset.word())));
        let mut xml = fragment("hostdev", &[("mode", "subsystem"), ("type", "usb"), ("managed", "no")], "")?;
        xml = insert_child(&xml, &root, &fragment("source", &source, "")?)?;
        let below = root.child("source");
        for (name, id) in [("vendor", self.ids.0), ("product", self.ids.1)] {
            xml = insert_child(&xml, &below, &fragment(name, &[("id", &format!("0x{id:04x}"))], "")?)?;
        }
        if let Some((bus, device)) = self.place {
            let (bus, device) = (bus.to_string(), device.to_string());
            xml = insert_child(&xml, &below, &fragment("address", &[("bus", &bus), ("device", &device)], "")?)?;
        }
        Ok(xml)
    }
}

impl Usb {
    pub(crate) fn read(source: &Element<'_, '_>) -> Self {
        let id = |name| {
            let text = owned_of(source, name, "id");
            u16::from_str_radix(text.strip_prefix("0x").unwrap_or(&text), 16).ok()
        };
        let place = source.child("address").and_then(|address| {
            let part = |name: &str| owned(&address, name).parse::<u32>().ok();
            // libvirt writes zeroes for a device that it did not find.
            Some((part("bus")?, part("device")?)).filter(|(bus, device)| *bus > 0 && *device > 0)
        });
        Self { ids: id("vendor").zip(id("product")), place, is_missing: owned(source, "missing") == "yes" }
    }

    /// Whether this, as a definition has it, is `device`: by its place if both have one, else by its kind.
    #[must_use]
    pub fn is(&self, device: &Self) -> bool {
        match (self.place, device.place) {
            (Some(here), Some(there)) => here == there,
            _ => self.ids.is_some() && self.ids == device.ids,
        }
    }
}

/// A device that a definition has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    pub usb: Usb,
    /// What happens at a start without it; libvirt does not start without one that says nothing.
    pub policy: StartupPolicy,
    /// The element with all that libvirt knows of it: what a hot unplug has to name.
    pub element: String,
}

/// Every USB device of the host in a definition.
///
/// # Errors
/// Those of [`Tree::parse`]; `Missing` without `<devices>`.
pub fn all(xml: &str) -> Result<Vec<Found>, Error> {
    let tree = Tree::parse(xml)?;
    let devices = devices(&tree)?.children_named("hostdev").filter(|device| owned(device, "type") == "usb");
    let found = |device: Element<'_, '_>| {
        let policy = StartupPolicy::of(&owned_of(&device, "source", "startupPolicy")).unwrap_or(StartupPolicy::Mandatory);
        Found { usb: HostDevice::read(&device).usb, policy, element: xml[device.span()].to_owned() }
    };
    Ok(devices.map(found).collect())
}

/// Whether a machine can have USB devices at all: one without a controller cannot.
///
/// # Errors
/// As [`all`].
pub fn is_possible(xml: &str) -> Result<bool, Error> {
    let tree = Tree::parse(xml)?;
    let mut controllers = devices(&tree)?.children_named("controller").filter(|controller| owned(controller, "type") == "usb");
    Ok(controllers.all(|controller| owned(&controller, "model") != "none"))
}

/// Adds what is not there yet.
///
/// # Errors
/// As [`all`].
pub fn assign(xml: &str, wanted: &[Assignment]) -> Result<String, Error> {
    let mut text = xml.to_owned();
    for one in wanted {
        let named = Usb { ids: Some(one.ids), place: one.place, is_missing: false };
        if all(&text)?.iter().any(|found| found.usb.is(&named)) {
            continue;
        }
        let count = devices(&Tree::parse(&text)?)?.children_named("hostdev").count();
        let parent = Path::root().child("devices");
        let element = one.to_xml()?;
        text = if count > 0 {
            insert_after(&text, &parent.child("hostdev").at(count), &element)?
        } else {
            insert_child(&text, &parent, &element)?
        };
    }
    Ok(text)
}

/// Takes these away. Those that are not there are left out.
///
/// # Errors
/// As [`all`].
pub fn unassign(xml: &str, named: &[Usb]) -> Result<String, Error> {
    let mut text = xml.to_owned();
    while let Some(position) = position(&text, named)? {
        text = remove_element(&text, &Path::root().child("devices").child("hostdev").at(position))?;
    }
    Ok(text)
}

fn position(xml: &str, named: &[Usb]) -> Result<Option<usize>, Error> {
    let tree = Tree::parse(xml)?;
    let is_meant = |device: &Element<'_, '_>| {
        let device = HostDevice::read(device);
        device.kind == "usb" && named.iter().any(|one| device.usb.is(one))
    };
    Ok(devices(&tree)?.children_named("hostdev").position(|device| is_meant(&device)).map(|index| index + 1))
}

/// Whether each of these has the word for its resets: a libvirt that does not know it drops it.
///
/// # Errors
/// As [`all`].
pub fn has_reset(xml: &str, wanted: &[Assignment]) -> Result<bool, Error> {
    let tree = Tree::parse(xml)?;
    let devices: Vec<(Usb, String)> = devices(&tree)?
        .children_named("hostdev")
        .map(|device| (HostDevice::read(&device).usb, owned_of(&device, "source", "guestReset")))
        .collect();
    Ok(wanted.iter().all(|one| {
        let named = Usb { ids: Some(one.ids), place: one.place, is_missing: false };
        one.reset.is_none_or(|reset| devices.iter().any(|(usb, word)| usb.is(&named) && word == reset.word()))
    }))
}

fn devices<'t, 'x>(tree: &'t Tree<'x>) -> Result<Element<'t, 'x>, Error> {
    tree.root().child("devices").ok_or(Error::Missing { what: "<devices>" })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: &str = "<domain type='kvm'>
  <name>a</name>
  <devices>
    <controller type='usb' model='qemu-xhci'/>
    <!-- somebody's note -->
    <input type='tablet' bus='usb'/>
  </devices>
</domain>";
    const STICK: Assignment = Assignment { ids: (0x951, 0x1666), place: None, policy: StartupPolicy::Optional, reset: None };

    fn named(ids: Option<Ids>, place: Option<Place>) -> Usb {
        Usb { ids, place, is_missing: false }
    }

    #[test]
    fn what_was_given_is_taken_away_to_the_last_byte() {
        let twice = assign(PLAIN, &[STICK, Assignment { ids: (0x46d, 0x85e), place: Some((2, 3)), ..STICK }]).unwrap();
        let found: Vec<Usb> = all(&twice).unwrap().into_iter().map(|found| found.usb).collect();
        assert_eq!(found, [named(Some((0x951, 0x1666)), None), named(Some((0x46d, 0x85e)), Some((2, 3)))]);
        assert_eq!(assign(&twice, &[STICK]).unwrap(), twice, "what is there stays as it is");
        let one = unassign(&twice, &[named(Some((0x951, 0x1666)), Some((1, 7)))]).unwrap();
        assert_eq!(all(&one).unwrap().len(), 1);
        assert_eq!(unassign(&one, &[named(None, Some((2, 3)))]).unwrap(), PLAIN);
        assert_eq!(unassign(PLAIN, &[named(Some((1, 1)), None)]).unwrap(), PLAIN);
    }

    #[test]
    fn of_two_of_one_kind_only_the_one_that_was_named_by_its_place_goes() {
        let (first, second) = (Assignment { place: Some((1, 7)), ..STICK }, Assignment { place: Some((1, 8)), ..STICK });
        let both = assign(PLAIN, &[first, second]).unwrap();
        let left = unassign(&both, &[named(Some(STICK.ids), Some((1, 8)))]).unwrap();
        assert_eq!(left, assign(PLAIN, &[first]).unwrap());
    }

    #[test]
    fn the_words_for_a_start_without_it_and_for_resets_are_those_of_libvirt() {
        let wanted = Assignment { policy: StartupPolicy::Requisite, reset: Some(GuestReset::Uninitialized), ..STICK };
        let xml = assign(PLAIN, &[wanted]).unwrap();
        assert!(xml.contains(r#"startupPolicy="requisite""#) && xml.contains(r#"guestReset="uninitialized""#), "{xml}");
        assert!(has_reset(&xml, &[wanted]).unwrap());
        assert!(!has_reset(&xml.replace(r#" guestReset="uninitialized""#, ""), &[wanted]).unwrap(), "an old libvirt drops it");
        for word in ["mandatory", "requisite", "optional"] {
            assert_eq!(StartupPolicy::of(word).unwrap().word(), word);
        }
        for word in ["off", "uninitialized", "on"] {
            assert_eq!(GuestReset::of(word).unwrap().word(), word);
        }
        assert_eq!((StartupPolicy::of("x"), GuestReset::of("")), (None, None));
    }

    #[test]
    fn a_device_that_was_not_there_at_the_start_is_missing_and_has_no_place() {
        let xml = "<domain><devices><hostdev type='usb'><source startupPolicy='optional' missing='yes'><vendor id='0x0951'/>
            <product id='0x1666'/><address bus='0' device='0'/></source></hostdev></devices></domain>";
        let found = all(xml).unwrap();
        assert_eq!(found[0].usb, Usb { ids: Some((0x951, 0x1666)), place: None, is_missing: true });
        assert_eq!(found[0].policy, StartupPolicy::Optional);
        assert_eq!(all(&xml.replace(" startupPolicy='optional'", "")).unwrap()[0].policy, StartupPolicy::Mandatory, "libvirt's own choice");
    }

    #[test]
    fn a_machine_without_a_usb_controller_can_have_none() {
        assert!(is_possible(PLAIN).unwrap());
        assert!(!is_possible(&PLAIN.replace("qemu-xhci", "none")).unwrap());
    }
}
