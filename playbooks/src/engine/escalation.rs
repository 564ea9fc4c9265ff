//! An escalation before its time: somebody does not want to wait for silence.

use super::effect::Why;
use super::plan::Plan;
use super::run::Run;
use crate::definition::{Playbook, Step};
use chrono::{DateTime, Utc};

impl Plan<'_> {
    /// The step whose `late` would come first is late now. Called again, it is the next one's turn:
    /// nobody who comes later in the ladder is woken by a call for the nearest.
    pub(super) fn escalated(&mut self, by: &str, reason: &str) {
        let Some(step) = next(self.playbook, &self.run) else { return };
        self.cancel_timer(&step.late_key());
        self.note("step_escalated", vec![("step", step.id.clone())]);
        let why =
            Why::Escalated { step: step.id.clone(), by: by.to_owned(), reason: reason.to_owned() };
        self.go_late(step, &why);
    }
}

/// The step that escalates next, if any waits: by its time, then by its place in the playbook.
fn next<'p>(playbook: &'p Playbook, run: &Run) -> Option<&'p Step> {
    let due = |step: &Step| run.timers.get(&step.late_key()).copied();
    playbook.all_steps().into_iter().filter(|step| due(step).is_some()).min_by_key(|step| due(step))
}

impl Run {
    /// What [`Event::Escalated`](super::Event::Escalated) would bring now: the id of the step that
    /// waits, and when it is late by itself.
    pub fn next_escalation(&self, playbook: &Playbook) -> Option<(String, DateTime<Utc>)> {
        if self.ended_at.is_some() {
            return None;
        }
        let step = next(playbook, self)?;
        Some((step.id.clone(), *self.timers.get(&step.late_key())?))
    }
}
