//! Evidence: bytes are durable before their facts are; the custody log begins at once; nothing is
//! ever deleted; what is handed out is what was received, or it is not handed out at all.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::announce::tlp_allows;
use super::record::{Happened, audited, happened};
use super::{Ctx, Office, files, incidents as desk};
use crate::domain::ids::{DispatchId, EvidenceId, Id, ReportId, TaskId};
use crate::domain::person::Actor;
use crate::domain::refusal::{FieldError, Refusal};
use crate::domain::sight::{Depth, Verb};
use crate::domain::text::{self, limit};
use crate::domain::words::{Audience, EvidenceSource, Role, Scan, Tlp};
use crate::error::{Error, Result};
use crate::records::{Custody, Evidence, Incident, Task};
use crate::store::{Conn, dispatches, evidence as evidence_store, incidents, organisations, sight};

/// A file whose bytes are on durable storage and whose facts are not kept yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Staged {
    /// The identifier that it will have: the same bytes become evidence once.
    pub id: EvidenceId,
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

/// Where a file comes from and who may see it.
#[derive(Debug, Clone, Copy)]
pub struct Origin {
    /// By which way.
    pub source: EvidenceSource,
    /// For whom.
    pub audience: Audience,
    /// The report that it came with.
    pub report: Option<ReportId>,
    /// The dispatch that it hangs on: its partner sees it.
    pub dispatch: Option<DispatchId>,
}

impl Origin {
    /// For everyone on the case, by this way.
    pub const fn new(source: EvidenceSource) -> Self {
        Self { source, audience: Audience::Everyone, report: None, dispatch: None }
    }
}

/// Keeps the facts of a staged file in the transaction that names it.
///
/// # Errors
/// A field error when all files of the incident together become too large; the database's.
pub fn keep_staged(
    tx: &mut Conn,
    office: &Office,
    ctx: &Ctx,
    incident: &Incident,
    file: &Staged,
    origin: Origin,
) -> Result<Evidence> {
    let most = office.config.evidence.max_incident_mib;
    let together = evidence_store::bytes_of(tx, incident.id)?.saturating_add(file.size);
    if together.max(0).unsigned_abs() > office.files.max_incident() {
        return Err(FieldError::with("files", "field-files-incident", most).into());
    }
    let row = Evidence {
        id: file.id,
        incident_id: incident.id,
        dispatch_id: origin.dispatch,
        report_id: origin.report,
        task_id: None,
        name: file.name.clone(),
        content_type: file.content_type.clone(),
        size: file.size,
        sha256: file.sha256.clone(),
        storage_key: file.storage_key.clone(),
        source: origin.source,
        audience: origin.audience,
        tlp: incident.tlp,
        scan: Scan::NotScanned,
        held: false,
        actor_id: ctx.actor.account(),
        actor_name: ctx.actor.name(),
        created_at: ctx.now,
    };
    evidence_store::insert(tx, &row)?;
    custody(tx, ctx, &row, "received", &format!("sha256:{}", row.sha256))?;
    let detail = json!({"sha256": row.sha256, "size": row.size, "incident": incident.code});
    audited(tx, ctx, "evidence.received", "evidence", &row.id.to_string(), detail)?;
    Ok(row)
}

/// One more line of the custody log.
pub(super) fn custody(
    tx: &mut Conn,
    ctx: &Ctx,
    file: &Evidence,
    action: &str,
    detail: &str,
) -> Result<()> {
    let row = Custody {
        id: Id::new(ctx.now),
        evidence_id: file.id,
        at: ctx.now,
        action: action.to_owned(),
        actor_id: ctx.actor.account(),
        actor_name: ctx.actor.name(),
        detail: detail.to_owned(),
    };
    evidence_store::insert_custody(tx, &row)
}

/// What is said about files that are added to a case, in words as they come through a door.
#[derive(Debug, Clone, Copy, Default)]
pub struct About<'a> {
    /// Word of the audience; empty: everyone on the case.
    pub audience: &'a str,
    /// Word of the TLP; empty: the incident's.
    pub tlp: &'a str,
    /// Identifier of the task that they are for, or empty.
    pub task: &'a str,
    /// Where they come from, for the timeline.
    pub note: &'a str,
    /// They came in a room, and not by a page or a call.
    pub by_chat: bool,
}

/// Asked before a single byte is kept: whether whoever sends sees the case and adds files to it.
///
/// # Errors
/// [`Error::NotFound`] when the case is not seen; a refusal when the role does not add evidence.
pub async fn may_add(office: &Office, ctx: &Ctx, name: &str) -> Result<Incident> {
    let (ctx, name) = (ctx.clone(), name.to_owned());
    office
        .db
        .read(move |c| {
            let (incident, depth) = desk::find_seen(c, &ctx, &name)?;
            if depth == Depth::Reporter {
                return Err(Error::NotFound("incident"));
            }
            Verb::AddEvidence.by(&ctx.actor)?;
            Ok(incident)
        })
        .await
}

/// Adds files to a case, by whoever works on it.
///
/// # Errors
/// [`Error::NotFound`] when the case is not seen; a refusal when the role does not add evidence,
/// the audience is not the sender's or the task is not the case's; the limits of [`keep_staged`].
pub async fn add(
    office: &Office,
    ctx: &Ctx,
    name: &str,
    staged: Vec<Staged>,
    about: About<'_>,
) -> Result<Vec<Evidence>> {
    let note = text::block("note", about.note, limit::TEXT)?;
    let audience: Audience = match about.audience.trim() {
        "" => Audience::Everyone,
        word => word.parse().map_err(|_| FieldError::new("audience", "field-unknown"))?,
    };
    let tlp: Option<Tlp> = match about.tlp.trim() {
        "" => None,
        word => Some(word.parse().map_err(|_| FieldError::new("tlp", "field-unknown"))?),
    };
    let task: Option<TaskId> = match about.task.trim() {
        "" => None,
        word => Some(word.parse().map_err(|_| FieldError::new("task", "field-unknown"))?),
    };
    let by_key = matches!(&ctx.actor, Actor::Person(person) if person.scopes.is_some());
    let source = match (about.by_chat, by_key) {
        (true, _) => EvidenceSource::Chat,
        (false, true) => EvidenceSource::Api,
        (false, false) => EvidenceSource::Web,
    };
    let (office_, ctx, name) = (office.clone(), ctx.clone(), name.to_owned());
    office
        .write(move |tx| {
            let (_, depth) = desk::find_seen(tx, &ctx, &name)?;
            let incident = desk::hold_for(tx, &ctx, &name, Verb::AddEvidence)?;
            if !ctx.sight().reads(audience, depth) {
                return Err(FieldError::new("audience", "field-unknown").into());
            }
            if let Some(task) = task {
                let of_case = incidents::tasks_of(tx, incident.id)?;
                if !of_case.iter().any(|known| known.id == task) {
                    return Err(FieldError::new("task", "field-unknown").into());
                }
            }
            let mut kept = Vec::new();
            for file in &staged {
                let origin = Origin { audience, ..Origin::new(source) };
                let mut row = keep_staged(tx, &office_, &ctx, &incident, file, origin)?;
                if tlp.is_some() || task.is_some() {
                    row.tlp = tlp.unwrap_or(row.tlp);
                    row.task_id = task;
                    evidence_store::save(tx, &row)?;
                }
                let entry = Happened::new("evidence_added")
                    .to(audience)
                    .tlp(row.tlp)
                    .text(note.clone())
                    .with("file", &row.name)
                    .with("sha256", &row.sha256);
                happened(tx, &ctx, &incident, entry)?;
                kept.push(row);
            }
            Ok(kept)
        })
        .await
}

/// A file with its custody log, oldest entry first.
#[derive(Debug, Clone)]
pub struct Shown {
    /// The file.
    pub file: Evidence,
    /// Who had it.
    pub custody: Vec<Custody>,
}

/// The files of a case, and the tasks that a file can be for.
#[derive(Debug, Clone)]
pub struct Listed {
    /// The case.
    pub incident: Incident,
    /// Its files, as far as the viewer may see them.
    pub files: Vec<Shown>,
    /// Its tasks.
    pub tasks: Vec<Task>,
}

/// The files of a case that the viewer may see.
///
/// # Errors
/// [`Error::NotFound`] when the case is not seen.
pub async fn list(office: &Office, ctx: &Ctx, name: &str) -> Result<Listed> {
    let (ctx, name) = (ctx.clone(), name.to_owned());
    office
        .db
        .read(move |c| {
            let (incident, depth) = desk::find_seen(c, &ctx, &name)?;
            if depth == Depth::Reporter {
                return Err(Error::NotFound("incident"));
            }
            let sight = ctx.sight();
            let mut files = Vec::new();
            for file in evidence_store::of_incident(c, incident.id)? {
                if sight.reads(file.audience, depth) {
                    let custody = evidence_store::custody(c, file.id)?;
                    files.push(Shown { file, custody });
                }
            }
            let tasks = incidents::tasks_of(c, incident.id)?;
            Ok(Listed { incident, files, tasks })
        })
        .await
}

/// The file, if whoever asks may see it: by the case and its audience, or by the dispatch that it
/// hangs on (a partner sees the files of its own dispatches and no others, cut by TLP).
///
/// # Errors
/// [`Error::NotFound`] for what does not exist and for what may not be seen.
pub fn find_seen(c: &mut Conn, ctx: &Ctx, id: EvidenceId) -> Result<(Evidence, Incident)> {
    let file = evidence_store::find(c, id)?;
    let incident = incidents::find(c, file.incident_id)?;
    let sees = ctx.sight();
    match sight::depth(c, &sees, &incident) {
        Ok(depth) if sees.reads(file.audience, depth) => return Ok((file, incident)),
        Ok(_) | Err(Error::NotFound(_)) => {}
        Err(why) => return Err(why),
    }
    let mut through: Vec<DispatchId> = file.dispatch_id.into_iter().collect();
    through.extend(evidence_store::attached_to(c, file.id)?);
    for dispatch in through {
        let dispatch = dispatches::find(c, dispatch)?;
        let allowed = match &ctx.actor {
            Actor::Link { dispatch: own, .. } => *own == dispatch.id,
            Actor::Person(_) => {
                sees.dispatches_to == Some(dispatch.organisation_id)
                    || sees.organisations.contains(&dispatch.organisation_id)
            }
            _ => false,
        };
        let kind = organisations::find(c, dispatch.organisation_id)?.kind;
        let readable = file.audience == Audience::Everyone
            || (file.audience == Audience::Police && sees.police);
        // What the police held after it was attached is handed to nobody else any more.
        let held = file.held && file.dispatch_id != Some(dispatch.id) && !sees.police;
        if allowed && readable && !held && tlp_allows(Some(kind), file.tlp) {
            return Ok((file, incident));
        }
    }
    Err(Error::NotFound("evidence"))
}

/// The case of a file that is seen, for the way back to its page.
///
/// # Errors
/// Those of [`find_seen`].
pub async fn case_of(office: &Office, ctx: &Ctx, id: EvidenceId) -> Result<Incident> {
    let ctx = ctx.clone();
    office.db.read(move |c| Ok(find_seen(c, &ctx, id)?.1)).await
}

/// Hands out a file: verified against its hash first, on record as seen (Điều 12).
///
/// # Errors
/// [`Error::NotFound`] when it is not seen; [`Refusal::EvidenceDamaged`] when the bytes are not
/// what was received (on record and in the logs as well).
pub async fn download(
    office: &Office,
    ctx: &Ctx,
    id: EvidenceId,
) -> Result<(Evidence, files::Bytes)> {
    let reader = ctx.clone();
    let (file, _) = office.db.read(move |c| find_seen(c, &reader, id)).await?;
    let whole = office.files.verify(&file.storage_key, file.size, &file.sha256).await?;
    if !whole {
        tracing::error!(evidence.id = %id, "the bytes of evidence are not what was received");
    }
    let (ctx, seen) = (ctx.clone(), file.clone());
    office
        .write(move |tx| {
            let action = if whole { "evidence.download" } else { "evidence.damaged" };
            let detail = json!({"sha256": seen.sha256});
            audited(tx, &ctx, action, "evidence", &seen.id.to_string(), detail)?;
            custody(tx, &ctx, &seen, if whole { "downloaded" } else { "damaged" }, "")
        })
        .await?;
    if !whole {
        return Err(Refusal::EvidenceDamaged.into());
    }
    let bytes = office.files.read(&file.storage_key).await?;
    Ok((file, bytes))
}

/// The police hold a file: from then on it is handed to nobody but the police. There is no way
/// back and no deletion.
///
/// # Errors
/// [`Error::NotFound`] when it is not seen; a refusal for anybody but the police.
pub async fn hold(office: &Office, ctx: &Ctx, id: EvidenceId, reason: &str) -> Result<Evidence> {
    let reason = text::some_line("reason", reason, limit::TITLE)?;
    let ctx = ctx.clone();
    office
        .write(move |tx| {
            let (_, incident) = find_seen(tx, &ctx, id)?;
            Verb::HoldEvidence.by(&ctx.actor)?;
            let incident = incidents::hold(tx, incident.id)?;
            let (mut file, _) = find_seen(tx, &ctx, id)?;
            if file.held {
                return Ok(file);
            }
            file.held = true;
            evidence_store::save(tx, &file)?;
            custody(tx, &ctx, &file, "held", &reason)?;
            let entry = Happened::new("evidence_held")
                .to(file.audience)
                .text(reason.clone())
                .with("file", &file.name);
            happened(tx, &ctx, &incident, entry)?;
            let detail = json!({"sha256": file.sha256});
            audited(tx, &ctx, "evidence.held", "evidence", &file.id.to_string(), detail)?;
            Ok(file)
        })
        .await
}

/// Writes down that a file (or a copy of it) was handed to somebody, and why.
///
/// # Errors
/// [`Refusal::EvidenceHeld`] when the police hold it and somebody else hands it on.
pub async fn hand_over(
    office: &Office,
    ctx: &Ctx,
    id: EvidenceId,
    to: &str,
    reason: &str,
) -> Result<Evidence> {
    let to = text::some_line("to", to, limit::NAME)?;
    let reason = text::some_line("reason", reason, limit::TITLE)?;
    let ctx = ctx.clone();
    office
        .write(move |tx| {
            let (_, incident) = find_seen(tx, &ctx, id)?;
            Verb::AddEvidence.by(&ctx.actor)?;
            let incident = incidents::hold(tx, incident.id)?;
            let (file, _) = find_seen(tx, &ctx, id)?;
            if file.held && ctx.actor.with_role(&[Role::PoliceLiaison]).is_err() {
                return Err(Refusal::EvidenceHeld.into());
            }
            custody(tx, &ctx, &file, "handed_over", &format!("{to}: {reason}"))?;
            let entry = Happened::new("evidence_handed")
                .to(file.audience)
                .text(reason.clone())
                .with("file", &file.name)
                .with("to", &to);
            happened(tx, &ctx, &incident, entry)?;
            let detail = json!({"sha256": file.sha256});
            audited(tx, &ctx, "evidence.handed_over", "evidence", &file.id.to_string(), detail)?;
            Ok(file)
        })
        .await
}
