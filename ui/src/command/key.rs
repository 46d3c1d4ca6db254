//! Keys as settings write them: `Ctrl+Shift+D`, `F2`, `Delete`.

use std::{fmt, str::FromStr};

use iced::keyboard::{Key, Modifiers, key::Named};

/// A key with its modifiers.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Shortcut {
    ctrl: bool,
    alt: bool,
    shift: bool,
    key: String,
}

impl Shortcut {
    /// The key that was pressed; `None` for a modifier alone.
    #[must_use]
    pub fn pressed(key: &Key, modifiers: Modifiers) -> Option<Self> {
        let name = match key {
            Key::Named(named) => named_text(*named)?.to_owned(),
            // The key with + has = without Shift in many layouts: with Ctrl both mean +.
            Key::Character(character) if character == PLUS.1 || (character == "=" && modifiers.control()) => {
                return Some(Self { ctrl: modifiers.control(), alt: modifiers.alt(), shift: false, key: PLUS.0.to_owned() });
            }
            Key::Character(character) => character.to_uppercase(),
            Key::Unidentified => return None,
        };
        Some(Self { ctrl: modifiers.control(), alt: modifiers.alt(), shift: modifiers.shift(), key: name })
    }

    /// Whether it types a character where there is a text field.
    #[must_use]
    pub fn is_typing(&self) -> bool {
        !self.ctrl && !self.alt && (self.key.chars().count() == 1 || self.key == "Space")
    }

    /// Its parts for key caps, in the order of writing.
    #[must_use]
    pub fn caps(&self) -> Vec<String> {
        self.to_string().split('+').filter(|part| !part.is_empty()).map(str::to_owned).collect()
    }
}

/// How + is written, which stands between the parts.
const PLUS: (&str, &str) = ("Plus", "+");

const NAMED: &[(Named, &str)] = &[
    (Named::Enter, "Enter"),
    (Named::Escape, "Escape"),
    (Named::Delete, "Delete"),
    (Named::Backspace, "Backspace"),
    (Named::Tab, "Tab"),
    (Named::Space, "Space"),
    (Named::ArrowUp, "Up"),
    (Named::ArrowDown, "Down"),
    (Named::ArrowLeft, "Left"),
    (Named::ArrowRight, "Right"),
    (Named::Home, "Home"),
    (Named::End, "End"),
    (Named::PageUp, "PageUp"),
    (Named::PageDown, "PageDown"),
    (Named::Insert, "Insert"),
    (Named::ContextMenu, "Menu"),
    (Named::F1, "F1"),
    (Named::F2, "F2"),
    (Named::F3, "F3"),
    (Named::F4, "F4"),
    (Named::F5, "F5"),
    (Named::F6, "F6"),
    (Named::F7, "F7"),
    (Named::F8, "F8"),
    (Named::F9, "F9"),
    (Named::F10, "F10"),
    (Named::F11, "F11"),
    (Named::F12, "F12"),
];

fn named_text(named: Named) -> Option<&'static str> {
    NAMED.iter().find(|(key, _)| *key == named).map(|(_, text)| *text)
}

/// A text that names no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoKey;

impl FromStr for Shortcut {
    type Err = NoKey;

    fn from_str(text: &str) -> Result<Self, NoKey> {
        let mut parts: Vec<&str> = text.split('+').map(str::trim).collect();
        let last = parts.pop().ok_or(NoKey)?;
        let mut shortcut = Self { ctrl: false, alt: false, shift: false, key: String::new() };
        for part in parts {
            match part.to_ascii_lowercase().as_str() {
                "ctrl" => shortcut.ctrl = true,
                "alt" => shortcut.alt = true,
                "shift" => shortcut.shift = true,
                _ => return Err(NoKey),
            }
        }
        shortcut.key = match NAMED.iter().find(|(_, name)| name.eq_ignore_ascii_case(last)) {
            Some((_, name)) => (*name).to_owned(),
            None if last.eq_ignore_ascii_case(PLUS.0) => PLUS.0.to_owned(),
            None if last.chars().count() == 1 => last.to_uppercase(),
            None => return Err(NoKey),
        };
        Ok(shortcut)
    }
}

impl fmt::Display for Shortcut {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (is_held, name) in [(self.ctrl, "Ctrl+"), (self.alt, "Alt+"), (self.shift, "Shift+")] {
            if is_held {
                formatter.write_str(name)?;
            }
        }
        formatter.write_str(&self.key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_default_key_is_written_as_it_reads() {
        for command in super::super::ALL {
            let text = command.default_key();
            if !text.is_empty() {
                assert_eq!(text.parse::<Shortcut>().unwrap().to_string(), text);
            }
        }
    }

    #[test]
    fn plus_is_the_same_key_in_every_layout() {
        let plus: Shortcut = "Ctrl+Plus".parse().unwrap();
        let pressed = |key: &str, modifiers| Shortcut::pressed(&Key::Character(key.into()), modifiers);
        for (key, modifiers) in [("+", Modifiers::CTRL), ("=", Modifiers::CTRL), ("=", Modifiers::CTRL | Modifiers::SHIFT)] {
            assert_eq!(pressed(key, modifiers).as_ref(), Some(&plus), "{key}");
        }
        assert_eq!(pressed("=", Modifiers::default()).unwrap().to_string(), "=");
    }

    #[test]
    fn no_two_commands_have_the_same_key() {
        let mut seen = std::collections::HashSet::new();
        for command in super::super::ALL {
            let key = command.default_key();
            assert!(key.is_empty() || seen.insert(key), "{key} is taken twice");
        }
    }

    #[test]
    fn nonsense_is_no_key() {
        for text in ["", "Ctrl+", "Hyper+A", "Ctrl+Nope"] {
            assert!(text.parse::<Shortcut>().is_err(), "{text}");
        }
    }
}
