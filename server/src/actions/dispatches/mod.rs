//! Dispatches: requests to partners that are tracked to their result (TT 20/2017 Điều 11;
//! domain.md 11.8). Sending is here; what partners answer, what the desk does later, links, timers
//! and what each reader sees are in the rooms beside.

mod answers;
mod desk;
mod draft;
mod links;
#[cfg(test)]
mod tests;
mod timers;
mod views;
mod words;

pub use answers::{NewAnswer, REMOVED, answer, answer_by_link};
pub use desk::{ask_removal, cancel, remind, reply, withdraw_all};
pub use draft::{Choice, Draft, draft};
pub use links::{Opened, download, is_nonce, nonce, open};
pub use timers::{DISPATCH, fired};
pub use views::{
    Can, DispatchLine, DispatchPage, DispatchView, EntryView, FileView, IncidentFacts,
    IndicatorView, Reader, Wanted, find_seen, list, of_incident, view,
};

use playbooks::Role as Needed;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::announce::{Told, tlp_allows};
use super::once::{self, Lock};
use super::record::{Happened, audited, happened};
use super::reports::word;
use super::{Ctx, Office, clocks, drills, incidents as cases, procedure, recipients};
use crate::clock::Timestamp;
use crate::domain::dispatch::DispatchCode;
use crate::domain::ids::{DispatchId, Id, OrganisationId};
use crate::domain::refusal::{FieldError, Refusal};
use crate::domain::sight::Verb;
use crate::domain::text::{self, limit};
use crate::domain::words::{Audience, DispatchKind, DispatchState, Function, Tlp};
use crate::error::{Error, Result};
use crate::records::{Dispatch, Incident, Organisation};
use crate::store::{Conn, dispatches, incidents, numbering, organisations};

/// What is asked of a partner. Words are checked here, so that every door answers alike.
#[derive(Debug, Clone, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default)]
pub struct NewDispatch {
    /// Key of the organisation.
    pub to: String,
    /// Word of the kind.
    pub kind: String,
    /// The legal ground, as the paper names it.
    pub ground: String,
    /// What is asked.
    pub content: String,
    /// When it must be accepted or refused: RFC 3339, or the province's local time; empty: the
    /// regime's time for dispatches.
    pub accept_by: String,
    /// When the result is due; empty: the regime's time.
    pub result_by: String,
    /// Answers that only the police read.
    pub police_only: bool,
    /// Word of the TLP; empty: the incident's.
    pub tlp: String,
    /// A mark of secrecy stands alone in the text, and the writer confirmed that it is no secret.
    pub secret_confirmed: bool,
    /// The incident's version that the writer saw.
    pub version: Option<i32>,
}

/// What the sender learns at once.
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq, Eq)]
pub struct Sent {
    /// The dispatch.
    pub id: DispatchId,
    /// `PDP-2026-000012`.
    pub code: String,
    /// Who is being told.
    pub told: Vec<Told>,
}

/// Sends a dispatch about an incident. `key` makes a repeated submission one dispatch.
///
/// # Errors
/// [`Error::NotFound`] for an incident that is not seen; [`Refusal::TlpForbids`] when the recipient
/// may not have this TLP; [`Refusal::Fields`] for what is missing or wrong; [`Error::Stale`].
pub async fn send(
    office: &Office,
    ctx: &Ctx,
    incident: &str,
    wanted: NewDispatch,
    key: Option<String>,
) -> Result<Sent> {
    let (office_, ctx, name) = (office.clone(), ctx.clone(), incident.to_owned());
    office
        .write(move |tx| {
            let mut incident = cases::hold_for(tx, &ctx, &name, Verb::Dispatch)?;
            let who = ctx.actor.account().map(|account| account.to_string());
            let scope = format!("dispatch:{}", who.unwrap_or_else(|| ctx.actor.name()));
            let print = format!("{}{}", incident.code, json!(wanted));
            let lock = key.as_deref().map(|key| Lock::new(key, print.as_bytes())).transpose()?;
            if let Some(lock) = &lock
                && let Some(sent) = once::begin(tx, &scope, lock, ctx.now)?
            {
                return Ok(sent);
            }
            cases::fresh(&incident, wanted.version)?;
            let sent = send_in(tx, &office_, &ctx, &mut incident, &wanted)?;
            if let Some(lock) = &lock {
                once::finish(tx, &scope, lock, &sent)?;
            }
            Ok(sent)
        })
        .await
}

/// Sends inside the caller's transaction, which holds the incident and has checked the verb.
///
/// # Errors
/// As [`send`].
pub fn send_in(
    tx: &mut Conn,
    office: &Office,
    ctx: &Ctx,
    incident: &mut Incident,
    wanted: &NewDispatch,
) -> Result<Sent> {
    send_for(tx, office, ctx, incident, wanted, None)
}

/// Sends for a step of a playbook (`RUN/STEP`), to which the answer goes back.
///
/// # Errors
/// As [`send`]; nothing has been written then.
pub fn send_for(
    tx: &mut Conn,
    office: &Office,
    ctx: &Ctx,
    incident: &mut Incident,
    wanted: &NewDispatch,
    step: Option<String>,
) -> Result<Sent> {
    if incident.state.is_over() {
        return Err(Refusal::NotReady { key: "dispatch-incident-over" }.into());
    }
    let checked = check(tx, ctx, incident, wanted)?;
    let number = numbering::next(tx, "dispatch")?;
    let code = DispatchCode { year: ctx.now.local_year(), number };
    let mut dispatch = Dispatch {
        id: Id::new(ctx.now),
        number,
        code: code.to_string(),
        incident_id: incident.id,
        organisation_id: checked.organisation.id,
        kind: checked.kind,
        ground: checked.ground,
        content: checked.content,
        police_only: wanted.police_only,
        tlp: checked.tlp,
        state: DispatchState::Sent,
        block_state: None,
        accept_by: Some(checked.accept_by),
        result_by: checked.result_by,
        next_due_at: None,
        overdue: false,
        created_by: ctx.actor.account(),
        created_at: ctx.now,
        accepted_at: None,
        ended_at: None,
        version: 1,
        step,
    };
    timers::due_next(&mut dispatch, ctx.now);
    dispatches::insert(tx, &dispatch)?;
    timers::start(tx, ctx, &dispatch)?;

    let entry = on_record("dispatch_sent", &dispatch, &checked.organisation)
        .with("kind", dispatch.kind)
        .with("ground", &dispatch.ground);
    record(tx, ctx, incident, &dispatch, entry, &dispatch.content)?;
    let detail = json!({
        "incident": incident.code, "to": checked.organisation.key, "kind": dispatch.kind,
        "police_only": dispatch.police_only, "tlp": dispatch.tlp,
    });
    audited(tx, ctx, "dispatch.send", "dispatch", &dispatch.code, detail)?;

    let people = partners(tx, &checked.organisation, ctx.now)?;
    let case = words::Case { office, ctx, incident, organisation: &checked.organisation };
    let told = words::to_partner(tx, &case, &dispatch, &people, &words::Say::asked(&dispatch))?;
    keep_place(tx, ctx, incident)?;
    Ok(Sent { id: dispatch.id, code: dispatch.code, told })
}

/// A dispatch whose words are checked.
struct Checked {
    organisation: Organisation,
    kind: DispatchKind,
    ground: String,
    content: String,
    accept_by: Timestamp,
    result_by: Option<Timestamp>,
    tlp: Tlp,
}

fn check(tx: &mut Conn, ctx: &Ctx, incident: &Incident, wanted: &NewDispatch) -> Result<Checked> {
    let mut bad: Vec<FieldError> = Vec::new();
    let mut keep = |outcome: Result<String, FieldError>| {
        outcome.unwrap_or_else(|why| {
            bad.push(why);
            String::new()
        })
    };
    let to = keep(text::some_line("to", &wanted.to, limit::NAME));
    let ground = keep(text::some_line("ground", &wanted.ground, limit::TITLE));
    let content = keep(text::some_block("content", &wanted.content, limit::TEXT));
    let kind: Option<DispatchKind> = word("kind", &wanted.kind, &mut bad);
    let tlp = if wanted.tlp.trim().is_empty() {
        Some(incident.tlp)
    } else {
        word("tlp", &wanted.tlp, &mut bad)
    };
    let accept_by = due("accept_by", &wanted.accept_by, ctx.now, &mut bad);
    let result_by = due("result_by", &wanted.result_by, ctx.now, &mut bad);
    if let (Some(accept), Some(result)) = (accept_by, result_by)
        && result < accept
    {
        bad.push(FieldError::new("result_by", "field-dispatch-order"));
    }
    if !wanted.secret_confirmed && crate::domain::secrecy::marked(&content).is_some() {
        bad.push(FieldError::new("secret_confirmed", "field-secret-word"));
    }
    let organisation = match organisations::find_by_key(tx, &to, ctx.now) {
        Ok(found) => Some(found),
        Err(Error::NotFound(_)) => {
            if !to.is_empty() {
                bad.push(FieldError::new("to", "field-unknown"));
            }
            None
        }
        Err(why) => return Err(why),
    };
    if let Some(organisation) = &organisation
        && wanted.police_only
        && !organisations::holds(tx, organisation.id, Function::Police, ctx.now)?
    {
        bad.push(FieldError::new("police_only", "field-police-only"));
    }
    match (organisation, kind, tlp) {
        (Some(organisation), Some(kind), Some(tlp)) if bad.is_empty() => {
            drills::may_ask(tx, incident, &organisation)?;
            if !tlp_allows(Some(organisation.kind), tlp) {
                return Err(Refusal::TlpForbids { recipient: organisation.name }.into());
            }
            let (accept_by, result_by) = proposed(incident, kind, accept_by, result_by, ctx.now);
            Ok(Checked { organisation, kind, ground, content, accept_by, result_by, tlp })
        }
        _ => Err(Refusal::Fields(bad).into()),
    }
}

/// A time in the future, or nothing.
fn due(
    field: &'static str,
    text: &str,
    now: Timestamp,
    bad: &mut Vec<FieldError>,
) -> Option<Timestamp> {
    if text.trim().is_empty() {
        return None;
    }
    match Timestamp::parse(text) {
        None => bad.push(FieldError::new(field, "field-time")),
        Some(at) if at <= now => bad.push(FieldError::new(field, "field-dispatch-past")),
        Some(at) if at > now + chrono::Duration::days(366) => {
            bad.push(FieldError::new(field, "field-dispatch-far"));
        }
        Some(at) => return Some(at),
    }
    None
}

/// The times that the desk left open, from the incident's regime: no dispatch without a clock.
pub fn proposed(
    incident: &Incident,
    kind: DispatchKind,
    accept_by: Option<Timestamp>,
    result_by: Option<Timestamp>,
    now: Timestamp,
) -> (Timestamp, Option<Timestamp>) {
    let regime = playbooks::regime_named(&incident.regime);
    let by = |id: &str| {
        let clock = regime.and_then(|regime| regime.clock(id));
        clock.map(|clock| Timestamp::new(playbooks::due(clock, now.utc())))
    };
    let fallback = now + chrono::Duration::hours(2);
    let mut accept = accept_by.or_else(|| by("dispatch_accept")).unwrap_or(fallback);
    let mut result = result_by;
    if result.is_none() && kind != DispatchKind::ForInformation {
        result = by("dispatch_result").map(|due| due.max(accept));
    }
    if let (None, Some(result)) = (accept_by, result) {
        accept = accept.min(result);
    }
    (accept, result)
}

/// Whom a dispatch reaches at the partner; its registered address when nobody is named there.
fn partners(
    tx: &mut Conn,
    organisation: &Organisation,
    now: Timestamp,
) -> Result<Vec<recipients::Recipient>> {
    let people = recipients::of_partner(tx, organisation, now)?;
    if people.is_empty() {
        return Ok(vec![recipients::of_office(organisation)]);
    }
    Ok(people)
}

/// The people of the desk whom an answer or a missed deadline reaches: whoever sent the dispatch,
/// and the roles.
fn desk_of(
    tx: &mut Conn,
    incident: &Incident,
    dispatch: &Dispatch,
    roles: &[Needed],
    now: Timestamp,
) -> Result<Vec<recipients::Recipient>> {
    let mut people = Vec::new();
    if let Some(sender) = dispatch.created_by {
        people.extend(recipients::of_one(tx, sender, "coordinator")?);
    } else {
        people.extend(recipients::resolve(tx, incident, &Needed::Coordinator, now)?);
    }
    for person in procedure::people(tx, incident, roles, now)? {
        if !people.iter().any(|other: &recipients::Recipient| other.key() == person.key()) {
            people.push(person);
        }
    }
    Ok(people)
}

/// An entry about a dispatch, with its code and the partner.
fn on_record(kind: &'static str, dispatch: &Dispatch, organisation: &Organisation) -> Happened {
    Happened::new(kind)
        .tlp(dispatch.tlp)
        .with("dispatch", &dispatch.code)
        .with("organisation", &organisation.short_name)
}

/// Writes the entry for its audience. What is for the police alone is written for them; the
/// coordination team reads that it happened, and no word of it.
fn record(
    tx: &mut Conn,
    ctx: &Ctx,
    incident: &Incident,
    dispatch: &Dispatch,
    entry: Happened,
    text: &str,
) -> Result<()> {
    if dispatch.police_only {
        happened(tx, ctx, incident, entry.clone().to(Audience::Coordination))?;
        happened(tx, ctx, incident, entry.to(Audience::Police).text(text))?;
    } else {
        happened(tx, ctx, incident, entry.text(text))?;
    }
    Ok(())
}

/// Puts the incident where its nearest deadline belongs. Its version stays: nobody who edits the
/// incident meanwhile is told that it changed.
fn keep_place(tx: &mut Conn, ctx: &Ctx, incident: &mut Incident) -> Result<()> {
    clocks::refresh(tx, incident, ctx.now)?;
    incidents::save(tx, incident)
}

/// The partner of a dispatch.
fn partner(tx: &mut Conn, id: OrganisationId) -> Result<Organisation> {
    organisations::find(tx, id)
}
