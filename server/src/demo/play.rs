//! Plays the stories: every report and step in order of time over all of them, each through the
//! action that a person would have used, by that person, at that time.

use std::collections::HashMap;
use std::sync::Arc;

use anyhow::{Context as _, ensure};
use chrono::Duration;

use super::story::{Moment, Reporter, Story};
use super::{past, rota, steps};
use crate::actions::reports::{NewReport, receive};
use crate::actions::{Ctx, Office, tasks};
use crate::clock::Timestamp;
use crate::domain::ids::{DispatchId, IncidentId, ReportId, TaskId};
use crate::domain::person::{Actor, Person};
use crate::domain::refusal::Refusal;
use crate::domain::words::{EvidenceWish, State, TaskState};
use crate::error::Error;

use crate::records::Task;
use crate::store::{accounts, incidents, timeline};

/// The coordinator who settles what playbooks gave out.
const DESK: &str = "diemnd@sottt.thanhhoa.example";

/// The leader who answers what playbooks ask of leaders.
const LEADER: &str = "nguyenddh@sottt.thanhhoa.example";

/// Who acts: people are looked up once, since nobody changes office in the demo.
#[derive(Default)]
pub(super) struct Cast {
    people: HashMap<String, Arc<Person>>,
}

impl Cast {
    /// The context of somebody with an account.
    ///
    /// # Errors
    /// When there is no such account.
    pub(super) async fn person(
        &mut self,
        office: &Office,
        email: &str,
        now: Timestamp,
    ) -> anyhow::Result<Ctx> {
        if let Some(known) = self.people.get(email) {
            return Ok(ctx(Actor::Person(Arc::clone(known)), now));
        }
        let address = email.to_owned();
        let found = office
            .db
            .read(move |c| match accounts::find_by_email(c, &address)? {
                Some(account) => accounts::person(c, account.id),
                None => Ok(None),
            })
            .await?
            .map(Arc::new)
            .with_context(|| format!("no account {email}"))?;
        self.people.insert(email.to_owned(), Arc::clone(&found));
        Ok(ctx(Actor::Person(found), now))
    }
}

/// Somebody's context at this time.
pub(super) fn ctx(actor: Actor, now: Timestamp) -> Ctx {
    Ctx { actor, ..Ctx::service("demo", now) }
}

/// What a story became so far.
pub(super) struct Case {
    pub(super) code: String,
    pub(super) incident: IncidentId,
    pub(super) report: ReportId,
    /// The secret of the tracking link.
    pub(super) tracking: String,
    pub(super) tasks: HashMap<String, TaskId>,
    pub(super) dispatches: HashMap<String, DispatchId>,
}

/// Plays everything up to `now` and checks where each story ended.
///
/// # Errors
/// The first step that an action refused; a story that stands where it should not.
pub(super) async fn all(
    office: &Office,
    stories: &[Story],
    moments: &[Moment],
    now: Timestamp,
) -> anyhow::Result<()> {
    let mut cast = Cast::default();
    let mut cases: HashMap<String, Case> = HashMap::new();
    // Whoever changes a rule or a story wants to see everything that it upsets.
    let mut refused: Vec<String> = Vec::new();
    for moment in moments {
        past::pass(office, moment.at).await?;
        let Some(story) = stories.get(moment.story) else { continue };
        let key = &story.key;
        match moment.step.and_then(|number| story.steps.get(number)) {
            None => match report(office, &mut cast, story, moment.at).await {
                Ok(case) => {
                    cases.insert(key.clone(), case);
                }
                Err(why) => refused.push(format!("{key}, the report: {why:?}")),
            },
            Some(step) => {
                let taken = steps::take(office, &mut cast, &mut cases, story, step, moment.at);
                if let Err(why) = taken.await {
                    let (after, by) = (step.after, &step.by);
                    refused.push(format!("{key}, minute {after}, {by}, {:?}: {why:?}", step.what));
                } else if let Some(case) = cases.get(key) {
                    keep_up(office, &mut cast, case, moment.at).await?;
                }
            }
        }
    }
    ensure!(refused.is_empty(), "{} steps were refused:\n{}", refused.len(), refused.join("\n"));
    past::pass(office, now).await?;
    for (number, story) in stories.iter().enumerate() {
        // Some are behind with their work, as everywhere.
        if let (true, Some(case)) = (number % 3 > 0, cases.get(&story.key)) {
            keep_up(office, &mut cast, case, now).await?;
        }
    }
    rota::begin(office, &mut cast, now).await.context("the duty rota")?;
    past::pass(office, now).await?;
    past::fill_mailbox(office).await?;
    past::seal(office).await?;
    for story in stories {
        let case = cases.get(&story.key).with_context(|| format!("{} is not there", story.key))?;
        ended(office, story, case).await?;
    }
    Ok(())
}

/// Whoever writes in a case has done what the playbook gave out before: those tasks are settled by
/// the desk, one wave a step.
async fn keep_up(
    office: &Office,
    cast: &mut Cast,
    case: &Case,
    now: Timestamp,
) -> anyhow::Result<()> {
    let id = case.incident;
    let (incident, open) =
        office.db.read(move |c| Ok((incidents::find(c, id)?, incidents::tasks_of(c, id)?))).await?;
    if incident.acknowledged_at.is_none() || incident.state.is_over() {
        return Ok(());
    }
    let desk = cast.person(office, DESK, now).await?;
    let given = |task: &&Task| {
        task.step.is_some() && task.state == TaskState::Open && task.created_at < now
    };
    for task in open.iter().filter(given) {
        if task.question {
            // Whoever holds the role that is asked answers; the others may not.
            for by in [DESK, LEADER] {
                let by = cast.person(office, by, now).await?;
                let note = "Chưa cần, theo dõi thêm.".to_owned();
                let answer = tasks::Settle { state: "no".to_owned(), note, version: None };
                match tasks::settle(office, &by, &case.code, task.id, answer).await {
                    Ok(_) => break,
                    Err(Error::Refused(Refusal::NotAllowed)) => {}
                    Err(why) => return Err(why.into()),
                }
            }
            continue;
        }
        let (state, note) = match task.evidence {
            EvidenceWish::None => ("done", ""),
            _ => ("skipped", "Đã làm, chứng cứ do đơn vị giữ."),
        };
        let settled =
            tasks::Settle { state: state.to_owned(), note: note.to_owned(), version: None };
        tasks::settle(office, &desk, &case.code, task.id, settled).await?;
    }
    Ok(())
}

async fn ended(office: &Office, story: &Story, case: &Case) -> anyhow::Result<()> {
    let id = case.incident;
    let (state, reopened): (State, bool) = office
        .db
        .read(move |c| {
            let reopened = !timeline::of_kind(c, id, "reopened", 1)?.is_empty();
            Ok((incidents::find(c, id)?.state, reopened))
        })
        .await?;
    ensure!(state == story.state, "{} stands at {state}, not {}", story.key, story.state);
    ensure!(reopened == story.reopened, "{} was reopened: {reopened}", story.key);
    Ok(())
}

/// The report as it came in.
async fn report(
    office: &Office,
    cast: &mut Cast,
    story: &Story,
    now: Timestamp,
) -> anyhow::Result<Case> {
    let before = |minutes: i64| (now - Duration::minutes(minutes)).rfc3339();
    let mut words = NewReport {
        category: story.category.clone(),
        description: story.description.clone(),
        detected_at: before(story.detected_before),
        occurred_at: story.occurred_before.map(before).unwrap_or_default(),
        still_happening: story.still_happening,
        system: story.system.clone().unwrap_or_else(|| story.system_text.clone()),
        organisation: story.organisation.clone(),
        services: story.impact.services.clone(),
        people: story.impact.people.clone(),
        secret: "no".to_owned(),
        source: story.source.clone(),
        drill: story.drill,
        ..NewReport::default()
    };
    match &story.reporter {
        Reporter::Contact(contact) => {
            words.contact_name.clone_from(&contact.name);
            words.contact_phone.clone_from(&contact.phone);
            words.contact_email.clone_from(&contact.email);
        }
        // Whoever has an account and calls is written down by the desk as anybody else.
        Reporter::Account(email) if story.registered_by.is_some() => {
            let address = email.clone();
            let account = office
                .db
                .read(move |c| accounts::find_by_email(c, &address))
                .await?
                .with_context(|| format!("no account {email}"))?;
            words.contact_name = account.name;
            words.contact_phone = account.phone;
            words.contact_email = account.email;
        }
        Reporter::Account(_) => {}
    }
    let (by, through) = match (&story.registered_by, &story.reporter) {
        (Some(email), _) | (None, Reporter::Account(email)) => {
            (cast.person(office, email, now).await?, None)
        }
        (None, Reporter::Contact(_)) => (ctx(Actor::Nobody, now), Some(story.organisation.clone())),
    };
    let received = receive(office, &by, words, Vec::new(), through, None).await?;
    let id = received.incident;
    let reports = office.db.read(move |c| incidents::reports_of(c, id)).await?;
    let report = reports.last().context("the report is not there")?.id;
    Ok(Case {
        code: received.code,
        incident: received.incident,
        report,
        tracking: received.tracking,
        tasks: HashMap::new(),
        dispatches: HashMap::new(),
    })
}
