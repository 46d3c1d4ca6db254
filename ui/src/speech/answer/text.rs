//! Text that is read letter by letter, word by word or as a line. Positions count characters.

use super::{Answer, Asked, whole};
use crate::speech::{atspi, tree::Node};

/// What is asked for around a position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Grain {
    Letter,
    Word,
    Whole,
}

impl Grain {
    /// Of `GetStringAtOffset`.
    const fn of_granularity(number: u32) -> Self {
        match number {
            0 => Self::Letter,
            1 => Self::Word,
            _ => Self::Whole,
        }
    }

    /// Of `GetTextAtOffset`, which is older.
    const fn of_boundary(number: u32) -> Self {
        match number {
            0 => Self::Letter,
            1 | 2 => Self::Word,
            _ => Self::Whole,
        }
    }
}

impl Asked<'_> {
    pub(super) fn text(&self, node: &Node, member: &str) -> zbus::Result<Answer> {
        let letters: Vec<char> = atspi::text(node).unwrap_or_default().chars().collect();
        let all = |start: usize, end: usize| letters.get(start..end).unwrap_or_default().iter().collect::<String>();
        match member {
            "GetText" => {
                let (start, end) = self.arguments::<(i32, i32)>().unwrap_or((0, -1));
                let end = usize::try_from(end).unwrap_or(letters.len()).min(letters.len());
                self.with(&all(usize::try_from(start).unwrap_or_default().min(end), end))
            }
            "GetStringAtOffset" | "GetTextAtOffset" => {
                let Some((at, grain)) = self.arguments::<(i32, u32)>() else { return self.unknown() };
                let grain = if member == "GetStringAtOffset" { Grain::of_granularity(grain) } else { Grain::of_boundary(grain) };
                let (start, end) = around(&letters, usize::try_from(at).unwrap_or(letters.len()), grain);
                self.with(&(all(start, end), whole(start), whole(end)))
            }
            "GetTextBeforeOffset" | "GetTextAfterOffset" => self.with(&("", 0_i32, 0_i32)),
            "GetCharacterAtOffset" => {
                let at = self.arguments::<i32>().and_then(|at| usize::try_from(at).ok());
                let letter = at.and_then(|at| letters.get(at)).map_or(0, |letter| u32::from(*letter));
                self.with(&i32::try_from(letter).unwrap_or_default())
            }
            "GetNSelections" => self.with(&0_i32),
            "GetSelection" => self.with(&(0_i32, 0_i32)),
            "SetCaretOffset" | "AddSelection" | "RemoveSelection" | "SetSelection" => self.with(&false),
            "GetAttributes" | "GetAttributeRun" => {
                self.with(&(std::collections::HashMap::<String, String>::new(), 0_i32, whole(letters.len())))
            }
            "GetDefaultAttributes" | "GetDefaultAttributeSet" => self.with(&std::collections::HashMap::<String, String>::new()),
            "GetCharacterExtents" | "GetRangeExtents" => self.with(&(0_i32, 0_i32, 0_i32, 0_i32)),
            _ => self.unknown(),
        }
    }
}

/// From where to where the letter, the word with the space behind it, or all of it lies around a position.
fn around(letters: &[char], at: usize, grain: Grain) -> (usize, usize) {
    let end = letters.len();
    match grain {
        Grain::Letter => (at.min(end), at.saturating_add(1).min(end)),
        Grain::Whole => (0, end),
        Grain::Word => {
            let at = at.min(end);
            let is_start = |place: usize| place == 0 || (letters[place - 1].is_whitespace() && !letters[place].is_whitespace());
            let start = (0..=at.min(end.saturating_sub(1))).rev().find(|place| end > 0 && is_start(*place)).unwrap_or(0);
            let next = (start + 1..end).find(|place| is_start(*place)).unwrap_or(end);
            (start, next)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_with_the_space_behind_them() {
        let letters: Vec<char> = "force off  beta".chars().collect();
        assert_eq!(around(&letters, 0, Grain::Word), (0, 6));
        assert_eq!(around(&letters, 7, Grain::Word), (6, 11));
        assert_eq!(around(&letters, 10, Grain::Word), (6, 11));
        assert_eq!(around(&letters, 99, Grain::Word), (11, 15));
        assert_eq!(around(&[], 3, Grain::Word), (0, 0));
    }

    #[test]
    fn a_letter_behind_the_end_is_none() {
        assert_eq!(around(&['a', 'b'], 1, Grain::Letter), (1, 2));
        assert_eq!(around(&['a', 'b'], 2, Grain::Letter), (2, 2));
        assert_eq!(around(&['a', 'b'], usize::MAX, Grain::Letter), (2, 2));
    }
}
