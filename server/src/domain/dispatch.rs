//! The life of a dispatch (phiếu điều phối) on one page: `sent → accepted | refused | question →
//! in progress → done`, `cancelled` from any open state; a block lives on after done
//! (design.md section 3; domain.md 11.8). Being overdue is a clock, not a state.

use std::fmt;
use std::str::FromStr;

use crate::domain::ids::NotACode;
use crate::domain::refusal::Refusal;
use crate::domain::words::{Answer, BlockState, DispatchKind, DispatchState, Function};

/// `PDP-2026-000012`: what people say on the phone. Unique and increasing; gaps are allowed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct DispatchCode {
    /// Year in Asia/Ho_Chi_Minh.
    pub year: i32,
    /// The number, over all years.
    pub number: i64,
}

impl fmt::Display for DispatchCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PDP-{}-{:06}", self.year, self.number)
    }
}

impl FromStr for DispatchCode {
    type Err = NotACode;
    /// Reads it in any case and with or without leading zeros.
    fn from_str(text: &str) -> Result<Self, NotACode> {
        let mut parts = text.trim().splitn(3, '-');
        let (Some(head), Some(year), Some(number)) = (parts.next(), parts.next(), parts.next())
        else {
            return Err(NotACode);
        };
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        if !head.eq_ignore_ascii_case("PDP")
            || year.len() != 4
            || number.len() > 12
            || !digits(year)
            || !digits(number)
        {
            return Err(NotACode);
        }
        Ok(Self {
            year: year.parse().map_err(|_| NotACode)?,
            number: number.parse().map_err(|_| NotACode)?,
        })
    }
}

impl DispatchState {
    /// Whether nobody waits for the partner any more.
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Refused | Self::Done | Self::Cancelled)
    }

    /// Where a partner's answer leads.
    ///
    /// # Errors
    /// [`Refusal::DispatchState`] for an answer that this state does not take: a second acceptance,
    /// anything after the end, a result before the acceptance, anything while a question is open.
    pub const fn after(self, answer: Answer, kind: DispatchKind) -> Result<Self, Refusal> {
        let inform = matches!(kind, DispatchKind::ForInformation);
        Ok(match (self, answer) {
            // What is only for information is complete when it was taken note of.
            (Self::Sent, Answer::Accept | Answer::Done) if inform => Self::Done,
            (Self::Sent, Answer::Accept) => Self::Accepted,
            (Self::Sent, Answer::Refuse) => Self::Refused,
            (Self::Sent | Self::Accepted | Self::InProgress, Answer::Ask) => Self::Question,
            (Self::Accepted | Self::InProgress, Answer::Progress) => Self::InProgress,
            (Self::Accepted | Self::InProgress, Answer::Done) => Self::Done,
            (state, _) => return Err(Refusal::DispatchState { state }),
        })
    }

    /// Where the desk's reply to a question leads: back to where the question interrupted.
    ///
    /// # Errors
    /// [`Refusal::DispatchState`] when no question is open.
    pub const fn after_reply(self, accepted: bool, progressed: bool) -> Result<Self, Refusal> {
        match (self, accepted, progressed) {
            (Self::Question, true, true) => Ok(Self::InProgress),
            (Self::Question, true, false) => Ok(Self::Accepted),
            (Self::Question, false, _) => Ok(Self::Sent),
            (state, ..) => Err(Refusal::DispatchState { state }),
        }
    }

    /// Where withdrawing leads.
    ///
    /// # Errors
    /// [`Refusal::DispatchState`] when it is over already.
    pub const fn after_cancel(self) -> Result<Self, Refusal> {
        if self.is_over() {
            return Err(Refusal::DispatchState { state: self });
        }
        Ok(Self::Cancelled)
    }

    /// What a partner can answer now.
    pub fn answers(self, kind: DispatchKind) -> Vec<Answer> {
        let mut all: Vec<Answer> = Answer::ALL.to_vec();
        // Taking note is one answer, not two.
        all.retain(|answer| {
            self.after(*answer, kind).is_ok()
                && !(kind == DispatchKind::ForInformation && *answer == Answer::Done)
        });
        all
    }
}

impl Answer {
    /// Whether this answer says nothing without words.
    pub const fn needs_text(self, kind: DispatchKind) -> bool {
        match self {
            Self::Refuse | Self::Ask | Self::Progress => true,
            Self::Done => !matches!(kind, DispatchKind::ForInformation),
            Self::Accept => false,
        }
    }
}

/// A step in the life of a block that was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BlockStep {
    /// The desk asks to lift it.
    AskRemoval,
    /// It was lifted.
    Removed,
}

/// Where this step leads; `state` and `block` are the dispatch's.
///
/// # Errors
/// [`Refusal::DispatchState`] when there is no block, or not in that place.
pub const fn block_after(
    state: DispatchState,
    block: Option<BlockState>,
    step: BlockStep,
) -> Result<BlockState, Refusal> {
    match (block, step) {
        (Some(BlockState::Active), BlockStep::AskRemoval) => Ok(BlockState::RemovalAsked),
        (Some(BlockState::RemovalAsked), BlockStep::Removed) => Ok(BlockState::Removed),
        _ => Err(Refusal::DispatchState { state }),
    }
}

/// The legal ground that is proposed; a person decides (Điều 11.2 of the province's regulation for
/// providers, Điều 10 for the police, Điều 9.2.b otherwise).
pub fn proposed_ground(functions: &[Function]) -> &'static str {
    if functions.contains(&Function::Police) {
        "Điều 10 Quy chế kèm theo QĐ 1293/2017/QĐ-UBND"
    } else if functions.contains(&Function::TelecomProvider) {
        "Điều 11.2 Quy chế kèm theo QĐ 1293/2017/QĐ-UBND"
    } else {
        "Điều 9.2.b Quy chế kèm theo QĐ 1293/2017/QĐ-UBND"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_and_answer_leads_where_it_is_written() {
        use DispatchState::*;
        let written = [
            (Sent, Answer::Accept, Accepted),
            (Sent, Answer::Refuse, Refused),
            (Sent, Answer::Ask, Question),
            (Accepted, Answer::Ask, Question),
            (Accepted, Answer::Progress, InProgress),
            (Accepted, Answer::Done, Done),
            (InProgress, Answer::Ask, Question),
            (InProgress, Answer::Progress, InProgress),
            (InProgress, Answer::Done, Done),
        ];
        for kind in DispatchKind::ALL.iter().filter(|kind| **kind != DispatchKind::ForInformation) {
            for state in DispatchState::ALL {
                for answer in Answer::ALL {
                    let expected = written
                        .iter()
                        .find(|(from, given, _)| from == state && given == answer)
                        .map_or(Err(Refusal::DispatchState { state: *state }), |row| Ok(row.2));
                    assert_eq!(state.after(*answer, *kind), expected, "{kind} {state} {answer}");
                }
            }
        }
    }

    #[test]
    fn what_is_for_information_is_done_when_it_was_taken_note_of() {
        use DispatchState::*;
        let kind = DispatchKind::ForInformation;
        assert_eq!(Sent.after(Answer::Accept, kind), Ok(Done));
        assert_eq!(Sent.after(Answer::Done, kind), Ok(Done));
        assert_eq!(Sent.answers(kind), [Answer::Accept, Answer::Refuse, Answer::Ask]);
        for answer in Answer::ALL {
            assert!(Done.after(*answer, kind).is_err(), "{answer}");
        }
    }

    #[test]
    fn only_a_question_is_replied_to_and_goes_back_to_where_it_came_from() {
        use DispatchState::*;
        assert_eq!(Question.after_reply(false, false), Ok(Sent));
        assert_eq!(Question.after_reply(true, false), Ok(Accepted));
        assert_eq!(Question.after_reply(true, true), Ok(InProgress));
        for state in DispatchState::ALL.iter().filter(|state| **state != Question) {
            assert!(state.after_reply(true, true).is_err(), "{state}");
        }
    }

    #[test]
    fn open_dispatches_can_be_withdrawn_and_ended_ones_cannot() {
        for state in DispatchState::ALL {
            assert_eq!(state.after_cancel().is_ok(), !state.is_over(), "{state}");
        }
    }

    #[test]
    fn a_block_is_asked_to_be_lifted_before_it_is_lifted() {
        use BlockState::*;
        for block in [None, Some(Active), Some(RemovalAsked), Some(Removed)] {
            let asked = block_after(DispatchState::Done, block, BlockStep::AskRemoval);
            assert_eq!(asked.is_ok(), block == Some(Active), "{block:?}");
            let removed = block_after(DispatchState::Done, block, BlockStep::Removed);
            assert_eq!(removed.is_ok(), block == Some(RemovalAsked), "{block:?}");
        }
    }

    #[test]
    fn answers_offered_are_those_that_are_taken() {
        for kind in DispatchKind::ALL {
            for state in DispatchState::ALL {
                for answer in state.answers(*kind) {
                    assert!(state.after(answer, *kind).is_ok(), "{kind} {state} {answer}");
                }
                if state.is_over() || *state == DispatchState::Question {
                    assert!(state.answers(*kind).is_empty());
                }
            }
        }
    }

    #[test]
    fn codes_are_read_as_people_say_them() {
        let code = DispatchCode { year: 2026, number: 12 };
        assert_eq!(code.to_string(), "PDP-2026-000012");
        assert_eq!("pdp-2026-12".parse(), Ok(code));
        for bad in ["", "PDP-2026", "SC-2026-12", "PDP-26-1", "PDP-2026-x", "PDP-2026--1"] {
            assert_eq!(bad.parse::<DispatchCode>(), Err(NotACode), "{bad}");
        }
    }
}
