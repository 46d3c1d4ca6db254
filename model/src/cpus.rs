//! Which CPUs of the host a machine's virtual ones run on, and which nodes its memory is on: read from its document, and edits
//! of it that leave everything else as it is.

use crate::patch::{self, Path};
use crate::xml::{Element, Tree};
use crate::{Error, device::owned, device::owned_of};
use std::collections::BTreeSet;

/// CPUs and nodes from this on are not believed.
const CPUS: usize = 8192;
/// Numbers in all pins of a document together: nobody means more.
const MOST_NUMBERS: usize = 1 << 16;

/// What a document says about the host's CPUs and nodes. Sets are sorted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pinning {
    /// Virtual CPUs that are pinned, and to which CPUs of the host.
    pub vcpus: Vec<(u32, Vec<u32>)>,
    /// Where QEMU's other threads run; empty for anywhere.
    pub emulator: Vec<u32>,
    /// Nodes that the memory is on; empty for any.
    pub nodes: Vec<u32>,
    /// `strict`, `preferred`, `interleave` or `restrictive`; empty without nodes.
    pub mode: String,
}

/// Cores that the guest sees, in one socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cores {
    pub cores: u32,
    /// Threads of each.
    pub threads: u32,
}

impl Pinning {
    /// Reads it from a `<domain>`. What makes no sense is left out.
    #[must_use]
    pub fn read(root: &Element<'_, '_>) -> Self {
        let mut read = Self::default();
        if let Some(tune) = root.child("cputune") {
            let pin = |pin: Element<'_, '_>| Some((owned(&pin, "vcpu").parse().ok()?, set(&owned(&pin, "cpuset"))));
            let mut left = MOST_NUMBERS;
            let within = |(_, cpus): &(u32, Vec<u32>)| left.checked_sub(cpus.len()).inspect(|rest| left = *rest).is_some();
            read.vcpus = tune.children_named("vcpupin").filter_map(pin).filter(|(_, cpus)| !cpus.is_empty()).take_while(within).collect();
            read.vcpus.sort_unstable();
            read.emulator = set(&owned_of(&tune, "emulatorpin", "cpuset"));
        }
        if let Some(memory) = root.find(&["numatune", "memory"]) {
            read.nodes = set(&owned(&memory, "nodeset"));
            read.mode = if read.nodes.is_empty() { String::new() } else { mode(&owned(&memory, "mode")) };
        }
        read
    }

    /// Every CPU of the host that a virtual one is pinned to, ascending.
    #[must_use]
    pub fn cpus(&self) -> Vec<u32> {
        let all: BTreeSet<u32> = self.vcpus.iter().flat_map(|(_, cpus)| cpus).copied().collect();
        all.into_iter().collect()
    }

    /// Writes it into a machine's document in place of what is there: pins of virtual CPUs and of QEMU's other threads, and
    /// where the memory is. `cores`, if given, are what the guest sees; as many virtual CPUs as are pinned it has then.
    ///
    /// # Errors
    /// Those of [`patch`]; `Invalid` when the number of virtual CPUs would have to change and cannot: they are listed one by one,
    /// or belong to nodes of the guest.
    pub fn write(&self, xml: &str, cores: Option<Cores>) -> Result<String, Error> {
        let mut xml = without_pins(xml)?;
        if !self.vcpus.is_empty() || !self.emulator.is_empty() {
            xml = with_child(&xml, &Path::root(), "cputune")?;
            let tune = Path::root().child("cputune");
            for (vcpu, cpus) in &self.vcpus {
                let pin = patch::fragment("vcpupin", &[("vcpu", &vcpu.to_string()), ("cpuset", &list(cpus))], "")?;
                xml = patch::insert_child(&xml, &tune, &pin)?;
            }
            if !self.emulator.is_empty() {
                xml = patch::insert_child(&xml, &tune, &patch::fragment("emulatorpin", &[("cpuset", &list(&self.emulator))], "")?)?;
            }
        }
        xml = self.write_nodes(&xml)?;
        match cores {
            Some(cores) => cores.write(&xml),
            None => Ok(xml),
        }
    }

    fn write_nodes(&self, xml: &str) -> Result<String, Error> {
        if self.nodes.is_empty() {
            return without_nodes(xml);
        }
        let mut xml = with_child(xml, &Path::root(), "numatune")?;
        let tune = Path::root().child("numatune");
        xml = with_child(&xml, &tune, "memory")?;
        let memory = tune.child("memory");
        if has_attribute(&xml, &memory, "placement")? {
            xml = patch::remove_attribute(&xml, &memory, "placement")?;
        }
        xml = patch::set_attribute(&xml, &memory, "mode", &self.mode)?;
        patch::set_attribute(&xml, &memory, "nodeset", &list(&self.nodes))
    }
}

impl Cores {
    /// Virtual CPUs in all.
    #[must_use]
    pub const fn vcpus(self) -> u32 {
        self.cores.saturating_mul(self.threads)
    }

    fn write(self, xml: &str) -> Result<String, Error> {
        let mut xml = self.write_count(xml)?;
        xml = with_child(&xml, &Path::root(), "cpu")?;
        let cpu = Path::root().child("cpu");
        xml = with_child(&xml, &cpu, "topology")?;
        let topology = cpu.child("topology");
        for name in ["dies", "clusters", "modules"] {
            if has_attribute(&xml, &topology, name)? {
                xml = patch::remove_attribute(&xml, &topology, name)?;
            }
        }
        for (name, value) in [("sockets", 1), ("cores", self.cores), ("threads", self.threads)] {
            xml = patch::set_attribute(&xml, &topology, name, &value.to_string())?;
        }
        Ok(xml)
    }

    fn write_count(self, xml: &str) -> Result<String, Error> {
        let vcpu = Path::root().child("vcpu");
        let tree = Tree::parse(xml)?;
        let root = tree.root();
        let element = root.child("vcpu").ok_or(Error::Missing { what: "<vcpu>" })?;
        let count = self.vcpus().to_string();
        let is_same = element.text().trim() == count && element.attribute("current").is_none_or(|current| current.trim() == count);
        if is_same {
            return Ok(xml.to_owned());
        }
        if root.child("vcpus").is_some() || root.find(&["cpu", "numa"]).is_some() {
            return Err(Error::Invalid { what: "the number of virtual CPUs" });
        }
        let xml = patch::set_text(xml, &vcpu, &count)?;
        if has_attribute(&xml, &vcpu, "current")? { patch::remove_attribute(&xml, &vcpu, "current") } else { Ok(xml) }
    }
}

/// Takes every pin away, also those of the memory; what else is in their elements stays.
///
/// # Errors
/// Those of [`patch`].
pub fn clear(xml: &str) -> Result<String, Error> {
    without_nodes(&without_pins(xml)?)
}

fn without_pins(xml: &str) -> Result<String, Error> {
    let tune = Path::root().child("cputune");
    let mut xml = xml.to_owned();
    for name in ["vcpupin", "emulatorpin"] {
        while count(&xml, "cputune", name)? > 0 {
            xml = patch::remove_element(&xml, &tune.clone().child(name).at(1))?;
        }
    }
    without_empty(&xml, "cputune")
}

fn without_nodes(xml: &str) -> Result<String, Error> {
    // What each node of the guest has stands beside it, and counts with it alone.
    if count(xml, "numatune", "memory")? == 0 || count(xml, "numatune", "memnode")? > 0 {
        return Ok(xml.to_owned());
    }
    let memory = Path::root().child("numatune").child("memory");
    without_empty(&patch::remove_element(xml, &memory)?, "numatune")
}

/// Adds an empty child, unless there is one of this name.
pub(crate) fn with_child(xml: &str, parent: &Path, name: &str) -> Result<String, Error> {
    match parent.clone().child(name).find(&Tree::parse(xml)?) {
        Ok(_) => Ok(xml.to_owned()),
        Err(Error::Missing { .. }) => patch::insert_child(xml, parent, &patch::fragment(name, &[], "")?),
        Err(error) => Err(error),
    }
}

/// Takes a child of the root away if it has become empty.
pub(crate) fn without_empty(xml: &str, name: &str) -> Result<String, Error> {
    let is_empty = Tree::parse(xml)?.root().child(name).is_some_and(|element| {
        element.children().next().is_none() && element.attributes().next().is_none() && element.text().trim().is_empty()
    });
    if is_empty { patch::remove_element(xml, &Path::root().child(name)) } else { Ok(xml.to_owned()) }
}

fn count(xml: &str, parent: &str, name: &str) -> Result<usize, Error> {
    Ok(Tree::parse(xml)?.root().child(parent).map_or(0, |parent| parent.children_named(name).count()))
}

fn has_attribute(xml: &str, path: &Path, name: &str) -> Result<bool, Error> {
    Ok(path.find(&Tree::parse(xml)?)?.attribute(name).is_some())
}

fn mode(mode: &str) -> String {
    ["strict", "preferred", "interleave", "restrictive"].iter().find(|known| **known == mode).unwrap_or(&"strict").to_string()
}

/// Reads libvirt's `0-3,8,^2`. What makes no sense is left out.
#[must_use]
pub fn set(text: &str) -> Vec<u32> {
    let mut set = [false; CPUS];
    for part in text.split(',').map(str::trim) {
        let (is_in, part) = part.strip_prefix('^').map_or((true, part), |part| (false, part));
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (Ok(first), Ok(last)) = (first.trim().parse::<usize>(), last.trim().parse::<usize>()) else { continue };
        // Filled, not counted: a document may have very many parts.
        if let Some(range) = last.checked_add(1).and_then(|end| set.get_mut(first..end)) {
            range.fill(is_in);
        }
    }
    (0_u32..).zip(set).filter_map(|(number, is_in)| is_in.then_some(number)).collect()
}

/// Writes a sorted set as `0-3,8`.
#[must_use]
pub fn list(set: &[u32]) -> String {
    let mut parts: Vec<(u32, u32)> = Vec::new();
    for number in set {
        match parts.last_mut() {
            Some((_, last)) if *number == *last + 1 => *last = *number,
            _ => parts.push((*number, *number)),
        }
    }
    let part = |(first, last): (u32, u32)| if first == last { first.to_string() } else { format!("{first}-{last}") };
    parts.into_iter().map(part).collect::<Vec<_>>().join(",")
}

/// A bit for each of a set, the lowest first: as libvirt and systemd have sets of CPUs.
#[must_use]
pub fn mask(set: &[u32]) -> Vec<u8> {
    let mut mask = vec![0; set.iter().max().map_or(0, |highest| *highest as usize / 8 + 1)];
    for number in set {
        if let Some(byte) = mask.get_mut(*number as usize / 8) {
            *byte |= 1_u8 << (number % 8);
        }
    }
    mask
}

/// The set of a [`mask`].
#[must_use]
pub fn from_mask(mask: &[u8]) -> Vec<u32> {
    let bits = mask.iter().flat_map(|byte| (0..8).map(move |bit| byte & (1 << bit) != 0));
    (0_u32..).zip(bits).filter_map(|(number, is_in)| is_in.then_some(number)).collect()
}

#[cfg(test)]
mod tests;
