//! From a playbook of ours to a CACAO file that fits the OASIS schema. The workflow says as much as
//! CACAO has words for; the whole, as it is written here, stands in the extension, and each step's
//! own part of it with the step.

use super::ids::{EXTENSION, IDENTITY, made, of_playbook};
use super::order::components;
use crate::condition::Var;
use crate::definition::{Kind, Loop, Phase, Playbook, Step, Test, Wait};
use crate::role::Role;
use crate::written;
use serde_json::{Map, Value, json};

/// When a file is made, and by whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    /// When the playbook was first made: RFC 3339 in UTC, with three decimals.
    pub at: String,
    /// When this version was made: the same form.
    pub modified: String,
    /// A STIX identity; without it, the program's own.
    pub by: Option<String>,
}

/// The playbook as CACAO 2.0. The same playbook and the same times give the same file.
pub fn export(playbook: &Playbook, made_at: &Made) -> Value {
    let mut writer =
        Writer { name: &playbook.name, steps: Map::new(), parties: [Map::new(), Map::new()] };
    let end = writer.end("end");
    let first = writer.list(&playbook.steps, &end, "steps");
    let start = writer.put("start", "start", json!({"on_completion": first}));
    let exception = (!playbook.failed.is_empty()).then(|| {
        let end = writer.end("exception");
        writer.list(&playbook.failed, &end, "exception")
    });
    let by = made_at.by.clone().unwrap_or_else(|| IDENTITY.to_owned());
    let [agents, targets] = writer.parties;
    let mut found = json!({
        "type": "playbook",
        "spec_version": "cacao-2.0",
        "id": of_playbook(&playbook.name),
        "name": playbook.title,
        "description": written::numbered(&playbook.first_aid).trim_end(),
        "playbook_processing_summary": summary(&writer.steps),
        "created_by": by,
        "created": made_at.at,
        "modified": made_at.modified,
        "labels": [playbook.name],
        "workflow_start": start,
        "workflow": writer.steps,
        "playbook_extensions": {EXTENSION: {"notation": written::notation(playbook)}},
        "extension_definitions": {EXTENSION: {
            "type": "extension-definition",
            "name": "dieuphoi playbook",
            "description": "What CACAO has no word for: roles and phases, escalation (within, late, repeat), order, loops' limits, first aid. See docs/cacao.md of dieuphoi.",
            "created_by": IDENTITY,
            "schema": "JSON Schema of the notation: dieuphoi playbook schema",
            "version": "1.0.0",
        }},
    });
    if let Some(exception) = exception {
        found["workflow_exception"] = json!(exception);
    }
    for (key, parties) in [("agent_definitions", agents), ("target_definitions", targets)] {
        if !parties.is_empty() {
            found[key] = Value::Object(parties);
        }
    }
    let variables = variables(playbook);
    if !variables.is_empty() {
        found["playbook_variables"] = Value::Object(variables);
    }
    found
}

fn summary(steps: &Map<String, Value>) -> Value {
    let any = |kind: &str| steps.values().any(|step| step["type"] == kind);
    let timed = |key: &str| steps.values().any(|step| step.get(key).is_some());
    json!({
        "manual_playbook": true,
        "external_playbooks": any("playbook-action"),
        "parallel_processing": any("parallel"),
        "if_logic": any("if-condition"),
        "while_logic": any("while-condition"),
        "switch_logic": false,
        "temporal_logic": timed("timeout") || timed("delay"),
        "extensions": true,
    })
}

fn variables(playbook: &Playbook) -> Map<String, Value> {
    let mut found = Map::new();
    for step in playbook.all_steps() {
        if let Kind::Set(values) = &step.kind {
            for (name, value) in values {
                let kind = match value {
                    Var::Bool(_) => "bool",
                    Var::Number(_) => "integer",
                    Var::Text(_) => "string",
                };
                found.insert(format!("__{name}__"), json!({"type": kind}));
            }
        }
    }
    found
}

struct Writer<'w> {
    name: &'w str,
    steps: Map<String, Value>,
    /// Agents, then targets.
    parties: [Map<String, Value>; 2],
}

impl Writer<'_> {
    fn put(&mut self, kind: &str, key: &str, fields: Value) -> String {
        let id = made(kind, &format!("{}/{key}", self.name));
        let mut fields = fields;
        fields["type"] = json!(kind);
        self.steps.insert(id.clone(), fields);
        id
    }

    /// An end of its own for a branch.
    fn end(&mut self, key: &str) -> String {
        self.put("end", key, json!({}))
    }

    fn party(&mut self, role: &Role, target: bool) -> String {
        let kind = if role.is_an_organisation() { "organization" } else { "group" };
        let id = made(kind, &role.as_word());
        let party = json!({"type": kind, "name": role.as_word()});
        self.parties[usize::from(target)].insert(id.clone(), party);
        id
    }

    /// A list whose end leads to `next`; answers where it begins. What does not hold one another
    /// back goes side by side; what cannot be told so simply goes in stages, which is never sooner
    /// than it is meant.
    fn list(&mut self, steps: &[Step], next: &str, key: &str) -> String {
        let mut parts = components(steps);
        match parts.len() {
            0 => next.to_owned(),
            1 => self.component(&parts.remove(0), next, key),
            _ => {
                let branches = self.all(&parts, key);
                self.put("parallel", key, json!({"next_steps": branches, "on_completion": next}))
            }
        }
    }

    /// Each component as a branch with its own end.
    fn all(&mut self, parts: &[Vec<Vec<&Step>>], key: &str) -> Vec<String> {
        let mut branches = Vec::new();
        for (n, part) in parts.iter().enumerate() {
            let key = format!("{key}/branch/{n}");
            let end = self.end(&key);
            branches.push(self.component(part, &end, &key));
        }
        branches
    }

    fn component(&mut self, stages: &[Vec<&Step>], next: &str, key: &str) -> String {
        let mut next = next.to_owned();
        for (n, stage) in stages.iter().enumerate().rev() {
            next = match stage.as_slice() {
                [one] => self.step(one, &next),
                many => {
                    let mut branches = Vec::new();
                    for step in many {
                        let end = self.end(&format!("{}/stage", step.id));
                        branches.push(self.step(step, &end));
                    }
                    let fields = json!({"next_steps": branches, "on_completion": next});
                    self.put("parallel", &format!("{key}/stage/{n}"), fields)
                }
            };
        }
        next
    }

    /// One step, its condition around it.
    fn step(&mut self, step: &Step, next: &str) -> String {
        let Some(condition) = &step.condition else { return self.core(step, next) };
        let end = self.end(&format!("{}/if", step.id));
        let inner = self.core(step, &end);
        let fields = json!({
            "condition": condition.source(), "on_true": inner, "on_completion": next,
            "step_extensions": {EXTENSION: {"if": condition.source()}},
        });
        self.put("if-condition", &format!("{}/if", step.id), fields)
    }

    fn core(&mut self, step: &Step, next: &str) -> String {
        let failed = written::own_failed(step);
        let failure =
            (!failed.is_empty()).then(|| self.list(&failed, next, &format!("{}/failed", step.id)));
        let mut fields = match &failure {
            Some(failure) => json!({"on_success": next, "on_failure": failure}),
            None => json!({"on_completion": next}),
        };
        if !step.id.contains('/') {
            fields["name"] = json!(step.id);
        }
        if let Some(timeout) = step.timeout {
            fields["timeout"] = json!(u64::from(timeout.as_seconds()) * 1000);
        }
        fields["step_extensions"] = json!({EXTENSION: {"step": own(step)}});
        let id = step.id.as_str();
        match &step.kind {
            Kind::Approve { by, question, then, otherwise } => {
                fields["condition"] = json!(question);
                fields["step_extensions"][EXTENSION]["question"] = json!(question);
                fields["step_extensions"][EXTENSION]["by"] = json!(by);
                for (key, list) in [("on_true", then), ("on_false", otherwise)] {
                    if !list.is_empty() || key == "on_true" {
                        let key_of = format!("{id}/{key}");
                        let end = self.end(&key_of);
                        fields[key] = json!(self.list(list, &end, &key_of));
                    }
                }
                self.put("if-condition", id, fields)
            }
            Kind::Parallel(steps) => {
                let parts = components(steps);
                if parts.len() == 1 && failure.is_none() && step.timeout.is_none() {
                    return self.list(steps, next, id);
                }
                let mut branches = self.all(&parts, id);
                if branches.len() < 2 {
                    // A single branch needs company, since a parallel step has two at least.
                    branches.push(self.end(&format!("{id}/alone")));
                }
                fields["next_steps"] = json!(branches);
                self.put("parallel", id, fields)
            }
            Kind::Choose(steps) => self.choose(steps, &fields, id, next),
            Kind::Loop(Loop { test, body, .. }) => {
                let end = self.end(&format!("{id}/round"));
                fields["on_true"] = json!(self.list(body, &end, &format!("{id}/round")));
                match test {
                    Test::While(condition) => {
                        fields["condition"] = json!(condition.source());
                        fields["step_extensions"][EXTENSION]["if"] = json!(condition.source());
                    }
                    Test::Ask { by, question } => {
                        fields["condition"] = json!(question);
                        fields["step_extensions"][EXTENSION]["question"] = json!(question);
                        fields["step_extensions"][EXTENSION]["by"] = json!(by);
                    }
                }
                self.put("while-condition", id, fields)
            }
            Kind::Call { playbook, .. } => {
                fields["playbook_id"] = json!(of_playbook(playbook));
                self.put("playbook-action", id, fields)
            }
            _ => self.action(step, fields),
        }
    }

    /// The first that holds: conditions one inside the other.
    fn choose(&mut self, steps: &[Step], fields: &Value, id: &str, next: &str) -> String {
        let mut otherwise: Option<String> = None;
        for (n, step) in steps.iter().enumerate().rev() {
            let end = self.end(&format!("{id}/choice/{n}"));
            let inner = self.core(step, &end);
            let Some(condition) = &step.condition else {
                otherwise = Some(inner);
                continue;
            };
            let (mut found, key) = if n == 0 {
                (fields.clone(), id.to_owned())
            } else {
                let key = format!("{id}/choice/{n}/if");
                let back = self.end(&key);
                (json!({"on_completion": back}), key)
            };
            found["condition"] = json!(condition.source());
            found["on_true"] = json!(inner);
            if let Some(otherwise) = otherwise {
                found["on_false"] = json!(otherwise);
            }
            if found.get("step_extensions").is_none() {
                found["step_extensions"] = json!({EXTENSION: {}});
            }
            found["step_extensions"][EXTENSION]["if"] = json!(condition.source());
            otherwise = Some(self.put("if-condition", &key, found));
        }
        otherwise.unwrap_or_else(|| next.to_owned())
    }

    fn action(&mut self, step: &Step, mut fields: Value) -> String {
        let names = |roles: &[Role]| roles.iter().map(Role::as_word).collect::<Vec<_>>().join(", ");
        let (activity, words) = match &step.kind {
            Kind::Notify { to, ask, text } => {
                let asked = if ask.is_some() { " và đề nghị xác nhận" } else { "" };
                let words = format!("Báo cho {}{asked}.", names(to));
                ("deliver-content", text.clone().unwrap_or(words))
            }
            Kind::Task { phase, text, .. } => (activity(*phase), text.clone()),
            Kind::Dispatch { text, .. } => ("deliver-content", text.clone()),
            Kind::Webhook { target, text } => {
                let words = format!("Báo cho hệ thống {target}.");
                ("deliver-content", text.clone().unwrap_or(words))
            }
            Kind::Wait(Wait::For(time)) => {
                fields["delay"] = json!(u64::from(time.as_seconds()) * 1000);
                ("step-sequence", format!("Chờ {time}."))
            }
            Kind::Wait(Wait::Until { condition, .. }) => {
                ("step-sequence", format!("Chờ đến khi: {}", condition.source()))
            }
            Kind::Set(values) => {
                let names: Vec<String> = values.keys().map(|name| format!("__{name}__")).collect();
                let values: Vec<String> = values
                    .iter()
                    .map(|(name, value)| match value {
                        Var::Bool(value) => format!("{name} = {value}"),
                        Var::Number(value) => format!("{name} = {value}"),
                        Var::Text(value) => format!("{name} = {value}"),
                    })
                    .collect();
                fields["out_args"] = json!(names);
                ("step-sequence", format!("Ghi nhớ: {}.", values.join(", ")))
            }
            _ => ("step-sequence", String::new()),
        };
        let (first, others) = match step.recipients() {
            [] => (Role::Coordinator, &[][..]),
            [first, others @ ..] => (first.clone(), others),
        };
        fields["agent"] = json!(self.party(&first, false));
        if !others.is_empty() {
            let others: Vec<String> = others.iter().map(|role| self.party(role, true)).collect();
            fields["targets"] = json!(others);
        }
        fields["commands"] =
            json!([{"type": "manual", "command": words, "playbook_activity": activity}]);
        self.put("action", &step.id, fields)
    }
}

fn activity(phase: Phase) -> &'static str {
    match phase {
        Phase::Verifying => "analyze-collected-data",
        Phase::Containing => "restrict-access",
        Phase::Eradicating => "eliminate-risk",
        Phase::Recovering => "restore-capabilities",
        Phase::Reviewing => "analyze-engagement-results",
    }
}

/// What of a step is its own: without the steps inside it that the workflow shows.
fn own(step: &Step) -> Value {
    let mut found = written::step(step);
    if let Some(fields) = found.as_object_mut() {
        for key in ["then", "otherwise", "parallel", "choose", "failed", "after", "if"] {
            fields.remove(key);
        }
        if let Some(inner) = fields.get_mut("loop").and_then(Value::as_object_mut) {
            inner.remove("steps");
        }
    }
    found
}
