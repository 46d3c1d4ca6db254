//! A connection to a host: a bus with the service on it, or a service that is the peer.

use std::{io, os::unix::net::UnixStream, path::Path, pin::pin, time::Duration};

use dbus::{interface, path};
use futures_util::StreamExt;
use zbus::{
    Connection, MatchRule, Message, MessageStream,
    connection::Builder,
    fdo::{self, DBusProxy},
    message::Type,
    names::{BusName, OwnedUniqueName, WellKnownName},
    proxy::CacheProperties,
};

use super::{
    child::{self, Child},
    failure,
};
use crate::{Error, Problem, host::Address};

/// How long anything on this computer may take at the beginning.
const LOCAL: Duration = Duration::from_secs(10);
/// The same for another computer.
const REMOTE: Duration = Duration::from_secs(30);
/// The same while a person is asked for a password.
const ASKING: Duration = Duration::from_secs(180);
/// How long the service may take to start, by the bus or as a program of ours: it waits for libvirt's first answer, and a
/// computer that is busy takes its time. Whoever gave up earlier would start it over and over.
const START: Duration = Duration::from_secs(60);

const BUS: &str = "org.freedesktop.DBus";

/// A connection. Ends, with the program that it runs through, when it is dropped.
#[derive(Debug)]
pub(super) struct Link {
    pub connection: Connection,
    /// Everything that comes; read all the time, or the connection would stand still.
    messages: MessageStream,
    child: Option<Child>,
    kind: Kind,
    /// The service has answered.
    pub is_up: bool,
    /// What a question at the beginning may take.
    pub limit: Duration,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Bus,
    /// A bus that is reached over the network.
    Remote,
    Ssh,
    Peer,
}

impl Drop for Link {
    fn drop(&mut self) {
        // Handles for calls keep the connection, but it is over. Without a runtime nobody can use it anyway.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            let connection = self.connection.clone();
            runtime.spawn(async move {
                // It may be closed already.
                let _ = connection.close().await;
            });
        }
    }
}

impl Link {
    /// Connects. The service need not be there yet.
    pub async fn open(address: &Address) -> Result<Self, Problem> {
        address.check().map_err(|invalid| Problem::Other(Error::Other(invalid.to_string())))?;
        match address {
            Address::System => Self::bus(Builder::system(), Kind::Bus).await,
            Address::Session => Self::bus(Builder::session(), Kind::Bus).await,
            Address::Bus { address } => {
                let kind = if address.starts_with("unix:") { Kind::Bus } else { Kind::Remote };
                Self::bus(Builder::address(address.as_str()), kind).await
            }
            Address::Ssh { user, host, port, key_file } => Self::ssh(user, host, *port, key_file).await,
            Address::Libvirt { uri } => Self::peer(uri).await,
            Address::Demo => Err(Problem::NotInstalled),
        }
    }

    async fn bus(builder: Builder<'_>, kind: Kind) -> Result<Self, Problem> {
        match tokio::time::timeout(LOCAL, builder.build()).await {
            Ok(Ok(connection)) => Self::new(connection, None, kind, LOCAL).await,
            Ok(Err(error)) => Err(failure::of_opening(&error)),
            Err(_) => Err(Problem::NoBus(no_answer("The bus", LOCAL))),
        }
    }

    async fn ssh(user: &str, host: &str, port: u16, key_file: &Path) -> Result<Self, Problem> {
        let (mut child, socket) = child::ssh(user, host, port, key_file).map_err(|error| Problem::Ssh(format!("ssh: {error}")))?;
        let limit = if child::can_ask() { ASKING } else { REMOTE };
        match tokio::time::timeout(limit, builder(socket).build()).await {
            Ok(Ok(connection)) => Self::new(connection, Some(child), Kind::Ssh, REMOTE).await,
            Ok(Err(error)) => Err(Problem::Ssh(or(child.last_words().await, || error.to_string()))),
            Err(_) => Err(Problem::Ssh(no_answer("ssh", limit))),
        }
    }

    async fn peer(uri: &str) -> Result<Self, Problem> {
        let (mut child, socket) = child::service(uri).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => Problem::NotInstalled,
            _ => Problem::NotRunning(error.to_string()),
        })?;
        match tokio::time::timeout(START, builder(socket).p2p().build()).await {
            Ok(Ok(connection)) => Self::new(connection, Some(child), Kind::Peer, LOCAL).await,
            Ok(Err(error)) => Err(Problem::NotRunning(or(child.last_words().await, || error.to_string()))),
            Err(_) => Err(Problem::NotRunning(no_answer("The service", START))),
        }
    }

    async fn new(connection: Connection, child: Option<Child>, kind: Kind, limit: Duration) -> Result<Self, Problem> {
        let messages = MessageStream::from(&connection);
        let mut link = Self { connection, messages, child, kind, is_up: false, limit };
        if link.is_bus() {
            // Nothing of the service can be missed from here on.
            let bus = link.dbus().await?;
            for rule in rules().map_err(failure::of_call)? {
                link.during(limit, bus.add_match_rule(rule), &mut |_| {}).await?.map_err(|error| failure::of_call(error.into()))?;
            }
        }
        Ok(link)
    }

    /// Whether there is a bus between here and the service.
    pub fn is_bus(&self) -> bool {
        self.kind != Kind::Peer
    }

    /// How long its first answer may take: a peer is a program that has just been started.
    pub const fn first_answer(&self) -> Duration {
        match self.kind {
            Kind::Peer => START,
            Kind::Bus | Kind::Remote | Kind::Ssh => self.limit,
        }
    }

    /// Whether descriptors get to the service and back: only through sockets of this computer.
    pub fn passes_descriptors(&self) -> bool {
        !matches!(self.kind, Kind::Ssh | Kind::Remote)
    }

    async fn dbus(&self) -> Result<DBusProxy<'static>, Problem> {
        let proxy = DBusProxy::builder(&self.connection).cache_properties(CacheProperties::No).build().await;
        proxy.map_err(failure::of_call)
    }

    /// Who the service is on the bus; started if it can be and is not there. `None` for a peer, which has no name.
    pub async fn service(&mut self, heard: &mut impl FnMut(&Message)) -> Result<Option<OwnedUniqueName>, Problem> {
        if !self.is_bus() {
            return Ok(None);
        }
        let bus = self.dbus().await?;
        let limit = self.limit;
        let name = || BusName::from(WellKnownName::from_static_str_unchecked(dbus::BUS_NAME));
        match self.during(limit, bus.get_name_owner(name()), heard).await? {
            Ok(owner) => return Ok(Some(owner)),
            Err(fdo::Error::NameHasNoOwner(_)) => {}
            Err(error) => return Err(failure::of_call(error.into())),
        }
        let start = bus.start_service_by_name(WellKnownName::from_static_str_unchecked(dbus::BUS_NAME), 0);
        self.during(START, start, heard).await?.map_err(|error| failure::of_start(error.into()))?;
        match self.during(limit, bus.get_name_owner(name()), heard).await? {
            Ok(owner) => Ok(Some(owner)),
            Err(fdo::Error::NameHasNoOwner(message)) => Err(Problem::NotRunning(message)),
            Err(error) => Err(failure::of_call(error.into())),
        }
    }

    /// The next message.
    ///
    /// # Errors
    /// Why there is none any more.
    pub async fn message(&mut self) -> Result<Message, Problem> {
        match self.messages.next().await {
            Some(Ok(message)) => Ok(message),
            Some(Err(error)) => Err(self.ended(&error.to_string()).await),
            None => Err(self.ended("The connection was closed").await),
        }
    }

    /// Waits for `work`, and hands over what comes meanwhile.
    ///
    /// # Errors
    /// If it takes longer than `limit`, or the connection ends.
    pub async fn during<T>(
        &mut self,
        limit: Duration,
        work: impl Future<Output = T>,
        heard: &mut impl FnMut(&Message),
    ) -> Result<T, Problem> {
        let mut work = pin!(work);
        let mut late = pin!(tokio::time::sleep(limit));
        loop {
            tokio::select! {
                // What comes behind the answer is left for whoever reads next.
                biased;
                result = &mut work => return Ok(result),
                message = self.message() => heard(&message?),
                () = &mut late => return Err(Problem::NotRunning(no_answer("The service", limit))),
            }
        }
    }

    async fn ended(&mut self, reason: &str) -> Problem {
        let words = match &mut self.child {
            Some(child) => child.last_words().await,
            None => String::new(),
        };
        let words = or(words, || reason.to_owned());
        match self.kind {
            _ if self.is_up => Problem::Ended(words),
            Kind::Bus | Kind::Remote => Problem::Ended(words),
            Kind::Ssh => Problem::Ssh(words),
            Kind::Peer => Problem::NotRunning(words),
        }
    }
}

fn builder(socket: UnixStream) -> Builder<'static> {
    Builder::unix_stream(socket)
}

fn or(words: String, other: impl FnOnce() -> String) -> String {
    if words.is_empty() { other() } else { words }
}

fn no_answer(who: &str, limit: Duration) -> String {
    format!("{who} did not answer within {} s", limit.as_secs())
}

/// What is heard on a bus: four rules, however many machines there are. Figures are sent to their subscriber alone.
fn rules() -> zbus::Result<[MatchRule<'static>; 4]> {
    let signal =
        |sender: &'static str, interface: &'static str| MatchRule::builder().msg_type(Type::Signal).sender(sender).interface(interface);
    Ok([
        signal(BUS, BUS).member("NameOwnerChanged").arg(0, dbus::BUS_NAME).build()?,
        signal(dbus::BUS_NAME, "org.freedesktop.DBus.Properties").member("PropertiesChanged").path_namespace(path::ROOT).build()?,
        signal(dbus::BUS_NAME, "org.freedesktop.DBus.ObjectManager").path(path::ROOT).build()?,
        signal(dbus::BUS_NAME, interface::JOB).member("Completed").build()?,
    ])
}
