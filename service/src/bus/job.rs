//! `org.kvmmanager.Manager1.Job`: an object while its work goes on.

use std::{collections::HashMap, sync::Arc};

use dbus::{Options, interface, path};
use tokio::sync::mpsc;
use zbus::{Connection, OwnedObjectPath, Variant, interface, message::Header, object_server::SignalEmitter};

use super::{
    objects::{announce_job, withdraw},
    properties::send_changed,
};
use crate::{
    context::Context,
    error::{Error, Reply, Result},
    job::{Job as Work, Notice},
    policy::{Target, action::MachineManage},
};

/// The object of one job.
#[derive(Debug)]
pub struct Job {
    context: Arc<Context>,
    work: Arc<Work>,
}

fn objects(work: &Work) -> Vec<OwnedObjectPath> {
    work.machines.iter().map(|uuid| path::machine(*uuid)).collect()
}

/// The properties that change while the work goes on.
fn progress(work: &Work) -> HashMap<&'static str, Variant<'static>> {
    let progress = work.progress();
    HashMap::from([
        ("Progress", progress.share.into()),
        ("ProgressValid", progress.is_known.into()),
        ("Bytes", progress.bytes.into()),
        ("Rate", progress.rate.into()),
        ("ExpectedEndTime", progress.expected_end.into()),
    ])
}

/// All properties and their values.
pub fn properties(work: &Work) -> HashMap<&'static str, Variant<'static>> {
    let mut all = progress(work);
    all.extend([
        ("Operation", work.operation.into()),
        ("Objects", objects(work).into()),
        ("StartTime", work.started.into()),
        ("StartedByUID", work.owner.into()),
        ("Cancelable", work.cancelable.into()),
    ]);
    all
}

#[interface(name = "org.kvmmanager.Manager1.Job", introspection_docs = false)]
impl Job {
    async fn cancel(&self, options: Options, #[zbus(header)] header: Header<'_>) -> Result<(), Reply> {
        options.none()?;
        let call = self.context.policy.call(&header).await?;
        if call.caller.uid != self.work.owner {
            let machine = self.work.machines.first().copied();
            let machine_name = machine.and_then(|uuid| self.context.inventory.machine(uuid)).map(|machine| machine.name.to_string());
            let owner = Some(self.work.owner);
            let target =
                Target { machine, machine_name: machine_name.unwrap_or_default(), operation: "cancel-job", owner, ..Target::default() };
            self.context.policy.authorize::<MachineManage>(&call, target).await?;
        }
        if !self.work.cancelable {
            return Err(Error::NotSupported { reason: "this work cannot be cancelled" }.into());
        }
        self.work.cancel();
        Ok(())
    }

    #[zbus(property(emits_changed_signal = "const"))]
    fn operation(&self) -> &'static str {
        self.work.operation
    }

    #[zbus(property(emits_changed_signal = "const"))]
    fn objects(&self) -> Vec<OwnedObjectPath> {
        objects(&self.work)
    }

    #[zbus(property)]
    fn progress(&self) -> f64 {
        self.work.progress().share
    }

    #[zbus(property)]
    fn progress_valid(&self) -> bool {
        self.work.progress().is_known
    }

    #[zbus(property)]
    fn bytes(&self) -> u64 {
        self.work.progress().bytes
    }

    #[zbus(property)]
    fn rate(&self) -> u64 {
        self.work.progress().rate
    }

    #[zbus(property(emits_changed_signal = "const"))]
    fn start_time(&self) -> u64 {
        self.work.started
    }

    #[zbus(property)]
    fn expected_end_time(&self) -> u64 {
        self.work.progress().expected_end
    }

    #[zbus(property(emits_changed_signal = "const"), name = "StartedByUID")]
    fn started_by_uid(&self) -> u32 {
        self.work.owner
    }

    #[zbus(property)]
    fn cancelable(&self) -> bool {
        self.work.cancelable
    }

    #[zbus(signal)]
    async fn completed(
        emitter: &SignalEmitter<'_>,
        success: bool,
        error_name: &str,
        message: &str,
        facts: HashMap<&'static str, Variant<'static>>,
    ) -> zbus::Result<()>;
}

/// Keeps the objects of jobs equal to the jobs. Runs as long as the service does.
pub async fn serve(context: Arc<Context>, connection: Connection, mut notices: mpsc::UnboundedReceiver<Notice>) {
    while let Some(notice) = notices.recv().await {
        if let Err(error) = tell(&context, &connection, notice).await {
            tracing::debug!(%error, "A job could not be shown");
        }
    }
}

async fn tell(context: &Arc<Context>, connection: &Connection, notice: Notice) -> zbus::Result<()> {
    match notice {
        Notice::Begun(work) => {
            let object = Job { context: Arc::clone(context), work: Arc::clone(&work) };
            connection.object_server().at(path::job(work.id), object).await?;
            announce_job(connection, &work).await?;
        }
        Notice::Progressed(work) => {
            send_changed(connection, &path::job(work.id), interface::JOB, progress(&work)).await?;
        }
        Notice::Ended(work, failure) => {
            let path = path::job(work.id);
            let emitter = SignalEmitter::new(connection, path.clone())?;
            let is_done = failure.is_none();
            let (name, message, facts) = failure.map(|error| (error.kind.name(), error.message, error.facts)).unwrap_or_default();
            Job::completed(&emitter, is_done, name, &message, facts).await?;
            connection.object_server().remove::<Job, _>(path.clone()).await?;
            withdraw(connection, &path, interface::JOB).await?;
        }
    }
    Ok(())
}
