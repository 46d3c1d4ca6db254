//! Mediated devices of a described host, as Intel's and NVIDIA's drivers show them: which there are, who gets them, what is refused.
#![allow(clippy::panic, clippy::unwrap_used, clippy::expect_used)]

use std::collections::HashMap;

use dbus::{ErrorKind, Options, device::DeviceProxy, interface, mediated::HostMediatedProxy, path};
use kvm_manager_tests::{
    captured::Captured,
    client::{Refusal, Signals, changed, managed_objects, properties, refusal, words},
    service as proxies,
    simulated::{MACHINE, Simulated, machine_path, machine_with},
    user, within,
};
use service::host::{
    Root,
    mdev::{self, Instance, Type},
};
use uuid::Uuid;
use zbus::{OwnedObjectPath, OwnedVariant};

/// There and kept; of NVIDIA's; for mainframes; only kept.
const INTEL: &str = "c2177883-f1bb-47f0-914d-32a22e3a8804";
const NVIDIA: &str = "83b8f4f2-509f-382f-3c1e-e6bfe0fa1001";
const MAINFRAME: &str = "b1ae8bf6-38b0-4c81-9d44-78ce3f520496";
const KEPT: &str = "783e6dbb-ea0e-411f-94e2-717eaad438bf";
const OTHER: Uuid = Uuid::from_u128(0x4000_8000_0000_0000_0001);

type Facts = HashMap<String, OwnedVariant>;

struct Setting {
    service: Simulated,
    host: Captured,
}

impl Setting {
    /// Two machines: `a` with these devices, and `b` with NVIDIA's part.
    async fn with(devices: &str) -> Self {
        Self::among(0, devices).await
    }

    /// The same with so many others between them.
    async fn among(others: u128, devices: &str) -> Self {
        let host = Captured::named("mediated");
        let part = format!("<hostdev mode='subsystem' type='mdev' model='vfio-pci'><source><address uuid='{NVIDIA}'/></source></hostdev>");
        let other = machine_with(&[]).replace("<name>a<", "<name>b<").replace(&MACHINE.to_string(), &OTHER.to_string());
        let other = other.trim_start_matches("<node>").replace("<devices>", &format!("<devices>{part}"));
        let numbered = |number: u128| {
            let uuid = Uuid::from_u128(OTHER.as_u128() + 1 + number).to_string();
            let filler = machine_with(&[]).replace("<name>a<", &format!("<name>a{number}<")).replace(&MACHINE.to_string(), &uuid);
            filler.trim_start_matches("<node>").trim_end_matches("</node>").to_owned()
        };
        let first = machine_with(&[]).replace("</node>", "").replace("<devices>", &format!("<devices>{devices}"));
        let machines = first + &(0..others).map(numbered).collect::<String>() + &other;
        Self { service: Simulated::start(Root::captured(host.path()), &machines).await, host }
    }

    async fn parts(&self) -> DeviceProxy<'static> {
        DeviceProxy::new(&self.service.connection, machine_path()).await.unwrap()
    }

    async fn host_parts(&self) -> HostMediatedProxy<'static> {
        HostMediatedProxy::new(&self.service.connection).await.unwrap()
    }

    /// The parts of the host by UUID.
    async fn listed(&self) -> HashMap<String, Facts> {
        let told = properties(&self.service.connection, path::HOST, interface::HOST_MEDIATED).await;
        let all: Vec<Facts> = told["Instances"].try_clone().unwrap().try_into().unwrap();
        all.into_iter().map(|facts| (String::try_from(facts["uuid"].try_clone().unwrap()).unwrap(), facts)).collect()
    }

    /// Waits until this holds of the parts of the host.
    async fn until(&self, changes: &mut Signals, holds: impl Fn(&HashMap<String, Facts>) -> bool) {
        while !holds(&self.listed().await) {
            while changed(&changes.next().await).interface != interface::HOST_MEDIATED {}
        }
    }

    /// Waits until the machines are read: that it shows who names NVIDIA's part.
    async fn until_read(&self) {
        let mut changes = Signals::changes(&self.service.connection).await;
        let machines =
            |listed: &HashMap<String, Facts>| Vec::<OwnedObjectPath>::try_from(listed[NVIDIA]["machines"].try_clone().unwrap()).unwrap();
        self.until(&mut changes, |listed| machines(listed) == [path::machine(OTHER)]).await;
    }

    async fn refused(&self, uuid: &str, options: &Options) -> Refusal {
        let before = self.service.definition().await;
        let refused = refusal(within("Attach", self.parts().await.attach(&part(uuid), options)).await);
        assert_eq!(self.service.definition().await, before, "what is refused changes nothing");
        refused
    }

    async fn reasons(&self, uuid: &str, options: &Options) -> Vec<String> {
        let refused = self.refused(uuid, options).await;
        assert_eq!(refused.kind(), Some(ErrorKind::Unsafe), "{refused:?}");
        reasons(&refused)
    }
}

fn reasons(refused: &Refusal) -> Vec<String> {
    refused.facts["reasons"].try_clone().unwrap().try_into().unwrap()
}

fn part(uuid: &str) -> Options {
    Options::default().with("mdev", uuid.to_owned())
}

fn none() -> Options {
    Options::default()
}

#[test]
fn every_parent_tells_what_it_can_make_and_every_part_whether_it_is_kept() {
    let host = Captured::named("mediated");
    let known = mdev::read(&Root::captured(host.path()));
    assert_eq!(known.parents.iter().map(|parent| &*parent.name).collect::<Vec<_>>(), ["0.0.0313", "0000:00:02.0", "0000:81:00.0"]);
    let intel = Type {
        id: "i915-GVTg_V5_4".into(),
        name: "GVTg_V5_4".into(),
        description: "low_gm_size: 128MB, high_gm_size: 512MB, fence: 4, resolution: 1920x1200, weight: 4".into(),
        api: "vfio-pci".into(),
        available: 1,
    };
    assert_eq!(known.parents[1].types[0], intel);
    assert_eq!((known.parents[1].types[1].name.as_str(), known.parents[1].types[1].available), ("", 2));
    let nvidia = &known.parents[2];
    assert_eq!((nvidia.address.unwrap().to_string().as_str(), &*nvidia.types[0].name), ("0000:81:00.0", "GRID T4-1B"));
    assert_eq!((nvidia.types[0].available, known.parents[0].address), (0, None));
    let instance = |kind: &str, api: &str, parent: &str, flags: (bool, bool, bool)| Instance {
        kind: kind.into(),
        api: api.into(),
        parent: parent.into(),
        is_active: flags.0,
        is_kept: flags.1,
        is_autostarted: flags.2,
    };
    let of = |uuid: &str| known.instances[&Uuid::parse_str(uuid).unwrap()].clone();
    assert_eq!(of(INTEL), instance("i915-GVTg_V5_4", "vfio-pci", "0000:00:02.0", (true, true, true)));
    assert_eq!(of(KEPT), instance("i915-GVTg_V5_8", "vfio-pci", "0000:00:02.0", (false, true, false)));
    assert_eq!(of(NVIDIA), instance("nvidia-222", "vfio-pci", "0000:81:00.0", (true, false, false)));
    assert_eq!(of(MAINFRAME), instance("vfio_ccw-io", "vfio-ccw", "0.0.0313", (true, false, false)));
    assert_eq!(mdev::read(&Root::captured(Captured::named("no-iommu").path())), mdev::Mediated::default());
}

#[test]
fn what_says_nonsense_hides_nothing_else() {
    let host = Captured::named("mediated");
    host.file("etc/mdevctl.d/0000:00:02.0/not-a-uuid", "{}");
    host.file("etc/mdevctl.d/0000:00:02.0/783E6DBB-EA0E-411F-94E2-717EAAD438BE", "{}");
    host.file("etc/mdevctl.d/0000:00:02.0/783e6dbb-ea0e-411f-94e2-717eaad438b0", "no json");
    host.file("etc/mdevctl.d/elsewhere/c2177883-f1bb-47f0-914d-32a22e3a8804", "{\"start\": \"manual\"}");
    host.file("sys/devices/pci0000:00/0000:00:02.0/mdev_supported_types/i915-GVTg_V5_4/name", "a\u{202e}b\u{1b}[31m\n");
    host.file("sys/devices/pci0000:00/0000:00:02.0/mdev_supported_types/i915-GVTg_V5_4/available_instances", "-1\n");
    let known = mdev::read(&Root::captured(host.path()));
    assert_eq!((known.instances.len(), known.parents.len()), (4, 3));
    assert!(known.instances[&Uuid::parse_str(INTEL).unwrap()].is_autostarted, "another parent's is another one");
    assert_eq!((&*known.parents[1].types[0].name, known.parents[1].types[0].available), ("ab[31m", 0));
}

#[test]
fn what_the_host_has_not_listed_and_what_makes_no_sense_is_refused() {
    user::ordinary(|| async {
        let setting = Setting::with("").await;
        for odd in ["", "c2177883", "C2177883-F1BB-47F0-914D-32A22E3A8804", "/sys/bus/mdev", "{c2177883-f1bb-47f0-914d-32a22e3a8804}"] {
            assert_eq!(setting.refused(odd, &none()).await.text("argument"), "mdev", "{odd:?}");
        }
        let absent = setting.refused("c2177883-f1bb-47f0-914d-32a22e3a8805", &none()).await;
        assert_eq!(absent.kind(), Some(ErrorKind::NotFound));
        assert_eq!(setting.refused(INTEL, &none().with("ramfb", true)).await.text("argument"), "ramfb");
        assert_eq!(setting.reasons(INTEL, &none().with("display", true)).await, ["no-display"]);
        assert_eq!(setting.reasons(MAINFRAME, &none()).await, ["other-interface"]);
    });
}

#[test]
fn a_part_is_given_with_its_screen_and_taken_away_and_nothing_else_changes() {
    user::ordinary(|| async {
        let setting = Setting::with("<graphics type='vnc'/>").await;
        let (before, parts) = (setting.service.definition().await, setting.parts().await);
        let plan = parts.plan_attach(&part(INTEL), &none()).await.unwrap();
        assert_eq!((words(&plan, "reasons"), words(&plan, "warnings")), (vec![], vec![]));
        let plan = parts.plan_attach(&part(KEPT), &none()).await.unwrap();
        assert_eq!(words(&plan, "warnings"), ["not-active", "not-kept"]);
        assert_eq!(setting.service.definition().await, before, "a plan changes nothing");
        let mut changes = Signals::changes(&setting.service.connection).await;
        parts.attach(&part(INTEL), &none().with("display", true).with("ramfb", true)).await.unwrap();
        let after = setting.service.definition().await;
        assert!(after.contains("type='mdev'") && after.contains("display='on'") && after.contains("ramfb='on'"), "{after}");
        let machines =
            |listed: &HashMap<String, Facts>| Vec::<OwnedObjectPath>::try_from(listed[INTEL]["machines"].try_clone().unwrap()).unwrap();
        setting.until(&mut changes, |listed| machines(listed) == [machine_path()]).await;
        parts.attach(&part(INTEL), &none()).await.unwrap();
        assert!(!setting.service.definition().await.contains("ramfb"), "the options that are given now");
        parts.detach(&part(INTEL), &none()).await.unwrap();
        assert_eq!(setting.service.definition().await, before, "to the last byte");
        assert_eq!(refusal(parts.detach(&part(INTEL), &none()).await).kind(), Some(ErrorKind::NotFound));
    });
}

#[test]
fn a_part_of_a_running_machine_is_refused_and_both_ways_to_read_the_host_give_the_same() {
    user::ordinary(|| async {
        let setting = Setting::with("").await;
        setting.until_read().await;
        let connection = &setting.service.connection;
        let mut changes = Signals::changes(connection).await;
        let plan = setting.parts().await.plan_attach(&part(NVIDIA), &none()).await.unwrap();
        assert_eq!(words(&plan, "warnings"), ["machine-configured", "not-kept"]);
        proxies::machine(connection, &path::machine(OTHER)).await.start(&none()).await.unwrap();
        setting.until(&mut changes, |listed| listed[NVIDIA].contains_key("active-machine")).await;
        assert_eq!(setting.reasons(NVIDIA, &none()).await, ["machine-running"]);
        let told = properties(connection, path::HOST, interface::HOST_MEDIATED).await;
        assert_eq!(managed_objects(connection).await[path::HOST][interface::HOST_MEDIATED], told);
        assert!(setting.host.path().join("sys/bus/mdev/devices").join(NVIDIA).exists());
    });
}

/// A part of a card, and of which kind.
fn below(parent: &str, kind: &str) -> Options {
    Options::default().with("parent", parent.to_owned()).with("type", kind.to_owned())
}

fn named(uuid: &str) -> Options {
    Options::default().with("uuid", uuid.to_owned())
}

const CARD: &str = "0000:00:02.0";
const KIND: &str = "i915-GVTg_V5_4";

#[test]
fn what_no_card_can_make_is_refused_with_every_reason() {
    user::ordinary(|| async {
        let setting = Setting::with("").await;
        let (host, before) = (setting.host_parts().await, setting.listed().await.len());
        for (asked, options, argument) in [
            (none(), none(), "parent"),
            (below("../../02.0", KIND), none(), "parent"),
            (none().with("parent", CARD), none(), "type"),
            (below(CARD, ""), none(), "type"),
            (below(CARD, "i915\nApproved by your administrator"), none(), "type"),
            (below(CARD, "\u{202e}4_5V_gTVG"), none(), "type"),
            (below(CARD, &"a".repeat(65)), none(), "type"),
            (below(CARD, KIND).with("uuid", "C2177883-F1BB-47F0-914D-32A22E3A8804"), none(), "uuid"),
            (below(CARD, KIND), none().with("start", false), "start"),
        ] {
            let refused = refusal(within("Create", host.create(&asked, &options)).await);
            assert_eq!((refused.kind(), refused.text("argument").as_str()), (Some(ErrorKind::InvalidArgument), argument));
        }
        for asked in [below("0000:00:1f.0", KIND), below(CARD, "i915-GVTg_V5_1"), below(CARD, "../i915-GVTg_V5_4")] {
            assert_eq!(refusal(host.plan_create(&asked, &none()).await).kind(), Some(ErrorKind::NotFound));
            assert_eq!(refusal(within("Create", host.create(&asked, &none())).await).kind(), Some(ErrorKind::NotFound));
        }
        let taken = below("0000:81:00.0", "nvidia-222").with("uuid", NVIDIA);
        let plan = host.plan_create(&taken, &none()).await.unwrap();
        assert_eq!(words(&plan, "reasons"), ["uuid-taken", "no-instance", "no-mdevctl"]);
        setting.host.file("usr/sbin/mdevctl", "");
        let full = below("0000:81:00.0", "nvidia-222");
        assert_eq!(words(&host.plan_create(&full, &none()).await.unwrap(), "reasons"), ["no-instance"]);
        let later = none().with("keep", true).with("start", false);
        assert_eq!(words(&host.plan_create(&full, &later).await.unwrap(), "reasons"), [""; 0], "it may be free when it is made");
        let refused = refusal(within("Create", host.create(&full, &none())).await);
        assert_eq!((refused.kind(), reasons(&refused)), (Some(ErrorKind::Unsafe), vec!["no-instance".to_owned()]));
        assert_eq!(setting.listed().await.len(), before);
    });
}

#[test]
fn a_libvirt_that_cannot_keep_parts_says_so_and_nothing_of_it_stays() {
    user::ordinary(|| async {
        let setting = Setting::with("").await;
        setting.host.file("usr/sbin/mdevctl", "");
        setting.until_read().await;
        let (host, before) = (setting.host_parts().await, setting.listed().await);
        assert_eq!(words(&host.plan_create(&below(CARD, KIND), &none()).await.unwrap(), "reasons"), [""; 0]);
        // libvirt's built-in driver knows no parts.
        for options in [none().with("keep", true), none().with("autostart", true).with("start", false)] {
            let refused = refusal(within("Create", host.create(&below(CARD, KIND), &options)).await);
            assert_eq!(refused.kind(), Some(ErrorKind::NotSupported), "{refused:?}");
        }
        refusal(within("Create", host.create(&below(CARD, KIND), &none())).await);
        refusal(within("SetAutostart", host.set_autostart(&named(NVIDIA), true, &none())).await);
        within("SetAutostart", host.set_autostart(&named(INTEL), true, &none())).await.unwrap();
        within("Start", host.start(&named(INTEL), &none())).await.unwrap();
        assert_eq!(setting.listed().await, before, "what is so already stays so");
        let refused = refusal(within("Start", host.start(&named(KEPT), &none())).await);
        assert_eq!(refused.kind(), Some(ErrorKind::NotSupported), "{refused:?}");
    });
}

#[test]
fn a_part_of_a_running_machine_is_not_deleted_and_machines_that_name_it_are_told() {
    user::ordinary(|| async {
        let setting = Setting::with("").await;
        setting.host.file("usr/sbin/mdevctl", "");
        let (connection, host) = (&setting.service.connection, setting.host_parts().await);
        let absent = named("4f2a1d0c-0000-4000-8000-00000000dead");
        assert_eq!(refusal(host.plan_delete(&absent, &none()).await).kind(), Some(ErrorKind::NotFound));
        assert_eq!(refusal(host.delete(&absent, &none()).await).kind(), Some(ErrorKind::NotFound));
        assert_eq!(refusal(host.delete(&named(MAINFRAME), &none()).await).kind(), Some(ErrorKind::NotSupported));
        setting.until_read().await;
        let plan = host.plan_delete(&named(NVIDIA), &none()).await.unwrap();
        assert_eq!((words(&plan, "reasons"), words(&plan, "warnings")), (vec![], vec!["machine-configured".to_owned()]));
        proxies::machine(connection, &path::machine(OTHER)).await.start(&none()).await.unwrap();
        let plan = host.plan_delete(&named(NVIDIA), &none()).await.unwrap();
        assert_eq!(words(&plan, "reasons"), ["machine-running"]);
        let refused = refusal(within("Delete", host.delete(&named(NVIDIA), &none())).await);
        assert_eq!((refused.kind(), reasons(&refused)), (Some(ErrorKind::Unsafe), vec!["machine-running".to_owned()]));
        assert!(setting.host.path().join("sys/bus/mdev/devices").join(NVIDIA).exists());
    });
}

#[test]
fn a_machine_whose_definition_is_yet_to_be_read_counts_when_a_part_is_to_go() {
    user::ordinary(|| async {
        // Definitions are read behind the list, some hundred at a time: just after the start most are not known.
        let setting = Setting::among(700, "").await;
        let host = setting.host_parts().await;
        let plan = within("a plan", async {
            loop {
                match host.plan_delete(&named(NVIDIA), &none()).await {
                    Ok(plan) => return plan,
                    // A computer with much else to do may not have read all of them in time. Nothing else is an answer.
                    Err(error) => assert_eq!(refusal::<()>(Err(error)).kind(), Some(ErrorKind::Busy)),
                }
            }
        })
        .await;
        assert_eq!(words(&plan, "warnings"), ["machine-configured"]);
    });
}
