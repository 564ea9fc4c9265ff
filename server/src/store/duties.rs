//! Deadlines of the regime that hang on no incident.

use crate::store::query::*;

use super::Conn;
use crate::domain::ids::{DutyId, OrganisationId};
use crate::each_backend;
use crate::error::{Error, Result};
use crate::records::Duty;
use crate::store::schema::duties;

/// Adds a duty, unless one of its kind is open for its subject. Answers whether it is new.
pub fn insert(tx: &mut Conn, duty: &Duty) -> Result<bool> {
    let added = each_backend!(tx, c => diesel::insert_into(duties::table)
        .values(duty)
        .on_conflict_do_nothing()
        .execute(c))?;
    Ok(added == 1)
}

/// Whether there ever was one of this kind for this subject under this regime.
pub fn exists(c: &mut Conn, regime: &str, kind: &str, subject: &str) -> Result<bool> {
    let same = duties::table
        .filter(duties::kind.eq(kind))
        .filter(duties::subject.eq(subject))
        .filter(duties::regime.eq(regime));
    Ok(diesel::select(diesel::dsl::exists(same)).get_result(c)?)
}

/// The duty.
pub fn find(c: &mut Conn, id: DutyId) -> Result<Duty> {
    duties::table.find(id).first(c).optional()?.ok_or(Error::NotFound("duty"))
}

/// As [`find`], held until the transaction ends.
pub fn hold(tx: &mut Conn, id: DutyId) -> Result<Duty> {
    let found: Option<Duty> = match tx {
        Conn::Pg(c) => duties::table.find(id).for_update().first(c),
        Conn::Sqlite(c) => duties::table.find(id).first(c),
    }
    .optional()?;
    found.ok_or(Error::NotFound("duty"))
}

/// Keeps a changed duty.
pub fn save(tx: &mut Conn, duty: &Duty) -> Result<()> {
    diesel::update(duties::table.find(duty.id)).set(duty).execute(tx)?;
    Ok(())
}

/// What is open, nearest deadline first; of these organisations and of nobody's when given.
pub fn open(c: &mut Conn, of: Option<&[OrganisationId]>, limit: i64) -> Result<Vec<Duty>> {
    let mut query =
        duties::table.filter(duties::met_at.is_null()).into_boxed::<super::MultiBackend>();
    if let Some(of) = of {
        query = query.filter(
            duties::organisation_id
                .eq_any(of.to_vec())
                .or(duties::organisation_id.is_null().and(duties::owner.eq("unit_head"))),
        );
    }
    Ok(query.order((duties::due_at, duties::id)).limit(limit).load(c)?)
}

/// What was met last, newest first.
pub fn met(c: &mut Conn, of: Option<&[OrganisationId]>, limit: i64) -> Result<Vec<Duty>> {
    let mut query =
        duties::table.filter(duties::met_at.is_not_null()).into_boxed::<super::MultiBackend>();
    if let Some(of) = of {
        query = query.filter(duties::organisation_id.eq_any(of.to_vec()));
    }
    Ok(query.order((duties::met_at.desc(), duties::id)).limit(limit).load(c)?)
}
