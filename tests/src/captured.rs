//! Hosts made of a description: the files of `/sys`, `/proc` and `/run` that the service reads, as a kernel would lay them out.
//!
//! A line of `tests/data/hosts/NAME.host` is a thing and what is special about it:
//!
//! ```text
//! pci ADDRESS VENDOR:DEVICE class=HEX under=BRIDGE driver=NAME group=N node=N sub=VENDOR:DEVICE rev=HEX reset=flr,bus
//!     link=SPEEDxWIDTH max=SPEEDxWIDTH vfs=TOTAL vf-of=ADDRESS bar=NUMBER:SIZE,… boot
//! disk NAME under=ADDRESS parts=NAME,…      layer NAME of=DISK,… uuid=TEXT name=TEXT
//! net NAME under=ADDRESS upper=NAME kind=bridge|bonding|tap
//! usb NAME VENDOR:PRODUCT under=ADDRESS|NAME at=BUS:NUMBER class=HEX speed=MBIT parts=CLASS,… maker=NAME name=NAME serial=TEXT
//! scsi HOST:CHANNEL:TARGET:LUN under=ADDRESS type=NUMBER vendor=NAME model=NAME serial=TEXT wwid=TEXT sg=NAME nodes=FOLDER/NAME,…
//! file PATH TEXT                            link PATH TARGET
//! ```

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use tempfile::TempDir;

use crate::project;

/// A host in a directory.
#[derive(Debug)]
pub struct Captured {
    directory: TempDir,
}

/// The words behind `key=`; a word without `=` is a key with an empty value.
struct Line<'a>(Vec<&'a str>, BTreeMap<&'a str, &'a str>);

impl<'a> Line<'a> {
    fn read(line: &'a str) -> Self {
        let (named, plain): (Vec<&str>, Vec<&str>) = line.split_ascii_whitespace().partition(|word| word.contains('='));
        let named = named.into_iter().filter_map(|word| word.split_once('='));
        Self(plain, named.collect())
    }

    fn get(&self, key: &str) -> Option<&'a str> {
        self.1.get(key).copied()
    }

    fn list(&self, key: &str) -> Vec<&'a str> {
        self.get(key).map(|list| list.split(',').collect()).unwrap_or_default()
    }
}

impl Captured {
    /// The host of `tests/data/hosts/NAME.host`.
    #[must_use]
    pub fn named(name: &str) -> Self {
        Self::described(&project::read(&format!("tests/data/hosts/{name}.host")))
    }

    /// The host of a description.
    #[must_use]
    pub fn described(text: &str) -> Self {
        let directory = crate::bus::short_directory();
        let host = Self { directory };
        for below in ["sys/bus/pci/devices", "sys/bus/pci/drivers/vfio-pci", "sys/class/block", "sys/class/net", "proc/net", "run"] {
            fs::create_dir_all(host.path().join(below)).expect("a directory");
        }
        for file in ["sys/bus/pci/drivers_probe", "sys/bus/pci/drivers/vfio-pci/bind", "sys/bus/pci/drivers/vfio-pci/unbind"] {
            host.file(file, "");
        }
        host.file("usr/share/misc/pci.ids", &project::read("tests/data/hosts/pci.ids"));
        host.file("proc/sys/kernel/random/boot_id", "0b0e1c1e-0000-4000-8000-000000000001\n");
        let mut real = BTreeMap::new();
        for line in text.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#')) {
            host.add(line, &mut real);
        }
        host
    }

    /// The directory.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    /// Writes a file and the directories to it.
    pub fn file(&self, path: &str, text: &str) {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().expect("a directory")).expect("a directory");
        fs::write(path, text).expect("a file");
    }

    /// Makes a relative link from one path of the tree to another.
    pub fn link(&self, path: &str, target: &str) {
        link(self.path(), path, target);
    }

    fn add(&self, line: &str, real: &mut BTreeMap<String, String>) {
        let words = Line::read(line);
        match words.0[..] {
            ["pci", address, ids, ..] => self.pci(address, ids, &words, real),
            ["disk", name] => self.disk(name, &words, real),
            ["layer", name] => self.layer(name, &words),
            ["net", name] => self.net(name, &words, real),
            ["usb", name, ids] => self.usb(name, ids, &words, real),
            ["input", name] => self.input(name, &words, real),
            ["scsi", address] => self.scsi(address, &words, real),
            ["link", path, target] => self.link(path, target),
            ["file", path, ..] => {
                let (_, text) = line.split_once(path).expect("a path");
                self.file(path, &format!("{}\n", text.trim().replace("\\n", "\n").replace("\\t", "\t")));
            }
            _ => panic!("not a line of a host: {line}"),
        }
    }

    fn pci(&self, address: &str, ids: &str, words: &Line<'_>, real: &mut BTreeMap<String, String>) {
        let parent = words
            .get("under")
            .map_or_else(|| format!("sys/devices/pci{}", address.rsplit_once(':').expect("an address").0), |bridge| real[bridge].clone());
        let at = format!("{parent}/{address}");
        real.insert(address.to_owned(), at.clone());
        let put = |name: &str, text: &str| self.file(&format!("{at}/{name}"), &format!("{text}\n"));
        let (vendor, device) = ids.split_once(':').expect("ids");
        let (maker, card) = words.get("sub").and_then(|ids| ids.split_once(':')).unwrap_or(("0000", "0000"));
        for (name, id) in [("vendor", vendor), ("device", device), ("subsystem_vendor", maker), ("subsystem_device", card)] {
            put(name, &format!("0x{id}"));
        }
        put("class", &format!("0x{}", words.get("class").expect("a class")));
        put("revision", &format!("0x{}", words.get("rev").unwrap_or("00")));
        put("numa_node", words.get("node").unwrap_or("-1"));
        put("driver_override", "(null)");
        put("resource", &resource(&words.list("bar")));
        if let Some(resets) = words.get("reset") {
            put("reset_method", &resets.replace(',', " "));
        }
        for (key, name) in [("link", "current"), ("max", "max")] {
            if let Some((speed, width)) = words.get(key).and_then(|link| link.split_once('x')) {
                put(&format!("{name}_link_speed"), &format!("{speed} GT/s PCIe"));
                put(&format!("{name}_link_width"), width);
            }
        }
        if words.0.contains(&"boot") {
            put("boot_vga", "1");
        }
        if let Some(total) = words.get("vfs") {
            put("sriov_totalvfs", total);
            put("sriov_numvfs", "0");
        }
        if let Some(physical) = words.get("vf-of") {
            let of = &real[physical];
            let count = fs::read_dir(self.path().join(of)).expect("a device").flatten();
            let number = count.filter(|entry| entry.file_name().to_string_lossy().starts_with("virtfn")).count();
            self.link(&format!("{of}/virtfn{number}"), &at);
            self.link(&format!("{at}/physfn"), of);
            self.file(&format!("{of}/sriov_numvfs"), &format!("{}\n", number + 1));
        }
        self.link(&format!("sys/bus/pci/devices/{address}"), &at);
        if let Some(group) = words.get("group") {
            self.link(&format!("{at}/iommu_group"), &format!("sys/kernel/iommu_groups/{group}"));
            self.link(&format!("sys/kernel/iommu_groups/{group}/devices/{address}"), &at);
        }
        if let Some(driver) = words.get("driver") {
            let of = format!("sys/bus/pci/drivers/{driver}");
            self.file(&format!("{of}/unbind"), "");
            self.file(&format!("{of}/bind"), "");
            self.link(&format!("{at}/driver"), &of);
            self.link(&format!("{of}/{address}"), &at);
        }
    }

    fn usb(&self, name: &str, ids: &str, words: &Line<'_>, real: &mut BTreeMap<String, String>) {
        let at = format!("{}/{name}", real[words.get("under").expect("a controller")]);
        real.insert(name.to_owned(), at.clone());
        let put = |file: &str, text: &str| self.file(&format!("{at}/{file}"), &format!("{text}\n"));
        let (vendor, product) = ids.split_once(':').expect("ids");
        let (bus, number) = words.get("at").and_then(|at| at.split_once(':')).expect("a place");
        for (file, text) in [("idVendor", vendor), ("idProduct", product), ("busnum", bus), ("devnum", number)] {
            put(file, text);
        }
        put("bDeviceClass", words.get("class").unwrap_or("00"));
        for (key, file) in [("speed", "speed"), ("maker", "manufacturer"), ("name", "product"), ("serial", "serial")] {
            if let Some(text) = words.get(key) {
                put(file, &text.replace('_', " "));
            }
        }
        for (index, class) in words.list("parts").into_iter().enumerate() {
            put(&format!("{name}:1.{index}/bInterfaceClass"), class);
            self.link(&format!("sys/bus/usb/devices/{name}:1.{index}"), &format!("{at}/{name}:1.{index}"));
        }
        self.link(&format!("sys/bus/usb/devices/{name}"), &at);
    }

    /// A SCSI device that comes later; `under` is a path.
    pub fn plug_scsi(&self, line: &str) {
        let words = Line::read(line);
        self.scsi(words.0[1], &words, &mut BTreeMap::new());
    }

    /// Takes a SCSI device away.
    pub fn pull_scsi(&self, address: &str) {
        let link = self.path().join("sys/bus/scsi/devices").join(address);
        fs::remove_dir_all(fs::canonicalize(&link).expect("a device")).expect("gone");
        fs::remove_file(link).expect("gone");
    }

    fn scsi(&self, address: &str, words: &Line<'_>, real: &mut BTreeMap<String, String>) {
        let under = words.get("under").expect("a controller");
        let parent = real.get(under).map_or(under, String::as_str);
        let (target, host) = (address.rsplit_once(':').expect("an address").0, address.split(':').next().expect("a host"));
        let at = format!("{parent}/host{host}/target{target}/{address}");
        self.file(&format!("{at}/type"), &format!("{}\n", words.get("type").expect("a type")));
        for key in ["vendor", "model", "wwid"] {
            if let Some(text) = words.get(key) {
                self.file(&format!("{at}/{key}"), &format!("{:8}\n", text.replace('_', " ")));
            }
        }
        if let Some(serial) = words.get("serial") {
            let header = [0, 0x80, 0, u8::try_from(serial.len()).expect("a short text")];
            fs::write(self.path().join(&at).join("vpd_pg80"), [&header, serial.as_bytes()].concat()).expect("a file");
        }
        let generic = words.get("sg").map(|name| format!("scsi_generic/{name}"));
        for node in generic.iter().map(String::as_str).chain(words.list("nodes")) {
            let (folder, name) = node.split_once('/').expect("a folder and a name");
            self.file(&format!("{at}/{node}/uevent"), &format!("DEVNAME={name}\n"));
            self.link(&format!("sys/class/{folder}/{name}"), &format!("{at}/{node}"));
        }
        self.link(&format!("sys/bus/scsi/devices/{address}"), &at);
        real.insert(address.to_owned(), at);
    }

    /// An input as the kernel shows it, and what udev has written down of it.
    pub fn plug_input(&self, line: &str) {
        let words = Line::read(line);
        self.input(words.0[1], &words, &BTreeMap::new());
    }

    fn input(&self, name: &str, words: &Line<'_>, real: &BTreeMap<String, String>) {
        let under = words.get("under").expect("a device");
        let (number, parent) = (name.trim_start_matches("event"), real.get(under).map_or(under, String::as_str));
        let input = format!("{parent}/input/input{number}");
        let minor = 64 + number.parse::<u32>().expect("a number");
        self.file(&format!("{input}/name"), &format!("{}\n", words.get("name").unwrap_or_default().replace('_', " ")));
        self.file(&format!("{input}/{name}/dev"), &format!("13:{minor}\n"));
        self.link(&format!("{input}/{name}/device"), &input);
        self.link(&format!("sys/class/input/{name}"), &format!("{input}/{name}"));
        let links = ["by-id", "by-path"]
            .iter()
            .flat_map(|folder| words.list(folder).into_iter().map(move |link| format!("S:input/{folder}/{link}\n")));
        let kinds = words.list("is").into_iter().map(|kind| format!("E:ID_INPUT_{}=1\n", kind.to_uppercase()));
        self.file(&format!("run/udev/data/c13:{minor}"), &links.chain(kinds).collect::<String>());
    }

    fn disk(&self, name: &str, words: &Line<'_>, real: &BTreeMap<String, String>) {
        let at = format!("{}/block/{name}", real[words.get("under").expect("a controller")]);
        let number = fs::read_dir(self.path().join("sys/class/block")).expect("disks").count();
        for (index, part) in [name].into_iter().chain(words.list("parts")).enumerate() {
            let at = if index == 0 { at.clone() } else { format!("{at}/{part}") };
            self.file(&format!("{at}/dev"), &format!("8:{}\n", number + index));
            self.file(&format!("{at}/uevent"), &format!("DEVNAME={part}\n"));
            self.link(&format!("sys/class/block/{part}"), &at);
        }
    }

    fn layer(&self, name: &str, words: &Line<'_>) {
        let at = format!("sys/devices/virtual/block/{name}");
        self.file(&format!("{at}/dev"), &format!("253:{}\n", name.trim_start_matches(|letter: char| !letter.is_ascii_digit())));
        for (key, file) in [("uuid", "dm/uuid"), ("name", "dm/name")] {
            if let Some(text) = words.get(key) {
                self.file(&format!("{at}/{file}"), &format!("{text}\n"));
            }
        }
        self.link(&format!("sys/class/block/{name}"), &at);
        for below in words.list("of") {
            let real = fs::canonicalize(self.path().join("sys/class/block").join(below)).expect("a disk below");
            let root = fs::canonicalize(self.path()).expect("the tree");
            let real = real.strip_prefix(root).expect("below the tree").to_str().expect("a path").to_owned();
            self.link(&format!("{real}/holders/{name}"), &at);
        }
    }

    fn net(&self, name: &str, words: &Line<'_>, real: &BTreeMap<String, String>) {
        let at = words.get("under").map_or_else(|| format!("sys/devices/virtual/net/{name}"), |card| format!("{}/net/{name}", real[card]));
        self.file(&format!("{at}/operstate"), "up\n");
        if let Some(card) = words.get("under") {
            self.link(&format!("{at}/device"), &real[card]);
        }
        match words.get("kind") {
            Some("tap") => self.file(&format!("{at}/tun_flags"), "0x1002\n"),
            Some(kind) => self.file(&format!("{at}/{kind}/name"), ""),
            None => {}
        }
        self.link(&format!("sys/class/net/{name}"), &at);
        if let Some(upper) = words.get("upper") {
            self.link(&format!("{at}/upper_{upper}"), &format!("sys/class/net/{upper}"));
            self.link(&format!("sys/devices/virtual/net/{upper}/brif/{name}"), &at);
        }
    }
}

/// Makes a relative link from one path of a tree to another.
pub(crate) fn link(tree: &Path, path: &str, target: &str) {
    let at = tree.join(path);
    fs::create_dir_all(at.parent().expect("a directory")).expect("a directory");
    if !tree.join(target).exists() {
        fs::create_dir_all(tree.join(target)).expect("a directory");
    }
    let up: PathBuf = std::iter::repeat_n("..", path.split('/').count() - 1).collect();
    std::os::unix::fs::symlink(up.join(target), at).expect("a link");
}

/// The file that tells the windows of a device: those that are not there are zeroes.
fn resource(bars: &[&str]) -> String {
    let size = |number: usize| {
        let (_, size) = bars.iter().filter_map(|bar| bar.split_once(':')).find(|(at, _)| *at == number.to_string())?;
        let digits = size.trim_end_matches(['K', 'M', 'G']);
        let unit: u64 = match size.trim_start_matches(digits) {
            "K" => 1 << 10,
            "M" => 1 << 20,
            "G" => 1 << 30,
            _ => 1,
        };
        Some(digits.parse::<u64>().expect("a size") * unit)
    };
    let line = |number: usize| match size(number) {
        Some(size) => {
            format!("0x{start:016x} 0x{end:016x} 0x{flags:016x}", start = 1_u64 << 36, end = (1_u64 << 36) + size - 1, flags = 0x14220c)
        }
        None => format!("0x{0:016x} 0x{0:016x} 0x{0:016x}", 0),
    };
    (0..13).map(line).collect::<Vec<_>>().join("\n")
}
