//! Disks: what is mounted from them, swaps to them, or is built on them, however many layers up.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    PciAddress,
    usage::{Purpose, Use, Uses, note, owners},
};
use crate::host::Root;

/// More layers than this are a loop.
const MOST_LAYERS: usize = 32;
/// Directories of file systems in sysfs that have an entry for each disk they are on, whoever mounted it.
const FILE_SYSTEMS: [&str; 5] = ["ext4", "xfs", "f2fs", "bcachefs", "erofs"];
const SYSTEM: [&str; 4] = ["/", "/usr", "/boot", "/boot/efi"];

/// What is known of disks before looking at any.
struct Disks<'a> {
    root: &'a Root,
    /// Mount points by `major:minor` and by the last part of the source.
    mounts: BTreeMap<String, BTreeSet<String>>,
    swaps: BTreeSet<String>,
    /// Disks of the same btrfs.
    pools: Vec<BTreeSet<String>>,
    mounted_by_others: BTreeSet<String>,
}

pub(super) fn read(root: &Root, uses: &mut Uses) {
    let disks = Disks::read(root);
    for name in root.names("sys/class/block") {
        let owners = controllers(root, &name);
        if owners.is_empty() {
            continue;
        }
        let mut found = BTreeSet::new();
        disks.follow(&name, &name, MOST_LAYERS, &mut found);
        for used in &found {
            note(uses, &owners, used);
        }
    }
}

/// What is done with each disk and partition, with the directory of the kernel's that it is in.
pub(super) fn each(root: &Root, mut tell: impl FnMut(&str, BTreeSet<Use>)) {
    let disks = Disks::read(root);
    for name in root.names("sys/class/block") {
        let mut found = BTreeSet::new();
        disks.follow(&name, &name, MOST_LAYERS, &mut found);
        tell(&format!("sys/class/block/{name}"), found);
    }
}

impl<'a> Disks<'a> {
    fn read(root: &'a Root) -> Self {
        let swaps = root.read("proc/swaps").unwrap_or_default();
        let swaps = swaps.lines().skip(1).filter_map(|line| base(line.split_ascii_whitespace().next()?)).collect();
        let pool = |pool: &String| root.names(&format!("sys/fs/btrfs/{pool}/devices")).into_iter().collect();
        let pools = root.names("sys/fs/btrfs").iter().map(pool).filter(|pool: &BTreeSet<String>| !pool.is_empty()).collect();
        let mounted_by_others = FILE_SYSTEMS.iter().flat_map(|kind| root.names(&format!("sys/fs/{kind}"))).collect();
        Self { root, mounts: mounts(root), swaps, pools, mounted_by_others }
    }

    /// Everything that is done with `name`; `part` is the disk or partition that it started with.
    fn follow(&self, part: &str, name: &str, layers: usize, found: &mut BTreeSet<Use>) {
        let mut all = Vec::new();
        let points = self.points(name);
        for point in &points {
            all.push((if SYSTEM.contains(&point.as_str()) { Purpose::System } else { Purpose::Mounted }, point.clone()));
        }
        let is_pooled = self.pools.iter().any(|pool| pool.contains(name));
        if points.is_empty() && (is_pooled || self.mounted_by_others.contains(name)) {
            all.push((Purpose::Mounted, String::new()));
        }
        if self.swaps.contains(name) {
            all.push((Purpose::Swap, name.to_owned()));
        }
        all.extend(self.member(name).map(|purpose| (purpose, String::new())));
        let holders = self.root.names(&format!("sys/class/block/{name}/holders"));
        all.extend(holders.iter().map(|holder| (self.layer(holder), self.title(holder))));
        found.extend(all.into_iter().map(|(purpose, detail)| Use { purpose, name: part.to_owned(), detail }));
        if layers > 0 {
            holders.iter().for_each(|holder| self.follow(part, holder, layers - 1, found));
        }
    }

    /// Where a disk is mounted; with a btrfs of several disks also where another of them is.
    fn points(&self, name: &str) -> BTreeSet<String> {
        let number = self.root.line(&format!("sys/class/block/{name}/dev"));
        let alias = self.root.line(&format!("sys/class/block/{name}/dm/name"));
        let mut names = BTreeSet::from([name, &*number, &*alias]);
        names.extend(self.pools.iter().filter(|pool| pool.contains(name)).flatten().map(String::as_str));
        names.into_iter().filter(|name| !name.is_empty()).filter_map(|name| self.mounts.get(name)).flatten().cloned().collect()
    }

    /// What udev saw on a disk that is a part of something bigger, in use or not.
    fn member(&self, name: &str) -> Option<Purpose> {
        let number = self.root.line(&format!("sys/class/block/{name}/dev"));
        let known = self.root.read(&format!("run/udev/data/b{number}")).ok()?;
        match known.lines().find_map(|line| line.strip_prefix("E:ID_FS_TYPE="))? {
            "LVM2_member" => Some(Purpose::Lvm),
            "linux_raid_member" | "isw_raid_member" | "ddf_raid_member" => Some(Purpose::Raid),
            "zfs_member" => Some(Purpose::Zfs),
            _ => None,
        }
    }

    /// What a layer above a disk is.
    fn layer(&self, holder: &str) -> Purpose {
        let kind = self.root.line(&format!("sys/class/block/{holder}/dm/uuid"));
        match kind.split('-').next() {
            Some("LVM") => Purpose::Lvm,
            _ if holder.starts_with("md") || kind.starts_with("DMRAID-") => Purpose::Raid,
            _ => Purpose::Held,
        }
    }

    fn title(&self, holder: &str) -> String {
        let name = self.root.line(&format!("sys/class/block/{holder}/dm/name"));
        if name.is_empty() { holder.to_owned() } else { name }
    }
}

/// The controllers of a disk or partition.
#[must_use]
pub fn controllers(root: &Root, name: &str) -> Vec<PciAddress> {
    let path = format!("sys/class/block/{name}");
    let direct = owners(root, &path);
    if !direct.is_empty() {
        return direct;
    }
    // A disk that several NVMe controllers share is below none of them, but its subsystem links to all.
    let Ok(real) = root.real(&path) else { return Vec::new() };
    let Some(subsystem) = real.iter().filter_map(|part| part.to_str()).find(|part| is_numbered(part, "nvme-subsys")) else {
        return Vec::new();
    };
    let of = format!("sys/class/nvme-subsystem/{subsystem}");
    let controllers = root.names(&of).into_iter().filter(|name| is_numbered(name, "nvme"));
    controllers.flat_map(|controller| owners(root, &format!("{of}/{controller}"))).collect()
}

/// Whether a name is this prefix and a number.
fn is_numbered(name: &str, prefix: &str) -> bool {
    name.strip_prefix(prefix).is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
}

/// The last part of the path of a device file.
fn base(path: &str) -> Option<String> {
    path.strip_prefix("/dev/").and_then(|path| path.rsplit('/').next()).map(str::to_owned)
}

/// Mount points by `major:minor` and by the last part of the source.
fn mounts(root: &Root) -> BTreeMap<String, BTreeSet<String>> {
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for line in root.read("proc/self/mountinfo").unwrap_or_default().lines() {
        let mut words = line.split(' ');
        let (Some(number), Some(point)) = (words.nth(2), words.nth(1)) else { continue };
        let source = line.split_once(" - ").and_then(|(_, rest)| base(rest.split(' ').nth(1)?));
        for key in source.into_iter().chain([number.to_owned()]) {
            found.entry(key).or_default().insert(plain(point));
        }
    }
    found
}

/// The kernel writes a space in a path as `\040`.
fn plain(path: &str) -> String {
    path.replace("\\040", " ").replace("\\011", "\t").replace("\\012", "\n").replace("\\134", "\\")
}
