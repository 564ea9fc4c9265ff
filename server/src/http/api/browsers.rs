//! Alarms in browsers by machine: for clients that subscribe by themselves.

use actix_web::web::{self, Data, Json, Path, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;

use crate::actions::push::{self, Asked, Browser};
use crate::app::App;
use crate::domain::ids::PushId;
use crate::error::Result;
use crate::http::caller::Caller;

/// The area's routes, below `/api/v1`.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.route("/push/browsers", web::get().to(own))
        .route("/push/browsers", web::post().to(switch_on))
        .route("/push/browsers/{id}", web::delete().to(switch_off));
}

/// What these calls are, for the OpenAPI document.
#[derive(utoipa::OpenApi)]
#[openapi(paths(own, switch_on, switch_off))]
pub struct Spec;

/// The own browsers that ring, and the key to subscribe with.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = BrowserAlarms)]
struct Browsers {
    /// `applicationServerKey`, base64url; empty: alarms in browsers are not set up here.
    key: String,
    /// The browsers.
    items: Vec<Browser>,
}

/// The own browsers that ring.
#[utoipa::path(get, path = "/api/v1/push/browsers", tag = "push",
    responses((status = 200, body = Browsers), (status = 401)))]
async fn own(app: Data<App>, caller: Caller) -> Result<HttpResponse> {
    let items = push::own(&app.office, &caller.ctx).await?;
    Ok(HttpResponse::Ok().json(Browsers { key: app.config().push.public_key.clone(), items }))
}

/// Alarms ring in this browser from now on.
#[utoipa::path(post, path = "/api/v1/push/browsers", tag = "push", request_body = Asked,
    responses((status = 201, body = Browser), (status = 401), (status = 422)))]
async fn switch_on(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    asked: Json<Asked>,
) -> Result<HttpResponse> {
    caller.checked_header(&req)?;
    let one = push::switch_on(&app.office, &caller.ctx, asked.into_inner()).await?;
    Ok(HttpResponse::Created().json(one))
}

/// Switches one of the own browsers off.
#[utoipa::path(delete, path = "/api/v1/push/browsers/{id}", tag = "push",
    params(("id" = String, Path)),
    responses((status = 204), (status = 401), (status = 404)))]
async fn switch_off(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    id: Path<PushId>,
) -> Result<HttpResponse> {
    caller.checked_header(&req)?;
    push::switch_off(&app.office, &caller.ctx, id.into_inner()).await?;
    Ok(HttpResponse::NoContent().finish())
}
