//! Conditions (`when`, `if`, `wait: {until}`) in CEL, cut down to what can be checked beforehand:
//! comparisons, `in`, `size`, parts of texts, `exists` and `all`. No arithmetic, no indexing, no
//! regular expressions: what passes the check always has an answer, in time bounded by its length.

mod check;
#[cfg(test)]
mod tests;

use self::check::{Checker, name_of};
use crate::facts::{Facts, NAMES, Type};
use crate::limits::{MAX_CONDITION, MAX_FACT_ITEMS};
use cel::common::ast::{Expr, LiteralValue};
use cel::{Context, IdedExpr, Program, Value};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

/// A checked condition.
#[derive(Clone)]
pub struct Condition {
    source: String,
    program: Arc<Program>,
    /// The names of the incident and its system in it, found once: they are asked for at every report.
    names: Arc<BTreeSet<String>>,
    /// The category, when the whole condition is `incident.category == "word"`.
    category: Option<Arc<str>>,
    /// Put before the ids of steps: a called playbook names its own steps.
    scope: String,
}

/// A value that a `set` step gives to a variable.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Var {
    /// Yes or no.
    Bool(bool),
    /// A whole number.
    Number(i64),
    /// Text.
    Text(String),
}

/// What is wrong with a condition.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Wrong {
    TooLong,
    Unreadable(String),
    /// A name that is not there, and the nearest that is.
    UnknownName {
        found: String,
        near: Option<String>,
    },
    /// A function or an operator that conditions do not have.
    NotAllowed(String),
    /// Types that do not go together: what was found where what is wanted.
    Types {
        found: &'static str,
        wanted: &'static str,
    },
    /// A word that the name on the other side never is.
    NeverThat {
        word: String,
        known: Vec<&'static str>,
    },
    /// The whole is always the same.
    Constant(bool),
}

/// What the names of a playbook's own making are: its variables and their kinds, its questions,
/// its steps.
#[derive(Debug, Default)]
pub(crate) struct Own {
    pub(crate) vars: BTreeMap<String, Var>,
    pub(crate) answers: BTreeSet<String>,
    pub(crate) steps: BTreeSet<String>,
}

/// What a condition sees when it is evaluated.
pub(crate) struct Sight<'s> {
    pub(crate) facts: &'s Facts,
    pub(crate) vars: &'s BTreeMap<String, Var>,
    /// The word of an id, its scope included.
    pub(crate) answer: &'s dyn Fn(&str) -> &'static str,
    pub(crate) step: &'s dyn Fn(&str) -> &'static str,
}

impl Condition {
    pub(crate) fn read(source: &str) -> Result<Condition, Wrong> {
        if source.chars().count() > MAX_CONDITION {
            return Err(Wrong::TooLong);
        }
        if too_deep(source) {
            return Err(Wrong::NotAllowed("((((…, !!!!…, a ? b : c ? …".to_owned()));
        }
        let program = Program::compile(source).map_err(|errors| {
            let first = errors.errors.first().map(|e| e.msg.clone()).unwrap_or_default();
            Wrong::Unreadable(first.lines().next().unwrap_or_default().to_owned())
        })?;
        Ok(Condition {
            source: source.to_owned(),
            names: Arc::new(names(program.expression())),
            category: category(program.expression()).map(Arc::from),
            program: Arc::new(program),
            scope: String::new(),
        })
    }

    /// As it is written.
    pub fn source(&self) -> &str {
        &self.source
    }

    pub(crate) fn scoped(&self, scope: &str) -> Condition {
        Condition { scope: format!("{scope}{}", self.scope), ..self.clone() }
    }

    /// The category, when the whole condition is `incident.category == "word"`.
    pub(crate) fn category(&self) -> Option<&str> {
        self.category.as_deref()
    }

    /// The ids of the steps whose state or answer it asks for, scope included.
    pub(crate) fn asks_for(&self) -> Vec<String> {
        let mut found = Vec::new();
        each(self.program.expression(), &mut |node| {
            if let Some(path) = path(node)
                && let [root, id] = path.as_slice()
                && (*root == "steps" || *root == "answers")
            {
                found.push(format!("{}{id}", self.scope));
            }
        });
        found
    }

    /// Whether the incident itself is asked about.
    pub(crate) fn asks_for_facts(&self) -> bool {
        let mut found = false;
        each(self.program.expression(), &mut |node| {
            found |=
                matches!(&node.expr, Expr::Ident(name) if name == "incident" || name == "system");
        });
        found
    }

    /// The different names of the incident and its system that it asks about.
    pub(crate) fn names(&self) -> &BTreeSet<String> {
        &self.names
    }

    /// Whether it holds, asked of the incident alone. `None` when it cannot be told.
    pub(crate) fn holds_of(&self, facts: &Facts) -> Option<bool> {
        let none = BTreeMap::new();
        self.holds(&Sight { facts, vars: &none, answer: &|_| "none", step: &|_| "not_started" })
    }

    /// Checks names and types; the answer must be yes or no, and not always the same.
    pub(crate) fn check(&self, own: &Own) -> Result<(), Wrong> {
        let mut names = 0;
        each(self.program.expression(), &mut |node| {
            names += usize::from(path(node).is_some());
        });
        let found =
            Checker { own, locals: Vec::new(), depth: 0 }.infer(self.program.expression())?;
        if !matches!(found, Type::Bool | Type::Any) {
            return Err(Wrong::Types { found: name_of(found), wanted: name_of(Type::Bool) });
        }
        if names == 0 {
            return Err(Wrong::Constant(
                self.program.execute(&Context::default()) == Ok(Value::Bool(true)),
            ));
        }
        Ok(())
    }

    /// Yes or no; `None` when it cannot be told, which a checked condition does not do.
    pub(crate) fn holds(&self, sight: &Sight<'_>) -> Option<bool> {
        // What nearly every `when` is, without a machine for expressions: twenty are asked a report.
        if let Some(word) = self.category() {
            return Some(sight.facts.incident.category == word);
        }
        let mut context = Context::default();
        let mut facts = sight.facts.clone();
        let lists = &mut facts.incident.indicators;
        for list in [
            &mut lists.ip,
            &mut lists.domain,
            &mut lists.url,
            &mut lists.hash,
            &mut lists.email,
            &mut lists.cve,
        ] {
            list.truncate(MAX_FACT_ITEMS);
        }
        let mut answers: BTreeMap<String, &str> = BTreeMap::new();
        let mut steps: BTreeMap<String, &str> = BTreeMap::new();
        each(self.program.expression(), &mut |node| {
            let Some(path) = path(node) else { return };
            let [root, id] = path.as_slice() else { return };
            let whole = format!("{}{id}", self.scope);
            if *root == "answers" {
                answers.insert((*id).to_owned(), (sight.answer)(&whole));
            } else if *root == "steps" {
                steps.insert((*id).to_owned(), (sight.step)(&whole));
            }
        });
        context.add_variable("incident", facts.incident).ok()?;
        context.add_variable("system", facts.system).ok()?;
        context.add_variable("vars", sight.vars).ok()?;
        context.add_variable("answers", answers).ok()?;
        context.add_variable("steps", steps).ok()?;
        match self.program.execute(&context) {
            Ok(Value::Bool(answer)) => Some(answer),
            _ => None,
        }
    }
}

/// The category, when the whole condition is `incident.category == "word"`.
fn category(node: &IdedExpr) -> Option<&str> {
    let Expr::Call(call) = &node.expr else { return None };
    let [left, right] = call.args.as_slice() else { return None };
    let named = path(left).is_some_and(|path| path == ["incident", "category"]);
    match (&right.expr, call.func_name == "_==_" && named) {
        (Expr::Literal(LiteralValue::String(word)), true) => Some(word.inner()),
        _ => None,
    }
}

/// The different names of the incident and its system in an expression.
fn names(node: &IdedExpr) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    each(node, &mut |node| {
        if let Some(path) = path(node) {
            let name = path.join(".");
            if NAMES.iter().any(|(known, _)| *known == name) {
                found.insert(name);
            }
        }
    });
    found
}

impl PartialEq for Condition {
    fn eq(&self, other: &Self) -> bool {
        (&self.source, &self.scope) == (&other.source, &other.scope)
    }
}

impl Eq for Condition {}

impl fmt::Debug for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Condition({}{:?})", self.scope, self.source)
    }
}

/// Reading recurses, and a thread has 2 MiB of stack: what nests further than any person writes is
/// refused before it is read. Brackets inside texts count as well; nobody needs so many.
fn too_deep(source: &str) -> bool {
    let (mut open, mut deepest, mut signs, mut most_signs, mut choices) = (0_i32, 0, 0, 0, 0);
    for c in source.chars().filter(|c| !c.is_whitespace()) {
        match c {
            '(' | '[' | '{' => open += 1,
            ')' | ']' | '}' => open -= 1,
            '?' => choices += 1,
            _ => {}
        }
        signs = if matches!(c, '!' | '-') { signs + 1 } else { 0 };
        deepest = deepest.max(open);
        most_signs = most_signs.max(signs);
    }
    deepest > 8 || most_signs > 3 || choices > 3
}

/// `a.b.c` and `a["b"]` as its parts; anything else is not a name.
fn path(node: &IdedExpr) -> Option<Vec<&str>> {
    match &node.expr {
        Expr::Ident(name) => Some(vec![name.as_str()]),
        Expr::Select(select) if !select.test => {
            let mut parts = path(&select.operand)?;
            parts.push(select.field.as_str());
            Some(parts)
        }
        Expr::Call(call) if call.func_name == "_[_]" => {
            let [operand, index] = call.args.as_slice() else { return None };
            let Expr::Literal(LiteralValue::String(key)) = &index.expr else { return None };
            let mut parts = path(operand)?;
            parts.push(key.inner());
            Some(parts)
        }
        _ => None,
    }
}

/// Every node, parents first; the parts of a name are not visited apart from it.
fn each<'n>(node: &'n IdedExpr, seen: &mut dyn FnMut(&'n IdedExpr)) {
    seen(node);
    match &node.expr {
        Expr::Call(call) => {
            for inner in call.target.as_deref().into_iter().chain(&call.args) {
                each(inner, seen);
            }
        }
        Expr::Select(select) => each(&select.operand, seen),
        Expr::List(list) => list.elements.iter().for_each(|inner| each(inner, seen)),
        Expr::Comprehension(c) => {
            for inner in [&c.iter_range, &c.accu_init, &c.loop_cond, &c.loop_step, &c.result] {
                each(inner, seen);
            }
        }
        _ => {}
    }
}
