//! Drills: their rows, and the letters that stayed here.

use crate::store::query::*;

use super::{Conn, MultiBackend};
use crate::clock::Timestamp;
use crate::domain::ids::IncidentId;
use crate::error::Result;
use crate::records::{Drill, Kept};
use crate::store::schema::{drills, mailbox, outbox};

/// Adds a drill.
pub fn insert(tx: &mut Conn, drill: &Drill) -> Result<()> {
    diesel::insert_into(drills::table).values(drill).execute(tx)?;
    Ok(())
}

/// Keeps a changed drill.
pub fn save(tx: &mut Conn, drill: &Drill) -> Result<()> {
    diesel::update(drills::table.find(drill.incident_id)).set(drill).execute(tx)?;
    Ok(())
}

/// The drill of an incident; none for a report that the desk only marked as an exercise.
pub fn find(c: &mut Conn, id: IncidentId) -> Result<Option<Drill>> {
    Ok(drills::table.find(id).first(c).optional()?)
}

/// A page of drills, the last one first.
pub fn list(
    c: &mut Conn,
    before: Option<(Timestamp, IncidentId)>,
    limit: i64,
) -> Result<Vec<Drill>> {
    let mut query = drills::table.into_boxed::<MultiBackend>();
    if let Some((at, id)) = before {
        query = query.filter(
            drills::started_at.lt(at).or(drills::started_at.eq(at).and(drills::incident_id.lt(id))),
        );
    }
    Ok(query.order((drills::started_at.desc(), drills::incident_id.desc())).limit(limit).load(c)?)
}

/// What of an incident's letters lies in the local mailbox, newest first.
pub fn letters(c: &mut Conn, id: IncidentId, limit: i64) -> Result<Vec<Kept>> {
    Ok(mailbox::table
        .inner_join(outbox::table.on(outbox::id.eq(mailbox::delivery_id)))
        .filter(outbox::incident_id.eq(id))
        .order(mailbox::id.desc())
        .limit(limit)
        .select(mailbox::all_columns)
        .load(c)?)
}
