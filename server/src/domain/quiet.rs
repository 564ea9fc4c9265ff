//! Quiet hours: a stretch of the province's day in which a chat makes no sound.

use chrono::Duration;

use crate::clock::Timestamp;

const DAY: i32 = 24 * 60;
/// Vietnam's hours before UTC's, in minutes; the year round.
const EAST: i64 = 7 * 60;

/// When the quiet hours end that it is in now; both are minutes after midnight in Vietnam, and the
/// end lies on the next day when it is not after the beginning. `None` outside of them.
pub fn ends(now: Timestamp, from: i32, to: i32) -> Option<Timestamp> {
    let minutes = now.micros().div_euclid(60_000_000);
    let of_day = i32::try_from((minutes + EAST).rem_euclid(i64::from(DAY))).ok()?;
    let long = (to - from).rem_euclid(DAY);
    let since = (of_day - from).rem_euclid(DAY);
    (since < long).then(|| {
        let end = minutes + i64::from(long - since);
        let left = Duration::microseconds(end * 60_000_000 - now.micros());
        now + left
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    #[test]
    fn a_night_ends_in_the_morning_of_vietnam() {
        let (from, to) = (22 * 60, 6 * 60);
        for (now, end) in [
            ("2026-11-22T22:00", Some("2026-11-23T06:00")),
            ("2026-11-22T23:59", Some("2026-11-23T06:00")),
            ("2026-11-23T00:00", Some("2026-11-23T06:00")),
            ("2026-11-23T05:59", Some("2026-11-23T06:00")),
            ("2026-11-23T06:00", None),
            ("2026-11-23T21:59", None),
        ] {
            assert_eq!(ends(at(now), from, to), end.map(at), "{now}");
        }
        let with_seconds = Timestamp::parse("2026-11-22T22:30:59.999999+07:00").unwrap();
        assert_eq!(ends(with_seconds, from, to), Some(at("2026-11-23T06:00")));
    }

    #[test]
    fn a_rest_at_noon_and_no_rest_at_all() {
        assert_eq!(ends(at("2026-11-23T12:10"), 720, 780), Some(at("2026-11-23T13:00")));
        assert_eq!(ends(at("2026-11-23T13:00"), 720, 780), None);
        assert_eq!(ends(at("2026-11-23T12:10"), 720, 720), None, "empty");
    }
}
