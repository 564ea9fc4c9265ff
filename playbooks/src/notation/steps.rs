//! From nodes to steps: the keys of each kind, and what makes sense together.

use super::fault::Fault;
use super::fields::{
    Fields, Shape, line, list, name, number, role, roles, shorten, span, text, word,
};
use super::groups::{follows, names};
use super::meaning;
use super::problem::Problems;
use super::yaml::{Node, Place, Value};
use crate::condition::{Condition, Own, Var, Wrong};
use crate::definition::{
    DISPATCH_WORDS, DispatchKind, Kind, PHASE_WORDS, Phase, Repeat, Step, StepClock, Wait,
};
use crate::limits::*;
use crate::role::Ask;
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

/// The kinds of steps that this version runs.
pub(crate) const KINDS: &[&str] = &[
    "notify", "task", "dispatch", "approve", "webhook", "wait", "set", "parallel", "choose",
    "loop", "playbook",
];

pub(crate) const STEP: Shape = Shape {
    known: &[
        "id",
        "notify",
        "task",
        "dispatch",
        "approve",
        "webhook",
        "then",
        "otherwise",
        "wait",
        "set",
        "parallel",
        "choose",
        "loop",
        "playbook",
        "after",
        "if",
        "within",
        "late",
        "timeout",
        "failed",
        "repeat",
        "clock",
    ],
    later: &[],
};
pub(crate) const NOTIFY: Shape = Shape { known: &["to", "ask", "text"], later: &[] };
pub(crate) const TASK: Shape = Shape { known: &["to", "phase", "text", "evidence"], later: &[] };
pub(crate) const DISPATCH: Shape =
    Shape { known: &["to", "kind", "ground", "text", "accept_within", "attach"], later: &[] };
pub(crate) const WEBHOOK: Shape = Shape { known: &["target", "text"], later: &[] };
pub(crate) const APPROVE: Shape = Shape { known: &["by", "question"], later: &[] };
pub(crate) const WAIT: Shape = Shape { known: &["for", "until", "by"], later: &[] };
pub(crate) const LOOP: Shape =
    Shape { known: &["while", "by", "question", "rounds", "steps"], later: &[] };
pub(crate) const REPEAT: Shape = Shape { known: &["every", "times"], later: &[] };

/// Reads the playbook's own lists and checks what the steps mean together.
pub(crate) fn read(
    node: &Node,
    failed: Option<&Node>,
    find: &dyn Fn(&str) -> Option<String>,
    chain: &[String],
    p: &mut Problems,
) -> (Vec<Step>, Vec<Step>) {
    let mut reader = Reader {
        find,
        chain,
        count: 0,
        ids: HashMap::new(),
        places: HashMap::new(),
        conditions: Vec::new(),
    };
    let steps = reader.list(node, "steps", "steps", 1, p);
    let failed = failed.map_or_else(Vec::new, |node| {
        if is_empty_list(node) {
            p.add(node.at, &Fault::NoSteps);
        }
        // Not `failed`: a step that calls this playbook may have a `failed` of its own.
        reader.list(node, "failed", "exception", 1, p)
    });
    meaning::check([&steps, &failed], &reader.places, &reader.conditions, p);
    (steps, failed)
}

/// How durations are counted.
pub(crate) fn step_clock(node: &Node, p: &mut Problems) -> Option<StepClock> {
    let parse = |word: &str| match word {
        "calendar" => Some(StepClock::Calendar),
        "working" => Some(StepClock::Working),
        _ => None,
    };
    word(node, "clock", &["calendar", "working"], parse, p)
}

pub(crate) fn is_empty_list(node: &Node) -> bool {
    matches!(&node.value, Value::List(items) if items.is_empty())
}

/// Reads the text of a condition; names are checked when all of them are known.
pub(crate) fn condition(node: &Node, key: &str, p: &mut Problems) -> Option<Condition> {
    let written = line(node, key, MAX_CONDITION, p)?;
    Condition::read(&written).map_err(|wrong| p.add(node.at, &fault_of(wrong))).ok()
}

/// Checks names and types of a condition.
pub(crate) fn check(condition: &Condition, own: &Own, at: Place, p: &mut Problems) {
    if let Err(wrong) = condition.check(own) {
        p.add(at, &fault_of(wrong));
    }
}

fn fault_of(wrong: Wrong) -> Fault {
    match wrong {
        Wrong::TooLong => Fault::TooLong { key: "if".to_owned(), max: MAX_CONDITION },
        Wrong::Unreadable(detail) => Fault::BadCondition(shorten(&detail)),
        Wrong::UnknownName { found, near } => Fault::UnknownName { found: shorten(&found), near },
        Wrong::NotAllowed(what) => Fault::NotInConditions(shorten(&what)),
        Wrong::Types { found, wanted } => Fault::WrongTypes { found, wanted },
        Wrong::NeverThat { word, known } if known == crate::library::CATEGORIES => {
            Fault::UnknownCategory(shorten(&word))
        }
        Wrong::NeverThat { word, known } => {
            Fault::ExpectedWord { key: "==".to_owned(), found: shorten(&word), known }
        }
        Wrong::Constant(answer) => Fault::AlwaysTheSame(answer),
    }
}

/// Reads step lists, counting steps and keeping ids unique over the whole file.
pub(super) struct Reader<'r> {
    find: &'r dyn Fn(&str) -> Option<String>,
    chain: &'r [String],
    pub(super) count: usize,
    ids: HashMap<String, Place>,
    /// Where each step's most telling key is written: `within`, else the step itself.
    places: HashMap<String, Place>,
    pub(super) conditions: Vec<Written>,
}

/// A condition, where it is written, and whose names it sees.
pub(super) struct Written {
    pub(super) at: Place,
    pub(super) condition: Condition,
    /// In a loop: the steps and questions of its round. Elsewhere those of the whole playbook.
    pub(super) round: Option<Rc<Own>>,
}

impl Reader<'_> {
    /// A list at this depth; `path` is what its steps are called when they have no id.
    pub(super) fn list(
        &mut self,
        node: &Node,
        key: &str,
        path: &str,
        depth: usize,
        p: &mut Problems,
    ) -> Vec<Step> {
        let Some(items) = list(node, key, p) else { return Vec::new() };
        if depth > MAX_NESTING {
            p.add(node.at, &Fault::TooDeep);
            return Vec::new();
        }
        let mut steps = Vec::with_capacity(items.len().min(MAX_STEPS));
        for (index, item) in items.iter().enumerate() {
            self.add_steps(1, item.at, p);
            if self.count <= MAX_STEPS
                && let Some(step) = self.step(item, &format!("{path}/{index}"), depth, p)
            {
                follows(item, &step, &steps, key == "choose", p);
                steps.push(step);
            }
        }
        steps
    }

    pub(super) fn add_steps(&mut self, more: usize, at: Place, p: &mut Problems) {
        let before = self.count;
        self.count += more;
        if before <= MAX_STEPS && self.count > MAX_STEPS {
            p.add(at, &Fault::TooManySteps);
        }
    }

    /// A list inside a step, under one of the step's keys.
    fn inner(
        &mut self,
        fields: &Fields<'_>,
        key: &str,
        id: &str,
        depth: usize,
        p: &mut Problems,
    ) -> Vec<Step> {
        let Some(node) = fields.get(key) else { return Vec::new() };
        if is_empty_list(node) {
            p.add(node.at, &Fault::NoSteps);
        }
        self.list(node, key, &format!("{id}/{key}"), depth + 1, p)
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
        self.places.insert(id.clone(), fields.place_of("within"));
        let condition = fields.get("if").and_then(|n| {
            let found = condition(n, "if", p)?;
            self.asked(n.at, &found);
            Some(found)
        });
        let after = fields.get("after").map_or_else(Vec::new, |n| names(n, p));
        let kind = self.kind(node, &fields, &id, depth, p);
        let within = fields.get("within").and_then(|n| span(n, "within", p));
        let late = self.inner(&fields, "late", &id, depth, p);
        let timeout = fields.get("timeout").and_then(|n| span(n, "timeout", p));
        let failed = self.inner(&fields, "failed", &id, depth, p);
        let repeat = fields.get("repeat").and_then(|n| repeat(n, p));
        let clock = fields.get("clock").and_then(|n| step_clock(n, p));
        if let Some((kind, _)) = &kind {
            makes_sense(kind, &fields, p);
        }
        if let (Some(timeout), Some(within)) = (timeout, within)
            && timeout <= within
        {
            p.add(fields.place_of("timeout"), &Fault::TimeoutTooShort { timeout, within });
        }
        let (kind, failed_inside) = kind?;
        let failed = failed.into_iter().chain(failed_inside).collect();
        Some(Step {
            id,
            kind,
            after,
            condition,
            within,
            late,
            timeout,
            failed,
            repeat,
            clock: clock.unwrap_or_default(),
        })
    }

    /// The kind, and what a called playbook itself does when it failed.
    fn kind(
        &mut self,
        node: &Node,
        fields: &Fields<'_>,
        id: &str,
        depth: usize,
        p: &mut Problems,
    ) -> Option<(Kind, Vec<Step>)> {
        let written: Vec<&'static str> =
            KINDS.iter().copied().filter(|kind| fields.get(kind).is_some()).collect();
        let Some(first) = written.first().copied() else {
            // A key that was refused, misspelt or not built yet, may have been meant as the kind.
            let refused = matches!(&node.value, Value::Map(entries)
                if entries.iter().any(|(key, _)| !STEP.known.contains(&key.name.as_str())));
            if !refused {
                p.add(fields.at, &Fault::NoKind);
            }
            return None;
        };
        if let Some(second) = written.get(1).copied() {
            p.add(fields.place_of(second), &Fault::SeveralKinds { first, second });
            return None;
        }
        if first != "approve" {
            for key in ["then", "otherwise"] {
                if fields.get(key).is_some() {
                    p.add(fields.place_of(key), &Fault::OnlyWithApprove(key));
                }
            }
        }
        let value = fields.get(first)?;
        if first == "playbook" {
            return self.call(value, id, p);
        }
        let kind = match first {
            "notify" => notify(value, p),
            "task" => task(value, p),
            "dispatch" => dispatch(value, p),
            "approve" => {
                let inner = Fields::open(value, "approve", &APPROVE, p)?;
                let by = inner.need("by", p).and_then(|n| role(n, p));
                let question =
                    inner.need("question", p).and_then(|n| line(n, "question", MAX_QUESTION, p));
                let then = self.inner(fields, "then", id, depth, p);
                let otherwise = self.inner(fields, "otherwise", id, depth, p);
                Some(Kind::Approve { by: by?, question: question?, then, otherwise })
            }
            "webhook" => webhook(value, p),
            "wait" => self.wait(value, p),
            "set" => set(value, p),
            "parallel" => {
                if is_empty_list(value) {
                    p.add(value.at, &Fault::NoSteps);
                }
                let path = format!("{id}/in");
                Some(Kind::Parallel(self.list(value, "parallel", &path, depth + 1, p)))
            }
            "choose" => self.choose(value, id, depth, p),
            _ => self.rounds(value, id, depth, p),
        };
        kind.map(|kind| (kind, Vec::new()))
    }

    /// Notes a condition, to be checked when all names are known.
    pub(super) fn asked(&mut self, at: Place, condition: &Condition) {
        self.conditions.push(Written { at, condition: condition.clone(), round: None });
    }

    fn wait(&mut self, node: &Node, p: &mut Problems) -> Option<Kind> {
        if !matches!(node.value, Value::Map(_)) {
            return span(node, "wait", p).map(|time| Kind::Wait(Wait::For(time)));
        }
        let fields = Fields::open(node, "wait", &WAIT, p)?;
        if let Some(time) = fields.get("for") {
            for key in ["until", "by"] {
                if fields.get(key).is_some() {
                    let fault = Fault::SeveralKinds { first: "for", second: key };
                    p.add(fields.place_of(key), &fault);
                    return None;
                }
            }
            return span(time, "for", p).map(|time| Kind::Wait(Wait::For(time)));
        }
        let until = fields.need("until", p).and_then(|n| {
            let found = condition(n, "until", p)?;
            self.asked(n.at, &found);
            Some(found)
        });
        let by = fields.need("by", p).and_then(|n| role(n, p));
        Some(Kind::Wait(Wait::Until { condition: until?, by: by? }))
    }

    /// The steps of another playbook, read whole, under the caller's id.
    fn call(&mut self, node: &Node, id: &str, p: &mut Problems) -> Option<(Kind, Vec<Step>)> {
        let wanted = name(node, "playbook", p)?;
        if self.chain.contains(&wanted) {
            let mut circle = self.chain.to_vec();
            circle.push(wanted);
            p.add(node.at, &Fault::Circle(circle.join(" → ")));
            return None;
        }
        if self.chain.len() >= MAX_CALLS_DEEP {
            p.add(node.at, &Fault::CallsTooDeep);
            return None;
        }
        let Some(text) = (self.find)(&wanted) else {
            p.add(node.at, &Fault::UnknownPlaybook(shorten(&wanted)));
            return None;
        };
        let mut inner = Problems::default();
        let read = super::yaml::load(&text)
            .map_err(|problem| problem.message_en.clone())
            .map(|node| super::playbook::read(&node, self.find, self.chain, &mut inner));
        let found = match read {
            Ok(Some(found)) if inner.is_empty() => found,
            _ => {
                let circle = inner.first().filter(|first| first.code == "circle").cloned();
                match circle {
                    Some(circle) => p.add_told(node.at, circle),
                    None => p.add(node.at, &Fault::BadCall(wanted)),
                }
                return None;
            }
        };
        self.add_steps(found.all_steps().len(), node.at, p);
        let prefix = format!("{id}/");
        let inside = |steps: &[Step]| steps.iter().map(|step| step.inside(&prefix)).collect();
        let (steps, failed) = (inside(&found.steps), inside(&found.failed));
        Some((Kind::Call { playbook: found.name, version: found.version, steps }, failed))
    }
}

fn notify(node: &Node, p: &mut Problems) -> Option<Kind> {
    let fields = Fields::open(node, "notify", &NOTIFY, p)?;
    let to = fields.need("to", p).and_then(|n| roles(n, p));
    let ask = fields.get("ask").and_then(|n| {
        let parse = |word: &str| (word == "acknowledge").then_some(Ask::Acknowledge);
        word(n, "ask", &["acknowledge"], parse, p)
    });
    let words = fields.get("text").and_then(|n| text(n, "text", MAX_INSTRUCTION, p));
    Some(Kind::Notify { to: to?, ask, text: words })
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

fn dispatch(node: &Node, p: &mut Problems) -> Option<Kind> {
    let fields = Fields::open(node, "dispatch", &DISPATCH, p)?;
    let to = fields.need("to", p).and_then(|n| {
        let found = role(n, p)?;
        if !found.is_an_organisation() {
            p.add(n.at, &Fault::NotAnOrganisation(found.as_word()));
        }
        Some(found)
    });
    let kind = fields
        .need("kind", p)
        .and_then(|n| word(n, "kind", DISPATCH_WORDS, DispatchKind::parse, p));
    let ground = fields.need("ground", p).and_then(|n| line(n, "ground", MAX_GROUND, p));
    let words = fields.need("text", p).and_then(|n| text(n, "text", MAX_INSTRUCTION, p));
    let accept_within = fields.get("accept_within").and_then(|n| span(n, "accept_within", p));
    let attach = fields.get("attach").and_then(|n| {
        let parse = |word: &str| (word == "evidence").then_some(true);
        word(n, "attach", &["evidence"], parse, p)
    });
    Some(Kind::Dispatch {
        to: to?,
        kind: kind?,
        ground: ground?,
        text: words?,
        accept_within,
        attach_evidence: attach.unwrap_or(false),
    })
}

/// A target of the configuration: an address in a playbook would be a way out that nobody approved.
fn webhook(node: &Node, p: &mut Problems) -> Option<Kind> {
    let fields = Fields::open(node, "webhook", &WEBHOOK, p)?;
    let target = fields.need("target", p).and_then(|n| name(n, "target", p));
    let words = fields.get("text").and_then(|n| text(n, "text", MAX_INSTRUCTION, p));
    Some(Kind::Webhook { target: target?, text: words })
}

fn set(node: &Node, p: &mut Problems) -> Option<Kind> {
    let Value::Map(entries) = &node.value else {
        p.add(node.at, &Fault::ExpectedMap { key: "set".to_owned() });
        return None;
    };
    let mut found = BTreeMap::new();
    for (key, value) in entries {
        let fits = key.name.len() <= MAX_NAME
            && key.name.starts_with(|c: char| c.is_ascii_lowercase())
            && key.name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        if !fits {
            p.add(key.at, &Fault::BadName { key: "set".to_owned(), found: shorten(&key.name) });
            continue;
        }
        let read = match &value.value {
            Value::Bool(written) => Some(Var::Bool(*written)),
            Value::Number(written) => written.parse().ok().map(Var::Number),
            Value::Text(_) => line(value, &key.name, MAX_VAR_TEXT, p).map(Var::Text),
            _ => None,
        };
        match read {
            Some(read) => {
                found.insert(key.name.clone(), read);
            }
            None => p.add(value.at, &Fault::BadValue(key.name.clone())),
        }
    }
    if entries.is_empty() {
        p.add(node.at, &Fault::ExpectedMap { key: "set".to_owned() });
    }
    Some(Kind::Set(found))
}

fn repeat(node: &Node, p: &mut Problems) -> Option<Repeat> {
    let fields = Fields::open(node, "repeat", &REPEAT, p)?;
    let every = fields.need("every", p).and_then(|n| span(n, "every", p));
    let times = fields.need("times", p).and_then(|n| number(n, "times", 1, MAX_REPEATS, p));
    Some(Repeat { every: every?, times: times? })
}

/// `within`, `late`, `repeat` and what they wait for belong together.
fn makes_sense(kind: &Kind, fields: &Fields<'_>, p: &mut Problems) {
    let (within, late) = (fields.get("within").is_some(), fields.get("late").is_some());
    let waits =
        !matches!(kind, Kind::Notify { ask: None, .. } | Kind::Set(_) | Kind::Wait(Wait::For(_)));
    let due = matches!(kind, Kind::Task { .. } | Kind::Dispatch { .. });
    if !waits && (within || late) {
        let key = if within { "within" } else { "late" };
        p.add(fields.place_of(key), &Fault::NothingToWaitFor);
    } else if matches!(kind, Kind::Wait(Wait::Until { .. })) && !(within && late) {
        p.add(fields.place_of("wait"), &Fault::WaitNeedsLate);
    } else if late && !within {
        p.add(fields.place_of("late"), &Fault::LateWithoutWithin);
    } else if within && !late && !due {
        p.add(fields.place_of("within"), &Fault::WithinWithoutLate);
    }
    let can_fail = waits && !matches!(kind, Kind::Wait(_));
    for key in ["timeout", "failed"] {
        if fields.get(key).is_some() && !can_fail {
            p.add(fields.place_of(key), &Fault::CannotFail(key));
        }
    }
    let speaks = due || matches!(kind, Kind::Notify { .. } | Kind::Approve { .. });
    if fields.get("repeat").is_some() && !speaks {
        p.add(fields.place_of("repeat"), &Fault::NothingToRepeat);
    }
}
