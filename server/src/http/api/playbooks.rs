//! The library of playbooks by machine: read, try, propose, decide. Two different persons bring a
//! version into force, by whatever door.

use actix_web::web::{self, Data, Json, Path, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};

use crate::actions::library::{
    self, Brought, Checked, Entry, Foreign, Portrait, Proposal, Simulated, Trial, VersionView,
};
use crate::app::App;
use crate::domain::ids::PlaybookVersionId;
use crate::error::{Error, Result};
use crate::http::caller::Caller;
use crate::http::form::json_limits_of;

/// A text of 256 KiB with its line ends and quotes escaped.
const LIMIT: usize = 1024 * 1024;

/// The area's routes, below `/api/v1`.
pub fn routes(cfg: &mut ServiceConfig) {
    // Before the calls whose names could be a playbook's.
    cfg.route("/playbooks/{name}", web::get().to(one))
        .service(
            web::resource("/playbooks")
                .app_data(json_limits_of(LIMIT))
                .route(web::get().to(list))
                .route(web::post().to(propose)),
        )
        .service(
            web::resource("/playbooks/check")
                .app_data(json_limits_of(LIMIT))
                .route(web::post().to(check)),
        )
        .service(
            web::resource("/playbooks/simulate")
                .app_data(json_limits_of(LIMIT))
                .route(web::post().to(simulate)),
        )
        .service(
            web::resource("/playbooks/import")
                .app_data(json_limits_of(LIMIT))
                .route(web::post().to(import)),
        )
        .route("/playbooks/{name}/cacao", web::get().to(cacao))
        .route("/playbooks/{name}/shipped", web::post().to(to_shipped))
        .route("/playbooks/{name}/versions/{id}", web::get().to(version))
        .route("/playbooks/{name}/versions/{id}/approve", web::post().to(approve))
        .route("/playbooks/{name}/versions/{id}/refuse", web::post().to(refuse))
        .route("/playbooks/{name}/versions/{id}/withdraw", web::post().to(withdraw));
}

/// What these calls are, for the OpenAPI document.
#[derive(utoipa::OpenApi)]
#[openapi(paths(
    list, propose, check, simulate, import, cacao, one, to_shipped, version, approve, refuse,
    withdraw
))]
pub struct Spec;

/// Every playbook: what is in force, what waits for a second person, who uses what now.
#[utoipa::path(get, path = "/api/v1/playbooks", tag = "playbooks",
    responses((status = 200, body = Items), (status = 403)))]
async fn list(app: Data<App>, caller: Caller) -> Result<HttpResponse> {
    let items = library::entries(&app.office, &caller.ctx).await?;
    Ok(HttpResponse::Ok().json(Items { items, next: None }))
}

/// The whole library.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = PlaybookEntries)]
struct Items {
    items: Vec<Entry>,
    /// Always nothing: the library is one page.
    next: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Paged {
    cursor: String,
}

/// One playbook: the text in force, its versions (newest first), the running cases that use it.
#[utoipa::path(get, path = "/api/v1/playbooks/{name}", tag = "playbooks",
    responses((status = 200, body = Portrait), (status = 404)))]
async fn one(
    app: Data<App>,
    caller: Caller,
    name: Path<String>,
    paged: web::Query<Paged>,
) -> Result<HttpResponse> {
    let it = library::one(&app.office, &caller.ctx, &name, &paged.cursor).await?;
    Ok(HttpResponse::Ok().json(it))
}

/// One version: its text, what became of it, and how it differs from what it replaces.
#[utoipa::path(get, path = "/api/v1/playbooks/{name}/versions/{id}", tag = "playbooks",
    responses((status = 200, body = VersionView), (status = 404)))]
async fn version(
    app: Data<App>,
    caller: Caller,
    at: Path<(String, String)>,
) -> Result<HttpResponse> {
    shown(&app, &caller, &at.0, id_of(&at.1)?).await
}

async fn shown(
    app: &App,
    caller: &Caller,
    name: &str,
    id: PlaybookVersionId,
) -> Result<HttpResponse> {
    let it = library::version(&app.office, &caller.ctx, name, id).await?;
    Ok(HttpResponse::Ok().json(it))
}

fn id_of(id: &str) -> Result<PlaybookVersionId> {
    id.parse().map_err(|_| Error::NotFound("playbook_version"))
}

/// A text to check.
#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(default)]
#[schema(as = PlaybookText)]
struct Written {
    /// The playbook.
    text: String,
}

/// Says what is wrong with a text: line, column, code, sentence and hint. Nothing is kept.
#[utoipa::path(post, path = "/api/v1/playbooks/check", tag = "playbooks",
    request_body = Written, responses((status = 200, body = Checked)))]
async fn check(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    body: Json<Written>,
) -> Result<HttpResponse> {
    caller.checked_header(&req)?;
    let checked = library::check(&app.office, &caller.ctx, body.into_inner().text).await?;
    Ok(HttpResponse::Ok().json(checked))
}

/// Lets a text run on a virtual clock: rows, a table and a picture (SVG). Nothing is kept.
#[utoipa::path(post, path = "/api/v1/playbooks/simulate", tag = "playbooks",
    request_body = Trial, responses((status = 200, body = Simulated), (status = 422)))]
async fn simulate(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    body: Json<Trial>,
) -> Result<HttpResponse> {
    caller.checked_header(&req)?;
    let simulated = library::simulate(&app.office, &caller.ctx, body.into_inner()).await?;
    Ok(HttpResponse::Ok().json(simulated))
}

/// Turns a CACAO 2.0 playbook into a text of ours, with what was assumed. Nothing is kept.
#[utoipa::path(post, path = "/api/v1/playbooks/import", tag = "playbooks",
    request_body = Foreign, responses((status = 200, body = Brought), (status = 422)))]
async fn import(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    body: Json<Foreign>,
) -> Result<HttpResponse> {
    caller.checked_header(&req)?;
    let brought = library::bring(&app.office, &caller.ctx, body.into_inner()).await?;
    Ok(HttpResponse::Ok().json(brought))
}

/// The playbook in force of this name as a CACAO 2.0 file (OASIS).
#[utoipa::path(get, path = "/api/v1/playbooks/{name}/cacao", tag = "playbooks",
    responses((status = 200, body = Object), (status = 404)))]
async fn cacao(app: Data<App>, caller: Caller, name: Path<String>) -> Result<HttpResponse> {
    let tree = library::abroad(&app.office, &caller.ctx, &name).await?;
    Ok(HttpResponse::Ok().json(tree))
}

/// Proposes a version; the playbook is the one that the text names. Leaders are asked to approve.
#[utoipa::path(post, path = "/api/v1/playbooks", tag = "playbooks",
    request_body = Proposal, responses((status = 201, body = VersionView), (status = 422)))]
async fn propose(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    body: Json<Proposal>,
) -> Result<HttpResponse> {
    caller.checked_header(&req)?;
    let done = library::propose(&app.office, &caller.ctx, None, body.into_inner()).await?;
    created(&app, &caller, &done.version.name, done.version.id).await
}

async fn created(
    app: &App,
    caller: &Caller,
    name: &str,
    id: PlaybookVersionId,
) -> Result<HttpResponse> {
    let it = library::version(&app.office, &caller.ctx, name, id).await?;
    Ok(HttpResponse::Created().json(it))
}

/// Why.
#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(default)]
#[schema(as = PlaybookNote)]
struct Note {
    /// What changes, and why.
    note: String,
}

/// Proposes to go back to the playbook that ships with the program; where none ships, to use none.
#[utoipa::path(post, path = "/api/v1/playbooks/{name}/shipped", tag = "playbooks",
    request_body = Note, responses((status = 201, body = VersionView), (status = 404)))]
async fn to_shipped(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    name: Path<String>,
    body: Json<Note>,
) -> Result<HttpResponse> {
    caller.checked_header(&req)?;
    let done = library::propose_shipped(&app.office, &caller.ctx, &name, &body.note).await?;
    created(&app, &caller, &name, done.version.id).await
}

/// Brings a proposed version into force: another person than its author.
#[utoipa::path(post, path = "/api/v1/playbooks/{name}/versions/{id}/approve", tag = "playbooks",
    responses((status = 200, body = VersionView), (status = 409)))]
async fn approve(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    at: Path<(String, String)>,
) -> Result<HttpResponse> {
    let of = Of::new(&app, &caller, &req, &at).await?;
    of.now(library::approve(&app.office, &caller.ctx, of.id).await).await
}

/// A version that something is done to, when it is of the playbook that the path names.
struct Of<'a> {
    app: &'a App,
    caller: &'a Caller,
    name: &'a str,
    id: PlaybookVersionId,
}

impl<'a> Of<'a> {
    async fn new(
        app: &'a App,
        caller: &'a Caller,
        req: &HttpRequest,
        at: &'a (String, String),
    ) -> Result<Self> {
        caller.checked_header(req)?;
        let (name, id) = (at.0.as_str(), id_of(&at.1)?);
        library::version(&app.office, &caller.ctx, name, id).await?;
        Ok(Self { app, caller, name, id })
    }

    /// The version as it stands once that is done.
    async fn now<T>(&self, done: Result<T>) -> Result<HttpResponse> {
        done?;
        shown(self.app, self.caller, self.name, self.id).await
    }
}

/// A reason.
#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(default)]
#[schema(as = PlaybookReason)]
struct Reason {
    /// Why; its author reads it.
    reason: String,
}

/// Refuses a proposed version, with a reason.
#[utoipa::path(post, path = "/api/v1/playbooks/{name}/versions/{id}/refuse", tag = "playbooks",
    request_body = Reason, responses((status = 200, body = VersionView), (status = 409)))]
async fn refuse(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    at: Path<(String, String)>,
    body: Json<Reason>,
) -> Result<HttpResponse> {
    let of = Of::new(&app, &caller, &req, &at).await?;
    of.now(library::refuse(&app.office, &caller.ctx, of.id, &body.reason).await).await
}

/// Takes one's own proposal back.
#[utoipa::path(post, path = "/api/v1/playbooks/{name}/versions/{id}/withdraw", tag = "playbooks",
    responses((status = 200, body = VersionView), (status = 409)))]
async fn withdraw(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    at: Path<(String, String)>,
) -> Result<HttpResponse> {
    let of = Of::new(&app, &caller, &req, &at).await?;
    of.now(library::withdraw(&app.office, &caller.ctx, of.id).await).await
}
