//! The last lists of machines, kept on the disk: one small file for each host, for when it cannot be reached at the next start.
//!
//! What the table shows of a machine is in it, and nothing that somebody may have written a secret into: no notes, no addresses.

use std::{
    fs,
    io::{self, Read as _, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use client::{Host, Machine, Tag};
use serde::{Deserialize, Serialize};

use crate::model::HostModel;

/// Bytes of a file that is read: some ten thousand machines.
const LARGEST: u64 = 8 << 20;

/// Where the lists are.
#[derive(Clone, Debug)]
pub struct Lists(PathBuf);

/// A list as it was kept.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Kept {
    /// When the host was heard last, µs since the epoch.
    pub seen: u64,
    /// Its machines then.
    pub machines: Vec<Machine>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
struct File {
    /// Another address is another host.
    address: String,
    seen: u64,
    machines: Vec<Row>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
struct Row {
    id: String,
    name: String,
    title: String,
    state: u32,
    reason: u32,
    is_persistent: bool,
    autostart: bool,
    has_saved_state: bool,
    is_locked: bool,
    memory: u64,
    vcpus: u32,
    os_id: String,
    os_name: String,
    group: String,
    /// Name and colour.
    tags: Vec<(String, String)>,
    last_start_time: u64,
}

impl Lists {
    /// Lists in this folder.
    #[must_use]
    pub const fn new(folder: PathBuf) -> Self {
        Self(folder)
    }

    /// Keeps what is known of a host. A failure costs a start without the host its list, so it is only logged.
    pub fn keep(&self, host: &HostModel) {
        let Some(path) = self.file(&host.host) else { return };
        let machines = host.machines.values().map(row).collect();
        let file = File { address: host.host.uri_shown(), seen: host.last_seen, machines };
        let written = toml::to_string(&file).map_err(io::Error::other).and_then(|text| write(&path, &text));
        if let Err(error) = written {
            tracing::warn!(%error, "The list of machines was not kept");
        }
    }

    /// The last list of a host; `None` if none was kept, or it cannot be read.
    #[must_use]
    pub fn recall(&self, host: &Host) -> Option<Kept> {
        let mut text = String::new();
        fs::File::open(self.file(host)?).ok()?.take(LARGEST).read_to_string(&mut text).ok()?;
        let file: File = toml::from_str(&text).ok()?;
        let is_it = file.address == host.uri_shown();
        is_it.then(|| Kept { seen: file.seen, machines: file.machines.into_iter().filter_map(machine).collect() })
    }

    /// Forgets the list of a host that is not wanted any more.
    pub fn forget(&self, host: &Host) {
        // A file that is not there is as good.
        let _ = self.file(host).map(fs::remove_file);
    }

    /// A host's id may say anything where somebody wrote the list of hosts by hand.
    fn file(&self, host: &Host) -> Option<PathBuf> {
        let is_plain =
            !host.id.is_empty() && host.id.len() <= 64 && host.id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        is_plain.then(|| self.0.join(format!("{}.toml", host.id)))
    }
}

fn write(path: &Path, text: &str) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    // Another instance may write it at the same moment.
    let new = path.with_extension(format!("toml.{}", client::Uuid::new_v4().simple()));
    let mut file = fs::File::options().create(true).write(true).truncate(true).mode(0o600).open(&new)?;
    file.write_all(text.as_bytes())?;
    fs::rename(&new, path).inspect_err(|_| drop(fs::remove_file(&new)))
}

fn row(machine: &Machine) -> Row {
    Row {
        id: machine.id.to_string(),
        name: machine.name.clone(),
        title: machine.title.clone(),
        state: machine.state.into(),
        reason: machine.reason.into(),
        is_persistent: machine.is_persistent,
        autostart: machine.autostart,
        has_saved_state: machine.has_saved_state,
        is_locked: machine.is_locked,
        memory: machine.memory,
        vcpus: machine.vcpus,
        os_id: machine.os_id.clone(),
        os_name: machine.os_name.clone(),
        group: machine.group.clone(),
        tags: machine.tags.iter().map(|tag| (tag.name.clone(), tag.colour.clone())).collect(),
        last_start_time: machine.last_start_time,
    }
}

fn machine(row: Row) -> Option<Machine> {
    Some(Machine {
        id: row.id.parse().ok()?,
        name: row.name,
        title: row.title,
        state: row.state.into(),
        reason: row.reason.into(),
        is_persistent: row.is_persistent,
        autostart: row.autostart,
        has_saved_state: row.has_saved_state,
        is_locked: row.is_locked,
        memory: row.memory,
        vcpus: row.vcpus,
        os_id: row.os_id,
        os_name: row.os_name,
        group: row.group,
        tags: row.tags.into_iter().map(|(name, colour)| Tag { name, colour }).collect(),
        last_start_time: row.last_start_time,
        ..Machine::default()
    })
}

#[cfg(test)]
mod tests {
    use client::host::Address;

    use super::*;
    use crate::dialog::test;

    fn named(id: &str, address: Address) -> Host {
        Host::new(id, "", address)
    }

    #[test]
    fn what_the_table_shows_comes_back_and_neither_notes_nor_addresses_are_kept() {
        let folder = tempfile::tempdir().unwrap();
        let lists = Lists::new(folder.path().join("lists"));
        let model = test::model();
        let host = model.host("system").unwrap();
        lists.keep(host);
        let kept = lists.recall(&host.host).unwrap();
        assert_eq!((kept.seen, kept.machines.len()), (host.last_seen, host.machines.len()));
        for machine in &kept.machines {
            let known = &host.machines[&machine.id];
            let shown =
                |machine: &Machine| (machine.label().to_owned(), machine.condition(), machine.os_name.clone(), machine.tags.clone());
            assert_eq!(shown(machine), shown(known));
            assert!(machine.description.is_empty() && machine.addresses.is_empty());
        }
        let text = fs::read_to_string(folder.path().join("lists/system.toml")).unwrap();
        assert!(!text.contains("Main gaming machine") && !text.contains("192.168."), "{text}");
        lists.forget(&host.host);
        assert_eq!(lists.recall(&host.host), None);
    }

    #[test]
    fn the_list_of_another_address_or_of_a_name_that_leads_elsewhere_is_none_and_a_broken_one_too() {
        let folder = tempfile::tempdir().unwrap();
        let lists = Lists::new(folder.path().to_owned());
        let model = test::model();
        lists.keep(model.host("system").unwrap());
        assert_eq!(lists.recall(&named("system", Address::Session)), None);
        assert_eq!(lists.file(&named("../layout", Address::System)), None);
        fs::write(folder.path().join("system.toml"), "machines = 7").unwrap();
        assert_eq!(lists.recall(&named("system", Address::System)), None);
    }
}
