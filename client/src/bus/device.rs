//! Records of devices, plans and refusals from what the service sends, and the calls for them.

use std::{collections::HashMap, os::fd::OwnedFd};

use dbus::{
    ErrorKind, Options,
    at_boot::{self, AtBootProxy},
    passthrough::PassthroughProxy,
    path,
};
use zbus::{Fd, OwnedVariant, Variant};

use super::{
    Bus,
    calls::{Result, proxy},
    failure, function,
    record::put,
    value::{MOST, bounded, dictionaries, flag, signed, structures, text, texts, unsigned},
};
use crate::device::{Advice, AtBoot, BindPlan, BindStep, Devices, HostDevice, KeepPlan, Kept, Refusal};

/// A device without any property yet.
pub(super) fn empty(address: &str) -> HostDevice {
    HostDevice { address: address.to_owned(), ..HostDevice::default() }
}

/// Sets a property by its D-Bus name. Returns whether the record is another one now; what is not known changes nothing.
pub(super) fn set(device: &mut HostDevice, property: &str, value: &Variant<'_>) -> bool {
    let id = || unsigned(value).and_then(|id| u16::try_from(id).ok());
    let number = || unsigned(value).and_then(|number| u32::try_from(number).ok());
    // -1 is none.
    let place = || signed(value).map(|number| u32::try_from(number).ok());
    let addresses = || texts(value).map(|paths| paths.iter().filter_map(|path| path::host_device_address(path)).collect::<Vec<_>>());
    match property {
        "VendorId" => put(&mut device.ids.0, id()),
        "DeviceId" => put(&mut device.ids.1, id()),
        "SubsystemVendorId" => put(&mut device.subsystem_ids.0, id()),
        "SubsystemDeviceId" => put(&mut device.subsystem_ids.1, id()),
        "Kind" => put(&mut device.kind, text(value)),
        "VendorName" => put(&mut device.vendor_name, text(value)),
        "DeviceName" => put(&mut device.device_name, text(value)),
        "SubsystemName" => put(&mut device.subsystem_name, text(value)),
        "ClassName" => put(&mut device.class_name, text(value)),
        "Driver" => put(&mut device.driver, text(value)),
        "IommuGroup" => put(&mut device.group, place()),
        "NumaNode" => put(&mut device.node, place()),
        "LinkSpeed" => put(&mut device.link.speed, number()),
        "LinkWidth" => put(&mut device.link.width, number()),
        "MaximumLinkSpeed" => put(&mut device.link.maximum_speed, number()),
        "MaximumLinkWidth" => put(&mut device.link.maximum_width, number()),
        "ResetMethods" => put(&mut device.resets, texts(value)),
        "MaximumVirtualFunctions" => put(&mut device.maximum_functions, number()),
        "VirtualFunctions" => put(&mut device.functions, addresses()),
        "VirtualFunctionSettings" => put(&mut device.function_settings, function::all(value)),
        "PhysicalFunction" => put(&mut device.function_of, text(value).map(|path| path::host_device_address(&path))),
        "BootDisplay" => put(&mut device.is_boot_display, flag(value)),
        "Bars" => put(&mut device.windows, structures(value).map(|all| all.filter_map(window).collect())),
        "Uses" => put(&mut device.uses, structures(value).map(|all| all.filter_map(used).collect())),
        "Machines" => {
            let machines = texts(value).map(|paths| paths.iter().filter_map(|path| path::machine_uuid(path)).collect());
            put(&mut device.machines, machines)
        }
        "Persistent" => put(&mut device.is_kept, flag(value)),
        "ActiveMachine" => put(&mut device.active_machine, text(value).map(|path| path::machine_uuid(&path))),
        _ => false,
    }
}

fn window(fields: &[Variant<'_>]) -> Option<(u32, u64)> {
    match fields {
        [number, bytes] => Some((unsigned(number)?.try_into().ok()?, unsigned(bytes)?)),
        _ => None,
    }
}

fn used(fields: &[Variant<'_>]) -> Option<(String, String)> {
    match fields {
        [word, name] => Some((text(word)?, text(name)?)),
        _ => None,
    }
}

/// Reasons or warnings.
pub(super) fn refusals(value: &Variant<'_>) -> Vec<Refusal> {
    let refusal = |mut facts: HashMap<String, String>| {
        let mut take = |name: &str| facts.remove(name).unwrap_or_default();
        // A USB device is named by its port.
        let port = take("port");
        let device = Some(take("device")).filter(|device| !device.is_empty()).unwrap_or(port);
        Refusal { reason: take("reason"), device, name: take("name"), detail: take("detail") }
    };
    dictionaries(value).into_iter().flatten().map(refusal).collect()
}

fn step(fields: &[Variant<'_>]) -> Option<BindStep> {
    match fields {
        [device, step, value] => {
            Some(BindStep { device: path::host_device_address(&text(device)?)?, step: text(step)?, value: text(value)? })
        }
        _ => None,
    }
}

/// A plan as it was sent. One that does not say that it is allowed, and not why not, is not.
fn plan(told: &HashMap<String, OwnedVariant>) -> BindPlan {
    let value = |name: &str| told.get(name).map(|value| &**value);
    let addresses = value("devices").and_then(texts).unwrap_or_default();
    let mut plan = BindPlan {
        devices: addresses.iter().filter_map(|path| path::host_device_address(path)).collect(),
        steps: value("steps").and_then(structures).into_iter().flatten().filter_map(step).collect(),
        reasons: value("reasons").map(refusals).unwrap_or_default(),
        warnings: value("warnings").map(refusals).unwrap_or_default(),
    };
    if plan.reasons.is_empty() && value("allowed").and_then(flag) != Some(true) {
        plan.reasons.push(Refusal::default());
    }
    plan
}

fn keep_plan(told: &HashMap<String, OwnedVariant>) -> KeepPlan {
    let advice = |fields: &[Variant<'_>]| match fields {
        [place, line] => Some(Advice { place: text(place)?, line: text(line)? }),
        _ => None,
    };
    let lines = told.get("advice").and_then(|value| structures(value)).into_iter().flatten();
    KeepPlan { bind: plan(told), advice: lines.filter_map(advice).collect() }
}

fn options(devices: &Devices) -> Options {
    let others: Vec<_> = devices.addresses.iter().skip(1).map(|address| path::host_device(address)).collect();
    let mut options = Options::default();
    if !others.is_empty() {
        options = options.with("devices", others);
    }
    if devices.whole_groups { options.with("group", true) } else { options }
}

impl Bus {
    pub(super) async fn passthrough(&self, devices: &Devices) -> Result<PassthroughProxy<'static>> {
        let first = devices.addresses.first().ok_or_else(|| failure::service(ErrorKind::NotFound, "No device was named"))?;
        Ok(proxy!(self, PassthroughProxy).path(path::host_device(first)).build().await?)
    }

    pub(crate) async fn plan_bind(&self, devices: Devices) -> Result<BindPlan> {
        Ok(plan(&self.passthrough(&devices).await?.plan_bind(&with_reset(&devices)).await?))
    }

    pub(crate) async fn bind(&self, devices: Devices) -> Result<()> {
        Ok(self.passthrough(&devices).await?.bind(&with_reset(&devices)).await?)
    }

    pub(crate) async fn plan_release(&self, devices: Devices) -> Result<BindPlan> {
        Ok(plan(&self.passthrough(&devices).await?.plan_release(&options(&devices)).await?))
    }

    pub(crate) async fn release(&self, devices: Devices) -> Result<()> {
        Ok(self.passthrough(&devices).await?.release(&options(&devices)).await?)
    }

    pub(crate) async fn plan_keep(&self, devices: Devices) -> Result<KeepPlan> {
        Ok(keep_plan(&self.passthrough(&devices).await?.plan_persist(&with_reset(&devices)).await?))
    }

    pub(crate) async fn keep(&self, devices: Devices) -> Result<()> {
        Ok(self.passthrough(&devices).await?.set_persistent(true, &with_reset(&devices)).await?)
    }

    pub(crate) async fn forget(&self, address: String) -> Result<()> {
        Ok(self.at_boot_proxy().await?.forget(&address, &Options::default()).await?)
    }

    pub(crate) async fn at_boot(&self) -> Result<AtBoot> {
        let proxy = self.at_boot_proxy().await?;
        let (state, devices) = (proxy.state().await?, proxy.devices().await?);
        let kept = |device: at_boot::Device| Kept {
            address: bounded(&device.address).to_owned(),
            ids: (device.vendor, device.device),
            outcome: bounded(&device.outcome).to_owned(),
            reasons: device.reasons.iter().take(MOST).map(|reason| bounded(reason).to_owned()).collect(),
        };
        let devices = devices.into_iter().take(MOST).map(kept).collect();
        Ok(AtBoot { is_given_up: state == at_boot::state::SKIPPED, is_damaged: state == at_boot::state::DAMAGED, devices })
    }

    async fn at_boot_proxy(&self) -> Result<AtBootProxy<'static>> {
        Ok(proxy!(self, AtBootProxy).build().await?)
    }

    pub(crate) async fn set_functions(&self, address: String, count: u32) -> Result<()> {
        let device = Devices { addresses: vec![address], ..Devices::default() };
        // Who chooses the number of a card that the host is reached through is told so there.
        let options = Options::default().with("allow-link-reset", true);
        Ok(self.passthrough(&device).await?.set_virtual_functions(count, &options).await?)
    }

    /// `NotSupported` over ssh, which passes no descriptors.
    pub(crate) async fn dump_rom(&self, address: String, file: OwnedFd) -> Result<u64> {
        self.needs_descriptors()?;
        let device = Devices { addresses: vec![address], ..Devices::default() };
        Ok(self.passthrough(&device).await?.dump_rom(Fd::from(file), &Options::default()).await?)
    }
}

fn with_reset(devices: &Devices) -> Options {
    let options = options(devices);
    if devices.allows_no_reset { options.with("allow-no-reset", true) } else { options }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(values: Vec<(&str, Variant<'_>)>) -> HashMap<String, OwnedVariant> {
        values.into_iter().map(|(name, value)| (name.to_owned(), OwnedVariant::try_from(value).unwrap())).collect()
    }

    #[test]
    fn a_device_takes_what_it_knows_and_nothing_of_another_type() {
        let mut device = empty("0000:01:00.0");
        assert!(set(&mut device, "VendorId", &Variant::from(0x10de_u16)));
        assert!(!set(&mut device, "VendorId", &Variant::from("10de")), "no text");
        assert!(set(&mut device, "IommuGroup", &Variant::from(15_i32)));
        assert!(set(&mut device, "IommuGroup", &Variant::from(-1_i32)), "gone with the IOMMU");
        assert!(set(&mut device, "Uses", &vec![("mounted", "sda1")].into()));
        assert!(set(&mut device, "Bars", &vec![(0_u32, 4096_u64)].into()));
        assert!(!set(&mut device, "PhysicalFunction", &Variant::from("/")), "none as before");
        assert!(!set(&mut device, "Colour", &Variant::from("red")));
        assert_eq!((device.ids, device.group, device.windows), ((0x10de, 0), None, vec![(0, 4096)]));
        assert_eq!(device.uses, [("mounted".to_owned(), "sda1".to_owned())]);
    }

    #[test]
    fn a_plan_has_its_steps_and_every_reason_with_its_facts() {
        let reason = HashMap::from([("reason", "mounted"), ("device", "0000:05:00.0"), ("name", "nvme0n1p2"), ("detail", "/")]);
        let path = path::host_device("0000:05:00.0");
        let read = plan(&told(vec![
            ("allowed", false.into()),
            ("devices", vec![path.clone()].into()),
            ("steps", vec![(path, "override", "vfio-pci")].into()),
            ("reasons", vec![reason].into()),
            ("later", 1_u8.into()),
        ]));
        assert_eq!(read.devices, ["0000:05:00.0"]);
        assert_eq!(read.steps, [BindStep { device: "0000:05:00.0".into(), step: "override".into(), value: "vfio-pci".into() }]);
        assert_eq!((read.reasons[0].reason.as_str(), read.reasons[0].detail.as_str()), ("mounted", "/"));
        assert_eq!(read.warnings, []);
    }

    #[test]
    fn a_plan_for_each_start_has_its_advice_line_by_line() {
        let read = keep_plan(&told(vec![("allowed", true.into()), ("advice", vec![("kernel-argument", "vfio-pci.ids=10de:1ff2")].into())]));
        assert_eq!(read.advice, [Advice { place: "kernel-argument".into(), line: "vfio-pci.ids=10de:1ff2".into() }]);
        assert_eq!(read.bind.reasons, []);
        assert_eq!(keep_plan(&HashMap::new()).bind.reasons.len(), 1);
    }

    #[test]
    fn a_plan_that_does_not_say_it_is_allowed_is_not() {
        assert_eq!(plan(&HashMap::new()).reasons.len(), 1);
        assert_eq!(plan(&told(vec![("allowed", true.into())])).reasons, []);
    }
}
