//! What the tests of dialogs share: machines of the design, a window that can be clicked, and pictures.

use std::sync::Arc;

use client::{Error, ErrorKind, Event, Host, Job, demo, host::Address, settings::Settings};
use iced::{Element, Size, widget::stack};
use iced_test::Simulator;

use super::Content;
use crate::{
    action::{Action, Done},
    font,
    model::{Key, Model},
    theme,
};

const HOST: &str = "system";

/// English, or the language that the pictures shall have.
pub fn speak() {
    let language = std::env::var("PICTURES_LANGUAGE").unwrap_or_else(|_| "en".to_owned());
    crate::locale::init(&language);
}

/// The machines of the design, on one host that answers.
pub fn model() -> Model {
    speak();
    let demo = demo::Demo::new(demo::Preset::Frozen);
    let mut model = Model::default();
    model.set_hosts(vec![Host { id: HOST.into(), name: String::new(), address: Address::System, auto_connect: true }]);
    model.apply(HOST, Event::Connected(demo.clone().into(), client::Service::default()));
    model.apply(HOST, Event::Machines(Arc::new(demo.machines())));
    model.apply(HOST, Event::Devices(Arc::new(demo.devices())));
    model.apply(HOST, Event::OtherDevices(Arc::new(demo.others())));
    model
}

/// The same with two jobs.
pub fn model_with_jobs() -> Model {
    let mut model = model();
    let now = crate::model::now();
    let moving = Job {
        id: "7".to_owned(),
        operation: "machine-save".to_owned(),
        machines: vec![key("win11-gaming").machine],
        progress: Some(0.64),
        rate: 94_200_000,
        started: now - 60_000_000,
        expected_end: now + 55_000_000,
        is_cancelable: true,
        ..Job::default()
    };
    let stopping = Job {
        id: "8".to_owned(),
        operation: "machine-shutdown".to_owned(),
        machines: vec![key("postgres-lab").machine],
        started: now - 12_000_000,
        is_cancelable: true,
        ..Job::default()
    };
    model.apply(HOST, Event::Job(moving));
    model.apply(HOST, Event::Job(stopping));
    model
}

/// The key of a machine of the design.
pub fn key(name: &str) -> Key {
    let demo = demo::Demo::new(demo::Preset::Frozen);
    let machine = demo.machines().into_iter().find(|machine| machine.name == name).expect("a machine of the design");
    Key { host: HOST.into(), machine: machine.id }
}

/// A refusal of the service.
pub fn error(kind: ErrorKind, facts: &[(&str, &str)]) -> Error {
    let facts = facts.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Error::Service { kind, message: "internal error: process exited while connecting to monitor".to_owned(), facts }
}

/// A closed prompt.
pub fn dismissed() -> Error {
    error(ErrorKind::NotAuthorized, &[("dismissed", "true")])
}

/// The answer to a call for one machine.
pub fn done(call: crate::action::Call, key: Key, result: Result<(), Error>) -> Done {
    Done { call, results: vec![(Some(key), result.map(|()| String::new()))] }
}

fn settings() -> iced::Settings {
    let fonts: [&[u8]; 4] = [
        include_bytes!("../../fonts/Inter-Regular.ttf"),
        include_bytes!("../../fonts/Inter-Medium.ttf"),
        include_bytes!("../../fonts/Inter-SemiBold.ttf"),
        include_bytes!("../../fonts/JetBrainsMono-Regular.ttf"),
    ];
    // Fonts are for the whole process; nobody may draw before they are there.
    static LOADED: std::sync::Once = std::sync::Once::new();
    LOADED.call_once(|| {
        let mut system = iced::advanced::graphics::text::font_system().write().expect("the fonts");
        fonts.iter().for_each(|font| system.load_font(std::borrow::Cow::Borrowed(font)));
    });
    iced::Settings { default_font: font::BODY, default_text_size: 13.into(), ..iced::Settings::default() }
}

/// A window with this inside.
pub fn window<'a, Message: 'a>(content: Element<'a, Message>, size: Size) -> Simulator<'a, Message> {
    Simulator::with_size(settings(), size, content)
}

/// What a click on the word says; `None` if nothing came of it.
pub fn click<C: Content>(model: &Model, content: &C, word: &str) -> Option<Vec<C::Message>> {
    let settings = Settings::default();
    let mut window = window(content.view(model, &settings), Size::new(900.0, 700.0));
    let _ = window.click(word).unwrap_or_else(|error| panic!("{word}: {error}"));
    let messages: Vec<_> = window.into_messages().collect();
    (!messages.is_empty()).then_some(messages)
}

/// Whether the words are to be seen.
pub fn shows<C: Content>(model: &Model, content: &C, words: &str) -> bool {
    let settings = Settings::default();
    window(content.view(model, &settings), Size::new(900.0, 700.0)).find(words).is_ok()
}

/// Draws a dialog over a window.
pub fn pictures<C: Content>(name: &str, content: &C) {
    pictures_of(name, &model(), content);
}

/// The same with a model of one's own.
pub fn pictures_of<C: Content>(name: &str, model: &Model, content: &C) {
    let settings = Settings::default();
    draw(name, Size::new(860.0, 600.0), || {
        let ground =
            iced::widget::container(iced::widget::space()).width(iced::Fill).height(iced::Fill).style(theme::container::fill(|t| t.scrim));
        let dialog = iced::widget::container(content.view(model, &settings)).center(iced::Fill).padding(24);
        stack![ground, dialog].into()
    });
}

/// Draws in light and dark into the folder that `PICTURES` names. Without one it is only laid out, which is a hundred times faster.
pub fn draw<'a, Message: 'a>(name: &str, size: Size, content: impl Fn() -> Element<'a, Message>) {
    if std::env::var_os("PICTURES").is_none() {
        return drop(window(content(), size));
    }
    for (is_dark, suffix) in [(false, "light"), (true, "dark")] {
        let mut window = window(content(), size);
        let picture = window.snapshot(&theme::token::theme(is_dark, false)).expect("a picture");
        if let Some(folder) = std::env::var_os("PICTURES") {
            let path = std::path::PathBuf::from(folder).join(format!("{name}-{suffix}.png"));
            let _ = std::fs::remove_file(path.with_file_name(format!("{name}-{suffix}-tiny-skia.png")));
            assert!(picture.matches_image(path).expect("a file"));
        }
    }
}

#[test]
fn both_languages_say_the_same_things() {
    for (english, german) in [
        (include_str!("../../locale/en/dialog.ftl"), include_str!("../../locale/de/dialog.ftl")),
        (include_str!("../../locale/en/command.ftl"), include_str!("../../locale/de/command.ftl")),
    ] {
        assert_eq!(client::locale::faults(english), [""; 0]);
        assert_eq!(client::locale::faults(german), [""; 0]);
        assert_eq!(client::locale::differences(english, german), [""; 0]);
        for word in ["!", "Please", "please", "Bitte", "bitte", "successful", "erfolgreich", "omain", "omäne"] {
            assert!(!english.contains(word) && !german.contains(word), "{word}");
        }
    }
}

/// Saves, types more before the answer comes, and saves once more after a refusal: what is saved is the same.
fn saves_what_was_accepted<C: Content>(mut dialog: C, typed: C::Message, later: C::Message) {
    let (model, settings, accept) = (model(), Settings::default(), dialog.accept().expect("a button"));
    let _ = dialog.update(&model, &settings, typed);
    let Action::Call(call) = dialog.update(&model, &settings, accept.clone()) else { panic!("no call") };
    let _ = dialog.update(&model, &settings, later);
    assert!(!matches!(dialog.update(&model, &settings, accept.clone()), Action::Call(_)), "it is being saved");
    let _ = dialog.done(&model, &done(call.clone(), key("kali-lab"), Err(error(ErrorKind::Busy, &[]))));
    let Action::Call(again) = dialog.update(&model, &settings, accept) else { panic!("no call") };
    assert_eq!(again, call);
}

#[test]
fn what_is_typed_while_it_is_saved_is_neither_taken_nor_lost_unseen() {
    use iced::widget::text_editor::{Action as Edit, Edit as Change};

    use super::{group, notes, rename, tags, title};
    let model = model();
    let one = || key("kali-lab");
    let [first, second] = ["first", "second"].map(str::to_owned);
    let edit = |text: &str| notes::Message::Edit(Edit::Edit(Change::Paste(Arc::new(text.to_owned()))));
    saves_what_was_accepted(
        rename::Rename::new(&model, one()),
        rename::Message::Typed(first.clone()),
        rename::Message::Typed(second.clone()),
    );
    saves_what_was_accepted(title::Title::new(&model, one()), title::Message::Typed(first.clone()), title::Message::Typed(second.clone()));
    saves_what_was_accepted(
        group::Group::new(&model, vec![one()]),
        group::Message::Choose(first.clone()),
        group::Message::Choose(second.clone()),
    );
    saves_what_was_accepted(tags::Tags::new(&model, vec![one()]), tags::Message::Typed(first), tags::Message::Typed(second));
    saves_what_was_accepted(notes::Notes::new(&model, one()), edit("first"), edit("second"));
}

#[test]
fn every_command_has_a_name() {
    speak();
    for language in ["en", "de"] {
        let known = client::locale::keys(language);
        for command in crate::command::ALL {
            assert!(known.contains(&format!("command-{}", command.id())), "{language}: {}", command.id());
        }
    }
}

#[test]
fn every_question_has_words() {
    use crate::command::Command;
    speak();
    let known = client::locale::keys("en");
    for command in [
        Command::ForceOff,
        Command::Reset,
        Command::Shutdown,
        Command::Reboot,
        Command::Save,
        Command::ShutdownAndRestart,
        Command::Pause,
        Command::DiscardSavedState,
        Command::StartCold,
        Command::SendNmi,
    ] {
        assert!(known.contains(&format!("confirm-{}", command.id())) && known.contains(&format!("confirm-{}-advice", command.id())));
    }
}

#[test]
fn every_key_that_the_code_names_has_words() {
    speak();
    let known = client::locale::keys("en");
    for file in sources() {
        for part in file.split("t!(\"").skip(1) {
            let key = part.split('"').next().unwrap_or_default();
            let is_key = key.contains('-') && key.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
            assert!(!is_key || known.iter().any(|known| known == key), "{key}");
        }
    }
}

/// The sources of dialogs, menus and toasts.
fn sources() -> Vec<String> {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = vec![root.join("menu.rs"), root.join("menu/entry.rs"), root.join("toast.rs")];
    let mut folders = vec![root.join("dialog")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap().flatten() {
            if entry.path().is_dir() { folders.push(entry.path()) } else { files.push(entry.path()) }
        }
    }
    files.iter().filter(|path| !path.ends_with("tests.rs")).map(|path| std::fs::read_to_string(path).unwrap()).collect()
}
