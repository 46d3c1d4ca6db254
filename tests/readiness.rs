//! What a host lacks for machines, and what to do about it.
#![allow(clippy::panic, clippy::unwrap_used, clippy::expect_used)]

use std::path::Path;

use dbus::{
    Options,
    readiness::{Check, ReadinessProxy, fix, state},
};
use kvm_manager_tests::{TestService, user};
use service::host::{Root, readiness::report};
use tempfile::TempDir;

const INTEL: &str = "vendor_id\t: GenuineIntel\nflags\t\t: fpu vmx ept";
const AMD: &str = "vendor_id\t: AuthenticAMD\nflags\t\t: fpu svm npt";

/// A host with these files; a path that ends in `/` is a directory.
fn host(files: &[(&str, &str)]) -> TempDir {
    let tree = tempfile::tempdir().unwrap();
    for (path, content) in files {
        let file = tree.path().join(path);
        if path.ends_with('/') {
            std::fs::create_dir_all(file).unwrap();
        } else {
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(file, format!("{content}\n")).unwrap();
        }
    }
    tree
}

fn check(tree: &Path, id: &str) -> Check {
    report(&Root::captured(tree)).into_iter().find(|check| check.id == id).unwrap_or_else(|| panic!("no check {id}"))
}

/// State, reason and fixes of a check on a host with these files.
fn found(files: &[(&str, &str)], id: &str) -> (u32, String, Vec<(String, String)>) {
    let check = check(host(files).path(), id);
    (check.state, check.facts.get("reason").cloned().unwrap_or_default(), check.fixes)
}

fn to_do(kind: &str, value: &str) -> (String, String) {
    (kind.to_owned(), value.to_owned())
}

#[test]
fn kvm_is_missing_for_the_reason_that_its_fix_is_for() {
    let cpu = |cpu| ("proc/cpuinfo", cpu);
    assert_eq!(found(&[cpu(INTEL), ("sys/class/misc/kvm/", "")], "kvm"), (state::READY, String::new(), vec![]));
    let missing = |reason: &str, fixes| (state::MISSING, reason.to_owned(), fixes);
    assert_eq!(found(&[cpu(INTEL)], "kvm"), missing("module-missing", vec![to_do(fix::MODULE, "kvm_intel")]));
    assert_eq!(found(&[cpu(AMD)], "kvm"), missing("module-missing", vec![to_do(fix::MODULE, "kvm_amd")]));
    let locked = [cpu(AMD), ("sys/module/kvm/", "")];
    assert_eq!(found(&locked, "kvm"), missing("off-in-firmware", vec![to_do(fix::FIRMWARE, "SVM")]));
    assert_eq!(found(&[cpu("vendor_id\t: AuthenticAMD\nflags\t: fpu")], "kvm"), missing("not-supported", vec![]));
}

#[test]
fn nested_machines_are_off_on_or_make_no_sense() {
    let of = |value| found(&[("sys/module/kvm_intel/parameters/nested", value)], "nested");
    assert_eq!(of("Y").0, state::READY);
    assert_eq!(of("1").0, state::READY);
    assert_eq!(of("N"), (state::LIMITED, String::new(), vec![to_do(fix::MODULE_OPTION, "options kvm_intel nested=1")]));
    assert_eq!(found(&[], "nested").0, state::NOT_APPLICABLE);
}

#[test]
fn an_iommu_that_is_off_is_told_apart_by_where_it_is_off() {
    let missing = |reason: &str, fixes| (state::MISSING, reason.to_owned(), fixes);
    let (intel, amd) = (("proc/cpuinfo", INTEL), ("proc/cpuinfo", AMD));
    let ready = host(&[intel, ("sys/kernel/iommu_groups/0/", ""), ("sys/kernel/iommu_groups/1/", "")]);
    assert_eq!((check(ready.path(), "iommu").state, check(ready.path(), "iommu").facts["groups"].as_str()), (state::READY, "2"));
    let argument = to_do(fix::KERNEL_ARGUMENT, "intel_iommu=on");
    let dmar = ("sys/firmware/acpi/tables/DMAR", "");
    assert_eq!(found(&[intel, dmar], "iommu"), missing("not-asked-for", vec![argument.clone()]));
    assert_eq!(found(&[intel], "iommu"), missing("off-in-firmware", vec![to_do(fix::FIRMWARE, "VT-d"), argument]));
    assert_eq!(found(&[amd], "iommu"), missing("off-in-firmware", vec![to_do(fix::FIRMWARE, "AMD-Vi")]));
    let forced = to_do(fix::KERNEL_ARGUMENT, "amd_iommu=force_enable");
    assert_eq!(found(&[amd, ("sys/firmware/acpi/tables/IVRS", "")], "iommu"), missing("not-asked-for", vec![forced]));
    let off = ("proc/cmdline", "root=/dev/vda1 amd_iommu=off quiet");
    let no_argument = to_do(fix::NO_KERNEL_ARGUMENT, "amd_iommu=off");
    assert_eq!(found(&[amd, off, ("sys/firmware/acpi/tables/IVRS", "")], "iommu"), missing("off-by-argument", vec![no_argument]));
    assert_eq!(found(&[("proc/cpuinfo", "vendor_id\t: Other")], "iommu"), missing("none", vec![]));
}

#[test]
fn the_driver_for_passthrough_is_loaded_can_be_loaded_or_cannot_be_seen() {
    let release = ("proc/sys/kernel/osrelease", "6.1.0-9-amd64");
    let load = vec![to_do(fix::MODULE, "vfio-pci")];
    assert_eq!(found(&[("sys/module/vfio_pci/", "")], "vfio").0, state::READY);
    let modules = |text| ("lib/modules/6.1.0-9-amd64/modules.dep", text);
    let built = [release, modules("kernel/drivers/vfio/pci/vfio-pci.ko.xz:")];
    assert_eq!(found(&built, "vfio"), (state::LIMITED, "not-loaded".into(), load.clone()));
    assert_eq!(found(&[release, modules("kernel/net/x.ko:")], "vfio"), (state::MISSING, "not-built".into(), vec![]));
    // The sandbox hides the files of modules.
    assert_eq!(found(&[release], "vfio"), (state::UNKNOWN, "not-loaded".into(), load));
}

#[test]
fn a_missing_program_comes_with_the_command_of_this_distribution() {
    let command = |os_release: &str| found(&[("etc/os-release", os_release)], "swtpm").2;
    assert_eq!(command("ID=debian"), [to_do(fix::COMMAND, "apt install swtpm swtpm-tools")]);
    assert_eq!(command("ID=linuxmint\nID_LIKE=\"ubuntu debian\""), [to_do(fix::COMMAND, "apt install swtpm swtpm-tools")]);
    assert_eq!(command("ID=\"rocky\"\nID_LIKE=\"rhel centos fedora\""), [to_do(fix::COMMAND, "dnf install swtpm swtpm-tools")]);
    assert_eq!(command("ID=arch"), [to_do(fix::COMMAND, "pacman -S swtpm")]);
    assert_eq!(command("ID=\"opensuse-tumbleweed\""), [to_do(fix::COMMAND, "zypper install swtpm")]);
    assert_eq!(command("ID=plan9").len(), 4, "of all, where this one is not known");
    // Both of its programs have to be there.
    assert_eq!(found(&[("usr/bin/swtpm", "")], "swtpm").0, state::MISSING);
    assert_eq!(found(&[("usr/bin/swtpm", ""), ("usr/bin/swtpm_setup", "")], "swtpm"), (state::READY, String::new(), vec![]));
    for (id, file) in [("virtiofsd", "usr/lib/qemu/virtiofsd"), ("dnsmasq", "usr/sbin/dnsmasq"), ("passt", "usr/bin/passt")] {
        assert_eq!((found(&[], id).0, found(&[(file, "")], id).0), (state::MISSING, state::READY), "{id}");
    }
}

#[test]
fn firmware_is_what_the_descriptors_tell() {
    let descriptor = r#"{ "interface-types": ["uefi"], "features": ["secure-boot", "enrolled-keys"] }"#;
    let tree = host(&[("usr/share/qemu/firmware/40-edk2.json", descriptor), ("usr/share/qemu/firmware/50-bios.json", r#"["bios"]"#)]);
    let firmware = check(tree.path(), "firmware");
    assert_eq!(firmware.state, state::READY);
    assert_eq!(["descriptors", "secure-boot", "enrolled-keys"].map(|fact| firmware.facts[fact].as_str()), ["1", "yes", "yes"]);
    assert_eq!(found(&[("etc/os-release", "ID=fedora")], "firmware").2, [to_do(fix::COMMAND, "dnf install edk2-ovmf")]);
}

#[test]
fn confinement_control_groups_and_huge_pages_are_told() {
    assert_eq!(found(&[("sys/module/apparmor/parameters/enabled", "Y")], "confinement").0, state::READY);
    assert_eq!(found(&[("sys/fs/selinux/enforce", "1")], "confinement").0, state::READY);
    assert_eq!(found(&[("sys/fs/selinux/enforce", "0")], "confinement").1, "permissive");
    assert_eq!(found(&[], "confinement"), (state::LIMITED, "none".into(), vec![]));
    assert_eq!(found(&[("sys/fs/cgroup/cgroup.controllers", "cpu memory")], "cgroup").0, state::READY);
    let argument = vec![to_do(fix::KERNEL_ARGUMENT, "systemd.unified_cgroup_hierarchy=1")];
    assert_eq!(found(&[("sys/fs/cgroup/memory/", "")], "cgroup"), (state::LIMITED, String::new(), argument));
    assert_eq!(found(&[("sys/kernel/mm/hugepages/hugepages-2048kB/", "")], "huge-pages").0, state::READY);
    assert_eq!(found(&[], "huge-pages").0, state::MISSING);
}

#[test]
fn a_host_without_any_file_has_a_report_without_a_false_ready() {
    let nothing = host(&[]);
    let checks = report(&Root::captured(nothing.path()));
    assert_eq!(checks.len(), 12);
    assert!(checks.iter().all(|check| check.state != state::READY), "{checks:?}");
}

#[test]
fn everybody_gets_the_report_of_this_computer_over_the_bus() {
    user::ordinary(|| async {
        let service = TestService::start().await;
        let proxy = ReadinessProxy::new(&service.connection).await.unwrap();
        let told = proxy.report(&Options::default()).await.unwrap();
        let ids: Vec<&str> = told.iter().map(|check| check.id.as_str()).collect();
        let expected =
            ["kvm", "nested", "iommu", "vfio", "huge-pages", "confinement", "cgroup", "swtpm", "virtiofsd", "dnsmasq", "passt", "firmware"];
        assert_eq!(ids, expected);
        let swtpm = told.iter().find(|check| check.id == "swtpm").unwrap();
        let is_there = ["/usr/bin/swtpm", "/usr/bin/swtpm_setup"].iter().all(|file| Path::new(file).exists());
        assert_eq!(swtpm.state == state::READY, is_there);
    });
}
