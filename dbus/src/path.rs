//! Object paths and what they name.

use serde::{Serialize, Serializer};
use uuid::Uuid;
use zbus::{ObjectPath, OwnedObjectPath, Signature, Type};

/// The object that carries the manager interface, statistics and the ObjectManager.
pub const ROOT: &str = "/org/kvmmanager/Manager1";
/// The host object.
pub const HOST: &str = "/org/kvmmanager/Manager1/host";

const DEVICES: &str = "/org/kvmmanager/Manager1/host/devices/";
const MACHINES: &str = "/org/kvmmanager/Manager1/machines/";
const JOBS: &str = "/org/kvmmanager/Manager1/jobs/";

/// A machine's object path, made when it is needed: to keep one for each of thousands costs more than to write it.
#[derive(Clone, Copy, Debug)]
pub struct MachinePath([u8; MACHINES.len() + 36]);

impl MachinePath {
    /// The object path of the machine with this UUID: hyphens become underscores.
    #[must_use]
    pub fn new(uuid: Uuid) -> Self {
        let mut text = [0; MACHINES.len() + 36];
        let (prefix, name) = text.split_at_mut(MACHINES.len());
        prefix.copy_from_slice(MACHINES.as_bytes());
        uuid.hyphenated().encode_lower(name);
        for character in name.iter_mut().filter(|character| **character == b'-') {
            *character = b'_';
        }
        Self(text)
    }

    /// The path.
    #[must_use]
    pub fn as_path(&self) -> ObjectPath<'_> {
        // Always ASCII.
        ObjectPath::from_str_unchecked(std::str::from_utf8(&self.0).unwrap_or_default())
    }
}

impl Serialize for MachinePath {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.as_path().serialize(serializer)
    }
}

impl Type for MachinePath {
    const SIGNATURE: &'static Signature = ObjectPath::SIGNATURE;
}

/// The object path of the machine with this UUID.
#[must_use]
pub fn machine(uuid: Uuid) -> OwnedObjectPath {
    MachinePath::new(uuid).as_path().into()
}

/// The UUID in a machine's object path; `None` if it is not exactly the path of a machine.
#[must_use]
pub fn machine_uuid(path: &str) -> Option<Uuid> {
    let name = path.strip_prefix(MACHINES)?;
    let uuid = Uuid::try_parse(&name.replace('_', "-")).ok()?;
    // Only the canonical spelling names the object: no braces, capitals or missing hyphens.
    (machine(uuid).as_str() == path).then_some(uuid)
}

/// The object path of a device of the host: its PCI address with `_` for `:` and `.`.
#[must_use]
pub fn host_device(address: &str) -> OwnedObjectPath {
    valid(format!("{DEVICES}{}", address.replace([':', '.'], "_")))
}

/// The PCI address in a device's object path; `None` if it is not exactly the path of one.
#[must_use]
pub fn host_device_address(path: &str) -> Option<String> {
    let [segment, bus, slot, function] = path.strip_prefix(DEVICES)?.split('_').collect::<Vec<_>>().try_into().ok()?;
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
    // Four digits, or as many more as a segment needs that is no bus of the firmware's, such as those of VMD.
    let is_segment = segment.len() == 4 || ((5..=8).contains(&segment.len()) && !segment.starts_with('0'));
    let is_address = is_segment && (bus.len(), slot.len(), function.len()) == (2, 2, 1);
    (is_address && [segment, bus, slot, function].into_iter().all(digits)).then(|| format!("{segment}:{bus}:{slot}.{function}"))
}

/// The object path of a job: its random 128-bit id as 32 hexadecimal digits.
#[must_use]
pub fn job(id: u128) -> OwnedObjectPath {
    valid(format!("{JOBS}{id:032x}"))
}

/// The id in a job's object path.
#[must_use]
pub fn job_id(path: &str) -> Option<u128> {
    let id = u128::from_str_radix(path.strip_prefix(JOBS)?, 16).ok()?;
    (job(id).as_str() == path).then_some(id)
}

/// `text` is made of fixed prefixes, hexadecimal digits and underscores, which are always valid.
fn valid(text: String) -> OwnedObjectPath {
    OwnedObjectPath::try_from(text).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn machine_path_round_trips() {
        let uuid = Uuid::from_u128(0x6695_eb01_f6a4_8304_79aa_97f2_502e_193f);
        let path = machine(uuid);
        assert_eq!(path.as_str(), "/org/kvmmanager/Manager1/machines/6695eb01_f6a4_8304_79aa_97f2502e193f");
        assert_eq!(machine_uuid(path.as_str()), Some(uuid));
    }

    #[test]
    fn only_the_canonical_spelling_is_a_machine_path() {
        for bad in [
            "/org/kvmmanager/Manager1/machines/6695EB01_f6a4_8304_79aa_97f2502e193f",
            "/org/kvmmanager/Manager1/machines/6695eb01f6a4830479aa97f2502e193f",
            "/org/kvmmanager/Manager1/machines/",
            "/org/kvmmanager/Manager1/jobs/6695eb01_f6a4_8304_79aa_97f2502e193f",
            "/",
        ] {
            assert_eq!(machine_uuid(bad), None, "{bad}");
        }
    }

    #[test]
    fn only_the_canonical_spelling_is_the_path_of_a_device() {
        let path = host_device("0000:01:1f.7");
        assert_eq!(path.as_str(), "/org/kvmmanager/Manager1/host/devices/0000_01_1f_7");
        assert_eq!(host_device_address(path.as_str()).as_deref(), Some("0000:01:1f.7"));
        assert_eq!(host_device_address(host_device("10000:e1:00.0").as_str()).as_deref(), Some("10000:e1:00.0"));
        for bad in ["00000_01_1f_7", "100000000_e1_00_0", "0000_01_1F_7", "000_01_1f_7", "0000_01_1f", "0000_01_1f_7_0", "", "0000_01_1f_g"]
        {
            assert_eq!(host_device_address(&format!("{DEVICES}{bad}")), None, "{bad}");
        }
        assert_eq!(host_device_address("/org/kvmmanager/Manager1/jobs/0000_01_1f_7"), None);
    }

    #[test]
    fn job_path_round_trips() {
        assert_eq!(job_id(job(7).as_str()), Some(7));
        assert_eq!(job_id("/org/kvmmanager/Manager1/jobs/7"), None);
    }
}
