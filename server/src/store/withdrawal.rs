//! Messages that are taken back: what has not left does not leave, on any channel, and what had left
//! is recorded as sent.

use diesel::prelude::*;

use super::Conn;
use super::engine::{blank, open};
use crate::clock::Timestamp;
use crate::domain::ids::{DeliveryId, DispatchId, IncidentId};
use crate::domain::words::DeliveryStatus;
use crate::error::Result;
use crate::store::schema::outbox;

/// Skips what has not left yet of a step of a playbook: the answer came first. What a server has
/// claimed and not yet begun to send is skipped as well (see [`still_wanted`]).
pub fn skip_step(tx: &mut Conn, incident: IncidentId, step: &str, why: &str) -> Result<usize> {
    let of_step = outbox::table
        .filter(outbox::incident_id.eq(incident))
        .filter(outbox::step.eq(step))
        .filter(open())
        .select((outbox::id, outbox::letter));
    let rows = match tx {
        Conn::Pg(c) => of_step.for_update().load::<(DeliveryId, String)>(c)?,
        Conn::Sqlite(c) => of_step.load::<(DeliveryId, String)>(c)?,
    };
    withdraw(tx, rows, why)
}

/// Takes these messages back. A claim stays on its row: whoever holds it looks again before it
/// begins, and if the message had left by then, says so.
pub fn withdraw(tx: &mut Conn, rows: Vec<(DeliveryId, String)>, why: &str) -> Result<usize> {
    if rows.is_empty() {
        return Ok(0);
    }
    let ids: Vec<DeliveryId> = rows.iter().map(|(id, _)| *id).collect();
    let change =
        (outbox::status.eq(DeliveryStatus::Skipped.as_word()), outbox::last_error.eq(Some(why)));
    let skipped =
        diesel::update(outbox::table.filter(outbox::id.eq_any(ids))).set(change).execute(tx)?;
    blank(tx, rows)?;
    Ok(skipped)
}

/// Whether this claim still stands: looked at right before a message leaves. It does not when an
/// answer withdrew the message, or when this process was frozen and another took over.
pub fn still_wanted(c: &mut Conn, id: DeliveryId, owner: &str) -> Result<bool> {
    let mine = outbox::table
        .filter(outbox::id.eq(id))
        .filter(outbox::lease_owner.eq(owner))
        .filter(outbox::status.eq(DeliveryStatus::Sending.as_word()));
    Ok(diesel::select(diesel::dsl::exists(mine)).get_result(c)?)
}

/// Lets go of a message that was withdrawn before it left.
pub fn let_go(tx: &mut Conn, id: DeliveryId, owner: &str) -> Result<()> {
    let mine = outbox::table
        .filter(outbox::id.eq(id))
        .filter(outbox::lease_owner.eq(owner))
        .filter(outbox::status.eq(DeliveryStatus::Skipped.as_word()));
    let change =
        (outbox::lease_owner.eq(None::<String>), outbox::lease_until.eq(None::<Timestamp>));
    diesel::update(mine).set(change).execute(tx)?;
    Ok(())
}

/// Skips what has not left yet about a dispatch; answers how many.
pub fn skip_dispatch(tx: &mut Conn, id: DispatchId, why: &str) -> Result<usize> {
    let open = outbox::table
        .filter(outbox::dispatch_id.eq(id))
        .filter(open())
        .select((outbox::id, outbox::letter));
    let rows = match tx {
        Conn::Pg(c) => open.for_update().load(c)?,
        Conn::Sqlite(c) => open.load(c)?,
    };
    withdraw(tx, rows, why)
}
