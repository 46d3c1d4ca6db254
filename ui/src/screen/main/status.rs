//! The status bar: the host's load, and the work that goes on.

use client::{Job, t, unit};
use iced::{
    Alignment, Element, Length,
    widget::{Row, Space, container, row},
};

use super::{Message, Width};
use crate::{
    command::Command,
    component::meter,
    font, icon,
    model::{HostModel, Model},
    place::Place,
    theme::{self, size, space},
    widget::{cut, focusable, text},
};

/// The bar at the bottom.
pub(super) fn view<'a>(place: &Place, model: &'a Model, width: Width) -> Element<'a, Message> {
    let host = match place.host() {
        Some(id) => model.host(id),
        None => model.hosts().iter().find(|host| host.load.is_some()).or_else(|| model.hosts().first()),
    };
    let mut bar = Row::new().spacing(space::L).align_y(Alignment::Center).height(size::STATUS).padding([0.0, space::M]);
    if let Some(host) = host {
        bar = figures(bar, host, width);
    }
    bar = bar.push(Space::new().width(Length::Fill));
    let jobs: Vec<(&HostModel, &Job)> = model.hosts().iter().flat_map(|host| host.jobs.values().map(move |job| (host, job))).collect();
    if let Some((host, first)) = jobs.first() {
        bar = bar.push(job(host, first, jobs.len()));
    }
    container(bar).width(Length::Fill).style(theme::container::fill(|t| t.sidebar)).into()
}

fn figures<'a>(mut bar: Row<'a, Message>, host: &HostModel, width: Width) -> Row<'a, Message> {
    if width != Width::Narrow {
        let name = row![
            icon::monitor().colour(14.0, |t| t.text),
            text(host.host.label()).size(12).font(font::SEMIBOLD).wrapping(text::Wrapping::None)
        ];
        bar = bar.push(name.spacing(space::S).align_y(Alignment::Center));
    }
    let words = |label: String| text(label).size(12).style(theme::muted).wrapping(text::Wrapping::None);
    if let Some((cpu, memory)) = host.load.filter(|_| host.is_live()) {
        let mut line = row![icon::cpu().colour(14.0, |t| t.muted)].spacing(6).align_y(Alignment::Center);
        if width != Width::Narrow {
            line = line.push(words(t!("figure-cpu")));
        }
        bar =
            bar.push(line.push(meter(cpu, 56, |t| t.c1)).push(cut(unit::percent(cpu.into())).size(12.0, 16.0).width(Length::Fixed(40.0))));
        let total = host.facts.memory;
        if total > 0 {
            #[expect(clippy::cast_precision_loss, reason = "a part of a bar")]
            let part = memory as f32 / total as f32;
            let mut line = row![icon::memory_stick().colour(14.0, |t| t.muted)].spacing(6).align_y(Alignment::Center);
            if width != Width::Narrow {
                line = line.push(words(t!("figure-memory")));
            }
            bar = bar.push(
                line.push(meter(part, 56, |t| t.c1)).push(text(unit::memory_pair(memory, total)).size(12).wrapping(text::Wrapping::None)),
            );
        }
    }
    bar
}

fn job<'a>(host: &HostModel, job: &Job, count: usize) -> Element<'a, Message> {
    let machine = job.machines.first().and_then(|id| host.machines.get(id)).map(|machine| machine.label().to_owned()).unwrap_or_default();
    let mut line = row![text(client::locale::job_of(job, &machine)).size(12).wrapping(text::Wrapping::None)]
        .spacing(space::S)
        .align_y(Alignment::Center);
    if let Some(progress) = job.progress {
        line =
            line.push(meter(progress, 120, |t| t.c1)).push(cut(unit::percent(progress.into())).size(12.0, 16.0).width(Length::Fixed(38.0)));
    }
    if count > 1 {
        line = line.push(text(t!("jobs-more", count = count - 1)).size(12).style(theme::subtle));
    }
    let show = iced::widget::button(line.height(Length::Fill))
        .padding([0.0, space::S])
        .height(24)
        .style(theme::button::flat)
        .on_press(Message::Run(Command::Jobs));
    let mut bar = row![focusable(show).on_press(Message::Run(Command::Jobs)).inside()].align_y(Alignment::Center);
    if job.is_cancelable
        && let Some(machine) = job.machines.first()
    {
        let cancel = Message::CancelJob(host.key(*machine), job.id.clone());
        let button =
            iced::widget::button(icon::x().colour(14.0, |t| t.muted)).padding(4).style(theme::button::flat).on_press(cancel.clone());
        bar = bar.push(crate::component::control::with_tip(
            focusable(button).on_press(cancel),
            t!("job-cancel"),
            None,
            iced::widget::tooltip::Position::Top,
        ));
    }
    bar.into()
}
