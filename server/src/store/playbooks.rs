//! The library of playbooks: texts by their hash, versions by name, and who runs what.

use crate::store::query::*;

use super::{Conn, MultiBackend};
use crate::clock::Timestamp;
use crate::domain::ids::PlaybookVersionId;
use crate::domain::refusal::FieldError;
use crate::domain::words::PlaybookState;
use crate::each_backend;
use crate::error::{Error, Result};
use crate::records::PlaybookVersion;
use crate::store::schema::{incidents, playbook_texts, playbook_versions, runs};

/// Keeps a text; the same text twice is one row.
pub fn keep_text(tx: &mut Conn, hash: &[u8], text: &str) -> Result<()> {
    each_backend!(tx, c => diesel::insert_into(playbook_texts::table)
        .values((playbook_texts::hash.eq(hash), playbook_texts::text.eq(text)))
        .on_conflict(playbook_texts::hash)
        .do_nothing()
        .execute(c))?;
    Ok(())
}

/// The text of this hash.
pub fn text(c: &mut Conn, hash: &[u8]) -> Result<Option<String>> {
    let found = playbook_texts::table.find(hash.to_vec()).select(playbook_texts::text);
    Ok(found.first(c).optional()?)
}

/// Adds a version.
pub fn insert(tx: &mut Conn, version: &PlaybookVersion) -> Result<()> {
    match diesel::insert_into(playbook_versions::table).values(version).execute(tx) {
        // On PostgreSQL two may propose at the same time.
        Err(diesel::result::Error::DatabaseError(
            diesel::result::DatabaseErrorKind::UniqueViolation,
            _,
        )) => Err(FieldError::new("text", "field-playbook-waiting").into()),
        other => Ok(other.map(|_| ())?),
    }
}

/// Keeps what became of a version.
pub fn save(tx: &mut Conn, version: &PlaybookVersion) -> Result<()> {
    let change = (
        playbook_versions::state.eq(version.state),
        playbook_versions::decider_id.eq(version.decider_id),
        playbook_versions::decider_name.eq(&version.decider_name),
        playbook_versions::decided_at.eq(version.decided_at),
        playbook_versions::reason.eq(&version.reason),
        playbook_versions::active_from.eq(version.active_from),
        playbook_versions::active_to.eq(version.active_to),
    );
    diesel::update(playbook_versions::table.find(version.id)).set(change).execute(tx)?;
    Ok(())
}

/// Loads a version and holds it until the transaction ends.
pub fn hold(tx: &mut Conn, id: PlaybookVersionId) -> Result<PlaybookVersion> {
    let found = playbook_versions::table.find(id);
    let row: Option<PlaybookVersion> = match tx {
        Conn::Pg(c) => found.for_update().first(c),
        Conn::Sqlite(c) => found.first(c),
    }
    .optional()?;
    row.ok_or(Error::NotFound("playbook_version"))
}

/// One version.
pub fn find(c: &mut Conn, id: PlaybookVersionId) -> Result<PlaybookVersion> {
    let found: Option<PlaybookVersion> = playbook_versions::table.find(id).first(c).optional()?;
    found.ok_or(Error::NotFound("playbook_version"))
}

/// Every version in this state, by name; bounded by the number of names.
pub fn in_state(c: &mut Conn, state: PlaybookState, limit: i64) -> Result<Vec<PlaybookVersion>> {
    // Literal, for the partial indexes.
    let literal = diesel::dsl::sql::<diesel::sql_types::Bool>(match state {
        PlaybookState::Active => "playbook_versions.state = 'active'",
        _ => "playbook_versions.state = 'proposed'",
    });
    Ok(playbook_versions::table
        .filter(literal)
        .filter(playbook_versions::state.eq(state))
        .order(playbook_versions::name)
        .limit(limit)
        .load(c)?)
}

/// The versions of one name, newest first, before `before` when given.
pub fn of_name(
    c: &mut Conn,
    name: &str,
    before: Option<PlaybookVersionId>,
    limit: i64,
) -> Result<Vec<PlaybookVersion>> {
    let mut query = playbook_versions::table
        .filter(playbook_versions::name.eq(name.to_owned()))
        .into_boxed::<MultiBackend>();
    if let Some(before) = before {
        query = query.filter(playbook_versions::id.lt(before));
    }
    Ok(query.order(playbook_versions::id.desc()).limit(limit).load(c)?)
}

/// The version of this name in this state: there is at most one that is active or proposed.
pub fn of_name_in(
    c: &mut Conn,
    name: &str,
    state: PlaybookState,
) -> Result<Option<PlaybookVersion>> {
    Ok(playbook_versions::table
        .filter(playbook_versions::name.eq(name))
        .filter(playbook_versions::state.eq(state))
        .order(playbook_versions::id.desc())
        .first(c)
        .optional()?)
}

/// The highest version that was ever in force under this name; 0 when none was.
pub fn highest(c: &mut Conn, name: &str) -> Result<i32> {
    let highest: Option<i32> = playbook_versions::table
        .filter(playbook_versions::name.eq(name))
        .filter(playbook_versions::active_from.is_not_null())
        .select(diesel::dsl::max(playbook_versions::version))
        .first(c)?;
    Ok(highest.unwrap_or(0))
}

/// How many runs use a version now.
#[derive(Debug, Clone, QueryableByName)]
pub struct InUse {
    /// The playbook's name.
    #[diesel(sql_type = diesel::sql_types::Text)]
    pub playbook: String,
    /// Its version.
    #[diesel(sql_type = diesel::sql_types::Integer)]
    pub playbook_version: i32,
    /// The runs of cases that are not over.
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    pub running: i64,
}

/// The runs that have not ended, by playbook and version; looks at `most` rows of the index at most.
pub fn in_use(c: &mut Conn, most: i64) -> Result<Vec<InUse>> {
    let text = format!(
        "select playbook, playbook_version, count(*) as running from (select playbook, \
         playbook_version from runs where ended_at is null limit {most}) as open_runs \
         group by playbook, playbook_version order by playbook, playbook_version"
    );
    Ok(each_backend!(c, c => diesel::sql_query(text).load(c))?)
}

/// Codes of running cases that use a playbook, by version and age.
pub fn cases(c: &mut Conn, name: &str, limit: i64) -> Result<Vec<(i32, String, Timestamp)>> {
    Ok(runs::table
        .inner_join(incidents::table.on(incidents::id.eq(runs::incident_id)))
        .filter(runs::playbook.eq(name))
        .filter(diesel::dsl::sql::<diesel::sql_types::Bool>("runs.ended_at is null"))
        .order((runs::playbook_version, runs::started_at))
        .select((runs::playbook_version, incidents::code, runs::started_at))
        .limit(limit)
        .load(c)?)
}
