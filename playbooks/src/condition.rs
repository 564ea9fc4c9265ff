//! Conditions (`when`, `if`, `wait: {until}`) in CEL, cut down to what can be checked beforehand:
//! comparisons, `in`, `size`, parts of texts, `exists` and `all`. No arithmetic, no indexing, no
//! regular expressions: what passes the check always has an answer, in time bounded by its length.

use crate::facts::{ANSWERS, Facts, NAMES, STEP_WORDS, Type};
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

fn name_of(found: Type) -> &'static str {
    match found {
        Type::Bool => "true/false",
        Type::Number => "number",
        Type::Text(_) => "text",
        Type::TextList => "list",
        Type::Any => "any",
    }
}

struct Checker<'o> {
    own: &'o Own,
    /// The names that macros bring, innermost last.
    locals: Vec<(String, Type)>,
    /// How many macros stand inside one another.
    depth: usize,
}

impl Checker<'_> {
    fn infer(&mut self, node: &IdedExpr) -> Result<Type, Wrong> {
        if let Some(parts) = path(node) {
            return self.named(&parts);
        }
        match &node.expr {
            Expr::Literal(literal) => match literal {
                LiteralValue::Boolean(_) => Ok(Type::Bool),
                LiteralValue::Int(_) => Ok(Type::Number),
                LiteralValue::String(_) => Ok(Type::Text(None)),
                _ => Err(Wrong::NotAllowed("1.5, 1u, b\"\", null".to_owned())),
            },
            Expr::List(list) => {
                for item in &list.elements {
                    let found = self.infer(item)?;
                    fits(found, Type::Text(None))?;
                }
                Ok(Type::TextList)
            }
            Expr::Call(call) => {
                let mut all: Vec<&IdedExpr> = call.target.as_deref().into_iter().collect();
                all.extend(&call.args);
                self.call(&call.func_name, &all)
            }
            Expr::Comprehension(c) => {
                // `exists` and `all`: yes or no from the start; lists made anew are not needed.
                if !matches!(c.accu_init.expr, Expr::Literal(LiteralValue::Boolean(_)))
                    || c.iter_var2.is_some()
                {
                    return Err(Wrong::NotAllowed("map, filter, exists_one".to_owned()));
                }
                if self.depth == 1 {
                    return Err(Wrong::NotAllowed("exists(… exists …)".to_owned()));
                }
                fits(self.infer(&c.iter_range)?, Type::TextList)?;
                self.depth += 1;
                self.locals.push((c.iter_var.clone(), Type::Text(None)));
                self.locals.push((c.accu_var.clone(), Type::Bool));
                let inner = [&c.loop_step, &c.result]
                    .into_iter()
                    .try_for_each(|inner| fits(self.infer(inner)?, Type::Bool));
                self.locals.truncate(self.locals.len().saturating_sub(2));
                self.depth -= 1;
                inner.map(|()| Type::Bool)
            }
            Expr::Select(_) => Err(Wrong::NotAllowed("has(…)".to_owned())),
            _ => Err(Wrong::NotAllowed("{…}".to_owned())),
        }
    }

    fn named(&self, parts: &[&str]) -> Result<Type, Wrong> {
        let whole = parts.join(".");
        if let [one] = parts
            && let Some((_, found)) = self.locals.iter().rev().find(|(name, _)| name == one)
        {
            return Ok(*found);
        }
        if let Some((_, found)) = NAMES.iter().find(|(name, _)| *name == whole) {
            return Ok(*found);
        }
        let (known, found): (Vec<&String>, Type) = match parts {
            ["vars", name] => {
                let found = match self.own.vars.get(*name) {
                    Some(Var::Bool(_)) => Some(Type::Bool),
                    Some(Var::Number(_)) => Some(Type::Number),
                    Some(Var::Text(_)) => Some(Type::Text(None)),
                    None => None,
                };
                if let Some(found) = found {
                    return Ok(found);
                }
                (self.own.vars.keys().collect(), Type::Any)
            }
            ["answers", _] => (self.own.answers.iter().collect(), Type::Text(Some(ANSWERS))),
            ["steps", _] => (self.own.steps.iter().collect(), Type::Text(Some(STEP_WORDS))),
            _ => {
                let near = NAMES
                    .iter()
                    .map(|(name, _)| (crate::notation::slips(&whole, name), *name))
                    .filter(|(slips, _)| *slips <= 3)
                    .min()
                    .map(|(_, name)| name.to_owned());
                return Err(Wrong::UnknownName { found: whole, near });
            }
        };
        let id = parts.get(1).copied().unwrap_or_default();
        if found != Type::Any && known.iter().any(|known| *known == id) {
            return Ok(found);
        }
        let near = known
            .into_iter()
            .map(|known| (crate::notation::slips(id, known), known))
            .filter(|(slips, _)| *slips <= 3)
            .min()
            .map(|(_, known)| format!("{}.{known}", parts[0]));
        Err(Wrong::UnknownName { found: whole, near })
    }

    fn call(&mut self, name: &str, all: &[&IdedExpr]) -> Result<Type, Wrong> {
        let types = all.iter().map(|arg| self.infer(arg)).collect::<Result<Vec<_>, _>>()?;
        match (name, types.as_slice()) {
            ("_&&_" | "_||_", [left, right]) => {
                fits(*left, Type::Bool)?;
                fits(*right, Type::Bool)?;
                Ok(Type::Bool)
            }
            ("!_" | "@not_strictly_false", [one]) => {
                fits(*one, Type::Bool)?;
                Ok(Type::Bool)
            }
            ("_==_" | "_!=_", [left, right]) => {
                fits(*left, *right)?;
                self.sayable(*left, all.get(1).copied())?;
                self.sayable(*right, all.first().copied())?;
                Ok(Type::Bool)
            }
            ("_<_" | "_<=_" | "_>_" | "_>=_", [left, right]) => {
                fits(*left, Type::Number)?;
                fits(*right, Type::Number)?;
                Ok(Type::Bool)
            }
            ("@in", [left, right]) => {
                fits(*left, Type::Text(None))?;
                fits(*right, Type::TextList)?;
                if let Some(Expr::List(list)) = all.get(1).map(|node| &node.expr) {
                    for item in &list.elements {
                        self.sayable(*left, Some(item))?;
                    }
                }
                Ok(Type::Bool)
            }
            ("size", [one]) => match one {
                Type::Text(_) | Type::TextList | Type::Any => Ok(Type::Number),
                other => Err(Wrong::Types { found: name_of(*other), wanted: "list" }),
            },
            ("contains" | "startsWith" | "endsWith", [left, right]) => {
                fits(*left, Type::Text(None))?;
                fits(*right, Type::Text(None))?;
                Ok(Type::Bool)
            }
            ("_?_:_", [test, yes, no]) => {
                fits(*test, Type::Bool)?;
                fits(*yes, *no)?;
                Ok(*yes)
            }
            _ => Err(Wrong::NotAllowed(name.replace('_', " ").trim().to_owned())),
        }
    }

    /// A literal beside a name with a closed list of words must be one of them.
    fn sayable(&self, named: Type, other: Option<&IdedExpr>) -> Result<(), Wrong> {
        let (Type::Text(Some(words)), Some(node)) = (named, other) else { return Ok(()) };
        let Expr::Literal(LiteralValue::String(word)) = &node.expr else { return Ok(()) };
        if words.contains(&word.inner()) {
            return Ok(());
        }
        Err(Wrong::NeverThat { word: word.inner().to_owned(), known: words.to_vec() })
    }
}

fn fits(found: Type, wanted: Type) -> Result<(), Wrong> {
    let same = match (found, wanted) {
        (Type::Any, _) | (_, Type::Any) | (Type::Text(_), Type::Text(_)) => true,
        (found, wanted) => found == wanted,
    };
    if same { Ok(()) } else { Err(Wrong::Types { found: name_of(found), wanted: name_of(wanted) }) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn own() -> Own {
        Own {
            vars: [("sent".to_owned(), Var::Bool(false)), ("n".to_owned(), Var::Number(0))].into(),
            answers: ["police".to_owned()].into(),
            steps: ["isolate".to_owned(), "save-logs".to_owned()].into(),
        }
    }

    fn facts() -> Facts {
        let mut facts = Facts::default();
        facts.incident.category = "phishing".into();
        facts.incident.signs_of_crime = true;
        facts.incident.indicators.ip = vec!["198.51.100.7".into(), "203.0.113.9".into()];
        facts.system.level = 3;
        facts
    }

    fn answer(source: &str) -> Option<bool> {
        let condition = Condition::read(source).expect("reads");
        condition.check(&own()).expect("fits");
        let vars = own().vars;
        condition.holds(&Sight {
            facts: &facts(),
            vars: &vars,
            answer: &|id| if id == "police" { "yes" } else { "none" },
            step: &|id| if id == "isolate" { "done" } else { "open" },
        })
    }

    #[test]
    fn what_officials_write_is_answered() {
        for (source, wanted) in [
            ("incident.category == \"phishing\"", true),
            ("incident.signs_of_crime && system.level >= 3", true),
            ("!incident.drill", true),
            ("size(incident.indicators.ip) > 2", false),
            ("incident.category in [\"malware\", \"sabotage\"]", false),
            ("incident.indicators.ip.exists(x, x.startsWith(\"203.0.113.\"))", true),
            ("incident.indicators.ip.all(x, x.contains(\":\"))", false),
            ("answers.police == \"yes\" && steps.isolate == \"done\"", true),
            ("steps[\"save-logs\"] == \"done\"", false),
            ("vars.sent || vars.n > 0", false),
            ("incident.drill ? system.level > 4 : system.level > 2", true),
        ] {
            assert_eq!(answer(source), Some(wanted), "{source}");
        }
    }

    #[test]
    fn what_could_fail_later_is_refused_now() {
        for source in [
            "",
            "incident.",
            "1 + 1 == 2",
            "incident.categry == \"phishing\"",
            "incident.category",
            "incident.category == 5",
            "incident.category == \"phising\"",
            "vars.other",
            "answers.x == \"yes\"",
            "steps.nothing == \"done\"",
            "system.level",
            "incident.indicators.ip[0] == \"x\"",
            "incident.category.matches(\"a+\")",
            "has(incident.x)",
            "incident.indicators.ip.map(x, x)",
            "true",
            "1 > 2",
            "\"a\" == \"b\"",
            "size(incident.indicators.ip) / 0 > 1",
            "incident.indicators.ip.exists(x, incident.indicators.ip.exists(y, x == y))",
            "timestamp(\"2026-01-01T00:00:00Z\") > 1",
            "incident == incident",
            "{\"a\": 1}.a == 1",
        ] {
            let checked = Condition::read(source).and_then(|condition| condition.check(&own()));
            assert!(checked.is_err(), "{source}");
        }
    }

    #[test]
    fn deep_and_long_texts_come_to_an_answer() {
        for source in [
            "!".repeat(390),
            "(".repeat(390),
            "-".repeat(390),
            "[".repeat(390),
            format!("{}true{}", "(".repeat(190), ")".repeat(190)),
            "a?".repeat(190),
            "incident.drill".to_owned() + &"&&incident.drill".repeat(20),
            "x.".repeat(190),
            "\"".repeat(3),
        ] {
            let _ = Condition::read(&source).and_then(|condition| condition.check(&own()));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_text_is_answered(text in "\\PC{0,60}") {
            let _ = Condition::read(&text).and_then(|condition| condition.check(&own()));
        }

        #[test]
        fn what_passes_the_check_has_an_answer(parts in prop::collection::vec(prop::sample::select(vec![
            "incident.drill", "incident.category", "system.level", "\"phishing\"", "3", "==", "!=", "&&", "||",
            "!", "(", ")", "in", "[", "]", "incident.indicators.ip", "size(", ".exists(x, ", "x", ">", "?", ":",
            "vars.n", "answers.police", ".contains(", "true", ",", "-", "'", ".",
        ]), 1..14)) {
            let text = parts.join(" ");
            if let Ok(condition) = Condition::read(&text)
                && condition.check(&own()).is_ok()
            {
                prop_assert!(answer(&text).is_some(), "{}", text);
            }
        }
    }
}
