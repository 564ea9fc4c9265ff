//! The desk's verbs on one incident.

use playbooks::{Event, Role as Wanted, StopEvent};
use serde_json::json;

use super::announce::{Cause, tell};
use super::letters::Matter;
use super::record::{Happened, audited, happened};
use super::{Ctx, Office, clocks, procedure, snoozes};
use crate::domain::ids::{IncidentCode, IncidentId};
use crate::domain::refusal::{FieldError, Refusal};
use crate::domain::sight::{Depth, Verb};
use crate::domain::text::{self, limit};
use crate::error::{Error, Result};
use crate::records::Incident;
use crate::store::{Conn, chat_cards, incidents, sight};

/// How a door names an incident: its code in any writing, or its identifier.
///
/// # Errors
/// [`Error::NotFound`], for what does not exist and for what may not be seen.
pub fn find_seen(c: &mut Conn, ctx: &Ctx, name: &str) -> Result<(Incident, Depth)> {
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

/// The code of an incident that is seen, however a door names it.
///
/// # Errors
/// Those of [`find_seen`].
pub async fn code_of(office: &Office, ctx: &Ctx, name: &str) -> Result<String> {
    let (ctx, name) = (ctx.clone(), name.to_owned());
    office.db.read(move |c| Ok(find_seen(c, &ctx, &name)?.0.code)).await
}

/// Finds it, checks that it is seen as a case and that the verb is allowed, and holds it.
///
/// # Errors
/// [`Error::NotFound`] before anything else, so that a refusal never tells that it exists.
pub fn hold_for(tx: &mut Conn, ctx: &Ctx, name: &str, verb: Verb) -> Result<Incident> {
    let (incident, depth) = find_seen(tx, ctx, name)?;
    if depth == Depth::Reporter {
        return Err(Error::NotFound("incident"));
    }
    verb.by(&ctx.actor)?;
    let incident = incidents::hold(tx, incident.id)?;
    snoozes::answered(tx, ctx, &incident)?;
    Ok(incident)
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
    chat_cards::mark(tx, incident.id, ctx.now)?;
    incidents::save(tx, incident)
}

/// As [`hold_for`], and a second incident that is seen as well; both are held in one order, so
/// that two people who merge crosswise do not wait for each other.
///
/// # Errors
/// [`Error::NotFound`] for the first, `field-unknown` of `field` for the second.
pub fn hold_two(
    tx: &mut Conn,
    ctx: &Ctx,
    name: &str,
    other: (&'static str, &str),
    verb: Verb,
) -> Result<(Incident, Incident)> {
    let (first, depth) = find_seen(tx, ctx, name)?;
    if depth == Depth::Reporter {
        return Err(Error::NotFound("incident"));
    }
    verb.by(&ctx.actor)?;
    let (field, other) = other;
    let second = match find_seen(tx, ctx, other.trim()) {
        Ok((second, depth)) if depth > Depth::Reporter => second,
        Ok(_) | Err(Error::NotFound(_)) => {
            return Err(FieldError::new(field, "field-incident").into());
        }
        Err(why) => return Err(why),
    };
    if first.id == second.id {
        return Err(FieldError::new(field, "field-same-incident").into());
    }
    if first.id < second.id {
        let first = incidents::hold(tx, first.id)?;
        Ok((first, incidents::hold(tx, second.id)?))
    } else {
        let second = incidents::hold(tx, second.id)?;
        Ok((incidents::hold(tx, first.id)?, second))
    }
}

/// After something that hangs on the incident changed (a task, a dispatch): when it is due next
/// and its place in the queue. The version stays: nobody's edit is stale because of it.
///
/// # Errors
/// The database's.
pub fn touch(tx: &mut Conn, ctx: &Ctx, incident: &mut Incident) -> Result<()> {
    clocks::refresh(tx, incident, ctx.now)?;
    chat_cards::mark(tx, incident.id, ctx.now)?;
    incidents::save_due(tx, incident)
}

/// A reason that somebody wrote.
///
/// # Errors
/// `field-empty`, `field-short` below `least` characters, and those of [`text::block`].
pub fn reason(field: &'static str, written: &str, least: usize) -> Result<String> {
    let written = text::some_block(field, written, 2_000)?;
    if written.chars().count() < least {
        return Err(FieldError::with(field, "field-short", least).into());
    }
    Ok(written)
}

/// Text of a case that somebody wrote: no mark of a state secret stands alone in it, unless they
/// confirmed that it is none (design.md section 6).
///
/// # Errors
/// Those of [`text::some_block`]; `field-secret-word`.
pub fn written(field: &'static str, words: &str, confirmed: bool) -> Result<String> {
    let words = text::some_block(field, words, limit::TEXT)?;
    if !confirmed && crate::domain::secrecy::marked(&words).is_some() {
        return Err(FieldError::new("secret_confirmed", "field-secret-word").into());
    }
    Ok(words)
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
            if incident.acknowledged_at.is_some() || incident.state.is_over() {
                return Err(Refusal::AlreadyAcknowledged.into());
            }
            taken(tx, &office_, &ctx, &mut incident)?;
            Ok(incident)
        })
        .await
}

/// Somebody has it now, by saying so or by going to work on it.
///
/// # Errors
/// The database's.
pub fn taken(tx: &mut Conn, office: &Office, ctx: &Ctx, incident: &mut Incident) -> Result<()> {
    incident.acknowledged_at = Some(ctx.now);
    incident.acknowledged_by = ctx.actor.account();
    clocks::stop(tx, ctx, incident, Some(StopEvent::Acknowledged))?;
    save(tx, ctx, incident)?;
    happened(tx, ctx, incident, Happened::new("acknowledged").also_to_reporter())?;
    audited(tx, ctx, "incident.acknowledge", "incident", &incident.code, json!({}))?;
    procedure::event(tx, office, ctx, incident, &Event::Acknowledged)?;

    let people = procedure::people(tx, incident, &UNIT, ctx.now)?;
    let cause = Cause::new(format!("incident:{}:acknowledged", incident.id));
    tell(tx, office, ctx, incident, &people, &Matter::about(incident, "acknowledged"), &cause)?;
    Ok(())
}

/// Who of the unit concerned is told of what happens to its incident.
pub const UNIT: [Wanted; 2] = [Wanted::UnitHead, Wanted::ItOfficer];

/// What an edit changed, word by word: before and after, for whoever edits at the same time and
/// for the history.
#[derive(Debug, Default)]
pub struct Changes(Vec<serde_json::Value>);

impl Changes {
    /// Notes a field if it changed.
    #[expect(clippy::needless_pass_by_value, reason = "callers name a value in place")]
    pub fn note(&mut self, field: &str, before: impl ToString, after: impl ToString) {
        let (before, after) = (before.to_string(), after.to_string());
        if before != after {
            self.0.push(json!({"field": field, "before": before, "after": after}));
        }
    }

    /// Whether nothing changed.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The fields' names, for the audit trail, which carries no case content.
    pub fn fields(&self) -> Vec<serde_json::Value> {
        self.0.iter().map(|change| change["field"].clone()).collect()
    }

    /// The data of the timeline entry.
    pub fn into_data(self) -> serde_json::Value {
        serde_json::Value::Array(self.0)
    }
}
