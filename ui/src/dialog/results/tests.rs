use client::{ErrorKind, Operation};

use super::*;
use crate::dialog::{
    Dialog,
    test::{self, key},
};

const NAMES: [&str; 4] = ["k3s-node-1", "k3s-node-2", "postgres-lab", "opnsense"];

fn done() -> Done {
    let keys: Vec<Key> = NAMES.map(key).to_vec();
    let error = |place| match place {
        1 => Err(test::error(ErrorKind::TimedOut, &[("seconds", "120")])),
        3 => Err(test::error(ErrorKind::Locked, &[])),
        _ => Ok(String::new()),
    };
    let results = keys.iter().cloned().enumerate().map(|(place, key)| (Some(key), error(place))).collect();
    Done { call: Call::Operate(Operation::Shutdown, keys), results }
}

fn results() -> Results {
    match Dialog::for_failure(&test::model(), &done()) {
        Some(Dialog::Results(results)) => results,
        other => panic!("{other:?}"),
    }
}

#[test]
fn those_that_failed_are_first() {
    let results = results();
    let names: Vec<&str> = results.rows.iter().map(|row| row.name.as_str()).collect();
    assert_eq!(names, ["k3s-node-2", "opnsense", "k3s-node-1", "postgres-lab"]);
}

#[test]
fn trying_again_leaves_out_what_is_done() {
    let messages = test::click(&test::model(), &results(), "Try again for 2 machines").unwrap();
    let Action::Batch(actions) = results().update(&test::model(), &Settings::default(), messages[0].clone()) else { panic!("no call") };
    let Action::Call(Call::Operate(Operation::Shutdown, keys)) = &actions[1] else { panic!("no call") };
    assert_eq!(*keys, [key("k3s-node-2"), key("opnsense")]);
}

#[test]
fn what_another_host_answers_joins_the_table() {
    let mut results = results();
    let mut late = done();
    late.results = vec![(Some(key("truenas-scale")), Err(test::error(ErrorKind::Busy, &[])))];
    assert!(results.done(&test::model(), &late).is_some());
    assert_eq!(results.failed().len(), 3);
    let other = Done { call: Call::Operate(Operation::Start, vec![key("kali-lab")]), results: Vec::new() };
    assert!(results.done(&test::model(), &other).is_none());
}

#[test]
fn others_are_done_only_if_there_are_any() {
    let model = test::model();
    assert!(test::shows(&model, &results(), "The others are done."));
    let mut all = done();
    all.results.iter_mut().for_each(|(_, result)| *result = Err(test::error(ErrorKind::Locked, &[])));
    assert!(!test::shows(&model, &Results::new(&model, &all), "The others are done."));
}

#[test]
fn pictures_of_results() {
    test::pictures("results", &results());
}
