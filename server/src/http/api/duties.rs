//! Deadlines that hang on no incident, by machine.

use actix_web::web::{self, Data, Json, Path, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};

use crate::actions::duties::{self, Duties, DutyView, MeetDuty};
use crate::app::App;
use crate::error::{Error, Result};
use crate::http::caller::Caller;

/// The area's routes, below `/api/v1`.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.route("/duties", web::get().to(list)).route("/duties/{id}", web::post().to(meet));
}

/// What these calls are, for the OpenAPI document.
#[derive(utoipa::OpenApi)]
#[openapi(paths(list, meet))]
pub struct Spec;

/// The duties of the regime that the caller sees: yearly reports, changed contact points.
#[utoipa::path(get, path = "/api/v1/duties", tag = "duties",
    responses((status = 200, body = Duties), (status = 403)))]
async fn list(app: Data<App>, caller: Caller) -> Result<HttpResponse> {
    Ok(HttpResponse::Ok().json(duties::list(&app.office, &caller.ctx).await?))
}

/// Records a duty as done, with the letter's number or how.
#[utoipa::path(post, path = "/api/v1/duties/{id}", tag = "duties",
    params(("id" = String, Path)),
    request_body = MeetDuty,
    responses((status = 200, body = DutyView), (status = 403), (status = 404), (status = 409),
        (status = 422)))]
async fn meet(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    id: Path<String>,
    how: Json<MeetDuty>,
) -> Result<HttpResponse> {
    caller.checked_header(&req)?;
    let id = id.parse().map_err(|_| Error::NotFound("duty"))?;
    let met = duties::meet(&app.office, &caller.ctx, id, how.into_inner()).await?;
    Ok(HttpResponse::Ok().json(met))
}
