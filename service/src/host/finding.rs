//! Why something of the host must not go to a machine, where that is no PCI device: see [`super::gate`] for those.

use std::collections::HashMap;

/// One reason, or something that should be known. Its word and facts are what a client gets.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// The word.
    pub word: &'static str,
    /// What it is about, by the name that the bus has for it.
    pub device: String,
    /// What the bus calls such a name.
    key: &'static str,
    /// Another name, such as that of a machine or the kernel's of a part; may be empty.
    pub name: String,
}

impl Finding {
    /// One about a device.
    #[must_use]
    pub fn new(word: &'static str, device: &str) -> Self {
        Self { word, device: device.to_owned(), key: "device", name: String::new() }
    }

    /// One about the USB device at a port.
    #[must_use]
    pub fn at(word: &'static str, port: &str) -> Self {
        Self { key: "port", ..Self::new(word, port) }
    }

    /// The same with another name.
    #[must_use]
    pub fn named(self, name: &str) -> Self {
        Self { name: name.to_owned(), ..self }
    }

    /// The facts by name: `reason`, `device` or `port`, and `name`; those that there are.
    #[must_use]
    pub fn facts(&self) -> HashMap<String, String> {
        let all = [("reason", self.word), (self.key, &self.device), ("name", &self.name)];
        all.into_iter().filter(|(_, value)| !value.is_empty()).map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
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
