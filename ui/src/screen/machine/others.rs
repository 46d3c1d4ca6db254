//! What a machine's tab of devices has besides the list: rules for USB devices, and Looking Glass.

use client::{
    device::{UsbName, UsbRule},
    t, unit,
};
use iced::{
    Alignment, Element, Length,
    widget::{Column, Row, column, container, row, rule},
};

use super::Message;
use crate::{
    app::other::usb_label,
    component::{Button, Kind, badge, device::reason_words, switch},
    font,
    icon::{self, Icon},
    screen::details::Subject,
    theme::{self, Tokens, size, space},
    widget::{cut, text},
};

type Pick = fn(&Tokens) -> iced::Color;

/// What goes to it whenever it is plugged in; nothing without a rule.
pub(super) fn rules<'a>(subject: &Subject<'a>) -> Option<Element<'a, Message>> {
    let rules = subject.machine.usb_rules.as_deref().unwrap_or_default();
    if rules.is_empty() {
        return None;
    }
    let mut list = Column::new().width(Length::Fill);
    for (at, one) in rules.iter().enumerate() {
        let line = (at > 0).then(|| rule::horizontal(1).style(theme::container::line));
        list = list.push(line).push(rule_line(one, subject));
    }
    let head = text(t!("machine-rules-head")).size(15).font(font::SEMIBOLD);
    Some(column![head, container(list).width(Length::Fill).style(theme::container::card)].spacing(space::S).into())
}

fn rule_line<'a>(one: &'a UsbRule, subject: &Subject<'a>) -> Element<'a, Message> {
    let about = match &one.on {
        UsbName::Serial(serial) => t!("machine-rule-serial", serial = serial.as_str()),
        UsbName::Ports(ports) => t!("machine-rule-port", port = ports.join(", ")),
        UsbName::Id(ids) => t!("machine-rule-kind", ids = ids.as_str()),
        UsbName::Place(bus, number) => t!("other-place", bus = *bus, number = *number),
    };
    let below = match one.reasons.is_empty() {
        true => about,
        false => format!("{about} · {}", one.reasons.iter().map(|word| reason_words(word)).collect::<Vec<_>>().join("; ")),
    };
    let name = usb_label(&subject.host.others, &one.on);
    let words = column![cut(name).font(font::MEDIUM), cut(below).size(12.0, 16.0).colour(|t| t.subtle)].width(Length::Fill);
    let remove = Button::new(Kind::Secondary, t!("machine-rule-remove")).compact();
    let remove = remove.on_press_maybe(subject.host.is_live().then(|| Message::RemoveRule(one.id.clone(), one.on.clone())));
    Row::new()
        .push(icon::usb().colour(16.0, |t| t.muted))
        .push(words)
        .push(standing(&one.state))
        .push(remove)
        .spacing(space::M)
        .padding([0.0, space::L])
        .height(size::ROW)
        .align_y(Alignment::Center)
        .into()
}

/// How it stands: a shape, a colour and a word each.
fn standing<'a>(state: &str) -> Element<'a, Message> {
    let (icon, words, soft, strong): (Icon, String, Pick, Pick) = match state {
        "attached" => (icon::circle_check(), t!("machine-rule-attached"), |t| t.running_soft, |t| t.running),
        "outranked" => (icon::arrow_up_down(), t!("machine-rule-outranked"), |t| t.off_soft, |t| t.off),
        "released" => (icon::unplug(), t!("machine-rule-released"), |t| t.paused_soft, |t| t.paused),
        "failed" => (icon::triangle_alert(), t!("machine-rule-failed"), |t| t.paused_soft, |t| t.paused),
        _ => (icon::clock(), t!("machine-rule-waiting"), |t| t.off_soft, |t| t.off),
    };
    badge(icon, words, soft, strong)
}

/// One switch; where the service has it.
pub(super) fn glass<'a>(subject: &Subject<'a>) -> Option<Element<'a, Message>> {
    let bytes = subject.machine.looking_glass?;
    let is_on = bytes > 0;
    let said = if is_on { t!("machine-glass-on", size = unit::size(bytes)) } else { t!("machine-glass-off") };
    let press = subject.host.is_live().then_some(Message::Glass(!is_on));
    let switch = switch("Looking Glass".to_owned(), is_on, 18.0, press).id("machine-glass");
    let plan =
        Button::new(Kind::Link, t!("machine-glass-plan")).line().on_press_maybe(subject.host.is_live().then_some(Message::Glass(true)));
    // The program has to be where the memory is.
    let can_open = is_on && subject.machine.is_active() && subject.host.host.is_here();
    let open = can_open.then(|| {
        let press = subject.host.is_live().then_some(Message::OpenGlass);
        Button::new(Kind::Secondary, t!("machine-glass-open")).compact().on_press_maybe(press)
    });
    let words = column![
        text("Looking Glass").size(13).font(font::MEDIUM),
        text(said).size(12).line_height(text::LineHeight::Absolute(16.into())).style(theme::subtle),
        plan
    ];
    let line = row![icon::monitor_play().colour(16.0, |t| t.muted), words.spacing(2).width(Length::Fill)].push(open).push(switch);
    let line = line.spacing(space::M).padding([space::M, space::L]).align_y(Alignment::Center);
    Some(container(line).width(Length::Fill).style(theme::container::card).into())
}
