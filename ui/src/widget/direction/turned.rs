//! The widget that turns what it holds around.

use iced::{
    Element, Point,
    advanced::{
        Shell,
        layout::{Limits, Node},
    },
};

use super::NOW;
use crate::widget::wrap::{Happens, Wrapper, wrap};

/// A whole window, turned around where it runs from right to left.
#[must_use]
pub fn mirror<'a, Message: 'a>(content: impl Into<Element<'a, Message>>) -> Element<'a, Message> {
    wrap(content, Turned { is_window: true }).into()
}

/// What lies over a window and is not turned with it: a tip.
#[must_use]
pub fn turned<'a, Message: 'a>(content: impl Into<Element<'a, Message>>) -> Element<'a, Message> {
    wrap(content, Turned { is_window: false }).into()
}

/// What stays as it is in a window that is turned around: it is turned twice.
#[must_use]
pub fn upright<'a, Message: 'a>(content: impl Into<Element<'a, Message>>) -> Element<'a, Message> {
    turned(content)
}

/// The same places seen in a mirror: each part at the other side of what it is in.
#[must_use]
pub fn flip(node: Node) -> Node {
    if super::is_mirrored() { flipped(&node) } else { node }
}

fn flipped(node: &Node) -> Node {
    let (bounds, size) = (node.bounds(), node.size());
    let turned = |child: &Node| {
        let inside = child.bounds();
        flipped(child).move_to(Point::new(size.width - inside.x - inside.width, inside.y))
    };
    Node::with_children(size, node.children().iter().map(turned).collect()).move_to(bounds.position())
}

/// It is there whichever way the window runs, so that what it holds keeps its state when that changes.
struct Turned {
    is_window: bool,
}

impl<Message> Wrapper<Message> for Turned {
    type State = ();

    fn arranged(&self, node: Node, _limits: &Limits) -> Node {
        flip(node)
    }

    fn update(
        &mut self,
        _state: &mut (),
        happens: &Happens<'_>,
        shell: &mut Shell<'_, Message>,
        content: &mut dyn FnMut(&mut Shell<'_, Message>),
    ) {
        if self.is_window {
            NOW.set((NOW.get().0, happens.bounds.width));
        }
        content(shell);
    }
}

#[cfg(test)]
mod tests {
    use iced::{
        Size,
        widget::{column, row, space},
    };

    use super::*;
    use crate::{
        dialog::test,
        widget::{direction, press_area},
    };

    fn part<'a>(width: f32, name: &'static str) -> Element<'a, &'static str> {
        press_area(space().width(width).height(20), move |_| Some(name)).into()
    }

    /// Who is pressed at each place from the left.
    fn pressed(is_mirrored: bool, places: &[f32], content: impl Fn() -> Element<'static, &'static str>) -> Vec<&'static str> {
        direction::set(is_mirrored);
        let press = |x: &f32| {
            let mut window = test::window(mirror(content()), Size::new(300.0, 100.0));
            window.point_at(Point::new(*x, 10.0));
            let _ = window.simulate(iced_test::simulator::click());
            window.into_messages().next().unwrap_or("nobody")
        };
        let all = places.iter().map(press).collect();
        direction::set(false);
        all
    }

    #[test]
    fn what_comes_first_is_at_the_right_and_is_pressed_there() {
        let content = || row![part(50.0, "one"), part(100.0, "two")].width(300).into();
        assert_eq!(pressed(false, &[25.0, 100.0, 250.0], content), ["one", "two", "nobody"]);
        assert_eq!(pressed(true, &[275.0, 200.0, 50.0], content), ["one", "two", "nobody"]);
    }

    #[test]
    fn parts_of_parts_are_turned_too_but_not_what_stays_upright() {
        let inner = || row![part(50.0, "one"), part(50.0, "two")];
        assert_eq!(pressed(true, &[275.0, 225.0], move || column![inner()].width(300).into()), ["one", "two"]);
        assert_eq!(pressed(true, &[225.0, 275.0], move || column![upright(inner())].width(300).into()), ["one", "two"]);
    }

    #[test]
    fn turned_twice_is_as_before() {
        let inner = Node::with_children(Size::new(60.0, 10.0), vec![Node::new(Size::new(5.0, 5.0)).move_to(Point::new(7.0, 2.0))]);
        let node = Node::with_children(Size::new(100.0, 50.0), vec![inner.move_to(Point::new(11.0, 3.0))]).move_to(Point::new(4.0, 4.0));
        let turned = flipped(&node);
        assert_eq!(turned.bounds(), node.bounds());
        assert_eq!(turned.children()[0].bounds().position(), Point::new(29.0, 3.0));
        assert_eq!(turned.children()[0].children()[0].bounds().position(), Point::new(48.0, 2.0));
        assert_eq!(format!("{:?}", flipped(&turned)), format!("{node:?}"));
    }

    #[test]
    fn places_count_from_the_edge_where_lines_begin() {
        let content = || press_area(space().width(300).height(20), |press| Some(press.at.x.to_string())).into();
        let told = |is_mirrored| {
            direction::set(is_mirrored);
            let content: Element<'_, String> = content();
            let mut window = test::window(mirror(content), Size::new(300.0, 100.0));
            window.point_at(Point::new(30.0, 10.0));
            let _ = window.simulate(iced_test::simulator::click());
            direction::set(false);
            window.into_messages().collect::<Vec<_>>()
        };
        assert_eq!((told(false), told(true)), (vec!["30".to_owned()], vec!["270".to_owned()]));
    }
}
