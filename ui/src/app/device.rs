//! Changes of one device of a host: what is kept for each start, virtual functions, the ROM.

use client::{
    Client, Error, HostDevice,
    device::{Devices, FunctionChange, is_one_card},
    host::Id,
    t,
};
use iced::Task;

use super::{App, Message, fresh};
use crate::{
    action::{Call, DeviceChange},
    component::thing::part_label,
    dialog::moving::in_words,
    model::Model,
};

impl App {
    pub(super) fn change_device(&self, host: &Id, change: &DeviceChange, call: Call) -> Task<Message> {
        let change = change.clone();
        self.once_told(host, call, move |client| make(client, change))
    }
}

async fn make(client: Client, change: DeviceChange) -> Result<String, Error> {
    let done = match change {
        // Its name is what undoes it.
        DeviceChange::MakeNetwork { card, name } => return client.make_network(card, name).await,
        DeviceChange::DeleteNetwork { card, uuid, .. } => client.delete_network(card, uuid).await,
        DeviceChange::MakePart(part) => client.make_part(part).await,
        DeviceChange::StartPart(uuid) => client.start_part(uuid).await,
        DeviceChange::PartAutostart(uuid, autostart) => client.set_part_autostart(uuid, autostart).await,
        DeviceChange::DeletePart(uuid) => client.delete_part(uuid).await,
        DeviceChange::Keep(devices) => client.keep(devices).await,
        DeviceChange::Forget(addresses) => {
            for address in addresses {
                client.forget(address).await?;
            }
            Ok(())
        }
        DeviceChange::Functions(address, count) => client.set_functions(address, count).await,
        DeviceChange::Function(address, index, change) => client.set_function(address, index, change).await,
        DeviceChange::Rom(address, path) => fresh::filled(path, async |file| client.dump_rom(address, file.into()).await).await.map(|_| ()),
    };
    done.map(|()| String::new())
}

/// The devices of a host that are meant.
fn meant<'a>(model: &'a Model, host: &Id, devices: &'a Devices) -> impl Iterator<Item = &'a HostDevice> {
    let all = model.host(host).map(|host| host.devices.as_slice()).unwrap_or_default();
    let named = |device: &&HostDevice| devices.addresses.contains(&device.address);
    let groups: Vec<Option<u32>> = all.iter().filter(named).map(|device| device.group).collect();
    let is_meant = move |device: &&HostDevice| {
        devices.addresses.contains(&device.address) || (devices.whole_groups && device.can_move && groups.contains(&device.group))
    };
    all.iter().filter(is_meant)
}

/// What changes it back, as the host is now.
pub(super) fn inverse(model: &Model, host: &Id, change: &DeviceChange) -> Option<Call> {
    let back = match change {
        DeviceChange::Keep(devices) => DeviceChange::Forget(
            meant(model, host, devices).filter(|device| !device.is_kept).map(|device| device.address.clone()).collect(),
        ),
        DeviceChange::Forget(addresses) => {
            let named = Devices { addresses: addresses.clone(), ..Devices::default() };
            let kept = meant(model, host, &named).filter(|device| device.is_kept).map(|device| device.address.clone());
            // What was kept once may be again, reset or not. A card that is not there any more cannot.
            DeviceChange::Keep(Devices { addresses: kept.collect(), whole_groups: false, allows_no_reset: true })
        }
        DeviceChange::Functions(address, _) => {
            let device = model.host(host)?.devices.iter().find(|device| device.address == *address)?;
            DeviceChange::Functions(address.clone(), u32::try_from(device.functions.len()).ok()?)
        }
        DeviceChange::Function(address, index, change) => {
            let device = model.host(host)?.devices.iter().find(|device| device.address == *address)?;
            let now = device.function_settings.iter().find(|settings| settings.index == *index)?;
            let mut back = FunctionChange::between(&change.applied_to(now), now);
            back.vlan_qos = match back.vlan {
                // What has no VLAN has no priority of one.
                Some(0) => None,
                Some(_) => Some(now.vlan_qos).filter(|priority| *priority > 0),
                None => back.vlan_qos,
            };
            DeviceChange::Function(address.clone(), *index, back)
        }
        DeviceChange::MakePart(part) => DeviceChange::DeletePart(part.uuid.to_string()),
        DeviceChange::DeletePart(uuid) => DeviceChange::MakePart(model.host(host)?.others.part_again(uuid)?),
        DeviceChange::PartAutostart(uuid, autostart) => {
            let part = model.host(host)?.others.mediated.iter().flatten().find(|part| part.uuid == *uuid)?;
            // What was not kept stays kept.
            (part.is_kept && part.autostart != *autostart).then(|| DeviceChange::PartAutostart(uuid.clone(), part.autostart))?
        }
        DeviceChange::MakeNetwork { card, name } => {
            // Its UUID comes with the answer.
            DeviceChange::DeleteNetwork { card: card.clone(), uuid: String::new(), name: name.clone() }
        }
        DeviceChange::DeleteNetwork { card, name, .. } => DeviceChange::MakeNetwork { card: card.clone(), name: name.clone() },
        DeviceChange::Rom(..) | DeviceChange::StartPart(_) => return None,
    };
    let is_something = match &back {
        DeviceChange::Keep(devices) => !devices.addresses.is_empty(),
        DeviceChange::Forget(addresses) => !addresses.is_empty(),
        DeviceChange::Function(_, _, back) => !back.is_none(),
        _ => back != *change,
    };
    is_something.then(|| Call::Device(host.clone(), back))
}

/// The devices that it is about, in a few words; functions of one card by the card.
pub(crate) fn named(model: &Model, host: &Id, change: &DeviceChange) -> String {
    let addresses = match change {
        DeviceChange::Keep(devices) => meant(model, host, devices).map(|device| device.address.clone()).collect(),
        DeviceChange::Forget(addresses) => addresses.clone(),
        DeviceChange::Functions(address, _) | DeviceChange::Function(address, ..) | DeviceChange::Rom(address, _) => vec![address.clone()],
        DeviceChange::MakePart(part) => vec![part.card.clone()],
        DeviceChange::StartPart(uuid) | DeviceChange::PartAutostart(uuid, _) | DeviceChange::DeletePart(uuid) => {
            return part_named(model, host, uuid);
        }
        DeviceChange::MakeNetwork { name, .. } | DeviceChange::DeleteNetwork { name, .. } => return name.clone(),
    };
    let mut addresses: Vec<String> = addresses;
    if let DeviceChange::Keep(devices) = change {
        // The one that was named comes first.
        addresses.sort_by_key(|address| !devices.addresses.iter().any(|named| is_one_card(named, address) && named == address));
    }
    in_words(model, host, &addresses)
}

fn part_named(model: &Model, host: &Id, uuid: &str) -> String {
    let others = model.host(host).map(|host| &host.others);
    let part = others.and_then(|others| Some((others.mediated.iter().flatten().find(|part| part.uuid == uuid)?, others)));
    part.map_or_else(|| uuid.to_owned(), |(part, others)| part_label(part, others))
}

/// A network that was made is deleted by the UUID that the answer tells.
pub(super) fn told(back: Vec<Call>, done: &crate::action::Done) -> Vec<Call> {
    let answer = done.results.first().and_then(|(_, result)| result.as_ref().ok()).cloned().unwrap_or_default();
    let with_uuid = |call| match call {
        Call::Device(host, DeviceChange::DeleteNetwork { card, uuid, name }) if uuid.is_empty() => {
            Call::Device(host, DeviceChange::DeleteNetwork { card, uuid: answer.clone(), name })
        }
        call => call,
    };
    back.into_iter().map(with_uuid).collect()
}

/// What an act was, for a toast.
pub(super) fn words(model: &Model, host: &Id, change: &DeviceChange) -> String {
    let devices = named(model, host, change);
    match change {
        DeviceChange::Keep(_) => t!("act-keep", devices = devices),
        DeviceChange::Forget(_) => t!("act-forget", devices = devices),
        DeviceChange::Functions(_, count) => t!("act-functions", device = devices, count = *count),
        DeviceChange::Function(_, index, _) => t!("act-function", device = devices, index = *index),
        DeviceChange::MakePart(_) => t!("act-make-part", card = devices),
        DeviceChange::DeletePart(_) => t!("act-delete-part", name = devices),
        DeviceChange::PartAutostart(_, true) => t!("act-part-autostart", name = devices),
        DeviceChange::PartAutostart(_, false) => t!("act-part-no-autostart", name = devices),
        DeviceChange::MakeNetwork { .. } => t!("act-make-network", name = devices),
        DeviceChange::DeleteNetwork { .. } => t!("act-delete-network", name = devices),
        DeviceChange::Rom(..) | DeviceChange::StartPart(_) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use client::Event;

    use super::*;
    use crate::dialog::test::model;

    const CARD: &str = "0000:02:00.0";
    const SOUND: &str = "0000:02:00.1";

    fn group() -> DeviceChange {
        DeviceChange::Keep(Devices { addresses: vec![CARD.to_owned()], whole_groups: true, allows_no_reset: false })
    }

    fn host() -> Id {
        "system".into()
    }

    #[test]
    fn what_was_kept_anew_is_forgotten_and_nothing_that_was_kept_before() {
        let mut model = model();
        let forgotten = |model: &Model| inverse(model, &host(), &group());
        let both = DeviceChange::Forget([CARD, SOUND].map(str::to_owned).to_vec());
        assert_eq!(forgotten(&model), Some(Call::Device(host(), both)));
        let mut devices = (*model.host("system").unwrap().devices).clone();
        devices.iter_mut().filter(|device| device.address == SOUND).for_each(|device| device.is_kept = true);
        model.apply("system", Event::Devices(devices.into()));
        assert_eq!(forgotten(&model), Some(Call::Device(host(), DeviceChange::Forget(vec![CARD.to_owned()]))));
    }

    #[test]
    fn settings_of_a_function_are_set_back_to_what_they_were() {
        let model = model();
        let card = || "0000:03:00.0".to_owned();
        let change = FunctionChange { vlan: Some(30), is_trusted: Some(true), ..FunctionChange::default() };
        let back = FunctionChange { vlan: Some(20), is_trusted: Some(false), ..FunctionChange::default() };
        let undo = inverse(&model, &host(), &DeviceChange::Function(card(), 0, change));
        assert_eq!(undo, Some(Call::Device(host(), DeviceChange::Function(card(), 0, back))));
        let priority = |qos| FunctionChange { vlan_qos: Some(qos), ..FunctionChange::default() };
        let undo = inverse(&model, &host(), &DeviceChange::Function(card(), 0, priority(5)));
        assert_eq!(undo, Some(Call::Device(host(), DeviceChange::Function(card(), 0, priority(0)))), "a priority alone, too");
        let same = FunctionChange { vlan: Some(20), ..FunctionChange::default() };
        assert_eq!(inverse(&model, &host(), &DeviceChange::Function(card(), 0, same)), None, "it is so already");
    }

    #[test]
    fn what_was_forgotten_is_kept_again_if_it_is_there() {
        let model = model();
        let change = DeviceChange::Forget(vec!["0000:01:00.0".to_owned(), "0000:0c:00.0".to_owned()]);
        let Some(Call::Device(_, DeviceChange::Keep(devices))) = inverse(&model, &host(), &change) else { panic!("nothing") };
        assert_eq!(devices.addresses, ["0000:01:00.0"]);
        assert_eq!(inverse(&model, &host(), &DeviceChange::Forget(vec!["0000:0c:00.0".to_owned()])), None);
    }

    #[test]
    fn a_part_that_was_deleted_is_made_again_as_it_was_and_one_that_was_made_goes() {
        let model = model();
        let parts = model.host("system").unwrap().others.mediated.clone().unwrap();
        let delete = DeviceChange::DeletePart(parts[0].uuid.clone());
        let Some(Call::Device(_, DeviceChange::MakePart(again))) = inverse(&model, &host(), &delete) else { panic!("nothing") };
        assert_eq!((again.uuid.to_string(), again.autostart, again.starts), (parts[0].uuid.clone(), true, true));
        assert_eq!(inverse(&model, &host(), &DeviceChange::MakePart(again)), Some(Call::Device(host(), delete)));
        let start = |autostart| inverse(&model, &host(), &DeviceChange::PartAutostart(parts[0].uuid.clone(), autostart));
        assert!(start(false).is_some() && start(true).is_none(), "it is so already");
        assert_eq!(inverse(&model, &host(), &DeviceChange::StartPart(parts[2].uuid.clone())), None);
    }

    #[test]
    fn a_network_that_was_made_is_deleted_by_the_name_that_the_answer_tells() {
        let model = model();
        let made = DeviceChange::MakeNetwork { card: CARD.to_owned(), name: "lab".to_owned() };
        let back = inverse(&model, &host(), &made).into_iter().collect();
        let done = crate::action::Done { call: Call::Device(host(), made.clone()), results: vec![(None, Ok("u".to_owned()))] };
        let delete = DeviceChange::DeleteNetwork { card: CARD.to_owned(), uuid: "u".to_owned(), name: "lab".to_owned() };
        assert_eq!(told(back, &done), [Call::Device(host(), delete.clone())]);
        assert_eq!(inverse(&model, &host(), &delete), Some(Call::Device(host(), made)));
    }

    #[test]
    fn functions_become_as_many_as_there_were() {
        let model = model();
        let change = |count| DeviceChange::Functions("0000:03:00.0".to_owned(), count);
        assert_eq!(inverse(&model, &host(), &change(8)), Some(Call::Device(host(), change(2))));
        assert_eq!(inverse(&model, &host(), &change(2)), None, "that changes nothing");
        assert_eq!(words(&model, &host(), &change(8)), "Intel Ethernet Controller X710 for 10GbE SFP+ has 8 virtual functions");
        assert_eq!(words(&model, &host(), &group()), "NVIDIA T400 4GB and 1 more kept at each start");
    }
}
