//! Callers that mean no good: unknown options, wrong types and hostile text on every method, generated from the interfaces.
#![allow(clippy::panic, clippy::unwrap_used, clippy::expect_used)]

use std::os::fd::AsFd;

use dbus::{ErrorKind, interface, path};
use kvm_manager_tests::{
    TestService,
    bus::Bus,
    captured::Captured,
    client::{Refusal, call, properties},
    interface::{Argument, Interface, Member, parse},
    kernel::FakeKernel,
    project,
    simulated::{Simulated, machine_path, machine_with},
    user,
};
use zbus::{Connection, Fd, Message, OwnedVariant, Variant, wire::StructureBuilder};

/// Text that could forge a log line, drive a terminal, or turn its direction.
const HOSTILE: [&str; 9] = ["a\nb", "a\rb", "a\u{1b}[31mb", "a\u{7f}b", "a\u{85}b", "a\u{202e}b", "a\u{2066}b", "a\u{200f}b", "a\u{2028}b"];
/// A device of the simulated host.
const CARD: &str = "0000:01:00.0";
/// A mediated device that no host has.
const PART: &str = "4f2a1d0c-0000-4000-8000-00000000dead";
/// Something that no reply may ever contain.
const CANARY: &str = "canary-4711";

fn interfaces() -> Vec<Interface> {
    let names = [interface::MANAGER, interface::STATS, interface::MACHINE, interface::AT_BOOT, interface::HUGE_PAGES, interface::READINESS];
    names.iter().map(|name| parse(&project::read(&format!("dbus/interfaces/{name}.xml"))).remove(0)).collect()
}

async fn object(service: &TestService, interface: &str) -> String {
    match interface {
        interface::MACHINE => service.path("test").await.to_string(),
        interface::AT_BOOT | interface::HUGE_PAGES | interface::READINESS => path::HOST.to_owned(),
        _ => path::ROOT.to_owned(),
    }
}

/// An acceptable value for an argument that is not of interest.
fn fitting(argument: &Argument, machine: &str, file: &std::fs::File) -> Variant<'static> {
    match (argument.name.as_str(), argument.signature.as_str()) {
        ("operation", _) => "pause".into(),
        ("part", _) => dictionary(vec![("uuid".to_owned(), PART.into())]),
        ("interval_ms", _) => 1000_u32.into(),
        (_, "s") => "fine".into(),
        (_, "u") => 1_u32.into(),
        ("page_size", _) => (2_u64 << 20).into(),
        (_, "t") => 1_u64.into(),
        (_, "b") => true.into(),
        (_, "ao") => vec![zbus::ObjectPath::try_from(machine.to_owned()).unwrap()].into(),
        ("settings", "a{sv}") => dictionary(vec![("trust".to_owned(), true.into())]),
        ("device", _) => dictionary(vec![("address".to_owned(), CARD.into())]),
        (_, "a{sv}") => dictionary(Vec::new()),
        (_, "h") => Variant::Fd(Fd::from(file.as_fd()).try_to_owned().unwrap()),
        other => panic!("no value for {other:?}"),
    }
}

fn dictionary(entries: Vec<(String, Variant<'static>)>) -> Variant<'static> {
    entries.into_iter().collect::<std::collections::HashMap<_, _>>().into()
}

/// Calls a method with fitting arguments but one.
async fn call_with(
    service: &TestService,
    interface: &str,
    method: &Member,
    odd: &str,
    value: Variant<'static>,
) -> Result<Message, Refusal> {
    let (object, machine) = (object(service, interface).await, service.path("test").await);
    call_at(&service.connection, (&object, machine.as_str()), interface, method, (odd, value)).await
}

/// The same on an object, with the path of a machine for arguments that want one.
async fn call_at(
    connection: &Connection,
    (object, machine): (&str, &str),
    interface: &str,
    method: &Member,
    (odd, value): (&str, Variant<'static>),
) -> Result<Message, Refusal> {
    let file = tempfile::tempfile().unwrap();
    let mut body = StructureBuilder::new();
    for argument in method.inputs() {
        let value = if argument.name == odd { value.try_clone().unwrap() } else { fitting(argument, machine, &file) };
        body = body.append_field(value);
    }
    call(connection, object, interface, &method.name, &body.build().unwrap()).await
}

/// The option keys that a text documents for an argument, with their signatures.
fn keys(method: &Member, argument: &str) -> Vec<(String, String)> {
    let Some((_, text)) = method.text.split_once(&format!("@{argument}: ")) else { return Vec::new() };
    let text = text.split("\n@").next().unwrap();
    let documented = text.split('`').collect::<Vec<_>>();
    let pairs = documented.iter().skip(1).step_by(2).zip(documented.iter().skip(2).step_by(2));
    let signature = |after: &str| {
        Some(after.strip_prefix(" (")?.split([',', ')']).next()?.to_owned())
            .filter(|text| zbus::Signature::try_from(text.as_str()).is_ok_and(|signature| signature != zbus::Signature::Unit))
    };
    pairs.filter_map(|(key, after)| Some(((*key).to_owned(), signature(after.strip_suffix(" (").unwrap_or(after))?))).collect()
}

#[test]
fn every_method_refuses_an_option_it_does_not_know_and_names_it() {
    user::ordinary(|| async {
        let service = TestService::start().await;
        let machine = service.path("test").await;
        let before = properties(&service.connection, machine.as_str(), interface::MACHINE).await;
        let mut methods = 0;
        for interface in interfaces() {
            for method in interface.methods() {
                for argument in method.inputs().filter(|argument| argument.signature == "a{sv}") {
                    let value = dictionary(vec![("typo".to_owned(), true.into())]);
                    let refused = call_with(&service, &interface.name, method, &argument.name, value).await.expect_err(&method.name);
                    assert_eq!(
                        (refused.kind(), refused.text("argument").as_str()),
                        (Some(ErrorKind::InvalidArgument), "typo"),
                        "{}",
                        method.name
                    );
                }
                assert_eq!(method.inputs().last().unwrap().name, "options", "{} ends in options", method.name);
                methods += 1;
            }
        }
        assert!(methods > 30);
        assert_eq!(properties(&service.connection, machine.as_str(), interface::MACHINE).await, before, "nothing has changed");
    });
}

#[test]
fn every_documented_option_is_known_and_refused_with_another_type() {
    user::ordinary(|| async {
        let service = TestService::start().await;
        let mut options = 0;
        for interface in interfaces() {
            for method in interface.methods() {
                for argument in method.inputs().filter(|argument| argument.signature == "a{sv}") {
                    for (key, signature) in keys(method, &argument.name) {
                        // No option is a double.
                        let value = dictionary(vec![(key.clone(), 0.5_f64.into())]);
                        let refused = call_with(&service, &interface.name, method, &argument.name, value).await.expect_err(&key);
                        if method.name == "Batch" && key == "autostart" {
                            continue; // Only known to its own operation.
                        }
                        assert_eq!(refused.text("argument"), key, "{}: {refused:?}", method.name);
                        assert_eq!(refused.text("reason"), "wrong type", "{}: {key} ({signature})", method.name);
                        options += 1;
                    }
                }
            }
        }
        assert!(options >= 25, "only {options} documented options");
    });
}

#[test]
fn hostile_text_is_refused_in_every_text_and_never_echoed() {
    user::ordinary(|| async {
        let service = TestService::start().await;
        let machine = service.path("test").await;
        let before = properties(&service.connection, machine.as_str(), interface::MACHINE).await;
        for interface in interfaces() {
            for method in interface.methods() {
                for argument in method.inputs().filter(|argument| argument.signature == "s" || argument.signature == "a{sv}") {
                    for text in HOSTILE {
                        let text = format!("{text}{CANARY}");
                        for value in hostile_values(method, argument, &text) {
                            match call_with(&service, &interface.name, method, &argument.name, value).await {
                                Err(refused) => check_echo(&method.name, &refused),
                                // Notes may have several lines.
                                Ok(_) if text.starts_with("a\nb") && method.name == "SetMetadata" => {}
                                // A group or tag that no machine has.
                                Ok(_) if method.name == "Batch" => {}
                                Ok(_) => panic!("{} took {text:?} for {}", method.name, argument.name),
                            }
                        }
                    }
                }
            }
        }
        let mut after = properties(&service.connection, machine.as_str(), interface::MACHINE).await;
        after.insert("Description".to_owned(), before["Description"].try_clone().unwrap());
        assert_eq!(after, before, "nothing but the notes has changed");
        let log = service.log();
        assert!(!log.chars().any(|character| character.is_control() && character != '\n'), "the log has no control characters");
    });
}

/// The text as the argument, as a key, and as the value of every documented text option.
fn hostile_values(method: &Member, argument: &Argument, text: &str) -> Vec<Variant<'static>> {
    if argument.signature == "s" {
        return vec![text.to_owned().into()];
    }
    let mut values = vec![dictionary(vec![(text.to_owned(), true.into())])];
    for (key, signature) in keys(method, &argument.name) {
        match signature.as_str() {
            "s" => values.push(dictionary(vec![(key, text.to_owned().into())])),
            "as" => values.push(dictionary(vec![(key, vec![text.to_owned()].into())])),
            "a(ss)" => values.push(dictionary(vec![(key, vec![(text.to_owned(), String::new())].into())])),
            _ => {}
        }
    }
    values
}

/// An error is of the closed list and has nothing of the caller's in it.
fn check_echo(method: &str, refused: &Refusal) {
    let kind = refused.kind().unwrap_or_else(|| panic!("{method}: {} is not of the closed list", refused.name));
    let facts = format!("{:?}", refused.facts);
    assert!(!refused.message.contains(CANARY) && !facts.contains(CANARY), "{method} echoes: {refused:?}");
    assert!(!refused.message.chars().any(is_hostile), "{method}: {:?}", refused.message);
    let needed: &[&str] = match kind {
        ErrorKind::InvalidArgument => &["argument", "reason"],
        ErrorKind::NotFound => &[],
        ErrorKind::InvalidState => &["state", "operation"],
        ErrorKind::Unsafe => &["reasons"],
        _ => panic!("{method}: unexpected {refused:?}"),
    };
    assert!(needed.iter().all(|fact| refused.facts.contains_key(*fact)), "{method}: {refused:?}");
}

fn is_hostile(character: char) -> bool {
    character.is_control() || matches!(character, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Where devices of the host change hands the computer itself is at stake: nothing is written for a call that is not understood.
#[test]
fn devices_of_the_host_refuse_unknown_options_other_types_and_hostile_text_and_nothing_is_written() {
    user::ordinary(|| async {
        let (host, state) = (Captured::named("intel-desktop"), tempfile::tempdir().unwrap());
        let kernel = FakeKernel::of(&host);
        let service = Simulated::on(Bus::start(), kernel.root(&host), &machine_with(&[]), &state.path().join("s"), None).await;
        let (card, machine) = (path::host_device(CARD), machine_path());
        let mut refusals = 0;
        let of_machine = [interface::DEVICE, interface::HAND_OVER].map(|name| (name, machine.as_str()));
        let of_host = [(interface::PASSTHROUGH, card.as_str()), (interface::HOST_MEDIATED, path::HOST)];
        for (interface, object) in of_host.into_iter().chain(of_machine) {
            let described = parse(&project::read(&format!("dbus/interfaces/{interface}.xml"))).remove(0);
            for method in described.methods() {
                for argument in method.inputs().filter(|argument| ["a{sv}", "s"].contains(&argument.signature.as_str())) {
                    let texts = HOSTILE.iter().map(|text| format!("{text}{CANARY}"));
                    let mut values: Vec<_> = texts.flat_map(|text| hostile_values(method, argument, &text)).collect();
                    if argument.signature == "s" {
                        for value in values {
                            let odd = (argument.name.as_str(), value);
                            let answer = call_at(&service.connection, (object, machine.as_str()), interface, method, odd).await;
                            check_echo(&method.name, &answer.expect_err(&method.name));
                        }
                        continue;
                    }
                    values.push(dictionary(vec![("typo".to_owned(), true.into())]));
                    // No option is a double.
                    values.extend(keys(method, &argument.name).into_iter().map(|(key, _)| dictionary(vec![(key, 0.5_f64.into())])));
                    for value in values {
                        let odd = (argument.name.as_str(), value);
                        let answer = call_at(&service.connection, (object, machine.as_str()), interface, method, odd).await;
                        let refused = answer.expect_err(&method.name);
                        assert_eq!(refused.kind(), Some(ErrorKind::InvalidArgument), "{}: {refused:?}", method.name);
                        check_echo(&method.name, &refused);
                        refusals += 1;
                    }
                }
            }
        }
        assert!(refusals > 100, "only {refusals}");
        assert_eq!(kernel.writes(), []);
    });
}

#[test]
fn arguments_of_another_type_are_refused_before_anything_happens() {
    user::ordinary(|| async {
        let service = TestService::start().await;
        for interface in interfaces() {
            for method in interface.methods() {
                let object = object(&service, &interface.name).await;
                for body in
                    [OwnedVariant::try_from(Variant::from(7_u8)).unwrap(), OwnedVariant::try_from(Variant::from(vec!["x"])).unwrap()]
                {
                    let refused = call(&service.connection, &object, &interface.name, &method.name, &(body)).await.expect_err(&method.name);
                    assert!(refused.name.starts_with("org.freedesktop.DBus.Error.InvalidArgs") || refused.kind().is_some(), "{refused:?}");
                }
                let refused = call(&service.connection, &object, &interface.name, &method.name, &()).await.expect_err(&method.name);
                assert!(refused.name.ends_with("InvalidArgs"), "{}: {refused:?}", method.name);
            }
        }
    });
}

#[test]
fn a_dump_goes_only_to_a_file_that_is_open_for_writing() {
    user::ordinary(|| async {
        use std::fs::File;
        let service = TestService::start().await;
        let machine = service.path("test").await;
        let directory = tempfile::tempdir().unwrap();
        let append = File::options().create(true).append(true).open(directory.path().join("a")).unwrap();
        // Nobody reads from it: a dump into it would never end.
        let pipe = File::from(std::os::fd::OwnedFd::from(std::io::pipe().unwrap().1));
        for file in [File::open("/dev/null").unwrap(), File::open("/").unwrap(), File::open("/etc/passwd").unwrap(), append, pipe] {
            let options = std::collections::HashMap::<String, Variant<'_>>::new();
            let body = (Fd::from(file.as_fd()), options);
            let refused = call(&service.connection, machine.as_str(), interface::MACHINE, "CoreDump", &body).await.unwrap_err();
            assert_eq!((refused.kind(), refused.text("argument").as_str()), (Some(ErrorKind::InvalidArgument), "file"));
        }
    });
}
