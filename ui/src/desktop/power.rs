//! Whether this computer's battery is nearly empty: what UPower says. Told, never asked for again; without UPower it never is.

use futures_util::StreamExt;
use zbus::{Connection, MatchRule, MessageStream, Variant, message::Type};

const NAME: &str = "org.freedesktop.UPower";
const ROOT: &str = "/org/freedesktop/UPower";
const BATTERY: &str = "/org/freedesktop/UPower/devices/DisplayDevice";
const DEVICE: &str = "org.freedesktop.UPower.Device";
const PROPERTIES: &str = "org.freedesktop.DBus.Properties";
/// Below so many percent it is low.
const LOW: f64 = 20.0;

#[derive(Clone, Copy, Debug, Default)]
struct Power {
    is_on_battery: bool,
    percentage: Option<f64>,
}

impl Power {
    fn is_low(self) -> bool {
        self.is_on_battery && self.percentage.is_some_and(|percentage| percentage < LOW)
    }

    async fn read(bus: &Connection) -> zbus::Result<Self> {
        let is_on_battery = matches!(get(bus, ROOT, NAME, "OnBattery").await?, Some(Value::Flag(true)));
        // A computer without a battery has the device too, and no battery in it.
        let is_present = matches!(get(bus, BATTERY, DEVICE, "IsPresent").await?, Some(Value::Flag(true)));
        let percentage = match get(bus, BATTERY, DEVICE, "Percentage").await? {
            Some(Value::Number(percentage)) if is_present => Some(percentage),
            _ => None,
        };
        Ok(Self { is_on_battery, percentage })
    }
}

/// A property's value, as far as it is one of ours.
enum Value {
    Flag(bool),
    Number(f64),
}

async fn get(bus: &Connection, path: &str, interface: &str, property: &str) -> zbus::Result<Option<Value>> {
    let reply = bus.call_method(Some(NAME), path, Some(PROPERTIES), "Get", &(interface, property)).await?;
    Ok(match reply.body().deserialize::<Variant<'_>>()? {
        Variant::Bool(flag) => Some(Value::Flag(flag)),
        Variant::F64(number) => Some(Value::Number(number)),
        _ => None,
    })
}

/// Tells whether it is low whenever that changes, until the bus is gone. It is taken for full at the beginning.
pub(super) async fn follow(bus: &Connection, mut tell: impl FnMut(bool) + Send) -> zbus::Result<()> {
    let rule = MatchRule::builder()
        .msg_type(Type::Signal)
        .sender(NAME)
        .interface(PROPERTIES)
        .member("PropertiesChanged")
        .path_namespace(ROOT)
        .build()?;
    let mut changes = MessageStream::for_match_rule(rule, bus, None).await?;
    let mut was_low = false;
    let mut follow = |power: Power| {
        if power.is_low() != was_low {
            was_low = power.is_low();
            tell(was_low);
        }
    };
    follow(Power::read(bus).await?);
    while let Some(Ok(change)) = changes.next().await {
        let path = change.header().path().map(|path| path.as_str().to_owned());
        // Other devices, such as the battery of a mouse, change as well.
        if path.is_some_and(|path| path == ROOT || path == BATTERY) {
            follow(Power::read(bus).await?);
        }
    }
    Ok(())
}
