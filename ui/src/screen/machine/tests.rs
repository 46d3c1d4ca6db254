use client::{Client, Event};
use iced::Size;

use super::*;
use crate::{
    component::{chart::clock_seconds, thumbnails::decode},
    screen::details::sample::{draw, key as key_of, model, window},
};

/// A window that has read all of a machine.
async fn shown(model: &Model, client: &Client, name: &str) -> Screen {
    let key = key_of(model, name);
    let (mut screen, _) = Screen::new(model, key.clone());
    screen.opened(window::Id::unique());
    let settings = Settings::default();
    let _ = screen.update(model, &settings, Message::Log(client.log(key.machine, client::Prompt::Never).await));
    let _ = screen.update(model, &settings, Message::History(Box::new(client.history(key.machine).await)));
    let details = client.details(key.machine).await;
    screen.pane.answer(details);
    if let Ok(png) = client.screenshot(key.machine, PICTURE, client::Prompt::Never).await {
        screen.pane.put(key, decode(&png, PICTURE, true));
    }
    screen
}

#[tokio::test]
async fn it_is_drawn_at_every_size() {
    let (mut model, client) = model().await;
    let settings = Settings::default();
    for (name, tab, size) in [
        ("win11-gaming", Tab::Overview, Size::new(1100.0, 760.0)),
        ("gitlab-runner-1", Tab::Performance, Size::new(1100.0, 760.0)),
        ("gitlab-runner-1", Tab::Performance, Size::new(760.0, 600.0)),
        ("kali-lab", Tab::Overview, Size::new(720.0, 480.0)),
        ("win11-gaming", Tab::Devices, Size::new(1100.0, 760.0)),
        ("kali-lab", Tab::Devices, Size::new(720.0, 480.0)),
    ] {
        let mut screen = shown(&model, &client, name).await;
        let _ = screen.update(&model, &settings, Message::Tab(tab));
        let middle = screen.performance.middle();
        let _ = screen.update(&model, &settings, Message::Mark(middle));
        draw(&mut window(screen.view(&model, &settings, size), size), &format!("machine-{name}-{tab:?}-{}", size.width));
    }
    let screen = {
        let mut screen = shown(&model, &client, "gitlab-runner-1").await;
        let _ = screen.update(&model, &settings, Message::Range(Range::Minute));
        let _ = screen.update(&model, &settings, Message::Tab(Tab::Performance));
        screen
    };
    model.apply("demo", Event::Lost(client::Problem::Ended(String::new()), 5));
    let size = Size::new(1100.0, 760.0);
    draw(&mut window(screen.view(&model, &settings, size), size), "machine-lost");
}

fn pressed(character: &str, modifiers: Modifiers) -> Option<Message> {
    key(&keyboard::Key::Character(character.into()), modifiers)
}

#[test]
fn digits_choose_the_range_and_with_control_the_tab() {
    assert!(matches!(pressed("1", Modifiers::empty()), Some(Message::Range(Range::Minute))));
    assert!(matches!(pressed("2", Modifiers::empty()), Some(Message::Range(Range::TenMinutes))));
    assert!(matches!(pressed("3", Modifiers::empty()), Some(Message::Range(Range::Hour))));
    assert!(pressed("0", Modifiers::empty()).is_none() && pressed("4", Modifiers::empty()).is_none());
    assert!(matches!(pressed("2", Modifiers::CTRL), Some(Message::Tab(Tab::Performance))));
    assert!(matches!(pressed("3", Modifiers::CTRL), Some(Message::Tab(Tab::Devices))));
    assert!(matches!(pressed("4", Modifiers::CTRL), Some(Message::Tab(Tab::Tuning))));
    assert!(pressed("5", Modifiers::CTRL).is_none() && pressed("1", Modifiers::ALT).is_none());
}

#[tokio::test]
async fn a_click_on_a_tab_shows_it() {
    let (model, client) = model().await;
    let (screen, settings, size) = (shown(&model, &client, "win11-gaming").await, Settings::default(), Size::new(1100.0, 760.0));
    let mut window = window(screen.view(&model, &settings, size), size);
    window.click(t!("machine-performance").as_str()).unwrap();
    let said: Vec<Message> = window.into_messages().collect();
    assert!(matches!(said.as_slice(), [Message::Tab(Tab::Performance)]), "{said:?}");
}

#[tokio::test]
async fn the_power_menu_opens_and_does_what_was_chosen() {
    let (model, client) = model().await;
    let (screen, settings, size) = (shown(&model, &client, "win11-gaming").await, Settings::default(), Size::new(1100.0, 760.0));
    let mut window = window(screen.view(&model, &settings, size), size);
    let _ = window.click(t!("command-shutdown").as_str()).unwrap();
    draw(&mut window, "machine-menu");
    let down = || iced_test::simulator::press_key(Named::ArrowDown, None);
    let enter = iced_test::simulator::press_key(Named::Enter, None);
    let _ = window.simulate([down(), down(), enter]);
    let said: Vec<Message> = window.into_messages().collect();
    let expected = Wish::Run(crate::command::Command::Reboot);
    assert!(matches!(said.as_slice(), [Message::Pane(details::Message::Wish(wish))] if *wish == expected), "{said:?}");
}

#[tokio::test]
async fn a_part_that_was_dragged_out_stands_still_until_escape() {
    let (model, client) = model().await;
    let mut screen = shown(&model, &client, "win11-gaming").await;
    let settings = Settings::default();
    let whole = screen.performance.shown();
    let _ = screen.update(&model, &settings, Message::Zoom(whole.0, whole.0 + 1000));
    assert_eq!(screen.performance.shown(), whole, "too short to be meant");
    let part = (whole.0 + 60_000_000, whole.0 + 120_000_000);
    let _ = screen.update(&model, &settings, Message::Zoom(part.0, part.1));
    let _ = screen.model_changed(&model, &settings);
    assert_eq!(screen.performance.shown(), part);
    let _ = screen.update(&model, &settings, Message::Escape);
    assert!(screen.performance.shown().0 >= whole.0 && screen.performance.shown().1 >= whole.1);
}

#[tokio::test]
async fn the_pointer_tells_time_and_values_anywhere_in_each_range() {
    let (model, client) = model().await;
    let (settings, size) = (Settings::default(), Size::new(1100.0, 760.0));
    for range in Range::ALL {
        let mut screen = shown(&model, &client, "gitlab-runner-1").await;
        let _ = screen.update(&model, &settings, Message::Tab(Tab::Performance));
        let _ = screen.update(&model, &settings, Message::Range(range));
        let mut charts = window(screen.view(&model, &settings, size), size);
        for x in (40_u16..540).step_by(4) {
            let at = Point::new(x.into(), 300.0);
            charts.point_at(at);
            let _ = charts.simulate([iced::Event::Mouse(iced::mouse::Event::CursorMoved { position: at })]);
        }
        let marks = |message| if let Message::Mark(Some(time)) = message { Some(time) } else { None };
        let marks: Vec<u64> = charts.into_messages().filter_map(marks).collect();
        let (from, to) = screen.performance.shown();
        assert!(marks[0] < from + (to - from) / 5 && marks[marks.len() - 1] > to - (to - from) / 5, "{range:?}");
        for time in [marks[0], marks[marks.len() / 2], marks[marks.len() - 1]] {
            let _ = screen.update(&model, &settings, Message::Mark(Some(time)));
            let (told, point) = *screen.performance.told().unwrap();
            assert_eq!(told, time, "{range:?}");
            for words in [t!("machine-at", time = clock_seconds(time)), client::unit::percent(f64::from(point.cpu))] {
                assert!(window(screen.view(&model, &settings, size), size).find(words.as_str()).is_ok(), "{range:?}: {words}");
            }
        }
    }
}

#[tokio::test]
async fn a_machine_that_is_off_says_why_nothing_moves() {
    let (model, client) = model().await;
    let mut screen = shown(&model, &client, "kali-lab").await;
    let (settings, size) = (Settings::default(), Size::new(1100.0, 760.0));
    let _ = screen.update(&model, &settings, Message::Tab(Tab::Performance));
    let mut window = window(screen.view(&model, &settings, size), size);
    assert!(window.find(t!("machine-figures-still").as_str()).is_ok());
}

#[tokio::test]
async fn a_machine_that_is_gone_leaves_a_line() {
    let (mut model, client) = model().await;
    let screen = shown(&model, &client, "kali-lab").await;
    let settings = Settings::default();
    model.apply("demo", Event::MachineRemoved(screen.key.machine));
    let size = Size::new(800.0, 600.0);
    assert!(window(screen.view(&model, &settings, size), size).find(t!("machine-gone").as_str()).is_ok());
}

/// The tab with what a machine has of its host.
async fn devices(model: &Model, client: &Client, name: &str) -> Screen {
    let mut screen = shown(model, client, name).await;
    let _ = screen.update(model, &Settings::default(), Message::Tab(Tab::Devices));
    screen
}

#[tokio::test]
async fn what_a_machine_has_of_its_host_is_listed_with_driver_and_time() {
    let (model, client) = model().await;
    let (screen, settings, size) = (devices(&model, &client, "win11-gaming").await, Settings::default(), Size::new(1100.0, 760.0));
    for words in ["AMD Radeon RX 6800/6800 XT", "01:00.0", "vfio-pci", "Now and at each start"] {
        assert!(window(screen.view(&model, &settings, size), size).find(words).is_ok(), "{words}");
    }
    let off = devices(&model, &client, "win-server-2025").await;
    assert!(window(off.view(&model, &settings, size), size).find("At the next start").is_ok());
    let small = Size::new(720.0, 480.0);
    let mut narrow = window(screen.view(&model, &settings, small), small);
    assert!(narrow.find("vfio-pci").is_err(), "there is no room for the driver");
    let bounds = narrow.find("Detach…").unwrap().visible_bounds().unwrap();
    assert!(bounds.x + bounds.width < small.width);
}

#[tokio::test]
async fn a_machine_without_devices_says_so_and_offers_one() {
    let (model, client) = model().await;
    let (mut screen, settings, size) = (devices(&model, &client, "kali-lab").await, Settings::default(), Size::new(900.0, 600.0));
    let mut shown = window(screen.view(&model, &settings, size), size);
    let none = "kali-lab has no device of its host. A graphics card, a network card, a disk or a USB controller can be its own.";
    assert!(shown.find(none).is_ok());
    let _ = shown.click("Attach a device…").unwrap();
    let said: Vec<Message> = shown.into_messages().collect();
    assert!(matches!(said.as_slice(), [Message::Attach]), "{said:?}");
    let action = screen.update(&model, &settings, Message::Attach);
    assert!(matches!(action, Action::Run(crate::command::Command::AttachDevice, keys) if keys == [screen.key.clone()]));
}

#[tokio::test]
async fn detach_leads_to_the_plan_of_that_device() {
    let (model, client) = model().await;
    let (mut screen, settings, size) = (devices(&model, &client, "opnsense").await, Settings::default(), Size::new(1100.0, 760.0));
    let mut shown = window(screen.view(&model, &settings, size), size);
    let _ = shown.click("Detach…").unwrap();
    let said: Vec<Message> = shown.into_messages().collect();
    let [Message::Detach(address)] = said.as_slice() else { panic!("{said:?}") };
    let Action::Open(dialog) = screen.update(&model, &settings, Message::Detach(address.clone())) else { panic!("no dialog") };
    assert!(format!("{dialog:?}").contains("0000:03:02.0"));
}

#[tokio::test]
async fn a_machine_whose_service_tells_nothing_of_devices_has_no_such_tab() {
    let (mut model, client) = model().await;
    let mut screen = shown(&model, &client, "kali-lab").await;
    let untold = client::Machine { host_devices: None, ..model.machine(&screen.key).unwrap().clone() };
    model.apply("demo", Event::Machine(Box::new(untold)));
    let (settings, size) = (Settings::default(), Size::new(900.0, 600.0));
    let _ = screen.update(&model, &settings, Message::Tab(Tab::Devices));
    assert_eq!(screen.tab, Tab::Overview);
    assert!(window(screen.view(&model, &settings, size), size).find("Devices").is_err());
}
