//! KVM Manager's desktop application.

pub mod action;
pub mod app;
pub mod command;
pub mod component;
pub mod desktop;
pub mod dialog;
pub mod font;
pub mod icon;
pub mod lists;
pub mod locale;
pub mod menu;
pub mod model;
pub mod palette;
pub mod place;
pub mod screen;
pub mod speech;
pub mod theme;
pub mod toast;
pub mod tour;
pub mod widget;
pub mod window;

use app::{App, Flags};
use iced::Task;

/// The application id: bus name, desktop file, Wayland's app id.
pub const APP_ID: &str = "org.kvmmanager.Manager";

/// How the application begins.
#[derive(Clone, Debug, Default)]
pub struct Start {
    /// What it was started with.
    pub flags: Flags,
    /// What has to be told at once, such as a file that could not be read.
    pub notices: Vec<String>,
    /// What to show besides the window.
    pub wish: Option<desktop::Activation>,
}

/// Runs the application until its last window is closed.
///
/// # Errors
/// When no window can be opened.
pub fn run(start: Start) -> iced::Result {
    locale::init(&start.flags.settings.appearance.language);
    iced::daemon(move || begin(start.clone()), App::update, App::view)
        .title(App::title)
        .theme(App::theme)
        .scale_factor(App::scale_factor)
        .subscription(App::subscription)
        .settings(iced::Settings {
            id: Some(APP_ID.to_owned()),
            fonts: font::FILES.map(Into::into).into(),
            default_font: font::BODY,
            default_text_size: 13.into(),
            antialiasing: true,
            ..iced::Settings::default()
        })
        .run()
}

fn begin(start: Start) -> (App, Task<app::Message>) {
    let (mut app, open) = App::new(start.flags);
    for notice in start.notices {
        app.toasts.show(notice, None);
    }
    let wish = start.wish.map_or_else(Task::none, |wish| Task::done(app::Message::Activated(wish)));
    (app, open.chain(wish))
}
