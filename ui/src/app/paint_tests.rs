//! What a frame costs, counted and not timed. iced_tiny_skia fills every shape that reaches out of a damaged part whole, and
//! makes a mask for every layer and for every text that is cut: what is counted here is what takes the time.

use std::{collections::BTreeSet, pin::Pin};

use client::{
    Event, Host, Machine, State, Wanted,
    demo::{self, Preset},
};
use futures_util::{Stream, StreamExt as _};
use iced::{
    Rectangle, Renderer, Size, Theme,
    advanced::{
        graphics::{Text, damage},
        mouse,
        widget::{Id, Operation, operation::focusable},
    },
    keyboard::{Key as Pressed, Modifiers, key::Named},
};
use iced_test::{
    core::{clipboard, renderer::Style, theme::Base as _, time::Instant},
    runtime::{UserInterface, user_interface::Cache},
    simulator::tap_key,
};
use iced_tiny_skia::Layer;
use tokio::sync::watch;

use super::*;
use crate::{
    app::Flags,
    screen::{
        details::sample::{draw, window as picture},
        main,
    },
};

const SIZE: Size = Size::new(1280.0, 800.0);

/// A window of the application, drawn as often as it asks for.
struct Shown {
    app: App,
    id: window::Id,
    cache: Option<Cache>,
    renderer: Renderer,
    before: Vec<Layer>,
    events: Events,
    _wanted: watch::Sender<Wanted>,
}

type Events = Pin<Box<dyn Stream<Item = Event>>>;

/// What one frame paints.
#[derive(Debug, Default)]
struct Cost {
    /// Parts that are painted.
    parts: Vec<Rectangle>,
    /// Pixels filled through a mask.
    masked: f32,
    /// Masks made.
    masks: usize,
}

impl Shown {
    async fn new(machines: usize) -> Self {
        crate::locale::init("en");
        let host = Host { id: "demo".into(), name: "This computer".into(), address: client::host::Address::Demo, auto_connect: true };
        let (mut app, _) = App::new(Flags { hosts: vec![host], is_demo: true, ..Flags::default() });
        let id = app.main_window().unwrap();
        let _ = app.update(Message::Window(id, window::Event::Opened { position: None, size: SIZE }));
        let _ = app.update(Message::Window(id, window::Event::Resized(SIZE)));
        let (wanted, receiver) = watch::channel(Wanted { interval: 100, ..Wanted::default() });
        let mut events = Box::pin(demo::watch(Preset::Many(machines), receiver)) as Events;
        let mut samples = 0;
        while samples < 12 {
            let event = events.next().await.unwrap();
            samples += usize::from(matches!(event, Event::Sampled(_)));
            let _ = app.update(Message::Host("demo".into(), event));
        }
        let renderer = Renderer::new(crate::font::BODY, 13.into());
        let mut shown = Self { app, id, cache: None, renderer, before: Vec::new(), events, _wanted: wanted };
        for _ in 0..3 {
            shown.frame();
        }
        shown
    }

    fn interface<T>(
        &mut self,
        act: impl FnOnce(&mut UserInterface<'_, Message, Theme, Renderer>, &mut Renderer, &mut Vec<Message>) -> T,
    ) -> T {
        let cache = self.cache.take().unwrap_or_default();
        let mut messages = Vec::new();
        let mut interface = UserInterface::build(self.app.view(self.id), SIZE, cache, &mut self.renderer);
        let result = act(&mut interface, &mut self.renderer, &mut messages);
        self.cache = Some(interface.into_cache());
        for message in messages {
            let _ = self.app.update(message);
        }
        result
    }

    /// Takes in what happens up to new figures.
    async fn sample(&mut self) {
        while let Some(event) = self.events.next().await {
            let is_over = matches!(event, Event::Sampled(_));
            let _ = self.app.update(Message::Host("demo".into(), event));
            if is_over {
                return;
            }
        }
    }

    fn press(&mut self, key: Named) {
        let _ = self.app.update(Message::Key(self.id, Pressed::Named(key), Modifiers::empty()));
    }

    /// Draws, and tells what that costs after what was drawn before.
    fn frame(&mut self) -> Cost {
        let theme = self.app.theme(self.id).unwrap();
        self.interface(|interface, renderer, messages| {
            let redraw = iced::Event::Window(window::Event::RedrawRequested(Instant::now()));
            let _ = interface.update(&[redraw], mouse::Cursor::Unavailable, renderer, &mut clipboard::Null, messages);
            interface.draw(renderer, &theme, &Style { text_color: theme.base().text_color }, mouse::Cursor::Unavailable);
        });
        let layers = self.renderer.layers().to_vec();
        let damaged = damage::diff(&self.before, &layers, |layer| vec![layer.bounds], Layer::damage);
        let mut cost = Cost { parts: damage::group(damaged, Rectangle::with_size(SIZE)), ..Cost::default() };
        for part in cost.parts.clone() {
            layers.iter().for_each(|layer| cost.add(part, layer));
        }
        self.before = layers;
        cost
    }
}

impl Cost {
    /// Not more parts than these, and not more than this share of the window through masks.
    fn is_at_most(&self, parts: usize, share: f32) {
        assert!((1..=parts).contains(&self.parts.len()), "{self:?}");
        assert!(self.masked <= share * SIZE.width * SIZE.height, "{self:?}");
        assert!(self.masks <= 8 * parts, "{self:?}");
    }

    fn add(&mut self, part: Rectangle, layer: &Layer) {
        let Some(clip) = part.intersection(&layer.bounds) else { return };
        self.masks += 1;
        let mut shapes: Vec<Rectangle> = layer.quads.iter().map(|(quad, _)| quad.bounds).collect();
        shapes.extend(layer.images.iter().map(iced::advanced::graphics::Image::bounds));
        for bounds in shapes.into_iter().filter(|bounds| bounds.intersects(&clip)) {
            let seen = bounds.intersection(&Rectangle::with_size(SIZE)).filter(|_| !bounds.is_within(&clip));
            self.masked += seen.map_or(0.0, |seen| seen.area());
        }
        let texts = layer.text.iter().map(|group| group.as_slice().iter().filter(|text| is_cut(text, clip)).count());
        self.masks += texts.sum::<usize>();
    }
}

/// Whether a text reaches out of what is painted of it.
fn is_cut(text: &Text, clip: Rectangle) -> bool {
    let Text::Paragraph { paragraph, position, clip_bounds, transformation, .. } = text else { return false };
    let bounds = Rectangle::new(*position, paragraph.min_bounds) * *transformation;
    let seen = clip.intersection(&(*clip_bounds * *transformation));
    seen.is_some_and(|seen| bounds.intersects(&seen) && !bounds.is_within(&seen))
}

/// The names of the machines that are laid out.
fn rows(shown: &mut Shown) -> usize {
    let names: BTreeSet<String> = shown.app.model.machines().map(|(_, machine)| machine.label().to_owned()).collect();
    let mut found = Names { names, count: 0 };
    shown.interface(|interface, renderer, _| interface.operate(renderer, &mut found));
    // The pane has the name of the selected machine, too.
    found.count - 1
}

struct Names {
    names: BTreeSet<String>,
    count: usize,
}

impl Operation for Names {
    fn traverse(&mut self, operate: &mut dyn FnMut(&mut dyn Operation)) {
        operate(self);
    }

    fn text(&mut self, _id: Option<&Id>, _bounds: Rectangle, text: &str) {
        self.count += usize::from(self.names.contains(text));
    }
}

#[tokio::test]
async fn no_more_rows_are_laid_out_than_are_seen_and_a_few() {
    // 652 px of list and 200 px above and below, 44 px a row.
    for machines in [100, 1000] {
        let rows = rows(&mut Shown::new(machines).await);
        assert!((14..=21).contains(&rows), "{rows} rows of {machines}");
    }
}

#[tokio::test]
async fn a_frame_in_which_nothing_changed_paints_nothing() {
    let mut shown = Shown::new(1000).await;
    assert_eq!(shown.frame().parts, []);
}

#[tokio::test]
async fn a_key_is_one_message_and_one_frame() {
    let mut shown = Shown::new(1000).await;
    shown.interface(|interface, renderer, _| interface.operate(renderer, &mut focusable::focus::<()>(Id::new("list-of-machines"))));
    for _ in 0..3 {
        let said = shown.interface(|interface, renderer, messages| {
            let events: Vec<iced::Event> = tap_key(Named::ArrowDown, None).collect();
            let _ = interface.update(&events, mouse::Cursor::Unavailable, renderer, &mut clipboard::Null, messages);
            messages.len()
        });
        assert_eq!(said, 1);
        assert_ne!(shown.frame().parts, []);
        assert_eq!(shown.frame().parts, [], "one frame is enough");
    }
}

#[tokio::test]
async fn a_key_paints_two_rows_the_pane_and_the_toolbar() {
    let mut shown = Shown::new(1000).await;
    for _ in 0..6 {
        shown.press(Named::ArrowDown);
        // Five of them are the toolbar's, where Pause turns into Resume and what follows moves.
        shown.frame().is_at_most(8, 0.6);
    }
    draw(&mut picture(shown.app.view(shown.id), SIZE), "main-many");
}

#[tokio::test]
async fn a_page_further_the_list_and_the_pane_are_painted_as_one_part_each() {
    let mut shown = Shown::new(1000).await;
    shown.press(Named::PageDown);
    shown.frame().is_at_most(4, 0.2);
}

#[tokio::test]
async fn a_letter_in_the_search_field_paints_the_list_and_the_filters_once() {
    let mut shown = Shown::new(1000).await;
    for text in ["w", "we", "web"] {
        let _ = shown.app.update(Message::Main(main::Message::Search(text.into())));
        shown.frame().is_at_most(6, 0.2);
    }
}

#[tokio::test]
async fn new_figures_paint_the_figures() {
    let mut shown = Shown::new(1000).await;
    for _ in 0..5 {
        shown.sample().await;
        shown.frame().is_at_most(12, 1.0);
    }
}

#[tokio::test]
async fn a_machine_that_changes_paints_the_list_and_the_counts() {
    let mut shown = Shown::new(1000).await;
    let machine = shown.app.main.targets().first().and_then(|key| shown.app.model.machine(key)).unwrap().clone();
    let other = if machine.state == State::Running { State::Off } else { State::Running };
    let _ = shown.app.update(Message::Host("demo".into(), Event::Machine(Box::new(Machine { state: other, ..machine }))));
    shown.frame().is_at_most(8, 0.5);
}

#[tokio::test]
async fn devices_are_painted_where_they_change_and_not_while_nothing_does() {
    let mut shown = Shown::new(100).await;
    let _ = shown.app.update(Message::Command(shown.id, crate::command::Command::ShowDevices));
    for _ in 0..3 {
        shown.frame();
    }
    assert_eq!(shown.frame().parts, []);
    for _ in 0..3 {
        shown.press(Named::ArrowDown);
        shown.frame().is_at_most(6, 0.6);
        assert_eq!(shown.frame().parts, [], "one frame is enough");
    }
    // Figures are the status bar's alone.
    shown.sample().await;
    let parts = shown.frame().parts;
    assert!(parts.iter().all(|part| part.y > SIZE.height - crate::theme::size::STATUS - 1.0), "{parts:?}");
}
