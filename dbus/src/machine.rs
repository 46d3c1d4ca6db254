//! `org.kvmmanager.Manager1.Machine`: one virtual machine.

use serde::{Deserialize, Serialize};
use zbus::{DeserializeDict, Fd, OwnedFd, OwnedObjectPath, OwnedVariant, SerializeDict, Type, Variant};

use crate::{
    Options,
    pinning::{Pin, Plan},
};

macro_rules! wire_enum {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $value:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u32)]
        pub enum $name {
            /// A value this version does not know.
            #[default]
            Unknown = 0,
            $($(#[$vdoc])* $variant = $value,)*
        }

        impl From<u32> for $name {
            fn from(value: u32) -> Self {
                match value { $($value => Self::$variant,)* _ => Self::Unknown }
            }
        }

        impl From<$name> for u32 {
            fn from(value: $name) -> Self {
                value as Self
            }
        }
    };
}

wire_enum! {
    /// What a machine is doing (property `State`, wire type `u`).
    State {
        /// Running, also when its vCPUs idle.
        Running = 1,
        /// Stopped in place; its memory is kept in RAM.
        Paused = 2,
        /// On its way down.
        ShuttingDown = 3,
        /// Off.
        Off = 4,
        /// Off, after a crash.
        Crashed = 5,
        /// Asleep: suspended to RAM by the guest (ACPI S3).
        Suspended = 6,
    }
}

wire_enum! {
    /// Whether the agent in a machine's guest can be asked (property `GuestAgent`, wire type `u`).
    GuestAgent {
        /// The machine has no channel for one.
        None = 1,
        /// Nothing in the guest has opened the channel.
        Silent = 2,
        /// It has opened the channel.
        Connected = 3,
    }
}

impl State {
    /// As a sentence has it: the machine is …
    #[must_use]
    pub const fn in_words(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Paused => "paused",
            Self::ShuttingDown => "shutting down",
            Self::Off => "off",
            Self::Crashed => "off after a crash",
            Self::Suspended => "asleep",
            Self::Unknown => "in a state that is not known",
        }
    }
}

wire_enum! {
    /// Why a machine is in its state (property `StateReason`, wire type `u`).
    StateReason {
        /// Started from off.
        Booted = 1,
        /// Started from its saved state.
        Restored = 2,
        /// Reverted to a snapshot.
        FromSnapshot = 3,
        /// Came from another host.
        Migrated = 4,
        /// Resumed after a pause.
        Resumed = 5,
        /// Woke up from sleep.
        WokenUp = 6,
        /// Paused by a user.
        ByUser = 7,
        /// Paused for migration.
        Migrating = 8,
        /// Paused while it is being saved.
        Saving = 9,
        /// Paused while its memory is being dumped.
        Dumping = 10,
        /// Paused by a disk error.
        IoError = 11,
        /// Paused by its watchdog device.
        Watchdog = 12,
        /// Paused while a snapshot is being made.
        Snapshotting = 13,
        /// Paused on its way down.
        ShuttingDown = 14,
        /// The guest's kernel panicked.
        GuestPanicked = 15,
        /// Not started up yet.
        StartingUp = 16,
        /// Paused for post-copy migration.
        PostCopy = 17,
        /// Post-copy migration failed.
        PostCopyFailed = 18,
        /// The guest shut down.
        ShutDown = 19,
        /// Forced off.
        ForcedOff = 20,
        /// QEMU or the guest crashed.
        Crashed = 21,
        /// Moved to another host.
        MigratedAway = 22,
        /// Saved to disk.
        Saved = 23,
        /// Could not be started or continued.
        Failed = 24,
        /// libvirt lost track of it while it was restarted.
        Daemon = 25,
        /// Paused because the disk is full.
        DiskFull = 26,
    }
}

/// Bits of [`Summary::flags`].
pub mod flag {
    /// The definition survives the machine's stop.
    pub const PERSISTENT: u32 = 1;
    /// Starts with the host.
    pub const AUTOSTART: u32 = 1 << 1;
    /// Has a saved state that the next start restores.
    pub const SAVED_STATE: u32 = 1 << 2;
    /// Runs with another definition than the next start would use.
    pub const UNAPPLIED_CHANGES: u32 = 1 << 3;
    /// Locked against stop and delete.
    pub const LOCKED: u32 = 1 << 4;
    /// Its QEMU process does not answer.
    pub const STALLED: u32 = 1 << 5;
}

/// One machine in `ListMachines`, wire type `(osuutuusss)`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct Summary {
    /// The machine's object.
    pub path: OwnedObjectPath,
    /// Its name.
    pub name: String,
    /// Its [`State`].
    pub state: u32,
    /// Its [`StateReason`].
    pub state_reason: u32,
    /// Memory in bytes: what it has now if it runs, else what it will start with.
    pub memory: u64,
    /// Number of vCPUs.
    pub vcpus: u32,
    /// Bits of [`flag`].
    pub flags: u32,
    /// Title, or empty.
    pub title: String,
    /// libosinfo id of its operating system, or empty.
    pub os_id: String,
    /// The group it belongs to, or empty.
    pub group: String,
}

/// A tag with its colour, wire type `(ss)`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Type, Variant, OwnedVariant)]
pub struct Tag {
    /// The tag.
    pub name: String,
    /// `#rrggbb`, or empty for no colour.
    pub colour: String,
}

/// An address of a machine, wire type `(sss)`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Type, Variant, OwnedVariant)]
pub struct Address {
    /// The IP address with its prefix length, such as `192.168.122.5/24`.
    pub address: String,
    /// The interface's hardware address, or empty.
    pub mac: String,
    /// Who says so: `lease`, `agent` or `arp`.
    pub source: String,
}

/// Something that belongs to a machine, and what `Delete` would do with it, wire type `(sssttsao)`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct PlanItem {
    /// `definition`, `disk`, `backing`, `snapshot`, `nvram`, `tpm` or `saved-state`.
    pub kind: String,
    /// Path, or the name of a snapshot; empty for what has neither.
    pub path: String,
    /// `trash` (comes back with `Undelete`), `remove` (for good) or `keep`.
    pub action: String,
    /// Size in bytes as it fills its storage, 0 if not known.
    pub allocation: u64,
    /// Size in bytes as the machine sees it, 0 if not known.
    pub capacity: u64,
    /// Why it stays: `in-use`, `shared`, `read-only`, `removable`, `backing`, `no-pool`, `not-writable`; else empty.
    pub reason: String,
    /// The other machines that refer to it.
    pub machines: Vec<OwnedObjectPath>,
}

/// What `GetDetails` tells, wire type `a{sv}`; an absent key is `None`.
#[derive(Clone, Debug, Default, PartialEq, Eq, SerializeDict, DeserializeDict, Type)]
#[zbus(signature = "dict", rename_all = "kebab-case")]
pub struct Details {
    /// Since when it runs, µs since the epoch.
    pub start_time: Option<u64>,
    /// `bios`, `uefi` or `uefi-secure`.
    pub firmware: Option<String>,
    /// Has a TPM.
    pub tpm: Option<bool>,
    /// Such as `pc-q35-9.2`.
    pub machine_type: Option<String>,
    /// Such as `x86_64`.
    pub architecture: Option<String>,
    /// Disks and drives.
    pub disks: Option<Vec<Disk>>,
    /// Network cards.
    pub networks: Option<Vec<Network>>,
    /// Display servers, one entry for each way to listen.
    pub graphics: Option<Vec<Graphics>>,
    /// Its guest agent is connected; `None` without a channel for one.
    pub guest_agent: Option<bool>,
    /// Virtual CPUs that are pinned.
    pub vcpu_pins: Option<Vec<Pin>>,
    /// CPUs of the host for QEMU's other threads.
    pub emulator_pins: Option<Vec<u32>>,
    /// Nodes of the host that the memory is on.
    pub memory_nodes: Option<Vec<u32>>,
    /// `strict`, `preferred`, `interleave` or `restrictive`.
    pub memory_mode: Option<String>,
    /// Bytes of the huge pages that it wants; 0 for the host's usual size.
    pub huge_page_sizes: Option<Vec<u64>>,
    /// The huge pages that are missing are reserved for its start.
    pub reserve_huge_pages: Option<bool>,
    /// Everything else keeps off its CPUs while it runs.
    pub isolate_cpus: Option<bool>,
    /// The governor of its CPUs while it runs.
    pub governor: Option<String>,
    /// What these CPUs prefer while it runs, power or speed.
    pub energy_preference: Option<String>,
    /// Bytes that it keeps when the host is short of memory and takes some back; `None` if nothing is taken.
    pub balloon_floor: Option<u64>,
}

/// A disk or drive, wire type `(sstt)`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct Disk {
    /// Name within the machine, such as `vda`.
    pub target: String,
    /// `disk`, `cdrom`, `floppy` or `lun`.
    pub kind: String,
    /// Bytes that the guest sees, 0 if not known or not asked for.
    pub capacity: u64,
    /// Bytes that it fills on the host, 0 if not known or not asked for.
    pub allocation: u64,
}

/// A network card, wire type `(ss)`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct Network {
    /// Hardware address.
    pub mac: String,
    /// The network, bridge or card of the host that it is plugged into; empty without one.
    pub source: String,
}

/// A way to reach a display server, wire type `(ssb)`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct Graphics {
    /// `vnc`, `spice` …
    pub kind: String,
    /// Address that it listens on; empty for a socket, for nothing, and for the default of libvirt's configuration.
    pub listen: String,
    /// Other computers may reach it.
    pub is_public: bool,
}

/// One machine.
#[zbus::proxy(interface = "org.kvmmanager.Manager1.Machine", default_service = "org.kvmmanager.Manager1")]
pub trait Machine {
    #[zbus(allow_interactive_auth)]
    fn start(&self, options: &Options) -> zbus::Result<()>;
    #[zbus(allow_interactive_auth)]
    fn shutdown(&self, options: &Options) -> zbus::Result<()>;
    #[zbus(allow_interactive_auth)]
    fn shutdown_and_restart(&self, options: &Options) -> zbus::Result<()>;
    #[zbus(allow_interactive_auth)]
    fn reboot(&self, options: &Options) -> zbus::Result<()>;
    #[zbus(allow_interactive_auth)]
    fn reset(&self, options: &Options) -> zbus::Result<()>;
    #[zbus(allow_interactive_auth)]
    fn force_off(&self, options: &Options) -> zbus::Result<()>;
    #[zbus(allow_interactive_auth)]
    fn pause(&self, options: &Options) -> zbus::Result<()>;
    #[zbus(allow_interactive_auth)]
    fn resume(&self, options: &Options) -> zbus::Result<()>;
    #[zbus(allow_interactive_auth)]
    fn save(&self, options: &Options) -> zbus::Result<()>;
    #[zbus(allow_interactive_auth)]
    fn restore(&self, options: &Options) -> zbus::Result<()>;
    #[zbus(allow_interactive_auth)]
    fn discard_saved_state(&self, options: &Options) -> zbus::Result<()>;
    #[zbus(allow_interactive_auth)]
    fn send_nmi(&self, options: &Options) -> zbus::Result<()>;
    #[zbus(allow_interactive_auth)]
    fn core_dump(&self, file: Fd<'_>, options: &Options) -> zbus::Result<()>;
    #[zbus(allow_interactive_auth)]
    fn suspend_guest(&self, options: &Options) -> zbus::Result<()>;
    #[zbus(allow_interactive_auth)]
    fn wake(&self, options: &Options) -> zbus::Result<()>;
    #[zbus(allow_interactive_auth)]
    fn rename(&self, name: &str, options: &Options) -> zbus::Result<()>;
    #[zbus(allow_interactive_auth)]
    fn set_autostart(&self, autostart: bool, options: &Options) -> zbus::Result<()>;
    #[zbus(allow_interactive_auth)]
    fn set_metadata(&self, changes: &Options, options: &Options) -> zbus::Result<()>;
    #[zbus(allow_interactive_auth)]
    fn make_persistent(&self, options: &Options) -> zbus::Result<()>;
    #[zbus(allow_interactive_auth)]
    fn plan_delete(&self, options: &Options) -> zbus::Result<Vec<PlanItem>>;
    #[zbus(allow_interactive_auth)]
    fn delete(&self, options: &Options) -> zbus::Result<String>;
    #[zbus(allow_interactive_auth)]
    fn screenshot(&self, options: &Options) -> zbus::Result<OwnedFd>;
    /// The same for a window that shows pictures by itself: nobody is asked for a password.
    #[zbus(name = "Screenshot")]
    fn screenshot_quietly(&self, options: &Options) -> zbus::Result<OwnedFd>;
    #[zbus(allow_interactive_auth)]
    fn get_log(&self, options: &Options) -> zbus::Result<Vec<String>>;
    /// The same for a window that shows lines by itself.
    #[zbus(name = "GetLog")]
    fn get_log_quietly(&self, options: &Options) -> zbus::Result<Vec<String>>;
    #[zbus(allow_interactive_auth)]
    fn get_addresses(&self, options: &Options) -> zbus::Result<Vec<Address>>;
    fn get_details(&self, options: &Options) -> zbus::Result<Details>;
    #[zbus(allow_interactive_auth)]
    fn plan_pinning(&self, options: &Options) -> zbus::Result<Plan>;
    #[zbus(allow_interactive_auth)]
    fn set_pinning(&self, pinning: &Options, options: &Options) -> zbus::Result<()>;
    #[zbus(allow_interactive_auth)]
    fn clear_pinning(&self, options: &Options) -> zbus::Result<()>;
    #[zbus(allow_interactive_auth)]
    fn set_huge_pages(&self, pages: &Options, options: &Options) -> zbus::Result<()>;
    #[zbus(allow_interactive_auth)]
    fn set_host_tuning(&self, tuning: &Options, options: &Options) -> zbus::Result<()>;

    #[zbus(property(emits_changed_signal = "const"), name = "UUID")]
    fn uuid(&self) -> zbus::Result<String>;
    #[zbus(property)]
    fn name(&self) -> zbus::Result<String>;
    #[zbus(property)]
    fn title(&self) -> zbus::Result<String>;
    #[zbus(property)]
    fn description(&self) -> zbus::Result<String>;
    #[zbus(property)]
    fn state(&self) -> zbus::Result<u32>;
    #[zbus(property)]
    fn state_reason(&self) -> zbus::Result<u32>;
    #[zbus(property)]
    fn persistent(&self) -> zbus::Result<bool>;
    #[zbus(property)]
    fn autostart(&self) -> zbus::Result<bool>;
    #[zbus(property)]
    fn has_saved_state(&self) -> zbus::Result<bool>;
    #[zbus(property)]
    fn has_unapplied_changes(&self) -> zbus::Result<bool>;
    #[zbus(property)]
    fn unapplied_changes(&self) -> zbus::Result<Vec<String>>;
    #[zbus(property)]
    fn locked(&self) -> zbus::Result<bool>;
    #[zbus(property)]
    fn stalled(&self) -> zbus::Result<bool>;
    #[zbus(property)]
    fn memory(&self) -> zbus::Result<u64>;
    #[zbus(property)]
    fn maximum_memory(&self) -> zbus::Result<u64>;
    #[zbus(property)]
    fn memory_used(&self) -> zbus::Result<u64>;
    #[zbus(property)]
    fn vcpus(&self) -> zbus::Result<u32>;
    #[zbus(property)]
    fn maximum_vcpus(&self) -> zbus::Result<u32>;
    #[zbus(property)]
    fn os_id(&self) -> zbus::Result<String>;
    #[zbus(property)]
    fn os_name(&self) -> zbus::Result<String>;
    #[zbus(property)]
    fn group(&self) -> zbus::Result<String>;
    #[zbus(property)]
    fn tags(&self) -> zbus::Result<Vec<Tag>>;
    #[zbus(property)]
    fn addresses(&self) -> zbus::Result<Vec<Address>>;
    #[zbus(property)]
    fn last_stop_reason(&self) -> zbus::Result<u32>;
    #[zbus(property)]
    fn last_stop_time(&self) -> zbus::Result<u64>;
    #[zbus(property)]
    fn last_start_time(&self) -> zbus::Result<u64>;
    #[zbus(property)]
    fn guest_agent(&self) -> zbus::Result<u32>;
    #[zbus(property)]
    fn warnings(&self) -> zbus::Result<Vec<String>>;
}
