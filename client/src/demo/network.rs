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
    device::{FunctionNetwork, Verdict},
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
        let network = FunctionNetwork { uuid: uuid.clone(), name, is_active: true, autostart: true, connections: 0 };
        world.networks.push((address, network));
        Ok(uuid)
    }

    pub(crate) async fn plan_delete_network(&self, address: String, uuid: String) -> Result<Verdict, Error> {
        self.answers()?;
        find(&self.world(), &address, &uuid)?;
        Ok(Verdict::default())
    }

    pub(crate) async fn delete_network(&self, address: String, uuid: String) -> Result<(), Error> {
        self.may(FUNCTIONS)?;
        find(&self.world(), &address, &uuid)?;
        self.pause().await;
        self.world().networks.retain(|(_, network)| network.uuid != uuid);
        Ok(())
    }
}

fn card(world: &World, address: &str) -> Result<HostDevice, Error> {
    world.devices().into_iter().find(|device| device.address == address).ok_or_else(|| refusal::not_found("device"))
}

fn find(world: &World, address: &str, uuid: &str) -> Result<(), Error> {
    let is_it = |(of, network): &&Network| of == address && network.uuid == uuid;
    world.networks.iter().find(is_it).map(|_| ()).ok_or_else(|| refusal::not_found("network"))
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
    use crate::{Client, demo::Preset};

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
}
