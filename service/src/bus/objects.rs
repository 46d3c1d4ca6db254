//! `org.freedesktop.DBus.ObjectManager`, answered from the inventory.
//!
//! The library's own asks every object for every property; with a thousand machines that takes ten times as long.

use std::{collections::HashMap, sync::Arc};

use dbus::{interface, path};
use zbus::{ObjectPath, OwnedObjectPath, Variant, interface, names::InterfaceName, object_server::SignalEmitter};

use super::{HostState, job, properties};
use crate::context::Context;

type Properties = HashMap<&'static str, Variant<'static>>;

/// The object manager below the root.
#[derive(Debug)]
pub struct Objects {
    pub context: Arc<Context>,
    pub host: HostState,
}

#[interface(name = "org.freedesktop.DBus.ObjectManager", introspection_docs = false)]
impl Objects {
    fn get_managed_objects(&self) -> HashMap<OwnedObjectPath, HashMap<&'static str, Properties>> {
        let machines = self.context.inventory.machines();
        let mut objects = HashMap::with_capacity(machines.len() + 1);
        for machine in machines {
            objects.insert(path::machine(machine.uuid), HashMap::from([(interface::MACHINE, properties::all(&machine))]));
        }
        for work in self.context.jobs.all() {
            objects.insert(path::job(work.id), HashMap::from([(interface::JOB, job::properties(&work))]));
        }
        if let Ok(host) = OwnedObjectPath::try_from(path::HOST) {
            objects.insert(host, HashMap::from([(interface::HOST, self.host.get().properties())]));
        }
        objects
    }

    #[zbus(signal)]
    async fn interfaces_added(
        emitter: &SignalEmitter<'_>,
        object_path: ObjectPath<'_>,
        interfaces_and_properties: HashMap<InterfaceName<'_>, HashMap<&str, Variant<'_>>>,
    ) -> zbus::Result<()>;

    #[zbus(signal)]
    async fn interfaces_removed(
        emitter: &SignalEmitter<'_>,
        object_path: ObjectPath<'_>,
        interfaces: Vec<InterfaceName<'_>>,
    ) -> zbus::Result<()>;
}
