//! What a person has set: one file that the application writes and the tray reads, too.

mod file;
mod sorting;
mod text_size;
mod watch;

use std::collections::BTreeMap;

pub use file::Problem;
use serde::{Deserialize, Serialize};
pub use sorting::Sorting;
pub use text_size::TextSize;
pub use watch::changes;

/// Everything that can be set. A missing or unreadable part has its default; an unknown key is kept.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct Settings {
    /// How it looks.
    pub appearance: Appearance,
    /// The table of machines.
    pub table: Table,
    /// Live figures.
    pub figures: Figures,
    /// What is asked before it is done.
    pub confirm: Confirm,
    /// Desktop notifications.
    pub notify: Notify,
    /// The tray.
    pub tray: Tray,
    /// Keys that differ from the defaults: action name to key, such as `Ctrl+Shift+D`; empty for none.
    pub shortcuts: BTreeMap<String, String>,
}

/// How it looks.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct Appearance {
    /// Light, dark, or as the desktop.
    pub theme: ThemeChoice,
    /// Stronger edges and colours; also on when the desktop asks for it.
    pub high_contrast: bool,
    /// Row height of lists.
    pub density: Density,
    /// Size of text, and with it of everything.
    pub text_size: TextSize,
    /// Let the desktop draw title bar and window buttons.
    pub desktop_title_bar: bool,
    /// Language such as `de`, empty for the desktop's.
    pub language: String,
    /// Which way windows run.
    pub direction: Direction,
}

/// Which way windows run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// As the language is written that is spoken.
    #[default]
    Language,
    /// Always from left to right.
    LeftToRight,
    /// Always from right to left.
    RightToLeft,
}

impl Direction {
    /// Whether windows run from right to left.
    #[must_use]
    pub fn is_mirrored(self) -> bool {
        match self {
            Self::Language => crate::locale::runs_from_right(),
            Self::LeftToRight => false,
            Self::RightToLeft => true,
        }
    }
}

/// Light or dark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ThemeChoice {
    /// As the desktop says.
    #[default]
    System,
    /// Always light.
    Light,
    /// Always dark.
    Dark,
}

/// Row height of lists.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Density {
    /// 44 px, two lines.
    #[default]
    Comfortable,
    /// 32 px, one line.
    Compact,
}

/// The table of machines.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct Table {
    /// Columns in order; a name that is not known is left out.
    pub columns: Vec<String>,
    /// Column that all machines are sorted by.
    pub sort: String,
    /// The other way round.
    pub descending: bool,
    /// Places that are sorted in a way of their own, the one changed last at the end.
    pub places: Vec<Sorting>,
    /// `group`, `host`, `state` or `none`.
    pub group_by: String,
    /// Thumbnails instead of rows.
    pub grid: bool,
}

/// Every column that the table can have.
pub const COLUMNS: [&str; 10] = ["cpu", "memory", "disk", "network", "address", "host", "tags", "autostart", "started", "agent"];

impl Default for Table {
    fn default() -> Self {
        // The last two are for those who ask for them: details tell the same of one machine.
        Self {
            columns: COLUMNS[..8].iter().map(|id| (*id).to_owned()).collect(),
            sort: "name".to_owned(),
            descending: false,
            places: Vec::new(),
            group_by: "group".to_owned(),
            grid: false,
        }
    }
}

/// Live figures.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
#[expect(clippy::struct_excessive_bools, reason = "independent switches, as the settings page shows them")]
pub struct Figures {
    /// Seconds between two measurements, 1 to 60.
    pub interval: u32,
    /// Seconds between two thumbnails, 0 for none.
    pub thumbnail_interval: u32,
    /// Processor time is shown.
    pub cpu: bool,
    /// Memory in use is shown.
    pub memory: bool,
    /// What disks read and write is shown.
    pub disk: bool,
    /// What networks receive and send is shown.
    pub network: bool,
}

impl Default for Figures {
    fn default() -> Self {
        Self { interval: 2, thumbnail_interval: 5, cpu: true, memory: true, disk: true, network: true }
    }
}

impl Figures {
    /// Whether a column of the table, by its name, is shown; those without figures are.
    #[must_use]
    pub fn shows(&self, column: &str) -> bool {
        match column {
            "cpu" => self.cpu,
            "memory" => self.memory,
            "disk" => self.disk,
            "network" => self.network,
            _ => true,
        }
    }

    /// What a service is asked for of what is shown.
    #[must_use]
    pub const fn wanted(&self) -> crate::Figures {
        crate::Figures { memory: self.memory, disk: self.disk, network: self.network }
    }

    /// Whether anything has to be measured.
    #[must_use]
    pub const fn is_any(&self) -> bool {
        self.cpu || self.memory || self.disk || self.network
    }
}

/// What is asked before it is done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
#[expect(clippy::struct_excessive_bools, reason = "independent switches, as the settings page shows them")]
pub struct Confirm {
    /// Force off and reset.
    pub force_off: bool,
    /// Shut down, restart and save.
    pub shut_down: bool,
    /// Pause.
    pub pause: bool,
    /// Several machines at once.
    pub batch: bool,
}

impl Default for Confirm {
    fn default() -> Self {
        Self { force_off: true, shut_down: false, pause: false, batch: true }
    }
}

/// Desktop notifications, by kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct Notify {
    /// A machine crashed.
    pub crashed: When,
    /// A machine stands still on a disk error or a full disk.
    pub io_error: When,
    /// A machine was saved, or another long job is done.
    pub job_finished: When,
    /// A long job failed.
    pub job_failed: When,
    /// A device could not be given back.
    pub left_behind: When,
    /// A host is lost.
    pub host_lost: When,
    /// Machines run on after the window was closed.
    pub running_on: When,
}

impl Default for Notify {
    fn default() -> Self {
        Self {
            crashed: When::Always,
            io_error: When::Always,
            job_finished: When::Hidden,
            job_failed: When::Always,
            left_behind: When::Always,
            host_lost: When::Hidden,
            running_on: When::Always,
        }
    }
}

/// When to notify.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum When {
    /// Never.
    Off,
    /// While no window of the application is shown.
    #[default]
    Hidden,
    /// Always.
    Always,
}

/// The tray.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct Tray {
    /// Started at login.
    pub autostart: bool,
    /// Machines in its menu before "more".
    pub machines: u32,
}

impl Default for Tray {
    fn default() -> Self {
        Self { autostart: true, machines: 8 }
    }
}
