//! The part of `org.kvmmanager.Manager1.Device` that is about SCSI devices.

use std::{sync::OnceLock, time::Duration};

use dbus::Reader;
use zbus::message::Header;

use super::{Device, Facts};
use crate::{
    bus::findings::shown,
    error::{Error, Reply, Result},
    host::scsi::Address,
    policy::Target,
    workflow::{
        attach::Scope,
        scsi::{self, Named},
    },
};

/// What a caller names one by.
const ARGUMENT: &str = "scsi";

impl Device {
    pub(super) async fn plan_scsi(&self, header: &Header<'_>, address: Address, scope: Scope) -> Result<Facts, Reply> {
        let named = OnceLock::new();
        let plan = async |_| {
            let named = named.get().ok_or(Error::Internal("a plan without its device"))?;
            let plan = scsi::plan(&self.0.context, &self.0.machine(), named, scope).await?;
            let mut told = shown(&plan.findings);
            told.extend([
                (ARGUMENT, address.to_string().into()),
                ("scsi-live", plan.is_plugged.into()),
                ("scsi-configured", plan.is_configured.into()),
            ]);
            told.extend(named.identity.clone().map(|identity| ("identity", identity.into())));
            Ok(told)
        };
        self.0.look(header, self.listed_scsi("plan-attach", address, &named), plan).await
    }

    pub(super) async fn attach_scsi(&self, header: &Header<'_>, address: Address, scope: Scope) -> Result<(), Reply> {
        let named = OnceLock::new();
        let attach = async |manage, device| {
            let named = named.get().ok_or(Error::Internal("a grant without its device"))?;
            scsi::attach(&self.0.context, &manage, &device, named, scope).await
        };
        self.0.change(header, self.listed_scsi("attach", address, &named), attach).await
    }

    pub(super) async fn detach_scsi(&self, header: &Header<'_>, address: Address, (scope, limit): (Scope, Duration)) -> Result<(), Reply> {
        // It may be gone: what there is to know is its address.
        let target = async { Ok(self.scsi("detach", address, ARGUMENT)) };
        let detach = async |manage, device| scsi::detach(&self.0.context, &manage, &device, address, scope, limit).await;
        self.0.change(header, target, detach).await
    }

    /// What is asked about is what is given: by the time of the answer another may be at the address.
    async fn listed_scsi(&self, operation: &'static str, address: Address, known: &OnceLock<Named>) -> Result<Target> {
        let named = scsi::resolve(&self.0.context, address).await?;
        let target = self.scsi(operation, address, named.kind);
        // Asked once.
        let _ = known.set(named);
        Ok(target)
    }

    fn scsi(&self, operation: &'static str, address: Address, kind: &str) -> Target {
        let facts = vec![("device", format!("SCSI {address}")), ("device.kind", kind.to_owned())];
        Target { facts, ..self.0.target(operation) }
    }
}

/// `scsi`: an address as the host lists it.
pub(super) fn which(reader: &mut Reader) -> Result<Option<Address>> {
    let invalid = Error::InvalidArgument { argument: ARGUMENT, reason: "not an address such as 0:0:1:0" };
    reader.take::<String>(ARGUMENT)?.map(|address| address.parse().map_err(|_| invalid)).transpose()
}
