//! Options of the methods, read into values before anything is authorized.

use std::time::Duration;

use dbus::{Options, Reader};
use model::{
    metadata::{DEFAULT_COLOUR, Metadata, Tag},
    validate,
};
use uuid::Uuid;

use crate::{
    error::{Error, Result},
    history::{self, Range},
    libvirt::{AgentMode, StartOptions, stats::Figures, transfer::DumpMode},
    workflow::{
        batch::Operation,
        delete,
        power::{SHUTDOWN_TIME, Shutdown},
    },
};

/// The longest time a guest may be given to shut down.
const LONGEST_SHUTDOWN: u32 = 3600;
/// The most log lines that are read.
const MOST_LINES: u32 = 1000;
/// The widest picture, in pixels.
const WIDEST_PICTURE: u32 = 8192;

fn invalid(argument: &'static str, reason: &'static str) -> Error {
    Error::InvalidArgument { argument, reason }
}

/// Reads options with `read` and refuses what it left over.
pub fn read<T>(options: Options, read: impl FnOnce(&mut Reader) -> Result<T>) -> Result<T> {
    let mut reader = options.reader()?;
    let value = read(&mut reader)?;
    reader.finish()?;
    Ok(value)
}

/// A UUID in the kernel's spelling: what is written in another way is another thing's name.
pub fn uuid(argument: &'static str, text: &str) -> Result<Uuid> {
    Uuid::try_parse(text).ok().filter(|uuid| uuid.to_string() == text).ok_or(invalid(argument, "not a UUID"))
}

/// `paused`, `force-boot`, `discard-saved-state`.
pub fn start(reader: &mut Reader) -> Result<StartOptions> {
    let paused = reader.flag("paused")?;
    // Forcing a boot is what drops the saved state in libvirt; both names ask for the same.
    let force_boot = reader.flag("force-boot")? | reader.flag("discard-saved-state")?;
    Ok(StartOptions { paused, force_boot })
}

/// `mode`: `automatic`, `acpi` or `agent`.
pub fn mode(reader: &mut Reader) -> Result<AgentMode> {
    match reader.take::<String>("mode")?.as_deref() {
        None | Some("automatic") => Ok(AgentMode::Automatic),
        Some("acpi") => Ok(AgentMode::PowerButton),
        Some("agent") => Ok(AgentMode::Agent),
        Some(_) => Err(invalid("mode", "must be automatic, acpi or agent")),
    }
}

/// `mode` and `timeout` in seconds.
pub fn shutdown(reader: &mut Reader, restart: bool) -> Result<Shutdown> {
    let mode = mode(reader)?;
    let limit = match reader.take::<u32>("timeout")? {
        None => SHUTDOWN_TIME,
        Some(seconds @ 1..=LONGEST_SHUTDOWN) => Duration::from_secs(seconds.into()),
        Some(_) => return Err(invalid("timeout", "must be 1 to 3600 seconds")),
    };
    Ok(Shutdown { mode, limit, restart })
}

/// `mode`: `paused`, `live` or `crash`.
pub fn dump(reader: &mut Reader) -> Result<DumpMode> {
    match reader.take::<String>("mode")?.as_deref() {
        None | Some("paused") => Ok(DumpMode::Paused),
        Some("live") => Ok(DumpMode::Live),
        Some("crash") => Ok(DumpMode::Crash),
        Some(_) => Err(invalid("mode", "must be paused, live or crash")),
    }
}

/// `target`: `memory` (S3) or `disk` (S4). Returns whether to disk.
pub fn suspend(reader: &mut Reader) -> Result<bool> {
    match reader.take::<String>("target")?.as_deref() {
        None | Some("memory") => Ok(false),
        Some("disk") => Ok(true),
        Some(_) => Err(invalid("target", "must be memory or disk")),
    }
}

/// `force-off`, `keep-disks`, `volumes`.
pub fn delete(reader: &mut Reader) -> Result<delete::Options> {
    let volumes = reader.take::<Vec<String>>("volumes")?;
    let keep = reader.flag("keep-disks")?;
    if keep && volumes.is_some() {
        return Err(invalid("volumes", "cannot go with keep-disks"));
    }
    Ok(delete::Options { force_off: reader.flag("force-off")?, volumes: if keep { Some(Vec::new()) } else { volumes } })
}

/// `figures`: what is wanted beside processor time, by name; all without it.
pub fn figures(reader: &mut Reader) -> Result<Figures> {
    let Some(names) = reader.take::<Vec<String>>("figures")? else { return Ok(Figures::ALL) };
    names.iter().try_fold(Figures::default(), |figures, name| match name.as_str() {
        "cpu" => Ok(figures),
        "memory" => Ok(Figures { memory: true, ..figures }),
        "disk" => Ok(Figures { disk: true, ..figures }),
        "network" => Ok(Figures { network: true, ..figures }),
        _ => Err(invalid("figures", "must be cpu, memory, disk or network")),
    })
}

/// `since`, `points` and `peaks`.
pub fn history(reader: &mut Reader) -> Result<Range> {
    let points = match reader.take::<u32>("points")? {
        Some(points) if !(2..=history::MOST_POINTS).contains(&(points as usize)) => return Err(invalid("points", "must be 2 to 360")),
        points => points.map(|points| points as usize),
    };
    Ok(Range { since: reader.take::<u64>("since")?.unwrap_or(0), points, peaks: reader.flag("peaks")? })
}

/// `lines`.
pub fn lines(reader: &mut Reader) -> Result<usize> {
    match reader.take::<u32>("lines")?.unwrap_or(50) {
        lines @ 1..=MOST_LINES => Ok(lines as usize),
        _ => Err(invalid("lines", "must be 1 to 1000")),
    }
}

/// `screen` and `width`.
pub fn screenshot(reader: &mut Reader) -> Result<(u32, Option<u32>)> {
    let screen = reader.take::<u32>("screen")?.unwrap_or(0);
    match reader.take::<u32>("width")? {
        Some(0) => Err(invalid("width", "must not be zero")),
        Some(width) if width > WIDEST_PICTURE => Err(invalid("width", "must be at most 8192")),
        width => Ok((screen, width)),
    }
}

/// The operation of a batch with its own options.
pub fn operation(name: &str, reader: &mut Reader) -> Result<Operation> {
    Ok(match name {
        "start" => Operation::Start(start(reader)?),
        "shutdown" => Operation::Shutdown(shutdown(reader, false)?),
        "shutdown-and-restart" => Operation::Restart(shutdown(reader, true)?),
        "reboot" => Operation::Reboot(mode(reader)?),
        "reset" => Operation::Reset,
        "force-off" => Operation::ForceOff,
        "pause" => Operation::Pause,
        "resume" => Operation::Resume,
        "save" => Operation::Save,
        "discard-saved-state" => Operation::DiscardSavedState,
        "set-autostart" => Operation::SetAutostart(reader.take("autostart")?.ok_or(invalid("autostart", "missing"))?),
        "delete" => Operation::Delete(delete(reader)?),
        _ => return Err(invalid("operation", "unknown")),
    })
}

/// A machine's name.
pub fn name(name: &str) -> Result<()> {
    validate::name(name).map_err(|reason| invalid("name", reason))
}

/// What `SetMetadata` changes; what is not named stays.
#[derive(Debug, Default)]
pub struct MetadataChanges {
    /// The new title.
    pub title: Option<String>,
    /// The new notes.
    pub description: Option<String>,
    tags: Option<Vec<Tag>>,
    group: Option<String>,
    locked: Option<bool>,
}

impl MetadataChanges {
    /// Whether anything of our own metadata changes.
    pub const fn touches_metadata(&self) -> bool {
        self.tags.is_some() || self.group.is_some() || self.locked.is_some()
    }

    /// The metadata after the change.
    pub fn apply(self, mut metadata: Metadata) -> Metadata {
        if let Some(tags) = self.tags {
            metadata.tags = tags;
        }
        if let Some(group) = self.group {
            metadata.group = group;
        }
        if let Some(locked) = self.locked {
            metadata.locked = locked;
        }
        metadata
    }
}

/// `title`, `description`, `tags`, `group`, `locked`.
pub fn metadata(reader: &mut Reader) -> Result<MetadataChanges> {
    let title = reader.take::<String>("title")?;
    if let Some(title) = &title {
        validate::free_text(title, validate::Lines::One).map_err(|reason| invalid("title", reason))?;
    }
    let description = reader.take::<String>("description")?;
    if let Some(description) = &description {
        validate::free_text(description, validate::Lines::Many).map_err(|reason| invalid("description", reason))?;
    }
    let group = reader.take::<String>("group")?;
    if let Some(group) = group.as_deref().filter(|group| !group.is_empty()) {
        validate::group(group).map_err(|reason| invalid("group", reason))?;
    }
    let locked = reader.take::<bool>("locked")?;
    let changes = MetadataChanges { title, description, tags: tags(reader)?, group, locked };
    Ok(changes)
}

fn tags(reader: &mut Reader) -> Result<Option<Vec<Tag>>> {
    let Some(tags) = reader.take::<Vec<dbus::machine::Tag>>("tags")? else { return Ok(None) };
    if tags.len() > validate::MAX_TAGS {
        return Err(invalid("tags", "too many"));
    }
    for (index, tag) in tags.iter().enumerate() {
        validate::tag(&tag.name).map_err(|reason| invalid("tags", reason))?;
        if !tag.colour.is_empty() {
            validate::colour(&tag.colour).map_err(|reason| invalid("tags", reason))?;
        }
        if tags[..index].iter().any(|other| other.name == tag.name) {
            return Err(invalid("tags", "the same tag twice"));
        }
    }
    let colour = |colour: String| if colour.is_empty() { DEFAULT_COLOUR.to_owned() } else { colour };
    Ok(Some(tags.into_iter().map(|tag| Tag { name: tag.name, colour: colour(tag.colour) }).collect()))
}
