//! `dieuphoi calendar import FILE`: the province's own working days.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use clap::Subcommand;

use super::out::{InLanguage, complain, say};
use super::playbook::told;
use crate::actions::calendars::{Import, import};
use crate::actions::{Ctx, Office};
use crate::clock::{Clock as _, SystemClock};
use crate::domain::refusal::Refusal;
use crate::error::Error;
use crate::http::error::field_text;

/// The working calendar from the command line.
#[derive(Debug, Subcommand)]
pub enum Calendar {
    /// Import a working calendar; its years replace those that counted before (docs/playbooks.md).
    Import {
        /// The file.
        file: PathBuf,
        #[command(flatten)]
        language: InLanguage,
    },
}

/// Runs the command; the exit code is 1 when the file is not right, and nothing was written.
///
/// # Errors
/// A file that cannot be read; the database's.
pub async fn run(asked: Calendar, office: Office) -> anyhow::Result<ExitCode> {
    let Calendar::Import { file, language } = asked;
    let t = language.texts();
    let size = std::fs::metadata(&file).with_context(|| format!("reading {}", file.display()))?;
    if size.len() > 4 * 1024 * 1024 {
        bail!("{} is far too long for a calendar", file.display());
    }
    let text =
        std::fs::read_to_string(&file).with_context(|| format!("reading {}", file.display()))?;
    let ctx = Ctx::service("calendar import", SystemClock.now());
    match import(&office, &ctx, text).await {
        Ok(Import::Done(done)) => {
            let years: Vec<String> = done.years.iter().map(ToString::to_string).collect();
            let days = done.days.to_string();
            let values =
                [("name", done.name.as_str()), ("years", &years.join(", ")), ("days", &days)];
            say(t.with("calendar-imported", &values))?;
            Ok(ExitCode::SUCCESS)
        }
        Ok(Import::Bad(problems)) => {
            for problem in &problems {
                complain(told(&file, problem, t.0));
            }
            Ok(ExitCode::FAILURE)
        }
        Err(Error::Refused(Refusal::Fields(fields))) => {
            for field in &fields {
                complain(format!("{}: {}", file.display(), field_text(t, field)));
            }
            Ok(ExitCode::FAILURE)
        }
        Err(why) => Err(why.into()),
    }
}
