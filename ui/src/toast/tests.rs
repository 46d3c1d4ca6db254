use client::{Operation, host::Id};
use iced::Size;

use super::*;
use crate::dialog::test::{self, key};

fn job(operation: &str, name: &str) -> Job {
    Job { operation: operation.to_owned(), machines: vec![key(name).machine], started: now() - 4_000_000, ..Job::default() }
}

fn looked() -> Looked {
    Looked { window: window::Id::unique(), is_looked_at: true }
}

fn failing() -> Outcome {
    Outcome { error: Some(test::error(ErrorKind::NoSpace, &[])) }
}

#[test]
fn a_toast_goes_after_eight_seconds() {
    let mut toasts = Toasts::default();
    toasts.show("Done".to_owned(), None);
    for _ in 0..15 {
        let _ = toasts.update(Message::Tick);
    }
    assert_eq!(toasts.shown.len(), 1);
    let _ = toasts.update(Message::Tick);
    assert!(toasts.shown.is_empty());
}

#[test]
fn there_are_three_at_most_and_the_oldest_goes() {
    let mut toasts = Toasts::default();
    for text in ["a", "b", "c", "d"] {
        toasts.show(text.to_owned(), None);
    }
    let texts: Vec<&str> = toasts.shown.iter().map(|toast| toast.text.as_str()).collect();
    assert_eq!(texts, ["b", "c", "d"]);
}

#[test]
fn undo_makes_the_call_once() {
    let mut toasts = Toasts::default();
    toasts.show("win11 is deleted".to_owned(), Some(Call::Undelete(Id::from("system"), "x".to_owned(), "old-test".to_owned())));
    let id = toasts.shown[0].id;
    assert!(matches!(toasts.update(Message::Press(id)), Action::Undo(calls) if matches!(calls.as_slice(), [Call::Undelete(..)])));
    assert!(matches!(toasts.update(Message::Press(id)), Action::None));
    assert!(toasts.shown.is_empty());
}

#[test]
fn a_job_that_ended_says_how_long_it_took() {
    let model = test::model();
    let mut toasts = Toasts::default();
    toasts.job_ended(&model, "system", &job("machine-save", "win11-gaming"), &Outcome { error: None });
    toasts.job_ended(&model, "system", &job("machine-start", "win11-gaming"), &Outcome { error: None });
    let texts: Vec<String> = toasts.texts().map(|text| text.replace('\u{a0}', " ")).collect();
    assert_eq!(texts, ["Saved win11-gaming in 4 s"], "the list shows that it started");
}

#[test]
fn a_failed_job_of_somebody_else_is_told_with_its_reason() {
    let model = test::model();
    let mut toasts = Toasts::default();
    toasts.job_ended(&model, "system", &job("machine-save", "win11-gaming"), &failing());
    assert_eq!(toasts.shown[0].text, "win11-gaming could not be saved: There is no space left");
    let id = toasts.shown[0].id;
    assert!(matches!(toasts.update(Message::Press(id)), Action::Run(Command::ShowLog, _)));
}

#[test]
fn a_failed_job_of_this_window_is_left_to_its_dialog_in_either_order() {
    let model = test::model();
    let call = Call::Operate(Operation::Save, vec![key("win11-gaming")]);
    let answer = test::done(call.clone(), key("win11-gaming"), Err(test::error(ErrorKind::NoSpace, &[])));
    for answer_first in [true, false] {
        let mut toasts = Toasts::default();
        toasts.began(&call, None);
        if answer_first {
            toasts.ended(&answer);
        }
        toasts.job_ended(&model, "system", &job("machine-save", "win11-gaming"), &failing());
        assert!(toasts.shown.is_empty());
    }
}

#[test]
fn a_deleted_machine_that_cannot_come_back_is_told_once() {
    let model = test::model();
    let mut toasts = Toasts::default();
    toasts.began(&Call::Undelete(Id::from("system"), "x".to_owned(), "old-test".to_owned()), None);
    toasts.job_ended(&model, "system", &job("machine-undelete", "kali-lab"), &failing());
    assert!(toasts.shown.is_empty());
}

#[test]
fn what_lies_below_keeps_its_state_when_a_toast_comes() {
    let tree = |toasts: &Toasts| {
        let content: Element<'_, app::Message> = iced::widget::text("below").into();
        toasts.over(content, looked()).as_widget().tag()
    };
    let mut toasts = Toasts::default();
    let before = tree(&toasts);
    toasts.show("x".to_owned(), None);
    assert_eq!(before, tree(&toasts));
}

#[test]
fn pictures_of_toasts() {
    let mut toasts = Toasts::default();
    test::speak();
    toasts.show("old-test is deleted".to_owned(), Some(Call::Undelete(Id::from("system"), "x".to_owned(), "old-test".to_owned())));
    toasts.show("Written to /home/ada/Pictures/win11-gaming-2025-11-20.png".to_owned(), None);
    toasts.job_ended(&test::model(), "system", &job("machine-save", "win11-gaming"), &failing());
    let looked = looked();
    let ground =
        || Element::from(container(text("")).width(Length::Fill).height(Length::Fill).style(theme::container::fill(|t| t.surface)));
    test::draw("toasts", Size::new(760.0, 260.0), || toasts.over(ground(), looked));
}

#[test]
fn what_came_back_is_named() {
    test::speak();
    let mut toasts = Toasts::default();
    let call = Call::Undelete(Id::from("system"), "x".to_owned(), "old-test".to_owned());
    toasts.ended(&Done { call: call.clone(), results: vec![(None, Err(test::error(ErrorKind::NoSpace, &[])))] });
    assert!(toasts.shown.is_empty(), "it did not come back");
    toasts.ended(&Done { call, results: vec![(None, Ok(String::new()))] });
    assert_eq!(toasts.shown[0].text, "old-test is back");
}

#[test]
fn what_was_done_in_a_window_is_told_in_it_and_elsewhere_once_it_is_closed() {
    let (own, main) = (window::Id::unique(), window::Id::unique());
    let in_main = Looked { window: main, is_looked_at: true };
    let in_own = Looked { window: own, is_looked_at: false };
    let mut toasts = Toasts::default();
    toasts.began(&Call::Operate(Operation::Save, vec![key("win11-gaming")]), Some(own));
    toasts.job_ended(&test::model(), "system", &job("machine-save", "win11-gaming"), &Outcome { error: None });
    assert!(toasts.are_in(in_own) && !toasts.are_in(in_main));
    toasts.job_ended(&test::model(), "system", &job("machine-save", "kali-lab"), &Outcome { error: None });
    assert!(toasts.are_in(in_main), "what somebody else did is told where somebody looks");
    toasts.shown.remove(1);
    toasts.window_closed(own);
    assert!(toasts.are_in(in_main) && !toasts.are_in(in_own));
}
