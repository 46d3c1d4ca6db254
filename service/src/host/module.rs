//! Modules of the kernel that keep a graphics card while they are loaded: its driver would wait for them for ever when the card is taken
//! from it. NVIDIA's own driver is the one that has such: `nvidia_drm` and `nvidia_modeset` open each of its cards, `nvidia_uvm` those that
//! programs compute on (<https://github.com/NVIDIA/open-gpu-kernel-modules>, `nv_pci_remove` and `nv_drm_dev_load`).

use std::collections::BTreeSet;

use super::{Root, pci::PciAddress};

/// The driver.
const DRIVER: &str = "nvidia";
/// The module that keeps cards open by itself, if it has this switched on.
const KEEPER: &str = "nvidia_drm";
/// Programs that keep cards open for nobody, so that the next one has it sooner.
const DAEMONS: [&str; 2] = ["nvidia-persistenced.service", "nvidia-powerd.service"];

/// What keeps cards besides programs that somebody uses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Keepers {
    /// Modules, in an order in which each can be unloaded.
    pub modules: Vec<String>,
    /// Other cards of the same driver: they would lose their screens with the modules.
    pub others: Vec<PciAddress>,
    /// Units that may run.
    pub daemons: &'static [&'static str],
}

/// What keeps these cards, which have these drivers.
#[must_use]
pub fn keepers<'a>(root: &Root, cards: impl IntoIterator<Item = (PciAddress, &'a str)>) -> Keepers {
    let cards: Vec<PciAddress> = cards.into_iter().filter(|(_, driver)| *driver == DRIVER).map(|(card, _)| card).collect();
    if cards.is_empty() {
        return Keepers::default();
    }
    let keepers = Keepers { daemons: &DAEMONS, ..Keepers::default() };
    if !matches!(root.line(&format!("sys/module/{KEEPER}/parameters/modeset")).as_str(), "Y" | "1") {
        return keepers;
    }
    let driven = root.names(&format!("sys/bus/pci/drivers/{DRIVER}")).into_iter().filter_map(|name| name.parse().ok());
    let others = driven.filter(|card| !cards.contains(card)).collect();
    Keepers { modules: above(root, DRIVER), others, ..keepers }
}

/// Whether a module is loaded.
#[must_use]
pub fn is_loaded(root: &Root, module: &str) -> bool {
    root.exists(&format!("sys/module/{module}"))
}

/// The modules that are built on one, each after those that are built on it.
fn above(root: &Root, module: &str) -> Vec<String> {
    fn collect(root: &Root, module: &str, seen: &mut BTreeSet<String>, all: &mut Vec<String>) {
        for holder in root.names(&format!("sys/module/{module}/holders")) {
            if seen.insert(holder.clone()) {
                collect(root, &holder, seen, all);
                all.push(holder);
            }
        }
    }
    let (mut seen, mut all) = (BTreeSet::from([module.to_owned()]), Vec::new());
    collect(root, module, &mut seen, &mut all);
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    const CARD: &str = "0000:01:00.0";

    fn tree(files: &[&str]) -> tempfile::TempDir {
        let tree = tempfile::tempdir().unwrap();
        for file in files {
            let (path, text) = file.split_once(' ').unwrap_or((file, ""));
            std::fs::create_dir_all(tree.path().join(path).parent().unwrap()).unwrap();
            std::fs::write(tree.path().join(path), text).unwrap();
        }
        tree
    }

    fn found(files: &[&str], driver: &str) -> Keepers {
        let tree = tree(files);
        keepers(&Root::captured(tree.path()), [(CARD.parse().unwrap(), driver)])
    }

    const LOADED: [&str; 5] = [
        "sys/module/nvidia_drm/parameters/modeset Y",
        "sys/module/nvidia/holders/nvidia_modeset",
        "sys/module/nvidia/holders/nvidia_uvm",
        "sys/module/nvidia_modeset/holders/nvidia_drm",
        "sys/bus/pci/drivers/nvidia/0000:01:00.0",
    ];

    #[test]
    fn modules_come_in_an_order_in_which_each_can_be_unloaded() {
        let keepers = found(&LOADED, "nvidia");
        assert_eq!(keepers.modules, ["nvidia_drm", "nvidia_modeset", "nvidia_uvm"]);
        assert_eq!((keepers.others, keepers.daemons.len()), (vec![], 2));
    }

    #[test]
    fn another_card_of_the_driver_is_named() {
        let more = [&LOADED[..], &["sys/bus/pci/drivers/nvidia/0000:02:00.0", "sys/bus/pci/drivers/nvidia/module"]].concat();
        assert_eq!(found(&more, "nvidia").others, ["0000:02:00.0".parse().unwrap()]);
    }

    #[test]
    fn modules_stay_where_they_do_not_keep_the_card() {
        let off = ["sys/module/nvidia_drm/parameters/modeset N", LOADED[1], LOADED[3]];
        assert_eq!((found(&off, "nvidia").modules, found(&LOADED, "amdgpu")), (Vec::<String>::new(), Keepers::default()));
    }

    #[test]
    fn modules_that_hold_each_other_are_each_named_once() {
        let round =
            [LOADED[0], "sys/module/nvidia/holders/a", "sys/module/a/holders/b", "sys/module/b/holders/a", "sys/module/b/holders/nvidia"];
        assert_eq!(found(&round, "nvidia").modules, ["b", "a"]);
    }
}
