//! A kernel that is played: pools that follow what is written, as far as there is memory in one piece.

use std::{
    collections::BTreeMap,
    io,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use super::{GIB, PAGE};
use crate::{
    host::memory::files::Kernel,
    store::memory::{Change, Journal},
};

/// The kernel that is played. Two nodes unless the tree says otherwise.
#[derive(Debug)]
pub struct Fake {
    pub files: Mutex<BTreeMap<String, String>>,
    pub writes: Mutex<Vec<String>>,
    /// Pages in one piece that are left, by node.
    pub whole: Mutex<[u64; 2]>,
    /// How many more pages compaction makes of each node.
    pub by_compaction: u64,
    /// And how many, once, letting go of what is cached.
    pub by_dropping: u64,
    /// Panics behind this write, as a crash would end the service.
    pub crash_after: AtomicUsize,
    /// Refuses every write with this.
    pub refuses: Option<io::ErrorKind>,
}

pub fn node_file(node: usize, name: &str) -> String {
    format!("sys/devices/system/node/node{node}/hugepages/hugepages-2048kB/{name}")
}

pub fn all_file(name: &str) -> String {
    format!("sys/kernel/mm/hugepages/hugepages-2048kB/{name}")
}

impl Fake {
    /// 64 GiB, `available` of it, and enough whole pieces.
    pub fn with(available: u64) -> Self {
        let mut files = BTreeMap::from([
            ("proc/meminfo".to_owned(), format!("MemTotal: {} kB\nMemAvailable: {} kB\n", 64 * GIB / 1024, available / 1024)),
            ("proc/sys/kernel/random/boot_id".to_owned(), "this\n".to_owned()),
            ("sys/kernel/mm/transparent_hugepage/enabled".to_owned(), "always [madvise] never\n".to_owned()),
            ("sys/kernel/mm/transparent_hugepage/defrag".to_owned(), "always defer defer+madvise [madvise] never\n".to_owned()),
            ("sys/kernel/mm/ksm/run".to_owned(), "0\n".to_owned()),
            ("sys/kernel/mm/ksm/pages_sharing".to_owned(), "0\n".to_owned()),
            (all_file("resv_hugepages"), "0\n".to_owned()),
        ]);
        for name in ["nr_hugepages", "free_hugepages", "surplus_hugepages"] {
            files.insert(all_file(name), "0\n".to_owned());
            for node in 0..2 {
                files.insert(node_file(node, name), "0\n".to_owned());
            }
        }
        for node in 0..2 {
            let meminfo = format!("Node {node} MemTotal: {0} kB\nNode {node} MemFree: {0} kB\n", 32 * GIB / 1024);
            files.insert(format!("sys/devices/system/node/node{node}/meminfo"), meminfo);
            files.insert(format!("sys/devices/system/node/node{node}/compact"), String::new());
        }
        Self {
            files: Mutex::new(files),
            writes: Mutex::default(),
            whole: Mutex::new([1 << 20; 2]),
            by_compaction: 0,
            by_dropping: 0,
            crash_after: AtomicUsize::new(usize::MAX),
            refuses: None,
        }
    }

    pub fn roomy() -> Self {
        Self::with(60 * GIB)
    }

    pub fn whole(self, pages: [u64; 2]) -> Self {
        *self.whole.lock().unwrap() = pages;
        self
    }

    pub fn number(&self, path: &str) -> u64 {
        crate::host::memory::files::number(self, path).unwrap()
    }

    pub fn set(&self, path: &str, value: impl std::fmt::Display + Copy) {
        self.files.lock().unwrap().insert(path.to_owned(), format!("{value}\n"));
    }

    pub fn add(&self, path: &str, by: i64) {
        let value = i64::try_from(self.number(path)).unwrap() + by;
        self.set(path, value);
    }

    /// Makes the pages of a node more or fewer, by as many as there are pieces for.
    pub fn resize(&self, node: usize, target: u64) {
        let now = self.number(&node_file(node, "nr_hugepages"));
        let mut whole = self.whole.lock().unwrap();
        let target = target.min(now + whole[node]);
        let by = i64::try_from(target).unwrap() - i64::try_from(now).unwrap();
        whole[node] = u64::try_from(i64::try_from(whole[node]).unwrap() - by).unwrap();
        drop(whole);
        for name in ["nr_hugepages", "free_hugepages"] {
            self.add(&node_file(node, name), by);
            self.add(&all_file(name), by);
        }
        let available = crate::host::memory::Memory::of(self).available;
        let available = i64::try_from(available).unwrap() - by * i64::try_from(PAGE).unwrap();
        let text = format!("MemTotal: {} kB\nMemAvailable: {} kB\n", 64 * GIB / 1024, available / 1024);
        self.files.lock().unwrap().insert("proc/meminfo".to_owned(), text);
    }

    pub fn written(&self) -> Vec<String> {
        self.writes.lock().unwrap().clone()
    }

    pub fn state(&self) -> BTreeMap<String, String> {
        self.files.lock().unwrap().clone()
    }
}

impl Kernel for Fake {
    fn read(&self, path: &str) -> io::Result<String> {
        self.files.lock().unwrap().get(path).cloned().ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn names(&self, directory: &str) -> Vec<String> {
        let files = self.files.lock().unwrap();
        let below = files.keys().filter_map(|path| path.strip_prefix(directory)?.strip_prefix('/')?.split('/').next());
        let mut names: Vec<String> = below.map(str::to_owned).collect();
        names.dedup();
        names
    }

    fn write(&self, path: &str, value: &str) -> io::Result<()> {
        if let Some(kind) = self.refuses {
            return Err(kind.into());
        }
        self.writes.lock().unwrap().push(format!("{path} {value}"));
        let nodes = (0..2).find(|node| path.contains(&format!("node{node}/")));
        if path.ends_with("compact") {
            self.whole.lock().unwrap()[nodes.unwrap()] += self.by_compaction;
        } else if path == "proc/sys/vm/drop_caches" {
            self.whole.lock().unwrap().iter_mut().for_each(|whole| *whole += self.by_dropping);
        } else if path.ends_with("nr_hugepages") {
            let target: u64 = value.parse().unwrap();
            match nodes {
                Some(node) => self.resize(node, target),
                None => {
                    // As the kernel does: node by node in turns; here by halves.
                    let now = self.number(&all_file("nr_hugepages"));
                    let by = target.saturating_sub(now);
                    self.resize(0, self.number(&node_file(0, "nr_hugepages")) + by / 2);
                    let rest = target - self.number(&all_file("nr_hugepages"));
                    self.resize(1, self.number(&node_file(1, "nr_hugepages")) + rest);
                }
            }
        } else {
            let old = self.read(path)?;
            let plain = old.replace(['[', ']'], "");
            let text = if old.contains('[') {
                plain.split_whitespace().map(|word| if word == value { format!("[{word}] ") } else { format!("{word} ") }).collect()
            } else {
                value.to_owned()
            };
            self.set(path, text.as_str());
        }
        let done = self.writes.lock().unwrap().len();
        assert!(done != self.crash_after.load(Ordering::Relaxed), "crash");
        Ok(())
    }
}

/// A record in memory.
#[derive(Debug, Default)]
pub struct Noted(Mutex<Option<Change>>);

impl Journal for Noted {
    fn put(&self, change: &Change) -> io::Result<()> {
        *self.0.lock().unwrap() = Some(change.clone());
        Ok(())
    }

    fn get(&self) -> io::Result<Option<Change>> {
        Ok(self.0.lock().unwrap().clone())
    }

    fn forget(&self) -> io::Result<()> {
        *self.0.lock().unwrap() = None;
        Ok(())
    }

    fn is_settled(&self, id: &str) -> bool {
        id == "settled"
    }
}
