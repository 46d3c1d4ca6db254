//! The ROM of a card in a file of the caller's, on a captured host with a kernel that is simulated: it shows through its
//! window only while that is on.
#![allow(clippy::panic, clippy::unwrap_used, clippy::expect_used)]

use std::{
    fs::{File, OpenOptions},
    os::fd::AsFd,
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

use dbus::{ErrorKind, Options, passthrough::PassthroughProxy, path};
use kvm_manager_tests::{
    bus::Bus,
    captured::Captured,
    client::{Refusal, refusal},
    hanging::Hanging,
    kernel::{FakeKernel, Trouble},
    service as proxies,
    simulated::{Simulated, machine_path, machine_with},
    user, within,
};
use zbus::Fd;

const CARD: &str = "0000:01:00.0";
/// The one with the host's screen.
const SCREEN: &str = "0000:00:02.0";

struct Setting {
    service: Simulated,
    kernel: Arc<FakeKernel>,
    host: Captured,
    state: tempfile::TempDir,
}

impl Setting {
    async fn new(image: &[u8]) -> Self {
        Self::with(image, None).await
    }

    async fn with(image: &[u8], write_time: Option<Duration>) -> Self {
        let (host, state) = (Captured::named("intel-desktop"), tempfile::tempdir().unwrap());
        let kernel = FakeKernel::of(&host);
        for address in [CARD, SCREEN] {
            let directory = host.path().join("sys/bus/pci/devices").join(address);
            std::fs::write(directory.join("rom.image"), image).unwrap();
            std::fs::write(directory.join("rom"), "").unwrap();
        }
        let machines = machine_with(&[CARD, "0000:01:00.1"]);
        let service = Simulated::on(Bus::start(), kernel.root(&host), &machines, &state.path().join("s"), write_time).await;
        Self { service, kernel, host, state }
    }

    fn target(&self) -> PathBuf {
        self.state.path().join("target")
    }

    async fn device(&self, address: &str) -> PassthroughProxy<'static> {
        PassthroughProxy::new(&self.service.connection, path::host_device(address)).await.unwrap()
    }

    async fn dump_to(&self, address: &str, file: &File) -> zbus::Result<u64> {
        self.device(address).await.dump_rom(Fd::from(file.as_fd()), &Options::default()).await
    }

    async fn dump(&self, address: &str) -> zbus::Result<u64> {
        self.dump_to(address, &File::create(self.target()).unwrap()).await
    }

    fn is_off(&self) -> bool {
        std::fs::read(self.host.path().join("sys/bus/pci/devices").join(CARD).join("rom")).unwrap().is_empty()
    }

    fn writes(&self) -> Vec<String> {
        self.kernel.writes().into_iter().map(|(_, value)| value).collect()
    }

    fn journal(&self) -> usize {
        std::fs::read_dir(self.state.path().join("s/journal")).unwrap().count()
    }
}

/// An image that is longer than what is read at once.
fn image() -> Vec<u8> {
    [0x55, 0xaa].into_iter().chain((0_u32..200_000).map(|number| number.to_le_bytes()[0])).collect()
}

fn reasons(refused: &Refusal) -> Vec<String> {
    assert_eq!(refused.kind(), Some(ErrorKind::Unsafe), "{refused:?}");
    refused.facts["reasons"].try_clone().unwrap().try_into().unwrap()
}

#[test]
fn a_rom_is_copied_whole_and_its_window_is_off_again() {
    user::ordinary(|| async {
        let setting = Setting::new(&image()).await;
        assert_eq!(setting.dump(CARD).await.unwrap(), 200_002);
        assert_eq!(std::fs::read(setting.target()).unwrap(), image());
        assert_eq!(setting.writes(), ["1", "0"]);
        assert!(setting.is_off() && setting.journal() == 0);
    });
}

#[test]
fn the_rom_of_the_hosts_screen_of_a_running_machine_and_of_a_card_without_is_refused() {
    user::ordinary(|| async {
        let setting = Setting::new(&image()).await;
        assert!(reasons(&refusal(setting.dump(SCREEN).await)).contains(&"boot-display".to_owned()));
        proxies::machine(&setting.service.connection, &machine_path()).await.start(&Options::default()).await.unwrap();
        assert_eq!(reasons(&refusal(setting.dump(CARD).await)), ["machine-running"]);
        assert_eq!(refusal(setting.dump("0000:01:00.1").await).kind(), Some(ErrorKind::NotSupported));
        assert_eq!((setting.writes().len(), std::fs::metadata(setting.target()).unwrap().len()), (0, 0));
    });
}

#[test]
fn what_is_no_rom_or_too_long_is_not_copied() {
    user::ordinary(|| async {
        let long: Vec<u8> = [0x55, 0xaa].into_iter().chain(std::iter::repeat_n(0, 16 << 20)).collect();
        for image in [Vec::new(), vec![0xff; 512], long] {
            let setting = Setting::new(&image).await;
            assert_eq!(refusal(setting.dump(CARD).await).kind(), Some(ErrorKind::NotSupported), "{} bytes", image.len());
            assert_eq!(std::fs::metadata(setting.target()).unwrap().len(), 0);
            assert!(setting.is_off() && setting.journal() == 0);
        }
    });
}

#[test]
fn only_a_regular_file_that_is_open_for_writing_is_taken() {
    user::ordinary(|| async {
        let setting = Setting::new(&image()).await;
        std::fs::write(setting.target(), "kept").unwrap();
        let append = OpenOptions::new().append(true).open(setting.target()).unwrap();
        for file in [File::open(setting.target()).unwrap(), append, OpenOptions::new().write(true).open("/dev/null").unwrap()] {
            assert_eq!(refusal(setting.dump_to(CARD, &file).await).kind(), Some(ErrorKind::InvalidArgument), "{file:?}");
        }
        let file = OpenOptions::new().write(true).open(setting.target()).unwrap();
        let unknown = Options::default().with("force", true);
        let refused = refusal(setting.device(CARD).await.dump_rom(Fd::from(file.as_fd()), &unknown).await);
        assert_eq!(refused.kind(), Some(ErrorKind::InvalidArgument));
        assert_eq!((setting.writes().len(), std::fs::read_to_string(setting.target()).unwrap().as_str()), (0, "kept"));
    });
}

#[test]
fn a_file_system_that_never_answers_keeps_its_owner_waiting_and_nobody_else() {
    let Some(hanging) = user::is_root().then(Hanging::open).flatten() else {
        eprintln!("SKIPPED: needs root and /dev/fuse");
        return;
    };
    user::ordinary(|| async move {
        let setting = Setting::new(&image()).await;
        let others = async {
            hanging.until_asked().await;
            let manager = proxies::manager(&setting.service.connection).await;
            let listed = within("an answer meanwhile", manager.list_machines(&Options::default())).await;
            assert_eq!(listed.unwrap().len(), 1);
        };
        {
            let mut dump = std::pin::pin!(setting.dump_to(CARD, &hanging.file));
            tokio::select! {
                biased;
                result = &mut dump => panic!("before anybody else was answered: {result:?}"),
                () = others => {}
            }
            assert_eq!(refusal(within("the end of the wait", dump).await).kind(), Some(ErrorKind::TimedOut));
        }
        drop(hanging);
        assert_eq!(setting.dump(CARD).await.unwrap(), 200_002, "the next one has its turn");
        assert!(setting.is_off() && setting.journal() == 0);
    });
}

#[test]
fn a_service_that_dies_while_a_rom_shows_switches_it_off_when_it_is_back() {
    user::ordinary(|| async {
        for trouble in [Trouble::CrashBefore(0), Trouble::CrashAfter(0), Trouble::CrashBefore(1), Trouble::CrashAfter(1)] {
            let setting = Setting::new(&image()).await;
            setting.kernel.set(trouble);
            refusal(setting.dump(CARD).await);
            assert_eq!(setting.journal(), 1, "{trouble:?}: written down before");
            setting.kernel.set(Trouble::None);
            let Setting { service, kernel, host, state } = setting;
            drop(service);
            let service = Simulated::on(Bus::start(), kernel.root(&host), &machine_with(&[]), &state.path().join("s"), None).await;
            let setting = Setting { service, kernel, host, state };
            assert!(setting.is_off() && setting.journal() == 0, "{trouble:?}");
        }
    });
}

#[test]
fn a_card_that_does_not_answer_is_reported_and_left_alone_until_it_does() {
    user::ordinary(|| async {
        let setting = Setting::with(&image(), Some(Duration::from_millis(300))).await;
        setting.kernel.set(Trouble::Hang(0));
        let refused = refusal(within("the time limit", setting.dump(CARD)).await);
        assert_eq!(refused.kind(), Some(ErrorKind::TimedOut));
        assert_eq!(refusal(setting.dump(CARD).await).kind(), Some(ErrorKind::Busy));
        setting.kernel.let_go();
        let again = async {
            while setting.journal() > 0 {
                tokio::task::yield_now().await;
            }
        };
        within("what hung to end", again).await;
        assert!(setting.is_off());
    });
}
