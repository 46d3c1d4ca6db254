//! Networks that hand out the virtual functions of a card.

use std::collections::HashMap;

use dbus::{Options, passthrough::PassthroughProxy};
use zbus::OwnedVariant;

use super::{
    Bus,
    calls::Result,
    part::verdict,
    value::{flag, number, pairs, text},
};
use crate::device::{Devices, FunctionNetwork, Verdict};

/// More than a card can have.
const MOST: usize = 64;

fn network(told: &HashMap<String, OwnedVariant>) -> Option<FunctionNetwork> {
    let value = |name: &str| told.get(name).map(|value| &**value);
    let is = |name: &str| value(name).and_then(flag).unwrap_or_default();
    Some(FunctionNetwork {
        uuid: value("uuid").and_then(text)?,
        name: value("name").and_then(text)?,
        is_active: is("active"),
        autostart: is("autostart"),
        connections: value("connections").and_then(number).unwrap_or_default(),
        cards: value("cards").and_then(pairs).unwrap_or_default(),
    })
}

impl Bus {
    async fn card(&self, address: String) -> Result<PassthroughProxy<'static>> {
        self.passthrough(&Devices { addresses: vec![address], ..Devices::default() }).await
    }

    pub(crate) async fn function_networks(&self, address: String) -> Result<Vec<FunctionNetwork>> {
        let told = self.card(address).await?.list_networks(&Options::default()).await?;
        Ok(told.iter().take(MOST).filter_map(network).collect())
    }

    pub(crate) async fn plan_make_network(&self, address: String, name: String) -> Result<Verdict> {
        Ok(verdict(&self.card(address).await?.plan_create_network(&name, &Options::default()).await?))
    }

    pub(crate) async fn make_network(&self, address: String, name: String) -> Result<String> {
        Ok(self.card(address).await?.create_network(&name, &Options::default()).await?)
    }

    pub(crate) async fn plan_delete_network(&self, address: String, uuid: String) -> Result<Verdict> {
        Ok(verdict(&self.card(address).await?.plan_delete_network(&uuid, &Options::default()).await?))
    }

    pub(crate) async fn delete_network(&self, address: String, uuid: String) -> Result<()> {
        Ok(self.card(address).await?.delete_network(&uuid, &Options::default()).await?)
    }
}

#[cfg(test)]
mod tests {
    use zbus::Variant;

    use super::*;

    #[test]
    fn a_network_has_a_uuid_and_a_name_or_is_none() {
        let told = |values: Vec<(&str, Variant<'_>)>| -> HashMap<String, OwnedVariant> {
            values.into_iter().map(|(name, value)| (name.to_owned(), OwnedVariant::try_from(value).unwrap())).collect()
        };
        let cards = vec![("web".to_owned(), "52:54:00:00:00:07".to_owned())];
        let known = vec![("uuid", "u".into()), ("name", "pool".into()), ("active", true.into()), ("connections", 2_u32.into())];
        let read = network(&told(known.into_iter().chain([("cards", cards.clone().into())]).collect()));
        let wanted = FunctionNetwork { uuid: "u".into(), name: "pool".into(), is_active: true, autostart: false, connections: 2, cards };
        assert_eq!(read, Some(wanted));
        assert_eq!(network(&told(vec![("name", "pool".into())])), None);
    }
}
