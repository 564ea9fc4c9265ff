//! The API's description, OpenAPI 3.1, put together from what stands beside each call.
//!
//! It is kept in `server/openapi.json`, from where it is served: to put it together takes a
//! megabyte of program that the service itself needs for nothing else. A test holds both equal.

use std::sync::LazyLock;

use serde_json::{Map, Value, json};
use utoipa::OpenApi;

use super::{
    accounts, audit, browsers, calendars, calls, canaries, chat, demo, dispatches, drills, duties,
    evidence, groups, incidents, organisations, playbooks, reports, rotas, runs, session,
};
use crate::packed::carried;

/// What every area has in common.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "dieuphoi",
        description = "Coordination of network-security incidents in a province. Times are RFC 3339 \
            in UTC. Lists answer `{items, next}` and take `limit` and `cursor`. Writes accept \
            `Idempotency-Key`: the same key with the same body gets the same answer. Changes of an \
            existing record carry its `version` and get 409 when it is stale. Errors are \
            `application/problem+json`. What a caller may not see looks the same as what does not \
            exist: 404."
    ),
    components(schemas(Problem))
)]
struct Base;

/// An error (RFC 9457).
#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "the shape of http/error.rs's JSON, for the document alone")]
struct Problem {
    /// `urn:dieuphoi:problem:CODE`.
    r#type: String,
    /// The heading, in the caller's language.
    title: String,
    /// The HTTP status.
    status: u16,
    /// What happened and what to do, in the caller's language.
    detail: String,
    /// Stable, for programs: not_found, stale, bad_fields, sign_in_first …
    code: String,
    /// The request's identifier, as in the logs.
    request_id: String,
    /// The bad fields, with `bad_fields`.
    errors: Option<Vec<BadField>>,
    /// The version that is there now, with `stale`.
    version: Option<i32>,
    /// Where to go instead, with `state_secret`.
    offline_route: Option<String>,
}

/// One bad field.
#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "the shape of http/error.rs's JSON, for the document alone")]
struct BadField {
    /// Its name.
    field: String,
    /// What to do.
    message: String,
}

static TEXT: LazyLock<String> =
    LazyLock::new(|| String::from_utf8(carried!("openapi.json")).unwrap_or_default());

static DOCUMENT: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(&TEXT).unwrap_or_default());

/// The document as it is served: JSON without spaces.
pub fn served() -> &'static str {
    &TEXT
}

/// The document.
pub fn document() -> &'static Value {
    &DOCUMENT
}

/// The document as the code describes it; `cargo run -p dieuphoi-tests --bin openapi` writes it.
pub fn described() -> Value {
    // What cannot be written out is empty, which the tests find.
    let mut document = serde_json::to_value(Base::openapi()).unwrap_or_default();
    // One line a room, beside its routes in mod.rs; the test below finds the one that is missing.
    for (room, part) in [
        ("Session", session::Spec::openapi()),
        ("Account", accounts::Spec::openapi()),
        ("Chat", chat::Spec::openapi()),
        ("Organisation", organisations::Spec::openapi()),
        ("Contact", organisations::ContactSpec::openapi()),
        ("System", organisations::SystemSpec::openapi()),
        ("Import", organisations::ImportSpec::openapi()),
        ("Report", reports::Spec::openapi()),
        ("Evidence", evidence::Spec::openapi()),
        ("Incident", incidents::Spec::openapi()),
        ("Incident", calls::Spec::openapi()),
        ("Dispatch", dispatches::Spec::openapi()),
        ("Rota", rotas::Spec::openapi()),
        ("Drill", drills::Spec::openapi()),
        ("Duty", duties::Spec::openapi()),
        ("Calendar", calendars::Spec::openapi()),
        ("Browser", browsers::Spec::openapi()),
        ("Playbook", playbooks::Spec::openapi()),
        ("Run", runs::Spec::openapi()),
        ("Audit", audit::Spec::openapi()),
        ("Operation", canaries::Spec::openapi()),
        ("Group", groups::Spec::openapi()),
        ("Demo", demo::Spec::openapi()),
    ] {
        add(&mut document, room, serde_json::to_value(part).unwrap_or_default());
    }
    document["info"]["version"] = json!(env!("CARGO_PKG_VERSION"));
    document["info"]["license"] = json!({"name": "Apache-2.0", "identifier": "Apache-2.0"});
    document["servers"] = json!([{"url": "/"}]);
    document["components"]["securitySchemes"] = json!({
        "key": {
            "type": "http",
            "scheme": "bearer",
            "description": "An API key with scopes, for machines."
        },
        "session": {
            "type": "apiKey",
            "in": "cookie",
            "name": crate::http::caller::SESSION,
            "description": "The cookie of POST /api/v1/session."
        },
        "csrf": {
            "type": "apiKey",
            "in": "header",
            "name": "X-CSRF-Token",
            "description": "`csrf` of POST /api/v1/session: with every write that carries the cookie."
        },
    });
    document["security"] = json!([{"key": []}, {"session": [], "csrf": []}]);
    for (call, operation) in operations_mut(&mut document) {
        describe_path(&call, operation);
        describe_key(&call, operation);
        describe_errors(operation);
    }
    document
}

/// Adds a room's calls. Two rooms may call different shapes by one name: the later one's then gets
/// the room's name in front.
fn add(document: &mut Value, room: &str, mut part: Value) {
    let schemas = part["components"]["schemas"].as_object().cloned().unwrap_or_default();
    for (name, shape) in &schemas {
        let there = &document["components"]["schemas"][name];
        if !there.is_null() && there != shape {
            part = renamed(part, name, &format!("{room}{name}"));
        }
    }
    for place in ["/paths", "/components/schemas"] {
        let Some(from) = part.pointer(place).and_then(Value::as_object).cloned() else { continue };
        let Some(to) = document.pointer_mut(place).and_then(Value::as_object_mut) else { continue };
        for (name, value) in from {
            let there = to.entry(name).or_insert_with(|| json!({}));
            if place == "/paths" {
                for (method, operation) in value.as_object().into_iter().flatten() {
                    there[method.as_str()] = operation.clone();
                }
            } else {
                *there = value;
            }
        }
    }
}

/// The part with one shape under another name.
fn renamed(part: Value, from: &str, to: &str) -> Value {
    const HOME: &str = "#/components/schemas/";
    match part {
        Value::String(text) if text.strip_prefix(HOME) == Some(from) => {
            json!(format!("{HOME}{to}"))
        }
        Value::Array(all) => all.into_iter().map(|one| renamed(one, from, to)).collect(),
        Value::Object(all) => {
            let is_shelf = all.values().any(|one| one.get("schemas").is_some());
            let mut all: Map<String, Value> =
                all.into_iter().map(|(key, one)| (key, renamed(one, from, to))).collect();
            if is_shelf
                && let Some(shelf) = all
                    .get_mut("components")
                    .and_then(|components| components["schemas"].as_object_mut())
                && let Some(shape) = shelf.remove(from)
            {
                shelf.insert(to.to_owned(), shape);
            }
            Value::Object(all)
        }
        other => other,
    }
}

/// What stands in braces in a path is a parameter, whether or not the call says so.
fn describe_path(call: &str, operation: &mut Value) {
    if !operation["parameters"].is_array() {
        operation["parameters"] = json!([]);
    }
    let Some(parameters) = operation["parameters"].as_array_mut() else { return };
    for name in call.split('{').skip(1).filter_map(|rest| rest.split('}').next()) {
        let is_there = |parameter: &Value| parameter["in"] == "path" && parameter["name"] == name;
        if !parameters.iter().any(is_there) {
            parameters.push(json!({
                "name": name,
                "in": "path",
                "required": true,
                "description": about(name),
                "schema": {"type": "string"},
            }));
        }
    }
}

fn about(name: &str) -> &'static str {
    match name {
        "code" => "The code or identifier",
        "key" => "The short key",
        "token" => "The secret of the link",
        _ => "The identifier",
    }
}

/// The methods of HTTP that the document uses.
const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

fn operations_mut(document: &mut Value) -> Vec<(String, &mut Value)> {
    let paths = document["paths"].as_object_mut().into_iter().flatten();
    paths
        .flat_map(|(path, methods)| {
            let path = path.clone();
            let methods = methods.as_object_mut().into_iter().flatten();
            methods
                .filter(|(method, _)| METHODS.contains(&method.as_str()))
                .map(move |(method, operation)| (format!("{method} {path}"), operation))
        })
        .collect()
}

/// Every write takes a key, but what makes and ends a session.
fn describe_key(call: &str, operation: &mut Value) {
    let (method, path) = call.split_once(' ').unwrap_or_default();
    let session = path == "/api/v1/session" || path.starts_with("/api/v1/session/");
    if method == "get" || session {
        return;
    }
    let header = json!({
        "name": "Idempotency-Key",
        "in": "header",
        "required": false,
        "description": "The same key and request get the first answer again; one effect.",
        "schema": {"type": "string", "maxLength": 200}
    });
    match operation["parameters"].as_array_mut() {
        Some(known) => known.push(header),
        None => operation["parameters"] = json!([header]),
    }
}

/// Every error has the same shape; calls only name those that are likely.
fn describe_errors(operation: &mut Value) {
    let problem = json!({"application/problem+json": {
        "schema": {"$ref": "#/components/schemas/Problem"}
    }});
    let Some(responses) = operation["responses"].as_object_mut() else { return };
    for (status, response) in responses.iter_mut() {
        if status.starts_with(['4', '5']) && response.get("content").is_none() {
            response["content"] = problem.clone();
        }
        if status.starts_with(['4', '5']) && response["description"] == "" {
            response["description"] = json!(words(status));
        }
    }
    responses
        .entry("default")
        .or_insert_with(|| json!({"description": "Any other error", "content": problem}));
}

fn words(status: &str) -> &'static str {
    match status {
        "401" => "Sign in first",
        "403" => "This role or key does not do this, or the X-CSRF-Token is wrong",
        "404" => "It does not exist, or the caller may not see it",
        "409" => "The state does not allow it, or the version is stale",
        "410" => "The link is used, expired or revoked",
        "413" => "Too large",
        "422" => "Bad fields, named in `errors`",
        "429" => "Too many requests; see Retry-After",
        "503" => "Busy; see Retry-After",
        _ => "Error",
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::PathBuf;

    use regex::Regex;

    use super::*;

    /// What the areas register, read from their sources: actix does not tell its routes.
    fn registered() -> BTreeSet<String> {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/http/api");
        let mut files = Vec::new();
        let mut folders = vec![PathBuf::from(folder)];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() { folders.push(path) } else { files.push(path) }
            }
        }
        let route = Regex::new(r#"\.route\(\s*"(/[^"]*)"\s*,\s*web::(\w+)\(\)"#).unwrap();
        let resource = Regex::new(r#"web::resource\(\s*"(/[^"]*)"\s*\)((?:\s*\.(?:app_data|wrap|route)\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\))*)"#).unwrap();
        let method = Regex::new(r"web::(get|post|put|patch|delete)\(\)").unwrap();
        let scope = Regex::new(r"web::scope\(").unwrap();
        let mut found = BTreeSet::new();
        for path in files {
            let text = std::fs::read_to_string(&path).unwrap();
            if path.ends_with("openapi.rs") {
                continue;
            }
            assert!(
                !scope.is_match(&text),
                "{}: routes are written out, no scopes",
                path.display()
            );
            for hit in route.captures_iter(&text) {
                found.insert(format!("{} /api/v1{}", &hit[2], &hit[1]));
            }
            for hit in resource.captures_iter(&text) {
                for verb in method.captures_iter(&hit[2]) {
                    found.insert(format!("{} /api/v1{}", &verb[1], &hit[1]));
                }
            }
        }
        found
    }

    #[test]
    fn what_is_served_is_what_the_code_describes() {
        assert!(
            *document() == described(),
            "server/openapi.json is old: cargo run -p dieuphoi-tests --bin openapi > server/openapi.json"
        );
    }

    #[test]
    fn every_call_that_is_registered_is_described_and_none_besides() {
        let mut document = document().clone();
        let described: BTreeSet<String> =
            operations_mut(&mut document).into_iter().map(|(call, _)| call).collect();
        let registered = registered();
        assert!(registered.contains("get /api/v1/audit"), "{registered:?}");
        let missing: Vec<_> = registered.difference(&described).collect();
        assert!(missing.is_empty(), "registered but not described: {missing:#?}");
        let invented: Vec<_> = described.difference(&registered).collect();
        assert!(invented.is_empty(), "described but not registered: {invented:#?}");
    }

    #[test]
    fn every_reference_leads_somewhere_and_every_call_says_what_it_does() {
        let mut document = document().clone();
        assert_eq!(document["openapi"], "3.1.0");
        let text = document.to_string();
        let schemas = document["components"]["schemas"].as_object().unwrap().clone();
        let reference = Regex::new(r##""#/components/schemas/([^"]+)""##).unwrap();
        for hit in reference.captures_iter(&text) {
            assert!(schemas.contains_key(&hit[1]), "{} is not described", &hit[1]);
        }
        let mut ids = BTreeSet::new();
        for (call, operation) in operations_mut(&mut document) {
            let words = operation["summary"].as_str().unwrap_or_default().to_owned();
            assert!(!words.is_empty(), "{call} says nothing");
            let placeholders = call.matches('{').count();
            let in_path = operation["parameters"]
                .as_array()
                .map_or(0, |all| all.iter().filter(|parameter| parameter["in"] == "path").count());
            assert_eq!(in_path, placeholders, "{call} does not describe its path");
            assert!(operation["responses"]["default"].is_object(), "{call}");
            ids.insert(call);
        }
        assert!(!ids.is_empty());
    }

    #[test]
    fn two_shapes_of_one_name_are_told_apart() {
        let part = |kind: &str| {
            json!({
                "paths": {format!("/{kind}"): {"get": {"body": {"$ref": "#/components/schemas/One"}}}},
                "components": {"schemas": {"One": {"type": kind}}},
            })
        };
        let mut document = json!({"paths": {}, "components": {"schemas": {}}});
        for (room, kind) in [("A", "string"), ("B", "integer"), ("C", "string")] {
            add(&mut document, room, part(kind));
        }
        let named = |path: &str| document["paths"][path]["get"]["body"]["$ref"].clone();
        assert_eq!(document["components"]["schemas"]["BOne"]["type"], "integer");
        assert_eq!(document["components"]["schemas"].as_object().unwrap().len(), 2);
        assert_eq!(named("/integer"), "#/components/schemas/BOne");
        assert_eq!(named("/string"), "#/components/schemas/One");
    }
}
