//! Devices as machines had them before they were taken away, for a while: who took one can have it put back as it was, with its place, boot
//! order, ROM, VLANs and whatever else a definition says. In memory only: what is not wanted back in time leaves nothing behind.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use model::device::assign::Taken;
use uuid::Uuid;

use super::{How, Scope};
use crate::{
    context::Context,
    error::{Error, Result},
    host::pci::PciAddress,
    policy::Caller,
};

/// How long they are kept.
const TIME: Duration = Duration::from_secs(3600);
/// How many of one user.
const MOST: usize = 20;
/// Bytes of one user: two of the longest ROMs.
const LONGEST: usize = 32 << 20;

/// What machines had, the last at the end.
#[derive(Clone, Debug, Default)]
pub struct Before(Arc<Mutex<Vec<Arc<Had>>>>);

/// What a machine had of the devices that were taken from it at once.
#[derive(Debug)]
pub struct Had {
    /// Which.
    pub machine: Uuid,
    /// The user who took them.
    pub uid: u32,
    /// All that was meant, whether the machine had it or not.
    pub devices: Vec<PciAddress>,
    /// The elements of the running machine.
    pub live: BTreeMap<PciAddress, Element>,
    /// What its definition had.
    pub configured: Vec<Taken>,
    /// The ROMs that the service kept for them.
    pub roms: Vec<(PciAddress, Vec<u8>)>,
}

/// An element that a running machine had, without its place there.
#[derive(Clone, Debug)]
pub struct Element {
    /// libvirt takes the device from its driver and gives it back.
    pub managed: bool,
    /// The text.
    pub xml: String,
}

impl Had {
    /// What its definition had of a device.
    pub fn is_configured(&self, device: PciAddress) -> bool {
        self.configured.iter().any(|one| one.source.as_deref() == Some(&*device.to_string()))
    }

    /// As it was given then; where nothing else is asked for, where it was.
    fn how(&self, how: How) -> How {
        let scope = Scope {
            live: how.scope.live.or(self.live.is_empty().then_some(false)),
            configured: how.scope.configured.or(self.configured.is_empty().then_some(false)),
        };
        let mut devices = self.configured.iter().filter(|one| one.source.is_some());
        let managed = devices.all(|one| one.managed) && self.live.values().all(|one| one.managed);
        How { scope, managed, ..how }
    }

    fn has(&self, scope: Scope) -> bool {
        (scope.live != Some(true) || !self.live.is_empty()) && (scope.configured != Some(true) || !self.configured.is_empty())
    }

    fn size(&self) -> usize {
        let elements = self.configured.iter().map(|one| one.element.len()).chain(self.live.values().map(|one| one.xml.len()));
        elements.chain(self.roms.iter().map(|(_, image)| image.len())).sum()
    }
}

impl Before {
    fn all(&self) -> MutexGuard<'_, Vec<Arc<Had>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps what was taken until it is put back, or for as long as that is possible.
    pub(super) fn keep(&self, had: Had) {
        self.keep_for(TIME, had);
    }

    fn keep_for(&self, time: Duration, had: Had) {
        let (had, all) = (Arc::downgrade(&self.put(had)), Arc::downgrade(&self.0));
        tokio::spawn(async move {
            tokio::time::sleep(time).await;
            if let (Some(all), Some(had)) = (all.upgrade(), had.upgrade()) {
                Self(all).forget(&had);
            }
        });
    }

    /// As much as there is room for of what the same user took before stays.
    fn put(&self, had: Had) -> Arc<Had> {
        let (had, mut all) = (Arc::new(had), self.all());
        all.push(Arc::clone(&had));
        let (mut count, mut size, mut kept) = (0, 0, Vec::new());
        for one in all.drain(..).rev() {
            if one.uid == had.uid {
                count += 1;
                size += one.size();
            }
            if one.uid != had.uid || (count <= MOST && size <= LONGEST) {
                kept.push(one);
            }
        }
        kept.reverse();
        *all = kept;
        had
    }

    /// What this user took last of exactly these devices of the machine, from where it is to go.
    fn find(&self, machine: Uuid, uid: u32, devices: &[PciAddress], scope: Scope) -> Option<Arc<Had>> {
        let is = |one: &&Arc<Had>| one.machine == machine && one.uid == uid && one.devices == devices && one.has(scope);
        self.all().iter().rev().find(is).cloned()
    }

    /// It was put back, or its time is over.
    pub fn forget(&self, had: &Arc<Had>) {
        self.all().retain(|one| !Arc::ptr_eq(one, had));
    }

    /// The machine got some of these in another way: what was before is no longer to come back.
    pub fn given(&self, machine: Uuid, devices: &[PciAddress]) {
        self.all().retain(|one| one.machine != machine || !one.devices.iter().any(|device| devices.contains(device)));
    }

    /// The machine is gone for good.
    pub fn forget_machine(&self, machine: Uuid) {
        self.all().retain(|one| one.machine != machine);
    }
}

/// What is to be put back, if that is asked for, and how it is given then.
///
/// # Errors
/// `NotFound` if this caller took nothing of the kind, or it was too long ago.
pub fn before(context: &Context, caller: &Caller, machine: Uuid, devices: &[PciAddress], how: How) -> Result<(How, Option<Arc<Had>>)> {
    if !how.as_before {
        return Ok((how, None));
    }
    let had = context.before.find(machine, caller.uid, devices, how.scope).ok_or(Error::NotFound { what: "device that was detached" })?;
    Ok((had.how(how), Some(had)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MACHINE: Uuid = Uuid::from_u128(7);
    const EVERYWHERE: Scope = Scope { live: None, configured: None };

    fn device(text: &str) -> PciAddress {
        text.parse().unwrap()
    }

    fn had(uid: u32, devices: &[&str], rom: usize) -> Had {
        let devices: Vec<PciAddress> = devices.iter().map(|text| device(text)).collect();
        let live = BTreeMap::from([(devices[0], Element { managed: false, xml: String::new() })]);
        Had { machine: MACHINE, uid, roms: vec![(devices[0], vec![0; rom])], devices, live, configured: Vec::new() }
    }

    #[test]
    fn only_who_took_exactly_these_devices_of_this_machine_finds_them() {
        let (before, card) = (Before::default(), ["0000:01:00.0", "0000:01:00.1"].map(device));
        before.put(had(1000, &["0000:01:00.0", "0000:01:00.1"], 0));
        assert!(before.find(MACHINE, 1000, &card, EVERYWHERE).is_some());
        assert!(before.find(Uuid::from_u128(8), 1000, &card, EVERYWHERE).is_none(), "another machine's");
        assert!(before.find(MACHINE, 1001, &card, EVERYWHERE).is_none() && before.find(MACHINE, 0, &card, EVERYWHERE).is_none());
        assert!(before.find(MACHINE, 1000, &card[..1], EVERYWHERE).is_none(), "half of it");
        let configured = Scope { live: None, configured: Some(true) };
        assert!(before.find(MACHINE, 1000, &card, configured).is_none(), "its definition had none");
    }

    #[test]
    fn what_was_put_back_given_anew_or_deleted_is_found_no_more() {
        let (before, card, other) = (Before::default(), [device("0000:01:00.0")], [device("0000:02:00.0")]);
        let find = |devices: &[PciAddress]| before.find(MACHINE, 1000, devices, EVERYWHERE);
        let (first, last) = (before.put(had(1000, &["0000:01:00.0"], 1)), before.put(had(1000, &["0000:01:00.0"], 2)));
        assert!(Arc::ptr_eq(&find(&card).unwrap(), &last), "the last first");
        before.forget(&last);
        assert!(Arc::ptr_eq(&find(&card).unwrap(), &first));
        before.put(had(1000, &["0000:02:00.0"], 0));
        before.given(Uuid::from_u128(8), &card);
        before.given(MACHINE, &card);
        assert!(find(&card).is_none() && find(&other).is_some());
        before.forget_machine(MACHINE);
        assert!(find(&other).is_none());
    }

    #[test]
    fn a_user_has_room_for_some_and_takes_none_of_anothers() {
        let before = Before::default();
        let count = |uid| before.all().iter().filter(|one| one.uid == uid).count();
        before.put(had(0, &["0000:01:00.0"], 100));
        (0..50).for_each(|_| drop(before.put(had(1000, &["0000:01:00.0"], 10))));
        assert_eq!((count(0), count(1000)), (1, MOST));
        (0..3).for_each(|_| drop(before.put(had(1000, &["0000:01:00.0"], 16 << 20))));
        assert_eq!((count(0), count(1000)), (1, 2), "the longest ROMs of two devices");
    }

    #[tokio::test]
    async fn what_was_taken_too_long_ago_is_gone() {
        let (before, card) = (Before::default(), [device("0000:01:00.0")]);
        let is_there = || before.find(MACHINE, 1000, &card, EVERYWHERE).is_some();
        before.keep(had(1000, &["0000:01:00.0"], 1));
        before.keep_for(Duration::ZERO, had(0, &["0000:01:00.0"], 1));
        while before.all().len() > 1 {
            tokio::task::yield_now().await;
        }
        assert!(is_there(), "its time is not over");
    }

    #[test]
    fn it_is_given_as_it_was_and_where_it_was() {
        let how = had(1000, &["0000:01:00.0"], 0).how(How { as_before: true, ..How::MANAGED });
        assert_eq!((how.scope, how.managed), (Scope { live: None, configured: Some(false) }, false));
    }
}
