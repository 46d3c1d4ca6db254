//! Which parts of a running machine wait for its next start.
//!
//! A running machine has two documents: the live one and the one its next start will use. libvirt fills the live one with what
//! it found or chose at start, so equal settings do not mean equal text. The comparison is therefore an allow-list: per part of
//! the document, the fields that a person can set; everything else is ignored, among it
//!
//! - aliases, guest addresses, the `id`, dynamic security labels, `<resource>`, backing chains, ports and pty paths;
//! - the size of the balloon (`<currentMemory>`): it moves without anybody's edit, and setting it needs no restart. Only
//!   `<memory>` and `<maxMemory>` count, rounded up as QEMU does;
//! - the expansion of a `host-model` CPU, and features that libvirt added to a `check='full'` CPU. So a change from a named
//!   model *to* `host-model` is not seen, nor the removal of a feature;
//! - attributes marked `~` in the tables: the live document has them filled in when the next one leaves them open.

mod cpu;
mod device;
mod subtree;
mod table;

use crate::Error;
use crate::unit::Bytes;
use crate::xml::{Element, Tree};
use std::collections::BTreeSet;

/// Names of the parts that differ, sorted, each once:
/// `memory`, `vcpus`, `cpu`, `name`, `title`, `description`, `metadata`, `machine` (type and architecture), `firmware`, `boot`,
/// `features`, `clock`, `lifecycle` (what happens on power-off, reboot, crash), `security`, `emulator`, `arguments` (raw ones),
/// names of other direct children of `<domain>` (`cputune`, `numatune`, `memoryBacking` …), and devices: `disk:vda`,
/// `interface:52:54:00:…`, `filesystem:tag`, and otherwise kind and position from 0: `graphics:0`, `hostdev:1`.
///
/// # Errors
/// Those of [`Tree::parse`] for either document; `Missing` when a root is no `<domain>`.
pub fn unapplied(live: &str, next: &str) -> Result<Vec<String>, Error> {
    let (live, next) = (Tree::parse(live)?, Tree::parse(next)?);
    let (live, next) = (live.root(), next.root());
    if live.name() != "domain" || next.name() != "domain" {
        return Err(Error::Missing { what: "<domain>" });
    }
    let mut found = BTreeSet::new();
    let mut check = |name: &str, is_same: bool| {
        if !is_same {
            found.insert(name.to_owned());
        }
    };
    for name in ["name", "title", "description"] {
        check(name, text(live, name) == text(next, name));
    }
    check("memory", memory(&live, &next));
    check("vcpus", processors(&live) == processors(&next));
    check("cpu", cpu::is_same(live.child("cpu"), next.child("cpu")));
    check("metadata", subtree::is_same_set(live.child("metadata"), next.child("metadata")));
    check("machine", machine_type(&live, &next));
    check("firmware", firmware(&live, &next));
    check("boot", boot(&live) == boot(&next));
    check("features", features(&live, &next));
    check("clock", clock(&live, &next));
    check("lifecycle", LIFECYCLE.iter().all(|name| text(live, name) == text(next, name)));
    check("security", security(&live) == security(&next));
    for name in SUBTREES {
        check(name, subtree::covers(live.child(name), next.child(name)));
    }
    check("arguments", arguments(&live) == arguments(&next));
    device::compare(live.child("devices"), next.child("devices"), &mut found);
    Ok(found.into_iter().collect())
}

const LIFECYCLE: [&str; 4] = ["on_poweroff", "on_reboot", "on_crash", "on_lockfailure"];
/// Direct children that libvirt does not fill in at start, apart from attributes that the next document leaves open.
const SUBTREES: [&str; 17] = [
    "cputune",
    "numatune",
    "blkiotune",
    "memtune",
    "memoryBacking",
    "iothreads",
    "iothreadids",
    "defaultiothread",
    "sysinfo",
    "pm",
    "perf",
    "idmap",
    "keywrap",
    "launchSecurity",
    "bootloader",
    "bootloader_args",
    "throttlegroups",
];
/// QEMU rounds guest memory up to this.
const MEMORY_STEP: u64 = 1 << 20;
/// The same on POWER.
const MEMORY_STEP_POWER: u64 = 256 << 20;

fn text(root: Element<'_, '_>, name: &str) -> String {
    root.child(name).map_or_else(String::new, |child| child.text().trim().to_owned())
}

fn size(element: Element<'_, '_>) -> Option<u64> {
    Bytes::parse(&element.text(), element.attribute("unit").as_deref()).ok().map(|bytes| bytes.0)
}

fn memory(live: &Element<'_, '_>, next: &Element<'_, '_>) -> bool {
    let power = next.find(&["os", "type"]).and_then(|kind| kind.attribute("arch")).is_some_and(|arch| arch.starts_with("ppc64"));
    let step = if power { MEMORY_STEP_POWER } else { MEMORY_STEP };
    let rounded = |root: &Element<'_, '_>, name: &str| root.child(name).and_then(size).map(|bytes| bytes.div_ceil(step));
    ["memory", "maxMemory"].iter().all(|name| rounded(live, name) == rounded(next, name)) && slots(live) == slots(next)
}

fn slots(root: &Element<'_, '_>) -> Option<String> {
    root.child("maxMemory").and_then(|element| element.attribute("slots")).map(std::borrow::Cow::into_owned)
}

/// How many, how many of them on, and where. A `current` equal to the maximum means the same as none.
fn processors(root: &Element<'_, '_>) -> (String, String, String) {
    let Some(vcpu) = root.child("vcpu") else { return ("1".to_owned(), "1".to_owned(), String::new()) };
    let maximum = vcpu.text().trim().to_owned();
    let current = vcpu.attribute("current").map_or_else(|| maximum.clone(), |current| current.trim().to_owned());
    (maximum, current, vcpu.attribute("cpuset").unwrap_or_default().into_owned())
}

/// The live document names the exact machine type where the next one may have an alias (`q35`).
fn machine_type(live: &Element<'_, '_>, next: &Element<'_, '_>) -> bool {
    let (Some(live), Some(next)) = (live.find(&["os", "type"]), next.find(&["os", "type"])) else { return true };
    let open = |name: &str| match (live.attribute(name), next.attribute(name)) {
        (_, None) => true,
        (Some(live), Some(next)) => live == next || (name == "machine" && is_alias(&next, &live)),
        (None, Some(_)) => false,
    };
    live.text().trim() == next.text().trim() && open("arch") && open("machine")
}

fn is_alias(alias: &str, exact: &str) -> bool {
    let family = match alias {
        "pc" => "pc-i440fx-",
        "q35" => "pc-q35-",
        other => return exact.strip_prefix(other).is_some_and(|rest| rest.starts_with('-')),
    };
    exact.starts_with(family)
}

/// Automatic selection fills the live document with a loader and variables, and older libvirt drops the wish itself.
fn firmware(live: &Element<'_, '_>, next: &Element<'_, '_>) -> bool {
    let (Some(live), Some(next)) = (live.child("os"), next.child("os")) else { return true };
    let wish = |os: &Element<'_, '_>| os.attribute("firmware").map(std::borrow::Cow::into_owned);
    let has_loader = live.child("loader").is_some();
    match (wish(&live), wish(&next)) {
        (live, Some(next)) if live.as_ref() == Some(&next) => {}
        (None, Some(next)) if (next == "efi") == has_loader => {}
        (None, None) if has_loader == next.child("loader").is_some() => {}
        // A next document without a wish still has the loader that was selected when it was defined.
        (Some(_), None) if next.child("loader").is_some() => {}
        _ => return false,
    }
    let loaders =
        device::fields(&live, &next, &["~loader", "~loader@type", "~loader@secure", "~loader@readonly", "~nvram", "~nvram/source@file"]);
    let wishes = subtree::covers(live.child("firmware"), next.child("firmware")) || live.child("firmware").is_none();
    loaders && wishes
}

/// A firmware with Secure Boot that libvirt selected turns system management mode on.
fn features(live: &Element<'_, '_>, next: &Element<'_, '_>) -> bool {
    let is_selected = next.child("os").is_some_and(|os| os.attribute("firmware").is_some());
    subtree::covers_but(live.child("features"), next.child("features"), if is_selected { "smm" } else { "" })
}

/// What starts first: the list of kinds, the order of devices, a kernel from the host, the menu.
fn boot(root: &Element<'_, '_>) -> Vec<String> {
    let mut parts = Vec::new();
    if let Some(os) = root.child("os") {
        parts.extend(os.children_named("boot").filter_map(|boot| boot.attribute("dev")).map(std::borrow::Cow::into_owned));
        for name in ["kernel", "initrd", "cmdline", "dtb", "init", "initdir", "inituser"] {
            parts.push(text(os, name));
        }
        parts.extend(os.children_named("initarg").map(|argument| argument.text().into_owned()));
        for (name, attribute) in
            [("bootmenu", "enable"), ("bootmenu", "timeout"), ("bios", "useserial"), ("bios", "rebootTimeout"), ("smbios", "mode")]
        {
            parts.push(os.child(name).and_then(|child| child.attribute(attribute)).unwrap_or_default().into_owned());
        }
    }
    let devices = root.child("devices").into_iter().flat_map(|devices| devices.children());
    let mut ordered: Vec<_> = devices
        .filter_map(|device| {
            let order = device.child("boot")?.attribute("order")?.parse::<u32>().ok()?;
            Some((order, device::identity(&device).unwrap_or_else(|| device.name().to_owned())))
        })
        .collect();
    ordered.sort();
    parts.extend(ordered.into_iter().map(|(_, name)| name));
    parts
}

/// A clock with offset `variable` moves its adjustment while the guest runs.
fn clock(live: &Element<'_, '_>, next: &Element<'_, '_>) -> bool {
    let (live, next) = (live.child("clock"), next.child("clock"));
    match (live, next) {
        (Some(live), Some(next)) => {
            let timers = subtree::canonical_children(&live) == subtree::canonical_children(&next);
            timers && device::fields(&live, &next, &["@offset", "~@basis", "~@timezone", "~@start"])
        }
        (live, next) => live.is_none() && next.is_none(),
    }
}

/// Dynamic labels are made up at each start; only fixed ones are a setting.
fn security(root: &Element<'_, '_>) -> Vec<String> {
    let labels = root.children_named("seclabel");
    let mut fixed: Vec<_> = labels
        .filter(|label| label.attribute("type").is_some_and(|kind| kind != "dynamic"))
        .map(|label| {
            let attribute = |name| label.attribute(name).unwrap_or_default().into_owned();
            [attribute("model"), attribute("type"), text(label, "label")].join(" ")
        })
        .collect();
    fixed.sort();
    fixed
}

/// Children of foreign namespaces, such as `qemu:commandline`.
fn arguments(root: &Element<'_, '_>) -> Vec<String> {
    root.children().filter(|child| child.name().contains(':')).map(|child| subtree::canonical(&child)).collect()
}
