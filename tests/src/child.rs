//! Processes that a test started, and that end with it.

use std::process::{Command, ExitStatus};

use rustix::{
    event::{PollFd, PollFlags, poll},
    process::{Pid, PidfdFlags, Signal, kill_process, pidfd_open},
};
use tokio::sync::watch;

use crate::within;

/// A process of the test's. Killed by its own number when it is dropped, also when the test panics.
#[derive(Debug)]
pub struct Child {
    process: std::process::Child,
    end: watch::Receiver<bool>,
}

impl Child {
    /// Starts a program.
    #[must_use]
    pub fn start(command: &mut Command) -> Self {
        let process = command.spawn().unwrap_or_else(|error| panic!("{command:?} does not start: {error}"));
        let descriptor = pidfd_open(pid(&process), PidfdFlags::empty()).expect("watch a process");
        let (ended, end) = watch::channel(false);
        std::thread::spawn(move || {
            // A process descriptor becomes readable when the process ends.
            while poll(&mut [PollFd::new(&descriptor, PollFlags::IN)], None).is_err() {}
            // Nobody may be interested any more.
            let _ = ended.send(true);
        });
        Self { process, end }
    }

    /// Its number.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// Its standard output, once.
    pub fn output(&mut self) -> std::process::ChildStdout {
        self.process.stdout.take().expect("the output was piped and not taken")
    }

    /// Sends a signal.
    pub fn signal(&self, signal: Signal) {
        kill_process(pid(&self.process), signal).expect("signal a process");
    }

    /// Whether it has ended.
    pub fn has_ended(&mut self) -> bool {
        self.process.try_wait().expect("look at a process").is_some()
    }

    /// Waits until it ends.
    pub async fn ended(&mut self) -> ExitStatus {
        within("the end of a process", self.end.wait_for(|ended| *ended)).await.expect("watch a process");
        self.process.wait().expect("look at a process")
    }

    /// Its resident memory in bytes.
    #[must_use]
    pub fn memory(&self) -> u64 {
        memory(self.id())
    }

    /// How many descriptors it has open.
    #[must_use]
    pub fn descriptors(&self) -> usize {
        std::fs::read_dir(format!("/proc/{}/fd", self.id())).expect("read a process's descriptors").count()
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        // Both fail only if it has ended, which is what is wanted.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn pid(process: &std::process::Child) -> Pid {
    Pid::from_child(process)
}

/// The resident memory of a process in bytes.
#[must_use]
pub fn memory(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).expect("read a process's status");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("a process has memory");
    line.trim().trim_end_matches(" kB").parse::<u64>().expect("a number") * 1024
}
