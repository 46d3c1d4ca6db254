//! ROMs that devices of machines get from a caller's file, on a captured host with a kernel that is simulated. With QEMU and a real device:
//! `tests/vfio`.
#![allow(clippy::panic, clippy::unwrap_used, clippy::expect_used)]

use std::{
    collections::HashMap,
    fs::{File, OpenOptions},
    os::{
        fd::{AsFd, OwnedFd},
        unix::fs::MetadataExt,
    },
    path::PathBuf,
};

use dbus::{ErrorKind, Options, device::DeviceProxy, interface};
use kvm_manager_tests::{
    bus::{self, Bus},
    captured::Captured,
    client::{Refusal, properties, refusal, words},
    kernel::FakeKernel,
    service as proxies,
    simulated::{MACHINE, Simulated, machine_path, machine_with},
    user::{self, Meanwhile},
    within,
};
use zbus::{Fd, OwnedVariant};

const CARD: &str = "0000:01:00.0";
const DIRECTORY: &str = "usr/share/vgabios/kvm-manager";

struct Setting {
    service: Simulated,
    host: Captured,
    state: tempfile::TempDir,
}

impl Setting {
    async fn new() -> Self {
        Self::with(&machine_with(&[])).await
    }

    async fn with(machines: &str) -> Self {
        let (host, state) = (Captured::named("intel-desktop"), tempfile::tempdir().unwrap());
        std::fs::create_dir_all(host.path().join(DIRECTORY)).unwrap();
        let kernel = FakeKernel::of(&host);
        let service = Simulated::on(Bus::start(), kernel.root(&host), machines, &state.path().join("s"), None).await;
        Self { service, host, state }
    }

    async fn device(&self) -> DeviceProxy<'static> {
        DeviceProxy::new(&self.service.connection, machine_path()).await.unwrap()
    }

    /// The devices of the machine, and whether each is told to have a ROM from a file.
    async fn shown(&self) -> Vec<(String, bool)> {
        let told = properties(&self.service.connection, machine_path().as_str(), interface::DEVICE).await;
        let told: Vec<HashMap<String, OwnedVariant>> = told["HostDevices"].try_clone().unwrap().try_into().unwrap();
        let source = |device: &HashMap<String, OwnedVariant>| String::try_from(device["source"].try_clone().unwrap()).unwrap();
        told.iter().map(|device| (source(device), device.contains_key("rom-file"))).collect()
    }

    /// Waits until the definition that was there before the service has been read.
    async fn read(&self) {
        let read = async {
            while self.shown().await.is_empty() {
                tokio::task::yield_now().await;
            }
        };
        within("the devices", read).await;
    }

    /// A file of the caller's with this in it, open for reading.
    fn file(&self, content: &[u8]) -> File {
        let path = self.state.path().join("caller");
        std::fs::write(&path, content).unwrap();
        File::open(path).unwrap()
    }

    /// The copies of the service's, by name.
    fn copies(&self) -> Vec<PathBuf> {
        std::fs::read_dir(self.host.path().join(DIRECTORY)).unwrap().map(|entry| entry.unwrap().path()).collect()
    }

    async fn give(&self, options: &Options) -> zbus::Result<()> {
        within("Attach", self.device().await.attach(&card(), options)).await
    }

    /// What is refused changes nothing.
    async fn refused(&self, options: &Options) -> Refusal {
        let before = self.service.definition().await;
        let refused = refusal(self.give(options).await);
        assert_eq!((self.service.definition().await, self.copies().len()), (before, 0), "{refused:?}");
        refused
    }
}

fn card() -> Options {
    Options::default().with("address", CARD).with("whole-card", true)
}

fn with_file(file: impl AsFd) -> Options {
    Options::default().with("rom-file", Fd::from(file.as_fd()).try_to_owned().unwrap())
}

/// One image of 1 KiB, with something behind it.
fn image() -> Vec<u8> {
    let mut rom = vec![0; 3000];
    rom[..3].copy_from_slice(&[0x55, 0xaa, 2]);
    rom[0x18] = 0x1c;
    rom[0x1c..0x20].copy_from_slice(b"PCIR");
    rom[0x2c] = 2;
    rom
}

#[test]
fn what_is_no_file_no_rom_or_no_file_for_reading_is_refused_and_nothing_changes() {
    user::ordinary(|| async {
        let setting = Setting::new().await;
        let (pipe, _other) = rustix::pipe::pipe().unwrap();
        let huge = setting.file(b"");
        OpenOptions::new().write(true).open(setting.state.path().join("caller")).unwrap().set_len(1 << 30).unwrap();
        let write_only = OpenOptions::new().write(true).create(true).truncate(true).open(setting.state.path().join("out")).unwrap();
        std::fs::write(setting.state.path().join("out"), image()).unwrap();
        let path = rustix::fs::open(setting.state.path().join("out"), rustix::fs::OFlags::PATH, rustix::fs::Mode::empty()).unwrap();
        let odd: [(&str, OwnedFd); 6] = [
            ("a directory", File::open("/").unwrap().into()),
            ("a pipe that nobody writes to", pipe),
            ("a device", File::open("/dev/zero").unwrap().into()),
            ("a gigabyte", huge.into()),
            ("only for writing", write_only.into()),
            ("only a path", path),
        ];
        for (what, file) in odd {
            let refused = setting.refused(&with_file(file)).await;
            assert_eq!((refused.kind(), refused.text("argument").as_str()), (Some(ErrorKind::InvalidArgument), "rom-file"), "{what}");
        }
        for (what, content) in [("empty", Vec::new()), ("cut off", image()[..1000].to_vec()), ("text", b"55 AA PCIR".to_vec())] {
            let refused = setting.refused(&with_file(setting.file(&content))).await;
            assert_eq!((refused.kind(), refused.text("argument").as_str()), (Some(ErrorKind::InvalidArgument), "rom-file"), "{what}");
        }
        for no_file in [Options::default().with("rom-file", "/etc/passwd"), Options::default().with("rom-file", 0_u32)] {
            assert_eq!(setting.refused(&no_file).await.text("argument"), "rom-file");
        }
        let planned = refusal(setting.device().await.plan_attach(&card(), &with_file(setting.file(b"text"))).await);
        assert_eq!(planned.text("argument"), "rom-file", "a plan says so, too");
    });
}

#[test]
fn what_makes_no_sense_with_a_rom_is_refused() {
    user::ordinary(|| async {
        let setting = Setting::new().await;
        let with_rom = || with_file(setting.file(&image()));
        for options in [with_rom().with("rom-bar", false), with_rom().with("interface", true)] {
            assert_eq!(setting.refused(&options).await.kind(), Some(ErrorKind::InvalidArgument));
        }
        setting.give(&Options::default()).await.unwrap();
        let has_it = setting.refused(&with_rom()).await;
        assert_eq!(has_it.kind(), Some(ErrorKind::NotSupported), "its definition has the device without");
    });
}

#[test]
fn without_a_directory_that_is_the_services_alone_nothing_is_given() {
    user::ordinary(|| async {
        let setting = Setting::new().await;
        let directory = setting.host.path().join(DIRECTORY);
        std::fs::remove_dir(&directory).unwrap();
        std::os::unix::fs::symlink(setting.state.path(), &directory).unwrap();
        let before = setting.service.definition().await;
        let refused = refusal(setting.give(&with_file(setting.file(&image()))).await);
        assert_eq!(refused.kind(), Some(ErrorKind::NotSupported), "{refused:?}");
        assert_eq!(setting.service.definition().await, before);
        assert!(setting.copies().iter().all(|path| path.extension().is_none()), "nothing was put where the link leads");
    });
}

#[test]
fn the_service_keeps_a_copy_for_the_device_that_was_named_and_both_go_with_it() {
    user::ordinary(|| async {
        let setting = Setting::new().await;
        let (before, mut file) = (setting.service.definition().await, setting.file(&image()));
        // Wherever the caller is in it.
        std::io::Seek::seek(&mut file, std::io::SeekFrom::End(0)).unwrap();
        let plan = setting.device().await.plan_attach(&card(), &with_file(&file)).await.unwrap();
        assert_eq!((words(&plan, "reasons").len(), setting.copies().len()), (0, 0), "a plan keeps nothing");
        setting.give(&with_file(&file)).await.unwrap();
        let name = format!("{MACHINE}-0000_01_00.0.rom");
        let copy = setting.host.path().join(DIRECTORY).join(&name);
        assert_eq!(setting.copies(), std::slice::from_ref(&copy));
        assert_eq!((std::fs::read(&copy).unwrap(), std::fs::metadata(&copy).unwrap().mode() & 0o7777), (image(), 0o644));
        let after = setting.service.definition().await;
        assert_eq!(after.matches("<rom ").count(), 1, "not its sound: {after}");
        assert!(after.contains(&format!("<rom file='/{DIRECTORY}/{name}'/>")), "{after}");
        assert_eq!(setting.shown().await, [(CARD.to_owned(), true), ("0000:01:00.1".to_owned(), false)]);
        // What is the caller's afterwards is no longer the machine's.
        setting.file(b"something else");
        assert_eq!(std::fs::read(&copy).unwrap(), image());
        setting.device().await.detach(&card(), &Options::default()).await.unwrap();
        assert_eq!((setting.service.definition().await, setting.copies().len()), (before, 0), "to the last byte");
    });
}

/// A function as only somebody else can have written it.
fn edited(device: &str, more: &str) -> String {
    let [bus, function] = [&device[5..7], &device[11..]];
    format!(
        "<hostdev mode='subsystem' type='pci' managed='yes'><source><address domain='0x0000' bus='0x{bus}' slot='0x00' \
         function='0x{function}'/></source>{more}</hostdev>"
    )
}

#[test]
fn what_is_put_back_as_before_is_it_to_the_last_byte_with_its_rom_and_only_once() {
    user::ordinary(|| async {
        let name = format!("{MACHINE}-0000_01_00.0.rom");
        let own = format!("<boot order='3'/><rom bar='on' file='/{DIRECTORY}/{name}'/>");
        let devices = [edited(CARD, &own), edited("0000:01:00.1", "<boot order='1'/>")].concat();
        let setting = Setting::with(&machine_with(&[]).replace("<devices>", &["<devices>", &devices].concat())).await;
        let copy = setting.host.path().join(DIRECTORY).join(&name);
        std::fs::write(&copy, image()).unwrap();
        let (device, again) = (setting.device().await, || Options::default().with("as-before", true));
        setting.read().await;
        let before = setting.service.definition().await;
        assert!(before.contains("<boot order='3'/>") && before.contains("<rom bar='on' file="), "{before}");
        let untaken = refusal(setting.give(&again()).await);
        assert_eq!(untaken.kind(), Some(ErrorKind::NotFound), "nobody took anything: {untaken:?}");
        for _ in 0..2 {
            device.detach(&card(), &Options::default()).await.unwrap();
            assert_eq!(setting.copies().len(), 0, "nothing lies about meanwhile");
            let plan = device.plan_attach(&card(), &again()).await.unwrap();
            assert_eq!((words(&plan, "reasons").len(), setting.copies().len()), (0, 0));
            setting.give(&again()).await.unwrap();
            assert_eq!(setting.service.definition().await, before);
            assert_eq!((setting.copies(), std::fs::read(&copy).unwrap()), (vec![copy.clone()], image()));
        }
        assert_eq!(refusal(setting.give(&again()).await).kind(), Some(ErrorKind::NotFound), "twice");
        assert_eq!((setting.service.definition().await, setting.copies().len()), (before, 1));
    });
}

#[test]
fn what_cannot_be_put_back_leaves_no_rom_and_can_be_tried_again() {
    user::ordinary(|| async {
        let setting = Setting::new().await;
        setting.give(&with_file(setting.file(&image()))).await.unwrap();
        let before = setting.service.definition().await;
        let (device, again) = (setting.device().await, || Options::default().with("as-before", true));
        device.detach(&card(), &Options::default()).await.unwrap();
        let directory = setting.host.path().join(DIRECTORY);
        let away = directory.with_extension("away");
        std::fs::rename(&directory, &away).unwrap();
        let refused = refusal(setting.give(&again()).await);
        assert_eq!(refused.kind(), Some(ErrorKind::NotSupported), "there is nowhere for its ROM: {refused:?}");
        assert!(!setting.service.definition().await.contains("<hostdev"), "nor is it given without");
        std::fs::rename(&away, &directory).unwrap();
        setting.give(&again()).await.unwrap();
        assert_eq!((setting.service.definition().await, setting.copies().len()), (before, 1));
    });
}

#[test]
fn what_is_given_anew_is_no_longer_what_it_was_before() {
    user::ordinary(|| async {
        let setting = Setting::new().await;
        let (device, again) = (setting.device().await, || Options::default().with("as-before", true));
        setting.give(&with_file(setting.file(&image()))).await.unwrap();
        device.detach(&card(), &Options::default()).await.unwrap();
        let half = Options::default().with("address", CARD);
        assert_eq!(refusal(device.attach(&half, &again()).await).kind(), Some(ErrorKind::NotFound), "it was the whole card");
        let live = again().with("live", true);
        assert_eq!(setting.refused(&live).await.kind(), Some(ErrorKind::NotFound), "it did not run");
        for (name, with) in [("managed", true), ("rom-bar", true), ("iommufd", true), ("interface", true)] {
            let refused = setting.refused(&again().with(name, with)).await;
            assert_eq!((refused.kind(), refused.text("argument").as_str()), (Some(ErrorKind::InvalidArgument), "as-before"), "{name}");
        }
        let with_rom = with_file(setting.file(&image())).with("as-before", true);
        assert_eq!(setting.refused(&with_rom).await.text("argument"), "as-before");
        setting.give(&Options::default()).await.unwrap();
        device.detach(&card(), &Options::default()).await.unwrap();
        setting.give(&again()).await.unwrap();
        assert!(!setting.service.definition().await.contains("<rom "), "the last one had none");
        assert_eq!(setting.copies().len(), 0);
    });
}

#[test]
fn a_device_that_is_refused_leaves_no_copy() {
    user::ordinary(|| async {
        let setting = Setting::with(&machine_with(&["0000:00:1f.3"])).await;
        let sound = Options::default().with("address", CARD);
        let before = setting.service.definition().await;
        let refused = refusal(setting.device().await.attach(&sound, &with_file(setting.file(&image()))).await);
        assert_eq!(refused.kind(), Some(ErrorKind::Unsafe), "half of a card");
        assert_eq!((setting.service.definition().await, setting.copies().len()), (before, 0));
    });
}

#[test]
fn a_rom_goes_with_a_machine_that_is_deleted_for_good_and_stays_while_it_can_come_back() {
    user::ordinary(|| async {
        let setting = Setting::new().await;
        setting.give(&with_file(setting.file(&image()))).await.unwrap();
        let machine = proxies::machine(&setting.service.connection, &machine_path()).await;
        let id = machine.delete(&Options::default()).await.unwrap();
        assert_eq!(setting.copies().len(), 1, "it can come back");
        let manager = proxies::manager(&setting.service.connection).await;
        manager.purge_deleted(&id, &Options::default()).await.unwrap();
        assert_eq!(setting.copies().len(), 0);
    });
}

#[test]
fn a_stranger_has_no_file_read() {
    let serve = |meanwhile: Meanwhile<_>| async move {
        let setting = Setting::new().await;
        let file = setting.file(&image());
        meanwhile.work_with((setting.service.bus.address(), file)).await;
        assert_eq!(setting.copies().len(), 0);
    };
    user::beside(serve, |(address, file)| {
        user::root(|| async {
            let stranger = bus::connect(&address).await;
            let device = DeviceProxy::new(&stranger, machine_path()).await.unwrap();
            // Even what is no ROM is not told from one.
            for file in [file, File::open("/").unwrap()] {
                assert_eq!(refusal(device.plan_attach(&card(), &with_file(&file)).await).kind(), Some(ErrorKind::NotAuthorized));
                assert_eq!(refusal(device.attach(&card(), &with_file(&file)).await).kind(), Some(ErrorKind::NotAuthorized));
            }
        });
    });
}
