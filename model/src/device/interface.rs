use super::owned;
use crate::xml::Element;

/// A network card.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Interface {
    /// In lower case; empty when libvirt is to choose one.
    pub mac: String,
    /// libvirt's `type`: `network`, `bridge`, `user`, `direct`, `hostdev`, `vhostuser`, `vdpa`, `ethernet` …
    pub kind: String,
    /// What it is plugged into: name of the network, the bridge, the host interface, or a host path; empty without one.
    pub source: String,
    /// Name of the host's end, only while running: `vnet0`.
    pub target: String,
    /// `virtio`, `e1000e` …; empty when not given.
    pub model: String,
    pub portgroup: String,
    pub alias: String,
    pub link_is_up: bool,
    /// Whether libvirt binds and unbinds the driver, if it is a device of the host.
    pub managed: bool,
    /// Whether the guest sees a ROM from a file rather than the card's own.
    pub has_rom_file: bool,
    /// The only VLAN that it is in; 0 without one, or with several.
    pub vlan: u16,
}

impl Interface {
    pub(crate) fn read(element: &Element<'_, '_>) -> Self {
        let mut read = Self { kind: owned(element, "type"), link_is_up: true, ..Self::default() };
        read.managed = element.attribute("managed").as_deref() == Some("yes");
        for child in element.children() {
            match child.name() {
                "mac" => read.mac = owned(&child, "address").to_ascii_lowercase(),
                "source" => {
                    read.source = source(&read.kind, &child);
                    read.portgroup = owned(&child, "portgroup");
                }
                "target" => read.target = owned(&child, "dev"),
                "model" => read.model = owned(&child, "type"),
                "alias" => read.alias = owned(&child, "name"),
                "vlan" => read.vlan = only_tag(&child),
                "rom" => read.has_rom_file = !owned(&child, "file").is_empty(),
                "link" => read.link_is_up = child.attribute("state").as_deref() != Some("down"),
                _ => {}
            }
        }
        read
    }

    /// The host path of a vhost-user socket or a vDPA device.
    #[must_use]
    pub fn path(&self) -> Option<&str> {
        (matches!(self.kind.as_str(), "vhostuser" | "vdpa") && !self.source.is_empty()).then_some(self.source.as_str())
    }
}

fn source(kind: &str, source: &Element<'_, '_>) -> String {
    let attribute = match kind {
        "network" => "network",
        "bridge" => "bridge",
        "direct" | "vdpa" | "user" | "null" => "dev",
        "vhostuser" => "path",
        "vds" => "switchid",
        "internal" => "name",
        "hostdev" => return source.child("address").map_or_else(String::new, |address| super::host::pci_address(&address)),
        "server" | "client" | "mcast" | "udp" => return endpoint(source),
        _ => return String::new(),
    };
    owned(source, attribute)
}

fn only_tag(vlan: &Element<'_, '_>) -> u16 {
    let mut tags = vlan.children_named("tag").map(|tag| owned(&tag, "id"));
    match (tags.next(), tags.next()) {
        (Some(one), None) => one.parse().ok().filter(|id| *id < 4095).unwrap_or_default(),
        _ => 0,
    }
}

fn endpoint(source: &Element<'_, '_>) -> String {
    let (address, port) = (owned(source, "address"), owned(source, "port"));
    [address.as_str(), ":", port.as_str()].concat()
}
