//! `org.kvmmanager.Manager1.Machine`.

use std::sync::Arc;

use dbus::{
    Options,
    machine::{Address, Details, PlanItem, Tag},
    pinning::Plan,
};
use zbus::{Fd, OwnedFd, interface, message::Header};

use super::{pinning, requests, subject};
use crate::{
    context::Context,
    error::{Reply, Result},
    inventory::{Entry, Machine as Record},
    libvirt::AgentMode,
    policy::{
        Call, Grant,
        action::{Action, GuestControl, HostMemory, MachineErase, MachineManage, MachineOperate, ReadSensitive, SecretRead},
    },
    workflow::{delete, details, dump, file, pinning as workflow, power, running, save, screenshot},
};

/// The object of one machine.
#[derive(Debug)]
pub struct Machine {
    context: Arc<Context>,
    entry: Arc<Entry>,
}

impl Machine {
    pub const fn new(context: Arc<Context>, entry: Arc<Entry>) -> Self {
        Self { context, entry }
    }

    fn record(&self) -> Arc<Record> {
        self.entry.machine()
    }

    async fn authorize<A: Action>(&self, call: &Call<'_>, operation: &'static str) -> Result<Grant<A>> {
        authorize(&self.context, call, &self.record(), operation).await
    }

    /// Takes a call in and asks for the right to do `A`.
    async fn grant<'a, A: Action>(&self, header: &'a Header<'a>, operation: &'static str) -> Result<(Call<'a>, Grant<A>)> {
        let call = self.context.policy.call(header).await?;
        let grant = self.authorize(&call, operation).await?;
        Ok((call, grant))
    }

    /// Tells in which state the machine was when its state did not allow it.
    fn explain<T>(&self, operation: &'static str, result: Result<T>) -> Result<T, Reply> {
        subject::explain(&self.entry, operation, result)
    }
}

/// Asks for the right to do `A` to a machine.
///
/// # Errors
/// As `Policy::authorize`.
pub async fn authorize<A: Action>(context: &Context, call: &Call<'_>, machine: &Record, operation: &'static str) -> Result<Grant<A>> {
    context.policy.authorize(call, subject::target(machine, operation)).await
}

#[interface(name = "org.kvmmanager.Manager1.Machine", introspection_docs = false)]
impl Machine {
    async fn start(&self, options: Options, #[zbus(header)] header: Header<'_>) -> Result<(), Reply> {
        let options = requests::read(options, requests::start)?;
        let (_call, grant) = self.grant::<MachineOperate>(&header, "start").await?;
        self.explain("start", power::start(&self.context, &grant, options).await)
    }

    async fn shutdown(&self, options: Options, #[zbus(header)] header: Header<'_>) -> Result<(), Reply> {
        let how = requests::read(options, |reader| requests::shutdown(reader, false))?;
        if how.mode == AgentMode::Agent {
            let (_call, grant) = self.grant::<GuestControl>(&header, "shutdown").await?;
            return self.explain("shutdown", power::shutdown(&self.context, &grant, how).await);
        }
        let (_call, grant) = self.grant::<MachineOperate>(&header, "shutdown").await?;
        self.explain("shutdown", power::shutdown(&self.context, &grant, how).await)
    }

    async fn shutdown_and_restart(&self, options: Options, #[zbus(header)] header: Header<'_>) -> Result<(), Reply> {
        let how = requests::read(options, |reader| requests::shutdown(reader, true))?;
        let (call, start) = self.grant::<MachineOperate>(&header, "shutdown-and-restart").await?;
        if how.mode == AgentMode::Agent {
            let grant = self.authorize::<GuestControl>(&call, "shutdown-and-restart").await?;
            return self.explain("restart", power::restart(&self.context, &grant, &start, how).await);
        }
        self.explain("restart", power::restart(&self.context, &start, &start, how).await)
    }

    async fn reboot(&self, options: Options, #[zbus(header)] header: Header<'_>) -> Result<(), Reply> {
        let mode = requests::read(options, requests::mode)?;
        if mode == AgentMode::Agent {
            let (_call, grant) = self.grant::<GuestControl>(&header, "reboot").await?;
            return self.explain("reboot", power::reboot(&self.context, &grant, mode).await);
        }
        let (_call, grant) = self.grant::<MachineOperate>(&header, "reboot").await?;
        self.explain("reboot", power::reboot(&self.context, &grant, mode).await)
    }

    async fn reset(&self, options: Options, #[zbus(header)] header: Header<'_>) -> Result<(), Reply> {
        options.none()?;
        let (_call, grant) = self.grant::<MachineOperate>(&header, "reset").await?;
        self.explain("reset", power::reset(&self.context, &grant).await)
    }

    async fn force_off(&self, options: Options, #[zbus(header)] header: Header<'_>) -> Result<(), Reply> {
        let graceful = requests::read(options, |reader| Ok(reader.flag("graceful")?))?;
        let (_call, grant) = self.grant::<MachineOperate>(&header, "force-off").await?;
        self.explain("force-off", power::force_off(&self.context, &grant, graceful).await)
    }

    async fn pause(&self, options: Options, #[zbus(header)] header: Header<'_>) -> Result<(), Reply> {
        options.none()?;
        let (_call, grant) = self.grant::<MachineOperate>(&header, "pause").await?;
        self.explain("pause", self.context.libvirt.pause(&grant).await)
    }

    async fn resume(&self, options: Options, #[zbus(header)] header: Header<'_>) -> Result<(), Reply> {
        options.none()?;
        let (_call, grant) = self.grant::<MachineOperate>(&header, "resume").await?;
        self.explain("resume", self.context.libvirt.resume(&grant).await)
    }

    async fn save(&self, options: Options, #[zbus(header)] header: Header<'_>) -> Result<(), Reply> {
        let bypass_cache = requests::read(options, |reader| Ok(reader.flag("bypass-cache")?))?;
        let (_call, grant) = self.grant::<MachineOperate>(&header, "save").await?;
        self.explain("save", save::save(&self.context, &grant, bypass_cache).await)
    }

    async fn restore(&self, options: Options, #[zbus(header)] header: Header<'_>) -> Result<(), Reply> {
        let paused = requests::read(options, |reader| Ok(reader.flag("paused")?))?;
        let (_call, grant) = self.grant::<MachineOperate>(&header, "restore").await?;
        self.explain("restore", save::restore(&self.context, &grant, paused).await)
    }

    async fn discard_saved_state(&self, options: Options, #[zbus(header)] header: Header<'_>) -> Result<(), Reply> {
        options.none()?;
        let (_call, grant) = self.grant::<MachineOperate>(&header, "discard-saved-state").await?;
        self.explain("discard-saved-state", save::discard(&self.context, &grant).await)
    }

    async fn send_nmi(&self, options: Options, #[zbus(header)] header: Header<'_>) -> Result<(), Reply> {
        options.none()?;
        let (_call, grant) = self.grant::<MachineOperate>(&header, "send-nmi").await?;
        self.explain("send-nmi", self.context.libvirt.send_nmi(&grant).await)
    }

    async fn core_dump(&self, file: OwnedFd, options: Options, #[zbus(header)] header: Header<'_>) -> Result<(), Reply> {
        let mode = requests::read(options, requests::dump)?;
        let (_call, grant) = self.grant::<SecretRead>(&header, "core-dump").await?;
        let file = file::target(grant.caller().uid, file.into()).await?;
        self.explain("core-dump", dump::run(&self.context, &grant, file, mode).await)
    }

    async fn suspend_guest(&self, options: Options, #[zbus(header)] header: Header<'_>) -> Result<(), Reply> {
        let to_disk = requests::read(options, requests::suspend)?;
        let (_call, grant) = self.grant::<MachineOperate>(&header, "suspend-guest").await?;
        self.explain("suspend-guest", power::suspend_guest(&self.context, &grant, to_disk).await)
    }

    async fn wake(&self, options: Options, #[zbus(header)] header: Header<'_>) -> Result<(), Reply> {
        options.none()?;
        let (_call, grant) = self.grant::<MachineOperate>(&header, "wake").await?;
        self.explain("wake", self.context.libvirt.wake(&grant).await)
    }

    async fn rename(&self, name: String, options: Options, #[zbus(header)] header: Header<'_>) -> Result<(), Reply> {
        options.none()?;
        requests::name(&name)?;
        let (_call, grant) = self.grant::<MachineManage>(&header, "rename").await?;
        let result = self.context.libvirt.rename(&grant, &name).await;
        self.context.refreshed_by(self.record().uuid, &result).await;
        self.explain("rename", result)
    }

    async fn set_autostart(&self, autostart: bool, options: Options, #[zbus(header)] header: Header<'_>) -> Result<(), Reply> {
        options.none()?;
        let (_call, grant) = self.grant::<MachineOperate>(&header, "set-autostart").await?;
        let result = self.context.libvirt.set_autostart(&grant, autostart).await;
        self.context.refreshed_by(self.record().uuid, &result).await;
        self.explain("set-autostart", result)
    }

    async fn set_metadata(&self, changes: Options, options: Options, #[zbus(header)] header: Header<'_>) -> Result<(), Reply> {
        let mut changes = requests::read(changes, requests::metadata)?;
        options.none()?;
        let (_call, grant) = self.grant::<MachineManage>(&header, "set-metadata").await?;
        let (title, description) = (changes.title.take(), changes.description.take());
        let metadata = if changes.touches_metadata() { Some(changes.apply(self.metadata().await?)) } else { None };
        let result = self.context.libvirt.set_metadata(&grant, title, description, metadata).await;
        self.context.refreshed_by(self.record().uuid, &result).await;
        self.explain("set-metadata", result)
    }

    async fn make_persistent(&self, options: Options, #[zbus(header)] header: Header<'_>) -> Result<(), Reply> {
        options.none()?;
        let (_call, grant) = self.grant::<MachineManage>(&header, "make-persistent").await?;
        let result = self.context.libvirt.make_persistent(&grant).await;
        self.context.refreshed_by(self.record().uuid, &result).await;
        self.explain("make-persistent", result)
    }

    async fn plan_delete(&self, options: Options, #[zbus(header)] header: Header<'_>) -> Result<Vec<PlanItem>, Reply> {
        let is_permanent = requests::read(options, |reader| Ok(reader.flag("permanent")?))?;
        let (_call, grant) = self.grant::<ReadSensitive>(&header, "plan-delete").await?;
        Ok(delete::plan::make(&self.context, grant.machine()?, is_permanent).await?.to_wire())
    }

    async fn delete(&self, options: Options, #[zbus(header)] header: Header<'_>) -> Result<String, Reply> {
        let (is_permanent, options) = requests::read(options, |reader| Ok((reader.flag("permanent")?, requests::delete(reader)?)))?;
        let result = if is_permanent {
            let (_call, grant) = self.grant::<MachineErase>(&header, "delete").await?;
            delete::erase(&self.context, &grant, options).await.map(|()| String::new())
        } else {
            let (_call, grant) = self.grant::<MachineManage>(&header, "delete").await?;
            delete::to_trash(&self.context, &grant, options).await
        };
        self.context.refreshed_by(self.record().uuid, &result).await;
        self.explain("delete", result)
    }

    async fn screenshot(&self, options: Options, #[zbus(header)] header: Header<'_>) -> Result<Fd<'static>, Reply> {
        let (screen, width) = requests::read(options, requests::screenshot)?;
        let (_call, grant) = self.grant::<ReadSensitive>(&header, "screenshot").await?;
        self.explain("screenshot", screenshot::take(&self.context, &grant, screen, width).await.map(Fd::from))
    }

    async fn get_log(&self, options: Options, #[zbus(header)] header: Header<'_>) -> Result<Vec<String>, Reply> {
        let lines = requests::read(options, requests::lines)?;
        let (_call, grant) = self.grant::<ReadSensitive>(&header, "get-log").await?;
        Ok(crate::workflow::log::tail(&self.context, &grant, lines).await?)
    }

    async fn get_addresses(&self, options: Options, #[zbus(header)] header: Header<'_>) -> Result<Vec<Address>, Reply> {
        options.none()?;
        let (_call, grant) = self.grant::<ReadSensitive>(&header, "get-addresses").await?;
        self.explain("get-addresses", self.context.libvirt.agent_addresses(grant.machine()?).await)
    }

    async fn get_details(&self, options: Options, #[zbus(header)] header: Header<'_>) -> Result<Details, Reply> {
        let with_sizes = requests::read(options, |reader| Ok(reader.flag("sizes")?))?;
        let _call = self.context.policy.call(&header).await?;
        Ok(details::read(&self.context, self.record().uuid, with_sizes).await?)
    }

    async fn plan_pinning(&self, options: Options, #[zbus(header)] header: Header<'_>) -> Result<Plan, Reply> {
        let request = requests::read(options, pinning::request)?;
        let (_call, grant) = self.grant::<ReadSensitive>(&header, "plan-pinning").await?;
        Ok(pinning::told(workflow::plan(&self.context, &grant, request).await?))
    }

    async fn set_pinning(&self, pinning: Options, options: Options, #[zbus(header)] header: Header<'_>) -> Result<(), Reply> {
        let change = requests::read(pinning, pinning::change)?;
        options.none()?;
        let (_call, grant) = self.grant::<MachineManage>(&header, "set-pinning").await?;
        self.explain("set-pinning", workflow::set(&self.context, &grant, change).await)
    }

    async fn clear_pinning(&self, options: Options, #[zbus(header)] header: Header<'_>) -> Result<(), Reply> {
        options.none()?;
        let (_call, grant) = self.grant::<MachineManage>(&header, "clear-pinning").await?;
        self.explain("clear-pinning", workflow::clear(&self.context, &grant).await)
    }

    async fn set_huge_pages(&self, pages: Options, options: Options, #[zbus(header)] header: Header<'_>) -> Result<(), Reply> {
        let wanted = requests::read(pages, pinning::huge_pages)?;
        options.none()?;
        let wanted = pinning::wanted(wanted)?;
        let (_call, grant) = self.grant::<MachineManage>(&header, "set-huge-pages").await?;
        self.explain("set-huge-pages", workflow::set_huge_pages(&self.context, &grant, wanted).await)
    }

    async fn set_host_tuning(&self, tuning: Options, options: Options, #[zbus(header)] header: Header<'_>) -> Result<(), Reply> {
        let changes = requests::read(tuning, pinning::host_tuning)?;
        options.none()?;
        let (call, grant) = self.grant::<MachineManage>(&header, "set-host-tuning").await?;
        let host = self.authorize::<HostMemory>(&call, "set-host-tuning").await?;
        self.explain("set-host-tuning", running::settings::set(&self.context, &grant, &host, changes).await)
    }

    #[zbus(property(emits_changed_signal = "const"), name = "UUID")]
    fn uuid(&self) -> String {
        self.record().uuid.to_string()
    }

    #[zbus(property)]
    fn name(&self) -> String {
        self.record().name.to_string()
    }

    #[zbus(property)]
    fn title(&self) -> String {
        self.record().title.to_string()
    }

    #[zbus(property)]
    fn description(&self) -> String {
        self.record().definition.description.to_string()
    }

    #[zbus(property)]
    fn state(&self) -> u32 {
        self.record().state.into()
    }

    #[zbus(property)]
    fn state_reason(&self) -> u32 {
        self.record().reason.into()
    }

    #[zbus(property)]
    fn persistent(&self) -> bool {
        self.record().persistent
    }

    #[zbus(property)]
    fn autostart(&self) -> bool {
        self.record().autostart
    }

    #[zbus(property)]
    fn has_saved_state(&self) -> bool {
        self.record().saved
    }

    #[zbus(property)]
    fn has_unapplied_changes(&self) -> bool {
        !self.record().definition.unapplied.is_empty()
    }

    #[zbus(property)]
    fn unapplied_changes(&self) -> Vec<String> {
        self.record().definition.unapplied.iter().map(std::string::ToString::to_string).collect()
    }

    #[zbus(property)]
    fn locked(&self) -> bool {
        self.record().locked
    }

    #[zbus(property)]
    fn stalled(&self) -> bool {
        self.record().stalled
    }

    #[zbus(property)]
    fn memory(&self) -> u64 {
        self.record().memory
    }

    #[zbus(property)]
    fn maximum_memory(&self) -> u64 {
        self.record().maximum_memory
    }

    #[zbus(property)]
    fn memory_used(&self) -> u64 {
        self.record().memory_used
    }

    #[zbus(property)]
    fn vcpus(&self) -> u32 {
        self.record().vcpus
    }

    #[zbus(property)]
    fn maximum_vcpus(&self) -> u32 {
        self.record().maximum_vcpus
    }

    #[zbus(property)]
    fn os_id(&self) -> String {
        self.record().os.id.to_string()
    }

    #[zbus(property)]
    fn os_name(&self) -> String {
        self.record().os.name.to_string()
    }

    #[zbus(property)]
    fn group(&self) -> String {
        self.record().definition.group.to_string()
    }

    #[zbus(property)]
    fn tags(&self) -> Vec<Tag> {
        self.record().definition.tags.to_vec()
    }

    #[zbus(property)]
    fn addresses(&self) -> Vec<Address> {
        self.record().addresses.to_vec()
    }

    #[zbus(property)]
    fn last_stop_reason(&self) -> u32 {
        self.record().last_stop.into()
    }

    #[zbus(property)]
    fn last_stop_time(&self) -> u64 {
        self.record().last_stop_time
    }

    #[zbus(property)]
    fn last_start_time(&self) -> u64 {
        self.record().last_start_time
    }

    #[zbus(property)]
    fn guest_agent(&self) -> u32 {
        self.record().agent.into()
    }

    #[zbus(property)]
    fn warnings(&self) -> Vec<String> {
        self.record().definition.warnings.iter().map(std::string::ToString::to_string).collect()
    }
}

impl Machine {
    /// Our metadata as the definition has it now, so that a change by somebody else is not overwritten.
    async fn metadata(&self) -> Result<model::metadata::Metadata> {
        let xml = self.context.libvirt.xml(self.record().uuid).await?;
        Ok(model::machine::Machine::parse(&xml)?.metadata)
    }
}
