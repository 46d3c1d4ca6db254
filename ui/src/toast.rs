//! Lines at the bottom that go by themselves after eight seconds: something is done, and can be undone.

mod act;
mod place;

use std::time::{Duration, Instant};

use client::{Error, ErrorKind, Job, Outcome, Uuid, t, unit};
use iced::{
    Element, Length, Padding, Subscription,
    widget::{Column, Space, button, column, container, mouse_area, opaque, row, stack},
    window,
};

use crate::{
    action::{Action, Call, Done, HandOverChange},
    app,
    command::Command,
    component::{Button, Kind, control::with_tip},
    icon::{self, Icon},
    model::{Key, Model, now},
    theme::{self, size, space},
    widget::{Role, Said, focusable, spoken, text},
};

pub use place::Looked;

const TIME: Duration = Duration::from_secs(8);
const TICK: Duration = Duration::from_millis(500);
const MOST: usize = 3;
/// Calls whose answers are awaited.
const MOST_CALLS: usize = 4096;
/// A job's end may be told before the answer to its call, or after.
const GRACE: Duration = Duration::from_secs(10);

/// The toasts that are shown, oldest first.
#[derive(Debug, Default)]
pub struct Toasts {
    shown: Vec<Toast>,
    count: usize,
    is_hovered: bool,
    /// Calls of this application: their failure is told by a dialog.
    own: Vec<Own>,
    /// Which windows calls were made in, whose answers are awaited.
    made: Vec<(Call, window::Id)>,
    /// The window that what is told now is about.
    here: Option<window::Id>,
    /// What can be undone, the last act at the end.
    acts: Vec<act::Act>,
}

#[derive(Debug)]
struct Toast {
    id: usize,
    text: String,
    icon: Icon,
    button: Option<Press>,
    left: Duration,
    /// Where it was done; without, it is shown where somebody looks.
    window: Option<window::Id>,
}

/// A call of this application.
#[derive(Debug)]
struct Own {
    key: Key,
    /// When it was answered.
    end: Option<Instant>,
    /// Where it was made.
    window: Option<window::Id>,
}

/// What the button of a toast does.
#[derive(Clone, Debug)]
enum Press {
    /// Makes its act undone.
    Undo,
    /// Shows the machine's log.
    Log(Key),
}

/// What happens to them.
#[derive(Clone, Copy, Debug)]
pub enum Message {
    /// It was closed.
    Gone(usize),
    /// Its button was pressed.
    Press(usize),
    /// Half a second is over.
    Tick,
    /// The pointer came over them, or left.
    Hover(bool),
}

impl Toasts {
    /// Shows a line; with a call, a button that undoes.
    pub fn show(&mut self, text: String, undo: Option<Call>) {
        match undo {
            Some(call) => self.remember(text, icon::trash_2(), vec![call], true),
            None => self.put(text, icon::circle_check(), None),
        }
    }

    /// Shows a line about something that cannot be done.
    pub fn warn(&mut self, text: String) {
        self.put(text, icon::triangle_alert(), None);
    }

    fn put(&mut self, text: String, icon: Icon, button: Option<Press>) {
        self.count += 1;
        self.shown.push(Toast { id: self.count, text, icon, button, left: TIME, window: self.here });
        let old = self.shown.len().saturating_sub(MOST);
        self.shown.drain(..old);
    }

    /// What they say.
    #[cfg(test)]
    pub(crate) fn texts(&self) -> impl Iterator<Item = &str> {
        self.shown.iter().map(|toast| toast.text.as_str())
    }

    /// Takes a message in.
    pub fn update(&mut self, message: Message) -> Action {
        match message {
            Message::Gone(id) => self.remove(id),
            Message::Press(id) => {
                let press = self.shown.iter().find(|toast| toast.id == id).and_then(|toast| toast.button.clone());
                self.remove(id);
                return match press {
                    Some(Press::Undo) => self.act_of(id).map_or(Action::None, Action::Undo),
                    Some(Press::Log(key)) => Action::Run(Command::ShowLog, vec![key]),
                    None => Action::None,
                };
            }
            Message::Tick => {
                for toast in &mut self.shown {
                    toast.left = toast.left.saturating_sub(TICK);
                }
                self.shown.retain(|toast| !toast.left.is_zero());
            }
            Message::Hover(is_hovered) => self.is_hovered = is_hovered,
        }
        Action::None
    }

    fn remove(&mut self, id: usize) {
        self.shown.retain(|toast| toast.id != id);
        // The pointer does not leave what is gone.
        self.is_hovered = self.is_hovered && !self.shown.is_empty();
    }

    /// A call of this application was made in a window: what becomes of it is told there, by its answer.
    pub fn began(&mut self, call: &Call, window: Option<window::Id>) {
        self.made_in(call, window);
        let keys: Vec<Key> = match call {
            Call::Operate(_, keys) | Call::DeleteAll(keys, _) => keys.clone(),
            Call::Delete(key, _) | Call::CoreDump(key, _) | Call::HandOver(key, HandOverChange::Begin(_)) => vec![key.clone()],
            Call::Undelete(host, ..) | Call::Purge(host, _) | Call::Memory(host, _) => vec![deleted(host)],
            _ => Vec::new(),
        };
        self.own.extend(keys.into_iter().map(|key| Own { key, end: None, window }));
        // A call to a host that is lost meanwhile has no answer.
        let old = self.own.len().saturating_sub(MOST_CALLS);
        self.own.drain(..old);
    }

    /// A call of this application ended.
    pub fn ended(&mut self, done: &Done) {
        if let (Call::Undelete(.., name), Some((_, Ok(_)))) = (&done.call, done.results.first()) {
            self.put(t!("toast-restored", machine = name.as_str()), icon::undo_2(), None);
        }
        for (key, _) in &done.results {
            let key = match &done.call {
                Call::Undelete(host, ..) | Call::Purge(host, _) | Call::Memory(host, _) => Some(deleted(host)),
                _ => key.clone(),
            };
            if let Some(own) = self.own.iter_mut().find(|own| Some(&own.key) == key.as_ref() && own.end.is_none()) {
                own.end = Some(Instant::now());
            }
        }
    }

    /// The call of this application that a job belongs to.
    fn own(&mut self, host: &str, job: &Job) -> Option<&Own> {
        self.own.retain(|own| own.end.is_none_or(|end| end.elapsed() < GRACE));
        let is_of_deleted =
            matches!(job.operation.as_str(), "machine-undelete" | "machine-purge" | "huge-pages-reserve" | "huge-pages-release");
        let is_this = |key: &Key| if is_of_deleted { key.machine.is_nil() } else { job.machines.contains(&key.machine) };
        self.own.iter().find(|own| &*own.key.host == host && is_this(&own.key))
    }

    /// Shows how a job ended, if that is worth a line and no dialog of this application tells it.
    pub fn job_ended(&mut self, model: &Model, host: &str, job: &Job, outcome: &Outcome) {
        let own = self.own(host, job).map(|own| own.window);
        let machine = job.machines.first().copied();
        // The memory of a host is no machine: what was done to it says what it is about.
        let name = machine.map_or_else(|| client::locale::job(&job.operation), |machine| name(model, host, machine));
        let before = self.turn_to(own.flatten());
        match &outcome.error {
            None => {
                if let Some(text) = done(job, &name, own.is_some()) {
                    self.show(text, None);
                }
            }
            // Nobody gets a dialog for what somebody cancelled.
            Some(error) if error.kind() == Some(ErrorKind::Cancelled) => self.show(client::locale::error(error, &name).0, None),
            Some(_) if own.is_some() => {}
            Some(error) => {
                let key = machine.and_then(|machine| Some(model.host(host)?.key(machine))).filter(|key| model.machine(key).is_some());
                self.put(failed(job, &name, error), icon::triangle_alert(), key.map(Press::Log));
            }
        }
        self.turn_to(before);
    }

    /// Time, while something is shown.
    pub fn subscription(&self) -> Subscription<Message> {
        if self.shown.is_empty() || self.is_hovered {
            return Subscription::none();
        }
        iced::time::every(TICK).map(|_| Message::Tick)
    }

    /// Draws those of a window over it. There is a layer for them even if there are none, so that what is below keeps its state.
    pub fn over<'a>(&'a self, content: Element<'a, app::Message>, place: Looked) -> Element<'a, app::Message> {
        stack![content, self.layer(place)].into()
    }

    /// The toasts of a window, at the bottom left, above the status bar.
    pub fn layer<'a>(&'a self, place: Looked) -> Element<'a, app::Message> {
        let shown: Vec<_> = self.shown.iter().filter(|toast| place.has(toast)).map(bar).collect();
        if shown.is_empty() {
            return Space::new().into();
        }
        let list = Column::with_children(shown).spacing(space::S);
        let area = mouse_area(list).on_enter(Message::Hover(true)).on_exit(Message::Hover(false));
        let area: Element<'a, Message> = opaque(area);
        let place = Padding { left: space::L, bottom: size::STATUS + space::M, right: space::L, top: 0.0 };
        let layer = container(area).align_bottom(Length::Fill).align_left(Length::Fill).padding(place);
        Element::from(layer).map(app::Message::Toast)
    }
}

/// Stands for the deleted machines of a host and for its memory, which is no machine: a call for one names it by another id than its job does.
fn deleted(host: &client::host::Id) -> Key {
    Key { host: host.clone(), machine: Uuid::nil() }
}

/// Only what takes long is worth a line: that a machine starts is seen in the list.
fn done(job: &Job, name: &str, is_own: bool) -> Option<String> {
    let time = unit::duration(Duration::from_micros(now().saturating_sub(job.started)));
    match job.operation.as_str() {
        "machine-save" => Some(t!("toast-saved", machine = name, time = time)),
        // The answer to the call shows its own.
        "machine-delete" | "machine-core-dump" | "machine-undelete" if is_own => None,
        "machine-delete" | "machine-core-dump" | "machine-undelete" | "machine-purge" => {
            Some(client::locale::job_done(&job.operation, name))
        }
        _ => None,
    }
}

fn failed(job: &Job, name: &str, error: &Error) -> String {
    let title = client::locale::job_failed(&job.operation, name);
    t!("toast-failed", what = title, why = client::locale::error(error, name).0)
}

fn name(model: &Model, host: &str, machine: Uuid) -> String {
    let machine = model.host(host).and_then(|host| host.machines.get(&machine));
    machine.map(|machine| machine.label().to_owned()).unwrap_or_default()
}

fn bar(toast: &Toast) -> Element<'_, Message> {
    let words = text(toast.text.as_str()).size(13).line_height(text::LineHeight::Absolute(18.into()));
    let mut content =
        row![toast.icon.colour(16.0, |t| t.tip_text), container(words).max_width(420)].spacing(space::M).align_y(iced::Center);
    if let Some(press) = &toast.button {
        let label = match press {
            Press::Undo => t!("toast-undo"),
            Press::Log(_) => t!("toast-show"),
        };
        content = content.push(Button::new(Kind::OnTip, label).compact().on_press(Message::Press(toast.id)));
    } else {
        content = content.push(Space::new().width(space::XS));
    }
    let cross = container(icon::x().colour(14.0, |t| t.tip_text)).center(Length::Fill);
    let close =
        button(cross).padding(0).width(size::COMPACT).height(size::COMPACT).style(theme::button::on_tip).on_press(Message::Gone(toast.id));
    let close =
        with_tip(focusable(close).on_press(Message::Gone(toast.id)), t!("dialog-close"), None, iced::widget::tooltip::Position::Top);
    let content = column![content.push(close).spacing(space::S)];
    let bar = container(content).padding(Padding { top: 7.0, bottom: 7.0, left: 14.0, right: 8.0 }).style(style);
    spoken(bar, || Said::named(Role::Notice, toast.text.as_str()).key(toast.id.to_string())).into()
}

fn style(theme: &iced::Theme) -> container::Style {
    let tip = theme::container::tip(theme);
    container::Style { border: iced::Border { radius: size::RADIUS_L.into(), ..tip.border }, ..tip }
}

#[cfg(test)]
mod tests;
