//! The driver for machines on a host where nobody has loaded it: systemd, which the test plays, loads it, or nothing is done.
//! For real: `tests/vfio/single-gpu.sh`.
#![allow(clippy::panic, clippy::unwrap_used, clippy::expect_used)]

use std::{
    collections::HashMap,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use dbus::{ErrorKind, Options, passthrough::PassthroughProxy, path};
use kvm_manager_tests::{
    client::{Refusal, refusal},
    desktop::{CARD, SOUND},
    kernel::{Trouble, everything},
    screen::{Service, Setting, accepting, words},
    user, within,
};
use service::workflow::loader::LOADER;
use zbus::{OwnedObjectPath, OwnedVariant};

/// A desktop on which nobody has loaded the driver.
fn fresh() -> Arc<Setting> {
    let setting = Setting::new();
    setting.desktop.unload_driver();
    setting
}

/// The files of a host whose kernel comes without the module.
fn without_module(setting: &Setting) {
    setting.desktop.host.file("proc/sys/kernel/osrelease", "6.1.0\n");
    setting.desktop.host.file("lib/modules/6.1.0/modules.dep", "kernel/drivers/net/x.ko:\n");
}

async fn device(service: &Service, address: &str) -> PassthroughProxy<'static> {
    PassthroughProxy::builder(&service.inside.client).path(path::host_device(address)).build().await.unwrap()
}

fn alone() -> Options {
    Options::default().with("allow-no-reset", true)
}

fn started() -> (String, String) {
    ("StartUnit".to_owned(), LOADER.to_owned())
}

fn is_allowed(plan: &HashMap<String, OwnedVariant>) -> bool {
    plan["allowed"].try_clone().unwrap().try_into().unwrap()
}

fn steps(plan: &HashMap<String, OwnedVariant>) -> Vec<(OwnedObjectPath, String, String)> {
    plan["steps"].try_clone().unwrap().try_into().unwrap()
}

fn details(refused: &Refusal) -> Vec<HashMap<String, String>> {
    assert_eq!(refused.kind(), Some(ErrorKind::Unsafe), "{refused:?}");
    refused.facts["details"].try_clone().unwrap().try_into().unwrap()
}

#[test]
fn the_driver_is_loaded_before_the_first_device_of_a_fresh_host_is_taken_and_the_plan_says_so() {
    user::ordinary(|| async {
        let setting = fresh();
        let before = everything(&setting.desktop.host);
        let service = setting.start().await;
        let sound = device(&service, SOUND).await;
        let plan = sound.plan_bind(&alone()).await.unwrap();
        assert!(is_allowed(&plan), "{plan:?}");
        let loading = (path::host_device(SOUND), "start-unit".to_owned(), LOADER.to_owned());
        assert_eq!((steps(&plan).len(), &steps(&plan)[0]), (4, &loading));
        assert_eq!(setting.desktop.kernel.writes(), [], "a plan loads nothing");
        setting.is_as(&before);
        sound.bind(&alone()).await.unwrap();
        let done = setting.desktop.kernel.writes();
        assert_eq!((done.len(), &done[0], done[1].1.as_str()), (4, &started(), "vfio-pci"));
        sound.release(&Options::default()).await.unwrap();
        let _ = setting.desktop.kernel.writes();
        let plan = sound.plan_bind(&alone()).await.unwrap();
        assert!(steps(&plan).iter().all(|(_, word, _)| word != "start-unit"), "it is there now: {plan:?}");
        sound.bind(&alone()).await.unwrap();
        assert!(!setting.desktop.kernel.has("StartUnit", LOADER));
    });
}

#[test]
fn a_host_without_the_module_keeps_its_refusal_and_nobody_tries_to_load_it() {
    user::ordinary(|| async {
        let setting = fresh();
        without_module(&setting);
        let service = setting.start().await;
        let sound = device(&service, SOUND).await;
        let plan = sound.plan_bind(&alone()).await.unwrap();
        assert!(!is_allowed(&plan) && steps(&plan).iter().all(|(_, word, _)| word != "start-unit"), "{plan:?}");
        let refused = details(&refusal(sound.bind(&alone()).await));
        assert_eq!(refused.len(), 1);
        assert_eq!((refused[0]["reason"].as_str(), refused[0].get("name")), ("no-vfio", None));
        assert_eq!(service.reasons(&accepting()).await, ["no-vfio"], "nor does a hand-over");
        assert_eq!(setting.desktop.kernel.writes(), []);
    });
}

#[test]
fn a_driver_that_is_not_loaded_or_not_in_time_is_refused_by_name_and_nothing_is_done() {
    user::ordinary(|| async {
        let setting = fresh();
        let before = everything(&setting.desktop.host);
        let service = setting.start_hasty(Some(Duration::from_millis(500))).await;
        let sound = device(&service, SOUND).await;
        let refused = async || {
            let refused = refusal(within("Bind", sound.bind(&alone())).await);
            let told = details(&refused).remove(0);
            assert!(refused.message.contains(LOADER), "{refused:?}");
            assert_eq!(setting.desktop.kernel.writes(), [started()], "no device is touched");
            setting.is_as(&before);
            ["reason", "name", "detail"].map(|key| told[key].clone())
        };
        setting.desktop.loads.store(false, Ordering::Release);
        assert_eq!(refused().await, ["no-vfio", LOADER, "failed"]);
        setting.desktop.kernel.set(Trouble::Hang(0));
        assert_eq!(refused().await, ["no-vfio", LOADER, "timed-out"]);
        setting.desktop.kernel.set(Trouble::None);
        setting.desktop.loads.store(true, Ordering::Release);
        sound.bind(&alone()).await.unwrap();
    });
}

#[test]
fn for_what_is_refused_anyway_nothing_is_loaded() {
    user::ordinary(|| async {
        let setting = fresh();
        let service = setting.start().await;
        let refused = refusal(device(&service, CARD).await.bind(&alone()).await);
        assert!(!words(&refused).is_empty() && !words(&refused).contains(&"no-vfio".to_owned()), "{refused:?}");
        assert_eq!(setting.desktop.kernel.writes(), []);
    });
}

#[test]
fn a_hand_over_loads_the_driver_first_and_leaves_the_desktop_alone_if_that_fails() {
    user::ordinary(|| async {
        let setting = fresh();
        let service = setting.start().await;
        let plan = service.screen.plan(&accepting()).await.unwrap();
        let steps: Vec<(String, String, String)> = plan["steps"].try_clone().unwrap().try_into().unwrap();
        assert_eq!((steps[0].0.as_str(), steps[0].1.as_str()), ("start-unit", LOADER));
        assert_eq!(setting.desktop.kernel.writes(), []);
        setting.desktop.loads.store(false, Ordering::Release);
        service.screen.begin(&accepting()).await.unwrap();
        within("the end", async {
            while setting.desktop.kernel.count_of("StartUnit") == 0 || service.screen.state().await.unwrap() != 1 {
                tokio::task::yield_now().await;
            }
        })
        .await;
        assert!(setting.desktop.is_up.load(Ordering::Acquire));
        assert!(!setting.desktop.kernel.has("StopUnit", "gdm.service"));
        let _ = setting.desktop.kernel.writes();
        setting.desktop.loads.store(true, Ordering::Release);
        service.screen.begin(&accepting()).await.unwrap();
        service.until(4).await;
        assert_eq!(setting.desktop.kernel.writes()[..2], [started(), ("StopUnit".to_owned(), "gdm.service".to_owned())]);
    });
}
