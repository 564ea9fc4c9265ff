//! Who is who in a responders' room: links of accounts, the one-time codes that make them, and how a
//! person wants to be told.

use crate::store::query::*;

use super::Conn;
use crate::clock::Timestamp;
use crate::domain::ids::{AccountId, ChatLinkId};
use crate::domain::words::Room;
use crate::each_backend;
use crate::error::{Error, Result};
use crate::records::{ChatCode, ChatLink, ChatSettings};
use crate::store::schema::{chat_codes, chat_links, chat_settings};

/// The link of this number, if it stands.
pub fn of_number(c: &mut Conn, room: Room, number: &str) -> Result<Option<ChatLink>> {
    Ok(chat_links::table
        .filter(chat_links::room.eq(room.as_word()))
        .filter(chat_links::person.eq(number))
        .filter(chat_links::ended_at.is_null())
        .first(c)
        .optional()?)
}

/// The links of an account that stand, oldest first.
pub fn of_account(c: &mut Conn, account: AccountId) -> Result<Vec<ChatLink>> {
    Ok(chat_links::table
        .filter(chat_links::account_id.eq(account))
        .filter(chat_links::ended_at.is_null())
        .order((chat_links::linked_at, chat_links::id))
        .limit(50)
        .load(c)?)
}

/// The links that stand whose direct conversation this is.
pub fn of_chat(c: &mut Conn, room: Room, chat: &str) -> Result<Vec<ChatLink>> {
    Ok(chat_links::table
        .filter(chat_links::room.eq(room.as_word()))
        .filter(chat_links::chat.eq(chat))
        .filter(chat_links::ended_at.is_null())
        .limit(50)
        .load(c)?)
}

/// A page of the links of a room that stand and work, after an id: for what all linked persons are
/// told.
pub fn working_after(
    c: &mut Conn,
    room: Room,
    after: Option<ChatLinkId>,
    limit: i64,
) -> Result<Vec<ChatLink>> {
    let after = after.unwrap_or_else(|| ChatLinkId::from_uuid(uuid::Uuid::nil()));
    Ok(chat_links::table
        .filter(chat_links::room.eq(room.as_word()))
        .filter(chat_links::ended_at.is_null())
        .filter(chat_links::broken_at.is_null())
        .filter(chat_links::id.gt(after))
        .order(chat_links::id)
        .limit(limit)
        .load(c)?)
}

/// The link, standing or ended.
pub fn find(c: &mut Conn, id: ChatLinkId) -> Result<ChatLink> {
    chat_links::table.find(id).first(c).optional()?.ok_or(Error::NotFound("chat_link"))
}

/// Adds a link.
pub fn insert(tx: &mut Conn, link: &ChatLink) -> Result<()> {
    diesel::insert_into(chat_links::table).values(link).execute(tx)?;
    Ok(())
}

/// Keeps a changed link.
pub fn save(tx: &mut Conn, link: &ChatLink) -> Result<()> {
    diesel::update(chat_links::table.find(link.id)).set(link).execute(tx)?;
    Ok(())
}

/// Holds a number until the transaction ends, also when nobody is linked with it yet.
pub fn hold_number(tx: &mut Conn, room: Room, number: &str) -> Result<()> {
    if let Conn::Pg(c) = tx {
        diesel::sql_query("select pg_advisory_xact_lock(hashtextextended($1, 0))")
            .bind::<diesel::sql_types::Text, _>(format!("chat:{room}:{number}"))
            .execute(c)?;
    }
    Ok(())
}

/// Adds a code.
pub fn insert_code(tx: &mut Conn, code: &ChatCode) -> Result<()> {
    diesel::insert_into(chat_codes::table).values(code).execute(tx)?;
    Ok(())
}

/// The code of this hash, good or not, held until the transaction ends.
pub fn hold_code(tx: &mut Conn, hash: &[u8]) -> Result<Option<ChatCode>> {
    let one = chat_codes::table.find(hash.to_vec());
    Ok(match tx {
        Conn::Pg(c) => one.for_update().first(c).optional()?,
        Conn::Sqlite(c) => one.first(c).optional()?,
    })
}

/// The code of an account that nobody has settled yet, whichever room it is for; drawing one ends
/// the others.
pub fn open_code(c: &mut Conn, account: AccountId) -> Result<Option<ChatCode>> {
    Ok(chat_codes::table
        .filter(chat_codes::account_id.eq(account))
        .filter(chat_codes::confirmed_at.is_null())
        .filter(chat_codes::refused_at.is_null())
        .order(chat_codes::created_at.desc())
        .first(c)
        .optional()?)
}

/// Keeps a changed code.
pub fn save_code(tx: &mut Conn, code: &ChatCode) -> Result<()> {
    diesel::update(chat_codes::table.find(code.hash.clone())).set(code).execute(tx)?;
    Ok(())
}

/// Ends every code of an account that nobody has answered yet.
pub fn end_codes(tx: &mut Conn, account: AccountId, now: Timestamp) -> Result<usize> {
    let open = chat_codes::table
        .filter(chat_codes::account_id.eq(account))
        .filter(chat_codes::confirmed_at.is_null())
        .filter(chat_codes::refused_at.is_null());
    Ok(diesel::update(open).set(chat_codes::refused_at.eq(Some(now))).execute(tx)?)
}

/// Forgets codes made before then; answers how many.
pub fn sweep_codes(tx: &mut Conn, before: Timestamp) -> Result<usize> {
    let old = chat_codes::table.filter(chat_codes::created_at.lt(before));
    Ok(diesel::delete(old).execute(tx)?)
}

/// How a person wants to be told, if they said so.
pub fn settings(c: &mut Conn, account: AccountId) -> Result<Option<ChatSettings>> {
    Ok(chat_settings::table.find(account).first(c).optional()?)
}

/// Keeps how a person wants to be told.
pub fn keep_settings(tx: &mut Conn, one: &ChatSettings) -> Result<()> {
    each_backend!(tx, c => diesel::insert_into(chat_settings::table)
        .values(one)
        .on_conflict(chat_settings::account_id)
        .do_update()
        .set(one)
        .execute(c))?;
    Ok(())
}
