//! The address of a PCI function.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// `segment:bus:slot.function`. A segment has four digits, or up to eight where it is none of the firmware's, such as those that VMD makes. Paths are built from this, never from a caller's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct PciAddress {
    segment: u32,
    bus: u8,
    /// The slot above the three bits of the function, as on the wire.
    slot_and_function: u8,
}

impl PciAddress {
    /// The slot's number.
    #[must_use]
    pub const fn slot(self) -> u8 {
        self.slot_and_function >> 3
    }

    /// The function's number.
    #[must_use]
    pub const fn function(self) -> u8 {
        self.slot_and_function & 7
    }

    /// Whether both are functions of one device.
    #[must_use]
    pub const fn is_beside(self, other: Self) -> bool {
        self.segment == other.segment && self.bus == other.bus && self.slot() == other.slot()
    }
}

impl fmt::Display for PciAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:04x}:{:02x}:{:02x}.{}", self.segment, self.bus, self.slot(), self.function())
    }
}

impl From<PciAddress> for String {
    fn from(address: PciAddress) -> Self {
        address.to_string()
    }
}

impl TryFrom<String> for PciAddress {
    type Error = NotAnAddress;

    fn try_from(text: String) -> Result<Self, NotAnAddress> {
        text.parse()
    }
}

/// The text is no address in the kernel's spelling.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Not a PCI address")]
pub struct NotAnAddress;

impl FromStr for PciAddress {
    type Err = NotAnAddress;

    /// Takes the kernel's spelling only, `0000:01:00.0` or `10000:e1:00.0`: one device, one text.
    fn from_str(text: &str) -> Result<Self, NotAnAddress> {
        let read = || {
            let (segment, rest) = text.split_once(':')?;
            let part = |at: usize, length: usize| u8::from_str_radix(rest.get(at..at + length)?, 16).ok();
            let (bus, slot) = (part(0, 2)?, part(3, 2).filter(|slot| *slot < 32)?);
            let function = part(6, 1).filter(|function| *function < 8)?;
            let segment = u32::from_str_radix(segment, 16).ok()?;
            Some(Self { segment, bus, slot_and_function: slot << 3 | function })
        };
        read().filter(|address| address.to_string() == text).ok_or(NotAnAddress)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_written_as_it_was_read() {
        for text in ["0000:00:00.0", "0000:01:1f.7", "ffff:ff:1f.7", "10a2:8e:00.1", "10000:e1:00.0", "ffffffff:00:00.0"] {
            assert_eq!(text.parse::<PciAddress>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn anything_but_the_kernels_spelling_is_refused() {
        let bad = ["", "0000:01:00", "0000:01:00.8", "0000:01:20.0", "000:01:00.0", "0000:1:00.0", "0000:01:00.0\n", "../0000:01:00.0"];
        for text in bad.into_iter().chain([
            "0000:01:00.0/..",
            "0000:0G:00.0",
            "+000:01:00.0",
            "0000:0A:00.0",
            "0000;01:00.0",
            "ää:01:00.0",
            "00000:01:00.0",
            "010000:e1:00.0",
            "100000000:e1:00.0",
            ":01:00.0",
        ]) {
            assert_eq!(text.parse::<PciAddress>(), Err(NotAnAddress), "{text:?}");
        }
    }
}
