//! Cards of machines in networks of virtual functions: which function a machine gets with its start is libvirt's choice.

use std::sync::Arc;

use model::device::network;
use uuid::Uuid;

use super::{
    definition,
    passthrough::{blocking, running},
};
use crate::{
    context::Context,
    error::{Error, Result, allow},
    host::{
        finding::{Finding, Findings},
        function::{self, Mac},
        pci::{self, PciAddress},
    },
    inventory::Machine,
    libvirt::Network,
    policy::{
        Grant,
        action::{HostDevice, MachineManage},
    },
};

/// Which, as a caller names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Which {
    /// The network.
    pub network: Uuid,
    /// The address of the card.
    pub mac: Option<Mac>,
}

/// What is told of a network that is not there, or hands out no functions of a card.
pub const ABSENT: Error = Error::NotFound { what: "network" };

/// The network with this UUID, if it hands out functions of a card.
///
/// # Errors
/// `Unavailable`; libvirt's.
pub async fn find(context: &Context, uuid: Uuid) -> Result<Option<Network>> {
    let found = context.libvirt.networks().await?.into_iter().find(|known| known.document.uuid == uuid);
    Ok(found.filter(|known| !known.document.card.is_empty()))
}

/// The same.
///
/// # Errors
/// `NotFound` if there is none; as [`find`].
pub async fn resolve(context: &Context, uuid: Uuid) -> Result<Network> {
    find(context, uuid).await?.ok_or(ABSENT)
}

/// The same, if it still has the name that it had when somebody was asked: a definition knows it by that.
async fn same(context: &Context, uuid: Uuid, name: &str) -> Result<Network> {
    let known = resolve(context, uuid).await?;
    if known.document.name == name { Ok(known) } else { Err(ABSENT) }
}

/// The card that a network is of, and its functions; none if the host has it not.
async fn functions(context: &Arc<Context>, network: &Network) -> Result<Option<(PciAddress, Vec<PciAddress>)>> {
    let (root, card) = (context.root.clone(), network.document.card.clone());
    blocking(move || {
        let device = function::device(&root, &card)?;
        Some((device, pci::virtual_functions(&root, device)))
    })
    .await
}

/// Tells what speaks against another card of the machine in this network. Changes nothing.
///
/// # Errors
/// `Busy` while it is not known what a machine that runs has; `Unavailable`; libvirt's.
pub async fn plan(context: &Arc<Context>, machine: Uuid, network: &Network, mac: Option<Mac>) -> Result<Findings> {
    let mut findings = Findings::default();
    let found = |word| Finding::new(word, &network.document.name);
    if !network.is_active {
        findings.reasons.push(found("network-inactive"));
    }
    if !network.is_autostarted {
        findings.warnings.push(found("network-not-kept"));
    }
    if free(context, network).await? == 0 {
        findings.warnings.push(found("no-free-function").named(&network.document.card));
    }
    if let Some(mac) = mac.map(|mac| mac.to_string()) {
        for other in context.libvirt.network_cards().await? {
            let is_own = other.machine == Some(machine);
            // The one that the machine has already in this network stays as it is.
            let is_it = |card: &model::device::Interface| card.mac == mac && !(is_own && card.is_in(&network.document.name));
            if other.cards.iter().any(is_it) {
                let list = if is_own { &mut findings.reasons } else { &mut findings.warnings };
                list.push(Finding::new("mac-taken", &mac).named(&other.name));
            }
        }
    }
    findings.sort();
    Ok(findings)
}

/// How many functions a machine could get from a network now.
async fn free(context: &Arc<Context>, network: &Network) -> Result<usize> {
    let all = functions(context, network).await?.map_or_else(Vec::new, |(_, all)| all);
    let running = running(context).await?;
    let taken = all.iter().filter(|function| running.iter().any(|(device, _)| device == *function)).count();
    let handed_out = usize::try_from(network.document.connections).unwrap_or(usize::MAX);
    Ok(all.len().saturating_sub(taken.max(handed_out)))
}

/// Gives the machine of the grants a card in the network that had this name when it was judged, with its next start.
///
/// # Errors
/// `Refused` with the reasons, `NotFound`, `Busy` while its card is being changed, `InvalidState` for a machine without a definition
/// that stays, `DefinitionChanged`, libvirt's: then nothing was changed.
pub async fn attach(
    context: &Arc<Context>,
    manage: &Grant<MachineManage>,
    grant: &Grant<HostDevice>,
    name: &str,
    which: Which,
) -> Result<()> {
    let machine: Arc<Machine> = context.machine(grant.machine()?)?;
    let known = same(context, which.network, name).await?;
    // Nobody deletes the network meanwhile.
    let device = functions(context, &known).await?.map(|(device, _)| device);
    let _claim = context.changing.claim(device.into_iter().collect())?;
    allow(&plan(context, machine.uuid, &known, which.mac).await?)?;
    tracing::info!(machine = %machine.uuid, network = %which.network, uid = grant.caller().uid, "Giving a machine a card in a network");
    let card = network::Card { network: known.document.name, mac: which.mac.map(|mac| mac.to_string()) };
    definition::change(context, manage, None, move |xml| Ok(network::give(xml, &card)?)).await.map(drop)
}

/// Takes a card in the network out of the definition of the grants' machine: the one with this address, or the only one.
///
/// # Errors
/// `NotFound` if the machine has none, `InvalidArgument` for several without an address, `InvalidState`, `DefinitionChanged`, libvirt's.
pub async fn detach(
    context: &Arc<Context>,
    manage: &Grant<MachineManage>,
    grant: &Grant<HostDevice>,
    name: &str,
    which: Which,
) -> Result<()> {
    let name = same(context, which.network, name).await?.document.name;
    let machine = grant.machine()?;
    tracing::info!(%machine, network = %which.network, uid = grant.caller().uid, "Taking a machine's card in a network");
    let take = move |xml: &str| {
        let place = place(&network::cards(xml, &name)?, which.mac)?;
        Ok(network::take(xml, &name, place)?)
    };
    definition::change(context, manage, None, take).await.map(drop)
}

/// Of several with the same address the last, as that was added last.
fn place(cards: &[String], mac: Option<Mac>) -> Result<usize> {
    let absent = Error::NotFound { what: "network card of the machine" };
    match (mac.map(|mac| mac.to_string()), cards) {
        (Some(mac), all) => all.iter().rposition(|known| *known == mac).ok_or(absent),
        (None, []) => Err(absent),
        (None, [_]) => Ok(0),
        (None, _) => Err(Error::InvalidArgument { argument: "mac", reason: "missing" }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_is_meant_by_its_address_or_as_the_only_one() {
        let card = |last: u8| format!("52:54:00:00:00:{last:02x}");
        let mac = |last: u8| card(last).parse::<Mac>().ok();
        assert!(matches!(place(&[], None), Err(Error::NotFound { .. })));
        assert!(matches!(place(&[card(1)], mac(2)), Err(Error::NotFound { .. })));
        assert!(matches!(place(&[card(1), card(2)], None), Err(Error::InvalidArgument { argument: "mac", reason: "missing" })));
        assert_eq!(place(&[card(1)], None).unwrap(), 0);
        assert_eq!(place(&[card(1), card(2), card(1), card(3)], mac(1)).unwrap(), 2);
    }
}
