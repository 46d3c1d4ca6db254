//! The service in the test's own process, on a host that is simulated.

use dbus::{host::LeftBehind, interface};
use service::{
    Service,
    config::{Config, Judging},
    host::Root,
    libvirt,
};
use std::{path::Path, sync::Once, time::Duration};
use uuid::Uuid;
use zbus::Connection;

use crate::{bus::Bus, client::properties, within};

static LOOP: Once = Once::new();

/// A service on a private bus, and a client of it.
#[derive(Debug)]
pub struct Simulated {
    /// A client.
    pub connection: Connection,
    /// The service's own connection. Without it the service is gone.
    pub server: Connection,
    /// The bus.
    pub bus: Bus,
    /// The service.
    pub service: Service,
}

impl Simulated {
    /// On `root`, with libvirt's built-in driver and the machines of a document of its.
    pub async fn start(root: Root, machines: &str) -> Self {
        let bus = Bus::start();
        let state = bus.directory().join("state");
        Self::on(bus, root, machines, &state, None).await
    }

    /// The same with a bus and a state directory that are there, and another time for one write.
    pub async fn on(bus: Bus, root: Root, machines: &str, state: &Path, write_time: Option<Duration>) -> Self {
        let file = bus.directory().join("machines.xml");
        std::fs::write(&file, machines).expect("write the machines");
        Self::with(bus, root, format!("test://{}", file.display()), state, write_time).await
    }

    /// On `root`, with the libvirt behind a URI.
    pub async fn on_libvirt(root: Root, uri: &str) -> Self {
        let bus = Bus::start();
        let state = bus.directory().join("state");
        Self::with(bus, root, uri.to_owned(), &state, None).await
    }

    async fn with(bus: Bus, root: Root, uri: String, state: &Path, write_time: Option<Duration>) -> Self {
        LOOP.call_once(|| libvirt::event::start_loop().expect("libvirt's event loop"));
        let server = bus.connect().await;
        let config = Config { uri, judging: Judging::OwnUser, state_directory: state.to_owned(), history_always: false, root, write_time };
        let mut service = Service::start(&server, &config).await.expect("the service");
        within("the machines", service.ready()).await;
        server.request_name(dbus::BUS_NAME).await.expect("the name");
        let connection = bus.connect().await;
        Self { connection, server, bus, service }
    }

    /// What the machine of [`machine_with`] is at its next start, as libvirt has it.
    pub async fn definition(&self) -> String {
        self.service.context().libvirt.next_xml(MACHINE).await.expect("the definition")
    }
}

impl Simulated {
    /// What changes of devices left behind.
    pub async fn left(&self) -> Vec<LeftBehind> {
        let all = properties(&self.connection, dbus::path::HOST, interface::HOST).await;
        Vec::<LeftBehind>::try_from(all["LeftBehind"].try_clone().expect("a list")).expect("a list")
    }

    /// The same when it is so.
    pub async fn left_when(&self, is_so: impl Fn(&[LeftBehind]) -> bool) -> Vec<LeftBehind> {
        loop {
            let left = self.left().await;
            if is_so(&left) {
                return left;
            }
            tokio::task::yield_now().await;
        }
    }
}

/// The UUID of the machine of [`machine_with`].
pub const MACHINE: Uuid = Uuid::from_u128(0x4000_8000_0000_0000_0000);

/// A host of libvirt's built-in driver with one machine, `a`, that is off and names these PCI devices.
#[must_use]
pub fn machine_with(addresses: &[&str]) -> String {
    let device = |address: &&str| {
        let parts: Vec<&str> = address.split([':', '.']).collect();
        let (segment, bus, slot, function) = (parts[0], parts[1], parts[2], parts[3]);
        format!(
            "<hostdev mode='subsystem' type='pci' managed='yes'><source>\
             <address domain='0x{segment}' bus='0x{bus}' slot='0x{slot}' function='0x{function}'/></source></hostdev>"
        )
    };
    format!(
        "<node><domain type='test' xmlns:test='http://libvirt.org/schemas/domain/test/1.0'><name>a</name>\
         <uuid>00000000-0000-4000-8000-000000000000</uuid><memory unit='MiB'>64</memory><vcpu>1</vcpu>\
         <os><type>hvm</type></os><test:runstate>5</test:runstate><devices>{}</devices></domain></node>",
        addresses.iter().map(device).collect::<String>()
    )
}

/// The path of that machine.
#[must_use]
pub fn machine_path() -> zbus::OwnedObjectPath {
    dbus::path::machine(MACHINE)
}
