//! What the command line asks for.

use std::path::PathBuf;

use anyhow::{Context as _, bail};
use clap::Parser;

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
    /// Where to keep what must survive a restart.
    #[arg(long, value_name = "DIRECTORY")]
    pub state_dir: Option<PathBuf>,
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
}

impl Arguments {
    /// What the arguments come down to.
    ///
    /// # Errors
    /// If root would run without polkit, or there is no place for state.
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
        Ok(Config { uri, judging, state_directory })
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
    fn a_peer_has_neither_bus_nor_session() {
        assert!(Arguments::try_parse_from(["kvm-managerd", "--peer", "3", "--session"]).is_err());
        assert!(Arguments::try_parse_from(["kvm-managerd", "--peer", "3", "--bus", "unix:path=/x"]).is_err());
    }
}
