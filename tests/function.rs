//! What virtual functions of network cards may: shown, planned, set and read back, put back wholly, on a described host with a
//! simulated kernel.
#![allow(clippy::panic, clippy::unwrap_used, clippy::expect_used)]

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use dbus::{ErrorKind, Options, interface, passthrough::PassthroughProxy, path};
use kvm_manager_tests::{
    bus::Bus,
    captured::Captured,
    client::{Refusal, Signals, changed, properties, refusal},
    kernel::{FakeKernel, Trouble, everything},
    service as proxies,
    simulated::{Simulated, machine_path, machine_with},
    user,
};
use zbus::OwnedVariant;

/// The port with four virtual functions: one has no driver, one is a bridge's, one is `vfio-pci`'s.
const PORT: &str = "0000:81:00.0";
const FREE: u32 = 0;
const BRIDGED: u32 = 1;
const BOUND: u32 = 2;

type Facts = HashMap<String, OwnedVariant>;

struct Setting {
    service: Simulated,
    kernel: Arc<FakeKernel>,
    host: Captured,
    state: tempfile::TempDir,
}

impl Setting {
    async fn new() -> Self {
        let host = Captured::named("sriov-nic");
        let (kernel, state) = (FakeKernel::of(&host), tempfile::tempdir().unwrap());
        let service = Self::service(&host, &kernel, &state).await;
        Self { service, kernel, host, state }
    }

    async fn service(host: &Captured, kernel: &Arc<FakeKernel>, state: &tempfile::TempDir) -> Simulated {
        let of_machine = machine_with(&["0000:81:02.2"]);
        Simulated::on(Bus::start(), kernel.root(host), &of_machine, &state.path().join("s"), None).await
    }

    async fn port(&self) -> PassthroughProxy<'static> {
        PassthroughProxy::new(&self.service.connection, path::host_device(PORT)).await.unwrap()
    }

    async fn set(&self, index: u32, settings: Options) -> zbus::Result<()> {
        self.port().await.set_virtual_function(index, &settings, &Options::default()).await
    }

    async fn functions(&self) -> Vec<Facts> {
        let all = properties(&self.service.connection, path::host_device(PORT).as_str(), interface::HOST_DEVICE).await;
        all["VirtualFunctionSettings"].try_clone().unwrap().try_into().unwrap()
    }

    /// What all of them may, to be compared.
    async fn shown(&self) -> Vec<String> {
        self.functions().await.iter().map(|facts| format!("{:?}", facts.iter().collect::<BTreeMap<_, _>>())).collect()
    }

    async fn refused(&self, index: u32, settings: Options) -> Refusal {
        let before = self.shown().await;
        let refused = refusal(self.set(index, settings).await);
        assert_eq!((self.shown().await, self.journal()), (before, 0), "what is refused changes nothing: {refused:?}");
        refused
    }

    fn writes(&self) -> Vec<String> {
        self.kernel.writes().into_iter().map(|(path, value)| format!("{} {value}", path.rsplit('/').next().unwrap())).collect()
    }

    fn journal(&self) -> usize {
        std::fs::read_dir(self.state.path().join("s/journal")).unwrap().count()
    }
}

fn none() -> Options {
    Options::default()
}

fn many() -> Options {
    let words = none().with("mac", "52:54:00:00:00:01".to_owned()).with("link-state", "enable".to_owned());
    words.with("vlan", 100_u32).with("vlan-qos", 3_u32).with("min-rate", 10_u32).with("max-rate", 1000_u32).with("spoof-check", false)
}

fn text(facts: &Facts, name: &str) -> String {
    facts[name].try_clone().unwrap().try_into().unwrap()
}

fn number(facts: &Facts, name: &str) -> u32 {
    facts[name].try_clone().unwrap().try_into().unwrap()
}

fn flag(facts: &Facts, name: &str) -> bool {
    facts[name].try_clone().unwrap().try_into().unwrap()
}

#[test]
fn what_every_function_may_shows_and_what_is_set_shows_from_the_reply_on_and_is_told() {
    user::ordinary(|| async {
        let setting = Setting::new().await;
        let before = setting.functions().await;
        assert_eq!(before.iter().map(|one| number(one, "index")).collect::<Vec<_>>(), [0, 1, 2, 3]);
        assert!(text(&before[0], "mac") == "00:00:00:00:00:00" && flag(&before[0], "spoof-check") && !flag(&before[0], "trust"));
        let mut signals = Signals::changes(&setting.service.connection).await;
        setting.set(FREE, many()).await.unwrap();
        let writes = ["mac 52:54:00:00:00:01", "vlan 100 qos 3 802.1Q", "rate 10 to 1000", "spoof-check false", "link-state enable"];
        assert_eq!(setting.writes(), writes, "each value by itself");
        let now = &setting.functions().await[0];
        assert_eq!((text(now, "mac"), text(now, "link-state")), ("52:54:00:00:00:01".into(), "enable".into()));
        let numbers = ["vlan", "vlan-qos", "min-rate", "max-rate"].map(|name| number(now, name));
        assert_eq!((numbers, flag(now, "spoof-check"), flag(now, "trust")), ([100, 3, 10, 1000], false, false));
        // Others are about the machine, whose definition is being read.
        let mut told = changed(&signals.next().await);
        while told.path != path::host_device(PORT).as_str() {
            told = changed(&signals.next().await);
        }
        assert!(told.values.contains_key("VirtualFunctionSettings"), "{told:?}");
        assert_eq!(setting.functions().await[1..], before[1..], "the others are as before");
        setting.set(FREE, many()).await.unwrap();
        assert_eq!(setting.writes(), [] as [&str; 0], "as it is already is nothing to do");
        setting.set(FREE, none().with("vlan", 0_u32)).await.unwrap();
        assert_eq!(setting.writes(), ["vlan 0 qos 0 802.1Q"], "its priority goes with it");
    });
}

#[test]
fn a_plan_names_what_is_and_would_be_and_changes_nothing() {
    user::ordinary(|| async {
        let setting = Setting::new().await;
        let before = setting.shown().await;
        let plan =
            setting.port().await.plan_virtual_function(FREE, &none().with("vlan", 7_u32).with("trust", true), &none()).await.unwrap();
        let steps: Vec<(String, String)> = plan["steps"].try_clone().unwrap().try_into().unwrap();
        assert_eq!(steps, [("trust".to_owned(), "true".to_owned()), ("vlan".to_owned(), "7 qos 0 802.1Q".to_owned())]);
        let (old, new): (Facts, Facts) =
            (plan["before"].try_clone().unwrap().try_into().unwrap(), plan["after"].try_clone().unwrap().try_into().unwrap());
        assert_eq!((number(&old, "vlan"), number(&new, "vlan")), (0, 7));
        assert!(flag(&plan, "allowed"));
        let plan = setting.port().await.plan_virtual_function(BRIDGED, &none().with("vlan", 7_u32), &none()).await.unwrap();
        let reasons: Vec<HashMap<String, String>> = plan["reasons"].try_clone().unwrap().try_into().unwrap();
        assert_eq!((flag(&plan, "allowed"), reasons[0]["reason"].as_str()), (false, "machine-bridge"));
        assert_eq!((setting.shown().await, setting.writes().len(), setting.journal()), (before, 0, 0));
    });
}

#[test]
fn what_no_card_can_have_is_refused_by_name_before_anything_is_set() {
    user::ordinary(|| async {
        let setting = Setting::new().await;
        let word = |key: &str, value: &str| none().with(key, value.to_owned());
        let malformed = [
            ("mac", word("mac", "01:00:5e:00:00:01")),
            ("mac", word("mac", "52:54:00:00:00")),
            ("mac", word("mac", "52:54:00:00:00:0g")),
            ("mac", none().with("mac", 1_u32)),
            ("vlan", none().with("vlan", 4095_u32)),
            ("vlan", none().with("vlan", u32::MAX)),
            ("vlan-qos", none().with("vlan-qos", 8_u32)),
            ("vlan-protocol", word("vlan-protocol", "802.1x")),
            ("link-state", word("link-state", "up")),
            ("min-rate", none().with("min-rate", 2_u32).with("max-rate", 1_u32)),
            ("trust", none().with("trust", "yes".to_owned())),
            ("settings", none()),
            ("force", none().with("trust", true).with("force", true)),
        ];
        for (argument, settings) in malformed {
            let refused = setting.refused(FREE, settings).await;
            assert_eq!((refused.kind(), refused.text("argument").as_str()), (Some(ErrorKind::InvalidArgument), argument));
        }
        for index in [4, u32::MAX] {
            assert_eq!(setting.refused(index, none().with("trust", true)).await.kind(), Some(ErrorKind::NotFound), "{index}");
        }
        let refused = refusal(setting.port().await.set_virtual_function(FREE, &many(), &none().with("force", true)).await);
        assert_eq!(refused.kind(), Some(ErrorKind::InvalidArgument));
        assert_eq!(setting.writes(), [] as [&str; 0]);
    });
}

#[test]
fn a_function_that_the_host_uses_stays_as_it_is_and_a_running_machine_keeps_its_address() {
    user::ordinary(|| async {
        let setting = Setting::new().await;
        let refused = setting.refused(BRIDGED, none().with("vlan", 5_u32)).await;
        assert_eq!(refused.kind(), Some(ErrorKind::Unsafe));
        proxies::machine(&setting.service.connection, &machine_path()).await.start(&none()).await.unwrap();
        let refused = setting.refused(BOUND, many()).await;
        let reasons: Vec<String> = refused.facts["reasons"].try_clone().unwrap().try_into().unwrap();
        assert_eq!((refused.kind(), reasons), (Some(ErrorKind::Unsafe), vec!["machine-running".to_owned()]));
        assert_eq!(setting.writes(), [] as [&str; 0]);
        setting.set(BOUND, none().with("max-rate", 50_u32)).await.unwrap();
        assert_eq!(setting.writes(), ["rate 0 to 50"], "what its guest does not notice is set");
    });
}

#[test]
fn when_one_value_is_refused_unknown_or_not_kept_all_are_as_before() {
    user::ordinary(|| async {
        let setting = Setting::new().await;
        let before = everything(&setting.host);
        let names = ["mac", "vlan", "rate", "spoof-check", "link-state"];
        for (at, name) in names.into_iter().enumerate() {
            setting.kernel.set(Trouble::Refuse(at));
            let refused = setting.refused(FREE, many()).await;
            assert_eq!((refused.kind(), refused.text("argument").as_str()), (Some(ErrorKind::InvalidArgument), name));
            setting.kernel.set(Trouble::Unknown(at));
            let refused = setting.refused(FREE, many()).await;
            assert_eq!(refused.kind(), Some(ErrorKind::NotSupported), "{name}");
            assert!(refused.text("reason").contains(name), "{refused:?}");
            setting.kernel.set(Trouble::Ignore(at));
            let refused = setting.refused(FREE, many()).await;
            assert_eq!((refused.text("argument").as_str(), refused.text("reason").as_str()), (name, "the driver does not keep it"));
        }
        assert_eq!(everything(&setting.host), before);
    });
}

#[test]
fn a_service_that_dies_at_any_value_puts_the_function_back_when_it_is_back() {
    user::ordinary(|| async {
        for trouble in (0..5).flat_map(|at| [Trouble::CrashBefore(at), Trouble::CrashAfter(at)]) {
            let setting = Setting::new().await;
            setting.set(FREE, none().with("trust", true).with("vlan", 9_u32)).await.unwrap();
            let before = setting.shown().await;
            setting.kernel.set(trouble);
            refusal(setting.set(FREE, many()).await);
            // Of what had not begun nothing is left to be put back.
            let left = usize::from(trouble != Trouble::CrashBefore(0));
            assert_eq!(setting.journal(), left, "{trouble:?}: written down before");
            setting.kernel.set(Trouble::None);
            let Setting { service, kernel, host, state } = setting;
            drop(service);
            let service = Setting::service(&host, &kernel, &state).await;
            let setting = Setting { service, kernel, host, state };
            assert_eq!((setting.shown().await, setting.journal()), (before, 0), "{trouble:?}");
        }
    });
}

#[test]
fn a_card_that_is_pulled_out_midway_is_an_error_and_leaves_nothing_to_put_back() {
    user::ordinary(|| async {
        let setting = Setting::new().await;
        setting.kernel.set(Trouble::Vanish(2));
        assert_eq!(refusal(setting.set(FREE, many()).await).kind(), Some(ErrorKind::NotFound));
        assert_eq!(setting.journal(), 0);
        assert!(setting.port().await.plan_virtual_function(FREE, &many(), &none()).await.is_err(), "the service goes on without it");
    });
}
