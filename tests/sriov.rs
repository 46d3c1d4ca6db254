//! Virtual functions of cards, on a captured host with a kernel that is simulated: how many there are is written, read back,
//! and put back if it is not what was asked for.
#![allow(clippy::panic, clippy::unwrap_used, clippy::expect_used)]

use std::sync::Arc;

use dbus::{ErrorKind, Options, interface, passthrough::PassthroughProxy, path};
use kvm_manager_tests::{
    bus::Bus,
    captured::Captured,
    client::{managed_objects, properties, refusal},
    kernel::{FakeKernel, Trouble, everything},
    service as proxies,
    simulated::{Simulated, machine_path, machine_with},
    user,
};
use service::{
    host::{
        function::Functions,
        left::{self, Hold},
        sysfs::Kernel as _,
    },
    store::Store,
};
use zbus::OwnedObjectPath;

/// The port with four virtual functions, of which a bridge has one.
const FULL: &str = "0000:81:00.0";
/// The port without any.
const EMPTY: &str = "0000:81:00.1";

struct Setting {
    service: Simulated,
    kernel: Arc<FakeKernel>,
    host: Captured,
    state: tempfile::TempDir,
}

impl Setting {
    async fn new(of_machine: &[&str]) -> Self {
        let host = Captured::named("sriov-nic");
        let (kernel, state) = (FakeKernel::of(&host), tempfile::tempdir().unwrap());
        let service = Self::service(&host, &kernel, &state, of_machine).await;
        Self { service, kernel, host, state }
    }

    async fn service(host: &Captured, kernel: &Arc<FakeKernel>, state: &tempfile::TempDir, of_machine: &[&str]) -> Simulated {
        Simulated::on(Bus::start(), kernel.root(host), &machine_with(of_machine), &state.path().join("s"), None).await
    }

    async fn device(&self, address: &str) -> PassthroughProxy<'static> {
        PassthroughProxy::new(&self.service.connection, path::host_device(address)).await.unwrap()
    }

    async fn set(&self, address: &str, count: u32) -> zbus::Result<()> {
        self.set_with(address, count, Options::default()).await
    }

    async fn set_with(&self, address: &str, count: u32, options: Options) -> zbus::Result<()> {
        self.device(address).await.set_virtual_functions(count, &options).await
    }

    async fn functions(&self, address: &str) -> usize {
        let all = properties(&self.service.connection, path::host_device(address).as_str(), interface::HOST_DEVICE).await;
        Vec::<OwnedObjectPath>::try_from(all["VirtualFunctions"].try_clone().unwrap()).unwrap().len()
    }

    fn writes(&self) -> Vec<String> {
        self.kernel.writes().into_iter().map(|(_, value)| value).collect()
    }

    /// Three functions: one with an address and a network of its own, one that is `vfio-pci`'s.
    async fn with_three(self) -> Self {
        std::fs::remove_file(self.host.path().join("sys/class/net/ens1f0v1")).unwrap();
        self.set(FULL, 3).await.unwrap();
        let settings = Options::default().with("mac", "52:54:00:00:00:01".to_owned()).with("vlan", 100_u32).with("trust", true);
        self.device(FULL).await.set_virtual_function(1, &settings, &Options::default()).await.unwrap();
        let taken = "sys/bus/pci/devices/0000:81:02.2";
        self.host.file(&format!("{taken}/driver_override"), "vfio-pci\n");
        self.kernel.root(&self.host).write("sys/bus/pci/drivers_probe", "0000:81:02.2").unwrap();
        assert!(self.host.path().join(taken).join("driver").exists());
        let _ = self.kernel.writes();
        self
    }

    fn settings(&self) -> Functions {
        self.kernel.functions(self.host.path(), "ens1f0").unwrap()
    }

    fn journal(&self) -> usize {
        std::fs::read_dir(self.state.path().join("s/journal")).unwrap().count()
    }
}

/// The host is reached through the port without functions.
fn allowed() -> Options {
    Options::default().with("allow-link-reset", true)
}

#[test]
fn a_card_gets_so_many_functions_that_are_devices_of_their_own_from_the_reply_on_and_loses_them() {
    user::ordinary(|| async {
        let setting = Setting::new(&[]).await;
        // The tree has the addresses of the other port's: they go first.
        std::fs::remove_file(setting.host.path().join("sys/class/net/ens1f0v1")).unwrap();
        setting.set(FULL, 0).await.unwrap();
        assert_eq!(setting.functions(FULL).await, 0);
        assert_eq!(setting.writes(), ["0"]);
        let before = everything(&setting.host);
        setting.set_with(EMPTY, 4, allowed()).await.unwrap();
        assert_eq!(setting.writes(), ["4"]);
        assert_eq!(setting.functions(EMPTY).await, 4);
        assert!(managed_objects(&setting.service.connection).await.contains_key(path::host_device("0000:81:02.3").as_str()));
        setting.set_with(EMPTY, 4, allowed()).await.unwrap();
        assert_eq!(setting.writes(), [] as [&str; 0], "as many as there are is nothing to do");
        setting.set_with(EMPTY, 2, allowed()).await.unwrap();
        assert_eq!(setting.writes(), ["0", "2"], "another number only from none");
        assert_eq!((setting.functions(EMPTY).await, setting.journal()), (2, 0));
        setting.set_with(EMPTY, 0, allowed()).await.unwrap();
        assert_eq!(everything(&setting.host), before, "every byte is as it was");
    });
}

#[test]
fn functions_that_the_host_or_a_running_machine_uses_do_not_go() {
    user::ordinary(|| async {
        let given_away = "0000:81:02.2";
        let setting = Setting::new(&[given_away]).await;
        let before = everything(&setting.host);
        let reasons = |refused: kvm_manager_tests::client::Refusal| -> Vec<String> {
            assert_eq!(refused.kind(), Some(ErrorKind::Unsafe), "{refused:?}");
            refused.facts["reasons"].try_clone().unwrap().try_into().unwrap()
        };
        assert!(reasons(refusal(setting.set(FULL, 8).await)).contains(&"machine-bridge".to_owned()));
        assert!(reasons(refusal(setting.set(FULL, 0).await)).contains(&"machine-bridge".to_owned()));
        setting.set(FULL, 4).await.unwrap();
        std::fs::remove_file(setting.host.path().join("sys/class/net/ens1f0v1")).unwrap();
        proxies::machine(&setting.service.connection, &machine_path()).await.start(&Options::default()).await.unwrap();
        assert_eq!(reasons(refusal(setting.set(FULL, 0).await)), ["machine-running"]);
        assert_eq!(setting.writes(), [] as [&str; 0], "nothing was written");
        let after = everything(&setting.host);
        assert_eq!(before.len(), after.len() + 1);
    });
}

#[test]
fn the_link_that_the_host_is_reached_through_is_reset_only_if_that_is_allowed() {
    user::ordinary(|| async {
        let setting = Setting::new(&[]).await;
        let route = |interface: &str| {
            let head = "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\n";
            setting.host.file("proc/net/route", &format!("{head}{interface}\t00000000\t0101A8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0\n"));
        };
        route("bond0");
        let refused = refusal(setting.set(EMPTY, 4).await);
        assert_eq!(refused.kind(), Some(ErrorKind::Unsafe), "{refused:?}");
        let details: Vec<std::collections::HashMap<String, String>> = refused.facts["details"].try_clone().unwrap().try_into().unwrap();
        let told = |key: &str| details[0][key].as_str();
        assert_eq!((details.len(), told("reason"), told("device"), told("detail")), (1, "default-route", EMPTY, "link-reset"));
        assert!(refused.message.contains("allow-link-reset"), "{}", refused.message);
        setting.set(EMPTY, 0).await.unwrap();
        assert_eq!(setting.writes(), [] as [&str; 0], "as many as there are reset nothing");
        // What a function is used for is not allowed with it.
        route("ens1f0v1");
        let refused = refusal(setting.set_with(FULL, 0, allowed()).await);
        let reasons: Vec<String> = refused.facts["reasons"].try_clone().unwrap().try_into().unwrap();
        assert!(reasons.contains(&"default-route".to_owned()), "{reasons:?}");
        assert_eq!(setting.writes(), [] as [&str; 0]);
        std::fs::remove_file(setting.host.path().join("sys/class/net/ens1f0v1")).unwrap();
        route("bond0");
        setting.set(FULL, 0).await.unwrap();
        setting.set_with(EMPTY, 4, allowed()).await.unwrap();
        assert_eq!(setting.writes(), ["0", "4"]);
    });
}

#[test]
fn more_than_a_card_can_have_or_of_one_that_has_none_is_refused_before_anything_is_written() {
    user::ordinary(|| async {
        let setting = Setting::new(&[]).await;
        for count in [65, u32::MAX] {
            let refused = refusal(setting.set(EMPTY, count).await);
            assert_eq!(refused.kind(), Some(ErrorKind::LimitExceeded));
            assert_eq!(u64::try_from(refused.facts["limit"].try_clone().unwrap()).unwrap(), 64);
        }
        assert_eq!(refusal(setting.set("0000:81:02.0", 1).await).kind(), Some(ErrorKind::NotSupported));
        for wrong in [Options::default().with("force", true), Options::default().with("allow-link-reset", "yes".to_owned())] {
            let refused = refusal(setting.set_with(EMPTY, 1, wrong).await);
            assert_eq!(refused.kind(), Some(ErrorKind::InvalidArgument));
        }
        std::fs::remove_file(setting.host.path().join("sys/bus/pci/devices").join(EMPTY).join("driver")).unwrap();
        assert_eq!(refusal(setting.set(EMPTY, 1).await).kind(), Some(ErrorKind::NotSupported), "no driver, no functions");
        assert_eq!((setting.writes().len(), setting.journal()), (0, 0));
    });
}

#[test]
fn a_driver_that_makes_fewer_or_refuses_is_told_and_the_card_has_as_many_as_before() {
    user::ordinary(|| async {
        let setting = Setting::new(&[]).await;
        std::fs::remove_file(setting.host.path().join("sys/class/net/ens1f0v1")).unwrap();
        setting.set(FULL, 0).await.unwrap();
        let before = everything(&setting.host);
        setting.kernel.set(Trouble::OneFewer);
        let refused = refusal(setting.set_with(EMPTY, 4, allowed()).await);
        assert_eq!(refused.kind(), Some(ErrorKind::LimitExceeded));
        assert_eq!(u64::try_from(refused.facts["limit"].try_clone().unwrap()).unwrap(), 3, "how many it made");
        assert_eq!(everything(&setting.host), before);
        setting.kernel.set(Trouble::None);
        setting.set_with(EMPTY, 3, allowed()).await.unwrap();
        for at in 0..2 {
            setting.kernel.set(Trouble::Refuse(at));
            assert_eq!(refusal(setting.set_with(EMPTY, 5, allowed()).await).kind(), Some(ErrorKind::Failed), "{at}");
            assert_eq!((setting.functions(EMPTY).await, setting.journal()), (3, 0), "{at}");
        }
    });
}

#[test]
fn another_number_that_is_refused_leaves_every_function_what_it_might_and_its_driver() {
    user::ordinary(|| async {
        for at in 0..2 {
            let setting = Setting::new(&[]).await.with_three().await;
            let before = (everything(&setting.host), setting.settings());
            setting.kernel.set(Trouble::Refuse(at));
            assert_eq!(refusal(setting.set(FULL, 5).await).kind(), Some(ErrorKind::Failed), "{at}");
            assert!((everything(&setting.host), setting.settings()) == before, "{at}: {:?}", setting.writes());
            assert_eq!((setting.functions(FULL).await, setting.journal()), (3, 0), "{at}");
        }
    });
}

#[test]
fn functions_that_are_not_as_they_were_are_told_with_what_makes_them_so() {
    user::ordinary(|| async {
        let setting = Setting::new(&[]).await.with_three().await;
        let before = (everything(&setting.host), setting.settings());
        setting.kernel.set(Trouble::RefuseFrom(1));
        assert_eq!(refusal(setting.set(FULL, 5).await).kind(), Some(ErrorKind::Failed));
        setting.kernel.set(Trouble::None);
        let root = setting.kernel.root(&setting.host);
        let journal = Store::open(&setting.state.path().join("s")).unwrap().journal();
        let told = || -> Vec<String> {
            let left = left::find(&root, &journal, |_| Hold::None).unwrap();
            left.into_iter().flat_map(|left| left.repair).collect()
        };
        let count = "echo 3 > /sys/bus/pci/devices/0000:81:00.0/sriov_numvfs";
        assert_eq!(told(), [count], "there is nothing yet that could be told of the functions");
        root.write("sys/bus/pci/devices/0000:81:00.0/sriov_numvfs", "3").unwrap();
        let vlan = "ip link set dev ens1f0 vf 1 vlan 100 qos 0 proto 802.1Q";
        let function = "sys/bus/pci/devices/0000:81:02.2/driver_override";
        assert_eq!(
            told(),
            [
                "ip link set dev ens1f0 vf 1 trust on",
                "ip link set dev ens1f0 vf 1 mac 52:54:00:00:00:01",
                vlan,
                &format!("echo vfio-pci > /{function}"),
                "echo 0000:81:02.2 > /sys/bus/pci/drivers_probe",
            ]
        );
        // The service does the same at its next start.
        let Setting { service, kernel, host, state } = setting;
        drop(service);
        let service = Setting::service(&host, &kernel, &state, &[]).await;
        let setting = Setting { service, kernel, host, state };
        assert!((everything(&setting.host), setting.settings()) == before, "{:?}", setting.writes());
        assert_eq!((setting.journal(), told()), (0, Vec::new()));
    });
}

#[test]
fn a_service_that_dies_at_any_write_gives_the_card_as_many_as_before_when_it_is_back() {
    user::ordinary(|| async {
        for trouble in (0..2).flat_map(|at| [Trouble::CrashBefore(at), Trouble::CrashAfter(at)]) {
            let setting = Setting::new(&[]).await.with_three().await;
            let before = (everything(&setting.host), setting.settings());
            setting.kernel.set(trouble);
            refusal(setting.set(FULL, 5).await);
            // Where nothing was written, the look that follows finds nothing to undo.
            let owed = usize::from(trouble != Trouble::CrashBefore(0));
            assert_eq!(setting.journal(), owed, "{trouble:?}: written down before");
            setting.kernel.set(Trouble::None);
            let Setting { service, kernel, host, state } = setting;
            drop(service);
            let service = Setting::service(&host, &kernel, &state, &[]).await;
            let setting = Setting { service, kernel, host, state };
            assert!((everything(&setting.host), setting.settings()) == before, "{trouble:?}: {:?}", setting.writes());
            assert_eq!((setting.functions(FULL).await, setting.journal()), (3, 0), "{trouble:?}");
        }
    });
}
