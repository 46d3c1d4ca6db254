//! Huge pages over the bus on captured hosts, and for real on the kernel that runs.
#![allow(clippy::panic, clippy::unwrap_used, clippy::expect_used)]

use std::{sync::Arc, time::Duration};

use dbus::{
    ErrorKind, Options,
    hugepages::{HugePagesProxy, Pool, Size, User, ksm, user as kind},
    interface, path,
};
use kvm_manager_tests::{
    TestService,
    bus::Bus,
    client::{Changed, Signals, changed, managed_objects, properties, refusal},
    inside::{self, Inside},
    tree::Tree,
    user,
};
use service::{
    host::{
        Root,
        hugepages::Place,
        memory::{Memory, files::Kernel},
    },
    store::{Store, memory::Journal},
    workflow::hugepages::{
        change,
        plan::{Caches, Wish},
    },
};
use zbus::proxy::CacheProperties;

const PAGE: u64 = 2 << 20;
const GIB: u64 = 1 << 30;

fn none() -> Options {
    Options::default()
}

async fn on(connection: &zbus::Connection) -> HugePagesProxy<'static> {
    HugePagesProxy::builder(connection).cache_properties(CacheProperties::No).build().await.unwrap()
}

/// The next change of what is tested here.
async fn next(changes: &mut Signals) -> Changed {
    loop {
        let changed = changed(&changes.next().await);
        if changed.interface == interface::HUGE_PAGES {
            return changed;
        }
    }
}

/// The service on a captured host, its proxy, and a place for its state.
async fn at(tree: &Tree) -> (Inside, HugePagesProxy<'static>, tempfile::TempDir) {
    let state = tempfile::tempdir().unwrap();
    let service = inside::start(tree.root(), &state.path().join("state")).await;
    let pages = on(&service.client).await;
    (service, pages, state)
}

#[test]
fn pools_are_told_by_size_and_by_node() {
    user::ordinary(|| async {
        let tree = Tree::of("server-two-nodes");
        let (service, pages, _state) = at(&tree).await;
        let sizes = [
            Size { page_size: PAGE, total: 2048, free: 100, promised: 40, surplus: 10 },
            Size { page_size: GIB, total: 48, free: 8, promised: 0, surplus: 0 },
        ];
        assert_eq!(pages.sizes().await.unwrap(), sizes);
        let pools = pages.pools().await.unwrap();
        assert_eq!(pools.len(), 6);
        assert!(pools.contains(&Pool { page_size: GIB, node: 0, total: 40, free: 8, surplus: 0 }));
        assert!(pools.contains(&Pool { page_size: PAGE, node: 1, total: 2048, free: 100, surplus: 10 }));
        assert_eq!(
            (pages.memory().await.unwrap(), pages.available().await.unwrap(), pages.floor().await.unwrap()),
            (160 * GIB, 100 * GIB, 16 * GIB)
        );
        let told = properties(&service.client, path::HOST, interface::HUGE_PAGES).await;
        assert_eq!(managed_objects(&service.client).await[path::HOST][interface::HUGE_PAGES], told);
    });
}

#[test]
fn transparent_pages_merging_and_users_are_told() {
    user::ordinary(|| async {
        let tree = Tree::of("desktop-smt");
        let (_service, pages, _state) = at(&tree).await;
        assert_eq!(
            (pages.transparent_huge_pages().await.unwrap(), pages.transparent_defrag().await.unwrap()),
            ("madvise".into(), "madvise".into())
        );
        assert_eq!(pages.transparent_used().await.unwrap(), 512 << 20);
        assert_eq!((pages.ksm_state().await.unwrap(), pages.ksm_saved().await.unwrap()), (ksm::RUNNING, GIB));
        let postgres = User {
            kind: kind::PROCESS,
            name: "postgres".into(),
            machine: zbus::OwnedObjectPath::default(),
            page_size: 0,
            bytes: 8 << 20,
            active: true,
        };
        assert_eq!(pages.list_users(&none()).await.unwrap(), [postgres]);
    });
}

#[test]
fn machines_that_want_huge_pages_are_told_running_or_not() {
    user::ordinary(|| async {
        let bus = Bus::start();
        let file = bus.directory().join("machines.xml");
        let machine = |name: &str, state: u32, backing: &str| {
            format!(
                "<domain type='test' xmlns:test='http://libvirt.org/schemas/domain/test/1.0'><name>{name}</name><memory unit='MiB'>64</memory>\
                 {backing}<vcpu>1</vcpu><os><type>hvm</type></os><test:runstate>{state}</test:runstate></domain>"
            )
        };
        let sizes = "<memoryBacking><hugepages><page size='2048' unit='KiB'/></hugepages></memoryBacking>";
        let usual = "<memoryBacking><hugepages/></memoryBacking>";
        let node = format!("<node>{}{}{}</node>", machine("on", 1, sizes), machine("off", 5, usual), machine("plain", 1, ""));
        std::fs::write(&file, node).unwrap();
        let service = TestService::on(bus, &format!("test://{}", file.display()), &[]).await;
        let mut users = on(&service.connection).await.list_users(&none()).await.unwrap();
        users.retain(|user| user.kind == kind::MACHINE);
        users.sort_by(|left, right| left.name.cmp(&right.name));
        let told: Vec<_> = users.iter().map(|user| (user.name.as_str(), user.page_size, user.bytes, user.active)).collect();
        assert_eq!(told, [("off", 0, 64 << 20, false), ("on", PAGE, 64 << 20, true)]);
        assert_eq!(users[1].machine, service.path("on").await);
    });
}

#[test]
fn a_kernel_without_huge_pages_has_none_and_refuses_all() {
    user::ordinary(|| async {
        let tree = Tree::of("no-hugetlb");
        let (_service, pages, _state) = at(&tree).await;
        assert_eq!((pages.sizes().await.unwrap().len(), pages.pools().await.unwrap().len()), (0, 0));
        assert_eq!((pages.transparent_huge_pages().await.unwrap(), pages.ksm_state().await.unwrap()), (String::new(), 0));
        assert_eq!(refusal(pages.plan_reserve(PAGE, 1, &none()).await).kind(), Some(ErrorKind::NotFound));
        assert_eq!(refusal(pages.reserve(PAGE, 1, &none()).await).kind(), Some(ErrorKind::NotFound));
        assert_eq!(refusal(pages.release(PAGE, 1, &none()).await).kind(), Some(ErrorKind::NotFound));
        assert_eq!(refusal(pages.set_transparent_huge_pages("never", &none()).await).kind(), Some(ErrorKind::NotSupported));
        assert_eq!(refusal(pages.set_ksm(true, &none()).await).kind(), Some(ErrorKind::NotSupported));
    });
}

#[test]
fn what_is_absurd_is_refused_by_the_name_of_its_argument_and_changes_nothing() {
    user::ordinary(|| async {
        let tree = Tree::of("server-two-nodes");
        let (_service, pages, _state) = at(&tree).await;
        let control = "sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages";
        let before = tree.read(control);
        for (page_size, count, argument) in
            [(0, 1, "page_size"), (PAGE - 1, 1, "page_size"), (PAGE, 0, "count"), (PAGE, u64::MAX, "count"), (1 << 63, 2, "count")]
        {
            for refused in [
                refusal(pages.reserve(page_size, count, &none()).await),
                refusal(pages.release(page_size, count, &none()).await),
                refusal(pages.plan_reserve(page_size, count, &none()).await),
            ] {
                assert_eq!((refused.kind(), refused.text("argument").as_str()), (Some(ErrorKind::InvalidArgument), argument));
            }
        }
        let far = || none().with("node", u32::MAX);
        assert_eq!(refusal(pages.reserve(PAGE, 1, &far()).await).kind(), Some(ErrorKind::NotFound));
        assert_eq!(refusal(pages.set_transparent_huge_pages("sometimes", &none()).await).text("argument"), "mode");
        let unmerge = none().with("unmerge", true);
        assert_eq!(refusal(pages.set_ksm(true, &unmerge).await).text("argument"), "unmerge");
        assert_eq!(tree.read(control), before);
    });
}

#[test]
fn the_floor_is_refused_with_numbers_that_the_plan_has_told() {
    user::ordinary(|| async {
        let tree = Tree::of("server-two-nodes");
        let (_service, pages, _state) = at(&tree).await;
        let plan = pages.plan_reserve(GIB, 85, &none()).await.unwrap();
        assert_eq!((plan.possible, plan.bytes, plan.available, plan.floor, plan.most), (false, 85 * GIB, 100 * GIB, 16 * GIB, 84));
        assert!(pages.plan_reserve(GIB, 84, &none()).await.unwrap().possible);
        // A node has no more than what is free on it and caches of files: 18 GiB and 2 GiB.
        assert_eq!(pages.plan_reserve(GIB, 1, &none().with("node", 0_u32)).await.unwrap().most, 20);
        let refused = refusal(pages.reserve(GIB, 85, &none()).await);
        assert_eq!(refused.kind(), Some(ErrorKind::Unsafe));
        let number = |fact: &str| u64::try_from(refused.facts[fact].try_clone().unwrap()).unwrap();
        assert_eq!((number("available"), number("floor"), number("needed"), number("most")), (100 * GIB, 16 * GIB, 85 * GIB, 84));
        let reasons = Vec::<String>::try_from(refused.facts["reasons"].try_clone().unwrap()).unwrap();
        assert_eq!(reasons, ["memory-floor"]);
        assert_eq!(tree.read("sys/kernel/mm/hugepages/hugepages-1048576kB/nr_hugepages"), "48\n");
    });
}

#[test]
fn a_reservation_writes_the_nodes_file_shows_from_the_reply_on_and_is_given_back() {
    user::ordinary(|| async {
        let tree = Tree::of("server-two-nodes");
        let (service, pages, state) = at(&tree).await;
        let mut changes = Signals::changes(&service.client).await;
        let here = || none().with("node", 1_u32);
        assert_eq!(pages.reserve(GIB, 3, &here()).await.unwrap(), 3);
        let control = "sys/devices/system/node/node1/hugepages/hugepages-1048576kB/nr_hugepages";
        assert_eq!(tree.read(control), "11\n");
        let is_pool = |pool: &&Pool| (pool.page_size, pool.node) == (GIB, 1);
        assert_eq!(pages.pools().await.unwrap().iter().find(is_pool).unwrap().total, 11);
        let changed = next(&mut changes).await;
        assert_eq!((changed.interface.as_str(), changed.values.contains_key("Pools")), (interface::HUGE_PAGES, true));
        assert!(!state.path().join("state/hugepages.json").exists(), "no record is left");
        // Free pages of the node, as the tree has them: none.
        assert_eq!(refusal(pages.release(GIB, 1, &here()).await).kind(), Some(ErrorKind::LimitExceeded));
        tree.write("sys/devices/system/node/node1/hugepages/hugepages-1048576kB/free_hugepages", "3");
        assert_eq!(pages.release(GIB, 3, &here()).await.unwrap(), 3);
        assert_eq!(tree.read(control).lines().next(), Some("8"));
    });
}

#[test]
fn settings_are_written_and_merging_stops_again() {
    user::ordinary(|| async {
        let tree = Tree::of("desktop-smt");
        let (_service, pages, _state) = at(&tree).await;
        pages.set_ksm(false, &none()).await.unwrap();
        assert_eq!(pages.ksm_state().await.unwrap(), ksm::STOPPED);
        pages.set_ksm(false, &none().with("unmerge", true)).await.unwrap();
        assert_eq!((tree.read("sys/kernel/mm/ksm/run").as_str(), pages.ksm_state().await.unwrap()), ("2\n", ksm::UNMERGED));
        // The tree does not put brackets around what was written: a kernel that does not take the word.
        assert_eq!(refusal(pages.set_transparent_huge_pages("always", &none()).await).kind(), Some(ErrorKind::Failed));
    });
}

#[test]
fn what_was_interrupted_is_undone_when_the_service_starts_in_the_same_boot() {
    user::ordinary(|| async {
        let tree = Tree::of("server-two-nodes");
        let node = |node: u32, name: &str| format!("sys/devices/system/node/node{node}/hugepages/hugepages-1048576kB/{name}");
        let state = tempfile::tempdir().unwrap();
        let record = |boot: &str| {
            let store = Store::open(&state.path().join("state")).unwrap();
            let change = service::store::memory::Change {
                boot: boot.into(),
                page_size: GIB,
                count: 4,
                before: vec![(Some(0), 40), (Some(1), 8)],
                id: String::new(),
            };
            store.memory_journal().put(&change).unwrap();
            for (file, value) in [("nr_hugepages", "11"), ("free_hugepages", "3")] {
                tree.write(&node(1, file), value);
            }
        };
        record("another-boot");
        drop(inside::start(tree.root(), &state.path().join("state")).await);
        assert_eq!(tree.read(&node(1, "nr_hugepages")), "11\n");
        record(tree.read("proc/sys/kernel/random/boot_id").trim());
        drop(inside::start(tree.root(), &state.path().join("state")).await);
        assert_eq!(tree.read(&node(1, "nr_hugepages")).lines().next(), Some("8"));
        assert!(!state.path().join("state/hugepages.json").exists());
    });
}

#[test]
fn a_record_that_a_computer_left_empty_is_not_in_the_way_and_nothing_is_undone_by_it() {
    user::ordinary(|| async {
        let tree = Tree::of("server-two-nodes");
        let state = tempfile::tempdir().unwrap();
        Store::open(&state.path().join("state")).unwrap();
        let record = state.path().join("state/hugepages.json");
        std::fs::write(&record, "").unwrap();
        let control = "sys/devices/system/node/node1/hugepages/hugepages-1048576kB/nr_hugepages";
        let before = tree.read(control);
        let service = inside::start(tree.root(), &state.path().join("state")).await;
        assert_eq!((tree.read(control), record.exists()), (before, false));
        let pages = on(&service.client).await;
        assert_eq!(pages.reserve(GIB, 1, &none().with("node", 1_u32)).await.unwrap(), 1);
    });
}

#[test]
fn an_ordinary_user_of_this_kernel_is_told_that_the_service_may_not() {
    user::ordinary(|| async {
        let service = TestService::start().await;
        let pages = on(&service.connection).await;
        let Some(size) = pages.sizes().await.unwrap().first().copied() else {
            return eprintln!("SKIPPED: this kernel has no huge pages");
        };
        let refused = refusal(pages.reserve(size.page_size, 1, &none()).await);
        assert_eq!(refused.kind(), Some(ErrorKind::NotSupported));
        assert_eq!(pages.sizes().await.unwrap()[0].total, size.total);
    });
}

/// The pages of the kernel that runs, put back when the test ends, however it ends.
struct Guard {
    root: Root,
    place: Place,
    before: u64,
}

impl Drop for Guard {
    fn drop(&mut self) {
        let back = Kernel::write(&self.root, &self.place.control(), &self.before.to_string());
        assert!(back.is_ok() || std::thread::panicking(), "{back:?}");
    }
}

#[test]
fn the_kernel_that_runs_reserves_and_gives_back_a_few_pages() {
    user::root(|| async {
        let (root, place) = (Root::host(), Place { page_size: PAGE, node: None });
        let Some(figures) = place.figures(&root) else { return eprintln!("SKIPPED: this kernel has no pages of 2 MiB") };
        if Memory::of(&root).spare() < 64 * PAGE || Kernel::write(&root, &place.control(), &figures.reserved().to_string()).is_err() {
            return eprintln!("SKIPPED: too little memory, or /sys is read-only");
        }
        let guard = Guard { root: root.clone(), place, before: figures.reserved() };
        let state = tempfile::tempdir().unwrap();
        let journal: Arc<dyn Journal> = Arc::new(Store::open(&state.path().join("state")).unwrap().memory_journal());
        let wish = |count| Wish { place, count, compact: true, caches: Caches::Stay, partial: false };
        assert_eq!(change::reserve(&root, &*journal, &wish(8), &|_| true).unwrap(), 8);
        assert_eq!(place.figures(&root).unwrap().reserved(), figures.reserved() + 8);
        assert!(matches!(change::reserve(&root, &*journal, &wish(8), &|done| done < 8), Err(service::error::Error::Cancelled)));
        assert_eq!(place.figures(&root).unwrap().reserved(), figures.reserved() + 8, "what was cancelled is gone");
        assert_eq!(change::release(&root, &*journal, &wish(8)).unwrap(), 8);
        assert_eq!(place.figures(&root).unwrap().reserved(), figures.reserved());
        drop(guard);
    });
}

#[test]
fn a_change_by_others_is_signalled_to_whoever_looks() {
    user::ordinary(|| async {
        let tree = Tree::of("server-two-nodes");
        let (service, pages, _state) = at(&tree).await;
        let mut changes = Signals::changes(&service.client).await;
        tree.write("sys/kernel/mm/transparent_hugepage/enabled", "[always] madvise never");
        // What is read is a second old at most.
        let told =
            tokio::time::timeout(Duration::from_secs(30), async { while pages.transparent_huge_pages().await.unwrap() != "always" {} });
        told.await.unwrap();
        let changed = next(&mut changes).await;
        assert_eq!(changed.values.keys().collect::<Vec<_>>(), ["TransparentHugePages"]);
    });
}
