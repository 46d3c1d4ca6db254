use client::Event;
use iced::widget::container;

use super::*;
use crate::dialog::test::{self, key as of};
use crate::widget::text;

fn menu(names: &[&str]) -> Menu {
    Menu::new(&test::model(), Point::new(40.0, 40.0), names.iter().map(|name| of(name)).collect())
}

fn labels(menu: &Menu) -> Vec<&str> {
    menu.visible().filter_map(|(_, row)| if let Row::Entry(entry) = row { Some(entry.label.as_str()) } else { None }).collect()
}

fn commands(menu: &Menu) -> Vec<Command> {
    menu.rows.iter().filter_map(|row| if let Row::Entry(entry) = row { Some(entry.command) } else { None }).collect()
}

#[test]
fn what_makes_no_sense_now_is_left_out() {
    let off = commands(&menu(&["win-server-2025"]));
    assert!(off.contains(&Command::Start) && off.contains(&Command::Rename) && !off.contains(&Command::Pause));
    let running = commands(&menu(&["postgres-lab"]));
    assert!(running.contains(&Command::Pause) && !running.contains(&Command::Start) && !running.contains(&Command::Rename));
}

#[test]
fn several_machines_get_what_can_be_done_to_several() {
    let several = commands(&menu(&["postgres-lab", "win-server-2025"]));
    assert!(several.contains(&Command::Start) && several.contains(&Command::Shutdown) && several.contains(&Command::EditTags));
    assert!(several.contains(&Command::Delete) && !several.contains(&Command::CopyName));
}

#[test]
fn start_is_called_restore_where_there_is_a_saved_state() {
    assert!(labels(&menu(&["kali-lab"])).contains(&"Restore"));
    assert!(labels(&menu(&["kali-lab", "win-server-2025"])).contains(&"Start"));
}

#[test]
fn a_host_that_is_lost_leaves_only_what_can_be_read() {
    let mut model = test::model();
    model.apply("system", Event::Lost(client::Problem::Ended(String::new()), 5));
    let menu = Menu::new(&model, Point::ORIGIN, vec![of("postgres-lab")]);
    assert!(
        commands(&menu).iter().all(|command| matches!(
            command,
            Command::Open | Command::CopyAddress | Command::CopyName | Command::CopyUuid | Command::ShowLog
        ))
    );
}

#[test]
fn every_command_for_machines_has_its_place() {
    let states = ["postgres-lab", "win-server-2025", "kali-lab", "arch-kernel-test"];
    let listed: Vec<Command> = states.iter().flat_map(|name| commands(&menu(&[name]))).collect();
    let model = test::model();
    for command in crate::command::ALL.iter().filter(|command| command.scope() != crate::command::Scope::Application) {
        let suits = states.iter().any(|name| command.suits(model.machine(&of(name)).unwrap()));
        assert!(!suits || *command == Command::PauseOrResume || listed.contains(command), "{command:?}");
    }
}

#[test]
fn arrows_walk_round_and_never_stop_on_a_line() {
    let mut menu = menu(&["postgres-lab"]);
    let count = menu.places().len();
    let mut seen = Vec::new();
    for _ in 0..count {
        let _ = menu.update(Message::Step(true));
        assert!(!matches!(menu.rows[menu.current.unwrap()], Row::Line));
        seen.push(menu.current.unwrap());
    }
    assert!(seen.is_sorted());
    let _ = menu.update(Message::Step(true));
    assert_eq!(menu.current, Some(seen[0]));
    let _ = menu.update(Message::End(true));
    assert_eq!(menu.current, seen.last().copied());
}

#[test]
fn a_letter_goes_to_the_next_entry_that_begins_with_it_and_enter_does_it() {
    let mut menu = menu(&["postgres-lab"]);
    let _ = menu.update(Message::Letter('p'));
    let (action, is_over) = menu.update(Message::Press);
    assert!(is_over && matches!(action, Action::Run(Command::Pause, _)));
}

#[test]
fn more_unfolds_in_place() {
    let mut menu = menu(&["postgres-lab"]);
    assert!(!labels(&menu).contains(&"Reset"));
    let (_, is_over) = menu.update(Message::More);
    assert!(!is_over && labels(&menu).contains(&"Reset"));
}

#[test]
fn the_menu_stays_inside_the_window() {
    let window = Size::new(900.0, 600.0);
    let menu = Menu::new(&test::model(), Point::new(880.0, 590.0), vec![of("postgres-lab")]);
    let size = menu.size(&Settings::default(), window);
    assert!(size.width < 400.0 && size.height <= 600.0 - 16.0);
    let model = test::model();
    let settings = Settings::default();
    let mut simulator = test::window(menu.layer(&model, &settings, window), window);
    let found = simulator.find("Delete…");
    assert!(found.is_ok());
}

#[test]
fn a_click_beside_it_closes_it() {
    let (model, settings) = (test::model(), Settings::default());
    let menu = menu(&["postgres-lab"]);
    let mut window = test::window(menu.layer(&model, &settings, Size::new(900.0, 600.0)), Size::new(900.0, 600.0));
    window.point_at(Point::new(800.0, 500.0));
    let _ = window.simulate(iced_test::simulator::click());
    let messages: Vec<_> = window.into_messages().collect();
    assert!(matches!(messages.as_slice(), [app::Message::Menu(Message::Dismiss)]));
}

#[test]
fn the_list_below_gets_no_arrows() {
    let (model, settings) = (test::model(), Settings::default());
    let menu = menu(&["postgres-lab"]);
    let size = Size::new(900.0, 600.0);
    let mut window = test::window(menu.layer(&model, &settings, size), size);
    let status = window.tap_key(Key::Named(Named::ArrowDown));
    assert_eq!(status, iced::event::Status::Captured);
}

#[test]
fn pictures_of_menus() {
    let (model, settings) = (test::model(), Settings::default());
    let ground =
        || Element::from(container(text("")).width(Length::Fill).height(Length::Fill).style(theme::container::fill(|t| t.surface)));
    let size = Size::new(460.0, 760.0);
    let mut running = menu(&["postgres-lab"]);
    let _ = running.update(Message::Step(true));
    let _ = running.update(Message::Step(true));
    test::draw("menu", size, || running.over(ground(), &model, &settings, size));
    let _ = running.update(Message::More);
    test::draw("menu-more", size, || running.over(ground(), &model, &settings, size));
    let off = menu(&["kali-lab"]);
    test::draw("menu-off", size, || off.over(ground(), &model, &settings, size));
    let application = Menu::application(&Model::default(), Point::new(400.0, 20.0));
    test::draw("menu-application", size, || application.over(ground(), &model, &settings, size));
}
