//! Parts of divided cards: made, kept and given up by libvirt, which has mdevctl do it.

use std::time::Duration;

use model::device::node;
use uuid::Uuid;
use virt::{connect::Connect, nodedev::NodeDevice};

use super::{Libvirt, error::from_virt, ffi, worker::Lane};
use crate::{
    error::{Error, Result},
    host::pci::PciAddress,
    policy::{Grant, action::HostDevice},
};

/// How long a driver may take. libvirt itself waits a minute for what it has made.
const DEADLINE: Duration = Duration::from_secs(90);

/// A part: below which PCI device, and its UUID.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PartId {
    /// The device that it is a part of.
    pub parent: PciAddress,
    /// Its UUID.
    pub uuid: Uuid,
}

/// What is done with a part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// One of the kind with this id is made. It is gone with the next start of the computer.
    Create(String),
    /// One of the kind with this id is kept, and not made.
    Define(String),
    /// One that is kept is made.
    Start,
    /// One that is kept is made at each start of the computer, or no longer.
    Autostart(bool),
    /// One that is there goes. One that is kept stays kept.
    Stop,
    /// It is kept no longer. One that is there stays.
    Undefine,
}

impl Libvirt {
    /// Does one step with a part. `guard` is kept until libvirt returns.
    ///
    /// # Errors
    /// `NotFound` for a parent or a part that libvirt does not know; `TimedOut` if the driver does not answer: it may be done later;
    /// libvirt's.
    pub async fn part<G: Send + 'static>(&self, grant: &Grant<HostDevice>, id: PartId, step: Step, guard: G) -> Result<()> {
        // What was authorized, and nothing else.
        if grant.devices() != [id.parent] {
            return Err(Error::Internal("a grant for another device"));
        }
        self.workers.call(Lane::Long, DEADLINE, guard, move |session| run(session, id, &step)).await
    }
}

fn run(connection: &Connect, id: PartId, step: &Step) -> Result<()> {
    let known = || find(connection, id);
    let done = match step {
        Step::Create(kind) => connection.create_node_device_xml(&document(id, kind)?, 0).map(drop),
        Step::Define(kind) => ffi::define_node_device(connection, &document(id, kind)?).map(drop),
        Step::Start => ffi::create_node_device(&known()?),
        Step::Autostart(is_on) => ffi::set_node_device_autostart(&known()?, *is_on),
        Step::Stop => known()?.destroy(),
        Step::Undefine => ffi::undefine_node_device(&known()?),
    };
    done.map_err(|error| from_virt(&error))
}

/// libvirt's name of a PCI device.
fn name(address: PciAddress) -> String {
    format!("pci_{}", address.to_string().replace([':', '.'], "_"))
}

fn document(id: PartId, kind: &str) -> Result<String> {
    Ok(node::wanted(&name(id.parent), kind, id.uuid)?)
}

/// The part as libvirt has it: by what it is, for its name is not the same in every version.
fn find(connection: &Connect, id: PartId) -> Result<NodeDevice> {
    let parent = id.parent.to_string();
    for device in connection.list_all_node_devices(ffi::PARTS).map_err(|error| from_virt(&error))? {
        // One that went since it was listed is none.
        let Ok(xml) = device.xml_desc(0) else { continue };
        let is_it = |part: node::Part| part.uuid == id.uuid && (part.parent.is_empty() || part.parent == parent);
        if node::part(&xml)?.is_some_and(is_it) {
            return Ok(device);
        }
    }
    Err(Error::NotFound { what: "mediated device" })
}
