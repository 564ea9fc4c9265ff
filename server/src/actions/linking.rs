//! Incidents that have to do with each other: linked, put below a campaign, merged; all undoable.

use playbooks::Event;
use serde::Deserialize;
use serde_json::json;

use super::announce::{Cause, tell};
use super::incidents::{Changes, UNIT, fresh, hold_for, hold_two, reason, save, touch};
use super::letters::Matter;
use super::record::{Happened, audited, happened};
use super::states::tell_reporters;
use super::triage::Because;
use super::{Ctx, Office, clocks, procedure};
use crate::domain::refusal::{FieldError, Refusal};
use crate::domain::sight::Verb;
use crate::domain::words::State;
use crate::error::Result;
use crate::records::{Incident, Link};
use crate::store::{Conn, incidents, timeline};

/// A link to another incident.
#[derive(Debug, Clone, Default, Deserialize, utoipa::ToSchema)]
pub struct NewLink {
    /// Code of the other incident.
    #[serde(default)]
    pub other: String,
    /// `related`, or `parent`: the other one is the campaign that this belongs to.
    #[serde(default)]
    pub relation: String,
    /// Why.
    #[serde(default)]
    pub reason: String,
    /// Undo it.
    #[serde(default)]
    pub undo: bool,
}

/// Links two incidents, or undoes a link; both timelines say so.
///
/// # Errors
/// Bad fields.
pub async fn link(office: &Office, ctx: &Ctx, name: &str, wanted: NewLink) -> Result<Incident> {
    let (ctx, name) = (ctx.clone(), name.to_owned());
    office
        .write(move |tx| {
            let other = ("other", wanted.other.as_str());
            let (mut one, other) = hold_two(tx, &ctx, &name, other, Verb::Link)?;
            let why = reason("reason", &wanted.reason, 1)?;
            let parent = match wanted.relation.trim() {
                "" | "related" => false,
                "parent" => true,
                _ => return Err(FieldError::new("relation", "field-unknown").into()),
            };
            match (parent, wanted.undo) {
                (true, true) => {
                    if one.parent_id != Some(other.id) {
                        return Err(FieldError::new("other", "field-not-linked").into());
                    }
                    one.parent_id = None;
                    save(tx, &ctx, &mut one)?;
                }
                (true, false) => {
                    no_circle(tx, &one, &other)?;
                    one.parent_id = Some(other.id);
                    save(tx, &ctx, &mut one)?;
                }
                (false, true) => {
                    if incidents::delete_link(tx, one.id, other.id)? == 0 {
                        return Err(FieldError::new("other", "field-not-linked").into());
                    }
                }
                (false, false) => {
                    let there = incidents::links(tx, one.id)?
                        .iter()
                        .any(|link| link.other_id == other.id || link.incident_id == other.id);
                    if there {
                        return Ok(one);
                    }
                    let link = Link {
                        incident_id: one.id,
                        other_id: other.id,
                        reason: why.clone(),
                        created_by: ctx.actor.account(),
                        created_at: ctx.now,
                    };
                    incidents::insert_link(tx, &link)?;
                }
            }
            let (here, there) = match (parent, wanted.undo) {
                (true, false) => ("parent_set", "child_added"),
                (true, true) => ("parent_removed", "child_removed"),
                (false, false) => ("linked", "linked"),
                (false, true) => ("unlinked", "unlinked"),
            };
            both(tx, &ctx, (&one, here), (&other, there), &why)?;
            let detail =
                json!({"other": other.code, "relation": wanted.relation, "undo": wanted.undo});
            audited(tx, &ctx, "incident.link", "incident", &one.code, detail)?;
            Ok(one)
        })
        .await
}

/// An entry in each of the two timelines. Which incidents are related is the coordination team's:
/// others may not see the other one.
fn both(
    tx: &mut Conn,
    ctx: &Ctx,
    one: (&Incident, &'static str),
    other: (&Incident, &'static str),
    why: &str,
) -> Result<()> {
    use crate::domain::words::Audience::Coordination;
    for ((incident, kind), named) in [(one, other.0), (other, one.0)] {
        let entry = Happened::new(kind).to(Coordination).with("other", &named.code).text(why);
        happened(tx, ctx, incident, entry)?;
    }
    Ok(())
}

fn no_circle(tx: &mut Conn, child: &Incident, parent: &Incident) -> Result<()> {
    let mut above = Some(parent.id);
    for _ in 0..20 {
        match above {
            None => return Ok(()),
            Some(id) if id == child.id => break,
            Some(id) => above = incidents::find(tx, id)?.parent_id,
        }
    }
    Err(FieldError::new("other", "field-circle").into())
}

/// The same incident twice: this one goes into the other.
#[derive(Debug, Clone, Default, Deserialize, utoipa::ToSchema)]
pub struct Merge {
    /// Code of the incident that stays.
    #[serde(default)]
    pub into: String,
    /// Why.
    #[serde(default)]
    pub reason: String,
    /// The version that the edit began from.
    pub version: Option<i32>,
}

/// Merges this incident into another. Nothing moves, so that it can be undone whole: reports,
/// files and history stay where they were and are shown with the other one.
///
/// # Errors
/// [`crate::error::Error::Stale`], [`Refusal::WrongState`], bad fields.
pub async fn merge(office: &Office, ctx: &Ctx, name: &str, wanted: Merge) -> Result<Incident> {
    let (office_, ctx, name) = (office.clone(), ctx.clone(), name.to_owned());
    office
        .write(move |tx| {
            let into = ("into", wanted.into.as_str());
            let (mut incident, mut target) = hold_two(tx, &ctx, &name, into, Verb::Merge)?;
            fresh(&incident, wanted.version)?;
            let from = incident.state;
            let to = from.go(State::Merged)?;
            if target.state.is_over() {
                return Err(FieldError::new("into", "field-over").into());
            }
            let why = reason("reason", &wanted.reason, 1)?;
            incident.state_before = Some(from);
            incident.state = to;
            incident.state_reason = Some(why.clone());
            incident.merged_into_id = Some(target.id);
            clocks::stop(tx, &ctx, &incident, None)?;
            save(tx, &ctx, &mut incident)?;
            touch(tx, &ctx, &mut target)?;
            let mut changes = Changes::default();
            changes.note("state", from, to);
            let entry = Happened::new("merged")
                .also_to_reporter()
                .with_data("changes", changes.into_data());
            happened(tx, &ctx, &incident, entry)?;
            both(tx, &ctx, (&incident, "merged_into"), (&target, "merged_from"), &why)?;
            let detail = json!({"into": target.code});
            audited(tx, &ctx, "incident.merge", "incident", &incident.code, detail)?;
            procedure::event(tx, &office_, &ctx, &incident, &Event::Ended)?;
            tell_both(tx, &office_, &ctx, &incident, "merged")?;
            Ok(incident)
        })
        .await
}

/// Undoes a merge: back to the state before it, and its clocks run on.
///
/// # Errors
/// [`crate::error::Error::Stale`], [`Refusal::WrongState`], bad fields.
pub async fn unmerge(office: &Office, ctx: &Ctx, name: &str, because: Because) -> Result<Incident> {
    let (office_, ctx, name) = (office.clone(), ctx.clone(), name.to_owned());
    office
        .write(move |tx| {
            let mut incident = hold_for(tx, &ctx, &name, Verb::Merge)?;
            fresh(&incident, because.version)?;
            let (State::Merged, Some(target)) = (incident.state, incident.merged_into_id) else {
                let (from, to) = (incident.state, State::Verifying);
                return Err(Refusal::WrongState { from, to }.into());
            };
            let why = reason("reason", &because.reason, 1)?;
            let target = incidents::hold(tx, target)?;
            let ended =
                timeline::of_kind(tx, incident.id, "merged", 1)?.first().map(|entry| entry.at);
            let before = incident.state_before.unwrap_or(State::Verifying);
            incident.state = before;
            incident.state_before = Some(State::Merged);
            incident.state_reason = Some(why.clone());
            incident.merged_into_id = None;
            if let Some(ended) = ended {
                clocks::resume(tx, &ctx, &incident, ended)?;
            }
            save(tx, &ctx, &mut incident)?;
            let mut changes = Changes::default();
            changes.note("state", State::Merged, before);
            let entry = Happened::new("unmerged")
                .also_to_reporter()
                .with("to", before)
                .with_data("changes", changes.into_data());
            happened(tx, &ctx, &incident, entry)?;
            both(tx, &ctx, (&incident, "unmerged_from"), (&target, "unmerged_from"), &why)?;
            let detail = json!({"from": target.code});
            audited(tx, &ctx, "incident.unmerge", "incident", &incident.code, detail)?;
            procedure::back(tx, &office_, &ctx, &incident)?;
            tell_both(tx, &office_, &ctx, &incident, "unmerged")?;
            Ok(incident)
        })
        .await
}

fn tell_both(
    tx: &mut Conn,
    office: &Office,
    ctx: &Ctx,
    incident: &Incident,
    purpose: &'static str,
) -> Result<()> {
    let cause = Cause::new(format!("incident:{}:{purpose}:{}", incident.id, incident.version));
    let people = procedure::people(tx, incident, &UNIT, ctx.now)?;
    tell(tx, office, ctx, incident, &people, &Matter::about(incident, purpose), &cause)?;
    tell_reporters(tx, office, ctx, incident, purpose, &cause)
}
