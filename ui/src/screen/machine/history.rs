//! The last hour of one machine: what the service kept, and what came since.

use client::{Point, Series};

/// µs in a second.
pub(super) const SECOND: u64 = 1_000_000;
/// What is kept.
const HOUR: u64 = 3_600 * SECOND;
/// Points that a chart draws at most; more are not told apart.
const MOST: u64 = 180;

/// Times and figures, oldest first.
#[derive(Debug, Default)]
pub(super) struct History {
    points: Vec<(u64, Point)>,
    /// µs between two neighbours without a gap.
    interval: u64,
    counted: u64,
}

impl History {
    /// Counts up with every change.
    pub(super) const fn revision(&self) -> u64 {
        self.counted
    }

    /// First and last time, if there is any.
    pub(super) fn span(&self) -> Option<(u64, u64)> {
        Some((self.points.first()?.0, self.points.last()?.0))
    }

    pub(super) fn last(&self) -> Option<&(u64, Point)> {
        self.points.last()
    }

    /// Takes in what the service kept; what came since stays behind it.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "seconds")]
    pub(super) fn take(&mut self, series: Series) {
        self.interval = self.interval.max((f64::from(series.interval.max(0.0)) * 1e6) as u64);
        let last = series.points.last().map_or(0, |(time, _)| *time);
        let since: Vec<_> = self.points.drain(..).filter(|(time, _)| *time > last).collect();
        self.points = series.points;
        self.points.extend(since);
        self.trim();
    }

    /// Takes in the figures of a moment. The same figures once more are new only if it is time for new ones.
    pub(super) fn push(&mut self, time: u64, point: Point, interval: u64) {
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
    pub(super) fn thin(&self, (from, to): (u64, u64)) -> (Vec<(u64, Point)>, u64) {
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
}
