//! What the palette shows.

use client::{settings::Settings, t};
use iced::{
    Alignment, Background, Border, Element, Length, Padding, Size, Theme,
    alignment::Horizontal,
    keyboard::{Key, key::Named},
    widget::{
        Column, Row, Space, button, column, container, mouse_area, opaque, row, rule, scrollable, stack,
        text::{LineHeight, Wrapping},
        text_input,
    },
};

use super::{Entry, FIELD, Glyph, Goal, LIST, Message, Palette, key};
use crate::{
    app,
    component::{caps, state_glyph},
    font, icon,
    model::Model,
    theme::{self, size, space, tokens},
    widget::{
        Caught, Role, Said, catch, cut, direction,
        scroll::{PANE, scroll},
        spoken, text,
    },
};

const WIDTH: f32 = 680.0;
const ROW: f32 = 40.0;
const HEAD: f32 = 36.0;
/// The first head lies nearer to the field.
const FIRST_HEAD: f32 = 32.0;
const FIELD_HEIGHT: f32 = 54.0;
const FOOT: f32 = 38.0;

/// Where the palette begins.
fn top(size: Size) -> f32 {
    (size.height * 0.107).min(120.0)
}

/// From where to where an entry lies in the list; the first of a section with its head.
pub(super) fn span(entries: &[Entry], place: usize) -> (f32, f32) {
    let (mut y, mut before) = (0.0, None);
    for (index, entry) in entries.iter().enumerate() {
        let start = y;
        if before != Some(entry.section) {
            y += if before.is_some() { HEAD } else { FIRST_HEAD };
            before = Some(entry.section);
        }
        y += ROW;
        if index == place {
            return (if index == 0 { 0.0 } else { start }, y);
        }
    }
    (0.0, 0.0)
}

impl Palette {
    /// What it shows.
    pub fn view<'a>(&'a self, model: &'a Model, _settings: &'a Settings, size: Size) -> Element<'a, Message> {
        let width = WIDTH.min(size.width * 0.9);
        let room = size.height - top(size) - FIELD_HEIGHT - FOOT - space::XXL;
        let line = || rule::horizontal(1).style(theme::container::line);
        let whole = column![self.field(model), line(), self.list(model, room.max(ROW)), line(), foot(width)];
        let frame = container(whole).width(width).clip(true).style(theme::container::dialog);
        let framed = container(opaque(frame)).center_x(Length::Fill).padding(Padding::ZERO.top(top(size)));
        let is_empty = self.typed.is_empty() && self.subject.is_some();
        catch(framed, move |pressed, modifiers| match pressed {
            Key::Named(Named::Backspace) if is_empty => Caught::Say(Message::Back),
            _ => Caught::from(key(pressed, modifiers)),
        })
    }

    fn field(&self, model: &Model) -> Element<'_, Message> {
        let mut bar = Row::new().spacing(space::M).align_y(Alignment::Center).height(FIELD_HEIGHT).padding([0.0, space::L]);
        bar = bar.push(icon::search().muted(18.0));
        if let Some((_, name)) = &self.subject {
            bar = bar.push(chip(name.clone()));
        }
        let hint = if self.subject.is_some() { t!("palette-placeholder-actions") } else { t!("palette-placeholder") };
        let field = text_input(&hint, &self.typed)
            .id(FIELD)
            .align_x(direction::begin())
            .on_input(Message::Typed)
            .size(16)
            .padding(0)
            .style(theme::input::bare);
        let field = spoken(field, || Said::named(Role::Field, t!("search")).text(self.typed.as_str()));
        bar = bar.push(field);
        if model.hosts().len() > 1 && self.subject.is_none() {
            bar = bar.push(chip(t!("palette-all-hosts")));
        }
        bar.push(caps("Esc")).into()
    }

    fn list<'a>(&'a self, model: &'a Model, room: f32) -> Element<'a, Message> {
        if self.entries.is_empty() {
            let words = if self.is_known { t!("palette-nothing") } else { String::new() };
            return container(text(words).style(theme::subtle)).center_x(Length::Fill).center_y(96).into();
        }
        let (mut list, mut before) = (Column::new(), None);
        for (place, entry) in self.entries.iter().enumerate() {
            if before != Some(entry.section) {
                let height = if before.is_some() { HEAD } else { FIRST_HEAD };
                let head = text(t!(entry.section.key())).size(12).font(font::SEMIBOLD).style(theme::subtle);
                list = list.push(container(head).align_bottom(height).padding(Padding::ZERO.left(space::M).bottom(8)));
                before = Some(entry.section);
            }
            let is_spoken = place == self.current && (place > 0 || !self.typed.is_empty());
            let said = move || Said::named(Role::Row, words(entry)).selected(place == self.current, is_spoken);
            list = list.push(spoken(line(model, entry, place, place == self.current), said).on_press(Message::Choose(place)));
        }
        let list = list.padding(Padding::ZERO.horizontal(space::S).bottom(space::S));
        container(scroll(scrollable(list).id(LIST).on_scroll(Message::Scrolled), PANE)).max_height(room).into()
    }
}

/// What is said of an entry.
fn words(entry: &Entry) -> String {
    if entry.detail.is_empty() { entry.title.clone() } else { format!("{}, {}", entry.title, entry.detail) }
}

fn chip<'a>(label: String) -> Element<'a, Message> {
    container(text(label).size(12).font(font::MEDIUM).wrapping(Wrapping::None)).padding([2.0, space::S]).style(theme::container::tag).into()
}

/// One line of the list.
fn line<'a>(model: &'a Model, entry: &'a Entry, place: usize, is_current: bool) -> Element<'a, Message> {
    let glyph: Element<'a, Message> = match &entry.glyph {
        Glyph::State(key) => model.machine(key).map_or_else(|| Space::new().into(), |machine| state_glyph(machine.condition(), 16.0)),
        Glyph::Icon(icon) => icon.muted(16.0).into(),
    };
    let mut bar = row![container(glyph).center_x(16), title(entry)].spacing(space::M).align_y(Alignment::Center).height(Length::Fill);
    let detail = cut(entry.detail.as_str()).size(12.0, 16.0).colour(|t| if t.is_dark { t.muted } else { t.subtle });
    bar = bar.push(container(detail).padding(Padding::ZERO.left(-4.0_f32)).width(Length::Fill));
    bar = match &entry.goal {
        Goal::Machine(_) if is_current => bar.push(hint("palette-open", "Enter")).push(hint("palette-more", "Tab")),
        _ => bar.push(caps(&entry.key)),
    };
    button(bar)
        .padding([0.0, space::M])
        .height(ROW)
        .width(Length::Fill)
        .style(move |theme: &Theme, status| {
            let t = tokens(theme);
            let hover = if t.is_dark { t.line } else { t.hover };
            let ground = match status {
                _ if is_current => Some(t.selected),
                button::Status::Hovered | button::Status::Pressed => Some(hover),
                _ => None,
            };
            button::Style {
                background: ground.map(Background::Color),
                text_color: t.text,
                border: Border { radius: size::RADIUS.into(), ..Border::default() },
                ..button::Style::default()
            }
        })
        .on_press(Message::Choose(place))
        .into()
}

/// The title, with the letters that were found in the accent colour.
fn title(entry: &Entry) -> Row<'_, Message> {
    let mut parts: Vec<(String, bool)> = Vec::new();
    for (place, letter) in entry.title.chars().enumerate() {
        let is_found = entry.marks.contains(&place);
        match parts.last_mut() {
            Some((part, same)) if *same == is_found => part.push(letter),
            _ => parts.push((letter.to_string(), is_found)),
        }
    }
    let part = |(part, is_found): (String, bool)| {
        let (font, style): (_, fn(&Theme) -> text::Style) =
            if is_found { (font::SEMIBOLD, theme::accent) } else { (font::MEDIUM, theme::normal) };
        text(part).size(13).font(font).line_height(LineHeight::Absolute(18.into())).wrapping(Wrapping::None).style(style).into()
    };
    Row::with_children(parts.into_iter().map(part))
}

fn hint<'a>(key: &str, cap: &str) -> Element<'a, Message> {
    row![text(t!(key)).size(12).style(theme::muted).wrapping(Wrapping::None), caps(cap)].spacing(space::S).align_y(Alignment::Center).into()
}

fn foot<'a>(width: f32) -> Element<'a, Message> {
    let move_ = row![caps("↑+↓"), text(t!("palette-move")).size(12).style(theme::muted)].spacing(space::S).align_y(Alignment::Center);
    let key =
        |cap: &str, words: &str| row![caps(cap), text(t!(words)).size(12).style(theme::muted)].spacing(space::S).align_y(Alignment::Center);
    let mut bar =
        row![move_, key("Enter", "palette-run")].spacing(space::L).align_y(Alignment::Center).height(FOOT).padding([0.0, space::L]);
    if width >= 560.0 {
        bar = bar.push(key("Tab", "palette-more-actions"));
    }
    bar = bar.push(Space::new().width(Length::Fill));
    let modes = [(">", "palette-only-actions"), ("@", "palette-only-hosts"), ("#", "palette-only-tags"), ("?", "palette-only-help")];
    for (mark, words) in modes {
        let words = text(t!(words)).size(12).style(theme::muted).wrapping(Wrapping::None);
        let mode = row![text(mark).size(12).font(font::SEMIBOLD).style(theme::accent), words].spacing(space::XS);
        bar = bar.push(mouse_area(mode).on_press(Message::Typed(mark.to_owned())).interaction(iced::mouse::Interaction::Pointer));
    }
    bar.spacing(space::M).into()
}

/// Draws it over a window.
pub fn layer<'a>(palette: Element<'a, Message>) -> Element<'a, app::Message> {
    let scrim = container(Space::new()).width(Length::Fill).height(Length::Fill).style(theme::container::fill(|t| t.scrim));
    let scrim = opaque(mouse_area(scrim).on_press(Message::Dismiss));
    let said = || Said { takes_keys: true, ..Said::named(Role::Dialog, t!("speech-palette")) };
    let palette = spoken(container(palette).width(Length::Fill).align_x(Horizontal::Center), said);
    let layer: Element<'a, Message> = stack![scrim, palette].into();
    layer.map(app::Message::Palette)
}
