use std::sync::Arc;

use client::{Event, Host, State, StateReason, Tag, Uuid, host::Address};

use super::*;

fn machine(number: u128, name: &str, state: State, group: &str) -> Machine {
    Machine { id: Uuid::from_u128(number), name: name.into(), state, group: group.into(), ..Machine::default() }
}

fn model(machines: Vec<Machine>) -> Model {
    let mut model = Model::default();
    model.set_hosts(vec![Host { id: "system".into(), name: String::new(), address: Address::System, auto_connect: true }]);
    model.apply("system", Event::Machines(Arc::new(machines)));
    model
}

fn names(model: &Model, arranged: &Arranged) -> Vec<String> {
    arranged.machines().map(|key| model.machine(key).unwrap().name.clone()).collect()
}

fn wish<'a>(table: &'a settings::Table, search: &'a str, filter: Filter) -> Wish<'a> {
    Wish { place: &Place::All, search, filter, table, folded: &[] }
}

fn some() -> Model {
    let mut crashed = machine(3, "freebsd", State::Off, "Work");
    crashed.reason = StateReason::Crashed;
    let mut tagged = machine(4, "node-10", State::Running, "Homelab");
    tagged.tags = vec![Tag { name: "infra".into(), colour: String::new() }];
    model(vec![machine(1, "node-2", State::Running, "Homelab"), machine(2, "Win", State::Paused, ""), crashed, tagged])
}

#[test]
fn numbers_in_names_sort_as_numbers() {
    let (model, table) = (some(), settings::Table { group_by: "none".into(), ..settings::Table::default() });
    assert_eq!(names(&model, &arrange(&model, wish(&table, "", Filter::All))), ["freebsd", "node-2", "node-10", "Win"]);
}

#[test]
fn those_that_run_longest_come_first_and_those_that_never_did_last() {
    let mut table = settings::Table { group_by: "none".into(), ..settings::Table::default() };
    table.sort_by(None, "started");
    let started = |number, time| Machine { last_start_time: time, ..machine(number, &format!("at-{time}"), State::Off, "") };
    let model = model(vec![started(1, 0), started(2, 20), started(3, 10)]);
    assert_eq!(names(&model, &arrange(&model, wish(&table, "", Filter::All))), ["at-10", "at-20", "at-0"]);
}

#[test]
fn machines_without_a_group_come_last() {
    let (model, table) = (some(), settings::Table::default());
    let arranged = arrange(&model, wish(&table, "", Filter::All));
    let groups: Vec<_> = arranged
        .lines
        .iter()
        .filter_map(|line| if let Line::Group(group) = line { Some((group.name.as_str(), group.total)) } else { None })
        .collect();
    assert_eq!(groups, [("Homelab", 2), ("Work", 1), ("", 1)]);
}

#[test]
fn search_looks_at_tags_and_counts_follow_it() {
    let (model, table) = (some(), settings::Table::default());
    let arranged = arrange(&model, wish(&table, "INFRA", Filter::All));
    assert_eq!(names(&model, &arranged), ["node-10"]);
    assert_eq!(arranged.total, 1);
}

#[test]
fn a_filter_leaves_the_counts_of_the_others() {
    let (model, table) = (some(), settings::Table::default());
    let arranged = arrange(&model, wish(&table, "", Filter::Attention));
    assert_eq!(names(&model, &arranged), ["freebsd"]);
    assert_eq!((arranged.total, arranged.attention, arranged.conditions[&Condition::Running]), (4, 1, 2));
}

#[test]
fn a_folded_group_shows_its_head_alone_but_a_search_opens_it() {
    let (model, table, folded) = (some(), settings::Table::default(), ["group:Homelab".to_owned()]);
    let wish = Wish { folded: &folded, ..wish(&table, "", Filter::All) };
    assert_eq!(names(&model, &arrange(&model, wish)), ["freebsd", "Win"]);
    assert_eq!(names(&model, &arrange(&model, Wish { search: "node", ..wish })), ["node-2", "node-10"]);
}
