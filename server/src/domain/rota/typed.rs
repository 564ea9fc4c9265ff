//! What people type into a rota: rotations and overrides, checked. Days and hours are the
//! province's.

use chrono::{Datelike, Duration, NaiveDate, TimeZone};
use chrono_tz::Asia::Ho_Chi_Minh;
use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::domain::refusal::FieldError;
use crate::domain::text;
use crate::domain::words::RotationKind;

/// People of one rotation, at most.
const PEOPLE: usize = 40;
/// Hours of the longest turn: 31 days.
const LONGEST: i32 = 744;
/// Days of the longest override.
const OVERRIDE_DAYS: i64 = 92;

/// A rotation as a form or the API says it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = NewRotation)]
#[serde(default, deny_unknown_fields)]
pub struct RotationText {
    /// `1`, or `2` for a second officer beside the first; empty is 1.
    pub line: String,
    /// `daily`, `weekly` or `custom`.
    pub kind: String,
    /// Mail addresses in their order.
    pub people: Vec<String>,
    /// Hours of a turn, 1 to 744, with `custom`.
    pub hours: String,
    /// When turns change, `07:30`.
    pub handover: String,
    /// The day of the week on which turns change, 1 (Monday) to 7, with `weekly`; empty: that of
    /// the first day.
    pub weekday: String,
    /// The first day, `2026-11-23`.
    pub from: String,
    /// The day on which it ends, at the same hour; empty: open.
    pub to: String,
}

/// A rotation that can be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RotationFacts {
    /// 1 or 2.
    pub line: i32,
    /// What kind.
    pub kind: RotationKind,
    /// Mail addresses in lower case, in their order.
    pub people: Vec<String>,
    /// Hours of a turn.
    pub hours: i32,
    /// When the first turn begins.
    pub anchor: Timestamp,
    /// In force from.
    pub from: Timestamp,
    /// In force until.
    pub to: Option<Timestamp>,
}

/// An override as a form or the API says it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = NewOverride)]
#[serde(default, deny_unknown_fields)]
pub struct OverrideText {
    /// `1` or `2`; empty is 1.
    pub line: String,
    /// From: RFC 3339, or `2026-11-23T07:30` in the province's time.
    pub from: String,
    /// Until.
    pub to: String,
    /// Mail address of who is replaced; empty: whoever is on duty, and gaps too.
    pub instead_of: String,
    /// Mail address of who is on duty instead; empty: nobody (leave without a replacement).
    pub person: String,
    /// Why.
    pub reason: String,
}

/// An override that can be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OverrideFacts {
    /// 1 or 2.
    pub line: i32,
    /// From.
    pub from: Timestamp,
    /// Until.
    pub to: Timestamp,
    /// Mail address, or nothing.
    pub instead_of: Option<String>,
    /// Mail address, or nothing.
    pub person: Option<String>,
    /// Why.
    pub reason: String,
}

/// The day of an instant, in the province.
pub fn day_of(at: Timestamp) -> NaiveDate {
    at.utc().with_timezone(&Ho_Chi_Minh).date_naive()
}

fn line(typed: &str, bad: &mut Vec<FieldError>) -> i32 {
    match typed.trim() {
        "" | "1" => 1,
        "2" => 2,
        _ => {
            bad.push(FieldError::new("line", "field-unknown"));
            1
        }
    }
}

fn moment(day: NaiveDate, minutes: i64) -> Option<Timestamp> {
    let midnight = Ho_Chi_Minh.from_local_datetime(&day.and_hms_opt(0, 0, 0)?).earliest()?;
    Some(Timestamp::new(midnight.to_utc()) + Duration::minutes(minutes))
}

fn day(field: &'static str, typed: &str) -> Result<NaiveDate, FieldError> {
    let typed = typed.trim();
    if typed.is_empty() {
        return Err(FieldError::new(field, "field-empty"));
    }
    ["%Y-%m-%d", "%d/%m/%Y"]
        .iter()
        .find_map(|form| NaiveDate::parse_from_str(typed, form).ok())
        .filter(|day| (2000..=2100).contains(&day.year()))
        .ok_or_else(|| FieldError::new(field, "field-time"))
}

/// Minutes after midnight of `07:30`.
fn minutes(typed: &str) -> Option<i64> {
    let (hours, minutes) = typed.trim().split_once(':')?;
    let (hours, minutes): (i64, i64) = (hours.parse().ok()?, minutes.parse().ok()?);
    ((0..24).contains(&hours) && (0..60).contains(&minutes)).then_some(hours * 60 + minutes)
}

/// Checks a rotation.
///
/// # Errors
/// Every bad field.
pub fn rotation(typed: &RotationText) -> Result<RotationFacts, Vec<FieldError>> {
    let mut bad = Vec::new();
    let line = line(&typed.line, &mut bad);
    let kind: RotationKind = typed.kind.trim().parse().unwrap_or_else(|_| {
        bad.push(FieldError::new("kind", "field-unknown"));
        RotationKind::Daily
    });
    let people: Vec<String> = typed
        .people
        .iter()
        .map(|person| person.trim().to_lowercase())
        .filter(|person| !person.is_empty())
        .collect();
    if people.is_empty() {
        bad.push(FieldError::new("people", "field-rota-people"));
    } else if people.len() > PEOPLE {
        bad.push(FieldError::with("people", "field-rota-many", PEOPLE));
    }
    let hours = match kind {
        RotationKind::Daily => 24,
        RotationKind::Weekly => 168,
        RotationKind::Custom => {
            let hours =
                typed.hours.trim().parse().ok().filter(|hours| (1..=LONGEST).contains(hours));
            hours.unwrap_or_else(|| {
                bad.push(FieldError::with("hours", "field-rota-hours", LONGEST));
                1
            })
        }
    };
    let handover = minutes(&typed.handover).unwrap_or_else(|| {
        bad.push(FieldError::new("handover", "field-rota-handover"));
        0
    });
    let weekday = match (kind, typed.weekday.trim()) {
        (RotationKind::Weekly, "") | (RotationKind::Daily | RotationKind::Custom, _) => None,
        (RotationKind::Weekly, word) => {
            let day: Option<u32> = word.parse().ok().filter(|day| (1..=7).contains(day));
            if day.is_none() {
                bad.push(FieldError::new("weekday", "field-unknown"));
            }
            day
        }
    };
    let first = day("from", &typed.from);
    let last = match typed.to.trim() {
        "" => Ok(None),
        day_typed => day("to", day_typed).map(Some),
    };
    let (first, last) = match (first, last) {
        (Ok(first), Ok(last)) => (first, last),
        (first, last) => {
            bad.extend(first.err());
            bad.extend(last.err());
            return Err(bad);
        }
    };
    if last.is_some_and(|last| last <= first) {
        bad.push(FieldError::new("to", "field-rota-to"));
    }
    // Turns change on the weekday before (or on) the first day, so that the first one is shorter.
    let back = weekday.map_or(0, |wanted| {
        let there = first.weekday().number_from_monday();
        i64::from((there + 7 - wanted) % 7)
    });
    let anchor = first - Duration::days(back);
    let moments = (moment(anchor, handover), moment(first, handover));
    let (Some(anchor), Some(from)) = moments else {
        bad.push(FieldError::new("from", "field-time"));
        return Err(bad);
    };
    let to = last.and_then(|last| moment(last, handover));
    if bad.is_empty() {
        Ok(RotationFacts { line, kind, people, hours, anchor, from, to })
    } else {
        Err(bad)
    }
}

/// Checks an override at this moment: what has passed stays as it was, so one that began before
/// begins now.
///
/// # Errors
/// Every bad field.
pub fn override_facts(
    typed: &OverrideText,
    now: Timestamp,
) -> Result<OverrideFacts, Vec<FieldError>> {
    let mut bad = Vec::new();
    let line = line(&typed.line, &mut bad);
    let mut at = |field: &'static str, typed: &str| {
        let found = Timestamp::parse(typed);
        if found.is_none() {
            let key = if typed.trim().is_empty() { "field-empty" } else { "field-time" };
            bad.push(FieldError::new(field, key));
        }
        found.unwrap_or(now)
    };
    let (from, to) = (at("from", &typed.from), at("to", &typed.to));
    let from = from.max(now);
    if bad.is_empty() && to <= from {
        bad.push(FieldError::new("to", "field-rota-over"));
    } else if bad.is_empty() && to - from > Duration::days(OVERRIDE_DAYS) {
        bad.push(FieldError::with("to", "field-rota-long", OVERRIDE_DAYS));
    }
    let named = |typed: &str| Some(typed.trim().to_lowercase()).filter(|named| !named.is_empty());
    let (instead_of, person) = (named(&typed.instead_of), named(&typed.person));
    if instead_of.is_none() && person.is_none() {
        bad.push(FieldError::new("person", "field-rota-nobody"));
    } else if instead_of == person {
        bad.push(FieldError::new("person", "field-rota-same"));
    }
    let reason =
        text::some_line("reason", &typed.reason, text::limit::TITLE).unwrap_or_else(|why| {
            bad.push(why);
            String::new()
        });
    if bad.is_empty() {
        Ok(OverrideFacts { line, from, to, instead_of, person, reason })
    } else {
        Err(bad)
    }
}
