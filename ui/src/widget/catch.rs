//! Keys that are taken before anything inside sees them. Text fields keep Esc to themselves otherwise, and a list below an
//! open menu would go on taking arrow keys.

use iced::{
    Element, Event, Length, Rectangle, Renderer, Size, Theme, Vector,
    advanced::{
        Clipboard, Layout, Shell, Widget,
        layout::{self, Node},
        mouse, overlay, renderer,
        widget::{Operation, Tree},
    },
    keyboard::{self, Key, Modifiers},
};

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
    Element::new(Catch { content: content.into(), keys: Box::new(keys) })
}

type Keys<'a, Message> = Box<dyn Fn(&Key, Modifiers) -> Caught<Message> + 'a>;

struct Catch<'a, Message> {
    content: Element<'a, Message>,
    keys: Keys<'a, Message>,
}

impl<Message> Widget<Message, Theme, Renderer> for Catch<'_, Message> {
    fn children(&self) -> Vec<Tree> {
        vec![Tree::new(&self.content)]
    }

    fn diff(&self, tree: &mut Tree) {
        tree.diff_children(std::slice::from_ref(&self.content));
    }

    fn size(&self) -> Size<Length> {
        self.content.as_widget().size()
    }

    fn layout(&mut self, tree: &mut Tree, renderer: &Renderer, limits: &layout::Limits) -> Node {
        let content = self.content.as_widget_mut().layout(&mut tree.children[0], renderer, limits);
        Node::with_children(content.size(), vec![content])
    }

    fn operate(&mut self, tree: &mut Tree, layout: Layout<'_>, renderer: &Renderer, operation: &mut dyn Operation) {
        operation.traverse(&mut |operation| {
            for layout in layout.children() {
                self.content.as_widget_mut().operate(&mut tree.children[0], layout, renderer, operation);
            }
        });
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
        if let Event::Keyboard(keyboard::Event::KeyPressed { key, modifiers, .. }) = event {
            match (self.keys)(key, *modifiers) {
                Caught::Say(message) => {
                    shell.publish(message);
                    return shell.capture_event();
                }
                Caught::Drop => return shell.capture_event(),
                Caught::Pass => {}
            }
        }
        for layout in layout.children() {
            self.content.as_widget_mut().update(&mut tree.children[0], event, layout, cursor, renderer, clipboard, shell, viewport);
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
        let content = |layout| self.content.as_widget().mouse_interaction(&tree.children[0], layout, cursor, viewport, renderer);
        layout.children().next().map(content).unwrap_or_default()
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
        for layout in layout.children() {
            self.content.as_widget().draw(&tree.children[0], renderer, theme, style, layout, cursor, viewport);
        }
    }

    fn overlay<'b>(
        &'b mut self,
        tree: &'b mut Tree,
        layout: Layout<'b>,
        renderer: &Renderer,
        viewport: &Rectangle,
        translation: Vector,
    ) -> Option<overlay::Element<'b, Message, Theme, Renderer>> {
        let layout = layout.children().next()?;
        self.content.as_widget_mut().overlay(&mut tree.children[0], layout, renderer, viewport, translation)
    }
}
