//! Whether a caller is still on the bus.

use futures_util::StreamExt;
use tokio::sync::oneshot;
use zbus::{
    Connection,
    fdo::DBusProxy,
    names::{OwnedUniqueName, UniqueName},
    proxy::CacheProperties,
};

/// Waits until the bus name is gone. Whoever no longer wants to know drops this.
///
/// The subscription is made in a task of its own, for the bus keeps the match rule of one that is cut off half way, and a
/// service may have a few hundred only.
///
/// # Errors
/// If the bus refuses the subscription.
pub async fn vanished(connection: &Connection, name: &UniqueName<'_>) -> zbus::Result<()> {
    let (tell, told) = oneshot::channel();
    tokio::spawn(watch(connection.clone(), name.to_owned().into(), tell));
    // The task ends without a word only while the service does.
    told.await.unwrap_or(Ok(()))
}

async fn watch(connection: Connection, name: OwnedUniqueName, mut waiting: oneshot::Sender<zbus::Result<()>>) {
    let result = wait(&connection, &name, &mut waiting).await;
    // Nobody may be left to be told.
    let _ = waiting.send(result);
}

async fn wait(connection: &Connection, name: &UniqueName<'_>, waiting: &mut oneshot::Sender<zbus::Result<()>>) -> zbus::Result<()> {
    let bus = DBusProxy::builder(connection).cache_properties(CacheProperties::No).build().await?;
    let mut changes = bus.receive_name_owner_changed_with_args(&[(0, name.as_str())]).await?;
    // It may have gone before the subscription stood.
    if bus.name_has_owner(name.clone().into()).await? {
        tokio::select! {
            _ = changes.next() => {}
            () = waiting.closed() => {}
        }
    }
    Ok(())
}
