//! The way to screen readers: a bus of their own, which is only looked for when the desktop says that one is used.

use std::{sync::Arc, time::Duration};

use futures_util::StreamExt;
use tokio::sync::watch;
use zbus::{Connection, MatchRule, MessageStream, ObjectPath, Variant, fdo::DBusProxy, message::Type, names::BusName};

use super::{
    Message,
    answer::{self, Own},
    atspi::{self, ROOT_PATH},
    change::{self, Detail, Signal},
    tree::Tree,
};

const BUS: &str = "org.a11y.Bus";
const BUS_PATH: &str = "/org/a11y/bus";
const STATUS: &str = "org.a11y.Status";
const PROPERTIES: &str = "org.freedesktop.DBus.Properties";
const REGISTRY: &str = "org.a11y.atspi.Registry";
const SOCKET: &str = "org.a11y.atspi.Socket";
/// The longest that the registry is waited for.
const PATIENCE: Duration = Duration::from_secs(10);

/// Tells whether somebody listens, and serves them as long as they do, until the session bus is gone.
///
/// # Errors
/// When the session bus or that of the screen readers fails.
pub async fn follow(session: &Connection, mut tell: impl FnMut(Message) + Send) -> zbus::Result<()> {
    // What all toolkits keep to.
    if std::env::var_os("NO_AT_BRIDGE").is_some_and(|value| value == "1") {
        return Ok(());
    }
    let properties = MatchRule::builder().msg_type(Type::Signal).sender(BUS).path(BUS_PATH).interface(PROPERTIES).build()?;
    let mut changes = MessageStream::for_match_rule(properties, session, None).await?;
    let dbus = DBusProxy::new(session).await?;
    let mut owners = dbus.receive_name_owner_changed_with_args(&[(0, BUS)]).await?;
    loop {
        if is_used(session, &dbus).await {
            tracing::debug!("A screen reader or the like is used");
            let served = tokio::select! {
                served = serve(session, &mut tell) => served,
                () = until_unused(session, &dbus, &mut changes) => Ok(()),
            };
            tell(Message::Ended);
            if let Err(error) = served {
                tracing::debug!(%error, "The bus of screen readers is gone");
            }
        }
        tokio::select! {
            change = changes.next() => if change.is_none() { return Ok(()) },
            change = owners.next() => if change.is_none() { return Ok(()) },
        }
    }
}

async fn until_unused(session: &Connection, dbus: &DBusProxy<'_>, changes: &mut MessageStream) {
    while changes.next().await.is_some() {
        if !is_used(session, dbus).await {
            return;
        }
    }
}

/// Whether the desktop says that a screen reader or the like is used. Who would say so is not started for the question.
async fn is_used(session: &Connection, dbus: &DBusProxy<'_>) -> bool {
    let Ok(name) = BusName::try_from(BUS) else { return false };
    if !dbus.name_has_owner(name).await.unwrap_or(false) {
        return false;
    }
    for property in ["IsEnabled", "ScreenReaderEnabled"] {
        let reply = session.call_method(Some(BUS), BUS_PATH, Some(PROPERTIES), "Get", &(STATUS, property)).await;
        let is_so = reply.ok().and_then(|reply| reply.body().deserialize::<Variant<'_>>().ok().map(|value| value == Variant::Bool(true)));
        if is_so == Some(true) {
            return true;
        }
    }
    false
}

async fn serve(session: &Connection, tell: &mut (impl FnMut(Message) + Send)) -> zbus::Result<()> {
    let address: String = session.call_method(Some(BUS), BUS_PATH, Some(BUS), "GetAddress", &()).await?.body().deserialize()?;
    let bus = zbus::connection::Builder::address(address.as_str()).method_timeout(PATIENCE).build().await?;
    let name = bus.unique_name().map(ToString::to_string).unwrap_or_default();
    tracing::debug!(%name, "On the bus of screen readers");
    let mut calls = MessageStream::from(&bus);
    let (outlet, mut trees) = watch::channel(Arc::new(Tree::default()));
    tell(Message::Began(outlet));
    // The window says what it shows before it is found.
    if trees.changed().await.is_err() {
        return Ok(());
    }
    let mut tree = trees.borrow_and_update().clone();
    tracing::debug!(parts = tree.nodes.len(), "What is shown is known");
    let mut own = Own { name: name.clone(), desktop: (REGISTRY.to_owned(), ROOT_PATH.to_owned()) };
    let plug = (name.as_str(), ObjectPath::from_static_str_unchecked(ROOT_PATH));
    let plug = (plug,);
    let mut embedding = Box::pin(bus.call_method(Some(REGISTRY), ROOT_PATH, Some(SOCKET), "Embed", &plug));
    let mut is_embedded = false;
    loop {
        tokio::select! {
            // The registry asks back before it answers.
            reply = &mut embedding, if !is_embedded => {
                is_embedded = true;
                if let Ok((name, path)) = reply?.body().deserialize::<(String, ObjectPath<'_>)>() {
                    own.desktop = (name, path.to_string());
                }
                emit_all(&bus, &own, &change::between(&Tree::default(), &tree)).await?;
            }
            call = calls.next() => {
                let Some(call) = call else { return Ok(()) };
                let call = call?;
                if call.message_type() != Type::MethodCall {
                    continue;
                }
                let answer = answer::answer(&tree, &own, &call)?;
                bus.send(&answer.message).await?;
                if let Some(act) = answer.act {
                    tell(Message::Act(act));
                }
            }
            changed = trees.changed() => {
                if changed.is_err() {
                    return Ok(());
                }
                let next = trees.borrow_and_update().clone();
                let before = std::mem::replace(&mut tree, next);
                if is_embedded {
                    emit_all(&bus, &own, &change::between(&before, &tree)).await?;
                }
            }
        }
    }
}

async fn emit_all(bus: &Connection, own: &Own, signals: &[Signal]) -> zbus::Result<()> {
    for signal in signals {
        let detail = match &signal.detail {
            Detail::Nothing => Variant::from(0_i32),
            Detail::Words(words) => words.as_str().into(),
            Detail::Number(number) => (*number).into(),
            Detail::Part(id) => Variant::from((own.name.as_str(), ObjectPath::from_string_unchecked(atspi::path(*id)))),
        };
        let (first, second) = signal.numbers;
        let more = std::collections::HashMap::<&str, Variant<'_>>::new();
        let body = (signal.kind, first, second, detail, more);
        bus.emit_signal(None::<BusName<'_>>, atspi::path(signal.of), signal.interface, signal.member, &body).await?;
    }
    Ok(())
}
