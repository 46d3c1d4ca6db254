//! The files of the project.

use std::path::{Path, PathBuf};

/// The top of the work tree.
#[must_use]
pub fn root() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests/ is in the project");
    root.to_owned()
}

/// A file of the project.
#[must_use]
pub fn file(path: &str) -> PathBuf {
    root().join(path)
}

/// The text of a file of the project.
#[must_use]
pub fn read(path: &str) -> String {
    let file = file(path);
    std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

/// The service's binary: `$KVM_MANAGERD`, or what cargo built for the tests.
#[must_use]
pub fn service_binary() -> PathBuf {
    const NAME: &str = "kvm-managerd-tested";
    if let Some(path) = std::env::var_os("KVM_MANAGERD").or_else(|| std::env::var_os(format!("CARGO_BIN_EXE_{NAME}"))) {
        return path.into();
    }
    // This test is target/<profile>/deps/<name>-<hash>.
    let test = std::env::current_exe().expect("the test's own path");
    let binary = test.ancestors().nth(2).map(|directory| directory.join(NAME));
    match binary.filter(|binary| binary.is_file()) {
        Some(binary) => binary,
        None => panic!("{NAME} is not beside the test: build it with `cargo build -p kvm-manager-tests`, or set KVM_MANAGERD"),
    }
}
