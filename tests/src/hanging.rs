//! A file whose file system never says how large it is: what an ordinary user can have by FUSE, and hand over to whom they like.
//!
//! The protocol is the kernel's (`linux/fuse.h`): each request has a header of 40 bytes, each answer one of 16.

use std::{
    fs::{File, OpenOptions},
    io::{PipeReader, PipeWriter, Read, Write},
    os::fd::AsRawFd,
    sync::mpsc::{Receiver, Sender, channel},
    thread::JoinHandle,
};

use rustix::{
    event::{PollFd, PollFlags, poll},
    mount::{MountFlags, UnmountFlags, mount, unmount},
};

use crate::within;

const LOOKUP: u32 = 1;
const FORGET: u32 = 2;
const GETATTR: u32 = 3;
const OPEN: u32 = 14;
const RELEASE: u32 = 18;
const INIT: u32 = 26;
const NOT_KNOWN: i32 = -38;
/// The directory is 1.
const FILE: u64 = 2;

/// A file that is open, and its file system. Whoever waits for that is let go with an error when this is dropped.
pub struct Hanging {
    pub file: File,
    asked: Receiver<()>,
    stop: Option<PipeWriter>,
    serves: Option<JoinHandle<()>>,
}

impl Hanging {
    /// `None` without `/dev/fuse`, or where it cannot be mounted. Needs root; leaves no mount behind.
    #[must_use]
    pub fn open() -> Option<Self> {
        let device = OpenOptions::new().read(true).write(true).open("/dev/fuse").ok()?;
        let place = tempfile::tempdir().expect("a directory");
        let options =
            std::ffi::CString::new(format!("fd={},rootmode=40000,user_id=0,group_id=0,allow_other", device.as_raw_fd())).expect("a word");
        mount("hanging", place.path(), "fuse", MountFlags::NOSUID | MountFlags::NODEV, options.as_c_str()).ok()?;
        let (told, asked) = channel();
        let (ends, stop) = std::io::pipe().expect("a pipe");
        let serves = std::thread::spawn(move || serve(device, &ends, &told));
        let file = OpenOptions::new().write(true).open(place.path().join("file"));
        // It lasts for as long as the file is open.
        unmount(place.path(), UnmountFlags::DETACH).expect("unmount it");
        Some(Self { file: file.expect("the file"), asked, stop: Some(stop), serves: Some(serves) })
    }

    /// Waits until somebody waits for it. Does not block: that may be another task of this thread.
    pub async fn until_asked(&self) {
        let asked = async {
            while self.asked.try_recv().is_err() {
                tokio::task::yield_now().await;
            }
        };
        within("somebody to ask how large it is", asked).await;
    }
}

impl Drop for Hanging {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.serves.take() {
            let _ = thread.join();
        }
    }
}

fn serve(mut device: File, ends: &PipeReader, told: &Sender<()>) {
    let mut request = vec![0; 64 * 1024];
    loop {
        let mut waits = [PollFd::new(&device, PollFlags::IN), PollFd::new(ends, PollFlags::IN)];
        poll(&mut waits, None).expect("wait for the kernel");
        if !waits[1].revents().is_empty() {
            return;
        }
        let Ok(40..) = device.read(&mut request) else { return };
        let (operation, unique, node) = (number(&request, 4), long(&request, 8), long(&request, 16));
        let (error, answer) = match operation {
            INIT => (0, init()),
            LOOKUP => (0, [words(&[FILE, 0, 0, 0, 0]), attributes(FILE)].concat()),
            GETATTR if node == FILE => {
                let _ = told.send(());
                continue;
            }
            GETATTR => (0, [words(&[0, 0]), attributes(node)].concat()),
            OPEN => (0, words(&[0, 0])),
            RELEASE => (0, Vec::new()),
            FORGET => continue,
            _ => (NOT_KNOWN, Vec::new()),
        };
        let length = u32::try_from(16 + answer.len()).expect("a short answer");
        let header = [&length.to_ne_bytes()[..], &i32::to_ne_bytes(error), &unique.to_ne_bytes()].concat();
        // The one who asked may be gone.
        let _ = device.write_all(&[header, answer].concat());
    }
}

fn init() -> Vec<u8> {
    let mut answer = vec![0; 64];
    answer[..4].copy_from_slice(&7_u32.to_ne_bytes());
    answer[4..8].copy_from_slice(&31_u32.to_ne_bytes());
    // What is written at once, at most.
    answer[20..24].copy_from_slice(&4096_u32.to_ne_bytes());
    answer
}

/// `struct fuse_attr`: nothing of it is kept by the kernel, which asks each time.
fn attributes(node: u64) -> Vec<u8> {
    let mode: u32 = if node == FILE { 0o100_666 } else { 0o040_777 };
    let mut all = vec![0; 88];
    all[..8].copy_from_slice(&node.to_ne_bytes());
    all[60..64].copy_from_slice(&mode.to_ne_bytes());
    all[64..68].copy_from_slice(&1_u32.to_ne_bytes());
    all
}

fn words(values: &[u64]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_ne_bytes()).collect()
}

fn number(bytes: &[u8], at: usize) -> u32 {
    u32::from_ne_bytes(bytes[at..at + 4].try_into().expect("four bytes"))
}

fn long(bytes: &[u8], at: usize) -> u64 {
    u64::from_ne_bytes(bytes[at..at + 8].try_into().expect("eight bytes"))
}
