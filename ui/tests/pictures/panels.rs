//! Dialogs of the application itself, without what they lie over, and the lists of disks in Devices.

use ui::{
    app::Message,
    command::Command,
    dialog::{self, add_host},
};

use super::{SMALL, Stage, USUAL, dialogs::dark_german, frozen, with};

/// The dialog that a command opens in a small window.
fn opened(mut stage: Stage, command: Command) -> Stage {
    stage.command(command);
    stage
}

fn light(command: Command) -> Stage {
    opened(with(SMALL, |_| {}), command)
}

#[test]
fn what_the_application_is() {
    light(Command::About).dialog_looks_like("about");
}

#[test]
fn the_keys() {
    light(Command::Keys).dialog_looks_like("keys");
}

#[test]
fn the_keys_in_german() {
    opened(with(SMALL, dark_german), Command::Keys).dialog_looks_like("keys-german-dark");
}

/// A command gets a key that another one has.
#[test]
fn a_key_that_is_taken_in_german() {
    let mut stage = opened(with(SMALL, dark_german), Command::Settings);
    stage.click("Tasten");
    for _ in 0..3 {
        stage.key("tab");
    }
    stage.key("enter");
    stage.key("ctrl+k");
    stage.dialog_looks_like("settings-keys-german-dark");
}

#[test]
fn the_jobs() {
    light(Command::Jobs).dialog_looks_like("jobs");
}

#[test]
fn the_hosts() {
    let mut stage = light(Command::Hosts);
    stage.dialog_looks_like("hosts");
}

#[test]
fn a_host_that_is_removed_and_one_that_gets_a_name_in_german() {
    let mut stage = opened(with(SMALL, dark_german), Command::Hosts);
    for _ in 0..6 {
        stage.key("tab");
    }
    stage.key("enter");
    stage.dialog_looks_like("hosts-asking-german-dark");
    stage.key("escape");
    for _ in 0..5 {
        stage.key("tab");
    }
    stage.key("enter");
    stage.type_in("Werkstatt");
    stage.dialog_looks_like("hosts-name-german-dark");
}

/// The desktop that the test runs on may have a dialog for files, or none.
fn has_chooser(stage: &mut Stage) {
    stage.finish();
    stage.update(Message::Dialog(dialog::Message::AddHost(add_host::Message::CanChoose(true))));
}

#[test]
fn a_computer_is_added() {
    let mut stage = light(Command::AddHost);
    stage.type_in("lab-server");
    has_chooser(&mut stage);
    stage.dialog_looks_like("add-host");
}

#[test]
fn a_computer_with_a_wrong_port_in_german() {
    let mut stage = opened(with(SMALL, dark_german), Command::AddHost);
    stage.type_in("lab-server");
    for text in ["me", "70000"] {
        stage.key("tab");
        stage.type_in(text);
    }
    has_chooser(&mut stage);
    stage.dialog_looks_like("add-host-german-dark");
}

/// Deletes a machine that is off, then opens the list of those that can come back.
fn deleted(mut stage: Stage) -> Stage {
    stage.click("freebsd-zfs");
    stage.key("delete");
    stage.wait("the plan", |stage| stage.find("freebsd-zfs.qcow2").is_some());
    stage.type_in("freebsd-zfs");
    stage.key("ctrl+enter");
    stage.finish();
    stage.command(Command::DeletedMachines);
    stage.finish();
    stage
}

#[test]
fn deleted_machines() {
    deleted(frozen()).dialog_looks_like("deleted");
}

#[test]
fn a_deleted_machine_that_goes_for_good_in_german() {
    let mut stage = deleted(with(USUAL, dark_german));
    stage.key("tab");
    stage.key("tab");
    stage.key("enter");
    stage.dialog_looks_like("deleted-asking-german-dark");
}

#[test]
fn nvme_namespaces_of_a_host() {
    let mut stage = frozen();
    stage.key("alt+4");
    stage.click("NVMe 2");
    stage.looks_like("devices-nvme");
}

#[test]
fn scsi_devices_of_a_host_in_german() {
    let mut stage = with(USUAL, dark_german);
    stage.key("alt+4");
    stage.click("SCSI 4");
    stage.click("SEAGATE ST12000NM0027");
    stage.looks_like("devices-scsi-german-dark");
}
