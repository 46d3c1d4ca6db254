//! Networks in memory that hand out the virtual functions of a card, by the service's rules.

use model::validate;

use super::{
    Demo,
    divide::{refuse, said},
    keep::FUNCTIONS,
    refusal,
    world::World,
};
use crate::{
    Error, HostDevice, Uuid,
    device::{FunctionNetwork, GivePlan, PoolCard, Verdict},
};

/// A network, and the card whose functions it hands out.
pub(super) type Network = (String, FunctionNetwork);

/// That of the design: none of its machines has a card in it yet.
pub(super) fn networks(devices: &[HostDevice]) -> Vec<Network> {
    let card = devices.iter().find(|device| !device.functions.is_empty());
    let pool = FunctionNetwork {
        uuid: "4f2a1d0c-0000-4000-8000-00000000beef".to_owned(),
        name: "x710-functions".to_owned(),
        is_active: true,
        autostart: true,
        connections: 0,
        cards: Vec::new(),
    };
    card.map(|card| (card.address.clone(), pool)).into_iter().collect()
}

impl Demo {
    pub(crate) async fn function_networks(&self, address: String) -> Result<Vec<FunctionNetwork>, Error> {
        self.answers()?;
        let world = self.world();
        card(&world, &address)?;
        Ok(world.networks.iter().filter(|(of, _)| *of == address).map(|(_, network)| network.clone()).collect())
    }

    pub(crate) async fn plan_make_network(&self, address: String, name: String) -> Result<Verdict, Error> {
        self.answers()?;
        judge(&self.world(), &address, &name)
    }

    pub(crate) async fn make_network(&self, address: String, name: String) -> Result<String, Error> {
        self.may(FUNCTIONS)?;
        refuse(&judge(&self.world(), &address, &name)?)?;
        self.pause().await;
        let mut world = self.world();
        let uuid = Uuid::parse_str(&world.next_id()).map(|uuid| uuid.to_string()).unwrap_or_default();
        let network = FunctionNetwork { uuid: uuid.clone(), name, is_active: true, autostart: true, ..FunctionNetwork::default() };
        world.networks.push((address, network));
        Ok(uuid)
    }

    pub(crate) async fn plan_delete_network(&self, address: String, uuid: String) -> Result<Verdict, Error> {
        self.answers()?;
        judge_end(&self.world(), &address, &uuid)
    }

    pub(crate) async fn delete_network(&self, address: String, uuid: String) -> Result<(), Error> {
        self.may(FUNCTIONS)?;
        refuse(&judge_end(&self.world(), &address, &uuid)?)?;
        self.pause().await;
        self.world().networks.retain(|(_, network)| network.uuid != uuid);
        Ok(())
    }
}

fn card(world: &World, address: &str) -> Result<HostDevice, Error> {
    world.devices().into_iter().find(|device| device.address == address).ok_or_else(|| refusal::not_found("device"))
}

fn judge_end(world: &World, address: &str, uuid: &str) -> Result<Verdict, Error> {
    let (_, network) = find(world, uuid).filter(|(of, _)| of == address).ok_or_else(|| refusal::not_found("network"))?;
    let reasons = network.cards.iter().map(|(machine, _)| said("machine-configured", &network.name, machine)).collect();
    Ok(Verdict { reasons, warnings: Vec::new() })
}

fn find<'a>(world: &'a World, uuid: &str) -> Option<&'a Network> {
    world.networks.iter().find(|(_, network)| network.uuid == uuid)
}

/// What a card in a network means for a machine.
pub(super) fn plan(world: &World, machine: Uuid, card: &PoolCard) -> Result<GivePlan, Error> {
    let own = &world.guest(machine)?.machine;
    if !own.is_persistent {
        return Err(refusal::wrong_state("attach", own.state));
    }
    let (_, network) = find(world, &card.network).ok_or_else(|| refusal::not_found("network"))?;
    let taken = network.cards.iter().filter(|(other, mac)| *mac == card.mac && *other != own.name);
    let warnings = taken.map(|(other, mac)| said("mac-taken", mac, other)).collect();
    Ok(GivePlan { configured: vec![network.uuid.clone()], warnings, ..GivePlan::default() })
}

/// Gives a machine a card in a network; one with its address stays as it is.
pub(super) fn give(world: &mut World, machine: Uuid, card: &PoolCard) -> Result<(), Error> {
    let name = world.guest(machine)?.machine.name.clone();
    let mac = if card.mac.is_empty() { PoolCard::new_mac() } else { card.mac.clone() };
    let cards = cards(world, &card.network)?;
    if !cards.contains(&(name.clone(), mac.clone())) {
        cards.push((name, mac));
        cards.sort();
    }
    Ok(())
}

/// Takes a machine's card in a network away: the one with its address, or the only one.
pub(super) fn take_back(world: &mut World, machine: Uuid, card: &PoolCard) -> Result<(), Error> {
    let name = world.guest(machine)?.machine.name.clone();
    let cards = cards(world, &card.network)?;
    let is_meant = |one: &&(String, String)| one.0 == name && (card.mac.is_empty() || one.1 == card.mac);
    let meant: Vec<_> = cards.iter().filter(is_meant).cloned().collect();
    match meant.as_slice() {
        [] => Err(refusal::not_found("network card of the machine")),
        [one] => {
            cards.retain(|other| other != one);
            Ok(())
        }
        _ => Err(refusal::invalid("mac", "missing")),
    }
}

fn cards<'a>(world: &'a mut World, uuid: &str) -> Result<&'a mut Vec<(String, String)>, Error> {
    let found = world.networks.iter_mut().find(|(_, network)| network.uuid == uuid);
    found.map(|(_, network)| &mut network.cards).ok_or_else(|| refusal::not_found("network"))
}

fn judge(world: &World, address: &str, name: &str) -> Result<Verdict, Error> {
    let card = card(world, address)?;
    if card.kind != "network" {
        return Err(refusal::not_supported("it is no network card"));
    }
    validate::name(name).map_err(|reason| refusal::invalid("name", reason))?;
    let none = card.functions.is_empty().then(|| said("no-virtual-functions", address, ""));
    let has = world.networks.iter().find(|(of, _)| of == address).map(|(_, own)| said("has-network", address, &own.name));
    let taken = world.networks.iter().find(|(_, own)| own.name == name).map(|(_, own)| said("name-taken", address, &own.name));
    Ok(Verdict { reasons: none.into_iter().chain(has).chain(taken).collect(), warnings: Vec::new() })
}

#[cfg(test)]
mod tests {
    use dbus::ErrorKind;

    use super::*;
    use crate::{
        Client,
        demo::Preset,
        device::{Gift, Giving},
    };

    const CARD: &str = "0000:03:00.0";

    #[tokio::test]
    async fn a_card_has_one_network_of_its_functions_and_another_after_that_is_deleted() {
        let client = Client::from(Demo::new(Preset::Frozen));
        let [own] = client.function_networks(CARD.into()).await.unwrap().try_into().unwrap();
        let refused = client.plan_make_network(CARD.into(), own.name.clone()).await.unwrap();
        let words: Vec<&str> = refused.reasons.iter().map(|one| one.reason.as_str()).collect();
        assert_eq!(words, ["has-network", "name-taken"]);
        client.delete_network(CARD.into(), own.uuid.clone()).await.unwrap();
        assert_eq!(client.delete_network(CARD.into(), own.uuid).await.unwrap_err().kind(), Some(ErrorKind::NotFound));
        let uuid = client.make_network(CARD.into(), "pool".into()).await.unwrap();
        assert_eq!(client.function_networks(CARD.into()).await.unwrap()[0].uuid, uuid);
        assert_eq!(client.plan_make_network(CARD.into(), "a/b".into()).await.unwrap_err().kind(), Some(ErrorKind::InvalidArgument));
        let sound = client.plan_make_network("0000:02:00.1".into(), "pool".into()).await.unwrap_err();
        assert_eq!(sound.kind(), Some(ErrorKind::NotSupported));
    }

    #[tokio::test]
    async fn a_machine_has_cards_in_a_network_until_they_are_taken_and_the_network_stays_meanwhile() {
        let demo = Demo::new(Preset::Frozen);
        let (client, machine) = (Client::from(demo.clone()), demo.machines().remove(0));
        let pool = client.function_networks(CARD.into()).await.unwrap().remove(0);
        let giving = |mac: &str| {
            let card = PoolCard { network: pool.uuid.clone(), name: pool.name.clone(), mac: mac.into() };
            Giving { gift: Gift::Network(card), is_live: false, is_configured: true }
        };
        let mac = "52:54:00:00:00:07";
        assert_eq!(client.plan_give(machine.id, giving(mac)).await.unwrap().configured, std::slice::from_ref(&pool.uuid));
        assert_eq!(client.take_back(machine.id, giving("")).await.unwrap_err().kind(), Some(ErrorKind::NotFound));
        for mac in [mac, mac, ""] {
            client.give(machine.id, giving(mac)).await.unwrap();
        }
        let cards = client.function_networks(CARD.into()).await.unwrap().remove(0).cards;
        assert!(cards.len() == 2 && cards.contains(&(machine.name.clone(), mac.to_owned())), "{cards:?}");
        assert_eq!(client.delete_network(CARD.into(), pool.uuid.clone()).await.unwrap_err().kind(), Some(ErrorKind::Unsafe));
        assert_eq!(client.take_back(machine.id, giving("")).await.unwrap_err().kind(), Some(ErrorKind::InvalidArgument));
        client.take_back(machine.id, giving(mac)).await.unwrap();
        client.take_back(machine.id, giving("")).await.unwrap();
        client.delete_network(CARD.into(), pool.uuid.clone()).await.unwrap();
    }
}
