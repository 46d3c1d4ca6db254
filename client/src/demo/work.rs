//! Operations: what they need, how long they take, what becomes of the machine.

use std::{sync::Arc, time::Duration};

use dbus::machine::{State, StateReason};
use tokio::sync::Notify;
use uuid::Uuid;

use super::{Demo, Preset, guest::Guest, guest::Quirk, parts, refusal};
use crate::{Error, Operation, hand_over::Stage};

/// How long a guest is given, as the errors tell it: the demo does not wait that long.
const SHUTDOWN_SECONDS: u64 = 60;

/// The right to work on a machine. Ends its job and gives the machine free when it goes.
pub(super) struct Turn<'demo> {
    demo: &'demo Demo,
    machine: Uuid,
    job: Option<(String, Arc<Notify>)>,
}

impl<'demo> Turn<'demo> {
    pub(super) fn take(demo: &'demo Demo, machine: Uuid) -> Result<Self, Error> {
        demo.world().reserve(machine)?;
        Ok(Self { demo, machine, job: None })
    }

    /// Tells of it as a job, from now on.
    pub(super) fn begin(&mut self, operation: &str, is_cancelable: bool) {
        self.job = Some(self.demo.world().begin(operation, vec![self.machine], is_cancelable));
    }

    /// Ends the job; the answer is the same.
    pub(super) fn end(&mut self, result: Result<(), Error>) -> Result<(), Error> {
        if let Some((job, _)) = self.job.take() {
            self.demo.world().end(&job, result.as_ref().err().cloned());
        }
        result
    }

    /// Lets time go by, unless it is cancelled.
    pub(super) async fn wait(&self, milliseconds: u64) -> Result<(), Error> {
        if self.demo.preset() == Preset::Frozen {
            return Ok(());
        }
        let time = tokio::time::sleep(Duration::from_millis(milliseconds));
        let Some((_, stop)) = &self.job else {
            time.await;
            return Ok(());
        };
        tokio::select! {
            biased;
            () = stop.notified() => Err(refusal::cancelled()),
            () = time => Ok(()),
        }
    }

    /// Lets time go by in steps of 200 ms and tells how far it is.
    pub(super) async fn progress(&self, milliseconds: u16, total: u64) -> Result<(), Error> {
        let steps = (milliseconds / 200).max(1);
        for step in 1..=steps {
            self.wait(200).await?;
            let left = u64::from(steps - step) * 200_000;
            if let Some((job, _)) = &self.job {
                self.demo.world().advance(job, f32::from(step) / f32::from(steps), total, left);
            }
        }
        Ok(())
    }

    fn change(&self, change: impl FnOnce(&mut Guest, u64)) {
        let mut world = self.demo.world();
        let now = world.now();
        world.change(self.machine, |guest| change(guest, now));
    }

    fn set(&self, state: State, reason: StateReason) {
        self.change(|guest, _| guest.set(state, reason));
    }

    fn stop(&self, reason: StateReason) {
        self.change(|guest, now| guest.stop(now, reason));
    }

    /// It starts, whatever kept it from that before.
    pub(super) fn boot(&self) {
        self.change(|guest, now| guest.start(now, StateReason::Booted, State::Running));
    }

    /// Does it. What it needs has been checked.
    pub(super) async fn run(&mut self, operation: Operation, quirk: Quirk) -> Result<(), Error> {
        match operation {
            Operation::Start | Operation::StartPaused | Operation::StartCold => self.start(operation, quirk).await?,
            Operation::Shutdown => self.shutdown("machine-shutdown", quirk).await?,
            Operation::ShutdownAndRestart => {
                self.shutdown("machine-restart", quirk).await?;
                self.start(Operation::Start, quirk).await?;
            }
            Operation::Save => self.save().await?,
            Operation::ForceOff => {
                self.wait(200).await?;
                self.stop(StateReason::ForcedOff);
            }
            _ => {
                self.wait(150).await?;
                self.change(|guest, _| at_once(guest, operation));
            }
        }
        Ok(())
    }

    async fn start(&mut self, operation: Operation, quirk: Quirk) -> Result<(), Error> {
        self.begin("machine-start", false);
        let mut result = self.wait(400).await;
        let (has_pages, is_taken) = {
            let mut world = self.demo.world();
            (world.has_pages_for(self.machine), world.is_device_taken(self.machine))
        };
        if is_taken {
            self.change(|guest, _| guest.log.push(parts::DEVICE_TAKEN.to_owned()));
            result = Err(refusal::failed());
        } else if quirk == Quirk::CannotStart || !has_pages {
            self.change(|guest, _| guest.log.extend(parts::start_failure()));
            result = Err(refusal::failed());
        } else {
            self.change(|guest, now| {
                let is_restored = guest.machine.has_saved_state && operation != Operation::StartCold;
                let reason = if is_restored { StateReason::Restored } else { StateReason::Booted };
                match operation {
                    Operation::StartPaused => guest.start(now, StateReason::ByUser, State::Paused),
                    _ => guest.start(now, reason, State::Running),
                }
            });
        }
        self.end(result)
    }

    async fn shutdown(&mut self, job: &str, quirk: Quirk) -> Result<(), Error> {
        self.begin(job, true);
        let result = if quirk == Quirk::IgnoresShutdown {
            self.wait(3000).await.and(Err(refusal::timed_out(SHUTDOWN_SECONDS)))
        } else {
            self.set(State::ShuttingDown, StateReason::ShuttingDown);
            let waited = self.wait(1500).await;
            // A request to a guest cannot be taken back: waiting ends, the guest goes on.
            self.stop(StateReason::ShutDown);
            waited
        };
        self.end(result)
    }

    async fn save(&mut self) -> Result<(), Error> {
        let (was, total) = {
            let world = self.demo.world();
            let machine = &world.guest(self.machine)?.machine;
            ((machine.state, machine.reason), machine.memory)
        };
        self.begin("machine-save", true);
        self.set(State::Paused, StateReason::Saving);
        let result = self.progress(4000, total).await;
        match &result {
            Ok(()) => self.stop(StateReason::Saved),
            Err(_) => self.set(was.0, if was.0 == State::Running { StateReason::Resumed } else { was.1 }),
        }
        self.end(result)
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        // Only a caller that went away leaves a job here, and a machine that is half saved or half down.
        if self.job.is_some() {
            self.change(|guest, now| match guest.machine.reason {
                _ if guest.machine.hand_over.as_ref().is_some_and(|own| own.stage == Stage::Taking) => {
                    guest.machine.hand_over = Some(super::hand_over::of_host());
                }
                StateReason::Saving => guest.set(State::Running, StateReason::Resumed),
                // The guest goes on with what it was asked for.
                StateReason::ShuttingDown => guest.stop(now, StateReason::ShutDown),
                _ => {}
            });
            // The answer is the error that is given here.
            let _ = self.end(Err(refusal::cancelled()));
        }
        self.demo.world().release(self.machine);
    }
}

/// What is done in a moment.
fn at_once(guest: &mut Guest, operation: Operation) {
    match operation {
        Operation::Pause => guest.set(State::Paused, StateReason::ByUser),
        Operation::Resume => guest.set(State::Running, StateReason::Resumed),
        Operation::Sleep => guest.set(State::Suspended, StateReason::Unknown),
        Operation::Wake => guest.set(State::Running, StateReason::WokenUp),
        Operation::DiscardSavedState => guest.machine.has_saved_state = false,
        Operation::MakePersistent => guest.machine.is_persistent = true,
        _ => {}
    }
}

/// What the service would refuse.
pub(super) fn check(guest: &Guest, operation: Operation) -> Result<(), Error> {
    let machine = &guest.machine;
    let stops = matches!(
        operation,
        Operation::Shutdown
            | Operation::ShutdownAndRestart
            | Operation::Reboot
            | Operation::Reset
            | Operation::ForceOff
            | Operation::Save
            | Operation::DiscardSavedState
    );
    if machine.is_locked && stops {
        return Err(refusal::locked());
    }
    let (word, is_possible) = match operation {
        Operation::Start | Operation::StartPaused | Operation::StartCold => ("start", !machine.is_active()),
        Operation::Shutdown => ("shutdown", machine.state == State::Running),
        Operation::ShutdownAndRestart => ("shutdown-and-restart", machine.state == State::Running),
        Operation::Reboot => ("reboot", machine.state == State::Running),
        Operation::Reset => ("reset", machine.is_active()),
        Operation::ForceOff => ("force-off", machine.is_active()),
        Operation::Pause => ("pause", machine.state == State::Running),
        Operation::Resume => ("resume", machine.state == State::Paused),
        Operation::Save => ("save", machine.is_active() && machine.state != State::ShuttingDown),
        Operation::DiscardSavedState => ("discard-saved-state", machine.has_saved_state),
        Operation::SendNmi => ("send-nmi", machine.is_active()),
        Operation::Sleep => ("suspend-guest", machine.state == State::Running),
        Operation::Wake => ("wake", machine.state == State::Suspended),
        Operation::MakePersistent => ("make-persistent", true),
    };
    if !is_possible {
        return Err(refusal::wrong_state(word, machine.state));
    }
    if operation == Operation::Sleep && guest.details.guest_agent != Some(true) {
        return Err(refusal::no_agent());
    }
    Ok(())
}
