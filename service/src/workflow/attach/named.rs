//! What definitions of a machine name of its host.

use std::collections::BTreeSet;

use model::{
    device::usb::{self as usb_document, StartupPolicy},
    machine::Machine as Document,
};
use uuid::Uuid;

use crate::{
    error::Result,
    host::{input, pci::PciAddress},
    libvirt,
    workflow::{passthrough::blocking, usb::start::Wanted},
};

/// Everything that is judged before a start.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::workflow) struct Named {
    /// PCI devices: as such, as network cards, as controllers of disks.
    pub pci: Vec<PciAddress>,
    /// USB devices.
    pub usb: Vec<Wanted>,
    /// Parts of divided cards.
    pub parts: BTreeSet<Uuid>,
    /// Keyboards and mice, by the names that stay.
    pub inputs: BTreeSet<String>,
}

impl Named {
    /// Whether there is nothing.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// What definitions name: that of the next start and, for a machine that comes back from a saved state, the one in there behind it.
/// Most name nothing, and reading one costs as much as everything else.
///
/// # Errors
/// `Document` for a definition beyond all bounds.
pub(in crate::workflow) async fn named(definitions: &[String]) -> Result<Named> {
    let may_name = |xml: &String| xml.contains("hostdev") || xml.contains("'nvme'") || xml.contains("evdev");
    if !definitions.iter().any(may_name) {
        return Ok(Named::default());
    }
    let definitions = definitions.to_vec();
    blocking(move || {
        let (mut all, mut pci) = (Named::default(), BTreeSet::new());
        for (index, xml) in definitions.iter().enumerate().filter(|(_, xml)| may_name(xml)) {
            let document = Document::parse(xml)?;
            pci.extend(libvirt::list::host_devices(&document));
            let parts = document.host_devices.iter().filter(|device| device.kind == "mdev");
            all.parts.extend(parts.filter_map(|part| part.source.parse::<Uuid>().ok()));
            all.inputs.extend(document.host_inputs.iter().filter_map(|path| input::name_in(path)).map(str::to_owned));
            let is_begun = index + 1 == definitions.len();
            for found in usb_document::all(xml)? {
                let is_required = is_begun
                    && match found.policy {
                        StartupPolicy::Mandatory => true,
                        // A machine that comes back from a saved state does without.
                        StartupPolicy::Requisite => index == 0,
                        StartupPolicy::Optional => false,
                    };
                all.usb.push(Wanted { usb: found.usb, is_required });
            }
        }
        all.pci = pci.into_iter().collect();
        Ok(all)
    })
    .await?
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(devices: &str) -> String {
        format!("<domain><name>a</name><devices>{devices}</devices></domain>")
    }

    fn stick(policy: &str) -> String {
        let source = format!("<source startupPolicy='{policy}'><vendor id='0x0951'/><product id='0x1666'/></source>");
        with(&format!("<hostdev mode='subsystem' type='usb'>{source}</hostdev>"))
    }

    async fn are_required(definitions: &[String]) -> Vec<bool> {
        named(definitions).await.unwrap().usb.iter().map(|wanted| wanted.is_required).collect()
    }

    #[tokio::test]
    async fn a_machine_that_comes_back_from_a_saved_state_is_held_up_only_by_what_is_mandatory_there() {
        let [mandatory, requisite, optional] = ["mandatory", "requisite", "optional"].map(stick);
        assert_eq!(are_required(std::slice::from_ref(&mandatory)).await, [true]);
        assert_eq!(are_required(std::slice::from_ref(&requisite)).await, [true]);
        assert_eq!(are_required(std::slice::from_ref(&optional)).await, [false]);
        assert_eq!(
            are_required(&[mandatory.clone(), requisite]).await,
            [false, false],
            "what it starts with next is not what it comes back with"
        );
        assert_eq!(are_required(&[optional, mandatory]).await, [false, true]);
    }

    #[tokio::test]
    async fn everything_that_a_definition_has_of_the_host_is_found() {
        let xml = with(
            "<hostdev mode='subsystem' type='pci'><source><address domain='0x10000' bus='0xe1' slot='0x00' function='0x0'/></source></hostdev>
            <hostdev mode='subsystem' type='mdev'><source><address uuid='83b8f4f2-509f-382f-3c1e-e6bfe0fa1001'/></source></hostdev>
            <input type='evdev'><source dev='/dev/input/by-id/usb-a-event-kbd'/></input>
            <input type='evdev'><source dev='/dev/input/event3'/></input>",
        );
        let found = named(&[xml]).await.unwrap();
        assert_eq!(found.pci, ["10000:e1:00.0".parse().unwrap()]);
        assert_eq!(found.parts.len(), 1);
        assert_eq!(found.inputs, BTreeSet::from(["by-id/usb-a-event-kbd".to_owned()]), "one without a name that stays is nobody's to know");
        assert!(named(&[with("")]).await.unwrap().is_empty());
    }
}
