//! Definitions: reading them, metadata, and taking them away and bringing them back.

use uuid::Uuid;
use virt::{
    domain::Domain,
    error::{Error as VirtError, ErrorNumber},
};
use virt_sys as sys;

use super::{Libvirt, ffi, machine_error};
use crate::{
    error::{Error, Result},
    policy::{
        Grant,
        action::{MachineErase, MachineManage},
    },
};

/// What of a machine's firmware state goes with its definition.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FirmwareState {
    /// The firmware's settings.
    pub nvram: bool,
    /// What its TPM keeps.
    pub tpm: bool,
}

/// A machine's definition with what must come back with it after a delete.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Definition {
    /// The definition of its next start, passwords included. Never leaves the service's own state directory.
    pub xml: String,
    /// Its snapshots, parents before children.
    pub snapshots: Vec<String>,
    /// The name of its current snapshot.
    pub current_snapshot: Option<String>,
    /// Starts with the host.
    pub autostart: bool,
}

impl Libvirt {
    /// The definition of the next start, without passwords.
    ///
    /// # Errors
    /// `NoMachine`.
    pub async fn next_xml(&self, uuid: Uuid) -> Result<String> {
        self.read_machine(uuid, |domain| domain.xml_desc(sys::VIR_DOMAIN_XML_INACTIVE)).await
    }

    /// Whether libvirt, and the QEMU that runs the machine, know iommufd.
    ///
    /// # Errors
    /// `NoMachine`; `Document`; libvirt's.
    pub async fn knows_iommufd(&self, uuid: Uuid) -> Result<bool> {
        let machine = self.document(uuid).await?;
        let told = self.list_call(move |connection| {
            let [emulator, architecture, kind, hypervisor] =
                [&machine.emulator, &machine.architecture, &machine.machine_type, &machine.kind]
                    .map(|word| Some(word.as_str()).filter(|word| !word.is_empty()));
            connection.domain_capabilities(emulator, architecture, kind, hypervisor, 0).map_err(|error| super::error::from_virt(&error))
        });
        Ok(model::capability::knows_iommufd(&told.await?)?)
    }

    /// The definition that is in its saved state, without passwords; `None` if it has none, or this libvirt cannot tell.
    ///
    /// # Errors
    /// `NoMachine`, libvirt's.
    pub async fn saved_xml(&self, uuid: Uuid) -> Result<Option<String>> {
        let read = |domain: &Domain| if domain.has_managed_save(0)? { ffi::saved_xml(domain).map(Some) } else { Ok(None) };
        match self.read_machine(uuid, read).await {
            Err(Error::NotSupported { .. }) => Ok(None),
            read => read,
        }
    }

    /// The definition that it runs with, or of the next start if it is off; without passwords.
    ///
    /// # Errors
    /// `NoMachine`.
    pub async fn xml(&self, uuid: Uuid) -> Result<String> {
        self.read_machine(uuid, |domain| domain.xml_desc(0)).await
    }

    /// The same, read. Not on the thread of the bus: a definition can be long.
    ///
    /// # Errors
    /// `NoMachine`; `Document` if it is beyond all bounds.
    pub async fn document(&self, uuid: Uuid) -> Result<model::machine::Machine> {
        self.list_call(move |session| {
            let xml = super::on_domain(session, uuid, |domain| domain.xml_desc(0))?;
            Ok(model::machine::Machine::parse(&xml)?)
        })
        .await
    }

    /// Everything that [`Self::bring_back`] needs. Passwords are in it, or a machine would come back without them.
    ///
    /// # Errors
    /// `NoMachine`.
    pub async fn take_down_definition(&self, grant: &Grant<MachineManage>) -> Result<Definition> {
        self.read_machine(grant.machine()?, |domain| {
            let snapshots = domain.list_all_snapshots(sys::VIR_DOMAIN_SNAPSHOT_LIST_TOPOLOGICAL)?;
            let current = snapshots.iter().find(|snapshot| snapshot.is_current(0).unwrap_or(false));
            Ok(Definition {
                xml: domain.xml_desc(sys::VIR_DOMAIN_XML_INACTIVE | sys::VIR_DOMAIN_XML_SECURE)?,
                current_snapshot: current.map(virt::domain_snapshot::DomainSnapshot::name).transpose()?,
                snapshots: snapshots
                    .iter()
                    .map(|snapshot| snapshot.xml_desc(sys::VIR_DOMAIN_SNAPSHOT_XML_SECURE))
                    .collect::<Result<_, _>>()?,
                autostart: domain.autostart()?,
            })
        })
        .await
    }

    /// Removes the definition. Saved state and snapshot metadata go with it, and what is asked for of the firmware's state.
    ///
    /// # Errors
    /// `NoMachine`, or libvirt's.
    pub async fn undefine(&self, grant: &Grant<MachineManage>, going: FirmwareState) -> Result<()> {
        self.long_call(grant.machine()?, move |domain| undefine(domain, going)).await
    }

    /// Defines a machine again from what [`Self::take_down_definition`] returned.
    ///
    /// # Errors
    /// `NameTaken` if another machine has its name or identity.
    pub async fn bring_back(&self, grant: &Grant<MachineManage>, definition: Definition, name: String) -> Result<()> {
        let uuid = grant.machine()?;
        self.list_call(move |connection| {
            let taken = connection.lookup_domain_by_name(&name).is_ok() || connection.lookup_domain_by_uuid(uuid).is_ok();
            if taken {
                return Err(Error::NameTaken { name });
            }
            let failed = |error| machine_error(uuid, &error);
            let domain = connection.define_domain_xml(&definition.xml).map_err(failed)?;
            complete(&domain, &definition).map_err(|error| {
                let error = failed(error);
                // Half a machine is none: its disks go back to the trash.
                if let Err(error) = undefine(&domain, FirmwareState::default()) {
                    tracing::error!(machine = %uuid, %error, "A machine that could not be brought back whole could not be taken away again");
                }
                error
            })
        })
        .await
    }

    /// Gives a machine that was defined again, and perhaps no more than that, its snapshots and its autostart.
    ///
    /// # Errors
    /// `NoMachine`, or libvirt's.
    pub async fn complete(&self, grant: &Grant<MachineManage>, definition: Definition) -> Result<()> {
        let uuid = grant.machine()?;
        self.list_call(move |connection| super::on_domain(connection, uuid, |domain| complete(domain, &definition))).await
    }

    /// Removes the firmware state that a deleted machine left behind, by defining it for a moment.
    ///
    /// libvirt has no call for the state of a machine it does not know, and only libvirt knows where that state is.
    ///
    /// # Errors
    /// `NameTaken` if another machine has its name or identity by now: then the state may be that machine's.
    pub async fn remove_firmware_state(
        &self,
        grant: &Grant<MachineErase>,
        definition: Definition,
        name: String,
        going: FirmwareState,
    ) -> Result<()> {
        let (uuid, none) = (grant.machine()?, FirmwareState::default());
        self.list_call(move |connection| {
            // An attempt that was killed in its moment left the very definition behind; any difference makes it somebody's.
            if let Ok(left) = connection.lookup_domain_by_uuid(uuid)
                && !left.is_active().unwrap_or(true)
                && left.xml_desc(sys::VIR_DOMAIN_XML_INACTIVE | sys::VIR_DOMAIN_XML_SECURE).is_ok_and(|xml| xml == definition.xml)
            {
                return undefine(&left, going).or_else(|_| undefine(&left, none)).map_err(|error| machine_error(uuid, &error));
            }
            if connection.lookup_domain_by_name(&name).is_ok() || connection.lookup_domain_by_uuid(uuid).is_ok() {
                return Err(Error::NameTaken { name });
            }
            let failed = |error| machine_error(uuid, &error);
            let domain = connection.define_domain_xml(&definition.xml).map_err(failed)?;
            undefine(&domain, going).or_else(|_| undefine(&domain, none)).map_err(failed)
        })
        .await
    }

    /// Writes title, notes or our own metadata; `None` leaves them as they are, an empty text removes them.
    ///
    /// # Errors
    /// `NoMachine`, or libvirt's.
    pub async fn set_metadata(
        &self,
        grant: &Grant<MachineManage>,
        title: Option<String>,
        description: Option<String>,
        metadata: Option<model::metadata::Metadata>,
    ) -> Result<()> {
        use model::metadata::{PREFIX, URI};
        self.read_machine(grant.machine()?, move |domain| {
            let running = if domain.is_active()? { sys::VIR_DOMAIN_AFFECT_LIVE } else { 0 };
            let kept = if domain.is_persistent()? { sys::VIR_DOMAIN_AFFECT_CONFIG } else { 0 };
            let text = |value: &Option<String>| value.clone().filter(|value| !value.is_empty());
            if title.is_some() {
                domain.set_metadata(kind(sys::VIR_DOMAIN_METADATA_TITLE), text(&title).as_deref(), None, None, running | kept)?;
            }
            if description.is_some() {
                domain.set_metadata(
                    kind(sys::VIR_DOMAIN_METADATA_DESCRIPTION),
                    text(&description).as_deref(),
                    None,
                    None,
                    running | kept,
                )?;
            }
            if let Some(metadata) = metadata {
                let element = metadata.to_xml();
                let element = if metadata == model::metadata::Metadata::default() { None } else { Some(element.as_str()) };
                domain.set_metadata(kind(sys::VIR_DOMAIN_METADATA_ELEMENT), element, Some(PREFIX), Some(URI), running | kept)?;
            }
            Ok(())
        })
        .await
    }

    /// Whether the machine is locked, asked of libvirt itself.
    ///
    /// # Errors
    /// `NoMachine`, `Unavailable`.
    pub async fn is_locked(&self, uuid: Uuid) -> Result<bool> {
        self.read_machine(uuid, |domain| match domain.metadata(kind(sys::VIR_DOMAIN_METADATA_ELEMENT), Some(model::metadata::URI), 0) {
            Ok(element) => Ok(model::metadata::Metadata::parse_element(&element).is_ok_and(|metadata| metadata.locked)),
            Err(error) if error.code().is(ErrorNumber::NoDomainMetadata) => Ok(false),
            Err(error) => Err(error),
        })
        .await
    }

    /// Keeps a transient machine's definition.
    ///
    /// # Errors
    /// `InvalidState` if it is persistent already.
    pub async fn make_persistent(&self, grant: &Grant<MachineManage>) -> Result<()> {
        let uuid = grant.machine()?;
        self.list_call(move |connection| {
            let failed = |error| machine_error(uuid, &error);
            let domain = connection.lookup_domain_by_uuid(uuid).map_err(failed)?;
            if domain.is_persistent().map_err(failed)? {
                return Err(Error::InvalidState);
            }
            let xml = domain.xml_desc(sys::VIR_DOMAIN_XML_INACTIVE | sys::VIR_DOMAIN_XML_SECURE).map_err(failed)?;
            connection.define_domain_xml(&xml).map(drop).map_err(failed)
        })
        .await
    }
}

/// What makes a definition the whole machine. What is there already stays as it is.
fn complete(domain: &virt::domain::Domain, definition: &Definition) -> Result<(), virt::error::Error> {
    for snapshot in &definition.snapshots {
        domain.create_snapshot_xml(snapshot, sys::VIR_DOMAIN_SNAPSHOT_CREATE_REDEFINE)?;
    }
    if let Some(current) = &definition.current_snapshot
        && let Some(xml) = definition.snapshots.iter().find(|xml| model::snapshot::Snapshot::parse(xml).is_ok_and(|s| s.name == *current))
    {
        let flags = sys::VIR_DOMAIN_SNAPSHOT_CREATE_REDEFINE | sys::VIR_DOMAIN_SNAPSHOT_CREATE_CURRENT;
        domain.create_snapshot_xml(xml, flags)?;
    }
    if definition.autostart {
        domain.set_autostart(true)?;
    }
    Ok(())
}

fn undefine(domain: &Domain, going: FirmwareState) -> Result<(), VirtError> {
    let always =
        sys::VIR_DOMAIN_UNDEFINE_MANAGED_SAVE | sys::VIR_DOMAIN_UNDEFINE_SNAPSHOTS_METADATA | sys::VIR_DOMAIN_UNDEFINE_CHECKPOINTS_METADATA;
    let nvram = if going.nvram { sys::VIR_DOMAIN_UNDEFINE_NVRAM } else { sys::VIR_DOMAIN_UNDEFINE_KEEP_NVRAM };
    let tpm = if going.tpm { sys::VIR_DOMAIN_UNDEFINE_TPM } else { sys::VIR_DOMAIN_UNDEFINE_KEEP_TPM };
    domain.undefine_flags(always | nvram | tpm).or_else(|error| {
        // Drivers without firmware state or checkpoints refuse the flags as unknown arguments.
        if error.code().is(ErrorNumber::InvalidArg) || error.code().is(ErrorNumber::ArgumentUnsupported) {
            domain.undefine_flags(sys::VIR_DOMAIN_UNDEFINE_MANAGED_SAVE | sys::VIR_DOMAIN_UNDEFINE_SNAPSHOTS_METADATA)
        } else {
            Err(error)
        }
    })
}

/// `virt` takes the kind as a signed number.
fn kind(kind: sys::virDomainMetadataType) -> i32 {
    i32::try_from(kind).unwrap_or_default()
}
