//! What the command line and the configuration file ask for.

use std::{
    io,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context as _, bail};
use clap::Parser;
use serde::Deserialize;

use crate::host::Root;

/// The D-Bus service of KVM Manager.
#[derive(Clone, Debug, Parser)]
#[command(name = "kvm-managerd", version)]
pub struct Arguments {
    /// Serve this user's machines on the session bus; nobody else may call.
    #[arg(long, conflicts_with = "peer")]
    pub session: bool,
    /// The libvirt URI; by default `qemu:///system`, with --session `qemu:///session`.
    #[arg(long, value_name = "URI")]
    pub uri: Option<String>,
    /// The D-Bus address of the bus, instead of the usual one.
    #[arg(long, value_name = "ADDRESS", conflicts_with = "peer")]
    pub bus: Option<String>,
    /// Speak D-Bus peer to peer over this inherited socket; no bus, no name, no polkit.
    #[arg(long, value_name = "FD")]
    pub peer: Option<i32>,
    /// Do what is kept for each start of the computer, without any bus; wait, and write down that the computer ran on.
    #[arg(long, conflicts_with_all = ["session", "peer", "bus", "uri"])]
    pub apply_at_boot: bool,
    /// After how many seconds a start of the computer counts as good.
    #[arg(long, value_name = "SECONDS", default_value_t = 300, requires = "apply_at_boot")]
    pub confirm_after: u64,
    /// Where to keep what must survive a restart.
    #[arg(long, value_name = "DIRECTORY")]
    pub state_dir: Option<PathBuf>,
    /// The configuration file, instead of the usual one, which may be missing.
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

/// The configuration file. A key that it does not know is an error: a typo must not be ignored.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Settings {
    history: HistorySettings,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct HistorySettings {
    /// Sample also while nobody listens.
    always: bool,
}

/// Who judges callers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judging {
    /// polkit.
    Polkit,
    /// The service's own user may do everything, nobody else anything.
    OwnUser,
}

/// The service's configuration.
#[derive(Clone, Debug)]
pub struct Config {
    /// The libvirt URI.
    pub uri: String,
    /// Who judges callers.
    pub judging: Judging,
    /// Where state is kept.
    pub state_directory: PathBuf,
    /// The history is filled also while nobody listens.
    pub history_always: bool,
    /// Where the host's files are.
    pub root: Root,
    /// How long a driver may take to let go of a device, unless it is the usual time.
    pub write_time: Option<Duration>,
}

impl Arguments {
    /// What the arguments come down to.
    ///
    /// # Errors
    /// If root would run without polkit, there is no place for state, or the configuration file is not acceptable.
    pub fn config(&self) -> anyhow::Result<Config> {
        let is_system = !self.session && self.peer.is_none();
        let judging = if is_system { Judging::Polkit } else { Judging::OwnUser };
        if judging == Judging::OwnUser && rustix::process::geteuid().is_root() {
            bail!("root never runs without polkit: leave --session and --peer to ordinary users");
        }
        let uri = self.uri.clone().unwrap_or_else(|| if is_system { "qemu:///system" } else { "qemu:///session" }.to_owned());
        let state_directory = match (&self.state_dir, std::env::var_os("STATE_DIRECTORY")) {
            (Some(directory), _) => directory.clone(),
            (None, Some(directory)) => directory.into(),
            (None, None) if is_system => "/var/lib/kvm-manager".into(),
            (None, None) => user_state(&uri)?,
        };
        let settings = match &self.config {
            Some(file) => read(file)?.with_context(|| format!("no configuration file {}", file.display()))?,
            None => usual_file(is_system).map(|file| read(&file)).transpose()?.flatten().unwrap_or_default(),
        };
        Ok(Config { uri, judging, state_directory, history_always: settings.history.always, root: Root::host(), write_time: None })
    }
}

/// Where the configuration file is unless it is named; there need not be one.
fn usual_file(is_system: bool) -> Option<PathBuf> {
    if is_system {
        return Some("/etc/kvm-manager/service.toml".into());
    }
    let home = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".config"));
    let directory = std::env::var_os("XDG_CONFIG_HOME").map(PathBuf::from).filter(|path| path.is_absolute()).or_else(home);
    directory.map(|directory| directory.join("kvm-manager/service.toml"))
}

/// Reads the configuration file; `None` if there is none.
fn read(file: &Path) -> anyhow::Result<Option<Settings>> {
    let what = || format!("the configuration file {}", file.display());
    match std::fs::read_to_string(file) {
        Ok(text) => toml::from_str(&text).map(Some).with_context(what),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(what),
    }
}

/// A directory for each URI: services for several hosts may run side by side.
fn user_state(uri: &str) -> anyhow::Result<PathBuf> {
    let home = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".local/state"));
    let state = std::env::var_os("XDG_STATE_HOME").map(PathBuf::from).filter(|path| path.is_absolute()).or_else(home);
    let escape = |byte: u8| if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("_{byte:02x}") };
    let name: String = uri.bytes().map(escape).collect();
    Ok(state.context("neither XDG_STATE_HOME nor HOME is set")?.join("kvm-manager").join(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_hosts_keep_their_state_apart() {
        let arguments = |uri: &str| Arguments::parse_from(["kvm-managerd", "--session", "--uri", uri]);
        if rustix::process::geteuid().is_root() {
            assert!(arguments("test:///default").config().is_err(), "root must be refused");
            return;
        }
        let one = arguments("qemu+ssh://on-e/system").config().unwrap().state_directory;
        let two = arguments("qemu+ssh://on.e/system").config().unwrap().state_directory;
        assert_ne!(one, two);
    }

    #[test]
    fn a_typo_in_the_configuration_file_is_an_error_and_a_missing_file_is_none() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("service.toml");
        assert!(read(&file).unwrap().is_none());
        let always = |text: &str| {
            std::fs::write(&file, text).unwrap();
            read(&file).map(|settings| settings.unwrap().history.always)
        };
        assert!(!always("").unwrap());
        assert!(always("# Since Monday.\n[history]\nalways = true\n").unwrap());
        for wrong in ["[history]\nalwasy = true", "[hsitory]\nalways = true", "[history]\nalways = 1", "always = true", "["] {
            assert!(always(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_peer_has_neither_bus_nor_session() {
        assert!(Arguments::try_parse_from(["kvm-managerd", "--peer", "3", "--session"]).is_err());
        assert!(Arguments::try_parse_from(["kvm-managerd", "--peer", "3", "--bus", "unix:path=/x"]).is_err());
    }
}
