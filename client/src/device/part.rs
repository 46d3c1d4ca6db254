//! Parts of cards and networks of virtual functions that are made and deleted.

use uuid::Uuid;

use super::{OtherDevices, Refusal};

/// A part of a card that is to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewPart {
    /// The PCI address of the card.
    pub card: String,
    /// An id of what the card can make.
    pub kind: String,
    /// Its own.
    pub uuid: Uuid,
    /// It is written down, so that it can be made again.
    pub is_kept: bool,
    /// It is made at each start of the host, and kept for that.
    pub autostart: bool,
    /// It is made now.
    pub starts: bool,
}

/// Whether something can be done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Why it is refused; empty if it is not.
    pub reasons: Vec<Refusal>,
    /// What should be known all the same.
    pub warnings: Vec<Refusal>,
}

/// A network that hands out the virtual functions of a card.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FunctionNetwork {
    /// Its UUID as libvirt writes it.
    pub uuid: String,
    /// What people call it.
    pub name: String,
    /// It hands out what it has.
    pub is_active: bool,
    /// It is started with the host.
    pub autostart: bool,
    /// How many machines have a card in it now.
    pub connections: u32,
    /// The cards that machines have in it by their definitions: the name of the machine, and the address.
    pub cards: Vec<(String, String)>,
}

impl OtherDevices {
    /// What makes a part again that is as this one is now; `None` if none is there or no PCI card would make it.
    #[must_use]
    pub fn part_again(&self, uuid: &str) -> Option<NewPart> {
        let part = self.mediated.iter().flatten().find(|part| part.uuid == uuid)?;
        let parent = self.parents.iter().flatten().find(|parent| parent.name == part.parent)?;
        Some(NewPart {
            card: parent.device.clone()?,
            kind: part.kind.clone(),
            uuid: part.uuid.parse().ok()?,
            is_kept: part.is_kept,
            autostart: part.autostart,
            starts: part.is_active,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device::{Mediated, Parent};

    #[test]
    fn a_part_of_a_pci_card_can_be_made_again_as_it_is() {
        let uuid = Uuid::from_u128(7);
        let part = Mediated { uuid: uuid.to_string(), kind: "t".into(), parent: "card".into(), is_kept: true, ..Mediated::default() };
        let parent = |device: Option<&str>| Parent { name: "card".into(), device: device.map(str::to_owned), ..Parent::default() };
        let on =
            |parent: Parent| OtherDevices { parents: Some(vec![parent]), mediated: Some(vec![part.clone()]), ..OtherDevices::default() };
        let again = on(parent(Some("0000:02:00.0"))).part_again(&part.uuid);
        let wanted = NewPart { card: "0000:02:00.0".into(), kind: "t".into(), uuid, is_kept: true, autostart: false, starts: false };
        assert_eq!(again, Some(wanted));
        assert_eq!((on(parent(None)).part_again(&part.uuid), on(parent(Some("x"))).part_again("other")), (None, None));
    }
}
