//! What can be done to a machine with one call.

use dbus::machine::Tag;

/// What can be done to one machine, or to many at once, without further questions to the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operation {
    /// Start it, or restore its saved state.
    Start,
    /// Start it and leave it paused.
    StartPaused,
    /// Drop the saved state and start cold.
    StartCold,
    /// Ask the guest to shut down (ACPI or agent), and wait.
    Shutdown,
    /// Shut down, then start again, so that changes apply.
    ShutdownAndRestart,
    /// Ask the guest to restart.
    Reboot,
    /// Like the reset button.
    Reset,
    /// Like pulling the plug.
    ForceOff,
    /// Stop the vCPUs.
    Pause,
    /// Let them go on.
    Resume,
    /// Save memory to disk and stop.
    Save,
    /// Throw the saved state away.
    DiscardSavedState,
    /// Send a non-maskable interrupt.
    SendNmi,
    /// Ask the guest to sleep (S3).
    Sleep,
    /// Wake a sleeping guest.
    Wake,
    /// Keep a transient machine.
    MakePersistent,
}

/// Changes to what a machine is described by; `None` leaves a thing as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Metadata {
    /// Title, empty to remove.
    pub title: Option<String>,
    /// Notes, empty to remove.
    pub description: Option<String>,
    /// All tags.
    pub tags: Option<Vec<Tag>>,
    /// Group, empty for none.
    pub group: Option<String>,
    /// Lock against stop and delete.
    pub locked: Option<bool>,
}
