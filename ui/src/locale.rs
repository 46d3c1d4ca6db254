//! The application's texts: one Fluent file per part and language.

macro_rules! texts {
    ($($part:literal),* $(,)?) => {
        &[$(
            ("en", include_str!(concat!("../locale/en/", $part, ".ftl"))),
            ("de", include_str!(concat!("../locale/de/", $part, ".ftl"))),
        )*]
    };
}

const TEXTS: &[(&str, &str)] = texts![
    "command",
    "devices",
    "dialog",
    "hand-over",
    "machine",
    "main",
    "memory",
    "other",
    "palette",
    "parts",
    "settings",
    "speech",
    "tour",
    "welcome"
];

/// Takes the texts in; once, at start.
pub fn init(language: &str) {
    client::locale::init(wish(language), TEXTS);
}

/// Changes the language, empty for the desktop's.
pub fn choose(language: &str) {
    client::locale::switch(wish(language));
}

fn wish(language: &str) -> Option<&str> {
    (!language.is_empty()).then_some(language)
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, fs, path::Path};

    use super::*;

    #[test]
    fn all_languages_have_the_same_keys_and_values() {
        for pair in TEXTS.chunks(2) {
            let [(_, english), (_, german)] = pair else { panic!("two languages") };
            assert_eq!(client::locale::faults(english), [""; 0]);
            assert_eq!(client::locale::faults(german), [""; 0]);
            assert_eq!(client::locale::differences(english, german), [""; 0]);
        }
    }

    /// Of two texts with the same key one is never said.
    #[test]
    fn no_text_is_there_twice() {
        let clients = include_str!("../../client/locale/en/client.ftl");
        let english = TEXTS.iter().filter(|(language, _)| *language == "en").map(|(_, text)| *text).chain([clients]);
        let mut known = BTreeSet::new();
        for line in english.flat_map(str::lines).filter(|line| line.starts_with(|first: char| first.is_ascii_lowercase())) {
            let key = line.split(" =").next().unwrap_or_default();
            assert!(known.insert(key), "{key} is there twice");
        }
    }

    #[test]
    fn texts_do_not_shout_beg_or_say_the_words_of_libvirt() {
        for (language, file) in TEXTS {
            for word in ["!", "Please", "please", "Bitte", "bitte", "successful", "erfolgreich", "omain", "omäne"] {
                assert!(!file.contains(word), "{language} says {word}");
            }
        }
    }

    #[test]
    fn every_text_that_is_said_exists() {
        init("en");
        let known: BTreeSet<String> = client::locale::keys("en").into_iter().collect();
        let mut said = BTreeSet::new();
        said_below(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src")), &mut said);
        assert!(said.len() > 40, "only {} texts were found", said.len());
        let missing: Vec<_> = said.difference(&known).collect();
        assert!(missing.is_empty(), "no text for {missing:?}");
    }

    /// Every key that stands as a literal after `t!(`.
    fn said_below(directory: &Path, said: &mut BTreeSet<String>) {
        for entry in fs::read_dir(directory).unwrap().map(Result::unwrap) {
            let path = entry.path();
            if path.is_dir() {
                said_below(&path, said);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let source = fs::read_to_string(path).unwrap();
                for rest in source.split("t!(").skip(1) {
                    let literal = rest.trim_start().strip_prefix('"').and_then(|rest| rest.split('"').next());
                    let is_key =
                        |text: &&str| text.chars().all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-');
                    said.extend(literal.filter(is_key).filter(|key| !key.is_empty()).map(str::to_owned));
                }
            }
        }
    }
}
