use client::ErrorKind;

use super::*;
use crate::dialog::test::{self, key};

fn say(dialog: &mut Glass, message: Message) -> Action {
    dialog.update(&test::model(), &Settings::default(), message)
}

fn shows(dialog: &Glass, words: &str) -> bool {
    test::shows(&test::model(), dialog, words)
}

fn known(reason: &str) -> Refusal {
    Refusal { reason: reason.to_owned(), device: "looking-glass-1".to_owned(), ..Refusal::default() }
}

fn planned(plan: GlassPlan) -> Glass {
    let mut dialog = Glass::new(key("win11-gaming"));
    let _ = dialog.opened(&test::model(), &Settings::default());
    let serial = dialog.plan.serial();
    let _ = say(&mut dialog, Message::Planned(serial, Ok(plan)));
    dialog
}

#[test]
fn the_plan_says_the_size_the_command_and_what_is_missing_before_anything_changes() {
    let plan = GlassPlan {
        name: "looking-glass-1".into(),
        size: 64 << 20,
        tmpfiles: "f /dev/shm/looking-glass-1\n".into(),
        warnings: vec![known("no-spice"), known("file-missing")],
        ..GlassPlan::default()
    };
    let mut dialog = planned(plan);
    for words in [
        "Looking Glass for win11-gaming",
        &t!("glass-step-memory", size = unit::size(64 << 20)),
        "looking-glass-client -f /dev/shm/looking-glass-1",
        "The machine has no SPICE display, through which keys, pointer and sound go.",
        "f /dev/shm/looking-glass-1",
    ] {
        assert!(shows(&dialog, words), "{words}");
    }
    let screen = GlassScreen { width: 2560, height: 1440, has_hdr: false };
    let Action::Call(call) = say(&mut dialog, Message::Accept) else { panic!("no call") };
    assert_eq!(call, Call::Other(key("win11-gaming"), OtherChange::Glass(Some(screen))));
    let failed = test::done(call.clone(), key("win11-gaming"), Err(test::error(ErrorKind::Busy, &[])));
    assert!(matches!(dialog.done(&test::model(), &failed), Some(Action::None)) && shows(&dialog, "win11-gaming is busy"));
}

#[test]
fn another_screen_is_another_question_and_a_file_of_somebody_else_is_refused() {
    let mut dialog = planned(GlassPlan { reasons: vec![known("file-of-another")], ..GlassPlan::default() });
    assert!(matches!(say(&mut dialog, Message::Accept), Action::None));
    let words =
        "A file of somebody else is there already: /dev/shm/looking-glass-1. Whoever made it would see the screen. Remove it first.";
    assert!(shows(&dialog, words));
    let other = GlassScreen { width: 3840, height: 2160, has_hdr: true };
    assert!(matches!(say(&mut dialog, Message::Screen(other)), Action::Task(_)) && dialog.plan.ready().is_none());
}

#[test]
fn a_size_leads_back_to_a_screen_that_needs_it() {
    assert_eq!(screen_of(64 << 20), Some(GlassScreen { width: 2560, height: 1440, has_hdr: false }));
    assert_eq!(screen_of(32 << 20).map(|screen| screen.width), Some(1920));
    assert_eq!(screen_of(7), None);
}
