//! Memory dumps.

use std::path::Path;

use virt_sys as sys;

use super::Libvirt;
use crate::{
    error::{Error, Result},
    policy::{Grant, action::SecretRead},
};

/// What happens to the machine while its memory is dumped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DumpMode {
    /// It is paused until the dump is done.
    Paused,
    /// It goes on running.
    Live,
    /// It is ended afterwards, as crashed.
    Crash,
}

impl Libvirt {
    /// Dumps the guest's memory, without that of its devices, as an ELF file to `path`: a FIFO of the service's own.
    ///
    /// # Errors
    /// `InvalidState` if the machine is off, `Cancelled`.
    pub async fn core_dump(&self, grant: &Grant<SecretRead>, path: &Path, mode: DumpMode) -> Result<()> {
        let path = path.to_str().ok_or(Error::Internal("a state directory that is not UTF-8"))?.to_owned();
        let flags = sys::VIR_DUMP_MEMORY_ONLY
            | match mode {
                DumpMode::Paused => 0,
                DumpMode::Live => sys::VIR_DUMP_LIVE,
                DumpMode::Crash => sys::VIR_DUMP_CRASH,
            };
        self.long_call(grant.machine()?, move |domain| domain.core_dump_with_format(&path, sys::VIR_DOMAIN_CORE_DUMP_FORMAT_RAW, flags))
            .await
    }
}
