//! The application's copy of what the hosts told. It changes in one place alone: [`Model::apply`].

pub mod figures;
pub mod history;
pub mod host;

use client::{Event, Host, Machine, Uuid, host::Id};
use iced::theme::Mode;

pub use figures::Figures;
pub use history::History;
pub use host::{Connection, HostModel};

/// Now, in µs since the epoch; that of the demo while it is frozen.
#[must_use]
pub fn now() -> u64 {
    client::unit::now()
}

/// Which machine, over all hosts.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    /// The host.
    pub host: Id,
    /// The machine on it.
    pub machine: Uuid,
}

/// Whether pictures of the machines' screens are taken by themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pictures {
    /// Every few seconds.
    On,
    /// Not now: this computer's battery is low.
    BatteryLow,
    /// Not by setting: only when somebody asks for one.
    Off,
}

/// All hosts and their machines.
#[derive(Debug, Default)]
pub struct Model {
    hosts: Vec<HostModel>,
    revision: u64,
    saves_power: bool,
    takes_no_pictures: bool,
    desktop: (Mode, bool),
}

impl Model {
    /// The hosts in the order of the sidebar.
    #[must_use]
    pub fn hosts(&self) -> &[HostModel] {
        &self.hosts
    }

    /// One host.
    #[must_use]
    pub fn host(&self, id: &str) -> Option<&HostModel> {
        self.hosts.iter().find(|host| &*host.host.id == id)
    }

    /// One machine.
    #[must_use]
    pub fn machine(&self, key: &Key) -> Option<&Machine> {
        self.host(&key.host)?.machines.get(&key.machine)
    }

    /// Counts up with every change of what machines there are or what they are called, so that a list knows when to be made anew.
    #[must_use]
    pub const fn revision(&self) -> u64 {
        self.revision
    }

    /// Every machine of every host.
    pub fn machines(&self) -> impl Iterator<Item = (&HostModel, &Machine)> {
        self.hosts.iter().flat_map(|host| host.machines.values().map(move |machine| (host, machine)))
    }

    /// Makes the hosts those of this list; what is known of one that stays is kept.
    pub fn set_hosts(&mut self, hosts: Vec<Host>) {
        let mut known = std::mem::take(&mut self.hosts);
        self.hosts = hosts
            .into_iter()
            .map(|host| match known.iter().position(|other| other.host.id == host.id) {
                Some(place) => {
                    let mut model = known.swap_remove(place);
                    model.host = host;
                    model
                }
                None => HostModel::new(host),
            })
            .collect();
        self.revision += 1;
    }

    /// Nothing is measured any more: what was measured last is not how it is.
    pub fn forget_figures(&mut self) {
        for host in &mut self.hosts {
            host.figures.clear();
            host.load = None;
        }
    }

    /// Whether pictures of screens are taken.
    #[must_use]
    pub const fn pictures(&self) -> Pictures {
        match (self.takes_no_pictures, self.saves_power) {
            (true, _) => Pictures::Off,
            (false, true) => Pictures::BatteryLow,
            (false, false) => Pictures::On,
        }
    }

    /// The setting for pictures of screens.
    pub const fn set_takes_pictures(&mut self, takes_pictures: bool) {
        self.takes_no_pictures = !takes_pictures;
    }

    /// The desktop's wish for light or dark and for contrast.
    #[must_use]
    pub const fn desktop(&self) -> (Mode, bool) {
        self.desktop
    }

    /// The desktop wishes something else.
    pub const fn set_desktop(&mut self, mode: Mode, has_contrast: bool) {
        self.desktop = (mode, has_contrast);
    }

    /// The battery became low, or not.
    pub const fn set_saves_power(&mut self, saves_power: bool) {
        self.saves_power = saves_power;
    }

    /// A host that cannot be reached shows what was kept of it.
    pub fn recall(&mut self, id: &str, kept: crate::lists::Kept) {
        if let Some(host) = self.hosts.iter_mut().find(|host| &*host.host.id == id) {
            host.last_seen = kept.seen;
            host.machines = kept.machines.into_iter().map(|machine| (machine.id, machine)).collect();
            self.revision += 1;
        }
    }

    /// What was kept of a host is not shown any more.
    pub fn forget_recalled(&mut self, id: &str) {
        if let Some(host) = self.hosts.iter_mut().find(|host| &*host.host.id == id && !host.is_listed && !host.machines.is_empty()) {
            host.machines.clear();
            self.revision += 1;
        }
    }

    /// Takes in what happened on a host.
    pub fn apply(&mut self, id: &str, event: Event) {
        if let Some(host) = self.hosts.iter_mut().find(|host| &*host.host.id == id)
            && host.apply(event)
        {
            self.revision += 1;
        }
    }
}
