//! The JSON Schema for editors, made from the very tables and limits that the reader uses, so that
//! it cannot drift from them.

use crate::definition::{DISPATCH_WORDS, PHASE_WORDS};
use crate::limits::*;
use crate::notation::playbook::PLAYBOOK;
use crate::notation::steps::{
    APPROVE, DISPATCH, KINDS, LOOP, NOTIFY, REPEAT, STEP, TASK, WAIT, WEBHOOK,
};
use crate::role::ROLE_WORDS;
use serde_json::{Map, Value, json};

/// The schema of a playbook file (draft 2020-12). It knows shapes, words and limits; what needs the
/// whole file (unique ids, names in conditions, calls) only the checker knows.
pub fn schema() -> Value {
    let role = json!({"anyOf": [
        {"enum": ROLE_WORDS},
        {"type": "string", "pattern": "^org:[A-Za-z0-9_-]{1,64}$"},
    ]});
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "dieuphoi playbook",
        "type": "object",
        "additionalProperties": false,
        "required": ["playbook", "version", "title", "first_aid", "steps"],
        "properties": object(PLAYBOOK.known, |key| match key {
            "playbook" => json!({"$ref": "#/$defs/name"}),
            "version" => json!({"type": "integer", "minimum": 1, "maximum": 1_000_000}),
            "steps" | "failed" => json!({"$ref": "#/$defs/steps"}),
            "when" => json!({"$ref": "#/$defs/condition"}),
            "first_aid" | "first_aid_en" => json!({"type": "string", "minLength": 1}),
            _ => text(MAX_TITLE),
        }),
        "$defs": {
            "name": {"type": "string", "pattern": format!("^[a-z][a-z0-9_-]{{0,{}}}$", MAX_NAME - 1)},
            "duration": {"type": "string", "pattern": "^([0-9]+d)?([0-9]+h)?([0-9]+m)?$", "minLength": 2},
            "condition": text(MAX_CONDITION),
            "role": role,
            "roles": {"anyOf": [
                {"$ref": "#/$defs/role"},
                {"type": "array", "minItems": 1, "maxItems": MAX_RECIPIENTS, "uniqueItems": true,
                 "items": {"$ref": "#/$defs/role"}},
            ]},
            "steps": {"type": "array", "minItems": 1, "maxItems": MAX_STEPS,
                      "items": {"$ref": "#/$defs/step"}},
            "step": {
                "type": "object",
                "additionalProperties": false,
                "properties": object(STEP.known, step_key),
                "oneOf": KINDS.iter().map(|kind| json!({"required": [kind]})).collect::<Vec<_>>(),
                "dependentRequired": {"late": ["within"], "then": ["approve"], "otherwise": ["approve"]},
            },
            "notify": inner(NOTIFY.known, &["to"], |key| match key {
                "to" => json!({"$ref": "#/$defs/roles"}),
                "ask" => json!({"enum": ["acknowledge"]}),
                _ => text(MAX_INSTRUCTION),
            }),
            "task": inner(TASK.known, &["to", "phase", "text"], |key| match key {
                "to" => json!({"$ref": "#/$defs/role"}),
                "phase" => json!({"enum": PHASE_WORDS}),
                "evidence" => json!({"enum": ["required", "none"]}),
                _ => text(MAX_INSTRUCTION),
            }),
            "dispatch": inner(DISPATCH.known, &["to", "kind", "ground", "text"], |key| match key {
                "to" => json!({"$ref": "#/$defs/role"}),
                "kind" => json!({"enum": DISPATCH_WORDS}),
                "accept_within" => json!({"$ref": "#/$defs/duration"}),
                "attach" => json!({"enum": ["evidence"]}),
                "ground" => text(MAX_GROUND),
                _ => text(MAX_INSTRUCTION),
            }),
            "approve": inner(APPROVE.known, &["by", "question"], |key| match key {
                "by" => json!({"$ref": "#/$defs/role"}),
                _ => text(MAX_QUESTION),
            }),
            "webhook": inner(WEBHOOK.known, &["target"], |key| match key {
                "target" => json!({"$ref": "#/$defs/name"}),
                _ => text(MAX_INSTRUCTION),
            }),
            "wait": {"anyOf": [
                {"$ref": "#/$defs/duration"},
                inner(WAIT.known, &[], |key| match key {
                    "for" => json!({"$ref": "#/$defs/duration"}),
                    "by" => json!({"$ref": "#/$defs/role"}),
                    _ => json!({"$ref": "#/$defs/condition"}),
                }),
            ]},
            "loop": inner(LOOP.known, &["rounds", "steps"], |key| match key {
                "while" => json!({"$ref": "#/$defs/condition"}),
                "by" => json!({"$ref": "#/$defs/role"}),
                "rounds" => json!({"type": "integer", "minimum": 1, "maximum": MAX_ROUNDS}),
                "steps" => json!({"$ref": "#/$defs/steps"}),
                _ => text(MAX_QUESTION),
            }),
            "repeat": inner(REPEAT.known, &["every", "times"], |key| match key {
                "times" => json!({"type": "integer", "minimum": 1, "maximum": MAX_REPEATS}),
                _ => json!({"$ref": "#/$defs/duration"}),
            }),
        },
    })
}

fn step_key(key: &str) -> Value {
    match key {
        "id" | "playbook" => json!({"$ref": "#/$defs/name"}),
        "if" => json!({"$ref": "#/$defs/condition"}),
        "after" => json!({"anyOf": [
            {"$ref": "#/$defs/name"},
            {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/name"}},
        ]}),
        "within" | "timeout" => json!({"$ref": "#/$defs/duration"}),
        "clock" => json!({"enum": ["calendar", "working"]}),
        "then" | "otherwise" | "late" | "failed" | "parallel" | "choose" => {
            json!({"$ref": "#/$defs/steps"})
        }
        "set" => json!({
            "type": "object", "minProperties": 1, "maxProperties": MAX_VARS,
            "propertyNames": {"pattern": format!("^[a-z][a-z0-9_]{{0,{}}}$", MAX_NAME - 1)},
            "additionalProperties": {"type": ["string", "integer", "boolean"]},
        }),
        other => json!({"$ref": format!("#/$defs/{other}")}),
    }
}

fn text(max: usize) -> Value {
    json!({"type": "string", "minLength": 1, "maxLength": max})
}

fn object(keys: &[&str], of: impl Fn(&str) -> Value) -> Value {
    let fields: Map<String, Value> = keys.iter().map(|key| ((*key).to_owned(), of(key))).collect();
    Value::Object(fields)
}

fn inner(keys: &[&str], required: &[&str], of: impl Fn(&str) -> Value) -> Value {
    json!({
        "type": "object", "additionalProperties": false, "required": required,
        "properties": object(keys, of),
    })
}
