//! What a virtual function of a network card may.

use super::Refusal;

/// All that its card lets a function do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FunctionSettings {
    /// Which one, from 0.
    pub index: u32,
    /// Its own PCI address, or empty.
    pub address: String,
    /// Its hardware address; all zeroes if the driver chooses.
    pub mac: String,
    /// 0 for none.
    pub vlan: u32,
    /// Its priority, up to 7.
    pub vlan_qos: u32,
    /// `802.1Q` or `802.1ad`.
    pub vlan_protocol: String,
    /// Mbit/s, 0 for none.
    pub min_rate: u32,
    /// Mbit/s, 0 for no limit.
    pub max_rate: u32,
    /// What comes from another address than its own is dropped.
    pub checks_spoofing: bool,
    /// The guest may change its address and listen to all.
    pub is_trusted: bool,
    /// `auto`, `enable` or `disable`.
    pub link_state: String,
}

/// What of it becomes another; `None` stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FunctionChange {
    /// See [`FunctionSettings::mac`].
    pub mac: Option<String>,
    /// See [`FunctionSettings::vlan`].
    pub vlan: Option<u32>,
    /// See [`FunctionSettings::vlan_qos`].
    pub vlan_qos: Option<u32>,
    /// See [`FunctionSettings::vlan_protocol`].
    pub vlan_protocol: Option<String>,
    /// See [`FunctionSettings::min_rate`].
    pub min_rate: Option<u32>,
    /// See [`FunctionSettings::max_rate`].
    pub max_rate: Option<u32>,
    /// See [`FunctionSettings::checks_spoofing`].
    pub checks_spoofing: Option<bool>,
    /// See [`FunctionSettings::is_trusted`].
    pub is_trusted: Option<bool>,
    /// See [`FunctionSettings::link_state`].
    pub link_state: Option<String>,
}

impl FunctionChange {
    /// What differs.
    #[must_use]
    pub fn between(before: &FunctionSettings, after: &FunctionSettings) -> Self {
        fn other<T: Clone + PartialEq>(before: &T, after: &T) -> Option<T> {
            (before != after).then(|| after.clone())
        }
        Self {
            mac: other(&before.mac, &after.mac),
            vlan: other(&before.vlan, &after.vlan),
            vlan_qos: other(&before.vlan_qos, &after.vlan_qos),
            vlan_protocol: other(&before.vlan_protocol, &after.vlan_protocol),
            min_rate: other(&before.min_rate, &after.min_rate),
            max_rate: other(&before.max_rate, &after.max_rate),
            checks_spoofing: other(&before.checks_spoofing, &after.checks_spoofing),
            is_trusted: other(&before.is_trusted, &after.is_trusted),
            link_state: other(&before.link_state, &after.link_state),
        }
    }

    /// Whether nothing differs.
    #[must_use]
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }

    /// These settings with what becomes another.
    #[must_use]
    pub fn applied_to(&self, settings: &FunctionSettings) -> FunctionSettings {
        let mut after = settings.clone();
        let change = self.clone();
        after.mac = change.mac.unwrap_or(after.mac);
        after.vlan = change.vlan.unwrap_or(after.vlan);
        after.vlan_qos = change.vlan_qos.unwrap_or(after.vlan_qos);
        after.vlan_protocol = change.vlan_protocol.unwrap_or(after.vlan_protocol);
        after.min_rate = change.min_rate.unwrap_or(after.min_rate);
        after.max_rate = change.max_rate.unwrap_or(after.max_rate);
        after.checks_spoofing = change.checks_spoofing.unwrap_or(after.checks_spoofing);
        after.is_trusted = change.is_trusted.unwrap_or(after.is_trusted);
        after.link_state = change.link_state.unwrap_or(after.link_state);
        after
    }
}

/// What setting it would do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FunctionPlan {
    /// Each setting and its value, in order.
    pub steps: Vec<(String, String)>,
    /// Why it is refused; empty if it is not.
    pub reasons: Vec<Refusal>,
    /// What should be known all the same.
    pub warnings: Vec<Refusal>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_names_what_differs_and_makes_the_one_of_the_other() {
        let before =
            FunctionSettings { mac: "52:54:00:00:00:01".into(), vlan: 20, link_state: "auto".into(), ..FunctionSettings::default() };
        let after = FunctionSettings { vlan: 0, is_trusted: true, ..before.clone() };
        let change = FunctionChange::between(&before, &after);
        assert_eq!(change, FunctionChange { vlan: Some(0), is_trusted: Some(true), ..FunctionChange::default() });
        assert_eq!(change.applied_to(&before), after);
        assert!(FunctionChange::between(&before, &before).is_none());
    }
}
