//! The ways in which a client reaches a host, and what it says when it does not.
#![allow(clippy::panic, clippy::unwrap_used, clippy::expect_used)]

use std::{
    ffi::{OsStr, OsString},
    path::{Path, PathBuf},
};

use client::{Operation, Problem, State, host::Address};
use kvm_manager_tests::{
    TestService,
    again::{self, script},
    bus::{Bus, short_directory},
    project, user,
    watched::Watched,
    within,
};
use rustix::{
    event::{PollFd, PollFlags, poll},
    process::{Pid, PidfdFlags, Signal, kill_process, pidfd_open},
};

const BRIDGE: &str = "systemd-stdio-bridge";

fn ssh(host: &str) -> Address {
    Address::Ssh { user: "me".to_owned(), host: host.to_owned(), port: 2222, key_file: PathBuf::new() }
}

/// A search path that begins with a directory.
fn path_with(directory: &Path) -> OsString {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::join_paths(std::iter::once(directory.to_owned()).chain(std::env::split_paths(&path))).unwrap()
}

/// Waits for the end of a process that somebody else started.
async fn ended(process: Pid) {
    // One that is gone already cannot be opened.
    let Ok(descriptor) = pidfd_open(process, PidfdFlags::empty()) else { return };
    let wait = tokio::task::spawn_blocking(move || while poll(&mut [PollFd::new(&descriptor, PollFlags::IN)], None).is_err() {});
    within("the end of a process", wait).await.unwrap();
}

fn pid(file: &Path) -> Pid {
    Pid::from_raw(std::fs::read_to_string(file).unwrap().trim().parse().unwrap()).unwrap()
}

#[test]
fn a_bus_that_is_not_there_is_told_apart_from_a_service_that_is_not_installed() {
    user::ordinary(|| async {
        let nowhere = Address::Bus { address: "unix:path=/nonexistent/bus".to_owned() };
        let (problem, seconds) = Watched::at(nowhere).lost().await;
        assert!(matches!(problem, Problem::NoBus(_)), "{problem:?}");
        assert_eq!(seconds, 1);
        let bus = Bus::start();
        assert_eq!(Watched::on(&bus).lost().await.0, Problem::NotInstalled);
    });
}

#[test]
fn a_service_that_does_not_start_says_so() {
    user::ordinary(|| async {
        let bus = Bus::with("<servicedir>@directory@</servicedir>");
        let file = bus.directory().join("org.kvmmanager.Manager1.service");
        std::fs::write(&file, "[D-BUS Service]\nName=org.kvmmanager.Manager1\nExec=/bin/false\n").unwrap();
        let (problem, _) = Watched::on(&bus).lost().await;
        assert!(matches!(&problem, Problem::NotRunning(message) if !message.is_empty()), "{problem:?}");
    });
}

#[test]
fn an_installed_service_is_started_by_the_bus() {
    user::ordinary(|| async {
        let bus = Bus::with("<servicedir>@directory@</servicedir>");
        let (binary, directory) = (project::service_binary(), bus.directory());
        let start = directory.join("start");
        let state = directory.join("state");
        let line = format!(
            "XDG_CONFIG_HOME={} exec {} --session --bus '{}' --uri test:///default --state-dir {}",
            state.display(),
            binary.display(),
            bus.address(),
            state.display()
        );
        script(&start, &line);
        let text = format!("[D-BUS Service]\nName=org.kvmmanager.Manager1\nExec={}\n", start.display());
        std::fs::write(directory.join("org.kvmmanager.Manager1.service"), text).unwrap();
        let mut watched = Watched::on(&bus);
        watched.complete().await;
        assert_eq!(watched.named("test"), watched.machines.values().next().unwrap().id);
    });
}

#[test]
fn a_bus_that_forbids_the_service_is_told() {
    user::ordinary(|| async {
        let deny = "<policy context='mandatory'><deny send_destination='org.kvmmanager.Manager1' \
                    send_interface='org.freedesktop.DBus.Properties'/></policy>";
        let bus = Bus::with(deny);
        let connection = bus.connect().await;
        connection.request_name(dbus::BUS_NAME).await.unwrap();
        let (problem, _) = Watched::on(&bus).lost().await;
        assert!(matches!(problem, Problem::NotAllowed(_)), "{problem:?}");
    });
}

#[test]
fn another_computer_is_reached_through_ssh() {
    user::ordinary(|| async {
        if let Some(directory) = again::is_second_run() {
            let mut watched = Watched::at(ssh("lab.example.org"));
            let client = watched.complete().await;
            let test = watched.named("test");
            client.operate(test, Operation::Pause).await.unwrap();
            watched.machine(|machine| machine.state == State::Paused).await;
            let refused = client.screenshot(test, 100, client::Prompt::Never).await.unwrap_err();
            assert_eq!(refused.kind(), Some(client::ErrorKind::NotSupported), "{refused:?}");
            let arguments = std::fs::read_to_string(directory.join("arguments")).unwrap();
            assert!(arguments.trim().ends_with(&format!("-l me -p 2222 -- lab.example.org {BRIDGE}")), "{arguments}");
            assert!(arguments.contains("BatchMode=yes"), "{arguments}");
            let bridge = pid(&directory.join("pid"));
            drop(watched);
            ended(bridge).await;
            return;
        }
        let service = TestService::start().await;
        let directory = short_directory();
        let place = directory.path().display();
        let bridge = format!("echo \"$@\" >{place}/arguments; echo $$ >{place}/pid; exec {BRIDGE} -p '{}'", service.bus.address());
        script(&directory.path().join("ssh"), &bridge);
        let path = path_with(directory.path());
        again::run("another_computer_is_reached_through_ssh", directory.path(), &[("PATH", &path)]).await;
    });
}

#[test]
fn ssh_that_ends_is_lost_and_made_anew() {
    user::ordinary(|| async {
        if let Some(directory) = again::is_second_run() {
            let mut watched = Watched::at(ssh("lab"));
            watched.complete().await;
            kill_process(pid(&directory.join("pid")), Signal::KILL).unwrap();
            let (problem, _) = watched.lost().await;
            assert!(matches!(problem, Problem::Ended(_)), "{problem:?}");
            watched.complete().await;
            return;
        }
        let service = TestService::start().await;
        let directory = short_directory();
        let bridge = format!("echo $$ >{}/pid; exec {BRIDGE} -p '{}'", directory.path().display(), service.bus.address());
        script(&directory.path().join("ssh"), &bridge);
        let path = path_with(directory.path());
        again::run("ssh_that_ends_is_lost_and_made_anew", directory.path(), &[("PATH", &path)]).await;
    });
}

#[test]
fn what_ssh_said_last_is_told() {
    user::ordinary(|| async {
        if again::is_second_run().is_some() {
            let (problem, _) = Watched::at(ssh("lab")).lost().await;
            assert_eq!(problem, Problem::Ssh("me@lab: Permission denied (publickey).".to_owned()));
            return;
        }
        let directory = short_directory();
        script(&directory.path().join("ssh"), "echo Warning: first >&2; echo 'me@lab: Permission denied (publickey).' >&2; exit 255");
        let path = path_with(directory.path());
        again::run("what_ssh_said_last_is_told", directory.path(), &[("PATH", &path)]).await;
    });
}

#[test]
fn a_host_that_ssh_could_take_for_an_option_is_refused_before_ssh_is_started() {
    user::ordinary(|| async {
        if let Some(directory) = again::is_second_run() {
            for host in ["-oProxyCommand=touch x", "-F/dev/null", "a b", "a\n"] {
                let (problem, _) = Watched::at(ssh(host)).lost().await;
                assert!(matches!(problem, Problem::Other(_)), "{problem:?}");
                let address = client::Host::new("x", "", ssh(host));
                assert!(client::test_connection(address).await.is_err());
            }
            assert!(!directory.join("started").exists());
            return;
        }
        let directory = short_directory();
        script(&directory.path().join("ssh"), &format!("touch {}/started", directory.path().display()));
        let path = path_with(directory.path());
        let name = "a_host_that_ssh_could_take_for_an_option_is_refused_before_ssh_is_started";
        again::run(name, directory.path(), &[("PATH", &path)]).await;
    });
}

/// Runs a test again with a service program that notes its number.
async fn with_own_service(test: &str) {
    let directory = short_directory();
    let program = directory.path().join("service");
    let binary = project::service_binary();
    script(&program, &format!("echo $$ >{}/pid; exec {} \"$@\"", directory.path().display(), binary.display()));
    let environment: [(&str, &OsStr); 2] = [("KVM_MANAGERD", program.as_os_str()), ("XDG_STATE_HOME", directory.path().as_os_str())];
    again::run(test, directory.path(), &environment).await;
}

fn libvirt() -> Address {
    Address::Libvirt { uri: "test:///default".to_owned() }
}

#[test]
fn a_libvirt_without_the_service_gets_one_that_ends_with_the_stream() {
    user::ordinary(|| async {
        let Some(directory) = again::is_second_run() else {
            return with_own_service("a_libvirt_without_the_service_gets_one_that_ends_with_the_stream").await;
        };
        let mut watched = Watched::at(libvirt());
        let client = watched.complete().await;
        let test = watched.named("test");
        client.operate(test, Operation::Pause).await.unwrap();
        watched.machine(|machine| machine.state == State::Paused).await;
        watched.wanted.send_modify(|wanted| wanted.interval = 250);
        watched.until(|event| matches!(event, client::Event::Sampled(_)).then_some(())).await;
        let service = pid(&directory.join("pid"));
        // The handle for calls does not keep it.
        drop(watched);
        ended(service).await;
        assert!(client.operate(test, Operation::Resume).await.is_err());
        let host = client::Host::new("x", "", libvirt());
        assert_eq!(client::test_connection(host).await.unwrap().uri, "test:///default");
        ended(pid(&directory.join("pid"))).await;
    });
}

#[test]
fn a_service_of_ones_own_that_is_killed_is_started_again() {
    user::ordinary(|| async {
        let Some(directory) = again::is_second_run() else {
            return with_own_service("a_service_of_ones_own_that_is_killed_is_started_again").await;
        };
        let mut watched = Watched::at(libvirt());
        watched.complete().await;
        kill_process(pid(&directory.join("pid")), Signal::KILL).unwrap();
        assert!(matches!(watched.lost().await, (Problem::Ended(_), 1)));
        watched.complete().await;
    });
}

#[test]
fn a_service_of_ones_own_may_take_long_to_start_and_is_started_once() {
    user::ordinary(|| async {
        if let Some(directory) = again::is_second_run() {
            let mut watched = Watched::at(libvirt());
            let first = |event| match event {
                client::Event::Connected(..) => Some(None),
                client::Event::Lost(problem, _) => Some(Some(problem)),
                _ => None,
            };
            assert_eq!(watched.until(first).await, None);
            assert_eq!(std::fs::read_to_string(directory.join("started")).unwrap(), "started\n");
            return;
        }
        let directory = short_directory();
        let program = directory.path().join("service");
        // Longer than any other answer may take: what is promised is that nobody gives up before.
        let slow =
            format!("echo started >>{}/started; sleep 11; exec {} \"$@\"", directory.path().display(), project::service_binary().display());
        script(&program, &slow);
        let environment: [(&str, &OsStr); 2] = [("KVM_MANAGERD", program.as_os_str()), ("XDG_STATE_HOME", directory.path().as_os_str())];
        again::run("a_service_of_ones_own_may_take_long_to_start_and_is_started_once", directory.path(), &environment).await;
    });
}

#[test]
fn a_service_of_ones_own_that_does_not_start_says_why() {
    user::ordinary(|| async {
        if again::is_second_run().is_some() {
            assert_eq!(Watched::at(libvirt()).lost().await.0, Problem::NotRunning("it hurts".to_owned()));
            return;
        }
        let directory = short_directory();
        let program = directory.path().join("service");
        script(&program, "echo it hurts >&2; exit 1");
        let test = "a_service_of_ones_own_that_does_not_start_says_why";
        again::run(test, directory.path(), &[("KVM_MANAGERD", program.as_os_str())]).await;
    });
}
