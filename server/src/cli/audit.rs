//! `dieuphoi audit`: checks the chain of any database, and exports it.

use std::io::{BufWriter, Write as _};
use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::out::{InLanguage, say};
use crate::actions::audit;
use crate::config::Config;
use crate::store::{Db, Place};

/// The audit trail.
#[derive(Debug, Subcommand)]
pub enum Audit {
    /// Check the whole chain; exits 0 only if it holds.
    Verify(Verify),
    /// Write the sealed entries as JSON Lines (docs/audit-format.md).
    Export(Export),
}

/// `audit verify`
#[derive(Debug, Args)]
pub struct Verify {
    /// Another database than the configured one: a path or a URL.
    #[arg(long, value_name = "PATH|URL")]
    database: Option<String>,
    /// The verdict as JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    language: InLanguage,
}

/// `audit export`
#[derive(Debug, Args)]
pub struct Export {
    /// Another database than the configured one: a path or a URL.
    #[arg(long, value_name = "PATH|URL")]
    database: Option<String>,
    /// Begin after this number.
    #[arg(long, default_value_t = 0, value_name = "SEQ")]
    after: i64,
}

/// Verifies or exports; both only read.
///
/// # Errors
/// When the database cannot be read.
pub async fn run(asked: Audit, config: &Config) -> anyhow::Result<ExitCode> {
    match asked {
        Audit::Verify(asked) => verify(asked, config).await,
        Audit::Export(asked) => {
            let db = open(asked.database, config).await?;
            let mut to = BufWriter::new(std::io::stdout());
            audit::export(&db, asked.after, &mut to).await?;
            to.flush()?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

async fn open(database: Option<String>, config: &Config) -> anyhow::Result<Db> {
    let url = database.unwrap_or_else(|| config.database.url.reveal().to_owned());
    let place = Place::parse(&url)?;
    Ok(tokio::task::spawn_blocking(move || Db::open_to_read(place)).await??)
}

async fn verify(asked: Verify, config: &Config) -> anyhow::Result<ExitCode> {
    let t = asked.language.texts();
    let db = open(asked.database, config).await?;
    let verdict = audit::verify(&db).await?;
    let code = if verdict.broken.is_some() { ExitCode::FAILURE } else { ExitCode::SUCCESS };
    if asked.json {
        let broken = verdict
            .broken
            .map(|broken| serde_json::json!({"seq": broken.seq, "why": broken.why.as_word()}));
        say(serde_json::json!({
            "holds": verdict.broken.is_none(),
            "entries": verdict.entries,
            "unsealed": verdict.unsealed,
            "head": verdict.head,
            "broken": broken,
        }))?;
        return Ok(code);
    }
    let entries = verdict.entries.to_string();
    match verdict.broken {
        None => say(t.with("audit-holds", &[("entries", &entries), ("head", &verdict.head)]))?,
        Some(broken) => {
            let seq = broken.seq.to_string();
            say(t.with("audit-broken", &[("seq", &seq), ("why", &t.t(broken.why.key()))]))?;
            say(t.with("audit-holds-to", &[("entries", &entries), ("head", &verdict.head)]))?;
        }
    }
    if verdict.unsealed > 0 {
        say(t.t1("audit-unsealed", "count", &verdict.unsealed.to_string()))?;
    }
    Ok(code)
}
