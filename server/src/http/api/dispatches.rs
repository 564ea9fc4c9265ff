//! Dispatches by machine: send, answer, ask back, withdraw, list and read.

use actix_web::web::{self, Data, Json, Path, Query, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};

use crate::actions::announce::Told;
use crate::actions::dispatches::{
    self, DispatchLine, DispatchView, NewAnswer, NewDispatch, Wanted,
};
use crate::app::App;
use crate::domain::refusal::FieldError;
use crate::error::Result;
use crate::http::caller::Caller;

/// The area's routes, below `/api/v1`.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.route("/incidents/{code}/dispatches", web::post().to(send))
        .route("/dispatches", web::get().to(list))
        .route("/dispatches/{id}", web::get().to(one))
        .route("/dispatches/{id}/answer", web::post().to(answer))
        .route("/dispatches/{id}/reply", web::post().to(reply))
        .route("/dispatches/{id}/cancel", web::post().to(cancel))
        .route("/dispatches/{id}/remind", web::post().to(remind))
        .route("/dispatches/{id}/ask-removal", web::post().to(ask_removal));
}

/// What these calls are, for the OpenAPI document.
#[derive(utoipa::OpenApi)]
#[openapi(paths(send, list, one, answer, reply, cancel, remind, ask_removal))]
pub struct Spec;

/// A dispatch that was just sent.
#[derive(Serialize, utoipa::ToSchema)]
struct SentView {
    /// The dispatch.
    #[serde(flatten)]
    dispatch: DispatchView,
    /// Who is being told.
    told: Vec<Told>,
}

/// Sends a dispatch about an incident. Empty times are those of the incident's regime.
#[utoipa::path(post, path = "/api/v1/incidents/{code}/dispatches", tag = "dispatches",
    params(("code" = String, Path, description = "The incident's code or id")),
    request_body = NewDispatch,
    responses((status = 201, body = SentView), (status = 404), (status = 409), (status = 422)))]
async fn send(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    code: Path<String>,
    body: Json<NewDispatch>,
) -> Result<HttpResponse> {
    caller.checked_header(&req)?;
    let sent = dispatches::send(&app.office, &caller.ctx, &code, body.into_inner(), None).await?;
    let dispatch = dispatches::view(&app.office, &caller.ctx, &sent.code).await?;
    Ok(HttpResponse::Created()
        .insert_header(("Location", format!("/api/v1/dispatches/{}", sent.id)))
        .json(SentView { dispatch, told: sent.told }))
}

#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
struct Listed {
    /// Only in this state.
    state: String,
    /// `true`: only what is overdue (the desk's filter).
    overdue: String,
    /// Where the page begins.
    cursor: String,
    /// At most so many, 1 to 100.
    limit: String,
}

/// A page of dispatches.
#[derive(Serialize, utoipa::ToSchema)]
struct Items {
    /// Newest first.
    items: Vec<DispatchLine>,
    /// Where the next page begins, or null.
    next: Option<String>,
}

/// The desk's dispatches, or those to the own organisation; newest first.
#[utoipa::path(get, path = "/api/v1/dispatches", tag = "dispatches", params(Listed),
    responses((status = 200, body = Items), (status = 403)))]
async fn list(app: Data<App>, caller: Caller, query: Query<Listed>) -> Result<HttpResponse> {
    caller.ctx.actor.person()?;
    let wanted = wanted(&query.state, &query.overdue, &query.cursor, &query.limit)?;
    let page = dispatches::list(&app.office, &caller.ctx, wanted).await?;
    let next = page.next.map(|number| number.to_string());
    Ok(HttpResponse::Ok().json(Items { items: page.items, next }))
}

/// Reads a list's filters; what is no number or word is a bad field.
pub fn wanted(state: &str, overdue: &str, cursor: &str, limit: &str) -> Result<Wanted> {
    let number = |field: &'static str, text: &str| match text.trim() {
        "" => Ok(None),
        text => match text.parse::<i64>() {
            Ok(number) if number > 0 => Ok(Some(number)),
            _ => Err(FieldError::new(field, "field-unknown")),
        },
    };
    let state = match state.trim() {
        "" => None,
        word => Some(word.parse().map_err(|_| FieldError::new("state", "field-unknown"))?),
    };
    Ok(Wanted {
        state,
        overdue: matches!(overdue, "true" | "1" | "on"),
        before: number("cursor", cursor)?,
        limit: number("limit", limit)?.unwrap_or(50),
    })
}

async fn shown(app: &App, caller: &Caller, id: &str) -> Result<HttpResponse> {
    Ok(HttpResponse::Ok().json(dispatches::view(&app.office, &caller.ctx, id).await?))
}

/// One dispatch, as far as the caller may see it.
#[utoipa::path(get, path = "/api/v1/dispatches/{id}", tag = "dispatches",
    params(("id" = String, Path, description = "The dispatch's id or code")),
    responses((status = 200, body = DispatchView), (status = 404)))]
async fn one(app: Data<App>, caller: Caller, id: Path<String>) -> Result<HttpResponse> {
    caller.ctx.actor.person()?;
    shown(&app, &caller, &id).await
}

/// The partner's answer: accept, refuse, ask, progress, done, or removed for a block.
#[utoipa::path(post, path = "/api/v1/dispatches/{id}/answer", tag = "dispatches",
    params(("id" = String, Path, description = "The dispatch's id or code")),
    request_body = NewAnswer,
    responses((status = 200, body = DispatchView), (status = 403), (status = 404), (status = 409),
        (status = 422)))]
async fn answer(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    id: Path<String>,
    body: Json<NewAnswer>,
) -> Result<HttpResponse> {
    caller.checked_header(&req)?;
    dispatches::answer(&app.office, &caller.ctx, &id, body.into_inner(), Vec::new()).await?;
    shown(&app, &caller, &id).await
}

/// Words of the desk.
#[derive(Default, Deserialize, utoipa::ToSchema)]
#[serde(default)]
struct Words {
    /// What is said.
    text: String,
}

/// The desk's reply to a question.
#[utoipa::path(post, path = "/api/v1/dispatches/{id}/reply", tag = "dispatches",
    params(("id" = String, Path, description = "The dispatch's id or code")),
    request_body = Words,
    responses((status = 200, body = DispatchView), (status = 404), (status = 409), (status = 422)))]
async fn reply(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    id: Path<String>,
    body: Json<Words>,
) -> Result<HttpResponse> {
    caller.checked_header(&req)?;
    dispatches::reply(&app.office, &caller.ctx, &id, body.into_inner().text).await?;
    shown(&app, &caller, &id).await
}

/// Why a dispatch is withdrawn.
#[derive(Default, Deserialize, utoipa::ToSchema)]
#[serde(default)]
struct Withdraw {
    /// The reason, which the partner reads.
    reason: String,
    /// The version that the writer saw.
    version: Option<i32>,
}

/// Withdraws a dispatch; its links die.
#[utoipa::path(post, path = "/api/v1/dispatches/{id}/cancel", tag = "dispatches",
    params(("id" = String, Path, description = "The dispatch's id or code")),
    request_body = Withdraw,
    responses((status = 200, body = DispatchView), (status = 404), (status = 409), (status = 422)))]
async fn cancel(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    id: Path<String>,
    body: Json<Withdraw>,
) -> Result<HttpResponse> {
    caller.checked_header(&req)?;
    let Withdraw { reason, version } = body.into_inner();
    dispatches::cancel(&app.office, &caller.ctx, &id, reason, version).await?;
    shown(&app, &caller, &id).await
}

/// Sends the request again, with new links in place of the old ones.
#[utoipa::path(post, path = "/api/v1/dispatches/{id}/remind", tag = "dispatches",
    params(("id" = String, Path, description = "The dispatch's id or code")),
    responses((status = 200, body = DispatchView), (status = 404), (status = 409)))]
async fn remind(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    id: Path<String>,
) -> Result<HttpResponse> {
    caller.checked_header(&req)?;
    dispatches::remind(&app.office, &caller.ctx, &id).await?;
    shown(&app, &caller, &id).await
}

/// Asks the partner to lift the block that it made.
#[utoipa::path(post, path = "/api/v1/dispatches/{id}/ask-removal", tag = "dispatches",
    params(("id" = String, Path, description = "The dispatch's id or code")),
    request_body = Words,
    responses((status = 200, body = DispatchView), (status = 404), (status = 409)))]
async fn ask_removal(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    id: Path<String>,
    body: Json<Words>,
) -> Result<HttpResponse> {
    caller.checked_header(&req)?;
    dispatches::ask_removal(&app.office, &caller.ctx, &id, body.into_inner().text).await?;
    shown(&app, &caller, &id).await
}
