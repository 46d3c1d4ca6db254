//! The part of `org.kvmmanager.Manager1.Device` that is about cards in networks of virtual functions.

use std::sync::OnceLock;

use dbus::Reader;
use zbus::message::Header;

use super::{Device, Facts, pci::mac};
use crate::{
    bus::{findings::shown, requests},
    error::{Error, Reply, Result},
    policy::Target,
    workflow::network_card::{self, Which},
};

/// The name that a network had when its caller was judged: a definition knows it by that, and it is looked for again when that is done.
type Judged = OnceLock<String>;

impl Device {
    pub(super) async fn plan_card(&self, header: &Header<'_>, which: Which) -> Result<Facts, Reply> {
        let plan = async |_| {
            let known = network_card::resolve(&self.0.context, which.network).await?;
            Ok(shown(&network_card::plan(&self.0.context, self.uuid(), &known, which.mac).await?))
        };
        self.0.look(header, self.card("plan-attach", which, &Judged::new()), plan).await
    }

    pub(super) async fn attach_card(&self, header: &Header<'_>, which: Which) -> Result<(), Reply> {
        let judged = Judged::new();
        let attach = async |manage, device| network_card::attach(&self.0.context, &manage, &device, name(&judged)?, which).await;
        self.0.change(header, self.card("attach", which, &judged), attach).await
    }

    pub(super) async fn detach_card(&self, header: &Header<'_>, which: Which) -> Result<(), Reply> {
        let judged = Judged::new();
        let detach = async |manage, device| network_card::detach(&self.0.context, &manage, &device, name(&judged)?, which).await;
        self.0.change(header, self.card("detach", which, &judged), detach).await
    }

    /// Whether there is such a network is told to those who may, by what is done then.
    async fn card(&self, operation: &'static str, which: Which, judged: &Judged) -> Result<Target> {
        let network = which.network.to_string();
        let name = match network_card::find(&self.0.context, which.network).await? {
            Some(known) => judged.get_or_init(|| known.document.name).clone(),
            None => network.clone(),
        };
        let facts = vec![("device", name), ("device.kind", "network".to_owned()), ("network", network)];
        Ok(Target { facts, ..self.0.target(operation) })
    }
}

fn name(judged: &Judged) -> Result<&str> {
    judged.get().map(String::as_str).ok_or(network_card::ABSENT)
}

/// `network`: a UUID in the kernel's spelling; and with it `mac`, which of several cards is meant.
pub(super) fn which(reader: &mut Reader) -> Result<Option<Which>> {
    let (network, mac) = (reader.take::<String>("network")?, mac(reader)?);
    match (network, mac) {
        (None, None) => Ok(None),
        (None, Some(_)) => Err(Error::InvalidArgument { argument: "mac", reason: "only with network" }),
        (Some(network), mac) => Ok(Some(Which { network: requests::uuid("network", &network)?, mac })),
    }
}

/// `mac`, the address of the new card. It is an option, for it does not say which network is meant.
pub(super) fn how(reader: &mut Reader, which: Which) -> Result<Which> {
    if which.mac.is_some() {
        return Err(Error::InvalidArgument { argument: "mac", reason: "only as an option" });
    }
    Ok(Which { mac: mac(reader)?, ..which })
}
