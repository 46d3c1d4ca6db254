//! How well a text fits what was typed.
//!
//! Our own instead of a crate: some forty lines do for a thousand short names, and the order has to follow our rules
//! (whole words first, then beginnings of words) with the places of the letters, which are shown.

/// What was typed, as words. All of them have to be found, in any order.
#[derive(Clone, Debug, Default)]
pub(super) struct Query(Vec<Vec<char>>);

/// A text that fits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Fit {
    /// The better the higher.
    pub score: i32,
    /// Which letters were found, as positions of characters.
    pub marks: Vec<usize>,
}

impl Query {
    pub fn new(text: &str) -> Self {
        Self(text.split_whitespace().map(folded).collect())
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How well a title fits; words that it lacks may stand in one of the other texts, letter by letter.
    pub fn rate(&self, title: &str, others: &[&str]) -> Option<Fit> {
        let title = folded(title);
        let mut fit = Fit { score: -i32::try_from(title.len() / 4).unwrap_or_default(), marks: Vec::new() };
        for word in &self.0 {
            if let Some((score, marks)) = find(&title, word) {
                fit.score += score;
                fit.marks.extend(marks);
            } else {
                let others = others.iter().filter_map(|other| whole(&folded(other), word)).map(|(score, _)| score / 2);
                fit.score += others.max()?;
            }
        }
        Some(fit)
    }

    /// How many words a title has, and how well they fit together.
    pub fn part(&self, title: &str) -> (usize, i32) {
        let title = folded(title);
        let found = self.0.iter().filter_map(|word| find(&title, word));
        found.fold((0, 0), |(count, sum), (score, _)| (count + 1, sum + score))
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }
}

/// Small letters, one for each, so that positions stay.
fn folded(text: &str) -> Vec<char> {
    text.chars().map(|letter| letter.to_lowercase().next().unwrap_or(letter)).collect()
}

fn is_start(text: &[char], place: usize) -> bool {
    place == 0 || !text[place - 1].is_alphanumeric() || (text[place].is_numeric() && !text[place - 1].is_numeric())
}

fn find(text: &[char], word: &[char]) -> Option<(i32, Vec<usize>)> {
    whole(text, word).or_else(|| scattered(text, word))
}

/// The word in one piece: best at the beginning, then at the beginning of a word.
fn whole(text: &[char], word: &[char]) -> Option<(i32, Vec<usize>)> {
    let places = (0..=text.len().checked_sub(word.len())?).filter(|place| text[*place..].starts_with(word));
    let score = |place: usize| {
        let start = if is_start(text, place) { 40 } else { 0 };
        100 + start + if place == 0 { 30 } else { 0 } - i32::try_from(place.min(20)).unwrap_or_default()
    };
    let place = places.max_by_key(|place| score(*place))?;
    Some((score(place), (place..place + word.len()).collect()))
}

/// The letters one after the other, from the beginning of a word on; beginnings of words are preferred to letters inside.
fn scattered(text: &[char], word: &[char]) -> Option<(i32, Vec<usize>)> {
    let (mut score, mut marks) = (20, Vec::<usize>::with_capacity(word.len()));
    for letter in word {
        let from = marks.last().map_or(0, |last| last + 1);
        let later = || (from..text.len()).filter(|place| text[*place] == *letter);
        let is_next = from > 0 && text.get(from) == Some(letter);
        let place = match later().find(|place| is_start(text, *place)) {
            _ if is_next => from,
            Some(start) => {
                score += 8;
                start
            }
            None if from == 0 => return None,
            None => {
                score -= 9;
                later().next()?
            }
        };
        marks.push(place);
    }
    (word.len() > 1 && score > 0).then_some((score, marks))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn score(query: &str, title: &str) -> Option<i32> {
        Query::new(query).rate(title, &[]).map(|fit| fit.score)
    }

    #[test]
    fn a_beginning_beats_the_beginning_of_a_word_and_that_a_letter_inside() {
        let (first, second, third) = (score("node", "node-1"), score("node", "k3s-node-1"), score("ode", "k3s-node-1"));
        assert!(first > second && second > third && third.is_some());
        assert!(score("k1", "k3s-node-1") < score("k3", "k3s-node-1"));
    }

    #[test]
    fn letters_may_be_scattered_but_not_at_random() {
        assert_eq!(Query::new("kn2").rate("k3s-node-2", &[]).map(|fit| fit.marks), Some(vec![0, 4, 9]));
        assert_eq!(score("ode3", "k3s-node-1"), None);
        assert_eq!(score("sne", "win-server-2025"), None, "letters inside words are not enough");
    }

    #[test]
    fn all_words_have_to_be_found_in_any_order() {
        assert!(score("k3s pause", "Pause k3s-node-1").is_some());
        assert!(score("k3s resume", "Pause k3s-node-1").is_none());
    }

    #[test]
    fn a_word_may_stand_in_another_text_whole() {
        let query = Query::new("node alma");
        let fit = query.rate("k3s-node-1", &["AlmaLinux 9.6"]).unwrap();
        assert_eq!(fit.marks, [4, 5, 6, 7]);
        assert_eq!(query.rate("k3s-node-1", &["Debian"]), None);
    }

    #[test]
    fn capitals_and_umlauts_do_not_matter() {
        assert_eq!(Query::new("ÜBER").rate("Ganz über", &[]).map(|fit| fit.marks), Some(vec![5, 6, 7, 8]));
    }
}
