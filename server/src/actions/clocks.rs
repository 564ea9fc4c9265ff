//! The law's deadlines at work: started from the regime, stopped by what happens. What they say when
//! time passes, and what people do to them, are in the rooms beside.

mod due;
mod hand;
#[cfg(test)]
mod tests;

pub use due::{fired, recount};
pub use hand::{Extend, Meet, extend, may_extend, meet, met_by_hand};

use playbooks::{Applies, Clock, StartEvent, StepClock, StopEvent};

use super::{Ctx, drills};
use crate::clock::Timestamp;
use crate::domain::ids::Id;
use crate::domain::incident::queue_rank;
use crate::domain::words::LegalClass;
use crate::error::Result;
use crate::records::{Incident, RunningClock};
use crate::store::{Conn, engine, incidents};

/// Kind of the timers of clocks.
pub const CLOCK: &str = "clock";

/// The words of the clocks that count working days, of every regime.
pub fn in_working_days() -> Vec<String> {
    let all = playbooks::regimes().iter().flat_map(|regime| &regime.clocks);
    all.filter(|clock| clock.counted == StepClock::Working).map(|clock| clock.id.clone()).collect()
}

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
            let due_at = due::of(tx, clock, from)?;
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
                original_due_at: None,
                extension: None,
            };
            incidents::insert_clock(tx, &row)?;
            due::arm(tx, ctx, Some(clock), &row)?;
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
        clock.due_at = due::of(tx, defined, ctx.now)?;
        clock.breached_at = None;
        clock.original_due_at = None;
        clock.extension = None;
    }
    due::anew(tx, defined, &mut clock)?;
    incidents::save_clock(tx, &clock)?;
    if clock.breached_at.is_none() {
        due::arm(tx, ctx, Some(defined), &clock)?;
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
        let defined = regime.and_then(|regime| regime.clock(&clock.kind));
        let met = defined.is_some_and(|defined| {
            matches!(defined.stop, StopEvent::ClosingReportSent | StopEvent::FullReportSent)
        });
        if clock.stopped_at != Some(since) || met || clock.lapsed {
            continue;
        }
        clock.stopped_at = None;
        if let Some(defined) = defined {
            due::anew(tx, defined, &mut clock)?;
        }
        incidents::save_clock(tx, &clock)?;
        if clock.breached_at.is_none() {
            due::arm(tx, ctx, defined, &clock)?;
        }
    }
    Ok(())
}

/// Recomputes when the incident is due next and where it stands in the queue.
///
/// # Errors
/// The database's.
pub fn refresh(tx: &mut Conn, incident: &mut Incident, now: Timestamp) -> Result<()> {
    incident.next_due_at = match incident.state.is_over() {
        true => None,
        false => incidents::next_due(tx, incident.id)?,
    };
    let overdue = incident.next_due_at.is_some_and(|due| due <= now);
    incident.queue_rank = queue_rank(incident.state, incident.acknowledged_at.is_some(), overdue);
    incident.priority_rank = incident.priority.rank();
    incident.updated_at = now;
    Ok(())
}
