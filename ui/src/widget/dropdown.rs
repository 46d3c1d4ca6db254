//! A button with a short menu below it. It opens, walks and closes by itself; the application only hears what was chosen.

use iced::{
    Background, Border, Element, Event, Length, Point, Rectangle, Renderer, Size, Theme, Vector,
    advanced::{
        Clipboard, Layout, Renderer as _, Shell, Widget, layout, mouse, overlay, renderer,
        widget::{Operation, Tree, tree},
    },
    keyboard::{self, Key, key::Named},
    touch,
};

use super::direction;
use crate::{
    theme::{container::menu, size, tokens},
    widget::said::{Marked, Role, Said, spoken, tell},
};

/// A menu of `rows` below `button` (a control that says `()` when it is pressed). A row without a message is off.
#[must_use]
pub fn dropdown<'a, Message: Clone + 'a>(
    button: impl Into<Element<'a, ()>>,
    rows: Vec<(Element<'a, Message>, Option<Message>)>,
    width: f32,
) -> Element<'a, Message> {
    let (elements, messages): (Vec<_>, Vec<_>) = rows.into_iter().unzip();
    let row = |(row, message): (Element<'a, Message>, &Option<Message>)| {
        let is_off = message.is_none();
        spoken(row, move || Said { is_off, ..Said::new(Role::MenuItem) }).on_press_maybe(message.clone()).into()
    };
    let elements = elements.into_iter().zip(&messages).map(row);
    let column = iced::widget::Column::with_children(elements).width(Length::Fill);
    let menu = iced::widget::container(column).padding(PADDING).width(width);
    Element::new(Dropdown { button: button.into(), menu: menu.into(), messages })
}

const PADDING: f32 = 4.0;

struct Dropdown<'a, Message> {
    button: Element<'a, ()>,
    menu: Element<'a, Message>,
    messages: Vec<Option<Message>>,
}

#[derive(Debug, Default)]
struct State {
    is_open: bool,
    marked: Option<usize>,
}

impl<Message: Clone> Widget<Message, Theme, Renderer> for Dropdown<'_, Message> {
    fn tag(&self) -> tree::Tag {
        tree::Tag::of::<State>()
    }

    fn state(&self) -> tree::State {
        tree::State::new(State::default())
    }

    fn children(&self) -> Vec<Tree> {
        vec![Tree::new(&self.button), Tree::new(&self.menu)]
    }

    fn diff(&self, tree: &mut Tree) {
        if let [button, menu] = tree.children.as_mut_slice() {
            button.diff(&self.button);
            menu.diff(&self.menu);
        } else {
            tree.children = self.children();
        }
    }

    fn size(&self) -> Size<Length> {
        self.button.as_widget().size()
    }

    fn layout(&mut self, tree: &mut Tree, renderer: &Renderer, limits: &layout::Limits) -> layout::Node {
        self.button.as_widget_mut().layout(&mut tree.children[0], renderer, limits)
    }

    fn operate(&mut self, tree: &mut Tree, layout: Layout<'_>, renderer: &Renderer, operation: &mut dyn Operation) {
        self.button.as_widget_mut().operate(&mut tree.children[0], layout, renderer, operation);
    }

    fn update(
        &mut self,
        tree: &mut Tree,
        event: &Event,
        layout: Layout<'_>,
        cursor: mouse::Cursor,
        renderer: &Renderer,
        clipboard: &mut dyn Clipboard,
        shell: &mut Shell<'_, Message>,
        viewport: &Rectangle,
    ) {
        let mut presses = Vec::new();
        let mut own = Shell::new(&mut presses);
        self.button.as_widget_mut().update(&mut tree.children[0], event, layout, cursor, renderer, clipboard, &mut own, viewport);
        if own.is_event_captured() {
            shell.capture_event();
        }
        shell.request_redraw_at(own.redraw_request());
        if !presses.is_empty() {
            // A screen reader presses without either.
            let by_key = !matches!(event, Event::Mouse(_) | Event::Touch(_));
            let marked = if by_key { self.messages.iter().position(Option::is_some) } else { None };
            *tree.state.downcast_mut::<State>() = State { is_open: true, marked };
            shell.capture_event();
            shell.request_redraw();
        }
    }

    fn mouse_interaction(
        &self,
        tree: &Tree,
        layout: Layout<'_>,
        cursor: mouse::Cursor,
        viewport: &Rectangle,
        renderer: &Renderer,
    ) -> mouse::Interaction {
        self.button.as_widget().mouse_interaction(&tree.children[0], layout, cursor, viewport, renderer)
    }

    fn draw(
        &self,
        tree: &Tree,
        renderer: &mut Renderer,
        theme: &Theme,
        style: &renderer::Style,
        layout: Layout<'_>,
        cursor: mouse::Cursor,
        viewport: &Rectangle,
    ) {
        self.button.as_widget().draw(&tree.children[0], renderer, theme, style, layout, cursor, viewport);
    }

    fn overlay<'b>(
        &'b mut self,
        tree: &'b mut Tree,
        layout: Layout<'b>,
        _renderer: &Renderer,
        _viewport: &Rectangle,
        translation: Vector,
    ) -> Option<overlay::Element<'b, Message, Theme, Renderer>> {
        let state = tree.state.downcast_mut::<State>();
        if !state.is_open {
            return None;
        }
        let open = Open {
            state,
            tree: &mut tree.children[1],
            menu: &mut self.menu,
            messages: &self.messages,
            button: layout.bounds() + translation,
        };
        Some(overlay::Element::new(Box::new(open)))
    }
}

struct Open<'a, 'b, Message> {
    state: &'b mut State,
    tree: &'b mut Tree,
    menu: &'b mut Element<'a, Message>,
    messages: &'b [Option<Message>],
    button: Rectangle,
}

impl<Message: Clone> Open<'_, '_, Message> {
    fn row_under(&self, layout: Layout<'_>, cursor: mouse::Cursor) -> Option<usize> {
        let rows = layout.children().next()?;
        rows.children().position(|row| cursor.is_over(row.bounds())).filter(|row| self.messages.get(*row).is_some_and(Option::is_some))
    }

    fn step(&self, forward: bool) -> Option<usize> {
        let count = self.messages.len();
        let start = self.state.marked.unwrap_or(if forward { count.wrapping_sub(1) } else { 0 });
        let next = |n: usize| if forward { (start + n) % count } else { (start + count - n % count) % count };
        (1..=count).map(next).find(|row| self.messages[*row].is_some())
    }

    fn choose(&mut self, row: Option<usize>, shell: &mut Shell<'_, Message>) {
        if let Some(message) = row.and_then(|row| self.messages.get(row).cloned().flatten()) {
            *self.state = State::default();
            shell.publish(message);
        }
    }

    fn key(&mut self, key: &Key, shell: &mut Shell<'_, Message>) {
        match key {
            Key::Named(Named::Escape | Named::Tab) => *self.state = State::default(),
            Key::Named(Named::ArrowDown) => self.state.marked = self.step(true),
            Key::Named(Named::ArrowUp) => self.state.marked = self.step(false),
            Key::Named(Named::Enter | Named::Space) => self.choose(self.state.marked, shell),
            _ => {}
        }
        shell.capture_event();
        shell.request_redraw();
    }
}

impl<Message: Clone> overlay::Overlay<Message, Theme, Renderer> for Open<'_, '_, Message> {
    fn layout(&mut self, renderer: &Renderer, bounds: Size) -> layout::Node {
        let node = direction::flip(self.menu.as_widget_mut().layout(self.tree, renderer, &layout::Limits::new(Size::ZERO, bounds)));
        let room = Size::new(bounds.width - node.size().width - PADDING, bounds.height - node.size().height - PADDING);
        let below = self.button.y + self.button.height + PADDING;
        let y = if below <= room.height { below } else { self.button.y - node.size().height - PADDING };
        let begin = if direction::is_mirrored() { self.button.x + self.button.width - node.size().width } else { self.button.x };
        node.move_to(Point::new(begin.min(room.width).max(PADDING), y.max(PADDING)))
    }

    fn operate(&mut self, layout: Layout<'_>, renderer: &Renderer, operation: &mut dyn Operation) {
        tell(operation, None, layout.bounds(), || Said { takes_keys: true, ..Said::new(Role::Menu) });
        operation.traverse(&mut |operation| self.menu.as_widget_mut().operate(self.tree, layout, renderer, operation));
        if let Some(row) = self.state.marked {
            operation.custom(None, layout.bounds(), &mut Marked(row));
        }
    }

    fn draw(&self, renderer: &mut Renderer, theme: &Theme, style: &renderer::Style, layout: Layout<'_>, cursor: mouse::Cursor) {
        let bounds = layout.bounds();
        let ground = menu(theme);
        renderer.with_layer(bounds, |renderer| {
            let quad = renderer::Quad { bounds, border: ground.border, ..renderer::Quad::default() };
            renderer.fill_quad(quad, ground.background.unwrap_or(Background::Color(tokens(theme).raised)));
            let rows = layout.children().next();
            if let Some(row) = self.state.marked.and_then(|row| rows?.children().nth(row)) {
                let border = Border { radius: size::RADIUS.into(), ..Border::default() };
                let mark = renderer::Quad { bounds: row.bounds(), border, ..renderer::Quad::default() };
                renderer.fill_quad(mark, Background::Color(tokens(theme).hover));
            }
            self.menu.as_widget().draw(self.tree, renderer, theme, style, layout, cursor, &bounds);
        });
    }

    fn update(
        &mut self,
        event: &Event,
        layout: Layout<'_>,
        cursor: mouse::Cursor,
        renderer: &Renderer,
        clipboard: &mut dyn Clipboard,
        shell: &mut Shell<'_, Message>,
    ) {
        match event {
            Event::Mouse(mouse::Event::CursorMoved { .. }) => {
                let under = self.row_under(layout, cursor);
                if under.is_some() && under != self.state.marked {
                    self.state.marked = under;
                    shell.request_redraw();
                }
            }
            Event::Mouse(mouse::Event::ButtonPressed(_)) | Event::Touch(touch::Event::FingerPressed { .. }) => {
                if cursor.is_over(layout.bounds()) {
                    let row = self.row_under(layout, cursor);
                    self.choose(row, shell);
                } else {
                    *self.state = State::default();
                }
                shell.capture_event();
                shell.request_redraw();
            }
            Event::Keyboard(keyboard::Event::KeyPressed { key, .. }) => self.key(key, shell),
            // What a screen reader pressed is told here.
            Event::Window(_) => {
                let (mut chosen, viewport) = (Vec::new(), layout.bounds());
                let mut own = Shell::new(&mut chosen);
                self.menu.as_widget_mut().update(self.tree, event, layout, cursor, renderer, clipboard, &mut own, &viewport);
                if let Some(message) = chosen.pop() {
                    *self.state = State::default();
                    shell.publish(message);
                    shell.request_redraw();
                }
            }
            _ => {}
        }
    }

    fn mouse_interaction(&self, layout: Layout<'_>, cursor: mouse::Cursor, _renderer: &Renderer) -> mouse::Interaction {
        if self.row_under(layout, cursor).is_some() { mouse::Interaction::Pointer } else { mouse::Interaction::default() }
    }
}
