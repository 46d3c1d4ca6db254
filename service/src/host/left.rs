//! What of a change of the host's devices could be neither done nor undone, and what puts it back by hand.

use std::io;

use super::{
    Root, function,
    pci::{self, PciAddress},
    rom, sriov,
    vfio::{self, Write},
};
use crate::store::journal::{Entry, Journal, Original};

/// A device that is not as it was before a change that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Left {
    /// What was done: `bind`, `release`, `virtual-functions`, `virtual-function`, `rom`.
    pub operation: String,
    /// The device.
    pub device: PciAddress,
    /// Its driver hangs; when it lets go the device is put back by itself.
    pub hangs: bool,
    /// The driver it has now, or empty.
    pub driver: String,
    /// The driver it had, or empty.
    pub before: String,
    /// What an administrator types to put it back, in order; nothing helps while it hangs.
    pub repair: Vec<String>,
}

/// How a device stands with whoever changes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hold {
    /// Nobody changes it.
    None,
    /// Somebody does, and it is not known yet how it ends.
    Changing,
    /// Nobody waits any more for a write that does not come back.
    Hangs,
}

/// What changes of this start of the computer left, by what the journal still has. An entry whose devices are all as they were is settled.
///
/// # Errors
/// If the journal cannot be read or written.
pub fn find(root: &Root, journal: &Journal, hold: impl Fn(PciAddress) -> Hold) -> io::Result<Vec<Left>> {
    let boot = vfio::boot(root);
    let mut all = Vec::new();
    for entry in journal.entries()?.into_iter().filter(|entry| entry.boot == boot) {
        let left = of_entry(root, &entry, &hold);
        let devices = entry.devices.iter().filter_map(|original| original.address.parse().ok());
        if left.is_empty() && devices.map(&hold).all(|hold| hold == Hold::None) {
            // Somebody has put it back: what they do with the device from now on is not to be undone.
            journal.remove(&entry.id)?;
        }
        all.extend(left);
    }
    all.sort_by_key(|left| left.device);
    Ok(all)
}

fn of_entry(root: &Root, entry: &Entry, hold: impl Fn(PciAddress) -> Hold) -> Vec<Left> {
    let devices = entry.devices.iter().filter_map(|original| Some((original.address.parse::<PciAddress>().ok()?, original)));
    let left = devices.filter_map(|(device, original)| {
        let held = hold(device);
        // A device that is gone has nothing to be put back.
        if held == Hold::Changing || !root.exists(&pci::directory(device)) {
            return None;
        }
        let hangs = held == Hold::Hangs;
        let repair = repair(root, entry, device, original);
        // Of one that hangs it is not known how it will be.
        (hangs || !repair.is_empty()).then(|| Left {
            operation: entry.operation.clone(),
            device,
            hangs,
            driver: pci::driver(root, device),
            before: original.driver.clone(),
            repair: if hangs { Vec::new() } else { repair },
        })
    });
    left.collect()
}

/// The commands that put a device back; none if it is as it was.
fn repair(root: &Root, entry: &Entry, device: PciAddress, original: &Original) -> Vec<String> {
    let writes = match (&entry.function, entry.functions) {
        _ if entry.operation == rom::OPERATION => vec![rom::switch(device, false)],
        (Some(before), _) => return function::repair(root, device, before),
        (None, Some(before)) if sriov::is_card(entry, original) => return sriov::repair(root, entry, device, before),
        (None, Some(_)) if sriov::is_taken_since(root, original) => Vec::new(),
        (None, _) => vfio::steps_back(root, device, original),
    };
    writes.iter().map(typed).collect()
}

/// A write as an administrator types it.
pub(super) fn typed(step: &Write) -> String {
    match step.value.trim_end() {
        "" => format!("echo > /{}", step.path),
        value => format!("echo {value} > /{}", step.path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Store;

    const CARD: &str = "0000:01:00.0";

    /// A card without a driver that had `snd`, as an entry of the journal remembers it.
    fn half_done(boot: &str) -> (tempfile::TempDir, Root, Journal) {
        let directory = tempfile::tempdir().unwrap();
        let tree = directory.path().join("tree");
        let card = tree.join("sys/bus/pci/devices").join(CARD);
        std::fs::create_dir_all(&card).unwrap();
        std::fs::write(card.join("driver_override"), "vfio-pci\n").unwrap();
        std::fs::create_dir_all(tree.join("proc/sys/kernel/random")).unwrap();
        std::fs::write(tree.join("proc/sys/kernel/random/boot_id"), "now\n").unwrap();
        let journal = Store::open(&directory.path().join("state")).unwrap().journal();
        let original = Original { address: CARD.into(), driver: "snd".into(), driver_override: String::new() };
        journal.put(&Entry::new(boot.into(), "bind", vec![original])).unwrap();
        (directory, Root::captured(&tree), journal)
    }

    #[test]
    fn a_device_that_could_not_be_put_back_is_told_with_the_writes_that_would() {
        let (_directory, root, journal) = half_done("now");
        let left = find(&root, &journal, |_| Hold::None).unwrap();
        let [left] = left.as_slice() else { panic!("{left:?}") };
        assert_eq!(
            (left.operation.as_str(), left.device.to_string().as_str(), left.before.as_str(), left.hangs),
            ("bind", CARD, "snd", false)
        );
        let repair = ["echo > /sys/bus/pci/devices/0000:01:00.0/driver_override", "echo 0000:01:00.0 > /sys/bus/pci/drivers_probe"];
        assert_eq!(left.repair, repair);
    }

    #[test]
    fn what_is_being_changed_is_not_left_yet_and_what_hangs_is() {
        let (_directory, root, journal) = half_done("now");
        assert_eq!(find(&root, &journal, |_| Hold::Changing).unwrap(), []);
        let hung = find(&root, &journal, |_| Hold::Hangs).unwrap();
        assert!(hung[0].hangs && hung[0].repair.is_empty(), "it is put back when it lets go");
    }

    #[test]
    fn of_an_earlier_start_of_the_computer_and_of_a_device_that_is_gone_nothing_is_left() {
        let (_directory, root, journal) = half_done("earlier");
        assert_eq!(find(&root, &journal, |_| Hold::None).unwrap(), []);
        let (directory, root, journal) = half_done("now");
        std::fs::remove_dir_all(directory.path().join("tree/sys/bus/pci/devices").join(CARD)).unwrap();
        assert_eq!(find(&root, &journal, |_| Hold::None).unwrap(), []);
    }

    #[test]
    fn what_somebody_put_back_by_hand_is_left_no_more() {
        let (directory, root, journal) = half_done("now");
        let card = directory.path().join("tree/sys/bus/pci/devices").join(CARD);
        std::fs::write(card.join("driver_override"), "(null)\n").unwrap();
        std::os::unix::fs::symlink("../../drivers/snd", card.join("driver")).unwrap();
        assert_eq!(find(&root, &journal, |_| Hold::Changing).unwrap(), []);
        assert_eq!(journal.entries().unwrap().len(), 1, "whoever changes it still needs it");
        assert_eq!(find(&root, &journal, |_| Hold::None).unwrap(), []);
        assert!(journal.entries().unwrap().is_empty(), "and is not undone by the next start of the service");
    }
}
