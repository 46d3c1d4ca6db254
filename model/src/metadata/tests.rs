use super::*;

const FULL: &str = "<k:machine xmlns:k='https://kvmmanager.org/xmlns/machine/1'><k:group>Web</k:group><k:tag colour='#FF0000'>live</k:tag><k:tag>db</k:tag><k:locked/><k:reserve-huge-pages/><k:isolate-cpus/><k:governor>performance</k:governor><k:energy-preference>balance_power</k:energy-preference><k:balloon-floor>1048576</k:balloon-floor></k:machine>";

fn full() -> Metadata {
    let tag = |name: &str, colour: &str| Tag { name: name.to_owned(), colour: colour.to_owned() };
    let tuning = Tuning {
        reserve_huge_pages: true,
        isolate_cpus: true,
        governor: "performance".to_owned(),
        energy_preference: "balance_power".to_owned(),
        balloon_floor: 1 << 30,
    };
    Metadata { group: "Web".to_owned(), tags: vec![tag("live", "#ff0000"), tag("db", DEFAULT_COLOUR)], locked: true, tuning }
}

#[test]
fn an_element_that_is_not_ours_is_refused() {
    for xml in [
        "<x/>",
        "<machine xmlns='urn:other'/>",
        "<kvmmanager:machine xmlns:kvmmanager='urn:other'/>",
        "<kvmmanager:machine/>",
        "",
        "<machine>",
    ] {
        assert!(Metadata::parse_element(xml).is_err(), "{xml}");
    }
}

#[test]
fn hostile_lengths_are_cut_and_hostile_characters_left_out() {
    let many: String = (0..1000).map(|index| format!("<tag colour='javascript:'>t{index}</tag>")).collect();
    let xml =
        ["<machine><group>", &"g".repeat(5000), "</group><tag>\u{202e}\u{9b}</tag><tag>a\u{202e}b</tag>", &many, "</machine>"].concat();
    let read = Metadata::parse_element(&xml).unwrap();
    assert_eq!(read.group.len(), 64);
    assert_eq!(read.tags.len(), 32);
    assert_eq!(read.tags[0], Tag { name: "ab".to_owned(), colour: DEFAULT_COLOUR.to_owned() });
    assert_eq!(read.check(), Ok(()));
}

#[test]
fn values_that_would_be_read_back_differently_are_refused() {
    let tag = |name: &str, colour: &str| Tag { name: name.to_owned(), colour: colour.to_owned() };
    let with = |tags| Metadata { tags, ..Metadata::default() };
    for bad in [
        with(vec![tag("", "#000000")]),
        with(vec![tag("a", "red")]),
        with(vec![tag("a", "#000000"), tag("a", "#111111")]),
        with((0..33).map(|index| tag(&index.to_string(), "#000000")).collect()),
        Metadata { group: " x".to_owned(), ..Metadata::default() },
        Metadata { tuning: Tuning { governor: "a/b".to_owned(), ..Tuning::default() }, ..Metadata::default() },
        Metadata { tuning: Tuning { energy_preference: "128".to_owned(), ..Tuning::default() }, ..Metadata::default() },
        Metadata { tuning: Tuning { balloon_floor: 1025, ..Tuning::default() }, ..Metadata::default() },
    ] {
        assert!(bad.check().is_err(), "{bad:?}");
    }
}

#[test]
fn our_element_is_read_with_any_prefix_or_as_libvirt_hands_it_out() {
    assert_eq!(Metadata::parse_element(FULL), Ok(full()));
    assert_eq!(Metadata::parse_element(&FULL.replace("k:", "").replace("xmlns:k", "xmlns")), Ok(full()));
    assert_eq!(
        Metadata::parse_element("<machine>\n<group>Web</group>\n<tag colour='#ff0000'>live</tag><tag>db</tag><locked/></machine>"),
        Ok(Metadata { tuning: Tuning::default(), ..full() })
    );
}

#[test]
fn a_floor_that_is_no_number_or_beyond_all_numbers_is_none() {
    for text in ["", "-1", "x", "1.5", "18446744073709551615"] {
        let xml = format!("<machine><balloon-floor>{text}</balloon-floor></machine>");
        assert_eq!(Metadata::parse_element(&xml).unwrap().tuning.balloon_floor, 0, "{text}");
    }
}

#[test]
fn what_is_written_is_what_is_read() {
    let mut metadata = full();
    metadata.group = "<a href=\"x\"> & 'y'".to_owned();
    assert_eq!(Metadata::parse_element(&metadata.to_xml()), Ok(metadata.clone()));
    assert_eq!(Metadata::parse_element(&metadata.to_qualified_xml()), Ok(metadata));
    assert_eq!(Metadata::default().to_xml(), "<machine></machine>");
    assert!(
        full()
            .to_qualified_xml()
            .starts_with("<kvmmanager:machine xmlns:kvmmanager=\"https://kvmmanager.org/xmlns/machine/1\"><kvmmanager:group>")
    );
}

#[test]
fn the_operating_system_is_found_by_namespace_not_by_prefix() {
    let read = |xml: &str| os_id(&Tree::parse(xml).unwrap().root());
    let ours = "<metadata><x:libosinfo xmlns:x='http://libosinfo.org/xmlns/libvirt/domain/1.0'><x:os id='http://debian.org/debian/12'/></x:libosinfo></metadata>";
    assert_eq!(read(ours), "http://debian.org/debian/12");
    assert_eq!(
        read("<metadata><libosinfo:libosinfo xmlns:libosinfo='urn:other'><libosinfo:os id='no'/></libosinfo:libosinfo></metadata>"),
        ""
    );
    assert_eq!(read("<metadata/>"), "");
}
