//! Journeys through the application on its demo, as a person goes them; each is a file in `journeys/`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod stage;

use std::path::Path;

fn travel(name: &str) {
    stage::ice::travel(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/journeys").join(name).with_extension("ice"));
}

/// A test for each file, so that one that fails does not hide the others.
macro_rules! journeys {
    ($($name:ident),* $(,)?) => {
        $(#[test] fn $name() { travel(&stringify!($name).replace('_', "-")); })*

        #[test]
        fn every_journey_is_gone_on() {
            let known = [$(stringify!($name).replace('_', "-")),*];
            let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/journeys");
            for file in std::fs::read_dir(directory).unwrap().map(Result::unwrap) {
                let name = file.path().file_stem().unwrap().to_string_lossy().into_owned();
                assert!(known.contains(&name), "{name} is in no test");
            }
        }
    };
}

journeys![
    attach,
    delete,
    delete_several,
    devices,
    functions,
    guide,
    hand_over,
    hosts,
    keep,
    keyboard,
    looking_glass,
    machine_devices,
    memory,
    network_card,
    networks,
    network_cards,
    pages_at_start,
    palette,
    palette_actions,
    parts,
    pause,
    pinning,
    rename,
    save,
    scsi,
    search,
    settings,
    shut_down,
    start,
    tags,
    tour,
    tuning,
    usb,
    usb_rule
];
