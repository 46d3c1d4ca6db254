use super::{owned, owned_of};
use crate::xml::Element;

/// A named pipe between host and guest, as the guest agent uses it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Channel {
    /// For example `org.qemu.guest_agent.0`; empty for kinds without name.
    pub name: String,
    /// libvirt's `type` of the host end: `unix`, `spicevmc`, `qemu-vdagent` …
    pub kind: String,
    /// What the guest did with its end: `connected`, `disconnected`; empty when the machine is off or the kind has no state.
    pub state: String,
    /// Host path of the host end; empty when it has none or libvirt is to choose.
    pub path: String,
}

impl Channel {
    pub(crate) fn read(element: &Element<'_, '_>) -> Self {
        Self {
            name: owned_of(element, "target", "name"),
            kind: owned(element, "type"),
            state: owned_of(element, "target", "state"),
            path: owned_of(element, "source", "path"),
        }
    }

    /// Whether something in the guest has the channel open.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        self.state == "connected"
    }
}
