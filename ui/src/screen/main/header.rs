//! The header: what can be done with the selection, the way to everything else, and the window's own buttons.

use client::{settings::Settings, t};
use iced::{
    Alignment, Element, Length,
    widget::{Row, Space, container, row, stack, tooltip},
    window,
};

use super::{Frame, Message, Screen, Width};
use crate::{
    action::Action,
    app::key_of,
    command::Command,
    component::{
        caps,
        control::with_tip,
        icon_button,
        window_frame::{drag_area, resize_edges, window_buttons},
    },
    font, icon,
    model::Model,
    theme::{self, Tokens, size, space},
    widget::{Press, Role, Said, cut, focusable, press_area, spoken, text},
};

/// Where a menu opens that no pointer opened.
const BELOW: iced::Point = iced::Point::new(320.0, size::HEADER);

impl Screen {
    pub(super) fn header<'a>(&'a self, model: &'a Model, settings: &'a Settings, width: Width, id: window::Id) -> Element<'a, Message> {
        let jobs: usize = model.hosts().iter().map(|host| host.jobs.len()).sum();
        let mut bar = Row::new().spacing(space::XS).align_y(Alignment::Center).height(size::HEADER).padding([0.0, space::M]);
        bar = bar.push(icon::app(28.0)).push(Space::new().width(space::S));
        for command in [Command::Start, Command::Pause, Command::Shutdown] {
            bar = bar.push(self.tool(command, model, settings, width));
        }
        let more = press_area(container(icon::ellipsis().muted(16.0)).center(size::CONTROL), |press| Some(Message::Menu(press)));
        let more = spoken(more, || Said::new(Role::Button)).on_press(Message::Menu(Press::at(BELOW)));
        bar = bar.push(with_tip(more, t!("more-actions"), None, tooltip::Position::Bottom));
        bar = bar.push(drag(Length::Fill, id)).push(search_button(settings, width)).push(drag(Length::Fill, id));
        bar = bar.push(badge(
            icon_button(
                icon::list_checks(),
                t!("command-jobs"),
                Some(&key_of(settings, Command::Jobs)),
                false,
                Some(Message::Run(Command::Jobs)),
            ),
            jobs,
        ));
        let menu = press_area(container(icon::menu().muted(16.0)).center(size::CONTROL), |press| Some(Message::AppMenu(press)));
        let menu = spoken(menu, || Said::new(Role::Button)).on_press(Message::AppMenu(Press::at(BELOW)));
        bar = bar.push(with_tip(menu, t!("menu"), None, tooltip::Position::Bottom));
        if !settings.appearance.desktop_title_bar {
            bar = bar.push(Space::new().width(space::S)).push(window_buttons(move |frame| Message::Window(id, frame)));
        }
        container(bar).width(Length::Fill).into()
    }

    /// A button of the toolbar: on when it makes sense for any of the selection.
    fn tool<'a>(&'a self, command: Command, model: &'a Model, settings: &'a Settings, width: Width) -> Element<'a, Message> {
        let targets = self.targets();
        let suits = |command: Command| {
            targets.iter().any(|key| {
                model
                    .host(&key.host)
                    .is_some_and(|host| host.is_live() && host.machines.get(&key.machine).is_some_and(|machine| command.suits(machine)))
            })
        };
        // Pause turns into Resume where that is what can be done.
        let command = if command == Command::Pause && !suits(command) && suits(Command::Resume) { Command::Resume } else { command };
        let is_restore = command == Command::Start
            && targets.iter().all(|key| model.machine(key).is_some_and(|machine| machine.has_saved_state))
            && !targets.is_empty();
        let label = if is_restore { t!("command-restore") } else { t!(&format!("command-{}", command.id())) };
        let message = suits(command).then_some(Message::Run(command));
        if width == Width::Narrow {
            return icon_button(command.icon(), label, Some(&key_of(settings, command)), false, message);
        }
        let colour: fn(&Tokens) -> iced::Color = if message.is_some() { |t| t.text } else { |t| t.disabled };
        let content = row![command.icon().colour(16.0, colour), text(label).size(13).font(font::MEDIUM).wrapping(text::Wrapping::None)]
            .spacing(space::S)
            .align_y(Alignment::Center)
            .height(Length::Fill);
        let button = iced::widget::button(content)
            .padding([0.0, 10.0])
            .height(size::CONTROL)
            .style(theme::button::flat)
            .on_press_maybe(message.clone());
        focusable(button).on_press_maybe(message).into()
    }
}

fn search_button<'a>(settings: &Settings, width: Width) -> Element<'a, Message> {
    let wide = width != Width::Narrow;
    let words = if wide { t!("search-everything") } else { t!("search") };
    let content = row![
        icon::search().colour(14.0, |t| t.subtle),
        cut(words).size(13.0, 16.9).plain().colour(|t| t.subtle),
        caps(&key_of(settings, Command::Palette)),
    ]
    .spacing(space::S)
    .align_y(Alignment::Center)
    .height(Length::Fill);
    let button = iced::widget::button(content)
        .padding([0.0, 10.0])
        .width(if wide { 340 } else { 200 })
        .height(size::CONTROL)
        .style(theme::button::secondary)
        .on_press(Message::Run(Command::Palette));
    focusable(button).on_press(Message::Run(Command::Palette)).into()
}

/// A number at the corner of a button.
fn badge<'a>(button: Element<'a, Message>, count: usize) -> Element<'a, Message> {
    if count == 0 {
        return button;
    }
    let number = container(
        text(count.to_string()).size(10).font(font::SEMIBOLD).style(|_: &iced::Theme| text::Style { color: Some(iced::Color::WHITE) }),
    )
    .padding([0.0, 4.0])
    .style(theme::container::rounded(|t| t.accent, 7.0));
    stack![button, container(number).width(size::CONTROL).align_x(Alignment::End)].into()
}

/// What is empty in the header moves the window.
fn drag<'a>(width: Length, id: window::Id) -> Element<'a, Message> {
    drag_area(container(Space::new()).width(width).height(size::HEADER), move |frame| Message::Window(id, frame))
}

/// Edges that make the window larger or smaller, where the desktop draws none.
pub(super) fn edges<'a>(content: Element<'a, Message>, settings: &Settings, id: window::Id) -> Element<'a, Message> {
    if settings.appearance.desktop_title_bar { content } else { resize_edges(content, move |frame| Message::Window(id, frame)) }
}

/// What the window does as its title bar says.
pub(super) fn frame_action(id: window::Id, frame: Frame) -> Action {
    Action::Task(match frame {
        Frame::Drag => window::drag(id),
        Frame::Maximize => window::toggle_maximize(id),
        Frame::Minimize => window::minimize(id, true),
        Frame::Close => window::close(id),
        Frame::Resize(direction) => window::drag_resize(id, direction),
    })
}
