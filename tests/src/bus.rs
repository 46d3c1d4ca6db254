//! A private bus.

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Command, Stdio},
};

use tempfile::TempDir;
use zbus::{Connection, connection::Builder};

use crate::{child::Child, within};

/// Everybody may connect and send, and no limit is below what a test needs: the service's own rules are tested.
const CONFIGURATION: &str = r#"<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-BUS Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path=@directory@/bus</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow user="*"/>
    <allow own="*"/>
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
  </policy>
  @more@
  <limit name="max_incoming_bytes">1000000000</limit>
  <limit name="max_outgoing_bytes">1000000000</limit>
  <limit name="max_message_size">134217728</limit>
  <limit name="max_completed_connections">10000</limit>
  <limit name="max_incomplete_connections">10000</limit>
  <limit name="max_connections_per_user">10000</limit>
  <limit name="max_match_rules_per_connection">50000</limit>
  <limit name="max_replies_per_connection">50000</limit>
</busconfig>
"#;

/// A bus that ends with the test.
#[derive(Debug)]
pub struct Bus {
    daemon: Child,
    directory: TempDir,
}

impl Bus {
    /// Starts one and waits until it listens.
    #[must_use]
    pub fn start() -> Self {
        Self::with("")
    }

    /// Starts one with more in its configuration, where `@directory@` is the directory that goes with it.
    #[must_use]
    pub fn with(more: &str) -> Self {
        let directory = short_directory();
        let configuration = directory.path().join("bus.conf");
        let text = CONFIGURATION.replace("@more@", more).replace("@directory@", &directory.path().display().to_string());
        std::fs::write(&configuration, text).expect("write the bus's configuration");
        let mut command = Command::new("dbus-daemon");
        command.arg("--nofork").arg("--nopidfile").arg("--nosyslog").arg("--print-address");
        command.arg(format!("--config-file={}", configuration.display())).stdout(Stdio::piped());
        let mut daemon = Child::start(&mut command);
        let mut address = String::new();
        BufReader::new(daemon.output()).read_line(&mut address).expect("read the bus's address");
        assert!(address.starts_with("unix:"), "dbus-daemon did not start");
        Self { daemon, directory }
    }

    /// Its address.
    #[must_use]
    pub fn address(&self) -> String {
        format!("unix:path={}", self.directory.path().join("bus").display())
    }

    /// A new client.
    pub async fn connect(&self) -> Connection {
        connect(&self.address()).await
    }

    /// Its process.
    #[must_use]
    pub const fn daemon(&mut self) -> &mut Child {
        &mut self.daemon
    }

    /// A directory that goes with it.
    #[must_use]
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }
}

/// A new client of the bus at `address`.
pub async fn connect(address: &str) -> Connection {
    let connect = Builder::address(address).build();
    within("a connection to the bus", connect).await.unwrap_or_else(|error| panic!("cannot connect to {address}: {error}"))
}

/// A new directory with a short path: paths of sockets have 107 characters at most.
#[must_use]
pub fn short_directory() -> TempDir {
    let directory = tempfile::Builder::new().prefix("km").rand_bytes(6).tempdir_in("/tmp").expect("a directory");
    // Other users of the bus must reach its socket.
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(directory.path(), mode).expect("open the directory");
    directory
}
