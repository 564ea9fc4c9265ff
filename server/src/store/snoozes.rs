//! Who put off the own messages of an incident: what waits for them there leaves later. The lanes know
//! nothing of it: such a message is one that is not due yet.

use crate::store::query::*;

use super::Conn;
use super::engine::open;
use crate::clock::Timestamp;
use crate::domain::ids::{AccountId, IncidentId};
use crate::domain::words::DeliveryStatus;
use crate::each_backend;
use crate::error::Result;
use crate::records::Snooze;
use crate::store::schema::{outbox, snoozes};

/// An answer to what somebody asked of the bot is no alarm: it leaves at once.
pub const ANSWER: &str = "bot_answer";

/// Puts off what waits for this account, and what comes for it until then (by [`of`]); answers how
/// many messages wait longer now.
pub fn put(tx: &mut Conn, row: &Snooze) -> Result<usize> {
    each_backend!(tx, c => diesel::insert_into(snoozes::table)
        .values(row)
        .on_conflict((snoozes::incident_id, snoozes::account_id))
        .do_update()
        .set(row)
        .execute(c))?;
    let waiting = outbox::table
        .filter(outbox::incident_id.eq(row.incident_id))
        .filter(outbox::account_id.eq(row.account_id))
        .filter(open())
        .filter(outbox::status.eq(DeliveryStatus::Waiting.as_word()))
        // Requests to an organisation are no alarms of one person.
        .filter(outbox::dispatch_id.is_null())
        .filter(outbox::purpose.ne(ANSWER))
        .filter(outbox::due_at.lt(row.until));
    Ok(diesel::update(waiting).set(outbox::due_at.eq(row.until)).execute(tx)?)
}

/// Those in force on an incident.
pub fn of(c: &mut Conn, incident: IncidentId, now: Timestamp) -> Result<Vec<Snooze>> {
    Ok(snoozes::table
        .filter(snoozes::incident_id.eq(incident))
        .filter(snoozes::until.gt(now))
        .load(c)?)
}

/// Until when this account wants to hear nothing of an incident.
pub fn until(
    c: &mut Conn,
    incident: IncidentId,
    account: AccountId,
    now: Timestamp,
) -> Result<Option<Timestamp>> {
    Ok(snoozes::table
        .find((incident, account))
        .filter(snoozes::until.gt(now))
        .select(snoozes::until)
        .first(c)
        .optional()?)
}

/// Ends it for this account, or for everybody: what was put off is due at once. Answers how many
/// ended.
pub fn end(
    tx: &mut Conn,
    incident: IncidentId,
    account: Option<AccountId>,
    now: Timestamp,
) -> Result<usize> {
    let mut ended = of(tx, incident, now)?;
    ended.retain(|row| account.is_none_or(|account| row.account_id == account));
    for row in &ended {
        diesel::delete(snoozes::table.find((row.incident_id, row.account_id))).execute(tx)?;
        let put_off = outbox::table
            .filter(outbox::incident_id.eq(row.incident_id))
            .filter(outbox::account_id.eq(row.account_id))
            .filter(open())
            .filter(outbox::status.eq(DeliveryStatus::Waiting.as_word()))
            .filter(outbox::due_at.eq(row.until));
        diesel::update(put_off).set(outbox::due_at.eq(now)).execute(tx)?;
    }
    Ok(ended.len())
}

/// Takes away those that are over; answers how many.
pub fn sweep(tx: &mut Conn, now: Timestamp) -> Result<usize> {
    Ok(diesel::delete(snoozes::table.filter(snoozes::until.le(now))).execute(tx)?)
}
