//! Seeing that a device, a mount, a swap or a route came or went: the kernel says so, and nothing is asked in between.

use std::{fs::File, io, os::fd::OwnedFd};

use inotify::{Inotify, WatchMask};
use rustix::{
    event::epoll,
    net::{
        self, AddressFamily, RecvFlags, SocketAddrAny, SocketFlags, SocketType,
        netlink::{self, SocketAddrNetlink},
    },
};

use super::{Root, input};

/// The kernel's own messages about devices.
const KERNEL: u32 = 1;
/// Links, and routes of IPv4 and IPv6 (`RTMGRP_LINK`, `RTMGRP_IPV4_ROUTE`, `RTMGRP_IPV6_ROUTE`).
const ROUTES: u32 = 1 | 0x40 | 0x400;
/// Subsystems whose devices change nothing that is shown.
const QUIET: [&str; 8] = ["power_supply", "bdi", "thermal", "workqueue", "cpu", "queues", "msr", "hwmon"];
/// At most this many messages are looked at before something else has its turn.
const MOST_MESSAGES: usize = 1024;

/// Everything that is watched, behind one descriptor that becomes readable when something happened.
#[derive(Debug)]
pub struct Watch {
    events: OwnedFd,
    devices: OwnedFd,
    routes: Option<OwnedFd>,
    /// What udev makes of inputs: it has its word after the kernel.
    names: Option<Inotify>,
    _tables: Vec<File>,
}

impl Watch {
    /// Starts watching the host.
    ///
    /// # Errors
    /// The kernel's; where the service may not have such a socket, too.
    pub fn new(root: &Root) -> io::Result<Self> {
        let events = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        let devices = socket(Some(netlink::KOBJECT_UEVENT), KERNEL)?;
        // Without routes, the uses of network cards are seen with the next change of a device.
        let routes = socket(None, ROUTES).ok();
        for socket in routes.iter().chain([&devices]) {
            epoll::add(&events, socket, epoll::EventData::new_u64(0), epoll::EventFlags::IN)?;
        }
        let names = watch_names(root);
        if let Some(names) = &names {
            epoll::add(&events, names, epoll::EventData::new_u64(0), epoll::EventFlags::IN)?;
        }
        // The kernel raises an exception on these tables when they change.
        let tables: Vec<File> =
            ["proc/self/mountinfo", "proc/swaps"].iter().filter_map(|table| File::open(root.path(table)).ok()).collect();
        for table in &tables {
            let flags = epoll::EventFlags::PRI | epoll::EventFlags::ET;
            epoll::add(&events, table, epoll::EventData::new_u64(0), flags)?;
        }
        Ok(Self { events, devices, routes, names, _tables: tables })
    }

    /// Follows the host on a thread of its own, which sleeps while nothing happens, and calls `tell` whenever a device may
    /// have changed, until that says no.
    ///
    /// # Errors
    /// If there can be no such thread.
    pub fn follow(mut self, tell: impl Fn() -> bool + Send + 'static) -> io::Result<()> {
        let follow = move || {
            loop {
                match self.wait() {
                    Ok(false) => {}
                    Ok(true) if tell() => {}
                    Ok(true) => return,
                    Err(error) => return tracing::error!(%error, "Devices that come and go are not seen any more"),
                }
            }
        };
        std::thread::Builder::new().name("host-events".into()).stack_size(128 * 1024).spawn(follow).map(drop)
    }

    /// Waits until something has happened. Returns whether it may concern a device.
    fn wait(&mut self) -> io::Result<bool> {
        let mut events = Vec::with_capacity(8);
        match epoll::wait(&self.events, rustix::buffer::spare_capacity(&mut events), None) {
            Ok(_) => {}
            Err(rustix::io::Errno::INTR) => return Ok(false),
            Err(error) => return Err(error.into()),
        }
        let has_new_tables = events.iter().any(|event: &epoll::Event| { event.flags }.contains(epoll::EventFlags::PRI));
        let has_routes = self.routes.as_ref().is_some_and(|routes| drain(routes, |_| true));
        let has_names = self.names.as_mut().is_some_and(has_names);
        Ok(drain(&self.devices, is_of_interest) | has_routes | has_names | has_new_tables)
    }
}

/// Follows what udev writes down; `None` where there is no udev.
fn watch_names(root: &Root) -> Option<Inotify> {
    let names = Inotify::init().ok()?;
    names.watches().add(root.path(input::KNOWN), WatchMask::MOVED_TO | WatchMask::CLOSE_WRITE | WatchMask::ONLYDIR).ok()?;
    Some(names)
}

/// Takes every notice. Returns whether one of them is about an input, or some were lost.
fn has_names(names: &mut Inotify) -> bool {
    let (mut buffer, mut concerns) = ([0; 4096], false);
    for _ in 0..MOST_MESSAGES {
        // Nothing more to read is an error, too.
        let Ok(notices) = names.read_events(&mut buffer) else { break };
        concerns |= notices
            .into_iter()
            .any(|notice| notice.name.is_none_or(|name| name.to_str().is_some_and(|name| name.starts_with(input::CHARACTER))));
    }
    concerns
}

/// Takes every message. Returns whether one of them is of interest, or some were lost.
fn drain(socket: &OwnedFd, is_of_interest: impl Fn(&[u8]) -> bool) -> bool {
    let mut concerns = false;
    for _ in 0..MOST_MESSAGES {
        match receive(socket) {
            Ok(Some(message)) => concerns |= is_of_interest(&message),
            Ok(None) => break,
            Err(_) => concerns = true,
        }
    }
    concerns
}

fn socket(protocol: Option<net::Protocol>, groups: u32) -> io::Result<OwnedFd> {
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    let socket = net::socket_with(AddressFamily::NETLINK, SocketType::DGRAM, flags, protocol)?;
    net::bind(&socket, &SocketAddrNetlink::new(0, groups))?;
    Ok(socket)
}

/// The next message of the kernel's; `None` if there is none now.
fn receive(socket: &OwnedFd) -> io::Result<Option<Vec<u8>>> {
    let mut buffer = vec![0; 8192];
    match net::recvfrom(socket, &mut buffer[..], RecvFlags::empty()) {
        Ok((length, _, sender)) => {
            buffer.truncate(length);
            // Other processes could send here, too, and have a number.
            let is_kernel =
                sender.is_some_and(|sender: SocketAddrAny| SocketAddrNetlink::try_from(sender).is_ok_and(|sender| sender.pid() == 0));
            Ok(Some(if is_kernel { buffer } else { Vec::new() }))
        }
        Err(rustix::io::Errno::AGAIN | rustix::io::Errno::INTR) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Whether a message about a device may change what is shown.
fn is_of_interest(message: &[u8]) -> bool {
    let subsystem = message.split(|byte| *byte == 0).find_map(|field| field.strip_prefix(b"SUBSYSTEM="));
    subsystem.and_then(|subsystem| std::str::from_utf8(subsystem).ok()).is_some_and(|subsystem| !QUIET.contains(&subsystem))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_is_of_interest_and_a_battery_is_not() {
        assert!(is_of_interest(b"add@/devices/pci0000:00/x\0ACTION=add\0SUBSYSTEM=block\0SEQNUM=1\0"));
        assert!(!is_of_interest(b"change@/devices/x\0ACTION=change\0SUBSYSTEM=power_supply\0"));
        assert!(!is_of_interest(b""));
    }

    #[test]
    fn what_another_process_says_is_not_heard() {
        let Ok(watch) = Watch::new(&Root::host()) else {
            eprintln!("SKIPPED: no netlink here");
            return;
        };
        drain(&watch.devices, is_of_interest);
        let liar = socket(Some(netlink::KOBJECT_UEVENT), 0).unwrap();
        let name = net::getsockname(&watch.devices).unwrap();
        let pid = SocketAddrNetlink::try_from(name).unwrap().pid();
        net::sendto(&liar, b"add@/x\0SUBSYSTEM=pci\0", net::SendFlags::empty(), &SocketAddrNetlink::new(pid, 0)).unwrap();
        let received = receive(&watch.devices).unwrap();
        assert!(received.is_none_or(|message| !is_of_interest(&message)), "only the kernel is heard");
    }
}
