//! What a timer does when it falls due: the engine finds it, the right room acts. Timers fire in
//! batches: one transaction; when one fails, once more with a savepoint for each, so that it takes
//! nothing along.

use std::sync::Arc;

use chrono::Duration;

use super::calendars::recount;
use super::{Ctx, Office, clocks, dispatches, duties, procedure, rota, tasks};
use crate::clock::Timestamp;
use crate::domain::ids::TimerId;
use crate::domain::words::Audience;
use crate::error::{Error, Result};
use crate::records::{Incident, Timer};
use crate::store::{self, Conn, engine, incidents};

use super::record::{Happened, happened};

/// At most so many share one transaction: while it lasts, their incidents are held.
const BATCH: i64 = 32;
/// A timer that fires so much after its time says that it is late.
const LATE: Duration = Duration::seconds(30);

/// What one look found.
#[derive(Debug, Default)]
pub struct Due {
    /// What is due, the longest due first; a batch at most.
    pub timers: Vec<Timer>,
    /// Where the next look begins, if there may be more due.
    pub more: Option<(Timestamp, TimerId)>,
    /// When the next one is due, if none is now.
    pub next: Option<Timestamp>,
}

/// What came of one batch.
#[derive(Debug, Default)]
pub struct Fired {
    /// How late each one was that fired.
    pub late: Vec<Duration>,
    /// Those that could not be acted on; each is tried again later.
    pub failed: Vec<Failure>,
}

/// One timer that could not be acted on.
#[derive(Debug, Clone)]
pub struct Failure {
    /// Its kind.
    pub kind: String,
    /// Why; never case content.
    pub why: String,
    /// When it is tried again.
    pub again: Timestamp,
}

/// Looks for what is due below the place `after`. Looking costs no transaction: nearly every look
/// finds nothing.
///
/// # Errors
/// The database's.
pub async fn due(office: &Office, ctx: &Ctx, after: Option<(Timestamp, TimerId)>) -> Result<Due> {
    due_at_most(office, ctx.now, after, BATCH).await
}

async fn due_at_most(
    office: &Office,
    now: Timestamp,
    after: Option<(Timestamp, TimerId)>,
    most: i64,
) -> Result<Due> {
    let look = move |c: &mut Conn| {
        let timers = engine::due_timers(c, now, after, most)?;
        let next = if timers.is_empty() { engine::next_timer(c)? } else { None };
        Ok((timers, next))
    };
    let (timers, next) = office.db.read(look).await?;
    let full = usize::try_from(most).is_ok_and(|most| timers.len() == most);
    let more = timers.last().filter(|_| full).map(|last| (last.due_at, last.id));
    Ok(Due { timers, more, next })
}

/// Fires the one that is due first. Answers how late it was, or `None` when nothing is due.
///
/// # Errors
/// The database's; an internal error when it could not be acted on.
pub async fn fire_one(office: &Office, ctx: &Ctx) -> Result<Option<Duration>> {
    let due = due_at_most(office, ctx.now, None, 1).await?;
    let fired = fire(office, ctx, due.timers).await?;
    match fired.failed.first() {
        Some(failure) => Err(Error::internal(format!("timer {}: {}", failure.kind, failure.why))),
        None => Ok(fired.late.first().copied()),
    }
}

/// Fires a batch that is due. A timer whose incident somebody else holds now is passed over: it is
/// found again by the next look.
///
/// # Errors
/// The database's; nothing has happened then.
pub async fn fire(office: &Office, ctx: &Ctx, due: Vec<Timer>) -> Result<Fired> {
    if due.is_empty() {
        return Ok(Fired::default());
    }
    let due = Arc::new(due);
    let batch = |apart: bool| {
        let (office, ctx, due) = (office.clone(), ctx.clone(), Arc::clone(&due));
        move |tx: &mut Conn| fire_all(tx, &office, &ctx, &due, apart)
    };
    let fired = match office.db.write(batch(false)).await {
        Ok(fired) => fired,
        // Nearly always all of them can be acted on; where one cannot, it takes nothing along.
        Err(_) => office.db.write(batch(true)).await?,
    };
    if !fired.late.is_empty() {
        office.wake.notify_one();
    }
    Ok(fired)
}

/// Fires these timers; each apart from the others, or all as one piece.
fn fire_all(
    tx: &mut Conn,
    office: &Office,
    ctx: &Ctx,
    due: &[Timer],
    apart: bool,
) -> Result<Fired> {
    let mut fired = Fired::default();
    for timer in due {
        // The incident first, as every other action does: whoever waits for a timer's row while
        // he holds its incident, and whoever does it the other way round, wait for ever.
        let incident = match timer.incident_id {
            Some(id) => match incidents::try_hold(tx, id)? {
                Some(held) => Some(held),
                None => continue,
            },
            None => None,
        };
        // For the same reason a rota before its timer.
        if timer.kind == rota::ROTA && !store::rota::try_hold(tx, timer.subject_id.cast())? {
            continue;
        }
        let acted = match apart {
            true => store::apart(tx, |tx| one(tx, office, ctx, timer, incident))?,
            false => Ok(one(tx, office, ctx, timer, incident)?),
        };
        match acted {
            Ok(true) => fired.late.push(ctx.now - timer.due_at),
            // Somebody was faster, or what fired before it made it needless.
            Ok(false) => {}
            Err(why) => {
                let again = engine::put_off_timer(tx, timer, ctx.now)?;
                let (kind, why) = (timer.kind.clone(), why.to_string());
                fired.failed.push(Failure { kind, why, again });
            }
        }
    }
    Ok(fired)
}

/// One timer; its incident is held, if it has one.
fn one(
    tx: &mut Conn,
    office: &Office,
    ctx: &Ctx,
    timer: &Timer,
    incident: Option<Incident>,
) -> Result<bool> {
    if !engine::claim_timer(tx, timer)? {
        return Ok(false);
    }
    match timer.kind.as_str() {
        procedure::RUN => match incident {
            Some(incident) => procedure::fired(tx, office, ctx, timer, incident)?,
            None => return Err(Error::internal("a run's timer without an incident")),
        },
        clocks::CLOCK => clocks::fired(tx, office, ctx, timer)?,
        tasks::TASK => tasks::fired(tx, ctx, timer)?,
        dispatches::DISPATCH => dispatches::fired(tx, office, ctx, timer)?,
        duties::DUTY => duties::fired(tx, office, ctx, timer)?,
        rota::ROTA => rota::watch::fired(tx, office, ctx, timer)?,
        recount::SEARCH => recount::searched(tx, ctx, timer)?,
        recount::ONE => recount::fired(tx, office, ctx, timer)?,
        // A timer of a newer version's kind: taken off here would be lost there.
        other => return Err(Error::internal(format!("timer kind {other}"))),
    }
    if timer.kind != procedure::RUN {
        say_late(tx, ctx, timer)?;
    }
    Ok(true)
}

/// A run says so itself, by its own reckoning.
fn say_late(tx: &mut Conn, ctx: &Ctx, timer: &Timer) -> Result<()> {
    let late = ctx.now - timer.due_at;
    let (true, Some(incident)) = (late >= LATE, timer.incident_id) else { return Ok(()) };
    let incident = incidents::find(tx, incident)?;
    if incident.state.is_over() {
        return Ok(());
    }
    let entry = Happened::new("timer_late")
        .to(Audience::Coordination)
        .with("timer", format!("{}/{}", timer.kind, timer.key))
        .with("late_by", late.num_seconds());
    happened(tx, ctx, &incident, entry).map(|_| ())
}
