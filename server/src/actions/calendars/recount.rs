//! A calendar was imported: deadlines and waits that run and count working days are counted by it.
//! The import orders that with timers of its own, so that no restart loses it; they look page by
//! page for what counts working days, and give each incident a timer, which holds the incident as
//! every other does.

use chrono::Duration;
use serde_json::json;

use crate::actions::record::{Happened, audited, happened};
use crate::actions::{Ctx, Office, clocks, drills, procedure, shelf};
use crate::clock::Timestamp;
use crate::domain::ids::{Id, IncidentId, RunId, SubjectId, TimerId};
use crate::domain::words::Audience;
use crate::error::{Error, Result};
use crate::records::{Incident, Timer};
use crate::store::{Conn, chat_cards, engine, incidents, timers};

/// Kind of the timers that look for what counts working days.
pub const SEARCH: &str = "recount.search";
/// Kind of the timers that count one incident anew.
pub const ONE: &str = "recount";

/// Looked at in one transaction.
const PAGE: i64 = 200;
/// Whoever counted by the old calendar while the new one was being written has ended by then: no
/// transaction lasts longer.
const AGAIN: Duration = Duration::seconds(30);

/// What is looked through, in this order; after the `/` of a timer's key stands where.
const CLOCKS: &str = "clocks";
const RUNS: &str = "runs";

/// Orders the recount, in the transaction of the import.
///
/// # Errors
/// The database's.
pub fn order(tx: &mut Conn, ctx: &Ctx) -> Result<()> {
    for at in [ctx.now, ctx.now + AGAIN] {
        let subject = Id::new(ctx.now);
        for what in [CLOCKS, RUNS] {
            search_from(tx, ctx, subject, what.to_owned(), at)?;
        }
    }
    Ok(())
}

fn search_from(
    tx: &mut Conn,
    ctx: &Ctx,
    subject_id: SubjectId,
    key: String,
    due_at: Timestamp,
) -> Result<()> {
    let id = Id::new(ctx.now);
    let kind = SEARCH.to_owned();
    engine::set_timer(tx, &Timer { id, due_at, kind, incident_id: None, subject_id, key })
}

/// Looks through one page, and goes on with the next.
///
/// # Errors
/// The database's; an internal error for a key that nobody wrote.
pub fn searched(tx: &mut Conn, ctx: &Ctx, timer: &Timer) -> Result<()> {
    let (what, after) = match timer.key.split_once('/') {
        Some((what, after)) => (what, Some(after)),
        None => (timer.key.as_str(), None),
    };
    let (found, last) = match what {
        CLOCKS => with_clocks(tx, place(after)?)?,
        RUNS => with_runs(tx, place(after)?)?,
        other => return Err(Error::internal(format!("recount of {other}"))),
    };
    for incident in found {
        let timer = Timer {
            id: Id::new(ctx.now),
            due_at: ctx.now,
            kind: ONE.to_owned(),
            incident_id: Some(incident),
            subject_id: incident.cast(),
            key: "calendar".to_owned(),
        };
        engine::set_timer(tx, &timer)?;
    }
    match last {
        Some(last) => search_from(tx, ctx, timer.subject_id, format!("{what}/{last}"), ctx.now),
        None => Ok(()),
    }
}

fn place<K>(after: Option<&str>) -> Result<Option<Id<K>>> {
    after.map(|after| after.parse().map_err(Error::internal)).transpose()
}

/// What a page has, and where the next one begins.
type Page = (Vec<IncidentId>, Option<SubjectId>);

/// The incidents of a page of armed clocks that count working days, and where the next page begins.
fn with_clocks(tx: &mut Conn, after: Option<TimerId>) -> Result<Page> {
    let kinds = clocks::in_working_days();
    if kinds.is_empty() {
        return Ok((Vec::new(), None));
    }
    let page = timers::armed(tx, clocks::CLOCK, after, PAGE)?;
    let ids = page.iter().map(|(_, subject)| subject.cast()).collect();
    let last = page.last().filter(|_| is_full(page.len())).map(|(id, _)| id.cast());
    Ok((incidents::of_clocks(tx, ids, &kinds)?, last))
}

/// The incidents of a page of open runs that count working days, and where the next page begins.
fn with_runs(tx: &mut Conn, after: Option<RunId>) -> Result<Page> {
    let mut texts = Vec::new();
    for hash in engine::open_texts(tx)? {
        // A text that cannot be read any more stops its own runs, and is said there.
        if shelf::of_hash(tx, &hash).is_ok_and(|playbook| playbook.counts_working_days()) {
            texts.push(hash);
        }
    }
    if texts.is_empty() {
        return Ok((Vec::new(), None));
    }
    let page = engine::open_runs_under(tx, texts, after, PAGE)?;
    let last = page.last().filter(|_| is_full(page.len())).map(|(id, _)| id.cast());
    Ok((page.into_iter().map(|(_, incident)| incident).collect(), last))
}

fn is_full(count: usize) -> bool {
    i64::try_from(count).is_ok_and(|count| count == PAGE)
}

/// Counts one incident anew: deadlines of the law, and waits and tasks of its procedures. What was
/// met, missed or given more time by a person stays. A drill keeps the times that it began with.
///
/// # Errors
/// The database's.
pub fn fired(tx: &mut Conn, office: &Office, ctx: &Ctx, timer: &Timer) -> Result<()> {
    let Some(id) = timer.incident_id else { return Ok(()) };
    let mut incident = incidents::hold(tx, id)?;
    if incident.state.is_over() || drills::of(tx, &incident)?.is_some() {
        return Ok(());
    }
    let mut moved = match playbooks::regime_named(&incident.regime) {
        Some(regime) => clocks::recount(tx, ctx, &incident, regime)?,
        None => 0,
    };
    for run in engine::open_runs_of(tx, incident.id)? {
        let (name, id) = (run.playbook.clone(), run.id);
        let changed = procedure::recount(tx, office, ctx, &incident, run)?;
        if changed > 0 {
            let entry = Happened::new("run_recounted")
                .to(Audience::Coordination)
                .with("playbook", &name)
                .with("count", changed);
            happened(tx, ctx, &incident, entry)?;
            let detail = json!({"run": id, "playbook": name, "count": changed});
            audited(tx, ctx, "run.recounted", "incident", &incident.code, detail)?;
        }
        moved += changed;
    }
    if moved == 0 {
        return Ok(());
    }
    settle(tx, ctx, &mut incident)
}

/// The incident's own next deadline follows, and so does its card.
fn settle(tx: &mut Conn, ctx: &Ctx, incident: &mut Incident) -> Result<()> {
    clocks::refresh(tx, incident, ctx.now)?;
    chat_cards::mark(tx, incident.id, ctx.now)?;
    incidents::save_due(tx, incident)
}
