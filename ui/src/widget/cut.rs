//! One line of text that is cut with "…" where its room ends. iced's own text wraps or runs over.

use std::borrow::Cow;

use iced::{
    Color, Element, Font, Length, Pixels, Point, Rectangle, Renderer, Size, Theme,
    advanced::{
        Layout, Widget,
        graphics::text::Paragraph,
        layout, mouse, renderer,
        text::{self, Hit, Paragraph as _, Renderer as _, paragraph::Plain},
        widget::{Operation, Tree, tree},
    },
    alignment::Vertical,
};

use super::direction;
use crate::theme::{Tokens, tokens};

/// Text on one line, cut at the end where it does not fit.
#[must_use]
pub fn cut<'a>(content: impl Into<Cow<'a, str>>) -> Cut<'a> {
    Cut {
        content: content.into(),
        size: 13.0,
        line: 18.0,
        font: crate::font::BODY,
        colour: Some(|t| t.text),
        width: Length::Fill,
        edge: Edge::Begin,
        middle: false,
        shaping: text::Shaping::Advanced,
        reach: 0.0,
    }
}

/// Where a line lies in a room that is wider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Edge {
    Begin,
    End,
    Left,
}

/// See [`cut`].
pub struct Cut<'a> {
    content: Cow<'a, str>,
    size: f32,
    line: f32,
    font: Font,
    colour: Option<fn(&Tokens) -> Color>,
    width: Length,
    edge: Edge,
    middle: bool,
    shaping: text::Shaping,
    reach: f32,
}

impl Cut<'_> {
    /// Size of the letters, and height of the line.
    #[must_use]
    pub const fn size(mut self, size: f32, line: f32) -> Self {
        self.size = size;
        self.line = line;
        self
    }

    /// The font.
    #[must_use]
    pub const fn font(mut self, font: Font) -> Self {
        self.font = font;
        self
    }

    /// The colour.
    #[must_use]
    pub const fn colour(mut self, colour: fn(&Tokens) -> Color) -> Self {
        self.colour = Some(colour);
        self
    }

    /// In the colour that what is around it gives to text: on buttons.
    #[must_use]
    pub const fn inherit(mut self) -> Self {
        self.colour = None;
        self
    }

    /// Letters that stand as in iced's own text: for our own words, which need no more.
    #[must_use]
    pub const fn plain(mut self) -> Self {
        self.shaping = text::Shaping::Auto;
        self
    }

    /// So many pixels of what is behind it are free, too.
    #[must_use]
    pub const fn reach(mut self, pixels: f32) -> Self {
        self.reach = pixels;
        self
    }

    /// The width; fills by default.
    #[must_use]
    pub fn width(mut self, width: impl Into<Length>) -> Self {
        self.width = width.into();
        self
    }

    /// At the edge where lines end: figures below each other.
    #[must_use]
    pub const fn right(mut self) -> Self {
        self.edge = Edge::End;
        self
    }

    /// In the font of code, and at the left in every language.
    #[must_use]
    pub const fn code(mut self) -> Self {
        self.font = crate::font::MONO;
        self.edge = Edge::Left;
        self
    }

    /// Cuts in the middle, so that the end of a file name stays.
    #[must_use]
    pub const fn middle(mut self) -> Self {
        self.middle = true;
        self
    }

    fn text<'b>(&self, content: &'b str) -> text::Text<&'b str> {
        text::Text {
            content,
            bounds: Size::new(f32::INFINITY, self.line),
            size: Pixels(self.size),
            line_height: text::LineHeight::Absolute(Pixels(self.line)),
            font: self.font,
            align_x: text::Alignment::Left,
            align_y: Vertical::Top,
            shaping: self.shaping,
            wrapping: text::Wrapping::None,
        }
    }

    /// Where the text ends so that it and "…" fit into `room`.
    fn shortened(&self, whole: &Paragraph, room: f32) -> String {
        let dots = Paragraph::with_text(self.text("…")).min_width();
        let hit = |x: f32| match whole.hit_test(Point::new(x.max(0.0), self.line / 2.0)) {
            Some(Hit::CharOffset(index)) => floor_boundary(&self.content, index),
            None => 0,
        };
        // Arabic and Hebrew begin at the right.
        let begins_right = hit(0.0) > hit(whole.min_width());
        let place = |x: f32| if begins_right { hit(whole.min_width() - x) } else { hit(x) };
        if !self.middle {
            // A hit counts to the nearer side of a letter: one less never sticks out.
            return format!("{}…", self.content[..place(room - dots - self.size * 0.3)].trim_end());
        }
        let half = (room - dots) / 2.0 - self.size * 0.3;
        let (head, tail) = (place(half), place(whole.min_width() - half));
        format!("{}…{}", &self.content[..head], &self.content[tail.max(head)..])
    }
}

const fn floor_boundary(content: &str, mut index: usize) -> usize {
    if index > content.len() {
        return content.len();
    }
    while !content.is_char_boundary(index) {
        index -= 1;
    }
    index
}

#[derive(Default)]
struct State {
    whole: Plain<Paragraph>,
    cut: Option<(f32, Paragraph)>,
}

impl<Message> Widget<Message, Theme, Renderer> for Cut<'_> {
    fn tag(&self) -> tree::Tag {
        tree::Tag::of::<State>()
    }

    fn state(&self) -> tree::State {
        tree::State::new(State::default())
    }

    fn size(&self) -> Size<Length> {
        Size::new(self.width, Length::Fixed(self.line))
    }

    fn layout(&mut self, tree: &mut Tree, _renderer: &Renderer, limits: &layout::Limits) -> layout::Node {
        let state = tree.state.downcast_mut::<State>();
        if state.whole.update(self.text(&self.content)) {
            state.cut = None;
        }
        layout::sized(limits, self.width, Length::Fixed(self.line), |limits| {
            let (room, wanted) = (limits.max().width, state.whole.min_width());
            if wanted <= room + self.reach.max(0.5) {
                state.cut = None;
            } else if state.cut.as_ref().is_none_or(|(width, _)| (width - room).abs() > 0.1) {
                let shortened = self.shortened(state.whole.raw(), room);
                state.cut = Some((room, Paragraph::with_text(self.text(&shortened))));
            }
            Size::new(wanted.min(room), self.line)
        })
    }

    fn draw(
        &self,
        tree: &Tree,
        renderer: &mut Renderer,
        theme: &Theme,
        style: &renderer::Style,
        layout: Layout<'_>,
        _cursor: mouse::Cursor,
        viewport: &Rectangle,
    ) {
        let state = tree.state.downcast_ref::<State>();
        let bounds = layout.bounds();
        let begin = if direction::is_mirrored() { bounds.x - self.reach } else { bounds.x };
        let reached = Rectangle { x: begin, width: bounds.width + self.reach, ..bounds };
        let Some(clip) = reached.intersection(viewport) else { return };
        let paragraph = state.cut.as_ref().map_or_else(|| state.whole.raw(), |(_, paragraph)| paragraph);
        let free = bounds.width - paragraph.min_width();
        let x = match (self.edge, direction::is_mirrored()) {
            (Edge::Left, _) | (Edge::Begin, false) | (Edge::End, true) => bounds.x,
            (Edge::End, false) => bounds.x + free.max(0.0),
            // What reaches out does so at its end.
            (Edge::Begin, true) => bounds.x + free,
        };
        renderer.fill_paragraph(paragraph, Point::new(x, bounds.y), self.colour.map_or(style.text_color, |pick| pick(tokens(theme))), clip);
    }

    fn operate(&mut self, _tree: &mut Tree, layout: Layout<'_>, _renderer: &Renderer, operation: &mut dyn Operation) {
        operation.text(None, layout.bounds(), &self.content);
    }
}

impl<'a, Message: 'a> From<Cut<'a>> for Element<'a, Message> {
    fn from(cut: Cut<'a>) -> Self {
        Self::new(cut)
    }
}
