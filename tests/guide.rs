//! `docs/dbus-api.md` is right: its examples run, and its tables are those of the code.
#![allow(clippy::panic, clippy::unwrap_used, clippy::expect_used)]
#![allow(clippy::disallowed_methods, reason = "runs the examples")]

use std::process::Command;

use dbus::{ErrorKind, machine::State};
use kvm_manager_tests::{TestService, libvirtd::Libvirtd, project, user};

fn guide() -> String {
    project::read("docs/dbus-api.md")
}

/// The examples in blocks of this kind, one after the other.
fn examples(kind: &str) -> String {
    let guide = guide();
    let blocks = guide.split("\n```").skip(1).step_by(2);
    blocks.filter_map(|block| block.strip_prefix(kind)?.strip_prefix('\n')).collect::<Vec<_>>().join("\n")
}

/// Runs a script with `busctl` on the service's bus; every line must succeed.
async fn run(service: &TestService, script: &str) {
    let script = format!("set -eu\nbusctl() {{ command busctl --address={} \"$@\"; }}\n{script}", service.bus.address());
    let output = tokio::task::spawn_blocking({
        let user = user::current();
        move || {
            assert_eq!(user::current(), user, "threads of the runtime have the rights of the test");
            Command::new("sh").args(["-xc", &script]).output().unwrap()
        }
    });
    let output = output.await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn has_busctl() -> bool {
    let is_there = Command::new("busctl").arg("--version").output().is_ok();
    if !is_there {
        eprintln!("SKIPPED: busctl is not installed");
    }
    is_there
}

#[test]
fn every_example_of_the_guide_runs() {
    if !has_busctl() {
        return;
    }
    user::ordinary(|| async {
        let script = examples("sh");
        assert!(script.matches("busctl call").count() > 20);
        run(&TestService::start().await, &script).await;
    });
}

#[test]
fn every_example_for_qemu_runs_on_qemu() {
    if !has_busctl() {
        return;
    }
    user::ordinary(|| async {
        let Some(libvirtd) = Libvirtd::start().await else { return };
        let service = libvirtd.service_with_screen("a").await;
        let all = examples("sh");
        let variables =
            all.lines().filter(|line| ["S=", "R=", "I=", "M="].iter().any(|name| line.starts_with(name))).collect::<Vec<_>>().join("\n");
        run(&service, &format!("{variables}\n{}", examples("sh qemu"))).await;
    });
}

#[test]
fn the_guide_lists_exactly_the_errors_and_states_there_are() {
    let guide = guide();
    let (_, table) = guide.split_once("| word | means | facts |").unwrap();
    let listed: Vec<&str> = table.lines().skip(2).map_while(|line| line.strip_prefix("| `")?.split('`').next()).collect();
    let kinds: Vec<&str> = ErrorKind::ALL.iter().map(|kind| kind.name().rsplit('.').next().unwrap()).collect();
    assert_eq!(listed, kinds);
    let (_, table) = guide.split_once("| `State` | |").unwrap();
    let states = table.lines().skip(2).take_while(|line| line.starts_with("| ")).count();
    assert_eq!(State::from(u32::try_from(states).unwrap()), State::Suspended);
    assert_eq!(State::from(u32::try_from(states + 1).unwrap()), State::Unknown);
}
