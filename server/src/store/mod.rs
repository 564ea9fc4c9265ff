//! The database: the only room that talks SQL. `read` and `write` are the only ways in.
//!
//! On PostgreSQL a write is a transaction on a pooled connection, repeated when it lost a race.
//! On SQLite one thread owns the only writing connection and commits what waits together.

pub mod accounts;
pub mod audit;
pub mod calendars;
pub mod canaries;
pub mod chat_cards;
pub mod chat_groups;
pub mod chat_links;
pub mod chat_presses;
pub mod chat_updates;
pub mod checkup;
pub mod codec;
pub mod demo;
pub mod directory;
pub mod dispatches;
pub mod drills;
pub mod duties;
pub mod engine;
pub mod evidence;
pub mod idempotency;
pub mod incidents;
pub mod leases;
mod migrate;
pub mod numbering;
pub mod organisations;
pub mod playbooks;
mod pool;
pub mod push;
pub mod query;
pub mod rota;
pub mod schema;
pub mod search;
pub mod second_factors;
pub mod sight;
pub mod snoozes;
pub mod timeline;
pub mod timers;
pub mod withdrawal;
mod writer;

use std::path::PathBuf;
use std::sync::Arc;

use diesel::connection::SimpleConnection;
use diesel::pg::PgConnection;
use diesel::sqlite::SqliteConnection;

pub use self::migrate::SchemaState;
use self::pool::{Opener, Pool};
use self::writer::Writer;
use crate::error::{Error, Result};

/// A connection to either database; diesel compiles every query for both.
#[derive(diesel::MultiConnection)]
pub enum Conn {
    /// PostgreSQL.
    Pg(PgConnection),
    /// SQLite.
    Sqlite(SqliteConnection),
}

/// One text, two compilations: for what diesel's common backend does not know (`on_conflict`,
/// batches).
#[macro_export]
macro_rules! each_backend {
    ($conn:expr, $name:ident => $body:expr) => {
        match $conn {
            $crate::store::Conn::Pg($name) => $body,
            $crate::store::Conn::Sqlite($name) => $body,
        }
    };
}

/// Where the data is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A file of SQLite.
    Sqlite(PathBuf),
    /// `postgres://…`, with the password.
    Postgres(String),
}

impl Place {
    /// Reads `postgres://…`, `sqlite:PATH` or a path.
    ///
    /// # Errors
    /// A scheme that is neither: rather than making an empty file of that name.
    pub fn parse(text: &str) -> Result<Self> {
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return Ok(Self::Postgres(text.to_owned()));
        }
        let path = text.strip_prefix("sqlite:").map_or(text, |rest| rest.trim_start_matches("//"));
        if path.is_empty() || (path.contains("://") && !path.starts_with('/')) {
            return Err(Error::internal(
                "database.url must be sqlite:PATH or postgres://USER@HOST/NAME",
            ));
        }
        Ok(Self::Sqlite(PathBuf::from(path)))
    }
}

/// The database, shared by everything in the process.
#[derive(Clone)]
pub struct Db {
    pool: Pool,
    writer: Option<Arc<Writer>>,
    place: Place,
}

impl Db {
    /// Opens the database and brings its schema up to date.
    ///
    /// # Errors
    /// When it cannot be reached, another server holds the SQLite file, or the schema is newer
    /// than this program.
    pub fn open(place: Place) -> Result<Self> {
        let hold = match &place {
            Place::Sqlite(path) => Some(pool::only_server(path)?),
            Place::Postgres(_) => None,
        };
        Opener::new(place.clone()).open().and_then(|mut conn| migrate::up(&mut conn))?;
        let pool = pool::build(&place)?;
        let writer = match hold {
            Some(hold) => Some(Arc::new(Writer::start(Opener::new(place.clone()).open()?, hold)?)),
            None => None,
        };
        Ok(Self { pool, writer, place })
    }

    /// Opens the database to read only, next to a running server.
    ///
    /// # Errors
    /// When it does not exist or cannot be reached.
    pub fn open_to_read(place: Place) -> Result<Self> {
        if let Place::Sqlite(path) = &place
            && !path.exists()
        {
            return Err(Error::internal(format!("there is no database at {}", path.display())));
        }
        Ok(Self { pool: pool::build(&place)?, writer: None, place })
    }

    /// What the schema is, against what this program knows.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub fn schema_state(place: &Place) -> Result<SchemaState> {
        migrate::state(&mut Opener::new(place.clone()).open()?)
    }

    /// Where the data is.
    pub const fn place(&self) -> &Place {
        &self.place
    }

    /// Runs a reading closure on a pooled connection, off the web's threads.
    ///
    /// # Errors
    /// What the closure answers; [`Error::Unavailable`] when no connection comes free in time.
    pub async fn read<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Conn) -> Result<T> + Send + 'static,
    {
        let pool = self.pool.clone();
        let read = move || {
            let mut conn = pool::get(&pool)?;
            work(&mut conn).inspect_err(|_| conn.doubt())
        };
        tokio::task::spawn_blocking(read).await.map_err(Error::internal)?
    }

    /// Runs a writing closure in one transaction and answers after it is on durable storage.
    /// The closure may run several times: it is deterministic and touches nothing outside.
    ///
    /// # Errors
    /// What the closure answers (nothing is written then); [`Error::Unavailable`] when the
    /// database is locked, full or gone.
    pub async fn write<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: Fn(&mut Conn) -> Result<T> + Send + 'static,
    {
        if let Some(writer) = &self.writer {
            return writer.write(work).await;
        }
        if let Place::Sqlite(_) = self.place {
            return Err(Error::internal("this database was opened to read only"));
        }
        let pool = self.pool.clone();
        tokio::task::spawn_blocking(move || postgres_transaction(&pool, &work))
            .await
            .map_err(Error::internal)?
    }
}

/// How often a transaction that lost a race is tried again.
const RETRIES: u32 = 3;

fn postgres_transaction<T>(pool: &Pool, work: &impl Fn(&mut Conn) -> Result<T>) -> Result<T> {
    let (mut tries, mut dead) = (0, 0);
    loop {
        let mut conn = pool::get(pool)?;
        if let Err(why) = conn.batch_execute("begin") {
            conn.doubt();
            // Nothing was done on it yet: the next one may be well. Each is tried once at most.
            dead += 1;
            if dead <= pool.max_size() {
                continue;
            }
            return Err(why.into());
        }
        let worked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| work(&mut conn)))
            .unwrap_or_else(|_| Err(Error::internal("a write panicked")));
        let ended = match worked {
            Ok(value) => match conn.batch_execute("commit") {
                Ok(()) => Ok(value),
                Err(why) => {
                    conn.doubt();
                    Err(why.into())
                }
            },
            Err(why) => {
                // The answer to the caller is the reason, not a rollback that failed after it.
                let _rolled_back = conn.batch_execute("rollback");
                conn.doubt();
                Err(why)
            }
        };
        match ended {
            Err(why) if tries < RETRIES && lost_a_race(&why) => tries += 1,
            ended => return ended,
        }
    }
}

/// Runs a piece of a transaction so that its failure takes back what the piece did and nothing else.
///
/// # Errors
/// What ends the whole transaction: the connection is gone, the disk is full, a race was lost. The
/// piece's own failure is the inner result.
pub fn apart<T>(tx: &mut Conn, work: impl FnOnce(&mut Conn) -> Result<T>) -> Result<Result<T>> {
    tx.batch_execute("savepoint apart")?;
    let worked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| work(tx)))
        .unwrap_or_else(|_| Err(Error::internal("a write panicked")));
    match worked {
        Ok(value) => {
            tx.batch_execute("release savepoint apart")?;
            Ok(Ok(value))
        }
        Err(why) if lost_a_race(&why) || matches!(why, Error::Unavailable(_)) => Err(why),
        Err(why) => {
            tx.batch_execute("rollback to savepoint apart; release savepoint apart")?;
            Ok(Err(why))
        }
    }
}

/// diesel gives no SQLSTATE for deadlocks, so the message decides (`lc_messages` must be C).
fn lost_a_race(why: &Error) -> bool {
    match why {
        Error::Sql(diesel::result::Error::DatabaseError(kind, info)) => {
            matches!(kind, diesel::result::DatabaseErrorKind::SerializationFailure)
                || info.message().contains("deadlock detected")
        }
        _ => false,
    }
}
