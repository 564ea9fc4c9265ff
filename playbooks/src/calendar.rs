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

    /// The days of a year that differ from their week, in their order.
    pub fn days_of(&self, year: i32) -> impl Iterator<Item = (&NaiveDate, &Day)> {
        self.days.iter().filter(move |(date, _)| date.year() == year)
    }

    /// This calendar with one year as another calendar has it, weekends included.
    #[must_use]
    pub fn with_year(&self, year: i32, other: &Calendar) -> Calendar {
        let mut merged = self.clone();
        merged.days.retain(|date, _| date.year() != year);
        let first = NaiveDate::from_ymd_opt(year, 1, 1);
        for date in first.into_iter().flat_map(|first| first.iter_days()) {
            if date.year() != year {
                break;
            }
            let worked = other.is_worked(date);
            let by_week = !self.weekend.contains(&date.weekday());
            match other.days.get(&date) {
                Some(day) => {
                    merged.days.insert(date, day.clone());
                }
                None if worked != by_week => {
                    let day = Day { worked, title: other.title.clone(), may_change: false };
                    merged.days.insert(date, day);
                }
                None => {}
            }
        }
        if !merged.years.contains(&year) {
            merged.years.push(year);
            merged.years.sort_unstable();
        }
        merged
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::library::shipped_calendar;
    use crate::notation::parse_calendar;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a day")
    }

    #[test]
    fn a_year_of_another_calendar_replaces_that_year_and_no_other() {
        let other = parse_calendar(
            "calendar: tinh\ntitle: Của tỉnh\nutc_offset: \"+07:00\"\nweekend: [sunday]\n\
             years: [2027]\noff:\n  - {from: \"2027-03-03\", title: Lễ hội}\n\
             worked:\n  - {from: \"2027-03-07\", title: Làm bù}\n",
        )
        .expect("a calendar");
        let merged = shipped_calendar().with_year(2027, &other);
        assert!(!merged.is_worked(day("2027-03-03")), "off");
        assert!(merged.is_worked(day("2027-03-07")), "a Sunday worked in exchange");
        assert!(merged.is_worked(day("2027-03-06")), "Saturdays are worked there");
        assert!(!merged.is_worked(day("2027-03-14")), "Sundays are not");
        assert!(merged.is_worked(day("2027-09-02")), "the shipped holiday of that year is gone");
        assert!(!merged.is_worked(day("2026-09-02")) && !merged.is_worked(day("2026-03-07")));
        assert_eq!(merged.days[&day("2027-03-03")].title, "Lễ hội");
        assert!(merged.years.contains(&2026) && merged.years.contains(&2027));
        // A year that only the other knows.
        let merged = merged.with_year(2030, &Calendar { years: vec![2030], ..other });
        assert!(merged.years.contains(&2030) && merged.is_worked(day("2030-03-09")));
    }

    #[test]
    fn the_days_of_a_year_are_those_that_differ_from_their_week() {
        let days: Vec<_> = shipped_calendar().days_of(2026).collect();
        assert!(days.iter().all(|(date, _)| date.year() == 2026));
        assert!(days.iter().any(|(date, day)| **date == self::day("2026-08-22") && day.worked));
        assert!(shipped_calendar().days_of(2031).next().is_none());
    }
}
