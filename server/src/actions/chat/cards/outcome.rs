//! What became of a step of a card: done, to be tried again, or trouble with the group.

use chrono::Duration;
use notify::room::RoomError;

use super::{Job, Step};
use crate::actions::chat::place;
use crate::actions::record::audited;
use crate::actions::{Ctx, Office};
use crate::error::Result;
use crate::records::{ChatCard, ChatGroup};
use crate::store::{Conn, chat_cards, chat_groups};

/// The call was not made: its time comes again.
///
/// # Errors
/// The database's.
pub async fn give_back(office: &Office, owner: &str, job: Job) -> Result<()> {
    let owner = owner.to_owned();
    let work = move |tx: &mut Conn| {
        let held = chat_groups::hold(tx, job.group.id)?;
        let mine = held.is_some_and(|group| group.lease_owner.as_deref() == Some(owner.as_str()));
        if let (true, Step::Open, Some(mut card)) =
            (mine, &job.step, chat_cards::hold(tx, job.card)?)
        {
            card.opening_at = None;
            chat_cards::save(tx, &card)?;
        }
        Ok(())
    };
    office.db.write(work).await
}

/// Records what became of a step. Who lost the claim records nothing: a topic that was opened by then
/// is the one in doubt.
///
/// # Errors
/// The database's.
pub async fn settle(
    office: &Office,
    ctx: &Ctx,
    owner: &str,
    job: Job,
    outcome: std::result::Result<String, RoomError>,
) -> Result<()> {
    let (office_, ctx, owner) = (office.clone(), ctx.clone(), owner.to_owned());
    let work = move |tx: &mut Conn| {
        let Some(mut group) = chat_groups::hold(tx, job.group.id)? else { return Ok(()) };
        if group.lease_owner.as_deref() != Some(owner.as_str()) || group.lost_at.is_some() {
            return Ok(());
        }
        let Some(mut card) = chat_cards::hold(tx, job.card)? else { return Ok(()) };
        match &outcome {
            Ok(reference) => done(tx, &ctx, &mut group, &mut card, &job, reference)?,
            Err(why) => {
                if failed(tx, &office_, &ctx, &mut group, &mut card, &job, why)? == Then::Elsewhere
                {
                    return Ok(());
                }
            }
        }
        chat_cards::save(tx, &card)?;
        chat_groups::save(tx, &group)
    };
    office.db.write(work).await
}

fn done(
    tx: &mut Conn,
    ctx: &Ctx,
    group: &mut ChatGroup,
    card: &mut ChatCard,
    job: &Job,
    reference: &str,
) -> Result<()> {
    let mends = match &job.step {
        Step::Open => {
            card.topic = Some(reference.to_owned());
            card.title.clone_from(&job.title);
            card.opening_at = None;
            let detail = serde_json::json!({"card": card.id, "in_doubt": card.doubt_at.is_some()});
            audited(tx, ctx, "chat_card.topic", place::GROUP, &group.id.to_string(), detail)?;
            "topics"
        }
        Step::Reopen(_) => {
            card.closed_at = None;
            "topics"
        }
        Step::Close(_) => {
            card.closed_at = Some(ctx.now);
            "topics"
        }
        Step::Rename(_) => {
            card.title.clone_from(&job.title);
            "topics"
        }
        Step::Put(_) => {
            card.message = Some(reference.to_owned());
            card.shown = Some(job.hash.clone());
            card.pinned = false;
            "write"
        }
        Step::Change(..) => {
            card.shown = Some(job.hash.clone());
            "write"
        }
        Step::Remove(_) => {
            without_message(card);
            "write"
        }
        Step::Pin(_) => {
            card.pinned = true;
            "pin"
        }
    };
    if group.trouble == mends || group.trouble == "denied" {
        place::well(group);
    }
    card.attempts = 0;
    card.last_error = None;
    // There may be a next step; when there is none, the next look says so.
    card.stale_at = Some(card.stale_at.unwrap_or(ctx.now).min(ctx.now));
    Ok(())
}

fn without_message(card: &mut ChatCard) {
    card.message = None;
    card.shown = None;
    card.pinned = false;
}

#[derive(PartialEq)]
enum Then {
    /// The card and its group are kept by the caller.
    Keep,
    /// They were kept where it was dealt with.
    Elsewhere,
}

fn failed(
    tx: &mut Conn,
    office: &Office,
    ctx: &Ctx,
    group: &mut ChatGroup,
    card: &mut ChatCard,
    job: &Job,
    why: &RoomError,
) -> Result<Then> {
    let words = why.to_string();
    card.attempts += 1;
    card.last_error = Some(words.clone());
    let later = ctx.now + rest(card.attempts);
    card.stale_at = Some(later);
    let opening = job.step == Step::Open;
    match why {
        RoomError::Retry { after, .. } => {
            if let Some(after) = after {
                let until = ctx.now + Duration::from_std(*after).unwrap_or(Duration::minutes(15));
                group.paced_at = Some(until);
                card.stale_at = Some(until);
                // It said no: nothing was opened.
                card.opening_at = None;
            }
        }
        RoomError::Denied { .. } => {
            card.opening_at = None;
            place::trouble(tx, ctx, group, "denied", &words)?;
        }
        RoomError::Closed { .. } => {
            if opening {
                card.opening_at = None;
            }
            chat_cards::save(tx, card)?;
            place::lose(tx, office, ctx, group.clone(), "closed")?;
            return Ok(Then::Elsewhere);
        }
        RoomError::Moved { to } => {
            card.opening_at = None;
            card.stale_at = Some(ctx.now);
            chat_cards::save(tx, card)?;
            let from = group.chat.clone();
            chat_groups::save(tx, group)?;
            place::moved(tx, ctx, group.room, &from, to)?;
            return Ok(Then::Elsewhere);
        }
        RoomError::NoTopic { .. } => {
            without_message(card);
            card.topic = None;
            card.title.clear();
            card.closed_at = None;
            card.lost_topics += 1;
            card.stale_at = Some(ctx.now);
            let detail = serde_json::json!({"card": card.id, "times": card.lost_topics});
            let of = group.id.to_string();
            audited(tx, ctx, "chat_card.topic_lost", place::GROUP, &of, detail)?;
        }
        RoomError::NoMessage { .. } => {
            without_message(card);
            if card.attempts <= 2 {
                card.stale_at = Some(ctx.now);
            }
        }
        RoomError::Refused { .. } => match job.step {
            Step::Open | Step::Reopen(_) | Step::Rename(_) | Step::Close(_) => {
                card.opening_at = None;
                card.stale_at = Some(ctx.now);
                place::trouble(tx, ctx, group, "topics", &words)?;
            }
            Step::Pin(_) => {
                card.stale_at = Some(ctx.now);
                place::trouble(tx, ctx, group, "pin", &words)?;
            }
            // It stays behind, and nobody looks after it.
            Step::Remove(_) => {
                without_message(card);
                card.stale_at = Some(ctx.now);
            }
            Step::Put(_) | Step::Change(..) => place::trouble(tx, ctx, group, "write", &words)?,
        },
    }
    Ok(Then::Keep)
}

/// How long a card rests after so many failures in a row: two seconds, doubled up to ten minutes.
fn rest(attempts: i32) -> Duration {
    let doubled = Duration::seconds(1) * 2_i32.saturating_pow(attempts.clamp(1, 10).unsigned_abs());
    doubled.min(Duration::minutes(10))
}
