//! `org.kvmmanager.Manager1.Host.Nvme`.

use std::{collections::HashMap, sync::Arc};

use dbus::path;
use uuid::Uuid;
use zbus::{Variant, interface};

use super::host_device::{Shown, Shows, State, object};
use crate::{context::Context, host::nvme::Namespace};

/// A namespace and the machines that name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NvmeRecord {
    namespace: Namespace,
    /// Machines whose definitions name it.
    machines: Vec<Uuid>,
}

/// The namespaces with the machines that name them. One that a running machine has is not among them: its controller has no driver.
pub fn records(context: &Context, namespaces: Vec<Namespace>) -> Vec<NvmeRecord> {
    let machines = context.inventory.machines();
    let record = |namespace: Namespace| {
        let source = format!("{}/{}", namespace.controller, namespace.number);
        let theirs = machines.iter().filter(|machine| machine.definition.attached.iter().any(|one| *one.source == *source));
        NvmeRecord { machines: theirs.map(|machine| machine.uuid).collect(), namespace }
    };
    namespaces.into_iter().map(record).collect()
}

impl NvmeRecord {
    fn facts(&self) -> HashMap<&'static str, Variant<'static>> {
        let namespace = &self.namespace;
        let uses: Vec<(String, String)> = namespace.uses.iter().map(|(word, name)| ((*word).to_owned(), name.clone())).collect();
        HashMap::from([
            ("controller", object(namespace.controller).into()),
            ("number", namespace.number.into()),
            ("name", namespace.name.clone().into()),
            ("model", namespace.model.clone().into()),
            ("size", namespace.size.into()),
            ("uses", uses.into()),
            ("machines", self.machines.iter().map(|uuid| path::machine(*uuid)).collect::<Vec<_>>().into()),
        ])
    }
}

fn namespaces(records: &[NvmeRecord]) -> Vec<HashMap<&'static str, Variant<'static>>> {
    records.iter().map(NvmeRecord::facts).collect()
}

/// The interface on the object of the host.
#[derive(Debug)]
pub struct HostNvme(Shown<Vec<NvmeRecord>>);

impl Shows for HostNvme {
    type Thing = Vec<NvmeRecord>;

    fn of(_: &Arc<Context>, state: &State) -> Self {
        Self(state.nvme.clone())
    }

    fn properties(records: &Self::Thing) -> HashMap<&'static str, Variant<'static>> {
        HashMap::from([("Namespaces", namespaces(records).into())])
    }
}

#[interface(name = "org.kvmmanager.Manager1.Host.Nvme", introspection_docs = false)]
impl HostNvme {
    #[zbus(property)]
    fn namespaces(&self) -> Vec<HashMap<&'static str, Variant<'static>>> {
        namespaces(&self.0.get())
    }
}
