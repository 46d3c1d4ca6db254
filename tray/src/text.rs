//! Other people's text (names of machines, lines of logs, errors) as plain text that cannot pretend to be something else.

/// Characters of a machine's name in a menu or a title.
pub const NAME: usize = 48;
/// Characters of a sentence that comes from elsewhere.
pub const SENTENCE: usize = 240;

/// One line without control characters and without those that turn the direction of text round, cut to `limit` characters.
#[must_use]
pub fn plain(text: &str, limit: usize) -> String {
    let mut line = String::new();
    let mut count = 0;
    for character in text.chars().map(|character| if character.is_whitespace() { ' ' } else { character }).filter(|c| !is_hidden(*c)) {
        if character == ' ' && (line.is_empty() || line.ends_with(' ')) {
            continue;
        }
        if count == limit {
            while line.ends_with(' ') || count >= limit {
                line.pop();
                count -= 1;
            }
            line.push('…');
            return line;
        }
        line.push(character);
        count += 1;
    }
    line.truncate(line.trim_end().len());
    line
}

/// Controls, marks of direction, and what has no width.
fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{ad}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{180e}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// For a label of a menu: there `_` marks the next letter as a key, and `__` is one `_`.
#[must_use]
pub fn label(text: &str) -> String {
    text.replace('_', "__")
}

/// For the body of a notification on a desktop that reads markup there.
#[must_use]
pub fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_and_direction_characters_are_left_out() {
        assert_eq!(plain("a\u{202e}b\u{7}c\u{2066}d\u{200f}e\u{1b}[31m\u{0}", NAME), "abcde[31m");
        assert_eq!(plain("zero\u{200b}width\u{feff}", NAME), "zerowidth");
    }

    #[test]
    fn several_lines_become_one() {
        assert_eq!(plain("  one\n\ttwo \u{2028} three\r\n", NAME), "one two three");
    }

    #[test]
    fn a_long_name_is_cut_and_says_so() {
        let cut = plain(&"x".repeat(1000), NAME);
        assert_eq!(cut.chars().count(), NAME);
        assert!(cut.ends_with('…'));
        assert_eq!(plain(&"ü".repeat(NAME), NAME), "ü".repeat(NAME));
        assert_eq!(plain("12345 789", 6), "12345…");
    }

    #[test]
    fn an_underscore_is_shown_and_no_key() {
        assert_eq!(label("k3s_node__1"), "k3s__node____1");
    }

    #[test]
    fn markup_is_shown_as_it_is_written() {
        assert_eq!(escaped("<b>&amp;</b>"), "&lt;b&gt;&amp;amp;&lt;/b&gt;");
    }
}
