//! Starting, stopping and changing machines. Every function takes the grant of its action.

use std::time::Duration;

use uuid::Uuid;
use virt_sys as sys;

use super::{
    Libvirt, directory, ffi,
    firmware::{self, Nvram},
    machine_error, on_domain,
    worker::{Lane, Session},
};
use crate::{
    error::{Error, Result},
    policy::{
        Grant,
        action::{Action, MachineManage, MachineOperate},
    },
};

/// QEMU gets 10 s after SIGTERM and 5 s after SIGKILL before libvirt gives up; a hung one takes about 12 s.
const FORCE_OFF_DEADLINE: Duration = Duration::from_secs(20);
/// How long what is asked of QEMU just now may take before it is ended all the same.
const QUIET_WITHIN: Duration = Duration::from_millis(200);
/// libvirt waits 5 s for an agent's answer, twice when it has to synchronise first.
const AGENT_DEADLINE: Duration = Duration::from_secs(15);

/// How to start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StartOptions {
    /// Load everything but do not run yet.
    pub paused: bool,
    /// Boot even though there is a saved state, and drop that state.
    pub force_boot: bool,
}

/// How the guest is asked to shut down or restart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AgentMode {
    /// The agent if it answers, else the power button.
    Automatic,
    /// The ACPI power button.
    PowerButton,
    /// The guest's agent.
    Agent,
}

/// What a request to a guest can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// Shut down.
    Shutdown,
    /// Restart.
    Reboot,
}

impl Libvirt {
    /// Starts a machine; restores its saved state if it has one and may.
    ///
    /// # Errors
    /// `InvalidState` if it runs, or what libvirt and QEMU say.
    pub async fn start(&self, grant: &Grant<MachineOperate>, options: StartOptions) -> Result<()> {
        let paused = if options.paused { sys::VIR_DOMAIN_START_PAUSED } else { 0 };
        let force = if options.force_boot { sys::VIR_DOMAIN_START_FORCE_BOOT } else { 0 };
        self.long_call(grant.machine()?, move |domain| domain.create_with_flags(paused | force)).await
    }

    /// Asks the guest to shut down or restart. Returns when the request is delivered, not when it is done.
    ///
    /// The caller shows by the grant that the action fits `mode`.
    ///
    /// # Errors
    /// `AgentUnavailable`, `InvalidState`, `Stalled`.
    pub async fn ask_guest<A: Action>(&self, grant: &Grant<A>, delivery: Delivery, mode: AgentMode) -> Result<()> {
        let uuid = grant.machine()?;
        let (acpi, agent) = match delivery {
            Delivery::Shutdown => (sys::VIR_DOMAIN_SHUTDOWN_ACPI_POWER_BTN, sys::VIR_DOMAIN_SHUTDOWN_GUEST_AGENT),
            Delivery::Reboot => (sys::VIR_DOMAIN_REBOOT_ACPI_POWER_BTN, sys::VIR_DOMAIN_REBOOT_GUEST_AGENT),
        };
        let flags = match mode {
            AgentMode::Automatic => 0,
            AgentMode::PowerButton => acpi,
            AgentMode::Agent => agent,
        };
        let ask = move |domain: &virt::domain::Domain| match delivery {
            Delivery::Shutdown => domain.shutdown_flags(flags),
            Delivery::Reboot => domain.reboot(flags),
        };
        if mode == AgentMode::PowerButton {
            return self.short_call(uuid, ask).await;
        }
        // A guest without a living agent is not a hung QEMU: its own deadline, and no stall.
        match self.urgent_call(uuid, AGENT_DEADLINE, ask).await {
            Err(Error::TimedOut(_)) => Err(Error::AgentUnavailable),
            // A machine without a channel for an agent.
            Err(Error::NotSupported { .. }) if mode == AgentMode::Agent => Err(Error::AgentUnavailable),
            result => result,
        }
    }

    /// Resets the machine as its reset button would.
    ///
    /// # Errors
    /// `InvalidState`, `Stalled`.
    pub async fn reset(&self, grant: &Grant<MachineOperate>) -> Result<()> {
        self.short_call(grant.machine()?, virt::domain::Domain::reset).await
    }

    /// Ends the QEMU process, also one that hangs. With `graceful` it is only asked to end.
    ///
    /// # Errors
    /// `InvalidState` if the machine is off, `TimedOut` if the process would not end.
    pub async fn force_off<A: Action>(&self, grant: &Grant<A>, graceful: bool) -> Result<()> {
        let uuid = grant.machine()?;
        let flags = if graceful { sys::VIR_DOMAIN_DESTROY_GRACEFUL } else { sys::VIR_DOMAIN_DESTROY_DEFAULT };
        let end = move |session: &Session| on_domain(session, uuid, |domain| domain.destroy_flags(flags));
        // QEMU 7.2 may hang in its exit if it is asked something meanwhile, until libvirt kills it after 10 s: figures have to
        // wait. What hangs or takes long is not waited for.
        let turn = self.gates.enter(uuid, QUIET_WITHIN).await.ok();
        self.workers.call(Lane::Machine, FORCE_OFF_DEADLINE, turn, end).await
    }

    /// Stops the machine in place.
    ///
    /// # Errors
    /// `InvalidState`, `Stalled`.
    pub async fn pause(&self, grant: &Grant<MachineOperate>) -> Result<()> {
        self.short_call(grant.machine()?, virt::domain::Domain::suspend).await
    }

    /// Lets it go on.
    ///
    /// # Errors
    /// `InvalidState`, `Stalled`.
    pub async fn resume(&self, grant: &Grant<MachineOperate>) -> Result<()> {
        self.short_call(grant.machine()?, virt::domain::Domain::resume).await
    }

    /// Saves its memory to disk and ends it. Takes as long as writing takes.
    ///
    /// # Errors
    /// `InvalidState`, `Cancelled`, `NoSpace`.
    pub async fn save(&self, grant: &Grant<MachineOperate>, bypass_cache: bool) -> Result<()> {
        let flags = if bypass_cache { sys::VIR_DOMAIN_SAVE_BYPASS_CACHE } else { 0 };
        self.long_call(grant.machine()?, move |domain| domain.managed_save(flags)).await
    }

    /// Whether it has a saved state.
    ///
    /// # Errors
    /// `NoMachine`.
    pub async fn has_saved_state(&self, uuid: Uuid) -> Result<bool> {
        self.read_machine(uuid, |domain| domain.has_managed_save(0)).await
    }

    /// Removes the saved state.
    ///
    /// # Errors
    /// `InvalidState` if there is none.
    pub async fn discard_saved_state<A: Action>(&self, grant: &Grant<A>) -> Result<()> {
        let uuid = grant.machine()?;
        if !self.has_saved_state(uuid).await? {
            return Err(Error::InvalidState);
        }
        self.short_call(uuid, |domain| domain.managed_save_remove(0)).await
    }

    /// Cancels saving or dumping. Returns when libvirt does, however long QEMU hangs: asked again meanwhile, it would take a
    /// place more each time.
    ///
    /// # Errors
    /// `InvalidState` if nothing is under way.
    pub async fn abort_job(&self, uuid: Uuid) -> Result<()> {
        self.urgent_call(uuid, super::LONG_DEADLINE, ffi::abort_job).await
    }

    /// How far saving or dumping is: bytes (done, in all). Returns when libvirt does, as [`Self::abort_job`].
    ///
    /// # Errors
    /// libvirt's.
    pub async fn job_progress(&self, uuid: Uuid) -> Result<(u64, u64)> {
        let info = self.urgent_call(uuid, super::LONG_DEADLINE, virt::domain::Domain::job_info).await?;
        Ok((info.data_processed.unwrap_or(0), info.data_total.unwrap_or(0)))
    }

    /// Sends a non-maskable interrupt.
    ///
    /// # Errors
    /// `InvalidState`, `Stalled`.
    pub async fn send_nmi(&self, grant: &Grant<MachineOperate>) -> Result<()> {
        self.short_call(grant.machine()?, ffi::inject_nmi).await
    }

    /// Suspends the guest through its agent: to memory (S3) or to disk (S4).
    ///
    /// # Errors
    /// `AgentUnavailable`, `NotSupported`.
    pub async fn suspend_guest(&self, grant: &Grant<MachineOperate>, to_disk: bool) -> Result<()> {
        let target = if to_disk { sys::VIR_NODE_SUSPEND_TARGET_DISK } else { sys::VIR_NODE_SUSPEND_TARGET_MEM };
        match self.urgent_call(grant.machine()?, AGENT_DEADLINE, move |domain| ffi::pm_suspend(domain, target)).await {
            Err(Error::TimedOut(_)) => Err(Error::AgentUnavailable),
            result => result,
        }
    }

    /// Wakes a suspended guest.
    ///
    /// # Errors
    /// `InvalidState`, `Stalled`.
    pub async fn wake(&self, grant: &Grant<MachineOperate>) -> Result<()> {
        self.short_call(grant.machine()?, |domain| domain.pm_wakeup(0)).await
    }

    /// Starts the machine with the host, or not.
    ///
    /// # Errors
    /// `InvalidState` for a transient machine.
    pub async fn set_autostart(&self, grant: &Grant<MachineOperate>, autostart: bool) -> Result<()> {
        self.read_machine(grant.machine()?, move |domain| domain.set_autostart(autostart)).await
    }

    /// Gives the machine another name.
    ///
    /// # Errors
    /// `NameTaken`, `InvalidState` if it runs or has snapshots that libvirt cannot carry over.
    pub async fn rename(&self, grant: &Grant<MachineManage>, name: &str) -> Result<()> {
        let (uuid, name) = (grant.machine()?, name.to_owned());
        let directory = if self.uri().starts_with("qemu:") { Some(directory::path(self.uri(), "nvram")) } else { None };
        let _turn = self.gates.enter(uuid, super::DEADLINE).await?;
        self.list_call(move |session| {
            if let Ok(other) = session.lookup_domain_by_name(&name) {
                // Found by its own old name it would be no other machine, but then there is nothing to do either.
                let is_other = other.uuid().map_err(|error| machine_error(uuid, &error))? != uuid;
                return if is_other { Err(Error::NameTaken { name }) } else { Ok(()) };
            }
            let domain = session.domain(uuid).map_err(|error| machine_error(uuid, &error))?;
            if domain.is_active().map_err(|error| machine_error(uuid, &error))? {
                return Err(Error::InvalidState);
            }
            let document = domain.xml_desc(sys::VIR_DOMAIN_XML_INACTIVE).map_err(|error| machine_error(uuid, &error))?;
            let document = model::machine::Machine::parse(&document)?;
            // The kept handle says the old name.
            session.forget(uuid);
            match directory.and_then(|directory| Nvram::of(&document, &name, &directory)) {
                Some(nvram) => firmware::rename(session, &domain, &name, &nvram),
                None => domain.rename(&name, 0).map_err(|error| machine_error(uuid, &error)),
            }
        })
        .await
    }
}
