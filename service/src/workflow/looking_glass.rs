//! Looking Glass in one switch: the memory through which a guest shows its screen to a program on its host.

use std::sync::Arc;

use model::device::shared_memory::{self, PREFIX};

use super::{definition, passthrough::blocking};
use crate::{
    context::Context,
    error::{Error, Result},
    host::{
        finding::{Finding, Findings},
        shared_memory as file,
    },
    inventory::Machine,
    policy::{Grant, action::MachineManage},
};

/// The largest memory: frames of 7680 × 4320 with high dynamic range. It is the host's.
pub const LARGEST: u64 = 1 << 30;

/// What is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// Bytes of the memory.
    pub size: u64,
    /// The user of this computer who looks.
    pub user: Option<String>,
}

/// What would happen.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The name of the memory; its file is `/dev/shm/NAME`.
    pub name: String,
    /// Bytes.
    pub size: u64,
    /// Lines for `tmpfiles.d`, with which the user may read it; empty without a user, or where QEMU's is not known.
    pub tmpfiles: String,
    /// What speaks against it.
    pub findings: Findings,
}

/// Looks at the machine and the host and tells what would happen. Changes nothing.
///
/// # Errors
/// `NoMachine`; `NotFound` for a user that this computer does not have.
pub async fn plan(context: &Arc<Context>, machine: &Machine, request: &Request) -> Result<Plan> {
    let xml = context.libvirt.next_xml(machine.uuid).await?;
    let (root, request, uuid) = (context.root.clone(), request.clone(), machine.uuid);
    blocking(move || {
        let known = model::machine::Machine::parse(&xml)?.looking_glass;
        // Each machine has its own: with one name for all, guests would see each other's screens.
        let name = known.map_or_else(|| format!("{PREFIX}-{uuid}"), |known| known.name);
        let mut findings = Findings::default();
        findings.warnings.extend(shared_memory::hints(&xml)?.into_iter().map(|word| Finding::new(word, &name)));
        let reader = match &request.user {
            Some(user) => Some(file::user(&root, user).ok_or(Error::NotFound { what: "user" })?),
            None => None,
        };
        match file::find(&root, &name, reader) {
            // Whoever made it sees the screen.
            Some(found) if !found.is_trusted => findings.reasons.push(Finding::new("file-of-another", &name)),
            Some(found) if found.size > 0 && found.size < request.size => findings.warnings.push(Finding::new("file-too-small", &name)),
            Some(_) => {}
            None => findings.warnings.push(Finding::new("file-missing", &name)),
        }
        let tmpfiles = request.user.as_deref().and_then(|user| file::line(&root, &name, user)).unwrap_or_default();
        Ok(Plan { name, size: request.size, tmpfiles, findings })
    })
    .await?
}

/// Gives the machine of the grant such a memory with its next start, or the one that it has another size.
///
/// # Errors
/// `Refused` with the reasons, `NotFound`, `InvalidState` for a machine without a definition that stays, `DefinitionChanged`,
/// and libvirt's: then nothing was changed.
pub async fn enable(context: &Arc<Context>, grant: &Grant<MachineManage>, request: &Request) -> Result<()> {
    let machine = context.machine(grant.machine()?)?;
    let Plan { name, size, findings, .. } = plan(context, &machine, request).await?;
    if !findings.reasons.is_empty() {
        return Err(Error::Refused { reasons: findings.reasons });
    }
    tracing::info!(machine = %machine.uuid, size, uid = grant.caller().uid, "Giving a machine memory for Looking Glass");
    definition::change(context, grant, None, move |xml| Ok(shared_memory::give(xml, &name, size)?)).await.map(drop)
}

/// Takes it away again. The file stays until the computer is switched off: a machine that runs still uses it.
///
/// # Errors
/// `NotFound` if there is none; `InvalidState`, `DefinitionChanged`, libvirt's.
pub async fn disable(context: &Arc<Context>, grant: &Grant<MachineManage>) -> Result<()> {
    tracing::info!(machine = %grant.machine()?, uid = grant.caller().uid, "Taking a machine's memory for Looking Glass");
    let take = |xml: &str| {
        let without = shared_memory::take(xml)?;
        if without == xml { Err(Error::NotFound { what: "memory for Looking Glass" }) } else { Ok(without) }
    };
    definition::change(context, grant, None, take).await.map(drop)
}
