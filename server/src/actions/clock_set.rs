//! The wall clock was set back: what was due stays due, and a dead server's claim ends in its time.

use serde_json::json;

use super::record::audited;
use super::{Ctx, Office, procedure};
use crate::clock::Timestamp;
use crate::error::Result;
use crate::store::{Place, audit, engine};

/// The clock said `before` a moment ago and says `ctx.now` now, which is earlier.
///
/// Messages that wait are due, claims last no longer than from now, timers that were due are due. Of
/// one server alone (SQLite), a procedure's waits that began in the stretch that comes again keep
/// what was left of them; among several, the others' clocks still tell.
///
/// # Errors
/// The database's.
pub async fn back(office: &Office, ctx: &Ctx, before: Timestamp) -> Result<()> {
    let alone = matches!(office.db.place(), Place::Sqlite(_));
    let ctx = ctx.clone();
    office
        .write(move |tx| {
            let now = ctx.now;
            let messages = engine::due_by_old_clock(tx, now)?;
            let mut timers = engine::timers_due_by_old_clock(tx, now, before)?;
            if alone {
                timers += engine::keep_waits(tx, procedure::RUN, now, before)?;
            }
            let detail = json!({
                "before": before.rfc3339(),
                "now": now.rfc3339(),
                "messages": messages,
                "timers": timers,
            });
            audited(tx, &ctx, "clock.set_back", "service", "clock", detail)
        })
        .await
}

/// When something was last put on record.
///
/// # Errors
/// The database's.
pub async fn last_written(office: &Office) -> Result<Option<Timestamp>> {
    office.db.read(audit::last_at).await
}
