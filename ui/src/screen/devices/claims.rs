//! The machines that name a device, in its pane.

use client::{Machine, Uuid, t};
use iced::{
    Alignment, Element, Length, Padding,
    widget::{Column, Row, button, container, row},
};

use super::{Message, line::machine};
use crate::{
    component::{Button, Kind, state_glyph},
    model::HostModel,
    theme::{self, space},
    widget::{cut, focusable, text},
};

/// More are not listed.
const MOST: usize = 8;

/// These machines, each with when it can have the device: `active` is the one that has it now.
pub(super) fn claims<'a>(machines: &[Uuid], active: Option<Uuid>, host: &'a HostModel) -> Element<'a, Message> {
    Column::with_children(machines.iter().take(MOST).map(|id| claim(*id, active == Some(*id), host))).into()
}

fn claim(id: Uuid, has_it: bool, host: &HostModel) -> Element<'_, Message> {
    let found = host.machines.get(&id);
    let when = match (has_it, found.is_some_and(Machine::is_active)) {
        (true, _) => t!("device-machine-has"),
        (false, true) => t!("device-machine-later"),
        (false, false) => t!("device-machine-off"),
    };
    let glyph = found.map(|machine| state_glyph(machine.condition(), 13.0));
    let when = text(when).size(12).style(theme::subtle).wrapping(text::Wrapping::None);
    let content = Row::new().push(glyph).push(cut(machine(host, id))).push(when).spacing(6).align_y(Alignment::Center);
    let press = found.map(|_| Message::OpenMachine(id));
    let name = button(content.height(Length::Fill))
        .padding([0.0, space::XS])
        .height(24)
        .width(Length::Fill)
        .style(theme::button::flat)
        .on_press_maybe(press.clone());
    let detach = Button::new(Kind::Link, t!("device-detach")).line();
    let detach = detach.on_press_maybe(host.client.is_some().then_some(Message::Detach(id)));
    let line = row![focusable(name).on_press_maybe(press).inside(), detach].spacing(space::S).align_y(Alignment::Center);
    container(line).padding(Padding::ZERO.left(-space::XS)).into()
}
