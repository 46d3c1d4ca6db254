use client::ErrorKind;

use super::*;
use crate::dialog::{
    Dialog,
    test::{self, key},
};

#[test]
fn a_dump_goes_to_the_home_folder_and_says_what_is_in_it() {
    let model = test::model();
    let target = Target::new(&model, What::Memory, key("win11-gaming"));
    assert!(target.path.starts_with(&*path::home().display().to_string()));
    assert!(target.path.contains("win11-gaming-20") && target.path.ends_with(".dump"));
    let size = unit::size(model.machine(&key("win11-gaming")).unwrap().memory);
    assert!(test::shows(&model, &target, &t!("dump-warning", size = size)));
}

#[test]
fn a_file_that_is_there_is_refused_and_the_dialog_stays() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.png");
    std::fs::write(&path, "").unwrap();
    let (model, settings) = (test::model(), Settings::default());
    let mut target = Target::new(&model, What::Screen, key("win11-gaming"));
    let _ = target.update(&model, &settings, Message::Typed(path.display().to_string()));
    assert!(matches!(target.update(&model, &settings, Message::Accept), Action::Task(_)));
    assert!(test::shows(&model, &target, "There is such a file already. Choose another name."));
    let _ = target.update(&model, &settings, Message::Typed(folder.path().join("y.png").display().to_string()));
    let Action::Batch(actions) = target.update(&model, &settings, Message::Accept) else { panic!("no call") };
    assert!(matches!(&actions[1], Action::Call(Call::Screenshot(_, file)) if file.ends_with("y.png")));
}

#[test]
fn a_failed_dump_comes_back_with_its_path_and_a_cancelled_one_does_not() {
    let call = Call::CoreDump(key("win11-gaming"), "/srv/x.dump".into());
    let failed = |error| Dialog::for_failure(&test::model(), &test::done(call.clone(), key("win11-gaming"), Err(error)));
    let Some(Dialog::Target(target)) = failed(test::error(ErrorKind::NoSpace, &[])) else { panic!("another dialog") };
    assert_eq!(target.path, "/srv/x.dump");
    test::pictures("dump-failed", &target);
    assert!(failed(test::error(ErrorKind::Cancelled, &[])).is_none());
}

#[test]
fn pictures_of_the_files() {
    let model = test::model();
    let named = |what, path: &str| Target { path: path.to_owned(), ..Target::new(&model, what, key("win11-gaming")) };
    test::pictures("dump", &named(What::Memory, "/home/ada/win11-gaming-2025-11-20.dump"));
    test::pictures("screenshot", &named(What::Screen, "/home/ada/Pictures/win11-gaming-2025-11-20.png"));
}

#[test]
fn a_file_can_be_chosen_where_the_desktop_has_a_dialog_for_it() {
    let folder = tempfile::tempdir().unwrap();
    let (model, settings) = (test::model(), Settings::default());
    let mut target = Target::new(&model, What::Screen, key("win11-gaming"));
    assert!(!test::shows(&model, &target, "Choose…"), "nobody can ask");
    let _ = target.update(&model, &settings, Message::CanChoose(true));
    let messages = test::click(&model, &target, "Choose…").unwrap();
    assert!(matches!(target.update(&model, &settings, messages[0].clone()), Action::Task(_)));
    let before = target.path.clone();
    let _ = target.update(&model, &settings, Message::Chosen(None));
    assert_eq!(target.path, before);
    let chosen = folder.path().join("x.png");
    let _ = target.update(&model, &settings, Message::Chosen(Some(chosen.clone())));
    assert_eq!((target.path.as_str(), &target.problem), (&*chosen.display().to_string(), &None));
    std::fs::write(&chosen, "").unwrap();
    let _ = target.update(&model, &settings, Message::Chosen(Some(chosen)));
    assert!(test::shows(&model, &target, "There is such a file already. Choose another name."), "nothing is overwritten");
    test::pictures("screenshot-choose", &target);
}
