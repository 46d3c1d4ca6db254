//! The demo's machines for tests, and pictures of what is drawn.

use std::path::PathBuf;

use client::{Client, Event, Wanted, demo};
use futures_util::StreamExt as _;
use iced::{Element, Size};
use iced_test::Simulator;
use tokio::sync::watch;

use crate::{
    font,
    model::{Key, Model},
    theme,
};

/// All machines of the demo with a minute of figures.
pub(crate) async fn model() -> (Model, Client) {
    crate::locale::init("en");
    let mut model = Model::default();
    let address = client::host::Address::Demo;
    model.set_hosts(vec![client::Host { id: "demo".into(), name: "This computer".into(), address, auto_connect: true }]);
    let (_wanted, receiver) = watch::channel(Wanted { interval: 100, ..Wanted::default() });
    let mut events = Box::pin(demo::watch(demo::Preset::Full, receiver));
    let mut client = None;
    let mut samples = 0;
    while samples < 12 {
        let Some(event) = events.next().await else { break };
        match &event {
            Event::Connected(connected, _) => client = Some(connected.clone()),
            Event::Sampled(_) => samples += 1,
            _ => {}
        }
        model.apply("demo", event);
    }
    (model, client.unwrap())
}

/// The key of a machine.
pub(crate) fn key(model: &Model, name: &str) -> Key {
    let found = model.machines().find(|(_, machine)| machine.name == name);
    found.map(|(host, machine)| host.key(machine.id)).unwrap()
}

/// A window with this in it.
pub(crate) fn window<'a, Message>(content: impl Into<Element<'a, Message>>, size: Size) -> Simulator<'a, Message> {
    let fonts = [
        include_bytes!("../../../fonts/Inter-Regular.ttf").as_slice(),
        include_bytes!("../../../fonts/Inter-Medium.ttf").as_slice(),
        include_bytes!("../../../fonts/Inter-SemiBold.ttf").as_slice(),
        include_bytes!("../../../fonts/JetBrainsMono-Regular.ttf").as_slice(),
    ];
    let settings = iced::Settings {
        default_font: font::BODY,
        default_text_size: 13.into(),
        antialiasing: true,
        fonts: fonts.into_iter().map(Into::into).collect(),
        ..iced::Settings::default()
    };
    Simulator::with_size(settings, size, content)
}

/// Draws a window in light and dark; with `KVM_MANAGER_PICTURES` set, into that folder.
pub(crate) fn draw<Message>(window: &mut Simulator<'_, Message>, name: &str) {
    let Some(folder) = std::env::var_os("KVM_MANAGER_PICTURES").map(PathBuf::from) else { return };
    for (is_dark, suffix) in [(false, "light"), (true, "dark")] {
        let picture = window.snapshot(&theme::token::theme(is_dark, false)).unwrap();
        let _ = std::fs::remove_file(folder.join(format!("{name}-{suffix}-tiny-skia.png")));
        assert!(picture.matches_image(folder.join(format!("{name}-{suffix}.png"))).unwrap());
    }
}
