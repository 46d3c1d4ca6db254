//! Parts of cards and networks of virtual functions.

use super::{LARGE, SMALL, Stage, USUAL, dark, frozen, german, with};

#[test]
fn parts_of_a_card_in_the_dark() {
    let mut stage = with(LARGE, dark);
    stage.key("alt+4");
    stage.click("Mediated 4");
    stage.click("c4a9e3d7");
    stage.looks_like("devices-parts-dark");
}

#[test]
fn making_a_part() {
    let mut stage = frozen();
    stage.key("alt+4");
    stage.click("Mediated 4");
    stage.key("ctrl+enter");
    stage.wait("the plan", |stage| stage.find("Have it made at each start of the computer").is_some());
    stage.looks_like("divide");
}

#[test]
fn making_a_part_in_a_small_window_in_german() {
    let mut stage = with(SMALL, german);
    stage.key("alt+4");
    stage.click("Geteilte 4");
    stage.key("ctrl+enter");
    stage.wait("the plan", |stage| stage.find("Bei jedem Start des Rechners machen lassen").is_some());
    stage.looks_like("divide-small-german");
}

#[test]
fn deleting_a_part_in_german() {
    let mut stage = with(USUAL, |settings| {
        dark(settings);
        german(settings);
    });
    stage.key("alt+4");
    stage.click("Geteilte 4");
    stage.click("2d7f2a0c");
    stage.click("Löschen…");
    stage.wait("the plan", |stage| stage.find("Der Treiber nimmt das Teil zurück").is_some());
    stage.looks_like("remove-german-dark");
}

#[test]
fn the_network_of_a_cards_functions() {
    let mut stage = frozen();
    stage.key("alt+4");
    stage.key("ctrl+f");
    stage.type_in("x710");
    stage.click("Intel Ethernet Controller X710 for 10GbE SFP+");
    stage.click("Networks of them…");
    stage.wait("the list", |stage| stage.find("x710-functions").is_some());
    stage.looks_like("networks");
}

/// The machines with cards in it, and the plan of another one, in German.
#[test]
fn the_machines_of_a_network_of_functions() {
    let mut stage = with(USUAL, german);
    stage.key("alt+4");
    stage.key("ctrl+f");
    stage.type_in("x710");
    stage.click("Intel Ethernet Controller X710 for 10GbE SFP+");
    stage.click("Netzwerke daraus…");
    stage.click("An eine Maschine geben…");
    stage.click("freebsd-zfs");
    stage.click("eine wird gewählt");
    stage.type_in("52:54:00:00:00:07");
    stage.wait("the plan", |stage| stage.find("In die Definition der Maschine schreiben").is_some());
    stage.looks_like("plug-german");
    stage.key("ctrl+enter");
    stage.click("Netzwerke daraus…");
    stage.wait("the list", |stage| stage.find("52:54:00:00:00:07").is_some());
    stage.looks_like("networks-german");
}

/// A virtual function that becomes a network card, once the plan is there.
pub(super) fn network_card(mut stage: Stage, [find, card, plan]: [&str; 3]) -> Stage {
    stage.key("alt+4");
    stage.key("ctrl+f");
    stage.type_in("virtual");
    stage.click("03:02.1");
    stage.key("ctrl+shift+a");
    stage.type_in(find);
    stage.key("down");
    stage.click(card);
    stage.wait("the plan", |stage| stage.find(plan).is_some());
    stage
}

#[test]
fn a_virtual_function_as_a_network_card_in_a_small_window_in_german() {
    let stage = with(SMALL, |settings| {
        dark(settings);
        german(settings);
    });
    let words = ["freebsd", "Netzwerkkarte der Maschine", "Eine Adresse, die libvirt wählt und behält"];
    network_card(stage, words).looks_like("network-card-small-german-dark");
}

#[test]
fn a_rom_from_a_file_that_is_not_there_in_the_dark() {
    let mut stage = with(USUAL, dark);
    stage.key("alt+4");
    stage.key("ctrl+f");
    stage.type_in("t400");
    stage.click("NVIDIA T400 4GB");
    stage.key("ctrl+shift+a");
    stage.type_in("freebsd");
    stage.key("down");
    stage.click("More options");
    stage.click("The card’s own");
    stage.type_in("/srv/roms/t400.rom");
    stage.wait("what is wrong", |stage| stage.find("There is no such file.").is_some());
    stage.looks_like("attach-rom-file-dark");
}

#[test]
fn what_few_need_of_a_card_in_a_small_window_in_german() {
    let mut stage = with(SMALL, german);
    stage.key("alt+4");
    stage.key("ctrl+f");
    stage.type_in("t400");
    stage.click("NVIDIA T400 4GB");
    stage.key("ctrl+shift+a");
    stage.type_in("freebsd");
    stage.key("down");
    stage.click("Weitere Einstellungen");
    stage.click("Verborgen");
    stage.wait("the plan", |stage| stage.find("Über iommufd").is_some());
    stage.looks_like("attach-more-small-german");
}
