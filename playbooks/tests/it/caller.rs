//! What the server does with effects, in miniature and suspicious: it keeps timers and notices, and
//! fails at once if an effect is doubled, contradicts another, or disagrees with the run's state.

use chrono::{DateTime, TimeDelta, Utc};
use playbooks::{
    Change, Effect, Event, Facts, Moment, Playbook, Role, Run, Why, advance, parse_with, rebase,
    start,
};
use std::collections::{BTreeMap, BTreeSet};

/// A notice as the outbox would keep it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Notice {
    pub(crate) step: String,
    pub(crate) firing: u32,
    pub(crate) to: Vec<Role>,
    pub(crate) asks: bool,
    pub(crate) late: bool,
    pub(crate) why: Why,
    pub(crate) at: DateTime<Utc>,
}

pub(crate) struct Caller {
    pub(crate) playbook: Playbook,
    pub(crate) run: Run,
    pub(crate) facts: Facts,
    pub(crate) now: DateTime<Utc>,
    pub(crate) timers: BTreeMap<String, DateTime<Utc>>,
    pub(crate) notices: Vec<Notice>,
    pub(crate) withdrawn: BTreeSet<String>,
    pub(crate) tasks: BTreeSet<String>,
    pub(crate) questions: BTreeSet<String>,
    pub(crate) dispatches: BTreeSet<String>,
    pub(crate) webhooks: BTreeMap<String, String>,
    pub(crate) notes: Vec<(String, Vec<(String, String)>)>,
    ever_armed: BTreeSet<String>,
}

pub(crate) fn morning() -> DateTime<Utc> {
    "2026-02-16T17:00:00Z".parse().expect("a time")
}

impl Caller {
    pub(crate) fn begin(text: &str) -> Caller {
        Caller::begin_with(text, &[], Facts::default())
    }

    /// Begins with playbooks that may be called, and with what is known of the incident.
    pub(crate) fn begin_with(text: &str, called: &[(&str, &str)], facts: Facts) -> Caller {
        let find = |name: &str| {
            called.iter().find(|(known, _)| *known == name).map(|(_, text)| (*text).to_owned())
        };
        let playbook =
            parse_with(text, &find).unwrap_or_else(|problems| panic!("{problems:#?}\n{text}"));
        let (run, effects) = start(&playbook, &Moment { facts: &facts, ..Moment::at(morning()) });
        let mut caller = Caller {
            playbook,
            run,
            facts,
            now: morning(),
            timers: BTreeMap::new(),
            notices: Vec::new(),
            withdrawn: BTreeSet::new(),
            tasks: BTreeSet::new(),
            notes: Vec::new(),
            questions: BTreeSet::new(),
            dispatches: BTreeSet::new(),
            webhooks: BTreeMap::new(),
            ever_armed: BTreeSet::new(),
        };
        caller.carry_out(&effects);
        caller
    }

    pub(crate) fn tell(&mut self, event: &Event) -> Vec<Effect> {
        // The run lives as JSON in the database between events.
        let kept = serde_json::to_string(&self.run).expect("writes");
        let run: Run = serde_json::from_str(&kept).expect("reads");
        assert_eq!(run, self.run);
        if let Event::Fired { timer } = event {
            self.timers.remove(timer);
        }
        let facts = self.facts.clone();
        let moment = Moment { facts: &facts, ..Moment::at(self.now) };
        let (next, effects) = advance(&self.playbook, &run, event, &moment);
        let again = advance(&self.playbook, &run, event, &moment);
        assert_eq!((&next, &effects), (&again.0, &again.1), "not a function of its input");
        self.run = next;
        self.carry_out(&effects);
        effects
    }

    /// Puts the run under another version and carries out what follows.
    pub(crate) fn rebase(&mut self, new: Playbook) -> Result<Vec<Change>, Vec<String>> {
        let facts = self.facts.clone();
        let moment = Moment { facts: &facts, ..Moment::at(self.now) };
        let rebased = rebase(&self.playbook, &self.run, &new, &moment)?;
        self.run = rebased.run;
        self.playbook = new;
        // A timer may be armed again here, after it was disarmed.
        for effect in &rebased.effects {
            if let Effect::CancelTimer { key } = effect {
                self.ever_armed.remove(key);
            }
        }
        self.carry_out(&rebased.effects);
        Ok(rebased.changes)
    }

    pub(crate) fn minutes_later(&mut self, minutes: i64) -> &mut Self {
        self.now += TimeDelta::minutes(minutes);
        self
    }

    /// Lets the clock run, firing what falls due, in its order.
    pub(crate) fn wait(&mut self, minutes: i64) {
        let end = self.now + TimeDelta::minutes(minutes);
        while let Some((key, due)) =
            self.timers.iter().min_by_key(|(_, due)| **due).map(|(k, d)| (k.clone(), *d))
        {
            if due > end {
                break;
            }
            self.now = due;
            self.tell(&Event::Fired { timer: key });
        }
        self.now = end;
    }

    /// What has been said, to whom, in minutes after the start.
    pub(crate) fn said(&self) -> Vec<(i64, String)> {
        let line = |n: &Notice| {
            let to: Vec<String> = n.to.iter().map(Role::as_word).collect();
            ((n.at - morning()).num_minutes(), to.join("+"))
        };
        self.notices.iter().map(line).collect()
    }

    fn carry_out(&mut self, effects: &[Effect]) {
        for effect in effects {
            match effect {
                Effect::Notify { step, firing, to, ask, text: _, late, why } => {
                    assert!(!to.is_empty(), "{effect:?}");
                    let doubled =
                        self.notices.iter().any(|n| n.step == *step && n.firing == *firing);
                    assert!(!doubled, "doubled: {effect:?}");
                    // That it failed is told even if its reminders were withdrawn.
                    let failed = matches!(
                        why,
                        Why::Refused { .. } | Why::Failed { .. } | Why::Vacant { .. }
                    );
                    assert!(
                        failed || !self.withdrawn.contains(step),
                        "said after withdrawal: {effect:?}"
                    );
                    self.notices.push(Notice {
                        step: step.clone(),
                        firing: *firing,
                        to: to.clone(),
                        asks: ask.is_some(),
                        late: *late,
                        why: why.clone(),
                        at: self.now,
                    });
                }
                Effect::Task { step, .. } => {
                    assert!(self.tasks.insert(step.clone()), "doubled: {effect:?}");
                }
                Effect::Dispatch { step, .. } => {
                    assert!(self.dispatches.insert(step.clone()), "doubled: {effect:?}");
                }
                Effect::Webhook { step, target, .. } => {
                    let doubled = self.webhooks.insert(step.clone(), target.clone());
                    assert_eq!(doubled, None, "doubled: {effect:?}");
                }
                Effect::Ask { step, .. } => {
                    assert!(self.questions.insert(step.clone()), "doubled: {effect:?}");
                }
                Effect::WithdrawQuestion { step } => {
                    assert!(self.questions.remove(step), "not asked: {effect:?}");
                }
                Effect::SetTimer { key, due_at } => {
                    assert!(self.ever_armed.insert(key.clone()), "armed twice: {key}");
                    self.timers.insert(key.clone(), *due_at);
                }
                Effect::CancelTimer { key } => {
                    assert!(self.timers.remove(key).is_some(), "not armed: {key}");
                }
                Effect::CancelNotices { step } => {
                    assert!(self.withdrawn.insert(step.clone()), "withdrawn twice: {step}");
                    assert!(self.run.steps.contains_key(step), "never started: {step}");
                }
                Effect::Note { code, args } => {
                    let args = args.iter().map(|(k, v)| ((*k).to_owned(), v.clone())).collect();
                    self.notes.push(((*code).to_owned(), args));
                }
            }
        }
        assert_eq!(self.timers, self.run.timers, "the caller's timers are the run's");
        for key in self.timers.keys() {
            let owner = self.run.waiting(&self.playbook).into_iter().any(|w| {
                key.strip_prefix(&w.step).is_some_and(|rest| {
                    matches!(rest, "/late" | "/wait" | "/timeout") || rest.starts_with("/repeat/")
                })
            });
            let group = self.playbook.all_steps().into_iter().any(|s| {
                s.is_group()
                    && self.run.steps.contains_key(&s.id)
                    && (s.late_key() == *key || s.timeout_key() == *key)
            });
            let owner = owner || group;
            assert!(owner, "a timer of nobody: {key}");
        }
        let waiting = self.run.waiting(&self.playbook);
        assert!(self.run.is_over() == waiting.is_empty());
        // A message to a system comes to an end by itself: taken, refused, or given up.
        let ends = |w: &playbooks::Waiting| self.webhooks.contains_key(&w.step);
        assert!(
            waiting.iter().all(|w| !w.on.is_empty() || w.next.is_some() || ends(w)),
            "waits for nobody"
        );
    }
}
