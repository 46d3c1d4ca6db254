use client::settings::{Settings as Model, ThemeChoice};
use iced::{Element, Length, Size, widget::container};
use iced_test::Simulator;

use super::*;
use crate::{
    app::key_of,
    palette::tests::{picture_of, toolkit},
};

fn applied(action: Action) -> Model {
    match action {
        Action::Settings(settings) => *settings,
        other => panic!("no settings: {other:?}"),
    }
}

fn key(text: &str) -> Shortcut {
    text.parse().unwrap()
}

fn middle<'a>(dialog: &'a Settings, settings: &'a Model) -> Element<'a, Message> {
    container(dialog.view(settings)).center(Length::Fill).into()
}

#[test]
fn a_choice_applies_at_once() {
    crate::locale::init("en");
    let (mut dialog, settings) = (Settings::at(Page::Appearance), Model::default());
    let mut interface = Simulator::with_size(toolkit(), Size::new(1000.0, 700.0), middle(&dialog, &settings));
    interface.click("Dark").unwrap();
    let message = interface.into_messages().next().unwrap();
    assert_eq!(applied(dialog.update(&settings, message)).appearance.theme, ThemeChoice::Dark);
}

#[test]
fn a_free_key_is_bound_and_its_own_is_not_written_down() {
    let (mut dialog, settings) = (Settings::at(Page::Keys), Model::default());
    dialog.update(&settings, Message::Record(Some(Command::Start)));
    let settings = applied(dialog.update(&settings, Message::Pressed(key("Ctrl+Shift+X"))));
    assert_eq!(key_of(&settings, Command::Start), "Ctrl+Shift+X");
    let settings = applied(dialog.update(&settings, Message::ResetKey(Command::Start)));
    assert!(settings.shortcuts.is_empty());
    let settings = applied(dialog.update(&settings, Message::NoKey(Command::Palette)));
    assert_eq!(command_of(&settings, &key("Ctrl+K")), None);
}

#[test]
fn a_taken_key_changes_hands_only_when_that_is_wanted() {
    let (mut dialog, settings) = (Settings::at(Page::Keys), Model::default());
    dialog.update(&settings, Message::Record(Some(Command::Start)));
    assert!(matches!(dialog.update(&settings, Message::Pressed(key("Ctrl+K"))), Action::None));
    assert!(matches!(&dialog.conflict, Some((Command::Start, _, Command::Palette))));
    let settings = applied(dialog.update(&settings, Message::Take));
    assert_eq!(command_of(&settings, &key("Ctrl+K")), Some(Command::Start));
    dialog.update(&settings, Message::ResetKey(Command::Palette));
    assert!(dialog.conflict.is_some(), "its own key has another owner now");
    assert!(applied(dialog.update(&settings, Message::ResetKeys)).shortcuts.is_empty());
}

#[test]
fn typing_and_walking_keys_cannot_be_bound_and_escape_ends_it() {
    use iced::keyboard::{Key, Modifiers, key::Named};
    assert!(keys::recorded(&Key::Character("a".into()), Modifiers::empty()).is_none());
    assert!(keys::recorded(&Key::Named(Named::Tab), Modifiers::empty()).is_none());
    assert!(matches!(keys::recorded(&Key::Named(Named::Escape), Modifiers::empty()), Some(Message::Record(None))));
    assert!(matches!(keys::recorded(&Key::Character("k".into()), Modifiers::CTRL), Some(Message::Pressed(_))));
}

#[test]
fn columns_can_be_hidden_and_moved() {
    crate::locale::init("en");
    let (mut dialog, settings) = (Settings::at(Page::Table), Model::default());
    let mut interface = Simulator::with_size(toolkit(), Size::new(1000.0, 900.0), middle(&dialog, &settings));
    interface.click("Memory").unwrap();
    let message = interface.into_messages().next().unwrap();
    assert!(!applied(dialog.update(&settings, message)).table.columns.contains(&"memory".to_owned()));
}

#[test]
fn the_pages_look_as_drawn() {
    crate::locale::init("en");
    let mut settings = Model::default();
    settings.shortcuts.insert("start".into(), "Ctrl+Shift+X".into());
    for page in Page::ALL {
        let mut dialog = Settings::at(*page);
        if *page == Page::Keys {
            dialog.conflict = Some((Command::Start, key("Ctrl+K"), Command::Palette));
            dialog.recording = Some(Command::Open);
        }
        picture_of(&format!("settings-{}", page.id()), Size::new(960.0, 680.0), || middle(&dialog, &settings));
    }
}
