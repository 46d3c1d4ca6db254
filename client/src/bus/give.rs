//! What machines get of the host besides PCI cards: rules from what the service sends, and the calls.

use std::collections::HashMap;

use dbus::{Options, path};
use uuid::Uuid;
use zbus::{OwnedVariant, Variant};

use super::{
    Bus,
    attach::UNPLUG_SECONDS,
    calls::Result,
    device::refusals,
    value::{facts, flag, number, size, text, texts},
};
use crate::device::{
    Gift, GivePlan, Giving, GlassPlan, GlassScreen, GlassSpice, GlassView, Inputs, MediatedPart, NamespaceDisk, Refusal, UsbHow, UsbName,
    UsbRule,
};

/// The value of `UsbRules`; `None` if it is something else. A rule that is about nothing known is left out.
pub(super) fn usb_rules(value: &Variant<'_>) -> Option<Vec<UsbRule>> {
    let one = |told: HashMap<String, &Variant<'_>>| {
        let word = |name: &str| told.get(name).and_then(|value| text(value));
        let words = |name: &str| told.get(name).and_then(|value| texts(value)).unwrap_or_default();
        let serial = word("usb-serial").map(UsbName::Serial);
        let port = || word("usb-port").map(|port| UsbName::Ports(vec![port]));
        let on = serial.or_else(port).or_else(|| word("usb-id").map(UsbName::Id))?;
        Some(UsbRule { id: word("id")?, on, state: word("state").unwrap_or_default(), ports: words("ports"), reasons: words("reasons") })
    };
    Some(facts(value)?.into_iter().filter_map(one).collect())
}

fn usb(name: &UsbName) -> Options {
    match name {
        UsbName::Ports(ports) => match ports.as_slice() {
            [port] => Options::default().with("usb-port", port.clone()),
            ports => Options::default().with("usb-ports", ports.to_vec()),
        },
        UsbName::Serial(serial) => Options::default().with("usb-serial", serial.clone()),
        UsbName::Id(id) => Options::default().with("usb-id", id.clone()),
        UsbName::Place(bus, number) => Options::default().with("usb-bus", *bus).with("usb-number", *number),
    }
}

fn device(gift: &Gift) -> Options {
    match gift {
        Gift::Usb(name, _) => usb(name),
        Gift::Inputs(inputs) => Options::default().with("inputs", inputs.names.clone()),
        Gift::Namespace(NamespaceDisk { controller, number, .. }) => {
            Options::default().with("nvme-controller", controller.clone()).with("nvme-namespace", *number)
        }
        Gift::Scsi(address) => Options::default().with("scsi", address.clone()),
        Gift::Mediated(part) => Options::default().with("mdev", part.uuid.clone()),
        Gift::Network(card) => Options::default().with("network", card.network.clone()),
    }
}

/// What leaves a machine: of several cards in a network the one with its address.
fn leaving(gift: &Gift) -> Options {
    match gift {
        Gift::Network(card) if !card.mac.is_empty() => device(gift).with("mac", card.mac.clone()),
        _ => device(gift),
    }
}

/// Where: only what can be plugged goes anywhere but into the definition.
fn scope(giving: &Giving) -> Options {
    let none = Options::default();
    if giving.gift.can_be_plugged() { none.with("live", giving.is_live).with("configured", giving.is_configured) } else { none }
}

fn how(giving: &Giving) -> Options {
    let named = |options: Options, name: &str, word: &str| if word.is_empty() { options } else { options.with(name, word.to_owned()) };
    let set = |options: Options, name: &str, is_on: bool| if is_on { options.with(name, true) } else { options };
    let options = scope(giving);
    match &giving.gift {
        Gift::Usb(_, UsbHow { hands_over, startup, guest_reset }) => {
            named(named(set(options, "hand-over", *hands_over), "startup-policy", startup), "guest-reset", guest_reset)
        }
        Gift::Inputs(Inputs { toggle, grabs_all, repeats, .. }) => {
            named(options, "grab-toggle", toggle).with("grab-all", *grabs_all).with("repeat", *repeats)
        }
        Gift::Namespace(NamespaceDisk { bus, allows_no_reset, .. }) => set(named(options, "bus", bus), "allow-no-reset", *allows_no_reset),
        Gift::Scsi(_) => options,
        Gift::Mediated(MediatedPart { has_display, has_ramfb, .. }) => set(set(options, "display", *has_display), "ramfb", *has_ramfb),
        Gift::Network(card) => named(options, "mac", &card.mac),
    }
}

/// A plan as it was sent. One that does not say that it is allowed, and not why not, is not.
fn plan(told: &HashMap<String, OwnedVariant>, gift: &Gift) -> GivePlan {
    let value = |name: &str| told.get(name).map(|value| &**value);
    let list = |name: &str| value(name).and_then(texts).unwrap_or_default();
    let told_of = |name: &str, address: &String| if value(name).and_then(flag) == Some(true) { vec![address.clone()] } else { Vec::new() };
    let configured = match gift {
        Gift::Usb(..) => list("usb-configured"),
        Gift::Inputs(inputs) => inputs.names.clone(),
        Gift::Namespace(disk) => vec![disk.controller.clone()],
        Gift::Scsi(address) => told_of("scsi-configured", address),
        Gift::Mediated(part) => vec![part.uuid.clone()],
        Gift::Network(card) => vec![card.network.clone()],
    };
    let live = if let Gift::Scsi(address) = gift { told_of("scsi-live", address) } else { list("usb-live") };
    GivePlan {
        live,
        configured,
        taken_from: list("taken-from").iter().filter_map(|path| path::machine_uuid(path)).collect(),
        reasons: reasons(told),
        warnings: value("warnings").map(refusals).unwrap_or_default(),
    }
}

/// Why a plan is not allowed.
pub(super) fn reasons(told: &HashMap<String, OwnedVariant>) -> Vec<Refusal> {
    let value = |name: &str| told.get(name).map(|value| &**value);
    let mut reasons = value("reasons").map(refusals).unwrap_or_default();
    if reasons.is_empty() && value("allowed").and_then(flag) != Some(true) {
        reasons.push(Refusal::default());
    }
    reasons
}

fn glass_plan(told: &HashMap<String, OwnedVariant>) -> GlassPlan {
    let value = |name: &str| told.get(name).map(|value| &**value);
    let word = |name: &str| value(name).and_then(text).unwrap_or_default();
    GlassPlan {
        name: word("name"),
        size: value("size").and_then(size).unwrap_or_default(),
        tmpfiles: word("tmpfiles"),
        reasons: reasons(told),
        warnings: value("warnings").map(refusals).unwrap_or_default(),
    }
}

/// `None` if it says no name.
fn glass_view(told: &HashMap<String, OwnedVariant>) -> Option<GlassView> {
    let value = |name: &str| told.get(name).map(|value| &**value);
    let word = |name: &str| value(name).and_then(text).filter(|word| !word.is_empty());
    let port = value("spice-port").and_then(number).and_then(|port| u16::try_from(port).ok());
    let by_port = word("spice-host").zip(port).map(|(host, port)| GlassSpice::Port(host, port));
    Some(GlassView { name: word("name")?, spice: by_port.or_else(|| word("spice-socket").map(GlassSpice::Socket)) })
}

fn glass_screen(screen: GlassScreen) -> Options {
    let options = Options::default().with("width", screen.width).with("height", screen.height);
    if screen.has_hdr { options.with("hdr", true) } else { options }
}

impl Bus {
    pub(crate) async fn plan_give(&self, machine: Uuid, giving: Giving) -> Result<GivePlan> {
        Ok(plan(&self.devices_of(machine).await?.plan_attach(&device(&giving.gift), &how(&giving)).await?, &giving.gift))
    }

    pub(crate) async fn give(&self, machine: Uuid, giving: Giving) -> Result<()> {
        Ok(self.devices_of(machine).await?.attach(&device(&giving.gift), &how(&giving)).await?)
    }

    pub(crate) async fn take_back(&self, machine: Uuid, giving: Giving) -> Result<()> {
        let options = scope(&giving);
        let options = if giving.gift.can_be_plugged() { options.with("timeout", UNPLUG_SECONDS) } else { options };
        Ok(self.devices_of(machine).await?.detach(&leaving(&giving.gift), &options).await?)
    }

    pub(crate) async fn add_usb_rule(&self, machine: Uuid, on: UsbName) -> Result<String> {
        Ok(self.devices_of(machine).await?.add_usb_rule(&usb(&on), &Options::default()).await?)
    }

    pub(crate) async fn remove_usb_rule(&self, machine: Uuid, id: String) -> Result<()> {
        Ok(self.devices_of(machine).await?.remove_usb_rule(&id, &Options::default()).await?)
    }

    pub(crate) async fn plan_looking_glass(&self, machine: Uuid, screen: GlassScreen, user: String) -> Result<GlassPlan> {
        let options = if user.is_empty() { Options::default() } else { Options::default().with("user", user) };
        Ok(glass_plan(&self.devices_of(machine).await?.plan_looking_glass(&glass_screen(screen), &options).await?))
    }

    pub(crate) async fn looking_glass_view(&self, machine: Uuid) -> Result<GlassView> {
        let told = self.devices_of(machine).await?.get_looking_glass_view(&Options::default()).await?;
        glass_view(&told).ok_or_else(|| crate::Error::Other("The service does not say where the screen is".to_owned()))
    }

    pub(crate) async fn set_looking_glass(&self, machine: Uuid, screen: Option<GlassScreen>) -> Result<()> {
        let (devices, none) = (self.devices_of(machine).await?, Options::default());
        Ok(match screen {
            Some(screen) => devices.enable_looking_glass(&glass_screen(screen), &none).await,
            None => devices.disable_looking_glass(&none).await,
        }?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device::PoolCard;

    fn told(values: Vec<(&str, Variant<'_>)>) -> HashMap<String, OwnedVariant> {
        values.into_iter().map(|(name, value)| (name.to_owned(), OwnedVariant::try_from(value).unwrap())).collect()
    }

    #[test]
    fn a_rule_says_what_it_is_about_and_one_about_nothing_is_none() {
        let rule = |key: &'static str, value: &'static str| -> HashMap<&str, Variant<'_>> {
            HashMap::from([
                ("id", "7".into()),
                (key, value.into()),
                ("state", "failed".into()),
                ("ports", vec!["1-2"].into()),
                ("reasons", vec!["mounted"].into()),
            ])
        };
        let read =
            usb_rules(&vec![rule("usb-serial", "A1"), rule("usb-port", "1-2"), rule("usb-id", "046d:085e"), rule("later", "x")].into());
        let read = read.unwrap();
        let about: Vec<UsbName> = read.iter().map(|rule| rule.on.clone()).collect();
        assert_eq!(about, [UsbName::Serial("A1".into()), UsbName::Ports(vec!["1-2".into()]), UsbName::Id("046d:085e".into())]);
        assert_eq!((read[0].state.as_str(), read[0].ports.len(), read[0].reasons[0].as_str()), ("failed", 1, "mounted"));
    }

    #[test]
    fn a_plan_of_usb_names_its_ports_and_who_lets_go() {
        let gift = Gift::Usb(UsbName::Ports(vec!["1-2.4".into()]), UsbHow { hands_over: true, ..UsbHow::default() });
        let reason = HashMap::from([("reason", "mounted"), ("port", "1-2.4"), ("name", "sdb1")]);
        let read = plan(
            &told(vec![
                ("allowed", false.into()),
                ("usb-live", vec!["1-2.4"].into()),
                ("usb-configured", Vec::<&str>::new().into()),
                ("taken-from", vec![path::machine(Uuid::nil())].into()),
                ("reasons", vec![reason].into()),
            ]),
            &gift,
        );
        assert_eq!((read.live.len(), read.configured.len(), read.taken_from.len()), (1, 0, 1));
        assert_eq!((read.reasons[0].device.as_str(), read.reasons[0].name.as_str()), ("1-2.4", "sdb1"));
        assert_eq!(plan(&HashMap::new(), &gift).reasons.len(), 1, "who says nothing allows nothing");
    }

    #[test]
    fn only_what_is_wanted_is_asked_for() {
        let keys = |options: Options, names: &[&'static str]| {
            let mut reader = options.reader().unwrap();
            let there: Vec<bool> = names.iter().map(|name| reader.take::<OwnedVariant>(name).unwrap().is_some()).collect();
            reader.finish().unwrap();
            there
        };
        let disk = NamespaceDisk { controller: "0000:07:00.0".into(), number: 1, ..NamespaceDisk::default() };
        let giving = |gift| Giving { gift, is_live: false, is_configured: true };
        let disk = giving(Gift::Namespace(disk));
        assert_eq!(keys(device(&disk.gift), &["nvme-controller", "nvme-namespace"]), [true, true]);
        assert_eq!(keys(how(&disk), &["live", "configured", "bus", "allow-no-reset"]), [false; 4]);
        let inputs = giving(Gift::Inputs(Inputs { toggle: "scrolllock".into(), ..Inputs::new(vec!["by-id/a".into()]) }));
        assert_eq!(keys(how(&inputs), &["grab-toggle", "grab-all", "repeat", "live"]), [true, true, true, false]);
        let usb = giving(Gift::Usb(UsbName::Place(1, 7), UsbHow::default()));
        assert_eq!(keys(how(&usb), &["live", "configured", "hand-over"]), [true, true, false]);
        assert_eq!(keys(device(&usb.gift), &["usb-bus", "usb-number"]), [true, true]);
        let how_so = UsbHow { startup: "requisite".into(), guest_reset: "off".into(), ..UsbHow::default() };
        let several = giving(Gift::Usb(UsbName::Ports(vec!["1-1".into(), "1-2".into()]), how_so));
        assert_eq!(
            keys(how(&several), &["live", "configured", "startup-policy", "guest-reset", "hand-over"]),
            [true, true, true, true, false]
        );
        assert_eq!(keys(device(&several.gift), &["usb-ports"]), [true]);
        let part = MediatedPart { uuid: "u".into(), has_display: true, has_ramfb: false };
        assert_eq!(keys(how(&giving(Gift::Mediated(part))), &["display", "ramfb"]), [true, false]);
        let card = |mac: &str| giving(Gift::Network(PoolCard { network: "u".into(), name: "pool".into(), mac: mac.into() }));
        let (any, one) = (card(""), card("52:54:00:00:00:07"));
        assert_eq!((keys(device(&one.gift), &["network"]), keys(how(&one), &["mac", "live"])), (vec![true], vec![true, false]));
        assert_eq!((keys(leaving(&any.gift), &["network", "mac"]), keys(how(&any), &["mac"])), (vec![true, false], vec![false]));
        assert_eq!(keys(leaving(&one.gift), &["network", "mac"]), [true, true]);
    }
}
