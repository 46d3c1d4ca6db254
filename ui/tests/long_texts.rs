//! Every screen and dialog has room for words that are 40 % longer than the English ones: those of a language that nobody has
//! translated to yet.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod stage;

use std::collections::BTreeSet;

use client::{Error, ErrorKind, Operation, demo::Preset, t};
use stage::{Stage, settings};
use ui::{
    action::{Call, Done},
    app::Message,
    command::Command,
};

/// A language that nobody speaks.
const LANGUAGE: &str = "qps";
const SMALL: (f32, f32) = (900.0, 600.0);
const USUAL: (f32, f32) = (1280.0, 800.0);

/// The words of a text become longer by two letters in five; what stands in braces is no words.
fn longer(text: &str) -> String {
    let (mut long, mut word, mut depth) = (String::new(), String::new(), 0);
    let end_word = |long: &mut String, word: &mut String| {
        let more = (word.chars().count() * 2).div_ceil(5);
        let again: String = word.chars().take(more).collect();
        long.push_str(&std::mem::take(word));
        long.push_str(&again);
    };
    for character in text.chars() {
        depth += i32::from(character == '{');
        if depth == 0 && character.is_alphabetic() {
            word.push(character);
        } else {
            end_word(&mut long, &mut word);
            long.push(character);
        }
        depth -= i32::from(character == '}');
    }
    end_word(&mut long, &mut word);
    long
}

fn speak_longer() {
    stage::pseudo::speak(LANGUAGE, longer);
}

fn stage(preset: Preset, size: (f32, f32)) -> Stage {
    speak_longer();
    let mut settings = settings();
    settings.appearance.language = LANGUAGE.to_owned();
    let confirm = &mut settings.confirm;
    (confirm.shut_down, confirm.pause) = (true, true);
    // Nothing is fetched that is not about words.
    settings.figures.thumbnail_interval = 0;
    Stage::new(preset, settings, size)
}

/// What is wrong where.
#[derive(Default)]
struct Found(Vec<String>, BTreeSet<String>);

impl Found {
    fn look(&mut self, place: &str, stage: &mut Stage) {
        for fault in stage.faults() {
            if self.1.insert(fault.clone()) {
                self.0.push(format!("{place}: {fault}"));
            }
        }
    }

    fn nothing(self) {
        assert!(self.0.is_empty(), "{}", self.0.join("\n"));
    }
}

#[test]
fn words_become_longer_and_what_is_put_in_stays() {
    assert_eq!(longer("Start { $machine } now"), "StartSt { $machine } nowno");
    let longer_line = |line| stage::pseudo::line(line, longer);
    assert_eq!(longer_line("key-a = Shut down…"), "key-a = ShutSh downdo…");
    assert_eq!(longer_line("   *[other] { $count } machines"), "   *[other] { $count } machinesmach");
    assert_eq!(longer_line("key = { $count ->"), "key = { $count ->");
    speak_longer();
    assert_eq!(t!("command-start"), "StartSt");
    stage::ink::faults_are_found();
}

#[test]
fn every_page_has_room_for_longer_words() {
    let mut found = Found::default();
    for size in [SMALL, USUAL] {
        let mut stage = stage(Preset::Frozen, size);
        found.look("list", &mut stage);
        stage.command(Command::ToggleDetails);
        found.look("details", &mut stage);
        stage.command(Command::ToggleDetails);
        stage.command(Command::SelectAll);
        found.look("several", &mut stage);
        stage.key("home");
        stage.key("menu");
        found.look("menu", &mut stage);
        stage.key("escape");
        stage.command(Command::Palette);
        found.look("palette", &mut stage);
        stage.type_in("k3s");
        found.look("found", &mut stage);
        stage.key("escape");
        stage.command(Command::ToggleGrid);
        found.look("pictures", &mut stage);
        for page in [Command::ShowDevices, Command::ShowMemory, Command::ShowReadiness] {
            stage.command(page);
            found.look(page.id(), &mut stage);
        }
        stage.command(Command::ShowMemory);
        stage.click(&t!("memory-tab-cpus"));
        found.look("map of processors", &mut stage);
    }
    found.nothing();
}

/// Looks at the dialogs that these commands open, each for its machine.
fn dialogs(commands: &[(&str, Command)]) {
    let mut found = Found::default();
    for size in [SMALL, USUAL] {
        let mut stage = stage(Preset::Frozen, size);
        for (machine, command) in commands {
            if !machine.is_empty() {
                stage.click(machine);
            }
            stage.command(*command);
            found.look(command.id(), &mut stage);
            stage.key("escape");
        }
    }
    found.nothing();
}

#[test]
fn questions_have_room_for_longer_words() {
    let machine = "win11-gaming";
    dialogs(&[(machine, Command::Pause), ("", Command::Reboot), ("", Command::ForceOff), ("", Command::Save), ("", Command::SendNmi)]);
}

#[test]
fn dialogs_of_machines_that_are_off_have_room_for_longer_words() {
    let all = [Command::Rename, Command::ShowLog, Command::Delete, Command::StartCold];
    dialogs(&all.map(|command| ("kali-lab", command)));
}

#[test]
fn a_failed_start_has_room_for_longer_words() {
    // High enough for the last machine of the list.
    let (mut found, mut stage) = (Found::default(), stage(Preset::Frozen, (1280.0, 900.0)));
    stage.click("win-server-2025");
    stage.command(Command::Start);
    stage.wait("the failure", |stage| stage.find(&t!("repair-again")).is_some());
    found.look("failed start", &mut stage);
    found.nothing();
}

#[test]
fn dialogs_about_a_machine_have_room_for_longer_words() {
    let all = [Command::Screenshot, Command::CoreDump, Command::EditTitle, Command::EditNotes, Command::EditTags, Command::EditGroup];
    dialogs(&all.map(|command| ("win11-gaming", command)));
}

#[test]
fn dialogs_of_the_application_have_room_for_longer_words() {
    let all = [Command::Jobs, Command::AddHost, Command::Hosts, Command::DeletedMachines, Command::Keys, Command::About, Command::Guide];
    dialogs(&all.map(|command| ("", command)));
}

#[test]
fn settings_have_room_for_longer_words() {
    let mut found = Found::default();
    for size in [SMALL, USUAL] {
        let mut stage = stage(Preset::Frozen, size);
        stage.command(Command::Settings);
        for page in ["appearance", "table", "figures", "confirmations", "notifications", "tray", "keys", "language"] {
            let page = format!("settings-{page}");
            stage.click(&t!(&page));
            found.look(&page, &mut stage);
        }
    }
    found.nothing();
}

#[test]
fn plans_for_devices_have_room_for_longer_words() {
    let mut found = Found::default();
    for size in [SMALL, USUAL] {
        let mut stage = stage(Preset::Frozen, size);
        stage.command(Command::ShowDevices);
        stage.key("ctrl+enter");
        found.look("bind", &mut stage);
        stage.key("escape");
        stage.key("ctrl+shift+a");
        found.look("attach", &mut stage);
    }
    found.nothing();
}

#[test]
fn a_machines_own_window_has_room_for_longer_words() {
    let mut found = Found::default();
    for size in [(720.0, 480.0), SMALL, USUAL] {
        let mut stage = stage(Preset::Frozen, size);
        stage.click("win11-gaming");
        stage.key("enter");
        for tab in ["ctrl+1", "ctrl+2", "ctrl+3", "ctrl+4"] {
            stage.key(tab);
            found.look(tab, &mut stage);
        }
        stage.key("ctrl+3");
        stage.click(&t!("machine-devices-detach"));
        found.look("detach", &mut stage);
    }
    found.nothing();
}

#[test]
fn what_stands_in_the_place_of_the_list_has_room_for_longer_words() {
    let mut found = Found::default();
    for size in [SMALL, USUAL] {
        for preset in [Preset::Empty, Preset::ServiceMissing, Preset::NoLibvirt] {
            let mut stage = stage(preset, size);
            found.look(&format!("{preset:?}"), &mut stage);
        }
    }
    found.nothing();
}

/// Waits for a text, then looks.
fn look_at(found: &mut Found, place: &str, stage: &mut Stage, key: &str) {
    stage.wait(place, |stage| stage.find(&t!(key)).is_some());
    found.look(place, stage);
}

#[test]
fn plans_with_all_their_steps_have_room_for_longer_words() {
    let mut found = Found::default();
    for size in [SMALL, USUAL] {
        let mut stage = stage(Preset::Frozen, size);
        stage.command(Command::ShowDevices);
        stage.key("ctrl+shift+a");
        stage.type_in("fedora");
        stage.key("down");
        look_at(&mut found, "refused attach", &mut stage, "attach-reserve");
        stage.click(&t!("attach-when-start"));
        look_at(&mut found, "filled attach", &mut stage, "attach-step-configure");
        stage.key("escape");
        for kind in [t!("other-usb") + " 8", t!("other-inputs") + " 2"] {
            stage.click(&kind);
            stage.key("ctrl+enter");
            stage.type_in("fedora");
            stage.key("down");
            stage.finish();
            found.look(&kind, &mut stage);
            stage.key("escape");
        }
    }
    let mut stage = stage(Preset::Frozen, USUAL);
    stage.command(Command::ShowDevices);
    stage.click(&t!("device-keep"));
    look_at(&mut found, "keep", &mut stage, "keep-step-look");
    found.nothing();
}

#[test]
fn the_screen_of_a_host_has_room_for_longer_words() {
    let mut found = Found::default();
    for size in [SMALL, USUAL] {
        let mut stage = stage(Preset::Frozen, size);
        stage.key("ctrl+k");
        stage.type_in("win-server-2025 screen");
        stage.key("enter");
        look_at(&mut found, "hand-over", &mut stage, "hand-over-step-stop");
        stage.click(&t!("hand-over-closes"));
        stage.finish();
        stage.key("ctrl+enter");
        look_at(&mut found, "trial", &mut stage, "command-keep-screen");
        stage.click(&t!("command-give-back-screen"));
        found.look("give back", &mut stage);
    }
    found.nothing();
}

#[test]
fn plans_of_a_machines_own_window_have_room_for_longer_words() {
    let mut found = Found::default();
    for size in [SMALL, USUAL] {
        let mut stage = stage(Preset::Frozen, size);
        stage.click("win11-gaming");
        stage.key("enter");
        stage.key("ctrl+3");
        stage.click(&t!("machine-devices-detach"));
        look_at(&mut found, "detach", &mut stage, "detach-step-ask");
        stage.key("escape");
        stage.click(&t!("machine-glass-plan"));
        look_at(&mut found, "Looking Glass", &mut stage, "glass-step-client");
    }
    found.nothing();
}

/// What a service says.
fn refused(kind: ErrorKind, facts: &[(&str, &str)]) -> Error {
    let facts = facts.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Error::Service { kind, message: "internal error: process exited while connecting to monitor".to_owned(), facts }
}

#[test]
fn what_became_of_a_call_has_room_for_longer_words() {
    let mut found = Found::default();
    for size in [SMALL, USUAL] {
        let mut stage = stage(Preset::Frozen, size);
        let names = ["postgres-lab", "win11-gaming", "home-assistant"];
        let keys: Vec<_> = names
            .iter()
            .map(|name| stage.app.model().machines().find(|(_, one)| one.name == *name).map(|(host, one)| host.key(one.id)).unwrap())
            .collect();
        let call = Call::Operate(Operation::Shutdown, keys[..1].to_vec());
        let results = vec![(Some(keys[0].clone()), Err(refused(ErrorKind::TimedOut, &[("seconds", "120")])))];
        stage.update(Message::Done(Box::new(Done { call, results })));
        stage.settle();
        assert!(stage.find(&t!("no-answer-force")).is_some(), "{}", stage.told());
        found.look("no answer", &mut stage);
        stage.key("escape");
        let kinds = [(ErrorKind::NoSpace, &[][..]), (ErrorKind::Stalled, &[]), (ErrorKind::NotAuthorized, &[("obtainable", "true")])];
        let results = keys.iter().cloned().zip(kinds).map(|(key, (kind, facts))| (Some(key), Err(refused(kind, facts)))).collect();
        stage.update(Message::Done(Box::new(Done { call: Call::Autostart(keys, true), results })));
        stage.settle();
        assert!(stage.told().contains("win11-gaming"));
        found.look("results", &mut stage);
    }
    found.nothing();
}
