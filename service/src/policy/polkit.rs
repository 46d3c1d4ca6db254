//! Asking polkit: the sender's bus name is the subject, never a process id.

use std::{
    collections::HashMap,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use futures_util::StreamExt;
use zbus::{Connection, fdo::DBusProxy, message::Header, names::UniqueName, proxy::CacheProperties};
use zbus_polkit::policykit1::{AuthorityProxy, CheckAuthorizationFlags, Subject};

use super::presence;

/// How long a yes is remembered for the same caller, action, object and operation.
const REMEMBERED: Duration = Duration::from_secs(5);
/// How many are remembered.
const MOST_REMEMBERED: usize = 1024;
/// How long polkit may think without asking anybody.
const SILENT_LIMIT: Duration = Duration::from_secs(25);
/// How long a prompt may stand.
const PROMPT_LIMIT: Duration = Duration::from_secs(120);

/// What polkit said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Yes.
    Granted,
    /// No.
    Denied {
        /// Authentication could help.
        obtainable: bool,
        /// A prompt was shown and closed.
        dismissed: bool,
    },
}

/// A yes that was given: to whom, for which action, on what.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Remembered {
    sender: String,
    action: &'static str,
    details: Vec<(&'static str, String)>,
}

/// polkit, with a short memory for yes.
#[derive(Debug)]
pub struct Polkit {
    authority: AuthorityProxy<'static>,
    bus: DBusProxy<'static>,
    remembered: Mutex<HashMap<Remembered, Instant>>,
    /// Counts polkit's `Changed`: an answer asked for before a change is not remembered after it.
    generation: AtomicU64,
}

impl Polkit {
    /// polkit on the bus of `connection`. It need not be there yet.
    ///
    /// # Errors
    /// If the bus refuses the proxies.
    pub async fn new(connection: &Connection) -> zbus::Result<Self> {
        Ok(Self {
            authority: AuthorityProxy::builder(connection).cache_properties(CacheProperties::No).build().await?,
            bus: DBusProxy::builder(connection).cache_properties(CacheProperties::No).build().await?,
            remembered: Mutex::default(),
            generation: AtomicU64::new(0),
        })
    }

    /// Forgets every remembered yes whenever polkit's rules or consents change. Runs as long as the bus does.
    ///
    /// # Errors
    /// If the bus refuses the subscription.
    pub async fn watch(&self) -> zbus::Result<()> {
        let mut changes = self.authority.receive_changed().await?;
        while changes.next().await.is_some() {
            self.generation.fetch_add(1, Ordering::AcqRel);
            self.remembered().clear();
        }
        Ok(())
    }

    fn remembered(&self) -> std::sync::MutexGuard<'_, HashMap<Remembered, Instant>> {
        self.remembered.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether this caller was granted exactly this a moment ago.
    pub fn recently_granted(&self, sender: &str, action: &'static str, details: &[(&'static str, String)]) -> bool {
        let key = Remembered { sender: sender.to_owned(), action, details: details.to_vec() };
        self.remembered().get(&key).is_some_and(|granted| granted.elapsed() < REMEMBERED)
    }

    /// Asks. Whatever is not a clear yes in time is a no.
    pub async fn check(
        &self,
        header: &Header<'_>,
        action: &'static str,
        details: &[(&'static str, String)],
        may_prompt: bool,
        remember: bool,
    ) -> Answer {
        const NO: Answer = Answer::Denied { obtainable: false, dismissed: false };
        let (Some(sender), Ok(subject)) = (header.sender(), Subject::new_for_message_header(header)) else { return NO };
        let generation = self.generation.load(Ordering::Acquire);
        let cancellation = if may_prompt { uuid::Uuid::new_v4().simple().to_string() } else { String::new() };
        let flags = if may_prompt { CheckAuthorizationFlags::ALLOW_USER_INTERACTION } else { CheckAuthorizationFlags::empty() };
        let map: HashMap<&str, &str> = details.iter().map(|(key, value)| (*key, value.as_str())).collect();
        let ask = self.authority.check_authorization(&subject, action, &map, flags, &cancellation);
        let limit = if may_prompt { PROMPT_LIMIT } else { SILENT_LIMIT };
        let result = tokio::select! {
            result = tokio::time::timeout(limit, ask) => result.ok(),
            () = self.vanished(sender), if may_prompt => None,
        };
        match result {
            Some(Ok(result)) if result.is_authorized => {
                // What a prompt granted is polkit's to keep or not: without an active session it is for this one call.
                if remember && !may_prompt && self.generation.load(Ordering::Acquire) == generation {
                    self.remember(sender, action, details);
                }
                Answer::Granted
            }
            Some(Ok(result)) => {
                Answer::Denied { obtainable: result.is_challenge, dismissed: result.details.contains_key("polkit.dismissed") }
            }
            Some(Err(error)) => {
                tracing::warn!(%error, action, "polkit did not answer: refused");
                NO
            }
            None => {
                tracing::warn!(action, "polkit took too long or the caller went away: refused");
                if may_prompt && let Err(error) = self.authority.cancel_check_authorization(&cancellation).await {
                    tracing::debug!(%error, "The prompt was gone already");
                }
                NO
            }
        }
    }

    fn remember(&self, sender: &UniqueName<'_>, action: &'static str, details: &[(&'static str, String)]) {
        let mut remembered = self.remembered();
        if remembered.len() >= MOST_REMEMBERED {
            remembered.retain(|_, granted| granted.elapsed() < REMEMBERED);
        }
        if remembered.len() < MOST_REMEMBERED {
            remembered.insert(Remembered { sender: sender.to_string(), action, details: details.to_vec() }, Instant::now());
        }
    }

    /// Waits until the bus name is gone.
    async fn vanished(&self, name: &UniqueName<'_>) {
        if presence::vanished(self.bus.inner().connection(), name).await.is_err() {
            // Not known, so the prompt stands until it is answered.
            std::future::pending::<()>().await;
        }
    }

    /// The user behind a bus name.
    ///
    /// # Errors
    /// If the name is gone.
    pub async fn uid(&self, name: &UniqueName<'_>) -> zbus::Result<u32> {
        Ok(self.bus.get_connection_unix_user(name.clone().into()).await?)
    }
}
