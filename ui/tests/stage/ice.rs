//! Journeys: `.ice` files, in iced's language with two words more.
//!
//! `key "ctrl+k"` presses a key, `gone "text"` says that a text is not there any more. What is expected, clicked or gone is
//! waited for.

use std::{fs, path::Path};

use client::demo::Preset;
use iced_test::{
    Ice, Instruction,
    instruction::{Expectation, Interaction, Mouse, Target},
};

use super::{Stage, settings};

/// Goes on a journey.
///
/// # Panics
/// Where it cannot go on, with the line and what is shown instead.
pub fn travel(path: &Path) -> Stage {
    let script = fs::read_to_string(path).expect("a journey");
    let (head, lines) = script.split_once("-----\n").expect("a line of hyphens below the head");
    let head = Ice::parse(&format!("{head}-----\n")).expect("a head");
    let preset = match head.preset.as_deref() {
        Some("frozen") => Preset::Frozen,
        other => panic!("no preset {other:?}"),
    };
    let mut settings = settings();
    // Nobody looks at the screens of the machines here, and drawing them takes its time.
    settings.figures.thumbnail_interval = 0;
    let mut stage = Stage::new(preset, settings, head.viewport);
    for (number, line) in lines.lines().enumerate().filter(|(_, line)| !line.is_empty() && !line.starts_with('#')) {
        let place = format!("{}, line {} below the head: {line}", path.display(), number + 1);
        follow(&mut stage, line, &place);
    }
    stage
}

fn follow(stage: &mut Stage, line: &str, place: &str) {
    let quoted = |word: &str| line.strip_prefix(word)?.strip_prefix(" \"")?.strip_suffix('"');
    if let Some(key) = quoted("key") {
        return stage.key(key);
    }
    if let Some(text) = quoted("gone") {
        return stage.wait(place, |stage| stage.find(text).is_none());
    }
    match Instruction::parse(line).unwrap_or_else(|error| panic!("{place}: {error}")) {
        Instruction::Expect(Expectation::Text(text)) => stage.wait(place, |stage| stage.find(&text).is_some()),
        Instruction::Interact(interaction) => {
            if let Some(text) = target(&interaction) {
                stage.wait(place, |stage| stage.find(&text).is_some());
            }
            let events = interaction.events(|target| match target {
                Target::Point(point) => Some(*point),
                Target::Text(text) => stage.find(text).map(|there| stage.apart(there)),
            });
            for event in events.unwrap_or_else(|| panic!("{place}: not there")) {
                stage.input(event);
            }
        }
    }
}

fn target(interaction: &Interaction) -> Option<String> {
    let (Interaction::Mouse(Mouse::Move(target))
    | Interaction::Mouse(Mouse::Click { target: Some(target), .. })
    | Interaction::Mouse(Mouse::Press { target: Some(target), .. })
    | Interaction::Mouse(Mouse::Release { target: Some(target), .. })) = interaction
    else {
        return None;
    };
    match target {
        Target::Text(text) => Some(text.clone()),
        Target::Point(_) => None,
    }
}
