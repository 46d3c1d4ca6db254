use super::*;
use crate::host::block::Names;

const MACHINE: Uuid = Uuid::from_u128(1);
const OTHER: Uuid = Uuid::from_u128(2);

fn volume(name: &str, backing: Option<&str>) -> PoolVolume {
    PoolVolume {
        pool: "default".into(),
        pool_kind: "dir".into(),
        pool_path: "/pool".into(),
        name: name.into(),
        path: format!("/pool/{name}"),
        allocation: 1,
        capacity: 2,
        backing: backing.map(|name| format!("/pool/{name}")),
    }
}

fn disk(attributes: &str, file: &str, inside: &str) -> String {
    format!("<disk type='file' {attributes}><source file='{file}'/><target dev='vda'/>{inside}</disk>")
}

fn machine(uuid: Uuid, devices: &str) -> Referrer {
    Referrer { uuid, documents: vec![format!("<domain type='qemu'><name>m</name><devices>{devices}</devices></domain>")] }
}

fn plan(volumes: Vec<PoolVolume>, own: &Referrer, others: &[Referrer]) -> Plan {
    let all: Vec<_> = others.iter().chain([own]).cloned().collect();
    let graph = Graph::new(volumes, &all, &[], Names::default()).unwrap();
    from_graph(&graph, own, false, false, &|_| true).unwrap()
}

fn item<'a>(plan: &'a Plan, path: &str) -> &'a Item {
    plan.items.iter().find(|item| item.path == path).unwrap_or_else(|| panic!("{path} in {plan:?}"))
}

#[test]
fn a_disk_of_its_own_goes_to_the_trash() {
    let plan = plan(vec![volume("a", None)], &machine(MACHINE, &disk("device='disk'", "/pool/a", "")), &[]);
    assert_eq!(item(&plan, "/pool/a").action, Action::Trash);
    assert_eq!(plan.volumes().len(), 1);
}

#[test]
fn a_disk_that_another_machine_refers_to_stays() {
    let own = machine(MACHINE, &disk("device='disk'", "/pool/a", ""));
    let plan = plan(vec![volume("a", None)], &own, &[machine(OTHER, &disk("device='disk'", "/pool/a", ""))]);
    let item = item(&plan, "/pool/a");
    assert_eq!((item.action, item.reason), (Action::Keep, "in-use"));
    assert_eq!(item.machines, BTreeSet::from([OTHER]));
}

#[test]
fn the_base_of_another_machines_overlay_stays() {
    let own = machine(MACHINE, &disk("device='disk'", "/pool/base", ""));
    let plan =
        plan(vec![volume("base", None), volume("top", Some("base"))], &own, &[machine(OTHER, &disk("device='disk'", "/pool/top", ""))]);
    assert_eq!(item(&plan, "/pool/base").action, Action::Keep);
}

#[test]
fn an_overlay_goes_and_its_base_stays_unless_asked_for() {
    let own = machine(MACHINE, &disk("device='disk'", "/pool/top", ""));
    let mut plan = plan(vec![volume("base", None), volume("top", Some("base"))], &own, &[]);
    assert_eq!(item(&plan, "/pool/top").action, Action::Trash);
    assert_eq!((item(&plan, "/pool/base").action, item(&plan, "/pool/base").reason), (Action::Keep, "backing"));
    plan.choose(&["/pool/top".into(), "/pool/base".into()], Action::Trash).unwrap();
    assert_eq!(item(&plan, "/pool/base").action, Action::Trash);
}

#[test]
fn a_disk_that_an_unused_image_is_an_overlay_of_stays() {
    let own = machine(MACHINE, &disk("device='disk'", "/pool/base", ""));
    let plan = plan(vec![volume("base", None), volume("template", Some("base"))], &own, &[]);
    assert_eq!((item(&plan, "/pool/base").action, item(&plan, "/pool/base").reason), (Action::Keep, "backing"));
}

#[test]
fn media_read_only_and_shareable_disks_stay() {
    let volumes = || vec![volume("a", None)];
    for (attributes, inside, reason) in
        [("device='cdrom'", "", "removable"), ("device='disk'", "<readonly/>", "read-only"), ("device='disk'", "<shareable/>", "shared")]
    {
        let plan = plan(volumes(), &machine(MACHINE, &disk(attributes, "/pool/a", inside)), &[]);
        assert_eq!((item(&plan, "/pool/a").action, item(&plan, "/pool/a").reason), (Action::Keep, reason));
    }
}

#[test]
fn a_file_outside_every_pool_stays() {
    let plan = plan(vec![], &machine(MACHINE, &disk("device='disk'", "/home/me/a.img", "")), &[]);
    assert_eq!((item(&plan, "/home/me/a.img").action, item(&plan, "/home/me/a.img").reason), (Action::Keep, "no-pool"));
}

#[test]
fn what_must_stay_cannot_be_chosen() {
    let own = machine(MACHINE, &disk("device='disk'", "/pool/a", ""));
    let mut shared = plan(vec![volume("a", None)], &own, &[machine(OTHER, &disk("device='disk'", "/pool/a", ""))]);
    assert!(matches!(shared.choose(&["/pool/a".into()], Action::Trash), Err(Error::Refused { .. })));
    let mut plan = plan(vec![volume("a", None), volume("b", None)], &own, &[]);
    assert!(matches!(plan.choose(&["/pool/b".into()], Action::Trash), Err(Error::Refused { .. })));
    plan.choose(&[], Action::Trash).unwrap();
    assert_eq!((item(&plan, "/pool/a").action, item(&plan, "/pool/a").reason), (Action::Keep, "asked"));
}

#[test]
fn a_base_that_another_machine_needs_cannot_be_chosen() {
    let own = machine(MACHINE, &disk("device='disk'", "/pool/top", ""));
    let volumes = vec![volume("base", None), volume("top", Some("base")), volume("top2", Some("base"))];
    let mut plan = plan(volumes, &own, &[machine(OTHER, &disk("device='disk'", "/pool/top2", ""))]);
    assert_eq!(item(&plan, "/pool/base").reason, "in-use");
    assert!(plan.choose(&["/pool/top".into(), "/pool/base".into()], Action::Trash).is_err());
}

#[test]
fn firmware_state_is_in_the_plan() {
    let own = Referrer {
        uuid: MACHINE,
        documents: vec!["<domain type='qemu'><name>m</name><os><nvram>/nvram/m.fd</nvram></os><devices><tpm model='tpm-crb'><backend type='emulator' version='2.0'/></tpm></devices></domain>".into()],
    };
    let plan = plan(vec![], &own, &[]);
    assert_eq!(item(&plan, "/nvram/m.fd").kind, "nvram");
    assert!(plan.items.iter().any(|item| item.kind == "tpm"));
    assert!(plan.has_firmware_state());
}

fn with_firmware(uuid: Uuid, name: &str, os: &str) -> Referrer {
    Referrer { uuid, documents: vec![format!("<domain type='qemu'><name>{name}</name>{os}</domain>")] }
}

#[test]
fn firmware_settings_that_another_machine_has_stay() {
    let named = |file: &str| format!("<os><nvram>{file}</nvram></os>");
    let chosen = "<os firmware='efi'><type>hvm</type></os>";
    for (own, other, is_shared) in [
        (named("/nvram/m_VARS.fd"), named("/nvram/m_VARS.fd"), true),
        (chosen.to_owned(), named("/nvram/m_VARS.fd"), true),
        (named("/nvram/clone_VARS.fd"), chosen.to_owned(), true),
        (named("/nvram/m_VARS.fd"), named("/elsewhere/m_VARS.fd"), false),
        (chosen.to_owned(), chosen.to_owned(), false),
    ] {
        let own = with_firmware(MACHINE, "m", &own);
        let plan = plan(vec![], &own, &[with_firmware(OTHER, "clone", &other)]);
        let nvram = plan.items.iter().find(|item| item.kind == "nvram").unwrap();
        let expected = if is_shared { (Action::Keep, "in-use") } else { (Action::Trash, "") };
        assert_eq!((nvram.action, nvram.reason), expected, "{own:?} {other}");
        assert_eq!(plan.firmware_state().nvram, !is_shared);
        assert_eq!(nvram.machines.contains(&OTHER), is_shared);
    }
}

#[test]
fn a_deleted_machine_needs_its_firmware_settings_to_come_back() {
    let own = with_firmware(MACHINE, "m", "<os><nvram>/nvram/m_VARS.fd</nvram></os>");
    assert_eq!(plan(vec![], &own, &[]).needs(), ["/nvram/m_VARS.fd"]);
    let graph = Graph::new(vec![], std::slice::from_ref(&own), &["/nvram/m_VARS.fd".into()], Names::default()).unwrap();
    assert_eq!(from_graph(&graph, &own, true, false, &|_| true).unwrap().firmware_state(), FirmwareState::default());
}

#[test]
fn disks_that_are_no_files_are_each_in_the_plan_by_a_name_and_stay() {
    let network =
        |name: &str| format!("<disk type='network' device='disk'><source protocol='rbd' name='pool/{name}'/><target dev='{name}'/></disk>");
    let nvme = "<disk type='nvme' device='disk'><source type='pci' managed='yes' namespace='1'><address domain='0x0000' bus='0x01' slot='0x00' function='0x0'/></source><target dev='vdc'/></disk>";
    let plan = plan(vec![], &machine(MACHINE, &format!("{}{}{nvme}", network("vda"), network("vdb"))), &[]);
    for path in ["rbd:pool/vda", "rbd:pool/vdb", "0000:01:00.0"] {
        assert_eq!((item(&plan, path).action, item(&plan, path).reason), (Action::Keep, "no-pool"), "{path}");
    }
}
