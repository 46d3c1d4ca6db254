//! What a virtual function of a network card may: planned, judged, and set wholly or not at all.

use std::sync::Arc;

use super::passthrough::{blocking, running, supervise};
use crate::{
    context::Context,
    error::{Error, Result, allow},
    host::{
        Root,
        finding::Findings,
        function::{self, LinkState, Mac, Protocol, Rate, Setting, Settings, Vlan},
        gate::{self, Question},
        pci::{self, PciAddress},
    },
    policy::{Grant, action::HostSriov},
};

/// What is asked for; what is not named stays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wish {
    pub mac: Option<Mac>,
    pub vlan: Option<u16>,
    pub qos: Option<u8>,
    pub protocol: Option<Protocol>,
    pub least: Option<u32>,
    pub most: Option<u32>,
    pub spoof_check: Option<bool>,
    pub link_state: Option<LinkState>,
    pub trust: Option<bool>,
}

impl Wish {
    /// What becomes of these settings.
    ///
    /// # Errors
    /// `InvalidArgument` if the least rate would be above the most.
    fn on(&self, before: &Settings) -> Result<Settings> {
        // Without a VLAN there is nothing that its priority and kind could be of.
        let old = if self.vlan == Some(0) { Vlan::default() } else { before.vlan };
        let wanted = Settings {
            mac: self.mac.unwrap_or(before.mac),
            vlan: Vlan {
                id: self.vlan.unwrap_or(old.id),
                qos: self.qos.unwrap_or(old.qos),
                protocol: self.protocol.unwrap_or(old.protocol),
            },
            rate: Rate { least: self.least.unwrap_or(before.rate.least), most: self.most.unwrap_or(before.rate.most) },
            spoof_check: self.spoof_check.unwrap_or(before.spoof_check),
            link_state: self.link_state.unwrap_or(before.link_state),
            trust: self.trust.unwrap_or(before.trust),
        };
        let invalid = Error::InvalidArgument { argument: "min-rate", reason: "above the most" };
        if wanted.is_sound() { Ok(wanted) } else { Err(invalid) }
    }
}

/// What would happen.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The function.
    pub address: PciAddress,
    pub before: Settings,
    pub after: Settings,
    /// What is set, in order.
    pub steps: Vec<Setting>,
    pub findings: Findings,
}

/// Looks at the host anew and tells what would happen. Changes nothing.
///
/// # Errors
/// `NotFound` if there is no such function, `NotSupported` if the driver tells of none, `InvalidArgument` for settings that
/// contradict each other.
pub async fn plan(context: &Arc<Context>, device: PciAddress, index: u32, wish: Wish) -> Result<Plan> {
    let (root, running) = (context.root.clone(), running(context).await?);
    blocking(move || look(&root, device, index, wish, &running)).await?
}

fn look(root: &Root, device: PciAddress, index: u32, wish: Wish, running: &[(PciAddress, String)]) -> Result<Plan> {
    let address = function::address(root, device, index).ok_or(Error::NotFound { what: "virtual function" })?;
    let functions = function::read(root, device).map_err(Error::io("Reading virtual functions"))?;
    let before = *functions.get(&index).ok_or(Error::NotSupported { reason: "the driver does not tell what its functions may" })?;
    let after = wish.on(&before)?;
    let steps = before.toward(&after);
    let findings = if steps.is_empty() {
        Findings::default()
    } else {
        let devices = pci::read_groups(root, &[address]);
        let question = Question { root, devices: &devices, taken: &[address], running, allow_no_reset: true };
        gate::judge_settings(&question, before.mac != after.mac)
    };
    Ok(Plan { address, before, after, steps, findings })
}

/// Gives a function of the device of the grant what is asked for.
///
/// # Errors
/// Those of [`plan`]; `Unsafe` while the host uses it, or a machine that runs would lose its address; `InvalidArgument` with the setting
/// that the driver refuses or does not keep, `NotSupported` if it knows none such; `Busy`, `TimedOut` as for other changes of devices.
/// It has the settings of before then, but for `TimedOut` at first.
pub async fn set(context: &Arc<Context>, grant: Grant<HostSriov>, index: u32, wish: Wish) -> Result<()> {
    let [device] = *grant.devices() else { return Err(Error::Internal("a virtual function of one device only")) };
    // Claimed first: what is judged and what is set are the same.
    let root = context.root.clone();
    let address = blocking(move || function::address(&root, device, index)).await?;
    let claim = context.changing.claim(address.into_iter().chain([device]).collect())?;
    let plan = plan(context, device, index, wish).await?;
    allow(&plan.findings)?;
    let (root, journal) = (context.root.clone(), context.store.journal());
    supervise(context, claim, move |pace| function::set(&root, &journal, &grant, index, &plan.after, pace)).await
}

/// What a driver's answer to one setting is to a caller.
pub(super) fn refused(setting: &'static str, source: std::io::Error) -> Error {
    use rustix::io::Errno;
    match source.raw_os_error().map(Errno::from_raw_os_error) {
        Some(Errno::OPNOTSUPP | Errno::NOSYS) => Error::NotSupported { reason: unknown_to_driver(setting) },
        Some(Errno::PERM | Errno::ACCESS) => Error::NotSupported { reason: "the service may not change network cards" },
        Some(Errno::NODEV) => Error::NotFound { what: "device" },
        Some(_) => Error::InvalidArgument { argument: setting, reason: "the driver refuses it" },
        None if source.kind() == std::io::ErrorKind::InvalidData => {
            Error::InvalidArgument { argument: setting, reason: "the driver does not keep it" }
        }
        None if source.kind() == std::io::ErrorKind::NotFound => Error::NotFound { what: "device" },
        None => Error::Io { action: "Changing a virtual function", source },
    }
}

fn unknown_to_driver(setting: &str) -> &'static str {
    match setting {
        "mac" => "the driver sets no mac",
        "vlan" => "the driver sets no vlan of this kind",
        "rate" => "the driver sets no rate",
        "spoof-check" => "the driver sets no spoof-check",
        "link-state" => "the driver sets no link-state",
        _ => "the driver sets no trust",
    }
}
