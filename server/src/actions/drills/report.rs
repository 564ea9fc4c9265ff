//! What a drill shows afterwards, and while it runs: who was asked what, by when, and who answered.

use std::collections::{BTreeMap, BTreeSet};

use playbooks::{Kind, Status, Step, Wait};
use serde::Serialize;

use super::{Pace, title};
use crate::actions::incidents::find_seen;
use crate::actions::mailbox::Message;
use crate::actions::queue::Unit;
use crate::actions::{Ctx, Office, shelf};
use crate::clock::Timestamp;
use crate::domain::ids::{AccountId, IncidentId};
use crate::domain::refusal::FieldError;
use crate::domain::sight::{Depth, Verb};
use crate::domain::words::{DrillChannels, State};
use crate::error::{Error, Result};
use crate::records::{Delivery, Dispatch, Drill, Incident, Run, Task};
use crate::store::{Conn, accounts, dispatches, drills, engine, incidents, organisations};
use crate::texts::Texts;

/// One thing that the playbook asked for, and what came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct StepLine {
    /// Id of the step in the playbook.
    pub step: String,
    /// `notice`, `acknowledge`, `task`, `question`, `dispatch` or `condition`.
    pub kind: &'static str,
    /// The playbook's words, if it has any.
    pub text: String,
    /// Words of the roles that were asked.
    pub roles: Vec<String>,
    /// Names of the persons who were told.
    pub people: Vec<String>,
    /// When it was asked.
    #[schema(value_type = String, format = DateTime)]
    pub asked_at: Timestamp,
    /// Until when.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub due_at: Option<Timestamp>,
    /// When the answer came.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub answered_at: Option<Timestamp>,
    /// Who answered.
    pub by: String,
    /// `told`, `done`, `skipped`, `yes`, `no`, `refused`, `failed`, `open` or `cancelled`.
    pub outcome: &'static str,
    /// Seconds by which the answer was late, or, without one, by which it is late at the drill's
    /// end or now; none when it was in time or had none. By the wall's clock, not the playbook's.
    pub late_seconds: Option<i64>,
    /// The same in the playbook's own time.
    pub late_seconds_of_playbook: Option<i64>,
}

/// The answers in numbers; apart from those of real incidents.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Counts {
    /// Asked for an answer.
    pub asked: usize,
    /// Answered in time, or without a time.
    pub in_time: usize,
    /// Answered too late.
    pub late: usize,
    /// Not answered.
    pub unanswered: usize,
    /// Not needed any more before their time came.
    pub cancelled: usize,
    /// Half of those who answered took at most so many seconds of the playbook's time.
    pub median_seconds: Option<i64>,
}

/// One drill in a list.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct DrillLine {
    /// The incident's code.
    pub code: String,
    /// Its title.
    pub title: String,
    /// Name of the playbook.
    pub playbook: String,
    /// Who was hit.
    pub organisation: Unit,
    /// How many times faster than the playbook says.
    pub speed: i32,
    /// Where its messages go.
    pub channels: DrillChannels,
    /// When it began.
    #[schema(value_type = String, format = DateTime)]
    pub started_at: Timestamp,
    /// When it ended.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub ended_at: Option<Timestamp>,
}

/// A page of drills.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct DrillPage {
    /// The last one first.
    pub items: Vec<DrillLine>,
    /// Where the next page begins.
    pub next: Option<String>,
}

/// A drill with its report.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct DrillView {
    /// The drill.
    #[serde(flatten)]
    pub line: DrillLine,
    /// The playbook's title in the reader's language.
    pub playbook_title: String,
    /// Where the case stands.
    pub state: State,
    /// What is played.
    pub scenario: String,
    /// What is to be learnt.
    pub goal: String,
    /// The outside organisations that take part.
    pub partners: Vec<Unit>,
    /// Who started it.
    pub started_by: String,
    /// Who ended it.
    pub ended_by: String,
    /// What its leader said at the end.
    pub ending: String,
    /// Step by step, in the order of time.
    pub steps: Vec<StepLine>,
    /// The answers in numbers.
    pub counts: Counts,
    /// Whether the reader may end it.
    pub may_end: bool,
    /// Whether the reader may read the letters that were kept.
    pub may_read: bool,
}

/// A page of drills, the last one first.
///
/// # Errors
/// [`Refusal::NotAllowed`](crate::domain::refusal::Refusal::NotAllowed); a forged cursor as a bad
/// field.
pub async fn list(office: &Office, ctx: &Ctx, cursor: &str, limit: i64) -> Result<DrillPage> {
    Verb::SeeMessages.by(&ctx.actor)?;
    let before = match cursor.trim() {
        "" => None,
        text => Some(place(text).ok_or_else(|| FieldError::new("cursor", "field-cursor"))?),
    };
    let limit = limit.clamp(1, 100);
    office
        .db
        .read(move |c| {
            let mut found = drills::list(c, before, limit + 1)?;
            let more = i64::try_from(found.len()).unwrap_or(i64::MAX) > limit;
            found.truncate(usize::try_from(limit).unwrap_or_default());
            let next = found.last().filter(|_| more);
            let next =
                next.map(|last| format!("{}.{}", last.started_at.micros(), last.incident_id));
            let mut items = Vec::new();
            for drill in &found {
                let incident = incidents::find(c, drill.incident_id)?;
                items.push(line(c, drill, &incident)?);
            }
            Ok(DrillPage { items, next })
        })
        .await
}

fn place(text: &str) -> Option<(Timestamp, IncidentId)> {
    let (micros, id) = text.split_once('.')?;
    Some((Timestamp::from_micros(micros.parse().ok()?), id.parse().ok()?))
}

fn line(c: &mut Conn, drill: &Drill, incident: &Incident) -> Result<DrillLine> {
    let organisation = organisations::find(c, incident.organisation_id)?;
    Ok(DrillLine {
        code: incident.code.clone(),
        title: incident.title.clone(),
        playbook: drill.playbook.clone(),
        organisation: Unit::from(&organisation),
        speed: drill.speed,
        channels: drill.channels,
        started_at: drill.started_at,
        // It may have been closed as any case is.
        ended_at: drill.ended_at.or(incident.closed_at.filter(|_| incident.state.is_over())),
    })
}

/// A drill that is seen by the desk.
fn found(c: &mut Conn, ctx: &Ctx, name: &str) -> Result<(Incident, Drill)> {
    let (incident, depth) = find_seen(c, ctx, name)?;
    if depth != Depth::Coordination {
        return Err(Error::NotFound("drill"));
    }
    Verb::SeeMessages.by(&ctx.actor)?;
    let drill = drills::find(c, incident.id)?.ok_or(Error::NotFound("drill"))?;
    Ok((incident, drill))
}

/// A drill with its report.
///
/// # Errors
/// [`Error::NotFound`] for what is no drill or is not seen.
pub async fn view(office: &Office, ctx: &Ctx, name: &str) -> Result<DrillView> {
    let (ctx, name) = (ctx.clone(), name.to_owned());
    office
        .db
        .read(move |c| {
            let (incident, drill) = found(c, &ctx, &name)?;
            let line = line(c, &drill, &incident)?;
            let until = line.ended_at.unwrap_or(ctx.now);
            let mut names = Names::default();
            let steps = steps(c, &incident, &mut names, until)?;
            let ids: Vec<crate::domain::ids::OrganisationId> =
                serde_json::from_str(&drill.partners).map_err(Error::internal)?;
            let partners = organisations::list_of(c, &ids)?.iter().map(Unit::from).collect();
            let may = Verb::Drill.by(&ctx.actor).is_ok();
            let playbook_title = match engine::first_run(c, incident.id)? {
                Some(run) => title(Texts(ctx.language), &*shelf::of_run(c, &run)?),
                None => drill.playbook.clone(),
            };
            Ok(DrillView {
                playbook_title,
                state: incident.state,
                scenario: incident.description.clone(),
                goal: drill.goal.clone(),
                partners,
                started_by: names.of(c, drill.started_by)?,
                ended_by: names.of(c, drill.ended_by.or(incident.closed_by))?,
                ending: drill.ending.clone(),
                counts: counts(&steps, drill.speed),
                steps,
                may_end: may && line.ended_at.is_none(),
                may_read: may,
                line,
            })
        })
        .await
}

/// Whether this incident is a drill that its desk can look at, for the incident's page.
///
/// # Errors
/// The database's.
pub async fn running(office: &Office, ctx: &Ctx, name: &str) -> Result<bool> {
    let (ctx, name) = (ctx.clone(), name.to_owned());
    let seen = office.db.read(move |c| found(c, &ctx, &name).map(|_| ())).await;
    match seen {
        Ok(()) => Ok(true),
        Err(Error::NotFound(_) | Error::Refused(_)) => Ok(false),
        Err(why) => Err(why),
    }
}

/// The letters of a drill that stayed here, newest first, at most 200: for who leads the drill, who
/// plays those that take no part.
///
/// # Errors
/// As [`view`]; [`Refusal::NotAllowed`](crate::domain::refusal::Refusal::NotAllowed).
pub async fn letters(office: &Office, ctx: &Ctx, name: &str) -> Result<Vec<Message>> {
    let (ctx, name) = (ctx.clone(), name.to_owned());
    office
        .db
        .read(move |c| {
            let (incident, _) = found(c, &ctx, &name)?;
            Verb::Drill.by(&ctx.actor)?;
            drills::letters(c, incident.id, 200)?.into_iter().map(Message::of).collect()
        })
        .await
}

/// Names of accounts, each looked up once.
#[derive(Default)]
struct Names(BTreeMap<AccountId, String>);

impl Names {
    fn of(&mut self, c: &mut Conn, id: Option<AccountId>) -> Result<String> {
        let Some(id) = id else { return Ok(String::new()) };
        if let Some(known) = self.0.get(&id) {
            return Ok(known.clone());
        }
        let name = accounts::find(c, id)?.name;
        self.0.insert(id, name.clone());
        Ok(name)
    }
}

/// What there is of a case, for the lines.
struct Case<'c> {
    incident: &'c Incident,
    tasks: Vec<Task>,
    dispatches: Vec<Dispatch>,
    letters: Vec<Delivery>,
    pace: Pace,
    until: Timestamp,
}

fn steps(
    c: &mut Conn,
    incident: &Incident,
    names: &mut Names,
    until: Timestamp,
) -> Result<Vec<StepLine>> {
    let case = Case {
        incident,
        tasks: incidents::tasks_of(c, incident.id)?,
        dispatches: dispatches::of_incident(c, incident.id)?,
        letters: engine::deliveries(c, incident.id, 5_000)?,
        pace: Pace::of(c, incident)?,
        until,
    };
    let mut lines = Vec::new();
    for run in engine::runs_of(c, incident.id)? {
        let book = shelf::of_run(c, &run)?;
        let state: playbooks::Run = serde_json::from_str(&run.state).map_err(Error::internal)?;
        for step in book.all_steps() {
            if let Some(kept) = state.steps.get(&step.id)
                && kept.status != Status::Skipped
            {
                lines.extend(one(c, &case, names, &run, step, kept)?);
            }
        }
    }
    lines.sort_by_key(|line| line.asked_at);
    Ok(lines)
}

fn one(
    c: &mut Conn,
    case: &Case<'_>,
    names: &mut Names,
    run: &Run,
    step: &Step,
    kept: &playbooks::StepState,
) -> Result<Option<StepLine>> {
    let mark = format!("{}/{}", run.id, step.id);
    let task = case.tasks.iter().find(|task| task.step.as_deref() == Some(mark.as_str()));
    let sent = case.dispatches.iter().find(|one| one.step.as_deref() == Some(mark.as_str()));
    let settled = kept.settled_at.map(Timestamp::new);
    let outcome = kept.status.as_word();
    let (kind, text, mut outcome) = match &step.kind {
        Kind::Notify { ask: None, text, .. } => {
            ("notice", text.clone(), if outcome == "cancelled" { outcome } else { "told" })
        }
        Kind::Notify { text, .. } => ("acknowledge", text.clone(), outcome),
        Kind::Task { text, .. } => ("task", Some(text.clone()), outcome),
        Kind::Dispatch { text, .. } => ("dispatch", Some(text.clone()), outcome),
        Kind::Approve { question, .. } => {
            let said = match kept.answer {
                Some(true) => "yes",
                Some(false) => "no",
                None => outcome,
            };
            ("question", Some(question.clone()), said)
        }
        Kind::Wait(Wait::Until { .. }) => ("condition", None, outcome),
        // What holds others together, or happens by itself, was asked of nobody.
        _ => return Ok(None),
    };
    let answered = !matches!(outcome, "open" | "told" | "cancelled" | "failed");
    let by = match kind {
        "acknowledge" if answered => names.of(c, case.incident.acknowledged_by)?,
        "task" | "question" if answered => names.of(c, task.and_then(|task| task.done_by))?,
        "dispatch" if answered => match sent {
            Some(sent) => organisations::find(c, sent.organisation_id)?.short_name,
            None => String::new(),
        },
        _ => String::new(),
    };
    if kind == "task" && outcome == "done" {
        let left = task.is_some_and(|task| task.state == crate::domain::words::TaskState::Skipped);
        outcome = if left { "skipped" } else { "done" };
    }
    let began = Timestamp::new(kept.opened_at);
    let due_at = match (kind, step.within) {
        ("notice", _) | (_, None) => None,
        (_, Some(within)) => Some(began + case.pace.span(within).as_delta()),
    };
    let answered_at = settled.filter(|_| answered);
    let late = match (due_at, answered_at) {
        (Some(due), Some(at)) => Some(at - due),
        (Some(due), None) if outcome == "open" => Some(case.until - due),
        // What the drill's end cancelled was owed until then.
        (Some(due), None) => settled.map(|at| at - due),
        (None, _) => None,
    };
    let late = late.filter(|late| *late > chrono::Duration::zero());
    let people: BTreeSet<String> = case
        .letters
        .iter()
        .filter(|letter| letter.step.as_deref() == Some(mark.as_str()))
        .map(|letter| letter.recipient_name.clone())
        .filter(|name| !name.is_empty())
        .collect();
    Ok(Some(StepLine {
        step: step.id.clone(),
        kind,
        text: text.unwrap_or_default(),
        roles: step.recipients().iter().map(playbooks::Role::as_word).collect(),
        people: people.into_iter().collect(),
        asked_at: began,
        due_at,
        answered_at,
        by,
        outcome,
        late_seconds: late.map(|late| late.num_seconds()),
        late_seconds_of_playbook: late.map(|late| case.pace.back(late).num_seconds()),
    }))
}

/// The answers in numbers. A condition is nobody's answer.
fn counts(steps: &[StepLine], speed: i32) -> Counts {
    let mut counts = Counts::default();
    let mut took: Vec<i64> = Vec::new();
    for line in steps {
        if matches!(line.kind, "notice" | "condition") {
            continue;
        }
        counts.asked += 1;
        match (line.answered_at, line.late_seconds, line.outcome) {
            (Some(_), None, _) => counts.in_time += 1,
            (Some(_), Some(_), _) => counts.late += 1,
            (None, None, "cancelled") => counts.cancelled += 1,
            (None, ..) => counts.unanswered += 1,
        }
        if let Some(at) = line.answered_at {
            took.push((at - line.asked_at).num_seconds() * i64::from(speed));
        }
    }
    took.sort_unstable();
    counts.median_seconds = took.get(took.len().saturating_sub(1) / 2).copied();
    counts
}
