use dbus::ErrorKind;
use futures_util::StreamExt;
use tokio::sync::watch::channel;

use super::{
    Demo, Preset,
    memory::{LARGE, SMALL},
};
use crate::{
    Client, Error, Event, Operation, Wanted,
    hugepages::{HugePages, Merging, Pages},
    readiness::Standing,
};

fn frozen() -> (Demo, Client) {
    let demo = Demo::new(Preset::Frozen);
    (demo.clone(), Client::from(demo))
}

const fn pages(size: u64, count: u64, node: u32) -> Pages {
    Pages { size, count, node: Some(node) }
}

fn now(demo: &Demo) -> HugePages {
    demo.world().huge_pages()
}

fn kind<T: std::fmt::Debug>(result: Result<T, Error>) -> Option<ErrorKind> {
    result.unwrap_err().kind()
}

#[test]
fn the_pools_of_all_nodes_are_the_sizes() {
    let pages = now(&Demo::new(Preset::Frozen));
    for size in &pages.sizes {
        let of = |figure: fn(&crate::hugepages::Pool) -> u64| {
            pages.pools.iter().filter(|pool| pool.page_size == size.page_size).map(figure).sum::<u64>()
        };
        assert_eq!((of(|pool| pool.total), of(|pool| pool.free)), (size.total, size.free));
        assert!(size.promised <= size.free);
    }
    assert_eq!((pages.pool(LARGE, 0).unwrap().total, pages.pool(LARGE, 0).unwrap().free), (20, 4));
}

#[tokio::test]
async fn pages_are_reserved_and_given_back_and_told_by_events() {
    let (demo, client) = frozen();
    let (_sender, wanted) = channel(Wanted::default());
    let before = now(&demo);
    assert_eq!(client.reserve_pages(pages(SMALL, 1024, 0), false).await, Ok(1024));
    let after = now(&demo);
    assert_eq!((after.pool(SMALL, 0).unwrap().total, before.available - after.available), (1024, 1024 * SMALL));
    let mut events = demo.watch(wanted).boxed();
    assert_eq!(client.release_pages(pages(SMALL, 1024, 0)).await, Ok(1024));
    assert_eq!(now(&demo), before);
    let mut told = None;
    while let Ok(Some(event)) = tokio::time::timeout(std::time::Duration::from_millis(20), events.next()).await {
        if let Event::HugePages(Some(pages)) = event {
            told = Some(pages);
        }
    }
    assert_eq!(*told.unwrap(), before);
}

#[tokio::test]
async fn the_plan_knows_the_floor_and_a_reservation_beyond_it_is_refused() {
    let (demo, client) = frozen();
    let plan = client.plan_reserve(pages(LARGE, 9, 1)).await.unwrap();
    assert!(!client.plan_reserve(pages(LARGE, plan.most + 1, 1)).await.unwrap().possible);
    assert!(plan.available - plan.most * LARGE >= plan.floor);
    let refused = client.reserve_pages(pages(LARGE, plan.most + 1, 1), true).await.unwrap_err();
    assert_eq!((refused.kind(), refused.fact("reasons")), (Some(ErrorKind::Unsafe), Some("memory-floor")));
    assert_eq!(refused.fact("most"), Some(plan.most.to_string().as_str()));
    assert_eq!(kind(client.plan_reserve(pages(4096, 1, 0)).await), Some(ErrorKind::NotFound));
    assert_eq!(kind(client.plan_reserve(pages(SMALL, 0, 0)).await), Some(ErrorKind::InvalidArgument));
    assert_eq!(now(&demo), now(&Demo::new(Preset::Frozen)));
}

#[tokio::test]
async fn of_scattered_memory_a_part_is_kept_only_if_that_is_wanted() {
    let (demo, client) = frozen();
    let refused = client.reserve_pages(pages(LARGE, 7, 1), false).await.unwrap_err();
    assert_eq!((refused.kind(), refused.fact("limit")), (Some(ErrorKind::LimitExceeded), Some("5")));
    assert_eq!(now(&demo).pool(LARGE, 1).unwrap().total, 0, "all were put back");
    assert_eq!(client.reserve_pages(pages(LARGE, 7, 1), true).await, Ok(5));
    assert_eq!(now(&demo).pool(LARGE, 1).unwrap().total, 5);
    assert!(client.reserve_pages(pages(LARGE, 1, 1), true).await.is_err());
}

#[tokio::test]
async fn pages_in_use_or_promised_are_not_given_back() {
    let (_, client) = frozen();
    let refused = client.release_pages(pages(LARGE, 5, 0)).await.unwrap_err();
    assert_eq!((refused.kind(), refused.fact("limit")), (Some(ErrorKind::LimitExceeded), Some("4")));
    assert_eq!(client.release_pages(pages(SMALL, 769, 1)).await.unwrap_err().fact("limit"), Some("768"));
    assert_eq!(client.release_pages(pages(LARGE, 4, 0)).await, Ok(4));
}

#[tokio::test]
async fn a_machine_lets_its_pages_go_and_does_not_start_without_them() {
    let (demo, client) = frozen();
    let users = client.page_users().await.unwrap();
    let gaming = users.iter().find(|user| user.name == "win11-gaming").unwrap();
    assert!(gaming.is_active && users.iter().any(|user| !user.is_active));
    client.operate(gaming.machine.unwrap(), Operation::ForceOff).await.unwrap();
    assert_eq!(now(&demo).pool(LARGE, 0).unwrap().free, 20);
    client.release_pages(pages(LARGE, 10, 0)).await.unwrap();
    assert_eq!(kind(client.operate(gaming.machine.unwrap(), Operation::Start).await), Some(ErrorKind::Failed));
    client.reserve_pages(pages(LARGE, 6, 0), false).await.unwrap();
    assert_eq!(client.operate(gaming.machine.unwrap(), Operation::Start).await, Ok(()));
}

#[tokio::test(start_paused = true)]
async fn a_reservation_that_is_cancelled_leaves_what_was() {
    let demo = Demo::new(Preset::Full);
    let client = Client::from(demo.clone());
    let (_sender, wanted) = channel(Wanted::default());
    let mut events = demo.watch(wanted).boxed();
    let cancel = async {
        loop {
            if let Some(Event::Job(job)) = events.next().await
                && job.operation == "huge-pages-reserve"
                && job.progress.is_some()
            {
                return client.cancel(job.id).await;
            }
        }
    };
    let (reserved, cancelled) = tokio::join!(client.reserve_pages(pages(SMALL, 2048, 0), false), cancel);
    assert_eq!((kind(reserved), cancelled), (Some(ErrorKind::Cancelled), Ok(())));
    assert_eq!(now(&demo).pool(SMALL, 0).unwrap().total, 0);
    assert_eq!(client.reserve_pages(pages(SMALL, 512, 0), false).await, Ok(512), "nothing is busy any more");
}

#[tokio::test]
async fn settings_of_the_memory_are_taken_and_nobody_without_the_right_changes_any() {
    let (demo, client) = frozen();
    client.set_transparent("always".to_owned(), Some("defer".to_owned())).await.unwrap();
    client.set_merging(false, true).await.unwrap();
    let after = now(&demo);
    assert_eq!((after.transparent.as_str(), after.defrag.as_str()), ("always", "defer"));
    assert_eq!((after.merging, after.merging_saved), (Merging::TakenApart, 0));
    assert_eq!(kind(client.set_transparent("often".to_owned(), None).await), Some(ErrorKind::InvalidArgument));
    assert_eq!(kind(client.set_merging(true, true).await), Some(ErrorKind::InvalidArgument));
    let client = Client::from(Demo::new(Preset::NotAllowed));
    assert_eq!(kind(client.reserve_pages(pages(SMALL, 1, 0), false).await), Some(ErrorKind::NotAuthorized));
    assert_eq!(kind(client.set_merging(false, false).await), Some(ErrorKind::NotAuthorized));
    assert!(client.readiness().await.is_ok());
}

#[tokio::test]
async fn the_report_has_something_ready_limited_and_missing() {
    let checks = Client::from(Demo::new(Preset::Frozen)).readiness().await.unwrap();
    for standing in [Standing::Ready, Standing::Limited, Standing::Missing] {
        assert!(checks.iter().any(|check| check.standing == standing), "{standing:?}");
    }
    assert!(checks.iter().all(|check| check.fixes.is_empty() == (check.standing == Standing::Ready)));
}
