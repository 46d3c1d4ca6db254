use super::*;

#[test]
fn a_document_that_is_no_capabilities_is_refused() {
    assert_eq!(Capabilities::parse("<domainCapabilities/>"), Err(Error::Missing { what: "<capabilities>" }));
}

#[test]
fn memory_beyond_64_bits_is_refused() {
    let cell = "<cell><memory unit='EiB'>15</memory></cell>";
    let xml = ["<capabilities><host><topology><cells>", cell, cell, "</cells></topology></host></capabilities>"].concat();
    assert_eq!(Capabilities::parse(&xml), Err(Error::Invalid { what: "the memory of the host" }));
}

#[test]
fn a_host_tells_its_processors_memory_and_guests() {
    let host = Capabilities::parse(include_str!("../../../tests/data/capabilities/two-numa-nodes.xml")).unwrap();
    assert_eq!((host.architecture.as_str(), host.cpu_model.as_str(), host.cpu_vendor.as_str()), ("x86_64", "Skylake-Server-IBRS", "Intel"));
    assert_eq!((host.sockets, host.dies, host.cores, host.threads, host.cpus), (1, 1, 8, 2, 4));
    assert_eq!((host.numa_nodes, host.memory), (2, 2 * 65_536_000 * 1024));
    assert!(host.has_kvm());
    let guest = host.guests.iter().find(|guest| guest.architecture == "x86_64").unwrap();
    assert_eq!((guest.os_type.as_str(), guest.emulator.as_str()), ("hvm", "/usr/bin/qemu-system-x86_64"));
    assert!(guest.machines.iter().any(|machine| machine == "q35"));
}

#[test]
fn a_host_without_kvm_or_for_containers_says_so() {
    assert!(!Capabilities::parse(include_str!("../../../tests/data/capabilities/without-kvm.xml")).unwrap().has_kvm());
    let host = Capabilities::parse(include_str!("../../../tests/data/capabilities/container-host.xml")).unwrap();
    assert!(!host.has_kvm() && host.has_iommu);
    assert_eq!((host.numa_nodes, host.memory, host.dies), (1, 0, 1));
    assert_eq!(host.guests[0].domain_types, ["lxc"]);
}
