//! What happens when a step fails: it is called off, and somebody hears of it.

use super::effect::Why;
use super::plan::Plan;
use super::run::Status;
use crate::definition::{Kind, Step};
use crate::role::Role;

impl<'p> Plan<'p> {
    /// Work left undone is a failure only where somebody wrote what to do then.
    pub(super) fn task_skipped(&mut self, id: &str) {
        let Some(step) = self.playbook.step(id) else { return };
        if !self.playbook.handles_failure(id) {
            self.task_done(id);
        } else if matches!(step.kind, Kind::Task { .. }) && self.is_open(id) {
            self.fail(step, "undone");
        }
    }

    /// A refusal ends the waiting, but not the trouble: `failed` starts; without one, `late` starts
    /// at once; without either, whoever says what to do then, or the coordinators are told.
    pub(super) fn dispatch_refused(&mut self, id: &str) {
        let Some(step) = self.playbook.step(id) else { return };
        if !matches!(step.kind, Kind::Dispatch { .. }) || !self.is_open(id) {
            return;
        }
        self.settle(step, Status::Refused);
        self.note("request_refused", vec![("step", id.to_owned())]);
        let why = Why::Refused { step: id.to_owned() };
        if !step.failed.is_empty() {
            self.withdraw_inside(step);
            self.proceed(&step.failed, &why);
        } else if !step.late.is_empty() {
            self.go_late(step, &why);
        } else if !self.playbook.handles_failure(id) {
            self.tell_coordinators(step, why);
        }
    }

    /// Tells the coordinators what went wrong with a step; should there be none, whoever is above.
    pub(super) fn tell_coordinators(&mut self, step: &Step, why: Why) {
        if let Some(state) = self.run.steps.get_mut(&step.id) {
            state.stand_ins.insert(Role::Coordinator);
        }
        self.notify(step, vec![Role::Coordinator], why);
    }

    /// Ends the waiting of a step for good: nobody did it. What is inside it is called off, and
    /// somebody hears of it: by its own `failed`, by that of a group around it, by the playbook's,
    /// or, without any, the coordinators. `reason` is `silence`, `undone`, `inside` (what failed
    /// there was told already), `rounds` or `unclear`.
    pub(super) fn fail(&mut self, step: &'p Step, reason: &str) {
        self.withdraw_question(step);
        self.settle(step, Status::Failed);
        self.note("step_failed", vec![("step", step.id.clone()), ("reason", reason.to_owned())]);
        self.withdraw_inside(step);
        self.withdraw(&step.members());
        let why = Why::Failed { step: step.id.clone() };
        if !step.failed.is_empty() {
            self.proceed(&step.failed, &why);
        } else if reason != "inside" && !self.playbook.handles_failure(&step.id) {
            self.tell_coordinators(step, why);
        }
    }
}
