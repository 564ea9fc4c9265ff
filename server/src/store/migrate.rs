//! The schema: embedded migrations, one folder a database, equal names and order.

use std::collections::BTreeSet;

use diesel::connection::SimpleConnection;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::Conn;
use crate::each_backend;
use crate::error::{Error, Result};

const SQLITE: EmbeddedMigrations = embed_migrations!("../migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("../migrations/postgres");
/// Any number that nothing else locks.
const LOCK: i64 = 4_611_686_018_427_391_293;

/// The database's schema against this program's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SchemaState {
    /// Nothing to do.
    Current,
    /// So many migrations wait.
    Behind(usize),
    /// The database knows migrations that this program does not: it is older than the schema.
    Newer(Vec<String>),
}

pub(super) fn state(conn: &mut Conn) -> Result<SchemaState> {
    let known: BTreeSet<String> = known(conn)?;
    let applied: BTreeSet<String> = each_backend!(conn, c => c.applied_migrations())
        .map_err(Error::internal)?
        .into_iter()
        .map(|version| version.to_string())
        .collect();
    let foreign: Vec<String> = applied.difference(&known).cloned().collect();
    if !foreign.is_empty() {
        return Ok(SchemaState::Newer(foreign));
    }
    match known.difference(&applied).count() {
        0 => Ok(SchemaState::Current),
        waiting => Ok(SchemaState::Behind(waiting)),
    }
}

fn known(conn: &Conn) -> Result<BTreeSet<String>> {
    use diesel::migration::MigrationSource;
    fn versions<DB: diesel::backend::Backend>(
        source: &EmbeddedMigrations,
    ) -> Result<BTreeSet<String>> {
        let all = MigrationSource::<DB>::migrations(source).map_err(Error::internal)?;
        Ok(all.iter().map(|migration| migration.name().version().to_string()).collect())
    }
    match conn {
        Conn::Pg(_) => versions::<diesel::pg::Pg>(&POSTGRES),
        Conn::Sqlite(_) => versions::<diesel::sqlite::Sqlite>(&SQLITE),
    }
}

/// Runs what waits; on PostgreSQL under a lock, so that two servers that start together do it once.
pub(super) fn up(conn: &mut Conn) -> Result<()> {
    match state(conn)? {
        SchemaState::Current => return Ok(()),
        SchemaState::Newer(versions) => {
            return Err(Error::internal(format!(
                "the database's schema is newer than this program (it has {}): \
                 install the newer dieuphoi, or restore the backup made before the upgrade",
                versions.join(", ")
            )));
        }
        SchemaState::Behind(_) => {}
    }
    match conn {
        Conn::Pg(c) => {
            c.batch_execute(&format!("select pg_advisory_lock({LOCK})"))?;
            let done = c.run_pending_migrations(POSTGRES).map(|_| ()).map_err(Error::internal);
            c.batch_execute(&format!("select pg_advisory_unlock({LOCK})"))?;
            done
        }
        Conn::Sqlite(c) => c.run_pending_migrations(SQLITE).map(|_| ()).map_err(Error::internal),
    }
}
