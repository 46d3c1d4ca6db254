//! libvirt's errors by code, never by text: messages are translated and change.

use std::time::Duration;

use virt::enumutil::Enum;
use virt::error::{Error as VirtError, ErrorDomain, ErrorNumber};

use super::ffi;
use crate::error::Error;

/// Turns this thread's failed call into a service error. Must run on the thread that made the call.
#[must_use]
pub fn from_virt(error: &VirtError) -> Error {
    let Enum::Known(code) = error.code() else { return other(error) };
    match code {
        ErrorNumber::NoDomain | ErrorNumber::InvalidDomain => Error::NotFound { what: "machine" },
        ErrorNumber::NoStoragePool | ErrorNumber::NoStorageVolume => Error::NotFound { what: "volume" },
        ErrorNumber::NoNodeDevice | ErrorNumber::InvalidNodeDevice => Error::NotFound { what: "device" },
        ErrorNumber::NoNetwork | ErrorNumber::InvalidNetwork => Error::NotFound { what: "network" },
        ErrorNumber::NoDomainSnapshot => Error::NotFound { what: "snapshot" },
        ErrorNumber::OperationInvalid => Error::InvalidState,
        // Values are checked before they get here: what is left are flags that a driver does not know.
        ErrorNumber::InvalidArg => Error::NotSupported { reason: "the hypervisor does not know this option" },
        ErrorNumber::NoSupport | ErrorNumber::OperationUnsupported | ErrorNumber::ArgumentUnsupported | ErrorNumber::ConfigUnsupported => {
            Error::NotSupported { reason: "the hypervisor does not support it" }
        }
        ErrorNumber::AgentUnresponsive | ErrorNumber::AgentUnsynced | ErrorNumber::AgentCommandTimeout => Error::AgentUnavailable,
        // The state change lock of the machine could not be had in libvirt's 30 seconds.
        ErrorNumber::OperationTimeout => Error::TimedOut(Duration::from_secs(30)),
        ErrorNumber::OperationAborted => Error::Cancelled,
        ErrorNumber::ResourceBusy => Error::Busy,
        ErrorNumber::NoConnect | ErrorNumber::InvalidConn | ErrorNumber::AuthFailed => Error::Unavailable,
        ErrorNumber::Rpc => Error::Unavailable,
        ErrorNumber::InternalError if error.domain() == Enum::Known(ErrorDomain::Rpc) => Error::Unavailable,
        ErrorNumber::SystemError => system(error),
        _ => other(error),
    }
}

fn system(error: &VirtError) -> Error {
    match ffi::last_errno() {
        Some(libc::ENOSPC | libc::EDQUOT) => Error::NoSpace,
        Some(libc::ECONNREFUSED | libc::ECONNRESET | libc::EPIPE) => Error::Unavailable,
        // Connecting to the socket of a libvirtd that is not there.
        Some(libc::ENOENT) if matches!(error.domain(), Enum::Known(ErrorDomain::Rpc)) => Error::Unavailable,
        _ => other(error),
    }
}

fn other(error: &VirtError) -> Error {
    Error::Libvirt { code: error.code().to_raw(), message: error.message().to_owned() }
}
