//! The pages.

use client::{
    settings::{COLUMNS, Density, Direction, Settings as Model, TextSize, ThemeChoice, When},
    t, unit,
};
use iced::{
    Alignment, Element, Length,
    widget::{Column, Id, Row, Space, checkbox, column, container, row},
};

use super::{
    super::pages::pages,
    Message, Page, Settings,
    parts::{choice, line, lines, set, switch},
};
use crate::{
    component::{Button, Kind, icon_button},
    font, icon,
    theme::{self, size, space},
    widget::{Caught, Role, Said, catch, direction, focusable, text},
};

impl Settings {
    pub(in crate::dialog) fn view<'a>(&'a self, settings: &'a Model) -> Element<'a, Message> {
        let entry = |page: &Page| (page.icon(), t!(page.key()), *page == self.page, Message::Page(*page));
        let page = (t!(self.page.key()), self.page(settings), Id::unique());
        let frame = pages(t!("settings-title"), Page::ALL.iter().map(entry), page, Message::Close);
        // Around it at all times: what is inside would lose focus and place otherwise.
        let is_recording = self.recording.is_some();
        catch(frame, move |key, modifiers| if is_recording { super::keys::recorded(key, modifiers).into() } else { Caught::Pass })
    }

    fn page<'a>(&'a self, settings: &'a Model) -> Element<'a, Message> {
        match self.page {
            Page::Appearance => appearance(settings),
            Page::Table => table(settings),
            Page::Figures => figures(settings),
            Page::Confirmations => confirmations(settings),
            Page::Notifications => notifications(settings),
            Page::Tray => tray(settings),
            Page::Keys => self.keys(settings),
            Page::Language => language(settings),
        }
    }
}

fn appearance<'a>(settings: &Model) -> Element<'a, Message> {
    let now = &settings.appearance;
    let themes =
        [(ThemeChoice::System, "set-theme-system"), (ThemeChoice::Light, "set-theme-light"), (ThemeChoice::Dark, "set-theme-dark")];
    let densities = [(Density::Comfortable, "set-density-comfortable"), (Density::Compact, "set-density-compact")];
    let sizes = TextSize::STEPS.map(|size| (size, unit::percent(f64::from(size.factor()))));
    lines([
        line("set-theme", choice(settings, now.theme, &themes.map(|(theme, key)| (theme, t!(key))), |s, theme| s.appearance.theme = theme)),
        switch(settings, "set-contrast", now.high_contrast, |s, on| s.appearance.high_contrast = on),
        line(
            "set-density",
            choice(settings, now.density, &densities.map(|(one, key)| (one, t!(key))), |s, one| s.appearance.density = one),
        ),
        line("set-text-size", choice(settings, now.text_size, &sizes, |s, size| s.appearance.text_size = size)),
        switch(settings, "set-title-bar", now.desktop_title_bar, |s, on| s.appearance.desktop_title_bar = on),
    ])
}

fn table<'a>(settings: &Model) -> Element<'a, Message> {
    let groups = ["group", "host", "state", "none"];
    let now = groups.iter().position(|group| *group == settings.table.group_by).unwrap_or_default();
    let options: Vec<(usize, String)> =
        ["set-group-group", "set-group-host", "set-group-state", "set-group-none"].iter().map(|key| t!(*key)).enumerate().collect();
    let group = line("set-group", choice(settings, now, &options, |s, at| groups[at].clone_into(&mut s.table.group_by)));
    let grid = switch(settings, "set-grid", settings.table.grid, |s, on| s.table.grid = on);
    let heading = text(t!("set-columns")).size(12).font(font::SEMIBOLD).style(theme::subtle);
    column![lines([group, grid]), container(heading).padding(iced::Padding::ZERO.top(space::S)), lines(columns(settings))]
        .spacing(space::S)
        .into()
}

/// Those that are shown, in their order, then those that are not.
fn columns<'a>(settings: &Model) -> Vec<Element<'a, Message>> {
    let shown: Vec<&str> = settings.table.columns.iter().map(String::as_str).filter(|id| COLUMNS.contains(id)).collect();
    let hidden = COLUMNS.iter().copied().filter(|id| !shown.contains(id));
    let entry = |id: &str, place: Option<usize>| {
        let toggle = set(settings, |settings| match place {
            Some(_) => settings.table.columns.retain(|other| other != id),
            None => settings.table.columns.push(id.to_owned()),
        });
        let pressed = toggle.clone();
        let tick = checkbox(place.is_some()).label(t!(&format!("column-{id}"))).size(16).text_size(13).spacing(space::S);
        let tick = tick.style(theme::input::check).on_toggle(move |_| pressed.clone());
        let swap = |with: Option<usize>| {
            let (at, with) = (place?, with?);
            (with < shown.len()).then(|| {
                set(settings, |settings| {
                    let mut order: Vec<String> = shown.iter().map(|id| (*id).to_owned()).collect();
                    order.swap(at, with);
                    settings.table.columns = order;
                })
            })
        };
        let (before, after) = ("set-column-up", "set-column-down");
        let (before, after) = if direction::is_mirrored() { (after, before) } else { (before, after) };
        let up = icon_button(icon::chevron_up(), t!(before), None, false, swap(place.and_then(|at| at.checked_sub(1))));
        let down = icon_button(icon::chevron_down(), t!(after), None, false, swap(place.map(|at| at + 1)));
        let name = t!(&format!("column-{id}"));
        let said = move || Said::named(Role::Check, name.as_str()).on(place.is_some());
        let tick = focusable(tick).radius(size::RADIUS_S).on_press(toggle).say(said);
        let line = row![tick, Space::new().width(Length::Fill), up, down].align_y(Alignment::Center).spacing(space::XS);
        container(line).padding([-8.0, 0.0]).into()
    };
    let mut entries: Vec<Element<'a, Message>> = shown.iter().enumerate().map(|(place, id)| entry(id, Some(place))).collect();
    entries.extend(hidden.map(|id| entry(id, None)));
    entries
}

fn figures<'a>(settings: &Model) -> Element<'a, Message> {
    let seconds = |seconds: u32| format!("{seconds}{}s", unit::SPACE);
    let intervals = [1, 2, 5, 10, 30].map(|value| (value, seconds(value)));
    let thumbnails = [0, 2, 5, 10, 30].map(|value| (value, if value == 0 { t!("set-off") } else { seconds(value) }));
    let now = &settings.figures;
    lines([
        switch(settings, "set-figures-cpu", now.cpu, |s, on| s.figures.cpu = on),
        switch(settings, "set-figures-memory", now.memory, |s, on| s.figures.memory = on),
        switch(settings, "set-figures-disk", now.disk, |s, on| s.figures.disk = on),
        switch(settings, "set-figures-network", now.network, |s, on| s.figures.network = on),
        line("set-interval", choice(settings, settings.figures.interval, &intervals, |s, value| s.figures.interval = value)),
        line(
            "set-thumbnails",
            choice(settings, settings.figures.thumbnail_interval, &thumbnails, |s, value| s.figures.thumbnail_interval = value),
        ),
    ])
}

fn confirmations<'a>(settings: &Model) -> Element<'a, Message> {
    let now = &settings.confirm;
    lines([
        switch(settings, "set-confirm-force-off", now.force_off, |s, on| s.confirm.force_off = on),
        switch(settings, "set-confirm-shut-down", now.shut_down, |s, on| s.confirm.shut_down = on),
        switch(settings, "set-confirm-pause", now.pause, |s, on| s.confirm.pause = on),
        switch(settings, "set-confirm-batch", now.batch, |s, on| s.confirm.batch = on),
    ])
}

fn notifications<'a>(settings: &Model) -> Element<'a, Message> {
    let when = [(When::Off, t!("set-off")), (When::Hidden, t!("set-when-hidden")), (When::Always, t!("set-when-always"))];
    let now = &settings.notify;
    lines([
        line("set-notify-crashed", choice(settings, now.crashed, &when, |s, when| s.notify.crashed = when)),
        line("set-notify-io-error", choice(settings, now.io_error, &when, |s, when| s.notify.io_error = when)),
        line("set-notify-failed", choice(settings, now.job_failed, &when, |s, when| s.notify.job_failed = when)),
        line("set-notify-left", choice(settings, now.left_behind, &when, |s, when| s.notify.left_behind = when)),
        line("set-notify-finished", choice(settings, now.job_finished, &when, |s, when| s.notify.job_finished = when)),
        line("set-notify-lost", choice(settings, now.host_lost, &when, |s, when| s.notify.host_lost = when)),
        line("set-notify-running-on", choice(settings, now.running_on, &when, |s, when| s.notify.running_on = when)),
    ])
}

fn tray<'a>(settings: &Model) -> Element<'a, Message> {
    let counts = [4, 8, 12, 20].map(|count| (count, count.to_string()));
    lines([
        switch(settings, "set-tray", settings.tray.autostart, |s, on| s.tray.autostart = on),
        line("set-tray-machines", choice(settings, settings.tray.machines, &counts, |s, count| s.tray.machines = count)),
    ])
}

fn language<'a>(settings: &Model) -> Element<'a, Message> {
    let names = |tag: &str| match tag {
        "en" => "English".to_owned(),
        "de" => "Deutsch".to_owned(),
        other => other.to_owned(),
    };
    let mut tags = vec![String::new()];
    tags.extend(client::locale::languages());
    let now = tags.iter().position(|tag| *tag == settings.appearance.language).unwrap_or_default();
    let label = |tag: &String| if tag.is_empty() { t!("set-language-desktop") } else { names(tag) };
    let options: Vec<(usize, String)> = tags.iter().map(label).enumerate().collect();
    let directions = [
        (Direction::Language, "set-direction-language"),
        (Direction::LeftToRight, "set-direction-left"),
        (Direction::RightToLeft, "set-direction-right"),
    ];
    let directions = directions.map(|(direction, key)| (direction, t!(key)));
    lines([
        line("set-language", choice(settings, now, &options, |s, at| s.appearance.language.clone_from(&tags[at]))),
        line("set-direction", choice(settings, settings.appearance.direction, &directions, |s, one| s.appearance.direction = one)),
    ])
}

/// A button that stands alone below lines.
pub(super) fn below<'a>(label: String, message: Option<Message>) -> Element<'a, Message> {
    let button = Button::new(Kind::Secondary, label).icon(icon::rotate_ccw()).on_press_maybe(message);
    Column::new().push(Row::new().push(Space::new().width(Length::Fill)).push(button)).into()
}
