//! The words for the screen of a host that one of its machines has.

use crate::{
    hand_over::{HandOver, Left, Stage},
    t,
};

/// How it stands at this time (µs since the epoch): a title and a sentence; `None` while the host has its screen.
#[must_use]
pub fn hand_over(own: &HandOver, machine: &str, now: u64) -> Option<(String, String)> {
    Some(match own.stage {
        Stage::Unknown | Stage::Host => return None,
        Stage::Taking => (t!("screen-taking", machine = machine), t!("screen-taking-text")),
        Stage::Trial => {
            let time = remaining(own.remaining(now).unwrap_or_default());
            (t!("screen-trial", machine = machine, time = time), t!("screen-trial-text"))
        }
        Stage::Machine => (t!("screen-machine", machine = machine), t!("screen-machine-text")),
        Stage::Returning => (t!("screen-returning", machine = machine), t!("screen-returning-text")),
        Stage::Left => {
            let what: Vec<String> = own.left.iter().map(left).collect();
            (t!("screen-left", machine = machine), t!("screen-left-text", what = what.join(", ")))
        }
    })
}

/// Minutes and seconds: `1:43`.
#[must_use]
pub fn remaining(seconds: u64) -> String {
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

fn left(left: &Left) -> String {
    let name = left.name.as_str();
    match left.part.as_str() {
        "device" => t!("screen-left-device", name = name),
        "frame-buffer" => t!("screen-left-frame-buffer", name = name),
        "console" => t!("screen-left-console", name = name),
        "module" => t!("screen-left-module", name = name),
        "daemon" => t!("screen-left-daemon", name = name),
        "display-manager" => t!("screen-left-display-manager", name = name),
        _ => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_stage_but_that_of_the_host_is_told_and_what_is_left_by_its_name() {
        let own = |stage| HandOver { stage, trial_ends: 103_000_000, ..HandOver::default() };
        let title = |stage| hand_over(&own(stage), "games", 0).map(|(title, _)| title);
        assert_eq!((title(Stage::Host), title(Stage::Unknown)), (None, None));
        assert_eq!(title(Stage::Trial).unwrap(), "games has the screen on trial: 1:43 left");
        let others = [Stage::Taking, Stage::Machine, Stage::Returning, Stage::Left].map(|stage| title(stage).unwrap());
        assert!(others.iter().all(|title| title.contains("games") && !title.contains("screen-")), "{others:?}");
        let part = |part: &str| Left { part: part.to_owned(), name: "gdm.service".to_owned(), ..Left::default() };
        let parts = ["device", "module", "daemon", "frame-buffer", "console", "display-manager", "later"].map(part).to_vec();
        let (_, text) = hand_over(&HandOver { left: parts, ..own(Stage::Left) }, "games", 0).unwrap();
        assert!(text.contains("the display manager gdm.service") && !text.contains("screen-left-"), "{text}");
    }

    #[test]
    fn what_remains_is_told_in_minutes_and_seconds() {
        assert_eq!([0, 9, 60, 3600].map(remaining), ["0:00", "0:09", "1:00", "60:00"]);
    }
}
