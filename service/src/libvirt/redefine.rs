//! The one way to change what a machine starts with next: what libvirt has is read, edited at one place, and defined again.

use std::fmt;

use uuid::Uuid;
use virt::{connect::Connect, domain::Domain};
use virt_sys as sys;

use super::{Libvirt, machine_error};
use crate::{
    error::{Error, Result},
    policy::{Grant, action::MachineManage},
};

/// The definition of a machine's next start at one moment. Passwords are in it: without them a machine would be defined anew
/// without them. So it is never shown, and never leaves the service.
#[derive(Clone, PartialEq, Eq)]
pub struct Seen(String);

impl Seen {
    /// The document.
    #[must_use]
    pub fn xml(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Seen {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Seen({} bytes)", self.0.len())
    }
}

/// What a change did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed {
    /// The definition before.
    pub before: Seen,
    /// The definition that libvirt made of it. The same as before if there was nothing to do.
    pub after: Seen,
}

impl Libvirt {
    /// The definition of the next start, with everything in it.
    ///
    /// # Errors
    /// `NoMachine`.
    pub async fn seen(&self, uuid: Uuid) -> Result<Seen> {
        self.read_machine(uuid, whole).await
    }

    /// Gives the machine the definition that `edit` makes of the one it has. What `edit` leaves alone stays as libvirt has it.
    ///
    /// Changes of one machine by this service come one after the other. libvirt has no way to define on a condition: a change
    /// by somebody else between the last look and the call, within a millisecond, is not seen.
    ///
    /// # Errors
    /// `DefinitionChanged` if it is not `expected` any more, or changed during `edit`; `InvalidState` for a transient machine;
    /// `Busy`, `Stalled`; those of `edit`, and libvirt's if it refuses the result. Nothing was changed then.
    pub async fn redefine(
        &self,
        grant: &Grant<MachineManage>,
        expected: Option<Seen>,
        edit: impl FnOnce(&str) -> Result<String> + Send + 'static,
    ) -> Result<Changed> {
        let uuid = grant.machine()?;
        let turn = self.gates.enter(uuid, super::DEADLINE).await?;
        self.list_call(move |session| {
            let _until_libvirt_returns = turn;
            redefine(session, uuid, expected.as_ref(), edit)
        })
        .await
    }
}

fn redefine(connection: &Connect, uuid: Uuid, expected: Option<&Seen>, edit: impl FnOnce(&str) -> Result<String>) -> Result<Changed> {
    let failed = |error| machine_error(uuid, &error);
    let domain = connection.lookup_domain_by_uuid(uuid).map_err(failed)?;
    if !domain.is_persistent().map_err(failed)? {
        return Err(Error::InvalidState);
    }
    let before = whole(&domain).map_err(failed)?;
    if expected.is_some_and(|expected| *expected != before) {
        return Err(Error::DefinitionChanged);
    }
    let next = edit(&before.0)?;
    if next == before.0 {
        return Ok(Changed { after: before.clone(), before });
    }
    if identity(&next)? != identity(&before.0)? {
        return Err(Error::Internal("an edit would define another machine"));
    }
    if whole(&domain).map_err(failed)? != before {
        return Err(Error::DefinitionChanged);
    }
    let domain = connection.define_domain_xml(&next).map_err(failed)?;
    Ok(Changed { before, after: whole(&domain).map_err(failed)? })
}

fn whole(domain: &Domain) -> Result<Seen, virt::error::Error> {
    domain.xml_desc(sys::VIR_DOMAIN_XML_INACTIVE | sys::VIR_DOMAIN_XML_SECURE).map(Seen)
}

/// By these libvirt knows which machine a definition is of.
fn identity(xml: &str) -> Result<(Option<Uuid>, String)> {
    let machine = model::machine::Machine::parse(xml)?;
    Ok((machine.uuid, machine.name))
}

#[cfg(test)]
mod tests {
    use model::patch::{self, Path};

    use super::*;

    const UUID: Uuid = Uuid::from_u128(7);

    /// libvirt's driver for tests, with one machine of its own.
    fn host(directory: &tempfile::TempDir) -> Connect {
        let file = directory.path().join("host.xml");
        let machine = format!(
            "<node><domain type='test' xmlns:test='http://libvirt.org/schemas/domain/test/1.0'><name>a</name><uuid>{UUID}</uuid>\
             <metadata><b:b xmlns:b='urn:of-others'>kept &amp; whole</b:b></metadata><memory unit='MiB'>64</memory><vcpu>1</vcpu>\
             <os><type>hvm</type></os><clock offset='variable' adjustment='7'/><devices>\
             <graphics type='vnc' port='5900' autoport='no' passwd='secret'/></devices>\
             <test:runstate>5</test:runstate></domain></node>"
        );
        std::fs::write(&file, machine).unwrap();
        Connect::open(Some(&format!("test://{}", file.display()))).unwrap()
    }

    fn seen(connection: &Connect) -> Seen {
        whole(&connection.lookup_domain_by_uuid(UUID).unwrap()).unwrap()
    }

    fn titled(xml: &str, title: &str) -> Result<String> {
        Ok(patch::put_text(xml, &Path::root(), "title", title)?)
    }

    #[test]
    fn what_somebody_changed_meanwhile_is_not_overwritten() {
        let directory = tempfile::tempdir().unwrap();
        let connection = host(&directory);
        let looked = seen(&connection);
        let by_another = titled(looked.xml(), "theirs").unwrap();
        let during = redefine(&connection, UUID, None, |xml| {
            connection.define_domain_xml(&by_another).unwrap();
            titled(xml, "ours")
        });
        assert!(matches!(during, Err(Error::DefinitionChanged)), "{during:?}");
        let after = redefine(&connection, UUID, Some(&looked), |xml| titled(xml, "ours"));
        assert!(matches!(after, Err(Error::DefinitionChanged)), "{after:?}");
        assert!(seen(&connection).xml().contains("<title>theirs</title>"));
    }

    #[test]
    fn an_edit_that_fails_or_would_define_another_machine_changes_nothing() {
        let directory = tempfile::tempdir().unwrap();
        let connection = host(&directory);
        let before = seen(&connection);
        let refused = redefine(&connection, UUID, None, |_| Err(Error::Busy));
        assert!(matches!(refused, Err(Error::Busy)), "{refused:?}");
        for (element, value) in [("name", "b".to_owned()), ("uuid", Uuid::from_u128(8).to_string())] {
            let renamed = redefine(&connection, UUID, None, |xml| Ok(patch::put_text(xml, &Path::root(), element, &value)?));
            assert!(matches!(renamed, Err(Error::Internal(_))), "{renamed:?}");
        }
        let nonsense = redefine(&connection, UUID, None, |xml| Ok(patch::set_text(xml, &"vcpu".parse().unwrap(), "0")?));
        assert!(nonsense.is_err(), "{nonsense:?}");
        assert_eq!(seen(&connection), before);
        assert_eq!(connection.list_all_domains(0).unwrap().len(), 1);
    }

    #[test]
    fn every_line_but_the_edited_one_stays_also_a_password_and_what_others_wrote() {
        let directory = tempfile::tempdir().unwrap();
        let connection = host(&directory);
        let changed = redefine(&connection, UUID, Some(&seen(&connection)), |xml| titled(xml, "ours")).unwrap();
        let others: String = changed.after.xml().split_inclusive('\n').filter(|line| !line.contains("<title>")).collect();
        assert_eq!(others, changed.before.xml());
        assert!(others.contains("passwd='secret'") && others.contains("kept &amp; whole"), "{others}");
        assert!(changed.after.xml().contains("<title>ours</title>"));
        assert!(!format!("{changed:?}").contains("secret"));
    }

    #[test]
    fn a_change_can_be_taken_back_to_the_last_byte() {
        let directory = tempfile::tempdir().unwrap();
        let connection = host(&directory);
        let Changed { before, after } = redefine(&connection, UUID, None, |xml| titled(xml, "ours")).unwrap();
        let original = before.clone();
        redefine(&connection, UUID, Some(&after), move |_| Ok(original.0)).unwrap();
        assert_eq!(seen(&connection), before);
    }

    #[test]
    fn an_edit_that_changes_nothing_defines_nothing() {
        let directory = tempfile::tempdir().unwrap();
        let connection = host(&directory);
        let changed = redefine(&connection, UUID, None, |xml| Ok(xml.to_owned())).unwrap();
        assert_eq!(changed.before, changed.after);
    }
}
