//! Promises about every machine in `tests/data/machines`, and facts about a good sample of them.

// Helpers of tests may stop a test; the lint only knows the test functions themselves.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use model::device::assign::{self, Assignment};
use model::device::{DiskDevice, Listen, Source};
use model::machine::Machine;
use model::patch::{self, Path};
use model::xml::Tree;
use model::{difference, os};

fn folder() -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/data/machines")
}

fn corpus() -> Vec<(String, String)> {
    let files = std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path());
    let documents = files.filter(|path| path.extension().is_some_and(|extension| extension == "xml"));
    documents.map(|path| (path.file_stem().unwrap().to_str().unwrap().to_owned(), std::fs::read_to_string(path).unwrap())).collect()
}

fn machine(name: &str) -> Machine {
    let xml = std::fs::read_to_string(folder().join(format!("{name}.xml"))).unwrap();
    Machine::parse(&xml).unwrap_or_else(|error| panic!("{name}: {error}"))
}

#[test]
fn the_corpus_is_large_and_every_machine_in_it_is_read() {
    let corpus = corpus();
    assert!(corpus.len() >= 150, "{}", corpus.len());
    for (name, xml) in corpus {
        let machine = Machine::parse(&xml).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(!machine.name.is_empty() && machine.memory > 0 && machine.vcpus > 0, "{name}");
        assert_eq!(difference::unapplied(&xml, &xml), Ok(Vec::new()), "{name}");
    }
}

#[test]
fn giving_any_machine_a_card_and_taking_it_away_keeps_every_byte() {
    let card = |function: u8| Assignment { source: format!("10de:7f:1f.{function}"), managed: true, ..Assignment::default() };
    let (wanted, sources) = ([card(0), card(1)], [card(0).source, card(1).source]);
    let mut given = 0;
    for (name, xml) in corpus() {
        // Without devices there is nowhere to put it, which is said.
        let Ok(with) = assign::assign(&xml, &wanted) else {
            assert!(Tree::parse(&xml).unwrap().root().child("devices").is_none(), "{name}");
            continue;
        };
        let (before, after) = (Machine::parse(&xml).unwrap(), Machine::parse(&with).unwrap());
        assert_eq!(after.host_devices.len(), before.host_devices.len() + 2, "{name}");
        let without = assign::unassign(&with, &sources).unwrap();
        // Only what was written as empty is now written as open and closed.
        assert!(without == xml || without.replace("<devices></devices>", "<devices/>") == xml, "{name}: {without}");
        given += 1;
    }
    assert!(given >= 100, "{given}");
}

#[test]
fn setting_the_title_of_any_machine_keeps_all_other_bytes() {
    for (name, xml) in corpus() {
        let tree = Tree::parse(&xml).unwrap();
        let element = tree.root().child("title").map(|title| title.span());
        let edited =
            patch::put_text(&xml, &Path::root(), "title", "Ünïque <1> & 'q' \"d\"").unwrap_or_else(|error| panic!("{name}: {error}"));
        let written = "<title>Ünïque &lt;1&gt; &amp; &apos;q&apos; &quot;d&quot;</title>";
        match element {
            Some(span) => assert_eq!(edited, [&xml[..span.start], written, &xml[span.end..]].concat(), "{name}"),
            None => {
                let at = edited.find(written).unwrap();
                let rest = [edited[..at].trim_end(), &edited[at + written.len()..]].concat();
                assert!(xml.starts_with(edited[..at].trim_end()) && xml.ends_with(&edited[at + written.len()..]), "{name}: {rest}");
                let removed = patch::put_text(&edited, &Path::root(), "title", "").unwrap();
                assert_eq!(removed, xml, "{name}: adding and removing gives the same text");
            }
        }
        let (mut before, after) = (Machine::parse(&xml).unwrap(), Machine::parse(&edited).unwrap());
        before.title = "Ünïque <1> & 'q' \"d\"".to_owned();
        assert_eq!(before, after, "{name}");
    }
}

#[test]
fn setting_the_processors_of_any_machine_keeps_all_other_bytes() {
    for (name, xml) in corpus() {
        let vcpu: Path = "vcpu".parse().unwrap();
        let tree = Tree::parse(&xml).unwrap();
        let Some(element) = tree.root().child("vcpu") else { continue };
        let edited = patch::set_text(&xml, &vcpu, "31337").unwrap();
        assert_eq!(edited, [&xml[..element.content().start], "31337", &xml[element.content().end..]].concat(), "{name}");
        assert_eq!(patch::set_text(&edited, &vcpu, &element.text()).unwrap(), xml, "{name}: the inverse edit");
        assert_eq!(Machine::parse(&edited).unwrap().maximum_vcpus, 31337);
        let pinned = patch::set_attribute(&xml, &vcpu, "cpuset", "1-63").unwrap();
        if element.attribute("cpuset").is_none() {
            assert_eq!(patch::remove_attribute(&pinned, &vcpu, "cpuset").unwrap(), xml, "{name}");
        }
    }
}

#[test]
fn any_machine_survives_a_device_added_and_removed() {
    for (name, xml) in corpus() {
        let devices: Path = "devices".parse().unwrap();
        if Tree::parse(&xml).unwrap().root().child("devices").is_none() {
            continue;
        }
        let edited = patch::insert_child(&xml, &devices, "<disk type='file'>\n<target dev='zzz'/></disk>").unwrap();
        assert_eq!(Machine::parse(&edited).unwrap().disks.last().unwrap().target, "zzz", "{name}");
        let removed = patch::remove_element(&edited, &"devices/disk[target@dev=zzz]".parse().unwrap()).unwrap();
        assert_eq!(removed, xml, "{name}");
    }
}

#[test]
fn disk_sources_are_told_apart() {
    let source = |name: &str| machine(name).disks.into_iter().next_back().unwrap().source;
    let network =
        |protocol: &str, name: &str, socket: &str| Source::Network { protocol: protocol.into(), name: name.into(), socket: socket.into() };
    assert_eq!(source("disk-file-raw"), Source::File("/srv/a.img".into()));
    assert_eq!(source("disk-block-lvm"), Source::Block("/dev/vg0/guest".into()));
    assert_eq!(source("disk-dir-fat"), Source::Dir("/srv/fat".into()));
    assert_eq!(source("disk-volume-pool"), Source::Volume { pool: "default".into(), volume: "guest.qcow2".into() });
    assert_eq!(source("disk-network-rbd-auth"), network("rbd", "libvirt-pool/guest", ""));
    assert_eq!(source("disk-network-nbd-unix"), network("nbd", "export", "/run/nbd/export.sock"));
    assert_eq!(source("disk-nvme"), Source::Nvme("0000:01:00.0".into()));
    assert_eq!(source("disk-vhostuser-blk"), Source::Vhost("/tmp/vhost-blk.sock".into()));
    assert_eq!(source("newer-disk-vdpa"), Source::Vhost("/dev/vhost-vdpa-0".into()));
    assert_eq!(source("disk-cdrom-empty"), Source::None);
    assert_eq!(source("disk-path-with-odd-characters"), Source::File("/srv/a & b/<\"x'> 数据 #1.qcow2".into()));
}

#[test]
fn disk_settings_are_read() {
    let disk = |name: &str| machine(name).disks.into_iter().next_back().unwrap();
    assert_eq!(disk("disk-cdrom-tray-open").device, DiskDevice::Cdrom);
    assert_eq!(disk("disk-floppy").device, DiskDevice::Floppy);
    assert_eq!(disk("disk-lun-persistent-reservation").device, DiskDevice::Lun);
    assert!(disk("disk-shareable-cluster").shareable && disk("disk-transient-share-backing").transient);
    assert!(disk("disk-dir-fat").read_only && !disk("disk-file-raw").read_only);
    assert_eq!(disk("disk-serial-wwn-vendor").serial, "WD-WMAP9A966149");
    let order: Vec<_> = machine("disk-boot-order").disks.iter().map(|disk| disk.boot_order).collect();
    assert_eq!(order, [2, 1]);
    assert_eq!(machine("disks-24-of-them").disks.len(), 24);
}

#[test]
fn every_layer_of_a_chain_is_a_file_reference() {
    let deep = machine("disk-backing-chain-of-20");
    assert_eq!(deep.disks[0].backing.len(), 20);
    assert_eq!(deep.disks[0].backing[19].source, Source::File("/srv/chain/layer20.qcow2".into()));
    let files = deep.file_references();
    assert!((1..=20).all(|layer| files.contains(&format!("/srv/chain/layer{layer:02}.qcow2").as_str())));
    let mirror = machine("disk-mirror-copy-live");
    assert_eq!(mirror.disks[0].mirror, Some(Source::File("/srv/copy.qcow2".into())));
    assert_eq!(mirror.disks[0].mirror_backing.len(), 1);
    assert!(mirror.file_references().contains(&"/srv/copy-base.qcow2"));
    let store = machine("newer-data-store");
    assert_eq!(store.disks[0].data_store.as_ref().unwrap().source, Source::File("/srv/payload.raw".into()));
    let mixed = machine("disk-backing-mixed-network");
    let kinds: Vec<_> = mixed.disks[0].backing.iter().map(|image| image.format.as_str()).collect();
    assert_eq!(kinds, ["qcow2", "raw"]);
    assert_eq!(machine("disk-same-file-twice").file_references().iter().filter(|file| **file == "/srv/twice.img").count(), 1);
}

#[test]
fn host_files_outside_disks_are_references_too() {
    for (name, file) in [
        ("firmware-nvram-template", "/var/lib/libvirt/qemu/nvram/guest_VARS.fd"),
        ("firmware-nvram-template", "/usr/share/OVMF/OVMF_VARS_4M.ms.fd"),
        ("firmware-nvram-source-file", "/srv/nvram/vars.fd"),
        ("direct-kernel-boot", "/srv/boot/initrd.img"),
        ("direct-kernel-dtb-arm", "/srv/arm/vexpress.dtb"),
        ("acpi-table-slic", "/srv/slic.dat"),
        ("smbios-sysinfo-fwcfg", "/srv/provision.ign"),
        ("interface-rom-file", "/etc/fake/boot.bin"),
        ("interface-vhostuser", "/tmp/vhost1.sock"),
        ("hostdev-pci-rom-driver", "/etc/fake/vbios.rom"),
        ("memory-dimm-nvdimm-virtio", "/srv/nvdimm.img"),
        ("filesystem-virtiofs", "/srv/share"),
        ("filesystem-virtiofs-external-socket", "/tmp/vhost-fs.sock"),
        ("shmem-ivshmem-server", "/tmp/socket-shmem"),
        ("tpm-passthrough", "/dev/tpm0"),
        ("rng-random-and-builtin", "/dev/urandom"),
        ("serial-file-log", "/var/log/libvirt/serial1.log"),
        ("serial-dev-pipe-nmdm", "/tmp/mypipe"),
        ("newer-sound-with-audio-backends", "/srv/audio.wav"),
        ("input-evdev-passthrough", "/dev/input/event1"),
        ("graphics-spice-gl-rendernode", "/dev/dri/renderD128"),
        ("disk-lun-persistent-reservation", "/run/qemu-pr-helper.sock"),
        ("newer-pstore", "/srv/pstore.bin"),
        ("newer-varstore-shim", "/srv/varstore.json"),
        ("newer-unknown-elements", "/srv/from-the-future.img"),
        ("qemu-commandline", "/srv/raw-argument.img"),
        ("driver-lxc-container", "/srv/lxc/data.img"),
        ("disk-network-rbd-auth", "/etc/ceph/ceph.conf"),
        ("lease-lock-manager", "/some/lease/path"),
        ("driver-bhyve", "/dev/nmdm0A"),
        ("smartcard-host-certificates", "/etc/pki/nssdb/"),
        ("interface-user-passt", "/var/log/passt.log"),
        ("graphics-vnc-socket", "/run/vnc/guest.sock"),
    ] {
        assert!(machine(name).file_references().contains(&file), "{name}: {file}");
    }
    for (name, file) in [("filesystem-virtiofs", "/usr/libexec/virtiofsd"), ("disk-file-raw", "/usr/bin/qemu-system-x86_64")] {
        assert!(!machine(name).file_references().contains(&file), "{name}: {file}");
    }
}

#[test]
fn network_cards_tell_what_they_are_plugged_into() {
    let card = |name: &str| machine(name).interfaces.remove(0);
    for (name, kind, source) in [
        ("interface-bridge-vlan", "bridge", "br0"),
        ("interface-direct-vepa", "direct", "eth0"),
        ("interface-hostdev-sriov", "hostdev", "0000:07:00.3"),
        ("interface-vhostuser", "vhostuser", "/tmp/vhost1.sock"),
        ("interface-vdpa", "vdpa", "/dev/vhost-vdpa-1"),
        ("interface-udp-local", "udp", "127.0.0.1:11115"),
        ("interface-internal", "internal", "lan0"),
        ("interface-null", "null", ""),
        ("interface-portgroup", "network", "default"),
    ] {
        let card = card(name);
        assert_eq!((card.kind.as_str(), card.source.as_str()), (kind, source), "{name}");
    }
    assert_eq!(card("interface-uppercase-mac").mac, "52:54:00:ab:cd:ef");
    assert_eq!(card("interface-without-mac").mac, "");
    assert_eq!((card("interface-hostdev-sriov").vlan, card("interface-without-mac").vlan), (42, 0));
    assert!(!card("interface-link-down-mtu").link_is_up);
    assert_eq!(card("live-full").target, "vnet7");
}

#[test]
fn displays_that_others_can_reach_are_public() {
    for (name, public) in [
        ("graphics-vnc-public", true),
        ("graphics-vnc-legacy-listen-attribute", true),
        ("graphics-listen-network", true),
        ("graphics-several-listeners", true),
        ("graphics-rdp", true),
        ("graphics-vnc-socket", false),
        ("graphics-vnc-websocket-password", false),
        ("graphics-spice-every-option", false),
        ("graphics-spice-gl-rendernode", false),
        ("graphics-egl-headless-with-vnc", false),
        ("graphics-dbus-p2p", false),
        ("graphics-sdl", false),
        ("graphics-none-at-all", false),
        ("live-full", false),
    ] {
        assert_eq!(machine(name).graphics.iter().any(model::device::Graphics::is_public), public, "{name}");
    }
    let spice = machine("graphics-spice-every-option").graphics.remove(0);
    assert_eq!((spice.port, spice.tls_port, spice.autoport), (5930, 5931, false));
    assert_eq!(spice.listen, [Listen::Address("127.0.0.1".into())]);
    assert!(machine("graphics-vnc-websocket-password").graphics[0].has_password);
}

#[test]
fn memory_and_processors_are_read_in_every_spelling() {
    for (name, memory, maximum) in [
        ("memory-units-decimal-gb", 1_500_000_000, 2_000_000_000),
        ("memory-units-bytes", 512 << 20, 1 << 30),
        ("memory-units-single-letters", 2 << 30, 4 << 30),
        ("memory-unit-absent", 512 << 20, 512 << 20),
        ("memory-current-absent", 1 << 40, 1 << 40),
        ("live-full", 2 << 30, 4_u64 << 30),
        ("live-balloon-above-maximum", 1 << 30, 1 << 30),
    ] {
        let machine = machine(name);
        assert_eq!((machine.memory, machine.maximum_memory), (memory, maximum), "{name}");
    }
    assert_eq!(machine("memory-max-slots").hotplug_memory, 64 << 30);
    assert!(machine("memory-backing-hugepages").has_huge_pages);
    assert_eq!(machine("memory-backing-hugepages").huge_page_sizes, [2 << 20, 1 << 30]);
    for (name, current, maximum) in
        [("vcpu-current-and-cpuset", 3, 8), ("vcpu-hotpluggable-list", 2, 4), ("vcpu-absent", 1, 1), ("sixty-devices", 16, 16)]
    {
        let machine = machine(name);
        assert_eq!((machine.vcpus, machine.maximum_vcpus), (current, maximum), "{name}");
    }
}

#[test]
fn metadata_is_found_by_namespace() {
    let ours = machine("metadata-ours");
    assert_eq!((ours.metadata.group.as_str(), ours.metadata.locked), ("Production", true));
    let tags: Vec<_> = ours.metadata.tags.iter().map(|tag| (tag.name.as_str(), tag.colour.as_str())).collect();
    assert_eq!(tags, [("web", "#ff8800"), ("nightly backup", "#0088ff")]);
    assert_eq!(os::plain_name(&ours.os_id), "Debian 12");
    assert_eq!(machine("metadata-ours-default-namespace").metadata.group, "Lab");
    assert!(machine("metadata-our-prefix-foreign-namespace").metadata.is_empty());
    assert_eq!(machine("metadata-ours-forty-tags").metadata.tags.len(), 32);
    let hostile = machine("metadata-ours-hostile-values").metadata;
    assert_eq!((hostile.group.len(), hostile.tags.len(), hostile.tags[0].name.as_str()), (64, 1, "ab"));
    assert_eq!(machine("metadata-libosinfo-other-prefix").os_id, "http://microsoft.com/win/11");
    assert_eq!(machine("metadata-designer-boxes-nova").os_id, "");
}

#[test]
fn texts_are_read_as_xml_means_them() {
    assert_eq!(machine("title-and-description").title, "Mail & calendar <old>");
    assert_eq!(machine("title-and-description").description, "First line\n  \tsecond line with tab\n\n  last");
    assert_eq!(machine("title-cdata").title, "a < b && c");
    assert_eq!(machine("title-cdata").description, "before <in> after");
    assert_eq!(machine("entities-numeric").title, "AB😀 ©");
    assert_eq!(machine("comments-everywhere").title, "real title");
    assert_eq!(machine("comments-everywhere").name, "comments-everywhere");
    assert_eq!(machine("crlf-line-ends").description, "one\n  two");
    assert_eq!(machine("name-with-spaces-and-quotes").name, "it's \"my\" guest (1)");
    assert_eq!(machine("title-unicode").name, "unicode-ümläut-名前");
    assert!(machine("uuid-absent").uuid.is_none() && machine("uuid-without-dashes").uuid.is_some());
}

#[test]
fn other_devices_and_hypervisors_are_read() {
    assert!(machine("tpm-emulator-crb").has_tpm_emulator && !machine("tpm-passthrough").has_tpm_emulator);
    let channels = machine("channel-guest-agent-connected").channels;
    assert_eq!((channels[0].name.as_str(), channels[0].is_connected()), ("org.qemu.guest_agent.0", true));
    let host = |name: &str| machine(name).host_devices.into_iter().map(|device| device.source).collect::<Vec<_>>();
    assert_eq!(host("hostdev-pci-rom-driver"), ["0000:06:12.5"]);
    assert_eq!(host("hostdev-pci-decimal-address"), ["0000:0a:1f.7"]);
    assert_eq!(host("hostdev-usb-vendor-product"), ["0x1234:0xbeef"]);
    assert_eq!(host("hostdev-usb-bus-device"), ["1.14"]);
    assert_eq!(host("hostdev-mdev-vgpu"), ["c2177883-f1bb-47f0-914d-32a22e3a8804"]);
    assert_eq!(host("hostdev-scsi-adapter"), ["0:0:0:0"]);
    assert_eq!(host("driver-lxc-container"), ["/dev/sdf1", "/dev/input/event3", "eth1"]);
    let virtiofs = machine("filesystem-virtiofs").filesystems.remove(0);
    assert_eq!((virtiofs.driver.as_str(), virtiofs.source.as_str(), virtiofs.target.as_str()), ("virtiofs", "/srv/share", "share"));
    for (name, kind) in
        [("driver-xen-pv", "xen"), ("driver-bhyve", "bhyve"), ("driver-test-minimal", "test"), ("driver-vmware-datacenter", "vmware")]
    {
        assert_eq!(machine(name).kind, kind);
    }
    assert!(machine("qemu-commandline").has_raw_arguments && machine("qemu-namespace-other-prefix").has_raw_arguments);
    assert!(!machine("xsi-and-unused-namespaces").has_raw_arguments);
    let firmware = machine("firmware-nvram-template");
    assert_eq!(firmware.nvram.as_deref(), Some("/var/lib/libvirt/qemu/nvram/guest_VARS.fd"));
    assert_eq!(machine("firmware-auto-efi").firmware, "efi");
    assert_eq!(machine("cpu-model-without-mode").cpu_mode, "custom");
    assert_eq!(machine("arch-riscv64").architecture, "riscv64");
}
