//! Where the procedures of a case stand: what is done, who is waited for and since when, what comes
//! next by itself, and what no entry of the timeline says (left out steps, ended waits, variables).

use std::collections::BTreeMap;

use playbooks::{Kind, Loop, Role as Wanted, Status, Step, Test, Var, Wait};
use serde::Serialize;

use super::incidents::find_seen;
use super::recipients::{Recipient, resolve};
use super::{Ctx, Office, calendars, procedure, questions, shelf};
use crate::clock::Timestamp;
use crate::domain::ids::RunId;
use crate::domain::sight::{Depth, Verb};
use crate::domain::words::Language;
use crate::error::{Error, Result};
use crate::records::{Incident, Run};
use crate::store::{Conn, engine};

/// Most rows of what comes next.
const MOST_COMING: usize = 40;
/// Most persons that are named of one role.
const MOST_PEOPLE: usize = 3;

/// The procedures of a case.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[schema(as = IncidentRuns)]
pub struct Runs {
    /// The case.
    pub code: String,
    /// Its version, for what changes a run.
    pub version: i32,
    /// Its runs, the newest first.
    pub items: Vec<RunView>,
}

/// One run.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct RunView {
    /// Names it.
    #[schema(value_type = String)]
    pub id: RunId,
    /// The playbook's name.
    pub playbook: String,
    /// Its title in the caller's language.
    pub title: String,
    /// The version that it follows.
    pub version: u32,
    /// SHA-256 of the text that it follows.
    pub text: String,
    /// The version in force now, when it is another text.
    pub other_version: Option<u32>,
    /// When it began.
    #[schema(value_type = String, format = DateTime)]
    pub started_at: Timestamp,
    /// When the case ended it.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub ended_at: Option<Timestamp>,
    /// Everything has happened.
    pub over: bool,
    /// Who or what is waited for.
    pub waiting: Vec<Awaited>,
    /// Every step, in the order of the file.
    pub steps: Vec<StepView>,
    /// What `set` remembered.
    pub variables: BTreeMap<String, String>,
    /// What comes by itself if nobody moves.
    #[schema(value_type = Vec<Object>)]
    pub coming: Vec<playbooks::Line>,
    /// More comes after that.
    pub more_coming: bool,
    /// The caller may put it under the version in force.
    pub may_apply: bool,
}

/// One thing that a run waits for.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Awaited {
    /// Id of the step.
    pub step: String,
    /// The step's kind.
    pub kind: &'static str,
    /// The step's own words.
    pub words: String,
    /// On whom; empty for a pause.
    pub on: Vec<AwaitedRole>,
    /// Since when.
    #[schema(value_type = String, format = DateTime)]
    pub since: Timestamp,
    /// Its time has passed.
    pub late: bool,
    /// What happens next by itself: `late`, `repeat`, `wait`, `timeout`.
    pub next: Option<&'static str>,
    /// When.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub next_at: Option<Timestamp>,
}

/// A role that is waited for, and who holds it now.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct AwaitedRole {
    /// Its word.
    pub role: String,
    /// Those who hold it, a few of them.
    pub people: Vec<Holder>,
}

/// Somebody who holds a role.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Holder {
    /// Name.
    pub name: String,
    /// Telephone.
    pub phone: String,
}

/// A step of a run.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct StepView {
    /// Its id.
    pub id: String,
    /// How deep it stands, from 0.
    pub level: usize,
    /// Why it stands there: `list`, `late`, `then`, `otherwise`, `inside`, `failed`.
    pub place: &'static str,
    /// `notify`, `task`, `dispatch`, `approve`, `wait`, `set`, `parallel`, `playbook`, `webhook`.
    pub kind: &'static str,
    /// Whom it addresses.
    pub to: Vec<String>,
    /// Its own words.
    pub words: String,
    /// `not_started`, `open`, `done`, `skipped`, `cancelled`, `refused`, `failed`.
    pub status: &'static str,
    /// When it began.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub opened_at: Option<Timestamp>,
    /// When it ended.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub settled_at: Option<Timestamp>,
    /// Its time passed first.
    pub late: bool,
    /// How often it spoke.
    pub told: u32,
    /// The answer of a question.
    pub answer: Option<bool>,
    /// Why it was left out: its condition.
    pub condition: String,
    /// Roles that nobody held.
    pub vacant: Vec<String>,
    /// Roles told instead.
    pub stand_ins: Vec<String>,
}

/// The procedures of a case, for those who read the coordination team's entries.
///
/// # Errors
/// [`Error::NotFound`] for what may not be seen.
pub async fn runs(office: &Office, ctx: &Ctx, name: &str) -> Result<Runs> {
    let (office_, ctx, name) = (office.clone(), ctx.clone(), name.to_owned());
    office
        .db
        .read(move |c| {
            let incident = seen(c, &ctx, &name)?;
            let mut items = Vec::new();
            for run in engine::runs_of(c, incident.id)? {
                items.push(view(c, &office_, &ctx, &incident, &run)?);
            }
            items.reverse();
            Ok(Runs { code: incident.code, version: incident.version, items })
        })
        .await
}

/// The case, for whoever reads the coordination team's entries of it.
///
/// # Errors
/// [`Error::NotFound`].
pub fn seen(c: &mut Conn, ctx: &Ctx, name: &str) -> Result<Incident> {
    let (incident, depth) = find_seen(c, ctx, name)?;
    if depth < Depth::Coordination {
        return Err(Error::NotFound("incident"));
    }
    Ok(incident)
}

fn view(
    c: &mut Conn,
    office: &Office,
    ctx: &Ctx,
    incident: &Incident,
    run: &Run,
) -> Result<RunView> {
    let book = shelf::of_run(c, run)?;
    let state: playbooks::Run = serde_json::from_str(&run.state).map_err(Error::internal)?;
    let active = shelf::active(c, office)?;
    let other = active
        .named(&run.playbook)
        .filter(|pinned| pinned.hash != run.text_hash)
        .map(|pinned| pinned.playbook.version);
    let running = run.ended_at.is_none();
    let mut waiting = Vec::new();
    for one in state.waiting(&book).into_iter().filter(|_| running) {
        let step = book.step(&one.step);
        let mut on = Vec::new();
        for role in &one.on {
            let people = resolve(c, incident, role, ctx.now)?;
            let holder = |person: Recipient| Holder { name: person.name, phone: person.phone };
            let people = people.into_iter().take(MOST_PEOPLE).map(holder).collect();
            on.push(AwaitedRole { role: role.as_word(), people });
        }
        waiting.push(Awaited {
            kind: step.map_or("", kind),
            words: step.map(words).unwrap_or_default(),
            step: one.step,
            on,
            since: Timestamp::new(one.since),
            late: one.late,
            next: one.next.as_ref().map(|(key, _)| next(key)),
            next_at: one.next.map(|(_, at)| Timestamp::new(at)),
        });
    }
    let mut steps = Vec::new();
    gather(&book.steps, 0, "list", &state, &mut steps);
    gather(&book.failed, 0, "failed", &state, &mut steps);
    let (coming, more_coming) = if running {
        let facts = questions::facts(c, incident, &book)?;
        let calendar = calendars::in_force(c)?;
        let moment = procedure::moment(ctx, &facts, &calendar);
        let mut rows = playbooks::foresee(&book, &state, &facts, ctx.now.utc(), moment.calendar);
        let more = rows.len() > MOST_COMING;
        rows.truncate(MOST_COMING);
        (playbooks::lines(&rows, moment.calendar, spoken(ctx.language)), more)
    } else {
        (Vec::new(), false)
    };
    let variables = state.vars.iter().map(|(name, value)| (name.clone(), said(value))).collect();
    Ok(RunView {
        id: run.id,
        playbook: run.playbook.clone(),
        title: match (ctx.language, &book.title_en) {
            (Language::En, Some(title)) => title.clone(),
            _ => book.title.clone(),
        },
        version: book.version,
        text: hex::encode(&run.text_hash),
        other_version: other.filter(|_| running),
        started_at: run.started_at,
        ended_at: run.ended_at,
        over: state.is_over(),
        may_apply: running && other.is_some() && Verb::ApplyPlaybook.by(&ctx.actor).is_ok(),
        waiting,
        steps,
        variables,
        coming,
        more_coming,
    })
}

const fn spoken(language: Language) -> playbooks::Language {
    match language {
        Language::Vi => playbooks::Language::Vi,
        Language::En => playbooks::Language::En,
    }
}

/// A variable's value in words.
fn said(value: &Var) -> String {
    match value {
        Var::Bool(value) => value.to_string(),
        Var::Number(value) => value.to_string(),
        Var::Text(value) => value.clone(),
    }
}

/// What a timer is for, by its key.
pub fn next(key: &str) -> &'static str {
    if key.ends_with("/late") {
        "late"
    } else if key.ends_with("/wait") {
        "wait"
    } else if key.ends_with("/timeout") {
        "timeout"
    } else {
        "repeat"
    }
}

/// A kind's word in the notation.
pub fn kind(step: &Step) -> &'static str {
    match &step.kind {
        Kind::Notify { .. } => "notify",
        Kind::Task { .. } => "task",
        Kind::Dispatch { .. } => "dispatch",
        Kind::Approve { .. } => "approve",
        Kind::Wait(_) => "wait",
        Kind::Set(_) => "set",
        Kind::Webhook { .. } => "webhook",
        Kind::Parallel(_) => "parallel",
        Kind::Choose(_) => "choose",
        Kind::Loop(_) => "loop",
        Kind::Call { .. } => "playbook",
    }
}

/// The step's own words: an instruction, a question, a condition, values.
pub fn words(step: &Step) -> String {
    match &step.kind {
        Kind::Notify { text, .. } => text.clone().unwrap_or_default(),
        Kind::Task { text, .. } | Kind::Dispatch { text, .. } => text.clone(),
        Kind::Approve { question, .. } => question.clone(),
        Kind::Wait(Wait::For(span)) => span.to_string(),
        Kind::Wait(Wait::Until { condition, .. }) => condition.source().to_owned(),
        Kind::Set(values) => {
            let one = |(name, value): (&String, &Var)| format!("{name} = {}", said(value));
            values.iter().map(one).collect::<Vec<_>>().join(" · ")
        }
        Kind::Webhook { target, text } => match text {
            Some(text) => format!("{target}: {text}"),
            None => target.clone(),
        },
        Kind::Loop(Loop { test: Test::While(condition), .. }) => condition.source().to_owned(),
        Kind::Loop(Loop { test: Test::Ask { question, .. }, .. }) => question.clone(),
        Kind::Parallel(_) | Kind::Choose(_) => String::new(),
        Kind::Call { playbook, version, .. } => format!("{playbook} v{version}"),
    }
}

fn gather(
    list: &[Step],
    level: usize,
    place: &'static str,
    state: &playbooks::Run,
    found: &mut Vec<StepView>,
) {
    for step in list {
        found.push(step_view(step, level, place, state));
        match &step.kind {
            Kind::Approve { then, otherwise, .. } => {
                gather(then, level + 1, "then", state, found);
                gather(otherwise, level + 1, "otherwise", state, found);
            }
            Kind::Parallel(inner) | Kind::Choose(inner) | Kind::Call { steps: inner, .. } => {
                gather(inner, level + 1, "inside", state, found);
            }
            // Rounds that nobody came to are not shown, but for the first.
            Kind::Loop(Loop { rounds, .. }) => {
                let begun = rounds.iter().take_while(|round| state.steps.contains_key(&round.id));
                let shown = begun.count().max(1).min(rounds.len());
                gather(&rounds[..shown], level + 1, "inside", state, found);
            }
            _ => {}
        }
        gather(&step.late, level + 1, "late", state, found);
        gather(&step.failed, level + 1, "failed", state, found);
    }
}

fn step_view(step: &Step, level: usize, place: &'static str, run: &playbooks::Run) -> StepView {
    let state = run.steps.get(&step.id);
    let roles = |roles: &std::collections::BTreeSet<Wanted>| {
        roles.iter().map(Wanted::as_word).collect::<Vec<_>>()
    };
    let skipped = state.is_some_and(|state| state.status == Status::Skipped);
    StepView {
        id: step.id.clone(),
        level,
        place,
        kind: kind(step),
        to: step.recipients().iter().map(Wanted::as_word).collect(),
        words: words(step),
        status: state.map_or("not_started", |state| state.status.as_word()),
        opened_at: state.map(|state| Timestamp::new(state.opened_at)),
        settled_at: state.and_then(|state| state.settled_at).map(Timestamp::new),
        late: state.is_some_and(|state| state.late),
        told: state.map_or(0, |state| state.firings),
        answer: state.and_then(|state| state.answer),
        condition: step
            .condition
            .as_ref()
            .filter(|_| skipped)
            .map(|condition| condition.source().to_owned())
            .unwrap_or_default(),
        vacant: state.map(|state| roles(&state.vacant)).unwrap_or_default(),
        stand_ins: state.map(|state| roles(&state.stand_ins)).unwrap_or_default(),
    }
}
