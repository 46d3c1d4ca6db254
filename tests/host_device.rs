//! The devices of the host and what uses them, on hosts that are made of descriptions in `tests/data/hosts`.
//!
//! `UPDATE_HOSTS=1 cargo test -p kvm-manager-tests --test host_device` writes the expected texts anew.
#![allow(clippy::panic, clippy::unwrap_used, clippy::expect_used)]

use std::fmt::Write as _;

use dbus::{Options, interface, path};
use kvm_manager_tests::{
    captured::Captured,
    client::{Signals, managed_objects, properties},
    project, service as proxies,
    simulated::{Simulated, machine_path, machine_with},
    user,
};
use service::host::{
    Root,
    gate::{self, Question},
    pci::{self, Device, Devices, Names, PciAddress},
    vfio::{self, Direction},
};

const HOSTS: [&str; 8] =
    ["intel-desktop", "amd-desktop", "two-gpus", "hybrid-laptop", "sriov-nic", "shared-groups", "no-iommu", "two-node-server"];

fn read(host: &Captured) -> Devices {
    pci::read(&Root::captured(host.path()), &mut Names::default())
}

fn describe(devices: &Devices) -> String {
    let mut text = String::new();
    for (address, device) in devices {
        // Writing to a string cannot fail.
        let _ = describe_one(&mut text, *address, device);
    }
    text
}

fn addresses(list: &[PciAddress]) -> String {
    list.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

fn describe_one(text: &mut String, address: PciAddress, device: &Device) -> std::fmt::Result {
    let ids = device.ids;
    writeln!(
        text,
        "{address} {:04x}:{:04x} {:04x}:{:04x} revision {:02x}",
        ids.vendor, ids.device, ids.subsystem_vendor, ids.subsystem_device, device.revision
    )?;
    writeln!(text, "    {} / {} / {}", device.vendor_name, device.device_name, device.subsystem_name)?;
    writeln!(
        text,
        "    class {:06x} {} ({}) driver {:?} only {:?}",
        device.class,
        device.kind(),
        device.class_name,
        device.driver,
        device.driver_override
    )?;
    writeln!(text, "    group {:?}: {}; node {:?}", device.group, addresses(&device.group_members), device.numa_node)?;
    let (now, most) = (device.link, device.maximum_link);
    writeln!(text, "    link {}x{} of {}x{}; resets {:?}", now.speed, now.width, most.speed, most.width, device.resets)?;
    let bars: Vec<String> = device.bars.iter().map(|bar| format!("{}:{}", bar.number, bar.size)).collect();
    writeln!(text, "    bars {}; boot display {}", bars.join(" "), device.is_boot_display)?;
    if device.maximum_functions > 0 || device.physical_function.is_some() {
        let physical = device.physical_function.map(|address| address.to_string());
        writeln!(text, "    virtual functions {} of {}; of {physical:?}", addresses(&device.virtual_functions), device.maximum_functions)?;
    }
    for used in &device.uses {
        writeln!(text, "    used: {} {} {}", used.purpose.word(), used.name, used.detail)?;
    }
    Ok(())
}

#[test]
fn every_host_has_exactly_the_devices_and_uses_of_its_expected_text() {
    for name in HOSTS {
        let found = describe(&read(&Captured::named(name)));
        let file = format!("tests/data/hosts/{name}.expected");
        if std::env::var_os("UPDATE_HOSTS").is_some() {
            std::fs::write(project::file(&file), found.replace(" \n", "\n")).unwrap();
            continue;
        }
        assert_eq!(found.replace(" \n", "\n"), project::read(&file), "{name}");
    }
}

#[test]
fn a_host_without_pci_has_no_devices() {
    let directory = tempfile::tempdir().unwrap();
    assert!(pci::read(&Root::captured(directory.path()), &mut Names::default()).is_empty());
}

#[test]
fn files_that_say_nonsense_hide_no_device() {
    let host = Captured::named("intel-desktop");
    let card = "sys/devices/pci0000:00/0000:00:01.0/0000:01:00.0";
    for file in ["class", "vendor", "numa_node", "resource", "current_link_speed", "reset_method", "driver_override"] {
        host.file(&format!("{card}/{file}"), "0xzz\u{1b} 99999999999999999999999 -\n\n");
    }
    host.file("proc/self/mountinfo", "1 2 3\n\n - \n");
    host.file("proc/net/route", "a\nb c\n");
    host.link("sys/bus/pci/devices/not-an-address", card);
    let devices = read(&host);
    assert_eq!(devices.len(), 11);
    assert_eq!(devices[&"0000:01:00.0".parse().unwrap()].class, 0);
}

#[test]
fn two_hundred_devices_are_read_with_the_names_kept_for_the_next_time() {
    let lines =
        |number: u32| format!("pci 0000:{:02x}:{:02x}.0 8086:10d3 class=020000 group={number} driver=e1000e\n", number / 32, number % 32);
    let host = Captured::described(&(0..200).map(lines).collect::<String>());
    let (root, mut names) = (Root::captured(host.path()), Names::default());
    assert_eq!(pci::read(&root, &mut names).len(), 200);
    std::fs::remove_file(host.path().join("usr/share/misc/pci.ids")).unwrap();
    let again = pci::read(&root, &mut names);
    assert!(again.values().all(|device| device.device_name.starts_with("82574L")), "the list is not read again");
}

#[test]
fn every_way_to_read_the_properties_of_a_device_gives_the_same() {
    user::ordinary(|| async {
        let host = Captured::named("intel-desktop");
        let service = Simulated::start(Root::captured(host.path()), &machine_with(&[])).await;
        let objects = managed_objects(&service.connection).await;
        let devices: Vec<_> = objects.keys().filter(|path| path.contains("/host/devices/")).collect();
        assert_eq!(devices.len(), 11);
        for path in devices {
            let managed = &objects[path][interface::HOST_DEVICE];
            assert_eq!(managed, &properties(&service.connection, path, interface::HOST_DEVICE).await, "{path}");
        }
        let card = dbus::host_device::HostDeviceProxy::new(&service.connection, path::host_device("0000:01:00.0")).await.unwrap();
        assert_eq!(card.device_name().await.unwrap(), "AD102 [GeForce RTX 4090]");
        assert_eq!(card.iommu_group_members().await.unwrap(), ["0000:01:00.0", "0000:01:00.1"].map(path::host_device));
        assert_eq!(card.bars().await.unwrap()[1], (1, 32 << 30));
        assert_eq!(card.physical_function().await.unwrap().as_str(), "/");
    });
}

#[test]
fn a_machine_that_names_a_device_shows_at_it_and_so_does_that_it_runs() {
    user::ordinary(|| async {
        let host = Captured::named("intel-desktop");
        let service = Simulated::start(Root::captured(host.path()), &machine_with(&["0000:01:00.0", "0000:01:00.1"])).await;
        let mut changes = Signals::changes(&service.connection).await;
        let card = path::host_device("0000:01:00.0");
        let shown = || async {
            let all = properties(&service.connection, card.as_str(), interface::HOST_DEVICE).await;
            (format!("{:?}", all["Machines"]).contains(machine_path().as_str()), format!("{:?}", all["ActiveMachine"]).contains("machines"))
        };
        while shown().await != (true, false) {
            changes.next().await;
        }
        let machine = proxies::machine(&service.connection, &machine_path()).await;
        machine.start(&Options::default()).await.unwrap();
        while shown().await != (true, true) {
            changes.next().await;
        }
        machine.force_off(&Options::default()).await.unwrap();
        while shown().await != (true, false) {
            changes.next().await;
        }
    });
}

#[test]
fn a_device_that_goes_or_comes_is_withdrawn_or_announced_and_a_new_driver_is_told() {
    user::ordinary(|| async {
        let host = Captured::named("intel-desktop");
        let service = Simulated::start(Root::captured(host.path()), &machine_with(&["0000:01:00.0", "0000:01:00.1"])).await;
        let mut removed = Signals::named(&service.connection, "InterfacesRemoved").await;
        let mut added = Signals::named(&service.connection, "InterfacesAdded").await;
        let mut changes = Signals::changes(&service.connection).await;
        let machine = proxies::machine(&service.connection, &machine_path()).await;
        let nic = host.path().join("sys/bus/pci/devices/0000:03:00.0");
        let target = std::fs::read_link(&nic).unwrap();
        std::fs::remove_file(&nic).unwrap();
        // What the machine does has the devices looked at anew, as the kernel's word would.
        machine.start(&Options::default()).await.unwrap();
        assert!(removed.next_object("/host/devices/").await.ends_with("0000_03_00_0"));
        std::os::unix::fs::symlink(target, &nic).unwrap();
        std::fs::remove_file(host.path().join("sys/devices/pci0000:00/0000:00:14.0/driver")).unwrap();
        machine.force_off(&Options::default()).await.unwrap();
        assert!(added.next_object("/host/devices/").await.ends_with("0000_03_00_0"));
        let usb = path::host_device("0000:00:14.0");
        let device = dbus::host_device::HostDeviceProxy::builder(&service.connection).path(usb);
        let device = device.cache_properties(zbus::proxy::CacheProperties::No).build().await.unwrap();
        while !device.driver().await.unwrap().is_empty() {
            changes.next().await;
        }
    });
}

#[test]
fn a_host_that_libvirt_makes_up_has_no_devices_of_this_computer() {
    user::ordinary(|| async {
        let service = kvm_manager_tests::TestService::start().await;
        assert!(managed_objects(&service.connection).await.keys().all(|path| !path.contains("/host/devices")));
    });
}

/// `tests/bench/devices.sh` runs this and shows the times.
#[test]
fn of_two_hundred_devices_an_unused_one_may_go_by_three_writes() {
    let line = |number: u32| {
        format!(
            "pci 0000:{:02x}:{:02x}.0 8086:10d3 class=020000 group={number} driver=e1000e reset=flr bar=0:128K\n",
            number / 32,
            number % 32
        )
    };
    let host = Captured::described(&(0..200).map(line).collect::<String>());
    if let Ok(list) = std::fs::read("/usr/share/misc/pci.ids") {
        std::fs::write(host.path().join("usr/share/misc/pci.ids"), list).unwrap();
    }
    let (root, mut kept) = (Root::captured(host.path()), Names::default());
    let taken: Vec<PciAddress> = vec!["0000:01:00.0".parse().unwrap()];
    let median = |what: &str, work: &mut dyn FnMut()| {
        let time = |_| {
            let started = std::time::Instant::now();
            work();
            started.elapsed()
        };
        let mut times: Vec<_> = (0..11).map(time).collect();
        times.sort();
        // A line as the benchmarks read it.
        println!("{{\"metric\":\"inventory.{what}\",\"n\":200,\"unit\":\"ms\",\"median\":{:.4}}}", times[5].as_secs_f64() * 1000.0);
    };
    median("first", &mut || assert_eq!(pci::read(&root, &mut Names::default()).len(), 200));
    median("again", &mut || assert_eq!(pci::read(&root, &mut kept).len(), 200));
    median("plan", &mut || {
        let devices = pci::read_groups(&root, &taken);
        let verdict = gate::judge(&Question { root: &root, devices: &devices, taken: &taken, running: &[], allow_no_reset: false });
        assert_eq!(verdict.reasons, []);
        assert_eq!(vfio::plan(&root, Direction::Bind, &taken).len(), 3);
    });
}
