//! Which way languages are written, and names that run another way than the text they stand in.

use std::borrow::Cow;

use unic_langid::{CharacterDirection, LanguageIdentifier};

/// What begins and ends a piece that has its own direction and does not touch that of its surroundings.
const ISOLATE: (char, char) = ('\u{2068}', '\u{2069}');

/// Whether a language, such as `ar` or `pa-Arab`, is written from right to left.
pub(super) fn is_from_right(language: &str) -> bool {
    let identifier: Result<LanguageIdentifier, _> = language.parse();
    identifier.is_ok_and(|identifier| identifier.character_direction() == CharacterDirection::RTL)
}

/// A name as it is put into a text: if it has letters that run from right to left it is marked as a piece of its own, so that it
/// cannot change the order of what stands around it. Marks that it brings along are left out.
///
/// ```
/// use client::locale::isolated;
/// assert_eq!(isolated("web-1"), "web-1");
/// assert_eq!(isolated("שרת 1"), "\u{2068}שרת 1\u{2069}");
/// ```
#[must_use]
pub fn isolated(name: &str) -> Cow<'_, str> {
    if name.is_ascii() || !name.chars().any(|character| runs_from_right(character) || is_mark(character)) {
        return Cow::Borrowed(name);
    }
    let mut piece = String::with_capacity(name.len() + 6);
    piece.push(ISOLATE.0);
    piece.extend(name.chars().filter(|character| !is_mark(*character)));
    piece.push(ISOLATE.1);
    Cow::Owned(piece)
}

/// Hebrew, Arabic, Syriac, Thaana, N'Ko and the others that Unicode keeps these blocks for.
const fn runs_from_right(character: char) -> bool {
    matches!(character, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{feff}' | '\u{10800}'..='\u{10fff}'
        | '\u{1e800}'..='\u{1efff}')
}

/// Characters that do nothing but change the direction.
const fn is_mark(character: char) -> bool {
    matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_in_hebrew_and_arabic_letters_run_from_right() {
        for language in ["ar", "ar-EG", "he", "fa-IR", "ur", "pa-Arab", "ar-XB"] {
            assert!(is_from_right(language), "{language}");
        }
        for language in ["en", "de-AT", "el", "ru", "zh-Hant", "ar-Latn", "", "?"] {
            assert!(!is_from_right(language), "{language}");
        }
    }

    #[test]
    fn a_name_brings_no_marks_of_its_own() {
        assert_eq!(isolated("Straße – 日本"), "Straße – 日本");
        assert_eq!(isolated("a\u{202e}b\u{2069}"), "\u{2068}ab\u{2069}");
        assert_eq!(isolated("نسخة\u{2069} 2"), "\u{2068}نسخة 2\u{2069}");
    }
}
