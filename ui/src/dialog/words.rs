//! The words for what the service tells, in one place.

pub(super) use client::locale::{error, job_of, operation_failed, plan_action, plan_kind, plan_reason};
use client::{Error, Job, PlanItem, t};

use crate::{
    action::{Call, DeviceChange, HandOverChange, Way},
    model::{HostModel, Model},
};

/// The machines that a thing of a plan is needed by, as people call them.
pub(super) fn needed_by<'a>(host: Option<&'a HostModel>, item: &PlanItem) -> Vec<&'a str> {
    let Some(host) = host else { return Vec::new() };
    let ids = item.machines.iter().filter_map(|path| path.rsplit('/').next()?.replace('_', "-").parse().ok());
    ids.filter_map(|id: client::Uuid| host.machines.get(&id)).map(client::Machine::label).collect()
}

/// What a job does, with the names of its machines.
pub(super) fn job(host: &HostModel, job: &Job) -> String {
    let names: Vec<&str> = job.machines.iter().filter_map(|id| host.machines.get(id)).map(client::Machine::label).collect();
    match names.as_slice() {
        [] => client::locale::job(&job.operation),
        names => job_of(job, &names.join(", ")),
    }
}

/// Why a call failed, and what to do.
pub(super) fn reason(call: &Call, error: &Error, machine: &str) -> (String, String) {
    let own = match call {
        Call::Other(_, change) => crate::app::other::reason(change, error, machine),
        Call::Attach(_, attachment) => crate::app::attach::reason(attachment, error),
        _ => None,
    };
    own.unwrap_or_else(|| self::error(error, machine))
}

/// What did not work, for the title of a dialog.
pub(super) fn failed(model: &Model, call: &Call, machine: &str) -> String {
    match call {
        Call::Operate(operation, _) => operation_failed(*operation, machine),
        Call::Rename(..) => t!("failure-rename", machine = machine),
        Call::Metadata(..) | Call::Tags(..) => t!("failure-metadata", machine = machine),
        Call::Autostart(..) => t!("failure-autostart", machine = machine),
        Call::Delete(..) | Call::DeleteAll(..) => client::locale::job_failed("machine-delete", machine),
        Call::Undelete(..) => t!("failure-undelete"),
        Call::Purge(..) => t!("failure-purge"),
        Call::Cancel(..) => t!("failure-cancel"),
        Call::Memory(..) => t!("failure-memory"),
        Call::HandOver(_, HandOverChange::Begin(_)) => client::locale::job_failed("machine-hand-over", machine),
        Call::HandOver(_, HandOverChange::Keep) => t!("failure-keep-screen", machine = machine),
        Call::HandOver(_, HandOverChange::GiveBack(_)) => t!("failure-give-back", machine = machine),
        Call::Tune(..) => t!("failure-tuning"),
        Call::Unlock(..) => t!("failure-unlock"),
        Call::CoreDump(..) => client::locale::job_failed("machine-core-dump", machine),
        Call::Move(host, way, devices) => {
            let devices = super::moving::in_words(model, host, &devices.addresses);
            if *way == Way::Take { t!("failure-bind", devices = devices) } else { t!("failure-release", devices = devices) }
        }
        Call::Device(host, change) => {
            let devices = crate::app::device::named(model, host, change);
            let word = match change {
                DeviceChange::Keep(_) => "failure-keep",
                DeviceChange::Forget(_) => "failure-forget",
                DeviceChange::Functions(..) => "failure-functions",
                DeviceChange::Function(..) => "failure-function",
                DeviceChange::MakePart(_) => "failure-make-part",
                DeviceChange::StartPart(_) => "failure-start-part",
                DeviceChange::PartAutostart(..) => "failure-part-autostart",
                DeviceChange::DeletePart(_) => "failure-delete-part",
                DeviceChange::MakeNetwork { .. } => "failure-make-network",
                DeviceChange::DeleteNetwork { .. } => "failure-delete-network",
                DeviceChange::Rom(..) => "failure-rom",
            };
            t!(word, devices = devices)
        }
        Call::Attach(key, attachment) | Call::Detach(key, attachment) => {
            let devices = super::moving::in_words(model, &key.host, &crate::app::attach::addresses(model, key, attachment));
            let word = if matches!(call, Call::Attach(..)) { "failure-attach" } else { "failure-detach" };
            t!(word, devices = devices, machine = machine)
        }
        Call::Other(key, change) => crate::app::other::failure(model, key, change, machine),
        Call::Screenshot(..) => t!("failure-screenshot", machine = machine),
    }
}

/// What D-Bus or the service said in its own words, with its facts: for reports, not for reading.
pub(super) fn raw(error: &Error) -> String {
    let mut text = error.to_string();
    if let Error::Service { kind, facts, .. } = error {
        text = format!("{}: {text}", kind.name().rsplit('.').next().unwrap_or_default());
        for (name, value) in facts {
            text.push_str(&format!("\n{name} = {value}"));
        }
    }
    text
}

/// What a host is called.
pub(super) fn host(model: &Model, id: &str) -> String {
    model.host(id).map(|host| host.host.label()).unwrap_or_default()
}
