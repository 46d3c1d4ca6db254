//! What windows show.

pub mod details;
pub mod devices;
pub mod machine;
pub mod main;
pub mod memory;
pub mod readiness;
pub mod tuning;
pub mod welcome;
