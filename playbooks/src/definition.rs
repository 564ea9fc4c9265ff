//! A playbook as it stands after reading and checking: only what can be run.

use crate::condition::{Condition, Var};
use crate::role::{Ask, Role};
pub use crate::rounds::{Loop, Test};
use crate::span::Span;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

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
    /// For which incidents it is (CEL).
    pub when: Option<Condition>,
    /// The category, when `when` asks for nothing else.
    pub category: Option<String>,
    /// What the reporter does now, in Vietnamese: one entry per numbered line, without its number.
    pub first_aid: Vec<String>,
    /// The same in English.
    pub first_aid_en: Vec<String>,
    /// The steps; all of them start together, in this order, up to a `wait`.
    pub steps: Vec<Step>,
    /// What starts, once, when a step failed and nothing nearer to it says what to do then.
    pub failed: Vec<Step>,
}

/// One step, and what happens when it stays unanswered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Unique and stable in the playbook: the written `id`, or the place (`receive/late/0`). The
    /// steps of a called playbook have the caller's id and a slash before theirs.
    pub id: String,
    /// What the step asks for.
    pub kind: Kind,
    /// The steps of its list that come first: ids, as its own with their prefix.
    pub after: Vec<String>,
    /// Whether it happens at all; asked once, when its turn comes.
    pub condition: Option<Condition>,
    /// How long to wait for it before `late` starts; for a task also its due time.
    pub within: Option<Span>,
    /// What starts when `within` has passed first.
    pub late: Vec<Step>,
    /// How long to wait for it at all: after that it has failed.
    pub timeout: Option<Span>,
    /// What starts when it failed.
    pub failed: Vec<Step>,
    /// How often the same words are said again.
    pub repeat: Option<Repeat>,
    /// How its durations are counted.
    pub clock: StepClock,
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
        /// Words of its own, Vietnamese.
        text: Option<String>,
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
    /// A request to another organisation; complete when it reports the result.
    Dispatch {
        /// To whom: a role that an organisation holds.
        to: Role,
        /// What is asked.
        kind: DispatchKind,
        /// The legal ground, as the paper names it.
        ground: String,
        /// What is asked, Vietnamese.
        text: String,
        /// How long it has to accept or refuse.
        accept_within: Option<Span>,
        /// Whether the incident's evidence goes along, as far as the recipient may have it.
        attach_evidence: bool,
    },
    /// A message to another system; complete when that system has taken it.
    Webhook {
        /// Name of a target of the configuration, never an address.
        target: String,
        /// Words of its own, Vietnamese.
        text: Option<String>,
    },
    /// A question that one person decides; complete when answered.
    Approve {
        /// Who decides.
        by: Role,
        /// The question, Vietnamese.
        question: String,
        /// What starts when the answer is yes.
        then: Vec<Step>,
        /// What starts when the answer is no.
        otherwise: Vec<Step>,
    },
    /// Holds back what follows it in its list.
    Wait(Wait),
    /// Gives values to variables, at once.
    Set(BTreeMap<String, Var>),
    /// Steps that belong together; complete when all of them are.
    Parallel(Vec<Step>),
    /// Only the first of these whose `if` holds happens; complete when it is.
    Choose(Vec<Step>),
    /// The same steps again and again, so many times at most.
    Loop(Loop),
    /// The steps of another playbook; complete when all of them are.
    Call {
        /// Its name.
        playbook: String,
        /// Its version when it was read.
        version: u32,
        /// Its steps.
        steps: Vec<Step>,
    },
}

/// Until when a `wait` holds back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wait {
    /// So long.
    For(Span),
    /// Until a condition holds, which somebody is to bring about.
    Until {
        /// The condition.
        condition: Condition,
        /// Who is to bring it about.
        by: Role,
    },
}

/// How durations are counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepClock {
    /// Day and night, every day.
    #[default]
    Calendar,
    /// Time stands still on days that are no working days.
    Working,
}

/// What a dispatch asks for, by the API's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DispatchKind {
    /// To handle the incident.
    Handle,
    /// To help.
    Support,
    /// Information.
    ProvideInformation,
    /// Logs.
    ProvideLogs,
    /// To block.
    Block,
    /// To restore the connection.
    RestoreConnection,
    /// To preserve evidence.
    PreserveEvidence,
    /// To investigate.
    Investigate,
    /// Nothing: for information.
    ForInformation,
}

/// The words of the kinds of dispatches.
pub(crate) const DISPATCH_WORDS: &[&str] = &[
    "handle",
    "support",
    "provide_information",
    "provide_logs",
    "block",
    "restore_connection",
    "preserve_evidence",
    "investigate",
    "for_information",
];

impl DispatchKind {
    const ALL: [DispatchKind; 9] = [
        DispatchKind::Handle,
        DispatchKind::Support,
        DispatchKind::ProvideInformation,
        DispatchKind::ProvideLogs,
        DispatchKind::Block,
        DispatchKind::RestoreConnection,
        DispatchKind::PreserveEvidence,
        DispatchKind::Investigate,
        DispatchKind::ForInformation,
    ];

    /// Reads its word.
    pub fn parse(word: &str) -> Option<DispatchKind> {
        let at = DISPATCH_WORDS.iter().position(|known| *known == word)?;
        Self::ALL.get(at).copied()
    }

    /// Its word in the notation and the API.
    pub fn as_word(self) -> &'static str {
        let at = Self::ALL.iter().position(|known| *known == self).unwrap_or_default();
        DISPATCH_WORDS.get(at).copied().unwrap_or_default()
    }
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
    /// A step with nothing but its kind.
    pub(crate) fn plain(id: String, kind: Kind) -> Step {
        Step {
            id,
            kind,
            after: Vec::new(),
            condition: None,
            within: None,
            late: Vec::new(),
            timeout: None,
            failed: Vec::new(),
            repeat: None,
            clock: StepClock::default(),
        }
    }

    /// Who is addressed, or has to act.
    pub fn recipients(&self) -> &[Role] {
        match &self.kind {
            Kind::Notify { to, .. } => to,
            Kind::Task { to, .. } | Kind::Dispatch { to, .. } => std::slice::from_ref(to),
            Kind::Approve { by, .. } | Kind::Wait(Wait::Until { by, .. }) => {
                std::slice::from_ref(by)
            }
            Kind::Wait(Wait::For(_))
            | Kind::Webhook { .. }
            | Kind::Set(_)
            | Kind::Parallel(_)
            | Kind::Choose(_)
            | Kind::Loop(_)
            | Kind::Call { .. } => &[],
        }
    }

    /// Whether it writes to anybody or anything, so that there may be something to withdraw.
    pub(crate) fn sends(&self) -> bool {
        matches!(self.kind, Kind::Webhook { .. }) || !self.recipients().is_empty()
    }

    /// The key of the timer that starts `late`.
    pub fn late_key(&self) -> String {
        format!("{}/late", self.id)
    }

    /// The key of the timer of the n-th repeat.
    pub fn repeat_key(&self, n: u32) -> String {
        format!("{}/repeat/{n}", self.id)
    }

    /// The key of the timer that gives up.
    pub fn timeout_key(&self) -> String {
        format!("{}/timeout", self.id)
    }

    /// The key of the timer that ends a `wait` of so long.
    pub fn wait_key(&self) -> String {
        format!("{}/wait", self.id)
    }

    /// The lists inside it that are neither `late` nor `failed`: branches of a question, steps of
    /// a group.
    pub fn lists(&self) -> Vec<&[Step]> {
        match &self.kind {
            Kind::Approve { then, otherwise, .. } => vec![then, otherwise],
            Kind::Parallel(steps) | Kind::Choose(steps) | Kind::Call { steps, .. } => vec![steps],
            Kind::Loop(rounds) => vec![&rounds.rounds],
            _ => Vec::new(),
        }
    }

    /// The same step inside a call: its ids, and those its conditions ask for, get a prefix.
    pub(crate) fn inside(&self, prefix: &str) -> Step {
        let all = |list: &[Step]| list.iter().map(|step| step.inside(prefix)).collect();
        let kind = match &self.kind {
            Kind::Approve { by, question, then, otherwise } => Kind::Approve {
                by: by.clone(),
                question: question.clone(),
                then: all(then),
                otherwise: all(otherwise),
            },
            Kind::Wait(Wait::Until { condition, by }) => {
                Kind::Wait(Wait::Until { condition: condition.scoped(prefix), by: by.clone() })
            }
            Kind::Parallel(steps) => Kind::Parallel(all(steps)),
            Kind::Choose(steps) => Kind::Choose(all(steps)),
            // The test gets its scope when it is asked, from the ids of the rounds.
            Kind::Loop(inner) => Kind::Loop(Loop { rounds: all(&inner.rounds), ..inner.clone() }),
            Kind::Call { playbook, version, steps } => {
                Kind::Call { playbook: playbook.clone(), version: *version, steps: all(steps) }
            }
            other => other.clone(),
        };
        Step {
            id: format!("{prefix}{}", self.id),
            kind,
            after: self.after.iter().map(|id| format!("{prefix}{id}")).collect(),
            condition: self.condition.as_ref().map(|condition| condition.scoped(prefix)),
            within: self.within,
            late: all(&self.late),
            timeout: self.timeout,
            failed: all(&self.failed),
            repeat: self.repeat,
            clock: self.clock,
        }
    }

    /// Whether it is complete only when the steps inside it are.
    pub fn is_group(&self) -> bool {
        matches!(self.kind, Kind::Parallel(_) | Kind::Choose(_) | Kind::Loop(_) | Kind::Call { .. })
    }

    /// Whether it can fail: whether it waits for somebody who may refuse or stay silent.
    pub const fn can_fail(&self) -> bool {
        !matches!(self.kind, Kind::Notify { ask: None, .. } | Kind::Set(_) | Kind::Wait(_))
    }

    /// Every step inside `late`, at any depth and of any list, parents before children.
    pub fn descendants(&self) -> Vec<&Step> {
        let mut found = Vec::new();
        gather(&self.late, &mut found);
        found
    }

    /// Every step inside it that is neither in its own `late` nor in its own `failed`.
    pub fn members(&self) -> Vec<&Step> {
        let mut found = Vec::new();
        for list in self.lists() {
            gather(list, &mut found);
        }
        found
    }
}

/// Every step of a list at any depth, parents before children.
pub(crate) fn everything(list: &[Step]) -> Vec<&Step> {
    let mut found = Vec::new();
    gather(list, &mut found);
    found
}

fn gather<'s>(list: &'s [Step], found: &mut Vec<&'s Step>) {
    for step in list {
        found.push(step);
        for inner in step.lists() {
            gather(inner, found);
        }
        gather(&step.late, found);
        gather(&step.failed, found);
    }
}
