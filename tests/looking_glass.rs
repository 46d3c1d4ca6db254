//! Memory through which a guest shows its screen: on a described host, and with QEMU.
#![allow(clippy::panic, clippy::unwrap_used, clippy::expect_used)]

use std::collections::HashMap;

use dbus::{ErrorKind, Options, device::DeviceProxy, interface};
use kvm_manager_tests::{
    bus,
    captured::Captured,
    client::{Refusal, Signals, changed, managed_objects, properties, refusal, words},
    libvirtd::Libvirtd,
    service as proxies,
    simulated::{Simulated, machine_path, machine_with},
    user::{self, Meanwhile},
    within,
};
use service::host::Root;
use uuid::Uuid;
use zbus::{OwnedVariant, proxy::CacheProperties};

/// The name of the memory of the machine.
const NAME: &str = "looking-glass-00000000-0000-4000-8000-000000000000";

type Facts = HashMap<String, OwnedVariant>;

struct Setting {
    service: Simulated,
    host: Captured,
}

impl Setting {
    async fn with(devices: &str) -> Self {
        let host = Captured::named("no-iommu");
        host.file("etc/passwd", "root:x:0:0::/root:/bin/sh\nlibvirt-qemu:x:64055:109::/:/bin/false\nalice:x:1000:1000::/:/bin/sh\n");
        let machines = machine_with(&[]).replace("<devices>", &format!("<devices>{devices}"));
        Self { service: Simulated::start(Root::captured(host.path()), &machines).await, host }
    }

    async fn glass(&self) -> DeviceProxy<'static> {
        let builder = DeviceProxy::builder(&self.service.connection).path(machine_path());
        builder.cache_properties(CacheProperties::No).build().await.unwrap()
    }

    async fn refused(&self, screen: &Options, options: &Options) -> Refusal {
        let before = self.service.definition().await;
        let refused = refusal(within("EnableLookingGlass", self.glass().await.enable_looking_glass(screen, options)).await);
        assert_eq!(self.service.definition().await, before, "what is refused changes nothing");
        refused
    }

    /// The words of a plan's warnings, and its other facts.
    async fn plan(&self, screen: &Options, options: &Options) -> (Vec<String>, Facts) {
        let plan = self.glass().await.plan_looking_glass(screen, options).await.unwrap();
        (words(&plan, "warnings"), plan)
    }
}

fn text(plan: &Facts, key: &str) -> String {
    plan[key].try_clone().unwrap().try_into().unwrap()
}

fn screen(width: u32, height: u32) -> Options {
    Options::default().with("width", width).with("height", height)
}

fn none() -> Options {
    Options::default()
}

#[test]
fn screens_and_users_that_make_no_sense_are_refused() {
    user::ordinary(|| async {
        let setting = Setting::with("").await;
        for (odd, argument) in [(screen(0, 1080), "width"), (screen(1920, 16385), "height"), (none(), "width")] {
            assert_eq!(setting.refused(&odd, &none()).await.text("argument"), argument);
        }
        let too_large = setting.refused(&screen(16384, 16384).with("hdr", true), &none()).await;
        assert_eq!((too_large.kind(), too_large.text("argument").as_str()), (Some(ErrorKind::InvalidArgument), "width"));
        for user in ["", "../root", "/home/alice", "alice\nf /etc/x", "alice:rw", "0"] {
            let refused = setting.refused(&screen(1920, 1080), &none().with("user", user.to_owned())).await;
            assert_eq!((refused.kind(), refused.text("argument").as_str()), (Some(ErrorKind::InvalidArgument), "user"), "{user:?}");
        }
        let nobody = setting.refused(&screen(1920, 1080), &none().with("user", "mallory".to_owned())).await;
        assert_eq!(nobody.kind(), Some(ErrorKind::NotFound));
        assert_eq!(refusal(setting.glass().await.disable_looking_glass(&none()).await).kind(), Some(ErrorKind::NotFound));
    });
}

#[test]
fn a_client_is_told_where_the_screen_of_a_running_machine_is_and_nothing_before_that() {
    user::ordinary(|| async {
        let display =
            "<graphics type='spice' port='5907' autoport='no' passwd='canary-4711'><listen type='address' address='127.0.0.1'/></graphics>";
        let setting = Setting::with(display).await;
        let glass = setting.glass().await;
        let odd = none().with("user", "alice".to_owned());
        assert_eq!(refusal(glass.get_looking_glass_view(&odd).await).text("argument"), "user");
        assert_eq!(refusal(glass.get_looking_glass_view(&none()).await).kind(), Some(ErrorKind::InvalidState));
        let machine = proxies::machine(&setting.service.connection, &machine_path()).await;
        machine.start(&none()).await.unwrap();
        assert_eq!(refusal(glass.get_looking_glass_view(&none()).await).kind(), Some(ErrorKind::NotFound), "it started without");
        machine.force_off(&none()).await.unwrap();
        glass.enable_looking_glass(&screen(1920, 1080), &none()).await.unwrap();
        machine.start(&none()).await.unwrap();
        let view = glass.get_looking_glass_view(&none()).await.unwrap();
        assert_eq!((text(&view, "name").as_str(), text(&view, "spice-host").as_str()), (NAME, "127.0.0.1"));
        assert_eq!((u32::try_from(view["spice-port"].try_clone().unwrap()).unwrap(), view.len()), (5907, 3), "no password");
    });
}

#[test]
fn a_client_is_not_led_to_a_file_that_somebody_else_has_put_there() {
    user::ordinary(|| async {
        let setting = Setting::with("").await;
        let glass = setting.glass().await;
        glass.enable_looking_glass(&screen(1920, 1080), &none()).await.unwrap();
        proxies::machine(&setting.service.connection, &machine_path()).await.start(&none()).await.unwrap();
        let file = format!("dev/shm/{NAME}");
        setting.host.file(&file, "one's own");
        assert_eq!(glass.get_looking_glass_view(&none()).await.unwrap().len(), 1, "no SPICE display, so none is told");
        std::fs::remove_file(setting.host.path().join(&file)).unwrap();
        setting.host.link(&file, "etc/passwd");
        let refused = refusal(glass.get_looking_glass_view(&none()).await);
        let reasons: Vec<String> = refused.facts["reasons"].try_clone().unwrap().try_into().unwrap();
        assert_eq!((refused.kind(), reasons), (Some(ErrorKind::Unsafe), vec!["file-of-another".to_owned()]));
    });
}

#[test]
fn where_a_screen_is_is_not_told_to_somebody_who_may_not_look() {
    let serve = |meanwhile: Meanwhile<String>| async move {
        let setting = Setting::with("").await;
        setting.glass().await.enable_looking_glass(&screen(1920, 1080), &none()).await.unwrap();
        proxies::machine(&setting.service.connection, &machine_path()).await.start(&none()).await.unwrap();
        meanwhile.work_with(setting.service.bus.address()).await;
    };
    user::beside(serve, |address| {
        user::root(|| async {
            let stranger = bus::connect(&address).await;
            let glass = DeviceProxy::new(&stranger, machine_path()).await.unwrap();
            let refused = refusal(glass.get_looking_glass_view(&none()).await);
            assert_eq!((refused.kind(), refused.facts.contains_key("name")), (Some(ErrorKind::NotAuthorized), false), "{refused:?}");
            assert_eq!(refused.text("action"), "org.kvmmanager.manager1.read-sensitive");
        });
    });
}

#[test]
fn it_is_switched_on_resized_and_off_and_the_definition_is_as_it_was() {
    user::ordinary(|| async {
        let setting = Setting::with("").await;
        let (before, glass) = (setting.service.definition().await, setting.glass().await);
        let (_, plan) = setting.plan(&screen(1920, 1080), &none()).await;
        assert_eq!((text(&plan, "name").as_str(), u64::try_from(plan["size"].try_clone().unwrap()).unwrap()), (NAME, 32 << 20));
        assert_eq!(setting.service.definition().await, before, "a plan changes nothing");
        let mut changes = Signals::changes(&setting.service.connection).await;
        glass.enable_looking_glass(&screen(1920, 1080), &none()).await.unwrap();
        assert_eq!(glass.looking_glass().await.unwrap(), 32 << 20, "shown by the reply");
        while changed(&changes.next().await).interface != interface::DEVICE {}
        let connection = &setting.service.connection;
        let told = properties(connection, machine_path().as_str(), interface::DEVICE).await;
        assert_eq!(managed_objects(connection).await[machine_path().as_str()][interface::DEVICE], told);
        let after = setting.service.definition().await;
        assert!(after.contains(&format!("<shmem name='{NAME}'>")) && after.contains("<size unit='M'>32</size>"), "{after}");
        glass.enable_looking_glass(&screen(3840, 2160), &none()).await.unwrap();
        assert_eq!(glass.looking_glass().await.unwrap(), 128 << 20);
        assert_eq!(setting.service.definition().await, after.replace("'M'>32<", "'M'>128<"), "only its size");
        glass.disable_looking_glass(&none()).await.unwrap();
        assert_eq!((glass.looking_glass().await.unwrap(), setting.service.definition().await), (0, before), "to the last byte");
    });
}

#[test]
fn a_file_that_somebody_else_has_put_there_is_refused_for_whoever_made_it_sees_the_screen() {
    user::ordinary(|| async {
        let setting = Setting::with("").await;
        let file = format!("dev/shm/{NAME}");
        let warnings = async || setting.plan(&screen(1920, 1080), &none()).await.0;
        assert!(warnings().await.contains(&"file-missing".to_owned()));
        setting.host.file(&file, "");
        assert!(!warnings().await.iter().any(|word| word.starts_with("file")), "root's, QEMU's and one's own are");
        setting.host.file(&file, "small");
        assert!(warnings().await.contains(&"file-too-small".to_owned()));
        std::fs::remove_file(setting.host.path().join(&file)).unwrap();
        setting.host.link(&file, "etc/passwd");
        let refused = setting.refused(&screen(1920, 1080), &none()).await;
        let reasons: Vec<String> = refused.facts["reasons"].try_clone().unwrap().try_into().unwrap();
        assert_eq!((refused.kind(), reasons), (Some(ErrorKind::Unsafe), vec!["file-of-another".to_owned()]));
    });
}

#[test]
fn the_user_who_looks_gets_lines_that_make_the_file_at_each_start() {
    user::ordinary(|| async {
        let setting = Setting::with("").await;
        let (_, plan) = setting.plan(&screen(1920, 1080), &none().with("user", "alice".to_owned())).await;
        let expected = format!("f /dev/shm/{NAME} 0600 libvirt-qemu root -\na+ /dev/shm/{NAME} - - - - u:alice:rw\n");
        assert_eq!(text(&plan, "tmpfiles"), expected);
        assert_eq!(text(&setting.plan(&screen(1920, 1080), &none()).await.1, "tmpfiles"), "", "nobody was named");
    });
}

#[test]
fn what_is_missing_for_keys_pointer_and_sound_is_told() {
    user::ordinary(|| async {
        let hints = async |devices: &str| {
            let (mut words, _) = Setting::with(devices).await.plan(&screen(1920, 1080), &none()).await;
            words.retain(|word| word != "file-missing");
            words
        };
        assert_eq!(hints("").await, ["no-spice", "no-graphics-card"]);
        assert_eq!(hints("<graphics type='spice'/><input type='tablet' bus='usb'/>").await, ["no-sound", "tablet", "no-graphics-card"]);
    });
}

/// Takes the file of a memory away when the test ends: QEMU leaves it.
struct Left(std::path::PathBuf);

impl Drop for Left {
    fn drop(&mut self) {
        // There is none if QEMU never started.
        let _ = std::fs::remove_file(&self.0);
    }
}

#[test]
fn qemu_shares_it_and_what_it_was_before_comes_back_with_both_kinds_of_machines() {
    user::ordinary(|| async {
        let Some(libvirtd) = Libvirtd::start().await else { return };
        for kind in ["pc", "q35"] {
            let uuid = Uuid::new_v4();
            let file = tempfile::NamedTempFile::new().unwrap();
            let xml = format!(
                "<domain type='qemu'><name>{kind}</name><uuid>{uuid}</uuid><memory unit='MiB'>64</memory><vcpu>1</vcpu>\
                 <os><type arch='x86_64' machine='{kind}'>hvm</type></os><devices><controller type='usb' model='none'/></devices></domain>"
            );
            std::fs::write(file.path(), xml).unwrap();
            let _ = libvirtd.virsh(&["define", &file.path().display().to_string()]);
        }
        let service = libvirtd.service(&[]).await;
        for kind in ["pc", "q35"] {
            let definition = || libvirtd.virsh(&["dumpxml", "--inactive", kind]);
            let path = service.path(kind).await;
            let glass = DeviceProxy::new(&service.connection, path.clone()).await.unwrap();
            let before = definition();
            glass.enable_looking_glass(&screen(1280, 720), &none()).await.unwrap();
            let name = format!("looking-glass-{}", libvirtd.virsh(&["domuuid", kind]).trim());
            let shared = std::path::Path::new("/dev/shm").join(&name);
            let _left = Left(shared.clone());
            service.machine(&path).await.start(&none()).await.unwrap();
            assert_eq!(std::fs::metadata(&shared).unwrap().len(), 32 << 20, "{kind}");
            glass.disable_looking_glass(&none()).await.unwrap();
            assert!(libvirtd.virsh(&["dumpxml", kind]).contains(&name), "{kind} runs with it");
            service.machine(&path).await.force_off(&none()).await.unwrap();
            assert_eq!(definition(), before, "{kind}: to the last byte");
        }
    });
}
