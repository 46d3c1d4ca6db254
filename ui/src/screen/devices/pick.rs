//! Which devices are selected, and where the keyboard is.

use std::collections::BTreeSet;

/// The selection, by address: one or several devices, the current one, and where a range began.
#[derive(Clone, Debug, Default)]
pub(super) struct Pick {
    addresses: BTreeSet<String>,
    current: Option<String>,
    anchor: Option<String>,
}

impl Pick {
    pub fn current(&self) -> Option<&str> {
        self.current.as_deref()
    }

    /// Those that are selected, the current one first.
    pub fn addresses(&self) -> impl Iterator<Item = &str> {
        let current = self.current.iter().filter(|address| self.addresses.contains(*address));
        let others = self.addresses.iter().filter(|address| Some(*address) != self.current.as_ref());
        current.chain(others).map(String::as_str)
    }

    pub fn holds(&self, address: &str) -> bool {
        self.addresses.contains(address)
    }

    /// This one, and no other.
    pub fn only(&mut self, address: Option<String>) {
        self.addresses = address.iter().cloned().collect();
        self.anchor.clone_from(&address);
        self.current = address;
    }

    /// One more, or one less.
    pub fn toggle(&mut self, address: &str) {
        if !self.addresses.remove(address) {
            self.addresses.insert(address.to_owned());
        }
        self.current = Some(address.to_owned());
        self.anchor.clone_from(&self.current);
    }

    /// From where the range began to this one.
    pub fn extend_to<'a>(&mut self, address: &str, shown: impl Iterator<Item = &'a String>) {
        let shown: Vec<&String> = shown.collect();
        let place = |wanted: &str| shown.iter().position(|other| *other == wanted);
        let from = self.anchor.as_deref().and_then(place);
        let (Some(from), Some(to)) = (from.or_else(|| place(address)), place(address)) else { return };
        self.addresses = shown[from.min(to)..=from.max(to)].iter().map(|address| (*address).clone()).collect();
        self.current = Some(address.to_owned());
    }

    /// All of them.
    pub fn all<'a>(&mut self, shown: impl Iterator<Item = &'a String>) {
        self.addresses = shown.cloned().collect();
    }

    /// Forgets what is not there any more.
    pub fn keep(&mut self, is_there: impl Fn(&str) -> bool) {
        self.addresses.retain(|address| is_there(address));
        self.current = self.current.take().filter(|address| is_there(address));
        self.anchor = self.anchor.take().filter(|address| is_there(address));
    }
}
