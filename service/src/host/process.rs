//! The QEMU process of a machine, as far as libvirt's own files tell of it.

use std::{path::PathBuf, time::UNIX_EPOCH};

use super::Root;

/// Where libvirt notes the numbers of QEMU's processes.
#[must_use]
pub fn directory(root: &Root, is_system: bool) -> PathBuf {
    if is_system {
        return root.path("run/libvirt/qemu");
    }
    std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from).unwrap_or_default().join("libvirt/qemu/run")
}

/// When the machine's process was started, µs since the epoch: libvirt writes its number then and never again. `/proc`
/// would know, too, but the sandbox hides the processes of other users.
#[must_use]
pub fn started(directory: &std::path::Path, machine: &str) -> Option<u64> {
    if machine.contains('/') {
        return None;
    }
    let file = std::fs::symlink_metadata(directory.join(format!("{machine}.pid"))).ok().filter(std::fs::Metadata::is_file)?;
    u64::try_from(file.modified().ok()?.duration_since(UNIX_EPOCH).ok()?.as_micros()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_start_of_a_machine_is_when_its_process_number_was_noted() {
        let tree = tempfile::tempdir().unwrap();
        let directory = directory(&Root::captured(tree.path()), true);
        std::fs::create_dir_all(&directory).unwrap();
        let file = std::fs::File::create(directory.join("a.pid")).unwrap();
        file.set_modified(UNIX_EPOCH + std::time::Duration::from_micros(1_700_000_000_000_001)).unwrap();
        assert_eq!(started(&directory, "a"), Some(1_700_000_000_000_001));
        assert_eq!(started(&directory, "b"), None);
        std::os::unix::fs::symlink("a.pid", directory.join("link.pid")).unwrap();
        assert_eq!(started(&directory, "link"), None);
        std::fs::write(tree.path().join("run/libvirt/outside.pid"), "1").unwrap();
        assert_eq!(started(&directory, "../outside"), None);
    }
}
