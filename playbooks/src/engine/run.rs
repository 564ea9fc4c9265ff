//! The state of one execution of a playbook: small, and complete. Kept as JSON beside the incident.

use crate::condition::Var;
use crate::definition::Playbook;
use crate::role::Role;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// One execution of one version of a playbook.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// Name of the playbook.
    pub playbook: String,
    /// The version it began with and stays with.
    pub version: u32,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// When the incident was acknowledged, as far as the run was told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acknowledged_at: Option<DateTime<Utc>>,
    /// When the incident ended and cancelled what waited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<DateTime<Utc>>,
    /// When a step failed and the playbook's own `failed` began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed_at: Option<DateTime<Utc>>,
    /// The variables that have been set.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub vars: BTreeMap<String, Var>,
    /// The steps that have started, by id.
    pub steps: BTreeMap<String, StepState>,
    /// The armed timers and when they are due, by key.
    pub timers: BTreeMap<String, DateTime<Utc>>,
}

/// Where a started step stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepState {
    /// Whether it still waits.
    pub status: Status,
    /// When it started.
    pub opened_at: DateTime<Utc>,
    /// When it was answered, done, sent or cancelled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settled_at: Option<DateTime<Utc>>,
    /// How many notices it has sent.
    #[serde(default)]
    pub firings: u32,
    /// Whether its time passed unanswered, so that `late` started.
    #[serde(default)]
    pub late: bool,
    /// Whether its unsent notices have been withdrawn.
    #[serde(default)]
    pub withdrawn: bool,
    /// What was answered, for a question.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<bool>,
    /// Whether nothing inside it may start any more.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub halted: bool,
    /// Roles that nobody held.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub vacant: BTreeSet<Role>,
    /// Roles told instead of vacant ones.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub stand_ins: BTreeSet<Role>,
}

/// Whether a step still waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Started; waits for its answer or for its next repeat.
    Open,
    /// What it asked for came, or its words were handed over for sending.
    Done,
    /// Not needed any more.
    Cancelled,
    /// Its condition did not hold when its turn came.
    Skipped,
    /// Who was asked refused.
    Refused,
    /// Nobody did it in time, somebody could not do it, or something inside it failed.
    Failed,
}

impl Status {
    /// Its word in conditions.
    pub const fn as_word(self) -> &'static str {
        match self {
            Status::Open => "open",
            Status::Done => "done",
            Status::Cancelled => "cancelled",
            Status::Skipped => "skipped",
            Status::Refused => "refused",
            Status::Failed => "failed",
        }
    }
}

/// One thing that a run waits for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Waiting {
    /// Id of the step.
    pub step: String,
    /// On whom, stand-ins of vacant roles included; empty only for a pause, which ends by itself.
    pub on: Vec<Role>,
    /// Since when.
    pub since: DateTime<Utc>,
    /// Whether its time has passed.
    pub late: bool,
    /// What happens next if nobody moves, and when: key of the timer and its time.
    pub next: Option<(String, DateTime<Utc>)>,
}

impl Run {
    /// Whether nothing is left to happen.
    pub fn is_over(&self) -> bool {
        self.steps.values().all(|step| step.status != Status::Open)
    }

    /// What it waits for, in the order of the file.
    pub fn waiting(&self, playbook: &Playbook) -> Vec<Waiting> {
        let mut found = Vec::new();
        for step in playbook.all_steps() {
            let Some(state) = self.steps.get(&step.id) else { continue };
            // A group waits for what is inside it, which is named itself.
            if state.status != Status::Open || step.is_group() {
                continue;
            }
            let on = step.recipients().iter().chain(&state.stand_ins);
            let next = self.timers_of(&step.id).min_by_key(|(_, due)| **due);
            found.push(Waiting {
                step: step.id.clone(),
                on: on.cloned().collect(),
                since: state.opened_at,
                late: state.late,
                next: next.map(|(key, due)| (key.clone(), *due)),
            });
        }
        found
    }

    /// The armed timers of one step, those of the steps inside it not included.
    pub(super) fn timers_of<'r>(
        &'r self,
        id: &'r str,
    ) -> impl Iterator<Item = (&'r String, &'r DateTime<Utc>)> {
        self.timers.iter().filter(move |(key, _)| {
            let Some(rest) = key.strip_prefix(id) else { return false };
            let number = rest.strip_prefix("/repeat/").is_some_and(|n| n.parse::<u32>().is_ok());
            rest == "/late" || rest == "/wait" || rest == "/timeout" || number
        })
    }
}
