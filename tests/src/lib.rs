//! What the tests of the running service share: a private bus, the service on it, and clients.
//!
//! Nothing here waits for a time to pass: it waits for a signal, a line or the end of a process, with a limit.
#![forbid(unsafe_code)]
#![allow(clippy::missing_panics_doc, reason = "a test's helper panics to fail the test")]
#![allow(clippy::disallowed_methods, reason = "tests start the service and other programs")]

pub mod again;
pub mod bus;
pub mod captured;
pub mod child;
pub mod client;
pub mod desktop;
pub mod fake;
pub mod hanging;
pub mod inside;
pub mod interface;
pub mod kernel;
pub mod libvirtd;
pub mod project;
pub mod screen;
pub mod service;
pub mod simulated;
pub mod tree;
pub mod user;
pub mod watched;

pub use service::TestService;

use std::time::Duration;

/// How long anything may take before a test fails. Only a broken service comes near it.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// Waits for `future`, and fails with `what` if it takes longer than [`PATIENCE`].
pub async fn within<F: Future>(what: &str, future: F) -> F::Output {
    match tokio::time::timeout(PATIENCE, future).await {
        Ok(output) => output,
        Err(_) => panic!("waited {} s in vain for {what}", PATIENCE.as_secs()),
    }
}
