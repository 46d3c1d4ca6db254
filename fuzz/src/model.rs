//! The targets for documents. This file is also compiled into `model/tests/replay.rs`, so that the corpus runs on every
//! `cargo test`; it uses nothing but the public API of `model`.

use ::model::capability::Capabilities;
use ::model::device::node::{self, Part};
use ::model::machine::Machine;
use ::model::metadata::Metadata;
use ::model::network::{self, Network};
use ::model::patch::{self, Path};
use ::model::snapshot::Snapshot;
use ::model::storage::{Pool, Volume};
use ::model::xml::Tree;
use ::model::{Error, difference, os, validate};
use uuid::Uuid;

/// A target by its name in `corpus/`.
pub type Target = fn(&[u8]);

/// Every target of this file.
pub const TARGETS: [(&str, Target); 10] = [
    ("machine_xml", machine_xml),
    ("snapshot_xml", snapshot_xml),
    ("storage_xml", storage_xml),
    ("network_xml", network_xml),
    ("node_device_xml", node_device_xml),
    ("capabilities_xml", capabilities_xml),
    ("difference", difference),
    ("patch", patch),
    ("metadata", metadata),
    ("rom", rom),
];

fn text(input: &[u8]) -> Option<&str> {
    std::str::from_utf8(input).ok()
}

/// A machine that was read has clean derived values, does not differ from itself, and keeps everything but its title when that
/// is changed.
pub fn machine_xml(input: &[u8]) {
    let Some(xml) = text(input) else { return };
    let Ok(machine) = Machine::parse(xml) else { return };
    assert!(machine.memory <= machine.maximum_memory && machine.vcpus <= machine.maximum_vcpus);
    assert!(machine.file_references().iter().all(|path| path.starts_with('/')));
    let shown = [os::plain_name(&machine.os_id), machine.label()].concat();
    assert!(!shown.chars().any(validate::is_unsafe));
    assert_eq!(machine.metadata.check(), Ok(()));
    assert_eq!(difference::unapplied(xml, xml), Ok(Vec::new()));
    if let Ok(edited) = patch::put_text(xml, &Path::root(), "title", "fuzz & <title>") {
        let mut again = Machine::parse(&edited).expect("an edited machine can be read");
        assert_eq!(again.title, "fuzz & <title>");
        again.title.clone_from(&machine.title);
        assert_eq!(again, machine);
    }
}

pub fn snapshot_xml(input: &[u8]) {
    let Some(xml) = text(input) else { return };
    if let Ok(snapshot) = Snapshot::parse(xml) {
        assert!(!snapshot.name.is_empty());
        let files = snapshot.file_references();
        for machine in [&snapshot.machine, &snapshot.inactive_machine].into_iter().flatten() {
            assert!(machine.file_references().iter().all(|file| files.contains(file)));
        }
    }
}

pub fn storage_xml(input: &[u8]) {
    let Some(xml) = text(input) else { return };
    let (pool, volume) = (Pool::parse(xml), Volume::parse(xml));
    assert!(pool.is_err() || volume.is_err(), "a document is one of both at most");
}

/// A network that is made for what was read, or for any two lines, says exactly that.
pub fn network_xml(input: &[u8]) {
    let Some(xml) = text(input) else { return };
    if let Ok(network) = Network::parse(xml) {
        assert!(network::of_card(&network.name, &network.card).is_ok_and(|made| says(&made, &network.name, &network.card)));
    }
    if let Some((name, card)) = xml.split_once('\n')
        && let Ok(made) = network::of_card(name, card)
    {
        assert!(says(&made, name, card));
    }
}

fn says(made: &str, name: &str, card: &str) -> bool {
    Network::parse(made).is_ok_and(|read| read.name == name.trim() && read.card == card && read.connections == 0)
}

/// A part that is asked for in any words is read as the one with that UUID.
pub fn node_device_xml(input: &[u8]) {
    let Some(xml) = text(input) else { return };
    if let Ok(Some(part)) = node::part(xml) {
        let made = node::wanted("computer", "kind", part.uuid).expect("plain words");
        assert_eq!(node::part(&made), Ok(Some(Part { parent: String::new(), ..part })));
    }
    if let Some((parent, kind)) = xml.split_once('\n')
        && let Ok(made) = node::wanted(parent, kind, Uuid::max())
    {
        assert_eq!(node::part(&made), Ok(Some(Part { uuid: Uuid::max(), parent: String::new() })));
        let tree = Tree::parse(&made).expect("it was read");
        let of = |path: &[&str]| tree.root().find(path);
        assert_eq!(of(&["parent"]).map(|parent| parent.text()).as_deref(), Some(parent));
        assert_eq!(
            of(&["capability", "type"]).and_then(|kind| kind.attribute("id").map(std::borrow::Cow::into_owned)).as_deref(),
            Some(kind)
        );
    }
}

pub fn capabilities_xml(input: &[u8]) {
    let Some(xml) = text(input) else { return };
    if let Ok(capabilities) = Capabilities::parse(xml) {
        assert!(capabilities.numa_nodes >= 1);
        assert!(!capabilities.has_kvm() || !capabilities.guests.is_empty());
        assert!(::model::capability::knows_iommufd(xml).is_err(), "a document is one of both at most");
    }
}

/// The input is two documents with a NUL between.
pub fn difference(input: &[u8]) {
    let Some((live, next)) = text(input).and_then(|text| text.split_once('\0')) else { return };
    if let Ok(names) = difference::unapplied(live, next) {
        assert!(names.is_sorted_by(|left, right| left < right));
        assert!(!names.iter().any(|name| name.is_empty() || name.chars().any(validate::is_unsafe)));
        assert_eq!(difference::unapplied(live, live), Ok(Vec::new()));
    }
}

/// The input is a path, a value and a document, each on lines of their own.
pub fn patch(input: &[u8]) {
    let Some(text) = text(input) else { return };
    let mut parts = text.splitn(3, '\n');
    let (Some(path), Some(value), Some(xml)) = (parts.next(), parts.next(), parts.next()) else { return };
    let Ok(path) = path.parse::<Path>() else { return };
    let Ok(tree) = Tree::parse(xml) else { return };
    let Ok(element) = path.find(&tree) else { return };
    let span = element.span();
    let is_around = |edited: &str| {
        let (before, after) = (&xml[..span.start], &xml[span.end..]);
        edited.starts_with(before) && edited.ends_with(after) && Tree::parse(edited).is_ok()
    };
    if let Ok(edited) = patch::set_text(xml, &path, value) {
        assert!(is_around(&edited));
        read_back(&edited, &path, |element| assert_eq!(element.text(), value));
    }
    if let Ok(edited) = patch::set_attribute(xml, &path, "fuzz", value) {
        assert!(is_around(&edited));
        read_back(&edited, &path, |element| assert_eq!(element.attribute("fuzz").as_deref(), Some(value)));
        if element.attribute("fuzz").is_none() {
            assert_eq!(patch::remove_attribute(&edited, &path, "fuzz").as_deref(), Ok(xml));
        }
    }
    if let Ok(edited) = patch::insert_child(xml, &path, "<fuzz-child/>") {
        assert!(is_around(&edited));
        if !element.is_self_closing() && element.child("fuzz-child").is_none() {
            inverse(xml, &edited, &path);
        }
    }
    if let Ok(edited) = patch::remove_element(xml, &path) {
        assert!(edited.len() < xml.len() && edited.ends_with(&xml[span.end..]) && Tree::parse(&edited).is_ok());
    }
    if let Ok(edited) = patch::replace_element(xml, &path, "<fuzz/>") {
        assert!(is_around(&edited));
    }
}

/// A path with conditions may lead elsewhere once its element has changed; then there is nothing to compare.
fn read_back(edited: &str, path: &Path, check: impl Fn(&::model::xml::Element<'_, '_>)) {
    let tree = Tree::parse(edited).expect("an edited document can be read");
    if let Ok(element) = path.find(&tree) {
        check(&element);
    }
}

fn inverse(xml: &str, edited: &str, path: &Path) {
    let child = path.clone().child("fuzz-child");
    match patch::remove_element(edited, &child) {
        Ok(again) => assert_eq!(again, xml),
        Err(error) => assert!(matches!(error, Error::Missing { .. } | Error::Invalid { .. }), "{error}"),
    }
}

/// What was read obeys the rules for writing, and writing gives the same again.
pub fn metadata(input: &[u8]) {
    let Some(xml) = text(input) else { return };
    let Ok(metadata) = Metadata::parse_element(xml) else { return };
    assert_eq!(metadata.check(), Ok(()));
    for xml in [metadata.to_xml(), metadata.to_qualified_xml()] {
        assert_eq!(Metadata::parse_element(&xml).as_ref(), Ok(&metadata));
    }
}

/// What is taken for a ROM begins as one and is one without what follows it, but not without the half of it.
pub fn rom(input: &[u8]) {
    if model::device::rom::check(input).is_err() {
        return;
    }
    assert!(input.len() >= 512 && input.starts_with(&model::device::rom::SIGNATURE), "too short, or something else");
    assert!(input.windows(4).any(|four| four == b"PCIR"), "nothing says what it is for");
    let long = [input, &[0; 512]].concat();
    assert_eq!(model::device::rom::check(&long).is_ok(), long.len() <= 16 << 20, "what follows is not looked at");
    assert!(model::device::rom::check(&input[..511]).is_err(), "less than a block is none");
}
