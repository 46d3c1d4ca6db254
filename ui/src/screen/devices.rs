//! The devices of a host in the main window: groups that move together, what one is and is used for, and the way to its plan.

mod act;
pub mod arrange;
mod banner;
mod claims;
mod details;
mod functions;
mod keyboard;
mod line;
mod others;
mod parts;
mod pick;
mod table;
#[cfg(test)]
mod tests;
mod view;

use std::{collections::BTreeSet, sync::Arc};

use client::{Error, HostDevice, host::Id, readiness::Check};
use iced::{Task, widget::scrollable};

use crate::{
    action::{Action, Done},
    app,
    component::thing::Family,
    model::{HostModel, Model},
    screen::main,
    theme::size,
    widget::{Press, focus},
};
use arrange::{Arranged, Filter};
use pick::Pick;

/// The id of the list.
pub const LIST: &str = "list-of-devices";
const SEARCH: &str = "find-device";
const SCROLL: &str = "devices-scroll";

/// Height of what is above and below the list, which tells its own height when it is scrolled.
const AROUND: f32 = size::HEADER + 2.0 * size::BAR + size::ROW_SMALL + size::STATUS + 5.0;

/// The state of the screen; that of one host at a time.
#[derive(Debug, Default)]
pub struct Devices {
    host: Id_,
    filter: Filter,
    search: String,
    folded: BTreeSet<Option<u32>>,
    arranged: Arranged,
    /// What `arranged` was made from.
    seen: Arc<Vec<HostDevice>>,
    pick: Pick,
    offset: f32,
    height: f32,
    scrolls: u64,
    has_ring: bool,
    iommu: Iommu,
    functions: functions::Functions,
    others: others::Others,
}

/// The host that is shown; empty before any is.
type Id_ = Option<Id>;

/// Why there are no groups, where there are none.
#[derive(Clone, Debug, Default, PartialEq)]
enum Iommu {
    /// There are, or nobody asked yet.
    #[default]
    Unasked,
    /// The service is looking.
    Asked,
    /// What it found, if it could say.
    Told(Option<Check>),
}

/// What happens in it.
#[derive(Clone, Debug)]
pub enum Message {
    /// Another kind of devices, or PCI cards.
    Family(Option<Family>),
    /// A row of what is no PCI card was pressed.
    OtherPressed(String, Press),
    /// Another filter.
    Filter(Filter),
    /// Something typed into the search field.
    Search(String),
    /// A row was pressed.
    Pressed(String, Press),
    /// The head of a group was pressed.
    Fold(Option<u32>),
    /// The list was scrolled.
    Scrolled(scrollable::Viewport),
    /// A key of the list.
    Key(main::part::Input),
    /// Shows the plan of taking what is selected.
    Reserve,
    /// The same for giving it back.
    GiveBack,
    /// Asks which machine shall have it.
    Attach,
    /// Shows the plan of taking it from this machine.
    Detach(client::Uuid),
    /// What the host lacks, for this host.
    Readiness(Id, Result<Vec<Check>, Error>),
    /// So many virtual functions are wanted.
    Functions(u32),
    /// As many as are wanted.
    ApplyFunctions,
    /// What is kept at each start, and the plan of keeping what is selected.
    Keep,
    /// What is selected is no longer kept.
    Forget,
    /// What the selected virtual function may.
    Settings,
    /// The plan of a part of the selected card.
    Divide,
    /// The selected part is made now.
    StartPart,
    /// It is made at each start, or not.
    PartAutostart(bool),
    /// The plan of deleting it.
    RemovePart,
    /// The networks of the selected card's virtual functions.
    Networks,
    /// Asks where the ROM shall go.
    Rom,
    /// A value goes to the clipboard.
    Copy(String),
    /// The pane at the right, or not.
    ToggleDetails,
    /// The page of a machine.
    OpenMachine(client::Uuid),
}

fn wrap(message: Message) -> app::Message {
    app::Message::Main(main::Message::Devices(message))
}

impl Devices {
    /// Shows the devices of this host as they are now, in a window of this height. Costs nothing if nothing changed.
    #[must_use]
    pub fn show(&mut self, host: &HostModel, window_height: f32) -> Action {
        if self.scrolls == 0 {
            self.height = window_height - AROUND;
        }
        if self.host.as_ref() != Some(&host.host.id) {
            *self = Self { host: Some(host.host.id.clone()), height: self.height, filter: self.filter, ..Self::default() };
        }
        if !Arc::ptr_eq(&self.seen, &host.devices) {
            self.seen = Arc::clone(&host.devices);
            self.arrange();
        }
        self.others.show(&host.others, &self.search);
        self.ask_why(host)
    }

    fn arrange(&mut self) {
        self.arranged = arrange::arrange(&self.seen, self.filter, &self.search, &self.folded);
        self.pick.keep(|address| self.seen.iter().any(|device| device.address == address));
        if self.pick.current().is_none() {
            self.pick.only(self.arranged.devices().next().cloned());
        }
    }

    /// Where no device has a group the service is asked once what is wrong.
    fn ask_why(&mut self, host: &HostModel) -> Action {
        if self.has_iommu() || self.seen.is_empty() {
            self.iommu = Iommu::Unasked;
            return Action::None;
        }
        let Some(client) = host.client.clone().filter(|_| self.iommu == Iommu::Unasked) else { return Action::None };
        self.iommu = Iommu::Asked;
        let id = host.host.id.clone();
        let ask = Task::perform(async move { client.readiness().await }, move |told| wrap(Message::Readiness(id.clone(), told)));
        Action::Task(ask)
    }

    fn has_iommu(&self) -> bool {
        self.seen.iter().any(|device| device.group.is_some())
    }

    fn device(&self, address: &str) -> Option<&HostDevice> {
        self.seen.iter().find(|device| device.address == address)
    }

    /// The device that the pane is about.
    fn current(&self) -> Option<&HostDevice> {
        self.device(self.pick.current()?)
    }

    /// What is selected, the current one first.
    fn selected(&self) -> Vec<&HostDevice> {
        self.pick.addresses().filter_map(|address| self.device(address)).collect()
    }

    /// Takes a message in.
    #[must_use]
    pub fn update(&mut self, model: &Model, message: Message) -> Action {
        match message {
            Message::Filter(filter) => self.filter = if self.filter == filter { Filter::All } else { filter },
            Message::Search(text) => {
                self.search = text;
                self.others.arrange(&self.search);
            }
            Message::Family(family) => {
                self.others.choose(family, &self.search);
                return Action::Task(focus::take(LIST));
            }
            Message::OtherPressed(id, press) => return self.other_pressed(id, press, model),
            Message::Fold(group) => self.fold(group),
            Message::Pressed(address, press) => return self.pressed(address, press, model),
            Message::Scrolled(viewport) => {
                self.offset = viewport.absolute_offset().y;
                self.height = viewport.bounds().height;
                self.scrolls += 1;
                return Action::None;
            }
            Message::Key(input) if self.others.family.is_some() => return self.other_key(input, model),
            Message::Key(input) => return self.take_key(input, model),
            Message::Reserve => return self.reserve(model),
            Message::GiveBack => return self.give_back(model),
            Message::Attach if self.others.family.is_some() => return self.give(model),
            Message::Attach => return self.attach(model),
            Message::Detach(machine) if self.others.family.is_some() => return self.take_back(model, machine),
            Message::Detach(machine) => return self.detach(model, machine),
            Message::Readiness(host, told) => {
                if self.host.as_ref() == Some(&host) {
                    let check = told.ok().and_then(|checks| checks.into_iter().find(|check| check.id == "iommu"));
                    self.iommu = Iommu::Told(check);
                }
                return Action::None;
            }
            Message::Functions(count) => return self.choose_functions(count),
            Message::ApplyFunctions => return self.apply_functions(),
            Message::Keep => return self.keep(model),
            Message::Forget => return self.forget(),
            Message::Settings => return self.function_settings(model),
            Message::Divide => return self.divide(model),
            Message::StartPart => return self.start_part(model),
            Message::PartAutostart(autostart) => return self.set_part_autostart(model, autostart),
            Message::RemovePart => return self.remove_part(model),
            Message::Networks => return self.networks(model),
            Message::Rom => return self.rom(model),
            Message::Copy(text) => return Action::Task(iced::clipboard::write(text)),
            Message::ToggleDetails => return Action::Run(crate::command::Command::ToggleDetails, Vec::new()),
            Message::OpenMachine(machine) => {
                let Some(host) = self.host.clone() else { return Action::None };
                return Action::Run(crate::command::Command::Open, vec![crate::model::Key { host, machine }]);
            }
        }
        self.arrange();
        Action::None
    }

    /// A call ended; `None` if it was not made here.
    pub fn done(&mut self, done: &Done) -> Option<Action> {
        self.functions.done(done)
    }

    fn fold(&mut self, group: Option<u32>) {
        if !self.folded.remove(&group) {
            self.folded.insert(group);
        }
    }

    fn pressed(&mut self, address: String, press: Press, model: &Model) -> Action {
        self.has_ring = false;
        match press.button {
            iced::mouse::Button::Left => {}
            iced::mouse::Button::Right => {
                if !self.pick.holds(&address) {
                    self.pick.only(Some(address));
                }
                // What scrolls counts from its own top.
                return self.menu(model, iced::Point::new(press.at.x, press.at.y - self.offset));
            }
            _ => return Action::None,
        }
        if press.is_double {
            self.pick.only(Some(address));
            return self.act(model);
        }
        if press.modifiers.shift() {
            self.pick.extend_to(&address, self.arranged.devices());
        } else if press.modifiers.control() {
            self.pick.toggle(&address);
        } else {
            self.pick.only(Some(address));
        }
        Action::Task(focus::take(LIST))
    }
}
