//! Doing it: the definition first, for that is one step which can be taken back, then each device in the running machine.

use std::{collections::BTreeMap, os::fd::OwnedFd, sync::Arc, time::Duration};

use model::device::assign::{self, Assignment};
use uuid::Uuid;

use super::{
    Had, How, Plan, Scope, assignment,
    before::{self, Element},
    plan, rom,
};
use crate::{
    context::Context,
    error::{Error, Result, allow},
    host::pci::{self, PciAddress},
    libvirt::Changed,
    policy::{
        Grant,
        action::{HostDevice, MachineManage},
    },
    workflow::definition,
};

/// A device for a running machine.
struct Plug {
    source: String,
    element: String,
}

/// A running machine's places for devices.
trait Slots {
    /// Plugs a device in.
    async fn plug(&self, device: &Plug) -> Result<()>;
    /// Asks the guest to let a device go.
    async fn ask(&self, source: &str) -> Result<()>;
    /// Waits until these are gone, at most `limit`. Returns those that are still there.
    async fn gone(&self, sources: &[String], limit: Duration) -> Vec<String>;
}

/// Gives the grant's devices to its machine, one of them with the ROM in a caller's file if there is one; or as they were before the
/// caller took them.
///
/// # Errors
/// `Unsafe` with the reasons, `InvalidArgument` for what is no ROM, `NotFound` for what the caller did not take, `Busy`, `InvalidState`, `NotSupported`,
/// `DefinitionChanged`, and libvirt's: then everything is as it was. `Incomplete` with the devices that could not be taken back.
pub async fn attach(
    context: &Arc<Context>,
    manage: &Grant<MachineManage>,
    grant: &Grant<HostDevice>,
    how: How,
    file: Option<OwnedFd>,
) -> Result<()> {
    let image = match file {
        Some(file) => Some(rom::read(grant.caller().uid, file).await?),
        None => None,
    };
    let machine = context.machine(grant.machine()?)?;
    let _claim = context.changing.claim(grant.devices().iter().flat_map(|device| pci::group(&context.root, *device)).collect())?;
    let (how, had) = before::before(context, grant.caller(), machine.uuid, grant.devices(), how)?;
    let Plan { plugged, configured, findings, .. } = plan(context, &machine, grant.devices().to_vec(), how, had.as_deref()).await?;
    allow(&findings)?;
    if how.iommufd && configured.is_empty() && !plugged.is_empty() {
        // Only a definition can be read back before the device is taken.
        return Err(Error::NotSupported { reason: "iommufd needs a device that is configured, too" });
    }
    tracing::info!(machine = %machine.uuid, ?plugged, ?configured, uid = grant.caller().uid, as_before = how.as_before, "Attaching devices of the host");
    let roms = match &had {
        Some(had) => had.roms.iter().filter(|(device, _)| configured.contains(device)).cloned().collect(),
        None => how.rom_file.zip(image).into_iter().collect(),
    };
    let result = with_roms(context, (manage, grant), (plugged, configured), (how, had.as_deref()), roms).await;
    if result.is_ok() {
        match &had {
            Some(had) => context.before.forget(had),
            None => context.before.given(machine.uuid, grant.devices()),
        }
    }
    context.refreshed_by(machine.uuid, &result).await;
    context.devices_changed.notify_one();
    result
}

/// The ROMs, and what has them; or neither.
async fn with_roms(
    context: &Arc<Context>,
    grants: (&Grant<MachineManage>, &Grant<HostDevice>),
    devices: (Vec<PciAddress>, Vec<PciAddress>),
    how: (How, Option<&Had>),
    roms: Vec<(PciAddress, Vec<u8>)>,
) -> Result<()> {
    let machine = grants.1.machine()?;
    let with: Vec<PciAddress> = roms.iter().map(|(device, _)| *device).collect();
    let kept = async {
        for (device, image) in roms {
            rom::keep(context, machine, device, image).await?;
        }
        Ok(())
    };
    let result = match kept.await {
        Ok(()) => give(context, grants, devices, how).await,
        Err(error) => Err(error),
    };
    // `Incomplete` is what a definition may still refer to.
    if let Err(error) = &result
        && !matches!(error, Error::Incomplete { .. })
    {
        rom::forget(context, machine, with).await;
    }
    result
}

/// The definition, and then the running machine; or neither.
async fn give(
    context: &Arc<Context>,
    (manage, grant): (&Grant<MachineManage>, &Grant<HostDevice>),
    (plugged, configured): (Vec<PciAddress>, Vec<PciAddress>),
    (how, had): (How, Option<&Had>),
) -> Result<()> {
    let uuid = grant.machine()?;
    let changed = match (configured.is_empty(), had) {
        (true, _) => None,
        (false, None) => Some(configure(context, manage, &configured, how).await?),
        (false, Some(had)) => Some(put_back(context, manage, &configured, had).await?),
    };
    let plug = |device: PciAddress| {
        let element = match had.and_then(|had| had.live.get(&device)) {
            Some(Element { xml, .. }) => xml.clone(),
            None => assignment(uuid, device, how).to_xml()?,
        };
        Ok(Plug { source: device.to_string(), element })
    };
    let result = match plugged.into_iter().map(plug).collect::<Result<Vec<Plug>>>() {
        Ok(plugged) => plug_all(&Machine { context, grant, uuid }, &plugged).await,
        Err(error) => Err(error),
    };
    if result.is_err()
        && let Some(changed) = changed
        && let Err(error) = definition::undo(context, manage, changed).await
    {
        tracing::error!(machine = %uuid, cause = ?error, "A definition could not be taken back");
        return Err(Error::Incomplete { left: configured.iter().map(ToString::to_string).collect() });
    }
    result
}

async fn put_back(context: &Context, manage: &Grant<MachineManage>, devices: &[PciAddress], had: &Had) -> Result<Changed> {
    let (taken, sources) = (had.configured.clone(), devices.iter().map(ToString::to_string).collect::<Vec<_>>());
    definition::change(context, manage, None, move |xml| Ok(assign::put_back(xml, &taken, &sources)?)).await
}

async fn configure(context: &Context, manage: &Grant<MachineManage>, devices: &[PciAddress], how: How) -> Result<Changed> {
    let uuid = manage.machine()?;
    let assignments: Vec<Assignment> = devices.iter().map(|device| assignment(uuid, *device, how)).collect();
    let sources: Vec<String> = assignments.iter().map(|one| one.source.clone()).collect();
    let changed = definition::change(context, manage, None, move |xml| Ok(assign::assign(xml, &assignments)?)).await?;
    if how.iommufd && !assign::uses_iommufd(changed.after.xml(), &sources)? {
        definition::undo(context, manage, changed).await?;
        return Err(Error::NotSupported { reason: "this libvirt does not know iommufd" });
    }
    Ok(changed)
}

/// Takes the grant's devices from its machine. Those that it does not have are left out.
///
/// # Errors
/// `NotFound` if it has none of them; `NotSupported` for a part of a card in a running guest; `TimedOut` if the guest keeps all
/// of them, `Incomplete` with those that it keeps: then the definition is as it was. `DefinitionChanged`, `Busy`, libvirt's.
pub async fn detach(
    context: &Arc<Context>,
    manage: &Grant<MachineManage>,
    grant: &Grant<HostDevice>,
    scope: Scope,
    limit: Duration,
) -> Result<()> {
    let machine = context.machine(grant.machine()?)?;
    let sources: Vec<String> = grant.devices().iter().map(ToString::to_string).collect();
    let _claim = context.changing.claim(grant.devices().iter().copied().collect())?;
    let having = |has: fn(&crate::inventory::Attached) -> bool| {
        let has = |source: &&String| machine.definition.attached.iter().any(|one| has(one) && *one.source == ***source);
        sources.iter().filter(has).cloned().collect::<Vec<_>>()
    };
    let live = if scope.live == Some(false) { Vec::new() } else { having(|one| one.live) };
    let configured = if scope.configured == Some(false) { Vec::new() } else { having(|one| one.configured) };
    let asked_in_vain = (scope.live == Some(true) && live.is_empty()) || (scope.configured == Some(true) && configured.is_empty());
    if asked_in_vain || (live.is_empty() && configured.is_empty()) {
        return Err(Error::NotFound { what: "device of the machine" });
    }
    tracing::info!(machine = %machine.uuid, ?live, ?configured, uid = grant.caller().uid, "Detaching devices of the host");
    let mut had = Had {
        machine: machine.uuid,
        uid: grant.caller().uid,
        devices: grant.devices().to_vec(),
        live: elements(context, machine.uuid, &live).await?,
        configured: Vec::new(),
        roms: Vec::new(),
    };
    let result = unplug_all(&Machine { context, grant, uuid: machine.uuid }, &live, limit).await;
    context.refreshed_by(machine.uuid, &result).await;
    context.devices_changed.notify_one();
    result?;
    if !configured.is_empty() {
        let sources = configured.clone();
        let changed = definition::change(context, manage, None, move |xml| Ok(assign::unassign(xml, &sources)?)).await?;
        (_, had.configured) = assign::take(changed.before.xml(), &configured)?;
        let gone = configured.iter().filter_map(|source| source.parse().ok()).collect();
        let Some(roms) = rom::take(context, machine.uuid, gone).await else { return Ok(()) };
        had.roms = roms;
    }
    context.before.keep(had);
    Ok(())
}

/// What a running machine has of these.
async fn elements(context: &Context, machine: Uuid, sources: &[String]) -> Result<BTreeMap<PciAddress, Element>> {
    if sources.is_empty() {
        return Ok(BTreeMap::new());
    }
    let xml = context.libvirt.xml(machine).await?;
    let (_, taken) = assign::take(&xml, sources)?;
    let of_device = |one: assign::Taken| {
        let device: PciAddress = one.source?.parse().ok()?;
        let element = assign::unplaced(&one.element).map(|xml| (device, Element { managed: one.managed, xml }));
        Some(element.map_err(Error::from))
    };
    taken.into_iter().filter_map(of_device).collect()
}

/// Plugs all of them, or none.
async fn plug_all(slots: &impl Slots, devices: &[Plug]) -> Result<()> {
    for (index, device) in devices.iter().enumerate() {
        if let Err(error) = slots.plug(device).await {
            tracing::warn!(device = device.source, cause = ?error, "A device was not plugged in; those before it go back");
            let before: Vec<String> = devices[..index].iter().map(|device| device.source.clone()).collect();
            return Err(match unplug_all(slots, &before, super::UNPLUG_TIME).await {
                Ok(()) => error,
                Err(Error::Incomplete { left }) => Error::Incomplete { left },
                Err(_) => Error::Incomplete { left: before },
            });
        }
    }
    Ok(())
}

/// Asks for all at once, for a guest may need its time for each, and waits for all.
async fn unplug_all(slots: &impl Slots, sources: &[String], limit: Duration) -> Result<()> {
    if sources.is_empty() {
        return Ok(());
    }
    let (mut asked, mut refused, mut why) = (Vec::new(), Vec::new(), None);
    for source in sources {
        // One that is refused must not keep the others: what is left is told by name.
        match slots.ask(source).await {
            Ok(()) => asked.push(source.clone()),
            Err(error) => {
                refused.push(source.clone());
                why.get_or_insert(error);
            }
        }
    }
    if let (Some(error), true) = (why, asked.is_empty()) {
        return Err(error);
    }
    let mut left = slots.gone(&asked, limit).await;
    left.extend(refused);
    match left.len() {
        0 => Ok(()),
        count if count == sources.len() => Err(Error::TimedOut(limit)),
        _ => Err(Error::Incomplete { left }),
    }
}

/// The real ones.
struct Machine<'a> {
    context: &'a Context,
    grant: &'a Grant<HostDevice>,
    uuid: Uuid,
}

impl Slots for Machine<'_> {
    async fn plug(&self, device: &Plug) -> Result<()> {
        self.context.libvirt.plug(self.grant, device.element.clone()).await
    }

    async fn ask(&self, source: &str) -> Result<()> {
        let xml = self.context.libvirt.xml(self.uuid).await?;
        if assign::is_part_of_card(&xml, source)? {
            return Err(Error::NotSupported { reason: "libvirt unplugs no part of a card while the guest runs" });
        }
        // Gone by itself is gone, too.
        let Some(element) = assign::element_of(&xml, source)? else { return Ok(()) };
        self.context.libvirt.unplug(self.grant, element).await
    }

    async fn gone(&self, sources: &[String], limit: Duration) -> Vec<String> {
        still_there(self.context, self.uuid, sources, limit).await
    }
}

/// Waits until a running machine has none of these, at most `limit`. Returns those that it still has.
pub(in crate::workflow) async fn still_there(context: &Context, uuid: Uuid, sources: &[String], limit: Duration) -> Vec<String> {
    let Some(entry) = context.inventory.entry(uuid) else { return Vec::new() };
    let left = |machine: &crate::inventory::Machine| {
        let has = |source: &&String| machine.definition.attached.iter().any(|one| one.live && *one.source == ***source);
        sources.iter().filter(has).cloned().collect::<Vec<_>>()
    };
    // It may have let go before the call came back.
    context.refresh(uuid);
    // Whether or not, what is left says it.
    let _ = tokio::time::timeout(limit, entry.wait_until(|machine| left(machine).is_empty())).await;
    left(&entry.machine())
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    /// A machine that is played.
    #[derive(Default)]
    struct Fake {
        plugged: Mutex<Vec<String>>,
        refuses_to_plug: Option<&'static str>,
        keeps: Option<&'static str>,
    }

    impl Slots for Fake {
        async fn plug(&self, device: &Plug) -> Result<()> {
            if self.refuses_to_plug == Some(device.source.as_str()) {
                return Err(Error::NoSpace);
            }
            self.plugged.lock().unwrap().push(device.source.clone());
            Ok(())
        }

        async fn ask(&self, source: &str) -> Result<()> {
            if self.keeps != Some(source) {
                self.plugged.lock().unwrap().retain(|known| known != source);
            }
            Ok(())
        }

        async fn gone(&self, sources: &[String], _: Duration) -> Vec<String> {
            let plugged = self.plugged.lock().unwrap();
            sources.iter().filter(|source| plugged.contains(source)).cloned().collect()
        }
    }

    impl Fake {
        fn has(&self) -> Vec<String> {
            self.plugged.lock().unwrap().clone()
        }
    }

    fn devices() -> Vec<Plug> {
        ["0000:01:00.0", "0000:01:00.1", "0000:01:00.2"].map(|source| Plug { source: source.into(), element: String::new() }).into()
    }

    fn sources() -> Vec<String> {
        devices().into_iter().map(|device| device.source).collect()
    }

    #[tokio::test]
    async fn when_one_cannot_be_plugged_none_stays() {
        let fake = Fake { refuses_to_plug: Some("0000:01:00.2"), ..Fake::default() };
        assert!(matches!(plug_all(&fake, &devices()).await, Err(Error::NoSpace)));
        assert_eq!(fake.has(), Vec::<String>::new());
    }

    #[tokio::test]
    async fn what_could_not_be_taken_back_is_named() {
        let fake = Fake { refuses_to_plug: Some("0000:01:00.2"), keeps: Some("0000:01:00.0"), ..Fake::default() };
        let failed = plug_all(&fake, &devices()).await;
        assert!(matches!(&failed, Err(Error::Incomplete { left }) if *left == sources()[..1]), "{failed:?}");
    }

    #[tokio::test]
    async fn a_guest_that_keeps_a_device_is_told_from_one_that_keeps_all() {
        let fake = Fake { keeps: Some("0000:01:00.1"), ..Fake::default() };
        plug_all(&fake, &devices()).await.unwrap();
        let partly = unplug_all(&fake, &sources(), Duration::from_secs(1)).await;
        assert!(matches!(&partly, Err(Error::Incomplete { left }) if *left == sources()[1..2]), "{partly:?}");
        let wholly = unplug_all(&fake, &sources()[1..2], Duration::from_secs(1)).await;
        assert!(matches!(wholly, Err(Error::TimedOut(limit)) if limit == Duration::from_secs(1)), "{wholly:?}");
    }

    #[tokio::test]
    async fn all_are_plugged_and_all_go() {
        let fake = Fake::default();
        plug_all(&fake, &devices()).await.unwrap();
        assert_eq!(fake.has(), sources());
        unplug_all(&fake, &sources(), Duration::from_secs(1)).await.unwrap();
        assert_eq!(fake.has(), Vec::<String>::new());
    }
}
