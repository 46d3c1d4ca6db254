//! A machine's points, oldest first, at most an hour of them.

use std::collections::VecDeque;

use super::{INTERVAL, MOST_POINTS, Range, micros};

/// Bits of a stamp that are flags.
const FLAG_BITS: u32 = 5;
/// How many points a ring grows by: an hour's memory is not taken for a machine that runs a minute.
const GROWTH: usize = 36;

/// The mean of the samples of one interval. Single precision: a chart needs no more, and there may be 360,000 of these.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point<const N: usize> {
    /// µs since the epoch, and below them the flags.
    stamp: u64,
    pub figures: [f32; N],
}

impl<const N: usize> Point<N> {
    pub fn new(time: u64, flags: u32, figures: [f32; N]) -> Self {
        let mask = (1 << FLAG_BITS) - 1;
        Self { stamp: (time << FLAG_BITS) | u64::from(flags & mask), figures }
    }

    /// µs since the epoch, at the end of its interval.
    pub const fn time(&self) -> u64 {
        self.stamp >> FLAG_BITS
    }

    /// As in a sample.
    pub fn flags(&self) -> u32 {
        u32::try_from(self.stamp & ((1 << FLAG_BITS) - 1)).unwrap_or(0)
    }
}

/// What is known of each figure: whether to count it, by its index and value and the flags of what it is from.
pub type IsKnown = fn(usize, f32, u32) -> bool;

/// Sums up figures, each over the time that it is known for.
#[derive(Clone, Debug)]
pub struct Sum<const N: usize> {
    totals: [f64; N],
    weights: [f64; N],
}

impl<const N: usize> Default for Sum<N> {
    fn default() -> Self {
        Self { totals: [0.0; N], weights: [0.0; N] }
    }
}

impl<const N: usize> Sum<N> {
    pub fn add(&mut self, index: usize, value: f64, weight: f64) {
        self.totals[index] += value * weight;
        self.weights[index] += weight;
    }

    pub fn is_known(&self, index: usize) -> bool {
        self.weights[index] > 0.0
    }

    /// The means, 0 for what is not known.
    #[allow(clippy::cast_possible_truncation, reason = "single precision is what a point has")]
    pub fn means(&self) -> [f32; N] {
        std::array::from_fn(|index| if self.is_known(index) { (self.totals[index] / self.weights[index]) as f32 } else { 0.0 })
    }
}

/// The points.
#[derive(Debug, Default)]
pub struct Ring<const N: usize>(VecDeque<Point<N>>);

impl<const N: usize> Ring<N> {
    /// Adds the newest point. A clock that was set back takes the points away that would be in the future.
    pub fn push(&mut self, point: Point<N>) {
        while self.0.back().is_some_and(|last| last.time() >= point.time()) {
            self.0.pop_back();
        }
        if self.0.len() == MOST_POINTS {
            self.0.pop_front();
        } else if self.0.len() == self.0.capacity() {
            self.0.reserve_exact(GROWTH.min(MOST_POINTS - self.0.len()));
        }
        self.0.push_back(point);
    }

    /// The points of a range.
    pub fn read(&self, range: &Range, now: u64, is_known: IsKnown) -> Vec<Point<N>> {
        let hour = micros(INTERVAL) * MOST_POINTS as u64;
        let oldest = now.saturating_sub(hour);
        let wanted = |point: &&Point<N>| point.time() > range.since && point.time() >= oldest;
        let found: Vec<Point<N>> = self.0.iter().filter(wanted).copied().collect();
        match range.points {
            Some(most) if found.len() > most => {
                let window = now.saturating_sub(range.since.max(oldest));
                spans(&found, span(window, most), range.peaks, is_known)
            }
            _ => found,
        }
    }
}

/// The length of a span: whole intervals, as many spans as points are wanted. One less, for the first may be cut by the
/// window's begin and the last by its end.
fn span(window: u64, most: usize) -> u64 {
    let least = window.div_ceil((most as u64).saturating_sub(1).max(1));
    least.div_ceil(micros(INTERVAL)).max(1) * micros(INTERVAL)
}

/// A point for each span that has any. Spans begin at multiples of their length, so that the same points fall together
/// whenever they are asked for.
fn spans<const N: usize>(points: &[Point<N>], span: u64, peaks: bool, is_known: IsKnown) -> Vec<Point<N>> {
    points.chunk_by(|left, right| left.time() / span == right.time() / span).map(|chunk| merged(chunk, peaks, is_known)).collect()
}

fn merged<const N: usize>(points: &[Point<N>], peaks: bool, is_known: IsKnown) -> Point<N> {
    let mut sum = Sum::default();
    let mut highest = [0.0_f32; N];
    let (mut all, mut any, mut time) = (u32::MAX, 0, 0);
    for point in points {
        time = point.time();
        all &= point.flags();
        any |= point.flags();
        for (index, value) in point.figures.iter().enumerate().filter(|(index, value)| is_known(*index, **value, point.flags())) {
            sum.add(index, f64::from(*value), 1.0);
            highest[index] = highest[index].max(*value);
        }
    }
    // Unknown is what is known of none, stalled it is if it ever was.
    let flags = (all & super::UNKNOWN) | (any & !super::UNKNOWN);
    Point::new(time, flags, if peaks { highest } else { sum.means() })
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: u64 = 60_000_000;

    fn ring(values: impl IntoIterator<Item = (u64, f32)>) -> Ring<1> {
        let mut ring = Ring::default();
        for (time, value) in values {
            ring.push(Point::new(time, 0, [value]));
        }
        ring
    }

    fn read(ring: &Ring<1>, range: &Range, now: u64) -> Vec<(u64, f32)> {
        ring.read(range, now, |_, _, _| true).iter().map(|point| (point.time(), point.figures[0])).collect()
    }

    #[test]
    fn a_ring_keeps_an_hour_and_no_more() {
        let ring = ring((1..=500).map(|n| (n * 10_000_000, 1.0)));
        assert_eq!((ring.0.len(), ring.0.capacity()), (MOST_POINTS, MOST_POINTS));
        assert_eq!(read(&ring, &Range::default(), 5_000_000_000).len(), MOST_POINTS);
        // Half an hour later, half of them are too old.
        assert_eq!(read(&ring, &Range::default(), 5_000_000_000 + 30 * MINUTE).len(), MOST_POINTS / 2 + 1);
        assert_eq!(read(&ring, &Range { since: 4_990_000_000, ..Range::default() }, 5_000_000_000), [(5_000_000_000, 1.0)]);
    }

    #[test]
    fn a_machine_that_ran_for_a_minute_takes_the_memory_of_minutes() {
        let ring = ring((1..=6).map(|n| (n * 10_000_000, 1.0)));
        assert_eq!(ring.0.capacity(), GROWTH);
        assert_eq!(size_of::<Point<10>>(), 48);
    }

    #[test]
    fn a_clock_that_was_set_back_leaves_no_points_in_the_future() {
        let ring = ring([(10, 1.0), (20, 2.0), (30, 3.0), (15, 4.0)]);
        assert_eq!(read(&ring, &Range::default(), 40), [(10, 1.0), (15, 4.0)]);
    }

    #[test]
    fn fewer_points_are_means_or_peaks_of_equal_spans() {
        let ring = ring((0..360_u16).map(|n| (u64::from(n) * 10_000_000 + 1, if n == 200 { 1.0 } else { 0.0 })));
        let now = 3_600_000_000;
        for most in 2..360 {
            let few = read(&ring, &Range { points: Some(most), ..Range::default() }, now);
            assert!(few.len() <= most && few.len() * 3 > most, "{most}: {}", few.len());
        }
        let means = read(&ring, &Range { points: Some(61), ..Range::default() }, now);
        let peaks = read(&ring, &Range { points: Some(61), peaks: true, ..Range::default() }, now);
        assert_eq!((means.len(), peaks.len()), (60, 60));
        let highest = |points: &[(u64, f32)]| points.iter().map(|point| point.1).fold(0.0, f32::max);
        assert!((highest(&means) - 1.0 / 6.0).abs() < 1e-6);
        assert!((highest(&peaks) - 1.0).abs() < 1e-6);
        assert!(means[0].0 < means[1].0);
    }

    #[test]
    fn a_gap_stays_a_gap_in_fewer_points() {
        let times = (1..=100).chain(200..=300).map(|n| (n * 10_000_000, 1.0));
        let few = read(&ring(times), &Range { points: Some(61), ..Range::default() }, 3_600_000_000);
        assert!(few.windows(2).any(|pair| pair[1].0 - pair[0].0 > 15 * MINUTE), "{few:?}");
        assert!(few.iter().all(|(_, value)| (value - 1.0).abs() < 1e-6), "no zeroes");
    }

    #[test]
    fn what_is_not_known_does_not_pull_a_mean_down() {
        let points = [Point::new(1, super::super::UNKNOWN, [0.0]), Point::new(2, 0, [8.0])];
        let known = merged(&points, false, |_, _, flags| flags & super::super::UNKNOWN == 0);
        assert_eq!((known.time(), known.flags(), known.figures), (2, 0, [8.0]));
    }
}
