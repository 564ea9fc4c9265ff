//! The life of an incident on one page (design.md section 4; TT 20/2017 Điều 11).

use crate::domain::refusal::Refusal;
use crate::domain::words::State;

impl State {
    /// Whether the case is over: nothing waits any more.
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Closed | Self::Rejected | Self::Merged)
    }

    /// Where a case may go from here by `/state`. Closing, rejecting, merging and reopening are
    /// verbs of their own, with facts of their own.
    pub const fn next(self) -> &'static [Self] {
        match self {
            Self::Received => &[Self::Verifying],
            Self::Verifying => &[Self::Containing],
            Self::Containing => &[Self::Eradicating],
            Self::Eradicating => &[Self::Recovering],
            Self::Recovering => &[Self::Reviewing],
            // Not stable after the check: back to containment.
            Self::Reviewing => &[Self::Containing],
            Self::Closed | Self::Rejected | Self::Merged => &[],
        }
    }

    /// Checks one step of the life.
    ///
    /// # Errors
    /// [`Refusal::WrongState`] when the regime does not know this step.
    pub fn go(self, to: Self) -> Result<Self, Refusal> {
        let allowed = self.next().contains(&to)
            || matches!(
                (self, to),
                (Self::Received | Self::Verifying, Self::Rejected)
                    | (Self::Reviewing, Self::Closed)
                    | (Self::Closed | Self::Rejected, Self::Verifying)
            )
            || (!self.is_over() && matches!(to, Self::Merged));
        if allowed { Ok(to) } else { Err(Refusal::WrongState { from: self, to }) }
    }
}

/// The queue's first key: 0 unacknowledged, 1 overdue, 2 in hand, 9 over.
pub const fn queue_rank(state: State, acknowledged: bool, overdue: bool) -> i32 {
    match (state.is_over(), acknowledged, overdue) {
        (true, _, _) => 9,
        (false, false, _) => 0,
        (false, true, true) => 1,
        (false, true, false) => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pair_of_states_is_allowed_or_refused_as_written() {
        use State::*;
        let allowed = [
            (Received, Verifying),
            (Received, Rejected),
            (Received, Merged),
            (Verifying, Containing),
            (Verifying, Rejected),
            (Verifying, Merged),
            (Containing, Eradicating),
            (Containing, Merged),
            (Eradicating, Recovering),
            (Eradicating, Merged),
            (Recovering, Reviewing),
            (Recovering, Merged),
            (Reviewing, Containing),
            (Reviewing, Closed),
            (Reviewing, Merged),
            (Closed, Verifying),
            (Rejected, Verifying),
        ];
        for from in State::ALL {
            for to in State::ALL {
                let expected = allowed.contains(&(*from, *to));
                assert_eq!(from.go(*to).is_ok(), expected, "{from} -> {to}");
            }
        }
    }
}
