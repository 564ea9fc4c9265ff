//! Messages that are taken back: what has not left does not leave, on any channel, and what had left
//! is recorded as sent. Where it has buttons that act, it is changed where it stands.

use crate::store::query::*;

use super::Conn;
use super::engine::{blank, open};
use crate::clock::Timestamp;
use crate::domain::ids::{DeliveryId, DispatchId, IncidentId};
use crate::domain::words::{CardState, Channel, DeliveryStatus};
use crate::error::Result;
use crate::records::Delivery;
use crate::store::schema::{chat_presses, outbox};

/// What ended what a message asks for.
#[derive(Debug, Clone, Copy)]
pub struct Over<'a> {
    /// Why what has not left does not: `obstacle-…`.
    pub why: &'a str,
    /// What cards say instead, as JSON (`Delivery::card_note`).
    pub note: &'a str,
    /// When.
    pub at: Timestamp,
}

type Row = (DeliveryId, String, Option<String>);

/// Skips what has not left yet of a step of a playbook: the answer came first. What a server has
/// claimed and not yet begun to send is skipped as well (see [`still_wanted`]). Cards that have left
/// are changed.
pub fn skip_step(tx: &mut Conn, incident: IncidentId, step: &str, over: Over<'_>) -> Result<usize> {
    let cards = outbox::table
        .filter(outbox::incident_id.eq(incident))
        .filter(outbox::step.eq(step))
        .filter(outbox::card.eq(CardState::Live.as_word()))
        .select(outbox::id);
    let cards = cards.load(tx)?;
    stale(tx, cards, over)?;
    let of_step = outbox::table
        .filter(outbox::incident_id.eq(incident))
        .filter(outbox::step.eq(step))
        .filter(open())
        .select((outbox::id, outbox::letter, outbox::lease_owner));
    let rows = match tx {
        Conn::Pg(c) => of_step.for_update().load::<Row>(c)?,
        Conn::Sqlite(c) => of_step.load::<Row>(c)?,
    };
    withdraw(tx, rows, over)
}

/// Skips what has not left yet about a dispatch; answers how many. Cards that have left are changed.
pub fn skip_dispatch(tx: &mut Conn, id: DispatchId, over: Over<'_>) -> Result<usize> {
    let cards = outbox::table
        .filter(outbox::dispatch_id.eq(id))
        .filter(outbox::card.eq(CardState::Live.as_word()))
        .select(outbox::id);
    let cards = cards.load(tx)?;
    stale(tx, cards, over)?;
    let open = outbox::table.filter(outbox::dispatch_id.eq(id)).filter(open()).select((
        outbox::id,
        outbox::letter,
        outbox::lease_owner,
    ));
    let rows = match tx {
        Conn::Pg(c) => open.for_update().load(c)?,
        Conn::Sqlite(c) => open.load(c)?,
    };
    withdraw(tx, rows, over)
}

/// What has not met its fate yet about an incident, held.
pub fn open_of(tx: &mut Conn, incident: IncidentId) -> Result<Vec<Delivery>> {
    let rows = outbox::table.filter(outbox::incident_id.eq(incident)).filter(open());
    Ok(match tx {
        Conn::Pg(c) => rows.for_update().load(c)?,
        Conn::Sqlite(c) => rows.load(c)?,
    })
}

/// What the bot answered by this channel, has not met its fate yet and names this code, held.
pub fn open_answers(tx: &mut Conn, channel: Channel, code: &str) -> Result<Vec<Delivery>> {
    let rows = outbox::table
        .filter(open())
        .filter(outbox::channel.eq(channel.as_word()))
        .filter(outbox::incident_id.is_null())
        .filter(outbox::purpose.eq("bot_answer"))
        .filter(outbox::letter.like(format!("%{code}%")));
    Ok(match tx {
        Conn::Pg(c) => rows.for_update().load(c)?,
        Conn::Sqlite(c) => rows.load(c)?,
    })
}

/// Other words for a message that has not met its fate yet: whoever holds a claim on it looks again
/// before it leaves.
pub fn reword(tx: &mut Conn, id: DeliveryId, letter: &str) -> Result<()> {
    let row = outbox::table.filter(outbox::id.eq(id)).filter(open());
    diesel::update(row).set(outbox::letter.eq(letter)).execute(tx)?;
    Ok(())
}

/// Takes these messages back.
pub fn skip_rows(tx: &mut Conn, rows: &[Delivery], over: Over<'_>) -> Result<usize> {
    let row = |row: &Delivery| (row.id, row.letter.clone(), row.lease_owner.clone());
    withdraw(tx, rows.iter().map(row).collect(), over)
}

/// Takes these messages back. A claim stays on its row: whoever holds it looks again before it
/// begins, and if the message had left by then, says so and has its card changed.
fn withdraw(tx: &mut Conn, rows: Vec<Row>, over: Over<'_>) -> Result<usize> {
    if rows.is_empty() {
        return Ok(0);
    }
    let ids: Vec<DeliveryId> = rows.iter().map(|(id, ..)| *id).collect();
    let claimed = rows.iter().filter(|(_, _, owner)| owner.is_some());
    let claimed: Vec<DeliveryId> = claimed.map(|(id, ..)| *id).collect();
    let change = (
        outbox::status.eq(DeliveryStatus::Skipped.as_word()),
        outbox::last_error.eq(Some(over.why)),
    );
    let skipped = diesel::update(outbox::table.filter(outbox::id.eq_any(ids.clone())))
        .set(change)
        .execute(tx)?;
    let unclaimed = outbox::table
        .filter(outbox::id.eq_any(ids))
        .filter(outbox::lease_owner.is_null())
        .filter(outbox::card.is_not_null());
    diesel::update(unclaimed).set(outbox::card.eq(None::<String>)).execute(tx)?;
    let cards = with_buttons(tx, claimed)?;
    stale(tx, cards, over)?;
    blank(tx, rows.into_iter().map(|(id, letter, _)| (id, letter)).collect())?;
    Ok(skipped)
}

/// Those of these messages that have buttons that act.
fn with_buttons(c: &mut Conn, ids: Vec<DeliveryId>) -> Result<Vec<DeliveryId>> {
    if ids.is_empty() {
        return Ok(ids);
    }
    let ids: Vec<Option<DeliveryId>> = ids.into_iter().map(Some).collect();
    let found: Vec<Option<DeliveryId>> = chat_presses::table
        .filter(chat_presses::delivery_id.eq_any(ids))
        .select(chat_presses::delivery_id)
        .distinct()
        .load(c)?;
    Ok(found.into_iter().flatten().collect())
}

/// What these cards ask for is settled: they are changed where they stand.
fn stale(tx: &mut Conn, ids: Vec<DeliveryId>, over: Over<'_>) -> Result<usize> {
    if ids.is_empty() {
        return Ok(0);
    }
    let change = (
        outbox::card.eq(Some(CardState::Stale.as_word())),
        outbox::card_note.eq(Some(over.note)),
        outbox::due_at.eq(over.at),
    );
    // What is being changed already says what ended it first.
    let fresh = outbox::card.is_null().or(outbox::card.eq(CardState::Live.as_word()));
    let cards = outbox::table.filter(outbox::id.eq_any(ids)).filter(fresh);
    Ok(diesel::update(cards).set(change).execute(tx)?)
}

/// Something was settled that buttons of this verb ask for, with exactly this data where there is
/// some. Cards that have left are changed, those that leave now as soon as they have left; those
/// that wait leave without their buttons. Answers how many.
pub fn settle_cards(
    tx: &mut Conn,
    incident: IncidentId,
    verb: &str,
    data: Option<&str>,
    over: Over<'_>,
) -> Result<usize> {
    let mut of = chat_presses::table
        .filter(chat_presses::incident_id.eq(Some(incident)))
        .filter(chat_presses::verb.eq(verb.to_owned()))
        .filter(chat_presses::delivery_id.is_not_null())
        .select(chat_presses::delivery_id)
        .distinct()
        .into_boxed::<super::MultiBackend>();
    if let Some(data) = data {
        of = of.filter(chat_presses::data.eq(data.to_owned()));
    }
    let hung: Vec<Option<DeliveryId>> = of.load(tx)?;
    let hung: Vec<DeliveryId> = hung.into_iter().flatten().collect();
    if hung.is_empty() {
        return Ok(0);
    }
    let standing = outbox::table.filter(outbox::id.eq_any(hung)).select((
        outbox::id,
        outbox::status,
        outbox::lease_owner,
        outbox::card,
    ));
    type Standing = (DeliveryId, DeliveryStatus, Option<String>, Option<CardState>);
    let rows: Vec<Standing> = standing.load(tx)?;
    let (mut ids, mut waiting) = (Vec::new(), Vec::new());
    for (id, status, owner, card) in rows {
        match (status, card) {
            (_, Some(CardState::Stale | CardState::Done)) | (DeliveryStatus::Failed, _) => {}
            (DeliveryStatus::Waiting, _) if owner.is_none() => waiting.push(id),
            _ => ids.push(id),
        }
    }
    if !waiting.is_empty() {
        // When they are due is their own business.
        let change = (
            outbox::card.eq(Some(CardState::Stale.as_word())),
            outbox::card_note.eq(Some(over.note)),
        );
        diesel::update(outbox::table.filter(outbox::id.eq_any(waiting.clone())))
            .set(change)
            .execute(tx)?;
    }
    Ok(waiting.len() + stale(tx, ids, over)?)
}

/// Cards that have to be changed where they stand, claimed until `until`: whoever dies over it leaves
/// them to others.
pub fn claim_cards(
    tx: &mut Conn,
    channel: Channel,
    now: Timestamp,
    until: Timestamp,
    limit: i64,
) -> Result<Vec<Delivery>> {
    let due = outbox::table
        // Literal, for the partial index.
        .filter(diesel::dsl::sql::<diesel::sql_types::Bool>("outbox.card = 'stale'"))
        .filter(outbox::channel.eq(channel.as_word()))
        .filter(outbox::due_at.le(now))
        .filter(outbox::status.eq(DeliveryStatus::Sent.as_word()))
        .filter(outbox::reference.is_not_null())
        .filter(outbox::kept.eq(false))
        .order(outbox::due_at)
        .limit(limit);
    let cards = match tx {
        Conn::Pg(c) => due.for_update().skip_locked().load::<Delivery>(c)?,
        Conn::Sqlite(c) => due.load::<Delivery>(c)?,
    };
    if !cards.is_empty() {
        let ids: Vec<DeliveryId> = cards.iter().map(|card| card.id).collect();
        let mine = outbox::table.filter(outbox::id.eq_any(ids));
        diesel::update(mine).set(outbox::due_at.eq(until)).execute(tx)?;
    }
    Ok(cards)
}

/// The card shows how things are, or is gone.
pub fn card_done(tx: &mut Conn, id: DeliveryId) -> Result<()> {
    let card =
        outbox::table.filter(outbox::id.eq(id)).filter(outbox::card.eq(CardState::Stale.as_word()));
    diesel::update(card).set(outbox::card.eq(Some(CardState::Done.as_word()))).execute(tx)?;
    Ok(())
}

/// The card is tried again at that time.
pub fn card_later(tx: &mut Conn, id: DeliveryId, due_at: Timestamp) -> Result<()> {
    let card =
        outbox::table.filter(outbox::id.eq(id)).filter(outbox::card.eq(CardState::Stale.as_word()));
    diesel::update(card).set(outbox::due_at.eq(due_at)).execute(tx)?;
    Ok(())
}

/// How a message stands that is about to leave.
#[derive(Debug, Clone, Queryable)]
pub struct Standing {
    /// Its words, which may have been cut since it was claimed.
    pub letter: String,
    /// Its card.
    pub card: Option<CardState>,
    /// What settled it.
    pub card_note: Option<String>,
}

/// Whether this claim still stands: looked at right before a message leaves; answers how the row
/// stands, which may have changed since. It does not stand when an answer withdrew the message, or when this
/// process was frozen and another took over.
pub fn still_wanted(c: &mut Conn, id: DeliveryId, owner: &str) -> Result<Option<Standing>> {
    Ok(outbox::table
        .filter(outbox::id.eq(id))
        .filter(outbox::lease_owner.eq(owner))
        .filter(outbox::status.eq(DeliveryStatus::Sending.as_word()))
        .select((outbox::letter, outbox::card, outbox::card_note))
        .first(c)
        .optional()?)
}

/// Lets go of a message that was withdrawn before it left: there is no card of it to change.
pub fn let_go(tx: &mut Conn, id: DeliveryId, owner: &str) -> Result<()> {
    let mine = outbox::table
        .filter(outbox::id.eq(id))
        .filter(outbox::lease_owner.eq(owner))
        .filter(outbox::status.eq(DeliveryStatus::Skipped.as_word()));
    let change = (
        outbox::lease_owner.eq(None::<String>),
        outbox::lease_until.eq(None::<Timestamp>),
        outbox::card.eq(None::<String>),
    );
    diesel::update(mine).set(change).execute(tx)?;
    Ok(())
}

/// What waits for an address that takes nothing any more, given up: held, oldest first.
pub fn give_up_address(
    tx: &mut Conn,
    channel: Channel,
    address: &str,
    now: Timestamp,
    why: &str,
) -> Result<Vec<Delivery>> {
    let waiting = outbox::table
        .filter(outbox::channel.eq(channel.as_word()))
        .filter(open())
        .filter(outbox::status.eq(DeliveryStatus::Waiting.as_word()))
        .filter(outbox::address.eq(address))
        .order((outbox::created_at, outbox::id))
        .limit(1_000);
    let rows = match tx {
        Conn::Pg(c) => waiting.for_update().load::<Delivery>(c)?,
        Conn::Sqlite(c) => waiting.load::<Delivery>(c)?,
    };
    let ids: Vec<DeliveryId> = rows.iter().map(|row| row.id).collect();
    let change = (
        outbox::status.eq(DeliveryStatus::Failed.as_word()),
        outbox::last_error.eq(Some(why)),
        outbox::due_at.eq(now),
        outbox::card.eq(None::<String>),
    );
    diesel::update(outbox::table.filter(outbox::id.eq_any(ids))).set(change).execute(tx)?;
    blank(tx, rows.iter().map(|row| (row.id, row.letter.clone())).collect())?;
    Ok(rows)
}
