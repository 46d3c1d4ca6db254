//! What can be done with the selected devices.

use client::{
    HostDevice, Uuid,
    device::{FunctionSettings, Holder, is_one_card, short},
    host::Id,
    t,
};
use iced::Point;

use super::{Devices, Message, wrap};
use crate::{
    action::{Action, Call, DeviceChange},
    command::Command,
    component::device::device_has_rom,
    dialog::{
        Dialog,
        attach::Attach,
        bind::Bind,
        detach::Detach,
        function::Function,
        keep::Keep,
        target::{Target, What},
    },
    icon::{self, Icon},
    menu::Offer,
    model::{HostModel, Model},
    theme::size,
};

/// Where the menu opens that was asked for by a key: beside the sidebar, below the middle of the row.
const RIGHT: f32 = 340.0;
const BELOW: f32 = 24.0;

impl Devices {
    /// What can be done with what is selected: the plan of that.
    pub(super) fn act(&self, model: &Model) -> Action {
        if self.can_give_back() { self.give_back(model) } else { self.reserve(model) }
    }

    /// Some of the selection could be taken from the host. That the host uses it does not matter: the plan says why not.
    pub(super) fn can_reserve(&self) -> bool {
        self.selected().iter().any(|device| device.can_move && matches!(device.holder(), Holder::Host | Holder::Idle))
    }

    /// All of the selection is reserved.
    pub(super) fn can_give_back(&self) -> bool {
        let selected = self.selected();
        !selected.is_empty() && selected.iter().all(|device| device.holder() == Holder::Reserved)
    }

    pub(super) fn reserve(&self, model: &Model) -> Action {
        if self.can_reserve() { self.plan(model, |device| device.can_move, Bind::take) } else { Action::None }
    }

    pub(super) fn give_back(&self, model: &Model) -> Action {
        if self.can_give_back() { self.plan(model, |_| true, Bind::give_back) } else { Action::None }
    }

    fn plan(&self, model: &Model, which: fn(&HostDevice) -> bool, dialog: fn(&Model, Id, Vec<String>) -> Bind) -> Action {
        let Some(host) = self.host.clone().filter(|host| model.host(host).is_some_and(|host| host.client.is_some())) else {
            return Action::None;
        };
        let addresses = self.selected().into_iter().filter(|device| which(device)).map(|device| device.address.clone()).collect();
        Action::Open(Box::new(Dialog::from(dialog(model, host, addresses))))
    }

    /// The device that a machine could get: one, or functions of one card. That the host uses it does not matter: the plan says
    /// why not.
    pub(super) fn can_attach(&self, host: &HostModel) -> bool {
        let selected = self.selected();
        let Some(first) = selected.first() else { return false };
        let is_free = |device: &&HostDevice| device.can_move && !matches!(device.holder(), Holder::Machine(_));
        let is_one = selected.iter().all(|device| device.address == first.address || is_one_card(&device.address, &first.address));
        is_one && selected.iter().all(is_free) && host.machines.values().any(|machine| machine.host_devices.is_some())
    }

    pub(super) fn attach(&self, model: &Model) -> Action {
        let host = self.host.as_ref().and_then(|host| model.host(host)).filter(|host| host.client.is_some() && self.can_attach(host));
        let (Some(host), Some(device)) = (host, self.current()) else { return Action::None };
        Action::Open(Box::new(Attach::device(model, host.host.id.clone(), device.address.clone()).into()))
    }

    pub(super) fn detach(&self, model: &Model, machine: Uuid) -> Action {
        let host = self.host.as_ref().and_then(|host| model.host(host)).filter(|host| host.client.is_some());
        let (Some(host), Some(device)) = (host, self.current()) else { return Action::None };
        Action::Open(Box::new(Detach::new(model, host.key(machine), device.address.clone()).into()))
    }

    /// What is selected could be reserved at each start, or is.
    pub(super) fn can_keep(&self) -> bool {
        self.selected().iter().any(|device| device.can_move)
    }

    /// What of the selected devices and of their groups is kept.
    fn kept(&self) -> Vec<String> {
        let groups: Vec<Option<u32>> = self.selected().iter().filter(|device| device.group.is_some()).map(|device| device.group).collect();
        let is_meant = |device: &&HostDevice| device.is_kept && groups.contains(&device.group);
        self.seen.iter().filter(is_meant).map(|device| device.address.clone()).collect()
    }

    pub(super) fn keep(&self, model: &Model) -> Action {
        let Some(host) = self.host.clone().filter(|host| self.can_keep() && model.host(host).is_some_and(|host| host.client.is_some()))
        else {
            return Action::None;
        };
        let addresses = self.selected().into_iter().filter(|device| device.can_move).map(|device| device.address.clone()).collect();
        Action::Open(Box::new(Keep::new(model, host, addresses).into()))
    }

    pub(super) fn forget(&self) -> Action {
        let (Some(host), kept) = (self.host.clone(), self.kept()) else { return Action::None };
        if kept.is_empty() { Action::None } else { Action::Call(Call::Device(host, DeviceChange::Forget(kept))) }
    }

    /// What a virtual function may; where its card tells it.
    pub(super) fn settings_of(&self, device: &HostDevice) -> Option<&FunctionSettings> {
        let card = self.device(device.function_of.as_deref()?)?;
        card.function_settings.iter().find(|settings| settings.address == device.address)
    }

    pub(super) fn function_settings(&self, model: &Model) -> Action {
        let host = self.host.clone().filter(|host| model.host(host).is_some_and(|host| host.client.is_some()));
        let dialog = host.zip(self.current()).and_then(|(host, device)| Function::new(model, host, &device.address));
        dialog.map_or(Action::None, |dialog| Action::Open(Box::new(dialog.into())))
    }

    pub(super) fn rom(&self, model: &Model) -> Action {
        let host = self.host.clone().filter(|host| model.host(host).is_some_and(|host| host.client.is_some()));
        let (Some(host), Some(device)) = (host, self.current().filter(|device| device_has_rom(device))) else { return Action::None };
        Action::Open(Box::new(Target::new(model, What::Rom(host, device.address.clone())).into()))
    }

    /// The menu of what is selected.
    pub(super) fn menu(&self, model: &Model, at: Point) -> Action {
        let Some(host) = self.host.as_ref().and_then(|host| model.host(host)) else { return Action::None };
        let offers = self.offers(host);
        if offers.is_empty() { Action::None } else { Action::Offer(at, offers) }
    }

    /// The menu at the current row.
    pub(super) fn menu_of_key(&self, model: &Model) -> Action {
        let Some(at) = self.pick.current().and_then(|current| self.arranged.position(current)) else { return Action::None };
        let above: f32 = self.arranged.lines[..at].iter().map(super::table::line_height).sum();
        let top = size::HEADER + 2.0 * size::BAR + size::ROW_SMALL;
        self.menu(model, Point::new(RIGHT, top + above - self.offset + BELOW))
    }

    fn offers(&self, host: &HostModel) -> Vec<Offer> {
        let offer =
            |icon: Icon, label: String, command: Option<Command>, message: Message| Offer { icon, label, command, message: wrap(message) };
        let is_on = host.client.is_some();
        let mut offers = Vec::new();
        if is_on && self.can_attach(host) {
            offers.push(offer(icon::plus(), t!("device-attach"), Some(Command::AttachDevice), Message::Attach));
        }
        for machine in self.current().into_iter().filter(|_| is_on).flat_map(|device| &device.machines) {
            let name = super::line::machine(host, *machine);
            offers.push(offer(icon::x(), t!("device-detach-from", machine = name), None, Message::Detach(*machine)));
        }
        if is_on && self.can_reserve() {
            offers.push(offer(icon::layers(), t!("device-reserve"), Some(Command::Primary), Message::Reserve));
        }
        if is_on && self.can_give_back() {
            offers.push(offer(icon::undo_2(), t!("device-give-back"), Some(Command::Primary), Message::GiveBack));
        }
        if is_on && self.can_keep() {
            offers.push(offer(icon::rotate_ccw(), t!("device-keep"), None, Message::Keep));
        }
        if is_on && self.current().is_some_and(|device| self.settings_of(device).is_some()) {
            offers.push(offer(icon::settings(), t!("function-settings"), None, Message::Settings));
        }
        if is_on && self.current_parent(host).is_some() {
            offers.push(offer(icon::gpu(), t!("divide-plan"), None, Message::Divide));
        }
        if is_on && self.current().is_some_and(HostDevice::has_function_networks) {
            offers.push(offer(icon::network(), t!("network-plan"), None, Message::Networks));
        }
        if is_on && self.current().is_some_and(device_has_rom) {
            offers.push(offer(icon::file_down(), t!("device-rom"), None, Message::Rom));
        }
        if let Some(device) = self.current() {
            let copy = Message::Copy(device.address.clone());
            offers.push(offer(icon::copy(), t!("device-copy-address", address = short(&device.address)), None, copy));
        }
        offers
    }
}
