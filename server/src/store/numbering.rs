//! The numbers of codes: unique and increasing, gaps allowed.

use crate::store::query::*;

use super::Conn;
use crate::each_backend;
use crate::error::Result;

/// The next number of a code: the writer's counter on SQLite, a sequence on PostgreSQL.
pub fn next(tx: &mut Conn, name: &'static str) -> Result<i64> {
    #[derive(QueryableByName)]
    struct Number {
        #[diesel(sql_type = diesel::sql_types::BigInt)]
        value: i64,
    }
    let text = match tx {
        Conn::Pg(_) => format!("select nextval('{name}_number') as value"),
        Conn::Sqlite(_) => {
            format!("update counters set value = value + 1 where name = '{name}' returning value")
        }
    };
    let number: Number = each_backend!(tx, c => diesel::sql_query(text).get_result(c))?;
    Ok(number.value)
}
