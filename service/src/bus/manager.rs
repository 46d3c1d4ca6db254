//! `org.kvmmanager.Manager1`: the root object.

use std::sync::{Arc, PoisonError, RwLock};

use dbus::{
    Options, Reader,
    manager::{BatchResult, Deleted, Scope},
};
use serde::{Serialize, Serializer};
use zbus::{OwnedObjectPath, Signature, Type, interface, message::Header};

use super::requests;
use crate::{
    context::Context,
    error::{Error, Reply, Result},
    inventory::{Machine, Summary},
    policy::{
        Target,
        action::{MachineErase, MachineManage, ReadSensitive},
    },
    workflow::{batch, trash},
};

/// Optional parts of the API that this version has.
const FEATURES: &[&str] = &["batch", "undelete"];

/// How the connection to libvirt is (wire type `u`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(u32)]
pub enum LinkState {
    /// Being opened for the first time or again.
    #[default]
    Connecting = 1,
    /// Open.
    Connected = 2,
    /// Lost or never had; the next attempt follows.
    Disconnected = 3,
}

/// The connection to libvirt as clients see it.
#[derive(Clone, Debug, Default)]
pub struct Link(Arc<RwLock<(LinkState, &'static str, bool)>>);

impl Link {
    /// State, problem, and whether it was ever connected.
    pub fn get(&self) -> (LinkState, &'static str, bool) {
        *self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sets state and problem. Returns whether they changed.
    pub fn set(&self, state: LinkState, problem: &'static str) -> bool {
        let mut link = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let changed = (link.0, link.1) != (state, problem);
        *link = (state, problem, link.2 || state == LinkState::Connected);
        changed
    }
}

/// All machines, as `a(osuutuusss)`.
struct List(Vec<Arc<Machine>>);

impl Type for List {
    const SIGNATURE: &'static Signature = <Vec<Summary<'_>>>::SIGNATURE;
}

impl Serialize for List {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(|machine| machine.summary()))
    }
}

/// The root object.
#[derive(Debug)]
pub struct Manager {
    context: Arc<Context>,
    link: Link,
}

impl Manager {
    pub const fn new(context: Arc<Context>, link: Link) -> Self {
        Self { context, link }
    }

    fn selected(&self, machines: &[OwnedObjectPath], reader: &mut Reader) -> Result<Vec<Arc<Machine>>> {
        let group = reader.take::<String>("group")?;
        let tag = reader.take::<String>("tag")?;
        within_limit(machines.len())?;
        match (machines.is_empty(), group, tag) {
            (false, None, None) => self.named(machines),
            (true, Some(group), None) if !group.is_empty() => self.matching(|machine| *machine.definition.group == *group),
            (true, None, Some(tag)) => self.matching(|machine| machine.definition.tags.iter().any(|known| known.name == tag)),
            _ => Err(Error::InvalidArgument { argument: "machines", reason: "name machines, or one group, or one tag" }),
        }
    }

    fn named(&self, machines: &[OwnedObjectPath]) -> Result<Vec<Arc<Machine>>> {
        let mut found: Vec<Arc<Machine>> = Vec::with_capacity(machines.len());
        for path in machines {
            let unknown = Error::NotFound { what: "machine" };
            let uuid = dbus::path::machine_uuid(path.as_str()).ok_or(unknown)?;
            if found.iter().any(|machine| machine.uuid == uuid) {
                return Err(Error::InvalidArgument { argument: "machines", reason: "the same machine twice" });
            }
            found.push(self.context.machine(uuid)?);
        }
        Ok(found)
    }

    fn matching(&self, condition: impl Fn(&Machine) -> bool) -> Result<Vec<Arc<Machine>>> {
        let mut machines = self.context.inventory.machines();
        machines.retain(|machine| condition(machine));
        within_limit(machines.len())?;
        Ok(machines)
    }
}

fn within_limit(machines: usize) -> Result<()> {
    let too_many = Error::LimitExceeded { what: "machines in a batch", limit: batch::MOST as u64 };
    if machines > batch::MOST { Err(too_many) } else { Ok(()) }
}

#[interface(name = "org.kvmmanager.Manager1", introspection_docs = false)]
impl Manager {
    async fn list_machines(&self, options: Options, #[zbus(header)] header: Header<'_>) -> Result<List, Reply> {
        options.none()?;
        let _call = self.context.policy.call(&header).await?;
        if !self.link.get().2 {
            return Err(Error::Unavailable.into());
        }
        Ok(List(self.context.inventory.machines()))
    }

    async fn batch(
        &self,
        operation: String,
        machines: Vec<OwnedObjectPath>,
        options: Options,
        #[zbus(header)] header: Header<'_>,
    ) -> Result<Vec<BatchResult>, Reply> {
        let (operation, machines) =
            requests::read(options, |reader| Ok((requests::operation(&operation, reader)?, self.selected(&machines, reader)?)))?;
        let call = self.context.policy.call(&header).await?;
        Ok(batch::run(&self.context, &call, &operation, machines).await)
    }

    async fn unlock(&self, scope: u32, options: Options, #[zbus(header)] header: Header<'_>) -> Result<(), Reply> {
        options.none()?;
        let unknown = Error::InvalidArgument { argument: "scope", reason: "must be 1 or 2" };
        let scope = Scope::from_number(scope).ok_or(unknown)?;
        let call = self.context.policy.call(&header).await?;
        Ok(self.context.policy.unlock(&call, scope).await?)
    }

    async fn list_deleted(&self, options: Options, #[zbus(header)] header: Header<'_>) -> Result<Vec<Deleted>, Reply> {
        options.none()?;
        let call = self.context.policy.call(&header).await?;
        let target = Target { operation: "list-deleted", ..Target::default() };
        self.context.policy.authorize::<ReadSensitive>(&call, target).await?;
        Ok(trash::list(&self.context)?)
    }

    async fn undelete(&self, id: String, options: Options, #[zbus(header)] header: Header<'_>) -> Result<OwnedObjectPath, Reply> {
        options.none()?;
        let call = self.context.policy.call(&header).await?;
        let target = trash::target(&self.context, &id, "undelete");
        let grant = self.context.policy.authorize::<MachineManage>(&call, target).await?;
        let uuid = trash::undelete(&self.context, &grant, &id).await?;
        Ok(dbus::path::machine(uuid))
    }

    async fn purge_deleted(&self, id: String, options: Options, #[zbus(header)] header: Header<'_>) -> Result<(), Reply> {
        options.none()?;
        let call = self.context.policy.call(&header).await?;
        let target = trash::target(&self.context, &id, "purge-deleted");
        let grant = self.context.policy.authorize::<MachineErase>(&call, target).await?;
        Ok(trash::purge(&self.context, &grant, &id).await?)
    }

    #[zbus(property(emits_changed_signal = "const"))]
    fn version(&self) -> &'static str {
        env!("CARGO_PKG_VERSION")
    }

    #[zbus(property(emits_changed_signal = "const"))]
    fn features(&self) -> Vec<&'static str> {
        FEATURES.to_vec()
    }

    #[zbus(property(emits_changed_signal = "const"))]
    fn uri(&self) -> String {
        self.context.libvirt.uri().to_owned()
    }

    #[zbus(property)]
    fn connected(&self) -> bool {
        self.link.get().0 == LinkState::Connected
    }

    #[zbus(property)]
    fn connection_state(&self) -> u32 {
        self.link.get().0 as u32
    }

    #[zbus(property)]
    fn connection_problem(&self) -> &'static str {
        self.link.get().1
    }
}
