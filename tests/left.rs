//! What a change of devices could neither do nor undo, on a captured host with a kernel that is simulated.
#![allow(clippy::panic, clippy::unwrap_used, clippy::expect_used)]

use dbus::{ErrorKind, Options, passthrough::PassthroughProxy, path};
use kvm_manager_tests::{
    captured::Captured,
    client::refusal,
    kernel::{FakeKernel, Trouble, everything},
    simulated::{Simulated, machine_with},
    user, within,
};
use service::host::sysfs::Kernel;

const CARD: &str = "0000:01:00.0";
const SOUND: &str = "0000:01:00.1";

fn override_file(address: &str) -> String {
    format!("sys/bus/pci/devices/{address}/driver_override")
}

#[test]
fn what_can_neither_be_done_nor_undone_is_told_with_its_repair_until_somebody_has_repaired_it() {
    user::ordinary(|| async {
        let host = Captured::named("intel-desktop");
        let kernel = FakeKernel::of(&host);
        let service = Simulated::start(kernel.root(&host), &machine_with(&[])).await;
        let (before, group) = (everything(&host), Options::default().with("group", true));
        assert_eq!(service.left().await, []);
        kernel.set(Trouble::RefuseFrom(3));
        let device = PassthroughProxy::new(&service.connection, path::host_device(CARD)).await.unwrap();
        let refused = refusal(device.bind(&group).await);
        assert_eq!(refused.kind(), Some(ErrorKind::Failed), "{refused:?}");
        let left = within("what is left", service.left_when(|left| left.len() == 2)).await;
        let [card, sound] = left.as_slice() else { panic!("{left:?}") };
        assert_eq!((card.operation.as_str(), card.device.as_str(), card.hangs), ("bind", CARD, false));
        assert_eq!((card.driver.as_str(), card.before.as_str(), sound.driver.as_str()), ("", "nouveau", "snd_hda_intel"));
        let override_ = |address: &str| format!("echo > /{}", override_file(address));
        assert_eq!(card.repair, [override_(CARD), format!("echo {CARD} > /sys/bus/pci/drivers_probe")]);
        assert_eq!(sound.repair, [override_(SOUND)], "it has its driver still");
        kernel.set(Trouble::None);
        for command in left.iter().flat_map(|left| &left.repair) {
            let (value, file) = command.strip_prefix("echo ").unwrap().split_once("> /").unwrap();
            let value = if value.is_empty() { "\n" } else { value.trim_end() };
            Kernel::write(&*kernel, host.path(), file, value).unwrap();
        }
        assert_eq!(everything(&host), before, "the commands put it back");
        // The next change has the service look.
        device.bind(&group).await.unwrap();
        assert_eq!(service.left().await, []);
        let journal = service.bus.directory().join("state/journal");
        assert_eq!(std::fs::read_dir(journal).unwrap().count(), 0, "nothing will be undone later");
    });
}
