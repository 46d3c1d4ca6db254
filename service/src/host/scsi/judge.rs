//! Why a SCSI device must not be taken from the host.

use std::collections::BTreeSet;

use super::{Address, Device, Devices, is_of_a_model, known_by};
use crate::host::{
    Root,
    finding::{Finding, Findings},
    pci::handles,
};

/// Judges whether the host can do without a device. If `is_owned`, a machine has it, and its program is known.
#[must_use]
pub fn judge(root: &Root, known: &Devices, address: Address, is_owned: bool) -> Findings {
    let mut findings = Findings::default();
    let name = address.to_string();
    let Some(device) = known.get(&address) else {
        findings.reasons.push(Finding::new("gone", &name));
        return findings;
    };
    // There may be several ways to one disk, and the host may use it by another one.
    let ways = ways(known, address, device);
    let all = || ways.iter().filter_map(|way| known.get(way));
    findings.reasons.extend(all().flat_map(|way| &way.uses).map(|(word, part)| Finding::new(word, &name).named(part)));
    if matches!(device.kind, "controller" | "other") {
        findings.reasons.push(Finding::new("not-given", &name).named(device.kind));
    }
    if device.generic.is_empty() {
        findings.reasons.push(Finding::new("no-generic", &name));
    }
    let others = ways.iter().filter(|way| **way != address);
    findings.warnings.extend(others.map(|way| Finding::new("several-ways", &name).named(&way.to_string())));
    if !is_owned {
        let files: BTreeSet<String> = all().flat_map(|way| way.files.iter().cloned()).collect();
        let open = handles::of_files(root, &files);
        findings.reasons.extend(open.holders.iter().map(|holder| Finding::new("open", &name).named(&holder.file)));
        if open.are_partial {
            findings.warnings.push(Finding::new("open-files-hidden", &name));
        }
    }
    findings.sort();
    findings
}

/// Every address of this device, itself among them.
fn ways(known: &Devices, address: Address, device: &Device) -> Vec<Address> {
    match device.identity() {
        Some(identity) if !is_of_a_model(&identity) => known_by(known, &identity),
        _ => vec![address],
    }
}

/// Where the device is now that a definition had at `address` and knows by `identity`.
///
/// # Errors
/// The word for why that cannot be told: `gone` if it is not there, `same-identity` if several are known by the same and none is where it was,
/// or nothing tells them apart.
pub fn find(known: &Devices, address: Address, identity: &str) -> Result<Address, &'static str> {
    let found = known_by(known, identity);
    match found[..] {
        [] => Err("gone"),
        [only] => Ok(only),
        _ if !is_of_a_model(identity) && found.contains(&address) => Ok(address),
        _ => Err("same-identity"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Address {
        text.parse().unwrap()
    }

    fn known(all: &[(&str, &'static str, &str)]) -> Devices {
        let device = |kind: &'static str, wwid: &str| Device { kind, model: "Model".into(), wwid: wwid.into(), ..Device::default() };
        all.iter().map(|(address, kind, wwid)| (at(address), device(kind, wwid))).collect()
    }

    #[test]
    fn a_device_is_found_where_it_is_and_never_guessed() {
        let host =
            known(&[("0:0:0:0", "disk", "naa.1"), ("1:0:0:0", "disk", "naa.2"), ("2:0:0:0", "disk", "naa.2"), ("3:0:0:0", "tape", "")]);
        assert_eq!(find(&host, at("0:0:0:0"), "naa.1"), Ok(at("0:0:0:0")));
        assert_eq!(find(&host, at("1:0:0:0"), "naa.1"), Ok(at("0:0:0:0")), "it has moved");
        assert_eq!(find(&host, at("0:0:0:0"), "naa.3"), Err("gone"), "another is in its place");
        assert_eq!(find(&host, at("2:0:0:0"), "naa.2"), Ok(at("2:0:0:0")), "the way that was chosen");
        assert_eq!(find(&host, at("0:0:0:0"), "naa.2"), Err("same-identity"));
        assert_eq!(find(&host, at("9:0:0:0"), "model:/Model"), Ok(at("3:0:0:0")));
        let twins = known(&[("3:0:0:0", "tape", ""), ("4:0:0:0", "tape", "")]);
        assert_eq!(find(&twins, at("3:0:0:0"), "model:/Model"), Err("same-identity"), "it may be the other one");
    }
}
