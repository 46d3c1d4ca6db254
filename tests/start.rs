//! What a machine takes of its host with its start, on captured hosts: refused each time the host cannot do without it, whichever way it
//! is started. With a real card: `tests/vfio/single-gpu.sh`.
#![allow(clippy::panic, clippy::unwrap_used, clippy::expect_used)]

use std::{
    collections::HashMap,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use dbus::{
    ErrorKind, Options,
    device::DeviceProxy,
    hand_over::HandOverProxy,
    machine::{MachineProxy, State},
    manager::ManagerProxy,
    passthrough::PassthroughProxy,
    path,
};
use kvm_manager_tests::{
    bus::Bus,
    captured::Captured,
    client::{Completed, Refusal, Signals, refusal, words},
    desktop::{self, Desktop},
    inside,
    kernel::{FakeKernel, Trouble},
    screen::get_back,
    service as proxies,
    simulated::{Simulated, machine_path, machine_with},
    user, within,
};
use zbus::proxy::CacheProperties;

const CARD: &str = "0000:01:00.0";
const SOUND: &str = "0000:01:00.1";
const SCREEN: &str = "0000:00:02.0";

/// A service on a host with a kernel, and one machine with these devices.
struct Setting {
    service: Simulated,
    kernel: Arc<FakeKernel>,
    host: Captured,
    _state: tempfile::TempDir,
}

impl Setting {
    async fn with(devices: &[&str]) -> Self {
        Self::on(Captured::named("intel-desktop"), devices, None).await
    }

    async fn on(host: Captured, devices: &[&str], write_time: Option<Duration>) -> Self {
        let (kernel, state) = (FakeKernel::of(&host), tempfile::tempdir().unwrap());
        let service = Simulated::on(Bus::start(), kernel.root(&host), &machine_with(devices), &state.path().join("s"), write_time).await;
        Self { service, kernel, host, _state: state }
    }

    async fn machine(&self) -> MachineProxy<'static> {
        proxies::machine(&self.service.connection, &machine_path()).await
    }

    async fn refused(&self) -> Refusal {
        let refused = refusal(within("Start", self.machine().await.start(&none())).await);
        assert_eq!(State::from(self.machine().await.state().await.unwrap()), State::Off, "{refused:?}");
        assert_eq!(self.kernel.writes(), []);
        refused
    }
}

fn none() -> Options {
    Options::default()
}

fn reasons(refused: &Refusal) -> Vec<String> {
    assert_eq!(refused.kind(), Some(ErrorKind::Unsafe), "{refused:?}");
    refused.facts["reasons"].try_clone().unwrap().try_into().unwrap()
}

/// The facts of one reason.
fn detail(refused: &Refusal, word: &str) -> HashMap<String, String> {
    let details: Vec<HashMap<String, String>> = refused.facts["details"].try_clone().unwrap().try_into().unwrap();
    details.into_iter().find(|facts| facts["reason"] == word).unwrap()
}

#[test]
fn what_the_host_needs_does_not_go_with_a_start_and_the_refusal_names_device_and_reason() {
    user::ordinary(|| async {
        let of = |pairs: &[(&str, &str)]| pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        for (device, word, name) in
            [(SCREEN, "boot-display", "fb0"), ("0000:02:00.0", "system-disk", "nvme0n1p1"), ("0000:03:00.0", "default-route", "enp3s0")]
        {
            let setting = Setting::with(&[device]).await;
            let refused = setting.refused().await;
            assert!(reasons(&refused).contains(&word.to_owned()), "{refused:?}");
            let told: HashMap<String, String> = of(&[("reason", word), ("device", device), ("name", name)]);
            assert_eq!(detail(&refused, word), told, "no mount point for whoever may only start machines");
        }
        // One device that the host can do without does not make up for one that it needs.
        let setting = Setting::with(&[CARD, SOUND, SCREEN]).await;
        assert!(reasons(&setting.refused().await).contains(&"boot-display".to_owned()));
    });
}

#[test]
fn what_the_host_can_do_without_goes_with_each_start_bound_or_not() {
    user::ordinary(|| async {
        let setting = Setting::with(&[CARD, SOUND]).await;
        let machine = setting.machine().await;
        machine.start(&none()).await.unwrap();
        machine.force_off(&none()).await.unwrap();
        let card = PassthroughProxy::new(&setting.service.connection, path::host_device(CARD)).await.unwrap();
        card.bind(&none().with("group", true)).await.unwrap();
        machine.start(&none()).await.unwrap();
        machine.force_off(&none()).await.unwrap();
        // The next start is asked anew.
        let enabled = "sys/devices/pci0000:00/0000:00:01.0/0000:01:00.0/drm/card1/card1-DP-1/enabled";
        setting.host.file(enabled, "enabled\n");
        assert_eq!(reasons(&refusal(machine.start(&none()).await)), ["display"]);
        setting.host.file(enabled, "disabled\n");
        machine.start(&none()).await.unwrap();
    });
}

#[test]
fn half_a_group_and_a_device_that_is_gone_are_told_before_libvirt_takes_anything() {
    user::ordinary(|| async {
        let setting = Setting::with(&[CARD]).await;
        let refused = setting.refused().await;
        assert_eq!(reasons(&refused), ["group-member"]);
        assert_eq!(detail(&refused, "group-member")["name"], SOUND);
        assert_eq!(reasons(&Setting::with(&["0000:77:00.0"]).await.refused().await), ["gone"]);
    });
}

#[test]
fn each_machine_of_a_batch_is_asked_for_and_told_as_much_as_by_a_call_of_its_own() {
    user::ordinary(|| async {
        let setting = Setting::with(&[SCREEN]).await;
        let refused = setting.refused().await;
        let manager = ManagerProxy::new(&setting.service.connection).await.unwrap();
        let mut results = manager.batch("start", &[machine_path()], &none()).await.unwrap();
        let told = results.pop().unwrap();
        assert_eq!((told.error_name, told.message, told.facts), (refused.name, refused.message, refused.facts));
        assert_eq!(State::from(setting.machine().await.state().await.unwrap()), State::Off);
    });
}

#[test]
fn whoever_follows_the_job_is_told_the_reasons_too() {
    user::ordinary(|| async {
        let setting = Setting::with(&[SCREEN]).await;
        let mut completed = Signals::named(&setting.service.connection, "Completed").await;
        let refused = setting.refused().await;
        let (success, name, message, facts) = completed.next().await.body().deserialize::<Completed>().unwrap();
        assert_eq!((success, name, message, facts), (false, refused.name, refused.message, refused.facts));
    });
}

#[test]
fn a_saved_state_is_not_restored_with_what_the_host_needs_by_now() {
    user::ordinary(|| async {
        let setting = Setting::with(&[CARD, SOUND]).await;
        let machine = setting.machine().await;
        machine.start(&none()).await.unwrap();
        machine.save(&none()).await.unwrap();
        setting.host.file("sys/devices/pci0000:00/0000:00:01.0/0000:01:00.0/drm/card1/card1-DP-1/enabled", "enabled\n");
        for refused in [machine.restore(&none()).await, machine.start(&none().with("force-boot", true)).await] {
            assert_eq!(reasons(&refusal(refused)), ["display"]);
        }
        setting.host.file("sys/devices/pci0000:00/0000:00:01.0/0000:01:00.0/drm/card1/card1-DP-1/enabled", "disabled\n");
        machine.restore(&none()).await.unwrap();
    });
}

#[test]
fn a_guest_is_not_shut_down_for_a_restart_that_would_be_refused() {
    user::ordinary(|| async {
        let setting = Setting::with(&[]).await;
        let machine = setting.machine().await;
        machine.start(&none()).await.unwrap();
        let device = DeviceProxy::new(&setting.service.connection, machine_path()).await.unwrap();
        let card = none().with("address", CARD.to_owned()).with("whole-card", true);
        device.attach(&card, &none().with("live", false)).await.unwrap();
        let enabled = "sys/devices/pci0000:00/0000:00:01.0/0000:01:00.0/drm/card1/card1-DP-1/enabled";
        setting.host.file(enabled, "enabled\n");
        assert_eq!(reasons(&refusal(machine.shutdown_and_restart(&none()).await)), ["display"]);
        assert_eq!(State::from(machine.state().await.unwrap()), State::Running);
        setting.host.file(enabled, "disabled\n");
        machine.shutdown_and_restart(&none()).await.unwrap();
    });
}

#[test]
fn a_device_that_somebody_changes_is_not_taken_by_a_start_meanwhile() {
    user::ordinary(|| async {
        let setting = Setting::on(Captured::named("intel-desktop"), &[CARD, SOUND], Some(Duration::from_millis(50))).await;
        let card = PassthroughProxy::new(&setting.service.connection, path::host_device(CARD)).await.unwrap();
        setting.kernel.set(Trouble::Hang(2));
        assert_eq!(refusal(card.bind(&none().with("group", true)).await).kind(), Some(ErrorKind::TimedOut));
        assert_eq!(refusal(setting.machine().await.start(&none()).await).kind(), Some(ErrorKind::Busy));
        setting.kernel.let_go();
        within("the driver", async {
            while setting.machine().await.start(&none()).await.is_err() {
                tokio::task::yield_now().await;
            }
        })
        .await;
    });
}

#[test]
fn only_a_hand_over_starts_a_machine_with_the_hosts_screen() {
    user::ordinary(|| async {
        let (desktop, state) = (Desktop::driven_by("amdgpu", ""), tempfile::tempdir().unwrap());
        let (screen, machine, _inside) = at_desktop(&desktop, &state, &[desktop::CARD, desktop::SOUND]).await;
        let refused = refusal(machine.start(&none()).await);
        assert_eq!(reasons(&refused), ["boot-display", "open"]);
        assert_eq!(detail(&refused, "open").get("name"), None, "no process for whoever may only start machines");
        assert_eq!(desktop.kernel.writes(), []);
        screen.begin(&accepting()).await.unwrap();
        until(&screen, 4).await;
        // Its card would be the desktop's again in between.
        let again = refusal(machine.shutdown_and_restart(&none()).await);
        assert_eq!((reasons(&again), detail(&again, "handed-over")["name"].as_str()), (vec!["handed-over".to_owned()], "a"));
        assert_eq!(State::from(machine.state().await.unwrap()), State::Running);
        desktop.starts.store(false, Ordering::Release);
        assert_eq!(refusal(screen.give_back(&none().with("force", true)).await).kind(), Some(ErrorKind::Failed));
        assert!(reasons(&refusal(machine.start(&none()).await)).contains(&"handed-over".to_owned()), "until all of it is back");
        desktop.starts.store(true, Ordering::Release);
        get_back(&screen).await;
        assert_eq!(reasons(&refusal(machine.start(&none()).await)), ["boot-display", "open"]);
        assert!(desktop.is_up.load(Ordering::Acquire));
    });
}

#[test]
fn a_start_while_the_screen_is_on_its_way_back_is_told_that_and_not_that_something_is_under_way() {
    user::ordinary(|| async {
        let (desktop, state) = (Desktop::driven_by("amdgpu", ""), tempfile::tempdir().unwrap());
        let (screen, machine, _inside) = at_desktop(&desktop, &state, &[desktop::CARD, desktop::SOUND]).await;
        screen.begin(&accepting()).await.unwrap();
        until(&screen, 4).await;
        desktop.kernel.set(Trouble::Hang(0));
        machine.force_off(&none()).await.unwrap();
        within("the way back", desktop.kernel.hangs.notified()).await;
        let refused = refusal(machine.start(&none()).await);
        assert_eq!((reasons(&refused), detail(&refused, "handed-over")["name"].as_str()), (vec!["handed-over".to_owned()], "a"));
        assert_eq!(State::from(machine.state().await.unwrap()), State::Off);
        desktop.kernel.let_go();
        until(&screen, 1).await;
    });
}

#[test]
fn a_desktop_does_not_end_for_a_machine_that_could_not_start_for_another_device() {
    user::ordinary(|| async {
        // The disk with the system, far from the card.
        let (desktop, state) = (Desktop::driven_by("amdgpu", ""), tempfile::tempdir().unwrap());
        let (screen, machine, _inside) = at_desktop(&desktop, &state, &[desktop::CARD, desktop::SOUND, "0000:04:00.0"]).await;
        let plan = screen.plan(&accepting()).await.unwrap();
        assert!(words(&plan, "reasons").contains(&"system-disk".to_owned()), "{plan:?}");
        let refused = refusal(screen.begin(&accepting()).await);
        assert!(reasons(&refused).contains(&"system-disk".to_owned()), "{refused:?}");
        assert_eq!(State::from(machine.state().await.unwrap()), State::Off);
        assert_eq!(desktop.kernel.writes(), []);
        // A controller with nothing in use goes along.
        let (desktop, state) = (Desktop::driven_by("amdgpu", ""), tempfile::tempdir().unwrap());
        let (screen, machine, _inside) = at_desktop(&desktop, &state, &[desktop::CARD, desktop::SOUND, "0000:07:00.0"]).await;
        screen.begin(&accepting()).await.unwrap();
        until(&screen, 4).await;
        assert_eq!(State::from(machine.state().await.unwrap()), State::Running);
    });
}

type Played = (HandOverProxy<'static>, MachineProxy<'static>, inside::Inside);

/// A service on a desktop, and one machine with these devices.
async fn at_desktop(desktop: &Arc<Desktop>, state: &tempfile::TempDir, devices: &[&str]) -> Played {
    let file = state.path().join("machines.xml");
    std::fs::write(&file, machine_with(devices)).unwrap();
    let played = Arc::clone(desktop);
    let serve =
        |client: zbus::Connection| -> std::pin::Pin<Box<dyn Future<Output = ()>>> { Box::pin(async move { played.serve(&client).await }) };
    let uri = format!("test://{}", file.display());
    let inside = inside::start_with(&uri, desktop.root(), &state.path().join("state"), serve).await;
    let screen = HandOverProxy::builder(&inside.client).path(machine_path()).cache_properties(CacheProperties::No);
    let machine = MachineProxy::builder(&inside.client).path(machine_path()).cache_properties(CacheProperties::No);
    (screen.build().await.unwrap(), machine.build().await.unwrap(), inside)
}

fn accepting() -> Options {
    none().with("accept-closing-sessions", true).with("allow-no-reset", true)
}

async fn until(screen: &HandOverProxy<'_>, state: u32) {
    within(&format!("state {state}"), async {
        while screen.state().await.unwrap() != state {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

#[test]
fn the_hosts_screen_gets_into_a_definition_with_a_warning_and_to_the_machine_by_hand_over_alone() {
    user::ordinary(|| async {
        let (desktop, state) = (Desktop::driven_by("amdgpu", ""), tempfile::tempdir().unwrap());
        let (screen, machine, inside) = at_desktop(&desktop, &state, &[]).await;
        let device = DeviceProxy::new(&inside.client, machine_path()).await.unwrap();
        let card = none().with("address", desktop::CARD.to_owned()).with("whole-card", true);
        let lax = || none().with("allow-no-reset", true);
        // What a hand-over does not end is refused as ever, and so is half a card with nothing of the screen.
        assert_eq!(reasons(&refusal(device.attach(&card, &none()).await)), ["no-reset"]);
        let disk = none().with("address", "0000:04:00.0".to_owned());
        assert!(reasons(&refusal(device.attach(&disk, &lax()).await)).contains(&"system-disk".to_owned()));
        let plan = device.plan_attach(&card, &lax()).await.unwrap();
        assert_eq!(words(&plan, "reasons"), Vec::<String>::new());
        assert_eq!(words(&plan, "warnings").iter().filter(|word| *word == "needs-hand-over").count(), 1, "{plan:?}");
        // A machine that runs would have it now.
        machine.start(&none()).await.unwrap();
        let refused = refusal(device.attach(&card, &lax()).await);
        assert!(reasons(&refused).contains(&"boot-display".to_owned()), "{refused:?}");
        let now = device.plan_attach(&card, &lax()).await.unwrap();
        assert!(!words(&now, "warnings").contains(&"needs-hand-over".to_owned()), "{now:?}");
        device.attach(&card, &lax().with("live", false)).await.unwrap();
        machine.force_off(&none()).await.unwrap();
        assert_eq!(reasons(&refusal(machine.start(&none()).await)), ["boot-display", "open"]);
        assert_eq!(desktop.kernel.writes(), []);
        screen.begin(&accepting()).await.unwrap();
        until(&screen, 4).await;
        assert_eq!(State::from(machine.state().await.unwrap()), State::Running);
    });
}

#[test]
fn a_text_screen_that_no_hand_over_can_end_is_not_given_for_later() {
    user::ordinary(|| async {
        let text = "file sys/class/vtconsole/vtcon0/name (S) VGA+\nfile sys/class/vtconsole/vtcon0/bind 1\n";
        let (desktop, state) = (Desktop::driven_by("amdgpu", text), tempfile::tempdir().unwrap());
        std::fs::remove_file(desktop.host.path().join("sys/class/graphics/fb0")).unwrap();
        let (_screen, _machine, inside) = at_desktop(&desktop, &state, &[]).await;
        let device = DeviceProxy::new(&inside.client, machine_path()).await.unwrap();
        let card = none().with("address", desktop::CARD.to_owned()).with("whole-card", true);
        let refused = refusal(device.attach(&card, &none().with("allow-no-reset", true)).await);
        assert_eq!(reasons(&refused), ["boot-display"]);
        assert_eq!(detail(&refused, "boot-display")["name"], "vga");
    });
}
