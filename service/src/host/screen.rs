//! What the host shows on graphics cards: consoles and the firmware's frame buffers. They let go before a card's driver does, and
//! come back after it.

use std::io;

use super::{
    Root,
    pci::{self, PciAddress, usage::owners},
};
use crate::{
    policy::{Grant, action::HostDevice},
    store::hand_over::{Buffer, Record},
};

const CONSOLES: &str = "sys/class/vtconsole";
/// Drivers of the platform for what the firmware has set up.
const DRIVERS: [&str; 3] = ["efi-framebuffer", "simple-framebuffer", "vesa-framebuffer"];

/// What is to let go of some cards.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Screen {
    /// Consoles: their place now, and what the kernel calls them.
    pub consoles: Vec<(String, String)>,
    /// The firmware's frame buffers.
    pub buffers: Vec<Buffer>,
}

/// Reads what shows on these cards. The kernel has one console for all frame buffers: it goes if one of the cards has any.
#[must_use]
pub fn on(root: &Root, cards: &[PciAddress]) -> Screen {
    let is_boot_display = |card: &PciAddress| root.line(&format!("{}/boot_vga", pci::directory(*card))) == "1";
    let has_boot_display = cards.iter().any(is_boot_display);
    // What the firmware left belongs to no card in older kernels, and is on the one that it started on.
    let is_on_them = |path: &str| {
        let owners = owners(root, path);
        if owners.is_empty() { has_boot_display } else { owners.iter().any(|owner| cards.contains(owner)) }
    };
    let devices = DRIVERS
        .iter()
        .flat_map(|driver| root.names(&format!("sys/bus/platform/drivers/{driver}")).into_iter().map(move |device| (driver, device)));
    let is_device =
        |driver: &str, device: &str| root.link(&format!("sys/bus/platform/drivers/{driver}/{device}")).is_some() && device != "module";
    let buffers: Vec<Buffer> = devices
        .filter(|(driver, device)| is_device(driver, device) && is_on_them(&format!("sys/bus/platform/drivers/{driver}/{device}")))
        .map(|(driver, device)| Buffer { driver: (*driver).to_owned(), device })
        .collect();
    let shown = root.names("sys/class/graphics").into_iter().filter(|name| name.starts_with("fb") && name != "fbcon");
    let has_any = shown.into_iter().any(|name| is_on_them(&format!("sys/class/graphics/{name}/device")));
    let consoles = if has_any || !buffers.is_empty() { consoles(root).filter(|(at, _)| is_bound(root, at)).collect() } else { Vec::new() };
    Screen { consoles, buffers }
}

/// Consoles on frame buffers. One on a text screen is the kernel's own and does not let go.
fn consoles(root: &Root) -> impl Iterator<Item = (String, String)> {
    let named = root.names(CONSOLES).into_iter().map(|at| {
        let name = root.line(&format!("{CONSOLES}/{at}/name"));
        (at, name)
    });
    named.filter(|(_, name)| name.contains("frame buffer"))
}

fn is_bound(root: &Root, at: &str) -> bool {
    root.line(&format!("{CONSOLES}/{at}/bind")) == "1"
}

fn is_driven(root: &Root, buffer: &Buffer) -> bool {
    root.exists(&format!("sys/bus/platform/drivers/{}/{}", buffer.driver, buffer.device))
}

/// Has the consoles and frame buffers let go, in order.
///
/// # Errors
/// The kernel's, at the first that does not.
pub fn free(root: &Root, _: &Grant<HostDevice>, screen: &Screen) -> io::Result<()> {
    for (at, _) in &screen.consoles {
        root.write(&format!("{CONSOLES}/{at}/bind"), "0")?;
        // The kernel takes the write in any case.
        if is_bound(root, at) {
            return Err(io::ErrorKind::ResourceBusy.into());
        }
    }
    for buffer in &screen.buffers {
        root.write(&format!("sys/bus/platform/drivers/{}/unbind", buffer.driver), &buffer.device)?;
    }
    Ok(())
}

/// Something that did not come back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Left {
    /// `console`, `frame-buffer`, `device`, `module`, `daemon`, `display-manager`.
    pub part: &'static str,
    /// Which.
    pub name: String,
    /// What an administrator can do about it.
    pub repair: String,
}

/// Has what a record names show again. Can be done again, from anywhere in between. Returns what does not.
#[must_use]
pub fn restore(root: &Root, record: &Record) -> Vec<Left> {
    let mut left = Vec::new();
    for buffer in record.buffers.iter().rev().filter(|buffer| !is_driven(root, buffer)) {
        let path = format!("sys/bus/platform/drivers/{}/bind", buffer.driver);
        if let Err(error) = root.write(&path, &buffer.device) {
            tracing::warn!(device = buffer.device, %error, "A frame buffer does not come back");
            let repair = format!("echo {} > /{path}", buffer.device);
            left.push(Left { part: "frame-buffer", name: buffer.device.clone(), repair });
        }
    }
    for name in record.consoles.iter().rev() {
        let of_name: Vec<String> = consoles(root).filter(|(_, other)| other == name).map(|(at, _)| at).collect();
        if of_name.iter().any(|at| is_bound(root, at)) {
            continue;
        }
        let is_back = of_name.first().is_some_and(|at| root.write(&format!("{CONSOLES}/{at}/bind"), "1").is_ok() && is_bound(root, at));
        if !is_back {
            let at = of_name.first().map_or("*", String::as_str);
            left.push(Left { part: "console", name: name.clone(), repair: format!("echo 1 > /{CONSOLES}/{at}/bind") });
        }
    }
    left
}
