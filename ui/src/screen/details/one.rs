//! One machine: what it is, its screen, its buttons; below them what scrolls, and its notes.

use client::{settings::Settings, t};
use iced::{
    Element, Length, Padding,
    widget::{Column, Row, column, container, row, rule, scrollable},
};

use super::{Details, Message, Subject, Wish, can, charts, facts, notices};
use crate::{
    app::key_of,
    command::Command,
    component::{Button, Kind, command_menu, icon_button, meter, more_button, os_tile, small_button, square_button, thumbnail},
    font, icon,
    model::Pictures,
    theme::{self, size, space},
    widget::{
        cut,
        scroll::{PANE, WIDE, scroll},
        text,
    },
};

/// Below this height the small charts go, and the notes scroll.
const LOW: f32 = 720.0;
/// Width of the labels of facts.
const LABEL: f32 = 92.0;
/// What the power button offers.
pub const POWER: [Command; 6] = [Command::Shutdown, Command::Reboot, Command::Save, Command::Sleep, Command::Reset, Command::ForceOff];

/// One machine, in this height of the pane.
pub(super) fn view<'a>(
    pane: &'a Details,
    subject: &Subject<'a>,
    settings: &'a Settings,
    height: f32,
    pictures: Pictures,
) -> Element<'a, Message> {
    let is_low = height < LOW;
    let is_fresh = subject.host.is_live() && pictures == Pictures::On;
    let picture_height = if is_low { 132.0 } else { 160.0 };
    let picture = thumbnail(subject.machine, pane.screen(&subject.key, pictures), is_fresh, picture_height, Message::ShowPicture);
    let mut top = Column::new().spacing(space::M).padding(Padding::from([space::M, space::L]));
    top = top
        .push(head(subject, settings))
        .push(picture)
        .push(
            (pictures == Pictures::BatteryLow && subject.machine.is_active())
                .then(|| text(t!("details-saves-power")).size(12).style(theme::subtle)),
        )
        .push(buttons(subject, settings))
        .push(job(subject).map(|job| job.map(Message::Wish)));
    let mut body = Column::new().width(Length::Fill);
    let notes = notices::all(subject);
    if !notes.is_empty() {
        let notes = Column::with_children(notes).spacing(space::S).padding(Padding::from([0.0, space::L]).bottom(space::M));
        body = body.push(Element::from(notes).map(Message::Wish));
    }
    if !is_low && subject.machine.is_active() && settings.figures.is_any() {
        body = body.push(line()).push(container(charts::view(subject, &settings.figures)).padding([space::M, space::L]));
    }
    let table = facts::table(facts::all(subject), LABEL).map(Message::Wish);
    body = body.push(line()).push(container(table).padding([space::M, space::L]));
    let foot = description(subject, is_low).map(Message::Wish);
    let mut all = column![top];
    if is_low {
        all = all.push(filled(body.push(line()).push(foot)));
    } else {
        all = all.push(filled(body)).push(line()).push(foot);
    }
    container(all).width(Length::Fill).height(Length::Fill).into()
}

fn filled<'a>(content: Column<'a, Message>) -> Element<'a, Message> {
    scroll(scrollable(content).height(Length::Fill), PANE)
}

fn line<'a>() -> Element<'a, Message> {
    rule::horizontal(1).style(theme::container::line).into()
}

fn head<'a>(subject: &Subject<'a>, settings: &Settings) -> Element<'a, Message> {
    let machine = subject.machine;
    let below = if machine.os_name.is_empty() { subject.host_name() } else { machine.os_name.clone() };
    let words = column![cut(machine.label()).size(15.0, 20.0).font(font::SEMIBOLD), cut(below).size(12.0, 16.0).colour(|t| t.subtle)]
        .width(Length::Fill);
    let key = key_of(settings, Command::ToggleDetails);
    let fold = icon_button(
        icon::panel_right(),
        t!("command-toggle-details"),
        Some(&key),
        false,
        Some(Message::Wish(Wish::Run(Command::ToggleDetails))),
    );
    row![os_tile(machine, 36.0), words, fold].spacing(space::M).align_y(iced::Alignment::Center).into()
}

/// The blue button, pause, power and the context menu.
fn buttons<'a>(subject: &Subject<'a>, settings: &Settings) -> Element<'a, Message> {
    let run = |command: Command| can(subject, command).then_some(Message::Wish(Wish::Run(command)));
    let primary = subject.primary();
    let label = match primary {
        Command::Start if subject.machine.has_saved_state => t!("details-restore"),
        command => t!(&format!("command-{}", command.id())),
    };
    let blue = Button::new(Kind::Primary, label).icon(primary.icon()).fill().id("details-primary").on_press_maybe(run(primary));
    let mut buttons = Row::new().spacing(space::S).push(blue);
    if subject.machine.is_active() {
        if primary == Command::Open {
            let pause = t!("command-pause");
            buttons = buttons.push(square_button(
                Kind::Secondary,
                icon::pause(),
                pause,
                &key_of(settings, Command::PauseOrResume),
                run(Command::Pause),
            ));
        }
        let entries = POWER.map(|command| (command, run(command)));
        buttons = buttons.push(command_menu(Kind::Secondary, icon::power(), None, t!("details-power"), settings, entries));
    }
    buttons.push(more_button(Kind::Secondary, t!("details-more-actions"), size::CONTROL, Message::Menu)).into()
}

/// The work that goes on with it.
pub(crate) fn job<'a>(subject: &Subject<'a>) -> Option<Element<'a, Wish>> {
    let job = subject.host.job_of(subject.machine.id)?;
    let mut line = row![cut(client::locale::job(&job.operation)).size(12.0, 20.0)].spacing(space::S).align_y(iced::Alignment::Center);
    if let Some(progress) = job.progress {
        line = line.push(text(client::unit::percent(f64::from(progress))).size(12));
    }
    if job.is_cancelable {
        line = line.push(small_button(icon::x(), t!("details-cancel-job"), Wish::Cancel(job.id.clone())));
    }
    Some(column![line, meter(job.progress.unwrap_or(0.0), Length::Fill, |t| t.accent)].spacing(space::XS).into())
}

/// What a person wrote down.
pub(crate) fn description<'a>(subject: &Subject<'a>, is_whole: bool) -> Element<'a, Wish> {
    let mut head = row![text(t!("details-notes")).size(11).font(font::SEMIBOLD).style(theme::subtle).width(Length::Fill)]
        .height(20)
        .align_y(iced::Alignment::Center);
    if can(subject, Command::EditNotes) {
        head = head.push(small_button(icon::pencil(), t!("command-edit-notes"), Wish::Run(Command::EditNotes)));
    }
    let notes = subject.machine.description.trim();
    let line = text::LineHeight::Absolute(16.into());
    let words: Element<'a, Wish> = if notes.is_empty() {
        text(t!("details-no-notes")).size(12).line_height(line).style(theme::subtle).into()
    } else {
        let words = text(notes).size(12).line_height(line).style(theme::muted);
        if is_whole { words.into() } else { container(scroll(scrollable(words), WIDE)).max_height(96).into() }
    };
    container(column![head, words].spacing(space::XS)).padding([space::S, space::L]).width(Length::Fill).into()
}
