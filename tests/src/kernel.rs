//! A kernel behind a captured host: it takes the service's writes to sysfs, notes them, and does what they ask for.

use std::{
    collections::HashMap,
    fs, io,
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use service::host::{
    Root,
    function::{Functions, Setting, Settings},
    sysfs::Kernel,
};
use tokio::sync::Notify;

use crate::captured::{Captured, link};

/// What goes wrong at a write, counted from 0 since it was set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Nothing.
    None,
    /// The service dies before the kernel has seen it.
    CrashBefore(usize),
    /// The service dies when the kernel has done it.
    CrashAfter(usize),
    /// The kernel refuses.
    Refuse(usize),
    /// The kernel refuses this one and all after it.
    RefuseFrom(usize),
    /// The device is pulled out of the computer.
    Vanish(usize),
    /// The driver does not let go until it is told to.
    Hang(usize),
    /// The service gets no further: nothing comes back from the kernel, which has done it.
    Freeze(usize),
    /// The driver that should take the device does not.
    NoProbe,
    /// The driver makes one virtual function fewer than it says.
    OneFewer,
    /// The driver has no such setting.
    Unknown(usize),
    /// The driver says yes and does nothing.
    Ignore(usize),
}

/// The kernel.
#[derive(Debug)]
pub struct FakeKernel {
    /// The driver that the kernel chooses for a device.
    natural: HashMap<String, String>,
    log: Mutex<Vec<(String, String)>>,
    trouble: Mutex<(Trouble, usize)>,
    /// What virtual functions may, by their card, for those that were changed.
    functions: Mutex<HashMap<String, Functions>>,
    /// Told when a write hangs.
    pub hangs: Notify,
    lets_go: AtomicBool,
}

impl FakeKernel {
    /// A kernel of a host; each device naturally has the driver that it has now, those of machines `other`.
    #[must_use]
    pub fn of(host: &Captured) -> Arc<Self> {
        let devices = fs::read_dir(host.path().join("sys/bus/pci/devices")).expect("devices").flatten();
        let natural = devices.filter_map(|device| {
            let driver = fs::read_link(device.path().join("driver")).ok()?;
            let name = driver.file_name()?.to_str()?.to_owned();
            Some((device.file_name().into_string().ok()?, name))
        });
        let natural = natural.filter(|(_, driver)| driver != "vfio-pci").collect();
        Arc::new(Self {
            natural,
            log: Mutex::default(),
            trouble: Mutex::new((Trouble::None, 0)),
            functions: Mutex::default(),
            hangs: Notify::new(),
            lets_go: AtomicBool::new(false),
        })
    }

    /// The host with this kernel.
    #[must_use]
    pub fn root(self: &Arc<Self>, host: &Captured) -> Root {
        Root::simulated(host.path(), Arc::clone(self) as Arc<dyn Kernel>)
    }

    /// What goes wrong from now on.
    pub fn set(&self, trouble: Trouble) {
        *self.trouble.lock().expect("trouble") = (trouble, 0);
    }

    /// Lets go of what hangs.
    pub fn let_go(&self) {
        self.lets_go.store(true, Ordering::Release);
    }

    /// The writes so far, which are forgotten: files and values.
    #[must_use]
    pub fn writes(&self) -> Vec<(String, String)> {
        std::mem::take(&mut *self.log.lock().expect("log"))
    }

    /// How often a file was written, or something else done, since the writes were asked for.
    #[must_use]
    pub fn count_of(&self, what: &str) -> usize {
        self.log.lock().expect("log").iter().filter(|(done, _)| done == what).count()
    }

    /// Whether something was done since the writes were asked for.
    #[must_use]
    pub fn has(&self, what: &str, of: &str) -> bool {
        self.log.lock().expect("log").iter().any(|done| (done.0.as_str(), done.1.as_str()) == (what, of))
    }

    /// Notes something else that the service does, such as a call to systemd. Says whether it is to be done, and whether it comes back.
    pub fn note(&self, what: &str, of: &str) -> (bool, bool) {
        let (trouble, number) = self.count(what, of);
        let comes_back = ![Trouble::Hang(number), Trouble::Freeze(number)].contains(&trouble);
        if !comes_back {
            self.hangs.notify_one();
        }
        (trouble != Trouble::Hang(number), comes_back)
    }

    fn count(&self, path: &str, value: &str) -> (Trouble, usize) {
        self.log.lock().expect("log").push((path.to_owned(), value.to_owned()));
        let mut trouble = self.trouble.lock().expect("trouble");
        trouble.1 += 1;
        (trouble.0, trouble.1 - 1)
    }

    fn hang(&self) {
        self.hangs.notify_one();
        while !self.lets_go.load(Ordering::Acquire) {
            std::thread::park_timeout(std::time::Duration::from_millis(5));
        }
    }

    fn take(&self, tree: &Path, path: &str, value: &str) -> io::Result<()> {
        if !tree.join(path).exists() {
            return Err(io::ErrorKind::NotFound.into());
        }
        if let Some(device) = path.strip_suffix("/driver_override") {
            let driver = if value == "\n" { "(null)" } else { value };
            return fs::write(tree.join(device).join("driver_override"), format!("{driver}\n"));
        }
        if let Some(card) = path.strip_suffix("/rom") {
            // What a card has shows through its window only while that is on.
            let shown = if value == "1" { fs::read(tree.join(card).join("rom.image"))? } else { Vec::new() };
            return fs::write(tree.join(path), shown);
        }
        if let Some(card) = path.strip_suffix("/sriov_numvfs") {
            self.functions.lock().expect("functions").clear();
            return functions(tree, card, value, self.trouble.lock().expect("trouble").0 == Trouble::OneFewer);
        }
        if path.starts_with("sys/class/vtconsole/") {
            return fs::write(tree.join(path), format!("{value}\n"));
        }
        if let Some(driver) = path.strip_prefix("sys/bus/platform/drivers/") {
            let (driver, what) = driver.split_once('/').expect("a file of a driver");
            let device = format!("sys/bus/platform/drivers/{driver}/{value}");
            if what == "unbind" {
                return fs::remove_file(tree.join(device));
            }
            link(tree, &device, &format!("sys/devices/platform/{value}"));
            return Ok(());
        }
        let device = tree.join("sys/bus/pci/devices").join(value);
        let driver = |name: &str| format!("sys/bus/pci/drivers/{name}");
        let real = fs::canonicalize(&device)?;
        let real = real.strip_prefix(fs::canonicalize(tree)?).expect("below the tree").to_str().expect("a path").to_owned();
        let attach = |name: &str| {
            link(tree, &format!("{real}/driver"), &driver(name));
            link(tree, &format!("{}/{value}", driver(name)), &real);
        };
        let bound = fs::read_link(device.join("driver")).ok();
        if path.ends_with("/unbind") {
            let name = bound.ok_or_else(|| io::Error::from_raw_os_error(19))?;
            let name = name.file_name().and_then(|name| name.to_str()).expect("a name");
            fs::remove_file(device.join("driver"))?;
            return fs::remove_file(tree.join(driver(name)).join(value));
        }
        if bound.is_none() && path == "sys/bus/pci/drivers_probe" && self.trouble.lock().expect("trouble").0 != Trouble::NoProbe {
            let only = fs::read_to_string(device.join("driver_override"))?;
            match (only.trim(), self.natural.get(value)) {
                ("(null)", Some(name)) => attach(name),
                ("(null)", None) => {}
                (only, _) => attach(only),
            }
        }
        if bound.is_none() && path.ends_with("/bind") {
            let name = path.split('/').nth_back(1).expect("a driver");
            attach(name);
        }
        Ok(())
    }
}

/// A driver's virtual functions: another number than none only where there is none, as the kernel has it.
fn functions(tree: &Path, card: &str, value: &str, is_one_fewer: bool) -> io::Result<()> {
    let file = tree.join(card).join("sriov_numvfs");
    let (now, wanted): (u32, u32) = (fs::read_to_string(&file)?.trim().parse().expect("a number"), value.parse().expect("a number"));
    if now != 0 && wanted != 0 {
        return Err(io::Error::from_raw_os_error(16));
    }
    let real = fs::canonicalize(tree.join(card))?;
    let bus = real.parent().expect("a bridge").to_owned();
    let address = |number: u32| format!("{}:02.{number}", &card[card.len() - 12..card.len() - 5]);
    for number in 0..now {
        // One that a test took away is gone already.
        let _ = fs::remove_file(real.join(format!("virtfn{number}")));
        let _ = fs::remove_file(tree.join("sys/bus/pci/devices").join(address(number)));
        if let Ok(driver) = fs::canonicalize(bus.join(address(number)).join("driver")) {
            let _ = fs::remove_file(driver.join(address(number)));
        }
        let _ = fs::remove_dir_all(bus.join(address(number)));
    }
    let relative =
        |path: &Path| path.strip_prefix(fs::canonicalize(tree).expect("a tree")).expect("below").to_str().expect("a path").to_owned();
    for number in 0..wanted.saturating_sub(u32::from(is_one_fewer && wanted > 0)) {
        let at = bus.join(address(number));
        fs::create_dir_all(&at)?;
        for (name, text) in [("vendor", "0x8086"), ("device", "0x154c"), ("class", "0x020000"), ("driver_override", "(null)")] {
            fs::write(at.join(name), format!("{text}\n"))?;
        }
        link(tree, &format!("{}/virtfn{number}", relative(&real)), &relative(&at));
        link(tree, &format!("{}/physfn", relative(&at)), &relative(&real));
        link(tree, &format!("sys/bus/pci/devices/{}", address(number)), &relative(&at));
    }
    fs::write(file, format!("{wanted}\n"))
}

impl FakeKernel {
    /// Counts a write, and does what goes wrong with it.
    fn begin(&self, tree: &Path, path: &str, value: &str) -> io::Result<(Trouble, usize)> {
        let (trouble, number) = self.count(path, value);
        match trouble {
            Trouble::CrashBefore(at) if at == number => panic!("the service dies here"),
            Trouble::Refuse(at) if at == number => return Err(io::Error::from_raw_os_error(16)),
            Trouble::Unknown(at) if at == number => return Err(io::Error::from_raw_os_error(95)),
            Trouble::RefuseFrom(at) if at <= number => return Err(io::Error::from_raw_os_error(16)),
            Trouble::Vanish(at) if at == number => {
                for entry in fs::read_dir(tree.join("sys/bus/pci/devices"))?.flatten() {
                    if path.contains(&*entry.file_name().to_string_lossy()) || entry.file_name().to_string_lossy() == value {
                        fs::remove_file(entry.path())?;
                    }
                }
            }
            Trouble::Hang(at) if at == number => self.hang(),
            _ => {}
        }
        Ok((trouble, number))
    }
}

impl Kernel for FakeKernel {
    fn write(&self, tree: &Path, path: &str, value: &str) -> io::Result<()> {
        let (trouble, number) = self.begin(tree, path, value)?;
        let done = self.take(tree, path, value);
        if trouble == Trouble::Freeze(number) {
            self.hang();
        }
        assert_ne!(trouble, Trouble::CrashAfter(number), "the service dies here");
        done
    }

    /// Functions check addresses unless they are told not to, as drivers have it.
    fn functions(&self, tree: &Path, card: &str) -> io::Result<Functions> {
        let device = tree.join("sys/class/net").join(card).join("device");
        let count = fs::read_dir(device)?.flatten().filter(|entry| entry.file_name().to_string_lossy().starts_with("virtfn")).count();
        let known = self.functions.lock().expect("functions").get(card).cloned().unwrap_or_default();
        let settings = |index| known.get(&index).copied().unwrap_or(Settings { spoof_check: true, ..Settings::default() });
        Ok((0..u32::try_from(count).expect("few")).map(|index| (index, settings(index))).collect())
    }

    fn set_function(&self, tree: &Path, card: &str, index: u32, setting: &Setting) -> io::Result<()> {
        let device = fs::canonicalize(tree.join("sys/class/net").join(card).join("device"))?;
        let address = device.file_name().expect("an address").to_string_lossy();
        let (trouble, number) = self.begin(tree, &format!("{address}/{card}/{index}/{}", setting.word()), &setting.to_string())?;
        if !tree.join("sys/bus/pci/devices").join(&*address).exists() {
            return Err(io::Error::from_raw_os_error(19));
        }
        let now = *self.functions(tree, card)?.get(&index).ok_or_else(|| io::Error::from_raw_os_error(22))?;
        if trouble != Trouble::Ignore(number) {
            let mut functions = self.functions.lock().expect("functions");
            functions.entry(card.to_owned()).or_default().insert(index, now.with(setting));
        }
        assert_ne!(trouble, Trouble::CrashAfter(number), "the service dies here");
        Ok(())
    }
}

/// Every file and link of a host with what is in it.
#[must_use]
pub fn everything(host: &Captured) -> HashMap<String, String> {
    let (mut found, mut folders) = (HashMap::new(), vec![host.path().to_owned()]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a directory").flatten() {
            let path = entry.path();
            let content = match entry.file_type().expect("a type") {
                kind if kind.is_symlink() => fs::read_link(&path).expect("a link").display().to_string(),
                kind if kind.is_dir() => {
                    folders.push(path);
                    continue;
                }
                _ => fs::read_to_string(&path).expect("a file"),
            };
            found.insert(path.display().to_string(), content);
        }
    }
    found
}
