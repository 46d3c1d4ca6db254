use client::{Event, locale};
use iced::Size;

use super::sample::{draw, key, model, window};
use super::*;
use crate::component::thumbnails::decode;

/// The model with a machine that is changed by hand.
fn with(model: &mut Model, name: &str, change: impl FnOnce(&mut Machine)) -> Vec<Key> {
    let key = key(model, name);
    let mut machine = model.machine(&key).unwrap().clone();
    change(&mut machine);
    model.apply("demo", Event::Machine(Box::new(machine)));
    vec![key]
}

fn says(pane: &Details, model: &Model, keys: &[Key], words: &str) -> bool {
    let settings = Settings::default();
    window(pane.view(model, &settings, keys, 900.0), Size::new(308.0, 900.0)).find(words).is_ok()
}

fn pane() -> Details {
    Details::new(|_| app::Message::Nothing)
}

/// A pane that has read all of a machine.
async fn shown(model: &Model, client: &client::Client, name: &str) -> (Details, Vec<Key>) {
    let mut pane = pane();
    let keys = vec![key(model, name)];
    let _ = pane.show(model, &keys);
    pane.answer(client.details(keys[0].machine).await);
    if let Ok(png) = client.screenshot(keys[0].machine, PICTURE, client::Prompt::Never).await {
        pane.put(keys[0].clone(), decode(&png, PICTURE, true));
    }
    (pane, keys)
}

#[tokio::test]
async fn it_is_drawn_for_every_kind_of_machine() {
    let (model, client) = model().await;
    let settings = Settings::default();
    for name in ["win11-gaming", "freebsd-zfs", "gitlab-runner-1"] {
        let (pane, keys) = shown(&model, &client, name).await;
        draw(&mut window(pane.view(&model, &settings, &keys, 824.0), Size::new(308.0, 824.0)), &format!("details-{name}"));
    }
    let (pane, keys) = shown(&model, &client, "win11-gaming").await;
    draw(&mut window(pane.view(&model, &settings, &keys, 524.0), Size::new(308.0, 524.0)), "details-low");
    let several = ["win11-gaming", "kali-lab", "freebsd-zfs"].map(|name| key(&model, name));
    draw(&mut window(pane.view(&model, &settings, &several, 824.0), Size::new(308.0, 824.0)), "details-several");
    draw(&mut window(pane.view(&model, &settings, &[], 824.0), Size::new(308.0, 824.0)), "details-none");
}

#[tokio::test]
async fn nothing_is_read_again_while_nothing_changes() {
    let (mut model, _) = model().await;
    let mut pane = pane();
    let keys = vec![key(&model, "win11-gaming")];
    assert!(matches!(pane.show(&model, &keys), Action::Task(_)));
    assert!(matches!(pane.show(&model, &keys), Action::None));
    with(&mut model, "win11-gaming", |machine| machine.vcpus = 12);
    assert!(matches!(pane.show(&model, &keys), Action::Task(_)));
    assert!(matches!(pane.show(&model, &[]), Action::None));
}

#[tokio::test]
async fn an_answer_to_an_older_question_is_left_out() {
    let (model, client) = model().await;
    let (mut pane, keys) = shown(&model, &client, "kali-lab").await;
    let other = vec![key(&model, "freebsd-zfs")];
    let _ = pane.show(&model, &other);
    let late = client.details(keys[0].machine).await;
    let _ = pane.update(&model, &Settings::default(), Message::Loaded(pane.serial - 1, Box::new(late)));
    assert!(pane.loaded.as_ref().is_some_and(|loaded| loaded.details.is_none()));
}

#[tokio::test]
async fn the_blue_button_does_what_the_state_wants() {
    let (model, client) = model().await;
    let settings = Settings::default();
    for (name, words, command) in [
        ("win11-gaming", t!("command-open"), Command::Open),
        ("kali-lab", t!("details-restore"), Command::Start),
        ("arch-kernel-test", t!("command-resume"), Command::Resume),
        ("win-server-2025", t!("command-start"), Command::Start),
    ] {
        let (pane, keys) = shown(&model, &client, name).await;
        let mut window = window(pane.view(&model, &settings, &keys, 824.0), Size::new(308.0, 824.0));
        window.click(words.as_str()).unwrap();
        let said: Vec<Message> = window.into_messages().collect();
        assert!(matches!(said.as_slice(), [Message::Wish(Wish::Run(said))] if *said == command), "{name}: {said:?}");
    }
}

#[tokio::test]
async fn what_waits_for_a_restart_is_listed_with_the_way_to_it() {
    let (mut model, client) = model().await;
    let keys = with(&mut model, "win11-gaming", |machine| {
        machine.has_unapplied_changes = true;
        machine.unapplied_changes = vec!["memory".into(), "disk:vda".into()];
    });
    let (pane, _) = shown(&model, &client, "win11-gaming").await;
    for words in [t!("details-unapplied", count = 2_u64), format!("• {}", locale::unapplied("disk:vda")), t!("details-restart")] {
        assert!(says(&pane, &model, &keys, &words), "{words}");
    }
}

#[tokio::test]
async fn a_machine_that_hangs_is_locked_or_will_not_be_kept_says_so() {
    let (mut model, client) = model().await;
    let keys = with(&mut model, "win11-gaming", |machine| {
        (machine.is_stalled, machine.is_locked, machine.is_persistent) = (true, true, false);
        machine.warnings = vec!["display-public".into()];
    });
    let (pane, _) = shown(&model, &client, "win11-gaming").await;
    for words in
        [t!("details-stalled"), t!("details-locked"), t!("details-transient"), t!("details-keep"), locale::warning("display-public").0]
    {
        assert!(says(&pane, &model, &keys, &words), "{words}");
    }
    let settings = Settings::default();
    draw(&mut window(pane.view(&model, &settings, &keys, 900.0), Size::new(308.0, 900.0)), "details-notices");
}

#[tokio::test]
async fn a_display_that_everybody_can_reach_is_warned_of() {
    let (model, client) = model().await;
    let (mut pane, keys) = shown(&model, &client, "win11-gaming").await;
    pane.answer(Ok(client::Details { displays: vec![("vnc".into(), "0.0.0.0".into())], ..client::Details::default() }));
    assert!(says(&pane, &model, &keys, &t!("details-display-all", kind = "VNC")));
}

#[tokio::test]
async fn a_lost_host_leaves_what_was_seen_and_takes_no_orders() {
    let (mut model, client) = model().await;
    let (pane, keys) = shown(&model, &client, "win-server-2025").await;
    model.apply("demo", Event::Lost(client::Problem::Ended(String::new()), 5));
    assert!(says(&pane, &model, &keys, &t!("details-lost", host = "This computer")));
    let settings = Settings::default();
    let mut window = window(pane.view(&model, &settings, &keys, 824.0), Size::new(308.0, 824.0));
    window.click(t!("command-start").as_str()).unwrap();
    assert_eq!(window.into_messages().count(), 0);
}

#[tokio::test]
async fn several_machines_are_summed_up() {
    let (model, _) = model().await;
    let keys = ["win11-gaming", "kali-lab", "freebsd-zfs"].map(|name| key(&model, name));
    for words in [
        t!("details-several", count = 3_u64),
        t!("details-start-several", count = 2_u64),
        t!("details-running-of", count = 1_u64, all = 3_u64),
    ] {
        assert!(says(&pane(), &model, &keys, &words), "{words}");
    }
}

#[tokio::test]
async fn a_low_battery_stops_pictures_and_a_line_says_so() {
    let (mut model, client) = model().await;
    let (pane, keys) = shown(&model, &client, "win11-gaming").await;
    let line = t!("details-saves-power");
    let fetches = |model: &Model| self::pane().refresh(model, &keys).units();
    let before = fetches(&model);
    assert!(!says(&pane, &model, &keys, &line));
    model.set_saves_power(true);
    assert_eq!(fetches(&model), before - 1, "the picture is left out, the details are not");
    assert!(says(&pane, &model, &keys, &line));
}

#[tokio::test]
async fn pictures_that_are_switched_off_are_taken_when_somebody_asks_for_one() {
    let (mut model, client) = model().await;
    model.set_takes_pictures(false);
    let (mut pane, keys) = (pane(), vec![key(&model, "win11-gaming")]);
    assert_eq!(pane.refresh(&model, &keys).units(), 2, "details and the patience for them, no picture");
    pane.answer(client.details(keys[0].machine).await);
    assert!(says(&pane, &model, &keys, &t!("details-picture-off")) && says(&pane, &model, &keys, &t!("details-picture-show")));
    assert_eq!(pane.take(&model, Message::ShowPicture).1.units(), 1);
}

#[tokio::test]
async fn a_figure_that_is_off_has_no_chart() {
    let (model, client) = model().await;
    let (pane, keys) = shown(&model, &client, "win11-gaming").await;
    let mut settings = Settings::default();
    settings.figures.cpu = false;
    let shows =
        |words: &str, settings: &Settings| window(pane.view(&model, settings, &keys, 900.0), Size::new(308.0, 900.0)).find(words).is_ok();
    assert!(shows(&t!("machine-cpu"), &Settings::default()) && !shows(&t!("machine-cpu"), &settings));
    assert!(shows(&t!("machine-disk"), &settings));
}

#[test]
fn an_address_is_copied_and_told() {
    let action = act(Wish::Copy("192.168.122.20".into()), &[]);
    assert!(matches!(action, Action::Batch(actions) if matches!(actions.as_slice(), [Action::Task(_), Action::Toast(_)])));
}

#[test]
fn both_languages_say_the_same() {
    let (english, german) = (include_str!("../../../locale/en/machine.ftl"), include_str!("../../../locale/de/machine.ftl"));
    assert_eq!(locale::faults(english), [""; 0]);
    assert_eq!(locale::faults(german), [""; 0]);
    assert_eq!(locale::differences(english, german), [""; 0]);
}

#[tokio::test]
async fn a_picture_that_takes_a_password_is_asked_for_only_by_a_click() {
    let (model, _) = model().await;
    let settings = Settings::default();
    let mut pane = pane();
    let keys = vec![key(&model, "win11-gaming")];
    let _ = pane.show(&model, &keys);
    pane.put(keys[0].clone(), Err(Error::NoAgent("a password would be needed".into())));
    assert!(says(&pane, &model, &keys, &t!("details-picture-locked")));
    let mut window = window(pane.view(&model, &settings, &keys, 824.0), Size::new(308.0, 824.0));
    window.click(t!("details-picture-show").as_str()).unwrap();
    let said: Vec<Message> = window.into_messages().collect();
    assert!(matches!(said.as_slice(), [Message::ShowPicture]), "{said:?}");
}
