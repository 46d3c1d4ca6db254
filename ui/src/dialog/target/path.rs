//! Where a file may go, and what it is called.

use std::{
    io,
    path::{Path, PathBuf},
};

use client::{file, t, unit};

/// Why a file cannot be made somewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Its path is not a whole one.
    Relative,
    /// Its folder is not there.
    Folder,
    /// It is there already.
    Exists,
    /// Its folder does not answer, as one of a network that is gone.
    Silent,
}

impl Fault {
    /// What is wrong, and what to do about it.
    pub(super) fn words(&self) -> String {
        match self {
            Self::Relative => t!("target-relative"),
            Self::Folder => t!("target-folder"),
            Self::Exists => t!("target-exists"),
            Self::Silent => t!("target-silent"),
        }
    }
}

/// The home folder.
pub(in crate::dialog) fn home() -> PathBuf {
    std::env::home_dir().unwrap_or_default()
}

/// The folder for pictures, as the desktop has it; it need not be there.
pub(super) fn pictures() -> PathBuf {
    let config = std::env::var_os("XDG_CONFIG_HOME").map_or_else(|| home().join(".config"), PathBuf::from);
    let named = std::fs::read_to_string(config.join("user-dirs.dirs")).ok().and_then(|text| named_pictures(&text, &home()));
    named.unwrap_or_else(|| home().join("Pictures"))
}

/// What `user-dirs.dirs` names: `XDG_PICTURES_DIR="$HOME/Bilder"`.
fn named_pictures(text: &str, home: &Path) -> Option<PathBuf> {
    let value = text.lines().find_map(|line| line.trim().strip_prefix("XDG_PICTURES_DIR="))?.trim_matches('"');
    Some(match value.strip_prefix("$HOME/") {
        Some(rest) => home.join(rest),
        None => PathBuf::from(value),
    })
}

/// `~/x` in full.
pub(in crate::dialog) fn expanded(path: &str) -> String {
    match path.strip_prefix("~/") {
        Some(rest) => home().join(rest).display().to_string(),
        None => path.to_owned(),
    }
}

/// A file beside this one, with a number if there is such a file; in the home folder if there is no such folder. Blocks.
fn free(wished: &Path) -> PathBuf {
    let part = |part: Option<&std::ffi::OsStr>| part.unwrap_or_default().to_string_lossy().into_owned();
    let (stem, ending) = (part(wished.file_stem()), part(wished.extension()));
    let folder = wished.parent().filter(|folder| folder.is_dir()).map_or_else(home, Path::to_path_buf);
    let first = folder.join(format!("{stem}.{ending}"));
    if !first.exists() {
        return first;
    }
    let others = (2..100).map(|number| folder.join(format!("{stem}-{number}.{ending}")));
    others.into_iter().find(|path| !path.exists()).unwrap_or(first)
}

/// See [`free`]; the file itself where nobody answers.
pub(super) async fn offer(wished: PathBuf) -> PathBuf {
    let beside = wished.clone();
    file::aside(move || Ok(free(&beside))).await.unwrap_or(wished)
}

/// Whether a file can be made there.
///
/// # Errors
/// Why not.
pub(super) async fn look(path: PathBuf) -> Result<(), Fault> {
    let looked = file::aside(move || Ok(fault(&path))).await;
    looked.map_err(|_: io::Error| Fault::Silent)?.map_or(Ok(()), Err)
}

/// Why a file cannot be made there. Blocks.
fn fault(path: &Path) -> Option<Fault> {
    if !path.is_absolute() {
        return Some(Fault::Relative);
    }
    if !path.parent().is_some_and(Path::is_dir) {
        return Some(Fault::Folder);
    }
    // A link that leads nowhere is in the way, too.
    path.symlink_metadata().is_ok().then_some(Fault::Exists)
}

/// The day on this computer's calendar: `2025-11-20`.
pub(super) fn day(time: u64) -> String {
    let today = i64::try_from(time / 86_400_000_000).unwrap_or_default();
    // The calendar here may be a day ahead of or behind the one at Greenwich.
    let begun = |(year, month, day): (i16, i8, i8)| unit::local(year, month, day, 0, 0) <= time;
    let (year, month, day) =
        [1, 0].map(|ahead| civil(today + ahead)).into_iter().find(|date| begun(*date)).unwrap_or_else(|| civil(today - 1));
    format!("{year:04}-{month:02}-{day:02}")
}

/// Year, month and day of a day since the epoch, in the Gregorian calendar.
#[expect(clippy::cast_possible_truncation, reason = "years of four digits")]
const fn civil(days: i64) -> (i16, i8, i8) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    // The year begins in March, so that the leap day is its last.
    let from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    let year = year_of_era + era * 400 + if month <= 2 { 1 } else { 0 };
    (year as i16, month as i8, day as i8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_named_as_the_calendar_here_names_it() {
        assert_eq!(day(unit::local(2025, 11, 20, 0, 1)), "2025-11-20");
        assert_eq!(day(unit::local(2024, 2, 29, 23, 59)), "2024-02-29");
        assert_eq!(day(unit::local(2025, 1, 1, 12, 0)), "2025-01-01");
    }

    #[test]
    fn a_file_that_is_there_is_never_offered() {
        let folder = tempfile::tempdir().unwrap();
        let wished = folder.path().join("a.png");
        assert_eq!(free(&wished), wished);
        std::fs::write(folder.path().join("a.png"), "").unwrap();
        assert_eq!(free(&wished), folder.path().join("a-2.png"));
        assert_eq!(free(&folder.path().join("no/odd-name.png")), home().join("odd-name.png"));
    }

    #[test]
    fn only_a_new_file_in_a_folder_that_exists_will_do() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("there"), "").unwrap();
        std::os::unix::fs::symlink("/nowhere", folder.path().join("link")).unwrap();
        assert_eq!(fault(Path::new("x.png")), Some(Fault::Relative));
        assert_eq!(fault(&folder.path().join("no/x.png")), Some(Fault::Folder));
        for name in ["there", "link"] {
            assert_eq!(fault(&folder.path().join(name)), Some(Fault::Exists), "{name}");
        }
        assert_eq!(fault(&folder.path().join("new")), None);
    }

    #[test]
    fn the_desktops_own_folder_for_pictures_is_found() {
        let text = "# comment\nXDG_MUSIC_DIR=\"$HOME/Musik\"\nXDG_PICTURES_DIR=\"$HOME/Bilder\"\n";
        assert_eq!(named_pictures(text, Path::new("/home/ada")), Some(PathBuf::from("/home/ada/Bilder")));
    }
}
