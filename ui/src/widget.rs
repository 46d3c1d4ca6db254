//! Widgets that know nothing of machines.

pub mod anchor;
pub mod catch;
pub mod cut;
pub mod dropdown;
pub mod focus;
pub mod press;

pub use anchor::anchored;
pub use catch::{Caught, catch};
pub use cut::cut;
pub use dropdown::dropdown;
pub use focus::focusable;
pub use press::{Press, press_area};
