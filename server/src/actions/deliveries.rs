//! The fate of a message, recorded: sent, tried again, or given up so that somebody sees it.

use chrono::Duration;
use notify::Outcome;
use serde_json::json;

use super::chat::{fallback, groups, links};
use super::record::{Happened, audited, happened};
use super::{Ctx, Office, webhooks};
use crate::clock::Timestamp;
use crate::domain::words::{Audience, CardState, Channel, DeliveryStatus, Room};
use crate::error::{Error, Result};
use crate::records::Delivery;
use crate::store::engine::{self, Settled};
use crate::store::{Conn, incidents};

/// It left in one message with others.
pub const BUNDLED: &str = "obstacle-bundled";

/// In which shape a message left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Left {
    /// As it was written.
    AsWritten,
    /// As the word that what it asks for is settled, without buttons.
    Settled,
    /// In one message with others, without buttons.
    Together,
}

/// Records what became of a delivery, if this process still holds it.
///
/// # Errors
/// The database's.
pub async fn settle(
    office: &Office,
    ctx: &Ctx,
    owner: &str,
    delivery: Delivery,
    outcome: Outcome,
) -> Result<()> {
    settle_as(office, ctx, owner, delivery, outcome, Left::AsWritten).await
}

/// As [`settle`], for a message that left in this shape.
///
/// # Errors
/// The database's.
pub async fn settle_as(
    office: &Office,
    ctx: &Ctx,
    owner: &str,
    delivery: Delivery,
    outcome: Outcome,
    left: Left,
) -> Result<()> {
    let word = match &outcome {
        Outcome::Sent { .. } => "sent",
        Outcome::Retry { .. } => "retry",
        Outcome::Undeliverable { .. } => "undeliverable",
        Outcome::Closed { .. } => "closed",
        Outcome::Moved { .. } => "moved",
    };
    metrics::counter!("dieuphoi_deliveries_total", "channel" => delivery.channel.as_word(), "outcome" => word)
        .increment(1);
    let jitter = jitter();
    let (ctx, owner) = (ctx.clone(), owner.to_owned());
    let (office_, webhook) = (office.clone(), delivery.channel == Channel::Webhook);
    office
        .db
        .write(move |tx| record(tx, &office_, &ctx, &owner, &delivery, (&outcome, left), jitter))
        .await?;
    if webhook {
        // What its fate led the run to is due at once.
        office.wake.notify_one();
    }
    Ok(())
}

fn record(
    tx: &mut Conn,
    office: &Office,
    ctx: &Ctx,
    owner: &str,
    delivery: &Delivery,
    (outcome, left): (&Outcome, Left),
    jitter: f64,
) -> Result<()> {
    let mut settled = Settled {
        status: DeliveryStatus::Sent,
        due_at: ctx.now,
        last_error: None,
        reference: None,
        sent_at: None,
        card: None,
    };
    match outcome {
        Outcome::Sent { reference } => {
            settled.reference.clone_from(reference);
            settled.sent_at = Some(ctx.now);
            settled.last_error = match left {
                Left::Together => Some(BUNDLED.to_owned()),
                // That it went by mail because a chat failed stays on record.
                _ => delivery.last_error.clone().filter(|why| why == fallback::INSTEAD),
            };
            settled.card = match left {
                Left::AsWritten => delivery.has_buttons().then_some(CardState::Live),
                Left::Settled => Some(CardState::Done),
                Left::Together => None,
            };
        }
        Outcome::Retry { after, why } => {
            let wait = after.unwrap_or_else(|| {
                notify::backoff(u32::try_from(delivery.attempts).unwrap_or(1), jitter)
            });
            let due = ctx.now + Duration::from_std(wait).unwrap_or(Duration::minutes(15));
            settled.last_error = Some(why.clone());
            settled.due_at = due;
            settled.status = if given_up(delivery, due) {
                DeliveryStatus::Failed
            } else {
                DeliveryStatus::Waiting
            };
        }
        Outcome::Undeliverable { why } => {
            settled.last_error = Some(why.clone());
            settled.status = DeliveryStatus::Failed;
        }
        Outcome::Closed { why } => {
            closed(tx, office, ctx, delivery, why)?;
            settled.last_error = Some(why.clone());
            settled.status = DeliveryStatus::Failed;
        }
        Outcome::Moved { to } => {
            moved(tx, ctx, delivery, to)?;
            settled.status = DeliveryStatus::Waiting;
        }
    }
    if !engine::settle(tx, delivery, owner, &settled)? {
        // The claim was lost: whoever has it now records the fate.
        return Ok(());
    }
    // A browser rings beside other ways: that it is gone is no news about its person.
    if settled.status == DeliveryStatus::Failed && delivery.channel != Channel::Push {
        failed(tx, ctx, delivery)?;
        fallback::given_up(tx, office, ctx, delivery)?;
    }
    match outcome {
        Outcome::Closed { .. } => {
            for other in fallback::closed(tx, ctx, delivery)? {
                failed(tx, ctx, &other)?;
                fallback::given_up(tx, office, ctx, &other)?;
            }
        }
        Outcome::Retry { after, .. } if room_of(delivery.channel).is_some() => {
            if after.is_some() {
                // A pause is for the chat, whoever of us sends there.
                engine::pause_address(tx, delivery.channel, &delivery.address, settled.due_at)?;
            }
            fallback::late(tx, office, ctx, delivery, settled.due_at)?;
        }
        _ => {}
    }
    webhooks::settled(tx, office, ctx, delivery, settled.status)
}

fn given_up(delivery: &Delivery, next: Timestamp) -> bool {
    let whole = Duration::from_std(notify::give_up_after()).unwrap_or(Duration::hours(24));
    next > delivery.created_at + whole
}

/// A chat has a new number: it is kept for the next message, and this one goes there.
fn moved(tx: &mut Conn, ctx: &Ctx, delivery: &Delivery, to: &str) -> Result<()> {
    engine::readdress(tx, delivery.id, to)?;
    let Some(room) = room_of(delivery.channel) else { return Ok(()) };
    links::moved(tx, room, &delivery.address, to)?;
    groups::moved_in(tx, ctx, room, &delivery.address, to)
}

/// A chat is closed to us: its links are broken from now on, or the group is lost.
fn closed(tx: &mut Conn, office: &Office, ctx: &Ctx, delivery: &Delivery, why: &str) -> Result<()> {
    match room_of(delivery.channel) {
        Some(room) => {
            links::broke(tx, office, ctx, room, &delivery.address, why)?;
            groups::closed_in(tx, office, ctx, room, &delivery.address)
        }
        None => Ok(()),
    }
}

fn room_of(channel: Channel) -> Option<Room> {
    Room::ALL.iter().copied().find(|room| room.channel() == Some(channel))
}

/// Somebody could not be told: it stands in the timeline, and the person in the list to call.
fn failed(tx: &mut Conn, ctx: &Ctx, delivery: &Delivery) -> Result<()> {
    let Some(id) = delivery.incident_id else { return Ok(()) };
    let incident = incidents::hold(tx, id)?;
    let entry = Happened::new("delivery_failed")
        .to(Audience::Coordination)
        .with("name", &delivery.recipient_name)
        .with("channel", delivery.channel);
    happened(tx, ctx, &incident, entry)?;
    let detail = json!({"channel": delivery.channel, "purpose": delivery.purpose});
    audited(tx, ctx, "delivery.failed", "incident", &incident.code, detail)
}

/// 0..1, so that a recovered mail server is not met by everything at once.
fn jitter() -> f64 {
    let mut byte = [0_u8; 1];
    match getrandom::fill(&mut byte) {
        Ok(()) => f64::from(byte[0]) / 255.0,
        Err(why) => {
            // Without randomness everything waits the same time: slower, not wrong.
            let _unused: Error = Error::internal(why);
            0.5
        }
    }
}
