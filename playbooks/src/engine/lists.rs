//! How lists of steps go on: everything starts together, only `wait` holds back what follows it.

use super::effect::{Effect, Why};
use super::plan::Plan;
use super::run::{Status, StepState};
use crate::condition::{Condition, Sight, Var};
use crate::definition::{Kind, Loop, Step, Test, Wait};
use crate::role::Role;
use std::collections::{BTreeMap, BTreeSet};

/// How far a step has come, what follows from it included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// It waits, or has not had its turn.
    Pending,
    /// It is over, and what follows it may begin.
    Good,
    /// It failed, and nothing made up for it: what follows it does not begin.
    Bad,
}

impl<'p> Plan<'p> {
    /// Starts what of a list may start. A `wait` holds back what stands below it, unless it says
    /// itself what it comes after: then only what names it.
    pub(super) fn proceed(&mut self, list: &'p [Step], why: &Why) {
        for step in list {
            let over = |id: &String| {
                let before = list.iter().find(|before| before.id == *id);
                before.is_none_or(|before| self.outcome(before) == Some(Outcome::Good))
            };
            if step.after.iter().all(over) {
                self.open(step, why);
            }
            let holds = matches!(step.kind, Kind::Wait(_)) && step.after.is_empty();
            if holds && self.is_open(&step.id) {
                break;
            }
        }
    }

    /// The outcome of a step that has begun.
    fn outcome(&self, step: &Step) -> Option<Outcome> {
        let state = self.run.steps.get(&step.id)?;
        Some(match state.status {
            Status::Open => Outcome::Pending,
            Status::Skipped | Status::Cancelled => Outcome::Good,
            Status::Refused | Status::Failed if step.failed.is_empty() => Outcome::Bad,
            Status::Refused | Status::Failed => self.outcome_of_all(&step.failed),
            Status::Done => match (&step.kind, state.answer) {
                (Kind::Approve { then, .. }, Some(true)) => self.outcome_of_all(then),
                (Kind::Approve { otherwise, .. }, Some(false)) => self.outcome_of_all(otherwise),
                _ => Outcome::Good,
            },
        })
    }

    /// Everything in a list has come to rest; bad if anything in it is. What comes after a failure
    /// never begins, and is bad with it.
    fn outcome_of_all(&self, list: &[Step]) -> Outcome {
        let (mut whole, mut bad) = (Outcome::Good, BTreeSet::new());
        for step in list {
            let follows = || step.after.iter().any(|id| bad.contains(id.as_str()));
            let found = match self.outcome(step) {
                Some(found) => found,
                None if follows() => Outcome::Bad,
                None => Outcome::Pending,
            };
            match found {
                Outcome::Pending => whole = Outcome::Pending,
                Outcome::Bad => {
                    bad.insert(step.id.as_str());
                    if whole == Outcome::Good {
                        whole = Outcome::Bad;
                    }
                }
                Outcome::Good => {}
            }
        }
        whole
    }

    /// Lets everything happen that can happen without anybody: conditions that have come true,
    /// groups that are complete, lists whose `wait` is over. Each turn settles or starts at least
    /// one step, so that it ends.
    pub(super) fn sweep(&mut self) {
        loop {
            let before = self.progress();
            self.go_on(&self.playbook.steps);
            self.make_up();
            if self.progress() == before {
                break;
            }
        }
    }

    fn progress(&self) -> (usize, usize) {
        let open = self.run.steps.values().filter(|state| state.status == Status::Open).count();
        (self.run.steps.len(), open)
    }

    /// When something failed that nobody nearer takes care of, the playbook's own `failed` begins.
    fn make_up(&mut self) {
        if self.playbook.failed.is_empty() {
            return;
        }
        let steps = &self.playbook.steps;
        if self.run.failed_at.is_none() {
            let bad = steps.iter().find(|step| self.outcome(step) == Some(Outcome::Bad));
            let Some(bad) = bad else { return };
            self.run.failed_at = Some(self.moment.now);
            self.note("playbook_failed", vec![("step", bad.id.clone())]);
            self.proceed(&self.playbook.failed, &Why::Failed { step: bad.id.clone() });
        }
        self.go_on(&self.playbook.failed);
    }

    fn go_on(&mut self, list: &'p [Step]) {
        self.proceed(list, &Why::Turn);
        self.tend(list);
    }

    /// Looks after what of a list has begun.
    fn tend(&mut self, list: &'p [Step]) {
        for step in list {
            let Some(state) = self.run.steps.get(&step.id) else { continue };
            if state.halted {
                continue;
            }
            let (status, late, answer) = (state.status, state.late, state.answer);
            match &step.kind {
                Kind::Parallel(inner) | Kind::Call { steps: inner, .. }
                    if status == Status::Open =>
                {
                    self.go_on(inner);
                    self.close_group(step, inner);
                }
                Kind::Choose(inner) if status == Status::Open => {
                    // Which of them it is was decided when its turn came.
                    self.tend(inner);
                    self.close_group(step, inner);
                }
                Kind::Loop(inner) if status == Status::Open => {
                    self.tend(&inner.rounds);
                    self.next_round(step, inner);
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
            let over = matches!(status, Status::Refused | Status::Failed);
            if over && !step.failed.is_empty() {
                self.go_on(&step.failed);
            } else if late && (status == Status::Refused || self.is_open(&step.id)) {
                self.go_on(&step.late);
            }
        }
    }

    fn close_group(&mut self, step: &'p Step, inner: &[Step]) {
        match self.outcome_of_all(inner) {
            Outcome::Pending => {}
            Outcome::Good => self.complete(step),
            Outcome::Bad => self.fail(step, "inside"),
        }
    }

    /// Begins the next round, if the one before is over and there is to be another. Who still wants
    /// one when all have been has failed: a loop never just ends.
    fn next_round(&mut self, step: &'p Step, inner: &'p Loop) {
        let begun = |round: &&Step| self.run.steps.contains_key(&round.id);
        let begun = inner.rounds.iter().take_while(begun).count();
        if let Some(last) = begun.checked_sub(1).and_then(|n| inner.rounds.get(n)) {
            match self.outcome(last) {
                Some(Outcome::Good) => {}
                Some(Outcome::Bad) => return self.fail(step, "inside"),
                Some(Outcome::Pending) | None => return,
            }
            let answer = self.run.steps.get(&last.id).and_then(|state| state.answer);
            if answer == Some(false) {
                return self.complete(step);
            }
        }
        if let Test::While(condition) = &inner.test {
            match self.holds(&condition.scoped(&format!("{}/{begun}/", step.id))) {
                Some(true) => {}
                Some(false) => return self.complete(step),
                None => {
                    self.note("condition_failed", vec![("step", step.id.clone())]);
                    return self.fail(step, "unclear");
                }
            }
        }
        match inner.rounds.get(begun) {
            None => self.fail(step, "rounds"),
            Some(round) => {
                self.note(
                    "round_begun",
                    vec![
                        ("step", step.id.clone()),
                        ("n", (begun + 1).to_string()),
                        ("of", inner.limit.to_string()),
                    ],
                );
                self.open(round, &Why::Turn);
            }
        }
    }

    fn complete(&mut self, step: &'p Step) {
        self.settle(step, Status::Done);
        self.withdraw_inside(step);
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
        if let (true, Some(timeout)) = (waits, step.timeout) {
            self.set_timer(step.timeout_key(), timeout, step.clock);
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
            Kind::Choose(steps) => {
                let mut chosen = false;
                for inner in steps {
                    if chosen {
                        self.begin(inner, Status::Skipped);
                        self.note("step_skipped", vec![("step", inner.id.clone())]);
                    } else {
                        self.open(inner, why);
                        let state = self.run.steps.get(&inner.id);
                        chosen = state.is_some_and(|state| state.status != Status::Skipped);
                    }
                }
            }
            Kind::Loop(inner) => self.next_round(step, inner),
        }
    }
}
