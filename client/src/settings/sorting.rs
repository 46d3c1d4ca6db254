//! What the lists of machines are sorted by: each place remembers its own.

use serde::{Deserialize, Serialize};

use super::Table;

/// Places that are remembered; the one that was changed longest ago is forgotten first.
const MOST: usize = 100;
/// Bytes of a place or column; what is longer was not written by us.
const LONGEST: usize = 1024;

/// What one place is sorted by.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Sorting {
    /// The place: `host:`, `group:` or `tag:` and its name.
    pub place: String,
    /// Column.
    pub sort: String,
    /// The other way round.
    #[serde(default)]
    pub descending: bool,
}

impl Table {
    /// The column that a place is sorted by, and whether the other way round. A place of which nothing is remembered, and `None`,
    /// are sorted as all machines.
    #[must_use]
    pub fn sorted(&self, place: Option<&str>) -> (&str, bool) {
        let own = place.and_then(|place| self.places.iter().find(|known| known.place == place));
        own.map_or((&self.sort, self.descending), |own| (&own.sort, own.descending))
    }

    /// Sorts a place, or all machines, by a column; by the one that it is sorted by already, the other way round.
    pub fn sort_by(&mut self, place: Option<&str>, column: &str) {
        let (before, descending) = self.sorted(place);
        let descending = before == column && !descending;
        let Some(place) = place else {
            (self.sort, self.descending) = (column.to_owned(), descending);
            return;
        };
        self.places.retain(|known| known.place != place);
        self.places.push(Sorting { place: place.to_owned(), sort: column.to_owned(), descending });
        self.bound();
    }

    /// Forgets what is too much.
    pub(super) fn bound(&mut self) {
        self.places.retain(|known| known.place.len() <= LONGEST && known.sort.len() <= LONGEST);
        self.places.drain(..self.places.len().saturating_sub(MOST));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_sorted_as_all_machines_until_it_has_an_order_of_its_own() {
        let mut table = Table::default();
        table.sort_by(None, "cpu");
        assert_eq!(table.sorted(Some("group:lab")), ("cpu", false));
        table.sort_by(Some("group:lab"), "cpu");
        assert_eq!((table.sorted(Some("group:lab")), table.sorted(None)), (("cpu", true), ("cpu", false)));
        table.sort_by(Some("group:lab"), "memory");
        table.sort_by(None, "name");
        let places = [Some("group:lab"), Some("tag:lab"), None].map(|place| table.sorted(place));
        assert_eq!(places, [("memory", false), ("name", false), ("name", false)]);
    }

    #[test]
    fn the_place_that_was_changed_longest_ago_is_forgotten_first() {
        let mut table = Table::default();
        for number in 0..=MOST {
            table.sort_by(Some(&format!("tag:{number}")), "cpu");
            table.sort_by(Some("tag:0"), "memory");
        }
        assert_eq!((table.places.len(), table.sorted(Some("tag:0")).0), (MOST, "memory"));
        assert_eq!((table.sorted(Some("tag:1")).0, table.sorted(Some("tag:2")).0), ("name", "cpu"));
    }
}
