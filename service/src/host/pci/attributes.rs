//! What the kernel tells of a device in forms of their own.

use super::PciAddress;
use crate::host::Root;

/// A memory or port window of a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bar {
    /// 0 to 5.
    pub number: u32,
    /// Bytes.
    pub size: u64,
}

/// A PCI Express link; zeroes where there is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Link {
    /// Megatransfers per second and lane.
    pub speed: u32,
    /// Lanes.
    pub width: u32,
}

impl Link {
    /// Reads the link; `which` is `current` or `max`.
    pub(super) fn read(root: &Root, directory: &str, which: &str) -> Self {
        let speed = megatransfers(&root.line(&format!("{directory}/{which}_link_speed")));
        let width = root.number(&format!("{directory}/{which}_link_width")).unwrap_or_default();
        // The kernel says 255 lanes of what cannot be asked.
        if width == 255 { Self::default() } else { Self { speed, width } }
    }
}

/// `8.0 GT/s PCIe`, in other words of other kernels, as a number.
fn megatransfers(text: &str) -> u32 {
    let Some((number, _)) = text.split_once(" GT/s") else { return 0 };
    let (whole, tenths) = number.split_once('.').unwrap_or((number, "0"));
    let read = |text: &str| text.parse::<u32>().ok().filter(|number| *number < 10_000);
    let tenths = tenths.get(..1).and_then(read).unwrap_or_default();
    read(whole).map_or(0, |whole| whole * 1000 + tenths * 100)
}

/// The windows that are there, without the ROM.
pub(super) fn bars(root: &Root, directory: &str) -> Vec<Bar> {
    let resource = root.read(&format!("{directory}/resource")).unwrap_or_default();
    let bar = |(number, line): (u32, &str)| {
        let mut words = line.split_ascii_whitespace().map(|word| u64::from_str_radix(word.strip_prefix("0x")?, 16).ok());
        let (start, end, flags) = (words.next()??, words.next()??, words.next()??);
        (flags != 0).then(|| Some(Bar { number, size: end.checked_sub(start)?.checked_add(1)? }))?
    };
    (0..).zip(resource.lines().take(6)).filter_map(bar).collect()
}

/// The virtual functions that a device has now.
pub(super) fn virtual_functions(root: &Root, directory: &str) -> Vec<PciAddress> {
    let links = root.names(directory).into_iter().filter(|name| name.starts_with("virtfn"));
    let mut functions: Vec<PciAddress> = links.filter_map(|link| root.link(&format!("{directory}/{link}"))?.parse().ok()).collect();
    functions.sort_unstable();
    functions
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speeds_of_every_generation_are_read_and_nonsense_is_none() {
        for (text, speed) in [("2.5 GT/s PCIe", 2500), ("5.0 GT/s PCIe", 5000), ("8 GT/s", 8000), ("32.0 GT/s PCIe", 32_000)] {
            assert_eq!(megatransfers(text), speed, "{text}");
        }
        for text in ["", "Unknown", "-1 GT/s", "x.y GT/s", "99999999999 GT/s", "65536.0 GT/s"] {
            assert_eq!(megatransfers(text), 0, "{text}");
        }
    }
}
