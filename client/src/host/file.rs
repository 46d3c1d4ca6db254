//! `hosts.toml`: the hosts that a person added, and what they changed about the two that are always there.

use std::{
    fs,
    io::{self, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use toml::{Table, Value};

use super::{Host, SESSION, SYSTEM};

/// More than a person's file ever has.
const LARGEST: u64 = 1 << 20;

/// The hosts, in the order in which they are shown: `system`, `session`, then the added ones.
#[derive(Clone, Debug, PartialEq)]
pub struct Hosts {
    /// All of them. Ids differ; the first two stay.
    pub all: Vec<Host>,
    file: PathBuf,
}

/// The file could not be read. It was moved aside unless that failed as well.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{} cannot be read: {reason}", file.display())]
pub struct Broken {
    /// The file.
    pub file: PathBuf,
    /// Where it is now, `None` if it is still where it was.
    pub moved_to: Option<PathBuf>,
    /// What is wrong with it.
    pub reason: String,
}

impl Hosts {
    /// `hosts.toml` below `$XDG_CONFIG_HOME/kvm-manager`, or `~/.config/kvm-manager`; `None` without a home.
    #[must_use]
    pub fn usual_file() -> Option<PathBuf> {
        let absolute = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
        let configuration = absolute("XDG_CONFIG_HOME").or_else(|| absolute("HOME").map(|home| home.join(".config")))?;
        Some(configuration.join("kvm-manager/hosts.toml"))
    }

    /// Reads a file. Without one, or with a broken one, there are the two hosts that are always there.
    ///
    /// A broken file is renamed to `….broken`, so that the next [`Self::save`] does not destroy what can be mended. An entry
    /// that this version does not understand is left out here and kept in the file.
    #[must_use]
    pub fn load(file: &Path) -> (Self, Option<Broken>) {
        let (read, broken) = match read(file) {
            Ok(table) => (entries(&table).filter_map(host).collect(), None),
            Err(error) if error.kind() == io::ErrorKind::NotFound => (Vec::new(), None),
            Err(error) => (Vec::new(), Some(set_aside(file, &error))),
        };
        (Self { all: arranged(read), file: file.to_owned() }, broken)
    }

    /// Writes the file in one piece, readable by its owner alone. Unknown keys and entries that are there stay.
    ///
    /// # Errors
    /// If it cannot be written; what was there is there still.
    pub fn save(&self) -> io::Result<()> {
        let mut table = match read(&self.file) {
            Ok(table) => table,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Table::new(),
            Err(error) => return Err(error),
        };
        let before: Vec<Table> = entries(&table).cloned().collect();
        let (mut known, unknown): (Vec<_>, Vec<_>) = before.into_iter().partition(|entry| host(entry).is_some());
        let mut written = Vec::new();
        for host in &self.all {
            let is_same = |entry: &Table| entry.get("id").and_then(Value::as_str) == Some(&*host.id);
            let old = known.iter().position(is_same).map(|place| known.swap_remove(place));
            written.push(Value::Table(merged(old.unwrap_or_default(), host)?));
        }
        written.extend(unknown.into_iter().map(Value::Table));
        table.insert("host".to_owned(), Value::Array(written));
        replace(&self.file, &toml::to_string(&table).map_err(io::Error::other)?)
    }

    /// The host with this id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Host> {
        self.all.iter().find(|host| &*host.id == id)
    }

    /// An id that no host has.
    #[must_use]
    pub fn new_id() -> super::Id {
        uuid::Uuid::new_v4().to_string().into()
    }
}

fn read(file: &Path) -> io::Result<Table> {
    let invalid = |reason: String| io::Error::new(io::ErrorKind::InvalidData, reason);
    if fs::metadata(file)?.len() > LARGEST {
        return Err(invalid("it is too large".to_owned()));
    }
    let table: Table = toml::from_str(&fs::read_to_string(file)?).map_err(|error| invalid(error.message().to_owned()))?;
    match table.get("host") {
        None => Ok(table),
        Some(Value::Array(entries)) if entries.iter().all(Value::is_table) => Ok(table),
        Some(_) => Err(invalid("`host` is no list of tables".to_owned())),
    }
}

fn entries(table: &Table) -> impl Iterator<Item = &Table> {
    table.get("host").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_table)
}

fn host(entry: &Table) -> Option<Host> {
    Value::Table(entry.clone()).try_into().ok()
}

/// The two that are always there come first, with what was changed about them; each id comes once.
fn arranged(read: Vec<Host>) -> Vec<Host> {
    let mut all = vec![Host::system(), Host::session()];
    for host in read {
        match all.iter_mut().find(|known| known.id == host.id) {
            Some(known) if [SYSTEM, SESSION].contains(&&*host.id) => {
                known.name = host.name;
                known.auto_connect = host.auto_connect;
            }
            Some(_) => {}
            None => all.push(host),
        }
    }
    all
}

fn merged(mut entry: Table, host: &Host) -> io::Result<Table> {
    // Those of another kind of address would contradict the new one.
    entry.remove("address");
    entry.extend(Table::try_from(host).map_err(io::Error::other)?);
    Ok(entry)
}

fn set_aside(file: &Path, error: &io::Error) -> Broken {
    let mut aside = file.as_os_str().to_owned();
    aside.push(".broken");
    let aside = PathBuf::from(aside);
    let moved_to = fs::rename(file, &aside).is_ok().then_some(aside);
    Broken { file: file.to_owned(), moved_to, reason: error.to_string() }
}

/// Writes beside it and renames, so that nobody ever reads half a file.
fn replace(file: &Path, text: &str) -> io::Result<()> {
    let directory = file.parent().ok_or(io::ErrorKind::InvalidInput)?;
    fs::create_dir_all(directory)?;
    let fresh = directory.join(format!(".hosts.toml.{}", uuid::Uuid::new_v4().simple()));
    let write = || {
        let mut opened = fs::File::options().write(true).create_new(true).mode(0o600).open(&fresh)?;
        opened.write_all(text.as_bytes())?;
        opened.sync_all()?;
        fs::rename(&fresh, file)
    };
    write().inspect_err(|_| {
        // It may not even be there.
        let _ = fs::remove_file(&fresh);
    })
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;
    use crate::host::Address;

    fn place() -> (tempfile::TempDir, PathBuf) {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("kvm-manager/hosts.toml");
        (directory, file)
    }

    #[test]
    fn hosts_come_back_as_they_were_saved_and_are_their_owners_alone() {
        let (_directory, file) = place();
        let (mut hosts, broken) = Hosts::load(&file);
        assert_eq!(broken, None);
        assert_eq!(hosts.all, [Host::system(), Host::session()]);
        let ssh = Address::Ssh { user: "me".into(), host: "lab".into(), port: 2222, key_file: "/k".into() };
        hosts.all.push(Host::new(Hosts::new_id(), "Lab", ssh));
        hosts.all.push(Host::new(Hosts::new_id(), "", Address::Libvirt { uri: "qemu+ssh://lab/system".into() }));
        hosts.all[1].auto_connect = true;
        hosts.save().unwrap();
        assert_eq!(Hosts::load(&file), (hosts.clone(), None));
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        hosts.all.truncate(2);
        hosts.save().unwrap();
        assert_eq!(Hosts::load(&file).0.all.len(), 2);
        assert_eq!(fs::read_dir(file.parent().unwrap()).unwrap().count(), 1, "nothing is left beside it");
    }

    #[test]
    fn a_broken_file_is_told_of_and_moved_aside() {
        for text in ["[[host]", "host = 3", "host = [3]"] {
            let (_directory, file) = place();
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(&file, text).unwrap();
            let (hosts, broken) = Hosts::load(&file);
            assert_eq!(hosts.all.len(), 2);
            let aside = broken.unwrap().moved_to.unwrap();
            hosts.save().unwrap();
            assert_eq!(fs::read_to_string(aside).unwrap(), text, "what was in it can be mended");
        }
    }

    #[test]
    fn what_a_later_version_wrote_stays_in_the_file() {
        let (_directory, file) = place();
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        let text = "shape = 'round'\n[[host]]\nid = 'a'\ncolour = 'red'\naddress = { kind = 'demo' }\n\
                    [[host]]\nid = 'b'\naddress = { kind = 'carrier-pigeon', cage = 7 }\n\
                    [[host]]\nid = 'system'\nname = 'Mine'\naddress = { kind = 'demo' }\n";
        fs::write(&file, text).unwrap();
        let (hosts, broken) = Hosts::load(&file);
        assert_eq!(broken, None);
        let ids: Vec<&str> = hosts.all.iter().map(|host| &*host.id).collect();
        assert_eq!(ids, ["system", "session", "a"]);
        assert_eq!((hosts.all[0].name.as_str(), &hosts.all[0].address), ("Mine", &Address::System));
        hosts.save().unwrap();
        let written = fs::read_to_string(&file).unwrap();
        for kept in ["round", "red", "carrier-pigeon"] {
            assert!(written.contains(kept), "{written}");
        }
    }
}
