//! Pools and volumes, as far as deleting a machine needs them.

use uuid::Uuid;
use virt::connect::Connect;
use virt_sys as sys;

use super::{Libvirt, error::from_virt};
use crate::{
    error::{Error, Result},
    policy::{Grant, action::MachineErase},
};

/// A volume of an active pool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PoolVolume {
    /// The pool's name.
    pub pool: String,
    /// The pool's kind: `dir`, `logical` …
    pub pool_kind: String,
    /// The pool's directory, for pools that are one.
    pub pool_path: String,
    /// The volume's name in its pool.
    pub name: String,
    /// The volume's path.
    pub path: String,
    /// Bytes it fills.
    pub allocation: u64,
    /// Bytes a guest sees.
    pub capacity: u64,
    /// The image it is an overlay of.
    pub backing: Option<String>,
}

/// The definition of a machine as others see it, for the reference graph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Referrer {
    /// The machine.
    pub uuid: Uuid,
    /// Every document about it: what it runs with, its next start, its snapshots.
    pub documents: Vec<String>,
}

impl Libvirt {
    /// Every volume of every active pool. Pools are read anew first, or files that came or went would be missed.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn volumes(&self) -> Result<Vec<PoolVolume>> {
        self.list_call(|connection| {
            let mut volumes = Vec::new();
            for pool in connection.list_all_storage_pools(sys::VIR_CONNECT_LIST_STORAGE_POOLS_ACTIVE).map_err(|error| from_virt(&error))? {
                // A pool that fails (an NFS server away, say) has no volumes that could be removed anyway.
                if let Err(error) = pool_volumes(&pool, &mut volumes) {
                    tracing::warn!(%error, "A storage pool could not be read");
                }
            }
            Ok(volumes)
        })
        .await
    }

    /// Every document of every machine.
    ///
    /// # Errors
    /// `Unavailable`; a document that cannot be had fails the whole: what refers to a file must be known.
    pub async fn referrers(&self) -> Result<Vec<Referrer>> {
        self.list_call(|connection| {
            connection
                .list_all_domains(0)
                .map_err(|error| from_virt(&error))?
                .iter()
                .filter_map(|domain| match referrer(domain) {
                    Ok(referrer) => Some(Ok(referrer)),
                    Err(error) => match from_virt(&error) {
                        // Gone since it was listed.
                        Error::NotFound { what: "machine" } => None,
                        error => Some(Err(error)),
                    },
                })
                .collect()
        })
        .await
    }

    /// Removes a volume for good.
    ///
    /// # Errors
    /// `NotFound` if it is gone already.
    pub async fn remove_volume(&self, _grant: &Grant<MachineErase>, path: &str) -> Result<()> {
        let path = path.to_owned();
        self.list_call(move |connection| {
            let volume = connection.lookup_storage_vol_by_path(&path).map_err(|error| from_virt(&error))?;
            volume.delete(0).map_err(|error| from_virt(&error))
        })
        .await
    }

    /// Reads a pool anew, so that libvirt sees files that were moved.
    ///
    /// # Errors
    /// `NotFound`, `Busy`.
    pub async fn refresh_pool(&self, pool: &str) -> Result<()> {
        let pool = pool.to_owned();
        self.list_call(move |connection| refresh(connection, &pool).map_err(|error| from_virt(&error))).await
    }
}

fn refresh(connection: &Connect, pool: &str) -> Result<(), virt::error::Error> {
    connection.lookup_storage_pool_by_name(pool)?.refresh(0)
}

fn pool_volumes(pool: &virt::storage_pool::StoragePool, volumes: &mut Vec<PoolVolume>) -> anyhow::Result<()> {
    if let Err(error) = pool.refresh(0) {
        tracing::debug!(%error, "The pool is busy; its volumes are those of before");
    }
    let document = model::storage::Pool::parse(&pool.xml_desc(0)?)?;
    for volume in pool.list_all_volumes(0)? {
        // A volume may vanish between listing and reading.
        let Ok(xml) = volume.xml_desc(0) else { continue };
        let volume = model::storage::Volume::parse(&xml)?;
        volumes.push(PoolVolume {
            pool: document.name.clone(),
            pool_kind: document.kind.clone(),
            pool_path: document.target_path.clone(),
            name: volume.name,
            path: volume.path,
            allocation: volume.allocation,
            capacity: volume.capacity,
            backing: volume.backing.and_then(|backing| backing.source.path().map(str::to_owned)),
        });
    }
    Ok(())
}

/// The machine with every document about it.
///
/// # Errors
/// libvirt's.
pub(super) fn referrer(domain: &virt::domain::Domain) -> Result<Referrer, virt::error::Error> {
    let mut documents = vec![domain.xml_desc(0)?];
    if domain.is_active()? && domain.is_persistent()? {
        documents.push(domain.xml_desc(sys::VIR_DOMAIN_XML_INACTIVE)?);
    }
    for snapshot in domain.list_all_snapshots(0)? {
        documents.push(snapshot.xml_desc(0)?);
    }
    Ok(Referrer { uuid: domain.uuid()?, documents })
}
