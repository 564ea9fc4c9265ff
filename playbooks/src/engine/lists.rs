//! How lists of steps go on: everything starts together, only `wait` holds back what follows it.

use super::effect::{Effect, Why};
use super::plan::Plan;
use super::run::{Status, StepState};
use crate::condition::{Condition, Sight, Var};
use crate::definition::{Kind, Step, Wait};
use crate::role::Role;
use std::collections::{BTreeMap, BTreeSet};

impl<'p> Plan<'p> {
    /// Starts what of a list may start.
    pub(super) fn proceed(&mut self, list: &'p [Step], why: &Why) {
        for step in list {
            self.open(step, why);
            if matches!(step.kind, Kind::Wait(_)) && self.is_open(&step.id) {
                break;
            }
        }
    }

    /// Lets everything happen that can happen without anybody: conditions that have come true,
    /// groups that are complete, lists whose `wait` is over. Each turn settles or starts at least
    /// one step, so that it ends.
    pub(super) fn sweep(&mut self) {
        loop {
            let before = self.progress();
            self.go_on(&self.playbook.steps);
            if self.progress() == before {
                break;
            }
        }
    }

    fn progress(&self) -> (usize, usize) {
        let open = self.run.steps.values().filter(|state| state.status == Status::Open).count();
        (self.run.steps.len(), open)
    }

    fn go_on(&mut self, list: &'p [Step]) {
        self.proceed(list, &Why::Turn);
        for step in list {
            let Some(state) = self.run.steps.get(&step.id) else { break };
            if state.halted {
                continue;
            }
            let (status, late, answer) = (state.status, state.late, state.answer);
            match &step.kind {
                Kind::Parallel(inner) | Kind::Call { steps: inner, .. }
                    if status == Status::Open =>
                {
                    self.go_on(inner);
                    if self.at_rest(inner) {
                        self.complete(step);
                    }
                }
                Kind::Approve { then, otherwise, .. } => match answer {
                    Some(true) => self.go_on(then),
                    Some(false) => self.go_on(otherwise),
                    None => {}
                },
                Kind::Wait(Wait::Until { condition, .. })
                    if status == Status::Open && self.holds(condition) == Some(true) =>
                {
                    self.note("wait_over", vec![("step", step.id.clone())]);
                    self.complete(step);
                }
                _ => {}
            }
            let waits = matches!(status, Status::Open | Status::Refused);
            if late && waits && (status == Status::Refused || self.is_open(&step.id)) {
                self.go_on(&step.late);
            }
        }
    }

    fn complete(&mut self, step: &'p Step) {
        self.settle(step, Status::Done);
        self.withdraw_inside(step);
    }

    /// Whether everything in a list has started and ended, answered questions' branches included.
    fn at_rest(&self, list: &[Step]) -> bool {
        list.iter().all(|step| {
            let Some(state) = self.run.steps.get(&step.id) else { return false };
            let branch = match (&step.kind, state.answer) {
                (Kind::Approve { then, .. }, Some(true)) => self.at_rest(then),
                (Kind::Approve { otherwise, .. }, Some(false)) => self.at_rest(otherwise),
                _ => true,
            };
            state.status != Status::Open && branch
        })
    }

    /// Whether a condition holds now.
    fn holds(&self, condition: &Condition) -> Option<bool> {
        let mut vars: BTreeMap<String, Var> = BTreeMap::new();
        for step in self.playbook.all_steps() {
            if let Kind::Set(values) = &step.kind {
                for (name, value) in values {
                    let empty = match value {
                        Var::Bool(_) => Var::Bool(false),
                        Var::Number(_) => Var::Number(0),
                        Var::Text(_) => Var::Text(String::new()),
                    };
                    vars.entry(name.clone()).or_insert(empty);
                }
            }
        }
        vars.extend(self.run.vars.iter().map(|(name, value)| (name.clone(), value.clone())));
        let steps = &self.run.steps;
        condition.holds(&Sight {
            facts: self.moment.facts,
            vars: &vars,
            answer: &|id| match steps.get(id).and_then(|state| state.answer) {
                None => "none",
                Some(true) => "yes",
                Some(false) => "no",
            },
            step: &|id| steps.get(id).map_or("not_started", |state| state.status.as_word()),
        })
    }

    fn open(&mut self, step: &'p Step, why: &Why) {
        // Whatever path leads to it, a step starts once.
        if self.run.steps.contains_key(&step.id) {
            return;
        }
        let met = step.condition.as_ref().map_or(Some(true), |condition| self.holds(condition));
        if met != Some(true) {
            self.begin(step, Status::Skipped);
            if met.is_none() {
                self.note("condition_failed", vec![("step", step.id.clone())]);
                let why = Why::Unclear { step: step.id.clone() };
                self.notify(step, vec![Role::Coordinator], why);
            } else {
                self.note("step_skipped", vec![("step", step.id.clone())]);
            }
            return;
        }
        let waits = self.waits_for_answer(step);
        let says_again =
            matches!(step.kind, Kind::Notify { ask: None, .. }) && step.repeat.is_some();
        let status = if waits || says_again { Status::Open } else { Status::Done };
        self.begin(step, status);
        self.act(step, why);
        // A wait whose condition holds already is over.
        if waits && !self.is_open(&step.id) {
            return;
        }
        if let (true, false, Some(within)) = (waits, step.late.is_empty(), step.within) {
            self.set_timer(step.late_key(), within, step.clock);
        }
        if let (Status::Open, Some(repeat)) = (status, step.repeat) {
            self.set_timer(step.repeat_key(1), repeat.every, step.clock);
        }
    }

    fn begin(&mut self, step: &Step, status: Status) {
        let state = StepState {
            status,
            opened_at: self.moment.now,
            settled_at: (status != Status::Open).then_some(self.moment.now),
            firings: 0,
            late: false,
            withdrawn: false,
            answer: None,
            halted: false,
            vacant: BTreeSet::new(),
            stand_ins: BTreeSet::new(),
        };
        self.run.steps.insert(step.id.clone(), state);
    }

    /// What the kind itself does when its turn comes.
    fn act(&mut self, step: &'p Step, why: &Why) {
        let due_in = step.within.map(|within| self.moment.span(within, step.clock));
        let id = step.id.clone();
        match &step.kind {
            Kind::Notify { to, .. } => self.notify(step, to.clone(), why.clone()),
            Kind::Task { to, phase, text, evidence_required } => {
                self.effects.push(Effect::Task {
                    step: id,
                    to: to.clone(),
                    phase: *phase,
                    text: text.clone(),
                    due_in,
                    evidence_required: *evidence_required,
                    why: why.clone(),
                });
            }
            Kind::Dispatch { to, kind, ground, text, accept_within, attach_evidence } => {
                let accept_in = accept_within.map(|span| self.moment.span(span, step.clock));
                self.effects.push(Effect::Dispatch {
                    step: id,
                    to: to.clone(),
                    kind: *kind,
                    ground: ground.clone(),
                    text: text.clone(),
                    accept_in,
                    due_in,
                    attach_evidence: *attach_evidence,
                });
            }
            Kind::Webhook { target, text } => {
                self.effects.push(Effect::Webhook {
                    step: id,
                    target: target.clone(),
                    text: text.clone(),
                });
            }
            Kind::Approve { by, question, .. } => {
                self.note(
                    "question_asked",
                    vec![("step", id.clone()), ("question", question.clone())],
                );
                self.effects.push(Effect::Ask {
                    step: id,
                    by: by.clone(),
                    question: question.clone(),
                    due_in,
                });
            }
            Kind::Wait(Wait::For(span)) => self.set_timer(step.wait_key(), *span, step.clock),
            Kind::Wait(Wait::Until { condition, .. }) => {
                // True already: nobody is kept waiting, and no timer is armed in vain.
                if self.holds(condition) == Some(true) {
                    self.settle(step, Status::Done);
                }
            }
            Kind::Set(values) => {
                for (name, value) in values {
                    let shown = match value {
                        Var::Bool(value) => value.to_string(),
                        Var::Number(value) => value.to_string(),
                        Var::Text(value) => value.clone(),
                    };
                    self.note(
                        "variable_set",
                        vec![("step", id.clone()), ("name", name.clone()), ("value", shown)],
                    );
                    self.run.vars.insert(name.clone(), value.clone());
                }
            }
            Kind::Parallel(steps) | Kind::Call { steps, .. } => self.proceed(steps, why),
        }
    }
}
