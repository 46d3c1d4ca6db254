//! What each window shows.

use iced::{
    Element, Length,
    widget::{container, space, stack},
    window,
};

use super::{App, Message, Window, keys::scope};
use crate::{dialog, palette, theme};

impl App {
    /// A window's content, and what lies over it.
    pub fn view(&self, id: window::Id) -> Element<'_, Message> {
        let size = self.sizes.get(&id).copied().unwrap_or(iced::Size::new(self.layout.main.0, self.layout.main.1));
        let content: Element<'_, Message> = match self.windows.get(&id) {
            Some(Window::Main) => self.main.view(&self.model, &self.settings, &self.layout, size, id),
            Some(Window::Machine(_, screen)) => {
                screen.view(&self.model, &self.settings, size).map(move |message| Message::Machine(id, message))
            }
            None => space().into(),
        };
        let content = container(content).id(scope(id)).width(Length::Fill).height(Length::Fill).style(theme::container::fill(|t| t.bg));
        // One stack, whatever lies over the content: or scroll positions and text cursors below would be lost.
        let has_toasts = self.current == Some(id) || self.windows.len() == 1;
        let mut all = stack![content, if has_toasts { self.toasts.layer() } else { space().into() }];
        if let Some((_, menu)) = self.menu.as_ref().filter(|(window, _)| *window == id) {
            all = all.push(menu.layer(&self.model, &self.settings, size));
        }
        if let Some((_, open)) = self.dialog.as_ref().filter(|(window, _)| *window == id) {
            all = all.push(dialog::layer(open.view(&self.model, &self.settings)));
        }
        if let Some((_, open)) = self.palette.as_ref().filter(|(window, _)| *window == id) {
            all = all.push(palette::layer(open.view(&self.model, &self.settings, size)));
        }
        all.into()
    }
}
