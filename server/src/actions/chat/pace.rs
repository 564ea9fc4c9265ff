//! How fast a group is worked in. Telegram takes 20 messages a minute in a group; cards take 19 at
//! most, counted over all servers in the group's own row.

use chrono::Duration;

use crate::clock::Timestamp;

/// In the long run one call each so long.
const EVERY: Duration = Duration::seconds(4);
/// So many at once, after a rest.
const AT_ONCE: i32 = 4;

/// May one call be made now? Answers until when it is paid for, or when to ask again.
pub(super) fn permit(paid: Option<Timestamp>, now: Timestamp) -> Result<Timestamp, Timestamp> {
    let paid = paid.unwrap_or(now).max(now);
    if paid > paid_by(now) { Err(paid - ahead()) } else { Ok(paid + EVERY) }
}

/// A group whose calls are paid for by then takes another one now.
pub(super) fn paid_by(now: Timestamp) -> Timestamp {
    now + ahead()
}

fn ahead() -> Duration {
    EVERY * (AT_ONCE - 1)
}

/// The room asks for a pause until `until`: no call before it.
pub(super) fn pause(until: Timestamp) -> Timestamp {
    until + ahead()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn never_more_than_twenty_in_any_minute_and_four_at_once() {
        let start = Timestamp::parse("2026-11-22T08:00").unwrap();
        let (mut now, mut paid, mut calls) = (start, None, Vec::new());
        while now < start + Duration::minutes(10) {
            match permit(paid, now) {
                Ok(until) => {
                    paid = Some(until);
                    calls.push(now);
                }
                Err(at) => {
                    assert!(at > now);
                    now = at;
                }
            }
        }
        assert_eq!(calls.iter().filter(|at| **at == start).count(), 4);
        assert!(calls.len() >= 150, "{}", calls.len());
        for from in &calls {
            let within = |at: &&Timestamp| **at >= *from && **at < *from + Duration::minutes(1);
            assert!(calls.iter().filter(within).count() <= 20);
        }
    }

    #[test]
    fn a_pause_that_was_asked_for_is_kept() {
        let now = Timestamp::parse("2026-11-22T08:00").unwrap();
        let until = now + Duration::seconds(30);
        assert_eq!(permit(Some(pause(until)), now), Err(until));
        assert!(permit(Some(pause(until)), until).is_ok());
    }
}
