//! Incidents and what hangs on them, as rows.

use diesel::prelude::*;

use crate::clock::Timestamp;
use crate::domain::ids::{
    AccountId, ClockId, ClosingId, EntryId, IncidentId, IndicatorId, OrganisationId, ReportId,
    SystemId, TaskId,
};
use crate::domain::words::{
    Audience, Category, EvidenceWish, IndicatorKind, LegalClass, People, Priority, Role, Services,
    Source, State, TaskState, Tlp,
};
use crate::store::schema::{
    clocks, closings, incident_links, incident_members, incidents, indicators, reports, tasks,
    timeline,
};

/// What is handled (sự cố).
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset, Identifiable)]
#[diesel(table_name = incidents, primary_key(id), treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct Incident {
    pub id: IncidentId,
    pub code: String,
    pub number: i64,
    pub title: String,
    pub description: String,
    pub category: Category,
    pub priority: Priority,
    pub proposed_priority: Priority,
    pub legal_class: LegalClass,
    pub legal_decision: Option<String>,
    pub tlp: Tlp,
    pub state: State,
    pub state_reason: Option<String>,
    pub state_before: Option<State>,
    pub organisation_id: OrganisationId,
    pub system_id: Option<SystemId>,
    pub system_text: String,
    pub parent_id: Option<IncidentId>,
    pub merged_into_id: Option<IncidentId>,
    pub regime: String,
    pub signs_of_crime: bool,
    pub beyond_capacity: bool,
    pub personal_data: bool,
    pub drill: bool,
    pub services: Services,
    pub people: People,
    pub still_happening: bool,
    pub occurred_at: Option<Timestamp>,
    pub detected_at: Timestamp,
    pub reported_at: Timestamp,
    pub received_at: Timestamp,
    pub acknowledged_at: Option<Timestamp>,
    pub acknowledged_by: Option<AccountId>,
    pub lead_id: Option<AccountId>,
    pub spokesperson: Option<String>,
    pub response_ended_at: Option<Timestamp>,
    pub closed_at: Option<Timestamp>,
    pub closed_by: Option<AccountId>,
    /// 0 unacknowledged, 1 overdue, 2 in hand, 9 over: the queue's first key.
    pub queue_rank: i32,
    /// 0 urgent … 3 low: the queue's second key.
    pub priority_rank: i32,
    pub next_due_at: Option<Timestamp>,
    pub updated_at: Timestamp,
    pub version: i32,
}

/// Who was put on a case.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset, Identifiable)]
#[diesel(table_name = incident_members, primary_key(incident_id, account_id), treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct Member {
    pub incident_id: IncidentId,
    pub account_id: AccountId,
    pub added_at: Timestamp,
}

/// Two incidents that have to do with each other.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset, Identifiable)]
#[diesel(table_name = incident_links, primary_key(incident_id, other_id), treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct Link {
    pub incident_id: IncidentId,
    pub other_id: IncidentId,
    pub reason: String,
    pub created_by: Option<AccountId>,
    pub created_at: Timestamp,
}

/// What came in, untouched (thông báo).
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset, Identifiable)]
#[diesel(table_name = reports, primary_key(id), treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct Report {
    pub id: ReportId,
    pub incident_id: IncidentId,
    pub source: Source,
    pub organisation_id: OrganisationId,
    pub account_id: Option<AccountId>,
    pub registered_by: Option<AccountId>,
    pub contact_name: String,
    pub contact_phone: String,
    pub contact_email: String,
    pub category: Category,
    pub description: String,
    pub system_text: String,
    pub services: Services,
    pub people: People,
    pub still_happening: bool,
    pub detected_at: Timestamp,
    pub received_at: Timestamp,
    pub tracking_hash: Vec<u8>,
    pub tracking_expires_at: Timestamp,
}

/// The facts of one closing; a reopened case can have several.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset, Identifiable)]
#[diesel(table_name = closings, primary_key(id), treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct Closing {
    pub id: ClosingId,
    pub incident_id: IncidentId,
    pub response_ended_at: Timestamp,
    pub summary: String,
    pub lessons: String,
    pub closed_by: Option<AccountId>,
    pub closed_at: Timestamp,
}

/// One thing that happened, with its audience.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset, Identifiable)]
#[diesel(table_name = timeline, primary_key(id), treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct Entry {
    pub id: EntryId,
    pub incident_id: IncidentId,
    pub seq: i32,
    pub at: Timestamp,
    pub kind: String,
    pub audience: Audience,
    /// What the reporter may read on the tracking page.
    pub reporter_may_read: bool,
    pub tlp: Tlp,
    pub actor_id: Option<AccountId>,
    pub actor_name: String,
    pub text: String,
    pub data: String,
}

/// A step for a person inside the case.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset, Identifiable)]
#[diesel(table_name = tasks, primary_key(id), treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct Task {
    pub id: TaskId,
    pub incident_id: IncidentId,
    pub phase: State,
    pub text: String,
    pub assignee_id: Option<AccountId>,
    pub role: Option<Role>,
    pub organisation_id: Option<OrganisationId>,
    pub due_at: Option<Timestamp>,
    pub evidence: EvidenceWish,
    pub state: TaskState,
    pub note: String,
    pub done_at: Option<Timestamp>,
    pub done_by: Option<AccountId>,
    pub step: Option<String>,
    pub created_by: Option<AccountId>,
    pub created_at: Timestamp,
    pub version: i32,
    /// A question of a playbook: done is yes, skipped is no.
    pub question: bool,
}

/// What correlates incidents.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset, Identifiable)]
#[diesel(table_name = indicators, primary_key(id), treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct Indicator {
    pub id: IndicatorId,
    pub incident_id: IncidentId,
    pub kind: IndicatorKind,
    pub value: String,
    pub created_at: Timestamp,
}

/// A legal or agreed deadline that runs.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset, Identifiable)]
#[diesel(table_name = clocks, primary_key(id), treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct RunningClock {
    pub id: ClockId,
    pub incident_id: IncidentId,
    pub kind: String,
    pub owner: String,
    pub source: String,
    pub started_at: Timestamp,
    pub due_at: Timestamp,
    pub stopped_at: Option<Timestamp>,
    pub breached_at: Option<Timestamp>,
    pub lapsed: bool,
    /// When it was due at first, if somebody gave it more time.
    pub original_due_at: Option<Timestamp>,
    /// Why it was given more time.
    pub extension: Option<String>,
}
