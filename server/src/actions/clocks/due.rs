//! What a deadline says while it runs: at its warn points to whoever is warned, at its end to the
//! next level. One timer a clock stands for the next of these moments, so that after a stop of the
//! service only the newest is told, and a clock that was stopped says nothing.

use playbooks::{Clock, Regime, Role as Wanted, StepClock, StopEvent};

use super::{CLOCK, refresh};
use crate::actions::announce::{Cause, Told, tell};
use crate::actions::letters::Matter;
use crate::actions::procedure::{chases, people};
use crate::actions::record::{Happened, audited, happened};
use crate::actions::{Ctx, Office, calendars};
use crate::clock::Timestamp;
use crate::domain::ids::Id;
use crate::domain::words::{Audience, Language};
use crate::error::Result;
use crate::records::{Incident, RunningClock, Timer};
use crate::store::{Conn, engine, incidents};

/// When a clock that starts then is due.
pub(super) fn of(tx: &mut Conn, clock: &Clock, from: Timestamp) -> Result<Timestamp> {
    let calendar = calendars::when(tx, clock.counted == StepClock::Working)?;
    Ok(Timestamp::new(playbooks::due(clock, from.utc(), &calendar)))
}

/// Counts a clock by the calendar in force, from where it began; answers whether that moved its end.
/// What was missed stays missed, and what a person put off stays where he put it.
pub(super) fn anew(tx: &mut Conn, defined: &Clock, clock: &mut RunningClock) -> Result<bool> {
    let settled = clock.breached_at.is_some() || clock.original_due_at.is_some();
    if settled || defined.counted != StepClock::Working {
        return Ok(false);
    }
    let due_at = of(tx, defined, clock.started_at)?;
    let moved = due_at != clock.due_at;
    clock.due_at = due_at;
    Ok(moved)
}

/// The working calendar changed: what runs of this regime and counts working days is due by the one
/// in force. An end that lies before now is missed at once, and says how late that was. Answers how
/// many moved.
///
/// # Errors
/// The database's.
pub fn recount(tx: &mut Conn, ctx: &Ctx, incident: &Incident, regime: &Regime) -> Result<usize> {
    let mut moved = 0;
    for mut clock in incidents::clocks_of(tx, incident.id)? {
        let Some(defined) = regime.clock(&clock.kind) else { continue };
        let before = clock.due_at;
        if clock.stopped_at.is_some() || !anew(tx, defined, &mut clock)? {
            continue;
        }
        moved += 1;
        incidents::save_clock(tx, &clock)?;
        let at = next_moment(tx, ctx, Some(defined), &clock)?;
        let at = if clock.due_at <= ctx.now { clock.due_at } else { at.max(ctx.now) };
        set_timer(tx, ctx, &clock, at)?;
        let entry = Happened::new("clock_recounted")
            .to(Audience::Coordination)
            .with("clock", &clock.kind)
            .with("regime", &incident.regime)
            .with("source", &clock.source)
            .with("before", before.local())
            .with("until", clock.due_at.local());
        happened(tx, ctx, incident, entry)?;
        let detail = serde_json::json!({
            "clock": clock.kind, "before": before, "until": clock.due_at,
        });
        audited(tx, ctx, "clock.recounted", "incident", &incident.code, detail)?;
    }
    Ok(moved)
}

/// The warn points before the end, with their per cent.
fn points(
    tx: &mut Conn,
    defined: Option<&Clock>,
    clock: &RunningClock,
) -> Result<Vec<(u8, Timestamp)>> {
    let Some(defined) = defined else { return Ok(Vec::new()) };
    let calendar = calendars::when(tx, defined.counted == StepClock::Working)?;
    let (from, due) = (clock.started_at.utc(), clock.due_at.utc());
    let all = playbooks::warn_points(defined, from, due, &calendar);
    Ok(all.into_iter().map(|(percent, at)| (percent, Timestamp::new(at))).collect())
}

/// Arms the timer of a clock that begins to run: for the newest moment that has passed already (a
/// report came late), else for the next one.
pub(super) fn arm(
    tx: &mut Conn,
    ctx: &Ctx,
    defined: Option<&Clock>,
    clock: &RunningClock,
) -> Result<()> {
    let at = next_moment(tx, ctx, defined, clock)?;
    // A moment that passed before the clock began to run is due now, and not late.
    set_timer(tx, ctx, clock, at.max(ctx.now))
}

/// The moment of which a clock speaks next: the newest that has passed, else the first to come.
fn next_moment(
    tx: &mut Conn,
    ctx: &Ctx,
    defined: Option<&Clock>,
    clock: &RunningClock,
) -> Result<Timestamp> {
    let points = points(tx, defined, clock)?;
    let passed = points.iter().rev().find(|(_, at)| *at <= ctx.now);
    Ok(match passed {
        _ if clock.due_at <= ctx.now => clock.due_at,
        Some((_, at)) => *at,
        None => points.first().map_or(clock.due_at, |(_, at)| *at),
    })
}

fn set_timer(tx: &mut Conn, ctx: &Ctx, clock: &RunningClock, at: Timestamp) -> Result<()> {
    let timer = Timer {
        id: Id::new(ctx.now),
        due_at: at,
        kind: CLOCK.to_owned(),
        incident_id: Some(clock.incident_id),
        subject_id: clock.id.cast(),
        key: "due".to_owned(),
    };
    engine::set_timer(tx, &timer)
}

/// A moment of a deadline came: whoever is warned hears of the newest one, or the deadline is missed.
///
/// # Errors
/// The database's.
pub fn fired(tx: &mut Conn, office: &Office, ctx: &Ctx, timer: &Timer) -> Result<()> {
    let Some(id) = timer.incident_id else { return Ok(()) };
    let incident = incidents::hold(tx, id)?;
    let clocks = incidents::clocks_of(tx, id)?;
    let Some(clock) = clocks.into_iter().find(|clock| clock.id.uuid() == timer.subject_id.uuid())
    else {
        return Ok(());
    };
    if clock.stopped_at.is_some() || clock.breached_at.is_some() || incident.state.is_over() {
        return Ok(());
    }
    let regime = playbooks::regime_named(&incident.regime);
    let defined = regime.and_then(|regime| regime.clock(&clock.kind));
    if clock.due_at <= ctx.now {
        return missed(tx, office, ctx, incident, clock, defined);
    }
    let points = points(tx, defined, &clock)?;
    let next = points.iter().find(|(_, at)| *at > ctx.now).map_or(clock.due_at, |(_, at)| *at);
    set_timer(tx, ctx, &clock, next)?;
    let newest = points.iter().rev().find(|(_, at)| *at <= ctx.now);
    if let (Some(defined), Some((percent, _))) = (defined, newest) {
        let said = Said { purpose: "clock_warning", text: None, percent: Some(*percent) };
        // An extended clock warns anew.
        let due = clock.due_at.micros();
        let cause = Cause::new(format!("clock:{}:warn:{percent}:{due}", clock.id));
        let (people, told) = say(tx, office, ctx, &incident, &clock, &defined.tell, &said, &cause)?;
        if people > 0 && told.is_empty() {
            // Told before: the clock was stopped meanwhile and runs on.
            return Ok(());
        }
        let entry = Happened::new("clock_warned")
            .to(Audience::Coordination)
            .with("clock", &clock.kind)
            .with("regime", &incident.regime)
            .with("source", &clock.source)
            .with("percent", percent)
            .with("due", clock.due_at.local());
        happened(tx, ctx, &incident, entry)?;
    }
    Ok(())
}

/// A deadline passed: it is on record, the incident rises in the queue, the next level is told.
fn missed(
    tx: &mut Conn,
    office: &Office,
    ctx: &Ctx,
    mut incident: Incident,
    mut clock: RunningClock,
    defined: Option<&Clock>,
) -> Result<()> {
    clock.breached_at = Some(ctx.now);
    incidents::save_clock(tx, &clock)?;
    let entry = Happened::new("clock_breached")
        .to(Audience::Coordination)
        .with("clock", &clock.kind)
        .with("regime", &incident.regime)
        .with("source", &clock.source);
    happened(tx, ctx, &incident, entry)?;
    let detail = serde_json::json!({"clock": clock.kind, "due": clock.due_at});
    audited(tx, ctx, "clock.breached", "incident", &incident.code, detail)?;
    // Who has not acknowledged is chased by the playbook: the same phone must not ring twice.
    let chased = defined.is_some_and(|defined| defined.stop == StopEvent::Acknowledged)
        && chases(tx, incident.id)?;
    if let (Some(defined), false) = (defined, chased) {
        let said = Said { purpose: "clock", text: None, percent: None };
        let cause = Cause::new(format!("clock:{}:breach", clock.id));
        say(tx, office, ctx, &incident, &clock, &defined.breach, &said, &cause)?;
    }
    refresh(tx, &mut incident, ctx.now)?;
    incidents::save(tx, &incident)
}

/// What is said of a deadline.
pub(super) struct Said {
    /// Names the texts.
    pub(super) purpose: &'static str,
    /// What somebody wrote.
    pub(super) text: Option<String>,
    /// How much of the time has passed.
    pub(super) percent: Option<u8>,
}

/// Tells the people of these roles, each with the deadline's name in their language. Answers how many
/// people there are, and what is new in the outbox.
#[expect(clippy::too_many_arguments, reason = "what every letter needs, in one place")]
pub(super) fn say(
    tx: &mut Conn,
    office: &Office,
    ctx: &Ctx,
    incident: &Incident,
    clock: &RunningClock,
    roles: &[Wanted],
    said: &Said,
    cause: &Cause,
) -> Result<(usize, Vec<Told>)> {
    let regime = playbooks::regime_named(&incident.regime);
    let defined = regime.and_then(|regime| regime.clock(&clock.kind));
    let everybody = people(tx, incident, roles, ctx.now)?;
    let mut told = Vec::new();
    for person in &everybody {
        let title = defined.map_or(clock.kind.as_str(), |defined| match person.language {
            Language::Vi => defined.title.as_str(),
            Language::En => defined.title_en.as_str(),
        });
        let mut matter = Matter::about(incident, said.purpose);
        matter.due = Some(clock.due_at);
        matter.text.clone_from(&said.text);
        matter.values = vec![("source", clock.source.clone()), ("clock", title.to_owned())];
        if let Some(percent) = said.percent {
            matter.values.push(("percent", percent.to_string()));
        }
        let one = std::slice::from_ref(person);
        told.extend(tell(tx, office, ctx, incident, one, &matter, cause)?);
    }
    Ok((everybody.len(), told))
}
