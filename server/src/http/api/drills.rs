//! Drills by machine: start, list, report, letters, end.

use actix_web::web::{self, Data, Json, Path, Query, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};

use crate::actions::drills::{self, Choices, DrillPage, DrillView, NewDrill};
use crate::actions::mailbox::Message;
use crate::app::App;
use crate::domain::refusal::FieldError;
use crate::error::Result;
use crate::http::caller::Caller;

/// The area's routes, below `/api/v1`.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.route("/drills", web::post().to(start))
        .route("/drills", web::get().to(list))
        .route("/drill-choices", web::get().to(choices))
        .route("/drills/{code}", web::get().to(one))
        .route("/drills/{code}/letters", web::get().to(letters))
        .route("/drills/{code}/end", web::post().to(end));
}

/// What these calls are, for the OpenAPI document.
#[derive(utoipa::OpenApi)]
#[openapi(paths(start, list, choices, one, letters, end))]
pub struct Spec;

/// Starts a playbook as a drill. Coordinators and leaders.
#[utoipa::path(post, path = "/api/v1/drills", tag = "drills", request_body = NewDrill,
    responses((status = 201, body = DrillView), (status = 403), (status = 422)))]
async fn start(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    body: Json<NewDrill>,
) -> Result<HttpResponse> {
    caller.checked_header(&req)?;
    let started = drills::start(&app.office, &caller.ctx, body.into_inner(), None).await?;
    let view = drills::view(&app.office, &caller.ctx, &started.code).await?;
    Ok(HttpResponse::Created()
        .insert_header(("Location", format!("/api/v1/drills/{}", started.code)))
        .json(view))
}

#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
struct Listed {
    /// Where the last page ended.
    cursor: String,
    /// At most so many, 1 to 100.
    limit: String,
}

/// The drills, the last one first.
#[utoipa::path(get, path = "/api/v1/drills", tag = "drills", params(Listed),
    responses((status = 200, body = DrillPage), (status = 403)))]
async fn list(app: Data<App>, caller: Caller, asked: Query<Listed>) -> Result<HttpResponse> {
    let limit = match asked.limit.trim() {
        "" => 50,
        number => match number.parse() {
            Ok(limit) if limit > 0 => limit,
            _ => return Err(FieldError::new("limit", "field-unknown").into()),
        },
    };
    let page = drills::list(&app.office, &caller.ctx, &asked.cursor, limit).await?;
    Ok(HttpResponse::Ok().json(page))
}

/// What there is to choose for a new drill: playbooks, units, outside organisations.
#[utoipa::path(get, path = "/api/v1/drill-choices", tag = "drills",
    responses((status = 200, body = Choices), (status = 403)))]
async fn choices(app: Data<App>, caller: Caller) -> Result<HttpResponse> {
    Ok(HttpResponse::Ok().json(drills::choices(&app.office, &caller.ctx).await?))
}

/// A drill with its report: who was asked what, by when, and who answered.
#[utoipa::path(get, path = "/api/v1/drills/{code}", tag = "drills",
    params(("code" = String, Path, description = "The incident's code or id")),
    responses((status = 200, body = DrillView), (status = 404)))]
async fn one(app: Data<App>, caller: Caller, code: Path<String>) -> Result<HttpResponse> {
    caller.ctx.actor.person()?;
    Ok(HttpResponse::Ok().json(drills::view(&app.office, &caller.ctx, &code).await?))
}

/// Letters of a drill.
#[derive(Serialize, utoipa::ToSchema)]
struct Letters {
    /// Newest first, at most 200.
    items: Vec<Message>,
    /// Always null.
    next: Option<String>,
}

/// The letters of a drill that stayed in the local mailbox, for who leads it.
#[utoipa::path(get, path = "/api/v1/drills/{code}/letters", tag = "drills",
    params(("code" = String, Path, description = "The incident's code or id")),
    responses((status = 200, body = Letters), (status = 403), (status = 404)))]
async fn letters(app: Data<App>, caller: Caller, code: Path<String>) -> Result<HttpResponse> {
    caller.ctx.actor.person()?;
    let items = drills::letters(&app.office, &caller.ctx, &code).await?;
    Ok(HttpResponse::Ok().json(Letters { items, next: None }))
}

#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(default)]
struct Ending {
    /// What its leader says at the end; may be empty.
    ending: String,
    /// A word of secrecy stands alone in the text, and it is no secret.
    secret_confirmed: bool,
}

/// Ends a drill: what waits is cancelled, everybody who was told hears that it is over.
#[utoipa::path(post, path = "/api/v1/drills/{code}/end", tag = "drills", request_body = Ending,
    params(("code" = String, Path, description = "The incident's code or id")),
    responses((status = 200, body = DrillView), (status = 403), (status = 404), (status = 409),
        (status = 422)))]
async fn end(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    code: Path<String>,
    body: Json<Ending>,
) -> Result<HttpResponse> {
    caller.checked_header(&req)?;
    let Ending { ending, secret_confirmed } = body.into_inner();
    drills::end(&app.office, &caller.ctx, &code, ending, secret_confirmed).await?;
    let view = drills::view(&app.office, &caller.ctx, &code).await?;
    Ok(HttpResponse::Ok().json(view))
}
