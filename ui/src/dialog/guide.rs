//! The guide: the chapters of `docs/` that are for those who use the application, as they are, inside of it. They are in English.

use client::{settings::Settings, t};
use iced::{
    Element, Length, Padding, border, clipboard,
    keyboard::{Key, Modifiers},
    widget::{
        Id, Space, column, container, markdown,
        operation::{self, AbsoluteOffset},
    },
};

use super::{
    Content,
    pages::pages,
    read::{Way, read, way},
};
use crate::{
    action::Action,
    app,
    command::Command,
    component::{Button, Kind},
    font,
    icon::{self, Icon},
    model::Model,
    theme::{self, size, space, tokens},
    widget::{code, upright},
};

/// Joins words and has no width.
const MARK: char = '\u{2060}';

const SCROLL: Id = Id::new("guide");

/// A chapter.
#[derive(Clone, Copy, Debug)]
struct Chapter {
    /// Its text's name among the documents; links name it so.
    file: &'static str,
    /// The key of its name.
    name: &'static str,
    icon: fn() -> Icon,
    text: &'static str,
}

macro_rules! chapters {
    ($($file:literal $name:literal $icon:ident;)*) => {
        const CHAPTERS: &[Chapter] =
            &[$(Chapter { file: $file, name: $name, icon: icon::$icon, text: include_str!(concat!("../../../docs/", $file)) },)*];
    };
}

chapters! {
    "desktop.md" "guide-window" layout_grid;
    "tray.md" "guide-tray" panel_left;
    "delete.md" "guide-delete" trash_2;
    "passthrough.md" "guide-passthrough" circuit_board;
    "hugepages.md" "guide-hugepages" memory_stick;
    "cpus.md" "guide-cpus" cpu;
    "readiness.md" "guide-readiness" circle_check;
    "configuration.md" "guide-configuration" settings;
}

/// The open guide.
#[derive(Debug)]
pub struct Guide {
    at: Chapter,
    items: Vec<markdown::Item>,
}

/// What happens in it.
#[derive(Clone, Debug)]
pub enum Message {
    /// Another chapter, by its place.
    Chapter(usize),
    /// The tour is wanted.
    Tour,
    /// A link was pressed.
    Link(String),
    /// Another part of the chapter.
    Scroll(Way),
    /// Closes it.
    Dismiss,
}

impl Default for Guide {
    fn default() -> Self {
        Self::at(CHAPTERS[0])
    }
}

impl Guide {
    fn at(chapter: Chapter) -> Self {
        Self { at: chapter, items: markdown::parse(&parted(body(chapter.text))).collect() }
    }

    fn open(&mut self, chapter: Chapter) -> Action {
        *self = Self::at(chapter);
        let top = AbsoluteOffset { x: 0.0, y: 0.0 };
        Action::Task(operation::scroll_to::<app::Message>(SCROLL, top))
    }

    /// Another chapter; the address of anything else is copied, for there is no telling which browser is wanted.
    fn follow(&mut self, link: &str) -> Action {
        let file = link.split('#').next().unwrap_or_default();
        match CHAPTERS.iter().find(|chapter| chapter.file == file) {
            Some(chapter) => self.open(*chapter),
            None => Action::Batch(vec![Action::Task(clipboard::write(link.to_owned())), Action::Toast(t!("details-copied", text = link))]),
        }
    }
}

/// A document without its first heading, which the dialog's own head says.
fn body(text: &str) -> &str {
    text.strip_prefix("# ").and_then(|text| text.split_once('\n')).map_or(text, |(_, body)| body)
}

/// The text with a mark that nobody sees wherever code touches words. The library draws a word of plain letters in one font, also
/// where the next one begins inside of it, unless something in it is no such letter.
fn parted(text: &str) -> String {
    let mut is_block = false;
    let lines = text.lines().map(|line| {
        let is_fence = line.trim_start().starts_with("```");
        is_block ^= is_fence;
        if is_block || is_fence { line.to_owned() } else { parted_line(line) }
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn parted_line(line: &str) -> String {
    let touches = |part: Option<char>| part.is_some_and(|letter| !letter.is_whitespace());
    let parts: Vec<&str> = line.split('`').collect();
    let mut whole = parts.first().copied().unwrap_or_default().to_owned();
    for (place, pair) in parts.windows(2).enumerate() {
        let begins = place % 2 == 0;
        let before = begins && touches(pair[0].chars().last());
        let after = !begins && touches(pair[1].chars().next());
        whole.extend(before.then_some(MARK));
        whole.push('`');
        whole.extend(after.then_some(MARK));
        whole.push_str(pair[1]);
    }
    whole
}

impl Content for Guide {
    type Message = Message;

    fn accept(&self) -> Option<Message> {
        Some(Message::Dismiss)
    }

    fn update(&mut self, _model: &Model, _settings: &Settings, message: Message) -> Action {
        match message {
            Message::Chapter(place) => CHAPTERS.get(place).map_or(Action::None, |chapter| self.open(*chapter)),
            Message::Tour => Action::Batch(vec![Action::Close, Action::Run(Command::Tour, Vec::new())]),
            Message::Link(link) => self.follow(&link),
            Message::Scroll(way) => Action::Task(read(SCROLL, way)),
            Message::Dismiss => Action::Close,
        }
    }

    fn key(&self, key: &Key, _modifiers: Modifiers) -> Option<Message> {
        way(key).map(Message::Scroll)
    }

    fn view<'a>(&'a self, model: &'a Model, settings: &'a Settings) -> Element<'a, Message> {
        let style = style(model, settings);
        let entry = |(place, chapter): (usize, &Chapter)| {
            ((chapter.icon)(), t!(chapter.name), chapter.file == self.at.file, Message::Chapter(place))
        };
        let words = markdown::view_with(&self.items, style, &Looks);
        // The guide is in a language that runs from left to right.
        let words = container(upright(words)).padding(Padding::ZERO.right(space::M)).width(Length::Fill);
        let tour = Button::new(Kind::Secondary, t!("command-tour")).icon(Command::Tour.icon()).on_press(Message::Tour);
        // It shows what the first chapter tells.
        let tour = (self.at.file == CHAPTERS[0].file).then_some(tour);
        let page = column![].push(tour).push(words).spacing(space::M);
        let page = (t!(self.at.name), page.into(), SCROLL);
        pages(t!("guide-title"), CHAPTERS.iter().enumerate().map(entry), page, Message::Dismiss)
    }
}

/// What the library draws otherwise than the rest of the application.
struct Looks;

impl<'a> markdown::Viewer<'a, Message> for Looks {
    fn on_link_click(link: markdown::Uri) -> Message {
        Message::Link(link)
    }

    /// Pictures are for those who read the documents elsewhere: here is the window itself.
    fn image(&self, _: markdown::Settings, _: &'a markdown::Uri, _: &'a str, _: &markdown::Text) -> Element<'a, Message> {
        Space::new().into()
    }

    fn heading(
        &self,
        settings: markdown::Settings,
        level: &'a markdown::HeadingLevel,
        words: &'a markdown::Text,
        index: usize,
    ) -> Element<'a, Message> {
        let style = markdown::Style { font: font::SEMIBOLD, ..settings.style };
        markdown::heading(markdown::Settings { style, ..settings }, level, words, index, Message::Link)
    }

    fn code_block(
        &self,
        settings: markdown::Settings,
        _language: Option<&'a str>,
        words: &'a str,
        _lines: &'a [markdown::Text],
    ) -> Element<'a, Message> {
        let words = code(words.trim_end()).size(settings.code_size);
        container(words).width(Length::Fill).padding(space::M).style(theme::container::rounded(|t| t.sunken, size::RADIUS)).into()
    }
}

/// Sizes and colours of the text. The library takes colours, not a style, so the theme has to be known here.
fn style(model: &Model, settings: &Settings) -> markdown::Settings {
    let (mode, contrast) = model.desktop();
    let theme = theme::of(&settings.appearance, mode, contrast);
    let t = tokens(&theme);
    let style = markdown::Style {
        font: font::BODY,
        inline_code_padding: Padding::from([1, 3]),
        inline_code_highlight: markdown::Highlight { background: t.sunken.into(), border: border::rounded(3) },
        inline_code_color: t.text,
        inline_code_font: font::MONO,
        code_block_font: font::MONO,
        link_color: t.accent_text,
    };
    let sizes = markdown::Settings::with_text_size(13, style);
    markdown::Settings { h1_size: 17.into(), h2_size: 15.into(), h3_size: 13.into(), code_size: 12.into(), spacing: 10.into(), ..sizes }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_chapter_has_text_and_a_name() {
        crate::dialog::test::speak();
        for chapter in CHAPTERS {
            assert!(chapter.text.starts_with("# ") && !body(chapter.text).starts_with("# "), "{}", chapter.file);
            assert!(!Guide::at(*chapter).items.is_empty(), "{}", chapter.file);
            assert_ne!(t!(chapter.name), chapter.name);
        }
    }

    #[test]
    fn code_has_its_own_font_where_it_touches_words() {
        assert_eq!(parted("(`a` as `b`), `c`."), "(\u{2060}`a` as `b`\u{2060}), `c`\u{2060}.");
        assert_eq!(parted("```sh\nx `y`.\n```\n`z`!"), "```sh\nx `y`.\n```\n`z`\u{2060}!");
    }

    #[test]
    fn a_link_to_a_chapter_opens_it_and_any_other_is_copied() {
        let mut guide = Guide::default();
        assert!(matches!(guide.follow("delete.md#trash"), Action::Task(_)));
        assert_eq!(guide.at.file, "delete.md");
        assert!(matches!(guide.follow("https://libvirt.org/"), Action::Batch(actions) if actions.len() == 2));
        assert_eq!(guide.at.file, "delete.md");
    }
}
