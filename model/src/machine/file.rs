//! Which files of the host a machine refers to. A file that this list misses could be deleted under its machine, so everything
//! that starts with a slash counts as a path, in whatever element it stands, except where it is known to be something else.

use super::Machine;
use crate::xml::Element;
use std::collections::HashSet;

/// Elements in which nothing is a file of the host: programs (nobody offers to delete them together with the machine), names,
/// and what other applications noted.
const SKIPPED: [&str; 8] = ["emulator", "binary", "bootloader", "metadata", "title", "description", "name", "alias"];
/// Elements whose text is a path inside the guest, or no path at all.
const OTHER_TEXT: [&str; 10] =
    ["cmdline", "init", "initarg", "initenv", "initdir", "partition", "entry", "label", "imagelabel", "bootloader_args"];
/// Attributes that hold no path: names at a server, and queries.
const OTHER_ATTRIBUTES: [&str; 3] = ["name", "query", "value"];

pub(super) fn references(root: &Element<'_, '_>, machine: &Machine) -> Vec<String> {
    let mut files = Files::default();
    for disk in &machine.disks {
        disk.sources().filter_map(|source| source.path()).for_each(|path| files.add(path));
    }
    for path in
        [&machine.nvram, &machine.nvram_template, &machine.loader, &machine.kernel, &machine.initrd, &machine.dtb].into_iter().flatten()
    {
        files.add(path);
    }
    walk(root, &mut files);
    files.list
}

#[derive(Default)]
struct Files {
    list: Vec<String>,
    known: HashSet<String>,
}

impl Files {
    fn add(&mut self, path: &str) {
        let path = path.trim();
        if path.starts_with('/') && !self.known.contains(path) {
            self.known.insert(path.to_owned());
            self.list.push(path.to_owned());
        }
    }

    /// QEMU arguments are lists like `file=/a,if=none`; whatever starts with a slash after `=` or alone is taken for a path.
    fn add_argument(&mut self, argument: &str) {
        for part in argument.split(',') {
            let value = part.split_once('=').map_or(part, |(_, value)| value);
            self.add(value.strip_prefix("file:").unwrap_or(value));
        }
    }
}

/// Recursion ends at the reader's depth limit.
fn walk(element: &Element<'_, '_>, files: &mut Files) {
    for child in element.children() {
        let name = child.name();
        if SKIPPED.contains(&name) {
            continue;
        }
        for (attribute, value) in child.attributes() {
            // The guest sees a shared directory at `<target dir='…'>`.
            let is_in_guest = name == "target" && attribute == "dir";
            if !OTHER_ATTRIBUTES.contains(&attribute) && !is_in_guest {
                files.add(&value);
            } else if child.local_name() == "arg" && attribute == "value" {
                files.add_argument(&value);
            }
        }
        if child.children().next().is_some() {
            walk(&child, files);
        } else if !OTHER_TEXT.contains(&name) {
            files.add(&child.text());
        }
    }
}
