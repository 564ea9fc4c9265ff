//! Dispatches, their threads and magic links.

use crate::store::query::*;

use super::{Conn, MultiBackend};
use crate::clock::Timestamp;
use crate::domain::ids::{DispatchId, DispatchLinkId, IncidentId, OrganisationId};
use crate::domain::words::DispatchState;
use crate::error::{Error, Result};
use crate::records::{Dispatch, DispatchEntry, DispatchLink};
use crate::store::schema::{dispatch_entries, dispatch_links, dispatches};

/// Adds a dispatch.
pub fn insert(tx: &mut Conn, dispatch: &Dispatch) -> Result<()> {
    diesel::insert_into(dispatches::table).values(dispatch).execute(tx)?;
    Ok(())
}

/// The dispatch.
pub fn find(c: &mut Conn, id: DispatchId) -> Result<Dispatch> {
    dispatches::table.find(id).first(c).optional()?.ok_or(Error::NotFound("dispatch"))
}

/// The dispatch of this number (codes carry it).
pub fn find_by_number(c: &mut Conn, number: i64) -> Result<Dispatch> {
    dispatches::table
        .filter(dispatches::number.eq(number))
        .first(c)
        .optional()?
        .ok_or(Error::NotFound("dispatch"))
}

/// Loads the dispatch and holds it until the transaction ends.
pub fn hold(tx: &mut Conn, id: DispatchId) -> Result<Dispatch> {
    let found: Option<Dispatch> = match tx {
        Conn::Pg(c) => dispatches::table.find(id).for_update().first(c),
        Conn::Sqlite(c) => dispatches::table.find(id).first(c),
    }
    .optional()?;
    found.ok_or(Error::NotFound("dispatch"))
}

/// Keeps a changed dispatch.
pub fn save(tx: &mut Conn, dispatch: &Dispatch) -> Result<()> {
    diesel::update(dispatches::table.find(dispatch.id)).set(dispatch).execute(tx)?;
    Ok(())
}

/// The dispatches of an incident.
pub fn of_incident(c: &mut Conn, id: IncidentId) -> Result<Vec<Dispatch>> {
    Ok(dispatches::table
        .filter(dispatches::incident_id.eq(id))
        .order(dispatches::number)
        .limit(200)
        .load(c)?)
}

/// A page of dispatches to an organisation, newest first, below `before`.
pub fn to_organisation(
    c: &mut Conn,
    id: OrganisationId,
    state: Option<DispatchState>,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<Dispatch>> {
    let mut query = dispatches::table
        .filter(dispatches::organisation_id.eq(id))
        .filter(dispatches::number.lt(before.unwrap_or(i64::MAX)))
        .into_boxed::<MultiBackend>();
    if let Some(state) = state {
        query = query.filter(dispatches::state.eq(state.as_word()));
    }
    Ok(query.order(dispatches::number.desc()).limit(limit).load(c)?)
}

/// A page of all dispatches, newest first, below `before`: the coordination desk's list.
pub fn list(
    c: &mut Conn,
    state: Option<DispatchState>,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<Dispatch>> {
    let mut query = dispatches::table
        .filter(dispatches::number.lt(before.unwrap_or(i64::MAX)))
        .into_boxed::<MultiBackend>();
    if let Some(state) = state {
        query = query.filter(dispatches::state.eq(state.as_word()));
    }
    Ok(query.order(dispatches::number.desc()).limit(limit).load(c)?)
}

/// Adds to the thread; answers the entry's number.
pub fn insert_entry(tx: &mut Conn, entry: &DispatchEntry) -> Result<()> {
    diesel::insert_into(dispatch_entries::table).values(entry).execute(tx)?;
    Ok(())
}

/// The number of the next entry; the dispatch is held by whoever writes.
pub fn next_seq(tx: &mut Conn, id: DispatchId) -> Result<i32> {
    let last: Option<i32> = dispatch_entries::table
        .filter(dispatch_entries::dispatch_id.eq(id))
        .select(dispatch_entries::seq)
        .order(dispatch_entries::seq.desc())
        .first(tx)
        .optional()?;
    Ok(last.unwrap_or(0) + 1)
}

/// The thread, oldest first.
pub fn entries(c: &mut Conn, id: DispatchId) -> Result<Vec<DispatchEntry>> {
    Ok(dispatch_entries::table
        .filter(dispatch_entries::dispatch_id.eq(id))
        .order(dispatch_entries::seq)
        .limit(500)
        .load(c)?)
}

/// Adds a magic link.
pub fn insert_link(tx: &mut Conn, link: &DispatchLink) -> Result<()> {
    diesel::insert_into(dispatch_links::table).values(link).execute(tx)?;
    Ok(())
}

/// The link of this token's hash, whatever became of it.
pub fn link(c: &mut Conn, hash: &[u8]) -> Result<Option<DispatchLink>> {
    Ok(dispatch_links::table
        .filter(dispatch_links::token_hash.eq(hash.to_vec()))
        .first(c)
        .optional()?)
}

/// The links of a dispatch.
pub fn links_of(c: &mut Conn, id: DispatchId) -> Result<Vec<DispatchLink>> {
    Ok(dispatch_links::table
        .filter(dispatch_links::dispatch_id.eq(id))
        .order(dispatch_links::created_at)
        .load(c)?)
}

/// Marks a link as used.
pub fn use_link(tx: &mut Conn, id: DispatchLinkId, now: Timestamp) -> Result<()> {
    diesel::update(dispatch_links::table.find(id))
        .set(dispatch_links::last_used_at.eq(Some(now)))
        .execute(tx)?;
    Ok(())
}

/// Revokes every link of a dispatch.
pub fn revoke_links(tx: &mut Conn, id: DispatchId, now: Timestamp) -> Result<usize> {
    Ok(diesel::update(
        dispatch_links::table
            .filter(dispatch_links::dispatch_id.eq(id))
            .filter(dispatch_links::revoked_at.is_null()),
    )
    .set(dispatch_links::revoked_at.eq(Some(now)))
    .execute(tx)?)
}

/// A page of what is overdue, newest first, below `before`.
pub fn overdue(c: &mut Conn, before: Option<i64>, limit: i64) -> Result<Vec<Dispatch>> {
    Ok(dispatches::table
        .filter(dispatches::overdue.eq(true))
        .filter(dispatches::number.lt(before.unwrap_or(i64::MAX)))
        .order(dispatches::number.desc())
        .limit(limit)
        .load(c)?)
}
