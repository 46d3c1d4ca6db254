//! What each window shows.

use iced::{
    Element, Length,
    widget::{container, space},
    window,
};

use super::{App, Message, Window, keys::scope};
use crate::{
    dialog, palette,
    toast::Looked,
    widget::{Role, Said, direction, mirror, sheets, spoken},
};

impl App {
    /// A window's content, and what lies over it.
    pub fn view(&self, id: window::Id) -> Element<'_, Message> {
        direction::set(self.settings.appearance.direction.is_mirrored());
        let size = self.sizes.get(&id).copied().unwrap_or(iced::Size::new(self.layout.main.0, self.layout.main.1));
        let content: Element<'_, Message> = match self.windows.get(&id) {
            Some(Window::Main) => self.main.view(&self.model, &self.settings, &self.layout, size, id),
            Some(Window::Machine(_, screen)) => {
                screen.view(&self.model, &self.settings, size).map(move |message| Message::Machine(id, message))
            }
            None => space().into(),
        };
        // The theme's own ground is below: one more fill of the whole window is dear.
        // In reach of Tab, so inside of what that walks.
        let content = sheets(content);
        let content = if self.shows_tour(id) {
            content.push(self.tour.layer(&self.settings).map(Message::Tour))
        } else {
            content.push_unseen(space())
        };
        let content = container(content).id(scope(id)).width(Length::Fill).height(Length::Fill);
        // The same sheets, whatever lies over the content: or scroll positions and text cursors below would be lost.
        let place = Looked { window: id, is_looked_at: self.current == Some(id) || self.windows.len() == 1 };
        let all = sheets(content);
        let mut all = if self.toasts.are_in(place) { all.push(self.toasts.layer(place)) } else { all.push_unseen(space()) };
        if let Some((_, menu)) = self.menu.as_ref().filter(|(window, _)| *window == id) {
            all = all.push(menu.layer(&self.model, &self.settings, size));
        }
        if let Some((_, open)) = self.dialog.as_ref().filter(|(window, _)| *window == id) {
            all = all.push(dialog::layer(open.view(&self.model, &self.settings)));
        }
        if let Some((_, open)) = self.palette.as_ref().filter(|(window, _)| *window == id) {
            all = all.push(palette::layer(open.view(&self.model, &self.settings, size)));
        }
        mirror(spoken(all, move || Said::named(Role::Window, self.title(id)).key(id.to_string())))
    }
}

#[cfg(test)]
#[path = "paint_tests.rs"]
mod paint_tests;
