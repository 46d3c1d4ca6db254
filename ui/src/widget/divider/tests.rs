use iced::mouse::Button;
use iced_test::Simulator;

use super::*;
use crate::dialog::test;

const ROOM: Size = Size::new(1000.0, 600.0);

fn at(side: Side, width: f32) -> Simulator<'static, f32> {
    test::window(divider(side, width, 180.0..=320.0, 212.0, String::new(), |width| width), ROOM)
}

/// What the pointer says that presses, goes and lets go.
fn drag(mut window: Simulator<'_, f32>, from: f32, to: f32) -> Vec<f32> {
    window.point_at(Point::new(from, 300.0));
    let _ = window.simulate([Event::Mouse(mouse::Event::ButtonPressed(Button::Left))]);
    window.point_at(Point::new(to, 300.0));
    let position = Point::new(to, 300.0);
    let _ = window.simulate([
        Event::Mouse(mouse::Event::CursorMoved { position }),
        Event::Mouse(mouse::Event::ButtonReleased(Button::Left)),
        Event::Mouse(mouse::Event::CursorMoved { position: Point::new(from, 300.0) }),
    ]);
    window.into_messages().collect()
}

/// What a key says while the edge has the focus, and whether it was taken.
fn pressed(side: Side, width: f32, key: Named, state: &mut State) -> (Vec<f32>, bool) {
    let edge = Divider { side, width, limits: 180.0..=320.0, usual: 212.0, name: String::new(), on_resize: Box::new(|width| width) };
    let mut messages = Vec::new();
    let is_taken = edge.key(state, &Key::Named(key), &mut Shell::new(&mut messages));
    (messages, is_taken)
}

#[test]
fn an_edge_follows_the_pointer_between_its_limits() {
    assert_eq!(drag(at(Side::Left, 212.0), 212.0, 262.0), [262.0]);
    assert_eq!(drag(at(Side::Left, 212.0), 214.0, 900.0), [320.0]);
    assert_eq!(drag(at(Side::Left, 212.0), 212.0, 3.0), [180.0]);
    assert_eq!(drag(at(Side::Right, 212.0), 788.0, 738.0), [262.0]);
}

#[test]
fn what_is_not_near_the_edge_is_not_taken() {
    assert_eq!(drag(at(Side::Left, 212.0), 230.0, 262.0), [0.0; 0]);
}

#[test]
fn arrow_keys_move_it_and_enter_puts_it_back_while_it_has_the_focus() {
    let mut state = State { is_focused: true, ..State::default() };
    assert_eq!(pressed(Side::Left, 212.0, Named::ArrowRight, &mut state), (vec![228.0], true));
    assert_eq!(pressed(Side::Right, 300.0, Named::ArrowRight, &mut state), (vec![284.0], true));
    assert_eq!(pressed(Side::Left, 320.0, Named::ArrowRight, &mut state), (vec![], true), "there is a limit");
    assert_eq!(pressed(Side::Left, 300.0, Named::Enter, &mut state), (vec![212.0], true));
    assert_eq!(pressed(Side::Left, 212.0, Named::ArrowDown, &mut state), (vec![], false));
    assert_eq!(pressed(Side::Left, 212.0, Named::ArrowRight, &mut State::default()), (vec![], false));
}

#[test]
fn escape_gives_the_width_back_that_a_drag_began_with() {
    let mut state = State { held: Some((0.0, 230.0)), ..State::default() };
    assert_eq!(pressed(Side::Left, 300.0, Named::Escape, &mut state), (vec![230.0], true));
    assert!(state.held.is_none());
    assert_eq!(pressed(Side::Left, 230.0, Named::Escape, &mut state), (vec![], false));
}

#[test]
fn a_double_click_puts_it_back() {
    let mut window = at(Side::Left, 300.0);
    window.point_at(Point::new(300.0, 300.0));
    for _ in 0..2 {
        let _ = window
            .simulate([Event::Mouse(mouse::Event::ButtonPressed(Button::Left)), Event::Mouse(mouse::Event::ButtonReleased(Button::Left))]);
    }
    assert_eq!(window.into_messages().collect::<Vec<_>>(), [212.0]);
}

#[test]
fn in_a_window_from_right_to_left_an_edge_is_at_the_other_side() {
    direction::set(true);
    let dragged = (drag(at(Side::Left, 212.0), 788.0, 738.0), drag(at(Side::Right, 212.0), 212.0, 262.0));
    let mut state = State { is_focused: true, ..State::default() };
    let keys = [Named::ArrowLeft, Named::ArrowRight].map(|key| pressed(Side::Left, 212.0, key, &mut state).0);
    direction::set(false);
    assert_eq!(dragged, (vec![262.0], vec![262.0]));
    assert_eq!(keys, [vec![228.0], vec![196.0]]);
}
