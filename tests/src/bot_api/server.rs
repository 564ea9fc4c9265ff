//! The wire: paths, bodies of every kind that the documentation allows, and answers or none.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::{Arc, mpsc};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use actix_web::body::{BodySize, MessageBody};
use actix_web::dev::ServerHandle;
use actix_web::http::StatusCode;
use actix_web::web::{self, Bytes, Data, PayloadConfig};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};
use serde_json::{Map, Value, json};

use super::script::Fault;
use super::{Request, Shared, TOKEN, answer, updates};

/// What a request may carry, bytes.
const BODY: usize = 64 * 1024 * 1024;

/// Starts the server in a thread of its own; answers its port and how to end it.
pub(super) fn start(shared: Arc<Shared>) -> (u16, ServerHandle) {
    let (tell, told) = mpsc::channel();
    std::thread::spawn(move || {
        actix_web::rt::System::new().block_on(async move {
            let data = Data::from(shared);
            let server = HttpServer::new(move || {
                App::new()
                    .app_data(data.clone())
                    .app_data(PayloadConfig::new(BODY))
                    .default_service(web::to(serve))
            })
            .workers(1)
            .disable_signals()
            .shutdown_timeout(0)
            .bind("127.0.0.1:0")
            .unwrap();
            let port = server.addrs()[0].port();
            let server = server.run();
            tell.send((port, server.handle())).unwrap();
            server.await.unwrap();
        });
    });
    told.recv().unwrap()
}

async fn serve(shared: Data<Shared>, req: HttpRequest, body: Bytes) -> HttpResponse {
    let path = req.path().to_owned();
    if let Some(rest) = path.strip_prefix("/file/bot") {
        return file(&shared, rest);
    }
    let known = path.strip_prefix("/bot").and_then(|rest| rest.split_once('/'));
    let Some((token, method)) = known else { return no(404, "Not Found") };
    if token != TOKEN || shared.state().revoked {
        return no(401, "Unauthorized");
    }
    let Some(method) = answer::canonical(method) else {
        return no(404, "Not Found: method not found");
    };
    let body = match read(&req, &body) {
        Ok(body) => body,
        Err(why) => return no(400, &format!("Bad Request: {why}")),
    };
    let at = Instant::now();
    let place = {
        let mut state = shared.state();
        state.requests.push(Request {
            at,
            method: method.to_owned(),
            body: body.clone(),
            status: 0,
            answer: Value::Null,
        });
        state.requests.len() - 1
    };
    let fault = {
        let chat = answer::int(&body["chat_id"]);
        shared.state().script.next(method, chat)
    };
    let (status, answered) = match fault {
        Some(Fault::Hang) => {
            actix_web::rt::time::sleep(Duration::from_secs(600)).await;
            return broken();
        }
        Some(Fault::Cut) => return broken(),
        Some(Fault::Swallow) => {
            let _done = answer::answer(&mut shared.state(), method, &body);
            return broken();
        }
        Some(fault) => fault.answer(),
        None if method == "getUpdates" => updates::poll(&shared, &body).await,
        None => answer::answer(&mut shared.state(), method, &body),
    };
    if let Some(request) = shared.state().requests.get_mut(place) {
        request.status = status;
        request.answer.clone_from(&answered);
    }
    shared.answered();
    let status = StatusCode::from_u16(status).unwrap();
    match answered {
        Value::String(html) => HttpResponse::build(status).content_type("text/html").body(html),
        json => HttpResponse::build(status).json(json),
    }
}

fn no(code: u16, description: &str) -> HttpResponse {
    let status = StatusCode::from_u16(code).unwrap();
    HttpResponse::build(status)
        .json(json!({"ok": false, "error_code": code, "description": description}))
}

/// A file's path may come with its slashes encoded: the server in front has decoded them.
fn file(shared: &Shared, rest: &str) -> HttpResponse {
    let rest = rest.replace("%2F", "/").replace("%2f", "/");
    let Some((token, path)) = rest.split_once('/') else { return no(404, "Not Found") };
    let state = shared.state();
    if token != TOKEN || state.revoked {
        return no(401, "Unauthorized");
    }
    match state.files.values().find(|file| file.path == path) {
        Some(file) => HttpResponse::Ok().body(file.bytes.clone()),
        None => no(404, "Not Found"),
    }
}

/// Parameters from the query, a form, JSON or a multipart form.
fn read(req: &HttpRequest, body: &[u8]) -> Result<Value, String> {
    let kind = req.headers().get("content-type").and_then(|value| value.to_str().ok());
    let kind = kind.unwrap_or_default();
    let mut all = pairs(req.query_string().as_bytes());
    if kind.starts_with("application/json") && !body.is_empty() {
        let Ok(Value::Object(more)) = serde_json::from_slice(body) else {
            return Err("can't parse the JSON".to_owned());
        };
        all.extend(more.into_iter().filter(|(_, value)| !value.is_null()));
    } else if kind.starts_with("application/x-www-form-urlencoded") {
        all.extend(pairs(body));
    } else if let Some((_, boundary)) = kind.split_once("boundary=") {
        all.extend(parts(body, boundary.trim_matches('"')));
    }
    Ok(Value::Object(all))
}

fn pairs(text: &[u8]) -> Map<String, Value> {
    let query = String::from_utf8_lossy(text);
    let pairs = web::Query::<BTreeMap<String, String>>::from_query(&query);
    pairs.map_or_else(
        |_| Map::new(),
        |pairs| pairs.into_inner().into_iter().map(|(name, text)| (name, value(&text))).collect(),
    )
}

/// Forms carry lists and objects as JSON.
fn value(text: &str) -> Value {
    match serde_json::from_str(text) {
        Ok(value @ (Value::Array(_) | Value::Object(_) | Value::Bool(_) | Value::Number(_))) => {
            value
        }
        _ => Value::String(text.to_owned()),
    }
}

/// A multipart form; of a file its name is kept.
fn parts(body: &[u8], boundary: &str) -> Map<String, Value> {
    let mut all = Map::new();
    let text = String::from_utf8_lossy(body);
    for part in text.split(&format!("--{boundary}")) {
        let Some((head, content)) = part.trim_start().split_once("\r\n\r\n") else { continue };
        let field = |name: &str| {
            let (_, rest) = head.split_once(&format!("{name}=\""))?;
            Some(rest.split_once('"')?.0.to_owned())
        };
        let Some(name) = field(" name") else { continue };
        let content = content.strip_suffix("\r\n").unwrap_or(content);
        let content = field("filename").map_or_else(|| value(content), Value::String);
        all.insert(name, content);
    }
    all
}

/// The connection breaks.
fn broken() -> HttpResponse {
    HttpResponse::Ok().body(Broken)
}

struct Broken;

impl MessageBody for Broken {
    type Error = std::io::Error;

    fn size(&self) -> BodySize {
        BodySize::Sized(1000)
    }

    fn poll_next(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Poll::Ready(Some(Err(std::io::ErrorKind::ConnectionReset.into())))
    }
}
