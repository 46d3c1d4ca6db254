//! Which hosts there are and how one is reached.

mod file;

use std::{path::PathBuf, sync::Arc};

use serde::{Deserialize, Serialize};

pub use file::{Broken, Hosts};

/// What a host is called inside the clients and in settings; constant.
pub type Id = Arc<str>;

/// The id of the service on this computer's system bus.
pub const SYSTEM: &str = "system";
/// The id of the service on the user's session bus.
pub const SESSION: &str = "session";

/// A computer (or a user's session on it) whose machines are shown.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Host {
    /// `system`, `session`, or made up when it was added.
    pub id: Id,
    /// The name a person gave it; empty for the one that its address suggests.
    #[serde(default)]
    pub name: String,
    /// How it is reached.
    pub address: Address,
    /// Whether clients connect to it when they start.
    #[serde(default)]
    pub auto_connect: bool,
}

/// How a host is reached.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Address {
    /// The service on this computer's system bus.
    System,
    /// The service on the user's session bus.
    Session,
    /// A bus at an address, as D-Bus writes it.
    Bus {
        /// The address.
        address: String,
    },
    /// The service on another computer's system bus, through `ssh`.
    Ssh {
        /// The account there, empty for ssh's own choice.
        #[serde(default)]
        user: String,
        /// The computer.
        host: String,
        /// The port, 0 for ssh's own choice.
        #[serde(default)]
        port: u16,
        /// A key file, empty for ssh's own choice.
        #[serde(default)]
        key_file: PathBuf,
    },
    /// Another computer's libvirt, through a service of one's own on this computer.
    Libvirt {
        /// The libvirt URI.
        uri: String,
    },
    /// The host in memory.
    Demo,
}

/// Why an address cannot be used. Nothing is started or opened for such an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Invalid {
    /// What says where it is has nothing in it.
    #[error("The address is empty")]
    Empty,
    /// It begins with a hyphen, so that a program would take it for an option.
    #[error("A name must not begin with a hyphen")]
    LeadingHyphen,
    /// It has a character that no such name has.
    #[error("The character {} is not allowed", .0.escape_debug())]
    Character(char),
    /// It is longer than any such name.
    #[error("The address is too long")]
    TooLong,
    /// The key file is not named from the root.
    #[error("The key file needs its whole path")]
    RelativeKeyFile,
    /// It is not `DRIVER://…`.
    #[error("A libvirt URI looks like qemu+ssh://host/system")]
    NotAUri,
    /// It is neither `unix:…` nor `tcp:…`.
    #[error("A bus address begins with unix: or tcp:")]
    NotABus,
}

/// Characters of any part of an address.
const LONGEST: usize = 1024;

impl Host {
    /// A host that a person added. `id` must differ from every other host's.
    #[must_use]
    pub fn new(id: impl Into<Id>, name: impl Into<String>, address: Address) -> Self {
        Self { id: id.into(), name: name.into(), address, auto_connect: false }
    }

    /// The service on this computer's system bus.
    #[must_use]
    pub fn system() -> Self {
        Self { auto_connect: true, ..Self::new(SYSTEM, "", Address::System) }
    }

    /// The service on the user's session bus.
    #[must_use]
    pub fn session() -> Self {
        Self::new(SESSION, "", Address::Session)
    }

    /// Whether it is always there and cannot be removed.
    #[must_use]
    pub fn is_built_in(&self) -> bool {
        matches!(self.address, Address::System | Address::Session)
    }

    /// Whether its machines run on this computer.
    #[must_use]
    pub fn is_here(&self) -> bool {
        self.is_built_in() || matches!(self.address, Address::Demo)
    }

    /// Its name, or else what its address suggests, in the person's language: the computer's name for a remote one.
    #[must_use]
    pub fn label(&self) -> String {
        if !self.name.is_empty() {
            return self.name.clone();
        }
        match &self.address {
            Address::System | Address::Demo => crate::t!("host-this-computer"),
            Address::Session => crate::t!("host-user-session"),
            Address::Bus { address } => address.clone(),
            Address::Ssh { host, .. } => host.clone(),
            Address::Libvirt { uri } => authority(uri).map_or(uri.as_str(), computer).to_owned(),
        }
    }

    /// What will be connected to, in full: shown before a connection is made.
    #[must_use]
    pub fn uri_shown(&self) -> String {
        match &self.address {
            Address::System => "qemu:///system".to_owned(),
            Address::Session => "qemu:///session".to_owned(),
            Address::Bus { address } => address.clone(),
            Address::Ssh { user, host, port, .. } => {
                let user = if user.is_empty() { String::new() } else { format!("{user}@") };
                let port = if *port == 0 { String::new() } else { format!(":{port}") };
                let host = if host.contains(':') { format!("[{host}]") } else { host.clone() };
                format!("ssh://{user}{host}{port}")
            }
            Address::Libvirt { uri } => uri.clone(),
            Address::Demo => "demo:".to_owned(),
        }
    }
}

impl Address {
    /// Whether it can be used: nothing in it can be taken for an option of a program.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn check(&self) -> Result<(), Invalid> {
        match self {
            Self::System | Self::Session | Self::Demo => Ok(()),
            Self::Bus { address } => {
                printable(address)?;
                let is_plain = ["unix:", "tcp:"].iter().any(|kind| address.starts_with(kind)) && !address.contains(';');
                if is_plain { Ok(()) } else { Err(Invalid::NotABus) }
            }
            Self::Ssh { user, host, key_file, .. } => {
                name(host, "._-:%")?;
                if !user.is_empty() {
                    name(user, "._-+\\$")?;
                }
                check_key(key_file)
            }
            Self::Libvirt { uri } => check_uri(uri),
        }
    }
}

/// A name of a computer or an account: letters, digits, and `others`.
fn name(text: &str, others: &str) -> Result<(), Invalid> {
    printable(text)?;
    if text.starts_with('-') {
        return Err(Invalid::LeadingHyphen);
    }
    match text.chars().find(|character| !character.is_alphanumeric() && !others.contains(*character)) {
        None => Ok(()),
        Some(character) => Err(Invalid::Character(character)),
    }
}

fn printable(text: &str) -> Result<(), Invalid> {
    if text.is_empty() {
        return Err(Invalid::Empty);
    }
    if text.len() > LONGEST {
        return Err(Invalid::TooLong);
    }
    match text.chars().find(|character| character.is_control() || character.is_whitespace()) {
        None => Ok(()),
        Some(character) => Err(Invalid::Character(character)),
    }
}

fn check_key(file: &std::path::Path) -> Result<(), Invalid> {
    let Some(text) = file.to_str() else { return Err(Invalid::Character(char::REPLACEMENT_CHARACTER)) };
    if text.is_empty() {
        return Ok(());
    }
    // ssh expands `%` and variables in it.
    if let Some(character) = text.chars().find(|character| character.is_control() || "%$\"".contains(*character)) {
        return Err(Invalid::Character(character));
    }
    if file.is_absolute() { Ok(()) } else { Err(Invalid::RelativeKeyFile) }
}

fn check_uri(uri: &str) -> Result<(), Invalid> {
    printable(uri)?;
    if let Some(character) = uri.chars().find(|character| !character.is_ascii_graphic()) {
        return Err(Invalid::Character(character));
    }
    let driver = uri.split(':').next().unwrap_or_default();
    let is_driver = driver.starts_with(|first: char| first.is_ascii_alphabetic())
        && driver.chars().all(|character| character.is_ascii_alphanumeric() || "+-.".contains(character));
    let Some(authority) = authority(uri).filter(|_| is_driver) else { return Err(Invalid::NotAUri) };
    // libvirt hands both parts to ssh.
    if authority.split('@').any(|part| part.starts_with('-')) { Err(Invalid::LeadingHyphen) } else { Ok(()) }
}

/// `user@host:port` of a URI.
fn authority(uri: &str) -> Option<&str> {
    uri.split_once("://").map(|(_, rest)| rest.split(['/', '?', '#']).next().unwrap_or_default())
}

/// The host of `user@host:port`, or the whole if there is none.
fn computer(authority: &str) -> &str {
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    match host.strip_prefix('[').and_then(|rest| rest.split(']').next()) {
        Some(address) => address,
        None => host.split(':').next().unwrap_or(host),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ssh(user: &str, host: &str) -> Address {
        Address::Ssh { user: user.to_owned(), host: host.to_owned(), port: 0, key_file: PathBuf::new() }
    }

    #[test]
    fn what_ssh_could_take_for_an_option_is_refused() {
        assert_eq!(ssh("", "-oProxyCommand=x").check(), Err(Invalid::LeadingHyphen));
        assert_eq!(ssh("-l", "host").check(), Err(Invalid::LeadingHyphen));
        assert_eq!(ssh("", "a b").check(), Err(Invalid::Character(' ')));
        assert_eq!(ssh("", "a\u{7}").check(), Err(Invalid::Character('\u{7}')));
        assert_eq!(ssh("", "a;b").check(), Err(Invalid::Character(';')));
        assert_eq!(ssh("", "").check(), Err(Invalid::Empty));
        assert_eq!(ssh("me", "lab-1.example.org").check(), Ok(()));
        assert_eq!(ssh("", "fe80::1%eth0").check(), Ok(()));
        let libvirt = |uri: &str| Address::Libvirt { uri: uri.to_owned() }.check();
        assert_eq!(libvirt("qemu+ssh://-oProxyCommand=x/system"), Err(Invalid::LeadingHyphen));
        assert_eq!(libvirt("qemu+ssh://me@-x/system"), Err(Invalid::LeadingHyphen));
        assert_eq!(libvirt("--uri=x"), Err(Invalid::NotAUri));
        assert_eq!(libvirt("qemu+ssh://me@host:22/system"), Ok(()));
        assert_eq!(libvirt("test:///default"), Ok(()));
    }

    #[test]
    fn key_files_are_whole_paths_that_ssh_takes_as_they_are() {
        let with = |file: &str| Address::Ssh { user: String::new(), host: "a".into(), port: 0, key_file: file.into() }.check();
        assert_eq!(with("id_ed25519"), Err(Invalid::RelativeKeyFile));
        assert_eq!(with("/home/me/%h"), Err(Invalid::Character('%')));
        assert_eq!(with("/home/me/my key"), Ok(()));
    }

    #[test]
    fn only_sockets_are_addresses_of_a_bus() {
        let bus = |address: &str| Address::Bus { address: address.to_owned() }.check();
        assert_eq!(bus("unixexec:path=/bin/sh"), Err(Invalid::NotABus));
        assert_eq!(bus("unix:path=/a;unixexec:path=/bin/sh"), Err(Invalid::NotABus));
        assert_eq!(bus("unix:path=/run/bus"), Ok(()));
    }

    #[test]
    fn a_host_without_a_name_is_called_after_its_address() {
        let host = |address: Address| Host::new("x", "", address);
        assert_eq!(host(ssh("me", "lab")).label(), "lab");
        assert_eq!(host(ssh("me", "fe80::1")).uri_shown(), "ssh://me@[fe80::1]");
        let uri = |uri: &str| host(Address::Libvirt { uri: uri.to_owned() });
        assert_eq!(uri("qemu+ssh://me@lab:22/system").label(), "lab");
        assert_eq!(uri("qemu+tls://[::1]:16514/system").label(), "::1");
        assert_eq!(Host { name: "Mine".into(), ..Host::system() }.label(), "Mine");
        assert_eq!((Host::system().label(), Host::session().label()), ("This computer".into(), "User session".into()));
        assert_eq!(crate::locale::text_in("de", "host-this-computer", &[]), "Dieser Rechner");
    }
}
