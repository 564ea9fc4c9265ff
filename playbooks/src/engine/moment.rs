//! When something happens, and what is known then.

use crate::calendar::Calendar;
use crate::definition::StepClock;
use crate::facts::Facts;
use crate::library::shipped_calendar;
use crate::span::Span;
use chrono::{DateTime, Utc};
use std::sync::LazyLock;

static NO_FACTS: LazyLock<Facts> = LazyLock::new(Facts::default);

/// One moment of one incident, as the caller sees it.
#[derive(Clone, Copy, Debug)]
pub struct Moment<'m> {
    /// The time.
    pub now: DateTime<Utc>,
    /// What conditions may ask about.
    pub facts: &'m Facts,
    /// For `clock: working`.
    pub calendar: &'m Calendar,
}

impl Moment<'static> {
    /// A moment without an incident, by the shipped calendar.
    pub fn at(now: DateTime<Utc>) -> Self {
        Moment { now, facts: &NO_FACTS, calendar: shipped_calendar() }
    }
}

impl Moment<'_> {
    pub(super) fn due(&self, from: DateTime<Utc>, span: Span, clock: StepClock) -> DateTime<Utc> {
        match clock {
            StepClock::Calendar => from + span.as_delta(),
            StepClock::Working => self.calendar.after(from, span),
        }
    }

    /// A written span, counted from now.
    pub(super) fn span(&self, span: Span, clock: StepClock) -> Span {
        Span::between(self.now, self.due(self.now, span, clock))
    }
}
