//! Who may do what. Only here are [`Grant`]s made, and nothing that changes anything works without one.

pub mod action;
mod audit;
pub mod limit;
mod polkit;
pub mod presence;

use std::{
    collections::HashMap,
    marker::PhantomData,
    sync::{Mutex, PoisonError},
};

use action::{Action, MachineErase, MachineManage, UnlockHost, UnlockMachine};
use audit::Audit;
use limit::{Kind, Limits, MESSAGE_BYTES, Place};
use polkit::{Answer, Polkit};
use uuid::Uuid;
use zbus::{
    Connection,
    fdo::DBusProxy,
    message::{Flags, Header},
    proxy::CacheProperties,
};

use crate::{
    error::{Error, Result},
    host::{pci::PciAddress, usb},
};

/// Bus names are never used twice while a bus lives, so the user behind one can be remembered.
const MOST_KNOWN_NAMES: usize = 4096;

/// Who calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The user.
    pub uid: u32,
    /// The unique bus name; none on a peer-to-peer connection.
    pub bus_name: Option<String>,
}

/// A call that is being answered. Counts against the caller's quota until it is dropped.
#[derive(Debug)]
pub struct Call<'a> {
    /// Who calls.
    pub caller: Caller,
    header: &'a Header<'a>,
    may_prompt: bool,
    _place: Place,
}

/// What an authorization is about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Target {
    /// The machine.
    pub machine: Option<Uuid>,
    /// Its name, for the prompt and for rules.
    pub machine_name: String,
    /// What will be done, such as `start`.
    pub operation: &'static str,
    /// Whose job it is.
    pub owner: Option<u32>,
    /// Devices of the host.
    pub devices: Vec<PciAddress>,
    /// USB devices of the host.
    pub usb: Vec<usb::Named>,
    /// What else rules and prompts get, by detail.
    pub facts: Vec<(&'static str, String)>,
}

impl Target {
    /// What is done to a machine, for what goes on without a caller.
    #[must_use]
    pub fn of_machine(machine: Uuid, operation: &'static str) -> Self {
        Self { machine: Some(machine), operation, ..Self::default() }
    }

    /// What polkit's rules and prompts get. Every key that a prompt names is always there: polkit would show the bare
    /// `$(key)` of a missing one.
    fn details(&self) -> Vec<(&'static str, String)> {
        let name = if self.machine.is_some() { presentable(&self.machine_name) } else { "*".to_owned() };
        let mut details = vec![
            ("operation", self.operation.to_owned()),
            ("machine.name", name),
            ("change", self.operation.to_owned()),
            ("secret.usage", "memory".to_owned()),
            ("guest.command", self.operation.to_owned()),
        ];
        if !self.devices.is_empty() {
            let addresses: Vec<String> = self.devices.iter().map(ToString::to_string).collect();
            details.push(("pci.address", presentable(&addresses.join(" "))));
            details.push(("device", presentable(&addresses.join(" "))));
        }
        details.extend(self.facts.iter().filter(|(key, _)| *key == "pci.class").map(|(_, class)| ("device.kind", presentable(class))));
        if !self.usb.is_empty() {
            let words = |each: fn(&usb::Named) -> String| presentable(&self.usb.iter().map(each).collect::<Vec<_>>().join(" "));
            let ids = |named: &usb::Named| format!("{:04x}:{:04x}", named.ids.0, named.ids.1);
            details.extend([("usb.port", words(|named| named.port.clone())), ("usb.id", words(ids))]);
            details.extend([("device", words(ToString::to_string)), ("device.kind", words(ids))]);
        }
        if let Some(uuid) = self.machine {
            details.push(("machine.uuid", uuid.to_string()));
        }
        if let Some(owner) = self.owner {
            details.push(("owner.uid", owner.to_string()));
        }
        details.extend(self.facts.iter().map(|(key, fact)| (*key, presentable(fact))));
        details
    }
}

/// A machine's name as a prompt may show it: libvirt allows names that would break the line or its direction.
fn presentable(name: &str) -> String {
    model::validate::shown(name, 80)
}

/// The right to do `A` to one object. Made by [`Policy::authorize`] alone for a caller; [`Policy::resume`] and `at_boot` go on with what
/// was granted before.
#[derive(Clone, Debug)]
pub struct Grant<A: Action> {
    target: Target,
    caller: Caller,
    action: PhantomData<A>,
}

impl<A: Action> Grant<A> {
    /// The machine it is for.
    ///
    /// # Errors
    /// `Internal` if it is for something else: a mistake in the calling code, refused rather than guessed.
    pub fn machine(&self) -> Result<Uuid> {
        self.target.machine.ok_or(Error::Internal("a grant without its machine"))
    }

    /// The devices of the host it is for.
    #[must_use]
    pub fn devices(&self) -> &[PciAddress] {
        &self.target.devices
    }

    /// The USB devices of the host it is for.
    #[must_use]
    pub fn usb(&self) -> &[usb::Named] {
        &self.target.usb
    }

    /// Who was authorized.
    #[must_use]
    pub const fn caller(&self) -> &Caller {
        &self.caller
    }

    /// The operation that was authorized.
    #[must_use]
    pub const fn operation(&self) -> &'static str {
        self.target.operation
    }
}

impl<A: Action> Grant<A> {
    /// The right to do at a start of the computer what was authorized when the service wrote it down for every start.
    pub(crate) fn at_boot(devices: Vec<PciAddress>, operation: &'static str) -> Self {
        let caller = Caller { uid: rustix::process::geteuid().as_raw(), bus_name: None };
        audit::granted(&caller, A::ID, None, operation);
        Self { target: Target { operation, devices, ..Target::default() }, caller, action: PhantomData }
    }
}

impl Grant<MachineErase> {
    /// The right to what comes before: whoever may let a machine go for good may change it.
    #[must_use]
    pub fn manage(&self) -> Grant<MachineManage> {
        Grant { target: self.target.clone(), caller: self.caller.clone(), action: PhantomData }
    }
}

/// How calls are judged.
#[derive(Debug)]
enum Judge {
    /// By polkit, on the system bus.
    Polkit(Polkit),
    /// The service's own user may do everything, nobody else anything: on the user's own bus, and peer to peer.
    OwnUser { uid: u32, bus: Option<DBusProxy<'static>> },
}

/// The policy of one service.
#[derive(Debug)]
pub struct Policy {
    judge: Judge,
    connection: Connection,
    limits: Limits,
    audit: Audit,
    known: Mutex<HashMap<String, u32>>,
}

impl Policy {
    /// For the system bus: polkit decides.
    ///
    /// # Errors
    /// If the bus refuses.
    pub async fn polkit(connection: &Connection) -> Result<Self> {
        Ok(Self::new(connection, Judge::Polkit(Polkit::new(connection).await?)))
    }

    /// For a user's own bus or a peer-to-peer connection.
    ///
    /// # Errors
    /// If the service runs as root, which would make every caller root.
    pub async fn own_user(connection: &Connection) -> Result<Self> {
        let uid = rustix::process::geteuid().as_raw();
        if uid == 0 {
            return Err(Error::NotSupported { reason: "root never runs without polkit" });
        }
        let bus = if connection.is_bus() {
            Some(DBusProxy::builder(connection).cache_properties(CacheProperties::No).build().await?)
        } else {
            None
        };
        Ok(Self::new(connection, Judge::OwnUser { uid, bus }))
    }

    fn new(connection: &Connection, judge: Judge) -> Self {
        Self { judge, connection: connection.clone(), limits: Limits::default(), audit: Audit::default(), known: Mutex::default() }
    }

    /// Keeps up with changes of polkit's rules.
    pub async fn watch(&self) {
        if let Judge::Polkit(polkit) = &self.judge
            && let Err(error) = polkit.watch().await
        {
            tracing::warn!(%error, "Changes of polkit's rules are seen with a delay");
        }
    }

    /// The quotas.
    #[must_use]
    pub const fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Takes a call in: who calls, and is it within the quotas.
    ///
    /// # Errors
    /// `LimitExceeded`; `NotAuthorized` if the caller is gone already.
    pub async fn call<'a>(&self, header: &'a Header<'a>) -> Result<Call<'a>> {
        let caller = self.caller(header).await?;
        if caller.uid != 0 && header.primary().body_len() > MESSAGE_BYTES {
            return Err(Error::LimitExceeded { what: "bytes in a message", limit: u64::from(MESSAGE_BYTES) });
        }
        let place = self.limits.take(caller.uid, Kind::Calls)?;
        let may_prompt = header.primary().flags().contains(Flags::ALLOW_INTERACTIVE_AUTH);
        Ok(Call { caller, header, may_prompt, _place: place })
    }

    /// Who sent a message.
    async fn caller(&self, header: &Header<'_>) -> Result<Caller> {
        const GONE: Error = Error::NotAuthorized { action: "", obtainable: false, dismissed: false };
        let Some(sender) = header.sender() else {
            let credentials = self.connection.peer_creds().await.map_err(Error::io("Reading the peer's credentials"))?;
            return Ok(Caller { uid: credentials.unix_user_id().ok_or(GONE)?, bus_name: None });
        };
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner).get(sender.as_str()).copied();
        if let Some(uid) = known {
            return Ok(Caller { uid, bus_name: Some(sender.to_string()) });
        }
        let uid = match &self.judge {
            Judge::Polkit(polkit) => polkit.uid(sender).await.map_err(|_| GONE)?,
            Judge::OwnUser { bus: Some(bus), .. } => bus.get_connection_unix_user(sender.clone().into()).await.map_err(|_| GONE)?,
            Judge::OwnUser { bus: None, .. } => return Err(GONE),
        };
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST_KNOWN_NAMES {
            known.clear();
        }
        known.insert(sender.to_string(), uid);
        Ok(Caller { uid, bus_name: Some(sender.to_string()) })
    }

    /// Asks whether the caller may do `A` to `target`. The only way to a [`Grant`].
    ///
    /// # Errors
    /// `NotAuthorized`, or `InteractionRequired` if a prompt would be needed that the caller did not allow.
    pub async fn authorize<A: Action>(&self, call: &Call<'_>, target: Target) -> Result<Grant<A>> {
        let answer = self.answer::<A>(call, &target).await;
        self.audit.record(&call.caller, A::ID, &target, answer.is_ok());
        answer?;
        Ok(Grant { target, caller: call.caller.clone(), action: PhantomData })
    }

    async fn answer<A: Action>(&self, call: &Call<'_>, target: &Target) -> Result<()> {
        let polkit = match &self.judge {
            Judge::OwnUser { uid, .. } if call.caller.uid == *uid => return Ok(()),
            Judge::OwnUser { .. } => return Err(Error::NotAuthorized { action: A::ID, obtainable: false, dismissed: false }),
            Judge::Polkit(polkit) => polkit,
        };
        let details = target.details();
        if A::KEPT && call.caller.bus_name.as_deref().is_some_and(|sender| polkit.recently_granted(sender, A::ID, &details)) {
            return Ok(());
        }
        // Without a prompt first: most callers need none, and prompts have a quota.
        let mut answer = polkit.check(call.header, A::ID, &details, false, A::KEPT).await;
        if call.may_prompt && matches!(answer, Answer::Denied { obtainable: true, .. }) {
            let _prompt = self.limits.take(call.caller.uid, Kind::Prompts)?;
            answer = polkit.check(call.header, A::ID, &details, true, A::KEPT).await;
        }
        match answer {
            Answer::Granted => Ok(()),
            Answer::Denied { obtainable: true, .. } if !call.may_prompt => Err(Error::InteractionRequired { action: A::ID }),
            Answer::Denied { obtainable, dismissed } => Err(Error::NotAuthorized { action: A::ID, obtainable, dismissed }),
        }
    }

    /// The grant for what goes on without its caller: somebody was authorized for it when the record was made that says so, such as
    /// a rule, a setting of the machine, or work that was interrupted.
    #[must_use]
    pub fn resume<A: Action>(&self, target: Target) -> Grant<A> {
        let caller = Caller { uid: rustix::process::geteuid().as_raw(), bus_name: None };
        self.audit.record(&caller, A::ID, &target, true);
        Grant { target, caller, action: PhantomData }
    }

    /// One prompt up front for what follows.
    ///
    /// # Errors
    /// As [`Self::authorize`].
    pub async fn unlock(&self, call: &Call<'_>, scope: dbus::manager::Scope) -> Result<()> {
        let target = Target { operation: "unlock", ..Target::default() };
        match scope {
            dbus::manager::Scope::Machine => self.authorize::<UnlockMachine>(call, target).await.map(drop),
            dbus::manager::Scope::Host => self.authorize::<UnlockHost>(call, target).await.map(drop),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prompt_shows_no_control_or_bidi_characters_of_a_name() {
        let target =
            Target { machine: Some(Uuid::nil()), machine_name: "a\n\u{202e}\u{1b}b".into(), operation: "start", ..Target::default() };
        assert!(target.details().contains(&("machine.name", "ab".to_owned())));
    }
}
