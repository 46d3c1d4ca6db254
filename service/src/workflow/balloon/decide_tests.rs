//! Tables of single decisions, and whole hosts that are followed for minutes.

use super::decide::*;
use crate::host::{memory::Memory, pressure::Pressure};
use uuid::Uuid;

const MIB: u64 = 1 << 20;
const GIB: u64 = 1 << 30;

/// A host of 64 GiB: its floor is 6.4 GiB, memory is given back above 12.8 GiB. Waiting in percent.
fn host(available: u64, waiting: Option<u32>) -> Host {
    let pressure = waiting.map(|percent| Pressure { ten: percent * 100, sixty: percent * 100 });
    Host { memory: Memory { total: 64 * GIB, available, transparent: 0 }, pressure }
}

/// A machine with so much, of which its programs could have so much more; it may be taken down to 2 GiB.
fn guest(number: u128, now: u64, full: u64, usable: Option<u64>) -> Guest {
    let uuid = Uuid::from_u128(number);
    Guest { uuid, floor: 2 * GIB, full, now, target: now, is_settled: true, usable, resident: now }
}

fn of(changes: &[(Uuid, u64)], number: u128) -> Option<u64> {
    changes.iter().find(|(uuid, _)| *uuid == Uuid::from_u128(number)).map(|(_, target)| *target)
}

#[test]
fn taking_begins_below_the_floor_or_when_programs_wait_and_ends_with_half_as_much_again() {
    let low = 64 * GIB / 10;
    for (before, available, waiting, after) in [
        (Phase::Rest, low - 1, Some(0), Phase::Take),
        (Phase::Rest, low - 1, None, Phase::Take),
        (Phase::Rest, low, Some(0), Phase::Rest),
        (Phase::Take, low, Some(0), Phase::Take),
        (Phase::Take, low + low / 2 - 1, Some(0), Phase::Take),
        (Phase::Take, low + low / 2, Some(0), Phase::Rest),
        (Phase::Rest, 2 * low - 1, Some(10), Phase::Take),
        (Phase::Rest, 2 * low - 1, Some(9), Phase::Rest),
        // Somebody waits although there is plenty: a limit of their own.
        (Phase::Rest, 2 * low, Some(90), Phase::Rest),
        (Phase::Take, 2 * low, Some(90), Phase::Rest),
    ] {
        let (phase, _) = decide(before, &host(available, waiting), &[]);
        assert_eq!(phase, after, "{before:?} {available} {waiting:?}");
    }
}

#[test]
fn memory_is_taken_in_steps_of_a_sixteenth_and_only_what_is_missing() {
    let idle = [guest(1, 16 * GIB, 16 * GIB, Some(12 * GIB))];
    let (_, changes) = decide(Phase::Rest, &host(4 * GIB, None), &idle);
    assert_eq!(changes, [(Uuid::from_u128(1), 15 * GIB)]);
    // 9.6 GiB are the goal: 100 MiB are missing, and rounded down to whole MiB.
    let goal = 64 * GIB / 10 + 64 * GIB / 20;
    let (_, changes) = decide(Phase::Take, &host(goal - 100 * MIB, None), &idle);
    assert_eq!(of(&changes, 1), Some(16 * GIB - 100 * MIB));
    assert_eq!(decide(Phase::Take, &host(goal - MIB + 1, None), &idle).1, []);
    assert_eq!(decide(Phase::Rest, &host(goal - GIB, None), &idle).1, [], "rest is rest");
}

#[test]
fn what_is_on_its_way_is_not_asked_for_again() {
    let mut slow = guest(1, 16 * GIB, 16 * GIB, Some(12 * GIB));
    (slow.target, slow.is_settled) = (15 * GIB, false);
    let other = guest(2, 16 * GIB, 16 * GIB, Some(12 * GIB));
    let goal = 64 * GIB / 10 + 64 * GIB / 20;
    let (_, changes) = decide(Phase::Take, &host(goal - GIB, None), &[slow, other]);
    assert_eq!(changes, []);
    let (_, changes) = decide(Phase::Take, &host(goal - GIB - 300 * MIB, None), &[slow, other]);
    assert_eq!(changes, [(Uuid::from_u128(2), 16 * GIB - 300 * MIB)]);
}

#[test]
fn nobody_goes_below_the_floor_or_what_it_needs_and_a_margin() {
    let short = host(GIB, Some(50));
    for (now, usable, target) in [
        // An eighth of 16 GiB stays free.
        (16 * GIB, Some(2 * GIB + 10 * MIB), Some(16 * GIB - 10 * MIB)),
        (16 * GIB, Some(2 * GIB), None),
        (16 * GIB, Some(0), None),
        (16 * GIB, Some(u64::MAX), Some(15 * GIB)),
        // The floor of 2 GiB.
        (2 * GIB + 5 * MIB, Some(10 * GIB), Some(2 * GIB)),
        (2 * GIB, Some(10 * GIB), None),
        (GIB, Some(10 * GIB), None),
        // Without a word of the guest.
        (16 * GIB, None, None),
    ] {
        let guest = guest(1, now, 16 * GIB, usable);
        // What it is given in need is another promise.
        let target = if guest.now < guest.full && usable.is_some_and(|usable| usable < GIB) { None } else { target };
        assert_eq!(of(&decide(Phase::Rest, &short, &[guest]).1, 1), target, "{now} {usable:?}");
    }
}

#[test]
fn a_guest_that_has_not_done_what_it_was_asked_is_asked_for_no_more() {
    let slow = Guest { is_settled: false, ..guest(1, 16 * GIB, 16 * GIB, Some(12 * GIB)) };
    assert_eq!(decide(Phase::Rest, &host(GIB, None), &[slow]).1, []);
}

#[test]
fn machines_share_in_proportion_to_what_each_can_spare() {
    let big = guest(1, 32 * GIB, 32 * GIB, Some(20 * GIB));
    let small = guest(2, 8 * GIB, 8 * GIB, Some(5 * GIB));
    let full = guest(3, 16 * GIB, 16 * GIB, Some(GIB));
    let goal = 64 * GIB / 10 + 64 * GIB / 20;
    // Steps of 2 GiB and 512 MiB: four parts and one.
    let (_, changes) = decide(Phase::Take, &host(goal - 1000 * MIB, None), &[big, small, full]);
    assert_eq!((of(&changes, 1), of(&changes, 2), of(&changes, 3)), (Some(32 * GIB - 800 * MIB), Some(8 * GIB - 200 * MIB), None));
    // Alike, alike.
    let twins = [1, 2, 3, 4].map(|number| guest(number, 16 * GIB, 16 * GIB, Some(8 * GIB)));
    let (_, changes) = decide(Phase::Take, &host(goal - 400 * MIB, None), &twins);
    assert_eq!(changes.iter().map(|(_, target)| 16 * GIB - target).collect::<Vec<_>>(), [100 * MIB; 4]);
}

#[test]
fn a_guest_in_need_gets_back_what_it_lost_also_while_the_host_is_short() {
    let poor = guest(1, 8 * GIB, 16 * GIB, Some(GIB - MIB));
    let idle = guest(2, 16 * GIB, 16 * GIB, Some(12 * GIB));
    let (phase, changes) = decide(Phase::Rest, &host(4 * GIB, Some(40)), &[poor, idle]);
    assert_eq!((phase, of(&changes, 1), of(&changes, 2)), (Phase::Take, Some(9 * GIB), Some(15 * GIB)));
    // What it never had it does not get.
    let whole = guest(1, 16 * GIB, 16 * GIB, Some(0));
    assert_eq!(decide(Phase::Rest, &host(40 * GIB, None), &[whole]).1, []);
}

#[test]
fn memory_is_given_back_only_when_the_host_has_plenty_and_is_calm_and_then_what_it_can_spare() {
    let high = 64 * GIB / 10 * 2;
    let poor = guest(1, 8 * GIB, 16 * GIB, Some(3 * GIB));
    for (available, waiting, target) in [
        (high, Some(0), None),
        (high + 500 * MIB, Some(0), Some(8 * GIB + 500 * MIB)),
        (high + 500 * MIB, None, Some(8 * GIB + 500 * MIB)),
        (40 * GIB, Some(0), Some(9 * GIB)),
        (40 * GIB, Some(3), None),
    ] {
        assert_eq!(of(&decide(Phase::Rest, &host(available, waiting), &[poor]).1, 1), target, "{available} {waiting:?}");
    }
    // It has waited in the last minute.
    let mut recovering = host(40 * GIB, Some(0));
    recovering.pressure = Some(Pressure { ten: 0, sixty: 500 });
    assert_eq!(decide(Phase::Rest, &recovering, &[poor]).1, []);
}

#[test]
fn those_in_need_come_first_and_memory_that_is_not_touched_yet_counts_as_used() {
    let high = 64 * GIB / 10 * 2;
    let needy = guest(1, 8 * GIB, 16 * GIB, Some(500 * MIB));
    let other = guest(2, 8 * GIB, 16 * GIB, Some(3 * GIB));
    let (_, changes) = decide(Phase::Rest, &host(high + 1500 * MIB, None), &[other, needy]);
    assert_eq!((of(&changes, 1), of(&changes, 2)), (Some(9 * GIB), Some(8 * GIB + 476 * MIB)));
    // 3 GiB that a third was given and did not touch yet.
    let fresh = Guest { resident: 13 * GIB, ..guest(3, 16 * GIB, 16 * GIB, Some(8 * GIB)) };
    let (_, changes) = decide(Phase::Rest, &host(high + 1500 * MIB, None), &[other, fresh]);
    assert_eq!(changes, []);
    // A guest that says nothing gets back, too.
    let silent = guest(1, 8 * GIB, 16 * GIB, None);
    assert_eq!(of(&decide(Phase::Rest, &host(40 * GIB, None), &[silent]).1, 1), Some(9 * GIB));
}

#[test]
fn what_is_switched_off_gets_everything_at_once_whatever_the_host_has() {
    let off = Guest { floor: 0, ..guest(1, 8 * GIB, 16 * GIB, Some(6 * GIB)) };
    for host in [host(GIB, Some(90)), host(40 * GIB, None)] {
        assert_eq!(of(&decide(Phase::Take, &host, &[off]).1, 1), Some(16 * GIB));
    }
    let whole = Guest { floor: 0, ..guest(1, 16 * GIB, 16 * GIB, Some(6 * GIB)) };
    assert_eq!(decide(Phase::Take, &host(GIB, Some(90)), &[whole]).1, []);
}

#[test]
fn sizes_beyond_all_bounds_are_no_reason_to_fall() {
    let numbers = [0, 1, MIB, u64::MAX / 2, u64::MAX];
    for available in numbers {
        for size in numbers {
            for usable in numbers {
                let odd = Guest { floor: 1, now: size, full: size, target: usable, ..guest(1, 0, 0, Some(usable)) };
                for phase in [Phase::Rest, Phase::Take] {
                    let memory = Memory { total: size, available, transparent: 0 };
                    let (_, changes) = decide(phase, &Host { memory, pressure: None }, &[odd, odd]);
                    assert!(changes.iter().all(|(_, target)| *target >= odd.floor || usable < odd.floor), "{odd:?} {changes:?}");
                }
            }
        }
    }
}

/// A host of 64 GiB with machines that do at once what they are asked; what they have free is not in the host's use until they use it.
struct Scene {
    others: u64,
    guests: Vec<Guest>,
    used: Vec<u64>,
    phase: Phase,
}

impl Scene {
    /// Machines of 16 GiB that have touched all of it and use so much.
    fn of(used: &[u64]) -> Self {
        let guests = (1..).zip(used).map(|(number, _)| guest(number, 16 * GIB, 16 * GIB, None)).collect();
        Self { others: 0, guests, used: used.to_vec(), phase: Phase::Rest }
    }

    fn available(&self) -> u64 {
        (64 * GIB).saturating_sub(self.others + self.guests.iter().map(|guest| guest.resident).sum::<u64>())
    }

    /// Looks once. Returns by how much each machine changed.
    fn round(&mut self) -> Vec<i64> {
        for (guest, used) in self.guests.iter_mut().zip(&self.used) {
            guest.usable = Some(guest.now.saturating_sub(*used));
        }
        let (phase, changes) = decide(self.phase, &host(self.available(), None), &self.guests);
        self.phase = phase;
        let before: Vec<u64> = self.guests.iter().map(|guest| guest.now).collect();
        for guest in &mut self.guests {
            if let Some(target) = changes.iter().find(|(uuid, _)| *uuid == guest.uuid).map(|(_, target)| *target) {
                // What it is given it touches: the worst case.
                (guest.now, guest.target, guest.resident) = (target, target, target);
            }
        }
        self.guests.iter().zip(before).map(|(guest, before)| guest.now.cast_signed() - before.cast_signed()).collect()
    }

    fn rounds(&mut self, count: usize) -> Vec<Vec<i64>> {
        (0..count).map(|_| self.round()).collect()
    }
}

#[test]
fn a_host_that_becomes_short_is_helped_and_then_nothing_moves_any_more() {
    let mut scene = Scene::of(&[4 * GIB, 8 * GIB, 13 * GIB]);
    assert!(scene.rounds(20).iter().flatten().all(|moved| *moved == 0));
    scene.others = 14 * GIB;
    let moves = scene.rounds(40);
    assert!(moves.iter().flatten().all(|moved| *moved <= 0 && *moved >= -GIB.cast_signed()), "one way, a step at a time");
    assert!(scene.available() >= 64 * GIB / 10 + 64 * GIB / 20 - 3 * GRAIN, "{}", scene.available());
    for (guest, used) in scene.guests.iter().zip(&scene.used) {
        assert!(guest.now >= (used + 2 * GIB).min(16 * GIB), "a margin of an eighth: {guest:?}");
    }
    assert!(moves[20..].iter().flatten().all(|moved| *moved == 0));
}

#[test]
fn memory_comes_back_without_a_second_change_of_direction() {
    let mut scene = Scene::of(&[4 * GIB, 8 * GIB, 13 * GIB]);
    scene.others = 14 * GIB;
    scene.rounds(40);
    scene.others = 0;
    let moves = scene.rounds(100);
    assert!(moves.iter().flatten().all(|moved| *moved >= 0), "only back");
    assert!(scene.available() >= 64 * GIB / 10 * 2, "and no more than leaves the host plenty");
    assert!(moves[50..].iter().flatten().all(|moved| *moved == 0));
    assert!(scene.guests.iter().all(|guest| guest.now == guest.full), "{:?}", scene.guests);
}

#[test]
fn whatever_the_load_every_machine_moves_one_way_until_the_load_changes() {
    for others in (0..32).map(|gibibytes| gibibytes * GIB) {
        for used in [[1, 1, 1], [2, 8, 14], [15, 15, 1], [16, 16, 16]] {
            let mut scene = Scene::of(&used.map(|gibibytes| gibibytes * GIB));
            scene.others = others;
            let moves = scene.rounds(60);
            for machine in 0..3 {
                let own: Vec<i64> = moves.iter().map(|round| round[machine]).filter(|moved| *moved != 0).collect();
                assert!(own.iter().all(|moved| moved.signum() == own[0].signum()), "{others} {used:?} {machine}: {own:?}");
                assert!(scene.guests[machine].now >= (2 * GIB).max((scene.used[machine] + 2 * GIB).min(16 * GIB)));
            }
            assert!(moves[40..].iter().flatten().all(|moved| *moved == 0), "it comes to rest: {others} {used:?}");
        }
    }
}

#[test]
fn a_guest_whose_need_grows_gets_memory_from_those_that_have_it_and_keeps_it() {
    let mut scene = Scene::of(&[4 * GIB, 4 * GIB, 4 * GIB]);
    scene.others = 22 * GIB;
    scene.rounds(40);
    let before = scene.guests[0].now;
    scene.used[0] = before - 100 * MIB;
    let moves = scene.rounds(60);
    assert!(scene.guests[0].now >= scene.used[0] + GIB, "{:?}", scene.guests[0]);
    assert!(moves.iter().all(|round| round[0] >= 0 && round[1] <= 0 && round[2] <= 0), "{moves:?}");
    assert!(moves[40..].iter().flatten().all(|moved| *moved == 0));
}
