//! Directories of libvirt's own, which are closed even to root without capabilities: a storage pool leads there.

use model::patch::{Path, put_text};
use virt::storage_pool::StoragePool;

use super::{Libvirt, error::from_virt, worker::Session};
use crate::error::Result;

/// A pool on one directory, for as long as it takes.
const POOL: &str = "<pool type='dir'><name/><target><path/></target></pool>";

/// Where libvirt keeps NVRAM (`nvram`) or saved states (`save`).
#[must_use]
pub fn path(uri: &str, name: &str) -> String {
    if uri.ends_with("/system") {
        return format!("/var/lib/libvirt/qemu/{name}");
    }
    let home = || std::env::var("HOME").map(|home| format!("{home}/.config"));
    let config = std::env::var("XDG_CONFIG_HOME").or_else(|_| home()).unwrap_or_default();
    format!("{config}/libvirt/qemu/{name}")
}

impl Libvirt {
    /// Bytes that are free where saved states are kept; none where there is no directory for them.
    ///
    /// # Errors
    /// libvirt's.
    pub async fn room_for_saved_states(&self) -> Result<Option<u64>> {
        let directory = path(self.uri(), "save");
        let available = |pool: &Pool| pool.0.info().map(|info| info.available).map_err(|error| from_virt(&error));
        self.list_call(move |session| Pool::open(session, &directory)?.as_ref().map(available).transpose()).await
    }
}

/// A pool on a directory: the one that is there, or one that goes when this is dropped.
pub(super) struct Pool(pub(super) StoragePool, bool);

impl Pool {
    /// The pool; none if there is no such directory.
    ///
    /// # Errors
    /// libvirt's.
    pub(super) fn open(session: &Session, directory: &str) -> Result<Option<Self>> {
        if let Ok(pool) = session.lookup_storage_pool_by_target_path(directory) {
            pool.refresh(0).map_err(|error| from_virt(&error))?;
            return Ok(Some(Self(pool, false)));
        }
        let name = format!("kvm-manager-{}", uuid::Uuid::new_v4().simple());
        let document = put_text(POOL, &Path::root(), "name", &name)?;
        let document = put_text(&document, &Path::root().child("target"), "path", directory)?;
        match session.create_storage_pool_xml(&document, 0) {
            Ok(pool) => Ok(Some(Self(pool, true))),
            Err(error) => {
                tracing::debug!(%error, "No such directory of libvirt's");
                Ok(None)
            }
        }
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        if self.1
            && let Err(error) = self.0.destroy()
        {
            tracing::warn!(%error, "A storage pool made for a moment was left behind");
        }
    }
}
