use client::ErrorKind;

use super::*;
use crate::dialog::{
    Dialog,
    test::{self, key},
};

#[test]
fn a_dump_goes_to_the_home_folder_and_says_what_is_in_it() {
    let model = test::model();
    let target = Target::new(&model, What::Memory(key("win11-gaming")));
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
    let mut target = Target::new(&model, What::Screen(key("win11-gaming")));
    let _ = target.update(&model, &settings, Message::Typed(path.display().to_string()));
    assert!(matches!(target.update(&model, &settings, Message::Accept), Action::Task(_)));
    assert!(matches!(target.update(&model, &settings, Message::Accept), Action::None), "it is being looked");
    let answer = Message::Look(News::Over(target.look.serial(), Err(path::Fault::Exists)));
    assert!(matches!(target.update(&model, &settings, answer), Action::Task(_)));
    assert!(test::shows(&model, &target, "There is such a file already. Choose another name."));
    let _ = target.update(&model, &settings, Message::Typed(folder.path().join("y.png").display().to_string()));
    let Action::Batch(actions) = accepted(&mut target) else { panic!("no call") };
    assert!(matches!(&actions[1], Action::Call(Call::Screenshot(_, file)) if file.ends_with("y.png")));
}

/// What becomes of it when a file can be made there.
fn accepted(target: &mut Target) -> Action {
    let (model, settings) = (test::model(), Settings::default());
    assert!(matches!(target.update(&model, &settings, Message::Accept), Action::Task(_)));
    let answer = Message::Look(News::Over(target.look.serial(), Ok(())));
    target.update(&model, &settings, answer)
}

#[test]
fn a_folder_that_does_not_answer_is_told_and_another_path_is_another_question() {
    let (model, settings) = (test::model(), Settings::default());
    let mut target = Target::new(&model, What::Screen(key("win11-gaming")));
    let _ = target.update(&model, &settings, Message::Typed("/net/x.png".to_owned()));
    let _ = target.update(&model, &settings, Message::Accept);
    let old = target.look.serial();
    let _ = target.update(&model, &settings, Message::Look(News::Slow(old)));
    assert!(test::shows(&model, &target, &t!("target-looking")));
    let _ = target.update(&model, &settings, Message::Look(News::Over(old, Err(path::Fault::Silent))));
    assert!(test::shows(&model, &target, &t!("target-silent")));
    let _ = target.update(&model, &settings, Message::Accept);
    let old = target.look.serial();
    let _ = target.update(&model, &settings, Message::Typed("/home/x.png".to_owned()));
    let late = target.update(&model, &settings, Message::Look(News::Over(old, Ok(()))));
    assert!(matches!(late, Action::None), "that was another path");
    assert!(matches!(target.update(&model, &settings, Message::Dismiss), Action::Close));
}

#[test]
fn a_name_is_offered_once_it_is_known_to_be_free_unless_another_was_typed() {
    let (model, settings) = (test::model(), Settings::default());
    let mut target = Target::new(&model, What::Screen(key("win11-gaming")));
    let _ = target.update(&model, &settings, Message::Offered("/home/x-2.png".into()));
    assert_eq!(target.path, "/home/x-2.png");
    let _ = target.update(&model, &settings, Message::Typed("/home/y.png".to_owned()));
    let _ = target.update(&model, &settings, Message::Offered("/home/x-3.png".into()));
    assert_eq!(target.path, "/home/y.png");
}

#[test]
fn a_failed_dump_comes_back_with_its_path_and_a_cancelled_one_does_not() {
    let call = Call::CoreDump(key("win11-gaming"), "/srv/x.dump".into());
    let failed = |error| Dialog::for_failure(&test::model(), &test::done(call.clone(), key("win11-gaming"), Err(error)));
    let Some(Dialog::Target(target)) = failed(test::error(ErrorKind::NoSpace, &[])) else { panic!("another dialog") };
    assert_eq!(target.path, "/srv/x.dump");
    assert!(test::shows(&test::model(), &target, "Free space where the file goes, or choose another place."));
    test::pictures("dump-failed", &target);
    assert!(failed(test::error(ErrorKind::Cancelled, &[])).is_none());
}

#[test]
fn pictures_of_the_files() {
    let model = test::model();
    let named = |what, path: &str| Target { path: path.to_owned(), ..Target::new(&model, what) };
    test::pictures("dump", &named(What::Memory(key("win11-gaming")), "/home/ada/win11-gaming-2025-11-20.dump"));
    test::pictures("screenshot", &named(What::Screen(key("win11-gaming")), "/home/ada/Pictures/win11-gaming-2025-11-20.png"));
}

#[test]
fn a_file_can_be_chosen_where_the_desktop_has_a_dialog_for_it() {
    let folder = tempfile::tempdir().unwrap();
    let (model, settings) = (test::model(), Settings::default());
    let mut target = Target::new(&model, What::Screen(key("win11-gaming")));
    assert!(!test::shows(&model, &target, "Choose…"), "nobody can ask");
    let _ = target.update(&model, &settings, Message::CanChoose(true));
    let messages = test::click(&model, &target, "Choose…").unwrap();
    assert!(matches!(target.update(&model, &settings, messages[0].clone()), Action::Task(_)));
    let before = target.path.clone();
    let _ = target.update(&model, &settings, Message::Chosen(None));
    assert_eq!(target.path, before);
    let chosen = folder.path().join("x.png");
    let _ = target.update(&model, &settings, Message::Chosen(Some(chosen.clone())));
    assert_eq!((target.path.as_str(), target.look.error()), (&*chosen.display().to_string(), None));
    let answer = Message::Look(News::Over(target.look.serial(), Err(path::Fault::Exists)));
    assert!(matches!(target.update(&model, &settings, answer), Action::None));
    assert!(test::shows(&model, &target, "There is such a file already. Choose another name."), "nothing is overwritten");
    test::pictures("screenshot-choose", &target);
}

#[test]
fn a_rom_is_asked_for_by_its_card_and_a_card_in_use_is_told_with_its_reason() {
    let (model, settings) = (test::model(), Settings::default());
    let folder = tempfile::tempdir().unwrap();
    let rom = || What::Rom("system".into(), "0000:02:00.0".to_owned());
    let mut target = Target::new(&model, rom());
    assert!(target.path.contains("02-00-0-20") && target.path.ends_with(".rom"), "{}", target.path);
    assert!(test::shows(&model, &target, "Save the ROM of NVIDIA T400 4GB"));
    let _ = target.update(&model, &settings, Message::Typed(folder.path().join("card.rom").display().to_string()));
    let Action::Batch(actions) = accepted(&mut target) else { panic!("no call") };
    let Action::Call(call) = &actions[1] else { panic!("no call") };
    assert!(matches!(call, Call::Device(_, DeviceChange::Rom(address, file)) if address == "0000:02:00.0" && file.ends_with("card.rom")));
    let facts =
        [("reasons", "display"), ("details.0.reason", "display"), ("details.0.device", "0000:02:00.0"), ("details.0.name", "card0")];
    let failed = Done { call: call.clone(), results: vec![(None, Err(test::error(ErrorKind::Unsafe, &facts)))] };
    let Some(Dialog::Target(again)) = Dialog::for_failure(&model, &failed) else { panic!("another dialog") };
    assert!(test::shows(&model, &again, "02:00.0: A screen is lit on it"));
}
