//! What the host does for machines while they run: on captured hosts, with libvirt's built-in driver and a systemd that the
//! test plays.
#![allow(clippy::panic, clippy::unwrap_used, clippy::expect_used)]

#[path = "running/floor.rs"]
mod floor;
#[path = "running/preference.rs"]
mod preference;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use dbus::{
    ErrorKind, Options,
    machine::{MachineProxy, State},
    manager::ManagerProxy,
    pinning::Pin,
};
use kvm_manager_tests::{
    client::refusal,
    inside::{self, Inside},
    tree::Tree,
    user, within,
};
use zbus::{OwnedObjectPath, interface, proxy::CacheProperties};

const PAGES: &str = "sys/devices/system/node/node1/hugepages/hugepages-2048kB";
const ALL: &str = "sys/kernel/mm/hugepages/hugepages-2048kB";
const SYSTEM: &str = "system.slice";

fn none() -> Options {
    Options::default()
}

/// Units and the CPUs that each is allowed, and whether systemd refuses.
#[derive(Debug, Default)]
struct Units {
    allowed: Mutex<BTreeMap<String, Vec<u8>>>,
    calls: Mutex<Vec<(String, Vec<u8>)>>,
    refuses: Mutex<bool>,
}

#[derive(Debug, Clone)]
struct Systemd(Arc<Units>);

type Listed = (String, String, String, String, String, String, OwnedObjectPath, u32, String, OwnedObjectPath);

fn path_of(unit: &str) -> OwnedObjectPath {
    OwnedObjectPath::try_from(format!("/org/freedesktop/systemd1/unit/{}", unit.replace('.', "_2e"))).unwrap()
}

#[interface(name = "org.freedesktop.systemd1.Manager")]
impl Systemd {
    fn list_units_by_patterns(&self, _states: Vec<String>, _patterns: Vec<String>) -> Vec<Listed> {
        let root = || OwnedObjectPath::try_from("/").unwrap();
        let unit = |name: &String| {
            let text = String::new;
            (name.clone(), text(), text(), text(), text(), text(), path_of(name), 0, text(), root())
        };
        self.0.allowed.lock().unwrap().keys().map(unit).collect()
    }

    fn set_unit_properties(&self, name: String, runtime: bool, properties: Vec<(String, zbus::OwnedVariant)>) -> zbus::fdo::Result<()> {
        if *self.0.refuses.lock().unwrap() {
            return Err(zbus::fdo::Error::Failed("no".into()));
        }
        assert!(runtime, "nothing outlives the boot");
        let [(property, value)] = &properties[..] else { panic!("{properties:?}") };
        assert_eq!(property, "AllowedCPUs");
        let cpus = Vec::<u8>::try_from(value.try_clone().unwrap()).unwrap();
        self.0.calls.lock().unwrap().push((name.clone(), cpus.clone()));
        self.0.allowed.lock().unwrap().insert(name, cpus);
        Ok(())
    }
}

macro_rules! unit {
    ($name:ident, $interface:literal) => {
        #[derive(Debug)]
        struct $name(Arc<Units>, String);

        #[interface(name = $interface)]
        impl $name {
            #[zbus(property, name = "AllowedCPUs")]
            fn allowed_cpus(&self) -> Vec<u8> {
                self.0.allowed.lock().unwrap()[&self.1].clone()
            }
        }
    };
}
unit!(Slice, "org.freedesktop.systemd1.Slice");
unit!(Scope, "org.freedesktop.systemd1.Scope");

/// A host whose service can end and start again.
struct Host {
    tree: Tree,
    units: Arc<Units>,
    uri: String,
    state: tempfile::TempDir,
}

/// Eight CPUs, two nodes; governors as the kernel lays them out.
fn server() -> Tree {
    let tree = Tree::of("server-two-nodes");
    let meminfo = tree.read("proc/meminfo");
    tree.write("proc/meminfo", &format!("{}\nHugepagesize: 2048 kB", meminfo.trim_end()));
    // This tree does not follow as a kernel does that has pages beyond what was reserved.
    for place in [PAGES, ALL] {
        tree.write(&format!("{place}/surplus_hugepages"), "0");
    }
    for policy in 0..8 {
        let directory = format!("sys/devices/system/cpu/cpufreq/policy{policy}");
        std::fs::create_dir_all(tree.root().path(&directory)).unwrap();
        tree.write(&format!("{directory}/affected_cpus"), &policy.to_string());
        tree.write(&format!("{directory}/scaling_governor"), "powersave");
        tree.write(&format!("{directory}/scaling_available_governors"), "performance powersave");
        // The kernel tells a number where somebody has set one; the last CPU has no such thing.
        if policy < 7 {
            tree.write(&format!("{directory}/energy_performance_preference"), if policy == 6 { "128" } else { "balance_power" });
            let all = "default performance balance_performance balance_power power";
            tree.write(&format!("{directory}/energy_performance_available_preferences"), all);
        }
    }
    tree
}

impl Host {
    /// With a machine `a` in this state, 1 running or 5 off: 512 MiB in huge pages on node 1, two virtual CPUs on 2 and 6.
    fn with(state: u32) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("machines.xml");
        let machine = format!(
            "<node><domain type='test' xmlns:test='http://libvirt.org/schemas/domain/test/1.0'><name>a</name>\
             <uuid>11111111-1111-4111-8111-111111111111</uuid><metadata>\
             <kvmmanager:machine xmlns:kvmmanager='https://kvmmanager.org/xmlns/machine/1'><kvmmanager:reserve-huge-pages/>\
             <kvmmanager:isolate-cpus/><kvmmanager:governor>performance</kvmmanager:governor></kvmmanager:machine></metadata>\
             <memory unit='MiB'>512</memory><memoryBacking><hugepages/></memoryBacking><vcpu>2</vcpu>\
             <cputune><vcpupin vcpu='0' cpuset='2'/><vcpupin vcpu='1' cpuset='6'/></cputune>\
             <numatune><memory mode='strict' nodeset='1'/></numatune><os><type>hvm</type></os>\
             <test:runstate>{state}</test:runstate></domain></node>"
        );
        std::fs::write(&file, machine).unwrap();
        let units = Arc::new(Units::default());
        let before = [(SYSTEM, vec![]), ("user.slice", vec![0b1111]), ("init.scope", vec![]), ("machine.slice", vec![])];
        *units.allowed.lock().unwrap() = before.into_iter().map(|(unit, cpus)| (unit.to_owned(), cpus)).collect();
        Self { tree: server(), units, uri: format!("test://{}", file.display()), state: directory }
    }

    /// The service, with systemd as its peer.
    async fn start(&self) -> Inside {
        let (units, names) = (Arc::clone(&self.units), self.units.allowed.lock().unwrap().keys().cloned().collect::<Vec<_>>());
        inside::start_with(&self.uri, self.tree.root(), &self.state.path().join("state"), |client| {
            Box::pin(async move {
                let server = client.object_server();
                server.at("/org/freedesktop/systemd1", Systemd(Arc::clone(&units))).await.unwrap();
                for name in names {
                    let path = path_of(&name);
                    if name.ends_with(".scope") {
                        server.at(path, Scope(Arc::clone(&units), name)).await.unwrap();
                    } else {
                        server.at(path, Slice(Arc::clone(&units), name)).await.unwrap();
                    }
                }
            })
        })
        .await
    }

    fn allowed(&self, unit: &str) -> Vec<u8> {
        self.units.allowed.lock().unwrap()[unit].clone()
    }

    fn governor(&self, policy: u32) -> String {
        self.tree.read(&format!("sys/devices/system/cpu/cpufreq/policy{policy}/scaling_governor")).lines().next().unwrap().to_owned()
    }

    fn preference(&self, policy: u32) -> String {
        let file = format!("sys/devices/system/cpu/cpufreq/policy{policy}/energy_performance_preference");
        self.tree.read(&file).lines().next().unwrap().to_owned()
    }

    fn preferences(&self) -> [String; 7] {
        std::array::from_fn(|policy| self.preference(u32::try_from(policy).unwrap()))
    }

    fn pages(&self) -> u64 {
        self.tree.read(&format!("{PAGES}/nr_hugepages")).lines().next().unwrap().parse().unwrap()
    }

    /// Pages that nobody uses, as the kernel would count them.
    fn free(&self, pages: u64) {
        self.tree.write(&format!("{PAGES}/free_hugepages"), &pages.to_string());
        self.tree.write(&format!("{ALL}/free_hugepages"), &pages.to_string());
        self.tree.write(&format!("{ALL}/resv_hugepages"), "0");
    }

    fn as_taken(&self) {
        assert_eq!(self.allowed(SYSTEM), [0b1011_1011]);
        assert_eq!(self.allowed("user.slice"), [0b1011]);
        assert_eq!(self.allowed("init.scope"), [0b1011_1011]);
        assert_eq!(self.allowed("machine.slice"), [] as [u8; 0]);
        let governors: Vec<String> = (0..8).map(|policy| self.governor(policy)).collect();
        let performance = |policy: usize| if [2, 6].contains(&policy) { "performance" } else { "powersave" };
        assert!(governors.iter().enumerate().all(|(policy, name)| name == performance(policy)), "{governors:?}");
    }

    fn as_before(&self) -> bool {
        let untouched = [(SYSTEM, vec![]), ("user.slice", vec![0b1111]), ("init.scope", vec![]), ("machine.slice", vec![])];
        untouched.iter().all(|(unit, cpus)| self.allowed(unit) == *cpus) && (0..8).all(|policy| self.governor(policy) == "powersave")
    }

    /// Waits until the record of what machines have is gone.
    async fn settled(&self) {
        let record = self.state.path().join("state/running.json");
        within("everything given back", async {
            while record.exists() {
                tokio::task::yield_now().await;
            }
        })
        .await;
    }

    /// Waits until it is there.
    async fn taken(&self) {
        within("the CPUs taken", async {
            while self.governor(6) != "performance" {
                tokio::task::yield_now().await;
            }
        })
        .await;
    }
}

type Work = std::pin::Pin<Box<dyn Future<Output = ()>>>;

/// A service that lives as long as `work` takes and then dies with everything that it was doing.
async fn life(host: &Arc<Host>, work: fn(Arc<Host>, MachineProxy<'static>) -> Work) {
    let host = Arc::clone(host);
    let alone = move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let service = host.start().await;
            let a = machine(&service).await;
            work(host, a).await;
        });
        runtime.shutdown_background();
    };
    tokio::task::spawn_blocking(alone).await.unwrap();
}

async fn started(_: Arc<Host>, a: MachineProxy<'static>) {
    a.start(&none()).await.unwrap();
}

async fn machine(service: &Inside) -> MachineProxy<'static> {
    let manager = ManagerProxy::builder(&service.client).cache_properties(CacheProperties::No).build().await.unwrap();
    let path = manager.list_machines(&none()).await.unwrap().remove(0).path;
    MachineProxy::builder(&service.client).path(path).cache_properties(CacheProperties::No).build().await.unwrap()
}

#[test]
fn a_start_takes_what_is_missing_and_a_stop_gives_it_back() {
    user::ordinary(|| async {
        let host = Host::with(5);
        let service = host.start().await;
        let a = machine(&service).await;
        // 60 of the pages on the node are nobody's: 196 are missing of 256.
        a.start(&none()).await.unwrap();
        assert_eq!(host.pages(), 2048 + 196);
        host.as_taken();
        host.free(256);
        a.force_off(&none()).await.unwrap();
        host.settled().await;
        assert_eq!(host.pages(), 2048);
        assert!(host.as_before());
    });
}

#[test]
fn pages_that_somebody_else_uses_by_then_stay_until_they_are_free() {
    user::ordinary(|| async {
        let host = Arc::new(Host::with(5));
        life(&host, |host, a| {
            Box::pin(async move {
                a.start(&none()).await.unwrap();
                host.free(10);
                a.force_off(&none()).await.unwrap();
                within("the free ones", async {
                    while host.pages() != 2048 + 186 {
                        tokio::task::yield_now().await;
                    }
                })
                .await;
            })
        })
        .await;
        // The rest goes with the next look, which a start of the service is.
        host.free(500);
        let _service = host.start().await;
        host.settled().await;
        assert_eq!(host.pages(), 2048);
    });
}

#[test]
fn a_start_without_enough_memory_is_refused_with_figures_and_leaves_the_host_as_it_was() {
    user::ordinary(|| async {
        let host = Host::with(5);
        // A GiB stays in any case.
        let meminfo = host.tree.read("proc/meminfo").replace("104857600", "16800000");
        host.tree.write("proc/meminfo", meminfo.trim_end());
        let service = host.start().await;
        let a = machine(&service).await;
        let refused = refusal(a.start(&none()).await);
        assert_eq!(refused.kind(), Some(ErrorKind::Unsafe), "{refused:?}");
        let number = |fact: &str| u64::try_from(refused.facts[fact].try_clone().unwrap()).unwrap();
        assert_eq!((number("needed"), number("floor")), (196 * (2 << 20), (160 << 30) / 10));
        assert_eq!((State::from(a.state().await.unwrap()), host.pages()), (State::Off, 2048));
        assert!(host.as_before() && host.units.calls.lock().unwrap().is_empty());
        assert!(!host.state.path().join("state/running.json").exists());
    });
}

#[test]
fn a_systemd_that_refuses_fails_the_start_and_pages_and_governors_are_put_back() {
    user::ordinary(|| async {
        let host = Arc::new(Host::with(5));
        *host.units.refuses.lock().unwrap() = true;
        host.free(0);
        life(&host, |host, a| {
            Box::pin(async move {
                let refused = a.start(&none()).await;
                assert_eq!(refusal(refused).kind(), Some(ErrorKind::NotSupported));
                assert_eq!(State::from(a.state().await.unwrap()), State::Off);
                assert!((0..8).all(|policy| host.governor(policy) == "powersave"));
            })
        })
        .await;
        // What could not be put back then is as soon as it can be.
        host.free(256);
        *host.units.refuses.lock().unwrap() = false;
        let _service = host.start().await;
        host.settled().await;
        assert!(host.as_before());
        assert_eq!(host.pages(), 2048);
    });
}

#[test]
fn what_a_service_that_died_had_taken_is_given_back_by_the_next_and_nothing_of_another_boot() {
    user::ordinary(|| async {
        for same_boot in [true, false] {
            let host = Arc::new(Host::with(5));
            life(&host, |host, a| Box::pin(started(host, a))).await;
            host.as_taken();
            host.free(256);
            if !same_boot {
                host.tree.write("proc/sys/kernel/random/boot_id", "another");
                host.units.calls.lock().unwrap().clear();
            }
            // This driver forgets that the machine ran, as a host does that was restarted.
            let _service = host.start().await;
            host.settled().await;
            if same_boot {
                assert!(host.as_before());
                assert_eq!(host.pages(), 2048);
            } else {
                assert!(host.units.calls.lock().unwrap().is_empty());
                assert_eq!(host.pages(), 2048 + 196);
            }
        }
    });
}

#[test]
fn a_machine_that_others_started_gets_its_cpus_and_keeps_them_over_a_restart_of_the_service() {
    user::ordinary(|| async {
        let host = Arc::new(Host::with(1));
        life(&host, |host, _| {
            Box::pin(async move {
                host.taken().await;
                host.as_taken();
                assert_eq!(host.pages(), 2048, "pages had to be there before");
            })
        })
        .await;
        let service = host.start().await;
        let a = machine(&service).await;
        host.as_taken();
        a.force_off(&none()).await.unwrap();
        host.settled().await;
        assert!(host.as_before());
    });
}

#[test]
fn settings_are_kept_checked_and_followed_at_once() {
    user::ordinary(|| async {
        let host = Host::with(1);
        let service = host.start().await;
        let a = machine(&service).await;
        host.taken().await;
        let off = none().with("isolate-cpus", false).with("governor", "").with("reserve-huge-pages", false);
        a.set_host_tuning(&off, &none()).await.unwrap();
        host.settled().await;
        assert!(host.as_before());
        let details = a.get_details(&none()).await.unwrap();
        assert_eq!((details.isolate_cpus, details.reserve_huge_pages, details.governor), (Some(false), Some(false), None));
        for (odd, kind) in [
            (none().with("governor", "userspace"), ErrorKind::InvalidArgument),
            (none().with("governor", "../../x"), ErrorKind::InvalidArgument),
        ] {
            assert_eq!(refusal(a.set_host_tuning(&odd, &none()).await).kind(), Some(kind));
        }
        // Words about it leave it alone, and the other way round.
        a.set_host_tuning(&none().with("governor", "performance"), &none()).await.unwrap();
        a.set_metadata(&none().with("group", "games"), &none()).await.unwrap();
        assert_eq!(a.get_details(&none()).await.unwrap().governor.as_deref(), Some("performance"));
        assert_eq!(a.group().await.unwrap(), "games");
        host.taken().await;
        assert_eq!(host.allowed(SYSTEM), [] as [u8; 0]);
        // Every core of the host.
        let all = vec![Pin { vcpu: 0, cpus: (0..4).collect() }, Pin { vcpu: 1, cpus: (4..8).collect() }];
        a.set_pinning(&none().with("vcpus", all), &none()).await.unwrap();
        let refused = refusal(a.set_host_tuning(&none().with("isolate-cpus", true), &none()).await);
        assert_eq!(
            (refused.kind(), Vec::<String>::try_from(refused.facts["reasons"].try_clone().unwrap()).unwrap()),
            (Some(ErrorKind::Unsafe), vec!["no-core-left".to_owned()])
        );
        assert_eq!(a.get_details(&none()).await.unwrap().isolate_cpus, Some(false));
    });
}

#[test]
fn a_governor_that_somebody_else_has_set_since_is_theirs() {
    user::ordinary(|| async {
        let host = Host::with(5);
        let service = host.start().await;
        let a = machine(&service).await;
        a.start(&none()).await.unwrap();
        host.tree.write("sys/devices/system/cpu/cpufreq/policy2/scaling_governor", "schedutil");
        host.free(256);
        a.force_off(&none()).await.unwrap();
        host.settled().await;
        assert_eq!((host.governor(2).as_str(), host.governor(6).as_str()), ("schedutil", "powersave"));
    });
}
