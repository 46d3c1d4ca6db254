use client::{
    Event,
    readiness::{Fix, Standing},
};
use iced::{Size, keyboard::Modifiers, mouse::Button};

use super::*;
use crate::{
    action::{Call, DeviceChange},
    dialog::{Dialog, test},
    screen::main::{Move, part::Input},
};

const HOST: &str = "system";
const HEIGHT: f32 = 900.0;

fn shown(model: &Model) -> Devices {
    let mut screen = Devices::default();
    let _ = screen.show(model.host(HOST).unwrap(), HEIGHT);
    screen
}

fn key(screen: &mut Devices, model: &Model, input: Input) -> Action {
    screen.update(model, Message::Key(input))
}

fn click(screen: &mut Devices, model: &Model, address: &str, modifiers: Modifiers) -> Action {
    let press = Press { button: Button::Left, modifiers, at: iced::Point::ORIGIN, is_double: false };
    screen.update(model, Message::Pressed(address.to_owned(), press))
}

fn says(screen: &Devices, model: &Model, words: &str) -> bool {
    let (list, pane) = screen.view(model.host(HOST).unwrap(), &client::settings::Settings::default(), 900.0);
    let all = iced::widget::row![iced::widget::container(list).width(900), iced::widget::container(pane).width(308)];
    test::window(all.into(), Size::new(1208.0, HEIGHT)).find(words).is_ok()
}

/// The plan that was opened: which way, and for which devices.
fn plan(action: Action) -> String {
    let Action::Open(dialog) = action else { panic!("no dialog: {action:?}") };
    let Dialog::Bind(dialog) = *dialog else { panic!("another dialog") };
    format!("{dialog:?}")
}

#[test]
fn the_first_device_that_can_go_is_selected_and_enter_leads_to_its_plan() {
    let model = test::model();
    let mut screen = shown(&model);
    assert_eq!(screen.pick.current(), Some("0000:02:00.0"));
    let plan = plan(key(&mut screen, &model, Input::Primary));
    assert!(plan.contains("Take") && plan.contains("0000:02:00.0"), "{plan}");
}

#[test]
fn a_reserved_device_leads_to_the_plan_of_giving_it_back() {
    let model = test::model();
    let mut screen = shown(&model);
    let _ = click(&mut screen, &model, "0000:0d:00.4", Modifiers::empty());
    assert!(says(&screen, &model, "Give back to the host…"));
    assert!(plan(key(&mut screen, &model, Input::Primary)).contains("GiveBack"));
}

#[test]
fn what_a_running_machine_has_and_what_is_part_of_the_computer_lead_nowhere() {
    let model = test::model();
    let mut screen = shown(&model);
    for (address, why) in [
        ("0000:01:00.0", "win11-gaming has it. Shut the machine down to give the device back."),
        ("0000:00:14.0", "It is a part of the computer itself and stays with the host."),
    ] {
        let _ = click(&mut screen, &model, address, Modifiers::empty());
        assert!(matches!(key(&mut screen, &model, Input::Primary), Action::None), "{address}");
        assert!(says(&screen, &model, why), "{why}");
    }
}

#[test]
fn several_are_selected_by_shift_and_control_and_planned_together() {
    let model = test::model();
    let mut screen = shown(&model);
    let _ = click(&mut screen, &model, "0000:04:00.0", Modifiers::empty());
    let _ = click(&mut screen, &model, "0000:07:00.0", Modifiers::CTRL);
    assert_eq!(screen.pick.addresses().collect::<Vec<_>>(), ["0000:07:00.0", "0000:04:00.0"]);
    assert!(says(&screen, &model, "Reserve 2 devices…"));
    let _ = key(&mut screen, &model, Input::Move(Move::First, false));
    let _ = key(&mut screen, &model, Input::Move(Move::By(2), true));
    assert_eq!(screen.pick.addresses().count(), 3);
}

#[test]
fn keys_move_fold_and_find() {
    let model = test::model();
    let mut screen = shown(&model);
    let _ = key(&mut screen, &model, Input::Move(Move::By(1), false));
    assert_eq!((screen.pick.current(), screen.has_ring), (Some("0000:02:00.1"), true));
    let rows = screen.arranged.devices().count();
    let _ = key(&mut screen, &model, Input::Side(false));
    assert_eq!(screen.arranged.devices().count(), rows - 2);
    let _ = key(&mut screen, &model, Input::Side(true));
    let _ = key(&mut screen, &model, Input::Letter('s'));
    assert_eq!(screen.current().map(HostDevice::label).unwrap(), "Sandisk WD Black SN850X NVMe SSD");
    let _ = screen.update(&model, Message::Search("radeon".to_owned()));
    assert_eq!(screen.arranged.devices().count(), 2);
    let _ = key(&mut screen, &model, Input::Escape);
    assert_eq!(screen.arranged.devices().count(), rows);
}

#[test]
fn the_current_row_is_scrolled_into_sight_and_no_further() {
    let model = test::model();
    let mut screen = shown(&model);
    assert!(matches!(key(&mut screen, &model, Input::Move(Move::By(1), false)), Action::None), "it is in sight");
    assert!(matches!(key(&mut screen, &model, Input::Move(Move::Last, false)), Action::Task(_)));
    assert!(screen.offset > 0.0);
}

#[test]
fn a_change_that_is_told_is_shown_and_the_selection_stays() {
    let mut model = test::model();
    let mut screen = shown(&model);
    let mut devices = (*model.host(HOST).unwrap().devices).clone();
    devices.iter_mut().filter(|device| device.group == Some(15)).for_each(|device| device.driver = client::device::VFIO.to_owned());
    model.apply(HOST, Event::Devices(devices.into()));
    let _ = screen.show(model.host(HOST).unwrap(), HEIGHT);
    assert_eq!(screen.pick.current(), Some("0000:02:00.0"));
    assert!(screen.can_give_back());
    model.apply(HOST, Event::Devices(Arc::default()));
    let _ = screen.show(model.host(HOST).unwrap(), HEIGHT);
    assert!(screen.pick.current().is_none() && says(&screen, &model, "This computer has no PCI devices that can be seen."));
}

#[test]
fn the_pane_says_what_it_is_how_it_is_reset_and_who_uses_it() {
    let model = test::model();
    let mut screen = shown(&model);
    let _ = click(&mut screen, &model, "0000:06:00.0", Modifiers::empty());
    for words in ["144d:a80c", "PCIe 4.0 × 4, full speed", "nvme0n1p1 is mounted", "The host swaps to nvme0n1p3"] {
        assert!(says(&screen, &model, words), "{words}");
    }
    let _ = click(&mut screen, &model, "0000:05:00.0", Modifiers::empty());
    assert!(says(&screen, &model, "Not possible: what one machine leaves in it, the next one finds"));
    let _ = click(&mut screen, &model, "0000:02:00.0", Modifiers::empty());
    assert!(says(&screen, &model, "win-server-2025") && says(&screen, &model, "after start"));
}

#[test]
fn without_an_iommu_the_exact_fix_stands_above_the_list() {
    let mut model = test::model();
    let devices: Vec<HostDevice> =
        (*model.host(HOST).unwrap().devices).iter().map(|device| HostDevice { group: None, can_move: false, ..device.clone() }).collect();
    model.apply(HOST, Event::Devices(devices.into()));
    let mut screen = Devices::default();
    assert!(matches!(screen.show(model.host(HOST).unwrap(), HEIGHT), Action::Task(_)), "the service is asked");
    assert!(matches!(screen.show(model.host(HOST).unwrap(), HEIGHT), Action::None), "once");
    let fixes = vec![Fix::Firmware("VT-d".to_owned()), Fix::KernelArgument("intel_iommu=on".to_owned())];
    let check = Check { id: "iommu".to_owned(), standing: Standing::Missing, fixes, ..Check::default() };
    let _ = screen.update(&model, Message::Readiness(HOST.into(), Ok(vec![check])));
    for words in [
        "Devices cannot be given to machines: the IOMMU is off",
        "Switch on VT-d in the firmware of the computer.",
        "Add this to the kernel's command line, then restart the computer: intel_iommu=on",
        "Copy intel_iommu=on",
        "Without an IOMMU nothing keeps a device in its place, so none can be given away.",
    ] {
        assert!(says(&screen, &model, words), "{words}");
    }
    assert!(matches!(key(&mut screen, &model, Input::Primary), Action::None));
}

#[test]
fn a_card_that_can_go_is_given_to_a_machine_from_here() {
    let model = test::model();
    let mut screen = shown(&model);
    assert!(says(&screen, &model, "Attach to a machine…"));
    let Action::Open(dialog) = screen.update(&model, Message::Attach) else { panic!("no dialog") };
    assert!(matches!(*dialog, Dialog::Attach(_)));
    let _ = key(&mut screen, &model, Input::Move(Move::By(1), true));
    assert!(matches!(screen.update(&model, Message::Attach), Action::Open(_)), "functions of one card are one");
    let _ = click(&mut screen, &model, "0000:04:00.0", Modifiers::CTRL);
    assert!(!says(&screen, &model, "Attach to a machine…") && matches!(screen.update(&model, Message::Attach), Action::None));
}

#[test]
fn what_a_machine_names_can_be_taken_from_it_from_here() {
    let model = test::model();
    let mut screen = shown(&model);
    assert!(says(&screen, &model, "Detach…"));
    let Action::Open(dialog) = screen.update(&model, Message::Detach(test::key("win-server-2025").machine)) else { panic!("no dialog") };
    assert!(matches!(*dialog, Dialog::Detach(_)));
}

#[test]
fn the_menu_of_a_device_offers_what_can_be_done_and_nothing_else() {
    let model = test::model();
    let mut screen = shown(&model);
    let offered = |screen: &mut Devices, address: &str| {
        let press = Press { button: Button::Right, modifiers: Modifiers::empty(), at: iced::Point::ORIGIN, is_double: false };
        let Action::Offer(_, offers) = screen.update(&model, Message::Pressed(address.to_owned(), press)) else { panic!("no menu") };
        offers.into_iter().map(|offer| offer.label).collect::<Vec<_>>()
    };
    let card = offered(&mut screen, "0000:02:00.0");
    let rest = ["At each start…", "Make a part…", "Save ROM…", "Copy 02:00.0"];
    assert_eq!(card[..3], ["Attach to a machine…", "Detach from win-server-2025…", "Reserve for machines…"]);
    assert_eq!(card[3..], rest);
    assert_eq!(screen.pick.current(), Some("0000:02:00.0"));
    let given = offered(&mut screen, "0000:01:00.0");
    assert_eq!(given[0], "Detach from win11-gaming…");
    assert!(offered(&mut screen, "0000:0d:00.4").contains(&"Give back to the host…".to_owned()));
    assert_eq!(offered(&mut screen, "0000:00:14.0"), ["Copy 00:14.0"]);
    let _ = click(&mut screen, &model, "0000:02:00.0", Modifiers::empty());
    assert!(matches!(key(&mut screen, &model, Input::Menu), Action::Offer(..)), "the menu key, too");
}

fn network_card(screen: &mut Devices, model: &Model) {
    let _ = click(screen, model, "0000:03:00.0", Modifiers::empty());
}

#[test]
fn the_switch_leads_to_the_plan_of_keeping_and_forgets_what_is_kept() {
    let model = test::model();
    let mut screen = shown(&model);
    assert!(says(&screen, &model, "As the drivers take it"));
    let Action::Open(dialog) = screen.update(&model, Message::Keep) else { panic!("no dialog") };
    assert!(matches!(*dialog, Dialog::Keep(_)));
    assert!(matches!(screen.update(&model, Message::Forget), Action::None), "nothing of it is kept");
    let _ = click(&mut screen, &model, "0000:01:00.0", Modifiers::empty());
    let Action::Call(Call::Device(_, DeviceChange::Forget(kept))) = screen.update(&model, Message::Forget) else { panic!("no call") };
    assert_eq!(kept.len(), 4, "its group goes with it: {kept:?}");
}

#[test]
fn as_many_functions_are_chosen_as_the_card_can_have_and_no_more() {
    let model = test::model();
    let mut screen = shown(&model);
    network_card(&mut screen, &model);
    assert!(says(&screen, &model, "Virtual functions") && says(&screen, &model, "of 64"));
    assert!(matches!(screen.update(&model, Message::ApplyFunctions), Action::None), "it has two already");
    let warned = "The host reaches the network through this card";
    assert!(!says(&screen, &model, warned), "nothing is to change");
    let _ = screen.update(&model, Message::Functions(65));
    assert!(says(&screen, &model, warned));
    let Action::Call(Call::Device(_, DeviceChange::Functions(address, 64))) = screen.update(&model, Message::ApplyFunctions) else {
        panic!("no call")
    };
    assert_eq!(address, "0000:03:00.0");
    assert!(says(&screen, &model, "The driver is at work…"));
    assert!(matches!(screen.update(&model, Message::ApplyFunctions), Action::None), "one after the other");
    let _ = click(&mut screen, &model, "0000:04:00.0", Modifiers::empty());
    assert!(!says(&screen, &model, "of 64"), "another card has none");
}

#[test]
fn why_functions_stay_is_said_at_their_number_and_the_number_that_was_wanted_too() {
    let model = test::model();
    let mut screen = shown(&model);
    network_card(&mut screen, &model);
    let used = [
        ("reasons", "machine-running"),
        ("details.0.reason", "machine-running"),
        ("details.0.device", "0000:03:02.0"),
        ("details.0.name", "opnsense"),
    ];
    for (error, words) in [
        (test::error(client::ErrorKind::Unsafe, &used), "03:02.0: opnsense runs with it"),
        (
            test::error(client::ErrorKind::LimitExceeded, &[("what", "virtual functions"), ("limit", "3")]),
            "The driver made 3 only. The card has as many as before.",
        ),
    ] {
        let _ = screen.update(&model, Message::Functions(4));
        let Action::Call(call) = screen.update(&model, Message::ApplyFunctions) else { panic!("no call") };
        assert!(matches!(screen.done(&Done { call, results: vec![(None, Err(error))] }), Some(Action::None)), "it is told here");
        assert!(says(&screen, &model, words), "{words}");
    }
    let _ = screen.update(&model, Message::Functions(0));
    let Action::Call(call) = screen.update(&model, Message::ApplyFunctions) else { panic!("no call") };
    assert!(screen.done(&Done { call, results: vec![(None, Ok(String::new()))] }).is_some());
    assert!(!says(&screen, &model, "This cannot be done"));
    let other = Call::Device(HOST.into(), DeviceChange::Forget(Vec::new()));
    assert!(screen.done(&Done { call: other, results: Vec::new() }).is_none());
}

#[test]
fn the_rom_of_a_card_is_asked_for_from_its_menu() {
    let model = test::model();
    let mut screen = shown(&model);
    let Action::Open(dialog) = screen.update(&model, Message::Rom) else { panic!("no dialog") };
    assert!(matches!(*dialog, Dialog::Target(_)));
    let _ = click(&mut screen, &model, "0000:07:00.0", Modifiers::empty());
    assert!(matches!(screen.update(&model, Message::Rom), Action::None), "a disk");
}
