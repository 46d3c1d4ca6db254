//! Changes of one device of a host: what is kept for each start, virtual functions, the ROM.

use client::{
    Client, Error, HostDevice,
    device::{Devices, is_one_card},
    host::Id,
    t,
};
use iced::Task;

use super::{App, Message, call::new_file};
use crate::{
    action::{Call, DeviceChange},
    dialog::moving::in_words,
    model::Model,
};

impl App {
    pub(super) fn change_device(&self, host: &Id, change: &DeviceChange, call: Call) -> Task<Message> {
        let change = change.clone();
        self.once(host, call, move |client| make(client, change))
    }
}

async fn make(client: Client, change: DeviceChange) -> Result<(), Error> {
    match change {
        DeviceChange::Keep(devices) => client.keep(devices).await,
        DeviceChange::Forget(addresses) => {
            for address in addresses {
                client.forget(address).await?;
            }
            Ok(())
        }
        DeviceChange::Functions(address, count) => client.set_functions(address, count).await,
        DeviceChange::Rom(address, path) => {
            let file = new_file(&path)?;
            let written = client.dump_rom(address, file.into()).await;
            if written.is_err() {
                // It was made for this, and has a part at most; that it is gone already is as good.
                let _ = std::fs::remove_file(&path);
            }
            written.map(|_| ())
        }
    }
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
        DeviceChange::Rom(..) => return None,
    };
    let is_something = match &back {
        DeviceChange::Keep(devices) => !devices.addresses.is_empty(),
        DeviceChange::Forget(addresses) => !addresses.is_empty(),
        DeviceChange::Functions(..) | DeviceChange::Rom(..) => back != *change,
    };
    is_something.then(|| Call::Device(host.clone(), back))
}

/// The devices that it is about, in a few words; functions of one card by the card.
pub(crate) fn named(model: &Model, host: &Id, change: &DeviceChange) -> String {
    let addresses = match change {
        DeviceChange::Keep(devices) => meant(model, host, devices).map(|device| device.address.clone()).collect(),
        DeviceChange::Forget(addresses) => addresses.clone(),
        DeviceChange::Functions(address, _) | DeviceChange::Rom(address, _) => vec![address.clone()],
    };
    let mut addresses: Vec<String> = addresses;
    if let DeviceChange::Keep(devices) = change {
        // The one that was named comes first.
        addresses.sort_by_key(|address| !devices.addresses.iter().any(|named| is_one_card(named, address) && named == address));
    }
    in_words(model, host, &addresses)
}

/// What an act was, for a toast.
pub(super) fn words(model: &Model, host: &Id, change: &DeviceChange) -> String {
    let devices = named(model, host, change);
    match change {
        DeviceChange::Keep(_) => t!("act-keep", devices = devices),
        DeviceChange::Forget(_) => t!("act-forget", devices = devices),
        DeviceChange::Functions(_, count) => t!("act-functions", device = devices, count = *count),
        DeviceChange::Rom(..) => String::new(),
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
    fn what_was_forgotten_is_kept_again_if_it_is_there() {
        let model = model();
        let change = DeviceChange::Forget(vec!["0000:01:00.0".to_owned(), "0000:0c:00.0".to_owned()]);
        let Some(Call::Device(_, DeviceChange::Keep(devices))) = inverse(&model, &host(), &change) else { panic!("nothing") };
        assert_eq!(devices.addresses, ["0000:01:00.0"]);
        assert_eq!(inverse(&model, &host(), &DeviceChange::Forget(vec!["0000:0c:00.0".to_owned()])), None);
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
