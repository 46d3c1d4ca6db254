use std::sync::Arc;

use client::{Event, Host, Machine, State, Uuid, host::Address};
use iced::{Point, mouse::Button};

use super::*;

fn model(count: u128) -> Model {
    let mut model = Model::default();
    model.set_hosts(vec![Host { id: "system".into(), name: String::new(), address: Address::System, auto_connect: true }]);
    let machine = |number| Machine { id: Uuid::from_u128(number), name: format!("m{number}"), state: State::Running, ..Machine::default() };
    model.apply("system", Event::Machines(Arc::new((1..=count).map(machine).collect())));
    model
}

fn key_of(number: u128) -> Key {
    Key { host: "system".into(), machine: Uuid::from_u128(number) }
}

fn screen(model: &Model) -> (Screen, Settings, Layout) {
    let (settings, layout) = (Settings::default(), Layout::default());
    let mut screen = Screen::new(&settings, &layout);
    let _ = screen.model_changed(model, &settings, &layout);
    (screen, settings, layout)
}

fn press(button: Button, modifiers: Modifiers, is_double: bool) -> Press {
    Press { button, modifiers, at: Point::new(300.0, 200.0), is_double }
}

#[test]
fn the_first_machine_is_selected_at_the_start() {
    let model = model(3);
    assert_eq!(screen(&model).0.targets(), [key_of(1)]);
}

#[test]
fn shift_and_control_select_several() {
    let model = model(5);
    let (mut screen, settings, mut layout) = screen(&model);
    let mut click = |screen: &mut Screen, number, modifiers| {
        screen.update(&model, &settings, &mut layout, Message::Pressed(key_of(number), press(Button::Left, modifiers, false)))
    };
    click(&mut screen, 2, Modifiers::empty());
    click(&mut screen, 4, Modifiers::SHIFT);
    assert_eq!(screen.targets(), [key_of(4), key_of(2), key_of(3)]);
    click(&mut screen, 3, Modifiers::CTRL);
    assert_eq!(screen.targets().len(), 2);
}

#[test]
fn arrows_move_and_shift_extends() {
    let model = model(5);
    let (mut screen, settings, mut layout) = screen(&model);
    for (step, extend) in [(Move::By(1), false), (Move::By(1), true), (Move::Last, true)] {
        screen.update(&model, &settings, &mut layout, Message::Move(step, extend));
    }
    assert_eq!(screen.targets().len(), 4);
    assert_eq!(screen.selection.current(), Some(&key_of(5)));
    screen.update(&model, &settings, &mut layout, Message::Move(Move::First, false));
    assert_eq!(screen.targets(), [key_of(1)]);
}

#[test]
fn a_right_click_keeps_a_selection_it_falls_into() {
    let model = model(3);
    let (mut screen, settings, mut layout) = screen(&model);
    screen.update(&model, &settings, &mut layout, Message::Command(Command::SelectAll));
    let action =
        screen.update(&model, &settings, &mut layout, Message::Pressed(key_of(2), press(Button::Right, Modifiers::empty(), false)));
    assert!(matches!(action, Action::Menu(_, keys) if keys.len() == 3));
}

#[test]
fn a_double_click_opens_the_machine() {
    let model = model(3);
    let (mut screen, settings, mut layout) = screen(&model);
    let action = screen.update(&model, &settings, &mut layout, Message::Pressed(key_of(2), press(Button::Left, Modifiers::empty(), true)));
    assert!(matches!(action, Action::Run(Command::Open, keys) if keys == [key_of(2)]));
}

#[test]
fn escape_clears_the_search_first_and_then_the_filter() {
    let model = model(3);
    let (mut screen, settings, mut layout) = screen(&model);
    screen.update(&model, &settings, &mut layout, Message::Filter(Filter::Attention));
    screen.update(&model, &settings, &mut layout, Message::Search("m2".into()));
    screen.update(&model, &settings, &mut layout, Message::Escape);
    assert_eq!((screen.search.as_str(), screen.filter), ("", Filter::Attention));
    screen.update(&model, &settings, &mut layout, Message::Escape);
    assert_eq!(screen.filter, Filter::All);
}

#[test]
fn sorting_by_the_same_column_turns_it_round() {
    let settings = Settings::default();
    let Action::Settings(once) = order::sort(&settings, &Place::All, "name") else { panic!("no settings") };
    assert!(once.table.descending);
    let Action::Settings(other) = order::sort(&once, &Place::All, "cpu") else { panic!("no settings") };
    assert_eq!((other.table.sort.as_str(), other.table.descending), ("cpu", false));
}

#[test]
fn each_place_is_sorted_in_its_own_way() {
    let model = model(3);
    let (mut screen, mut settings, mut layout) = screen(&model);
    let places = [Place::Host("system".into()), Place::Group("Lab".into()), Place::Tag("lab".into())];
    for place in &places {
        let _ = screen.update(&model, &settings, &mut layout, Message::Show(place.clone()));
        let Action::Settings(changed) = screen.update(&model, &settings, &mut layout, Message::Sort("name")) else { panic!("no settings") };
        settings = *changed;
        assert_eq!((order::of(&settings, place), order::of(&settings, &Place::All)), (("name", true), ("name", false)));
    }
    let order = |screen: &Screen| screen.arranged.machines().cloned().collect::<Vec<_>>();
    let _ = screen.update(&model, &settings, &mut layout, Message::Show(places[0].clone()));
    assert_eq!(order(&screen), [key_of(3), key_of(2), key_of(1)]);
    let _ = screen.update(&model, &settings, &mut layout, Message::Show(Place::All));
    assert_eq!(order(&screen), [key_of(1), key_of(2), key_of(3)]);
}

#[test]
fn a_selected_machine_that_is_gone_is_no_target() {
    let mut model = model(2);
    let (mut screen, settings, layout) = screen(&model);
    model.apply("system", Event::MachineRemoved(Uuid::from_u128(1)));
    let _ = screen.model_changed(&model, &settings, &layout);
    assert_eq!(screen.targets(), [key_of(2)]);
}

#[test]
fn a_letter_goes_to_the_next_machine_that_begins_with_it() {
    let model = model(3);
    let (mut screen, settings, mut layout) = screen(&model);
    screen.update(&model, &settings, &mut layout, Message::Letter('M'));
    assert_eq!(screen.targets(), [key_of(2)]);
}

#[test]
fn a_name_has_room_however_narrow_the_list() {
    let settings = Settings::default();
    for room in [480.0, 600.0, 758.0, 918.0, 1400.0] {
        let columns = table::columns(&settings, Width::Wide, room);
        assert!(columns.iter().map(|column| column.width).sum::<f32>() + 215.0 <= room, "{room}");
    }
    assert_eq!(table::columns(&settings, Width::Wide, 918.0).len(), settings.table.columns.len());
}

#[test]
fn the_width_of_a_pane_is_remembered() {
    let model = model(1);
    let (mut screen, settings, mut layout) = screen(&model);
    screen.update(&model, &settings, &mut layout, Message::Width(Side::Left, 300.0));
    screen.update(&model, &settings, &mut layout, Message::Width(Side::Right, 400.0));
    assert_eq!((layout.sidebar, layout.details), (300.0, 400.0));
}

#[test]
fn the_menu_of_a_row_in_a_scrolled_list_opens_at_the_pointer() {
    let model = model(3);
    let (mut screen, settings, mut layout) = screen(&model);
    screen.offset = 120.0;
    // What scrolls gets places that count from its own top.
    let pressed = Message::Pressed(key_of(2), press(Button::Right, Modifiers::empty(), false));
    let action = screen.update(&model, &settings, &mut layout, pressed);
    assert!(matches!(action, Action::Menu(at, _) if at == Point::new(300.0, 80.0)));
}

#[test]
fn a_figure_that_is_off_has_no_column() {
    let mut settings = Settings::default();
    (settings.figures.disk, settings.figures.cpu) = (false, false);
    let columns: Vec<&str> = table::columns(&settings, Width::Wide, 1400.0).iter().map(|column| column.id).collect();
    assert_eq!(columns, ["memory", "network", "address", "host", "tags", "autostart"]);
}

#[test]
fn no_command_has_a_machine_to_work_on_while_a_part_of_a_host_is_shown() {
    let model = model(3);
    let (mut screen, ..) = screen(&model);
    screen.place = Place::Part("system".into(), crate::place::Part::Devices);
    assert_eq!(screen.targets(), []);
}

#[test]
fn a_part_that_its_host_does_not_have_gives_way_to_the_machines() {
    let mut model = model(3);
    let (mut screen, settings, mut layout) = screen(&model);
    let show = |screen: &mut Screen, model: &Model, layout: &mut Layout| {
        let place = Place::Part("system".into(), crate::place::Part::Memory);
        let _ = screen.update(model, &settings, layout, Message::Show(place));
    };
    show(&mut screen, &model, &mut layout);
    assert_eq!(screen.place, Place::Host("system".into()));
    model.set_hosts(Vec::new());
    show(&mut screen, &model, &mut layout);
    assert_eq!(screen.place, Place::All);
}

/// Seven machines: m1 to m4 in the group a, the others in b, in a grid with three side by side.
fn grid() -> (Model, Screen, Settings, Layout) {
    let mut model = model(0);
    let group = |number| if number < 5 { "a" } else { "b" };
    let machine =
        |number| Machine { id: Uuid::from_u128(number), name: format!("m{number}"), group: group(number).to_owned(), ..Machine::default() };
    model.apply("system", Event::Machines(Arc::new((1..=7).map(machine).collect())));
    let (mut screen, mut settings, mut layout) = screen(&model);
    settings.table.grid = true;
    layout.shows_details = false;
    screen.resized(Size::new(1200.0, 900.0));
    assert_eq!(grid::across(&layout, screen.size), 3);
    (model, screen, settings, layout)
}

#[test]
fn a_group_that_is_folded_has_its_head_in_the_grid_and_is_unfolded_there() {
    let (model, mut screen, settings, mut layout) = grid();
    let texts = |screen: &Screen, layout: &Layout| {
        let view = screen.grid(&model, layout, screen.size);
        let mut interface = iced_test::Simulator::with_size(crate::palette::tests::toolkit(), Size::new(1000.0, 900.0), view);
        ["a", "m1", "b", "m7"].map(|text| interface.find(text).is_ok())
    };
    assert_eq!(texts(&screen, &layout), [true; 4]);
    screen.update(&model, &settings, &mut layout, Message::Fold("group:a".to_owned()));
    assert_eq!(texts(&screen, &layout), [true, false, true, true]);
    let folded = screen.grid(&model, &layout, screen.size);
    let mut interface = iced_test::Simulator::with_size(crate::palette::tests::toolkit(), Size::new(1000.0, 900.0), folded);
    interface.click("a").unwrap();
    let unfold = interface.into_messages().find(|message| matches!(message, Message::Fold(_))).unwrap();
    screen.update(&model, &settings, &mut layout, unfold);
    assert_eq!(texts(&screen, &layout), [true; 4]);
}

#[test]
fn groups_fold_and_unfold_by_keys_in_the_grid_too() {
    let (model, mut screen, settings, mut layout) = grid();
    let control = |named| list_key(&keyboard::Key::Named(named), Modifiers::CTRL).unwrap();
    screen.update(&model, &settings, &mut layout, control(Named::ArrowLeft));
    assert_eq!(screen.arranged.machines().count(), 3);
    screen.update(&model, &settings, &mut layout, control(Named::ArrowRight));
    assert_eq!(screen.arranged.machines().count(), 7);
}

#[test]
fn up_and_down_stay_in_their_column_of_the_grid_though_rows_are_of_different_length() {
    let (model, mut screen, settings, mut layout) = grid();
    let mut walk = |rows: isize| {
        screen.update(&model, &settings, &mut layout, Message::Move(Move::By(rows), false));
        screen.targets()
    };
    // m1 m2 m3, m4; m5 m6 m7
    assert_eq!(walk(1), [key_of(4)]);
    assert_eq!(walk(1), [key_of(5)]);
    assert_eq!(walk(1), [key_of(5)], "there is nothing below");
    assert_eq!(walk(-2), [key_of(1)]);
    screen.update(&model, &settings, &mut layout, Message::Side(true, false));
    let mut walk = |rows: isize| {
        screen.update(&model, &settings, &mut layout, Message::Move(Move::By(rows), false));
        screen.targets()
    };
    assert_eq!(walk(1), [key_of(4)], "the last of a row that is shorter");
}
