//! systemd of this computer, to start the service.

use zbus::{Connection as Bus, OwnedObjectPath, Proxy, proxy::MethodFlags};

const UNIT: &str = "kvm-manager.service";
const SYSTEMD: (&str, &str, &str) = ("org.freedesktop.systemd1", "/org/freedesktop/systemd1", "org.freedesktop.systemd1.Manager");

/// Has systemd start the service. It asks for the password where it has to.
///
/// # Errors
/// What the bus or systemd said.
pub async fn start_service() -> Result<(), String> {
    let start = async {
        let bus = Bus::system().await?;
        let (name, path, interface) = SYSTEMD;
        let systemd = Proxy::new(&bus, name, path, interface).await?;
        systemd.call_with_flags::<_, _, OwnedObjectPath>("StartUnit", MethodFlags::ALLOW_INTERACTIVE_AUTH, &(UNIT, "replace")).await
    };
    start.await.map(|_| ()).map_err(|error| error.to_string())
}
