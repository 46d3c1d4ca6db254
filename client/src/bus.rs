//! A host on a D-Bus connection.

mod attach;
mod calls;
mod child;
mod connection;
mod device;
mod failure;
mod function;
mod give;
mod hand_over;
mod known;
mod memory;
mod network;
mod other;
mod outbox;
mod part;
mod picture;
mod record;
mod session;
mod signal;
mod tuning;
mod value;
mod watch;

use futures_util::{Stream, StreamExt};
use tokio::sync::watch::Receiver;
use zbus::{Connection, names::OwnedUniqueName};

use crate::{Event, Host, Problem, Service, Wanted, host::Address};

/// The service of one host, for calls. Its connection belongs to [`watch`], and is closed with it.
#[derive(Clone, Debug)]
pub(crate) struct Bus {
    connection: Connection,
    /// This service and not one that comes after it; `None` for a peer.
    service: Option<OwnedUniqueName>,
    passes_descriptors: bool,
}

/// See [`crate::watch`].
pub(crate) fn watch(host: Host, wanted: Receiver<Wanted>) -> impl Stream<Item = Event> + Send {
    match host.address {
        Address::Demo => crate::demo::watch(crate::demo::chosen(), wanted).left_stream(),
        address => watch::events(address, wanted).right_stream(),
    }
}

/// Connects once and says what answers, or why nothing does. Nothing stays open or running.
///
/// # Errors
/// Why the host cannot be reached.
pub async fn test_connection(host: Host) -> Result<Service, Problem> {
    if host.address == Address::Demo {
        let service = |version: &str| Service { version: version.to_owned(), features: Vec::new(), uri: host.uri_shown() };
        return Ok(service(env!("CARGO_PKG_VERSION")));
    }
    let mut link = connection::Link::open(&host.address).await?;
    session::find(&mut link, |_, _| {}).await.map(|(_, service)| service)
}
