//! Energy preferences of CPUs while their machine runs.

use super::*;

const USUAL: [&str; 7] = ["balance_power", "balance_power", "balance_power", "balance_power", "balance_power", "balance_power", "128"];

async fn prefers(_: Arc<Host>, a: MachineProxy<'static>) {
    let power = none().with("governor", "").with("energy-preference", "power");
    a.set_host_tuning(&power, &none()).await.unwrap();
    a.start(&none()).await.unwrap();
}

#[test]
fn an_energy_preference_is_that_of_its_cpus_while_it_runs_and_what_was_comes_back() {
    user::ordinary(|| async {
        let host = Host::with(5);
        let service = host.start().await;
        let a = machine(&service).await;
        let both = none().with("energy-preference", "performance");
        a.set_host_tuning(&both, &none()).await.unwrap();
        assert_eq!(a.get_details(&none()).await.unwrap().energy_preference.as_deref(), Some("performance"));
        a.start(&none()).await.unwrap();
        host.as_taken();
        let mut expected = USUAL;
        (expected[2], expected[6]) = ("performance", "performance");
        assert_eq!(host.preferences(), expected);
        host.free(256);
        a.force_off(&none()).await.unwrap();
        host.settled().await;
        assert_eq!(host.preferences(), USUAL);
        assert!(host.as_before());
    });
}

#[test]
fn a_preference_that_a_service_that_died_had_set_is_put_back_and_one_of_somebody_else_is_theirs() {
    user::ordinary(|| async {
        let host = Arc::new(Host::with(5));
        life(&host, |host, a| Box::pin(prefers(host, a))).await;
        assert_eq!((host.preference(2).as_str(), host.preference(6).as_str()), ("power", "power"));
        assert!((0..8).all(|policy| host.governor(policy) == "powersave"));
        host.tree.write("sys/devices/system/cpu/cpufreq/policy2/energy_performance_preference", "default");
        host.free(256);
        let _service = host.start().await;
        host.settled().await;
        assert_eq!((host.preference(2).as_str(), host.preference(6).as_str()), ("default", "128"));
    });
}

#[test]
fn a_preference_that_no_cpu_has_or_that_its_governor_does_not_let_be_is_refused() {
    user::ordinary(|| async {
        let host = Host::with(5);
        let service = host.start().await;
        let a = machine(&service).await;
        let before = a.get_details(&none()).await.unwrap();
        for odd in [
            none().with("energy-preference", "turbo"),
            none().with("energy-preference", "../../x"),
            none().with("energy-preference", "128"),
            none().with("energy-preference", 1_u32),
            // The machine's governor is `performance`.
            none().with("energy-preference", "power"),
            none().with("energy-preference", "power").with("governor", "performance"),
        ] {
            assert_eq!(refusal(a.set_host_tuning(&odd, &none()).await).kind(), Some(ErrorKind::InvalidArgument), "{odd:?}");
        }
        assert_eq!(a.get_details(&none()).await.unwrap(), before);
        a.clear_pinning(&none()).await.unwrap();
        let power = none().with("energy-preference", "power").with("governor", "").with("isolate-cpus", false);
        let refused = refusal(a.set_host_tuning(&power, &none()).await);
        assert_eq!(refused.kind(), Some(ErrorKind::Unsafe), "{refused:?}");
        assert_eq!(host.preferences(), USUAL);
    });
}
