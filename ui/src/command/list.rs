//! The list of commands.

use super::Scope;
use crate::icon::{self, Icon};

macro_rules! commands {
    ($($name:ident $id:literal $icon:ident $key:literal $scope:ident,)*) => {
        /// What a person can have done.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Command { $(#[doc = $id] $name,)* }

        /// Every command, in the order of menus.
        pub const ALL: &[Command] = &[$(Command::$name,)*];

        impl Command {
            /// Its name in settings; its text is `command-` and this.
            #[must_use]
            pub const fn id(self) -> &'static str {
                match self { $(Self::$name => $id,)* }
            }

            /// The command of this name.
            #[must_use]
            pub fn from_id(id: &str) -> Option<Self> {
                ALL.iter().copied().find(|command| command.id() == id)
            }

            /// Its icon.
            #[must_use]
            pub fn icon(self) -> Icon {
                match self { $(Self::$name => icon::$icon(),)* }
            }

            /// Its key as it comes, empty for none.
            #[must_use]
            pub const fn default_key(self) -> &'static str {
                match self { $(Self::$name => $key,)* }
            }

            /// What it works on.
            #[must_use]
            pub const fn scope(self) -> Scope {
                match self { $(Self::$name => Scope::$scope,)* }
            }
        }
    };
}

commands! {
    Open "open" monitor "Enter" Machine,
    Start "start" play "" Machines,
    StartPaused "start-paused" circle_pause "" Machines,
    StartCold "start-cold" power "" Machines,
    Pause "pause" pause "" Machines,
    Resume "resume" play "" Machines,
    PauseOrResume "pause-or-resume" pause "Ctrl+P" Machines,
    Shutdown "shutdown" power "Ctrl+Shift+D" Machines,
    ShutdownAndRestart "shutdown-and-restart" rotate_cw "" Machines,
    Reboot "reboot" rotate_cw "Ctrl+R" Machines,
    Reset "reset" zap "" Machines,
    ForceOff "force-off" power_off "" Machines,
    Save "save" save "" Machines,
    DiscardSavedState "discard-saved-state" trash_2 "" Machines,
    Sleep "sleep" moon "" Machines,
    Wake "wake" sun "" Machines,
    SendNmi "send-nmi" zap "" Machine,
    CoreDump "core-dump" file_down "" Machine,
    Screenshot "screenshot" camera "Ctrl+Shift+C" Machine,
    ShowLog "show-log" scroll_text "" Machine,
    Rename "rename" pencil "F2" Machine,
    EditTitle "edit-title" pencil "" Machine,
    EditNotes "edit-notes" notebook_pen "" Machine,
    EditTags "edit-tags" tag "Ctrl+Shift+T" Machines,
    EditGroup "edit-group" folder "Ctrl+Shift+G" Machines,
    AttachDevice "attach-device" circuit_board "Ctrl+Shift+A" Machine,
    HandOver "hand-over" monitor "" Machine,
    KeepScreen "keep-screen" circle_check "" Machine,
    GiveBackScreen "give-back-screen" undo_2 "" Machine,
    ToggleAutostart "toggle-autostart" zap "" Machines,
    Lock "lock" lock "" Machines,
    UnlockMachine "unlock-machine" lock_open "" Machines,
    MakePersistent "make-persistent" save "" Machines,
    CopyAddress "copy-address" copy "" Machine,
    CopyName "copy-name" copy "" Machine,
    CopyUuid "copy-uuid" copy "" Machine,
    Delete "delete" trash_2 "Delete" Machines,
    Palette "palette" search "Ctrl+K" Application,
    Find "find" search "Ctrl+F" Application,
    SelectAll "select-all" square_check_big "Ctrl+A" Application,
    ShowMachines "show-machines" layers "Alt+1" Application,
    ShowDevices "show-devices" circuit_board "Alt+4" Application,
    ShowMemory "show-memory" memory_stick "Alt+5" Application,
    ShowReadiness "show-readiness" list_checks "Alt+6" Application,
    Primary "primary" play "Ctrl+Enter" Application,
    Jobs "jobs" list_checks "Ctrl+J" Application,
    AddHost "add-host" server "Ctrl+H" Application,
    Hosts "hosts" server "" Application,
    DeletedMachines "deleted-machines" history "" Application,
    Undo "undo" undo_2 "Ctrl+Z" Application,
    ToggleSidebar "toggle-sidebar" panel_left "F9" Application,
    ToggleDetails "toggle-details" panel_right "Shift+F9" Application,
    ToggleGrid "toggle-grid" layout_grid "Ctrl+G" Application,
    TextLarger "text-larger" plus "Ctrl+Plus" Application,
    TextSmaller "text-smaller" minus "Ctrl+-" Application,
    TextNormal "text-normal" rotate_ccw "Ctrl+0" Application,
    Unlock "unlock" key_round "" Application,
    Reconnect "reconnect" refresh_cw "F5" Application,
    Settings "settings" settings "Ctrl+," Application,
    Keys "keys" keyboard "F1" Application,
    Guide "guide" circle_help "Shift+F1" Application,
    Tour "tour" circle_play "" Application,
    About "about" info "" Application,
    FullScreen "full-screen" maximize_2 "F11" Application,
    CloseWindow "close-window" x "Ctrl+W" Application,
    Quit "quit" log_out "Ctrl+Q" Application,
}
