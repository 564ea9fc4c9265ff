//! The places of incidents in groups: which are stale, and which incident a topic or a card is of.

use crate::store::query::*;
use chrono::Duration;
use diesel::dsl::sql;
use diesel::sql_types::{Bool, Nullable};

use super::Conn;
use super::codec::DbTime;
use crate::clock::Timestamp;
use crate::domain::ids::{ChatCardId, ChatGroupId, IncidentId};
use crate::domain::words::Room;
use crate::each_backend;
use crate::error::Result;
use crate::records::{ChatCard, ChatGroup, Press};
use crate::store::schema::{chat_cards, chat_groups, chat_presses, incidents};

/// What changes within so long after the first change is one edit.
pub const SETTLE: Duration = Duration::seconds(1);

/// The incident changed: its cards are to be looked at again. Without a card, or with one that is
/// marked already, nothing is written.
pub fn mark(tx: &mut Conn, incident: IncidentId, now: Timestamp) -> Result<()> {
    let clean = chat_cards::table
        .filter(chat_cards::incident_id.eq(incident))
        .filter(chat_cards::dirty.eq(false));
    let due = sql::<Nullable<DbTime>>("coalesce(chat_cards.stale_at, ")
        .bind::<DbTime, _>(now + SETTLE)
        .sql(")");
    diesel::update(clean)
        .set((chat_cards::dirty.eq(true), chat_cards::stale_at.eq(due)))
        .execute(tx)?;
    Ok(())
}

/// Cards of this room's groups that are due, but in these chats, those of the most urgent incidents
/// first.
pub fn due(
    c: &mut Conn,
    room: Room,
    now: Timestamp,
    busy: Vec<String>,
    limit: i64,
) -> Result<Vec<(ChatCardId, ChatGroupId)>> {
    Ok(chat_cards::table
        .inner_join(chat_groups::table.on(chat_groups::id.eq(chat_cards::group_id)))
        .inner_join(incidents::table.on(incidents::id.eq(chat_cards::incident_id)))
        // Literal, for the partial index.
        .filter(sql::<Bool>("chat_cards.stale_at is not null"))
        .filter(chat_cards::stale_at.le(now))
        .filter(chat_groups::room.eq(room.as_word()))
        .filter(chat_groups::lost_at.is_null())
        .filter(chat_groups::chat.ne_all(busy))
        .order((incidents::priority_rank, chat_cards::stale_at, chat_cards::id))
        .select((chat_cards::id, chat_cards::group_id))
        .limit(limit)
        .load(c)?)
}

/// Adds a card; answers whether it is new: there is one for an incident and group.
pub fn insert(tx: &mut Conn, card: &ChatCard) -> Result<bool> {
    let added = each_backend!(tx, c => diesel::insert_into(chat_cards::table)
        .values(card)
        .on_conflict((chat_cards::incident_id, chat_cards::group_id))
        .do_nothing()
        .execute(c))?;
    Ok(added == 1)
}

/// The card, held until the transaction ends.
pub fn hold(tx: &mut Conn, id: ChatCardId) -> Result<Option<ChatCard>> {
    let one = chat_cards::table.find(id);
    Ok(match tx {
        Conn::Pg(c) => one.for_no_key_update().first(c),
        Conn::Sqlite(c) => one.first(c),
    }
    .optional()?)
}

/// Keeps a changed card. It is held by whoever saves it.
pub fn save(tx: &mut Conn, card: &ChatCard) -> Result<()> {
    diesel::update(chat_cards::table.find(card.id)).set(card).execute(tx)?;
    Ok(())
}

/// The card of an incident in a group, held.
pub fn of(tx: &mut Conn, incident: IncidentId, group: ChatGroupId) -> Result<Option<ChatCard>> {
    let one = chat_cards::table
        .filter(chat_cards::incident_id.eq(incident))
        .filter(chat_cards::group_id.eq(group));
    Ok(match tx {
        Conn::Pg(c) => one.for_no_key_update().first(c),
        Conn::Sqlite(c) => one.first(c),
    }
    .optional()?)
}

/// The code of the incident whose topic this is, in a group that is there.
pub fn code_by_topic(c: &mut Conn, room: Room, chat: &str, topic: &str) -> Result<Option<String>> {
    Ok(chat_cards::table
        .inner_join(chat_groups::table.on(chat_groups::id.eq(chat_cards::group_id)))
        .inner_join(incidents::table.on(incidents::id.eq(chat_cards::incident_id)))
        .filter(chat_groups::room.eq(room.as_word()))
        .filter(chat_groups::chat.eq(chat.to_owned()))
        .filter(chat_groups::lost_at.is_null())
        .filter(chat_cards::topic.eq(Some(topic.to_owned())))
        .select(incidents::code)
        .first(c)
        .optional()?)
}

/// The code of the incident whose card this message is, in a group that is there.
pub fn code_by_message(
    c: &mut Conn,
    room: Room,
    chat: &str,
    message: &str,
) -> Result<Option<String>> {
    Ok(chat_cards::table
        .inner_join(chat_groups::table.on(chat_groups::id.eq(chat_cards::group_id)))
        .inner_join(incidents::table.on(incidents::id.eq(chat_cards::incident_id)))
        .filter(chat_groups::room.eq(room.as_word()))
        .filter(chat_groups::chat.eq(chat.to_owned()))
        .filter(chat_groups::lost_at.is_null())
        .filter(chat_cards::message.eq(Some(message.to_owned())))
        .select(incidents::code)
        .first(c)
        .optional()?)
}

/// The cards of an incident in groups that are there, the oldest first.
pub fn places(c: &mut Conn, incident: IncidentId) -> Result<Vec<(ChatCard, ChatGroup)>> {
    Ok(chat_cards::table
        .inner_join(chat_groups::table.on(chat_groups::id.eq(chat_cards::group_id)))
        .filter(chat_cards::incident_id.eq(incident))
        .filter(chat_groups::lost_at.is_null())
        .order((chat_cards::opened_at, chat_cards::id))
        .limit(100)
        .load(c)?)
}

/// Cards of a group, the newest first.
pub fn of_group(c: &mut Conn, group: ChatGroupId, limit: i64) -> Result<Vec<ChatCard>> {
    let of = chat_cards::table.filter(chat_cards::group_id.eq(group));
    Ok(of.order(chat_cards::opened_at.desc()).limit(limit).load(c)?)
}

/// Every card of a group whose incident goes on is looked at now.
pub fn wake_group(tx: &mut Conn, group: ChatGroupId, now: Timestamp) -> Result<usize> {
    let of = chat_cards::table
        .filter(chat_cards::group_id.eq(group))
        .filter(chat_cards::closed_at.is_null());
    let change = (chat_cards::stale_at.eq(Some(now)), chat_cards::attempts.eq(0));
    Ok(diesel::update(of).set(change).execute(tx)?)
}

/// Nothing is looked at any more in a group that was lost.
pub fn rest_group(tx: &mut Conn, group: ChatGroupId) -> Result<usize> {
    let of = chat_cards::table
        .filter(chat_cards::group_id.eq(group))
        .filter(chat_cards::stale_at.is_not_null());
    Ok(diesel::update(of).set(chat_cards::stale_at.eq(None::<Timestamp>)).execute(tx)?)
}

/// The messages of a group are elsewhere now: its cards are put up anew.
pub fn forget_messages(tx: &mut Conn, group: ChatGroupId, now: Timestamp) -> Result<usize> {
    let of = chat_cards::table
        .filter(chat_cards::group_id.eq(group))
        .filter(chat_cards::closed_at.is_null());
    let change = (
        chat_cards::message.eq(None::<String>),
        chat_cards::shown.eq(None::<Vec<u8>>),
        chat_cards::pinned.eq(false),
        chat_cards::stale_at.eq(Some(now)),
    );
    Ok(diesel::update(of).set(change).execute(tx)?)
}

/// The buttons of a card that can still be pressed at `until`.
pub fn presses(c: &mut Conn, card: ChatCardId, until: Timestamp) -> Result<Vec<Press>> {
    Ok(chat_presses::table
        .filter(chat_presses::card_id.eq(Some(card)))
        .filter(chat_presses::expires_at.gt(until))
        .order(chat_presses::made_at)
        .load(c)?)
}

/// Adds a button of a card.
pub fn insert_press(tx: &mut Conn, press: &Press) -> Result<()> {
    diesel::insert_into(chat_presses::table).values(press).execute(tx)?;
    Ok(())
}
