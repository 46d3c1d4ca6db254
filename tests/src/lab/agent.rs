//! A polkit agent without a password: root may tell polkit that somebody has authenticated.

use std::{
    collections::HashMap,
    io::Write,
    path::PathBuf,
    str::FromStr,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use anyhow::{Context, bail};
use tokio::sync::Notify;
use zbus::{Connection, OwnedVariant, Variant, interface};

const OBJECT: &str = "/org/kvmmanager/lab/agent";
const POLKIT: &str = "org.freedesktop.PolicyKit1";
const AUTHORITY: &str = "/org/freedesktop/PolicyKit1/Authority";
const AUTHORITY_INTERFACE: &str = "org.freedesktop.PolicyKit1.Authority";
const STEP: Duration = Duration::from_millis(20);
const PATIENCE: Duration = Duration::from_secs(20);

/// What the person at the screen does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    Consent,
    Dismiss,
    /// Nothing, until polkit takes the prompt away.
    Hang,
}

impl FromStr for Answer {
    type Err = anyhow::Error;

    fn from_str(word: &str) -> anyhow::Result<Self> {
        Ok(match word {
            "consent" => Self::Consent,
            "dismiss" => Self::Dismiss,
            "hang" => Self::Hang,
            _ => bail!("no such answer: {word}"),
        })
    }
}

/// Offers this process as a subject in `FILE.pid` and waits until `FILE.ready` is there.
pub async fn await_one(file: &str) -> anyhow::Result<()> {
    std::fs::write(format!("{file}.pid.new"), std::process::id().to_string())?;
    std::fs::rename(format!("{file}.pid.new"), format!("{file}.pid"))?;
    appears(format!("{file}.ready").into()).await
}

async fn appears(file: PathBuf) -> anyhow::Result<()> {
    let wait = async {
        while !file.exists() {
            tokio::time::sleep(STEP).await;
        }
    };
    tokio::time::timeout(PATIENCE, wait).await.with_context(|| format!("{} did not appear", file.display()))
}

struct Agent {
    connection: Connection,
    answer: Answer,
    log: Mutex<std::fs::File>,
    taken_away: Arc<Notify>,
}

#[derive(Debug, zbus::DBusError)]
#[zbus(prefix = "org.freedesktop.PolicyKit1.Error")]
enum Refused {
    #[zbus(error)]
    Bus(zbus::Error),
    Cancelled(String),
}

type Identity = (String, HashMap<String, OwnedVariant>);

impl Agent {
    fn note(&self, line: &str) {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis());
        let mut log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        // A line that is missing fails the suite anyway.
        let _ = writeln!(log, "{now} {line}");
    }
}

#[interface(name = "org.freedesktop.PolicyKit1.AuthenticationAgent", introspection_docs = false)]
impl Agent {
    async fn begin_authentication(
        &self,
        action: String,
        message: String,
        _icon: String,
        _details: HashMap<String, String>,
        cookie: String,
        identities: Vec<Identity>,
    ) -> Result<(), Refused> {
        self.note(&format!("begin {action} {message}"));
        match self.answer {
            Answer::Dismiss => Err(Refused::Cancelled("dismissed".to_owned())),
            Answer::Hang => {
                self.taken_away.notified().await;
                Err(Refused::Cancelled("taken away".to_owned()))
            }
            Answer::Consent => {
                let (kind, details) = identities.first().ok_or_else(|| Refused::Cancelled("nobody could".to_owned()))?;
                let details: HashMap<&str, &Variant<'_>> = details.iter().map(|(key, value)| (key.as_str(), &**value)).collect();
                let body = (0_u32, cookie.as_str(), (kind.as_str(), details));
                let method = "AuthenticationAgentResponse2";
                self.connection.call_method(Some(POLKIT), AUTHORITY, Some(AUTHORITY_INTERFACE), method, &body).await?;
                Ok(())
            }
        }
    }

    fn cancel_authentication(&self, _cookie: String) {
        self.note("cancel");
        self.taken_away.notify_waiters();
    }
}

/// Serves the process in `FILE.pid` until it ends.
pub async fn serve(connection: &Connection, file: &str, answer: Answer, log: &str) -> anyhow::Result<bool> {
    appears(format!("{file}.pid").into()).await?;
    let pid: u32 = std::fs::read_to_string(format!("{file}.pid"))?.trim().parse()?;
    let log = Mutex::new(std::fs::OpenOptions::new().create(true).append(true).open(log)?);
    let agent = Agent { connection: connection.clone(), answer, log, taken_away: Arc::new(Notify::new()) };
    connection.object_server().at(OBJECT, agent).await?;
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
    let start: u64 = stat.rsplit(") ").next().and_then(|rest| rest.split(' ').nth(19)).context("stat")?.parse()?;
    let uid = std::os::unix::fs::MetadataExt::uid(&std::fs::metadata(format!("/proc/{pid}"))?);
    let details: HashMap<&str, Variant<'_>> =
        HashMap::from([("pid", pid.into()), ("start-time", start.into()), ("uid", i32::try_from(uid)?.into())]);
    let body = (("unix-process", details), "C", OBJECT);
    connection.call_method(Some(POLKIT), AUTHORITY, Some(AUTHORITY_INTERFACE), "RegisterAuthenticationAgent", &body).await?;
    std::fs::write(format!("{file}.ready"), "")?;
    while std::path::Path::new(&format!("/proc/{pid}")).exists() {
        tokio::time::sleep(STEP).await;
    }
    // polkit tells about the end of a prompt a moment after the end of the process that it was for.
    tokio::time::sleep(Duration::from_millis(if answer == Answer::Hang { 2000 } else { 0 })).await;
    Ok(true)
}
