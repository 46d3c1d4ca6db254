//! What a host can run: libvirt's `<capabilities>` as one value.

mod device;

use crate::Error;
use crate::device::owned;
use crate::unit::Bytes;
use crate::xml::{Element, Tree};
pub use device::knows_iommufd;
use uuid::Uuid;

/// What the capabilities document says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Capabilities {
    pub host_uuid: Option<Uuid>,
    /// `x86_64`, `aarch64` …
    pub architecture: String,
    pub cpu_model: String,
    pub cpu_vendor: String,
    /// Of one NUMA node, as libvirt counts. 0 when not noted; so are the next three.
    pub sockets: u32,
    pub dies: u32,
    pub cores: u32,
    pub threads: u32,
    /// Logical processors of the host; 0 when not noted.
    pub cpus: u32,
    /// At least 1.
    pub numa_nodes: u32,
    /// Bytes of all NUMA nodes; 0 when not noted.
    pub memory: u64,
    /// Whether the host has an IOMMU that is on.
    pub has_iommu: bool,
    pub guests: Vec<Guest>,
}

/// One kind of machine that the host can run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Guest {
    pub architecture: String,
    /// `hvm`, `exe`, `xen` …
    pub os_type: String,
    /// Host path of the program that runs it; empty when not noted.
    pub emulator: String,
    /// `qemu`, `kvm`, `xen`, `lxc` …
    pub domain_types: Vec<String>,
    /// Names of the machine types, newest and aliases included.
    pub machines: Vec<String>,
}

impl Capabilities {
    /// Reads a `<capabilities>` document.
    ///
    /// # Errors
    /// Those of [`Tree::parse`]; `Missing` when the root is no `<capabilities>`; `Invalid` for a UUID or a size.
    pub fn parse(xml: &str) -> Result<Self, Error> {
        let tree = Tree::parse(xml)?;
        let root = tree.root();
        if root.name() != "capabilities" {
            return Err(Error::Missing { what: "<capabilities>" });
        }
        let mut read = Self { numa_nodes: 1, ..Self::default() };
        if let Some(host) = root.child("host") {
            read.host(&host)?;
        }
        read.guests = root.children_named("guest").filter_map(|guest| guest_of(&guest)).collect();
        Ok(read)
    }

    /// Whether some kind of machine runs with hardware virtualization.
    #[must_use]
    pub fn has_kvm(&self) -> bool {
        self.guests.iter().any(|guest| guest.domain_types.iter().any(|kind| kind == "kvm"))
    }

    fn host(&mut self, host: &Element<'_, '_>) -> Result<(), Error> {
        if let Some(uuid) = host.child("uuid") {
            self.host_uuid = Some(Uuid::parse_str(uuid.text().trim()).map_err(|_| Error::Invalid { what: "<uuid>" })?);
        }
        if let Some(cpu) = host.child("cpu") {
            self.cpu(&cpu);
        }
        self.has_iommu = host.child("iommu").is_some_and(|iommu| iommu.attribute("support").as_deref() == Some("yes"));
        if let Some(cells) = host.find(&["topology", "cells"]) {
            self.cells(&cells)?;
        }
        Ok(())
    }

    fn cpu(&mut self, cpu: &Element<'_, '_>) {
        let text = |name| cpu.child(name).map_or_else(String::new, |child| child.text().into_owned());
        (self.architecture, self.cpu_model, self.cpu_vendor) = (text("arch"), text("model"), text("vendor"));
        if let Some(topology) = cpu.child("topology") {
            let count = |name| number(&topology, name);
            (self.sockets, self.dies, self.cores, self.threads) = (count("sockets"), count("dies"), count("cores"), count("threads"));
            // Before libvirt 6.1 there were no dies.
            self.dies = self.dies.max(1);
        }
    }

    fn cells(&mut self, cells: &Element<'_, '_>) -> Result<(), Error> {
        let invalid = Error::Invalid { what: "the memory of the host" };
        let (mut nodes, mut cpus, mut memory) = (0_u32, 0_u32, Bytes(0));
        for cell in cells.children_named("cell") {
            nodes = nodes.saturating_add(1);
            cpus = cpus.saturating_add(cell.child("cpus").map_or(0, |cpus| number(&cpus, "num")));
            if let Some(size) = cell.child("memory") {
                let size = Bytes::parse(&size.text(), size.attribute("unit").as_deref())?;
                memory = memory.checked_add(size).ok_or(invalid)?;
            }
        }
        (self.numa_nodes, self.cpus, self.memory) = (nodes.max(1), cpus, memory.0);
        Ok(())
    }
}

fn number(element: &Element<'_, '_>, attribute: &str) -> u32 {
    element.attribute(attribute).and_then(|text| text.parse().ok()).unwrap_or(0)
}

fn guest_of(guest: &Element<'_, '_>) -> Option<Guest> {
    let arch = guest.child("arch")?;
    let text = |element: Element<'_, '_>| element.text().into_owned();
    // A domain type can have machines of its own; they are the same names in practice.
    Some(Guest {
        architecture: owned(&arch, "name"),
        os_type: guest.child("os_type").map_or_else(String::new, text),
        emulator: arch.child("emulator").map_or_else(String::new, text),
        domain_types: arch.children_named("domain").map(|domain| owned(&domain, "type")).collect(),
        machines: arch.children_named("machine").map(text).collect(),
    })
}

#[cfg(test)]
mod tests;
