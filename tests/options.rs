//! Runs the committed corpus of option dictionaries through their fuzz target, so that a crash once found stays fixed.
#![allow(clippy::panic, clippy::unwrap_used, clippy::expect_used)]

#[path = "../fuzz/src/options.rs"]
mod target;

use kvm_manager_tests::project;

#[test]
fn every_file_of_the_fuzz_corpus_passes_its_target() {
    let files = std::fs::read_dir(project::file("fuzz/corpus/options")).unwrap().map(|entry| entry.unwrap().path());
    let count = files.inspect(|file| target::options(&std::fs::read(file).unwrap())).count();
    assert!(count >= 10);
}

#[test]
fn every_file_of_the_fuzz_corpus_is_a_dictionary() {
    use zbus::wire::{
        Endian,
        serialized::{Context, Data},
    };
    for file in std::fs::read_dir(project::file("fuzz/corpus/options")).unwrap().map(|entry| entry.unwrap().path()) {
        let bytes = std::fs::read(&file).unwrap();
        let endian = if bytes[0] % 2 == 0 { Endian::Little } else { Endian::Big };
        let data = Data::new(bytes[1..].to_vec(), Context::new(endian, 0));
        let read = data.deserialize::<dbus::Options>();
        assert!(read.is_ok(), "{}: {read:?}", file.display());
    }
}

#[test]
fn every_cut_of_the_corpus_passes_its_target() {
    for file in std::fs::read_dir(project::file("fuzz/corpus/options")).unwrap().map(|entry| entry.unwrap().path()) {
        let bytes = std::fs::read(file).unwrap();
        for end in 0..bytes.len() {
            target::options(&bytes[..end]);
        }
    }
}
