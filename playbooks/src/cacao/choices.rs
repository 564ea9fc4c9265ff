//! Conditions, loops and switches: told here where that is possible, asked of a person where not.

use super::action::line;
use super::book::Step;
use super::flow::{Flow, Visits, WITHIN, above, object};
use super::ids::slug;
use super::pattern;
use super::remark::Remark;
use super::variables::{bare, named_in, value_of};
use crate::condition::Var;
use crate::limits::{MAX_QUESTION, MAX_ROUNDS, MAX_VARS};
use crate::role::Role;
use serde_json::{Value, json};

impl<'b> Flow<'b> {
    pub(super) fn branches(
        &mut self,
        step: &Step,
        condition: &str,
        yes: Vec<Value>,
        no: Vec<Value>,
    ) -> Value {
        if yes.is_empty() && no.is_empty() {
            return json!({"set": {"nothing": true}});
        }
        if let Some(condition) = self.condition(step, condition) {
            let mut found = Vec::new();
            let (yes, no) = (
                self.only_if(step, yes, &condition),
                (!no.is_empty()).then(|| self.as_one(step, no)),
            );
            match (yes, no) {
                (None, Some(mut no)) => {
                    no.insert("if".to_owned(), json!(format!("!({condition})")));
                    found.push(Value::Object(no));
                }
                (yes, no) => found.extend(yes.into_iter().chain(no).map(Value::Object)),
            }
            return json!({"choose": found});
        }
        let mut found = json!({"approve": self.question(step, condition)});
        for (key, list) in [("then", yes), ("otherwise", no)] {
            if !list.is_empty() {
                found[key] = Value::Array(list);
            }
        }
        found
    }

    pub(super) fn rounds(
        &mut self,
        step: &'b Step,
        condition: &str,
        body: &'b str,
        visits: &Visits<'b>,
    ) -> Value {
        let rounds = self.options.rounds.clamp(1, MAX_ROUNDS);
        self.remark(step, &Remark::Rounds { step: step.title().to_owned(), rounds });
        let mut found = match self.condition(step, condition) {
            Some(condition) => json!({"while": condition}),
            None => self.question(step, condition),
        };
        found["rounds"] = json!(rounds);
        found["steps"] = Value::Array(self.chain(body, &[], visits));
        json!({"loop": found})
    }

    pub(super) fn cases(
        &mut self,
        step: &'b Step,
        on: &str,
        cases: &'b [(String, String)],
        visits: &Visits<'b>,
    ) -> Value {
        let name = named_in(on).into_iter().next().map_or_else(|| on.to_owned(), |(.., name)| name);
        let name = bare(&name).to_owned();
        // What is left when nothing else fits comes last.
        let (rest, named): (Vec<_>, Vec<_>) = cases.iter().partition(|(case, _)| case == "default");
        let known: Option<Vec<String>> =
            named.iter().map(|(case, _)| self.equals(step, &name, case)).collect();
        let (mut questions, mut conditions) = (Vec::new(), Vec::new());
        match known {
            Some(known) => conditions = known,
            None => {
                self.remark(step, &Remark::AskedInstead { step: step.title().to_owned() });
                for (case, _) in &named {
                    let id = self.id(&format!("{}_case", slug(step.title())));
                    let about = self.book.variable(Some(step), &name).map(|v| v.description.trim());
                    let about =
                        about.filter(|about| !about.is_empty()).unwrap_or(name.trim_matches('_'));
                    let question = format!("{}: {about} có phải là “{case}” không?", step.title());
                    let by = self.decider(step);
                    let mut asked = json!({
                        "id": id, "within": WITHIN, "late": [{"notify": {"to": above(&by)}}],
                        "approve": {"by": by, "question": line(&question, MAX_QUESTION)},
                    });
                    if let Some(before) = questions.last().and_then(|q: &Value| q["id"].as_str()) {
                        asked["if"] = json!(format!("answers.{before} == \"no\""));
                        asked["after"] = json!(before);
                    }
                    // The second is asked only if the answer to the first was no; once a yes was
                    // given nobody is asked any more.
                    conditions.push(format!("answers.{id} == \"yes\""));
                    questions.push(asked);
                }
            }
        }
        let mut found = Vec::new();
        for ((case, branch), condition) in named.iter().zip(&conditions) {
            let list = self.chain(branch, &[], visits);
            let branch = self.only_if(step, list, condition).unwrap_or_else(|| {
                let id = self.id(&format!("{}_none", slug(case)));
                object(json!({"id": id, "if": condition, "set": {"nothing": true}}))
            });
            found.push(Value::Object(branch));
        }
        for (_, branch) in rest {
            let list = self.chain(branch, &[], visits);
            if !list.is_empty() {
                let mut one = self.as_one(step, list);
                if found.is_empty() {
                    return json!({"parallel": [one]});
                }
                one.remove("if");
                found.push(Value::Object(one));
            }
        }
        if found.is_empty() {
            return json!({"set": {"nothing": true}});
        }
        let Some(before) = questions.last().and_then(|q| q["id"].as_str()).map(str::to_owned)
        else {
            return json!({"choose": found});
        };
        let id = self.id(&format!("{}_chosen", slug(step.title())));
        questions.push(json!({"id": id, "after": before, "choose": found}));
        json!({"parallel": questions})
    }

    /// The condition in our notation, if it can be told here.
    pub(super) fn condition(&mut self, step: &Step, pattern: &str) -> Option<String> {
        // What was exported here says itself what it is.
        let ours = step.ours.as_ref().and_then(|ours| ours.get("if")?.as_str());
        let ours = ours.filter(|ours| *ours == pattern).filter(|ours| plain(ours));
        if let Some(ours) = ours {
            return Some(ours.to_owned());
        }
        let mut used = Vec::new();
        let found = pattern::condition(pattern, &mut |name| {
            let (name, var, key) = self.var(step, name)?;
            let kind = match var {
                Var::Bool(_) => pattern::Kind::Bool,
                Var::Number(_) => pattern::Kind::Number,
                Var::Text(_) => pattern::Kind::Text,
            };
            used.push((key, (name.clone(), var)));
            Some((name, kind))
        });
        if found.is_some() {
            self.vars.extend(used);
        } else {
            self.remark(step, &Remark::AskedInstead { step: step.title().to_owned() });
        }
        found
    }

    /// `vars.NAME == CASE`, if the variable's value is known.
    pub(super) fn equals(&mut self, step: &Step, name: &str, case: &str) -> Option<String> {
        let (name, var, key) = self.var(step, name)?;
        let value = match &var {
            Var::Bool(_) => case.parse::<bool>().ok()?.to_string(),
            Var::Number(_) => case.parse::<i64>().ok()?.to_string(),
            Var::Text(_) => pattern::quoted(case)?,
        };
        let found = format!("vars.{name} == {value}");
        self.vars.insert(key, (name, var));
        Some(found)
    }

    /// Our name of a variable, its value, and whose it is.
    pub(super) fn var(
        &self,
        step: &Step,
        name: &str,
    ) -> Option<(String, Var, (Option<String>, String))> {
        let (variable, value) = self.known.value(Some(step), name)?;
        let value = value_of(&variable.kind, &value?)?;
        let own = step.variables.contains_key(name);
        let key = (own.then(|| step.id.clone()), name.to_owned());
        if let Some((known, _)) = self.vars.get(&key) {
            return Some((known.clone(), value, key));
        }
        let wanted = match slug(name.trim_matches('_')) {
            wanted if wanted.is_empty() => "value".to_owned(),
            wanted => wanted,
        };
        let taken = |name: &String| self.vars.values().any(|(known, _)| known == name);
        let free = (1..=MAX_VARS + 1)
            .map(|n| if n == 1 { wanted.clone() } else { format!("{wanted}_{n}") })
            .find(|name| !taken(name))?;
        (self.vars.len() < MAX_VARS - 1).then_some((free, value, key))
    }

    pub(super) fn question(&mut self, step: &Step, condition: &str) -> Value {
        let ours = step.ours.as_ref().and_then(|ours| ours.get("question")?.as_str());
        let question = if ours == Some(condition) {
            condition.to_owned()
        } else {
            let (filled, _) = self.known.filled(step, condition);
            let name =
                if step.name.is_empty() { String::new() } else { format!("{}: ", step.name) };
            format!("{name}điều kiện “{}” có đúng không?", filled.trim())
        };
        json!({"by": self.decider(step), "question": line(&question, MAX_QUESTION)})
    }

    /// Who answers for a condition: whoever was named for the step's owner, or the coordinators.
    pub(super) fn decider(&self, step: &Step) -> Role {
        let ours = step.ours.as_ref().and_then(|ours| Role::parse(ours.get("by")?.as_str()?));
        let owner = step.owner.as_deref().and_then(|owner| self.options.roles.get(owner));
        owner.cloned().or(ours).unwrap_or(Role::Coordinator)
    }
}

/// A condition that asks for nothing but the incident and variables: names of steps may be others
/// here.
fn plain(condition: &str) -> bool {
    !condition.contains("steps") && !condition.contains("answers") && !condition.contains("vars")
}
