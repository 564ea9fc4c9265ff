//! One step of a story: which action it is, and by which door its person comes.

use std::collections::HashMap;

use actix_web::web::Bytes;
use anyhow::{Context as _, ensure};
use chrono::Duration;
use notify::Letter;

use super::play::{Case, Cast, ctx};
use super::story::{Reporter, Step, Story, What};
use crate::actions::dispatches::{self, NewAnswer, NewDispatch, REMOVED};
use crate::actions::triage::{Because, Triage};
use crate::actions::{
    Ctx, Office, clocks, closing, evidence, incidents, linking, members, notes, states, tasks,
    tracking, triage,
};
use crate::clock::Timestamp;
use crate::domain::ids::DispatchId;
use crate::domain::person::Actor;
use crate::store::engine;

/// How a step's person comes in.
enum By {
    /// Signed in.
    Account(Ctx),
    /// On the reporter's page.
    Reporter(Ctx, tracking::Door),
    /// By the magic link of a dispatch.
    Link,
}

impl By {
    /// The signed-in person, whom most verbs want.
    fn account(self) -> anyhow::Result<Ctx> {
        match self {
            Self::Account(ctx) => Ok(ctx),
            _ => anyhow::bail!("this needs an account"),
        }
    }
}

/// Takes one step.
///
/// # Errors
/// What the action refused; a name that the story does not know.
pub(super) async fn take(
    office: &Office,
    cast: &mut Cast,
    cases: &mut HashMap<String, Case>,
    story: &Story,
    step: &Step,
    now: Timestamp,
) -> anyhow::Result<()> {
    let other = match &step.what {
        What::Link { parent: key, .. } | What::Merge { into: key, .. } => {
            cases.get(key).with_context(|| format!("no story {key} yet"))?.code.clone()
        }
        _ => String::new(),
    };
    let case = cases.get_mut(&story.key).context("nothing was reported yet")?;
    let code = case.code.clone();
    let by = match step.by.as_str() {
        "reporter" => match &story.reporter {
            Reporter::Account(email) if story.registered_by.is_none() => By::Reporter(
                cast.person(office, email, now).await?,
                tracking::Door::Own(case.report),
            ),
            _ => {
                By::Reporter(ctx(Actor::Nobody, now), tracking::Door::Token(case.tracking.clone()))
            }
        },
        word if word.starts_with("link:") => By::Link,
        email => By::Account(cast.person(office, email, now).await?),
    };
    match &step.what {
        What::Note { audience, tlp, text } => match by {
            By::Account(ctx) => {
                let note = notes::NewNote {
                    text: text.clone(),
                    audience: audience.clone(),
                    tlp: tlp.clone(),
                    ..notes::NewNote::default()
                };
                notes::add(office, &ctx, &code, note).await?;
            }
            By::Reporter(ctx, door) => {
                let answer = tracking::Answer {
                    text: text.clone(),
                    secret: "no".to_owned(),
                    secret_confirmed: false,
                };
                tracking::answer(office, &ctx, &door, answer, Vec::new()).await?;
            }
            By::Link => anyhow::bail!("a partner writes no notes"),
        },
        What::Answer { dispatch, answer, text } => {
            let given =
                NewAnswer { answer: answer.clone(), text: text.clone(), ..NewAnswer::default() };
            let dispatch = case.dispatch(dispatch)?;
            match by {
                By::Account(ctx) => {
                    dispatches::answer(office, &ctx, &dispatch.to_string(), given, Vec::new())
                        .await?;
                }
                By::Link => {
                    let token = secret_of_link(office, dispatch).await?;
                    let ctx = ctx(Actor::Nobody, now);
                    dispatches::answer_by_link(office, &ctx, &token, given, Vec::new()).await?;
                }
                By::Reporter(..) => anyhow::bail!("a reporter answers no dispatch"),
            }
        }
        What::Task { .. }
        | What::TaskDone { .. }
        | What::TaskSkip { .. }
        | What::Evidence { .. } => {
            work(office, &by.account()?, case, &step.what).await?;
        }
        What::Dispatch { .. } | What::Reply { .. } | What::Cancel { .. } | What::Block { .. } => {
            partners(office, &by.account()?, case, &step.what).await?
        }
        what => desk(office, &by.account()?, story, &code, &other, what).await?,
    }
    Ok(())
}

impl Case {
    fn dispatch(&self, id: &str) -> anyhow::Result<DispatchId> {
        self.dispatches.get(id).copied().with_context(|| format!("no dispatch {id} yet"))
    }
}

/// The desk's verbs on the case.
async fn desk(
    office: &Office,
    ctx: &Ctx,
    story: &Story,
    code: &str,
    other: &str,
    what: &What,
) -> anyhow::Result<()> {
    let because = |reason: &str| Because { reason: reason.to_owned(), version: None };
    match what {
        What::Acknowledge => {
            incidents::acknowledge(office, ctx, code).await?;
        }
        What::Triage {
            category,
            priority,
            tlp,
            legal_class,
            signs_of_crime,
            beyond_capacity,
            personal_data,
        } => {
            let decided = Triage {
                category: Some(category.clone()),
                priority: Some(priority.clone()),
                tlp: Some(tlp.clone()),
                legal_class: Some(legal_class.clone()),
                signs_of_crime: Some(*signs_of_crime),
                beyond_capacity: Some(*beyond_capacity),
                personal_data: Some(*personal_data),
                title: Some(story.title.clone()),
                ..Triage::default()
            };
            triage::triage(office, ctx, code, decided).await?;
        }
        What::State { to, reason } => {
            let wanted =
                states::ChangeState { to: to.clone(), reason: reason.clone(), version: None };
            states::change(office, ctx, code, wanted).await?;
        }
        What::Member { account } => {
            let wanted = members::ChangeMember { account: account.clone(), reason: String::new() };
            members::add(office, ctx, code, wanted).await?;
        }
        What::Met { clock, text } => {
            let how = clocks::Meet { note: text.clone(), ..clocks::Meet::default() };
            clocks::meet(office, ctx, code, clock, how).await?;
        }
        What::Link { reason, .. } => {
            let wanted = linking::NewLink {
                other: other.to_owned(),
                relation: "parent".to_owned(),
                reason: reason.clone(),
                ..linking::NewLink::default()
            };
            linking::link(office, ctx, code, wanted).await?;
        }
        What::Merge { reason, .. } => {
            let (into, reason) = (other.to_owned(), reason.clone());
            linking::merge(office, ctx, code, linking::Merge { into, reason, version: None })
                .await?;
        }
        What::Reject { reason } => {
            triage::reject(office, ctx, code, because(reason)).await?;
        }
        What::Reopen { reason } => {
            states::reopen(office, ctx, code, because(reason)).await?;
        }
        What::Close { ended_before, summary, lessons } => {
            let facts = closing::Close {
                response_ended_at: (ctx.now - Duration::minutes(*ended_before)).rfc3339(),
                summary: summary.clone(),
                lessons: lessons.clone(),
                ..closing::Close::default()
            };
            closing::close(office, ctx, code, facts).await?;
        }
        _ => anyhow::bail!("not the desk's"),
    }
    Ok(())
}

/// A file, through the evidence store as an upload comes.
async fn file(
    office: &Office,
    ctx: &Ctx,
    code: &str,
    (name, text): (&str, &str),
    about: evidence::About<'_>,
) -> anyhow::Result<()> {
    let mut intake = office.files.intake(None, ctx.now);
    intake.begin(name).await?;
    intake.write(&Bytes::copy_from_slice(text.as_bytes())).await?;
    intake.end().await?;
    let (kept, refused) = intake.finish().await?;
    ensure!(refused.is_empty(), "{refused:?}");
    let staged = kept.clone();
    let added = evidence::add(office, ctx, code, kept, about).await;
    office.files.settle(&office.db, None, &staged).await;
    added?;
    Ok(())
}

/// Tasks, and files that are given for them.
async fn work(office: &Office, ctx: &Ctx, case: &mut Case, what: &What) -> anyhow::Result<()> {
    let settle = |state: &str, note: &str| tasks::Settle {
        state: state.to_owned(),
        note: note.to_owned(),
        version: None,
    };
    let known = |case: &Case, task: &str| {
        case.tasks.get(task).copied().with_context(|| format!("no task {task} yet"))
    };
    match what {
        What::Task { id, role, assignee, phase, text, due, evidence } => {
            let wanted = tasks::NewTask {
                assignee: assignee.clone().unwrap_or_default(),
                role: role.clone().unwrap_or_default(),
                phase: phase.clone(),
                text: text.clone(),
                due: (ctx.now + Duration::minutes(*due)).rfc3339(),
                evidence: evidence.clone(),
                ..tasks::NewTask::default()
            };
            let task = tasks::add(office, ctx, &case.code, wanted).await?;
            case.tasks.insert(id.clone(), task.id);
        }
        What::TaskDone { task, note } => {
            let id = known(case, task)?;
            tasks::settle(office, ctx, &case.code, id, settle("done", note)).await?;
        }
        What::TaskSkip { task, note } => {
            let id = known(case, task)?;
            tasks::settle(office, ctx, &case.code, id, settle("skipped", note)).await?;
        }
        What::Evidence { name, text, audience, tlp, task, received_from } => {
            let task = task.as_ref().map(|task| known(case, task)).transpose()?;
            let task = task.map(|task| task.to_string()).unwrap_or_default();
            let about =
                evidence::About { audience, tlp, task: &task, note: received_from, by_chat: false };
            file(office, ctx, &case.code, (name, text), about).await?;
        }
        _ => anyhow::bail!("no task"),
    }
    Ok(())
}

/// Dispatches, as the desk handles them, and the lifting of a block.
async fn partners(office: &Office, ctx: &Ctx, case: &mut Case, what: &What) -> anyhow::Result<()> {
    match what {
        What::Dispatch { id, to, kind, ground, content, accept_by, result_by, police_only } => {
            let at = |minutes: &Option<i64>| {
                let due = minutes.map(|minutes| ctx.now + Duration::minutes(minutes));
                due.map(Timestamp::rfc3339).unwrap_or_default()
            };
            let wanted = NewDispatch {
                to: to.clone(),
                kind: kind.clone(),
                ground: ground.clone(),
                content: content.clone(),
                accept_by: at(accept_by),
                result_by: at(result_by),
                police_only: *police_only,
                ..NewDispatch::default()
            };
            let sent = dispatches::send(office, ctx, &case.code, wanted, None).await?;
            case.dispatches.insert(id.clone(), sent.id);
        }
        What::Reply { dispatch, text } => {
            dispatches::reply(office, ctx, &case.dispatch(dispatch)?.to_string(), text.clone())
                .await?;
        }
        What::Cancel { dispatch, reason } => {
            let dispatch = case.dispatch(dispatch)?;
            dispatches::cancel(office, ctx, &dispatch.to_string(), reason.clone(), None).await?;
        }
        What::Block { dispatch, to, text } if to == "removal_asked" => {
            dispatches::ask_removal(
                office,
                ctx,
                &case.dispatch(dispatch)?.to_string(),
                text.clone(),
            )
            .await?;
        }
        What::Block { dispatch, to, text } => {
            ensure!(to == "removed", "a block cannot become {to}");
            let given = NewAnswer {
                answer: REMOVED.to_owned(),
                text: text.clone(),
                ..NewAnswer::default()
            };
            let dispatch = case.dispatch(dispatch)?;
            dispatches::answer(office, ctx, &dispatch.to_string(), given, Vec::new()).await?;
        }
        _ => anyhow::bail!("no dispatch"),
    }
    Ok(())
}

/// The secret in the last letter with a link to whoever got the first one: the main contact, if
/// that one has no account.
async fn secret_of_link(office: &Office, dispatch: DispatchId) -> anyhow::Result<String> {
    let letters = office.db.read(move |c| engine::deliveries_of_dispatch(c, dispatch)).await?;
    let mut found: Option<(String, String)> = None;
    for delivery in letters {
        let letter: Letter = serde_json::from_str(&delivery.letter)?;
        let Some((_, token)) = letter.buttons.iter().find_map(|b| b.url.split_once("/a/")) else {
            continue;
        };
        if found.as_ref().is_none_or(|(name, _)| *name == delivery.recipient_name) {
            found = Some((delivery.recipient_name, token.to_owned()));
        }
    }
    Ok(found.with_context(|| format!("nobody got a link to {dispatch}"))?.1)
}
