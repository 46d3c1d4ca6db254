//! Tests in an environment of their own: the environment of a process is everybody's and cannot be changed safely.

use std::{
    ffi::OsStr,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use crate::child::Child;

const MARK: &str = "KVM_MANAGER_TEST_AGAIN";

/// The directory that the first run gave, if this is the second run of a test.
#[must_use]
pub fn is_second_run() -> Option<PathBuf> {
    std::env::var_os(MARK).map(PathBuf::from)
}

/// Runs one test of this program again, with more environment. Fails with it.
pub async fn run(test: &str, directory: &Path, environment: &[(&str, &OsStr)]) {
    let mut command = Command::new(std::env::current_exe().expect("the test's own path"));
    command.args(["--exact", test, "--nocapture"]).stdin(Stdio::null()).env(MARK, directory);
    // What root has in its home is not for the user that a test becomes.
    command.env("HOME", directory).env("XDG_CONFIG_HOME", directory.join("config"));
    command.env_remove("SSH_ASKPASS").envs(environment.iter().copied());
    let status = Child::start(&mut command).ended().await;
    assert!(status.success(), "{test} failed in its own environment");
}

/// Writes a program that a shell runs.
pub fn script(file: &Path, text: &str) {
    std::fs::write(file, format!("#!/bin/sh\n{text}\n")).expect("write a script");
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(file, mode).expect("make it a program");
}
