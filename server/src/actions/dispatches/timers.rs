//! The clocks of a dispatch: to be accepted, to be done; a reminder at 80 %, and the next level
//! when the time passed. Being overdue is written here and ends with the next answer.

use playbooks::Role as Needed;

use serde_json::json;

use super::{desk_of, keep_place, on_record, partner, partners, words};
use crate::actions::recipients::Recipient;
use crate::actions::record::{audited, happened};
use crate::actions::{Ctx, Office};
use crate::clock::Timestamp;
use crate::domain::ids::{Id, OrganisationId};
use crate::domain::words::{Audience, DispatchState, Rank};
use crate::error::{Error, Result};
use crate::records::{Dispatch, Incident, Timer};
use crate::store::{Conn, dispatches, engine, incidents, organisations};

/// Kind of the timers of dispatches.
pub const DISPATCH: &str = "dispatch";

const ACCEPT: &str = "accept";
const RESULT: &str = "result";
const ACCEPT_WARN: &str = "accept-warn";
const RESULT_WARN: &str = "result-warn";

/// Recomputes what is due next: the acceptance, then the result, then nothing.
pub(super) fn due_next(dispatch: &mut Dispatch, now: Timestamp) {
    dispatch.next_due_at = if dispatch.state.is_over() {
        None
    } else if dispatch.accepted_at.is_some() {
        dispatch.result_by
    } else {
        dispatch.accept_by.or(dispatch.result_by)
    };
    dispatch.overdue = dispatch.next_due_at.is_some_and(|due| due <= now);
}

/// Sets the timers of a new dispatch.
pub(super) fn start(tx: &mut Conn, ctx: &Ctx, dispatch: &Dispatch) -> Result<()> {
    // One deadline for both is missed once.
    let accept_by = dispatch.accept_by.filter(|accept| dispatch.result_by != Some(*accept));
    for (due, key, warn) in
        [(accept_by, ACCEPT, ACCEPT_WARN), (dispatch.result_by, RESULT, RESULT_WARN)]
    {
        let Some(due) = due else { continue };
        let warn_at = dispatch.created_at + (due - dispatch.created_at) * 4 / 5;
        for (at, key) in [(due, key), (warn_at, warn)] {
            let timer = Timer {
                id: Id::new(ctx.now),
                due_at: at,
                kind: DISPATCH.to_owned(),
                incident_id: Some(dispatch.incident_id),
                subject_id: dispatch.id.cast(),
                key: key.to_owned(),
            };
            engine::set_timer(tx, &timer)?;
        }
    }
    Ok(())
}

/// Cancels the timers that the new state does not need.
pub(super) fn settle(tx: &mut Conn, dispatch: &Dispatch) -> Result<()> {
    if dispatch.state.is_over() {
        return engine::cancel_timers(tx, DISPATCH, dispatch.id.cast());
    }
    if dispatch.accepted_at.is_some() {
        for key in [ACCEPT, ACCEPT_WARN] {
            engine::cancel_timer(tx, DISPATCH, dispatch.id.cast(), key)?;
        }
    }
    Ok(())
}

/// A timer of a dispatch fell due: the partner is reminded, or it is on record that the time
/// passed, the incident rises in the queue, and the next level is told once.
///
/// # Errors
/// The database's.
pub fn fired(tx: &mut Conn, office: &Office, ctx: &Ctx, timer: &Timer) -> Result<()> {
    let found = match dispatches::find(tx, timer.subject_id.cast()) {
        Err(Error::NotFound(_)) => return Ok(()),
        found => found?,
    };
    let mut incident = incidents::hold(tx, found.incident_id)?;
    let mut dispatch = dispatches::hold(tx, found.id)?;
    let for_acceptance = matches!(timer.key.as_str(), ACCEPT | ACCEPT_WARN);
    let answered = for_acceptance && dispatch.accepted_at.is_some();
    if dispatch.state.is_over() || incident.state.is_over() || answered {
        return Ok(());
    }
    let due = if for_acceptance { dispatch.accept_by } else { dispatch.result_by };
    let organisation = partner(tx, dispatch.organisation_id)?;
    let asked_back = dispatch.state == DispatchState::Question;
    let say =
        |purpose: &'static str| words::Say { due, ..words::Say::bare(purpose, timer.key.clone()) };

    if matches!(timer.key.as_str(), ACCEPT_WARN | RESULT_WARN) {
        // While a question is open it is the desk that owes an answer.
        if asked_back {
            let people = desk_of(tx, &incident, &dispatch, &[], ctx.now)?;
            let case =
                words::Case { office, ctx, incident: &incident, organisation: &organisation };
            words::to_desk(tx, &case, &dispatch, &people, &say("dispatch_reply_due"))?;
        } else {
            let people = partners(tx, &organisation, ctx.now)?;
            let case =
                words::Case { office, ctx, incident: &incident, organisation: &organisation };
            words::to_partner(tx, &case, &dispatch, &people, &say("dispatch_reminder"))?;
        }
        return Ok(());
    }

    dispatch.overdue = true;
    dispatch.next_due_at = due.or(dispatch.next_due_at);
    dispatches::save(tx, &dispatch)?;
    let entry = on_record("dispatch_overdue", &dispatch, &organisation)
        .to(Audience::Coordination)
        .with("due", due.map_or_else(String::new, Timestamp::local))
        .with("what", if for_acceptance { ACCEPT } else { RESULT });
    happened(tx, ctx, &incident, entry)?;
    let detail = json!({"what": if for_acceptance { ACCEPT } else { RESULT }});
    audited(tx, ctx, "dispatch.overdue", "dispatch", &dispatch.code, detail)?;

    let desk = desk_of(tx, &incident, &dispatch, &breach(&incident, for_acceptance), ctx.now)?;
    let people = partners(tx, &organisation, ctx.now)?;
    let next = next_level(tx, organisation.id, people, ctx.now)?;
    let case = words::Case { office, ctx, incident: &incident, organisation: &organisation };
    words::to_desk(tx, &case, &dispatch, &desk, &say("dispatch_overdue"))?;
    if !asked_back {
        words::to_partner(tx, &case, &dispatch, &next, &say("dispatch_late"))?;
    }
    keep_place(tx, ctx, &mut incident)
}

/// Whom the regime tells of a dispatch that nobody answered in time.
fn breach(incident: &Incident, for_acceptance: bool) -> Vec<Needed> {
    let id = if for_acceptance { "dispatch_accept" } else { "dispatch_result" };
    playbooks::regime_named(&incident.regime)
        .and_then(|regime| regime.clock(id))
        .map_or_else(|| vec![Needed::Coordinator], |clock| clock.breach.clone())
}

/// The partner's deputy contacts; everybody there when it named none.
fn next_level(
    tx: &mut Conn,
    organisation: OrganisationId,
    people: Vec<Recipient>,
    now: Timestamp,
) -> Result<Vec<Recipient>> {
    let deputies: Vec<_> = organisations::contacts(tx, organisation, None, now)?
        .into_iter()
        .filter(|contact| contact.rank == Rank::Deputy)
        .collect();
    let is_deputy = |person: &&Recipient| {
        deputies.iter().any(|deputy| {
            person.contact == Some(deputy.id)
                || (!deputy.email.is_empty() && person.email == deputy.email)
        })
    };
    let found: Vec<Recipient> = people.iter().filter(is_deputy).cloned().collect();
    Ok(if found.is_empty() { people } else { found })
}
