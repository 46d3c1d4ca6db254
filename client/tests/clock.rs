//! The clock of the demo: in a process of its own, for it is the clock of everything in one.

#![allow(clippy::unwrap_used)]

use client::{
    Client,
    demo::{Demo, Preset, choose, chosen},
    unit,
};

const DAY: u64 = 24 * 3_600_000_000;

/// µs that `win11-gaming` has been running for by the clock that is shown.
async fn running_for() -> u64 {
    let demo = Demo::new(chosen());
    let machine = demo.machines().into_iter().find(|machine| machine.name == "win11-gaming").unwrap();
    unit::now() - Client::from(demo).details(machine.id).await.unwrap().started
}

#[tokio::test]
async fn the_clock_stands_with_a_frozen_demo_and_goes_with_a_live_one() {
    choose(Preset::Frozen);
    assert_eq!((unit::now(), unit::clock(unit::now()).as_str()), (Demo::new(chosen()).now(), "10:24"));
    assert_eq!(running_for().await, running_for().await);
    assert!(running_for().await < DAY, "the frozen demo is as old as the design says, not as its date is");
    choose(Preset::Full);
    assert!(unit::now() > unit::local(2026, 1, 1, 0, 0), "the computer's clock goes on");
    assert!(running_for().await < DAY, "dates are as seen from the start");
}
