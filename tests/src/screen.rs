//! A desktop whose only screen a machine gets: the service on it, which can end at any step and start again.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use dbus::{
    ErrorKind, Options,
    hand_over::HandOverProxy,
    machine::{MachineProxy, State},
};
use zbus::proxy::CacheProperties;

use crate::{
    client::{Refusal, refusal},
    desktop::{CARD, Desktop, SOUND},
    inside::{self, Inside},
    kernel::everything,
    simulated::{machine_path, machine_with},
    within,
};

const ENTRY: &str = "state/hand-over.json";

/// A desktop whose service can end and start again.
#[derive(Debug)]
pub struct Setting {
    /// The computer.
    pub desktop: Arc<Desktop>,
    /// Its libvirt.
    pub uri: String,
    /// Where the service keeps what it must not forget.
    pub state: tempfile::TempDir,
    /// The step at which the service ends.
    pub number: AtomicUsize,
}

impl Setting {
    /// With one machine, for the card and its sound.
    #[must_use]
    pub fn new() -> Arc<Self> {
        Self::with(&machine_with(&[CARD, SOUND]), "")
    }

    /// With these machines, and lines of a description besides.
    #[must_use]
    pub fn with(machines: &str, more: &str) -> Arc<Self> {
        Self::on(Desktop::driven_by("amdgpu", more), machines)
    }

    /// On this computer.
    #[must_use]
    pub fn on(desktop: Arc<Desktop>, machines: &str) -> Arc<Self> {
        let state = tempfile::tempdir().expect("a desktop");
        let file = state.path().join("machines.xml");
        std::fs::write(&file, machines).expect("a desktop");
        Arc::new(Self { desktop, uri: format!("test://{}", file.display()), state, number: AtomicUsize::new(0) })
    }

    /// Starts the service.
    pub async fn start(&self) -> Service {
        self.start_hasty(None).await
    }

    /// Starts the service with another time for one write.
    pub async fn start_hasty(&self, write_time: Option<Duration>) -> Service {
        let desktop = Arc::clone(&self.desktop);
        let serve = |client: zbus::Connection| -> std::pin::Pin<Box<dyn Future<Output = ()>>> {
            Box::pin(async move { desktop.serve(&client).await })
        };
        let inside = inside::start_hasty(&self.uri, self.desktop.root(), &self.state.path().join("state"), serve, write_time).await;
        let screen = HandOverProxy::builder(&inside.client).path(machine_path()).cache_properties(CacheProperties::No);
        let machine = MachineProxy::builder(&inside.client).path(machine_path()).cache_properties(CacheProperties::No);
        Service { screen: screen.build().await.expect("a desktop"), machine: machine.build().await.expect("a desktop"), inside }
    }

    /// Whether something is to come back.
    #[must_use]
    pub fn has_record(&self) -> bool {
        self.state.path().join(ENTRY).exists()
    }

    /// Everything of the host is as it was, and the desktop is there.
    pub fn is_as(&self, before: &HashMap<String, String>) {
        assert_eq!(&everything(&self.desktop.host), before);
        assert!(self.desktop.is_up.load(Ordering::Acquire));
        assert!(!self.has_record());
    }
}

/// The service.
#[derive(Debug)]
pub struct Service {
    /// The screen for its machine.
    pub screen: HandOverProxy<'static>,
    /// The machine.
    pub machine: MachineProxy<'static>,
    /// The service itself, and its bus.
    pub inside: Inside,
}

impl Service {
    /// Waits until the screen is there.
    pub async fn until(&self, state: u32) {
        within(&format!("state {state}"), async {
            while self.screen.state().await.expect("a desktop") != state {
                tokio::task::yield_now().await;
            }
        })
        .await;
    }

    /// Whether the machine runs.
    pub async fn is_running(&self) -> bool {
        State::from(self.machine.state().await.expect("a desktop")) == State::Running
    }

    /// Why it is refused.
    pub async fn reasons(&self, options: &Options) -> Vec<String> {
        let refused = refusal(within("Begin", self.screen.begin(options)).await);
        assert_eq!(refused.kind(), Some(ErrorKind::Unsafe), "{refused:?}");
        words(&refused)
    }
}

/// The reasons of a refusal, as words.
#[must_use]
pub fn words(refused: &Refusal) -> Vec<String> {
    refused.facts["reasons"].try_clone().expect("a desktop").try_into().expect("a desktop")
}

/// Desktops may end.
#[must_use]
pub fn accepting() -> Options {
    Options::default().with("accept-closing-sessions", true).with("allow-no-reset", true)
}

/// A service that lives as long as `work` takes and then dies with everything that it was doing.
pub async fn life<F: Future<Output = ()> + 'static>(setting: &Arc<Setting>, work: fn(Arc<Setting>, Service) -> F) {
    let setting = Arc::clone(setting);
    let alone = move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a desktop");
        runtime.block_on(async {
            let service = setting.start().await;
            work(setting, service).await;
        });
        runtime.shutdown_background();
    };
    tokio::task::spawn_blocking(alone).await.expect("a desktop");
}

/// Gives back what may also have come back by itself meanwhile: the service tries again, too.
///
/// # Panics
/// If it does not come back.
pub async fn get_back(screen: &HandOverProxy<'_>) {
    if let Err(error) = screen.give_back(&Options::default()).await {
        assert_eq!(Refusal::from(error).kind(), Some(ErrorKind::InvalidState));
    }
    assert_eq!((screen.state().await.expect("a state"), screen.left().await.expect("what is left").len()), (1, 0));
}
