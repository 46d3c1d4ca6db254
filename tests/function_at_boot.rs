//! Virtual functions that are made and set each time the computer starts, on a described host with a simulated kernel.
#![allow(clippy::panic, clippy::unwrap_used, clippy::expect_used)]

use std::{sync::Arc, time::Duration};

use dbus::{
    ErrorKind, Options,
    at_boot::{AtBootProxy, Card, state},
    passthrough::PassthroughProxy,
    path,
};
use kvm_manager_tests::{
    bus::Bus,
    captured::Captured,
    client::refusal,
    kernel::{FakeKernel, Trouble, everything},
    simulated::{Simulated, machine_with},
    user,
};
use service::{
    host::sysfs::Kernel,
    store::{Store, boot::Run},
    workflow::at_boot::apply,
};

/// A port without virtual functions when the computer starts.
const PORT: &str = "0000:81:00.1";
const INTERFACE: &str = "ens1f1";

/// A computer with a disk that survives its starts.
struct Computer {
    state: tempfile::TempDir,
    host: Captured,
    kernel: Arc<FakeKernel>,
    starts: u32,
}

impl Computer {
    fn new() -> Self {
        let (host, kernel) = Self::host(1);
        Self { state: tempfile::tempdir().unwrap(), host, kernel, starts: 1 }
    }

    fn host(start: u32) -> (Captured, Arc<FakeKernel>) {
        let host = Captured::named("sriov-nic");
        host.file("proc/sys/kernel/random/boot_id", &format!("0b0e1c1e-0000-4000-8000-{start:012}\n"));
        let kernel = FakeKernel::of(&host);
        // The other port's have the addresses that this one's get.
        std::fs::remove_file(host.path().join("sys/class/net/ens1f0v1")).unwrap();
        kernel.root(&host).write("sys/bus/pci/devices/0000:81:00.0/sriov_numvfs", "0").unwrap();
        let _ = kernel.writes();
        (host, kernel)
    }

    /// It starts anew: the port has no functions, and the boot has another id.
    fn restart(&mut self) {
        self.starts += 1;
        (self.host, self.kernel) = Self::host(self.starts);
    }

    fn early(&self) -> Run {
        let store = Store::beside(&self.state.path().join("s")).unwrap();
        apply::run(&self.kernel.root(&self.host), &store, Duration::ZERO).unwrap().unwrap()
    }

    fn ran_on(&self) {
        let store = Store::beside(&self.state.path().join("s")).unwrap();
        apply::confirm(&self.kernel.root(&self.host), &store).unwrap();
    }

    async fn service(&self) -> Simulated {
        let root = self.kernel.root(&self.host);
        Simulated::on(Bus::start(), root, &machine_with(&[]), &self.state.path().join("s"), None).await
    }

    fn functions(&self) -> Vec<String> {
        let functions = self.kernel.functions(self.host.path(), INTERFACE).unwrap();
        functions.values().map(|one| format!("{} {} {}", one.mac, one.vlan.id, one.trust)).collect()
    }

    fn writes(&self) -> Vec<String> {
        self.kernel.writes().into_iter().map(|(path, value)| format!("{} {value}", path.rsplit('/').next().unwrap())).collect()
    }

    /// With three functions, of which the second is set, kept for each start.
    async fn kept() -> Self {
        let computer = Self::new();
        let service = computer.service().await;
        let port = port(&service).await;
        port.set_virtual_functions(3, &none().with("allow-link-reset", true)).await.unwrap();
        let settings = none().with("mac", "52:54:00:00:00:01".to_owned()).with("vlan", 100_u32).with("trust", true);
        port.set_virtual_function(1, &settings, &none()).await.unwrap();
        port.set_functions_persistent(true, &none()).await.unwrap();
        computer
    }
}

fn none() -> Options {
    Options::default()
}

async fn port(service: &Simulated) -> PassthroughProxy<'static> {
    let builder = PassthroughProxy::builder(&service.connection).path(path::host_device(PORT));
    builder.cache_properties(zbus::proxy::CacheProperties::No).build().await.unwrap()
}

async fn told(service: &Simulated) -> (u32, Vec<Card>) {
    let at_boot = AtBootProxy::builder(&service.connection).cache_properties(zbus::proxy::CacheProperties::No).build().await.unwrap();
    (at_boot.state().await.unwrap(), at_boot.virtual_functions().await.unwrap())
}

fn outcome(run: &Run) -> (String, Vec<String>) {
    assert_eq!(run.outcomes.len(), 1);
    (run.outcomes[0].word.clone(), run.outcomes[0].reasons.clone())
}

#[test]
fn what_a_card_has_is_made_at_each_start_before_the_service_is_there_and_told() {
    user::ordinary(|| async {
        let mut computer = Computer::kept().await;
        let wanted = ["00:00:00:00:00:00 0 false", "52:54:00:00:00:01 100 true", "00:00:00:00:00:00 0 false"];
        for _ in 0..3 {
            computer.restart();
            assert_eq!(computer.functions(), [] as [&str; 0]);
            assert_eq!(outcome(&computer.early()), ("made".to_owned(), Vec::new()));
            assert_eq!(computer.functions(), wanted);
            assert_eq!(computer.writes(), ["sriov_numvfs 3", "trust true", "mac 52:54:00:00:00:01", "vlan 100 qos 0 802.1Q"]);
            let service = computer.service().await;
            let (state, cards) = told(&service).await;
            let card = Card { address: PORT.into(), vendor: 0x8086, device: 0x1572, count: 3, outcome: "made".into(), reasons: Vec::new() };
            assert_eq!((state, cards), (state::APPLIED, vec![card]));
            assert!(port(&service).await.functions_persistent().await.unwrap());
            computer.ran_on();
        }
        let service = computer.service().await;
        port(&service).await.set_functions_persistent(false, &none()).await.unwrap();
        assert_eq!(told(&service).await, (state::NOTHING, Vec::new()));
        assert!(!port(&service).await.functions_persistent().await.unwrap());
        assert_eq!(computer.functions(), wanted, "what there is stays");
        assert_eq!(refusal(port(&service).await.set_functions_persistent(false, &none()).await).kind(), Some(ErrorKind::NotFound));
    });
}

#[test]
fn a_plan_tells_what_would_be_kept_and_a_card_without_functions_has_nothing_to_keep() {
    user::ordinary(|| async {
        let computer = Computer::new();
        let service = computer.service().await;
        let port = port(&service).await;
        assert_eq!(refusal(port.plan_persist_functions(&none()).await).kind(), Some(ErrorKind::NotSupported));
        assert_eq!(refusal(port.set_functions_persistent(true, &none()).await).kind(), Some(ErrorKind::NotSupported));
        let unknown = none().with("force", true);
        assert_eq!(refusal(port.set_functions_persistent(true, &unknown).await).kind(), Some(ErrorKind::InvalidArgument));
        port.set_virtual_functions(2, &none().with("allow-link-reset", true)).await.unwrap();
        port.set_virtual_function(0, &none().with("max-rate", 10_u32).with("spoof-check", false), &none()).await.unwrap();
        let before = everything(&computer.host);
        let plan = port.plan_persist_functions(&none()).await.unwrap();
        let steps: Vec<(String, String)> = plan["steps"].try_clone().unwrap().try_into().unwrap();
        let steps: Vec<String> = steps.into_iter().map(|(step, value)| format!("{step} {value}")).collect();
        assert_eq!(steps, ["virtual-functions 2", "rate 0: 0 to 10", "spoof-check 1: true"]);
        assert_eq!((told(&service).await, everything(&computer.host)), ((state::NOTHING, Vec::new()), before));
    });
}

#[test]
fn a_driver_that_makes_fewer_refuses_a_setting_or_never_comes_is_told_and_another_card_is_left_alone() {
    user::ordinary(|| async {
        let mut computer = Computer::kept().await;
        let mut start = |prepare: &dyn Fn(&Computer)| {
            computer.restart();
            prepare(&computer);
            let (word, reasons) = outcome(&computer.early());
            computer.ran_on();
            (word, reasons.join(","), computer.functions().len())
        };
        let told = |word: &str, reasons: &str, count| (word.to_owned(), reasons.to_owned(), count);
        let directory = |computer: &Computer| computer.host.path().join("sys/bus/pci/devices").join(PORT);
        assert_eq!(start(&|computer| computer.kernel.set(Trouble::OneFewer)), told("too-few", "2", 0));
        assert_eq!(start(&|computer| computer.kernel.set(Trouble::Refuse(0))), told("failed", "", 0));
        assert_eq!(start(&|computer| computer.kernel.set(Trouble::Refuse(3))), told("settings", "1 vlan", 3), "the others are there");
        assert_eq!(start(&|computer| std::fs::remove_file(directory(computer).join("driver")).unwrap()), told("no-driver", "", 0));
        let other = |computer: &Computer| std::fs::write(directory(computer).join("device"), "0x1573\n").unwrap();
        assert_eq!(start(&other), told("other-device", "", 0));
        assert_eq!(start(&|_| {}), told("made", "", 3));
        computer.restart();
        std::fs::remove_file(directory(&computer)).unwrap();
        assert_eq!(outcome(&computer.early()).0, "gone");
        let service = computer.service().await;
        let at_boot = AtBootProxy::new(&service.connection).await.unwrap();
        at_boot.forget(PORT, &none()).await.unwrap();
        assert_eq!(self::told(&service).await, (state::NOTHING, Vec::new()), "one that is gone can be forgotten");
    });
}

#[test]
fn a_start_that_dies_at_any_write_counts_as_cut_short_and_the_service_puts_the_card_back() {
    user::ordinary(|| async {
        for at in 0..4 {
            let mut computer = Computer::kept().await;
            computer.restart();
            computer.kernel.set(Trouble::CrashAfter(at));
            let died = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| computer.early()));
            assert!(died.is_err(), "{at}");
            computer.kernel.set(Trouble::None);
            let service = computer.service().await;
            let whole = computer.functions();
            // Dead at the number: none. Dead at a setting: all of them, without any.
            let count = if at == 0 { 0 } else { 3 };
            assert_eq!(whole, vec!["00:00:00:00:00:00 0 false"; count], "{at}");
            assert_eq!(told(&service).await.0, state::APPLIED, "{at}: not confirmed");
        }
    });
}
