//! A dialog of several pages: their list at the left, the head and the body of one of them at the right.

use client::t;
use iced::{
    Alignment, Element, Length,
    widget::{Id, Space, button, column, container, row, rule, scrollable},
};

use crate::{
    component::icon_button,
    font,
    icon::{self, Icon},
    theme::{self, size, space},
    widget::{
        Role, Said, focusable,
        scroll::{PANE, scroll},
        text,
    },
};

/// An entry of the list: its icon and name, whether it is the page that is open, what to say when it is chosen.
pub(super) type Entry<Message> = (Icon, String, bool, Message);

/// The whole dialog: `name` and the list, `title` of the page that is open and its `body`, which scrolls as `id`.
pub(super) fn pages<'a, Message: Clone + 'a>(
    name: String,
    entries: impl IntoIterator<Item = Entry<Message>>,
    (title, body, id): (String, Element<'a, Message>, Id),
    close: Message,
) -> Element<'a, Message> {
    let title = text(title).size(17).line_height(text::LineHeight::Absolute(24.into())).font(font::SEMIBOLD);
    let close = icon_button(icon::x(), t!("settings-close"), Some("Esc"), false, Some(close));
    let head = row![title, Space::new().width(Length::Fill), close].align_y(Alignment::Center).height(56).padding([0.0, space::XL]);
    let page = container(body).padding(iced::Padding::ZERO.horizontal(space::XL).bottom(space::XL));
    let page = scroll(scrollable(page).id(id).height(Length::Fill), PANE);
    let whole = row![list(name, entries), rule::vertical(1).style(theme::container::line), column![head, page].width(Length::Fill)];
    container(whole).width(880).height(620).padding(1).clip(true).style(theme::container::dialog).into()
}

fn list<'a, Message: Clone + 'a>(name: String, entries: impl IntoIterator<Item = Entry<Message>>) -> Element<'a, Message> {
    let heading = container(text(name).size(15).font(font::SEMIBOLD)).center_y(44).padding([0.0, space::S]);
    let mut list = column![heading].spacing(2);
    for (icon, words, is_here, message) in entries {
        let icon = if is_here { icon.colour(16.0, |t| t.accent_text) } else { icon.muted(16.0) };
        let words = text(words).size(13).font(if is_here { font::SEMIBOLD } else { font::BODY });
        let entry = row![icon, words].spacing(space::M).align_y(Alignment::Center).height(Length::Fill);
        let entry = button(entry).width(Length::Fill).height(size::CONTROL).padding([0.0, space::S]).style(theme::button::item(is_here));
        let said = move || Said::new(Role::Tab).on(is_here);
        list = list.push(focusable(entry.on_press(message.clone())).inside().on_press(message).say(said));
    }
    let style = |theme: &iced::Theme| {
        let mut style = theme::container::fill(|t| if t.is_dark { t.surface } else { t.bg })(theme);
        style.border.radius = iced::border::left(size::RADIUS_XL - 1.0);
        style
    };
    container(list).width(212).height(Length::Fill).padding(space::M).style(style).into()
}
