//! What the page remembers.

/// What the page remembers of what a person did on it.
#[derive(Clone, Debug, Default)]
pub struct Welcome {
    /// systemd was asked and has not answered.
    pub(super) is_starting: bool,
    /// Why the service was not started.
    pub(super) refusal: Option<String>,
    /// More than ten seconds have passed.
    pub(super) is_late: bool,
}
