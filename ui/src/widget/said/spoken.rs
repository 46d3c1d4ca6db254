//! Something that is drawn by others and said here.

use iced::{
    Element, Rectangle,
    advanced::{Shell, widget::Operation},
};

use super::{Asked, Hint, Said, tell};
use crate::widget::wrap::{Happens, Wrapped, Wrapper, wrap};

type Say<'a> = Box<dyn Fn() -> Said + 'a>;

/// `content`, of which `say` tells what it is.
#[must_use]
pub fn spoken<'a, Message: Clone>(content: impl Into<Element<'a, Message>>, say: impl Fn() -> Said + 'a) -> Spoken<'a, Message> {
    wrap(content, Speaks { says: Says::Part(Box::new(say)), on_press: None })
}

/// `content` with the word that is shown while the pointer rests on it: the name of a control that has no word of its own.
#[must_use]
pub fn hinted<'a, Message: Clone>(content: impl Into<Element<'a, Message>>, hint: String) -> Spoken<'a, Message> {
    wrap(content, Speaks { says: Says::Hint(hint), on_press: None })
}

enum Says<'a> {
    Part(Say<'a>),
    Hint(String),
}

/// See [`spoken`].
pub type Spoken<'a, Message> = Wrapped<'a, Message, Speaks<'a, Message>>;

/// What [`spoken`] changes.
pub struct Speaks<'a, Message> {
    says: Says<'a>,
    on_press: Option<Message>,
}

impl<Message> Spoken<'_, Message> {
    /// What a press does that comes from a screen reader.
    #[must_use]
    pub fn on_press(self, message: Message) -> Self {
        self.on_press_maybe(Some(message))
    }

    /// The same, if there is something to do.
    #[must_use]
    pub fn on_press_maybe(mut self, message: Option<Message>) -> Self {
        self.own.on_press = message;
        self
    }
}

#[derive(Debug, Default)]
pub struct State {
    is_pressed: bool,
}

impl<Message: Clone> Wrapper<Message> for Speaks<'_, Message> {
    type State = State;

    fn operate(
        &mut self,
        state: &mut State,
        bounds: Rectangle,
        operation: &mut dyn Operation,
        content: &mut dyn FnMut(&mut dyn Operation),
    ) {
        match &self.says {
            Says::Part(say) => {
                let is_pressable = self.on_press.is_some();
                let say = || {
                    let said = say();
                    Said { is_pressable: said.is_pressable || is_pressable, ..said }
                };
                state.is_pressed |= tell(operation, None, bounds, say);
            }
            Says::Hint(hint) => {
                let mut asked = Asked::default();
                operation.custom(None, bounds, &mut asked);
                if asked.0 {
                    operation.custom(None, bounds, &mut Hint(hint.clone()));
                }
            }
        }
        operation.traverse(content);
    }

    fn update(
        &mut self,
        state: &mut State,
        _happens: &Happens<'_>,
        shell: &mut Shell<'_, Message>,
        content: &mut dyn FnMut(&mut Shell<'_, Message>),
    ) {
        content(shell);
        if std::mem::take(&mut state.is_pressed)
            && let Some(message) = &self.on_press
        {
            shell.publish(message.clone());
        }
    }
}
