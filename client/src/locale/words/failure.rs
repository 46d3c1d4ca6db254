//! The words for what went wrong.

use dbus::{ErrorKind, machine::State};

use super::{Problem, kebab};
use crate::{
    Error, Operation,
    locale::{Value, first_of, text, text_with},
};

/// `error-…`: what happened to the machine with this name, and what to do (`error-…-advice`). The name may be empty.
#[must_use]
pub fn error(error: &Error, machine: &str) -> (String, String) {
    let (title, advice) = keys(error);
    let values = values(error, machine);
    (text_with(&title, &values), text_with(&advice, &values))
}

/// `operation-…-failed`: a title that says what did not work; the advice is [`error()`]'s.
#[must_use]
pub fn operation_failed(operation: Operation, machine: &str) -> String {
    text_with(&format!("operation-{}-failed", kebab(operation)), &[("machine", name(machine))])
}

/// `problem-…`: why a host cannot be reached: title and text (`problem-…-text`).
#[must_use]
pub fn problem(problem: &Problem) -> (String, String) {
    let key = format!("problem-{}", kebab(problem));
    (text(&key), text(&format!("{key}-text")))
}

/// The keys of title and advice, as exact as the facts allow.
fn keys(error: &Error) -> (String, String) {
    let kind = match error {
        Error::Service { kind, .. } => *kind,
        Error::NoAgent(_) => return pair("error-no-agent", ""),
        Error::Gone(_) => return pair("error-gone", ""),
        Error::Other(_) => return pair("error-other", ""),
    };
    let key = format!("error-{}", kebab(kind));
    let has = |fact: &str| error.fact(fact).is_some();
    let is = |fact: &str, value: &str| error.fact(fact) == Some(value);
    match kind {
        ErrorKind::Failed if has("left") => pair(&key, "-left"),
        ErrorKind::Failed if has("libvirt-code") => advice(&key, "-code"),
        ErrorKind::NotFound if has("what") && !is("what", "machine") => advice(&key, "-what"),
        ErrorKind::AlreadyExists if !has("name") => pair(&key, "-other"),
        ErrorKind::InvalidArgument if !has("argument") || !has("reason") => advice(&key, "-plain"),
        ErrorKind::InvalidState if !has("state") || !has("operation") => pair(&key, "-other"),
        ErrorKind::NotSupported if has("reason") => advice(&key, "-reason"),
        ErrorKind::NotAuthorized if is("dismissed", "true") => pair(&key, "-dismissed"),
        ErrorKind::NotAuthorized if is("obtainable", "false") => pair(&key, "-never"),
        ErrorKind::TimedOut if !has("seconds") => advice(&key, "-plain"),
        ErrorKind::LimitExceeded if !has("what") || !has("limit") => advice(&key, "-plain"),
        ErrorKind::Unsafe if reasons(error).is_empty() => advice(&key, "-plain"),
        _ => pair(&key, ""),
    }
}

fn pair(key: &str, variant: &str) -> (String, String) {
    (format!("{key}{variant}"), format!("{key}{variant}-advice"))
}

/// The plain title with another advice.
fn advice(key: &str, variant: &str) -> (String, String) {
    (key.to_owned(), format!("{key}{variant}-advice"))
}

fn values(error: &Error, machine: &str) -> Vec<(&'static str, Value)> {
    let fact = |name: &str| Value::from(error.fact(name).unwrap_or_default());
    let number = |name: &str| error.fact(name).and_then(|fact| fact.parse::<f64>().ok()).map_or_else(|| fact(name), Value::Number);
    let state = error.fact("state").and_then(|state| state.parse::<u32>().ok()).map_or(State::Unknown, State::from);
    let operation = error.fact("operation").unwrap_or_default();
    vec![
        ("machine", name(machine)),
        ("name", fact("name")),
        ("what", fact("what")),
        ("limit", number("limit")),
        ("seconds", number("seconds")),
        ("code", fact("libvirt-code")),
        ("left", fact("left")),
        ("argument", fact("argument")),
        ("reason", fact("reason")),
        ("state", Value::from(text(&format!("state-{}-is", kebab(state))))),
        ("operation", Value::from(first_of(&[&format!("operation-{operation}"), operation], &[]))),
        ("reasons", Value::from(reasons(error))),
    ]
}

fn name(machine: &str) -> Value {
    if machine.is_empty() { Value::from(text("error-machine")) } else { Value::from(machine) }
}

/// What speaks against it, as sentences. A list of texts may have come as one text, with or without brackets and quotes.
fn reasons(error: &Error) -> String {
    let words = error.fact("reasons").unwrap_or_default().split(|character: char| !character.is_ascii_alphanumeric() && character != '-');
    let sentence = |word: &str| first_of(&[&format!("unsafe-{word}"), "unsafe-other"], &[("reason", Value::from(word))]);
    words.filter(|word| !word.is_empty()).map(sentence).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn service(kind: ErrorKind, facts: &[(&str, &str)]) -> Error {
        let facts = facts.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Error::Service { kind, message: "Raw".to_owned(), facts }
    }

    #[test]
    fn every_error_has_a_title_and_an_advice_in_every_language() {
        let facts = ["left", "libvirt-code", "what", "name", "argument", "reason", "state", "operation", "seconds", "limit", "reasons"];
        let all: Vec<(&str, &str)> = facts.iter().map(|&fact| (fact, "7")).collect();
        let mut errors = vec![Error::NoAgent(String::new()), Error::Gone(String::new()), Error::Other(String::new())];
        for &kind in ErrorKind::ALL {
            errors.extend([service(kind, &[]), service(kind, &all)]);
        }
        errors.push(service(ErrorKind::NotAuthorized, &[("dismissed", "true")]));
        errors.push(service(ErrorKind::NotAuthorized, &[("obtainable", "false")]));
        errors.push(service(ErrorKind::Failed, &[("libvirt-code", "1")]));
        for error in errors {
            let (title, advice) = keys(&error);
            for language in ["en", "de"] {
                let known = crate::locale::keys(language);
                assert!(known.contains(&title) && known.contains(&advice), "{language}: {title}, {advice}");
            }
        }
    }

    #[test]
    fn an_error_says_its_facts() {
        let timed_out = error(&service(ErrorKind::TimedOut, &[("seconds", "60")]), "postgres-lab");
        assert_eq!(timed_out.0, "postgres-lab did not finish in time");
        assert!(timed_out.1.contains("60\u{a0}s ago"));
        let state = error(&service(ErrorKind::InvalidState, &[("state", "4"), ("operation", "force-off")]), "kali-lab");
        assert_eq!(state, ("kali-lab is off".to_owned(), "“Force off” is not possible while that is so.".to_owned()));
        let taken = error(&service(ErrorKind::AlreadyExists, &[("name", "web")]), "kali-lab");
        assert_eq!(taken.0, "The name web is taken");
    }

    #[test]
    fn an_error_without_a_name_is_about_the_machine() {
        assert_eq!(error(&service(ErrorKind::Locked, &[]), "").0, "The machine is locked");
    }

    #[test]
    fn reasons_are_sentences_however_they_were_written() {
        let expected = "Another machine needs a disk that would go. A disk that would go is in no storage pool. Nothing was changed.";
        for written in ["in-use, no-pool", "[\"in-use\", \"no-pool\"]", "in-use no-pool"] {
            assert_eq!(error(&service(ErrorKind::Unsafe, &[("reasons", written)]), "x").1, expected);
        }
    }

    #[test]
    fn every_problem_has_a_title_and_a_text() {
        let text = String::new;
        let problems = [
            Problem::NoBus(text()),
            Problem::NotInstalled,
            Problem::NotRunning(text()),
            Problem::NotAllowed(text()),
            Problem::Ssh(text()),
            Problem::Ended(text()),
            Problem::Other(Error::Gone(text())),
        ];
        for problem in problems {
            let (title, text) = super::problem(&problem);
            assert!(!title.starts_with("problem-") && !text.starts_with("problem-"), "{problem:?}");
        }
    }
}
