use std::collections::BTreeSet;

use client::{
    Event, Host,
    demo::{self, Preset},
    host::Address,
};
use futures_util::{FutureExt, StreamExt};
use iced::{Element, Settings as Toolkit, Size, Theme, widget::container};
use iced_test::Simulator;
use tokio::sync::watch;

use super::{entry::Section, *};
use crate::{command::Command, place::Place, theme};

/// The host of the design, or another preset.
pub(crate) fn model(preset: Preset) -> Model {
    crate::locale::init("en");
    let mut model = Model::default();
    let host = Host { auto_connect: true, ..Host::new("system", "This computer", Address::Demo) };
    model.set_hosts(vec![host, Host::new("lab", "lab-server", Address::Demo)]);
    let (_wanted, receiver) = watch::channel(client::Wanted::default());
    let mut events = Box::pin(demo::watch(preset, receiver));
    while let Some(Some(event)) = events.next().now_or_never() {
        model.apply("system", event);
    }
    model
}

/// A toolkit with the application's own fonts.
pub(crate) fn toolkit() -> Toolkit {
    let fonts: [&[u8]; 4] = [
        include_bytes!("../../fonts/Inter-Regular.ttf"),
        include_bytes!("../../fonts/Inter-Medium.ttf"),
        include_bytes!("../../fonts/Inter-SemiBold.ttf"),
        include_bytes!("../../fonts/JetBrainsMono-Regular.ttf"),
    ];
    Toolkit {
        fonts: fonts.into_iter().map(Into::into).collect(),
        default_font: crate::font::BODY,
        default_text_size: 13.into(),
        ..Toolkit::default()
    }
}

/// Draws something in light and dark to `/tmp/kvm-manager-pictures`, where that exists.
pub(crate) fn picture_of<'a, Message: 'a>(name: &str, size: Size, view: impl Fn() -> Element<'a, Message>) {
    let directory = std::path::Path::new("/tmp/kvm-manager-pictures");
    if !directory.is_dir() {
        let mut simulator = Simulator::with_size(toolkit(), size, view());
        // It is laid out; drawing without looking would cost seconds for nothing.
        simulator.point_at(iced::Point::ORIGIN);
        return;
    }
    for (is_dark, ending) in [(false, "light"), (true, "dark")] {
        let theme: Theme = theme::token::theme(is_dark, false);
        let ground = container(view()).width(size.width).height(size.height).style(theme::container::fill(|t| t.bg));
        let mut simulator = Simulator::with_size(toolkit(), size, ground);
        let picture = simulator.snapshot(&theme).unwrap();
        // An old one would be compared with.
        let _ = std::fs::remove_file(directory.join(format!("{name}-{ending}-tiny-skia.png")));
        picture.matches_image(directory.join(format!("{name}-{ending}.png"))).unwrap();
    }
}

struct Open {
    palette: Palette,
    model: Model,
    settings: Settings,
    layout: Layout,
}

impl Open {
    fn new(preset: Preset, targets: &[&str]) -> Self {
        let model = model(preset);
        let targets = targets.iter().map(|name| key(&model, name)).collect();
        let mut open = Self { palette: Palette::new(targets).0, model, settings: Settings::default(), layout: Layout::default() };
        open.send(Message::Opened);
        open
    }

    fn send(&mut self, message: Message) -> (Action, bool) {
        self.palette.update(&self.model, &self.settings, &mut self.layout, message)
    }

    fn typed(&mut self, text: &str) -> Vec<(Section, String)> {
        self.send(Message::Typed(text.to_owned()));
        self.palette.entries.iter().map(|entry| (entry.section, entry.title.clone())).collect()
    }

    fn titles(&mut self, text: &str) -> Vec<String> {
        self.typed(text).into_iter().map(|(_, title)| title).collect()
    }

    fn view(&self, size: Size) -> Element<'_, Message> {
        self.palette.view(&self.model, &self.settings, size)
    }
}

fn key(model: &Model, name: &str) -> model::Key {
    model.machines().find(|(_, machine)| machine.name == name).map(|(host, machine)| host.key(machine.id)).unwrap()
}

#[test]
fn a_name_finds_machines_then_actions_then_places() {
    let mut open = Open::new(Preset::Frozen, &["win11-gaming"]);
    let found = open.typed("k3s");
    let titles: Vec<&str> = found.iter().map(|(_, title)| title.as_str()).collect();
    assert_eq!(titles[..3], ["k3s-node-1", "k3s-node-2", "k3s-node-3"]);
    assert!(titles.iter().any(|title| title.starts_with("Shut down all ") && title.ends_with("machines in k3s cluster")), "{titles:?}");
    assert!(titles.contains(&"Shut down k3s-node-1"), "{titles:?}");
    assert!(titles.contains(&"Group k3s cluster"));
    let sections: Vec<Section> = found.iter().map(|(section, _)| *section).collect();
    assert!(sections.is_sorted(), "{sections:?}");
}

#[test]
fn a_command_and_a_name_are_an_action_on_that_machine() {
    let mut open = Open::new(Preset::Frozen, &["win11-gaming"]);
    assert_eq!(open.titles("pause node-2")[0], "Pause k3s-node-2");
    let expected = key(&open.model, "k3s-node-2");
    let (action, is_over) = open.send(Message::Accept);
    assert!(is_over && matches!(action, Action::Run(Command::Pause, keys) if keys == [expected]));
}

#[test]
fn a_command_alone_is_for_what_is_selected() {
    let mut open = Open::new(Preset::Frozen, &["win11-gaming"]);
    assert_eq!(open.titles("pause")[0], "Pause win11-gaming");
    let mut open = Open::new(Preset::Frozen, &["win11-gaming", "opnsense"]);
    assert_eq!(open.titles("pause")[0], "Pause all 2 machines of the selection");
}

#[test]
fn machines_are_found_by_system_tag_and_address() {
    let mut open = Open::new(Preset::Frozen, &[]);
    for (text, machine) in [("truenas", "truenas-scale"), ("windows 11", "win11-gaming"), ("192.168.122.20", "win11-gaming")] {
        assert_eq!(open.titles(text)[0], machine, "{text}");
    }
    assert!(open.titles("gpu").contains(&"win11-gaming".to_owned()));
}

#[test]
fn marks_limit_what_is_searched() {
    let mut open = Open::new(Preset::Frozen, &["win11-gaming"]);
    let sections = |found: Vec<(Section, String)>| found.into_iter().map(|(section, _)| section).collect::<BTreeSet<_>>();
    assert_eq!(sections(open.typed(">")), BTreeSet::from([Section::Actions]));
    assert!(open.titles("@").contains(&"lab-server".to_owned()));
    assert!(open.titles("#").iter().all(|title| title.starts_with("Tag ")));
    assert_eq!(open.titles("#gpu"), ["Tag gpu"]);
    assert_eq!(sections(open.typed("?")), BTreeSet::from([Section::Help]));
    open.send(Message::Choose(1));
    assert_eq!(open.palette.typed, ">", "a line of the help types its mark");
}

#[test]
fn tab_lists_the_actions_of_a_machine_and_escape_goes_back() {
    let mut open = Open::new(Preset::Frozen, &[]);
    open.typed("win11");
    open.send(Message::Actions);
    assert!(open.palette.entries.len() > 10);
    assert!(open.palette.entries.iter().all(|entry| entry.title.contains("win11-gaming")));
    assert_eq!(open.titles("paus")[0], "Pause win11-gaming");
    assert!(!open.send(Message::Escape).1);
    assert!(open.palette.subject.is_none());
    assert!(open.send(Message::Escape).1);
}

#[test]
fn a_place_is_shown_and_what_was_used_last_comes_first() {
    let mut open = Open::new(Preset::Frozen, &[]);
    open.typed("k3s cluster");
    let at = open.palette.entries.iter().position(|entry| entry.title == "Group k3s cluster").unwrap();
    let (action, _) = open.send(Message::Choose(at));
    assert!(matches!(action, Action::Show(Place::Group(group)) if group.ends_with("k3s cluster")));
    let first = &open.typed("")[0];
    assert_eq!(first, &(Section::Recent, "Group k3s cluster".to_owned()));
    for number in 0..40 {
        open.layout.recent.insert(0, format!("machine:x/{number}"));
    }
    open.typed("win11-gaming");
    open.send(Message::Choose(0));
    assert_eq!(open.layout.recent.len(), RECENT);
}

#[test]
fn nothing_is_offered_that_makes_no_sense_now() {
    let mut open = Open::new(Preset::Frozen, &[]);
    assert!(!open.titles("start win11-gaming").contains(&"Start win11-gaming".to_owned()), "it runs");
    open.model.apply("system", Event::Libvirt(Some("not-running".into())));
    assert!(!open.titles("pause win11-gaming").contains(&"Pause win11-gaming".to_owned()), "the host is lost");
}

#[test]
fn arrows_stay_inside_and_the_chosen_line_is_seen() {
    let mut open = Open::new(Preset::Frozen, &["win11-gaming"]);
    open.typed(">");
    open.send(Message::Move(-1));
    assert_eq!(open.palette.current, 0);
    let (action, _) = open.send(Message::Move(500));
    assert_eq!(open.palette.current, open.palette.entries.len() - 1);
    assert!(matches!(action, Action::Task(_)), "it is scrolled");
}

#[test]
fn of_a_thousand_machines_the_best_few_are_shown() {
    let mut open = Open::new(Preset::Many(1000), &[]);
    let name = open.model.machines().nth(500).unwrap().1.label().to_owned();
    assert_eq!(open.titles(&name)[0], name);
    for text in ["v", "vm", "shut down web", &name[..2]] {
        let found = open.typed(text);
        let of = |section| found.iter().filter(|(other, _)| *other == section).count();
        assert!(of(Section::Machines) <= 6 && found.len() <= 80, "{text:?}: {found:?}");
    }
}

#[test]
fn keys_reach_the_list_although_the_field_has_the_focus() {
    let mut open = Open::new(Preset::Frozen, &[]);
    open.typed("k3s");
    let size = Size::new(1280.0, 800.0);
    let mut interface = Simulator::with_size(toolkit(), size, open.view(size));
    interface.click(iced_test::selector::id(FIELD)).unwrap();
    for named in [Named::ArrowDown, Named::Tab, Named::Enter, Named::Escape] {
        interface.tap_key(named);
    }
    let messages: Vec<Message> = interface.into_messages().filter(|message| !matches!(message, Message::Scrolled(_))).collect();
    assert!(matches!(messages[..], [Message::Move(1), Message::Actions, Message::Accept, Message::Escape]), "{messages:?}");
}

#[test]
fn a_line_is_chosen_by_the_pointer() {
    let mut open = Open::new(Preset::Frozen, &[]);
    open.typed("k3s");
    let size = Size::new(900.0, 600.0);
    let mut interface = Simulator::with_size(toolkit(), size, open.view(size));
    interface.click("-node-2").unwrap();
    assert!(interface.into_messages().any(|message| matches!(message, Message::Choose(_))));
}

#[test]
fn the_palette_looks_as_drawn() {
    let mut open = Open::new(Preset::Frozen, &["win11-gaming"]);
    for (name, text, size) in [
        ("palette", "k3s", Size::new(1440.0, 900.0)),
        ("palette-small", "pause", Size::new(700.0, 600.0)),
        ("palette-empty", "", Size::new(1280.0, 800.0)),
        ("palette-nothing", "zzzz", Size::new(1280.0, 800.0)),
        ("palette-actions", ">", Size::new(1280.0, 800.0)),
    ] {
        open.typed(text);
        picture_of(name, size, || layer(open.view(size)));
    }
}

#[test]
fn a_device_that_can_go_leads_to_its_plan_and_devices_are_a_place_only_where_there_are_some() {
    let mut open = Open::new(Preset::Frozen, &[]);
    open.typed("reserve nvidia t400");
    let at = open.palette.entries.iter().position(|entry| entry.title == "Reserve NVIDIA T400 4GB for machines").unwrap();
    let (action, _) = open.send(Message::Choose(at));
    assert!(matches!(action, Action::Open(dialog) if matches!(*dialog, crate::dialog::Dialog::Bind(_))));
    open.typed("reserve samsung");
    assert!(!open.palette.entries.iter().any(|entry| entry.title.contains("Samsung")), "the host stands on it");
    let is_offered = |open: &mut Open| open.typed("devices").iter().any(|(_, title)| title == "Show devices" || title == "Devices");
    assert!(is_offered(&mut open));
    assert!(!is_offered(&mut Open::new(Preset::NoLibvirt, &[])));
}

#[test]
fn it_says_asks_first_exactly_where_a_question_comes() {
    for batch in [true, false] {
        let mut open = Open::new(Preset::Frozen, &[]);
        let all = open.model.machines().map(|(host, machine)| host.key(machine.id)).collect();
        open.palette = Palette::new(all).0;
        open.settings.confirm.batch = batch;
        let mut seen = BTreeSet::new();
        for text in ["start", "pause", "shut down", "restart", "save", "force off", "force off win11-gaming", "k3s"] {
            open.typed(text);
            for entry in &open.palette.entries {
                let Goal::Command(command, keys) = &entry.goal else { continue };
                let Some(operation) = command.operation() else { continue };
                let is_asked = crate::app::asks(&open.settings.confirm, operation, keys.len());
                assert_eq!(entry.detail == "asks first", is_asked, "{}: {:?}", entry.title, entry.detail);
                seen.insert((keys.len() > 1, is_asked));
            }
        }
        assert_eq!(seen.len(), 4, "one or many, asked or not: {seen:?}");
    }
}
