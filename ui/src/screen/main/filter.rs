//! The filter row: states with counts, the search field, and how the list looks.

use client::{Condition, settings::Settings, t};
use iced::{
    Alignment, Element, Length,
    keyboard::{Key, key::Named},
    widget::{Row, Space, container, row, text_input, tooltip::Position},
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
    widget::{Caught, Role, Said, catch, direction, focusable, ground::stamp, spoken, text},
};

const CONDITIONS: [Condition; 5] = [Condition::Running, Condition::Paused, Condition::Saved, Condition::Off, Condition::Crashed];

impl Screen {
    /// `room` is its width in pixels: where it is short, words go, and what they say is in the tooltips.
    pub(super) fn filter_row<'a>(&'a self, settings: &'a Settings, width: Width, room: f32) -> Element<'a, Message> {
        let group = t!(&format!("group-by-{}", settings.table.group_by));
        let mut chips = self.chips();
        let rest = if width == Width::Narrow { REST - 28.0 } else { REST };
        fit(&mut chips, room - rest);
        let free = room - rest - chips.iter().map(Chip::width).sum::<f32>();
        let mut bar = Row::new().spacing(2).align_y(Alignment::Center).height(size::BAR).padding([0.0, 10.0]);
        // A row of their own: as they come and go, the search field keeps its place, and with it the focus.
        bar = bar.push(Row::with_children(chips.into_iter().map(|chip| self.chip(chip))).spacing(2));
        bar = bar.push(Space::new().width(Length::Fill)).push(self.search_field(width));
        let has_words = label_width(&group) <= free;
        bar = bar.push(group_button(group, has_words));
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

    fn chips(&self) -> Vec<Chip> {
        let chip = |filter, glyph, label, count| Chip { filter, glyph, label, count, has_words: true };
        let mut chips = vec![chip(Filter::All, None, t!("filter-all"), self.arranged.total)];
        for condition in CONDITIONS.into_iter().take(4) {
            let count = self.arranged.conditions.get(&condition).copied().unwrap_or(0);
            if count > 0 || self.filter == Filter::Only(condition) {
                chips.push(chip(Filter::Only(condition), Some(condition), client::locale::condition(condition), count));
            }
        }
        if self.arranged.attention > 0 || self.filter == Filter::Attention {
            chips.push(chip(Filter::Attention, Some(Condition::Crashed), t!("filter-attention"), self.arranged.attention));
        }
        chips
    }

    fn chip<'a>(&self, chip: Chip) -> Element<'a, Message> {
        let is_on = self.filter == chip.filter;
        let mut content = Row::new().spacing(6).align_y(Alignment::Center).height(Length::Fill);
        if let Some(condition) = chip.glyph {
            content = content.push(condition_icon(condition).colour(13.0, condition_colour(condition)));
        }
        if chip.has_words {
            let font = if is_on { font::SEMIBOLD } else { font::MEDIUM };
            content = content.push(text(chip.label.clone()).size(12).font(font).wrapping(text::Wrapping::None));
        }
        let content = content.push(text(client::unit::count(chip.count as u64)).size(12).style(theme::subtle));
        let button = iced::widget::button(content)
            .padding([0.0, 8.0])
            .height(26)
            .style(theme::button::filter(is_on))
            .on_press(Message::Filter(chip.filter));
        let name = format!("{} {}", chip.label, client::unit::count(chip.count as u64));
        let said = move || Said::named(Role::Choice, name.as_str()).on(is_on);
        let button = focusable(button).on_press(Message::Filter(chip.filter)).say(said);
        if chip.has_words { button.into() } else { with_tip(button, chip.label, None, Position::Bottom) }
    }

    fn search_field<'a>(&'a self, width: Width) -> Element<'a, Message> {
        let field = text_input(&t!("find-here"), &self.search)
            .id(SEARCH)
            .on_input(Message::Search)
            .size(12)
            .align_x(direction::begin())
            .padding([4.0, 8.0])
            .width(if width == Width::Narrow { 100 } else { 128 })
            .style(theme::input::field);
        // Before the field takes it, which would only be left: Esc ends the search.
        let field = catch(field, |key, _| match key {
            Key::Named(Named::Escape) => Caught::Say(Message::Escape),
            _ => Caught::Pass,
        });
        let field = spoken(field, || Said::named(Role::Field, t!("find-here")).text(self.search.as_str()));
        row![field, Space::new().width(space::S)].into()
    }
}

/// What stands in the row besides the filters: padding, search field, four buttons.
const REST: f32 = 300.0;

/// A filter, as it is shown.
struct Chip {
    filter: Filter,
    glyph: Option<Condition>,
    label: String,
    count: usize,
    has_words: bool,
}

impl Chip {
    #[expect(clippy::cast_precision_loss, reason = "few digits")]
    fn width(&self) -> f32 {
        let glyph = if self.glyph.is_some() { 19.0 } else { 0.0 };
        let label = if self.has_words { label_width(&self.label) } else { 0.0 };
        18.0 + glyph + label + 7.5 * client::unit::count(self.count as u64).chars().count() as f32
    }
}

/// How wide a label is at most, with the gap behind it, pixels.
#[expect(clippy::cast_precision_loss, reason = "few letters")]
fn label_width(label: &str) -> f32 {
    6.0 + 7.0 * label.chars().count() as f32
}

/// Takes words away until all fit, from the state that is looked for least; what needs attention says so the longest.
fn fit(chips: &mut [Chip], room: f32) {
    let states = chips.iter().rposition(|chip| matches!(chip.filter, Filter::Only(_))).map_or(0, |last| last + 1);
    for at in (1..states).rev().chain(states.max(1)..chips.len()) {
        if chips.iter().map(Chip::width).sum::<f32>() <= room {
            break;
        }
        chips[at].has_words = false;
    }
}

fn group_button<'a>(label: String, has_words: bool) -> Element<'a, Message> {
    if !has_words {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn words(room: f32) -> Vec<bool> {
        let chip = |filter, label: &str| Chip { filter, glyph: Some(Condition::Off), label: label.into(), count: 1, has_words: true };
        let mut chips = [
            chip(Filter::All, "All"),
            chip(Filter::Only(Condition::Running), "Running"),
            chip(Filter::Only(Condition::Off), "Off"),
            chip(Filter::Attention, "Needs attention"),
        ];
        fit(&mut chips, room);
        assert!(chips.iter().map(Chip::width).sum::<f32>() <= room || !chips[3].has_words, "all that can go is gone");
        chips.iter().map(|chip| chip.has_words).collect()
    }

    #[test]
    fn words_go_where_there_is_no_room_for_them_and_what_needs_attention_goes_last() {
        assert_eq!(words(1000.0), [true, true, true, true]);
        assert_eq!(words(390.0), [true, true, false, true]);
        assert_eq!(words(330.0), [true, false, false, true]);
        assert_eq!(words(100.0), [true, false, false, false]);
    }
}
