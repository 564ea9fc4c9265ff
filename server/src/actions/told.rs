//! The delivery ledger as people read it: what was said to whom, and who has not been told.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;

use super::incidents::find_seen;
use super::{Ctx, Office};
use crate::clock::Timestamp;
use crate::domain::refusal::FieldError;
use crate::domain::sight::{Depth, Verb};
use crate::domain::words::{Channel, DeliveryStatus};
use crate::error::{Error, Result};
use crate::records::{Delivery, Incident};
use crate::store::{Conn, engine};

/// One row of the ledger.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Message {
    /// By which channel.
    pub channel: Channel,
    /// The address, or the name where there is none.
    pub recipient: String,
    /// Why.
    pub purpose: String,
    /// What became of it.
    pub status: DeliveryStatus,
    /// How often it was tried.
    pub attempts: i32,
    /// The obstacle, or what the transport said.
    pub last_error: Option<String>,
    /// When it leaves, if it waits.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub due_at: Option<Timestamp>,
    /// When it was put into the outbox.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When it was handed over.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub sent_at: Option<Timestamp>,
}

/// A page of the ledger.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Messages {
    /// The rows, oldest first.
    pub items: Vec<Message>,
    /// Where the next page begins.
    pub next: Option<String>,
}

/// Somebody who has not been told, by any channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Untold {
    /// Who.
    pub name: String,
    /// The role's word.
    pub role: String,
    /// The number to call.
    pub phone: String,
    /// Of what they have not been told.
    pub purposes: Vec<String>,
    /// What stands in the way: a key of the catalogs, or the transport's words.
    pub reason: String,
    /// Since when.
    #[schema(value_type = String, format = DateTime)]
    pub since: Timestamp,
}

/// How many were told.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Told {
    /// Persons who were to be told.
    pub persons: usize,
    /// Of whom something was handed over.
    pub reached: usize,
    /// Something is on its way.
    pub waiting: usize,
    /// Nothing gets through.
    pub untold: usize,
}

/// How many rows of the ledger an incident's page looks at.
const MOST: i64 = 2_000;

fn seen(c: &mut Conn, ctx: &Ctx, name: &str) -> Result<Incident> {
    let (incident, depth) = find_seen(c, ctx, name)?;
    if depth == Depth::Reporter {
        return Err(Error::NotFound("incident"));
    }
    Verb::SeeMessages.by(&ctx.actor)?;
    Ok(incident)
}

/// A page of the ledger of an incident.
///
/// # Errors
/// [`Error::NotFound`], not allowed, a forged cursor as a bad field.
pub async fn messages(
    office: &Office,
    ctx: &Ctx,
    name: &str,
    cursor: String,
    limit: i64,
) -> Result<Messages> {
    let (ctx, name) = (ctx.clone(), name.to_owned());
    office
        .db
        .read(move |c| {
            let incident = seen(c, &ctx, &name)?;
            let after = match cursor.trim() {
                "" => None,
                text => Some(decode(text).ok_or(FieldError::new("cursor", "field-cursor"))?),
            };
            let limit = limit.clamp(1, 200);
            let mut rows = engine::deliveries_after(c, incident.id, after, limit + 1)?;
            let most = usize::try_from(limit).unwrap_or(200);
            let more = rows.len() > most;
            rows.truncate(most);
            let next = rows.last().filter(|_| more).map(|last| {
                URL_SAFE_NO_PAD.encode(format!("{}.{}", last.created_at.micros(), last.id))
            });
            Ok(Messages { items: rows.into_iter().map(message).collect(), next })
        })
        .await
}

fn decode(text: &str) -> Option<(Timestamp, crate::domain::ids::DeliveryId)> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
    let (micros, id) = text.split_once('.')?;
    Some((Timestamp::from_micros(micros.parse().ok()?), id.parse().ok()?))
}

fn message(row: Delivery) -> Message {
    let recipient = if row.address.is_empty() { row.recipient_name } else { row.address };
    Message {
        channel: row.channel,
        recipient,
        purpose: row.purpose,
        status: row.status,
        attempts: row.attempts,
        last_error: row.last_error,
        due_at: (row.status == DeliveryStatus::Waiting).then_some(row.due_at),
        created_at: row.created_at,
        sent_at: row.sent_at,
    }
}

/// Who has not been told of something of this incident.
///
/// # Errors
/// [`Error::NotFound`], not allowed.
pub async fn untold(office: &Office, ctx: &Ctx, name: &str) -> Result<Vec<Untold>> {
    let (ctx, name) = (ctx.clone(), name.to_owned());
    office
        .db
        .read(move |c| {
            let incident = seen(c, &ctx, &name)?;
            Ok(ledger(c, &incident)?.1)
        })
        .await
}

/// The summary of the ledger, and who has not been told, each person once.
///
/// # Errors
/// The database's.
pub fn ledger(c: &mut Conn, incident: &Incident) -> Result<(Told, Vec<Untold>)> {
    let rows = engine::deliveries(c, incident.id, MOST)?;
    Ok(summed(&rows))
}

fn summed(rows: &[Delivery]) -> (Told, Vec<Untold>) {
    // Per cause and person: one channel that works is enough.
    let mut causes: Vec<(&str, Vec<&Delivery>)> = Vec::new();
    // Another system is nobody to call: its row stands in the ledger, and the run says what follows.
    for row in rows.iter().filter(|row| row.channel != Channel::Webhook) {
        let cause = row.dedup_key.rsplit_once('|').map_or(row.dedup_key.as_str(), |(head, _)| head);
        match causes.iter_mut().find(|(known, _)| *known == cause) {
            Some((_, same)) => same.push(row),
            None => causes.push((cause, vec![row])),
        }
    }
    let person = |cause: &str| cause.rsplit_once('|').map_or("", |(_, who)| who).to_owned();
    let mut told: Vec<(String, bool, bool)> = Vec::new();
    let mut untold: Vec<(String, Untold)> = Vec::new();
    for (cause, same) in &causes {
        use DeliveryStatus::{Delivered, Sending, Sent, Waiting};
        // What an answer made needless is nobody's loss.
        let needless = |row: &&Delivery| {
            matches!(row.last_error.as_deref(), Some("obstacle-answered" | "obstacle-withdrawn"))
        };
        if same.iter().all(needless) {
            continue;
        }
        let who = person(cause);
        let reached = same.iter().any(|row| matches!(row.status, Sent | Delivered));
        let waits = same.iter().any(|row| matches!(row.status, Waiting | Sending));
        match told.iter_mut().find(|(known, ..)| *known == who) {
            Some(known) => {
                known.1 |= reached;
                known.2 |= waits;
            }
            None => told.push((who.clone(), reached, waits)),
        }
        let Some(first) = same.first().filter(|_| !reached && !waits) else { continue };
        match untold.iter_mut().find(|(known, _)| *known == who) {
            Some((_, known)) => {
                if !known.purposes.contains(&first.purpose) {
                    known.purposes.push(first.purpose.clone());
                }
            }
            None => untold.push((
                who,
                Untold {
                    name: first.recipient_name.clone(),
                    role: first.recipient_role.clone(),
                    phone: first.recipient_phone.clone(),
                    purposes: vec![first.purpose.clone()],
                    reason: first.last_error.clone().unwrap_or_default(),
                    since: first.created_at,
                },
            )),
        }
    }
    let summary = Told {
        persons: told.len(),
        reached: told.iter().filter(|(_, reached, _)| *reached).count(),
        waiting: told.iter().filter(|(_, reached, waits)| !reached && *waits).count(),
        untold: untold.len(),
    };
    (summary, untold.into_iter().map(|(_, one)| one).collect())
}
