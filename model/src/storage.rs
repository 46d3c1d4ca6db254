//! Storage `<pool>` and `<volume>` as values.

use crate::Error;
use crate::device::{Backing, Source, owned, owned_of};
use crate::unit::Bytes;
use crate::xml::{Element, Tree};
use uuid::Uuid;

/// What a pool's document says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pool {
    pub name: String,
    pub uuid: Option<Uuid>,
    /// `dir`, `fs`, `netfs`, `logical`, `disk`, `iscsi`, `zfs`, `rbd` …
    pub kind: String,
    /// Host path under which the volumes appear; empty for pools without (`rbd`, `gluster` …).
    pub target_path: String,
    /// Bytes; 0 while the pool is not active. So are the next two.
    pub capacity: u64,
    pub allocation: u64,
    pub available: u64,
    /// Host name of a network pool; empty otherwise.
    pub source_host: String,
    /// Directory, device or name at the source; empty otherwise.
    pub source: String,
}

/// What a volume's document says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Volume {
    pub name: String,
    /// libvirt's own identity of the volume, often its path; empty in a document for creation.
    pub key: String,
    /// Host path; empty when there is none yet.
    pub path: String,
    /// `file`, `block`, `dir`, `network`, `netdir`, `ploop`; empty when not noted.
    pub kind: String,
    /// Bytes that the guest sees.
    pub capacity: u64,
    /// Bytes that are used on the host.
    pub allocation: u64,
    /// Bytes of the file itself; 0 when not noted.
    pub physical: u64,
    /// `qcow2`, `raw` …; empty when not noted.
    pub format: String,
    /// The image below.
    pub backing: Option<Backing>,
    pub is_encrypted: bool,
}

impl Pool {
    /// Reads a `<pool>` document.
    ///
    /// # Errors
    /// Those of [`Tree::parse`]; `Missing` when the root is no `<pool>` or has no name; `Invalid` for sizes and UUID.
    pub fn parse(xml: &str) -> Result<Self, Error> {
        let tree = Tree::parse(xml)?;
        let root = tree.root();
        if root.name() != "pool" {
            return Err(Error::Missing { what: "<pool>" });
        }
        let mut pool = Self { kind: owned(&root, "type"), ..Self::default() };
        for child in root.children() {
            match child.name() {
                "name" => pool.name = child.text().into_owned(),
                "uuid" => pool.uuid = Some(Uuid::parse_str(child.text().trim()).map_err(|_| Error::Invalid { what: "<uuid>" })?),
                "capacity" => pool.capacity = size(&child)?,
                "allocation" => pool.allocation = size(&child)?,
                "available" => pool.available = size(&child)?,
                "target" => pool.target_path = text_of(&child, "path"),
                "source" => pool.origin(&child),
                _ => {}
            }
        }
        // libvirt names a pool after its source when the document does not; documents it writes always have the name.
        if pool.name.is_empty() {
            return Err(Error::Missing { what: "the name of the pool" });
        }
        Ok(pool)
    }

    fn origin(&mut self, source: &Element<'_, '_>) {
        self.source_host = owned_of(source, "host", "name");
        let candidates = [owned_of(source, "dir", "path"), owned_of(source, "device", "path"), text_of(source, "name")];
        self.source = candidates.into_iter().find(|text| !text.is_empty()).unwrap_or_default();
    }
}

impl Volume {
    /// Reads a `<volume>` document.
    ///
    /// # Errors
    /// Those of [`Tree::parse`]; `Missing` when the root is no `<volume>` or has no name; `Invalid` for sizes.
    pub fn parse(xml: &str) -> Result<Self, Error> {
        let tree = Tree::parse(xml)?;
        let root = tree.root();
        if root.name() != "volume" {
            return Err(Error::Missing { what: "<volume>" });
        }
        let mut volume = Self { kind: owned(&root, "type"), ..Self::default() };
        for child in root.children() {
            match child.name() {
                "name" => volume.name = child.text().into_owned(),
                "key" => volume.key = child.text().into_owned(),
                "capacity" => volume.capacity = size(&child)?,
                "allocation" => volume.allocation = size(&child)?,
                "physical" => volume.physical = size(&child)?,
                "target" => {
                    volume.path = text_of(&child, "path");
                    volume.format = owned_of(&child, "format", "type");
                    volume.is_encrypted = child.child("encryption").is_some();
                }
                "backingStore" => volume.backing = backing(&child),
                _ => {}
            }
        }
        if volume.name.is_empty() {
            return Err(Error::Missing { what: "the name of the volume" });
        }
        Ok(volume)
    }
}

fn backing(element: &Element<'_, '_>) -> Option<Backing> {
    let path = text_of(element, "path");
    if path.is_empty() {
        return None;
    }
    // The document does not say what the path is; `json:` and `nbd://…` are no files.
    let source = if path.starts_with("/dev/") {
        Source::Block(path)
    } else if path.starts_with('/') || !path.contains(':') {
        Source::File(path)
    } else {
        Source::Other(path)
    };
    Some(Backing { source, format: owned_of(element, "format", "type"), data_store: None })
}

fn text_of(element: &Element<'_, '_>, child: &str) -> String {
    element.child(child).map_or_else(String::new, |child| child.text().into_owned())
}

/// Without unit a number counts bytes here, unlike in a machine's document.
fn size(element: &Element<'_, '_>) -> Result<u64, Error> {
    Bytes::parse_with_default(&element.text(), element.attribute("unit").as_deref(), Bytes(1)).map(|bytes| bytes.0)
}

#[cfg(test)]
mod tests;
