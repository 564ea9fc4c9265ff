//! Buttons, questions that wait for an answer, and what a chat is about.

use crate::store::query::*;

use super::Conn;
use crate::clock::Timestamp;
use crate::domain::ids::{AccountId, ChatCardId, DeliveryId, IncidentId, PressId};
use crate::domain::words::{CardState, Room};
use crate::each_backend;
use crate::error::Result;
use crate::records::{ChatNamed, ChatTurn, ChatUpdate, Press};
use crate::store::schema::{
    chat_cards, chat_groups, chat_named, chat_presses, chat_turns, chat_updates, outbox,
};

/// Adds a button.
pub fn insert(tx: &mut Conn, press: &Press) -> Result<()> {
    diesel::insert_into(chat_presses::table).values(press).execute(tx)?;
    Ok(())
}

/// The button.
pub fn find(c: &mut Conn, id: PressId) -> Result<Option<Press>> {
    Ok(chat_presses::table.find(id).first(c).optional()?)
}

/// Notes who was first; a later one changes nothing.
pub fn done(
    tx: &mut Conn,
    id: PressId,
    now: Timestamp,
    who: (Option<AccountId>, &str),
) -> Result<()> {
    diesel::update(chat_presses::table.find(id).filter(chat_presses::done_at.is_null()))
        .set((
            chat_presses::done_at.eq(now),
            chat_presses::done_by.eq(who.0),
            chat_presses::done_name.eq(who.1),
        ))
        .execute(tx)?;
    Ok(())
}

/// The message or card of a button shows what is not so any more.
pub fn refresh(
    tx: &mut Conn,
    card: Option<ChatCardId>,
    delivery: Option<DeliveryId>,
    now: Timestamp,
) -> Result<()> {
    if let Some(card) = card {
        diesel::update(chat_cards::table.find(card).filter(chat_cards::stale_at.is_null()))
            .set(chat_cards::stale_at.eq(now))
            .execute(tx)?;
    }
    if let Some(delivery) = delivery {
        diesel::update(
            outbox::table.find(delivery).filter(outbox::card.eq(CardState::Live.as_word())),
        )
        .set(outbox::card.eq(CardState::Stale.as_word()))
        .execute(tx)?;
    }
    Ok(())
}

/// What this person was asked in this chat.
pub fn turn(c: &mut Conn, room: Room, chat: &str, person: &str) -> Result<Option<ChatTurn>> {
    Ok(chat_turns::table.find((room.as_word(), chat, person)).first(c).optional()?)
}

/// Keeps a question; an earlier one of the same person in the same chat is forgotten.
pub fn put_turn(tx: &mut Conn, turn: &ChatTurn) -> Result<()> {
    each_backend!(tx, c => diesel::insert_into(chat_turns::table)
        .values(turn)
        .on_conflict((chat_turns::room, chat_turns::chat, chat_turns::person))
        .do_update()
        .set(turn)
        .execute(c))?;
    Ok(())
}

/// Forgets a question.
pub fn end_turn(tx: &mut Conn, room: Room, chat: &str, person: &str) -> Result<()> {
    diesel::delete(chat_turns::table.find((room.as_word(), chat, person))).execute(tx)?;
    Ok(())
}

/// Which incident this person named last in this chat.
pub fn named(c: &mut Conn, room: Room, chat: &str, person: &str) -> Result<Option<ChatNamed>> {
    Ok(chat_named::table.find((room.as_word(), chat, person)).first(c).optional()?)
}

/// Keeps which incident somebody named last.
pub fn put_named(tx: &mut Conn, named: &ChatNamed) -> Result<()> {
    each_backend!(tx, c => diesel::insert_into(chat_named::table)
        .values(named)
        .on_conflict((chat_named::room, chat_named::chat, chat_named::person))
        .do_update()
        .set(named)
        .execute(c))?;
    Ok(())
}

/// The update that brought a message, oldest first: what was changed afterwards counts for nothing.
pub fn said(c: &mut Conn, room: Room, chat: &str, message: &str) -> Result<Vec<ChatUpdate>> {
    Ok(chat_updates::table
        .filter(chat_updates::room.eq(room.as_word()))
        .filter(chat_updates::chat.eq(chat))
        .filter(chat_updates::message.eq(message))
        .order(chat_updates::update_id)
        .limit(20)
        .load(c)?)
}

/// Whether this chat is a group of the team.
pub fn is_team(c: &mut Conn, room: Room, chat: &str) -> Result<bool> {
    Ok(diesel::select(diesel::dsl::exists(
        chat_groups::table
            .filter(chat_groups::room.eq(room.as_word()))
            .filter(chat_groups::chat.eq(chat))
            .filter(chat_groups::lost_at.is_null()),
    ))
    .get_result(c)?)
}

/// Whether the incident has its place in this group.
pub fn is_hosted(c: &mut Conn, room: Room, chat: &str, incident: IncidentId) -> Result<bool> {
    Ok(diesel::select(diesel::dsl::exists(
        chat_cards::table
            .inner_join(chat_groups::table.on(chat_groups::id.eq(chat_cards::group_id)))
            .filter(chat_groups::room.eq(room.as_word()))
            .filter(chat_groups::chat.eq(chat))
            .filter(chat_groups::lost_at.is_null())
            .filter(chat_cards::incident_id.eq(incident)),
    ))
    .get_result(c)?)
}

/// Forgets what expired before this: buttons, questions, and what chats were about.
pub fn sweep(tx: &mut Conn, before: Timestamp) -> Result<usize> {
    let mut gone = diesel::delete(chat_presses::table.filter(chat_presses::expires_at.lt(before)))
        .execute(tx)?;
    gone +=
        diesel::delete(chat_turns::table.filter(chat_turns::expires_at.lt(before))).execute(tx)?;
    gone +=
        diesel::delete(chat_named::table.filter(chat_named::named_at.lt(before))).execute(tx)?;
    Ok(gone)
}
