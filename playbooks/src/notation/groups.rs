//! Steps made of steps: a choice of one, rounds of the same, and what comes after what.

use super::fault::Fault;
use super::fields::{Fields, line, name, number, role, shorten};
use super::problem::Problems;
use super::steps::{LOOP, Reader, condition, is_empty_list};
use super::yaml::{Node, Value};
use crate::condition::Own;
use crate::definition::{Kind, Loop, Step, Test, everything};
use crate::limits::*;
use std::rc::Rc;

impl Reader<'_> {
    /// Steps of which only the first whose `if` holds happens.
    pub(super) fn choose(
        &mut self,
        node: &Node,
        id: &str,
        depth: usize,
        p: &mut Problems,
    ) -> Option<Kind> {
        if is_empty_list(node) {
            p.add(node.at, &Fault::NoSteps);
        }
        let steps = self.list(node, "choose", &format!("{id}/in"), depth + 1, p);
        let always = steps.iter().position(|step| step.condition.is_none());
        // The last may be for whatever is left, but not alone.
        if always.is_some_and(|n| n == 0 || n + 1 < steps.len()) {
            p.add(node.at, &Fault::ChooseNeedsIf);
        }
        Some(Kind::Choose(steps))
    }

    /// A loop, with its rounds written out.
    pub(super) fn rounds(
        &mut self,
        node: &Node,
        id: &str,
        depth: usize,
        p: &mut Problems,
    ) -> Option<Kind> {
        let fields = Fields::open(node, "loop", &LOOP, p)?;
        let limit = fields.need("rounds", p).and_then(|n| number(n, "rounds", 1, MAX_ROUNDS, p));
        let begun = self.conditions.len();
        let test = match fields.get("while") {
            Some(n) => {
                for key in ["by", "question"] {
                    if fields.get(key).is_some() {
                        let fault = Fault::SeveralKinds { first: "while", second: key };
                        p.add(fields.place_of(key), &fault);
                    }
                }
                condition(n, "while", p).map(|found| {
                    self.asked(n.at, &found);
                    Test::While(found)
                })
            }
            None if fields.get("by").is_none() && fields.get("question").is_none() => {
                p.add(fields.at, &Fault::Missing("while"));
                None
            }
            None => {
                let by = fields.need("by", p).and_then(|n| role(n, p));
                let question =
                    fields.need("question", p).and_then(|n| line(n, "question", MAX_QUESTION, p));
                by.zip(question).map(|(by, question)| Test::Ask { by, question })
            }
        };
        let steps = fields.need("steps", p)?;
        if is_empty_list(steps) {
            p.add(steps.at, &Fault::NoSteps);
        }
        let before = self.count;
        let body = self.list(steps, "steps", "in", depth + 1, p);
        let round = Rc::new(own_of(&everything(&body)));
        for written in self.conditions.iter_mut().skip(begun) {
            // Those of a loop inside this one see their own round already.
            written.round.get_or_insert_with(|| Rc::clone(&round));
        }
        let (limit, test) = (limit?, test?);
        let times = usize::try_from(limit).unwrap_or_default();
        let each = self.count.saturating_sub(before) + 1;
        self.add_steps((each * times).saturating_sub(each - 1) + 1, node.at, p);
        if self.count > MAX_STEPS {
            return None;
        }
        Some(Kind::Loop(Loop::new(id, test, limit, body)))
    }
}

/// One name, or a list of them.
pub(super) fn names(node: &Node, p: &mut Problems) -> Vec<String> {
    match &node.value {
        Value::List(items) => {
            if items.is_empty() {
                p.add(node.at, &Fault::ExpectedText { key: "after".to_owned() });
            }
            items.iter().filter_map(|item| name(item, "after", p)).collect()
        }
        _ => name(node, "after", p).into_iter().collect(),
    }
}

/// A step comes after steps that stand above it in its own list: so nothing waits in a circle.
pub(super) fn follows(node: &Node, step: &Step, above: &[Step], chosen: bool, p: &mut Problems) {
    let Value::Map(entries) = &node.value else { return };
    let Some((key, _)) = entries.iter().find(|(key, _)| key.name == "after") else { return };
    if chosen {
        p.add(key.at, &Fault::AfterInChoose);
        return;
    }
    for id in step.after.iter().filter(|id| above.iter().all(|before| before.id != **id)) {
        let near = above.iter().map(|before| (super::slips(id, &before.id), &before.id));
        let near = near.filter(|(slips, _)| *slips <= 2).min().map(|(_, near)| near.clone());
        p.add(key.at, &Fault::UnknownBefore { found: shorten(id), near });
    }
}

/// The names that these steps give to conditions.
pub(super) fn own_of(steps: &[&Step]) -> Own {
    let mut own = Own::default();
    for step in steps {
        own.steps.insert(step.id.clone());
        if matches!(step.kind, Kind::Approve { .. }) {
            own.answers.insert(step.id.clone());
        }
    }
    own
}
