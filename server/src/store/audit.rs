//! The audit trail: written inside every action, sealed into a hash chain in batches.

use crate::store::query::*;
use diesel::sql_types::{Array, BigInt, Text};

use super::{Conn, MultiBackend};
use crate::clock::Timestamp;
use crate::domain::ids::AuditId;
use crate::error::Result;
use crate::records::AuditEntry;
use crate::store::schema::audit;

/// Adds an entry that is not sealed yet.
pub fn insert(tx: &mut Conn, entry: &AuditEntry) -> Result<()> {
    diesel::insert_into(audit::table).values(entry).execute(tx)?;
    Ok(())
}

/// What waits for its seal, in the order in which it gets it.
pub fn unsealed(c: &mut Conn, limit: i64) -> Result<Vec<AuditEntry>> {
    Ok(audit::table.filter(audit::seq.is_null()).order(audit::id).limit(limit).load(c)?)
}

/// How much is not sealed yet.
pub fn count_unsealed(c: &mut Conn) -> Result<i64> {
    Ok(audit::table.filter(audit::seq.is_null()).count().get_result(c)?)
}

/// The last sealed link: its number and hash.
pub fn head(c: &mut Conn) -> Result<Option<(i64, String)>> {
    let found: Option<(Option<i64>, Option<String>)> = audit::table
        .filter(audit::seq.is_not_null())
        .select((audit::seq, audit::hash))
        .order(audit::seq.desc())
        .first(c)
        .optional()?;
    Ok(found.and_then(|(seq, hash)| Some((seq?, hash?))))
}

/// When the newest entry was written.
pub fn last_at(c: &mut Conn) -> Result<Option<Timestamp>> {
    Ok(audit::table.select(audit::at).order(audit::id.desc()).first(c).optional()?)
}

/// Makes sure that only one server seals at a time; on SQLite the writer is alone anyway.
pub fn hold_chain(tx: &mut Conn) -> Result<()> {
    if let Conn::Pg(c) = tx {
        diesel::sql_query("select pg_advisory_xact_lock(4611686018427391294)").execute(c)?;
    }
    Ok(())
}

/// The seal of one entry: its place in the chain, and the hashes of the link before and its own.
pub struct Seal {
    /// The entry.
    pub id: AuditId,
    /// Its number.
    pub seq: i64,
    /// Hash of the link before it.
    pub previous: String,
    /// Its own hash.
    pub hash: String,
}

/// Seals these entries.
pub fn seal(tx: &mut Conn, seals: &[Seal]) -> Result<()> {
    match tx {
        // Each statement is a way to the server and back.
        Conn::Pg(c) => {
            let all = "update audit set seq = v.seq, previous = v.previous, hash = v.hash \
                       from unnest($1::uuid[], $2, $3, $4) as v (id, seq, previous, hash) \
                       where audit.id = v.id";
            diesel::sql_query(all)
                .bind::<Array<Text>, _>(
                    seals.iter().map(|seal| seal.id.to_string()).collect::<Vec<_>>(),
                )
                .bind::<Array<BigInt>, _>(seals.iter().map(|seal| seal.seq).collect::<Vec<_>>())
                .bind::<Array<Text>, _>(
                    seals.iter().map(|seal| &*seal.previous).collect::<Vec<_>>(),
                )
                .bind::<Array<Text>, _>(seals.iter().map(|seal| &*seal.hash).collect::<Vec<_>>())
                .execute(c)?;
        }
        Conn::Sqlite(c) => {
            for seal in seals {
                let change = (
                    audit::seq.eq(Some(seal.seq)),
                    audit::previous.eq(Some(&seal.previous)),
                    audit::hash.eq(Some(&seal.hash)),
                );
                diesel::update(audit::table.find(seal.id)).set(change).execute(c)?;
            }
        }
    }
    Ok(())
}

/// Sealed entries after `after`, oldest first.
pub fn chain(c: &mut Conn, after: i64, limit: i64) -> Result<Vec<AuditEntry>> {
    Ok(audit::table.filter(audit::seq.gt(after)).order(audit::seq).limit(limit).load(c)?)
}

/// What the auditor looks for; each is found by an index, alone or with the others.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Exactly this action.
    pub action: Option<String>,
    /// Exactly this actor, by the name as written.
    pub actor: Option<String>,
    /// Exactly this object: an incident's code, an organisation's key.
    pub object: Option<String>,
}

/// Sealed entries before `before`, newest first: what people read.
pub fn list(
    c: &mut Conn,
    wanted: &Wanted,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<AuditEntry>> {
    let mut query = audit::table.into_boxed::<MultiBackend>();
    if let Some(action) = &wanted.action {
        query = query.filter(audit::action.eq(action.clone()));
    }
    if let Some(actor) = &wanted.actor {
        query = query.filter(audit::actor.eq(actor.clone()));
    }
    if let Some(object) = &wanted.object {
        query = query.filter(audit::object.eq(object.clone()));
    }
    Ok(query
        .filter(audit::seq.lt(before.unwrap_or(i64::MAX)))
        .order(audit::seq.desc())
        .limit(limit)
        .load(c)?)
}

/// Rows that carry half a seal, or a number that no seal gives: somebody changed them.
pub fn strays(c: &mut Conn) -> Result<i64> {
    let half =
        audit::seq.is_null().and(audit::hash.is_not_null().or(audit::previous.is_not_null()));
    Ok(audit::table.filter(half.or(audit::seq.le(0))).count().get_result(c)?)
}
