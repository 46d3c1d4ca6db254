//! Where a file may go, and what it is called.

use std::path::{Path, PathBuf};

use client::{t, unit};

/// The home folder.
pub(in crate::dialog) fn home() -> PathBuf {
    std::env::home_dir().unwrap_or_default()
}

/// The folder for pictures, as the desktop has it; the home folder if there is none.
pub(super) fn pictures() -> PathBuf {
    let config = std::env::var_os("XDG_CONFIG_HOME").map_or_else(|| home().join(".config"), PathBuf::from);
    let named = std::fs::read_to_string(config.join("user-dirs.dirs")).ok().and_then(|text| named_pictures(&text, &home()));
    [named, Some(home().join("Pictures"))].into_iter().flatten().find(|path| path.is_dir()).unwrap_or_else(home)
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

/// `stem.ending` in a folder, with a number if there is such a file.
pub(super) fn free(folder: &Path, stem: &str, ending: &str) -> PathBuf {
    let first = folder.join(format!("{stem}.{ending}"));
    if !first.exists() {
        return first;
    }
    let others = (2..100).map(|number| folder.join(format!("{stem}-{number}.{ending}")));
    others.into_iter().find(|path| !path.exists()).unwrap_or(first)
}

/// Why a file cannot be made there.
pub(super) fn fault(path: &Path) -> Option<String> {
    if !path.is_absolute() {
        return Some(t!("target-relative"));
    }
    let folder = path.parent().filter(|folder| folder.is_dir());
    if folder.is_none() {
        return Some(t!("target-folder"));
    }
    path.exists().then(|| t!("target-exists"))
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
        assert_eq!(free(folder.path(), "a", "png"), folder.path().join("a.png"));
        std::fs::write(folder.path().join("a.png"), "").unwrap();
        assert_eq!(free(folder.path(), "a", "png"), folder.path().join("a-2.png"));
    }

    #[test]
    fn only_a_new_file_in_a_folder_that_exists_will_do() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("there"), "").unwrap();
        assert!(fault(Path::new("x.png")).is_some());
        assert!(fault(&folder.path().join("no/x.png")).is_some());
        assert!(fault(&folder.path().join("there")).is_some());
        assert_eq!(fault(&folder.path().join("new")), None);
    }

    #[test]
    fn the_desktops_own_folder_for_pictures_is_found() {
        let text = "# comment\nXDG_MUSIC_DIR=\"$HOME/Musik\"\nXDG_PICTURES_DIR=\"$HOME/Bilder\"\n";
        assert_eq!(named_pictures(text, Path::new("/home/ada")), Some(PathBuf::from("/home/ada/Bilder")));
    }
}
