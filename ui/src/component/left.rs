//! What changes of devices left behind, with what puts it back.

use client::{HostFacts, t};
use iced::{
    Background, Border, Element, Length, Theme,
    widget::{column, container, row},
};

use super::{Button, Kind, note, note::Weight};
use crate::{
    icon,
    theme::{self, size, space, tokens},
    widget::text,
};

/// Devices that are told of at once; each takes room from what the screen is for.
const MOST: usize = 3;

/// A note for each device that could neither be given nor put back.
pub fn left<'a, Message: Clone + 'a>(facts: &HostFacts, copy: impl Fn(String) -> Message) -> Vec<Element<'a, Message>> {
    let one = |left: &client::LeftBehind| {
        let (title, words) = client::locale::left_behind(left);
        let repair = (!left.repair.is_empty()).then(|| {
            let commands = left.repair.join("\n");
            let button = Button::new(Kind::Link, t!("memory-copy")).line().icon(icon::copy()).on_press(copy(commands.clone()));
            container(column![well(commands), row![button]].spacing(space::XS)).padding([2.0, 0.0]).into()
        });
        note(Weight::Error, title, [words], repair)
    };
    facts.left.iter().take(MOST).map(one).collect()
}

/// Commands as they are typed.
pub(super) fn well<'a, Message: 'a>(code: String) -> Element<'a, Message> {
    let style = |theme: &Theme| {
        let t = tokens(theme);
        let border = Border { color: t.line, width: 1.0, radius: size::RADIUS.into() };
        container::Style { background: Some(Background::Color(t.sunken)), border, ..container::Style::default() }
    };
    let line_height = text::LineHeight::Absolute(18.into());
    let code = crate::widget::code(code).line_height(line_height).style(theme::normal);
    container(code).padding([space::XS, space::M]).width(Length::Fill).style(style).into()
}
