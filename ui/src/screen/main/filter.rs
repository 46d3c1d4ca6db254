//! The filter row: states with counts, the search field, and how the list looks.

use client::{Condition, settings::Settings, t};
use iced::{
    Alignment, Element, Length,
    widget::{Row, Space, container, row, text, text_input, tooltip},
};

use super::{Message, SEARCH, Screen, Width, arrange::Filter};
use crate::{
    app::key_of,
    command::Command,
    component::{
        control::with_tip,
        glyph::{condition_colour, condition_icon},
        icon_button,
    },
    font, icon,
    theme::{self, size, space},
    widget::{focusable, ground::stamp},
};

const CONDITIONS: [Condition; 5] = [Condition::Running, Condition::Paused, Condition::Saved, Condition::Off, Condition::Crashed];

/// What the row needs with the name of the grouping, and without; and for the words of the states.
const ROOMY: f32 = 940.0;
const WORDS: f32 = 860.0;
/// Below this the search field is short.
const TIGHT: f32 = 560.0;

impl Screen {
    /// Words go where the list has no room for them.
    pub(super) fn filter_row<'a>(&'a self, settings: &'a Settings, width: Width, room: f32) -> Element<'a, Message> {
        let has_words = room >= WORDS;
        let mut bar = Row::new().spacing(2).align_y(Alignment::Center).height(size::BAR).padding([0.0, 10.0]);
        bar = bar.push(self.filter(Filter::All, None, t!("filter-all"), self.arranged.total, true));
        for condition in CONDITIONS.into_iter().take(4) {
            let count = self.arranged.conditions.get(&condition).copied().unwrap_or(0);
            if count > 0 || self.filter == Filter::Only(condition) {
                bar =
                    bar.push(self.filter(Filter::Only(condition), Some(condition), client::locale::condition(condition), count, has_words));
            }
        }
        if self.arranged.attention > 0 || self.filter == Filter::Attention {
            bar = bar.push(self.filter(
                Filter::Attention,
                Some(Condition::Crashed),
                t!("filter-attention"),
                self.arranged.attention,
                has_words,
            ));
        }
        bar = bar.push(Space::new().width(Length::Fill)).push(self.search_field(width, room));
        bar = bar.push(group_button(settings, room));
        let grid = settings.table.grid;
        let key = key_of(settings, Command::ToggleGrid);
        bar = bar.push(icon_button(
            icon::layout_list(),
            t!("view-list"),
            Some(&key),
            !grid,
            grid.then_some(Message::Command(Command::ToggleGrid)),
        ));
        bar = bar.push(icon_button(
            icon::layout_grid(),
            t!("view-grid"),
            Some(&key),
            grid,
            (!grid).then_some(Message::Command(Command::ToggleGrid)),
        ));
        let details = key_of(settings, Command::ToggleDetails);
        bar = bar.push(icon_button(
            icon::panel_right(),
            t!("command-toggle-details"),
            Some(&details),
            false,
            Some(Message::Command(Command::ToggleDetails)),
        ));
        container(bar).width(Length::Fill).into()
    }

    /// Another number when other filters are shown, or other counts.
    pub(super) fn filter_stamp(&self) -> u64 {
        let arranged = &self.arranged;
        stamp(&format!("{} {} {:?} {:?}", arranged.total, arranged.attention, arranged.conditions, self.filter))
    }

    fn filter<'a>(&self, filter: Filter, glyph: Option<Condition>, label: String, count: usize, has_words: bool) -> Element<'a, Message> {
        let is_on = self.filter == filter;
        let mut content = Row::new().spacing(6).align_y(Alignment::Center).height(Length::Fill);
        if let Some(condition) = glyph {
            content = content.push(condition_icon(condition).colour(13.0, condition_colour(condition)));
        }
        if has_words {
            let font = if is_on { font::SEMIBOLD } else { font::MEDIUM };
            content = content.push(text(label.clone()).size(12).font(font).wrapping(text::Wrapping::None));
        }
        content = content.push(text(client::unit::count(count as u64)).size(12).style(theme::subtle));
        let button = iced::widget::button(content)
            .padding([0.0, 8.0])
            .height(26)
            .style(theme::button::filter(is_on))
            .on_press(Message::Filter(filter));
        let button = focusable(button).on_press(Message::Filter(filter));
        if has_words { button.into() } else { with_tip(button, label, None, tooltip::Position::Bottom) }
    }

    fn search_field<'a>(&'a self, width: Width, room: f32) -> Element<'a, Message> {
        let field = text_input(&t!("find-here"), &self.search)
            .id(SEARCH)
            .on_input(Message::Search)
            .size(12)
            .padding([4.0, 8.0])
            .width(if width == Width::Narrow || room < TIGHT { 100 } else { 128 })
            .style(theme::input::field);
        row![field, Space::new().width(space::S)].into()
    }
}

fn group_button<'a>(settings: &Settings, room: f32) -> Element<'a, Message> {
    let label = t!(&format!("group-by-{}", settings.table.group_by));
    if room < ROOMY {
        return icon_button(icon::group(), label, None, false, Some(Message::GroupBy));
    }
    let content = row![icon::group().colour(14.0, |t| t.muted), text(label).size(12).style(theme::muted).wrapping(text::Wrapping::None)]
        .spacing(6)
        .align_y(Alignment::Center)
        .height(Length::Fill);
    let button =
        iced::widget::button(content).padding([0.0, space::S]).height(size::COMPACT).style(theme::button::flat).on_press(Message::GroupBy);
    focusable(button).on_press(Message::GroupBy).into()
}
