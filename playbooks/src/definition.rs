//! A playbook as it stands after reading and checking: only what can be run.

use crate::role::{Ask, Role};
use crate::span::Span;
use serde::{Deserialize, Serialize};

/// A written procedure: who is told, who does what, and what happens when nobody answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Playbook {
    /// Its name, unique in the library: `ransomware`.
    pub name: String,
    /// Grows with every change; a run stays with the version it began with.
    pub version: u32,
    /// Vietnamese title.
    pub title: String,
    /// English title.
    pub title_en: Option<String>,
    /// The condition as written (CEL).
    pub when: Option<String>,
    /// The category that `when` names; `None` when the playbook is for whatever has no own one.
    pub category: Option<String>,
    /// What the reporter does now, in Vietnamese: one entry per numbered line, without its number.
    pub first_aid: Vec<String>,
    /// The same in English.
    pub first_aid_en: Vec<String>,
    /// The steps; all of them start together, in this order.
    pub steps: Vec<Step>,
}

/// One step, and what happens when it stays unanswered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Unique and stable in the playbook: the written `id`, or the place (`receive/late/0`).
    pub id: String,
    /// What the step asks for.
    pub kind: Kind,
    /// How long to wait for it before `late` starts; for a task also its due time.
    pub within: Option<Span>,
    /// What starts when `within` has passed first.
    pub late: Vec<Step>,
    /// How often the same words are said again.
    pub repeat: Option<Repeat>,
}

/// The kinds of steps that this version runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Words to people; complete when sent, or, with `ask`, when the answer has come.
    Notify {
        /// To whom.
        to: Vec<Role>,
        /// What is asked of them.
        ask: Option<Ask>,
    },
    /// Work for somebody; complete when done.
    Task {
        /// Whose work.
        to: Role,
        /// The phase of TT 20/2017 Điều 11 that it belongs to.
        phase: Phase,
        /// The instruction, Vietnamese.
        text: String,
        /// Whether it can be done only with evidence attached.
        evidence_required: bool,
    },
}

/// The same words again, until answered or until so many times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Repeat {
    /// The pause before each repeat.
    pub every: Span,
    /// How many repeats follow the first notice.
    pub times: u32,
}

/// The phases of the ordinary procedure (TT 20/2017 Điều 11), named as the incident's states.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Tiếp nhận, xác minh.
    Verifying,
    /// Ngăn chặn.
    Containing,
    /// Xử lý, gỡ bỏ.
    Eradicating,
    /// Khôi phục.
    Recovering,
    /// Tổng kết, đánh giá.
    Reviewing,
}

/// The phases' words, in their order.
pub(crate) const PHASE_WORDS: &[&str] =
    &["verifying", "containing", "eradicating", "recovering", "reviewing"];

impl Phase {
    /// Reads its word.
    pub fn parse(word: &str) -> Option<Phase> {
        Some(match word {
            "verifying" => Phase::Verifying,
            "containing" => Phase::Containing,
            "eradicating" => Phase::Eradicating,
            "recovering" => Phase::Recovering,
            "reviewing" => Phase::Reviewing,
            _ => return None,
        })
    }

    /// Its word in the notation and the API.
    pub const fn as_word(self) -> &'static str {
        match self {
            Phase::Verifying => "verifying",
            Phase::Containing => "containing",
            Phase::Eradicating => "eradicating",
            Phase::Recovering => "recovering",
            Phase::Reviewing => "reviewing",
        }
    }
}

impl Step {
    /// Who is addressed.
    pub fn recipients(&self) -> &[Role] {
        match &self.kind {
            Kind::Notify { to, .. } => to,
            Kind::Task { to, .. } => std::slice::from_ref(to),
        }
    }

    /// The key of the timer that starts `late`.
    pub fn late_key(&self) -> String {
        format!("{}/late", self.id)
    }

    /// The key of the timer of the n-th repeat.
    pub fn repeat_key(&self, n: u32) -> String {
        format!("{}/repeat/{n}", self.id)
    }

    /// The steps inside `late`, at any depth, parents before children.
    pub fn descendants(&self) -> Vec<&Step> {
        let mut found = Vec::new();
        for child in &self.late {
            found.push(child);
            found.extend(child.descendants());
        }
        found
    }
}

impl Playbook {
    /// Every step at any depth, parents before children, in the order of the file.
    pub fn all_steps(&self) -> Vec<&Step> {
        let mut found = Vec::new();
        for step in &self.steps {
            found.push(step);
            found.extend(step.descendants());
        }
        found
    }

    /// The step of this id.
    pub fn step(&self, id: &str) -> Option<&Step> {
        self.all_steps().into_iter().find(|step| step.id == id)
    }

    /// Whether the step stands inside the `late` of another.
    pub fn is_escalation(&self, id: &str) -> bool {
        !self.steps.iter().any(|step| step.id == id)
    }
}
