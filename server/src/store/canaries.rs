//! The canaries of the channels: made at their time, followed until they left or failed.

use crate::store::query::*;
use diesel::dsl::sql;
use diesel::sql_types::Bool;

use super::Conn;
use crate::clock::Timestamp;
use crate::domain::ids::{CanaryId, DeliveryId};
use crate::domain::words::{Channel, DeliveryStatus};
use crate::error::Result;
use crate::records::Canary;
use crate::store::schema::{canaries, outbox};

/// What became of the message of a canary.
#[derive(Debug, Clone)]
pub struct Fate {
    /// Where its message stands.
    pub status: DeliveryStatus,
    /// When it left.
    pub sent_at: Option<Timestamp>,
    /// What the transport said last.
    pub error: Option<String>,
}

/// Adds a canary.
pub fn insert(tx: &mut Conn, canary: &Canary) -> Result<()> {
    diesel::insert_into(canaries::table).values(canary).execute(tx)?;
    Ok(())
}

/// Whether the canary of this time is made.
pub fn is_made(c: &mut Conn, channel: Channel, slot: Timestamp) -> Result<bool> {
    let made = canaries::table
        .filter(canaries::channel.eq(channel.as_word()))
        .filter(canaries::slot.eq(slot));
    Ok(diesel::select(diesel::dsl::exists(made)).get_result(c)?)
}

/// Those whose end is not known yet.
pub fn open(c: &mut Conn) -> Result<Vec<Canary>> {
    Ok(canaries::table
        // Literal, for the partial index.
        .filter(sql::<Bool>("canaries.sent_at is null and canaries.failed_at is null"))
        .order(canaries::slot)
        .limit(100)
        .load(c)?)
}

/// What became of this message.
pub fn fate(c: &mut Conn, delivery: DeliveryId) -> Result<Option<Fate>> {
    let found: Option<(DeliveryStatus, Option<Timestamp>, Option<String>)> = outbox::table
        .find(delivery)
        .select((outbox::status, outbox::sent_at, outbox::last_error))
        .first(c)
        .optional()?;
    Ok(found.map(|(status, sent_at, error)| Fate { status, sent_at, error }))
}

/// Keeps what became of a canary, unless another server did; answers whether it is kept.
pub fn save(tx: &mut Conn, canary: &Canary) -> Result<bool> {
    let same = canaries::table
        .find(canary.id)
        .filter(canaries::sent_at.is_null())
        .filter(canaries::failed_at.is_null());
    let change = (
        canaries::sent_at.eq(canary.sent_at),
        canaries::failed_at.eq(canary.failed_at),
        canaries::alarmed_at.eq(canary.alarmed_at),
        canaries::error.eq(canary.error.clone()),
    );
    Ok(diesel::update(same).set(change).execute(tx)? == 1)
}

/// The canary, held until the transaction ends.
pub fn hold(tx: &mut Conn, id: CanaryId) -> Result<Option<Canary>> {
    let one = canaries::table.find(id);
    Ok(match tx {
        Conn::Pg(c) => one.for_update().first(c),
        Conn::Sqlite(c) => one.first(c),
    }
    .optional()?)
}

/// The last ones of a channel, newest first.
pub fn latest(c: &mut Conn, channel: Channel, limit: i64) -> Result<Vec<Canary>> {
    Ok(canaries::table
        .filter(canaries::channel.eq(channel.as_word()))
        .order(canaries::slot.desc())
        .limit(limit)
        .load(c)?)
}

/// When the last one of a channel left.
pub fn latest_sent(c: &mut Conn, channel: Channel) -> Result<Option<Timestamp>> {
    let sent: Option<Option<Timestamp>> = canaries::table
        .filter(canaries::channel.eq(channel.as_word()))
        .filter(canaries::sent_at.is_not_null())
        .select(canaries::sent_at)
        .order(canaries::slot.desc())
        .first(c)
        .optional()?;
    Ok(sent.flatten())
}
