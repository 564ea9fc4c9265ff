//! The groups of the response team: which there are, and which server works in one now.

use crate::store::query::*;
use diesel::dsl::sql;
use diesel::sql_types::Bool;

use super::{Conn, MultiBackend};
use crate::clock::Timestamp;
use crate::domain::ids::{ChatGroupId, DeliveryId};
use crate::domain::words::{Channel, Room};
use crate::error::{Error, Result};
use crate::records::ChatGroup;
use crate::store::schema::{chat_groups, outbox};

/// Literal, for the partial index.
fn there() -> diesel::expression::SqlLiteral<Bool> {
    sql("chat_groups.lost_at is null")
}

/// Adds a group.
pub fn insert(tx: &mut Conn, group: &ChatGroup) -> Result<()> {
    diesel::insert_into(chat_groups::table).values(group).execute(tx)?;
    Ok(())
}

/// The group.
pub fn find(c: &mut Conn, id: ChatGroupId) -> Result<Option<ChatGroup>> {
    Ok(chat_groups::table.find(id).first(c).optional()?)
}

/// The group, held until the transaction ends.
pub fn hold(tx: &mut Conn, id: ChatGroupId) -> Result<Option<ChatGroup>> {
    let one = chat_groups::table.find(id);
    Ok(match tx {
        Conn::Pg(c) => one.for_no_key_update().first(c),
        Conn::Sqlite(c) => one.first(c),
    }
    .optional()?)
}

/// Keeps a changed group.
pub fn save(tx: &mut Conn, group: &ChatGroup) -> Result<()> {
    diesel::update(chat_groups::table.find(group.id)).set(group).execute(tx)?;
    Ok(())
}

/// The group of this chat, unless it was lost.
pub fn by_chat(c: &mut Conn, room: Room, chat: &str) -> Result<Option<ChatGroup>> {
    let of = chat_groups::table
        .filter(chat_groups::room.eq(room.as_word()))
        .filter(chat_groups::chat.eq(chat.to_owned()));
    Ok(of.filter(there()).first(c).optional()?)
}

/// The group of this chat that was lost last.
pub fn lost_by_chat(c: &mut Conn, room: Room, chat: &str) -> Result<Option<ChatGroup>> {
    let of = chat_groups::table
        .filter(chat_groups::room.eq(room.as_word()))
        .filter(chat_groups::chat.eq(chat.to_owned()))
        .filter(chat_groups::lost_at.is_not_null());
    Ok(of.order(chat_groups::lost_at.desc()).first(c).optional()?)
}

/// The groups that are there, at most so many.
pub fn active(c: &mut Conn, limit: i64) -> Result<Vec<ChatGroup>> {
    let all = chat_groups::table.filter(there()).order(chat_groups::added_at);
    Ok(all.limit(limit).load(c)?)
}

/// Every group, those that are there first.
pub fn all(c: &mut Conn, limit: i64) -> Result<Vec<ChatGroup>> {
    let mut found = active(c, limit)?;
    let lost = chat_groups::table
        .filter(chat_groups::lost_at.is_not_null())
        .order(chat_groups::lost_at.desc())
        .limit(limit);
    found.extend(lost.load::<ChatGroup>(c)?);
    Ok(found)
}

/// Leases a group to `owner` until `until`, if nobody else has it and the room asked for no pause
/// there; answers whether it did.
pub fn lease(
    tx: &mut Conn,
    id: ChatGroupId,
    owner: &str,
    now: Timestamp,
    until: Timestamp,
) -> Result<bool> {
    let held = chat_groups::lease_owner.ne(owner).and(chat_groups::lease_until.ge(now));
    let free = chat_groups::table
        .find(id)
        .filter(there())
        .filter(chat_groups::lease_owner.is_null().or(diesel::dsl::not(held)))
        .filter(chat_groups::paced_at.is_null().or(chat_groups::paced_at.le(now)));
    let change = (chat_groups::lease_owner.eq(Some(owner)), chat_groups::lease_until.eq(until));
    Ok(diesel::update(free).set(change).execute(tx)? == 1)
}

/// Ends the leases of one server.
pub fn free_of(tx: &mut Conn, owner: &str) -> Result<usize> {
    let held = chat_groups::table.filter(chat_groups::lease_owner.eq(Some(owner)));
    let change = (
        chat_groups::lease_owner.eq(None::<String>),
        chat_groups::lease_until.eq(None::<Timestamp>),
    );
    Ok(diesel::update(held).set(change).execute(tx)?)
}

/// Ends every lease: there is no other server.
pub fn free_all(tx: &mut Conn) -> Result<usize> {
    let held = chat_groups::table.filter(chat_groups::lease_owner.is_not_null());
    let change = (
        chat_groups::lease_owner.eq(None::<String>),
        chat_groups::lease_until.eq(None::<Timestamp>),
    );
    Ok(diesel::update(held).set(change).execute(tx)?)
}

/// What waits for a chat that goes on under another address goes there.
pub fn readdress(tx: &mut Conn, channel: Channel, from: &str, to: &str) -> Result<usize> {
    let inside = format!("{from}/");
    let open = outbox::table
        .filter(super::engine::open())
        .filter(outbox::channel.eq(channel.as_word()))
        .filter(outbox::address.eq(from.to_owned()).or(outbox::address.like(format!("{inside}%"))))
        .select((outbox::id, outbox::address))
        .into_boxed::<MultiBackend>();
    let waiting: Vec<(DeliveryId, String)> = open.load(tx)?;
    let mut moved = 0;
    for (id, address) in waiting {
        // A sign of LIKE in an address matches more than itself.
        let new = match address.strip_prefix(&inside) {
            Some(topic) => format!("{to}/{topic}"),
            None if address == from => to.to_owned(),
            None => continue,
        };
        moved += diesel::update(outbox::table.find(id)).set(outbox::address.eq(new)).execute(tx)?;
    }
    Ok(moved)
}

/// The group, or that there is none.
pub fn must(c: &mut Conn, id: ChatGroupId) -> Result<ChatGroup> {
    find(c, id)?.ok_or(Error::NotFound("group"))
}
