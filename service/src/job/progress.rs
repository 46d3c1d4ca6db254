//! How far a job is: share, bytes, rate and when it will be done.

/// A job's progress.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Progress {
    /// Share done, 0…1.
    pub share: f64,
    /// Whether `share` means anything yet.
    pub is_known: bool,
    /// Bytes done.
    pub bytes: u64,
    /// Bytes per second since it began.
    pub rate: u64,
    /// When it will be done at this rate, µs since the epoch; 0 if not known.
    pub expected_end: u64,
}

impl Progress {
    /// Takes new figures in. Returns whether anything changed that a client can see.
    pub fn advance(&mut self, done: u64, total: u64, started: u64, now: u64) -> bool {
        let before = *self;
        let elapsed = now.saturating_sub(started).max(1);
        self.bytes = done;
        self.rate = u64::try_from(u128::from(done) * 1_000_000 / u128::from(elapsed)).unwrap_or(u64::MAX);
        if total > 0 {
            // A guest that writes while it is saved makes the total grow: the share never goes back.
            #[allow(clippy::cast_precision_loss, reason = "a share needs no more than f64's 52 bits")]
            let share = (done as f64 / total as f64).clamp(0.0, 1.0);
            self.share = self.share.max(share);
            self.is_known = true;
            let left = u128::from(total.saturating_sub(done));
            self.expected_end = if self.rate == 0 {
                0
            } else {
                now.saturating_add(u64::try_from(left * 1_000_000 / u128::from(self.rate)).unwrap_or(u64::MAX))
            };
        }
        *self != before
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_is_expected_from_the_rate_so_far() {
        let mut progress = Progress::default();
        assert!(progress.advance(250, 1000, 0, 1_000_000));
        assert_eq!((progress.share, progress.rate, progress.expected_end), (0.25, 250, 4_000_000));
    }

    #[test]
    fn progress_never_goes_back() {
        let mut progress = Progress::default();
        progress.advance(50, 100, 0, 1_000_000);
        progress.advance(60, 200, 0, 2_000_000);
        assert!((progress.share - 0.5).abs() < f64::EPSILON);
    }

    #[test]
    fn without_a_total_the_share_is_not_known() {
        let mut progress = Progress::default();
        progress.advance(50, 0, 0, 1_000_000);
        assert!(!progress.is_known);
        assert_eq!(progress.bytes, 50);
    }
}
