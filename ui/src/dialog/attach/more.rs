//! What few need: whether the guest sees the ROM of a card, and the newer way to it through the kernel.

use client::t;
use iced::{
    Element, Length,
    widget::{Column, column},
};

use super::{Attach, Message};
use crate::{
    component::{Button, Kind, segments},
    dialog::{moving, part},
    model::Model,
    theme::space,
};

/// What is usual first.
const ROMS: [Option<bool>; 3] = [None, Some(true), Some(false)];

/// What is chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct More {
    pub(super) is_shown: bool,
    /// Whether the guest sees its ROM.
    pub(super) shows_rom: Option<bool>,
    /// Through iommufd.
    pub(super) uses_iommufd: bool,
}

impl Attach {
    /// Another change of what few need.
    fn set(&self, change: impl FnOnce(&mut More)) -> Option<Message> {
        let mut more = self.more;
        change(&mut more);
        self.attempt.press(Message::More(more))
    }

    /// It is only possible with a definition, which is read back, and for what is no network card.
    pub(super) fn uses_iommufd(&self) -> bool {
        self.more.uses_iommufd && self.when.is_configured() && !self.card.is_on
    }

    /// A fold with what there is to choose; nothing where there is no choice.
    pub(super) fn more<'a>(&'a self, model: &Model) -> Option<Element<'a, Message>> {
        let address = self.address.as_deref()?;
        let is_function = model.host(&self.host).and_then(|host| moving::device(host, address))?.function_of.is_some();
        let can_use = self.more.uses_iommufd || self.knows_iommufd;
        let iommufd = (can_use && self.when.is_configured() && !self.card.is_on).then(|| {
            let press = self.set(|more| more.uses_iommufd = !more.uses_iommufd);
            moving::choice("attach-iommufd", self.more.uses_iommufd, t!("attach-iommufd"), t!("attach-iommufd-detail"), press)
        });
        // A virtual function has no ROM.
        let rom = (!is_function).then(|| self.rom());
        if iommufd.is_none() && rom.is_none() {
            return None;
        }
        let (label, mark) = moving::fold(self.more.is_shown, "attach-more", "give-less");
        let fold = Button::new(Kind::Link, label).icon(mark).line().id("attach-more");
        let fold = fold.on_press_maybe(self.set(|more| more.is_shown = !more.is_shown));
        let mut body = Column::new().spacing(space::S).width(Length::Fill).push(fold);
        if self.more.is_shown {
            body = body.push(rom).push(self.rom_field(model)).push(iommufd);
        }
        Some(body.into())
    }

    fn rom<'a>(&self) -> Element<'a, Message> {
        let choice = |rom: Option<bool>| {
            let words = match rom {
                None => t!("attach-rom-usual"),
                Some(true) => t!("attach-rom-on"),
                Some(false) => t!("attach-rom-off"),
            };
            let is_on = self.more.shows_rom == rom;
            (words, is_on, self.set(|more| more.shows_rom = rom).filter(|_| !is_on))
        };
        let about = part::caption(t!("attach-rom-detail"));
        column![part::caption(t!("attach-rom")), segments(ROMS.map(choice)), about].spacing(space::XS).into()
    }
}
