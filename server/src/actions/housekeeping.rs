//! What is done by the calendar, by one server a slot.

use serde_json::json;

use super::letters::AccountMatter;
use super::record::audited;
use super::{Ctx, Office, announce, chat, duties, rota, sessions};
use crate::domain::words::Role;
use crate::error::Result;
use crate::store::{Conn, accounts, audit, chat_presses, engine, idempotency};

/// Runs a chore of the calendar, unless another server has this slot.
///
/// # Errors
/// The database's.
pub async fn run(office: &Office, ctx: &Ctx, job: &'static str) -> Result<()> {
    let (office_, ctx, now) = (office.clone(), ctx.clone(), ctx.now);
    let slot = ctx.now.utc().format("%Y-%m-%dT%H").to_string();
    let rest = office.config.security.session_idle_minutes;
    office
        .write(move |tx| {
            if !engine::claim_slot(tx, job, &slot, ctx.now)? {
                return Ok(());
            }
            if job == "anchor" {
                return anchor(tx, &office_, &ctx, &slot);
            }
            if job == "rota" {
                return rota::watch::look_at_all(tx, &office_, &ctx);
            }
            if job == "sweep" {
                let sessions = sessions::sweep(tx, rest, ctx.now)?;
                let keys = idempotency::sweep(tx, ctx.now)?;
                chat::codes::sweep(tx, ctx.now)?;
                let asked = chat_presses::sweep(tx, ctx.now - chrono::Duration::days(1))?;
                crate::store::snoozes::sweep(tx, ctx.now)?;
                let duties = duties::yearly(tx, &office_, &ctx)?;
                let updates = chat::intake::sweep(tx, ctx.now)?;
                let detail = json!({"sessions": sessions, "idempotency_keys": keys,
                    "duties": duties, "chat_presses": asked, "chat_updates": updates});
                audited(tx, &ctx, "housekeeping.sweep", "service", "sweep", detail)?;
            }
            Ok(())
        })
        .await?;
    if job == "sweep" {
        // Bytes that nobody committed; two servers at it do no harm.
        office.files.sweep(&office.db, now).await?;
    }
    Ok(())
}

/// What a new installation, or another year, must not wait an hour for: the next yearly duties.
///
/// # Errors
/// The database's.
pub async fn at_start(office: &Office, ctx: &Ctx) -> Result<()> {
    let (office_, ctx) = (office.clone(), ctx.clone());
    office.write(move |tx| duties::yearly(tx, &office_, &ctx).map(|_| ())).await
}

/// The daily anchor: the chain's head, mailed to the auditors, so that a chain that was rewritten
/// as a whole is found out (design.md rule 7).
fn anchor(tx: &mut Conn, office: &Office, ctx: &Ctx, slot: &str) -> Result<()> {
    let Some((seq, hash)) = audit::head(tx)? else { return Ok(()) };
    for auditor in accounts::with_role(tx, Role::Auditor, None)? {
        let matter = AccountMatter::new("anchor")
            .fact("fact-audit-seq", seq.to_string())
            .fact("fact-audit-hash", hash.clone())
            .link("letter-open-audit", "/nhat-ky");
        let key = format!("anchor:{slot}:{}", auditor.id);
        announce::tell_account(tx, office, ctx, &auditor, &matter, &key)?;
    }
    audited(tx, ctx, "housekeeping.anchor", "service", "anchor", json!({"seq": seq, "hash": hash}))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::on_each;

    #[actix_web::test]
    async fn the_auditor_gets_the_chain_s_head_once_a_slot() {
        on_each(|stage| async move {
            stage.province().await;
            let app = stage.app();
            let ctx = app.own("engine");
            run(&stage.office, &ctx, "sweep").await.unwrap();
            crate::actions::audit::seal(&stage.office, 100).await.unwrap();
            run(&stage.office, &ctx, "anchor").await.unwrap();
            run(&stage.office, &ctx, "anchor").await.unwrap();
            assert_eq!(stage.count("outbox").await, 1);
        })
        .await;
    }
}
