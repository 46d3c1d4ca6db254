//! Modules of a card's driver and programs of the system that keep it: they go before it does and come back after it. With real modules
//! and a real systemd: the end of `tests/vfio/single-gpu.sh`.
#![allow(clippy::panic, clippy::unwrap_used, clippy::expect_used)]

use std::{collections::HashMap, sync::Arc};

use dbus::Options;
use kvm_manager_tests::{
    client::{Completed, Signals},
    desktop::{self, CARD, Desktop, PERSISTENCED, SOUND, without},
    kernel::{Trouble, everything},
    screen::{Setting, accepting, life},
    simulated::machine_with,
    user, within,
};
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
