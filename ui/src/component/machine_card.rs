//! A machine in the grid: its screen, and below it what the table has in its first columns.

use client::{Machine, locale, unit};
use iced::{
    Alignment, Background, Border, Element, Length, Theme,
    widget::{Row, Space, column, container, image::Handle, row},
};

use super::{
    condition_colour,
    control::with_notes,
    os_tile, state_glyph, tag_chip,
    thumbnail::{drawn, no_picture},
};
use crate::{
    font,
    theme::{self, size, space, tokens},
    widget::{cut, text},
};

/// Width of a card at which its picture is 16:10.
pub const WIDTH: f32 = 256.0;
/// Height of a card.
pub const HEIGHT: f32 = PICTURE + 84.0;
const PICTURE: f32 = 159.0;

/// A machine in the grid. Whoever draws it adds click, focus and context menu.
pub fn machine_card<'a, Message: 'a>(
    machine: &Machine,
    thumbnail: Option<&Handle>,
    cpu: Option<f32>,
    selected: bool,
    stale: bool,
) -> Element<'a, Message> {
    let condition = machine.condition();
    let picture: Element<'a, Message> = match thumbnail.filter(|_| machine.is_active()) {
        Some(handle) => drawn(handle, if stale { 0.45 } else { 1.0 }),
        None => no_picture(condition, &locale::condition(condition), ""),
    };
    let picture = container(picture).width(Length::Fill).height(PICTURE).clip(true).style(|theme: &Theme| container::Style {
        background: Some(Background::Color(tokens(theme).sunken)),
        border: Border { radius: iced::border::top(size::RADIUS), ..Border::default() },
        ..container::Style::default()
    });
    container(column![picture, words(machine, cpu, stale)])
        .width(Length::Fill)
        .height(HEIGHT)
        // Room for the frame, which does not move what is inside when it gets wider.
        .padding(2)
        .style(move |theme: &Theme| {
            let t = tokens(theme);
            let (ground, edge, width) = if selected { (t.selected, t.accent, 2.0) } else { (t.surface, t.line, 1.0) };
            container::Style {
                background: Some(Background::Color(ground)),
                border: Border { color: edge, width, radius: size::RADIUS_L.into() },
                ..container::Style::default()
            }
        })
        .into()
}

fn words<'a, Message: 'a>(machine: &Machine, cpu: Option<f32>, stale: bool) -> Element<'a, Message> {
    let condition = machine.condition();
    let mut head = row![
        state_glyph(condition, 13.0),
        with_notes(
            cut(machine.label().to_owned()).font(font::SEMIBOLD).colour(if stale { |t| t.subtle } else { |t| t.text }),
            &machine.description
        )
    ]
    .spacing(6)
    .align_y(Alignment::Center);
    if let Some(cpu) = cpu {
        head = head.push(text(unit::percent(f64::from(cpu))).size(12).style(theme::colour(if stale { |t| t.subtle } else { |t| t.text })));
    }
    let system: Element<'a, Message> = match (machine.os_name.is_empty(), machine.last_stop_time) {
        (_, time) if condition == client::Condition::Crashed && time > 0 => {
            cut(locale::stop(machine, crate::model::now())).size(12.0, 16.0).colour(condition_colour(condition)).into()
        }
        (true, _) => cut(locale::condition(condition)).size(12.0, 16.0).colour(|t| t.subtle).into(),
        (false, _) => cut(machine.os_name.clone()).size(12.0, 16.0).colour(|t| t.subtle).into(),
    };
    let mut tags = Row::new().spacing(space::XS).align_y(Alignment::Center).height(20);
    for tag in machine.tags.iter().take(2) {
        tags = tags.push(tag_chip(tag));
    }
    if machine.tags.len() > 2 {
        tags = tags.push(text(format!("+{}", machine.tags.len() - 2)).size(12).style(theme::subtle));
    }
    let below = row![os_tile(machine, 36.0), column![system, container(tags).clip(true)].spacing(2).width(Length::Fill)].spacing(space::S);
    container(column![head, below, Space::new().height(0)].spacing(6)).padding([8, 12]).into()
}

#[cfg(test)]
mod tests {
    use client::Tag;
    use iced::Size;

    use super::*;
    use crate::{
        component::thumbnails::decode,
        screen::details::sample::{draw, key, model, window},
    };

    #[tokio::test]
    async fn a_card_tells_name_system_load_and_tags() {
        let (model, client) = model().await;
        let key = key(&model, "win11-gaming");
        let picture = decode(&client.screenshot(key.machine, 256, client::Prompt::Never).await.unwrap(), 256, false).unwrap();
        let mut cards: Row<'_, ()> = Row::new().spacing(16).padding(16);
        for (index, (_, machine)) in model.machines().enumerate().take(4) {
            let mut machine = machine.clone();
            machine.tags.extend(["one", "two"].map(|name| Tag { name: name.into(), colour: "#3d6bc4".into() }).into_iter().take(index));
            let picture = (index == 0).then_some(&picture.handle);
            let card = machine_card(&machine, picture, machine.is_active().then_some(0.38), index == 1, index == 3);
            cards = cards.push(container(card).width(WIDTH));
        }
        let mut window = window(cards, Size::new(1120.0, 280.0));
        for words in ["win11-gaming", "Windows 11 Pro 24H2", "38\u{a0}%", "gpu"] {
            assert!(window.find(words).is_ok(), "{words}");
        }
        draw(&mut window, "cards");
    }
}
