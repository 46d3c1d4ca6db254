use client::{
    Event,
    topology::{Cpu, Node, Topology},
    unit,
};
use iced::Size;

use super::*;
use crate::screen::details::sample::{draw, model as sample, window};

const GIB: u64 = 1 << 30;
const SMALL: u64 = 2 << 20;
const LARGE: Spot = Spot { node: 0, size: GIB };
const WIDE: f32 = 1000.0;

/// The page of the demo's host, with all that it asked for.
async fn shown() -> (Model, Client, Screen) {
    let (model, client) = sample().await;
    let mut screen = Screen::default();
    let _ = screen.follow(&model, &"demo".into());
    answer(&mut screen, &model, &client).await;
    (model, client, screen)
}

async fn answer(screen: &mut Screen, model: &Model, client: &Client) {
    let pages = pages(model);
    for pool in &pages.pools {
        let plan = client.plan_reserve(Spot::of(pool).pages(1)).await;
        let _ = screen.update(model, Message::Planned("demo".into(), Spot::of(pool), plan));
    }
    let _ = screen.update(model, Message::Users("demo".into(), client.page_users().await));
}

fn pages(model: &Model) -> Arc<HugePages> {
    model.host("demo").unwrap().pages.clone().unwrap()
}

fn want(screen: &mut Screen, model: &Model, spot: Spot, count: u64) {
    let _ = screen.update(model, Message::Want(spot, count));
}

fn calls(action: &Action) -> Option<&MemoryChange> {
    if let Action::Call(Call::Memory(_, change)) = action { Some(change) } else { None }
}

fn ended(change: &MemoryChange, result: Result<String, Error>) -> Done {
    Done { call: Call::Memory("demo".into(), change.clone()), results: vec![(None, result)] }
}

fn refusal(kind: ErrorKind, facts: &[(&str, &str)]) -> Error {
    let facts = facts.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Error::Service { kind, message: "No".to_owned(), facts }
}

fn says(screen: &Screen, model: &Model, words: &str) -> bool {
    let host = model.host("demo").unwrap();
    window(screen.view(host, WIDE), Size::new(WIDE, 1400.0)).find(words).is_ok()
}

#[tokio::test]
async fn the_plan_is_shown_before_anything_is_asked_of_the_service() {
    let (model, _, mut screen) = shown().await;
    assert!(!says(&screen, &model, &client::t!("memory-discard")), "nothing is planned");
    want(&mut screen, &model, LARGE, 22);
    assert!(says(&screen, &model, &client::t!("memory-discard")));
    assert!(says(&screen, &model, "Node 0: 2 more of 1\u{a0}GiB, 2\u{a0}GiB"));
    let _ = screen.update(&model, Message::Discard);
    assert!(!says(&screen, &model, &client::t!("memory-discard")));
    assert!(calls(&screen.apply(&model)).is_none());
}

#[tokio::test]
async fn before_the_service_has_said_what_is_possible_nothing_is_claimed() {
    let (model, _) = sample().await;
    let mut screen = Screen::default();
    let _ = screen.follow(&model, &"demo".into());
    assert!(says(&screen, &model, "16 in use, 4 free, of 20"));
    assert!(!says(&screen, &model, &client::t!("memory-fixed")));
    let host = model.host("demo").unwrap();
    let none = client::t!("memory-users-none");
    assert!(window(screen.pane(host), Size::new(308.0, 800.0)).find(none.as_str()).is_err());
    let _ = screen.update(&model, Message::Users("demo".into(), Ok(Vec::new())));
    assert!(window(screen.pane(host), Size::new(308.0, 800.0)).find(none.as_str()).is_ok());
}

#[tokio::test]
async fn beyond_the_floor_the_button_does_nothing_and_the_row_says_why() {
    let (model, _, mut screen) = shown().await;
    let _ = screen.update(&model, Message::Type(LARGE, "60".to_owned()));
    assert!(matches!(screen.apply(&model), Action::None));
    assert!(says(&screen, &model, "At most 8 more on node 0: 6.4\u{a0}GiB of memory have to stay available."));
    let _ = screen.update(&model, Message::Type(LARGE, "3".to_owned()));
    assert!(matches!(screen.apply(&model), Action::None), "16 of them are in use");
    assert!(says(&screen, &model, &client::t!("memory-refused-use", least = "16")));
}

#[tokio::test]
async fn changes_are_made_one_after_the_other_and_end_with_the_first_failure() {
    let (model, _, mut screen) = shown().await;
    want(&mut screen, &model, LARGE, 22);
    want(&mut screen, &model, Spot { node: 1, size: SMALL }, 3000);
    let first = screen.apply(&model);
    let first = calls(&first).unwrap().clone();
    assert_eq!(first, MemoryChange::Release(Pages { size: SMALL, count: 72, node: Some(1) }));
    want(&mut screen, &model, LARGE, 20);
    assert!(matches!(screen.apply(&model), Action::None), "nothing is changed meanwhile");
    let second = screen.done(&model, &ended(&first, Ok("72".to_owned()))).unwrap();
    let second = calls(&second).unwrap().clone();
    assert_eq!(second, MemoryChange::Reserve(Pages { size: GIB, count: 2, node: Some(0) }, false));
    let last = screen.done(&model, &ended(&second, Err(refusal(ErrorKind::Busy, &[])))).unwrap();
    assert!(matches!(last, Action::None));
    assert!(says(&screen, &model, &client::t!("failure-memory")));
    assert!(calls(&screen.apply(&model)).is_some(), "what failed is still wanted");
}

#[tokio::test]
async fn fewer_pages_than_asked_for_are_told_as_fewer() {
    let (model, _, mut screen) = shown().await;
    want(&mut screen, &model, LARGE, 27);
    let _ = screen.update(&model, Message::Partial(true));
    let call = screen.apply(&model);
    let change = calls(&call).unwrap().clone();
    let pages = Pages { size: GIB, count: 7, node: Some(0) };
    assert_eq!(change, MemoryChange::Reserve(pages, true));
    let _ = screen.done(&model, &ended(&change, Ok("5".to_owned())));
    assert_eq!(screen.report, Some(Report::Partial(pages, 5)));
    assert!(says(&screen, &model, &client::t!("memory-again", count = "2")));
}

#[tokio::test]
async fn memory_that_is_too_scattered_offers_what_there_is() {
    let (model, _, mut screen) = shown().await;
    want(&mut screen, &model, LARGE, 27);
    let call = screen.apply(&model);
    let change = calls(&call).unwrap().clone();
    let _ = screen.done(&model, &ended(&change, Err(refusal(ErrorKind::LimitExceeded, &[("limit", "5")]))));
    let host = model.host("demo").unwrap();
    let mut window = window(screen.view(host, WIDE), Size::new(WIDE, 1400.0));
    let _ = window.click("Reserve 5").unwrap();
    let said: Vec<Message> = window.into_messages().collect();
    assert!(matches!(said.as_slice(), [Message::Reserve(Pages { count: 5, node: Some(0), size: GIB })]), "{said:?}");
}

#[tokio::test]
async fn a_prompt_that_was_closed_and_a_cancel_are_no_failures() {
    let (model, _, mut screen) = shown().await;
    for error in [refusal(ErrorKind::NotAuthorized, &[("dismissed", "true")]), refusal(ErrorKind::Cancelled, &[])] {
        want(&mut screen, &model, LARGE, 22);
        let call = screen.apply(&model);
        let change = calls(&call).unwrap().clone();
        let _ = screen.done(&model, &ended(&change, Err(error)));
        assert_eq!(screen.report, None);
    }
}

#[tokio::test]
async fn a_failure_of_a_page_that_is_not_shown_is_told_elsewhere() {
    let (model, _, mut screen) = shown().await;
    want(&mut screen, &model, LARGE, 22);
    let call = screen.apply(&model);
    let change = calls(&call).unwrap().clone();
    screen.leave();
    assert!(screen.done(&model, &ended(&change, Err(refusal(ErrorKind::Busy, &[])))).is_none());
    let other = Done { call: Call::Unlock("demo".into()), results: vec![(None, Ok(String::new()))] };
    assert!(screen.done(&model, &other).is_none());
}

#[tokio::test]
async fn arrow_keys_move_the_slider_that_has_the_focus_within_what_can_be() {
    let (model, _, screen) = shown().await;
    let host = model.host("demo").unwrap();
    let mut window = window(screen.view(host, WIDE), Size::new(WIDE, 1400.0));
    // The slider of the second row of node 0 stands in the column below its head.
    let place = |found: &iced_test::selector::Text| found.visible_bounds().unwrap();
    let column = place(&window.find(client::t!("memory-column-reserve").as_str()).unwrap());
    let row = place(&window.find("16 in use, 4 free, of 20").unwrap());
    window.point_at(iced::Point::new(column.x + 2.0, row.y - 4.0));
    let _ = window.simulate(iced_test::simulator::click());
    let _ = window.simulate([iced_test::simulator::press_key(iced::keyboard::key::Named::End, None)]);
    let said: Vec<Message> = window.into_messages().collect();
    assert!(matches!(said.last(), Some(Message::Want(spot, 28)) if *spot == LARGE), "{said:?}");
}

#[tokio::test]
async fn settings_that_are_so_already_cannot_be_chosen_and_others_are_called_for() {
    let (model, _, mut screen) = shown().await;
    let host = model.host("demo").unwrap();
    let mut window = window(screen.view(host, WIDE), Size::new(WIDE, 1400.0));
    let _ = window.click(client::t!("transparent-madvise").as_str()).unwrap();
    let _ = window.click(client::t!("transparent-never").as_str()).unwrap();
    let said: Vec<Message> = window.into_messages().collect();
    let [Message::Set(change)] = said.as_slice() else { panic!("{said:?}") };
    assert_eq!(*change, MemoryChange::Transparent("never".to_owned(), None));
    let action = screen.update(&model, Message::Set(change.clone()));
    assert_eq!(calls(&action), Some(&MemoryChange::Transparent("never".to_owned(), None)));
}

#[tokio::test]
async fn a_host_that_is_lost_shows_what_was_and_changes_nothing() {
    let (mut model, _, mut screen) = shown().await;
    want(&mut screen, &model, LARGE, 22);
    model.apply("demo", Event::Lost(client::Problem::Ended(String::new()), 5));
    assert!(matches!(screen.apply(&model), Action::None));
    assert!(says(&screen, &model, "Node 0"));
}

#[tokio::test]
async fn the_plans_are_asked_for_again_when_the_pages_are_others_and_not_before() {
    let (mut model, client, mut screen) = shown().await;
    assert_eq!(screen.follow(&model, &"demo".into()).units(), 0);
    client.release_pages(LARGE.pages(1)).await.unwrap();
    let mut after = (*pages(&model)).clone();
    after.pools[2].total -= 1;
    model.apply("demo", Event::HugePages(Some(Arc::new(after))));
    assert!(screen.follow(&model, &"demo".into()).units() > 0);
    assert_eq!(screen.follow(&model, &"demo".into()).units(), 0);
}

#[tokio::test]
async fn full_and_efficient_cores_are_told_apart_and_siblings_share_a_frame() {
    let (mut model, _, mut screen) = shown().await;
    let cpu = |number, core, kind| Cpu { number, core, kind, frequency: 5_000_000_000, ..Cpu::default() };
    let node = Node { cpus: vec![0, 1, 2, 3], memory: 16 * GIB, distances: vec![10], ..Node::default() };
    let cpus = vec![cpu(0, 0, 1), cpu(1, 0, 1), cpu(2, 2, 2), cpu(3, 3, 2)];
    let hybrid = Topology { cpus, nodes: vec![node], isolated: vec![3], ..Topology::default() };
    model.apply("demo", Event::Topology(Some(Arc::new(hybrid))));
    let _ = screen.update(&model, Message::Tab(Tab::Cpus));
    for words in ["Full cores · 1 core, 2 threads · up to 5.0\u{a0}GHz", "Efficient cores · 2 cores, 2 threads · up to 5.0\u{a0}GHz"] {
        assert!(says(&screen, &model, words), "{words}");
    }
    assert!(says(&screen, &model, &client::t!("cpus-isolated")));
    assert!(says(&screen, &model, &client::t!("cpus-governors-none")));
    assert!(!says(&screen, &model, &client::t!("cpus-distances")), "there is one node");
}

#[tokio::test]
async fn it_is_drawn_at_every_size() {
    let (model, _, mut screen) = shown().await;
    let host = model.host("demo").unwrap();
    want(&mut screen, &model, LARGE, 24);
    for width in [852.0, 640.0] {
        draw(&mut window(screen.view(host, width), Size::new(width, 504.0)), &format!("memory-{width}"));
    }
    draw(&mut window(screen.pane(host), Size::new(308.0, 800.0)), "memory-pane");
}

#[tokio::test]
async fn what_is_kept_at_each_start_is_planned_before_the_password_and_ends_as_one_change() {
    let (model, client, mut screen) = shown().await;
    let spot = Spot { node: 1, size: GIB };
    want(&mut screen, &model, spot, 4);
    let _ = screen.update(&model, Message::AtBoot(spot, true));
    assert!(matches!(screen.apply(&model), Action::None), "the service has not said yet that it is possible");
    let plan = client.plan_at_boot(spot.pages(4)).await;
    let _ = screen.update(&model, Message::BootPlanned("demo".into(), spot, 4, plan));
    assert!(says(&screen, &model, "Node 1: 4 pages of 1\u{a0}GiB at each start"));
    assert!(says(&screen, &model, "hugepagesz=1G hugepages=1:4"), "the kernel's own argument");
    let first = screen.apply(&model);
    let first = calls(&first).unwrap().clone();
    assert_eq!(first, MemoryChange::Reserve(spot.pages(4), false));
    let second = screen.done(&model, &ended(&first, Ok("4".to_owned()))).unwrap();
    let second = calls(&second).unwrap().clone();
    assert_eq!(second, MemoryChange::AtBoot(spot.pages(4)));
    assert!(matches!(screen.done(&model, &ended(&second, Ok(String::new()))), Some(Action::None)));
    assert!(matches!(screen.apply(&model), Action::None), "nothing is left to do");
}

#[tokio::test]
async fn more_at_each_start_than_the_floor_allows_is_refused_with_the_most_that_there_can_be() {
    let (model, client, mut screen) = shown().await;
    let spot = Spot { node: 1, size: GIB };
    let _ = screen.update(&model, Message::Type(spot, "40".to_owned()));
    let _ = screen.update(&model, Message::AtBoot(spot, true));
    let plan = client.plan_at_boot(spot.pages(40)).await;
    let most = plan.as_ref().unwrap().most;
    let _ = screen.update(&model, Message::BootPlanned("demo".into(), spot, 40, plan));
    let refused = client::t!("memory-boot-refused", node = 1, most = most, floor = unit::gib_unit(pages(&model).floor));
    assert!(says(&screen, &model, &refused), "{refused}");
    assert!(matches!(screen.apply(&model), Action::None));
}
