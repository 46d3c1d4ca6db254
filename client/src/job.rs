//! Long work.

use uuid::Uuid;

/// A piece of long work that goes on.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Job {
    /// The last part of its object path.
    pub id: String,
    /// What is done, such as `machine-save`.
    pub operation: String,
    /// The machines concerned.
    pub machines: Vec<Uuid>,
    /// 0…1, `None` while nothing is known.
    pub progress: Option<f32>,
    /// Bytes done.
    pub bytes: u64,
    /// Bytes per second.
    pub rate: u64,
    /// When it began, µs since the epoch.
    pub started: u64,
    /// When it is expected to end, µs since the epoch, 0 if not known.
    pub expected_end: u64,
    /// Whether `Cancel` can stop it.
    pub is_cancelable: bool,
}

/// How a job ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// `None` for success.
    pub error: Option<crate::Error>,
}
