//! Runs the committed fuzz corpus and the test data through the fuzz targets, so that a crash once found stays fixed.

// Helpers of tests may stop a test; the lint only knows the test functions themselves.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../../fuzz/src/model.rs"]
mod target;

use std::path::Path;

fn files(folder: &str) -> Vec<std::path::PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(folder);
    let entries = std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_file()).collect()
}

#[test]
fn every_file_of_the_fuzz_corpus_passes_its_target() {
    for (name, target) in target::TARGETS {
        let files = files(&format!("fuzz/corpus/{name}"));
        assert!(!files.is_empty(), "{name} has no seeds");
        for file in files {
            eprintln!("{}", file.display());
            target(&std::fs::read(file).unwrap());
        }
    }
}

#[test]
fn every_machine_of_the_test_data_passes_every_target() {
    for file in files("tests/data/machines").into_iter().chain(files("tests/data/machines/pairs")) {
        eprintln!("{}", file.display());
        let content = std::fs::read(file).unwrap();
        target::TARGETS.iter().for_each(|(_, target)| target(&content));
    }
}
