//! What people do to a deadline: say that it was met outside the service, or give it more time.

use playbooks::{Role as Wanted, StopEvent};
use serde::Deserialize;

use super::{CLOCK, due};
use crate::actions::announce::Cause;
use crate::actions::incidents::{fresh, hold_for, reason, save, written};
use crate::actions::record::{Happened, audited, happened};
use crate::actions::{Ctx, Office};
use crate::clock::Timestamp;
use crate::domain::person::Actor;
use crate::domain::refusal::{FieldError, Refusal};
use crate::domain::sight::Verb;
use crate::domain::words::Role;
use crate::error::{Error, Result};
use crate::records::{Incident, RunningClock};
use crate::store::{Conn, engine, incidents};

/// A deadline is put off by so many days at most, counted from its first due time.
const MOST_DAYS: i64 = 90;

/// What shows that a deadline was met outside the service.
#[derive(Debug, Clone, Default, Deserialize, utoipa::ToSchema)]
pub struct Meet {
    /// Number and date of the letter, or how it was done; stands in the history.
    #[serde(default)]
    pub note: String,
    /// The version that the edit began from.
    pub version: Option<i32>,
    /// A word of secrecy stands alone in the note, and it is no secret.
    #[serde(default)]
    pub secret_confirmed: bool,
}

/// Whether people say that such a clock is met. Those of acknowledging stop by acknowledging alone:
/// a note must not silence the chase for somebody who takes the case.
pub fn met_by_hand(regime: &str, kind: &str) -> bool {
    playbooks::regime_named(regime)
        .and_then(|regime| regime.clock(kind))
        .is_none_or(|clock| clock.stop != StopEvent::Acknowledged)
}

/// Marks a deadline as met outside the service (a letter was signed and sent), with the letter's
/// number or other words.
///
/// # Errors
/// [`Error::NotFound`] when the case or the clock is not there; [`Error::Stale`];
/// [`Refusal::ClockMet`] the second time and when the case is over; [`Refusal::NotReady`] for the
/// clocks of acknowledging; a bad field without a note.
pub async fn meet(office: &Office, ctx: &Ctx, name: &str, kind: &str, how: Meet) -> Result<()> {
    let (ctx, name, kind) = (ctx.clone(), name.to_owned(), kind.to_owned());
    office
        .write(move |tx| {
            let mut incident = hold_for(tx, &ctx, &name, Verb::MeetClock)?;
            fresh(&incident, how.version)?;
            let mut clock = running(tx, &incident, &kind)?;
            if !met_by_hand(&incident.regime, &clock.kind) {
                return Err(Refusal::NotReady { key: "obstacle-acknowledge" }.into());
            }
            let note = written("note", &how.note, how.secret_confirmed)?;
            clock.stopped_at = Some(ctx.now);
            incidents::save_clock(tx, &clock)?;
            engine::cancel_timers(tx, CLOCK, clock.id.cast())?;
            save(tx, &ctx, &mut incident)?;
            let entry = Happened::new("clock_met")
                .with("clock", &clock.kind)
                .with("regime", &incident.regime)
                .with("source", &clock.source)
                .text(note);
            happened(tx, &ctx, &incident, entry)?;
            let detail = serde_json::json!({"clock": clock.kind});
            audited(tx, &ctx, "clock.met", "incident", &incident.code, detail)
        })
        .await
}

/// More time for a deadline.
#[derive(Debug, Clone, Default, Deserialize, utoipa::ToSchema)]
pub struct Extend {
    /// The new due time: RFC 3339, or the province's local time.
    #[serde(default)]
    pub until: String,
    /// Why; stands in the history and on the incident's page.
    #[serde(default)]
    pub reason: String,
    /// The version that the edit began from.
    pub version: Option<i32>,
}

/// Whether whoever acts may give this clock more time: a leader, or a coordinator for what others
/// owe. Nobody puts off what he owes himself, and no word stops the chase for somebody who takes the
/// case.
pub fn may_extend(actor: &Actor, regime: &str, clock: &RunningClock) -> bool {
    let desk = [Wanted::Coordinator, Wanted::DutyOfficer].map(|role| role.as_word());
    let leads = actor.with_role(&[Role::Leader]).is_ok() || matches!(actor, Actor::Service(_));
    Verb::ExtendClock.by(actor).is_ok()
        && met_by_hand(regime, &clock.kind)
        && (leads || !desk.contains(&clock.owner))
}

/// Puts a running deadline off, with a reason. The first due time is kept; owner and whoever is
/// warned hear of it; its warn points move along.
///
/// # Errors
/// [`Error::NotFound`] when the case or the clock is not there; [`Error::Stale`];
/// [`Refusal::ClockMet`] when it stopped; [`Refusal::NotReady`] when it was missed already or is of
/// acknowledging; [`Refusal::NotAllowed`]; bad fields.
pub async fn extend(office: &Office, ctx: &Ctx, name: &str, kind: &str, how: Extend) -> Result<()> {
    let (office_, ctx, name, kind) =
        (office.clone(), ctx.clone(), name.to_owned(), kind.to_owned());
    office
        .write(move |tx| {
            let mut incident = hold_for(tx, &ctx, &name, Verb::ExtendClock)?;
            fresh(&incident, how.version)?;
            let mut clock = running(tx, &incident, &kind)?;
            if !met_by_hand(&incident.regime, &clock.kind) {
                return Err(Refusal::NotReady { key: "obstacle-acknowledge" }.into());
            }
            if !may_extend(&ctx.actor, &incident.regime, &clock) {
                return Err(Refusal::NotAllowed.into());
            }
            if clock.breached_at.is_some() || clock.due_at <= ctx.now {
                return Err(Refusal::NotReady { key: "obstacle-clock-passed" }.into());
            }
            let first = clock.original_due_at.unwrap_or(clock.due_at);
            let until = later(&how.until, &clock, first)?;
            let because = reason("reason", &how.reason, 10)?;
            let before = clock.due_at;
            clock.original_due_at = Some(first);
            clock.due_at = until;
            clock.extension = Some(because.clone());
            incidents::save_clock(tx, &clock)?;
            let regime = playbooks::regime_named(&incident.regime);
            let defined = regime.and_then(|regime| regime.clock(&clock.kind));
            due::arm(tx, &ctx, defined, &clock)?;
            save(tx, &ctx, &mut incident)?;
            let entry = Happened::new("clock_extended")
                .with("clock", &clock.kind)
                .with("regime", &incident.regime)
                .with("source", &clock.source)
                .with("before", before.local())
                .with("until", until.local())
                .text(because.clone());
            happened(tx, &ctx, &incident, entry)?;
            let detail = serde_json::json!({
                "clock": clock.kind, "original": first, "before": before, "until": until,
            });
            audited(tx, &ctx, "clock.extended", "incident", &incident.code, detail)?;
            let Some(defined) = defined else { return Ok(()) };
            let mut roles = vec![defined.owner.clone()];
            roles.extend(defined.tell.iter().filter(|role| **role != defined.owner).cloned());
            let said = due::Said { purpose: "clock_extended", text: Some(because), percent: None };
            let cause = Cause::new(format!("clock:{}:extended:{}", clock.id, until.micros()));
            due::say(tx, &office_, &ctx, &incident, &clock, &roles, &said, &cause)?;
            Ok(())
        })
        .await
}

/// The clock of this kind, if it runs.
fn running(tx: &mut Conn, incident: &Incident, kind: &str) -> Result<RunningClock> {
    let clocks = incidents::clocks_of(tx, incident.id)?;
    let found = clocks.into_iter().find(|clock| clock.kind == kind && !clock.lapsed);
    let clock = found.ok_or(Error::NotFound("clock"))?;
    if clock.stopped_at.is_some() { Err(Refusal::ClockMet.into()) } else { Ok(clock) }
}

/// The new due time: later than the present one, and not absurdly far.
fn later(text: &str, clock: &RunningClock, first: Timestamp) -> Result<Timestamp> {
    if text.trim().is_empty() {
        return Err(FieldError::new("until", "field-empty").into());
    }
    let until = Timestamp::parse(text).ok_or(FieldError::new("until", "field-time"))?;
    if until <= clock.due_at {
        return Err(FieldError::new("until", "field-clock-later").into());
    }
    if until > first + chrono::Duration::days(MOST_DAYS) {
        return Err(FieldError::with("until", "field-clock-far", MOST_DAYS).into());
    }
    Ok(until)
}
