//! A database of its own for one story, on SQLite or PostgreSQL, and a look into it beside the
//! server.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::pg::PgConnection;
use diesel::sqlite::SqliteConnection;
use diesel::{Connection, QueryableByName, RunQueryDsl};
use dieuphoi::actions::Office;
use dieuphoi::config::Config;
use dieuphoi::each_backend;
use dieuphoi::store::{Conn, Db, Place};

/// A database, gone when dropped.
pub struct Database {
    place: Place,
    folder: tempfile::TempDir,
    /// How to drop it: the server's own database, and the name.
    postgres: Option<(String, String)>,
}

static COUNTER: AtomicU32 = AtomicU32::new(0);

/// One number.
#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    value: i64,
}

/// One text.
#[derive(QueryableByName)]
struct Text {
    #[diesel(sql_type = diesel::sql_types::Text)]
    value: String,
}

impl Database {
    /// An empty SQLite database.
    pub fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let place = Place::Sqlite(folder.path().join("dieuphoi.sqlite"));
        Self { place, folder, postgres: None }
    }

    /// An empty PostgreSQL database, when `DIEUPHOI_TEST_POSTGRES` names a server.
    #[expect(clippy::disallowed_methods, reason = "tests are told where PostgreSQL is")]
    pub fn postgres() -> Option<Self> {
        let admin = std::env::var("DIEUPHOI_TEST_POSTGRES").ok().filter(|url| !url.is_empty())?;
        let number = COUNTER.fetch_add(1, Ordering::Relaxed);
        let name = format!("proof_{}_{number}", std::process::id());
        let mut conn = PgConnection::establish(&admin).unwrap();
        conn.batch_execute(&format!("create database {name}")).unwrap();
        let (head, _) = admin.rsplit_once('/').unwrap();
        let place = Place::Postgres(format!("{head}/{name}"));
        let folder = tempfile::tempdir().unwrap();
        Some(Self { place, folder, postgres: Some((admin, name)) })
    }

    /// What the backend is called.
    pub const fn name(&self) -> &'static str {
        match self.place {
            Place::Sqlite(_) => "SQLite",
            Place::Postgres(_) => "PostgreSQL",
        }
    }

    /// Whether it is SQLite.
    pub const fn is_sqlite(&self) -> bool {
        matches!(self.place, Place::Sqlite(_))
    }

    /// As the configuration names it.
    pub fn url(&self) -> String {
        match &self.place {
            Place::Sqlite(path) => format!("sqlite:{}", path.display()),
            Place::Postgres(url) => url.clone(),
        }
    }

    /// The folder of this story: database, evidence, the server's log.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Makes the schema, and lets go of the database again.
    pub fn migrate(&self) {
        drop(Db::open(self.place.clone()).unwrap());
        self.wait_until_free();
    }

    /// Works with the real actions before any server runs, and lets go of the database again.
    pub async fn with_office<T>(&self, work: impl AsyncFnOnce(Office) -> T) -> T {
        let mut config = Config::default();
        config.evidence.folder = self.folder().join("evidence");
        let office = Office::new(Db::open(self.place.clone()).unwrap(), Arc::new(config));
        let done = work(office).await;
        self.wait_until_free();
        done
    }

    /// SQLite's writer lets go of the file a moment after its owner did.
    fn wait_until_free(&self) {
        let Place::Sqlite(path) = &self.place else { return };
        let lock = std::fs::File::open(path.with_extension("lock")).unwrap();
        let began = Instant::now();
        while lock.try_lock().is_err() {
            assert!(began.elapsed() < Duration::from_secs(10), "the database is not let go of");
            std::thread::yield_now();
        }
    }

    /// The file of SQLite.
    pub fn file(&self) -> Option<&PathBuf> {
        match &self.place {
            Place::Sqlite(path) => Some(path),
            Place::Postgres(_) => None,
        }
    }

    /// A connection beside the server's, as durable as its own.
    pub fn open(&self) -> Conn {
        match &self.place {
            Place::Sqlite(path) => {
                let mut conn = SqliteConnection::establish(&path.to_string_lossy()).unwrap();
                conn.batch_execute(
                    "pragma busy_timeout = 20000; pragma journal_mode = wal; \
                     pragma synchronous = full; pragma foreign_keys = on; pragma temp_store = memory;",
                )
                .unwrap();
                Conn::Sqlite(conn)
            }
            Place::Postgres(url) => {
                let mut conn = PgConnection::establish(url).unwrap();
                conn.batch_execute("set synchronous_commit = on; set time zone 'UTC'").unwrap();
                Conn::Pg(conn)
            }
        }
    }

    /// Works in one transaction.
    pub fn write<T>(&self, work: impl FnOnce(&mut Conn) -> dieuphoi::error::Result<T>) -> T {
        let mut conn = self.open();
        let begin = if self.is_sqlite() { "begin immediate" } else { "begin" };
        conn.batch_execute(begin).unwrap();
        let done = work(&mut conn).unwrap();
        conn.batch_execute("commit").unwrap();
        done
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if let Some((admin, name)) = &self.postgres
            && let Ok(mut conn) = PgConnection::establish(admin)
        {
            let _gone = conn.batch_execute(&format!("drop database if exists {name} with (force)"));
        }
    }
}

/// The rows of a query.
pub fn rows<T>(conn: &mut Conn, sql: &str) -> Vec<T>
where
    T: QueryableByName<diesel::pg::Pg> + QueryableByName<diesel::sqlite::Sqlite> + 'static,
{
    each_backend!(conn, c => diesel::sql_query(sql).load(c)).unwrap()
}

/// The one number of a query that names it `value`.
pub fn number(conn: &mut Conn, sql: &str) -> i64 {
    rows::<Number>(conn, sql).first().unwrap().value
}

/// The texts of a query that names them `value`.
pub fn texts(conn: &mut Conn, sql: &str) -> Vec<String> {
    rows::<Text>(conn, sql).into_iter().map(|row| row.value).collect()
}
