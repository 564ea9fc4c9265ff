//! Files and who had them, as rows.

use diesel::prelude::*;

use crate::clock::Timestamp;
use crate::domain::ids::{
    AccountId, CustodyId, DispatchId, EvidenceId, IncidentId, ReportId, TaskId,
};
use crate::domain::words::{Audience, EvidenceSource, Scan, Tlp};
use crate::store::schema::{evidence, evidence_custody};

/// A file: hash, size, source; never rendered inline.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset, Identifiable)]
#[diesel(table_name = evidence, primary_key(id), treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct Evidence {
    pub id: EvidenceId,
    pub incident_id: IncidentId,
    pub dispatch_id: Option<DispatchId>,
    pub report_id: Option<ReportId>,
    pub task_id: Option<TaskId>,
    pub name: String,
    pub content_type: String,
    pub size: i64,
    pub sha256: String,
    pub storage_key: String,
    pub source: EvidenceSource,
    pub audience: Audience,
    pub tlp: Tlp,
    pub scan: Scan,
    pub held: bool,
    pub actor_id: Option<AccountId>,
    pub actor_name: String,
    pub created_at: Timestamp,
}

/// Who had a file, when and why.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset, Identifiable)]
#[diesel(table_name = evidence_custody, primary_key(id), treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct Custody {
    pub id: CustodyId,
    pub evidence_id: EvidenceId,
    pub at: Timestamp,
    pub action: String,
    pub actor_id: Option<AccountId>,
    pub actor_name: String,
    pub detail: String,
}
