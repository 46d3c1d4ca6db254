//! A ROM of a PCI device as firmware looks for it: the beginning of PCI's expansion ROM format.

use crate::Error;

/// No device has a longer one: the window for it cannot be larger. Bytes.
pub const LONGEST: u64 = 16 << 20;
/// How every image begins.
pub const SIGNATURE: [u8; 2] = [0x55, 0xaa];
/// Where an image says where its description is, how long that is, and where it says the length of the image, in blocks.
const POINTER: usize = 0x18;
const DESCRIPTION: usize = 0x18;
const LENGTH: usize = 0x10;
/// Bytes.
const BLOCK: usize = 512;

/// Whether this is a ROM that firmware runs: its first image has the signature and a description, and is all there. What follows that, more
/// images or padding, is the firmware's to look at.
///
/// # Errors
/// `Invalid` with what is wrong.
pub fn check(rom: &[u8]) -> Result<(), Error> {
    let invalid = |what| Error::Invalid { what };
    if rom.len() as u64 > LONGEST {
        return Err(invalid("a ROM of at most 16 MiB"));
    }
    if !rom.starts_with(&SIGNATURE) {
        return Err(invalid("a ROM, which begins with 55 AA"));
    }
    let number = |bytes: &[u8], at: usize| Some(usize::from(u16::from_le_bytes([*bytes.get(at)?, *bytes.get(at + 1)?])));
    let found = number(rom, POINTER).and_then(|at| rom.get(at..at + DESCRIPTION)).filter(|found| found.starts_with(b"PCIR"));
    let description = found.ok_or(invalid("a ROM with the description of a PCI device"))?;
    let length = number(description, LENGTH).unwrap_or_default() * BLOCK;
    if (1..=rom.len()).contains(&length) { Ok(()) } else { Err(invalid("a whole ROM")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One image of 1 KiB.
    fn image() -> Vec<u8> {
        let mut rom = vec![0; 1024];
        rom[..3].copy_from_slice(&[0x55, 0xaa, 2]);
        rom[0x18] = 0x1c;
        rom[0x1c..0x20].copy_from_slice(b"PCIR");
        rom[0x1c + LENGTH] = 2;
        rom
    }

    #[test]
    fn an_image_that_is_all_there_is_a_rom_also_with_something_behind_it() {
        assert_eq!(check(&image()), Ok(()));
        assert_eq!(check(&[image(), vec![0xff; 3000]].concat()), Ok(()));
    }

    #[test]
    fn a_part_of_one_and_whatever_is_something_else_is_none() {
        for length in 0..1024 {
            assert!(check(&image()[..length]).is_err(), "{length} bytes");
        }
        let with = |at: usize, byte: u8| {
            let mut rom = image();
            rom[at] = byte;
            check(&rom)
        };
        for (at, byte) in [(0, 0), (1, 0x55), (0x18, 0x1d), (0x19, 0xff), (0x1c, b'p'), (0x1c + LENGTH, 0), (0x1c + LENGTH, 3)] {
            assert!(with(at, byte).is_err(), "byte {at} is {byte}");
        }
        assert!(check(&[image(), vec![0; 16 << 20]].concat()).is_err(), "too long");
        assert!(check(&[b"NVGI".to_vec(), image()].concat()).is_err(), "a tool's own header before it");
    }
}
