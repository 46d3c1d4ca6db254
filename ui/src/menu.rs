//! The context menu of machines, and the application's own.

mod columns;
mod entry;

use client::settings::Settings;
use iced::{
    Element, Length, Point, Size, Task,
    keyboard::{Key, Modifiers, key::Named},
    widget::{Column, button, column, container, mouse_area, opaque, pin, row, rule, scrollable, space as gap, stack},
};

use crate::{
    action::Action,
    app,
    command::Command,
    component::caps,
    icon::{self, Icon},
    model::{self, Model},
    theme::{self, Tokens, size, space},
    widget::{
        Caught, Role, Said, catch, cut,
        scroll::{NARROW, scroll},
        spoken,
    },
};
use entry::Row;

/// An open menu.
#[derive(Debug)]
pub struct Menu {
    at: Point,
    keys: Vec<model::Key>,
    rows: Vec<Row>,
    /// What is chosen with Enter.
    current: Option<usize>,
    shows_more: bool,
    /// What its entries say, where they are no commands.
    offers: Vec<Offer>,
    /// What the menu of columns changes.
    settings: Option<Box<Settings>>,
}

/// Something that a part of the window offers.
#[derive(Clone, Debug)]
pub struct Offer {
    /// Before its words.
    pub icon: Icon,
    /// What it does.
    pub label: String,
    /// The command whose key does the same.
    pub command: Option<Command>,
    /// What it says.
    pub message: app::Message,
}

impl Offer {
    fn key(&self, settings: &Settings) -> String {
        self.command.map(|command| app::key_of(settings, command)).unwrap_or_default()
    }
}

/// What happens in it.
#[derive(Clone, Copy, Debug)]
pub enum Message {
    /// Esc, or a click beside it.
    Dismiss,
    /// An entry was chosen.
    Choose(Command),
    /// Shows a column of the table, or hides it.
    Column(usize),
    /// The entry at this place of what is offered was chosen.
    Take(usize),
    /// Shows what is seldom needed, or hides it.
    More,
    /// The pointer is over an entry.
    Hover(usize),
    /// The entry below or above.
    Step(bool),
    /// The first entry, or the last.
    End(bool),
    /// The next entry that begins with this letter.
    Letter(char),
    /// What Enter and Space do.
    Press,
}

const PADDING: f32 = 5.0;
const LINE: f32 = 9.0;
const SCROLL: &str = "menu";

impl Menu {
    /// The menu of these machines, at a place of the window.
    #[must_use]
    pub fn new(model: &Model, at: Point, keys: Vec<model::Key>) -> Self {
        let rows = entry::of_machines(model, &keys);
        Self { keys, ..Self::of_rows(at, rows) }
    }

    /// The application's own menu.
    #[must_use]
    pub fn application(model: &Model, at: Point) -> Self {
        Self::of_rows(at, entry::of_application(model))
    }

    /// What a part of the window offers.
    #[must_use]
    pub fn offers(at: Point, offers: Vec<Offer>) -> Self {
        let rows = (0..offers.len()).map(Row::Offer).collect();
        Self { offers, ..Self::of_rows(at, rows) }
    }

    fn of_rows(at: Point, rows: Vec<Row>) -> Self {
        Self { at, keys: Vec::new(), rows, current: None, shows_more: false, offers: Vec::new(), settings: None }
    }

    /// Takes a message in; whether the menu is over.
    pub fn update(&mut self, message: Message) -> (Action, bool) {
        match message {
            Message::Dismiss => return (Action::None, true),
            Message::Choose(command) => return (Action::Run(command, self.keys.clone()), true),
            Message::Column(place) => return (self.toggle_column(place), false),
            Message::Take(place) => {
                let taken = self.offers.get(place).map(|offer| Task::done(offer.message.clone()));
                return (taken.map_or(Action::None, Action::Task), true);
            }
            Message::More => {
                self.shows_more = !self.shows_more;
                self.current = self.rows.iter().position(|row| matches!(row, Row::More));
            }
            Message::Hover(place) => {
                self.current = Some(place);
                return (Action::None, false);
            }
            Message::Step(is_down) => self.step(is_down),
            Message::End(is_last) => {
                let mut places = self.places();
                self.current = if is_last { places.pop() } else { places.first().copied() };
            }
            Message::Letter(letter) => self.letter(letter),
            Message::Press => {
                return match self.current.and_then(|place| self.rows.get(place)) {
                    Some(Row::Entry(entry)) => self.update(Message::Choose(entry.command)),
                    Some(Row::More) => self.update(Message::More),
                    Some(Row::Offer(place)) => {
                        let place = *place;
                        self.update(Message::Take(place))
                    }
                    Some(Row::Column { .. }) => self.update(Message::Column(self.current.unwrap_or_default())),
                    _ => (Action::None, false),
                };
            }
        }
        (Action::Task(self.scroll()), false)
    }

    /// The rows that are shown, with their places.
    fn visible(&self) -> impl Iterator<Item = (usize, &Row)> {
        self.rows.iter().enumerate().filter(|(_, row)| self.shows_more || !matches!(row, Row::Entry(entry) if entry.is_seldom))
    }

    /// The places that can be chosen.
    fn places(&self) -> Vec<usize> {
        self.visible().filter(|(_, row)| !matches!(row, Row::Line)).map(|(place, _)| place).collect()
    }

    fn step(&mut self, is_down: bool) {
        let places = self.places();
        let at = self.current.and_then(|current| places.iter().position(|place| *place == current));
        let count = places.len();
        let next = match (at, is_down) {
            (_, _) if count == 0 => return,
            (None, true) => 0,
            (None, false) => count - 1,
            (Some(at), true) => (at + 1) % count,
            (Some(at), false) => (at + count - 1) % count,
        };
        self.current = places.get(next).copied();
    }

    fn letter(&mut self, letter: char) {
        let begins = |place: &usize| match self.rows.get(*place) {
            Some(Row::Entry(entry)) => entry.label.to_lowercase().starts_with(letter),
            Some(Row::Column { label, .. }) => label.to_lowercase().starts_with(letter),
            Some(Row::Offer(at)) => self.offers.get(*at).is_some_and(|offer| offer.label.to_lowercase().starts_with(letter)),
            _ => false,
        };
        let places: Vec<usize> = self.places().into_iter().filter(begins).collect();
        let next = places.iter().find(|place| self.current.is_none_or(|current| **place > current)).or_else(|| places.first());
        self.current = next.copied().or(self.current);
    }

    /// Keeps the current entry in sight where the window is too low for all of them.
    fn scroll(&self) -> Task<app::Message> {
        let Some(current) = self.current else { return Task::none() };
        let above: f32 = self.visible().take_while(|(place, _)| *place < current).map(|(_, row)| row.height()).sum();
        let offset = scrollable::AbsoluteOffset { x: 0.0, y: (above - 200.0).max(0.0) };
        iced::widget::operation::scroll_to(SCROLL, offset)
    }

    fn size(&self, settings: &Settings, window: Size) -> Size {
        let height: f32 = self.visible().map(|(_, row)| row.height()).sum::<f32>() + 2.0 * PADDING + 2.0;
        let offered = self.offers.iter().map(|offer| entry::width_of(&offer.label, &offer.key(settings)));
        let width = self.visible().map(|(_, row)| row.width(settings)).chain(offered).fold(200.0, f32::max);
        Size::new(width.min(400.0), height.min(window.height - 2.0 * space::S))
    }

    /// Draws it over a window.
    pub fn over<'a>(
        &'a self,
        content: Element<'a, app::Message>,
        model: &'a Model,
        settings: &'a Settings,
        window: Size,
    ) -> Element<'a, app::Message> {
        stack![content, self.layer(model, settings, window)].into()
    }

    /// The menu at its place, and what closes it around it.
    pub fn layer<'a>(&'a self, _model: &'a Model, settings: &'a Settings, window: Size) -> Element<'a, app::Message> {
        let size = self.size(settings, window);
        let at = Point::new(
            self.at.x.min(window.width - size.width - space::S).max(space::S),
            self.at.y.min(window.height - size.height - space::S).max(space::S),
        );
        let beside = mouse_area(container(gap()).width(Length::Fill).height(Length::Fill))
            .on_press(Message::Dismiss)
            .on_right_press(Message::Dismiss);
        let menu = pin(opaque(self.view(settings, size))).position(at).width(Length::Fill).height(Length::Fill);
        catch(stack![opaque(beside), menu], keys).map(app::Message::Menu)
    }

    fn view<'a>(&'a self, settings: &'a Settings, size: Size) -> Element<'a, Message> {
        let mut list = Column::new();
        for (place, row) in self.visible() {
            list = list.push(self.row(settings, place, row));
        }
        let list = scroll(scrollable(container(list).padding([0.0, PADDING])).id(SCROLL), NARROW);
        let menu = container(list).padding([PADDING, 1.0]).width(size.width).max_height(size.height).style(theme::container::menu);
        spoken(menu, || Said { takes_keys: true, ..Said::named(Role::Menu, client::t!("speech-menu")) }).into()
    }

    fn row<'a>(&'a self, settings: &'a Settings, place: usize, row: &'a Row) -> Element<'a, Message> {
        let is_current = self.current == Some(place);
        match row {
            Row::Line => column![rule::horizontal(1).style(theme::container::line)].padding([4.0, 4.0]).height(LINE).into(),
            Row::More => {
                let arrow = if self.shows_more { icon::chevron_up() } else { icon::chevron_down() };
                let label = cut(if self.shows_more { client::t!("menu-less") } else { client::t!("menu-more") });
                let content = row![icon::ellipsis().muted(16.0), label, arrow.muted(14.0)];
                item(content, Said::new(Role::MenuItem).open(self.shows_more).current(is_current), place, Message::More)
            }
            Row::Offer(at) => match self.offers.get(*at) {
                Some(offer) => {
                    let key = offer.key(settings);
                    let caps = (!key.is_empty()).then(|| caps(&key));
                    item(
                        row![offer.icon.muted(16.0), cut(offer.label.as_str())].push(caps),
                        plain(&offer.label, is_current),
                        place,
                        Message::Take(*at),
                    )
                }
                None => gap().into(),
            },
            Row::Column { label, is_on } => {
                let mark: Element<'a, Message> = if *is_on { icon::check().muted(16.0).into() } else { gap().width(16).height(16).into() };
                item(row![mark, cut(label.as_str())], plain(label, is_current).on(*is_on), place, Message::Column(place))
            }
            Row::Entry(entry) => {
                let message = Message::Choose(entry.command);
                let loses = entry.command == Command::Delete;
                let mark: fn(&Tokens) -> iced::Color = if loses { |t| t.crashed } else { |t| t.muted };
                let words: fn(&Tokens) -> iced::Color = if loses { |t| t.crashed } else { |t| t.text };
                let mut content = row![entry.icon.colour(16.0, mark), cut(entry.label.as_str()).colour(words)];
                if entry.is_on {
                    content = content.push(icon::check().muted(14.0));
                }
                let key = app::key_of(settings, entry.command);
                if !key.is_empty() {
                    content = content.push(caps(&key));
                }
                let said = plain(&entry.label, is_current);
                item(content, if entry.is_on { said.on(true) } else { said }, place, message)
            }
        }
    }
}

fn plain(label: &str, is_current: bool) -> Said {
    Said::named(Role::MenuItem, label).current(is_current)
}

fn item<'a>(content: iced::widget::Row<'a, Message>, said: Said, place: usize, message: Message) -> Element<'a, Message> {
    let is_current = said.is_current;
    let content = content.spacing(10).align_y(iced::Center).height(Length::Fill);
    let style = move |theme: &iced::Theme, _| {
        let status = if is_current { button::Status::Hovered } else { button::Status::Active };
        theme::button::item(false)(theme, status)
    };
    let press = button(content).padding([0.0, 10.0]).height(size::MENU_ITEM).width(Length::Fill).style(style).on_press(message);
    spoken(mouse_area(press).on_enter(Message::Hover(place)), move || said.clone()).on_press(message).into()
}

/// A key while it is open.
#[must_use]
pub fn key(key: &Key) -> Option<Message> {
    Some(match key {
        Key::Named(Named::Escape | Named::ContextMenu | Named::F10) => Message::Dismiss,
        Key::Named(Named::ArrowDown) => Message::Step(true),
        Key::Named(Named::ArrowUp) => Message::Step(false),
        Key::Named(Named::Home) => Message::End(false),
        Key::Named(Named::End) => Message::End(true),
        Key::Named(Named::Enter | Named::Space) => Message::Press,
        Key::Character(character) => Message::Letter(character.to_lowercase().chars().next()?),
        _ => return None,
    })
}

// What has the focus below the menu must not move with the arrows.
fn keys(key: &Key, _modifiers: Modifiers) -> Caught<Message> {
    self::key(key).map_or(Caught::Drop, Caught::Say)
}

#[cfg(test)]
mod tests;
