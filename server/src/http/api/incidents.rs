//! Incidents by machine: the list, one, its history and ledger, and every verb of the desk.

use actix_web::web::{self, Data, Json, Path, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;

use crate::actions::clocks::{self, Extend, Meet};
use crate::actions::closing::{Close, close};
use crate::actions::incident_view::{self, EntryView, IncidentView, TaskView, Timeline};
use crate::actions::linking::{self, Merge, NewLink};
use crate::actions::members::{self, ChangeMember};
use crate::actions::notes::{self, NewNote};
use crate::actions::queue::{self, Items, Query};
use crate::actions::states::{self, ChangeState, Lead};
use crate::actions::tasks::{self, MyTask, NewTask, Settle};
use crate::actions::told::{self, Messages, Untold};
use crate::actions::triage::{self, Because, Triage};
use crate::actions::{Ctx, incidents};
use crate::app::App;
use crate::domain::refusal::FieldError;
use crate::error::{Error, Result};
use crate::http::caller::Caller;

/// The area's routes, below `/api/v1`.
pub fn routes(cfg: &mut ServiceConfig) {
    // No scope: other areas have calls below an incident too.
    cfg.route("/incidents", web::get().to(list))
        .route("/tasks", web::get().to(my_tasks))
        .route("/incidents/{code}", web::get().to(one))
        .route("/incidents/{code}/timeline", web::get().to(timeline))
        .route("/incidents/{code}/messages", web::get().to(messages))
        .route("/incidents/{code}/untold", web::get().to(untold))
        .route("/incidents/{code}/acknowledge", web::post().to(acknowledge))
        .route("/incidents/{code}/triage", web::post().to(triage_it))
        .route("/incidents/{code}/reject", web::post().to(reject))
        .route("/incidents/{code}/state", web::post().to(change_state))
        .route("/incidents/{code}/lead", web::post().to(lead))
        .route("/incidents/{code}/notes", web::post().to(note))
        .route("/incidents/{code}/tasks", web::post().to(add_task))
        .route("/incidents/{code}/tasks/{id}", web::post().to(settle_task))
        .route("/incidents/{code}/clocks/{kind}", web::post().to(meet))
        .route("/incidents/{code}/clocks/{kind}/extend", web::post().to(extend))
        .route("/incidents/{code}/members", web::post().to(add_member))
        .route("/incidents/{code}/members/remove", web::post().to(remove_member))
        .route("/incidents/{code}/links", web::post().to(link))
        .route("/incidents/{code}/merge", web::post().to(merge))
        .route("/incidents/{code}/unmerge", web::post().to(unmerge))
        .route("/incidents/{code}/close", web::post().to(close_it))
        .route("/incidents/{code}/reopen", web::post().to(reopen));
}

/// What these calls are, for the OpenAPI document.
#[derive(utoipa::OpenApi)]
#[openapi(paths(
    list,
    my_tasks,
    one,
    timeline,
    messages,
    untold,
    acknowledge,
    triage_it,
    reject,
    change_state,
    lead,
    note,
    add_task,
    settle_task,
    meet,
    extend,
    add_member,
    remove_member,
    link,
    merge,
    unmerge,
    close_it,
    reopen
))]
pub struct Spec;

async fn shown(app: &App, ctx: &Ctx, code: &str) -> Result<HttpResponse> {
    Ok(HttpResponse::Ok().json(incident_view::one(&app.office, ctx, code).await?))
}

/// The queue, a filter or a search, a page at a time.
#[utoipa::path(get, path = "/api/v1/incidents", tag = "incidents", params(Query),
    responses((status = 200, body = Items)))]
async fn list(app: Data<App>, caller: Caller, query: web::Query<Query>) -> Result<HttpResponse> {
    let items = queue::list(&app.office, &caller.ctx, query.into_inner()).await?;
    Ok(HttpResponse::Ok().json(items))
}

/// The open tasks of whoever asks: the own, and those of the own roles.
#[utoipa::path(get, path = "/api/v1/tasks", tag = "incidents",
    responses((status = 200, body = Vec<MyTask>)))]
async fn my_tasks(app: Data<App>, caller: Caller) -> Result<HttpResponse> {
    Ok(HttpResponse::Ok().json(tasks::mine(&app.office, &caller.ctx).await?))
}

/// One incident, as far as the caller may see it.
#[utoipa::path(get, path = "/api/v1/incidents/{code}", tag = "incidents",
    responses((status = 200, body = IncidentView), (status = 404)))]
async fn one(app: Data<App>, caller: Caller, code: Path<String>) -> Result<HttpResponse> {
    caller.ctx.actor.person()?;
    shown(&app, &caller.ctx, &code).await
}

#[derive(Debug, Default, Deserialize)]
struct Paged {
    #[serde(default)]
    cursor: String,
    #[serde(default)]
    limit: String,
}

impl Paged {
    fn limit(&self) -> Result<i64> {
        match self.limit.trim() {
            "" => Ok(50),
            number => match number.parse::<i64>() {
                Ok(limit) if limit > 0 => Ok(limit.min(200)),
                _ => Err(FieldError::new("limit", "field-unknown").into()),
            },
        }
    }

    fn before(&self) -> Result<Option<i32>> {
        match self.cursor.trim() {
            "" => Ok(None),
            text => match text.parse::<i32>() {
                Ok(seq) if seq > 0 => Ok(Some(seq)),
                _ => Err(FieldError::new("cursor", "field-cursor").into()),
            },
        }
    }
}

/// The history, newest first.
#[utoipa::path(get, path = "/api/v1/incidents/{code}/timeline", tag = "incidents",
    responses((status = 200, body = Timeline), (status = 404)))]
async fn timeline(
    app: Data<App>,
    caller: Caller,
    code: Path<String>,
    paged: web::Query<Paged>,
) -> Result<HttpResponse> {
    caller.ctx.actor.person()?;
    let (before, limit) = (paged.before()?, paged.limit()?);
    let page = incident_view::history(&app.office, &caller.ctx, &code, before, limit).await?;
    Ok(HttpResponse::Ok().json(page))
}

/// The delivery ledger, oldest first.
#[utoipa::path(get, path = "/api/v1/incidents/{code}/messages", tag = "incidents",
    responses((status = 200, body = Messages), (status = 404)))]
async fn messages(
    app: Data<App>,
    caller: Caller,
    code: Path<String>,
    paged: web::Query<Paged>,
) -> Result<HttpResponse> {
    caller.ctx.actor.person()?;
    let limit = paged.limit()?;
    let cursor = paged.into_inner().cursor;
    let page = told::messages(&app.office, &caller.ctx, &code, cursor, limit).await?;
    Ok(HttpResponse::Ok().json(page))
}

/// Who has not been told, with the numbers to call.
#[utoipa::path(get, path = "/api/v1/incidents/{code}/untold", tag = "incidents",
    responses((status = 200, body = Vec<Untold>), (status = 404)))]
async fn untold(app: Data<App>, caller: Caller, code: Path<String>) -> Result<HttpResponse> {
    caller.ctx.actor.person()?;
    let items = told::untold(&app.office, &caller.ctx, &code).await?;
    Ok(HttpResponse::Ok().json(serde_json::json!({"items": items, "next": null})))
}

/// "I have it": stops the escalation that silence started.
#[utoipa::path(post, path = "/api/v1/incidents/{code}/acknowledge", tag = "incidents",
    responses((status = 200, body = IncidentView), (status = 409)))]
async fn acknowledge(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    code: Path<String>,
) -> Result<HttpResponse> {
    caller.checked_header(&req)?;
    incidents::acknowledge(&app.office, &caller.ctx, &code).await?;
    shown(&app, &caller.ctx, &code).await
}

/// What it is, how urgent, which class, who may be told.
#[utoipa::path(post, path = "/api/v1/incidents/{code}/triage", tag = "incidents",
    request_body = Triage, responses((status = 200, body = IncidentView), (status = 409)))]
async fn triage_it(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    code: Path<String>,
    body: Json<Triage>,
) -> Result<HttpResponse> {
    caller.checked_header(&req)?;
    triage::triage(&app.office, &caller.ctx, &code, body.into_inner()).await?;
    shown(&app, &caller.ctx, &code).await
}

/// It is no incident.
#[utoipa::path(post, path = "/api/v1/incidents/{code}/reject", tag = "incidents",
    request_body = Because, responses((status = 200, body = IncidentView), (status = 409)))]
async fn reject(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    code: Path<String>,
    body: Json<Because>,
) -> Result<HttpResponse> {
    caller.checked_header(&req)?;
    triage::reject(&app.office, &caller.ctx, &code, body.into_inner()).await?;
    shown(&app, &caller.ctx, &code).await
}

/// One step of the case's life.
#[utoipa::path(post, path = "/api/v1/incidents/{code}/state", tag = "incidents",
    request_body = ChangeState, responses((status = 200, body = IncidentView), (status = 409)))]
async fn change_state(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    code: Path<String>,
    body: Json<ChangeState>,
) -> Result<HttpResponse> {
    caller.checked_header(&req)?;
    states::change(&app.office, &caller.ctx, &code, body.into_inner()).await?;
    shown(&app, &caller.ctx, &code).await
}

/// Who leads the case.
#[utoipa::path(post, path = "/api/v1/incidents/{code}/lead", tag = "incidents",
    request_body = Lead, responses((status = 200, body = IncidentView), (status = 409)))]
async fn lead(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    code: Path<String>,
    body: Json<Lead>,
) -> Result<HttpResponse> {
    caller.checked_header(&req)?;
    states::lead(&app.office, &caller.ctx, &code, body.into_inner()).await?;
    shown(&app, &caller.ctx, &code).await
}

/// A note for an audience.
#[utoipa::path(post, path = "/api/v1/incidents/{code}/notes", tag = "incidents",
    request_body = NewNote, responses((status = 201, body = EntryView), (status = 422)))]
async fn note(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    code: Path<String>,
    body: Json<NewNote>,
) -> Result<HttpResponse> {
    caller.checked_header(&req)?;
    let entry = notes::add(&app.office, &caller.ctx, &code, body.into_inner()).await?;
    Ok(HttpResponse::Created().json(incident_view::entry(entry)))
}

/// A task for a person or a role.
#[utoipa::path(post, path = "/api/v1/incidents/{code}/tasks", tag = "incidents",
    request_body = NewTask, responses((status = 201, body = TaskView), (status = 422)))]
async fn add_task(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    code: Path<String>,
    body: Json<NewTask>,
) -> Result<HttpResponse> {
    caller.checked_header(&req)?;
    let task = tasks::add(&app.office, &caller.ctx, &code, body.into_inner()).await?;
    let view = incident_view::one(&app.office, &caller.ctx, &code).await?;
    let task = view.tasks.into_iter().find(|known| known.id == task.id);
    Ok(HttpResponse::Created().json(task))
}

/// Done, or skipped with a note.
#[utoipa::path(post, path = "/api/v1/incidents/{code}/tasks/{id}", tag = "incidents",
    request_body = Settle, responses((status = 200, body = TaskView), (status = 409)))]
async fn settle_task(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    path: Path<(String, String)>,
    body: Json<Settle>,
) -> Result<HttpResponse> {
    caller.checked_header(&req)?;
    let (code, id) = path.into_inner();
    let id = id.parse().map_err(|_| Error::NotFound("task"))?;
    tasks::settle(&app.office, &caller.ctx, &code, id, body.into_inner()).await?;
    let view = incident_view::one(&app.office, &caller.ctx, &code).await?;
    let task = view.tasks.into_iter().find(|known| known.id == id);
    Ok(HttpResponse::Ok().json(task))
}

/// A deadline was met outside the service: with the letter's number, or how.
#[utoipa::path(post, path = "/api/v1/incidents/{code}/clocks/{kind}", tag = "incidents",
    params(("code" = String, Path, description = "The incident's code or id"),
        ("kind" = String, Path, description = "The clock's word, as the incident lists it")),
    request_body = Meet,
    responses((status = 200, body = IncidentView), (status = 403), (status = 404), (status = 409),
        (status = 422)))]
async fn meet(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    path: Path<(String, String)>,
    body: Json<Meet>,
) -> Result<HttpResponse> {
    caller.checked_header(&req)?;
    let (code, kind) = path.into_inner();
    clocks::meet(&app.office, &caller.ctx, &code, &kind, body.into_inner()).await?;
    shown(&app, &caller.ctx, &code).await
}

/// Gives a running deadline more time, with a reason; the first due time is kept.
#[utoipa::path(post, path = "/api/v1/incidents/{code}/clocks/{kind}/extend", tag = "incidents",
    params(("code" = String, Path, description = "The incident's code or id"),
        ("kind" = String, Path, description = "The clock's word, as the incident lists it")),
    request_body = Extend,
    responses((status = 200, body = IncidentView), (status = 403), (status = 404), (status = 409),
        (status = 422)))]
async fn extend(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    path: Path<(String, String)>,
    body: Json<Extend>,
) -> Result<HttpResponse> {
    caller.checked_header(&req)?;
    let (code, kind) = path.into_inner();
    clocks::extend(&app.office, &caller.ctx, &code, &kind, body.into_inner()).await?;
    shown(&app, &caller.ctx, &code).await
}

/// Puts a responder on the case.
#[utoipa::path(post, path = "/api/v1/incidents/{code}/members", tag = "incidents",
    request_body = ChangeMember, responses((status = 200, body = IncidentView), (status = 422)))]
async fn add_member(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    code: Path<String>,
    body: Json<ChangeMember>,
) -> Result<HttpResponse> {
    caller.checked_header(&req)?;
    members::add(&app.office, &caller.ctx, &code, body.into_inner()).await?;
    shown(&app, &caller.ctx, &code).await
}

/// Takes somebody off the case.
#[utoipa::path(post, path = "/api/v1/incidents/{code}/members/remove", tag = "incidents",
    request_body = ChangeMember, responses((status = 200, body = IncidentView), (status = 422)))]
async fn remove_member(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    code: Path<String>,
    body: Json<ChangeMember>,
) -> Result<HttpResponse> {
    caller.checked_header(&req)?;
    members::remove(&app.office, &caller.ctx, &code, body.into_inner()).await?;
    shown(&app, &caller.ctx, &code).await
}

/// Links to another incident, or undoes a link.
#[utoipa::path(post, path = "/api/v1/incidents/{code}/links", tag = "incidents",
    request_body = NewLink, responses((status = 200, body = IncidentView), (status = 422)))]
async fn link(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    code: Path<String>,
    body: Json<NewLink>,
) -> Result<HttpResponse> {
    caller.checked_header(&req)?;
    linking::link(&app.office, &caller.ctx, &code, body.into_inner()).await?;
    shown(&app, &caller.ctx, &code).await
}

/// Merges this incident into another.
#[utoipa::path(post, path = "/api/v1/incidents/{code}/merge", tag = "incidents",
    request_body = Merge, responses((status = 200, body = IncidentView), (status = 409)))]
async fn merge(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    code: Path<String>,
    body: Json<Merge>,
) -> Result<HttpResponse> {
    caller.checked_header(&req)?;
    linking::merge(&app.office, &caller.ctx, &code, body.into_inner()).await?;
    shown(&app, &caller.ctx, &code).await
}

/// Undoes a merge.
#[utoipa::path(post, path = "/api/v1/incidents/{code}/unmerge", tag = "incidents",
    request_body = Because, responses((status = 200, body = IncidentView), (status = 409)))]
async fn unmerge(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    code: Path<String>,
    body: Json<Because>,
) -> Result<HttpResponse> {
    caller.checked_header(&req)?;
    linking::unmerge(&app.office, &caller.ctx, &code, body.into_inner()).await?;
    shown(&app, &caller.ctx, &code).await
}

/// Closes the case; by somebody who did not lead it.
#[utoipa::path(post, path = "/api/v1/incidents/{code}/close", tag = "incidents",
    request_body = Close, responses((status = 200, body = IncidentView), (status = 409)))]
async fn close_it(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    code: Path<String>,
    body: Json<Close>,
) -> Result<HttpResponse> {
    caller.checked_header(&req)?;
    close(&app.office, &caller.ctx, &code, body.into_inner()).await?;
    shown(&app, &caller.ctx, &code).await
}

/// Back to work, with a reason.
#[utoipa::path(post, path = "/api/v1/incidents/{code}/reopen", tag = "incidents",
    request_body = Because, responses((status = 200, body = IncidentView), (status = 409)))]
async fn reopen(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    code: Path<String>,
    body: Json<Because>,
) -> Result<HttpResponse> {
    caller.checked_header(&req)?;
    states::reopen(&app.office, &caller.ctx, &code, body.into_inner()).await?;
    shown(&app, &caller.ctx, &code).await
}
