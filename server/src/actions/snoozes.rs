//! Silence for a while: the own messages of one incident wait 15 minutes, an hour or four. The
//! escalation itself goes on, and everybody else hears of it as before.

use chrono::Duration;
use serde::Deserialize;
use serde_json::json;

use super::incidents::hold_for;
use super::record::{Happened, audited, happened};
use super::{Ctx, Office};
use crate::clock::Timestamp;
use crate::domain::refusal::{FieldError, Refusal};
use crate::domain::sight::Verb;
use crate::domain::words::{Audience, Priority};
use crate::error::Result;
use crate::records::{Delivery, Incident, Snooze};
use crate::store::{Conn, snoozes};

/// For how long: minutes, and the key of the catalogs.
pub const SPANS: [(i32, &str); 3] = [(15, "snooze-15"), (60, "snooze-60"), (240, "snooze-240")];

/// For how long.
#[derive(Debug, Clone, Default, Deserialize, utoipa::ToSchema)]
pub struct NewSnooze {
    /// 15, 60 or 240 minutes.
    #[serde(default)]
    pub minutes: i32,
}

/// Puts off the own messages of an incident; answers until when. Whatever its author does on the
/// incident afterwards ends it ([`answered`]).
///
/// # Errors
/// A span that is not offered; [`Refusal::NotReady`] for an urgent incident and for one that is over.
pub async fn snooze(office: &Office, ctx: &Ctx, name: &str, new: NewSnooze) -> Result<Timestamp> {
    let (ctx, name) = (ctx.clone(), name.to_owned());
    office
        .write(move |tx| {
            let incident = hold_for(tx, &ctx, &name, Verb::Snooze)?;
            let account = ctx.actor.account().ok_or(Refusal::NotAllowed)?;
            if incident.state.is_over() {
                return Err(Refusal::NotReady { key: "obstacle-case-over" }.into());
            }
            if incident.priority == Priority::Urgent {
                return Err(Refusal::NotReady { key: "obstacle-snooze-urgent" }.into());
            }
            if !SPANS.iter().any(|(minutes, _)| *minutes == new.minutes) {
                return Err(FieldError::new("minutes", "field-unknown").into());
            }
            let until = ctx.now + Duration::minutes(i64::from(new.minutes));
            let row = Snooze { incident_id: incident.id, account_id: account, until, at: ctx.now };
            snoozes::put(tx, &row)?;
            let entry = Happened::new("snoozed").to(Audience::Coordination).with("until", until);
            happened(tx, &ctx, &incident, entry)?;
            let detail = json!({"minutes": new.minutes});
            audited(tx, &ctx, "incident.snooze", "incident", &incident.code, detail)?;
            Ok(until)
        })
        .await
}

/// Whoever acts on an incident is awake: what was put off for them comes now.
///
/// # Errors
/// The database's.
pub fn answered(tx: &mut Conn, ctx: &Ctx, incident: &Incident) -> Result<()> {
    if let Some(account) = ctx.actor.account() {
        snoozes::end(tx, incident.id, Some(account), ctx.now)?;
    }
    Ok(())
}

/// The incident became urgent: nobody sleeps any more.
///
/// # Errors
/// The database's.
pub fn raised(tx: &mut Conn, ctx: &Ctx, before: Priority, incident: &Incident) -> Result<()> {
    if incident.priority == Priority::Urgent && before != Priority::Urgent {
        snoozes::end(tx, incident.id, None, ctx.now)?;
    }
    Ok(())
}

/// Who of those that are told of this incident now hears it later.
///
/// # Errors
/// The database's.
pub fn asleep(tx: &mut Conn, incident: &Incident, now: Timestamp) -> Result<Vec<Snooze>> {
    if incident.priority == Priority::Urgent || incident.state.is_over() {
        return Ok(Vec::new());
    }
    snoozes::of(tx, incident.id, now)
}

/// Puts one message off if its reader wants silence.
pub fn put_off(asleep: &[Snooze], delivery: &mut Delivery) {
    let of = |row: &&Snooze| delivery.account_id == Some(row.account_id);
    if let (Some(row), None) = (asleep.iter().find(of), delivery.dispatch_id) {
        delivery.due_at = delivery.due_at.max(row.until);
    }
}
