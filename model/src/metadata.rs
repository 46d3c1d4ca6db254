//! What KVM Manager keeps inside a machine's own document: group, tags, lock, what the host does while it runs; and the operating system others noted there.

use crate::validate::{MAX_LABEL, MAX_TAGS, colour, shown};
use crate::xml::{Element, Tree};
use crate::{Error, validate};
use quick_xml::Writer;
use quick_xml::events::{BytesEnd, BytesStart, BytesText, Event};

/// The namespace of our element.
pub const URI: &str = "https://kvmmanager.org/xmlns/machine/1";
/// The prefix we write; readers go by [`URI`] alone.
pub const PREFIX: &str = "kvmmanager";
/// The namespace of libosinfo's element, written by virt-install, virt-manager and GNOME Boxes.
pub const LIBOSINFO_URI: &str = "http://libosinfo.org/xmlns/libvirt/domain/1.0";

const ROOT: &str = "machine";

/// The colour of a tag that has none of its own.
pub const DEFAULT_COLOUR: &str = "#808080";

/// Foreign children of `<metadata>` that are looked at; libvirt keeps one per namespace, so real documents have a handful.
const MAX_FOREIGN: usize = 64;
/// Bytes of a colour, and of an id that is worth reading.
const MAX_OS_ID: usize = 256;
const KIB: u64 = 1024;

/// A word on a machine. `name` obeys [`validate::tag`], `colour` [`validate::colour`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Tag {
    pub name: String,
    pub colour: String,
}

/// Our element. Whatever a document holds, at most 32 tags of at most 64 characters get in here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Metadata {
    /// Empty without group.
    pub group: String,
    pub tags: Vec<Tag>,
    /// Whether the machine is protected from deletion and changes.
    pub locked: bool,
    pub tuning: Tuning,
}

/// What the host does for the machine while it runs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tuning {
    /// Whether the huge pages that are missing are reserved for its start and given back after its stop.
    pub reserve_huge_pages: bool,
    /// Whether everything else on the host keeps off the CPUs that it is pinned to.
    pub isolate_cpus: bool,
    /// The frequency governor of these CPUs; empty for none. Obeys [`validate::governor`].
    pub governor: String,
    /// What these CPUs prefer, power or speed; empty for nothing of its own. Obeys [`validate::energy_preference`].
    pub energy_preference: String,
    /// Bytes that it keeps when the host is short of memory and takes some back; 0 to take none. Whole KiB.
    pub balloon_floor: u64,
}

impl Tuning {
    /// Whether the CPUs that it is pinned to are to be different while it runs.
    #[must_use]
    pub const fn has_cpus(&self) -> bool {
        self.isolate_cpus || !self.governor.is_empty() || !self.energy_preference.is_empty()
    }
}

impl Metadata {
    /// Reads our element alone, as `virDomainGetMetadata` returns it.
    ///
    /// # Errors
    /// Those of [`Tree::parse`]; `Missing` when it is not our element. Odd contents are no error: they are left out.
    pub fn parse_element(xml: &str) -> Result<Self, Error> {
        let tree = Tree::parse(xml)?;
        let root = tree.root();
        // libvirt takes the prefix and the declaration away before it hands the element out.
        let ours = match root.namespace() {
            Some(uri) => uri == URI,
            None => !root.name().contains(':'),
        };
        if !ours || root.local_name() != ROOT {
            return Err(Error::Missing { what: "the metadata of KVM Manager" });
        }
        Ok(Self::read(&root))
    }

    /// Reads our child of a machine's `<metadata>`; without one everything is empty.
    #[must_use]
    pub fn from_parent(metadata: &Element<'_, '_>) -> Self {
        foreign(metadata, ROOT, URI).map_or_else(Self::default, |element| Self::read(&element))
    }

    fn read(element: &Element<'_, '_>) -> Self {
        let mut read = Self::default();
        for child in element.children().take(2 * MAX_TAGS + MAX_FOREIGN) {
            match child.local_name() {
                "group" => read.group = shown(&child.text(), MAX_LABEL),
                "locked" => read.locked = true,
                "reserve-huge-pages" => read.tuning.reserve_huge_pages = true,
                "isolate-cpus" => read.tuning.isolate_cpus = true,
                "governor" if validate::governor(&child.text()).is_ok() => read.tuning.governor = child.text().into_owned(),
                "energy-preference" if validate::energy_preference(&child.text()).is_ok() => {
                    read.tuning.energy_preference = child.text().into_owned();
                }
                "balloon-floor" => read.tuning.balloon_floor = floor(&child.text()),
                "tag" => read.push(&child),
                _ => {}
            }
        }
        read
    }

    fn push(&mut self, element: &Element<'_, '_>) {
        let name = shown(&element.text(), MAX_LABEL);
        let known = self.tags.iter().any(|tag| tag.name == name);
        if name.is_empty() || known || self.tags.len() >= MAX_TAGS {
            return;
        }
        let colour = element.attribute("colour").filter(|text| colour(text).is_ok());
        let colour = colour.map_or_else(|| DEFAULT_COLOUR.to_owned(), |text| text.to_ascii_lowercase());
        self.tags.push(Tag { name, colour });
    }

    /// Whether there is nothing to keep, so that the element can be removed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether these values may be written.
    ///
    /// # Errors
    /// `Invalid` when a value breaks the rules of [`validate`], so that what is written is what will be read.
    pub fn check(&self) -> Result<(), Error> {
        validate::group(&self.group).map_err(|_| Error::Invalid { what: "the group" })?;
        if self.tags.len() > MAX_TAGS {
            return Err(Error::Invalid { what: "the number of tags" });
        }
        if !self.tuning.governor.is_empty() {
            validate::governor(&self.tuning.governor).map_err(|_| Error::Invalid { what: "the governor" })?;
        }
        if !self.tuning.energy_preference.is_empty() {
            validate::energy_preference(&self.tuning.energy_preference).map_err(|_| Error::Invalid { what: "the energy preference" })?;
        }
        if !self.tuning.balloon_floor.is_multiple_of(KIB) {
            return Err(Error::Invalid { what: "the floor of the balloon" });
        }
        for (index, tag) in self.tags.iter().enumerate() {
            validate::tag(&tag.name).map_err(|_| Error::Invalid { what: "a tag" })?;
            colour(&tag.colour).map_err(|_| Error::Invalid { what: "the colour of a tag" })?;
            if self.tags[..index].iter().any(|other| other.name == tag.name) {
                return Err(Error::Invalid { what: "a repeated tag" });
            }
        }
        Ok(())
    }

    /// Our element bare, `<machine>…</machine>`, as `virDomainSetMetadata` wants it: libvirt adds prefix and declaration from its
    /// arguments `key` ([`PREFIX`]) and `uri` ([`URI`]), and refuses an element that has them already.
    #[must_use]
    pub fn to_xml(&self) -> String {
        self.format("")
    }

    /// Our element with prefix and declaration, `<kvmmanager:machine xmlns:kvmmanager='…'>…`, to stand in `<metadata>`.
    #[must_use]
    pub fn to_qualified_xml(&self) -> String {
        self.format("kvmmanager:")
    }

    fn format(&self, prefix: &str) -> String {
        let mut writer = Writer::new(Vec::new());
        // Writing to memory cannot fail; an empty string would be refused by every reader, so nothing is lost silently.
        if self.write(&mut writer, prefix).is_err() {
            return String::new();
        }
        String::from_utf8(writer.into_inner()).unwrap_or_default()
    }

    fn write(&self, writer: &mut Writer<Vec<u8>>, prefix: &str) -> std::io::Result<()> {
        let name = |local: &str| [prefix, local].concat();
        let mut root = BytesStart::new(name(ROOT));
        if !prefix.is_empty() {
            root.push_attribute((["xmlns:", PREFIX].concat().as_str(), URI));
        }
        writer.write_event(Event::Start(root))?;
        if !self.group.is_empty() {
            text_element(writer, BytesStart::new(name("group")), &self.group)?;
        }
        for tag in &self.tags {
            let mut start = BytesStart::new(name("tag"));
            start.push_attribute(("colour", tag.colour.as_str()));
            text_element(writer, start, &tag.name)?;
        }
        let marks =
            [("locked", self.locked), ("reserve-huge-pages", self.tuning.reserve_huge_pages), ("isolate-cpus", self.tuning.isolate_cpus)];
        for (mark, _) in marks.iter().filter(|(_, is_set)| *is_set) {
            writer.write_event(Event::Empty(BytesStart::new(name(mark))))?;
        }
        if !self.tuning.governor.is_empty() {
            text_element(writer, BytesStart::new(name("governor")), &self.tuning.governor)?;
        }
        if !self.tuning.energy_preference.is_empty() {
            text_element(writer, BytesStart::new(name("energy-preference")), &self.tuning.energy_preference)?;
        }
        if self.tuning.balloon_floor > 0 {
            text_element(writer, BytesStart::new(name("balloon-floor")), &(self.tuning.balloon_floor / KIB).to_string())?;
        }
        writer.write_event(Event::End(BytesEnd::new(name(ROOT))))
    }
}

/// Bytes, of a text in KiB; 0 for nonsense.
fn floor(text: &str) -> u64 {
    text.parse::<u64>().ok().and_then(|floor| floor.checked_mul(KIB)).unwrap_or(0)
}

fn text_element(writer: &mut Writer<Vec<u8>>, start: BytesStart<'_>, text: &str) -> std::io::Result<()> {
    let end = start.to_end().into_owned();
    writer.write_event(Event::Start(start))?;
    writer.write_event(Event::Text(BytesText::new(text)))?;
    writer.write_event(Event::End(end))
}

/// The libosinfo id in a machine's `<metadata>`, for example `http://debian.org/debian/12`; empty without one.
#[must_use]
pub fn os_id(metadata: &Element<'_, '_>) -> String {
    let os = foreign(metadata, "libosinfo", LIBOSINFO_URI);
    let os = os.and_then(|element| element.children().find(|child| child.local_name() == "os"));
    let id = os.and_then(|element| element.attribute("id"));
    id.map_or_else(String::new, |id| shown(&id, MAX_OS_ID))
}

fn foreign<'t, 'x>(metadata: &Element<'t, 'x>, name: &str, uri: &str) -> Option<Element<'t, 'x>> {
    // Bounded, as finding a namespace looks at every ancestor.
    let mut children = metadata.children().take(MAX_FOREIGN);
    children.find(|child| child.local_name() == name && child.namespace().as_deref() == Some(uri))
}

#[cfg(test)]
mod tests;
