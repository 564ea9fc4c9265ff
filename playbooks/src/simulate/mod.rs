//! A playbook lived on a virtual clock, before anybody trusts it: who would be told what, when and
//! why. Pure, as the engine it drives.

mod future;
mod picture;
mod table;
mod words;

pub use future::foresee;
pub use picture::picture;
pub use table::{Line, lines, table};
pub use words::Language;

use crate::calendar::Calendar;
use crate::definition::{Kind, Loop, Playbook, Test};
use crate::engine::{Effect, Event, Moment, Run, Why, advance, start};
use crate::facts::Facts;
use crate::limits::MAX_ROWS;
use crate::role::Role;
use crate::span::Span;
use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use std::collections::BTreeMap;

/// How long somebody who is not silent takes to acknowledge or decide, at most.
const PROMPT: Span = Span::minutes(5);
/// How long another system takes.
const MACHINE: Span = Span::minutes(1);
/// How long work takes that has no due time; with one, half of it.
const WORK: Span = Span::minutes(60);
/// Nothing is simulated beyond this many days: the longest playbook with all its waits is shorter
/// than its officials' patience.
const HORIZON_DAYS: i64 = 400;

/// What is assumed.
#[derive(Clone, Debug)]
pub struct Scenario<'s> {
    /// What is known of the incident; it does not change.
    pub facts: Facts,
    /// Roles that never answer and never do anything.
    pub silent: Vec<Role>,
    /// Answers that are given at a certain time, silent or not.
    pub answers: Vec<Scripted>,
    /// When the incident arrives.
    pub from: DateTime<Utc>,
    /// The working calendar.
    pub calendar: &'s Calendar,
}

/// One answer of the script: `STEP=ok@30m`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scripted {
    /// Id of the step.
    pub step: String,
    /// What is answered.
    pub reply: Reply,
    /// How long after the step began.
    pub after: Span,
}

/// What somebody answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reply {
    /// Acknowledged, or done.
    Ok,
    /// Yes to a question.
    Yes,
    /// No to a question.
    No,
    /// A request refused, or work left undone.
    Refused,
}

impl Scripted {
    /// Reads `STEP=ok@30m`; the words are `ok`, `yes`, `no`, `refused`.
    pub fn parse(text: &str) -> Option<Scripted> {
        let (step, rest) = text.split_once('=')?;
        let (word, after) = rest.split_once('@')?;
        let reply = match word {
            "ok" => Reply::Ok,
            "yes" => Reply::Yes,
            "no" => Reply::No,
            "refused" => Reply::Refused,
            _ => return None,
        };
        let after = if after == "0m" { Span::minutes(0) } else { Span::parse(after).ok()? };
        (!step.is_empty()).then(|| Scripted { step: step.to_owned(), reply, after })
    }
}

/// One line of the answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Row {
    /// When.
    pub at: DateTime<Utc>,
    /// How long after the start, in seconds.
    pub after: u32,
    /// Id of the step, where there is one.
    pub step: String,
    /// What happens.
    pub what: What,
    /// To whom, or who does it.
    pub whom: Vec<Role>,
    /// Why, where something else led to it.
    pub why: Option<Why>,
    /// The playbook's own words: an instruction, a question.
    pub text: Option<String>,
}

/// What happens in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// Somebody is told.
    Told,
    /// Somebody is asked to acknowledge.
    Asked,
    /// Somebody gets a task.
    Task,
    /// Another organisation gets a request.
    Dispatch,
    /// Another system is told.
    Webhook,
    /// Somebody has to decide.
    Question,
    /// Somebody acknowledged, decided, did the work or refused.
    Reply(Reply),
    /// A wait is over.
    WaitOver,
    /// A condition did not hold.
    Skipped,
    /// A variable got a value.
    Set,
    /// Another round of a loop begins.
    Round,
    /// It was given up.
    Failed,
    /// The playbook's own `failed` begins.
    MadeUp,
    /// It still waits for these when nothing more happens by itself.
    StillWaits,
    /// Everything has happened.
    Over,
}

/// Lets a playbook run through a scenario. A scripted answer to a step that never begins never comes.
pub fn simulate(playbook: &Playbook, scenario: &Scenario<'_>) -> Vec<Row> {
    let moment = |now| Moment { now, facts: &scenario.facts, calendar: scenario.calendar };
    let (run, effects) = start(playbook, &moment(scenario.from));
    let mut world = World {
        playbook,
        scenario,
        run,
        now: scenario.from,
        rows: Vec::new(),
        coming: BTreeMap::new(),
        count: 0,
    };
    world.take(effects);
    world.live();
    world.rows
}

struct World<'w> {
    playbook: &'w Playbook,
    scenario: &'w Scenario<'w>,
    run: Run,
    now: DateTime<Utc>,
    rows: Vec<Row>,
    /// The answers to come, in their order.
    coming: BTreeMap<(DateTime<Utc>, usize), (Event, Coming)>,
    count: usize,
}

struct Coming {
    step: String,
    what: What,
    whom: Vec<Role>,
}

impl World<'_> {
    /// Lets time pass until nothing more happens by itself, or for longer than anybody looks ahead.
    fn live(&mut self) {
        let (playbook, scenario) = (self.playbook, self.scenario);
        let moment = |now| Moment { now, facts: &scenario.facts, calendar: scenario.calendar };
        let end = scenario.from + TimeDelta::days(HORIZON_DAYS);
        while self.rows.len() < MAX_ROWS {
            let timer = self.run.timers.iter().min_by_key(|(_, due)| **due);
            let timer = timer.map(|(key, due)| (*due, key.clone()));
            let reply = self.coming.keys().next().copied();
            // Who answers in the very minute is in time: the engine counts the same way.
            let event = match (timer, reply) {
                (Some((due, key)), reply) if reply.is_none_or(|(at, _)| due < at) => {
                    self.now = due.max(self.now);
                    Event::Fired { timer: key }
                }
                (_, Some(first)) => {
                    self.now = first.0.max(self.now);
                    let Some((event, row)) = self.coming.remove(&first) else { break };
                    if !self.matters(&row) {
                        continue;
                    }
                    self.row(&row.step, row.what, row.whom.clone(), None, None);
                    event
                }
                _ => break,
            };
            if self.now > end {
                break;
            }
            let (run, effects) = advance(playbook, &self.run, &event, &moment(self.now));
            self.run = run;
            self.take(effects);
        }
        self.close();
    }

    fn row(
        &mut self,
        step: &str,
        what: What,
        whom: Vec<Role>,
        why: Option<Why>,
        text: Option<String>,
    ) {
        self.rows.push(Row {
            at: self.now,
            after: Span::between(self.scenario.from, self.now).as_seconds(),
            step: step.to_owned(),
            what,
            whom,
            why,
            text,
        });
    }

    fn take(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Notify { step, to, ask, text, why, .. } => {
                    let what = if ask.is_some() { What::Asked } else { What::Told };
                    self.row(&step, what, to.clone(), Some(why), text);
                    if ask.is_some() {
                        self.expect(&step, &to, None, Reply::Ok);
                    }
                }
                Effect::Task { step, to, text, due_in, why, .. } => {
                    self.row(&step, What::Task, vec![to.clone()], Some(why), Some(text));
                    self.expect(&step, &[to], Some(due_in), Reply::Ok);
                }
                Effect::Dispatch { step, to, text, due_in, .. } => {
                    self.row(&step, What::Dispatch, vec![to.clone()], None, Some(text));
                    self.expect(&step, &[to], Some(due_in), Reply::Ok);
                }
                Effect::Webhook { step, target, .. } => {
                    self.row(&step, What::Webhook, Vec::new(), None, Some(target));
                    self.expect_machine(&step);
                }
                Effect::Ask { step, by, question, .. } => {
                    self.row(&step, What::Question, vec![by.clone()], None, Some(question));
                    // Who is asked whether to go on says yes once.
                    let again = self.playbook.all_steps().into_iter().any(|s| match &s.kind {
                        Kind::Loop(Loop { test: Test::Ask { .. }, rounds, .. }) => {
                            rounds.iter().skip(1).any(|round| round.id == step)
                        }
                        _ => false,
                    });
                    let habit = if again { Reply::No } else { Reply::Yes };
                    self.expect(&step, &[by], None, habit);
                }
                Effect::Note { code, args } => {
                    let arg = |name: &str| {
                        args.iter().find(|(key, _)| *key == name).map(|(_, value)| value.clone())
                    };
                    let step = arg("step").unwrap_or_default();
                    match code {
                        "wait_over" => self.row(&step, What::WaitOver, Vec::new(), None, None),
                        "step_failed" => self.row(&step, What::Failed, Vec::new(), None, None),
                        "playbook_failed" => self.row(&step, What::MadeUp, Vec::new(), None, None),
                        "round_begun" => {
                            let words = format!(
                                "{}/{}",
                                arg("n").unwrap_or_default(),
                                arg("of").unwrap_or_default()
                            );
                            self.row(&step, What::Round, Vec::new(), None, Some(words));
                        }
                        "step_skipped" => self.row(&step, What::Skipped, Vec::new(), None, None),
                        "variable_set" => {
                            let words = format!(
                                "{} = {}",
                                arg("name").unwrap_or_default(),
                                arg("value").unwrap_or_default()
                            );
                            self.row(&step, What::Set, Vec::new(), None, Some(words));
                        }
                        _ => {}
                    }
                }
                Effect::SetTimer { .. }
                | Effect::CancelTimer { .. }
                | Effect::CancelNotices { .. }
                | Effect::WithdrawQuestion { .. } => {}
            }
        }
    }

    /// Plans the answer to what was just asked, as the script or the habit says. `work` is its due
    /// time when it takes work.
    fn expect(&mut self, id: &str, to: &[Role], work: Option<Option<Span>>, habit: Reply) {
        let scripted = self.scenario.answers.iter().find(|scripted| scripted.step == id);
        let (reply, after) = match scripted {
            Some(scripted) => (scripted.reply, scripted.after),
            None if to.iter().all(|role| self.scenario.silent.contains(role)) => return,
            None => {
                let half = |span: Span| Span::seconds(span.as_seconds() / 2);
                let within = self.playbook.step(id).and_then(|step| step.within);
                let after = match work {
                    Some(due) => due.map_or(WORK, half),
                    None => within.map_or(PROMPT, |within| PROMPT.min(half(within))),
                };
                (habit, after)
            }
        };
        let step = id.to_owned();
        let Some(kind) = self.playbook.step(id).map(|step| &step.kind) else { return };
        let event = match (kind, reply) {
            (Kind::Notify { .. }, _) => Event::Acknowledged,
            (Kind::Approve { .. }, reply) => {
                Event::Answered { step: step.clone(), yes: reply != Reply::No }
            }
            (Kind::Dispatch { .. }, Reply::Refused) => {
                Event::DispatchRefused { step: step.clone() }
            }
            (Kind::Dispatch { .. }, _) => Event::DispatchDone { step: step.clone() },
            (Kind::Task { .. }, Reply::Refused) => Event::TaskSkipped { step: step.clone() },
            _ => Event::TaskDone { step: step.clone() },
        };
        let reply = match (kind, reply) {
            (Kind::Approve { .. }, Reply::Ok) => Reply::Yes,
            (Kind::Approve { .. } | Kind::Dispatch { .. }, reply)
            | (Kind::Task { .. }, reply @ Reply::Refused) => reply,
            _ => Reply::Ok,
        };
        let answering: Vec<Role> =
            to.iter().filter(|role| !self.scenario.silent.contains(role)).cloned().collect();
        let whom = if answering.is_empty() { to.to_vec() } else { answering };
        let coming = Coming { step, what: What::Reply(reply), whom };
        self.coming.insert((self.now + after.as_delta(), self.count), (event, coming));
        self.count += 1;
    }

    /// Another system answers soon, unless the script says when and how.
    fn expect_machine(&mut self, id: &str) {
        let scripted = self.scenario.answers.iter().find(|scripted| scripted.step == id);
        let (reply, after) = scripted.map_or((Reply::Ok, MACHINE), |s| (s.reply, s.after));
        let (step, refused) = (id.to_owned(), matches!(reply, Reply::Refused | Reply::No));
        let (event, reply) = if refused {
            (Event::Undelivered { step: step.clone() }, Reply::Refused)
        } else {
            (Event::Delivered { step: step.clone() }, Reply::Ok)
        };
        let coming = Coming { step, what: What::Reply(reply), whom: Vec::new() };
        self.coming.insert((self.now + after.as_delta(), self.count), (event, coming));
        self.count += 1;
    }

    /// Whether the answer still finds its step open.
    fn matters(&self, coming: &Coming) -> bool {
        self.run
            .steps
            .get(&coming.step)
            .is_some_and(|state| state.status == crate::engine::Status::Open)
    }

    fn close(&mut self) {
        let waiting = self.run.waiting(self.playbook);
        if waiting.is_empty() {
            self.row("", What::Over, Vec::new(), None, None);
        }
        for waiting in waiting {
            self.row(&waiting.step, What::StillWaits, waiting.on, None, None);
        }
    }
}
