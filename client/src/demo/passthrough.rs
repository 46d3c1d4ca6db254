//! Devices that go from the host in memory to its machines and back, by the service's rules.

use std::{collections::BTreeSet, time::Duration};

use super::{Demo, Preset, devices, refusal, scsi, world::World};
use crate::{
    Error,
    device::{BindPlan, BindStep, Devices, HostDevice, Refusal, VFIO},
};

pub(super) const ACTION: &str = "org.kvmmanager.manager1.host-device";
/// What a driver takes to let go, and another one to come.
pub(super) const SWITCH: Duration = Duration::from_millis(900);

impl Demo {
    pub(crate) async fn plan_bind(&self, devices: Devices) -> Result<BindPlan, Error> {
        self.answers()?;
        plan(&self.world(), &devices)
    }

    pub(crate) async fn bind(&self, devices: Devices) -> Result<(), Error> {
        self.switch(devices, plan, |_| VFIO).await
    }

    pub(crate) async fn plan_release(&self, devices: Devices) -> Result<BindPlan, Error> {
        self.answers()?;
        plan_release(&self.world(), &devices)
    }

    pub(crate) async fn release(&self, devices: Devices) -> Result<(), Error> {
        self.switch(devices, plan_release, devices::own_driver).await
    }

    async fn switch(
        &self,
        asked: Devices,
        judge: impl Fn(&World, &Devices) -> Result<BindPlan, Error>,
        driver: impl Fn(&str) -> &'static str,
    ) -> Result<(), Error> {
        self.may(ACTION)?;
        let plan = judge(&self.world(), &asked)?;
        if !plan.reasons.is_empty() {
            return Err(refusal::unsafe_for_host(&plan.reasons));
        }
        if self.preset() != Preset::Frozen {
            tokio::time::sleep(SWITCH).await;
        }
        self.world().change_devices(|device| {
            if plan.devices.contains(&device.address) {
                driver(&device.address).clone_into(&mut device.driver);
            }
        });
        Ok(())
    }
}

/// The devices that a request is about, in order.
pub(super) fn meant(all: &[HostDevice], asked: &Devices) -> Result<Vec<HostDevice>, Error> {
    let mut addresses = BTreeSet::new();
    for address in &asked.addresses {
        let device = all.iter().find(|device| device.address == *address).ok_or_else(|| refusal::not_found("device"))?;
        addresses.insert(address.clone());
        if asked.whole_groups {
            let members = all.iter().filter(|other| other.group == device.group && other.can_move);
            addresses.extend(members.map(|member| member.address.clone()));
        }
    }
    if addresses.is_empty() {
        Err(refusal::not_found("device"))
    } else {
        Ok(all.iter().filter(|device| addresses.contains(&device.address)).cloned().collect())
    }
}

pub(super) fn plan(world: &World, asked: &Devices) -> Result<BindPlan, Error> {
    let all = world.devices();
    let taken = meant(&all, asked)?;
    let mut plan = BindPlan { devices: addresses(&taken), steps: steps(&taken), ..BindPlan::default() };
    for device in &taken {
        judge(world, &all, &taken, device, asked.allows_no_reset, &mut plan);
    }
    plan.warnings.extend(taken.first().map(|first| said("open-files-hidden", first, "", "")));
    plan.reasons.sort_by(|one, other| (&one.reason, &one.device).cmp(&(&other.reason, &other.device)));
    plan.reasons.dedup();
    Ok(plan)
}

pub(super) fn judge(
    world: &World,
    all: &[HostDevice],
    taken: &[HostDevice],
    device: &HostDevice,
    allows_no_reset: bool,
    plan: &mut BindPlan,
) {
    if !device.can_move {
        plan.reasons.push(said("bridge", device, &device.kind, &device.driver));
    }
    if let Some(machine) = device.active_machine {
        plan.reasons.push(said("machine-running", device, &world.name(machine), ""));
    }
    let behind = scsi::held_behind(world, &device.address);
    plan.reasons.extend(behind.into_iter().map(|machine| said("machine-running", device, &world.name(machine), "")));
    plan.reasons.extend(device.functions.iter().map(|function| said("virtual-functions", device, function, &device.driver)));
    if device.resets.is_empty() && device.can_move {
        let found = said("no-reset", device, "", "");
        if allows_no_reset { plan.warnings.push(found) } else { plan.reasons.push(found) }
    }
    plan.reasons.extend(uses(device, device));
    let siblings = all.iter().filter(|other| other.group == device.group && !taken.contains(other) && other.can_move);
    for other in siblings.filter(|other| !other.driver.is_empty()) {
        match other.active_machine {
            Some(machine) => plan.reasons.push(said("group-machine-running", device, &other.address, &world.name(machine))),
            None if other.driver == VFIO => {}
            None => {
                plan.reasons.push(said("group-member", device, &other.address, &other.driver));
                plan.reasons.extend(uses(device, other));
            }
        }
    }
}

fn plan_release(world: &World, asked: &Devices) -> Result<BindPlan, Error> {
    let all = world.devices();
    let taken = meant(&all, asked)?;
    let mut plan = BindPlan { devices: addresses(&taken), steps: steps_back(&taken), ..BindPlan::default() };
    for device in &taken {
        if device.driver != VFIO {
            plan.reasons.push(said("not-bound", device, "", &device.driver));
        }
        if let Some(machine) = device.active_machine {
            plan.reasons.push(said("machine-running", device, &world.name(machine), ""));
        }
    }
    Ok(plan)
}

fn addresses(devices: &[HostDevice]) -> Vec<String> {
    devices.iter().map(|device| device.address.clone()).collect()
}

fn uses<'a>(device: &'a HostDevice, user: &'a HostDevice) -> impl Iterator<Item = Refusal> + 'a {
    user.uses.iter().map(|(word, name)| said(word, device, name, devices::detail(name)))
}

pub(super) fn steps(devices: &[HostDevice]) -> Vec<BindStep> {
    let moving: Vec<HostDevice> = devices.iter().filter(|device| device.driver != VFIO).cloned().collect();
    writes(&moving, VFIO)
}

fn steps_back(devices: &[HostDevice]) -> Vec<BindStep> {
    writes(devices, "")
}

fn writes(devices: &[HostDevice], driver: &str) -> Vec<BindStep> {
    let step = |device: &HostDevice, step: &str, value: &str| BindStep {
        device: device.address.clone(),
        step: step.to_owned(),
        value: value.to_owned(),
    };
    let overrides = devices.iter().map(|device| step(device, "override", driver));
    let unbinds = devices.iter().filter(|device| !device.driver.is_empty()).map(|device| step(device, "unbind", &device.address));
    let probes = devices.iter().map(|device| step(device, "probe", &device.address));
    overrides.chain(unbinds).chain(probes).collect()
}

pub(super) fn said(reason: &str, device: &HostDevice, name: &str, detail: &str) -> Refusal {
    let device = device.address.clone();
    Refusal { reason: reason.to_owned(), device, name: name.to_owned(), detail: detail.to_owned() }
}

#[cfg(test)]
#[path = "passthrough_tests.rs"]
mod tests;
