use client::{
    ErrorKind,
    device::{Gift, Inputs, Refusal, UsbHow},
};

use super::{options::By, *};
use crate::dialog::test::{self, key};

const HOST: &str = "system";

fn say(dialog: &mut Give, message: Message) -> Action {
    dialog.update(&test::model(), &Settings::default(), message)
}

fn shows(dialog: &Give, words: &str) -> bool {
    test::shows(&test::model(), dialog, words)
}

fn of(family: Family, id: &str) -> Give {
    let model = test::model();
    let thing = family.things(&model.host(HOST).unwrap().others).into_iter().find(|thing| thing.id.contains(id)).unwrap();
    Give::thing(&model, HOST.into(), &thing)
}

fn answer(dialog: &mut Give, plan: GivePlan) {
    let serial = dialog.plan.serial();
    let _ = say(dialog, Message::Planned(serial, Ok(plan)));
}

fn plan(live: &[&str], configured: &[&str]) -> GivePlan {
    let all = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    GivePlan { live: all(live), configured: all(configured), ..GivePlan::default() }
}

fn refused(reason: &str, device: &str, name: &str) -> Vec<Refusal> {
    vec![Refusal { reason: reason.into(), device: device.into(), name: name.into(), ..Refusal::default() }]
}

fn change(action: Action) -> OtherChange {
    let Action::Call(Call::Other(_, change)) = action else { panic!("no call: {action:?}") };
    change
}

#[test]
fn nothing_can_be_done_before_a_machine_is_chosen_and_its_plan_is_there() {
    let mut dialog = of(Family::Usb, "1-4.2");
    assert!(shows(&dialog, "Attach Kingston DataTraveler 3.0 to a machine"));
    assert!(matches!(say(&mut dialog, Message::Accept), Action::None));
    assert!(matches!(say(&mut dialog, Message::Machine(key("fedora-42-dev").machine)), Action::Task(_)), "the plan is asked for");
    assert!(matches!(say(&mut dialog, Message::Accept), Action::None));
    answer(&mut dialog, plan(&["1-4.2"], &["1-4.2"]));
    assert!(shows(&dialog, "Plug it into the running machine") && shows(&dialog, "Now and at each start"));
    let OtherChange::Give(giving) = change(say(&mut dialog, Message::Accept)) else { panic!("another change") };
    assert_eq!(giving.gift, Gift::Usb(UsbName::Ports(vec!["1-4.2".into()]), UsbHow::default()));
    assert!(giving.is_live && giving.is_configured);
}

#[test]
fn what_the_host_uses_is_refused_with_its_reason_and_by_its_name() {
    let mut dialog = of(Family::Usb, "1-4.1");
    let _ = say(&mut dialog, Message::Machine(key("fedora-42-dev").machine));
    answer(&mut dialog, GivePlan { reasons: refused("mounted", "1-4.1", "sdb1"), ..plan(&["1-4.1"], &[]) });
    assert!(shows(&dialog, "SanDisk Ultra: sdb1 is mounted"));
    assert!(matches!(say(&mut dialog, Message::Accept), Action::None));
}

#[test]
fn another_machine_lets_it_go_only_by_choice_and_the_plan_says_who() {
    let mut dialog = of(Family::Usb, "3-1");
    let _ = say(&mut dialog, Message::Machine(key("fedora-42-dev").machine));
    answer(&mut dialog, GivePlan { reasons: refused("machine-running", "3-1", "win11-gaming"), ..plan(&["3-1"], &["3-1"]) });
    assert!(shows(&dialog, "Take it from the machine that runs with it"));
    let how = How { hands_over: true, ..dialog.how.clone() };
    assert!(matches!(say(&mut dialog, Message::How(how)), Action::Task(_)), "another question is another plan");
    answer(&mut dialog, GivePlan { taken_from: vec![key("win11-gaming").machine], ..plan(&["3-1"], &["3-1"]) });
    assert!(shows(&dialog, "win11-gaming lets it go"));
    let OtherChange::Give(giving) = change(say(&mut dialog, Message::Accept)) else { panic!("another change") };
    assert!(matches!(giving.gift, Gift::Usb(_, UsbHow { hands_over: true, .. })));
}

#[test]
fn a_rule_knows_it_by_serial_number_port_or_kind_and_waits_for_what_is_not_possible_now() {
    let mut dialog = of(Family::Usb, "1-4.1");
    let _ = say(&mut dialog, Message::Machine(key("fedora-42-dev").machine));
    let _ = say(&mut dialog, Message::Time(Time::Always));
    answer(&mut dialog, GivePlan { reasons: refused("mounted", "1-4.1", "sdb1"), ..GivePlan::default() });
    assert!(shows(&dialog, "Keep the rule with fedora-42-dev") && shows(&dialog, "Add the rule"));
    assert!(shows(&dialog, "Now it would not be given: SanDisk Ultra: sdb1 is mounted"));
    assert_eq!(change(say(&mut dialog, Message::Accept)), OtherChange::AddRule(UsbName::Serial("4C530001231120".into())));
    let mut other = of(Family::Usb, "3-2");
    assert_eq!(other.how.by, By::Port, "it says no serial number");
    let _ = say(&mut other, Message::Machine(key("freebsd-zfs").machine));
    let _ = say(&mut other, Message::Time(Time::Always));
    let how = How { by: By::Kind, ..other.how.clone() };
    let _ = say(&mut other, Message::How(how));
    answer(&mut other, GivePlan::default());
    assert!(!shows(&other, "Serial number"));
    assert_eq!(change(say(&mut other, Message::Accept)), OtherChange::AddRule(UsbName::Id("1050:0407".into())));
}

#[test]
fn who_else_has_the_rule_is_told_with_the_way_out() {
    let mut dialog = of(Family::Usb, "1-4.2");
    let _ = say(&mut dialog, Message::Machine(key("fedora-42-dev").machine));
    let _ = say(&mut dialog, Message::Time(Time::Always));
    answer(&mut dialog, plan(&["1-4.2"], &[]));
    let Action::Call(call) = say(&mut dialog, Message::Accept) else { panic!("no call") };
    let error = test::error(ErrorKind::AlreadyExists, &[("machine", "win-server-2025")]);
    let failed = test::done(call, key("fedora-42-dev"), Err(error));
    assert!(matches!(dialog.done(&test::model(), &failed), Some(Action::Task(_))), "it stays, and asks again");
    assert!(shows(&dialog, "Another machine has this rule"));
}

#[test]
fn the_keys_that_hand_over_are_told_before_and_a_mouse_can_go_along() {
    let mut dialog = of(Family::Inputs, "event-kbd");
    let _ = say(&mut dialog, Message::Machine(key("fedora-42-dev").machine));
    let kbd = "by-id/usb-Logitech_USB_Keyboard-event-kbd";
    answer(&mut dialog, GivePlan { warnings: refused("only-keyboard", kbd, ""), ..plan(&[], &[kbd]) });
    assert!(shows(&dialog, "Handed over by Both Ctrl, and back by the same keys"));
    assert!(shows(&dialog, "It is the only keyboard of the host. While the guest has it, only the keys give it back."));
    assert!(shows(&dialog, "Together with Logitech M705") && shows(&dialog, "The machine gets it with its next start, not while it runs."));
    let mouse = "by-id/usb-Logitech_USB_Receiver-if02-event-mouse".to_owned();
    let how = How { toggle: "scrolllock", along: vec![mouse.clone()], ..dialog.how.clone() };
    let _ = say(&mut dialog, Message::How(how));
    answer(&mut dialog, plan(&[], &[kbd]));
    let OtherChange::Give(giving) = change(say(&mut dialog, Message::Accept)) else { panic!("another change") };
    let inputs = Inputs { toggle: "scrolllock".to_owned(), ..Inputs::new(vec![kbd.to_owned(), mouse]) };
    assert_eq!((giving.gift, giving.is_live), (Gift::Inputs(inputs), false));
}

#[test]
fn a_scsi_device_goes_to_a_running_machine_too_and_every_refusal_has_its_words() {
    let mut model = test::model();
    let mut others = (*model.host(HOST).unwrap().others).clone();
    let tape = client::device::ScsiDevice {
        address: "2:0:1:0".into(),
        kind: "tape".into(),
        model: "Ultrium 5".into(),
        ..client::device::ScsiDevice::default()
    };
    others.scsi = Some(vec![tape]);
    model.apply(HOST, client::Event::OtherDevices(others.into()));
    let thing = Family::Scsi.things(&model.host(HOST).unwrap().others).remove(0);
    let mut dialog = Give::thing(&model, HOST.into(), &thing);
    let say = |dialog: &mut Give, message| dialog.update(&model, &Settings::default(), message);
    let _ = say(&mut dialog, Message::Machine(key("fedora-42-dev").machine));
    let serial = dialog.plan.serial();
    for (word, name, sentence) in [
        ("no-identity", "", "it says nothing by which a later start would find it again"),
        ("same-identity", "3:0:1:0", "another device says the same of itself"),
        ("not-given", "controller", "it is the way to other devices of the host"),
        ("no-generic", "", "the kernel has no device file for its commands (modprobe sg)"),
        ("no-scsi", "", "the running machine has no SCSI controller for it; with the next start it gets one"),
        ("open", "st0", "a program has it open"),
    ] {
        let refusing = GivePlan { reasons: refused(word, "2:0:1:0", name), ..plan(&[], &[]) };
        let _ = say(&mut dialog, Message::Planned(serial, Ok(refusing)));
        assert!(test::shows(&model, &dialog, &format!("Ultrium 5: {sentence}")), "{word}");
        assert!(matches!(say(&mut dialog, Message::Accept), Action::None));
    }
    let warnings = refused("model-only", "2:0:1:0", "").into_iter().chain(refused("several-ways", "2:0:1:0", "3:0:1:0"));
    let good = GivePlan { warnings: warnings.collect(), ..plan(&["2:0:1:0"], &["2:0:1:0"]) };
    let _ = say(&mut dialog, Message::Planned(serial, Ok(good)));
    assert!(test::shows(&model, &dialog, "There are several ways to this disk. The machine gets this one."));
    assert!(test::shows(&model, &dialog, "Plug it into the running machine"));
    let OtherChange::Give(giving) = change(say(&mut dialog, Message::Accept)) else { panic!("another change") };
    assert_eq!((giving.gift, giving.is_live, giving.is_configured), (Gift::Scsi("2:0:1:0".into()), true, true));
}

#[test]
fn a_namespace_is_a_disk_of_the_kind_that_is_chosen_and_a_picture_needs_a_display() {
    let mut disk = of(Family::Disks, "0000:07:00.0");
    let _ = say(&mut disk, Message::Machine(key("freebsd-zfs").machine));
    let how = How { bus: "sata", ..disk.how.clone() };
    let _ = say(&mut disk, Message::How(how));
    answer(&mut disk, plan(&[], &["0000:07:00.0"]));
    assert!(shows(&disk, "A SATA disk") && !shows(&disk, "Attach it although it cannot be reset"));
    let OtherChange::Give(giving) = change(say(&mut disk, Message::Accept)) else { panic!("another change") };
    assert!(matches!(giving.gift, Gift::Namespace(disk) if disk.bus == "sata" && disk.number == 1));
    let mut part = of(Family::Parts, "2d7f2a0c");
    let _ = say(&mut part, Message::Machine(key("freebsd-zfs").machine));
    assert!(!shows(&part, "A picture before the guest has a driver for it"));
    let how = How { display: (true, true), ..part.how.clone() };
    let _ = say(&mut part, Message::How(how));
    assert!(shows(&part, "A picture before the guest has a driver for it"));
    let how = How { display: (false, true), ..part.how.clone() };
    let _ = say(&mut part, Message::How(how));
    let gift = part.giving(&test::model()).unwrap().gift;
    assert!(matches!(gift, Gift::Mediated(part) if !part.has_display && !part.has_ramfb));
}

#[test]
fn a_machine_is_offered_everything_that_it_does_not_have() {
    let mut dialog = Give::machine(key("win11-gaming"));
    assert!(shows(&dialog, "Kingston DataTraveler 3.0") && shows(&dialog, "Logitech BRIO"));
    assert!(!shows(&dialog, "Microsoft Xbox Controller"), "it has it");
    let _ = say(&mut dialog, Message::Find("yubi".to_owned()));
    let _ = say(&mut dialog, Message::Step(true));
    assert_eq!((dialog.thing.clone(), dialog.time), (Some((Family::Usb, "3-2".to_owned())), Time::Once(When::Both)));
    let _ = say(&mut dialog, Message::Find("wd_black".to_owned()));
    let _ = say(&mut dialog, Message::Step(true));
    assert_eq!(dialog.times(&test::model()), [Time::Once(When::AtStart)], "no disk is plugged in");
}

#[test]
fn several_usb_devices_go_at_once_with_what_a_start_without_them_does() {
    let mut dialog = of(Family::Usb, "1-4.2");
    let _ = say(&mut dialog, Message::Machine(key("fedora-42-dev").machine));
    assert!(shows(&dialog, "Start without it, resets…") && !shows(&dialog, "A start of the machine without it"));
    let others = dialog.how.clone();
    let how = How { along: vec!["3-4".to_owned()], startup: "mandatory", guest_reset: "off", shows_more: true, ..others };
    let _ = say(&mut dialog, Message::How(how));
    assert!(shows(&dialog, "A start of the machine without it") && shows(&dialog, "Resets that the guest asks for"));
    let given = |dialog: &Give| match dialog.giving(&test::model()).unwrap().gift {
        Gift::Usb(UsbName::Ports(ports), how) => (ports, how),
        other => panic!("{other:?}"),
    };
    let (ports, how) = given(&dialog);
    assert_eq!(ports, ["1-4.2", "3-4"]);
    assert_eq!((how.startup.as_str(), how.guest_reset.as_str(), how.hands_over), ("mandatory", "off", false));
    let _ = say(&mut dialog, Message::Time(Time::Always));
    assert_eq!(given(&dialog), (vec!["1-4.2".to_owned()], UsbHow::default()), "a rule is about one of them");
    let _ = say(&mut dialog, Message::Time(Time::Once(When::Both)));
    let _ = say(&mut dialog, Message::Machine(key("freebsd-zfs").machine));
    assert_eq!(given(&dialog).0, ["1-4.2"], "another machine may have the others");
}
