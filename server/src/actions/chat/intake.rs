//! What comes from a room loses nothing: it is kept as it came, only then confirmed, handled once, and
//! answered in the transaction that marks it as handled. What a crash interrupts is handled again; the
//! action behind it is claimed by the update's number ([`once::Claim`](crate::actions::once::Claim)).

use std::collections::BTreeSet;

use chrono::Duration;
use notify::Letter;
use notify::room::{Incoming, Raw, What};
use serde_json::json;

use crate::actions::chat::turns::{self, Aside};
use crate::actions::record::audited;
use crate::actions::{Ctx, Office};
use crate::clock::Timestamp;
use crate::domain::words::{Channel, Language, Room};
use crate::error::{Error, Result};
use crate::records::{ChatLink, ChatUpdate, Delivery, Press};
use crate::store::{Conn, accounts, chat_links, chat_presses, chat_updates, engine};
use crate::texts::Texts;

/// Looked at at once.
const BATCH: i64 = 200;
/// An update that cannot be handled is given up after so many tries: six minutes, in which its chat's
/// later ones wait for it.
const TRIES: i32 = 10;
/// The longest wait between two tries, seconds.
const LONGEST: i64 = 60;
/// After so long without a word from the room it has thrown away what it could not deliver.
pub const KEPT_THERE: Duration = Duration::hours(24);
/// The words of an update are kept so long: somebody may file a message by a sign under it.
const WORDS: Duration = Duration::days(7);
/// Its number so long.
const NUMBERS: Duration = Duration::days(30);
/// What was nothing to us goes sooner: anybody may write to a bot.
const IDLE: Duration = Duration::days(2);

/// The way out into a room.
///
/// # Errors
/// A room that has no lane.
pub fn channel(room: Room) -> Result<Channel> {
    let channel: Option<Channel> = room.as_word().parse().ok();
    channel.ok_or_else(|| Error::internal(format!("nothing leaves into {room}")))
}

/// What to keep of an update: its JSON, and where and by whom it was said if it can be read.
fn row(room: Room, now: Timestamp, raw: Raw, read: Option<&Incoming>) -> ChatUpdate {
    let message = match read.map(|incoming| &incoming.what) {
        Some(
            What::Text { message, .. }
            | What::File { message, .. }
            | What::Reaction { message, .. }
            | What::Hollow { message, .. },
        ) => message.clone(),
        Some(What::Press { message, .. }) => message.clone().unwrap_or_default(),
        _ => String::new(),
    };
    let chat = read.and_then(|incoming| incoming.chat.as_ref());
    let sender = read.and_then(|incoming| incoming.sender.as_ref());
    ChatUpdate {
        room,
        update_id: raw.id,
        received_at: now,
        body: raw.body,
        chat: chat.map(|chat| chat.id.clone()).unwrap_or_default(),
        message,
        sender: sender.map(|sender| sender.id.clone()).unwrap_or_default(),
        attempts: 0,
        due_at: now,
        handled_at: None,
        outcome: String::new(),
    }
}

/// Keeps updates; answers how many are new. When this answers, they may be confirmed.
///
/// # Errors
/// The database's: nothing is kept then, and nothing may be confirmed.
pub async fn keep(
    office: &Office,
    room: Room,
    now: Timestamp,
    came: Vec<(Raw, Option<Incoming>)>,
) -> Result<usize> {
    let rows: Vec<ChatUpdate> =
        came.into_iter().map(|(raw, read)| row(room, now, raw, read.as_ref())).collect();
    let work = move |tx: &mut Conn| {
        let mut new = 0;
        for row in &rows {
            new += usize::from(chat_updates::keep(tx, row)?);
        }
        Ok(new)
    };
    let new = office.write(work).await?;
    metrics::counter!("dieuphoi_chat_updates_total", "room" => room.as_word())
        .increment(u64::try_from(new).unwrap_or(0));
    Ok(new)
}

/// What is to be handled now, in the room's order: of each chat nothing before what came earlier.
///
/// # Errors
/// The database's.
pub async fn due(office: &Office, room: Room, now: Timestamp) -> Result<Vec<ChatUpdate>> {
    let open = office.db.read(move |c| chat_updates::open(c, room, BATCH)).await?;
    let mut held: BTreeSet<String> = BTreeSet::new();
    let mut due = Vec::new();
    for update in open {
        if update.due_at > now {
            held.insert(update.chat);
        } else if !held.contains(&update.chat) {
            due.push(update);
        }
    }
    Ok(due)
}

/// One message of an answer.
#[derive(Debug, Clone)]
pub struct Reply {
    /// `CHAT` or `CHAT/TOPIC`.
    pub to: String,
    /// The words, already cut to what may be said there.
    pub letter: Letter,
    /// The rows of its buttons.
    pub presses: Vec<Press>,
}

/// What became of an update.
#[derive(Debug, Clone, Default)]
pub struct Handled {
    /// done, refused, ignored, unreadable.
    pub outcome: &'static str,
    /// What is answered, in order.
    pub replies: Vec<Reply>,
    /// What is kept besides.
    pub asides: Vec<Aside>,
}

/// Marks an update as handled, together with everything that is answered to it. Answers whether it
/// was this call: another server may have been faster.
///
/// # Errors
/// The database's.
pub async fn settle(
    office: &Office,
    now: Timestamp,
    update: &ChatUpdate,
    handled: Handled,
) -> Result<bool> {
    let (room, id) = (update.room, update.update_id);
    let (sender, channel) = (update.sender.clone(), channel(room)?);
    metrics::counter!("dieuphoi_chat_handled_total", "room" => room.as_word(), "outcome" => handled.outcome)
        .increment(1);
    let work = move |tx: &mut Conn| {
        if !chat_updates::handled(tx, room, id, handled.outcome, now)? {
            return Ok(false);
        }
        turns::keep(tx, now, &handled.asides)?;
        if handled.replies.is_empty() {
            return Ok(true);
        }
        let link = chat_links::of_number(tx, room, &sender)?;
        for (n, reply) in handled.replies.iter().enumerate() {
            let key = format!("answer:{room}:{id}:{n}");
            let words = serde_json::to_string(&reply.letter).map_err(Error::internal)?;
            let to = reply.to.clone();
            let mut delivery = Delivery::new(now, channel, to, "bot_answer", key, words);
            delivery.urgent = true;
            address(tx, &mut delivery, link.as_ref())?;
            if !engine::enqueue(tx, &delivery)? {
                continue;
            }
            for press in &reply.presses {
                let press = Press { delivery_id: Some(delivery.id), ..press.clone() };
                chat_presses::insert(tx, &press)?;
            }
        }
        Ok(true)
    };
    office.write(work).await
}

/// Whose message it is, where the ledger can say so: the direct conversation's owner.
fn address(tx: &mut Conn, delivery: &mut Delivery, link: Option<&ChatLink>) -> Result<()> {
    let Some(link) = link else { return Ok(()) };
    delivery.recipient_name.clone_from(&link.name);
    if link.chat == delivery.address {
        let account = accounts::find(tx, link.account_id)?;
        delivery.account_id = Some(account.id);
        delivery.recipient_name = account.name;
        delivery.recipient_phone = account.phone;
    }
    Ok(())
}

/// What becomes of an update that could not be handled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Again {
    /// It is tried again.
    Later,
    /// It is given up, and its author told.
    Never,
}

/// Puts an update off, or gives it up where everybody responsible can see it: its author, if we know
/// them, the metrics, `doctor`, the audit trail.
///
/// # Errors
/// The database's.
pub async fn failed(office: &Office, ctx: &Ctx, update: &ChatUpdate) -> Result<Again> {
    let tries = update.attempts + 1;
    let (room, id, now) = (update.room, update.update_id, ctx.now);
    if tries < TRIES {
        let wait = (1_i64 << tries.clamp(0, 6)).min(LONGEST);
        let due = now + Duration::seconds(wait);
        office.write(move |tx| chat_updates::put_off(tx, room, id, tries, due)).await?;
        return Ok(Again::Later);
    }
    metrics::counter!("dieuphoi_chat_handled_total", "room" => room.as_word(), "outcome" => "given_up")
        .increment(1);
    let (ctx, sender) = (ctx.clone(), update.sender.clone());
    let work = move |tx: &mut Conn| {
        if !chat_updates::handled(tx, room, id, "given_up", now)? {
            return Ok(());
        }
        let detail = json!({"room": room, "update": id, "tries": tries});
        audited(tx, &ctx, "chat.given_up", "chat_update", &id.to_string(), detail)?;
        // To whom nobody knows nothing is said.
        let Some(link) = chat_links::of_number(tx, room, &sender)? else { return Ok(()) };
        say(tx, now, room, &link, "intake_given_up", &format!("given_up:{room}:{id}"), &[])
    };
    office.write(work).await?;
    Ok(Again::Never)
}

/// A letter of the service's own to the direct conversation of a link.
fn say(
    tx: &mut Conn,
    now: Timestamp,
    room: Room,
    link: &ChatLink,
    purpose: &str,
    key: &str,
    values: &[(&str, &str)],
) -> Result<()> {
    let account = accounts::find(tx, link.account_id)?;
    let t = Texts(account.language);
    let letter = Letter {
        language: match account.language {
            Language::Vi => notify::Language::Vi,
            Language::En => notify::Language::En,
        },
        subject: t.with(&format!("letter-{purpose}-subject"), values),
        paragraphs: vec![t.with(&format!("letter-{purpose}-text"), values)],
        ..Letter::default()
    };
    let words = serde_json::to_string(&letter).map_err(Error::internal)?;
    let key = format!("{key}|{}", link.id);
    let to = link.chat.clone();
    let mut delivery = Delivery::new(now, channel(room)?, to, purpose, key, words);
    address(tx, &mut delivery, Some(link))?;
    engine::enqueue(tx, &delivery)?;
    Ok(())
}

/// The setting that says when a room was last heard.
fn heard_at(room: Room) -> String {
    format!("chat.{room}.heard_at")
}

/// When a room was last heard, by any server.
///
/// # Errors
/// The database's.
pub fn last_heard(c: &mut Conn, room: Room) -> Result<Option<Timestamp>> {
    let kept = engine::setting(c, &heard_at(room))?;
    Ok(kept.and_then(|kept| Timestamp::parse(&kept)))
}

/// The room answers. If it was silent for longer than it keeps what it cannot deliver, everybody who
/// is linked is told that commands may be lost; once. Answers how many were told.
///
/// # Errors
/// The database's.
pub async fn heard(office: &Office, ctx: &Ctx, room: Room) -> Result<usize> {
    let ctx = ctx.clone();
    let work = move |tx: &mut Conn| {
        let last = last_heard(tx, room)?;
        engine::set_setting(tx, &heard_at(room), &ctx.now.rfc3339(), ctx.now)?;
        match last {
            Some(last) if ctx.now - last > KEPT_THERE => tell_of_silence(tx, &ctx, room, last),
            _ => Ok(0),
        }
    };
    office.write(work).await
}

fn tell_of_silence(tx: &mut Conn, ctx: &Ctx, room: Room, since: Timestamp) -> Result<usize> {
    let (from, to) = (since.local(), ctx.now.local());
    let values = [("from", from.as_str()), ("to", to.as_str())];
    let key = format!("silence:{room}:{}", since.micros());
    let (mut told, mut after) = (0, None);
    loop {
        let page = chat_links::working_after(tx, room, after, BATCH)?;
        let Some(last) = page.last() else { break };
        after = Some(last.id);
        for link in &page {
            say(tx, ctx.now, room, link, "intake_silence", &key, &values)?;
            told += 1;
        }
    }
    let detail = json!({"room": room, "since": since, "told": told});
    audited(tx, ctx, "chat.silence", "service", room.as_word(), detail)?;
    Ok(told)
}

/// Takes old words and numbers away; answers how many rows.
///
/// # Errors
/// The database's.
pub fn sweep(tx: &mut Conn, now: Timestamp) -> Result<usize> {
    chat_updates::sweep(tx, now - WORDS, now - NUMBERS, now - IDLE)
}

#[cfg(test)]
mod tests;
