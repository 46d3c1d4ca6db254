use std::{fs, time::Duration};

use tokio::sync::{mpsc, watch};

use super::*;

async fn within<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(30), future).await.unwrap()
}

fn demo(id: &str) -> Host {
    Host { auto_connect: true, ..Host::new(id, "", Address::Demo) }
}

#[tokio::test]
async fn a_host_that_is_added_changed_or_removed_is_told_and_what_is_not_watched_is_not() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("kvm-manager/hosts.toml");
    let mut changes = std::pin::pin!(changes_of(file.clone()).unwrap());
    let mut hosts = Hosts::load(&file).0;
    // Neither another file, nor a host that nobody connects to by itself.
    fs::write(file.with_file_name("settings.toml"), "").unwrap();
    hosts.all.push(Host::new("later", "", Address::Demo));
    hosts.save().unwrap();
    hosts.all.push(demo("lab"));
    hosts.save().unwrap();
    assert_eq!(within(changes.next()).await, Some(vec![Host::system(), demo("lab")]));
    hosts.all[3].name = "Lab".to_owned();
    hosts.save().unwrap();
    assert_eq!(within(changes.next()).await.unwrap()[1].name, "Lab");
    fs::remove_file(&file).unwrap();
    assert_eq!(within(changes.next()).await, Some(vec![Host::system()]));
}

#[tokio::test]
async fn a_file_that_cannot_be_read_leaves_this_computer() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("hosts.toml");
    let mut hosts = Hosts::load(&file).0;
    hosts.all.push(demo("lab"));
    hosts.save().unwrap();
    let mut changes = std::pin::pin!(changes_of(file.clone()).unwrap());
    fs::write(&file, "[").unwrap();
    assert_eq!(within(changes.next()).await, Some(vec![Host::system()]));
}

#[tokio::test]
async fn a_connection_ends_with_its_host_and_one_to_a_new_address_is_another() {
    let (inputs, mut happened) = mpsc::unbounded_channel();
    let (_wanted, is_wanted) = watch::channel(Wanted::default());
    let mut connections = Connections::new(is_wanted, inputs);
    let numbers = connections.set(&[demo("a"), demo("b")]);
    assert_ne!(numbers[0], numbers[1]);
    within(async { while !matches!(happened.recv().await, Some(Input::Host(number, _)) if number == numbers[1]) {} }).await;
    // Order and name do not matter.
    let named = Host { name: "B".to_owned(), ..demo("b") };
    assert_eq!(connections.set(&[named, demo("a")]), [numbers[1], numbers[0]]);
    let moved = Host { address: Address::Bus { address: "unix:path=/nonexistent".to_owned() }, ..demo("b") };
    let after = connections.set(&[demo("a"), moved]);
    assert_eq!(after[0], numbers[0]);
    assert!(!numbers.contains(&after[1]));
    connections.set(&[]);
    drop(connections);
    // All that sends is gone.
    within(async { while happened.recv().await.is_some() {} }).await;
}
