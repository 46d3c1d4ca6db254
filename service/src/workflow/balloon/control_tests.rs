//! The control over machines that the test plays, with its record on disk.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex},
};

use uuid::Uuid;

use super::{
    control::{Control, Guests, Machine, PERIOD},
    decide::Host,
};
use crate::{
    error::{Error, Result},
    host::memory::Memory,
    libvirt::balloon::Figures,
    store::{Store, balloon::Taken},
};

const MIB: u64 = 1 << 20;
const GIB: u64 = 1 << 30;
const TIME: u64 = 1_700_000_000;

#[derive(Debug, Default)]
struct Played {
    machines: HashMap<Uuid, Figures>,
    /// Guests that are asked for figures, and how often.
    periods: BTreeMap<Uuid, u16>,
    /// What was set, in order.
    set: Vec<(Uuid, u64)>,
    /// One whose QEMU answers nothing.
    hangs: Option<Uuid>,
    /// Whether guests do what they are asked.
    is_deaf: bool,
    /// What is on disk when memory is taken.
    on_disk: Vec<u64>,
}

#[derive(Clone, Debug)]
struct Guest(Arc<Mutex<Played>>, Arc<Store>);

impl Guest {
    async fn answer(&self, uuid: Uuid) {
        if self.0.lock().unwrap().hangs == Some(uuid) {
            std::future::pending::<()>().await;
        }
    }
}

impl Guests for Guest {
    async fn figures(&self, uuid: Uuid) -> Result<Figures> {
        self.answer(uuid).await;
        self.0.lock().unwrap().machines.get(&uuid).copied().ok_or(Error::InvalidState)
    }

    async fn set(&self, uuid: Uuid, bytes: u64) -> Result<()> {
        self.answer(uuid).await;
        let size = self.1.balloon().get().unwrap()[&uuid].size;
        let mut played = self.0.lock().unwrap();
        played.on_disk.push(size);
        played.set.push((uuid, bytes));
        if !played.is_deaf {
            let figures = played.machines.get_mut(&uuid).unwrap();
            let used = figures.now - figures.usable.unwrap_or(0);
            (figures.now, figures.resident) = (bytes, bytes);
            figures.usable = figures.usable.map(|_| bytes.saturating_sub(used));
        }
        Ok(())
    }

    async fn ask_every(&self, uuid: Uuid, seconds: u16) -> Result<()> {
        self.answer(uuid).await;
        self.0.lock().unwrap().periods.insert(uuid, seconds);
        Ok(())
    }
}

struct Scene {
    guests: Guest,
    state: tempfile::TempDir,
}

const fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

fn machine(number: u128) -> Machine {
    Machine { uuid: id(number), floor: 2 * GIB, is_asked: false }
}

/// A host of 64 GiB that is short of memory, and one that has plenty.
fn short() -> Host {
    Host { memory: Memory { total: 64 * GIB, available: 4 * GIB, transparent: 0 }, pressure: None }
}

fn plenty() -> Host {
    Host { memory: Memory { total: 64 * GIB, available: 40 * GIB, transparent: 0 }, pressure: None }
}

impl Scene {
    /// So many machines of 16 GiB that use 4, of which the guests tell.
    fn with(count: u128) -> Self {
        let state = tempfile::tempdir().unwrap();
        let store = Arc::new(Store::open(&state.path().join("state")).unwrap());
        let figures = Figures { now: 16 * GIB, maximum: 16 * GIB, usable: Some(12 * GIB), said: TIME, resident: 16 * GIB };
        let machines = (1..=count).map(|number| (id(number), figures)).collect();
        Self { guests: Guest(Arc::new(Mutex::new(Played { machines, ..Played::default() })), store), state }
    }

    /// A service that starts.
    fn control(&self) -> Control<Guest> {
        Control::new(self.guests.clone(), self.guests.1.balloon())
    }

    fn played(&self) -> std::sync::MutexGuard<'_, Played> {
        self.guests.0.lock().unwrap()
    }

    fn size(&self, number: u128) -> u64 {
        self.played().machines[&id(number)].now
    }

    fn taken(&self, number: u128) -> Option<Taken> {
        self.guests.1.balloon().get().unwrap().get(&id(number)).copied()
    }
}

async fn rounds(control: &mut Control<Guest>, host: &Host, machines: &[Machine], count: usize) {
    for _ in 0..count {
        control.round(host, TIME, machines).await.unwrap();
    }
}

#[tokio::test]
async fn what_a_machine_had_is_on_disk_before_anything_is_taken_and_gone_when_it_has_it_again() {
    let scene = Scene::with(1);
    let mut control = scene.control();
    rounds(&mut control, &short(), &[machine(1)], 3).await;
    assert_eq!(scene.size(1), 13 * GIB);
    assert_eq!(scene.played().on_disk, [16 * GIB; 3]);
    rounds(&mut control, &plenty(), &[machine(1)], 4).await;
    assert_eq!((scene.size(1), scene.taken(1)), (16 * GIB, Some(Taken { size: 0, is_asked: true })));
}

#[tokio::test]
async fn a_service_that_was_killed_goes_on_and_knows_what_the_machine_had() {
    let scene = Scene::with(1);
    rounds(&mut scene.control(), &short(), &[machine(1)], 3).await;
    let mut next = scene.control();
    assert_eq!(next.owed(), [id(1)]);
    rounds(&mut next, &short(), &[machine(1)], 1).await;
    assert_eq!(scene.size(1), 12 * GIB);
    rounds(&mut scene.control(), &plenty(), &[machine(1)], 10).await;
    assert_eq!(scene.size(1), 16 * GIB);
}

#[tokio::test]
async fn switched_off_the_memory_comes_back_at_once_and_the_guest_is_asked_no_more() {
    let scene = Scene::with(1);
    let mut control = scene.control();
    rounds(&mut control, &short(), &[machine(1)], 3).await;
    assert_eq!(scene.played().periods, BTreeMap::from([(id(1), PERIOD)]));
    let off = Machine { floor: 0, ..machine(1) };
    // Also by a service that did not take it.
    let mut next = scene.control();
    rounds(&mut next, &short(), &[off], 2).await;
    assert_eq!((scene.size(1), scene.taken(1)), (16 * GIB, None));
    assert_eq!(scene.played().periods, BTreeMap::from([(id(1), 0)]));
    assert!(next.owed().is_empty());
}

#[tokio::test]
async fn who_asks_a_guest_for_figures_goes_on_to_do_so() {
    let scene = Scene::with(1);
    let mut control = scene.control();
    let asked = Machine { is_asked: true, ..machine(1) };
    rounds(&mut control, &short(), &[asked], 2).await;
    rounds(&mut control, &short(), &[Machine { floor: 0, ..asked }], 2).await;
    assert_eq!((scene.size(1), scene.played().periods.len(), scene.taken(1)), (16 * GIB, 0, None));
}

#[tokio::test]
async fn a_guest_whose_word_is_old_or_that_says_nothing_is_never_shrunk() {
    for (usable, said) in [(None, TIME), (Some(12 * GIB), TIME - 31), (Some(12 * GIB), 0), (Some(12 * GIB), TIME + 31)] {
        let scene = Scene::with(2);
        {
            let mut played = scene.played();
            let figures = played.machines.get_mut(&id(1)).unwrap();
            (figures.usable, figures.said) = (usable, said);
        }
        rounds(&mut scene.control(), &short(), &[machine(1), machine(2)], 2).await;
        assert_eq!((scene.size(1), scene.size(2)), (16 * GIB, 14 * GIB), "{usable:?} {said}");
    }
}

#[tokio::test]
async fn a_machine_that_hangs_delays_no_other_and_is_asked_once() {
    let scene = Scene::with(3);
    scene.played().hangs = Some(id(2));
    let mut control = scene.control();
    let all = [1, 2, 3].map(|number| Machine { is_asked: true, ..machine(number) });
    rounds(&mut control, &short(), &all, 3).await;
    assert_eq!((scene.size(1), scene.size(2), scene.size(3)), (13 * GIB, 16 * GIB, 13 * GIB));
}

#[tokio::test]
async fn a_guest_that_does_not_follow_is_asked_once_and_taken_as_it_is_after_a_minute() {
    let scene = Scene::with(1);
    scene.played().is_deaf = true;
    let mut control = scene.control();
    rounds(&mut control, &short(), &[machine(1)], 12).await;
    assert_eq!(scene.played().set, [(id(1), 15 * GIB)]);
    rounds(&mut control, &short(), &[machine(1)], 2).await;
    assert_eq!(scene.played().set, [(id(1), 15 * GIB); 2]);
    assert_eq!(scene.taken(1).unwrap().size, 16 * GIB);
}

#[tokio::test]
async fn a_machine_that_has_ended_is_owed_nothing() {
    let scene = Scene::with(2);
    let mut control = scene.control();
    rounds(&mut control, &short(), &[machine(1), machine(2)], 2).await;
    control.ended(id(1)).await.unwrap();
    control.ended(id(9)).await.unwrap();
    assert_eq!(control.owed(), [id(2)]);
    assert_eq!(scene.taken(1), None);
    // It starts anew, with another size that is its own.
    let fresh = Figures { now: 8 * GIB, maximum: 16 * GIB, usable: Some(100 * MIB), said: TIME, resident: GIB };
    scene.played().machines.insert(id(1), fresh);
    rounds(&mut control, &plenty(), &[machine(1)], 3).await;
    assert_eq!(scene.size(1), 8 * GIB);
}

#[tokio::test]
async fn a_definition_that_became_smaller_meanwhile_is_not_exceeded() {
    let scene = Scene::with(1);
    rounds(&mut scene.control(), &short(), &[machine(1)], 3).await;
    scene.played().machines.get_mut(&id(1)).unwrap().maximum = 14 * GIB;
    rounds(&mut scene.control(), &plenty(), &[machine(1)], 10).await;
    assert_eq!(scene.size(1), 14 * GIB);
}

#[tokio::test]
async fn nothing_is_taken_when_it_cannot_be_written_down() {
    let scene = Scene::with(1);
    let mut control = scene.control();
    std::fs::remove_dir_all(scene.state.path().join("state/tmp")).unwrap();
    assert!(control.round(&short(), TIME, &[machine(1)]).await.is_err());
    assert_eq!((scene.size(1), scene.played().set.len()), (16 * GIB, 0));
}
