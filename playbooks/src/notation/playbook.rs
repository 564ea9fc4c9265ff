//! From nodes to a playbook: its head. The steps are read in the room beside.

use super::fault::Fault;
use super::fields::{Fields, Shape, line, name, number, text};
use super::problem::Problems;
use super::steps;
use super::yaml::{Node, Value};
use crate::condition::Own;
use crate::definition::Playbook;
use crate::limits::*;

pub(crate) const PLAYBOOK: Shape = Shape {
    known: &[
        "playbook",
        "version",
        "title",
        "title_en",
        "when",
        "first_aid",
        "first_aid_en",
        "steps",
        "failed",
    ],
    later: &[],
};

/// Reads a playbook; `called` are the names of those whose reading led here, itself last.
pub(crate) fn read(
    node: &Node,
    find: &dyn Fn(&str) -> Option<String>,
    called: &[String],
    p: &mut Problems,
) -> Option<Playbook> {
    if matches!(node.value, Value::Null) {
        p.add(node.at, &Fault::Empty);
        return None;
    }
    let fields = Fields::open(node, "playbook", &PLAYBOOK, p)?;
    let book_name = fields.need("playbook", p).and_then(|n| name(n, "playbook", p));
    let version = fields.need("version", p).and_then(|n| number(n, "version", 1, 1_000_000, p));
    let title = fields.need("title", p).and_then(|n| line(n, "title", MAX_TITLE, p));
    let title_en = fields.get("title_en").and_then(|n| line(n, "title_en", MAX_TITLE, p));
    let when = fields.get("when").and_then(|n| steps::condition(n, "when", p).map(|c| (n.at, c)));
    if let Some((at, condition)) = &when {
        steps::check(condition, &Own::default(), *at, p);
    }
    let first_aid = fields.need("first_aid", p).and_then(|n| numbered(n, "first_aid", p));
    let first_aid_en = fields.get("first_aid_en").and_then(|n| numbered(n, "first_aid_en", p));

    let mut chain = called.to_vec();
    chain.extend(book_name.clone());
    let steps = fields.need("steps", p).map(|n| {
        if steps::is_empty_list(n) {
            p.add(n.at, &Fault::NoSteps);
        }
        steps::read(n, fields.get("failed"), find, &chain, p)
    });
    let (steps, failed) = steps?;
    let when = when.map(|(_, condition)| condition);
    Some(Playbook {
        name: book_name?,
        version: version?,
        title: title?,
        title_en,
        category: when.as_ref().and_then(|when| when.category().map(str::to_owned)),
        when,
        first_aid: first_aid?,
        first_aid_en: first_aid_en.unwrap_or_default(),
        steps,
        failed,
    })
}

/// Lines `1. …`, `2. …` without their numbers; a line without a number continues the one above.
fn numbered(node: &Node, key: &str, p: &mut Problems) -> Option<Vec<String>> {
    let whole = text(node, key, MAX_FIRST_AID_LINES * MAX_FIRST_AID_LINE, p)?;
    let mut found: Vec<String> = Vec::new();
    // A block text begins on the line after its key.
    for line in whole.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (number, rest) = match line.split_once('.') {
            Some((number, rest)) if number.bytes().all(|b| b.is_ascii_digit()) => {
                (number.parse::<usize>().ok(), rest.trim())
            }
            _ => (None, line),
        };
        let next = found.len() + 1;
        match (number, found.last_mut()) {
            (Some(number), _) if number == next && !rest.is_empty() => {
                found.push(rest.to_owned());
            }
            (None, Some(last)) => {
                last.push(' ');
                last.push_str(rest);
            }
            _ => {
                p.add(node.at, &Fault::FirstAidNotNumbered { expected: next });
                return None;
            }
        }
    }
    if found.len() > MAX_FIRST_AID_LINES {
        p.add(node.at, &Fault::FirstAidNotNumbered { expected: MAX_FIRST_AID_LINES });
        return None;
    }
    if found.iter().any(|line| line.chars().count() > MAX_FIRST_AID_LINE) {
        p.add(node.at, &Fault::TooLong { key: key.to_owned(), max: MAX_FIRST_AID_LINE });
        return None;
    }
    Some(found)
}
