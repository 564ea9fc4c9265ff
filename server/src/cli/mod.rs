//! The command line: parse, configure, hand over.

pub mod demo;
pub mod serve;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Parser, Subcommand};

use crate::actions::Office;
use crate::config::Config;
use crate::store::{Db, Place};

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
}

/// Runs the command of this process's arguments.
pub async fn run() -> ExitCode {
    // lettre, teloxide and reqwest share one provider of TLS; a second call changes nothing.
    let _installed = rustls::crypto::ring::default_provider().install_default();
    let line = Line::parse();
    match command(line).await {
        Ok(code) => code,
        Err(why) => {
            tracing::error!(error = format!("{why:#}"), "dieuphoi ends");
            ExitCode::FAILURE
        }
    }
}

async fn command(line: Line) -> anyhow::Result<ExitCode> {
    let config = Config::default();
    match line.command {
        Command::Demo(args) => demo::run(args).await,
        Command::Serve => serve::run(config).await,
    }
}

/// The office of a configuration: opens the database and brings it up to date.
pub(crate) fn office(config: Config) -> anyhow::Result<Office> {
    let place = Place::parse(config.database.url.reveal())?;
    Ok(Office::new(Db::open(place)?, Arc::new(config)))
}
