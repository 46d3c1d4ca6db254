//! Hosts as they were captured: `tests/data/topology/NAME.tree` has a line for each file, its path and its content with
//! `\n` for the end of a line.

use service::host::Root;
use tempfile::TempDir;

use crate::project;

/// A captured host, laid out in a directory that goes with it.
#[derive(Debug)]
pub struct Tree(TempDir);

impl Tree {
    /// The host with this name.
    ///
    /// # Panics
    /// If there is none.
    #[must_use]
    pub fn of(name: &str) -> Self {
        let directory = crate::bus::short_directory();
        for line in project::read(&format!("tests/data/topology/{name}.tree")).lines() {
            let (path, content) = line.split_once('\t').expect("a path and a content");
            let file = directory.path().join(path);
            std::fs::create_dir_all(file.parent().expect("a directory")).expect("make the directory");
            std::fs::write(file, format!("{}\n", content.replace("\\n", "\n").trim_end())).expect("write the file");
        }
        Self(directory)
    }

    /// Its root.
    #[must_use]
    pub fn root(&self) -> Root {
        Root::captured(self.0.path())
    }

    /// The content of a file.
    #[must_use]
    pub fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.0.path().join(path)).expect("a file of the tree")
    }

    /// Sets the content of a file.
    pub fn write(&self, path: &str, content: &str) {
        std::fs::write(self.0.path().join(path), format!("{content}\n")).expect("write the file");
    }
}
