use iced::{Point, Rectangle, Size};
use zbus::{OwnedObjectPath, message::Type};

use super::*;
use crate::widget::Said;

const WINDOW: Id = 1;
const BUTTON: Id = 2;
const OFF: Id = 3;
const SECRET: Id = 4;

fn node(said: Said, parent: Id, children: &[Id], place: usize) -> Node {
    let name = said.name.clone().unwrap_or_default();
    let bounds = Rectangle::new(Point::new(10.0, 20.0), Size::new(30.0, 40.0));
    Node { said, name, parent, children: children.to_vec(), place, is_focusable: place > 0, bounds, ..Node::default() }
}

fn tree() -> Tree {
    let press = |name: &str| Said { is_pressable: true, ..Said::named(Role::Button, name) };
    let off = Said { is_off: true, ..press("Start") };
    let nodes = [
        (WINDOW, node(Said::named(Role::Window, "KVM Manager"), ROOT, &[BUTTON, OFF, SECRET], 1)),
        (BUTTON, node(press("<b>Force</b> & off"), WINDOW, &[], 2)),
        (OFF, node(off, WINDOW, &[], 3)),
        (SECRET, node(Said::named(Role::Secret, "Password").text("hunter2"), WINDOW, &[], 4)),
    ];
    let focused = HashMap::from([(WINDOW, BUTTON)]);
    Tree { nodes: nodes.into(), windows: vec![WINDOW], active: Some(WINDOW), focused, scale: 1.5 }
}

fn asked<B: serde::Serialize + zbus::DynamicType>(id: Id, interface: &str, member: &str, body: &B) -> Answer {
    let own = Own { name: ":1.7".to_owned(), desktop: (":1.0".to_owned(), "/org/a11y/atspi/accessible/root".to_owned()) };
    let call = Message::method_call(atspi::path(id), member).interface(interface).sender(":1.9").build(body).unwrap();
    answer(&tree(), &own, &call).unwrap()
}

fn told<T: for<'d> serde::Deserialize<'d> + zbus::Type>(answer: &Answer) -> T {
    assert_eq!(answer.message.message_type(), Type::MethodReturn, "{:?}", answer.message);
    answer.message.body().deserialize().unwrap()
}

fn property(id: Id, interface: &str, name: &str) -> String {
    let answer = asked(id, PROPERTIES, "Get", &(interface, name));
    let body = answer.message.body();
    let value: Variant<'_> = body.deserialize().unwrap();
    value.downcast_ref::<&str>().map_or_else(|_| format!("{value:?}"), str::to_owned)
}

#[test]
fn a_name_is_said_as_it_is_and_is_no_markup() {
    assert_eq!(property(BUTTON, interface::ACCESSIBLE, "Name"), "<b>Force</b> & off");
    assert_eq!(told::<u32>(&asked(BUTTON, interface::ACCESSIBLE, "GetRole", &())), 43);
}

#[test]
fn windows_are_below_the_application_and_that_below_the_desktop() {
    let children: Vec<(String, OwnedObjectPath)> = told(&asked(ROOT, interface::ACCESSIBLE, "GetChildren", &()));
    assert_eq!(children.iter().map(|(_, path)| atspi::id(path.as_str())).collect::<Vec<_>>(), [Some(WINDOW)]);
    assert_eq!(told::<i32>(&asked(OFF, interface::ACCESSIBLE, "GetIndexInParent", &())), 1);
    assert!(property(ROOT, interface::ACCESSIBLE, "Parent").contains(":1.0"));
}

#[test]
fn a_press_is_done_to_what_it_was_said_of() {
    let pressed = asked(BUTTON, interface::ACTION, "DoAction", &0_i32);
    assert!(told::<bool>(&pressed));
    assert_eq!(pressed.act, Some(Act { id: BUTTON, name: "<b>Force</b> & off".to_owned(), deed: Deed::Press }));
    let focused = asked(BUTTON, interface::COMPONENT, "GrabFocus", &());
    assert_eq!(focused.act.map(|act| act.deed), Some(Deed::Focus));
}

#[test]
fn what_is_off_or_has_no_such_action_is_not_pressed() {
    for (id, action) in [(OFF, 0), (SECRET, 0), (BUTTON, 1), (BUTTON, -1)] {
        assert_eq!(asked(id, interface::ACTION, "DoAction", &action).act, None, "{id} {action}");
    }
    assert_eq!(asked(OFF, interface::ACTION, "DoAction", &0_i32).message.message_type(), Type::Error);
}

#[test]
fn what_is_gone_or_never_was_is_an_error() {
    for path in ["/org/a11y/atspi/accessible/99", "/org/a11y/atspi/accessible/0", "/org/a11y/atspi/accessible/x", "/"] {
        let own = Own { name: ":1.7".to_owned(), desktop: (":1.0".to_owned(), "/".to_owned()) };
        let call = Message::method_call(path, "GetRole").interface(interface::ACCESSIBLE).sender(":1.9").build(&()).unwrap();
        let answer = answer(&tree(), &own, &call).unwrap();
        assert_eq!(answer.message.message_type(), Type::Error, "{path}");
        assert_eq!(answer.message.header().error_name().map(zbus::names::ErrorName::as_str), Some(UNKNOWN_OBJECT));
    }
}

#[test]
fn arguments_of_another_kind_are_refused() {
    for (member, of) in [("Get", PROPERTIES), ("GetAll", PROPERTIES), ("GetAccessibleAtPoint", interface::COMPONENT)] {
        assert_eq!(asked(BUTTON, of, member, &7_u64).message.message_type(), Type::Error, "{member}");
    }
}

#[test]
fn of_a_secret_only_its_length_is_said() {
    assert_eq!(told::<String>(&asked(SECRET, interface::TEXT, "GetText", &(0_i32, -1_i32))), "•••••••");
    for name in ["Name", "Description", "AccessibleId", "HelpText"] {
        assert!(!property(SECRET, interface::ACCESSIBLE, name).contains("hunter2"), "{name}");
    }
}

#[test]
fn places_are_in_points_of_the_desktop() {
    let place: ((i32, i32, i32, i32),) = told(&asked(BUTTON, interface::COMPONENT, "GetExtents", &1_u32));
    assert_eq!(place.0, (15, 30, 45, 60));
    let at: ((String, OwnedObjectPath),) = told(&asked(WINDOW, interface::COMPONENT, "GetAccessibleAtPoint", &(16_i32, 31_i32, 1_u32)));
    assert_eq!(atspi::id(at.0.1.as_str()), Some(SECRET), "the uppermost");
}

#[test]
fn the_focus_and_what_is_off_show_in_the_states() {
    let states = |id| {
        let (states,): (Vec<u32>,) = told(&asked(id, interface::ACCESSIBLE, "GetState", &()));
        u64::from(states[0]) | u64::from(states[1]) << 32
    };
    let has = |id, state: atspi::State| states(id) & (1 << (state as u64)) != 0;
    assert!(has(BUTTON, atspi::State::Focused) && !has(OFF, atspi::State::Focused));
    assert!(has(BUTTON, atspi::State::Sensitive) && !has(OFF, atspi::State::Sensitive));
    assert!(has(WINDOW, atspi::State::Active));
}
