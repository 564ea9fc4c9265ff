//! Working calendars and duties that hang on no incident, as rows.

use diesel::prelude::*;

use crate::clock::Timestamp;
use crate::domain::ids::{CalendarYearId, DutyId, OrganisationId};
use crate::store::schema::{calendar_years, duties};

/// One year of a working calendar that was imported.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset, Identifiable)]
#[diesel(table_name = calendar_years, primary_key(id), treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct CalendarYear {
    pub id: CalendarYearId,
    pub year: i32,
    pub name: String,
    pub title: String,
    /// The file as it was imported.
    pub source: String,
    pub imported_at: Timestamp,
    pub imported_by: String,
    pub superseded_at: Option<Timestamp>,
}

/// A deadline of the regime that hangs on no incident.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset, Identifiable)]
#[diesel(table_name = duties, primary_key(id), treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct Duty {
    pub id: DutyId,
    pub regime: String,
    pub kind: String,
    /// The year of a yearly date; the key of the organisation whose contact points changed.
    pub subject: String,
    pub organisation_id: Option<OrganisationId>,
    pub owner: String,
    pub source: String,
    pub started_at: Timestamp,
    pub due_at: Timestamp,
    pub breached_at: Option<Timestamp>,
    pub met_at: Option<Timestamp>,
    pub met_by: Option<String>,
    pub note: String,
}
