//! Lengths of time as they are written: `15m`, `2h`, `1d`, `1h30m`.

use crate::limits::{MAX_SPAN_SECONDS, MIN_SPAN_SECONDS};
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A length of time in whole seconds. What is written in a file has whole minutes; what has been
/// measured (how long somebody was silent) has seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Span(u32);

/// Why a text is not a length of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotASpan {
    /// Not of the form `1d2h30m`.
    Form,
    /// Shorter than a minute or longer than thirty days.
    Range,
}

impl Span {
    /// A span of so many seconds.
    pub const fn seconds(seconds: u32) -> Self {
        Span(seconds)
    }

    /// A span of so many minutes.
    pub const fn minutes(minutes: u32) -> Self {
        Span(minutes.saturating_mul(60))
    }

    /// Its length in seconds.
    pub const fn as_seconds(self) -> u32 {
        self.0
    }

    /// Its length in whole minutes, for sentences.
    pub const fn as_minutes(self) -> u32 {
        self.0 / 60
    }

    /// For arithmetic with times.
    pub fn as_delta(self) -> TimeDelta {
        TimeDelta::seconds(i64::from(self.0))
    }

    /// What was measured between two times; a clock that jumped back counts as no time at all.
    pub fn between(from: chrono::DateTime<chrono::Utc>, to: chrono::DateTime<chrono::Utc>) -> Self {
        let seconds = (to - from).num_seconds().max(0);
        Span(u32::try_from(seconds).unwrap_or(u32::MAX))
    }

    pub(crate) fn parse(text: &str) -> Result<Self, NotASpan> {
        let (mut rest, mut total, mut last_unit) = (text, 0_u64, u64::MAX);
        while !rest.is_empty() {
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            let (number, tail) = rest.split_at(digits);
            let number: u64 = number.parse().map_err(|_| NotASpan::Form)?;
            let unit = match tail.bytes().next() {
                Some(b'd') => 86_400,
                Some(b'h') => 3_600,
                Some(b'm') => 60,
                _ => return Err(NotASpan::Form),
            };
            // Larger units first, each once: `30m1h` is a slip of the pen.
            if unit >= last_unit {
                return Err(NotASpan::Form);
            }
            last_unit = unit;
            total = total.saturating_add(number.saturating_mul(unit));
            rest = &tail[1..];
        }
        if last_unit == u64::MAX {
            return Err(NotASpan::Form);
        }
        let seconds = u32::try_from(total).map_err(|_| NotASpan::Range)?;
        if (MIN_SPAN_SECONDS..=MAX_SPAN_SECONDS).contains(&seconds) {
            Ok(Span(seconds))
        } else {
            Err(NotASpan::Range)
        }
    }
}

impl fmt::Display for Span {
    /// As it is written in a file; seconds only where they are not whole minutes.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = [
            (self.0 / 86_400, 'd'),
            (self.0 / 3_600 % 24, 'h'),
            (self.0 / 60 % 60, 'm'),
            (self.0 % 60, 's'),
        ];
        let mut written = false;
        for (number, unit) in parts {
            if number > 0 {
                write!(f, "{number}{unit}")?;
                written = true;
            }
        }
        if written { Ok(()) } else { f.write_str("0m") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_written_is_read() {
        for (text, minutes) in
            [("1m", 1), ("15m", 15), ("2h", 120), ("1d", 1_440), ("1h30m", 90), ("90m", 90)]
        {
            assert_eq!(Span::parse(text), Ok(Span::minutes(minutes)), "{text}");
        }
        assert_eq!(Span::parse("30d"), Ok(Span::seconds(MAX_SPAN_SECONDS)));
    }

    #[test]
    fn everything_else_is_refused() {
        for text in ["", "15", "m", "15s", "-5m", "1.5h", "30m1h", "5m5m", "1h 30m", "15 m", "١٥m"]
        {
            assert_eq!(Span::parse(text), Err(NotASpan::Form), "{text}");
        }
        for text in ["0m", "0h0m", "31d", "30d1m", "99999999999999999d"] {
            assert_eq!(Span::parse(text), Err(NotASpan::Range), "{text}");
        }
        assert_eq!(Span::parse("99999999999999999999999d"), Err(NotASpan::Form));
    }

    proptest! {
        #[test]
        fn writing_and_reading_meet(minutes in 1_u32..=43_200) {
            let span = Span::minutes(minutes);
            prop_assert_eq!(Span::parse(&span.to_string()), Ok(span));
        }

        #[test]
        fn any_text_is_answered(text in ".{0,40}") {
            let _ = Span::parse(&text);
        }
    }
}
