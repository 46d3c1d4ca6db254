//! Devices that are plugged into a running machine, and unplugged.

use std::time::Duration;

use model::device::scsi::{PREFIX, URI};
use uuid::Uuid;
use virt::{domain::Domain, error::Error as VirtError};
use virt_sys as sys;

use super::{LONG_DEADLINE, Libvirt, on_domain, worker::Lane};
use crate::{
    error::{Error, Result},
    policy::{Grant, action::HostDevice},
};

/// A device is reset, and all memory of the machine is pinned for it: that takes a while, but not for ever.
const PLUG_DEADLINE: Duration = Duration::from_secs(60);

impl Libvirt {
    /// Plugs a device of the host into the running machine.
    ///
    /// # Errors
    /// `InvalidState`, `Busy`, `Stalled`; `TimedOut` if libvirt is still at it, which shows when it has ended; libvirt's.
    pub async fn plug(&self, grant: &Grant<HostDevice>, element: String) -> Result<()> {
        let plug = move |domain: &Domain| domain.attach_device_flags(&element, sys::VIR_DOMAIN_AFFECT_LIVE);
        self.plug_call(grant.machine()?, plug).await
    }

    /// Asks the guest to let go of a device. Whether it does shows later: libvirt tells it by an event.
    ///
    /// # Errors
    /// As [`Self::plug`].
    pub async fn unplug(&self, grant: &Grant<HostDevice>, element: String) -> Result<()> {
        let unplug = move |domain: &Domain| domain.detach_device_flags(&element, sys::VIR_DOMAIN_AFFECT_LIVE);
        self.plug_call(grant.machine()?, unplug).await
    }

    /// Notes what SCSI devices of the running machine are known by, so that a state of it that is saved has that, too.
    ///
    /// # Errors
    /// `NoMachine`, or libvirt's.
    pub async fn note_scsi(&self, grant: &Grant<HostDevice>, element: Option<String>) -> Result<()> {
        let kind = i32::try_from(sys::VIR_DOMAIN_METADATA_ELEMENT).unwrap_or_default();
        self.read_machine(grant.machine()?, move |domain| {
            domain.set_metadata(kind, element.as_deref(), Some(PREFIX), Some(URI), sys::VIR_DOMAIN_AFFECT_LIVE).map(drop)
        })
        .await
    }

    async fn plug_call(&self, uuid: Uuid, work: impl FnOnce(&Domain) -> Result<(), VirtError> + Send + 'static) -> Result<()> {
        let turn = self.gates.enter_long(uuid, super::DEADLINE).await?;
        let call = self.workers.call(Lane::Long, LONG_DEADLINE, turn, move |session| on_domain(session, uuid, work));
        tokio::time::timeout(PLUG_DEADLINE, call).await.unwrap_or(Err(Error::TimedOut(PLUG_DEADLINE)))
    }
}
