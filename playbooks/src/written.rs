//! A playbook as its author would write it: the notation as a tree of values, and that tree as YAML.
//! What is written here is read by the notation as the same playbook.

use crate::condition::Var;
use crate::definition::{Kind, Loop, Playbook, Step, StepClock, Test, Wait};
use crate::role::Role;
use crate::span::Span;
use serde_json::{Map, Value, json};
use std::fmt::Write as _;

/// The order in which people read the keys; what is not named here comes last.
const ORDER: &[&str] = &[
    "playbook",
    "version",
    "title",
    "title_en",
    "when",
    "first_aid",
    "first_aid_en",
    "id",
    "after",
    "if",
    "notify",
    "task",
    "dispatch",
    "approve",
    "webhook",
    "wait",
    "set",
    "parallel",
    "choose",
    "loop",
    "to",
    "ask",
    "by",
    "phase",
    "kind",
    "ground",
    "question",
    "text",
    "evidence",
    "accept_within",
    "for",
    "until",
    "while",
    "rounds",
    "then",
    "otherwise",
    "within",
    "repeat",
    "every",
    "times",
    "clock",
    "late",
    "timeout",
    "steps",
    "failed",
];

/// The playbook in its own notation.
pub(crate) fn notation(playbook: &Playbook) -> Value {
    let mut head = Map::new();
    head.insert("playbook".to_owned(), json!(playbook.name));
    head.insert("version".to_owned(), json!(playbook.version));
    head.insert("title".to_owned(), json!(playbook.title));
    if let Some(title) = &playbook.title_en {
        head.insert("title_en".to_owned(), json!(title));
    }
    if let Some(when) = &playbook.when {
        head.insert("when".to_owned(), json!(when.source()));
    }
    for (key, lines) in
        [("first_aid", &playbook.first_aid), ("first_aid_en", &playbook.first_aid_en)]
    {
        if !lines.is_empty() {
            head.insert(key.to_owned(), json!(numbered(lines)));
        }
    }
    head.insert("steps".to_owned(), list(&playbook.steps));
    if !playbook.failed.is_empty() {
        head.insert("failed".to_owned(), list(&playbook.failed));
    }
    Value::Object(head)
}

/// Lines with their numbers.
pub(crate) fn numbered(lines: &[String]) -> String {
    let mut text = String::new();
    for (n, line) in lines.iter().enumerate() {
        // Writing to a string cannot fail.
        let _written = writeln!(text, "{}. {line}", n + 1);
    }
    text
}

fn list(steps: &[Step]) -> Value {
    Value::Array(steps.iter().map(step).collect())
}

/// One step in its own notation.
pub(crate) fn step(step: &Step) -> Value {
    let mut found = Map::new();
    let mut put = |key: &str, value: Value| {
        found.insert(key.to_owned(), value);
    };
    // Without an id of its own it is called after its place.
    if !step.id.contains('/') {
        put("id", json!(step.id));
    }
    match step.after.as_slice() {
        [] => {}
        [one] => put("after", json!(one)),
        more => put("after", json!(more)),
    }
    if let Some(condition) = &step.condition {
        put("if", json!(condition.source()));
    }
    let (key, value) = kind(&step.kind);
    put(key, value);
    if let Kind::Approve { then, otherwise, .. } = &step.kind {
        for (key, steps) in [("then", then), ("otherwise", otherwise)] {
            if !steps.is_empty() {
                put(key, list(steps));
            }
        }
    }
    if let Some(within) = step.within {
        put("within", span(within));
    }
    if let Some(repeat) = step.repeat {
        put("repeat", json!({"every": span(repeat.every), "times": repeat.times}));
    }
    if step.clock == StepClock::Working {
        put("clock", json!("working"));
    }
    if !step.late.is_empty() {
        put("late", list(&step.late));
    }
    if let Some(timeout) = step.timeout {
        put("timeout", span(timeout));
    }
    let failed = own_failed(step);
    if !failed.is_empty() {
        put("failed", list(&failed));
    }
    Value::Object(found)
}

/// What a step does itself when it failed. What a called playbook does then stands in its own file.
pub(crate) fn own_failed(step: &Step) -> Vec<Step> {
    if !matches!(step.kind, Kind::Call { .. }) {
        return step.failed.clone();
    }
    let (own, inside) = (format!("{}/failed/", step.id), format!("{}/", step.id));
    let written = |s: &&Step| s.id.starts_with(&own) || !s.id.starts_with(&inside);
    step.failed.iter().filter(written).cloned().collect()
}

fn span(span: Span) -> Value {
    json!(span.to_string())
}

fn roles(to: &[Role]) -> Value {
    match to {
        [one] => json!(one),
        more => json!(more),
    }
}

fn kind(kind: &Kind) -> (&'static str, Value) {
    match kind {
        Kind::Notify { to, ask, text } => {
            let mut found = json!({"to": roles(to)});
            if let Some(ask) = ask {
                found["ask"] = json!(ask.as_word());
            }
            if let Some(text) = text {
                found["text"] = json!(text);
            }
            ("notify", found)
        }
        Kind::Task { to, phase, text, evidence_required } => {
            let mut found = json!({"to": to, "phase": phase.as_word(), "text": text});
            if *evidence_required {
                found["evidence"] = json!("required");
            }
            ("task", found)
        }
        Kind::Dispatch { to, kind, ground, text, accept_within, attach_evidence } => {
            let mut found =
                json!({"to": to, "kind": kind.as_word(), "ground": ground, "text": text});
            if let Some(accept) = accept_within {
                found["accept_within"] = span(*accept);
            }
            if *attach_evidence {
                found["attach"] = json!("evidence");
            }
            ("dispatch", found)
        }
        Kind::Approve { by, question, .. } => ("approve", json!({"by": by, "question": question})),
        Kind::Wait(Wait::For(time)) => ("wait", span(*time)),
        Kind::Wait(Wait::Until { condition, by }) => {
            ("wait", json!({"until": condition.source(), "by": by}))
        }
        Kind::Webhook { target, text } => {
            let mut found = json!({"target": target});
            if let Some(text) = text {
                found["text"] = json!(text);
            }
            ("webhook", found)
        }
        Kind::Set(values) => {
            let values: Map<String, Value> =
                values.iter().map(|(name, value)| (name.clone(), var(value))).collect();
            ("set", Value::Object(values))
        }
        Kind::Parallel(steps) => ("parallel", list(steps)),
        Kind::Choose(steps) => ("choose", list(steps)),
        Kind::Loop(Loop { test, limit, body, .. }) => {
            let mut found = json!({"rounds": limit, "steps": list(body)});
            match test {
                Test::While(condition) => found["while"] = json!(condition.source()),
                Test::Ask { by, question } => {
                    found["by"] = json!(by);
                    found["question"] = json!(question);
                }
            }
            ("loop", found)
        }
        Kind::Call { playbook, .. } => ("playbook", json!(playbook)),
    }
}

fn var(value: &Var) -> Value {
    match value {
        Var::Bool(value) => json!(value),
        Var::Number(value) => json!(value),
        Var::Text(value) => json!(value),
    }
}

/// The tree as YAML, keys in the order in which people read them.
pub(crate) fn yaml(tree: &Value) -> String {
    let mut text = String::new();
    map(tree, 0, &mut text);
    text
}

fn place(key: &str) -> usize {
    ORDER.iter().position(|known| *known == key).unwrap_or(ORDER.len())
}

fn map(tree: &Value, depth: usize, text: &mut String) {
    let Value::Object(fields) = tree else { return };
    let mut fields: Vec<(&String, &Value)> = fields.iter().collect();
    fields.sort_by_key(|(key, _)| (place(key), (*key).clone()));
    for (n, (key, value)) in fields.into_iter().enumerate() {
        // The first key of a list's item stands on the line of its dash.
        if n > 0 || !text.ends_with("- ") {
            text.push_str(&"  ".repeat(depth));
        }
        text.push_str(&scalar(key));
        text.push(':');
        below(value, depth, text);
    }
}

fn below(value: &Value, depth: usize, text: &mut String) {
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            text.push('\n');
            map(value, depth + 1, text);
        }
        Value::Array(items) if items.iter().all(|item| !item.is_object()) => {
            let items: Vec<String> = items.iter().map(leaf).collect();
            let _written = writeln!(text, " [{}]", items.join(", "));
        }
        Value::Array(items) => {
            text.push('\n');
            for item in items {
                text.push_str(&"  ".repeat(depth + 1));
                text.push_str("- ");
                map(item, depth + 2, text);
            }
        }
        Value::String(words) if fits_a_block(words) => {
            text.push_str(" |\n");
            for line in words.trim_end().lines() {
                let indent = if line.is_empty() { String::new() } else { "  ".repeat(depth + 1) };
                let _written = writeln!(text, "{indent}{line}");
            }
        }
        other => {
            let _written = writeln!(text, " {}", leaf(other));
        }
    }
}

fn leaf(value: &Value) -> String {
    match value {
        Value::String(words) => scalar(words),
        other => other.to_string(),
    }
}

/// Several lines that mean the same when they are written as they are.
fn fits_a_block(words: &str) -> bool {
    let plain = |c: char| c == '\n' || !c.is_control() && !BREAKS.contains(&c);
    words.trim_end().contains('\n')
        && words.chars().all(plain)
        && words.trim() == words.trim_end()
        && words.lines().all(|line| line.trim_end() == line)
}

/// What YAML takes for the end of a line, or does not want to see.
const BREAKS: &[char] = &['\u{85}', '\u{2028}', '\u{2029}', '\u{feff}'];

/// A word bare where nobody could take it for anything else, in quotes otherwise.
fn scalar(words: &str) -> String {
    const TAKEN: &[&str] = &["true", "false", "null", "yes", "no", "on", "off", "y", "n"];
    let bare = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    let word = words.starts_with(|c: char| c.is_ascii_alphabetic())
        && words.chars().all(bare)
        && !TAKEN.contains(&words.to_ascii_lowercase().as_str());
    if word || Span::parse(words).is_ok() {
        return words.to_owned();
    }
    let mut quoted = String::from("\"");
    for c in words.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            c if c.is_control() || BREAKS.contains(&c) => {
                let _written = write!(quoted, "\\u{:04x}", u32::from(c));
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}
