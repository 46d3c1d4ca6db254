//! A control that can have the focus, and the ring around it.

use iced::{
    Background, Border, Color, Element, Event, Rectangle, Renderer, Theme,
    advanced::{
        Renderer as _, Shell, mouse, renderer,
        widget::{Id, Operation, operation},
    },
    keyboard::{self, Key, Modifiers, key::Named},
};

use crate::{
    theme::tokens,
    widget::{
        said::{Role, Said, tell},
        wrap::{Happens, Seen, Wrapped, Wrapper, wrap},
    },
};

type OnKey<'a, Message> = Box<dyn Fn(&Key, Modifiers) -> Option<Message> + 'a>;
type Say<'a> = Box<dyn Fn() -> Said + 'a>;

/// Lets `content` take part in the focus.
#[must_use]
pub fn focusable<'a, Message: Clone>(content: impl Into<Element<'a, Message>>) -> Focusable<'a, Message> {
    let own = Focuses { id: None, on_press: None, on_key: None, inside: false, radius: 6.0, on_focus: None, is_plain: false, say: None };
    wrap(content, own)
}

/// See [`focusable`].
pub type Focusable<'a, Message> = Wrapped<'a, Message, Focuses<'a, Message>>;

/// What [`focusable`] changes.
pub struct Focuses<'a, Message> {
    id: Option<Id>,
    on_press: Option<Message>,
    on_key: Option<OnKey<'a, Message>>,
    on_focus: Option<Message>,
    inside: bool,
    is_plain: bool,
    radius: f32,
    say: Option<Say<'a>>,
}

impl<'a, Message> Focusable<'a, Message> {
    /// The id that [`super::take`] moves the focus to.
    #[must_use]
    pub fn id(mut self, id: impl Into<Id>) -> Self {
        self.own.id = Some(id.into());
        self
    }

    /// What Enter and Space do. Without it and without [`Self::on_key`] the control is off and gets no focus.
    #[must_use]
    pub fn on_press_maybe(mut self, message: Option<Message>) -> Self {
        self.own.on_press = message;
        self
    }

    /// What Enter and Space do.
    #[must_use]
    pub fn on_press(self, message: Message) -> Self {
        self.on_press_maybe(Some(message))
    }

    /// What other keys do while it has the focus; `None` leaves a key to the application.
    #[must_use]
    pub fn on_key(mut self, on_key: impl Fn(&Key, Modifiers) -> Option<Message> + 'a) -> Self {
        self.own.on_key = Some(Box::new(on_key));
        self
    }

    /// Told when it gets the focus by a click.
    #[must_use]
    pub fn on_focus(mut self, message: Message) -> Self {
        self.own.on_focus = Some(message);
        self
    }

    /// Draws the ring inside the edge: rows, fields, panes.
    #[must_use]
    pub const fn inside(mut self) -> Self {
        self.own.inside = true;
        self
    }

    /// Draws no ring: what is inside shows where the keyboard is.
    #[must_use]
    pub const fn plain(mut self) -> Self {
        self.own.is_plain = true;
        self
    }

    /// Corners of the ring.
    #[must_use]
    pub const fn radius(mut self, radius: f32) -> Self {
        self.own.radius = radius;
        self
    }

    /// What a screen reader says of it; without, it is a button whose name are the words in it or the hint that it has.
    #[must_use]
    pub fn say(mut self, say: impl Fn() -> Said + 'a) -> Self {
        self.own.say = Some(Box::new(say));
        self
    }
}

impl<Message> Focuses<'_, Message> {
    fn said(&self) -> Said {
        let said = self.say.as_ref().map_or_else(|| Said::new(Role::Button), |say| say());
        Said { is_off: !self.is_on(), is_pressable: self.on_press.is_some(), ..said }
    }

    const fn is_on(&self) -> bool {
        self.on_press.is_some() || self.on_key.is_some()
    }
}

/// The focus, and whether a key brought it: the pointer leaves no ring behind.
#[derive(Clone, Copy, Debug, Default)]
pub struct State {
    is_focused: bool,
    by_pointer: bool,
    /// By a screen reader.
    is_pressed: bool,
}

impl operation::Focusable for State {
    fn is_focused(&self) -> bool {
        self.is_focused
    }

    fn focus(&mut self) {
        *self = Self { is_focused: true, ..Self::default() };
    }

    fn unfocus(&mut self) {
        *self = Self { is_pressed: self.is_pressed, ..Self::default() };
    }
}

impl<Message: Clone> Focuses<'_, Message> {
    fn key(&self, key: &Key, modifiers: Modifiers) -> Option<Message> {
        if let Some(message) = self.on_key.as_ref().and_then(|on_key| on_key(key, modifiers)) {
            return Some(message);
        }
        let pressed = matches!(key, Key::Named(Named::Enter | Named::Space)) && modifiers.is_empty();
        if pressed { self.on_press.clone() } else { None }
    }
}

impl<Message: Clone> Wrapper<Message> for Focuses<'_, Message> {
    type State = State;

    fn operate(
        &mut self,
        state: &mut State,
        bounds: Rectangle,
        operation: &mut dyn Operation,
        content: &mut dyn FnMut(&mut dyn Operation),
    ) {
        state.is_pressed |= tell(operation, self.id.as_ref(), bounds, || self.said());
        // What was switched off under the focus keeps its place in the walk: the next one is the one behind it.
        if self.is_on() || state.is_focused {
            operation.focusable(self.id.as_ref(), bounds, state);
        }
        operation.traverse(content);
    }

    fn update(
        &mut self,
        state: &mut State,
        happens: &Happens<'_>,
        shell: &mut Shell<'_, Message>,
        content: &mut dyn FnMut(&mut Shell<'_, Message>),
    ) {
        content(shell);
        if std::mem::take(&mut state.is_pressed)
            && let Some(message) = &self.on_press
        {
            shell.publish(message.clone());
        }
        match happens.event {
            Event::Mouse(mouse::Event::ButtonPressed(_)) => {
                let over = happens.cursor.is_over(happens.bounds) && self.is_on();
                if over != state.is_focused || (over && !state.by_pointer) {
                    *state = State { is_focused: over, by_pointer: over, ..*state };
                    shell.request_redraw();
                }
                if over && let Some(message) = &self.on_focus {
                    shell.publish(message.clone());
                }
            }
            Event::Keyboard(keyboard::Event::KeyPressed { key, modifiers, .. }) if state.is_focused && !shell.is_event_captured() => {
                if let Some(message) = self.key(key, *modifiers) {
                    state.by_pointer = false;
                    shell.publish(message);
                    shell.capture_event();
                }
            }
            _ => {}
        }
    }

    fn draw(&self, state: &State, seen: &Seen<'_>, renderer: &mut Renderer, content: &dyn Fn(&mut Renderer, &Rectangle)) {
        content(renderer, seen.viewport);
        if state.is_focused && !state.by_pointer && !self.is_plain {
            draw_ring(renderer, seen.theme, seen.bounds, seen.viewport, self.inside, self.radius);
        }
    }
}

fn draw_ring(renderer: &mut Renderer, theme: &Theme, bounds: Rectangle, viewport: &Rectangle, inside: bool, radius: f32) {
    let t = tokens(theme);
    let width = if t.high_contrast { 3.0 } else { 2.0 };
    let bounds = if inside { bounds } else { bounds.expand(width) };
    let Some(clip) = viewport.expand(width).intersection(&bounds) else { return };
    renderer.with_layer(clip, |renderer| {
        renderer.fill_quad(
            renderer::Quad {
                bounds,
                border: Border { color: t.focus, width, radius: (if inside { radius } else { radius + width }).into() },
                ..renderer::Quad::default()
            },
            Background::Color(Color::TRANSPARENT),
        );
    });
}
