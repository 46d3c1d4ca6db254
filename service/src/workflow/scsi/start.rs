//! What a machine takes of the host's SCSI devices with its start. The number of an adapter is another one after each start of the computer,
//! so each device is looked for by what it is known by, and the definition is put right before libvirt reads it.

use model::{device::scsi as document, machine::Machine as Document};
use uuid::Uuid;

use crate::{
    context::Context,
    error::{Error, Result, refuse_for},
    host::{
        finding::Finding,
        scsi::{self, Address, Devices, judge},
    },
    policy::{Target, action::MachineManage},
    workflow::{
        definition,
        passthrough::{blocking, machines},
    },
};

/// A device that a definition names, and what it is known by.
type Wanted = (Address, Option<String>);
type Moves = Vec<(Address, Address)>;

/// Has the definition of a machine that is to start name its devices where they are now, if the host can do without them. `definitions`
/// is that of the next start, and that of a saved state if there is one, which stays as it is. Costs nothing for one without any.
///
/// # Errors
/// `Refused` with the reasons: `gone`, `same-identity`, `moved` for a saved state, and what the host or a machine does with one. What a
/// change of the definition says.
pub(in crate::workflow) async fn settle(context: &Context, uuid: Uuid, definitions: &mut [String]) -> Result<()> {
    if !definitions.iter().any(|xml| may_name(xml)) || context.libvirt.is_active(uuid).await? {
        return Ok(());
    }
    let known = read(context).await?;
    for (index, xml) in definitions.iter_mut().enumerate() {
        let moves = judge(context, uuid, xml, &known).await?;
        if moves.is_empty() {
            continue;
        }
        if index > 0 {
            // What a saved state runs with was decided when it was saved.
            let reason = |(from, to): &(Address, Address)| Finding::new("moved", &from.to_string()).named(&to.to_string());
            return Err(Error::Refused { reasons: moves.iter().map(reason).collect() });
        }
        tracing::info!(machine = %uuid, ?moves, "SCSI devices of the host are elsewhere now");
        // Whoever gave the device to the machine was allowed to: it is the same.
        let grant = context.policy.resume::<MachineManage>(Target::of_machine(uuid, "scsi-address"));
        let changed = definition::change(context, &grant, None, move |xml| Ok(document::move_all(xml, &moves)?)).await?;
        changed.after.xml().clone_into(xml);
    }
    Ok(())
}

/// Whether a machine could start again with this definition. Asked while it still runs.
///
/// # Errors
/// As [`settle`].
pub(in crate::workflow) async fn allow_again(context: &Context, uuid: Uuid, definition: &str) -> Result<()> {
    if !may_name(definition) {
        return Ok(());
    }
    let known = read(context).await?;
    judge(context, uuid, definition, &known).await.map(drop)
}

/// A definition that names what is there where it is now, and the rest as before.
///
/// # Errors
/// `Document` for one that cannot be read.
pub(super) fn put_right(definition: &str, known: &Devices) -> Result<String> {
    let (found, _) = find(known, &wanted(definition)?);
    let moves: Moves = found.into_iter().filter(|(from, to)| from != to).collect();
    if moves.is_empty() { Ok(definition.to_owned()) } else { Ok(document::move_all(definition, &moves)?) }
}

/// Most definitions name none, and reading one costs as much as everything else.
fn may_name(xml: &str) -> bool {
    xml.contains("scsi_host")
}

async fn read(context: &Context) -> Result<Devices> {
    let root = context.root.clone();
    blocking(move || scsi::read(&root)).await
}

/// Which devices are elsewhere now than the definition says.
async fn judge(context: &Context, uuid: Uuid, definition: &str, known: &Devices) -> Result<Moves> {
    let wanted = wanted(definition)?;
    let (found, mut reasons) = find(known, &wanted);
    let others = machines(context).await?;
    let own = others.iter().find(|other| other.uuid == uuid && other.is_active());
    for address in found.iter().map(|(_, to)| *to) {
        let identity = known.get(&address).and_then(scsi::Device::identity);
        let has = |machine: &crate::inventory::Machine| {
            machine.definition.attached.iter().any(|one| one.live && super::is_of(one, address, identity.as_deref()))
        };
        let holder = others.iter().find(|other| other.uuid != uuid && other.is_active() && has(other));
        reasons.extend(holder.map(|holder| Finding::new("machine-running", &address.to_string()).named(&holder.name)));
        let (root, known) = (context.root.clone(), known.clone());
        let is_owned = holder.is_some() || own.is_some_and(|own| has(own));
        let findings = blocking(move || judge::judge(&root, &known, address, is_owned)).await?;
        reasons.extend(findings.reasons);
    }
    refuse_for(reasons.into_iter().map(Finding::discreet).collect())?;
    Ok(found.into_iter().filter(|(from, to)| from != to).collect())
}

fn wanted(definition: &str) -> Result<Vec<Wanted>> {
    let known = Document::parse(definition)?.scsi_identities;
    let identity = |address| known.iter().find(|(other, _)| *other == address).map(|(_, identity)| identity.clone());
    Ok(document::all(definition)?.into_iter().map(|found| (found.address, identity(found.address))).collect())
}

/// Where each is now. One that others gave, with nothing to know it by, is taken for what is at its address; if nothing is, that is
/// libvirt's to say.
fn find(known: &Devices, wanted: &[Wanted]) -> (Moves, Vec<Finding>) {
    let (mut found, mut reasons) = (Moves::new(), Vec::new());
    for (address, identity) in wanted {
        match identity.as_deref().map(|identity| judge::find(known, *address, identity)) {
            Some(Ok(now)) => found.push((*address, now)),
            Some(Err(word)) => reasons.push(Finding::new(word, &address.to_string()).named(identity.as_deref().unwrap_or_default())),
            None if known.contains_key(address) => found.push((*address, *address)),
            None => {}
        }
    }
    (found, reasons)
}
