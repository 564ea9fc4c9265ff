//! The channels' test messages by machine, for whoever looks after the service.

use actix_web::HttpResponse;
use actix_web::web::{self, Data, ServiceConfig};
use serde::Serialize;

use crate::actions::canary::{self, CanaryView};
use crate::app::App;
use crate::error::Result;
use crate::http::caller::Caller;

/// The area's routes, below `/api/v1`.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.route("/canaries", web::get().to(list));
}

/// What these calls are, for the OpenAPI document.
#[derive(utoipa::OpenApi)]
#[openapi(paths(list))]
pub struct Spec;

/// The last test messages.
#[derive(Serialize, utoipa::ToSchema)]
struct Canaries {
    /// Thirty of each channel at most, newest first.
    items: Vec<CanaryView>,
}

/// The last test messages of each channel.
#[utoipa::path(get, path = "/api/v1/canaries", tag = "operation",
    responses((status = 200, body = Canaries), (status = 401), (status = 403)))]
async fn list(app: Data<App>, caller: Caller) -> Result<HttpResponse> {
    let items = canary::list(&app.office, &caller.ctx).await?;
    Ok(HttpResponse::Ok().json(Canaries { items }))
}
