//! What the way through the service adds to taking a device from the host: calls, and the same writes by hand, in turns.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Instant,
};

use anyhow::{Context, ensure};
use dbus::{interface, path};

use crate::{client::Client, value};

const OVERRIDE: &str = "driver_override";
const PROBE: &str = "/sys/bus/pci/drivers_probe";

/// A device in sysfs.
struct Device<'a> {
    address: &'a str,
    directory: PathBuf,
}

impl Device<'_> {
    fn driver(&self) -> anyhow::Result<String> {
        let link = fs::read_link(self.directory.join("driver")).context("no driver")?;
        Ok(link.file_name().unwrap_or_default().to_string_lossy().into_owned())
    }

    /// The writes of the service, and the look whether it is so.
    fn to(&self, chosen: &str, driver: &str) -> anyhow::Result<()> {
        fs::write(self.directory.join(OVERRIDE), chosen)?;
        fs::write(self.directory.join("driver/unbind"), self.address)?;
        fs::write(PROBE, self.address)?;
        ensure!(self.driver()? == driver, "{} is not at {driver}", self.address);
        Ok(())
    }
}

/// Durations in ms.
#[derive(Default)]
struct Times(Vec<f64>);

impl Times {
    /// A line as the benchmarks read it.
    fn report(mut self, metric: &str) {
        self.0.sort_by(f64::total_cmp);
        let (count, last) = (self.0.len(), self.0.len().saturating_sub(1));
        let at = |index: usize| self.0.get(index).copied().unwrap_or(f64::NAN);
        println!(
            "{{\"metric\":\"{metric}\",\"n\":1,\"unit\":\"ms\",\"median\":{:.4},\"min\":{:.4},\"max\":{:.4},\"runs\":{count}}}",
            f64::midpoint(at(last / 2), at(count / 2)),
            at(0),
            at(last)
        );
    }
}

async fn call(client: &Client, object: &str, method: &str, options: &[&str]) -> anyhow::Result<()> {
    let options = value::options(options)?;
    let outcome = client.request(object, interface::PASSTHROUGH, method, vec![options]).await?;
    outcome.map_err(|refusal| anyhow::anyhow!("{method}: {refusal:?}"))?;
    Ok(())
}

/// Takes the device and gives it back `rounds` times each way, after one that warms up, and prints four lines.
///
/// # Errors
/// If the device does not come to vfio-pci or back to its own driver.
pub async fn run(client: &Client, address: &str, rounds: usize) -> anyhow::Result<bool> {
    let directory = Path::new("/sys/bus/pci/devices").join(address);
    let (device, object) = (Device { address, directory }, path::host_device(address));
    let own = device.driver()?;
    let (mut raw, mut raw_back, mut ours, mut ours_back) = (Times::default(), Times::default(), Times::default(), Times::default());
    for round in 0..=rounds {
        let note = |times: &mut Times, began: Instant| {
            if round > 0 {
                times.0.push(began.elapsed().as_secs_f64() * 1000.0);
            }
        };
        let began = Instant::now();
        device.to("vfio-pci", "vfio-pci")?;
        note(&mut raw, began);
        let began = Instant::now();
        device.to("\n", &own)?;
        note(&mut raw_back, began);
        let began = Instant::now();
        call(client, &object, "Bind", &["allow-no-reset=true"]).await?;
        note(&mut ours, began);
        ensure!(device.driver()? == "vfio-pci", "not bound");
        let began = Instant::now();
        call(client, &object, "Release", &[]).await?;
        note(&mut ours_back, began);
        ensure!(device.driver()? == own, "not released");
    }
    raw.report("bind.raw");
    ours.report("bind.ours");
    raw_back.report("unbind.raw");
    ours_back.report("unbind.ours");
    Ok(true)
}
