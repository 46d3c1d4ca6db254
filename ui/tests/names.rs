//! Names in any script, and of any length, leave a row as it is.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod stage;

use client::{Metadata, demo::Preset};
use stage::{Stage, settings};

/// Titles, and the machine that gets each with its address.
const TITLES: [(&str, &str, &str); 4] = [
    ("home-assistant", "192.168.122.8", "שרת הבית"),
    ("opnsense", "192.168.122.2", "جدار الحماية للشبكة المنزلية"),
    ("truenas-scale", "192.168.40.11", "NAS גיבוי 2 و نسخة (old)"),
    ("k3s-node-1", "192.168.122.61", "a-node-with-a-title-that-is-as-long-as-the-service-lets-it-be-64"),
];

#[test]
fn names_from_right_to_left_and_long_ones_do_not_move_the_row() {
    let mut settings = settings();
    settings.figures.thumbnail_interval = 0;
    let mut stage = Stage::new(Preset::Frozen, settings, (1440.0, 1000.0));
    let before = TITLES.map(|(name, address, _)| (stage.find(name).unwrap(), stage.find(address).unwrap()));
    for (name, _, title) in TITLES {
        let (host, machine) = stage.app.model().machines().find(|(_, machine)| machine.name == name).unwrap();
        let (client, id) = (host.client.clone().unwrap(), machine.id);
        stage
            .wait_for(async move { client.set_metadata(id, Metadata { title: Some(title.to_owned()), ..Metadata::default() }).await })
            .unwrap();
        stage.wait(title, |stage| stage.find(title).is_some());
    }
    // Groups sort by name: a row is known by its address, and what is beside that has its height.
    for ((_, address, title), (name_was, address_was)) in TITLES.into_iter().zip(before) {
        let (name, address) = (stage.find(title).unwrap(), stage.find(address).unwrap());
        assert!((address.x - address_was.x).abs() < 0.5, "{title} moves the address");
        assert!(((address.y - name.y) - (address_was.y - name_was.y)).abs() < 0.5, "{title} is on a line of another height");
        assert!(name.x < 420.0, "{title} stays in its column: {name:?}");
    }
}
