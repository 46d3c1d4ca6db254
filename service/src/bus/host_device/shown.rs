//! What a property of the host's object shows.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

use zbus::{Connection, Variant, object_server::Interface};

use super::{State, path};
use crate::{bus::properties::send_changed, context::Context};

/// The latest of a kind of thing, shared with the object.
#[derive(Debug)]
pub struct Shown<T>(Arc<RwLock<Arc<T>>>);

impl<T> Clone for Shown<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T: Default> Default for Shown<T> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<T> Shown<T> {
    /// The latest.
    pub fn get(&self) -> Arc<T> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl<T: PartialEq> Shown<T> {
    /// Shows another. Returns whether anything differs.
    fn put(&self, value: T) -> bool {
        let mut place = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let is_new = **place != value;
        *place = Arc::new(value);
        is_new
    }
}

/// An interface of the host's object that shows one kind of thing.
pub trait Shows: Interface + Sized {
    /// What it shows.
    type Thing: PartialEq + Send + Sync + 'static;

    /// The interface that shows the latest.
    fn of(context: &Arc<Context>, state: &State) -> Self;

    /// All properties and their values.
    fn properties(thing: &Self::Thing) -> HashMap<&'static str, Variant<'static>>;
}

/// Puts the interface on the bus.
pub async fn serve<I: Shows>(connection: &Connection, context: &Arc<Context>, state: &State) {
    if let Err(error) = connection.object_server().at(path(), I::of(context, state)).await {
        tracing::error!(%error, interface = %I::name(), "An interface of the host could not be put on the bus");
    }
}

/// Shows another, and tells it if it differs and somebody could know the one before.
pub async fn show<I: Shows>(connection: &Connection, shown: &Shown<I::Thing>, thing: I::Thing, announce: bool) {
    if shown.put(thing)
        && announce
        && let Err(error) = send_changed(connection, &path(), I::name().as_str(), I::properties(&shown.get())).await
    {
        tracing::debug!(%error, interface = %I::name(), "A change of something of the host was not told");
    }
}
