//! How the main window is put together.

use std::ops::RangeInclusive;

use client::settings::Settings;
use iced::{
    Element, Length, Size,
    widget::{self, column, container, row, rule},
    window::Id,
};

use super::{Message, Screen, drag, header, part::Panes, sidebar, status};
use crate::{
    app,
    component::hand_over,
    model::{Connection, HostModel, Model},
    place::Place,
    screen::welcome,
    theme,
    widget::{Side, divider, focus, ground, holding, sheets},
    window::{self, Layout},
};

/// What the width of the window leaves room for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Width {
    /// 900 to 1079: a rail, compact rows, few columns.
    Narrow,
    /// 1080 to 1279: no details pane beside the list.
    Medium,
    /// All.
    Wide,
}

impl Width {
    pub(super) const fn of(width: f32) -> Self {
        if width < 1080.0 {
            Self::Narrow
        } else if width < 1280.0 {
            Self::Medium
        } else {
            Self::Wide
        }
    }
}

/// The width that a window of this size leaves to the list.
pub(super) fn room(layout: &Layout, size: Size) -> f32 {
    let width = Width::of(size.width);
    let sidebar = if width == Width::Narrow || !layout.shows_sidebar { 48.0 } else { layout.sidebar };
    let details = if width == Width::Wide && layout.shows_details { layout.details + 1.0 } else { 0.0 };
    size.width - sidebar - details - 1.0
}

/// The edge of a pane; one without a pane keeps its place, so that the others keep their state.
fn edge<'a>(side: Side, width: f32, (limits, usual): (RangeInclusive<f32>, f32), has_pane: bool) -> Element<'a, Message> {
    if !has_pane {
        return widget::space().into();
    }
    divider(side, width, limits, usual, client::t!("speech-edge"), move |width| Message::Width(side, width))
}

impl Screen {
    /// What it shows.
    pub fn view<'a>(
        &'a self,
        model: &'a Model,
        settings: &'a Settings,
        layout: &'a Layout,
        size: Size,
        id: Id,
    ) -> Element<'a, app::Message> {
        let width = Width::of(size.width);
        let mut body = row![];
        if width == Width::Narrow || !layout.shows_sidebar {
            body = body.push(focus::pane("sidebar", sidebar::rail(&self.place, model, &self.places, self.drag.is_carried())));
        } else {
            body = body.push(
                focus::pane("sidebar", sidebar::view(&self.place, model, &self.places, self.drag.is_carried())).width(layout.sidebar),
            );
        }
        body = body.push(rule::vertical(1).style(theme::container::line));
        let (list, pane) = self.panes(model, settings, layout, size);
        let list = container(list).width(Length::Fill).height(Length::Fill);
        let is_beside = width == Width::Wide;
        let pane = pane.filter(|_| if is_beside { layout.shows_details } else { self.details_over });
        let has_details = pane.is_some();
        body = match pane {
            Some(pane) if is_beside => body.push(list).push(rule::vertical(1).style(theme::container::line)).push(pane),
            Some(pane) => {
                let line = rule::vertical(1).style(theme::container::line);
                body.push(widget::stack![list, row![widget::space::horizontal(), line, widget::opaque(pane)]])
            }
            None => body.push(list),
        };
        let has_sidebar = width != Width::Narrow && layout.shows_sidebar;
        let body = sheets(body.height(Length::Fill))
            .push_layered(edge(Side::Left, layout.sidebar, window::SIDEBAR, has_sidebar))
            .push_layered(edge(Side::Right, layout.details, window::DETAILS, has_details));
        let content = column![
            focus::pane("header", column![self.header(model, settings, width, id), screens(model)]),
            rule::horizontal(1).style(theme::container::line),
            body,
            rule::horizontal(1).style(theme::container::line),
            focus::pane("status", status::view(&self.place, model, width, &self.hover)),
        ];
        let content = sheets(header::edges(content.into(), settings, id).map(app::Message::Main));
        let dragged = self.drag.layer(model);
        let content = if self.drag.is_carried() { content.push(dragged) } else { content.push_unseen(dragged) };
        let released = app::Message::Main(Message::Drag(drag::Message::Released));
        holding(content, |at| app::Message::Main(Message::Drag(drag::Message::Moved(at))), released)
    }

    /// What the place shows, and the pane that goes with it.
    fn panes<'a>(&'a self, model: &'a Model, settings: &'a Settings, layout: &'a Layout, size: Size) -> Panes<'a> {
        if let Place::Part(host, part) = &self.place {
            let (list, pane) = self.part(host, *part, model, settings, room(layout, size));
            return (list, pane.map(|pane| container(pane).width(layout.details).height(Length::Fill).into()));
        }
        let width = Width::of(size.width);
        let list = column![
            ground(focus::pane("filter", self.filter_row(settings, width, room(layout, size))), |t| t.bg).as_one(self.filter_stamp()),
            rule::horizontal(1).style(theme::container::line),
            focus::pane("list", self.list(model, settings, layout, size)).height(Length::Fill),
        ];
        (list.into(), Some(self.pane(model, settings, layout, size)))
    }

    fn list<'a>(&'a self, model: &'a Model, settings: &'a Settings, layout: &'a Layout, size: Size) -> Element<'a, Message> {
        if let Some(page) = self.host_without_list(model).and_then(|host| welcome::view(host, &self.welcome)) {
            return page.map(Message::Welcome);
        }
        let list = if settings.table.grid {
            self.grid(model, layout, size)
        } else {
            self.table(model, settings, Width::of(size.width), room(layout, size))
        };
        let banners = self.hosts_shown(model).into_iter().filter_map(welcome::banner).map(|banner| banner.map(Message::Welcome));
        widget::Column::with_children(banners).push(list).into()
    }

    /// The host whose page stands in the place of the list: there is nothing to be listed.
    fn host_without_list<'a>(&self, model: &'a Model) -> Option<&'a HostModel> {
        let hosts = self.hosts_shown(model);
        hosts.iter().all(|host| host.machines.is_empty()).then(|| hosts.first().copied()).flatten().filter(|_| self.has_search())
    }

    /// What the blue button does that stands in the place of the list, if one does.
    pub(crate) fn primary(&self, model: &Model) -> Option<Message> {
        welcome::primary(self.host_without_list(model)?, &self.welcome).map(Message::Welcome)
    }

    /// The hosts that the place is about; not those that nobody connected to.
    fn hosts_shown<'a>(&self, model: &'a Model) -> Vec<&'a HostModel> {
        match self.place.host() {
            Some(id) => model.host(id).into_iter().collect(),
            None => model.hosts().iter().filter(|host| host.connection != Connection::Off).collect(),
        }
    }

    fn pane<'a>(&'a self, model: &'a Model, settings: &'a Settings, layout: &'a Layout, size: Size) -> Element<'a, Message> {
        let content = self.details.view(model, settings, &self.targets(), size.height).map(Message::Details);
        ground(focus::pane("details", content).width(layout.details).height(Length::Fill), |t| t.surface)
            .as_one(self.details.stamp())
            .into()
    }
}

/// Machines that have the screen of their host, wherever somebody looks: time may be short.
fn screens(model: &Model) -> Element<'_, Message> {
    // There is a place for them even if there are none, so that what is below keeps its state.
    widget::Column::new().push(hand_over(model, None).map(|notes| notes.map(Message::HandOver))).into()
}
