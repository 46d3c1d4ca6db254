//! The actions that polkit knows, and which bus method needs which.

use dbus::interface;

/// An action. Its type is what a [`super::Grant`] is for.
pub trait Action: Send + Sync + 'static {
    /// The polkit id.
    const ID: &'static str;
    /// Whether polkit keeps a consent for a while; if not, every call asks.
    const KEPT: bool;
}

macro_rules! actions {
    ($($(#[$doc:meta])* $name:ident = $id:literal, $kept:literal;)*) => {
        $($(#[$doc])* #[derive(Debug)] pub struct $name;
        impl Action for $name {
            const ID: &'static str = concat!("org.kvmmanager.manager1.", $id);
            const KEPT: bool = $kept;
        })*

        /// The ids of all actions; a test compares them with the policy file.
        pub const IDS: &[&str] = &[$($name::ID),*];
    };
}

actions! {
    /// Host paths, logs, addresses from the guest's agent, screenshots.
    ReadSensitive = "read-sensitive", true;
    /// What reveals a guest's secrets: its whole memory.
    SecretRead = "secret-read", false;
    /// Start, stop, pause, save, autostart.
    MachineOperate = "machine-operate", true;
    /// Rename, tags and notes, delete to the trash and undelete.
    MachineManage = "machine-manage", true;
    /// Let a machine go for good. Nothing brings it back, so every call asks.
    MachineErase = "machine-erase", false;
    /// Shutdown and restart through the guest's agent.
    GuestControl = "guest-control", true;
    /// Huge pages and how the kernel shares and enlarges pages. Equal to root: it can take the host's memory away.
    HostMemory = "host-memory", true;
    /// Take devices from the host for machines and give them back. Equal to root.
    HostDevice = "host-device", true;
    /// How many virtual functions a card has, and what they may. Equal to root.
    HostSriov = "host-sriov", true;
    /// Everything about machines that is not equal to root, in one prompt.
    UnlockMachine = "unlock-machine", true;
    /// That and the host, in one prompt. Equal to root.
    UnlockHost = "unlock-host", true;
}

/// What a bus method needs before it does anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// Nothing: it reads what every local user may read, or concerns only the caller.
    Nothing,
    /// One of these actions; which one depends on the arguments.
    OneOf(&'static [&'static str]),
}

const OPERATE: Need = Need::OneOf(&[MachineOperate::ID]);
const MANAGE: Need = Need::OneOf(&[MachineManage::ID]);
const ERASE: Need = Need::OneOf(&[MachineErase::ID]);
const GUEST: Need = Need::OneOf(&[MachineOperate::ID, GuestControl::ID]);
const MEMORY: Need = Need::OneOf(&[HostMemory::ID]);
const SENSITIVE: Need = Need::OneOf(&[ReadSensitive::ID]);
const SRIOV: Need = Need::OneOf(&[HostSriov::ID]);
const DEVICE: Need = Need::OneOf(&[HostDevice::ID]);
/// Both: a definition changes, and a device of the host gets into it.
const ATTACH: Need = Need::OneOf(&[MachineManage::ID, HostDevice::ID]);
/// Both: a machine starts or stops, and devices of the host go with it.
const HAND_OVER: Need = Need::OneOf(&[MachineOperate::ID, HostDevice::ID]);

/// Every method of every interface and what it needs. A method that is not here does not pass the tests.
pub const METHODS: &[(&str, &str, Need)] = &[
    (interface::MANAGER, "ListMachines", Need::Nothing),
    (interface::MANAGER, "Batch", Need::OneOf(&[MachineOperate::ID, MachineManage::ID, GuestControl::ID])),
    (interface::MANAGER, "Unlock", Need::OneOf(&[UnlockMachine::ID, UnlockHost::ID])),
    (interface::MANAGER, "ListDeleted", SENSITIVE),
    (interface::MANAGER, "Undelete", MANAGE),
    (interface::MANAGER, "PurgeDeleted", ERASE),
    (interface::STATS, "Subscribe", Need::Nothing),
    (interface::STATS, "Unsubscribe", Need::Nothing),
    (interface::STATS, "History", Need::Nothing),
    (interface::STATS, "HostHistory", Need::Nothing),
    (interface::HUGE_PAGES, "ListUsers", Need::Nothing),
    (interface::HUGE_PAGES, "PlanReserve", Need::Nothing),
    (interface::HUGE_PAGES, "Reserve", MEMORY),
    (interface::HUGE_PAGES, "Release", MEMORY),
    (interface::HUGE_PAGES, "SetTransparentHugePages", MEMORY),
    (interface::HUGE_PAGES, "SetKsm", MEMORY),
    (interface::HUGE_PAGES, "PlanAtBoot", Need::Nothing),
    (interface::HUGE_PAGES, "SetAtBoot", MEMORY),
    (interface::READINESS, "Report", Need::Nothing),
    (interface::PASSTHROUGH, "PlanBind", SENSITIVE),
    (interface::PASSTHROUGH, "Bind", DEVICE),
    (interface::PASSTHROUGH, "PlanRelease", SENSITIVE),
    (interface::PASSTHROUGH, "Release", DEVICE),
    (interface::PASSTHROUGH, "PlanPersist", SENSITIVE),
    (interface::PASSTHROUGH, "SetPersistent", DEVICE),
    (interface::PASSTHROUGH, "SetVirtualFunctions", SRIOV),
    (interface::PASSTHROUGH, "PlanVirtualFunction", SENSITIVE),
    (interface::PASSTHROUGH, "SetVirtualFunction", SRIOV),
    (interface::PASSTHROUGH, "PlanPersistFunctions", SENSITIVE),
    (interface::PASSTHROUGH, "SetFunctionsPersistent", SRIOV),
    (interface::PASSTHROUGH, "ListNetworks", SENSITIVE),
    (interface::PASSTHROUGH, "PlanCreateNetwork", SENSITIVE),
    (interface::PASSTHROUGH, "CreateNetwork", SRIOV),
    (interface::PASSTHROUGH, "PlanDeleteNetwork", SENSITIVE),
    (interface::PASSTHROUGH, "DeleteNetwork", SRIOV),
    (interface::PASSTHROUGH, "DumpRom", DEVICE),
    (interface::AT_BOOT, "Forget", DEVICE),
    (interface::DEVICE, "PlanAttach", SENSITIVE),
    (interface::DEVICE, "Attach", ATTACH),
    (interface::DEVICE, "Detach", ATTACH),
    (interface::DEVICE, "PlanLookingGlass", SENSITIVE),
    (interface::DEVICE, "EnableLookingGlass", MANAGE),
    (interface::DEVICE, "DisableLookingGlass", MANAGE),
    (interface::DEVICE, "GetLookingGlassView", SENSITIVE),
    (interface::HAND_OVER, "Plan", SENSITIVE),
    (interface::HAND_OVER, "Begin", HAND_OVER),
    (interface::HAND_OVER, "Confirm", OPERATE),
    (interface::HAND_OVER, "GiveBack", HAND_OVER),
    (interface::DEVICE, "AddUsbRule", ATTACH),
    (interface::DEVICE, "RemoveUsbRule", ATTACH),
    (interface::HOST_MEDIATED, "PlanCreate", SENSITIVE),
    (interface::HOST_MEDIATED, "Create", DEVICE),
    (interface::HOST_MEDIATED, "Start", DEVICE),
    (interface::HOST_MEDIATED, "SetAutostart", DEVICE),
    (interface::HOST_MEDIATED, "PlanDelete", SENSITIVE),
    (interface::HOST_MEDIATED, "Delete", DEVICE),
    (interface::JOB, "Cancel", MANAGE),
    (interface::MACHINE, "Start", OPERATE),
    (interface::MACHINE, "Shutdown", GUEST),
    (interface::MACHINE, "ShutdownAndRestart", GUEST),
    (interface::MACHINE, "Reboot", GUEST),
    (interface::MACHINE, "Reset", OPERATE),
    (interface::MACHINE, "ForceOff", OPERATE),
    (interface::MACHINE, "Pause", OPERATE),
    (interface::MACHINE, "Resume", OPERATE),
    (interface::MACHINE, "Save", OPERATE),
    (interface::MACHINE, "Restore", OPERATE),
    (interface::MACHINE, "DiscardSavedState", OPERATE),
    (interface::MACHINE, "SendNmi", OPERATE),
    (interface::MACHINE, "CoreDump", Need::OneOf(&[SecretRead::ID])),
    (interface::MACHINE, "SuspendGuest", OPERATE),
    (interface::MACHINE, "Wake", OPERATE),
    (interface::MACHINE, "SetAutostart", OPERATE),
    (interface::MACHINE, "Rename", MANAGE),
    (interface::MACHINE, "SetMetadata", MANAGE),
    (interface::MACHINE, "MakePersistent", MANAGE),
    (interface::MACHINE, "PlanDelete", SENSITIVE),
    (interface::MACHINE, "Delete", Need::OneOf(&[MachineManage::ID, MachineErase::ID])),
    (interface::MACHINE, "Screenshot", SENSITIVE),
    (interface::MACHINE, "GetLog", SENSITIVE),
    (interface::MACHINE, "GetAddresses", SENSITIVE),
    (interface::MACHINE, "GetDetails", Need::Nothing),
    (interface::MACHINE, "PlanPinning", SENSITIVE),
    (interface::MACHINE, "SetPinning", MANAGE),
    (interface::MACHINE, "ClearPinning", MANAGE),
    (interface::MACHINE, "SetHugePages", MANAGE),
    (interface::MACHINE, "SetHostTuning", Need::OneOf(&[MachineManage::ID, HostMemory::ID])),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_needed_action_exists_and_no_method_stands_twice() {
        for (index, (interface, member, need)) in METHODS.iter().enumerate() {
            if let Need::OneOf(ids) = need {
                assert!(ids.iter().all(|id| IDS.contains(id)), "{interface}.{member}");
            }
            assert!(METHODS[..index].iter().all(|(i, m, _)| (i, m) != (interface, member)), "{interface}.{member} twice");
        }
    }

    #[test]
    fn the_policy_file_has_exactly_these_actions() {
        let policy = include_str!("../../../polkit/org.kvmmanager.manager1.policy");
        let mut in_file: Vec<&str> = policy.split("<action id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        let mut ours = IDS.to_vec();
        in_file.sort_unstable();
        ours.sort_unstable();
        assert_eq!(in_file, ours);
    }
}
