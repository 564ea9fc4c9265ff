//! Playbooks at work: the pure engine says what should happen, this room does it in the same
//! transaction.

use std::borrow::Cow;

use playbooks::{Ask, Effect, Event, Why};

use super::announce::{Cause, Told, tell};
use super::incidents::touch;
use super::letters::Matter;
use super::recipients::{Recipient, resolve};
use super::record::{Happened, happened};
use super::{Ctx, Office, tasks};
use crate::clock::Timestamp;
use crate::domain::ids::Id;
use crate::domain::words::{EvidenceWish, Role, State, TaskState};
use crate::error::{Error, Result};
use crate::records::{Incident, Run, Task, Timer};
use crate::store::{Conn, engine, incidents};

/// Kind of the timers of runs.
pub const RUN: &str = "run";

/// Starts the playbook of the incident's category; answers who is being told.
///
/// # Errors
/// The database's; an internal error when a shipped playbook does not parse.
pub fn begin(tx: &mut Conn, office: &Office, ctx: &Ctx, incident: &Incident) -> Result<Vec<Told>> {
    let name = playbooks::for_category(incident.category.as_word());
    let text = playbooks::library()
        .iter()
        .find(|(shipped, _)| *shipped == name)
        .map(|(_, text)| *text)
        .ok_or_else(|| Error::internal(format!("no playbook {name}")))?;
    let playbook = parse(text)?;
    let (state, effects) = playbooks::start(&playbook, ctx.now.utc());
    let run = Run {
        id: Id::new(ctx.now),
        incident_id: incident.id,
        playbook: playbook.name.clone(),
        playbook_version: i32::try_from(playbook.version).unwrap_or(i32::MAX),
        definition: text.to_owned(),
        state: serde_json::to_string(&state).map_err(Error::internal)?,
        started_at: ctx.now,
        ended_at: None,
    };
    let (run, told) = carry_out(tx, office, ctx, incident, run, &playbook, state, effects)?;
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
    for run in engine::runs_of(tx, incident.id)? {
        if run.ended_at.is_none() {
            advance(tx, office, ctx, incident, run, event)?;
        }
    }
    Ok(())
}

/// A run's timer fell due.
///
/// # Errors
/// The database's.
pub fn fired(tx: &mut Conn, office: &Office, ctx: &Ctx, timer: &Timer) -> Result<()> {
    let Some(run) = engine::run(tx, timer.subject_id.cast())? else { return Ok(()) };
    if run.ended_at.is_some() {
        return Ok(());
    }
    let mut incident = incidents::hold(tx, run.incident_id)?;
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

/// The playbook of this text. Nearly every run follows one that ships with this program: these are
/// read once, since reading costs more than the rest of a report.
fn parse(text: &str) -> Result<Cow<'static, playbooks::Playbook>> {
    let shipped = playbooks::library().iter().find(|(_, known)| *known == text);
    if let Some(playbook) = shipped.and_then(|(name, _)| playbooks::shipped(name)) {
        return Ok(Cow::Borrowed(playbook));
    }
    playbooks::parse(text).map(Cow::Owned).map_err(|problems| {
        let first = problems.first().map(|problem| problem.message_en.clone());
        Error::internal(format!("a pinned playbook does not parse: {}", first.unwrap_or_default()))
    })
}

fn advance(
    tx: &mut Conn,
    office: &Office,
    ctx: &Ctx,
    incident: &Incident,
    run: Run,
    event: &Event,
) -> Result<()> {
    let playbook = parse(&run.definition)?;
    let state: playbooks::Run = serde_json::from_str(&run.state).map_err(Error::internal)?;
    let (state, effects) = playbooks::advance(&playbook, &state, event, ctx.now.utc());
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
    let mut told = Vec::new();
    let mut waiting: std::collections::VecDeque<Effect> = effects.into();
    while let Some(effect) = waiting.pop_front() {
        let vacant = match effect {
            Effect::Notify { step, firing, to, ask, late, why } => {
                let mut people = Vec::new();
                let mut vacant = Vec::new();
                for role in &to {
                    let found = resolve(tx, incident, role, ctx.now)?;
                    if found.is_empty() {
                        vacant.push((step.clone(), role.clone()));
                    }
                    people.extend(found);
                }
                let matter = matter(incident, playbook, &state, &step, ask, late, &why);
                let cause = Cause {
                    key: format!("run:{}:{step}:{firing}", run.id),
                    step: Some(format!("{}/{step}", run.id)),
                    dispatch: None,
                };
                told.extend(tell(tx, office, ctx, incident, &people, &matter, &cause)?);
                vacant
            }
            Effect::Task { step, to, phase, text, due_in, evidence_required, why: _ } => {
                let people = resolve(tx, incident, &to, ctx.now)?;
                let due = due_in.map(|span| ctx.now + span.as_delta());
                let task = Task {
                    id: Id::new(ctx.now),
                    incident_id: incident.id,
                    phase: phase.as_word().parse().unwrap_or(State::Verifying),
                    text: text.clone(),
                    assignee_id: people.iter().find_map(|person| person.account),
                    role: to.as_word().parse::<Role>().ok(),
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
                };
                incidents::insert_task(tx, &task)?;
                tasks::set_timer(tx, ctx, &task)?;
                let mut matter = Matter::about(incident, "task");
                matter.due = due;
                matter.text = Some(text);
                let cause = Cause {
                    key: format!("run:{}:{step}:task", run.id),
                    step: Some(format!("{}/{step}", run.id)),
                    dispatch: None,
                };
                told.extend(tell(tx, office, ctx, incident, &people, &matter, &cause)?);
                if people.is_empty() { vec![(step, to)] } else { Vec::new() }
            }
            Effect::SetTimer { key, due_at } => {
                let timer = Timer {
                    id: Id::new(ctx.now),
                    due_at: Timestamp::new(due_at),
                    kind: RUN.to_owned(),
                    incident_id: Some(incident.id),
                    subject_id: run.id.cast(),
                    key,
                };
                engine::set_timer(tx, &timer)?;
                Vec::new()
            }
            Effect::CancelTimer { key } => {
                engine::cancel_timer(tx, RUN, run.id.cast(), &key)?;
                Vec::new()
            }
            Effect::CancelNotices { step } => {
                let step = format!("{}/{step}", run.id);
                engine::skip_step(tx, incident.id, &step, "obstacle-answered")?;
                Vec::new()
            }
            Effect::Note { code, args } => {
                note(tx, ctx, incident, code, &args)?;
                Vec::new()
            }
        };
        for (step, role) in vacant {
            let event = Event::NobodyHolds { step, role };
            let (next, more) = playbooks::advance(playbook, &state, &event, ctx.now.utc());
            state = next;
            waiting.extend(more);
        }
    }
    run.ended_at = state.ended_at.map(Timestamp::new);
    run.state = serde_json::to_string(&state).map_err(Error::internal)?;
    Ok((run, told))
}

fn matter(
    incident: &Incident,
    playbook: &playbooks::Playbook,
    state: &playbooks::Run,
    step: &str,
    ask: Option<Ask>,
    late: bool,
    why: &Why,
) -> Matter {
    let purpose = match (why, ask, late) {
        (Why::Silence { .. }, ..) => "silence",
        (Why::Repeat { .. }, ..) => "repeat",
        (Why::Vacant { .. }, ..) => "vacant",
        (_, Some(Ask::Acknowledge), false) => "acknowledge",
        (_, Some(Ask::Acknowledge), true) => "silence",
        _ => "opening",
    };
    let mut matter = Matter::about(incident, purpose);
    if ask.is_some() {
        matter.due = playbook
            .step(step)
            .and_then(|step| state.timers.get(&step.late_key()))
            .map(|due| Timestamp::new(*due));
        matter.link.0 = "letter-acknowledge";
    }
    matter.values = match why {
        Why::Silence { waited, .. } => {
            vec![("minutes", waited.as_delta().num_minutes().to_string())]
        }
        Why::Repeat { n, of } => vec![("n", n.to_string()), ("of", of.to_string())],
        Why::Vacant { role, .. } => vec![("role", role.as_word())],
        Why::Opening => Vec::new(),
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
        "timer_late" => "timer_late",
        "nobody_holds" => "nobody_holds",
        "nobody_left" => "nobody_left",
        "run_ended" => "run_ended",
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
        for person in resolve(tx, incident, role, now)? {
            if !all.iter().any(|other| other.key() == person.key()) {
                all.push(person);
            }
        }
    }
    Ok(all)
}
