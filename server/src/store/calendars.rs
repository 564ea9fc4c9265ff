//! Working calendars that the province imported: one year each, the newest counts.

use crate::store::query::*;

use super::Conn;
use crate::clock::Timestamp;
use crate::domain::ids::CalendarYearId;
use crate::error::Result;
use crate::records::CalendarYear;
use crate::store::schema::calendar_years;

/// What counts now, by year: identifiers alone, so that a reader who knows them reads no more.
pub fn in_force(c: &mut Conn) -> Result<Vec<CalendarYearId>> {
    Ok(calendar_years::table
        .filter(calendar_years::superseded_at.is_null())
        .order(calendar_years::year)
        .select(calendar_years::id)
        .load(c)?)
}

/// These years.
pub fn list(c: &mut Conn, ids: &[CalendarYearId]) -> Result<Vec<CalendarYear>> {
    Ok(calendar_years::table
        .filter(calendar_years::id.eq_any(ids.to_vec()))
        .order(calendar_years::year)
        .load(c)?)
}

/// The year as it counts now, if somebody imported it.
pub fn year(c: &mut Conn, year: i32) -> Result<Option<CalendarYear>> {
    Ok(calendar_years::table
        .filter(calendar_years::superseded_at.is_null())
        .filter(calendar_years::year.eq(year))
        .first(c)
        .optional()?)
}

/// Keeps a year; what counted for it before is superseded.
pub fn keep(tx: &mut Conn, row: &CalendarYear, now: Timestamp) -> Result<()> {
    let before = calendar_years::table
        .filter(calendar_years::superseded_at.is_null())
        .filter(calendar_years::year.eq(row.year));
    diesel::update(before).set(calendar_years::superseded_at.eq(Some(now))).execute(tx)?;
    diesel::insert_into(calendar_years::table).values(row).execute(tx)?;
    Ok(())
}
