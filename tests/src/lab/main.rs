//! What the end-to-end suites do on the bus, inside a lab host: calls as any user with any option, waiting for signals,
//! a polkit agent that answers as it is told, and the examination of every method.
#![forbid(unsafe_code)]
#![allow(clippy::disallowed_methods, reason = "it runs commands and names its own files")]

mod agent;
mod client;
mod load;
mod matrix;
mod passage;
mod value;
mod watch;

use anyhow::{Context, bail};

const USAGE: &str = "usage: kvm-manager-lab [--silent] [--agent FILE] COMMAND
  call OBJECT METHOD [ARGUMENT]... [key=value]...   OBJECT: manager, stats, host, a path, or a machine's name
  script                                            the same, one per line of standard input; a line for each result
  get OBJECT PROPERTY
  list                                              name, path, state, reason, flags
  wait OBJECT SECONDS PROPERTY=VALUE...             until they are so
  during OBJECT MILLISECONDS PROPERTY=VALUE... -- COMMAND...   a signal says so within the time after COMMAND
  job OPERATION SECONDS [cancel]                    follows the next such job; cancel: as soon as it has written something
  load SECONDS RATE MILLISECONDS MACHINE...         RATE calls a second, see load.rs; one in a hundred may take longer
  passage ADDRESS ROUNDS                            what the service adds to binding and releasing a device, see passage.rs
  examine COLUMN GRANTED REFUSAL [LOG]              every method, see matrix.rs
  agent FILE consent|dismiss|hang LOG               polkit's agent for the process that waits with --agent FILE
  --silent: the calls do not allow a prompt; --agent FILE: first waits for an agent";

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::process::ExitCode {
    match run().await {
        Ok(true) => std::process::ExitCode::SUCCESS,
        Ok(false) => std::process::ExitCode::FAILURE,
        Err(error) => {
            eprintln!("kvm-manager-lab: {error:#}");
            std::process::ExitCode::from(2)
        }
    }
}

async fn run() -> anyhow::Result<bool> {
    let mut words: Vec<String> = std::env::args().skip(1).collect();
    let mut may_prompt = true;
    while words.first().is_some_and(|word| word.starts_with("--")) {
        match words.remove(0).as_str() {
            "--silent" => may_prompt = false,
            "--agent" if !words.is_empty() => agent::await_one(&words.remove(0)).await?,
            _ => bail!(USAGE),
        }
    }
    let (command, words) = words.split_first().context(USAGE)?;
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let client = client::Client::connect(may_prompt).await?;
    client.sign()?;
    match (command.as_str(), words.as_slice()) {
        ("call", [object, method, rest @ ..]) => client.report(object, method, rest).await,
        ("script", []) => client.script().await,
        ("get", [object, property]) => client.print_property(object, property).await,
        ("list", []) => client.print_list().await,
        ("wait", [object, seconds, conditions @ ..]) => watch::wait(&client, object, seconds.parse()?, conditions).await,
        ("during", [object, limit, rest @ ..]) => watch::during(&client, object, limit.parse()?, rest).await,
        ("job", [operation, seconds, rest @ ..]) => watch::job(&client, operation, seconds.parse()?, rest == ["cancel"]).await,
        ("load", [seconds, rate, limit, machines @ ..]) => load::run(seconds.parse()?, rate.parse()?, limit.parse()?, machines).await,
        ("passage", [address, rounds]) => passage::run(&client, address, rounds.parse()?).await,
        ("examine", [column, granted, refusal, log @ ..]) => matrix::examine(&client, column, granted, refusal, log.first().copied()).await,
        ("agent", [file, answer, log]) => agent::serve(client.connection(), file, answer.parse()?, log).await,
        _ => bail!(USAGE),
    }
}
