//! What each fuzz target does with its input. A target panics when a promise is broken and returns otherwise.

pub mod model;
pub mod options;
