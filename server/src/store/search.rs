//! Full text over folded words: FTS5 on SQLite, a `simple` tsvector on PostgreSQL. Newest first,
//! so that a page costs the same however many incidents carry a word.

use crate::store::query::*;
use diesel::sql_types::{BigInt, Text};

use super::Conn;
use crate::domain::text::{folded, search_words};
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

/// So many of the newest incidents are looked through before the index is asked: a word of every
/// hundredth incident fills a page from them, and costs the same however long the history is.
const NEWEST: i64 = 5_000;

/// The numbers of incidents that carry every word, newest first, below `before`. When no incident
/// has the words whole, their beginnings count. Sight is not asked here: the caller filters what
/// it loads.
pub fn numbers(c: &mut Conn, text: &str, before: i64, limit: i64) -> Result<Vec<i64>> {
    let words = search_words(text);
    if words.is_empty() {
        return Ok(Vec::new());
    }
    let whole = query(c, &words, false);
    let found = matching(c, &whole, before, limit)?;
    // Every page decides alike: whole words if any incident has them.
    if !found.is_empty() || (before < i64::MAX && !matching(c, &whole, i64::MAX, 1)?.is_empty()) {
        return Ok(found);
    }
    let begun = query(c, &words, true);
    matching(c, &begun, before, limit)
}

/// The words in the language of the index; `begun`: any word that begins so.
fn query(c: &Conn, words: &[String], begun: bool) -> String {
    let (each, between): (fn(&String, &str) -> String, _) = match c {
        Conn::Sqlite(_) => (|word, end| format!("\"{word}\"{end}"), " "),
        Conn::Pg(_) => (|word, end| format!("'{word}'{end}"), " & "),
    };
    let end = match (begun, c) {
        (false, _) => "",
        (true, Conn::Sqlite(_)) => "*",
        (true, Conn::Pg(_)) => ":*",
    };
    words.iter().map(|word| each(word, end)).collect::<Vec<_>>().join(between)
}

fn matching(c: &mut Conn, query: &str, before: i64, limit: i64) -> Result<Vec<i64>> {
    let found = match c {
        // FTS5 walks the lists of whole words from the newest on, and stops when it has enough.
        Conn::Sqlite(c) => diesel::sql_query(
            "select rowid as number from incident_search where incident_search match $1 \
             and rowid < $2 order by rowid desc limit $3",
        )
        .bind::<Text, _>(query)
        .bind::<BigInt, _>(before)
        .bind::<BigInt, _>(limit)
        .load::<Found>(c)?,
        // GIN knows no order: it would fetch all that ever carried a common word.
        Conn::Pg(c) => {
            let newest: Vec<Found> = diesel::sql_query(
                "select number from (select number, document from incident_search \
                 where number < $1 order by number desc limit $2) as newest \
                 where document @@ to_tsquery('simple', $3) order by number desc limit $4",
            )
            .bind::<BigInt, _>(before)
            .bind::<BigInt, _>(NEWEST)
            .bind::<Text, _>(query)
            .bind::<BigInt, _>(limit)
            .load(c)?;
            if i64::try_from(newest.len()).unwrap_or(limit) >= limit {
                newest
            } else {
                diesel::sql_query(
                    "with hits as materialized (select number from incident_search \
                     where document @@ to_tsquery('simple', $1)) \
                     select number from hits where number < $2 order by number desc limit $3",
                )
                .bind::<Text, _>(query)
                .bind::<BigInt, _>(before)
                .bind::<BigInt, _>(limit)
                .load(c)?
            }
        }
    };
    Ok(found.into_iter().map(|found| found.number).collect())
}
