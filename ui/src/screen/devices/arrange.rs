//! Which devices are listed, and in which order: groups that move together, filter, search. Made anew only when something changed.

use std::collections::{BTreeMap, BTreeSet};

use client::{
    HostDevice, Uuid,
    device::{Holder, short},
};

use crate::component::device::device_kind;

/// Whose devices are listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Filter {
    /// Every device that is no part of the computer itself.
    #[default]
    All,
    /// Those that the host does nothing with.
    Free,
    /// Those that are reserved, or that a machine has.
    Reserved,
    /// Those that the host uses.
    Host,
}

impl Filter {
    /// Every filter, in the order of the row.
    pub const ALL: [Self; 4] = [Self::All, Self::Free, Self::Reserved, Self::Host];

    /// Its text.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::All => "devices-filter-all",
            Self::Free => "devices-filter-free",
            Self::Reserved => "devices-filter-reserved",
            Self::Host => "devices-filter-host",
        }
    }

    /// Whether it lets a device through.
    #[must_use]
    pub fn lets(self, device: &HostDevice) -> bool {
        let holder = device.holder();
        match self {
            Self::All => true,
            Self::Free => holder == Holder::Idle,
            Self::Reserved => matches!(holder, Holder::Reserved | Holder::Machine(_)),
            Self::Host => holder == Holder::Host,
        }
    }
}

/// How a group stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Standing {
    /// All of it can be given away.
    Free,
    /// Nothing is done with it, but something of it cannot be reset.
    NoReset,
    /// All of it is reserved.
    Reserved,
    /// A running machine has it.
    Given(Uuid),
    /// The host uses all of it.
    Host,
    /// The host uses a part of it, so none of it can go.
    Mixed,
}

/// One line of the list.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Line {
    /// The head of a group.
    Group(Group),
    /// A device, by its address.
    Device(String),
}

/// The head of a group.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Group {
    /// Its number, `None` without an IOMMU.
    pub number: Option<u32>,
    /// Devices in it that a machine could want.
    pub devices: usize,
    /// Bridges and their like.
    pub fabric: usize,
    /// How it stands; `None` where devices cannot move at all.
    pub standing: Option<Standing>,
    /// Whether its devices are hidden.
    pub is_folded: bool,
}

/// The list as it is shown, and the counts of the filters.
#[derive(Clone, Debug, Default)]
pub struct Arranged {
    /// Top to bottom.
    pub lines: Vec<Line>,
    /// How many devices each filter lets through, whatever was typed.
    pub counts: [usize; 4],
}

impl Arranged {
    /// The devices in order, by address.
    pub fn devices(&self) -> impl Iterator<Item = &String> {
        self.lines.iter().filter_map(|line| match line {
            Line::Device(address) => Some(address),
            Line::Group(_) => None,
        })
    }

    /// Where a device is.
    #[must_use]
    pub fn position(&self, address: &str) -> Option<usize> {
        self.lines.iter().position(|line| matches!(line, Line::Device(other) if other == address))
    }
}

/// Makes the list. What was typed finds bridges, too.
#[must_use]
pub fn arrange(devices: &[HostDevice], filter: Filter, search: &str, folded: &BTreeSet<Option<u32>>) -> Arranged {
    let words: Vec<String> = search.split_whitespace().map(str::to_lowercase).collect();
    let mut groups: BTreeMap<(bool, Option<u32>), Vec<&HostDevice>> = BTreeMap::new();
    for device in devices {
        // Those without a group come last.
        groups.entry((device.group.is_none(), device.group)).or_default().push(device);
    }
    let mut arranged = Arranged::default();
    for (count, filter) in arranged.counts.iter_mut().zip(Filter::ALL) {
        *count = devices.iter().filter(|device| !device.is_fabric() && filter.lets(device)).count();
    }
    let is_shown = |device: &&&HostDevice| {
        let is_listed = if words.is_empty() { !device.is_fabric() } else { words.iter().all(|word| says(device, word)) };
        is_listed && filter.lets(device)
    };
    let mut found: Vec<_> = groups
        .into_iter()
        .filter_map(|((_, number), members)| {
            let shown: Vec<&str> = members.iter().filter(is_shown).map(|device| device.address.as_str()).collect();
            Some((group(number, &members, folded.contains(&number)), (*shown.first()?).to_owned(), shown))
        })
        .collect();
    // What can be given away stands at the top; else in the order of addresses.
    found.sort_by(|one, other| (rank(&one.0), &one.1).cmp(&(rank(&other.0), &other.1)));
    for (group, _, shown) in found {
        let is_folded = group.is_folded;
        arranged.lines.push(Line::Group(group));
        if !is_folded {
            arranged.lines.extend(shown.into_iter().map(|address| Line::Device(address.to_owned())));
        }
    }
    arranged
}

const fn rank(group: &Group) -> u8 {
    match group.standing {
        Some(Standing::Free) => 0,
        Some(Standing::NoReset | Standing::Reserved | Standing::Given(_)) => 1,
        Some(Standing::Mixed) => 2,
        Some(Standing::Host) | None => 3,
    }
}

fn group(number: Option<u32>, members: &[&HostDevice], is_folded: bool) -> Group {
    let devices: Vec<&&HostDevice> = members.iter().filter(|device| !device.is_fabric()).collect();
    Group {
        number,
        devices: devices.len(),
        fabric: members.len() - devices.len(),
        standing: standing(devices.into_iter().filter(|device| device.can_move)),
        is_folded,
    }
}

fn standing<'a>(members: impl Iterator<Item = &'a &'a HostDevice>) -> Option<Standing> {
    let members: Vec<&HostDevice> = members.copied().collect();
    let holders: Vec<Holder> = members.iter().map(|device| device.holder()).collect();
    let given = holders.iter().find_map(|holder| if let Holder::Machine(machine) = holder { Some(*machine) } else { None });
    let of_host = holders.iter().filter(|holder| **holder == Holder::Host).count();
    match (holders.len(), given) {
        (0, _) => None,
        (_, Some(machine)) => Some(Standing::Given(machine)),
        (all, None) if of_host == all => Some(Standing::Host),
        (_, None) if of_host > 0 => Some(Standing::Mixed),
        (_, None) if holders.iter().all(|holder| *holder == Holder::Reserved) => Some(Standing::Reserved),
        _ if members.iter().any(|device| device.resets.is_empty()) => Some(Standing::NoReset),
        _ => Some(Standing::Free),
    }
}

/// Whether a word is in anything that a person may know it by.
fn says(device: &HostDevice, word: &str) -> bool {
    let holds = |text: &str| text.to_lowercase().contains(word);
    let names = [&device.vendor_name, &device.device_name, &device.subsystem_name, &device.class_name, &device.driver];
    names.into_iter().any(|text| holds(text))
        || holds(short(&device.address))
        || holds(&device.ids_shown())
        || holds(&device_kind(device))
        || device.uses.iter().any(|(_, name)| holds(name))
}

#[cfg(test)]
mod tests {
    use client::demo::{Demo, Preset};

    use super::*;

    fn list(filter: Filter, search: &str) -> Vec<String> {
        crate::locale::init("en");
        let devices = Demo::new(Preset::Frozen).devices();
        arrange(&devices, filter, search, &BTreeSet::new()).devices().cloned().collect()
    }

    fn group_of(number: u32) -> Group {
        let devices = Demo::new(Preset::Frozen).devices();
        let arranged = arrange(&devices, Filter::All, "", &BTreeSet::new());
        let found = arranged.lines.into_iter().find_map(|line| match line {
            Line::Group(group) if group.number == Some(number) => Some(group),
            _ => None,
        });
        found.unwrap()
    }

    #[test]
    fn groups_say_whether_they_can_go_and_why_not() {
        let standings = [15, 25, 31, 19, 16].map(|number| group_of(number).standing.unwrap());
        assert_eq!(standings, [Standing::Free, Standing::NoReset, Standing::Reserved, Standing::Host, Standing::Mixed]);
        assert!(matches!(group_of(14).standing, Some(Standing::Given(_))));
        assert_eq!((group_of(15).devices, group_of(16).devices), (2, 4));
    }

    #[test]
    fn what_can_be_given_away_stands_at_the_top_and_bridges_nowhere() {
        let all = list(Filter::All, "");
        assert_eq!(all[..2], ["0000:02:00.0", "0000:02:00.1"]);
        assert!(!all.iter().any(|address| address.starts_with("0000:00:")));
        assert_eq!(list(Filter::All, "smbus"), ["0000:00:14.0"], "who looks for one finds it");
    }

    #[test]
    fn every_filter_lists_as_many_as_it_counts() {
        let devices = Demo::new(Preset::Frozen).devices();
        let counts = arrange(&devices, Filter::All, "", &BTreeSet::new()).counts;
        assert_eq!(Filter::ALL.map(|filter| list(filter, "").len()), counts);
        assert_eq!(counts[0], counts[1] + counts[2] + counts[3]);
    }

    #[test]
    fn a_device_is_found_by_name_address_id_driver_kind_and_part() {
        for word in ["samsung", "06:00", "144d:a80c", "nvme0n1p2", "NVMe samsung"] {
            assert_eq!(list(Filter::All, word), ["0000:06:00.0"], "{word}");
        }
        assert_eq!(list(Filter::All, "graphics nvidia"), ["0000:02:00.0"]);
        assert_eq!(list(Filter::Free, "samsung"), [""; 0]);
    }

    #[test]
    fn a_folded_group_keeps_its_head() {
        let devices = Demo::new(Preset::Frozen).devices();
        let open = arrange(&devices, Filter::All, "", &BTreeSet::new()).lines.len();
        let folded = arrange(&devices, Filter::All, "", &BTreeSet::from([Some(15)]));
        assert_eq!(folded.lines.len(), open - 2);
        assert!(matches!(&folded.lines[0], Line::Group(group) if group.is_folded));
    }
}
