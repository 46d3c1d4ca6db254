//! Records of the host's processors and memory from what the service sends, and the calls about them.

use std::{collections::HashMap, sync::Arc};

use dbus::{
    Options,
    hugepages::{HugePagesProxy, user},
    interface, path,
    readiness::{self, ReadinessProxy},
};
use zbus::{OwnedVariant, Variant, proxy::CacheProperties};

use super::{
    Bus,
    record::put,
    value::{MOST, bounded, number, numbers, signed, size, structures, text, texts},
};
use crate::{
    Error,
    hugepages::{HugePages, Pages, Plan, Pool, Size, User},
    readiness::{Check, Fix},
    topology::{Cache, Cpu, Governor, Node, Topology},
    tuning::{AtBoot, BootDevice, BootPages, BootPlan},
};

type Result<T> = std::result::Result<T, Error>;
type Fields<'a> = &'a [Variant<'a>];

/// What is known of the host's processors and memory; each `None` while the service does not offer it.
#[derive(Debug, Default)]
pub(super) struct Memory {
    pub pages: Option<Arc<HugePages>>,
    pub topology: Option<Arc<Topology>>,
    pub at_boot: Option<Arc<AtBoot>>,
}

impl Memory {
    /// Takes properties of one of the interfaces. Returns whether anything is another now.
    pub fn take<'a>(&mut self, interface: &str, properties: impl Iterator<Item = (&'a str, &'a Variant<'a>)>) -> bool {
        match interface {
            interface::HUGE_PAGES => {
                let pages = Arc::make_mut(self.pages.get_or_insert_default());
                properties.fold(false, |changed, (name, value)| changed | set_pages(pages, name, value))
            }
            interface::TOPOLOGY => {
                let topology = Arc::make_mut(self.topology.get_or_insert_default());
                properties.fold(false, |changed, (name, value)| changed | set_topology(topology, name, value))
            }
            interface::AT_BOOT => {
                let at_boot = Arc::make_mut(self.at_boot.get_or_insert_default());
                properties.fold(false, |changed, (name, value)| changed | set_at_boot(at_boot, name, value))
            }
            _ => false,
        }
    }
}

fn set_pages(pages: &mut HugePages, property: &str, value: &Variant<'_>) -> bool {
    match property {
        "Sizes" => put(&mut pages.sizes, list(value, page_size)),
        "Pools" => put(&mut pages.pools, list(value, pool)),
        "Memory" => put(&mut pages.memory, size(value)),
        "Available" => put(&mut pages.available, size(value)),
        "Floor" => put(&mut pages.floor, size(value)),
        "TransparentHugePages" => put(&mut pages.transparent, text(value)),
        "TransparentDefrag" => put(&mut pages.defrag, text(value)),
        "TransparentUsed" => put(&mut pages.transparent_used, size(value)),
        "KsmState" => put(&mut pages.merging, number(value).map(Into::into)),
        "KsmSaved" => put(&mut pages.merging_saved, size(value)),
        _ => false,
    }
}

fn set_topology(topology: &mut Topology, property: &str, value: &Variant<'_>) -> bool {
    match property {
        "Cpus" => put(&mut topology.cpus, list(value, cpu)),
        "Isolated" => put(&mut topology.isolated, numbers(value)),
        "Caches" => put(&mut topology.caches, list(value, cache)),
        "Nodes" => put(&mut topology.nodes, list(value, node)),
        "Governors" => put(&mut topology.governors, list(value, governor)),
        "AvailableGovernors" => put(&mut topology.available_governors, texts(value)),
        _ => false,
    }
}

fn set_at_boot(at_boot: &mut AtBoot, property: &str, value: &Variant<'_>) -> bool {
    match property {
        "State" => put(&mut at_boot.standing, number(value).map(Into::into)),
        "Devices" => put(&mut at_boot.devices, list(value, boot_device)),
        "HugePages" => put(&mut at_boot.pages, list(value, boot_pages)),
        _ => false,
    }
}

/// The structures of a list that are what they should be.
fn list<T>(value: &Variant<'_>, read: fn(Fields<'_>) -> Option<T>) -> Option<Vec<T>> {
    Some(structures(value)?.filter_map(read).collect())
}

fn page_size(fields: Fields<'_>) -> Option<Size> {
    let [page_size, total, free, promised, surplus, ..] = fields else { return None };
    Some(Size { page_size: page(page_size)?, total: size(total)?, free: size(free)?, promised: size(promised)?, surplus: size(surplus)? })
}

fn pool(fields: Fields<'_>) -> Option<Pool> {
    let [page_size, node, total, free, surplus, ..] = fields else { return None };
    Some(Pool { page_size: page(page_size)?, node: number(node)?, total: size(total)?, free: size(free)?, surplus: size(surplus)? })
}

/// Bytes of a page, by which is divided.
fn page(value: &Variant<'_>) -> Option<u64> {
    size(value).filter(|size| *size > 0)
}

fn cpu(fields: Fields<'_>) -> Option<Cpu> {
    let [cpu, package, die, core, node, kind, frequency, ..] = fields else { return None };
    Some(Cpu {
        number: number(cpu)?,
        package: number(package)?,
        die: number(die)?,
        core: number(core)?,
        node: number(node)?,
        kind: number(kind)?,
        frequency: size(frequency)?,
    })
}

fn cache(fields: Fields<'_>) -> Option<Cache> {
    let [level, kind, bytes, cpus, ..] = fields else { return None };
    Some(Cache { level: number(level)?, kind: number(kind)?, size: size(bytes)?, cpus: numbers(cpus)? })
}

fn node(fields: Fields<'_>) -> Option<Node> {
    let [node, cpus, memory, free, distances, ..] = fields else { return None };
    Some(Node { number: number(node)?, cpus: numbers(cpus)?, memory: size(memory)?, free: size(free)?, distances: numbers(distances)? })
}

fn governor(fields: Fields<'_>) -> Option<Governor> {
    let [name, cpus, ..] = fields else { return None };
    Some(Governor { name: text(name)?, cpus: numbers(cpus)? })
}

fn boot_device(fields: Fields<'_>) -> Option<BootDevice> {
    let [address, _, _, outcome, reasons, ..] = fields else { return None };
    Some(BootDevice { address: text(address)?, outcome: text(outcome)?, reasons: texts(reasons)? })
}

fn boot_pages(fields: Fields<'_>) -> Option<BootPages> {
    let [bytes, node, count, outcome, reasons, ..] = fields else { return None };
    // -1 is all of them.
    let node = signed(node).map(|node| u32::try_from(node).ok())?;
    Some(BootPages { size: page(bytes)?, node, count: size(count)?, outcome: text(outcome)?, reasons: texts(reasons)? })
}

impl Bus {
    async fn pages(&self) -> Result<HugePagesProxy<'static>> {
        let builder = HugePagesProxy::builder(&self.connection).destination(self.destination());
        Ok(builder.cache_properties(CacheProperties::No).build().await?)
    }

    /// Reading has the service look, and signal what changed.
    pub(crate) async fn look_at_memory(&self) -> Result<()> {
        let (destination, interface) = (self.destination(), "org.freedesktop.DBus.Properties");
        for of in [interface::HUGE_PAGES, interface::TOPOLOGY] {
            self.connection.call_method(Some(&destination), path::HOST, Some(interface), "GetAll", &of).await?;
        }
        Ok(())
    }

    pub(crate) async fn page_users(&self) -> Result<Vec<User>> {
        let users = self.pages().await?.list_users(&Options::default()).await?;
        Ok(users.iter().take(MOST).map(read_user).collect())
    }

    pub(crate) async fn plan_reserve(&self, pages: Pages) -> Result<Plan> {
        Ok(self.pages().await?.plan_reserve(pages.size, pages.count, &on(pages)).await?)
    }

    pub(crate) async fn reserve_pages(&self, pages: Pages, partial: bool) -> Result<u64> {
        Ok(self.pages().await?.reserve(pages.size, pages.count, &on(pages).with("partial", partial)).await?)
    }

    pub(crate) async fn release_pages(&self, pages: Pages) -> Result<u64> {
        Ok(self.pages().await?.release(pages.size, pages.count, &on(pages)).await?)
    }

    pub(crate) async fn plan_at_boot(&self, pages: Pages) -> Result<BootPlan> {
        let plan = self.pages().await?.plan_at_boot(pages.size, pages.count, &on(pages)).await?;
        Ok(BootPlan { kernel_argument: bounded(&plan.kernel_argument).to_owned(), ..plan })
    }

    pub(crate) async fn set_at_boot(&self, pages: Pages) -> Result<()> {
        Ok(self.pages().await?.set_at_boot(pages.size, pages.count, &on(pages)).await?)
    }

    pub(crate) async fn set_transparent(&self, mode: String, defrag: Option<String>) -> Result<()> {
        let options = defrag.into_iter().fold(Options::default(), |options, defrag| options.with("defrag", defrag));
        Ok(self.pages().await?.set_transparent_huge_pages(&mode, &options).await?)
    }

    pub(crate) async fn set_merging(&self, is_running: bool, unmerge: bool) -> Result<()> {
        let options = if unmerge { Options::default().with("unmerge", true) } else { Options::default() };
        Ok(self.pages().await?.set_ksm(is_running, &options).await?)
    }

    /// `NotSupported` by a service that is older than `Report`.
    pub(crate) async fn readiness(&self) -> Result<Vec<Check>> {
        let builder = ReadinessProxy::builder(&self.connection).destination(self.destination());
        let checks = builder.cache_properties(CacheProperties::No).build().await?.report(&Options::default()).await?;
        Ok(checks.into_iter().take(MOST).map(read_check).collect())
    }
}

fn on(pages: Pages) -> Options {
    pages.node.into_iter().fold(Options::default(), |options, node| options.with("node", node))
}

fn read_user(told: &dbus::hugepages::User) -> User {
    User {
        name: bounded(&told.name).to_owned(),
        machine: path::machine_uuid(told.machine.as_str()).filter(|_| told.kind == user::MACHINE),
        page_size: told.page_size,
        bytes: told.bytes,
        is_active: told.active,
    }
}

fn read_check(told: readiness::Check) -> Check {
    let short = |text: String| bounded(&text).to_owned();
    let facts = told.facts.into_iter().take(MOST).map(|(name, value)| (short(name), short(value))).collect();
    let fixes = told.fixes.into_iter().take(MOST).map(|(kind, value)| Fix::new(bounded(&kind), short(value))).collect();
    Check { id: short(told.id), standing: told.state.into(), facts, fixes }
}

/// Properties as they are kept in a signal.
pub(super) fn borrowed(properties: &HashMap<String, OwnedVariant>) -> impl Iterator<Item = (&str, &Variant<'_>)> {
    properties.iter().map(|(name, value)| (name.as_str(), &**value))
}

#[cfg(test)]
mod tests {
    use super::{
        super::{known::Known, outbox::Outbox, signal::Change},
        *,
    };
    use crate::{Event, hugepages::Merging};

    fn take(memory: &mut Memory, interface: &str, name: &str, value: impl Into<Variant<'static>>) -> bool {
        memory.take(interface, std::iter::once((name, &value.into())))
    }

    #[test]
    fn pools_and_processors_are_read_and_what_is_odd_is_left_out() {
        let mut memory = Memory::default();
        let pools = vec![(2_u64 << 20, 1_u32, 8_u64, 3_u64, 0_u64), (0, 1, 8, 3, 0)];
        assert!(take(&mut memory, interface::HUGE_PAGES, "Pools", pools.clone()));
        assert!(!take(&mut memory, interface::HUGE_PAGES, "Pools", pools), "nothing new");
        assert!(!take(&mut memory, interface::HUGE_PAGES, "Pools", "many"));
        assert!(take(&mut memory, interface::HUGE_PAGES, "KsmState", 2_u32));
        let pages = memory.pages.clone().unwrap();
        assert_eq!((pages.pools.len(), pages.pool(2 << 20, 1).unwrap().free, pages.merging), (1, 3, Merging::Running));
        assert_eq!(pages.reserved(1), 16 << 20);
        let nodes = vec![(0_u32, vec![0_u32, 1], 4_u64, 2_u64, vec![10_u32])];
        assert!(take(&mut memory, interface::TOPOLOGY, "Nodes", nodes));
        assert!(take(&mut memory, interface::TOPOLOGY, "Isolated", vec![1_u32]));
        assert!(!take(&mut memory, interface::TOPOLOGY, "Weather", 1_u32));
        let topology = memory.topology.unwrap();
        assert_eq!((topology.nodes[0].cpus.len(), topology.nodes[0].distances[0], topology.isolated.len()), (2, 10, 1));
    }

    #[test]
    fn what_is_done_at_each_start_is_read_and_pages_of_all_nodes_have_none() {
        let mut memory = Memory::default();
        assert!(take(&mut memory, interface::AT_BOOT, "State", 5_u32));
        let pages = vec![(2_u64 << 20, -1_i32, 8_u64, "too-few", vec!["3"]), (1 << 30, 1, 4, "", vec![]), (0, 0, 4, "", vec![])];
        assert!(take(&mut memory, interface::AT_BOOT, "HugePages", pages));
        assert!(take(&mut memory, interface::AT_BOOT, "Devices", vec![("0000:01:00.0", 1_u16, 2_u16, "gone", Vec::<String>::new())]));
        assert!(!take(&mut memory, interface::AT_BOOT, "Devices", "none"));
        let at_boot = memory.at_boot.unwrap();
        assert_eq!((at_boot.standing, at_boot.devices[0].outcome.as_str()), (crate::tuning::BootStanding::GivenUp, "gone"));
        assert_eq!((at_boot.pages.len(), at_boot.pages[0].node, at_boot.pages[0].reasons[0].as_str()), (2, None, "3"));
        assert_eq!((at_boot.count(1 << 30, Some(1)), at_boot.count(1 << 30, None)), (4, 0));
    }

    #[test]
    fn a_change_of_the_pools_is_told_with_everything_that_is_known() {
        let (mut known, mut outbox) = (Known::default(), Outbox::default());
        let mut hear = |interface: &str, name: &str, value: Variant<'static>| {
            let properties = HashMap::from([(name.to_owned(), OwnedVariant::try_from(value).unwrap())]);
            known.take(path::HOST.to_owned(), Change::Changed(interface.to_owned(), properties), &mut outbox);
            outbox.collect(&known);
            outbox.pop()
        };
        assert!(matches!(hear(interface::HUGE_PAGES, "Memory", 8_u64.into()), Some(Event::HugePages(Some(_)))));
        let Some(Event::HugePages(Some(pages))) = hear(interface::HUGE_PAGES, "Available", 4_u64.into()) else { panic!("not told") };
        assert_eq!((pages.memory, pages.available), (8, 4));
        assert!(hear(interface::HUGE_PAGES, "Available", 4_u64.into()).is_none(), "nothing new");
        assert!(matches!(hear(interface::TOPOLOGY, "Isolated", vec![1_u32].into()), Some(Event::Topology(Some(_)))));
    }

    #[test]
    fn a_fix_of_an_unknown_kind_keeps_its_words() {
        let told = readiness::Check { id: "x".into(), state: 77, fixes: vec![("pray".into(), "twice".into())], ..Default::default() };
        let check = read_check(told);
        assert_eq!(check.fixes, [Fix::Other("pray".into(), "twice".into())]);
        assert_eq!(check.standing, crate::readiness::Standing::Unknown);
    }
}
