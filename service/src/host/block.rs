//! The names of block devices. The service's own `/dev` has none of them, so what udev linked is read from its records
//! (`/run/udev/data`, lines `S:` of systemd-udevd).

use std::{
    collections::HashMap,
    fs,
    path::{Path, PathBuf},
};

use super::{Root, input::KNOWN};

/// Every link below `/dev` to a block device, by its path, and the device's own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names(HashMap<String, String>);

impl Names {
    /// Of the devices that there are now.
    #[must_use]
    pub fn read(root: &Root) -> Self {
        let mut names = HashMap::new();
        for entry in fs::read_dir(root.path(KNOWN)).into_iter().flatten().flatten() {
            let file = entry.file_name();
            let Some(number) = file.to_str().and_then(|name| name.strip_prefix('b')) else { continue };
            let Ok(real) = fs::read_link(root.path(&format!("sys/dev/block/{number}"))) else { continue };
            let Some(kernel) = real.file_name().and_then(|name| name.to_str()) else { continue };
            let known = root.read(&format!("{KNOWN}/b{number}")).unwrap_or_default();
            let links = known.lines().filter_map(|line| line.strip_prefix("S:"));
            names.extend(links.map(|link| (format!("/dev/{link}"), format!("/dev/{kernel}"))));
        }
        Self(names)
    }

    /// These links and devices.
    #[cfg(test)]
    #[must_use]
    pub fn of(names: &[(&str, &str)]) -> Self {
        Self(names.iter().map(|(link, device)| ((*link).to_owned(), (*device).to_owned())).collect())
    }

    /// The one spelling of a path to a file or a device, links followed; the path itself where it cannot be looked up.
    #[must_use]
    pub fn canonical(&self, path: &str) -> String {
        let plain = plain(path);
        if let Some(device) = self.0.get(&plain) {
            return device.clone();
        }
        fs::canonicalize(path).ok().and_then(|path| path.into_os_string().into_string().ok()).unwrap_or(plain)
    }
}

/// Without `//` and `/./`; what goes up again may go through a link, so that stays.
fn plain(path: &str) -> String {
    let parts: PathBuf = Path::new(path).components().collect();
    parts.into_os_string().into_string().unwrap_or_else(|_| path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_volume_of_lvm_is_one_device_by_each_of_its_names() {
        let tree = tempfile::tempdir().unwrap();
        let sys = tree.path().join("sys/dev/block");
        fs::create_dir_all(&sys).unwrap();
        fs::create_dir_all(tree.path().join(KNOWN)).unwrap();
        std::os::unix::fs::symlink("../../devices/virtual/block/dm-3", sys.join("254:3")).unwrap();
        fs::write(tree.path().join(KNOWN).join("b254:3"), "S:vg/disk\nS:mapper/vg-disk\nS:disk/by-id/dm-name-vg-disk\nI:1\n").unwrap();
        fs::write(tree.path().join(KNOWN).join("c13:64"), "S:input/by-id/a\n").unwrap();
        let names = Names::read(&Root::captured(tree.path()));
        for path in ["/dev/vg/disk", "/dev/mapper/vg-disk", "/dev/disk/by-id/dm-name-vg-disk", "/dev/dm-3", "/dev//vg/./disk"] {
            assert_eq!(names.canonical(path), "/dev/dm-3", "{path}");
        }
        assert_eq!(names.canonical("/dev/vg/other"), "/dev/vg/other");
        assert_eq!(Names::default().canonical("/no/such//file"), "/no/such/file");
    }
}
