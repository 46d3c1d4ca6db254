//! Pins and tuning of machines: what `GetDetails` tells of them, and the calls that change them.

use std::collections::HashMap;

use dbus::{Options, machine::MachineProxy, path, pinning};
use uuid::Uuid;
use zbus::{OwnedVariant, Variant};

use super::{
    Bus,
    calls::{Result, proxy},
    value::{MOST, bounded, flag, number, numbers, size, sizes, structures, text},
};
use crate::tuning::{HostTuning, Pin, PinPlan, Pinning, Tuning};

/// What `GetDetails` tells of CPUs and memory; what is not in it is not set.
fn tuning(told: &HashMap<String, OwnedVariant>) -> Tuning {
    let value = |name: &str| told.get(name).map(|value| &**value);
    let pin = |fields: &[Variant<'_>]| match fields {
        [vcpu, cpus, ..] => Some(Pin { vcpu: number(vcpu)?, cpus: numbers(cpus)? }),
        _ => None,
    };
    let list = |name: &str| value(name).and_then(numbers).unwrap_or_default();
    Tuning {
        pinning: Pinning {
            vcpus: value("vcpu-pins").and_then(structures).into_iter().flatten().filter_map(pin).collect(),
            emulator: list("emulator-pins"),
            nodes: list("memory-nodes"),
            memory_mode: value("memory-mode").and_then(text).unwrap_or_default(),
            cores: None,
        },
        page_sizes: value("huge-page-sizes").and_then(sizes).unwrap_or_default(),
        reserves_pages: value("reserve-huge-pages").and_then(flag).unwrap_or_default(),
        isolates: value("isolate-cpus").and_then(flag).unwrap_or_default(),
        governor: value("governor").and_then(text).unwrap_or_default(),
        energy: value("energy-preference").and_then(text).unwrap_or_default(),
        balloon_floor: value("balloon-floor").and_then(size).unwrap_or_default(),
    }
}

fn plan(told: pinning::Plan) -> PinPlan {
    let few = |numbers: Option<Vec<u32>>| numbers.unwrap_or_default().into_iter().take(MOST).collect::<Vec<_>>();
    let pins = told.vcpus.unwrap_or_default().into_iter().take(MOST);
    PinPlan {
        pinning: Pinning {
            vcpus: pins.map(|pin| Pin { vcpu: pin.vcpu, cpus: few(Some(pin.cpus)) }).collect(),
            emulator: few(told.emulator),
            nodes: few(told.nodes),
            memory_mode: told.memory_mode.map(|mode| bounded(&mode).to_owned()).unwrap_or_default(),
            cores: told.cores.zip(told.threads),
        },
        warnings: told.warnings.unwrap_or_default().iter().take(MOST).map(|word| bounded(word).to_owned()).collect(),
    }
}

/// What is not pinned is not named.
fn change(pinning: Pinning) -> Options {
    let mut change = Options::default().with("vcpus", pinning.vcpus);
    if !pinning.emulator.is_empty() {
        change = change.with("emulator", pinning.emulator);
    }
    if !pinning.nodes.is_empty() {
        change = change.with("nodes", pinning.nodes);
        if !pinning.memory_mode.is_empty() {
            change = change.with("memory-mode", pinning.memory_mode);
        }
    }
    match pinning.cores {
        Some((cores, threads)) => change.with("cores", cores).with("threads", threads),
        None => change,
    }
}

fn host_tuning(tuning: HostTuning) -> Options {
    let flag =
        |options: Options, name: &str, value: Option<bool>| value.into_iter().fold(options, |options, value| options.with(name, value));
    let options = flag(Options::default(), "reserve-huge-pages", tuning.reserves_pages);
    let options = flag(options, "isolate-cpus", tuning.isolates);
    let word =
        |options: Options, name: &str, value: Option<String>| value.into_iter().fold(options, |options, value| options.with(name, value));
    let options = word(options, "governor", tuning.governor);
    let options = word(options, "energy-preference", tuning.energy);
    tuning.balloon_floor.into_iter().fold(options, |options, floor| options.with("balloon-floor", floor))
}

fn machine_pages(size: Option<u64>) -> Options {
    let options = Options::default().with("enabled", size.is_some());
    let sizes = size.into_iter().filter(|size| *size > 0);
    sizes.fold(options, |options, size| options.with("pages", vec![pinning::Pages { size, nodes: Vec::new() }]))
}

impl Bus {
    async fn tuned(&self, machine: Uuid) -> Result<MachineProxy<'static>> {
        Ok(proxy!(self, MachineProxy).path(path::machine(machine)).build().await?)
    }

    /// `NotSupported` by a service that is older than `GetDetails`.
    pub(crate) async fn tuning(&self, machine: Uuid) -> Result<Tuning> {
        let machine = self.tuned(machine).await?;
        let told: HashMap<String, OwnedVariant> = machine.inner().call("GetDetails", &Options::default()).await?;
        Ok(tuning(&told))
    }

    pub(crate) async fn plan_pinning(&self, machine: Uuid, vcpus: Option<u32>) -> Result<PinPlan> {
        let options = vcpus.into_iter().fold(Options::default(), |options, vcpus| options.with("vcpus", vcpus));
        Ok(plan(self.tuned(machine).await?.plan_pinning(&options).await?))
    }

    pub(crate) async fn set_pinning(&self, machine: Uuid, pinning: Pinning) -> Result<()> {
        Ok(self.tuned(machine).await?.set_pinning(&change(pinning), &Options::default()).await?)
    }

    pub(crate) async fn clear_pinning(&self, machine: Uuid) -> Result<()> {
        Ok(self.tuned(machine).await?.clear_pinning(&Options::default()).await?)
    }

    pub(crate) async fn set_machine_pages(&self, machine: Uuid, size: Option<u64>) -> Result<()> {
        Ok(self.tuned(machine).await?.set_huge_pages(&machine_pages(size), &Options::default()).await?)
    }

    pub(crate) async fn set_host_tuning(&self, machine: Uuid, tuning: HostTuning) -> Result<()> {
        Ok(self.tuned(machine).await?.set_host_tuning(&host_tuning(tuning), &Options::default()).await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_pinned_is_read_and_what_is_odd_is_left_out() {
        let values: [(&str, Variant<'_>); 8] = [
            ("vcpu-pins", vec![(0_u32, vec![2_u32, 10])].into()),
            ("memory-nodes", vec![1_u32].into()),
            ("memory-mode", "strict".into()),
            ("huge-page-sizes", vec![0_u64].into()),
            ("isolate-cpus", true.into()),
            ("emulator-pins", "all".into()),
            ("energy-preference", "balance_power".into()),
            ("balloon-floor", (2_u64 << 30).into()),
        ];
        let told = values.into_iter().map(|(name, value)| (name.to_owned(), OwnedVariant::try_from(value).unwrap())).collect();
        let read = tuning(&told);
        assert_eq!((read.pinning.cpus(), read.pinning.nodes, read.pinning.emulator), (vec![2, 10], vec![1], vec![]));
        assert_eq!((read.page_sizes, read.isolates, read.reserves_pages, read.governor.as_str()), (vec![0], true, false, ""));
        assert_eq!((read.energy.as_str(), read.balloon_floor), ("balance_power", 2 << 30));
        assert_eq!(tuning(&HashMap::new()), Tuning::default());
    }

    #[test]
    fn what_is_not_pinned_is_not_named() {
        let keys = |options: Options, names: &[&'static str]| {
            let mut reader = options.reader().unwrap();
            let there: Vec<bool> = names.iter().map(|name| reader.take::<OwnedVariant>(name).unwrap().is_some()).collect();
            reader.finish().unwrap();
            there
        };
        let names = ["vcpus", "emulator", "nodes", "memory-mode", "cores", "threads"];
        let pinning = Pinning { memory_mode: "strict".into(), ..Pinning::default() };
        assert_eq!(keys(change(pinning.clone()), &names), [true, false, false, false, false, false]);
        assert_eq!(keys(change(Pinning { nodes: vec![0], cores: Some((4, 2)), ..pinning }), &names), [true, false, true, true, true, true]);
        assert_eq!(keys(machine_pages(Some(0)), &["enabled", "pages"]), [true, false]);
        assert_eq!(keys(machine_pages(Some(2 << 20)), &["enabled", "pages"]), [true, true]);
        let governor = HostTuning { governor: Some(String::new()), ..HostTuning::default() };
        assert_eq!(keys(host_tuning(governor), &["reserve-huge-pages", "isolate-cpus", "governor"]), [false, false, true]);
        let rest = HostTuning { energy: Some("power".into()), balloon_floor: Some(0), ..HostTuning::default() };
        assert_eq!(keys(host_tuning(rest), &["governor", "energy-preference", "balloon-floor"]), [false, true, true]);
    }

    #[test]
    fn a_plan_is_what_can_be_set_and_its_warnings() {
        let told = pinning::Plan {
            vcpus: Some(vec![Pin { vcpu: 0, cpus: vec![4] }]),
            cores: Some(1),
            threads: Some(1),
            warnings: Some(vec!["not-on-node".into()]),
            ..pinning::Plan::default()
        };
        let read = plan(told);
        assert_eq!((read.pinning.cpus(), read.pinning.cores, read.warnings), (vec![4], Some((1, 1)), vec!["not-on-node".to_owned()]));
    }
}
