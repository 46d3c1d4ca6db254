//! Networks whose members are virtual functions of a card.

use std::time::Duration;

use model::{
    device::Interface,
    machine::Machine,
    network::{self, Network as Document},
};
use uuid::Uuid;
use virt::{connect::Connect, domain::Domain, network::Network};
use virt_sys as sys;

use super::{Libvirt, error::from_virt, worker::Lane};
use crate::{
    error::{Error, Result},
    policy::{Grant, action::HostSriov},
};

/// How long libvirt may take for one.
const DEADLINE: Duration = Duration::from_secs(30);

/// A network as libvirt has it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// What its document says.
    pub document: Document,
    /// It hands its members out.
    pub is_active: bool,
    /// It is started with the computer.
    pub is_autostarted: bool,
}

/// The network cards of a machine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cards {
    /// Whose they are.
    pub machine: Option<Uuid>,
    /// Its name.
    pub name: String,
    /// It runs.
    pub is_active: bool,
    /// What its definition has.
    pub cards: Vec<Interface>,
}

impl Cards {
    fn parse(xml: &str, is_active: bool) -> Result<Self> {
        let Machine { uuid, name, interfaces, .. } = Machine::parse(xml)?;
        Ok(Self { machine: uuid, name, is_active, cards: interfaces })
    }

    /// Whether one of them is in the network of this name.
    #[must_use]
    pub fn are_in(&self, network: &str) -> bool {
        self.cards.iter().any(|card| card.is_in(network))
    }
}

impl Libvirt {
    /// Every network, of whatever kind.
    ///
    /// # Errors
    /// `Unavailable`; libvirt's.
    pub async fn networks(&self) -> Result<Vec<Known>> {
        self.list_call(|connection| {
            let all = connection.list_all_networks(0).map_err(|error| from_virt(&error))?;
            // One that went since it was listed is none.
            let read =
                |network: &Network| Some((network.xml_desc(0).ok()?, network.is_active().ok()?, network.autostart().unwrap_or(false)));
            let known = |(xml, is_active, is_autostarted): (String, bool, bool)| {
                Ok(Known { document: Document::parse(&xml)?, is_active, is_autostarted })
            };
            all.iter().filter_map(read).map(known).collect()
        })
        .await
    }

    /// Every machine with the network cards of its definition.
    ///
    /// # Errors
    /// `Unavailable`; libvirt's.
    pub async fn network_cards(&self) -> Result<Vec<Cards>> {
        self.list_call(move |connection| {
            let all = connection.list_all_domains(0).map_err(|error| from_virt(&error))?;
            // One that went since it was listed has none.
            all.iter().filter_map(read).map(|(xml, is_active)| Cards::parse(&xml, is_active)).collect()
        })
        .await
    }

    /// Makes a network of the virtual functions of a card, starts it and has it started with the computer; or there is nothing of it.
    /// `guard` is kept until libvirt returns.
    ///
    /// # Errors
    /// libvirt's; `TimedOut`: it may come later; `Incomplete` with its name if it could not be undone.
    pub async fn create_network<G: Send + 'static>(&self, _: &Grant<HostSriov>, name: String, card: String, guard: G) -> Result<Uuid> {
        let create = move |connection: &Connect| {
            let network = connection.define_network_xml(&network::of_card(&name, &card)?).map_err(|error| from_virt(&error))?;
            match start(&network) {
                Ok(uuid) => Ok(uuid),
                Err(error) => Err(undo(&network, name, error)),
            }
        };
        self.workers.call(Lane::Long, DEADLINE, guard, move |session| create(session)).await
    }

    /// Stops a network and forgets it; or it is as before. `guard` is kept until libvirt returns.
    ///
    /// # Errors
    /// `NotFound`; else as [`Self::create_network`].
    pub async fn delete_network<G: Send + 'static>(&self, _: &Grant<HostSriov>, uuid: Uuid, guard: G) -> Result<()> {
        self.workers
            .call(Lane::Long, DEADLINE, guard, move |session| {
                let network = session.lookup_network_by_uuid(uuid).map_err(|error| from_virt(&error))?;
                let was_active = network.is_active().map_err(|error| from_virt(&error))?;
                if was_active {
                    network.destroy().map_err(|error| from_virt(&error))?;
                }
                let undefined = network.undefine().map_err(|error| from_virt(&error));
                match undefined {
                    Err(error) if was_active => Err(network.create().err().map_or(error, |_| left(uuid.to_string()))),
                    done => done,
                }
            })
            .await
    }
}

fn read(domain: &Domain) -> Option<(String, bool)> {
    Some((domain.xml_desc(sys::VIR_DOMAIN_XML_INACTIVE).ok()?, domain.is_active().ok()?))
}

fn left(name: String) -> Error {
    Error::Incomplete { left: vec![name] }
}

/// Read back, for what does not hand anything out is of no use.
fn start(network: &Network) -> Result<Uuid> {
    let started = network.set_autostart(true).and_then(|()| network.create()).and_then(|()| network.is_active());
    match started.map_err(|error| from_virt(&error))? {
        true => network.uuid().map_err(|error| from_virt(&error)),
        false => Err(Error::Internal("a network that was started and does not run")),
    }
}

fn undo(network: &Network, name: String, error: Error) -> Error {
    if network.is_active().unwrap_or(false)
        && let Err(error) = network.destroy()
    {
        tracing::error!(code = ?error.code(), name, "A network that was not finished could not be stopped");
        return left(name);
    }
    match network.undefine() {
        Ok(()) => error,
        Err(error) => {
            tracing::error!(code = ?error.code(), name, "A network that was not finished could not be forgotten");
            left(name)
        }
    }
}
