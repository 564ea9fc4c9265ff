//! What the desk does with a dispatch that is out: reply to a question, withdraw it, remind, ask to
//! lift a block.

use serde_json::json;

use super::answers::{add_entry, hold_both, words_of};
use super::{keep_place, on_record, partner, partners, record, timers, views, words};
use crate::actions::chat::settled;
use crate::actions::record::audited;
use crate::actions::{Ctx, Office, questions};
use crate::domain::dispatch::{BlockStep, block_after};
use crate::domain::refusal::Refusal;
use crate::domain::sight::Verb;
use crate::domain::words::{Answer, Way};
use crate::error::{Error, Result};
use crate::records::{Dispatch, Incident};
use crate::store::{Conn, dispatches};

/// Answers the partner's question; the dispatch goes back to where the question interrupted it.
///
/// # Errors
/// [`Error::NotFound`]; [`Refusal::DispatchState`] when no question is open; [`Refusal::Fields`].
pub async fn reply(office: &Office, ctx: &Ctx, name: &str, text: String) -> Result<Dispatch> {
    let (office_, ctx, name) = (office.clone(), ctx.clone(), name.to_owned());
    office
        .write(move |tx| {
            let (mut incident, mut dispatch) = hold_seen(tx, &ctx, &name, Verb::Dispatch)?;
            let progressed = dispatches::entries(tx, dispatch.id)?
                .iter()
                .any(|entry| entry.answer == Answer::Progress.as_word());
            dispatch.state =
                dispatch.state.after_reply(dispatch.accepted_at.is_some(), progressed)?;
            let text = words_of(&text, true, false)?;
            let step = Step { word: "reply", purpose: "dispatch_reply", text, answerable: true };
            take(tx, &office_, &ctx, &mut incident, dispatch, step)
        })
        .await
}

/// Withdraws a dispatch: its links die, what has not left is not sent, the partner is told.
///
/// # Errors
/// [`Error::NotFound`]; [`Refusal::DispatchState`] when it is over; [`Refusal::Fields`] without a
/// reason; [`Error::Stale`].
pub async fn cancel(
    office: &Office,
    ctx: &Ctx,
    name: &str,
    reason: String,
    version: Option<i32>,
) -> Result<Dispatch> {
    let (office_, ctx, name) = (office.clone(), ctx.clone(), name.to_owned());
    office
        .write(move |tx| {
            let (mut incident, mut dispatch) = hold_seen(tx, &ctx, &name, Verb::CancelDispatch)?;
            dispatch.state = dispatch.state.after_cancel()?;
            if version.is_some_and(|version| version != dispatch.version) {
                return Err(Error::Stale { now: dispatch.version });
            }
            let text = words_of(&reason, true, false)?;
            dispatch.ended_at = Some(ctx.now);
            dispatches::revoke_links(tx, dispatch.id, ctx.now)?;
            settled::dispatch_withdrawn(tx, &ctx, &dispatch)?;
            let step =
                Step { word: "cancel", purpose: "dispatch_cancelled", text, answerable: false };
            take(tx, &office_, &ctx, &mut incident, dispatch, step)
        })
        .await
}

/// Withdraws every dispatch of a case that is not over: the drill that they belong to has ended.
///
/// # Errors
/// The database's.
pub fn withdraw_all(
    tx: &mut Conn,
    office: &Office,
    ctx: &Ctx,
    incident: &mut Incident,
    reason: &str,
) -> Result<()> {
    for mut dispatch in dispatches::of_incident(tx, incident.id)? {
        let Ok(cancelled) = dispatch.state.after_cancel() else { continue };
        dispatch.state = cancelled;
        dispatch.ended_at = Some(ctx.now);
        dispatches::revoke_links(tx, dispatch.id, ctx.now)?;
        settled::dispatch_withdrawn(tx, ctx, &dispatch)?;
        let text = reason.to_owned();
        let step = Step { word: "cancel", purpose: "dispatch_cancelled", text, answerable: false };
        take(tx, office, ctx, incident, dispatch, step)?;
    }
    Ok(())
}

/// Asks the partner to lift the block that it made.
///
/// # Errors
/// [`Error::NotFound`]; [`Refusal::DispatchState`] when no block is active.
pub async fn ask_removal(office: &Office, ctx: &Ctx, name: &str, text: String) -> Result<Dispatch> {
    let (office_, ctx, name) = (office.clone(), ctx.clone(), name.to_owned());
    office
        .write(move |tx| {
            let (mut incident, mut dispatch) = hold_seen(tx, &ctx, &name, Verb::Dispatch)?;
            let asked = block_after(dispatch.state, dispatch.block_state, BlockStep::AskRemoval)?;
            dispatch.block_state = Some(asked);
            let text = words_of(&text, false, false)?;
            let step =
                Step { word: "ask_removal", purpose: "dispatch_removal", text, answerable: true };
            take(tx, &office_, &ctx, &mut incident, dispatch, step)
        })
        .await
}

/// Sends the request again, with new links in place of the old ones: a mail was lost, a link ended.
///
/// # Errors
/// [`Error::NotFound`]; [`Refusal::DispatchState`] when nothing is expected of the partner.
pub async fn remind(office: &Office, ctx: &Ctx, name: &str) -> Result<Dispatch> {
    let (office_, ctx, name) = (office.clone(), ctx.clone(), name.to_owned());
    office
        .write(move |tx| {
            let (mut incident, dispatch) = hold_seen(tx, &ctx, &name, Verb::Dispatch)?;
            if dispatch.state.is_over() {
                return Err(Refusal::DispatchState { state: dispatch.state }.into());
            }
            dispatches::revoke_links(tx, dispatch.id, ctx.now)?;
            let text = dispatch.content.clone();
            let step =
                Step { word: "remind", purpose: "dispatch_reminder", text, answerable: true };
            take(tx, &office_, &ctx, &mut incident, dispatch, step)
        })
        .await
}

/// Finds it, checks that the desk sees it and the verb is allowed, and holds it with its incident.
fn hold_seen(tx: &mut Conn, ctx: &Ctx, name: &str, verb: Verb) -> Result<(Incident, Dispatch)> {
    let (found, reader) = views::find_seen(tx, ctx, name)?;
    verb.by(&ctx.actor)?;
    if reader != views::Reader::Desk {
        return Err(Refusal::NotAllowed.into());
    }
    hold_both(tx, found.id)
}

/// One step of the desk, after the state changed.
struct Step {
    word: &'static str,
    purpose: &'static str,
    text: String,
    answerable: bool,
}

fn take(
    tx: &mut Conn,
    office: &Office,
    ctx: &Ctx,
    incident: &mut Incident,
    mut dispatch: Dispatch,
    step: Step,
) -> Result<Dispatch> {
    timers::due_next(&mut dispatch, ctx.now);
    dispatch.version += 1;
    dispatches::save(tx, &dispatch)?;
    timers::settle(tx, &dispatch)?;
    // A reminder repeats what the dispatch says already.
    let written = if step.word == "remind" { "" } else { step.text.as_str() };
    let entry = add_entry(tx, ctx, &dispatch, Way::Coordination, step.word, written)?;
    let organisation = partner(tx, dispatch.organisation_id)?;
    let kind = match step.word {
        "reply" => "dispatch_reply",
        "cancel" => "dispatch_cancelled",
        "ask_removal" => "dispatch_removal",
        _ => "dispatch_reminded",
    };
    let happening = on_record(kind, &dispatch, &organisation);
    record(tx, ctx, incident, &dispatch, happening, written)?;
    let action = format!("dispatch.{}", step.word);
    let detail = json!({"incident": incident.code, "to": organisation.key});
    audited(tx, ctx, &action, "dispatch", &dispatch.code, detail)?;

    let people = partners(tx, &organisation, ctx.now)?;
    let case = words::Case { office, ctx, incident, organisation: &organisation };
    let say = words::Say {
        due: dispatch.next_due_at,
        text: (!step.text.is_empty()).then_some(step.text),
        answerable: step.answerable,
        ..words::Say::bare(step.purpose, entry.seq.to_string())
    };
    words::to_partner(tx, &case, &dispatch, &people, &say)?;
    keep_place(tx, ctx, incident)?;
    questions::dispatch_moved(tx, office, ctx, incident, &dispatch)?;
    Ok(dispatch)
}
