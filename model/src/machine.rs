//! A `<domain>` as one value.

mod balloon;
mod file;

pub use balloon::Balloon;

use crate::cpus::Pinning;
use crate::device::nvme::Namespace;
use crate::device::shared_memory::SharedMemory;
use crate::device::{Channel, Disk, Filesystem, Graphics, HostDevice, Interface, Tpm, input, owned, owned_of, scsi};
use crate::metadata::{self, Metadata};
use crate::unit::Bytes;
use crate::xml::{Element, Tree};
use crate::{Error, validate};
use uuid::Uuid;

/// The name of the guest agent's channel.
const AGENT: &str = "org.qemu.guest_agent.0";

/// What starts before the operating system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FirmwareKind {
    Bios,
    Uefi,
    /// UEFI that checks signatures, not known to be without keys.
    UefiSecure,
}

/// What a machine's document says. Texts are as libvirt has them; absent ones are empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Machine {
    pub uuid: Option<Uuid>,
    pub name: String,
    pub title: String,
    pub description: String,
    /// The hypervisor: `kvm`, `qemu`, `xen`, `lxc`, `test` …
    pub kind: String,
    /// Bytes that the guest has now, or gets at start: `<currentMemory>`, else `<memory>`.
    pub memory: u64,
    /// Bytes that ballooning can reach: `<memory>`. (`<maxMemory>`, for hotplug, is `hotplug_memory`.)
    pub maximum_memory: u64,
    /// Bytes up to which memory devices can be plugged; 0 without `<maxMemory>`.
    pub hotplug_memory: u64,
    /// Processors that are on.
    pub vcpus: u32,
    pub maximum_vcpus: u32,
    /// `host-passthrough`, `host-model`, `custom`, `maximum`; empty without `<cpu>`.
    pub cpu_mode: String,
    pub cpu_model: String,
    /// libosinfo's id, `http://debian.org/debian/12`; empty when not noted. See [`crate::os::plain_name`].
    pub os_id: String,
    /// `hvm`, `exe`, `linux` …
    pub os_type: String,
    pub architecture: String,
    /// `pc-q35-7.2` …
    pub machine_type: String,
    /// `efi` or `bios` when libvirt selects the firmware; empty otherwise.
    pub firmware: String,
    /// What kind of firmware it is; `None` when that cannot be told.
    pub firmware_kind: Option<FirmwareKind>,
    /// Host path of the firmware.
    pub loader: Option<String>,
    /// Host path of the firmware's variables.
    pub nvram: Option<String>,
    /// Host path of the file that the variables start from.
    pub nvram_template: Option<String>,
    pub kernel: Option<String>,
    pub initrd: Option<String>,
    pub dtb: Option<String>,
    /// `hd`, `cdrom`, `network`, `fd` in order; empty when devices have a boot order of their own.
    pub boot: Vec<String>,
    /// Host path of the program that runs the machine; empty when libvirt chooses.
    pub emulator: String,
    pub metadata: Metadata,
    /// CPUs and nodes of the host that it keeps to.
    pub pinning: Pinning,
    pub disks: Vec<Disk>,
    /// Namespaces of NVMe controllers of the host among its disks.
    pub nvme: Vec<Namespace>,
    pub interfaces: Vec<Interface>,
    pub graphics: Vec<Graphics>,
    pub channels: Vec<Channel>,
    pub host_devices: Vec<HostDevice>,
    /// What SCSI devices of the host are known by; also of such as it has no more.
    pub scsi_identities: Vec<(scsi::Address, String)>,
    /// Device files of the keyboards and mice of the host that it gets.
    pub host_inputs: Vec<String>,
    /// The memory that it shares with Looking Glass.
    pub looking_glass: Option<SharedMemory>,
    pub filesystems: Vec<Filesystem>,
    pub tpms: Vec<Tpm>,
    /// Models of the video cards.
    pub videos: Vec<String>,
    /// Whether a TPM is emulated, so that its state is a file of this machine.
    pub has_tpm_emulator: bool,
    /// Whether guest memory is shared or backed by huge pages.
    pub has_huge_pages: bool,
    /// Bytes of the huge pages that it wants, each once; 0 for the host's usual size.
    pub huge_page_sizes: Vec<u64>,
    /// The balloon that memory can be taken from the guest with.
    pub balloon: Balloon,
    /// Whether arguments go to QEMU behind libvirt's back (`qemu:commandline`, `qemu:override` …).
    pub has_raw_arguments: bool,
    files: Vec<String>,
}

impl Machine {
    /// Reads a `<domain>` document, of a running machine or not.
    ///
    /// # Errors
    /// Those of [`Tree::parse`]; `Missing` when the root is no `<domain>` or has no name; `Invalid` for a size, a processor
    /// number or a UUID that makes no sense.
    pub fn parse(xml: &str) -> Result<Self, Error> {
        let tree = Tree::parse(xml)?;
        let root = tree.root();
        if root.name() != "domain" {
            return Err(Error::Missing { what: "<domain>" });
        }
        Self::read(&root)
    }

    /// The channel for the agent in the guest, if it has one.
    #[must_use]
    pub fn agent(&self) -> Option<&Channel> {
        self.channels.iter().find(|channel| channel.name == AGENT)
    }

    /// Reads a `<domain>` inside another document.
    pub(crate) fn read(root: &Element<'_, '_>) -> Result<Self, Error> {
        let mut machine = Self { kind: owned(root, "type"), pinning: Pinning::read(root), ..Self::default() };
        let mut current_memory = None;
        for child in root.children() {
            match child.name() {
                "name" => machine.name = child.text().into_owned(),
                "uuid" => machine.uuid = Some(uuid(&child)?),
                "title" => machine.title = child.text().into_owned(),
                "description" => machine.description = child.text().into_owned(),
                "memory" => machine.maximum_memory = size(&child)?,
                "currentMemory" => current_memory = Some(size(&child)?),
                "maxMemory" => machine.hotplug_memory = size(&child)?,
                "vcpu" => machine.processors(&child)?,
                "cpu" => machine.cpu(&child),
                "os" => machine.os(&child),
                "metadata" => machine.metadata(&child),
                "memoryBacking" => machine.backing(&child),
                "devices" => machine.devices(&child),
                // What is encrypted cannot be moved, and is pinned.
                "launchSecurity" => machine.balloon.is_locked = true,
                name if name.contains(':') => machine.has_raw_arguments = true,
                _ => {}
            }
        }
        if machine.name.is_empty() {
            return Err(Error::Missing { what: "the name of the machine" });
        }
        // libvirt treats 0 as "not given" and never lets the balloon exceed the maximum.
        let current = current_memory.filter(|size| *size > 0).unwrap_or(machine.maximum_memory);
        machine.memory = current.min(machine.maximum_memory);
        if machine.maximum_vcpus == 0 {
            (machine.vcpus, machine.maximum_vcpus) = (1, 1);
        }
        machine.files = file::references(root, &machine);
        Ok(machine)
    }

    /// Every file, directory, block device and socket of the host that the machine refers to, without duplicates, in document
    /// order: disks with their backing chains, mirrors and data files, firmware variables and their template, firmware, kernel,
    /// initrd, device tree, ACPI tables, ROMs, shared directories, memory files, character device files and sockets, and what
    /// looks like a path in raw QEMU arguments. Programs (`<emulator>`, `<binary>`) are left out; so are volumes by name
    /// ([`crate::device::Source::Volume`]), which need a pool to become a path.
    #[must_use]
    pub fn file_references(&self) -> Vec<&str> {
        self.files.iter().map(String::as_str).collect()
    }

    /// What to call the machine in a list: the title, else the name, without characters that could mislead.
    #[must_use]
    pub fn label(&self) -> String {
        let text = if self.title.trim().is_empty() { &self.name } else { &self.title };
        validate::shown(text, 256)
    }

    /// A size that makes no sense is libvirt's to refuse, and no reason not to show the machine.
    fn backing(&mut self, backing: &Element<'_, '_>) {
        self.balloon.is_locked |= backing.child("locked").is_some();
        let Some(pages) = backing.child("hugepages") else { return };
        self.has_huge_pages = true;
        let size = |page: Element<'_, '_>| Bytes::parse(&owned(&page, "size"), page.attribute("unit").as_deref()).ok();
        self.huge_page_sizes = pages.children_named("page").filter_map(size).map(|size| size.0).collect();
        self.huge_page_sizes.sort_unstable();
        self.huge_page_sizes.dedup();
        if self.huge_page_sizes.is_empty() {
            self.huge_page_sizes.push(0);
        }
    }

    fn processors(&mut self, vcpu: &Element<'_, '_>) -> Result<(), Error> {
        let invalid = Error::Invalid { what: "<vcpu>" };
        self.maximum_vcpus = vcpu.text().trim().parse().map_err(|_| invalid)?;
        self.vcpus = match vcpu.attribute("current") {
            Some(current) => current.trim().parse::<u32>().map_err(|_| invalid)?.min(self.maximum_vcpus),
            None => self.maximum_vcpus,
        };
        Ok(())
    }

    fn cpu(&mut self, cpu: &Element<'_, '_>) {
        let model = cpu.child("model");
        self.cpu_model = model.map_or_else(String::new, |model| model.text().into_owned());
        // A model without mode is libvirt's older spelling of `custom`.
        let implied = if self.cpu_model.is_empty() { "" } else { "custom" };
        self.cpu_mode = cpu.attribute("mode").map_or_else(|| implied.to_owned(), std::borrow::Cow::into_owned);
    }

    fn os(&mut self, os: &Element<'_, '_>) {
        self.firmware = owned(os, "firmware");
        for child in os.children() {
            match child.name() {
                "type" => {
                    self.os_type = child.text().into_owned();
                    (self.architecture, self.machine_type) = (owned(&child, "arch"), owned(&child, "machine"));
                }
                "loader" => self.loader = path(&child),
                "nvram" => {
                    self.nvram = nvram(&child);
                    self.nvram_template = Some(owned(&child, "template")).filter(|path| !path.is_empty());
                }
                "kernel" => self.kernel = path(&child),
                "initrd" => self.initrd = path(&child),
                "dtb" => self.dtb = path(&child),
                "boot" => self.boot.push(owned(&child, "dev")),
                _ => {}
            }
        }
        self.firmware_kind = self.kind_of_firmware(os);
    }

    fn kind_of_firmware(&self, os: &Element<'_, '_>) -> Option<FirmwareKind> {
        let loader = |attribute| owned_of(os, "loader", attribute);
        // libvirt selects no firmware from a flash chip that is no UEFI.
        if self.firmware == "efi" || loader("type") == "pflash" {
            let says = |name: &str, enabled: &str| {
                let mut features = os.child("firmware").into_iter().flat_map(|firmware| firmware.children_named("feature"));
                features.any(|feature| owned(&feature, "name") == name && owned(&feature, "enabled") == enabled)
            };
            let is_secure = (loader("secure") == "yes" || says("secure-boot", "yes")) && !says("enrolled-keys", "no");
            return Some(if is_secure { FirmwareKind::UefiSecure } else { FirmwareKind::Uefi });
        }
        let is_pc = self.os_type == "hvm" && matches!(self.architecture.as_str(), "x86_64" | "i686");
        let is_usual = self.loader.is_none() && !self.machine_type.starts_with("microvm");
        (self.firmware == "bios" || is_pc && is_usual).then_some(FirmwareKind::Bios)
    }

    fn metadata(&mut self, element: &Element<'_, '_>) {
        self.metadata = Metadata::from_parent(element);
        self.os_id = metadata::os_id(element);
        self.scsi_identities = scsi::read(element);
    }

    fn devices(&mut self, devices: &Element<'_, '_>) {
        for child in devices.children() {
            match child.name() {
                "emulator" => self.emulator = child.text().into_owned(),
                "disk" => {
                    self.nvme.extend(Namespace::read(&child));
                    self.disks.push(Disk::read(&child));
                }
                "interface" => self.interfaces.push(Interface::read(&child)),
                "graphics" => self.graphics.push(Graphics::read(&child)),
                "channel" => self.channels.push(Channel::read(&child)),
                "hostdev" => self.host_devices.push(HostDevice::read(&child)),
                "input" => self.host_inputs.extend(input::path_of(&child)),
                "shmem" if self.looking_glass.is_none() => self.looking_glass = SharedMemory::read(&child),
                "filesystem" => self.filesystems.push(Filesystem::read(&child)),
                "tpm" => self.tpms.push(Tpm::read(&child)),
                "memballoon" => self.balloon.read(&child),
                "video" => self.videos.push(owned_of(&child, "model", "type")),
                _ => {}
            }
        }
        self.has_tpm_emulator = self.tpms.iter().any(|tpm| tpm.backend == "emulator");
    }
}

fn path(element: &Element<'_, '_>) -> Option<String> {
    Some(element.text().trim().to_owned()).filter(|path| !path.is_empty())
}

/// The path stands in the element, or since libvirt 8.5 in a `<source>` like that of a disk.
fn nvram(element: &Element<'_, '_>) -> Option<String> {
    let Some(source) = element.child("source") else { return path(element) };
    let path = ["file", "dev"].iter().find_map(|name| source.attribute(name));
    path.map(std::borrow::Cow::into_owned).filter(|path| !path.is_empty())
}

fn uuid(element: &Element<'_, '_>) -> Result<Uuid, Error> {
    Uuid::parse_str(element.text().trim()).map_err(|_| Error::Invalid { what: "<uuid>" })
}

fn size(element: &Element<'_, '_>) -> Result<u64, Error> {
    Bytes::parse(&element.text(), element.attribute("unit").as_deref()).map(|bytes| bytes.0)
}

#[cfg(test)]
mod tests;
