//! Keys that are taken before anything inside sees them. Text fields keep Esc to themselves otherwise, and a list below an
//! open menu would go on taking arrow keys.

use iced::{
    Element, Event, Rectangle,
    advanced::{Shell, widget::Operation},
    keyboard::{self, Key, Modifiers},
};

use super::wrap::{Happens, Wrapper, wrap};

/// What to do with a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Caught<Message> {
    /// Say this.
    Say(Message),
    /// Nobody gets it.
    Drop,
    /// It is for what is inside.
    Pass,
}

impl<Message> From<Option<Message>> for Caught<Message> {
    fn from(message: Option<Message>) -> Self {
        message.map_or(Self::Pass, Self::Say)
    }
}

/// Asks `keys` first, for every key that is pressed.
pub fn catch<'a, Message: 'a>(
    content: impl Into<Element<'a, Message>>,
    keys: impl Fn(&Key, Modifiers) -> Caught<Message> + 'a,
) -> Element<'a, Message> {
    wrap(content, Catch(keys)).into()
}

struct Catch<Keys>(Keys);

impl<Message, Keys: Fn(&Key, Modifiers) -> Caught<Message>> Wrapper<Message> for Catch<Keys> {
    type State = ();

    fn operate(&mut self, _state: &mut (), _bounds: Rectangle, operation: &mut dyn Operation, content: &mut dyn FnMut(&mut dyn Operation)) {
        operation.traverse(content);
    }

    fn update(
        &mut self,
        _state: &mut (),
        happens: &Happens<'_>,
        shell: &mut Shell<'_, Message>,
        content: &mut dyn FnMut(&mut Shell<'_, Message>),
    ) {
        if let Event::Keyboard(keyboard::Event::KeyPressed { key, modifiers, .. }) = happens.event {
            match (self.0)(key, *modifiers) {
                Caught::Say(message) => {
                    shell.publish(message);
                    return shell.capture_event();
                }
                Caught::Drop => return shell.capture_event(),
                Caught::Pass => {}
            }
        }
        content(shell);
    }
}
