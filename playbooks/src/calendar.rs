//! The working calendar: which days are working days, as data. It knows days, not office hours, as
//! the law counts (ngày làm việc): with `clock: working` time stands still on the other days.

use crate::span::Span;
use chrono::{
    DateTime, Datelike, Days, FixedOffset, NaiveDate, NaiveDateTime, TimeDelta, Utc, Weekday,
};
use std::collections::BTreeMap;

/// Which days are worked. The default knows weekends alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calendar {
    /// Its name.
    pub name: String,
    /// Vietnamese title.
    pub title: String,
    /// Where a day begins and ends, in minutes east of Greenwich.
    pub offset_minutes: i32,
    /// The days of the week that are not worked.
    pub weekend: Vec<Weekday>,
    /// The days that differ from their week: holidays, and days worked in exchange.
    pub days: BTreeMap<NaiveDate, Day>,
    /// The years that it was made for; outside them only weekends are known.
    pub years: Vec<i32>,
}

/// A day that differs from its week.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Day {
    /// Whether it is worked.
    pub worked: bool,
    /// What it is called.
    pub title: String,
    /// Whether the Government's yearly notice may still change it.
    pub may_change: bool,
}

impl Default for Calendar {
    fn default() -> Self {
        Calendar {
            name: "weekends".to_owned(),
            title: "Chỉ có ngày nghỉ hằng tuần".to_owned(),
            offset_minutes: 7 * 60,
            weekend: vec![Weekday::Sat, Weekday::Sun],
            days: BTreeMap::new(),
            years: Vec::new(),
        }
    }
}

impl Calendar {
    /// Whether a day is worked.
    pub fn is_worked(&self, date: NaiveDate) -> bool {
        self.days
            .get(&date)
            .map_or_else(|| !self.weekend.contains(&date.weekday()), |day| day.worked)
    }

    /// The local date of a moment.
    pub fn date_of(&self, at: DateTime<Utc>) -> NaiveDate {
        at.with_timezone(&self.offset()).date_naive()
    }

    /// A moment as its people write it: `13/02/2026 15:00`.
    pub fn local(&self, at: DateTime<Utc>) -> String {
        at.with_timezone(&self.offset()).format("%d/%m/%Y %H:%M").to_string()
    }

    /// A local moment as it is typed: `2026-02-13`, `2026-02-13T15:00`.
    pub fn read_local(&self, text: &str) -> Option<DateTime<Utc>> {
        if let Ok(date) = NaiveDate::parse_from_str(text, "%Y-%m-%d") {
            return self.morning_of(date);
        }
        let local = NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M").ok()?;
        Some(local.and_local_timezone(self.offset()).single()?.with_timezone(&Utc))
    }

    /// The beginning of a local day.
    pub fn morning_of(&self, date: NaiveDate) -> Option<DateTime<Utc>> {
        let local = date.and_hms_opt(0, 0, 0)?;
        Some(local.and_local_timezone(self.offset()).single()?.with_timezone(&Utc))
    }

    /// The moment after so much working time.
    pub fn after(&self, from: DateTime<Utc>, span: Span) -> DateTime<Utc> {
        let mut left = span.as_delta();
        let mut at = from;
        // A calendar that never works would never end; a year without work is no calendar.
        let mut idle = 0;
        while idle < 366 {
            let Some(next) = self.midnight_after(at) else { break };
            if self.is_worked(self.date_of(at)) {
                idle = 0;
                if next - at >= left {
                    return at + left;
                }
                left -= next - at;
            } else {
                idle += 1;
            }
            at = next;
        }
        from + span.as_delta()
    }

    /// How much working time lies between two moments.
    pub fn between(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> Span {
        let (mut at, mut sum) = (from, TimeDelta::zero());
        while at < to {
            let Some(next) = self.midnight_after(at) else { break };
            if self.is_worked(self.date_of(at)) {
                sum += next.min(to) - at;
            }
            at = next;
        }
        Span::between(from, from + sum)
    }

    fn offset(&self) -> FixedOffset {
        FixedOffset::east_opt(self.offset_minutes.saturating_mul(60))
            .unwrap_or(FixedOffset::east_opt(0).unwrap_or_else(|| chrono::Offset::fix(&Utc)))
    }

    fn midnight_after(&self, at: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.morning_of(self.date_of(at).checked_add_days(Days::new(1))?)
    }
}
