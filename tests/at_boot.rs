//! What is done each time the computer starts: devices that are taken before the service runs, on captured hosts with a
//! kernel that is simulated. The unit of the early start is [`apply`], as the program runs it.
#![allow(clippy::panic, clippy::unwrap_used, clippy::expect_used)]

use std::{collections::HashMap, path::PathBuf, sync::Arc, time::Duration};

use dbus::{
    ErrorKind, Options,
    at_boot::{AtBootProxy, Pages, state},
    hugepages::HugePagesProxy,
    passthrough::PassthroughProxy,
    path,
};
use kvm_manager_tests::{
    bus::Bus,
    captured::Captured,
    client::{Refusal, managed_objects, refusal},
    inside,
    kernel::{FakeKernel, Trouble, everything},
    service as proxies,
    simulated::{Simulated, machine_path, machine_with},
    tree::Tree,
    user, within,
};
use service::{
    store::{Store, boot::Run},
    workflow::at_boot::apply,
};

const CARD: &str = "0000:01:00.0";
const SOUND: &str = "0000:01:00.1";
const DISK: &str = "0000:02:00.0";
const PAGE: u64 = 2 << 20;
const GIB: u64 = 1 << 30;

/// A computer with a disk that survives its starts.
struct Computer {
    state: tempfile::TempDir,
    host: Captured,
    kernel: Arc<FakeKernel>,
    starts: u32,
}

impl Computer {
    fn new() -> Self {
        let host = Captured::named("intel-desktop");
        let kernel = FakeKernel::of(&host);
        Self { state: tempfile::tempdir().unwrap(), host, kernel, starts: 1 }
    }

    /// It starts anew: drivers are as the kernel chooses, and the boot has another id.
    fn restart(&mut self) {
        self.starts += 1;
        self.host = Captured::named("intel-desktop");
        self.host.file("proc/sys/kernel/random/boot_id", &format!("0b0e1c1e-0000-4000-8000-{:012}\n", self.starts));
        self.kernel = FakeKernel::of(&self.host);
    }

    fn directory(&self) -> PathBuf {
        self.state.path().join("s")
    }

    /// The unit of the early start, until it waits for the computer to run on.
    fn early(&self) -> Option<Run> {
        let store = Store::beside(&self.directory()).unwrap();
        apply::run(&self.kernel.root(&self.host), &store, Duration::ZERO).unwrap()
    }

    fn ran_on(&self) {
        apply::confirm(&self.kernel.root(&self.host), &Store::beside(&self.directory()).unwrap()).unwrap();
    }

    async fn service(&self) -> Simulated {
        self.service_with(&[]).await
    }

    async fn service_with(&self, of_machine: &[&str]) -> Simulated {
        let root = self.kernel.root(&self.host);
        Simulated::on(Bus::start(), root, &machine_with(of_machine), &self.directory(), None).await
    }

    fn driver(&self, address: &str) -> String {
        let link = std::fs::read_link(self.host.path().join("sys/bus/pci/devices").join(address).join("driver"));
        link.map(|target| target.file_name().unwrap().to_string_lossy().into_owned()).unwrap_or_default()
    }

    fn has_card(&self) -> bool {
        let bound = [CARD, SOUND].map(|address| self.driver(address) == "vfio-pci");
        assert_eq!(bound[0], bound[1], "wholly or not at all");
        bound[0]
    }
}

async fn device(service: &Simulated, address: &str) -> PassthroughProxy<'static> {
    PassthroughProxy::new(&service.connection, path::host_device(address)).await.unwrap()
}

async fn at_boot(service: &Simulated) -> AtBootProxy<'static> {
    AtBootProxy::builder(&service.connection).cache_properties(zbus::proxy::CacheProperties::No).build().await.unwrap()
}

fn whole_group() -> Options {
    Options::default().with("group", true)
}

fn reasons(refused: &Refusal) -> Vec<String> {
    refused.facts["reasons"].try_clone().unwrap().try_into().unwrap()
}

#[test]
fn what_is_kept_is_bound_at_each_start_before_the_service_is_there_and_nothing_before() {
    user::ordinary(|| async {
        let mut computer = Computer::new();
        let service = computer.service().await;
        device(&service, CARD).await.set_persistent(true, &whole_group()).await.unwrap();
        assert_eq!(computer.kernel.writes(), [], "it is for the next start");
        for address in [CARD, SOUND] {
            assert!(device(&service, address).await.persistent().await.unwrap(), "{address}");
        }
        let shown = at_boot(&service).await;
        assert_eq!((shown.state().await.unwrap(), shown.unconfirmed().await.unwrap()), (state::WAITING, 0));
        drop(service);
        for _ in 0..3 {
            computer.restart();
            assert!(!computer.has_card());
            assert_eq!(computer.early().unwrap().unconfirmed, 1);
            assert!(computer.has_card());
            assert!(computer.state.path().join("s/journal").read_dir().unwrap().next().is_none());
            let service = computer.service().await;
            let shown = at_boot(&service).await;
            assert_eq!(shown.state().await.unwrap(), state::APPLIED);
            let outcomes: Vec<_> = shown.devices().await.unwrap().into_iter().map(|device| (device.address, device.outcome)).collect();
            assert_eq!(outcomes, [(CARD.to_owned(), "bound".to_owned()), (SOUND.to_owned(), "bound".to_owned())]);
            computer.ran_on();
            let confirmed = async {
                while shown.state().await.unwrap() != state::CONFIRMED {
                    tokio::task::yield_now().await;
                }
            };
            within("the service to see that the computer ran on", confirmed).await;
        }
    });
}

#[test]
fn after_two_starts_that_were_cut_short_nothing_is_done_and_the_bus_says_so_until_somebody_changes_it() {
    user::ordinary(|| async {
        let mut computer = Computer::new();
        device(&computer.service().await, CARD).await.set_persistent(true, &whole_group()).await.unwrap();
        for unconfirmed in 1..=2 {
            computer.restart();
            assert_eq!(computer.early().unwrap().unconfirmed, unconfirmed);
            assert!(computer.has_card());
        }
        for _ in 0..3 {
            computer.restart();
            let before = everything(&computer.host);
            assert!(computer.early().unwrap().is_skipped);
            computer.ran_on();
            assert_eq!(everything(&computer.host), before);
            let service = computer.service().await;
            let shown = at_boot(&service).await;
            assert_eq!((shown.state().await.unwrap(), shown.unconfirmed().await.unwrap()), (state::SKIPPED, 2));
            assert!(device(&service, CARD).await.persistent().await.unwrap(), "it is still wanted");
        }
        let service = computer.service().await;
        device(&service, CARD).await.set_persistent(true, &whole_group()).await.unwrap();
        assert_eq!(at_boot(&service).await.state().await.unwrap(), state::WAITING);
        drop(service);
        computer.restart();
        assert_eq!(computer.early().unwrap().unconfirmed, 1);
        assert!(computer.has_card());
    });
}

#[test]
fn a_start_that_dies_at_any_write_counts_as_cut_short_and_the_service_puts_it_back() {
    user::ordinary(|| async {
        for trouble in (0..6).flat_map(|at| [Trouble::CrashBefore(at), Trouble::CrashAfter(at)]) {
            let mut computer = Computer::new();
            device(&computer.service().await, CARD).await.set_persistent(true, &whole_group()).await.unwrap();
            computer.restart();
            let before = everything(&computer.host);
            computer.kernel.set(trouble);
            std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| computer.early())).unwrap_err();
            computer.kernel.set(Trouble::None);
            let service = computer.service().await;
            assert_eq!(everything(&computer.host), before, "{trouble:?}");
            let shown = at_boot(&service).await;
            assert_eq!(shown.unconfirmed().await.unwrap(), 1, "{trouble:?}: counted before the first write");
            assert!(shown.devices().await.unwrap().iter().all(|device| device.outcome.is_empty()), "{trouble:?}");
        }
    });
}

#[test]
fn a_card_that_was_moved_taken_out_or_is_needed_now_is_left_alone_and_each_is_told() {
    user::ordinary(|| async {
        let mut computer = Computer::new();
        device(&computer.service().await, CARD).await.set_persistent(true, &whole_group()).await.unwrap();
        let at = |computer: &Computer, file: &str| computer.host.path().join("sys/bus/pci/devices").join(CARD).join(file);
        for file in ["vendor", "device", "class"] {
            computer.restart();
            std::fs::write(at(&computer, file), "0x010802\n").unwrap();
            let run = computer.early().unwrap();
            let words: HashMap<&str, &str> = run.outcomes.iter().map(|outcome| (outcome.part.as_str(), outcome.word.as_str())).collect();
            // Half of the group would be at the mercy of the other half.
            assert_eq!((words[CARD], words[SOUND]), ("other-device", "refused"), "{file}");
            assert_eq!(computer.kernel.writes(), [], "{file}");
            let service = computer.service().await;
            let persistent = [CARD, SOUND].map(|address| (address, device(&service, address)));
            for (address, device) in persistent {
                assert_eq!(
                    device.await.persistent().await.unwrap(),
                    address == SOUND,
                    "{file}: another device is not the one that was wanted"
                );
            }
            computer.ran_on();
        }
        computer.restart();
        std::fs::remove_file(computer.host.path().join("sys/bus/pci/devices").join(CARD)).unwrap();
        let run = computer.early().unwrap();
        assert_eq!(run.outcomes[0].word, "gone");
        let service = computer.service().await;
        let shown = at_boot(&service).await;
        shown.forget(CARD, &Options::default()).await.unwrap();
        assert_eq!(shown.devices().await.unwrap().len(), 1, "what is gone can be forgotten");
        assert_eq!(refusal(shown.forget(CARD, &Options::default()).await).kind(), Some(ErrorKind::NotFound));
        computer.ran_on();
        drop(service);
        computer.restart();
        let run = computer.early().unwrap();
        assert_eq!((run.outcomes[0].word.as_str(), &run.outcomes[0].reasons), ("refused", &vec!["group-member".to_owned()]));
    });
}

#[test]
fn what_the_host_needs_is_not_kept_and_a_running_machine_is_no_reason() {
    user::ordinary(|| async {
        let computer = Computer::new();
        let service = computer.service_with(&[CARD]).await;
        let refused = refusal(device(&service, DISK).await.set_persistent(true, &Options::default()).await);
        assert_eq!(refused.kind(), Some(ErrorKind::Unsafe));
        assert!(reasons(&refused).contains(&"system-disk".to_owned()), "{refused:?}");
        let refused = refusal(device(&service, CARD).await.set_persistent(true, &Options::default()).await);
        assert_eq!(reasons(&refused), ["group-member"]);
        let refused = refusal(device(&service, CARD).await.set_persistent(false, &whole_group()).await);
        assert_eq!(refused.kind(), Some(ErrorKind::NotFound));
        let shown = at_boot(&service).await;
        assert_eq!(shown.state().await.unwrap(), state::NOTHING);
        assert!(computer.early().is_none());
        device(&service, CARD).await.bind(&whole_group()).await.unwrap();
        let machine = proxies::machine(&service.connection, &machine_path()).await;
        machine.start(&Options::default()).await.unwrap();
        device(&service, CARD).await.set_persistent(true, &whole_group()).await.unwrap();
        let objects = managed_objects(&service.connection).await;
        let persistent = &objects[path::host_device(CARD).as_str()][dbus::interface::PASSTHROUGH]["Persistent"];
        assert!(bool::try_from(persistent.try_clone().unwrap()).unwrap());
        device(&service, CARD).await.set_persistent(false, &whole_group()).await.unwrap();
        assert_eq!(shown.state().await.unwrap(), state::NOTHING, "undone wholly");
        assert_eq!(computer.driver(CARD), "vfio-pci", "what it has now stays");
    });
}

#[test]
fn the_plan_tells_each_write_of_the_next_start_and_lines_for_the_administrator() {
    user::ordinary(|| async {
        let mut computer = Computer::new();
        let service = computer.service().await;
        let plan = |device: PassthroughProxy<'static>| async move { device.plan_persist(&whole_group()).await.unwrap() };
        let before = plan(device(&service, CARD).await).await;
        let advice: Vec<(String, String)> = before["advice"].try_clone().unwrap().try_into().unwrap();
        let kinds: Vec<&str> = advice.iter().map(|(kind, _)| kind.as_str()).collect();
        assert_eq!(kinds, ["kernel-argument", "module-option", "module-option", "module-option", "initramfs-module"]);
        assert!(advice[0].1.starts_with("vfio-pci.ids=10de:"), "{advice:?}");
        assert!(advice.iter().any(|(_, line)| line == "softdep nouveau pre: vfio-pci"), "{advice:?}");
        assert_eq!(computer.kernel.writes(), [], "a plan changes nothing");
        let steps: Vec<(zbus::OwnedObjectPath, String, String)> = before["steps"].try_clone().unwrap().try_into().unwrap();
        device(&service, CARD).await.set_persistent(true, &whole_group()).await.unwrap();
        drop(service);
        computer.restart();
        computer.early().unwrap();
        let writes = computer.kernel.writes();
        assert_eq!(steps.len(), writes.len());
        for ((device, _, value), (file, written)) in steps.iter().zip(&writes) {
            let address = path::host_device_address(device.as_str()).unwrap();
            assert!(value == written && (file.contains(&address) || *written == address), "{file}");
        }
    });
}

#[test]
fn a_damaged_list_is_told_applied_by_nobody_and_set_aside_by_the_next_change() {
    user::ordinary(|| async {
        let mut computer = Computer::new();
        device(&computer.service().await, CARD).await.set_persistent(true, &whole_group()).await.unwrap();
        let file = computer.directory().join("boot/wanted.json");
        std::fs::write(&file, std::fs::read_to_string(&file).unwrap().replace(CARD, "0000:02:00.0/../x")).unwrap();
        computer.restart();
        let store = Store::beside(&computer.directory()).unwrap();
        assert_eq!(
            apply::run(&computer.kernel.root(&computer.host), &store, Duration::ZERO).unwrap_err().kind(),
            std::io::ErrorKind::InvalidData
        );
        assert_eq!(computer.kernel.writes(), []);
        let service = computer.service().await;
        let shown = at_boot(&service).await;
        assert_eq!((shown.state().await.unwrap(), shown.devices().await.unwrap().len()), (state::DAMAGED, 0));
        device(&service, CARD).await.set_persistent(true, &whole_group()).await.unwrap();
        assert_eq!(shown.state().await.unwrap(), state::WAITING);
        assert!(file.with_extension("damaged").exists());
    });
}

#[test]
fn options_and_addresses_that_make_no_sense_change_nothing() {
    user::ordinary(|| async {
        let computer = Computer::new();
        let service = computer.service().await;
        let card = device(&service, CARD).await;
        let shown = at_boot(&service).await;
        for address in ["", "0000:01:00", "../0000:01:00.0", "0000:01:00.0\n", "0000:01:00.0/../0000:02:00.0"] {
            assert_eq!(refusal(shown.forget(address, &Options::default()).await).kind(), Some(ErrorKind::InvalidArgument), "{address:?}");
        }
        for options in [Options::default().with("force", true), Options::default().with("group", 1_u32)] {
            assert_eq!(refusal(card.set_persistent(true, &options).await).kind(), Some(ErrorKind::InvalidArgument));
        }
        let allow = Options::default().with("allow-no-reset", true);
        assert_eq!(refusal(card.set_persistent(false, &allow).await).kind(), Some(ErrorKind::InvalidArgument));
        assert!(!computer.directory().join("boot/wanted.json").exists());
        assert_eq!(shown.state().await.unwrap(), state::NOTHING);
    });
}

#[test]
fn pages_that_are_missing_at_a_start_are_reserved_and_no_more_than_the_floor_allows() {
    user::ordinary(|| async {
        let tree = Tree::of("server-two-nodes");
        let state = tempfile::tempdir().unwrap();
        let directory = state.path().join("s");
        let service = inside::start(tree.root(), &directory).await;
        let pages = HugePagesProxy::new(&service.client).await.unwrap();
        let here = || Options::default().with("node", 1_u32);
        pages.set_at_boot(GIB, 11, &here()).await.unwrap();
        pages.set_at_boot(PAGE, 100, &Options::default()).await.unwrap();
        drop(service);
        let control = "sys/devices/system/node/node1/hugepages/hugepages-1048576kB/nr_hugepages";
        assert_eq!(tree.read(control), "8\n", "it is for the next start");
        let early = |boot: &str| {
            tree.write("proc/sys/kernel/random/boot_id", boot);
            apply::run(&tree.root(), &Store::beside(&directory).unwrap(), Duration::ZERO).unwrap().unwrap()
        };
        early("second");
        assert_eq!(tree.read(control), "11\n");
        assert!(!directory.join("hugepages.json").exists(), "no record is left");
        let service = inside::start(tree.root(), &directory).await;
        let told = AtBootProxy::new(&service.client).await.unwrap().huge_pages().await.unwrap();
        let done = |page_size, node, count| Pages { page_size, node, count, outcome: "reserved".into(), reasons: Vec::new() };
        assert_eq!(told, [done(PAGE, -1, 100), done(GIB, 1, 11)], "what the kernel has already counts");
        drop(service);
        tree.write(control, "8");
        tree.write("proc/meminfo", "MemTotal: 167772160 kB\nMemAvailable: 17825792 kB");
        let run = early("third");
        assert_eq!(tree.read(control), "8\n");
        let outcome = run.outcomes.iter().find(|outcome| outcome.part == format!("{GIB}/1")).unwrap();
        assert_eq!((outcome.word.as_str(), &outcome.reasons), ("refused", &vec!["memory-floor".to_owned()]));
        assert!(early("fourth").is_skipped);
        assert_eq!(tree.read(control), "8\n", "after two starts that were cut short nothing is reserved");
    });
}

#[test]
fn pages_at_each_start_are_refused_below_the_floor_of_all_the_memory_and_taken_back_by_none() {
    user::ordinary(|| async {
        let tree = Tree::of("server-two-nodes");
        let state = tempfile::tempdir().unwrap();
        let service = inside::start(tree.root(), &state.path().join("s")).await;
        let pages = HugePagesProxy::new(&service.client).await.unwrap();
        let none = Options::default;
        let plan = pages.plan_at_boot(GIB, 145, &none()).await.unwrap();
        assert_eq!((plan.possible, plan.available, plan.floor, plan.most), (false, 160 * GIB, 16 * GIB, 144));
        assert_eq!(plan.kernel_argument, "hugepagesz=1G hugepages=145");
        let refused = refusal(pages.set_at_boot(GIB, 145, &none()).await);
        assert_eq!((refused.kind(), refused.facts.contains_key("most")), (Some(ErrorKind::Unsafe), true));
        pages.set_at_boot(GIB, 140, &none()).await.unwrap();
        assert_eq!(pages.plan_at_boot(PAGE, 1, &none()).await.unwrap().most, 4 * 512, "what is wanted already is not there twice");
        assert_eq!(pages.plan_at_boot(GIB, 1, &none()).await.unwrap().most, 144, "but a new number is in its place");
        for (page_size, count, node, kind) in [
            (PAGE - 1, 1, None, ErrorKind::InvalidArgument),
            (PAGE, u64::MAX, None, ErrorKind::InvalidArgument),
            (1 << 20, 1, None, ErrorKind::NotFound),
            (PAGE, 1, Some(9_u32), ErrorKind::NotFound),
            (PAGE, 0, None, ErrorKind::NotFound),
        ] {
            let options = || node.map_or_else(none, |node| none().with("node", node));
            assert_eq!(refusal(pages.set_at_boot(page_size, count, &options()).await).kind(), Some(kind), "{page_size} {count} {node:?}");
        }
        let shown = AtBootProxy::builder(&service.client).cache_properties(zbus::proxy::CacheProperties::No).build().await.unwrap();
        assert_eq!((shown.huge_pages().await.unwrap().len(), shown.state().await.unwrap()), (1, state::WAITING));
        pages.set_at_boot(GIB, 0, &none()).await.unwrap();
        assert_eq!((shown.huge_pages().await.unwrap().len(), shown.state().await.unwrap()), (0, state::NOTHING));
    });
}
