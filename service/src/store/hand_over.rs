//! What the host gave up for a machine that has its screen, written before it is given up: so that it comes back whatever is cut off.

use std::io;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Files, Store, journal::Original};

const NAME: &str = "hand-over.json";

/// How far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// The host gives up what it has, and the machine starts.
    Taking,
    /// The machine has it.
    Running,
    /// The host takes it back.
    GivingBack,
}

/// A device of the platform that shows what the firmware has set up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Buffer {
    /// Its driver.
    pub driver: String,
    /// The device.
    pub device: String,
}

/// Until when somebody has to say that all is well.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trial {
    /// Seconds since the computer started, those of its sleep included.
    pub ends: u64,
    /// The same for people: µs since the epoch.
    pub shown: u64,
}

/// What is to come back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// The start of the computer that it is about.
    pub boot: String,
    /// The machine.
    pub machine: Uuid,
    /// How far it is.
    pub phase: Phase,
    /// What comes next, or was on its way, as it is in the log.
    pub step: String,
    /// The unit that was stopped.
    pub unit: Option<String>,
    /// Consoles, by what the kernel calls them: their numbers may change.
    pub consoles: Vec<String>,
    /// The firmware's frame buffers.
    pub buffers: Vec<Buffer>,
    /// The devices before anything was done.
    pub devices: Vec<Original>,
    /// Units of programs that were stopped besides, in this order.
    #[serde(default)]
    pub daemons: Vec<String>,
    /// Modules of the driver's that were unloaded, in this order.
    #[serde(default)]
    pub modules: Vec<String>,
    /// Unless somebody says that all is well in time, everything comes back.
    pub trial: Option<Trial>,
}

/// Where the record is kept. It waits for the disk: not for the thread of the bus.
#[derive(Clone, Debug)]
pub struct Kept(Files);

impl Store {
    /// The record of what the host gave up.
    #[must_use]
    pub fn hand_over(&self) -> Kept {
        Kept(self.files.clone())
    }
}

impl Kept {
    /// Reads it, if there is one.
    ///
    /// # Errors
    /// The system's; `InvalidData` if it is damaged.
    pub fn get(&self) -> io::Result<Option<Record>> {
        self.0.record(NAME)
    }

    /// Writes it; it is on disk when this returns.
    ///
    /// # Errors
    /// The system's.
    pub fn put(&self, record: &Record) -> io::Result<()> {
        self.0.put_record(NAME, record)
    }

    /// Removes it.
    ///
    /// # Errors
    /// The system's; none if there is none.
    pub fn forget(&self) -> io::Result<()> {
        self.0.forget_record(NAME)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hand_over_is_read_as_it_was_written_and_a_damaged_one_is_an_error() {
        let directory = tempfile::tempdir().unwrap();
        let kept = Store::open(&directory.path().join("state")).unwrap().hand_over();
        assert_eq!(kept.get().unwrap(), None);
        let record = Record {
            boot: "b".into(),
            machine: Uuid::nil(),
            phase: Phase::Taking,
            step: "stop gdm.service".into(),
            unit: Some("gdm.service".into()),
            consoles: vec!["(M) frame buffer device".into()],
            buffers: vec![Buffer { driver: "efi-framebuffer".into(), device: "efi-framebuffer.0".into() }],
            devices: vec![Original { address: "0000:01:00.0".into(), driver: "amdgpu".into(), driver_override: String::new() }],
            daemons: vec!["nvidia-persistenced.service".into()],
            modules: vec!["nvidia_drm".into()],
            trial: Some(Trial { ends: 100, shown: 1 }),
        };
        kept.put(&record).unwrap();
        assert_eq!(kept.get().unwrap(), Some(record));
        std::fs::write(directory.path().join("state/hand-over.json"), "{").unwrap();
        assert!(kept.get().is_err());
        kept.forget().unwrap();
        kept.forget().unwrap();
        assert_eq!(kept.get().unwrap(), None);
    }
}
