//! Closing: the facts of the end, by somebody who did not lead, told to everybody who was told of
//! the beginning.

use playbooks::{Event, StopEvent};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::announce::{Cause, tell};
use super::incidents::{Changes, UNIT, fresh, hold_for, save, written};
use super::letters::Matter;
use super::recipients::{self, Recipient};
use super::record::{Happened, audited, happened};
use super::states::tell_reporters;
use super::tasks::TASK;
use super::{Ctx, Office, clocks, procedure};
use crate::clock::Timestamp;
use crate::domain::ids::{AccountId, DispatchId, Id};
use crate::domain::refusal::{FieldError, Refusal};
use crate::domain::sight::Verb;
use crate::domain::text;
use crate::domain::words::{DispatchKind, DispatchState, EvidenceWish, State, TaskState};
use crate::error::{Error, Result};
use crate::records::{Closing, Dispatch, Incident, Task};
use crate::store::{Conn, dispatches, engine, incidents, timeline};

/// The facts of a closing.
#[derive(Debug, Clone, Default, Deserialize, utoipa::ToSchema)]
pub struct Close {
    /// When the response ended.
    #[serde(default)]
    pub response_ended_at: String,
    /// What happened and what was done.
    #[serde(default)]
    pub summary: String,
    /// What is to be done better.
    #[serde(default)]
    pub lessons: String,
    /// The version that the edit began from.
    pub version: Option<i32>,
    /// A word of secrecy stands alone in the text, and it is no secret.
    #[serde(default)]
    pub secret_confirmed: bool,
}

/// Something that keeps a case from being closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Obstacle {
    /// Key of the catalogs.
    pub key: &'static str,
    /// Which one.
    pub what: String,
}

/// Whether a task must be done before the case is closed: somebody asked for it with evidence. What
/// only a playbook asked for ends with its run.
pub fn is_mandatory(task: &Task) -> bool {
    task.evidence == EvidenceWish::Required && task.created_by.is_some()
}

/// Whether nobody has answered this dispatch yet, or we owe an answer to its question.
pub fn is_unanswered(dispatch: &Dispatch) -> bool {
    dispatch.kind != DispatchKind::ForInformation
        && matches!(dispatch.state, DispatchState::Sent | DispatchState::Question)
}

/// What keeps the case from being closed.
///
/// # Errors
/// The database's.
pub fn obstacles(c: &mut Conn, incident: &Incident) -> Result<Vec<Obstacle>> {
    let mut found = Vec::new();
    for task in incidents::tasks_of(c, incident.id)? {
        if task.state == TaskState::Open && is_mandatory(&task) {
            found.push(Obstacle { key: "not-ready-tasks", what: text::shortened(&task.text, 120) });
        }
    }
    for dispatch in dispatches::of_incident(c, incident.id)? {
        if is_unanswered(&dispatch) {
            found.push(Obstacle { key: "not-ready-dispatches", what: dispatch.code });
        }
    }
    Ok(found)
}

/// Whether this account led the case at any time since it was (re)opened; with nobody ever named,
/// whoever acknowledged it led.
///
/// # Errors
/// The database's.
pub fn led(c: &mut Conn, incident: &Incident, account: AccountId) -> Result<bool> {
    let reopened = timeline::of_kind(c, incident.id, "reopened", 1)?.first().map(|entry| entry.seq);
    let leads = timeline::of_kind(c, incident.id, "lead", 100)?;
    let word = account.to_string();
    let named =
        leads.iter().filter(|entry| reopened.is_none_or(|seq| entry.seq > seq)).any(|entry| {
            serde_json::from_str::<serde_json::Value>(&entry.data)
                .is_ok_and(|data| data["account"] == word.as_str())
        });
    Ok(named
        || incident.lead_id == Some(account)
        || (incident.lead_id.is_none() && incident.acknowledged_by == Some(account)))
}

/// Closes the case.
///
/// # Errors
/// [`Error::Stale`], [`Refusal::WrongState`], [`Refusal::NotReady`], [`Refusal::CloserLed`], bad
/// fields.
pub async fn close(office: &Office, ctx: &Ctx, name: &str, facts: Close) -> Result<Incident> {
    let (office_, ctx, name) = (office.clone(), ctx.clone(), name.to_owned());
    office
        .write(move |tx| {
            let mut incident = hold_for(tx, &ctx, &name, Verb::Close)?;
            fresh(&incident, facts.version)?;
            let from = incident.state;
            let to = from.go(State::Closed)?;
            if let Some(account) = ctx.actor.account()
                && led(tx, &incident, account)?
            {
                return Err(Refusal::CloserLed.into());
            }
            let (ended, summary, lessons) = checked(&ctx, &incident, &facts)?;
            if let Some(first) = obstacles(tx, &incident)?.first() {
                return Err(Refusal::NotReady { key: first.key }.into());
            }
            incident.state_before = Some(from);
            incident.state = to;
            incident.state_reason = None;
            incident.response_ended_at = Some(ended);
            incident.closed_at = Some(ctx.now);
            incident.closed_by = ctx.actor.account();
            incident.still_happening = false;
            let closing = Closing {
                id: Id::new(ctx.now),
                incident_id: incident.id,
                response_ended_at: ended,
                summary: summary.clone(),
                lessons,
                closed_by: incident.closed_by,
                closed_at: ctx.now,
            };
            incidents::insert_closing(tx, &closing)?;
            skip_what_is_left(tx, &ctx, &incident)?;
            // The closing report's clock starts with the end of the response and is met at once.
            clocks::fit(tx, &ctx, &incident)?;
            clocks::stop(tx, &ctx, &incident, Some(StopEvent::ClosingReportSent))?;
            clocks::stop(tx, &ctx, &incident, None)?;
            save(tx, &ctx, &mut incident)?;
            let mut changes = Changes::default();
            changes.note("state", from, to);
            let entry = Happened::new("closed")
                .also_to_reporter()
                .with("ended", ended.local())
                .with_data("changes", changes.into_data());
            happened(tx, &ctx, &incident, entry)?;
            happened(tx, &ctx, &incident, Happened::new("closing_report").text(summary))?;
            let detail = json!({"response_ended_at": ended});
            audited(tx, &ctx, "incident.close", "incident", &incident.code, detail)?;
            procedure::event(tx, &office_, &ctx, &incident, &Event::Ended)?;
            tell_all(tx, &office_, &ctx, &incident, ended)?;
            Ok(incident)
        })
        .await
}

fn checked(ctx: &Ctx, incident: &Incident, facts: &Close) -> Result<(Timestamp, String, String)> {
    let mut bad = Vec::new();
    let mut keep = |outcome: Result<String>| match outcome {
        Ok(words) => Ok(words),
        Err(Error::Refused(Refusal::Fields(more))) => {
            for one in more {
                if !bad.contains(&one) {
                    bad.push(one);
                }
            }
            Ok(String::new())
        }
        Err(why) => Err(why),
    };
    let summary = keep(written("summary", &facts.summary, facts.secret_confirmed))?;
    let lessons = match facts.lessons.trim() {
        "" => String::new(),
        lessons => keep(written("lessons", lessons, facts.secret_confirmed))?,
    };
    let field = "response_ended_at";
    let minute = chrono::Duration::minutes(1);
    let ended = match (facts.response_ended_at.trim(), Timestamp::parse(&facts.response_ended_at)) {
        ("", _) => Err("field-empty"),
        (_, None) => Err("field-time"),
        (_, Some(at)) if at > ctx.now + minute * 5 => Err("field-future"),
        // Forms know minutes only.
        (_, Some(at)) if at + minute <= incident.detected_at => Err("field-before-detected"),
        (_, Some(at)) => Ok(at.min(ctx.now)),
    };
    match ended {
        Ok(ended) if bad.is_empty() => Ok((ended, summary, lessons)),
        Ok(_) => Err(Refusal::Fields(bad).into()),
        Err(key) => {
            bad.insert(0, FieldError::new(field, key));
            Err(Refusal::Fields(bad).into())
        }
    }
}

/// What nobody needs any more is skipped, and says so.
pub(super) fn skip_what_is_left(tx: &mut Conn, ctx: &Ctx, incident: &Incident) -> Result<()> {
    for mut task in incidents::tasks_of(tx, incident.id)? {
        // The procedure takes its questions back itself.
        if task.state != TaskState::Open || task.question {
            continue;
        }
        task.state = TaskState::Skipped;
        task.done_at = Some(ctx.now);
        task.done_by = ctx.actor.account();
        task.version += 1;
        incidents::save_task(tx, &task)?;
        // Nobody is to be told that it is due.
        engine::cancel_timers(tx, TASK, task.id.cast())?;
        let entry = Happened::new("task_left")
            .with("task_text", text::shortened(&task.text, 120))
            .with("task", task.id);
        happened(tx, ctx, incident, entry)?;
    }
    Ok(())
}

/// Persons on the case, and partners with the dispatch that reached them first.
pub type Everybody = (Vec<Recipient>, Vec<(Recipient, DispatchId)>);

/// Everybody who was told anything of this incident: persons on the case, and, apart, the partners
/// whom a dispatch reached, each with their first dispatch.
///
/// # Errors
/// The database's.
pub fn everybody_told(tx: &mut Conn, ctx: &Ctx, incident: &Incident) -> Result<Everybody> {
    let mut people: Vec<Recipient> = Vec::new();
    let mut partners: Vec<(Recipient, DispatchId)> = Vec::new();
    for delivery in engine::deliveries(tx, incident.id, 2_000)? {
        if delivery.recipient_role == "reporter" {
            continue;
        }
        let known = |person: &Recipient| {
            (delivery.account_id.is_some() && person.account == delivery.account_id)
                || (delivery.contact_id.is_some() && person.contact == delivery.contact_id)
        };
        if people.iter().any(known) {
            continue;
        }
        let partner = partners.iter().position(|(person, _)| known(person));
        match (delivery.dispatch_id, partner) {
            (Some(_), Some(_)) => {}
            // Who is on the case too hears of it as one of its people.
            (None, Some(at)) => people.push(partners.remove(at).0),
            (Some(dispatch), None) => {
                if let Some(person) = recipients::again(tx, &delivery, ctx.now)? {
                    partners.push((person, dispatch));
                }
            }
            (None, None) => people.extend(recipients::again(tx, &delivery, ctx.now)?),
        }
    }
    Ok((people, partners))
}

pub(super) fn tell_all(
    tx: &mut Conn,
    office: &Office,
    ctx: &Ctx,
    incident: &Incident,
    ended: Timestamp,
) -> Result<()> {
    let cause = Cause::new(format!("incident:{}:closing:{}", incident.id, incident.version));
    let (mut people, partners) = everybody_told(tx, ctx, incident)?;
    for person in procedure::people(tx, incident, &UNIT, ctx.now)? {
        if !people.iter().any(|known| known.key() == person.key()) {
            people.push(person);
        }
    }
    let mut matter = Matter::about(incident, "closing");
    matter.facts = vec![("fact-ended", ended.local())];
    tell(tx, office, ctx, incident, &people, &matter, &cause)?;
    for (person, dispatch) in partners {
        // A partner hears that it is over, and no more than the dispatch told.
        let mut matter = Matter::about(incident, "closing");
        matter.to_reporter = true;
        matter.link = ("letter-open-dispatches", "/phieu".to_owned());
        let cause = Cause { dispatch: Some(dispatch), ..cause.clone() };
        tell(tx, office, ctx, incident, &[person], &matter, &cause)?;
    }
    tell_reporters(tx, office, ctx, incident, "closing", &cause)?;
    for merged in incidents::family(tx, incident.id)? {
        if merged.merged_into_id == Some(incident.id) {
            let cause = Cause::new(format!("{}:{}", cause.key, merged.id));
            tell_reporters(tx, office, ctx, &merged, "closing", &cause)?;
        }
    }
    Ok(())
}
