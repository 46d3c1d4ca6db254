//! What a virtual function of a network card may, as it crosses the bus.

use std::collections::HashMap;

use dbus::{Options, Reader};
use zbus::Variant;

use super::{findings, host_device::object, requests};
use crate::{
    error::{Error, Result},
    host::{
        function::{LinkState, Protocol, Settings, shown as step},
        pci::PciAddress,
    },
    workflow::{
        at_boot::functions::Plan as KeptPlan,
        function::{Plan, Wish},
    },
};

type Dictionary = HashMap<&'static str, Variant<'static>>;

/// The settings by name.
pub fn settings(settings: &Settings) -> Dictionary {
    HashMap::from([
        ("mac", settings.mac.to_string().into()),
        ("vlan", u32::from(settings.vlan.id).into()),
        ("vlan-qos", u32::from(settings.vlan.qos).into()),
        ("vlan-protocol", settings.vlan.protocol.word().into()),
        ("min-rate", settings.rate.least.into()),
        ("max-rate", settings.rate.most.into()),
        ("spoof-check", settings.spoof_check.into()),
        ("link-state", settings.link_state.word().into()),
        ("trust", settings.trust.into()),
    ])
}

fn invalid(argument: &'static str, reason: &'static str) -> Error {
    Error::InvalidArgument { argument, reason }
}

/// What is asked for: the settings that are to change, and at least one.
pub fn asked(settings: Options) -> Result<Wish> {
    let wish = requests::read(settings, wish)?;
    if wish == Wish::default() { Err(invalid("settings", "must not be empty")) } else { Ok(wish) }
}

fn wish(reader: &mut Reader) -> Result<Wish> {
    let mut word = |key| reader.take::<String>(key);
    let mac = word("mac")?.map(|text| text.parse().map_err(|reason| invalid("mac", reason))).transpose()?;
    let protocol = match word("vlan-protocol")?.as_deref() {
        None => None,
        Some("802.1Q") => Some(Protocol::Customer),
        Some("802.1ad") => Some(Protocol::Service),
        Some(_) => return Err(invalid("vlan-protocol", "must be 802.1Q or 802.1ad")),
    };
    let link_state = match word("link-state")?.as_deref() {
        None => None,
        Some("auto") => Some(LinkState::Auto),
        Some("enable") => Some(LinkState::Enable),
        Some("disable") => Some(LinkState::Disable),
        Some(_) => return Err(invalid("link-state", "must be auto, enable or disable")),
    };
    let vlan = reader.take::<u32>("vlan")?.map(|id| u16::try_from(id).ok().filter(|id| *id <= 4094).ok_or(invalid("vlan", "above 4094")));
    let qos =
        reader.take::<u32>("vlan-qos")?.map(|qos| u8::try_from(qos).ok().filter(|qos| *qos <= 7).ok_or(invalid("vlan-qos", "above 7")));
    Ok(Wish {
        mac,
        vlan: vlan.transpose()?,
        qos: qos.transpose()?,
        protocol,
        least: reader.take("min-rate")?,
        most: reader.take("max-rate")?,
        spoof_check: reader.take("spoof-check")?,
        link_state,
        trust: reader.take("trust")?,
    })
}

/// What rules and prompts get of what is asked for.
pub fn facts(index: u32, wish: &Wish) -> Vec<(&'static str, String)> {
    let mut facts = vec![("vf.index", index.to_string())];
    facts.extend(wish.mac.map(|mac| ("vf.mac", mac.to_string())));
    facts.extend(wish.vlan.map(|vlan| ("vf.vlan", vlan.to_string())));
    facts.extend(wish.trust.map(|trust| ("vf.trust", trust.to_string())));
    facts.extend(wish.spoof_check.map(|check| ("vf.spoof-check", check.to_string())));
    facts
}

/// What is kept for each start, by name.
pub fn kept(plan: &KeptPlan) -> Dictionary {
    let steps: Vec<(String, String)> = plan.steps.iter().map(|step| (step.step.to_owned(), step.value.clone())).collect();
    HashMap::from([("count", plan.card.count.into()), ("steps", steps.into())])
}

/// A plan by name.
pub fn plan(device: PciAddress, index: u32, plan: &Plan) -> Dictionary {
    let steps = plan.steps.iter().map(|setting| step(device, index, setting));
    let steps: Vec<(String, String)> = steps.map(|step| (step.step.to_owned(), step.value)).collect();
    findings::with(
        &plan.findings,
        [
            ("function", object(plan.address).into()),
            ("before", settings(&plan.before).into()),
            ("after", settings(&plan.after).into()),
            ("steps", steps.into()),
        ],
    )
}
