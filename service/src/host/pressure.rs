//! Whether programs of the host wait for memory: the kernel's pressure stall information.

use super::memory::files::Kernel;

const FILE: &str = "proc/pressure/memory";

/// Part of the time in which some program waited for memory, in hundredths of a percent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pressure {
    /// In the last ten seconds.
    pub ten: u32,
    /// In the last minute.
    pub sixty: u32,
}

impl Pressure {
    /// What the kernel says now; `None` of one that does not count it.
    #[must_use]
    pub fn of(kernel: &dyn Kernel) -> Option<Self> {
        Self::read(&kernel.read(FILE).ok()?)
    }

    fn read(text: &str) -> Option<Self> {
        let some = text.lines().find_map(|line| line.strip_prefix("some "))?;
        let part = |name: &str| some.split_ascii_whitespace().find_map(|word| hundredths(word.strip_prefix(name)?.strip_prefix('=')?));
        Some(Self { ten: part("avg10")?, sixty: part("avg60")? })
    }
}

/// `1.50`: the kernel writes two places.
fn hundredths(text: &str) -> Option<u32> {
    let (whole, part) = text.split_once('.')?;
    let (whole, part) = (whole.parse::<u32>().ok()?, Some(part).filter(|part| part.len() == 2)?.parse::<u32>().ok()?);
    whole.checked_mul(100)?.checked_add(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_some_waited_for_is_read_and_nonsense_is_nothing() {
        let text = "some avg10=12.34 avg60=1.05 avg300=0.56 total=32043346\nfull avg10=99.00 avg60=99.00 avg300=99.00 total=1\n";
        assert_eq!(Pressure::read(text), Some(Pressure { ten: 1234, sixty: 105 }));
        for nonsense in [
            "",
            "full avg10=1.00 avg60=1.00",
            "some avg10=1.00",
            "some avg10=x avg60=1.00",
            "some avg10=1.0 avg60=1.00",
            "some avg10=99999999999.00 avg60=1.00",
            "some avg10=4294967295.00 avg60=0.00",
            "some avg10=-1.00 avg60=0.00",
        ] {
            assert_eq!(Pressure::read(nonsense), None, "{nonsense}");
        }
    }
}
