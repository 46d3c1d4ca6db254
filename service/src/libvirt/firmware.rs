//! The file with a machine's firmware settings (NVRAM), which is named after the machine.
//!
//! A rename that left it behind would lose the settings and hand them to the next machine of the old name. libvirt has no
//! call for it; but a storage pool on its directory can copy and delete the file.

use model::patch::{Path, set_text};
use virt::{domain::Domain, error::Error as VirtError, storage_vol::StorageVol};
use virt_sys as sys;

use super::{directory::Pool, error::from_virt, storage::referrer, worker::Session};
use crate::error::{Error, Result};

/// Where a machine's NVRAM is, and what it is called after a rename.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nvram {
    directory: String,
    old: String,
    new: String,
    /// Whether the definition names the file, or libvirt finds it by the machine's name.
    is_named: bool,
}

impl Nvram {
    /// The file that goes with a rename; none if the machine has none, or one with a name of its own.
    #[must_use]
    pub fn of(document: &model::machine::Machine, new_name: &str, default_directory: &str) -> Option<Self> {
        let old = format!("{}_VARS.fd", document.name);
        let new = format!("{new_name}_VARS.fd");
        match &document.nvram {
            Some(path) => {
                let (directory, file) = path.rsplit_once('/')?;
                (file == old).then(|| Self { directory: directory.to_owned(), old, new, is_named: true })
            }
            None if document.firmware == "efi" => Some(Self { directory: default_directory.to_owned(), old, new, is_named: false }),
            None => None,
        }
    }
}

/// Renames a machine and its NVRAM. Whatever fails, the machine keeps a name and a file that belong together.
///
/// # Errors
/// libvirt's, or `NameTaken` if a file of the new name is there.
pub fn rename(session: &Session, domain: &Domain, new_name: &str, nvram: &Nvram) -> Result<()> {
    let failed = |error: VirtError| from_virt(&error);
    let Some(pool) = Pool::open(session, &nvram.directory)? else {
        // No directory, so no machine has run with firmware settings yet.
        return domain.rename(new_name, 0).map_err(failed);
    };
    let Ok(old) = pool.0.lookup_storage_vol_by_name(&nvram.old) else {
        return domain.rename(new_name, 0).map_err(failed);
    };
    if pool.0.lookup_storage_vol_by_name(&nvram.new).is_ok() {
        return Err(Error::NameTaken { name: nvram.new.clone() });
    }
    let document = set_text(&old.xml_desc(0).map_err(failed)?, &Path::root().child("name"), &nvram.new)?;
    let new = StorageVol::create_xml_from(&pool.0, &document, &old, 0).map_err(failed)?;
    if let Err(error) = rename_definition(session, domain, new_name, nvram) {
        remove(&new);
        return Err(error);
    }
    // Whoever copied a definition with the file has the same settings; what is not known is not removed.
    if !others_name(session, domain, &nvram.old).unwrap_or(true) {
        remove(&old);
    }
    Ok(())
}

/// Whether anything about another machine names a file of this name, wherever it is.
fn others_name(session: &Session, domain: &Domain, file: &str) -> Result<bool, VirtError> {
    let (own, file) = (domain.uuid()?, format!("/{file}"));
    for other in session.list_all_domains(0)? {
        let referrer = referrer(&other)?;
        if referrer.uuid != own && referrer.documents.iter().any(|document| document.contains(&file)) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn rename_definition(session: &Session, domain: &Domain, new_name: &str, nvram: &Nvram) -> Result<()> {
    let failed = |error: VirtError| from_virt(&error);
    let old_name = domain.name().map_err(failed)?;
    let document = domain.xml_desc(sys::VIR_DOMAIN_XML_INACTIVE | sys::VIR_DOMAIN_XML_SECURE).map_err(failed)?;
    domain.rename(new_name, 0).map_err(failed)?;
    if !nvram.is_named {
        return Ok(());
    }
    let path = format!("{}/{}", nvram.directory, nvram.new);
    let patched = set_text(&document, &Path::root().child("os").child("nvram"), &path)
        .and_then(|document| set_text(&document, &Path::root().child("name"), new_name));
    let defined = patched.map_err(Error::from).and_then(|document| session.define_domain_xml(&document).map_err(failed));
    defined.map(drop).inspect_err(|_| {
        if let Err(error) = domain.rename(&old_name, 0) {
            tracing::error!(%error, "A rename that failed half way could not be taken back");
        }
    })
}

fn remove(volume: &StorageVol) {
    if let Err(error) = volume.delete(0) {
        tracing::error!(%error, "A file of firmware settings was left behind");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::machine::Machine;

    fn nvram(os: &str) -> Option<Nvram> {
        let document = format!("<domain type='kvm'><name>a</name>{os}</domain>");
        Nvram::of(&Machine::parse(&document).unwrap(), "b", "/default")
    }

    #[test]
    fn the_file_named_after_the_machine_goes_with_it_and_no_other() {
        let chosen = nvram("<os firmware='efi'><type>hvm</type></os>").unwrap();
        assert_eq!((chosen.directory.as_str(), chosen.new.as_str(), chosen.is_named), ("/default", "b_VARS.fd", false));
        let named = nvram("<os><type>hvm</type><nvram>/x/a_VARS.fd</nvram></os>").unwrap();
        assert_eq!((named.directory.as_str(), named.is_named), ("/x", true));
        assert_eq!(nvram("<os><type>hvm</type><nvram>/x/shared.fd</nvram></os>"), None);
        assert_eq!(nvram("<os><type>hvm</type></os>"), None);
    }
}
