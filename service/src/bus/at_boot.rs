//! `org.kvmmanager.Manager1.Host.AtBoot`.

use std::{collections::HashMap, sync::Arc};

use dbus::{
    Options,
    at_boot::{Card, Device, Pages},
    interface, path,
};
use futures_util::StreamExt;
use zbus::{Connection, ObjectPath, Variant, interface, message::Header};

use super::{
    host_device::different,
    properties::{send_changed, structures},
};
use crate::{
    context::Context,
    error::{Error, Reply, Result},
    policy::{Target, action::HostDevice},
    workflow::at_boot,
};

pub use crate::workflow::at_boot::Seen;

fn devices(seen: &Seen) -> Vec<Device> {
    let shown = |wanted: &crate::store::boot::Device| {
        let address = wanted.address.to_string();
        let outcome = seen.outcome(&address);
        Device { address, vendor: wanted.vendor, device: wanted.device, outcome: outcome.word, reasons: outcome.reasons }
    };
    seen.wanted.devices.iter().map(shown).collect()
}

fn pages(seen: &Seen) -> Vec<Pages> {
    let shown = |wanted: &crate::store::boot::Pages| {
        let outcome = seen.outcome(&wanted.part());
        let node = wanted.node.and_then(|node| i32::try_from(node).ok()).unwrap_or(-1);
        Pages { page_size: wanted.page_size, node, count: wanted.count, outcome: outcome.word, reasons: outcome.reasons }
    };
    seen.wanted.pages.iter().map(shown).collect()
}

fn cards(seen: &Seen) -> Vec<Card> {
    let shown = |wanted: &crate::store::boot::Card| {
        let outcome = seen.outcome(&wanted.part());
        let (vendor, device, count) = (wanted.vendor, wanted.device, wanted.count);
        Card { address: wanted.address.to_string(), vendor, device, count, outcome: outcome.word, reasons: outcome.reasons }
    };
    seen.wanted.cards.iter().map(shown).collect()
}

/// All properties and their values.
pub fn properties(seen: &Seen) -> HashMap<&'static str, Variant<'static>> {
    HashMap::from([
        ("State", seen.state().into()),
        ("Unconfirmed", seen.run.unconfirmed.into()),
        ("Devices", structures(&devices(seen))),
        ("HugePages", structures(&pages(seen))),
        ("VirtualFunctions", structures(&cards(seen))),
    ])
}

/// Reads the files anew and signals what is different.
pub async fn look(context: &Context, connection: &Connection) {
    let before = context.at_boot.look().await;
    let now = context.at_boot.seen();
    if before.wanted != now.wanted {
        context.devices_changed.notify_one();
    }
    let changed = different(&properties(&before), properties(&now));
    let path = ObjectPath::from_static_str_unchecked(path::HOST);
    if !changed.is_empty()
        && let Err(error) = send_changed(connection, &path, interface::AT_BOOT, changed).await
    {
        tracing::debug!(%error, "A change of what is done at each start was not signalled: the bus is gone");
    }
}

/// Follows the unit of the early start, which writes while the service runs. Sleeps while nothing happens.
pub async fn follow(context: Arc<Context>, connection: Connection) {
    let mut changes = match context.at_boot.files().changes() {
        Ok(changes) => changes,
        Err(error) => return tracing::warn!(%error, "What the early start did is seen when something changes"),
    };
    // What it wrote before it was watched.
    look(&context, &connection).await;
    while changes.next().await.is_some() {
        look(&context, &connection).await;
    }
}

/// The interface on the object of the host.
#[derive(Debug)]
pub struct AtBootObject(pub Arc<Context>);

#[interface(name = "org.kvmmanager.Manager1.Host.AtBoot", introspection_docs = false)]
impl AtBootObject {
    async fn forget(
        &self,
        address: String,
        options: Options,
        #[zbus(header)] header: Header<'_>,
        #[zbus(connection)] connection: &Connection,
    ) -> Result<(), Reply> {
        options.none()?;
        let invalid = Error::InvalidArgument { argument: "address", reason: "not a device's address" };
        let devices = vec![address.parse().map_err(|_| invalid)?];
        let call = self.0.policy.call(&header).await?;
        let target = Target { operation: "forget-at-boot", devices, ..Target::default() };
        let grant = self.0.policy.authorize::<HostDevice>(&call, target).await?;
        let forgotten = at_boot::forget_all(&self.0, &grant).await;
        look(&self.0, connection).await;
        Ok(forgotten?)
    }

    #[zbus(property)]
    fn state(&self) -> u32 {
        self.0.at_boot.seen().state()
    }

    #[zbus(property)]
    fn unconfirmed(&self) -> u32 {
        self.0.at_boot.seen().run.unconfirmed
    }

    #[zbus(property)]
    fn devices(&self) -> Vec<Device> {
        devices(&self.0.at_boot.seen())
    }

    #[zbus(property)]
    fn huge_pages(&self) -> Vec<Pages> {
        pages(&self.0.at_boot.seen())
    }

    #[zbus(property)]
    fn virtual_functions(&self) -> Vec<Card> {
        cards(&self.0.at_boot.seen())
    }
}
