//! Why something of the host must not go to a machine, or be changed: one form, whatever it is about and whoever found it. What it says
//! to a person is in [`super::sentence`].

use std::collections::HashMap;

use super::pci::PciAddress;

/// What a finding is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum About {
    /// A PCI device.
    Pci(PciAddress),
    /// The USB device at a port.
    Port(String),
    /// Anything else, by the name that the bus has for it; empty if the finding says it all.
    Name(String),
}

/// One reason, or something that should be known. Its word and facts are what a client gets.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// The word.
    pub word: &'static str,
    /// What it is about.
    pub about: About,
    /// Another name: the kernel's of a part, another device, a process, a machine; empty if there is none.
    pub name: String,
    /// A mount point, a bridge, a driver, a machine; empty if there is none.
    pub detail: String,
}

impl Finding {
    /// One about something by its name.
    #[must_use]
    pub fn new(word: &'static str, name: &str) -> Self {
        Self::about(word, About::Name(name.to_owned()))
    }

    /// One about a PCI device.
    #[must_use]
    pub const fn of(word: &'static str, device: PciAddress) -> Self {
        Self::about(word, About::Pci(device))
    }

    /// One about the USB device at a port.
    #[must_use]
    pub fn at(word: &'static str, port: &str) -> Self {
        Self::about(word, About::Port(port.to_owned()))
    }

    const fn about(word: &'static str, about: About) -> Self {
        Self { word, about, name: String::new(), detail: String::new() }
    }

    /// The same with another name.
    #[must_use]
    pub fn named(self, name: &str) -> Self {
        Self { name: name.to_owned(), ..self }
    }

    /// The same with a detail.
    #[must_use]
    pub fn detailed(self, detail: &str) -> Self {
        Self { detail: detail.to_owned(), ..self }
    }

    /// What may be told to whoever may start machines, or sees them start: where something is mounted, and which process has what open, is
    /// not theirs to know.
    #[must_use]
    pub fn discreet(self) -> Self {
        match self.word {
            "group-member" | "group-machine-running" | "bridge" | "module" => self,
            "open" | "session" => Self { name: String::new(), detail: String::new(), ..self },
            _ => Self { detail: String::new(), ..self },
        }
    }

    /// The PCI device that it is about.
    #[must_use]
    pub const fn device(&self) -> Option<PciAddress> {
        match self.about {
            About::Pci(device) => Some(device),
            _ => None,
        }
    }

    /// Whether it is about one of these devices.
    #[must_use]
    pub fn is_of(&self, devices: &[PciAddress]) -> bool {
        self.device().is_some_and(|device| devices.contains(&device))
    }

    /// The facts by name: `reason`, `device` or `port`, `name` and `detail`; those that there are.
    #[must_use]
    pub fn facts(&self) -> HashMap<String, String> {
        let (key, about) = match &self.about {
            About::Pci(device) => ("device", device.to_string()),
            About::Port(port) => ("port", port.clone()),
            About::Name(name) => ("device", name.clone()),
        };
        let all = [("reason", self.word.to_owned()), (key, about), ("name", self.name.clone()), ("detail", self.detail.clone())];
        all.into_iter().filter(|(_, value)| !value.is_empty()).map(|(name, value)| (name.to_owned(), value)).collect()
    }
}

/// What came of a judgement.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    /// Why not; empty if nothing speaks against it.
    pub reasons: Vec<Finding>,
    /// What should be known all the same.
    pub warnings: Vec<Finding>,
}

impl Findings {
    /// In order, each once.
    pub fn sort(&mut self) {
        for list in [&mut self.reasons, &mut self.warnings] {
            list.sort();
            list.dedup();
        }
    }
}
