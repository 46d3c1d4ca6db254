//! What can be done about a failure.

use client::{Error, ErrorKind, Metadata, Operation, t};

use crate::{
    action::{Action, Call},
    command::Command,
    component::Kind,
    dialog::{Dialog, delete::Delete, deleted::DeletedMachines, jobs::Jobs, rename::Rename},
    model::{Key, Model},
};

/// A way out, as a button.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Repair {
    /// The same call once more.
    Again,
    /// Look at the plan again.
    Delete,
    /// Start without the saved state.
    StartCold,
    /// Take the lock away.
    RemoveLock,
    /// Ask for the password up front.
    Unlock,
    /// End it without asking the guest.
    ForceOff,
    /// What else is going on.
    ShowJobs,
    /// Deleted machines take space, too.
    ShowDeleted,
    /// Rename the machine that has the name.
    Rename(Key),
}

/// The ways out of this failure; the first one is the best.
pub(super) fn of(model: &Model, call: &Call, key: Option<&Key>, error: &Error) -> Vec<Repair> {
    let again = if matches!(call, Call::Delete(..) | Call::DeleteAll(..)) { Repair::Delete } else { Repair::Again };
    let Some(kind) = error.kind() else { return vec![again] };
    let mut repairs = match kind {
        ErrorKind::NotAuthorized if error.fact("obtainable") == Some("false") => vec![],
        ErrorKind::NotAuthorized if matches!(call, Call::Unlock(_)) => vec![again],
        ErrorKind::NotAuthorized => vec![Repair::Unlock],
        ErrorKind::Locked => vec![Repair::RemoveLock],
        ErrorKind::Stalled => vec![again, Repair::ForceOff],
        ErrorKind::Busy | ErrorKind::LimitExceeded => vec![again, Repair::ShowJobs],
        ErrorKind::NoSpace => vec![again, Repair::ShowDeleted],
        ErrorKind::AlreadyExists => taken(model, call, error).map(Repair::Rename).into_iter().collect(),
        ErrorKind::NotFound | ErrorKind::InvalidState | ErrorKind::NotSupported => vec![],
        _ => vec![again],
    };
    let has_saved_state = key.and_then(|key| model.machine(key)).is_some_and(|machine| machine.has_saved_state);
    if has_saved_state && matches!(call, Call::Operate(Operation::Start, _)) && matches!(kind, ErrorKind::Failed | ErrorKind::NotSupported)
    {
        repairs.push(Repair::StartCold);
    }
    repairs
}

/// The machine that has the name which a deleted one needs to come back.
fn taken(model: &Model, call: &Call, error: &Error) -> Option<Key> {
    let (Call::Undelete(host, ..), Some(name)) = (call, error.fact("name")) else { return None };
    let host = model.host(host)?;
    host.machines.values().find(|machine| machine.name == name).map(|machine| host.key(machine.id))
}

impl Repair {
    pub(super) fn label(&self) -> String {
        t!(match self {
            Self::Again => "repair-again",
            Self::Delete => "repair-delete",
            Self::StartCold => "repair-start-cold",
            Self::RemoveLock => "repair-remove-lock",
            Self::Unlock => "repair-unlock",
            Self::ForceOff => "repair-force-off",
            Self::ShowJobs => "repair-jobs",
            Self::ShowDeleted => "repair-deleted",
            Self::Rename(_) => "repair-rename",
        })
    }

    pub(super) const fn kind(&self) -> Kind {
        match self {
            Self::StartCold | Self::ForceOff => Kind::DangerOutline,
            Self::ShowJobs | Self::ShowDeleted => Kind::Secondary,
            _ => Kind::Primary,
        }
    }

    /// What is to be known before it is pressed.
    pub(super) fn hint(&self) -> Option<String> {
        match self {
            Self::StartCold => Some(t!("repair-start-cold-hint")),
            Self::ForceOff => Some(t!("repair-force-off-hint")),
            Self::Unlock => Some(t!("repair-unlock-hint")),
            _ => None,
        }
    }

    pub(super) fn action(&self, model: &Model, call: &Call, key: Option<&Key>) -> Action {
        let one: Vec<Key> = key.cloned().into_iter().collect();
        let next = match self {
            Self::Again => Action::Call(call.clone()),
            Self::Delete => return key.map_or(Action::Close, |key| Action::Open(Box::new(Delete::new(model, key.clone()).into()))),
            Self::StartCold => Action::Call(Call::Operate(Operation::StartCold, one)),
            Self::RemoveLock => Action::Call(Call::Metadata(one, Metadata { locked: Some(false), ..Metadata::default() })),
            Self::Unlock => host_of(call, key).map_or(Action::None, |host| Action::Call(Call::Unlock(host))),
            Self::ForceOff => Action::Call(Call::Operate(Operation::ForceOff, one)),
            Self::ShowJobs => return Action::Open(Box::new(Dialog::Jobs(Jobs::default()))),
            Self::ShowDeleted => return Action::Open(Box::new(DeletedMachines::new(model).into())),
            Self::Rename(key) => {
                let is_off = model.machine(key).is_some_and(|machine| Command::Rename.suits(machine));
                let rename = || Action::Open(Box::new(Rename::new(model, key.clone()).into()));
                return if is_off { rename() } else { Action::Run(Command::Open, vec![key.clone()]) };
            }
        };
        Action::Batch(vec![Action::Close, next])
    }
}

fn host_of(call: &Call, key: Option<&Key>) -> Option<client::host::Id> {
    match call {
        Call::Undelete(host, ..)
        | Call::Purge(host, _)
        | Call::Cancel(host, _)
        | Call::Unlock(host)
        | Call::Memory(host, _)
        | Call::Move(host, ..)
        | Call::Device(host, _) => Some(host.clone()),
        _ => key.map(|key| key.host.clone()),
    }
}
