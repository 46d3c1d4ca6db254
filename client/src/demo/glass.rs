//! Memory for Looking Glass, and what virtual functions of the host in memory may.

use uuid::Uuid;

use super::{Demo, calls::MANAGE, refusal};
use crate::{
    Error,
    device::{FunctionChange, FunctionPlan, FunctionSettings, GlassPlan, GlassScreen, GlassView, Refusal, short},
};

const FUNCTIONS: &str = "org.kvmmanager.manager1.host-sriov";
/// What one machine can have.
const LARGEST: u64 = 1 << 30;

fn said(reason: &str, device: &str) -> Refusal {
    Refusal { reason: reason.to_owned(), device: device.to_owned(), ..Refusal::default() }
}

impl Demo {
    pub(crate) async fn plan_looking_glass(&self, machine: Uuid, screen: GlassScreen, user: String) -> Result<GlassPlan, Error> {
        self.answers()?;
        let world = self.world();
        let own = &world.guest(machine)?.machine;
        let size = size(screen)?;
        let name = format!("looking-glass-{machine}");
        let devices = world.devices();
        let is_screen = |source: &String| devices.iter().any(|device| device.address == *source && device.kind == "display");
        let has_card = own.host_devices.iter().flatten().any(|one| is_screen(&one.source));
        let mut warnings = vec![said("file-missing", &name)];
        if !has_card {
            warnings.push(said("no-graphics-card", &name));
        }
        let tmpfiles = if user.is_empty() {
            String::new()
        } else {
            format!("f /dev/shm/{name} 0660 libvirt-qemu kvm -\na+ /dev/shm/{name} - - - - u:{user}:rw\n")
        };
        Ok(GlassPlan { name, size, tmpfiles, reasons: Vec::new(), warnings })
    }

    pub(crate) async fn looking_glass_view(&self, machine: Uuid) -> Result<GlassView, Error> {
        self.answers()?;
        let (is_active, state) = self.world().guest(machine).map(|guest| (guest.machine.is_active(), guest.machine.state))?;
        if !is_active {
            return Err(refusal::wrong_state("view-looking-glass", state));
        }
        // Its machines are older than any memory that they got: there is no screen that a program could show.
        Err(refusal::not_found("memory for Looking Glass"))
    }

    pub(crate) async fn set_looking_glass(&self, machine: Uuid, screen: Option<GlassScreen>) -> Result<(), Error> {
        self.may(MANAGE)?;
        let bytes = screen.map(size).transpose()?;
        let mut world = self.world();
        if bytes.is_none() && world.guest(machine)?.machine.looking_glass.unwrap_or_default() == 0 {
            return Err(refusal::not_found("memory for Looking Glass"));
        }
        world.guest(machine)?;
        world.change(machine, |guest| guest.machine.looking_glass = Some(bytes.unwrap_or_default()));
        Ok(())
    }

    pub(crate) async fn plan_function(&self, address: String, index: u32, change: FunctionChange) -> Result<FunctionPlan, Error> {
        self.answers()?;
        self.world().function_plan(&address, index, &change).map(|(plan, _)| plan)
    }

    pub(crate) async fn set_function(&self, address: String, index: u32, change: FunctionChange) -> Result<(), Error> {
        self.may(FUNCTIONS)?;
        let mut world = self.world();
        let (plan, after) = world.function_plan(&address, index, &change)?;
        if !plan.reasons.is_empty() {
            return Err(refusal::unsafe_for_host(&plan.reasons));
        }
        world.change_devices(|device| {
            for own in device.function_settings.iter_mut().filter(|own| device.address == address && own.index == index) {
                own.clone_from(&after);
            }
        });
        Ok(())
    }
}

impl super::world::World {
    fn function_plan(&self, address: &str, index: u32, change: &FunctionChange) -> Result<(FunctionPlan, FunctionSettings), Error> {
        if change.is_none() {
            return Err(refusal::invalid("settings", "must not be empty"));
        }
        let devices = self.devices();
        let card = devices.iter().find(|device| device.address == address).ok_or_else(|| refusal::not_found("device"))?;
        let before = card.function_settings.iter().find(|one| one.index == index).ok_or_else(|| refusal::not_found("virtual function"))?;
        if change.max_rate.is_some_and(|rate| rate > 10_000) {
            return Err(refusal::invalid("max-rate", "refused by the driver"));
        }
        let after = change.applied_to(before);
        let holder = devices.iter().find(|device| device.address == before.address).and_then(|device| device.active_machine);
        let mut reasons = Vec::new();
        if let (Some(machine), Some(_)) = (holder, &change.mac) {
            reasons.push(Refusal { name: self.name(machine), ..said("machine-running", &before.address) });
        }
        Ok((FunctionPlan { steps: steps(address, index, change), reasons, warnings: Vec::new() }, after))
    }
}

fn steps(address: &str, index: u32, change: &FunctionChange) -> Vec<(String, String)> {
    let on = |is_on: bool| if is_on { "on" } else { "off" }.to_owned();
    let number = |value: Option<u32>| value.map(|value| value.to_string());
    let all = [
        ("mac", change.mac.clone()),
        ("vlan", number(change.vlan)),
        ("min-rate", number(change.min_rate)),
        ("max-rate", number(change.max_rate)),
        ("spoof-check", change.checks_spoofing.map(on)),
        ("trust", change.is_trusted.map(on)),
        ("link-state", change.link_state.clone()),
    ];
    let step = |(name, value): (&str, Option<String>)| Some((format!("{} vf {index} {name}", short(address)), value?));
    all.into_iter().filter_map(step).collect()
}

fn size(screen: GlassScreen) -> Result<u64, Error> {
    let range = 1..=16_384;
    if !range.contains(&screen.width) || !range.contains(&screen.height) {
        return Err(refusal::invalid("width", "must be 1 to 16384"));
    }
    let size = model::device::shared_memory::size_for(screen.width, screen.height, screen.has_hdr);
    if size > LARGEST { Err(refusal::limit("bytes", LARGEST)) } else { Ok(size) }
}
