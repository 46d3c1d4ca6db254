//! The machine that a call is about: what the objects have in common that give it something of the host.

use std::sync::Arc;

use zbus::message::Header;

use crate::{
    context::Context,
    error::{Error, Reply, Result},
    inventory::{Entry, Machine},
    policy::{
        Grant, Target,
        action::{HostDevice, MachineManage, ReadSensitive},
    },
};

/// A machine, and the steps of every call about something of the host that it gets.
#[derive(Debug)]
pub struct Subject {
    pub context: Arc<Context>,
    pub entry: Arc<Entry>,
}

impl Subject {
    pub const fn new(context: Arc<Context>, entry: Arc<Entry>) -> Self {
        Self { context, entry }
    }

    pub fn machine(&self) -> Arc<Machine> {
        self.entry.machine()
    }

    /// The machine as what an operation is about.
    pub fn target(&self, operation: &'static str) -> Target {
        target(&self.machine(), operation)
    }

    /// Does what only looks, after the caller may. What it is about is found out, and the work done, as one call that counts.
    pub async fn look<T, W: Future<Output = Result<T>>>(
        &self,
        header: &Header<'_>,
        target: impl Future<Output = Result<Target>>,
        work: impl FnOnce(Grant<ReadSensitive>) -> W,
    ) -> Result<T, Reply> {
        let call = self.context.policy.call(header).await?;
        let target = target.await?;
        let operation = target.operation;
        let grant = self.context.policy.authorize(&call, target).await?;
        explain(&self.entry, operation, work(grant).await)
    }

    /// Does what changes the machine's definition, and gets something of the host into it: both must be allowed.
    pub async fn change<T, W: Future<Output = Result<T>>>(
        &self,
        header: &Header<'_>,
        target: impl Future<Output = Result<Target>>,
        work: impl FnOnce(Grant<MachineManage>, Grant<HostDevice>) -> W,
    ) -> Result<T, Reply> {
        let call = self.context.policy.call(header).await?;
        let target = target.await?;
        let operation = target.operation;
        let manage = self.context.policy.authorize(&call, target.clone()).await?;
        let device = self.context.policy.authorize(&call, target).await?;
        explain(&self.entry, operation, work(manage, device).await)
    }
}

/// A machine as what an operation is about.
pub fn target(machine: &Machine, operation: &'static str) -> Target {
    Target { machine: Some(machine.uuid), machine_name: machine.name.to_string(), operation, ..Target::default() }
}

/// Tells in which state the machine was when its state did not allow it.
pub fn explain<T>(entry: &Entry, operation: &'static str, result: Result<T>) -> Result<T, Reply> {
    result.map_err(|error| match error {
        Error::InvalidState => Error::WrongState { operation, state: entry.machine().state }.into(),
        error => error.into(),
    })
}
