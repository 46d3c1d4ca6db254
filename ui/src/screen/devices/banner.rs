//! Why no device can be given to machines, and exactly what to do about it.

use client::{
    readiness::{Check, Fix},
    t,
};
use iced::{
    Element, Length,
    widget::{Column, container, row},
};

use super::{Devices, Iommu, Message};
use crate::{
    component::{Button, Kind, note, note::Weight},
    theme::{self, space},
    widget::text,
};

impl Devices {
    /// Above the list where there is no IOMMU; nothing where there is.
    pub(super) fn banner<'a>(&'a self) -> Option<Element<'a, Message>> {
        if self.seen.is_empty() || self.has_iommu() {
            return None;
        }
        let (lines, links) = match &self.iommu {
            Iommu::Unasked | Iommu::Asked => (vec![t!("iommu-off-checking")], None),
            Iommu::Told(None) => (vec![t!("iommu-off-failed"), t!("iommu-off-unknown")], None),
            Iommu::Told(Some(check)) if check.fixes.is_empty() => (vec![t!("iommu-off-unknown")], None),
            Iommu::Told(Some(check)) => (check.fixes.iter().map(words).collect(), copies(check)),
        };
        let note = note(Weight::Warning, t!("iommu-off"), lines, links);
        Some(container(note).padding([space::S, space::L]).width(Length::Fill).into())
    }
}

fn words(fix: &Fix) -> String {
    let key = match fix {
        Fix::KernelArgument(_) => "iommu-fix-kernel-argument",
        Fix::NoKernelArgument(_) => "iommu-fix-no-kernel-argument",
        Fix::Firmware(_) => "iommu-fix-firmware",
        Fix::Module(_) => "iommu-fix-module",
        Fix::Command(_) | Fix::ModuleOption(_) | Fix::Other(..) => "iommu-fix-other",
    };
    t!(key, value = fix.value())
}

/// What is typed elsewhere can be copied.
fn copies<'a>(check: &Check) -> Option<Element<'a, Message>> {
    let typed = check.fixes.iter().filter(|fix| matches!(fix, Fix::KernelArgument(_) | Fix::NoKernelArgument(_) | Fix::Command(_)));
    let button = |fix: &Fix| {
        let copy = Message::Copy(fix.value().to_owned());
        Button::new(Kind::Link, t!("iommu-copy", value = fix.value())).line().on_press(copy).into()
    };
    let buttons: Vec<Element<'a, Message>> = typed.map(button).collect();
    (!buttons.is_empty()).then(|| Column::with_children(buttons).into())
}

/// A line that says that what is shown is not how it is now.
pub(super) fn lost<'a>() -> Element<'a, Message> {
    container(row![text(t!("devices-lost")).size(12).style(theme::warning)]).padding([space::XS, space::L]).into()
}
