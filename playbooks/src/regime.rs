//! The law's deadlines as data. An incident keeps the regime that was in force when it was detected.

use crate::calendar::Calendar;
use crate::definition::StepClock;
use crate::notation::parse_regime;
use crate::role::Role;
use crate::span::Span;
use chrono::{DateTime, Datelike as _, FixedOffset, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use std::sync::LazyLock;

/// The regime of an installation that configures none, whatever the date: the regulation's own.
pub const DEFAULT_REGIME: &str = "vn-2017";

/// A set of deadlines that held over a period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Regime {
    /// `vn-2017`.
    pub name: String,
    /// Version of the file.
    pub version: u32,
    /// Vietnamese title.
    pub title: String,
    /// English title.
    pub title_en: String,
    /// First day in force, in Vietnam.
    pub valid_from: NaiveDate,
    /// Last day in force, in Vietnam.
    pub valid_to: Option<NaiveDate>,
    /// Its clocks.
    pub clocks: Vec<Clock>,
    /// What is due at a date of every year, whatever happens.
    pub yearly: Vec<YearlyDate>,
}

/// Something that is due at a date of every year: a periodic report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct YearlyDate {
    /// `member_report_half_year`; unique in the regime, among the clocks as well.
    pub id: String,
    /// Vietnamese title.
    pub title: String,
    /// English title.
    pub title_en: String,
    /// The day and month before which it must be done, as the law writes them: 20/6.
    pub before: (u32, u32),
    /// Where the date comes from.
    pub basis: Basis,
    /// Who must do it.
    pub owner: Role,
    /// Who is reminded.
    pub tell: Vec<Role>,
    /// Who is told when it was not recorded as done.
    pub breach: Vec<Role>,
    /// How long ahead to remind, falling.
    pub warn: Vec<Span>,
    /// The article it comes from.
    pub source: String,
}

impl YearlyDate {
    /// The end of its time in this year: midnight at which the day begins, by the calendar's offset.
    pub fn due(&self, year: i32, calendar: &Calendar) -> Option<DateTime<Utc>> {
        let (day, month) = self.before;
        calendar.morning_of(NaiveDate::from_ymd_opt(year, month, day)?)
    }

    /// The year and the moment of the next time it is due, at or after this moment.
    pub fn next(&self, at: DateTime<Utc>, calendar: &Calendar) -> Option<(i32, DateTime<Utc>)> {
        let year = calendar.date_of(at).year();
        [year, year + 1]
            .into_iter()
            .filter_map(|year| Some((year, self.due(year, calendar)?)))
            .find(|(_, due)| *due >= at)
    }
}

/// One deadline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clock {
    /// `notify_ordinary`; unique in the regime.
    pub id: String,
    /// Vietnamese title.
    pub title: String,
    /// English title.
    pub title_en: String,
    /// What starts it.
    pub start: StartEvent,
    /// How long it runs.
    pub duration: Span,
    /// How that is counted: day and night, unless the source says working days.
    pub counted: StepClock,
    /// Where the figure comes from.
    pub basis: Basis,
    /// To which incidents it applies.
    pub applies: Applies,
    /// Who must meet it.
    pub owner: Role,
    /// Who is told at the warn points.
    pub tell: Vec<Role>,
    /// Who is told when it is missed: the next level.
    pub breach: Vec<Role>,
    /// When to warn, in per cent of the duration, rising.
    pub warn: Vec<u8>,
    /// What stops it.
    pub stop: StopEvent,
    /// The article it comes from.
    pub source: String,
}

macro_rules! words {
    ($(#[$about:meta])* $name:ident, $all:ident { $($(#[$doc:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$doc])* $variant,)+ }

        /// The words, in their order.
        pub(crate) const $all: &[&str] = &[$($word,)+];

        impl $name {
            /// Reads its word.
            pub fn parse(word: &str) -> Option<Self> {
                match word { $($word => Some($name::$variant),)+ _ => None }
            }

            /// Its word in the notation and the API.
            pub const fn as_word(self) -> &'static str {
                match self { $($name::$variant => $word,)+ }
            }
        }
    };
}

words! {
    /// What starts a clock: a time that is known of the incident, or of something that hangs on it.
    StartEvent, START_WORDS {
        /// The report was received.
        ReceivedAt = "received_at",
        /// The incident was detected.
        DetectedAt = "detected_at",
        /// Somebody judged it to be beyond the operator's capacity.
        BeyondCapacityAt = "beyond_capacity_at",
        /// The response ended.
        ResponseEndedAt = "response_ended_at",
        /// A dispatch was sent.
        DispatchedAt = "dispatched_at",
        /// A contact point changed.
        ContactChangedAt = "contact_changed_at",
    }
}

words! {
    /// What stops a clock.
    StopEvent, STOP_WORDS {
        /// The incident was acknowledged.
        Acknowledged = "acknowledged",
        /// The operator's notice went to its recipients.
        NoticeSent = "notice_sent",
        /// The initial report (Mẫu 03) was filed.
        InitialReportSent = "initial_report_sent",
        /// The coordinator told operator, owner and national coordinator.
        UpstreamNoticeSent = "upstream_notice_sent",
        /// The report of cause, extent and remedy was filed.
        FullReportSent = "full_report_sent",
        /// The closing report (Mẫu 04) was filed.
        ClosingReportSent = "closing_report_sent",
        /// The personal-data notice was filed.
        PersonalDataNoticeSent = "personal_data_notice_sent",
        /// The dispatch was accepted or refused.
        DispatchAnswered = "dispatch_answered",
        /// The dispatch came back with a result.
        DispatchDone = "dispatch_done",
        /// The contact's change was filed.
        ContactFiled = "contact_filed",
    }
}

words! {
    /// To which incidents a clock applies.
    Applies, APPLIES_WORDS {
        /// To all.
        Always = "always",
        /// Legal class not (proposed as) serious.
        Ordinary = "ordinary",
        /// Legal class serious, proposed or decided.
        Serious = "serious",
        /// Flag `beyond_capacity`.
        BeyondCapacity = "beyond_capacity",
        /// Flag `personal_data`.
        PersonalData = "personal_data",
        /// To each dispatch.
        Dispatch = "dispatch",
        /// To a contact point, not to an incident.
        Contact = "contact",
    }
}

words! {
    /// Where a clock's figure comes from.
    Basis, BASIS_WORDS {
        /// The source states it.
        Law = "law",
        /// The source says "immediately" (ngay); the figure is when we raise the alarm.
        Immediately = "immediately",
        /// No figure was found in the law; the province may set its own.
        Practice = "practice",
    }
}

impl Regime {
    /// Whether the regime was in force on the day (in Vietnam) of this moment.
    pub fn covers(&self, at: DateTime<Utc>) -> bool {
        let day = day_in_vietnam(at);
        self.valid_from <= day && self.valid_to.is_none_or(|last| day <= last)
    }

    /// The yearly date of this id.
    pub fn date(&self, id: &str) -> Option<&YearlyDate> {
        self.yearly.iter().find(|date| date.id == id)
    }

    /// The clock of this id.
    pub fn clock(&self, id: &str) -> Option<&Clock> {
        self.clocks.iter().find(|clock| clock.id == id)
    }
}

/// When a clock that started then is due.
pub fn due(clock: &Clock, start: DateTime<Utc>, calendar: &Calendar) -> DateTime<Utc> {
    match clock.counted {
        StepClock::Calendar => start + clock.duration.as_delta(),
        StepClock::Working => calendar.after(start, clock.duration),
    }
}

/// When a clock that runs from `start` to `due` (later than it was, if it was extended) warns, with
/// the per cent of each point.
pub fn warn_points(
    clock: &Clock,
    start: DateTime<Utc>,
    due: DateTime<Utc>,
    calendar: &Calendar,
) -> Vec<(u8, DateTime<Utc>)> {
    let at = |percent: u8| match clock.counted {
        StepClock::Calendar => start + (due - start) * i32::from(percent) / 100,
        StepClock::Working => {
            let whole = u64::from(calendar.between(start, due).as_seconds());
            let part = u32::try_from(whole * u64::from(percent) / 100).unwrap_or(u32::MAX);
            calendar.after(start, Span::seconds(part))
        }
    };
    clock.warn.iter().map(|percent| (*percent, at(*percent))).collect()
}

const FILES: &[&str] = &[
    include_str!("../library/regimes/vn-2017.yaml"),
    include_str!("../library/regimes/vn-2026.yaml"),
];

// A file that ships with the program and does not parse fails the tests of this crate.
static REGIMES: LazyLock<Vec<Regime>> =
    LazyLock::new(|| FILES.iter().filter_map(|text| parse_regime(text).ok()).collect());

/// The shipped regimes, oldest first.
pub fn regimes() -> &'static [Regime] {
    &REGIMES
}

/// A shipped regime by its name.
pub fn regime_named(name: &str) -> Option<&'static Regime> {
    regimes().iter().find(|regime| regime.name == name)
}

/// The regime of an installation that configures none: [`DEFAULT_REGIME`], whatever the date.
pub fn default_regime() -> Option<&'static Regime> {
    regime_named(DEFAULT_REGIME)
}

/// The regime in force when the incident was detected, for an installation that goes by date. What
/// was detected before the first regime has none.
pub fn regime_at(detected: DateTime<Utc>) -> Option<&'static Regime> {
    regimes().iter().rev().find(|regime| regime.covers(detected))
}

/// Vietnam has kept UTC+7 without summer time since before the first regime.
fn day_in_vietnam(at: DateTime<Utc>) -> NaiveDate {
    FixedOffset::east_opt(7 * 3_600)
        .map_or_else(|| at.date_naive(), |zone| at.with_timezone(&zone).date_naive())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::library::shipped_calendar;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().expect("a time")
    }

    #[test]
    fn both_files_parse() {
        for text in FILES {
            if let Err(problems) = parse_regime(text) {
                panic!("{problems:#?}");
            }
        }
        let names: Vec<&str> = regimes().iter().map(|r| r.name.as_str()).collect();
        assert_eq!(names, ["vn-2017", "vn-2026"]);
    }

    #[test]
    fn every_clock_says_its_source_and_warns_twice() {
        for clock in regimes().iter().flat_map(|r| &r.clocks) {
            assert!(!clock.source.is_empty(), "{}", clock.id);
            assert_eq!(clock.warn, [50, 80], "{}", clock.id);
            assert!(!clock.breach.is_empty(), "{}", clock.id);
        }
    }

    #[test]
    fn the_figures_are_those_of_the_law() {
        let figure = |regime: &str, clock: &str| {
            regime_named(regime)
                .and_then(|r| r.clock(clock))
                .map(|c| (c.duration.to_string(), c.start))
        };
        let detected = StartEvent::DetectedAt;
        assert_eq!(figure("vn-2017", "notify_ordinary"), Some(("5d".into(), detected)));
        assert_eq!(
            figure("vn-2017", "closing_report"),
            Some(("5d".into(), StartEvent::ResponseEndedAt))
        );
        assert_eq!(
            figure("vn-2017", "acknowledge_limit"),
            Some(("1d".into(), StartEvent::ReceivedAt))
        );
        assert_eq!(
            figure("vn-2017", "contact_change"),
            Some(("1d".into(), StartEvent::ContactChangedAt))
        );
        assert_eq!(figure("vn-2017", "personal_data"), None);
        assert_eq!(figure("vn-2026", "full_report"), Some(("3d".into(), detected)));
        assert_eq!(figure("vn-2026", "initial_serious"), Some(("1d".into(), detected)));
        assert_eq!(figure("vn-2026", "personal_data"), Some(("3d".into(), detected)));
    }

    #[test]
    fn dates_choose_the_regime_but_the_default_stays() {
        let name = |text: &str| regime_at(at(text)).map(|r| r.name.as_str());
        // The day turns at midnight in Vietnam, which is 17:00 UTC.
        assert_eq!(name("2026-06-30T16:59:59Z"), Some("vn-2017"));
        assert_eq!(name("2026-06-30T17:00:00Z"), Some("vn-2026"));
        assert_eq!(name("2017-05-05T16:59:59Z"), None);
        assert_eq!(default_regime().map(|r| r.name.as_str()), Some("vn-2017"));
    }

    #[test]
    fn a_five_day_clock_warns_at_half_and_four_fifths() {
        let clock =
            regime_named("vn-2017").and_then(|r| r.clock("notify_ordinary")).expect("shipped");
        let start = at("2026-02-14T01:30:00Z");
        let calendar = shipped_calendar();
        let end = due(clock, start, calendar);
        assert_eq!(end, at("2026-02-19T01:30:00Z"));
        assert_eq!(
            warn_points(clock, start, end, calendar),
            [(50, at("2026-02-16T13:30:00Z")), (80, at("2026-02-18T01:30:00Z"))]
        );
        // Extended by five days: the points move along.
        assert_eq!(
            warn_points(clock, start, at("2026-02-24T01:30:00Z"), calendar),
            [(50, at("2026-02-19T01:30:00Z")), (80, at("2026-02-22T01:30:00Z"))]
        );
    }

    #[test]
    fn a_clock_of_working_days_stands_still_over_tet() {
        let calendar = shipped_calendar();
        let shipped =
            regime_named("vn-2017").and_then(|r| r.clock("notify_ordinary")).expect("shipped");
        let clock = Clock { counted: StepClock::Working, ..shipped.clone() };
        // Friday 13/02/2026 08:00; Tết from Monday 16 to Friday 20.
        let start = at("2026-02-13T01:00:00Z");
        let end = due(&clock, start, calendar);
        assert_eq!(end, at("2026-02-27T01:00:00Z"), "Friday after the next four working days");
        let points = warn_points(&clock, start, end, calendar);
        assert_eq!(points[0], (50, at("2026-02-24T13:00:00Z")));
        assert_eq!(points[1], (80, at("2026-02-26T01:00:00Z")));
    }

    #[test]
    fn the_yearly_dates_are_those_of_the_law() {
        let dates = |regime: &str| -> Vec<(String, (u32, u32))> {
            let regime = regime_named(regime).expect("shipped");
            regime.yearly.iter().map(|date| (date.id.clone(), date.before)).collect()
        };
        let named = |id: &str, before: (u32, u32)| (id.to_owned(), before);
        assert_eq!(
            dates("vn-2017"),
            [
                named("member_report_half_year", (20, 6)),
                named("unit_report_year", (15, 10)),
                named("member_report_year", (15, 12)),
            ]
        );
        assert_eq!(
            dates("vn-2026"),
            [named("unit_report_year", (20, 12)), named("owner_report_year", (25, 12))]
        );
        for date in regimes().iter().flat_map(|regime| &regime.yearly) {
            assert!(!date.source.is_empty() && date.warn.len() >= 2, "{}", date.id);
        }
    }

    #[test]
    fn before_a_day_ends_when_that_day_begins_in_vietnam() {
        let calendar = shipped_calendar();
        let date = regime_named("vn-2017").and_then(|r| r.date("member_report_half_year"));
        let date = date.expect("shipped");
        let end = at("2026-06-19T17:00:00Z");
        assert_eq!(date.next(at("2026-01-05T00:00:00Z"), calendar), Some((2026, end)));
        assert_eq!(date.next(end, calendar), Some((2026, end)));
        let after = end + chrono::TimeDelta::seconds(1);
        assert_eq!(date.next(after, calendar), Some((2027, at("2027-06-19T17:00:00Z"))));
    }
}
