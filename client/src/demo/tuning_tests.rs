use dbus::ErrorKind;
use futures_util::StreamExt;
use tokio::sync::watch::channel;
use uuid::Uuid;

use super::{
    Demo, Preset,
    memory::{LARGE, SMALL},
};
use crate::{
    Client, Error, Event, Operation, Wanted,
    hugepages::Pages,
    tuning::{BootStanding, HostTuning, Pinning},
};

fn frozen() -> (Demo, Client) {
    let demo = Demo::new(Preset::Frozen);
    (demo.clone(), Client::from(demo))
}

fn named(demo: &Demo, name: &str) -> Uuid {
    demo.machines().into_iter().find(|machine| machine.name == name).unwrap().id
}

fn kind<T: std::fmt::Debug>(result: Result<T, Error>) -> Option<ErrorKind> {
    result.unwrap_err().kind()
}

#[tokio::test]
async fn a_plan_takes_whole_cores_that_nobody_has_and_leaves_the_host_its_own() {
    let (demo, client) = frozen();
    let plan = client.plan_pinning(named(&demo, "postgres-lab"), None).await.unwrap();
    assert_eq!((plan.pinning.cpus(), plan.pinning.nodes, plan.pinning.cores), (vec![4, 5, 12, 13], vec![1], Some((2, 2))));
    assert_eq!((plan.pinning.emulator, plan.warnings), (vec![0, 8], vec!["several-caches".to_owned()]));
    // Its card is on the node where others are pinned.
    let plan = client.plan_pinning(named(&demo, "win11-gaming"), None).await.unwrap();
    assert_eq!(plan.pinning.cpus(), [4, 5, 6, 7, 12, 13, 14, 15]);
    assert!(plan.warnings.contains(&"not-on-node".to_owned()));
    let odd = client.plan_pinning(named(&demo, "postgres-lab"), Some(3)).await.unwrap();
    assert_eq!((odd.pinning.cores, odd.warnings.contains(&"siblings-idle".to_owned())), (Some((3, 1)), true));
    let refused = client.plan_pinning(named(&demo, "postgres-lab"), Some(12)).await.unwrap_err();
    assert_eq!((refused.kind(), refused.fact("limit")), (Some(ErrorKind::LimitExceeded), Some("10")));
    assert_eq!(kind(client.plan_pinning(named(&demo, "postgres-lab"), Some(0)).await), Some(ErrorKind::InvalidArgument));
}

#[tokio::test]
async fn what_is_pinned_is_told_until_it_is_cleared_and_needed_for_cpus_of_its_own() {
    let (demo, client) = frozen();
    let postgres = named(&demo, "postgres-lab");
    let isolate = HostTuning { isolates: Some(true), ..HostTuning::default() };
    let refused = client.set_host_tuning(postgres, isolate.clone()).await.unwrap_err();
    assert_eq!((refused.kind(), refused.fact("reasons")), (Some(ErrorKind::Unsafe), Some("not-pinned")));
    let plan = client.plan_pinning(postgres, Some(6)).await.unwrap();
    client.set_pinning(postgres, plan.pinning.clone()).await.unwrap();
    client.set_host_tuning(postgres, isolate).await.unwrap();
    let tuning = client.tuning(postgres).await.unwrap();
    assert_eq!((tuning.pinning.vcpus, tuning.isolates), (plan.pinning.vcpus, true));
    assert_eq!(demo.machines().iter().find(|machine| machine.id == postgres).unwrap().vcpus, 6);
    client.clear_pinning(postgres).await.unwrap();
    assert!(client.tuning(postgres).await.unwrap().pinning.is_empty());
    let client = Client::from(Demo::new(Preset::NotAllowed));
    assert_eq!(kind(client.set_pinning(postgres, Pinning::default()).await), Some(ErrorKind::NotAuthorized));
}

#[tokio::test]
async fn pages_are_reserved_for_a_start_and_given_back_after_the_stop() {
    let (demo, client) = frozen();
    let fedora = named(&demo, "fedora-42-dev");
    let now = || demo.world().huge_pages().pool(SMALL, 1).unwrap().total;
    client.operate(fedora, Operation::ForceOff).await.unwrap();
    client.set_machine_pages(fedora, Some(SMALL)).await.unwrap();
    assert_eq!(kind(client.operate(fedora, Operation::Start).await), Some(ErrorKind::Failed), "there are not as many");
    client.set_host_tuning(fedora, HostTuning { reserves_pages: Some(true), ..HostTuning::default() }).await.unwrap();
    let before = now();
    client.operate(fedora, Operation::Start).await.unwrap();
    assert!(now() > before);
    client.operate(fedora, Operation::ForceOff).await.unwrap();
    assert_eq!(now(), before);
    assert_eq!(kind(client.set_machine_pages(fedora, Some(4096)).await), Some(ErrorKind::InvalidArgument));
}

#[tokio::test]
async fn pages_at_each_start_are_planned_refused_below_the_floor_and_told() {
    let (demo, client) = frozen();
    let pages = |count| Pages { size: LARGE, count, node: Some(1) };
    let plan = client.plan_at_boot(pages(4)).await.unwrap();
    assert_eq!((plan.possible, plan.kernel_argument.as_str()), (true, "hugepagesz=1G hugepages=1:4"));
    let refused = client.set_at_boot(pages(plan.most + 1)).await.unwrap_err();
    assert_eq!((refused.kind(), refused.fact("reasons")), (Some(ErrorKind::Unsafe), Some("memory-floor")));
    assert_eq!(kind(client.set_at_boot(pages(0)).await), Some(ErrorKind::NotFound));
    let (_sender, wanted) = channel(Wanted::default());
    let mut events = demo.watch(wanted).boxed();
    client.set_at_boot(pages(4)).await.unwrap();
    let mut told = None;
    while let Ok(Some(event)) = tokio::time::timeout(std::time::Duration::from_millis(20), events.next()).await {
        if let Event::AtBoot(at_boot) = event {
            told = at_boot;
        }
    }
    let told = told.unwrap();
    assert_eq!((told.standing, told.count(LARGE, Some(1)), told.count(LARGE, Some(0))), (BootStanding::Waiting, 4, 20));
}
