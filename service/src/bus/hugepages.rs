//! `org.kvmmanager.Manager1.Host.HugePages`.
//!
//! The kernel does not tell when a pool or the memory changed. The service looks when somebody asks, at most once a second,
//! after its own changes, and every ten seconds while somebody watches figures: what differs then is signalled.

use std::{collections::HashMap, sync::Arc, time::Duration};

use dbus::{
    Options, Reader,
    hugepages::{BootPlan, Plan, Pool, Size, User, user},
    interface, path,
};
use zbus::{Connection, ObjectPath, OwnedObjectPath, Variant, interface, message::Header};

use super::{
    properties::{send_changed, structures},
    requests, topology,
};
use crate::{
    context::Context,
    error::{Error, Reply, Result},
    host::hugepages::Place,
    policy::{Grant, Target, action::HostMemory},
    store::boot::Pages,
    workflow::{
        at_boot,
        hugepages::{
            self, Seen,
            plan::{Caches, Wish},
            settings::{DEFRAG, MODES, Merge},
        },
    },
};

/// How old an answer may be.
pub const FRESH: Duration = Duration::from_secs(1);

/// All properties and their values.
pub fn properties(seen: &Seen) -> HashMap<&'static str, Variant<'static>> {
    HashMap::from([
        ("Sizes", structures(&seen.sizes)),
        ("Pools", structures(&seen.pools)),
        ("Memory", seen.memory.total.into()),
        ("Available", seen.memory.available.into()),
        ("Floor", seen.memory.floor().into()),
        ("TransparentHugePages", seen.transparent.mode.clone().into()),
        ("TransparentDefrag", seen.transparent.defrag.clone().into()),
        ("TransparentUsed", seen.memory.transparent.into()),
        ("KsmState", seen.merging.state.into()),
        ("KsmSaved", seen.merging.saved.into()),
    ])
}

/// What is known of the host's memory and processors, not older than `age`. What changed is signalled.
pub async fn look(context: &Context, connection: &Connection, age: Duration) -> Arc<Seen> {
    let before = context.memory.look(age).await;
    signal(context, connection, before).await
}

/// Signals what differs from what was seen before, if anything does, and returns what is seen now.
async fn signal(context: &Context, connection: &Connection, before: Option<Arc<Seen>>) -> Arc<Seen> {
    let now = context.memory.seen();
    if let Some(before) = before {
        for (interface, properties) in [
            (interface::HUGE_PAGES, properties as fn(&Seen) -> HashMap<&'static str, Variant<'static>>),
            (interface::TOPOLOGY, topology::properties),
        ] {
            let (before, mut after) = (properties(&before), properties(&now));
            after.retain(|name, value| before.get(name) != Some(value));
            if !after.is_empty()
                && let Err(error) = send_changed(connection, &ObjectPath::from_static_str_unchecked(path::HOST), interface, after).await
            {
                tracing::debug!(%error, "A change of the host was not signalled: the bus is gone");
            }
        }
    }
    now
}

/// The same, and nobody waits for it. Of another computer nothing is known.
pub fn look_behind(context: &Arc<Context>, connection: &Connection) {
    if context.libvirt.is_on_this_host() {
        let (context, connection) = (Arc::clone(context), connection.clone());
        tokio::spawn(async move { look(&context, &connection, FRESH).await });
    }
}

/// The interface on the object of the host.
#[derive(Debug)]
pub struct HugePages(pub Arc<Context>);

impl HugePages {
    async fn seen<T>(&self, connection: &Connection, read: impl FnOnce(&Seen) -> T) -> T {
        read(&*look(&self.0, connection, FRESH).await)
    }

    /// The right to change the host's memory; `facts` are what rules may look at.
    async fn grant(&self, header: &Header<'_>, operation: &'static str, facts: Vec<(&'static str, String)>) -> Result<Grant<HostMemory>> {
        let call = self.0.policy.call(header).await?;
        let target = Target { operation, facts, ..Target::default() };
        self.0.policy.authorize::<HostMemory>(&call, target).await
    }

    /// Shows what a change did before its reply.
    async fn shown<T>(&self, connection: &Connection, result: Result<T>) -> Result<T, Reply> {
        let before = self.0.memory.look_at_memory().await;
        signal(&self.0, connection, before).await;
        Ok(result?)
    }
}

/// Reads what pages are wanted.
fn wish(page_size: u64, count: u64, reader: &mut Reader) -> Result<Wish> {
    let node = reader.take::<u32>("node")?;
    let wish = Wish {
        place: Place { page_size, node },
        count,
        compact: reader.take::<bool>("compact")?.unwrap_or(true),
        caches: Caches::Go,
        partial: reader.flag("partial")?,
    };
    check(wish)
}

fn check(wish: Wish) -> Result<Wish> {
    if !wish.place.page_size.is_power_of_two() {
        return Err(Error::InvalidArgument { argument: "page_size", reason: "must be a power of two" });
    }
    if wish.count == 0 {
        return Err(Error::InvalidArgument { argument: "count", reason: "must be 1 at least" });
    }
    wish.bytes()?;
    Ok(wish)
}

fn facts(wish: &Wish) -> Result<Vec<(&'static str, String)>> {
    Ok(vec![("size", wish.bytes()?.to_string()), ("node", node_text(wish.place.node))])
}

fn node_text(node: Option<u32>) -> String {
    node.map_or_else(|| "*".to_owned(), |node| node.to_string())
}

/// Reads what pages there are to be at each start; none is a number, too.
fn at_each_start(page_size: u64, count: u64, reader: &mut Reader) -> Result<Pages> {
    let node = reader.take::<u32>("node")?;
    check(Wish { place: Place { page_size, node }, count: count.max(1), compact: false, caches: Caches::Stay, partial: false })?;
    Ok(Pages { page_size, node, count })
}

/// One of the kernel's words.
fn word(argument: &'static str, text: &str, words: &[&'static str]) -> Result<&'static str> {
    let unknown = Error::InvalidArgument { argument, reason: "is none of the kernel's words" };
    words.iter().copied().find(|word| *word == text).ok_or(unknown)
}

#[interface(name = "org.kvmmanager.Manager1.Host.HugePages", introspection_docs = false)]
impl HugePages {
    async fn list_users(&self, options: Options, #[zbus(header)] header: Header<'_>) -> Result<Vec<User>, Reply> {
        options.none()?;
        let _call = self.0.policy.call(&header).await?;
        let machines = self.0.inventory.machines();
        let wanted =
            machines.iter().flat_map(|machine| machine.definition.huge_page_sizes.iter().map(move |page_size| (machine, *page_size)));
        let users = wanted.map(|(machine, page_size)| User {
            kind: user::MACHINE,
            name: machine.name.to_string(),
            machine: machine.path().as_path().into(),
            page_size,
            bytes: machine.maximum_memory,
            active: machine.is_active(),
        });
        let mut users: Vec<User> = users.collect();
        let process =
            |(name, bytes)| User { kind: user::PROCESS, name, machine: OwnedObjectPath::default(), page_size: 0, bytes, active: true };
        users.extend(hugepages::processes(&self.0).await.into_iter().map(process));
        Ok(users)
    }

    async fn plan_reserve(&self, page_size: u64, count: u64, options: Options, #[zbus(header)] header: Header<'_>) -> Result<Plan, Reply> {
        let wish = requests::read(options, |reader| {
            let node = reader.take::<u32>("node")?;
            check(Wish { place: Place { page_size, node }, count, compact: true, caches: Caches::Stay, partial: false })
        })?;
        let _call = self.0.policy.call(&header).await?;
        Ok(hugepages::plan(&self.0, wish).await?)
    }

    async fn reserve(
        &self,
        page_size: u64,
        count: u64,
        options: Options,
        #[zbus(header)] header: Header<'_>,
        #[zbus(connection)] connection: &Connection,
    ) -> Result<u64, Reply> {
        let wish = requests::read(options, |reader| wish(page_size, count, reader))?;
        let grant = self.grant(&header, "reserve-huge-pages", facts(&wish)?).await?;
        let reserved = hugepages::reserve(&self.0, &grant, wish).await;
        self.shown(connection, reserved).await
    }

    async fn release(
        &self,
        page_size: u64,
        count: u64,
        options: Options,
        #[zbus(header)] header: Header<'_>,
        #[zbus(connection)] connection: &Connection,
    ) -> Result<u64, Reply> {
        let wish = requests::read(options, |reader| {
            let node = reader.take::<u32>("node")?;
            check(Wish { place: Place { page_size, node }, count, compact: false, caches: Caches::Stay, partial: false })
        })?;
        let grant = self.grant(&header, "release-huge-pages", facts(&wish)?).await?;
        let released = hugepages::release(&self.0, &grant, wish).await;
        self.shown(connection, released).await
    }

    async fn plan_at_boot(
        &self,
        page_size: u64,
        count: u64,
        options: Options,
        #[zbus(header)] header: Header<'_>,
    ) -> Result<BootPlan, Reply> {
        let wanted = requests::read(options, |reader| at_each_start(page_size, count, reader))?;
        let _call = self.0.policy.call(&header).await?;
        Ok(at_boot::pages::plan(&self.0, wanted).await?)
    }

    async fn set_at_boot(
        &self,
        page_size: u64,
        count: u64,
        options: Options,
        #[zbus(header)] header: Header<'_>,
        #[zbus(connection)] connection: &Connection,
    ) -> Result<(), Reply> {
        let wanted = requests::read(options, |reader| at_each_start(page_size, count, reader))?;
        let facts = vec![("size", wanted.bytes().to_string()), ("node", node_text(wanted.node))];
        let grant = self.grant(&header, "set-huge-pages-at-boot", facts).await?;
        let kept = at_boot::pages::keep(&self.0, &grant, wanted).await;
        super::at_boot::look(&self.0, connection).await;
        Ok(kept?)
    }

    async fn set_transparent_huge_pages(
        &self,
        mode: String,
        options: Options,
        #[zbus(header)] header: Header<'_>,
        #[zbus(connection)] connection: &Connection,
    ) -> Result<(), Reply> {
        let defrag =
            requests::read(options, |reader| reader.take::<String>("defrag")?.map(|text| word("defrag", &text, DEFRAG)).transpose())?;
        let mode = word("mode", &mode, MODES)?;
        let grant = self.grant(&header, "set-transparent-huge-pages", Vec::new()).await?;
        let set = hugepages::set_transparent(&self.0, &grant, mode, defrag).await;
        self.shown(connection, set).await
    }

    async fn set_ksm(
        &self,
        running: bool,
        options: Options,
        #[zbus(header)] header: Header<'_>,
        #[zbus(connection)] connection: &Connection,
    ) -> Result<(), Reply> {
        let merge = requests::read(options, |reader| match (running, reader.flag("unmerge")?) {
            (true, true) => Err(Error::InvalidArgument { argument: "unmerge", reason: "only if it is not to run" }),
            (true, false) => Ok(Merge::Run),
            (false, true) => Ok(Merge::Unmerge),
            (false, false) => Ok(Merge::Stop),
        })?;
        let grant = self.grant(&header, "set-ksm", Vec::new()).await?;
        let set = hugepages::set_merging(&self.0, &grant, merge).await;
        self.shown(connection, set).await
    }

    #[zbus(property)]
    async fn sizes(&self, #[zbus(connection)] connection: &Connection) -> Vec<Size> {
        self.seen(connection, |seen| seen.sizes.clone()).await
    }

    #[zbus(property)]
    async fn pools(&self, #[zbus(connection)] connection: &Connection) -> Vec<Pool> {
        self.seen(connection, |seen| seen.pools.clone()).await
    }

    #[zbus(property)]
    async fn memory(&self, #[zbus(connection)] connection: &Connection) -> u64 {
        self.seen(connection, |seen| seen.memory.total).await
    }

    #[zbus(property)]
    async fn available(&self, #[zbus(connection)] connection: &Connection) -> u64 {
        self.seen(connection, |seen| seen.memory.available).await
    }

    #[zbus(property)]
    async fn floor(&self, #[zbus(connection)] connection: &Connection) -> u64 {
        self.seen(connection, |seen| seen.memory.floor()).await
    }

    #[zbus(property)]
    async fn transparent_huge_pages(&self, #[zbus(connection)] connection: &Connection) -> String {
        self.seen(connection, |seen| seen.transparent.mode.clone()).await
    }

    #[zbus(property)]
    async fn transparent_defrag(&self, #[zbus(connection)] connection: &Connection) -> String {
        self.seen(connection, |seen| seen.transparent.defrag.clone()).await
    }

    #[zbus(property)]
    async fn transparent_used(&self, #[zbus(connection)] connection: &Connection) -> u64 {
        self.seen(connection, |seen| seen.memory.transparent).await
    }

    #[zbus(property)]
    async fn ksm_state(&self, #[zbus(connection)] connection: &Connection) -> u32 {
        self.seen(connection, |seen| seen.merging.state).await
    }

    #[zbus(property)]
    async fn ksm_saved(&self, #[zbus(connection)] connection: &Connection) -> u64 {
        self.seen(connection, |seen| seen.merging.saved).await
    }
}
