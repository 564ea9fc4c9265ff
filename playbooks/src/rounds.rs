//! Loops: the same steps again, written out round by round, so that every step of every round has a
//! name of its own and a run of them is bounded.

use crate::condition::Condition;
use crate::definition::{Kind, Step};
use crate::role::Role;

/// Rounds of the same steps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loop {
    /// What is asked before each round.
    pub test: Test,
    /// How many rounds there are at most; who wants one more has to be told.
    pub limit: u32,
    /// The steps as they are written.
    pub body: Vec<Step>,
    /// One group for each round, its steps named `id/ROUND/…`; for a question, each round is the
    /// question, and one more stands at the end.
    pub rounds: Vec<Step>,
}

impl Loop {
    /// Writes the rounds out; `id` is the loop's.
    pub(crate) fn new(id: &str, test: Test, limit: u32, body: Vec<Step>) -> Loop {
        let round = |n: u32| -> Vec<Step> {
            body.iter().map(|step| step.inside(&format!("{id}/{n}/"))).collect()
        };
        let asked = u32::from(matches!(test, Test::Ask { .. }));
        let rounds = (1..=limit + asked)
            .map(|n| {
                let kind = match &test {
                    Test::While(_) => Kind::Parallel(round(n)),
                    Test::Ask { by, question } => Kind::Approve {
                        by: by.clone(),
                        question: question.clone(),
                        then: if n > limit { Vec::new() } else { round(n) },
                        otherwise: Vec::new(),
                    },
                };
                Step::plain(format!("{id}/{n}"), kind)
            })
            .collect();
        Loop { test, limit, body, rounds }
    }
}

/// Whether there is another round.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Test {
    /// While this holds; it sees the steps of the round before.
    While(Condition),
    /// As long as somebody says so.
    Ask {
        /// Who decides.
        by: Role,
        /// The question, Vietnamese.
        question: String,
    },
}
