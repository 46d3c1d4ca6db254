use super::*;

#[test]
fn a_document_that_is_no_snapshot_is_refused() {
    assert_eq!(Snapshot::parse("<domain/>"), Err(Error::Missing { what: "<domainsnapshot>" }));
    assert_eq!(Snapshot::parse("<domainsnapshot/>"), Err(Error::Missing { what: "the name of the snapshot" }));
}

#[test]
fn a_time_beyond_64_bits_is_refused() {
    for time in ["", "-1", "x", "18446744073709551615"] {
        let xml = ["<domainsnapshot><name>a</name><creationTime>", time, "</creationTime></domainsnapshot>"].concat();
        assert_eq!(Snapshot::parse(&xml), Err(Error::Invalid { what: "<creationTime>" }), "{time}");
    }
}

#[test]
fn an_external_snapshot_tells_its_files_and_its_machine() {
    let snapshot = Snapshot::parse(include_str!("../../../fuzz/corpus/snapshot_xml/external")).unwrap();
    assert_eq!(snapshot.name, "before-update");
    assert_eq!(snapshot.description, "Before & after");
    assert_eq!(snapshot.parent.as_deref(), Some("clean-install"));
    assert_eq!(snapshot.creation_time, 1_700_000_000_000_000);
    assert_eq!((snapshot.state.as_str(), snapshot.memory.as_str()), ("running", "external"));
    assert_eq!(snapshot.disks.len(), 3);
    assert_eq!(snapshot.disks[0].source, Source::File("/srv/snap/vda.before-update".to_owned()));
    assert_eq!((snapshot.disks[1].snapshot.as_str(), &snapshot.disks[1].source), ("no", &Source::None));
    assert_eq!(snapshot.machine.as_ref().unwrap().name, "disk-file-raw");
    assert_eq!(snapshot.inactive_machine.as_ref().unwrap().name, "i");
    let files = snapshot.file_references();
    for file in ["/srv/snap/mem.save", "/srv/snap/vda.before-update", "/dev/vg/snap", "/srv/a.img", "/srv/i.fd"] {
        assert!(files.contains(&file), "{file}");
    }
}
