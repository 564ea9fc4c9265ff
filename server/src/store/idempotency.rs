//! The rows of idempotency keys: by the hash of the key, with the print of the request and its sealed
//! answer (`actions/once.rs` says what they are).

use crate::store::query::*;
use chrono::Duration;

use super::Conn;
use crate::clock::Timestamp;
use crate::each_backend;
use crate::error::Result;
use crate::records::Idempotent;
use crate::store::schema::idempotency_keys;

/// Claims a key, or gives the row of the request that had it. On PostgreSQL the insert waits for a
/// twin that is under way; on SQLite there is one writer.
///
/// # Errors
/// The database's.
pub fn begin(
    tx: &mut Conn,
    scope: &str,
    key: &str,
    request_hash: &[u8],
    now: Timestamp,
) -> Result<Option<Idempotent>> {
    let row = Idempotent {
        scope: scope.to_owned(),
        key: key.to_owned(),
        request_hash: request_hash.to_vec(),
        status: 0,
        body: String::new(),
        created_at: now,
    };
    let added = each_backend!(tx, c => diesel::insert_into(idempotency_keys::table)
        .values(&row)
        .on_conflict_do_nothing()
        .execute(c))?;
    if added == 1 {
        return Ok(None);
    }
    Ok(Some(idempotency_keys::table.find((scope, key)).first(tx)?))
}

/// The row of a key.
///
/// # Errors
/// The database's.
pub fn find(c: &mut Conn, scope: &str, key: &str) -> Result<Option<Idempotent>> {
    Ok(idempotency_keys::table.find((scope, key)).first(c).optional()?)
}

/// Whether the key was answered already.
///
/// # Errors
/// The database's.
pub fn known(c: &mut Conn, scope: &str, key: &str) -> Result<bool> {
    let row = idempotency_keys::table.find((scope, key));
    Ok(diesel::select(diesel::dsl::exists(row)).get_result(c)?)
}

/// Keeps the answer.
///
/// # Errors
/// The database's.
pub fn finish(tx: &mut Conn, scope: &str, key: &str, status: i32, body: &str) -> Result<()> {
    diesel::update(idempotency_keys::table.find((scope, key)))
        .set((idempotency_keys::status.eq(status), idempotency_keys::body.eq(body)))
        .execute(tx)?;
    Ok(())
}

/// Forgets answers of more than a day.
///
/// # Errors
/// The database's.
pub fn sweep(tx: &mut Conn, now: Timestamp) -> Result<usize> {
    let old = now - Duration::days(1);
    Ok(diesel::delete(idempotency_keys::table.filter(idempotency_keys::created_at.lt(old)))
        .execute(tx)?)
}
