//! The rules for text that people give us and others read: names, titles, tags.
//!
//! Every function gives a fixed reason, without the refused text, so that it can go into errors and logs.

/// Longest machine name, in bytes.
pub const MAX_NAME: usize = 63;
/// Longest free text, in bytes.
pub const MAX_TEXT: usize = 4096;
/// Most tags of one machine.
pub const MAX_TAGS: usize = 32;
/// Longest tag or group, in characters.
pub const MAX_LABEL: usize = 64;

/// Whether free text may have several lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lines {
    /// No line break, no tab: titles, tags, groups.
    One,
    /// `\n` and `\t` are fine: descriptions.
    Many,
}

/// The name of a machine: 1 to 63 of `A-Z a-z 0-9 . _ + -`, the first one a letter or a digit.
///
/// # Errors
/// The reason, as a fixed sentence.
pub fn name(name: &str) -> Result<(), &'static str> {
    let Some(first) = name.bytes().next() else { return Err("The name is empty") };
    if name.len() > MAX_NAME {
        return Err("The name is longer than 63 characters");
    }
    if !first.is_ascii_alphanumeric() {
        return Err("The name does not start with a letter or a digit");
    }
    if !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._+-".contains(&byte)) {
        return Err("The name has characters other than letters, digits, '.', '_', '+' and '-'");
    }
    Ok(())
}

/// Titles, descriptions and other text of at most 4 KiB without control characters. May be empty.
///
/// # Errors
/// The reason, as a fixed sentence.
pub fn free_text(text: &str, lines: Lines) -> Result<(), &'static str> {
    if text.len() > MAX_TEXT {
        return Err("The text is longer than 4096 bytes");
    }
    let breaks = |character| lines == Lines::Many && matches!(character, '\n' | '\t');
    if text.chars().any(|character| is_unsafe(character) && !breaks(character)) {
        return Err("The text has control or direction characters");
    }
    Ok(())
}

/// A colour as `#rrggbb` in hexadecimal digits of either case.
///
/// # Errors
/// The reason, as a fixed sentence.
pub fn colour(colour: &str) -> Result<(), &'static str> {
    let digits = colour.strip_prefix('#').filter(|digits| digits.len() == 6);
    match digits {
        Some(digits) if digits.bytes().all(|byte| byte.is_ascii_hexdigit()) => Ok(()),
        _ => Err("The colour is not of the form #rrggbb"),
    }
}

/// The name of a frequency governor: 1 to 15 lower-case letters and underscores, as the kernel has them.
///
/// # Errors
/// The reason, as a fixed sentence.
pub fn governor(governor: &str) -> Result<(), &'static str> {
    let is_name = (1..=15).contains(&governor.len()) && governor.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    if is_name { Ok(()) } else { Err("The governor is no name of the kernel's") }
}

/// The name of an energy preference: 1 to 31 lower-case letters and underscores, as the kernel has them.
///
/// # Errors
/// The reason, as a fixed sentence.
pub fn energy_preference(preference: &str) -> Result<(), &'static str> {
    let is_name = (1..=31).contains(&preference.len()) && preference.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    if is_name { Ok(()) } else { Err("The energy preference is no name of the kernel's") }
}

/// The name of a tag: 1 to 64 characters of one line, no space at either end.
///
/// # Errors
/// The reason, as a fixed sentence.
pub fn tag(tag: &str) -> Result<(), &'static str> {
    if tag.is_empty() {
        return Err("The tag is empty");
    }
    label(tag)
}

/// The name of a group: at most 64 characters of one line, no space at either end; empty means no group.
///
/// # Errors
/// The reason, as a fixed sentence.
pub fn group(group: &str) -> Result<(), &'static str> {
    label(group)
}

fn label(label: &str) -> Result<(), &'static str> {
    if label.chars().count() > MAX_LABEL {
        return Err("The label is longer than 64 characters");
    }
    if label.trim() != label {
        return Err("The label starts or ends with a space");
    }
    free_text(label, Lines::One)
}

/// Characters that could forge a log line, drive a terminal or reorder what is shown: C0, DEL, C1, the line and paragraph
/// separators, the direction controls, and what XML cannot carry.
#[must_use]
pub const fn is_unsafe(character: char) -> bool {
    matches!(
        character,
        '\0'..='\u{1f}'
            | '\u{7f}'..='\u{9f}'
            | '\u{61c}'
            | '\u{200e}'
            | '\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}'
            | '\u{fffe}'
            | '\u{ffff}'
    )
}

/// What may be shown of a hostile text: unsafe characters left out, at most `limit` characters, spaces at the ends removed.
#[must_use]
pub fn shown(text: &str, limit: usize) -> String {
    // Spaces at the front are dropped before counting, those at the end after cutting.
    let mut kept: String = text.trim_start().chars().filter(|character| !is_unsafe(*character)).take(limit).collect();
    kept.truncate(kept.trim_end().len());
    let front = kept.len() - kept.trim_start().len();
    kept.drain(..front);
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_a_path_a_shell_or_a_log_could_misread_is_refused() {
        for bad in ["", ".", "..", "-rf", "_a", "a/b", "a b", "a\n", "ä", "a\u{202e}", "a\0", "+1", &"a".repeat(64)] {
            assert!(name(bad).is_err(), "{bad:?}");
        }
        for good in ["a", "7", "win11", "Debian-12.4_x+y", &"a".repeat(63)] {
            assert_eq!(name(good), Ok(()), "{good:?}");
        }
    }

    #[test]
    fn control_and_direction_characters_are_refused_in_any_text() {
        for bad in [
            '\0', '\u{1b}', '\r', '\u{7f}', '\u{85}', '\u{9b}', '\u{200e}', '\u{200f}', '\u{202a}', '\u{202e}', '\u{2066}', '\u{2069}',
            '\u{61c}', '\u{2028}',
        ] {
            assert!(free_text(&format!("a{bad}b"), Lines::Many).is_err(), "{bad:?}");
        }
        assert!(free_text(&"a".repeat(4097), Lines::Many).is_err());
        assert_eq!(free_text(&"ä".repeat(2048), Lines::One), Ok(()));
        assert_eq!(free_text("قاعدة بيانات 数据库 👩‍💻", Lines::One), Ok(()));
    }

    #[test]
    fn line_breaks_are_only_for_several_lines() {
        assert!(free_text("a\nb", Lines::One).is_err());
        assert!(free_text("a\tb", Lines::One).is_err());
        assert_eq!(free_text("a\n\tb", Lines::Many), Ok(()));
    }

    #[test]
    fn a_colour_is_six_hexadecimal_digits() {
        for bad in ["", "#", "red", "#fff", "#12345g", "#1234567", "123456", "#é1234"] {
            assert!(colour(bad).is_err(), "{bad}");
        }
        assert_eq!(colour("#00aAfF"), Ok(()));
    }

    #[test]
    fn a_tag_has_1_to_64_characters_and_a_group_0_to_64() {
        assert!(tag("").is_err());
        assert!(tag(" a").is_err());
        assert!(tag("a\u{a0}").is_err());
        assert!(tag(&"ä".repeat(65)).is_err());
        assert_eq!(tag(&"ä".repeat(64)), Ok(()));
        assert_eq!(group(""), Ok(()));
        assert!(group("a\nb").is_err());
    }

    #[test]
    fn shown_text_is_bounded_and_clean() {
        assert_eq!(shown(" \u{1b}[31m evil\u{202e} ", 8), "[31m evi");
        assert_eq!(shown("a b", 2), "a");
        assert_eq!(shown("\u{1b} a", 9), "a");
    }
}
