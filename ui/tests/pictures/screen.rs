//! The only screen of a host, given to a machine and back.

use iced::{Event, Point, mouse};

use super::{SMALL, Stage, USUAL, dark, frozen, german, with};

/// The plan of a machine that shall have the screen, once it is there.
fn screen_of(mut stage: Stage, wish: &str, words: &str) -> Stage {
    stage.key("ctrl+k");
    stage.type_in(wish);
    stage.key("enter");
    stage.wait("the plan", |stage| stage.find(words).is_some());
    stage
}

#[test]
fn giving_a_machine_the_screen() {
    screen_of(frozen(), "win-server-2025 screen", "Stop the display manager").looks_like("hand-over");
}

#[test]
fn a_machine_that_has_the_screen_on_trial() {
    let mut stage = screen_of(with(USUAL, dark), "win-server-2025 screen", "Stop the display manager");
    stage.click("Desktops and programs that use the card may end");
    stage.wait("the consent", |stage| stage.find("asks for your password").is_some());
    stage.key("ctrl+enter");
    stage.wait("the trial", |stage| stage.find("Keep the screen").is_some());
    stage.looks_like("hand-over-trial-dark");
    stage.click("Give the screen back…");
    stage.looks_like("give-back-dark");
}

/// The same, in German and in a small window.
fn small_german() -> Stage {
    screen_of(with(SMALL, german), "win-server-2025 Bildschirm", "Den Anzeigemanager anhalten")
}

#[test]
fn giving_a_machine_the_screen_in_a_small_window_in_german() {
    let mut stage = small_german();
    stage.looks_like("hand-over-small-german");
    stage.click("Sitzungen und Programme auf der Karte dürfen enden");
    stage.wait("the consent", |stage| stage.find("fragt nach dem Passwort").is_some());
    // What does not fit is reached with the wheel.
    let wheel = mouse::Event::WheelScrolled { delta: mouse::ScrollDelta::Pixels { x: 0.0, y: -2000.0 } };
    for event in [mouse::Event::CursorMoved { position: Point::new(450.0, 300.0) }, wheel, mouse::Event::CursorLeft] {
        stage.input(Event::Mouse(event));
    }
    stage.looks_like("hand-over-end-small-german");
}

#[test]
fn a_screen_on_trial_in_a_small_window_in_german() {
    let mut stage = small_german();
    stage.click("Sitzungen und Programme auf der Karte dürfen enden");
    stage.wait("the consent", |stage| stage.find("fragt nach dem Passwort").is_some());
    stage.key("ctrl+enter");
    stage.wait("the trial", |stage| stage.find("Bildschirm behalten").is_some());
    stage.looks_like("hand-over-trial-small-german");
    stage.click("Bildschirm zurückgeben…");
    stage.looks_like("give-back-small-german");
}
