//! The file: found, read with patience, written in one step.

use std::{
    env,
    fs::{self, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use serde::{Serialize, de::DeserializeOwned};
use toml::{Table, Value};

use super::Settings;

const NAME: &str = "settings.toml";
/// What is larger was not written by us.
const LARGEST: u64 = 1 << 20;
const GROUPINGS: [&str; 4] = ["group", "host", "state", "none"];

/// Why not all settings are as the file says; defaults stand in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// The file is no TOML. It was moved aside.
    Broken {
        /// Where it is now.
        kept: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The file is there, but cannot be read or moved aside.
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        reason: String,
    },
    /// These settings have values that this version cannot read.
    Values(Vec<String>),
}

impl Settings {
    /// `settings.toml` below `$XDG_CONFIG_HOME/kvm-manager`, by default `~/.config/kvm-manager`.
    #[must_use]
    pub fn path() -> PathBuf {
        directory(|name| env::var_os(name).map(PathBuf::from)).join(NAME)
    }

    /// What is set, and why parts of it are not. No file is no problem.
    #[must_use]
    pub fn load() -> (Self, Option<Problem>) {
        Self::load_from(&Self::path())
    }

    /// Writes the file in one step; keys in it that this version does not know stay.
    ///
    /// # Errors
    /// What the system says; the old file is there still.
    pub fn save(&self) -> io::Result<()> {
        self.save_to(&Self::path())
    }

    /// As [`Settings::load`], from another file.
    #[must_use]
    pub fn load_from(path: &Path) -> (Self, Option<Problem>) {
        let unreadable = |error: &io::Error| Problem::Unreadable { path: path.to_owned(), reason: error.to_string() };
        let text = match read(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return (Self::default(), None),
            // Text that is no UTF-8 is as broken as text that is no TOML.
            Err(error) if error.kind() == io::ErrorKind::InvalidData => return (Self::default(), Some(set_aside(path, error.to_string()))),
            Err(error) => return (Self::default(), Some(unreadable(&error))),
        };
        match text.parse::<Table>() {
            Ok(table) => Self::from_table(&table),
            Err(error) => (Self::default(), Some(set_aside(path, error.message().to_owned()))),
        }
    }

    /// As [`Settings::save`], to another file.
    ///
    /// # Errors
    /// What the system says; the old file is there still.
    pub fn save_to(&self, path: &Path) -> io::Result<()> {
        let mut table = read(path).ok().and_then(|text| text.parse::<Table>().ok()).unwrap_or_default();
        let Value::Table(own) = Value::try_from(self.clone().clamped()).map_err(io::Error::other)? else {
            return Err(io::Error::other("settings are no table"));
        };
        // Keys of it are people's, so none of them is unknown: what was taken out has to go.
        table.remove("shortcuts");
        merge(&mut table, own);
        write(path, toml::to_string_pretty(&table).map_err(io::Error::other)?.as_bytes())
    }

    /// Every value within its bounds.
    #[must_use]
    pub fn clamped(mut self) -> Self {
        self.figures.interval = self.figures.interval.clamp(1, 60);
        self.figures.thumbnail_interval = self.figures.thumbnail_interval.min(3600);
        self.tray.machines = self.tray.machines.clamp(1, 30);
        if !GROUPINGS.contains(&self.table.group_by.as_str()) {
            self.table.group_by = super::Table::default().group_by;
        }
        self.table.bound();
        let is_tag = |character: char| character.is_ascii_alphanumeric() || character == '-';
        if self.appearance.language.len() > 35 || !self.appearance.language.chars().all(is_tag) {
            self.appearance.language.clear();
        }
        let mut seen = Vec::new();
        self.table.columns.retain(|column| {
            !seen.contains(column) && {
                seen.push(column.clone());
                true
            }
        });
        self
    }

    fn from_table(table: &Table) -> (Self, Option<Problem>) {
        let mut bad = Vec::new();
        let mut section = Section { table, bad: &mut bad };
        let settings = Self {
            appearance: section.read("appearance"),
            table: section.read("table"),
            figures: section.read("figures"),
            confirm: section.read("confirm"),
            notify: section.read("notify"),
            tray: section.read("tray"),
            shortcuts: section.read("shortcuts"),
        };
        (settings.clamped(), (!bad.is_empty()).then_some(Problem::Values(bad)))
    }
}

/// Reads sections; what cannot be read is left out and noted.
struct Section<'table> {
    table: &'table Table,
    bad: &'table mut Vec<String>,
}

impl Section<'_> {
    fn read<T: Default + DeserializeOwned + Serialize>(&mut self, name: &str) -> T {
        let Some(value) = self.table.get(name) else { return T::default() };
        if let Ok(section) = value.clone().try_into() {
            return section;
        }
        let Value::Table(keys) = value else {
            self.bad.push(name.to_owned());
            return T::default();
        };
        let mut good = Table::new();
        for (key, value) in keys {
            good.insert(key.clone(), value.clone());
            if Value::Table(good.clone()).try_into::<T>().is_err() {
                good.remove(key);
                self.bad.push(format!("{name}.{key}"));
            }
        }
        Value::Table(good).try_into().unwrap_or_default()
    }
}

fn merge(old: &mut Table, new: Table) {
    for (key, value) in new {
        match (old.get_mut(&key), value) {
            (Some(Value::Table(old)), Value::Table(new)) => merge(old, new),
            (_, value) => {
                old.insert(key, value);
            }
        }
    }
}

fn directory(variable: impl Fn(&str) -> Option<PathBuf>) -> PathBuf {
    // The specification wants relative paths ignored.
    let absolute = |name: &str| variable(name).filter(|path| path.is_absolute());
    let base = absolute("XDG_CONFIG_HOME").or_else(|| absolute("HOME").map(|home| home.join(".config")));
    base.unwrap_or_else(|| PathBuf::from(".config")).join("kvm-manager")
}

fn read(path: &Path) -> io::Result<String> {
    let file = File::open(path)?;
    let facts = file.metadata()?;
    if !facts.is_file() || facts.len() > LARGEST {
        return Err(io::Error::other("not a file of settings"));
    }
    io::read_to_string(file)
}

fn set_aside(path: &Path, reason: String) -> Problem {
    let kept = path.with_extension("toml.broken");
    match fs::rename(path, &kept) {
        Ok(()) => Problem::Broken { kept, reason },
        Err(error) => Problem::Unreadable { path: path.to_owned(), reason: format!("{reason}; {error}") },
    }
}

/// A reader sees the old file or the new one, also after a power failure.
fn write(path: &Path, text: &[u8]) -> io::Result<()> {
    // Whoever manages their configuration with links wants the file behind the link changed.
    let path = &fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let directory = path.parent().ok_or_else(|| io::Error::other("no directory"))?;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
    let temporary = directory.join(format!(".{NAME}.{}", uuid::Uuid::new_v4().simple()));
    let result = write_new(&temporary, text).and_then(|()| fs::rename(&temporary, path));
    if result.is_err() {
        // The failure to write is what counts; at worst a file with an odd name stays.
        let _ = fs::remove_file(&temporary);
        return result;
    }
    File::open(directory)?.sync_all()
}

fn write_new(path: &Path, text: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(text)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::settings::{Density, ThemeChoice};

    fn place() -> (tempfile::TempDir, PathBuf) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("kvm-manager").join(NAME);
        fs::create_dir(path.parent().unwrap()).unwrap();
        (directory, path)
    }

    #[test]
    fn settings_come_back_as_they_were_saved() {
        let (_directory, path) = place();
        let mut settings = Settings::default();
        settings.appearance.theme = ThemeChoice::Dark;
        settings.appearance.language = "de".to_owned();
        settings.shortcuts.insert("shutdown".to_owned(), String::new());
        settings.table.sort_by(Some("group:lab/\"x\""), "cpu");
        settings.save_to(&path).unwrap();
        assert_eq!(Settings::load_from(&path), (settings, None));
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
    }

    #[test]
    fn a_missing_file_means_defaults_and_its_directory_is_made() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a/b/settings.toml");
        assert_eq!(Settings::load_from(&path), (Settings::default(), None));
        Settings::default().save_to(&path).unwrap();
        assert!(path.exists());
    }

    #[test]
    fn a_broken_file_is_moved_aside_and_reported() {
        for broken in [&b"theme = [="[..], b"\xff\xfe"] {
            let (_directory, path) = place();
            fs::write(&path, broken).unwrap();
            let (settings, problem) = Settings::load_from(&path);
            assert_eq!(settings, Settings::default());
            let Some(Problem::Broken { kept, .. }) = problem else { panic!("{problem:?}") };
            assert_eq!(kept.file_name().unwrap(), "settings.toml.broken");
            assert_eq!((path.exists(), fs::read(kept).unwrap()), (false, broken.to_vec()));
        }
    }

    #[test]
    fn a_value_that_cannot_be_read_costs_only_itself() {
        let (_directory, path) = place();
        fs::write(&path, "tray = 7\n[appearance]\ntheme = \"sepia\"\ndensity = \"compact\"\nlanguage = 5\n").unwrap();
        let (settings, problem) = Settings::load_from(&path);
        assert_eq!(settings.appearance.density, Density::Compact);
        assert_eq!(settings.appearance.theme, ThemeChoice::System);
        let bad = ["appearance.language", "appearance.theme", "tray"].map(str::to_owned).to_vec();
        assert_eq!(problem, Some(Problem::Values(bad)));
    }

    #[test]
    fn keys_of_another_version_are_kept_and_removed_shortcuts_are_not() {
        let (_directory, path) = place();
        fs::write(&path, "new-thing = 1\n[tray]\nmachines = 3\ncolour = \"red\"\n[shortcuts]\nold = \"F1\"\n[later]\nx = [1, 2]\n")
            .unwrap();
        let (mut settings, problem) = Settings::load_from(&path);
        assert_eq!(problem, None);
        settings.shortcuts.clear();
        settings.save_to(&path).unwrap();
        let table: Table = fs::read_to_string(&path).unwrap().parse().unwrap();
        assert_eq!(table["new-thing"].as_integer(), Some(1));
        assert_eq!(table["tray"]["colour"].as_str(), Some("red"));
        assert_eq!(table["later"]["x"].as_array().map(Vec::len), Some(2));
        assert!(!table["shortcuts"].as_table().unwrap().contains_key("old"));
        assert_eq!(settings.tray.machines, 3);
    }

    #[test]
    fn switches_of_earlier_versions_that_did_nothing_are_no_problem_and_stay_in_the_file() {
        let (_directory, path) = place();
        fs::write(&path, "[appearance]\nreduce-motion = true\n[confirm]\nunapplied-changes = false\npause = true\n").unwrap();
        let (settings, problem) = Settings::load_from(&path);
        assert_eq!((settings.confirm.pause, problem), (true, None));
        settings.save_to(&path).unwrap();
        let table: Table = fs::read_to_string(&path).unwrap().parse().unwrap();
        assert_eq!(table["appearance"]["reduce-motion"].as_bool(), Some(true));
        assert_eq!(table["confirm"]["unapplied-changes"].as_bool(), Some(false));
    }

    #[test]
    fn values_out_of_range_are_moved_into_it() {
        let (_directory, path) = place();
        let text = "[figures]\ninterval = 0\nthumbnail-interval = 99999\n[tray]\nmachines = 500\n[appearance]\nlanguage = \"../x\"\n\
                    [table]\ngroup-by = \"moon\"\ncolumns = [\"cpu\", \"cpu\", \"new\"]\n";
        fs::write(&path, text).unwrap();
        let (settings, problem) = Settings::load_from(&path);
        assert_eq!(problem, None);
        assert_eq!((settings.figures.interval, settings.figures.thumbnail_interval, settings.tray.machines), (1, 3600, 30));
        assert_eq!((settings.appearance.language.as_str(), settings.table.group_by.as_str()), ("", "group"));
        assert_eq!(settings.table.columns, ["cpu", "new"]);
    }

    #[test]
    fn the_directory_follows_the_specification() {
        let with = |variables: &'static [(&str, &str)]| {
            directory(move |name| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| PathBuf::from(value)))
        };
        assert_eq!(with(&[("XDG_CONFIG_HOME", "/c"), ("HOME", "/h")]), Path::new("/c/kvm-manager"));
        assert_eq!(with(&[("XDG_CONFIG_HOME", "relative"), ("HOME", "/h")]), Path::new("/h/.config/kvm-manager"));
        assert_eq!(with(&[("XDG_CONFIG_HOME", ""), ("HOME", "/h")]), Path::new("/h/.config/kvm-manager"));
    }

    #[test]
    fn a_link_to_the_file_stays_a_link() {
        let (directory, path) = place();
        let target = directory.path().join("dotfiles.toml");
        fs::write(&target, "").unwrap();
        std::os::unix::fs::symlink(&target, &path).unwrap();
        Settings::default().save_to(&path).unwrap();
        assert!(fs::symlink_metadata(&path).unwrap().is_symlink());
        assert!(!fs::read_to_string(&target).unwrap().is_empty());
    }
}
