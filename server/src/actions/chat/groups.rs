//! The groups of the response team: added by whoever may from within the group itself, opened for a
//! case, watched for what befalls them (moved, removed, rights given and taken), and shown with what
//! to do about it.

mod views;

use notify::room::{Chat, Incoming, What};
use serde_json::json;

pub use self::views::{GroupView, list};
use super::cards;
use super::place::{GROUP, lose, moved, plain, well};
use crate::actions::incidents::hold_for;
use crate::actions::record::{Happened, audited, happened};
use crate::actions::{Ctx, Office};
use crate::domain::ids::{ChatGroupId, Id};
use crate::domain::refusal::{FieldError, Refusal};
use crate::domain::sight::Verb;
use crate::domain::words::{Audience, Room, State};
use crate::error::{Error, Result};
use crate::records::{ChatGroup, Incident};
use crate::store::{Conn, chat_cards, chat_groups};

/// What became of adding a group.
#[derive(Debug, Clone)]
pub struct Added {
    /// The group.
    pub group: ChatGroup,
    /// It was not one of the team's before.
    pub new: bool,
}

/// Makes the chat where it was asked for one of the team's groups. What it knew before it was lost
/// is known again.
///
/// # Errors
/// [`Refusal::NotAllowed`]; `field-chat-group` for a conversation with one person.
pub async fn add(office: &Office, ctx: &Ctx, room: Room, chat: &Chat) -> Result<Added> {
    let (ctx, chat) = (ctx.clone(), chat.clone());
    office.write(move |tx| add_in(tx, &ctx, room, &chat)).await
}

fn add_in(tx: &mut Conn, ctx: &Ctx, room: Room, chat: &Chat) -> Result<Added> {
    Verb::KeepGroups.by(&ctx.actor)?;
    if chat.direct {
        return Err(FieldError::new("chat", "field-chat-group").into());
    }
    let title = plain(&chat.title);
    if let Some(known) = chat_groups::by_chat(tx, room, &chat.id)? {
        let group = as_heard(tx, ctx, known.id, chat)?.unwrap_or(known);
        return Ok(Added { group, new: false });
    }
    let group = match chat_groups::lost_by_chat(tx, room, &chat.id)? {
        Some(lost) => {
            let mut group = chat_groups::hold(tx, lost.id)?.unwrap_or(lost);
            group.lost_at = None;
            group.lost_why = None;
            group.title = title;
            group.topics = chat.topics;
            group.added_by = ctx.actor.account();
            group.added_at = ctx.now;
            well(&mut group);
            chat_groups::save(tx, &group)?;
            chat_cards::wake_group(tx, group.id, ctx.now)?;
            group
        }
        None => {
            let group = ChatGroup {
                id: Id::new(ctx.now),
                room,
                chat: chat.id.clone(),
                title,
                topics: chat.topics,
                added_by: ctx.actor.account(),
                added_at: ctx.now,
                lost_at: None,
                lost_why: None,
                lease_owner: None,
                lease_until: None,
                paced_at: None,
                trouble: String::new(),
                trouble_why: String::new(),
                trouble_at: None,
            };
            chat_groups::insert(tx, &group)?;
            group
        }
    };
    let detail = json!({"room": room, "topics": group.topics});
    audited(tx, ctx, "chat_group.add", GROUP, &group.id.to_string(), detail)?;
    Ok(Added { group, new: true })
}

/// What became of opening a case's place in a group.
#[derive(Debug, Clone)]
pub struct Opened {
    /// The case's code.
    pub code: String,
    /// It had no place there before.
    pub new: bool,
    /// The topic, when it is known already.
    pub topic: Option<String>,
    /// The card's message, when it stands already.
    pub message: Option<String>,
    /// The group became one of the team's by this.
    pub added: bool,
}

/// Gives a case its place in the group where it was asked for (`/mo`); a topic that was deleted too
/// often may be opened again. A group that is not known yet becomes the team's, if whoever asks may
/// add it.
///
/// # Errors
/// [`Error::NotFound`] for what is not seen; [`Refusal::NotAllowed`]; [`Refusal::WrongState`] when it
/// is over; [`Refusal::NotReady`] with `group-unknown`.
pub async fn open(
    office: &Office,
    ctx: &Ctx,
    room: Room,
    chat: &Chat,
    name: &str,
) -> Result<Opened> {
    let (ctx, chat, name) = (ctx.clone(), chat.clone(), name.to_owned());
    office
        .write(move |tx| {
            let known = chat_groups::by_chat(tx, room, &chat.id)?;
            may_open(&ctx, known.is_some())?;
            let incident = hold_for(tx, &ctx, &name, Verb::OpenRoom)?;
            if incident.state.is_over() {
                let (from, to) = (incident.state, State::Verifying);
                return Err(Refusal::WrongState { from, to }.into());
            }
            let added = known.is_none();
            let group = match known {
                Some(group) => as_heard(tx, &ctx, group.id, &chat)?.unwrap_or(group),
                None => add_in(tx, &ctx, room, &chat)?.group,
            };
            opened(tx, &ctx, &incident, &group, added)
        })
        .await
}

/// Whether whoever asks may open a case's place in this chat at all: asked before any case, so that
/// in a strange group no answer tells whether one exists.
///
/// # Errors
/// [`Refusal::NotAllowed`]; [`Refusal::NotReady`] with `group-unknown`.
pub async fn opens_here(office: &Office, ctx: &Ctx, room: Room, chat: &str) -> Result<()> {
    let chat = chat.to_owned();
    let known = office.db.read(move |c| chat_groups::by_chat(c, room, &chat)).await?;
    may_open(ctx, known.is_some())
}

fn may_open(ctx: &Ctx, known: bool) -> Result<()> {
    Verb::OpenRoom.by(&ctx.actor)?;
    if known || Verb::KeepGroups.by(&ctx.actor).is_ok() {
        return Ok(());
    }
    Err(Refusal::NotReady { key: "group-unknown" }.into())
}

pub(super) fn opened(
    tx: &mut Conn,
    ctx: &Ctx,
    incident: &Incident,
    group: &ChatGroup,
    added: bool,
) -> Result<Opened> {
    let new = cards::open_in(tx, ctx, incident, group)?;
    let card = chat_cards::of(tx, incident.id, group.id)?.ok_or(Error::NotFound("card"))?;
    let mut reopened = false;
    if !new && card.topic.is_none() && card.lost_topics > 0 {
        let mut card = card.clone();
        card.lost_topics = 1;
        card.attempts = 0;
        card.stale_at = Some(ctx.now);
        chat_cards::save(tx, &card)?;
        reopened = true;
    }
    if new || reopened {
        let entry =
            Happened::new("room_opened").to(Audience::Coordination).with("group", &group.title);
        happened(tx, ctx, incident, entry)?;
        let detail = json!({"group": group.id});
        audited(tx, ctx, "chat_card.open", "incident", &incident.code, detail)?;
    }
    let code = incident.code.clone();
    Ok(Opened { code, new: new || reopened, topic: card.topic, message: card.message, added })
}

/// Takes a group off the team's list: nothing is written there any more.
///
/// # Errors
/// [`Refusal::NotAllowed`], [`Error::NotFound`].
pub async fn remove(office: &Office, ctx: &Ctx, id: ChatGroupId) -> Result<()> {
    let ctx = ctx.clone();
    office
        .write(move |tx| {
            Verb::KeepGroups.by(&ctx.actor)?;
            let mut group = chat_groups::hold(tx, id)?.ok_or(Error::NotFound("group"))?;
            if group.lost_at.is_some() {
                return Ok(());
            }
            group.lost_at = Some(ctx.now);
            group.lost_why = Some("removed".to_owned());
            group.lease_owner = None;
            chat_groups::save(tx, &group)?;
            chat_cards::rest_group(tx, id)?;
            let detail = json!({"room": group.room});
            audited(tx, &ctx, "chat_group.remove", GROUP, &id.to_string(), detail)
        })
        .await
}

/// Tries again at once what does not go: somebody gave the bot a right that it lacked.
///
/// # Errors
/// [`Refusal::NotAllowed`], [`Error::NotFound`] for a group that was lost.
pub async fn try_again(office: &Office, ctx: &Ctx, id: ChatGroupId) -> Result<()> {
    let ctx = ctx.clone();
    office
        .write(move |tx| {
            Verb::KeepGroups.by(&ctx.actor)?;
            let group = chat_groups::hold(tx, id)?.filter(|group| group.lost_at.is_none());
            let mut group = group.ok_or(Error::NotFound("group"))?;
            well(&mut group);
            chat_groups::save(tx, &group)?;
            chat_cards::wake_group(tx, id, ctx.now)?;
            audited(tx, &ctx, "chat_group.try_again", GROUP, &id.to_string(), json!({}))
        })
        .await
}

/// What a room tells of a group: we were removed, the group moved, rights changed, its name or its
/// topics are others. Told twice, it is done once; it claims no key, since it is no person's verb.
/// Nothing of a conversation with one person.
///
/// # Errors
/// The database's.
pub async fn event(office: &Office, ctx: &Ctx, room: Room, incoming: &Incoming) -> Result<()> {
    let Some(chat) = incoming.chat.clone().filter(|chat| !chat.direct) else { return Ok(()) };
    let id = chat.id.clone();
    let Some(known) = office.db.read(move |c| chat_groups::by_chat(c, room, &id)).await? else {
        return Ok(());
    };
    let (office_, ctx) = (office.clone(), ctx.clone());
    match incoming.what.clone() {
        What::Farewell => {
            office
                .db
                .write(move |tx| match chat_groups::hold(tx, known.id)? {
                    Some(group) => lose(tx, &office_, &ctx, group, "farewell"),
                    None => Ok(()),
                })
                .await
        }
        What::Moved { to } => {
            office.db.write(move |tx| moved(tx, &ctx, room, &chat.id, &to).map(|_| ())).await
        }
        What::Welcome => {
            office
                .db
                .write(move |tx| {
                    as_heard(tx, &ctx, known.id, &chat)?;
                    let Some(mut group) = chat_groups::hold(tx, known.id)? else { return Ok(()) };
                    if group.lost_at.is_none() && !group.trouble.is_empty() {
                        well(&mut group);
                        chat_groups::save(tx, &group)?;
                        chat_cards::wake_group(tx, group.id, ctx.now)?;
                    }
                    Ok(())
                })
                .await
        }
        // Most of what is written changes nothing of the group.
        _ if plain(&chat.title) == known.title && chat.topics == known.topics => Ok(()),
        _ => office.db.write(move |tx| as_heard(tx, &ctx, known.id, &chat).map(|_| ())).await,
    }
}

/// A group's name and whether it has topics, as it stands now. When topics came or went, its cards
/// find their place anew.
fn as_heard(tx: &mut Conn, ctx: &Ctx, id: ChatGroupId, chat: &Chat) -> Result<Option<ChatGroup>> {
    let Some(mut group) = chat_groups::hold(tx, id)? else { return Ok(None) };
    let title = plain(&chat.title);
    if group.title == title && group.topics == chat.topics {
        return Ok(Some(group));
    }
    if group.topics != chat.topics {
        group.topics = chat.topics;
        chat_cards::wake_group(tx, id, ctx.now)?;
        let detail = json!({"topics": chat.topics});
        audited(tx, ctx, "chat_group.topics", GROUP, &id.to_string(), detail)?;
    }
    group.title = title;
    chat_groups::save(tx, &group)?;
    Ok(Some(group))
}

/// A send met the new address of a group: it is told to the group as well.
///
/// # Errors
/// The database's.
pub fn moved_in(tx: &mut Conn, ctx: &Ctx, room: Room, address: &str, to: &str) -> Result<()> {
    let from = address.split('/').next().unwrap_or(address);
    moved(tx, ctx, room, from, to).map(|_| ())
}

/// A send met a chat that takes nothing from us any more: if it is a group, it is lost.
///
/// # Errors
/// The database's.
pub fn closed_in(
    tx: &mut Conn,
    office: &Office,
    ctx: &Ctx,
    room: Room,
    address: &str,
) -> Result<()> {
    let chat = address.split('/').next().unwrap_or(address);
    let Some(known) = chat_groups::by_chat(tx, room, chat)? else { return Ok(()) };
    match chat_groups::hold(tx, known.id)? {
        Some(group) => lose(tx, office, ctx, group, "closed"),
        None => Ok(()),
    }
}
