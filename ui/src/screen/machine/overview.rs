//! What the machine shows, what it is made of, what its log says last, and what a person wrote down.

use client::{Error, t};
use iced::{
    Element, Length, Size,
    widget::{Column, Row, column, container, row},
};

use super::{Message, wish};
use crate::{
    command::Command,
    component::{Button, Kind, thumbnail},
    font,
    model::Pictures,
    screen::details::{self, Details, Subject, Wish, charts, description, facts, job, notices, table},
    theme::{self, space},
    widget::{cut, text},
};

/// Below this width everything stands in one column.
const NARROW: f32 = 900.0;
/// Lines of the log that are shown.
const LINES: usize = 8;
/// Width of the labels of facts.
const LABEL: f32 = 104.0;

/// The first tab.
pub(super) fn view<'a>(
    pane: &'a Details,
    log: Option<&'a Result<Vec<String>, Error>>,
    subject: &Subject<'a>,
    window: Size,
    figures: &client::settings::Figures,
    pictures: Pictures,
) -> Element<'a, Message> {
    let is_narrow = window.width < NARROW;
    let width = if is_narrow { window.width - 2.0 * space::L } else { (window.width - 3.0 * space::L) * 0.58 };
    // A machine that is off needs no room for a picture.
    let most = if subject.machine.is_active() { (window.height * 0.5).max(160.0) } else { 180.0 };
    let (is_fresh, picture_height) = (subject.host.is_live() && pictures == Pictures::On, (width * 0.5625).min(most));
    let ask = Message::Pane(details::Message::ShowPicture);
    let picture = thumbnail(subject.machine, pane.screen(&subject.key, pictures), is_fresh, picture_height, ask);
    let mut side = Column::with_children(notices(subject)).spacing(space::S).width(Length::Fill);
    if pictures == Pictures::BatteryLow && subject.machine.is_active() {
        side = side.push(iced::widget::text(t!("details-saves-power")).size(12).style(theme::subtle));
    }
    if let Some(job) = job(subject) {
        side = side.push(container(job).padding(space::M).width(Length::Fill).style(theme::container::card));
    }
    if subject.machine.is_active() && figures.is_any() {
        let charts = container(charts(subject, figures)).padding([space::M, space::L]).width(Length::Fill);
        side = side.push(charts.style(theme::container::card));
    }
    side = side.push(container(description(subject, true)).width(Length::Fill).style(theme::container::card));
    let side = Element::from(side).map(wish);
    let top: Element<'a, Message> = if is_narrow {
        column![picture, side].spacing(space::L).into()
    } else {
        row![container(picture).width(Length::FillPortion(58)), container(side).width(Length::FillPortion(42))].spacing(space::L).into()
    };
    let all = column![top, made_of(subject, is_narrow), last_lines(log, subject)].spacing(space::L).padding(space::L);
    super::filled(all.into())
}

fn card<'a>(title: String, link: Option<Element<'a, Message>>, body: impl Into<Element<'a, Message>>) -> Element<'a, Message> {
    let head = Row::new()
        .push(text(title).size(13).font(font::SEMIBOLD).width(Length::Fill))
        .push(link)
        .height(20)
        .align_y(iced::Alignment::Center);
    container(column![head, body.into()].spacing(space::M))
        .padding([space::M, space::L])
        .width(Length::Fill)
        .style(theme::container::card)
        .into()
}

fn made_of<'a>(subject: &Subject<'a>, is_narrow: bool) -> Element<'a, Message> {
    let mut left = facts(subject);
    if is_narrow {
        return card(t!("machine-made-of"), None, table(left, LABEL).map(wish));
    }
    let right = left.split_off(left.len().div_ceil(2));
    let body = row![table(left, LABEL).map(wish), table(right, LABEL).map(wish)].spacing(space::XXL);
    card(t!("machine-made-of"), None, body)
}

fn last_lines<'a>(log: Option<&'a Result<Vec<String>, Error>>, subject: &Subject<'a>) -> Element<'a, Message> {
    let link = Command::ShowLog.suits(subject.machine).then(|| {
        let show = Button::new(Kind::Link, t!("machine-show-log")).line();
        show.on_press(wish(Wish::Run(Command::ShowLog))).into()
    });
    let body: Element<'a, Message> = match log {
        Some(Ok(lines)) if !lines.is_empty() => {
            let last = lines.iter().skip(lines.len().saturating_sub(LINES));
            let line = |line: &'a String| cut(line.as_str()).size(12.0, 18.0).code().colour(|t| t.muted).into();
            let lines = Column::with_children(last.map(line)).width(Length::Fill);
            container(lines)
                .padding([space::S, space::M])
                .width(Length::Fill)
                .style(theme::container::rounded(|t| t.sunken, theme::size::RADIUS))
                .into()
        }
        Some(Ok(_)) => text(t!("machine-no-log")).size(12).style(theme::subtle).into(),
        Some(Err(_)) => text(t!("machine-log-unread")).size(12).style(theme::subtle).into(),
        None => text(" ").size(12).into(),
    };
    card(t!("machine-log"), link, body)
}
