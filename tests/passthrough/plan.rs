//! Plans, there and back: what they say is what happens, or what the refusal says.

use std::collections::HashMap;

use dbus::{ErrorKind, Options, path};
use kvm_manager_tests::{client::refusal, user};
use zbus::OwnedObjectPath;

use super::{CARD, SOUND, Setting, whole_group};

#[test]
fn devices_that_are_named_go_together_and_the_plan_says_so_before() {
    user::ordinary(|| async {
        let setting = Setting::new("intel-desktop").await;
        let options = || Options::default().with("devices", vec![path::host_device(SOUND)]);
        let device = setting.device(CARD).await;
        let plan = device.plan_bind(&options()).await.unwrap();
        assert_eq!(setting.kernel.writes(), [], "a plan changes nothing");
        assert!(bool::try_from(plan["allowed"].try_clone().unwrap()).unwrap(), "{plan:?}");
        let steps: Vec<(OwnedObjectPath, String, String)> = plan["steps"].try_clone().unwrap().try_into().unwrap();
        device.bind(&options()).await.unwrap();
        are_written(&steps, &setting.kernel.writes());
        let plan = device.plan_release(&options()).await.unwrap();
        assert_eq!(setting.kernel.writes(), [], "nor does that of the way back");
        assert!(bool::try_from(plan["allowed"].try_clone().unwrap()).unwrap(), "{plan:?}");
        let steps: Vec<(OwnedObjectPath, String, String)> = plan["steps"].try_clone().unwrap().try_into().unwrap();
        device.release(&options()).await.unwrap();
        are_written(&steps, &setting.kernel.writes());
    });
}

fn are_written(steps: &[(OwnedObjectPath, String, String)], writes: &[(String, String)]) {
    assert_eq!((steps.len(), writes.len()), (6, 6));
    for ((device, step, value), (file, written)) in steps.iter().zip(writes) {
        let address = path::host_device_address(device.as_str()).unwrap();
        assert!(file.contains(&address) || written.contains(&address), "{step} of {address} is {file}");
        assert_eq!(value, written.trim_end());
    }
}

#[test]
fn the_plan_of_the_way_back_says_what_the_refusal_says() {
    user::ordinary(|| async {
        let setting = Setting::new("intel-desktop").await;
        let device = setting.device(CARD).await;
        let refused = refusal(device.release(&whole_group()).await);
        let details: Vec<HashMap<String, String>> = refused.facts["details"].try_clone().unwrap().try_into().unwrap();
        assert_eq!(details.iter().map(|reason| reason["reason"].as_str()).collect::<Vec<_>>(), ["not-bound", "not-bound"]);
        let plan = device.plan_release(&whole_group()).await.unwrap();
        assert!(!bool::try_from(plan["allowed"].try_clone().unwrap()).unwrap());
        assert_eq!(Vec::<HashMap<String, String>>::try_from(plan["reasons"].try_clone().unwrap()).unwrap(), details);
        let unknown = refusal(device.plan_release(&Options::default().with("allow-no-reset", true)).await);
        assert_eq!(unknown.kind(), Some(ErrorKind::InvalidArgument), "an option of the way there");
    });
}
