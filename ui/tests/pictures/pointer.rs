//! What comes under the pointer.

use std::time::{Duration, Instant};

use iced::{Event, mouse};

use super::{Stage, USUAL, dark, with};

fn point(stage: &mut Stage, text: &str) {
    let position = stage.find(text).expect("it is there");
    stage.input(Event::Mouse(mouse::Event::CursorMoved { position }));
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
