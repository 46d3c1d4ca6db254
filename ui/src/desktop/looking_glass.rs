//! The program that shows the screen of a guest on this computer: `looking-glass-client`, if it is installed.

use std::{
    ffi::OsStr,
    io,
    os::unix::{fs::PermissionsExt, process::CommandExt},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use client::device::{GlassSpice, GlassView};

/// Its name.
pub const PROGRAM: &str = "looking-glass-client";

/// The program in one of these directories.
fn program(directories: &OsStr) -> Option<PathBuf> {
    let is_program = |path: &PathBuf| path.metadata().is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0);
    std::env::split_paths(directories).map(|directory| directory.join(PROGRAM)).find(is_program)
}

/// Opens the screen in a window of its own, which stays when this application ends.
///
/// # Errors
/// `NotFound` without the program, `InvalidData` for a place that is none, the system's.
pub fn open(view: &GlassView) -> io::Result<()> {
    let program = program(&std::env::var_os("PATH").unwrap_or_default()).ok_or(io::ErrorKind::NotFound)?;
    start(&program, &arguments(view).ok_or(io::ErrorKind::InvalidData)?)
}

fn start(program: &Path, arguments: &[String]) -> io::Result<()> {
    #[allow(clippy::disallowed_methods, reason = "the window shows the guest's screen in the program that is made for it")]
    let mut command = Command::new(program);
    // A group of its own: whoever ends the window on a terminal does not end it.
    let mut child = command.args(arguments).process_group(0).stdin(Stdio::null()).stdout(Stdio::null()).spawn()?;
    // Whoever ends is waited for, or it would stay as a name.
    std::thread::Builder::new().name("looking-glass".to_owned()).spawn(move || child.wait().map(drop)).map(drop)
}

/// Where the screen is, and where keys, pointer and sound go: by their long names, which say the same whatever the person's own settings of the
/// program are. `None` for what is no name of a file, no host or no path.
fn arguments(view: &GlassView) -> Option<Vec<String>> {
    let is_name = !view.name.is_empty() && !view.name.contains('/') && !view.name.starts_with('.');
    let file = is_name.then(|| format!("app:shmFile=/dev/shm/{}", view.name))?;
    let spice = |host: &str, port: u16| vec!["spice:enable=yes".to_owned(), format!("spice:host={host}"), format!("spice:port={port}")];
    let display = match &view.spice {
        Some(GlassSpice::Port(host, port)) => (*port > 0 && is_host(host)).then(|| spice(host, *port))?,
        // Port 0 says that the host is the path of a socket.
        Some(GlassSpice::Socket(path)) => path.starts_with('/').then(|| spice(path, 0))?,
        None => vec!["spice:enable=no".to_owned()],
    };
    Some([vec![file], display].concat())
}

/// An address or the name of a computer.
fn is_host(host: &str) -> bool {
    let is_fitting = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b':' | b'%' | b'_');
    !host.is_empty() && host.bytes().all(is_fitting)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view(name: &str, spice: Option<GlassSpice>) -> GlassView {
        GlassView { name: name.to_owned(), spice }
    }

    #[test]
    fn the_program_is_told_where_the_screen_is_and_where_keys_go() {
        let said = |spice| arguments(&view("looking-glass-1", spice)).unwrap().join(" ");
        let file = "app:shmFile=/dev/shm/looking-glass-1";
        let port = said(Some(GlassSpice::Port("::1".into(), 5907)));
        assert_eq!(port, format!("{file} spice:enable=yes spice:host=::1 spice:port=5907"));
        let socket = said(Some(GlassSpice::Socket("/run/spice.sock".into())));
        assert_eq!(socket, format!("{file} spice:enable=yes spice:host=/run/spice.sock spice:port=0"));
        assert_eq!(said(None), format!("{file} spice:enable=no"));
    }

    #[test]
    fn what_is_no_name_no_host_and_no_path_is_handed_to_no_program() {
        for odd in ["", "../mem", "a/b", ".", ".."] {
            assert_eq!(arguments(&view(odd, None)), None, "{odd:?}");
        }
        let odd = [("", 5900), ("a b", 5900), ("/run/spice.sock", 5900), ("a\n", 5900), ("127.0.0.1", 0)];
        for spice in odd.map(|(host, port)| GlassSpice::Port(host.into(), port)).into_iter().chain([GlassSpice::Socket("sock".into())]) {
            assert_eq!(arguments(&view("looking-glass-1", Some(spice.clone()))), None, "{spice:?}");
        }
    }

    #[test]
    fn it_is_found_where_programs_are_and_a_file_that_is_none_is_not_it() {
        let (empty, full) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        std::fs::write(empty.path().join(PROGRAM), "").unwrap();
        std::os::unix::fs::symlink("/bin/sh", full.path().join(PROGRAM)).unwrap();
        let path = |directories: &[&Path]| program(&std::env::join_paths(directories).unwrap());
        assert_eq!(path(&[empty.path()]), None, "nothing that could be run");
        assert_eq!(path(&[empty.path(), full.path()]), Some(full.path().join(PROGRAM)));
    }

    #[test]
    fn a_program_gets_what_it_is_told_and_no_shell_reads_it() {
        let directory = tempfile::tempdir().unwrap();
        let (pipe, script) = (directory.path().join("pipe"), directory.path().join(PROGRAM));
        #[allow(clippy::disallowed_methods, reason = "a pipe of the test's own")]
        let made = Command::new("mkfifo").arg(&pipe).status().unwrap();
        assert!(made.success());
        std::fs::write(&script, format!("#!/bin/sh\nprintf '%s\\n' \"$@\" >{}\n", pipe.display())).unwrap();
        std::fs::File::open(&script).unwrap().set_permissions(std::fs::Permissions::from_mode(0o755)).unwrap();
        start(&script, &["a b".to_owned(), "$(exit)".to_owned(), ";".to_owned()]).unwrap();
        assert_eq!(std::fs::read_to_string(pipe).unwrap(), "a b\n$(exit)\n;\n");
    }
}
