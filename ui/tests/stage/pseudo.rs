//! Languages that nobody speaks: the English texts, changed.

use std::{fs, path::Path};

use client::locale;

/// Speaks a language whose texts are the English ones after `change`.
pub fn speak(language: &str, change: impl Fn(&str) -> String + Copy) {
    let project = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = vec![project.with_file_name("client/locale/en/client.ftl")];
    files.extend(fs::read_dir(project.join("locale/en")).unwrap().map(|entry| entry.unwrap().path()));
    let changed = |file| fs::read_to_string(file).unwrap().lines().map(|text| line(text, change)).collect::<Vec<_>>().join("\n");
    let texts: Vec<String> = files.iter().map(changed).collect();
    for text in &texts {
        assert_eq!(locale::faults(text), [""; 0]);
    }
    let resources: Vec<(&str, &str)> = texts.iter().map(|text| (language, text.as_str())).collect();
    locale::init(Some(language), &resources);
}

/// A line of a Fluent file with its words changed; keys and the names of variants stay.
pub fn line(line: &str, change: impl Fn(&str) -> String) -> String {
    if line.starts_with('#') {
        return line.to_owned();
    }
    let starts = line.trim_start();
    let at = match line.split_once('=') {
        _ if starts.starts_with('[') || starts.starts_with("*[") => line.find(']').map_or(0, |at| at + 1),
        Some((key, _)) if key.trim_end().chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '-') => key.len() + 1,
        _ => 0,
    };
    format!("{}{}", &line[..at], change(&line[at..]))
}
