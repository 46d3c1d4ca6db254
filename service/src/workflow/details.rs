//! What a machine is made of, read when somebody asks: kept for every machine it would only cost memory.

use dbus::{
    machine::{Details, Disk, Graphics, Network},
    pinning::Pin,
};
use model::{
    device::{self, DiskDevice, Listen},
    machine::{FirmwareKind, Machine as Document},
    validate::shown,
};
use uuid::Uuid;

use crate::{
    context::Context,
    error::{Error, Result},
    host::process,
    inventory::Machine,
    libvirt::DEADLINE,
};

/// Characters of a text that somebody wrote into a definition.
const LONGEST_TEXT: usize = 256;
/// Disks whose sizes are asked for.
const MOST_DISKS: usize = 64;

/// Reads a machine's details, and the sizes of its disks if they are wanted. One reading at a time: whoever may read
/// must not keep libvirt busy.
///
/// # Errors
/// `NoMachine`, `Unavailable`, `TimedOut`.
pub async fn read(context: &Context, uuid: Uuid, with_sizes: bool) -> Result<Details> {
    let machine = context.machine(uuid)?;
    let work = async {
        let _turn = context.details.acquire().await.map_err(|_| Error::Internal("the turn for details"))?;
        let document = match context.libvirt.document(uuid).await {
            Ok(document) => document,
            // The warning `definition-unreadable` says so; the machine is there all the same.
            Err(Error::Document(_)) => return Ok(Details::default()),
            Err(error) => return Err(error),
        };
        let mut details = of(&document);
        if with_sizes && let Some(disks) = &mut details.disks {
            measure(context, uuid, &document, disks).await;
        }
        Ok(details)
    };
    let details: Details = tokio::time::timeout(DEADLINE, work).await.map_err(|_| Error::TimedOut(DEADLINE))??;
    Ok(Details { start_time: started(context, &machine), ..details })
}

/// Since when the machine runs, if it does and that is known on this computer.
#[must_use]
pub fn started(context: &Context, machine: &Machine) -> Option<u64> {
    let uri = context.libvirt.uri();
    let is_known = machine.is_active() && context.libvirt.is_on_this_host() && uri.starts_with("qemu:");
    let directory = process::directory(&context.root, uri.ends_with("/system"));
    is_known.then(|| process::started(&directory, &machine.name)).flatten()
}

/// Adds the sizes of the disks, as far as libvirt knows them now.
async fn measure(context: &Context, uuid: Uuid, document: &Document, disks: &mut [Disk]) {
    let full = document.disks.iter().filter(|disk| !disk.source.is_none()).take(MOST_DISKS);
    let targets: Vec<String> = full.map(|disk| disk.target.clone()).collect();
    match context.libvirt.disk_sizes(uuid, targets).await {
        Ok(sizes) => {
            for (target, capacity, allocation) in sizes {
                if let Some(disk) = disks.iter_mut().find(|disk| disk.target == target) {
                    (disk.capacity, disk.allocation) = (capacity, allocation);
                }
            }
        }
        // Something else is asked of the machine, or it does not answer: its sizes are not known.
        Err(error) => tracing::debug!(machine = %uuid, cause = ?error, "No sizes of disks"),
    }
}

fn of(document: &Document) -> Details {
    let pins = &document.pinning;
    let text = |text: &str| Some(shown(text, LONGEST_TEXT)).filter(|text| !text.is_empty());
    Details {
        start_time: None,
        firmware: document.firmware_kind.map(|kind| firmware(kind).to_owned()),
        tpm: Some(!document.tpms.is_empty()),
        machine_type: text(&document.machine_type),
        architecture: text(&document.architecture),
        disks: Some(document.disks.iter().map(disk).collect()),
        networks: Some(document.interfaces.iter().map(network).collect()),
        graphics: Some(document.graphics.iter().flat_map(graphics).collect()),
        guest_agent: document.agent().map(device::Channel::is_connected),
        vcpu_pins: some(pins.vcpus.iter().map(|(vcpu, cpus)| Pin { vcpu: *vcpu, cpus: cpus.clone() }).collect()),
        emulator_pins: some(pins.emulator.clone()),
        memory_nodes: some(pins.nodes.clone()),
        memory_mode: text(&pins.mode),
        huge_page_sizes: some(document.huge_page_sizes.clone()),
        reserve_huge_pages: Some(document.metadata.tuning.reserve_huge_pages),
        isolate_cpus: Some(document.metadata.tuning.isolate_cpus),
        governor: text(&document.metadata.tuning.governor),
        energy_preference: text(&document.metadata.tuning.energy_preference),
        balloon_floor: Some(document.metadata.tuning.balloon_floor).filter(|floor| *floor > 0),
    }
}

fn some<T>(list: Vec<T>) -> Option<Vec<T>> {
    Some(list).filter(|list| !list.is_empty())
}

const fn firmware(kind: FirmwareKind) -> &'static str {
    match kind {
        FirmwareKind::Bios => "bios",
        FirmwareKind::Uefi => "uefi",
        FirmwareKind::UefiSecure => "uefi-secure",
    }
}

fn disk(disk: &device::Disk) -> Disk {
    let kind = match disk.device {
        DiskDevice::Disk => "disk",
        DiskDevice::Cdrom => "cdrom",
        DiskDevice::Floppy => "floppy",
        DiskDevice::Lun => "lun",
    };
    Disk { target: shown(&disk.target, LONGEST_TEXT), kind: kind.to_owned(), capacity: 0, allocation: 0 }
}

/// Without paths of the host: reading details needs no right.
fn network(interface: &device::Interface) -> Network {
    let source = if interface.path().is_some() || interface.source.contains('/') { "" } else { &interface.source };
    Network { mac: shown(&interface.mac, LONGEST_TEXT), source: shown(source, LONGEST_TEXT) }
}

fn graphics(graphics: &device::Graphics) -> Vec<Graphics> {
    let one = |listen: &Listen| Graphics {
        kind: shown(&graphics.kind, LONGEST_TEXT),
        listen: match listen {
            Listen::Address(address) | Listen::Network { address, .. } => shown(address, LONGEST_TEXT),
            Listen::Socket(_) | Listen::Nowhere => String::new(),
        },
        is_public: graphics.is_public(),
    };
    graphics.listen.iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn details(devices: &str) -> Details {
        let xml = ["<domain type='kvm'><name>a</name><devices>", devices, "</devices></domain>"].concat();
        of(&Document::parse(&xml).unwrap())
    }

    #[test]
    fn details_have_no_path_of_the_host() {
        let details = details(concat!(
            "<disk type='file' device='cdrom'><source file='/secret/a.iso'/><target dev='sda'/></disk>",
            "<interface type='vhostuser'><mac address='52:54:00:00:00:01'/><source type='unix' path='/secret/socket'/></interface>",
            "<interface type='vdpa'><mac address='52:54:00:00:00:02'/><source dev='/secret/vdpa'/></interface>",
            "<graphics type='vnc'><listen type='socket' socket='/secret/vnc'/></graphics>",
            "<tpm model='tpm-crb'><backend type='passthrough'><device path='/secret/tpm0'/></backend></tpm>",
        ));
        assert!(!format!("{details:?}").contains("secret"), "{details:?}");
        assert_eq!(details.networks.unwrap().len(), 2);
        assert_eq!(details.disks.unwrap()[0].kind, "cdrom");
        assert_eq!(details.tpm, Some(true));
    }

    #[test]
    fn a_display_that_others_can_reach_is_told_with_its_address() {
        let details = details(concat!(
            "<graphics type='vnc'><listen type='address' address='0.0.0.0'/></graphics>",
            "<graphics type='spice'><listen type='address' address='127.0.0.1'/></graphics>",
        ));
        let graphics: Vec<_> = details.graphics.unwrap().into_iter().map(|one| (one.kind, one.listen, one.is_public)).collect();
        assert_eq!(graphics, [("vnc".into(), "0.0.0.0".into(), true), ("spice".into(), "127.0.0.1".into(), false)]);
    }

    #[test]
    fn a_machine_without_a_channel_has_no_agent_that_could_be_missing() {
        assert_eq!(details("").guest_agent, None);
        let channel = |state: &str| format!("<channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'{state}/></channel>");
        assert_eq!(details(&channel("")).guest_agent, Some(false));
        assert_eq!(details(&channel(" state='connected'")).guest_agent, Some(true));
    }

    #[test]
    fn text_of_a_definition_cannot_turn_a_terminal() {
        let details = details("<interface type='bridge'><source bridge='a\u{202e}&#10;b'/></interface>");
        assert_eq!(details.networks.unwrap()[0].source, "ab");
    }
}
