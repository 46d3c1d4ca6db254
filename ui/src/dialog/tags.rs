//! Gives tags to machines, or takes them. For several machines a tag may be on some of them.

mod choice;

use std::collections::BTreeSet;

use client::{Tag, settings::Settings, t};
use iced::{
    Background, Border, Element, Length, Task, Theme,
    widget::{Row, button, column, container, row, space as gap},
};

use super::{
    Content, frame,
    part::{self, Mark},
    saving::{Ended, Saving},
};
use crate::{
    action::{Action, Call, Done},
    component::{Button, Kind, glyph::tag_colour},
    icon,
    model::{Key, Model},
    theme::{self, size, space, tokens},
    widget::{Role, Said, focus, focusable, text},
};
use choice::{COLOURS, Choice, fault};

/// See [the module](self).
#[derive(Debug)]
pub struct Tags {
    keys: Vec<Key>,
    choices: Vec<Choice>,
    name: String,
    colour: usize,
    saving: Saving,
}

/// What happens in it.
#[derive(Clone, Debug)]
pub enum Message {
    /// A tag was pressed.
    Toggle(usize),
    /// The name of a new tag was typed.
    Typed(String),
    /// Its colour was chosen.
    Colour(usize),
    /// The new tag goes to the others.
    Add,
    /// Save.
    Accept,
    /// Leave it.
    Dismiss,
}

impl Tags {
    /// Asks for the tags of these machines.
    #[must_use]
    pub fn new(model: &Model, keys: Vec<Key>) -> Self {
        let choices = choice::all(model, &keys);
        let used: BTreeSet<&str> = choices.iter().map(|choice| choice.tag.colour.as_str()).collect();
        // A colour that no tag has yet tells a new one apart.
        let colour = COLOURS.iter().position(|(_, colour)| !used.contains(colour)).unwrap_or(0);
        Self { keys, choices, name: String::new(), colour, saving: Saving::default() }
    }

    /// As it was when the call was made, with what went wrong.
    #[must_use]
    pub fn again(model: &Model, keys: Vec<Key>, add: &[Tag], remove: &[String], done: &Done) -> Self {
        let mut tags = Self { saving: Saving::failed(done), ..Self::new(model, keys) };
        for tag in add {
            tags.put(tag.clone());
        }
        for choice in tags.choices.iter_mut().filter(|choice| remove.contains(&choice.tag.name)) {
            choice.mark = Mark::Off;
        }
        tags
    }

    /// Ticks a tag; makes it if there is none of this name.
    fn put(&mut self, tag: Tag) {
        match self.choices.iter_mut().find(|choice| choice.tag.name == tag.name) {
            Some(choice) => choice.mark = Mark::On,
            None => self.choices.push(Choice { tag, mark: Mark::On, before: Mark::Off }),
        }
    }

    fn add(&mut self) {
        let name = self.name.trim().to_owned();
        if name.is_empty() || fault(&name).is_some() {
            return;
        }
        let colour = COLOURS.get(self.colour).map(|(_, colour)| (*colour).to_owned()).unwrap_or_default();
        self.put(Tag { name, colour });
        self.name.clear();
        self.colour = (self.colour + 1) % COLOURS.len();
    }

    fn error(&self) -> Option<String> {
        let on = self.choices.iter().filter(|choice| choice.mark != Mark::Off).count();
        fault(self.name.trim()).or_else(|| (on > choice::LIMIT).then(|| t!("tags-many", count = on)))
    }

    fn save(&mut self) -> Action {
        // What stands in the field was meant, too.
        self.add();
        if self.error().is_some() || self.saving.is_waiting() {
            return Action::None;
        }
        let changed = |mark| self.choices.iter().filter(move |choice| choice.mark == mark && choice.before != mark);
        let add: Vec<Tag> = changed(Mark::On).map(|choice| choice.tag.clone()).collect();
        let remove: Vec<String> = changed(Mark::Off).map(|choice| choice.tag.name.clone()).collect();
        if add.is_empty() && remove.is_empty() {
            return Action::Close;
        }
        self.saving.begin(&self.keys);
        Action::Call(Call::Tags(self.keys.clone(), add, remove))
    }
}

impl Content for Tags {
    type Message = Message;

    fn accept(&self) -> Option<Message> {
        Some(Message::Accept)
    }

    fn opened(&mut self, _model: &Model, _settings: &Settings) -> Task<Message> {
        focus::take("tags-name")
    }

    fn update(&mut self, _model: &Model, _settings: &Settings, message: Message) -> Action {
        match message {
            // What is being saved stays as it is until the answer comes.
            Message::Toggle(_) | Message::Typed(_) | Message::Add if self.saving.is_waiting() => {}
            Message::Toggle(place) => {
                self.saving.forget();
                if let Some(choice) = self.choices.get_mut(place) {
                    choice.mark = if choice.mark == Mark::On { Mark::Off } else { Mark::On };
                }
            }
            Message::Typed(name) => {
                self.saving.forget();
                self.name = name;
            }
            Message::Colour(colour) => self.colour = colour,
            Message::Add if self.name.trim().is_empty() => return self.save(),
            Message::Add => self.add(),
            Message::Accept => return self.save(),
            Message::Dismiss => return Action::Close,
        }
        Action::None
    }

    fn done(&mut self, _model: &Model, done: &Done) -> Option<Action> {
        if !matches!(&done.call, Call::Tags(keys, _, _) if *keys == self.keys) {
            return None;
        }
        Some(if self.saving.take(done) == Ended::Well { Action::Close } else { Action::None })
    }

    fn view<'a>(&'a self, model: &'a Model, _settings: &'a Settings) -> Element<'a, Message> {
        let advice = if self.keys.len() > 1 { t!("tags-advice-several") } else { t!("tags-advice") };
        let mut body = column![part::paragraph(advice)].push(part::refused(self.saving.problem(model))).spacing(space::M);
        if !self.choices.is_empty() {
            let chips = self.choices.iter().enumerate().map(|(place, choice)| chip(place, choice));
            body = body.push(Row::with_children(chips).spacing(6).wrap().vertical_spacing(6));
        }
        body = body.push(self.new_tag());
        let is_allowed = self.error().is_none() && !self.saving.is_waiting();
        let label = if self.saving.is_waiting() { t!("dialog-saving") } else { t!("dialog-save") };
        let accept = part::accept(Kind::Primary, label, is_allowed.then_some(Message::Accept));
        let foot = part::foot(None, vec![part::cancel(Message::Dismiss).into(), accept.into()]);
        let name = self.keys.first().map(|key| super::label(model, key)).unwrap_or_default();
        let title = t!("tags-title", machine = name, count = self.keys.len());
        frame(icon::tag(), |t| t.selected, |t| t.accent_text, title, body, foot, 500.0)
    }
}

impl Tags {
    fn new_tag(&self) -> Element<'_, Message> {
        let error = self.error();
        let field = part::field("tags-name", &t!("tags-new"), &self.name, error.is_some(), Message::Typed, Message::Add);
        let field = part::typed(field, Some(t!("tags-new")), &self.name);
        let can_add = !self.name.trim().is_empty() && error.is_none();
        let add = Button::new(Kind::Secondary, t!("tags-add")).icon(icon::plus()).on_press_maybe(can_add.then_some(Message::Add));
        let colours = COLOURS.iter().enumerate().map(|(place, (name, colour))| swatch(place, name, colour, place == self.colour));
        let colours =
            row![part::caption(t!("tags-colour")), Row::with_children(colours).spacing(2)].spacing(space::S).align_y(iced::Center);
        column![row![field, add].spacing(space::S), part::below(error, None), colours].spacing(6).into()
    }
}

/// A tag that is ticked, not ticked, or on some machines.
fn chip<'a>(place: usize, choice: &Choice) -> Element<'a, Message> {
    let tag = choice.tag.clone();
    let dot = container(gap()).width(8).height(8).style(move |theme: &Theme| disc(tag_colour(&tag, tokens(theme)), 4.0));
    let label = text(choice.tag.name.clone()).size(12).wrapping(text::Wrapping::None);
    let content = row![part::tick(choice.mark, true), dot, label].spacing(6).align_y(iced::Center);
    let press = button(content).padding([4.0, 10.0]).style(theme::button::secondary).on_press(Message::Toggle(place));
    let is_on = choice.mark == part::Mark::On;
    focusable(press).on_press(Message::Toggle(place)).say(move || Said::new(Role::Check).on(is_on)).into()
}

/// A colour to choose.
fn swatch<'a>(place: usize, name: &str, colour: &'static str, is_chosen: bool) -> Element<'a, Message> {
    let fill = move |_: &Theme| disc(colour.parse().unwrap_or(iced::Color::BLACK), 8.0);
    let mark: Element<'a, Message> = if is_chosen { icon::check().colour(12.0, |_| iced::Color::WHITE).into() } else { gap().into() };
    let dot = container(mark).center(Length::Fixed(16.0)).style(fill);
    let press = button(dot).padding(4).style(theme::button::flat).on_press(Message::Colour(place));
    let said = move || Said::new(Role::Choice).on(is_chosen);
    let control = focusable(press).radius(size::RADIUS).inside().on_press(Message::Colour(place)).say(said);
    let name = t!(&format!("colour-{name}"));
    crate::component::control::with_tip(control, name, None, iced::widget::tooltip::Position::Bottom)
}

fn disc(colour: iced::Color, radius: f32) -> container::Style {
    container::Style {
        background: Some(Background::Color(colour)),
        border: Border { radius: radius.into(), ..Border::default() },
        ..container::Style::default()
    }
}

#[cfg(test)]
mod tests;
