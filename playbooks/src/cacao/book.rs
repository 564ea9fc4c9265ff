//! A CACAO playbook with its types, read from JSON that the OASIS schema has passed.

use super::places::escaped;
use serde_json::Value;
use std::collections::BTreeMap;

/// The whole.
#[derive(Debug)]
pub(super) struct Book {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) types: Vec<String>,
    pub(super) start: String,
    pub(super) exception: Option<String>,
    pub(super) variables: BTreeMap<String, Variable>,
    pub(super) steps: BTreeMap<String, Step>,
    pub(super) agents: BTreeMap<String, Party>,
    pub(super) targets: BTreeMap<String, Party>,
    pub(super) revoked: bool,
    pub(super) signed: bool,
    /// What our extension says of the whole.
    pub(super) ours: Option<Value>,
}

/// Somebody or something that acts or is acted upon.
#[derive(Debug)]
pub(super) struct Party {
    pub(super) kind: String,
    pub(super) name: String,
}

/// A variable as it is declared.
#[derive(Debug)]
pub(super) struct Variable {
    pub(super) kind: String,
    pub(super) description: String,
    pub(super) value: Option<String>,
    pub(super) external: bool,
}

/// One step of the workflow.
#[derive(Debug)]
pub(super) struct Step {
    pub(super) id: String,
    pub(super) kind: Kind,
    pub(super) name: String,
    pub(super) description: String,
    /// Milliseconds before it starts.
    pub(super) delay: Option<u64>,
    /// Milliseconds after which it has failed.
    pub(super) timeout: Option<u64>,
    pub(super) variables: BTreeMap<String, Variable>,
    pub(super) owner: Option<String>,
    pub(super) completion: Option<String>,
    pub(super) success: Option<String>,
    pub(super) failure: Option<String>,
    /// What our extension says of it.
    pub(super) ours: Option<Value>,
}

/// The eight types, and what is none of them.
#[derive(Debug)]
pub(super) enum Kind {
    Start,
    End,
    Action {
        commands: Vec<Value>,
        agent: String,
        targets: Vec<String>,
        takes: Vec<String>,
        gives: Vec<String>,
    },
    Call {
        playbook: String,
        version: Option<String>,
        takes: Vec<String>,
        gives: Vec<String>,
    },
    Parallel(Vec<String>),
    If {
        condition: String,
        yes: String,
        no: Option<String>,
    },
    While {
        condition: String,
        body: String,
    },
    Switch {
        on: String,
        cases: Vec<(String, String)>,
    },
    Unknown(String),
}

fn text(value: &Value, key: &str) -> String {
    value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn maybe(value: &Value, key: &str) -> Option<String> {
    value.get(key).and_then(Value::as_str).map(str::to_owned)
}

fn texts(value: &Value, key: &str) -> Vec<String> {
    let items = value.get(key).and_then(Value::as_array);
    items.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

fn each<'v>(value: &'v Value, key: &str) -> impl Iterator<Item = (&'v String, &'v Value)> {
    value.get(key).and_then(Value::as_object).into_iter().flatten()
}

impl Book {
    pub(super) fn of(tree: &Value, extension: &str) -> Book {
        let parties = |key: &str| {
            each(tree, key)
                .map(|(id, party)| {
                    (id.clone(), Party { kind: text(party, "type"), name: text(party, "name") })
                })
                .collect()
        };
        Book {
            id: text(tree, "id"),
            name: text(tree, "name"),
            types: texts(tree, "playbook_types"),
            start: text(tree, "workflow_start"),
            exception: maybe(tree, "workflow_exception"),
            variables: variables(tree, "playbook_variables"),
            steps: each(tree, "workflow")
                .map(|(id, step)| (id.clone(), Step::of(id, step, extension)))
                .collect(),
            agents: parties("agent_definitions"),
            targets: parties("target_definitions"),
            revoked: tree.get("revoked").and_then(Value::as_bool).unwrap_or(false),
            signed: tree.get("signatures").is_some(),
            ours: tree.get("playbook_extensions").and_then(|all| all.get(extension)).cloned(),
        }
    }

    /// The variable of this name as a step sees it: its own hides the playbook's.
    pub(super) fn variable<'b>(
        &'b self,
        step: Option<&'b Step>,
        name: &str,
    ) -> Option<&'b Variable> {
        step.and_then(|step| step.variables.get(name)).or_else(|| self.variables.get(name))
    }
}

fn variables(value: &Value, key: &str) -> BTreeMap<String, Variable> {
    each(value, key)
        .map(|(name, variable)| {
            let read = Variable {
                kind: text(variable, "type"),
                description: text(variable, "description"),
                value: maybe(variable, "value"),
                external: variable.get("external").and_then(Value::as_bool).unwrap_or(false),
            };
            (name.clone(), read)
        })
        .collect()
}

impl Step {
    fn of(id: &str, step: &Value, extension: &str) -> Step {
        let kind = match text(step, "type").as_str() {
            "start" => Kind::Start,
            "end" => Kind::End,
            "action" => Kind::Action {
                commands: step
                    .get("commands")
                    .and_then(Value::as_array)
                    .cloned()
                    .unwrap_or_default(),
                agent: text(step, "agent"),
                targets: texts(step, "targets"),
                takes: texts(step, "in_args"),
                gives: texts(step, "out_args"),
            },
            "playbook-action" => Kind::Call {
                playbook: text(step, "playbook_id"),
                version: maybe(step, "playbook_version"),
                takes: texts(step, "in_args"),
                gives: texts(step, "out_args"),
            },
            "parallel" => Kind::Parallel(texts(step, "next_steps")),
            "if-condition" => Kind::If {
                condition: text(step, "condition"),
                yes: text(step, "on_true"),
                no: maybe(step, "on_false"),
            },
            "while-condition" => {
                Kind::While { condition: text(step, "condition"), body: text(step, "on_true") }
            }
            "switch-condition" => Kind::Switch {
                on: text(step, "switch"),
                cases: each(step, "cases")
                    .filter_map(|(case, step)| Some((case.clone(), step.as_str()?.to_owned())))
                    .collect(),
            },
            other => Kind::Unknown(other.to_owned()),
        };
        Step {
            id: id.to_owned(),
            kind,
            name: text(step, "name"),
            description: text(step, "description"),
            delay: step.get("delay").and_then(Value::as_u64),
            timeout: step.get("timeout").and_then(Value::as_u64),
            variables: variables(step, "step_variables"),
            owner: maybe(step, "owner"),
            completion: maybe(step, "on_completion"),
            success: maybe(step, "on_success"),
            failure: maybe(step, "on_failure"),
            ours: step.get("step_extensions").and_then(|all| all.get(extension)).cloned(),
        }
    }

    /// Where it goes when all is well.
    pub(super) fn next(&self) -> Option<&str> {
        self.completion.as_deref().or(self.success.as_deref())
    }

    /// The branches that come back to it, with the key that names them.
    pub(super) fn branches(&self) -> Vec<(String, &str)> {
        match &self.kind {
            Kind::Parallel(all) => all
                .iter()
                .enumerate()
                .map(|(n, id)| (format!("next_steps/{n}"), id.as_str()))
                .collect(),
            Kind::If { yes, no, .. } => {
                let no = no.as_deref().map(|no| ("on_false".to_owned(), no));
                std::iter::once(("on_true".to_owned(), yes.as_str())).chain(no).collect()
            }
            Kind::While { body, .. } => vec![("on_true".to_owned(), body)],
            Kind::Switch { cases, .. } => cases
                .iter()
                .map(|(case, id)| (format!("cases/{}", escaped(case)), id.as_str()))
                .collect(),
            _ => Vec::new(),
        }
    }

    /// Where it goes by itself: all of its `on_completion`, `on_success` and `on_failure`.
    pub(super) fn exits(&self) -> Vec<(&'static str, &str)> {
        [
            ("on_completion", &self.completion),
            ("on_success", &self.success),
            ("on_failure", &self.failure),
        ]
        .into_iter()
        .filter_map(|(key, id)| Some((key, id.as_deref()?)))
        .collect()
    }

    /// Its JSON pointer.
    pub(super) fn pointer(&self) -> String {
        format!("/workflow/{}", escaped(&self.id))
    }

    /// How people call it.
    pub(super) fn title(&self) -> &str {
        if self.name.is_empty() { &self.id } else { &self.name }
    }
}
