//! Information systems by machine.

use actix_web::web::{self, Data, Json, Path, Query, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use serde_json::{Map, Value};

use super::{Asked, Version, overlaid};
use crate::actions::systems::{self as verbs, Portrait, Wanted};
use crate::app::App;
use crate::domain::directory::SystemText;
use crate::domain::sight::Verb;
use crate::error::Result;
use crate::http::caller::Caller;

pub(super) fn routes(cfg: &mut ServiceConfig) {
    cfg.route("/systems", web::get().to(list))
        .route("/systems", web::post().to(create))
        .route("/systems/{key}", web::get().to(one))
        .route("/systems/{key}", web::patch().to(edit))
        .route("/systems/{key}/retire", web::post().to(retire));
}

/// What these calls are, for the OpenAPI document.
#[derive(utoipa::OpenApi)]
#[openapi(paths(list, create, one, edit, retire))]
pub struct Spec;

/// A system.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = System)]
struct One {
    #[serde(flatten)]
    system: SystemText,
    retired: bool,
    version: i32,
}

impl From<&Portrait> for One {
    fn from(it: &Portrait) -> Self {
        Self {
            system: it.typed(),
            retired: it.system.valid_to.is_some(),
            version: it.system.version,
        }
    }
}

/// A system in a list.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = SystemItem)]
struct Item {
    key: String,
    name: String,
    owner: String,
    level: Option<i32>,
    kind: crate::domain::words::SystemKind,
    domains: String,
    retired: bool,
    version: i32,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = SystemItems)]
struct Items {
    items: Vec<Item>,
    next: Option<String>,
}

async fn shown(app: &App, caller: &Caller, key: &str) -> Result<One> {
    Ok(One::from(&verbs::one(&app.office, &caller.ctx, key).await?))
}

/// The systems, in the order of keys.
#[utoipa::path(get, path = "/api/v1/systems", tag = "directory", params(Asked),
    responses((status = 200, body = Items), (status = 403)))]
async fn list(app: Data<App>, caller: Caller, asked: Query<Asked>) -> Result<HttpResponse> {
    let wanted = Wanted {
        kind: asked.kind()?,
        organisation: asked.organisation.clone(),
        text: asked.q.clone(),
        retired: asked.all,
        after: asked.cursor.clone(),
        limit: asked.limit(),
    };
    let part = verbs::list(&app.office, &caller.ctx, wanted).await?;
    let items = part
        .items
        .into_iter()
        .map(|(system, owner)| Item {
            key: system.key,
            name: system.name,
            owner: owner.key,
            level: system.level,
            kind: system.kind,
            domains: system.domains,
            retired: system.valid_to.is_some(),
            version: system.version,
        })
        .collect();
    Ok(HttpResponse::Ok().json(Items { items, next: part.next }))
}

/// Adds a system.
#[utoipa::path(post, path = "/api/v1/systems", tag = "directory", request_body = SystemText,
    responses((status = 201, body = One), (status = 409), (status = 422)))]
async fn create(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    new: Json<SystemText>,
) -> Result<HttpResponse> {
    caller.checked_header(&req)?;
    let made = verbs::create(&app.office, &caller.ctx, new.into_inner()).await?;
    Ok(HttpResponse::Created().json(shown(&app, &caller, &made.key).await?))
}

/// One system.
#[utoipa::path(get, path = "/api/v1/systems/{key}", tag = "directory",
    params(("key" = String, Path)),
    responses((status = 200, body = One), (status = 404)))]
async fn one(app: Data<App>, caller: Caller, key: Path<String>) -> Result<HttpResponse> {
    Ok(HttpResponse::Ok().json(shown(&app, &caller, &key).await?))
}

/// Changes a system: `version` and the fields that change.
#[utoipa::path(patch, path = "/api/v1/systems/{key}", tag = "directory",
    params(("key" = String, Path)),
    request_body = SystemText,
    responses((status = 200, body = One), (status = 409), (status = 422)))]
async fn edit(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    key: Path<String>,
    patch: Json<Map<String, Value>>,
) -> Result<HttpResponse> {
    caller.checked_header(&req)?;
    Verb::Administer.by(&caller.ctx.actor)?;
    let current = verbs::one(&app.office, &caller.ctx, &key).await?;
    let (typed, version) = overlaid(&current.typed(), patch.into_inner())?;
    verbs::edit(&app.office, &caller.ctx, &key, version, typed).await?;
    Ok(HttpResponse::Ok().json(shown(&app, &caller, &key).await?))
}

/// Takes a system out of use.
#[utoipa::path(post, path = "/api/v1/systems/{key}/retire", tag = "directory",
    params(("key" = String, Path)),
    request_body = Version, responses((status = 200, body = One), (status = 409)))]
async fn retire(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    key: Path<String>,
    from: Json<Version>,
) -> Result<HttpResponse> {
    caller.checked_header(&req)?;
    verbs::retire(&app.office, &caller.ctx, &key, from.version).await?;
    Ok(HttpResponse::Ok().json(shown(&app, &caller, &key).await?))
}
