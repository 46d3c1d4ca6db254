//! What is done anew at each start of the computer, and what came of it. Two files: the service writes what is wanted, the
//! unit of the early start writes how it went.

use std::{
    fs::{self, File},
    io::{self, Read},
    path::PathBuf,
};

use inotify::{EventStream, Inotify, WatchMask};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{Files, Store};
use crate::host::{
    function::{Functions, Settings},
    pci::{self, PciAddress},
};

/// After so many starts in a row that were not confirmed nothing is done any more.
pub const MOST_UNCONFIRMED: u32 = 2;
/// Devices that are remembered.
pub const MOST_DEVICES: usize = 64;
/// Sizes and nodes for which huge pages are remembered.
pub const MOST_PAGES: usize = 64;
/// Cards whose virtual functions are remembered.
pub const MOST_CARDS: usize = 64;
/// Virtual functions whose settings are remembered, of all cards.
pub const MOST_FUNCTIONS: usize = 2048;
/// No file is longer.
const LONGEST: u64 = 1024 * 1024;
const WANTED: &str = "wanted.json";
const RUN: &str = "run.json";

/// What is wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    /// Devices that go to `vfio-pci`, each address once.
    pub devices: Vec<Device>,
    /// Huge pages, each size and node once.
    #[serde(default)]
    pub pages: Vec<Pages>,
    /// Cards with virtual functions, each address once.
    #[serde(default)]
    pub cards: Vec<Card>,
}

impl Wanted {
    /// Whether there is nothing to do.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.devices.is_empty() && self.pages.is_empty() && self.cards.is_empty()
    }

    /// Whether it is what the service writes.
    fn is_sound(&self) -> bool {
        let once = |at: usize, device: &Device| self.devices[..at].iter().all(|other| other.address != device.address);
        let pages_once = |at: usize, pages: &Pages| pages.is_sound() && !self.pages[..at].iter().any(|other| other.is_of(pages));
        let card_once = |at: usize, card: &Card| card.is_sound() && self.cards[..at].iter().all(|other| other.address != card.address);
        self.devices.len() <= MOST_DEVICES
            && self.cards.len() <= MOST_CARDS
            && self.cards.iter().map(|card| card.functions.len()).sum::<usize>() <= MOST_FUNCTIONS
            && self.cards.iter().enumerate().all(|(at, card)| card_once(at, card))
            && self.pages.len() <= MOST_PAGES
            && self.devices.iter().enumerate().all(|(at, device)| once(at, device))
            && self.pages.iter().enumerate().all(|(at, pages)| pages_once(at, pages))
    }

    /// What is wanted of the device at an address.
    #[must_use]
    pub fn device(&self, address: PciAddress) -> Option<&Device> {
        self.devices.iter().find(|device| device.address == address)
    }
}

/// A device: where it sits and what it is, for another may sit there at the next start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Device {
    /// Where it sits.
    pub address: PciAddress,
    /// Who made it, and what it is.
    pub vendor: u16,
    pub device: u16,
    /// Base class, subclass and programming interface.
    pub class: u32,
    /// It goes although the kernel cannot reset it alone.
    pub allow_no_reset: bool,
}

/// A card with virtual functions: where it sits and what it is, how many it is to have, and what they may.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Card {
    /// Where it sits.
    pub address: PciAddress,
    /// Who made it, and what it is.
    pub vendor: u16,
    pub device: u16,
    /// Base class, subclass and programming interface.
    pub class: u32,
    /// How many there are to be.
    pub count: u32,
    /// What they may, if it is a network card.
    pub functions: Functions,
}

impl Card {
    /// Its name among the outcomes.
    #[must_use]
    pub fn part(&self) -> String {
        format!("{}/functions", self.address)
    }

    /// Whether this device is it, as far as what it is tells.
    #[must_use]
    pub fn is(&self, found: &pci::Device) -> bool {
        (found.ids.vendor, found.ids.device, found.class) == (self.vendor, self.device, self.class)
    }

    fn is_sound(&self) -> bool {
        let is_sound = |(index, settings): (&u32, &Settings)| *index < self.count && settings.is_sound();
        self.count > 0 && self.functions.iter().all(is_sound)
    }
}

/// Huge pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pages {
    /// Bytes of a page.
    pub page_size: u64,
    /// The node; all of them without.
    pub node: Option<u32>,
    /// How many there are to be.
    pub count: u64,
}

impl Pages {
    /// Whether these are pages of the same size and place.
    #[must_use]
    pub fn is_of(&self, other: &Self) -> bool {
        (self.page_size, self.node) == (other.page_size, other.node)
    }

    /// All of them in bytes.
    #[must_use]
    pub const fn bytes(&self) -> u64 {
        self.page_size.saturating_mul(self.count)
    }

    /// Their name among the outcomes.
    #[must_use]
    pub fn part(&self) -> String {
        format!("{}/{}", self.page_size, self.node.map_or_else(|| "*".to_owned(), |node| node.to_string()))
    }

    const fn is_sound(&self) -> bool {
        self.page_size.is_power_of_two() && self.count > 0 && self.page_size.checked_mul(self.count).is_some()
    }
}

/// How it went at one start of the computer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Run {
    /// At which start; empty if at none.
    pub boot: String,
    /// Starts in a row that were not confirmed, this one included.
    pub unconfirmed: u32,
    /// The computer ran on for long enough.
    pub is_confirmed: bool,
    /// Nothing was done, for too many starts before were not confirmed.
    pub is_skipped: bool,
    /// What came of each part.
    pub outcomes: Vec<Outcome>,
}

/// What came of one part.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outcome {
    /// The address of a device, or [`Pages::part`].
    pub part: String,
    /// The word.
    pub word: String,
    /// The words of the reasons.
    pub reasons: Vec<String>,
}

impl Run {
    /// What is written before anything is done at the start `boot`: one more that is not confirmed, or that it is not to be.
    #[must_use]
    pub fn begin(&self, boot: &str) -> Self {
        if self.boot == boot && !boot.is_empty() {
            // Asked again at the same start: it counts once, and what was refused stays so.
            return Self { outcomes: Vec::new(), ..self.clone() };
        }
        let before = if self.is_confirmed { 0 } else { self.unconfirmed };
        let is_skipped = before >= MOST_UNCONFIRMED;
        let unconfirmed = if is_skipped { before } else { before + 1 };
        Self { boot: boot.to_owned(), unconfirmed, is_skipped, ..Self::default() }
    }

    /// What is written when the computer ran on for long enough. A start at which nothing was done proves nothing.
    #[must_use]
    pub fn confirm(&self) -> Self {
        if self.is_skipped { self.clone() } else { Self { is_confirmed: true, unconfirmed: 0, ..self.clone() } }
    }

    /// What is written when somebody changes what is wanted: from then on it is tried again.
    #[must_use]
    pub fn forgive(&self) -> Self {
        if self.is_skipped { Self::default() } else { Self { unconfirmed: 0, ..self.clone() } }
    }
}

/// The two files. Works on the calling thread, which waits for the disk.
#[derive(Clone, Debug)]
pub struct Boot(Files);

impl Store {
    /// What is done at each start of the computer.
    #[must_use]
    pub fn boot(&self) -> Boot {
        // A directory for short-lived files of its own: the unit of the early start and the service may write at once.
        Boot(Files(self.files.0.join("boot")))
    }
}

impl Boot {
    /// What is wanted; nothing if there is no file.
    ///
    /// # Errors
    /// The system's; `InvalidData` if the file is damaged.
    pub fn wanted(&self) -> io::Result<Wanted> {
        let wanted: Wanted = self.read(WANTED)?.unwrap_or_default();
        if wanted.is_sound() { Ok(wanted) } else { Err(io::ErrorKind::InvalidData.into()) }
    }

    /// How it went at last. A damaged file counts as too many starts that were not confirmed: nothing is done then.
    ///
    /// # Errors
    /// The system's.
    pub fn run(&self) -> io::Result<Run> {
        match self.read(RUN) {
            Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                tracing::error!("It is not known how the last starts went");
                Ok(Run { unconfirmed: MOST_UNCONFIRMED, is_skipped: true, ..Run::default() })
            }
            run => run.map(Option::unwrap_or_default),
        }
    }

    /// Writes what is wanted; it is on disk when this returns.
    ///
    /// # Errors
    /// The system's; the file is as it was then.
    pub fn put_wanted(&self, wanted: &Wanted) -> io::Result<()> {
        self.0.write(&self.path(WANTED), &serde_json::to_vec(wanted)?)
    }

    /// Writes how it went; it is on disk when this returns.
    ///
    /// # Errors
    /// The system's; the file is as it was then.
    pub fn put_run(&self, run: &Run) -> io::Result<()> {
        self.0.write(&self.path(RUN), &serde_json::to_vec(run)?)
    }

    /// Tells of each change of the files.
    ///
    /// # Errors
    /// The kernel's.
    pub fn changes(&self) -> io::Result<EventStream<[u8; 1024]>> {
        let kernel = Inotify::init()?;
        kernel.watches().add(&self.0.0, WatchMask::MOVED_TO | WatchMask::ONLYDIR)?;
        kernel.into_event_stream([0; 1024])
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.0.join(name)
    }

    fn read<T: DeserializeOwned>(&self, name: &str) -> io::Result<Option<T>> {
        let file = match File::open(self.path(name)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            file => file?,
        };
        let mut bytes = Vec::new();
        file.take(LONGEST + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > LONGEST {
            return Err(io::ErrorKind::InvalidData.into());
        }
        serde_json::from_slice(&bytes).map(Some).map_err(|_| io::ErrorKind::InvalidData.into())
    }

    /// Puts a damaged file aside.
    ///
    /// # Errors
    /// The system's.
    pub fn set_aside(&self) -> io::Result<()> {
        fs::rename(self.path(WANTED), self.path("wanted.damaged"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn boot(directory: &tempfile::TempDir) -> Boot {
        Store::open(&directory.path().join("state")).unwrap().boot()
    }

    fn device() -> Device {
        Device { address: "0000:01:00.0".parse().unwrap(), vendor: 0x8086, device: 0x10d3, class: 0x02_0000, allow_no_reset: false }
    }

    #[test]
    fn what_is_wanted_is_read_as_it_was_written_and_anything_odd_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let boot = boot(&directory);
        assert_eq!(boot.wanted().unwrap(), Wanted::default());
        let pages = Pages { page_size: 2 << 20, node: Some(1), count: 7 };
        let settings = Settings { trust: true, ..Settings::default() };
        let Device { address, vendor, device: model, class, .. } = device();
        let card = Card { address, vendor, device: model, class, count: 4, functions: [(3, settings)].into() };
        let wanted = Wanted { devices: vec![device()], pages: vec![pages], cards: vec![card.clone()] };
        boot.put_wanted(&wanted).unwrap();
        assert_eq!(boot.wanted().unwrap(), wanted);
        let good = serde_json::to_string(&wanted).unwrap();
        let again = |devices, pages| serde_json::to_string(&Wanted { devices, pages, cards: Vec::new() }).unwrap();
        let cards_twice = serde_json::to_string(&Wanted { cards: vec![card.clone(), card], ..Wanted::default() }).unwrap();
        let (twice, pages_twice) = (again(vec![device(), device()], Vec::new()), again(Vec::new(), vec![pages, pages]));
        let absurd = good.replace(r#""count":7"#, r#""count":18446744073709551615"#);
        let long = format!("{good}{}", " ".repeat(1_100_000));
        let odd = [
            "",
            "{",
            "{}x",
            &good.replace("0000:01:00.0", "../etc"),
            &good.replace("vendor", "vendro"),
            &twice,
            &pages_twice,
            &absurd,
            &cards_twice,
            &good.replace(r#""count":4"#, r#""count":3"#),
            &good.replace(r#""id":0"#, r#""id":4095"#),
            &long,
        ];
        for text in odd {
            fs::write(boot.path(WANTED), text).unwrap();
            assert_eq!(boot.wanted().unwrap_err().kind(), io::ErrorKind::InvalidData, "{text:.80}");
        }
    }

    #[test]
    fn two_starts_that_nobody_confirmed_are_the_last_and_a_change_begins_anew() {
        let first = Run::default().begin("a");
        assert_eq!((first.unconfirmed, first.is_skipped), (1, false));
        assert_eq!(first.begin("a").unconfirmed, 1, "the same start counts once");
        let second = first.begin("b");
        assert_eq!((second.unconfirmed, second.is_skipped), (2, false));
        let third = second.begin("c");
        assert!(third.is_skipped && third.begin("d").is_skipped && third.confirm().begin("d").is_skipped, "and it stays so");
        assert_eq!(third.forgive().begin("d").unconfirmed, 1);
        assert_eq!(second.confirm().begin("c").unconfirmed, 1, "one that ran on clears the count");
        assert_eq!(second.forgive().begin("c").unconfirmed, 1);
    }

    #[test]
    fn a_count_that_cannot_be_read_is_too_many() {
        let directory = tempfile::tempdir().unwrap();
        let boot = boot(&directory);
        assert_eq!(boot.run().unwrap(), Run::default());
        fs::write(boot.path(RUN), "{").unwrap();
        assert!(boot.run().unwrap().begin("a").is_skipped);
    }
}
