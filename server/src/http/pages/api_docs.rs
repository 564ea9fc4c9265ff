//! The API's description: the document for machines, and a page to read it. No script needed.

use std::sync::LazyLock;

use actix_web::http::header::CACHE_CONTROL;
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use serde_json::{Map, Value, json};

use crate::app::App;
use crate::error::Result;
use crate::http::api::openapi::{document, served};
use crate::http::caller::Caller;
use crate::http::page::{Page, html};

/// How deep the fields of a body are unfolded.
const DEPTH: usize = 3;

/// The area's routes.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.route("/api", web::get().to(page)).route("/api/openapi.json", web::get().to(json_document));
}

async fn json_document() -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "public, max-age=300"))
        .content_type("application/json")
        .body(served())
}

/// A parameter, or a field of a body.
#[derive(Debug, Clone)]
struct Field {
    name: String,
    kind: String,
    place: String,
    required: bool,
    words: String,
}

#[derive(Debug, Clone)]
struct Answer {
    status: String,
    words: String,
    fields: Vec<Field>,
}

#[derive(Debug, Clone)]
struct Call {
    anchor: String,
    method: String,
    path: String,
    summary: String,
    more: String,
    parameters: Vec<Field>,
    body_kind: String,
    body: Vec<Field>,
    answers: Vec<Answer>,
    is_public: bool,
    is_write: bool,
    sample: String,
}

#[derive(Debug, Clone)]
struct Group {
    name: String,
    calls: Vec<Call>,
}

static GROUPS: LazyLock<Vec<Group>> = LazyLock::new(|| groups(document()));

#[derive(Template)]
#[template(path = "api_docs.html")]
struct ApiPage {
    page: Page,
    base: String,
    groups: &'static [Group],
    problem: Vec<Field>,
}

impl ApiPage {
    /// The call as a command line.
    fn curl(&self, call: &Call) -> String {
        let mut text = String::from("curl");
        if call.method != "GET" {
            text.push_str(&format!(" -X {}", call.method));
        }
        text.push_str(&format!(" '{}{}'", self.base, call.path));
        if !call.is_public {
            text.push_str(" \\\n  -H 'Authorization: Bearer …'");
        }
        if call.is_write {
            text.push_str(" \\\n  -H 'Idempotency-Key: …'");
        }
        if call.body_kind.starts_with("multipart/") {
            text.push_str(" \\\n  -F 'file=@anh-chup.png'");
        } else if !call.sample.is_empty() {
            text.push_str(&format!(
                " \\\n  -H 'Content-Type: application/json' \\\n  -d '{}'",
                call.sample.replace('\'', "’")
            ));
        }
        text
    }
}

async fn page(app: Data<App>, caller: Caller, req: HttpRequest) -> Result<HttpResponse> {
    html(&ApiPage {
        page: Page::new(&app, &caller, &req, "api-title", "api"),
        base: app.config().server.base_url.trim_end_matches('/').to_owned(),
        groups: &GROUPS,
        problem: fields(document(), &json!({"$ref": "#/components/schemas/Problem"}), 0),
    })
}

fn groups(document: &Value) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for (path, methods) in entries(&document["paths"]) {
        for (method, operation) in entries(methods) {
            if operation["responses"].is_null() {
                continue;
            }
            let name = operation["tags"][0].as_str().unwrap_or("api").to_owned();
            let call = call(document, path, method, operation);
            match groups.iter_mut().find(|group| group.name == name) {
                Some(group) => group.calls.push(call),
                None => groups.push(Group { name, calls: vec![call] }),
            }
        }
    }
    groups
}

fn call(document: &Value, path: &str, method: &str, operation: &Value) -> Call {
    let content = entries(&operation["requestBody"]["content"]).next();
    let (body_kind, schema) =
        content.map_or(("", &Value::Null), |(kind, content)| (kind.as_str(), &content["schema"]));
    let parameters = operation["parameters"].as_array().into_iter().flatten();
    let anchor: String =
        format!("{method}{path}").chars().filter(|c| c.is_alphanumeric() || *c == '/').collect();
    Call {
        anchor: anchor.replace('/', "-"),
        method: method.to_uppercase(),
        path: path.to_owned(),
        summary: text(&operation["summary"]),
        more: text(&operation["description"]),
        parameters: parameters
            .map(|parameter| Field {
                name: text(&parameter["name"]),
                kind: kind(document, &parameter["schema"]),
                place: text(&parameter["in"]),
                required: parameter["required"] == true,
                words: text(&parameter["description"]),
            })
            .collect(),
        body_kind: body_kind.to_owned(),
        body: fields(document, schema, 0),
        answers: entries(&operation["responses"])
            .filter(|(status, _)| *status != "default")
            .map(|(status, response)| {
                let content = entries(&response["content"]).next();
                // The shape of errors is told once for all calls.
                let schema = content
                    .filter(|(kind, _)| *kind != "application/problem+json")
                    .map_or(&Value::Null, |(_, content)| &content["schema"]);
                Answer {
                    status: status.clone(),
                    words: text(&response["description"]),
                    fields: fields(document, schema, 0),
                }
            })
            .collect(),
        is_public: operation["security"].as_array().is_some_and(|ways| {
            ways.is_empty() || ways.iter().all(|way| way.as_object().is_some_and(Map::is_empty))
        }),
        is_write: method != "get",
        sample: match sample(document, schema, 0) {
            Value::Null => String::new(),
            sample => sample.to_string(),
        },
    }
}

fn entries(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// The schema behind a reference, or behind "this or null".
fn resolved<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    if let Some(name) = schema["$ref"].as_str().and_then(|path| path.rsplit('/').next()) {
        return resolved(document, &document["components"]["schemas"][name]);
    }
    let choice = schema["oneOf"].as_array().or_else(|| schema["anyOf"].as_array());
    match choice.and_then(|all| all.iter().find(|one| one["type"] != "null")) {
        Some(one) => resolved(document, one),
        None => schema,
    }
}

/// Properties of an object, those of flattened parts included.
fn properties<'a>(document: &'a Value, schema: &'a Value) -> Vec<(&'a String, &'a Value, bool)> {
    let schema = resolved(document, schema);
    let mut all = Vec::new();
    for part in schema["allOf"].as_array().into_iter().flatten() {
        all.extend(properties(document, part));
    }
    let required: Vec<&str> =
        schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    all.extend(
        entries(&schema["properties"])
            .map(|(name, property)| (name, property, required.contains(&name.as_str()))),
    );
    all
}

fn kind(document: &Value, schema: &Value) -> String {
    let schema = resolved(document, schema);
    if let Some(words) = schema["enum"].as_array() {
        return words.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" | ");
    }
    let name = match &schema["type"] {
        Value::String(name) => name.clone(),
        Value::Array(names) => {
            text(names.iter().find(|name| *name != "null").unwrap_or(&Value::Null))
        }
        _ if schema["properties"].is_object() || schema["allOf"].is_array() => "object".to_owned(),
        _ => "any".to_owned(),
    };
    match (name.as_str(), schema["format"].as_str()) {
        ("array", _) => format!("[{}]", kind(document, &schema["items"])),
        ("string", Some(format)) => format.to_owned(),
        _ => name,
    }
}

/// The fields of a schema, nested ones with dots in their names.
fn fields(document: &Value, schema: &Value, depth: usize) -> Vec<Field> {
    let schema = resolved(document, schema);
    if schema["type"] == "array" {
        let mut inner = fields(document, &schema["items"], depth);
        for field in &mut inner {
            field.name = format!("[].{}", field.name);
        }
        return inner;
    }
    let mut all = Vec::new();
    for (name, property, required) in properties(document, schema) {
        let described = text(&property["description"]);
        all.push(Field {
            name: name.clone(),
            kind: kind(document, property),
            place: String::new(),
            required,
            words: if described.is_empty() {
                text(&resolved(document, property)["description"])
            } else {
                described
            },
        });
        if depth + 1 < DEPTH {
            let inner = resolved(document, property);
            let joint = if inner["type"] == "array" { "" } else { "." };
            for mut field in fields(document, property, depth + 1) {
                field.name = format!("{name}{joint}{}", field.name);
                all.push(field);
            }
        }
    }
    all
}

/// A body that could be sent.
fn sample(document: &Value, schema: &Value, depth: usize) -> Value {
    let schema = resolved(document, schema);
    if let Some(example) = schema.get("example") {
        return example.clone();
    }
    if let Some(words) = schema["enum"].as_array() {
        return words.first().cloned().unwrap_or_default();
    }
    let properties = properties(document, schema);
    if !properties.is_empty() {
        if depth >= DEPTH {
            return json!({});
        }
        let object = properties
            .into_iter()
            .map(|(name, property, _)| (name.clone(), sample(document, property, depth + 1)));
        return Value::Object(object.collect());
    }
    match kind(document, schema).as_str() {
        "string" => json!("…"),
        "date-time" => json!("2026-11-22T01:00:00Z"),
        "uuid" => json!("01933a7e-0000-7000-8000-000000000000"),
        "integer" | "number" => json!(1),
        "boolean" => json!(false),
        name if name.starts_with('[') => json!([]),
        _ => Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_has_every_call_with_its_fields() {
        let all: usize = GROUPS.iter().map(|group| group.calls.len()).sum();
        let described: usize =
            entries(&document()["paths"]).map(|(_, methods)| entries(methods).count()).sum();
        assert_eq!(all, described);
        let calls: Vec<&Call> = GROUPS.iter().flat_map(|group| &group.calls).collect();
        let audit = calls.iter().find(|call| call.path == "/api/v1/audit").unwrap();
        assert!(audit.parameters.iter().any(|parameter| parameter.name == "cursor"));
        let names: Vec<&str> =
            audit.answers[0].fields.iter().map(|field| field.name.as_str()).collect();
        assert!(names.contains(&"items[].hash") && names.contains(&"next"), "{names:?}");
        let demo = calls.iter().find(|call| call.path == "/api/v1/demo/messages").unwrap();
        assert!(demo.is_public && !audit.is_public);
        let mut anchors: Vec<&str> = calls.iter().map(|call| call.anchor.as_str()).collect();
        anchors.sort_unstable();
        anchors.dedup();
        assert_eq!(anchors.len(), calls.len(), "anchors are unique");
    }
}
