//! Devices of the host in memory that its machines get and give back, by the service's rules.

use dbus::machine::State;
use uuid::Uuid;

use super::{
    Demo,
    calls::MANAGE,
    devices,
    guest::{Guest, Quirk},
    passthrough::{ACTION, judge, said},
    refusal, scsi,
    work::Turn,
    world::World,
};
use crate::{
    Error,
    device::{AttachPlan, Attached, Attachment, BindPlan, HostDevice, NetworkCard, VFIO, is_one_card, rom},
};

/// What plugging takes, and what a guest takes to let go.
const PLUG: u64 = 900;
/// How long a guest is given, as the error tells it: the demo does not wait that long.
pub(super) const UNPLUG_SECONDS: u64 = 30;
/// Slots for plugging that a machine is started with.
const PORTS: usize = 4;

impl Demo {
    pub(crate) async fn plan_attach(&self, machine: Uuid, attachment: Attachment) -> Result<AttachPlan, Error> {
        self.answers()?;
        check_rom(&attachment).await?;
        plan(&self.world(), machine, &attachment)
    }

    pub(crate) async fn attach(&self, machine: Uuid, attachment: Attachment) -> Result<(), Error> {
        self.may(MANAGE)?;
        self.may(ACTION)?;
        let turn = Turn::take(self, machine)?;
        check_rom(&attachment).await?;
        let plan = plan(&self.world(), machine, &attachment)?;
        if !plan.reasons.is_empty() {
            return Err(refusal::unsafe_for_host(&plan.reasons));
        }
        turn.wait(PLUG).await?;
        let mut world = self.world();
        let had = before(&world, machine, &attachment)?;
        world.give(machine, &plan, &attachment, had.as_ref());
        match had {
            Some(had) => world.before.retain(|one| *one != had),
            None => world.before.retain(|one| one.machine != machine || !one.devices.iter().any(|one| plan.devices.contains(&one.source))),
        }
        Ok(())
    }

    pub(crate) async fn detach(&self, machine: Uuid, attachment: Attachment) -> Result<(), Error> {
        self.may(MANAGE)?;
        self.may(ACTION)?;
        let turn = Turn::take(self, machine)?;
        let (leaving, quirk) = {
            let world = self.world();
            (leaving(&world, machine, &attachment)?, world.guest(machine)?.quirk)
        };
        turn.wait(PLUG).await?;
        if !leaving.live.is_empty() && quirk == Quirk::IgnoresShutdown {
            return Err(refusal::timed_out(UNPLUG_SECONDS));
        }
        let mut world = self.world();
        let had = had(&world, machine, &attachment, &leaving)?;
        world.take_back(machine, &leaving);
        world.before.push(had);
        Ok(())
    }
}

/// What leaves a running machine, and its definition.
struct Leaving {
    live: Vec<String>,
    configured: Vec<String>,
}

/// What a machine had of the devices that were taken from it at once, where they were taken.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Had {
    machine: Uuid,
    address: String,
    whole_card: bool,
    devices: Vec<Attached>,
}

impl Had {
    fn has(&self, address: &str, is: fn(&Attached) -> bool) -> bool {
        self.devices.iter().any(|one| one.source == address && is(one))
    }
}

fn had(world: &World, machine: Uuid, attachment: &Attachment, leaving: &Leaving) -> Result<Had, Error> {
    let left = |one: &Attached| {
        let (is_live, is_configured) = (leaving.live.contains(&one.source), leaving.configured.contains(&one.source));
        (is_live || is_configured).then(|| Attached { is_live, is_configured, ..one.clone() })
    };
    let Attachment { address, whole_card, .. } = attachment.clone();
    Ok(Had { machine, address, whole_card, devices: world.attached(machine)?.iter().filter_map(left).collect() })
}

/// What is to be as it was, if that is asked for.
fn before(world: &World, machine: Uuid, attachment: &Attachment) -> Result<Option<Had>, Error> {
    if !attachment.as_before {
        return Ok(None);
    }
    let places = |one: &Had| {
        (!attachment.is_live || one.devices.iter().any(|device| device.is_live))
            && (!attachment.is_configured || one.devices.iter().any(|device| device.is_configured))
    };
    let is =
        |one: &&Had| (one.machine, &one.address, one.whole_card) == (machine, &attachment.address, attachment.whole_card) && places(one);
    let found = world.before.iter().rev().find(is).cloned();
    found.map(Some).ok_or_else(|| refusal::not_found("device that was detached"))
}

impl World {
    fn attached(&self, machine: Uuid) -> Result<&[Attached], Error> {
        Ok(self.guest(machine)?.machine.host_devices.as_deref().unwrap_or_default())
    }

    /// Whether another machine runs with a device that this one gets with its start.
    pub(super) fn is_device_taken(&self, machine: Uuid) -> bool {
        let held = self.held_by_others(machine);
        self.attached(machine).is_ok_and(|all| all.iter().any(|one| one.is_configured && one.kind != "usb" && held.contains(&one.source)))
    }

    /// What other machines run with.
    pub(super) fn held_by_others(&self, machine: Uuid) -> Vec<String> {
        let others = self.guests.iter().filter(|guest| guest.machine.id != machine);
        let live = others.flat_map(|guest| guest.machine.host_devices.iter().flatten()).filter(|one| one.is_live);
        live.map(|one| one.source.clone()).collect()
    }

    fn give(&mut self, machine: Uuid, plan: &AttachPlan, attachment: &Attachment, had: Option<&Had>) {
        self.change(machine, |guest| {
            let all = guest.machine.host_devices.get_or_insert_default();
            for address in &plan.devices {
                let known = had.and_then(|had| had.devices.iter().find(|one| one.source == *address));
                if had.is_some() && known.is_none() {
                    continue;
                }
                let at = all.iter().position(|one| one.source == *address).unwrap_or_else(|| {
                    let one = known.cloned().unwrap_or_else(|| given(address, attachment));
                    all.push(Attached { is_live: false, is_configured: false, ..one });
                    all.len() - 1
                });
                all[at].is_live |= plan.live.contains(address);
                all[at].is_configured |= plan.configured.contains(address);
            }
            all.sort_by(|one, other| one.source.cmp(&other.source));
            guest.plugged.extend(plan.live.iter().cloned());
            changes(guest);
        });
        self.change_devices(|device| {
            if plan.live.contains(&device.address) {
                VFIO.clone_into(&mut device.driver);
            }
        });
    }

    fn take_back(&mut self, machine: Uuid, leaving: &Leaving) {
        let mut freed = Vec::new();
        self.change(machine, |guest| {
            let all = guest.machine.host_devices.get_or_insert_default();
            for one in all.iter_mut() {
                if leaving.live.contains(&one.source) && std::mem::take(&mut one.is_live) && one.is_managed {
                    freed.push(one.source.clone());
                }
                one.is_configured &= !leaving.configured.contains(&one.source);
            }
            all.retain(|one| one.is_live || one.is_configured);
            guest.plugged.retain(|address| !leaving.live.contains(address));
            changes(guest);
        });
        self.change_devices(|device| {
            if freed.contains(&device.address) {
                devices::own_driver(&device.address).clone_into(&mut device.driver);
            }
        });
    }
}

/// A machine that runs with other devices than it starts with has changes that wait.
pub(super) fn changes(guest: &mut Guest) {
    let own = &mut guest.machine;
    own.unapplied_changes.retain(|change| !change.starts_with("hostdev:"));
    if own.is_active() {
        let all = own.host_devices.iter().flatten().enumerate();
        let differ = all.filter(|(_, one)| one.is_live != one.is_configured).map(|(at, _)| format!("hostdev:{at}"));
        own.unapplied_changes.extend(differ);
    }
    own.has_unapplied_changes = !own.unapplied_changes.is_empty();
}

/// A machine started, and has what its definition names; or stopped, and has nothing more. libvirt sees to the drivers.
pub(super) fn power(guest: &mut Guest, devices: &mut [HostDevice]) {
    let is_active = guest.machine.is_active();
    guest.plugged.clear();
    super::rules::forget_released(&mut guest.machine.usb_rules);
    scsi::start(guest);
    for one in guest.machine.host_devices.iter_mut().flatten() {
        let was_live = std::mem::replace(&mut one.is_live, is_active && one.is_configured);
        let Some(device) = devices.iter_mut().find(|device| device.address == one.source && one.is_managed) else { continue };
        if one.is_live {
            VFIO.clone_into(&mut device.driver);
        } else if was_live {
            devices::own_driver(&device.address).clone_into(&mut device.driver);
        }
    }
    guest.machine.host_devices.iter_mut().for_each(|all| all.retain(|one| one.is_live || one.is_configured));
    changes(guest);
}

/// A device as it is asked for.
fn given(address: &str, attachment: &Attachment) -> Attached {
    let (kind, card) = ("pci".to_owned(), attachment.card.as_ref().map(with_address));
    let Attachment { shows_rom, uses_iommufd, .. } = *attachment;
    let has_rom_file = attachment.rom_file.is_some() && attachment.address == address;
    Attached { kind, source: address.to_owned(), is_managed: true, card, shows_rom, has_rom_file, uses_iommufd, ..Attached::default() }
}

/// The card with an address, which libvirt chooses if nobody did.
fn with_address(card: &NetworkCard) -> NetworkCard {
    let mac = if card.mac.is_empty() { "52:54:00:6b:3c:58" } else { &card.mac };
    NetworkCard { mac: mac.to_owned(), ..card.clone() }
}

/// A network card of the machine is a virtual function of one of the host, and has an address and a VLAN that there can be.
fn check_card(attachment: &Attachment, meant: &[HostDevice]) -> Result<(), Error> {
    let Some(card) = &attachment.card else { return Ok(()) };
    if attachment.whole_card || attachment.uses_iommufd {
        return Err(refusal::invalid("interface", "not with whole-card or iommufd"));
    }
    if !card.mac.is_empty() && !NetworkCard::is_mac(&card.mac) {
        return Err(refusal::invalid("mac", "not an address of one card"));
    }
    if card.vlan > 4094 {
        return Err(refusal::invalid("vlan", "must be 1 to 4094"));
    }
    let is_function = |device: &HostDevice| device.kind == "network" && device.function_of.is_some();
    let all_are = meant.iter().all(is_function);
    if all_are { Ok(()) } else { Err(refusal::not_supported("only a virtual function of a network card can be one of a machine")) }
}

/// The devices that are meant, in order.
fn meant(all: &[HostDevice], attachment: &Attachment) -> Result<Vec<HostDevice>, Error> {
    let Attachment { address, whole_card, .. } = attachment;
    let is_meant = |device: &&HostDevice| device.address == *address || (*whole_card && is_one_card(&device.address, address));
    let meant: Vec<HostDevice> = all.iter().filter(is_meant).cloned().collect();
    if meant.iter().any(|device| device.address == *address) { Ok(meant) } else { Err(refusal::not_found("device")) }
}

/// Before the world is held, for a file may take its time.
async fn check_rom(attachment: &Attachment) -> Result<(), Error> {
    match &attachment.rom_file {
        Some(path) => rom::check(path).await,
        None => Ok(()),
    }
}

fn plan(world: &World, machine: Uuid, attachment: &Attachment) -> Result<AttachPlan, Error> {
    let all = world.devices();
    let meant = meant(&all, attachment)?;
    check_card(attachment, &meant)?;
    if attachment.uses_iommufd && !attachment.is_configured {
        return Err(refusal::not_supported("iommufd needs a device that is configured, too"));
    }
    let own = &world.guest(machine)?.machine;
    check_scope(own.state, own.is_active(), own.is_persistent, attachment)?;
    let has = world.attached(machine)?;
    let lacks = |device: &&HostDevice, is: fn(&Attached) -> bool| !has.iter().any(|one| is(one) && one.source == device.address);
    let missing = |is_wanted: bool, is: fn(&Attached) -> bool| -> Vec<&HostDevice> {
        meant.iter().filter(|device| is_wanted && lacks(device, is)).collect()
    };
    let is_new = || missing(attachment.is_configured, |one| one.is_configured).iter().any(|device| device.address == attachment.address);
    if attachment.rom_file.is_some() && !is_new() {
        return Err(refusal::not_supported("a ROM from a file comes with a device that the definition gets now"));
    }
    let mut live = missing(attachment.is_live, |one| one.is_live);
    let mut configured = missing(attachment.is_configured, |one| one.is_configured);
    if let Some(had) = before(world, machine, attachment)? {
        live.retain(|device| had.has(&device.address, |one| one.is_live));
        configured.retain(|device| had.has(&device.address, |one| one.is_configured));
    }
    let judged: Vec<HostDevice> = meant
        .iter()
        .filter(|device| lacks(device, |one| one.is_live) && (live.contains(device) || configured.contains(device)))
        .cloned()
        .collect();
    let mut verdict = BindPlan::default();
    for device in &judged {
        judge(world, &all, &judged, device, attachment.allows_no_reset, &mut verdict);
        for other in world.guests.iter().filter(|other| other.machine.id != machine) {
            if other.machine.host_devices.iter().flatten().any(|one| one.is_configured && one.source == device.address) {
                verdict.warnings.push(said("machine-configured", device, &other.machine.name, ""));
            }
        }
    }
    plug(world.guest(machine)?, &live, &mut verdict);
    verdict.reasons.sort_by(|one, other| (&one.reason, &one.device).cmp(&(&other.reason, &other.device)));
    verdict.reasons.dedup();
    let addresses = |devices: &[&HostDevice]| devices.iter().map(|device| device.address.clone()).collect();
    Ok(AttachPlan {
        devices: meant.iter().map(|device| device.address.clone()).collect(),
        live: addresses(&live),
        configured: addresses(&configured),
        reasons: verdict.reasons,
        warnings: verdict.warnings,
        knows_iommufd: true,
    })
}

fn check_scope(state: State, is_active: bool, is_persistent: bool, attachment: &Attachment) -> Result<(), Error> {
    if (attachment.is_live && !is_active) || (attachment.is_configured && !is_persistent) {
        return Err(refusal::wrong_state("attach", state));
    }
    if attachment.is_live || attachment.is_configured { Ok(()) } else { Err(refusal::invalid("live", "must not be false with configured")) }
}

/// What only a running machine brings with it: slots, and devices of one group that go one after the other.
fn plug(guest: &Guest, live: &[&HostDevice], verdict: &mut BindPlan) {
    let Some(first) = live.first() else { return };
    if live.len() > 1 {
        verdict.warnings.push(said("separate-slots", first, "", ""));
    }
    let free = PORTS.saturating_sub(guest.plugged.len());
    if free < live.len() {
        verdict.reasons.push(said("no-free-port", first, "", &free.to_string()));
    }
    let goes_with_others = |device: &HostDevice| live.iter().any(|other| other.address != device.address && other.group == device.group);
    let unbound = live.iter().filter(|device| device.driver != VFIO && goes_with_others(device));
    verdict.reasons.extend(unbound.map(|device| said("not-bound", device, "", &device.driver)));
}

/// What would leave, and whether the machine lets it.
fn leaving(world: &World, machine: Uuid, attachment: &Attachment) -> Result<Leaving, Error> {
    let meant = meant(&world.devices(), attachment)?;
    let (guest, has) = (world.guest(machine)?, world.attached(machine)?);
    let is_meant = |one: &&Attached| meant.iter().any(|device| device.address == one.source);
    let those = |is_wanted: bool, is: fn(&Attached) -> bool| -> Vec<String> {
        has.iter().filter(is_meant).filter(|one| is_wanted && is(one)).map(|one| one.source.clone()).collect()
    };
    let leaving = Leaving {
        live: those(attachment.is_live, |one| one.is_live),
        configured: those(attachment.is_configured, |one| one.is_configured),
    };
    let is_in_vain = |is_wanted: bool, found: &[String]| is_wanted && found.is_empty();
    if is_in_vain(attachment.is_live, &leaving.live) || is_in_vain(attachment.is_configured, &leaving.configured) {
        return Err(refusal::not_found("device of the machine"));
    }
    if leaving.live.is_empty() && leaving.configured.is_empty() {
        return Err(refusal::invalid("live", "must not be false with configured"));
    }
    // What it was started with is one card to it.
    let is_part = |address: &String| {
        let of_start = has.iter().filter(|one| one.is_live && !guest.plugged.contains(&one.source));
        !guest.plugged.contains(address) && of_start.filter(|one| is_one_card(&one.source, address)).count() > 1
    };
    if leaving.live.iter().any(is_part) { Err(refusal::not_supported("it is a part of a card")) } else { Ok(leaving) }
}

#[cfg(test)]
#[path = "attach_tests.rs"]
mod tests;
