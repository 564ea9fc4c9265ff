//! What a playbook asks of people and of other organisations: questions that one person decides,
//! requests that go out as dispatches, and what conditions may know of the incident.

use playbooks::{DispatchKind, Event, Facts, Role as Wanted, Span};
use serde_json::json;

use super::announce::{Cause, Told, tell};
use super::chat::alarm::Asks;
use super::chat::settled;
use super::dispatches::{NewDispatch, send_for};
use super::incidents::touch;
use super::letters::Matter;
use super::recipients::resolve;
use super::record::{Happened, audited, happened};
use super::tasks::{self, Settle};
use super::{Ctx, Office, drills, procedure};
use crate::clock::Timestamp;
use crate::domain::ids::{Id, RunId};
use crate::domain::person::Actor;
use crate::domain::refusal::{FieldError, Refusal};
use crate::domain::text;
use crate::domain::words::{
    DispatchState, EvidenceWish, Function, IndicatorKind, Role, State, TaskState,
};
use crate::error::{Error, Result};
use crate::records::{Dispatch, Incident, Organisation, Run, Task};
use crate::store::{Conn, engine, incidents, organisations};

/// A question to whoever holds a role.
pub struct Question<'q> {
    /// Id of the step.
    pub step: &'q str,
    /// Who decides.
    pub by: &'q Wanted,
    /// The question.
    pub words: &'q str,
    /// Until when.
    pub due_in: Option<Span>,
}

/// The role of this service that a role of a playbook is.
pub fn held_by(role: &Wanted) -> Option<Role> {
    match role {
        Wanted::Responders => Some(Role::Responder),
        Wanted::Police => Some(Role::PoliceLiaison),
        other => other.as_word().parse().ok(),
    }
}

/// Puts the question on the case and tells whoever decides; besides who is told, answers whether
/// any of them can sign in and answer.
///
/// # Errors
/// The database's.
pub fn ask(
    tx: &mut Conn,
    office: &Office,
    ctx: &Ctx,
    incident: &Incident,
    run: &Run,
    asked: &Question<'_>,
) -> Result<(Vec<Told>, bool)> {
    let people = resolve(tx, incident, asked.by, ctx.now)?;
    let answerable = people.iter().any(|person| person.account.is_some());
    let step = format!("{}/{}", run.id, asked.step);
    let task = Task {
        id: Id::new(ctx.now),
        incident_id: incident.id,
        phase: if incident.state == State::Received { State::Verifying } else { incident.state },
        text: asked.words.to_owned(),
        assignee_id: None,
        role: held_by(asked.by),
        organisation_id: people.first().and_then(|person| person.organisation),
        due_at: asked.due_in.map(|span| ctx.now + span.as_delta()),
        evidence: EvidenceWish::None,
        state: TaskState::Open,
        note: String::new(),
        done_at: None,
        done_by: None,
        step: Some(step.clone()),
        created_by: None,
        created_at: ctx.now,
        version: 1,
        question: true,
    };
    incidents::insert_task(tx, &task)?;
    tasks::set_timer(tx, ctx, &task)?;
    let entry = Happened::new("question_asked")
        .with("role", asked.by.as_word())
        .with("task", task.id)
        .text(asked.words);
    happened(tx, ctx, incident, entry)?;
    let mut matter = Matter::about(incident, "question");
    matter.asks = Asks::Question(task.id);
    matter.due = task.due_at;
    matter.text = Some(asked.words.to_owned());
    let key = format!("run:{}:{}:question", run.id, asked.step);
    let cause = Cause { key, step: Some(step), dispatch: None };
    Ok((tell(tx, office, ctx, incident, &people, &matter, &cause)?, answerable))
}

/// The run and the step that a row belongs to.
pub fn place(step: Option<&str>) -> Option<(RunId, &str)> {
    let (run, step) = step?.split_once('/')?;
    Some((run.parse().ok()?, step))
}

/// Whether whoever acts may answer: who holds the role that the run waits for now, or stands in for
/// it when nobody does. The desk decides nothing in the name of others.
///
/// # Errors
/// The database's.
pub fn may_answer(c: &mut Conn, ctx: &Ctx, incident: &Incident, task: &Task) -> Result<bool> {
    let Actor::Person(person) = &ctx.actor else {
        return Ok(matches!(ctx.actor, Actor::Service(_)));
    };
    let Some((run, step)) = place(task.step.as_deref()) else { return Ok(false) };
    for role in procedure::awaited(c, run, step)? {
        let holders = resolve(c, incident, &role, ctx.now)?;
        if holders.iter().any(|holder| holder.account == Some(person.id)) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Answers a question: `yes`, or `no` with the reason. The incident is held and seen.
///
/// # Errors
/// [`Refusal::NotAllowed`], [`Error::Stale`] for a question that was answered, bad fields.
pub fn answer(
    tx: &mut Conn,
    office: &Office,
    ctx: &Ctx,
    incident: &mut Incident,
    task: &mut Task,
    wanted: &Settle,
) -> Result<()> {
    let stale = wanted.version.is_some_and(|version| version != task.version);
    if stale || task.state != TaskState::Open {
        return Err(Error::Stale { now: task.version });
    }
    if !may_answer(tx, ctx, incident, task)? {
        return Err(Refusal::NotAllowed.into());
    }
    let yes = match wanted.state.trim() {
        "yes" => true,
        "no" => false,
        _ => return Err(FieldError::new("state", "field-unknown").into()),
    };
    let note = text::block("note", &wanted.note, 2_000)?;
    if !yes && note.is_empty() {
        return Err(FieldError::new("note", "field-empty").into());
    }
    task.state = if yes { TaskState::Done } else { TaskState::Skipped };
    task.note.clone_from(&note);
    task.done_at = Some(ctx.now);
    task.done_by = ctx.actor.account();
    task.version += 1;
    incidents::save_task(tx, task)?;
    engine::cancel_timers(tx, tasks::TASK, task.id.cast())?;
    touch(tx, ctx, incident)?;
    let kind = if yes { "question_yes" } else { "question_no" };
    let entry = Happened::new(kind)
        .with("task_text", text::shortened(&task.text, 120))
        .with("task", task.id)
        .text(note);
    happened(tx, ctx, incident, entry)?;
    let detail = json!({"task": task.id, "answer": if yes { "yes" } else { "no" }});
    audited(tx, ctx, "question.answer", "incident", &incident.code, detail)?;
    settled::question(tx, ctx, incident.id, task.id, if yes { "yes" } else { "no" })?;
    if let Some((run, step)) = place(task.step.as_deref()) {
        let answered = Event::Answered { step: step.to_owned(), yes };
        procedure::event_of(tx, office, ctx, incident, run, &answered)?;
    }
    Ok(())
}

/// What was answered. A question that was taken back is skipped as one that was refused is, but
/// without the reason that a refusal needs.
pub fn answer_of(task: &Task) -> Option<&'static str> {
    match task.state {
        TaskState::Done if task.question => Some("yes"),
        TaskState::Skipped if task.question && !task.note.is_empty() => Some("no"),
        _ => None,
    }
}

/// Takes back a question that needs no answer any more.
///
/// # Errors
/// The database's.
pub fn withdraw(
    tx: &mut Conn,
    ctx: &Ctx,
    incident: &Incident,
    run: &Run,
    step: &str,
) -> Result<()> {
    let step = format!("{}/{step}", run.id);
    for mut task in incidents::tasks_of(tx, incident.id)? {
        let this = task.question && task.step.as_deref() == Some(step.as_str());
        if !this || task.state != TaskState::Open {
            continue;
        }
        task.state = TaskState::Skipped;
        task.done_at = Some(ctx.now);
        task.version += 1;
        incidents::save_task(tx, &task)?;
        engine::cancel_timers(tx, tasks::TASK, task.id.cast())?;
        settled::question(tx, ctx, incident.id, task.id, "taken_back")?;
        let entry = Happened::new("question_withdrawn")
            .with("task_text", text::shortened(&task.text, 120))
            .with("task", task.id);
        happened(tx, ctx, incident, entry)?;
    }
    Ok(())
}

/// A request of a playbook to another organisation.
pub struct Request<'r> {
    /// Id of the step.
    pub step: &'r str,
    /// To whom.
    pub to: &'r Wanted,
    /// What is asked.
    pub kind: DispatchKind,
    /// The legal ground.
    pub ground: String,
    /// The words.
    pub text: String,
    /// How long to accept.
    pub accept_in: Option<Span>,
    /// How long to the result.
    pub due_in: Option<Span>,
    /// Whether the incident's evidence goes along.
    pub attach_evidence: bool,
}

/// Sends a request as a dispatch, with the office's authority: the playbook was approved, and whoever
/// caused this step may be a reporter. What cannot be sent is on record, and goes to the next level.
///
/// # Errors
/// The database's.
pub fn send(
    tx: &mut Conn,
    office: &Office,
    ctx: &Ctx,
    incident: &Incident,
    run: &Run,
    wanted: Request<'_>,
    told: &mut Vec<Told>,
) -> Result<Option<Event>> {
    let step = wanted.step.to_owned();
    let Some(organisation) = partner(tx, incident, wanted.to, ctx.now)? else {
        return Ok(Some(Event::NobodyHolds { step, role: wanted.to.clone() }));
    };
    let Some((organisation, played)) = drills::stand_in(tx, incident, organisation, ctx.now)?
    else {
        return Ok(Some(Event::NobodyHolds { step, role: wanted.to.clone() }));
    };
    let content = match played {
        Some(name) => {
            let t = crate::texts::Texts(crate::domain::words::Language::Vi);
            format!("{}\n{}", t.t1("drill-played", "name", &name), wanted.text)
        }
        None => wanted.text,
    };
    let due = |span: Option<Span>| {
        span.map_or_else(String::new, |span| (ctx.now + span.as_delta()).rfc3339())
    };
    let dispatch = NewDispatch {
        to: organisation.key,
        kind: wanted.kind.as_word().to_owned(),
        ground: wanted.ground,
        content,
        accept_by: due(wanted.accept_in),
        result_by: due(wanted.due_in),
        attach_evidence: wanted.attach_evidence,
        ..NewDispatch::default()
    };
    let ctx = procedure::by_itself(ctx);
    let mut held = incident.clone();
    let of_step = Some(format!("{}/{}", run.id, wanted.step));
    match send_for(tx, office, &ctx, &mut held, &dispatch, of_step) {
        Ok(sent) => {
            told.extend(sent.told);
            Ok(None)
        }
        Err(Error::Refused(refusal)) => {
            let entry = Happened::new("dispatch_not_sent")
                .to(crate::domain::words::Audience::Coordination)
                .with("organisation", organisation.short_name)
                .with("refusal", refusal.code());
            happened(tx, &ctx, incident, entry)?;
            Ok(Some(Event::DispatchRefused { step }))
        }
        Err(why) => Err(why),
    }
}

/// The organisation behind a role; the first by its key where there are several.
fn partner(
    tx: &mut Conn,
    incident: &Incident,
    role: &Wanted,
    now: Timestamp,
) -> Result<Option<Organisation>> {
    let first = |all: Vec<Organisation>| all.into_iter().min_by(|a, b| a.key.cmp(&b.key));
    Ok(match role {
        Wanted::Provider => match incident.system_id {
            Some(system) => first(organisations::providers(tx, system)?),
            None => None,
        },
        Wanted::Police => first(organisations::holders(tx, Function::Police, now)?),
        Wanted::National => first(organisations::holders(tx, Function::NationalCoordinator, now)?),
        Wanted::Committee => first(organisations::holders(tx, Function::SteeringCommittee, now)?),
        Wanted::ParentUnit => match organisations::find(tx, incident.organisation_id)?.parent_id {
            Some(parent) => Some(organisations::find(tx, parent)?),
            None => None,
        },
        Wanted::Organisation(key) => match organisations::find_by_key(tx, key, now) {
            Ok(found) => Some(found),
            Err(Error::NotFound(_)) => None,
            Err(why) => return Err(why),
        },
        // The parser lets a dispatch go to organisations only.
        _ => None,
    })
}

/// A dispatch moved: if a playbook sent it and it is over, the run hears how it ended.
///
/// # Errors
/// The database's.
pub fn dispatch_moved(
    tx: &mut Conn,
    office: &Office,
    ctx: &Ctx,
    incident: &Incident,
    dispatch: &Dispatch,
) -> Result<()> {
    let Some((run, step)) = place(dispatch.step.as_deref()) else { return Ok(()) };
    let step = step.to_owned();
    let event = match dispatch.state {
        DispatchState::Done => Event::DispatchDone { step },
        DispatchState::Refused | DispatchState::Cancelled => Event::DispatchRefused { step },
        _ => return Ok(()),
    };
    procedure::event_of(tx, office, ctx, incident, run, &event)
}

/// What conditions may know of the incident; nothing is looked up for a playbook that asks nothing.
///
/// # Errors
/// The database's.
pub fn facts(c: &mut Conn, incident: &Incident, playbook: &playbooks::Playbook) -> Result<Facts> {
    if playbook.asks_for_facts() { all_facts(c, incident) } else { Ok(Facts::default()) }
}

/// What the incident itself says; its indicators and its system are not looked up.
pub fn known(incident: &Incident) -> Facts {
    let mut facts = Facts::default();
    let known = &mut facts.incident;
    known.category = incident.category.as_word().to_owned();
    known.priority = incident.priority.as_word().to_owned();
    known.state = incident.state.as_word().to_owned();
    known.legal_class = incident.legal_class.as_word().to_owned();
    known.services = incident.services.as_word().to_owned();
    known.people = incident.people.as_word().to_owned();
    known.signs_of_crime = incident.signs_of_crime;
    known.beyond_capacity = incident.beyond_capacity;
    known.personal_data = incident.personal_data;
    known.drill = incident.drill;
    facts
}

/// Everything that conditions may know of the incident.
///
/// # Errors
/// The database's.
pub fn all_facts(c: &mut Conn, incident: &Incident) -> Result<Facts> {
    let mut facts = known(incident);
    let known = &mut facts.incident;
    for found in incidents::indicators_of(c, incident.id)? {
        match found.kind {
            IndicatorKind::Ip => known.indicators.ip.push(found.value),
            IndicatorKind::Domain => known.indicators.domain.push(found.value),
            IndicatorKind::Url => known.indicators.url.push(found.value),
            IndicatorKind::Hash => known.indicators.hash.push(found.value),
            IndicatorKind::Email => known.indicators.email.push(found.value),
            IndicatorKind::Cve => known.indicators.cve.push(found.value),
        }
    }
    if let Some(system) = incident.system_id {
        facts.system.level = i64::from(organisations::system(c, system)?.level.unwrap_or_default());
    }
    Ok(facts)
}
