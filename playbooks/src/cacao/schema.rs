//! The OASIS schemas (draft-07, as published), inside the program: nothing is fetched. What does not
//! fit becomes a sentence with its place.

use super::fault::Fault;
use super::places::{Places, escaped};
use crate::limits::MAX_PROBLEMS;
use crate::notation::Problem;
use jsonschema::error::{TypeKind, ValidationErrorKind};
use jsonschema::{Draft, Registry, ValidationError, Validator};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::LazyLock;

const BASE: &str = "https://raw.githubusercontent.com/oasis-open/cacao-json-schemas/main/schemas/";

macro_rules! schemas {
    ($($path:literal),+ $(,)?) => {
        &[$(($path, include_str!(concat!("../../schemas/cacao/", $path, ".json"))),)+]
    };
}

static SCHEMAS: &[(&str, &str)] = schemas![
    "playbook",
    "agent-target/agent-target",
    "agent-target/group",
    "agent-target/http-api",
    "agent-target/individual",
    "agent-target/linux",
    "agent-target/location",
    "agent-target/net-address",
    "agent-target/organization",
    "agent-target/sector",
    "agent-target/security-category",
    "agent-target/ssh",
    "authentication-info/authentication-info",
    "authentication-info/http-basic",
    "authentication-info/oauth2",
    "authentication-info/user-auth",
    "commands/bash",
    "commands/caldera-cmd",
    "commands/command-data",
    "commands/elastic",
    "commands/http-api",
    "commands/jupyter",
    "commands/kestrel",
    "commands/manual",
    "commands/openc2-http",
    "commands/powershell",
    "commands/sigma",
    "commands/ssh",
    "commands/yara",
    "data-markings/data-marking",
    "data-markings/marking-iep",
    "data-markings/marking-statement",
    "data-markings/marking-tlp",
    "data-types/civic-location",
    "data-types/contact",
    "data-types/external-reference",
    "data-types/identifier",
    "data-types/playbook-processing-summary",
    "data-types/signature",
    "data-types/timestamp",
    "data-types/variable",
    "extension-definition/extension-definition",
    "workflows/action",
    "workflows/end",
    "workflows/if-condition",
    "workflows/parallel",
    "workflows/playbook-action",
    "workflows/start",
    "workflows/switch-condition",
    "workflows/while-condition",
    "workflows/workflow-step",
];

/// The readers of the whole, of each type of command (the schema of a step knows only what all
/// commands have), and, for tests, of an identifier.
struct Readers {
    playbook: Validator,
    commands: BTreeMap<&'static str, Validator>,
    #[cfg(test)]
    identifier: Validator,
}

// A schema that ships with the program and cannot be read fails the tests of this crate.
static READERS: LazyLock<Result<Readers, String>> = LazyLock::new(|| {
    let mut registry = Registry::new().draft(Draft::Draft7);
    for (path, text) in SCHEMAS {
        let schema: Value = serde_json::from_str(text).map_err(|e| format!("{path}: {e}"))?;
        registry = registry
            .add(format!("{BASE}{path}.json"), schema)
            .map_err(|e| format!("{path}: {e}"))?;
    }
    let registry = registry.prepare().map_err(|e| e.to_string())?;
    let reader = |path: &str| {
        jsonschema::options()
            .with_draft(Draft::Draft7)
            .with_registry(&registry)
            .offline()
            .build(&json!({"$ref": format!("{BASE}{path}.json")}))
            .map_err(|e| format!("{path}: {e}"))
    };
    let mut commands = BTreeMap::new();
    for (path, _) in SCHEMAS {
        if let Some(kind) = path.strip_prefix("commands/").filter(|kind| *kind != "command-data") {
            commands.insert(kind, reader(path)?);
        }
    }
    Ok(Readers {
        playbook: reader("playbook")?,
        commands,
        #[cfg(test)]
        identifier: reader("data-types/identifier")?,
    })
});

/// Whether a text is a CACAO identifier.
#[cfg(test)]
pub(super) fn is_identifier(text: &str) -> bool {
    READERS.as_ref().is_ok_and(|readers| readers.identifier.is_valid(&json!(text)))
}

/// What does not fit the OASIS schema, in the order of the file; nothing when all fits.
pub(super) fn problems(tree: &Value, places: &Places) -> Vec<Problem> {
    let readers = match READERS.as_ref() {
        Ok(readers) => readers,
        Err(detail) => return vec![Fault::NotJson(detail.clone()).at(places.at(""))],
    };
    let mut found = Vec::new();
    for error in readers.playbook.iter_errors(tree).take(MAX_PROBLEMS) {
        found.push(told(&error, "", places));
    }
    let steps = tree.get("workflow").and_then(Value::as_object).into_iter().flatten();
    for (id, step) in steps {
        let commands = step.get("commands").and_then(Value::as_array).into_iter().flatten();
        for (n, command) in commands.enumerate() {
            let kind = command.get("type").and_then(Value::as_str).unwrap_or_default();
            let Some(reader) = readers.commands.get(kind) else { continue };
            let at = format!("/workflow/{}/commands/{n}", escaped(id));
            found.extend(reader.iter_errors(command).map(|error| told(&error, &at, places)));
        }
    }
    found.sort_by(|a, b| (a.line, a.column, &a.message_en).cmp(&(b.line, b.column, &b.message_en)));
    found.dedup();
    found.truncate(MAX_PROBLEMS);
    found
}

fn told(error: &ValidationError<'_>, inside: &str, places: &Places) -> Problem {
    let pointer = format!("{inside}{}", error.instance_path());
    let (vi, en) = sentence(error, &named(&pointer));
    Fault::Schema { vi, en }.at(places.at(&pointer))
}

/// A pointer as people read it.
fn named(pointer: &str) -> String {
    let parts: Vec<String> = pointer
        .split('/')
        .filter(|part| !part.is_empty())
        .map(|part| part.replace("~1", "/").replace("~0", "~"))
        .collect();
    if parts.is_empty() { "playbook".to_owned() } else { parts.join(" › ") }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn sentence(error: &ValidationError<'_>, at: &str) -> (String, String) {
    match error.kind() {
        ValidationErrorKind::Required { property } => {
            let property = plain(property);
            (format!("Thiếu “{property}” ở “{at}”"), format!("`{property}` is missing in `{at}`"))
        }
        ValidationErrorKind::Type { kind } => {
            let wanted = match kind {
                TypeKind::Single(kind) => kind.to_string(),
                TypeKind::Multiple(kinds) => {
                    let kinds: Vec<String> = kinds.iter().map(|kind| kind.to_string()).collect();
                    kinds.join(" | ")
                }
            };
            let vi = match wanted.as_str() {
                "string" => "chữ",
                "integer" => "số nguyên",
                "number" => "số",
                "boolean" => "true hoặc false",
                "array" => "danh sách",
                "object" => "một nhóm “khóa: giá trị”",
                other => other,
            };
            (format!("“{at}” phải là {vi}"), format!("`{at}` must be of type {wanted}"))
        }
        ValidationErrorKind::Enum { options } => {
            let words: Vec<String> =
                options.as_array().map_or_else(Vec::new, |all| all.iter().map(plain).collect());
            let words = words.join(", ");
            (format!("“{at}” phải là: {words}"), format!("`{at}` must be one of: {words}"))
        }
        ValidationErrorKind::Pattern { .. } => {
            let found = plain(error.instance());
            (
                format!("“{at}” không đúng dạng CACAO đòi hỏi: “{found}”"),
                format!("`{at}` is not of the form that CACAO wants: `{found}`"),
            )
        }
        ValidationErrorKind::Minimum { limit } => {
            (format!("“{at}” phải từ {limit} trở lên"), format!("`{at}` must be at least {limit}"))
        }
        ValidationErrorKind::Maximum { limit } => {
            (format!("“{at}” không được quá {limit}"), format!("`{at}` must be at most {limit}"))
        }
        ValidationErrorKind::MinItems { limit } => (
            format!("“{at}” phải có ít nhất {limit} mục"),
            format!("`{at}` must have at least {limit} items"),
        ),
        ValidationErrorKind::MinProperties { limit } => (
            format!("“{at}” phải có ít nhất {limit} mục"),
            format!("`{at}` must have at least {limit} entries"),
        ),
        ValidationErrorKind::Not { .. } => (
            format!("“{at}” không được có on_completion, on_success hoặc on_failure như vậy"),
            format!("`{at}` must not have on_completion, on_success or on_failure like this"),
        ),
        ValidationErrorKind::AnyOf { .. } | ValidationErrorKind::OneOfNotValid { .. } => {
            let words = plain(error.instance());
            let short: String = words.chars().take(60).collect();
            (
                format!("“{at}” không thuộc dạng nào CACAO cho phép: “{short}”"),
                format!("`{at}` is of no form that CACAO allows: `{short}`"),
            )
        }
        other => (
            format!("“{at}” không hợp lược đồ CACAO ({})", other.keyword()),
            format!("`{at}` does not fit the CACAO schema ({})", other.keyword()),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_schema_is_read_without_a_network() {
        assert!(READERS.is_ok(), "{:?}", READERS.as_ref().err());
        assert_eq!(READERS.as_ref().expect("reads").commands.len(), 12);
    }
}
