//! What an expression comes to, told before it ever runs: types of names, calls and comparisons.

use super::{Own, Var, Wrong, path};
use crate::facts::{ANSWERS, NAMES, STEP_WORDS, Type};
use cel::IdedExpr;
use cel::common::ast::{Expr, LiteralValue};

pub(super) fn name_of(found: Type) -> &'static str {
    match found {
        Type::Bool => "true/false",
        Type::Number => "number",
        Type::Text(_) => "text",
        Type::TextList => "list",
        Type::Any => "any",
    }
}

/// Works out what an expression comes to.
pub(super) struct Checker<'o> {
    pub(super) own: &'o Own,
    /// The names that macros bring, innermost last.
    pub(super) locals: Vec<(String, Type)>,
    /// How many macros stand inside one another.
    pub(super) depth: usize,
}

impl Checker<'_> {
    pub(super) fn infer(&mut self, node: &IdedExpr) -> Result<Type, Wrong> {
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
