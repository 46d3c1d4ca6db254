use std::path::PathBuf;

use client::{
    Event, Host, HostFacts, Problem, Service,
    demo::{Demo, Preset},
    host::Address,
};
use iced::{Size, widget::column};
use iced_test::Simulator;

use super::*;
use crate::palette::tests::{model, picture_of, toolkit};

fn host(address: Address, events: Vec<Event>) -> Model {
    crate::locale::init("en");
    let mut model = Model::default();
    let name = if address == Address::System { "This computer" } else { "" };
    model.set_hosts(vec![Host { auto_connect: true, ..Host::new("x", name, address) }]);
    for event in events {
        model.apply("x", event);
    }
    model
}

fn ssh(reason: &str) -> Model {
    let address = Address::Ssh { user: "me".into(), host: "lab-server".into(), port: 0, key_file: PathBuf::new() };
    host(address, vec![Event::Lost(Problem::Ssh(reason.into()), 5)])
}

fn lost(problem: Problem) -> Model {
    host(Address::System, vec![Event::Lost(problem, 5)])
}

fn connected() -> Vec<Event> {
    let facts = HostFacts {
        cpus: 16,
        memory: 64 << 30,
        libvirt_version: "11.8.0".into(),
        hypervisor_version: "10.1.0".into(),
        virtualisation: "available".into(),
        ..HostFacts::default()
    };
    vec![Event::Connected(Demo::new(Preset::Empty).into(), Service::default()), Event::Libvirt(None), Event::Host(Box::new(facts))]
}

fn says(model: &Model, welcome: &Welcome, words: &str) -> bool {
    let page = view(&model.hosts()[0], welcome).unwrap();
    Simulator::with_size(toolkit(), Size::new(1000.0, 700.0), page).find(words).is_ok()
}

fn click(model: &Model, welcome: &Welcome, words: &str) -> Vec<Message> {
    let mut interface = Simulator::with_size(toolkit(), Size::new(1000.0, 700.0), view(&model.hosts()[0], welcome).unwrap());
    interface.click(words).unwrap();
    interface.into_messages().collect()
}

#[test]
fn a_service_that_does_not_run_can_be_started_or_the_command_copied() {
    let model = lost(Problem::NotRunning(String::new()));
    let messages = click(&model, &Welcome::default(), "Start the service…");
    assert!(matches!(&messages[..], [Message::Start(id)] if &**id == "x"));
    assert!(says(&model, &Welcome::default(), "sudo systemctl enable --now kvm-manager.service"));
    let mut welcome = Welcome::default();
    assert!(matches!(welcome.update(Message::Start("x".into()), &model, |_| app::Message::Nothing), Action::Task(_)));
    assert!(click(&model, &welcome, "Starting").is_empty(), "not twice");
    welcome.update(Message::Started("x".into(), Err("Access denied".into())), &model, |_| app::Message::Nothing);
    assert!(says(&model, &welcome, "Access denied"));
    let done = welcome.update(Message::Started("x".into(), Ok(())), &model, |_| app::Message::Nothing);
    assert!(matches!(done, Action::Run(Command::Reconnect, _)));
}

#[test]
fn every_cause_says_what_is_the_matter() {
    let none = Welcome::default();
    assert!(says(&lost(Problem::NotAllowed(String::new())), &none, "You may not use the service"));
    assert!(says(&lost(Problem::NotInstalled), &none, "The KVM Manager service is not installed"));
    assert!(says(&ssh("Permission denied (publickey)."), &none, "ssh-copy-id me@lab-server"));
    assert!(says(&model(Preset::NoLibvirt), &none, "libvirt is not installed on this computer"));
    assert!(says(&model(Preset::Empty), &none, "No machines yet"));
}

#[test]
fn a_host_with_machines_has_no_page_and_a_lost_one_a_banner() {
    let mut model = model(Preset::Frozen);
    assert!(view(&model.hosts()[0], &Welcome::default()).is_none());
    assert!(banner(&model.hosts()[0]).is_none());
    model.apply("system", Event::Lost(Problem::NotRunning(String::new()), 5));
    assert!(view(&model.hosts()[0], &Welcome::default()).is_none(), "rows stay");
    let mut interface = Simulator::with_size(toolkit(), Size::new(900.0, 60.0), banner(&model.hosts()[0]).unwrap());
    interface.click("Look again").unwrap();
    assert!(matches!(interface.into_messages().next(), Some(Message::Retry(_))));
}

#[test]
fn after_ten_seconds_it_says_what_is_awaited_and_can_be_cancelled() {
    let model = host(Address::System, vec![Event::Connecting]);
    let mut welcome = Welcome::default();
    assert!(!says(&model, &welcome, "Cancel"));
    welcome.update(Message::Waited, &model, |_| app::Message::Nothing);
    let messages = click(&model, &welcome, "Cancel");
    assert!(matches!(&messages[..], [Message::Connect(_, false)]));
}

#[test]
fn the_pages_look_as_drawn() {
    let none = Welcome::default();
    let late = Welcome { is_late: true, ..Welcome::default() };
    let mut events = connected();
    events.push(Event::Machines(std::sync::Arc::default()));
    let mut stale = model(Preset::Frozen);
    stale.apply("system", Event::Lost(Problem::NotRunning(String::new()), 5));
    for (name, model, welcome) in [
        ("not-running", lost(Problem::NotRunning(String::new())), &none),
        ("not-installed", lost(Problem::NotInstalled), &none),
        ("not-allowed", lost(Problem::NotAllowed("Sender is not authorized to send message".into())), &none),
        ("libvirt", model(Preset::NoLibvirt), &none),
        ("empty", host(Address::System, events), &none),
        ("ssh", ssh("me@lab-server: Permission denied (publickey,password)."), &none),
        ("waiting", host(Address::System, vec![Event::Connecting]), &late),
    ] {
        picture_of(&format!("welcome-{name}"), Size::new(760.0, 480.0), || view(&model.hosts()[0], welcome).unwrap());
    }
    picture_of("welcome-banner", Size::new(760.0, 60.0), || column![banner(&stale.hosts()[0])].into());
}
