use std::time::Duration;

use iced::{
    Size,
    touch::{self, Finger as Id},
    widget::{column, scrollable, space},
};
use iced_test::Simulator;

use super::*;
use crate::dialog::test;

const SIZE: Size = Size::new(300.0, 200.0);

/// A list that scrolls, of rows that say what they are told.
fn rows<'a>() -> Element<'a, String> {
    let row = |number: usize| press_area(space().width(300).height(40), move |press| Some(format!("{number} {:?}", press.button))).into();
    scrollable(column((0..20).map(row))).width(300).height(200).into()
}

fn touch(event: touch::Event) -> Event {
    Event::Touch(event)
}

fn down(x: f32, y: f32) -> Event {
    touch(touch::Event::FingerPressed { id: Id(1), position: Point::new(x, y) })
}

fn moved(x: f32, y: f32) -> Event {
    touch(touch::Event::FingerMoved { id: Id(1), position: Point::new(x, y) })
}

fn lifted(x: f32, y: f32) -> Event {
    touch(touch::Event::FingerLifted { id: Id(1), position: Point::new(x, y) })
}

fn later(milliseconds: u64) -> Event {
    Event::Window(window::Event::RedrawRequested(Instant::now() + Duration::from_millis(milliseconds)))
}

/// What is said to these events of a finger, each with the place where it is then.
fn said(events: &[(Point, Event)]) -> Vec<String> {
    let mut window: Simulator<'_, String> = test::window(rows(), SIZE);
    for (at, event) in events {
        window.point_at(*at);
        let _ = window.simulate([event.clone()]);
    }
    window.into_messages().collect()
}

#[test]
fn a_finger_that_rests_is_the_right_button_and_its_lifting_nothing_more() {
    let at = Point::new(50.0, 60.0);
    assert_eq!(said(&[(at, down(50.0, 60.0)), (at, later(400))]), [""; 0], "too soon");
    let rested = [(at, down(50.0, 60.0)), (at, moved(52.0, 63.0)), (at, later(600)), (at, later(700)), (at, lifted(50.0, 60.0))];
    assert_eq!(said(&rested), ["1 Right"]);
}

#[test]
fn a_finger_that_is_lifted_soon_is_the_left_button() {
    let at = Point::new(50.0, 60.0);
    assert_eq!(said(&[(at, down(50.0, 60.0)), (at, lifted(50.0, 60.0)), (at, later(600))]), ["1 Left"]);
}

#[test]
fn a_finger_that_scrolls_presses_nothing_however_long_it_stays() {
    let (from, to) = (Point::new(50.0, 150.0), Point::new(50.0, 90.0));
    let scrolled = [(from, down(50.0, 150.0)), (to, moved(50.0, 90.0)), (to, later(600)), (to, lifted(50.0, 90.0))];
    assert_eq!(said(&scrolled), [""; 0]);
}

#[test]
fn two_fingers_press_nothing() {
    let at = Point::new(50.0, 60.0);
    let second = touch(touch::Event::FingerPressed { id: Id(2), position: at });
    assert_eq!(said(&[(at, down(50.0, 60.0)), (at, second), (at, later(600)), (at, lifted(50.0, 60.0))]), [""; 0]);
}

#[test]
fn time_is_waited_for_only_while_a_finger_is_down() {
    let now = Instant::now();
    let mut finger = Finger::default();
    assert_eq!(finger.passed(now), Said::Nothing);
    let pressed = touch::Event::FingerPressed { id: Id(1), position: Point::ORIGIN };
    assert!(matches!(finger.take(&pressed, Some(Point::ORIGIN), now), Said::Wait(until) if until > now));
    assert!(matches!(finger.passed(now), Said::Wait(_)));
    let lost = touch::Event::FingerLost { id: Id(1), position: Point::ORIGIN };
    assert_eq!(finger.take(&lost, None, now), Said::Nothing);
    assert_eq!(finger.passed(now), Said::Nothing);
}
