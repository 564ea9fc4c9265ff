//! Calls from a case by machine: how things stand, the next level now, silence for oneself, its place
//! in the team's groups.

use actix_web::web::{self, Data, Json, Path, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;

use crate::actions::chat::places::{self, NewRoom, RoomView};
use crate::actions::escalation::{Escalate, escalate};
use crate::actions::incident_view::{self, EntryView, IncidentView};
use crate::actions::situation::{NewSituation, report};
use crate::actions::snoozes::{NewSnooze, snooze};
use crate::app::App;
use crate::error::Result;
use crate::http::caller::Caller;

/// The area's routes, below `/api/v1`.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.route("/incidents/{code}/situation", web::post().to(situation))
        .route("/incidents/{code}/escalate", web::post().to(escalate_it))
        .route("/incidents/{code}/snooze", web::post().to(snooze_it))
        .route("/incidents/{code}/room", web::post().to(open_room));
}

/// What these calls are, for the OpenAPI document.
#[derive(utoipa::OpenApi)]
#[openapi(paths(situation, escalate_it, snooze_it, open_room))]
pub struct Spec;

/// A situation report: conditions, actions, needs.
#[utoipa::path(post, path = "/api/v1/incidents/{code}/situation", tag = "incidents",
    request_body = NewSituation, responses((status = 201, body = EntryView), (status = 403),
        (status = 404), (status = 422)))]
async fn situation(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    code: Path<String>,
    body: Json<NewSituation>,
) -> Result<HttpResponse> {
    caller.checked_header(&req)?;
    let entry = report(&app.office, &caller.ctx, &code, body.into_inner()).await?;
    Ok(HttpResponse::Created().json(incident_view::entry(entry)))
}

/// The next escalation now: of the running playbook, or of the level above where none waits.
#[utoipa::path(post, path = "/api/v1/incidents/{code}/escalate", tag = "incidents",
    request_body = Escalate, responses((status = 200, body = IncidentView), (status = 403),
        (status = 404), (status = 409), (status = 422)))]
async fn escalate_it(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    code: Path<String>,
    body: Json<Escalate>,
) -> Result<HttpResponse> {
    caller.checked_header(&req)?;
    escalate(&app.office, &caller.ctx, &code, body.into_inner()).await?;
    let view = incident_view::one(&app.office, &caller.ctx, &code).await?;
    Ok(HttpResponse::Ok().json(view))
}

/// The caller's own messages of this incident wait; never those of an urgent one.
#[utoipa::path(post, path = "/api/v1/incidents/{code}/snooze", tag = "incidents",
    request_body = NewSnooze, responses((status = 200, body = IncidentView), (status = 403),
        (status = 404), (status = 409), (status = 422)))]
async fn snooze_it(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    code: Path<String>,
    body: Json<NewSnooze>,
) -> Result<HttpResponse> {
    caller.checked_header(&req)?;
    snooze(&app.office, &caller.ctx, &code, body.into_inner()).await?;
    let view = incident_view::one(&app.office, &caller.ctx, &code).await?;
    Ok(HttpResponse::Ok().json(view))
}

/// The places of a case in the team's groups.
#[derive(Serialize, utoipa::ToSchema)]
struct Rooms {
    /// One for each group that was meant; `new` says which were opened by this call.
    items: Vec<RoomView>,
}

/// Gives the incident its place (a topic, or a pinned card) in the team's groups, as `/mo` does from
/// within one: in all of them, or in the one that is named. Where it has one, says where.
#[utoipa::path(post, path = "/api/v1/incidents/{code}/room", tag = "incidents",
    request_body = NewRoom, responses((status = 200, body = Rooms), (status = 403),
        (status = 404), (status = 409), (status = 422)))]
async fn open_room(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    code: Path<String>,
    body: Json<NewRoom>,
) -> Result<HttpResponse> {
    caller.checked_header(&req)?;
    let items = places::open(&app.office, &caller.ctx, &code, body.into_inner()).await?;
    Ok(HttpResponse::Ok().json(Rooms { items }))
}
