//! What is remembered of the windows goes to the disk while they are open: a session may end without a word.

use std::time::Duration;

use iced::{Size, Task, window};

use super::{App, Message, Window};

/// How long changes are gathered: an edge that is dragged changes with every step of the pointer.
const PAUSE: Duration = Duration::from_secs(1);

impl App {
    /// Has the layout written a moment after it became another one. While it stays as it is, nothing wakes up for it.
    pub(super) fn remember(&mut self) -> Task<Message> {
        if self.is_save_due || self.layout_file.is_none() || self.layout == self.saved {
            return Task::none();
        }
        self.is_save_due = true;
        Task::perform(tokio::time::sleep(PAUSE), |()| Message::SaveLayout)
    }

    pub(super) fn save_layout(&mut self) {
        self.is_save_due = false;
        if let Some(file) = &self.layout_file {
            self.layout.save(file);
        }
        self.saved.clone_from(&self.layout);
    }

    /// A window has another size. No event tells whether it fills the screen, so that it is asked.
    pub(super) fn resized(&mut self, id: window::Id, size: Size) -> Task<Message> {
        self.sizes.insert(id, size);
        match self.windows.get(&id) {
            Some(Window::Main) => {
                self.main.resized(size);
                window::is_maximized(id).map(move |is_maximized| Message::Maximized(id, is_maximized))
            }
            Some(Window::Machine(key, _)) => {
                self.layout.machine = (size.width, size.height);
                self.layout.machines.insert(key.machine.to_string(), (size.width, size.height));
                Task::none()
            }
            None => Task::none(),
        }
    }

    /// The main window was asked whether it fills the screen. While it does, the size it had before is kept.
    pub(super) fn maximized(&mut self, id: window::Id, is_maximized: bool) {
        if self.main_window() != Some(id) {
            return;
        }
        self.layout.is_maximized = is_maximized;
        if let Some(size) = self.sizes.get(&id).filter(|_| !is_maximized) {
            self.layout.main = (size.width, size.height);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use iced::futures::StreamExt;
    use iced_test::runtime::{Action, task};

    use super::*;
    use crate::{
        app::tests::{flags, happen, key, machines},
        screen::main,
        window::Layout,
    };

    fn app(file: &Path) -> App {
        App::new(super::super::Flags { layout_file: Some(file.to_owned()), ..flags() }).0
    }

    /// Does what follows, and what follows from that.
    async fn follow(app: &mut App, task: Task<Message>) {
        let mut tasks = vec![task];
        while let Some(task) = tasks.pop() {
            let Some(mut actions) = task::into_stream(task) else { continue };
            while let Some(action) = actions.next().await {
                if let Action::Output(message) = action {
                    tasks.push(app.update(message));
                }
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_folded_moved_and_resized_is_on_the_disk_without_the_application_having_ended() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("state/layout.toml");
        let mut app = app(&file);
        let id = app.main_window().unwrap();
        let _ = app.update(Message::Window(id, window::Event::Resized(Size::new(1000.0, 700.0))));
        let first = app.update(Message::Maximized(id, false));
        let _ = app.update(Message::Main(main::Message::Width(crate::widget::Side::Left, 250.0)));
        let _ = app.update(Message::Main(main::Message::Fold("group:Work".to_owned())));
        follow(&mut app, first).await;
        let saved = Layout::load(&file);
        assert_eq!((saved.main, saved.sidebar, saved.folded), ((1000.0, 700.0), 250.0, vec!["group:Work".to_owned()]));
        let second = app.update(Message::Main(main::Message::Width(crate::widget::Side::Left, 260.0)));
        follow(&mut app, second).await;
        assert!((Layout::load(&file).sidebar - 260.0).abs() < f32::EPSILON);
    }

    #[tokio::test(start_paused = true)]
    async fn nothing_waits_while_the_layout_stays_as_it_is_and_one_timer_is_enough_for_many_changes() {
        let folder = tempfile::tempdir().unwrap();
        let mut app = app(&folder.path().join("layout.toml"));
        assert_eq!(app.update(Message::Nothing).units(), 0);
        let wide = |width| Message::Main(main::Message::Width(crate::widget::Side::Left, width));
        let first = app.update(wide(250.0));
        assert_eq!(first.units(), 1);
        assert_eq!(app.update(wide(251.0)).units(), 0, "the first timer is under way");
        follow(&mut app, first).await;
        assert_eq!(app.update(Message::Nothing).units(), 0);
        assert_eq!(app.update(wide(251.0)).units(), 0, "that is how it is");
    }

    #[tokio::test]
    async fn what_is_remembered_is_on_the_disk_when_the_process_is_asked_to_end() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("layout.toml");
        let mut app = app(&file);
        let _ = app.update(Message::Main(main::Message::Width(crate::widget::Side::Left, 250.0)));
        let mut actions = task::into_stream(app.update(Message::Ended)).unwrap();
        assert!((Layout::load(&file).sidebar - 250.0).abs() < f32::EPSILON, "at once, before anything else is done");
        let mut exits = false;
        while let Some(action) = actions.next().await {
            exits |= matches!(action, Action::Exit);
        }
        assert!(exits);
    }

    #[test]
    fn a_window_that_fills_the_screen_comes_back_so_with_its_own_size_behind_it() {
        let mut app = App::new(flags()).0;
        let id = app.main_window().unwrap();
        let mut resize = |size: Size, is_maximized| {
            assert_eq!(app.update(Message::Window(id, window::Event::Resized(size))).units(), 1, "it is asked");
            let _ = app.update(Message::Maximized(id, is_maximized));
            (app.layout.main, app.layout.is_maximized)
        };
        assert_eq!(resize(Size::new(1000.0, 700.0), false), ((1000.0, 700.0), false));
        assert_eq!(resize(Size::new(1920.0, 1080.0), true), ((1000.0, 700.0), true));
        assert_eq!(resize(Size::new(1000.0, 700.0), false), ((1000.0, 700.0), false));
    }

    #[test]
    fn each_machines_window_has_a_size_of_its_own() {
        let mut app = App::new(flags()).0;
        happen(&mut app, machines([1, 2]));
        let _ = app.open_machine(key(1));
        let own = *app.windows.keys().find(|id| app.main_window() != Some(**id)).unwrap();
        let _ = app.update(Message::Window(own, window::Event::Resized(Size::new(900.0, 650.0))));
        assert_eq!(app.layout.machines.get(&key(1).machine.to_string()), Some(&(900.0, 650.0)));
        assert_eq!(app.layout.machines.len(), 1);
        assert_eq!(app.layout.main, Layout::default().main);
    }

    #[test]
    fn a_demo_remembers_nothing() {
        let mut app = App::new(flags()).0;
        let wide = Message::Main(main::Message::Width(crate::widget::Side::Left, 250.0));
        assert_eq!(app.update(wide).units(), 0);
    }
}
