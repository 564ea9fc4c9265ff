//! What the steps of a playbook mean together: names that conditions use, variables of one type,
//! escalations that are no slower than what they escalate, and steps that could never come.

use super::fault::Fault;
use super::groups::own_of;
use super::problem::Problems;
use super::steps::{Written, check as check_condition};
use super::yaml::Place;
use crate::condition::{Own, Var};
use crate::definition::{Kind, Step, Wait, everything};
use crate::limits::MAX_VARS;
use crate::span::Span;
use std::collections::{BTreeSet, HashMap};

pub(super) fn check(
    lists: [&[Step]; 2],
    places: &HashMap<String, Place>,
    conditions: &[Written],
    p: &mut Problems,
) {
    let start = Place { line: 1, column: 1 };
    // Steps of a called playbook have no place of their own here: it is the caller's.
    let place = |id: &str| {
        let mut id = id;
        loop {
            if let Some(found) = places.get(id) {
                return *found;
            }
            match id.rsplit_once('/') {
                Some((outer, _)) => id = outer,
                None => return start,
            }
        }
    };
    let all: Vec<&Step> = lists.into_iter().flat_map(everything).collect();
    let mut own = own_of(&all);
    for step in &all {
        if let Kind::Set(values) = &step.kind {
            for (name, value) in values {
                let before = own.vars.get(name).map(type_of);
                if before.is_some_and(|before| before != type_of(value)) {
                    p.add(place(&step.id), &Fault::VarOfTwoTypes(name.clone()));
                }
                own.vars.insert(name.clone(), value.clone());
            }
        }
    }
    if own.vars.len() > MAX_VARS {
        p.add(start, &Fault::TooManyVars);
    }
    for written in conditions {
        let round = written.round.as_ref().map(|round| Own {
            vars: own.vars.clone(),
            answers: round.answers.clone(),
            steps: round.steps.clone(),
        });
        check_condition(&written.condition, round.as_ref().unwrap_or(&own), written.at, p);
    }
    for list in lists {
        for step in list {
            no_slower(step, None, &place, p);
        }
        never(list, &place, p);
    }
}

fn type_of(value: &Var) -> u8 {
    match value {
        Var::Bool(_) => 0,
        Var::Number(_) => 1,
        Var::Text(_) => 2,
    }
}

/// What stands in a `late` must not wait longer than the step that was late.
fn no_slower(step: &Step, limit: Option<Span>, place: &dyn Fn(&str) -> Place, p: &mut Problems) {
    if let (Some(within), Some(limit)) = (step.within, limit)
        && within > limit
    {
        p.add(place(&step.id), &Fault::LateTooLong { within, limit });
    }
    for list in step.lists() {
        for inner in list {
            // A group without a time of its own hands its limit down; a question's branch is new.
            no_slower(inner, limit.filter(|_| step.is_group()), place, p);
        }
    }
    for inner in &step.late {
        no_slower(inner, step.within, place, p);
    }
    for inner in &step.failed {
        no_slower(inner, None, place, p);
    }
}

/// A `wait` for a step that can start only after it would hold for ever.
fn never(list: &[Step], place: &dyn Fn(&str) -> Place, p: &mut Problems) {
    for (index, step) in list.iter().enumerate() {
        let mut after = BTreeSet::new();
        for later in list.iter().skip(index + 1) {
            after.extend(everything(std::slice::from_ref(later)).into_iter().map(|s| s.id.clone()));
        }
        if let Kind::Wait(Wait::Until { condition, .. }) = &step.kind {
            after.insert(step.id.clone());
            let awaited = condition.asks_for();
            let all = !awaited.is_empty() && !condition.asks_for_facts();
            if all && awaited.iter().all(|id| after.contains(id)) {
                p.add(place(&step.id), &Fault::NeverReached);
            }
        }
        for inner in step.lists().into_iter().chain([&step.late[..], &step.failed[..]]) {
            never(inner, place, p);
        }
    }
}
