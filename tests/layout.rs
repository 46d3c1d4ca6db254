//! The rules about files: sizes, layers, and words that must not be there.
#![allow(clippy::panic, clippy::unwrap_used, clippy::expect_used)]

use std::path::{Path, PathBuf};

use kvm_manager_tests::project;

/// Lines of a file.
const LONGEST: usize = 500;

/// What a folder may not say. Comments count: whoever has to write the word there is in the wrong place.
const LAYERS: [(&str, &[&str]); 15] = [
    ("model/src", &["zbus", "virt::", "tokio", "std::fs"]),
    ("dbus/src", &["virt::", "iced"]),
    ("client/src", &["virt::", "virt_sys", "iced"]),
    ("tray/src", &["virt::", "virt_sys", "iced"]),
    ("ui/src/widget", &["crate::model", "dbus::", "zbus::", "client::"]),
    ("ui/src/theme", &["crate::model", "dbus::", "zbus::"]),
    ("ui/src/component", &["dbus::", "zbus::", "std::fs"]),
    ("ui/src/screen", &["dbus::", "zbus::"]),
    ("ui/src/model", &["dbus::", "zbus::", "std::fs"]),
    ("service/src/bus", &["virt::", "virt_sys", "std::fs", "zbus_polkit", "\"/sys", "\"/proc"]),
    ("service/src/policy", &["virt::", "virt_sys", "std::fs"]),
    ("service/src/libvirt", &["#[interface", "zbus::", "zbus_polkit"]),
    ("service/src/host", &["virt::", "virt_sys", "zbus::", "tokio"]),
    ("service/src/workflow", &["virt::", "virt_sys", "zbus::", "zbus_polkit"]),
    ("service/src/job", &["virt::", "virt_sys", "zbus::", "std::fs"]),
];

/// The nouns that have an interface of their own: the same file name everywhere.
const NOUNS: [&str; 4] = ["machine", "host", "job", "stats"];

fn files(folder: &str, extension: &str) -> Vec<PathBuf> {
    let (mut found, mut folders) = (Vec::new(), vec![project::file(folder)]);
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else { continue };
        for path in entries.map(|entry| entry.unwrap().path()) {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() && !path.is_symlink() && name != "target" && !name.starts_with('.') {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == extension) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn shown(file: &Path) -> String {
    file.strip_prefix(project::root()).unwrap_or(file).display().to_string()
}

/// The code of a file without its tests, which come last.
fn code(file: &Path) -> String {
    let text = std::fs::read_to_string(file).unwrap();
    text.split("#[cfg(test)]\nmod tests").next().unwrap().to_owned()
}

/// Whether a file is all tests, which its name or its folder's says.
fn is_test(file: &Path) -> bool {
    shown(file).ends_with("tests.rs") || shown(file).contains("/tests/")
}

fn lines_with(text: &str, word: &str) -> Vec<usize> {
    text.lines().enumerate().filter(|(_, line)| says(line, word)).map(|(number, _)| number + 1).collect()
}

/// Whether a line has the word, and not only as the end of a longer one: `virt::` is not in `libvirt::`.
fn says(line: &str, word: &str) -> bool {
    let is_start = |at: usize| !line[..at].ends_with(|before: char| before.is_alphanumeric() || before == '_');
    let is_name = word.starts_with(char::is_alphanumeric);
    line.match_indices(word).any(|(at, _)| !is_name || is_start(at))
}

fn report(problems: &[String]) {
    assert!(problems.is_empty(), "\n{}", problems.join("\n"));
}

#[test]
fn no_source_file_is_longer_than_500_lines() {
    let all = files("", "rs");
    assert!(all.len() > 50);
    let long = |file: &PathBuf| {
        let lines = std::fs::read_to_string(file).unwrap().lines().count();
        (lines > LONGEST).then(|| format!("{} has {lines} lines", shown(file)))
    };
    report(&all.iter().filter_map(long).collect::<Vec<_>>());
}

#[test]
fn every_layer_keeps_to_what_it_may_use() {
    let mut problems = Vec::new();
    for (folder, words) in LAYERS {
        let files = files(folder, "rs");
        assert!(!files.is_empty(), "{folder}");
        for file in files {
            let code = code(&file);
            for word in words {
                problems.extend(lines_with(&code, word).into_iter().map(|line| format!("{}:{line} says {word}", shown(&file))));
            }
        }
    }
    report(&problems);
}

#[test]
fn the_word_of_libvirt_for_machines_is_said_only_to_libvirt() {
    let mut problems = Vec::new();
    for file in files("service/src", "rs").into_iter().chain(files("dbus/src", "rs")) {
        if !shown(&file).starts_with("service/src/libvirt/") && !is_test(&file) {
            // The names of libvirt's documents are what they are.
            let code = code(&file).to_lowercase().replace("<domainsnapshot", "");
            problems.extend(lines_with(&code, "domain").into_iter().map(|line| format!("{}:{line}", shown(&file))));
        }
    }
    report(&problems);
}

#[test]
fn unsafe_code_is_in_three_files_and_says_why() {
    let allowed = ["service/src/libvirt/event.rs", "service/src/libvirt/event_loop.rs", "service/src/libvirt/ffi.rs"];
    let mut problems = Vec::new();
    for folder in ["client/src", "dbus/src", "model/src", "service/src", "tests", "tray/src", "ui/src"] {
        for file in files(folder, "rs") {
            let text = std::fs::read_to_string(&file).unwrap();
            let is_block = |line: &&str| line.contains(concat!("unsafe", " {")) || line.contains(concat!("unsafe", " impl"));
            let blocks = text.lines().filter(is_block).count();
            if blocks > 0 && !allowed.contains(&shown(&file).as_str()) {
                problems.push(format!("{} has unsafe code", shown(&file)));
            }
            let reasons = lines_with(&text, "// SAFETY:").len();
            if blocks > reasons {
                problems.push(format!("{}: {blocks} unsafe blocks, {reasons} reasons", shown(&file)));
            }
        }
    }
    report(&problems);
}

#[test]
fn nothing_panics_on_purpose_outside_tests() {
    let words = [".unwrap()", ".expect(", "panic!(", "unreachable!("];
    let mut problems = Vec::new();
    for file in ["client/src", "dbus/src", "model/src", "service/src", "tray/src", "ui/src"].iter().flat_map(|folder| files(folder, "rs")) {
        if is_test(&file) {
            continue;
        }
        let code = code(&file);
        for word in words {
            problems.extend(lines_with(&code, word).into_iter().map(|line| format!("{}:{line} says {word}", shown(&file))));
        }
    }
    report(&problems);
}

#[test]
fn nothing_is_left_undone_or_switched_off() {
    // In halves, or this file would be the first to break its own rule.
    let words = [concat!("to", "do!("), concat!("unimpl", "emented!("), concat!("#[ign", "ore"), concat!("dbg", "!(")];
    let mut problems = Vec::new();
    for file in files("", "rs") {
        let text = std::fs::read_to_string(&file).unwrap();
        for word in words {
            problems.extend(lines_with(&text, word).into_iter().map(|line| format!("{}:{line} says {word}", shown(&file))));
        }
    }
    report(&problems);
}

#[test]
fn every_interface_has_its_file_in_every_crate() {
    for noun in NOUNS {
        let mut capital = noun.to_owned();
        capital[..1].make_ascii_uppercase();
        for path in [
            format!("dbus/interfaces/org.kvmmanager.Manager1.{capital}.xml"),
            format!("dbus/src/{noun}.rs"),
            format!("service/src/bus/{noun}.rs"),
        ] {
            let as_folder = path.replace(".rs", "/mod.rs");
            assert!(project::file(&path).is_file() || project::file(&as_folder).is_file(), "{path}");
        }
    }
    for banned in ["util.rs", "utils.rs", "common.rs", "helpers.rs"] {
        assert!(files("", "rs").iter().all(|file| file.file_name().unwrap() != banned), "{banned} says nothing");
    }
}

#[test]
fn nothing_mentions_a_place_outside_of_the_project() {
    let words = [concat!("/wo", "rk/"), concat!("sha", "red/architecture"), concat!("sha", "red/security")];
    let mut problems = Vec::new();
    for folder in
        ["client", "dbus", "model/src", "service", "tests", "polkit", "systemd", "docs", "scripts", "packaging", "fuzz/src", "fuzz/targets"]
    {
        for ending in ["rs", "toml", "xml", "md", "sh", "in", "service", "conf", "policy"] {
            for file in files(folder, ending).into_iter().filter(|file| !shown(file).starts_with("tests/data/machines")) {
                let text = String::from_utf8_lossy(&std::fs::read(&file).unwrap()).into_owned();
                for word in words {
                    problems.extend(lines_with(&text, word).into_iter().map(|line| format!("{}:{line} says {word}", shown(&file))));
                }
            }
        }
    }
    report(&problems);
}

/// A setting that nothing reads is a switch that does nothing.
#[test]
fn every_setting_is_read_by_more_than_the_page_that_sets_it() {
    let text = std::fs::read_to_string(project::file("client/src/settings.rs")).unwrap();
    let is_setter = |file: &PathBuf| shown(file).starts_with("ui/src/dialog/settings") || shown(file) == "client/src/settings/file.rs";
    let readers: Vec<String> = ["client/src", "tray/src", "ui/src"]
        .iter()
        .flat_map(|folder| files(folder, "rs"))
        .filter(|file| !is_setter(file))
        .map(|file| code(&file))
        .collect();
    let (mut section, mut problems, mut settings) = (String::new(), Vec::new(), 0);
    for line in text.lines() {
        if let Some(name) = line.strip_prefix("pub struct ").and_then(|rest| rest.split(' ').next()) {
            section = name.to_lowercase();
        }
        let Some((name, _)) = line.strip_prefix("    pub ").and_then(|rest| rest.split_once(": ")) else { continue };
        if section == "settings" || name.contains('(') {
            continue;
        }
        settings += 1;
        // Other records have members of the same name: who reads this one names its section, too.
        let reads = |code: &String| code.contains(&format!(".{name}")) && code.to_lowercase().contains(&section);
        if !readers.iter().any(reads) {
            problems.push(format!("{section}.{name} is read by nobody"));
        }
    }
    assert!(settings > 30, "{settings} settings");
    report(&problems);
}

#[test]
fn features_name_documents_that_exist() {
    let Ok(text) = std::fs::read_to_string(project::file("docs/features.md")) else { return };
    assert!(text.lines().count() > 10, "docs/features.md is empty");
    for target in text.split("](").skip(1).filter_map(|rest| rest.split([')', '#']).next()) {
        let is_local = !target.is_empty() && !target.contains("://");
        assert!(!is_local || project::file("docs").join(target).exists(), "docs/features.md links to {target}");
    }
}

/// Rows that came in twice when two changes were joined: they begin alike and say the same, or name the same place.
#[test]
fn no_table_of_the_documents_has_a_row_twice() {
    let cells = |line: &str| line.trim_matches('|').split(" | ").map(|cell| cell.trim().to_owned()).collect::<Vec<_>>();
    let is_twin = |one: &[String], other: &[String]| {
        let is_same = |column: usize| one.get(column).is_some_and(|cell| !cell.is_empty() && other.get(column) == Some(cell));
        is_same(0) && (one.len() == 2 || is_same(1) || is_same(2))
    };
    let mut problems = Vec::new();
    for file in files("docs", "md") {
        let text = std::fs::read_to_string(&file).unwrap();
        let mut table: Vec<Vec<String>> = Vec::new();
        for (number, line) in text.lines().enumerate() {
            if !line.starts_with('|') {
                table.clear();
                continue;
            }
            let row = cells(line);
            if table.iter().any(|earlier| is_twin(earlier, &row)) {
                problems.push(format!("{}:{} is there twice: {}", shown(&file), number + 1, row[0]));
            }
            table.push(row);
        }
    }
    report(&problems);
}
