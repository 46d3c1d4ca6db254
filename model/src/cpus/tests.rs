use super::*;

const MACHINE: &str = "<domain type='kvm'>
  <name>a</name>
  <!-- kept -->
  <vcpu placement='static' current='2'>8</vcpu>
  <cputune>
    <shares>2048</shares>
    <vcpupin vcpu='0' cpuset='1-3,^2'/>
    <vcpupin vcpu='1' cpuset='x'/>
    <emulatorpin cpuset='0'/>
    <iothreadpin iothread='1' cpuset='5'/>
  </cputune>
  <numatune>
    <memory mode='interleave' placement='auto'/>
  </numatune>
  <cpu mode='host-passthrough' check='none'>
    <topology sockets='2' dies='1' cores='4' threads='1'/>
    <feature policy='require' name='topoext'/>
  </cpu>
  <x:own xmlns:x='urn:x'/>
</domain>";

fn read(xml: &str) -> Pinning {
    Pinning::read(&Tree::parse(xml).unwrap().root())
}

fn pinning() -> Pinning {
    Pinning {
        vcpus: vec![(0, vec![2]), (1, vec![10]), (2, vec![3, 4, 5, 11])],
        emulator: vec![0, 8],
        nodes: vec![1],
        mode: "strict".to_owned(),
    }
}

#[test]
fn pins_are_read_and_nonsense_is_left_out() {
    let read = read(MACHINE);
    assert_eq!((read.vcpus.as_slice(), read.emulator.as_slice()), (&[(0, vec![1, 3])][..], &[0][..]));
    assert_eq!((read.nodes.len(), read.mode.as_str()), (0, ""));
    assert_eq!(set("0-4294967295,3-1,,-,^,7"), [7]);
    assert_eq!(set("^1,0-3"), [0, 1, 2, 3]);
}

#[test]
fn sets_are_written_as_libvirt_reads_them() {
    assert_eq!(list(&[0, 1, 2, 3, 8, 10, 11]), "0-3,8,10-11");
    assert_eq!(set(&list(&[5, 6, 9])), [5, 6, 9]);
    assert_eq!(list(&[]), "");
}

#[test]
fn what_is_written_is_read_and_everything_else_stays() {
    let written = pinning().write(MACHINE, None).unwrap();
    assert_eq!(read(&written), pinning());
    for kept in [
        "<!-- kept -->",
        "<shares>2048</shares>",
        "<iothreadpin iothread='1' cpuset='5'/>",
        "<x:own xmlns:x='urn:x'/>",
        "current='2'>8<",
        "sockets='2' dies='1' cores='4'",
    ] {
        assert!(written.contains(kept), "{kept} in {written}");
    }
    assert!(!written.contains("placement='auto'") && !written.contains("cpuset='x'"));
    // The same once more changes nothing.
    assert_eq!(pinning().write(&written, None).unwrap(), written);
}

#[test]
fn cores_of_the_guest_come_with_as_many_virtual_cpus() {
    let written = pinning().write(MACHINE, Some(Cores { cores: 3, threads: 2 })).unwrap();
    assert!(written.contains("<vcpu placement='static'>6</vcpu>"), "{written}");
    assert!(written.contains("<topology sockets='1' cores='3' threads='2'/>"), "{written}");
    assert!(written.contains("name='topoext'"));
    let bare = pinning().write("<domain><name>a</name><vcpu>6</vcpu></domain>", Some(Cores { cores: 3, threads: 2 })).unwrap();
    assert!(bare.contains("<cpu><topology sockets=\"1\" cores=\"3\" threads=\"2\"/></cpu>"), "{bare}");
}

#[test]
fn the_number_of_virtual_cpus_stays_where_each_has_a_place_of_its_own() {
    let cores = Some(Cores { cores: 3, threads: 2 });
    for odd in [
        "<domain><vcpu>4</vcpu><vcpus><vcpu id='0' enabled='yes'/></vcpus></domain>",
        "<domain><vcpu>4</vcpu><cpu><numa><cell id='0' cpus='0-3' memory='1'/></numa></cpu></domain>",
    ] {
        assert_eq!(pinning().write(odd, cores), Err(Error::Invalid { what: "the number of virtual CPUs" }), "{odd}");
        assert!(pinning().write(&odd.replace(">4<", ">6<"), cores).is_ok(), "{odd}");
    }
    assert!(pinning().write("<domain/>", cores).is_err());
}

#[test]
fn clearing_is_the_inverse_and_keeps_what_belongs_to_others() {
    let plain = "<domain>\n  <name>a</name>\n  <vcpu>3</vcpu>\n</domain>";
    assert_eq!(clear(&pinning().write(plain, None).unwrap()).unwrap(), plain);
    let cleared = clear(MACHINE).unwrap();
    assert_eq!(read(&cleared), Pinning::default());
    assert!(cleared.contains("<iothreadpin") && !cleared.contains("numatune"), "{cleared}");
    let nodes = "<domain><numatune><memory mode='strict' nodeset='0'/><memnode cellid='0' mode='strict' nodeset='1'/></numatune></domain>";
    assert_eq!(clear(nodes).unwrap(), nodes);
}

#[test]
fn a_document_full_of_large_sets_is_cut() {
    let pins: String = (0..500).map(|vcpu| format!("<vcpupin vcpu='{vcpu}' cpuset='0-8191'/>")).collect();
    let read = read(&["<domain><cputune>", &pins, "</cputune></domain>"].concat());
    assert_eq!(read.vcpus.len(), 8);
}

#[test]
fn a_mask_has_a_bit_for_each_and_is_read_back() {
    assert_eq!(mask(&[0, 3, 9]), [0b1001, 0b10]);
    assert_eq!(from_mask(&mask(&[1, 8, 31])), [1, 8, 31]);
    assert_eq!((mask(&[]), from_mask(&[])), (vec![], vec![]));
}
