//! The running objects are what `dbus/interfaces/*.xml` and the bus policy say.
//!
//! `UPDATE_INTROSPECTION=1 cargo test -p kvm-manager-tests --test introspection` takes over changed signatures, keeps the
//! texts, and writes the bus policy anew.
#![allow(clippy::panic, clippy::unwrap_used, clippy::expect_used)]

use std::collections::BTreeSet;

use dbus::{ErrorKind, Options, interface, path};
use kvm_manager_tests::{
    TestService,
    captured::Captured,
    client::{Signals, call},
    interface::{Interface, Kind, Member, attribute, format, parse},
    kernel::FakeKernel,
    libvirtd::Libvirtd,
    project,
    simulated::{Simulated, machine_path, machine_with},
    user,
};
use service::policy::action::{METHODS, Need};
use zbus::Connection;

const NAMES: [&str; 18] = [
    interface::MANAGER,
    interface::MACHINE,
    interface::HOST,
    interface::HOST_DEVICE,
    interface::PASSTHROUGH,
    interface::DEVICE,
    interface::HAND_OVER,
    interface::USB,
    interface::HOST_NVME,
    interface::HOST_SCSI,
    interface::HOST_MEDIATED,
    interface::HOST_INPUT,
    interface::JOB,
    interface::STATS,
    interface::AT_BOOT,
    interface::HUGE_PAGES,
    interface::READINESS,
    interface::TOPOLOGY,
];
const POLICY: &str = "dbus/org.kvmmanager.Manager1.conf";
/// What everybody may call besides our own methods.
const STANDARD: [(&str, Option<&str>); 5] = [
    ("org.freedesktop.DBus.Introspectable", None),
    ("org.freedesktop.DBus.Peer", None),
    ("org.freedesktop.DBus.ObjectManager", Some("GetManagedObjects")),
    ("org.freedesktop.DBus.Properties", Some("Get")),
    ("org.freedesktop.DBus.Properties", Some("GetAll")),
];

fn is_update() -> bool {
    std::env::var_os("UPDATE_INTROSPECTION").is_some()
}

fn file(name: &str) -> String {
    format!("dbus/interfaces/{name}.xml")
}

fn written() -> Vec<Interface> {
    NAMES.iter().map(|name| parse(&project::read(&file(name))).remove(0)).collect()
}

/// What the running service says of itself.
async fn running() -> Vec<Interface> {
    let service = TestService::start().await;
    let machine = service.path("test").await;
    let mut found = Vec::new();
    for path in [path::ROOT, path::HOST, machine.as_str()] {
        found.extend(introspect(&service.connection, path).await);
    }
    found.extend(job().await);
    found.extend(device().await);
    found.retain(|interface| NAMES.contains(&interface.name.as_str()));
    found
}

/// A job is there only while it works: a guest that ignores its power button keeps one waiting.
async fn job() -> Vec<Interface> {
    let Some(libvirtd) = Libvirtd::start().await else { return Vec::new() };
    let service = libvirtd.service(&["a"]).await;
    let mut added = Signals::named(&service.connection, "InterfacesAdded").await;
    let machine = service.named("a").await;
    let options = Options::default().with("mode", "acpi").with("timeout", 60_u32);
    tokio::select! {
        result = machine.shutdown(&options) => panic!("the guest has nothing that could shut it down: {result:?}"),
        found = async { introspect(&service.connection, &added.next_object("/jobs/").await).await } => found,
    }
}

/// A device of the host is there only where libvirt is not made up.
async fn device() -> Vec<Interface> {
    let host = Captured::named("intel-desktop");
    let service = Simulated::start(FakeKernel::of(&host).root(&host), &machine_with(&[])).await;
    let mut found = introspect(&service.connection, path::host_device("0000:01:00.0").as_str()).await;
    let machine = machine_path();
    let of_machine = [interface::DEVICE, interface::HAND_OVER].map(|name| (machine.as_str(), name));
    let of_host = [interface::USB, interface::HOST_INPUT, interface::HOST_NVME, interface::HOST_SCSI, interface::HOST_MEDIATED]
        .map(|name| (path::HOST, name));
    for (path, name) in of_machine.into_iter().chain(of_host) {
        found.extend(introspect(&service.connection, path).await.into_iter().filter(|one| one.name == name));
    }
    found
}

async fn introspect(connection: &Connection, path: &str) -> Vec<Interface> {
    let reply = call(connection, path, "org.freedesktop.DBus.Introspectable", "Introspect", &()).await.unwrap();
    parse(&reply.body().deserialize::<String>().unwrap())
}

/// What has to be equal: the running service has no names for what methods return.
fn comparable(interface: &Interface) -> BTreeSet<String> {
    let describe = |member: &Member| {
        let mut member = member.clone();
        member.text.clear();
        member.arguments.iter_mut().filter(|argument| argument.is_output).for_each(|argument| argument.name.clear());
        format!("{member:?}")
    };
    interface.members.iter().map(describe).collect()
}

#[test]
fn running_objects_are_what_the_interface_files_say() {
    let running = user::ordinary(running);
    for written in written() {
        let Some(running) = running.iter().find(|running| running.name == written.name) else {
            assert_eq!(written.name, interface::JOB, "{} is not there", written.name);
            eprintln!("SKIPPED: jobs, which need QEMU");
            continue;
        };
        if is_update() {
            update(&written, running);
            continue;
        }
        let (expected, found) = (comparable(&written), comparable(running));
        let missing: Vec<_> = expected.difference(&found).collect();
        let undocumented: Vec<_> = found.difference(&expected).collect();
        assert!(
            missing.is_empty() && undocumented.is_empty(),
            "{}: only in the file {missing:#?}, only running {undocumented:#?}",
            written.name
        );
    }
    if is_update() {
        std::fs::write(project::file(POLICY), policy()).unwrap();
    }
}

/// The running signatures with the written texts, in the written order.
fn update(written: &Interface, running: &Interface) {
    let place = |member: &Member| written.members.iter().position(|known| (known.kind, &known.name) == (member.kind, &member.name));
    let mut updated = Interface { text: written.text.clone(), ..running.clone() };
    for member in &mut updated.members {
        let Some(known) = written.member(member.kind, &member.name) else {
            member.text = format!("{}:\n@since: ?\n\nNot documented.", member.name);
            continue;
        };
        member.text.clone_from(&known.text);
        let names = known.arguments.iter().filter(|argument| argument.is_output);
        let unnamed = member.arguments.iter_mut().filter(|argument| argument.is_output);
        unnamed.zip(names).for_each(|(unnamed, named)| unnamed.name.clone_from(&named.name));
    }
    updated.members.sort_by_key(|member| place(member).unwrap_or(usize::MAX));
    std::fs::write(project::file(&file(&updated.name)), format(&updated)).unwrap();
}

#[test]
fn every_member_is_documented_with_its_arguments_action_and_errors() {
    let errors: Vec<String> = ErrorKind::ALL.iter().map(|kind| kind.name().rsplit('.').next().unwrap().to_owned()).collect();
    for interface in written() {
        assert!(interface.text.contains("@since: ") && interface.text.starts_with(&format!("{}:", interface.name)));
        for member in &interface.members {
            let (name, text) = (format!("{}.{}", interface.name, member.name), &member.text);
            assert!(text.starts_with(&format!("{}:\n", member.name)) && text.contains("\n@since: "), "{name} has no text with @since");
            for argument in &member.arguments {
                assert!(text.contains(&format!("\n@{}: ", argument.name)), "{name} does not explain {argument:?}");
            }
            if member.kind == Kind::Method {
                let (_, named) = text.split_once("\nErrors: ").unwrap_or_else(|| panic!("{name} names no errors"));
                assert!(named.split('`').skip(1).step_by(2).any(|word| errors.iter().any(|error| error == word)), "{name} names no error");
                assert!(text.contains("\nAction: "), "{name} names no action");
            }
        }
    }
}

#[test]
fn every_method_is_in_the_table_of_actions_and_its_text_names_them() {
    let mut documented = BTreeSet::new();
    for interface in written() {
        for method in interface.methods() {
            documented.insert((interface.name.clone(), method.name.clone()));
            let entry = METHODS.iter().find(|(known, member, _)| **known == interface.name && **member == method.name);
            let Some((_, _, need)) = entry else { panic!("{}.{} needs no action that the table knows", interface.name, method.name) };
            let (_, actions) = method.text.split_once("\nAction: ").unwrap();
            match need {
                Need::Nothing => assert!(actions.starts_with("none."), "{} needs nothing", method.name),
                Need::OneOf(ids) => {
                    for id in *ids {
                        let action = id.rsplit('.').next().unwrap();
                        assert!(actions.lines().next().unwrap().contains(action), "the text of {} does not name {action}", method.name);
                    }
                }
            }
        }
    }
    let table: BTreeSet<_> = METHODS.iter().map(|(interface, member, _)| ((*interface).to_owned(), (*member).to_owned())).collect();
    assert_eq!(table, documented);
}

#[test]
fn no_property_can_be_written_and_enumerations_have_an_unknown() {
    for interface in written() {
        for property in interface.of(Kind::Property) {
            assert_eq!(property.property.as_ref().unwrap().1, "read", "{}.{}", interface.name, property.name);
        }
    }
    let machine = &written()[1];
    for name in ["State", "StateReason", "GuestAgent"] {
        assert!(machine.member(Kind::Property, name).unwrap().text.contains("0 unknown"));
    }
}

/// Interface and member of everything that may be sent to the service.
fn allowed() -> BTreeSet<(String, Option<String>)> {
    let ours = written()
        .into_iter()
        .flat_map(|interface| interface.methods().map(|method| (interface.name.clone(), Some(method.name.clone()))).collect::<Vec<_>>());
    ours.chain(STANDARD.iter().map(|(interface, member)| ((*interface).to_owned(), member.map(str::to_owned)))).collect()
}

fn policy() -> String {
    let mut lines = vec![
        "<!DOCTYPE busconfig PUBLIC \"-//freedesktop//DTD D-BUS Bus Configuration 1.0//EN\"".to_owned(),
        " \"http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd\">".to_owned(),
        "<!-- Generated by tests/introspection.rs. Who may do what is decided by the service and polkit; this only keeps out what"
            .to_owned(),
        "     nobody has any business with: other names' owners, members that do not exist, and writing properties. -->".to_owned(),
        "<busconfig>".to_owned(),
        "  <policy user=\"root\">".to_owned(),
        format!("    <allow own=\"{}\"/>", dbus::BUS_NAME),
        "  </policy>".to_owned(),
        "  <policy context=\"default\">".to_owned(),
        format!("    <deny send_destination=\"{}\"/>", dbus::BUS_NAME),
    ];
    for (interface, member) in allowed() {
        let member = member.map_or_else(String::new, |member| format!(" send_member=\"{member}\""));
        let (name, kind) = (dbus::BUS_NAME, "send_type=\"method_call\"");
        lines.push(format!("    <allow send_destination=\"{name}\" {kind}\n           send_interface=\"{interface}\"{member}/>"));
    }
    lines.extend(["  </policy>".to_owned(), "</busconfig>".to_owned(), String::new()]);
    lines.join("\n")
}

#[test]
fn the_bus_policy_allows_exactly_the_methods_and_lets_only_root_own_the_name() {
    use quick_xml::{Reader, events::Event};
    let text = project::read(POLICY);
    assert_eq!(text, policy(), "run UPDATE_INTROSPECTION=1 cargo test --test introspection");
    let mut reader = Reader::from_str(&text);
    let (mut sends, mut owners, mut denied, mut whose) = (BTreeSet::new(), Vec::new(), 0, String::new());
    loop {
        match reader.read_event().unwrap() {
            Event::Start(tag) if tag.name().as_ref() == "policy" => whose = attribute(&tag, "user") + &attribute(&tag, "context"),
            Event::Empty(tag) if tag.name().as_ref() == "deny" => {
                assert_eq!(whose, "default");
                denied += 1;
            }
            Event::Empty(tag) if !attribute(&tag, "own").is_empty() => owners.push(whose.clone()),
            Event::Empty(tag) => {
                assert_eq!((attribute(&tag, "send_type").as_str(), denied), ("method_call", 1), "denied first, then allowed");
                let member = Some(attribute(&tag, "send_member")).filter(|member| !member.is_empty());
                sends.insert((attribute(&tag, "send_interface"), member));
            }
            Event::Eof => break,
            _ => {}
        }
    }
    assert_eq!(owners, ["root"]);
    assert_eq!(sends, allowed());
    assert!(!text.contains("\"Set\""), "properties are never written");
}
