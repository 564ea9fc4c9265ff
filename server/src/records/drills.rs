//! The row of a drill: an incident in exercise mode that somebody started on purpose.

use diesel::prelude::*;

use crate::clock::Timestamp;
use crate::domain::ids::{AccountId, IncidentId};
use crate::domain::words::DrillChannels;
use crate::store::schema::drills;

/// A drill beside its incident.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset, Identifiable)]
#[diesel(table_name = drills, primary_key(incident_id), treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct Drill {
    pub incident_id: IncidentId,
    pub playbook: String,
    /// How many times faster than the playbook says, 1 to 600.
    pub speed: i32,
    pub channels: DrillChannels,
    /// Outside organisations that take part: a JSON list of identifiers.
    pub partners: String,
    pub goal: String,
    pub started_by: Option<AccountId>,
    pub started_at: Timestamp,
    pub ended_by: Option<AccountId>,
    pub ended_at: Option<Timestamp>,
    pub ending: String,
}
