//! The rules: what starts, what answers, what is cancelled. Every change of a run is made here.

use super::effect::{Effect, Why};
use super::event::Event;
use super::moment::Moment;
use super::run::{Run, Status};
use crate::definition::{Kind, Playbook, Step, StepClock};
use crate::role::Role;
use crate::span::Span;
use std::collections::BTreeMap;

/// A timer that fires this much after its time says that it is late.
const LATE_FROM: Span = Span::seconds(30);

/// Begins a run: all steps of the playbook's own list start together, in their order, up to the
/// first `wait`.
pub fn start(playbook: &Playbook, moment: &Moment<'_>) -> (Run, Vec<Effect>) {
    let run = Run {
        playbook: playbook.name.clone(),
        version: playbook.version,
        started_at: moment.now,
        acknowledged_at: None,
        ended_at: None,
        failed_at: None,
        vars: BTreeMap::new(),
        steps: BTreeMap::new(),
        timers: BTreeMap::new(),
    };
    let mut plan = Plan { playbook, run, moment: *moment, effects: Vec::new() };
    plan.note(
        "run_started",
        vec![("playbook", playbook.name.clone()), ("version", playbook.version.to_string())],
    );
    plan.proceed(&playbook.steps, &Why::Opening);
    plan.sweep();
    (plan.run, plan.effects)
}

/// Takes one event. An event that means nothing to the run (an answer given twice, a timer that was
/// cancelled, anything after the end) changes nothing and has no effects.
pub fn advance(
    playbook: &Playbook,
    run: &Run,
    event: &Event,
    moment: &Moment<'_>,
) -> (Run, Vec<Effect>) {
    let mut plan = Plan { playbook, run: run.clone(), moment: *moment, effects: Vec::new() };
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
            Event::TaskSkipped { step } => plan.task_skipped(step),
            Event::Answered { step, yes } => plan.answered(step, *yes),
            Event::DispatchDone { step } => plan.dispatch_done(step),
            Event::DispatchRefused { step } => plan.dispatch_refused(step),
            Event::Delivered { step } => plan.delivered(step),
            Event::Undelivered { step } => plan.undelivered(step),
            Event::Changed => {}
            Event::Fired { timer } => plan.fired(timer),
            Event::NobodyHolds { step, role } => plan.nobody_holds(step, role),
            Event::Escalated { by, reason } => plan.escalated(by, reason),
            Event::Ended => plan.ended(),
        }
        if plan.run.ended_at.is_none() {
            plan.sweep();
        }
    }
    (plan.run, plan.effects)
}

/// A run on its way from one state to the next.
pub(super) struct Plan<'p> {
    pub(super) playbook: &'p Playbook,
    pub(super) run: Run,
    pub(super) moment: Moment<'p>,
    pub(super) effects: Vec<Effect>,
}

impl<'p> Plan<'p> {
    /// Whether the step, if it starts now, has an answer to wait for.
    pub(super) fn waits_for_answer(&self, step: &Step) -> bool {
        match &step.kind {
            Kind::Notify { ask, .. } => ask.is_some() && self.run.acknowledged_at.is_none(),
            Kind::Set(_) => false,
            _ => true,
        }
    }

    pub(super) fn notify(&mut self, step: &Step, to: Vec<Role>, why: Why) {
        let ask = match &step.kind {
            Kind::Notify { ask, .. } if self.run.acknowledged_at.is_none() => *ask,
            _ => None,
        };
        let late = self.playbook.is_escalation(&step.id);
        if let Some(state) = self.run.steps.get_mut(&step.id) {
            let firing = state.firings;
            state.firings += 1;
            let text = match &step.kind {
                Kind::Notify { text, .. } => text.clone(),
                _ => None,
            };
            let step = step.id.clone();
            self.effects.push(Effect::Notify { step, firing, to, ask, text, late, why });
        }
    }

    fn acknowledged(&mut self) {
        if self.run.acknowledged_at.is_some() {
            return;
        }
        self.run.acknowledged_at = Some(self.moment.now);
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

    pub(super) fn task_done(&mut self, id: &str) {
        let Some(step) = self.playbook.step(id) else { return };
        if matches!(step.kind, Kind::Task { .. }) && self.is_open(id) {
            self.settle(step, Status::Done);
            self.note("task_done", vec![("step", step.id.clone())]);
            self.withdraw_inside(step);
        }
    }

    fn answered(&mut self, id: &str, yes: bool) {
        let Some(step) = self.playbook.step(id) else { return };
        let Kind::Approve { then, otherwise, .. } = &step.kind else { return };
        if !self.is_open(id) {
            return;
        }
        self.settle(step, Status::Done);
        if let Some(state) = self.run.steps.get_mut(id) {
            state.answer = Some(yes);
        }
        let answer = if yes { "yes" } else { "no" };
        self.note(
            "question_answered",
            vec![("step", id.to_owned()), ("answer", answer.to_owned())],
        );
        self.withdraw_inside(step);
        let why = Why::Decided { step: id.to_owned(), yes };
        self.proceed(if yes { then } else { otherwise }, &why);
    }

    fn dispatch_done(&mut self, id: &str) {
        let Some(step) = self.playbook.step(id) else { return };
        if matches!(step.kind, Kind::Dispatch { .. }) && self.is_open(id) {
            self.settle(step, Status::Done);
            self.note("dispatch_done", vec![("step", id.to_owned())]);
            self.withdraw_inside(step);
        }
    }

    fn delivered(&mut self, id: &str) {
        let Some(step) = self.playbook.step(id) else { return };
        if matches!(step.kind, Kind::Webhook { .. }) && self.is_open(id) {
            self.settle(step, Status::Done);
            self.note("webhook_done", vec![("step", id.to_owned())]);
            self.withdraw_inside(step);
        }
    }

    /// A system that cannot be told is no reason to be silent: `late` starts at once, or, without
    /// one, the coordinators are told.
    fn undelivered(&mut self, id: &str) {
        let Some(step) = self.playbook.step(id) else { return };
        if !matches!(step.kind, Kind::Webhook { .. }) || !self.is_open(id) {
            return;
        }
        let was_late = self.run.steps.get(id).is_some_and(|state| state.late);
        self.settle(step, Status::Refused);
        self.note("webhook_failed", vec![("step", id.to_owned())]);
        let why = Why::Undelivered { step: id.to_owned() };
        if !step.failed.is_empty() {
            self.withdraw_inside(step);
            self.proceed(&step.failed, &why);
        } else if !step.late.is_empty() {
            if !was_late {
                self.go_late(step, &why);
            }
        } else if !self.playbook.handles_failure(id) {
            self.tell_coordinators(step, why);
        }
    }

    fn fired(&mut self, key: &str) {
        let Some(due) = self.run.timers.remove(key) else { return };
        let Some((step, part)) = self.step_of_timer(key) else { return };
        let late_by = Span::between(due, self.moment.now);
        if late_by >= LATE_FROM {
            let late_by = late_by.as_seconds().to_string();
            self.note("timer_late", vec![("timer", key.to_owned()), ("late_by", late_by)]);
        }
        match (part, step.repeat) {
            (Part::Repeat(n), Some(repeat)) => {
                let why = Why::Repeat { n, of: repeat.times };
                self.notify(step, step.recipients().to_vec(), why);
                if n < repeat.times {
                    self.set_timer(step.repeat_key(n + 1), repeat.every, step.clock);
                } else if !self.waits_for_answer(step) {
                    self.settle(step, Status::Done);
                }
            }
            (Part::Repeat(_), None) => {}
            (Part::Wait, _) => {
                if matches!(step.kind, Kind::Wait(_)) && self.is_open(&step.id) {
                    self.settle(step, Status::Done);
                    self.note("wait_over", vec![("step", step.id.clone())]);
                }
            }
            (Part::Timeout, _) => {
                if self.is_open(&step.id) {
                    self.fail(step, "silence");
                }
            }
            (Part::Late, _) => {
                let opened = self.run.steps.get(&step.id).map_or(self.moment.now, |s| s.opened_at);
                // What was waited is at least what was written: a caller may scale its clock.
                let waited = Span::between(opened, self.moment.now);
                let waited = waited.max(step.within.unwrap_or(LATE_FROM));
                self.go_late(step, &Why::Silence { step: step.id.clone(), waited });
            }
        }
    }

    /// The step of a timer, and which of its timers.
    fn step_of_timer(&self, key: &str) -> Option<(&'p Step, Part)> {
        let step = |id: &str| self.playbook.all_steps().into_iter().find(|step| step.id == id);
        if let Some((id, n)) = key.rsplit_once("/repeat/")
            && let Ok(n) = n.parse()
        {
            return Some((step(id)?, Part::Repeat(n)));
        }
        if let Some(id) = key.strip_suffix("/wait") {
            return Some((step(id)?, Part::Wait));
        }
        if let Some(id) = key.strip_suffix("/timeout") {
            return Some((step(id)?, Part::Timeout));
        }
        Some((step(key.strip_suffix("/late")?)?, Part::Late))
    }

    pub(super) fn go_late(&mut self, step: &'p Step, why: &Why) {
        if let Some(state) = self.run.steps.get_mut(&step.id) {
            state.late = true;
        }
        if let Why::Silence { waited, .. } = why {
            let waited = waited.as_seconds().to_string();
            self.note("step_late", vec![("step", step.id.clone()), ("waited", waited)]);
        }
        self.proceed(&step.late, why);
    }

    fn nobody_holds(&mut self, id: &str, role: &Role) {
        let Some(step) = self.playbook.step(id) else { return };
        let answerable = !matches!(step.kind, Kind::Notify { ask: None, .. });
        let Some(state) = self.run.steps.get_mut(id) else { return };
        let settled = state.status == Status::Done && answerable;
        let addressed = step.recipients().contains(role) || state.stand_ins.contains(role);
        let withdrawn = state.withdrawn && !state.stand_ins.contains(role);
        if settled || state.status == Status::Cancelled || withdrawn || !addressed {
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
        self.run.ended_at = Some(self.moment.now);
        for step in self.playbook.all_steps() {
            if self.is_open(&step.id) {
                self.settle(step, Status::Cancelled);
                self.withdraw_question(step);
                if step.sends() {
                    self.cancel_notices(step);
                }
            } else if self.playbook.is_escalation(&step.id) && step.sends() {
                self.cancel_notices(step);
            }
        }
        self.note("run_ended", Vec::new());
    }

    pub(super) fn is_open(&self, id: &str) -> bool {
        self.run.steps.get(id).is_some_and(|state| state.status == Status::Open)
    }

    /// Ends the waiting of a step: its timers are disarmed and its unsent repeats withdrawn. The
    /// first notice stays: it is how the recipients learn of the incident at all.
    pub(super) fn settle(&mut self, step: &Step, status: Status) {
        self.cancel_timers(step);
        let answerable = !matches!(step.kind, Kind::Notify { ask: None, .. });
        let Some(state) = self.run.steps.get_mut(&step.id) else { return };
        state.status = status;
        state.settled_at = Some(self.moment.now);
        // Words that ask for nothing settle with their last repeat, which must still go out.
        if state.firings > 1 && answerable {
            self.cancel_notices(step);
        }
    }

    /// Cancels what of a settled step's `late` has not happened, at any depth. A task already handed
    /// out stays with its person, whom nobody chases any more.
    pub(super) fn withdraw_inside(&mut self, step: &'p Step) {
        self.withdraw(&step.descendants());
    }

    pub(super) fn withdraw(&mut self, steps: &[&'p Step]) {
        for inner in steps {
            self.cancel_timers(inner);
            let open = self.is_open(&inner.id);
            let Some(state) = self.run.steps.get_mut(&inner.id) else { continue };
            state.halted = true;
            let said = state.firings > 0;
            let stays = matches!(inner.kind, Kind::Task { .. } | Kind::Dispatch { .. });
            if open && !stays {
                state.status = Status::Cancelled;
                state.settled_at = Some(self.moment.now);
            }
            match inner.kind {
                Kind::Notify { .. } | Kind::Webhook { .. } => self.cancel_notices(inner),
                Kind::Approve { .. } => {
                    if open {
                        self.effects.push(Effect::WithdrawQuestion { step: inner.id.clone() });
                    }
                    if open || said {
                        self.cancel_notices(inner);
                    }
                }
                _ if said => self.cancel_notices(inner),
                _ => {}
            }
        }
    }

    /// An open question that ends unanswered.
    pub(super) fn withdraw_question(&mut self, step: &Step) {
        if matches!(step.kind, Kind::Approve { .. }) {
            self.effects.push(Effect::WithdrawQuestion { step: step.id.clone() });
        }
    }

    pub(super) fn set_timer(&mut self, key: String, wait: Span, clock: StepClock) {
        let due_at = self.moment.due(self.moment.now, wait, clock);
        self.run.timers.insert(key.clone(), due_at);
        self.effects.push(Effect::SetTimer { key, due_at });
    }

    pub(super) fn cancel_timer(&mut self, key: &str) {
        if self.run.timers.remove(key).is_some() {
            self.effects.push(Effect::CancelTimer { key: key.to_owned() });
        }
    }

    pub(super) fn cancel_timers(&mut self, step: &Step) {
        let keys: Vec<String> = self.run.timers_of(&step.id).map(|(key, _)| key.clone()).collect();
        for key in keys {
            self.cancel_timer(&key);
        }
    }

    /// Withdraws a step's notices, once; a step that has not started has none.
    pub(super) fn cancel_notices(&mut self, step: &Step) {
        if let Some(state) = self.run.steps.get_mut(&step.id)
            && !state.withdrawn
        {
            state.withdrawn = true;
            self.effects.push(Effect::CancelNotices { step: step.id.clone() });
        }
    }

    pub(super) fn note(&mut self, code: &'static str, args: Vec<(&'static str, String)>) {
        self.effects.push(Effect::Note { code, args });
    }
}

/// Which timer of a step.
enum Part {
    Late,
    Repeat(u32),
    Wait,
    Timeout,
}
