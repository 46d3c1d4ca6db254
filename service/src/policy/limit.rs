//! Quotas per user, so that nobody can use up the service.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use crate::error::{Error, Result};

/// What is counted per user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Calls being answered.
    Calls,
    /// Jobs that have not ended.
    Jobs,
    /// Password prompts on screen.
    Prompts,
    /// Subscriptions to live figures.
    Subscriptions,
}

impl Kind {
    /// How many a user may have at once.
    #[must_use]
    pub const fn limit(self, uid: u32) -> u64 {
        match self {
            // Root is no attacker, but a script of root's may run away all the same.
            Self::Calls if uid == 0 => 1024,
            Self::Calls => 32,
            Self::Jobs if uid == 0 => 256,
            Self::Jobs => 16,
            Self::Prompts => 3,
            Self::Subscriptions => 64,
        }
    }

    const fn noun(self) -> &'static str {
        match self {
            Self::Calls => "calls at once",
            Self::Jobs => "unfinished jobs",
            Self::Prompts => "authentication prompts at once",
            Self::Subscriptions => "subscriptions",
        }
    }
}

/// The largest message body that a user other than root may send, in bytes.
pub const MESSAGE_BYTES: u32 = 64 * 1024;

/// The counters.
#[derive(Clone, Debug, Default)]
pub struct Limits(Arc<Mutex<HashMap<(u32, Kind), u64>>>);

/// One counted thing; gives its place back when dropped.
#[derive(Debug)]
#[must_use]
pub struct Place {
    limits: Limits,
    key: (u32, Kind),
}

impl Limits {
    /// Takes a place.
    ///
    /// # Errors
    /// `LimitExceeded` if the user has used up the quota.
    pub fn take(&self, uid: u32, kind: Kind) -> Result<Place> {
        let limit = kind.limit(uid);
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry((uid, kind)).or_default();
        if *count >= limit {
            return Err(Error::LimitExceeded { what: kind.noun(), limit });
        }
        *count += 1;
        Ok(Place { limits: self.clone(), key: (uid, kind) })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut counts = self.limits.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&self.key) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_quota_of_one_user_does_not_touch_another() {
        let limits = Limits::default();
        let mut places: Vec<_> = (0..3).map(|_| limits.take(1000, Kind::Prompts).unwrap()).collect();
        assert!(matches!(limits.take(1000, Kind::Prompts), Err(Error::LimitExceeded { limit: 3, .. })));
        assert!(limits.take(1001, Kind::Prompts).is_ok());
        places.pop();
        assert!(limits.take(1000, Kind::Prompts).is_ok());
    }

    #[test]
    fn counters_of_users_who_have_nothing_are_forgotten() {
        let limits = Limits::default();
        drop(limits.take(7, Kind::Calls).unwrap());
        assert!(limits.0.lock().unwrap().is_empty());
    }
}
