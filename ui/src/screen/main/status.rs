//! The status bar: the host's load, and the work that goes on.

use client::{Job, t, unit};
use iced::{
    Alignment, Element, Length,
    widget::{Row, Space, container, row},
};

use super::{
    Message, Width,
    hover::{self, Hover},
};
use crate::{
    command::Command,
    component::{host_on_hover, meter},
    font, icon,
    model::{HostModel, Model, figures::HOST},
    place::Place,
    theme::{self, size, space},
    widget::{cut, focusable, text},
};

/// The bar at the bottom.
pub(super) fn view<'a>(place: &Place, model: &'a Model, width: Width, hover: &'a Hover) -> Element<'a, Message> {
    let mut bar = Row::new().spacing(space::L).align_y(Alignment::Center).height(size::STATUS).padding([0.0, space::M]);
    if let Some(load) = Load::of(place, model) {
        let (host, host_known) = (load.host, load.host.and_then(|host| hover.of(&host.key(HOST))));
        let shown = figures(load, width);
        bar = bar.push(match host {
            Some(host) => {
                host_on_hover(shown, host, host_known, move |rests| Message::Hover(hover::Message::Rests(rests.map(|own| host.key(own)))))
            }
            None => shown.into(),
        });
    }
    bar = bar.push(Space::new().width(Length::Fill));
    let jobs: Vec<(&HostModel, &Job)> = model.hosts().iter().flat_map(|host| host.jobs.values().map(move |job| (host, job))).collect();
    if let Some((host, first)) = jobs.first() {
        bar = bar.push(job(host, first, jobs.len()));
    }
    container(bar).width(Length::Fill).style(theme::container::fill(|t| t.sidebar)).into()
}

/// What the bar tells of one host, or of several together.
#[derive(Debug)]
struct Load<'a> {
    /// The only host, if it is measured: its figures can be looked at more closely.
    host: Option<&'a HostModel>,
    label: String,
    /// Part of the CPU time in use, and bytes of memory in use; `None` while nobody measures.
    used: Option<(f32, u64)>,
    /// Bytes of memory, 0 if not known.
    memory: u64,
}

impl<'a> Load<'a> {
    /// That of the place's host; of a place that spans hosts that of all of them.
    fn of(place: &Place, model: &'a Model) -> Option<Self> {
        if let Some(id) = place.host() {
            return model.host(id).map(Self::one);
        }
        let measured: Vec<&'a HostModel> = model.hosts().iter().filter(|host| host.is_live() && host.load.is_some()).collect();
        match measured.as_slice() {
            [] => model.hosts().first().map(Self::one),
            [host] => Some(Self::one(host)),
            several => Some(Self::together(several)),
        }
    }

    fn one(host: &'a HostModel) -> Self {
        let used = host.load.filter(|_| host.is_live());
        Self { host: used.map(|_| host), label: host.host.label(), used, memory: host.facts.memory }
    }

    /// Each host's processors count as many times as it has some.
    #[expect(clippy::cast_precision_loss, reason = "some thousands of CPUs")]
    fn together(hosts: &[&HostModel]) -> Self {
        let loads = || hosts.iter().filter_map(|host| Some((host, host.load?)));
        let cpus = |host: &HostModel| host.facts.cpus.max(1) as f32;
        let all: f32 = loads().map(|(host, _)| cpus(host)).sum();
        let cpu = loads().map(|(host, (cpu, _))| cpu * cpus(host)).sum::<f32>() / all;
        // Memory of which the whole is not known makes no part of it.
        let memory = if hosts.iter().any(|host| host.facts.memory == 0) { 0 } else { hosts.iter().map(|host| host.facts.memory).sum() };
        let used = loads().map(|(_, (_, memory))| memory).sum();
        Self { host: None, label: t!("status-hosts", count = hosts.len()), used: Some((cpu, used)), memory }
    }
}

fn figures<'a>(load: Load<'_>, width: Width) -> Row<'a, Message> {
    let mut bar = Row::new().spacing(space::L).align_y(Alignment::Center);
    if width != Width::Narrow {
        let name =
            row![icon::monitor().colour(14.0, |t| t.text), text(load.label).size(12).font(font::SEMIBOLD).wrapping(text::Wrapping::None)];
        bar = bar.push(name.spacing(space::S).align_y(Alignment::Center));
    }
    let words = |label: String| text(label).size(12).style(theme::muted).wrapping(text::Wrapping::None);
    if let Some((cpu, memory)) = load.used {
        let mut line = row![icon::cpu().colour(14.0, |t| t.muted)].spacing(6).align_y(Alignment::Center);
        if width != Width::Narrow {
            line = line.push(words(t!("figure-cpu")));
        }
        bar =
            bar.push(line.push(meter(cpu, 56, |t| t.c1)).push(cut(unit::percent(cpu.into())).size(12.0, 16.0).width(Length::Fixed(40.0))));
        let total = load.memory;
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

#[cfg(test)]
mod tests {
    use client::{Event, Host, HostFacts, Sampled, Service, host::Address};

    use super::*;
    use crate::dialog::test;

    const GIB: u64 = 1 << 30;

    /// Two hosts of 4 and 12 CPUs, the second of which is measured.
    fn model() -> Model {
        let mut model = Model::default();
        let host = |id: &str| Host { auto_connect: true, ..Host::new(id, id, Address::Demo) };
        model.set_hosts(vec![host("one"), host("two")]);
        for (id, cpus, memory) in [("one", 4, 16 * GIB), ("two", 12, 48 * GIB)] {
            model.apply(id, Event::Connected(client::demo::Demo::new(client::demo::Preset::Frozen).into(), Service::default()));
            model.apply(id, Event::Host(HostFacts { cpus, memory, ..HostFacts::default() }.into()));
        }
        model.apply("two", sampled(0.25, 8 * GIB));
        model
    }

    fn sampled(cpu: f32, memory: u64) -> Event {
        Event::Sampled(Sampled { time: 1, host_cpu: cpu, host_memory_used: memory, ..Sampled::default() }.into())
    }

    #[test]
    fn a_place_that_spans_hosts_tells_what_all_of_them_use() {
        test::speak();
        let mut model = model();
        let told = |model: &Model, place: Place| {
            let load = Load::of(&place, model).unwrap();
            (load.label.clone(), load.used, load.memory, load.host.is_some())
        };
        assert_eq!(told(&model, Place::All).0, "two", "of the other nothing is known");
        model.apply("one", sampled(1.0, 4 * GIB));
        let together = ("2 hosts".to_owned(), Some((0.4375, 12 * GIB)), 64 * GIB, false);
        assert_eq!(told(&model, Place::All), together);
        assert_eq!(told(&model, Place::Group("web".into())), together);
        assert_eq!(told(&model, Place::Host("one".into())), ("one".to_owned(), Some((1.0, 4 * GIB)), 16 * GIB, true));
        model.apply("one", Event::Lost(client::Problem::Ended(String::new()), 5));
        assert_eq!(told(&model, Place::All), ("two".to_owned(), Some((0.25, 8 * GIB)), 48 * GIB, true));
    }
}
