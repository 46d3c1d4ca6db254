//! Waiting for what the service says by itself.

use std::{
    process::Command,
    time::{Duration, Instant},
};

use anyhow::{Context, bail};
use dbus::{BUS_NAME, interface, path};
use futures_util::StreamExt;
use zbus::{MatchRule, Message, MessageStream, Variant, message::Type};

use crate::{
    client::{Client, fields},
    value,
};

/// `PROPERTY=VALUE`, or `PROPERTY~PART`.
struct Condition<'a> {
    property: &'a str,
    expected: &'a str,
    is_part: bool,
}

impl<'a> Condition<'a> {
    fn parse(word: &'a str) -> anyhow::Result<Self> {
        let at = word.find(['=', '~']).with_context(|| format!("{word} is no condition"))?;
        Ok(Self { property: &word[..at], expected: &word[at + 1..], is_part: word[at..].starts_with('~') })
    }

    fn holds(&self, value: &str) -> bool {
        if self.is_part { value.contains(self.expected) } else { value == self.expected }
    }
}

fn conditions<'a>(words: &[&'a str]) -> anyhow::Result<Vec<Condition<'a>>> {
    words.iter().map(|word| Condition::parse(word)).collect()
}

async fn signals(client: &Client, member: &str, path: &str) -> anyhow::Result<MessageStream> {
    let rule = MatchRule::builder().msg_type(Type::Signal).sender(BUS_NAME).member(member).path_namespace(path).build()?;
    Ok(MessageStream::for_match_rule(rule, client.connection(), None).await?)
}

/// What a `PropertiesChanged` says about a property.
fn changed(message: &Message, property: &str) -> Option<String> {
    let values = fields(message);
    let Some(Variant::Dict(changes)) = values.get(1) else { return None };
    changes.iter().find(|(key, _)| value::text(key) == property).map(|(_, changed)| value::text(changed))
}

/// Until all conditions hold, at first by reading, then by signals.
pub async fn wait(client: &Client, object: &str, seconds: u64, words: &[&str]) -> anyhow::Result<bool> {
    let began = Instant::now();
    let (path, _) = client.find(object).await?;
    let mut signals = signals(client, "PropertiesChanged", &path).await?;
    let mut open = conditions(words)?;
    let mut seen = Vec::new();
    for condition in &open {
        seen.push(format!("{}={}", condition.property, client.property(&path, condition.property).await?));
    }
    let mut at = 0;
    open.retain(|condition| {
        at += 1;
        !condition.holds(seen[at - 1].split_once('=').map_or("", |(_, value)| value))
    });
    let follow = async {
        while !open.is_empty() {
            let message = signals.next().await.context("the bus is gone")??;
            open.retain(|condition| match changed(&message, condition.property) {
                Some(value) => {
                    seen.push(format!("{}={value}", condition.property));
                    !condition.holds(&value)
                }
                None => true,
            });
        }
        anyhow::Ok(())
    };
    if let Ok(result) = tokio::time::timeout(Duration::from_secs(seconds), follow).await {
        result?;
        println!("{} ms", began.elapsed().as_millis());
        return Ok(true);
    }
    println!("not in {seconds} s; seen {}", seen.join(", "));
    Ok(false)
}

/// Runs a command; a signal must say what is expected, at the latest `limit` ms after it ended.
pub async fn during(client: &Client, object: &str, limit: u64, words: &[&str]) -> anyhow::Result<bool> {
    let at = words.iter().position(|word| *word == "--").context("-- COMMAND is missing")?;
    let (path, _) = client.find(object).await?;
    let mut signals = signals(client, "PropertiesChanged", &path).await?;
    let command: Vec<String> = words[at + 1..].iter().map(ToString::to_string).collect();
    let run = tokio::task::spawn_blocking(move || {
        let status = Command::new(&command[0]).args(&command[1..]).stdout(std::process::Stdio::null()).status();
        (status, Instant::now())
    });
    let mut open = conditions(&words[..at])?;
    let mut seen = Vec::new();
    tokio::pin!(run);
    let mut ended: Option<Instant> = None;
    while !open.is_empty() {
        let late = async {
            match ended {
                Some(ended) => tokio::time::sleep_until((ended + Duration::from_millis(limit)).into()).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            message = signals.next() => {
                let message = message.context("the bus is gone")??;
                seen.extend(fields(&message).get(1).map(value::text));
                open.retain(|condition| !changed(&message, condition.property).is_some_and(|value| condition.holds(&value)));
            }
            result = &mut run, if ended.is_none() => {
                let (status, end) = result?;
                if !status?.success() {
                    bail!("the command failed");
                }
                ended = Some(end);
            }
            () = late => {
                println!("no signal in {limit} ms; seen {}", seen.join("; "));
                return Ok(false);
            }
        }
    }
    println!("{} ms after the command", ended.map_or(0, |ended| ended.elapsed().as_millis()));
    Ok(true)
}

/// Follows the next job with this operation. Prints `progress N success error`.
pub async fn job(client: &Client, operation: &str, seconds: u64, cancel: bool) -> anyhow::Result<bool> {
    let rule = MatchRule::builder().msg_type(Type::Signal).sender(BUS_NAME).path_namespace(path::ROOT).build()?;
    let mut signals = MessageStream::for_match_rule(rule, client.connection(), None).await?;
    println!("ready");
    let follow = async {
        let mut job: Option<String> = None;
        let (mut progress, mut asked) = (0, false);
        while let Some(message) = signals.next().await {
            let message = message?;
            let header = message.header();
            let from = header.path().map(ToString::to_string).unwrap_or_default();
            let is_ours = job.as_ref() == Some(&from);
            let values = fields(&message);
            match header.member().map(ToString::to_string).as_deref() {
                Some("InterfacesAdded")
                    if job.is_none() && values.get(1).is_some_and(|new| value::text(new).contains(&format!("Operation={operation}"))) =>
                {
                    job = values.first().map(value::text);
                }
                Some("PropertiesChanged") if is_ours => {
                    let has_written = changed(&message, "Bytes").is_some_and(|bytes| bytes != "0");
                    progress += usize::from(has_written);
                    if cancel && has_written && !asked {
                        asked = true;
                        let options = value::options([])?;
                        if let Err(refusal) = client.request(&from, interface::JOB, "Cancel", vec![options]).await? {
                            bail!("cancel: {} {}", refusal.name, refusal.text);
                        }
                    }
                }
                Some("Completed") if is_ours => {
                    return Ok(format!("{progress} {}", values.iter().take(2).map(value::text).collect::<Vec<_>>().join(" ")));
                }
                _ => {}
            }
        }
        bail!("the bus is gone")
    };
    match tokio::time::timeout(Duration::from_secs(seconds), follow).await {
        Ok(result) => println!("progress {}", result?),
        Err(_) => {
            println!("no such job ended in {seconds} s");
            return Ok(false);
        }
    }
    Ok(true)
}
