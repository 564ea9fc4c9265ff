//! The law's deadlines at work: started from the regime, stopped by what happens, told when missed.

use playbooks::{Applies, StartEvent, StopEvent};

use super::announce::{Cause, tell};
use super::incidents::{hold_for, save};
use super::letters::Matter;
use super::procedure::people;
use super::record::{Happened, audited, happened};
use super::{Ctx, Office};
use crate::clock::Timestamp;
use crate::domain::ids::Id;
use crate::domain::incident::queue_rank;
use crate::domain::sight::Verb;
use crate::domain::text::{self, limit};
use crate::domain::words::{Audience, LegalClass, TaskState};
use crate::error::{Error, Result};
use crate::records::{Incident, RunningClock, Timer};
use crate::store::{Conn, dispatches, engine, incidents};

/// Kind of the timers of clocks.
pub const CLOCK: &str = "clock";

/// Starts what of the regime's clocks applies and does not run yet: at the report, and after every
/// change of class or flags.
///
/// # Errors
/// The database's.
pub fn start(tx: &mut Conn, ctx: &Ctx, incident: &Incident) -> Result<()> {
    let Some(regime) = playbooks::regime_named(&incident.regime) else { return Ok(()) };
    let running = incidents::clocks_of(tx, incident.id)?;
    for clock in &regime.clocks {
        let applies = applies(clock.applies, incident);
        let from = match clock.start {
            StartEvent::ReceivedAt => Some(incident.received_at),
            StartEvent::DetectedAt => Some(incident.detected_at),
            StartEvent::BeyondCapacityAt => incident.beyond_capacity.then_some(ctx.now),
            StartEvent::ResponseEndedAt => incident.response_ended_at,
            StartEvent::DispatchedAt | StartEvent::ContactChangedAt => None,
        };
        let known = running.iter().any(|known| known.kind == clock.id);
        if let (true, Some(from), false) = (applies, from, known) {
            let due_at = Timestamp::new(playbooks::due(clock, from.utc()));
            let row = RunningClock {
                id: Id::new(ctx.now),
                incident_id: incident.id,
                kind: clock.id.clone(),
                owner: clock.owner.as_word(),
                source: clock.source.clone(),
                started_at: from,
                due_at,
                stopped_at: None,
                breached_at: None,
            };
            incidents::insert_clock(tx, &row)?;
            let timer = Timer {
                id: Id::new(ctx.now),
                due_at,
                kind: CLOCK.to_owned(),
                incident_id: Some(incident.id),
                subject_id: row.id.cast(),
                key: "due".to_owned(),
            };
            engine::set_timer(tx, &timer)?;
        }
    }
    Ok(())
}

const fn applies(to: Applies, incident: &Incident) -> bool {
    match to {
        Applies::Always => true,
        Applies::Ordinary => {
            matches!(incident.legal_class, LegalClass::Ordinary | LegalClass::Unclassified)
        }
        Applies::Serious => {
            matches!(incident.legal_class, LegalClass::Serious | LegalClass::SeriousProposed)
        }
        Applies::BeyondCapacity => incident.beyond_capacity,
        Applies::PersonalData => incident.personal_data,
        // A dispatch and a contact point have deadlines of their own.
        Applies::Dispatch | Applies::Contact => false,
    }
}

/// After a change of class or flags: stops what applies no more, starts what applies now.
///
/// # Errors
/// The database's.
pub fn fit(tx: &mut Conn, ctx: &Ctx, incident: &Incident) -> Result<()> {
    let regime = playbooks::regime_named(&incident.regime);
    for mut clock in incidents::clocks_of(tx, incident.id)? {
        let Some(defined) = regime.and_then(|regime| regime.clock(&clock.kind)) else { continue };
        if clock.stopped_at.is_none() && !applies(defined.applies, incident) {
            clock.stopped_at = Some(ctx.now);
            incidents::save_clock(tx, &clock)?;
            engine::cancel_timers(tx, CLOCK, clock.id.cast())?;
        }
    }
    start(tx, ctx, incident)
}

/// Stops the clocks that this event stops; `None` stops all (the case is over).
///
/// # Errors
/// The database's.
pub fn stop(tx: &mut Conn, ctx: &Ctx, incident: &Incident, event: Option<StopEvent>) -> Result<()> {
    let regime = playbooks::regime_named(&incident.regime);
    for mut clock in incidents::clocks_of(tx, incident.id)? {
        let stops = match (event, regime.and_then(|regime| regime.clock(&clock.kind))) {
            (None, _) => true,
            (Some(event), Some(defined)) => defined.stop == event,
            (Some(_), None) => false,
        };
        if stops && clock.stopped_at.is_none() {
            clock.stopped_at = Some(ctx.now);
            incidents::save_clock(tx, &clock)?;
            engine::cancel_timers(tx, CLOCK, clock.id.cast())?;
        }
    }
    Ok(())
}

/// Lets the clocks run on that stopped at `since`, when the case was ended: it was reopened. What
/// was met by the ending itself stays met.
///
/// # Errors
/// The database's.
pub fn resume(tx: &mut Conn, ctx: &Ctx, incident: &Incident, since: Timestamp) -> Result<()> {
    let regime = playbooks::regime_named(&incident.regime);
    for mut clock in incidents::clocks_of(tx, incident.id)? {
        let met = regime.and_then(|regime| regime.clock(&clock.kind)).is_some_and(|defined| {
            matches!(defined.stop, StopEvent::ClosingReportSent | StopEvent::FullReportSent)
        });
        if clock.stopped_at != Some(since) || met {
            continue;
        }
        clock.stopped_at = None;
        incidents::save_clock(tx, &clock)?;
        if clock.breached_at.is_none() {
            let timer = Timer {
                id: Id::new(ctx.now),
                due_at: clock.due_at,
                kind: CLOCK.to_owned(),
                incident_id: Some(incident.id),
                subject_id: clock.id.cast(),
                key: "due".to_owned(),
            };
            engine::set_timer(tx, &timer)?;
        }
    }
    Ok(())
}

/// A deadline passed: it is on record, the incident rises in the queue, the next level is told.
///
/// # Errors
/// The database's.
pub fn fired(tx: &mut Conn, office: &Office, ctx: &Ctx, timer: &Timer) -> Result<()> {
    let Some(id) = timer.incident_id else { return Ok(()) };
    let mut incident = incidents::hold(tx, id)?;
    let clocks = incidents::clocks_of(tx, id)?;
    let Some(mut clock) =
        clocks.into_iter().find(|clock| clock.id.uuid() == timer.subject_id.uuid())
    else {
        return Ok(());
    };
    if clock.stopped_at.is_some() || clock.breached_at.is_some() || incident.state.is_over() {
        return Ok(());
    }
    clock.breached_at = Some(ctx.now);
    incidents::save_clock(tx, &clock)?;
    let entry = Happened::new("clock_breached")
        .to(Audience::Coordination)
        .with("clock", &clock.kind)
        .with("source", &clock.source);
    happened(tx, ctx, &incident, entry)?;
    let defined =
        playbooks::regime_named(&incident.regime).and_then(|regime| regime.clock(&clock.kind));
    // Who has not acknowledged is chased by the playbook: the same phone must not ring twice.
    let chased = defined.is_some_and(|defined| defined.stop == StopEvent::Acknowledged)
        && engine::runs_of(tx, id)?.iter().any(|run| run.ended_at.is_none());
    if let (Some(defined), false) = (defined, chased) {
        let mut matter = Matter::about(&incident, "clock");
        matter.due = Some(clock.due_at);
        matter.values = vec![("source", clock.source.clone()), ("clock", defined.title.clone())];
        let told = people(tx, &incident, &defined.breach, ctx.now)?;
        let cause = Cause::new(format!("clock:{}:breach", clock.id));
        tell(tx, office, ctx, &incident, &told, &matter, &cause)?;
    }
    refresh(tx, &mut incident, ctx.now)?;
    incidents::save(tx, &incident)
}

/// Marks a deadline as met outside the service (a letter was signed and sent), with the letter's
/// number or other words.
///
/// # Errors
/// [`Error::NotFound`] when the case or the clock is not there, a bad field without a note.
pub async fn meet(office: &Office, ctx: &Ctx, name: &str, kind: &str, note: &str) -> Result<()> {
    let note = text::some_block("note", note, limit::TEXT)?;
    let (ctx, name, kind) = (ctx.clone(), name.to_owned(), kind.to_owned());
    office
        .write(move |tx| {
            let mut incident = hold_for(tx, &ctx, &name, Verb::ChangeState)?;
            let running = incidents::clocks_of(tx, incident.id)?;
            let Some(mut clock) =
                running.into_iter().find(|clock| clock.kind == kind && clock.stopped_at.is_none())
            else {
                return Err(Error::NotFound("clock"));
            };
            clock.stopped_at = Some(ctx.now);
            incidents::save_clock(tx, &clock)?;
            engine::cancel_timers(tx, CLOCK, clock.id.cast())?;
            let entry = Happened::new("clock_met")
                .to(Audience::Coordination)
                .with("clock", &clock.kind)
                .with("source", &clock.source)
                .text(note.clone());
            happened(tx, &ctx, &incident, entry)?;
            let detail = serde_json::json!({"clock": clock.kind});
            audited(tx, &ctx, "clock.met", "incident", &incident.code, detail)?;
            save(tx, &ctx, &mut incident)
        })
        .await
}

/// Recomputes when the incident is due next and where it stands in the queue.
///
/// # Errors
/// The database's.
pub fn refresh(tx: &mut Conn, incident: &mut Incident, now: Timestamp) -> Result<()> {
    let mut due: Vec<Timestamp> = Vec::new();
    if !incident.state.is_over() {
        due.extend(
            incidents::clocks_of(tx, incident.id)?
                .iter()
                .filter(|clock| clock.stopped_at.is_none())
                .map(|clock| clock.due_at),
        );
        due.extend(
            incidents::tasks_of(tx, incident.id)?
                .iter()
                .filter(|task| task.state == TaskState::Open)
                .filter_map(|task| task.due_at),
        );
        due.extend(
            dispatches::of_incident(tx, incident.id)?
                .iter()
                .filter_map(|dispatch| dispatch.next_due_at),
        );
    }
    incident.next_due_at = due.into_iter().min();
    let overdue = incident.next_due_at.is_some_and(|due| due <= now);
    incident.queue_rank = queue_rank(incident.state, incident.acknowledged_at.is_some(), overdue);
    incident.priority_rank = incident.priority.rank();
    incident.updated_at = now;
    Ok(())
}
