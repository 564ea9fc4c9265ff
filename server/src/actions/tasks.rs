//! Steps for persons inside a case.

use std::sync::Arc;

use playbooks::{Event, Role as Wanted};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::announce::{Cause, tell};
use super::chat::alarm::Asks;
use super::chat::settled;
use super::incidents::{find_seen, hold_for, touch, written};
use super::letters::Matter;
use super::members::account_named;
use super::queue::{self, Item};
use super::record::{Happened, audited, happened};
use super::{Ctx, Office, procedure, questions, recipients};
use crate::clock::Timestamp;
use crate::domain::ids::{Id, TaskId};
use crate::domain::person::Actor;
use crate::domain::refusal::{FieldError, Refusal};
use crate::domain::sight::{Depth, Verb};
use crate::domain::text;
use crate::domain::words::{EvidenceWish, Role, State, TaskState};
use crate::error::{Error, Result};
use crate::records::{Incident, Task, Timer};
use crate::store::{Conn, engine, evidence, incidents, sight};

/// A new task.
#[derive(Debug, Clone, Default, Deserialize, utoipa::ToSchema)]
pub struct NewTask {
    /// Mail address or identifier of whose work it is.
    #[serde(default)]
    pub assignee: String,
    /// Or a role's word.
    #[serde(default)]
    pub role: String,
    /// Word of the phase; empty is where the case is.
    #[serde(default)]
    pub phase: String,
    /// What to do.
    #[serde(default)]
    pub text: String,
    /// Until when; empty is open.
    #[serde(default)]
    pub due: String,
    /// `required` or `none`.
    #[serde(default)]
    pub evidence: String,
    /// A word of secrecy stands alone in the text, and it is no secret.
    #[serde(default)]
    pub secret_confirmed: bool,
}

/// Roles that a task can be for, and how a playbook names them.
const HOLDERS: [(Role, Wanted); 7] = [
    (Role::ItOfficer, Wanted::ItOfficer),
    (Role::UnitHead, Wanted::UnitHead),
    (Role::DutyOfficer, Wanted::DutyOfficer),
    (Role::Coordinator, Wanted::Coordinator),
    (Role::Responder, Wanted::Responders),
    (Role::Leader, Wanted::Leader),
    (Role::PoliceLiaison, Wanted::Police),
];

/// The roles that a task can be for.
pub fn roles() -> impl Iterator<Item = Role> {
    HOLDERS.iter().map(|(role, _)| *role)
}

/// Gives a task and tells whose work it is.
///
/// # Errors
/// Bad fields; [`Refusal::WrongState`] when the case is over.
pub async fn add(office: &Office, ctx: &Ctx, name: &str, wanted: NewTask) -> Result<Task> {
    let (office_, ctx, name) = (office.clone(), ctx.clone(), name.to_owned());
    office
        .write(move |tx| {
            let mut incident = hold_for(tx, &ctx, &name, Verb::AddTask)?;
            if incident.state.is_over() {
                let (from, to) = (incident.state, State::Verifying);
                return Err(Refusal::WrongState { from, to }.into());
            }
            let mut task = checked(&ctx, &incident, &wanted)?;
            let people = match (wanted.assignee.trim(), task.role) {
                ("", Some(role)) => {
                    let found = HOLDERS.iter().find(|(known, _)| *known == role);
                    let Some((_, holders)) = found else {
                        return Err(FieldError::new("role", "field-unknown").into());
                    };
                    let people =
                        procedure::people(tx, &incident, std::slice::from_ref(holders), ctx.now)?;
                    task.organisation_id = people.first().and_then(|person| person.organisation);
                    people
                }
                ("", None) => return Err(FieldError::new("assignee", "field-assignee").into()),
                (named, _) => {
                    let account = account_named(tx, &incident, "assignee", named)?;
                    task.assignee_id = Some(account.id);
                    task.role = None;
                    recipients::of_one(tx, account.id, "assignee")?.into_iter().collect()
                }
            };
            incidents::insert_task(tx, &task)?;
            set_timer(tx, &ctx, &task)?;
            touch(tx, &ctx, &mut incident)?;
            let who = match (task.assignee_id, task.role) {
                (Some(_), _) => people.first().map(|person| person.name.clone()),
                (None, role) => role.map(|role| role.to_string()),
            };
            let named = if task.assignee_id.is_some() { "assignee" } else { "role" };
            let entry = Happened::new("task_added")
                .with(named, who.unwrap_or_default())
                .with("task", task.id)
                .text(&task.text);
            happened(tx, &ctx, &incident, entry)?;
            audited(tx, &ctx, "task.add", "incident", &incident.code, json!({"task": task.id}))?;
            let mut matter = Matter::about(&incident, "task");
            matter.asks = Asks::Task(task.id);
            matter.due = task.due_at;
            matter.text = Some(task.text.clone());
            let cause = Cause::new(format!("task:{}:given", task.id));
            tell(tx, &office_, &ctx, &incident, &people, &matter, &cause)?;
            Ok(task)
        })
        .await
}

fn checked(ctx: &Ctx, incident: &Incident, wanted: &NewTask) -> Result<Task> {
    let mut bad = Vec::new();
    let phase = match wanted.phase.trim() {
        "" if incident.state == State::Received => Some(State::Verifying),
        "" => Some(incident.state),
        word => {
            word.parse().ok().filter(|phase: &State| !phase.is_over() && *phase != State::Received)
        }
    };
    if phase.is_none() {
        bad.push(FieldError::new("phase", "field-unknown"));
    }
    let evidence = match wanted.evidence.trim() {
        "" => Some(EvidenceWish::None),
        word => word.parse().ok(),
    };
    if evidence.is_none() {
        bad.push(FieldError::new("evidence", "field-unknown"));
    }
    let role = match wanted.role.trim() {
        "" => None,
        word => {
            let role = word.parse().ok().filter(|role| roles().any(|known| known == *role));
            if role.is_none() {
                bad.push(FieldError::new("role", "field-unknown"));
            }
            role
        }
    };
    let due = match wanted.due.trim() {
        "" => None,
        time => {
            let at = Timestamp::parse(time);
            match at {
                None => bad.push(FieldError::new("due", "field-time")),
                Some(at) if at <= ctx.now => bad.push(FieldError::new("due", "field-past")),
                Some(_) => {}
            }
            at
        }
    };
    let words = match written("text", &wanted.text, wanted.secret_confirmed) {
        Ok(words) => words,
        Err(Error::Refused(Refusal::Fields(more))) => {
            bad.extend(more);
            String::new()
        }
        Err(why) => return Err(why),
    };
    match (phase, evidence) {
        (Some(phase), Some(evidence)) if bad.is_empty() => Ok(Task {
            id: Id::new(ctx.now),
            incident_id: incident.id,
            phase,
            text: words,
            assignee_id: None,
            role,
            organisation_id: None,
            due_at: due,
            evidence,
            state: TaskState::Open,
            note: String::new(),
            done_at: None,
            done_by: None,
            step: None,
            created_by: ctx.actor.account(),
            created_at: ctx.now,
            version: 1,
            question: false,
        }),
        _ => Err(Refusal::Fields(bad).into()),
    }
}

/// The tasks of a case, oldest first: the number of one is its place here, and stays.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn of(office: &Office, ctx: &Ctx, name: &str) -> Result<Vec<Task>> {
    let (ctx, name) = (ctx.clone(), name.to_owned());
    office
        .db
        .read(move |c| match find_seen(c, &ctx, &name)? {
            (_, Depth::Reporter) => Err(Error::NotFound("incident")),
            (incident, _) => incidents::tasks_of(c, incident.id),
        })
        .await
}

/// An open task of whoever asks.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct MyTask {
    /// Names it.
    #[schema(value_type = String)]
    pub id: TaskId,
    /// Its place among the tasks of its case.
    pub number: usize,
    /// What to do.
    pub text: String,
    /// The role whose work it is, when it is not given to one person.
    pub role: Option<Role>,
    /// Until when.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub due_at: Option<Timestamp>,
    /// Whether it asks for a file.
    pub evidence: EvidenceWish,
    /// A question of a playbook.
    pub question: bool,
    /// The case.
    pub incident: Item,
}

/// So many of the own tasks are looked at.
const MINE: i64 = 50;

/// The open tasks of whoever asks, their own first, then those of their roles; only of cases that
/// they see and that are not over.
///
/// # Errors
/// Sign-in first.
pub async fn mine(office: &Office, ctx: &Ctx) -> Result<Vec<MyTask>> {
    let person = Arc::clone(ctx.actor.person()?);
    let ctx = ctx.clone();
    office
        .db
        .read(move |c| {
            let mut open = incidents::open_tasks_of(c, person.id)?;
            let roles: Vec<Role> = person.roles.iter().copied().collect();
            open.extend(incidents::open_tasks_for(c, &roles, person.organisation, MINE)?);
            let mut found = Vec::new();
            for task in open {
                let incident = incidents::find(c, task.incident_id)?;
                let seen = match sight::depth(c, &ctx.sight(), &incident) {
                    Ok(depth) => depth > Depth::Reporter,
                    Err(Error::NotFound(_)) => false,
                    Err(why) => return Err(why),
                };
                if !seen || incident.state.is_over() {
                    continue;
                }
                let all = incidents::tasks_of(c, incident.id)?;
                let Some(at) = all.iter().position(|one| one.id == task.id) else { continue };
                let lines = queue::items(c, std::slice::from_ref(&incident), ctx.now)?;
                found.extend(lines.into_iter().map(|line| MyTask {
                    id: task.id,
                    number: at + 1,
                    text: task.text.clone(),
                    role: task.role,
                    due_at: task.due_at,
                    evidence: task.evidence,
                    question: task.question,
                    incident: line,
                }));
            }
            Ok(found)
        })
        .await
}

/// What became of a task.
#[derive(Debug, Clone, Default, Deserialize, utoipa::ToSchema)]
pub struct Settle {
    /// `done` or `skipped`; `yes` or `no` for a question of a playbook.
    #[serde(default)]
    pub state: String,
    /// What was done, or why it was not.
    #[serde(default)]
    pub note: String,
    /// The version that the edit began from.
    pub version: Option<i32>,
}

/// Whether this person may settle the task: whose work it is, and the desk.
pub fn may_settle(actor: &Actor, task: &Task) -> bool {
    let Actor::Person(person) = actor else { return matches!(actor, Actor::Service(_)) };
    let holds = task.assignee_id.is_none()
        && task.role.is_some_and(|role| person.is(role))
        && task.organisation_id.is_none_or(|place| place == person.organisation);
    task.assignee_id == Some(person.id) || holds || person.is_any(&DESK)
}

/// Who settles anybody's task, and skips what asks for evidence.
const DESK: [Role; 2] = [Role::Coordinator, Role::DutyOfficer];

/// Does or skips a task. One that asks for evidence is done only when a file was given for it or
/// by whoever does it; it is skipped by the desk alone.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Stale`], [`Refusal::NotAllowed`], [`Refusal::NotReady`], bad
/// fields.
pub async fn settle(
    office: &Office,
    ctx: &Ctx,
    name: &str,
    id: TaskId,
    wanted: Settle,
) -> Result<Task> {
    let (office_, ctx, name) = (office.clone(), ctx.clone(), name.to_owned());
    office
        .write(move |tx| {
            // Who may see it is asked first, what it is then: leaders decide, but do no tasks.
            let mut incident = hold_for(tx, &ctx, &name, Verb::Decide)?;
            let mut task = incidents::task(tx, id)?;
            if task.incident_id != incident.id {
                return Err(Error::NotFound("task"));
            }
            if task.question {
                questions::answer(tx, &office_, &ctx, &mut incident, &mut task, &wanted)?;
                return Ok(task);
            }
            Verb::DoTask.by(&ctx.actor)?;
            if !may_settle(&ctx.actor, &task) {
                return Err(Refusal::NotAllowed.into());
            }
            match wanted.version {
                Some(version) if version != task.version => {
                    return Err(Error::Stale { now: task.version });
                }
                _ if task.state != TaskState::Open => {
                    return Err(Error::Stale { now: task.version });
                }
                _ => {}
            }
            let to = match wanted.state.trim().parse() {
                Ok(to @ (TaskState::Done | TaskState::Skipped)) => to,
                _ => return Err(FieldError::new("state", "field-unknown").into()),
            };
            let note = text::block("note", &wanted.note, 2_000)?;
            let required = task.evidence == EvidenceWish::Required;
            if to == TaskState::Skipped {
                if note.is_empty() {
                    return Err(FieldError::new("note", "field-empty").into());
                }
                let desk = !matches!(&ctx.actor, Actor::Person(person) if !person.is_any(&DESK));
                if required && !desk {
                    return Err(Refusal::NotAllowed.into());
                }
            } else if required && !has_evidence(tx, &ctx, &incident, &task)? {
                return Err(Refusal::NotReady { key: "not-ready-evidence" }.into());
            }
            task.state = to;
            task.note = note.clone();
            task.done_at = Some(ctx.now);
            task.done_by = ctx.actor.account();
            task.version += 1;
            incidents::save_task(tx, &task)?;
            engine::cancel_timers(tx, TASK, task.id.cast())?;
            touch(tx, &ctx, &mut incident)?;
            let kind = if to == TaskState::Done { "task_done" } else { "task_skipped" };
            let entry = Happened::new(kind)
                .with("task_text", text::shortened(&task.text, 120))
                .with("task", task.id)
                .text(note);
            happened(tx, &ctx, &incident, entry)?;
            let detail = json!({"task": task.id, "to": to});
            audited(tx, &ctx, "task.settle", "incident", &incident.code, detail)?;
            settled::task(tx, &ctx, &incident, task.id)?;
            if let Some((run, step)) = questions::place(task.step.as_deref()) {
                let step = step.to_owned();
                let settled = match to {
                    TaskState::Done => Event::TaskDone { step },
                    _ => Event::TaskSkipped { step },
                };
                procedure::event_of(tx, &office_, &ctx, &incident, run, &settled)?;
            }
            Ok(task)
        })
        .await
}

/// Kind of the timers of tasks.
pub const TASK: &str = "task";

/// Sets the timer of a new task, if it is due at all.
///
/// # Errors
/// The database's.
pub fn set_timer(tx: &mut Conn, ctx: &Ctx, task: &Task) -> Result<()> {
    let Some(due_at) = task.due_at else { return Ok(()) };
    let timer = Timer {
        id: Id::new(ctx.now),
        due_at,
        kind: TASK.to_owned(),
        incident_id: Some(task.incident_id),
        subject_id: task.id.cast(),
        key: "due".to_owned(),
    };
    engine::set_timer(tx, &timer)
}

/// A task fell due and is open: the incident rises in the queue now, and not at the next write.
/// Who is told of a late step, its playbook says. Of a case that is over nothing is due; when it is
/// reopened, what passed meanwhile counts at once.
///
/// # Errors
/// The database's.
pub fn fired(tx: &mut Conn, ctx: &Ctx, timer: &Timer) -> Result<()> {
    let Some(id) = timer.incident_id else { return Ok(()) };
    let mut incident = incidents::hold(tx, id)?;
    let task = incidents::task(tx, timer.subject_id.cast())?;
    if task.state != TaskState::Open || incident.state.is_over() {
        return Ok(());
    }
    let entry = Happened::new("task_overdue")
        .with("task_text", text::shortened(&task.text, 120))
        .with("task", task.id);
    happened(tx, ctx, &incident, entry)?;
    audited(tx, ctx, "task.overdue", "incident", &incident.code, json!({"task": task.id}))?;
    touch(tx, ctx, &mut incident)
}

fn has_evidence(tx: &mut Conn, ctx: &Ctx, incident: &Incident, task: &Task) -> Result<bool> {
    let own = ctx.actor.account();
    Ok(evidence::of_incident(tx, incident.id)?
        .iter()
        .any(|file| file.task_id == Some(task.id) || (own.is_some() && file.actor_id == own)))
}
