//! What comes under the pointer.

use std::time::{Duration, Instant};

use iced::{Event, mouse};

use super::{Stage, USUAL, dark, frozen, with};

fn point(stage: &mut Stage, text: &str) {
    let position = stage.find(text).expect("it is there");
    stage.input(Event::Mouse(mouse::Event::CursorMoved { position }));
}

fn press_right(stage: &mut Stage, text: &str) {
    point(stage, text);
    stage.input(Event::Mouse(mouse::Event::ButtonPressed(mouse::Button::Right)));
    stage.input(Event::Mouse(mouse::Event::ButtonReleased(mouse::Button::Right)));
}

#[test]
fn the_menu_of_a_group_asks_before_all_of_it_is_shut_down() {
    let mut stage = frozen();
    press_right(&mut stage, "k3s cluster");
    stage.looks_like("menu-group");
    stage.click("Shut down all 3 machines in k3s cluster");
    stage.wait("the question", |stage| stage.find("Shut down 3 machines?").is_some());
}

#[test]
fn the_menu_of_a_host_leads_to_its_name() {
    let mut stage = frozen();
    press_right(&mut stage, "This computer");
    stage.click("Rename");
    stage.wait("the list of hosts", |stage| stage.dialog().is_some());
    stage.type_in("Cellar");
    stage.key("enter");
    stage.wait("the name", |stage| stage.find("Cellar").is_some());
}

#[test]
fn the_last_minutes_of_a_host_while_the_pointer_rests_on_its_load() {
    let mut stage = frozen();
    point(&mut stage, "45.6\u{a0}/\u{a0}64\u{a0}GiB");
    let (before, began) = (stage.picture(), Instant::now());
    while stage.picture() == before {
        assert!(began.elapsed() < Duration::from_secs(60), "nothing comes");
    }
    // By the clock that mice are read with it has rested long enough now: the ten minutes are asked for.
    point(&mut stage, "45.6\u{a0}/\u{a0}64\u{a0}GiB");
    stage.finish();
    stage.looks_like("host-load-tip");
}

#[test]
fn the_notes_of_a_machine_while_the_pointer_rests_on_its_name() {
    let mut stage = with(USUAL, dark);
    point(&mut stage, "win11-gaming");
    let (before, began) = (stage.picture(), Instant::now());
    // How long the pointer rests is measured by the clock of the computer.
    while stage.picture() == before {
        assert!(began.elapsed() < Duration::from_secs(60), "nothing comes");
    }
    stage.looks_like("notes-tip-dark");
}
