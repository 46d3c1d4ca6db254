//! Devices that go from the host to its machines and back, on captured hosts with a kernel that is simulated: what is written,
//! in which order, what is refused, and that whatever is cut off is put back.
#![allow(clippy::panic, clippy::unwrap_used, clippy::expect_used)]

#[path = "passthrough/plan.rs"]
mod plan;

use std::{collections::HashMap, sync::Arc, time::Duration};

use dbus::{ErrorKind, Options, interface, passthrough::PassthroughProxy, path};
use kvm_manager_tests::{
    bus::Bus,
    captured::Captured,
    client::{Properties, Refusal, call, managed_objects, properties, refusal},
    kernel::{FakeKernel, Trouble, everything},
    service as proxies,
    simulated::{Simulated, machine_path, machine_with},
    user, within,
};
use service::host::Root;
use zbus::{OwnedObjectPath, Variant};

const CARD: &str = "0000:01:00.0";
const SOUND: &str = "0000:01:00.1";

/// A service on a host with a kernel.
struct Setting {
    service: Simulated,
    kernel: Arc<FakeKernel>,
    host: Captured,
    state: tempfile::TempDir,
}

impl Setting {
    async fn new(host: &str) -> Self {
        Self::on(Captured::named(host), &[], None).await
    }

    async fn on(host: Captured, of_machine: &[&str], write_time: Option<Duration>) -> Self {
        let (kernel, state) = (FakeKernel::of(&host), tempfile::tempdir().unwrap());
        let root = kernel.root(&host);
        let service = Simulated::on(Bus::start(), root, &machine_with(of_machine), &state.path().join("s"), write_time).await;
        Self { service, kernel, host, state }
    }

    /// The service dies with everything it has in memory, and another one starts on the same files.
    async fn restarted(self, kernel: Option<Arc<FakeKernel>>) -> Self {
        let Self { service, kernel: old, host, state } = self;
        drop(service);
        let kernel = kernel.unwrap_or(old);
        let service = Simulated::on(Bus::start(), kernel.root(&host), &machine_with(&[]), &state.path().join("s"), None).await;
        Self { service, kernel, host, state }
    }

    async fn device(&self, address: &str) -> PassthroughProxy<'static> {
        PassthroughProxy::new(&self.service.connection, path::host_device(address)).await.unwrap()
    }

    async fn properties(&self, address: &str) -> Properties {
        properties(&self.service.connection, path::host_device(address).as_str(), interface::HOST_DEVICE).await
    }

    async fn driver(&self, address: &str) -> String {
        String::try_from(self.properties(address).await["Driver"].try_clone().unwrap()).unwrap()
    }

    /// The entries of the journal.
    fn journal(&self) -> usize {
        std::fs::read_dir(self.state.path().join("s/journal")).unwrap().count()
    }

    async fn refused(&self, address: &str, options: Options) -> Refusal {
        let refused = refusal(within("Bind", self.device(address).await.bind(&options)).await);
        assert_eq!(self.kernel.writes(), [], "nothing is written before everything is judged");
        refused
    }

    /// The words of the reasons for which a device is refused.
    async fn reasons(&self, address: &str, options: Options) -> Vec<String> {
        let refused = self.refused(address, options).await;
        assert_eq!(refused.kind(), Some(ErrorKind::Unsafe), "{refused:?}");
        refused.facts["reasons"].try_clone().unwrap().try_into().unwrap()
    }
}

fn whole_group() -> Options {
    Options::default().with("group", true)
}

fn override_file(address: &str) -> String {
    format!("sys/bus/pci/devices/{address}/driver_override")
}

fn unbind_file(address: &str) -> String {
    format!("sys/bus/pci/devices/{address}/driver/unbind")
}

/// The writes that take both functions of the card, or give them back.
fn both(value: &str) -> Vec<(String, String)> {
    let overrides = [CARD, SOUND].map(|address| (override_file(address), value.to_owned()));
    let unbinds = [CARD, SOUND].map(|address| (unbind_file(address), address.to_owned()));
    let probes = [CARD, SOUND].map(|address| ("sys/bus/pci/drivers_probe".to_owned(), address.to_owned()));
    overrides.into_iter().chain(unbinds).chain(probes).collect()
}

#[test]
fn a_whole_group_is_bound_and_released_by_exactly_these_writes() {
    user::ordinary(|| async {
        let setting = Setting::new("intel-desktop").await;
        let before = everything(&setting.host);
        let device = setting.device(CARD).await;
        device.bind(&whole_group()).await.unwrap();
        assert_eq!(setting.kernel.writes(), both("vfio-pci"));
        assert_eq!([setting.driver(CARD).await, setting.driver(SOUND).await], ["vfio-pci", "vfio-pci"], "shown by the reply");
        assert_eq!(setting.journal(), 0);
        device.bind(&whole_group()).await.unwrap();
        assert_eq!(setting.kernel.writes(), [], "what is bound already stays as it is");
        device.release(&whole_group()).await.unwrap();
        assert_eq!(setting.kernel.writes(), both("\n"));
        assert_eq!([setting.driver(CARD).await, setting.driver(SOUND).await], ["nouveau", "snd_hda_intel"]);
        assert_eq!(everything(&setting.host), before, "every byte is as it was");
        let refused = refusal(device.release(&whole_group()).await);
        assert_eq!(refused.kind(), Some(ErrorKind::Unsafe), "nothing to give back");
    });
}

#[test]
fn what_the_reply_shows_of_a_group_is_what_a_service_finds_that_reads_the_whole_host() {
    user::ordinary(|| async {
        let mut setting = Setting::new("intel-desktop").await;
        for binds in [true, false] {
            let device = setting.device(CARD).await;
            let changed = if binds { device.bind(&whole_group()).await } else { device.release(&whole_group()).await };
            changed.unwrap();
            let shown = [setting.properties(CARD).await, setting.properties(SOUND).await];
            setting = setting.restarted(None).await;
            assert_eq!([setting.properties(CARD).await, setting.properties(SOUND).await], shown, "bound: {binds}");
        }
    });
}

#[test]
fn a_device_whose_group_the_host_uses_is_refused_and_the_refusal_names_who() {
    user::ordinary(|| async {
        let setting = Setting::new("intel-desktop").await;
        let refused = setting.refused(CARD, Options::default()).await;
        let details: Vec<HashMap<String, String>> = refused.facts["details"].try_clone().unwrap().try_into().unwrap();
        let sibling = details.iter().find(|reason| reason["reason"] == "group-member").unwrap();
        assert_eq!((sibling["name"].as_str(), sibling["detail"].as_str()), (SOUND, "snd_hda_intel"));
        let plan = setting.device(CARD).await.plan_bind(&Options::default()).await.unwrap();
        assert!(!bool::try_from(plan["allowed"].try_clone().unwrap()).unwrap());
        let reasons: Vec<HashMap<String, String>> = plan["reasons"].try_clone().unwrap().try_into().unwrap();
        assert_eq!(reasons, details, "the plan says what the refusal says");
    });
}

#[test]
fn everything_that_the_host_needs_is_refused_with_its_reason() {
    user::ordinary(|| async {
        let cases: [(&str, &[(&str, &str)]); 6] = [
            (
                "intel-desktop",
                &[
                    ("0000:02:00.0", "system-disk"),
                    ("0000:02:00.0", "lvm"),
                    ("0000:02:00.0", "mounted"),
                    ("0000:03:00.0", "default-route"),
                    ("0000:00:02.0", "boot-display"),
                    ("0000:00:14.0", "keyboard"),
                    ("0000:00:1f.4", "bridge"),
                    ("0000:00:14.0", "no-reset"),
                ],
            ),
            ("amd-desktop", &[("0000:06:00.0", "zfs"), ("0000:05:00.0", "system-disk"), ("0000:03:00.0", "boot-display")]),
            ("hybrid-laptop", &[("0000:00:0e.0", "swap"), ("0000:00:02.0", "display")]),
            (
                "sriov-nic",
                &[
                    ("0000:81:00.0", "virtual-functions"),
                    ("0000:81:00.0", "route"),
                    ("0000:81:00.1", "bond"),
                    ("0000:81:02.1", "machine-bridge"),
                ],
            ),
            ("two-node-server", &[("0000:02:00.0", "raid"), ("0000:82:00.0", "mounted"), ("0000:01:00.0", "boot-display")]),
            ("shared-groups", &[("0000:04:00.0", "group-member"), ("0000:04:00.0", "mounted")]),
        ];
        for (host, expected) in cases {
            let setting = Setting::new(host).await;
            for (address, word) in expected {
                for options in [Options::default(), whole_group()] {
                    if *word == "group-member" && setting.reasons(address, whole_group()).await.iter().all(|found| found != word) {
                        continue;
                    }
                    let reasons = setting.reasons(address, options).await;
                    assert!(reasons.iter().any(|reason| reason == word), "{host} {address}: {word} is not in {reasons:?}");
                }
            }
        }
    });
}

#[test]
fn bridges_and_hosts_without_an_iommu_have_no_passthrough_at_all() {
    user::ordinary(|| async {
        let setting = Setting::new("no-iommu").await;
        assert!(managed_objects(&setting.service.connection).await.values().all(|all| !all.contains_key(interface::PASSTHROUGH)));
        let setting = Setting::new("intel-desktop").await;
        let objects = managed_objects(&setting.service.connection).await;
        let has = |address: &str| objects[path::host_device(address).as_str()].contains_key(interface::PASSTHROUGH);
        assert!(has(CARD) && !has("0000:00:01.0") && !has("0000:00:1f.0"));
        let bridge = path::host_device("0000:00:01.0");
        let refused = call(&setting.service.connection, bridge.as_str(), interface::PASSTHROUGH, "Bind", &Options::default()).await;
        assert_eq!(refused.unwrap_err().name, "org.freedesktop.DBus.Error.UnknownInterface");
    });
}

#[test]
fn a_tree_that_cannot_be_written_has_no_passthrough() {
    user::ordinary(|| async {
        let host = Captured::named("intel-desktop");
        let probe = std::fs::File::open(host.path().join("sys/bus/pci/drivers_probe")).unwrap();
        probe.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o444)).unwrap();
        let service = Simulated::start(Root::captured(host.path()), &machine_with(&[])).await;
        assert!(managed_objects(&service.connection).await.values().all(|all| !all.contains_key(interface::PASSTHROUGH)));
    });
}

#[test]
fn a_device_of_a_running_machine_is_neither_taken_nor_given_back() {
    user::ordinary(|| async {
        let setting = Setting::on(Captured::named("intel-desktop"), &[CARD], None).await;
        let device = setting.device(CARD).await;
        device.bind(&whole_group()).await.unwrap();
        let _ = setting.kernel.writes();
        let machine = proxies::machine(&setting.service.connection, &machine_path()).await;
        machine.start(&Options::default()).await.unwrap();
        let refused = refusal(device.release(&whole_group()).await);
        let reasons: Vec<String> = refused.facts["reasons"].try_clone().unwrap().try_into().unwrap();
        assert_eq!(reasons, ["group-machine-running", "machine-running"]);
        assert_eq!(setting.kernel.writes(), []);
        machine.force_off(&Options::default()).await.unwrap();
        device.release(&whole_group()).await.unwrap();
    });
}

#[test]
fn a_machine_that_ran_before_the_service_did_keeps_its_device_from_the_first_call_on() {
    user::ordinary(|| async {
        for _ in 0..5 {
            let host = Captured::named("intel-desktop");
            let (kernel, state) = (FakeKernel::of(&host), tempfile::tempdir().unwrap());
            let running = machine_with(&[CARD]).replace("<test:runstate>5<", "<test:runstate>1<");
            let service = Simulated::on(Bus::start(), kernel.root(&host), &running, &state.path().join("s"), None).await;
            let setting = Setting { service, kernel, host, state };
            assert!(setting.reasons(CARD, whole_group()).await.contains(&"machine-running".to_owned()));
        }
    });
}

#[test]
fn a_device_that_a_process_has_open_is_refused_and_the_process_named() {
    user::ordinary(|| async {
        let host = Captured::named("intel-desktop");
        host.file("proc/1/comm", "systemd\n");
        std::fs::create_dir_all(host.path().join("proc/1/fd")).unwrap();
        host.file("proc/812/comm", "Xorg\n");
        std::fs::create_dir_all(host.path().join("proc/812/fd")).unwrap();
        std::os::unix::fs::symlink("/dev/dri/card1", host.path().join("proc/812/fd/7")).unwrap();
        let setting = Setting::on(host, &[], None).await;
        let refused = setting.refused(CARD, whole_group()).await;
        let details: Vec<HashMap<String, String>> = refused.facts["details"].try_clone().unwrap().try_into().unwrap();
        assert_eq!(details.len(), 1, "{details:?}");
        assert_eq!(
            (details[0]["reason"].as_str(), details[0]["name"].as_str(), details[0]["detail"].as_str()),
            ("open", "812 Xorg", "dri/card1")
        );
    });
}

#[test]
fn a_device_without_reset_needs_to_be_allowed_and_is_a_warning_then() {
    user::ordinary(|| async {
        let setting = Setting::new("amd-desktop").await;
        assert_eq!(setting.reasons("0000:03:00.1", Options::default()).await, ["no-reset"]);
        let options = || Options::default().with("allow-no-reset", true);
        let device = setting.device("0000:03:00.1").await;
        let plan = device.plan_bind(&options()).await.unwrap();
        let warnings: Vec<HashMap<String, String>> = plan["warnings"].try_clone().unwrap().try_into().unwrap();
        assert!(warnings.iter().any(|warning| warning["reason"] == "no-reset"));
        device.bind(&options()).await.unwrap();
        assert_eq!(setting.driver("0000:03:00.1").await, "vfio-pci");
    });
}

#[test]
fn a_service_that_dies_at_any_write_of_this_boot_leaves_nothing_behind_when_it_is_back() {
    user::ordinary(|| async {
        for trouble in (0..6).flat_map(|at| [Trouble::CrashBefore(at), Trouble::CrashAfter(at)]) {
            let setting = Setting::new("intel-desktop").await;
            let before = everything(&setting.host);
            setting.kernel.set(trouble);
            refusal(setting.device(CARD).await.bind(&whole_group()).await);
            assert_eq!(setting.journal(), 1, "{trouble:?}: written down before");
            setting.kernel.set(Trouble::None);
            let setting = setting.restarted(None).await;
            assert_eq!(everything(&setting.host), before, "{trouble:?}");
            assert_eq!(setting.journal(), 0, "{trouble:?}");
            assert_eq!(setting.driver(CARD).await, "nouveau");
        }
    });
}

#[test]
fn a_release_that_is_cut_off_at_any_write_is_put_back_to_bound() {
    user::ordinary(|| async {
        for trouble in (0..6).flat_map(|at| [Trouble::CrashBefore(at), Trouble::CrashAfter(at)]) {
            let setting = Setting::new("intel-desktop").await;
            let device = setting.device(CARD).await;
            device.bind(&whole_group()).await.unwrap();
            let bound = everything(&setting.host);
            setting.kernel.set(trouble);
            refusal(device.release(&whole_group()).await);
            setting.kernel.set(Trouble::None);
            let setting = setting.restarted(None).await;
            assert_eq!(everything(&setting.host), bound, "{trouble:?}");
            assert_eq!(setting.journal(), 0, "{trouble:?}");
        }
    });
}

#[test]
fn after_a_new_boot_what_was_cut_off_is_forgotten_and_nothing_is_written() {
    user::ordinary(|| async {
        for trouble in (0..6).flat_map(|at| [Trouble::CrashBefore(at), Trouble::CrashAfter(at)]) {
            let mut setting = Setting::new("intel-desktop").await;
            setting.kernel.set(trouble);
            refusal(setting.device(CARD).await.bind(&whole_group()).await);
            // The computer starts anew: drivers are as the kernel chooses, and the boot has another id.
            let fresh = Captured::named("intel-desktop");
            fresh.file("proc/sys/kernel/random/boot_id", "0b0e1c1e-0000-4000-8000-000000000002\n");
            let (before, kernel) = (everything(&fresh), FakeKernel::of(&fresh));
            setting.host = fresh;
            let setting = setting.restarted(Some(kernel)).await;
            assert_eq!(setting.kernel.writes(), [], "{trouble:?}");
            assert_eq!(everything(&setting.host), before, "{trouble:?}");
            assert_eq!(setting.journal(), 0, "{trouble:?}");
        }
    });
}

#[test]
fn a_write_that_the_kernel_refuses_undoes_all_that_came_before_it() {
    user::ordinary(|| async {
        let setting = Setting::new("intel-desktop").await;
        let before = everything(&setting.host);
        for at in 0..6 {
            setting.kernel.set(Trouble::Refuse(at));
            let refused = refusal(setting.device(CARD).await.bind(&whole_group()).await);
            assert_eq!(refused.kind(), Some(ErrorKind::Failed), "{at}: {refused:?}");
            assert_eq!(everything(&setting.host), before, "{at}");
            assert_eq!(setting.journal(), 0, "{at}");
        }
        setting.kernel.set(Trouble::NoProbe);
        refusal(setting.device(CARD).await.bind(&whole_group()).await);
        setting.kernel.set(Trouble::None);
        let setting = setting.restarted(None).await;
        assert_eq!(everything(&setting.host), before, "a driver that did not come is noticed, and what could not be put back is later");
    });
}

#[test]
fn a_device_that_is_gone_already_is_refused_before_anything_is_written() {
    user::ordinary(|| async {
        let setting = Setting::new("intel-desktop").await;
        std::fs::remove_file(setting.host.path().join("sys/bus/pci/devices").join(CARD)).unwrap();
        assert!(setting.reasons(CARD, whole_group()).await.contains(&"gone".to_owned()));
    });
}

#[test]
fn a_device_that_is_pulled_out_in_the_middle_fails_and_the_other_is_put_back() {
    user::ordinary(|| async {
        for at in 0..6 {
            let setting = Setting::new("intel-desktop").await;
            setting.kernel.set(Trouble::Vanish(at));
            refusal(setting.device(CARD).await.bind(&whole_group()).await);
            assert_eq!(setting.journal(), 0, "{at}");
            let left = if setting.host.path().join("sys/bus/pci/devices").join(CARD).exists() {
                (CARD, "nouveau")
            } else {
                (SOUND, "snd_hda_intel")
            };
            let device = setting.host.path().join("sys/bus/pci/devices").join(left.0);
            assert_eq!(std::fs::read_link(device.join("driver")).unwrap().file_name().unwrap(), left.1, "{at}");
            assert_eq!(std::fs::read_to_string(device.join("driver_override")).unwrap(), "(null)\n", "{at}");
        }
    });
}

#[test]
fn a_driver_that_does_not_let_go_is_reported_fenced_and_undone_when_it_does() {
    user::ordinary(|| async {
        let setting = Setting::on(Captured::named("intel-desktop"), &[], Some(Duration::from_millis(300))).await;
        let before = everything(&setting.host);
        setting.kernel.set(Trouble::Hang(2));
        let device = setting.device(CARD).await;
        let refused = refusal(within("the time limit", device.bind(&whole_group())).await);
        assert_eq!(refused.kind(), Some(ErrorKind::TimedOut));
        for address in [CARD, SOUND] {
            let refused = refusal(setting.device(address).await.bind(&whole_group()).await);
            assert_eq!(refused.kind(), Some(ErrorKind::Busy), "{address} is left alone");
        }
        assert_eq!(setting.journal(), 1, "a crash now would be settled, too");
        let left = within("what hangs", setting.service.left_when(|left| !left.is_empty())).await;
        assert!(left.iter().all(|left| left.hangs && left.repair.is_empty()), "{left:?}");
        setting.kernel.let_go();
        let again = async {
            loop {
                match device.plan_bind(&whole_group()).await.map(|_| setting.journal()) {
                    Ok(0) => return,
                    _ => tokio::task::yield_now().await,
                }
            }
        };
        within("what hung to end", again).await;
        assert_eq!(everything(&setting.host), before);
        within("nothing to be left", setting.service.left_when(<[_]>::is_empty)).await;
    });
}

#[test]
fn of_two_who_bind_at_once_one_is_told_that_it_is_busy() {
    user::ordinary(|| async {
        let setting = Setting::new("intel-desktop").await;
        setting.kernel.set(Trouble::Hang(0));
        let (first, second) = (setting.device(CARD).await, setting.device(SOUND).await);
        let (options, more) = (whole_group(), whole_group());
        let race = async {
            setting.kernel.hangs.notified().await;
            let refused = refusal(second.bind(&more).await);
            setting.kernel.let_go();
            refused
        };
        let (bound, refused) = tokio::join!(first.bind(&options), race);
        bound.unwrap();
        assert_eq!(refused.kind(), Some(ErrorKind::Busy));
        assert_eq!(setting.kernel.writes(), both("vfio-pci"), "only one of them wrote");
    });
}

#[test]
fn options_that_name_no_device_too_many_or_nothing_known_are_refused() {
    user::ordinary(|| async {
        let setting = Setting::new("intel-desktop").await;
        let named = |paths: Vec<OwnedObjectPath>| Options::default().with("devices", paths);
        let odd = |text: &str| OwnedObjectPath::try_from(text.to_owned()).unwrap();
        let bad = [
            named(vec![odd("/")]),
            named(vec![odd("/org/kvmmanager/Manager1/host")]),
            named(vec![odd("/org/kvmmanager/Manager1/host/devices/0000_01_00")]),
            named(vec![odd("/org/kvmmanager/Manager1/host/devices/0000_01_20_0")]),
            named(vec![odd("/org/kvmmanager/Manager1/host/devices/0000_01_00_0/driver")]),
            named(vec![path::host_device(SOUND); 65]),
            Options::default().with("devices", SOUND),
            Options::default().with("grop", true),
            Options::default().with("group", 1_u32),
            Options::default().with("force", true),
            Options::default().with("devices", Variant::from(vec![SOUND.to_owned()])),
        ];
        for options in bad {
            let shown = format!("{options:?}");
            assert_eq!(setting.refused(CARD, options).await.kind(), Some(ErrorKind::InvalidArgument), "{shown}");
        }
        let refused = setting.refused(CARD, named(vec![path::host_device("0000:ff:00.0")])).await;
        assert_eq!(refused.kind(), Some(ErrorKind::NotFound));
        let release = Options::default().with("allow-no-reset", true);
        assert_eq!(refusal(setting.device(CARD).await.release(&release).await).kind(), Some(ErrorKind::InvalidArgument));
    });
}
