//! The command line: parse, configure, hand over.

pub mod account;
pub mod audit;
pub mod calendar;
pub mod demo;
pub mod doctor;
pub mod exchange;
pub mod health;
pub mod migrate;
pub mod org;
pub mod out;
pub mod playbook;
pub mod push_keys;
pub mod serve;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Parser, Subcommand};

use crate::actions::Office;
use crate::config::Config;
use crate::store::{Db, Place};
use crate::telemetry::{To, start_logs};

/// Coordination of network-security incidents in a province.
#[derive(Debug, Parser)]
#[command(name = "dieuphoi", version)]
struct Line {
    /// The configuration file; else ./dieuphoi.toml if it is there.
    #[arg(long, global = true)]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve: pages, API, engine.
    Serve,
    /// Try it: a whole province with a year of incidents, on this machine alone.
    Demo(demo::Demo),
    Migrate(migrate::Migrate),
    Doctor(doctor::Doctor),
    Health(health::Health),
    #[command(subcommand)]
    Audit(audit::Audit),
    #[command(subcommand)]
    Account(account::Account),
    #[command(subcommand)]
    Org(org::Org),
    /// The working calendar.
    #[command(subcommand)]
    Calendar(calendar::Calendar),
    #[command(subcommand)]
    Playbook(playbook::Book),
    PushKeys(push_keys::PushKeys),
}

/// Runs the command of this process's arguments.
pub async fn run() -> ExitCode {
    // lettre, teloxide and reqwest share one provider of TLS; a second call changes nothing.
    let _installed = rustls::crypto::ring::default_provider().install_default();
    let line = Line::parse();
    match command(line).await {
        Ok(code) => code,
        Err(why) => {
            out::complain(format!("dieuphoi: {why:#}"));
            ExitCode::FAILURE
        }
    }
}

async fn command(line: Line) -> anyhow::Result<ExitCode> {
    // Files alone: no configuration is needed.
    if let Command::Playbook(asked) = line.command {
        return playbook::run(asked);
    }
    if let Command::PushKeys(asked) = line.command {
        return push_keys::run(&asked);
    }
    let config = Config::load(line.config.as_deref());
    let command = match line.command {
        // What cannot be read is a finding like any other.
        Command::Doctor(asked) => return doctor::run(asked, config).await,
        Command::Demo(asked) => return demo::run(asked).await,
        other => other,
    };
    let config = config?;
    let to = if matches!(command, Command::Serve) { To::Output } else { To::Errors };
    start_logs(&config.log, to)?;
    match command {
        Command::Serve => serve::run(config).await,
        Command::Migrate(asked) => migrate::run(asked, &config).await,
        Command::Doctor(asked) => doctor::run(asked, Ok(config)).await,
        Command::Demo(asked) => demo::run(asked).await,
        Command::Health(asked) => health::run(asked, &config).await,
        Command::Audit(asked) => audit::run(asked, &config).await,
        Command::Account(asked) => account::run(asked, office(config)?).await,
        Command::Calendar(asked) => calendar::run(asked, office(config)?).await,
        Command::Org(asked) => org::run(asked, office(config)?).await,
        Command::Playbook(asked) => playbook::run(asked),
        Command::PushKeys(asked) => push_keys::run(&asked),
    }
}

/// The office of a configuration: opens the database and brings it up to date.
pub(crate) fn office(config: Config) -> anyhow::Result<Office> {
    let place = Place::parse(config.database.url.reveal())?;
    Ok(Office::new(Db::open(place)?, Arc::new(config)))
}
