//! What each fuzz target does with its input. A target panics when a promise is broken and returns otherwise.

pub mod model;
pub mod options;
pub mod picture;

// Its own file: the service with all it links to is not built for one module.
#[path = "../../service/src/picture.rs"]
mod reader;
