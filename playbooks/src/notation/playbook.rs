//! From nodes to a playbook: the keys of the language, and what makes sense together.

use super::fault::Fault;
use super::fields::{
    Fields, Shape, line, list, name, number, role, roles, shorten, span, text, word,
};
use super::problem::Problems;
use super::yaml::{Node, Place, Value};
use crate::definition::{Kind, PHASE_WORDS, Phase, Playbook, Repeat, Step};
use crate::library::CATEGORIES;
use crate::limits::*;
use crate::role::{Ask, Role};
use std::collections::HashMap;

const PLAYBOOK: Shape = Shape {
    known: &[
        "playbook",
        "version",
        "title",
        "title_en",
        "when",
        "first_aid",
        "first_aid_en",
        "steps",
    ],
    later: &[],
};

/// `if`, `clock` and seven more kinds of steps belong to the language and are refused until built.
const STEP: Shape = Shape {
    known: &["id", "notify", "task", "within", "late", "repeat"],
    later: &[
        "if",
        "clock",
        "dispatch",
        "approve",
        "then",
        "otherwise",
        "wait",
        "set",
        "parallel",
        "playbook",
        "webhook",
    ],
};

const NOTIFY: Shape = Shape { known: &["to", "ask"], later: &["text"] };
const TASK: Shape = Shape { known: &["to", "phase", "text", "evidence"], later: &[] };
const REPEAT: Shape = Shape { known: &["every", "times"], later: &[] };

pub(crate) fn read(node: &Node, p: &mut Problems) -> Option<Playbook> {
    if matches!(node.value, Value::Null) {
        p.add(node.at, &Fault::Empty);
        return None;
    }
    let fields = Fields::open(node, "playbook", &PLAYBOOK, p)?;
    let book_name = fields.need("playbook", p).and_then(|n| name(n, "playbook", p));
    let version = fields.need("version", p).and_then(|n| number(n, "version", 1, 1_000_000, p));
    let title = fields.need("title", p).and_then(|n| line(n, "title", MAX_TITLE, p));
    let title_en = fields.get("title_en").and_then(|n| line(n, "title_en", MAX_TITLE, p));
    let when = fields.get("when").and_then(|n| condition(n, p));
    let first_aid = fields.need("first_aid", p).and_then(|n| numbered(n, "first_aid", p));
    let first_aid_en = fields.get("first_aid_en").and_then(|n| numbered(n, "first_aid_en", p));

    let mut reader = Steps { count: 0, ids: HashMap::new() };
    let steps = fields.need("steps", p).map(|n| reader.list(n, "steps", 1, p));
    if let Some(node) = fields.get("steps").filter(|n| is_empty_list(n)) {
        p.add(node.at, &Fault::NoSteps);
    }
    let (when, category) =
        when.map_or((None, None), |(when, category)| (Some(when), Some(category)));
    Some(Playbook {
        name: book_name?,
        version: version?,
        title: title?,
        title_en,
        when,
        category,
        first_aid: first_aid?,
        first_aid_en: first_aid_en.unwrap_or_default(),
        steps: steps?,
    })
}

/// `incident.category == "word"`: the one condition that this version understands.
fn condition(node: &Node, p: &mut Problems) -> Option<(String, String)> {
    let written = line(node, "when", MAX_TITLE, p)?;
    let category = written
        .strip_prefix("incident.category")
        .and_then(|rest| rest.trim_start().strip_prefix("=="))
        .map(str::trim)
        .and_then(|rest| rest.strip_prefix('"')?.strip_suffix('"'))
        .filter(|word| !word.contains('"'))
        .map(str::to_owned);
    let Some(category) = category else {
        p.add(node.at, &Fault::WhenTooClever);
        return None;
    };
    if CATEGORIES.contains(&category.as_str()) {
        return Some((written, category));
    }
    p.add(node.at, &Fault::UnknownCategory(shorten(&category)));
    None
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

fn is_empty_list(node: &Node) -> bool {
    matches!(&node.value, Value::List(items) if items.is_empty())
}

/// Reads step lists, counting steps and keeping ids unique over the whole file.
struct Steps {
    count: usize,
    ids: HashMap<String, Place>,
}

impl Steps {
    /// A list at this depth; `path` is what its steps are called when they have no id.
    fn list(&mut self, node: &Node, path: &str, depth: usize, p: &mut Problems) -> Vec<Step> {
        let key = path.rsplit('/').next().unwrap_or(path);
        let Some(items) = list(node, key, p) else { return Vec::new() };
        if depth > MAX_NESTING {
            p.add(node.at, &Fault::TooDeep);
            return Vec::new();
        }
        let mut steps = Vec::with_capacity(items.len().min(MAX_STEPS));
        for (index, item) in items.iter().enumerate() {
            self.count += 1;
            if self.count == MAX_STEPS + 1 {
                p.add(item.at, &Fault::TooManySteps);
            }
            if self.count <= MAX_STEPS {
                steps.extend(self.step(item, &format!("{path}/{index}"), depth, p));
            }
        }
        steps
    }

    fn step(&mut self, node: &Node, path: &str, depth: usize, p: &mut Problems) -> Option<Step> {
        let fields = Fields::open(node, "steps", &STEP, p)?;
        let id = match fields.get("id") {
            None => path.to_owned(),
            Some(written) => {
                let id = name(written, "id", p).unwrap_or_else(|| path.to_owned());
                if let Some(first) = self.ids.insert(id.clone(), written.at) {
                    p.add(written.at, &Fault::DuplicateId { id: id.clone(), line: first.line });
                }
                id
            }
        };
        let kind = kind(node, &fields, p);
        let within = fields.get("within").and_then(|n| span(n, "within", p));
        let late = match fields.get("late") {
            Some(late) => {
                let steps = self.list(late, &format!("{id}/late"), depth + 1, p);
                if is_empty_list(late) {
                    p.add(late.at, &Fault::NoSteps);
                }
                steps
            }
            None => Vec::new(),
        };
        let repeat = fields.get("repeat").and_then(|n| repeat(n, p));
        if let Some(kind) = &kind {
            makes_sense(kind, &fields, p);
        }
        Some(Step { id, kind: kind?, within, late, repeat })
    }
}

fn kind(node: &Node, fields: &Fields<'_>, p: &mut Problems) -> Option<Kind> {
    match (fields.get("notify"), fields.get("task")) {
        (Some(_), Some(_)) => {
            let fault = Fault::SeveralKinds { first: "notify", second: "task" };
            p.add(fields.place_of("task"), &fault);
            None
        }
        (Some(written), None) => notify(written, p),
        (None, Some(written)) => task(written, p),
        (None, None) => {
            // A key that was refused, misspelt or not built yet, may have been meant as the kind.
            let refused = matches!(&node.value, Value::Map(entries)
                if entries.iter().any(|(key, _)| !STEP.known.contains(&key.name.as_str())));
            if !refused {
                p.add(fields.at, &Fault::NoKind);
            }
            None
        }
    }
}

fn notify(node: &Node, p: &mut Problems) -> Option<Kind> {
    let fields = Fields::open(node, "notify", &NOTIFY, p)?;
    let to: Option<Vec<Role>> = fields.need("to", p).and_then(|n| roles(n, p));
    let ask = fields.get("ask").and_then(|n| {
        let parse = |word: &str| (word == "acknowledge").then_some(Ask::Acknowledge);
        word(n, "ask", &["acknowledge"], parse, p)
    });
    Some(Kind::Notify { to: to?, ask })
}

fn task(node: &Node, p: &mut Problems) -> Option<Kind> {
    let fields = Fields::open(node, "task", &TASK, p)?;
    let to = fields.need("to", p).and_then(|n| role(n, p));
    let phase =
        fields.need("phase", p).and_then(|n| word(n, "phase", PHASE_WORDS, Phase::parse, p));
    let instruction = fields.need("text", p).and_then(|n| text(n, "text", MAX_INSTRUCTION, p));
    let evidence = fields.get("evidence").and_then(|n| {
        let parse = |word: &str| match word {
            "required" => Some(true),
            "none" => Some(false),
            _ => None,
        };
        word(n, "evidence", &["required", "none"], parse, p)
    });
    Some(Kind::Task {
        to: to?,
        phase: phase?,
        text: instruction?,
        evidence_required: evidence.unwrap_or(false),
    })
}

fn repeat(node: &Node, p: &mut Problems) -> Option<Repeat> {
    let fields = Fields::open(node, "repeat", &REPEAT, p)?;
    let every = fields.need("every", p).and_then(|n| span(n, "every", p));
    let times = fields.need("times", p).and_then(|n| number(n, "times", 1, MAX_REPEATS, p));
    Some(Repeat { every: every?, times: times? })
}

/// `within`, `late` and what they wait for belong together.
fn makes_sense(kind: &Kind, fields: &Fields<'_>, p: &mut Problems) {
    let (within, late) = (fields.get("within").is_some(), fields.get("late").is_some());
    let waits = !matches!(kind, Kind::Notify { ask: None, .. });
    if !waits && (within || late) {
        let key = if within { "within" } else { "late" };
        p.add(fields.place_of(key), &Fault::NothingToWaitFor);
    } else if late && !within {
        p.add(fields.place_of("late"), &Fault::LateWithoutWithin);
    } else if within && !late && matches!(kind, Kind::Notify { .. }) {
        p.add(fields.place_of("within"), &Fault::WithinWithoutLate);
    }
}
