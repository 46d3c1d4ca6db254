use super::*;
use crate::dialog::test::{self, key};

fn running() -> Model {
    let mut model = test::model();
    let mut machine = model.machine(&key("win-server-2025")).unwrap().clone();
    machine.state = client::State::Running;
    model.apply("system", client::Event::Machine(Box::new(machine)));
    model
}

fn say(dialog: &mut GiveBack, message: Message) -> Action {
    dialog.update(&running(), &Settings::default(), message)
}

fn done(result: Result<String, Error>, call: Call) -> Done {
    Done { call, results: vec![(None, result)] }
}

#[test]
fn a_guest_is_asked_unless_somebody_has_it_forced_off() {
    let mut dialog = GiveBack::new(key("win-server-2025"));
    assert!(test::shows(&running(), &dialog, "Force the machine off"));
    assert!(!test::shows(&test::model(), &dialog, "Force the machine off"), "one that is off");
    let Action::Call(Call::HandOver(_, change)) = say(&mut dialog, Message::Accept) else { panic!("no call") };
    assert_eq!(change, HandOverChange::GiveBack(false));
    let _ = say(&mut dialog, Message::Force);
    assert!(!dialog.force, "it is under way");
}

#[test]
fn a_guest_that_does_not_follow_is_told_with_the_way_out() {
    let mut dialog = GiveBack::new(key("win-server-2025"));
    let Action::Call(call) = say(&mut dialog, Message::Accept) else { panic!("no call") };
    let late = test::error(ErrorKind::TimedOut, &[("seconds", "120")]);
    let action = dialog.done(&running(), &done(Err(late), call));
    assert!(matches!(action, Some(Action::None)) && test::shows(&running(), &dialog, "win-server-2025 does not shut down"));
    let _ = say(&mut dialog, Message::Force);
    assert!(dialog.attempt.error().is_none());
    let Action::Call(call) = say(&mut dialog, Message::Accept) else { panic!("no call") };
    assert_eq!(call, Call::HandOver(key("win-server-2025"), HandOverChange::GiveBack(true)));
    assert!(matches!(dialog.done(&running(), &done(Ok(String::new()), call)), Some(Action::Close)));
}
