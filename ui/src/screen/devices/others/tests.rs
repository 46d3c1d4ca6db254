use iced::{Size, keyboard::Modifiers, mouse::Button};

use super::*;
use crate::{
    action::{Call, DeviceChange},
    dialog::{Dialog, test},
};

const HOST: &str = "system";
const HEIGHT: f32 = 900.0;

fn shown(model: &Model, family: Family) -> Devices {
    let mut screen = Devices::default();
    let _ = screen.show(model.host(HOST).unwrap(), HEIGHT);
    let _ = screen.update(model, Message::Family(Some(family)));
    screen
}

fn says(screen: &Devices, model: &Model, words: &str) -> bool {
    let (list, pane) = screen.view(model.host(HOST).unwrap(), &client::settings::Settings::default(), 900.0);
    let all = iced::widget::row![iced::widget::container(list).width(900), iced::widget::container(pane).width(308)];
    test::window(all.into(), Size::new(1208.0, HEIGHT)).find(words).is_ok()
}

fn press(screen: &mut Devices, model: &Model, id: &str, button: Button) -> Action {
    let press = Press { button, modifiers: Modifiers::empty(), at: iced::Point::ORIGIN, is_double: false };
    screen.update(model, Message::OtherPressed(id.to_owned(), press))
}

#[test]
fn usb_devices_are_listed_with_port_serial_use_and_machine() {
    let model = test::model();
    let mut screen = shown(&model, Family::Usb);
    for words in
        ["USB 8", "Inputs 2", "NVMe 2", "SCSI 4", "1-4.2", "Kingston DataTraveler 3.0", "E0D55EA5", "sdb1 is mounted", "win11-gaming"]
    {
        assert!(says(&screen, &model, words), "{words}");
    }
    let _ = press(&mut screen, &model, "3-4", Button::Left);
    for words in ["04f9:0441", "480 Mbit/s", "0d:00.3", "bus 3, number 4", "win-server-2025", "after start", "Attach to a machine…"] {
        assert!(says(&screen, &model, words), "{words}");
    }
}

#[test]
fn what_is_selected_is_given_by_enter_and_taken_from_its_machine() {
    let model = test::model();
    let mut screen = shown(&model, Family::Usb);
    let Action::Open(dialog) = screen.update(&model, Message::Key(Input::Primary)) else { panic!("no dialog") };
    assert!(matches!(*dialog, Dialog::Give(_)));
    let _ = press(&mut screen, &model, "3-1", Button::Left);
    let Action::Open(dialog) = screen.update(&model, Message::Detach(test::key("win11-gaming").machine)) else { panic!("no dialog") };
    assert!(matches!(*dialog, Dialog::TakeBack(_)));
    assert!(matches!(screen.update(&model, Message::Detach(test::key("kali-lab").machine)), Action::None), "it has none");
}

#[test]
fn the_menu_offers_what_can_be_done() {
    let model = test::model();
    let mut screen = shown(&model, Family::Usb);
    let Action::Offer(_, offers) = press(&mut screen, &model, "3-1", Button::Right) else { panic!("no menu") };
    let labels: Vec<String> = offers.into_iter().map(|offer| offer.label).collect();
    assert_eq!(labels, ["Attach to a machine…", "Detach from win11-gaming…", "Copy 3039363030383132"]);
}

#[test]
fn the_keyboard_walks_the_list_and_what_is_typed_finds() {
    let model = test::model();
    let mut screen = shown(&model, Family::Usb);
    let key = |screen: &mut Devices, input: Input| drop(screen.update(&model, Message::Key(input)));
    key(&mut screen, Input::Move(Move::Last, false));
    assert_eq!(screen.others.current().unwrap().id, "3-4");
    key(&mut screen, Input::Move(Move::By(-1), false));
    assert_eq!(screen.others.current().unwrap().id, "3-2");
    key(&mut screen, Input::Letter('k'));
    assert_eq!(screen.others.current().unwrap().id, "1-4.2");
    let _ = screen.update(&model, Message::Search("brio".to_owned()));
    assert_eq!((screen.others.things.len(), screen.others.current().unwrap().id.as_str()), (1, "2-1"));
    key(&mut screen, Input::Escape);
    assert_eq!(screen.others.things.len(), 8);
}

#[test]
fn a_card_that_can_be_divided_says_what_it_can_make_and_is_given_to_nobody() {
    let model = test::model();
    let mut screen = shown(&model, Family::Parts);
    let _ = press(&mut screen, &model, "parent 0000:02:00.0", Button::Left);
    assert!(says(&screen, &model, "GRID T400-1Q: 2 more") && !says(&screen, &model, "Attach to a machine…"));
    assert!(matches!(screen.update(&model, Message::Attach), Action::None));
    assert!(says(&screen, &model, "Make a part…"));
    let Action::Open(dialog) = screen.update(&model, Message::Key(Input::Primary)) else { panic!("no dialog") };
    assert!(matches!(*dialog, Dialog::Divide(_)));
}

#[test]
fn a_part_is_made_now_or_at_each_start_or_deleted_as_it_is() {
    let model = test::model();
    let mut screen = shown(&model, Family::Parts);
    let change = |action: Action| match action {
        Action::Call(Call::Device(_, change)) => change,
        other => panic!("no call: {other:?}"),
    };
    let [always, _, off] = model.host(HOST).unwrap().others.mediated.clone().unwrap().try_into().unwrap();
    let _ = press(&mut screen, &model, &always.uuid, Button::Left);
    assert!(says(&screen, &model, "Made at each start of the computer") && !says(&screen, &model, "Make it now"));
    assert_eq!(change(screen.update(&model, Message::PartAutostart(false))), DeviceChange::PartAutostart(always.uuid, false));
    let _ = press(&mut screen, &model, &off.uuid, Button::Left);
    assert!(says(&screen, &model, "Make it now") && says(&screen, &model, "Delete…"));
    assert_eq!(change(screen.update(&model, Message::StartPart)), DeviceChange::StartPart(off.uuid.clone()));
    let Action::Open(dialog) = screen.update(&model, Message::RemovePart) else { panic!("no dialog") };
    assert!(matches!(*dialog, Dialog::Remove(_)));
    let Action::Offer(_, offers) = press(&mut screen, &model, &off.uuid, Button::Right) else { panic!("no menu") };
    let offered: Vec<String> = offers.into_iter().map(|offer| offer.label).collect();
    assert_eq!(offered[..4], ["Attach to a machine…", "Make it now", "Make it at each start", "Delete…"]);
}

#[test]
fn what_is_pulled_out_goes_from_the_list_and_what_the_service_does_not_tell_is_not_offered() {
    let mut model = test::model();
    let mut screen = shown(&model, Family::Usb);
    let mut others = (*model.host(HOST).unwrap().others).clone();
    others.usb.as_mut().unwrap().retain(|device| device.port != "1-1");
    others.namespaces = None;
    model.apply(HOST, client::Event::OtherDevices(others.into()));
    let _ = screen.show(model.host(HOST).unwrap(), HEIGHT);
    assert!(says(&screen, &model, "USB 7") && !says(&screen, &model, "NVMe 2"));
    assert!(screen.others.current().is_some());
    model.apply(HOST, client::Event::OtherDevices(Arc::default()));
    let _ = screen.show(model.host(HOST).unwrap(), HEIGHT);
    assert!(screen.others.family.is_none() && says(&screen, &model, "Group 15"), "only PCI cards are left");
}
