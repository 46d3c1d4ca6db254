use super::{owned, owned_of};
use crate::xml::Element;

/// What the guest takes the disk for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum DiskDevice {
    #[default]
    Disk,
    Cdrom,
    Floppy,
    /// A whole SCSI unit of the host, commands included.
    Lun,
}

/// Where the bytes of a disk are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum Source {
    /// An empty drive.
    #[default]
    None,
    /// Path of a file on the host.
    File(String),
    /// Path of a block device of the host.
    Block(String),
    /// Path of a directory that is shown as a FAT disk.
    Dir(String),
    /// For example `rbd` and `pool/image`. `socket` is the host path of a Unix socket, empty over IP.
    Network { protocol: String, name: String, socket: String },
    /// A volume by names, resolved by libvirt at start.
    Volume { pool: String, volume: String },
    /// PCI address (`0000:01:00.0`) of the NVMe controller.
    Nvme(String),
    /// Host path: the socket of vhost-user, the device of vDPA.
    Vhost(String),
    /// A `type` that this version does not know.
    Other(String),
}

impl Source {
    /// Reads `<source>` (or `<mirror>`) of an element whose `type` attribute says what it is.
    pub(crate) fn read(kind: &str, source: Option<Element<'_, '_>>) -> Self {
        let Some(source) = source else { return Self::None };
        let path = |attribute: &str, make: fn(String) -> Self| match owned(&source, attribute) {
            path if path.is_empty() => Self::None,
            path => make(path),
        };
        match kind {
            "file" => path("file", Self::File),
            "block" => path("dev", Self::Block),
            "dir" => path("dir", Self::Dir),
            "vhostuser" => path("path", Self::Vhost),
            "vhostvdpa" => path("dev", Self::Vhost),
            "volume" => Self::Volume { pool: owned(&source, "pool"), volume: owned(&source, "volume") },
            "nvme" => Self::Nvme(source.child("address").map_or_else(String::new, |address| super::host::pci_address(&address))),
            "network" => Self::Network {
                protocol: owned(&source, "protocol"),
                name: owned(&source, "name"),
                socket: source.children_named("host").map(|host| owned(&host, "socket")).find(|path| !path.is_empty()).unwrap_or_default(),
            },
            other => Self::Other(crate::validate::shown(other, 32)),
        }
    }

    /// The path on the host that this source names; `None` for what has none.
    #[must_use]
    pub fn path(&self) -> Option<&str> {
        match self {
            Self::File(path) | Self::Block(path) | Self::Dir(path) | Self::Vhost(path) => Some(path),
            Self::Network { socket, .. } if !socket.is_empty() => Some(socket),
            _ => None,
        }
    }

    #[must_use]
    pub fn is_none(&self) -> bool {
        *self == Self::None
    }
}

/// One image below another.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Backing {
    pub source: Source,
    /// `qcow2`, `raw` …; empty when the document does not pin it.
    pub format: String,
    /// The external data file of this image.
    pub data_store: Option<Box<Backing>>,
}

impl Backing {
    /// Reads an element with `type`, `<format>`, `<source>` and perhaps `<dataStore>`.
    fn read(element: &Element<'_, '_>) -> Self {
        Self { source: source_of(element), format: owned_of(element, "format", "type"), data_store: data_store(element) }
    }
}

/// A disk, a CD drive or a floppy drive.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Disk {
    pub device: DiskDevice,
    pub source: Source,
    /// Format of the top image: `qcow2`, `raw` …; empty when not given.
    pub format: String,
    /// Name within the machine, unique: `vda`.
    pub target: String,
    /// `virtio`, `sata`, `scsi` …; empty when not given.
    pub bus: String,
    pub read_only: bool,
    pub shareable: bool,
    pub transient: bool,
    /// The images below, nearest first. Only documents of running machines, and those that pin the chain, have them.
    pub backing: Vec<Backing>,
    /// Where a running block job copies to.
    pub mirror: Option<Source>,
    /// The images below the mirror, nearest first.
    pub mirror_backing: Vec<Backing>,
    /// The external data file of the top image.
    pub data_store: Option<Box<Backing>>,
    pub serial: String,
    pub alias: String,
    /// Position in the boot order, from 1; 0 without one.
    pub boot_order: u32,
}

impl Disk {
    pub(crate) fn read(element: &Element<'_, '_>) -> Self {
        let mut disk = Self { device: device(element), source: source_of(element), ..Self::default() };
        for child in element.children() {
            match child.name() {
                "driver" => disk.format = owned(&child, "type"),
                "target" => (disk.target, disk.bus) = (owned(&child, "dev"), owned(&child, "bus")),
                "readonly" => disk.read_only = true,
                "shareable" => disk.shareable = true,
                "transient" => disk.transient = true,
                "serial" => disk.serial = child.text().into_owned(),
                "alias" => disk.alias = owned(&child, "name"),
                "boot" => disk.boot_order = child.attribute("order").and_then(|order| order.parse().ok()).unwrap_or(0),
                "backingStore" => disk.backing = chain(child),
                "mirror" => (disk.mirror, disk.mirror_backing) = mirror(&child),
                _ => {}
            }
        }
        // A CD cannot be written whatever the document says.
        disk.read_only |= disk.device == DiskDevice::Cdrom;
        disk.data_store = data_store(element);
        disk
    }

    /// Every source of this disk: top image, backing chain, mirror and its chain, data files.
    pub fn sources(&self) -> impl Iterator<Item = &Source> {
        let images = self.backing.iter().chain(&self.mirror_backing);
        let below = images.flat_map(|image| [Some(&image.source), image.data_store.as_ref().map(|store| &store.source)]);
        let store = self.data_store.as_ref().map(|store| &store.source);
        [Some(&self.source), store, self.mirror.as_ref()].into_iter().chain(below).flatten()
    }
}

fn device(element: &Element<'_, '_>) -> DiskDevice {
    match element.attribute("device").as_deref() {
        Some("cdrom") => DiskDevice::Cdrom,
        Some("floppy") => DiskDevice::Floppy,
        Some("lun") => DiskDevice::Lun,
        _ => DiskDevice::Disk,
    }
}

fn kind<'x>(element: &Element<'_, 'x>) -> std::borrow::Cow<'x, str> {
    element.attribute("type").unwrap_or("file".into())
}

fn source_of(element: &Element<'_, '_>) -> Source {
    Source::read(&kind(element), element.child("source"))
}

/// libvirt puts `<dataStore>` into the source of the image it belongs to.
fn data_store(element: &Element<'_, '_>) -> Option<Box<Backing>> {
    let store = element.find(&["source", "dataStore"]).or_else(|| element.child("dataStore"))?;
    Some(Box::new(Backing { source: source_of(&store), format: owned_of(&store, "format", "type"), data_store: None }))
}

/// Nested `<backingStore>` elements; an empty one ends the chain. The reader's depth limit bounds the loop.
fn chain(top: Element<'_, '_>) -> Vec<Backing> {
    let mut images = Vec::new();
    let mut next = Some(top);
    while let Some(element) = next {
        if element.children().next().is_none() {
            break;
        }
        images.push(Backing::read(&element));
        next = element.child("backingStore");
    }
    images
}

fn mirror(element: &Element<'_, '_>) -> (Option<Source>, Vec<Backing>) {
    let mut source = source_of(element);
    if source.is_none() {
        // Before libvirt 1.2.6 the path stood in the element itself.
        source = Source::read(&kind(element), Some(*element));
    }
    (Some(source), element.child("backingStore").map_or_else(Vec::new, chain))
}
