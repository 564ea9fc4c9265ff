//! `dieuphoi migrate`: brings the database's schema up to date, or says what it is.

use std::process::ExitCode;

use clap::Args;

use super::out::{InLanguage, say};
use crate::config::Config;
use crate::store::{Db, Place, SchemaState};

/// Bring the database's schema up to date.
#[derive(Debug, Args)]
pub struct Migrate {
    /// Only say what would be done; exits 0 only if nothing waits.
    #[arg(long)]
    check: bool,
    #[command(flatten)]
    language: InLanguage,
}

/// Migrates.
///
/// # Errors
/// When the database cannot be reached, is in use (SQLite), or is newer than this program.
pub async fn run(asked: Migrate, config: &Config) -> anyhow::Result<ExitCode> {
    let t = asked.language.texts();
    let place = Place::parse(config.database.url.reveal())?;
    let is_new = matches!(&place, Place::Sqlite(path) if !path.exists());
    let (code, words) = tokio::task::spawn_blocking(move || {
        if asked.check {
            return Ok::<_, anyhow::Error>(if is_new {
                (ExitCode::FAILURE, t.t("migrate-new"))
            } else {
                state(&place, t)?
            });
        }
        Db::open(place)?;
        Ok((ExitCode::SUCCESS, t.t("migrate-done")))
    })
    .await??;
    say(words)?;
    Ok(code)
}

fn state(place: &Place, t: crate::texts::Texts) -> anyhow::Result<(ExitCode, String)> {
    Ok(match Db::schema_state(place)? {
        SchemaState::Current => (ExitCode::SUCCESS, t.t("migrate-current")),
        SchemaState::Behind(count) => {
            (ExitCode::FAILURE, t.t1("migrate-behind", "count", &count.to_string()))
        }
        SchemaState::Newer(versions) => {
            (ExitCode::FAILURE, t.t1("migrate-newer", "versions", &versions.join(", ")))
        }
    })
}
