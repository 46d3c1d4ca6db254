//! What a screen reader is told of every screen, and what it can do.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod stage;

use std::collections::BTreeSet;

use client::{demo::Preset, t};
use stage::{Stage, settings};
use ui::{
    command::Command,
    speech::{
        act::{Act, Deed},
        change::{self, Detail},
    },
    widget::Role,
};

const SIZE: (f32, f32) = (1280.0, 800.0);
/// In which many a button has no room for words.
const SMALL: (f32, f32) = (900.0, 600.0);

fn frozen() -> Stage {
    of(Preset::Frozen, SIZE)
}

fn of(preset: Preset, size: (f32, f32)) -> Stage {
    let mut settings = settings();
    (settings.confirm.shut_down, settings.confirm.pause) = (true, true);
    settings.figures.thumbnail_interval = 0;
    Stage::new(preset, settings, size)
}

/// Controls that are not called anything, and buttons on which the eye finds no word and no tip.
#[derive(Default)]
struct Mute(BTreeSet<String>, usize);

impl Mute {
    fn look(&mut self, place: &str, stage: &mut Stage) {
        let tree = stage.heard();
        let mut controls = 0;
        for id in tree.in_order() {
            let Some(node) = tree.get(id) else { continue };
            controls += usize::from(node.is_focusable || node.said.is_pressable);
            // Words are what they are; all else is called something.
            if node.name.trim().is_empty() {
                let around = tree.get(node.parent).map(|parent| parent.name.clone()).unwrap_or_default();
                self.0.insert(format!("{place}: {:?} in {around:?}", node.said.role));
            }
        }
        for button in stage.without_a_word() {
            self.0.insert(format!("{place}: neither a word nor a tip at {button:?}"));
        }
        assert!(controls > 0, "{place} has {controls} controls");
        self.1 += controls;
        assert!(tree.focus().is_some_and(|focus| tree.get(focus).is_some()), "{place}: nothing has the focus");
    }

    fn nothing(self) {
        assert!(self.0.is_empty(), "{}", self.0.into_iter().collect::<Vec<_>>().join("\n"));
        assert!(self.1 > 20);
    }
}

#[test]
fn buttons_without_a_word_or_a_tip_are_found() {
    stage::tips::what_has_no_word_is_found();
}

#[test]
fn everything_on_every_page_is_called_something() {
    let mut mute = Mute::default();
    for size in [SMALL, SIZE] {
        let mut stage = of(Preset::Frozen, size);
        mute.look("list", &mut stage);
        stage.command(Command::SelectAll);
        mute.look("several", &mut stage);
        stage.key("home");
        stage.key("menu");
        mute.look("menu", &mut stage);
        stage.key("escape");
        stage.command(Command::Palette);
        stage.type_in("k3s");
        mute.look("palette", &mut stage);
        stage.key("escape");
        stage.command(Command::ToggleGrid);
        mute.look("pictures", &mut stage);
        for page in [Command::ShowDevices, Command::ShowMemory, Command::ShowReadiness] {
            stage.command(page);
            mute.look(page.id(), &mut stage);
        }
        stage.command(Command::ShowMemory);
        stage.click(&client::t!("memory-tab-cpus"));
        mute.look("processors", &mut stage);
    }
    mute.nothing();
}

#[test]
fn everything_in_every_dialog_is_called_something() {
    let (mut mute, mut stage) = (Mute::default(), frozen());
    let running = [
        Command::Pause,
        Command::ForceOff,
        Command::Screenshot,
        Command::CoreDump,
        Command::EditTitle,
        Command::EditNotes,
        Command::EditTags,
        Command::EditGroup,
        Command::AttachDevice,
    ];
    let off = [Command::Rename, Command::ShowLog, Command::Delete];
    let none = [Command::Jobs, Command::AddHost, Command::Hosts, Command::DeletedMachines, Command::Keys, Command::About, Command::Guide];
    let all = running.map(|command| ("win11-gaming", command)).into_iter().chain(off.map(|command| ("kali-lab", command)));
    let mut before = "";
    for (machine, command) in all.chain(none.map(|command| ("", command))) {
        // Once each: two clicks in a row would open the machine's own window.
        if !machine.is_empty() && machine != before {
            stage.click(machine);
            before = machine;
        }
        stage.command(command);
        mute.look(command.id(), &mut stage);
        assert_eq!(stage.heard_of(Role::Dialog).len(), 1, "{}", command.id());
        assert_eq!(stage.heard_of(Role::Region), [""; 0], "{}: what is below is not to be reached", command.id());
        stage.key("escape");
        stage.key("escape");
    }
    mute.nothing();
}

#[test]
fn each_card_of_the_tour_is_read_out_and_its_buttons_can_be_pressed() {
    let (mut mute, mut stage) = (Mute::default(), frozen());
    assert_eq!(stage.heard_of(Role::Notice), [""; 0], "none by itself in a demo");
    stage.command(Command::Tour);
    assert_eq!(stage.focused().unwrap().name, t!("tour-next"));
    for step in ["find", "places", "details", "keys", "undo"] {
        mute.look(step, &mut stage);
        let words = format!("{}. {}", t!(&format!("tour-{step}")), t!(&format!("tour-{step}-text")));
        assert_eq!(stage.heard_of(Role::Notice), [words]);
        assert!(stage.heard_of(Role::Region).contains(&t!("speech-tour")));
        let next = if step == "undo" { t!("tour-done") } else { t!("tour-next") };
        stage.press(Role::Button, &next);
    }
    assert_eq!(stage.heard_of(Role::Notice), [""; 0]);
    stage.command(Command::Tour);
    let before = stage.heard();
    stage.key("enter");
    let told = change::between(&before, &stage.heard());
    assert!(told.iter().any(|signal| matches!(&signal.detail, Detail::Words(words) if words.starts_with(&t!("tour-places")))));
    mute.nothing();
}

#[test]
fn everything_of_devices_and_in_their_plans_is_called_something() {
    let (mut mute, mut stage) = (Mute::default(), frozen());
    stage.command(Command::ShowDevices);
    stage.key("ctrl+enter");
    mute.look("reserve", &mut stage);
    stage.key("escape");
    stage.click(&t!("device-keep"));
    mute.look("keep", &mut stage);
    stage.key("escape");
    stage.key("ctrl+shift+a");
    stage.type_in("fedora");
    stage.key("down");
    stage.finish();
    mute.look("attach", &mut stage);
    stage.key("escape");
    for kind in [t!("other-usb") + " 8", t!("other-inputs") + " 2", t!("other-parts") + " 4"] {
        stage.click(&kind);
        mute.look(&kind, &mut stage);
        stage.key("ctrl+enter");
        stage.finish();
        mute.look(&format!("{kind}: what is done with it"), &mut stage);
        stage.key("escape");
    }
    stage.click("c4a9e3d7");
    mute.look("a part", &mut stage);
    assert!(!stage.heard_of(Role::Switch).is_empty(), "whether it is made at each start");
    mute.nothing();
}

/// Opens a dialog by the words on its button, and looks at it once its plan is there.
fn open(mute: &mut Mute, stage: &mut Stage, place: &str, words: &str) {
    stage.click(words);
    stage.finish();
    assert_eq!(stage.heard_of(Role::Dialog).len(), 1, "{place}");
    mute.look(place, stage);
}

#[test]
fn everything_of_namespaces_and_scsi_devices_is_called_something() {
    let mut mute = Mute::default();
    for size in [SMALL, SIZE] {
        let mut stage = of(Preset::Frozen, size);
        stage.command(Command::ShowDevices);
        for (kind, one) in [(t!("other-disks") + " 2", "WD_BLACK SN850X 1000GB"), (t!("other-scsi") + " 4", "HP Ultrium 5-SCSI")] {
            stage.click(&kind);
            mute.look(&kind, &mut stage);
            stage.click(one);
            mute.look(one, &mut stage);
            stage.key("ctrl+enter");
            stage.type_in("truenas");
            stage.key("down");
            stage.finish();
            assert_eq!(stage.heard_of(Role::Dialog).len(), 1, "{kind}");
            mute.look(&format!("{kind}: what is done with it"), &mut stage);
            stage.key("escape");
        }
    }
    mute.nothing();
}

#[test]
fn everything_in_the_dialogs_of_functions_parts_and_what_machines_have_is_called_something() {
    let (mut mute, mut stage) = (Mute::default(), frozen());
    stage.command(Command::ShowDevices);
    stage.click(&(t!("other-usb") + " 8"));
    stage.click("Microsoft Xbox Controller");
    open(&mut mute, &mut stage, "take-back", &t!("device-detach"));
    stage.key("escape");
    stage.click(&(t!("other-parts") + " 4"));
    stage.click("2d7f2a0c");
    open(&mut mute, &mut stage, "remove", &t!("part-delete"));
    stage.key("escape");
    stage.click(&(t!("other-pci") + " 24"));
    stage.key("ctrl+f");
    stage.type_in("virtual");
    stage.click("03:02.1");
    open(&mut mute, &mut stage, "function", &t!("function-settings"));
    mute.nothing();
}

#[test]
fn everything_on_the_way_of_a_device_to_its_machine_and_back_is_called_something() {
    let mut mute = Mute::default();
    for size in [SMALL, SIZE] {
        let mut stage = of(Preset::Frozen, size);
        stage.click("win11-gaming");
        stage.key("enter");
        stage.key("ctrl+3");
        for (place, words) in [
            ("attach", t!("machine-devices-attach")),
            ("detach", t!("machine-devices-detach")),
            ("give", t!("machine-devices-give")),
            ("glass", t!("machine-glass-plan")),
        ] {
            open(&mut mute, &mut stage, place, &words);
            stage.key("escape");
        }
    }
    mute.nothing();
}

#[test]
fn everything_of_the_hosts_screen_for_a_machine_is_called_something() {
    let mut mute = Mute::default();
    for size in [SMALL, SIZE] {
        let mut stage = of(Preset::Frozen, size);
        stage.command(Command::Palette);
        stage.type_in("win-server-2025 screen");
        stage.key("enter");
        stage.wait("the plan", |stage| stage.find("Stop the display manager").is_some());
        mute.look("hand-over", &mut stage);
        stage.click(&t!("hand-over-closes"));
        stage.wait("the consent", |stage| stage.find("asks for your password").is_some());
        mute.look("consent", &mut stage);
        stage.key("ctrl+enter");
        stage.wait("the trial", |stage| stage.find(&t!("command-keep-screen")).is_some());
        mute.look("trial", &mut stage);
        stage.click(&t!("command-give-back-screen"));
        assert_eq!(stage.heard_of(Role::Dialog).len(), 1);
        mute.look("give-back", &mut stage);
    }
    mute.nothing();
}

#[test]
fn everything_in_the_settings_and_in_a_machines_own_window_is_called_something() {
    let (mut mute, mut stage) = (Mute::default(), frozen());
    stage.command(Command::Settings);
    for page in ["appearance", "table", "figures", "confirmations", "notifications", "tray", "keys", "language"] {
        stage.click(&client::t!(&format!("settings-{page}")));
        mute.look(page, &mut stage);
    }
    stage.key("escape");
    stage.click("win11-gaming");
    stage.key("enter");
    for tab in ["ctrl+1", "ctrl+2", "ctrl+3", "ctrl+4"] {
        stage.key(tab);
        mute.look(tab, &mut stage);
    }
    assert_eq!(stage.heard().windows.len(), 2);
    mute.nothing();
}

#[test]
fn everything_in_the_place_of_the_list_is_called_something() {
    let mut mute = Mute::default();
    for preset in [Preset::Empty, Preset::ServiceMissing, Preset::NoLibvirt] {
        mute.look(&format!("{preset:?}"), &mut of(preset, SIZE));
    }
    mute.nothing();
}

#[test]
fn the_row_with_the_keyboard_has_the_focus_and_says_how_its_machine_is() {
    let mut stage = frozen();
    stage.click("fedora-42-dev");
    let first = stage.focused().unwrap();
    assert_eq!(first.said.role, Role::Row);
    assert!(first.name.starts_with("fedora-42-dev, Running, Fedora Linux 42, 8\u{a0}GiB, CPU "), "{}", first.name);
    let before = stage.heard();
    stage.key("down");
    let next = stage.focused().unwrap();
    assert!(next.name.starts_with("kali-lab, Saved, "), "{}", next.name);
    assert_eq!(next.said.is_selected, Some(true));
    let signals = change::between(&before, &stage.heard());
    let focus: Vec<i32> = signals.iter().filter(|signal| signal.kind == "focused").map(|signal| signal.numbers.0).collect();
    assert_eq!(focus, [0, 1], "one loses the focus, then one has it: {signals:?}");
}

#[test]
fn a_dialog_is_called_by_its_title_and_its_buttons_can_be_pressed() {
    let mut stage = frozen();
    stage.click("win11-gaming");
    stage.command(Command::ForceOff);
    assert_eq!(stage.heard_of(Role::Dialog), ["Force off win11-gaming?"]);
    let buttons = stage.heard_of(Role::Button);
    assert!(buttons.contains(&"Cancel".to_owned()), "{buttons:?}");
    stage.press(Role::Button, "Cancel");
    assert_eq!(stage.heard_of(Role::Dialog), [""; 0]);
}

#[test]
fn a_press_goes_nowhere_once_something_else_stands_in_its_place() {
    let mut stage = frozen();
    stage.click("win11-gaming");
    let (id, node) = stage.part(Role::Button, "Pause").unwrap();
    stage.act(Act { id, name: "Force off".to_owned(), deed: Deed::Press });
    assert_eq!(stage.heard_of(Role::Dialog), [""; 0]);
    stage.act(Act { id, name: node.name, deed: Deed::Press });
    assert_eq!(stage.heard_of(Role::Dialog).len(), 1);
}

#[test]
fn a_row_is_chosen_and_a_field_gets_the_focus_by_a_screen_reader() {
    let mut stage = frozen();
    let row = stage.heard_of(Role::Row).into_iter().find(|row| row.starts_with("kali-lab")).unwrap();
    stage.press(Role::Row, &row);
    assert_eq!(stage.focused().unwrap().name, row);
    let (id, node) = stage.part(Role::Field, "Find").unwrap();
    stage.act(Act { id, name: node.name, deed: Deed::Focus });
    stage.type_in("k3s");
    let field = stage.focused().unwrap();
    assert_eq!((field.said.role, field.said.text.as_deref()), (Role::Field, Some("k3s")));
}

#[test]
fn menus_and_the_palette_say_where_the_keyboard_is() {
    let mut stage = frozen();
    stage.click("win11-gaming");
    stage.key("menu");
    assert_eq!(stage.focused().unwrap().said.role, Role::Menu);
    stage.key("down");
    let first = stage.focused().unwrap();
    assert_eq!((first.said.role, first.name.as_str()), (Role::MenuItem, "Open"));
    stage.key("escape");
    stage.command(Command::Palette);
    assert_eq!(stage.focused().unwrap().said.role, Role::Field);
    stage.type_in("kali");
    assert!(stage.focused().unwrap().name.starts_with("kali-lab"));
}

#[test]
fn what_comes_by_itself_is_announced_once() {
    let mut stage = frozen();
    stage.click("win11-gaming");
    let before = stage.heard();
    stage.press(Role::Button, "Copy 192.168.122.20");
    stage.wait("the line that says so", |stage| !stage.heard_of(Role::Notice).is_empty());
    let (after, said) = (stage.heard(), stage.heard_of(Role::Notice));
    let told: Vec<_> = change::between(&before, &after).into_iter().filter(|signal| signal.member == "Announcement").collect();
    assert_eq!(told.iter().map(|signal| signal.detail.clone()).collect::<Vec<_>>(), [Detail::Words(said[0].clone())]);
    assert!(change::between(&after, &stage.heard()).iter().all(|signal| signal.member != "Announcement"));
}

#[test]
fn a_button_without_words_is_called_by_the_word_that_is_shown_for_it() {
    let mut stage = of(Preset::Frozen, SMALL);
    assert!(stage.find("Shut down").is_none(), "the button has no room for words");
    assert!(stage.part(Role::Button, "Shut down").is_some());
}
