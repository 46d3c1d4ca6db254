use client::ErrorKind;

use super::*;
use crate::dialog::test::{self, key};

fn item(kind: &str, path: &str, action: &str, allocation: u64, reason: &str) -> PlanItem {
    PlanItem {
        kind: kind.to_owned(),
        path: path.to_owned(),
        action: action.to_owned(),
        allocation,
        capacity: allocation * 2,
        reason: reason.to_owned(),
        machines: Vec::new(),
    }
}

const GIB: u64 = 1 << 30;

fn items() -> Vec<PlanItem> {
    vec![
        item("definition", "", "trash", 0, ""),
        item("disk", "/var/lib/libvirt/images/win-server-2025.qcow2", "trash", GIB * 227 / 10, ""),
        item("disk", "/srv/shared/licences.img", "keep", 2 * GIB, "shared"),
        item("disk", "/srv/iso/virtio-win-0.1.271.iso", "keep", 700 << 20, "removable"),
        item("backing", "/var/lib/libvirt/images/base-server.qcow2", "keep", 9 * GIB, "backing"),
        item("snapshot", "before-update", "trash", 0, ""),
        item("snapshot", "clean", "trash", 0, ""),
        item("nvram", "/var/lib/libvirt/qemu/nvram/win-server-2025_VARS.fd", "trash", 0, ""),
        item("tpm", "", "trash", 0, ""),
    ]
}

fn planned(name: &str, items: Vec<PlanItem>) -> Delete {
    let (model, settings) = (test::model(), Settings::default());
    let mut delete = Delete::new(&model, key(name));
    let _ = delete.update(&model, &settings, Message::Planned(key(name), Ok(items)));
    delete
}

fn say(delete: &mut Delete, message: Message) -> Action {
    delete.update(&test::model(), &Settings::default(), message)
}

fn options(action: Action) -> DeleteOptions {
    let Action::Batch(actions) = action else { panic!("not deleted") };
    match actions.into_iter().nth(1) {
        Some(Action::Call(Call::Delete(_, options))) => options,
        other => panic!("{other:?}"),
    }
}

#[test]
fn delete_is_off_until_the_plan_is_there() {
    let mut delete = Delete::new(&test::model(), key("win-server-2025"));
    assert!(matches!(say(&mut delete, Message::Accept), Action::None));
    assert!(test::click(&test::model(), &delete, "Delete machine").is_none());
}

#[test]
fn delete_is_off_until_the_name_is_typed() {
    let mut delete = planned("win-server-2025", items());
    assert!(test::click(&test::model(), &delete, "Delete machine").is_none());
    for wrong in ["win-server", "Win-Server-2025"] {
        let _ = say(&mut delete, Message::Typed(wrong.to_owned()));
        assert!(matches!(say(&mut delete, Message::Accept), Action::None), "{wrong}");
    }
    let _ = say(&mut delete, Message::Typed("win-server-2025".to_owned()));
    assert!(test::click(&test::model(), &delete, "Delete machine").is_some());
    let options = options(say(&mut delete, Message::Accept));
    assert!(!options.permanent && !options.force_off);
}

#[test]
fn no_name_is_asked_for_when_no_disk_goes() {
    let mut delete = planned("win-server-2025", items());
    let _ = say(&mut delete, Message::Tick(0));
    assert!(!delete.asks_for_name());
    assert_eq!(options(say(&mut delete, Message::Accept)).disks, [] as [&str; 0]);
}

#[test]
fn shared_disks_are_never_ticked() {
    for reason in ["shared", "in-use", "read-only", "backing", "no-pool", "not-writable"] {
        let mut delete = planned("win-server-2025", vec![item("disk", "/srv/x.img", "keep", GIB, reason)]);
        let _ = say(&mut delete, Message::Tick(0));
        let plan = delete.plan.ready().unwrap();
        assert!(!plan.disks[0].is_ticked && !plan.disks[0].is_safe, "{reason}");
        assert_eq!(plan.disks_that_go(), [] as [&str; 0]);
    }
}

#[test]
fn the_machines_that_need_a_disk_are_named() {
    let mut disk = item("disk", "/srv/x.img", "keep", GIB, "in-use");
    let other = key("fedora-42-dev").machine.to_string().replace('-', "_");
    disk.machines.push(format!("/org/kvmmanager/Manager1/machines/{other}").try_into().unwrap());
    let delete = planned("win-server-2025", vec![disk]);
    assert!(delete.plan.ready().unwrap().disks[0].facts.ends_with("used by fedora-42-dev"));
}

#[test]
fn what_lies_in_a_drive_stays() {
    let delete = planned("win-server-2025", items());
    let plan = delete.plan.ready().unwrap();
    assert_eq!(plan.stays[0].label, "virtio-win-0.1.271.iso");
    assert_eq!(plan.disks_that_go(), ["/var/lib/libvirt/images/win-server-2025.qcow2"]);
}

#[test]
fn a_running_machine_is_forced_off_first_and_the_dialog_says_so() {
    let mut delete = planned("postgres-lab", vec![item("definition", "", "trash", 0, "")]);
    assert!(test::shows(&test::model(), &delete, "It is on. It is forced off first, which is like pulling the plug."));
    assert!(options(say(&mut delete, Message::Accept)).force_off);
}

#[test]
fn gone_for_good_is_a_choice_of_its_own() {
    let mut delete = planned("win-server-2025", items());
    assert!(!delete.is_permanent);
    let messages = test::click(&test::model(), &delete, "Gone for good").unwrap();
    let _ = say(&mut delete, messages[0].clone());
    let _ = say(&mut delete, Message::Typed("win-server-2025".to_owned()));
    assert!(test::click(&test::model(), &delete, "Delete for good").is_some());
    assert!(options(say(&mut delete, Message::Accept)).permanent);
}

#[test]
fn a_plan_that_failed_can_be_asked_for_again() {
    let (model, settings) = (test::model(), Settings::default());
    let mut delete = Delete::new(&model, key("win-server-2025"));
    let failed = Err(test::error(ErrorKind::Unsafe, &[("reasons", "unreadable-definition")]));
    let _ = delete.update(&model, &settings, Message::Planned(key("win-server-2025"), failed));
    assert!(matches!(delete.update(&model, &settings, Message::Accept), Action::None));
    assert!(matches!(test::click(&model, &delete, "Try again").unwrap().as_slice(), [Message::Retry]));
    test::pictures("delete-failed", &delete);
}

#[test]
fn the_plan_of_another_machine_is_not_taken() {
    let mut delete = Delete::new(&test::model(), key("win-server-2025"));
    let _ = say(&mut delete, Message::Planned(key("postgres-lab"), Ok(items())));
    assert!(delete.plan.ready().is_none());
}

#[test]
fn pictures_of_delete() {
    let mut delete = planned("win-server-2025", items());
    let _ = say(&mut delete, Message::Typed("win-ser".to_owned()));
    test::pictures("delete", &delete);
    let mut running = planned(
        "postgres-lab",
        vec![items()[0].clone(), item("disk", "/var/lib/libvirt/images/postgres-lab.qcow2", "trash", 41 * GIB, "")],
    );
    let _ = say(&mut running, Message::Typed("postgres-lab".to_owned()));
    let _ = say(&mut running, Message::Permanent);
    test::pictures("delete-running", &running);
    let mut waiting = Delete::new(&test::model(), key("win-server-2025"));
    waiting.plan.waited(Patience::Long);
    test::pictures("delete-waiting", &waiting);
}
