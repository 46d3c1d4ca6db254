//! Calls without proxies, and what comes back.

use std::collections::{BTreeMap, HashMap};

use dbus::{ErrorKind, error::Failure, interface};
use futures_util::{FutureExt, StreamExt};
use serde::Serialize;
use zbus::{Connection, DBusError, DynamicType, MatchRule, Message, MessageStream, OwnedVariant, message::Type};

use crate::within;

/// Properties by name.
pub type Properties = BTreeMap<String, OwnedVariant>;

/// A call of any method, with the D-Bus name of the error if it fails.
pub async fn call<B>(connection: &Connection, path: &str, interface: &str, member: &str, body: &B) -> Result<Message, Refusal>
where
    B: Serialize + DynamicType,
{
    let call = connection.call_method(Some(dbus::BUS_NAME), path, Some(interface), member, body);
    within(member, call).await.map_err(Refusal::from)
}

/// An error reply, of the service or of the D-Bus library.
#[derive(Debug)]
pub struct Refusal {
    /// The D-Bus error name.
    pub name: String,
    /// The message.
    pub message: String,
    /// The facts, if it is one of our errors.
    pub facts: HashMap<String, OwnedVariant>,
}

impl Refusal {
    /// Which of our errors it is.
    #[must_use]
    pub fn kind(&self) -> Option<ErrorKind> {
        ErrorKind::from_name(&self.name)
    }

    /// A fact that is a text.
    #[must_use]
    pub fn text(&self, fact: &str) -> String {
        let value = self.facts.get(fact).unwrap_or_else(|| panic!("no fact {fact} in {self:?}"));
        String::try_from(value.try_clone().expect("a value")).unwrap_or_else(|_| panic!("{fact} is no text in {self:?}"))
    }
}

impl From<zbus::Error> for Refusal {
    fn from(error: zbus::Error) -> Self {
        if let Some(failure) = Failure::from_call(&error) {
            return Self { name: failure.name, message: failure.message, facts: failure.facts };
        }
        match &error {
            zbus::Error::FDO(fdo) => Self { name: fdo.name().to_string(), message: error.to_string(), facts: HashMap::new() },
            _ => panic!("not an error reply: {error:?}"),
        }
    }
}

/// The refusal in a failed call of a proxy.
///
/// # Panics
/// If the call succeeded.
pub fn refusal<T>(result: zbus::Result<T>) -> Refusal {
    match result {
        Ok(_) => panic!("the call should have been refused"),
        Err(error) => Refusal::from(error),
    }
}

/// All properties of an interface.
pub async fn properties(connection: &Connection, path: &str, interface: &str) -> Properties {
    let reply = call(connection, path, "org.freedesktop.DBus.Properties", "GetAll", &(interface)).await.expect("GetAll");
    reply.body().deserialize().expect("properties")
}

/// The words of the `reasons` or `warnings` of a plan.
#[must_use]
pub fn words(plan: &HashMap<String, OwnedVariant>, list: &str) -> Vec<String> {
    let all: Vec<HashMap<String, String>> = plan[list].try_clone().expect("a list").try_into().expect("facts");
    all.into_iter().map(|mut one| one.remove("reason").expect("a reason")).collect()
}

/// What `GetManagedObjects` tells: path, interface, properties.
pub async fn managed_objects(connection: &Connection) -> BTreeMap<String, BTreeMap<String, Properties>> {
    let reply = call(connection, dbus::path::ROOT, "org.freedesktop.DBus.ObjectManager", "GetManagedObjects", &()).await.expect("objects");
    let objects: HashMap<zbus::OwnedObjectPath, BTreeMap<String, Properties>> = reply.body().deserialize().expect("objects");
    objects.into_iter().map(|(path, interfaces)| (path.to_string(), interfaces)).collect()
}

/// `PropertiesChanged` as it came.
#[derive(Debug)]
pub struct Changed {
    /// The object.
    pub path: String,
    /// The interface.
    pub interface: String,
    /// The new values.
    pub values: Properties,
}

/// What a job says when it ends: whether it did what it should, and else the name, message and facts of its error.
pub type Completed = (bool, String, String, HashMap<String, OwnedVariant>);

/// Signals that match a rule, in the order in which they came.
#[derive(Debug)]
pub struct Signals(MessageStream);

impl Signals {
    /// Every signal of the service with this name; stands when this returns.
    pub async fn named(connection: &Connection, member: &str) -> Self {
        let rule = MatchRule::builder().msg_type(Type::Signal).member(member.to_owned()).build().expect("a rule");
        let most = std::num::NonZeroUsize::new(100_000);
        Self(MessageStream::for_match_rule(rule, connection, most).await.expect("a subscription"))
    }

    /// `PropertiesChanged` of every object.
    pub async fn changes(connection: &Connection) -> Self {
        Self::named(connection, "PropertiesChanged").await
    }

    /// The next one.
    pub async fn next(&mut self) -> Message {
        within("a signal", self.0.next()).await.expect("the bus is there").expect("a message")
    }

    /// The path of the next object below the root's `part` that is added or removed.
    pub async fn next_object(&mut self, part: &str) -> String {
        loop {
            let message = self.next().await;
            // Whatever follows, the path comes first.
            let path = message.body().deserialize_ignore_signature::<zbus::OwnedObjectPath>().expect("a signal of the object manager");
            if path.as_str().starts_with(&format!("{}{part}", dbus::path::ROOT)) {
                return path.to_string();
            }
        }
    }

    /// The next change of a machine.
    pub async fn next_change(&mut self) -> Changed {
        loop {
            let changed = changed(&self.next().await);
            if changed.interface == interface::MACHINE {
                return changed;
            }
        }
    }

    /// Waits until a change sets `property` to `value`. Returns everything of that object's that came until then.
    pub async fn until(&mut self, path: &str, property: &str, value: impl Into<zbus::Variant<'static>>) -> Vec<Changed> {
        let value = OwnedVariant::try_from(value.into()).expect("a value");
        let mut seen = Vec::new();
        loop {
            let change = changed(&self.next().await);
            if change.path == path {
                let is_it = change.values.get(property) == Some(&value);
                seen.push(change);
                if is_it {
                    return seen;
                }
            }
        }
    }

    /// What has come already.
    pub fn waiting(&mut self) -> Vec<Message> {
        std::iter::from_fn(|| self.0.next().now_or_never().flatten()).map(|message| message.expect("a message")).collect()
    }
}

/// Reads a `PropertiesChanged`.
#[must_use]
pub fn changed(message: &Message) -> Changed {
    let body = message.body();
    let (interface, values, invalidated): (String, Properties, Vec<String>) = body.deserialize().expect("PropertiesChanged");
    assert!(invalidated.is_empty(), "values are sent, not invalidated");
    Changed { path: message.header().path().expect("a path").to_string(), interface, values }
}

/// Waits until everything that the service sent before has arrived: replies do not overtake signals.
pub async fn settled(connection: &Connection) {
    call(connection, dbus::path::ROOT, "org.freedesktop.DBus.Peer", "Ping", &()).await.expect("a ping");
}
