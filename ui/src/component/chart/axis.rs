//! Marks at round numbers.

use client::unit;

const MIB: u64 = 1 << 20;

/// The upright axis: 0 at the bottom, `top` at the top, and what is written where.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    /// The value at the upper edge.
    pub top: f64,
    /// Values and their labels, from the bottom.
    pub marks: Vec<(f64, String)>,
}

impl Axis {
    /// 0 to 100 %.
    #[must_use]
    pub fn percent() -> Self {
        let marks = [0.0, 0.25, 0.5, 0.75, 1.0].map(|part| (part, unit::percent(part)));
        Self { top: 1.0, marks: marks.to_vec() }
    }

    /// Bytes of memory in steps of a power of two; `most` has to fit.
    #[must_use]
    pub fn memory(most: u64) -> Self {
        let mut step = 64 * MIB;
        while step * 4 < most {
            step *= 2;
        }
        let count = most.div_ceil(step).max(1);
        let label = |n: u64| if n == 0 { "0".to_owned() } else { unit::size(n * step) };
        Self { top: float(count * step), marks: (0..=count).map(|n| (float(n * step), label(n))).collect() }
    }

    /// Bytes per second in steps of 1, 2 or 5 times a power of ten MB/s; `most` has to fit.
    #[must_use]
    pub fn rate(most: f64) -> Self {
        let most = if most.is_finite() { most / 1e6 } else { 0.0 };
        let mut power = 0.1;
        let step = loop {
            let found = [1.0, 2.0, 5.0].into_iter().map(|n| n * power).find(|step| step * 5.0 >= most);
            match found {
                Some(step) => break step,
                None => power *= 10.0,
            }
        };
        let count: u32 = (1..5).find(|n| f64::from(*n) * step >= most && *n > 1).unwrap_or(5);
        let mark = |n: u32| (f64::from(n) * step * 1e6, unit::Format::current().number(f64::from(n) * step));
        Self { top: f64::from(count) * step * 1e6, marks: (0..=count).map(mark).collect() }
    }
}

/// What is written below: parts (0…1) of the span of time, and the words there.
#[must_use]
pub fn times(from: u64, to: u64) -> Vec<(f32, String)> {
    const PARTS: [(f32, u64); 5] = [(0.0, 0), (0.25, 1), (0.5, 2), (0.75, 3), (1.0, 4)];
    let length = to.saturating_sub(from);
    let label = |n: u64| {
        let time = from + length / 4 * n;
        if length <= 900_000_000 { clock_seconds(time) } else { unit::clock(time) }
    };
    PARTS.iter().map(|(part, n)| (*part, label(*n))).collect()
}

/// A time on this computer's clock with seconds: `10:21:07`.
#[must_use]
pub fn clock_seconds(time: u64) -> String {
    // Zones differ by whole minutes.
    format!("{}:{:02}", unit::clock(time), time / 1_000_000 % 60)
}

#[allow(clippy::cast_precision_loss, reason = "memory is far below 2^53")]
const fn float(bytes: u64) -> f64 {
    bytes as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(axis: &Axis) -> Vec<String> {
        axis.marks.iter().map(|(_, label)| label.replace('\u{a0}', " ")).collect()
    }

    #[test]
    fn memory_is_marked_at_powers_of_two() {
        assert_eq!(labels(&Axis::memory(16 << 30)), ["0", "4 GiB", "8 GiB", "12 GiB", "16 GiB"]);
        assert_eq!(labels(&Axis::memory(6 << 30)), ["0", "2 GiB", "4 GiB", "6 GiB"]);
        assert_eq!(labels(&Axis::memory(512 << 20)), ["0", "128 MiB", "256 MiB", "384 MiB", "512 MiB"]);
        assert_eq!(labels(&Axis::memory(0)).len(), 2);
    }

    #[test]
    fn rates_are_marked_at_round_numbers_and_the_largest_fits() {
        assert_eq!(labels(&Axis::rate(63e6)), ["0", "20", "40", "60", "80"]);
        assert_eq!(labels(&Axis::rate(0.0)), ["0", "0.1", "0.2"]);
        for most in [0.05e6, 0.3e6, 1e6, 7e6, 99e6, 101e6, 5e9] {
            let axis = Axis::rate(most);
            assert!(axis.top >= most && axis.marks.len() <= 6, "{most}");
        }
        assert!(Axis::rate(f64::NAN).top > 0.0);
    }

    #[test]
    fn a_short_span_is_told_with_seconds() {
        let minute = times(60_000_000, 120_000_000);
        assert_eq!(minute.len(), 5);
        assert!(minute[1].1.ends_with(":15"), "{minute:?}");
        assert_eq!(times(60_000_000, 3_660_000_000)[0].1.len(), 5);
    }
}
