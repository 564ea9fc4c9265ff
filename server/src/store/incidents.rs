//! Incidents and what hangs on them: reports, members, links, tasks, clocks, indicators.

use crate::store::query::*;
use diesel::dsl::min;
use diesel::sql_types::{BigInt, Bool, Integer};

use super::codec::DbUuid;
use super::sight::{Condition, Through};
use super::{Conn, MultiBackend};
use crate::clock::Timestamp;
use crate::domain::ids::{AccountId, ClockId, IncidentId, OrganisationId, ReportId};
use crate::domain::words::{Category, Priority, State, TaskState};
use crate::each_backend;
use crate::error::{Error, Result};
use crate::records::{Closing, Incident, Indicator, Link, Member, Report, RunningClock, Task};
use crate::store::schema::{
    clocks, closings, dispatches, incident_links, incident_members, incidents, indicators, reports,
    tasks,
};

/// Adds an incident.
pub fn insert(tx: &mut Conn, incident: &Incident) -> Result<()> {
    diesel::insert_into(incidents::table).values(incident).execute(tx)?;
    Ok(())
}

/// The incident of this number (codes carry it).
pub fn find_by_number(c: &mut Conn, number: i64) -> Result<Incident> {
    incidents::table
        .filter(incidents::number.eq(number))
        .first(c)
        .optional()?
        .ok_or(Error::NotFound("incident"))
}

/// The incident.
pub fn find(c: &mut Conn, id: IncidentId) -> Result<Incident> {
    incidents::table.find(id).first(c).optional()?.ok_or(Error::NotFound("incident"))
}

/// The incidents of these identifiers.
pub fn list_of(c: &mut Conn, ids: &[IncidentId]) -> Result<Vec<Incident>> {
    Ok(incidents::table
        .filter(incidents::id.eq_any(ids.to_vec()))
        .order(incidents::number)
        .load(c)?)
}

/// Loads the incident and holds it until the transaction ends.
pub fn hold(tx: &mut Conn, id: IncidentId) -> Result<Incident> {
    let found: Option<Incident> = match tx {
        Conn::Pg(c) => incidents::table.find(id).for_update().first(c),
        // BEGIN IMMEDIATE holds everything.
        Conn::Sqlite(c) => incidents::table.find(id).first(c),
    }
    .optional()?;
    found.ok_or(Error::NotFound("incident"))
}

/// Holds the incident until the transaction ends, if nobody else does now; never waits.
pub fn try_hold(tx: &mut Conn, id: IncidentId) -> Result<Option<Incident>> {
    Ok(match tx {
        Conn::Pg(c) => incidents::table.find(id).for_update().skip_locked().first(c),
        Conn::Sqlite(c) => incidents::table.find(id).first(c),
    }
    .optional()?)
}

/// When something of the incident is due next: a clock that runs, an open task, an open dispatch.
pub fn next_due(c: &mut Conn, id: IncidentId) -> Result<Option<Timestamp>> {
    let clock = clocks::table
        .filter(clocks::incident_id.eq(id))
        .filter(clocks::stopped_at.is_null())
        .select(min(clocks::due_at));
    let task = tasks::table
        .filter(tasks::incident_id.eq(id))
        .filter(tasks::state.eq(TaskState::Open.as_word()))
        .select(min(tasks::due_at));
    let dispatch = dispatches::table
        .filter(dispatches::incident_id.eq(id))
        .select(min(dispatches::next_due_at));
    let (clock, task, dispatch): (Option<Timestamp>, Option<Timestamp>, Option<Timestamp>) =
        diesel::select((clock.single_value(), task.single_value(), dispatch.single_value()))
            .get_result(c)?;
    Ok([clock, task, dispatch].into_iter().flatten().min())
}

/// Keeps a changed incident.
pub fn save(tx: &mut Conn, incident: &Incident) -> Result<()> {
    diesel::update(incidents::table.find(incident.id)).set(incident).execute(tx)?;
    Ok(())
}

/// Keeps only what follows from clocks, tasks and dispatches: a new incident need not be written
/// twice with all its indexes.
pub fn save_due(tx: &mut Conn, incident: &Incident) -> Result<()> {
    let change = (
        incidents::next_due_at.eq(incident.next_due_at),
        incidents::queue_rank.eq(incident.queue_rank),
        incidents::priority_rank.eq(incident.priority_rank),
        incidents::updated_at.eq(incident.updated_at),
    );
    diesel::update(incidents::table.find(incident.id)).set(change).execute(tx)?;
    Ok(())
}

/// In which order a list comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// The queue: unacknowledged, overdue, by priority, oldest first. Only what is not over.
    Queue,
    /// Newest first, everything.
    Newest,
}

/// Where the last page ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct After {
    /// Queue's first key.
    pub queue_rank: i32,
    /// Queue's second key.
    pub priority_rank: i32,
    /// Last key of either order.
    pub number: i64,
}

/// What a list is narrowed to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// In this state.
    pub state: Option<State>,
    /// Of this priority.
    pub priority: Option<Priority>,
    /// Of this category.
    pub category: Option<Category>,
    /// Of this organisation.
    pub organisation: Option<OrganisationId>,
    /// Led or acknowledged by this account.
    pub mine: Option<AccountId>,
    /// Only drills, or everything but drills.
    pub drill: Option<bool>,
    /// At this place of the queue.
    pub queue_rank: Option<i32>,
    /// Among these numbers (what a search found).
    pub numbers: Option<Vec<i64>>,
}

/// A page of incidents that are seen through one way.
pub fn list(
    c: &mut Conn,
    way: Through,
    order: Order,
    filter: &Filter,
    after: Option<After>,
    limit: i64,
) -> Result<Vec<Incident>> {
    let mut query = incidents::table.into_boxed::<MultiBackend>().filter(match order {
        Order::Queue => way.condition_on_few(),
        Order::Newest => way.condition(),
    });
    if let Some(state) = filter.state {
        query = query.filter(incidents::state.eq(state.as_word()));
    }
    if let Some(priority) = filter.priority {
        query = query.filter(incidents::priority.eq(priority.as_word()));
    }
    if let Some(category) = filter.category {
        query = query.filter(incidents::category.eq(category.as_word()));
    }
    if let Some(organisation) = filter.organisation {
        query = query.filter(incidents::organisation_id.eq(organisation));
    }
    if let Some(account) = filter.mine {
        // Led, or not led yet and acknowledged; as its index has it.
        query = query.filter(
            diesel::dsl::sql::<Bool>("coalesce(incidents.lead_id, incidents.acknowledged_by) = ")
                .bind::<DbUuid, _>(account),
        );
    }
    if let Some(drill) = filter.drill {
        query = query.filter(incidents::drill.eq(drill));
    }
    if let Some(rank) = filter.queue_rank {
        query = query.filter(incidents::queue_rank.eq(rank));
    }
    if let Some(numbers) = &filter.numbers {
        query = query.filter(incidents::number.eq_any(numbers.clone()));
    }
    let query = match order {
        Order::Queue => {
            let mut query = query.filter(incidents::queue_rank.lt(9));
            if let Some(after) = after {
                query = query.filter(beyond(after));
            }
            query.order((incidents::queue_rank, incidents::priority_rank, incidents::number))
        }
        Order::Newest => {
            if let Some(after) = after {
                query = query.filter(incidents::number.lt(after.number));
            }
            query.order(incidents::number.desc())
        }
    };
    Ok(query.limit(limit).load(c)?)
}

/// A row comparison, which both databases answer from the index.
fn beyond(after: After) -> Condition {
    Box::new(
        diesel::dsl::sql::<Bool>("(queue_rank, priority_rank, number) > (")
            .bind::<Integer, _>(after.queue_rank)
            .sql(", ")
            .bind::<Integer, _>(after.priority_rank)
            .sql(", ")
            .bind::<BigInt, _>(after.number)
            .sql(")"),
    )
}

/// Open incidents of an organisation since `since`: "is it one of these?".
pub fn open_of(
    c: &mut Conn,
    organisation: OrganisationId,
    since: Timestamp,
    limit: i64,
) -> Result<Vec<Incident>> {
    Ok(incidents::table
        .filter(incidents::organisation_id.eq(organisation))
        .filter(incidents::queue_rank.lt(9))
        .filter(incidents::received_at.gt(since))
        .order((incidents::queue_rank, incidents::priority_rank, incidents::number))
        .limit(limit)
        .load(c)?)
}

/// Children and merged ones of an incident.
pub fn family(c: &mut Conn, id: IncidentId) -> Result<Vec<Incident>> {
    Ok(incidents::table
        .filter(incidents::parent_id.eq(id).or(incidents::merged_into_id.eq(id)))
        .order(incidents::number)
        .limit(200)
        .load(c)?)
}

/// Adds a report.
pub fn insert_report(tx: &mut Conn, report: &Report) -> Result<()> {
    diesel::insert_into(reports::table).values(report).execute(tx)?;
    Ok(())
}

/// Keeps a changed report (its contact, where it belongs).
pub fn save_report(tx: &mut Conn, report: &Report) -> Result<()> {
    diesel::update(reports::table.find(report.id)).set(report).execute(tx)?;
    Ok(())
}

/// The report.
pub fn report(c: &mut Conn, id: ReportId) -> Result<Report> {
    reports::table.find(id).first(c).optional()?.ok_or(Error::NotFound("report"))
}

/// The report of this tracking token's hash.
pub fn report_by_tracking(c: &mut Conn, hash: &[u8]) -> Result<Option<Report>> {
    Ok(reports::table.filter(reports::tracking_hash.eq(hash.to_vec())).first(c).optional()?)
}

/// The reports that an incident answers, oldest first.
pub fn reports_of(c: &mut Conn, id: IncidentId) -> Result<Vec<Report>> {
    Ok(reports::table
        .filter(reports::incident_id.eq(id))
        .order(reports::received_at)
        .limit(200)
        .load(c)?)
}

/// The reports of an account, newest first, before `before` when given.
pub fn reports_by(
    c: &mut Conn,
    account: AccountId,
    before: Option<Timestamp>,
    limit: i64,
) -> Result<Vec<Report>> {
    let mut query =
        reports::table.filter(reports::account_id.eq(account)).into_boxed::<MultiBackend>();
    if let Some(before) = before {
        query = query.filter(reports::received_at.lt(before));
    }
    Ok(query.order(reports::received_at.desc()).limit(limit).load(c)?)
}

/// Adds the facts of a closing.
pub fn insert_closing(tx: &mut Conn, closing: &Closing) -> Result<()> {
    diesel::insert_into(closings::table).values(closing).execute(tx)?;
    Ok(())
}

/// The closings of an incident, newest first.
pub fn closings_of(c: &mut Conn, id: IncidentId) -> Result<Vec<Closing>> {
    Ok(closings::table
        .filter(closings::incident_id.eq(id))
        .order(closings::closed_at.desc())
        .limit(20)
        .load(c)?)
}

/// Puts an account on the case; again is no error.
pub fn add_member(tx: &mut Conn, member: &Member) -> Result<()> {
    each_backend!(tx, c => diesel::insert_into(incident_members::table)
        .values(member)
        .on_conflict_do_nothing()
        .execute(c))?;
    Ok(())
}

/// Takes an account off the case; answers whether it was on it.
pub fn remove_member(tx: &mut Conn, id: IncidentId, account: AccountId) -> Result<bool> {
    Ok(diesel::delete(incident_members::table.find((id, account))).execute(tx)? == 1)
}

/// The accounts on the case.
pub fn members(c: &mut Conn, id: IncidentId) -> Result<Vec<Member>> {
    Ok(incident_members::table
        .filter(incident_members::incident_id.eq(id))
        .order(incident_members::added_at)
        .load(c)?)
}

/// Links two incidents; again is no error.
pub fn insert_link(tx: &mut Conn, link: &Link) -> Result<()> {
    each_backend!(tx, c => diesel::insert_into(incident_links::table)
        .values(link)
        .on_conflict_do_nothing()
        .execute(c))?;
    Ok(())
}

/// Undoes a link, whichever way it was made.
pub fn delete_link(tx: &mut Conn, one: IncidentId, other: IncidentId) -> Result<usize> {
    let there = incident_links::incident_id.eq(one).and(incident_links::other_id.eq(other));
    let back = incident_links::incident_id.eq(other).and(incident_links::other_id.eq(one));
    Ok(diesel::delete(incident_links::table.filter(there.or(back))).execute(tx)?)
}

/// The links of an incident, both ways.
pub fn links(c: &mut Conn, id: IncidentId) -> Result<Vec<Link>> {
    Ok(incident_links::table
        .filter(incident_links::incident_id.eq(id).or(incident_links::other_id.eq(id)))
        .order(incident_links::created_at)
        .limit(200)
        .load(c)?)
}

/// Adds a task.
pub fn insert_task(tx: &mut Conn, task: &Task) -> Result<()> {
    diesel::insert_into(tasks::table).values(task).execute(tx)?;
    Ok(())
}

/// Keeps a changed task.
pub fn save_task(tx: &mut Conn, task: &Task) -> Result<()> {
    diesel::update(tasks::table.find(task.id)).set(task).execute(tx)?;
    Ok(())
}

/// The task.
pub fn task(c: &mut Conn, id: crate::domain::ids::TaskId) -> Result<Task> {
    tasks::table.find(id).first(c).optional()?.ok_or(Error::NotFound("task"))
}

/// The tasks of an incident.
pub fn tasks_of(c: &mut Conn, id: IncidentId) -> Result<Vec<Task>> {
    Ok(tasks::table
        .filter(tasks::incident_id.eq(id))
        .order(tasks::created_at)
        .limit(500)
        .load(c)?)
}

/// The open tasks of a person, oldest first.
pub fn open_tasks_of(c: &mut Conn, account: AccountId) -> Result<Vec<Task>> {
    Ok(tasks::table
        .filter(tasks::assignee_id.eq(account))
        .filter(tasks::state.eq(TaskState::Open.as_word()))
        .order(tasks::created_at)
        .load(c)?)
}

/// The open tasks of these roles that are nobody's own: of this organisation, or of no certain one.
pub fn open_tasks_for(
    c: &mut Conn,
    roles: &[crate::domain::words::Role],
    organisation: OrganisationId,
    limit: i64,
) -> Result<Vec<Task>> {
    let words: Vec<&str> = roles.iter().map(|role| role.as_word()).collect();
    Ok(tasks::table
        .filter(tasks::role.eq_any(words))
        .filter(tasks::assignee_id.is_null())
        .filter(tasks::state.eq(TaskState::Open.as_word()))
        .filter(tasks::organisation_id.is_null().or(tasks::organisation_id.eq(organisation)))
        .order(tasks::created_at.desc())
        .limit(limit)
        .load(c)?)
}

/// Starts a clock.
pub fn insert_clock(tx: &mut Conn, clock: &RunningClock) -> Result<()> {
    diesel::insert_into(clocks::table).values(clock).execute(tx)?;
    Ok(())
}

/// Keeps a changed clock.
pub fn save_clock(tx: &mut Conn, clock: &RunningClock) -> Result<()> {
    diesel::update(clocks::table.find(clock.id)).set(clock).execute(tx)?;
    Ok(())
}

/// The clocks of an incident, nearest deadline first.
pub fn clocks_of(c: &mut Conn, id: IncidentId) -> Result<Vec<RunningClock>> {
    Ok(clocks::table.filter(clocks::incident_id.eq(id)).order(clocks::due_at).limit(100).load(c)?)
}

/// The incidents of those among these clocks that run, are not missed and are of these kinds.
pub fn of_clocks(c: &mut Conn, ids: Vec<ClockId>, kinds: &[String]) -> Result<Vec<IncidentId>> {
    Ok(clocks::table
        .filter(clocks::id.eq_any(ids))
        .filter(clocks::kind.eq_any(kinds.to_vec()))
        .filter(clocks::stopped_at.is_null())
        .filter(clocks::breached_at.is_null())
        .select(clocks::incident_id)
        .load(c)?)
}

/// Keeps an indicator; again is no error.
pub fn insert_indicator(tx: &mut Conn, indicator: &Indicator) -> Result<()> {
    each_backend!(tx, c => diesel::insert_into(indicators::table)
        .values(indicator)
        .on_conflict_do_nothing()
        .execute(c))?;
    Ok(())
}

/// The indicators of an incident.
pub fn indicators_of(c: &mut Conn, id: IncidentId) -> Result<Vec<Indicator>> {
    Ok(indicators::table
        .filter(indicators::incident_id.eq(id))
        .order((indicators::kind, indicators::value))
        .limit(500)
        .load(c)?)
}

/// Other incidents with one of the same indicators, newest first.
pub fn sharing_indicators(c: &mut Conn, id: IncidentId, limit: i64) -> Result<Vec<Incident>> {
    let mine = indicators_of(c, id)?;
    let mut found: Vec<IncidentId> = Vec::new();
    for indicator in mine.iter().take(50) {
        let others: Vec<IncidentId> = indicators::table
            .filter(indicators::kind.eq(indicator.kind.as_word()))
            .filter(indicators::value.eq(&indicator.value))
            .filter(indicators::incident_id.ne(id))
            .select(indicators::incident_id)
            .order(indicators::incident_id.desc())
            .limit(limit)
            .load(c)?;
        found.extend(others);
    }
    found.sort_unstable();
    found.dedup();
    Ok(incidents::table
        .filter(incidents::id.eq_any(found))
        .order(incidents::number.desc())
        .limit(limit)
        .load(c)?)
}
