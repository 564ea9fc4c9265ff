//! Reporting by API, with an account or without, and the reporter's own view.

use actix_web::web::{self, Data, Json, Path, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::actions::reports::{self, NewReport};
use crate::actions::tokens;
use crate::actions::tracking::{self, Answer, Door};
use crate::app::App;
use crate::domain::refusal::{FieldError, Refusal};
use crate::error::{Error, Result};
use crate::http::caller::Caller;
use crate::http::once;

/// The area's routes, below `/api/v1`.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.route("/reports", web::post().to(send))
        .route("/tracking/{token}", web::get().to(follow))
        .route("/tracking/{token}/answer", web::post().to(answer))
        .route("/incidents/{code}/ask", web::post().to(ask));
}

/// What these calls are, for the OpenAPI document.
#[derive(utoipa::OpenApi)]
#[openapi(paths(send, follow, answer, ask))]
pub struct Spec;

/// A report as partners' systems send it. Words are those of the code lists.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default)]
struct Sent {
    /// Word of the category.
    category: String,
    /// What is seen, in own words; at most 10,000 characters.
    description: String,
    /// When it was noticed, RFC 3339.
    detected_at: String,
    /// When it began, if known, RFC 3339.
    occurred_at: String,
    /// Whether it is still going on.
    still_happening: bool,
    /// Key or own words of the system.
    system: String,
    /// Key of the organisation; the caller's own when empty; needed without an account.
    organisation: String,
    /// The two impact questions.
    impact: Impact,
    /// How to reach the reporter.
    contact: Contact,
    /// `no`, or `maybe`: then nothing is kept and the offline route is answered.
    secret: String,
    /// A word of secrecy stands alone in the description, and it is no secret.
    secret_confirmed: bool,
    /// Code of an open incident that this is about.
    same_as: String,
    /// How it came in, when the desk registers for others.
    source: String,
    /// An exercise; the desk only.
    drill: bool,
}

/// What works no more, and who feels it.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(default)]
struct Impact {
    /// none, degraded, stopped.
    services: String,
    /// one, group, unit, public.
    people: String,
}

/// How to reach the reporter; never passed on to partners.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(default)]
struct Contact {
    /// Name.
    name: String,
    /// Telephone.
    phone: String,
    /// Mail.
    email: String,
}

/// What the reporter learns at once.
#[derive(Debug, Serialize, ToSchema)]
struct ReceivedView {
    /// `SC-2026-000123`.
    code: String,
    /// The incident's identifier.
    incident: String,
    /// Where to follow it; whoever has the link can read and answer.
    tracking: Tracking,
    /// What to do now, step by step.
    first_aid: Vec<String>,
    /// Who is being told, by role and channel.
    told: Vec<ToldView>,
    /// It was added to an incident that was there.
    added: bool,
}

/// The reporter's own page.
#[derive(Debug, Serialize, ToSchema)]
struct Tracking {
    /// The whole link.
    url: String,
}

/// One who is being told.
#[derive(Debug, Serialize, ToSchema)]
struct ToldView {
    /// A role's word.
    role: String,
    /// mail, telegram, or phone when somebody has to call.
    channel: String,
}

/// Reports an incident. Without an account `organisation` is needed. With `secret: "maybe"` the
/// answer is 422 with the offline route, and nothing is kept.
#[utoipa::path(post, path = "/api/v1/reports", tag = "reports", request_body = Sent,
    responses((status = 201, body = ReceivedView), (status = 422), (status = 429), (status = 503)))]
async fn send(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    body: Json<Sent>,
) -> Result<HttpResponse> {
    caller.checked_header(&req)?;
    let sent = body.into_inner();
    let key = once::key(&req)?;
    limit(&app, &caller, &sent.organisation, key.as_deref())?;
    let report = NewReport {
        category: sent.category,
        description: sent.description,
        detected_at: sent.detected_at,
        occurred_at: sent.occurred_at,
        still_happening: sent.still_happening,
        system: sent.system,
        organisation: sent.organisation,
        services: sent.impact.services,
        people: sent.impact.people,
        contact_name: sent.contact.name,
        contact_phone: sent.contact.phone,
        contact_email: sent.contact.email,
        secret: sent.secret,
        secret_confirmed: sent.secret_confirmed,
        same_as: sent.same_as,
        source: sent.source,
        drill: sent.drill,
    };
    let received = reports::receive(&app.office, &caller.ctx, report, Vec::new(), None, key)
        .await
        .map_err(as_in_body)?;
    let base = app.config().server.base_url.trim_end_matches('/');
    let url = format!("{base}/theo-doi/{}", received.tracking);
    Ok(HttpResponse::Created().json(ReceivedView {
        code: received.code,
        incident: received.incident.to_string(),
        tracking: Tracking { url },
        first_aid: received.first_aid,
        told: received
            .told
            .into_iter()
            .map(|one| ToldView { role: one.role, channel: one.channel })
            .collect(),
        added: received.added,
    }))
}

/// Machines are slowed down like everybody else; a repeat of the same key counts only for itself.
fn limit(app: &App, caller: &Caller, link: &str, key: Option<&str>) -> Result<(), Refusal> {
    let limits = &app.limits;
    if let Some(key) = key
        && limits.report_first.check(key).is_err()
    {
        return limits.report_again.check(key);
    }
    match caller.ctx.actor.account() {
        Some(account) => limits.report_address.check(&account.to_string()),
        None => {
            limits.report_address.check(&caller.ctx.address)?;
            limits.report_link.check(link)
        }
    }
}

/// The names that bad fields have in the body.
fn as_in_body(why: Error) -> Error {
    let Error::Refused(Refusal::Fields(fields)) = why else { return why };
    let named = |field: FieldError| {
        let name = match field.field {
            "services" => "impact.services",
            "people" => "impact.people",
            "contact_name" => "contact.name",
            "contact_phone" => "contact.phone",
            "contact_email" => "contact.email",
            other => other,
        };
        FieldError { field: name, ..field }
    };
    Refusal::Fields(fields.into_iter().map(named).collect()).into()
}

/// What became of a report, as its reporter may know it.
#[derive(Debug, Serialize, ToSchema)]
struct Followed {
    /// The incident's code.
    code: String,
    /// Word of the state.
    state: String,
    /// The code of the incident that goes on, when it was merged.
    merged_into: Option<String>,
    /// When somebody took it.
    acknowledged_at: Option<String>,
    /// What happened, oldest first.
    timeline: Vec<Said>,
    /// The reporter's files.
    files: Vec<FileView>,
}

/// One thing that happened.
#[derive(Debug, Serialize, ToSchema)]
struct Said {
    /// When.
    at: String,
    /// What: received, acknowledged, reporter_asked …
    kind: String,
    /// What was written.
    text: String,
}

/// A file by name and hash.
#[derive(Debug, Serialize, ToSchema)]
struct FileView {
    /// Its name.
    name: String,
    /// Bytes.
    size: i64,
    /// SHA-256.
    sha256: String,
}

/// What became of a report, by the secret of its tracking link.
#[utoipa::path(get, path = "/api/v1/tracking/{token}", tag = "reports",
    params(("token" = String, Path, description = "The end of the tracking link")),
    responses((status = 200, body = Followed), (status = 410), (status = 429)))]
async fn follow(app: Data<App>, caller: Caller, token: Path<String>) -> Result<HttpResponse> {
    let view = tracking::view(&app.office, &caller.ctx, &Door::Token(token.into_inner())).await;
    let view = app.limits.of_link(&caller.ctx.address, view)?;
    Ok(HttpResponse::Ok().json(Followed {
        code: view.code,
        state: view.state.to_string(),
        merged_into: view.merged_into,
        acknowledged_at: view.acknowledged_at.map(crate::clock::Timestamp::rfc3339),
        timeline: view
            .entries
            .into_iter()
            .map(|entry| Said { at: entry.at.rfc3339(), kind: entry.kind, text: entry.text })
            .collect(),
        files: view
            .files
            .into_iter()
            .map(|file| FileView { name: file.name, size: file.size, sha256: file.sha256 })
            .collect(),
    }))
}

/// Words for a report or from its reporter.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default)]
struct Words {
    /// What is said.
    text: String,
    /// `no`: no state secrets in it. For the reporter's answer.
    secret: String,
    /// A word of secrecy stands alone in the text, and it is no secret.
    secret_confirmed: bool,
}

/// The reporter answers or adds, by the tracking link.
#[utoipa::path(post, path = "/api/v1/tracking/{token}/answer", tag = "reports",
    params(("token" = String, Path, description = "The end of the tracking link")),
    request_body = Words,
    responses((status = 204), (status = 410), (status = 422), (status = 429)))]
async fn answer(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    token: Path<String>,
    body: Json<Words>,
) -> Result<HttpResponse> {
    caller.checked_header(&req)?;
    app.limits.link_writes.check(&tokens::hex(token.as_bytes()))?;
    let words = body.into_inner();
    let answer =
        Answer { text: words.text, secret: words.secret, secret_confirmed: words.secret_confirmed };
    let door = Door::Token(token.into_inner());
    let done = tracking::answer(&app.office, &caller.ctx, &door, answer, Vec::new()).await;
    app.limits.of_link(&caller.ctx.address, done)?;
    Ok(HttpResponse::NoContent().finish())
}

/// Who was told of a question.
#[derive(Debug, Serialize, ToSchema)]
struct AskedView {
    /// Empty when the reporter left no address.
    told: Vec<ToldView>,
}

/// Asks the reporter; the question stands on the tracking page.
#[utoipa::path(post, path = "/api/v1/incidents/{code}/ask", tag = "reports",
    params(("code" = String, Path, description = "The incident's code or id")),
    request_body = Words,
    responses((status = 201, body = AskedView), (status = 403), (status = 404), (status = 422)))]
async fn ask(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    code: Path<String>,
    body: Json<Words>,
) -> Result<HttpResponse> {
    caller.checked_header(&req)?;
    let told = tracking::ask(&app.office, &caller.ctx, &code, &body.text).await?;
    let told =
        told.into_iter().map(|one| ToldView { role: one.role, channel: one.channel }).collect();
    Ok(HttpResponse::Created().json(AskedView { told }))
}
