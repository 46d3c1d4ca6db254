//! Whether the processor can run machines, and if not, why.

use super::Root;

/// What is to be said about hardware virtualisation; the words are those of the bus property.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Virtualisation {
    /// KVM can be used.
    Available,
    /// The processor can, but KVM's module is not loaded.
    ModuleMissing,
    /// The processor can, but the firmware has switched it off.
    OffInFirmware,
    /// The processor cannot; machines are emulated.
    NotSupported,
}

impl Virtualisation {
    /// Looks at the processor's flags and for KVM's device, in sysfs: the service's sandbox has no device files.
    #[must_use]
    pub fn of(root: &Root) -> Self {
        if root.exists("sys/class/misc/kvm") {
            return Self::Available;
        }
        let flags = root.read("proc/cpuinfo").unwrap_or_default();
        let can = flags
            .lines()
            .filter(|line| line.starts_with("flags"))
            .any(|line| line.split_ascii_whitespace().any(|flag| flag == "vmx" || flag == "svm"));
        match (can, root.exists("sys/module/kvm")) {
            (false, _) => Self::NotSupported,
            // The module refuses to make its device when the firmware has locked the feature.
            (true, true) => Self::OffInFirmware,
            (true, false) => Self::ModuleMissing,
        }
    }

    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Available => "available",
            Self::ModuleMissing => "module-missing",
            Self::OffInFirmware => "off-in-firmware",
            Self::NotSupported => "not-supported",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(cpuinfo: &str, files: &[&str]) -> (tempfile::TempDir, Root) {
        let directory = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(directory.path().join("proc")).unwrap();
        std::fs::write(directory.path().join("proc/cpuinfo"), cpuinfo).unwrap();
        for file in files {
            std::fs::create_dir_all(directory.path().join(file)).unwrap();
        }
        let root = Root::captured(directory.path());
        (directory, root)
    }

    #[test]
    fn a_processor_switched_off_in_the_firmware_is_told_from_a_missing_module() {
        let (_keep, root) = tree("flags\t\t: fpu vmx ept\n", &["sys/module/kvm"]);
        assert_eq!(Virtualisation::of(&root), Virtualisation::OffInFirmware);
        let (_keep, root) = tree("flags\t\t: fpu svm\n", &[]);
        assert_eq!(Virtualisation::of(&root), Virtualisation::ModuleMissing);
        let (_keep, root) = tree("flags\t\t: fpu\n", &[]);
        assert_eq!(Virtualisation::of(&root), Virtualisation::NotSupported);
        let (_keep, root) = tree("flags\t\t: fpu\n", &["sys/class/misc/kvm"]);
        assert_eq!(Virtualisation::of(&root), Virtualisation::Available);
    }
}
