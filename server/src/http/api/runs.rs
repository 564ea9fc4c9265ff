//! The procedures of a case by machine: where they stand, and the version in force for one that runs.

use actix_web::web::{self, Data, Json, Path, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};

use crate::actions::run_version::{self, Apply, Preview};
use crate::actions::run_view::{self, Runs};
use crate::app::App;
use crate::domain::ids::RunId;
use crate::error::{Error, Result};
use crate::http::caller::Caller;

/// The area's routes, below `/api/v1`.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.route("/incidents/{code}/runs", web::get().to(list))
        .route("/incidents/{code}/runs/{run}/version", web::get().to(preview))
        .route("/incidents/{code}/runs/{run}/version", web::post().to(apply));
}

/// What these calls are, for the OpenAPI document.
#[derive(utoipa::OpenApi)]
#[openapi(paths(list, preview, apply))]
pub struct Spec;

/// Where the procedures of a case stand: done, waiting for whom since when, what comes next.
#[utoipa::path(get, path = "/api/v1/incidents/{code}/runs", tag = "playbooks",
    responses((status = 200, body = Runs), (status = 404)))]
async fn list(app: Data<App>, caller: Caller, code: Path<String>) -> Result<HttpResponse> {
    caller.ctx.actor.person()?;
    Ok(HttpResponse::Ok().json(run_view::runs(&app.office, &caller.ctx, &code).await?))
}

fn id_of(id: &str) -> Result<RunId> {
    id.parse().map_err(|_| Error::NotFound("run"))
}

/// What the version in force would change in a run. Nothing is written.
#[utoipa::path(get, path = "/api/v1/incidents/{code}/runs/{run}/version", tag = "playbooks",
    responses((status = 200, body = Preview), (status = 404), (status = 409)))]
async fn preview(
    app: Data<App>,
    caller: Caller,
    at: Path<(String, String)>,
) -> Result<HttpResponse> {
    caller.ctx.actor.person()?;
    let it = run_version::preview(&app.office, &caller.ctx, &at.0, id_of(&at.1)?).await?;
    Ok(HttpResponse::Ok().json(it))
}

/// Puts a run under the version in force, as it was previewed.
#[utoipa::path(post, path = "/api/v1/incidents/{code}/runs/{run}/version", tag = "playbooks",
    request_body = Apply, responses((status = 200, body = Runs), (status = 409)))]
async fn apply(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    at: Path<(String, String)>,
    body: Json<Apply>,
) -> Result<HttpResponse> {
    caller.checked_header(&req)?;
    let id = id_of(&at.1)?;
    run_version::apply(&app.office, &caller.ctx, &at.0, id, body.into_inner()).await?;
    Ok(HttpResponse::Ok().json(run_view::runs(&app.office, &caller.ctx, &at.0).await?))
}
