//! The design's colours, for light, dark and both with high contrast.

use std::sync::LazyLock;

use iced::{Color, Theme, color, theme::Palette};

macro_rules! tokens {
    ($($(#[$doc:meta])* $name:ident: $light:expr, $dark:expr;)*) => {
        /// The colours of one theme.
        #[derive(Clone, Copy, Debug)]
        pub struct Tokens {
            /// Dark colours.
            pub is_dark: bool,
            /// Stronger edges, soft fills with an edge, wider focus ring.
            pub high_contrast: bool,
            $($(#[$doc])* pub $name: Color,)*
        }

        const LIGHT: Tokens = Tokens { is_dark: false, high_contrast: false, $($name: $light,)* };
        const DARK: Tokens = Tokens { is_dark: true, high_contrast: false, $($name: $dark,)* };
    };
}

tokens! {
    /// Window, header, filter row, table head.
    bg: color!(0xF3F4F7), color!(0x121418);
    /// Sidebar, status bar.
    sidebar: color!(0xEBEDF1), color!(0x0F1114);
    /// Tables, panes.
    surface: color!(0xFFFFFF), color!(0x171A1F);
    /// Menus, dialogs; in dark also buttons.
    raised: color!(0xFFFFFF), color!(0x1F232A);
    /// Group rows, wells; in dark also text fields.
    sunken: color!(0xF0F2F5), color!(0x101216);
    /// Under the pointer.
    hover: color!(0xEFF2F6), color!(0x1F232A);
    /// Selected row, current item, pressed toggle.
    selected: color!(0xE3EBFD), color!(0x1C2A4E);
    /// Separators.
    line: color!(0xDFE3E9), color!(0x272C34);
    /// Card and menu edges.
    line_strong: color!(0xC9CFD8), color!(0x353B45);
    /// Edges of fields and buttons.
    control: color!(0xB4BCC8), color!(0x454D5A);
    /// Empty part of bars, sliders, switches.
    track: color!(0xDEE3EA), color!(0x2B313A);
    /// Text.
    text: color!(0x171A20), color!(0xE9EBEF);
    /// Second line, icons.
    muted: color!(0x4B5462), color!(0xADB5C1);
    /// Captions, hints.
    subtle: color!(0x5D6776), color!(0x8C95A3);
    /// Disabled text.
    disabled: color!(0x9BA4B1), color!(0x5B6470);
    /// The blue button.
    accent: color!(0x2F5FE0), color!(0x3F6CEB);
    /// The blue button under the pointer.
    accent_hover: color!(0x2651C6), color!(0x3862DC);
    /// The blue button pressed.
    accent_press: color!(0x1F44AA), color!(0x2F55C4);
    /// Links, current item.
    accent_text: color!(0x2452CE), color!(0x8FB1FF);
    /// Focus ring.
    focus: color!(0x2F5FE0), color!(0x7AA2FF);
    /// Behind dialogs.
    scrim: Color { a: 0.42, ..color!(0x12161E) }, Color { a: 0.60, ..color!(0x04060A) };
    /// Tooltips, toasts.
    tip: color!(0x22262D), color!(0x343A44);
    /// Text on them.
    tip_text: color!(0xF3F4F6), color!(0xF3F4F6);
    /// First line of charts: CPU, read, received.
    c1: color!(0x2F6BE0), color!(0x6B9BFF);
    /// Second: disk, write.
    c2: color!(0xB85E0A), color!(0xF0A04B);
    /// Third: memory.
    c3: color!(0x0C7F6D), color!(0x3FC7AF);
    /// Fourth: network, sent.
    c4: color!(0xA8398F), color!(0xDD7FC6);
    /// Running, good.
    running: color!(0x147A3B), color!(0x4ACB7A);
    /// Its badge.
    running_soft: color!(0xDDF3E4), color!(0x14301F);
    /// Paused, warning.
    paused: color!(0xA84E07), color!(0xF2B33D);
    /// Its badge.
    paused_soft: color!(0xFCEBD0), color!(0x372709);
    /// Off.
    off: color!(0x5C6572), color!(0x99A2AF);
    /// Its badge.
    off_soft: color!(0xE8EBEF), color!(0x262B33);
    /// Crashed, error.
    crashed: color!(0xC4222B), color!(0xFF7A76);
    /// Its badge.
    crashed_soft: color!(0xFCE3E3), color!(0x3D1A1C);
    /// Saved.
    saved: color!(0x7433E0), color!(0xB79BFF);
    /// Its badge.
    saved_soft: color!(0xEDE5FD), color!(0x2A2147);
    /// Migrating, information.
    migrating: color!(0x0B6E8A), color!(0x45C6E4);
    /// Its badge.
    migrating_soft: color!(0xD8F0F6), color!(0x0E2F39);
}

const fn with_contrast(tokens: Tokens, edge: Color) -> Tokens {
    Tokens { high_contrast: true, line: edge, control: edge, line_strong: edge, ..tokens }
}

static ALL: [Tokens; 4] = [LIGHT, DARK, with_contrast(LIGHT, color!(0x6B7482)), with_contrast(DARK, color!(0x8C95A3))];

static THEMES: LazyLock<[Theme; 4]> = LazyLock::new(|| {
    ["Light", "Dark", "Light, high contrast", "Dark, high contrast"].map(|name| {
        let tokens = &ALL[index(name.starts_with("Dark"), name.ends_with("contrast"))];
        let mut primary = tokens.accent;
        if tokens.high_contrast {
            primary.a = CONTRAST_MARK;
        }
        let palette = Palette {
            background: tokens.bg,
            text: tokens.text,
            primary,
            success: tokens.running,
            warning: tokens.paused,
            danger: tokens.crashed,
        };
        Theme::custom(name, palette)
    })
});

// iced's own theme has no room for more than a palette; a style finds the rest of its theme's colours by this.
const CONTRAST_MARK: f32 = 0.999;

const fn index(is_dark: bool, high_contrast: bool) -> usize {
    is_dark as usize + 2 * high_contrast as usize
}

/// The theme of this kind.
#[must_use]
pub fn theme(is_dark: bool, high_contrast: bool) -> Theme {
    THEMES[index(is_dark, high_contrast)].clone()
}

/// The colours of a theme.
#[must_use]
pub fn tokens(theme: &Theme) -> &'static Tokens {
    let palette = theme.palette();
    &ALL[index(palette.background.r < 0.5, palette.primary.a < 1.0)]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn luminance(colour: Color) -> f32 {
        let part = |value: f32| if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) };
        0.2126 * part(colour.r) + 0.7152 * part(colour.g) + 0.0722 * part(colour.b)
    }

    fn contrast(one: Color, other: Color) -> f32 {
        let (a, b) = (luminance(one), luminance(other));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn every_text_colour_is_readable_on_every_background() {
        for tokens in &ALL {
            for text in [tokens.text, tokens.muted, tokens.subtle, tokens.accent_text, tokens.running, tokens.paused, tokens.crashed] {
                for ground in [tokens.bg, tokens.sidebar, tokens.surface, tokens.raised, tokens.sunken, tokens.hover, tokens.selected] {
                    assert!(contrast(text, ground) >= 4.5, "{text:?} on {ground:?}: {}", contrast(text, ground));
                }
            }
        }
    }

    #[test]
    fn a_theme_finds_its_own_colours() {
        for (is_dark, high_contrast) in [(false, false), (true, false), (false, true), (true, true)] {
            let tokens = tokens(&theme(is_dark, high_contrast));
            assert_eq!((tokens.is_dark, tokens.high_contrast), (is_dark, high_contrast));
        }
    }

    #[test]
    fn high_contrast_makes_edges_visible() {
        for is_dark in [false, true] {
            let tokens = tokens(&theme(is_dark, true));
            for ground in [tokens.bg, tokens.surface, tokens.raised, tokens.sunken] {
                assert!(contrast(tokens.control, ground) >= 3.0);
            }
        }
    }
}
