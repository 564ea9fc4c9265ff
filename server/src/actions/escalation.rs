//! Escalation by a person who does not want to wait for silence: the next step of the running
//! procedure comes now; where none waits, the next level is told at once.

use chrono::Duration;
use playbooks::Role as Wanted;
use serde::Deserialize;
use serde_json::{Value, json};

use super::announce::{Cause, tell};
use super::incidents::{hold_for, touch, written};
use super::letters::Matter;
use super::recipients::resolve;
use super::record::{Happened, audited, happened};
use super::{Ctx, Office, procedure};
use crate::domain::refusal::Refusal;
use crate::domain::sight::Verb;
use crate::domain::words::Audience;
use crate::error::Result;
use crate::records::{Entry, Incident};
use crate::store::{Conn, timeline};

/// The kind of its entries.
const ESCALATED: &str = "escalated";
/// A second call so soon is the same call, pressed twice or by two people at once.
const SAME: Duration = Duration::seconds(60);

/// Why nobody waits.
#[derive(Debug, Clone, Default, Deserialize, utoipa::ToSchema)]
pub struct Escalate {
    /// In words; whoever is told reads it.
    #[serde(default)]
    pub reason: String,
    /// A word of secrecy stands alone in the reason, and it is no secret.
    #[serde(default)]
    pub secret_confirmed: bool,
}

/// Escalates now.
///
/// # Errors
/// Bad fields; [`Refusal::NotReady`] for a case that is over, for a second call within a minute, and
/// when there is nobody above.
pub async fn escalate(office: &Office, ctx: &Ctx, name: &str, call: Escalate) -> Result<Incident> {
    let (office_, ctx, name) = (office.clone(), ctx.clone(), name.to_owned());
    office
        .write(move |tx| {
            let mut incident = hold_for(tx, &ctx, &name, Verb::Escalate)?;
            if incident.state.is_over() {
                return Err(Refusal::NotReady { key: "obstacle-case-over" }.into());
            }
            let reason = written("reason", &call.reason, call.secret_confirmed)?;
            let earlier = timeline::of_kind(tx, incident.id, ESCALATED, 50)?;
            if earlier.first().is_some_and(|last| ctx.now - last.at < SAME) {
                return Err(Refusal::NotReady { key: "obstacle-escalated-now" }.into());
            }
            let to = match procedure::waits(tx, &incident)? {
                Some(run) => {
                    said(tx, &ctx, &incident, "playbook", &reason)?;
                    procedure::escalate(tx, &office_, &ctx, &incident, run, &reason)?;
                    "playbook"
                }
                None => above(tx, &office_, &ctx, &incident, &earlier, &reason)?,
            };
            let detail = json!({"to": to});
            audited(tx, &ctx, "incident.escalate", "incident", &incident.code, detail)?;
            touch(tx, &ctx, &mut incident)?;
            Ok(incident)
        })
        .await
}

fn said(tx: &mut Conn, ctx: &Ctx, incident: &Incident, to: &str, why: &str) -> Result<Entry> {
    let entry = Happened::new(ESCALATED).to(Audience::Coordination).with("to", to).text(why);
    happened(tx, ctx, incident, entry)
}

/// No procedure waits for anybody: the leaders are told, and after them the steering committee.
fn above(
    tx: &mut Conn,
    office: &Office,
    ctx: &Ctx,
    incident: &Incident,
    earlier: &[Entry],
    why: &str,
) -> Result<&'static str> {
    let levels = [("leader", Wanted::Leader), ("committee", Wanted::Committee)];
    let known = |entry: &Entry| {
        let data: Value = serde_json::from_str(&entry.data).unwrap_or_default();
        levels.iter().any(|(level, _)| data["to"] == *level)
    };
    let first = usize::from(earlier.iter().any(known));
    for (level, role) in levels.iter().skip(first).chain(levels.iter().take(first)) {
        let people = resolve(tx, incident, role, ctx.now)?;
        if people.is_empty() {
            continue;
        }
        let entry = said(tx, ctx, incident, level, why)?;
        let mut matter = Matter::about(incident, "escalated");
        matter.values = vec![("by", ctx.actor.name())];
        matter.text = Some(why.to_owned());
        let cause = Cause::new(format!("incident:{}:escalated:{}", incident.id, entry.id));
        tell(tx, office, ctx, incident, &people, &matter, &cause)?;
        return Ok(level);
    }
    Err(Refusal::NotReady { key: "obstacle-nobody-above" }.into())
}
