//! iced's text, which begins where lines do.

pub use iced::widget::text::*;

use super::direction;

/// A text; in a window that runs from right to left its lines begin there.
pub fn text<'a, Theme, Renderer>(content: impl IntoFragment<'a>) -> Text<'a, Theme, Renderer>
where
    Theme: Catalog + 'a,
    Renderer: iced::advanced::text::Renderer,
{
    let words = Text::new(content);
    if direction::is_mirrored() { words.align_x(Alignment::Right) } else { words }
}

/// Text in the font of code, which runs from left to right in every language.
pub fn code<'a, Theme, Renderer>(content: impl IntoFragment<'a>) -> Text<'a, Theme, Renderer>
where
    Theme: Catalog + 'a,
    Renderer: iced::advanced::text::Renderer<Font = iced::Font>,
{
    Text::new(content).size(12).font(crate::font::MONO).wrapping(Wrapping::WordOrGlyph)
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    /// iced's own begins at the left in every window, and nobody sees that from left to right.
    #[test]
    fn no_view_takes_the_text_of_iced() {
        let (mut read, mut found) = (0, Vec::new());
        below(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src")), &mut |path, source| {
            read += 1;
            let takes = |import: &str| {
                let import: String = import.split(';').next().unwrap_or_default().split_whitespace().collect();
                ["{text,", ",text,", ",text}", "{text}"].iter().any(|taken| import.contains(taken))
            };
            if source.split("use iced::").skip(1).any(takes) {
                found.push(path.display().to_string());
            }
        });
        assert!(read > 100, "{read} files");
        assert_eq!(found, [""; 0]);
    }

    fn below(directory: &Path, look: &mut impl FnMut(&Path, &str)) {
        for entry in fs::read_dir(directory).unwrap().map(Result::unwrap) {
            let path = entry.path();
            if path.is_dir() {
                below(&path, look);
            } else if path.extension().is_some_and(|ending| ending == "rs") && !path.ends_with("widget/text.rs") {
                look(&path, &fs::read_to_string(&path).unwrap());
            }
        }
    }
}
