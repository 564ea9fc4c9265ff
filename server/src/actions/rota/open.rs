//! What is open at one moment, for a hand-over: cases, and the legal deadlines that run in them.

use serde::{Deserialize, Serialize};

use super::super::Ctx;
use crate::clock::Timestamp;
use crate::domain::ids::IncidentId;
use crate::domain::words::{Priority, State};
use crate::error::Result;
use crate::records::Incident;
use crate::store::incidents::{Filter, Order};
use crate::store::sight::ways;
use crate::store::{Conn, incidents, organisations, rota as store};

/// Cases in one hand-over, at most; how many there are beside them is said.
const CASES: usize = 100;
/// A case that is open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = HandoverCase)]
pub struct Case {
    /// `SC-2026-000123`.
    pub code: String,
    /// Title.
    pub title: String,
    /// Whose it is.
    pub organisation: String,
    /// Priority.
    pub priority: Priority,
    /// Where it is.
    pub state: State,
    /// Somebody has it.
    pub acknowledged: bool,
    /// When something of it is due next.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub next_due_at: Option<Timestamp>,
    /// An exercise.
    pub drill: bool,
}

/// A legal deadline that runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = HandoverClock)]
pub struct Clock {
    /// The case.
    pub code: String,
    /// Its kind.
    pub kind: String,
    /// What it is called.
    pub title: String,
    /// The same in English.
    pub title_en: String,
    /// The source article.
    pub source: String,
    /// Until when.
    #[schema(value_type = String, format = DateTime)]
    pub due_at: Timestamp,
}

/// What is open at one moment.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = HandoverFacts)]
pub struct Facts {
    /// The cases that are not over, in the order of the queue.
    pub cases: Vec<Case>,
    /// There are more than are listed.
    pub more: bool,
    /// The legal deadlines that run in them, the next first.
    pub clocks: Vec<Clock>,
}

/// What is open now.
///
/// # Errors
/// The database's.
pub fn facts_now(c: &mut Conn, ctx: &Ctx) -> Result<Facts> {
    let mut found: Vec<Incident> = Vec::new();
    let limit = i64::try_from(CASES + 1).unwrap_or(i64::MAX);
    for way in ways(&ctx.sight()) {
        let filter = Filter::default();
        found.extend(incidents::list(c, way, Order::Queue, &filter, None, limit)?);
    }
    found.sort_by_key(|one| (one.queue_rank, one.priority_rank, one.number));
    found.dedup_by_key(|one| one.id);
    let more = found.len() > CASES;
    found.truncate(CASES);
    let owners: Vec<_> = found.iter().map(|one| one.organisation_id).collect();
    let owners = organisations::list_of(c, &owners)?;
    let owner = |one: &Incident| {
        let found = owners.iter().find(|owner| owner.id == one.organisation_id);
        found.map(|owner| owner.name.clone()).unwrap_or_default()
    };
    let ids: Vec<IncidentId> = found.iter().map(|one| one.id).collect();
    let clocks = store::running_clocks(c, &ids)?
        .into_iter()
        .filter_map(|clock| {
            let case = found.iter().find(|one| one.id == clock.incident_id)?;
            let regime = playbooks::regime_named(&case.regime);
            let defined = regime.and_then(|regime| regime.clock(&clock.kind));
            let (title, title_en) = defined.map_or_else(
                || (clock.kind.clone(), clock.kind.clone()),
                |defined| (defined.title.clone(), defined.title_en.clone()),
            );
            Some(Clock {
                code: case.code.clone(),
                title,
                title_en,
                kind: clock.kind,
                source: clock.source,
                due_at: clock.due_at,
            })
        })
        .collect();
    let cases = found
        .iter()
        .map(|one| Case {
            code: one.code.clone(),
            title: one.title.clone(),
            organisation: owner(one),
            priority: one.priority,
            state: one.state,
            acknowledged: one.acknowledged_at.is_some(),
            next_due_at: one.next_due_at,
            drill: one.drill,
        })
        .collect();
    Ok(Facts { cases, more, clocks })
}
