use iced::{
    Size,
    widget::{column, scrollable, space},
};

use super::*;
use crate::{
    dialog::test,
    widget::{mirror, press_area},
};

/// Ten rows of 40, of which five are seen, in a window of 300.
fn rows<'a>() -> Element<'a, usize> {
    let row = |number| press_area(space().width(300).height(40), move |_| Some(number)).into();
    mirror(scroll(scrollable(column((0..10).map(row))).height(200), ROWS))
}

/// What is pressed in the middle of the window, 20 below the top, once the pointer went this way with its button held.
fn top_after(is_mirrored: bool, way: &[Point]) -> Vec<usize> {
    direction::set(is_mirrored);
    let mut window = test::window(rows(), Size::new(300.0, 200.0));
    let event = |event| [Event::Mouse(event)];
    for (step, at) in way.iter().enumerate() {
        window.point_at(*at);
        let _ = window.simulate(event(mouse::Event::CursorMoved { position: *at }));
        if step == 0 {
            let _ = window.simulate(event(mouse::Event::ButtonPressed(mouse::Button::Left)));
        }
    }
    let _ = window.simulate(event(mouse::Event::ButtonReleased(mouse::Button::Left)));
    window.point_at(Point::new(150.0, 20.0));
    let _ = window.simulate(iced_test::simulator::click());
    direction::set(false);
    window.into_messages().collect()
}

const LEFT: f32 = 4.0;
const RIGHT: f32 = 296.0;

#[test]
fn the_bar_is_dragged_at_the_side_where_lines_end() {
    for (is_mirrored, x) in [(false, RIGHT), (true, LEFT)] {
        let way = [Point::new(x, 10.0), Point::new(x, 30.0), Point::new(x, 70.0)];
        assert_eq!(top_after(is_mirrored, &way), [3], "60 of 200 are 120 of 400, and the fourth row is at the top");
    }
}

#[test]
fn a_press_beside_the_scroller_brings_its_middle_there() {
    for (is_mirrored, x) in [(false, RIGHT), (true, LEFT)] {
        assert_eq!(top_after(is_mirrored, &[Point::new(x, 190.0)]), [5], "as far as it goes");
    }
}

#[test]
fn the_other_side_belongs_to_what_scrolls() {
    for (is_mirrored, x) in [(false, LEFT), (true, RIGHT)] {
        assert_eq!(top_after(is_mirrored, &[Point::new(x, 190.0)]), [4, 0], "the row there is pressed, and nothing scrolls");
    }
}
