//! A thin bar: how full something is.

use iced::{
    Background, Border, Color, Element, Length, Theme,
    widget::{Space, container, row},
};

use crate::theme::{Tokens, tokens};

/// A bar of `width` that is `part` (0…1) full.
pub fn meter<'a, Message: 'a>(part: f32, width: impl Into<Length>, colour: fn(&Tokens) -> Color) -> Element<'a, Message> {
    // Portions are whole numbers; a thousand steps are finer than a pixel.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0…1000")]
    let full = (part.clamp(0.0, 1.0) * 1000.0).round() as u16;
    let bar = container(Space::new().width(Length::Fill).height(6)).style(move |theme: &Theme| fill(colour(tokens(theme))));
    let mut content = row![].width(Length::Fill);
    if full > 0 {
        content = content.push(bar.width(Length::FillPortion(full)));
    }
    if full < 1000 {
        content = content.push(Space::new().width(Length::FillPortion(1000 - full)));
    }
    container(content).width(width).height(6).style(|theme: &Theme| fill(tokens(theme).track)).into()
}

fn fill(colour: Color) -> container::Style {
    container::Style {
        background: Some(Background::Color(colour)),
        border: Border { radius: 3.0.into(), ..Border::default() },
        ..container::Style::default()
    }
}
