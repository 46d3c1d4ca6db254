//! Numbers and units as they are told.
//!
//! So that figures do not jump:
//!
//! - what moves ([`gib`], [`rate`], [`memory_pair`]) always has one decimal and never changes its unit; only from 1 000 on, where
//!   a decimal says nothing, it is left out;
//! - what stands still ([`size`]) has a decimal only if it needs one: `16 GiB`, `1.5 GiB`, `512 MiB`;
//! - percent have no decimals.
//!
//! A number and its unit are joined by [`SPACE`], which does not break; groups of three digits by [`THIN_SPACE`], from 10 000 on.
//! The free functions follow the language that is spoken; [`Format`] is the same without looking at anything.

mod time;

use crate::locale;
pub use time::{clock, clock_in, date, date_in, duration, left, local, moment, moment_in, now, stop_clock};

/// Between a number and its unit: does not break.
pub const SPACE: char = '\u{a0}';
/// Between groups of three digits: thin, does not break.
pub const THIN_SPACE: char = '\u{202f}';
/// For what is not known or does not apply.
pub const NONE: &str = "–";

const KIB: f64 = 1024.0;
const MIB: f64 = KIB * 1024.0;
const GIB: f64 = MIB * 1024.0;
const TIB: f64 = GIB * 1024.0;

/// How numbers are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Format {
    decimal: char,
}

impl Format {
    /// With this before the decimals.
    #[must_use]
    pub const fn new(decimal: char) -> Self {
        Self { decimal }
    }

    /// As in the language that is spoken.
    #[must_use]
    pub fn current() -> Self {
        Self::new(locale::decimal_separator())
    }

    /// A whole number: `20 000`.
    #[must_use]
    pub fn count(self, count: u64) -> String {
        grouped(&count.to_string())
    }

    /// A number with so many decimals as it needs, 2 at most.
    #[must_use]
    pub fn number(self, number: f64) -> String {
        let text = self.fixed(number, 2);
        if !text.contains(self.decimal) {
            return text;
        }
        text.trim_end_matches('0').trim_end_matches(self.decimal).to_owned()
    }

    /// A number with exactly so many decimals.
    #[must_use]
    pub fn fixed(self, number: f64, decimals: usize) -> String {
        let text = format!("{:.decimals$}", number.abs());
        let is_negative = number < 0.0 && text.bytes().any(|digit| (b'1'..=b'9').contains(&digit));
        let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
        let sign = if is_negative { "\u{2212}" } else { "" };
        let whole = grouped(whole);
        if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}{}{fraction}", self.decimal) }
    }

    /// A moving number: one decimal below 1 000, none from there on.
    #[must_use]
    pub fn moving(self, number: f64) -> String {
        // What would be rounded up to 1000.0 counts as 1 000.
        self.fixed(number, usize::from(number.abs() < 999.95))
    }

    /// A size that stands still, with the unit that fits: `16 GiB`, `1.5 GiB`, `512 MiB`, `1.2 TiB`.
    #[must_use]
    pub fn size(self, bytes: u64) -> String {
        let (divisor, unit) = scale(bytes);
        let rounded = (float(bytes) / divisor * 10.0).round() / 10.0;
        let text = self.fixed(rounded, usize::from(rounded.fract() != 0.0));
        format!("{text}{SPACE}{unit}")
    }

    /// Moving GiB without the unit: `11.8`.
    #[must_use]
    pub fn gib(self, bytes: u64) -> String {
        self.moving(float(bytes) / GIB)
    }

    /// What is used, and of how much: `11.8`, `16 GiB`. Both in the unit of the second, for less than 1 GiB in MiB.
    #[must_use]
    pub fn memory_parts(self, used: u64, total: u64) -> (String, String) {
        let used = if float(total) < GIB { self.fixed(float(used) / MIB, 0) } else { self.gib(used) };
        let total = if float(total) < TIB { self.size(total) } else { format!("{}{SPACE}GiB", self.moving(float(total) / GIB)) };
        (used, total)
    }

    /// `11.8 / 16 GiB`.
    #[must_use]
    pub fn memory_pair(self, used: u64, total: u64) -> String {
        let (used, total) = self.memory_parts(used, total);
        format!("{used}{SPACE}/{SPACE}{total}")
    }

    /// MB (10⁶ bytes) per second without the unit: `24.1`.
    #[must_use]
    pub fn rate(self, bytes_per_second: f64) -> String {
        self.moving(bytes_per_second.max(0.0) / 1e6)
    }

    /// A mean time that something took: `0.4 ms`.
    #[must_use]
    pub fn latency(self, seconds: f64) -> String {
        format!("{}{SPACE}ms", self.moving(seconds.max(0.0) * 1e3))
    }

    /// A part of a whole: `38 %`.
    #[must_use]
    pub fn percent(self, part: f64) -> String {
        let percent = if part.is_finite() { part.max(0.0) * 100.0 } else { 0.0 };
        format!("{}{SPACE}%", self.fixed(percent, 0))
    }
}

/// A whole number: `20 000`.
#[must_use]
pub fn count(count: u64) -> String {
    Format::current().count(count)
}

/// A size that stands still, with the unit that fits: `16 GiB`.
#[must_use]
pub fn size(bytes: u64) -> String {
    Format::current().size(bytes)
}

/// Moving GiB without the unit: `11.8`.
#[must_use]
pub fn gib(bytes: u64) -> String {
    Format::current().gib(bytes)
}

/// Moving GiB with the unit: `11.8 GiB`.
#[must_use]
pub fn gib_unit(bytes: u64) -> String {
    format!("{}{SPACE}GiB", gib(bytes))
}

/// What is used, and of how much: `11.8`, `16 GiB`.
#[must_use]
pub fn memory_parts(used: u64, total: u64) -> (String, String) {
    Format::current().memory_parts(used, total)
}

/// `11.8 / 16 GiB`.
#[must_use]
pub fn memory_pair(used: u64, total: u64) -> String {
    Format::current().memory_pair(used, total)
}

/// MB per second without the unit: `24.1`.
#[must_use]
pub fn rate(bytes_per_second: f64) -> String {
    Format::current().rate(bytes_per_second)
}

/// `24.1 MB/s`.
#[must_use]
pub fn rate_unit(bytes_per_second: f64) -> String {
    format!("{}{SPACE}MB/s", rate(bytes_per_second))
}

/// `0.4 ms`.
#[must_use]
pub fn latency(seconds: f64) -> String {
    Format::current().latency(seconds)
}

/// A part of a whole, 0…1: `38 %`.
#[must_use]
pub fn percent(part: f64) -> String {
    Format::current().percent(part)
}

fn scale(bytes: u64) -> (f64, &'static str) {
    // A hair below a unit would be rounded to 1024 of the one below.
    let value = float(bytes) * (1.0 + 1e-4);
    [(TIB, "TiB"), (GIB, "GiB"), (MIB, "MiB"), (KIB, "KiB")].into_iter().find(|(divisor, _)| value >= *divisor).unwrap_or((1.0, "B"))
}

#[allow(clippy::cast_precision_loss, reason = "what is shown has four digits")]
const fn float(bytes: u64) -> f64 {
    bytes as f64
}

/// Digits in groups of three; four alone stay together.
fn grouped(digits: &str) -> String {
    if digits.len() < 5 {
        return digits.to_owned();
    }
    let mut text = String::with_capacity(digits.len() * 2);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(THIN_SPACE);
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENGLISH: Format = Format::new('.');
    const GERMAN: Format = Format::new(',');
    const G: u64 = 1 << 30;

    /// With plain spaces, to be read.
    fn plain(text: impl Into<String>) -> String {
        text.into().replace([SPACE, THIN_SPACE], " ")
    }

    #[test]
    fn moving_figures_keep_one_decimal() {
        assert_eq!(ENGLISH.gib(G * 118 / 10), "11.8");
        assert_eq!(ENGLISH.gib(16 * G), "16.0");
        assert_eq!(GERMAN.gib(G * 118 / 10), "11,8");
        assert_eq!(ENGLISH.rate(24_100_000.0), "24.1");
        assert_eq!(ENGLISH.rate(0.0), "0.0");
        assert_eq!(ENGLISH.rate(-1.0), "0.0");
        assert_eq!(plain(ENGLISH.rate(12_345_678_000.0)), "12 346");
        assert_eq!(ENGLISH.rate(999_960_000.0), "1000");
        assert_eq!(plain(ENGLISH.latency(0.000_42)), "0.4 ms");
    }

    #[test]
    fn sizes_have_a_decimal_only_if_they_need_one() {
        for (bytes, text) in [
            (16 * G, "16 GiB"),
            (G * 3 / 2, "1.5 GiB"),
            (512 << 20, "512 MiB"),
            (G * 227 / 10, "22.7 GiB"),
            (1229 * G, "1.2 TiB"),
            (G - 1, "1 GiB"),
            (0, "0 B"),
            (2048, "2 KiB"),
        ] {
            assert_eq!(plain(ENGLISH.size(bytes)), text);
        }
        assert_eq!(plain(GERMAN.size(G * 3 / 2)), "1,5 GiB");
    }

    #[test]
    fn a_pair_is_told_in_one_unit() {
        assert_eq!(plain(ENGLISH.memory_pair(G * 118 / 10, 16 * G)), "11.8 / 16 GiB");
        assert_eq!(plain(GERMAN.memory_pair(G * 118 / 10, 16 * G)), "11,8 / 16 GiB");
        assert_eq!(plain(ENGLISH.memory_pair(212 << 20, 512 << 20)), "212 / 512 MiB");
        assert_eq!(plain(ENGLISH.memory_pair(900 * G, 2048 * G)), "900.0 / 2048 GiB");
    }

    #[test]
    fn percent_are_whole_and_never_negative() {
        assert_eq!(plain(ENGLISH.percent(0.38)), "38 %");
        assert_eq!(plain(ENGLISH.percent(1.0)), "100 %");
        assert_eq!(plain(ENGLISH.percent(-0.1)), "0 %");
        assert_eq!(plain(ENGLISH.percent(f64::NAN)), "0 %");
    }

    #[test]
    fn counts_are_grouped_from_five_digits_on() {
        assert_eq!(ENGLISH.count(9999), "9999");
        assert_eq!(plain(ENGLISH.count(20_000)), "20 000");
        assert_eq!(plain(ENGLISH.count(1_234_567)), "1 234 567");
        assert_eq!(ENGLISH.number(3.0), "3");
        assert_eq!(ENGLISH.number(0.25), "0.25");
        assert_eq!(GERMAN.number(1.5), "1,5");
        assert_eq!(ENGLISH.number(100.0), "100");
        assert_eq!(ENGLISH.fixed(-0.04, 1), "0.0");
        assert_eq!(ENGLISH.fixed(-2.5, 1), "\u{2212}2.5");
    }
}
