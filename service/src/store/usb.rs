//! Rules: which USB devices go to which machine by themselves.

use std::{fs, io};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Files, Store};

const NAME: &str = "usb.json";

/// What a rule is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum On {
    /// Whatever says this serial number.
    Serial(String),
    /// Whatever is at this port.
    Port(String),
    /// Whatever is of this vendor and product.
    Ids(u16, u16),
}

/// A rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// Random.
    pub id: String,
    /// The machine that gets the device.
    pub machine: Uuid,
    /// Which device.
    pub on: On,
}

/// Where the rules are kept. It waits for the disk: not for the thread of the bus.
#[derive(Clone, Debug)]
pub struct Kept(Files);

impl Store {
    /// The rules for USB devices.
    #[must_use]
    pub fn usb(&self) -> Kept {
        Kept(self.files.clone())
    }
}

impl Kept {
    /// Reads them; none if there are none.
    ///
    /// # Errors
    /// The system's; `InvalidData` if the file is damaged.
    pub fn get(&self) -> io::Result<Vec<Rule>> {
        Ok(self.0.record(NAME)?.unwrap_or_default())
    }

    /// Writes them; they are on disk when this returns.
    ///
    /// # Errors
    /// The system's.
    pub fn put(&self, rules: &[Rule]) -> io::Result<()> {
        self.0.put_record(NAME, rules)
    }

    /// Puts a damaged file out of the way, where somebody can look at it.
    ///
    /// # Errors
    /// The system's.
    pub fn set_aside(&self) -> io::Result<()> {
        let path = self.0.0.join(NAME);
        fs::rename(&path, path.with_extension("damaged"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_read_as_they_were_written_and_damaged_ones_are_set_aside() {
        let directory = tempfile::tempdir().unwrap();
        let kept = Store::open(&directory.path().join("state")).unwrap().usb();
        assert_eq!(kept.get().unwrap(), []);
        let rule = |on| Rule { id: "x".into(), machine: Uuid::nil(), on };
        let rules = [On::Serial("E0".into()), On::Port("1-2.4".into()), On::Ids(0x46d, 0xc31c)].map(rule);
        kept.put(&rules).unwrap();
        assert_eq!(kept.get().unwrap(), rules);
        fs::write(directory.path().join("state/usb.json"), "[{").unwrap();
        assert_eq!(kept.get().unwrap_err().kind(), io::ErrorKind::InvalidData);
        kept.set_aside().unwrap();
        assert_eq!(kept.get().unwrap(), []);
        assert!(directory.path().join("state/usb.damaged").exists());
    }
}
