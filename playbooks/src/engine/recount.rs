//! The working calendar changed under a running case: what it counted in working days is counted
//! anew, from where it began.

use super::effect::Effect;
use super::moment::Moment;
use super::plan::Plan;
use super::run::Run;
use crate::definition::{Kind, Playbook, StepClock, Wait};
use chrono::{DateTime, Utc};
use std::collections::BTreeMap;

/// A run by another calendar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recounted {
    /// The run.
    pub run: Run,
    /// Its timers that are due at another time.
    pub effects: Vec<Effect>,
    /// When the open steps that count working days are due, by id: for what was handed out with
    /// that time on it.
    pub due: BTreeMap<String, DateTime<Utc>>,
}

/// Counts a run's working days by the calendar of this moment. Timers that fired stay fired, and
/// none is armed that was not. A time that lies before this moment stays so: its timer fires at
/// once, and says how late it is. A reminder that repeats keeps its next time, since it counts from
/// the one before it; the ones after it count anew.
pub fn recount(playbook: &Playbook, run: &Run, moment: &Moment<'_>) -> Recounted {
    let mut plan = Plan { playbook, run: run.clone(), moment: *moment, effects: Vec::new() };
    let mut due = BTreeMap::new();
    let same = (run.playbook.as_str(), run.version) == (playbook.name.as_str(), playbook.version);
    if same && run.ended_at.is_none() {
        for step in playbook.all_steps() {
            let Some(state) = run.steps.get(&step.id) else { continue };
            if step.clock != StepClock::Working || !plan.is_open(&step.id) || state.halted {
                continue;
            }
            let at = |span| moment.due(state.opened_at, span, step.clock);
            if let Some(within) = step.within {
                due.insert(step.id.clone(), at(within));
                plan.move_timer(step.late_key(), at(within));
            }
            if let Some(timeout) = step.timeout {
                plan.move_timer(step.timeout_key(), at(timeout));
            }
            if let Kind::Wait(Wait::For(span)) = &step.kind {
                plan.move_timer(step.wait_key(), at(*span));
            }
        }
    }
    Recounted { run: plan.run, effects: plan.effects, due }
}

impl Plan<'_> {
    /// An armed timer is due at another time.
    fn move_timer(&mut self, key: String, due_at: DateTime<Utc>) {
        match self.run.timers.get_mut(&key) {
            Some(armed) if *armed != due_at => *armed = due_at,
            _ => return,
        }
        self.effects.push(Effect::SetTimer { key, due_at });
    }
}
