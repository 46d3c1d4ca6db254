//! Reading machines: all of them in a few bulk calls first, the details of each behind.

use std::collections::{HashMap, HashSet};

use dbus::machine::{Address, GuestAgent, State, StateReason, Tag};
use model::{
    device::{scsi, usb::Usb},
    machine::Machine as Document,
};
use uuid::Uuid;
use virt::{connect::Connect, domain::Domain, error::Error as VirtError};
use virt_sys as sys;

use super::{
    Libvirt,
    error::from_virt,
    ffi::{self, Activity, group},
    machine_error, on_domain, state,
    worker::Session,
};
use crate::{
    error::{Error, Result},
    host::{input, pci::PciAddress},
    inventory::{Attached, Balloon, Card},
};

/// Above this many machines one bulk call for all handles is cheaper than a look-up each.
const BULK: usize = 16;

/// What a bulk call tells of a machine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listed {
    /// Identity.
    pub uuid: Uuid,
    /// Name.
    pub name: String,
    /// State.
    pub state: State,
    /// Why.
    pub reason: StateReason,
    /// Bytes, if the call said.
    pub memory: Option<u64>,
    /// Bytes it can have, if the call said.
    pub maximum_memory: Option<u64>,
    /// vCPUs, if the call said.
    pub vcpus: Option<u32>,
    /// vCPUs it can have, if the call said.
    pub maximum_vcpus: Option<u32>,
    /// Starts with the host.
    pub autostart: bool,
    /// The definition survives the machine's stop.
    pub persistent: bool,
    /// Has a saved state.
    pub saved: bool,
}

/// What only the definition tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Details {
    /// State, reason and flags, read anew.
    pub listed: Listed,
    /// Title.
    pub title: String,
    /// Notes.
    pub description: String,
    /// Operating system.
    pub os_id: String,
    /// Group.
    pub group: String,
    /// Tags.
    pub tags: Vec<Tag>,
    /// Locked.
    pub locked: bool,
    /// Whether the guest's agent has opened its channel.
    pub agent: GuestAgent,
    /// Parts that only the next start uses.
    pub unapplied: Vec<String>,
    /// What an owner should know.
    pub warnings: Vec<&'static str>,
    /// Bytes of the huge pages that it wants; 0 for the host's usual size.
    pub huge_page_sizes: Vec<u64>,
    /// PCI devices of the host.
    pub host_devices: Vec<PciAddress>,
    /// Devices of the host that it has, or gets with its next start.
    pub attached: Vec<Attached>,
    /// Bytes that it shares with Looking Glass with its next start.
    pub looking_glass: u64,
    /// Has CPUs of the host to itself, or with a governor of their own, while it runs.
    pub has_tuning: bool,
    /// How its memory follows the host's.
    pub balloon: Balloon,
}

impl Libvirt {
    /// Every machine, in five bulk calls that never ask QEMU. At the same time, for libvirtd has a thread for each.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn list(&self) -> Result<Vec<Listed>> {
        // Off machines have no QEMU that could hang; active ones are only asked for what libvirtd knows itself.
        let (mut machines, active, autostart, transient, saved) = tokio::try_join!(
            self.states_of_all(group::STATE | group::BALLOON | group::VCPU, Activity::Inactive),
            self.states_of_all(group::STATE, Activity::Active),
            self.flagged(sys::VIR_CONNECT_LIST_DOMAINS_AUTOSTART),
            self.flagged(sys::VIR_CONNECT_LIST_DOMAINS_TRANSIENT),
            self.saved(),
        )?;
        machines.extend(active);
        for machine in &mut machines {
            machine.autostart = autostart.contains(&machine.uuid);
            machine.persistent = !transient.contains(&machine.uuid);
            machine.saved = saved.contains(&machine.uuid);
        }
        Ok(machines)
    }

    /// The machines that have a saved state.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn saved(&self) -> Result<HashSet<Uuid>> {
        self.flagged(sys::VIR_CONNECT_LIST_DOMAINS_MANAGEDSAVE).await
    }

    async fn states_of_all(&self, groups: u32, activity: Activity) -> Result<Vec<Listed>> {
        self.list_call(move |connection| ffi::all_stats(connection, groups, activity, listed).map_err(|error| from_virt(&error))).await
    }

    /// The machines that libvirt lists with `flag`.
    async fn flagged(&self, flag: u32) -> Result<HashSet<Uuid>> {
        let uuids = move |connection: &Session| connection.list_all_domains(flag)?.iter().map(Domain::uuid).collect::<Result<_, _>>();
        self.list_call(move |connection| uuids(connection).map_err(|error| from_virt(&error))).await
    }

    /// The states of these machines; those that are gone are left out.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn states(&self, uuids: Vec<Uuid>) -> Result<Vec<(Uuid, State, StateReason)>> {
        self.list_call(move |session| {
            let mut found = Vec::with_capacity(uuids.len());
            for uuid in uuids {
                match on_domain(session, uuid, ffi::state) {
                    Ok((number, why)) => {
                        let (state, reason) = state::state(number, why);
                        found.push((uuid, state, reason));
                    }
                    Err(Error::NoMachine(_)) => {}
                    Err(error) => return Err(error),
                }
            }
            Ok(found)
        })
        .await
    }

    /// The details of these machines; those that are gone are left out.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn details(&self, uuids: Vec<Uuid>) -> Result<Vec<Details>> {
        self.list_call(move |connection| {
            let mut found = Vec::with_capacity(uuids.len());
            for domain in handles(connection, &uuids)? {
                match details(&domain) {
                    Ok(details) => found.push(details),
                    // Gone since it was looked up.
                    Err(Error::NoMachine(_)) => {}
                    Err(error) => return Err(error),
                }
            }
            Ok(found)
        })
        .await
    }

    /// Addresses that the host knows of: leases of its networks and its ARP table.
    ///
    /// # Errors
    /// `NoMachine`.
    pub async fn host_addresses(&self, uuid: Uuid) -> Result<Vec<Address>> {
        // libvirt's test driver invents them, and 9.0's ends the process over a network that has none, such as one of functions.
        if self.uri().starts_with("test:") {
            return Ok(Vec::new());
        }
        self.read_machine(uuid, |domain| {
            let mut found = addresses(domain, sys::VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_LEASE, "lease");
            for address in addresses(domain, sys::VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_ARP, "arp") {
                let host = |address: &Address| address.address.split('/').next().map(str::to_owned);
                if !found.iter().any(|known| host(known) == host(&address)) {
                    found.push(address);
                }
            }
            found.sort();
            Ok(found)
        })
        .await
    }

    /// Addresses that the guest's agent reports.
    ///
    /// # Errors
    /// `AgentUnavailable`, `InvalidState`.
    pub async fn agent_addresses(&self, uuid: Uuid) -> Result<Vec<Address>> {
        let read = |domain: &Domain| domain.interface_addresses(sys::VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_AGENT, 0);
        let interfaces = self.short_call(uuid, read).await?;
        Ok(bounded(interfaces, "agent"))
    }
}

fn listed(record: &ffi::Record<'_>) -> Listed {
    let mut machine = Listed { uuid: record.uuid, name: record.name.clone(), ..Listed::default() };
    let (mut number, mut why) = (0, 0);
    for (name, figure) in record.figures() {
        let value = figure.unsigned();
        let small = u32::try_from(value).unwrap_or(u32::MAX);
        match name {
            "state.state" => number = i32::try_from(value).unwrap_or(0),
            "state.reason" => why = i32::try_from(value).unwrap_or(0),
            "balloon.current" => machine.memory = Some(value.saturating_mul(1024)),
            "balloon.maximum" => machine.maximum_memory = Some(value.saturating_mul(1024)),
            "vcpu.current" => machine.vcpus = Some(small),
            "vcpu.maximum" => machine.maximum_vcpus = Some(small),
            _ => {}
        }
    }
    (machine.state, machine.reason) = state::state(number, why);
    machine
}

/// Handles of the machines that exist.
fn handles(connection: &Connect, uuids: &[Uuid]) -> Result<Vec<Domain>> {
    if uuids.len() > BULK {
        let all = connection.list_all_domains(0).map_err(|error| from_virt(&error))?;
        let mut by_uuid: HashMap<Uuid, Domain> = all.into_iter().filter_map(|domain| Some((domain.uuid().ok()?, domain))).collect();
        return Ok(uuids.iter().filter_map(|uuid| by_uuid.remove(uuid)).collect());
    }
    let mut found = Vec::with_capacity(uuids.len());
    for uuid in uuids {
        match connection.lookup_domain_by_uuid(*uuid).map_err(|error| machine_error(*uuid, &error)) {
            Ok(domain) => found.push(domain),
            Err(Error::NoMachine(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(found)
}

fn details(domain: &Domain) -> Result<Details> {
    let uuid = domain.uuid().map_err(|error| from_virt(&error))?;
    read_details(domain, uuid).map_err(|error| machine_error(uuid, &error))
}

fn read_details(domain: &Domain, uuid: Uuid) -> Result<Details, VirtError> {
    let (number, why) = ffi::state(domain)?;
    let (state, reason) = state::state(number, why);
    let persistent = domain.is_persistent()?;
    let listed = Listed {
        uuid,
        name: domain.name()?,
        state,
        reason,
        // A transient machine cannot have either; libvirt answers the question with an error.
        autostart: persistent && domain.autostart().unwrap_or(false),
        persistent,
        saved: persistent && domain.has_managed_save(0).unwrap_or(false),
        ..Listed::default()
    };
    let xml = domain.xml_desc(0)?;
    let is_active = domain.is_active()?;
    let next = if persistent && is_active { Some(domain.xml_desc(sys::VIR_DOMAIN_XML_INACTIVE)?) } else { None };
    Ok(match Document::parse(&xml) {
        Ok(document) => {
            let attached = attached(&document, is_active, persistent, next.as_deref());
            let looking_glass = looking_glass(&document, next.as_deref());
            Details { attached, looking_glass, ..described(&listed, document, next.map_or_else(Vec::new, |next| unapplied(&xml, &next))) }
        }
        // One definition that is beyond all bounds must not hide the machine, nor the others.
        Err(error) => {
            tracing::warn!(machine = %uuid, %error, "A definition cannot be read");
            Details { listed, warnings: vec!["definition-unreadable"], ..Details::default() }
        }
    })
}

fn unapplied(live: &str, next: &str) -> Vec<String> {
    model::difference::unapplied(live, next).unwrap_or_default()
}

fn described(listed: &Listed, document: Document, unapplied: Vec<String>) -> Details {
    Details {
        listed: Listed {
            name: document.name.clone(),
            memory: Some(document.memory),
            maximum_memory: Some(document.maximum_memory),
            vcpus: Some(document.vcpus),
            maximum_vcpus: Some(document.maximum_vcpus),
            ..listed.clone()
        },
        warnings: warnings(&document),
        agent: agent(&document),
        host_devices: host_devices(&document),
        has_tuning: document.metadata.tuning.has_cpus(),
        balloon: Balloon {
            wanted_floor: document.metadata.tuning.balloon_floor,
            is_pinned: document.balloon_obstacle().is_some(),
            is_asked: document.balloon.period > 0,
        },
        title: document.title,
        description: document.description,
        os_id: document.os_id,
        group: document.metadata.group,
        tags: document.metadata.tags.into_iter().map(|tag| Tag { name: tag.name, colour: tag.colour }).collect(),
        locked: document.metadata.locked,
        unapplied,
        huge_page_sizes: document.huge_page_sizes,
        attached: Vec::new(),
        looking_glass: 0,
    }
}

/// The devices of the host in the definition that it runs with, and in that of its next start.
fn attached(document: &Document, is_active: bool, is_persistent: bool, next: Option<&str>) -> Vec<Attached> {
    let mut all = all_named(document, is_active, is_persistent && !is_active);
    // Most machines have none, and reading a definition twice costs as much as everything else.
    let next = next
        .filter(|next| next.contains("hostdev") || next.contains("evdev") || next.contains("'nvme'"))
        .and_then(|next| Document::parse(next).ok());
    for (usb, device) in next.iter().flat_map(|next| all_named(next, false, true)) {
        // libvirt adds to a USB device that is named by its kind where it found it.
        let is_it = |(known, shown): &(Usb, Attached)| shown.source == device.source || (&*device.kind == "usb" && known.is(&usb));
        match all.iter_mut().find(|known| !known.1.configured && known.1.kind == device.kind && is_it(known)) {
            Some((_, known)) => known.configured = true,
            None => all.push((usb, device)),
        }
    }
    all.into_iter().map(|(_, device)| device).collect()
}

/// Bytes of the memory for Looking Glass with the next start.
fn looking_glass(document: &Document, next: Option<&str>) -> u64 {
    let size = |document: &Document| document.looking_glass.as_ref().map_or(0, |memory| memory.size);
    match next {
        // Reading a definition twice costs as much as everything else.
        Some(next) if !next.contains("<shmem") => 0,
        Some(next) => Document::parse(next).map_or(0, |next| size(&next)),
        None => size(document),
    }
}

/// Everything of the host in one definition: devices, those that are network cards of the machine, and inputs.
fn all_named(document: &Document, live: bool, configured: bool) -> Vec<(Usb, Attached)> {
    let shown = |text: &str| model::validate::shown(text, 64).into();
    let device = |device: &model::device::HostDevice| {
        // What others are named by may be a path of the host.
        let scsi = || (device.kind == "scsi").then(|| device.source.parse::<scsi::Address>().ok()).flatten();
        let is_plain = matches!(device.kind.as_str(), "pci" | "usb" | "mdev") || scsi().is_some();
        let source = if is_plain { device.source.as_str() } else { "" };
        let noted = scsi().and_then(|address| document.scsi_identities.iter().find(|(other, _)| *other == address));
        let identity = noted.map(|(_, identity)| identity.as_str().into()).unwrap_or_default();
        let live = live && !device.usb.is_missing;
        let (kind, source) = (shown(&device.kind), shown(source));
        let model::device::HostDevice { usb, managed, rom_bar, has_rom_file: rom_file, iommufd, .. } = *device;
        (usb, Attached { kind, source, managed, live, configured, identity, rom_bar, rom_file, iommufd, card: None })
    };
    let other = |kind: &str, source: &str, managed| {
        (Usb::default(), Attached { kind: kind.into(), source: source.into(), managed, live, configured, ..Attached::default() })
    };
    let card = |card: &model::device::Interface| {
        let (usb, device) = other("pci", &model::validate::shown(&card.source, 64), card.managed);
        let as_card = Card { mac: plain_mac(&card.mac).into(), vlan: card.vlan };
        (usb, Attached { card: Some(as_card), rom_file: card.has_rom_file, ..device })
    };
    let cards = document.interfaces.iter().filter(|card| card.kind == "hostdev");
    let cards = cards.map(card);
    // A device file that has no name which stays is nobody's to know.
    let inputs = document.host_inputs.iter().map(|path| other("input", input::name_in(path).unwrap_or_default(), false));
    let nvme = document.nvme.iter().map(|one| other("nvme", &format!("{}/{}", one.controller, one.number), true));
    document.host_devices.iter().map(device).chain(cards).chain(inputs).chain(nvme).collect()
}

/// The PCI devices of the host that a definition names, as devices, as network cards, or as the controllers of disks.
#[must_use]
pub fn host_devices(document: &Document) -> Vec<PciAddress> {
    let devices = document.host_devices.iter().filter(|device| device.kind == "pci").map(|device| &device.source);
    let cards = document.interfaces.iter().filter(|interface| interface.kind == "hostdev").map(|interface| &interface.source);
    let disks = document.nvme.iter().map(|namespace| &namespace.controller);
    devices.chain(cards).chain(disks).filter_map(|address| address.parse().ok()).collect()
}

fn agent(document: &Document) -> GuestAgent {
    match document.agent() {
        None => GuestAgent::None,
        Some(channel) if channel.is_connected() => GuestAgent::Connected,
        Some(_) => GuestAgent::Silent,
    }
}

fn warnings(document: &Document) -> Vec<&'static str> {
    if document.graphics.iter().any(model::device::Graphics::is_public) { vec!["display-public"] } else { vec![] }
}

/// Addresses from a source that the host itself keeps; none if it has nothing to say.
fn addresses(domain: &Domain, source: u32, name: &'static str) -> Vec<Address> {
    domain.interface_addresses(source, 0).map(|interfaces| bounded(interfaces, name)).unwrap_or_default()
}

/// At most this many addresses of a machine are shown: a hostile guest can report any number.
const MOST_ADDRESSES: usize = 64;

fn bounded(interfaces: Vec<virt::domain::Interface>, source: &'static str) -> Vec<Address> {
    let mut found: Vec<Address> = interfaces
        .into_iter()
        .take(MOST_ADDRESSES)
        .flat_map(|interface| {
            let mac = plain_mac(interface.hwaddr.as_deref().unwrap_or_default());
            interface.addrs.into_iter().take(MOST_ADDRESSES).filter_map(move |address| {
                // What a guest says is only an address if it parses as one.
                let ip: std::net::IpAddr = address.addr.parse().ok()?;
                let shown = !ip.is_loopback();
                shown.then(|| Address { address: format!("{ip}/{}", address.prefix), mac: mac.clone(), source: source.to_owned() })
            })
        })
        .take(MOST_ADDRESSES)
        .collect();
    found.sort();
    found
}

/// A hardware address if it looks like one, else nothing.
fn plain_mac(text: &str) -> String {
    let is_mac = text.len() == 17 && text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b':');
    if is_mac { text.to_ascii_lowercase() } else { String::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(devices: &str) -> String {
        ["<domain type='kvm'><name>a</name><devices>", devices, "</devices></domain>"].concat()
    }

    fn pci(bus: u8) -> String {
        format!("<hostdev type='pci' managed='yes'><source><address domain='0' bus='{bus}' slot='0' function='0'/></source></hostdev>")
    }

    #[test]
    fn a_device_of_the_next_start_is_not_taken_for_one_that_the_machine_has() {
        let running = Document::parse(&with(&(pci(1) + &pci(2)))).unwrap();
        let flags = |all: &[Attached]| all.iter().map(|one| (one.source.to_string(), one.live, one.configured)).collect::<Vec<_>>();
        let found = attached(&running, true, true, Some(&with(&(pci(2) + &pci(3)))));
        let all = [("0000:01:00.0", true, false), ("0000:02:00.0", true, true), ("0000:03:00.0", false, true)];
        assert_eq!(flags(&found), all.map(|(source, live, configured)| (source.to_owned(), live, configured)));
        assert_eq!(flags(&attached(&running, false, true, None))[0], ("0000:01:00.0".to_owned(), false, true));
        assert_eq!(flags(&attached(&running, true, false, None))[0], ("0000:01:00.0".to_owned(), true, false));
    }

    #[test]
    fn a_usb_device_that_libvirt_found_is_the_one_of_the_definition_and_one_that_is_missing_is_not_live() {
        let usb = |rest: &str| format!("<hostdev type='usb'>{rest}</hostdev>");
        let ids = "<vendor id='0x0951'/><product id='0x1666'/>";
        let next = with(&usb(&format!("<source startupPolicy='optional'>{ids}</source>")));
        let found = format!("<source startupPolicy='optional'>{ids}<address bus='1' device='7'/></source>");
        let missing = format!("<source startupPolicy='optional' missing='yes'>{ids}</source>");
        let told = |running: &str| {
            let all = attached(&Document::parse(&with(&usb(running))).unwrap(), true, true, Some(&next));
            all.iter().map(|one| (one.source.to_string(), one.live, one.configured)).collect::<Vec<_>>()
        };
        assert_eq!(told(&found), [("1.7".to_owned(), true, true)]);
        assert_eq!(told(&missing), [("0x0951:0x1666".to_owned(), false, true)]);
    }

    #[test]
    fn a_path_of_the_host_is_no_source() {
        let secret = "<hostdev mode='capabilities' type='storage'><source><block>/secret</block></source></hostdev>";
        let found = attached(&Document::parse(&with(secret)).unwrap(), false, true, None);
        assert_eq!((&*found[0].kind, &*found[0].source), ("storage", ""));
    }

    #[test]
    fn what_a_guest_calls_a_hardware_address_is_shown_only_if_it_is_one() {
        assert_eq!(plain_mac("52:54:00:AA:bb:01"), "52:54:00:aa:bb:01");
        assert_eq!(plain_mac("<b>click</b> here!"), "");
    }
}
