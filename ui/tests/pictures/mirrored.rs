//! The window from right to left.

use client::settings::{Direction, Settings};

use super::{LARGE, SMALL, USUAL, with};

fn mirrored(settings: &mut Settings) {
    settings.appearance.direction = Direction::RightToLeft;
}

#[test]
fn the_list_from_right_to_left() {
    let mut stage = with(USUAL, mirrored);
    stage.key("home");
    stage.looks_like("mirrored-main");
}

#[test]
fn a_menu_from_right_to_left() {
    let mut stage = with(USUAL, mirrored);
    stage.key("home");
    stage.key("menu");
    stage.looks_like("mirrored-menu");
}

#[test]
fn a_machines_own_window_from_right_to_left() {
    let mut stage = with(USUAL, mirrored);
    stage.key("enter");
    stage.looks_like("mirrored-machine");
    stage.key("ctrl+2");
    stage.looks_like("mirrored-performance");
}

#[test]
fn devices_from_right_to_left() {
    let mut stage = with(LARGE, mirrored);
    stage.key("alt+4");
    stage.looks_like("mirrored-devices");
}

#[test]
fn settings_from_right_to_left_in_a_small_window() {
    let mut stage = with(SMALL, mirrored);
    stage.key("ctrl+,");
    stage.click("Language");
    stage.looks_like("mirrored-settings");
}

#[test]
fn deleting_from_right_to_left() {
    let mut stage = with(USUAL, mirrored);
    stage.click("freebsd-zfs");
    stage.key("delete");
    stage.wait("the plan", |stage| stage.find("Type the name to confirm: freebsd-zfs").is_some());
    stage.looks_like("mirrored-delete");
}

#[test]
fn memory_from_right_to_left() {
    let mut stage = with(LARGE, mirrored);
    stage.key("alt+5");
    stage.wait("the pages", |stage| stage.find("Machines using hugepages").is_some());
    stage.looks_like("mirrored-memory");
}
