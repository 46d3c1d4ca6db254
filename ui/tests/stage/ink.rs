//! Where the texts of a window are really drawn, and what is wrong with that.

use std::collections::BTreeSet;

use iced::{
    Event, Rectangle, Size,
    advanced::graphics::text::{Paragraph, Text, cosmic_text::BufferLine},
    theme::Base as _,
};
use iced_test::core::{
    clipboard, renderer,
    widget::operation::{Operation, TextInput},
};
use iced_tiny_skia::Layer;
use ui::{app::Message, command::Command};

use super::Stage;

/// Pixels that a rounded place may be off.
const SLACK: f32 = 1.5;

/// Where the fields are.
#[derive(Default)]
struct Fields(Vec<Rectangle>);

impl Operation for Fields {
    fn traverse(&mut self, operate: &mut dyn FnMut(&mut dyn Operation)) {
        operate(self);
    }

    fn text_input(&mut self, _id: Option<&iced::widget::Id>, bounds: Rectangle, _state: &mut dyn TextInput) {
        self.0.push(bounds);
    }
}

/// A text as it is drawn.
struct Ink {
    words: String,
    bounds: Rectangle,
    /// What may be seen of it.
    clip: Rectangle,
    layer: usize,
}

impl Stage {
    /// Runs a command in the window in front.
    pub fn command(&mut self, command: Command) {
        let id = self.windows[self.front()].id;
        self.update(Message::Command(id, command));
        self.settle();
    }

    /// Every text of the window in front that is seen, and where it is drawn.
    pub fn inks(&mut self) -> Vec<(String, Rectangle)> {
        self.inks_after(&[])
    }

    /// The same once this has happened.
    pub fn inks_after(&mut self, events: &[Event]) -> Vec<(String, Rectangle)> {
        self.drawn(events).0.into_iter().map(|ink| (ink.words, ink.bounds)).collect()
    }

    /// What is wrong with the texts of the window in front: those that leave it, are cut at a side, or lie over one another.
    pub fn faults(&mut self) -> BTreeSet<String> {
        let size = self.windows[self.front()].size;
        let (inks, fields) = self.drawn(&[]);
        faults(&inks, &fields, size)
    }

    fn drawn(&mut self, events: &[Event]) -> (Vec<Ink>, Vec<Rectangle>) {
        let at = self.front();
        let id = self.windows[at].id;
        let theme = self.app.theme(id).expect("a theme");
        let style = renderer::Style { text_color: theme.base().text_color };
        self.with(at, |ui, renderer, cursor, messages| {
            let _ = ui.update(events, cursor, renderer, &mut clipboard::Null, messages);
            ui.draw(renderer, &theme, &style, cursor);
            let inks: Vec<Ink> = renderer.layers().iter().enumerate().flat_map(|(number, layer)| inks(number, layer)).collect();
            let mut fields = Fields::default();
            ui.operate(renderer, &mut fields);
            (inks, fields.0)
        })
    }
}

fn inks(number: usize, layer: &Layer) -> Vec<Ink> {
    let all = layer.text.iter().flat_map(|group| group.as_slice().iter());
    all.filter_map(|text| ink(number, layer.bounds, text)).collect()
}

/// Numbers on charts and texts that are typed are no paragraphs.
fn ink(layer: usize, of_layer: Rectangle, text: &Text) -> Option<Ink> {
    let Text::Paragraph { paragraph, position, clip_bounds, transformation, .. } = text else { return None };
    let words = words(&paragraph.upgrade()?);
    let bounds = Rectangle::new(*position, paragraph.min_bounds) * *transformation;
    let clip = of_layer.intersection(&(*clip_bounds * *transformation))?;
    (!words.trim().is_empty() && bounds.intersects(&clip)).then_some(Ink { words, bounds, clip, layer })
}

fn words(paragraph: &Paragraph) -> String {
    paragraph.buffer().lines.iter().map(BufferLine::text).collect::<Vec<_>>().join(" / ")
}

/// What stands in a field scrolls sideways.
fn faults(inks: &[Ink], fields: &[Rectangle], window: Size) -> BTreeSet<String> {
    let window = Rectangle::with_size(window);
    let mut faults = BTreeSet::new();
    for (place, ink) in inks.iter().enumerate() {
        let over = (ink.bounds.x + ink.bounds.width - ink.clip.x - ink.clip.width).max(ink.clip.x - ink.bounds.x);
        if over > SLACK && !fields.iter().any(|field| field.contains(ink.bounds.position())) {
            faults.insert(format!("“{}” is cut by {over:.0} px at a side", ink.words));
        }
        // What scrolls has a clip of its own.
        let below = ink.bounds.y + ink.bounds.height - window.height;
        if ink.clip.height >= window.height - SLACK && below > SLACK {
            faults.insert(format!("“{}” is {below:.0} px below the window", ink.words));
        }
        for other in inks[place + 1..].iter().filter(|other| other.layer == ink.layer) {
            let common = ink.bounds.intersection(&other.bounds).filter(|common| common.width > SLACK && common.height > SLACK);
            if let Some(common) = common {
                faults.insert(format!("“{}” and “{}” share {:.0} x {:.0} px", ink.words, other.words, common.width, common.height));
            }
        }
    }
    faults
}

/// What is seen is what is found: a text that does not fit is told, and two on one place are.
pub fn faults_are_found() {
    let ink = |words: &str, x: f32, width: f32| {
        let bounds = Rectangle { x, y: 10.0, width, height: 18.0 };
        Ink { words: words.to_owned(), bounds, clip: Rectangle::with_size(Size::new(300.0, 200.0)), layer: 0 }
    };
    let window = Size::new(300.0, 200.0);
    assert!(faults(&[ink("a", 0.0, 100.0), ink("b", 100.0, 200.0)], &[], window).is_empty());
    assert_eq!(faults(&[ink("a", 0.0, 100.0), ink("b", 90.0, 200.0)], &[], window).len(), 1);
    assert_eq!(faults(&[ink("a", 250.0, 60.0)], &[], window).len(), 1);
    let mut low = ink("a", 0.0, 100.0);
    low.bounds.y = 190.0;
    let field = Rectangle { x: 240.0, y: 0.0, width: 60.0, height: 30.0 };
    assert!(faults(&[ink("a", 250.0, 60.0)], &[field], window).is_empty());
    assert_eq!(faults(&[low], &[], window).len(), 1);
}
