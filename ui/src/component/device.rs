//! What PCI devices are called and look like: icons, states, and the sentences for what the host does with them.

use client::{
    HostDevice,
    device::{Holder, Link, Refusal, VFIO, short},
    t,
};
use iced::{Element, Length, widget::container};

use crate::{
    font,
    icon::{self, Icon},
    theme::{self, Tokens, size},
    widget::cut,
};

/// Kinds that have a word of their own.
const KINDS: [&str; 18] = [
    "storage",
    "network",
    "display",
    "audio",
    "multimedia",
    "memory",
    "host-bridge",
    "isa-bridge",
    "bridge",
    "iommu",
    "system",
    "usb",
    "smbus",
    "serial-bus",
    "wireless",
    "encryption",
    "accelerator",
    "other",
];
const USES: [&str; 15] = [
    "system-disk",
    "mounted",
    "swap",
    "lvm",
    "raid",
    "zfs",
    "held",
    "default-route",
    "route",
    "bond",
    "bridge",
    "machine-bridge",
    "boot-display",
    "display",
    "keyboard",
];
/// Reasons that are no use.
const REFUSALS: [&str; 35] = [
    "ambiguous",
    "no-usb",
    "no-identity",
    "same-identity",
    "same-address",
    "moved",
    "not-given",
    "no-generic",
    "no-scsi",
    "mounted",
    "group-member",
    "machine-running",
    "group-machine-running",
    "virtual-functions",
    "open",
    "no-reset",
    "no-iommu-group",
    "no-vfio",
    "gone",
    "session",
    "display-manager",
    "handed-over",
    "module",
    "kept-by-module",
    "machine-configured",
    "uuid-taken",
    "no-instance",
    "no-type",
    "no-mdevctl",
    "other-interface",
    "no-virtual-functions",
    "has-network",
    "name-taken",
    "network-inactive",
    "mac-taken",
];

/// The icon of what it is for.
#[must_use]
pub fn device_icon(device: &HostDevice) -> Icon {
    match device.kind.as_str() {
        "display" => icon::gpu(),
        "audio" | "multimedia" => icon::volume_2(),
        "storage" => icon::hard_drive(),
        "network" => icon::ethernet_port(),
        "wireless" => icon::wifi(),
        "usb" => icon::usb(),
        "encryption" => icon::key_round(),
        "accelerator" => icon::cpu(),
        "memory" => icon::memory_stick(),
        _ => icon::circuit_board(),
    }
}

/// What it is for, in a word.
#[must_use]
pub fn device_kind(device: &HostDevice) -> String {
    match device.kind.as_str() {
        "other" if !device.class_name.is_empty() => device.class_name.clone(),
        kind if KINDS.contains(&kind) => t!(&format!("device-kind-{kind}")),
        _ => t!("device-kind-other"),
    }
}

/// What the host does with it, as a sentence.
#[must_use]
pub fn device_use(word: &str, name: &str) -> String {
    if USES.contains(&word) { t!(&format!("device-use-{word}"), name = name) } else { t!("device-use-other", word = word) }
}

/// Who has it, in a word; `machine` is what one that has it is called.
#[must_use]
pub fn device_holder(device: &HostDevice, machine: impl FnOnce(client::Uuid) -> String) -> String {
    match device.holder() {
        Holder::Host => t!("devices-holder-host"),
        Holder::Idle => t!("devices-holder-idle"),
        Holder::Reserved => t!("devices-holder-reserved"),
        Holder::Machine(id) => machine(id),
    }
}

/// The driver on a chip; one that is for machines has the colour of that.
#[must_use]
pub fn device_driver<'a, Message: 'a>(device: &HostDevice) -> Element<'a, Message> {
    if device.driver.is_empty() {
        return cut("–").size(12.0, 18.0).colour(|t| t.subtle).into();
    }
    let is_reserved = device.driver == VFIO;
    let soft: fn(&Tokens) -> iced::Color = if is_reserved { |t| t.saved_soft } else { |t| t.off_soft };
    let strong: fn(&Tokens) -> iced::Color = if is_reserved { |t| t.saved } else { |t| t.muted };
    let words = cut(device.driver.clone()).size(11.0, 14.0).font(font::MONO).colour(strong).width(Length::Shrink);
    container(words).padding([2, 6]).style(theme::container::badge(soft, strong, size::RADIUS_S)).into()
}

/// Whether it is of a kind that often has a ROM; the service says whether it has.
#[must_use]
pub fn device_has_rom(device: &HostDevice) -> bool {
    device.can_move && device.function_of.is_none() && matches!(device.kind.as_str(), "display" | "network")
}

/// Its link at full speed, and what it runs at if that is less; `None` without one.
#[must_use]
pub fn device_link(link: Link) -> Option<String> {
    if link.maximum_width == 0 {
        return None;
    }
    let words = |speed, lanes| t!("device-link", generation = generation(speed), lanes = lanes);
    let most = words(link.maximum_speed, link.maximum_width);
    if (link.speed, link.width) == (link.maximum_speed, link.maximum_width) {
        return Some(t!("device-link-full", link = most));
    }
    Some(t!("device-link-now", link = most, now = format!("{} × {}", generation(link.speed), link.width)))
}

/// The generation of PCI Express that is as fast.
fn generation(megatransfers: u32) -> &'static str {
    match megatransfers {
        0..=2_500 => "1.1",
        2_501..=5_000 => "2.0",
        5_001..=8_000 => "3.0",
        8_001..=16_000 => "4.0",
        16_001..=32_000 => "5.0",
        _ => "6.0",
    }
}

/// How it is reset, the best way alone.
#[must_use]
pub fn device_reset(device: &HostDevice) -> String {
    match device.resets.first().map(String::as_str) {
        None => t!("device-reset-none"),
        Some("flr" | "af_flr") => t!("device-reset-works"),
        Some("device_specific" | "acpi") => t!("device-reset-specific"),
        Some("bus" | "cxl_bus") => t!("device-reset-bus"),
        Some("pm") => t!("device-reset-power"),
        Some(method) => t!("device-reset-other", method = method),
    }
}

/// Why it is refused, as a sentence that begins with the device.
#[must_use]
pub fn refusal(refusal: &Refusal) -> String {
    let Refusal { reason, device, name, detail } = refusal;
    if reason.is_empty() {
        return t!("bind-refused-plain");
    }
    // What the name is of is another device here.
    let name = short(name);
    let why = match reason.as_str() {
        "mounted" if detail.is_empty() => device_use(reason, name),
        "bridge" if !name.is_empty() && KINDS.contains(&name) => t!("refusal-bridge"),
        "not-bound" => t!("refusal-not-bound"),
        "no-free-port" => t!("refusal-no-free-port", count = detail.parse::<u64>().unwrap_or_default()),
        // Of a USB or SCSI device it is not known, or not told, which program.
        "open" if name.is_empty() || detail.is_empty() => t!("refusal-open-unknown"),
        // What came of a start of the computer is told without names.
        "kept-by-module" if name.is_empty() => t!("refusal-kept-by-some-module"),
        word if REFUSALS.contains(&word) => t!(&format!("refusal-{word}"), name = name, detail = detail.as_str()),
        word if USES.contains(&word) => device_use(word, name),
        word => t!("refusal-other", reason = word),
    };
    t!("refusal-of", device = short(device), reason = why)
}

/// The same of what people call so.
#[must_use]
pub fn refusal_named(one: &Refusal, name: &str) -> String {
    refusal(&Refusal { device: name.to_owned(), ..one.clone() })
}

/// What should be known before.
#[must_use]
pub fn warning(warning: &Refusal) -> String {
    match warning.reason.as_str() {
        "open-files-hidden" => t!("warning-open-files-hidden"),
        "no-reset" => t!("warning-no-reset", device = short(&warning.device)),
        "sessions-hidden" => t!("warning-sessions-hidden"),
        "same-ids" => t!("warning-same-ids", device = short(&warning.name)),
        "kept-by-module" => t!("warning-kept-by-module", module = warning.name.as_str()),
        word => t!("device-warning-other", reason = word),
    }
}

/// The same before a machine gets a device.
#[must_use]
pub fn attach_warning(known: &Refusal) -> String {
    match known.reason.as_str() {
        "machine-configured" => t!("warning-machine-configured", machine = known.name.as_str()),
        "separate-slots" => t!("warning-separate-slots"),
        "needs-hand-over" => t!("warning-needs-hand-over"),
        _ => warning(known),
    }
}

/// The same before a machine gets what is no PCI card.
#[must_use]
pub fn other_warning(known: &Refusal) -> String {
    match known.reason.as_str() {
        "machine-configured" => t!("warning-machine-configured", machine = known.name.as_str()),
        "same-ids" => t!("warning-same-kind", port = known.name.as_str()),
        "only-keyboard" => t!("warning-only-keyboard"),
        "no-keyboard" => t!("warning-no-keyboard"),
        "pointer" => t!("warning-pointer"),
        "model-only" => t!("warning-model-only"),
        "several-ways" => t!("warning-several-ways"),
        "autostart" => t!("warning-autostart"),
        _ => warning(known),
    }
}

/// A word of a refusal without a device: why a rule could not give one.
#[must_use]
pub fn reason_words(word: &str) -> String {
    match word {
        "machine-running" => t!("reason-machine-running"),
        "mounted" | "system-disk" | "swap" | "lvm" | "raid" | "zfs" | "held" => t!("reason-storage"),
        "default-route" | "route" | "bond" | "bridge" | "machine-bridge" => t!("reason-network"),
        "keyboard" => t!("device-use-keyboard"),
        "open" => t!("refusal-open-unknown"),
        "no-usb" => t!("refusal-no-usb"),
        "ambiguous" => t!("refusal-ambiguous"),
        word => word.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_of_the_service_has_a_sentence_of_its_own() {
        crate::locale::init("en");
        let said = |reason: &str, name: &str, detail: &str| {
            let (reason, name, detail) = (reason.to_owned(), name.to_owned(), detail.to_owned());
            refusal(&Refusal { reason, device: "0000:05:00.0".into(), name, detail })
        };
        let own = REFUSALS.iter().chain(&USES).chain(&["not-bound", "no-free-port"]).map(|word| said(word, "x", "y"));
        let sentences: std::collections::BTreeSet<String> = own.collect();
        // "mounted" is in both lists, and the last two in none.
        assert_eq!(sentences.len(), REFUSALS.len() + USES.len() + 1);
        assert!(sentences.iter().all(|sentence| sentence.starts_with("05:00.0: ")), "{sentences:?}");
        assert!(!sentences.iter().any(|sentence| sentence.contains("refusal-") || sentence.contains("device-use-")), "{sentences:?}");
        assert_eq!(said("bridge", "isa-bridge", ""), "05:00.0: it is a part of the computer itself");
        assert_eq!(said("bridge", "enp3s0", "br0"), "05:00.0: enp3s0 is part of a bridge");
        assert_eq!(said("later", "", ""), "05:00.0: the host needs it (later)");
        assert_eq!(refusal(&Refusal::default()), "The service refuses and does not say why.");
    }

    #[test]
    fn a_link_says_what_it_could_do_and_what_it_does() {
        crate::locale::init("en");
        let link = |speed, width| Link { speed, width, maximum_speed: 8_000, maximum_width: 16 };
        assert_eq!(device_link(link(8_000, 16)).unwrap(), "PCIe 3.0 × 16, full speed");
        assert_eq!(device_link(link(2_500, 8)).unwrap(), "PCIe 3.0 × 16, now 1.1 × 8");
        assert_eq!(device_link(Link::default()), None);
    }
}
