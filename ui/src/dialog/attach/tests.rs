use client::{
    ErrorKind, Event,
    device::{NetworkCard, Refusal, VFIO, rom::NoRom},
    t,
};

use super::{card::Field, more::More, *};
use crate::dialog::{
    Dialog,
    look::News,
    test::{self, key},
};

const HOST: &str = "system";
const CARD: &str = "0000:02:00.0";
const SOUND: &str = "0000:02:00.1";
const CABLE: &str = "0000:04:00.0";
const FUNCTION: &str = "0000:03:02.1";

fn say(dialog: &mut Attach, message: Message) -> Action {
    dialog.update(&test::model(), &Settings::default(), message)
}

fn shows(dialog: &Attach, words: &str) -> bool {
    test::shows(&test::model(), dialog, words)
}

fn card_for(machine: &str, plan: AttachPlan) -> Attach {
    let mut dialog = Attach::device(&test::model(), HOST.into(), CARD.to_owned());
    let _ = say(&mut dialog, Message::Machine(key(machine).machine));
    let serial = dialog.plan.serial();
    let _ = say(&mut dialog, Message::Planned(serial, Ok(plan)));
    dialog
}

/// What the service says of the card and its sound.
fn at_start() -> AttachPlan {
    let both = vec![CARD.to_owned(), SOUND.to_owned()];
    AttachPlan { devices: both.clone(), configured: both, ..AttachPlan::default() }
}

fn refused(reason: &str, device: &str, name: &str, detail: &str) -> AttachPlan {
    let refusal = Refusal { reason: reason.into(), device: device.into(), name: name.into(), detail: detail.into() };
    AttachPlan { reasons: vec![refusal], ..at_start() }
}

#[test]
fn nothing_can_be_done_before_a_machine_is_chosen_and_its_plan_is_there() {
    let mut dialog = Attach::device(&test::model(), HOST.into(), CARD.to_owned());
    assert!(shows(&dialog, "Attach NVIDIA T400 4GB to a machine") && !shows(&dialog, "The whole card"));
    assert!(matches!(say(&mut dialog, Message::Accept), Action::None));
    let asked = say(&mut dialog, Message::Machine(key("freebsd-zfs").machine));
    assert!(matches!(asked, Action::Task(_)), "the plan is asked for");
    assert!(matches!(say(&mut dialog, Message::Accept), Action::None));
}

#[test]
fn a_whole_card_goes_with_the_next_start_of_a_machine_that_is_off() {
    let mut dialog = card_for("freebsd-zfs", at_start());
    for words in ["1 more device: 02:00.1", "The machine is off: it gets the device with each start.", "Attach 2 devices"] {
        assert!(shows(&dialog, words), "{words}");
    }
    assert!(shows(&dialog, "With each start libvirt takes it: 02:00.0 from nvidia, 02:00.1 from snd_hda_intel"));
    let Action::Call(Call::Attach(machine, attachment)) = say(&mut dialog, Message::Accept) else { panic!("no call") };
    let whole = Attachment { address: CARD.into(), whole_card: true, is_configured: true, ..Attachment::default() };
    assert_eq!((machine, attachment), (key("freebsd-zfs"), whole));
}

#[test]
fn a_machine_that_runs_gets_it_now_and_later_unless_another_time_is_chosen() {
    let mut dialog = card_for("fedora-42-dev", AttachPlan { live: vec![CARD.into()], ..at_start() });
    assert_eq!(dialog.when, When::Both);
    assert!(shows(&dialog, "Plug it into the running machine"));
    assert!(matches!(say(&mut dialog, Message::When(When::AtStart)), Action::Task(_)), "another question is another plan");
    assert!(dialog.plan.ready().is_none());
    let _ = say(&mut dialog, Message::Machine(key("freebsd-zfs").machine));
    assert_eq!(dialog.times(&test::model()), [When::AtStart]);
}

#[test]
fn every_refusal_is_told_and_what_reserving_helps_leads_there() {
    let mut dialog = card_for("fedora-42-dev", refused("not-bound", CARD, "", "nvidia"));
    assert!(shows(&dialog, "02:00.0: it is not reserved") && shows(&dialog, "Reserve for machines…"));
    assert!(matches!(say(&mut dialog, Message::Accept), Action::None));
    let Action::Open(open) = say(&mut dialog, Message::Reserve) else { panic!("no dialog") };
    assert!(matches!(*open, Dialog::Bind(_)));
    let full = card_for("fedora-42-dev", refused("no-free-port", CARD, "", "1"));
    assert!(shows(&full, "02:00.0: the running machine has 1 free slot only: attach it at the next start"));
    assert!(!shows(&full, "Reserve for machines…"));
}

#[test]
fn a_device_without_reset_is_given_only_by_choice() {
    let mut dialog = card_for("freebsd-zfs", refused("no-reset", CARD, "", ""));
    assert!(shows(&dialog, "Attach it although it cannot be reset"));
    let _ = say(&mut dialog, Message::NoReset);
    assert!(dialog.attachment().is_some_and(|attachment| attachment.allows_no_reset));
}

#[test]
fn who_else_wants_it_and_that_functions_are_apart_is_said_once() {
    let known = |reason: &str, device: &str, name: &str| Refusal {
        reason: reason.into(),
        device: device.into(),
        name: name.into(),
        ..Refusal::default()
    };
    let warnings = vec![
        known("machine-configured", CARD, "win-server-2025"),
        known("machine-configured", SOUND, "win-server-2025"),
        known("separate-slots", CARD, ""),
    ];
    let dialog = card_for("fedora-42-dev", AttachPlan { warnings, ..at_start() });
    assert!(shows(&dialog, "win-server-2025 gets it with its start, too. Only one of them can run with it."));
    assert!(shows(&dialog, "Plugged in now, each function is a card of its own to the guest. From the next start on they are one card."));
}

#[test]
fn what_a_machine_has_already_is_not_given_again() {
    let dialog = card_for("win-server-2025", AttachPlan { devices: vec![CARD.into(), SOUND.into()], ..AttachPlan::default() });
    assert!(shows(&dialog, "The machine has all of it already.") && !dialog.is_allowed());
}

#[test]
fn a_machine_is_offered_what_nobody_has_and_finds_it_by_typing() {
    let mut dialog = Attach::machine(&test::model(), key("fedora-42-dev"));
    assert!(shows(&dialog, "Attach a device to fedora-42-dev") && shows(&dialog, "NVIDIA T400 4GB"));
    assert!(!shows(&dialog, "AMD Radeon RX 6800/6800 XT"), "another machine has it");
    let _ = say(&mut dialog, Message::Find("I225".to_owned()));
    assert!(!shows(&dialog, "NVIDIA T400 4GB"));
    let _ = say(&mut dialog, Message::Step(true));
    assert_eq!((dialog.address.as_deref(), dialog.whole_card, dialog.when), (Some(CABLE), false, When::Both));
    let _ = say(&mut dialog, Message::Find("no such thing".to_owned()));
    assert!(shows(&dialog, "Nothing matches."));
}

#[test]
fn without_a_free_device_the_dialog_says_so_and_leads_to_the_list() {
    let mut model = test::model();
    let devices = model.host(HOST).unwrap().devices.iter().cloned().map(|device| client::HostDevice { can_move: false, ..device });
    let devices: Vec<client::HostDevice> = devices.collect();
    model.apply(HOST, Event::Devices(devices.into()));
    let mut dialog = Attach::machine(&model, key("fedora-42-dev"));
    let words = "No device of this host is free. The list of devices says who has each one, and why others stay.";
    assert!(test::shows(&model, &dialog, words));
    let action = dialog.update(&model, &Settings::default(), Message::ShowDevices);
    assert!(
        matches!(&action, Action::Batch(all) if matches!(all.as_slice(), [Action::Close, Action::Show(Place::Part(_, Part::Devices))]))
    );
}

#[test]
fn virtual_functions_go_one_by_one() {
    let dialog = Attach::device(&test::model(), HOST.into(), "0000:03:02.1".to_owned());
    assert!(!dialog.whole_card);
}

#[test]
fn a_virtual_function_becomes_a_network_card_with_its_address_and_its_vlan() {
    let mut dialog = Attach::device(&test::model(), HOST.into(), FUNCTION.to_owned());
    assert!(!shows(&dialog, "Network card"), "no machine is chosen yet");
    let _ = say(&mut dialog, Message::Machine(key("freebsd-zfs").machine));
    assert!(dialog.attachment().is_some_and(|attachment| attachment.card.is_none()), "a device, unless it is chosen");
    assert!(matches!(say(&mut dialog, Message::As(true)), Action::Task(_)), "another question is another plan");
    let card = |dialog: &Attach| dialog.attachment().and_then(|attachment| attachment.card);
    assert_eq!(card(&dialog), Some(NetworkCard::default()));
    let typed = |dialog: &mut Attach, mac: &str, vlan: &str| {
        let _ = say(dialog, Message::Typed(Field::Mac, mac.to_owned()));
        let _ = say(dialog, Message::Typed(Field::Vlan, vlan.to_owned()));
    };
    for (mac, vlan, words) in [
        ("01:00:5e:00:00:01", "", "Six bytes, such as 52:54:00:00:00:01; not one for many"),
        ("52:54:00", "", "Six bytes, such as 52:54:00:00:00:01; not one for many"),
        ("", "0", "1 to 4094"),
        ("", "4095", "1 to 4094"),
    ] {
        typed(&mut dialog, mac, vlan);
        assert!(shows(&dialog, words) && dialog.attachment().is_none(), "{mac} {vlan}");
        assert!(matches!(say(&mut dialog, Message::Accept), Action::None));
    }
    typed(&mut dialog, " 52:54:00:AB:00:01", "20x");
    let plan = AttachPlan { devices: vec![FUNCTION.into()], configured: vec![FUNCTION.into()], ..AttachPlan::default() };
    let serial = dialog.plan.serial();
    let _ = say(&mut dialog, Message::Planned(serial, Ok(plan)));
    assert!(shows(&dialog, "Set its address and VLAN at the card") && shows(&dialog, "52:54:00:ab:00:01, VLAN 20"));
    let Action::Call(Call::Attach(_, attachment)) = say(&mut dialog, Message::Accept) else { panic!("no call") };
    assert_eq!(attachment.card, Some(NetworkCard { mac: "52:54:00:ab:00:01".into(), vlan: 20 }));
}

#[test]
fn only_a_virtual_function_can_be_a_network_card_and_the_choice_goes_with_it() {
    let mut dialog = Attach::machine(&test::model(), key("freebsd-zfs"));
    let _ = say(&mut dialog, Message::Device(CABLE.to_owned()));
    let _ = say(&mut dialog, Message::As(true));
    assert!(!shows(&dialog, "libvirt chooses one") && dialog.attachment().is_some_and(|attachment| attachment.card.is_none()));
    let _ = say(&mut dialog, Message::Device(FUNCTION.to_owned()));
    let _ = say(&mut dialog, Message::As(true));
    assert!(dialog.attachment().is_some_and(|attachment| attachment.card.is_some()));
    let _ = say(&mut dialog, Message::Device(CABLE.to_owned()));
    assert!(dialog.attachment().is_some_and(|attachment| attachment.card.is_none()));
}

#[test]
fn the_rom_and_iommufd_are_in_a_fold_and_go_along_only_if_they_were_chosen() {
    let known = || AttachPlan { knows_iommufd: true, ..at_start() };
    let mut dialog = card_for("fedora-42-dev", known());
    assert!(shows(&dialog, "More options") && !shows(&dialog, "Hidden"));
    let usual = dialog.attachment().unwrap();
    assert_eq!((usual.shows_rom, usual.uses_iommufd), (None, false), "libvirt's choice, unless another is made");
    let chosen = |change: fn(&mut More)| {
        let mut more = More::default();
        change(&mut more);
        Message::More(more)
    };
    let open = say(&mut dialog, chosen(|more| more.is_shown = true));
    assert!(matches!(open, Action::None) && dialog.is_allowed(), "to look is no other question");
    assert!(shows(&dialog, "Hidden") && shows(&dialog, "Through iommufd"));
    let all = |more: &mut More| *more = More { is_shown: true, shows_rom: Some(false), uses_iommufd: true };
    assert!(matches!(say(&mut dialog, chosen(all)), Action::Task(_)), "another question is another plan");
    let asked = dialog.attachment().unwrap();
    assert_eq!((asked.shows_rom, asked.uses_iommufd), (Some(false), true));
    let _ = say(&mut dialog, Message::When(When::Now));
    assert!(!shows(&dialog, "Through iommufd") && !dialog.attachment().unwrap().uses_iommufd, "only with a definition");
    let _ = say(&mut dialog, Message::Device(CABLE.to_owned()));
    assert_eq!(dialog.attachment().unwrap().shows_rom, None, "another device has no choice yet");
}

#[test]
fn what_the_host_cannot_do_is_not_offered() {
    let mut dialog = card_for("fedora-42-dev", at_start());
    let _ = say(&mut dialog, Message::More(More { is_shown: true, ..More::default() }));
    assert!(shows(&dialog, "The guest sees it") && !shows(&dialog, "Through iommufd"), "the plan says that it is not possible");
    let mut function = Attach::device(&test::model(), HOST.into(), FUNCTION.to_owned());
    let _ = say(&mut function, Message::Machine(key("freebsd-zfs").machine));
    assert!(!shows(&function, "More options"), "a virtual function has no ROM");
}

#[test]
fn arrows_walk_the_machines_and_stop_at_the_ends() {
    let model = test::model();
    let mut dialog = Attach::device(&model, HOST.into(), CARD.to_owned());
    let _ = say(&mut dialog, Message::Step(false));
    let last = dialog.machine;
    let _ = say(&mut dialog, Message::Step(true));
    assert_eq!(dialog.machine, last);
    let _ = say(&mut dialog, Message::Find("k3s".to_owned()));
    let _ = say(&mut dialog, Message::Step(true));
    assert_eq!(dialog.machine, Some(key("k3s-node-1").machine));
}

#[test]
fn a_failure_stays_in_the_dialog_and_asks_for_the_plan_again() {
    let mut dialog = card_for("freebsd-zfs", at_start());
    let Action::Call(call) = say(&mut dialog, Message::Accept) else { panic!("no call") };
    assert!(shows(&dialog, "Attaching…") && matches!(say(&mut dialog, Message::Card), Action::None), "it is under way");
    let failed = test::done(call.clone(), key("freebsd-zfs"), Err(test::error(ErrorKind::Busy, &[])));
    assert!(matches!(dialog.done(&test::model(), &failed), Some(Action::Task(_))));
    assert!(shows(&dialog, "freebsd-zfs is busy"));
    let serial = dialog.plan.serial();
    let _ = say(&mut dialog, Message::Planned(serial, Ok(at_start())));
    assert!(matches!(say(&mut dialog, Message::Accept), Action::Call(_)), "it can be tried again");
    let closed = test::done(call.clone(), key("freebsd-zfs"), Err(test::dismissed()));
    let _ = dialog.done(&test::model(), &closed);
    assert!(dialog.attempt.error().is_none(), "who closed the prompt knows it");
    let other = test::done(Call::Detach(key("freebsd-zfs"), Attachment::default()), key("freebsd-zfs"), Ok(()));
    assert!(dialog.done(&test::model(), &other).is_none(), "that is not its call");
}

#[test]
fn the_answer_to_an_older_question_changes_nothing() {
    let mut dialog = card_for("freebsd-zfs", at_start());
    let old = dialog.plan.serial();
    let _ = say(&mut dialog, Message::Card);
    let _ = say(&mut dialog, Message::Planned(old, Ok(at_start())));
    assert!(dialog.plan.ready().is_none());
}

#[test]
fn what_is_reserved_leaves_no_driver_of_the_host() {
    let mut model = test::model();
    let mut devices = (*model.host(HOST).unwrap().devices).clone();
    devices.iter_mut().filter(|device| device.group == Some(15)).for_each(|device| device.driver = VFIO.to_owned());
    model.apply(HOST, Event::Devices(devices.into()));
    let dialog = card_for("fedora-42-dev", AttachPlan { live: vec![CARD.into()], ..at_start() });
    assert!(!test::shows(&model, &dialog, "Release from the host"));
}

#[test]
fn a_rom_from_a_file_is_chosen_judged_and_goes_along_only_where_there_can_be_one() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("card.rom");
    std::fs::write(&file, [0x55, 0xaa]).unwrap();
    let mut dialog = card_for("fedora-42-dev", at_start());
    let _ = say(&mut dialog, Message::More(More { is_shown: true, ..More::default() }));
    assert!(shows(&dialog, "ROM from a file") && !shows(&dialog, "Choose…"), "nobody can ask");
    let _ = say(&mut dialog, Message::Rom(rom::Message::CanChoose(true)));
    let messages = test::click(&test::model(), &dialog, "Choose…").unwrap();
    assert!(matches!(say(&mut dialog, messages[0].clone()), Action::Task(_)));
    let _ = say(&mut dialog, Message::Rom(rom::Message::Chosen(None)));
    assert_eq!(dialog.attachment().unwrap().rom_file, None);
    let _ = say(&mut dialog, Message::Rom(rom::Message::Chosen(Some(file.clone()))));
    assert_eq!(dialog.attachment(), None, "nobody knows yet what it is");
    let seen = dialog.rom.answer(Ok(()));
    assert!(matches!(say(&mut dialog, seen), Action::Task(_)), "another question is another plan");
    assert_eq!(dialog.attachment().unwrap().rom_file, Some(file));
    let facts = [("argument", "rom-file")];
    let serial = dialog.plan.serial();
    let _ = say(&mut dialog, Message::Planned(serial, Err(test::error(ErrorKind::InvalidArgument, &facts))));
    assert!(shows(&dialog, &t!("attach-rom-file-wrong")) && !dialog.is_allowed() && !shows(&dialog, "Try again"));
    let _ = say(&mut dialog, Message::Rom(rom::Message::Typed("x.rom".to_owned())));
    assert!(shows(&dialog, "There is no such file.") && dialog.attachment().is_none(), "without its folder it is nowhere");
    let _ = say(&mut dialog, Message::Rom(rom::Message::Typed("/nowhere/x.rom".to_owned())));
    assert!(!shows(&dialog, "There is no such file.") && dialog.attachment().is_none());
    let missing = dialog.rom.answer(Err(NoRom::Missing));
    assert!(matches!(say(&mut dialog, missing), Action::None));
    assert!(shows(&dialog, "There is no such file.") && dialog.attachment().is_none());
    let _ = say(&mut dialog, Message::When(When::Now));
    assert!(!shows(&dialog, "ROM from a file") && dialog.attachment().unwrap().rom_file.is_none(), "a definition keeps it");
    let _ = say(&mut dialog, Message::When(When::AtStart));
    let _ = say(&mut dialog, Message::More(More { is_shown: true, shows_rom: Some(false), ..More::default() }));
    assert!(!shows(&dialog, "ROM from a file") && dialog.attachment().unwrap().rom_file.is_none(), "it is hidden");
    let _ = say(&mut dialog, Message::Device(CABLE.to_owned()));
    assert_eq!(dialog.attachment().unwrap().rom_file, None, "another device has none yet");
}

#[test]
fn what_is_wrong_with_a_file_is_said_at_its_field_and_one_that_does_not_answer_is_looked_at_again() {
    let mut dialog = card_for("freebsd-zfs", at_start());
    let _ = say(&mut dialog, Message::More(More { is_shown: true, ..More::default() }));
    let _ = say(&mut dialog, Message::Rom(rom::Message::Typed("/net/x.rom".to_owned())));
    assert!(matches!(say(&mut dialog, Message::Accept), Action::None), "it is being looked at");
    let slow = Message::Rom(rom::Message::Look(News::Slow(dialog.rom.serial())));
    let _ = say(&mut dialog, slow);
    assert!(shows(&dialog, &t!("attach-rom-file-looking")));
    let faults = [
        (NoRom::NoFile, t!("attach-rom-file-none-such")),
        (NoRom::Empty, t!("attach-rom-file-empty")),
        (NoRom::TooLarge, t!("attach-rom-file-large", size = "16\u{a0}MiB")),
        (NoRom::Unreadable("Permission denied".to_owned()), t!("attach-rom-file-unreadable", reason = "Permission denied")),
    ];
    for (fault, words) in faults {
        let answer = dialog.rom.answer(Err(fault));
        let _ = say(&mut dialog, answer);
        assert!(shows(&dialog, &words), "{words}");
        assert!(matches!(say(&mut dialog, Message::Accept), Action::None));
    }
    let silent = dialog.rom.answer(Err(NoRom::Silent));
    let _ = say(&mut dialog, silent);
    assert!(shows(&dialog, &t!("attach-rom-file-silent")));
    assert!(matches!(say(&mut dialog, Message::Accept), Action::Batch(_)), "it is looked at once more");
    let good = dialog.rom.answer(Ok(()));
    let _ = say(&mut dialog, good);
    let serial = dialog.plan.serial();
    let facts = [("argument", "rom-file"), ("reason", "timed-out")];
    let _ = say(&mut dialog, Message::Planned(serial, Err(test::error(ErrorKind::InvalidArgument, &facts))));
    assert!(shows(&dialog, &t!("attach-rom-file-silent")), "it was gone when it was opened for the plan");
    assert!(matches!(say(&mut dialog, Message::Accept), Action::Batch(_)));
    assert!(matches!(say(&mut dialog, Message::Dismiss), Action::Close));
}
