//! Reservations on a kernel that is played.

mod fake;

use std::io;

use fake::{Fake, Noted, all_file, node_file};

use super::{
    change::{available, give_back, recover, release, reserve, reserve_for},
    plan::Caches,
    settings::{set_merging, set_transparent},
    *,
};
use crate::{host::hugepages::Place, policy::limit::Limits, store::memory::Change};

const PAGE: u64 = 2 << 20;
const GIB: u64 = 1 << 30;

fn wish(count: u64, node: Option<u32>) -> Wish {
    Wish { place: Place { page_size: PAGE, node }, count, compact: true, caches: Caches::Go, partial: false }
}

fn go_on(_: u64) -> bool {
    true
}

#[test]
fn pages_are_reserved_in_portions_of_a_gibibyte_and_the_record_is_gone() {
    let (kernel, journal) = (Fake::roomy(), Noted::default());
    assert_eq!(reserve(&kernel, &journal, &wish(1200, Some(1)), &go_on).unwrap(), 1200);
    let control = node_file(1, "nr_hugepages");
    assert_eq!(kernel.written(), [512, 1024, 1200].map(|count| format!("{control} {count}")));
    assert_eq!(journal.get().unwrap(), None);
    // The second adds to what is there.
    assert_eq!(reserve(&kernel, &journal, &wish(3, None), &go_on).unwrap(), 3);
    assert_eq!(kernel.number(&all_file("nr_hugepages")), 1203);
}

#[test]
fn nothing_is_written_that_would_cross_the_floor_and_the_error_has_the_numbers() {
    let (kernel, journal) = (Fake::with(8 * GIB), Noted::default());
    // A tenth of 64 GiB stays: 1.6 GiB, that is 819 pages, may go.
    let refused = reserve(&kernel, &journal, &wish(820, None), &go_on).unwrap_err();
    let Error::MemoryFloor { available, floor, needed, most } = refused else { panic!("{refused:?}") };
    assert_eq!((available, floor, needed, most), (8 * GIB, 64 * GIB / 10, 820 * PAGE, 819));
    let partial = Wish { partial: true, ..wish(820, None) };
    assert!(matches!(reserve(&kernel, &journal, &partial, &go_on), Err(Error::MemoryFloor { .. })));
    assert!(kernel.written().is_empty() && journal.get().unwrap().is_none());
    assert_eq!(reserve(&kernel, &journal, &wish(819, None), &go_on).unwrap(), 819);
}

#[test]
fn memory_that_others_take_meanwhile_stops_a_reservation_at_the_floor() {
    let (kernel, journal) = (Fake::with(12 * GIB), Noted::default());
    let before = kernel.state();
    let greedy = |reserved| {
        if reserved == 512 {
            kernel
                .files
                .lock()
                .unwrap()
                .insert("proc/meminfo".into(), format!("MemTotal: {} kB\nMemAvailable: {} kB\n", 64 << 20, 7 << 20));
        }
        true
    };
    let refused = reserve(&kernel, &journal, &wish(1200, None), &greedy).unwrap_err();
    assert!(matches!(refused, Error::LimitExceeded { limit: 512, .. }), "{refused:?}");
    assert_eq!(kernel.number(&all_file("nr_hugepages")), 0);
    assert_eq!(kernel.state().len(), before.len());
}

#[test]
fn a_kernel_that_gives_fewer_is_asked_again_after_compaction_and_then_nothing_stays() {
    let (kernel, journal) = (Fake::roomy().whole([10, 10]), Noted::default());
    let before = kernel.state();
    let refused = reserve(&kernel, &journal, &wish(15, Some(0)), &go_on).unwrap_err();
    assert!(matches!(refused, Error::LimitExceeded { limit: 10, .. }), "{refused:?}");
    let written = kernel.written();
    assert_eq!(written.iter().filter(|write| write.contains("node0/compact")).count(), 4, "bounded: {written:#?}");
    assert_eq!(written.iter().filter(|write| write.contains("drop_caches")).count(), 1, "{written:#?}");
    assert!(!written.iter().any(|write| write.contains("node1")), "another node is not touched");
    assert_eq!(kernel.state(), before);
    assert_eq!(journal.get().unwrap(), None);
}

#[test]
fn what_compaction_makes_whole_is_enough() {
    let mut kernel = Fake::roomy().whole([10, 10]);
    kernel.by_compaction = 2;
    assert_eq!(reserve(&kernel, &Noted::default(), &wish(15, Some(0)), &go_on).unwrap(), 15);
    assert_eq!(kernel.written().iter().filter(|write| write.contains("compact")).count(), 3);
    assert!(!kernel.written().iter().any(|write| write.contains("drop_caches")), "everybody would read their files anew");
    // Without leave to compact, the kernel is asked once.
    let kernel = Fake::roomy().whole([10, 10]);
    let wish = Wish { compact: false, ..wish(15, Some(0)) };
    assert!(reserve(&kernel, &Noted::default(), &wish, &go_on).is_err());
    assert!(!kernel.written().iter().any(|write| write.contains("compact") || write.contains("drop_caches")));
}

#[test]
fn files_that_the_kernel_keeps_in_memory_go_once_when_compaction_is_not_enough() {
    let mut kernel = Fake::roomy().whole([10, 10]);
    kernel.by_dropping = 5;
    assert_eq!(reserve(&kernel, &Noted::default(), &wish(15, Some(0)), &go_on).unwrap(), 15);
    let written = kernel.written();
    let place = |what: &str| written.iter().rposition(|write| write.contains(what)).unwrap();
    assert!(place("drop_caches 1") > place("compact"), "what costs everybody something comes last: {written:#?}");
    for caches in [Caches::Stay, Caches::GoSeldom] {
        let kernel = Fake::roomy().whole([10, 10]);
        assert!(reserve(&kernel, &Noted::default(), &Wish { caches, ..wish(15, Some(0)) }, &go_on).is_err());
        assert!(!kernel.written().iter().any(|write| write.contains("drop_caches")), "they went a moment ago");
    }
    let mut kernel = Fake::roomy().whole([10, 10]);
    kernel.by_dropping = 3;
    assert!(reserve(&kernel, &Noted::default(), &wish(1000, Some(0)), &go_on).is_err());
    let written = kernel.written();
    let place = |what: &str| written.iter().rposition(|write| write.contains(what)).unwrap();
    assert!(place("drop_caches 1") < place("compact"), "what became free is moved together: {written:#?}");
    assert_eq!(written.iter().filter(|write| write.contains("drop_caches")).count(), 1);
}

#[test]
fn a_part_is_kept_and_told_only_if_that_was_asked_for() {
    let (kernel, journal) = (Fake::roomy().whole([10, 3]), Noted::default());
    let partial = Wish { partial: true, ..wish(15, None) };
    assert_eq!(reserve(&kernel, &journal, &partial, &go_on).unwrap(), 13);
    assert_eq!(kernel.number(&all_file("nr_hugepages")), 13);
    assert_eq!(journal.get().unwrap(), None);
    // Nothing at all is no part.
    let kernel = Fake::roomy().whole([0, 0]);
    assert!(matches!(reserve(&kernel, &journal, &partial, &go_on), Err(Error::LimitExceeded { limit: 0, .. })));
}

#[test]
fn a_crash_behind_any_write_is_undone_at_the_next_start_of_the_same_boot() {
    for node in [Some(0), None] {
        let mut crashes = 0;
        for write in 1.. {
            let (kernel, journal) = (Fake::roomy().whole([700, 900]), Noted::default());
            kernel.resize(0, 5);
            let before = kernel.state();
            kernel.crash_after.store(write, Ordering::Relaxed);
            let run = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| reserve(&kernel, &journal, &wish(690, node), &go_on)));
            if run.is_ok() {
                break;
            }
            crashes += 1;
            // A poisoned lock is the crash's; the kernel's files are what they are.
            kernel.crash_after.store(usize::MAX, Ordering::Relaxed);
            recover(&kernel, &journal).unwrap();
            assert_eq!(kernel.state(), before, "after write {write}, node {node:?}");
            assert_eq!(journal.get().unwrap(), None);
        }
        assert!(crashes >= 2, "{crashes}");
    }
}

#[test]
fn a_record_of_another_boot_or_of_what_somebody_else_changed_changes_nothing() {
    let change =
        |boot: &str| Change { boot: boot.into(), page_size: PAGE, count: 10, before: vec![(Some(0), 5), (Some(1), 0)], id: String::new() };
    let (kernel, journal) = (Fake::roomy(), Noted::default());
    kernel.resize(0, 12);
    journal.put(&change("another")).unwrap();
    recover(&kernel, &journal).unwrap();
    assert_eq!((kernel.number(&node_file(0, "nr_hugepages")), journal.get().unwrap()), (12, None));
    // 40 pages are more than the reservation could have made.
    kernel.resize(0, 40);
    journal.put(&change("this")).unwrap();
    recover(&kernel, &journal).unwrap();
    assert_eq!(kernel.number(&node_file(0, "nr_hugepages")), 40);
}

#[test]
fn pages_that_a_machine_took_meanwhile_stay_when_a_reservation_is_undone() {
    let (kernel, journal) = (Fake::roomy(), Noted::default());
    kernel.resize(0, 12);
    kernel.set(&node_file(0, "free_hugepages"), 3);
    kernel.set(&all_file("free_hugepages"), 3);
    journal.put(&Change { boot: "this".into(), page_size: PAGE, count: 10, before: vec![(Some(0), 5)], id: String::new() }).unwrap();
    recover(&kernel, &journal).unwrap();
    assert_eq!(kernel.written(), [format!("{} 9", node_file(0, "nr_hugepages"))]);
}

#[test]
fn pages_that_are_a_machines_by_now_are_not_undone_with_their_reservation() {
    let (kernel, journal) = (Fake::roomy(), Noted::default());
    for (id, left) in [("settled", 10), ("half", 0)] {
        let crash = || -> Result<()> { panic!("crash") };
        let run = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            reserve_for(&kernel, &journal, &wish(10, Some(0)), &go_on, id, &crash)
        }));
        assert!(run.is_err() && journal.get().unwrap().is_some());
        recover(&kernel, &journal).unwrap();
        assert_eq!((kernel.number(&node_file(0, "nr_hugepages")), journal.get().unwrap()), (left, None), "{id}");
        kernel.resize(0, 0);
    }
    // A record that cannot be written leaves no pages.
    let full = || -> Result<()> { Err(Error::NoSpace) };
    assert!(matches!(reserve_for(&kernel, &journal, &wish(10, Some(0)), &go_on, "half", &full), Err(Error::NoSpace)));
    assert_eq!(kernel.number(&node_file(0, "nr_hugepages")), 0);
}

#[test]
fn a_cancelled_reservation_leaves_nothing() {
    let (kernel, journal) = (Fake::roomy(), Noted::default());
    let before = kernel.state();
    for stop_at in [0, 512, 1024, 1200] {
        let refused = reserve(&kernel, &journal, &wish(1200, None), &|reserved| reserved < stop_at).unwrap_err();
        assert!(matches!(refused, Error::Cancelled), "{refused:?}");
        assert_eq!(kernel.state(), before, "cancelled at {stop_at}");
        assert_eq!(journal.get().unwrap(), None);
    }
}

#[test]
fn only_pages_that_nobody_uses_and_nobody_was_promised_are_given_back() {
    let (kernel, journal) = (Fake::roomy(), Noted::default());
    kernel.resize(0, 10);
    kernel.set(&all_file("resv_hugepages"), 4);
    let refused = release(&kernel, &journal, &wish(7, Some(0))).unwrap_err();
    assert!(matches!(refused, Error::LimitExceeded { limit: 6, .. }), "{refused:?}");
    assert!(kernel.written().is_empty());
    let place = wish(1, Some(0)).place;
    assert_eq!((available(&kernel, place).unwrap(), give_back(&kernel, &journal, place, 9).unwrap()), (6, 6));
    assert_eq!(kernel.number(&node_file(0, "nr_hugepages")), 4);
}

#[test]
fn pages_and_sizes_that_there_are_not_are_refused_before_anything_is_written() {
    let (kernel, journal) = (Fake::roomy(), Noted::default());
    let at = |page_size, node| Wish { place: Place { page_size, node }, ..wish(1, None) };
    for unknown in [at(4096, None), at(GIB, None), at(PAGE, Some(2)), at(PAGE, Some(u32::MAX)), at(0, None), at(1 << 63, None)] {
        assert!(matches!(reserve(&kernel, &journal, &unknown, &go_on), Err(Error::NotFound { .. })), "{unknown:?}");
        assert!(matches!(release(&kernel, &journal, &unknown), Err(Error::NotFound { .. })), "{unknown:?}");
    }
    let absurd = wish(u64::MAX, None);
    assert!(matches!(reserve(&kernel, &journal, &absurd, &go_on), Err(Error::InvalidArgument { argument: "count", .. })));
    assert!(kernel.written().is_empty());
}

#[test]
fn a_kernel_that_refuses_the_write_is_told_as_not_supported_and_nothing_stays() {
    let mut kernel = Fake::roomy();
    let journal = Noted::default();
    for kind in [io::ErrorKind::PermissionDenied, io::ErrorKind::ReadOnlyFilesystem] {
        kernel.refuses = Some(kind);
        assert!(matches!(reserve(&kernel, &journal, &wish(1, None), &go_on), Err(Error::NotSupported { .. })));
        assert!(matches!(set_transparent(&kernel, "always", None), Err(Error::NotSupported { .. })));
        assert!(matches!(set_merging(&kernel, Merge::Run), Err(Error::NotSupported { .. })));
        assert_eq!(journal.get().unwrap(), None);
    }
}

#[test]
fn transparent_pages_and_merging_are_set_and_read_back() {
    let kernel = Fake::roomy();
    set_transparent(&kernel, "always", Some("defer")).unwrap();
    assert_eq!(Transparent::of(&kernel), Transparent { mode: "always".into(), defrag: "defer".into() });
    set_merging(&kernel, Merge::Run).unwrap();
    assert_eq!(Merging::of(&kernel).state, dbus::hugepages::ksm::RUNNING);
    // To take apart what saves 100 GiB, 100 GiB would have to be there.
    kernel.set("sys/kernel/mm/ksm/pages_sharing", 100 * GIB / 4096);
    assert_eq!(Merging::of(&kernel).saved, 100 * GIB);
    assert!(matches!(set_merging(&kernel, Merge::Unmerge), Err(Error::MemoryFloor { .. })));
    assert_eq!(Merging::of(&kernel).state, dbus::hugepages::ksm::RUNNING);
    set_merging(&kernel, Merge::Stop).unwrap();
    // A kernel without the word keeps the other file as it was.
    kernel.set("sys/kernel/mm/transparent_hugepage/enabled", "[always] never");
    assert!(set_transparent(&kernel, "madvise", Some("never")).is_err());
    assert_eq!(Transparent::of(&kernel).defrag, "defer");
}

fn state(kernel: Arc<Fake>, longest_write: Duration) -> MemoryState {
    MemoryState { longest_write, ..MemoryState::new(kernel, Arc::new(Noted::default())) }
}

#[tokio::test]
async fn two_reservations_that_race_both_get_their_pages() {
    let kernel = Arc::new(Fake::roomy());
    let state = state(Arc::clone(&kernel), LONGEST_WRITE);
    let one = |count| state.exclusive(None, move |kernel, journal, watch| reserve(kernel, journal, &wish(count, Some(0)), watch));
    let (left, right) = tokio::join!(one(600), one(700));
    assert_eq!((left.unwrap(), right.unwrap()), (600, 700));
    assert_eq!(kernel.number(&node_file(0, "nr_hugepages")), 1300);
}

#[tokio::test]
async fn a_write_that_hangs_is_reported_keeps_others_out_and_is_undone_when_it_comes_back() {
    let kernel = Arc::new(Fake::roomy());
    let state = state(Arc::clone(&kernel), Duration::from_millis(50));
    let (free, gate) = std::sync::mpsc::channel::<()>();
    let hung = state.exclusive(None, move |kernel, journal, watch| {
        let hanging = |reserved| {
            if reserved == 512 {
                gate.recv().unwrap();
            }
            watch(reserved)
        };
        reserve(kernel, journal, &wish(600, None), &hanging)
    });
    assert!(matches!(hung.await, Err(Error::TimedOut(_))));
    let other = state.exclusive(None, |kernel, journal, watch| reserve(kernel, journal, &wish(1, None), watch)).await;
    assert!(matches!(other, Err(Error::Busy)), "{other:?}");
    free.send(()).unwrap();
    // The turn comes back with the thread, and what it did is gone.
    let _turn = tokio::time::timeout(LONGEST_WRITE, state.turn.acquire()).await.unwrap().unwrap();
    assert_eq!(kernel.number(&all_file("nr_hugepages")), 0);
}

#[tokio::test]
async fn a_job_that_is_cancelled_ends_with_nothing_reserved() {
    let kernel = Arc::new(Fake::roomy());
    let state = state(Arc::clone(&kernel), LONGEST_WRITE);
    let (jobs, _notices) = crate::job::Jobs::new(Limits::default());
    let job = jobs.begin("huge-pages-reserve", vec![], &crate::policy::Caller { uid: 1000, bus_name: None }, true).unwrap();
    job.job().cancel();
    let (cancelled, is_cancelled) = std::sync::mpsc::channel::<()>();
    let work = state.exclusive(Some((&job, 1200)), move |kernel, journal, watch| {
        // Until the request has come through.
        while watch(0) {
            std::thread::yield_now();
        }
        cancelled.send(()).unwrap();
        reserve(kernel, journal, &wish(1200, None), watch)
    });
    assert!(matches!(work.await, Err(Error::Cancelled)));
    is_cancelled.recv().unwrap();
    assert_eq!(kernel.number(&all_file("nr_hugepages")), 0);
    assert!(job.finish(Ok(())).is_ok());
}

#[tokio::test]
async fn what_is_fresh_is_not_read_again_and_a_change_is_told_with_what_was_before() {
    let kernel = Arc::new(Fake::roomy());
    let state = state(Arc::clone(&kernel), LONGEST_WRITE);
    assert!(state.look(Duration::ZERO).await.is_some());
    kernel.resize(0, 7);
    assert!(state.look(Duration::from_secs(3600)).await.is_none());
    assert_eq!(state.seen().pools[0].total, 0);
    let before = state.look(Duration::ZERO).await.unwrap();
    assert_eq!((before.pools[0].total, state.seen().pools[0].total, state.seen().pools[1].total), (0, 7, 0));
}
