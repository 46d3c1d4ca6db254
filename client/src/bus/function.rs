//! What virtual functions of network cards may: records from what the service sends, and the calls for them.

use std::collections::HashMap;

use dbus::{Options, path};
use zbus::{OwnedVariant, Variant};

use super::{
    Bus,
    calls::Result,
    device::refusals,
    give::reasons,
    value::{facts, flag, number, structures, text},
};
use crate::device::{Devices, FunctionChange, FunctionPlan, FunctionSettings};

/// The value of `VirtualFunctionSettings`; `None` if it is something else.
pub(super) fn all(value: &Variant<'_>) -> Option<Vec<FunctionSettings>> {
    let one = |told: HashMap<String, &Variant<'_>>| {
        let word = |name: &str| told.get(name).and_then(|value| text(value)).unwrap_or_default();
        let count = |name: &str| told.get(name).and_then(|value| number(value));
        let is = |name: &str| told.get(name).and_then(|value| flag(value)).unwrap_or_default();
        Some(FunctionSettings {
            index: count("index")?,
            address: path::host_device_address(&word("function")).unwrap_or_default(),
            mac: word("mac"),
            vlan: count("vlan").unwrap_or_default(),
            vlan_qos: count("vlan-qos").unwrap_or_default(),
            vlan_protocol: word("vlan-protocol"),
            min_rate: count("min-rate").unwrap_or_default(),
            max_rate: count("max-rate").unwrap_or_default(),
            checks_spoofing: is("spoof-check"),
            is_trusted: is("trust"),
            link_state: word("link-state"),
        })
    };
    Some(facts(value)?.into_iter().filter_map(one).collect())
}

fn settings(change: FunctionChange) -> Options {
    fn with<T>(options: Options, name: &str, value: Option<T>, add: impl Fn(Options, &str, T) -> Options) -> Options {
        match value {
            Some(value) => add(options, name, value),
            None => options,
        }
    }
    let text = |options: Options, name: &str, value: String| options.with(name, value);
    let number = |options: Options, name: &str, value: u32| options.with(name, value);
    let flag = |options: Options, name: &str, value: bool| options.with(name, value);
    let options = with(Options::default(), "mac", change.mac, text);
    let options = with(options, "vlan", change.vlan, number);
    let options = with(options, "vlan-qos", change.vlan_qos, number);
    let options = with(options, "vlan-protocol", change.vlan_protocol, text);
    let options = with(options, "min-rate", change.min_rate, number);
    let options = with(options, "max-rate", change.max_rate, number);
    let options = with(options, "spoof-check", change.checks_spoofing, flag);
    let options = with(options, "trust", change.is_trusted, flag);
    with(options, "link-state", change.link_state, text)
}

fn plan(told: &HashMap<String, OwnedVariant>) -> FunctionPlan {
    let value = |name: &str| told.get(name).map(|value| &**value);
    let step = |fields: &[Variant<'_>]| match fields {
        [setting, value] => Some((text(setting)?, text(value)?)),
        _ => None,
    };
    FunctionPlan {
        steps: value("steps").and_then(structures).into_iter().flatten().filter_map(step).collect(),
        reasons: reasons(told),
        warnings: value("warnings").map(refusals).unwrap_or_default(),
    }
}

fn card(address: String) -> Devices {
    Devices { addresses: vec![address], ..Devices::default() }
}

impl Bus {
    pub(crate) async fn plan_function(&self, address: String, index: u32, change: FunctionChange) -> Result<FunctionPlan> {
        let card = self.passthrough(&card(address)).await?;
        Ok(plan(&card.plan_virtual_function(index, &settings(change), &Options::default()).await?))
    }

    pub(crate) async fn set_function(&self, address: String, index: u32, change: FunctionChange) -> Result<()> {
        let card = self.passthrough(&card(address)).await?;
        Ok(card.set_virtual_function(index, &settings(change), &Options::default()).await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_read_by_name_and_what_has_no_number_is_none() {
        let one: HashMap<&str, Variant<'_>> = HashMap::from([
            ("index", 1_u32.into()),
            ("function", path::host_device("0000:03:02.1").into()),
            ("mac", "52:54:00:00:00:01".into()),
            ("vlan", 20_u32.into()),
            ("spoof-check", true.into()),
            ("link-state", "auto".into()),
            ("trust", "yes".into()),
        ]);
        let odd: HashMap<&str, Variant<'_>> = HashMap::from([("mac", "52:54:00:00:00:02".into())]);
        let read = all(&vec![one, odd].into()).unwrap();
        assert_eq!(read.len(), 1);
        assert_eq!((read[0].index, read[0].address.as_str(), read[0].vlan), (1, "0000:03:02.1", 20));
        assert!(read[0].checks_spoofing && !read[0].is_trusted);
    }

    #[test]
    fn only_what_becomes_another_is_asked_for() {
        let mut reader = settings(FunctionChange { vlan: Some(0), is_trusted: Some(false), ..FunctionChange::default() }).reader().unwrap();
        assert_eq!((reader.take::<u32>("vlan").unwrap(), reader.take::<bool>("trust").unwrap()), (Some(0), Some(false)));
        reader.finish().unwrap();
    }
}
