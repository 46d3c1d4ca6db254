//! Steps that fail at every place, with a libvirt that the test plays: no computer without a card that can be divided makes a part.

use std::sync::Mutex;

use uuid::Uuid;

use super::{
    How,
    run::{Maker, Steps, all, steps_of_autostart, steps_of_create, steps_of_delete},
};
use crate::{
    error::{Error, Result},
    host::mdev::Instance,
    libvirt::{PartId, Step},
};

/// What there is of a part.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Part {
    is_active: bool,
    is_kept: bool,
    is_autostarted: bool,
}

/// A libvirt with one part. The steps with these numbers fail.
struct Played {
    part: Mutex<(Part, usize)>,
    fail: Vec<usize>,
}

impl Maker for Played {
    async fn step(&self, step: Step) -> Result<()> {
        let mut place = self.part.lock().unwrap();
        place.1 += 1;
        let (part, number) = &mut *place;
        if self.fail.contains(number) {
            return Err(Error::Busy);
        }
        let (before, wants) = (*part, |is_so: bool| if is_so { Ok(()) } else { Err(Error::InvalidState) });
        match step {
            Step::Create(_) => wants(!before.is_active && !before.is_kept).map(|()| part.is_active = true),
            Step::Define(_) => wants(!before.is_kept).map(|()| part.is_kept = true),
            Step::Start => wants(before.is_kept && !before.is_active).map(|()| part.is_active = true),
            Step::Autostart(is_on) => wants(before.is_kept).map(|()| part.is_autostarted = is_on),
            Step::Stop => wants(before.is_active).map(|()| part.is_active = false),
            Step::Undefine => wants(before.is_kept).map(|()| (part.is_kept, part.is_autostarted) = (false, false)),
        }
    }
}

fn id() -> PartId {
    PartId { parent: "0000:00:02.0".parse().unwrap(), uuid: Uuid::from_u128(1) }
}

fn run(from: Part, steps: Steps, fail: &[usize]) -> (Result<()>, Part) {
    let maker = Played { part: Mutex::new((from, 0)), fail: fail.to_vec() };
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let done = runtime.block_on(all(&maker, id(), steps));
    let part = maker.part.lock().unwrap().0;
    (done, part)
}

fn instance(part: Part) -> Instance {
    let Part { is_active, is_kept, is_autostarted } = part;
    Instance { kind: "k".into(), is_active, is_kept, is_autostarted, ..Instance::default() }
}

/// After a failure at every step it is as it was; without one it is as it should be.
fn holds(from: Part, steps: &Steps, to: Part) {
    for fail in 1..=steps.len() {
        let (done, part) = run(from, steps.clone(), &[fail]);
        assert!(matches!(done, Err(Error::Busy)), "{steps:?} {fail}");
        assert_eq!(part, from, "{steps:?} without its step {fail}");
    }
    let (done, part) = run(from, steps.clone(), &[]);
    assert!(done.is_ok(), "{done:?}");
    assert_eq!(part, to, "{steps:?}");
}

const NOTHING: Part = Part { is_active: false, is_kept: false, is_autostarted: false };

#[test]
fn a_part_that_cannot_be_made_kept_or_autostarted_is_not_there_at_all() {
    for (is_kept, is_autostarted, is_started) in
        [(false, false, true), (true, false, true), (true, true, true), (true, false, false), (true, true, false)]
    {
        let steps = steps_of_create("k".into(), How { is_kept, is_autostarted, is_started });
        holds(NOTHING, &steps, Part { is_active: is_started, is_kept, is_autostarted });
    }
}

#[test]
fn a_part_that_cannot_be_deleted_is_there_as_before() {
    for (is_active, is_kept, is_autostarted) in [(true, false, false), (true, true, true), (false, true, false)] {
        let part = Part { is_active, is_kept, is_autostarted };
        holds(part, &steps_of_delete(&instance(part)), NOTHING);
    }
}

#[test]
fn a_part_is_kept_to_be_autostarted_and_stays_kept_when_it_is_not() {
    let active = Part { is_active: true, ..NOTHING };
    let all = Part { is_kept: true, is_autostarted: true, ..active };
    holds(active, &steps_of_autostart(&instance(active), true), all);
    holds(all, &steps_of_autostart(&instance(all), false), Part { is_autostarted: false, ..all });
}

#[test]
fn what_cannot_be_undone_is_told() {
    let steps = steps_of_create("k".into(), How { is_kept: true, is_autostarted: false, is_started: true });
    let (done, part) = run(NOTHING, steps, &[2, 3]);
    assert!(matches!(done, Err(Error::Incomplete { left }) if left == [id().uuid.to_string()]));
    assert_eq!(part, Part { is_kept: true, ..NOTHING });
}
