//! `dieuphoi playbook`: check a procedure, simulate it, exchange it as CACAO, and give editors its
//! schema. Reads and writes files, touches no database.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};
use playbooks::{Calendar, Facts, Language as Spoken, Playbook, Problem, Role, Scenario, Scripted};

use super::exchange;
use super::out::{InLanguage, complain, say};
use crate::clock::{Clock as _, SystemClock};
use crate::domain::words::Language;

/// Procedures from files (docs/playbooks.md).
#[derive(Debug, Subcommand)]
pub enum Book {
    /// Explain everything that is wrong with a playbook, with line and column.
    Check(Check),
    /// Show who would be told what, when and why, on a virtual clock.
    Simulate(Simulate),
    /// Print the JSON Schema for editors.
    Schema,
    /// Make a playbook of a CACAO 2.0 file.
    Import(exchange::Import),
    /// Make a CACAO 2.0 file of a playbook.
    Export(exchange::Export),
}

/// `playbook check FILE…`
#[derive(Debug, Args)]
pub struct Check {
    /// Playbooks; one may call another of the same folder, or one that ships.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    #[command(flatten)]
    language: InLanguage,
}

/// `playbook simulate FILE`
#[derive(Debug, Args)]
pub struct Simulate {
    /// The playbook.
    file: PathBuf,
    /// The incident's category [default: the one that the playbook is for]
    #[arg(long, value_name = "CATEGORY")]
    incident: Option<String>,
    /// Something else about the incident: signs_of_crime, beyond_capacity, personal_data, drill;
    /// may be given several times.
    #[arg(long, value_name = "FLAG")]
    with: Vec<String>,
    /// A role that never answers; may be given several times.
    #[arg(long, value_name = "ROLE")]
    silent: Vec<String>,
    /// STEP=ok@30m: an answer after so long; yes, no and refused as well.
    #[arg(long, value_name = "STEP=ANSWER@TIME")]
    answer: Vec<String>,
    /// When the incident arrives: 2026-02-13 or 2026-02-13T15:00, local time [default: now]
    #[arg(long, value_name = "DATE")]
    from: Option<String>,
    /// A working calendar of your own [default: the one that ships]
    #[arg(long, value_name = "FILE")]
    calendar: Option<PathBuf>,
    /// Write the timeline as a picture to this file too.
    #[arg(long, value_name = "OUT")]
    svg: Option<PathBuf>,
    #[command(flatten)]
    language: InLanguage,
}

/// Runs the command; the exit code is 1 when a file has problems.
///
/// # Errors
/// A file that cannot be read or written; words that mean nothing.
pub fn run(asked: Book) -> anyhow::Result<ExitCode> {
    match asked {
        Book::Check(asked) => check(&asked),
        Book::Simulate(asked) => simulate(&asked),
        Book::Import(asked) => exchange::import(&asked),
        Book::Export(asked) => exchange::export(&asked),
        Book::Schema => {
            say(serde_json::to_string_pretty(&playbooks::schema())?)?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn check(asked: &Check) -> anyhow::Result<ExitCode> {
    let mut good = true;
    for path in &asked.files {
        let language = asked.language.texts().0;
        match read(path)? {
            Ok(book) => {
                let texts = asked.language.texts();
                let title = match language {
                    Language::En => book.title_en.as_ref().unwrap_or(&book.title),
                    Language::Vi => &book.title,
                };
                say(texts.with(
                    "playbook-fine",
                    &[
                        ("file", &path.display().to_string()),
                        ("title", title),
                        ("version", &book.version.to_string()),
                        ("steps", &book.all_steps().len().to_string()),
                    ],
                ))?;
            }
            Err(problems) => {
                good = false;
                for problem in &problems {
                    say(told(path, problem, language))?;
                }
            }
        }
    }
    Ok(if good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

pub(super) fn told(path: &Path, problem: &Problem, language: Language) -> String {
    let (message, hint) = match language {
        Language::Vi => (&problem.message_vi, &problem.hint_vi),
        Language::En => (&problem.message_en, &problem.hint_en),
    };
    let (line, column, code) = (problem.line, problem.column, problem.code);
    format!("{}:{line}:{column}: {message} [{code}]\n    {hint}", path.display())
}

/// Reads a playbook; what it calls is looked for beside it, then among those that ship.
pub(super) fn read(path: &Path) -> anyhow::Result<Result<Playbook, Vec<Problem>>> {
    let text = text_of(path)?;
    let folder = path.parent().unwrap_or(Path::new("."));
    Ok(playbooks::parse_with(&text, &|name| beside(folder, name)))
}

/// The text of a playbook that another calls: one of the same folder, or one that ships.
pub(super) fn beside(folder: &Path, name: &str) -> Option<String> {
    // The name of a file, and nothing that leads elsewhere.
    if !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_') {
        return None;
    }
    text_of(&folder.join(format!("{name}.yaml"))).ok().or_else(|| {
        let found = playbooks::library().iter().find(|(known, _)| *known == name);
        found.map(|(_, text)| (*text).to_owned())
    })
}

/// The text of a file that is not absurdly long.
pub(super) fn text_of(path: &Path) -> anyhow::Result<String> {
    let size =
        std::fs::metadata(path).with_context(|| format!("reading {}", path.display()))?.len();
    if size > 4 * 1024 * 1024 {
        bail!("{} is far too long for a playbook", path.display());
    }
    std::fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))
}

fn simulate(asked: &Simulate) -> anyhow::Result<ExitCode> {
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
    let own;
    let calendar = match &asked.calendar {
        None => playbooks::shipped_calendar(),
        Some(path) => match playbooks::parse_calendar(&text_of(path)?) {
            Ok(calendar) => {
                own = calendar;
                &own
            }
            Err(problems) => {
                for problem in &problems {
                    complain(told(path, problem, language));
                }
                return Ok(ExitCode::FAILURE);
            }
        },
    };
    let scenario = scenario(asked, &book, calendar)?;
    let rows = playbooks::simulate(&book, &scenario);
    let spoken = match language {
        Language::Vi => Spoken::Vi,
        Language::En => Spoken::En,
    };
    say(playbooks::table(&rows, &scenario, spoken).trim_end())?;
    if let Some(path) = &asked.svg {
        std::fs::write(path, playbooks::picture(&rows, &scenario, spoken))
            .with_context(|| format!("writing {}", path.display()))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn scenario<'c>(
    asked: &Simulate,
    book: &Playbook,
    calendar: &'c Calendar,
) -> anyhow::Result<Scenario<'c>> {
    let mut facts = Facts::default();
    let incident = &mut facts.incident;
    incident.category = match &asked.incident {
        Some(word) if playbooks::CATEGORIES.contains(&word.as_str()) => word.clone(),
        Some(word) => {
            bail!(
                "there is no category {word}; the categories: {}",
                playbooks::CATEGORIES.join(", ")
            )
        }
        None => book.category.clone().unwrap_or_else(|| "other".to_owned()),
    };
    incident.state = "received".to_owned();
    incident.priority = "medium".to_owned();
    incident.legal_class = "unclassified".to_owned();
    incident.services = "none".to_owned();
    incident.people = "one".to_owned();
    for flag in &asked.with {
        match flag.as_str() {
            "signs_of_crime" => incident.signs_of_crime = true,
            "beyond_capacity" => incident.beyond_capacity = true,
            "personal_data" => incident.personal_data = true,
            "drill" => incident.drill = true,
            other => bail!(
                "there is no flag {other}: signs_of_crime, beyond_capacity, personal_data, drill"
            ),
        }
    }
    let mut silent = Vec::new();
    for word in &asked.silent {
        silent.push(Role::parse(word).with_context(|| format!("there is no role {word}"))?);
    }
    let mut answers = Vec::new();
    for text in &asked.answer {
        let read = Scripted::parse(text).with_context(|| {
            format!("{text} is not of the form STEP=ok@30m (ok, yes, no, refused)")
        })?;
        if book.step(&read.step).is_none() {
            let ids: Vec<&str> =
                book.all_steps().into_iter().map(|step| step.id.as_str()).collect();
            bail!("there is no step {}; the steps: {}", read.step, ids.join(", "));
        }
        answers.push(read);
    }
    let from = match &asked.from {
        None => SystemClock.now().utc(),
        Some(text) => calendar
            .read_local(text)
            .with_context(|| format!("{text} is no date: 2026-02-13 or 2026-02-13T15:00"))?,
    };
    Ok(Scenario { facts, silent, answers, from, calendar })
}
