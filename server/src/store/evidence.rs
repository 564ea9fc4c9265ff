//! Files: their facts here, their bytes in the evidence store.

use crate::store::query::*;

use super::Conn;
use crate::clock::Timestamp;
use crate::domain::ids::{DispatchId, EvidenceId, IncidentId};
use crate::each_backend;
use crate::error::{Error, Result};
use crate::records::{Custody, Evidence};
use crate::store::schema::{dispatch_files, evidence, evidence_custody};

/// Adds a file's facts.
pub fn insert(tx: &mut Conn, file: &Evidence) -> Result<()> {
    diesel::insert_into(evidence::table).values(file).execute(tx)?;
    Ok(())
}

/// Keeps changed facts (a hold, a scan's result).
pub fn save(tx: &mut Conn, file: &Evidence) -> Result<()> {
    diesel::update(evidence::table.find(file.id)).set(file).execute(tx)?;
    Ok(())
}

/// The file's facts.
pub fn find(c: &mut Conn, id: EvidenceId) -> Result<Evidence> {
    evidence::table.find(id).first(c).optional()?.ok_or(Error::NotFound("evidence"))
}

/// Whether a file's facts are kept.
pub fn exists(c: &mut Conn, id: EvidenceId) -> Result<bool> {
    Ok(diesel::select(diesel::dsl::exists(evidence::table.find(id))).get_result(c)?)
}

/// The files of an incident; who may see which is asked by the caller.
pub fn of_incident(c: &mut Conn, id: IncidentId) -> Result<Vec<Evidence>> {
    Ok(evidence::table
        .filter(evidence::incident_id.eq(id))
        .order(evidence::created_at)
        .limit(500)
        .load(c)?)
}

/// The files of a dispatch.
pub fn of_dispatch(c: &mut Conn, id: DispatchId) -> Result<Vec<Evidence>> {
    Ok(evidence::table
        .filter(evidence::dispatch_id.eq(id))
        .order(evidence::created_at)
        .limit(200)
        .load(c)?)
}

/// The dispatches that a file of the incident went along with.
pub fn attached_to(c: &mut Conn, id: EvidenceId) -> Result<Vec<DispatchId>> {
    Ok(dispatch_files::table
        .filter(dispatch_files::evidence_id.eq(id))
        .select(dispatch_files::dispatch_id)
        .limit(200)
        .load(c)?)
}

/// The incident's files that went along with a dispatch.
pub fn attached(c: &mut Conn, id: DispatchId) -> Result<Vec<Evidence>> {
    let files = dispatch_files::table
        .filter(dispatch_files::dispatch_id.eq(id))
        .select(dispatch_files::evidence_id);
    Ok(evidence::table
        .filter(evidence::id.eq_any(files))
        .order(evidence::created_at)
        .limit(500)
        .load(c)?)
}

/// Lets a file go along with a dispatch.
pub fn attach(tx: &mut Conn, dispatch: DispatchId, file: EvidenceId, at: Timestamp) -> Result<()> {
    let row = (
        dispatch_files::dispatch_id.eq(dispatch),
        dispatch_files::evidence_id.eq(file),
        dispatch_files::attached_at.eq(at),
    );
    each_backend!(tx, c => diesel::insert_into(dispatch_files::table)
        .values(row)
        .on_conflict_do_nothing()
        .execute(c))?;
    Ok(())
}

/// Bytes kept for an incident.
pub fn bytes_of(c: &mut Conn, id: IncidentId) -> Result<i64> {
    let sizes: Vec<i64> =
        evidence::table.filter(evidence::incident_id.eq(id)).select(evidence::size).load(c)?;
    Ok(sizes.into_iter().sum())
}

/// Adds to the custody log.
pub fn insert_custody(tx: &mut Conn, custody: &Custody) -> Result<()> {
    diesel::insert_into(evidence_custody::table).values(custody).execute(tx)?;
    Ok(())
}

/// The custody log, oldest first.
pub fn custody(c: &mut Conn, id: EvidenceId) -> Result<Vec<Custody>> {
    Ok(evidence_custody::table
        .filter(evidence_custody::evidence_id.eq(id))
        .order(evidence_custody::at)
        .limit(1000)
        .load(c)?)
}
