//! What the host is.

use model::capability::Capabilities;

use super::{Libvirt, error::from_virt};
use crate::error::Result;

/// The host as libvirt describes it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HostFacts {
    /// Its name.
    pub hostname: String,
    /// `QEMU`, `TEST` …
    pub hypervisor: String,
    /// Such as `7.2.0`; empty if not known.
    pub hypervisor_version: String,
    /// Such as `9.0.0`.
    pub libvirt_version: String,
    /// Such as `x86_64`.
    pub architecture: String,
    /// The CPU's model as libvirt knows it.
    pub cpu_model: String,
    /// Logical CPUs.
    pub cpus: u32,
    /// CPU sockets in all.
    pub sockets: u32,
    /// Cores per socket.
    pub cores_per_socket: u32,
    /// Threads per core.
    pub threads_per_core: u32,
    /// NUMA nodes.
    pub numa_nodes: u32,
    /// Bytes.
    pub memory: u64,
}

impl Libvirt {
    /// What the host is.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn host(&self) -> Result<HostFacts> {
        self.list_call(|connection| {
            let failed = |error| from_virt(&error);
            let node = connection.node_info().map_err(failed)?;
            let capabilities = Capabilities::parse(&connection.capabilities().map_err(failed)?)?;
            Ok(HostFacts {
                hostname: connection.hostname().map_err(failed)?,
                hypervisor: connection.driver_type().map_err(failed)?,
                // A driver without a hypervisor binary has no version; nothing is shown then.
                hypervisor_version: connection.hyp_version().map(version).unwrap_or_default(),
                libvirt_version: connection.lib_version().map(version).map_err(failed)?,
                architecture: capabilities.architecture.clone(),
                cpu_model: capabilities.cpu_model.clone(),
                cpus: node.cpus,
                sockets: node.sockets.saturating_mul(node.nodes),
                cores_per_socket: node.cores,
                threads_per_core: node.threads,
                numa_nodes: node.nodes,
                memory: node.memory.saturating_mul(1024),
            })
        })
        .await
    }
}

/// libvirt packs a version as 1,000,000 × major + 1,000 × minor + release.
fn version(packed: u32) -> String {
    if packed == 0 {
        return String::new();
    }
    format!("{}.{}.{}", packed / 1_000_000, packed / 1_000 % 1_000, packed % 1_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_unpacked() {
        assert_eq!(version(9_000_000), "9.0.0");
        assert_eq!(version(7_002_013), "7.2.13");
        assert_eq!(version(0), "");
    }
}
