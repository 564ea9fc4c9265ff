//! When to try again: a pure function of the number of attempts, so that the engine's tests need
//! no clock.

use std::time::Duration;

const STEPS: [u64; 7] = [5, 15, 45, 120, 300, 600, 900];

/// How long to wait after the `attempt`-th failure (the first is 1): 5 s, 15 s, 45 s, 2 min,
/// 5 min, 10 min, then 15 min each, spread by ± 20 %. `jitter` is a random number from 0 to 1;
/// 0.5 gives the plain value, anything outside is brought inside.
#[must_use]
pub fn backoff(attempt: u32, jitter: f64) -> Duration {
    let step = usize::try_from(attempt.saturating_sub(1)).unwrap_or(usize::MAX);
    let seconds = STEPS[step.min(STEPS.len() - 1)];
    let jitter = if jitter.is_nan() { 0.5 } else { jitter.clamp(0.0, 1.0) };
    Duration::from_secs(seconds).mul_f64(0.8 + 0.4 * jitter)
}

/// After this long without success a message is buried and shown to people.
#[must_use]
pub const fn give_up_after() -> Duration {
    Duration::from_secs(24 * 60 * 60)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_ladder_is_as_written() {
        let plain: Vec<u64> = (1..=9).map(|n| backoff(n, 0.5).as_secs()).collect();
        assert_eq!(plain, [5, 15, 45, 120, 300, 600, 900, 900, 900]);
        assert_eq!(backoff(0, 0.5), backoff(1, 0.5));
        assert_eq!(backoff(1, 0.0), Duration::from_secs(4));
        assert_eq!(backoff(1, 1.0), Duration::from_secs(6));
    }

    proptest! {
        #[test]
        fn never_outside_twenty_percent(attempt in any::<u32>(), jitter in any::<f64>()) {
            let plain = backoff(attempt, 0.5).as_secs_f64();
            let wait = backoff(attempt, jitter).as_secs_f64();
            prop_assert!(wait >= plain * 0.799 && wait <= plain * 1.201);
        }

        #[test]
        fn never_shorter_with_more_attempts(attempt in 0u32..50, jitter in 0.0f64..=1.0) {
            prop_assert!(backoff(attempt + 1, jitter) >= backoff(attempt, jitter));
        }

        #[test]
        fn a_day_is_about_a_hundred_tries(jitter in 0.0f64..=1.0) {
            let mut waited = Duration::ZERO;
            let mut tries = 0;
            while waited < give_up_after() {
                tries += 1;
                waited += backoff(tries, jitter);
            }
            prop_assert!((75..=130).contains(&tries), "{tries}");
        }
    }
}
