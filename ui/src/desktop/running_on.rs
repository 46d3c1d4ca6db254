//! The notice that machines run on although the last window is closed.

use std::{collections::HashMap, time::Duration};

use zbus::{Connection, Variant};

use crate::APP_ID;

/// A desktop that does not answer keeps nobody from closing a window.
const PATIENCE: Duration = Duration::from_secs(1);

/// Shows it. A desktop without notifications shows none.
pub async fn tell(title: String, text: String) {
    let told = async {
        let bus = Connection::session().await?;
        notify(&bus, &title, &text).await
    };
    match tokio::time::timeout(PATIENCE, told).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::debug!(%error, "Nobody was told that machines run on"),
        Err(_) => tracing::debug!("The desktop takes too long for a notification"),
    }
}

pub(super) async fn notify(bus: &Connection, title: &str, text: &str) -> zbus::Result<()> {
    let hints = HashMap::from([("desktop-entry", Variant::from(APP_ID)), ("transient", Variant::from(true))]);
    // Application, number to replace, icon, title, text, buttons, hints, time: as the desktop likes.
    let arguments = ("KVM Manager", 0_u32, APP_ID, title, text, Vec::<&str>::new(), hints, -1_i32);
    let name = "org.freedesktop.Notifications";
    bus.call_method(Some(name), "/org/freedesktop/Notifications", Some(name), "Notify", &arguments).await?;
    Ok(())
}
