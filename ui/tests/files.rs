//! Files that a person names: what is wrong with one is said at its field, and none holds up the window.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod stage;

use std::{
    fs::{File, OpenOptions},
    os::fd::{AsRawFd, OwnedFd},
    path::{Path, PathBuf},
    time::Duration,
};

use client::{demo::Preset, device::rom::LONGEST, file::PATIENCE, t, unit};
use rustix::{
    fs::{CWD, Mode, OFlags, mkfifoat, open},
    mount::{MountFlags, UnmountFlags, mount, unmount},
};
use stage::{Stage, settings};
use ui::{command::Command, widget::Role};

/// The dialog that gives a card to a machine, with the field for the file of its ROM before the keyboard.
fn field() -> Stage {
    let mut stage = Stage::new(Preset::Frozen, settings(), (1280.0, 800.0));
    stage.key("alt+4");
    stage.key("ctrl+f");
    stage.type_in("t400");
    stage.click("NVIDIA T400 4GB");
    stage.key("ctrl+shift+a");
    stage.type_in("freebsd");
    stage.key("down");
    stage.click("More options");
    stage.click("The card’s own");
    stage
}

fn name(stage: &mut Stage, path: &Path) {
    stage.key("ctrl+a");
    stage.type_in(&path.display().to_string());
}

/// How long something takes until it is said, of the application's time.
fn until(stage: &mut Stage, words: &str) -> Duration {
    let began = stage.wait_for(async { tokio::time::Instant::now() });
    stage.wait(words, |stage| stage.find(words).is_some());
    stage.wait_for(async move { began.elapsed() })
}

#[test]
fn what_is_no_rom_is_said_at_once_at_its_field_and_another_file_can_be_named() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    // Whoever opened it would wait for somebody to write.
    mkfifoat(CWD, at("pipe"), Mode::RUSR).unwrap();
    std::fs::write(at("empty"), "").unwrap();
    std::fs::write(at("text"), "text").unwrap();
    std::fs::write(at("rom"), [0x55, 0xaa]).unwrap();
    File::create(at("large")).unwrap().set_len(LONGEST + 1).unwrap();
    let mut stage = field();
    for (path, words) in [
        (at("pipe"), t!("attach-rom-file-none-such")),
        (at("gone"), t!("attach-rom-file-missing")),
        (folder.path().to_owned(), t!("attach-rom-file-none-such")),
        (at("empty"), t!("attach-rom-file-empty")),
        (at("large"), t!("attach-rom-file-large", size = unit::size(LONGEST))),
        (at("text"), t!("attach-rom-file-wrong")),
        (at("rom"), "Write it into the definition of the machine".to_owned()),
    ] {
        name(&mut stage, &path);
        assert!(until(&mut stage, &words) < Duration::from_secs(2), "{words}");
    }
}

/// A folder whose file system never answers: one of FUSE that nobody serves. Whoever waits for it is let go when this is dropped.
struct Silent {
    folder: OwnedFd,
    _device: File,
}

impl Silent {
    /// `None` without `/dev/fuse`, or where it cannot be mounted. Needs root; leaves no mount behind.
    fn folder() -> Option<Self> {
        let device = OpenOptions::new().read(true).write(true).open("/dev/fuse").ok()?;
        let place = tempfile::tempdir().unwrap();
        let options = std::ffi::CString::new(format!("fd={},rootmode=40000,user_id=0,group_id=0", device.as_raw_fd())).unwrap();
        mount("silent", place.path(), "fuse", MountFlags::NOSUID | MountFlags::NODEV, options.as_c_str()).ok()?;
        // Such a descriptor asks the file system nothing.
        let folder = open(place.path(), OFlags::PATH, Mode::empty());
        // It lasts for as long as the folder is open.
        unmount(place.path(), UnmountFlags::DETACH).unwrap();
        Some(Self { folder: folder.unwrap(), _device: device })
    }

    fn path(&self) -> PathBuf {
        format!("/proc/self/fd/{}", self.folder.as_raw_fd()).into()
    }
}

/// Somebody waits for it at most a moment longer than a file has.
const IN_VAIN: Duration = PATIENCE.saturating_add(Duration::from_secs(2));

#[test]
fn a_rom_that_never_answers_is_given_up_and_leaves_the_dialog_as_it_is_meanwhile() {
    let Some(silent) = Silent::folder() else {
        eprintln!("SKIPPED: needs root and /dev/fuse");
        return;
    };
    let mut stage = field();
    name(&mut stage, &silent.path());
    stage.wait("what is waited for", |stage| stage.find(&t!("attach-rom-file-looking")).is_some());
    stage.click("Hidden");
    stage.wait("the plan without it", |stage| stage.find("Write it into the definition of the machine").is_some());
    stage.click("As usual");
    assert!(until(&mut stage, &t!("attach-rom-file-silent")) <= IN_VAIN);
    stage.click(&silent.path().display().to_string());
    stage.key("enter");
    stage.wait("another look", |stage| stage.find(&t!("attach-rom-file-looking")).is_some());
    stage.key("escape");
    stage.key("escape");
    assert_eq!(stage.heard_of(Role::Dialog), [""; 0], "who does not want to wait leaves");
}

#[test]
fn a_folder_that_never_answers_is_told_where_something_is_to_be_written() {
    let Some(silent) = Silent::folder() else {
        eprintln!("SKIPPED: needs root and /dev/fuse");
        return;
    };
    let mut stage = Stage::new(Preset::Frozen, settings(), (1280.0, 800.0));
    stage.click("win11-gaming");
    stage.command(Command::Screenshot);
    name(&mut stage, &silent.path().join("x.png"));
    stage.key("enter");
    assert!(until(&mut stage, &t!("target-looking")) <= Duration::from_secs(2));
    assert!(until(&mut stage, &t!("target-silent")) <= IN_VAIN);
    stage.key("enter");
    stage.key("escape");
    stage.key("escape");
    assert_eq!(stage.heard_of(Role::Dialog), [""; 0]);
    let folder = tempfile::tempdir().unwrap();
    stage.command(Command::Screenshot);
    name(&mut stage, &folder.path().join("x.png"));
    stage.key("enter");
    stage.wait("the file", |_| folder.path().join("x.png").exists());
    stage.finish();
    assert_eq!(stage.heard_of(Role::Dialog), [""; 0]);
}
