//! Dispatches, their threads and links, as rows.

use diesel::prelude::*;

use crate::clock::Timestamp;
use crate::domain::ids::{
    AccountId, DispatchEntryId, DispatchId, DispatchLinkId, IncidentId, OrganisationId,
};
use crate::domain::words::{BlockState, DispatchKind, DispatchState, Tlp, Way};
use crate::store::schema::{dispatch_entries, dispatch_links, dispatches};

/// One tracked request to one organisation (phiếu điều phối).
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset, Identifiable)]
#[diesel(table_name = dispatches, primary_key(id), treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct Dispatch {
    pub id: DispatchId,
    pub number: i64,
    pub code: String,
    pub incident_id: IncidentId,
    pub organisation_id: OrganisationId,
    pub kind: DispatchKind,
    pub ground: String,
    pub content: String,
    /// Entries that only the police read.
    pub police_only: bool,
    pub tlp: Tlp,
    pub state: DispatchState,
    pub block_state: Option<BlockState>,
    pub accept_by: Option<Timestamp>,
    pub result_by: Option<Timestamp>,
    pub next_due_at: Option<Timestamp>,
    pub overdue: bool,
    pub created_by: Option<AccountId>,
    pub created_at: Timestamp,
    pub accepted_at: Option<Timestamp>,
    pub ended_at: Option<Timestamp>,
    pub version: i32,
    /// `RUN/STEP` of the playbook that asked.
    pub step: Option<String>,
}

/// One answer or question in a dispatch's thread.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset, Identifiable)]
#[diesel(table_name = dispatch_entries, primary_key(id), treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct DispatchEntry {
    pub id: DispatchEntryId,
    pub dispatch_id: DispatchId,
    pub seq: i32,
    pub at: Timestamp,
    pub way: Way,
    pub actor_id: Option<AccountId>,
    pub actor_name: String,
    pub answer: String,
    pub text: String,
}

/// A magic link; only its hash.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset, Identifiable)]
#[diesel(table_name = dispatch_links, primary_key(id), treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct DispatchLink {
    pub id: DispatchLinkId,
    pub dispatch_id: DispatchId,
    pub token_hash: Vec<u8>,
    pub recipient_name: String,
    pub recipient_email: String,
    pub expires_at: Timestamp,
    pub revoked_at: Option<Timestamp>,
    pub last_used_at: Option<Timestamp>,
    pub created_at: Timestamp,
}
