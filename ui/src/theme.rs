//! Colours, sizes and styles. A style is a function `theme::button::primary(theme, status)`; nothing else names a colour.

pub mod button;
pub mod container;
pub mod input;
pub mod token;

use client::settings::{Appearance, ThemeChoice};
use iced::{Color, Theme, theme::Mode, widget::text};

pub use token::{Tokens, tokens};

/// Gaps and paddings: multiples of four.
pub mod space {
    /// 4
    pub const XS: f32 = 4.0;
    /// 8
    pub const S: f32 = 8.0;
    /// 12
    pub const M: f32 = 12.0;
    /// 16
    pub const L: f32 = 16.0;
    /// 20, inside dialogs
    pub const XL: f32 = 20.0;
    /// 24
    pub const XXL: f32 = 24.0;
}

/// Heights, widths and radii of things.
pub mod size {
    /// Forms and toolbar.
    pub const CONTROL: f32 = 32.0;
    /// Panes, table heads, filters.
    pub const COMPACT: f32 = 28.0;
    /// Rows of two lines.
    pub const ROW: f32 = 44.0;
    /// Rows of one line.
    pub const ROW_COMPACT: f32 = 32.0;
    /// Group heads, sidebar and table head.
    pub const ROW_SMALL: f32 = 28.0;
    /// Items of menus.
    pub const MENU_ITEM: f32 = 30.0;
    /// The header of the main window.
    pub const HEADER: f32 = 48.0;
    /// The header of a machine's window.
    pub const MACHINE_HEADER: f32 = 56.0;
    /// Tabs and filter row.
    pub const BAR: f32 = 40.0;
    /// Status bar.
    pub const STATUS: f32 = 28.0;
    /// Keys and tags.
    pub const RADIUS_S: f32 = 4.0;
    /// Controls and rows.
    pub const RADIUS: f32 = 6.0;
    /// Cards and menus.
    pub const RADIUS_L: f32 = 8.0;
    /// Dialogs.
    pub const RADIUS_XL: f32 = 12.0;
}

/// The theme that settings and desktop ask for; `desktop_contrast` is the desktop's wish for more contrast.
#[must_use]
pub fn of(appearance: &Appearance, desktop: Mode, desktop_contrast: bool) -> Theme {
    let dark = match appearance.theme {
        ThemeChoice::Light => false,
        ThemeChoice::Dark => true,
        ThemeChoice::System => desktop == Mode::Dark,
    };
    token::theme(dark, appearance.high_contrast || desktop_contrast)
}

macro_rules! text_styles {
    ($($(#[$doc:meta])* $name:ident => $token:ident,)*) => {$(
        $(#[$doc])*
        #[must_use]
        pub fn $name(theme: &Theme) -> text::Style {
            text::Style { color: Some(tokens(theme).$token) }
        }
    )*};
}

text_styles! {
    /// Default text.
    normal => text,
    /// Second line, icons.
    muted => muted,
    /// Captions, column heads, hints.
    subtle => subtle,
    /// Text of what is off.
    disabled => disabled,
    /// Links, current item.
    accent => accent_text,
    /// Errors.
    danger => crashed,
    /// Warnings.
    warning => paused,
    /// All is well.
    good => running,
    /// Text on tooltips and toasts.
    tip => tip_text,
    /// Information.
    information => migrating,
}

/// Text in a colour of the tokens.
pub fn colour(pick: fn(&Tokens) -> Color) -> impl Fn(&Theme) -> text::Style {
    move |theme| text::Style { color: Some(pick(tokens(theme))) }
}
