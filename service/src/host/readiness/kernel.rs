//! What the kernel and the firmware have to give.

use dbus::readiness::{Check, fix, state};

use super::{Found, Vendor};
use crate::host::{Root, hugepages::page_sizes, memory::files::line, vfio, virtualisation::Virtualisation};

/// Hardware virtualisation.
pub fn kvm(root: &Root, vendor: Vendor) -> Check {
    let (module, setting) = match vendor {
        Vendor::Intel => ("kvm_intel", "VT-x"),
        Vendor::Amd => ("kvm_amd", "SVM"),
        Vendor::Other => ("kvm", ""),
    };
    let found = |state| Found::new("kvm", state);
    match Virtualisation::of(root) {
        Virtualisation::Available => Found::ready("kvm").done(),
        Virtualisation::ModuleMissing => found(state::MISSING).fact("reason", "module-missing").fix(fix::MODULE, module).done(),
        Virtualisation::OffInFirmware => found(state::MISSING).fact("reason", "off-in-firmware").fix(fix::FIRMWARE, setting).done(),
        Virtualisation::NotSupported => found(state::MISSING).fact("reason", "not-supported").done(),
    }
}

/// Machines inside machines.
pub fn nested(root: &Root) -> Check {
    let module = ["kvm_intel", "kvm_amd"].into_iter().find(|module| root.exists(&format!("sys/module/{module}")));
    let Some(module) = module else { return Found::new("nested", state::NOT_APPLICABLE).done() };
    match line(root, &format!("sys/module/{module}/parameters/nested")).as_deref() {
        Some("Y" | "1") => Found::ready("nested").fact("module", module).done(),
        Some(_) => {
            Found::new("nested", state::LIMITED).fact("module", module).fix(fix::MODULE_OPTION, format!("options {module} nested=1")).done()
        }
        None => Found::new("nested", state::UNKNOWN).fact("module", module).done(),
    }
}

/// What passing devices through rests on.
pub fn iommu(root: &Root, vendor: Vendor) -> Check {
    let groups = root.names("sys/kernel/iommu_groups").len();
    if groups > 0 {
        return Found::ready("iommu").fact("groups", groups).done();
    }
    let found = Found::new("iommu", state::MISSING).fact("groups", 0);
    let arguments = line(root, "proc/cmdline").unwrap_or_default();
    let forbidden =
        arguments.split_ascii_whitespace().find(|argument| matches!(*argument, "iommu=off" | "intel_iommu=off" | "amd_iommu=off"));
    if let Some(argument) = forbidden {
        return found.fact("reason", "off-by-argument").fix(fix::NO_KERNEL_ARGUMENT, argument).done();
    }
    let table = |name: &str| root.exists(&format!("sys/firmware/acpi/tables/{name}"));
    match vendor {
        // The firmware offers it; many kernels do not use Intel's unless told to.
        Vendor::Intel if table("DMAR") => found.fact("reason", "not-asked-for").fix(fix::KERNEL_ARGUMENT, "intel_iommu=on").done(),
        // Kernels use AMD's unasked, but on platforms that they take for broken; there is no `on` (kernel-parameters.txt, amd_iommu).
        Vendor::Amd if table("IVRS") => found.fact("reason", "not-asked-for").fix(fix::KERNEL_ARGUMENT, "amd_iommu=force_enable").done(),
        Vendor::Intel => {
            found.fact("reason", "off-in-firmware").fix(fix::FIRMWARE, "VT-d").fix(fix::KERNEL_ARGUMENT, "intel_iommu=on").done()
        }
        Vendor::Amd => found.fact("reason", "off-in-firmware").fix(fix::FIRMWARE, "AMD-Vi").done(),
        Vendor::Other => found.fact("reason", "none").done(),
    }
}

/// The driver for devices that are passed through. The sandbox hides the files of modules.
pub fn vfio(root: &Root) -> Check {
    if root.exists("sys/module/vfio_pci") || root.exists("sys/bus/pci/drivers/vfio-pci") {
        return Found::ready("vfio").done();
    }
    let not_loaded = |state| Found::new("vfio", state).fact("reason", "not-loaded").fix(fix::MODULE, "vfio-pci").done();
    match vfio::has_module(root) {
        Some(true) => not_loaded(state::LIMITED),
        Some(false) => Found::new("vfio", state::MISSING).fact("reason", "not-built").done(),
        None => not_loaded(state::UNKNOWN),
    }
}

/// Huge pages.
pub fn huge_pages(root: &Root) -> Check {
    let sizes: Vec<String> = page_sizes(root).iter().map(u64::to_string).collect();
    let state = if sizes.is_empty() { state::MISSING } else { state::READY };
    Found::new("huge-pages", state).fact("sizes", &sizes.join(" ")).done()
}

/// What keeps a QEMU that was taken over from the rest of the host.
pub fn confinement(root: &Root) -> Check {
    if line(root, "sys/module/apparmor/parameters/enabled").as_deref() == Some("Y") {
        return Found::ready("confinement").fact("by", "apparmor").done();
    }
    match line(root, "sys/fs/selinux/enforce").as_deref() {
        Some("1") => Found::ready("confinement").fact("by", "selinux").done(),
        Some(_) => Found::new("confinement", state::LIMITED).fact("by", "selinux").fact("reason", "permissive").done(),
        None => Found::new("confinement", state::LIMITED).fact("reason", "none").done(),
    }
}

/// What limits machines in processors and memory.
pub fn cgroup(root: &Root) -> Check {
    if let Some(controllers) = line(root, "sys/fs/cgroup/cgroup.controllers") {
        return Found::ready("cgroup").fact("version", 2).fact("controllers", &controllers).done();
    }
    if root.exists("sys/fs/cgroup/memory") {
        let argument = "systemd.unified_cgroup_hierarchy=1";
        return Found::new("cgroup", state::LIMITED).fact("version", 1).fix(fix::KERNEL_ARGUMENT, argument).done();
    }
    Found::new("cgroup", state::MISSING).done()
}
