//! The desktop's own dialog for files, by its portal. Without a portal there is none, and paths are typed.

use std::{
    collections::HashMap,
    os::unix::ffi::{OsStrExt, OsStringExt},
    path::{Path, PathBuf},
};

use futures_util::StreamExt;
use zbus::{Connection, MatchRule, MessageStream, Variant, message::Type};

const NAME: &str = "org.freedesktop.portal.Desktop";
const PATH: &str = "/org/freedesktop/portal/desktop";
const INTERFACE: &str = "org.freedesktop.portal.FileChooser";
const REQUEST: &str = "org.freedesktop.portal.Request";

/// What is chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wish {
    /// A file that is there; the dialog begins in this folder.
    Open(PathBuf),
    /// A file that will be written; the dialog begins with this path.
    Save(PathBuf),
}

/// Whether the desktop has such a dialog.
pub async fn is_there() -> bool {
    let Ok(bus) = Connection::session().await else { return false };
    has_portal(&bus).await
}

/// Asks for a file. `None` if the person took none, or if the desktop cannot ask: a path can be typed still.
pub async fn choose(wish: Wish, title: String) -> Option<PathBuf> {
    let chosen = async {
        let bus = Connection::session().await?;
        ask(&bus, &wish, &title).await
    };
    chosen.await.unwrap_or_else(|error| {
        tracing::warn!(%error, "The desktop's dialog for files cannot be used");
        None
    })
}

pub(super) async fn has_portal(bus: &Connection) -> bool {
    let version = ("org.freedesktop.portal.FileChooser", "version");
    // Starts the portal if it is not there yet, as the first use of it would.
    bus.call_method(Some(NAME), PATH, Some("org.freedesktop.DBus.Properties"), "Get", &version).await.is_ok()
}

pub(super) async fn ask(bus: &Connection, wish: &Wish, title: &str) -> zbus::Result<Option<PathBuf>> {
    let token = format!("kvmmanager{}", uuid::Uuid::new_v4().simple());
    let sender = bus.unique_name().map(|name| name.trim_start_matches(':').replace('.', "_")).unwrap_or_default();
    let request = format!("{PATH}/request/{sender}/{token}");
    // The answer may come before the reply to the call.
    let rule = MatchRule::builder().msg_type(Type::Signal).sender(NAME).interface(REQUEST).member("Response").path(request.as_str());
    let mut answers = MessageStream::for_match_rule(rule.build()?, bus, None).await?;
    let mut options: HashMap<&str, Variant<'_>> = HashMap::from([("handle_token", Variant::from(token))]);
    let method = match wish {
        Wish::Open(folder) => {
            options.insert("current_folder", Variant::from(bytes(folder)));
            "OpenFile"
        }
        Wish::Save(path) => {
            options.extend(path.parent().map(|folder| ("current_folder", Variant::from(bytes(folder)))));
            options.extend(path.file_name().map(|name| ("current_name", Variant::from(name.to_string_lossy().into_owned()))));
            "SaveFile"
        }
    };
    bus.call_method(Some(NAME), PATH, Some(INTERFACE), method, &("", title, options)).await?;
    let Some(answer) = answers.next().await.transpose()? else { return Ok(None) };
    let body = answer.body();
    let (outcome, mut results): (u32, HashMap<String, Variant<'_>>) = body.deserialize()?;
    let uris = results.remove("uris").and_then(|uris| Vec::<String>::try_from(uris).ok()).unwrap_or_default();
    Ok(if outcome == 0 { uris.first().and_then(|uri| local(uri)) } else { None })
}

/// A path as portals want it: its bytes and a zero.
fn bytes(path: &Path) -> Vec<u8> {
    let mut bytes = path.as_os_str().as_bytes().to_vec();
    bytes.push(0);
    bytes
}

/// The path of a `file://` address.
fn local(uri: &str) -> Option<PathBuf> {
    let path = uri.strip_prefix("file://")?;
    let path: Vec<u8> = percent_encoding::percent_decode_str(path).collect();
    let is_whole = path.first() == Some(&b'/') && !path.contains(&0);
    is_whole.then(|| PathBuf::from(std::ffi::OsString::from_vec(path)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_of_a_file_is_its_path_and_others_are_none() {
        assert_eq!(local("file:///home/ada/Gr%C3%BC%C3%9Fe%20x.png"), Some(PathBuf::from("/home/ada/Grüße x.png")));
        for uri in ["https://example.org/x", "file://host/x", "file:///x%00y", ""] {
            assert_eq!(local(uri), None, "{uri}");
        }
    }
}
