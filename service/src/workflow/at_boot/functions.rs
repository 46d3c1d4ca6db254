//! Virtual functions at each start of the computer: as many as a card has now, and what each of them may now.

use std::{
    collections::BTreeSet,
    sync::Arc,
    time::{Duration, Instant},
};

use super::{Changed, apply::Unhurried};
use crate::{
    context::Context,
    error::{Error, Result},
    host::{
        Root,
        finding::Findings,
        function::{self, Settings},
        gate::{self, Question},
        pci::{self, PciAddress},
        sriov,
        vfio::{Failure, Write},
    },
    policy::{Grant, action::HostSriov},
    store::{
        Store,
        boot::{Card, MOST_CARDS, MOST_FUNCTIONS, Outcome, Wanted},
        journal::Journal,
    },
};

/// Between two looks for a driver.
const LOOK: Duration = Duration::from_millis(50);

/// What would happen.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The card, as it would be written down.
    pub card: Card,
    /// The writes at the next start, in order.
    pub steps: Vec<Write>,
}

/// Looks at the host anew and tells what the next start would do.
///
/// # Errors
/// `NotSupported` if the device has no virtual functions now, `NotFound` if it is gone.
pub async fn plan(context: &Arc<Context>, device: PciAddress) -> Result<Plan> {
    let root = context.root.clone();
    let planned = tokio::task::spawn_blocking(move || look(&root, device)).await;
    planned.map_err(|_| Error::Internal("a look at virtual functions"))?
}

fn look(root: &Root, address: PciAddress) -> Result<Plan> {
    let known = pci::glance(root, &[address]);
    let device = known.get(&address).ok_or(Error::NotFound { what: "device" })?;
    let count = sriov::count(root, address);
    if count == 0 {
        return Err(Error::NotSupported { reason: "the device has no virtual functions now" });
    }
    let functions = function::read(root, address).map_err(Error::io("Reading virtual functions"))?;
    let (vendor, model, class) = (device.ids.vendor, device.ids.device, device.class);
    let card = Card { address, vendor, device: model, class, count, functions };
    let write = |step: &'static str, value: String| Write { device: address, step, path: String::new(), value };
    let settings = card.functions.iter().flat_map(|(index, settings)| {
        let steps = Settings::default().toward(settings);
        steps.into_iter().map(move |setting| write(setting.word(), format!("{index}: {setting}")))
    });
    let steps = std::iter::once(write("virtual-functions", count.to_string())).chain(settings).collect();
    Ok(Plan { card, steps })
}

/// Has the virtual functions of the device of the grant made, as they are now, at each start of the computer.
///
/// # Errors
/// Those of [`plan`]; `LimitExceeded`; `NoSpace`. Nothing has changed then.
pub async fn keep(context: &Arc<Context>, grant: &Grant<HostSriov>) -> Result<()> {
    let [device] = *grant.devices() else { return Err(Error::Internal("virtual functions of one device only")) };
    let card = plan(context, device).await?.card;
    tracing::info!(uid = grant.caller().uid, %device, count = card.count, "Virtual functions are made at each start from now on");
    context.at_boot.change(move |wanted| add(wanted, card)).await
}

fn add(wanted: &mut Wanted, card: Card) -> Changed {
    wanted.cards.retain(|known| known.address != card.address);
    wanted.cards.push(card);
    wanted.cards.sort_by_key(|card| card.address);
    if wanted.cards.len() > MOST_CARDS {
        return Err(Error::LimitExceeded { what: "cards at each start", limit: MOST_CARDS as u64 });
    }
    let settings: usize = wanted.cards.iter().map(|card| card.functions.len()).sum();
    let limit = MOST_FUNCTIONS as u64;
    if settings > MOST_FUNCTIONS { Err(Error::LimitExceeded { what: "virtual functions at each start", limit }) } else { Ok(()) }
}

/// Has the virtual functions of the device of the grant no longer made at each start. Those that there are stay until then.
///
/// # Errors
/// `NotFound` if they were not; `NoSpace`. Nothing has changed then.
pub async fn forget(context: &Context, grant: &Grant<HostSriov>) -> Result<()> {
    let devices = grant.devices().to_vec();
    let remove = move |wanted: &mut Wanted| {
        let before = wanted.cards.len();
        wanted.cards.retain(|card| !devices.contains(&card.address));
        if wanted.cards.len() == before { Err(Error::NotFound { what: "virtual functions at each start" }) } else { Ok(()) }
    };
    context.at_boot.change(remove).await?;
    tracing::info!(uid = grant.caller().uid, devices = ?grant.devices(), "Virtual functions are no longer made at each start");
    Ok(())
}

/// Makes and sets them, card by card, at a start of the computer. Drivers are still being loaded then: all together are waited
/// for until `patience` has passed.
pub fn make(root: &Root, store: &Store, wanted: &[Card], patience: Duration) -> Vec<Outcome> {
    let until = Instant::now() + patience;
    wanted.iter().map(|card| one(root, &store.journal(), card, until)).collect()
}

fn one(root: &Root, journal: &Journal, card: &Card, until: Instant) -> Outcome {
    let (word, reasons) = match stranger(root, card) {
        Some(word) => (word, Vec::new()),
        None => made(root, journal, card, until),
    };
    tracing::info!(device = %card.address, outcome = word, ?reasons, "Virtual functions of this start");
    Outcome { part: card.part(), word: word.to_owned(), reasons }
}

fn stranger(root: &Root, card: &Card) -> Option<&'static str> {
    let known = pci::glance(root, &[card.address]);
    let Some(found) = known.get(&card.address) else { return Some("gone") };
    (!card.is(found)).then_some("other-device")
}

fn made(root: &Root, journal: &Journal, card: &Card, until: Instant) -> (&'static str, Vec<String>) {
    while pci::driver(root, card.address).is_empty() {
        if Instant::now() >= until {
            return ("no-driver", Vec::new());
        }
        std::thread::sleep(LOOK);
    }
    if sriov::most(root, card.address).is_none_or(|most| most < card.count) {
        return ("too-few", Vec::new());
    }
    if !sriov::plan(root, card.address, card.count).is_empty() {
        let reasons = judge(root, card.address).reasons;
        if !reasons.is_empty() {
            let words: BTreeSet<String> = reasons.into_iter().map(|reason| reason.word.to_owned()).collect();
            return ("refused", words.into_iter().collect());
        }
        let grant = Grant::<HostSriov>::at_boot(vec![card.address], "set-virtual-functions");
        match sriov::set(root, journal, &grant, card.count, &Unhurried) {
            Ok(()) => {}
            Err(Failure::Fewer { made, .. }) => return ("too-few", vec![made.to_string()]),
            Err(_) => return ("failed", Vec::new()),
        }
    }
    let failed = settings(root, journal, card);
    if failed.is_empty() { ("made", Vec::new()) } else { ("settings", failed) }
}

/// Those that an initial RAM file system has made may be in use already.
fn judge(root: &Root, address: PciAddress) -> Findings {
    let taken = pci::virtual_functions(root, address);
    let devices = pci::read_groups(root, &taken);
    gate::judge_functions(&Question { root, devices: &devices, taken: &taken, running: &[], allow_no_reset: true })
}

/// Sets what each function may. Returns the numbers of those that could not be set, with what it was about.
fn settings(root: &Root, journal: &Journal, card: &Card) -> Vec<String> {
    let now = function::read(root, card.address).unwrap_or_default();
    let set = |(index, wanted): (&u32, &Settings)| {
        let wanted = &now.get(index).map_or(*wanted, |now| wanted.made_anew(now));
        let grant = Grant::<HostSriov>::at_boot(vec![card.address], "set-virtual-function");
        match function::set(root, journal, &grant, *index, wanted, &Unhurried) {
            Ok(()) => None,
            Err(Failure::Setting { setting, .. }) => Some(format!("{index} {setting}")),
            Err(_) => Some(index.to_string()),
        }
    };
    card.functions.iter().filter_map(set).collect()
}
