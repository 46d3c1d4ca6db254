//! Dialogs lie over a window and keep the focus inside. One file each; each is a small screen, a [`Content`].

pub mod about;
pub mod add_host;
pub mod attach;
mod attempt;
pub mod bind;
pub mod confirm;
mod content;
mod delete;
mod delete_several;
mod deleted;
pub mod detach;
pub mod divide;
mod failure;
pub(crate) mod fetch;
mod fit;
mod frame;
pub mod function;
pub mod give;
mod give_back;
pub mod glass;
mod group;
mod guide;
pub mod hand_over;
pub mod hosts;
mod jobs;
pub mod keep;
pub mod keys;
mod log;
mod look;
pub(crate) mod moving;
pub mod networks;
mod no_answer;
mod notes;
pub(crate) mod open;
mod pages;
mod part;
pub mod plug;
mod read;
pub mod remove;
mod rename;
mod results;
mod saving;
pub mod settings;
mod tags;
pub mod take_back;
pub mod target;
#[cfg(test)]
#[path = "dialog/tests.rs"]
pub(crate) mod test;
mod title;
mod words;

use client::settings::Settings;
use iced::{
    Element, Task,
    keyboard::{Key, Modifiers},
};

pub use content::Content;
use frame::panel;
pub use frame::{SCOPE, frame, layer, over};

use crate::{
    action::{Action, Done},
    model::{self, Model},
};

macro_rules! dialogs {
    ($($(#[$doc:meta])* $name:ident($content:ty),)*) => {
        /// The dialog that is open.
        #[derive(Debug)]
        pub enum Dialog { $($(#[$doc])* $name($content),)* }

        /// A message of the dialog that is open.
        #[derive(Clone, Debug)]
        pub enum Message {
            /// Esc, or a click beside it.
            Dismiss,
            /// The blue (or red) button, by Ctrl+Enter.
            Accept,
            $($(#[$doc])* $name(<$content as Content>::Message),)*
        }

        $(impl From<$content> for Dialog {
            fn from(content: $content) -> Self {
                Self::$name(content)
            }
        })*

        impl Dialog {
            /// A key that nothing in it took.
            #[must_use]
            pub fn key(&self, key: &Key, modifiers: Modifiers) -> Option<Message> {
                match self { $(Self::$name(dialog) => Content::key(dialog, key, modifiers).map(Message::$name),)* }
            }

            /// What it has to fetch or focus when it opens.
            pub fn opened(&mut self, model: &Model, settings: &Settings) -> Task<Message> {
                match self { $(Self::$name(dialog) => Content::opened(dialog, model, settings).map(Message::$name),)* }
            }

            /// Takes a message in.
            #[must_use]
            pub fn update(&mut self, model: &Model, settings: &Settings, message: Message) -> Action {
                match (self, message) {
                    $((Self::$name(dialog), Message::Dismiss) => Content::dismiss(dialog),
                    (Self::$name(dialog), Message::Accept) => {
                        Content::accept(dialog).map_or(Action::None, |message| Content::update(dialog, model, settings, message))
                    }
                    (Self::$name(dialog), Message::$name(message)) => Content::update(dialog, model, settings, message),)*
                    // The answer to a dialog that was closed meanwhile.
                    _ => Action::None,
                }
            }

            /// A call ended: what this dialog makes of it, or `None` if the call is not its own.
            #[must_use]
            pub fn done(&mut self, model: &Model, done: &Done) -> Option<Action> {
                match self { $(Self::$name(dialog) => Content::done(dialog, model, done),)* }
            }

            /// What it shows.
            pub fn view<'a>(&'a self, model: &'a Model, settings: &'a Settings) -> Element<'a, Message> {
                match self { $(Self::$name(dialog) => Content::view(dialog, model, settings).map(Message::$name),)* }
            }
        }
    };
}

dialogs! {
    /// Asks before something is done.
    Confirm(confirm::Confirm),
    /// Deletes a machine, after telling what goes and what stays.
    Delete(delete::Delete),
    /// The same for several machines.
    DeleteSeveral(delete_several::DeleteSeveral),
    /// Gives a machine another name.
    Rename(rename::Rename),
    /// Gives a machine a title.
    Title(title::Title),
    /// Writes notes about a machine.
    Notes(notes::Notes),
    /// Gives tags to machines, or takes them.
    Tags(tags::Tags),
    /// Puts machines into a group.
    Group(group::Group),
    /// Asks for the file that memory or screen are written to.
    Target(target::Target),
    /// The last lines of a machine's log.
    Log(log::Log),
    /// The deleted machines that can come back.
    Deleted(deleted::DeletedMachines),
    /// Long work that goes on.
    Jobs(jobs::Jobs),
    /// Tells of a failed call.
    Failure(failure::Failure),
    /// A machine does not shut down.
    NoAnswer(no_answer::NoAnswer),
    /// What became of each machine of several.
    Results(results::Results),
    /// The settings.
    Settings(settings::Settings),
    /// The list of keys.
    Keys(keys::Keys),
    /// The guide.
    Guide(guide::Guide),
    /// What the application is.
    About(about::About),
    /// The list of hosts.
    Hosts(hosts::Hosts),
    /// Another computer.
    AddHost(add_host::AddHost),
    /// Takes devices from the host, or gives them back.
    Bind(bind::Bind),
    /// Has devices reserved each time the host starts.
    Keep(keep::Keep),
    /// Gives a device of the host to a machine.
    Attach(attach::Attach),
    /// Takes it from the machine.
    Detach(detach::Detach),
    /// Gives a machine the screen of its host.
    HandOver(hand_over::HandOver),
    /// Gives the screen back.
    GiveBack(give_back::GiveBack),
    /// What a virtual function of a network card may.
    Function(function::Function),
    /// Has a card make a part of itself.
    Divide(divide::Divide),
    /// The networks of a card's virtual functions.
    Networks(networks::Networks),
    /// Deletes a part of a card, or a network of its functions.
    Remove(remove::Remove),
    /// Gives a machine a card in a network of virtual functions.
    Plug(plug::Plug),
    /// Gives a machine what is no PCI card.
    Give(give::Give),
    /// Takes it from the machine.
    TakeBack(take_back::TakeBack),
    /// Gives a machine memory for Looking Glass.
    Glass(glass::Glass),
}

/// A machine of a host, as dialogs name it.
#[must_use]
pub fn label(model: &Model, key: &model::Key) -> String {
    model.machine(key).map(|machine| machine.label().to_owned()).unwrap_or_default()
}
