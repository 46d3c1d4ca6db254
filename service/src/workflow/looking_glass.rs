//! Looking Glass in one switch: the memory through which a guest shows its screen to a program on its host.

use std::sync::Arc;

use model::device::{
    Graphics, Listen,
    shared_memory::{self, PREFIX},
};

use super::{definition, passthrough::blocking};
use crate::{
    context::Context,
    error::{Error, Result, allow},
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

/// Where a client finds the screen of a machine that runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct View {
    /// The name of its memory; the file is `/dev/shm/NAME`.
    pub name: String,
    /// Where keys, pointer and sound go; `None` if a client cannot reach that.
    pub spice: Option<Spice>,
}

/// A SPICE server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Spice {
    /// An address of this computer, and a port.
    Port(String, u16),
    /// The path of a socket.
    Socket(String),
}

/// Tells where the screen of a machine is that runs; `caller` is the user who asks, and may own the file.
///
/// # Errors
/// `InvalidState` if it does not run; `NotFound` if it started without such a memory; `Refused` if its file is somebody else's; `NoMachine`.
pub async fn view(context: &Context, machine: &Machine, caller: u32) -> Result<View> {
    if !machine.is_active() {
        return Err(Error::InvalidState);
    }
    let document = context.libvirt.document(machine.uuid).await?;
    let memory = document.looking_glass.ok_or(Error::NotFound { what: "memory for Looking Glass" })?;
    let (root, name) = (context.root.clone(), memory.name.clone());
    let found = blocking(move || file::find(&root, &name, Some(caller))).await?;
    // Whoever made it shows what they like, and sees the keys that are meant for the guest's screen.
    if found.is_some_and(|file| !file.is_trusted) {
        return Err(Error::refused(Finding::new("file-of-another", &memory.name)));
    }
    Ok(View { name: memory.name, spice: document.graphics.iter().filter(|graphics| graphics.kind == "spice").find_map(spice) })
}

/// Without TLS, which the client does not speak.
fn spice(graphics: &Graphics) -> Option<Spice> {
    let found = |listen: &Listen| match listen {
        Listen::Socket(path) => Some(Spice::Socket(path.clone())).filter(|_| !path.is_empty()),
        Listen::Address(address) | Listen::Network { address, .. } if graphics.port > 0 => {
            Some(Spice::Port(reachable(address), graphics.port))
        }
        Listen::Address(_) | Listen::Network { .. } | Listen::Nowhere => None,
    };
    graphics.listen.iter().find_map(found)
}

/// Whoever listens on every address listens on this computer's own, too.
fn reachable(address: &str) -> String {
    match address {
        "" | "0.0.0.0" | "localhost" => "127.0.0.1".to_owned(),
        "::" | "[::]" => "::1".to_owned(),
        address => address.to_owned(),
    }
}

/// Gives the machine of the grant such a memory with its next start, or the one that it has another size.
///
/// # Errors
/// `Refused` with the reasons, `NotFound`, `InvalidState` for a machine without a definition that stays, `DefinitionChanged`,
/// and libvirt's: then nothing was changed.
pub async fn enable(context: &Arc<Context>, grant: &Grant<MachineManage>, request: &Request) -> Result<()> {
    let machine = context.machine(grant.machine()?)?;
    let Plan { name, size, findings, .. } = plan(context, &machine, request).await?;
    allow(&findings)?;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spice_is_reached_by_a_port_of_this_computer_or_a_socket_and_never_by_tls_alone() {
        let of = |port, listen| spice(&Graphics { kind: "spice".into(), port, tls_port: 5901, listen, ..Graphics::default() });
        let address = |text: &str| Listen::Address(text.into());
        for (listens, reached) in [("", "127.0.0.1"), ("0.0.0.0", "127.0.0.1"), ("::", "::1"), ("192.168.1.5", "192.168.1.5")] {
            assert_eq!(of(5900, vec![address(listens)]), Some(Spice::Port(reached.into(), 5900)), "{listens}");
        }
        assert_eq!(of(0, vec![address("")]), None);
        assert_eq!(of(0, vec![Listen::Nowhere, Listen::Socket("/run/s".into())]), Some(Spice::Socket("/run/s".into())));
        assert_eq!(of(5900, vec![Listen::Nowhere]), None);
    }
}
