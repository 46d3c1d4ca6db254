use client::ErrorKind;
use iced::Size;

use super::*;
use crate::screen::details::sample::{model as sample, window};

const SIZE: Size = Size::new(900.0, 2400.0);

fn found(checks: Vec<Check>) -> Screen {
    Screen { host: "demo".into(), is_shown: true, is_reading: false, checks: Some(Ok(checks)) }
}

fn missing(id: &str, fixes: Vec<Fix>) -> Check {
    Check { id: id.to_owned(), standing: Standing::Missing, fixes, ..Check::default() }
}

#[tokio::test]
async fn every_check_is_listed_with_its_state_and_what_needs_something_comes_first() {
    let (model, client) = sample().await;
    let screen = found(client.readiness().await.unwrap());
    let mut window = window(screen.view(model.host("demo").unwrap()), SIZE);
    let mut at = |words: &str| window.find(words).unwrap().visible_bounds().unwrap().y;
    let (missing, limited, ready) = (at(&client::locale::check("passt").0), at(&client::locale::check("nested").0), at("IOMMU"));
    assert!(missing < limited && limited < ready, "{missing} {limited} {ready}");
    for id in ["kvm", "vfio", "huge-pages", "confinement", "cgroup", "swtpm", "virtiofsd", "dnsmasq", "firmware"] {
        assert!(at(&client::locale::check(id).0) > 0.0, "{id}");
    }
    assert!(window.find("This computer · 9 of 12 ready").is_ok());
}

#[tokio::test]
async fn the_exact_command_is_shown_and_copied() {
    let (model, _) = sample().await;
    let screen = found(vec![missing("vfio", vec![Fix::Module("vfio-pci".to_owned())])]);
    let host = model.host("demo").unwrap();
    let mut shown = window(screen.view(host), SIZE);
    let place = shown.find("sudo modprobe vfio-pci").unwrap().visible_bounds().unwrap();
    shown.point_at(iced::Point::new(SIZE.width - 48.0, place.center_y()));
    let _ = shown.simulate(iced_test::simulator::click());
    let said: Vec<Message> = shown.into_messages().collect();
    assert!(matches!(said.as_slice(), [Message::Copy(text)] if text == "sudo modprobe vfio-pci"), "{said:?}");
}

#[tokio::test]
async fn where_the_distribution_is_not_known_the_commands_are_a_choice() {
    let (model, _) = sample().await;
    let command = |words: &str| Fix::Command(words.to_owned());
    let host = model.host("demo").unwrap();
    let one = found(vec![missing("passt", vec![command("apt install passt")])]);
    assert!(window(one.view(host), SIZE).find(t!("readiness-choice").as_str()).is_err());
    let several = found(vec![missing("passt", vec![command("apt install passt"), command("dnf install passt")])]);
    let mut shown = window(several.view(host), SIZE);
    assert!(shown.find(t!("readiness-choice").as_str()).is_ok());
    assert!(shown.find("sudo apt install passt").is_ok() && shown.find("sudo dnf install passt").is_ok());
}

#[tokio::test]
async fn a_setting_of_the_firmware_is_named_and_not_copied() {
    let (model, _) = sample().await;
    let screen = found(vec![missing("kvm", vec![Fix::Firmware("SVM".to_owned())])]);
    let mut shown = window(screen.view(model.host("demo").unwrap()), SIZE);
    let place = shown.find("SVM").unwrap().visible_bounds().unwrap();
    shown.point_at(iced::Point::new(SIZE.width - 48.0, place.center_y()));
    let _ = shown.simulate(iced_test::simulator::click());
    assert_eq!(shown.into_messages().count(), 0);
}

#[tokio::test]
async fn it_is_read_once_and_again_when_that_is_asked_for() {
    let (model, client) = sample().await;
    let mut screen = Screen::default();
    let id: Id = "demo".into();
    assert_eq!(screen.follow(&model, &id).units(), 1);
    assert_eq!(screen.follow(&model, &id).units(), 0, "it is being read");
    let _ = screen.update(&model, Message::Read(id.clone(), client.readiness().await));
    assert_eq!(screen.follow(&model, &id).units(), 0);
    assert_eq!(screen.update(&model, Message::Again).1.units(), 1);
    let failed = Error::Service { kind: ErrorKind::LimitExceeded, message: String::new(), facts: Vec::new() };
    let _ = screen.update(&model, Message::Read(id, Err(failed)));
    let host = model.host("demo").unwrap();
    let mut shown = window(screen.view(host), SIZE);
    assert!(shown.find("Too much at once").is_ok());
}
