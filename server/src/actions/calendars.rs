//! The working calendar: the one that ships, with the years that the province imported in their
//! place. Used by playbooks and clocks that count working days; what runs is counted anew (room beside).

pub mod recount;

use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use chrono::Datelike as _;
use playbooks::{Calendar, Problem};
use serde::Serialize;
use serde_json::json;

use super::record::audited;
use super::{Ctx, Office, sessions};
use crate::clock::Timestamp;
use crate::domain::ids::{CalendarYearId, Id};
use crate::domain::refusal::{FieldError, Refusal};
use crate::domain::sight::Verb;
use crate::error::Result;
use crate::records::CalendarYear;
use crate::store::{Conn, calendars as store};

static SHIPPED: LazyLock<Arc<Calendar>> =
    LazyLock::new(|| Arc::new(playbooks::shipped_calendar().clone()));

/// The calendar of these imported years, read once: reading a file costs more than a timer.
type Read = Option<(Vec<CalendarYearId>, Arc<Calendar>)>;
static LAST: Mutex<Read> = Mutex::new(None);

/// The calendar in force; the shipped one, unread, when nothing is counted by it.
///
/// # Errors
/// The database's.
pub fn when(c: &mut Conn, needed: bool) -> Result<Arc<Calendar>> {
    if needed { in_force(c) } else { Ok(Arc::clone(&SHIPPED)) }
}

/// The calendar in force.
///
/// # Errors
/// The database's.
pub fn in_force(c: &mut Conn) -> Result<Arc<Calendar>> {
    let ids = store::in_force(c)?;
    if ids.is_empty() {
        return Ok(Arc::clone(&SHIPPED));
    }
    let known = LAST.lock().unwrap_or_else(PoisonError::into_inner).clone();
    if let Some((_, calendar)) = known.filter(|(of, _)| *of == ids) {
        return Ok(calendar);
    }
    let mut merged = playbooks::shipped_calendar().clone();
    for row in store::list(c, &ids)? {
        match playbooks::parse_calendar(&row.source) {
            Ok(own) => merged = merged.with_year(row.year, &own),
            // It was read when it was imported: the notation has changed since. The shipped year counts.
            Err(problems) => tracing::error!(
                calendar.year = row.year,
                problems = problems.len(),
                "an imported working calendar cannot be read any more; import it again"
            ),
        }
    }
    let merged = Arc::new(merged);
    *LAST.lock().unwrap_or_else(PoisonError::into_inner) = Some((ids, Arc::clone(&merged)));
    Ok(merged)
}

/// What became of an import.
#[derive(Debug)]
pub enum Import {
    /// It counts from now on.
    Done(Imported),
    /// The file is not right; nothing was written.
    Bad(Vec<Problem>),
}

/// A calendar that was imported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Imported {
    /// Its name.
    pub name: String,
    /// Its title.
    pub title: String,
    /// The years that it replaces.
    pub years: Vec<i32>,
    /// How many days of these years differ from their week.
    pub days: usize,
}

/// Imports a working calendar: each of its years replaces the one that counted before.
///
/// # Errors
/// [`Refusal::NotAllowed`], [`Refusal::ProveFirst`]; bad fields for a file that is well written and
/// still no calendar of this province; the database's.
pub async fn import(office: &Office, ctx: &Ctx, text: String) -> Result<Import> {
    Verb::Administer.by(&ctx.actor)?;
    let own = match playbooks::parse_calendar(&text) {
        Ok(own) => own,
        Err(problems) => return Ok(Import::Bad(problems)),
    };
    fits(&own).map_err(Refusal::Fields)?;
    sessions::proved(office, ctx)?;
    let ctx = ctx.clone();
    let done = office
        .write(move |tx| {
            for year in &own.years {
                let row = CalendarYear {
                    id: Id::new(ctx.now),
                    year: *year,
                    name: own.name.clone(),
                    title: own.title.clone(),
                    source: text.clone(),
                    imported_at: ctx.now,
                    imported_by: ctx.actor.name(),
                    superseded_at: None,
                };
                store::keep(tx, &row, ctx.now)?;
            }
            recount::order(tx, &ctx)?;
            let done = Imported {
                name: own.name.clone(),
                title: own.title.clone(),
                years: own.years.clone(),
                days: own.days.len(),
            };
            let detail = json!({"name": done.name, "years": done.years, "days": done.days});
            audited(tx, &ctx, "calendar.import", "calendar", &done.name, detail)?;
            Ok(done)
        })
        .await?;
    Ok(Import::Done(done))
}

/// What a calendar must be besides well written: of this country's time, for years that it names
/// once, and without days of other years, which would count for nothing.
fn fits(own: &Calendar) -> std::result::Result<(), Vec<FieldError>> {
    let mut bad = Vec::new();
    if own.offset_minutes != playbooks::shipped_calendar().offset_minutes {
        bad.push(FieldError::new("text", "field-calendar-offset"));
    }
    let mut years = own.years.clone();
    years.sort_unstable();
    years.dedup();
    if years.is_empty() || years.len() != own.years.len() {
        bad.push(FieldError::new("text", "field-calendar-years"));
    }
    if let Some(outside) = own.days.keys().find(|date| !own.years.contains(&date.year())) {
        let day = outside.format("%d/%m/%Y");
        bad.push(FieldError::with("text", "field-calendar-outside", day));
    }
    if bad.is_empty() { Ok(()) } else { Err(bad) }
}

/// A day that differs from its week.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = CalendarDay)]
pub struct Day {
    /// `2026-02-16`.
    pub date: String,
    /// `monday` … `sunday`.
    pub weekday: &'static str,
    /// Worked, or off.
    pub worked: bool,
    /// What it is called.
    pub title: String,
    /// The yearly notice may still move it.
    pub may_change: bool,
}

/// A year of the working calendar as it counts now.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[schema(as = CalendarYear)]
pub struct Year {
    /// The year.
    pub year: i32,
    /// Whether any calendar knows this year; if not, only weekends are known.
    pub known: bool,
    /// The title of the calendar that it comes from.
    pub title: String,
    /// Who imported it; none for the one that ships.
    pub imported_by: Option<String>,
    /// When it was imported.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub imported_at: Option<Timestamp>,
    /// The days of the week that are off.
    pub weekend: Vec<&'static str>,
    /// The days that differ from their week.
    pub days: Vec<Day>,
    /// The years that are known.
    pub years: Vec<i32>,
    /// The file as it was imported, to be edited and imported again; empty for the one that ships.
    pub source: String,
}

/// One year of the working calendar.
///
/// # Errors
/// [`Refusal::NotAllowed`]; the database's.
pub async fn year(office: &Office, ctx: &Ctx, year: Option<i32>) -> Result<Year> {
    Verb::ReadDirectory.by(&ctx.actor)?;
    let year = year.unwrap_or_else(|| ctx.now.local_year());
    office
        .db
        .read(move |c| {
            let calendar = in_force(c)?;
            let row = store::year(c, year)?;
            let own = row.as_ref().and_then(|row| playbooks::parse_calendar(&row.source).ok());
            let from = own.as_ref().unwrap_or(&calendar);
            let days = from
                .days_of(year)
                .map(|(date, day)| Day {
                    date: date.to_string(),
                    weekday: word(date.weekday()),
                    worked: day.worked,
                    title: day.title.clone(),
                    may_change: day.may_change,
                })
                .collect();
            Ok(Year {
                year,
                known: calendar.years.contains(&year),
                title: from.title.clone(),
                weekend: from.weekend.iter().map(|day| word(*day)).collect(),
                days,
                years: calendar.years.clone(),
                imported_by: row.as_ref().map(|row| row.imported_by.clone()),
                imported_at: row.as_ref().map(|row| row.imported_at),
                source: row.map(|row| row.source).unwrap_or_default(),
            })
        })
        .await
}

/// The word of a day of the week, as calendars spell it.
const fn word(day: chrono::Weekday) -> &'static str {
    match day {
        chrono::Weekday::Mon => "monday",
        chrono::Weekday::Tue => "tuesday",
        chrono::Weekday::Wed => "wednesday",
        chrono::Weekday::Thu => "thursday",
        chrono::Weekday::Fri => "friday",
        chrono::Weekday::Sat => "saturday",
        chrono::Weekday::Sun => "sunday",
    }
}

#[cfg(test)]
mod recount_tests;
#[cfg(test)]
mod tests;
