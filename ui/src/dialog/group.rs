//! Puts machines into a group.

use std::collections::BTreeSet;

use client::{Metadata, settings::Settings, t};
use iced::{
    Element, Length, Task,
    keyboard::{Key as Pressed, Modifiers},
    widget::{
        Column, Id, button, column, container,
        operation::{self, AbsoluteOffset},
        row, scrollable, space as gap,
    },
};

use super::{
    Content, frame, part,
    saving::{Ended, Saving},
};
use crate::{
    action::{Action, Call, Done},
    component::Kind,
    icon,
    model::{Key, Model},
    theme::{self, size, space},
    widget::{
        Role, Said, cut, focus, focusable,
        scroll::{PANE, scroll},
    },
};

const LIST: Id = Id::new("group-list");
/// No list is higher: what is longer scrolls.
const HIGHEST: f32 = 210.0;

/// See [the module](self).
#[derive(Debug)]
pub struct Group {
    keys: Vec<Key>,
    known: Vec<String>,
    name: String,
    /// The group that all of them are in.
    before: Option<String>,
    saving: Saving,
}

/// What happens in it.
#[derive(Clone, Debug)]
pub enum Message {
    /// A group was typed or chosen; empty for none.
    Choose(String),
    /// The group above or below in the list.
    Step(bool),
    /// Save it.
    Accept,
    /// Leave it.
    Dismiss,
}

impl Group {
    /// Asks for the group of these machines.
    #[must_use]
    pub fn new(model: &Model, keys: Vec<Key>) -> Self {
        let mut known = BTreeSet::new();
        for (_, machine) in model.machines().filter(|(_, machine)| !machine.group.is_empty()) {
            // Each level is a group, whether a machine is in it or not.
            let ends = machine.group.match_indices('/').map(|(place, _)| place).chain([machine.group.len()]);
            known.extend(ends.map(|end| machine.group[..end].to_owned()));
        }
        let now: BTreeSet<&str> = keys.iter().filter_map(|key| Some(model.machine(key)?.group.as_str())).collect();
        let before = if now.len() == 1 { now.first().map(|group| (*group).to_owned()) } else { None };
        Self { keys, known: known.into_iter().collect(), name: before.clone().unwrap_or_default(), before, saving: Saving::default() }
    }

    /// As it was when the call was made, with what went wrong.
    #[must_use]
    pub fn again(model: &Model, keys: Vec<Key>, name: String, done: &Done) -> Self {
        Self { name, saving: Saving::failed(done), ..Self::new(model, keys) }
    }

    fn error(&self) -> Option<String> {
        let name = self.name.trim();
        if name.chars().count() > 64 {
            return Some(t!("group-long"));
        }
        let is_wrong = !name.is_empty() && name.split('/').any(|level| level.trim() != level || level.is_empty());
        is_wrong.then(|| t!("group-level"))
    }

    fn is_allowed(&self) -> bool {
        self.error().is_none() && !self.saving.is_waiting()
    }

    /// Where the list has to be for the group in the field to be in sight, in the middle if it can be.
    fn offset(&self) -> AbsoluteOffset {
        let place = self.known.iter().position(|group| *group == self.name).map_or(0, |place| place + 1);
        #[expect(clippy::cast_precision_loss, reason = "as many as there are groups")]
        let middle = (place as f32 + 0.5) * size::ROW_SMALL;
        AbsoluteOffset { x: 0.0, y: (middle - HIGHEST / 2.0).max(0.0) }
    }

    fn step(&mut self, is_down: bool) {
        let count = self.known.len() + 1;
        let place = self.known.iter().position(|group| *group == self.name).map_or(0, |place| place + 1);
        let place = if is_down { (place + 1) % count } else { (place + count - 1) % count };
        self.name = if place == 0 { String::new() } else { self.known[place - 1].clone() };
    }
}

impl Content for Group {
    type Message = Message;

    fn accept(&self) -> Option<Message> {
        Some(Message::Accept)
    }

    fn opened(&mut self, _model: &Model, _settings: &Settings) -> Task<Message> {
        focus::take("group-name").chain(operation::select_all("group-name"))
    }

    fn update(&mut self, _model: &Model, _settings: &Settings, message: Message) -> Action {
        match message {
            // What is being saved stays as it is until the answer comes.
            Message::Choose(_) | Message::Step(_) if self.saving.is_waiting() => Action::None,
            Message::Choose(name) => {
                self.name = name;
                self.saving.forget();
                Action::None
            }
            Message::Step(is_down) => {
                self.step(is_down);
                Action::Task(Task::batch([operation::move_cursor_to_end("group-name"), operation::scroll_to(LIST, self.offset())]))
            }
            Message::Accept if !self.is_allowed() => Action::None,
            Message::Accept if self.before.as_deref() == Some(self.name.trim()) => Action::Close,
            Message::Accept => {
                self.saving.begin(&self.keys);
                let changes = Metadata { group: Some(self.name.trim().to_owned()), ..Metadata::default() };
                Action::Call(Call::Metadata(self.keys.clone(), changes))
            }
            Message::Dismiss => Action::Close,
        }
    }

    fn done(&mut self, _model: &Model, done: &Done) -> Option<Action> {
        match &done.call {
            Call::Metadata(keys, changes) if changes.group.is_some() && *keys == self.keys => {}
            _ => return None,
        }
        Some(if self.saving.take(done) == Ended::Well { Action::Close } else { Action::None })
    }

    fn key(&self, key: &Pressed, _modifiers: Modifiers) -> Option<Message> {
        part::arrow(key).map(Message::Step)
    }

    fn view<'a>(&'a self, model: &'a Model, _settings: &'a Settings) -> Element<'a, Message> {
        let hint = if self.before.is_none() { t!("group-several") } else { t!("group-placeholder") };
        let error = self.error();
        let field = part::field("group-name", &hint, &self.name, error.is_some(), Message::Choose, Message::Accept);
        let field = part::typed(field, Some(hint), &self.name);
        let below = part::below(error, Some(t!("group-hint")));
        let mut body =
            column![].push(part::refused(self.saving.problem(model))).push(column![field, below].spacing(space::XS)).spacing(space::M);
        body = body.push(self.list());
        let label = if self.saving.is_waiting() { t!("dialog-saving") } else { t!("dialog-save") };
        let accept = part::accept(Kind::Primary, label, self.is_allowed().then_some(Message::Accept));
        let foot = part::foot(None, vec![part::cancel(Message::Dismiss).into(), accept.into()]);
        let name = self.keys.first().map(|key| super::label(model, key)).unwrap_or_default();
        let title = t!("group-title", machine = name, count = self.keys.len());
        frame(icon::folder(), |t| t.selected, |t| t.accent_text, title, part::apart(body), foot, 460.0)
    }
}

impl Group {
    fn list(&self) -> Element<'_, Message> {
        let is_new = !self.name.trim().is_empty() && !self.known.contains(&self.name);
        let mut list = Column::new().push(entry(String::new(), t!("group-placeholder"), 0, self.name.is_empty()));
        for group in &self.known {
            let depth = group.matches('/').count();
            let label = group.rsplit('/').next().unwrap_or(group).to_owned();
            list = list.push(entry(group.clone(), label, depth, *group == self.name));
        }
        if is_new && self.error().is_none() {
            list = list.push(entry(self.name.clone(), t!("group-new", name = self.name.trim()), 0, true));
        }
        let list = scroll(scrollable(list.padding(4)).id(LIST), PANE);
        container(list).max_height(HIGHEST).width(Length::Fill).style(theme::container::card).into()
    }
}

fn entry<'a>(group: String, label: String, depth: usize, is_current: bool) -> Element<'a, Message> {
    #[expect(clippy::cast_precision_loss, reason = "a few levels")]
    let indent = gap().width(depth as f32 * space::L);
    let mark = if group.is_empty() { icon::minus() } else { icon::folder() };
    let mark = mark.colour(16.0, if is_current { |t| t.accent_text } else { |t| t.muted });
    let label = cut(label).colour(if is_current { |t| t.accent_text } else { |t| t.text });
    let mut content = row![indent, mark, label].spacing(space::S).align_y(iced::Center).height(Length::Fill);
    if is_current {
        content = content.push(icon::check().colour(14.0, |t| t.accent_text));
    }
    let press = button(content)
        .padding([0.0, space::S])
        .height(size::ROW_SMALL)
        .width(Length::Fill)
        .style(theme::button::item(is_current))
        .on_press(Message::Choose(group.clone()));
    focusable(press).inside().on_press(Message::Choose(group)).say(move || Said::new(Role::Choice).on(is_current)).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialog::test::{self, key};

    fn group(names: &[&str]) -> Group {
        Group::new(&test::model(), names.iter().map(|name| key(name)).collect())
    }

    #[test]
    fn the_list_has_every_level_of_every_group() {
        assert_eq!(group(&["win11-gaming"]).known, ["Desktop", "Homelab", "Homelab/k3s cluster", "Work"]);
    }

    #[test]
    fn machines_of_different_groups_begin_with_none_chosen_and_a_hint() {
        let group = group(&["win11-gaming", "postgres-lab"]);
        assert_eq!((group.name.as_str(), &group.before), ("", &None));
    }

    #[test]
    fn an_empty_level_is_refused_while_typing() {
        let (model, settings) = (test::model(), Settings::default());
        let mut group = group(&["win11-gaming"]);
        for wrong in ["/", "a//b", "a/", "a / b"] {
            let _ = group.update(&model, &settings, Message::Choose(wrong.to_owned()));
            assert!(group.error().is_some(), "{wrong}");
            assert!(matches!(group.update(&model, &settings, Message::Accept), Action::None));
        }
    }

    #[test]
    fn a_new_group_is_one_call_for_all_machines() {
        let (model, settings) = (test::model(), Settings::default());
        let mut group = group(&["win11-gaming", "postgres-lab"]);
        let _ = group.update(&model, &settings, Message::Choose("Lab/New".to_owned()));
        let Action::Call(Call::Metadata(keys, changes)) = group.update(&model, &settings, Message::Accept) else { panic!("no call") };
        assert_eq!((keys.len(), changes.group.as_deref()), (2, Some("Lab/New")));
    }

    #[test]
    fn arrows_walk_the_list_and_its_end_is_its_beginning() {
        let mut group = group(&["postgres-lab"]);
        assert_eq!(group.name, "Work");
        group.step(true);
        assert_eq!(group.name, "");
        group.step(false);
        assert_eq!(group.name, "Work");
    }

    #[test]
    fn what_the_arrows_choose_comes_into_sight() {
        let many = (0..40).map(|number| format!("Group {number}")).collect();
        let mut group = Group { known: many, ..group(&["postgres-lab"]) };
        for (name, least) in [("", 0.0), ("Group 39", 40.0 * size::ROW_SMALL - HIGHEST)] {
            group.name = name.to_owned();
            let seen = group.offset().y..=group.offset().y + HIGHEST;
            assert!(*seen.start() >= least && *seen.start() <= 41.0 * size::ROW_SMALL, "{name}: {seen:?}");
        }
    }

    #[test]
    fn pictures_of_the_group_dialog() {
        test::pictures("group", &group(&["win11-gaming"]));
        let (model, settings) = (test::model(), Settings::default());
        let mut wrong = group(&["win11-gaming", "postgres-lab"]);
        let _ = wrong.update(&model, &settings, Message::Choose("Lab//x".to_owned()));
        test::pictures("group-wrong", &wrong);
    }
}
