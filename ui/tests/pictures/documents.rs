//! The pictures of the README and of docs/ are what the window draws now. `make screenshots` makes them anew.

use std::{fs, path::Path};

use super::{LARGE, dark, frozen, parts::network_card, with};

#[test]
fn the_list_with_a_machine_that_runs() {
    with(LARGE, |_| {}).is_in_documents("main");
}

#[test]
fn the_list_in_the_dark() {
    with(LARGE, dark).is_in_documents("main-dark");
}

#[test]
fn the_palette() {
    let mut stage = with(LARGE, dark);
    stage.key("ctrl+k");
    stage.type_in("k3s");
    stage.is_in_documents("palette");
}

#[test]
fn a_machines_own_window() {
    let mut stage = frozen();
    stage.key("enter");
    stage.is_in_documents("machine");
}

#[test]
fn devices_of_a_host() {
    let mut stage = with(LARGE, dark);
    stage.key("alt+4");
    stage.is_in_documents("devices");
}

#[test]
fn devices_of_a_machine() {
    let mut stage = frozen();
    stage.click("win11-gaming");
    stage.key("enter");
    stage.key("ctrl+3");
    stage.is_in_documents("machine-devices");
}

#[test]
fn a_virtual_function_as_a_network_card() {
    let words = ["freebsd", "Network card of the machine", "An address that libvirt chooses and keeps"];
    let mut stage = network_card(frozen(), words);
    stage.click("libvirt chooses one");
    stage.type_in("52:54:00:ab:00:01");
    stage.key("tab");
    stage.type_in("20");
    stage.wait("the plan", |stage| stage.find("52:54:00:ab:00:01, VLAN 20").is_some());
    stage.is_in_documents("network-card");
}

#[test]
fn usb_devices_and_what_is_known_of_one() {
    let mut stage = with(LARGE, |_| {});
    stage.key("alt+4");
    stage.click("USB 8");
    stage.click("Microsoft Xbox Controller");
    stage.is_in_documents("usb");
}

#[test]
fn settings_of_a_virtual_function() {
    let mut stage = frozen();
    stage.key("alt+4");
    stage.key("ctrl+f");
    stage.type_in("virtual");
    stage.click("03:02.1");
    stage.key("menu");
    for key in ["down", "down", "down", "down", "enter"] {
        stage.key(key);
    }
    stage.wait("the dialog", |stage| stage.find("Virtual function 1 of 03:00.0").is_some());
    stage.is_in_documents("function");
}

#[test]
fn a_keyboard_with_its_keys() {
    let mut stage = with(LARGE, |_| {});
    stage.key("alt+4");
    stage.click("Inputs 2");
    stage.key("ctrl+enter");
    stage.type_in("fedora");
    stage.key("down");
    stage.wait("the plan", |stage| stage.find("Handed over by Both Ctrl, and back by the same keys").is_some());
    assert!(stage.find("To undo, choose “Detach”.").is_some(), "the end of the plan is in sight, too");
    stage.is_in_documents("input");
}

#[test]
fn looking_glass_for_a_machine() {
    let mut stage = frozen();
    stage.click("win11-gaming");
    stage.key("enter");
    stage.key("ctrl+3");
    stage.click("Screen and plan…");
    stage.wait("the plan", |stage| stage.find("Then start the client on the host").is_some());
    stage.is_in_documents("looking-glass");
}

#[test]
fn memory_of_a_host() {
    let mut stage = with(LARGE, |_| {});
    stage.key("alt+5");
    stage.wait("the pages", |stage| stage.find("Machines using hugepages").is_some());
    stage.is_in_documents("hugepages");
}

#[test]
fn every_picture_of_the_documents_is_compared_here_and_shown_in_one_of_them() {
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let files = |directory: &str, kind: &str| -> Vec<std::path::PathBuf> {
        let all = fs::read_dir(project.join(directory)).unwrap().map(|entry| entry.unwrap().path());
        all.filter(|path| path.extension().is_some_and(|extension| extension == kind)).collect()
    };
    let texts: String = files(".", "md").into_iter().chain(files("docs", "md")).map(|path| fs::read_to_string(path).unwrap()).collect();
    let pictures = files("docs/pictures", "png");
    assert!(!pictures.is_empty());
    for picture in pictures {
        let name = picture.file_stem().unwrap().to_str().unwrap();
        assert!(texts.contains(&format!("pictures/{name}.png)")), "{name} is in no document");
        assert!(include_str!("documents.rs").contains(&format!("is_in_documents(\"{name}\")")), "{name} is not compared");
    }
}
