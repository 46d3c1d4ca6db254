//! How a machine gets it: what of each kind can be chosen.

use client::{
    device::{Gift, Inputs, UsbDevice, UsbHow, UsbName},
    t,
};
use iced::{
    Element, Length,
    widget::{Column, Row, column},
};

use super::{Give, Message, Time};
use crate::{
    component::{Button, Kind, segments, thing::Family},
    dialog::{moving, part},
    model::Model,
    theme::space,
};

/// Keys that libvirt has words for, those that are usual first.
pub(super) const TOGGLES: [&str; 6] = ["ctrl-ctrl", "alt-alt", "shift-shift", "meta-meta", "scrolllock", "ctrl-scrolllock"];
/// What a start without a USB device does, and which resets its guest may ask for, what is usual first.
const STARTUPS: [&str; 3] = ["", "requisite", "mandatory"];
const RESETS: [&str; 4] = ["", "off", "uninitialized", "on"];
const BUSES: [&str; 2] = ["virtio", "sata"];

/// What can be chosen; what is of another kind says nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct How {
    /// A running machine lets the USB device go.
    pub hands_over: bool,
    /// What a start without the USB device does.
    pub startup: &'static str,
    /// Which resets the guest may ask for.
    pub guest_reset: &'static str,
    /// Both are shown.
    pub shows_more: bool,
    /// What a rule knows it by.
    pub by: By,
    /// Inputs or USB devices that go along.
    pub along: Vec<String>,
    /// The keys that hand over.
    pub toggle: &'static str,
    /// They hand over every input.
    pub grabs_all: bool,
    /// A key that is held repeats.
    pub repeats: bool,
    /// How the guest sees a disk.
    pub bus: &'static str,
    /// Although it cannot be reset.
    pub allows_no_reset: bool,
    /// The screen of a part, and a picture before there is a driver.
    pub display: (bool, bool),
}

impl Default for How {
    fn default() -> Self {
        Self {
            hands_over: false,
            startup: STARTUPS[0],
            guest_reset: RESETS[0],
            shows_more: false,
            by: By::Port,
            along: Vec::new(),
            toggle: TOGGLES[0],
            grabs_all: true,
            repeats: true,
            bus: BUSES[0],
            allows_no_reset: false,
            display: (false, false),
        }
    }
}

/// What a rule knows a USB device by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// What it says of itself.
    Serial,
    /// Where it is plugged in.
    Port,
    /// What kind it is of.
    Kind,
}

impl By {
    pub(super) fn name(self, device: &UsbDevice) -> UsbName {
        match self {
            Self::Serial => UsbName::Serial(device.serial.clone()),
            Self::Port => UsbName::Ports(vec![device.port.clone()]),
            Self::Kind => UsbName::Id(device.ids_shown()),
        }
    }

    fn words(self, device: &UsbDevice) -> (String, String) {
        match self {
            Self::Serial => (t!("give-by-serial"), t!("give-by-serial-detail", serial = device.serial.as_str())),
            Self::Port => (t!("give-by-port"), t!("give-by-port-detail", port = device.port.as_str())),
            Self::Kind => (t!("give-by-kind"), t!("give-by-kind-detail", ids = device.ids_shown())),
        }
    }
}

impl How {
    /// What is usual for this USB device, or for what is none.
    pub(super) fn of(device: Option<&UsbDevice>) -> Self {
        let has_serial = device.is_some_and(|device| !device.serial.is_empty());
        Self { by: if has_serial { By::Serial } else { By::Port }, ..Self::default() }
    }

    /// What is given, in this way.
    pub(super) fn applied_to(&self, gift: Gift) -> Gift {
        match gift {
            Gift::Usb(UsbName::Ports(ports), _) => {
                let how =
                    UsbHow { hands_over: self.hands_over, startup: self.startup.to_owned(), guest_reset: self.guest_reset.to_owned() };
                Gift::Usb(UsbName::Ports(ports.into_iter().chain(self.along.iter().cloned()).collect()), how)
            }
            Gift::Usb(name, how) => Gift::Usb(name, how),
            Gift::Inputs(inputs) => {
                let names = inputs.names.into_iter().chain(self.along.iter().cloned()).collect();
                let Self { grabs_all, repeats, .. } = *self;
                Gift::Inputs(Inputs { toggle: self.toggle.to_owned(), grabs_all, repeats, ..Inputs::new(names) })
            }
            // There is nothing to choose here.
            Gift::Scsi(_) | Gift::Network(_) => gift,
            Gift::Namespace(disk) => {
                Gift::Namespace(client::device::NamespaceDisk { bus: self.bus.to_owned(), allows_no_reset: self.allows_no_reset, ..disk })
            }
            Gift::Mediated(part) => {
                let (has_display, has_ramfb) = self.display;
                Gift::Mediated(client::device::MediatedPart { has_display, has_ramfb: has_display && has_ramfb, ..part })
            }
        }
    }
}

/// The keys in words.
pub(super) fn toggle_words(toggle: &str) -> String {
    match toggle {
        "alt-alt" => t!("give-keys-alt-alt"),
        "shift-shift" => t!("give-keys-shift-shift"),
        "meta-meta" => t!("give-keys-meta-meta"),
        "scrolllock" => t!("give-keys-scrolllock"),
        "ctrl-scrolllock" => t!("give-keys-ctrl-scrolllock"),
        _ => t!("give-keys-ctrl-ctrl"),
    }
}

impl Give {
    fn set(&self, change: impl FnOnce(&mut How)) -> Option<Message> {
        let mut how = self.how.clone();
        change(&mut how);
        self.attempt.press(Message::How(how))
    }

    /// What can be chosen of this kind; nothing where there is no choice.
    pub(super) fn options<'a>(&'a self, model: &'a Model) -> Option<Element<'a, Message>> {
        match self.thing.as_ref()?.0 {
            Family::Usb if self.time == Time::Always => Some(self.rule_by(model)),
            Family::Usb => Some(self.usb_options(model)),
            Family::Inputs => Some(self.inputs(model)),
            Family::Disks => Some(self.disk()),
            Family::Scsi => None,
            Family::Parts => Some(self.part()),
        }
    }

    /// What is known of it also when it is plugged in elsewhere.
    fn rule_by<'a>(&self, model: &Model) -> Element<'a, Message> {
        let Some(device) = self.usb(model) else { return part::caption("").into() };
        let ways = [By::Serial, By::Port, By::Kind].into_iter().filter(|by| *by != By::Serial || !device.serial.is_empty());
        let way = |by: By| {
            let is_on = self.how.by == by;
            (by.words(device).0, is_on, self.set(|how| how.by = by).filter(|_| !is_on))
        };
        let row = labelled(t!("give-by"), segments(ways.map(way)));
        column![row, part::caption(self.how.by.words(device).1)].spacing(space::XS).into()
    }

    fn hand_over<'a>(&self) -> Option<Element<'a, Message>> {
        let is_live = matches!(self.time, Time::Once(when) if when.is_live());
        let is_offered = is_live && (self.how.hands_over || self.is_refused_for("machine-running"));
        let press = self.set(|how| how.hands_over = !how.hands_over);
        is_offered.then(|| moving::choice("give-hand-over", self.how.hands_over, t!("give-hand-over"), t!("give-hand-over-detail"), press))
    }

    /// One more of the same kind, or not.
    fn goes_along<'a>(&self, id: &str, label: &str, detail: String) -> Element<'a, Message> {
        let is_on = self.how.along.iter().any(|own| own == id);
        let press = self.set(|how| if is_on { how.along.retain(|own| own != id) } else { how.along.push(id.to_owned()) });
        moving::choice("give-along", is_on, t!("give-along", device = label), detail, press)
    }

    /// What goes along, and how the machine gets it.
    fn usb_options<'a>(&self, model: &Model) -> Element<'a, Message> {
        let Some((_, own)) = self.thing.as_ref() else { return part::caption("").into() };
        let mut body = Column::new().spacing(space::S).width(Length::Fill);
        for other in self.free_usb(model).into_iter().filter(|other| other.port != *own) {
            body = body.push(self.goes_along(&other.port, &other.label(), other.port.clone()));
        }
        let (label, mark) = moving::fold(self.how.shows_more, "give-more", "give-less");
        let fold = Button::new(Kind::Link, label).icon(mark).line().id("give-more");
        let fold = fold.on_press_maybe(self.set(|how| how.shows_more = !how.shows_more));
        body = body.push(self.hand_over()).push(fold);
        if self.how.shows_more {
            body = body.push(self.usb_start());
        }
        body.into()
    }

    /// USB devices that nobody uses and the machine does not have.
    fn free_usb<'a>(&self, model: &'a Model) -> Vec<&'a UsbDevice> {
        let machine = self.machine;
        let is_free = |device: &&UsbDevice| {
            device.uses.is_empty() && device.active_machine.is_none() && machine.is_none_or(|machine| !device.machines.contains(&machine))
        };
        model.host(&self.host).into_iter().flat_map(|host| host.others.usb.iter().flatten()).filter(is_free).collect()
    }

    /// What a start without it does, and which resets the guest may ask for.
    fn usb_start<'a>(&self) -> Element<'a, Message> {
        let startup = |startup: &'static str| {
            let is_on = self.how.startup == startup;
            let words = match startup {
                "requisite" => t!("give-startup-requisite"),
                "mandatory" => t!("give-startup-mandatory"),
                _ => t!("give-startup-optional"),
            };
            (words, is_on, self.set(|how| how.startup = startup).filter(|_| !is_on))
        };
        let reset = |reset: &'static str| {
            let is_on = self.how.guest_reset == reset;
            let words = match reset {
                "off" => t!("give-reset-off"),
                "uninitialized" => t!("give-reset-uninitialized"),
                "on" => t!("give-reset-on"),
                _ => t!("give-reset-usual"),
            };
            (words, is_on, self.set(|how| how.guest_reset = reset).filter(|_| !is_on))
        };
        let is_configured = matches!(self.time, Time::Once(when) if when.is_configured());
        let start = || column![part::caption(t!("give-startup")), segments(STARTUPS.map(startup))].spacing(space::XS);
        let resets = column![part::caption(t!("give-reset")), segments(RESETS.map(reset))].spacing(space::XS);
        Column::new().push(is_configured.then(start)).push(resets).spacing(space::S).into()
    }

    /// What goes along, and the keys.
    fn inputs<'a>(&self, model: &'a Model) -> Element<'a, Message> {
        let own = self.thing.as_ref().map(|(_, id)| id.as_str()).unwrap_or_default();
        let others = model.host(&self.host).into_iter().flat_map(|host| host.others.inputs.iter().flatten());
        let mut body = Column::new().spacing(space::S).width(Length::Fill);
        for other in others.filter(|other| other.name != own) {
            let label = if other.label.is_empty() { other.name.as_str() } else { other.label.as_str() };
            body = body.push(self.goes_along(&other.name, label, other.name.clone()));
        }
        let key = |toggle: &'static str| {
            let is_on = self.how.toggle == toggle;
            (toggle_words(toggle), is_on, self.set(|how| how.toggle = toggle).filter(|_| !is_on))
        };
        let rows = TOGGLES.chunks(3).map(|toggles| segments(toggles.iter().copied().map(key)));
        body = body.push(column![part::caption(t!("give-keys")), Column::with_children(rows).spacing(space::XS)].spacing(space::XS));
        let press = self.set(|how| how.grabs_all = !how.grabs_all);
        body = body.push(moving::choice("give-all", self.how.grabs_all, t!("give-all"), t!("give-all-detail"), press));
        let press = self.set(|how| how.repeats = !how.repeats);
        body.push(moving::choice("give-repeat", self.how.repeats, t!("give-repeat"), t!("give-repeat-detail"), press)).into()
    }

    fn disk<'a>(&self) -> Element<'a, Message> {
        let bus = |bus: &'static str| {
            let is_on = self.how.bus == bus;
            let words = if bus == "sata" { t!("give-bus-sata") } else { t!("give-bus-virtio") };
            (words, is_on, self.set(|how| how.bus = bus).filter(|_| !is_on))
        };
        let row = labelled(t!("give-bus"), segments(BUSES.map(bus)));
        let press = self.set(|how| how.allows_no_reset = !how.allows_no_reset);
        let is_offered = self.how.allows_no_reset || self.is_refused_for("no-reset");
        let (label, advice) = (t!("attach-no-reset"), t!("bind-no-reset-advice"));
        let reset = is_offered.then(|| moving::choice("give-no-reset", self.how.allows_no_reset, label, advice, press));
        Column::new().push(row).push(reset).spacing(space::S).into()
    }

    fn part<'a>(&self) -> Element<'a, Message> {
        let (display, ramfb) = self.how.display;
        let press = self.set(|how| how.display.0 = !display);
        let screen = moving::choice("give-display", display, t!("give-display"), t!("give-display-detail"), press);
        let press = self.set(|how| how.display.1 = !ramfb);
        let early = display.then(|| moving::choice("give-ramfb", ramfb, t!("give-ramfb"), t!("give-ramfb-detail"), press));
        Column::new().push(screen).push(early).into()
    }
}

/// A word, and what it is about behind it.
pub(in crate::dialog) fn labelled<'a, M: 'a>(label: String, control: Element<'a, M>) -> Element<'a, M> {
    Row::new().push(part::caption(label)).push(control).spacing(space::M).align_y(iced::Center).wrap().into()
}
