//! Connections: opened by the URL's scheme, tuned, pooled.

use std::fs::{File, OpenOptions};
use std::ops::{Deref, DerefMut};
use std::path::Path;
use std::time::{Duration, Instant};

use diesel::Connection;
use diesel::connection::SimpleConnection;
use diesel::pg::PgConnection;
use diesel::r2d2;
use diesel::sqlite::SqliteConnection;

use super::{Conn, Place};
use crate::error::{Error, Result};

pub(super) type Pool = r2d2::Pool<Opener>;

/// How long a request waits for a connection before it is told to come again.
const WAIT: Duration = Duration::from_secs(3);
/// A connection that was well so short a time ago is not asked again: at a busy hour that question
/// would be one statement in eight.
const STILL_WELL: Duration = Duration::from_secs(1);
/// Readers beside the writer (SQLite), or all connections (PostgreSQL).
const SQLITE_READERS: u32 = 4;
const POSTGRES_CONNECTIONS: u32 = 16;

/// Opens connections to one place.
#[derive(Debug, Clone)]
pub(super) struct Opener {
    place: Place,
    read_only: bool,
}

impl Opener {
    pub(super) const fn new(place: Place) -> Self {
        Self { place, read_only: false }
    }

    pub(super) fn open(&self) -> Result<Conn> {
        match &self.place {
            Place::Sqlite(path) => {
                let refuse = |why: &dyn std::fmt::Display| {
                    Error::Unavailable(format!("{}: {why}", path.display()))
                };
                let mut conn = SqliteConnection::establish(&path.to_string_lossy())
                    .map_err(|why| refuse(&why))?;
                // busy_timeout first: the switch to WAL itself may meet a lock. FULL, because
                // NORMAL loses acknowledged commits when the power fails.
                // Who only reads leaves the file as it is: it may be a backup.
                if !self.read_only {
                    conn.batch_execute("pragma busy_timeout = 5000; pragma journal_mode = wal;")
                        .map_err(|why| refuse(&why))?;
                }
                conn.batch_execute(
                    "pragma busy_timeout = 5000; pragma synchronous = full; pragma foreign_keys = on; \
                     pragma trusted_schema = off; pragma cache_size = -4000; pragma wal_autocheckpoint = 4000; \
                     pragma temp_store = memory;",
                )
                .map_err(|why| refuse(&why))?;
                if self.read_only {
                    conn.batch_execute("pragma query_only = on;").map_err(|why| refuse(&why))?;
                }
                Ok(Conn::Sqlite(conn))
            }
            Place::Postgres(url) => {
                // Before libpq does it in its own way: OpenSSL would tear itself down when the process
                // ends, under a thread of the pool that is connecting at that moment.
                openssl_sys::init();
                let mut conn = PgConnection::establish(url)
                    .map_err(|why| Error::Unavailable(format!("PostgreSQL: {why}")))?;
                // An administrator's session default must not weaken what we promise. A server that
                // froze inside a transaction loses it after ten seconds: what it held is free for
                // the others, and when it wakes it can change nothing.
                conn.batch_execute(
                    "set synchronous_commit = on; set statement_timeout = '15s'; \
                     set idle_in_transaction_session_timeout = '10s'; \
                     set lc_messages = 'C'; set time zone 'UTC';",
                )
                .or_else(|_| {
                    // lc_messages needs rights that an application's role may not have.
                    conn.batch_execute(
                        "set synchronous_commit = on; set statement_timeout = '15s'; \
                         set idle_in_transaction_session_timeout = '10s'; \
                         set time zone 'UTC';",
                    )
                })
                .map_err(|why| Error::Unavailable(format!("PostgreSQL: {why}")))?;
                Ok(Conn::Pg(conn))
            }
        }
    }
}

/// A connection of the pool, and when it was seen to be well.
pub(super) struct Pooled {
    conn: Conn,
    well: Option<Instant>,
}

impl Pooled {
    /// Something failed on it: it is asked before anybody gets it again.
    pub(super) const fn doubt(&mut self) {
        self.well = None;
    }
}

impl Deref for Pooled {
    type Target = Conn;

    fn deref(&self) -> &Conn {
        &self.conn
    }
}

impl DerefMut for Pooled {
    fn deref_mut(&mut self) -> &mut Conn {
        &mut self.conn
    }
}

impl r2d2::ManageConnection for Opener {
    type Connection = Pooled;
    type Error = r2d2::Error;

    fn connect(&self) -> Result<Pooled, r2d2::Error> {
        let conn = self.open().map_err(|why| {
            r2d2::Error::ConnectionError(diesel::ConnectionError::BadConnection(why.to_string()))
        })?;
        Ok(Pooled { conn, well: Some(Instant::now()) })
    }

    fn is_valid(&self, lent: &mut Pooled) -> Result<(), r2d2::Error> {
        match &mut lent.conn {
            // A file does not go away as a server does.
            Conn::Sqlite(_) => Ok(()),
            Conn::Pg(_) if lent.well.is_some_and(|at| at.elapsed() < STILL_WELL) => Ok(()),
            Conn::Pg(c) => {
                c.batch_execute("select 1").map_err(r2d2::Error::QueryError)?;
                lent.well = Some(Instant::now());
                Ok(())
            }
        }
    }

    /// Asked when it comes back, whole or after a panic.
    fn has_broken(&self, lent: &mut Pooled) -> bool {
        lent.well = lent.well.map(|_| Instant::now());
        std::thread::panicking()
    }
}

pub(super) fn build(place: &Place) -> Result<Pool> {
    let (size, read_only) = match place {
        Place::Sqlite(_) => (SQLITE_READERS, true),
        Place::Postgres(_) => (POSTGRES_CONNECTIONS, false),
    };
    r2d2::Pool::builder()
        .max_size(size)
        .min_idle(Some(1))
        .connection_timeout(WAIT)
        .test_on_check_out(true)
        .build(Opener { place: place.clone(), read_only })
        .map_err(|why| Error::Unavailable(why.to_string()))
}

pub(super) fn get(pool: &Pool) -> Result<r2d2::PooledConnection<Opener>> {
    pool.get().map_err(|why| Error::Unavailable(why.to_string()))
}

/// SQLite serves exactly one server process: the kernel lets go of this lock when it dies.
pub(super) fn only_server(path: &Path) -> Result<File> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).map_err(Error::internal)?;
    }
    let beside = path.with_extension("lock");
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&beside)
        .map_err(|why| Error::internal(format!("{}: {why}", beside.display())))?;
    file.try_lock().map_err(|_| {
        Error::internal(format!(
            "another dieuphoi server uses {}; stop it first, or use PostgreSQL for several servers",
            path.display()
        ))
    })?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use diesel::RunQueryDsl as _;
    use diesel::connection::SimpleConnection as _;

    use crate::error::Error;
    use crate::store::Conn;
    use crate::testing::Stage;

    /// PostgreSQL was started anew: what the pool has is dead, and was well a moment ago.
    #[tokio::test]
    async fn dead_connections_cost_no_write_and_a_read_at_most_once_each() {
        let Some(stage) = Stage::postgres() else { return };
        let db = &stage.office.db;
        let busy = (0..4).map(|_| db.read(|c| Ok(c.batch_execute("select pg_sleep(0.05)")?)));
        futures_util::future::try_join_all(busy).await.unwrap();
        let cut = "select pg_terminate_backend(pid) from pg_stat_activity \
                   where datname = current_database() and pid <> pg_backend_pid()";
        db.read(move |c| match c {
            Conn::Pg(c) => Ok(diesel::sql_query(cut).execute(c)?),
            Conn::Sqlite(_) => Err(Error::internal("another database")),
        })
        .await
        .unwrap();
        for _ in 0..6 {
            db.write(|tx| Ok(tx.batch_execute("select 1")?)).await.unwrap();
        }
        let mut failed = 0;
        for _ in 0..12 {
            failed += i32::from(db.read(|c| Ok(c.batch_execute("select 1")?)).await.is_err());
        }
        assert!(failed <= 3, "{failed}");
        for _ in 0..12 {
            db.read(|c| Ok(c.batch_execute("select 1")?)).await.unwrap();
        }
    }
}
