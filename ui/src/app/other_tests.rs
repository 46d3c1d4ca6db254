use client::device::{GlassScreen, Inputs};

use super::*;
use crate::{
    action::Done,
    dialog::test::{key, model},
};

fn port(port: &str, hands_over: bool) -> Gift {
    Gift::Usb(UsbName::Ports(vec![port.to_owned()]), UsbHow { hands_over, ..UsbHow::default() })
}

fn giving(gift: Gift, is_live: bool, is_configured: bool) -> Giving {
    Giving { gift, is_live, is_configured }
}

fn call(machine: &str, change: OtherChange) -> Call {
    Call::Other(key(machine), change)
}

#[test]
fn what_was_given_is_taken_back_and_a_hand_over_goes_back_to_who_let_go() {
    let model = model();
    let undo = |machine: &str, change: OtherChange| inverse(&model, &key(machine), &change);
    let stick = giving(port("1-4.2", false), true, true);
    let taken = call("fedora-42-dev", OtherChange::TakeBack(stick.clone()));
    assert_eq!(undo("fedora-42-dev", OtherChange::Give(stick)), [taken]);
    let pad = giving(port("3-1", true), true, false);
    let back = [
        call("fedora-42-dev", OtherChange::TakeBack(giving(port("3-1", false), true, false))),
        call("win11-gaming", OtherChange::Give(giving(port("3-1", false), true, false))),
    ];
    assert_eq!(undo("fedora-42-dev", OtherChange::Give(pad)), back);
    assert_eq!(undo("win11-gaming", OtherChange::Give(giving(port("3-1", false), true, true))), [], "it has it");
}

#[test]
fn what_was_taken_is_given_again_where_it_was_if_all_of_it_is_known() {
    let model = model();
    let undo = |change: OtherChange| inverse(&model, &key("win11-gaming"), &change);
    let pad = giving(port("3-1", false), false, true);
    assert_eq!(undo(OtherChange::TakeBack(pad.clone())), [call("win11-gaming", OtherChange::Give(pad))]);
    assert_eq!(undo(OtherChange::TakeBack(giving(port("2-1", false), true, true))), [], "it has none");
    let mouse = Gift::Inputs(Inputs::new(vec!["by-id/a".to_owned()]));
    assert_eq!(undo(OtherChange::TakeBack(giving(mouse, false, true))), [], "its keys are not known");
}

#[test]
fn a_rule_that_was_made_is_taken_away_by_the_name_that_it_got() {
    let model = model();
    let on = UsbName::Serial("A1".to_owned());
    let made = call("fedora-42-dev", OtherChange::AddRule(on.clone()));
    let back = inverse(&model, &key("fedora-42-dev"), &OtherChange::AddRule(on.clone()));
    let done = Done { call: made, results: vec![(Some(key("fedora-42-dev")), Ok("7".to_owned()))] };
    assert_eq!(named(back, &done), [call("fedora-42-dev", OtherChange::RemoveRule("7".to_owned(), on.clone()))]);
    let gone = OtherChange::RemoveRule("7".to_owned(), on.clone());
    assert_eq!(inverse(&model, &key("fedora-42-dev"), &gone), [call("fedora-42-dev", OtherChange::AddRule(on))]);
}

#[test]
fn looking_glass_is_switched_back() {
    let mut model = model();
    let screen = GlassScreen { width: 2560, height: 1440, has_hdr: false };
    let undo = |model: &Model, change: OtherChange| inverse(model, &key("win11-gaming"), &change);
    assert_eq!(undo(&model, OtherChange::Glass(Some(screen))), [call("win11-gaming", OtherChange::Glass(None))]);
    let mut machine = model.machine(&key("win11-gaming")).unwrap().clone();
    machine.looking_glass = Some(64 << 20);
    model.apply("system", client::Event::Machine(Box::new(machine)));
    assert_eq!(undo(&model, OtherChange::Glass(None)), [call("win11-gaming", OtherChange::Glass(Some(screen)))]);
}

#[test]
fn a_missing_program_and_a_missing_memory_are_named_with_what_to_do() {
    let model = model();
    let gone = not_opened(&std::io::ErrorKind::NotFound.into());
    let said = |error: &Error| reason(&OtherChange::OpenGlass, error, "gaming").unwrap();
    assert_eq!(said(&gone).0, "The program looking-glass-client is not installed on this computer.");
    assert!(said(&gone).1.starts_with("Install the package looking-glass-client"));
    let without = Error::Service { kind: client::ErrorKind::NotFound, message: String::new(), facts: Vec::new() };
    assert_eq!(said(&without).0, "gaming was started without the memory for Looking Glass.");
    assert_eq!(reason(&OtherChange::OpenGlass, &Error::Gone(String::new()), "gaming"), None, "the general words say it");
    assert_eq!(reason(&OtherChange::Glass(None), &without, "gaming"), None);
    assert_eq!(inverse(&model, &key("win11-gaming"), &OtherChange::OpenGlass), [], "there is nothing to undo");
}

#[test]
fn the_words_name_what_it_is_as_people_do() {
    let model = model();
    let said = |change: OtherChange| words(&model, &key("fedora-42-dev"), &change);
    assert_eq!(said(OtherChange::Give(giving(port("2-1", false), true, false))), "Logitech BRIO attached to fedora-42-dev");
    let rule = OtherChange::AddRule(UsbName::Id("0951:1666".to_owned()));
    assert_eq!(said(rule), "fedora-42-dev gets Kingston DataTraveler 3.0 whenever it is plugged in");
    let inputs = Inputs::new(vec!["by-id/usb-Logitech_USB_Keyboard-event-kbd".to_owned()]);
    assert_eq!(said(OtherChange::TakeBack(giving(Gift::Inputs(inputs), false, true))), "Logitech USB Keyboard detached from fedora-42-dev");
}
