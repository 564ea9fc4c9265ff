//! Timers as rows: armed, found when due, taken by whoever acts on them, put off when they cannot be
//! acted on.

use crate::store::query::*;
use chrono::Duration;
use diesel::dsl::sql;
use diesel::sql_types::Bool;

use super::{Conn, MultiBackend};
use crate::clock::Timestamp;
use crate::domain::ids::{SubjectId, TimerId};
use crate::each_backend;
use crate::error::Result;
use crate::records::Timer;
use crate::store::schema::timers;

/// The first time that a timer fails it waits so long, and twice as long each time after it.
const FIRST_REST: Duration = Duration::minutes(1);
/// No timer that fails waits longer.
const LONGEST_REST: Duration = Duration::hours(1);

/// Sets a timer; the same kind, subject and key replaces its time.
pub fn set_timer(tx: &mut Conn, timer: &Timer) -> Result<()> {
    // Nearly every timer is new, and diesel keeps a prepared insert but no prepared upsert.
    let added = each_backend!(tx, c => diesel::insert_into(timers::table)
        .values(timer)
        .on_conflict((timers::kind, timers::subject_id, timers::key))
        .do_nothing()
        .execute(c))?;
    if added == 0 {
        let same = timers::table
            .filter(timers::kind.eq(&timer.kind))
            .filter(timers::subject_id.eq(timer.subject_id))
            .filter(timers::key.eq(&timer.key));
        let change = (timers::due_at.eq(timer.due_at), timers::failures.eq(0));
        diesel::update(same).set(change).execute(tx)?;
    }
    Ok(())
}

/// Cancels one timer.
pub fn cancel_timer(tx: &mut Conn, kind: &str, subject: SubjectId, key: &str) -> Result<()> {
    diesel::delete(
        timers::table
            .filter(timers::kind.eq(kind))
            .filter(timers::subject_id.eq(subject))
            .filter(timers::key.eq(key)),
    )
    .execute(tx)?;
    Ok(())
}

/// Cancels every timer of a subject.
pub fn cancel_timers(tx: &mut Conn, kind: &str, subject: SubjectId) -> Result<()> {
    diesel::delete(
        timers::table.filter(timers::kind.eq(kind)).filter(timers::subject_id.eq(subject)),
    )
    .execute(tx)?;
    Ok(())
}

/// What is due, the oldest first, below the place `after`. Locks nothing.
pub fn due_timers(
    c: &mut Conn,
    now: Timestamp,
    after: Option<(Timestamp, TimerId)>,
    limit: i64,
) -> Result<Vec<Timer>> {
    let mut due = timers::table
        .select(Timer::as_select())
        .filter(timers::due_at.le(now))
        .into_boxed::<MultiBackend>();
    if let Some((at, id)) = after {
        due = due.filter(timers::due_at.ge(at)).filter(timers::due_at.gt(at).or(timers::id.gt(id)));
    }
    Ok(due.order((timers::due_at, timers::id)).limit(limit).load(c)?)
}

/// Takes a timer that was found due: its end commits with its effect. `false` when somebody else
/// took it, cancelled it, or set it to another time.
pub fn claim_timer(tx: &mut Conn, timer: &Timer) -> Result<bool> {
    let same = timers::table.find(timer.id).filter(timers::due_at.eq(timer.due_at));
    // Without an incident that is held, another server may be at it: it is not waited for.
    if let (None, Conn::Pg(c)) = (timer.incident_id, &mut *tx) {
        let free = same.select(timers::id).for_update().skip_locked();
        if free.first::<TimerId>(c).optional()?.is_none() {
            return Ok(false);
        }
    }
    Ok(diesel::delete(same).execute(tx)? == 1)
}

/// Puts off a timer that could not be acted on, so that it does not hold up the others; answers until
/// when.
pub fn put_off_timer(tx: &mut Conn, timer: &Timer, now: Timestamp) -> Result<Timestamp> {
    let failures: i32 =
        timers::table.find(timer.id).select(timers::failures).first(tx).optional()?.unwrap_or(0);
    let doubled = FIRST_REST * 2_i32.saturating_pow(failures.clamp(0, 10).unsigned_abs());
    let later = now + doubled.min(LONGEST_REST);
    let change = (timers::due_at.eq(later), timers::failures.eq(timers::failures + 1));
    diesel::update(timers::table.find(timer.id)).set(change).execute(tx)?;
    Ok(later)
}

/// The armed timers of a kind above the place `after`, with their subjects, in the order of their
/// identifiers.
pub fn armed(
    c: &mut Conn,
    kind: &str,
    after: Option<TimerId>,
    limit: i64,
) -> Result<Vec<(TimerId, SubjectId)>> {
    let mut of = timers::table
        .filter(timers::kind.eq(kind))
        .select((timers::id, timers::subject_id))
        .into_boxed::<MultiBackend>();
    if let Some(after) = after {
        of = of.filter(timers::id.gt(after));
    }
    Ok(of.order(timers::id).limit(limit).load(c)?)
}

/// When the next timer is due.
pub fn next_timer(c: &mut Conn) -> Result<Option<Timestamp>> {
    Ok(timers::table.select(timers::due_at).order(timers::due_at).first(c).optional()?)
}

/// How many timers could not be acted on and wait to be tried again.
pub fn failing_timers(c: &mut Conn) -> Result<i64> {
    // Literal, for the partial index.
    let failing = timers::table.filter(sql::<Bool>("timers.failures > 0"));
    Ok(failing.count().get_result(c)?)
}

/// The clock was set back from `before` to `now`: what was due by it is due.
pub fn timers_due_by_old_clock(tx: &mut Conn, now: Timestamp, before: Timestamp) -> Result<usize> {
    let was_due = timers::table.filter(timers::due_at.gt(now)).filter(timers::due_at.le(before));
    Ok(diesel::update(was_due).set(timers::due_at.eq(now)).execute(tx)?)
}

/// The clock was set back from `before` to `now`: timers of this kind that were armed in between
/// keep what was left of their wait.
pub fn keep_waits(tx: &mut Conn, kind: &str, now: Timestamp, before: Timestamp) -> Result<usize> {
    let armed: Vec<(TimerId, Timestamp)> = timers::table
        .filter(timers::id.ge(TimerId::lowest(now)))
        .filter(timers::due_at.gt(before))
        .filter(timers::kind.eq(kind))
        .select((timers::id, timers::due_at))
        .load(tx)?;
    let count = armed.len();
    for (id, due_at) in armed {
        let sooner = due_at - (before - now);
        diesel::update(timers::table.find(id)).set(timers::due_at.eq(sooner)).execute(tx)?;
    }
    Ok(count)
}
