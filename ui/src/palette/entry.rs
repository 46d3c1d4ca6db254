//! What the palette lists.

use client::{host::Id, settings::Settings};

use crate::{
    action::{Action, Way},
    command::Command,
    dialog::{
        self,
        attach::Attach,
        bind::Bind,
        detach::Detach,
        keep::Keep,
        target::{Target, What},
    },
    icon::Icon,
    model::{Key, Model},
    place::Place,
};

/// Parts of the list, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Section {
    /// Used last.
    Recent,
    /// Machines.
    Machines,
    /// What can be done.
    Actions,
    /// Places of the main window.
    Places,
    /// Settings.
    Settings,
    /// How to search.
    Help,
}

impl Section {
    pub const fn key(self) -> &'static str {
        match self {
            Self::Recent => "palette-recent",
            Self::Machines => "palette-machines",
            Self::Actions => "palette-actions",
            Self::Places => "palette-places",
            Self::Settings => "palette-settings",
            Self::Help => "palette-help",
        }
    }
}

/// What stands before the title.
#[derive(Clone, Debug)]
pub(super) enum Glyph {
    /// The state of this machine.
    State(Key),
    /// An icon.
    Icon(Icon),
}

/// What happens when it is chosen.
#[derive(Clone, Debug)]
pub(super) enum Goal {
    /// Opens a machine.
    Machine(Key),
    /// A command, on these machines.
    Command(Command, Vec<Key>),
    /// Shows a place.
    Place(Place),
    /// Opens a page of the settings.
    Page(dialog::settings::Page),
    /// Other settings.
    Change(Box<Settings>),
    /// Connects to a host, or leaves it.
    Connect(Id, bool),
    /// The plan of taking a device of this host, or of giving it back.
    Move(Id, Way, String),
    /// Who shall have a device of this host.
    Attach(Id, String),
    /// The plan of taking a device from its machine.
    Detach(Key, String),
    /// The plan of reserving a device at each start of this host.
    Keep(Id, String),
    /// Where the ROM of a device shall go.
    Rom(Id, String),
    /// What is no PCI card, and what is made of one.
    Thing(super::things::What),
    /// Types this.
    Type(&'static str),
}

impl Goal {
    pub fn action(self, model: &Model) -> Action {
        match self {
            Self::Machine(key) => Action::Run(Command::Open, vec![key]),
            Self::Command(command, keys) => Action::Run(command, keys),
            Self::Place(place) => Action::Show(place),
            Self::Page(page) => Action::Open(Box::new(dialog::Dialog::Settings(dialog::settings::Settings::at(page)))),
            Self::Change(settings) => Action::Settings(settings),
            Self::Connect(host, is_wanted) => Action::Connect(host, is_wanted),
            Self::Move(host, way, address) => {
                let dialog = if way == Way::Take { Bind::take } else { Bind::give_back };
                Action::Open(Box::new(dialog(model, host, vec![address]).into()))
            }
            Self::Attach(host, address) => Action::Open(Box::new(Attach::device(model, host, address).into())),
            Self::Detach(key, address) => Action::Open(Box::new(Detach::new(model, key, address).into())),
            Self::Keep(host, address) => Action::Open(Box::new(Keep::new(model, host, vec![address]).into())),
            Self::Rom(host, address) => Action::Open(Box::new(Target::new(model, What::Rom(host, address)).into())),
            Self::Thing(what) => what.action(model),
            Self::Type(_) => Action::None,
        }
    }

    /// What is remembered of it, to list it first another time.
    pub fn token(&self) -> Option<String> {
        Some(match self {
            Self::Machine(key) => format!("machine:{}/{}", key.host, key.machine),
            Self::Command(command, _) => format!("command:{}", command.id()),
            Self::Place(Place::All) => "place:all".to_owned(),
            Self::Place(Place::Host(id)) => format!("host:{id}"),
            Self::Place(Place::Group(name)) => format!("group:{name}"),
            Self::Place(Place::Tag(name)) => format!("tag:{name}"),
            Self::Place(Place::Part(id, part)) => format!("{}:{id}", part.id()),
            Self::Page(page) => format!("settings:{}", page.id()),
            Self::Change(_)
            | Self::Connect(..)
            | Self::Move(..)
            | Self::Attach(..)
            | Self::Detach(..)
            | Self::Keep(..)
            | Self::Rom(..)
            | Self::Thing(_)
            | Self::Type(_) => return None,
        })
    }
}

/// One line.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub section: Section,
    pub glyph: Glyph,
    pub title: String,
    /// The letters of the title that were found.
    pub marks: Vec<usize>,
    /// What stands behind the title.
    pub detail: String,
    /// The key that does the same, empty for none.
    pub key: String,
    pub goal: Goal,
    pub score: i32,
}

impl Entry {
    pub fn new(section: Section, icon: Icon, title: String, goal: Goal) -> Self {
        Self { section, glyph: Glyph::Icon(icon), title, marks: Vec::new(), detail: String::new(), key: String::new(), goal, score: 0 }
    }

    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = detail.into();
        self
    }

    pub fn key(mut self, key: String) -> Self {
        self.key = key;
        self
    }
}
