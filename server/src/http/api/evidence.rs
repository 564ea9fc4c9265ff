//! Files of a case by API.

use actix_multipart::Multipart;
use actix_web::web::{self, Data, Json, Path, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::actions::evidence::{self, Shown};
use crate::actions::files::Why;
use crate::actions::once;
use crate::app::App;
use crate::domain::ids::EvidenceId;
use crate::domain::refusal::{FieldError, Refusal};
use crate::error::{Error, Result};
use crate::http::caller::Caller;
use crate::http::pages::evidence::attachment;
use crate::http::upload::{self, Wanted};
use crate::records::Evidence;

/// The area's routes, below `/api/v1`.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.route("/incidents/{code}/evidence", web::post().to(add))
        .route("/incidents/{code}/evidence", web::get().to(list))
        .route("/evidence/{id}", web::get().to(hand_out))
        .route("/evidence/{id}/hold", web::post().to(hold))
        .route("/evidence/{id}/hand-over", web::post().to(hand_over));
}

/// What these calls are, for the OpenAPI document.
#[derive(utoipa::OpenApi)]
#[openapi(paths(add, list, hand_out, hold, hand_over))]
pub struct Spec;

/// A file of a case.
#[derive(Debug, Serialize, ToSchema)]
struct EvidenceView {
    id: String,
    name: String,
    content_type: String,
    /// Bytes.
    size: i64,
    sha256: String,
    /// report, reporter, web, api, dispatch, chat.
    source: String,
    audience: String,
    tlp: String,
    /// The task that it is for.
    task: Option<String>,
    scan: String,
    /// The police hold it.
    held: bool,
    created_at: String,
    /// Who had it, oldest first.
    custody: Vec<CustodyView>,
}

/// One line of the custody log.
#[derive(Debug, Serialize, ToSchema)]
struct CustodyView {
    at: String,
    action: String,
    actor: String,
    detail: String,
}

/// The files of a case.
#[derive(Debug, Serialize, ToSchema)]
struct Items {
    items: Vec<EvidenceView>,
    /// Always null: a case has few files.
    next: Option<String>,
}

/// What was taken and what was not.
#[derive(Debug, Serialize, ToSchema)]
struct Added {
    items: Vec<EvidenceView>,
    refused: Vec<RefusedView>,
}

/// A file that was not taken.
#[derive(Debug, Serialize, ToSchema)]
struct RefusedView {
    name: String,
    /// secret, too_large, too_many, empty.
    reason: String,
}

/// A form with files.
#[derive(ToSchema)]
#[expect(dead_code, reason = "the shape of the multipart body, for the document alone")]
struct Form {
    /// everyone (default), coordination, police.
    audience: Option<String>,
    /// CLEAR, GREEN, AMBER, AMBER+STRICT, RED; the incident's when empty.
    tlp: Option<String>,
    /// Identifier of the task that the files are for.
    task: Option<String>,
    /// What it is and where it comes from.
    note: Option<String>,
    /// `no`, or `maybe`: then nothing is kept.
    secret: Option<String>,
    /// Up to ten files.
    #[schema(value_type = Vec<String>, format = Binary)]
    files: Vec<Vec<u8>>,
}

fn view(file: Evidence, custody: Vec<CustodyView>) -> EvidenceView {
    EvidenceView {
        id: file.id.to_string(),
        name: file.name,
        content_type: file.content_type,
        size: file.size,
        sha256: file.sha256,
        source: file.source.to_string(),
        audience: file.audience.to_string(),
        tlp: file.tlp.to_string(),
        task: file.task_id.map(|task| task.to_string()),
        scan: file.scan.to_string(),
        held: file.held,
        created_at: file.created_at.rfc3339(),
        custody,
    }
}

fn shown(one: Shown) -> EvidenceView {
    let custody = one
        .custody
        .into_iter()
        .map(|line| CustodyView {
            at: line.at.rfc3339(),
            action: line.action,
            actor: line.actor_name,
            detail: line.detail,
        })
        .collect();
    view(one.file, custody)
}

/// Adds files to a case: `multipart/form-data`, fields before files.
#[utoipa::path(post, path = "/api/v1/incidents/{code}/evidence", tag = "evidence",
    params(("code" = String, Path, description = "The incident's code or id")),
    request_body(content = Form, content_type = "multipart/form-data"),
    responses((status = 201, body = Added), (status = 403), (status = 404), (status = 413),
        (status = 422), (status = 503)))]
async fn add(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    code: Path<String>,
    parts: Multipart,
) -> Result<HttpResponse> {
    caller.checked_header(&req)?;
    evidence::may_add(&app.office, &caller.ctx, &code).await?;
    let upload = upload::read(&app, parts, caller.ctx.now, |fields| {
        Ok(Wanted { scope: None, take: matches!(fields.get("secret"), "" | "no") })
    })
    .await?;
    once::describe(&format!("{} {}\n{}", req.method(), req.path(), upload.print()))?;
    let fields = &upload.fields;
    let done = if !matches!(fields.get("secret"), "" | "no") {
        Err(Refusal::StateSecret.into())
    } else if let Some(why) = upload.full {
        Err(why)
    } else if upload.kept.is_empty() {
        Err(match upload.refused.first().map(|file| file.why) {
            Some(Why::Secret(_)) => Refusal::FileSecret.into(),
            Some(Why::TooLarge { limit_mib }) => Error::TooLarge { limit_mib },
            _ => FieldError::new("files", "field-files").into(),
        })
    } else {
        let staged = upload.kept.clone();
        let about = evidence::About {
            audience: fields.get("audience"),
            tlp: fields.get("tlp"),
            task: fields.get("task"),
            note: fields.get("note"),
            by_chat: false,
        };
        evidence::add(&app.office, &caller.ctx, &code, staged, about).await
    };
    app.office.files.settle(&app.office.db, None, &upload.kept).await;
    let items = done?.into_iter().map(|file| view(file, Vec::new())).collect();
    let refused = upload
        .refused
        .into_iter()
        .map(|file| RefusedView { name: file.name, reason: file.why.word().to_owned() })
        .collect();
    Ok(HttpResponse::Created().json(Added { items, refused }))
}

/// The files of a case with their custody logs.
#[utoipa::path(get, path = "/api/v1/incidents/{code}/evidence", tag = "evidence",
    params(("code" = String, Path, description = "The incident's code or id")),
    responses((status = 200, body = Items), (status = 404)))]
async fn list(app: Data<App>, caller: Caller, code: Path<String>) -> Result<HttpResponse> {
    caller.ctx.actor.person()?;
    let listed = evidence::list(&app.office, &caller.ctx, &code).await?;
    let items = listed.files.into_iter().map(shown).collect();
    Ok(HttpResponse::Ok().json(Items { items, next: None }))
}

fn named(id: &str) -> Result<EvidenceId> {
    id.parse().map_err(|_| Error::NotFound("evidence"))
}

/// Hands a file out, verified against its hash and on record; always an attachment.
#[utoipa::path(get, path = "/api/v1/evidence/{id}", tag = "evidence",
    params(("id" = String, Path, description = "The file's id")),
    responses((status = 200, description = "The bytes", content_type = "application/octet-stream"),
        (status = 404), (status = 410)))]
async fn hand_out(app: Data<App>, caller: Caller, id: Path<String>) -> Result<HttpResponse> {
    caller.ctx.actor.person()?;
    attachment(&app, &caller, named(&id)?).await
}

/// To whom and why.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default)]
struct Reason {
    /// Why.
    reason: String,
    /// To whom; for handing over.
    to: String,
}

/// The police hold a file: nobody else hands it on.
#[utoipa::path(post, path = "/api/v1/evidence/{id}/hold", tag = "evidence",
    params(("id" = String, Path, description = "The file's id")), request_body = Reason,
    responses((status = 200, body = EvidenceView), (status = 403), (status = 404), (status = 422)))]
async fn hold(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    id: Path<String>,
    body: Json<Reason>,
) -> Result<HttpResponse> {
    caller.checked_header(&req)?;
    let file = evidence::hold(&app.office, &caller.ctx, named(&id)?, &body.reason).await?;
    Ok(HttpResponse::Ok().json(view(file, Vec::new())))
}

/// Writes into the custody log that a file was handed to somebody.
#[utoipa::path(post, path = "/api/v1/evidence/{id}/hand-over", tag = "evidence",
    params(("id" = String, Path, description = "The file's id")), request_body = Reason,
    responses((status = 200, body = EvidenceView), (status = 403), (status = 404), (status = 409),
        (status = 422)))]
async fn hand_over(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    id: Path<String>,
    body: Json<Reason>,
) -> Result<HttpResponse> {
    caller.checked_header(&req)?;
    let (to, reason) = (body.to.as_str(), body.reason.as_str());
    let file = evidence::hand_over(&app.office, &caller.ctx, named(&id)?, to, reason).await?;
    Ok(HttpResponse::Ok().json(view(file, Vec::new())))
}
