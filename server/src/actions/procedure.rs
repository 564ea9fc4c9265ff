//! Playbooks at work: the pure engine says what should happen, this room does it in the same
//! transaction.

use playbooks::{Ask, Effect, Event, Why};
use serde_json::{Value, json};

use super::announce::{Cause, Told, tell};
use super::chat::alarm::Asks;
use super::chat::settled;
use super::incidents::touch;
use super::letters::Matter;
use super::recipients::{self, Recipient, resolve};
use super::record::{Happened, audited, happened};
use super::shelf::{self, Pinned};
use super::{Ctx, Office, calendars, drills, questions, tasks, webhooks};
use crate::clock::Timestamp;
use crate::domain::ids::{Id, IncidentId, RunId};
use crate::domain::person::Actor;
use crate::domain::refusal::Refusal;
use crate::domain::words::{EvidenceWish, State, TaskState};
use crate::error::{Error, Result};
use crate::records::{Incident, Run, Task, Timer};
use crate::store::{Conn, chat_cards, engine, incidents};

/// Kind of the timers of runs.
pub const RUN: &str = "run";

/// The playbook for this incident, among those in force.
///
/// # Errors
/// The database's; an internal error when none is meant for it.
pub fn chosen(tx: &mut Conn, office: &Office, incident: &Incident) -> Result<Pinned> {
    let active = shelf::active(tx, office)?;
    // Nothing is looked up for conditions that ask for no more than the category.
    let facts = if active.goes_by_category() {
        questions::known(incident)
    } else {
        questions::all_facts(tx, incident)?
    };
    let none = || Error::internal("no playbook is meant for this incident");
    active.choose(&facts).cloned().ok_or_else(none)
}

/// Starts the playbook that is meant for this incident; answers who is being told.
///
/// # Errors
/// The database's; an internal error when no playbook is there for it.
pub fn begin(tx: &mut Conn, office: &Office, ctx: &Ctx, incident: &Incident) -> Result<Vec<Told>> {
    let pinned = chosen(tx, office, incident)?;
    run(tx, office, ctx, incident, &pinned)
}

/// Starts the playbook of this text. What it calls is pinned with it.
///
/// # Errors
/// The database's; an internal error when the text does not parse.
#[cfg(any(test, feature = "testing"))]
pub fn follow(
    tx: &mut Conn,
    office: &Office,
    ctx: &Ctx,
    incident: &Incident,
    text: &str,
) -> Result<Vec<Told>> {
    let active = shelf::active(tx, office)?;
    let pinned = shelf::pin(text, &|name| active.text(name)).map_err(|problems| {
        let first = problems.first().map(|problem| problem.message_en.clone());
        Error::internal(format!("a playbook does not parse: {}", first.unwrap_or_default()))
    })?;
    run(tx, office, ctx, incident, &pinned)
}

/// Starts a playbook that was read already; its text is kept with the run.
///
/// # Errors
/// The database's.
pub fn run(
    tx: &mut Conn,
    office: &Office,
    ctx: &Ctx,
    incident: &Incident,
    pinned: &Pinned,
) -> Result<Vec<Told>> {
    let playbook = &*pinned.playbook;
    let facts = questions::facts(tx, incident, playbook)?;
    let calendar = calendars::when(tx, playbook.counts_working_days())?;
    let (state, effects) = playbooks::start(playbook, &moment(ctx, &facts, &calendar));
    shelf::keep(tx, pinned)?;
    let run = Run {
        id: Id::new(ctx.now),
        incident_id: incident.id,
        playbook: playbook.name.clone(),
        playbook_version: i32::try_from(playbook.version).unwrap_or(i32::MAX),
        text_hash: pinned.hash.clone(),
        state: serde_json::to_string(&state).map_err(Error::internal)?,
        started_at: ctx.now,
        ended_at: None,
    };
    let (run, told) = carry_out(tx, office, ctx, incident, run, playbook, state, effects)?;
    engine::insert_run(tx, &run)?;
    Ok(told)
}

/// Tells every run of the incident what happened.
///
/// # Errors
/// The database's.
pub fn event(
    tx: &mut Conn,
    office: &Office,
    ctx: &Ctx,
    incident: &Incident,
    event: &Event,
) -> Result<()> {
    match event {
        Event::Acknowledged => settled::acknowledged(tx, ctx, incident)?,
        Event::Ended => settled::case_over(tx, ctx, incident)?,
        _ => {}
    }
    for run in engine::open_runs_of(tx, incident.id)? {
        advance(tx, office, ctx, incident, run, event)?;
    }
    // Who is told next, and when, may be another.
    chat_cards::mark(tx, incident.id, ctx.now)
}

/// Tells one run of the incident what happened: an answer belongs to the run that asked.
///
/// # Errors
/// The database's.
pub fn event_of(
    tx: &mut Conn,
    office: &Office,
    ctx: &Ctx,
    incident: &Incident,
    run: RunId,
    event: &Event,
) -> Result<()> {
    match engine::run(tx, run)? {
        Some(run) if run.incident_id == incident.id && run.ended_at.is_none() => {
            advance(tx, office, ctx, incident, run, event)?;
            chat_cards::mark(tx, incident.id, ctx.now)
        }
        _ => Ok(()),
    }
}

/// The run of the incident whose next escalation would come first, if one waits for anybody.
///
/// # Errors
/// The database's.
pub fn waits(tx: &mut Conn, incident: &Incident) -> Result<Option<RunId>> {
    let mut first = None;
    for run in engine::open_runs_of(tx, incident.id)? {
        let playbook = shelf::of_run(tx, &run)?;
        let state: playbooks::Run = serde_json::from_str(&run.state).map_err(Error::internal)?;
        if let Some((_, due)) = state.next_escalation(&playbook)
            && first.is_none_or(|(known, _)| due < known)
        {
            first = Some((due, run.id));
        }
    }
    Ok(first.map(|(_, run)| run))
}

/// Somebody calls for the next escalation of a run now.
///
/// # Errors
/// The database's.
pub fn escalate(
    tx: &mut Conn,
    office: &Office,
    ctx: &Ctx,
    incident: &Incident,
    run: RunId,
    reason: &str,
) -> Result<()> {
    let event = Event::Escalated { by: ctx.actor.name(), reason: reason.to_owned() };
    event_of(tx, office, ctx, incident, run, &event)
}

/// Something of the incident changed: a condition that a run waits for may hold now. Runs that ask
/// for nothing of it are left alone.
///
/// # Errors
/// The database's.
pub fn changed(tx: &mut Conn, office: &Office, ctx: &Ctx, incident: &Incident) -> Result<()> {
    for run in engine::open_runs_of(tx, incident.id)? {
        if shelf::of_run(tx, &run)?.asks_for_facts() {
            advance(tx, office, ctx, incident, run, &Event::Changed)?;
            chat_cards::mark(tx, incident.id, ctx.now)?;
        }
    }
    Ok(())
}

/// Whom a step of a run waits for, those told instead of vacant roles included.
///
/// # Errors
/// The database's.
pub fn awaited(c: &mut Conn, run: RunId, step: &str) -> Result<Vec<playbooks::Role>> {
    let Some(run) = engine::run(c, run)? else { return Ok(Vec::new()) };
    let playbook = shelf::of_run(c, &run)?;
    let state: playbooks::Run = serde_json::from_str(&run.state).map_err(Error::internal)?;
    let waiting = state.waiting(&playbook).into_iter().find(|waiting| waiting.step == step);
    Ok(waiting.map(|waiting| waiting.on).unwrap_or_default())
}

/// A timer of a run of this incident, which is held, fell due.
///
/// # Errors
/// The database's.
pub fn fired(
    tx: &mut Conn,
    office: &Office,
    ctx: &Ctx,
    timer: &Timer,
    mut incident: Incident,
) -> Result<()> {
    let Some(run) = engine::run(tx, timer.subject_id.cast())? else { return Ok(()) };
    if run.ended_at.is_some() || run.incident_id != incident.id {
        return Ok(());
    }
    advance(tx, office, ctx, &incident, run, &Event::Fired { timer: timer.key.clone() })?;
    // A step may have given a task: what is due next may be another thing now.
    touch(tx, ctx, &mut incident)
}

/// A case came back (reopened, or a merge undone). Nobody has it: the procedure starts anew, so that
/// the chase for somebody goes on. Somebody had it: no second run. Its steps were answered then; to
/// repeat them would ring the same phones and give the same tasks again. Who is concerned is told
/// that the case is back, and what is to be done anew the desk gives as tasks.
///
/// # Errors
/// As [`begin`].
pub fn back(tx: &mut Conn, office: &Office, ctx: &Ctx, incident: &Incident) -> Result<()> {
    if incident.acknowledged_at.is_none() {
        begin(tx, office, ctx, incident)?;
    }
    Ok(())
}

/// Puts a running case under another version, on purpose; answers what changed. What has started
/// keeps its state, what was handed out stays with whoever has it.
///
/// # Errors
/// [`Refusal::NotReady`] when a step that has started is of another kind in the new version.
pub fn rebase(
    tx: &mut Conn,
    office: &Office,
    ctx: &Ctx,
    incident: &Incident,
    mut run: Run,
    to: &Pinned,
) -> Result<Vec<playbooks::Change>> {
    let old = shelf::of_run(tx, &run)?;
    let state: playbooks::Run = serde_json::from_str(&run.state).map_err(Error::internal)?;
    let facts = questions::facts(tx, incident, &to.playbook)?;
    let calendar = calendars::when(tx, to.playbook.counts_working_days())?;
    let now = moment(ctx, &facts, &calendar);
    let moved = playbooks::rebase(&old, &state, &to.playbook, &now)
        .map_err(|_| Refusal::NotReady { key: "playbook-clash" })?;
    shelf::keep(tx, to)?;
    run.playbook.clone_from(&to.playbook.name);
    run.playbook_version = i32::try_from(to.playbook.version).unwrap_or(i32::MAX);
    run.text_hash.clone_from(&to.hash);
    let playbook = &*to.playbook;
    let (run, _told) =
        carry_out(tx, office, ctx, incident, run, playbook, moved.run, moved.effects)?;
    engine::move_run(tx, &run)?;
    Ok(moved.changes)
}

/// The working calendar changed: the run's waits and the open tasks that it gave are due by the one in
/// force. A request that was sent keeps the times that its reader was told. Answers how many moved.
///
/// # Errors
/// The database's.
pub fn recount(
    tx: &mut Conn,
    office: &Office,
    ctx: &Ctx,
    incident: &Incident,
    run: Run,
) -> Result<usize> {
    let playbook = shelf::of_run(tx, &run)?;
    if !playbook.counts_working_days() {
        return Ok(0);
    }
    let state: playbooks::Run = serde_json::from_str(&run.state).map_err(Error::internal)?;
    let facts = questions::facts(tx, incident, &playbook)?;
    let calendar = calendars::in_force(tx)?;
    let counted = playbooks::recount(&playbook, &state, &moment(ctx, &facts, &calendar));
    let mut moved = counted.effects.len();
    let of_run = format!("{}/", run.id);
    for mut task in incidents::tasks_of(tx, incident.id)? {
        let step = task.step.as_deref().and_then(|step| step.strip_prefix(&of_run));
        let due = step.and_then(|step| counted.due.get(step)).copied().map(Timestamp::new);
        // What is late already stays so.
        let runs = task.state == TaskState::Open && task.due_at.is_some_and(|due| due > ctx.now);
        if runs && due.is_some() && due != task.due_at {
            task.due_at = due;
            task.version += 1;
            incidents::save_task(tx, &task)?;
            tasks::set_timer(tx, ctx, &task)?;
            moved += 1;
        }
    }
    if moved > 0 {
        let (run, _told) =
            carry_out(tx, office, ctx, incident, run, &playbook, counted.run, counted.effects)?;
        engine::save_run(tx, &run)?;
    }
    Ok(moved)
}

fn advance(
    tx: &mut Conn,
    office: &Office,
    ctx: &Ctx,
    incident: &Incident,
    run: Run,
    event: &Event,
) -> Result<()> {
    let playbook = shelf::of_run(tx, &run)?;
    let state: playbooks::Run = serde_json::from_str(&run.state).map_err(Error::internal)?;
    let facts = questions::facts(tx, incident, &playbook)?;
    let calendar = calendars::when(tx, playbook.counts_working_days())?;
    let now = moment(ctx, &facts, &calendar);
    let (state, effects) = playbooks::advance(&playbook, &state, event, &now);
    let (run, _told) = carry_out(tx, office, ctx, incident, run, &playbook, state, effects)?;
    engine::save_run(tx, &run)
}

#[expect(clippy::too_many_arguments, reason = "the whole of one step, in one private place")]
fn carry_out(
    tx: &mut Conn,
    office: &Office,
    ctx: &Ctx,
    incident: &Incident,
    mut run: Run,
    playbook: &playbooks::Playbook,
    mut state: playbooks::Run,
    effects: Vec<Effect>,
) -> Result<(Run, Vec<Told>)> {
    let pace = drills::Pace::of(tx, incident)?;
    let calendar = calendars::when(tx, playbook.counts_working_days())?;
    let mut told = Vec::new();
    let mut did: Vec<Value> = Vec::new();
    let mut waiting: std::collections::VecDeque<Effect> = effects.into();
    while let Some(effect) = waiting.pop_front() {
        let mut again: Vec<Event> = Vec::new();
        did.extend(deed(&effect));
        match effect {
            Effect::Notify { step, firing, to, ask, text, late, why } => {
                let mut people = Vec::new();
                for role in &to {
                    let found = resolve(tx, incident, role, ctx.now)?;
                    if found.is_empty() {
                        let (step, role) = (step.clone(), role.clone());
                        again.push(Event::NobodyHolds { step, role });
                    }
                    people.extend(found);
                }
                let mut matter = matter(incident, playbook, &state, &step, ask, late, &why, pace);
                matter.text = match (&why, text) {
                    (Why::Escalated { reason, .. }, None) => Some(reason.clone()),
                    (Why::Escalated { reason, .. }, Some(text)) => {
                        Some(format!("{reason}\n\n{text}"))
                    }
                    (_, text) => text,
                };
                let cause = Cause {
                    key: format!("run:{}:{step}:{firing}", run.id),
                    step: Some(format!("{}/{step}", run.id)),
                    dispatch: None,
                };
                told.extend(tell(tx, office, ctx, incident, &people, &matter, &cause)?);
            }
            Effect::Task { step, to, phase, text, due_in, evidence_required, why: _ } => {
                let people = resolve(tx, incident, &to, ctx.now)?;
                let due = due_in.map(|span| ctx.now + pace.span(span).as_delta());
                let task = Task {
                    id: Id::new(ctx.now),
                    incident_id: incident.id,
                    phase: phase.as_word().parse().unwrap_or(State::Verifying),
                    text: text.clone(),
                    assignee_id: people.iter().find_map(|person| person.account),
                    role: questions::held_by(&to),
                    organisation_id: people.first().and_then(|person| person.organisation),
                    due_at: due,
                    evidence: if evidence_required {
                        EvidenceWish::Required
                    } else {
                        EvidenceWish::None
                    },
                    state: TaskState::Open,
                    note: String::new(),
                    done_at: None,
                    done_by: None,
                    step: Some(format!("{}/{step}", run.id)),
                    created_by: None,
                    created_at: ctx.now,
                    version: 1,
                    question: false,
                };
                incidents::insert_task(tx, &task)?;
                tasks::set_timer(tx, ctx, &task)?;
                let given = Happened::new("task_added")
                    .with("role", to.as_word())
                    .with("task", task.id)
                    .text(&task.text);
                happened(tx, &by_itself(ctx), incident, given)?;
                let mut matter = Matter::about(incident, "task");
                matter.asks = Asks::Task(task.id);
                matter.due = due;
                matter.text = Some(text);
                let cause = Cause {
                    key: format!("run:{}:{step}:task", run.id),
                    step: Some(format!("{}/{step}", run.id)),
                    dispatch: None,
                };
                told.extend(tell(tx, office, ctx, incident, &people, &matter, &cause)?);
                if people.is_empty() {
                    again.push(Event::NobodyHolds { step, role: to });
                }
            }
            Effect::Ask { step, by, question, due_in } => {
                let due_in = due_in.map(|span| pace.span(span));
                let asked = questions::Question { step: &step, by: &by, words: &question, due_in };
                let (people, answerable) = questions::ask(tx, office, ctx, incident, &run, &asked)?;
                told.extend(people);
                if !answerable {
                    again.push(Event::NobodyHolds { step, role: by });
                }
            }
            Effect::WithdrawQuestion { step } => {
                questions::withdraw(tx, ctx, incident, &run, &step)?;
            }
            Effect::Webhook { step, target, text } => {
                let post = webhooks::Post { playbook, target: &target, text };
                if !webhooks::post(tx, office, ctx, incident, &run, &step, &post)? {
                    again.push(Event::Undelivered { step });
                }
            }
            Effect::Dispatch {
                step,
                to,
                kind,
                ground,
                text,
                accept_in,
                due_in,
                attach_evidence,
            } => {
                let wanted = questions::Request {
                    step: &step,
                    to: &to,
                    kind,
                    ground,
                    text,
                    accept_in: accept_in.map(|span| pace.span(span)),
                    due_in: due_in.map(|span| pace.span(span)),
                    attach_evidence,
                };
                again.extend(questions::send(tx, office, ctx, incident, &run, wanted, &mut told)?);
            }
            Effect::SetTimer { key, due_at } => {
                let timer = Timer {
                    id: Id::new(ctx.now),
                    due_at: pace.due(ctx.now, Timestamp::new(due_at)),
                    kind: RUN.to_owned(),
                    incident_id: Some(incident.id),
                    subject_id: run.id.cast(),
                    key,
                };
                engine::set_timer(tx, &timer)?;
            }
            Effect::CancelTimer { key } => {
                engine::cancel_timer(tx, RUN, run.id.cast(), &key)?;
            }
            Effect::CancelNotices { step } => {
                let step = format!("{}/{step}", run.id);
                settled::step(tx, ctx, incident.id, &step)?;
            }
            Effect::Note { code, args } => {
                note(tx, ctx, incident, code, &args)?;
            }
        }
        for event in again {
            let facts = questions::facts(tx, incident, playbook)?;
            let now = moment(ctx, &facts, &calendar);
            let (next, more) = playbooks::advance(playbook, &state, &event, &now);
            state = next;
            waiting.extend(more);
        }
    }
    if !did.is_empty() {
        let detail = json!({"run": run.id, "playbook": run.playbook, "did": did});
        audited(tx, &by_itself(ctx), "run.advanced", "incident", &incident.code, detail)?;
    }
    run.ended_at = state.ended_at.map(Timestamp::new);
    run.state = serde_json::to_string(&state).map_err(Error::internal)?;
    Ok((run, told))
}

/// What a playbook does is its own doing, whoever caused its step.
pub fn by_itself(ctx: &Ctx) -> Ctx {
    Ctx { actor: Actor::Service("playbook"), ..ctx.clone() }
}

/// What of an effect the auditor reads: the step and what became of it, no case content. A dispatch
/// has an entry of its own.
fn deed(effect: &Effect) -> Option<Value> {
    match effect {
        Effect::Notify { step, .. } => Some(json!({"notify": step})),
        Effect::Task { step, .. } => Some(json!({"task": step})),
        Effect::Ask { step, .. } => Some(json!({"ask": step})),
        Effect::WithdrawQuestion { step } => Some(json!({"withdraw": step})),
        Effect::CancelNotices { step } => Some(json!({"silence": step})),
        Effect::Webhook { step, target, .. } => Some(json!({"webhook": step, "target": target})),
        Effect::Dispatch { .. }
        | Effect::SetTimer { .. }
        | Effect::CancelTimer { .. }
        | Effect::Note { .. } => None,
    }
}

/// This moment of the incident, by the province's calendar.
pub fn moment<'m>(
    ctx: &Ctx,
    facts: &'m playbooks::Facts,
    calendar: &'m playbooks::Calendar,
) -> playbooks::Moment<'m> {
    playbooks::Moment { now: ctx.now.utc(), facts, calendar }
}

/// Whether a playbook is still on its way to somebody who takes the case: words that wait for their
/// answer or their next repeat have a timer.
///
/// # Errors
/// The database's.
pub fn chases(tx: &mut Conn, incident: IncidentId) -> Result<bool> {
    for run in engine::open_runs_of(tx, incident)? {
        let playbook = shelf::of_run(tx, &run)?;
        let state: playbooks::Run = serde_json::from_str(&run.state).map_err(Error::internal)?;
        let on_its_way = state.waiting(&playbook).into_iter().any(|waiting| {
            let words = playbook
                .step(&waiting.step)
                .is_some_and(|step| matches!(step.kind, playbooks::Kind::Notify { .. }));
            words && waiting.next.is_some()
        });
        if on_its_way {
            return Ok(true);
        }
    }
    Ok(false)
}

#[expect(clippy::too_many_arguments, reason = "the whole of one notice, in one private place")]
fn matter(
    incident: &Incident,
    playbook: &playbooks::Playbook,
    state: &playbooks::Run,
    step: &str,
    ask: Option<Ask>,
    late: bool,
    why: &Why,
    pace: drills::Pace,
) -> Matter {
    let purpose = match (why, ask, late) {
        (Why::Silence { .. }, ..) => "silence",
        (Why::Escalated { .. }, ..) => "escalated",
        (Why::Repeat { .. }, ..) => "repeat",
        (Why::Vacant { .. }, ..) => "vacant",
        (Why::Refused { .. }, ..) => "step_refused",
        (Why::Unclear { .. }, ..) => "step_unclear",
        (Why::Undelivered { .. }, ..) => "step_undelivered",
        (Why::Failed { .. }, ..) => "step_failed",
        (_, Some(Ask::Acknowledge), false) => "acknowledge",
        (_, Some(Ask::Acknowledge), true) => "silence",
        _ => "opening",
    };
    let mut matter = Matter::about(incident, purpose);
    if ask.is_some() {
        matter.due = playbook
            .step(step)
            .and_then(|step| {
                Some((state.steps.get(&step.id)?, state.timers.get(&step.late_key())?))
            })
            .map(|(began, due)| pace.due(Timestamp::new(began.opened_at), Timestamp::new(*due)));
        matter.link.0 = "letter-acknowledge";
    }
    matter.values = match why {
        Why::Silence { waited, .. } => {
            vec![("minutes", waited.as_delta().num_minutes().to_string())]
        }
        Why::Escalated { by, .. } => vec![("by", by.clone())],
        Why::Repeat { n, of } => vec![("n", n.to_string()), ("of", of.to_string())],
        Why::Vacant { role, .. } => vec![("role", role.as_word())],
        Why::Refused { step }
        | Why::Failed { step }
        | Why::Unclear { step }
        | Why::Undelivered { step } => {
            vec![("step", step.clone())]
        }
        Why::Opening | Why::Turn | Why::Decided { .. } => Vec::new(),
    };
    matter
}

/// The lines of a run in the timeline, for the coordination team.
fn note(
    tx: &mut Conn,
    ctx: &Ctx,
    incident: &Incident,
    code: &str,
    args: &[(&'static str, String)],
) -> Result<()> {
    use crate::domain::words::Audience::Coordination;
    let kind = match code {
        "run_started" => "run_started",
        "step_late" => "step_late",
        "step_escalated" => "step_escalated",
        "timer_late" => "timer_late",
        "nobody_holds" => "nobody_holds",
        "nobody_left" => "nobody_left",
        "run_ended" => "run_ended",
        "condition_failed" => "condition_failed",
        "webhook_done" => "webhook_done",
        "webhook_failed" => "webhook_failed",
        "step_failed" => "step_failed",
        "playbook_failed" => "playbook_failed",
        // What answered a step has its own entry already.
        _ => return Ok(()),
    };
    let mut entry = Happened::new(kind).to(Coordination);
    for (name, value) in args {
        entry = entry.with(name, value);
    }
    happened(tx, ctx, incident, entry).map(|_| ())
}

/// The people of a role, for actions that tell somebody besides the playbook.
///
/// # Errors
/// The database's.
pub fn people(
    tx: &mut Conn,
    incident: &Incident,
    roles: &[playbooks::Role],
    now: Timestamp,
) -> Result<Vec<Recipient>> {
    let mut all: Vec<Recipient> = Vec::new();
    for role in roles {
        let found = match role {
            // No playbook hears here that nobody is on duty: the next level is told at once.
            playbooks::Role::DutyOfficer => recipients::on_duty_or_above(tx, now)?,
            role => resolve(tx, incident, role, now)?,
        };
        for person in found {
            if !all.iter().any(|other| other.key() == person.key()) {
                all.push(person);
            }
        }
    }
    Ok(all)
}
