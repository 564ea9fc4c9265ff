//! Figures: percentiles of what was measured.

use std::time::Duration;

/// The value below which `percent` of the values lie; zero of nothing.
pub fn percentile(values: &[Duration], percent: f64) -> Duration {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    let last = sorted.len().saturating_sub(1);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "an index between 0 and the last"
    )]
    let index = (last as f64 * percent / 100.0).ceil() as usize;
    sorted.get(index).copied().unwrap_or_default()
}

/// Milliseconds with their fraction.
pub fn ms(value: Duration) -> f64 {
    value.as_secs_f64() * 1000.0
}
