//! The last lines of a machine's log.

use client::{Error, Prompt, settings::Settings, t};
use iced::{
    Element, Length, Task,
    widget::{column, text_editor},
};

use super::{
    Content,
    fetch::{Fetch, Patience, fetch},
    frame, part,
};
use crate::{
    action::Action,
    component::{Button, Kind},
    font, icon,
    model::{Key, Model},
    theme::space,
    widget::{Role, Said, focus, spoken},
};

/// See [the module](self).
pub struct Log {
    key: Key,
    lines: Fetch<text_editor::Content>,
    is_copied: bool,
}

impl std::fmt::Debug for Log {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Log").field("key", &self.key).finish_non_exhaustive()
    }
}

/// What happens in it.
#[derive(Clone, Debug)]
pub enum Message {
    /// The lines came, for this machine.
    Read(Key, Result<Vec<String>, Error>),
    /// Time has passed.
    Waited(Patience),
    /// Read it anew.
    Refresh,
    /// The pointer or a key moved in the text; nothing can be written.
    Move(text_editor::Action),
    /// All of it goes to the clipboard.
    Copy,
    /// Close it.
    Close,
}

impl Log {
    /// The log of this machine.
    #[must_use]
    pub fn new(key: Key) -> Self {
        Self { key, lines: Fetch::default(), is_copied: false }
    }

    fn fetch(&self, model: &Model) -> Task<Message> {
        let (machine, key) = (self.key.machine, self.key.clone());
        let read = move |result| Message::Read(key.clone(), result);
        fetch(model, &self.key.host, move |client| async move { client.log(machine, Prompt::Allowed).await }, read, Message::Waited)
    }

    fn read(&mut self, result: Result<Vec<String>, Error>) {
        let content = result.map(|lines| {
            let mut content = text_editor::Content::with_text(&lines.join("\n"));
            // What happened last is what one looks for.
            content.perform(text_editor::Action::Move(text_editor::Motion::DocumentEnd));
            content
        });
        self.lines.take(content);
    }
}

impl Content for Log {
    type Message = Message;

    fn accept(&self) -> Option<Message> {
        Some(Message::Close)
    }

    fn opened(&mut self, model: &Model, _settings: &Settings) -> Task<Message> {
        Task::batch([self.fetch(model), focus::take("dialog-accept")])
    }

    fn update(&mut self, model: &Model, _settings: &Settings, message: Message) -> Action {
        match message {
            Message::Read(key, result) if key == self.key => self.read(result),
            Message::Read(..) => {}
            Message::Waited(patience) => self.lines.waited(patience),
            Message::Refresh => {
                self.is_copied = false;
                return Action::Task(self.fetch(model).map(|message| crate::app::Message::Dialog(super::Message::Log(message))));
            }
            Message::Move(action) => {
                if let Fetch::Ready(content) = &mut self.lines
                    && !action.is_edit()
                {
                    content.perform(action);
                }
            }
            Message::Copy => {
                let Some(content) = self.lines.ready() else { return Action::None };
                self.is_copied = true;
                return Action::Task(iced::clipboard::write(content.text()));
            }
            Message::Close => return Action::Close,
        }
        Action::None
    }

    fn view<'a>(&'a self, model: &'a Model, _settings: &'a Settings) -> Element<'a, Message> {
        let shown = self.lines.view(380.0, Message::Refresh, |content| {
            if content.is_empty() {
                return part::empty(icon::scroll_text(), t!("log-empty"));
            }
            let editor = text_editor(content)
                .id("log-text")
                .on_action(Message::Move)
                .font(font::MONO)
                .size(12)
                .line_height(part::LINE)
                .padding([8.0, 10.0])
                .height(380)
                .wrapping(iced::widget::text::Wrapping::WordOrGlyph)
                .style(part::editor(false));
            spoken(editor, || Said::named(Role::Field, t!("speech-log")).text(content.text())).into()
        });
        let body = column![part::paragraph(t!("log-advice")), shown].spacing(space::M).width(Length::Fill);
        let has_text = self.lines.ready().is_some_and(|content| !content.is_empty());
        let (label, mark) = if self.is_copied { (t!("dialog-copied"), icon::check()) } else { (t!("log-copy"), icon::copy()) };
        let copy = Button::new(Kind::Link, label).icon(mark).on_press_maybe(has_text.then_some(Message::Copy));
        let refresh = Button::new(Kind::Secondary, t!("log-refresh"))
            .icon(icon::refresh_cw())
            .on_press_maybe(self.lines.ready().map(|_| Message::Refresh));
        let close = Button::new(Kind::Secondary, t!("dialog-close")).on_press(Message::Close).id("dialog-accept");
        let foot = part::foot(Some(copy.into()), vec![refresh.into(), close.into()]);
        let title = t!("log-title", machine = super::label(model, &self.key));
        frame(icon::scroll_text(), |t| t.off_soft, |t| t.off, title, body, foot, 780.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialog::test::{self, key};

    fn log() -> Log {
        let mut log = Log::new(key("win11-gaming"));
        let lines = [
            "2025-11-20 07:12:01.114+0000: starting up libvirt version: 11.4.0, package: 1.fc42, qemu version: 10.0.2qemu-10.0.2-1.fc42",
            "LC_ALL=C PATH=/usr/bin HOME=/var/lib/libvirt/qemu/domain-4-win11-gaming /usr/bin/qemu-system-x86_64 -name guest=win11-gaming,debug-threads=on -S",
            "char device redirected to /dev/pts/3 (label charserial0)",
            "2025-11-20T07:12:03.518Z qemu-system-x86_64: warning: host doesn't support requested feature: MSR(48FH).vmx-exit-load-perf-global-ctrl [bit 12]",
        ];
        log.read(Ok(lines.map(str::to_owned).to_vec()));
        log
    }

    #[test]
    fn nothing_can_be_written_into_the_log() {
        let mut log = log();
        let before = log.lines.ready().unwrap().text();
        let _ = log.update(&test::model(), &Settings::default(), Message::Move(text_editor::Action::Edit(text_editor::Edit::Insert('x'))));
        assert_eq!(log.lines.ready().unwrap().text(), before);
    }

    #[test]
    fn the_log_of_another_machine_is_not_shown() {
        let mut log = Log::new(key("win11-gaming"));
        let _ = log.update(&test::model(), &Settings::default(), Message::Read(key("kali-lab"), Ok(vec!["x".to_owned()])));
        assert!(log.lines.ready().is_none());
    }

    #[test]
    fn pictures_of_the_log() {
        test::pictures("log", &log());
        let mut failed = Log::new(key("win11-gaming"));
        failed.read(Err(test::error(client::ErrorKind::Stalled, &[])));
        test::pictures("log-failed", &failed);
        let mut empty = Log::new(key("win11-gaming"));
        empty.read(Ok(Vec::new()));
        test::pictures("log-empty", &empty);
        let mut slow = Log::new(key("win11-gaming"));
        slow.lines.waited(Patience::Long);
        test::pictures("log-slow", &slow);
    }
}
