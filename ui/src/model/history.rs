//! The figures of one machine over time: what the service kept, and what came since.

use client::{Point, Series};

/// µs in a second.
pub const SECOND: u64 = 1_000_000;
/// What is kept.
const HOUR: u64 = 3_600 * SECOND;
/// Points that a chart draws at most; more are not told apart.
const MOST: u64 = 180;

/// Times and figures, oldest first.
#[derive(Clone, Debug, Default)]
pub struct History {
    points: Vec<(u64, Point)>,
    /// µs between two neighbours without a gap.
    interval: u64,
    counted: u64,
}

impl History {
    /// Counts up with every change.
    #[must_use]
    pub const fn revision(&self) -> u64 {
        self.counted
    }

    /// First and last time, if there is any.
    #[must_use]
    pub fn span(&self) -> Option<(u64, u64)> {
        Some((self.points.first()?.0, self.points.last()?.0))
    }

    /// The newest.
    #[must_use]
    pub fn last(&self) -> Option<&(u64, Point)> {
        self.points.last()
    }

    /// What is known from a time on.
    #[must_use]
    pub fn since(&self, time: u64) -> &[(u64, Point)] {
        &self.points[self.points.partition_point(|(known, _)| *known < time)..]
    }

    /// Takes in what the service kept; what came since stays behind it.
    pub fn take(&mut self, series: Series) {
        self.interval = self.interval.max(micros(series.interval));
        let last = series.points.iter().map(|(time, _)| *time).max().unwrap_or(0);
        let since: Vec<_> = self.points.drain(..).filter(|(time, _)| *time > last).collect();
        self.points = newer(None, series.points).collect();
        self.points.extend(since);
        self.trim();
    }

    /// Takes in what the service kept from before the first that is known.
    pub fn take_older(&mut self, series: Series) {
        self.interval = self.interval.max(micros(series.interval));
        let first = self.points.first().map_or(u64::MAX, |(time, _)| *time);
        let older = newer(None, series.points.into_iter().filter(|(time, _)| *time < first));
        self.points.splice(0..0, older);
        self.trim();
    }

    /// Takes in those of these, oldest first, that are newer than what is known.
    pub fn extend(&mut self, points: impl Iterator<Item = (u64, Point)>) {
        let before = self.points.len();
        let last = self.points.last().map(|(time, _)| *time);
        self.points.extend(newer(last, points));
        if self.points.len() == before {
            return;
        }
        // How often they are measured shows in what is known: the shortest time between two is no gap.
        let steps = self.points.windows(2).map(|pair| pair[1].0.saturating_sub(pair[0].0));
        self.interval = self.interval.max(steps.min().unwrap_or(SECOND));
        self.trim();
    }

    /// Takes in the figures of a moment. The same figures once more are new only if it is time for new ones.
    pub fn push(&mut self, time: u64, point: Point, interval: u64) {
        self.interval = self.interval.max(interval);
        if let Some((before, known)) = self.points.last() {
            let passed = time.saturating_sub(*before);
            if passed == 0 || (*known == point && passed < interval + interval / 2) {
                return;
            }
        }
        self.points.push((time, point));
        self.trim();
    }

    fn trim(&mut self) {
        self.counted += 1;
        let Some((last, _)) = self.points.last() else { return };
        let first = last.saturating_sub(HOUR + 60 * SECOND);
        let old = self.points.partition_point(|(time, _)| *time < first);
        self.points.drain(..old);
    }

    /// The points of a span, and those next to it; many are thinned out to their means. Also how far apart two of them may be.
    #[must_use]
    pub fn thin(&self, (from, to): (u64, u64)) -> (Vec<(u64, Point)>, u64) {
        let gap = (self.interval * 5 / 2).max(SECOND);
        let first = self.points.partition_point(|(time, _)| *time < from).saturating_sub(1);
        let last = (self.points.partition_point(|(time, _)| *time <= to) + 1).min(self.points.len());
        let points = &self.points[first..last];
        let step = to.saturating_sub(from) / MOST;
        if step <= self.interval {
            return (points.to_vec(), gap);
        }
        let mut thin = Vec::new();
        for bucket in points.chunk_by(|(one, _), (other, _)| one / step == other / step && other - one <= gap) {
            thin.push(mean(bucket));
        }
        (thin, gap.max(step * 5 / 2))
    }
}

/// Those that are newer than this and than each before them: a clock may be put back, and what a host tells may be nonsense.
fn newer(mut than: Option<u64>, points: impl IntoIterator<Item = (u64, Point)>) -> impl Iterator<Item = (u64, Point)> {
    points.into_iter().filter(move |(time, _)| {
        let is_newer = than.is_none_or(|last| last < *time);
        if is_newer {
            than = Some(*time);
        }
        is_newer
    })
}

/// The mean over time of values with their times: one counts for as long as it took to come to it, and nothing for a longer gap.
#[must_use]
pub fn mean_of(values: &[(u64, f32)], gap: u64) -> f32 {
    let steps: Vec<u64> = values.windows(2).map(|pair| (pair[1].0 - pair[0].0).min(gap)).collect();
    let first = steps.first().copied().unwrap_or(1);
    #[allow(clippy::cast_precision_loss, reason = "a part of some minutes")]
    let weights: Vec<f32> = std::iter::once(first).chain(steps).map(|step| step as f32).collect();
    let sum: f32 = values.iter().zip(&weights).map(|((_, value), weight)| value * weight).sum();
    sum / weights.iter().sum::<f32>()
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "seconds")]
fn micros(seconds: f32) -> u64 {
    ((f64::from(seconds.max(0.0)) * 1e6) as u64).min(HOUR)
}

#[allow(clippy::cast_precision_loss, reason = "a handful")]
fn mean(points: &[(u64, Point)]) -> (u64, Point) {
    let count = points.len().max(1);
    let part = |value: fn(&Point) -> f32| points.iter().map(|(_, point)| value(point)).sum::<f32>() / count as f32;
    let whole = |value: fn(&Point) -> u64| points.iter().map(|(_, point)| value(point) / count as u64).sum::<u64>();
    let middle = points.get(points.len() / 2).map_or(0, |(time, _)| *time);
    // Where nothing was read there is no latency: it must not count as 0.
    let latency = |value: fn(&Point) -> f32| {
        let known: Vec<f32> = points.iter().map(|(_, point)| value(point)).filter(|latency| *latency > 0.0).collect();
        if known.is_empty() { 0.0 } else { known.iter().sum::<f32>() / known.len() as f32 }
    };
    let point = Point {
        cpu: part(|point| point.cpu),
        host_cpu: part(|point| point.host_cpu),
        memory_used: whole(|point| point.memory_used),
        memory: points.last().map_or(0, |(_, point)| point.memory),
        disk_read: part(|point| point.disk_read),
        disk_write: part(|point| point.disk_write),
        net_received: part(|point| point.net_received),
        net_sent: part(|point| point.net_sent),
        read_latency: latency(|point| point.read_latency),
        write_latency: latency(|point| point.write_latency),
        known: points.iter().fold(client::Figures::ALL, |known, (_, point)| known.and(point.known)),
    };
    (middle, point)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(cpu: f32) -> Point {
        Point { cpu, ..Point::default() }
    }

    fn series(count: u64, interval: u64) -> Series {
        #[allow(clippy::cast_precision_loss)]
        let points = (0..count).map(|n| (n * interval * SECOND, point(n as f32))).collect();
        #[allow(clippy::cast_precision_loss)]
        Series { interval: interval as f32, points }
    }

    #[test]
    fn what_came_before_the_answer_stays_behind_it() {
        let mut history = History::default();
        history.push(8 * SECOND, point(8.0), 2 * SECOND);
        history.push(10 * SECOND, point(10.0), 2 * SECOND);
        history.take(series(5, 2));
        assert_eq!(history.points.iter().map(|(time, _)| time / SECOND).collect::<Vec<_>>(), [0, 2, 4, 6, 8, 10]);
    }

    #[test]
    fn what_the_service_kept_stands_before_what_is_known_and_replaces_none_of_it() {
        let mut history = History::default();
        history.extend([(24, 1.0), (26, 2.0), (28, 3.0)].map(|(time, cpu)| (time * SECOND, point(cpu))).into_iter());
        history.take_older(series(4, 10));
        assert_eq!(history.points.iter().map(|(time, _)| time / SECOND).collect::<Vec<_>>(), [0, 10, 20, 24, 26, 28]);
        history.extend([(28, 3.0), (30, 4.0)].map(|(time, cpu)| (time * SECOND, point(cpu))).into_iter());
        assert_eq!(history.span(), Some((0, 30 * SECOND)));
        let (points, gap) = history.thin((0, 30 * SECOND));
        assert!(points.windows(2).all(|pair| pair[1].0 - pair[0].0 <= gap), "no gap between the two");
    }

    #[test]
    fn a_value_of_ten_seconds_counts_five_times_as_much_as_one_of_two() {
        assert!((mean_of(&[(0, 1.0), (10, 1.0), (12, 0.0)], 25) - 20.0 / 22.0).abs() < 1e-6);
        assert!((mean_of(&[(0, 0.5)], 25) - 0.5).abs() < 1e-6);
        assert!(mean_of(&[], 25).abs() < 1e-6);
    }

    #[test]
    fn the_same_figures_are_taken_once() {
        let mut history = History::default();
        for second in [2, 3, 4, 6] {
            history.push(second * SECOND, point(0.0), 2 * SECOND);
        }
        assert_eq!(history.points.iter().map(|(time, _)| time / SECOND).collect::<Vec<_>>(), [2, 6]);
        history.push(7 * SECOND, point(1.0), 2 * SECOND);
        assert_eq!(history.points.len(), 3);
    }

    #[test]
    fn no_more_than_an_hour_is_kept() {
        let mut history = History::default();
        history.take(series(4000, 2));
        let (first, last) = history.span().unwrap();
        assert!(last - first <= HOUR + 60 * SECOND);
    }

    #[test]
    fn an_hour_is_thinned_and_a_gap_stays_one() {
        let mut history = History::default();
        let mut whole = series(1800, 2);
        whole.points.retain(|(time, _)| !(600..1200).contains(&(time / SECOND)));
        history.take(whole);
        let (thin, gap) = history.thin((0, HOUR));
        assert!(thin.len() < 200, "{}", thin.len());
        let gaps = thin.windows(2).filter(|pair| pair[1].0 - pair[0].0 > gap).count();
        assert_eq!(gaps, 1);
        let (near, _) = history.thin((0, 60 * SECOND));
        assert_eq!(near.len(), 32);
    }

    #[test]
    fn figures_whose_times_go_back_and_intervals_without_end_are_nonsense_and_left_out() {
        let back = |times: &[u64]| times.iter().map(|time| (*time * SECOND, point(1.0))).collect::<Vec<_>>();
        let times = |history: &History| history.points.iter().map(|(time, _)| *time / SECOND).collect::<Vec<_>>();
        let mut history = History::default();
        history.take(Series { interval: f32::INFINITY, points: back(&[5, 9, 7, 9, 10]) });
        assert_eq!(times(&history), [5, 9, 10]);
        history.take_older(Series { interval: f32::NAN, points: back(&[3, 2, 4, 8]) });
        assert_eq!(times(&history), [3, 4, 5, 9, 10]);
        history.extend(back(&[12, 11, 13]).into_iter());
        assert_eq!(times(&history), [3, 4, 5, 9, 10, 12, 13]);
        assert_eq!(history.thin((0, 100 * SECOND)).0.len(), 7);
    }
}
