//! The PCI devices of the design's host.

use uuid::Uuid;

use super::{Preset, guest::id, scsi};
use crate::{
    Machine,
    device::{Attached, FunctionSettings, HostDevice, Kept, Link, NetworkCard, VFIO},
};

const AMD: (u16, &str) = (0x1022, "Advanced Micro Devices, Inc. [AMD]");
const RADEON: (u16, &str) = (0x1002, "Advanced Micro Devices, Inc. [AMD/ATI]");
const NVIDIA: (u16, &str) = (0x10de, "NVIDIA Corporation");
const INTEL: (u16, &str) = (0x8086, "Intel Corporation");
const SAMSUNG: (u16, &str) = (0x144d, "Samsung Electronics Co Ltd");
const SANDISK: (u16, &str) = (0x15b7, "Sandisk Corp");
const ASMEDIA: (u16, &str) = (0x1b21, "ASMedia Technology Inc.");
const BROADCOM: (u16, &str) = (0x1000, "Broadcom / LSI");
const REALTEK: (u16, &str) = (0x10ec, "Realtek Semiconductor Co., Ltd.");
const MEDIATEK: (u16, &str) = (0x14c3, "MEDIATEK Corp.");

/// Machines of the roster that name a card, by their number.
const GAMING: u128 = 1;
const FIREWALL: u128 = 4;
const WINDOWS_SERVER: u128 = 14;

/// One device.
struct Row {
    address: &'static str,
    vendor: (u16, &'static str),
    device: (u16, &'static str),
    kind: (&'static str, &'static str),
    group: u32,
    driver: &'static str,
    /// The driver that it gets from the host.
    own: &'static str,
    resets: &'static [&'static str],
    /// Megatransfers and lanes, now and at most.
    link: [u32; 4],
    uses: &'static [(&'static str, &'static str)],
    machine: Option<u128>,
    mebibytes: u64,
}

const fn row(
    address: &'static str,
    vendor: (u16, &'static str),
    device: (u16, &'static str),
    kind: (&'static str, &'static str),
    group: u32,
    driver: &'static str,
) -> Row {
    Row {
        address,
        vendor,
        device,
        kind,
        group,
        driver,
        own: driver,
        resets: &["flr", "bus"],
        link: [0; 4],
        uses: &[],
        machine: None,
        mebibytes: 1,
    }
}

impl Row {
    const fn link(mut self, speed: u32, width: u32, maximum_speed: u32, maximum_width: u32) -> Self {
        self.link = [speed, width, maximum_speed, maximum_width];
        self
    }

    const fn uses(mut self, uses: &'static [(&'static str, &'static str)]) -> Self {
        self.uses = uses;
        self
    }

    const fn resets(mut self, resets: &'static [&'static str]) -> Self {
        self.resets = resets;
        self
    }

    const fn machine(mut self, number: u128) -> Self {
        self.machine = Some(number);
        self
    }

    const fn reserved(mut self) -> Self {
        self.driver = VFIO;
        self
    }

    const fn window(mut self, mebibytes: u64) -> Self {
        self.mebibytes = mebibytes;
        self
    }
}

const SCREEN: (&str, &str) = ("display", "VGA compatible controller");
const SOUND: (&str, &str) = ("audio", "Audio device");
const USB: (&str, &str) = ("usb", "USB controller");
const SERIAL: (&str, &str) = ("serial-bus", "Serial bus controller");
const CABLE: (&str, &str) = ("network", "Ethernet controller");
const RADIO: (&str, &str) = ("wireless", "Network controller");
const NVME: (&str, &str) = ("storage", "Non-Volatile memory controller");
const SATA: (&str, &str) = ("storage", "SATA controller");
const SAS: (&str, &str) = ("storage", "Serial Attached SCSI controller");
const BRIDGE: (&str, &str) = ("bridge", "PCI bridge");

#[rustfmt::skip]
const ROWS: [Row; 27] = [
    row("0000:00:01.1", AMD, (0x14db, "Raphael/Granite Ridge GPP Bridge"), BRIDGE, 1, "pcieport").resets(&["pm"]),
    row("0000:00:14.0", AMD, (0x790b, "FCH SMBus Controller"), ("smbus", "SMBus"), 8, "piix4_smbus").resets(&[]),
    row("0000:00:14.3", AMD, (0x790e, "FCH LPC Bridge"), ("isa-bridge", "ISA bridge"), 8, "").resets(&[]),
    row("0000:01:00.0", RADEON, (0x73bf, "Navi 21 [Radeon RX 6800/6800 XT]"), SCREEN, 14, "amdgpu")
        .resets(&["device_specific", "bus"]).link(16_000, 16, 16_000, 16).window(16 << 10).machine(GAMING).reserved(),
    row("0000:01:00.1", RADEON, (0xab28, "Navi 21/23 HDMI/DP Audio Controller"), SOUND, 14, "snd_hda_intel").machine(GAMING).reserved(),
    row("0000:01:00.2", RADEON, (0x73a6, "Navi 21 USB"), USB, 14, "xhci_hcd").machine(GAMING).reserved(),
    row("0000:01:00.3", RADEON, (0x73a4, "Navi 21 USB UCSI"), SERIAL, 14, "i2c_designware_pci").machine(GAMING).reserved(),
    row("0000:02:00.0", NVIDIA, (0x1ff2, "TU117GL [T400 4GB]"), SCREEN, 15, "nvidia")
        .link(2_500, 16, 8_000, 16).window(4 << 10).machine(WINDOWS_SERVER),
    row("0000:02:00.1", NVIDIA, (0x10fa, "TU116 High Definition Audio Controller"), SOUND, 15, "snd_hda_intel").machine(WINDOWS_SERVER),
    row("0000:03:00.0", INTEL, (0x1572, "Ethernet Controller X710 for 10GbE SFP+"), CABLE, 21, "i40e")
        .link(8_000, 8, 8_000, 8).uses(&[("default-route", "br0"), ("machine-bridge", "enp3s0f0")]).window(8),
    row("0000:03:02.0", INTEL, (0x154c, "Ethernet Virtual Function 700 Series"), CABLE, 22, "iavf").machine(FIREWALL).reserved(),
    row("0000:03:02.1", INTEL, (0x154c, "Ethernet Virtual Function 700 Series"), CABLE, 23, "iavf"),
    row("0000:04:00.0", INTEL, (0x15f3, "Ethernet Controller I225-V"), CABLE, 24, "igc").link(5_000, 1, 5_000, 1),
    row("0000:05:00.0", ASMEDIA, (0x2142, "ASM2142/ASM3142 USB 3.1 Host Controller"), USB, 25, "xhci_hcd").resets(&[]).link(8_000, 2, 8_000, 2),
    row("0000:06:00.0", SAMSUNG, (0xa80c, "NVMe SSD Controller S4LV008 [Pascal] (990 PRO)"), NVME, 19, "nvme")
        .link(16_000, 4, 16_000, 4).uses(&[("mounted", "nvme0n1p1"), ("system-disk", "nvme0n1p2"), ("swap", "nvme0n1p3")]),
    row("0000:07:00.0", SANDISK, (0x5030, "WD Black SN850X NVMe SSD"), NVME, 26, "nvme").link(16_000, 4, 16_000, 4),
    row("0000:08:00.0", AMD, (0x43f7, "600 Series Chipset USB 3.2 Controller"), USB, 16, "xhci_hcd").uses(&[("keyboard", "input3")]),
    row("0000:09:00.0", AMD, (0x43f6, "600 Series Chipset SATA Controller"), SATA, 16, "ahci"),
    row("0000:0a:00.0", REALTEK, (0x8125, "RTL8125 2.5GbE Controller"), CABLE, 16, "r8169").link(5_000, 1, 5_000, 1),
    row("0000:0b:00.0", MEDIATEK, (0x0616, "MT7922 802.11ax PCI Express Wireless Network Adapter"), RADIO, 16, "mt7921e").link(5_000, 1, 5_000, 1),
    row("0000:0d:00.0", RADEON, (0x164e, "Raphael"), SCREEN, 27, "amdgpu")
        .link(16_000, 16, 16_000, 16).uses(&[("boot-display", "fb0"), ("display", "card1-HDMI-A-1")]).window(256),
    row("0000:0d:00.1", RADEON, (0x1640, "Rembrandt Radeon High Definition Audio Controller"), SOUND, 28, "snd_hda_intel"),
    row("0000:0d:00.2", AMD, (0x1649, "Family 19h PSP/CCP"), ("encryption", "Encryption controller"), 29, "ccp"),
    row("0000:0d:00.3", AMD, (0x15b6, "Raphael/Granite Ridge USB 3.1 xHCI"), USB, 30, "xhci_hcd"),
    row("0000:0d:00.4", AMD, (0x15b7, "Raphael/Granite Ridge USB 3.1 xHCI"), USB, 31, "xhci_hcd").reserved(),
    row("0000:0d:00.6", AMD, (0x15e3, "Family 17h/19h HD Audio Controller"), SOUND, 32, "snd_hda_intel"),
    row(scsi::ADAPTER, BROADCOM, (0x0097, "SAS3008 PCI-Express Fusion-MPT SAS-3"), SAS, 33, "mpt3sas")
        .link(8_000, 8, 8_000, 8).uses(&[("mounted", "sdc1")]),
];

/// Where a part is mounted, or what it is in: what the service adds to a use when it refuses.
pub(super) fn detail(name: &str) -> &'static str {
    match name {
        "nvme0n1p1" => "/boot/efi",
        "nvme0n1p2" => "/",
        "sdc1" => "/srv/backup",
        "enp3s0f0" => "br0",
        _ => "",
    }
}

/// The driver that a device gets from the host.
pub(super) fn own_driver(address: &str) -> &'static str {
    ROWS.iter().find(|row| row.address == address).map_or("", |row| row.own)
}

/// The devices, by address.
pub(super) fn devices(preset: Preset) -> Vec<HostDevice> {
    match preset {
        Preset::ServiceMissing | Preset::NoLibvirt => Vec::new(),
        Preset::Empty | Preset::Many(_) => ROWS.iter().map(|row| HostDevice { machines: Vec::new(), ..device(row) }).collect(),
        Preset::Full | Preset::Frozen | Preset::NotAllowed => ROWS.iter().map(device).collect(),
    }
}

/// So many virtual functions of the card that can have them, each in a group of its own.
pub(super) fn functions(count: u32) -> Vec<HostDevice> {
    let Some(first) = ROWS.iter().find(|row| row.address == "0000:03:02.1") else { return Vec::new() };
    let function = |number: u32| HostDevice {
        address: format!("0000:03:{:02x}.{}", 2 + number / 8, number % 8),
        group: Some(if number < 2 { 22 + number } else { 38 + number }),
        ..device(first)
    };
    (0..count).map(function).collect()
}

/// What so many functions may, as the design has it for the first one.
pub(super) fn function_settings(functions: &[String]) -> Vec<FunctionSettings> {
    let settings = |(index, address): (u32, &String)| FunctionSettings {
        index,
        address: address.clone(),
        mac: format!("52:54:00:8a:11:{index:02x}"),
        vlan: if index == 0 { 20 } else { 0 },
        vlan_protocol: "802.1Q".to_owned(),
        checks_spoofing: true,
        link_state: "auto".to_owned(),
        ..FunctionSettings::default()
    };
    (0..).zip(functions).map(settings).collect()
}

/// A card that was taken out and is still waited for.
pub(super) fn gone_but_kept(preset: Preset) -> Option<Kept> {
    let is_design = matches!(preset, Preset::Full | Preset::Frozen | Preset::NotAllowed);
    let card = Kept { address: "0000:0c:00.0".to_owned(), ids: (NVIDIA.0, 0x1cb1), outcome: "gone".to_owned(), reasons: Vec::new() };
    is_design.then_some(card)
}

/// What a machine has of them: what was reserved before is not managed.
pub(super) fn attached(machine: &Machine, devices: &[HostDevice]) -> Vec<Attached> {
    let one = |device: &HostDevice| Attached {
        kind: "pci".to_owned(),
        source: device.address.clone(),
        is_managed: device.driver != VFIO,
        is_live: machine.is_active(),
        is_configured: true,
        card: device.function_of.is_some().then(|| card(&device.address)),
        // The firmware of the host has run the card's own.
        has_rom_file: device.address == "0000:01:00.0",
        ..Attached::default()
    };
    devices.iter().filter(|device| device.machines.contains(&machine.id)).map(one).collect()
}

/// The network card of the design's firewall: what its card lets the first function have.
fn card(address: &str) -> NetworkCard {
    let settings = function_settings(&[address.to_owned()]).remove(0);
    NetworkCard { mac: settings.mac, vlan: settings.vlan }
}

fn device(row: &Row) -> HostDevice {
    let [speed, width, maximum_speed, maximum_width] = row.link;
    let is_physical = row.address == "0000:03:00.0";
    let functions = if is_physical { ["0000:03:02.0", "0000:03:02.1"].map(str::to_owned).to_vec() } else { Vec::new() };
    HostDevice {
        address: row.address.to_owned(),
        ids: (row.vendor.0, row.device.0),
        kind: row.kind.0.to_owned(),
        vendor_name: row.vendor.1.to_owned(),
        device_name: row.device.1.to_owned(),
        class_name: row.kind.1.to_owned(),
        driver: row.driver.to_owned(),
        group: Some(row.group),
        // The slots of the second half of the processor.
        node: Some(u32::from(("0000:03".."0000:0c").contains(&row.address))),
        link: Link { speed, width, maximum_speed, maximum_width },
        resets: row.resets.iter().map(|reset| (*reset).to_owned()).collect(),
        maximum_functions: if is_physical { 64 } else { 0 },
        function_settings: function_settings(&functions),
        functions,
        function_of: row.address.starts_with("0000:03:02").then(|| "0000:03:00.0".to_owned()),
        is_boot_display: row.uses.iter().any(|(word, _)| *word == "boot-display"),
        windows: vec![(0, row.mebibytes << 20)],
        uses: row.uses.iter().map(|(word, name)| ((*word).to_owned(), (*name).to_owned())).collect(),
        machines: row.machine.map(id).into_iter().collect::<Vec<Uuid>>(),
        can_move: !matches!(row.kind.0, "bridge" | "isa-bridge" | "smbus"),
        // What the machines have was reserved at the start of the host, else it would not be any more.
        is_kept: row.address.starts_with("0000:01:00"),
        ..HostDevice::default()
    }
}
