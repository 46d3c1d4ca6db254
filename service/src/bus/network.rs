//! Networks of virtual functions, as they are asked for on the card that has them.

use std::collections::HashMap;

use zbus::{Variant, message::Header};

use super::{findings::shown, passthrough::Passthrough, requests};
use crate::{
    error::{Error, Reply, Result},
    libvirt::Network,
    policy::{
        Target,
        action::{HostSriov, ReadSensitive},
    },
    workflow::{network, passthrough::Request},
};

type Facts = HashMap<&'static str, Variant<'static>>;

impl Passthrough {
    pub(super) async fn networks(&self, header: &Header<'_>) -> Result<Vec<Facts>, Reply> {
        let call = self.context.policy.call(header).await?;
        let target = self.target(&Request::default(), "list-networks")?;
        self.context.policy.authorize::<ReadSensitive>(&call, target).await?;
        Ok(network::list_with_cards(&self.context, self.address).await?.into_iter().map(facts).collect())
    }

    pub(super) async fn plan_network(&self, header: &Header<'_>, name: &str) -> Result<Facts, Reply> {
        check(name)?;
        let call = self.context.policy.call(header).await?;
        let target = self.network("plan-create-network", name)?;
        self.context.policy.authorize::<ReadSensitive>(&call, target).await?;
        Ok(shown(&network::plan_create(&self.context, self.address, name).await?.1))
    }

    pub(super) async fn make_network(&self, header: &Header<'_>, name: String) -> Result<String, Reply> {
        check(&name)?;
        let call = self.context.policy.call(header).await?;
        let target = self.network("create-network", &name)?;
        let grant = self.context.policy.authorize::<HostSriov>(&call, target).await?;
        Ok(network::create(&self.context, &grant, name).await?.to_string())
    }

    pub(super) async fn plan_no_network(&self, header: &Header<'_>, uuid: &str) -> Result<Facts, Reply> {
        let uuid = requests::uuid("uuid", uuid)?;
        let call = self.context.policy.call(header).await?;
        let target = self.network("plan-delete-network", &uuid.to_string())?;
        self.context.policy.authorize::<ReadSensitive>(&call, target).await?;
        Ok(shown(&network::plan_delete(&self.context, self.address, uuid).await?))
    }

    pub(super) async fn remove_network(&self, header: &Header<'_>, uuid: &str) -> Result<(), Reply> {
        let uuid = requests::uuid("uuid", uuid)?;
        let call = self.context.policy.call(header).await?;
        let target = self.network("delete-network", &uuid.to_string())?;
        let grant = self.context.policy.authorize::<HostSriov>(&call, target).await?;
        Ok(network::delete(&self.context, &grant, uuid).await?)
    }

    fn network(&self, operation: &'static str, network: &str) -> Result<Target> {
        let mut target = self.target(&Request::default(), operation)?;
        target.facts.push(("network", network.to_owned()));
        Ok(target)
    }
}

/// As strict as the names of machines.
fn check(name: &str) -> Result<()> {
    model::validate::name(name).map_err(|reason| Error::InvalidArgument { argument: "name", reason })
}

fn facts((known, cards): (Network, Vec<(String, String)>)) -> Facts {
    let mut machines: Vec<String> = cards.iter().map(|(machine, _)| machine.clone()).collect();
    machines.dedup();
    HashMap::from([
        ("uuid", known.document.uuid.to_string().into()),
        ("name", known.document.name.into()),
        ("active", known.is_active.into()),
        ("autostart", known.is_autostarted.into()),
        ("connections", known.document.connections.into()),
        ("machines", machines.into()),
        ("cards", cards.into()),
    ])
}
