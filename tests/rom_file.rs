//! ROMs that devices of machines get from a caller's file, on a captured host with a kernel that is simulated. With QEMU and a real device:
//! `tests/vfio`.
#![allow(clippy::panic, clippy::unwrap_used, clippy::expect_used)]

use std::{
    fs::{File, OpenOptions},
    os::{
        fd::{AsFd, OwnedFd},
        unix::fs::MetadataExt,
    },
    path::PathBuf,
};

use dbus::{ErrorKind, Options, device::DeviceProxy};
use kvm_manager_tests::{
    bus::{self, Bus},
    captured::Captured,
    client::{Refusal, refusal, words},
    kernel::FakeKernel,
    service as proxies,
    simulated::{MACHINE, Simulated, machine_path, machine_with},
    user::{self, Meanwhile},
    within,
};
use zbus::Fd;

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
        // What is the caller's afterwards is no longer the machine's.
        setting.file(b"something else");
        assert_eq!(std::fs::read(&copy).unwrap(), image());
        setting.device().await.detach(&card(), &Options::default()).await.unwrap();
        assert_eq!((setting.service.definition().await, setting.copies().len()), (before, 0), "to the last byte");
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
