//! Calls by name.

use std::{
    io::{BufRead, Write},
    os::fd::AsFd,
    time::Duration,
};

use anyhow::{Context, bail};
use dbus::{BUS_NAME, interface, machine::Summary, path};
use futures_util::StreamExt;
use zbus::{
    Connection, Message, MessageStream, ObjectPath, OwnedObjectPath, Structure, Variant,
    message::{Flags, Type},
};

use crate::value;

/// Longer than the service may take for anything the suites do.
const PATIENCE: Duration = Duration::from_secs(150);

/// A caller.
pub struct Client {
    connection: Connection,
    may_prompt: bool,
}

/// An error reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    pub name: String,
    pub text: String,
}

impl Refusal {
    /// The last part of the name.
    pub fn kind(&self) -> &str {
        self.name.rsplit('.').next().unwrap_or_default()
    }
}

/// A reply or an error reply.
pub type Outcome = Result<Message, Refusal>;

impl Client {
    pub async fn connect(may_prompt: bool) -> anyhow::Result<Self> {
        Ok(Self { connection: Connection::system().await?, may_prompt })
    }

    pub const fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Notes its bus name in the file `$KVMLAB_CALLERS`, for who wants to know all callers.
    pub fn sign(&self) -> anyhow::Result<()> {
        let (Some(file), Some(name)) = (std::env::var_os("KVMLAB_CALLERS"), self.connection.unique_name()) else { return Ok(()) };
        writeln!(std::fs::OpenOptions::new().append(true).open(file)?, "{name}")?;
        Ok(())
    }

    /// Calls `member` of the service.
    pub async fn request(&self, path: &str, interface: &str, member: &str, arguments: Vec<Variant<'static>>) -> anyhow::Result<Outcome> {
        let flags = if self.may_prompt { Flags::ALLOW_INTERACTIVE_AUTH } else { Flags::empty() };
        let builder = Message::method_call(path, member).destination(BUS_NAME).interface(interface).with_flags(flags);
        let call = if arguments.is_empty() { builder.build(&())? } else { builder.build(&value::body(arguments)?)? };
        let mut replies = MessageStream::from(&self.connection);
        self.connection.send(&call).await?;
        let serial = call.header().primary().serial_num();
        let answer = async {
            while let Some(message) = replies.next().await {
                let Ok(message) = message else { continue };
                if message.header().reply_serial() == Some(serial) {
                    return Some(message);
                }
            }
            None
        };
        let reply = tokio::time::timeout(PATIENCE, answer).await.context("no answer")?.context("the bus is gone")?;
        if reply.message_type() != Type::Error {
            return Ok(Ok(reply));
        }
        let name = reply.header().error_name().map(ToString::to_string).unwrap_or_default();
        let text = fields(&reply).iter().map(value::text).collect::<Vec<_>>().join(" | ");
        Ok(Err(Refusal { name, text }))
    }

    pub async fn machines(&self) -> anyhow::Result<Vec<Summary>> {
        let options = value::options([])?;
        let reply = self.request(path::ROOT, interface::MANAGER, "ListMachines", vec![options]).await?;
        let reply = reply.map_err(|refusal| anyhow::anyhow!("{} {}", refusal.name, refusal.text))?;
        Ok(reply.body().deserialize::<Vec<Summary>>()?)
    }

    /// Path and interface of an object.
    pub async fn find(&self, object: &str) -> anyhow::Result<(String, &'static str)> {
        Ok(match object {
            "manager" | path::ROOT => (path::ROOT.to_owned(), interface::MANAGER),
            "stats" => (path::ROOT.to_owned(), interface::STATS),
            "host" | path::HOST => (path::HOST.to_owned(), interface::HOST),
            path if path.contains("/jobs/") => (path.to_owned(), interface::JOB),
            path if path.contains("/host/devices/") => (path.to_owned(), interface::PASSTHROUGH),
            path if path.starts_with('/') => (path.to_owned(), interface::MACHINE),
            name => {
                let machines = self.machines().await?;
                let machine = machines.iter().find(|machine| machine.name == name).with_context(|| format!("no machine {name}"))?;
                (machine.path.to_string(), interface::MACHINE)
            }
        })
    }

    /// What precedes the options of a method, and how many words it takes.
    async fn arguments(&self, method: &str, words: &[&str]) -> anyhow::Result<(Vec<Variant<'static>>, usize)> {
        let first = || words.first().copied().with_context(|| format!("{method} needs an argument"));
        Ok(match method {
            "Unlock" => (vec![first()?.parse::<u32>()?.into()], 1),
            "Undelete" | "PurgeDeleted" | "Rename" => (vec![first()?.to_owned().into()], 1),
            "SetAutostart" => (vec![first()?.parse::<bool>()?.into()], 1),
            "CoreDump" | "DumpRom" => (vec![value::descriptor(first()?)?], 1),
            "Attach" => (vec![value::options(&words[..1])?], 1),
            "SetMetadata" | "SetHostTuning" | "SetHugePages" => (vec![value::options(words)?], words.len()),
            "Subscribe" => (vec![first()?.parse::<u32>()?.into(), Variant::from(Vec::<ObjectPath<'static>>::new())], 1),
            "Batch" => {
                let mut paths = Vec::<OwnedObjectPath>::new();
                for name in words.get(1).context("Batch needs machines")?.split(',').filter(|name| !name.is_empty()) {
                    paths.push(self.find(name).await?.0.try_into()?);
                }
                (vec![first()?.to_owned().into(), Variant::from(paths)], 2)
            }
            _ => (Vec::new(), 0),
        })
    }

    async fn invoke(&self, object: &str, method: &str, words: &[&str]) -> anyhow::Result<Outcome> {
        let (path, interface) = self.find(object).await?;
        let interface = if method == "Attach" { interface::DEVICE } else { interface };
        let words: Vec<&str> = words.iter().copied().filter(|word| !word.starts_with("save=")).collect();
        let (mut arguments, used) = self.arguments(method, &words).await?;
        arguments.push(value::options(&words[used..])?);
        self.request(&path, interface, method, arguments).await
    }

    /// Calls and prints the result: the values, or `refused KIND message | facts`.
    pub async fn report(&self, object: &str, method: &str, words: &[&str]) -> anyhow::Result<bool> {
        match self.invoke(object, method, words).await? {
            Ok(reply) => {
                let values = fields(&reply);
                match words.iter().find_map(|word| word.strip_prefix("save=")) {
                    Some(file) => save(&values, file)?,
                    None => values.iter().for_each(|value| println!("{}", value::text(value))),
                }
                Ok(true)
            }
            Err(refusal) => {
                println!("refused {} {}", refusal.kind(), refusal.text);
                Ok(false)
            }
        }
    }

    /// One call per line: `OBJECT METHOD ARGUMENT...`; prints `ok` or `refused KIND ...`.
    pub async fn script(&self) -> anyhow::Result<bool> {
        for line in std::io::stdin().lock().lines() {
            let line = line?;
            let words: Vec<&str> = line.split_whitespace().collect();
            let [object, method, rest @ ..] = words.as_slice() else { continue };
            match self.invoke(object, method, rest).await? {
                Ok(_) => println!("{method} ok"),
                Err(refusal) => println!("{method} refused {} {}", refusal.kind(), refusal.text),
            }
        }
        Ok(true)
    }

    pub async fn property(&self, object: &str, property: &str) -> anyhow::Result<String> {
        let (path, interface) = self.find(object).await?;
        let words = vec![interface.to_owned().into(), property.to_owned().into()];
        let reply = self.request(&path, "org.freedesktop.DBus.Properties", "Get", words).await?;
        let reply = reply.map_err(|refusal| anyhow::anyhow!("{} {}", refusal.name, refusal.text))?;
        Ok(fields(&reply).iter().map(value::text).collect())
    }

    pub async fn print_property(&self, object: &str, property: &str) -> anyhow::Result<bool> {
        println!("{}", self.property(object, property).await?);
        Ok(true)
    }

    pub async fn print_list(&self) -> anyhow::Result<bool> {
        for machine in self.machines().await? {
            println!("{}\t{}\t{}\t{}\t{}", machine.name, machine.path, machine.state, machine.state_reason, machine.flags);
        }
        Ok(true)
    }
}

/// The values in a message.
pub fn fields(message: &Message) -> Vec<Variant<'static>> {
    let body = message.body();
    let Ok(structure) = body.deserialize::<Structure<'_>>() else { return Vec::new() };
    structure.into_fields().iter().filter_map(|field| field.try_to_owned().ok().map(Into::into)).collect()
}

/// Writes the file behind a descriptor to `path` and prints its seals.
fn save(values: &[Variant<'_>], path: &str) -> anyhow::Result<()> {
    let Some(Variant::Fd(descriptor)) = values.first() else { bail!("no descriptor came back") };
    let seals = rustix::fs::fcntl_get_seals(descriptor.as_fd())?;
    let mut from = std::fs::File::from(descriptor.as_fd().try_clone_to_owned()?);
    std::io::copy(&mut from, &mut std::fs::File::create(path)?)?;
    println!("{seals:?}");
    Ok(())
}
