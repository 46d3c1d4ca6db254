use super::owned;
use crate::xml::Element;
use std::net::IpAddr;

/// Where a display server waits for clients.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Listen {
    /// An address; empty when libvirt's configuration decides, which is loopback unless an administrator changed it.
    Address(String),
    /// The address that a libvirt network has on the host; `address` is filled while running.
    Network { network: String, address: String },
    /// Host path of a Unix socket; empty when libvirt is to choose.
    Socket(String),
    /// Only through libvirt itself.
    Nowhere,
}

impl Listen {
    /// Whether somebody on another computer may reach it.
    #[must_use]
    pub fn is_public(&self) -> bool {
        match self {
            Self::Address(address) => is_public(address),
            Self::Network { .. } => true,
            Self::Socket(_) | Self::Nowhere => false,
        }
    }
}

/// A display server of the machine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Graphics {
    /// `vnc`, `spice`, `rdp`, `sdl`, `egl-headless`, `dbus` …
    pub kind: String,
    pub listen: Vec<Listen>,
    /// 0 when none is assigned.
    pub port: u16,
    /// 0 when none is assigned.
    pub tls_port: u16,
    pub autoport: bool,
    /// Only whether there is one: the text needs libvirt's secure flag and is not kept.
    pub has_password: bool,
    /// Host path of the render node; empty without.
    pub render_node: String,
    /// Address of a D-Bus display; empty for peer to peer.
    pub address: String,
}

impl Graphics {
    pub(crate) fn read(element: &Element<'_, '_>) -> Self {
        let port = |name| element.attribute(name).and_then(|port| port.parse().ok()).unwrap_or(0);
        Self {
            kind: owned(element, "type"),
            listen: listen(element),
            port: port("port"),
            tls_port: port("tlsPort"),
            autoport: element.attribute("autoport").as_deref() == Some("yes"),
            has_password: element.attribute("passwd").is_some(),
            render_node: element.child("gl").map_or_else(String::new, |gl| owned(&gl, "rendernode")),
            address: owned(element, "address"),
        }
    }

    /// Whether it listens on anything but loopback, a Unix socket or nothing at all.
    #[must_use]
    pub fn is_public(&self) -> bool {
        match self.kind.as_str() {
            "sdl" | "egl-headless" | "desktop" => false,
            "dbus" => self.address.starts_with("tcp:") || self.address.starts_with("nonce-tcp:"),
            // Only VirtualBox and bhyve serve RDP, and theirs listens everywhere unless told otherwise.
            "rdp" if self.listen.iter().all(|listen| *listen == Listen::Address(String::new())) => true,
            _ => self.listen.iter().any(Listen::is_public),
        }
    }
}

/// The elements win over the older attributes `listen` and `socket`; libvirt keeps both in step.
fn listen(element: &Element<'_, '_>) -> Vec<Listen> {
    let elements: Vec<_> = element.children_named("listen").map(|listen| one(&listen)).collect();
    if !elements.is_empty() {
        return elements;
    }
    match element.attribute("socket") {
        Some(path) => vec![Listen::Socket(path.into_owned())],
        None => vec![Listen::Address(owned(element, "listen"))],
    }
}

fn one(listen: &Element<'_, '_>) -> Listen {
    match listen.attribute("type").as_deref() {
        Some("network") => Listen::Network { network: owned(listen, "network"), address: owned(listen, "address") },
        Some("socket") => Listen::Socket(owned(listen, "socket")),
        Some("none") => Listen::Nowhere,
        _ => Listen::Address(owned(listen, "address")),
    }
}

/// A name other than `localhost` counts as public: what it resolves to is not known here.
fn is_public(address: &str) -> bool {
    if address.is_empty() || address.eq_ignore_ascii_case("localhost") {
        return false;
    }
    let bare = address.trim_start_matches('[').trim_end_matches(']');
    bare.parse::<IpAddr>().map_or(true, |address| !address.to_canonical().is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_counts_as_private() {
        for public in ["0.0.0.0", "::", "[::]", "192.168.1.5", "fe80::1", "::ffff:10.0.0.1", "vm.example.org", "127.0.0.1.example.org", "0"]
        {
            assert!(is_public(public), "{public}");
        }
        for private in ["", "127.0.0.1", "127.8.9.1", "::1", "[::1]", "localhost", "LOCALHOST", "::ffff:127.0.0.1"] {
            assert!(!is_public(private), "{private}");
        }
    }

    #[test]
    fn a_password_makes_no_public_display_private() {
        for kind in ["vnc", "spice"] {
            let listen = vec![Listen::Address("0.0.0.0".into())];
            assert!(Graphics { kind: kind.into(), listen, has_password: true, ..Graphics::default() }.is_public(), "{kind}");
        }
    }

    #[test]
    fn one_public_listener_among_private_ones_makes_a_display_public() {
        let mut graphics = Graphics { kind: "spice".into(), ..Graphics::default() };
        assert!(!graphics.is_public());
        graphics.listen = vec![Listen::Address("127.0.0.1".into()), Listen::Socket("/run/s".into()), Listen::Nowhere];
        assert!(!graphics.is_public());
        graphics.listen.push(Listen::Network { network: "default".into(), address: String::new() });
        assert!(graphics.is_public());
    }
}
