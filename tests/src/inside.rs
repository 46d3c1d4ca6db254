//! The service inside the test's own process, peer to peer, on a captured host.

use std::{os::unix::net::UnixStream, path::Path, sync::OnceLock, time::Duration};

use service::{
    Service,
    config::{Config, Judging},
    host::Root,
    libvirt::event,
};
use zbus::{Connection, connection::Builder};

use crate::within;

/// The service and its only client.
#[derive(Debug)]
pub struct Inside {
    /// The client.
    pub client: Connection,
    _service: Service,
    _server: Connection,
}

/// Starts it on libvirt's built-in driver, with the files of `root` and its state in `state`.
///
/// # Panics
/// If it does not start.
pub async fn start(root: Root, state: &Path) -> Inside {
    start_on("test:///default", root, state).await
}

/// The same with machines of the test's own.
///
/// # Panics
/// If it does not start.
pub async fn start_on(uri: &str, root: Root, state: &Path) -> Inside {
    start_with(uri, root, state, |_| Box::pin(async {})).await
}

/// The same with a peer that `serve` has objects of its own on before the service starts.
///
/// # Panics
/// If it does not start.
pub async fn start_with(
    uri: &str,
    root: Root,
    state: &Path,
    serve: impl FnOnce(Connection) -> std::pin::Pin<Box<dyn Future<Output = ()>>>,
) -> Inside {
    start_hasty(uri, root, state, serve, None).await
}

/// The same with another time for one write.
///
/// # Panics
/// If it does not start.
pub async fn start_hasty(
    uri: &str,
    root: Root,
    state: &Path,
    serve: impl FnOnce(Connection) -> std::pin::Pin<Box<dyn Future<Output = ()>>>,
    write_time: Option<Duration>,
) -> Inside {
    static LOOP: OnceLock<()> = OnceLock::new();
    LOOP.get_or_init(|| event::start_loop().expect("libvirt's event loop"));
    let (ours, theirs) = UnixStream::pair().expect("a pair of sockets");
    for socket in [&ours, &theirs] {
        socket.set_nonblocking(true).expect("a socket that does not block");
    }
    let accept = Builder::unix_stream(theirs).server(zbus::Guid::generate()).p2p().build();
    let connect = Builder::unix_stream(ours).p2p().build();
    let (server, client) = within("the handshake", async { tokio::join!(accept, connect) }).await;
    let (server, client) = (server.expect("a server"), client.expect("a client"));
    serve(client.clone()).await;
    let config =
        Config { uri: uri.into(), judging: Judging::OwnUser, state_directory: state.to_owned(), history_always: false, root, write_time };
    let mut service = within("the service", Service::start(&server, &config)).await.expect("a service");
    within("the service", service.ready()).await;
    Inside { client, _service: service, _server: server }
}
