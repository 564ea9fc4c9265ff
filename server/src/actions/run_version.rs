//! A running case gets the version in force, on purpose: first what would change, then the change.

use playbooks::{Change, Effect, Role as Wanted};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::incidents::{fresh, hold_for, reason, save};
use super::library::compare::{Difference, compare};
use super::record::{Happened, audited, happened};
use super::run_view::{next, seen, words};
use super::shelf::Pinned;
use super::{Ctx, Office, calendars, procedure, questions, shelf};
use crate::clock::Timestamp;
use crate::domain::ids::RunId;
use crate::domain::refusal::Refusal;
use crate::domain::sight::Verb;
use crate::domain::words::Audience;
use crate::error::{Error, Result};
use crate::records::{Incident, Run};
use crate::store::{Conn, engine};

/// Shortest reason, in characters.
const WORDS: usize = 10;

/// What the version in force would change in a run.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[schema(as = RunPreview)]
pub struct Preview {
    /// The case.
    pub code: String,
    /// The case's version: goes back with the change.
    pub incident_version: i32,
    /// The run.
    #[schema(value_type = String)]
    pub run: RunId,
    /// The playbook.
    pub playbook: String,
    /// The version that it follows.
    pub from: u32,
    /// The version in force.
    pub to: u32,
    /// The text in force, SHA-256: goes back with the change, so that what was previewed is applied.
    pub text: String,
    /// Steps that have started and are of another kind there: it cannot be applied.
    pub clash: Vec<String>,
    /// What changes.
    pub changes: Vec<ChangeView>,
    /// What is said and asked at once.
    pub at_once: Vec<AtOnce>,
    /// The texts' differences.
    pub difference: Difference,
}

/// One change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = RunChange)]
pub struct ChangeView {
    /// `dropped`, `dropped_open`, `begins`, `added`, `sooner`, `later`, `armed`, `disarmed`.
    pub change: &'static str,
    /// Id of the step.
    pub step: String,
    /// The step's own words.
    pub words: String,
    /// What a timer is for: `late`, `repeat`, `wait`.
    pub timer: Option<&'static str>,
    /// When it was due.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub before: Option<Timestamp>,
    /// When it is due then.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub after: Option<Timestamp>,
}

/// Something that is said or asked as soon as the version is applied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = RunAtOnce)]
pub struct AtOnce {
    /// `notify`, `task`, `dispatch`, `approve`, `webhook`.
    pub what: &'static str,
    /// Roles.
    pub to: Vec<String>,
    /// Id of the step.
    pub step: String,
    /// Its words.
    pub words: String,
}

/// The change, as somebody orders it.
#[derive(Debug, Clone, Default, Deserialize, utoipa::ToSchema)]
#[serde(default)]
#[schema(as = RunApply)]
pub struct Apply {
    /// Why.
    pub reason: String,
    /// `text` of the preview.
    pub text: String,
    /// `incident_version` of the preview.
    pub version: Option<i32>,
}

/// The run of the case.
fn run_of(c: &mut Conn, incident: &Incident, id: RunId) -> Result<Run> {
    let run = engine::run(c, id)?.filter(|run| run.incident_id == incident.id);
    run.ok_or(Error::NotFound("run"))
}

/// The version in force for a run that goes on, when it is another text.
fn target(c: &mut Conn, office: &Office, run: &Run) -> Result<Pinned> {
    if run.ended_at.is_some() {
        return Err(Refusal::NotReady { key: "playbook-run-ended" }.into());
    }
    let active = shelf::active(c, office)?;
    let found = active.named(&run.playbook).filter(|pinned| pinned.hash != run.text_hash);
    Ok(found.cloned().ok_or(Refusal::NotReady { key: "playbook-same-version" })?)
}

/// What would change; nothing is written.
///
/// # Errors
/// [`Error::NotFound`]; [`Refusal::NotReady`] when there is nothing else in force, or the run ended.
pub async fn preview(office: &Office, ctx: &Ctx, name: &str, id: RunId) -> Result<Preview> {
    let (office_, ctx, name) = (office.clone(), ctx.clone(), name.to_owned());
    office
        .db
        .read(move |c| {
            let incident = seen(c, &ctx, &name)?;
            Verb::ApplyPlaybook.by(&ctx.actor)?;
            let run = run_of(c, &incident, id)?;
            let to = target(c, &office_, &run)?;
            let old = shelf::of_run(c, &run)?;
            let state: playbooks::Run =
                serde_json::from_str(&run.state).map_err(Error::internal)?;
            let facts = questions::facts(c, &incident, &to.playbook)?;
            let calendar = calendars::when(c, to.playbook.counts_working_days())?;
            let moment = procedure::moment(&ctx, &facts, &calendar);
            let (changes, at_once, clash) =
                match playbooks::rebase(&old, &state, &to.playbook, &moment) {
                    Ok(moved) => {
                        let words_of = |id: &str| {
                            let step = to.playbook.step(id).or_else(|| old.step(id));
                            step.map(words).unwrap_or_default()
                        };
                        let shown = |change| shown(change, &words_of);
                        let changes = moved.changes.into_iter().map(shown).collect();
                        let at_once = moved.effects.into_iter().filter_map(at_once).collect();
                        (changes, at_once, Vec::new())
                    }
                    Err(clash) => (Vec::new(), Vec::new(), clash),
                };
            Ok(Preview {
                difference: compare(&shelf::text_of(c, &run.text_hash)?, &to.text),
                code: incident.code,
                incident_version: incident.version,
                run: run.id,
                playbook: run.playbook,
                from: old.version,
                to: to.playbook.version,
                text: hex::encode(&to.hash),
                clash,
                changes,
                at_once,
            })
        })
        .await
}

/// Puts the run under the version in force.
///
/// # Errors
/// [`Error::Stale`]; [`Refusal::NotReady`] when another version came into force since the preview,
/// or a step that has started is of another kind there; [`Refusal::Fields`] for `reason`.
pub async fn apply(office: &Office, ctx: &Ctx, name: &str, id: RunId, wanted: Apply) -> Result<()> {
    let (office_, ctx, name) = (office.clone(), ctx.clone(), name.to_owned());
    office
        .write(move |tx| {
            // Who may not read where a run stands may not move it either.
            seen(tx, &ctx, &name)?;
            let mut incident = hold_for(tx, &ctx, &name, Verb::ApplyPlaybook)?;
            let why = reason("reason", &wanted.reason, WORDS)?;
            fresh(&incident, wanted.version)?;
            let run = run_of(tx, &incident, id)?;
            let to = target(tx, &office_, &run)?;
            if hex::encode(&to.hash) != wanted.text {
                return Err(Refusal::NotReady { key: "playbook-moved" }.into());
            }
            let (playbook, from) = (run.playbook.clone(), run.playbook_version);
            let changes = procedure::rebase(tx, &office_, &ctx, &incident, run, &to)?;
            let entry = Happened::new("playbook_version")
                .to(Audience::Coordination)
                .with("playbook", &playbook)
                .with("from", from)
                .with("to", to.playbook.version)
                .text(why);
            happened(tx, &ctx, &incident, entry)?;
            let detail = json!({
                "run": id, "playbook": playbook, "from": from, "to": to.playbook.version,
                "changes": changes.len(),
            });
            audited(tx, &ctx, "run.apply_version", "incident", &incident.code, detail)?;
            save(tx, &ctx, &mut incident)
        })
        .await
}

fn shown(change: Change, words_of: &dyn Fn(&str) -> String) -> ChangeView {
    let plain = |change, step: String| ChangeView {
        change,
        words: words_of(&step),
        step,
        timer: None,
        before: None,
        after: None,
    };
    match change {
        Change::Dropped { step, was_open: true } => plain("dropped_open", step),
        Change::Dropped { step, was_open: false } => plain("dropped", step),
        Change::Begins { step } => plain("begins", step),
        Change::Added { step } => plain("added", step),
        Change::Timer { key, from, to } => {
            let step = key
                .rsplit_once("/repeat/")
                .or_else(|| key.rsplit_once('/'))
                .map_or(key.as_str(), |(step, _)| step);
            ChangeView {
                change: match (from, to) {
                    (None, _) => "armed",
                    (Some(_), None) => "disarmed",
                    (Some(from), Some(to)) if to < from => "sooner",
                    _ => "later",
                },
                timer: Some(next(&key)),
                before: from.map(Timestamp::new),
                after: to.map(Timestamp::new),
                ..plain("", step.to_owned())
            }
        }
    }
}

fn at_once(effect: Effect) -> Option<AtOnce> {
    let roles = |roles: &[Wanted]| roles.iter().map(Wanted::as_word).collect();
    let (what, to, step, words) = match effect {
        Effect::Notify { step, to, text, .. } => {
            ("notify", roles(&to), step, text.unwrap_or_default())
        }
        Effect::Task { step, to, text, .. } => ("task", vec![to.as_word()], step, text),
        Effect::Dispatch { step, to, text, .. } => ("dispatch", vec![to.as_word()], step, text),
        Effect::Ask { step, by, question, .. } => ("approve", vec![by.as_word()], step, question),
        _ => return None,
    };
    Some(AtOnce { what, to, step, words })
}
