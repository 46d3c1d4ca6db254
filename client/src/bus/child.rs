//! The programs that a connection runs through: `ssh`, and a service of one's own.

use std::{
    env,
    ffi::OsString,
    io,
    os::{fd::OwnedFd, unix::net::UnixStream},
    path::{Path, PathBuf},
    process::Stdio,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, BufReader},
    process::{ChildStderr, Command},
    sync::watch,
};

/// Characters of a program's last line that are kept.
const LONGEST: usize = 300;
/// How long a program that lost its connection may take to say why, and to end.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long a service may go on with work that it must not leave half done.
const LAST_WORK: Duration = Duration::from_secs(15);

/// What becomes of a program when its connection ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// It is killed: it may be asking somebody for a password.
    Killed,
    /// It sees the end of its socket, and is killed only if it does not follow.
    Itself,
}

/// A program that a connection runs through. It does not outlive it, nor this process.
#[derive(Debug)]
pub(super) struct Child {
    process: Option<tokio::process::Child>,
    last_words: Arc<Mutex<String>>,
    is_silent: watch::Receiver<bool>,
    end: End,
}

impl Child {
    /// Starts it with one end of a socket as its standard input and output; the other end is returned.
    fn start(mut command: Command, end: End, speaks: Speaks) -> io::Result<(Self, UnixStream)> {
        let (ours, theirs) = UnixStream::pair()?;
        let output = match speaks {
            Speaks::OnBoth => Stdio::from(OwnedFd::from(theirs.try_clone()?)),
            Speaks::OnInput => Stdio::null(),
        };
        command.stdin(OwnedFd::from(theirs)).stdout(output).stderr(Stdio::piped()).kill_on_drop(end == End::Killed);
        let mut process = command.spawn()?;
        // Its copies of the socket go, or the end of the program would never be seen.
        drop(command);
        ours.set_nonblocking(true)?;
        let last_words = Arc::new(Mutex::new(String::new()));
        let (silent, is_silent) = watch::channel(false);
        if let Some(stderr) = process.stderr.take() {
            let words = Arc::clone(&last_words);
            tokio::spawn(async move {
                listen(stderr, &words).await;
                // Nobody waits for it unless something failed.
                let _ = silent.send(true);
            });
        }
        Ok((Self { process: Some(process), last_words, is_silent, end }, ours))
    }

    /// The last line that it wrote to its standard error, or an empty one. Waits a moment for a program that is just ending.
    pub async fn last_words(&mut self) -> String {
        // It may have said nothing, or leave that to a process of its own.
        let _ = tokio::time::timeout(PATIENCE, self.is_silent.wait_for(|silent| *silent)).await;
        self.last_words.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        let Some(mut process) = self.process.take() else { return };
        // Without a runtime it ends with its socket, or is killed as it is dropped.
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        if self.end == End::Killed {
            // It may have ended by itself; the runtime collects it.
            let _ = process.start_kill();
            return;
        }
        runtime.spawn(async move {
            if tokio::time::timeout(LAST_WORK, process.wait()).await.is_err() {
                // It may end just now.
                let _ = process.kill().await;
            }
        });
    }
}

#[derive(Clone, Copy, Debug)]
enum Speaks {
    OnBoth,
    OnInput,
}

/// Keeps the last line that has anything in it, until the end.
async fn listen(stderr: ChildStderr, words: &Mutex<String>) {
    let (mut reader, mut line) = (BufReader::new(stderr), Vec::new());
    // An unreadable standard error is an ended one.
    while let Ok(byte) = reader.read_u8().await {
        if byte != b'\n' && byte != b'\r' {
            if line.len() < 4 * LONGEST {
                line.push(byte);
            }
            continue;
        }
        let text = shown(&line);
        if !text.is_empty() {
            *words.lock().unwrap_or_else(PoisonError::into_inner) = text;
        }
        line.clear();
    }
    let text = shown(&line);
    if !text.is_empty() {
        *words.lock().unwrap_or_else(PoisonError::into_inner) = text;
    }
}

fn shown(line: &[u8]) -> String {
    let text = String::from_utf8_lossy(line);
    text.chars().filter(|character| !character.is_control()).take(LONGEST).collect::<String>().trim().to_owned()
}

/// Another computer's system bus: `ssh` with its bridge. Every part was checked by `Address::check`.
pub(super) fn ssh(user: &str, host: &str, port: u16, key_file: &Path) -> io::Result<(Child, UnixStream)> {
    #[allow(clippy::disallowed_methods, reason = "an unprivileged client reaches other computers through ssh")]
    let mut command = Command::new("ssh");
    let asks = can_ask();
    command.args(ssh_arguments(user, host, port, key_file, asks));
    if asks {
        command.env("SSH_ASKPASS_REQUIRE", "force");
    }
    Child::start(command, End::Killed, Speaks::OnBoth)
}

/// Whether ssh has a program to ask a person with; it never asks on a terminal.
pub(super) fn can_ask() -> bool {
    env::var_os("SSH_ASKPASS").is_some_and(|program| !program.is_empty())
}

fn ssh_arguments(user: &str, host: &str, port: u16, key_file: &Path, asks: bool) -> Vec<OsString> {
    // Nothing but the bridge: no terminal, no forwarded screen, agent or port, and no shared connection that outlives this one.
    let mut arguments: Vec<OsString> = ["-T", "-x", "-a"].map(Into::into).to_vec();
    let options = [
        "ClearAllForwardings=yes",
        "ControlMaster=no",
        "PermitLocalCommand=no",
        "ConnectTimeout=20",
        "ServerAliveInterval=20",
        "ServerAliveCountMax=3",
    ];
    let batch = if asks { None } else { Some("BatchMode=yes") };
    arguments.extend(options.into_iter().chain(batch).flat_map(|option| ["-o".into(), option.into()]));
    if !user.is_empty() {
        arguments.extend(["-l".into(), user.into()]);
    }
    if port != 0 {
        arguments.extend(["-p".into(), port.to_string().into()]);
    }
    if !key_file.as_os_str().is_empty() {
        arguments.extend(["-i".into(), key_file.into(), "-o".into(), "IdentitiesOnly=yes".into()]);
    }
    arguments.extend(["--".into(), host.into(), "systemd-stdio-bridge".into()]);
    arguments
}

/// A service of one's own for another computer's libvirt. The URI was checked by `Address::check`.
pub(super) fn service(uri: &str) -> io::Result<(Child, UnixStream)> {
    let program = service_program().ok_or(io::ErrorKind::NotFound)?;
    #[allow(clippy::disallowed_methods, reason = "an unprivileged client reaches a libvirt without the service through one of its own")]
    let mut command = Command::new(program);
    command.arg(format!("--uri={uri}")).args(["--peer", "0"]);
    // Those are about this process, not about the service.
    for name in ["NOTIFY_SOCKET", "JOURNAL_STREAM", "STATE_DIRECTORY", "WATCHDOG_USEC", "WATCHDOG_PID"] {
        command.env_remove(name);
    }
    Child::start(command, End::Itself, Speaks::OnInput)
}

/// `$KVM_MANAGERD`, or the program beside this one, or where it is installed.
fn service_program() -> Option<PathBuf> {
    const NAME: &str = "kvm-managerd";
    if let Some(named) = env::var_os("KVM_MANAGERD") {
        return Some(named.into());
    }
    let this = env::current_exe().ok();
    let beside = this.as_deref().and_then(Path::parent);
    let prefix = beside.and_then(Path::parent).map(|prefix| prefix.join("libexec"));
    let installed = ["/usr/local/libexec", "/usr/libexec", "/usr/lib/kvm-manager"].map(PathBuf::from);
    let places = beside.map(Path::to_owned).into_iter().chain(prefix).chain(installed);
    places.map(|place| place.join(NAME)).find(|file| file.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_comes_after_all_options_and_ssh_asks_nobody_on_a_terminal() {
        let arguments = ssh_arguments("me", "lab", 2222, Path::new("/k y"), false);
        let arguments: Vec<&str> = arguments.iter().filter_map(|argument| argument.to_str()).collect();
        assert!(arguments.ends_with(&[
            "-l",
            "me",
            "-p",
            "2222",
            "-i",
            "/k y",
            "-o",
            "IdentitiesOnly=yes",
            "--",
            "lab",
            "systemd-stdio-bridge"
        ]));
        assert!(arguments.contains(&"BatchMode=yes"));
        let asking = ssh_arguments("", "lab", 0, Path::new(""), true);
        assert!(!asking.iter().any(|argument| argument == "BatchMode=yes" || argument == "-l" || argument == "-p" || argument == "-i"));
    }

    #[test]
    fn last_words_are_one_printable_line() {
        assert_eq!(shown(b"  Permission denied\x1b[31m (publickey). "), "Permission denied[31m (publickey).");
        assert_eq!(shown(&[b'x'; 1000]).len(), LONGEST);
    }
}
