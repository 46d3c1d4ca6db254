//! The host's only screen for a machine, on a captured desktop with a kernel, a systemd and a logind that the test plays: what is done
//! in which order, what is refused, and that everything comes back. With a real card and a real systemd: `tests/vfio/single-gpu.sh`.
#![allow(clippy::panic, clippy::unwrap_used, clippy::expect_used)]

use std::{collections::HashMap, sync::atomic::Ordering};

use dbus::{ErrorKind, Options};
use kvm_manager_tests::{
    client::refusal,
    desktop::{CARD, SOUND},
    kernel::{Trouble, everything},
    screen::{Setting, accepting, get_back, life},
    simulated::machine_with,
    user, within,
};
use zbus::{OwnedObjectPath, OwnedVariant};

fn on_trial() -> Options {
    accepting().with("trial-seconds", 60_u32)
}

fn taken() -> Vec<(String, String)> {
    let of = |address: &str, file: &str| format!("sys/bus/pci/devices/{address}/{file}");
    let steps = [
        ("StopUnit".to_owned(), "gdm.service"),
        ("sys/class/vtconsole/vtcon1/bind".to_owned(), "0"),
        ("sys/bus/platform/drivers/efi-framebuffer/unbind".to_owned(), "efi-framebuffer.0"),
        (of(CARD, "driver_override"), "vfio-pci"),
        (of(SOUND, "driver_override"), "vfio-pci"),
        (of(CARD, "driver/unbind"), CARD),
        (of(SOUND, "driver/unbind"), SOUND),
        ("sys/bus/pci/drivers_probe".to_owned(), CARD),
        ("sys/bus/pci/drivers_probe".to_owned(), SOUND),
    ];
    steps.map(|(file, value)| (file, value.to_owned())).into()
}

fn given_back() -> Vec<(String, String)> {
    let device = |address: &str| {
        let of = |file: &str| format!("sys/bus/pci/devices/{address}/{file}");
        let probe = "sys/bus/pci/drivers_probe".to_owned();
        [(of("driver_override"), "\n".to_owned()), (of("driver/unbind"), address.to_owned()), (probe, address.to_owned())]
    };
    let screen = [
        ("sys/bus/platform/drivers/efi-framebuffer/bind", "efi-framebuffer.0"),
        ("sys/class/vtconsole/vtcon1/bind", "1"),
        ("StartUnit", "gdm.service"),
    ];
    let screen = screen.map(|(file, value)| (file.to_owned(), value.to_owned()));
    [SOUND, CARD].into_iter().flat_map(device).chain(screen).collect()
}

#[test]
fn the_plan_names_each_step_and_who_loses_what_and_changes_nothing() {
    user::ordinary(|| async {
        let setting = Setting::new();
        let before = everything(&setting.desktop.host);
        let service = setting.start().await;
        let plan = service.screen.plan(&accepting()).await.unwrap();
        let allowed = |plan: &HashMap<String, OwnedVariant>| bool::try_from(plan["allowed"].try_clone().unwrap()).unwrap();
        assert!(allowed(&plan), "{plan:?}");
        let steps: Vec<(String, String, String)> = plan["steps"].try_clone().unwrap().try_into().unwrap();
        let shown: Vec<(&str, &str)> = steps.iter().map(|(word, name, _)| (word.as_str(), name.as_str())).collect();
        let drivers = [("override", CARD), ("override", SOUND), ("unbind", CARD), ("unbind", SOUND), ("probe", CARD), ("probe", SOUND)];
        let screen = [("stop-unit", "gdm.service"), ("console", "vtcon1"), ("frame-buffer", "efi-framebuffer.0")];
        assert_eq!(shown, [&screen[..], &drivers[..], &[("start-machine", "a")]].concat());
        let sessions: Vec<(String, String, String, String)> = plan["sessions"].try_clone().unwrap().try_into().unwrap();
        assert_eq!(sessions, [("2".into(), "anna".into(), "seat0".into(), "wayland".into())]);
        let processes: Vec<HashMap<String, String>> = plan["processes"].try_clone().unwrap().try_into().unwrap();
        assert_eq!((processes[0]["name"].as_str(), processes[0]["detail"].as_str()), ("77 gnome-shell", "dri/card0"));
        let strict = service.screen.plan(&Options::default()).await.unwrap();
        assert!(!allowed(&strict));
        let reasons: Vec<HashMap<String, String>> = strict["reasons"].try_clone().unwrap().try_into().unwrap();
        let reasons: Vec<(&str, &str)> =
            reasons.iter().map(|one| (one["reason"].as_str(), one.get("name").map_or("", |name| name))).collect();
        assert_eq!(reasons, [("no-reset", ""), ("session", "2 anna"), ("open", "77 gnome-shell")]);
        assert_eq!(setting.desktop.kernel.writes(), []);
        setting.is_as(&before);
    });
}

#[test]
fn the_screen_goes_in_this_order_and_all_of_it_comes_back_when_the_machine_stops() {
    user::ordinary(|| async {
        let setting = Setting::new();
        let before = everything(&setting.desktop.host);
        let service = setting.start().await;
        service.screen.begin(&accepting()).await.unwrap();
        service.until(4).await;
        assert!(service.is_running().await);
        assert_eq!(setting.desktop.kernel.writes(), taken());
        assert!(!setting.desktop.is_up.load(Ordering::Acquire) && setting.has_record());
        assert_eq!(service.screen.trial_ends().await.unwrap(), 0);
        // Somebody else stops it.
        service.machine.force_off(&Options::default()).await.unwrap();
        service.until(1).await;
        assert_eq!(setting.desktop.kernel.writes(), given_back());
        setting.is_as(&before);
    });
}

#[test]
fn a_service_that_ends_at_any_step_leaves_everything_to_the_next_which_gives_it_back() {
    user::ordinary(|| async {
        for number in 0..taken().len() {
            for trouble in [Trouble::Hang(number), Trouble::Freeze(number)] {
                let setting = Setting::new();
                let before = everything(&setting.desktop.host);
                setting.desktop.kernel.set(trouble);
                life(&setting, |setting, service| async move {
                    service.screen.begin(&accepting()).await.unwrap();
                    within("the step", setting.desktop.kernel.hangs.notified()).await;
                })
                .await;
                assert!(setting.has_record(), "{trouble:?}");
                setting.desktop.kernel.set(Trouble::None);
                let service = setting.start().await;
                service.until(1).await;
                assert!(!service.is_running().await);
                setting.is_as(&before);
            }
        }
    });
}

#[test]
fn a_service_that_ends_while_it_gives_back_leaves_the_rest_to_the_next() {
    user::ordinary(|| async {
        for number in 0..given_back().len() {
            let setting = Setting::new();
            setting.number.store(number, Ordering::Release);
            let before = everything(&setting.desktop.host);
            life(&setting, |setting, service| async move {
                service.screen.begin(&accepting()).await.unwrap();
                service.until(4).await;
                setting.desktop.kernel.set(Trouble::Freeze(setting.number.load(Ordering::Acquire)));
                service.machine.force_off(&Options::default()).await.unwrap();
                within("the step", setting.desktop.kernel.hangs.notified()).await;
            })
            .await;
            setting.desktop.kernel.set(Trouble::None);
            let service = setting.start().await;
            service.until(1).await;
            setting.is_as(&before);
        }
    });
}

#[test]
fn after_a_new_start_of_the_computer_there_is_nothing_to_give_back() {
    user::ordinary(|| async {
        let setting = Setting::new();
        life(&setting, |_, service| async move {
            service.screen.begin(&on_trial()).await.unwrap();
            service.until(3).await;
        })
        .await;
        setting.desktop.host.file("proc/sys/kernel/random/boot_id", "another\n");
        let _ = setting.desktop.kernel.writes();
        let service = setting.start().await;
        service.until(1).await;
        assert!(!setting.has_record());
        assert_eq!(setting.desktop.kernel.writes(), []);
    });
}

#[test]
fn a_trial_that_nobody_confirms_ends_the_machine_and_everything_comes_back() {
    user::ordinary(|| async {
        let setting = Setting::new();
        let before = everything(&setting.desktop.host);
        let service = setting.start().await;
        service.screen.begin(&accepting().with("trial-seconds", 1_u32)).await.unwrap();
        service.until(3).await;
        assert!(service.screen.trial_ends().await.unwrap() > 0 && service.is_running().await);
        setting.desktop.host.file("proc/uptime", "1001.00 900.00\n");
        service.until(1).await;
        assert!(!service.is_running().await);
        setting.desktop.host.file("proc/uptime", "1000.00 900.00\n");
        setting.is_as(&before);
    });
}

#[test]
fn a_trial_that_is_confirmed_lasts_until_the_machine_stops() {
    user::ordinary(|| async {
        let setting = Setting::new();
        let service = setting.start().await;
        assert_eq!(refusal(service.screen.confirm(&Options::default()).await).kind(), Some(ErrorKind::InvalidState));
        service.screen.begin(&on_trial()).await.unwrap();
        service.until(3).await;
        service.screen.confirm(&Options::default()).await.unwrap();
        assert_eq!((service.screen.state().await.unwrap(), service.screen.trial_ends().await.unwrap()), (4, 0));
        setting.desktop.host.file("proc/uptime", "9999.00 900.00\n");
        assert_eq!(refusal(service.screen.confirm(&Options::default()).await).kind(), Some(ErrorKind::InvalidState));
        let _ = setting.desktop.kernel.writes();
        service.screen.give_back(&Options::default()).await.unwrap();
        assert_eq!(setting.desktop.kernel.writes(), given_back(), "by the reply");
        assert_eq!(service.screen.state().await.unwrap(), 1);
    });
}

#[test]
fn a_service_that_ends_during_the_trial_is_followed_by_one_that_keeps_it() {
    user::ordinary(|| async {
        let setting = Setting::new();
        let before = everything(&setting.desktop.host);
        life(&setting, |_, service| async move {
            service.screen.begin(&on_trial()).await.unwrap();
            service.until(3).await;
        })
        .await;
        // This driver forgets that the machine ran: for the service it has stopped meanwhile.
        let service = setting.start().await;
        service.until(1).await;
        setting.is_as(&before);
    });
}

#[test]
fn a_machine_that_does_not_start_leaves_the_host_as_it_was() {
    user::ordinary(|| async {
        let wants = "<metadata><kvmmanager:machine xmlns:kvmmanager='https://kvmmanager.org/xmlns/machine/1'><kvmmanager:reserve-huge-pages/>\
            </kvmmanager:machine></metadata><memoryBacking><hugepages/></memoryBacking><memory";
        let setting = Setting::with(&machine_with(&[CARD, SOUND]).replacen("<memory", wants, 1), "");
        let before = everything(&setting.desktop.host);
        let service = setting.start().await;
        service.screen.begin(&accepting()).await.unwrap();
        within("the end", async {
            while setting.desktop.kernel.count_of("StartUnit") == 0 {
                tokio::task::yield_now().await;
            }
        })
        .await;
        service.until(1).await;
        assert!(!service.is_running().await);
        assert_eq!(setting.desktop.kernel.writes(), [taken(), given_back()].concat());
        setting.is_as(&before);
    });
}

#[test]
fn a_write_that_the_kernel_refuses_brings_everything_back() {
    user::ordinary(|| async {
        // The first is systemd's.
        for number in 1..taken().len() {
            let setting = Setting::new();
            let before = everything(&setting.desktop.host);
            let service = setting.start().await;
            setting.desktop.kernel.set(Trouble::Refuse(number));
            service.screen.begin(&accepting()).await.unwrap();
            within("the end", async {
                while setting.desktop.kernel.count_of("StartUnit") == 0 {
                    tokio::task::yield_now().await;
                }
            })
            .await;
            service.until(1).await;
            assert!(!service.is_running().await);
            setting.is_as(&before);
        }
    });
}

#[test]
fn what_does_not_come_back_is_named_with_its_repair_and_tried_again() {
    user::ordinary(|| async {
        let setting = Setting::new();
        let before = everything(&setting.desktop.host);
        let service = setting.start().await;
        service.screen.begin(&accepting()).await.unwrap();
        service.until(4).await;
        setting.desktop.starts.store(false, Ordering::Release);
        let refused = refusal(service.screen.give_back(&Options::default().with("force", true)).await);
        assert_eq!(refused.kind(), Some(ErrorKind::Failed), "{refused:?}");
        assert_eq!(Vec::<String>::try_from(refused.facts["left"].try_clone().unwrap()).unwrap(), ["gdm.service"]);
        assert_eq!(service.screen.state().await.unwrap(), 6);
        let left = service.screen.left().await.unwrap();
        assert_eq!((left[0]["part"].as_str(), left[0]["repair"].as_str()), ("display-manager", "systemctl start gdm.service"));
        assert_eq!(service.reasons(&accepting()).await, ["handed-over"], "one at a time");
        setting.desktop.starts.store(true, Ordering::Release);
        get_back(&service.screen).await;
        setting.is_as(&before);
    });
}

#[test]
fn whatever_speaks_against_it_is_refused_by_name_and_nothing_is_done() {
    user::ordinary(|| async {
        let setting = Setting::new();
        let before = everything(&setting.desktop.host);
        let service = setting.start().await;
        assert_eq!(service.reasons(&Options::default()).await, ["no-reset", "open", "session"]);
        setting.desktop.can_stop.store(false, Ordering::Release);
        assert_eq!(service.reasons(&accepting()).await, ["display-manager"]);
        setting.desktop.can_stop.store(true, Ordering::Release);
        // Without a display manager whoever draws goes on.
        setting.desktop.is_up.store(false, Ordering::Release);
        assert_eq!(service.reasons(&accepting()).await, ["open"]);
        setting.desktop.is_up.store(true, Ordering::Release);
        for (key, value) in [("trial-seconds", 0_u32), ("trial-seconds", 3601), ("seconds", 1)] {
            let refused = refusal(service.screen.begin(&accepting().with(key, value)).await);
            assert_eq!(refused.kind(), Some(ErrorKind::InvalidArgument), "{key}");
        }
        assert_eq!(refusal(service.screen.give_back(&Options::default()).await).kind(), Some(ErrorKind::InvalidState));
        assert_eq!(setting.desktop.kernel.writes(), []);
        setting.is_as(&before);
    });
}

#[test]
fn a_machine_without_a_card_and_one_that_runs_have_no_screen_to_get() {
    user::ordinary(|| async {
        let setting = Setting::with(&machine_with(&["0000:07:00.0"]), "");
        let service = setting.start().await;
        assert_eq!(refusal(service.screen.plan(&accepting()).await).kind(), Some(ErrorKind::NotFound));
        assert_eq!(refusal(service.screen.begin(&accepting()).await).kind(), Some(ErrorKind::NotFound));
        let runs = machine_with(&[CARD, SOUND]).replace("runstate>5<", "runstate>1<");
        let setting = Setting::with(&runs, "");
        let service = setting.start().await;
        assert_eq!(refusal(service.screen.begin(&accepting()).await).kind(), Some(ErrorKind::InvalidState));
        assert_eq!(setting.desktop.kernel.writes(), []);
    });
}

#[test]
fn the_network_of_the_host_does_not_go_with_its_screen() {
    user::ordinary(|| async {
        // A card in the same slot that carries the default route.
        let network = "pci 0000:03:00.2 8086:1533 class=020000 under=0000:00:01.1 group=16 driver=igb reset=flr\n\
            net enp3s0 under=0000:03:00.2\n\
            file proc/net/route Iface\\tDestination\\tGateway\\tFlags\\tRefCnt\\tUse\\tMetric\\tMask\\tMTU\\tWindow\\tIRTT\\nenp3s0\\t00000000\\t0101A8C0\\t0003\\t0\\t0\\t100\\t00000000\\t0\\t0\\t0\n";
        let setting = Setting::with(&machine_with(&[CARD, SOUND, "0000:03:00.2"]), network);
        let service = setting.start().await;
        assert!(service.reasons(&accepting()).await.contains(&"default-route".to_owned()));
        assert_eq!(setting.desktop.kernel.writes(), []);
    });
}

#[test]
fn the_job_is_the_one_that_the_reply_names() {
    user::ordinary(|| async {
        let setting = Setting::new();
        let service = setting.start().await;
        let job: OwnedObjectPath = service.screen.begin(&accepting()).await.unwrap();
        assert!(job.as_str().starts_with("/org/kvmmanager/Manager1/jobs/"), "{job}");
        let second = refusal(service.screen.begin(&accepting()).await).kind();
        assert!(matches!(second, Some(ErrorKind::Busy | ErrorKind::Unsafe | ErrorKind::InvalidState)), "one at a time: {second:?}");
        service.until(4).await;
    });
}
