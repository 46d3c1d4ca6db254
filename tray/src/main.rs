//! KVM Manager in the tray: what runs, quick actions, notifications.
#![forbid(unsafe_code)]

mod action;
mod app;
mod desktop;
mod icon;
mod item;
mod machine_menu;
mod menu;
mod news;
mod note;
mod policy;
mod screen;
mod session;
mod state;
mod text;
mod watch;

use std::{
    process::ExitCode,
    time::{Duration, Instant},
};

use anyhow::Context;
use clap::Parser;
use client::{Wanted, locale, settings::Settings};
use ksni::TrayMethods;
use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    sync::{mpsc, oneshot},
};

use crate::{app::App, item::Item, session::Session, watch::Connections};

/// Between two attempts to put the item on the bus, if the panel fails in an unusual way.
const PAUSES: [u64; 4] = [1, 5, 30, 120];

const WORDS: &[(&str, &str)] = &[("en", include_str!("../locale/en/tray.ftl")), ("de", include_str!("../locale/de/tray.ftl"))];

/// KVM Manager in the tray: what runs, quick actions, notifications.
#[derive(Debug, Parser)]
#[command(name = "kvm-manager-tray", version)]
struct Arguments {
    /// Started at login: ends at once if the settings say so.
    #[arg(long)]
    autostart: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let filter = tracing_subscriber::filter::LevelFilter::INFO;
    tracing_subscriber::fmt().with_max_level(filter).with_writer(std::io::stderr).with_ansi(false).without_time().init();
    let (settings, problem) = Settings::load();
    if let Some(problem) = problem {
        tracing::warn!(?problem, "Not all settings could be read");
    }
    if arguments.autostart && !settings.tray.autostart {
        return ExitCode::SUCCESS;
    }
    locale::init(Some(&settings.appearance.language), WORDS);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().max_blocking_threads(1).build();
    match runtime.context("No runtime").and_then(|runtime| runtime.block_on(run(settings))) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(settings: Settings) -> anyhow::Result<()> {
    let Some(session) = Session::connect().await.context("No session bus")? else {
        tracing::info!("The tray is there already");
        return Ok(());
    };
    let mut signals = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let (inputs, mut happened) = mpsc::unbounded_channel();
    let (wanted, is_wanted) = tokio::sync::watch::channel(Wanted::default());
    watch::follow_hosts(inputs.clone());
    watch::follow_settings(inputs.clone());
    let connections = Connections::new(is_wanted, inputs.clone());
    let mut app = App::new(watch::hosts(), connections, settings, session.clone(), inputs.clone(), wanted);
    let mut item = put_on_bus(Item::new(app.view(), inputs));
    loop {
        let next = app.next();
        tokio::select! {
            Some(input) = happened.recv() => if !app.take(input).await { return Ok(()) },
            Ok(handle) = &mut item, if !item.is_terminated() => app.set_item(handle),
            () = tokio::time::sleep_until(next.unwrap_or_else(Instant::now).into()), if next.is_some() => app.tick().await,
            () = session.over() => return Ok(()),
            () = either(&mut signals) => return Ok(()),
        }
    }
}

async fn either(signals: &mut (Signal, Signal)) {
    tokio::select! {
        _ = signals.0.recv() => {}
        _ = signals.1.recv() => {}
    }
}

/// Puts the item on the bus, also without a panel: it is shown when one comes.
fn put_on_bus(item: Item) -> oneshot::Receiver<ksni::Handle<Item>> {
    let (sender, receiver) = oneshot::channel();
    tokio::spawn(async move {
        let mut pauses = PAUSES.into_iter();
        let mut pause = 0;
        loop {
            match item.another().assume_sni_available(true).spawn().await {
                Ok(handle) => {
                    // If nobody takes it, the tray is ending.
                    let _ = sender.send(handle);
                    return;
                }
                Err(error) => tracing::warn!(%error, "The panel did not take the item"),
            }
            pause = pauses.next().unwrap_or(pause);
            tokio::time::sleep(Duration::from_secs(pause)).await;
        }
    });
    receiver
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_is_there_in_every_language_with_the_same_values() {
        let [(_, english), (_, german)] = WORDS else { panic!("two languages") };
        assert_eq!(locale::faults(english), [""; 0]);
        assert_eq!(locale::faults(german), [""; 0]);
        assert_eq!(locale::differences(english, german), [""; 0]);
    }

    #[test]
    fn every_text_that_is_said_is_there() {
        let sources = [include_str!("menu.rs"), include_str!("machine_menu.rs"), include_str!("note.rs"), include_str!("app.rs")];
        for key in sources.iter().flat_map(|source| source.split("t!(\"").skip(1)).filter_map(|rest| rest.split('"').next()) {
            assert!(WORDS[0].1.contains(&format!("\n{key} =")) || !key.starts_with("tray-"), "{key}");
        }
    }

    #[test]
    fn the_command_line_is_what_it_says() {
        use clap::CommandFactory;
        Arguments::command().debug_assert();
    }
}
