//! What the pointer does while its left button is held, wherever that is. Nothing is said while it is not.

use iced::{
    Element, Event, Length, Point, Rectangle, Renderer, Size, Theme, Vector,
    advanced::{
        Clipboard, Layout, Shell, Widget, layout, mouse, overlay, renderer,
        widget::{Operation, Tree, tree},
    },
};

/// Tells where the pointer goes in `content` while it is held, and when it lets go.
#[must_use]
pub fn holding<'a, Message: Clone + 'a>(
    content: impl Into<Element<'a, Message>>,
    on_move: fn(Point) -> Message,
    on_release: Message,
) -> Element<'a, Message> {
    Element::new(Holding { content: content.into(), on_move, on_release })
}

struct Holding<'a, Message> {
    content: Element<'a, Message>,
    on_move: fn(Point) -> Message,
    on_release: Message,
}

#[derive(Default)]
struct State {
    is_held: bool,
}

impl<Message: Clone> Widget<Message, Theme, Renderer> for Holding<'_, Message> {
    fn tag(&self) -> tree::Tag {
        tree::Tag::of::<State>()
    }

    fn state(&self) -> tree::State {
        tree::State::new(State::default())
    }

    fn children(&self) -> Vec<Tree> {
        vec![Tree::new(&self.content)]
    }

    fn diff(&self, tree: &mut Tree) {
        tree.diff_children(std::slice::from_ref(&self.content));
    }

    fn size(&self) -> Size<Length> {
        self.content.as_widget().size()
    }

    fn layout(&mut self, tree: &mut Tree, renderer: &Renderer, limits: &layout::Limits) -> layout::Node {
        self.content.as_widget_mut().layout(&mut tree.children[0], renderer, limits)
    }

    fn operate(&mut self, tree: &mut Tree, layout: Layout<'_>, renderer: &Renderer, operation: &mut dyn Operation) {
        self.content.as_widget_mut().operate(&mut tree.children[0], layout, renderer, operation);
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
        self.content.as_widget_mut().update(&mut tree.children[0], event, layout, cursor, renderer, clipboard, shell, viewport);
        // After what is inside, so that a press is told before what follows it, also when all come at once.
        let state = tree.state.downcast_mut::<State>();
        match event {
            Event::Mouse(mouse::Event::ButtonPressed(mouse::Button::Left)) => state.is_held = true,
            Event::Mouse(mouse::Event::CursorMoved { position }) if state.is_held => shell.publish((self.on_move)(*position)),
            Event::Mouse(mouse::Event::ButtonReleased(mouse::Button::Left)) if std::mem::take(&mut state.is_held) => {
                shell.publish(self.on_release.clone());
            }
            _ => {}
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
        self.content.as_widget().mouse_interaction(&tree.children[0], layout, cursor, viewport, renderer)
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
        self.content.as_widget().draw(&tree.children[0], renderer, theme, style, layout, cursor, viewport);
    }

    fn overlay<'b>(
        &'b mut self,
        tree: &'b mut Tree,
        layout: Layout<'b>,
        renderer: &Renderer,
        viewport: &Rectangle,
        translation: Vector,
    ) -> Option<overlay::Element<'b, Message, Theme, Renderer>> {
        self.content.as_widget_mut().overlay(&mut tree.children[0], layout, renderer, viewport, translation)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{dialog::test, widget::press_area};

    #[test]
    fn press_move_and_release_are_told_in_order_even_if_all_come_at_once() {
        let row = press_area(iced::widget::space().width(100).height(30), |_| Some("press".to_owned()));
        let content = holding(row, |at| format!("{},{}", at.x, at.y), "release".to_owned());
        let mut window = test::window(content, Size::new(300.0, 200.0));
        let moved = |x, y| Event::Mouse(mouse::Event::CursorMoved { position: Point::new(x, y) });
        window.point_at(Point::new(20.0, 10.0));
        let _ = window.simulate([
            moved(20.0, 10.0),
            Event::Mouse(mouse::Event::ButtonPressed(mouse::Button::Left)),
            moved(200.0, 150.0),
            Event::Mouse(mouse::Event::ButtonReleased(mouse::Button::Left)),
            moved(10.0, 10.0),
        ]);
        assert_eq!(window.into_messages().collect::<Vec<_>>(), ["press", "200,150", "release"]);
    }
}
