//! What only the demo asks of the database: an empty one to begin with, and a past whose messages
//! have left.

use crate::store::query::*;
use diesel::connection::SimpleConnection as _;
use diesel::sql_types::BigInt;

use super::pool::Opener;
use super::{Conn, Place, engine};
use crate::clock::Timestamp;
use crate::domain::ids::DeliveryId;
use crate::domain::words::{CardState, DeliveryStatus};
use crate::each_backend;
use crate::error::{Error, Result};
use crate::records::{Delivery, Kept};
use crate::store::schema::{audit, outbox};

/// The setting by which a demo's database is known, and how far it came.
const MARK: &str = "demo";
const LOADING: &str = "loading";
const LOADED: &str = "loaded";

/// What a database is to the demo.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// Nothing is in it.
    Empty,
    /// A demo whose loading did not end.
    Unfinished,
    /// A whole demo.
    Demo,
    /// Something else: not ours to touch.
    Foreign,
}

/// Looks at a database without changing it; a file of SQLite that does not exist is empty.
///
/// # Errors
/// When it cannot be reached.
pub fn found(place: &Place) -> Result<Found> {
    if let Place::Sqlite(path) = place
        && !path.exists()
    {
        return Ok(Found::Empty);
    }
    let mut conn = Opener::new(place.clone()).open()?;
    let (anything, settings) = match &conn {
        Conn::Pg(_) => (
            "select count(*) as count from pg_class where relnamespace = 'public'::regnamespace",
            "select count(*) as count from pg_class where oid = to_regclass('public.settings')",
        ),
        Conn::Sqlite(_) => (
            "select count(*) as count from sqlite_master",
            "select count(*) as count from sqlite_master where name = 'settings'",
        ),
    };
    if count(&mut conn, anything)? == 0 {
        return Ok(Found::Empty);
    }
    let known = count(&mut conn, settings)? > 0;
    let mark = if known { engine::setting(&mut conn, MARK)? } else { None };
    Ok(match mark.as_deref() {
        Some(LOADED) => Found::Demo,
        Some(_) => Found::Unfinished,
        None => Found::Foreign,
    })
}

fn count(c: &mut Conn, query: &str) -> Result<i64> {
    #[derive(QueryableByName)]
    struct Count {
        #[diesel(sql_type = BigInt)]
        count: i64,
    }
    let found: Count = each_backend!(c, c => diesel::sql_query(query).get_result(c))?;
    Ok(found.count)
}

/// Empties a PostgreSQL database that an earlier demo left; one that bears no mark stays as it is.
///
/// # Errors
/// When it is not a demo's, or its owner is somebody else.
pub fn empty(place: &Place) -> Result<()> {
    match (found(place)?, Opener::new(place.clone()).open()?) {
        (Found::Empty, _) => Ok(()),
        (Found::Demo | Found::Unfinished, Conn::Pg(mut c)) => {
            Ok(c.batch_execute("begin; drop schema public cascade; create schema public; commit;")?)
        }
        (Found::Demo | Found::Unfinished, Conn::Sqlite(_)) => {
            Err(Error::internal("a demo's SQLite file is removed with its folder"))
        }
        (Found::Foreign, _) => Err(Error::internal(
            "this database is not empty and not a demo's: the demo does not touch it",
        )),
    }
}

/// Marks the database as a demo's, whole or not yet.
///
/// # Errors
/// The database's.
pub fn mark(tx: &mut Conn, whole: bool, now: Timestamp) -> Result<()> {
    engine::set_setting(tx, MARK, if whole { LOADED } else { LOADING }, now)
}

/// When the last thing happened: a demo whose clock ran fast may be ahead of the wall clock.
///
/// # Errors
/// The database's.
pub fn latest(c: &mut Conn) -> Result<Option<Timestamp>> {
    Ok(audit::table.select(audit::at).order(audit::id.desc()).first(c).optional()?)
}

/// Messages of the demo's past left when they were due: nobody is written to a year later.
///
/// # Errors
/// The database's.
pub fn settle_past(tx: &mut Conn, by: Timestamp) -> Result<usize> {
    let waiting = outbox::table
        .filter(outbox::status.eq(DeliveryStatus::Waiting.as_word()))
        .filter(outbox::due_at.le(by));
    let change = (
        outbox::status.eq(DeliveryStatus::Sent.as_word()),
        outbox::attempts.eq(1),
        outbox::sent_at.eq(outbox::due_at.nullable()),
    );
    Ok(diesel::update(waiting).set(change).execute(tx)?)
}

/// The last messages that left, oldest of them first.
///
/// # Errors
/// The database's.
pub fn last_sent(c: &mut Conn, limit: i64) -> Result<Vec<Delivery>> {
    let mut last: Vec<Delivery> = outbox::table
        .filter(outbox::status.eq(DeliveryStatus::Sent.as_word()))
        .order((outbox::created_at.desc(), outbox::id.desc()))
        .limit(limit)
        .load(c)?;
    last.reverse();
    Ok(last)
}

/// Takes the secrets out of what left: the demo's past is told from the letters, and over now.
///
/// # Errors
/// The database's.
pub fn blank_sent(tx: &mut Conn) -> Result<()> {
    let rows = outbox::table
        .filter(outbox::status.eq(DeliveryStatus::Sent.as_word()))
        .select((outbox::id, outbox::letter))
        .load(tx)?;
    engine::blank(tx, rows)
}

/// The cards of the past: these stand in their chats under these numbers, with their buttons; what
/// was answered needs no change any more.
///
/// # Errors
/// The database's.
pub fn cards_stand(tx: &mut Conn, live: &[(DeliveryId, Option<String>)]) -> Result<()> {
    for (id, reference) in live {
        let change =
            (outbox::card.eq(Some(CardState::Live.as_word())), outbox::reference.eq(reference));
        diesel::update(outbox::table.find(id)).set(change).execute(tx)?;
    }
    let answered = outbox::table.filter(outbox::card.eq(CardState::Stale.as_word()));
    diesel::update(answered).set(outbox::card.eq(CardState::Done.as_word())).execute(tx)?;
    Ok(())
}

/// Puts messages on the local mailbox's shelf.
///
/// # Errors
/// The database's.
pub fn keep_all(tx: &mut Conn, messages: &[Kept]) -> Result<()> {
    messages.iter().try_for_each(|message| engine::keep(tx, message))
}
