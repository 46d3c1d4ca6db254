//! Amounts with their unit in the type.

use crate::Error;
use std::fmt;

const UNITS: [(&str, u64); 6] =
    [("EiB", 1 << 60), ("PiB", 1 << 50), ("TiB", 1 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)];

/// A number of bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bytes(pub u64);

impl Bytes {
    pub const KIB: Self = Self(1 << 10);
    pub const MIB: Self = Self(1 << 20);
    pub const GIB: Self = Self(1 << 30);

    /// Reads libvirt's pair of a number and a `unit` attribute, as in `<memory unit='MiB'>512</memory>`; without a unit the
    /// number counts KiB, which is libvirt's rule for memory.
    ///
    /// # Errors
    /// `Invalid` when the number is not a whole, the unit is unknown or the product exceeds 64 bits.
    pub fn parse(value: &str, unit: Option<&str>) -> Result<Self, Error> {
        Self::parse_with_default(value, unit, Self::KIB)
    }

    /// As [`Bytes::parse`], where a number without unit counts `default`; storage documents count single bytes.
    ///
    /// # Errors
    /// As [`Bytes::parse`].
    pub fn parse_with_default(value: &str, unit: Option<&str>, default: Self) -> Result<Self, Error> {
        let invalid = Error::Invalid { what: "a size" };
        let digits = value.trim_matches([' ', '\t', '\r', '\n']);
        // `u64::from_str` takes a leading plus, libvirt's documents never have one.
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(invalid);
        }
        let number = digits.parse::<u64>().map_err(|_| invalid)?;
        let scale = match unit.filter(|unit| !unit.is_empty()) {
            Some(unit) => scale(unit).ok_or(invalid)?,
            None => default.0,
        };
        number.checked_mul(scale).map(Self).ok_or(invalid)
    }

    #[must_use]
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    #[must_use]
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }

    #[must_use]
    pub fn checked_mul(self, factor: u64) -> Option<Self> {
        self.0.checked_mul(factor).map(Self)
    }

    /// Whole KiB, rounded down; the unit of libvirt's memory calls.
    #[must_use]
    pub const fn kib(self) -> u64 {
        self.0 >> 10
    }
}

/// libvirt's rule (virScaleInteger): `k` and `KiB` count 1024, `KB` counts 1000, case does not matter.
fn scale(unit: &str) -> Option<u64> {
    if ["b", "byte", "bytes"].iter().any(|name| unit.eq_ignore_ascii_case(name)) {
        return Some(1);
    }
    let (letter, rest) = unit.split_at_checked(1)?;
    let power = "kmgtpe".find(letter.to_ascii_lowercase().as_str())? + 1;
    let base: u64 = if rest.is_empty() || rest.eq_ignore_ascii_case("ib") {
        1024
    } else if rest.eq_ignore_ascii_case("b") {
        1000
    } else {
        return None;
    };
    base.checked_pow(u32::try_from(power).ok()?)
}

impl fmt::Display for Bytes {
    /// The largest binary unit that gives at least 1, with at most one decimal: `512 MiB`, `1.5 GiB`, `17 B`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some((name, size)) = UNITS.into_iter().find(|(_, size)| self.0 >= *size) else {
            return write!(formatter, "{} B", self.0);
        };
        let whole = self.0 / size;
        // Rounded down, so that a nearly full disk is never shown as full.
        match (u128::from(self.0 % size) * 10) / u128::from(size) {
            0 => write!(formatter, "{whole} {name}"),
            tenth => write!(formatter, "{whole}.{tenth} {name}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_with_sign_fraction_or_nothing_is_refused() {
        for value in ["", "-1", "+1", "1.5", "0x10", "1 2", "99999999999999999999"] {
            assert_eq!(Bytes::parse(value, None), Err(Error::Invalid { what: "a size" }), "{value}");
        }
    }

    #[test]
    fn an_unknown_unit_and_an_overflow_are_refused() {
        for (value, unit) in [("1", "KiBi"), ("1", "x"), ("1", "é"), ("1", "kib "), ("16", "EiB"), ("18446744073709551615", "k")] {
            assert!(Bytes::parse(value, Some(unit)).is_err(), "{value} {unit}");
        }
    }

    #[test]
    fn every_unit_of_libvirt_is_understood() {
        let cases = [
            ("b", 1),
            ("byte", 1),
            ("bytes", 1),
            ("k", 1024),
            ("K", 1024),
            ("KiB", 1024),
            ("KB", 1000),
            ("M", 1 << 20),
            ("MiB", 1 << 20),
            ("MB", 1_000_000),
            ("G", 1 << 30),
            ("GiB", 1 << 30),
            ("GB", 1_000_000_000),
            ("T", 1 << 40),
            ("TiB", 1 << 40),
            ("TB", 1_000_000_000_000),
            ("P", 1 << 50),
            ("PB", 1_000_000_000_000_000),
            ("EiB", 1 << 60),
        ];
        for (unit, size) in cases {
            assert_eq!(Bytes::parse(" 3 ", Some(unit)), Ok(Bytes(3 * size)), "{unit}");
        }
        assert_eq!(Bytes::parse("2", None), Ok(Bytes(2048)));
        assert_eq!(Bytes::parse_with_default("2", None, Bytes(1)), Ok(Bytes(2)));
    }

    #[test]
    fn a_size_is_shown_in_the_largest_unit_that_fits() {
        for (size, text) in
            [(0, "0 B"), (17, "17 B"), (1024, "1 KiB"), (1536 << 20, "1.5 GiB"), ((2 << 30) - 1, "1.9 GiB"), (u64::MAX, "15.9 EiB")]
        {
            assert_eq!(Bytes(size).to_string(), text);
        }
    }

    #[test]
    fn arithmetic_reports_overflow() {
        assert_eq!(Bytes(u64::MAX).checked_add(Bytes(1)), None);
        assert_eq!(Bytes(1).checked_sub(Bytes(2)), None);
        assert_eq!(Bytes::GIB.checked_mul(1 << 40), None);
        assert_eq!(Bytes::MIB.kib(), 1024);
    }
}
