//! `org.kvmmanager.Manager1.Device`.

mod input;
mod looking_glass;
mod mediated;
mod network;
mod nvme;
mod pci;
mod rules;
mod scsi;
mod usb;

use std::{collections::HashMap, sync::Arc, time::Duration};

use dbus::{Options, Reader};
use uuid::Uuid;
use zbus::{Variant, interface, message::Header};

use super::{host_device::object, requests, subject::Subject, value::Value};
use crate::{
    context::Context,
    error::{Error, Reply, Result},
    host::scsi::Address,
    inventory::{Attached, Entry, Machine as Record},
    workflow::{
        self,
        attach::{Scope, UNPLUG_TIME},
    },
};

pub use rules::{UsbRules, follow};

/// The longest time a guest may be given to let go of a device, in seconds.
const LONGEST_UNPLUG: u32 = 300;

type Facts = HashMap<&'static str, Variant<'static>>;

/// The devices of the host that a machine has.
#[derive(Debug)]
pub struct Device(Subject);

impl Device {
    pub const fn new(context: Arc<Context>, entry: Arc<Entry>) -> Self {
        Self(Subject::new(context, entry))
    }
}

#[interface(name = "org.kvmmanager.Manager1.Device", introspection_docs = false)]
impl Device {
    async fn plan_attach(&self, device: Options, options: Options, #[zbus(header)] header: Header<'_>) -> Result<Facts, Reply> {
        match requests::read(device, which)? {
            Which::Pci(which) => self.plan_pci(&header, which, requests::read(options, pci::how)?).await,
            Which::Usb(which) => self.plan_usb(&header, which, requests::read(options, usb::how)?).await,
            Which::Inputs(names) => self.plan_inputs(&header, &names, &requests::read(options, input::how)?).await,
            Which::Namespace(which) => self.plan_namespace(&header, which, requests::read(options, nvme::how)?).await,
            Which::Scsi(address) => self.plan_scsi(&header, address, requests::read(options, scope)?).await,
            Which::Part(uuid) => self.plan_part(&header, requests::read(options, |reader| mediated::how(reader, uuid))?).await,
            Which::Card(which) => self.plan_card(&header, requests::read(options, |reader| network::how(reader, which))?).await,
        }
    }

    async fn attach(&self, device: Options, options: Options, #[zbus(header)] header: Header<'_>) -> Result<(), Reply> {
        match requests::read(device, which)? {
            Which::Pci(which) => self.attach_pci(&header, which, requests::read(options, pci::how)?).await,
            Which::Usb(which) => self.attach_usb(&header, which, requests::read(options, usb::how)?).await,
            Which::Inputs(names) => self.attach_inputs(&header, &names, &requests::read(options, input::how)?).await,
            Which::Namespace(which) => self.attach_namespace(&header, which, requests::read(options, nvme::how)?).await,
            Which::Scsi(address) => self.attach_scsi(&header, address, requests::read(options, scope)?).await,
            Which::Part(uuid) => self.attach_part(&header, requests::read(options, |reader| mediated::how(reader, uuid))?).await,
            Which::Card(which) => self.attach_card(&header, requests::read(options, |reader| network::how(reader, which))?).await,
        }
    }

    async fn detach(&self, device: Options, options: Options, #[zbus(header)] header: Header<'_>) -> Result<(), Reply> {
        match requests::read(device, which)? {
            Which::Pci(which) => self.detach_pci(&header, which, requests::read(options, detaching)?).await,
            Which::Usb(which) => self.detach_usb(&header, which, requests::read(options, detaching)?).await,
            Which::Scsi(address) => self.detach_scsi(&header, address, requests::read(options, detaching)?).await,
            Which::Inputs(names) => {
                options.none()?;
                self.detach_inputs(&header, &names).await
            }
            Which::Namespace(which) => {
                options.none()?;
                self.detach_namespace(&header, which).await
            }
            Which::Part(uuid) => {
                options.none()?;
                self.detach_part(&header, uuid).await
            }
            Which::Card(which) => {
                options.none()?;
                self.detach_card(&header, which).await
            }
        }
    }

    async fn add_usb_rule(&self, rule: Options, options: Options, #[zbus(header)] header: Header<'_>) -> Result<String, Reply> {
        let on = requests::read(rule, rules::on)?;
        options.none()?;
        let call = self.0.context.policy.call(&header).await?;
        Ok(self.add_rule(&call, on).await?)
    }

    async fn remove_usb_rule(&self, id: String, options: Options, #[zbus(header)] header: Header<'_>) -> Result<(), Reply> {
        options.none()?;
        let call = self.0.context.policy.call(&header).await?;
        Ok(self.remove_rule(&call, &id).await?)
    }

    async fn plan_looking_glass(&self, screen: Options, options: Options, #[zbus(header)] header: Header<'_>) -> Result<Facts, Reply> {
        self.plan_glass(&looking_glass::request(screen, options)?, &header).await
    }

    async fn enable_looking_glass(&self, screen: Options, options: Options, #[zbus(header)] header: Header<'_>) -> Result<(), Reply> {
        self.enable_glass(&looking_glass::request(screen, options)?, &header).await
    }

    async fn disable_looking_glass(&self, options: Options, #[zbus(header)] header: Header<'_>) -> Result<(), Reply> {
        options.none()?;
        self.disable_glass(&header).await
    }

    async fn get_looking_glass_view(&self, options: Options, #[zbus(header)] header: Header<'_>) -> Result<Facts, Reply> {
        options.none()?;
        self.glass_view(&header).await
    }

    #[zbus(property)]
    fn looking_glass(&self) -> u64 {
        self.0.machine().definition.looking_glass
    }

    #[zbus(property)]
    fn usb_rules(&self) -> Vec<Facts> {
        rules::shown(&self.0.context.usb.rules.of(self.uuid()))
    }

    #[zbus(property)]
    fn host_devices(&self) -> Vec<Facts> {
        host_devices(&self.0.machine())
    }
}

impl Device {
    fn uuid(&self) -> Uuid {
        self.0.machine().uuid
    }
}

/// What a caller names.
enum Which {
    Pci(workflow::attach::Which),
    Usb(workflow::usb::Which),
    Inputs(Vec<String>),
    Namespace(workflow::nvme::Which),
    Scsi(Address),
    Part(Uuid),
    Card(workflow::network_card::Which),
}

/// A device in one of the ways in which there are names for it.
fn which(reader: &mut Reader) -> Result<Which> {
    let invalid = |reason| Error::InvalidArgument { argument: "address", reason };
    let mut all = Vec::new();
    all.extend(pci::which(reader)?.map(Which::Pci));
    all.extend(usb::which(reader)?.map(Which::Usb));
    all.extend(input::which(reader)?.map(Which::Inputs));
    all.extend(nvme::which(reader)?.map(Which::Namespace));
    all.extend(scsi::which(reader)?.map(Which::Scsi));
    all.extend(mediated::which(reader)?.map(Which::Part));
    all.extend(network::which(reader)?.map(Which::Card));
    match (all.pop(), all.is_empty()) {
        (Some(which), true) => Ok(which),
        (Some(_), false) => Err(invalid("a device is named in one way")),
        (None, _) => Err(invalid("missing")),
    }
}

/// `live` and `configured`.
fn scope(reader: &mut Reader) -> Result<Scope> {
    Ok(Scope { live: reader.take("live")?, configured: reader.take("configured")? })
}

/// `live`, `configured` and `timeout` in seconds.
fn detaching(reader: &mut Reader) -> Result<(Scope, Duration)> {
    let limit = match reader.take::<u32>("timeout")? {
        None => UNPLUG_TIME,
        Some(seconds @ 1..=LONGEST_UNPLUG) => Duration::from_secs(seconds.into()),
        Some(_) => return Err(Error::InvalidArgument { argument: "timeout", reason: "must be 1 to 300 seconds" }),
    };
    Ok((scope(reader)?, limit))
}

fn described(device: &Attached) -> Facts {
    let mut facts = HashMap::from([
        ("kind", device.kind.to_string().into()),
        ("source", device.source.to_string().into()),
        ("managed", device.managed.into()),
        ("live", device.live.into()),
        ("configured", device.configured.into()),
        ("interface", device.card.is_some().into()),
    ]);
    if !device.identity.is_empty() {
        facts.insert("identity", device.identity.to_string().into());
    }
    if let Some(card) = device.card.as_ref().filter(|card| !card.mac.is_empty()) {
        facts.insert("mac", card.mac.to_string().into());
    }
    if let Some(card) = device.card.as_ref().filter(|card| card.vlan > 0) {
        facts.insert("vlan", u32::from(card.vlan).into());
    }
    if let Some(bar) = device.rom_bar {
        facts.insert("rom-bar", bar.into());
    }
    if device.rom_file {
        facts.insert("rom-file", true.into());
    }
    if device.iommufd {
        facts.insert("iommufd", true.into());
    }
    if let ("pci", Ok(address)) = (&*device.kind, device.source.parse()) {
        facts.insert("device", object(address).into());
    }
    facts
}

/// The value of `HostDevices`.
fn host_devices(machine: &Record) -> Vec<Facts> {
    machine.definition.attached.iter().map(described).collect()
}

/// All properties and their values.
pub fn properties(machine: &Record, rules: &UsbRules) -> [(&'static str, Value<'static>); 3] {
    [
        ("HostDevices", Value::Facts(host_devices(machine))),
        ("LookingGlass", machine.definition.looking_glass.into()),
        ("UsbRules", Value::Facts(rules::shown(rules))),
    ]
}

/// Which properties have changed; not the rules, which are no part of the record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    attached: bool,
    looking_glass: bool,
}

impl Changes {
    /// Those that differ.
    pub fn between(before: &Record, after: &Record) -> Self {
        let (before, after) = (&before.definition, &after.definition);
        Self { attached: before.attached != after.attached, looking_glass: before.looking_glass != after.looking_glass }
    }

    /// These and others.
    pub const fn and(self, other: Self) -> Self {
        Self { attached: self.attached || other.attached, looking_glass: self.looking_glass || other.looking_glass }
    }

    /// Their values.
    pub fn values(self, machine: &Record) -> Facts {
        let attached = self.attached.then(|| ("HostDevices", host_devices(machine).into()));
        let looking_glass = self.looking_glass.then(|| ("LookingGlass", machine.definition.looking_glass.into()));
        attached.into_iter().chain(looking_glass).collect()
    }
}

#[cfg(test)]
mod tests {
    use zbus::as_variant::to_owned_variant;

    use super::*;
    use crate::inventory::Definition;

    #[test]
    fn an_empty_list_keeps_its_type_and_what_did_not_change_is_not_sent() {
        let attached = [Attached { kind: "pci".into(), source: "0000:01:00.0".into(), ..Attached::default() }].into();
        let definition = Arc::new(Definition { attached, ..Definition::default() });
        let (none, one) = (Record::default(), Record { definition, ..Record::default() });
        let all = |record| HashMap::from(properties(record, &Vec::new()));
        let signature = |value: &Value<'_>| to_owned_variant(value).unwrap().value_signature().to_string();
        for property in ["HostDevices", "UsbRules"] {
            assert_eq!(signature(&all(&none)[property]), "aa{sv}");
        }
        assert_eq!(signature(&all(&one)["HostDevices"]), "aa{sv}");
        assert_eq!(Changes::between(&none, &none).values(&none), Facts::new());
        assert_eq!(Changes::between(&none, &one).values(&one).into_keys().collect::<Vec<_>>(), ["HostDevices"]);
    }
}
