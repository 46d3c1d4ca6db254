//! What the window looks like: each picture was looked at when it was taken, and is the same ever since.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "pictures/dialogs.rs"]
mod dialogs;
#[path = "pictures/documents.rs"]
mod documents;
#[path = "pictures/mirrored.rs"]
mod mirrored;
#[path = "pictures/panels.rs"]
mod panels;
#[path = "pictures/parts.rs"]
mod parts;
#[path = "pictures/pointer.rs"]
mod pointer;
#[path = "pictures/screen.rs"]
mod screen;
mod stage;

use client::{
    Event, LeftBehind,
    demo::Preset,
    settings::{Settings, ThemeChoice},
};
use stage::{Stage, settings};
use ui::{app::Message, command::Command};

const USUAL: (f32, f32) = (1280.0, 800.0);
const SMALL: (f32, f32) = (900.0, 600.0);
/// Of the pictures in the documents.
const LARGE: (f32, f32) = (1440.0, 900.0);

fn frozen() -> Stage {
    with(USUAL, |_| {})
}

fn with(size: (f32, f32), change: impl FnOnce(&mut Settings)) -> Stage {
    of(Preset::Frozen, size, change)
}

fn of(preset: Preset, size: (f32, f32), change: impl FnOnce(&mut Settings)) -> Stage {
    let mut settings = settings();
    change(&mut settings);
    Stage::new(preset, settings, size)
}

fn dark(settings: &mut Settings) {
    settings.appearance.theme = ThemeChoice::Dark;
}

fn german(settings: &mut Settings) {
    settings.appearance.language = "de".to_owned();
}

#[test]
fn a_picture_is_refused_without_its_reference_and_if_it_differs() {
    stage::picture::a_picture_is_refused_without_its_reference_and_if_it_differs(frozen());
}

#[test]
fn the_list_in_high_contrast() {
    with(USUAL, |settings| settings.appearance.high_contrast = true).looks_like("main-contrast");
}

#[test]
fn the_list_with_every_column() {
    with((1680.0, 900.0), |settings| settings.table.columns = client::settings::COLUMNS.map(str::to_owned).to_vec())
        .looks_like("main-columns");
}

#[test]
fn pictures_instead_of_a_list() {
    with(LARGE, |settings| settings.table.grid = true).looks_like("grid");
}

#[test]
fn several_machines_selected() {
    let mut stage = frozen();
    for key in ["home", "shift+down", "shift+down", "shift+down"] {
        stage.key(key);
    }
    stage.looks_like("selection");
}

#[test]
fn deleting_with_a_plan() {
    let mut stage = frozen();
    stage.click("freebsd-zfs");
    stage.key("delete");
    stage.wait("the plan", |stage| stage.find("Type the name to confirm: freebsd-zfs").is_some());
    stage.looks_like("delete");
}

#[test]
fn deleting_several_with_their_plans() {
    let mut stage = frozen();
    stage.click("freebsd-zfs");
    stage.key("shift+down");
    stage.key("shift+down");
    stage.key("delete");
    stage.wait("the plans", |stage| stage.find("Type the number of machines to confirm: 3").is_some());
    stage.dialog_looks_like("delete-several");
}

#[test]
fn a_start_that_failed() {
    let mut stage = with(LARGE, |_| {});
    stage.click("win-server-2025");
    stage.click("Start");
    stage.wait("the failure", |stage| stage.find("Try again").is_some());
    stage.looks_like("failed-start");
}

#[test]
fn performance_of_a_machine() {
    let mut stage = with(USUAL, dark);
    stage.key("enter");
    stage.key("ctrl+2");
    stage.looks_like("performance-dark");
}

#[test]
fn settings_in_german_in_a_small_window() {
    let mut stage = with(SMALL, german);
    stage.key("ctrl+,");
    stage.looks_like("settings-german");
}

#[test]
fn a_small_window() {
    with(SMALL, |_| {}).looks_like("small");
}

#[test]
fn a_small_window_in_german() {
    with(SMALL, german).looks_like("small-german");
}

#[test]
fn larger_text_leaves_room_for_less() {
    let mut stage = frozen();
    stage.key("ctrl+Plus");
    stage.key("ctrl+Plus");
    stage.looks_like("text-125");
}

#[test]
fn the_tour_in_its_corner() {
    let mut stage = frozen();
    stage.command(Command::Tour);
    stage.key("enter");
    stage.looks_like("tour");
}

#[test]
fn the_tour_in_a_small_window_in_german() {
    let mut stage = with(SMALL, german);
    stage.command(Command::Tour);
    (0..3).for_each(|_| stage.key("enter"));
    stage.looks_like("tour-small-german");
}

#[test]
fn devices_in_a_small_window_in_german() {
    let mut stage = with(SMALL, german);
    stage.key("alt+4");
    stage.key("down");
    stage.looks_like("devices-small-german");
}

#[test]
fn a_plan_to_take_devices() {
    let mut stage = frozen();
    stage.key("alt+4");
    stage.key("ctrl+enter");
    stage.wait("the plan", |stage| stage.find("Bind to vfio-pci").is_some());
    stage.looks_like("devices-plan");
}

#[test]
fn a_plan_that_is_refused() {
    let mut stage = with(USUAL, dark);
    stage.key("alt+4");
    stage.click("Used by the host");
    stage.click("Samsung NVMe SSD Controller S4LV008 [Pascal] (990 PRO)");
    stage.key("ctrl+enter");
    stage.wait("the refusal", |stage| stage.find("This cannot be done").is_some());
    stage.looks_like("devices-refused-dark");
}

#[test]
fn attaching_a_card() {
    let mut stage = frozen();
    stage.key("alt+4");
    stage.key("ctrl+shift+a");
    stage.type_in("fedora");
    stage.key("down");
    stage.wait("the refusal", |stage| stage.find("Reserve for machines…").is_some());
    stage.click("At the next start");
    stage.wait("the plan", |stage| stage.find("Write it into the definition of the machine").is_some());
    stage.looks_like("attach");
}

#[test]
fn attaching_a_card_in_the_dark_in_a_small_window_in_german() {
    let mut stage = with(SMALL, |settings| {
        dark(settings);
        german(settings);
    });
    stage.key("alt+4");
    stage.key("ctrl+shift+a");
    stage.type_in("fedora");
    stage.key("down");
    stage.wait("the refusal", |stage| stage.find("Für Maschinen reservieren…").is_some());
    stage.looks_like("attach-small-german-dark");
}

#[test]
fn usb_devices_of_a_host() {
    let mut stage = with(LARGE, dark);
    stage.key("alt+4");
    stage.click("USB 8");
    stage.looks_like("devices-usb-dark");
}

#[test]
fn usb_devices_in_a_small_window_in_german() {
    let mut stage = with(SMALL, german);
    stage.key("alt+4");
    stage.click("USB 8");
    stage.key("down");
    stage.looks_like("devices-usb-small-german");
}

#[test]
fn a_usb_device_that_is_handed_over() {
    let mut stage = frozen();
    stage.key("alt+4");
    stage.click("USB 8");
    stage.click("Microsoft Xbox Controller");
    stage.key("ctrl+enter");
    stage.type_in("fedora");
    stage.key("down");
    stage.click("Take it from the machine that runs with it");
    stage.wait("the plan", |stage| stage.find("win11-gaming lets it go").is_some());
    stage.looks_like("give-hand-over");
}

#[test]
fn a_rule_in_the_dark_in_german() {
    let mut stage = with(USUAL, |settings| {
        dark(settings);
        german(settings);
    });
    stage.key("alt+4");
    stage.click("USB 8");
    stage.click("Kingston DataTraveler 3.0");
    stage.key("ctrl+enter");
    stage.type_in("freebsd");
    stage.key("down");
    stage.click("Sobald eingesteckt");
    stage.wait("the plan", |stage| stage.find("Die Regel bei freebsd-zfs aufbewahren").is_some());
    stage.looks_like("give-rule-german-dark");
}

#[test]
fn a_machine_with_a_rule_in_the_dark() {
    let mut stage = with(USUAL, dark);
    stage.click("fedora-42-dev");
    stage.key("enter");
    stage.key("ctrl+3");
    stage.looks_like("machine-rules-dark");
}

#[test]
fn detaching_in_high_contrast() {
    let mut stage = with(USUAL, |settings| {
        dark(settings);
        settings.appearance.high_contrast = true;
    });
    stage.click("win11-gaming");
    stage.key("enter");
    stage.key("ctrl+3");
    stage.click("Detach…");
    stage.wait("the plan", |stage| stage.find("Ask the guest to let go").is_some());
    stage.looks_like("detach-contrast");
}

#[test]
fn a_machine_without_devices_in_german() {
    let mut stage = with(SMALL, german);
    stage.click("kali-lab");
    stage.key("enter");
    stage.key("ctrl+3");
    stage.looks_like("machine-devices-none-german");
}

#[test]
fn keeping_a_card_for_each_start() {
    let mut stage = with(LARGE, |_| {});
    stage.key("alt+4");
    stage.click("At each start…");
    stage.wait("the plan", |stage| stage.find("Look whether the same card sits there").is_some());
    stage.looks_like("keep");
}

/// A card that hangs with the driver it should leave, and one that could be put back by hand.
fn leave_behind(stage: &mut Stage) {
    let host = stage.app.model().hosts()[0].host.id.clone();
    let mut facts = stage.app.model().hosts()[0].facts.clone();
    let left = |operation: &str, device: &str, before: &str| LeftBehind {
        operation: operation.to_owned(),
        device: device.to_owned(),
        before: before.to_owned(),
        ..LeftBehind::default()
    };
    let repair = vec![
        "echo > /sys/bus/pci/devices/0000:65:00.0/driver_override".to_owned(),
        "echo 0000:65:00.0 > /sys/bus/pci/drivers_probe".to_owned(),
    ];
    facts.left = vec![
        LeftBehind { hangs: true, driver: "nvidia".to_owned(), ..left("bind", "0000:01:00.0", "nvidia") },
        LeftBehind { driver: "vfio-pci".to_owned(), repair, ..left("release", "0000:65:00.0", "igb") },
    ];
    stage.update(Message::Host(host, Event::Host(Box::new(facts))));
}

#[test]
fn devices_that_could_neither_be_given_nor_put_back() {
    let mut stage = with(LARGE, |_| {});
    stage.key("alt+4");
    leave_behind(&mut stage);
    stage.looks_like("devices-left");
}

#[test]
fn devices_left_behind_in_a_small_window_in_german() {
    let mut stage = with(SMALL, |settings| {
        dark(settings);
        german(settings);
    });
    stage.key("alt+4");
    leave_behind(&mut stage);
    stage.looks_like("devices-left-small-german");
}

#[test]
fn no_machines_yet() {
    // One measurement, and no second one while the test runs.
    of(Preset::Empty, USUAL, |settings| settings.figures.interval = 60).looks_like("first-run-empty");
}

#[test]
fn no_service() {
    of(Preset::ServiceMissing, USUAL, |_| {}).looks_like("first-run-no-service");
}

#[test]
fn an_account_that_the_bus_turns_away() {
    let mut stage = of(Preset::ServiceMissing, USUAL, |_| {});
    let said = "Sender is not authorized to send message".to_owned();
    stage.update(Message::Host(client::host::SYSTEM.into(), Event::Lost(client::Problem::NotAllowed(said), 60)));
    stage.looks_like("first-run-not-allowed");
}

#[test]
fn no_libvirt() {
    of(Preset::NoLibvirt, USUAL, |_| {}).looks_like("first-run-no-libvirt");
}

#[test]
fn memory_of_a_host_with_a_plan() {
    let mut stage = with(LARGE, |_| {});
    stage.click("Hugepages and NUMA");
    stage.wait("the pages", |stage| stage.find("Machines using hugepages").is_some());
    for key in ["F6", "F6", "pageup", "pageup"] {
        stage.key(key);
    }
    stage.looks_like("memory");
}

#[test]
fn memory_of_a_host_in_german_in_a_small_window() {
    let mut stage = with(SMALL, german);
    stage.key("ctrl+k");
    stage.type_in("Hugepages");
    stage.key("enter");
    stage.wait("the pages", |stage| stage.find("Knoten 0").is_some());
    for key in ["F6", "F6", "F6", "F6", "tab", "tab", "tab", "end"] {
        stage.key(key);
    }
    stage.key("ctrl+enter");
    stage.wait("the refusal", |stage| stage.find("Schließen").is_some());
    stage.looks_like("memory-german");
}

#[test]
fn a_map_of_processors() {
    let mut stage = with(USUAL, dark);
    stage.click("Hugepages and NUMA");
    stage.click("CPU map");
    stage.wait("whose pins are where", |stage| stage.find("truenas-scale").is_some());
    stage.looks_like("cpus-dark");
}

#[test]
fn a_plan_on_the_map_of_processors() {
    let mut stage = with(LARGE, |_| {});
    stage.click("Hugepages and NUMA");
    stage.click("CPU map");
    stage.wait("whose pins are where", |stage| stage.find("truenas-scale").is_some());
    stage.click("Choose a machine");
    for key in ["down", "down", "down", "down", "enter"] {
        stage.key(key);
    }
    stage.wait("what is set", |stage| stage.find("Not pinned: the host moves it among all its CPUs.").is_some());
    stage.click("Suggest CPUs");
    stage.wait("the plan", |stage| stage.find("Pin 4 CPUs").is_some());
    stage.looks_like("cpus-plan");
}

#[test]
fn a_plan_in_german_in_a_small_window() {
    let mut stage = with(SMALL, |settings| {
        german(settings);
        settings.appearance.high_contrast = true;
    });
    stage.key("ctrl+k");
    stage.type_in("Hugepages");
    stage.key("enter");
    stage.click("CPU-Karte");
    stage.wait("whose pins are where", |stage| stage.find("truenas-scale").is_some());
    stage.click("Maschine wählen");
    for key in ["up", "up", "enter"] {
        stage.key(key);
    }
    stage.wait("what is set", |stage| stage.find("Nicht angeheftet: Der Rechner verschiebt sie auf alle seine CPUs.").is_some());
    stage.click("CPUs vorschlagen");
    stage.wait("the plan", |stage| stage.find("Plan für win11-gaming").is_some());
    stage.looks_like("cpus-plan-german");
}

#[test]
fn cpu_and_memory_of_a_machine() {
    let mut stage = with(USUAL, dark);
    stage.click("truenas-scale");
    stage.key("enter");
    stage.key("ctrl+4");
    stage.wait("what is set", |stage| stage.find("While it runs").is_some());
    stage.looks_like("machine-tuning-dark");
}

#[test]
fn what_a_host_lacks() {
    let mut stage = frozen();
    stage.click("Readiness");
    stage.wait("the report", |stage| stage.find("Look again").is_some());
    stage.looks_like("readiness");
}
