//! Peer to peer over an inherited socket: no bus, no name, no polkit, and never as root.
#![allow(clippy::panic, clippy::unwrap_used, clippy::expect_used)]
#![allow(clippy::disallowed_methods, reason = "the service is started by hand")]

use std::{
    os::{fd::OwnedFd, unix::net::UnixStream},
    process::{Command, Stdio},
    time::Duration,
};

use dbus::{ErrorKind, Options, interface, path, stats::StatsProxy};
use kvm_manager_tests::{
    bus::short_directory,
    child::Child,
    client::{Signals, call},
    project,
    service::{common, machine, manager},
    user, within,
};
use tempfile::TempDir;
use zbus::{Connection, Message, connection::Builder};

/// A service whose only client is this test; its end of the socket is its standard input.
async fn peer() -> (Child, Connection, TempDir) {
    let directory = short_directory();
    let (ours, theirs) = UnixStream::pair().unwrap();
    let mut command = Command::new(project::service_binary());
    command.args(["--peer", "0", "--uri", "test:///default"]);
    common(&mut command, directory.path());
    let child = Child::start(command.stdin(Stdio::from(OwnedFd::from(theirs))));
    drop(command);
    ours.set_nonblocking(true).unwrap();
    let client = within("the handshake", Builder::unix_stream(ours).p2p().build()).await.unwrap();
    within("the service", answers(&client)).await;
    (child, client, directory)
}

/// A peer has no name whose owner could be waited for: it answers when it is ready.
async fn answers(client: &Connection) {
    let manager = manager(client).await;
    let none = Options::default();
    loop {
        if let Ok(Ok(_)) = tokio::time::timeout(Duration::from_millis(200), manager.list_machines(&none)).await {
            return;
        }
    }
}

#[test]
fn a_peer_lists_and_controls_machines_and_gets_their_signals() {
    user::ordinary(|| async {
        let (_child, client, _directory) = peer().await;
        let list = manager(&client).await.list_machines(&Options::default()).await.unwrap();
        assert_eq!(list[0].name, "test");
        let mut changes = Signals::changes(&client).await;
        machine(&client, &list[0].path).await.pause(&Options::default()).await.unwrap();
        changes.until(list[0].path.as_str(), "State", 2_u32).await;
        let mut samples = Signals::named(&client, "Sampled").await;
        StatsProxy::new(&client).await.unwrap().subscribe(250, &[], &Options::default()).await.unwrap();
        samples.next().await;
    });
}

#[test]
fn the_service_ends_well_with_its_peer() {
    user::ordinary(|| async {
        let (mut child, client, _directory) = peer().await;
        call(&client, path::ROOT, "org.freedesktop.DBus.Peer", "Ping", &()).await.unwrap();
        client.close().await.unwrap();
        assert_eq!(child.ended().await.code(), Some(0));
    });
}

#[test]
fn a_peer_that_claims_to_be_somebody_is_refused() {
    user::ordinary(|| async {
        let (_child, client, _directory) = peer().await;
        call(&client, path::ROOT, "org.freedesktop.DBus.Peer", "Ping", &()).await.unwrap();
        let mut replies = zbus::MessageStream::from(&client);
        let body = std::collections::HashMap::<String, zbus::Variant<'_>>::new();
        let message = Message::method_call(path::ROOT, "ListMachines").interface(interface::MANAGER).sender(":1.1").build(&body);
        let message = message.unwrap();
        client.send(&message).await.unwrap();
        let serial = message.primary_header().serial_num();
        loop {
            let reply = within("a reply", futures_util::StreamExt::next(&mut replies)).await.unwrap().unwrap();
            if reply.header().reply_serial() == Some(serial) {
                assert_eq!(reply.header().error_name().unwrap().as_str(), ErrorKind::NotAuthorized.name());
                return;
            }
        }
    });
}

#[test]
fn garbage_on_the_socket_ends_the_service_and_nothing_else() {
    user::ordinary(|| async {
        use std::io::Write;
        let directory = short_directory();
        let (mut ours, theirs) = UnixStream::pair().unwrap();
        let mut command = Command::new(project::service_binary());
        command.args(["--peer", "0", "--uri", "test:///default"]);
        common(&mut command, directory.path());
        let mut child = Child::start(command.stdin(Stdio::from(OwnedFd::from(theirs))));
        drop(command);
        ours.write_all(b"\0GET / HTTP/1.1\r\n\r\n").unwrap();
        drop(ours);
        assert!(child.ended().await.code().is_some(), "it ends by itself and not by a signal");
        let log = std::fs::read_to_string(directory.path().join("service.log")).unwrap();
        assert!(!log.contains("panicked"), "{log}");
    });
}

#[test]
fn root_never_serves_a_peer_or_a_session() {
    user::root(|| async {
        for arguments in [["--peer", "0"].as_slice(), &["--session"]] {
            let (_ours, theirs) = UnixStream::pair().unwrap();
            let mut command = Command::new(project::service_binary());
            command.args(arguments).args(["--uri", "test:///default"]).stdin(Stdio::from(OwnedFd::from(theirs)));
            let output = command.env("RUST_BACKTRACE", "0").output().unwrap();
            assert!(!output.status.success());
            assert!(String::from_utf8_lossy(&output.stderr).contains("root never runs without polkit"));
        }
    });
}
