//! What is being changed about the host, written before it is: so that whatever is cut off can be put back.

use std::{fs, io, path::PathBuf};

use serde::{Deserialize, Serialize};

use super::{Files, Store};
use crate::host::{
    function::{Before, Functions},
    pci::PciAddress,
};

/// A device as it was before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Original {
    /// Its PCI address.
    pub address: String,
    /// The driver it had, or empty.
    pub driver: String,
    /// The only driver it could get, or empty.
    pub driver_override: String,
}

/// A change that is under way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Random.
    pub id: String,
    /// Of which start of the computer the state of its devices is.
    pub boot: String,
    /// What is done: `bind`, `release`, `virtual-functions`, `virtual-function`, `rom`.
    pub operation: String,
    /// The write that comes next, or was on its way, as it is in the log.
    pub step: String,
    /// The devices before the first write.
    pub devices: Vec<Original>,
    /// How many virtual functions the first device had, if that is what is changed; they are the other devices.
    #[serde(default)]
    pub functions: Option<u32>,
    /// What they might, in that case.
    #[serde(default)]
    pub settings: Functions,
    /// What one of them had, if that is what is changed.
    #[serde(default)]
    pub function: Option<Before>,
}

impl Entry {
    /// A change of devices, of this start of the computer.
    #[must_use]
    pub fn new(boot: String, operation: &str, devices: Vec<Original>) -> Self {
        Self {
            id: uuid::Uuid::new_v4().simple().to_string(),
            boot,
            operation: operation.to_owned(),
            step: String::new(),
            devices,
            functions: None,
            settings: Functions::new(),
            function: None,
        }
    }

    /// Whether it is of the functions of this card, or of one of them.
    #[must_use]
    pub fn is_of(&self, card: PciAddress) -> bool {
        self.devices.first().is_some_and(|original| original.address == card.to_string())
    }
}

/// The journal. It has to outlive the service, not the computer: what an entry tells is of one start of the computer, and there
/// is nothing to put back after the next. So nothing waits for the disk; what a power cut leaves of it is removed or set aside.
#[derive(Clone, Debug)]
pub struct Journal(Files);

impl Store {
    /// The journal of what is changed about the host.
    #[must_use]
    pub fn journal(&self) -> Journal {
        Journal(self.files.clone())
    }
}

impl Journal {
    fn path(&self, id: &str) -> PathBuf {
        self.0.0.join("journal").join(format!("{id}.json"))
    }

    /// Writes an entry. Whoever reads the journal from now on finds it, also after this process.
    ///
    /// # Errors
    /// The system's; the entry is as it was before then.
    pub fn put(&self, entry: &Entry) -> io::Result<()> {
        self.0.write_for_this_boot(&self.path(&entry.id), &serde_json::to_vec(entry)?)
    }

    /// Removes an entry, if there is one: what it was about has ended, was undone, or needed no write.
    ///
    /// # Errors
    /// The system's.
    pub fn remove(&self, id: &str) -> io::Result<()> {
        fs::remove_file(self.path(id)).or_else(|error| if error.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(error) })
    }

    /// Takes what a later change settled out of earlier entries, so that it is not undone any more. `strip` says whether anything is left of
    /// an entry.
    pub fn supersede(&self, strip: impl Fn(&mut Entry) -> bool) {
        for mut entry in self.entries().unwrap_or_default() {
            let before = entry.clone();
            let done = match strip(&mut entry) {
                false => self.remove(&entry.id),
                true if entry == before => Ok(()),
                true => self.put(&entry),
            };
            if let Err(error) = done {
                tracing::warn!(%error, "An entry of the journal that is done with stays");
            }
        }
    }

    /// Every entry. One that is damaged is set aside with a warning: its write was never finished, so nothing followed it.
    ///
    /// # Errors
    /// The system's.
    pub fn entries(&self) -> io::Result<Vec<Entry>> {
        let mut entries = Vec::new();
        for file in fs::read_dir(self.0.0.join("journal"))? {
            let path = file?.path();
            if path.extension().is_none_or(|extension| extension != "json") {
                continue;
            }
            match serde_json::from_slice(&fs::read(&path)?) {
                Ok(entry) => entries.push(entry),
                Err(error) => {
                    tracing::warn!(file = %path.display(), %error, "An entry of the journal cannot be read; set aside");
                    fs::rename(&path, path.with_extension("damaged"))?;
                }
            }
        }
        Ok(entries)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::function::Settings;

    #[test]
    fn an_entry_is_kept_until_it_is_removed_and_a_damaged_one_hides_no_other() {
        let directory = tempfile::tempdir().unwrap();
        let state = directory.path().join("state");
        let journal = Store::open(&state).unwrap().journal();
        let original = Original { address: "0000:01:00.0".into(), driver: "nvme".into(), driver_override: String::new() };
        let settings = Settings { trust: true, ..Settings::default() };
        let entry = Entry {
            id: "a".into(),
            functions: Some(2),
            settings: Functions::from([(0, settings)]),
            function: Some(Before { index: 1, settings }),
            ..Entry::new("b".into(), "bind", vec![original])
        };
        journal.put(&entry).unwrap();
        std::fs::write(state.join("journal/broken.json"), "{").unwrap();
        let journal = Store::open(&state).unwrap().journal();
        assert_eq!(journal.entries().unwrap(), [entry]);
        assert!(state.join("journal/broken.damaged").exists());
        journal.remove("a").unwrap();
        assert!(journal.entries().unwrap().is_empty());
    }
}
