//! `kvm-managerd`: arguments, logging, the runtime, the bus name and signals.

use std::time::Duration;

use anyhow::Context as _;
use clap::Parser;
use sd_notify::NotifyState;
use service::{
    Service,
    config::{Arguments, Config},
    libvirt,
    store::Store,
    workflow::at_boot,
};
use tokio::signal::unix::{SignalKind, signal};
use tracing::Level;
use tracing_subscriber::{filter::Targets, layer::SubscriberExt, util::SubscriberInitExt};
use zbus::{Connection, connection::Builder, fdo::RequestNameFlags};

/// How long work may go on after the service was told to stop.
const LAST_WORK: Duration = Duration::from_secs(10);
/// How long the early start waits for drivers of cards whose virtual functions it makes; systemd waits for a minute.
const DRIVERS_WITHIN: Duration = Duration::from_secs(20);

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    start_logging();
    libvirt::limit_memory();
    let config = arguments.config()?;
    if arguments.apply_at_boot {
        return at_boot(&config, Duration::from_secs(arguments.confirm_after));
    }
    libvirt::event::start_loop().context("libvirt's event loop")?;
    // One thread turns the bus and the model: handing a call from thread to thread took longer than the work on it.
    // Whatever may block, libvirt and files, has threads of its own.
    let runtime = tokio::runtime::Builder::new_current_thread()
        // As many as the lanes of libvirt calls have places, and a few for files.
        .max_blocking_threads(40)
        .thread_keep_alive(Duration::from_secs(5))
        .thread_stack_size(1024 * 1024)
        .enable_all()
        .build()?;
    let result = runtime.block_on(run(&arguments, &config));
    // Calls that hang in libvirt are not waited for.
    runtime.shutdown_background();
    result
}

/// What the unit of the early start runs. Ready when everything is done; then it waits until the computer has run for long
/// enough. Whoever ends it before ends a start that does not count as good.
fn at_boot(config: &Config, confirm_after: Duration) -> anyhow::Result<()> {
    let store = Store::beside(&config.state_directory).context("the state directory")?;
    let done = at_boot::apply::run(&config.root, &store, DRIVERS_WITHIN).context("what is done at each start")?;
    // Without a service manager nobody listens.
    let _ = sd_notify::notify(&[NotifyState::Ready]);
    if done.is_some_and(|run| !run.is_skipped) {
        std::thread::sleep(confirm_after);
        at_boot::apply::confirm(&config.root, &store).context("writing down that the computer ran on")?;
    }
    Ok(())
}

/// To the journal if there is one, else to standard error.
fn start_logging() {
    let standard = || Targets::new().with_default(Level::INFO).with_target("zbus", Level::WARN);
    let filter = std::env::var("RUST_LOG").ok().and_then(|filter| filter.parse().ok()).unwrap_or_else(standard);
    let registry = tracing_subscriber::registry().with(filter);
    let is_in_journal = std::env::var_os("JOURNAL_STREAM").is_some();
    match tracing_journald::layer() {
        Ok(journal) if is_in_journal => registry.with(journal.with_syslog_identifier("kvm-managerd".to_owned())).init(),
        _ => registry.with(tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_ansi(false)).init(),
    }
}

async fn run(arguments: &Arguments, config: &Config) -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let connection = connect(arguments).await.context("connecting to the bus")?;
    let mut service = Service::start(&connection, config).await?;
    service.ready().await;
    if connection.is_bus() {
        // The library's default would take the name from a service that runs, and let others take it from this one.
        let flags = RequestNameFlags::DO_NOT_QUEUE;
        connection.request_name_with_flags(dbus::BUS_NAME, flags).await.context("requesting the bus name")?;
    }
    tracing::info!(uri = config.uri, version = env!("CARGO_PKG_VERSION"), "Ready");
    // Without a service manager nobody listens.
    let _ = sd_notify::notify(&[NotifyState::Ready]);
    tokio::spawn(feed_watchdog());
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
        () = connection.closed() => {
            tracing::info!("The bus is gone");
            return Ok(());
        }
    }
    let _ = sd_notify::notify(&[NotifyState::Stopping]);
    service.finish(LAST_WORK).await;
    Ok(())
}

async fn connect(arguments: &Arguments) -> anyhow::Result<Connection> {
    if let Some(number) = arguments.peer {
        let socket = inherited(number).context("the inherited socket")?;
        let connection = Builder::unix_stream(socket).server(zbus::Guid::generate()).p2p().build().await?;
        // Starts answering: a peer may call at once, and a call that nobody takes is never answered.
        let _ = connection.object_server();
        return Ok(connection);
    }
    let builder = match &arguments.bus {
        Some(address) => Builder::address(address.as_str()),
        None if arguments.session => Builder::session(),
        None => Builder::system(),
    };
    Ok(builder.build().await?)
}

/// A descriptor that the parent process left open for us, as a socket of our own.
fn inherited(number: i32) -> anyhow::Result<std::os::unix::net::UnixStream> {
    use rustix::process::{PidfdFlags, PidfdGetfdFlags, getpid, pidfd_getfd, pidfd_open};
    let this = pidfd_open(getpid(), PidfdFlags::empty())?;
    Ok(pidfd_getfd(this, number, PidfdGetfdFlags::empty())?.into())
}

/// Tells the service manager twice per watchdog interval that the runtime still turns.
async fn feed_watchdog() {
    let Some(interval) = sd_notify::watchdog_enabled() else { return };
    loop {
        tokio::time::sleep(interval / 2).await;
        let _ = sd_notify::notify(&[NotifyState::Watchdog]);
    }
}
