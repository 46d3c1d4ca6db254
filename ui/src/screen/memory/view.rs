//! The page: its head, what is to be known, and what it is about.

use client::{hugepages::Pages, t, tuning::BootStanding, unit};
use iced::{
    Alignment, Element, Length, Padding,
    widget::{Column, Row, Space, column, container, row, rule, scrollable},
};

use super::{Message, Report, Screen, Tab, bar, cpus, node, settings};
use crate::{
    component::{Button, Kind, left, note, note::Weight, segments},
    font, icon,
    model::HostModel,
    theme::{self, size, space},
    widget::{
        cut,
        focus::pane,
        ground,
        scroll::{PANE, scroll},
        text,
    },
};

/// Below this width of the page, words go.
pub(super) const NARROW: f32 = 720.0;

impl Screen {
    /// The page in the place of the list, so many pixels wide.
    pub fn view<'a>(&'a self, host: &'a HostModel, width: f32) -> Element<'a, Message> {
        let notes: Vec<_> = lost(host)
            .into_iter()
            .chain(given_up(host))
            .chain(left(&host.facts, Message::Copy))
            .chain(self.report.as_ref().map(|it| report(it, &self.draft)))
            .collect();
        // Always a first part, whether there are notes or not: or what is below would lose the focus when one comes.
        let above = Padding::ZERO.top(if notes.is_empty() { 0.0 } else { space::M });
        let notes = container(Column::with_children(notes).spacing(space::M)).padding(above);
        let mut body = Column::new().spacing(space::M).padding(Padding::new(space::L).top(space::XS)).width(Length::Fill).push(notes);
        body = match self.tab {
            Tab::Memory => self.memory(host, width).into_iter().fold(body, Column::push),
            Tab::Cpus => cpus::view(self, host).into_iter().fold(body, Column::push),
        };
        let body = scroll(scrollable(body).width(Length::Fill).height(Length::Fill), PANE);
        let mut page = column![
            ground(pane("filter", self.head(host, width)), |t| t.bg),
            rule::horizontal(1).style(theme::container::line),
            ground(pane("list", body).height(Length::Fill), |t| t.bg),
        ];
        if let Some(bar) = bar::view(self, host, width) {
            page = page.push(rule::horizontal(1).style(theme::container::line)).push(bar);
        }
        page.into()
    }

    fn head<'a>(&self, host: &HostModel, width: f32) -> Element<'a, Message> {
        let title = text(t!("part-memory")).size(17).font(font::SEMIBOLD).wrapping(text::Wrapping::None);
        let tabs = segments([
            (t!("memory-tab-memory"), self.tab == Tab::Memory, Some(Message::Tab(Tab::Memory))),
            (t!("memory-tab-cpus"), self.tab == Tab::Cpus, Some(Message::Tab(Tab::Cpus))),
        ]);
        let facts: Element<'a, Message> = if width < NARROW {
            Space::new().width(Length::Fill).into()
        } else {
            cut(facts(host)).colour(|t| t.subtle).width(Length::Fill).into()
        };
        let line = row![title, facts, tabs].spacing(space::M).align_y(Alignment::Center).height(size::BAR + space::S);
        container(line).padding([0.0, space::L]).width(Length::Fill).into()
    }

    fn memory<'a>(&'a self, host: &'a HostModel, width: f32) -> Vec<Element<'a, Message>> {
        let (Some(pages), Some(topology)) = (host.pages.as_deref(), host.topology.as_deref()) else { return Vec::new() };
        let mut parts: Vec<_> = topology.nodes.iter().map(|node| node::view(self, host, pages, node, width)).collect();
        if pages.sizes.is_empty() {
            parts.push(note(Weight::Information, t!("memory-no-sizes"), [t!("memory-no-sizes-text")], None));
        } else {
            let hint = if topology.nodes.len() > 1 { t!("memory-hint-nodes") } else { t!("memory-hint") };
            let hint = text(hint).size(12).line_height(text::LineHeight::Absolute(16.into())).style(theme::subtle);
            parts.push(row![icon::info().muted(14.0), hint].spacing(space::S).into());
        }
        parts.extend(self.kernel_argument(host));
        parts.extend(settings::view(host, pages));
        parts
    }
}

impl Screen {
    /// Pages of 1 GiB are best found by the kernel itself: its argument, for those that are to be there at each start.
    fn kernel_argument<'a>(&self, host: &HostModel) -> Option<Element<'a, Message>> {
        let large = super::boot_changes(&self.draft, host).into_iter().filter(|change| change.to > 0 && change.spot.size >= 1 << 30);
        let arguments: Vec<String> = large.filter_map(|change| Some(change.plan?.kernel_argument)).collect();
        let argument = arguments.join(" ");
        let copy = Button::new(Kind::Link, t!("memory-copy")).line().icon(icon::copy()).on_press(Message::Copy(argument.clone()));
        let lines = [t!("memory-boot-argument-text"), argument];
        let links = Some(container(row![copy]).padding([2.0, 0.0]).into());
        (!arguments.is_empty()).then(|| note(Weight::Information, t!("memory-boot-argument"), lines, links))
    }
}

/// `AMD EPYC 7F32 · 16 threads · 64 GiB`.
fn facts(host: &HostModel) -> String {
    let mut facts = Vec::new();
    let packages = host.topology.as_ref().map_or(1, |topology| topology.packages());
    let model = host.facts.cpu_model.as_str();
    if !model.is_empty() {
        facts.push(if packages > 1 { format!("{packages} × {model}") } else { model.to_owned() });
    }
    if let Some(topology) = &host.topology {
        facts.push(t!("memory-threads", count = topology.cpus.len()));
    }
    if let Some(pages) = &host.pages {
        facts.push(unit::size(pages.memory));
    }
    facts.join(" · ")
}

fn lost<'a>(host: &HostModel) -> Option<Element<'a, Message>> {
    if host.client.is_some() {
        return None;
    }
    let text = t!("machine-last-seen", time = unit::moment(host.last_seen, crate::model::now()));
    Some(note(Weight::Warning, t!("details-lost", host = host.host.label()), [text], None))
}

/// Nothing is reserved at starts any more.
fn given_up<'a>(host: &HostModel) -> Option<Element<'a, Message>> {
    match host.at_boot.as_deref()?.standing {
        BootStanding::GivenUp => Some(note(Weight::Warning, t!("memory-boot-given-up"), [t!("memory-boot-given-up-text")], None)),
        BootStanding::Damaged => Some(note(Weight::Error, t!("memory-boot-damaged"), [t!("memory-boot-damaged-text")], None)),
        _ => None,
    }
}

/// What became of the last change.
fn report<'a>(report: &'a Report, draft: &super::Draft) -> Element<'a, Message> {
    let dismiss = || Button::new(Kind::Link, t!("memory-dismiss")).line().on_press(Message::Dismiss);
    let reserve = |key: &str, pages: Pages| {
        let label = match key {
            "again" => t!("memory-again", count = unit::count(pages.count)),
            _ => t!("memory-reserve-some", count = unit::count(pages.count)),
        };
        Button::new(Kind::Link, label).line().on_press(Message::Reserve(pages))
    };
    let where_ = |pages: &Pages| pages.node.map_or_else(|| t!("memory-everywhere"), |node| t!("memory-on-node", node = node));
    let links = |first: Option<Button<'a, Message>>| {
        let links = Row::new().push(first).push(dismiss()).spacing(space::L);
        Some(container(links).padding([2.0, 0.0]).into())
    };
    match report {
        Report::Partial(pages, count) => {
            let left = Pages { count: pages.count - count, ..*pages };
            let title = t!(
                "memory-partial",
                count = unit::count(*count),
                asked = unit::count(pages.count),
                size = unit::size(pages.size),
                where = where_(pages)
            );
            note(Weight::Warning, title, [t!("memory-partial-text")], links(Some(reserve("again", left))))
        }
        Report::Scattered(pages, limit) => {
            let title = t!(
                "memory-scattered",
                limit = unit::count(*limit),
                asked = unit::count(pages.count),
                size = unit::size(pages.size),
                where = where_(pages)
            );
            let some = (*limit > 0).then(|| reserve("some", Pages { count: *limit, ..*pages }));
            let text = if draft.is_empty() { t!("memory-nothing-changed") } else { t!("memory-scattered-text") };
            note(Weight::Error, title, [text], links(some))
        }
        Report::Failed(error) => {
            let (title, advice) = client::locale::error(error, &t!("memory-it"));
            let copy = Button::new(Kind::Link, t!("memory-copy-message")).line().on_press(Message::Copy(error.to_string()));
            note(Weight::Error, t!("failure-memory"), [title, advice], links(Some(copy)))
        }
    }
}
