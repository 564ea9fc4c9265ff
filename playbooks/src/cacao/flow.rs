//! From a graph of steps to lists of steps: what follows what, what branches, what is done again,
//! and what happens when something failed.
//!
//! A chain of CACAO steps becomes one list whose steps come `after` one another. Where `on_success`
//! and `on_failure` part, the failure's way becomes the step's `failed`; where all ways meet again,
//! the list goes on. A way back to an earlier step is written out, so many times at most.

use super::book::{Book, Kind, Step};
use super::fault::Fault;
use super::ids::slug;
use super::import::Options;
use super::places::Places;
use super::remark::Remark;
use super::variables::Known;
use crate::condition::Var;
use crate::limits::*;
use crate::notation::Problem;
use crate::role::Role;
use crate::span::Span;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// How often a way back leads to the same step again; each is one list inside another.
pub(super) const WAYS_BACK: u32 = 2;
/// When somebody else hears of a step without a `timeout` that nobody has done.
pub(super) const WITHIN: &str = "1d";

/// How often each step was met on the way to here.
pub(super) type Visits<'b> = BTreeMap<&'b str, u32>;

/// The work of one import.
pub(super) struct Flow<'b> {
    pub(super) book: &'b Book,
    places: &'b Places,
    pub(super) options: &'b Options<'b>,
    pub(super) known: Known<'b>,
    remarks: Vec<Problem>,
    wrong: Vec<Problem>,
    ids: BTreeSet<String>,
    seen: BTreeSet<String>,
    /// The variables that conditions use: our name and the value, by the step that owns them.
    pub(super) vars: BTreeMap<(Option<String>, String), (String, Var)>,
    count: usize,
}

impl<'b> Flow<'b> {
    pub(super) fn new(
        book: &'b Book,
        places: &'b Places,
        options: &'b Options<'b>,
        remarks: Vec<Problem>,
    ) -> Self {
        Flow {
            book,
            places,
            options,
            known: Known::new(book, &options.values),
            remarks,
            wrong: Vec::new(),
            ids: BTreeSet::new(),
            seen: BTreeSet::new(),
            vars: BTreeMap::new(),
            count: 0,
        }
    }

    /// The playbook's steps, and what it does when something failed.
    pub(super) fn whole(&mut self) -> (Vec<Value>, Vec<Value>) {
        let mut steps = self.chain(&self.book.start, &[], &Visits::new());
        // An exception that leads straight to an end has nothing to say: the coordinators are told.
        let failed = match self.book.exception.as_deref() {
            Some(id) => self.chain(id, &[], &Visits::new()),
            None => Vec::new(),
        };
        let values: Map<String, Value> = self
            .vars
            .values()
            .map(|(name, value)| {
                let value = match value {
                    Var::Bool(value) => json!(value),
                    Var::Number(value) => json!(value),
                    Var::Text(value) => json!(value),
                };
                (name.clone(), value)
            })
            .collect();
        if !values.is_empty() {
            let id = self.id("variables");
            steps.insert(0, json!({"id": id, "set": values}));
        }
        (steps, failed)
    }

    /// What was met, what is to be said, and what is wrong.
    pub(super) fn done(self) -> (BTreeSet<String>, Vec<Problem>, Vec<Problem>) {
        (self.seen, self.remarks, self.wrong)
    }

    pub(super) fn remark(&mut self, step: &Step, remark: &Remark) {
        self.remark_at(&step.pointer(), remark);
    }

    pub(super) fn remark_at(&mut self, pointer: &str, remark: &Remark) {
        let told = remark.at(self.places.at(pointer));
        if !self.remarks.contains(&told) {
            self.remarks.push(told);
        }
    }

    /// An id of ours that nothing else has.
    pub(super) fn id(&mut self, wanted: &str) -> String {
        let wanted = if wanted.is_empty() { "step" } else { wanted };
        let mut id = wanted.to_owned();
        let mut n = 2;
        while !self.ids.insert(id.clone()) {
            id = format!("{wanted}_{n}");
            n += 1;
        }
        id
    }

    /// An id for a step, after its name.
    pub(super) fn id_of(&mut self, step: &Step) -> String {
        let ours = step.ours.as_ref().and_then(|ours| ours.get("step")?.get("id")?.as_str());
        let wanted = match ours {
            Some(id) if !id.contains('-') => id.to_owned(),
            _ => slug(&step.name),
        };
        let kind = step.id.split("--").next().unwrap_or_default().replace('-', "_");
        self.id(if wanted.is_empty() { &kind } else { &wanted })
    }

    /// Everything from one step on, up to an end or to one of the steps where it meets others.
    pub(super) fn chain(
        &mut self,
        from: &'b str,
        stop: &[&'b str],
        visits: &Visits<'b>,
    ) -> Vec<Value> {
        let book = self.book;
        let (mut list, mut last, mut visits) = (Vec::new(), None::<String>, visits.clone());
        let mut at = Some(from);
        while let Some(step) = at.filter(|id| !stop.contains(id)).and_then(|id| book.steps.get(id))
        {
            self.count += 1;
            if self.count > MAX_STEPS {
                let fault = Fault::TooManySteps.at(self.places.at("/workflow"));
                self.wrong = vec![fault];
                break;
            }
            if matches!(step.kind, Kind::End) {
                break;
            }
            let times = visits.entry(step.id.as_str()).or_default();
            *times += 1;
            if *times > WAYS_BACK + 1 {
                list.push(self.too_often(step, last.as_deref()));
                break;
            }
            self.seen.insert(step.id.clone());
            let waits = step.ours.as_ref().is_some_and(|ours| ours.pointer("/step/wait").is_some());
            if let Some(delay) = step.delay.filter(|_| !waits) {
                let wait = self.pause(step, delay, last.as_deref());
                last = wait.get("id").and_then(Value::as_str).map(str::to_owned);
                list.push(wait);
            }
            if matches!(step.kind, Kind::Start) {
                at = step.next();
                continue;
            }
            let mut main = self.main(step, &visits);
            let id = main.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
            if let Some(last) = &last {
                main.insert("after".to_owned(), json!(last));
            }
            let failure = step.failure.as_deref();
            let join = failure.and_then(|failure| self.meeting(step.next(), failure, stop));
            let mut inside = stop.to_vec();
            inside.extend(join);
            if let Some(failure) = failure {
                let mut handler = self.chain(failure, &inside, &visits);
                if handler.is_empty() {
                    handler.push(self.passed_over(step));
                }
                main.insert("failed".to_owned(), Value::Array(handler));
            }
            list.push(Value::Object(main));
            last = Some(id.clone());
            at = if failure.is_some() {
                let region =
                    step.next().map_or_else(Vec::new, |next| self.chain(next, &inside, &visits));
                if let Some(region) = self.only_if(step, region, &format!("steps.{id} == \"done\""))
                {
                    let mut region = region;
                    last = region.get("id").and_then(Value::as_str).map(str::to_owned);
                    region.insert("after".to_owned(), json!(id));
                    list.push(Value::Object(region));
                }
                join
            } else {
                step.next()
            };
        }
        list
    }

    /// Where the ways of success and of failure meet again: the first step on the way of success
    /// that none of both can go round.
    fn meeting(
        &self,
        next: Option<&'b str>,
        failure: &'b str,
        stop: &[&'b str],
    ) -> Option<&'b str> {
        let (mut at, mut seen) = (next, BTreeSet::new());
        let start = next?;
        while let Some(id) = at {
            if stop.contains(&id) || !seen.insert(id) {
                return None;
            }
            let step = self.book.steps.get(id)?;
            if matches!(step.kind, Kind::End) {
                return None;
            }
            if !self.ends_without(start, id) && !self.ends_without(failure, id) {
                return Some(id);
            }
            at = step.next();
        }
        None
    }

    /// Whether an end can be reached from a step without passing another.
    fn ends_without(&self, from: &'b str, without: &str) -> bool {
        let (mut todo, mut seen) = (vec![from], BTreeSet::new());
        while let Some(id) = todo.pop() {
            if id == without || !seen.insert(id) {
                continue;
            }
            let Some(step) = self.book.steps.get(id) else { return true };
            let exits = step.exits();
            if exits.is_empty() {
                return true;
            }
            todo.extend(exits.into_iter().map(|(_, id)| id));
        }
        false
    }

    /// Steps that happen only if something holds, as one step.
    pub(super) fn only_if(
        &mut self,
        step: &Step,
        list: Vec<Value>,
        condition: &str,
    ) -> Option<Map<String, Value>> {
        if list.is_empty() {
            return None;
        }
        let mut one = self.as_one(step, list);
        one.insert("if".to_owned(), json!(condition));
        Some(one)
    }

    /// A list as one step without a condition or an order of its own.
    pub(super) fn as_one(&mut self, step: &Step, mut list: Vec<Value>) -> Map<String, Value> {
        if list.len() == 1
            && let Some(Value::Object(only)) = list.pop_if(|only| {
                only.get("if").is_none()
                    && only.get("after").is_none()
                    && only.get("wait").is_none()
            })
        {
            return only;
        }
        let id = self.id(&format!("{}_all", slug(step.title())));
        object(json!({"id": id, "parallel": list}))
    }

    fn main(&mut self, step: &'b Step, visits: &Visits<'b>) -> Map<String, Value> {
        let id = self.id_of(step);
        let found = match &step.kind {
            Kind::Action { commands, agent, targets, gives, .. } => {
                self.task(step, commands, agent, targets, gives)
            }
            Kind::Call { playbook, version, .. } => self.call(step, playbook, version.as_deref()),
            Kind::Parallel(branches) => {
                let mut members = Vec::new();
                for branch in branches {
                    let list = self.chain(branch, &[], visits);
                    // A pause holds back everything below it: it has to stay with its branch.
                    if list.first().is_some_and(|first| first.get("wait").is_some()) {
                        members.push(Value::Object(self.as_one(step, list)));
                    } else {
                        members.extend(list);
                    }
                }
                if members.is_empty() {
                    json!({"set": {"nothing": true}})
                } else {
                    json!({"parallel": members})
                }
            }
            Kind::If { condition, yes, no } => {
                let yes = self.chain(yes, &[], visits);
                let no = no.as_deref().map_or_else(Vec::new, |no| self.chain(no, &[], visits));
                self.branches(step, condition, yes, no)
            }
            Kind::While { condition, body } => self.rounds(step, condition, body, visits),
            Kind::Switch { on, cases } => self.cases(step, on, cases, visits),
            Kind::Start | Kind::End | Kind::Unknown(_) => json!({"set": {"nothing": true}}),
        };
        self.finish(step, &id, object(found))
    }

    /// Its id, its limit of time, and somebody who hears when nobody moves.
    fn finish(
        &mut self,
        step: &Step,
        id: &str,
        mut found: Map<String, Value>,
    ) -> Map<String, Value> {
        const FAIL: &[&str] = &["task", "dispatch", "parallel", "choose", "loop", "playbook"];
        let asks = found.get("notify").is_some_and(|notify| notify.get("ask").is_some());
        let can_fail = asks || FAIL.iter().any(|kind| found.contains_key(*kind));
        let limited = step.timeout.is_some() || step.failure.is_some();
        if let Some(by) = awaited(&found).filter(|_| step.timeout.is_none())
            && !found.contains_key("within")
        {
            let (within, late) = (json!(WITHIN), json!([{"notify": {"to": above(&by)}}]));
            found.insert("within".to_owned(), within);
            found.insert("late".to_owned(), late);
        }
        if limited && !can_fail {
            // What a branch of a question does is no failure of the question.
            found.insert("id".to_owned(), json!(self.id(&format!("{id}_in"))));
            found = object(json!({"parallel": [found]}));
        }
        if let Some(timeout) = step.timeout {
            let timeout = self.span(step, timeout, "timeout");
            let within = found.get("within").and_then(Value::as_str).map(Span::parse);
            if let (Some(Ok(within)), Ok(limit)) = (within, Span::parse(&timeout))
                && limit <= within
            {
                found.remove("within");
                found.remove("late");
            }
            found.insert("timeout".to_owned(), json!(timeout));
        }
        found.insert("id".to_owned(), json!(id));
        found
    }
}

pub(super) fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

/// Who is waited for, where a single role is.
fn awaited(found: &Map<String, Value>) -> Option<Role> {
    let word = |kind: &str, key: &str| found.get(kind)?.get(key)?.as_str().and_then(Role::parse);
    word("task", "to").or_else(|| word("approve", "by")).or_else(|| word("loop", "by"))
}

/// Who hears when this role does not move.
pub(super) fn above(role: &Role) -> Role {
    match role {
        Role::Coordinator => Role::Leader,
        Role::Leader => Role::Committee,
        _ => Role::Coordinator,
    }
}
