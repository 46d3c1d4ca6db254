//! The frame of dialogs, and how one lies over a window.

use iced::{
    Element, Length, Padding, Theme, border,
    keyboard::{Key, Modifiers, key::Named},
    widget::{column, container, mouse_area, opaque, row, scrollable, space as gap, stack},
};

use super::{Message, fit::fit};
use crate::{
    app, font,
    icon::Icon,
    theme::{self, Tokens, size, space},
    widget::{Caught, catch, scroll, text},
};

/// The id of the container that the focus stays in while a dialog is open.
pub const SCOPE: &str = "dialog";
/// What scrolls in a dialog that is drawn by [`frame_with`].
pub const BODY: iced::widget::Id = iced::widget::Id::new("dialog-body");

/// The tile of the icon, and the gap to the words beside it.
const TILE: f32 = 36.0;
const BESIDE: f32 = 14.0;
/// No dialog is higher, however tall its window is: what is longer scrolls.
const HIGHEST: f32 = 840.0;

/// Draws a dialog over a window.
pub fn over<'a>(content: Element<'a, app::Message>, dialog: Element<'a, Message>) -> Element<'a, app::Message> {
    stack![content, layer(dialog)].into()
}

/// A scrim that closes the dialog, and the dialog in the middle.
pub fn layer<'a>(dialog: Element<'a, Message>) -> Element<'a, app::Message> {
    let ground = container(gap()).width(Length::Fill).height(Length::Fill).style(theme::container::fill(|t| t.scrim));
    let scrim = mouse_area(ground).on_press(Message::Dismiss);
    let dialog = container(opaque(container(dialog).id(SCOPE))).center(Length::Fill).padding(space::XXL);
    catch(stack![opaque(scrim), dialog], keys).map(app::Message::Dialog)
}

// Before a text field takes them: Esc would only leave the field, and Ctrl+Enter would begin a line.
fn keys(key: &Key, modifiers: Modifiers) -> Caught<Message> {
    match key {
        Key::Named(Named::Escape) => Caught::Say(Message::Dismiss),
        Key::Named(Named::Enter) if modifiers.control() => Caught::Say(Message::Accept),
        _ => Caught::Pass,
    }
}

/// The frame of a dialog: icon, title, body, and a foot with the buttons. A body that is too high scrolls; the foot stays.
pub fn frame<'a, Message: 'a>(
    icon: Icon,
    soft: fn(&Tokens) -> iced::Color,
    strong: fn(&Tokens) -> iced::Color,
    title: impl Into<String>,
    body: impl Into<Element<'a, Message>>,
    foot: impl Into<Element<'a, Message>>,
    width: f32,
) -> Element<'a, Message> {
    frame_with(icon, soft, strong, title, body, None, foot, width)
}

/// The same with something at the end of the body that does not scroll away.
#[expect(clippy::too_many_arguments, reason = "one part of the frame each")]
pub fn frame_with<'a, Message: 'a>(
    icon: Icon,
    soft: fn(&Tokens) -> iced::Color,
    strong: fn(&Tokens) -> iced::Color,
    title: impl Into<String>,
    body: impl Into<Element<'a, Message>>,
    end: Option<Element<'a, Message>>,
    foot: impl Into<Element<'a, Message>>,
    width: f32,
) -> Element<'a, Message> {
    let tile = container(icon.colour(20.0, strong)).center(TILE).style(theme::container::badge(soft, strong, theme::size::RADIUS_L));
    let title = text(title.into()).size(15).line_height(text::LineHeight::Absolute(20.into())).font(font::SEMIBOLD);
    let words = column![title, body.into()].spacing(space::XS).width(Length::Fill);
    let head = row![tile, words].spacing(BESIDE);
    let bottom = if end.is_some() { space::XS } else { space::XL };
    let body = container(head).padding(Padding::new(space::XL).bottom(bottom)).width(Length::Fill);
    let body = scrollable(body).id(BODY).width(Length::Fill);
    let body = scroll(body, (6.0, 3.0));
    let inset = Padding { top: space::S, right: space::XL, bottom: space::XL, left: space::XL + TILE + BESIDE };
    let foot = column![].push(end.map(|end| container(end).padding(inset).width(Length::Fill))).push(strip(foot));
    // The edge is drawn below the content: one pixel keeps it in sight.
    container(fit(body, foot)).padding(1).max_height(HIGHEST).width(width).style(theme::container::dialog).into()
}

/// A dialog with a head of its own: what does not fit between the head and the foot scrolls.
pub(super) fn panel<'a, Message: 'a>(
    head: impl Into<Element<'a, Message>>,
    body: impl Into<Element<'a, Message>>,
    foot: impl Into<Element<'a, Message>>,
    width: f32,
) -> Element<'a, Message> {
    container(column![head.into(), fit(body, strip(foot))]).padding(1).width(width).style(theme::container::dialog).into()
}

/// The tinted strip with the buttons.
fn strip<'a, Message: 'a>(foot: impl Into<Element<'a, Message>>) -> Element<'a, Message> {
    let foot = container(foot).padding([space::M, space::L]).width(Length::Fill).style(foot_style);
    column![iced::widget::rule::horizontal(1).style(theme::container::line), foot].into()
}

fn foot_style(theme: &Theme) -> container::Style {
    let ground = theme::container::fill(|t| if t.is_dark { t.surface } else { t.sunken })(theme);
    container::Style { border: border::rounded(border::bottom(size::RADIUS_XL - 1.0)), ..ground }
}

#[cfg(test)]
mod tests {
    use iced::{Event, Size, keyboard};

    use super::*;
    use crate::dialog::{
        Dialog,
        delete::Delete,
        rename::Rename,
        test::{self, key},
    };

    /// What a key says while the text field of a dialog has the focus.
    fn pressed_in_the_field(named: Named, modifiers: Modifiers) -> Vec<app::Message> {
        let (model, settings) = (test::model(), client::settings::Settings::default());
        let dialog = Dialog::from(Rename::new(&model, key("win-server-2025")));
        let mut window = test::window(layer(dialog.view(&model, &settings)), Size::new(900.0, 600.0));
        let _ = window.click(iced::widget::Id::new("rename-name")).unwrap();
        let Event::Keyboard(keyboard::Event::KeyPressed { key, modified_key, physical_key, location, repeat, text, .. }) =
            iced_test::simulator::press_key(named, None)
        else {
            panic!("no key")
        };
        let event = keyboard::Event::KeyPressed { key, modified_key, physical_key, location, modifiers, repeat, text };
        let _ = window.simulate([Event::Keyboard(event)]);
        window.into_messages().collect()
    }

    #[test]
    fn escape_closes_a_dialog_even_out_of_a_text_field() {
        let messages = pressed_in_the_field(Named::Escape, Modifiers::empty());
        assert!(matches!(messages.as_slice(), [app::Message::Dialog(Message::Dismiss)]), "{messages:?}");
    }

    #[test]
    fn control_and_enter_accept_once() {
        let messages = pressed_in_the_field(Named::Enter, Modifiers::CTRL);
        assert!(matches!(messages.as_slice(), [app::Message::Dialog(Message::Accept)]), "{messages:?}");
    }

    #[test]
    fn the_buttons_are_in_sight_in_the_lowest_window() {
        let (model, settings) = (test::model(), client::settings::Settings::default());
        let mut delete = Dialog::from(Delete::new(&model, key("postgres-lab")));
        let items = (0..40).map(|number| client::PlanItem {
            kind: "disk".to_owned(),
            path: format!("/srv/{number}.img"),
            action: "trash".to_owned(),
            allocation: 1,
            capacity: 1,
            reason: String::new(),
            machines: Vec::new(),
        });
        let planned = crate::dialog::delete::Message::Planned(key("postgres-lab"), Ok(items.collect()));
        let _ = delete.update(&model, &settings, Message::Delete(planned));
        let mut window = test::window(layer(delete.view(&model, &settings)), Size::new(720.0, 480.0));
        let bounds = window.find("Delete machine").unwrap().visible_bounds().unwrap();
        assert!(bounds.y + bounds.height < 480.0 - 24.0);
    }
}
