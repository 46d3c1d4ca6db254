//! The floor below which no memory is taken from a machine.

use super::*;

#[test]
fn a_floor_is_kept_told_and_refused_where_it_means_nothing() {
    user::ordinary(|| async {
        let (tree, state) = (server(), tempfile::tempdir().unwrap());
        let service = inside::start(tree.root(), &state.path().join("state")).await;
        let a = machine(&service).await;
        let before = a.get_details(&none()).await.unwrap();
        assert_eq!(before.balloon_floor, None);
        // That of the driver's own machine.
        let memory = 8_u64 << 30;
        for (odd, kind) in [
            (none().with("balloon-floor", memory + 1024), ErrorKind::InvalidArgument),
            (none().with("balloon-floor", 1_u64), ErrorKind::InvalidArgument),
            (none().with("balloon-floor", (16_u64 << 20) - 1024), ErrorKind::InvalidArgument),
            (none().with("balloon-floor", u64::MAX), ErrorKind::InvalidArgument),
            (none().with("balloon-floor", "1"), ErrorKind::InvalidArgument),
            (none().with("balloon-floor", -1_i64), ErrorKind::InvalidArgument),
        ] {
            assert_eq!(refusal(a.set_host_tuning(&odd, &none()).await).kind(), Some(kind), "{odd:?}");
            assert_eq!(a.get_details(&none()).await.unwrap(), before);
        }
        a.set_host_tuning(&none().with("balloon-floor", memory / 2), &none()).await.unwrap();
        assert_eq!(a.get_details(&none()).await.unwrap().balloon_floor, Some(memory / 2));
        // What is not named stays.
        a.set_host_tuning(&none().with("reserve-huge-pages", false), &none()).await.unwrap();
        a.set_metadata(&none().with("group", "games"), &none()).await.unwrap();
        assert_eq!(a.get_details(&none()).await.unwrap().balloon_floor, Some(memory / 2));
        a.set_host_tuning(&none().with("balloon-floor", 0_u64), &none()).await.unwrap();
        assert_eq!(a.get_details(&none()).await.unwrap().balloon_floor, None);
    });
}

#[test]
fn a_machine_whose_memory_is_pinned_gets_no_floor_and_is_told_why() {
    user::ordinary(|| async {
        let host = Host::with(5);
        let service = host.start().await;
        let a = machine(&service).await;
        let refused = refusal(a.set_host_tuning(&none().with("balloon-floor", 256_u64 << 20), &none()).await);
        let reasons = Vec::<String>::try_from(refused.facts["reasons"].try_clone().unwrap()).unwrap();
        assert_eq!((refused.kind(), reasons), (Some(ErrorKind::Unsafe), vec!["huge-pages".to_owned()]));
        a.set_host_tuning(&none().with("balloon-floor", 0_u64), &none()).await.unwrap();
        a.set_huge_pages(&none().with("enabled", false), &none()).await.unwrap();
        a.set_host_tuning(&none().with("balloon-floor", 256_u64 << 20), &none()).await.unwrap();
        assert_eq!(a.get_details(&none()).await.unwrap().balloon_floor, Some(256 << 20));
    });
}
