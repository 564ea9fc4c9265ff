//! Evidence: bytes are durable before their facts are; the custody log begins at once.

use super::Ctx;
use super::record::audited;
use crate::domain::ids::{DispatchId, Id, ReportId};
use crate::domain::words::{Audience, EvidenceSource, Scan};
use crate::error::Result;
use crate::records::{Custody, Evidence, Incident};
use crate::store::{Conn, evidence as evidence_store};

/// A file whose bytes are on durable storage and whose facts are not kept yet.
#[derive(Debug, Clone)]
pub struct Staged {
    /// The name as the sender gave it, cleaned.
    pub name: String,
    /// As the content looks, not as the sender says.
    pub content_type: String,
    /// Bytes.
    pub size: i64,
    /// SHA-256, hexadecimal.
    pub sha256: String,
    /// Where the bytes are.
    pub storage_key: String,
}

/// Keeps the facts of a staged file in the transaction that names it.
///
/// # Errors
/// The database's.
pub fn keep_staged(
    tx: &mut Conn,
    ctx: &Ctx,
    incident: &Incident,
    file: &Staged,
    source: EvidenceSource,
    report: Option<ReportId>,
    dispatch: Option<DispatchId>,
) -> Result<Evidence> {
    let row = Evidence {
        id: Id::new(ctx.now),
        incident_id: incident.id,
        dispatch_id: dispatch,
        report_id: report,
        task_id: None,
        name: file.name.clone(),
        content_type: file.content_type.clone(),
        size: file.size,
        sha256: file.sha256.clone(),
        storage_key: file.storage_key.clone(),
        source,
        audience: Audience::Everyone,
        tlp: incident.tlp,
        scan: Scan::NotScanned,
        held: false,
        actor_id: ctx.actor.account(),
        actor_name: ctx.actor.name(),
        created_at: ctx.now,
    };
    evidence_store::insert(tx, &row)?;
    let custody = Custody {
        id: Id::new(ctx.now),
        evidence_id: row.id,
        at: ctx.now,
        action: "received".to_owned(),
        actor_id: row.actor_id,
        actor_name: row.actor_name.clone(),
        detail: format!("sha256:{}", row.sha256),
    };
    evidence_store::insert_custody(tx, &custody)?;
    let detail = serde_json::json!({"sha256": row.sha256, "size": row.size});
    audited(tx, ctx, "evidence.received", "evidence", &row.id.to_string(), detail)?;
    Ok(row)
}
