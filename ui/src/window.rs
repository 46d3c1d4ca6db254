//! The windows, their sizes, and what is remembered of them.

use std::{
    collections::BTreeMap,
    fs,
    ops::RangeInclusive,
    path::{Path, PathBuf},
};

use iced::{Size, window};
use serde::{Deserialize, Serialize};

/// Smallest size of the main window.
pub const MINIMUM: Size = Size::new(900.0, 600.0);

/// Widths that the sidebar may have, and the one it comes with.
pub const SIDEBAR: (RangeInclusive<f32>, f32) = (180.0..=320.0, 212.0);
/// The same of the details pane.
pub const DETAILS: (RangeInclusive<f32>, f32) = (260.0..=420.0, 308.0);

/// What is remembered from one run to the next: sizes, widths, what is folded. Lost without harm.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct Layout {
    /// Width and height of the main window.
    pub main: (f32, f32),
    /// Whether it filled the screen.
    pub is_maximized: bool,
    /// Width and height of a machine's window.
    pub machine: (f32, f32),
    /// Width of the sidebar.
    pub sidebar: f32,
    /// Width of the details pane.
    pub details: f32,
    /// The sidebar is shown.
    pub shows_sidebar: bool,
    /// The details pane is shown.
    pub shows_details: bool,
    /// Folded groups of the table.
    pub folded: Vec<String>,
    /// Machine windows that were open, as host and UUID.
    pub open: Vec<(String, String)>,
    /// Commands and machines used last in the palette.
    pub recent: Vec<String>,
    /// The tour has come by itself once, and does so no more.
    pub has_toured: bool,
    /// Settings that one machine has for itself: window size by UUID.
    pub machines: BTreeMap<String, (f32, f32)>,
}

impl Default for Layout {
    fn default() -> Self {
        Self {
            main: (1280.0, 800.0),
            is_maximized: false,
            machine: (1100.0, 760.0),
            sidebar: SIDEBAR.1,
            details: DETAILS.1,
            shows_sidebar: true,
            shows_details: true,
            folded: Vec::new(),
            open: Vec::new(),
            recent: Vec::new(),
            has_toured: false,
            machines: BTreeMap::new(),
        }
    }
}

impl Layout {
    /// `layout.toml` below `$XDG_STATE_HOME/kvm-manager`, by default `~/.local/state/kvm-manager`.
    #[must_use]
    pub fn usual_file() -> Option<PathBuf> {
        let base = std::env::var_os("XDG_STATE_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
        let base = base.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".local/state")))?;
        Some(base.join("kvm-manager/layout.toml"))
    }

    /// What was remembered, or the default.
    #[must_use]
    pub fn load(file: &Path) -> Self {
        let text = fs::read_to_string(file).unwrap_or_default();
        let mut layout: Self = toml::from_str(&text).unwrap_or_default();
        layout.sidebar = within(layout.sidebar, &SIDEBAR);
        layout.details = within(layout.details, &DETAILS);
        layout
    }

    /// Remembers it. A failure costs a window its size, so it is only logged.
    pub fn save(&self, file: &Path) {
        let written = toml::to_string(self).map_err(std::io::Error::other).and_then(|text| {
            if let Some(folder) = file.parent() {
                fs::create_dir_all(folder)?;
            }
            let new = file.with_extension("toml.new");
            fs::write(&new, text)?;
            fs::rename(new, file)
        });
        if let Err(error) = written {
            tracing::warn!(%error, "The layout was not saved");
        }
    }
}

/// A width that a file may say anything about.
fn within(width: f32, (limits, usual): &(RangeInclusive<f32>, f32)) -> f32 {
    if width.is_nan() { *usual } else { width.clamp(*limits.start(), *limits.end()) }
}

/// How a window is opened.
#[must_use]
pub fn settings(size: (f32, f32), minimum: Size, is_maximized: bool, decorations: bool) -> window::Settings {
    window::Settings {
        size: Size::new(size.0.max(minimum.width), size.1.max(minimum.height)),
        min_size: Some(minimum),
        maximized: is_maximized,
        decorations,
        exit_on_close_request: false,
        platform_specific: window::settings::PlatformSpecific { application_id: crate::APP_ID.to_owned(), ..Default::default() },
        ..window::Settings::default()
    }
}
