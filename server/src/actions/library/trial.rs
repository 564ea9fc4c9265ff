//! A text is tried before anybody proposes it: what is wrong with it, and what would happen.

use playbooks::{Facts, Language as Spoken, Playbook, Role, Scenario, Scripted};
use serde::{Deserialize, Serialize};

use crate::actions::{Ctx, Office, shelf};
use crate::clock::Timestamp;
use crate::domain::refusal::{FieldError, Refusal};
use crate::domain::sight::Verb;
use crate::domain::words::Language;
use crate::error::{Error, Result};

/// Most rows of a simulation that a page or an answer carries.
const MOST_ROWS: usize = 500;
/// Most answers of a script.
const MOST_ANSWERS: usize = 50;

/// A text to try, and what is assumed.
#[derive(Debug, Clone, Default, Deserialize, utoipa::ToSchema)]
#[serde(default)]
#[schema(as = PlaybookTrial)]
pub struct Trial {
    /// The playbook.
    pub text: String,
    /// Roles that never answer.
    pub silent: Vec<String>,
    /// The incident's category; empty: the one that the playbook is for.
    pub category: String,
    /// `signs_of_crime`, `beyond_capacity`, `personal_data`, `drill`.
    pub with: Vec<String>,
    /// `STEP=ok@30m`: an answer after so long; `yes`, `no`, `refused` as well.
    pub answers: Vec<String>,
    /// When the incident arrives, `2026-02-13T15:00` in the province's time; empty: now.
    pub from: String,
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = PlaybookProblem)]
pub struct Told {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// Stable, for programs.
    pub code: &'static str,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub hint: String,
    /// The line as it stands there.
    pub excerpt: String,
}

/// What the check says.
#[derive(Debug, Clone, Default, Serialize, utoipa::ToSchema)]
#[schema(as = PlaybookChecked)]
pub struct Checked {
    /// Nothing is wrong.
    pub fine: bool,
    /// What is, in the order of the lines; at most 50.
    pub problems: Vec<Told>,
    /// Its name, when it can be read.
    pub name: String,
    /// Its title in the caller's language.
    pub title: String,
    /// Its version.
    pub version: u32,
    /// How many steps it has, at any depth.
    pub steps: usize,
    /// The category that it is for, if it is for just one.
    pub category: String,
}

/// What would happen.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[schema(as = PlaybookSimulated)]
pub struct Simulated {
    /// The check.
    pub check: Checked,
    /// Line by line, in words; empty while something is wrong.
    #[schema(value_type = Vec<Object>)]
    pub rows: Vec<playbooks::Line>,
    /// There would be more rows than these.
    pub more: bool,
    /// The same as text.
    pub table: String,
    /// The same as a picture (SVG).
    pub svg: String,
}

/// Says what is wrong with a text.
///
/// # Errors
/// [`Refusal::NotAllowed`]; the database's.
pub async fn check(office: &Office, ctx: &Ctx, text: String) -> Result<Checked> {
    Ok(tried(office, ctx, Trial { text, ..Trial::default() }, false).await?.check)
}

/// Lets a text run on a virtual clock.
///
/// # Errors
/// [`Refusal::NotAllowed`]; [`Refusal::Fields`] for `silent`, `category`, `with`, `answers`, `from`.
pub async fn simulate(office: &Office, ctx: &Ctx, trial: Trial) -> Result<Simulated> {
    tried(office, ctx, trial, true).await
}

async fn tried(office: &Office, ctx: &Ctx, trial: Trial, run: bool) -> Result<Simulated> {
    Verb::TryPlaybook.by(&ctx.actor)?;
    let (office_, ctx) = (office.clone(), ctx.clone());
    let work = move |c: &mut crate::store::Conn| {
        let active = shelf::active(c, &office_)?;
        let text = trial.text.replace("\r\n", "\n");
        let book = match shelf::pin(&text, &|name| active.text(name)) {
            Ok(pinned) => pinned.playbook,
            Err(problems) => {
                let told = problems.iter().map(|problem| told(problem, &text, ctx.language));
                let check = Checked { problems: told.collect(), ..Checked::default() };
                return Ok(nothing(check));
            }
        };
        let check = Checked {
            fine: true,
            problems: Vec::new(),
            name: book.name.clone(),
            title: super::views::title(&book, ctx.language),
            version: book.version,
            steps: book.all_steps().len(),
            category: book.category.clone().unwrap_or_default(),
        };
        if !run {
            return Ok(nothing(check));
        }
        let scenario = scenario(&trial, &book, &ctx)?;
        let mut rows = playbooks::simulate(&book, &scenario);
        let more = rows.len() > MOST_ROWS;
        rows.truncate(MOST_ROWS);
        let spoken = spoken(ctx.language);
        Ok(Simulated {
            check,
            more,
            table: playbooks::table(&rows, &scenario, spoken),
            svg: playbooks::picture(&rows, &scenario, spoken),
            rows: playbooks::lines(&rows, scenario.calendar, spoken),
        })
    };
    office.db.read(work).await
}

fn nothing(check: Checked) -> Simulated {
    Simulated { check, rows: Vec::new(), more: false, table: String::new(), svg: String::new() }
}

/// The language of the playbooks' own words.
pub(super) const fn spoken(language: Language) -> Spoken {
    match language {
        Language::Vi => Spoken::Vi,
        Language::En => Spoken::En,
    }
}

pub(super) fn told(problem: &playbooks::Problem, text: &str, language: Language) -> Told {
    let (message, hint) = match language {
        Language::Vi => (&problem.message_vi, &problem.hint_vi),
        Language::En => (&problem.message_en, &problem.hint_en),
    };
    let line = text.lines().nth(problem.line.saturating_sub(1)).unwrap_or_default();
    Told {
        line: problem.line,
        column: problem.column,
        code: problem.code,
        message: message.clone(),
        hint: hint.clone(),
        excerpt: line.chars().take(120).collect(),
    }
}

fn scenario(trial: &Trial, book: &Playbook, ctx: &Ctx) -> Result<Scenario<'static>> {
    let calendar = playbooks::shipped_calendar();
    let mut bad = Vec::new();
    let mut facts = Facts::default();
    let incident = &mut facts.incident;
    incident.category = match trial.category.as_str() {
        "" => book.category.clone().unwrap_or_else(|| "other".to_owned()),
        word => word.to_owned(),
    };
    if !playbooks::CATEGORIES.contains(&incident.category.as_str()) {
        bad.push(FieldError::new("category", "field-choose"));
    }
    incident.state = "received".to_owned();
    incident.priority = "medium".to_owned();
    incident.legal_class = "unclassified".to_owned();
    incident.services = "none".to_owned();
    incident.people = "one".to_owned();
    for flag in &trial.with {
        match flag.as_str() {
            "signs_of_crime" => incident.signs_of_crime = true,
            "beyond_capacity" => incident.beyond_capacity = true,
            "personal_data" => incident.personal_data = true,
            "drill" => incident.drill = true,
            _ => bad.push(FieldError::new("with", "field-choose")),
        }
    }
    let silent: Vec<Role> = trial.silent.iter().filter_map(|word| Role::parse(word)).collect();
    if silent.len() != trial.silent.len() {
        bad.push(FieldError::new("silent", "field-choose"));
    }
    let known = |answer: &Scripted| book.step(&answer.step).is_some();
    let answers: Vec<Scripted> =
        trial.answers.iter().filter_map(|text| Scripted::parse(text)).filter(known).collect();
    if answers.len() != trial.answers.len() || answers.len() > MOST_ANSWERS {
        bad.push(FieldError::new("answers", "field-playbook-answers"));
    }
    let from = match trial.from.as_str() {
        "" => Some(ctx.now.utc()),
        text => match Timestamp::parse(text) {
            Some(at) => Some(at.utc()),
            None => calendar.read_local(text),
        },
    };
    let Some(from) = from.filter(|_| bad.is_empty()) else {
        if from.is_none() {
            bad.push(FieldError::new("from", "field-time"));
        }
        return Err(Error::Refused(Refusal::Fields(bad)));
    };
    Ok(Scenario { facts, silent, answers, from, calendar })
}
