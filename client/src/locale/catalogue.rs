//! Texts by language and key.

use std::{collections::BTreeSet, sync::Arc};

use fluent_bundle::{FluentArgs, FluentResource, FluentValue, concurrent::FluentBundle};
use fluent_syntax::ast::Entry;
use unic_langid::LanguageIdentifier;

use super::{Value, direction};
use crate::unit;

/// What everything else falls back to.
const ENGLISH: &str = "en";

/// The texts of one crate in one language.
#[derive(Clone)]
struct Source {
    language: String,
    resource: Arc<FluentResource>,
}

/// All texts, and the languages they are wanted in.
pub(super) struct Catalogue {
    sources: Vec<Source>,
    /// Languages with their texts in order of preference; English is the last, if not before.
    spoken: Vec<(String, FluentBundle<Arc<FluentResource>>)>,
    runs_from_right: bool,
}

impl Catalogue {
    pub(super) fn new(wanted: &[String], resources: &[(&str, &str)]) -> Self {
        Self::build(wanted, sources(resources))
    }

    /// The same with more texts, in other languages.
    pub(super) fn with(&self, wanted: &[String], resources: &[(&str, &str)]) -> Self {
        let mut all = self.sources.clone();
        for source in sources(resources) {
            let is_known = |known: &Source| known.language == source.language && known.resource.source() == source.resource.source();
            if !all.iter().any(is_known) {
                all.push(source);
            }
        }
        Self::build(wanted, all)
    }

    fn build(wanted: &[String], sources: Vec<Source>) -> Self {
        let known: BTreeSet<&str> = sources.iter().map(|source| source.language.as_str()).collect();
        let mut order: Vec<&str> = Vec::new();
        // A language that nobody translated to must not let a less wanted one after English win.
        for language in wanted.iter().filter_map(|wanted| best(wanted, &known)).chain([ENGLISH]) {
            if !order.contains(&language) {
                order.push(language);
            }
        }
        let runs_from_right = order.first().is_some_and(|language| direction::is_from_right(language));
        let spoken = order.into_iter().map(|language| (language.to_owned(), bundle(language, &sources))).collect();
        Self { sources, spoken, runs_from_right }
    }

    pub(super) fn language(&self) -> &str {
        self.spoken.first().map_or(ENGLISH, |(language, _)| language)
    }

    pub(super) const fn runs_from_right(&self) -> bool {
        self.runs_from_right
    }

    pub(super) fn languages(&self) -> Vec<String> {
        let all: BTreeSet<&String> = self.sources.iter().map(|source| &source.language).collect();
        all.into_iter().cloned().collect()
    }

    pub(super) fn decimal_separator(&self) -> char {
        separator(self.language())
    }

    pub(super) fn keys(&self, language: &str) -> Vec<String> {
        let of_language = self.sources.iter().filter(|source| source.language == language);
        let all: BTreeSet<String> = of_language.flat_map(|source| keys(&source.resource)).collect();
        all.into_iter().collect()
    }

    pub(super) fn text(&self, key: &str, values: &[(&str, Value)]) -> String {
        self.find(key, values).unwrap_or_else(|| key.to_owned())
    }

    pub(super) fn first_of(&self, keys: &[&str], values: &[(&str, Value)]) -> String {
        let found = keys.iter().find_map(|key| self.find(key, values));
        found.unwrap_or_else(|| keys.last().copied().unwrap_or_default().to_owned())
    }

    pub(super) fn text_in(&self, language: &str, key: &str, values: &[(&str, Value)]) -> String {
        say(&bundle(language, &self.sources), key, values).unwrap_or_else(|| key.to_owned())
    }

    fn find(&self, key: &str, values: &[(&str, Value)]) -> Option<String> {
        self.spoken.iter().find_map(|(_, bundle)| say(bundle, key, values))
    }
}

fn say(bundle: &FluentBundle<Arc<FluentResource>>, key: &str, values: &[(&str, Value)]) -> Option<String> {
    let pattern = bundle.get_message(key)?.value()?;
    let mut arguments = FluentArgs::with_capacity(values.len());
    for (name, value) in values {
        match value {
            Value::Text(text) => arguments.set(*name, direction::isolated(text)),
            Value::Number(number) => arguments.set(*name, *number),
        }
    }
    // A value that is missing shows as its name; there is nobody to tell.
    let mut errors = Vec::new();
    Some(bundle.format_pattern(pattern, Some(&arguments), &mut errors).into_owned())
}

fn bundle(language: &str, sources: &[Source]) -> FluentBundle<Arc<FluentResource>> {
    let identifier: LanguageIdentifier = language.parse().unwrap_or_default();
    let mut bundle = FluentBundle::new_concurrent(vec![identifier]);
    // Marks around every value are for languages that run from right to left; elsewhere only values that do so get them.
    bundle.set_use_isolating(direction::is_from_right(language));
    // Plain functions cannot know the language.
    bundle.set_formatter(Some(if separator(language) == ',' { |value, _| number(value, ',') } else { |value, _| number(value, '.') }));
    for source in sources.iter().filter(|source| source.language == language) {
        bundle.add_resource_overriding(Arc::clone(&source.resource));
    }
    bundle
}

/// Numbers in texts look like all others.
fn number(value: &FluentValue<'_>, separator: char) -> Option<String> {
    let FluentValue::Number(number) = value else { return None };
    Some(unit::Format::new(separator).number(number.value))
}

/// Languages with a comma there; all others that there could be words in have a point.
fn separator(language: &str) -> char {
    if language.starts_with(ENGLISH) { '.' } else { ',' }
}

/// `de-AT` is served by `de-AT`, else by `de`.
fn best<'known>(wanted: &str, known: &BTreeSet<&'known str>) -> Option<&'known str> {
    let plain = wanted.split('-').next().unwrap_or(wanted);
    let find = |name: &str| known.iter().copied().find(|known| known.eq_ignore_ascii_case(name));
    find(wanted).or_else(|| find(plain))
}

fn sources(resources: &[(&str, &str)]) -> Vec<Source> {
    let source = |(language, text): &(&str, &str)| Source { language: (*language).to_owned(), resource: Arc::new(parse(text).0) };
    resources.iter().map(source).collect()
}

/// The texts that can be read, and what is wrong with the others.
fn parse(text: &str) -> (FluentResource, Vec<String>) {
    match FluentResource::try_new(text.to_owned()) {
        Ok(resource) => (resource, Vec::new()),
        Err((resource, errors)) => (resource, errors.iter().map(ToString::to_string).collect()),
    }
}

fn keys(resource: &FluentResource) -> Vec<String> {
    let key = |entry: &Entry<&str>| if let Entry::Message(message) = entry { Some(message.id.name.to_owned()) } else { None };
    resource.entries().filter_map(key).collect()
}

/// What is wrong with a Fluent file: syntax, and keys that are there twice. For tests.
#[must_use]
pub fn faults(text: &str) -> Vec<String> {
    let (resource, mut faults) = parse(text);
    let mut seen = BTreeSet::new();
    faults.extend(keys(&resource).into_iter().filter(|key| !seen.insert(key.clone())).map(|key| format!("{key} is there twice")));
    faults
}

/// Where two languages' files do not say the same: keys that only one has, and values that only one puts in. For tests.
#[must_use]
pub fn differences(left: &str, right: &str) -> Vec<String> {
    let (left, right) = (outline(left), outline(right));
    let only = |one: &BTreeSet<String>, other: &BTreeSet<String>, side: &str| {
        one.difference(other).map(|line| format!("only {side}: {line}")).collect::<Vec<_>>()
    };
    [only(&left, &right, "left"), only(&right, &left, "right")].concat()
}

/// One line for each key and for each value of a key.
fn outline(text: &str) -> BTreeSet<String> {
    let mut lines = BTreeSet::new();
    let mut key = String::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        if let Some((name, _)) = line.split_once('=').filter(|_| line.starts_with(|first: char| first.is_ascii_alphabetic())) {
            name.trim().clone_into(&mut key);
            lines.insert(key.clone());
        }
        for (at, _) in line.match_indices('$') {
            let value = |character: &char| character.is_ascii_alphanumeric() || matches!(character, '-' | '_');
            let name: String = line[at + 1..].chars().take_while(value).collect();
            lines.insert(format!("{key} ${name}"));
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    const EN: &str = "one = One\ntwo = { $count ->\n    [one] { $count } thing\n   *[other] { $count } things\n }\nonly-english = Yes\n";
    const DE: &str = "one = Eins\ntwo = { $count ->\n    [one] { $count } Ding\n   *[other] { $count } Dinge\n }\n";

    fn catalogue(wanted: &[&str]) -> Catalogue {
        let wanted: Vec<String> = wanted.iter().map(|&language| language.to_owned()).collect();
        Catalogue::new(&wanted, &[("en", EN), ("de", DE)])
    }

    #[test]
    fn a_key_without_translation_is_said_in_english_and_an_unknown_one_as_it_is() {
        let german = catalogue(&["de-AT"]);
        assert_eq!(german.language(), "de");
        assert_eq!(german.text("one", &[]), "Eins");
        assert_eq!(german.text("only-english", &[]), "Yes");
        assert_eq!(german.text("no-such-key", &[]), "no-such-key");
    }

    #[test]
    fn the_first_language_that_there_are_words_in_is_spoken() {
        assert_eq!(catalogue(&["sv", "de", "en-GB"]).language(), "de");
        assert_eq!(catalogue(&["en-GB", "de"]).language(), "en");
        assert_eq!(catalogue(&["sv"]).language(), "en");
        assert_eq!(catalogue(&[]).language(), "en");
    }

    #[test]
    fn numbers_choose_the_plural_and_look_like_all_others() {
        let (english, german) = (catalogue(&["en"]), catalogue(&["de"]));
        let count = |number: f64| [("count", Value::Number(number))];
        assert_eq!(english.text("two", &count(1.0)), "1 thing");
        assert_eq!(english.text("two", &count(20_000.0)), "20\u{202f}000 things");
        assert_eq!(german.text("two", &count(1.5)), "1,5 Dinge");
    }

    #[test]
    fn texts_have_no_isolation_marks() {
        let plain = Catalogue::new(&[], &[("en", "hello = Hello { $name }.")]);
        assert_eq!(plain.text("hello", &[("name", Value::from("Ada"))]), "Hello Ada.");
    }

    #[test]
    fn texts_of_several_crates_are_one_catalogue() {
        let both = catalogue(&["de"]).with(&["de".to_owned()], &[("en", "three = Three"), ("de", "three = Drei")]);
        assert_eq!((both.text("one", &[]), both.text("three", &[])), ("Eins".to_owned(), "Drei".to_owned()));
        assert_eq!(both.with(&[], &[("en", "three = Three")]).sources.len(), both.sources.len());
        assert_eq!(both.keys("de"), ["one", "three", "two"]);
    }

    #[test]
    fn a_text_that_cannot_be_read_leaves_the_others() {
        let broken = "good = Good\nbad = { $\nfine = Fine\n";
        assert!(!faults(broken).is_empty());
        let catalogue = Catalogue::new(&[], &[("en", broken)]);
        assert_eq!(catalogue.text("good", &[]), "Good");
        assert_eq!(catalogue.text("fine", &[]), "Fine");
        assert_eq!(catalogue.text("bad", &[]), "bad");
    }

    #[test]
    fn missing_keys_and_values_of_a_translation_are_found() {
        assert_eq!(differences(EN, DE), ["only left: only-english"]);
        assert_eq!(differences("a = { $x }", "a = { $y }"), ["only left: a $x", "only right: a $y"]);
        assert_eq!(faults("a = 1\na = 2\n"), ["a is there twice"]);
    }
}
