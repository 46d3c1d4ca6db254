//! Modules of a card's driver and programs of the system that keep it: they go before it does and come back after it. With real modules
//! and a real systemd: the end of `tests/vfio/single-gpu.sh`.
#![allow(clippy::panic, clippy::unwrap_used, clippy::expect_used)]

use std::{collections::HashMap, sync::Arc};

use dbus::{ErrorKind, Options, device::DeviceProxy, passthrough::PassthroughProxy, path};
use kvm_manager_tests::{
    client::{Completed, Refusal, Signals, refusal},
    desktop::{self, CARD, Desktop, PERSISTENCED, SOUND, without},
    kernel::{Trouble, everything},
    screen::{Service, Setting, accepting, life},
    simulated::{machine_path, machine_with},
    user, within,
};
use service::{store::Store, workflow::at_boot::apply};
use zbus::OwnedVariant;

/// A card that nobody uses, beside that of the desktop.
const IDLE: &str = "0000:08:00.0";
/// A desktop on a card whose driver has modules that keep it, and a program besides.
fn kept() -> Arc<Setting> {
    let desktop = Desktop::driven_by("nvidia", &desktop::modules());
    desktop.up.lock().unwrap().insert(PERSISTENCED.to_owned());
    Setting::on(desktop, &machine_with(&[CARD, SOUND]))
}

/// What systemd does besides, of all that was done.
fn of_systemd(done: Vec<(String, String)>) -> Vec<String> {
    done.into_iter().filter(|(what, _)| what.ends_with("Unit")).map(|(what, unit)| format!("{what} {unit}")).collect()
}

#[test]
fn modules_and_programs_that_keep_the_card_go_after_the_desktop_and_come_back_before_it() {
    user::ordinary(|| async {
        let setting = kept();
        let before = everything(&setting.desktop.host);
        let service = setting.start().await;
        let plan = service.screen.plan(&accepting()).await.unwrap();
        let steps: Vec<(String, String, String)> = plan["steps"].try_clone().unwrap().try_into().unwrap();
        let unloaded = steps.iter().filter(|(word, ..)| word == "unload-module").map(|(_, name, _)| name.as_str()).collect::<Vec<_>>();
        assert_eq!(unloaded, ["nvidia_drm", "nvidia_modeset", "nvidia_uvm"]);
        assert!(steps.iter().any(|(word, name, _)| word == "stop-unit" && name == PERSISTENCED), "{steps:?}");
        service.screen.begin(&accepting()).await.unwrap();
        service.until(4).await;
        let done = setting.desktop.kernel.writes();
        let at = |file: &str| done.iter().position(|(what, of)| what.ends_with(file) || of == file).unwrap();
        assert!(at("vtcon1/bind") < at(&without("nvidia_drm")) && at(&without("nvidia_uvm")) < at("driver/unbind"), "{done:?}");
        let (stop, start) = (|unit: &str| format!("StopUnit {unit}"), |unit: &str| format!("StartUnit {unit}"));
        let modules = ["nvidia_drm", "nvidia_modeset", "nvidia_uvm"].map(without);
        let goes = [stop("gdm.service"), stop(PERSISTENCED)].into_iter().chain(modules.iter().map(|unit| start(unit)));
        assert_eq!(of_systemd(done), goes.collect::<Vec<_>>());
        service.machine.force_off(&Options::default()).await.unwrap();
        service.until(1).await;
        let back = modules.iter().rev().map(|unit| stop(unit)).chain([start(PERSISTENCED), start("gdm.service")]);
        assert_eq!(of_systemd(setting.desktop.kernel.writes()), back.collect::<Vec<_>>());
        setting.is_as(&before);
        assert_eq!(*setting.desktop.up.lock().unwrap(), [PERSISTENCED.to_owned()].into());
    });
}

#[test]
fn a_service_that_ends_between_two_modules_leaves_them_to_the_next() {
    user::ordinary(|| async {
        for number in 0..8 {
            for trouble in [Trouble::Hang(number), Trouble::Freeze(number)] {
                let setting = kept();
                let before = everything(&setting.desktop.host);
                setting.desktop.kernel.set(trouble);
                life(&setting, |setting, service| async move {
                    service.screen.begin(&accepting()).await.unwrap();
                    within("the step", setting.desktop.kernel.hangs.notified()).await;
                })
                .await;
                setting.desktop.kernel.set(Trouble::None);
                let service = setting.start().await;
                service.until(1).await;
                setting.is_as(&before);
                assert_eq!(*setting.desktop.up.lock().unwrap(), [PERSISTENCED.to_owned()].into(), "{trouble:?}");
            }
        }
    });
}

#[test]
fn a_module_that_somebody_uses_brings_everything_back() {
    user::ordinary(|| async {
        let setting = kept();
        setting.desktop.used.lock().unwrap().insert("nvidia_uvm".to_owned());
        let before = everything(&setting.desktop.host);
        let service = setting.start().await;
        let mut completed = Signals::named(&service.inside.client, "Completed").await;
        service.screen.begin(&accepting()).await.unwrap();
        within("the end", async {
            while !setting.desktop.kernel.has("StartUnit", "gdm.service") {
                tokio::task::yield_now().await;
            }
        })
        .await;
        service.until(1).await;
        assert!(!service.is_running().await);
        setting.is_as(&before);
        let (_, _, message, facts) = completed.next().await.body().deserialize::<Completed>().unwrap();
        let details: Vec<HashMap<String, String>> = facts["details"].try_clone().unwrap().try_into().unwrap();
        let told = ["reason", "name", "detail"].map(|key| details[0][key].as_str());
        assert_eq!(told, ["module", "nvidia_uvm", "in-use"], "{message}");
    });
}

#[test]
fn modules_that_another_card_needs_are_refused_before_the_desktop_is_gone() {
    user::ordinary(|| async {
        let other = format!("{}link sys/bus/pci/drivers/nvidia/0000:07:00.0 sys/devices/other\n", desktop::modules());
        let setting = Setting::on(Desktop::driven_by("nvidia", &other), &machine_with(&[CARD, SOUND]));
        let service = setting.start().await;
        assert_eq!(service.reasons(&accepting()).await, ["module"]);
        setting.desktop.host.file("sys/module/nvidia_drm/parameters/modeset", "N\n");
        service.screen.begin(&accepting()).await.unwrap();
        service.until(4).await;
        assert_eq!(of_systemd(setting.desktop.kernel.writes()), ["StopUnit gdm.service"]);
    });
}

/// A desktop on another driver's card, with an idle card that a module of its driver keeps.
fn idle(machines: &str) -> Arc<Setting> {
    let card = format!("pci {IDLE} 10de:2684 class=030000 under=0000:00:02.1 group=19 driver=nvidia reset=flr,bus\n{}", desktop::modules());
    Setting::with(machines, &card)
}

async fn card(service: &Service) -> PassthroughProxy<'static> {
    PassthroughProxy::builder(&service.inside.client).path(path::host_device(IDLE)).build().await.unwrap()
}

/// The facts of the only reason.
fn told(refused: &Refusal) -> HashMap<String, String> {
    assert_eq!(refused.kind(), Some(ErrorKind::Unsafe), "{refused:?}");
    let mut details: Vec<HashMap<String, String>> = refused.facts["details"].try_clone().unwrap().try_into().unwrap();
    assert_eq!(details.len(), 1, "{details:?}");
    details.remove(0)
}

fn words(plan: &HashMap<String, OwnedVariant>, key: &str) -> Vec<String> {
    let found: Vec<HashMap<String, String>> = plan[key].try_clone().unwrap().try_into().unwrap();
    found.into_iter().map(|mut facts| facts.remove("reason").unwrap()).collect()
}

#[test]
fn an_idle_card_that_a_module_keeps_is_taken_by_no_bind_no_start_and_no_running_machine() {
    user::ordinary(|| async {
        let setting = idle(&machine_with(&[IDLE]));
        let service = setting.start().await;
        let card = card(&service).await;
        assert_eq!(words(&card.plan_bind(&Options::default()).await.unwrap(), "reasons"), ["kept-by-module"]);
        let bind = refusal(within("Bind", card.bind(&Options::default())).await);
        let facts = told(&bind);
        assert_eq!(["reason", "device", "name", "detail"].map(|key| facts[key].as_str()), ["kept-by-module", IDLE, "nvidia_drm", "nvidia"]);
        assert!(bind.message.contains("nvidia_drm keeps it") && bind.message.contains("hand-over"), "{}", bind.message);
        let start = refusal(within("Start", service.machine.start(&Options::default())).await);
        assert_eq!(["reason", "name"].map(|key| told(&start)[key].clone()), ["kept-by-module", "nvidia_drm"]);
        assert_eq!(setting.desktop.kernel.writes(), []);
        // Without what it keeps the card for, the driver lets go.
        setting.desktop.host.file("sys/module/nvidia_drm/parameters/modeset", "N\n");
        card.bind(&Options::default()).await.unwrap();
        service.machine.start(&Options::default()).await.unwrap();
    });
    user::ordinary(|| async {
        let setting = idle(&machine_with(&[]));
        let service = setting.start().await;
        service.machine.start(&Options::default()).await.unwrap();
        let devices = DeviceProxy::new(&service.inside.client, machine_path()).await.unwrap();
        let which = Options::default().with("address", IDLE);
        let refused = refusal(within("Attach", devices.attach(&which, &Options::default().with("configured", false))).await);
        assert_eq!(told(&refused)["name"], "nvidia_drm");
        assert_eq!(setting.desktop.kernel.writes(), []);
    });
}

#[test]
fn an_idle_card_that_a_module_keeps_goes_into_a_definition_and_to_the_machine_by_hand_over() {
    user::ordinary(|| async {
        let setting = idle(&machine_with(&[]));
        let before = everything(&setting.desktop.host);
        let service = setting.start().await;
        let devices = DeviceProxy::new(&service.inside.client, machine_path()).await.unwrap();
        let (which, later) = (Options::default().with("address", IDLE), Options::default().with("live", false));
        let plan = devices.plan_attach(&which, &later).await.unwrap();
        assert_eq!((words(&plan, "reasons"), words(&plan, "warnings")), (vec![], vec!["needs-hand-over".to_owned()]));
        devices.attach(&which, &later).await.unwrap();
        service.screen.begin(&accepting()).await.unwrap();
        service.until(4).await;
        let done = setting.desktop.kernel.writes();
        let at = |what: &str| done.iter().position(|(file, of)| file.ends_with(what) || of == what).unwrap();
        assert!(at(&without("nvidia_drm")) < at("driver/unbind"), "{done:?}");
        service.machine.force_off(&Options::default()).await.unwrap();
        service.until(1).await;
        setting.is_as(&before);
    });
}

#[test]
fn a_card_that_a_module_keeps_is_reserved_for_the_next_start_and_left_alone_if_the_module_is_first() {
    user::ordinary(|| async {
        let setting = idle(&machine_with(&[]));
        {
            let service = setting.start().await;
            let card = card(&service).await;
            let plan = card.plan_persist(&Options::default()).await.unwrap();
            assert_eq!((words(&plan, "reasons"), words(&plan, "warnings")), (vec![], vec!["kept-by-module".to_owned()]));
            card.set_persistent(true, &Options::default()).await.unwrap();
        }
        let early = |boot: &str| {
            setting.desktop.host.file("proc/sys/kernel/random/boot_id", boot);
            let store = Store::beside(&setting.state.path().join("state")).unwrap();
            let run = apply::run(&setting.desktop.root(), &store, std::time::Duration::ZERO).unwrap().unwrap();
            (run.outcomes[0].word.clone(), run.outcomes[0].reasons.clone())
        };
        assert_eq!(early("1\n"), ("refused".to_owned(), vec!["kept-by-module".to_owned()]));
        assert_eq!(setting.desktop.kernel.writes(), []);
        setting.desktop.host.file("sys/module/nvidia_drm/parameters/modeset", "N\n");
        assert_eq!(early("2\n").0, "bound");
    });
}
