//! The desk's queue and the search: what a person sees, in the order in which it needs somebody.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use super::triage::known;
use super::{Ctx, Office};
use crate::clock::Timestamp;
use crate::domain::ids::IncidentCode;
use crate::domain::refusal::{FieldError, Refusal};
use crate::domain::words::{Category, Priority, State, Tlp};
use crate::error::{Error, Result};
use crate::records::{Incident, Organisation};
use crate::store::incidents::{After, Filter, Order};
use crate::store::sight::{Through, ways};
use crate::store::{Conn, incidents, organisations, search};

/// What is asked for; empty is no filter.
#[derive(Debug, Clone, Default, Deserialize, utoipa::IntoParams, utoipa::ToSchema)]
#[into_params(parameter_in = Query)]
pub struct Query {
    /// Words, with or without accents; or a code.
    #[serde(default)]
    pub q: String,
    /// Word of the state; `all` for every state; `unacknowledged` and `overdue` for the heads of
    /// the queue. Empty: the queue of what is not over.
    #[serde(default)]
    pub state: String,
    /// Word of the priority.
    #[serde(default)]
    pub priority: String,
    /// Word of the category.
    #[serde(default)]
    pub category: String,
    /// Key of the organisation.
    #[serde(default)]
    pub organisation: String,
    /// `only`: drills alone; `none`: everything but drills.
    #[serde(default)]
    pub drill: String,
    /// `1` or `true`: led or acknowledged by whoever asks.
    #[serde(default)]
    pub mine: String,
    /// Where the last page ended.
    #[serde(default)]
    pub cursor: String,
    /// At most so many, 1 to 100.
    #[serde(default)]
    pub limit: String,
}

/// An organisation in few words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Unit {
    /// Its short key.
    pub key: String,
    /// Its name.
    pub name: String,
}

impl From<&Organisation> for Unit {
    fn from(organisation: &Organisation) -> Self {
        Self { key: organisation.key.clone(), name: organisation.name.clone() }
    }
}

/// One line of the queue.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Item {
    /// `SC-2026-000123`.
    pub code: String,
    /// Title.
    pub title: String,
    /// Category.
    pub category: Category,
    /// Priority.
    pub priority: Priority,
    /// How closed it is.
    pub tlp: Tlp,
    /// Where it is.
    pub state: State,
    /// Whose it is.
    pub organisation: Unit,
    /// When it was received.
    #[schema(value_type = String, format = DateTime)]
    pub received_at: Timestamp,
    /// When somebody took it.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub acknowledged_at: Option<Timestamp>,
    /// When something of it is due next.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub next_due_at: Option<Timestamp>,
    /// Whether that has passed.
    pub overdue: bool,
    /// An exercise.
    pub drill: bool,
    /// Nobody has it.
    pub unacknowledged: bool,
    /// Its version.
    pub version: i32,
}

/// A page of the list.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Items {
    /// The lines.
    pub items: Vec<Item>,
    /// Where the next page begins.
    pub next: Option<String>,
}

/// How many candidates of a search one page looks at.
const MOST_CANDIDATES: i64 = 1_000;
/// How many it loads at once.
const CHUNK: i64 = 200;

/// Where a page ended: which order, and its keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cursor {
    Queue(After),
    Newest(i64),
}

impl Cursor {
    fn encode(self) -> String {
        URL_SAFE_NO_PAD.encode(match self {
            Self::Queue(at) => format!("q.{}.{}.{}", at.queue_rank, at.priority_rank, at.number),
            Self::Newest(number) => format!("n.{number}"),
        })
    }

    fn decode(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text.trim()).ok()?;
        let text = String::from_utf8(bytes).ok()?;
        let mut parts = text.split('.');
        let cursor = match parts.next()? {
            "q" => Self::Queue(After {
                queue_rank: parts.next()?.parse().ok()?,
                priority_rank: parts.next()?.parse().ok()?,
                number: parts.next()?.parse().ok()?,
            }),
            "n" => Self::Newest(parts.next()?.parse().ok()?),
            _ => return None,
        };
        parts.next().is_none().then_some(cursor)
    }
}

/// What is asked for, checked.
struct Asked {
    words: String,
    order: Order,
    filter: Filter,
    after: Option<Cursor>,
    limit: usize,
    /// An organisation that does not exist or is not seen: nothing is found.
    nowhere: bool,
}

/// A page of the queue, of a filter or of a search.
///
/// # Errors
/// Bad words or a forged cursor as bad fields; sign-in first.
pub async fn list(office: &Office, ctx: &Ctx, query: Query) -> Result<Items> {
    ctx.actor.person()?;
    let ctx = ctx.clone();
    office
        .db
        .read(move |c| {
            let asked = asked(c, &ctx, &query)?;
            let ways = ways(&ctx.sight());
            if asked.nowhere || ways.is_empty() {
                return Ok(Items { items: Vec::new(), next: None });
            }
            let (found, next) = if asked.words.is_empty() {
                page(c, &ways, &asked)?
            } else {
                found(c, &ways, &asked)?
            };
            Ok(Items { items: items(c, &found, ctx.now)?, next: next.map(Cursor::encode) })
        })
        .await
}

fn asked(c: &mut Conn, ctx: &Ctx, query: &Query) -> Result<Asked> {
    let mut filter = Filter {
        priority: known("priority", &query.priority)?,
        category: known("category", &query.category)?,
        ..Filter::default()
    };
    let words = query.q.trim().to_owned();
    let mut order = if words.is_empty() { Order::Queue } else { Order::Newest };
    match query.state.trim() {
        "" | "open" => {}
        "all" => order = Order::Newest,
        "unacknowledged" => filter.queue_rank = Some(0),
        "overdue" => filter.queue_rank = Some(1),
        word => {
            let state: State =
                word.parse().map_err(|_| FieldError::new("state", "field-unknown"))?;
            filter.state = Some(state);
            if state.is_over() {
                order = Order::Newest;
            }
        }
    }
    filter.drill = match query.drill.trim() {
        "" => None,
        "only" => Some(true),
        "none" => Some(false),
        _ => return Err(FieldError::new("drill", "field-unknown").into()),
    };
    let mut nowhere = false;
    if !query.organisation.trim().is_empty() {
        match organisations::find_by_key(c, query.organisation.trim(), ctx.now) {
            Ok(organisation) => filter.organisation = Some(organisation.id),
            Err(Error::NotFound(_)) => nowhere = true,
            Err(why) => return Err(why),
        }
    }
    if matches!(query.mine.trim(), "1" | "true" | "yes" | "on") {
        filter.mine = ctx.actor.account();
    }
    let limit = match query.limit.trim() {
        "" => 50,
        number => match number.parse() {
            Ok(limit @ 1..=100) => limit,
            Ok(limit) if limit > 100 => 100,
            _ => return Err(FieldError::new("limit", "field-unknown").into()),
        },
    };
    let after = match query.cursor.trim() {
        "" => None,
        text => Some(
            Cursor::decode(text)
                // A cursor of another order leads nowhere sensible.
                .filter(|cursor| matches!(cursor, Cursor::Queue(_)) == (order == Order::Queue))
                .ok_or_else(|| Refusal::Fields(vec![FieldError::new("cursor", "field-cursor")]))?,
        ),
    };
    Ok(Asked { words, order, filter, after, limit, nowhere })
}

/// Each way has an index of its own: they are asked one by one and merged.
fn page(c: &mut Conn, ways: &[Through], asked: &Asked) -> Result<(Vec<Incident>, Option<Cursor>)> {
    let after = asked.after.map(|cursor| match cursor {
        Cursor::Queue(after) => after,
        Cursor::Newest(number) => After { queue_rank: 0, priority_rank: 0, number },
    });
    let mut found = through(c, ways, asked.order, &asked.filter, after, asked.limit + 1)?;
    let more = found.len() > asked.limit;
    found.truncate(asked.limit);
    let next = found.last().filter(|_| more).map(|last| match asked.order {
        Order::Queue => Cursor::Queue(After {
            queue_rank: last.queue_rank,
            priority_rank: last.priority_rank,
            number: last.number,
        }),
        Order::Newest => Cursor::Newest(last.number),
    });
    Ok((found, next))
}

fn through(
    c: &mut Conn,
    ways: &[Through],
    order: Order,
    filter: &Filter,
    after: Option<After>,
    limit: usize,
) -> Result<Vec<Incident>> {
    let mut found: Vec<Incident> = Vec::new();
    for way in ways {
        let most = i64::try_from(limit).unwrap_or(i64::MAX);
        found.extend(incidents::list(c, *way, order, filter, after, most)?);
    }
    match order {
        Order::Queue => found.sort_by_key(|one| (one.queue_rank, one.priority_rank, one.number)),
        Order::Newest => found.sort_by_key(|one| std::cmp::Reverse(one.number)),
    }
    found.dedup_by_key(|one| one.id);
    found.truncate(limit);
    Ok(found)
}

/// The search knows nothing of sight: what it finds is asked for again through what is seen, until
/// the page is full or enough was looked at; then the next page goes on from there.
fn found(c: &mut Conn, ways: &[Through], asked: &Asked) -> Result<(Vec<Incident>, Option<Cursor>)> {
    let mut before = match asked.after {
        Some(Cursor::Newest(number)) => number,
        _ => i64::MAX,
    };
    if let Ok(code) = asked.words.parse::<IncidentCode>() {
        let filter = Filter { numbers: Some(vec![code.number]), ..asked.filter.clone() };
        let mut exact = through(c, ways, Order::Newest, &filter, None, 1)?;
        exact.retain(|one| one.code == code.to_string() && one.number < before);
        return Ok((exact, None));
    }
    let mut full: Vec<Incident> = Vec::new();
    let mut looked = 0;
    while looked < MOST_CANDIDATES {
        let numbers = search::numbers(c, &asked.words, before, CHUNK)?;
        let Some(last) = numbers.last().copied() else { return Ok((full, None)) };
        let count = i64::try_from(numbers.len()).unwrap_or(CHUNK);
        let filter = Filter { numbers: Some(numbers), ..asked.filter.clone() };
        full.extend(through(c, ways, Order::Newest, &filter, None, asked.limit + 1)?);
        if full.len() > asked.limit {
            full.truncate(asked.limit);
            let next = full.last().map(|last| Cursor::Newest(last.number));
            return Ok((full, next));
        }
        if count < CHUNK {
            return Ok((full, None));
        }
        before = last;
        looked += count;
    }
    Ok((full, Some(Cursor::Newest(before))))
}

/// The lines of these incidents.
///
/// # Errors
/// The database's.
pub fn items(c: &mut Conn, found: &[Incident], now: Timestamp) -> Result<Vec<Item>> {
    let mut ids: Vec<_> = found.iter().map(|one| one.organisation_id).collect();
    ids.sort_unstable();
    ids.dedup();
    let units = organisations::list_of(c, &ids)?;
    Ok(found
        .iter()
        .map(|one| Item {
            code: one.code.clone(),
            title: one.title.clone(),
            category: one.category,
            priority: one.priority,
            tlp: one.tlp,
            state: one.state,
            organisation: units
                .iter()
                .find(|unit| unit.id == one.organisation_id)
                .map_or_else(|| Unit { key: String::new(), name: String::new() }, Unit::from),
            received_at: one.received_at,
            acknowledged_at: one.acknowledged_at,
            next_due_at: one.next_due_at,
            overdue: !one.state.is_over() && one.next_due_at.is_some_and(|due| due <= now),
            drill: one.drill,
            unacknowledged: one.acknowledged_at.is_none() && !one.state.is_over(),
            version: one.version,
        })
        .collect())
}

/// How much waits at the heads of the queue, each at most [`ENOUGH`]: history is never counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Waiting {
    /// Nobody has it.
    pub unacknowledged: usize,
    /// Something is overdue.
    pub overdue: usize,
    /// In hand.
    pub in_hand: usize,
}

/// Beyond this many a counter says "and more".
pub const ENOUGH: usize = 99;

/// Counts the heads of the queue that this person sees.
///
/// # Errors
/// The database's; sign-in first.
pub async fn waiting(office: &Office, ctx: &Ctx) -> Result<Waiting> {
    ctx.actor.person()?;
    let ways = ways(&ctx.sight());
    office
        .db
        .read(move |c| {
            let mut count = |rank: i32| -> Result<usize> {
                let filter = Filter { queue_rank: Some(rank), ..Filter::default() };
                Ok(through(c, &ways, Order::Queue, &filter, None, ENOUGH + 1)?.len())
            };
            Ok(Waiting { unacknowledged: count(0)?, overdue: count(1)?, in_hand: count(2)? })
        })
        .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_round_trip_and_forged_ones_are_none() {
        let at = After { queue_rank: 1, priority_rank: 2, number: 77 };
        for cursor in [Cursor::Queue(at), Cursor::Newest(5)] {
            assert_eq!(Cursor::decode(&cursor.encode()), Some(cursor));
        }
        let raw = |text: &str| URL_SAFE_NO_PAD.encode(text);
        for forged in [
            "",
            "x",
            "%%%",
            "áé",
            &raw("q.1.2"),
            &raw("q.1.2.3.4"),
            &raw("n.99999999999999999999"),
            &raw("z.1"),
            &raw("n.1;drop table incidents"),
        ] {
            assert_eq!(Cursor::decode(forged), None, "{forged}");
        }
    }
}
