//! A service that answers whatever a test makes it answer.

use std::collections::HashMap;

use dbus::interface;
use futures_util::StreamExt;
use serde::Serialize;
use tokio::task::AbortHandle;
use zbus::{Connection, DynamicType, Message, MessageStream, OwnedObjectPath, Variant, message::Type};

use crate::bus::Bus;

/// Makes the reply to a call, or none.
pub type Answer = fn(&Message) -> Option<Message>;
/// Properties by name.
pub type Properties = HashMap<String, Variant<'static>>;
/// What `GetManagedObjects` answers.
pub type Objects = HashMap<OwnedObjectPath, HashMap<String, Properties>>;

/// It has the service's name until it is dropped.
#[derive(Debug)]
pub struct Fake {
    /// Its connection.
    pub connection: Connection,
    task: AbortHandle,
}

impl Drop for Fake {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Fake {
    /// A service on a bus.
    pub async fn start(bus: &Bus, answer: Answer) -> Self {
        let connection = bus.connect().await;
        let mut calls = MessageStream::from(&connection);
        let replies = connection.clone();
        let task = tokio::spawn(async move {
            while let Some(Ok(call)) = calls.next().await {
                if call.message_type() == Type::MethodCall
                    && let Some(reply) = answer(&call)
                {
                    replies.send(&reply).await.expect("the bus is there");
                }
            }
        });
        connection.request_name(dbus::BUS_NAME).await.expect("the name");
        Self { connection, task: task.abort_handle() }
    }

    /// Tells that a property changed.
    pub async fn change(&self, path: &str, name: &str, value: Variant<'static>) {
        let body = (interface::MACHINE, HashMap::from([(name, value)]), Vec::<&str>::new());
        let none = None::<zbus::names::BusName<'_>>;
        let sent = self.connection.emit_signal(none, path, "org.freedesktop.DBus.Properties", "PropertiesChanged", &body).await;
        sent.expect("the bus is there");
    }
}

/// The name of the method.
#[must_use]
pub fn member(call: &Message) -> String {
    call.header().member().map(ToString::to_string).unwrap_or_default()
}

/// A reply with this body.
#[must_use]
pub fn reply<B: Serialize + DynamicType>(call: &Message, body: &B) -> Option<Message> {
    Some(Message::method_return(&call.header()).build(body).expect("a reply"))
}

/// What the root object says of itself.
#[must_use]
pub fn root(call: &Message) -> Option<Message> {
    let all: HashMap<&str, Variant<'_>> = HashMap::from([
        ("Version", "0.0".into()),
        ("Features", vec!["batch"].into()),
        ("Uri", "test:///fake".into()),
        ("Connected", true.into()),
    ]);
    reply(call, &all)
}
