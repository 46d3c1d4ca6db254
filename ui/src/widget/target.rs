//! A place that something which is dragged can be let go over. It says when the pointer comes and leaves, and shows itself.

use iced::{
    Background, Border, Color, Element, Event, Length, Rectangle, Renderer, Size, Theme, Vector,
    advanced::{
        Clipboard, Layout, Renderer as _, Shell, Widget, layout, mouse, overlay, renderer,
        widget::{Operation, Tree, tree},
    },
};

use crate::theme::{size, tokens};

/// `content` as a target: tells whether the pointer is over it, in each state that it gets. Off while nothing is dragged.
#[must_use]
pub fn target<'a, Message: Clone + 'a>(
    content: impl Into<Element<'a, Message>>,
    is_on: bool,
    on_enter: Message,
    on_leave: Message,
) -> Element<'a, Message> {
    Element::new(Target { content: content.into(), is_on, on_enter, on_leave })
}

struct Target<'a, Message> {
    content: Element<'a, Message>,
    is_on: bool,
    on_enter: Message,
    on_leave: Message,
}

#[derive(Default)]
struct State {
    is_over: bool,
}

impl<Message: Clone> Widget<Message, Theme, Renderer> for Target<'_, Message> {
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
        let state = tree.state.downcast_mut::<State>();
        if !self.is_on {
            state.is_over = false;
            return;
        }
        let Event::Mouse(mouse::Event::CursorMoved { .. }) = event else { return };
        // What is dragged lies under the pointer and over everything else.
        let at = cursor.land().position();
        let is_over = at.is_some_and(|at| layout.bounds().contains(at) && viewport.contains(at));
        if is_over != state.is_over {
            state.is_over = is_over;
            shell.publish(if is_over { self.on_enter.clone() } else { self.on_leave.clone() });
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
        let is_over = self.is_on && tree.state.downcast_ref::<State>().is_over;
        let t = tokens(theme);
        let quad = |border| renderer::Quad { bounds: layout.bounds(), border, ..renderer::Quad::default() };
        if is_over {
            let border = Border { radius: size::RADIUS.into(), ..Border::default() };
            renderer.fill_quad(quad(border), Background::Color(t.selected));
        }
        self.content.as_widget().draw(&tree.children[0], renderer, theme, style, layout, cursor, viewport);
        if self.is_on {
            let (color, width) = if is_over { (t.focus, 2.0) } else { (t.control, 1.0) };
            renderer.fill_quad(quad(Border { color, width, radius: size::RADIUS.into() }), Background::Color(Color::TRANSPARENT));
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
        self.content.as_widget_mut().overlay(&mut tree.children[0], layout, renderer, viewport, translation)
    }
}

#[cfg(test)]
mod tests {
    use iced::Point;

    use super::*;
    use crate::dialog::test;

    fn said(is_on: bool, path: &[(f32, f32)]) -> Vec<&'static str> {
        let content = target(iced::widget::space().width(100).height(30), is_on, "in", "out");
        let mut window = test::window(content, Size::new(300.0, 200.0));
        for (x, y) in path {
            window.point_at(Point::new(*x, *y));
            let _ = window.simulate([Event::Mouse(mouse::Event::CursorMoved { position: Point::new(*x, *y) })]);
        }
        window.into_messages().collect()
    }

    #[test]
    fn a_target_says_once_when_the_pointer_comes_and_when_it_leaves() {
        assert_eq!(said(true, &[(200.0, 10.0), (50.0, 10.0), (60.0, 10.0), (50.0, 100.0)]), ["in", "out"]);
    }

    #[test]
    fn it_says_nothing_while_nothing_is_dragged() {
        assert_eq!(said(false, &[(50.0, 10.0), (50.0, 100.0)]), [""; 0]);
    }
}
