//! The window from right to left: everything is at the other side, and is found there by pointer and keyboard.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod stage;

use client::{demo::Preset, settings::Direction};
use iced::{Event, Point, Rectangle, mouse};
use stage::{Stage, settings};
use ui::command::Command;

/// A language in which everything is English, but written from right to left.
const LANGUAGE: &str = "ar-XB";
const SMALL: (f32, f32) = (900.0, 600.0);
const USUAL: (f32, f32) = (1280.0, 800.0);

fn stage(size: (f32, f32), direction: Direction) -> Stage {
    let mut settings = settings();
    settings.appearance.direction = direction;
    settings.figures.thumbnail_interval = 0;
    Stage::new(Preset::Frozen, settings, size)
}

fn mirrored() -> Stage {
    stage(USUAL, Direction::RightToLeft)
}

/// The pages and dialogs that are looked at, and how to get there.
type Way = fn(&mut Stage);
const PAGES: &[(&str, Way)] = &[
    ("list", |_| ()),
    ("several", |stage| stage.command(Command::SelectAll)),
    ("menu", |stage| {
        stage.key("home");
        stage.key("menu");
    }),
    ("palette", |stage| {
        stage.command(Command::Palette);
        stage.type_in("k3s");
    }),
    ("pictures", |stage| stage.command(Command::ToggleGrid)),
    ("devices", |stage| stage.command(Command::ShowDevices)),
    ("plan", |stage| {
        stage.command(Command::ShowDevices);
        stage.key("ctrl+enter");
    }),
    ("memory", |stage| stage.command(Command::ShowMemory)),
    ("processors", |stage| {
        stage.command(Command::ShowMemory);
        stage.click("CPU map");
    }),
    ("readiness", |stage| stage.command(Command::ShowReadiness)),
    ("settings", |stage| stage.command(Command::Settings)),
    ("keys", |stage| stage.command(Command::Keys)),
    ("jobs", |stage| stage.command(Command::Jobs)),
    ("hosts", |stage| stage.command(Command::Hosts)),
    ("deleted", |stage| stage.command(Command::DeletedMachines)),
    ("delete", |stage| {
        stage.click("freebsd-zfs");
        stage.command(Command::Delete);
    }),
    ("notes", |stage| {
        stage.click("win11-gaming");
        stage.command(Command::EditNotes);
    }),
    ("overview", |stage| {
        stage.click("win11-gaming");
        stage.key("enter");
    }),
    ("performance", |stage| {
        stage.key("enter");
        stage.key("ctrl+2");
    }),
    ("devices of a machine", |stage| {
        stage.click("win11-gaming");
        stage.key("enter");
        stage.key("ctrl+3");
    }),
    ("tuning", |stage| {
        stage.key("enter");
        stage.key("ctrl+4");
    }),
];

/// What stands as in every language: keys, commands, and the memory in use beside the one that there is.
fn stays(words: &str) -> bool {
    let code = ["sudo apt install", "options kvm_amd"];
    let keys = ["Ctrl", "Shift", "Alt", "Enter", "Delete", "Esc", "Tab", "Menu", "Space", "Home", "End", "Plus"];
    let is_number = words.chars().all(|letter| letter.is_ascii_digit() || letter == '.');
    words.chars().count() == 1
        || keys.contains(&words)
        || is_number
        || words.starts_with(" / ")
        || code.iter().any(|code| words.starts_with(code))
        || words.strip_prefix('F').is_some_and(|number| number.parse::<u32>().is_ok())
}

/// Texts of a page with their places.
fn page(direction: Direction, way: Way) -> Vec<(String, Rectangle)> {
    let mut stage = stage(USUAL, direction);
    way(&mut stage);
    stage.finish();
    stage.inks()
}

fn are_at_the_other_side(pages: &[(&str, Way)]) {
    let mut faults = Vec::new();
    for (name, way) in pages {
        let (usual, other) = (page(Direction::LeftToRight, *way), page(Direction::RightToLeft, *way));
        let is_there = |words: &str, at: Rectangle| {
            other.iter().any(|(also, there)| {
                let x = USUAL.0 - at.x - at.width;
                also == words && (there.x - x).abs() < 1.5 && (there.y - at.y).abs() < 1.5
            })
        };
        for (words, at) in usual.iter().filter(|(words, at)| !stays(words) && !is_there(words, *at)) {
            faults.push(format!("{name}: “{words}” of {at:?}"));
        }
        assert_eq!(usual.len(), other.len(), "{name} has other texts");
        assert!(usual.iter().filter(|(words, _)| !stays(words)).count() > 10, "{name} has texts");
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_text_of_the_pages_is_at_the_other_side() {
    are_at_the_other_side(&PAGES[..10]);
}

#[test]
fn every_text_of_dialogs_is_at_the_other_side() {
    are_at_the_other_side(&PAGES[10..17]);
}

#[test]
fn every_text_of_a_machines_own_window_is_at_the_other_side() {
    are_at_the_other_side(&PAGES[17..]);
}

fn at(stage: &mut Stage, words: &str) -> Point {
    stage.find(words).unwrap_or_else(|| panic!("{words} is not shown:\n{}", stage.told()))
}

/// Where a text begins: at its right.
fn begin(stage: &mut Stage, words: &str) -> f32 {
    let all = stage.inks();
    all.iter().find(|(also, _)| also == words).map(|(_, at)| at.x + at.width).unwrap_or_else(|| panic!("{words} is not drawn"))
}

fn pointer(stage: &mut Stage, position: Point, events: &[mouse::Event]) {
    stage.input(Event::Mouse(mouse::Event::CursorMoved { position }));
    events.iter().for_each(|event| stage.input(Event::Mouse(*event)));
}

const PRESS: mouse::Event = mouse::Event::ButtonPressed(mouse::Button::Left);
const RELEASE: mouse::Event = mouse::Event::ButtonReleased(mouse::Button::Left);

#[test]
fn rows_and_places_are_pressed_where_they_are_seen() {
    let mut stage = mirrored();
    let (sidebar, name, pane) = (at(&mut stage, "Hosts"), at(&mut stage, "Name"), at(&mut stage, "Notes"));
    assert!(sidebar.x > name.x && name.x > pane.x, "sidebar {sidebar:?}, list {name:?}, details {pane:?}");
    stage.click("k3s-node-2");
    assert!(stage.told().contains("192.168.122.62"));
    stage.click("k3s cluster");
    assert!(stage.find("kali-lab").is_none(), "the group alone");
}

#[test]
fn a_menu_opens_to_the_other_side_of_the_pointer_and_takes_a_click() {
    let mut stage = mirrored();
    let row = at(&mut stage, "home-assistant");
    pointer(&mut stage, row, &[mouse::Event::ButtonPressed(mouse::Button::Right)]);
    let entry = at(&mut stage, "Edit title…");
    assert!(entry.x < row.x && entry.x > row.x - 300.0, "{entry:?} of a menu at {row:?}");
    stage.click("Edit title…");
    assert!(stage.told().contains("home-assistant"));
    assert!(stage.find("Edit title…").is_none(), "the menu is closed");
}

#[test]
fn the_edges_of_sidebar_and_pane_are_dragged_where_they_are_seen() {
    let mut stage = mirrored();
    let name = at(&mut stage, "Name");
    // The sidebar is 212 wide.
    pointer(&mut stage, Point::new(USUAL.0 - 212.0, 400.0), &[PRESS]);
    pointer(&mut stage, Point::new(USUAL.0 - 262.0, 400.0), &[RELEASE]);
    let wider = at(&mut stage, "Name");
    assert!((name.x - wider.x - 50.0).abs() < 1.5, "from {name:?} to {wider:?}");
    let pane = begin(&mut stage, "Last 60 seconds");
    pointer(&mut stage, Point::new(308.0, 400.0), &[PRESS]);
    pointer(&mut stage, Point::new(348.0, 400.0), &[RELEASE]);
    let wider = begin(&mut stage, "Last 60 seconds");
    assert!((wider - pane - 40.0).abs() < 1.5, "the details pane grows to the right: from {pane} to {wider}");
}

#[test]
fn arrow_keys_mean_what_the_eye_sees() {
    let mut stage = mirrored();
    stage.click("home-assistant");
    stage.key("right");
    assert!(stage.find("home-assistant").is_none_or(|at| at.x < 308.0), "folded towards the head");
    stage.key("left");
    assert!(stage.find("opnsense").is_some(), "unfolded");
    stage.command(Command::ToggleGrid);
    stage.key("home");
    stage.key("left");
    assert!(stage.told().contains("kali-lab"), "the card at the left is the next one");
}

#[test]
fn a_machine_is_dragged_to_a_group_at_the_right() {
    let mut stage = mirrored();
    let (from, to) = (at(&mut stage, "kali-lab"), at(&mut stage, "Work"));
    assert!(to.x > from.x);
    pointer(&mut stage, from, &[PRESS]);
    pointer(&mut stage, Point::new(from.x + 40.0, from.y), &[]);
    pointer(&mut stage, to, &[]);
    let ghost = at(&mut stage, "Move to Work");
    assert!(ghost.x < to.x && (ghost.y - to.y).abs() < 60.0, "{ghost:?} hangs at the pointer {to:?}");
    pointer(&mut stage, to, &[RELEASE]);
    let model = |stage: &mut Stage| stage.app.model().machines().find(|(_, one)| one.name == "kali-lab").map(|(_, one)| one.group.clone());
    stage.wait("the new group", |stage| model(stage).as_deref() == Some("Work"));
}

#[test]
fn the_direction_changes_at_once_and_by_the_setting() {
    let mut stage = stage(USUAL, Direction::Language);
    let before = at(&mut stage, "Hosts");
    stage.command(Command::Settings);
    stage.click("Language");
    stage.click("Right to left");
    stage.key("escape");
    let after = at(&mut stage, "Hosts");
    assert!(before.x < 212.0 && after.x > USUAL.0 - 212.0, "{before:?}, {after:?}");
}

/// English words in texts that begin as those of Arabic and Hebrew do.
fn speak_from_right() {
    stage::pseudo::speak(LANGUAGE, |words| {
        let said = words.trim_start();
        let is_words = !said.is_empty() && !said.starts_with('}') && !said.trim_end().ends_with("->");
        if is_words { format!(" \u{200f}{said}") } else { words.to_owned() }
    });
}

#[test]
fn a_language_from_right_to_left_turns_the_window_and_has_room_in_it() {
    let mut found = Vec::new();
    for size in [SMALL, USUAL] {
        speak_from_right();
        let mut settings = settings();
        settings.appearance.language = LANGUAGE.to_owned();
        settings.figures.thumbnail_interval = 0;
        let mut stage = Stage::new(Preset::Frozen, settings, size);
        assert_eq!(client::locale::language(), LANGUAGE);
        let name = at(&mut stage, "fedora-42-dev");
        assert!(name.x > size.0 / 2.0, "begins at the right: {name:?}");
        for command in [Command::ToggleDetails, Command::ShowDevices, Command::ShowMemory, Command::Settings, Command::Jobs, Command::Hosts]
        {
            stage.command(command);
            found.extend(stage.faults().into_iter().map(|fault| format!("{}: {fault}", command.id())));
            stage.key("escape");
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn a_head_sorts_at_once_whichever_way_the_window_runs() {
    for direction in [Direction::LeftToRight, Direction::RightToLeft] {
        let mut stage = stage(USUAL, direction);
        stage.click("win11-gaming");
        let is_first = |stage: &mut Stage| at(stage, "fedora-42-dev").y < at(stage, "kali-lab").y;
        assert!(is_first(&mut stage));
        stage.click("Name");
        assert!(!is_first(&mut stage), "by name, the other way round");
        stage.click("Name");
        assert!(is_first(&mut stage), "by name");
    }
}
