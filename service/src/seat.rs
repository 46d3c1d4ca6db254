//! Who sits at the host's screens, as logind knows it.

use std::time::Duration;

use zbus::{Connection, OwnedObjectPath, OwnedVariant, proxy, proxy::CacheProperties};

/// How long logind may take for its answer.
const DEADLINE: Duration = Duration::from_secs(10);
/// The interface of each session.
const SESSION: &str = "org.freedesktop.login1.Session";
/// No seat has more, and no caller gets a longer list.
const MOST: usize = 64;

type Listed = (String, u32, String, String, OwnedObjectPath);

#[proxy(interface = "org.freedesktop.login1.Manager", default_service = "org.freedesktop.login1", default_path = "/org/freedesktop/login1")]
trait Manager {
    fn list_sessions(&self) -> zbus::Result<Vec<Listed>>;
}

#[proxy(interface = "org.freedesktop.DBus.Properties", default_service = "org.freedesktop.login1")]
trait Properties {
    fn get(&self, interface: &str, property: &str) -> zbus::Result<OwnedVariant>;
}

/// Somebody at a screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// logind's id.
    pub id: String,
    /// The user's name.
    pub user: String,
    /// The seat.
    pub seat: String,
    /// `x11`, `wayland`, `mir`.
    pub kind: String,
}

/// logind on a bus.
#[derive(Clone, Debug)]
pub struct Seats(Connection);

impl Seats {
    /// The one on the bus of this connection.
    #[must_use]
    pub const fn new(connection: Connection) -> Self {
        Self(connection)
    }

    /// Every session of a user with a desktop on a screen; none if logind cannot be asked.
    pub async fn sessions(&self) -> Option<Vec<Session>> {
        match tokio::time::timeout(DEADLINE, self.read()).await {
            Ok(Ok(sessions)) => Some(sessions),
            Ok(Err(error)) => {
                tracing::warn!(%error, "logind does not tell of its sessions");
                None
            }
            Err(_) => None,
        }
    }

    async fn read(&self) -> zbus::Result<Vec<Session>> {
        let manager = ManagerProxy::builder(&self.0).cache_properties(CacheProperties::No).build().await?;
        let mut sessions = Vec::new();
        for (id, _, user, seat, path) in manager.list_sessions().await?.into_iter().filter(|session| !session.3.is_empty()).take(MOST) {
            let session = PropertiesProxy::builder(&self.0).path(path).cache_properties(CacheProperties::No).build().await?;
            let text = async |property| String::try_from(session.get(SESSION, property).await?);
            let (Ok(kind), Ok(class)) = (text("Type").await, text("Class").await) else {
                // It ended meanwhile.
                continue;
            };
            if class == "user" && matches!(kind.as_str(), "x11" | "wayland" | "mir") {
                let shown = |text: &str| model::validate::shown(text, 64);
                sessions.push(Session { id: shown(&id), user: shown(&user), seat: shown(&seat), kind });
            }
        }
        Ok(sessions)
    }
}
