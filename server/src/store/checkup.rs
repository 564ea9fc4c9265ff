//! What `doctor` asks the database about itself and about what is missing in it.

use crate::store::query::*;
use diesel::sql_types::{BigInt, Bool, Text};

use super::Conn;
use crate::clock::Timestamp;
use crate::domain::words::Role;
use crate::error::Result;
use crate::store::schema::{account_roles, accounts, contact_points};

#[derive(QueryableByName)]
struct Word {
    #[diesel(sql_type = Text)]
    word: String,
}

#[derive(QueryableByName)]
struct Flag {
    #[diesel(sql_type = Bool)]
    flag: bool,
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// How a database keeps what it acknowledged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Keeping {
    /// SQLite.
    Sqlite {
        /// `wal`, as it must be.
        journal_mode: String,
        /// The library's version.
        version: String,
    },
    /// PostgreSQL.
    Postgres {
        /// The server's version.
        version: String,
        /// `on`, as it must be.
        fsync: String,
        /// `on`, as it must be.
        full_page_writes: String,
        /// `C`, so that our reading of its errors works.
        lc_messages: String,
        /// The role may do anything at all, which it should not.
        is_superuser: bool,
        /// Connections that are still free on the server.
        free_connections: i64,
        /// Its clock.
        now: Timestamp,
    },
}

/// Asks the database how it keeps things.
pub fn keeping(c: &mut Conn) -> Result<Keeping> {
    match c {
        Conn::Sqlite(c) => {
            let mode = diesel::sql_query("select journal_mode as word from pragma_journal_mode");
            let version = diesel::sql_query("select sqlite_version() as word");
            Ok(Keeping::Sqlite {
                journal_mode: mode.get_result::<Word>(c)?.word,
                version: version.get_result::<Word>(c)?.word,
            })
        }
        Conn::Pg(c) => {
            let mut setting = |name: &str| -> Result<String> {
                let text = format!("select current_setting('{name}') as word");
                Ok(diesel::sql_query(text).get_result::<Word>(c)?.word)
            };
            let version = setting("server_version")?;
            let (fsync, full_page_writes) = (setting("fsync")?, setting("full_page_writes")?);
            let lc_messages = setting("lc_messages")?;
            let superuser = "select coalesce(bool_or(rolsuper), false) as flag from pg_roles \
                             where rolname = current_user";
            let free = "select current_setting('max_connections')::bigint \
                        - (select count(*) from pg_stat_activity where backend_type = 'client backend') \
                        as count";
            let now = "select (extract(epoch from clock_timestamp()) * 1000000)::bigint as count";
            Ok(Keeping::Postgres {
                version,
                fsync,
                full_page_writes,
                lc_messages,
                is_superuser: diesel::sql_query(superuser).get_result::<Flag>(c)?.flag,
                free_connections: diesel::sql_query(free).get_result::<Count>(c)?.count,
                now: Timestamp::from_micros(diesel::sql_query(now).get_result::<Count>(c)?.count),
            })
        }
    }
}

/// How many accounts hold the role and are not locked.
pub fn holders(c: &mut Conn, role: Role) -> Result<i64> {
    Ok(accounts::table
        .inner_join(account_roles::table.on(account_roles::account_id.eq(accounts::id)))
        .filter(account_roles::role.eq(role.as_word()))
        .filter(accounts::locked_at.is_null())
        .count()
        .get_result(c)?)
}

/// Contact points in force: how many there are, and how many nobody ever verified.
pub fn contacts(c: &mut Conn, now: Timestamp) -> Result<(i64, i64)> {
    let all = contact_points::table
        .filter(contact_points::valid_to.is_null().or(contact_points::valid_to.gt(now)))
        .count()
        .get_result(c)?;
    let unverified = contact_points::table
        .filter(contact_points::valid_to.is_null().or(contact_points::valid_to.gt(now)))
        .filter(contact_points::last_verified_at.is_null())
        .count()
        .get_result(c)?;
    Ok((all, unverified))
}
