//! What the host in memory does with devices at each start, how many virtual functions a card has, and the ROM of one.

use std::{collections::BTreeSet, fs::File, io::Write, os::fd::OwnedFd};

use super::{
    Demo, Preset,
    devices::own_driver,
    passthrough::{ACTION, SWITCH, meant, plan, said, steps},
    refusal,
    world::World,
};
use crate::{
    Error,
    device::{Advice, AtBoot, Devices, HostDevice, KeepPlan, Kept, VFIO},
    file,
};

pub(super) const FUNCTIONS: &str = "org.kvmmanager.manager1.host-sriov";
/// Devices that are kept at most.
const MOST: usize = 64;

impl Demo {
    pub(crate) async fn plan_keep(&self, devices: Devices) -> Result<KeepPlan, Error> {
        self.answers()?;
        keep_plan(&self.world(), &devices)
    }

    pub(crate) async fn keep(&self, devices: Devices) -> Result<(), Error> {
        self.may(ACTION)?;
        let mut world = self.world();
        let plan = keep_plan(&world, &devices)?.bind;
        if !plan.reasons.is_empty() {
            return Err(refusal::unsafe_for_host(&plan.reasons));
        }
        let kept: BTreeSet<String> = world.kept().into_iter().map(|kept| kept.address).chain(plan.devices.iter().cloned()).collect();
        if kept.len() > MOST {
            return Err(refusal::limit("devices", MOST as u64));
        }
        world.change_devices(|device| device.is_kept |= plan.devices.contains(&device.address));
        Ok(())
    }

    pub(crate) async fn forget(&self, address: String) -> Result<(), Error> {
        self.may(ACTION)?;
        let mut world = self.world();
        if world.gone_but_kept.take_if(|kept| kept.address == address).is_some() {
            return Ok(());
        }
        if !world.kept().iter().any(|kept| kept.address == address) {
            return Err(refusal::not_found("device"));
        }
        world.change_devices(|device| device.is_kept &= device.address != address);
        Ok(())
    }

    pub(crate) async fn at_boot(&self) -> Result<AtBoot, Error> {
        self.answers()?;
        Ok(AtBoot { devices: self.world().kept(), ..AtBoot::default() })
    }

    pub(crate) async fn set_functions(&self, address: String, count: u32) -> Result<(), Error> {
        self.may(FUNCTIONS)?;
        let before = {
            let world = self.world();
            let all = world.devices();
            let card = all.iter().find(|device| device.address == address).ok_or_else(|| refusal::not_found("device"))?;
            check_functions(&world, &all, card, count)?;
            card.functions.clone()
        };
        if before.len() as u64 == u64::from(count) {
            return Ok(());
        }
        if self.preset() != Preset::Frozen {
            tokio::time::sleep(SWITCH).await;
        }
        self.world().make_functions(&address, count);
        Ok(())
    }

    pub(crate) async fn dump_rom(&self, address: String, target: OwnedFd) -> Result<u64, Error> {
        self.may(ACTION)?;
        {
            let world = self.world();
            let all = world.devices();
            let card = all.iter().find(|device| device.address == address).ok_or_else(|| refusal::not_found("device"))?;
            if card.kind != "display" {
                return Err(refusal::not_supported("it shows no ROM"));
            }
            let is_screen = |(word, _): &&(String, String)| matches!(word.as_str(), "boot-display" | "display");
            let mut reasons: Vec<_> = card.uses.iter().filter(is_screen).map(|(word, name)| said(word, card, name, "")).collect();
            reasons.extend(card.active_machine.map(|machine| said("machine-running", card, &world.name(machine), "")));
            if !reasons.is_empty() {
                return Err(refusal::unsafe_for_host(&reasons));
            }
        }
        // The signature of a ROM, and nothing else: there is no card whose it could be.
        let rom = [0x55, 0xaa, 0x01, 0x00];
        let written = file::aside(move || File::from(target).write_all(&rom)).await;
        written.map(|()| rom.len() as u64).map_err(|error| Error::Other(error.to_string()))
    }
}

impl World {
    /// What is kept, by address; the host was not started since.
    fn kept(&self) -> Vec<Kept> {
        let here = self.devices().into_iter().filter(|device| device.is_kept).map(|device| Kept {
            outcome: if device.driver == VFIO { "bound".to_owned() } else { String::new() },
            address: device.address,
            ids: device.ids,
            reasons: Vec::new(),
        });
        let mut kept: Vec<Kept> = here.chain(self.gone_but_kept.clone()).collect();
        kept.sort_by(|one, other| one.address.cmp(&other.address));
        kept
    }
}

fn keep_plan(world: &World, asked: &Devices) -> Result<KeepPlan, Error> {
    let mut bind = plan(world, asked)?;
    let all = world.devices();
    let taken = meant(&all, asked)?;
    // At the next start no machine runs yet.
    bind.reasons.retain(|refusal| !refusal.reason.contains("machine-running"));
    bind.warnings.retain(|warning| warning.reason != "open-files-hidden");
    // Nobody has anything of it by then.
    let anew: Vec<HostDevice> =
        taken.iter().map(|device| HostDevice { driver: own_driver(&device.address).to_owned(), ..device.clone() }).collect();
    bind.steps = steps(&anew);
    let alike = taken.iter().flat_map(|device| {
        let others = all.iter().filter(|other| other.ids == device.ids && !taken.iter().any(|one| one.address == other.address));
        others.map(|other| said("same-ids", device, &other.address, "")).collect::<Vec<_>>()
    });
    let alike: Vec<_> = alike.collect();
    let advice = if alike.is_empty() { advice(&taken) } else { Vec::new() };
    bind.warnings.extend(alike);
    Ok(KeepPlan { bind, advice })
}

fn advice(taken: &[HostDevice]) -> Vec<Advice> {
    let line = |place: &str, line: String| Advice { place: place.to_owned(), line };
    let ids: BTreeSet<String> = taken.iter().map(HostDevice::ids_shown).collect();
    let ids = ids.into_iter().collect::<Vec<_>>().join(",");
    let drivers: BTreeSet<&str> = taken.iter().map(|device| own_driver(&device.address)).collect();
    let mut advice =
        vec![line("kernel-argument", format!("vfio-pci.ids={ids}")), line("module-option", format!("options vfio-pci ids={ids}"))];
    let drivers = drivers.into_iter().filter(|driver| !driver.is_empty());
    advice.extend(drivers.map(|driver| line("module-option", format!("softdep {driver} pre: vfio-pci"))));
    advice.push(line("initramfs-module", "vfio-pci".to_owned()));
    advice
}

fn check_functions(world: &World, all: &[HostDevice], card: &HostDevice, count: u32) -> Result<(), Error> {
    if card.maximum_functions == 0 {
        return Err(refusal::not_supported("it has no virtual functions"));
    }
    if count > card.maximum_functions {
        return Err(refusal::limit("virtual functions", card.maximum_functions.into()));
    }
    if card.functions.len() as u64 == u64::from(count) {
        return Ok(());
    }
    // Those that there are go first.
    let going = all.iter().filter(|device| card.functions.contains(&device.address));
    let used = going.filter_map(|device| device.active_machine.map(|machine| said("machine-running", device, &world.name(machine), "")));
    let reasons: Vec<_> = used.collect();
    if reasons.is_empty() { Ok(()) } else { Err(refusal::unsafe_for_host(&reasons)) }
}

#[cfg(test)]
#[path = "keep_tests.rs"]
mod tests;
