//! Devices of the host that machines have: records from what the service sends, and the calls for them.

use std::collections::HashMap;

use dbus::{Options, device::DeviceProxy, path};
use uuid::Uuid;
use zbus::{OwnedVariant, Variant};

use super::{
    Bus,
    calls::{Result, proxy},
    device::refusals,
    value::{facts, flag, text, texts},
};
use crate::device::{AttachPlan, Attached, Attachment, Refusal};

/// Seconds that a guest has to let go of a device.
const UNPLUG_SECONDS: u32 = 30;

/// The value of `HostDevices`; `None` if it is something else.
pub(super) fn attached(value: &Variant<'_>) -> Option<Vec<Attached>> {
    let one = |told: HashMap<String, &Variant<'_>>| {
        let word = |name: &str| told.get(name).and_then(|value| text(value)).unwrap_or_default();
        let is = |name: &str| told.get(name).and_then(|value| flag(value)).unwrap_or_default();
        Attached {
            kind: word("kind"),
            source: word("source"),
            is_managed: is("managed"),
            is_live: is("live"),
            is_configured: is("configured"),
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
    let options = scope(attachment);
    if attachment.allows_no_reset { options.with("allow-no-reset", true) } else { options }
}

impl Bus {
    async fn devices_of(&self, machine: Uuid) -> Result<DeviceProxy<'static>> {
        Ok(proxy!(self, DeviceProxy).path(path::machine(machine)).build().await?)
    }

    pub(crate) async fn plan_attach(&self, machine: Uuid, attachment: Attachment) -> Result<AttachPlan> {
        Ok(plan(&self.devices_of(machine).await?.plan_attach(&device(&attachment), &how(&attachment)).await?))
    }

    pub(crate) async fn attach(&self, machine: Uuid, attachment: Attachment) -> Result<()> {
        Ok(self.devices_of(machine).await?.attach(&device(&attachment), &how(&attachment)).await?)
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
        let card = Attached { kind: "pci".into(), source: "0000:01:00.0".into(), is_managed: true, is_live: false, is_configured: true };
        assert_eq!(read, [card, Attached { kind: "usb".into(), ..Attached::default() }]);
        assert_eq!(attached(&Variant::from("none")), None);
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
            ("warnings", vec![warning].into()),
        ]));
        assert_eq!((read.devices.len(), read.live.len(), read.configured.len(), read.reasons.len()), (1, 0, 1, 0));
        assert_eq!((read.warnings[0].reason.as_str(), read.warnings[0].name.as_str()), ("machine-configured", "web"));
        assert_eq!(plan(&HashMap::new()).reasons.len(), 1);
    }
}
