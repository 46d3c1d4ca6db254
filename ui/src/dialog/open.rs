//! Which dialog a command opens, and which one tells of a failure.

use client::{ErrorKind, Operation};

use super::{
    Dialog,
    about::About,
    add_host::AddHost,
    attach::Attach,
    delete::Delete,
    delete_several::DeleteSeveral,
    deleted::DeletedMachines,
    failure::Failure,
    give_back::GiveBack,
    group::Group,
    guide::Guide,
    hand_over::HandOver,
    hosts::Hosts,
    jobs::Jobs,
    keys::Keys,
    log::Log,
    no_answer::NoAnswer,
    notes::Notes,
    rename::Rename,
    results::Results,
    settings::{Page, Settings},
    tags::Tags,
    target::{Target, What},
    title::Title,
};
use crate::{
    action::{Call, DeviceChange, Done},
    command::Command,
    model::{Key, Model},
};

impl Dialog {
    /// The dialog that a command opens, for these machines.
    #[must_use]
    pub fn for_command(model: &Model, command: Command, keys: Vec<Key>) -> Option<Self> {
        match command {
            Command::DeletedMachines => return Some(DeletedMachines::new(model).into()),
            Command::Jobs => return Some(Jobs::default().into()),
            Command::Settings => return Some(Settings::at(Page::Appearance).into()),
            Command::Keys => return Some(Keys.into()),
            Command::Guide => return Some(Guide::default().into()),
            Command::About => return Some(About.into()),
            Command::Hosts => return Some(Hosts::default().into()),
            Command::AddHost => return Some(AddHost::default().into()),
            Command::Delete if keys.len() > 1 => return Some(DeleteSeveral::new(model, keys).into()),
            Command::EditTags if !keys.is_empty() => return Some(Tags::new(model, keys).into()),
            Command::EditGroup if !keys.is_empty() => return Some(Group::new(model, keys).into()),
            _ => {}
        }
        let key = keys.into_iter().next()?;
        Some(match command {
            Command::Delete => Delete::new(model, key).into(),
            Command::Rename => Rename::new(model, key).into(),
            Command::EditTitle => Title::new(model, key).into(),
            Command::EditNotes => Notes::new(model, key).into(),
            Command::AttachDevice => Attach::machine(model, key).into(),
            Command::HandOver => HandOver::new(model, key).into(),
            Command::GiveBackScreen => GiveBack::new(key).into(),
            Command::CoreDump => Target::new(model, What::Memory(key)).into(),
            Command::Screenshot => Target::new(model, What::Screen(key)).into(),
            Command::ShowLog => Log::new(key).into(),
            _ => return None,
        })
    }

    /// The dialog that tells of a failed call: what happened, why, and what to do.
    ///
    /// A prompt that was closed is no failure. What was typed for the call comes back to be edited, though.
    #[must_use]
    pub fn for_failure(model: &Model, done: &Done) -> Option<Self> {
        done.results.iter().find(|(_, result)| result.is_err())?;
        if let Some(edit) = Self::edit_again(model, done) {
            return Some(edit);
        }
        let mut failures = done.results.iter().filter_map(|(key, result)| Some((key, result.as_ref().err()?)));
        let (key, error) = failures.find(|(_, error)| !error.is_dismissed() && error.kind() != Some(ErrorKind::Cancelled))?;
        if targets(&done.call).len() > 1 {
            return Some(Results::new(model, done).into());
        }
        if let (Call::Operate(operation @ (Operation::Shutdown | Operation::ShutdownAndRestart), _), Some(key), Some(ErrorKind::TimedOut)) =
            (&done.call, key, error.kind())
        {
            return Some(NoAnswer::new(model, key.clone(), *operation, error).into());
        }
        Some(Failure::new(model, done.call.clone(), key.clone(), error.clone()).into())
    }

    /// The dialog that a call was typed in, as it was, with what is wrong.
    fn edit_again(model: &Model, done: &Done) -> Option<Self> {
        Some(match &done.call {
            Call::Rename(key, name) => Rename::again(model, key.clone(), name.clone(), done).into(),
            Call::Metadata(keys, changes) => match (&changes.title, &changes.description, &changes.group) {
                (Some(title), _, _) => Title::again(keys.first()?.clone(), title.clone(), done).into(),
                (_, Some(notes), _) => Notes::again(model, keys.first()?.clone(), notes, done).into(),
                (_, _, Some(group)) => Group::again(model, keys.clone(), group.clone(), done).into(),
                _ => return None,
            },
            Call::Tags(keys, add, remove) => Tags::again(model, keys.clone(), add, remove, done).into(),
            Call::CoreDump(key, path) => Target::again(model, What::Memory(key.clone()), path, done)?.into(),
            Call::Screenshot(key, path) => Target::again(model, What::Screen(key.clone()), path, done)?.into(),
            Call::Device(host, DeviceChange::Rom(address, path)) => {
                Target::again(model, What::Rom(host.clone(), address.clone()), path, done)?.into()
            }
            _ => return None,
        })
    }
}

/// The machines that a call is about.
pub(crate) fn targets(call: &Call) -> &[Key] {
    match call {
        Call::Operate(_, keys) | Call::Metadata(keys, _) | Call::Tags(keys, _, _) | Call::Autostart(keys, _) | Call::DeleteAll(keys, _) => {
            keys
        }
        Call::Rename(key, _) | Call::Delete(key, _) | Call::CoreDump(key, _) | Call::Screenshot(key, _) => std::slice::from_ref(key),
        Call::Attach(key, _) | Call::Detach(key, _) | Call::Other(key, _) | Call::Tune(key, _) | Call::HandOver(key, _) => {
            std::slice::from_ref(key)
        }
        Call::Undelete(..)
        | Call::Purge(..)
        | Call::Cancel(..)
        | Call::Unlock(_)
        | Call::Memory(..)
        | Call::Move(..)
        | Call::Device(..) => &[],
    }
}
