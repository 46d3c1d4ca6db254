//! The memory through which Looking Glass shows a guest's screen on its host.

use super::Refusal;

/// The largest screen that a guest will have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct GlassScreen {
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// With eight bytes for a pixel.
    pub has_hdr: bool,
}

/// What giving a machine that memory would do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GlassPlan {
    /// The name of the file below `/dev/shm`.
    pub name: String,
    /// Bytes.
    pub size: u64,
    /// Lines for an administrator that let a user read it; may be empty.
    pub tmpfiles: String,
    /// Why it is refused; empty if it is not.
    pub reasons: Vec<Refusal>,
    /// What should be known all the same.
    pub warnings: Vec<Refusal>,
}

/// Where a client finds the screen of a machine that runs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GlassView {
    /// The name of the file below `/dev/shm`.
    pub name: String,
    /// Where keys, pointer and sound go; `None` if a client cannot reach that.
    pub spice: Option<GlassSpice>,
}

/// A SPICE display.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GlassSpice {
    /// An address and a port of the host's.
    Port(String, u16),
    /// The path of a socket of the host's.
    Socket(String),
}
