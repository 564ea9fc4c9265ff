//! The law's deadlines at work: started from the regime, stopped by what happens, told when missed.

use playbooks::{Applies, Clock, StartEvent, StopEvent};
use serde::Deserialize;

use super::announce::{Cause, tell};
use super::incidents::{fresh, hold_for, save, written};
use super::letters::Matter;
use super::procedure::people;
use super::record::{Happened, audited, happened};
use super::{Ctx, Office, drills};
use crate::clock::Timestamp;
use crate::domain::ids::Id;
use crate::domain::incident::queue_rank;
use crate::domain::refusal::Refusal;
use crate::domain::sight::Verb;
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
    // In a drill the law's clocks stand still: nothing is owed to anybody.
    if drills::of(tx, incident)?.is_some() {
        return Ok(());
    }
    let Some(regime) = playbooks::regime_named(&incident.regime) else { return Ok(()) };
    let running = incidents::clocks_of(tx, incident.id)?;
    for clock in &regime.clocks {
        let applies = applies(clock.applies, incident);
        if let (true, Some(lapsed)) =
            (applies, running.iter().find(|known| known.lapsed && known.kind == clock.id))
        {
            run_on(tx, ctx, clock, lapsed.clone())?;
        }
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
                lapsed: false,
            };
            incidents::insert_clock(tx, &row)?;
            set_timer(tx, ctx, &row)?;
        }
    }
    Ok(())
}

/// The law asks for it again. Its time went on meanwhile, since it counts from the report or the
/// detection: what passed is missed at once. What somebody's judgement started starts with the new
/// judgement.
fn run_on(tx: &mut Conn, ctx: &Ctx, defined: &Clock, mut clock: RunningClock) -> Result<()> {
    clock.lapsed = false;
    clock.stopped_at = None;
    if defined.start == StartEvent::BeyondCapacityAt {
        clock.started_at = ctx.now;
        clock.due_at = Timestamp::new(playbooks::due(defined, ctx.now.utc()));
        clock.breached_at = None;
    }
    incidents::save_clock(tx, &clock)?;
    if clock.breached_at.is_none() {
        set_timer(tx, ctx, &clock)?;
    }
    Ok(())
}

fn set_timer(tx: &mut Conn, ctx: &Ctx, clock: &RunningClock) -> Result<()> {
    let timer = Timer {
        id: Id::new(ctx.now),
        due_at: clock.due_at,
        kind: CLOCK.to_owned(),
        incident_id: Some(clock.incident_id),
        subject_id: clock.id.cast(),
        key: "due".to_owned(),
    };
    engine::set_timer(tx, &timer)
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

/// After a change of class or flags: stops what applies no more, starts what applies now, and lets
/// run on what applies again.
///
/// # Errors
/// The database's.
pub fn fit(tx: &mut Conn, ctx: &Ctx, incident: &Incident) -> Result<()> {
    let regime = playbooks::regime_named(&incident.regime);
    for mut clock in incidents::clocks_of(tx, incident.id)? {
        let Some(defined) = regime.and_then(|regime| regime.clock(&clock.kind)) else { continue };
        if clock.stopped_at.is_none() && !applies(defined.applies, incident) {
            clock.stopped_at = Some(ctx.now);
            clock.lapsed = true;
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
        if clock.stopped_at != Some(since) || met || clock.lapsed {
            continue;
        }
        clock.stopped_at = None;
        incidents::save_clock(tx, &clock)?;
        if clock.breached_at.is_none() {
            set_timer(tx, ctx, &clock)?;
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
    let detail = serde_json::json!({"clock": clock.kind, "due": clock.due_at.rfc3339()});
    audited(tx, ctx, "clock.breached", "incident", &incident.code, detail)?;
    let defined =
        playbooks::regime_named(&incident.regime).and_then(|regime| regime.clock(&clock.kind));
    // Who has not acknowledged is chased by the playbook: the same phone must not ring twice.
    let chased = defined.is_some_and(|defined| defined.stop == StopEvent::Acknowledged)
        && !engine::open_runs_of(tx, id)?.is_empty();
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

/// What shows that a deadline was met outside the service.
#[derive(Debug, Clone, Default, Deserialize, utoipa::ToSchema)]
pub struct Meet {
    /// Number and date of the letter, or how it was done; stands in the history.
    #[serde(default)]
    pub note: String,
    /// The version that the edit began from.
    pub version: Option<i32>,
    /// A word of secrecy stands alone in the note, and it is no secret.
    #[serde(default)]
    pub secret_confirmed: bool,
}

/// Whether people say that such a clock is met. Those of acknowledging stop by acknowledging alone:
/// a note must not silence the chase for somebody who takes the case.
pub fn met_by_hand(regime: &str, kind: &str) -> bool {
    playbooks::regime_named(regime)
        .and_then(|regime| regime.clock(kind))
        .is_none_or(|clock| clock.stop != StopEvent::Acknowledged)
}

/// Marks a deadline as met outside the service (a letter was signed and sent), with the letter's
/// number or other words.
///
/// # Errors
/// [`Error::NotFound`] when the case or the clock is not there; [`Error::Stale`];
/// [`Refusal::ClockMet`] the second time and when the case is over; [`Refusal::NotReady`] for the
/// clocks of acknowledging; a bad field without a note.
pub async fn meet(office: &Office, ctx: &Ctx, name: &str, kind: &str, how: Meet) -> Result<()> {
    let (ctx, name, kind) = (ctx.clone(), name.to_owned(), kind.to_owned());
    office
        .write(move |tx| {
            let mut incident = hold_for(tx, &ctx, &name, Verb::MeetClock)?;
            fresh(&incident, how.version)?;
            let clocks = incidents::clocks_of(tx, incident.id)?;
            let Some(mut clock) =
                clocks.into_iter().find(|clock| clock.kind == kind && !clock.lapsed)
            else {
                return Err(Error::NotFound("clock"));
            };
            if clock.stopped_at.is_some() {
                return Err(Refusal::ClockMet.into());
            }
            if !met_by_hand(&incident.regime, &clock.kind) {
                return Err(Refusal::NotReady { key: "obstacle-acknowledge" }.into());
            }
            let note = written("note", &how.note, how.secret_confirmed)?;
            clock.stopped_at = Some(ctx.now);
            incidents::save_clock(tx, &clock)?;
            engine::cancel_timers(tx, CLOCK, clock.id.cast())?;
            save(tx, &ctx, &mut incident)?;
            let entry = Happened::new("clock_met")
                .with("clock", &clock.kind)
                .with("regime", &incident.regime)
                .with("source", &clock.source)
                .text(note);
            happened(tx, &ctx, &incident, entry)?;
            let detail = serde_json::json!({"clock": clock.kind});
            audited(tx, &ctx, "clock.met", "incident", &incident.code, detail)
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
