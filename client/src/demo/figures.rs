//! Live figures that wander smoothly around those of the design. Everything follows from a seed and a time in seconds; at
//! second 0 the figures are exactly the design's.

use super::guest::Guest;
use crate::Point;

const GIB: f64 = 1_073_741_824.0;

/// A machine's figures at second 0.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Figures {
    /// Part of its own vCPUs' time.
    cpu: f64,
    /// Bytes its guest uses.
    used: f64,
    /// Bytes per second read, written, received, sent.
    rates: [f64; 4],
}

impl Figures {
    /// From CPU in percent, GiB used, MB/s read, written, received, sent.
    pub(super) fn from_table([cpu, used, read, written, received, sent]: [f64; 6]) -> Self {
        Self { cpu: cpu / 100.0, used: used * GIB, rates: [read, written, received, sent].map(|rate| rate * 1e6) }
    }

    /// What a machine without figures of its own does once it runs.
    pub(super) fn idle(memory: u64) -> Self {
        Self { cpu: 0.04, used: float(memory) * 0.4, rates: [2e5, 3e5, 5e4, 3e4] }
    }

    /// Whether there is a memory that a guest uses.
    pub(super) fn is_known(&self) -> bool {
        self.used > 0.0
    }
}

/// A machine's figures at a second; while its vCPUs stand still only its memory is left.
#[allow(clippy::cast_possible_truncation, reason = "figures are shown with three digits")]
pub(super) fn point(guest: &Guest, threads: u32, second: f64) -> Point {
    let (rest, seed) = (&guest.figures, guest.seed());
    let memory = guest.machine.memory;
    if !guest.is_moving() {
        return Point { memory_used: bytes(rest.used), memory, ..Point::default() };
    }
    let rate = |rest: f64, salt: u64| (rest * (1.0 + 0.7 * wander(seed ^ salt, second, 5.0))).max(0.0);
    let [read, written, received, sent] = rest.rates;
    let (read, written, received, sent) = (rate(read, 2), rate(written, 3), rate(received, 4), rate(sent, 5));
    let cpu = (rest.cpu * (1.0 + 0.35 * wander(seed, second, 6.0))).clamp(0.0, 1.0);
    let used = (rest.used * (1.0 + 0.03 * wander(seed ^ 1, second, 40.0))).clamp(0.0, float(memory));
    let latency = |rate: f64| if rate > 0.0 { (0.000_3 + rate * 2e-11) as f32 } else { 0.0 };
    Point {
        cpu: cpu as f32,
        host_cpu: (cpu * f64::from(guest.machine.vcpus) / f64::from(threads)) as f32,
        memory_used: bytes(used),
        memory,
        disk_read: read as f32,
        disk_write: written as f32,
        net_received: received as f32,
        net_sent: sent as f32,
        read_latency: latency(read),
        write_latency: latency(written),
        known: crate::Figures::ALL,
    }
}

/// A part of a whole that wanders around `rest`.
pub(super) fn part(seed: u64, rest: f64, second: f64) -> f64 {
    (rest * (1.0 + 0.15 * wander(seed, second, 9.0))).clamp(0.0, 1.0)
}

/// Between about -1 and 1 most of the time, and 0 at second 0; `pace` is how many seconds a swing takes.
fn wander(seed: u64, second: f64, pace: f64) -> f64 {
    let sum = |second: f64| 0.65 * noise(seed, second / pace) + 0.35 * noise(seed ^ 0x5eed, second / (pace * 4.1));
    sum(second) - sum(0.0)
}

/// Between -1 and 1; goes through a random value at each whole number, and smoothly from one to the next.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "any bits will do for a seed")]
fn noise(seed: u64, at: f64) -> f64 {
    let (whole, part) = (at.floor(), at - at.floor());
    let value = |index: f64| unit(seed.wrapping_add((index as i64 as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15))) * 2.0 - 1.0;
    let smooth = part * part * (3.0 - 2.0 * part);
    value(whole) * (1.0 - smooth) + value(whole + 1.0) * smooth
}

/// 0…1 from a seed (splitmix64).
#[allow(clippy::cast_precision_loss, reason = "53 bits fit")]
pub(super) const fn unit(seed: u64) -> f64 {
    let mut bits = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((bits ^ (bits >> 31)) >> 11) as f64 / 9_007_199_254_740_992.0
}

#[allow(clippy::cast_precision_loss, reason = "sizes of memory fit")]
pub(super) const fn float(bytes: u64) -> f64 {
    bytes as f64
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a size of memory, never negative")]
pub(super) const fn bytes(float: f64) -> u64 {
    float as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_follow_from_seed_and_time_alone_and_move_smoothly() {
        for seed in 0..20 {
            let mut last = wander(seed, -10.0, 5.0);
            for step in -100..100 {
                let second = f64::from(step) / 10.0;
                let value = wander(seed, second, 5.0);
                assert!((value - last).abs() < 0.12, "{seed} {second}");
                assert!((value - wander(seed, second, 5.0)).abs() < f64::EPSILON);
                last = value;
            }
            assert!(wander(seed, 0.0, 5.0).abs() < f64::EPSILON);
        }
    }
}
