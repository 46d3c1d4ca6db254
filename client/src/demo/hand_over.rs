//! The screen of the host in memory for one of its machines. What shows on the card is a desktop that nobody sees.

use uuid::Uuid;

use super::{
    Demo,
    calls::OPERATE,
    guest::Quirk,
    passthrough::{ACTION, judge, said, steps},
    refusal,
    work::Turn,
    world::World,
};
use crate::{
    Error,
    device::{Attached, BindPlan, HostDevice, VFIO, is_one_card},
    hand_over::{HandOver, How, Plan, Session, Stage, Step},
};

/// What stopping a display manager takes, and starting a machine.
const TAKE: u64 = 1500;
const GIVE_BACK: u64 = 900;
/// How long a guest is given, as the error tells it: the demo does not wait that long.
const SHUTDOWN_SECONDS: u64 = 120;
const SECOND: u64 = 1_000_000;
const LONGEST_TRIAL: u32 = 3600;

/// How machines begin: the host has its screen.
pub(super) fn of_host() -> HandOver {
    HandOver { stage: Stage::Host, ..HandOver::default() }
}

impl Demo {
    pub(crate) async fn plan_hand_over(&self, machine: Uuid, how: How) -> Result<Plan, Error> {
        self.answers()?;
        plan(&self.world(), machine, how)
    }

    pub(crate) async fn begin_hand_over(&self, machine: Uuid, how: How) -> Result<(), Error> {
        self.may(OPERATE)?;
        self.may(ACTION)?;
        let mut turn = Turn::take(self, machine)?;
        let plan = plan(&self.world(), machine, how)?;
        if !plan.reasons.is_empty() {
            return Err(refusal::unsafe_for_host(&plan.reasons));
        }
        turn.begin("machine-hand-over", false);
        self.stage(machine, Stage::Taking, 0);
        turn.wait(TAKE).await?;
        turn.boot();
        let now = self.world().now();
        let stage = if how.trial.is_some() { Stage::Trial } else { Stage::Machine };
        self.stage(machine, stage, how.trial.map_or(0, |seconds| now + u64::from(seconds) * SECOND));
        turn.end(Ok(()))
    }

    pub(crate) async fn confirm_hand_over(&self, machine: Uuid) -> Result<(), Error> {
        self.may(OPERATE)?;
        let mut world = self.world();
        let own = &world.guest(machine)?.machine;
        if own.hand_over.as_ref().is_none_or(|own| own.stage != Stage::Trial) {
            return Err(refusal::wrong_state("confirm-hand-over", own.state));
        }
        world.set_stage(machine, Stage::Machine, 0);
        Ok(())
    }

    pub(crate) async fn give_back(&self, machine: Uuid, force: bool) -> Result<(), Error> {
        self.may(OPERATE)?;
        self.may(ACTION)?;
        let turn = Turn::take(self, machine)?;
        let quirk = {
            let world = self.world();
            let guest = world.guest(machine)?;
            if guest.machine.hand_over.as_ref().is_none_or(|own| !own.stage.can_return()) {
                return Err(refusal::wrong_state("give-back", guest.machine.state));
            }
            if guest.machine.is_locked {
                return Err(refusal::locked());
            }
            guest.quirk
        };
        turn.wait(GIVE_BACK).await?;
        if quirk == Quirk::IgnoresShutdown && !force {
            return Err(refusal::timed_out(SHUTDOWN_SECONDS));
        }
        self.stage(machine, Stage::Returning, 0);
        turn.wait(GIVE_BACK).await?;
        self.world().end_hand_over(machine, force);
        Ok(())
    }

    fn stage(&self, machine: Uuid, stage: Stage, trial_ends: u64) {
        self.world().set_stage(machine, stage, trial_ends);
    }
}

impl World {
    fn set_stage(&mut self, machine: Uuid, stage: Stage, trial_ends: u64) {
        self.change(machine, |guest| guest.machine.hand_over = Some(HandOver { stage, trial_ends, left: Vec::new() }));
    }

    fn end_hand_over(&mut self, machine: Uuid, is_forced: bool) {
        let now = self.now();
        self.change(machine, |guest| {
            guest.machine.hand_over = Some(of_host());
            if guest.machine.is_active() {
                let reason = if is_forced { dbus::machine::StateReason::ForcedOff } else { dbus::machine::StateReason::ShutDown };
                guest.stop(now, reason);
            }
        });
    }

    /// Ends the trial that nobody has confirmed in time.
    pub(super) fn end_trial(&mut self) {
        let now = self.now();
        let is_over = |own: &HandOver| own.remaining(now) == Some(0);
        let over = self.guests.iter().find(|guest| guest.machine.hand_over.as_ref().is_some_and(is_over));
        if let Some(machine) = over.map(|guest| guest.machine.id) {
            self.end_hand_over(machine, false);
        }
    }
}

/// The graphics cards of the definition, with everything else that it has of them.
fn cards(all: &[HostDevice], has: &[Attached]) -> Vec<HostDevice> {
    let named = |device: &&HostDevice| has.iter().any(|one| one.is_configured && one.source == device.address);
    let cards: Vec<&HostDevice> = all.iter().filter(named).filter(|device| device.kind == "display").collect();
    let is_of_card = |device: &&HostDevice| cards.iter().any(|card| is_one_card(&card.address, &device.address));
    all.iter().filter(named).filter(is_of_card).cloned().collect()
}

fn plan(world: &World, machine: Uuid, how: How) -> Result<Plan, Error> {
    if how.trial.is_some_and(|seconds| !(1..=LONGEST_TRIAL).contains(&seconds)) {
        return Err(refusal::invalid("trial-seconds", "must be 1 to 3600"));
    }
    let (all, own) = (world.devices(), &world.guest(machine)?.machine);
    let taken = cards(&all, own.host_devices.as_deref().unwrap_or_default());
    let first = taken.first().ok_or_else(|| refusal::not_found("graphics card of the machine"))?;
    if own.is_active() {
        return Err(refusal::wrong_state("hand-over", own.state));
    }
    let mut verdict = BindPlan::default();
    for device in &taken {
        judge(world, &all, &taken, device, how.allows_no_reset, &mut verdict);
    }
    // That a screen is on it is what this is about.
    verdict.reasons.retain(|found| !matches!(found.reason.as_str(), "display" | "boot-display"));
    let other =
        world.guests.iter().map(|guest| &guest.machine).find(|other| other.hand_over.as_ref().is_some_and(|own| own.stage.is_away()));
    verdict.reasons.extend(other.map(|other| said("handed-over", first, &other.name, "")));
    let is_drawn_on = first.driver != VFIO;
    let step = |step: &str, subject: &str| Step { step: step.to_owned(), subject: subject.to_owned(), value: String::new() };
    let mut plan = Plan { devices: taken.iter().map(|device| device.address.clone()).collect(), ..Plan::default() };
    if is_drawn_on {
        plan.sessions = vec![Session { id: "2".into(), user: "anna".into(), seat: "seat0".into(), kind: "wayland".into() }];
        plan.processes = vec![said("open", first, "2211 gnome-shell", "dri/card0"), said("open", first, "3890 firefox", "dri/renderD128")];
        plan.steps.push(step("stop-unit", "gdm.service"));
        let session = said("session", first, "2 anna", "wayland seat0");
        let ends = std::iter::once(session).chain(plan.processes.iter().cloned());
        if how.closes_sessions { verdict.warnings.extend(ends) } else { verdict.reasons.extend(ends) }
    }
    let writes = steps(&taken).into_iter().map(|write| Step { step: write.step, subject: write.device, value: write.value });
    plan.steps.extend(writes);
    plan.steps.push(step("start-machine", &own.name));
    Ok(Plan { reasons: verdict.reasons, warnings: verdict.warnings, ..plan })
}

#[cfg(test)]
#[path = "hand_over_tests.rs"]
mod tests;
