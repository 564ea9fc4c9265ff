//! One thing that is wrong with a file: where, what, and what to do, in both languages.

use super::fault::Fault;
use super::yaml::{Node, Place};
use crate::limits::MAX_PROBLEMS;
use serde::Serialize;
use std::fmt;

/// Something wrong in a file, at a place, explained for the official who wrote it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// Stable code, for tests and links into the manual.
    pub code: &'static str,
    /// What is wrong, Vietnamese.
    pub message_vi: String,
    /// What is wrong, English.
    pub message_en: String,
    /// What to do, Vietnamese.
    pub hint_vi: String,
    /// What to do, English.
    pub hint_en: String,
}

impl Problem {
    pub(crate) fn new(at: Place, fault: &Fault) -> Self {
        let words = fault.words();
        Problem {
            line: at.line,
            column: at.column,
            code: fault.code(),
            message_vi: words.message_vi,
            message_en: words.message_en,
            hint_vi: words.hint_vi,
            hint_en: words.hint_en,
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}:{}: {} ({}). {}",
            self.line, self.column, self.message_en, self.code, self.hint_en
        )
    }
}

/// The problems found so far.
#[derive(Default)]
pub(crate) struct Problems(Vec<Problem>);

impl Problems {
    pub(crate) fn add(&mut self, at: Place, fault: &Fault) {
        if self.0.len() < MAX_PROBLEMS {
            self.0.push(Problem::new(at, fault));
        }
    }

    /// A problem of a called playbook, at the place of the call.
    pub(crate) fn add_told(&mut self, at: Place, problem: Problem) {
        if self.0.len() < MAX_PROBLEMS {
            self.0.push(Problem { line: at.line, column: at.column, ..problem });
        }
    }

    pub(crate) fn first(&self) -> Option<&Problem> {
        self.0.first()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// In the order of the file. A reader that gave up without saying why is a fault of ours; the
    /// file is refused all the same, with its first line as the place.
    pub(crate) fn into_sorted(mut self, root: &Node) -> Vec<Problem> {
        if self.0.is_empty() {
            self.0.push(Problem::new(root.at, &Fault::Unreadable("no detail".to_owned())));
        }
        self.0.sort_by_key(|p| (p.line, p.column));
        self.0
    }
}
