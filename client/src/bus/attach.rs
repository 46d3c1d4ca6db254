//! Devices of the host that machines have: records from what the service sends, and the calls for them.

use std::{collections::HashMap, os::fd::OwnedFd};

use dbus::{Options, device::DeviceProxy, path};
use uuid::Uuid;
use zbus::{Fd, OwnedVariant, Variant};

use super::{
    Bus,
    calls::{Result, proxy},
    device::refusals,
    value::{facts, flag, text, texts, unsigned},
};
use crate::device::{AttachPlan, Attached, Attachment, NetworkCard, Refusal, rom};

/// Seconds that a guest has to let go of a device.
pub(super) const UNPLUG_SECONDS: u32 = 30;

/// The value of `HostDevices`; `None` if it is something else.
pub(super) fn attached(value: &Variant<'_>) -> Option<Vec<Attached>> {
    let one = |told: HashMap<String, &Variant<'_>>| {
        let word = |name: &str| told.get(name).and_then(|value| text(value)).unwrap_or_default();
        let is = |name: &str| told.get(name).and_then(|value| flag(value)).unwrap_or_default();
        let vlan = told.get("vlan").and_then(|value| unsigned(value)).and_then(|vlan| u32::try_from(vlan).ok());
        Attached {
            kind: word("kind"),
            source: word("source"),
            identity: word("identity"),
            is_managed: is("managed"),
            is_live: is("live"),
            is_configured: is("configured"),
            card: is("interface").then(|| NetworkCard { mac: word("mac"), vlan: vlan.unwrap_or_default() }),
            shows_rom: told.get("rom-bar").and_then(|value| flag(value)),
            has_rom_file: is("rom-file"),
            uses_iommufd: is("iommufd"),
        }
    };
    Some(facts(value)?.into_iter().map(one).collect())
}

/// A plan as it was sent. One that does not say that it is allowed, and not why not, is not.
fn plan(told: &HashMap<String, OwnedVariant>) -> AttachPlan {
    let value = |name: &str| told.get(name).map(|value| &**value);
    let addresses = |name: &str| -> Vec<String> {
        value(name).and_then(texts).unwrap_or_default().iter().filter_map(|path| path::host_device_address(path)).collect()
    };
    let mut plan = AttachPlan {
        devices: addresses("devices"),
        live: addresses("live"),
        configured: addresses("configured"),
        reasons: value("reasons").map(refusals).unwrap_or_default(),
        warnings: value("warnings").map(refusals).unwrap_or_default(),
        knows_iommufd: value("iommufd").and_then(flag).unwrap_or_default(),
    };
    if plan.reasons.is_empty() && value("allowed").and_then(flag) != Some(true) {
        plan.reasons.push(Refusal::default());
    }
    plan
}

fn device(attachment: &Attachment) -> Options {
    Options::default().with("address", attachment.address.clone()).with("whole-card", attachment.whole_card)
}

fn scope(attachment: &Attachment) -> Options {
    Options::default().with("live", attachment.is_live).with("configured", attachment.is_configured)
}

fn how(attachment: &Attachment) -> Options {
    let set = |options: Options, name: &str, is_on: bool| if is_on { options.with(name, true) } else { options };
    let options = set(scope(attachment), "allow-no-reset", attachment.allows_no_reset);
    if attachment.as_before {
        return options.with("as-before", true);
    }
    let options = set(options, "iommufd", attachment.uses_iommufd);
    let options = if let Some(is_shown) = attachment.shows_rom { options.with("rom-bar", is_shown) } else { options };
    let Some(NetworkCard { mac, vlan }) = &attachment.card else { return options };
    let options = options.with("interface", true);
    let options = if mac.is_empty() { options } else { options.with("mac", mac.clone()) };
    if *vlan == 0 { options } else { options.with("vlan", *vlan) }
}

impl Bus {
    pub(super) async fn devices_of(&self, machine: Uuid) -> Result<DeviceProxy<'static>> {
        Ok(proxy!(self, DeviceProxy).path(path::machine(machine)).build().await?)
    }

    /// How it is given, with its ROM if that is in a file.
    async fn given(&self, attachment: &Attachment) -> Result<Options> {
        let Some(path) = &attachment.rom_file else { return Ok(how(attachment)) };
        self.needs_descriptors()?;
        Ok(how(attachment).with("rom-file", Fd::from(OwnedFd::from(rom::open(path).await?))))
    }

    pub(crate) async fn plan_attach(&self, machine: Uuid, attachment: Attachment) -> Result<AttachPlan> {
        Ok(plan(&self.devices_of(machine).await?.plan_attach(&device(&attachment), &self.given(&attachment).await?).await?))
    }

    pub(crate) async fn attach(&self, machine: Uuid, attachment: Attachment) -> Result<()> {
        Ok(self.devices_of(machine).await?.attach(&device(&attachment), &self.given(&attachment).await?).await?)
    }

    pub(crate) async fn detach(&self, machine: Uuid, attachment: Attachment) -> Result<()> {
        let options = scope(&attachment).with("timeout", UNPLUG_SECONDS);
        Ok(self.devices_of(machine).await?.detach(&device(&attachment), &options).await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_machine_has_is_read_and_what_is_missing_is_not_so() {
        let whole: HashMap<&str, Variant<'_>> = HashMap::from([
            ("kind", "pci".into()),
            ("source", "0000:01:00.0".into()),
            ("device", path::host_device("0000:01:00.0").into()),
            ("managed", true.into()),
            ("live", false.into()),
            ("configured", true.into()),
        ]);
        let odd: HashMap<&str, Variant<'_>> = HashMap::from([("kind", "usb".into()), ("live", "yes".into())]);
        let read = attached(&vec![whole, odd].into()).unwrap();
        let (kind, source) = ("pci".into(), "0000:01:00.0".into());
        let card = Attached { kind, source, is_managed: true, is_configured: true, ..Attached::default() };
        assert_eq!(read, [card, Attached { kind: "usb".into(), ..Attached::default() }]);
        assert_eq!(attached(&Variant::from("none")), None);
    }

    #[test]
    fn a_network_card_is_told_and_given_with_what_is_known_of_it() {
        let told: HashMap<&str, Variant<'_>> =
            HashMap::from([("interface", true.into()), ("mac", "52:54:00:00:00:01".into()), ("vlan", 20_u32.into())]);
        let bare: HashMap<&str, Variant<'_>> = HashMap::from([("interface", true.into())]);
        let read: Vec<_> = attached(&vec![told, bare].into()).unwrap().into_iter().map(|one| one.card).collect();
        let card = NetworkCard { mac: "52:54:00:00:00:01".into(), vlan: 20 };
        assert_eq!(read, [Some(card.clone()), Some(NetworkCard::default())]);
        let given = |card: Option<NetworkCard>| {
            let options = how(&Attachment { card, ..Attachment::default() });
            let mut reader = options.reader().unwrap();
            ["interface", "mac", "vlan"].map(|name| reader.take::<OwnedVariant>(name).unwrap().is_some())
        };
        assert_eq!(given(None), [false; 3]);
        assert_eq!(given(Some(NetworkCard::default())), [true, false, false]);
        assert_eq!(given(Some(card)), [true; 3]);
    }

    #[test]
    fn the_rom_and_iommufd_are_told_and_asked_for_only_if_they_are_said() {
        let told: HashMap<&str, Variant<'_>> =
            HashMap::from([("rom-bar", false.into()), ("rom-file", true.into()), ("iommufd", true.into())]);
        let silent: HashMap<&str, Variant<'_>> = HashMap::from([("kind", "pci".into())]);
        let read: Vec<_> = attached(&vec![told, silent].into())
            .unwrap()
            .into_iter()
            .map(|one| (one.shows_rom, one.has_rom_file, one.uses_iommufd))
            .collect();
        assert_eq!(read, [(Some(false), true, true), (None, false, false)]);
        let given = |shows_rom, uses_iommufd| {
            let options = how(&Attachment { shows_rom, uses_iommufd, ..Attachment::default() });
            let mut reader = options.reader().unwrap();
            (reader.take::<bool>("rom-bar").unwrap(), reader.take::<bool>("iommufd").unwrap())
        };
        assert_eq!([given(None, false), given(Some(false), true)], [(None, None), (Some(false), Some(true))]);
        assert_eq!(given(Some(true), false), (Some(true), None));
    }

    #[test]
    fn what_is_to_be_as_before_is_asked_for_with_nothing_else() {
        let asked = Attachment { is_live: true, allows_no_reset: true, as_before: true, shows_rom: Some(true), ..Attachment::default() };
        let mut reader = how(&asked).reader().unwrap();
        for (name, value) in [("live", true), ("configured", false), ("allow-no-reset", true), ("as-before", true)] {
            assert_eq!(reader.take::<bool>(name).unwrap(), Some(value), "{name}");
        }
        reader.finish().unwrap();
    }

    #[test]
    fn a_plan_says_what_goes_where_and_one_that_does_not_say_it_is_allowed_is_not() {
        let card = path::host_device("0000:01:00.0");
        let told = |values: Vec<(&str, Variant<'_>)>| -> HashMap<String, OwnedVariant> {
            values.into_iter().map(|(name, value)| (name.to_owned(), OwnedVariant::try_from(value).unwrap())).collect()
        };
        let warning = HashMap::from([("reason", "machine-configured"), ("device", "0000:01:00.0"), ("name", "web")]);
        let read = plan(&told(vec![
            ("allowed", true.into()),
            ("devices", vec![card.clone()].into()),
            ("configured", vec![card].into()),
            ("iommufd", true.into()),
            ("warnings", vec![warning].into()),
        ]));
        assert_eq!((read.devices.len(), read.live.len(), read.configured.len(), read.reasons.len()), (1, 0, 1, 0));
        assert_eq!((read.warnings[0].reason.as_str(), read.warnings[0].name.as_str()), ("machine-configured", "web"));
        let silent = plan(&HashMap::new());
        assert_eq!((silent.reasons.len(), silent.knows_iommufd, read.knows_iommufd), (1, false, true));
    }
}
