//! A coloured note: what is wrong or worth knowing, why, and what can be done.

use iced::{
    Color, Element, Length,
    widget::{Column, container, row},
};

use crate::{
    font,
    icon::{self, Icon},
    theme::{self, Tokens, size, space},
    widget::text,
};

/// A colour of the theme.
type Pick = fn(&Tokens) -> Color;

/// How much it matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// Something failed.
    Error,
    /// Something wants a look, or waits.
    Warning,
    /// Worth knowing.
    Information,
}

impl Weight {
    fn icon(self) -> Icon {
        match self {
            Self::Error => icon::circle_alert(),
            Self::Warning => icon::triangle_alert(),
            Self::Information => icon::info(),
        }
    }

    fn colours(self) -> (Pick, Pick) {
        match self {
            Self::Error => (|t| t.crashed_soft, |t| t.crashed),
            Self::Warning => (|t| t.paused_soft, |t| t.paused),
            Self::Information => (|t| t.migrating_soft, |t| t.migrating),
        }
    }
}

/// A note with a title, more lines, and links below.
pub fn note<'a, Message: 'a>(
    weight: Weight,
    title: impl Into<String>,
    lines: impl IntoIterator<Item = String>,
    links: Option<Element<'a, Message>>,
) -> Element<'a, Message> {
    let (soft, strong) = weight.colours();
    let line_height = text::LineHeight::Absolute(16.into());
    let mut words = Column::new().spacing(2).width(Length::Fill);
    words = words.push(text(title.into()).size(12).line_height(line_height).font(font::SEMIBOLD).style(theme::normal));
    for line in lines {
        words = words.push(text(line).size(12).line_height(line_height).style(theme::normal));
    }
    words = words.push(links);
    container(row![icon_box(weight.icon(), strong), words].spacing(space::S))
        .padding([space::S, 10.0])
        .width(Length::Fill)
        .style(theme::container::badge(soft, strong, size::RADIUS))
        .into()
}

fn icon_box<'a, Message: 'a>(icon: Icon, strong: Pick) -> Element<'a, Message> {
    container(icon.colour(16.0, strong)).into()
}
