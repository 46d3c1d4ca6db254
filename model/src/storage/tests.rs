use super::*;

#[test]
fn a_document_of_another_kind_is_refused() {
    assert!(Pool::parse("<volume><name>a</name></volume>").is_err());
    assert!(Volume::parse("<pool><name>a</name></pool>").is_err());
    assert!(Pool::parse("<pool/>").is_err());
    assert!(Volume::parse("<volume><name>a</name><capacity unit='x'>1</capacity></volume>").is_err());
}

#[test]
fn a_pool_tells_where_it_is_and_how_full() {
    let pool = Pool::parse(include_str!("../../../fuzz/corpus/storage_xml/pool-dir")).unwrap();
    assert_eq!((pool.name.as_str(), pool.kind.as_str(), pool.target_path.as_str()), ("default", "dir", "/var/lib/libvirt/images"));
    assert_eq!((pool.capacity, pool.allocation, pool.available), (105_085_120_512, 51_331_731_456, 53_753_389_056));
    let pool = Pool::parse(include_str!("../../../fuzz/corpus/storage_xml/pool-rbd")).unwrap();
    assert_eq!((pool.source_host.as_str(), pool.source.as_str(), pool.target_path.as_str()), ("mon1", "libvirt-pool", ""));
    let pool = Pool::parse(include_str!("../../../fuzz/corpus/storage_xml/pool-netfs")).unwrap();
    assert_eq!((pool.source_host.as_str(), pool.source.as_str()), ("nas.example.org", "/export/vm"));
}

#[test]
fn a_volume_tells_its_sizes_and_its_base() {
    let volume = Volume::parse(include_str!("../../../fuzz/corpus/storage_xml/volume-qcow2")).unwrap();
    assert_eq!((volume.capacity, volume.allocation, volume.physical), (20 << 30, 2_147_487_744, 21_478_375_424));
    assert_eq!((volume.format.as_str(), volume.is_encrypted), ("qcow2", false));
    let backing = volume.backing.unwrap();
    assert_eq!((backing.source, backing.format.as_str()), (Source::File("/var/lib/libvirt/images/base.qcow2".to_owned()), "qcow2"));
    let volume = Volume::parse(include_str!("../../../fuzz/corpus/storage_xml/volume-luks")).unwrap();
    assert_eq!((volume.capacity, volume.is_encrypted), (4096, true));
    assert_eq!(volume.backing.unwrap().source, Source::Other("nbd://example.org/base".to_owned()));
}
