//! The part of `org.kvmmanager.Manager1.Device` that is about rules for USB devices.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use dbus::{Reader, interface, path};
use uuid::Uuid;
use zbus::{Connection, Variant};

use super::{Device, usb};
use crate::{
    bus::{properties::send_changed, value::Value},
    context::Context,
    error::{Error, Result},
    policy::{Call, Grant, Target, action},
    store::usb::On,
    workflow::usb::{
        Which,
        rules::{self, Outcome},
    },
};

/// The rules of a machine, and how it stands with each.
pub type UsbRules = Vec<(On, String, Outcome)>;

/// `usb-port`, `usb-serial` or `usb-id`: a rule is for one, and for what will be there.
pub(super) fn on(reader: &mut Reader) -> Result<On> {
    const ARGUMENT: &str = "usb-port";
    match usb::which(reader)? {
        Some(Which::Ports(ports)) => match <[String; 1]>::try_from(ports) {
            Ok([port]) => Ok(On::Port(port)),
            Err(_) => Err(Error::InvalidArgument { argument: "usb-ports", reason: "a rule is about one port" }),
        },
        Some(Which::Serial(serial)) => Ok(On::Serial(serial)),
        Some(Which::Ids(vendor, product)) => Ok(On::Ids(vendor, product)),
        Some(Which::Place(..)) => Err(Error::InvalidArgument { argument: "usb-number", reason: "is another one after each replug" }),
        None => Err(Error::InvalidArgument { argument: ARGUMENT, reason: "missing" }),
    }
}

impl Device {
    pub(super) async fn add_rule(&self, call: &Call<'_>, on: On) -> Result<String> {
        let (key, value) = text(&on);
        let grant = self.rule_grant(call, "add-usb-rule", format!("USB, {key} {value}")).await?;
        rules::add(&self.0.context, &grant, on).await
    }

    pub(super) async fn remove_rule(&self, call: &Call<'_>, id: &str) -> Result<()> {
        let rules = self.0.context.usb.rules.of(self.uuid());
        let what = rules.iter().find(|(_, known, _)| known == id).map(|(on, ..)| text(on));
        let what = what.map_or_else(|| "USB".to_owned(), |(key, value)| format!("USB, {key} {value}"));
        let grant = self.rule_grant(call, "remove-usb-rule", what).await?;
        rules::remove(&self.0.context, &grant, id).await
    }

    /// A rule takes devices from the host for a machine, as an attachment does.
    async fn rule_grant(&self, call: &Call<'_>, operation: &'static str, what: String) -> Result<Grant<action::HostDevice>> {
        let facts = vec![("pci.address", what), ("pci.class", "rule".to_owned())];
        let target = Target { facts, ..self.0.target(operation) };
        self.0.context.policy.authorize::<action::MachineManage>(call, target.clone()).await?;
        self.0.context.policy.authorize(call, target).await
    }
}

/// What a rule is about: the key of a caller, and its value.
fn text(on: &On) -> (&'static str, String) {
    match on {
        On::Port(port) => ("usb-port", port.clone()),
        On::Serial(serial) => ("usb-serial", serial.clone()),
        On::Ids(vendor, product) => ("usb-id", format!("{vendor:04x}:{product:04x}")),
    }
}

/// The value of `UsbRules`.
pub(super) fn shown(rules: &UsbRules) -> Vec<HashMap<&'static str, Variant<'static>>> {
    let one = |(on, id, outcome): &(On, String, Outcome)| {
        let (key, value) = text(on);
        let words = |words: &std::collections::BTreeSet<String>| words.iter().cloned().collect::<Vec<_>>();
        HashMap::from([
            ("id", id.clone().into()),
            (key, value.into()),
            ("state", outcome.state.word().into()),
            ("ports", words(&outcome.ports).into()),
            ("reasons", words(&outcome.reasons).into()),
        ])
    };
    rules.iter().map(one).collect()
}

/// Signals what becomes of the rules, for as long as the service runs. Sleeps while nothing happens.
pub async fn follow(context: Arc<Context>, connection: Connection) {
    let state = &context.usb.rules;
    let all = || state.machines().into_iter().map(|uuid| (uuid, state.of(uuid))).collect::<BTreeMap<Uuid, UsbRules>>();
    let mut before = all();
    loop {
        state.told().await;
        let now = all();
        for uuid in before.keys().chain(now.keys()).collect::<std::collections::BTreeSet<_>>() {
            if before.get(uuid) == now.get(uuid) || context.inventory.machine(*uuid).is_none() {
                continue;
            }
            let changed = HashMap::from([("UsbRules", Value::Facts(shown(now.get(uuid).unwrap_or(&Vec::new()))))]);
            if let Err(error) = send_changed(&connection, &path::machine(*uuid), interface::DEVICE, changed).await {
                tracing::debug!(%error, "A change of a rule was not told: the bus is gone");
            }
        }
        before = now;
    }
}
