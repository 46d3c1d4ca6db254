//! One device in the list.

use client::{
    HostDevice, Uuid,
    device::{Holder, short},
    t,
};
use iced::{
    Alignment, Element, Length,
    widget::{Row, Space, column, container, row, rule, stack},
};

use super::{
    Message,
    table::{ADDRESS, ColumnKind, DRIVER, HOLDER},
};
use crate::{
    component::device::{device_driver, device_holder, device_icon, device_kind, device_use},
    font, icon,
    model::HostModel,
    theme::{self, Tokens, size, space},
    widget::{Press, Role, Said, cut, press_area, spoken},
};

/// What a machine is called.
pub(super) fn machine(host: &HostModel, id: Uuid) -> String {
    host.machines.get(&id).map(|machine| machine.label().to_owned()).unwrap_or_default()
}

/// How a row is shown.
#[derive(Clone, Copy, Debug)]
pub(super) struct State {
    /// Part of the selection.
    pub is_selected: bool,
    /// The keyboard is here.
    pub is_current: bool,
    /// And that is shown.
    pub has_ring: bool,
    /// The width that the name has.
    pub room: f32,
}

/// What the ids behind a name need.
const IDS: f32 = 96.0;

/// The row of a device.
pub(super) fn view<'a>(device: &'a HostDevice, host: &'a HostModel, columns: &[ColumnKind], state: State) -> Element<'a, Message> {
    let State { is_selected, is_current, has_ring, room } = state;
    let height = size::ROW;
    let mark: fn(&Tokens) -> iced::Color = if is_selected { |t| t.focus } else { |_| iced::Color::TRANSPARENT };
    let mark = container(Space::new().width(3).height(height)).style(theme::container::fill(mark));
    let is_fixed = is_fixed(device);
    let address = cut(short(&device.address)).size(12.0, 18.0).font(font::MONO).colour(|t| t.muted).width(ADDRESS - space::M);
    let shape = if is_fixed { icon::lock() } else { device_icon(device) };
    let mut cells = Row::new()
        .push(mark)
        .push(Space::new().width(space::L - 3.0))
        .push(address)
        .push(container(shape.colour(16.0, |t| t.muted)).width(24))
        .push(container(name(device, is_selected, is_fixed, room)).width(Length::Fill).padding([0.0, space::XS]))
        .height(height - 1.0)
        .align_y(Alignment::Center);
    for column in columns {
        cells = cells.push(container(cell(device, host, *column)).width(column.1).padding([0.0, space::XS]));
    }
    let line = column![cells.push(Space::new().width(space::S)), rule::horizontal(1).style(theme::container::line)];
    let pressed = device.address.clone();
    let area = press_area(line, move |press| Some(Message::Pressed(pressed.clone(), press)));
    let area = area.ground(if is_selected { Some(|t| t.selected) } else { None }).ring(has_ring);
    let said = move || {
        let holder = device_holder(device, |id| machine(host, id));
        let words = [device.label(), second(device).0, holder, short(&device.address).to_owned()].join(", ");
        Said::named(Role::Row, words).key(device.address.to_string()).selected(is_selected, is_current)
    };
    let press = Message::Pressed(device.address.clone(), Press::at(iced::Point::ORIGIN));
    if host.is_live() { spoken(area, said).on_press(press).into() } else { dim(spoken(area, said).on_press(press)) }
}

/// The host would lose something.
fn is_fixed(device: &HostDevice) -> bool {
    device.is_fabric() || (device.holder() == Holder::Host && !device.uses.is_empty())
}

/// Rows of a lost host are pale.
fn dim<'a>(content: impl Into<Element<'a, Message>>) -> Element<'a, Message> {
    let veil = container(Space::new().width(Length::Fill).height(size::ROW))
        .style(theme::container::fill(|t| iced::Color { a: 0.45, ..t.surface }));
    stack![content.into(), veil].into()
}

fn name<'a>(device: &'a HostDevice, is_selected: bool, is_fixed: bool, room: f32) -> Element<'a, Message> {
    let label = device.label();
    // Where the ids would be cut they are the pane's alone: half of them says nothing, and what comes and goes with the bold letters
    // of a selected row would have everything after it painted again.
    #[expect(clippy::cast_precision_loss, reason = "some dozens of letters")]
    let has_ids = 7.4 * label.chars().count() as f32 + IDS <= room;
    let label = cut(label).font(if is_selected { font::SEMIBOLD } else { font::MEDIUM }).width(Length::Shrink);
    let label = if is_fixed { label.colour(|t| t.muted) } else { label };
    let ids = || cut(format!("[{}]", device.ids_shown())).size(12.0, 18.0).font(font::MONO).colour(|t| t.subtle);
    let (second, colour) = second(device);
    column![row![label].push(has_ids.then(ids)).spacing(6), cut(second).size(12.0, 16.0).colour(colour)].into()
}

/// The second line: why it cannot go, else what it is.
fn second(device: &HostDevice) -> (String, fn(&Tokens) -> iced::Color) {
    let kind = device_kind(device);
    if let Some((word, name)) = device.uses.first() {
        return (device_use(word, name), |t| t.paused);
    }
    if device.can_move && device.resets.is_empty() {
        return (format!("{kind} · {}", t!("devices-no-reset")), |t| t.paused);
    }
    let words = match &device.function_of {
        Some(parent) => format!("{kind} · {}", t!("devices-function-of", device = short(parent))),
        None => kind,
    };
    (words, |t| t.subtle)
}

fn cell<'a>(device: &'a HostDevice, host: &'a HostModel, column: ColumnKind) -> Element<'a, Message> {
    match column {
        DRIVER => device_driver(device),
        HOLDER => holder(device, host),
        _ => cut(device.node.map_or_else(|| "–".to_owned(), |node| node.to_string())).size(12.0, 18.0).colour(|t| t.muted).into(),
    }
}

fn holder<'a>(device: &HostDevice, host: &HostModel) -> Element<'a, Message> {
    let words = device_holder(device, |id| machine(host, id));
    let (glyph, colour): (Option<crate::icon::Icon>, fn(&Tokens) -> iced::Color) = match device.holder() {
        Holder::Machine(_) => (Some(icon::state_running()), |t| t.running),
        _ => (None, |t| t.text),
    };
    let glyph = glyph.map(|glyph| glyph.colour(13.0, colour));
    Row::new().push(glyph).push(cut(words)).spacing(6).align_y(Alignment::Center).into()
}
