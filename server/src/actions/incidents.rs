//! The desk's verbs on one incident.

use playbooks::{Event, Role as Wanted, StopEvent};
use serde_json::json;

use super::announce::{Cause, tell};
use super::letters::Matter;
use super::record::{Happened, audited, happened};
use super::{Ctx, Office, clocks, procedure};
use crate::domain::ids::{IncidentCode, IncidentId};
use crate::domain::refusal::Refusal;
use crate::domain::sight::Verb;
use crate::error::{Error, Result};
use crate::records::Incident;
use crate::store::{Conn, incidents, sight};

/// How a door names an incident: its code in any writing, or its identifier.
///
/// # Errors
/// [`Error::NotFound`], for what does not exist and for what may not be seen.
pub fn find_seen(
    c: &mut Conn,
    ctx: &Ctx,
    name: &str,
) -> Result<(Incident, crate::domain::sight::Depth)> {
    let incident = match name.parse::<IncidentCode>() {
        Ok(code) => {
            let found = incidents::find_by_number(c, code.number)?;
            if found.code != code.to_string() {
                return Err(Error::NotFound("incident"));
            }
            found
        }
        Err(_) => {
            let id: IncidentId = name.parse().map_err(|_| Error::NotFound("incident"))?;
            incidents::find(c, id)?
        }
    };
    let depth = sight::depth(c, &ctx.sight(), &incident)?;
    Ok((incident, depth))
}

/// Finds it, checks that it is seen as a case and that the verb is allowed, and holds it.
///
/// # Errors
/// [`Error::NotFound`] before anything else, so that a refusal never tells that it exists.
pub fn hold_for(tx: &mut Conn, ctx: &Ctx, name: &str, verb: Verb) -> Result<Incident> {
    let (incident, depth) = find_seen(tx, ctx, name)?;
    if depth == crate::domain::sight::Depth::Reporter {
        return Err(Error::NotFound("incident"));
    }
    verb.by(&ctx.actor)?;
    incidents::hold(tx, incident.id)
}

/// The version that an edit began from must still be there.
///
/// # Errors
/// [`Error::Stale`] with the version that is there now.
pub fn fresh(incident: &Incident, version: Option<i32>) -> Result<()> {
    match version {
        Some(version) if version != incident.version => Err(Error::Stale { now: incident.version }),
        _ => Ok(()),
    }
}

/// Keeps a changed incident: one version further, where it belongs in the queue.
///
/// # Errors
/// The database's.
pub fn save(tx: &mut Conn, ctx: &Ctx, incident: &mut Incident) -> Result<()> {
    incident.version += 1;
    clocks::refresh(tx, incident, ctx.now)?;
    incidents::save(tx, incident)
}

/// Says who has it, and stops the escalation that silence started; the state stays.
///
/// # Errors
/// [`Refusal::AlreadyAcknowledged`] the second time.
pub async fn acknowledge(office: &Office, ctx: &Ctx, name: &str) -> Result<Incident> {
    let (office_, ctx, name) = (office.clone(), ctx.clone(), name.to_owned());
    office
        .write(move |tx| {
            let mut incident = hold_for(tx, &ctx, &name, Verb::Acknowledge)?;
            if incident.acknowledged_at.is_some() {
                return Err(Refusal::AlreadyAcknowledged.into());
            }
            incident.acknowledged_at = Some(ctx.now);
            incident.acknowledged_by = ctx.actor.account();
            clocks::stop(tx, &ctx, &incident, Some(StopEvent::Acknowledged))?;
            save(tx, &ctx, &mut incident)?;
            let entry = Happened::new("acknowledged").also_to_reporter();
            happened(tx, &ctx, &incident, entry)?;
            audited(tx, &ctx, "incident.acknowledge", "incident", &incident.code, json!({}))?;
            procedure::event(tx, &office_, &ctx, &incident, &Event::Acknowledged)?;

            let unit = [Wanted::UnitHead, Wanted::ItOfficer];
            let people = procedure::people(tx, &incident, &unit, ctx.now)?;
            let cause = Cause::new(format!("incident:{}:acknowledged", incident.id));
            let matter = Matter::about(&incident, "acknowledged");
            tell(tx, &office_, &ctx, &incident, &people, &matter, &cause)?;
            Ok(incident)
        })
        .await
}
