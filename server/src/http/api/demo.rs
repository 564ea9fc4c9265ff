//! The demonstration's mailbox by machine; nothing is here outside the demonstration.

use actix_web::HttpResponse;
use actix_web::web::{self, Data, Query, ServiceConfig};
use serde::Deserialize;

use crate::actions::mailbox::{self, Message};
use crate::app::App;
use crate::error::Result;

/// The area's routes, below `/api/v1`.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.route("/demo/messages", web::get().to(messages));
}

/// What these calls are, for the OpenAPI document.
#[derive(utoipa::OpenApi)]
#[openapi(paths(messages))]
pub struct Spec;

#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
struct Asked {
    /// Only messages to this mail address or chat.
    to: String,
    /// At most so many, 1 to 500.
    limit: Option<i64>,
}

/// Mail and bot messages that were kept here instead of being sent, newest first. Demonstration only.
#[utoipa::path(get, path = "/api/v1/demo/messages", tag = "demo", params(Asked), security(()),
    responses((status = 200, body = Vec<Message>), (status = 404, description = "not a demonstration")))]
async fn messages(app: Data<App>, asked: Query<Asked>) -> Result<HttpResponse> {
    let to = (!asked.to.trim().is_empty()).then(|| asked.to.trim().to_owned());
    let limit = asked.limit.unwrap_or(500);
    let page = mailbox::list(&app.office, to, None, Some(limit)).await?;
    Ok(HttpResponse::Ok().json(page.messages))
}
