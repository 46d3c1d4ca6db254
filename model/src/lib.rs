//! libvirt's XML documents as Rust types, and edits that keep every byte they do not own.
//!
//! Nothing here does I/O: text comes in, owned values or text go out. Every document is read through [`xml::Tree`], whose
//! limits make the work linear in a bounded input, so a hostile document costs milliseconds and never a crash.
//! Readers ignore what they do not know; writers ([`patch`]) keep it.

#![forbid(unsafe_code)]

pub mod capability;
pub mod cpus;
pub mod device;
pub mod difference;
pub mod hugepages;
pub mod machine;
pub mod metadata;
pub mod network;
pub mod os;
pub mod patch;
pub mod snapshot;
pub mod storage;
pub mod unit;
pub mod validate;
pub mod xml;

/// Why a document was refused. The texts are fixed: no part of the document gets into them, as it may hold secrets or
/// terminal escapes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    #[error("The document is larger than {limit} bytes")]
    TooLarge { limit: usize },
    #[error("The document nests deeper than {limit} elements")]
    TooDeep { limit: usize },
    #[error("The document has more than {limit} parts")]
    TooManyNodes { limit: usize },
    #[error("An element has more than {limit} attributes")]
    TooManyAttributes { limit: usize },
    /// Entities can expand to gigabytes or to files; libvirt never writes them.
    #[error("The document has a document type declaration")]
    Doctype,
    /// `position` is a byte offset into the document.
    #[error("The document is not well-formed at byte {position}")]
    Malformed { position: usize },
    /// `what` names the element, attribute or document that was looked for.
    #[error("The document lacks {what}")]
    Missing { what: &'static str },
    /// `what` names the element, attribute or argument whose value makes no sense.
    #[error("The value of {what} is invalid")]
    Invalid { what: &'static str },
}
