//! `dieuphoi playbook import` and `export`: CACAO 2.0 files (docs/cacao.md).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use clap::Args;
use playbooks::{ImportOptions, Made, Role};

use super::out::{InLanguage, complain, say};
use super::playbook::{beside, read, text_of, told};
use crate::clock::{Clock as _, SystemClock};

/// `playbook import FILE.json`
#[derive(Debug, Args)]
pub struct Import {
    /// A CACAO 2.0 playbook.
    file: PathBuf,
    /// Which role an agent of the file is, by its name or identifier; may be given several times.
    #[arg(long, value_name = "AGENT=ROLE")]
    role: Vec<String>,
    /// The name here of a playbook that the file calls by its identifier; several times.
    #[arg(long, value_name = "ID=NAME")]
    playbook: Vec<String>,
    /// The value of a variable that the file leaves to whoever uses it; several times.
    #[arg(long, value_name = "NAME=VALUE")]
    value: Vec<String>,
    /// How many rounds a loop has at most.
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=i64::from(playbooks::MAX_ROUNDS)))]
    rounds: u32,
    /// The playbook's name here [default: made from its title]
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Its version here [default: 1, or the one that was exported]
    #[arg(long, value_name = "N", default_value_t = 1)]
    number: u32,
    /// Write the playbook to this file instead of the standard output.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    language: InLanguage,
}

/// `playbook export FILE.yaml`
#[derive(Debug, Args)]
pub struct Export {
    /// A playbook of ours.
    file: PathBuf,
    /// The STIX identity of whoever publishes it: identity--UUID [default: the program's own]
    #[arg(long, value_name = "IDENTITY")]
    by: Option<String>,
    /// Write the CACAO file here instead of to the standard output.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    language: InLanguage,
}

/// Turns a CACAO file into a playbook of ours; what was assumed goes to standard error.
///
/// # Errors
/// A file that cannot be read or written; options that mean nothing.
pub fn import(asked: &Import) -> anyhow::Result<ExitCode> {
    let language = asked.language.texts().0;
    let text = text_of(&asked.file)?;
    let mut roles = BTreeMap::new();
    for (agent, word) in pairs(&asked.role, "AGENT=ROLE")? {
        let role = Role::parse(&word).with_context(|| format!("there is no role {word}"))?;
        roles.insert(agent, role);
    }
    let folder = asked.file.parent().unwrap_or(Path::new(".")).to_owned();
    let find = |name: &str| beside(&folder, name);
    let options = ImportOptions {
        roles,
        playbooks: pairs(&asked.playbook, "ID=NAME")?,
        values: pairs(&asked.value, "NAME=VALUE")?,
        rounds: asked.rounds,
        name: asked.name.clone(),
        version: asked.number,
        find: &find,
    };
    match playbooks::from_cacao(&text, &options) {
        Ok(found) => {
            for remark in &found.remarks {
                complain(told(&asked.file, remark, language));
            }
            deliver(asked.output.as_deref(), &found.text)?;
            Ok(ExitCode::SUCCESS)
        }
        Err(problems) => {
            for problem in &problems {
                complain(told(&asked.file, problem, language));
            }
            Ok(ExitCode::FAILURE)
        }
    }
}

/// Turns a playbook of ours into a CACAO file.
///
/// # Errors
/// A file that cannot be read or written; an identity that is none.
pub fn export(asked: &Export) -> anyhow::Result<ExitCode> {
    let language = asked.language.texts().0;
    let book = match read(&asked.file)? {
        Ok(book) => book,
        Err(problems) => {
            for problem in &problems {
                complain(told(&asked.file, problem, language));
            }
            return Ok(ExitCode::FAILURE);
        }
    };
    if let Some(by) = &asked.by {
        let uuid = by.strip_prefix("identity--").and_then(|id| uuid::Uuid::try_parse(id).ok());
        if uuid.is_none() {
            bail!("{by} is no identity: identity--UUID");
        }
    }
    let now = SystemClock.now().utc().format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string();
    let made = Made { at: now.clone(), modified: now, by: asked.by.clone() };
    let tree = playbooks::to_cacao(&book, &made);
    deliver(asked.output.as_deref(), &(serde_json::to_string_pretty(&tree)? + "\n"))?;
    Ok(ExitCode::SUCCESS)
}

fn deliver(to: Option<&Path>, text: &str) -> anyhow::Result<()> {
    match to {
        Some(path) => {
            std::fs::write(path, text).with_context(|| format!("writing {}", path.display()))
        }
        None => Ok(say(text.trim_end())?),
    }
}

/// `NAME=VALUE`, cut at the last `=`: an agent may be called anything.
fn pairs(words: &[String], form: &str) -> anyhow::Result<BTreeMap<String, String>> {
    let mut found = BTreeMap::new();
    for word in words {
        let cut = if form == "NAME=VALUE" { word.split_once('=') } else { word.rsplit_once('=') };
        match cut {
            Some((name, value)) if !name.is_empty() && !value.is_empty() => {
                found.insert(name.to_owned(), value.to_owned());
            }
            _ => bail!("{word} is not of the form {form}"),
        }
    }
    Ok(found)
}
