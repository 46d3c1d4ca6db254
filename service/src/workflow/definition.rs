//! Changes of what a machine starts with next. Every one goes through [`change`]: libvirt's own text is edited at one place
//! with [`model::patch`], so what nobody asked to change stays, whether this service knows it or not.

use uuid::Uuid;

use crate::{
    context::Context,
    error::Result,
    libvirt::{Changed, Seen},
    policy::{Grant, action::MachineManage},
};

/// The definition as it is now, for a plan. What was planned with it is done with [`change`] and the same [`Seen`].
///
/// # Errors
/// `NoMachine`, `Unavailable`.
pub async fn look(context: &Context, uuid: Uuid) -> Result<Seen> {
    context.libvirt.seen(uuid).await
}

/// Has `edit` change the definition of the grant's machine, which may run meanwhile: a running machine keeps what it has until
/// its next start. Returns when the change shows.
///
/// `edit` runs on a thread of its own and gets the whole document, with passwords. It may refuse with any error.
///
/// # Errors
/// `DefinitionChanged` if the definition is not `expected`, if that is given, or was changed during `edit`; `InvalidState` for
/// a machine without a definition that stays; those of `edit`; what libvirt says about the result. Then nothing was changed.
pub async fn change(
    context: &Context,
    grant: &Grant<MachineManage>,
    expected: Option<Seen>,
    edit: impl FnOnce(&str) -> Result<String> + Send + 'static,
) -> Result<Changed> {
    let result = context.libvirt.redefine(grant, expected, edit).await;
    context.refreshed_by(grant.machine()?, &result).await;
    result
}

/// Takes a change back, byte for byte, unless somebody changed the definition since.
///
/// # Errors
/// As [`change`].
pub async fn undo(context: &Context, grant: &Grant<MachineManage>, changed: Changed) -> Result<()> {
    let Changed { before, after } = changed;
    change(context, grant, Some(after), move |_| Ok(before.xml().to_owned())).await.map(drop)
}
