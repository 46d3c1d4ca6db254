//! Nothing is selected: what the hosts are up to.

use client::{t, unit};
use iced::{
    Alignment, Element, Length,
    widget::{Column, Space, column, container, row},
};

use super::Message;
use crate::{
    component::meter,
    font, icon,
    model::{Connection, HostModel, Model},
    theme::{self, space},
    widget::{cut, text},
};

/// All hosts, and a hint.
pub(super) fn view<'a>(model: &'a Model) -> Element<'a, Message> {
    let hint = column![
        icon::layers().colour(28.0, |t| t.subtle),
        text(t!("details-none")).size(12).style(theme::subtle).align_x(Alignment::Center)
    ]
    .spacing(space::S)
    .align_x(Alignment::Center);
    let hosts = model.hosts().iter().map(host);
    let all = column![
        Column::with_children(hosts).spacing(space::XL),
        Space::new().height(Length::Fill),
        container(hint).center_x(Length::Fill).padding([space::L, 0.0]),
    ];
    container(all).padding(space::L).width(Length::Fill).height(Length::Fill).into()
}

fn host<'a>(host: &'a HostModel) -> Element<'a, Message> {
    let below = match host.connection {
        Connection::Connected(_) => t!("details-host-machines", running = host.running(), all = host.machines.len()),
        Connection::Connecting => t!("details-host-connecting"),
        Connection::Lost(..) if host.last_seen > 0 => t!("details-host-lost", time = unit::moment(host.last_seen, crate::model::now())),
        Connection::Lost(..) | Connection::Off => t!("details-host-off"),
    };
    let words = column![cut(host.host.label()).size(15.0, 20.0).font(font::SEMIBOLD), cut(below).size(12.0, 16.0).colour(|t| t.subtle)];
    let mut lines = column![row![container(icon::server().muted(20.0)).center(36), words].spacing(space::S).align_y(Alignment::Center)]
        .spacing(space::S);
    if let (true, Some((cpu, memory))) = (host.is_live(), host.load) {
        lines = lines.push(bar(t!("machine-cpu"), unit::percent(f64::from(cpu)), cpu));
        if host.facts.memory > 0 {
            #[allow(clippy::cast_precision_loss, reason = "a part")]
            let part = memory as f32 / host.facts.memory as f32;
            lines = lines.push(bar(t!("machine-memory"), unit::memory_pair(memory, host.facts.memory), part));
        }
    }
    lines.into()
}

fn bar<'a>(label: String, figure: String, part: f32) -> Element<'a, Message> {
    let head = row![text(label).size(12).style(theme::subtle).width(Length::Fill), text(figure).size(12)];
    column![head, meter(part, Length::Fill, |t| t.c1)].spacing(space::XS).into()
}
