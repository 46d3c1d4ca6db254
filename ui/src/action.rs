//! What a screen or a dialog asks the application for. Only [`crate::app::App`] does it.

use client::{
    DeleteOptions, Error, Metadata, Operation, Tag,
    hand_over::How,
    host::Id,
    hugepages::Pages,
    tuning::{HostTuning, Pinning},
};
use iced::Task;

use crate::{app::Message, command::Command, dialog::Dialog, model::Key};

/// What a screen asks for after a message.
#[derive(Debug, Default)]
pub enum Action {
    /// Nothing.
    #[default]
    None,
    /// A command, on these machines; the application asks first where settings say so.
    Run(Command, Vec<Key>),
    /// A call to the service. What it changes comes back as events.
    Call(Call),
    /// Calls that undo others, and cannot be undone themselves.
    Undo(Vec<Call>),
    /// Shows a dialog over the window.
    Open(Box<Dialog>),
    /// Closes the dialog (and gives the focus back).
    Close,
    /// Shows a context menu for these machines at a place of the window.
    Menu(iced::Point, Vec<Key>),
    /// Shows the application's menu at a place of the window.
    AppMenu(iced::Point),
    /// Shows a menu of what a part of the window offers, at a place of the window.
    Offer(iced::Point, Vec<crate::menu::Offer>),
    /// Shows the menu of the table's columns at a place of the window.
    ColumnMenu(iced::Point),
    /// Goes to a place of the main window.
    Show(crate::place::Place),
    /// Connects to a host, or leaves it.
    Connect(Id, bool),
    /// A line at the bottom for eight seconds.
    Toast(String),
    /// Something of the toolkit: focus, scrolling, clipboard.
    Task(Task<Message>),
    /// Settings were changed: apply and save them.
    Settings(Box<client::settings::Settings>),
    /// The list of hosts was changed: connect, disconnect, save.
    Hosts(Vec<client::Host>),
    /// Several, in order.
    Batch(Vec<Action>),
}

/// A call to the service.
#[derive(Clone, Debug, PartialEq)]
pub enum Call {
    /// An operation on machines, without asking (again).
    Operate(Operation, Vec<Key>),
    /// Another name.
    Rename(Key, String),
    /// Title, notes, group or lock, the same for all.
    Metadata(Vec<Key>, Metadata),
    /// Adds and removes tags of several machines; what else they have stays.
    Tags(Vec<Key>, Vec<Tag>, Vec<String>),
    /// Start with the host, or not.
    Autostart(Vec<Key>, bool),
    /// Deletes it.
    Delete(Key, DeleteOptions),
    /// Deletes these machines, each with its own options.
    DeleteAll(Vec<Key>, Vec<Goes>),
    /// Brings a deleted machine back: its host, what it is called in the trash, and its own name.
    Undelete(Id, String, String),
    /// Lets a deleted machine go for good.
    Purge(Id, String),
    /// Cancels a job.
    Cancel(Id, String),
    /// Asks for rights up front.
    Unlock(Id),
    /// Writes the guest's memory to a file.
    CoreDump(Key, std::path::PathBuf),
    /// Gives a device of the host to a machine.
    Attach(Key, client::device::Attachment),
    /// Takes it from the machine.
    Detach(Key, client::device::Attachment),
    /// Gives a machine of its host what is no PCI card, or takes it back.
    Other(Key, OtherChange),
    /// Takes devices from the host, or gives them back.
    Move(Id, Way, client::device::Devices),
    /// Saves what the screen shows as PNG.
    Screenshot(Key, std::path::PathBuf),
    /// Changes one device of a host, or what is kept of it.
    Device(Id, DeviceChange),
    /// Changes the memory of a host.
    Memory(Id, MemoryChange),
    /// The screen of a host for a machine, or back.
    HandOver(Key, HandOverChange),
    /// Changes where a machine runs on its host, or what the host does for it.
    Tune(Key, Box<Tune>),
}

/// One machine of several that are deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Goes {
    /// What it is called: once it is gone, nobody else knows.
    pub name: String,
    /// What goes with it.
    pub options: DeleteOptions,
}

/// Who has the screen of a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HandOverChange {
    /// The machine gets it and starts.
    Begin(How),
    /// The machine keeps it until it stops.
    Keep,
    /// The machine stops, forced off if so, and the host has it back.
    GiveBack(bool),
}

/// A change of a machine's tuning, and what changes it back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tune {
    /// What becomes another.
    pub change: TuneChange,
    /// What changes it back; none if it cannot be undone.
    pub back: Option<TuneChange>,
}

/// What of a machine's tuning becomes another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TuneChange {
    /// Where it runs.
    Pin(Pinning),
    /// It runs anywhere.
    Clear,
    /// Its memory is in huge pages of this size, 0 for the host's usual one; without in ordinary memory.
    Pages(Option<u64>),
    /// What the host does while it runs.
    Host(HostTuning),
}

/// A change of a host's memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MemoryChange {
    /// So many huge pages more; if `true` fewer are kept when not all can be found.
    Reserve(Pages, bool),
    /// So many back that nobody uses.
    Release(Pages),
    /// When memory gets huge pages of itself, and how hard the kernel tries.
    Transparent(String, Option<String>),
    /// Merging of equal pages, and whether what was merged is taken apart.
    Merging(bool, bool),
    /// So many pages at each start of the host; 0 for no longer.
    AtBoot(Pages),
}

/// A change of what a machine has of its host besides PCI cards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OtherChange {
    /// It gets it.
    Give(client::device::Giving),
    /// It has it no longer.
    TakeBack(client::device::Giving),
    /// It gets a USB device whenever that is plugged in.
    AddRule(client::device::UsbName),
    /// No longer: the name of the rule, and what it was about.
    RemoveRule(String, client::device::UsbName),
    /// Memory for Looking Glass, for this screen; or none.
    Glass(Option<client::device::GlassScreen>),
    /// The program of Looking Glass opens its screen; nothing of the machine changes.
    OpenGlass,
}

/// A change of a device of a host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeviceChange {
    /// Reserves devices for machines each time the host starts.
    Keep(client::device::Devices),
    /// No longer those at these addresses.
    Forget(Vec<String>),
    /// So many virtual functions.
    Functions(String, u32),
    /// Other settings of a virtual function: its card, its number, what becomes another.
    Function(String, u32, client::device::FunctionChange),
    /// Has a card make a part, or keeps one to be made.
    MakePart(client::device::NewPart),
    /// Makes a part that is kept.
    StartPart(String),
    /// A part is made at each start of the host, or no longer.
    PartAutostart(String, bool),
    /// Lets a part go.
    DeletePart(String),
    /// A network that hands out the virtual functions of a card.
    MakeNetwork {
        /// The address of the card.
        card: String,
        /// What people call it.
        name: String,
    },
    /// No longer.
    DeleteNetwork {
        /// The address of the card.
        card: String,
        /// Of the network; empty until one that was made has told it.
        uuid: String,
        /// What people call it.
        name: String,
    },
    /// Copies the ROM to a file.
    Rom(String, std::path::PathBuf),
}

/// Where devices go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// From the host, for its machines.
    Take,
    /// Back to the host.
    GiveBack,
}

/// How a call ended, per machine where it concerned several.
#[derive(Clone, Debug)]
pub struct Done {
    /// What was asked.
    pub call: Call,
    /// Per machine (or once, without one).
    pub results: Vec<(Option<Key>, Result<String, Error>)>,
}
