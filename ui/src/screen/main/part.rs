//! The screens of parts of hosts, in the place of the list of machines.

use client::{host::Id, settings::Settings};
use iced::{Element, Task, widget};

use super::{Message, Screen, one, selection::Move};
use crate::{
    action::{Action, Done},
    app,
    command::Command,
    model::Model,
    place::{Part, Place},
    screen::{devices, memory, readiness},
    widget::{focus, ground},
    window::Layout,
};

/// What a part's screen stands in: its list, and the details pane if it has one.
pub(super) type Panes<'a> = (Element<'a, Message>, Option<Element<'a, Message>>);

/// What the keyboard asks of the screen of a part: the same keys as in the list of machines.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Input {
    /// Another row; with Shift the selection grows.
    Move(Move, bool),
    /// Back or on, that is `true`.
    Side(bool),
    /// To the next row that begins with it.
    Letter(char),
    /// Adds the current row to the selection, or takes it out.
    Toggle,
    /// The menu key.
    Menu,
    /// Esc.
    Escape,
    /// Ctrl+F or "/".
    Find,
    /// Ctrl+A.
    All,
    /// Ctrl+Enter.
    Primary,
}

impl Input {
    /// What a message to the main window asks of a part.
    pub(crate) const fn of(message: &Message) -> Option<Self> {
        Some(match message {
            Message::Move(step, extend) => Self::Move(*step, *extend),
            Message::Side(right, _) | Message::Unfold(right) => Self::Side(*right),
            Message::Letter(letter) => Self::Letter(*letter),
            Message::Toggle => Self::Toggle,
            Message::MenuKey => Self::Menu,
            Message::Escape => Self::Escape,
            Message::Command(Command::Find) => Self::Find,
            Message::Command(Command::SelectAll) => Self::All,
            Message::Command(Command::Primary) => Self::Primary,
            _ => return None,
        })
    }
}

impl Screen {
    /// Whether there is a list of machines with its search.
    pub const fn has_search(&self) -> bool {
        !matches!(self.place, Place::Part(..))
    }

    /// Whether devices are listed.
    pub const fn shows_devices(&self) -> bool {
        matches!(self.place, Place::Part(_, Part::Devices))
    }

    /// Goes to the machines when the host does not have the part any more.
    pub(super) fn leave_lost_part(&mut self, model: &Model) {
        let Place::Part(id, part) = &self.place else { return };
        match model.host(id) {
            Some(host) if part.is_offered(host) => {}
            Some(_) => self.place = Place::Host(id.clone()),
            None => self.place = Place::All,
        }
    }

    /// Tells the screens of parts which of them is shown, and what for: they ask for what they need.
    pub(super) fn parts_follow(&mut self, model: &Model) -> Action {
        let shown = if let Place::Part(host, part) = &self.place { Some((host.clone(), *part)) } else { None };
        let (mut devices, mut task) = (Action::None, Task::none());
        if let Some((host, Part::Devices)) = &shown
            && let Some(host) = model.host(host)
        {
            devices = self.devices.show(host, self.size.height);
        }
        match &shown {
            Some((host, Part::Memory)) => task = self.memory.follow(model, host).map(Message::Memory),
            _ => self.memory.leave(),
        }
        match &shown {
            Some((host, Part::Readiness)) => task = self.readiness.follow(model, host).map(Message::Readiness),
            _ => self.readiness.leave(),
        }
        let task = if task.units() == 0 { Action::None } else { Action::Task(task.map(app::Message::Main)) };
        one(vec![devices, task])
    }

    /// Shows a part of the host that is shown, else of the first host that has it.
    pub(super) fn go_to_part(&mut self, part: Part, model: &Model, settings: &Settings, layout: &mut Layout) -> Action {
        let of_place = self.place.host().and_then(|id| model.host(id)).filter(|host| part.is_offered(host));
        let Some(host) = of_place.or_else(|| model.hosts().iter().find(|host| part.is_offered(host))) else { return Action::None };
        let place = Place::Part(host.host.id.clone(), part);
        let action = self.update(model, settings, layout, Message::Show(place));
        one(vec![action, Action::Task(self.focus_list())])
    }

    pub(super) fn part_takes(&mut self, part: Part, input: Input, model: &Model) -> Action {
        match part {
            Part::Devices => self.devices.update(model, devices::Message::Key(input)),
            Part::Memory if input == Input::Primary => self.memory.apply(model),
            Part::Memory | Part::Readiness => Action::None,
        }
    }

    /// A call ended that the screen of a part made; `None` if it was none.
    pub fn done(&mut self, model: &Model, done: &Done) -> Option<Action> {
        self.devices.done(done).or_else(|| self.memory.done(model, done))
    }

    /// A change of a machine's tuning ended; `None` if it is not open in a part.
    pub fn tuned(&mut self, model: &Model, done: &Done) -> Option<Action> {
        self.memory.tuned(model, done)
    }

    pub(super) fn memory_takes(&mut self, message: memory::Message, model: &Model) -> Action {
        self.memory.update(model, message)
    }

    pub(super) fn readiness_takes(&mut self, message: readiness::Message, model: &Model) -> Action {
        let (action, task) = self.readiness.update(model, message);
        let task = Action::Task(task.map(|message| app::Message::Main(Message::Readiness(message))));
        Action::Batch(vec![action, task])
    }

    /// `room` is the width that the list has.
    pub(super) fn part<'a>(&'a self, host: &Id, part: Part, model: &'a Model, settings: &Settings, room: f32) -> Panes<'a> {
        let Some(host) = model.host(host) else { return (widget::space().into(), None) };
        match part {
            Part::Devices => {
                let (list, pane) = self.devices.view(host, settings, room);
                (list.map(Message::Devices), Some(pane.map(Message::Devices)))
            }
            Part::Memory => {
                let pane = ground(focus::pane("details", self.memory.pane(host).map(Message::Memory)), |t| t.surface);
                (self.memory.view(host, room).map(Message::Memory), Some(pane.into()))
            }
            Part::Readiness => (self.readiness.view(host).map(Message::Readiness), None),
        }
    }
}
