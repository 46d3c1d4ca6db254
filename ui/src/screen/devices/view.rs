//! How the screen is put together.

use client::{settings::Settings, t};
use iced::{
    Alignment, Element, Length,
    keyboard::{Key, key::Named},
    widget::{Column, Row, Space, container, row, rule, text_input, tooltip::Position},
};

use super::{Devices, Message, SEARCH, arrange::Filter, banner};
use crate::{
    app::key_of,
    command::Command,
    component::{badge, control::with_tip, icon_button, left, segments, thing::Family},
    font, icon,
    model::HostModel,
    screen::main::part::Input,
    theme::{self, size, space},
    widget::{Caught, Role, Said, catch, direction, focus, focusable, ground, ground::stamp, spoken, text},
};

/// Below this width the title and the words of the filters go.
const TIGHT: f32 = 880.0;

impl Devices {
    /// Its list, in this width, and the pane.
    pub fn view<'a>(&'a self, host: &'a HostModel, settings: &Settings, room: f32) -> (Element<'a, Message>, Element<'a, Message>) {
        let lost = (!host.is_live()).then(banner::lost);
        let line = || rule::horizontal(1).style(theme::container::line);
        let list = Column::new()
            .push(ground(focus::pane("filter", self.head(settings, room)), |t| t.bg).as_one(self.head_stamp()))
            .push(line())
            .push(self.left(host));
        if let Some(family) = self.others.family {
            let list = list.push(lost).push(focus::pane("list", self.other_table(family, host, room)).height(Length::Fill));
            return (list.into(), self.other_pane(host, settings));
        }
        let list = list
            .push(ground(self.filters(), |t| t.bg).as_one(self.head_stamp()))
            .push(line())
            .push(self.banner())
            .push(lost)
            .push(focus::pane("list", self.table(host, room)).height(Length::Fill));
        (list.into(), self.pane(host, settings))
    }

    /// What could not be given back, above everything else.
    fn left<'a>(&self, host: &HostModel) -> Option<Element<'a, Message>> {
        let notes = left(&host.facts, Message::Copy);
        let all = || container(Column::with_children(notes).spacing(space::S)).padding([space::S, space::L]).into();
        (!host.facts.left.is_empty()).then(all)
    }

    fn head<'a>(&'a self, settings: &Settings, room: f32) -> Element<'a, Message> {
        let is_tight = room < TIGHT;
        let mut bar = Row::new().spacing(2).align_y(Alignment::Center).height(size::BAR).padding([0.0, 10.0]);
        if !is_tight {
            bar = bar.push(text(t!("part-devices")).size(15).font(font::SEMIBOLD)).push(Space::new().width(space::M));
        }
        bar = bar.push(self.families()).push(Space::new().width(Length::Fill));
        bar = bar.push(self.search_field(settings, if is_tight { 120.0 } else { 160.0 }));
        let key = key_of(settings, Command::ToggleDetails);
        let toggle = icon_button(icon::panel_right(), t!("command-toggle-details"), Some(&key), false, Some(Message::ToggleDetails));
        container(bar.push(toggle)).width(Length::Fill).into()
    }

    /// What is listed: PCI cards, or one kind of what is none. Where there is nothing else, nothing is chosen.
    fn families<'a>(&self) -> Element<'a, Message> {
        let counts = self.others.counts();
        let option = |label: String, count: usize, family: Option<Family>| {
            let is_on = self.others.family == family;
            (format!("{label} {}", client::unit::count(count as u64)), is_on, (!is_on).then_some(Message::Family(family)))
        };
        let pci = option(t!("other-pci"), self.arranged.counts[0], None);
        if counts.is_empty() {
            return Space::new().into();
        }
        segments(std::iter::once(pci).chain(counts.into_iter().map(|(family, count)| option(family.label(), count, Some(family)))))
    }

    /// Which of the PCI cards are listed.
    fn filters<'a>(&self) -> Element<'a, Message> {
        let filters = Filter::ALL.into_iter().zip(self.arranged.counts).map(|(filter, count)| self.filter(filter, count));
        let mut bar = Row::new().spacing(2).align_y(Alignment::Center).height(size::BAR).padding([0.0, 10.0]);
        bar = bar.push(Row::with_children(filters).spacing(2)).push(Space::new().width(Length::Fill));
        if self.has_iommu() {
            bar = bar.push(badge(icon::shield_check(), t!("devices-iommu-on"), |t| t.running_soft, |t| t.running));
        }
        container(bar).width(Length::Fill).into()
    }

    fn head_stamp(&self) -> u64 {
        stamp(&(self.arranged.counts, self.filter, self.has_iommu(), self.others.family, self.others.counts()))
    }

    fn filter<'a>(&self, filter: Filter, count: usize) -> Element<'a, Message> {
        let is_on = self.filter == filter;
        let label = text(t!(filter.key())).size(12).font(if is_on { font::SEMIBOLD } else { font::MEDIUM }).wrapping(text::Wrapping::None);
        let content = row![label, text(client::unit::count(count as u64)).size(12).style(theme::subtle)]
            .spacing(6)
            .align_y(Alignment::Center)
            .height(Length::Fill);
        let press = Message::Filter(filter);
        let button =
            iced::widget::button(content).padding([0.0, 8.0]).height(26).style(theme::button::filter(is_on)).on_press(press.clone());
        focusable(button).on_press(press).say(move || Said::new(Role::Choice).on(is_on)).into()
    }

    fn search_field<'a>(&'a self, settings: &Settings, width: f32) -> Element<'a, Message> {
        let field = text_input(&t!("devices-find"), &self.search)
            .id(SEARCH)
            .on_input(Message::Search)
            .size(12)
            .align_x(direction::begin())
            .padding([4.0, 8.0])
            .width(width)
            .style(theme::input::field);
        // Before the field takes it, which would only be left: Esc ends the search.
        let field = catch(field, |key, _| match key {
            Key::Named(Named::Escape) => Caught::Say(Message::Key(Input::Escape)),
            _ => Caught::Pass,
        });
        let field = spoken(field, || Said::new(Role::Field).text(self.search.as_str()));
        with_tip(field, t!("devices-find"), Some(&key_of(settings, Command::Find)), Position::Bottom)
    }
}
