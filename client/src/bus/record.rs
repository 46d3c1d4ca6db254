//! Records of machines, jobs and the host from what the service sends about them.

use std::collections::HashMap;

use dbus::machine::{Summary, flag};
use uuid::Uuid;
use zbus::{OwnedVariant, Variant};

use super::{
    attach::attached,
    give::usb_rules,
    value::{addresses, bounded, flag as truth, number, share, size, structures, tags, text, texts},
};
use crate::{HostFacts, Job, LeftBehind, Machine, client::Details};

/// The short record of the list.
pub(super) fn short(summary: &Summary) -> Option<Machine> {
    let has = |bit: u32| summary.flags & bit != 0;
    Some(Machine {
        id: dbus::path::machine_uuid(summary.path.as_str())?,
        name: bounded(&summary.name).to_owned(),
        title: bounded(&summary.title).to_owned(),
        state: summary.state.into(),
        reason: summary.state_reason.into(),
        is_persistent: has(flag::PERSISTENT),
        autostart: has(flag::AUTOSTART),
        has_saved_state: has(flag::SAVED_STATE),
        has_unapplied_changes: has(flag::UNAPPLIED_CHANGES),
        is_locked: has(flag::LOCKED),
        is_stalled: has(flag::STALLED),
        memory: summary.memory,
        vcpus: summary.vcpus,
        os_id: bounded(&summary.os_id).to_owned(),
        group: bounded(&summary.group).to_owned(),
        ..Machine::default()
    })
}

/// A machine without any property yet.
pub(super) fn empty(id: Uuid) -> Machine {
    Machine { id, is_detailed: true, ..Machine::default() }
}

/// Sets a property by its D-Bus name. Returns whether the record is another one now; what is not known changes nothing.
pub(super) fn set_machine(machine: &mut Machine, property: &str, value: &Variant<'_>) -> bool {
    match property {
        "Name" => put(&mut machine.name, text(value)),
        "Title" => put(&mut machine.title, text(value)),
        "Description" => put(&mut machine.description, text(value)),
        "State" => put(&mut machine.state, number(value).map(Into::into)),
        "StateReason" => put(&mut machine.reason, number(value).map(Into::into)),
        "Persistent" => put(&mut machine.is_persistent, truth(value)),
        "Autostart" => put(&mut machine.autostart, truth(value)),
        "HasSavedState" => put(&mut machine.has_saved_state, truth(value)),
        "HasUnappliedChanges" => put(&mut machine.has_unapplied_changes, truth(value)),
        "UnappliedChanges" => put(&mut machine.unapplied_changes, texts(value)),
        "Locked" => put(&mut machine.is_locked, truth(value)),
        "Stalled" => put(&mut machine.is_stalled, truth(value)),
        "Memory" => put(&mut machine.memory, size(value)),
        "MaximumMemory" => put(&mut machine.maximum_memory, size(value)),
        "Vcpus" => put(&mut machine.vcpus, number(value)),
        "MaximumVcpus" => put(&mut machine.maximum_vcpus, number(value)),
        "OsId" => put(&mut machine.os_id, text(value)),
        "OsName" => put(&mut machine.os_name, text(value)),
        "Group" => put(&mut machine.group, text(value)),
        "Tags" => put(&mut machine.tags, tags(value)),
        "Addresses" => put(&mut machine.addresses, addresses(value)),
        "LastStopReason" => put(&mut machine.last_stop_reason, number(value).map(Into::into)),
        "LastStopTime" => put(&mut machine.last_stop_time, size(value)),
        "LastStartTime" => put(&mut machine.last_start_time, size(value)),
        "GuestAgent" => put(&mut machine.agent, number(value).map(Into::into)),
        "Warnings" => put(&mut machine.warnings, texts(value)),
        "HostDevices" => put(&mut machine.host_devices, attached(value).map(Some)),
        "UsbRules" => put(&mut machine.usb_rules, usb_rules(value).map(Some)),
        "LookingGlass" => put(&mut machine.looking_glass, size(value).map(Some)),
        _ => false,
    }
}

/// The same for a job.
pub(super) fn set_job(job: &mut Job, property: &str, value: &Variant<'_>) -> bool {
    match property {
        "Operation" => put(&mut job.operation, text(value)),
        "Objects" => {
            let machines = texts(value).map(|paths| paths.iter().filter_map(|path| dbus::path::machine_uuid(path)).collect());
            put(&mut job.machines, machines)
        }
        "Bytes" => put(&mut job.bytes, size(value)),
        "Rate" => put(&mut job.rate, size(value)),
        "StartTime" => put(&mut job.started, size(value)),
        "ExpectedEndTime" => put(&mut job.expected_end, size(value)),
        "Cancelable" => put(&mut job.is_cancelable, truth(value)),
        _ => false,
    }
}

/// `Progress` means something only with `ProgressValid`, and both may come alone.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Progress {
    share: f32,
    is_valid: bool,
}

impl Progress {
    /// Takes the property if it is one of the two.
    pub(super) fn set(&mut self, property: &str, value: &Variant<'_>) {
        match property {
            "Progress" => put(&mut self.share, share(value)),
            "ProgressValid" => put(&mut self.is_valid, truth(value)),
            _ => false,
        };
    }

    pub(super) fn known(self) -> Option<f32> {
        self.is_valid.then_some(self.share)
    }
}

/// The same for the host.
pub(super) fn set_host(host: &mut HostFacts, property: &str, value: &Variant<'_>) -> bool {
    match property {
        "Hostname" => put(&mut host.hostname, text(value)),
        "Hypervisor" => put(&mut host.hypervisor, text(value)),
        "HypervisorVersion" => put(&mut host.hypervisor_version, text(value)),
        "LibvirtVersion" => put(&mut host.libvirt_version, text(value)),
        "Architecture" => put(&mut host.architecture, text(value)),
        "CpuModel" => put(&mut host.cpu_model, text(value)),
        "Cpus" => put(&mut host.cpus, number(value)),
        "Memory" => put(&mut host.memory, size(value)),
        "Virtualisation" => put(&mut host.virtualisation, text(value)),
        "LeftBehind" => put(&mut host.left, structures(value).map(|all| all.filter_map(left_behind).collect())),
        _ => false,
    }
}

fn left_behind(fields: &[Variant<'_>]) -> Option<LeftBehind> {
    let [operation, device, hangs, driver, before, repair, ..] = fields else { return None };
    Some(LeftBehind {
        operation: text(operation)?,
        device: text(device)?,
        hangs: truth(hangs)?,
        driver: text(driver)?,
        before: text(before)?,
        repair: texts(repair)?,
    })
}

/// What a machine is made of, from the dictionary of `GetDetails`; what is not in it is not known.
pub(super) fn details(told: &HashMap<String, OwnedVariant>) -> Details {
    let value = |name: &str| told.get(name).map(|value| &**value);
    let pair = |fields: &[Variant<'_>]| match fields {
        [first, second, ..] => Some((text(first)?, text(second)?)),
        _ => None,
    };
    let disk = |fields: &[Variant<'_>]| match fields {
        [target, kind, capacity, allocation, ..] => Some((text(target)?, text(kind)?, size(capacity)?, size(allocation)?)),
        _ => None,
    };
    let pairs = |name: &str| value(name).and_then(structures).into_iter().flatten().filter_map(pair).collect();
    Details {
        started: value("start-time").and_then(size).unwrap_or_default(),
        firmware: value("firmware").and_then(text).unwrap_or_default(),
        has_tpm: value("tpm").and_then(truth).unwrap_or_default(),
        disks: value("disks").and_then(structures).into_iter().flatten().filter_map(disk).collect(),
        networks: pairs("networks"),
        displays: pairs("graphics"),
        guest_agent: value("guest-agent").and_then(truth),
    }
}

pub(super) fn put<T: PartialEq>(place: &mut T, value: Option<T>) -> bool {
    match value {
        Some(value) if value != *place => {
            *place = value;
            true
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use dbus::machine::State;

    use super::*;

    #[test]
    fn unknown_names_types_and_numbers_are_tolerated() {
        let mut machine = empty(Uuid::nil());
        assert!(set_machine(&mut machine, "State", &Variant::from(1_u32)));
        assert!(!set_machine(&mut machine, "State", &Variant::from(1_u32)), "nothing new");
        assert!(!set_machine(&mut machine, "State", &Variant::from("running")));
        assert!(!set_machine(&mut machine, "Colour", &Variant::from("red")));
        assert_eq!(machine.state, State::Running);
        assert!(set_machine(&mut machine, "State", &Variant::from(4711_u32)));
        assert_eq!(machine.state, State::Unknown);
    }

    #[test]
    fn what_a_change_left_behind_is_read_with_its_repair() {
        let mut host = HostFacts::default();
        let left = vec![("release", "0000:01:00.0", false, "vfio-pci", "nvidia", vec!["echo > /sys/x", "echo 1 > /sys/y"])];
        assert!(set_host(&mut host, "LeftBehind", &left.into()));
        assert_eq!((host.left[0].device.as_str(), host.left[0].repair.len(), host.left[0].hangs), ("0000:01:00.0", 2, false));
        assert!(set_host(&mut host, "LeftBehind", &Vec::<(&str, &str)>::new().into()) && host.left.is_empty());
    }

    #[test]
    fn details_are_what_the_dictionary_has() {
        let values: [(&str, Variant<'_>); 7] = [
            ("start-time", 7_u64.into()),
            ("firmware", "uefi-secure".into()),
            ("tpm", true.into()),
            ("disks", vec![("vda", "disk", 20_u64, 10_u64)].into()),
            ("networks", vec![("52:54:00:00:00:01", "default")].into()),
            ("graphics", vec![("vnc", "127.0.0.1", false)].into()),
            ("later", 1_u8.into()),
        ];
        let told = values.into_iter().map(|(name, value)| (name.to_owned(), OwnedVariant::try_from(value).unwrap())).collect();
        let read = details(&told);
        assert_eq!((read.started, read.firmware.as_str(), read.has_tpm, read.guest_agent), (7, "uefi-secure", true, None));
        assert_eq!(read.disks, [("vda".into(), "disk".into(), 20, 10)]);
        assert_eq!(read.networks, [("52:54:00:00:00:01".into(), "default".into())]);
        assert_eq!(read.displays, [("vnc".into(), "127.0.0.1".into())]);
        assert_eq!(details(&HashMap::new()), Details::default());
    }

    #[test]
    fn progress_is_known_when_it_is_valid() {
        let mut progress = Progress::default();
        progress.set("Progress", &Variant::from(0.25));
        assert_eq!(progress.known(), None);
        progress.set("ProgressValid", &Variant::from(true));
        assert_eq!(progress.known(), Some(0.25));
    }
}
