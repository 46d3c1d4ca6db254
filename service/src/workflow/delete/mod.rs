//! Deleting a machine: the plan, the delete itself, and what is done about one that was interrupted.

pub mod graph;
pub mod plan;
pub mod recover;
mod run;

pub use plan::Plan;
pub use run::{Options, erase, forget, to_trash};
