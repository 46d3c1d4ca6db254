//! Networks that hand out the virtual functions of a card: planned, judged, and made wholly or not at all.

use std::sync::Arc;

use model::device::Interface;
use uuid::Uuid;

use super::passthrough::{blocking, running};
use crate::{
    context::Context,
    error::{Error, Result, allow},
    host::{
        finding::{Finding, Findings},
        function,
        gate::{self, Question},
        pci::{self, PciAddress},
    },
    libvirt::{Cards, Network},
    policy::{Grant, action::HostSriov},
};

/// The networks of a card's virtual functions, each with the cards of machines' definitions in it: the machine's name and the address.
///
/// # Errors
/// `Unavailable`; libvirt's.
pub async fn list_with_cards(context: &Arc<Context>, device: PciAddress) -> Result<Vec<(Network, Vec<(String, String)>)>> {
    let networks = list(context, device).await?;
    if networks.is_empty() {
        return Ok(Vec::new());
    }
    let mut machines = context.libvirt.network_cards().await?;
    machines.sort_by(|one, other| one.name.cmp(&other.name));
    let with_cards = |known: Network| {
        let is_in = |card: &&Interface| card.is_in(&known.document.name);
        let of = |machine: &Cards| -> Vec<_> {
            machine.cards.iter().filter(is_in).map(|card| (machine.name.clone(), card.mac.clone())).collect()
        };
        let cards = machines.iter().flat_map(of).collect();
        (known, cards)
    };
    Ok(networks.into_iter().map(with_cards).collect())
}

/// The networks of a card's virtual functions.
async fn list(context: &Arc<Context>, device: PciAddress) -> Result<Vec<Network>> {
    let root = context.root.clone();
    let Some(card) = blocking(move || function::card(&root, device)).await? else { return Ok(Vec::new()) };
    Ok(context.libvirt.networks().await?.into_iter().filter(|known| known.document.card == card).collect())
}

/// The interface of a card, how many virtual functions it has, and who uses them.
async fn card(context: &Arc<Context>, device: PciAddress) -> Result<Option<(String, usize, Findings)>> {
    let (root, running) = (context.root.clone(), running(context).await?);
    blocking(move || {
        let card = function::card(&root, device)?;
        let taken = pci::virtual_functions(&root, device);
        let devices = pci::read_groups(&root, &taken);
        let question = Question { root: &root, devices: &devices, taken: &taken, running: &running, allow_no_reset: true };
        Some((card, taken.len(), gate::judge_functions(&question)))
    })
    .await
}

/// Tells what speaks against a network of this name, and the card that it would be of. Changes nothing.
///
/// # Errors
/// `NotSupported` for what is no network card; `Busy` while it is not known what a machine that runs has; `Unavailable`; libvirt's.
pub async fn plan_create(context: &Arc<Context>, device: PciAddress, name: &str) -> Result<(String, Findings)> {
    let known = card(context, device).await?;
    let (card, functions, users) = known.ok_or(Error::NotSupported { reason: "the device is no network card" })?;
    let address = device.to_string();
    let mut findings = Findings::default();
    // libvirt takes a function from the host's driver without asking what it is used for.
    for user in users.reasons.into_iter().chain(users.warnings) {
        let found = Finding { name: if user.detail.is_empty() { user.name } else { user.detail }, detail: String::new(), ..user };
        let is_known_to_libvirt = matches!(user.word, "machine-running" | "open-files-hidden");
        if is_known_to_libvirt { findings.warnings.push(found) } else { findings.reasons.push(found) }
    }
    let mut add = |word, name: &str| findings.reasons.push(Finding::new(word, &address).named(name));
    if functions == 0 {
        add("no-virtual-functions", &card);
    }
    for known in context.libvirt.networks().await? {
        if known.document.name == name {
            add("name-taken", name);
        }
        // Both would hand out the same functions.
        if known.document.card == card {
            add("has-network", &known.document.name);
        }
    }
    findings.sort();
    Ok((card, findings))
}

/// Tells what speaks against deleting a network of the card. Changes nothing.
///
/// # Errors
/// `NotFound` for one that is not of this card; `Unavailable`; libvirt's.
pub async fn plan_delete(context: &Arc<Context>, device: PciAddress, uuid: Uuid) -> Result<Findings> {
    let known = list(context, device).await?.into_iter().find(|known| known.document.uuid == uuid);
    let network = known.ok_or(Error::NotFound { what: "network" })?.document;
    let mut findings = Findings::default();
    let mut add = |word, machine: &str| findings.reasons.push(Finding::new(word, &network.name).named(machine));
    let mut users = context.libvirt.network_cards().await?;
    users.retain(|one| one.are_in(&network.name));
    for user in &users {
        add(if user.is_active { "machine-running" } else { "machine-configured" }, &user.name);
    }
    // Machines that run with what their definitions do not say any more.
    if network.connections > 0 && !users.iter().any(|user| user.is_active) {
        add("machine-running", "");
    }
    findings.sort();
    Ok(findings)
}

fn only(grant: &Grant<HostSriov>) -> Result<PciAddress> {
    let [device] = *grant.devices() else { return Err(Error::Internal("a network of one device only")) };
    Ok(device)
}

/// Makes a network of the virtual functions of the grant's card, which is started now and with the computer.
///
/// # Errors
/// `Refused` with the reasons, `NotSupported`, `Busy`, libvirt's: then there is nothing of it. `TimedOut`: it may come later.
/// `Incomplete` if it could not be undone.
pub async fn create(context: &Arc<Context>, grant: &Grant<HostSriov>, name: String) -> Result<Uuid> {
    let device = only(grant)?;
    let claim = context.changing.claim([device].into())?;
    let (card, findings) = plan_create(context, device, &name).await?;
    allow(&findings)?;
    tracing::info!(%device, name, uid = grant.caller().uid, "Making a network of virtual functions");
    context.libvirt.create_network(grant, name, card, claim).await
}

/// Deletes a network of the grant's card that no machine uses.
///
/// # Errors
/// `Refused` with the machines, `NotFound`, `Busy`, libvirt's: then it is as before; `TimedOut`; `Incomplete` if it runs no more.
pub async fn delete(context: &Arc<Context>, grant: &Grant<HostSriov>, uuid: Uuid) -> Result<()> {
    let device = only(grant)?;
    let claim = context.changing.claim([device].into())?;
    allow(&plan_delete(context, device, uuid).await?)?;
    tracing::info!(%device, network = %uuid, uid = grant.caller().uid, "Deleting a network of virtual functions");
    context.libvirt.delete_network(grant, uuid, claim).await
}
