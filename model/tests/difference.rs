//! What waits for a restart, on pairs of documents. The `fresh-*` pairs are from a real libvirt.

// Helpers of tests may stop a test; the lint only knows the test functions themselves.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use model::difference::unapplied;
use std::path::Path;

fn pair(name: &str) -> (String, String) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/data/machines/pairs");
    let read = |kind: &str| std::fs::read_to_string(folder.join(format!("{name}.{kind}.xml"))).unwrap();
    (read("live"), read("next"))
}

const FRESH: [&str; 6] = ["fresh-emulated", "fresh-host-passthrough", "fresh-host-model", "fresh-custom-cpu", "fresh-efi", "fresh-i440fx"];

#[test]
fn a_freshly_started_machine_waits_for_nothing() {
    for name in FRESH {
        let (live, next) = pair(name);
        assert_ne!(live, next, "{name}: a pair must show what libvirt filled in");
        assert_eq!(unapplied(&live, &next), Ok(Vec::new()), "{name}");
    }
}

#[test]
fn pairs_wait_for_what_is_expected_and_nothing_else() {
    let expected: [(&str, &[&str]); 12] = [
        ("network-became-bridge", &[]),
        ("network-became-direct", &[]),
        ("network-changed", &["interface:52:54:00:aa:bb:cc"]),
        ("plugged-only-live", &["disk:vdb", "interface:52:54:00:aa:bb:cc"]),
        ("ballooned", &[]),
        ("memory-grown", &["memory"]),
        ("optional-medium-missing", &[]),
        ("medium-ejected-live", &["disk:sda"]),
        ("first-of-three-devices-removed", &["hostdev:0"]),
        ("usb-address-found", &[]),
        ("secure-boot-old-libvirt", &[]),
        ("switched-to-efi", &["firmware"]),
    ];
    for (name, parts) in expected {
        let (live, next) = pair(name);
        assert_eq!(unapplied(&live, &next).unwrap(), parts, "{name}");
    }
}

#[test]
fn a_guest_that_is_asked_for_figures_while_it_runs_waits_for_nothing() {
    let balloon = |stats: &str| format!("<domain><devices><memballoon model='virtio'>{stats}</memballoon></devices></domain>");
    let (asked, open) = (balloon("<stats period='5'/>"), balloon(""));
    assert_eq!(unapplied(&asked, &open), Ok(Vec::new()));
    assert_eq!(unapplied(&open, &asked).unwrap(), ["memballoon:0"]);
}

/// What is replaced in the next document, by what, and what then waits.
const EDITS: [(&str, &str, &[&str]); 34] = [
    ("<title>fresh-custom-cpu</title>", "<title>New</title>", &["title"]),
    ("<title>fresh-custom-cpu</title>", "", &["title"]),
    ("<memory unit", "<description>New</description><memory unit", &["description"]),
    ("<memory unit", "<metadata><a:b xmlns:a='urn:a'/></metadata><memory unit", &["metadata"]),
    ("<memory unit='KiB'>65600", "<memory unit='KiB'>131072", &["memory"]),
    ("<currentMemory unit='KiB'>65600", "<currentMemory unit='KiB'>32768", &[]),
    ("<memory unit", "<maxMemory slots='2' unit='GiB'>2</maxMemory><memory unit", &["memory"]),
    ("current='1'>2<", "current='2'>2<", &["vcpus"]),
    ("current='1'>2<", "current='1'>4<", &["vcpus"]),
    ("cores='2'", "cores='1'", &["cpu"]),
    ("Nehalem", "Westmere", &["cpu"]),
    ("policy='disable' name='monitor'", "policy='require' name='monitor'", &["cpu"]),
    ("mode='custom' match='exact'", "mode='host-passthrough'", &["cpu"]),
    ("<boot dev='hd'/>", "<boot dev='network'/>", &["boot"]),
    ("<boot dev='hd'/>", "<kernel>/k</kernel>", &["boot"]),
    ("machine='pc-q35-7.2'", "machine='pc-q35-6.2'", &["machine"]),
    ("machine='pc-q35-7.2'", "machine='q35'", &[]),
    ("<os>", "<os firmware='efi'>", &["firmware"]),
    ("<apic/>", "", &["features"]),
    ("offset='utc'", "offset='localtime'", &["clock"]),
    ("<on_crash>destroy", "<on_crash>restart", &["lifecycle"]),
    ("<iothreads>1", "<iothreads>2", &["iothreads"]),
    ("<os>", "<cputune><shares>9</shares></cputune><os>", &["cputune"]),
    ("discard='unmap'", "cache='none'", &["disk:vda"]),
    ("images/b.qcow2", "images/c.qcow2", &["disk:vda"]),
    ("dev='vda' bus='virtio'", "dev='vdb' bus='virtio'", &["disk:vda", "disk:vdb"]),
    ("52:54:00:11:22:33", "52:54:00:11:22:34", &["interface:52:54:00:11:22:33", "interface:52:54:00:11:22:34"]),
    ("<model type='e1000'/>", "<model type='e1000e'/><link state='down'/>", &["interface:52:54:00:ef:96:a2"]),
    ("port='-1' autoport='yes'", "port='5999' autoport='no'", &["graphics:0"]),
    ("<listen type='address'/>", "<listen type='address' address='0.0.0.0'/>", &["graphics:0"]),
    ("<model type='virtio' heads='1'", "<model type='qxl' heads='1'", &["video:0"]),
    ("<sound model='ich9'>", "<sound model='ich6'>", &["sound:0"]),
    ("action='reset'", "action='poweroff'", &["watchdog:0"]),
    ("<panic model='isa'/>", "<tpm model='tpm-crb'><backend type='emulator' version='2.0'/></tpm>", &["panic:0", "tpm:0"]),
];

#[test]
fn each_edit_of_the_next_start_is_reported_as_the_part_it_is_in() {
    let (live, next) = pair("fresh-custom-cpu");
    for (from, to, parts) in EDITS {
        let edited = next.replacen(from, to, 1);
        assert_ne!(edited, next, "{from}");
        assert_eq!(unapplied(&live, &edited).unwrap(), parts, "{from} -> {to}");
    }
}

#[test]
fn a_document_that_is_no_machine_is_refused() {
    assert!(unapplied("<domain/>", "<pool/>").is_err());
    assert!(unapplied("<domain>", "<domain/>").is_err());
}

/// Thousands of devices of one kind must not be compared each with each.
#[test]
fn hostile_numbers_of_devices_take_linear_time() {
    let many = |attribute: &str| {
        let device = ["<video><model type='", attribute, "'/></video>"].concat();
        ["<domain><devices>", &device.repeat(20_000), "</devices></domain>"].concat()
    };
    let start = std::time::Instant::now();
    assert_eq!(unapplied(&many("qxl"), &many("vga")).unwrap().len(), 20_000);
    assert!(start.elapsed() < std::time::Duration::from_secs(10), "{:?}", start.elapsed());
}
