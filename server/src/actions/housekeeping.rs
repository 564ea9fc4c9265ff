//! What is done by the calendar, by one server a slot.

use serde_json::json;

use super::record::audited;
use super::{Ctx, Office};
use crate::error::Result;
use crate::store::{accounts, engine, idempotency};

/// Runs a chore of the calendar, unless another server has this slot.
///
/// # Errors
/// The database's.
pub async fn run(office: &Office, ctx: &Ctx, job: &'static str) -> Result<()> {
    let ctx = ctx.clone();
    let slot = ctx.now.utc().format("%Y-%m-%dT%H").to_string();
    office
        .write(move |tx| {
            if !engine::claim_slot(tx, job, &slot, ctx.now)? {
                return Ok(());
            }
            if job == "sweep" {
                let sessions = accounts::sweep_sessions(tx, ctx.now)?;
                let keys = idempotency::sweep(tx, ctx.now)?;
                let detail = json!({"sessions": sessions, "idempotency_keys": keys});
                audited(tx, &ctx, "housekeeping.sweep", "service", "sweep", detail)?;
            }
            Ok(())
        })
        .await
}
