//! The state card of a case in a group, as desired state: whatever changes the case marks it stale in
//! the same transaction; the engine takes stale cards one step at a time, so that a step is a call of
//! the room between two transactions.
//!
//! One server at a time works in a group, and stays until its lease ends, so that the pace of one
//! process is the group's. What a step was meant to do is written down before the call. A crash in
//! the middle of opening a topic leaves its outcome unknown, and rooms name no way to ask: the next
//! try opens another, which alone is in use, and the group's page says that an empty one of the same
//! name may stand beside it. At most one topic of a case is ever in use.

mod outcome;

use chrono::Duration;
use notify::Letter;
use notify::room::Press as Button;

pub use self::outcome::{give_back, settle};
use super::face::{Face, face};
use crate::actions::{Ctx, Office, drills, tokens};
use crate::domain::ids::{ChatCardId, Id};
use crate::domain::words::{Language, Room};
use crate::error::{Error, Result};
use crate::records::{ChatCard, ChatGroup, Incident, Press};
use crate::store::{Conn, chat_cards, chat_groups, incidents};
use crate::texts::Texts;

/// One server keeps a group for so long; a call ends sooner.
pub const LEASE: Duration = Duration::seconds(75);
/// Cards that are looked at in one round.
const CANDIDATES: i64 = 50;
/// A topic that was deleted so often is not wanted.
const MOST_TOPICS: i32 = 2;
/// A button can be pressed for so long, and is renewed when less than half of it is left.
const PRESS_DAYS: i64 = 180;
/// Groups of one room that cards open in.
pub(super) const GROUPS: i64 = 50;

/// One thing to do in a room.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// Takes away the card that stands outside a topic.
    Remove(String),
    /// Opens the case's topic.
    Open,
    /// The case goes on: so does its topic.
    Reopen(String),
    /// Puts the card up.
    Put(Box<Letter>),
    /// Pins it.
    Pin(String),
    /// Gives the topic its title.
    Rename(String),
    /// Changes the card where it stands.
    Change(String, Box<Letter>),
    /// The case is over: so is its topic.
    Close(String),
}

/// A step of one card, claimed.
#[derive(Debug, Clone)]
pub struct Job {
    /// Which card.
    pub card: ChatCardId,
    /// In which group: the claim is on the group.
    pub group: ChatGroup,
    /// Where the card stands: `CHAT` or `CHAT/TOPIC`.
    pub address: String,
    /// The title that the topic shall have.
    pub title: String,
    /// What is to be done.
    pub step: Step,
    /// SHA-256 of what the card shall show.
    hash: Vec<u8>,
}

/// The code of the case whose topic this is. In a group without topics nothing is known by the place
/// alone: [`incident_of_card`].
///
/// # Errors
/// The database's.
pub async fn incident_of(
    office: &Office,
    room: Room,
    chat: &str,
    topic: Option<&str>,
) -> Result<Option<String>> {
    let Some(topic) = topic.map(str::to_owned) else { return Ok(None) };
    let chat = chat.to_owned();
    office.db.read(move |c| chat_cards::code_by_topic(c, room, &chat, &topic)).await
}

/// The code of the case whose card this message is: what answers it belongs to the case.
///
/// # Errors
/// The database's.
pub async fn incident_of_card(
    office: &Office,
    room: Room,
    chat: &str,
    message: &str,
) -> Result<Option<String>> {
    let (chat, message) = (chat.to_owned(), message.to_owned());
    office.db.read(move |c| chat_cards::code_by_message(c, room, &chat, &message)).await
}

/// Gives the case a place in every group of the team. The messages of a drill that are kept here
/// open none. The case is held.
///
/// # Errors
/// The database's.
pub fn open_everywhere(tx: &mut Conn, ctx: &Ctx, incident: &Incident) -> Result<()> {
    let groups = chat_groups::active(tx, GROUPS)?;
    if groups.is_empty() || drills::of(tx, incident)?.is_some_and(|rules| rules.keeps_all()) {
        return Ok(());
    }
    for group in groups {
        open_in(tx, ctx, incident, &group)?;
    }
    Ok(())
}

/// Gives the case a place in this group; answers whether it is new there.
pub(super) fn open_in(
    tx: &mut Conn,
    ctx: &Ctx,
    incident: &Incident,
    group: &ChatGroup,
) -> Result<bool> {
    let card = ChatCard {
        id: Id::new(ctx.now),
        incident_id: incident.id,
        group_id: group.id,
        topic: None,
        message: None,
        title: String::new(),
        shown: None,
        pinned: false,
        opened_at: ctx.now,
        stale_at: Some(ctx.now),
        attempts: 0,
        last_error: None,
        closed_at: None,
        dirty: false,
        opening_at: None,
        doubt_at: None,
        lost_topics: 0,
    };
    chat_cards::insert(tx, &card)
}

/// What is to be done next in this room, but in the chats that are `busy`, claimed for `owner`; none
/// when nothing is due that may be done now.
///
/// # Errors
/// The database's.
pub async fn next(
    office: &Office,
    ctx: &Ctx,
    room: Room,
    owner: &str,
    busy: Vec<String>,
) -> Result<Option<Job>> {
    let now = ctx.now;
    let look = move |c: &mut Conn| chat_cards::due(c, room, now, busy.clone(), CANDIDATES);
    let found = office.db.read(look).await?;
    let mut busy = Vec::new();
    for (card, group) in found {
        if busy.contains(&group) {
            continue;
        }
        let (office_, ctx, owner) = (office.clone(), ctx.clone(), owner.to_owned());
        let claim = move |tx: &mut Conn| {
            if !chat_groups::lease(tx, group, &owner, ctx.now, ctx.now + LEASE)? {
                return Ok(Claim::Busy);
            }
            claim(tx, &office_, &ctx, card)
        };
        match office.db.write(claim).await? {
            Claim::Job(job) => return Ok(Some(*job)),
            Claim::Busy => busy.push(group),
            Claim::Nothing => {}
        }
    }
    Ok(None)
}

enum Claim {
    Job(Box<Job>),
    /// Nothing may be done in this group now.
    Busy,
    /// The card shows how things are.
    Nothing,
}

/// Looks at one card in a group that is leased to us.
fn claim(tx: &mut Conn, office: &Office, ctx: &Ctx, id: ChatCardId) -> Result<Claim> {
    let Some(mut card) = chat_cards::hold(tx, id)? else { return Ok(Claim::Nothing) };
    let group = chat_groups::must(tx, card.group_id)?;
    let incident = incidents::find(tx, card.incident_id)?;
    let again = card.lost_topics > 0;
    let Face { title, mut letter, verbs, over } = face(tx, office, group.room, &incident, again)?;
    letter.presses = buttons(tx, ctx, &card, &verbs)?;
    let words = serde_json::to_string(&letter).map_err(Error::internal)?;
    let hash = tokens::hash(&words);
    card.dirty = false;
    let Some(step) = plan(&group, &card, &title, letter, &hash, over) else {
        if card.topic.is_none() {
            // Nothing is to be closed there but the card itself.
            card.closed_at = over.then(|| card.closed_at.unwrap_or(ctx.now));
        }
        card.stale_at = None;
        card.attempts = 0;
        chat_cards::save(tx, &card)?;
        return Ok(Claim::Nothing);
    };
    if step == Step::Open {
        if let Some(before) = card.opening_at {
            card.doubt_at = card.doubt_at.or(Some(before));
        }
        card.opening_at = Some(ctx.now);
    }
    chat_cards::save(tx, &card)?;
    let address = match &card.topic {
        Some(topic) => format!("{}/{topic}", group.chat),
        None => group.chat.clone(),
    };
    Ok(Claim::Job(Box::new(Job { card: card.id, group, address, title, step, hash })))
}

/// The next step from how the card stands to how it shall stand.
fn plan(
    group: &ChatGroup,
    card: &ChatCard,
    title: &str,
    letter: Letter,
    hash: &[u8],
    over: bool,
) -> Option<Step> {
    let keeps_topics = group.trouble != "topics";
    let letter = Box::new(letter);
    if card.topic.is_none() && card.message.is_none() && over {
        return None;
    }
    if let (Some(topic), Some(_), false, true) = (&card.topic, card.closed_at, over, keeps_topics) {
        return Some(Step::Reopen(topic.clone()));
    }
    if group.topics && keeps_topics && card.topic.is_none() && !over {
        if card.lost_topics >= MOST_TOPICS {
            return None;
        }
        return Some(match &card.message {
            Some(outside) => Step::Remove(outside.clone()),
            None => Step::Open,
        });
    }
    let Some(message) = &card.message else { return Some(Step::Put(letter)) };
    if !card.pinned && !over && group.trouble != "pin" {
        return Some(Step::Pin(message.clone()));
    }
    if let (Some(topic), true, true) = (&card.topic, card.title != title, keeps_topics) {
        return Some(Step::Rename(topic.clone()));
    }
    if card.shown.as_deref() != Some(hash) {
        return Some(Step::Change(message.clone(), letter));
    }
    match (&card.topic, card.closed_at) {
        (Some(topic), None) if over && keeps_topics => Some(Step::Close(topic.clone())),
        _ => None,
    }
}

/// The buttons of a card: a row each, the same as long as they can be pressed.
fn buttons(tx: &mut Conn, ctx: &Ctx, card: &ChatCard, verbs: &[&str]) -> Result<Vec<Button>> {
    let half = Duration::days(PRESS_DAYS / 2);
    let known = chat_cards::presses(tx, card.id, ctx.now + half)?;
    let t = Texts(Language::Vi);
    let mut buttons = Vec::new();
    for verb in verbs {
        let open = |press: &&Press| press.verb == *verb && press.done_at.is_none();
        let id = match known.iter().find(open) {
            Some(press) => press.id,
            None => {
                let press = Press {
                    id: Id::new(ctx.now),
                    account_id: None,
                    incident_id: Some(card.incident_id),
                    delivery_id: None,
                    card_id: Some(card.id),
                    verb: (*verb).to_owned(),
                    data: "{}".to_owned(),
                    made_at: ctx.now,
                    expires_at: ctx.now + half * 2,
                    done_at: None,
                    done_by: None,
                    done_name: None,
                };
                chat_cards::insert_press(tx, &press)?;
                press.id
            }
        };
        buttons.push(Button { label: t.t(&format!("card-press-{verb}")), id: id.to_string() });
    }
    Ok(buttons)
}
