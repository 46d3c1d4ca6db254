//! The files behind memory that guests share with the host, below `/dev/shm`: who owns them, and who should.

use std::os::unix::fs::MetadataExt;

use super::Root;

/// Users that QEMU runs as for libvirt's system daemon, by distribution.
const QEMU: [&str; 2] = ["libvirt-qemu", "qemu"];

/// A file that is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    /// Bytes; 0 for one that QEMU is yet to fill.
    pub size: u64,
    /// Whether it is a file of somebody who may see what the guest shows: root, QEMU's user, the service's own, or the one that was named.
    pub is_trusted: bool,
}

/// A name that can be one of a user of this computer.
#[must_use]
pub fn is_user_name(name: &str) -> bool {
    let is_fitting = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'_' | b'-');
    (1..=32).contains(&name.len())
        && name.bytes().all(is_fitting)
        && !name.starts_with(|first: char| first == '-' || first.is_ascii_digit())
}

/// The number of a user of this computer; `None` for one that its own list does not have.
#[must_use]
pub fn user(root: &Root, name: &str) -> Option<u32> {
    let users = root.read("etc/passwd").ok()?;
    users.lines().find_map(|line| {
        let mut fields = line.split(':');
        (fields.next() == Some(name)).then(|| fields.nth(1)?.parse().ok()).flatten()
    })
}

/// The file of a memory with this name, with a user besides who may own it.
#[must_use]
pub fn find(root: &Root, name: &str, reader: Option<u32>) -> Option<Found> {
    // Not what a link leads to: QEMU would follow it.
    let file = std::fs::symlink_metadata(root.path(&format!("dev/shm/{name}"))).ok()?;
    let mut owners = vec![0, rustix::process::geteuid().as_raw()];
    owners.extend(QEMU.iter().filter_map(|name| user(root, name)).chain(reader));
    Some(Found { size: file.len(), is_trusted: file.is_file() && owners.contains(&file.uid()) })
}

/// A line for `tmpfiles.d` that makes the file at each start of the computer, before anybody else could: QEMU's user owns it, and the
/// reader's group may read and write. `None` where no user of QEMU's is known.
#[must_use]
pub fn line(root: &Root, name: &str, reader: &str) -> Option<String> {
    let owner = QEMU.iter().find(|name| user(root, name).is_some())?;
    // What Looking Glass sends back goes into the same file.
    Some(format!("f /dev/shm/{name} 0600 {owner} root -\na+ /dev/shm/{name} - - - - u:{reader}:rw\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_names_are_names_of_users() {
        for name in ["alice", "_apt", "a-b_2"] {
            assert!(is_user_name(name), "{name}");
        }
        for other in ["", "Alice", "a b", "a:b", "a\nb", "-a", "1a", "ä", "a,u:root:rw", &"a".repeat(33)] {
            assert!(!is_user_name(other), "{other:?}");
        }
    }

    #[test]
    fn a_file_of_somebody_else_is_not_trusted_and_neither_is_a_link() {
        let tree = tempfile::tempdir().unwrap();
        let root = Root::captured(tree.path());
        std::fs::create_dir_all(tree.path().join("dev/shm")).unwrap();
        assert_eq!(find(&root, "looking-glass-a", None), None);
        std::fs::write(tree.path().join("dev/shm/looking-glass-a"), [0; 3]).unwrap();
        assert_eq!(find(&root, "looking-glass-a", None), Some(Found { size: 3, is_trusted: true }));
        std::os::unix::fs::symlink("looking-glass-a", tree.path().join("dev/shm/looking-glass-b")).unwrap();
        assert!(!find(&root, "looking-glass-b", None).unwrap().is_trusted);
    }

    #[test]
    fn the_line_gives_the_file_to_qemu_and_to_the_reader() {
        let tree = tempfile::tempdir().unwrap();
        let root = Root::captured(tree.path());
        assert_eq!(line(&root, "looking-glass-a", "alice"), None, "nobody knows whose it would be");
        std::fs::create_dir_all(tree.path().join("etc")).unwrap();
        std::fs::write(tree.path().join("etc/passwd"), "root:x:0:0::/root:/bin/sh\nlibvirt-qemu:x:64055:109::/:/bin/false\n").unwrap();
        assert_eq!((user(&root, "libvirt-qemu"), user(&root, "alice")), (Some(64055), None));
        let expected = "f /dev/shm/looking-glass-a 0600 libvirt-qemu root -\na+ /dev/shm/looking-glass-a - - - - u:alice:rw\n";
        assert_eq!(line(&root, "looking-glass-a", "alice").as_deref(), Some(expected));
    }
}
