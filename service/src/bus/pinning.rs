//! Reads what is to be pinned, and tells what was planned.

use dbus::{
    Reader,
    pinning::{Pages, Pin, Plan},
};
use model::{
    cpus::{Cores, Pinning},
    hugepages::Page,
    validate,
};

use crate::{
    error::{Error, Result},
    workflow::{
        pinning::{
            Change, HugePages, Request,
            plan::{self, Kept},
        },
        running::settings::Changes,
    },
};

/// CPUs or nodes of a request.
const MOST: usize = 4096;
/// Virtual CPUs of a machine: each is an edit of its definition.
const MOST_VCPUS: u32 = 1024;
/// Sizes of pages, and nodes of the guest for each.
const MOST_SIZES: usize = 64;
/// Numbers in all pins together.
const MOST_NUMBERS: usize = 1 << 16;

fn invalid(argument: &'static str, reason: &'static str) -> Error {
    Error::InvalidArgument { argument, reason }
}

/// `vcpus`, `node`, `host-cores`, `host-cpus`, `threads`, `overlap`.
pub fn request(reader: &mut Reader) -> Result<Request> {
    let kept = match (reader.take::<u32>("host-cores")?, numbers(reader, "host-cpus")?) {
        (Some(_), Some(_)) => return Err(invalid("host-cpus", "cannot go with host-cores")),
        (Some(0), None) => return Err(invalid("host-cores", "the host needs a core")),
        (cores, None) => Kept::Cores(cores.unwrap_or(1)),
        (None, Some(cpus)) => Kept::Cpus(cpus),
    };
    let vcpus = match reader.take::<u32>("vcpus")? {
        Some(vcpus) if !(1..=MOST_VCPUS).contains(&vcpus) => return Err(invalid("vcpus", "must be 1 to 1024")),
        vcpus => vcpus,
    };
    let threads = reader.take::<bool>("threads")?.unwrap_or(true);
    Ok(Request { vcpus, node: reader.take("node")?, kept, threads, overlap: reader.flag("overlap")? })
}

/// `vcpus`, `emulator`, `nodes`, `memory-mode`, `cores`, `threads`.
pub fn change(reader: &mut Reader) -> Result<Change> {
    let pins = reader.take::<Vec<Pin>>("vcpus")?.unwrap_or_default();
    if pins.len() > MOST_VCPUS as usize || pins.iter().map(|pin| pin.cpus.len()).sum::<usize>() > MOST_NUMBERS {
        return Err(invalid("vcpus", "too many"));
    }
    let mut vcpus: Vec<(u32, Vec<u32>)> = pins.into_iter().map(|pin| (pin.vcpu, sorted(pin.cpus))).collect();
    vcpus.sort_unstable();
    if vcpus.iter().any(|(_, cpus)| cpus.is_empty()) {
        return Err(invalid("vcpus", "a virtual CPU needs a CPU"));
    }
    if vcpus.windows(2).any(|pair| matches!(pair, [(one, _), (other, _)] if one == other)) {
        return Err(invalid("vcpus", "names a virtual CPU twice"));
    }
    let (emulator, nodes) = (numbers(reader, "emulator")?.unwrap_or_default(), numbers(reader, "nodes")?.unwrap_or_default());
    let mode = match reader.take::<String>("memory-mode")?.as_deref() {
        None | Some("") if nodes.is_empty() => String::new(),
        None => "strict".to_owned(),
        Some(mode @ ("strict" | "preferred" | "interleave" | "restrictive")) if !nodes.is_empty() => mode.to_owned(),
        Some(_) => return Err(invalid("memory-mode", "must be strict, preferred, interleave or restrictive, with nodes")),
    };
    let cores = match (reader.take::<u32>("cores")?, reader.take::<u32>("threads")?) {
        (None, None) => None,
        (Some(cores @ 1..=MOST_VCPUS), Some(threads @ 1..=8)) => Some(Cores { cores, threads }),
        _ => return Err(invalid("cores", "must be 1 to 1024 with 1 to 8 threads each")),
    };
    Ok(Change { pinning: Pinning { vcpus, emulator, nodes, mode }, cores })
}

/// `enabled` and `pages`.
pub fn huge_pages(reader: &mut Reader) -> Result<(Option<bool>, Option<Vec<Page>>)> {
    let enabled = reader.take::<bool>("enabled")?;
    let pages = reader.take::<Vec<Pages>>("pages")?;
    if pages.iter().flatten().any(|page| page.nodes.len() > MOST_SIZES) || pages.as_ref().is_some_and(|pages| pages.len() > MOST_SIZES) {
        return Err(invalid("pages", "too many"));
    }
    let page = |page: Pages| Page { size: page.size, nodes: sorted(page.nodes) };
    Ok((enabled, pages.map(|pages| pages.into_iter().map(page).collect())))
}

/// What these mean together.
pub fn wanted((enabled, pages): (Option<bool>, Option<Vec<Page>>)) -> Result<HugePages> {
    let pages = match (enabled.ok_or(invalid("enabled", "missing"))?, pages) {
        (false, None) => return Ok(HugePages::Off),
        (false, Some(_)) => return Err(invalid("pages", "only if they are enabled")),
        (true, pages) => pages.unwrap_or_default(),
    };
    let mut nodes: Vec<u32> = pages.iter().flat_map(|page| page.nodes.iter().copied()).collect();
    let named = nodes.len();
    nodes.sort_unstable();
    nodes.dedup();
    if pages.iter().filter(|page| page.nodes.is_empty()).count() > 1 || nodes.len() < named {
        return Err(invalid("pages", "two sizes for one node"));
    }
    if nodes.iter().any(|node| *node as usize > MOST) {
        return Err(invalid("pages", "names a node that no guest has"));
    }
    Ok(HugePages::On(pages))
}

/// `reserve-huge-pages`, `isolate-cpus`, `governor`, `energy-preference`, `balloon-floor`.
pub fn host_tuning(reader: &mut Reader) -> Result<Changes> {
    let governor = reader.take::<String>("governor")?;
    if let Some(name) = governor.as_deref().filter(|name| !name.is_empty()) {
        validate::governor(name).map_err(|reason| invalid("governor", reason))?;
    }
    let energy_preference = reader.take::<String>("energy-preference")?;
    if let Some(name) = energy_preference.as_deref().filter(|name| !name.is_empty()) {
        validate::energy_preference(name).map_err(|reason| invalid("energy-preference", reason))?;
    }
    let balloon_floor = reader.take::<u64>("balloon-floor")?;
    if balloon_floor.is_some_and(|floor| !floor.is_multiple_of(1024)) {
        return Err(invalid("balloon-floor", "must be whole KiB"));
    }
    Ok(Changes {
        reserve_huge_pages: reader.take("reserve-huge-pages")?,
        isolate_cpus: reader.take("isolate-cpus")?,
        governor,
        energy_preference,
        balloon_floor,
    })
}

fn numbers(reader: &mut Reader, key: &'static str) -> Result<Option<Vec<u32>>> {
    let numbers = reader.take::<Vec<u32>>(key)?;
    if numbers.as_ref().is_some_and(|numbers| numbers.len() > MOST) {
        return Err(invalid(key, "too many"));
    }
    Ok(numbers.map(sorted))
}

fn sorted(mut numbers: Vec<u32>) -> Vec<u32> {
    numbers.sort_unstable();
    numbers.dedup();
    numbers
}

/// A plan as the bus tells it.
pub fn told(plan: plan::Plan) -> Plan {
    let pinning = plan.pinning;
    Plan {
        vcpus: Some(pinning.vcpus.into_iter().map(|(vcpu, cpus)| Pin { vcpu, cpus }).collect()),
        emulator: Some(pinning.emulator),
        memory_mode: Some(pinning.mode).filter(|_| !pinning.nodes.is_empty()),
        nodes: Some(pinning.nodes),
        cores: Some(plan.cores.cores),
        threads: Some(plan.cores.threads),
        warnings: Some(plan.warnings.into_iter().map(str::to_owned).collect()),
    }
}
