//! Doing it: the definition first, for that is one step which can be taken back, then each device in the running machine.

use std::{sync::Arc, time::Duration};

use model::device::usb::{self as document, Assignment, Found, Usb};
use uuid::Uuid;

use super::{How, Plan, plan};
use crate::{
    context::Context,
    error::{Error, Result, allow},
    host::usb::Named,
    libvirt::Changed,
    policy::{
        Grant,
        action::{HostDevice, MachineManage},
    },
    workflow::{
        attach::{Scope, UNPLUG_TIME, run::still_there},
        definition,
    },
};

/// What was allowed.
#[derive(Clone, Copy, Debug)]
pub struct Rights<'a> {
    /// That the definition changes; none if it is not to.
    pub manage: Option<&'a Grant<MachineManage>>,
    /// That the machine gets or loses its devices.
    pub devices: &'a Grant<HostDevice>,
    /// That machines which have them let them go.
    pub owners: &'a [Grant<HostDevice>],
}

/// A device that goes into a running machine.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Move {
    port: String,
    /// What libvirt shows it as in a running machine.
    source: String,
    /// What the machine gets.
    element: String,
    /// What lets it go before.
    from: Option<Owner>,
}

/// A running machine that has a device.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Owner {
    machine: Uuid,
    /// What it has, and what libvirt shows it as.
    element: String,
    source: String,
}

/// The running machines.
trait Machines {
    /// Plugs a device in.
    async fn plug(&self, machine: Option<Uuid>, element: &str) -> Result<()>;
    /// Takes a device away and waits until it is gone.
    async fn unplug(&self, machine: Option<Uuid>, element: &str, source: &str) -> Result<()>;
}

/// Gives the grant's devices to its machine. If `is_one`, the caller meant one of them.
///
/// # Errors
/// `Unsafe` with the reasons, `Busy`, `InvalidState`, `NotFound`, `NotSupported`, `DefinitionChanged`, and libvirt's: then everything
/// is as it was. `Incomplete` with the ports of the devices that could not be put back.
pub async fn attach(context: &Arc<Context>, rights: Rights<'_>, is_one: bool, how: How) -> Result<()> {
    let machine = context.machine(rights.devices.machine()?)?;
    let _claim = context.usb.claims.claim(rights.devices.usb())?;
    let plan = plan(context, &machine, rights.devices.usb().to_vec(), is_one, how).await?;
    allow(&plan.findings)?;
    if how.reset.is_some() && plan.configured.is_empty() && !plan.plugged.is_empty() {
        // Only a definition can be read back before the device is taken.
        return Err(Error::NotSupported { reason: "guest-reset needs a device that is configured, too" });
    }
    let moves = moves(context, &plan, how).await?;
    let ports = |devices: &[Named]| devices.iter().map(|device| device.port.clone()).collect::<Vec<_>>();
    let (plugged, configured, uid) = (ports(&plan.plugged), ports(&plan.configured), rights.devices.caller().uid);
    tracing::info!(machine = %machine.uuid, ?plugged, ?configured, handed_over = plan.handed_over.len(), uid, "Attaching USB devices");
    let changed = match rights.manage {
        Some(manage) if !plan.configured.is_empty() => Some((manage, configure(context, manage, &plan, how).await?)),
        _ => None,
    };
    let result = move_all(&Real { context, rights }, &moves).await;
    if result.is_err()
        && let Some((manage, changed)) = changed
        && let Err(error) = definition::undo(context, manage, changed).await
    {
        tracing::error!(machine = %machine.uuid, cause = ?error, "A definition could not be taken back");
        return Err(Error::Incomplete { left: plan.configured.into_iter().map(|device| device.port).collect() });
    }
    for uuid in plan.handed_over.iter().map(|(uuid, _)| *uuid).chain([machine.uuid]) {
        context.refreshed_by(uuid, &result).await;
    }
    context.devices_changed.notify_one();
    result
}

async fn moves(context: &Context, plan: &Plan, how: How) -> Result<Vec<Move>> {
    let mut moves = Vec::new();
    for device in &plan.plugged {
        let assignment = Assignment { place: Some(device.place), ..plan.assignment(device, how) };
        let owner = plan.handed_over.iter().find(|(_, handed)| handed == device).map(|(owner, _)| *owner);
        let from = match owner {
            Some(owner) => element(context, owner, device).await?,
            None => None,
        };
        let (bus, number) = device.place;
        moves.push(Move { port: device.port.clone(), source: format!("{bus}.{number}"), element: assignment.to_xml()?, from });
    }
    Ok(moves)
}

/// What a running machine has of a device; none if it let it go meanwhile.
async fn element(context: &Context, machine: Uuid, device: &Named) -> Result<Option<Owner>> {
    let all = document::all(&context.libvirt.xml(machine).await?)?;
    let found = all.into_iter().find(|found| !found.usb.is_missing && found.usb.is(&device.usb()));
    Ok(found.map(|found| Owner { machine, source: source(&found), element: found.element }))
}

async fn configure(context: &Context, manage: &Grant<MachineManage>, plan: &Plan, how: How) -> Result<Changed> {
    let wanted: Vec<Assignment> = plan.configured.iter().map(|device| plan.assignment(device, how)).collect();
    let assignments = wanted.clone();
    let changed = definition::change(context, manage, None, move |xml| Ok(document::assign(xml, &assignments)?)).await?;
    if !document::has_reset(changed.after.xml(), &wanted)? {
        definition::undo(context, manage, changed).await?;
        return Err(Error::NotSupported { reason: "this libvirt does not know guest-reset" });
    }
    Ok(changed)
}

/// Moves all of them, or none.
async fn move_all(machines: &impl Machines, moves: &[Move]) -> Result<()> {
    for (index, one) in moves.iter().enumerate() {
        let Err(error) = forth(machines, one).await else { continue };
        tracing::warn!(port = one.port, cause = ?error, "A USB device was not plugged in; those before it go back");
        let mut left = match &error {
            Error::Incomplete { left } => left.clone(),
            _ => Vec::new(),
        };
        for done in moves[..index].iter().rev() {
            if let Err(error) = back(machines, done).await {
                tracing::error!(port = done.port, cause = ?error, "A USB device could not be put back");
                left.push(done.port.clone());
            }
        }
        return Err(if left.is_empty() { error } else { Error::Incomplete { left } });
    }
    Ok(())
}

async fn forth(machines: &impl Machines, one: &Move) -> Result<()> {
    if let Some(owner) = &one.from {
        machines.unplug(Some(owner.machine), &owner.element, &owner.source).await?;
    }
    let Err(error) = machines.plug(None, &one.element).await else { return Ok(()) };
    if let Some(owner) = &one.from
        && let Err(cause) = machines.plug(Some(owner.machine), &owner.element).await
    {
        tracing::error!(port = one.port, ?cause, "The machine that let a USB device go did not get it back");
        return Err(Error::Incomplete { left: vec![one.port.clone()] });
    }
    Err(error)
}

async fn back(machines: &impl Machines, one: &Move) -> Result<()> {
    machines.unplug(None, &one.element, &one.source).await?;
    match &one.from {
        Some(owner) => machines.plug(Some(owner.machine), &owner.element).await,
        None => Ok(()),
    }
}

/// Takes the grant's devices from its machine, and what else `named` names, which need not be there any more.
///
/// # Errors
/// `NotFound` if it has none of them; `TimedOut` if it keeps them, `Incomplete` with those that it keeps: then the definition is as
/// it was. `DefinitionChanged`, `Busy`, libvirt's.
pub async fn detach(context: &Arc<Context>, rights: Rights<'_>, named: Vec<Usb>, scope: Scope, limit: Duration) -> Result<()> {
    let machine = context.machine(rights.devices.machine()?)?;
    let _claim = context.usb.claims.claim(rights.devices.usb())?;
    let named: Vec<Usb> = rights.devices.usb().iter().map(Named::usb).chain(named).collect();
    let is_meant = |found: &Found| named.iter().any(|one| found.usb.is(one));
    let live: Vec<Found> = if machine.is_active() && scope.live != Some(false) {
        document::all(&context.libvirt.xml(machine.uuid).await?)?.into_iter().filter(is_meant).collect()
    } else {
        Vec::new()
    };
    let is_configured = machine.persistent
        && scope.configured != Some(false)
        && document::all(&context.libvirt.next_xml(machine.uuid).await?)?.iter().any(is_meant);
    let asked_in_vain = (scope.live == Some(true) && live.is_empty()) || (scope.configured == Some(true) && !is_configured);
    if asked_in_vain || (live.is_empty() && !is_configured) {
        return Err(Error::NotFound { what: "device of the machine" });
    }
    let sources: Vec<String> = live.iter().map(source).collect();
    tracing::info!(machine = %machine.uuid, live = ?sources, is_configured, uid = rights.devices.caller().uid, "Detaching USB devices");
    let result = unplug_all(context, rights.devices, machine.uuid, &live, limit).await;
    context.refreshed_by(machine.uuid, &result).await;
    context.devices_changed.notify_one();
    result?;
    match rights.manage {
        Some(manage) if is_configured => {
            definition::change(context, manage, None, move |xml| Ok(document::unassign(xml, &named)?)).await.map(drop)
        }
        _ => Ok(()),
    }
}

/// What the inventory calls a device that a running machine has.
fn source(found: &Found) -> String {
    match (found.usb.place, found.usb.ids) {
        (Some((bus, number)), _) => format!("{bus}.{number}"),
        (None, Some((vendor, product))) => format!("0x{vendor:04x}:0x{product:04x}"),
        (None, None) => String::new(),
    }
}

async fn unplug_all(context: &Context, grant: &Grant<HostDevice>, uuid: Uuid, live: &[Found], limit: Duration) -> Result<()> {
    let mut left = Vec::new();
    let mut why = None;
    for found in live {
        if let Err(error) = context.libvirt.unplug(grant, found.element.clone()).await {
            left.push(source(found));
            why.get_or_insert(error);
        }
    }
    if let (Some(error), true) = (why, left.len() == live.len()) {
        return Err(error);
    }
    let asked: Vec<String> = live.iter().map(source).filter(|source| !left.contains(source)).collect();
    left.extend(still_there(context, uuid, &asked, limit).await);
    match left.len() {
        0 => Ok(()),
        count if count == live.len() => Err(Error::TimedOut(limit)),
        _ => Err(Error::Incomplete { left }),
    }
}

/// Takes away what a running machine has of devices that are not on the host any more, so that they do not stand in the way of the
/// same one with another number. Best effort: what is left is in nobody's way but its own.
pub(super) async fn forget_gone(context: &Context, grant: &Grant<HostDevice>, is_there: impl Fn((u32, u32)) -> bool) -> Result<()> {
    let uuid = grant.machine()?;
    let all = document::all(&context.libvirt.xml(uuid).await?)?;
    let ids: Vec<_> = grant.usb().iter().map(|device| Some(device.ids)).collect();
    for found in all.iter().filter(|found| ids.contains(&found.usb.ids) && found.usb.place.is_none_or(|place| !is_there(place))) {
        if let Err(error) = context.libvirt.unplug(grant, found.element.clone()).await {
            tracing::info!(machine = %uuid, device = source(found), cause = ?error, "A USB device that was pulled out is still named");
        }
    }
    Ok(())
}

/// The real ones.
struct Real<'a> {
    context: &'a Context,
    rights: Rights<'a>,
}

impl Real<'_> {
    /// The right to change a machine: that of the call, or that of one which lets a device go.
    fn grant(&self, machine: Option<Uuid>) -> Result<&Grant<HostDevice>> {
        let Some(uuid) = machine else { return Ok(self.rights.devices) };
        // It came to have the device after the caller was asked for.
        self.rights.owners.iter().find(|grant| grant.machine().is_ok_and(|owner| owner == uuid)).ok_or(Error::Busy)
    }
}

impl Machines for Real<'_> {
    async fn plug(&self, machine: Option<Uuid>, element: &str) -> Result<()> {
        self.context.libvirt.plug(self.grant(machine)?, element.to_owned()).await
    }

    async fn unplug(&self, machine: Option<Uuid>, element: &str, source: &str) -> Result<()> {
        let grant = self.grant(machine)?;
        self.context.libvirt.unplug(grant, element.to_owned()).await?;
        let left = still_there(self.context, grant.machine()?, &[source.to_owned()], UNPLUG_TIME).await;
        if left.is_empty() { Ok(()) } else { Err(Error::TimedOut(UNPLUG_TIME)) }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    const OWNER: Option<Uuid> = Some(Uuid::nil());

    /// Machines that are played: what each has.
    #[derive(Default)]
    struct Fake {
        has: Mutex<Vec<(Option<Uuid>, String)>>,
        refuses: Vec<(Option<Uuid>, &'static str)>,
    }

    impl Machines for Fake {
        async fn plug(&self, machine: Option<Uuid>, element: &str) -> Result<()> {
            if self.refuses.iter().any(|(of, what)| (*of, *what) == (machine, element)) {
                return Err(Error::NoSpace);
            }
            self.has.lock().unwrap().push((machine, element.to_owned()));
            Ok(())
        }

        async fn unplug(&self, machine: Option<Uuid>, element: &str, _: &str) -> Result<()> {
            let mut has = self.has.lock().unwrap();
            let before = has.len();
            has.retain(|(of, what)| (*of, what.as_str()) != (machine, element));
            if has.len() < before { Ok(()) } else { Err(Error::TimedOut(UNPLUG_TIME)) }
        }
    }

    impl Fake {
        fn has(&self) -> Vec<(Option<Uuid>, String)> {
            let mut has = self.has.lock().unwrap().clone();
            has.sort();
            has
        }
    }

    fn plain(port: &str) -> Move {
        Move { port: port.into(), source: port.into(), element: port.into(), from: None }
    }

    fn handed(port: &str) -> Move {
        let owner = Owner { machine: Uuid::nil(), element: format!("theirs {port}"), source: port.into() };
        Move { from: Some(owner), ..plain(port) }
    }

    fn theirs(port: &str) -> (Option<Uuid>, String) {
        (OWNER, format!("theirs {port}"))
    }

    #[tokio::test]
    async fn a_hand_over_takes_it_from_the_one_and_gives_it_to_the_other() {
        let fake = Fake { has: Mutex::new(vec![theirs("1-1")]), ..Fake::default() };
        move_all(&fake, &[handed("1-1"), plain("1-2")]).await.unwrap();
        assert_eq!(fake.has(), [(None, "1-1".to_owned()), (None, "1-2".to_owned())]);
    }

    #[tokio::test]
    async fn a_hand_over_whose_second_half_fails_is_put_back() {
        let fake = Fake { has: Mutex::new(vec![theirs("1-1")]), refuses: vec![(None, "1-1")] };
        assert!(matches!(move_all(&fake, &[handed("1-1")]).await, Err(Error::NoSpace)));
        assert_eq!(fake.has(), [theirs("1-1")]);
    }

    #[tokio::test]
    async fn when_one_cannot_be_plugged_none_stays_and_each_is_where_it_was() {
        let fake = Fake { has: Mutex::new(vec![theirs("1-1")]), refuses: vec![(None, "1-3")] };
        assert!(matches!(move_all(&fake, &[handed("1-1"), plain("1-2"), plain("1-3")]).await, Err(Error::NoSpace)));
        assert_eq!(fake.has(), [theirs("1-1")]);
    }

    #[tokio::test]
    async fn what_could_not_be_put_back_is_named() {
        let refuses = vec![(None, "1-2"), (OWNER, "theirs 1-1"), (OWNER, "theirs 1-2")];
        let fake = Fake { has: Mutex::new(vec![theirs("1-1"), theirs("1-2")]), refuses };
        let failed = move_all(&fake, &[handed("1-1"), handed("1-2")]).await;
        assert!(matches!(&failed, Err(Error::Incomplete { left }) if *left == ["1-2", "1-1"]), "{failed:?}");
    }
}
