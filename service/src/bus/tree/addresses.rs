//! Finding the addresses of machines: no event says that a guest got one.

use std::{sync::Arc, time::Duration};

use uuid::Uuid;

use super::{Input, Tree, record::hear_agent};

/// When addresses are looked for after a start: a guest gets them some time later, and no event says so.
const ADDRESSES_AFTER: [Duration; 4] = [Duration::from_secs(2), Duration::from_secs(6), Duration::from_secs(15), Duration::from_secs(40)];

impl Tree {
    pub(super) fn schedule_addresses(&self, uuid: Uuid) {
        for delay in ADDRESSES_AFTER {
            let inbox = self.inbox.clone();
            tokio::spawn(async move {
                tokio::time::sleep(delay).await;
                let _ = inbox.send(Input::LookForAddresses(uuid));
            });
        }
    }

    pub(super) fn look_for_all_addresses(&self) {
        for machine in self.context.inventory.machines().iter().filter(|machine| machine.is_active()) {
            self.look_for_addresses(machine.uuid);
        }
    }

    /// A guest's agent has opened its channel, or closed it: with it the guest most likely has its addresses.
    pub(super) async fn agent(&mut self, uuid: Uuid, is_connected: bool) {
        self.change(uuid, |machine| hear_agent(machine, is_connected)).await;
        // A reading that is under way may have seen it as it was before.
        self.wanted.details(uuid);
        if is_connected {
            self.look_for_addresses(uuid);
        }
    }

    pub(super) fn look_for_addresses(&self, uuid: Uuid) {
        let (context, inbox) = (Arc::clone(&self.context), self.inbox.clone());
        tokio::spawn(async move {
            if let Ok(addresses) = context.libvirt.host_addresses(uuid).await {
                let _ = inbox.send(Input::Addresses(uuid, addresses));
            }
        });
    }
}
