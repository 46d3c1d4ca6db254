//! The corpus of pictures through its fuzz target.
#![allow(clippy::panic, clippy::unwrap_used, clippy::expect_used)]

#[path = "../fuzz/src/picture.rs"]
mod target;

use kvm_manager_tests::project;
use service::picture as reader;

#[test]
fn every_picture_of_the_fuzz_corpus_passes_its_target() {
    let files: Vec<_> = std::fs::read_dir(project::file("fuzz/corpus/picture")).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(!files.is_empty(), "no seeds");
    let mut read = Vec::new();
    for file in files {
        let bytes = std::fs::read(&file).unwrap();
        target::picture(&bytes);
        if reader::Picture::from_ppm(bytes.clone()).is_some() || reader::Picture::from_png(&bytes).is_some() {
            read.push(file.file_name().unwrap().to_string_lossy().into_owned());
        }
    }
    read.sort();
    assert_eq!(
        read,
        ["gray.png", "palette.png", "rgb.png", "rgb16.png", "rgba.png", "screen.ppm"],
        "the seeds reach behind the first look"
    );
}
