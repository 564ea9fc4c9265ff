//! The rules: what starts, what answers, what is cancelled. Every change of a run is made here.

use super::effect::{Effect, Why};
use super::event::Event;
use super::run::{Run, Status, StepState};
use crate::definition::{Kind, Playbook, Step};
use crate::role::Role;
use crate::span::Span;
use chrono::{DateTime, Utc};
use std::collections::{BTreeMap, BTreeSet};

/// A timer that fires this much after its time says that it is late.
const LATE_FROM: Span = Span::seconds(30);

/// Begins a run: all steps of the playbook's own list start together, in their order.
pub fn start(playbook: &Playbook, now: DateTime<Utc>) -> (Run, Vec<Effect>) {
    let run = Run {
        playbook: playbook.name.clone(),
        version: playbook.version,
        started_at: now,
        acknowledged_at: None,
        ended_at: None,
        steps: BTreeMap::new(),
        timers: BTreeMap::new(),
    };
    let mut plan = Plan { playbook, run, now, effects: Vec::new() };
    plan.note(
        "run_started",
        vec![("playbook", playbook.name.clone()), ("version", playbook.version.to_string())],
    );
    for step in &playbook.steps {
        plan.open(step, &Why::Opening);
    }
    (plan.run, plan.effects)
}

/// Takes one event. An event that means nothing to the run (an answer given twice, a timer that was
/// cancelled, anything after the end) changes nothing and has no effects.
pub fn advance(
    playbook: &Playbook,
    run: &Run,
    event: &Event,
    now: DateTime<Utc>,
) -> (Run, Vec<Effect>) {
    let mut plan = Plan { playbook, run: run.clone(), now, effects: Vec::new() };
    if (run.playbook.as_str(), run.version) != (playbook.name.as_str(), playbook.version) {
        let name = |name: &str, version: u32| format!("{name} v{version}");
        plan.note(
            "other_version",
            vec![
                ("running", name(&run.playbook, run.version)),
                ("offered", name(&playbook.name, playbook.version)),
            ],
        );
    } else if run.ended_at.is_none() {
        match event {
            Event::Acknowledged => plan.acknowledged(),
            Event::TaskDone { step } => plan.task_done(step),
            Event::Fired { timer } => plan.fired(timer),
            Event::NobodyHolds { step, role } => plan.nobody_holds(step, role),
            Event::Ended => plan.ended(),
        }
    }
    (plan.run, plan.effects)
}

struct Plan<'p> {
    playbook: &'p Playbook,
    run: Run,
    now: DateTime<Utc>,
    effects: Vec<Effect>,
}

impl<'p> Plan<'p> {
    fn open(&mut self, step: &'p Step, why: &Why) {
        // Whatever path leads to it, a step starts once.
        if self.run.steps.contains_key(&step.id) {
            return;
        }
        let waits = self.waits_for_answer(step);
        let mut status = if waits { Status::Open } else { Status::Done };
        match &step.kind {
            Kind::Notify { ask, .. } => {
                // Words that ask for nothing may still be said again.
                if ask.is_none() && step.repeat.is_some() {
                    status = Status::Open;
                }
            }
            Kind::Task { to, phase, text, evidence_required } => {
                self.effects.push(Effect::Task {
                    step: step.id.clone(),
                    to: to.clone(),
                    phase: *phase,
                    text: text.clone(),
                    due_in: step.within,
                    evidence_required: *evidence_required,
                    why: why.clone(),
                });
            }
        }
        let state = StepState {
            status,
            opened_at: self.now,
            settled_at: (status == Status::Done).then_some(self.now),
            firings: 0,
            late: false,
            withdrawn: false,
            vacant: BTreeSet::new(),
            stand_ins: BTreeSet::new(),
        };
        self.run.steps.insert(step.id.clone(), state);
        if let Kind::Notify { to, .. } = &step.kind {
            self.notify(step, to.clone(), why.clone());
        }
        if let (true, Some(within), false) = (waits, step.within, step.late.is_empty()) {
            self.set_timer(step.late_key(), within);
        }
        if let (Status::Open, Some(repeat)) = (status, step.repeat) {
            self.set_timer(step.repeat_key(1), repeat.every);
        }
    }

    /// Whether the step, if it starts now, has an answer to wait for.
    fn waits_for_answer(&self, step: &Step) -> bool {
        match &step.kind {
            Kind::Notify { ask, .. } => ask.is_some() && self.run.acknowledged_at.is_none(),
            Kind::Task { .. } => true,
        }
    }

    fn notify(&mut self, step: &Step, to: Vec<Role>, why: Why) {
        let ask = match &step.kind {
            Kind::Notify { ask, .. } if self.run.acknowledged_at.is_none() => *ask,
            _ => None,
        };
        let late = self.playbook.is_escalation(&step.id);
        if let Some(state) = self.run.steps.get_mut(&step.id) {
            let firing = state.firings;
            state.firings += 1;
            self.effects.push(Effect::Notify { step: step.id.clone(), firing, to, ask, late, why });
        }
    }

    fn acknowledged(&mut self) {
        if self.run.acknowledged_at.is_some() {
            return;
        }
        self.run.acknowledged_at = Some(self.now);
        let asked: Vec<&Step> = self
            .playbook
            .all_steps()
            .into_iter()
            .filter(|s| matches!(s.kind, Kind::Notify { ask: Some(_), .. }) && self.is_open(&s.id))
            .collect();
        // All are answered before anything is withdrawn: a step inside another's `late` that asked
        // for the same answer is answered, not cancelled.
        for step in &asked {
            self.settle(step, Status::Done);
            self.note("step_answered", vec![("step", step.id.clone())]);
        }
        for step in asked {
            self.withdraw_inside(step);
        }
    }

    fn task_done(&mut self, id: &str) {
        let Some(step) = self.playbook.step(id) else { return };
        if matches!(step.kind, Kind::Task { .. }) && self.is_open(id) {
            self.settle(step, Status::Done);
            self.note("task_done", vec![("step", step.id.clone())]);
            self.withdraw_inside(step);
        }
    }

    fn fired(&mut self, key: &str) {
        let Some(due) = self.run.timers.remove(key) else { return };
        let Some((step, n)) = self.step_of_timer(key) else { return };
        let late_by = Span::between(due, self.now);
        if late_by >= LATE_FROM {
            let late_by = late_by.as_seconds().to_string();
            self.note("timer_late", vec![("timer", key.to_owned()), ("late_by", late_by)]);
        }
        match (n, step.repeat) {
            (Some(n), Some(repeat)) => {
                let why = Why::Repeat { n, of: repeat.times };
                self.notify(step, step.recipients().to_vec(), why);
                if n < repeat.times {
                    self.set_timer(step.repeat_key(n + 1), repeat.every);
                } else if !self.waits_for_answer(step) {
                    self.settle(step, Status::Done);
                }
            }
            _ => {
                let opened = self.run.steps.get(&step.id).map_or(self.now, |s| s.opened_at);
                // What was waited is at least what was written: a caller may scale its clock.
                let waited = Span::between(opened, self.now).max(step.within.unwrap_or(LATE_FROM));
                self.go_late(step, &Why::Silence { step: step.id.clone(), waited });
            }
        }
    }

    /// The step of a timer, and which repeat it is.
    fn step_of_timer(&self, key: &str) -> Option<(&'p Step, Option<u32>)> {
        let steps = self.playbook.all_steps();
        if let Some((id, n)) = key.rsplit_once("/repeat/") {
            let step = steps.into_iter().find(|step| step.id == id)?;
            return Some((step, Some(n.parse().ok()?)));
        }
        let id = key.strip_suffix("/late")?;
        steps.into_iter().find(|step| step.id == id).map(|step| (step, None))
    }

    fn go_late(&mut self, step: &'p Step, why: &Why) {
        if let Some(state) = self.run.steps.get_mut(&step.id) {
            state.late = true;
        }
        if let Why::Silence { waited, .. } = why {
            let waited = waited.as_seconds().to_string();
            self.note("step_late", vec![("step", step.id.clone()), ("waited", waited)]);
        }
        for child in &step.late {
            self.open(child, why);
        }
    }

    fn nobody_holds(&mut self, id: &str, role: &Role) {
        let Some(step) = self.playbook.step(id) else { return };
        let answerable = !matches!(step.kind, Kind::Notify { ask: None, .. });
        let Some(state) = self.run.steps.get_mut(id) else { return };
        let settled = state.status == Status::Done && answerable;
        let addressed = step.recipients().contains(role) || state.stand_ins.contains(role);
        if settled || state.status == Status::Cancelled || state.withdrawn || !addressed {
            return;
        }
        if !state.vacant.insert(role.clone()) {
            return;
        }
        let nobody_told = step.recipients().iter().all(|role| state.vacant.contains(role));
        let vacant = state.vacant.clone();
        self.note("nobody_holds", vec![("step", id.to_owned()), ("role", role.as_word())]);
        let why = Why::Vacant { step: id.to_owned(), role: role.clone() };
        if nobody_told && self.run.timers.contains_key(&step.late_key()) {
            self.cancel_timer(&step.late_key());
            self.go_late(step, &why);
            return;
        }
        let mut next = role.next_level();
        while let Some(level) = next.as_ref().filter(|level| vacant.contains(level)) {
            next = level.next_level();
        }
        let Some(level) = next else {
            self.note("nobody_left", vec![("step", id.to_owned())]);
            return;
        };
        let told = step.recipients().contains(&level);
        if let Some(state) = self.run.steps.get_mut(id)
            && !told
            && state.stand_ins.insert(level.clone())
        {
            self.notify(step, vec![level], why);
        }
    }

    fn ended(&mut self) {
        self.run.ended_at = Some(self.now);
        for step in self.playbook.all_steps() {
            if self.is_open(&step.id) {
                self.settle(step, Status::Cancelled);
                self.cancel_notices(step);
            } else if self.playbook.is_escalation(&step.id) {
                self.cancel_notices(step);
            }
        }
        self.note("run_ended", Vec::new());
    }

    fn is_open(&self, id: &str) -> bool {
        self.run.steps.get(id).is_some_and(|state| state.status == Status::Open)
    }

    /// Ends the waiting of a step: its timers are disarmed and its unsent repeats withdrawn. The
    /// first notice stays: it is how the recipients learn of the incident at all.
    fn settle(&mut self, step: &Step, status: Status) {
        self.cancel_timers(step);
        let answerable = !matches!(step.kind, Kind::Notify { ask: None, .. });
        let Some(state) = self.run.steps.get_mut(&step.id) else { return };
        state.status = status;
        state.settled_at = Some(self.now);
        // Words that ask for nothing settle with their last repeat, which must still go out.
        if state.firings > 1 && answerable {
            self.cancel_notices(step);
        }
    }

    /// Cancels what of a settled step's `late` has not happened, at any depth. A task already handed
    /// out stays with its person, whom nobody chases any more.
    fn withdraw_inside(&mut self, step: &'p Step) {
        for inner in step.descendants() {
            self.cancel_timers(inner);
            if matches!(inner.kind, Kind::Notify { .. }) {
                if self.is_open(&inner.id)
                    && let Some(state) = self.run.steps.get_mut(&inner.id)
                {
                    state.status = Status::Cancelled;
                    state.settled_at = Some(self.now);
                }
                self.cancel_notices(inner);
            } else if self.run.steps.get(&inner.id).is_some_and(|state| state.firings > 0) {
                self.cancel_notices(inner);
            }
        }
    }

    fn set_timer(&mut self, key: String, wait: Span) {
        let due_at = self.now + wait.as_delta();
        self.run.timers.insert(key.clone(), due_at);
        self.effects.push(Effect::SetTimer { key, due_at });
    }

    fn cancel_timer(&mut self, key: &str) {
        if self.run.timers.remove(key).is_some() {
            self.effects.push(Effect::CancelTimer { key: key.to_owned() });
        }
    }

    fn cancel_timers(&mut self, step: &Step) {
        let keys: Vec<String> = self.run.timers_of(&step.id).map(|(key, _)| key.clone()).collect();
        for key in keys {
            self.cancel_timer(&key);
        }
    }

    /// Withdraws a step's notices, once; a step that has not started has none.
    fn cancel_notices(&mut self, step: &Step) {
        if let Some(state) = self.run.steps.get_mut(&step.id)
            && !state.withdrawn
        {
            state.withdrawn = true;
            self.effects.push(Effect::CancelNotices { step: step.id.clone() });
        }
    }

    fn note(&mut self, code: &'static str, args: Vec<(&'static str, String)>) {
        self.effects.push(Effect::Note { code, args });
    }
}
