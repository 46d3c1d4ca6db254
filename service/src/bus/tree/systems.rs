//! Operating systems that machines share: a thousand machines have a handful of them.

use std::sync::Arc;

use crate::inventory::OperatingSystem;

/// The operating systems of all machines, sorted by their ids.
#[derive(Debug, Default)]
pub(super) struct Systems(Vec<Arc<OperatingSystem>>);

impl Systems {
    /// The operating system with this libosinfo id.
    pub(super) fn get(&mut self, id: &str) -> Arc<OperatingSystem> {
        if let Ok(place) = self.0.binary_search_by(|known| (*known.id).cmp(id)) {
            return Arc::clone(&self.0[place]);
        }
        // Ids are free text: those that no machine has any more must not pile up.
        self.0.retain(|known| Arc::strong_count(known) > 1);
        let new = Arc::new(OperatingSystem { id: id.into(), name: model::os::plain_name(id).into() });
        let place = self.0.partition_point(|known| *known.id < *id);
        self.0.insert(place, Arc::clone(&new));
        new
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn machines_with_the_same_system_share_it_and_what_nobody_has_is_forgotten() {
        let mut systems = Systems::default();
        let debian = systems.get("http://debian.org/debian/12");
        assert!(Arc::ptr_eq(&debian, &systems.get("http://debian.org/debian/12")));
        drop(systems.get("http://fedoraproject.org/fedora/40"));
        assert!(!Arc::ptr_eq(&debian, &systems.get("")));
        assert_eq!(systems.0.len(), 2);
        assert!(Arc::ptr_eq(&debian, &systems.get("http://debian.org/debian/12")));
    }
}
