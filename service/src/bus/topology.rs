//! `org.kvmmanager.Manager1.Host.Topology`.

use std::{collections::HashMap, sync::Arc};

use dbus::topology::{Cache, Cpu, Governor, Node, NodeDevices};
use zbus::{Connection, Variant, interface};

use super::{
    hugepages::{FRESH, look},
    properties::structures,
};
use crate::{context::Context, host::cpu, workflow::hugepages::Seen};

/// All properties and their values.
pub fn properties(seen: &Seen) -> HashMap<&'static str, Variant<'static>> {
    let topology = &seen.topology;
    HashMap::from([
        ("Cpus", structures(&topology.cpus)),
        ("Isolated", topology.isolated.clone().into()),
        ("Caches", structures(&topology.caches)),
        ("Nodes", structures(&topology.nodes)),
        ("NodeDevices", structures(&topology.node_devices)),
        ("Governors", structures(&topology.governors)),
        ("AvailableGovernors", topology.available_governors.clone().into()),
    ])
}

/// The interface on the object of the host.
#[derive(Debug)]
pub struct Topology(pub Arc<Context>);

impl Topology {
    async fn topology<T>(&self, connection: &Connection, read: impl FnOnce(&cpu::Topology) -> T) -> T {
        read(&look(&self.0, connection, FRESH).await.topology)
    }
}

#[interface(name = "org.kvmmanager.Manager1.Host.Topology", introspection_docs = false)]
impl Topology {
    #[zbus(property)]
    async fn cpus(&self, #[zbus(connection)] connection: &Connection) -> Vec<Cpu> {
        self.topology(connection, |topology| topology.cpus.clone()).await
    }

    #[zbus(property)]
    async fn isolated(&self, #[zbus(connection)] connection: &Connection) -> Vec<u32> {
        self.topology(connection, |topology| topology.isolated.clone()).await
    }

    #[zbus(property)]
    async fn caches(&self, #[zbus(connection)] connection: &Connection) -> Vec<Cache> {
        self.topology(connection, |topology| topology.caches.clone()).await
    }

    #[zbus(property)]
    async fn nodes(&self, #[zbus(connection)] connection: &Connection) -> Vec<Node> {
        self.topology(connection, |topology| topology.nodes.clone()).await
    }

    #[zbus(property)]
    async fn node_devices(&self, #[zbus(connection)] connection: &Connection) -> Vec<NodeDevices> {
        self.topology(connection, |topology| topology.node_devices.clone()).await
    }

    #[zbus(property)]
    async fn governors(&self, #[zbus(connection)] connection: &Connection) -> Vec<Governor> {
        self.topology(connection, |topology| topology.governors.clone()).await
    }

    #[zbus(property)]
    async fn available_governors(&self, #[zbus(connection)] connection: &Connection) -> Vec<String> {
        self.topology(connection, |topology| topology.available_governors.clone()).await
    }
}
