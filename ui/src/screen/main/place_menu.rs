//! The context menus of the sidebar: of hosts, and of the machines of a group or a tag.

use client::{host::Id, t};
use iced::{
    Point,
    keyboard::{Key as Pressed, Modifiers, key::Named},
};

use super::{Message, Screen};
use crate::{
    action::Action,
    app,
    command::Command,
    dialog::hosts::Hosts,
    icon::{self, Icon},
    menu::Offer,
    model::{Connection, HostModel, Key, Model},
    place::Place,
    screen::welcome,
};

/// What is offered for all machines of a place.
const BATCH: [Command; 6] = [Command::Start, Command::Resume, Command::Pause, Command::Shutdown, Command::Save, Command::ForceOff];
/// Where a menu opens that no pointer opened.
const BESIDE: Point = Point::new(120.0, 120.0);

/// Whether this is a key for the context menu.
pub(super) fn is_menu_key(key: &Pressed, modifiers: Modifiers) -> bool {
    match key {
        Pressed::Named(Named::ContextMenu) => true,
        Pressed::Named(Named::F10) => modifiers.shift(),
        _ => false,
    }
}

impl Screen {
    /// The menu of a place, where it was pressed.
    pub(super) fn place_menu(&self, place: &Place, at: Option<Point>, model: &Model) -> Action {
        let offers = match place {
            Place::Host(id) => model.host(id).map(of_host).unwrap_or_default(),
            Place::Group(group) => of_machines(model, place, &t!("palette-in-group", name = group.rsplit('/').next().unwrap_or(group))),
            Place::Tag(tag) => of_machines(model, place, &t!("palette-with-tag", name = tag.as_str())),
            Place::All | Place::Part(..) => Vec::new(),
        };
        // What scrolls counts from its own top.
        let at = at.map_or(BESIDE, |at| Point::new(at.x, at.y - self.places_offset));
        if offers.is_empty() { Action::None } else { Action::Offer(at, offers) }
    }
}

/// The list of hosts, with a host's name to be typed or the question whether it shall go.
pub(super) fn hosts(model: &Model, id: &Id, is_going: bool) -> Action {
    let Some(host) = model.host(id) else { return Action::None };
    let hosts = if is_going { Hosts::removing(&host.host) } else { Hosts::renaming(&host.host) };
    Action::Open(Box::new(hosts.into()))
}

fn offer(icon: Icon, label: String, message: Message) -> Offer {
    Offer { icon, label, command: None, message: app::Message::Main(message) }
}

fn of_host(host: &HostModel) -> Vec<Offer> {
    let id = || host.host.id.clone();
    let is_off = match &host.connection {
        Connection::Off => true,
        Connection::Lost(client::Problem::Ended(reason), 0) => reason.is_empty(),
        _ => false,
    };
    let (shape, words) = if is_off { (icon::link(), t!("hosts-connect")) } else { (icon::unplug(), t!("hosts-disconnect")) };
    let mut offers = vec![
        offer(shape, words, Message::Welcome(welcome::Message::Connect(id(), is_off))),
        offer(icon::pencil(), t!("hosts-rename"), Message::EditHost(id(), false)),
    ];
    if !host.host.is_built_in() {
        offers.push(offer(icon::trash_2(), t!("hosts-remove"), Message::EditHost(id(), true)));
    }
    offers.push(offer(icon::server(), t!("command-hosts"), Message::Run(Command::Hosts)));
    offers
}

fn of_machines(model: &Model, place: &Place, words: &str) -> Vec<Offer> {
    let inside: Vec<_> = model.machines().filter(|(host, machine)| host.is_live() && place.holds(host, machine)).collect();
    let of_command = |command: Command| {
        let fit: Vec<_> = inside.iter().filter(|(host, machine)| command.suits_on(host, machine)).collect();
        let label = match fit[..] {
            [] => return None,
            [(_, machine)] => t!(&format!("palette-do-{}", command.id()), machine = machine.label()),
            _ => t!(&format!("palette-all-{}", command.id()), count = fit.len(), place = words),
        };
        let keys: Vec<Key> = fit.iter().map(|(host, machine)| host.key(machine.id)).collect();
        Some(offer(command.icon(), label, Message::RunOn(command, keys)))
    };
    BATCH.into_iter().filter_map(of_command).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use client::{Event, Host, Machine, State, Uuid, host::Address};

    use super::*;
    use crate::{dialog::Dialog, dialog::test, window::Layout};

    fn model() -> Model {
        test::speak();
        let mut model = Model::default();
        let lab = Address::Ssh { user: String::new(), host: "lab".into(), port: 0, key_file: std::path::PathBuf::new() };
        model.set_hosts(vec![Host::new("system", "", Address::System), Host::new("lab", "Lab", lab)]);
        model.apply("system", Event::Connected(client::demo::Demo::new(client::demo::Preset::Frozen).into(), client::Service::default()));
        let state = |number| if number == 1 { State::Off } else { State::Running };
        let machine = |number: u128| Machine {
            id: Uuid::from_u128(number),
            name: format!("m{number}"),
            group: "Home/k3s".to_owned(),
            state: state(number),
            ..Machine::default()
        };
        model.apply("system", Event::Machines(Arc::new((1..=3).map(machine).collect())));
        model
    }

    fn offers(model: &Model, place: &Place) -> Vec<Offer> {
        let screen = Screen::new(&client::settings::Settings::default(), &Layout::default());
        match screen.place_menu(place, Some(Point::new(40.0, 200.0)), model) {
            Action::Offer(at, offers) => {
                assert_eq!(at, Point::new(40.0, 200.0));
                offers
            }
            _ => Vec::new(),
        }
    }

    #[tokio::test]
    async fn a_group_is_started_and_shut_down_as_a_whole_by_its_menu() {
        let model = model();
        let offers = offers(&model, &Place::Group("Home/k3s".to_owned()));
        let labels: Vec<&str> = offers.iter().map(|offer| offer.label.as_str()).collect();
        assert_eq!(labels[0], "Start m1", "only one is off");
        assert!(labels.contains(&"Shut down all 2 machines in k3s"), "{labels:?}");
        assert!(!labels.iter().any(|label| label.starts_with("Resume")), "none is paused");
        let keys = |offer: &Offer| match &offer.message {
            app::Message::Main(Message::RunOn(_, keys)) => keys.len(),
            other => panic!("{other:?}"),
        };
        assert_eq!(keys(&offers[0]), 1);
        assert!(super::tests::offers(&model, &Place::All).is_empty());
    }

    #[tokio::test]
    async fn a_host_is_connected_renamed_and_removed_by_its_menu_and_this_computer_stays() {
        let model = model();
        let labels = |id: &str| offers(&model, &Place::Host(id.into())).into_iter().map(|offer| offer.label).collect::<Vec<_>>();
        assert_eq!(labels("system"), ["Disconnect", "Rename", "Hosts…"]);
        assert_eq!(labels("lab"), ["Connect", "Rename", "Remove…", "Hosts…"]);
        let opened = |is_going| match hosts(&model, &"lab".into(), is_going) {
            Action::Open(dialog) => matches!(*dialog, Dialog::Hosts(_)),
            _ => false,
        };
        assert!(opened(false) && opened(true));
    }
}
