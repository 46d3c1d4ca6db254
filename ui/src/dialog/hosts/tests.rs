use client::{Event, demo::Preset, host::Address};
use iced::{Size, widget::container};
use iced_test::Simulator;

use super::*;
use crate::{
    dialog::{about, add_host, keys},
    palette::tests::{model, picture_of, toolkit},
};

fn hosts(action: Action) -> Vec<Host> {
    match action {
        Action::Hosts(hosts) => hosts,
        Action::Batch(actions) => {
            actions.into_iter().find_map(|action| if let Action::Hosts(hosts) = action { Some(hosts) } else { None }).unwrap()
        }
        other => panic!("no hosts: {other:?}"),
    }
}

fn click<'a, M: Clone + 'a>(view: Element<'a, M>, words: &str) -> Vec<M> {
    let mut interface = Simulator::with_size(toolkit(), Size::new(900.0, 700.0), container(view).center(Length::Fill));
    interface.click(words).unwrap();
    interface.into_messages().collect()
}

fn typed(model: &Model, fields: &[(add_host::Field, &str)]) -> add_host::AddHost {
    let mut dialog = add_host::AddHost::default();
    for (field, text) in fields {
        dialog.update(model, add_host::Message::Typed(*field, (*text).to_owned()));
    }
    dialog
}

#[test]
fn a_host_is_renamed_removed_after_a_question_and_connected_at_start() {
    let model = model(Preset::Frozen);
    let mut dialog = Hosts::default();
    let id: Id = "lab".into();
    dialog.update(&model, Message::Rename(id.clone(), "Cellar ".into()));
    assert_eq!(hosts(dialog.update(&model, Message::Renamed))[1].name, "Cellar");
    assert!(hosts(dialog.update(&model, Message::Auto(id.clone(), true)))[1].auto_connect);
    dialog.update(&model, Message::Remove(Some(id.clone())));
    let messages = click(dialog.view(&model), "Remove");
    assert!(matches!(&messages[..], [Message::Removed(removed)] if *removed == id));
    assert_eq!(hosts(dialog.update(&model, Message::Removed(id))).len(), 1);
}

#[test]
fn escape_leaves_a_name_or_a_question_before_the_list() {
    use crate::dialog::Content;
    let model = model(Preset::Frozen);
    let mut dialog = Hosts::default();
    for begun in [Message::Rename("lab".into(), "Cel".into()), Message::Remove(Some("lab".into()))] {
        dialog.update(&model, begun);
        assert!(matches!(dialog.dismiss(), Action::Task(_)));
        assert!(dialog.renaming.is_none() && dialog.removing.is_none());
    }
    assert!(matches!(dialog.dismiss(), Action::Close));
}

#[test]
fn control_and_enter_end_a_name_that_is_typed() {
    use crate::dialog::Content;
    let model = model(Preset::Frozen);
    let mut dialog = Hosts::default();
    assert!(matches!(dialog.accept(), Some(Message::Add)));
    dialog.update(&model, Message::Rename("lab".into(), "Cellar".into()));
    assert!(matches!(dialog.accept(), Some(Message::Renamed)));
}

#[test]
fn one_machine_is_not_told_as_several() {
    crate::dialog::test::speak();
    assert_eq!(t!("hosts-state-connected", count = 1), "Connected, 1 machine");
}

#[test]
fn a_computer_that_is_on_the_list_cannot_be_added_again() {
    use add_host::{Field, Message};
    let mut model = model(Preset::Frozen);
    let mut known: Vec<Host> = model.hosts().iter().map(|host| host.host.clone()).collect();
    let address = Address::Ssh { user: String::new(), host: "cellar".into(), port: 0, key_file: std::path::PathBuf::new() };
    known.push(Host::new("cellar", "Cellar", address));
    model.set_hosts(known);
    let mut dialog = typed(&model, &[(Field::Host, "cellar")]);
    assert!(crate::dialog::test::shows(&model, &dialog, "Cellar is on the list already."));
    assert!(crate::dialog::test::click(&model, &dialog, "Add host").is_none(), "the button is off");
    assert!(matches!(dialog.update(&model, Message::Accept), Action::None));
    dialog.update(&model, Message::Typed(Field::Host, "cellar2".into()));
    assert!(crate::dialog::test::click(&model, &dialog, "Add host").is_some());
}

#[test]
fn a_connection_that_is_being_made_can_be_cancelled() {
    let mut model = model(Preset::Frozen);
    model.apply("lab", Event::Connecting);
    let messages = click(Hosts::default().view(&model), "Cancel");
    assert!(matches!(&messages[..], [Message::Connect(id, false)] if &**id == "lab"));
}

#[test]
fn a_computer_is_added_only_if_its_address_can_be_used() {
    use add_host::{Field, Message};
    let model = model(Preset::Frozen);
    for wrong in [&[][..], &[(Field::Host, "-oProxyCommand=x")], &[(Field::Host, "lab"), (Field::Port, "99999")]] {
        assert!(matches!(typed(&model, wrong).update(&model, Message::Accept), Action::None), "{wrong:?}");
    }
    let mut dialog = typed(&model, &[(Field::Host, "cellar"), (Field::User, "me"), (Field::Port, "2222"), (Field::Name, "Cellar")]);
    let added = hosts(dialog.update(&model, Message::Accept)).pop().unwrap();
    assert_eq!((added.label().as_str(), added.uri_shown().as_str()), ("Cellar", "ssh://me@cellar:2222"));
    dialog.update(&model, Message::Kind(true));
    let added = hosts(dialog.update(&model, Message::Accept)).pop().unwrap();
    assert_eq!(added.address, Address::Libvirt { uri: "qemu+ssh://me@cellar:2222/system".into() });
}

#[test]
fn a_test_says_what_to_do_and_is_forgotten_when_the_address_changes() {
    use add_host::{Field, Message};
    let model = model(Preset::Frozen);
    let mut dialog = typed(&model, &[(Field::Host, "cellar")]);
    assert!(matches!(dialog.update(&model, Message::Test), Action::Task(_)));
    let address = Address::Ssh { user: String::new(), host: "cellar".into(), port: 0, key_file: std::path::PathBuf::new() };
    let host = Box::new(Host::new("x", "", address));
    dialog.update(&model, Message::Tested(host, Err(Problem::Ssh("Permission denied (publickey).".into()))));
    let says = |dialog: &add_host::AddHost| {
        Simulator::with_size(toolkit(), Size::new(900.0, 700.0), dialog.view(&model)).find("ssh-copy-id cellar").is_ok()
    };
    assert!(says(&dialog));
    let messages = crate::dialog::test::click(&model, &dialog, "Copy").unwrap();
    assert!(matches!(&messages[..], [Message::Copy(command)] if command == "ssh-copy-id cellar"));
    dialog.update(&model, Message::Typed(Field::Host, "cellar2".into()));
    assert!(!says(&dialog));
}

#[test]
fn the_dialogs_look_as_drawn() {
    use add_host::{Field, Message as Add};
    let mut model = model(Preset::Frozen);
    model.apply("lab", Event::Connecting);
    let mut list = Hosts::default();
    list.update(&model, Message::Test("system".into()));
    let system = Box::new(model.hosts()[0].host.clone());
    list.update(
        &model,
        Message::Tested(system, Ok(Service { version: "0.1.0".into(), uri: "qemu:///system".into(), ..Service::default() })),
    );
    list.update(&model, Message::Remove(Some("lab".into())));
    let size = Size::new(900.0, 600.0);
    picture_of("hosts", size, || container(list.view(&model)).center(Length::Fill).into());
    let mut add = typed(&model, &[(Field::Host, "lab-server"), (Field::User, "me")]);
    add.update(&model, Add::Test);
    let address = Address::Ssh { user: "me".into(), host: "lab-server".into(), port: 0, key_file: std::path::PathBuf::new() };
    add.update(
        &model,
        Add::Tested(Box::new(Host::new("x", "", address)), Err(Problem::Ssh("me@lab-server: Permission denied (publickey).".into()))),
    );
    picture_of("add-host", size, || container(add.view(&model)).center(Length::Fill).into());
    let settings = client::settings::Settings::default();
    picture_of("keys", size, || container(keys::view(&settings)).center(Length::Fill).into());
    picture_of("about", size, || container(about::view()).center(Length::Fill).into());
}

#[test]
fn a_key_file_can_be_chosen_where_the_desktop_has_a_dialog_for_it() {
    use crate::dialog::{add_host, test};
    let (model, mut dialog) = (test::model(), add_host::AddHost::default());
    assert!(!test::shows(&model, &dialog, "Choose…"));
    let _ = dialog.update(&model, add_host::Message::CanChoose(true));
    let messages = test::click(&model, &dialog, "Choose…").unwrap();
    assert!(matches!(messages[0], add_host::Message::Choose));
    let _ = dialog.update(&model, add_host::Message::Chosen(Some("/home/ada/.ssh/id_lab".into())));
    assert!(test::shows(&model, &dialog, "/home/ada/.ssh/id_lab"));
}
