//! The timeline: append-only, with an explicit order per incident.

use crate::store::query::*;

use super::Conn;
use crate::domain::ids::IncidentId;
use crate::domain::words::Audience;
use crate::error::Result;
use crate::records::Entry;
use crate::store::schema::timeline;

/// The number of the next entry. The incident is held by whoever writes, so nobody else takes it.
pub fn next_seq(tx: &mut Conn, incident: IncidentId) -> Result<i32> {
    let last: Option<i32> = timeline::table
        .filter(timeline::incident_id.eq(incident))
        .select(timeline::seq)
        .order(timeline::seq.desc())
        .first(tx)
        .optional()?;
    Ok(last.unwrap_or(0) + 1)
}

/// Adds an entry.
pub fn insert(tx: &mut Conn, entry: &Entry) -> Result<()> {
    diesel::insert_into(timeline::table).values(entry).execute(tx)?;
    Ok(())
}

/// A page of entries that these audiences read, newest first, before `before` when given.
pub fn list(
    c: &mut Conn,
    incident: IncidentId,
    audiences: &[Audience],
    before: Option<i32>,
    limit: i64,
) -> Result<Vec<Entry>> {
    let words: Vec<&str> = audiences.iter().map(|audience| audience.as_word()).collect();
    Ok(timeline::table
        .filter(timeline::incident_id.eq(incident))
        .filter(timeline::audience.eq_any(words))
        .filter(timeline::seq.lt(before.unwrap_or(i32::MAX)))
        .order(timeline::seq.desc())
        .limit(limit)
        .load(c)?)
}

/// What the reporter may read, oldest first.
pub fn for_reporter(c: &mut Conn, incident: IncidentId) -> Result<Vec<Entry>> {
    Ok(timeline::table
        .filter(timeline::incident_id.eq(incident))
        .filter(timeline::reporter_may_read.eq(true))
        .order(timeline::seq)
        .limit(500)
        .load(c)?)
}

/// The entries of one kind, newest first.
pub fn of_kind(c: &mut Conn, incident: IncidentId, kind: &str, limit: i64) -> Result<Vec<Entry>> {
    Ok(timeline::table
        .filter(timeline::incident_id.eq(incident))
        .filter(timeline::kind.eq(kind))
        .order(timeline::seq.desc())
        .limit(limit)
        .load(c)?)
}
