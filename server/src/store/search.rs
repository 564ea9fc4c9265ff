//! Full text over folded words: FTS5 on SQLite, a `simple` tsvector on PostgreSQL. Newest first,
//! so that a page costs the same however many incidents carry a word.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use super::Conn;
use crate::domain::text::{folded, search_words};
use crate::each_backend;
use crate::error::Result;

#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = BigInt)]
    number: i64,
}

/// Puts an incident's words into the index, in the place of what was there.
pub fn index(tx: &mut Conn, number: i64, text: &str) -> Result<()> {
    let words = folded(text).replace('\0', " ");
    match tx {
        Conn::Sqlite(c) => {
            diesel::sql_query("delete from incident_search where rowid = $1")
                .bind::<BigInt, _>(number)
                .execute(c)?;
            diesel::sql_query("insert into incident_search (rowid, document) values ($1, $2)")
                .bind::<BigInt, _>(number)
                .bind::<Text, _>(words)
                .execute(c)?;
        }
        Conn::Pg(c) => {
            diesel::sql_query(
                "insert into incident_search (number, document) values ($1, to_tsvector('simple', $2)) \
                 on conflict (number) do update set document = excluded.document",
            )
            .bind::<BigInt, _>(number)
            .bind::<Text, _>(words)
            .execute(c)?;
        }
    }
    Ok(())
}

/// The numbers of incidents that carry every word (the last may be begun only), newest first,
/// below `before`. Sight is not asked here: the caller filters what it loads.
pub fn numbers(c: &mut Conn, text: &str, before: i64, limit: i64) -> Result<Vec<i64>> {
    let words = search_words(text);
    if words.is_empty() {
        return Ok(Vec::new());
    }
    let (statement, query) = match c {
        Conn::Sqlite(_) => (
            "select rowid as number from incident_search where incident_search match $1 \
             and rowid < $2 order by rowid desc limit $3",
            words.iter().map(|word| format!("\"{word}\"*")).collect::<Vec<_>>().join(" "),
        ),
        Conn::Pg(_) => (
            "select number from incident_search where document @@ to_tsquery('simple', $1) \
             and number < $2 order by number desc limit $3",
            words.iter().map(|word| format!("'{word}':*")).collect::<Vec<_>>().join(" & "),
        ),
    };
    let found: Vec<Found> = each_backend!(c, c => diesel::sql_query(statement)
        .bind::<Text, _>(query)
        .bind::<BigInt, _>(before)
        .bind::<BigInt, _>(limit)
        .load(c))?;
    Ok(found.into_iter().map(|found| found.number).collect())
}
