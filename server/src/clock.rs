//! Time as the service knows it: UTC with microseconds, injected everywhere.
//! The only room that reads the wall clock.

use std::fmt;
use std::ops::{Add, Sub};
use std::sync::{Mutex, OnceLock};
use std::time::Instant;

use chrono::{DateTime, Datelike, Duration, NaiveDateTime, SubsecRound, TimeZone, Utc};
use chrono_tz::Asia::Ho_Chi_Minh;
use serde::{Deserialize, Serialize};

/// An instant in UTC, cut to microseconds so that both databases give back what was stored.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Timestamp(DateTime<Utc>);

impl Timestamp {
    /// The same instant without what the databases cannot keep.
    pub fn new(at: DateTime<Utc>) -> Self {
        Self(at.trunc_subsecs(6))
    }

    /// The instant as chrono has it.
    pub const fn utc(self) -> DateTime<Utc> {
        self.0
    }

    /// Microseconds since 1970.
    pub const fn micros(self) -> i64 {
        self.0.timestamp_micros()
    }

    /// The instant of so many microseconds since 1970; out of range becomes 1970.
    pub fn from_micros(micros: i64) -> Self {
        Self(DateTime::from_timestamp_micros(micros).unwrap_or_default())
    }

    /// `22/11/2026 07:05` in the province's time.
    pub fn local(self) -> String {
        self.0.with_timezone(&Ho_Chi_Minh).format("%d/%m/%Y %H:%M").to_string()
    }

    /// `2026-11-22T07:05` in the province's time, as `<input type="datetime-local">` wants it.
    pub fn local_input(self) -> String {
        self.0.with_timezone(&Ho_Chi_Minh).format("%Y-%m-%dT%H:%M").to_string()
    }

    /// RFC 3339 in UTC, for machines and `<time datetime>`.
    pub fn rfc3339(self) -> String {
        self.0.to_rfc3339_opts(chrono::SecondsFormat::Micros, true)
    }

    /// The year of the incident's code (Asia/Ho_Chi_Minh).
    pub fn local_year(self) -> i32 {
        self.0.with_timezone(&Ho_Chi_Minh).year()
    }

    /// Reads RFC 3339, or a `datetime-local` value in the province's time.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if let Ok(at) = DateTime::parse_from_rfc3339(text) {
            return Some(Self::new(at.to_utc()));
        }
        ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%d/%m/%Y %H:%M", "%Y-%m-%d %H:%M"]
            .iter()
            .find_map(|form| NaiveDateTime::parse_from_str(text, form).ok())
            .and_then(|naive| Ho_Chi_Minh.from_local_datetime(&naive).earliest())
            .map(|at| Self::new(at.to_utc()))
    }
}

impl Add<Duration> for Timestamp {
    type Output = Self;
    fn add(self, by: Duration) -> Self {
        Self(self.0.checked_add_signed(by).unwrap_or(self.0))
    }
}

impl Sub<Duration> for Timestamp {
    type Output = Self;
    fn sub(self, by: Duration) -> Self {
        Self(self.0.checked_sub_signed(by).unwrap_or(self.0))
    }
}

impl Sub for Timestamp {
    type Output = Duration;
    fn sub(self, other: Self) -> Duration {
        self.0 - other.0
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.rfc3339())
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.local())
    }
}

/// Where the time comes from.
pub trait Clock: Send + Sync {
    /// The present instant.
    fn now(&self) -> Timestamp;
    /// Time that really passed, since any moment: it goes on at one pace whatever the wall clock is
    /// set to, and while the process is stopped.
    fn steady(&self) -> std::time::Duration {
        static BEGAN: OnceLock<Instant> = OnceLock::new();
        BEGAN.get_or_init(Instant::now).elapsed()
    }
}

/// The wall clock.
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one reading of the wall clock")]
    fn now(&self) -> Timestamp {
        Timestamp::new(Utc::now())
    }
}

/// The demo's clock: starts at the wall clock and runs so many times faster.
pub struct ScaledClock {
    start: Timestamp,
    began: Instant,
    scale: i32,
}

impl ScaledClock {
    /// A clock that runs `scale` times as fast as the wall clock.
    pub fn new(scale: i32) -> Self {
        Self::since(SystemClock.now(), scale)
    }

    /// The same, beginning at `start` as of now: where an earlier fast clock came to.
    pub fn since(start: Timestamp, scale: i32) -> Self {
        Self { start, began: Instant::now(), scale: scale.max(1) }
    }
}

impl Clock for ScaledClock {
    fn now(&self) -> Timestamp {
        let real = Duration::from_std(self.began.elapsed()).unwrap_or_else(|_| Duration::zero());
        Timestamp::new((self.start + real * self.scale).utc())
    }
}

/// A clock that a test moves by hand: the wall's hands, and what really passed.
pub struct ManualClock(Mutex<(Timestamp, std::time::Duration)>);

impl ManualClock {
    /// A clock that stands still at `at`.
    pub const fn new(at: Timestamp) -> Self {
        Self(Mutex::new((at, std::time::Duration::ZERO)))
    }

    /// Lets time pass.
    pub fn pass(&self, by: Duration) {
        let mut hands = self.hands();
        hands.0 = hands.0 + by;
        hands.1 += by.to_std().unwrap_or_default();
    }

    /// Sets the wall clock forward or back; no time passes.
    pub fn set(&self, by: Duration) {
        let mut hands = self.hands();
        hands.0 = hands.0 + by;
    }

    fn hands(&self) -> std::sync::MutexGuard<'_, (Timestamp, std::time::Duration)> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        self.hands().0
    }

    fn steady(&self) -> std::time::Duration {
        self.hands().1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn local_times_are_read_as_the_province_s() {
        let at = Timestamp::parse("2026-11-22T07:05").unwrap();
        assert_eq!(at.rfc3339(), "2026-11-22T00:05:00.000000Z");
        assert_eq!(at.local(), "22/11/2026 07:05");
        assert_eq!(Timestamp::parse("2026-11-22T00:05:00Z"), Some(at));
        assert_eq!(Timestamp::parse("hôm qua"), None);
    }

    #[test]
    fn the_year_of_a_code_is_the_province_s() {
        let at = Timestamp::parse("2026-12-31T18:00:00Z").unwrap();
        assert_eq!(at.local_year(), 2027);
    }
}
