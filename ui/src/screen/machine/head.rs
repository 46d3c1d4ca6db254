//! The header of a machine's window, and its tabs.

use client::{settings::Settings, t, unit};
use iced::{
    Alignment, Element, Length, Padding, Size,
    keyboard::{Key, key::Named},
    widget::{self, Row, Space, column, container, row, rule, tooltip},
};

use super::{Message, Tab, menu, wish};
use crate::{
    app::key_of,
    command::Command,
    component::{
        Button, Kind, command_menu,
        control::with_tip,
        more_button, os_tile,
        window_frame::{drag_area, window_buttons},
    },
    font,
    icon::{self, Icon},
    screen::details::{POWER, Subject, Wish, can},
    theme::{self, Tokens, size, space},
    widget::{Role, Said, cut, direction, focusable, text},
};

/// Below this width, buttons that have an icon lose their word.
const NARROW: f32 = 900.0;

/// Who it is, how it is, and what can be done.
pub(super) fn view<'a>(subject: &Subject<'a>, settings: &Settings, window: Size, has_frame: bool) -> Element<'a, Message> {
    let machine = subject.machine;
    let name = cut(machine.label()).size(15.0, 20.0).font(font::SEMIBOLD).width(Length::Shrink);
    let words = column![
        row![name, subject.badge()].spacing(10).align_y(Alignment::Center),
        cut(below(subject)).size(12.0, 16.0).colour(|t| t.subtle)
    ]
    .spacing(2)
    .width(Length::Fill);
    let mut bar =
        row![os_tile(machine, 36.0), words, buttons(subject, settings, window.width < NARROW)].spacing(space::M).align_y(Alignment::Center);
    if has_frame {
        let line = container(rule::vertical(1).style(theme::container::line)).height(24);
        bar = bar.push(line).push(window_buttons(Message::Window));
    }
    let bar =
        container(bar).padding([0.0, space::L]).center_y(size::MACHINE_HEADER).width(Length::Fill).style(theme::container::fill(|t| t.bg));
    let head: Element<'a, Message> = if has_frame { drag_area(bar, Message::Window) } else { bar.into() };
    column![head, rule::horizontal(1).style(theme::container::line)].into()
}

/// System, for how long, and where.
fn below(subject: &Subject<'_>) -> String {
    let (state, _) = subject.state();
    let mut parts = Vec::new();
    if !subject.machine.os_name.is_empty() {
        parts.push(client::locale::isolated(&subject.machine.os_name).into_owned());
    }
    if state != client::locale::condition(subject.machine.condition()) {
        parts.push(state);
    }
    parts.push(client::locale::isolated(&subject.host_name()).into_owned());
    if !subject.host.is_live() && subject.host.last_seen > 0 {
        parts.push(t!("machine-last-seen", time = unit::moment(subject.host.last_seen, subject.now)));
    }
    parts.join(" · ")
}

fn buttons<'a>(subject: &Subject<'a>, settings: &Settings, is_narrow: bool) -> Element<'a, Message> {
    let run = |command: Command| can(subject, command).then(|| wish(Wish::Run(command)));
    let mut buttons = Row::new().spacing(space::S).align_y(Alignment::Center);
    if subject.machine.is_active() {
        if Command::Pause.suits(subject.machine) {
            let key = key_of(settings, Command::PauseOrResume);
            let pause: Element<'a, Message> = if is_narrow {
                crate::component::icon_button(icon::pause(), t!("command-pause"), Some(&key), false, run(Command::Pause))
            } else {
                Button::new(Kind::Flat, t!("command-pause")).icon(icon::pause()).on_press_maybe(run(Command::Pause)).into()
            };
            buttons = buttons.push(pause);
        }
        let label = (!is_narrow).then(|| t!("command-shutdown"));
        buttons = buttons.push(command_menu(
            Kind::Flat,
            icon::power(),
            label,
            t!("details-power"),
            settings,
            POWER.map(|command| (command, run(command))),
        ));
    }
    let primary = subject.primary();
    // There is nothing to open for a machine that runs: this is its window.
    if primary != Command::Open {
        let label = match primary {
            Command::Start if subject.machine.has_saved_state => t!("details-restore"),
            command => t!(&format!("command-{}", command.id())),
        };
        buttons = buttons.push(Button::new(Kind::Primary, label).icon(primary.icon()).id("machine-primary").on_press_maybe(run(primary)));
    }
    buttons.push(more_button(Kind::Flat, t!("details-more-actions"), size::CONTROL, menu)).into()
}

/// The parts of the window.
pub(super) fn tabs<'a>(current: Tab, is_offered: impl Fn(Tab) -> bool) -> Element<'a, Message> {
    let offered: Vec<Tab> = Tab::ALL.into_iter().filter(|tab| is_offered(*tab)).collect();
    let items = offered.iter().enumerate().map(|(at, tab)| {
        let beside = [offered[at.saturating_sub(1)], offered[(at + 1).min(offered.len() - 1)], offered[0], offered[offered.len() - 1]];
        item(*tab, *tab == current, beside)
    });
    let tabs = Row::with_children(items).padding(Padding::ZERO.horizontal(space::S));
    let bar = container(tabs).width(Length::Fill).height(size::BAR).style(theme::container::fill(|t| t.bg));
    column![bar, rule::horizontal(1).style(theme::container::line)].into()
}

/// `beside`: the one before, the one after, the first and the last.
fn item<'a>(tab: Tab, is_current: bool, [before, after, first, last]: [Tab; 4]) -> Element<'a, Message> {
    let (icon, label, keys): (Icon, String, &str) = match tab {
        Tab::Overview => (icon::layout_list(), t!("machine-overview"), "Ctrl+1"),
        Tab::Performance => (icon::activity(), t!("machine-performance"), "Ctrl+2"),
        Tab::Devices => (icon::circuit_board(), t!("machine-devices"), "Ctrl+3"),
        Tab::Tuning => (icon::cpu(), t!("machine-tuning"), "Ctrl+4"),
    };
    let ink: fn(&Tokens) -> iced::Color = if is_current { |t| t.accent_text } else { |t| t.text };
    let mark: fn(&Tokens) -> iced::Color = if is_current { |t| t.accent_text } else { |t| t.muted };
    let words = row![icon.colour(16.0, mark), text(label).size(13).font(font::MEDIUM).style(theme::colour(ink))]
        .spacing(space::S)
        .align_y(Alignment::Center);
    let under = container(Space::new()).width(Length::Fill).height(2).style(move |theme: &iced::Theme| {
        let fill = if is_current { theme::tokens(theme).accent } else { iced::Color::TRANSPARENT };
        container::Style::default().background(fill)
    });
    let inside = column![container(words).center_y(size::BAR - 2.0).padding([0.0, space::M]), under].width(Length::Shrink);
    let face = widget::button(inside).padding(0).style(theme::button::flat).on_press(Message::Tab(tab));
    let said = move || Said::new(Role::Tab).on(is_current);
    let face = focusable(face).id(tab.id()).inside().on_press(Message::Tab(tab)).say(said).on_key(move |key, _| match key {
        Key::Named(Named::ArrowLeft | Named::ArrowRight) => {
            direction::onwards(key).map(|on| Message::Walk(if on { after } else { before }))
        }
        Key::Named(Named::Home) => Some(Message::Walk(first)),
        Key::Named(Named::End) => Some(Message::Walk(last)),
        _ => None,
    });
    with_tip(face, tip(tab), Some(keys), tooltip::Position::Bottom)
}

fn tip(tab: Tab) -> String {
    match tab {
        Tab::Overview => t!("machine-overview-tip"),
        Tab::Performance => t!("machine-performance-tip"),
        Tab::Devices => t!("machine-devices-tip"),
        Tab::Tuning => t!("machine-tuning-tip"),
    }
}
