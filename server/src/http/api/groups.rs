//! The team's groups in rooms by machine, for whoever looks after the service.

use actix_web::web::{self, Data, Path, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;

use super::id as named;
use crate::actions::chat::groups::{self, GroupView};
use crate::app::App;
use crate::error::Result;
use crate::http::caller::Caller;

/// The area's routes, below `/api/v1`.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.route("/chat-groups", web::get().to(list))
        .route("/chat-groups/{id}/try-again", web::post().to(try_again))
        .route("/chat-groups/{id}", web::delete().to(remove));
}

/// What these calls are, for the OpenAPI document.
#[derive(utoipa::OpenApi)]
#[openapi(paths(list, try_again, remove))]
pub struct Spec;

/// The groups.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = ChatGroups)]
struct Groups {
    /// Those that are there first, then those that were lost.
    items: Vec<GroupView>,
}

/// The team's groups: how each stands, and what does not go.
#[utoipa::path(get, path = "/api/v1/chat-groups", tag = "operation",
    responses((status = 200, body = Groups), (status = 401), (status = 403)))]
async fn list(app: Data<App>, caller: Caller) -> Result<HttpResponse> {
    let items = groups::list(&app.office, &caller.ctx).await?;
    Ok(HttpResponse::Ok().json(Groups { items }))
}

/// Tries again at once what does not go, after somebody gave the bot a right that it lacked.
#[utoipa::path(post, path = "/api/v1/chat-groups/{id}/try-again", tag = "operation",
    params(("id" = String, Path)),
    responses((status = 204), (status = 403), (status = 404)))]
async fn try_again(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    id: Path<String>,
) -> Result<HttpResponse> {
    caller.checked_header(&req)?;
    groups::try_again(&app.office, &caller.ctx, named(&id, "group")?).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Takes a group off the team's list: nothing is written there any more.
#[utoipa::path(delete, path = "/api/v1/chat-groups/{id}", tag = "operation",
    params(("id" = String, Path)),
    responses((status = 204), (status = 403), (status = 404)))]
async fn remove(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    id: Path<String>,
) -> Result<HttpResponse> {
    caller.checked_header(&req)?;
    groups::remove(&app.office, &caller.ctx, named(&id, "group")?).await?;
    Ok(HttpResponse::NoContent().finish())
}
