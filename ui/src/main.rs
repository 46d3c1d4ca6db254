//! `kvm-manager`: the desktop application.

use std::{io, path::Path, process::ExitCode};

use anyhow::{Context as _, bail};
use clap::Parser;
use client::{
    Host,
    demo::Preset,
    host::{Address, Hosts},
    locale,
    settings::Settings,
};
use tracing::level_filters::LevelFilter;
use ui::{Start, app::Flags, desktop, lists::Lists, window::Layout};

/// Manages virtual machines.
#[derive(Debug, Parser)]
#[command(name = "kvm-manager", version)]
struct Arguments {
    /// Connect to this host alone: a name from the list of hosts, `ssh://USER@HOST`, a libvirt URI, or the address of a bus.
    #[arg(long, value_name = "HOST", value_hint = clap::ValueHint::Other)]
    host: Option<String>,
    /// Open a window of its own even if the application runs.
    #[arg(long)]
    new: bool,
    /// Show the settings.
    #[arg(long)]
    settings: bool,
    /// Show machines that exist in memory only: full, empty, many=N, frozen, service-missing, not-allowed, no-libvirt.
    #[arg(long, value_name = "PRESET", num_args = 0..=1, require_equals = true, default_missing_value = "full", value_parser = preset,
        value_hint = clap::ValueHint::Other)]
    demo: Option<Preset>,
    /// Use the service on the bus with this address as this computer's.
    #[arg(long, value_name = "ADDRESS", conflicts_with_all = ["demo", "host"], value_hint = clap::ValueHint::Other)]
    bus: Option<String>,
    /// Started by D-Bus: what to show comes over the bus.
    #[arg(long = "gapplication-service", hide = true)]
    is_activated: bool,
    /// The machine to open, by name or UUID.
    #[arg(value_name = "MACHINE", value_hint = clap::ValueHint::Other)]
    machine: Option<String>,
}

impl Arguments {
    /// Whether it is an application like any other start of it, so that one is enough.
    const fn is_usual(&self) -> bool {
        !self.new && self.demo.is_none() && self.bus.is_none() && self.host.is_none()
    }
}

fn main() -> ExitCode {
    let level = std::env::var("KVM_MANAGER_LOG").ok().and_then(|level| level.parse().ok()).unwrap_or(LevelFilter::WARN);
    tracing_subscriber::fmt().with_max_level(level).with_writer(io::stderr).without_time().init();
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("kvm-manager: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let wish = wish(arguments);
    if arguments.is_usual() {
        if desktop::forward(&wish) {
            return Ok(());
        }
        desktop::own_the_name();
    }
    let (settings, problem) = Settings::load();
    let mut notices = Vec::new();
    ui::locale::init(&settings.appearance.language);
    notices.extend(problem.map(|problem| sentences(locale::setting_problem(&problem))));
    let mut flags = Flags {
        settings,
        machine: arguments.machine.clone(),
        is_demo: arguments.demo.is_some(),
        reopens: arguments.is_usual(),
        tours: arguments.demo.is_none(),
        ..Flags::default()
    };
    if !flags.is_demo {
        flags.layout_file = Layout::usual_file();
        flags.layout = flags.layout_file.as_deref().map(Layout::load).unwrap_or_default();
    }
    notices.extend(choose_hosts(arguments, &mut flags)?);
    let wish = (wish == desktop::Activation::Settings).then_some(wish);
    ui::run(Start { flags, notices, wish }).context("The window could not be opened")
}

fn wish(arguments: &Arguments) -> desktop::Activation {
    match &arguments.machine {
        _ if arguments.settings => desktop::Activation::Settings,
        Some(machine) => desktop::Activation::Machine(machine.clone()),
        None => desktop::Activation::Show,
    }
}

fn sentences((title, text): (String, String)) -> String {
    format!("{title}. {text}")
}

/// Puts the hosts in; what there is to tell about their file.
fn choose_hosts(arguments: &Arguments, flags: &mut Flags) -> anyhow::Result<Option<String>> {
    if let Some(preset) = arguments.demo {
        client::demo::choose(preset);
        flags.hosts = vec![Host { auto_connect: true, ..Host::new(client::host::SYSTEM, "", Address::Demo) }];
        return Ok(None);
    }
    if let Some(address) = &arguments.bus {
        let address = Address::Bus { address: address.clone() };
        address.check().with_context(|| format!("{} cannot be used", arguments.bus.as_deref().unwrap_or_default()))?;
        flags.hosts = vec![this_computer(address)];
        return Ok(None);
    }
    let file = Hosts::usual_file().context("There is no home directory")?;
    let (hosts, broken) = Hosts::load(&file);
    if let Some(name) = &arguments.host {
        flags.hosts = vec![host(&hosts, name)?];
        return Ok(None);
    }
    flags.lists = flags.layout_file.as_deref().and_then(Path::parent).map(|folder| Lists::new(folder.join("lists")));
    flags.hosts.clone_from(&hosts.all);
    flags.hosts_file = Some(hosts);
    Ok(broken.map(|broken| broken.to_string()))
}

fn this_computer(address: Address) -> Host {
    Host { name: client::t!("host-this-computer"), auto_connect: true, ..Host::new(client::host::SYSTEM, "", address) }
}

/// The host of this name, or at this address.
fn host(hosts: &Hosts, name: &str) -> anyhow::Result<Host> {
    let is_it = |host: &&Host| *host.id == *name || host.label().eq_ignore_ascii_case(name) || host.uri_shown() == name;
    let mut host = match hosts.all.iter().find(is_it) {
        Some(host) => host.clone(),
        None => Host::new(Hosts::new_id(), "", address(name)?),
    };
    host.address.check().with_context(|| format!("{name} cannot be used"))?;
    host.auto_connect = true;
    Ok(host)
}

fn address(text: &str) -> anyhow::Result<Address> {
    if text.starts_with("unix:") || text.starts_with("tcp:") {
        return Ok(Address::Bus { address: text.to_owned() });
    }
    if let Some(place) = text.strip_prefix("ssh://") {
        let (user, place) = place.trim_end_matches('/').rsplit_once('@').unwrap_or(("", place.trim_end_matches('/')));
        let (host, port) = match place.rsplit_once(':').filter(|(host, _)| !host.contains(':')) {
            Some((host, port)) => (host, port.parse().with_context(|| format!("{port} is no port"))?),
            None => (place, 0),
        };
        return Ok(Address::Ssh { user: user.to_owned(), host: host.to_owned(), port, key_file: std::path::PathBuf::new() });
    }
    if text.contains("://") {
        return Ok(Address::Libvirt { uri: text.to_owned() });
    }
    bail!("No host is called {text}")
}

fn preset(text: &str) -> Result<Preset, String> {
    Ok(match text.split_once('=').unwrap_or((text, "")) {
        ("full", "") => Preset::Full,
        ("empty", "") => Preset::Empty,
        ("frozen", "") => Preset::Frozen,
        ("service-missing", "") => Preset::ServiceMissing,
        ("not-allowed", "") => Preset::NotAllowed,
        ("no-libvirt", "") => Preset::NoLibvirt,
        ("many", count) => Preset::Many(count.parse().map_err(|_| format!("“{count}” is no number of machines"))?),
        _ => return Err("full, empty, many=N, frozen, service-missing, not-allowed and no-libvirt are known".to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Arguments {
        Arguments::try_parse_from(line.split_whitespace()).unwrap()
    }

    #[test]
    fn a_demo_may_say_which_one_and_a_machine_may_follow() {
        assert_eq!(parse("kvm-manager --demo").demo, Some(Preset::Full));
        assert_eq!(parse("kvm-manager --demo=many=1000").demo, Some(Preset::Many(1000)));
        let arguments = parse("kvm-manager --demo win11-gaming");
        assert_eq!((arguments.demo, arguments.machine.as_deref()), (Some(Preset::Full), Some("win11-gaming")));
        assert!(Arguments::try_parse_from(["kvm-manager", "--demo=nonsense"]).is_err());
    }

    #[test]
    fn shells_complete_exactly_what_the_program_understands() {
        use clap_complete::{Shell, generate};
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../packaging/completions");
        for (shell, name) in [(Shell::Bash, "kvm-manager.bash"), (Shell::Zsh, "_kvm-manager"), (Shell::Fish, "kvm-manager.fish")] {
            let (file, mut made) = (folder.join(name), Vec::new());
            generate(shell, &mut <Arguments as clap::CommandFactory>::command(), "kvm-manager", &mut made);
            // What only D-Bus says is for nobody to type, and lines that end in spaces are not kept in the sources.
            let made = String::from_utf8(made).unwrap().replace(" --gapplication-service", "");
            let lines = made.lines().filter(|line| !line.contains("gapplication-service"));
            let made: String = lines.map(|line| line.trim_end().to_owned() + "\n").collect();
            if std::env::var_os("UPDATE_COMPLETIONS").is_some() {
                std::fs::write(&file, &made).unwrap();
            }
            let kept = std::fs::read_to_string(&file).unwrap_or_default();
            assert!(kept == made, "{name} is another: UPDATE_COMPLETIONS=1 cargo test -p kvm-manager-ui --bin kvm-manager");
        }
    }

    #[test]
    fn the_desktop_is_told_of_no_file_or_address_that_could_be_opened() {
        let file = include_str!("../../packaging/org.kvmmanager.Manager.desktop");
        let starts: Vec<&str> = file.lines().filter_map(|line| line.strip_prefix("Exec=")).collect();
        assert_eq!(starts, ["kvm-manager", "kvm-manager", "kvm-manager --settings"]);
        assert!(!file.contains("MimeType"));
    }

    #[test]
    fn one_machine_is_opened_and_a_second_one_is_refused_not_forgotten() {
        assert_eq!(wish(&parse("kvm-manager web")), desktop::Activation::Machine("web".to_owned()));
        assert!(Arguments::try_parse_from(["kvm-manager", "web", "db"]).is_err());
    }

    #[test]
    fn only_a_usual_start_is_handed_to_the_application_that_runs() {
        assert!(parse("kvm-manager web").is_usual());
        assert!(parse("kvm-manager --gapplication-service").is_usual());
        for line in ["kvm-manager --new", "kvm-manager --demo", "kvm-manager --bus unix:path=/x", "kvm-manager --host lab"] {
            assert!(!parse(line).is_usual(), "{line}");
        }
    }

    #[test]
    fn a_host_is_named_or_addressed_and_nothing_else() {
        let (hosts, _) = Hosts::load(std::path::Path::new("/nonexistent/hosts.toml"));
        assert_eq!(host(&hosts, "session").unwrap().address, Address::Session);
        let ssh = Address::Ssh { user: "me".into(), host: "lab".into(), port: 2222, key_file: std::path::PathBuf::new() };
        assert_eq!(host(&hosts, "ssh://me@lab:2222").unwrap().address, ssh);
        assert!(matches!(host(&hosts, "qemu+ssh://lab/system").unwrap().address, Address::Libvirt { .. }));
        assert!(matches!(host(&hosts, "unix:path=/run/x").unwrap().address, Address::Bus { .. }));
        assert_eq!(host(&hosts, "nowhere").unwrap_err().to_string(), "No host is called nowhere");
        assert!(host(&hosts, "ssh://-oProxyCommand=x").is_err());
    }
}
