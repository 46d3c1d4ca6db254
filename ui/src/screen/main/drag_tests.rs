use std::sync::Arc;

use client::{Event, Host, Machine, State, Tag, Uuid, host::Address, settings::Settings};
use iced::{
    Size,
    keyboard::Modifiers,
    mouse::{self, Button},
};

use super::*;
use crate::{dialog::test, screen::main, window::Layout};

/// Three machines, the first two in groups, the second with a tag.
fn model(is_live: bool) -> Model {
    test::speak();
    let mut model = Model::default();
    model.set_hosts(vec![Host { id: "system".into(), name: String::new(), address: Address::System, auto_connect: true }]);
    if is_live {
        let demo = client::demo::Demo::new(client::demo::Preset::Frozen);
        model.apply("system", Event::Connected(demo.into(), client::Service::default()));
    }
    let group = |number: usize| ["", "Desktop", "Homelab", ""][number].to_owned();
    let tags = |number: usize| if number == 2 { vec![Tag { name: "prod".to_owned(), colour: "#2f6be0".to_owned() }] } else { Vec::new() };
    let machine = |number: usize| Machine {
        id: Uuid::from_u128(number as u128),
        name: format!("m{number}"),
        group: group(number),
        tags: tags(number),
        state: State::Running,
        ..Machine::default()
    };
    model.apply("system", Event::Machines(Arc::new((1..=3).map(machine).collect())));
    model
}

struct Window {
    model: Model,
    settings: Settings,
    layout: Layout,
    screen: Screen,
}

impl Window {
    fn new(is_live: bool) -> Self {
        let (model, settings, layout) = (model(is_live), Settings::default(), Layout::default());
        let mut screen = Screen::new(&settings, &layout);
        let _ = screen.model_changed(&model, &settings, &layout);
        Self { model, settings, layout, screen }
    }

    fn say(&mut self, message: main::Message) -> Action {
        self.screen.update(&self.model, &self.settings, &mut self.layout, message)
    }

    fn drag(&mut self, message: Message) -> Action {
        self.say(main::Message::Drag(message))
    }

    fn press(&mut self, number: u128) {
        let press = Press { button: Button::Left, modifiers: Modifiers::empty(), at: Point::new(400.0, 200.0), is_double: false };
        let _ = self.say(main::Message::Pressed(key(number), press));
    }

    /// Drags what is selected with this row to a place and lets go.
    fn carry(&mut self, number: u128, to: Place) -> Action {
        self.press(number);
        let _ = self.drag(Message::Moved(Point::new(100.0, 200.0)));
        let _ = self.drag(Message::Over(to));
        self.drag(Message::Released)
    }
}

fn key(number: u128) -> Key {
    Key { host: "system".into(), machine: Uuid::from_u128(number) }
}

#[tokio::test]
async fn a_row_dropped_on_a_group_is_put_there() {
    let mut window = Window::new(true);
    let action = window.carry(3, Place::Group("Homelab".to_owned()));
    let changes = Metadata { group: Some("Homelab".to_owned()), ..Metadata::default() };
    assert!(matches!(action, Action::Call(call) if call == Call::Metadata(vec![key(3)], changes)));
    assert_eq!(window.screen.drag, Drag::Nothing);
}

#[tokio::test]
async fn a_selection_is_dragged_as_a_whole_and_those_that_are_there_stay_as_they_are() {
    let mut window = Window::new(true);
    let _ = window.say(main::Message::Command(crate::command::Command::SelectAll));
    let action = window.carry(3, Place::Tag("prod".to_owned()));
    let Action::Call(Call::Tags(mut keys, add, remove)) = action else { panic!("{action:?}") };
    keys.sort();
    assert_eq!((keys, add.len(), remove.len()), (vec![key(1), key(3)], 1, 0));
}

#[tokio::test]
async fn a_press_that_does_not_move_selects_the_row_alone() {
    let mut window = Window::new(true);
    let _ = window.say(main::Message::Command(crate::command::Command::SelectAll));
    window.press(2);
    assert_eq!(window.screen.targets().len(), 3, "it may become a drag");
    let _ = window.drag(Message::Moved(Point::new(402.0, 201.0)));
    assert!(!window.screen.drag.is_carried());
    let _ = window.drag(Message::Released);
    assert_eq!(window.screen.targets(), [key(2)]);
}

#[tokio::test]
async fn escape_ends_a_drag_and_changes_nothing() {
    let mut window = Window::new(true);
    let _ = window.say(main::Message::Search("m".into()));
    window.press(3);
    let _ = window.drag(Message::Moved(Point::new(100.0, 200.0)));
    let _ = window.drag(Message::Over(Place::Group("Homelab".to_owned())));
    let _ = window.say(main::Message::Escape);
    assert_eq!(window.screen.drag, Drag::Nothing);
    assert!(matches!(window.drag(Message::Released), Action::None));
    assert_eq!(window.screen.search, "m", "the search is not cleared by the same key");
}

#[tokio::test]
async fn what_is_let_go_beside_a_place_changes_nothing() {
    let mut window = Window::new(true);
    window.press(3);
    let _ = window.drag(Message::Moved(Point::new(100.0, 200.0)));
    let _ = window.drag(Message::Over(Place::Group("Desktop".to_owned())));
    let _ = window.drag(Message::Over(Place::Group("Homelab".to_owned())));
    let _ = window.drag(Message::Left(Place::Group("Desktop".to_owned())));
    assert!(matches!(&window.screen.drag, Drag::Carried { over: Some(_), .. }), "the pointer is over the other one");
    let _ = window.drag(Message::Left(Place::Group("Homelab".to_owned())));
    assert!(matches!(window.drag(Message::Released), Action::None));
}

#[tokio::test]
async fn machines_of_a_lost_host_are_not_dragged() {
    let mut window = Window::new(false);
    assert!(matches!(window.carry(3, Place::Group("Homelab".to_owned())), Action::None));
}

#[tokio::test]
async fn a_drag_shows_where_it_would_go() {
    let mut window = Window::new(true);
    window.press(3);
    let _ = window.drag(Message::Moved(Point::new(100.0, 200.0)));
    let shows = |window: &Window, words: &str| {
        let size = Size::new(1280.0, 800.0);
        let view = window.screen.view(&window.model, &window.settings, &window.layout, size, iced::window::Id::unique());
        test::window(view, size).find(words).is_ok()
    };
    assert!(shows(&window, "Drop on a group or a tag"));
    let _ = window.drag(Message::Over(Place::Group("Homelab".to_owned())));
    assert!(shows(&window, "Move to Homelab"));
}

#[tokio::test]
async fn groups_and_tags_of_the_sidebar_notice_what_is_carried_over_them() {
    let mut window = Window::new(true);
    let size = Size::new(1280.0, 800.0);
    let noticed = |window: &Window| {
        let view = window.screen.view(&window.model, &window.settings, &window.layout, size, iced::window::Id::unique());
        let mut ui = test::window(view, size);
        for y in (60..600).step_by(6) {
            let position = Point::new(24.0, f32::from(u16::try_from(y).unwrap()));
            ui.point_at(position);
            let _ = ui.simulate([iced::Event::Mouse(mouse::Event::CursorMoved { position })]);
        }
        let over = |message| match message {
            app::Message::Main(main::Message::Drag(Message::Over(place))) => Some(place),
            _ => None,
        };
        ui.into_messages().filter_map(over).collect::<Vec<_>>()
    };
    assert_eq!(noticed(&window), [], "nothing is carried");
    window.press(3);
    let _ = window.drag(Message::Moved(Point::new(100.0, 200.0)));
    let group = |name: &str| Place::Group(name.to_owned());
    assert_eq!(noticed(&window), [group("Desktop"), group("Homelab"), Place::Tag("prod".to_owned())]);
    window.layout.shows_sidebar = false;
    assert_eq!(noticed(&window).len(), 3, "the rail does, too");
}
