//! What handing over would do, and what speaks against it.

use std::sync::Arc;

use uuid::Uuid;

use super::keeper;
use crate::{
    context::Context,
    error::{Error, Result},
    host::{
        Root,
        finding::{Finding, Findings},
        gate::{self, Question},
        module::{self, Keepers},
        pci::{self, Device, Devices, PciAddress, handles},
        screen::{self, Screen},
        vfio::{self, Direction},
    },
    inventory::Machine,
    seat::Session,
    systemd::Unit,
    workflow::{
        attach::{
            named::named,
            start::{self, Occasion},
        },
        loader::{self, LOADER},
        passthrough::{blocking, running},
    },
};

/// What every desktop calls the program that has the screens.
const DISPLAY_MANAGER: &str = "display-manager.service";

/// How it is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct How {
    /// Seconds after which everything comes back unless somebody says that all is well.
    pub trial: Option<u32>,
    /// Sessions and programs on the cards may end.
    pub accept_closing_sessions: bool,
    /// Devices that cannot be reset, too.
    pub allow_no_reset: bool,
}

/// What would happen.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The devices that go.
    pub devices: Vec<PciAddress>,
    /// What is done, in order: a word, what it is done to, and a value.
    pub steps: Vec<(&'static str, String, String)>,
    /// Who would lose their desktop.
    pub sessions: Vec<Session>,
    /// Processes that have the devices open.
    pub processes: Vec<Finding>,
    /// What speaks against it.
    pub findings: Findings,
    /// The display manager that would be stopped.
    pub(super) unit: Option<String>,
    /// What would let go of the cards.
    pub(super) screen: Screen,
    /// Whether the driver for machines has to be loaded.
    pub(super) needs_driver: bool,
    /// Units besides that keep the cards open.
    pub(super) daemons: Vec<String>,
    /// Modules that keep the cards, in the order in which they are unloaded.
    pub(super) modules: Vec<String>,
}

/// What the host says.
struct Found {
    findings: Findings,
    screen: Screen,
    /// Whether a display manager has the cards, as far as anybody can tell.
    is_used: bool,
    devices: Vec<PciAddress>,
    steps: Vec<(&'static str, String, String)>,
    keepers: Keepers,
}

/// The cards of a machine's definition: graphics cards with what else it has of them. Costs little.
///
/// # Errors
/// `Busy` if the definition could not be read in time; `NoMachine`.
pub async fn cards(context: &Arc<Context>, uuid: Uuid) -> Result<(Vec<PciAddress>, Devices)> {
    // Just after the service has started it is yet to be read.
    if !context.machine(uuid)?.is_read {
        context.refreshed(uuid).await;
    }
    let machine = context.machine(uuid)?;
    if !machine.is_read {
        return Err(Error::Busy);
    }
    let configured = machine.definition.attached.iter().filter(|one| one.configured && *one.kind == *"pci");
    let configured: Vec<PciAddress> = configured.filter_map(|one| one.source.parse().ok()).collect();
    let root = context.root.clone();
    blocking(move || {
        let known = pci::glance(&root, &configured);
        let cards: Vec<PciAddress> = known.iter().filter(|(_, device)| device.kind() == "display").map(|(address, _)| *address).collect();
        let is_of_card = |address: &PciAddress| cards.iter().any(|card| card == address || card.is_beside(*address));
        // One that is gone is asked for, too, and told as such.
        let all = configured.into_iter().filter(is_of_card).collect();
        (all, known)
    })
    .await
}

/// Looks at the host and the machine anew and tells what would happen. Changes nothing.
///
/// # Errors
/// `NotFound` if its definition has no graphics card of the host; `InvalidState` if the machine runs; `Busy`; `NotSupported` if
/// systemd does not answer.
pub async fn plan(context: &Arc<Context>, machine: &Machine, devices: Vec<PciAddress>, how: How) -> Result<Plan> {
    let first = *devices.first().ok_or(Error::NotFound { what: "graphics card of the machine" })?;
    if machine.is_active() {
        return Err(Error::InvalidState);
    }
    let (root, running) = (context.root.clone(), running(context).await?);
    let Found { mut findings, screen, is_used, devices, steps: drivers, keepers } =
        blocking(move || look(&root, devices, &running, how.allow_no_reset)).await?;
    let needs_driver = loader::is_needed(context, &mut findings).await?;
    findings.reasons.extend(besides(context, machine, &devices).await?);
    if let Some(record) = context.hand_over.record() {
        let name = context.machine(record.machine).map_or_else(|_| record.machine.to_string(), |other| other.name.to_string());
        findings.reasons.push(Finding::of("handed-over", first).named(&name));
    }
    let (daemons, refused) = keeper::judge(context, first, &keepers).await?;
    findings.reasons.extend(refused);
    let unit = if is_used { context.hand_over.systemd.unit(DISPLAY_MANAGER).await?.filter(|unit| unit.is_up) } else { None };
    let sessions = if unit.is_some() { sessions(context, &mut findings, first).await } else { Vec::new() };
    let (processes, others) = std::mem::take(&mut findings.reasons).into_iter().partition(|found| found.word == "open");
    findings.reasons = others;
    judge_unit(unit.as_ref(), &sessions, &processes, how, &mut findings, first);
    let unit = unit.map(|unit| unit.name);
    let text = |text: &str| text.to_owned();
    let mut steps = Vec::new();
    steps.extend(needs_driver.then(|| ("start-unit", text(LOADER), String::new())));
    steps.extend(unit.iter().map(|unit| ("stop-unit", unit.clone(), String::new())));
    steps.extend(daemons.iter().map(|daemon| ("stop-unit", daemon.clone(), String::new())));
    steps.extend(screen.consoles.iter().map(|(at, _)| ("console", at.clone(), text("0"))));
    steps.extend(screen.buffers.iter().map(|buffer| ("frame-buffer", buffer.device.clone(), text("unbind"))));
    steps.extend(keepers.modules.iter().map(|module| ("unload-module", module.clone(), String::new())));
    steps.extend(drivers);
    steps.push(("start-machine", machine.name.to_string(), String::new()));
    Ok(Plan { devices, steps, sessions, processes, findings, unit, screen, needs_driver, daemons, modules: keepers.modules })
}

/// Why the host cannot do without what else the machine gets: its start would be refused when the desktop is gone.
async fn besides(context: &Context, machine: &Machine, cards: &[PciAddress]) -> Result<Vec<Finding>> {
    let named = named(&[context.libvirt.next_xml(machine.uuid).await?]).await?;
    let devices = named.pci.clone();
    let reasons = start::judge(context, machine.uuid, named, Occasion::HandOver(cards)).await?;
    // What is beside a device of the cards was found with them.
    Ok(reasons.into_iter().filter(|found| found.device().is_none() || found.is_of(&devices)).collect())
}

/// What the kernel says of the devices, as before any is bound; the screen that is on them is what this is about.
fn look(root: &Root, devices: Vec<PciAddress>, running: &[(PciAddress, String)], allow_no_reset: bool) -> Found {
    let known = pci::read_groups(root, &devices);
    let mut findings = gate::judge(&Question { root, devices: &known, taken: &devices, running, allow_no_reset });
    let taken: Vec<(PciAddress, &Device)> = devices.iter().filter_map(|address| Some((*address, &**known.get(address)?))).collect();
    // A console on a text screen is the kernel's own and does not let go.
    let is_screen = |found: &Finding| found.word == "display" || (found.word == "boot-display" && found.name != "vga");
    let is_shown = findings.reasons.iter().any(|found| is_screen(found) && found.is_of(&devices));
    let is_held = findings.reasons.iter().any(|found| found.word == "open");
    let is_used = is_shown || is_held || (taken.iter().any(|(_, device)| is_driven(device)) && !handles::tells_of_cards(root, &taken));
    // Modules that keep the cards are unloaded before.
    let is_ended = |found: &Finding| is_screen(found) || found.word == "kept-by-module";
    findings.reasons.retain(|found| !(is_ended(found) && found.is_of(&devices)));
    let keepers = module::keepers(root, taken.iter().map(|(address, device)| (*address, device.driver.as_str())));
    let steps = vfio::plan(root, Direction::Bind, &devices);
    let steps = steps.into_iter().map(|step| (step.step, step.device.to_string(), step.value.trim_end().to_owned())).collect();
    Found { screen: screen::on(root, &devices), is_used, steps, findings, devices, keepers }
}

fn is_driven(device: &Device) -> bool {
    device.kind() == "display" && !device.driver.is_empty() && device.driver != vfio::DRIVER
}

async fn sessions(context: &Context, findings: &mut Findings, first: PciAddress) -> Vec<Session> {
    let found = context.hand_over.seats.sessions().await;
    if found.is_none() {
        findings.warnings.push(Finding::of("sessions-hidden", first));
    }
    found.unwrap_or_default()
}

/// What would end with the display manager. Without one, whoever has a card open keeps it.
fn judge_unit(unit: Option<&Unit>, sessions: &[Session], processes: &[Finding], how: How, findings: &mut Findings, device: PciAddress) {
    let Some(unit) = unit else {
        return findings.reasons.extend(processes.iter().cloned());
    };
    if !unit.can_stop {
        findings.reasons.push(Finding::of("display-manager", device).named(&unit.name));
    }
    let detail = |session: &Session| format!("{} {}", session.kind, session.seat);
    let session = |one: &Session| Finding::of("session", device).named(&format!("{} {}", one.id, one.user)).detailed(&detail(one));
    let ends = sessions.iter().map(session).chain(processes.iter().cloned());
    if how.accept_closing_sessions { findings.warnings.extend(ends) } else { findings.reasons.extend(ends) }
}
