//! Machines that are dragged from the list onto a group or a tag of the sidebar.

use client::{Metadata, t};
use iced::{
    Element, Length, Point, Task,
    mouse::Interaction,
    widget::{column, container, mouse_area, pin, row, space as gap},
};

use super::{Screen, sidebar::Places};
use crate::{
    action::{Action, Call},
    app, icon,
    model::{Key, Model},
    place::Place,
    theme::{self, space},
    widget::{Press, text},
};

/// So far the pointer goes before a press becomes a drag.
const SLACK: f32 = 6.0;

/// What the pointer has hold of.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) enum Drag {
    /// Nothing.
    #[default]
    Nothing,
    /// A row is pressed; `alone` is selected alone if the pointer lets go where it is.
    Pressed {
        /// Where.
        from: Point,
        /// What would be dragged.
        keys: Vec<Key>,
        /// The row, if others were selected with it.
        alone: Option<Key>,
    },
    /// Machines are on their way.
    Carried {
        /// Where the pointer is.
        at: Point,
        /// Which ones.
        keys: Vec<Key>,
        /// What they would be dropped on.
        over: Option<Place>,
    },
}

/// What happens to it.
#[derive(Clone, Debug)]
pub enum Message {
    /// The pointer is here now.
    Moved(Point),
    /// It came over a place.
    Over(Place),
    /// It left a place.
    Left(Place),
    /// It let go.
    Released,
}

impl Drag {
    /// Whether machines are on their way.
    pub(super) const fn is_carried(&self) -> bool {
        matches!(self, Self::Carried { .. })
    }

    /// What is dragged, at the pointer. An empty layer keeps its place, so that what is below keeps its state.
    pub(super) fn layer<'a>(&self, model: &Model) -> Element<'a, app::Message> {
        let Self::Carried { at, keys, over } = self else { return gap().into() };
        let what = match keys.as_slice() {
            [key] => crate::dialog::label(model, key),
            keys => t!("group-machines", count = keys.len()),
        };
        let whereto = match over {
            Some(Place::Group(group)) => t!("drag-group", group = group.replace('/', " / ")),
            Some(Place::Tag(tag)) => t!("drag-tag", tag = tag.as_str()),
            _ => t!("drag-nowhere"),
        };
        let line = |words: String| text(words).size(12).wrapping(text::Wrapping::None);
        let words = column![line(what).font(crate::font::SEMIBOLD), line(whereto)];
        let ghost = row![icon::layers().colour(16.0, |t| t.tip_text), words].spacing(space::S).align_y(iced::Center);
        let ghost = container(ghost).padding([6.0, 10.0]).style(theme::container::tip);
        let ghost = pin(ghost).x(at.x + 14.0).y(at.y + 10.0).width(Length::Fill).height(Length::Fill);
        mouse_area(ghost).interaction(Interaction::Grabbing).into()
    }
}

impl Screen {
    /// Whether machines are dragged now.
    pub(crate) const fn is_dragging(&self) -> bool {
        self.drag.is_carried()
    }

    /// A row was pressed: what is selected may be dragged, if its host can be asked.
    pub(super) fn hold(&mut self, press: Press, from: Point, key: &Key, model: &Model) -> Task<app::Message> {
        let is_one_of_several = press.modifiers.is_empty() && self.selection.contains(key) && self.targets().len() > 1;
        if !is_one_of_several {
            self.selection.only(Some(key.clone()));
        }
        let is_live = |key: &Key| model.host(&key.host).is_some_and(crate::model::HostModel::is_live);
        let keys = self.targets().into_iter().filter(is_live).collect();
        self.drag = Drag::Pressed { from, keys, alone: is_one_of_several.then(|| key.clone()) };
        self.focus_list()
    }

    /// The pointer moved or let go.
    pub(super) fn dragged(&mut self, message: Message, model: &Model) -> Action {
        match (&mut self.drag, message) {
            (Drag::Pressed { from, keys, .. }, Message::Moved(at)) if from.distance(at) > SLACK && !keys.is_empty() => {
                self.drag = Drag::Carried { at, keys: std::mem::take(keys), over: None };
            }
            (Drag::Carried { at, .. }, Message::Moved(now)) => *at = now,
            (Drag::Carried { over, .. }, Message::Over(place)) => *over = Some(place),
            (Drag::Carried { over, .. }, Message::Left(place)) if over.as_ref() == Some(&place) => *over = None,
            (_, Message::Released) => {
                return match std::mem::take(&mut self.drag) {
                    Drag::Pressed { alone: Some(key), .. } => {
                        self.selection.only(Some(key));
                        Action::None
                    }
                    Drag::Carried { keys, over: Some(place), .. } => drop_on(&place, keys, model, &self.places),
                    _ => Action::None,
                };
            }
            _ => {}
        }
        Action::None
    }
}

/// The call that puts machines where they were dropped; none for those that are there already.
fn drop_on(place: &Place, mut keys: Vec<Key>, model: &Model, places: &Places) -> Action {
    let call = match place {
        Place::Group(group) => {
            keys.retain(|key| model.machine(key).is_some_and(|machine| machine.group != *group));
            Call::Metadata(keys.clone(), Metadata { group: Some(group.clone()), ..Metadata::default() })
        }
        Place::Tag(name) => {
            keys.retain(|key| model.machine(key).is_some_and(|machine| machine.tags.iter().all(|tag| tag.name != *name)));
            let Some(tag) = places.tag(name) else { return Action::None };
            Call::Tags(keys.clone(), vec![tag.clone()], Vec::new())
        }
        Place::All | Place::Host(_) | Place::Part(..) => return Action::None,
    };
    if keys.is_empty() { Action::None } else { Action::Call(call) }
}

#[cfg(test)]
#[path = "drag_tests.rs"]
mod tests;
