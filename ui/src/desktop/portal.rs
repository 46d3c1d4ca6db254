//! Light or dark, and more contrast: what the desktop's portal says. Told, never asked for again.

use futures_util::StreamExt;
use iced::theme::Mode;
use zbus::{Connection, MatchRule, MessageStream, Variant, message::Type};

const NAME: &str = "org.freedesktop.portal.Desktop";
const PATH: &str = "/org/freedesktop/portal/desktop";
const INTERFACE: &str = "org.freedesktop.portal.Settings";
const APPEARANCE: &str = "org.freedesktop.appearance";
const SCHEME: &str = "color-scheme";
const CONTRAST: &str = "contrast";

/// How the desktop wants applications to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Look {
    /// Light or dark.
    pub mode: Mode,
    /// Stronger edges.
    pub has_contrast: bool,
}

impl Look {
    fn set(&mut self, key: &str, value: &Variant<'_>) {
        // Older portals wrap the value once more.
        let value = if let Variant::Variant(inner) = value { inner } else { value };
        let Variant::U32(value) = value else { return };
        match key {
            SCHEME => self.mode = if *value == 1 { Mode::Dark } else { Mode::Light },
            CONTRAST => self.has_contrast = *value == 1,
            _ => {}
        }
    }
}

/// Tells how it looks now, and every change, until the bus is gone.
pub(super) async fn follow(bus: &Connection, mut tell: impl FnMut(Look) + Send) -> zbus::Result<()> {
    let rule = MatchRule::builder()
        .msg_type(Type::Signal)
        .sender(NAME)
        .interface(INTERFACE)
        .member("SettingChanged")
        .arg(0, APPEARANCE)
        .build()?;
    let mut changes = MessageStream::for_match_rule(rule, bus, None).await?;
    let mut look = Look { mode: Mode::Light, has_contrast: false };
    read(bus, &mut look, SCHEME).await?;
    // Portals of before 2023 do not know it.
    let _ = read(bus, &mut look, CONTRAST).await;
    tell(look);
    while let Some(Ok(change)) = changes.next().await {
        let before = look;
        if let Ok((_, key, value)) = change.body().deserialize::<(&str, &str, Variant<'_>)>() {
            look.set(key, &value);
        }
        if look != before {
            tell(look);
        }
    }
    Ok(())
}

async fn read(bus: &Connection, look: &mut Look, key: &str) -> zbus::Result<()> {
    let arguments = (APPEARANCE, key);
    let reply = match bus.call_method(Some(NAME), PATH, Some(INTERFACE), "ReadOne", &arguments).await {
        Err(zbus::Error::MethodError(..)) => bus.call_method(Some(NAME), PATH, Some(INTERFACE), "Read", &arguments).await?,
        reply => reply?,
    };
    look.set(key, &reply.body().deserialize::<Variant<'_>>()?);
    Ok(())
}
