//! What came from the responders' rooms, as it came: kept before it is confirmed, handled once.

use crate::store::query::*;

use super::Conn;
use crate::clock::Timestamp;
use crate::domain::words::Room;
use crate::each_backend;
use crate::error::Result;
use crate::records::ChatUpdate;
use crate::store::schema::{chat_groups, chat_links, chat_updates};

/// Keeps an update; the same number again changes nothing. Answers whether it is new.
pub fn keep(tx: &mut Conn, update: &ChatUpdate) -> Result<bool> {
    let added = each_backend!(tx, c => diesel::insert_into(chat_updates::table)
        .values(update)
        .on_conflict((chat_updates::room, chat_updates::update_id))
        .do_nothing()
        .execute(c))?;
    Ok(added == 1)
}

/// What nobody handled yet, in the room's own order.
pub fn open(c: &mut Conn, room: Room, limit: i64) -> Result<Vec<ChatUpdate>> {
    Ok(chat_updates::table
        .filter(chat_updates::room.eq(room.as_word()))
        .filter(chat_updates::handled_at.is_null())
        .order(chat_updates::update_id)
        .limit(limit)
        .load(c)?)
}

/// Marks an update as handled, unless it is; answers whether it was this call.
pub fn handled(tx: &mut Conn, room: Room, id: i64, outcome: &str, now: Timestamp) -> Result<bool> {
    let one = chat_updates::table
        .filter(chat_updates::room.eq(room.as_word()))
        .filter(chat_updates::update_id.eq(id))
        .filter(chat_updates::handled_at.is_null());
    let change = (chat_updates::handled_at.eq(Some(now)), chat_updates::outcome.eq(outcome));
    Ok(diesel::update(one).set(change).execute(tx)? == 1)
}

/// Tries an update again later.
pub fn put_off(tx: &mut Conn, room: Room, id: i64, tries: i32, due_at: Timestamp) -> Result<()> {
    let one = chat_updates::table
        .filter(chat_updates::room.eq(room.as_word()))
        .filter(chat_updates::update_id.eq(id))
        .filter(chat_updates::handled_at.is_null());
    diesel::update(one)
        .set((chat_updates::attempts.eq(tries), chat_updates::due_at.eq(due_at)))
        .execute(tx)?;
    Ok(())
}

/// How many wait in all rooms, and since when the oldest does.
pub fn waiting(c: &mut Conn) -> Result<(i64, Option<Timestamp>)> {
    let open = || chat_updates::table.filter(chat_updates::handled_at.is_null());
    let count = open().count().get_result(c)?;
    let oldest = open().select(diesel::dsl::min(chat_updates::received_at)).first(c)?;
    Ok((count, oldest))
}

/// How many since then could not be handled and were given up.
pub fn given_up(c: &mut Conn, since: Timestamp) -> Result<i64> {
    Ok(chat_updates::table
        .filter(chat_updates::received_at.ge(since))
        .filter(chat_updates::outcome.eq("given_up"))
        .count()
        .get_result(c)?)
}

/// Takes the words out of what was handled before `blank`, and what came before `gone` away; what
/// was nothing to us goes before `idle`. Answers how many rows.
pub fn sweep(tx: &mut Conn, blank: Timestamp, gone: Timestamp, idle: Timestamp) -> Result<usize> {
    let handled = || chat_updates::table.filter(chat_updates::handled_at.is_not_null());
    let old = handled().filter(chat_updates::received_at.lt(gone));
    let mut rows = diesel::delete(old).execute(tx)?;
    let nothing = handled()
        .filter(chat_updates::received_at.lt(idle))
        .filter(chat_updates::outcome.eq("ignored"));
    rows += diesel::delete(nothing).execute(tx)?;
    let spoken =
        handled().filter(chat_updates::received_at.lt(blank)).filter(chat_updates::body.ne(""));
    Ok(rows + diesel::update(spoken).set(chat_updates::body.eq("")).execute(tx)?)
}

/// How many accounts are linked in a room.
pub fn linked(c: &mut Conn, room: Room) -> Result<i64> {
    Ok(chat_links::table
        .filter(chat_links::room.eq(room.as_word()))
        .filter(chat_links::ended_at.is_null())
        .count()
        .get_result(c)?)
}

/// How many groups the team has in a room.
pub fn groups(c: &mut Conn, room: Room) -> Result<i64> {
    Ok(chat_groups::table
        .filter(chat_groups::room.eq(room.as_word()))
        .filter(chat_groups::lost_at.is_null())
        .count()
        .get_result(c)?)
}
