//! What a timer does when it falls due: the engine takes it, the right room acts.

use chrono::Duration;

use super::{Ctx, Office, clocks, dispatches, duties, procedure, tasks};
use crate::error::Result;
use crate::store::engine;

/// Takes one due timer and does what it is for, in one transaction. Answers how late it was, or
/// `None` when nothing is due (another server may have been faster).
///
/// # Errors
/// The database's; the timer is still there then.
pub async fn fire_one(office: &Office, ctx: &Ctx) -> Result<Option<Duration>> {
    let (office_, ctx) = (office.clone(), ctx.clone());
    let late = office
        .db
        .write(move |tx| {
            let Some(timer) = engine::take_timer(tx, ctx.now)? else { return Ok(None) };
            match timer.kind.as_str() {
                procedure::RUN => procedure::fired(tx, &office_, &ctx, &timer)?,
                clocks::CLOCK => clocks::fired(tx, &office_, &ctx, &timer)?,
                tasks::TASK => tasks::fired(tx, &ctx, &timer)?,
                duties::DUTY => duties::fired(tx, &office_, &ctx, &timer)?,
                dispatches::DISPATCH => dispatches::fired(tx, &office_, &ctx, &timer)?,
                // A timer of a newer version's kind: taken off here would be lost there.
                other => return Err(crate::error::Error::internal(format!("timer kind {other}"))),
            }
            Ok(Some(ctx.now - timer.due_at))
        })
        .await?;
    if late.is_some() {
        office.wake.notify_one();
    }
    Ok(late)
}
