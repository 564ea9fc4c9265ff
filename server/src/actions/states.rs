//! The way of the case: state by state with the regime's guards, who leads it, and back to work.

use playbooks::Role as Wanted;
use serde::Deserialize;
use serde_json::json;

use super::announce::{Cause, tell};
use super::closing::everybody_told;
use super::incidents::{Changes, UNIT, fresh, hold_for, reason, save, taken};
use super::letters::Matter;
use super::members::account_named;
use super::record::{Happened, audited, happened};
use super::triage::Because;
use super::{Ctx, Office, clocks, procedure};
use crate::domain::refusal::{FieldError, Refusal};
use crate::domain::sight::Verb;
use crate::domain::words::State;
use crate::error::Result;
use crate::records::Incident;
use crate::store::{Conn, timeline};

/// Where the case goes.
#[derive(Debug, Clone, Default, Deserialize, utoipa::ToSchema)]
pub struct ChangeState {
    /// Word of the next state.
    #[serde(default)]
    pub to: String,
    /// Why; going back needs one.
    #[serde(default)]
    pub reason: String,
    /// The version that the edit began from.
    pub version: Option<i32>,
}

/// One step of the case's life.
///
/// # Errors
/// [`crate::error::Error::Stale`], [`Refusal::WrongState`], bad fields.
pub async fn change(
    office: &Office,
    ctx: &Ctx,
    name: &str,
    wanted: ChangeState,
) -> Result<Incident> {
    let (office_, ctx, name) = (office.clone(), ctx.clone(), name.to_owned());
    office
        .write(move |tx| {
            let mut incident = hold_for(tx, &ctx, &name, Verb::ChangeState)?;
            fresh(&incident, wanted.version)?;
            let to: State =
                wanted.to.trim().parse().map_err(|_| FieldError::new("to", "field-unknown"))?;
            let from = incident.state;
            if !from.next().contains(&to) {
                return Err(Refusal::WrongState { from, to }.into());
            }
            let back = from == State::Reviewing;
            let why = if back || !wanted.reason.trim().is_empty() {
                Some(reason("reason", &wanted.reason, 1)?)
            } else {
                None
            };
            if incident.acknowledged_at.is_none() && Verb::Acknowledge.by(&ctx.actor).is_ok() {
                taken(tx, &office_, &ctx, &mut incident)?;
            }
            incident.state_before = Some(from);
            incident.state = from.go(to)?;
            incident.state_reason.clone_from(&why);
            save(tx, &ctx, &mut incident)?;
            let mut changes = Changes::default();
            changes.note("state", from, to);
            let entry = Happened::new(if back { "state_back" } else { "state" })
                .also_to_reporter()
                .with("from", from)
                .with("to", to)
                .with_data("changes", changes.into_data());
            happened(tx, &ctx, &incident, entry)?;
            if let Some(why) = why {
                // The reporter reads where the case is; the reason stays with those who work on it.
                happened(tx, &ctx, &incident, Happened::new("state_reason").text(why))?;
            }
            let detail = json!({"from": from, "to": to});
            audited(tx, &ctx, "incident.state", "incident", &incident.code, detail)?;
            tell_change(tx, &office_, &ctx, &incident)?;
            procedure::changed(tx, &office_, &ctx, &incident)?;
            Ok(incident)
        })
        .await
}

/// The unit hears of every step; the reporter of those that change the own work: it comes back, or
/// it does not hold.
fn tell_change(tx: &mut Conn, office: &Office, ctx: &Ctx, incident: &Incident) -> Result<()> {
    let cause = Cause::new(format!("incident:{}:state:{}", incident.id, incident.version));
    let people = procedure::people(tx, incident, &UNIT, ctx.now)?;
    let matter = Matter::about(incident, "state_changed");
    tell(tx, office, ctx, incident, &people, &matter, &cause)?;
    if matches!(incident.state, State::Containing | State::Recovering | State::Reviewing) {
        tell_reporters(tx, office, ctx, incident, "state_changed", &cause)?;
    }
    Ok(())
}

/// Tells whoever reported it, without the desk's facts.
///
/// # Errors
/// The database's.
pub fn tell_reporters(
    tx: &mut Conn,
    office: &Office,
    ctx: &Ctx,
    incident: &Incident,
    purpose: &'static str,
    cause: &Cause,
) -> Result<()> {
    for person in procedure::people(tx, incident, &[Wanted::Reporter], ctx.now)? {
        let t = crate::texts::Texts(person.language);
        let mut matter = Matter::about(incident, purpose);
        matter.to_reporter = true;
        matter.facts = vec![("fact-state", t.t(&format!("state-{}", incident.state)))];
        if person.account.is_none() {
            // Nobody keeps the secret of their own link; they know it from the receipt.
            matter.link = ("letter-follow-known", "/theo-doi".to_owned());
        }
        tell(tx, office, ctx, incident, &[person], &matter, cause)?;
    }
    Ok(())
}

/// Back to work after closing or rejecting, with a reason of at least ten characters.
///
/// # Errors
/// [`crate::error::Error::Stale`], [`Refusal::WrongState`], bad fields.
pub async fn reopen(office: &Office, ctx: &Ctx, name: &str, because: Because) -> Result<Incident> {
    let (office_, ctx, name) = (office.clone(), ctx.clone(), name.to_owned());
    office
        .write(move |tx| {
            let mut incident = hold_for(tx, &ctx, &name, Verb::Reopen)?;
            fresh(&incident, because.version)?;
            let from = incident.state;
            if !matches!(from, State::Closed | State::Rejected) {
                return Err(Refusal::WrongState { from, to: State::Verifying }.into());
            }
            let why = reason("reason", &because.reason, 10)?;
            let kind = if from == State::Closed { "closed" } else { "rejected" };
            let ended = timeline::of_kind(tx, incident.id, kind, 1)?.first().map(|entry| entry.at);
            incident.state_before = Some(from);
            incident.state = from.go(State::Verifying)?;
            incident.state_reason = Some(why.clone());
            // The facts of the closing are kept with it; the case has none while it runs.
            incident.response_ended_at = None;
            incident.closed_at = None;
            incident.closed_by = None;
            if let Some(ended) = ended {
                clocks::resume(tx, &ctx, &incident, ended)?;
            }
            save(tx, &ctx, &mut incident)?;
            let mut changes = Changes::default();
            changes.note("state", from, incident.state);
            let entry = Happened::new("reopened")
                .also_to_reporter()
                .with("from", from)
                .with_data("changes", changes.into_data());
            happened(tx, &ctx, &incident, entry)?;
            happened(tx, &ctx, &incident, Happened::new("state_reason").text(why))?;
            let detail = json!({"from": from});
            audited(tx, &ctx, "incident.reopen", "incident", &incident.code, detail)?;
            procedure::back(tx, &office_, &ctx, &incident)?;

            let cause =
                Cause::new(format!("incident:{}:reopened:{}", incident.id, incident.version));
            let mut people = everybody_told(tx, &ctx, &incident)?.0;
            for person in procedure::people(tx, &incident, &UNIT, ctx.now)? {
                if !people.iter().any(|known| known.key() == person.key()) {
                    people.push(person);
                }
            }
            let matter = Matter::about(&incident, "reopened");
            tell(tx, &office_, &ctx, &incident, &people, &matter, &cause)?;
            tell_reporters(tx, &office_, &ctx, &incident, "reopened", &cause)?;
            Ok(incident)
        })
        .await
}

/// Who takes the lead.
#[derive(Debug, Clone, Default, Deserialize, utoipa::ToSchema)]
pub struct Lead {
    /// Mail address or identifier of the account; empty: whoever asks.
    #[serde(default)]
    pub account: String,
    /// The version that the edit began from.
    pub version: Option<i32>,
}

/// Says who leads the case: oneself, or, for who puts people on cases, somebody else who sees it.
///
/// # Errors
/// [`crate::error::Error::Stale`], [`Refusal::WrongState`] when it is over, bad fields.
pub async fn lead(office: &Office, ctx: &Ctx, name: &str, wanted: Lead) -> Result<Incident> {
    let (office_, ctx, name) = (office.clone(), ctx.clone(), name.to_owned());
    office
        .write(move |tx| {
            let mut incident = hold_for(tx, &ctx, &name, Verb::ChangeState)?;
            fresh(&incident, wanted.version)?;
            if incident.state.is_over() {
                let (from, to) = (incident.state, State::Verifying);
                return Err(Refusal::WrongState { from, to }.into());
            }
            let own = ctx.actor.account();
            let (id, who) = if wanted.account.trim().is_empty() {
                (own, ctx.actor.name())
            } else {
                let account = account_named(tx, &incident, "account", &wanted.account)?;
                (Some(account.id), account.name)
            };
            if id != own {
                Verb::AddMember.by(&ctx.actor)?;
            }
            if incident.lead_id == id {
                return Ok(incident);
            }
            incident.lead_id = id;
            save(tx, &ctx, &mut incident)?;
            let mut changes = Changes::default();
            changes.note("lead", "", &who);
            let mut entry = Happened::new("lead").with("lead", &who);
            if let Some(id) = id {
                entry = entry.with("account", id);
            }
            happened(tx, &ctx, &incident, entry.with_data("changes", changes.into_data()))?;
            audited(tx, &ctx, "incident.lead", "incident", &incident.code, json!({"account": id}))?;
            if let Some(id) = id
                && Some(id) != own
                && let Some(person) = super::recipients::of_one(tx, id, "lead")?
            {
                let cause =
                    Cause::new(format!("incident:{}:lead:{}", incident.id, incident.version));
                let matter = Matter::about(&incident, "lead");
                tell(tx, &office_, &ctx, &incident, &[person], &matter, &cause)?;
            }
            Ok(incident)
        })
        .await
}
