//! What a screen reader hears. iced has no bridge to AT-SPI2, the protocol of screen readers, so the application answers it itself:
//! parts of the window say what they are ([`crate::widget::said`]), one walk over them makes a [`tree::Tree`], the difference to the
//! one before is told ([`change`]), and who asks is answered from it ([`answer`]). All of it is left alone while the desktop
//! says that nobody listens.

pub mod act;
pub mod answer;
pub mod atspi;
pub mod bus;
pub mod change;
pub mod collect;
pub mod tree;

use std::sync::Arc;

use tokio::sync::watch;

use act::Act;
use tree::Tree;

/// Where the tree goes.
pub type Outlet = watch::Sender<Arc<Tree>>;

/// What happens while somebody listens.
#[derive(Clone, Debug)]
pub enum Message {
    /// Somebody listens.
    Began(Outlet),
    /// Nobody does any more.
    Ended,
    /// What is shown may have changed.
    Look,
    /// This is shown.
    Heard(Arc<Tree>),
    /// A person does something through the screen reader.
    Act(Act),
}
