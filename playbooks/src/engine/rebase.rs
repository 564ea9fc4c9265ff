//! A running case gets another version of its playbook, on purpose. What this function answers is
//! the preview; keeping the run and carrying out the effects makes it so.

use super::effect::Effect;
use super::moment::Moment;
use super::plan::Plan;
use super::run::{Run, Status};
use crate::definition::{Kind, Playbook, Step, Wait};
use chrono::{DateTime, Utc};
use serde::Serialize;
use std::collections::BTreeSet;

/// What another version changes in a running case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "change", rename_all = "snake_case")]
pub enum Change {
    /// The step is not in the new version; what it waited for is not waited for any more. A task
    /// or request that was handed out stays with whoever has it.
    Dropped {
        /// Id of the step.
        step: String,
        /// Whether it was still open.
        was_open: bool,
    },
    /// The step starts now.
    Begins {
        /// Id of the step.
        step: String,
    },
    /// The step is new and will start in its turn.
    Added {
        /// Id of the step.
        step: String,
    },
    /// A timer is due at another time, or armed or disarmed.
    Timer {
        /// Its key.
        key: String,
        /// When it was due.
        from: Option<DateTime<Utc>>,
        /// When it is due now.
        to: Option<DateTime<Utc>>,
    },
}

/// A run under another version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rebased {
    /// The run.
    pub run: Run,
    /// What is to be done at once.
    pub effects: Vec<Effect>,
    /// What changes, for people.
    pub changes: Vec<Change>,
}

/// Puts a run under another version. What has started keeps its state, its notices and its
/// answers; times that were changed count from when the step began.
///
/// # Errors
/// The ids of steps that have started and are of another kind in the new version: they need new ids.
pub fn rebase(
    old: &Playbook,
    run: &Run,
    new: &Playbook,
    moment: &Moment<'_>,
) -> Result<Rebased, Vec<String>> {
    let same =
        |a: &Step, b: &Step| std::mem::discriminant(&a.kind) == std::mem::discriminant(&b.kind);
    let clash: Vec<String> = run
        .steps
        .keys()
        .filter(|id| matches!((old.step(id), new.step(id)), (Some(a), Some(b)) if !same(a, b)))
        .cloned()
        .collect();
    if !clash.is_empty() {
        return Err(clash);
    }
    let mut plan = Plan { playbook: new, run: run.clone(), moment: *moment, effects: Vec::new() };
    let mut changes = Vec::new();
    if run.ended_at.is_none() {
        plan.note(
            "version_changed",
            vec![("from", run.version.to_string()), ("to", new.version.to_string())],
        );
        for step in old.all_steps() {
            if run.steps.contains_key(&step.id) && new.step(&step.id).is_none() {
                let was_open = plan.is_open(&step.id);
                plan.drop_step(step, was_open);
                changes.push(Change::Dropped { step: step.id.clone(), was_open });
            }
        }
        plan.run.playbook.clone_from(&new.name);
        plan.run.version = new.version;
        for step in new.all_steps() {
            if plan.is_open(&step.id) {
                plan.retime(step);
            }
        }
        plan.sweep();
    }
    let known: BTreeSet<&str> = old.all_steps().into_iter().map(|step| step.id.as_str()).collect();
    for step in new.all_steps() {
        let begins = plan.run.steps.contains_key(&step.id) && !run.steps.contains_key(&step.id);
        if begins {
            changes.push(Change::Begins { step: step.id.clone() });
        } else if !known.contains(step.id.as_str()) && !plan.run.steps.contains_key(&step.id) {
            changes.push(Change::Added { step: step.id.clone() });
        }
    }
    let keys: BTreeSet<&String> = run.timers.keys().chain(plan.run.timers.keys()).collect();
    for key in keys {
        let (from, to) = (run.timers.get(key).copied(), plan.run.timers.get(key).copied());
        if from != to {
            changes.push(Change::Timer { key: key.clone(), from, to });
        }
    }
    Ok(Rebased { run: plan.run, effects: plan.effects, changes })
}

impl Plan<'_> {
    fn drop_step(&mut self, step: &Step, was_open: bool) {
        self.cancel_timers(step);
        if !was_open {
            return;
        }
        if matches!(step.kind, Kind::Approve { .. }) {
            self.effects.push(Effect::WithdrawQuestion { step: step.id.clone() });
        }
        if let Some(state) = self.run.steps.get_mut(&step.id) {
            state.status = Status::Cancelled;
            state.settled_at = Some(self.moment.now);
            state.halted = true;
        }
        let work = matches!(step.kind, Kind::Task { .. } | Kind::Dispatch { .. });
        if !work && step.sends() {
            self.cancel_notices(step);
        }
    }

    /// Timers of an open step under the new times.
    fn retime(&mut self, step: &Step) {
        let Some(state) = self.run.steps.get(&step.id) else { return };
        let (opened, late, halted) = (state.opened_at, state.late, state.halted);
        if halted {
            return;
        }
        let moment = self.moment;
        let from_start = |span| moment.due(opened, span, step.clock).max(moment.now);
        if !late {
            let due = step.within.filter(|_| !step.late.is_empty()).map(from_start);
            self.rearm(step.late_key(), due);
        }
        let gives_up = step.timeout.filter(|_| self.waits_for_answer(step)).map(from_start);
        self.rearm(step.timeout_key(), gives_up);
        if let Kind::Wait(Wait::For(span)) = &step.kind {
            let due = from_start(*span);
            self.rearm(step.wait_key(), Some(due));
        }
        let times = step.repeat.map_or(0, |repeat| repeat.times);
        let armed: Vec<u32> = self
            .run
            .timers
            .keys()
            .filter_map(|key| key.strip_prefix(&format!("{}/repeat/", step.id))?.parse().ok())
            .collect();
        let too_many: Vec<u32> = armed.into_iter().filter(|n| *n > times).collect();
        for n in &too_many {
            self.cancel_timer(&step.repeat_key(*n));
        }
        if !too_many.is_empty() && !self.waits_for_answer(step) {
            self.settle(step, Status::Done);
        }
    }

    fn rearm(&mut self, key: String, due: Option<DateTime<Utc>>) {
        if self.run.timers.get(&key).copied() == due {
            return;
        }
        self.cancel_timer(&key);
        if let Some(due_at) = due {
            self.run.timers.insert(key.clone(), due_at);
            self.effects.push(Effect::SetTimer { key, due_at });
        }
    }
}
