//! Every method of every interface, as introspection of the running service shows them, judged by the table that is
//! compiled into the service.

use std::{
    collections::{BTreeSet, HashMap},
    time::Instant,
};

use anyhow::{Context, bail};
use dbus::{interface, path};
use service::{
    host::{
        Root,
        memory::{Merging, Transparent},
    },
    policy::action::{METHODS, Need},
};
use zbus::{ObjectPath, Variant};

use crate::{
    client::{Client, Outcome, fields},
    value,
};

const PREFIX: &str = "org.kvmmanager.manager1.";
/// What the bus itself defines for each object.
const STANDARD: &str = "org.freedesktop.DBus.";
/// A mediated device that no host has.
const PART: &str = "uuid=4f2a1d0c-0000-4000-8000-00000000dead";
/// A job id nobody has.
const NOBODYS: &str = "00000000000000000000000000000000";

/// A member as introspection shows it.
struct Member {
    path: String,
    interface: String,
    name: String,
    /// The signatures of the arguments of a method, that of a property.
    signatures: Vec<String>,
    is_method: bool,
}

/// A call, and what it needs.
struct Case {
    path: String,
    interface: String,
    member: String,
    label: String,
    arguments: Vec<Variant<'static>>,
    actions: Vec<&'static str>,
}

/// What takes devices of the host, or gives them to machines. A lab host has the kernel of the computer that it is on, where these
/// would take its devices: they are examined where KVMLAB_DEVICE names an address that may be taken.
const OF_DEVICES: [&str; 3] = [interface::PASSTHROUGH, interface::DEVICE, interface::HAND_OVER];

/// Calls everything. `granted`: `all`, `none`, or actions separated by commas that this user has without a prompt.
/// `refusal`: the error of what is not granted, `NotAuthorized`, `dismissed` or `InteractiveAuthorizationRequired`.
/// `log`: the agent's; what needs an action must have asked for exactly that, everything else for nothing.
pub async fn examine(client: &Client, column: &str, granted: &str, refusal: &str, log: Option<&str>) -> anyhow::Result<bool> {
    let mut members = introspect(client).await?;
    members.retain(|member| is_examined(&member.interface));
    let mut good = verdict(column, "the table is complete", Instant::now(), complete(&members));
    for case in cases(&members)? {
        let began = Instant::now();
        let before = prompts(log)?.len();
        let outcome = client.request(&case.path, &case.interface, &case.member, case.arguments).await?;
        let asked = prompts(log)?.split_off(before);
        let result = judge(&case.actions, &outcome, &asked, granted, refusal, log.is_some());
        good &= verdict(column, &case.label, began, result);
    }
    for member in members.iter().filter(|member| !member.is_method) {
        let label = format!("{}.{} cannot be written", short(&member.interface), member.name);
        good &= verdict(column, &label, Instant::now(), write(client, member).await?);
    }
    Ok(good)
}

/// A device of the host to examine those interfaces on, and nothing else.
fn device() -> Option<String> {
    std::env::var("KVMLAB_DEVICE").ok()
}

fn is_examined(interface: &str) -> bool {
    OF_DEVICES.contains(&interface) == device().is_some()
}

fn short(interface: &str) -> &str {
    interface.rsplit('.').next().unwrap_or(interface)
}

fn verdict(column: &str, label: &str, began: Instant, result: Result<(), String>) -> bool {
    let seconds = began.elapsed().as_secs_f64();
    match &result {
        Ok(()) => println!("ok {column}: {label} {seconds:.3}"),
        Err(why) => println!("FAIL {column}: {label} {seconds:.3}\n    {why}"),
    }
    result.is_ok()
}

/// The actions that the agent was asked for.
fn prompts(log: Option<&str>) -> anyhow::Result<Vec<String>> {
    let Some(log) = log else { return Ok(Vec::new()) };
    let text = std::fs::read_to_string(log).or_else(|error| match error.kind() {
        std::io::ErrorKind::NotFound => Ok(String::new()),
        _ => Err(error),
    })?;
    Ok(text.lines().filter_map(|line| line.split(' ').skip_while(|word| *word != "begin").nth(1)).map(str::to_owned).collect())
}

fn judge(actions: &[&str], outcome: &Outcome, asked: &[String], granted: &str, refusal: &str, has_agent: bool) -> Result<(), String> {
    let has = |action: &&str| granted == "all" || granted.split(',').any(|id| action.strip_prefix(PREFIX) == Some(id));
    let is_allowed = actions.iter().all(has);
    let got = refused(outcome);
    if has_agent {
        // The first refusal ends it.
        let expected: &[&str] = if is_allowed { actions } else { &actions[..actions.len().min(1)] };
        if asked != expected {
            return Err(format!("asked for {asked:?}, not for {expected:?}"));
        }
    }
    match (is_allowed, got.as_deref()) {
        (true, None) => Ok(()),
        (false, Some(got)) if got == refusal => Ok(()),
        // The result of a batch has no facts.
        (false, Some("NotAuthorized in the result")) => Ok(()),
        (_, got) => Err(format!("{} expected, got {got:?} ({outcome:?})", if is_allowed { "leave" } else { refusal })),
    }
}

/// How an authorization was refused; `None` if it was not, whatever else went wrong behind it.
fn refused(outcome: &Outcome) -> Option<String> {
    match outcome {
        Ok(reply) => {
            let text: String = fields(reply).iter().map(value::text).collect();
            if text.contains(".Error.InteractiveAuthorizationRequired") {
                return Some("InteractiveAuthorizationRequired".to_owned());
            }
            text.contains(".Error.NotAuthorized").then(|| "NotAuthorized in the result".to_owned())
        }
        Err(refusal) => match refusal.kind() {
            "NotAuthorized" if refusal.text.contains("dismissed=true") => Some("dismissed".to_owned()),
            kind @ ("NotAuthorized"
            | "InteractiveAuthorizationRequired"
            | "AccessDenied"
            | "UnknownMethod"
            | "InvalidArgument"
            | "InvalidArgs") => Some(kind.to_owned()),
            _ => None,
        },
    }
}

fn complete(members: &[Member]) -> Result<(), String> {
    let live: BTreeSet<(&str, &str)> =
        members.iter().filter(|member| member.is_method).map(|member| (member.interface.as_str(), member.name.as_str())).collect();
    let table: BTreeSet<(&str, &str)> =
        METHODS.iter().filter(|(interface, ..)| is_examined(interface)).map(|(interface, member, _)| (*interface, *member)).collect();
    if live == table { Ok(()) } else { Err(format!("differ: {:?}", live.symmetric_difference(&table).collect::<Vec<_>>())) }
}

/// A call of each method, some with several, the fatal ones last.
fn cases(members: &[Member]) -> anyhow::Result<Vec<Case>> {
    let mut cases = Vec::new();
    for member in members.iter().filter(|member| member.is_method) {
        let needs = METHODS.iter().find(|(interface, name, _)| *interface == member.interface && *name == member.name);
        let actions: Vec<&'static str> = match needs.context("not in the table")?.2 {
            Need::Nothing => vec![],
            Need::OneOf(ids) => ids.iter().take(1).copied().collect(),
        };
        for (suffix, arguments, actions) in variants(member, actions)? {
            cases.push(Case {
                path: member.path.clone(),
                interface: member.interface.clone(),
                member: member.name.clone(),
                label: format!("{}.{}{suffix}", short(&member.interface), member.name),
                arguments,
                actions,
            });
        }
    }
    cases.sort_by_key(|case| (case.member == "Delete", case.member != "Cancel"));
    Ok(cases)
}

type Variation = (&'static str, Vec<Variant<'static>>, Vec<&'static str>);

/// The ways to call a method that need different actions.
fn variants(member: &Member, actions: Vec<&'static str>) -> anyhow::Result<Vec<Variation>> {
    let options = |words: &[&str]| value::options(words.iter());
    let machine = || anyhow::Ok(Variant::from(vec![ObjectPath::try_from(std::env::var("KVMLAB_MACHINE")?)?.to_owned()]));
    let operate = vec!["org.kvmmanager.manager1.machine-operate"];
    let guest = vec!["org.kvmmanager.manager1.guest-control"];
    let both = vec![operate[0], guest[0]];
    let manage = vec!["org.kvmmanager.manager1.machine-manage"];
    let erase = vec!["org.kvmmanager.manager1.machine-erase"];
    let soon = &["mode=acpi", "timeout=1"];
    let agent = &["mode=agent", "timeout=1"];
    Ok(match member.name.as_str() {
        "Batch" => vec![
            (" start", vec!["start".into(), machine()?, options(&[])?], operate),
            (" shutdown by agent", vec!["shutdown".into(), machine()?, options(agent)?], guest),
            // Whoever may delete may have started it, too, just before: then it stays for the methods that follow.
            (" delete", vec!["delete".into(), machine()?, options(&[])?], manage),
        ],
        "Unlock" => vec![
            (" 1", vec![1_u32.into(), options(&[])?], vec!["org.kvmmanager.manager1.unlock-machine"]),
            (" 2", vec![2_u32.into(), options(&[])?], vec!["org.kvmmanager.manager1.unlock-host"]),
        ],
        "Shutdown" => vec![(" by ACPI", vec![options(soon)?], operate), (" by agent", vec![options(agent)?], guest)],
        "ShutdownAndRestart" => vec![(" by ACPI", vec![options(soon)?], operate), (" by agent", vec![options(agent)?], both)],
        "PlanDeleteNetwork" | "DeleteNetwork" => vec![("", vec![PART.trim_start_matches("uuid=").into(), options(&[])?], actions)],
        // No computer has such a device, nor such a part.
        "PlanCreate" | "Create" if member.interface == interface::HOST_MEDIATED => {
            vec![("", vec![options(&["parent=ffff:ff:1f.7", "type=none"])?, options(&[])?], actions)]
        }
        "SetAutostart" if member.interface == interface::HOST_MEDIATED => {
            vec![("", vec![options(&[PART])?, true.into(), options(&[])?], actions)]
        }
        _ if member.interface == interface::HOST_MEDIATED => vec![("", vec![options(&[PART])?, options(&[])?], actions)],
        // The first names what is not the machine's, so that there is one left for the second.
        "Delete" => {
            vec![(" permanently", vec![options(&["permanent=true", "volumes=[/nowhere]"])?], erase), ("", vec![options(&[])?], manage)]
        }
        "Reboot" => vec![(" by ACPI", vec![options(&["mode=acpi"])?], operate), (" by agent", vec![options(&["mode=agent"])?], guest)],
        "PlanVirtualFunction" | "SetVirtualFunction" => vec![("", vec![0_u32.into(), options(&["trust=true"])?, options(&[])?], actions)],
        "SetPinning" => {
            let emulator = HashMap::from([("emulator".to_owned(), Variant::from(vec![0_u32]))]);
            vec![("", vec![Variant::from(emulator), options(&[])?], actions)]
        }
        "PlanLookingGlass" | "EnableLookingGlass" => vec![("", vec![options(&["width=1280", "height=720"])?, options(&[])?], actions)],
        "PlanAttach" | "Attach" | "Detach" => {
            let device = device().context("KVMLAB_DEVICE")?;
            let call = |which: &str| anyhow::Ok(vec![options(&[which])?, options(&[])?]);
            vec![
                ("", call(&format!("address={device}"))?, actions.clone()),
                (" inputs", call("inputs=[by-id/usb-Nobody_Keyboard-event-kbd]")?, actions.clone()),
                (" a namespace", call(&format!("nvme-controller={device}"))?, actions.clone()),
                (" a part", call("mdev=4f2a1d0c-0000-4000-8000-00000000dead")?, actions),
            ]
        }
        "SetHugePages" => vec![("", vec![options(&["enabled=false"])?, options(&[])?], actions)],
        "SetHostTuning" => {
            let memory = "org.kvmmanager.manager1.host-memory";
            vec![("", vec![options(&["isolate-cpus=false"])?, options(&[])?], vec![manage[0], memory])]
        }
        "AddUsbRule" => vec![("", vec![options(&["usb-port=9-9"])?, options(&[])?], actions)],
        // What is already so.
        "SetTransparentHugePages" => vec![("", vec![Transparent::of(&Root::host()).mode.into(), options(&[])?], actions)],
        "SetKsm" => vec![("", vec![(Merging::of(&Root::host()).state == dbus::hugepages::ksm::RUNNING).into(), options(&[])?], actions)],
        _ => vec![("", member.signatures.iter().map(|signature| argument(member, signature)).collect::<anyhow::Result<_>>()?, actions)],
    })
}

/// An acceptable argument.
fn argument(member: &Member, signature: &str) -> anyhow::Result<Variant<'static>> {
    Ok(match signature {
        "s" if member.name == "Rename" => "matrix".into(),
        // No computer has one there.
        "s" if member.name == "Forget" => "ffff:ff:1f.7".into(),
        "s" => NOBODYS.into(),
        "u" => 1000_u32.into(),
        // No kernel has pages of 1 MiB here: nothing changes.
        "t" => (1_u64 << 20).into(),
        "b" => false.into(),
        "a{sv}" => value::options([])?,
        "ao" => Variant::from(Vec::<ObjectPath<'static>>::new()),
        "h" => {
            let file = std::env::temp_dir().join(format!("kvmlab-{}", std::process::id()));
            value::descriptor(&format!("w:{}", file.display()))?
        }
        other => bail!("{}: no idea what to pass for {other}", member.name),
    })
}

/// The members of the root, the host, the machine of the examination and a job; or of the machine and a device.
async fn introspect(client: &Client) -> anyhow::Result<Vec<Member>> {
    let machine = std::env::var("KVMLAB_MACHINE").context("KVMLAB_MACHINE")?;
    let paths = match device() {
        Some(address) => vec![path::host_device(&address).to_string(), machine],
        None => vec![path::ROOT.to_owned(), path::HOST.to_owned(), machine, std::env::var("KVMLAB_JOB").context("KVMLAB_JOB")?],
    };
    let mut members = Vec::new();
    for path in &paths {
        let reply = client.request(path, "org.freedesktop.DBus.Introspectable", "Introspect", vec![]).await?;
        let reply = reply.map_err(|refusal| anyhow::anyhow!("{path}: {} {}", refusal.name, refusal.text))?;
        members.extend(parse(path, &reply.body().deserialize::<String>()?));
    }
    Ok(members)
}

/// Reads introspection data as zbus writes them: a tag for each member.
fn parse(path: &str, xml: &str) -> Vec<Member> {
    let attribute =
        |tag: &str, name: &str| tag.split_once(&format!(" {name}=\"")).and_then(|(_, rest)| rest.split('"').next()).map(str::to_owned);
    let mut members: Vec<Member> = Vec::new();
    let mut interface = String::new();
    let mut in_method = false;
    // Objects below this one stand in nodes inside its own, behind its interfaces.
    let own = xml.match_indices("<node").nth(1).map_or(xml, |(at, _)| &xml[..at]);
    for tag in own.split('<').skip(1) {
        let name = attribute(tag, "name").unwrap_or_default();
        let kind = tag.split([' ', '>']).next().unwrap_or_default();
        if kind == "interface" {
            interface = name;
            continue;
        }
        if interface.starts_with(STANDARD) {
            continue;
        }
        match kind {
            "method" | "property" => {
                let signatures = attribute(tag, "type").into_iter().collect();
                in_method = kind == "method";
                members.push(Member { path: path.to_owned(), interface: interface.clone(), name, signatures, is_method: in_method });
            }
            "signal" => in_method = false,
            "arg" if in_method && attribute(tag, "direction").as_deref() != Some("out") => {
                if let (Some(member), Some(signature)) = (members.last_mut(), attribute(tag, "type")) {
                    member.signatures.push(signature);
                }
            }
            _ => {}
        }
    }
    members
}

/// Nobody may write a property, not even root.
async fn write(client: &Client, member: &Member) -> anyhow::Result<Result<(), String>> {
    let value: Variant<'static> = match member.signatures.first().map(String::as_str) {
        Some("s") => "x".into(),
        Some("b") => true.into(),
        Some("t") => 1_u64.into(),
        Some("d") => 1.0_f64.into(),
        Some("as") => Variant::from(vec!["x"]),
        _ => 1_u32.into(),
    };
    let arguments = vec![member.interface.clone().into(), member.name.clone().into(), Variant::Variant(Box::new(value))];
    Ok(match client.request(&member.path, "org.freedesktop.DBus.Properties", "Set", arguments).await? {
        Ok(_) => Err("was written".to_owned()),
        Err(_) => Ok(()),
    })
}
