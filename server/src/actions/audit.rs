//! The audit trail: sealed into a hash chain.

use sha2::{Digest, Sha256};

use super::Office;
use crate::error::Result;
use crate::records::AuditEntry;
use crate::store::audit as store;

/// What the first link points back to.
pub const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// The text that is hashed: a compact JSON array of strings (docs/audit-format.md).
pub fn canonical(entry: &AuditEntry, seq: i64, previous: &str) -> String {
    let fields = [
        seq.to_string(),
        entry.at.rfc3339(),
        entry.actor_id.map(|id| id.to_string()).unwrap_or_default(),
        entry.actor.clone(),
        entry.action.clone(),
        entry.object_kind.clone(),
        entry.object.clone(),
        entry.address.clone(),
        entry.request_id.clone(),
        entry.detail.clone(),
        previous.to_owned(),
    ];
    serde_json::Value::from(fields.to_vec()).to_string()
}

/// Seals what waits, at most `limit` entries; answers how many.
///
/// # Errors
/// The database's.
pub async fn seal(office: &Office, limit: i64) -> Result<usize> {
    if office.db.read(|c| store::count_unsealed(c)).await? == 0 {
        return Ok(0);
    }
    office
        .db
        .write(move |tx| {
            store::hold_chain(tx)?;
            let (mut seq, mut previous) =
                store::head(tx)?.unwrap_or_else(|| (0, GENESIS.to_owned()));
            let waiting = store::unsealed(tx, limit)?;
            for entry in &waiting {
                seq += 1;
                let hash = hex::encode(Sha256::digest(canonical(entry, seq, &previous)));
                store::seal(tx, entry.id, seq, &previous, &hash)?;
                previous = hash;
            }
            Ok(waiting.len())
        })
        .await
}
