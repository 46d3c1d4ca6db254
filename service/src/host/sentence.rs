//! What a finding says to a person: whom it is about, what stands against it, and what can be done.

use super::finding::{About, Finding};

/// Sentences in one text: who gets more has them as data.
const MOST: usize = 6;

/// Everything that was found, as one text.
#[must_use]
pub fn all(findings: &[Finding]) -> String {
    let mut sentences: Vec<String> = findings.iter().take(MOST).map(one).collect();
    sentences.dedup();
    if findings.len() > MOST {
        sentences.push(format!("And {} more reasons.", findings.len() - MOST));
    }
    sentences.join(" ")
}

/// One finding.
#[must_use]
pub fn one(finding: &Finding) -> String {
    let told = [used, shared, machine, wanting, scsi, other].into_iter().find_map(|told| told(finding));
    let (what, advice) = told.unwrap_or_else(|| (format!("refused ({})", finding.word), ""));
    let about = match &finding.about {
        About::Pci(device) => format!("{device}: "),
        About::Port(port) if !port.is_empty() => format!("USB port {port}: "),
        About::Name(name) if !name.is_empty() => format!("{name}: "),
        About::Port(_) | About::Name(_) => String::new(),
    };
    let sentence = format!("{about}{what}{}{advice}.", if advice.is_empty() { "" } else { "; " });
    let mut rest = sentence.chars();
    match rest.next() {
        Some(first) if about.is_empty() => first.to_uppercase().chain(rest).collect(),
        _ => sentence,
    }
}

type Told = Option<(String, &'static str)>;

/// What is not known, or not told to this caller, by another word.
fn or<'a>(text: &'a str, otherwise: &'a str) -> &'a str {
    if text.is_empty() { otherwise } else { text }
}

/// What the host does with it.
fn used(finding: &Finding) -> Told {
    let (name, at) = (or(&finding.name, "a part of it"), or(&finding.detail, "the host's file system"));
    let bridge = or(&finding.detail, "a bridge");
    Some(match finding.word {
        "system-disk" => (format!("the host runs from {name} ({at})"), "it cannot be given away"),
        "mounted" => (format!("{name} is mounted ({at})"), "unmount it first"),
        "swap" => (format!("the host swaps to {name}"), "switch that off first (swapoff)"),
        "lvm" => (format!("{name} is part of a volume group"), "take it out of that first"),
        "raid" => (format!("{name} is part of a RAID"), "take it out of that first"),
        "zfs" => (format!("{name} is part of a ZFS pool"), "take it out of that first"),
        "held" => (format!("something else in the host is built on {name}"), "close that first"),
        "default-route" if finding.detail == "link-reset" => (
            format!("the host reaches the network through {name}, whose link may be reset"),
            "allow that (allow-link-reset) if the host may be out of reach meanwhile",
        ),
        "default-route" => (format!("the host reaches the network through {name}"), "give the host another way first"),
        "route" => (format!("the host has a route through {name}"), "take that away first"),
        "bond" => (format!("{name} is part of the bond {}", or(&finding.detail, "of the host")), "take it out of that first"),
        "bridge" if name.ends_with("bridge") || matches!(name, "smbus" | "iommu") => {
            (format!("it is a part of the computer itself ({name})"), "it cannot be given away")
        }
        "bridge" => (format!("{name} is part of {bridge}"), "take it out of that first"),
        "machine-bridge" => (format!("{name} is part of {bridge}, which machines use"), "take it out of that first"),
        "boot-display" => {
            (format!("the host's console is on its screen ({name})"), "begin a hand-over instead, if it is a machine's graphics card")
        }
        "display" => (format!("a screen is lit on it ({name})"), "switch the screen off, or begin a hand-over"),
        "keyboard" | "only-keyboard" => (format!("no keyboard would be left to the host ({name})"), "plug in another one first"),
        "pointer" => (format!("no mouse would be left to the host ({name})"), ""),
        "open" => match (finding.name.as_str(), finding.detail.as_str()) {
            ("", _) => ("a program has it open".to_owned(), "end that first"),
            (process, "") => (format!("the process {process} has it open"), "end that first"),
            (process, file) => (format!("the process {process} has {file} open"), "end that first"),
        },
        "open-files-hidden" => ("programs that have it open cannot be seen".to_owned(), "they may fail"),
        "usb-device" => (format!("the USB device at {name} goes with it ({})", or(&finding.detail, "unknown")), ""),
        _ => return None,
    })
}

/// Who else is there, and what the kernel can do with it.
fn shared(finding: &Finding) -> Told {
    let Finding { name, detail, .. } = finding;
    Some(match finding.word {
        "group-member" => (format!("it shares its IOMMU group with {name}, which the host drives with {detail}"), "take both"),
        "group-machine-running" => {
            (format!("it shares its IOMMU group with {name}, which the machine {detail} has"), "shut that machine down first")
        }
        "virtual-functions" => (format!("its virtual function {name} would vanish"), "set their number to 0 first"),
        "no-reset" => {
            ("the kernel cannot reset it alone".to_owned(), "allow that (allow-no-reset) if one machine may find what another left")
        }
        "no-iommu-group" => ("it has no IOMMU group".to_owned(), "switch the IOMMU on in the firmware"),
        "no-vfio" if detail == "timed-out" => {
            (format!("{name} did not load the module vfio-pci in time"), "look what it says, and try again")
        }
        "no-vfio" if !name.is_empty() => (format!("{name} did not load the module vfio-pci"), "load it first (modprobe vfio-pci)"),
        "no-vfio" => ("the module vfio-pci is not loaded".to_owned(), "load it first (modprobe vfio-pci)"),
        "gone" => ("it is not there any more".to_owned(), "look which device is meant"),
        "not-bound" => (format!("it is not bound to vfio-pci but to {}", or(detail, "no driver")), "bind it first"),
        "no-free-port" => (format!("the running machine has {} free slots for it", or(detail, "no")), "give it with the next start"),
        "separate-slots" => ("the running machine gets each function in a slot of its own".to_owned(), ""),
        "needs-hand-over" => ("only a hand-over starts the machine with it".to_owned(), ""),
        "same-ids" => (format!("{name} is of the same kind"), ""),
        "ambiguous" => ("several devices are meant".to_owned(), "name one by its port"),
        "session" => (format!("session {name} would end ({detail})"), "log out first, or accept that (accept-closing-sessions)"),
        "sessions-hidden" => ("who is logged in cannot be seen".to_owned(), ""),
        "display-manager" => (format!("{name} may not be stopped"), "stop it yourself first"),
        "kept-by-module" => (
            format!("the kernel module {name} keeps it, and its driver would wait for that for ever"),
            "begin a hand-over, which unloads the module, or switch its modeset off (nvidia_drm.modeset=0)",
        ),
        "module" if detail == "in-use" => (format!("the kernel module {name} keeps it, and a program uses that"), "end that program first"),
        "module" => (format!("the kernel module {name} keeps it, and cannot go because of {}", or(detail, "another")), ""),
        _ => return None,
    })
}

/// Which machine has it, or is to get it.
fn machine(finding: &Finding) -> Told {
    let name = match finding.name.as_str() {
        "" => "a machine".to_owned(),
        name => format!("the machine {name}"),
    };
    Some(match finding.word {
        "machine-running" => (format!("{name} runs with it"), "shut that machine down first"),
        "machine-configured" => (format!("{name} is to get it with its start"), "only one machine can have it"),
        "handed-over" => (format!("{name} has the host's screen"), "give that back first"),
        "machine-has-controller" => ("the machine gets the whole controller already".to_owned(), "detach that first"),
        _ => return None,
    })
}

/// What is missing, or is there already.
fn wanting(finding: &Finding) -> Told {
    let name = &finding.name;
    Some(match finding.word {
        "no-usb" => ("the machine has no USB controller".to_owned(), "add one to its definition first"),
        "no-keyboard" => ("the machine gets no keyboard of the host".to_owned(), "it keeps the input while it runs"),
        "no-display" => ("the machine has no display".to_owned(), "add one to its definition first"),
        "other-interface" => (format!("it is for another kind of machine ({name})"), "choose one for vfio-pci"),
        "not-active" => (format!("it is not there now on {}", or(name, "its card")), "start it first"),
        "not-kept" => ("it is not made at the next start of the computer".to_owned(), ""),
        "uuid-taken" => (format!("there is a part with the UUID {name}"), "choose another"),
        "no-instance" => (format!("the card can make no more of {name}"), "delete one first"),
        "no-type" => (format!("the card does not make {name}"), "choose a type that it makes"),
        "no-mdevctl" => ("mdevctl is not installed".to_owned(), "install it first"),
        "no-virtual-functions" => (format!("{name} has no virtual functions"), "set their number first"),
        "name-taken" => (format!("there is a network named {name}"), "choose another name"),
        "has-network" => (format!("the network {name} hands out the same functions"), "delete that first"),
        "network-inactive" => ("the network hands nothing out now".to_owned(), "start it first"),
        "network-not-kept" => ("the network is not started with the computer".to_owned(), ""),
        "no-free-function" => (format!("no virtual function of {name} is free now"), "stop a machine that has one before this one starts"),
        "mac-taken" => (format!("a network card of the machine {name} has this address"), "choose another"),
        "file-of-another" => ("somebody else owns the file of that name".to_owned(), "remove that file first"),
        "file-too-small" => ("the file is too small".to_owned(), "it is made anew with the next start"),
        "file-missing" => ("the file is not there yet".to_owned(), "it is made with the next start"),
        _ => return None,
    })
}

/// What is about SCSI devices alone.
fn scsi(finding: &Finding) -> Told {
    let name = or(&finding.name, "another one");
    Some(match finding.word {
        "no-identity" => ("it says nothing by which a later start would find it again".to_owned(), "it cannot be given with a start"),
        "same-identity" => (format!("{name} says the same of itself"), "take one of the two out of the computer"),
        "same-address" => (format!("the machine gets {name} at this address, which is not there now"), "detach that one first"),
        "model-only" => ("only its model tells it from others".to_owned(), "keep a single one of that model in the computer"),
        "moved" => (format!("it is at {name} now, and the saved state names it where it was"), "discard the saved state"),
        "not-given" => ("it is the way to other devices of the host".to_owned(), "choose one of those"),
        "no-generic" => ("the kernel has no device file for its commands".to_owned(), "load the module sg first (modprobe sg)"),
        "no-scsi" => ("the running machine has no SCSI controller for it".to_owned(), "give it with the next start"),
        "several-ways" => (format!("there is another way to it, {name}"), ""),
        "autostart" => ("libvirt starts the machine by itself, and does not look where the device is then".to_owned(), ""),
        _ => return None,
    })
}

/// What is about no device.
fn other(finding: &Finding) -> Told {
    let file = or(&finding.name, "a file");
    Some(match finding.word {
        "not-pinned" => ("the machine's processors are not pinned".to_owned(), "pin them first"),
        "no-core-left" => ("the host would keep no whole core for itself".to_owned(), "pin the machine to fewer CPUs"),
        "no-balloon" => ("the machine has no balloon".to_owned(), "add one to its definition first"),
        "huge-pages" => ("the machine has huge pages, of which nothing can be taken back".to_owned(), "do without one of both"),
        "locked-memory" => ("the machine's memory is locked, and nothing of it can be taken back".to_owned(), "unlock it first"),
        "host-device" => ("the machine has a device that keeps all its memory".to_owned(), "detach that first"),
        "unreadable-definition" => {
            ("a machine's definition cannot be read, and nobody knows which files it needs".to_owned(), "repair that definition first")
        }
        "not-of-this-machine" => ("one of the files is not the machine's".to_owned(), "choose files of its plan only"),
        "in-use" => (format!("another machine needs {file}"), "leave it"),
        "backing" => (format!("other images are built on {file}"), "leave it"),
        "read-only" | "shared" | "removable" | "asked" => (format!("{file} may belong to others ({})", finding.word), "leave it"),
        "no-pool" => (format!("no active storage pool has {file}"), "start its pool, or leave it"),
        "not-writable" => (format!("the service cannot move {file}"), "leave it, or delete it for good"),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_names_what_it_is_about_who_has_it_and_what_to_do() {
        let card = "0000:01:00.0".parse().unwrap();
        let told = [
            Finding::of("open", card).named("4711 Xorg").detailed("dri/card0"),
            Finding::of("group-member", card).named("0000:01:00.1").detailed("snd_hda_intel"),
            Finding::at("mounted", "1-2").named("sda1").detailed("/media/stick"),
            Finding::at("machine-running", "1-2").named("web"),
            Finding::new("no-core-left", ""),
        ];
        assert_eq!(
            all(&told),
            "0000:01:00.0: the process 4711 Xorg has dri/card0 open; end that first. \
             0000:01:00.0: it shares its IOMMU group with 0000:01:00.1, which the host drives with snd_hda_intel; take both. \
             USB port 1-2: sda1 is mounted (/media/stick); unmount it first. \
             USB port 1-2: the machine web runs with it; shut that machine down first. \
             The host would keep no whole core for itself; pin the machine to fewer CPUs."
        );
        assert!(all(&vec![told[0].clone(); 9]).ends_with("And 3 more reasons."));
    }

    #[test]
    fn what_a_caller_may_not_know_is_not_in_the_sentence_either() {
        assert_eq!(one(&Finding::at("open", "1-2")), "USB port 1-2: a program has it open; end that first.");
        assert_eq!(
            one(&Finding::at("mounted", "1-2").named("sda1")),
            "USB port 1-2: sda1 is mounted (the host's file system); unmount it first."
        );
        assert_eq!(one(&Finding::new("in-use", "")), "Another machine needs a file; leave it.");
    }

    /// The words that the sources of the service give to findings.
    fn words() -> Vec<String> {
        let (mut found, mut folders) = (Vec::new(), vec![std::path::PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src")]);
        while let Some(folder) = folders.pop() {
            for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                let text = std::fs::read_to_string(path).unwrap();
                for before in ["Finding::new(\"", "Finding::of(\"", "Finding::at(\"", " add(\"", " found(\""] {
                    let words = text.split(before).skip(1).filter_map(|rest| rest.split_once('"'));
                    found.extend(words.map(|(word, _)| word.to_owned()));
                }
            }
        }
        found
    }

    #[test]
    fn every_word_has_a_sentence_that_is_not_the_word() {
        let words = words();
        assert!(words.len() > 50, "{words:?}");
        let given = ["system-disk", "swap", "lvm", "raid", "zfs", "held", "default-route", "route", "bond", "machine-bridge", "display"];
        let given = given.into_iter().chain(["no-balloon", "huge-pages", "locked-memory", "host-device", "backing", "no-pool", "shared"]);
        for word in words.into_iter().chain(given.map(str::to_owned)) {
            let told = one(&Finding::new(Box::leak(word.clone().into_boxed_str()), "it").named("n").detailed("d"));
            assert!(!told.contains("refused ("), "{word}: {told}");
        }
    }
}
