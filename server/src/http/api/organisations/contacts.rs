//! Contact points by machine.

use actix_web::web::{self, Data, Json, Path, Query, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use serde_json::{Map, Value};

use super::{Asked, Contact, Version, overlaid};
use crate::actions::contacts as verbs;
use crate::app::App;
use crate::domain::directory::ContactText;
use crate::domain::ids::ContactId;
use crate::domain::sight::Verb;
use crate::error::{Error, Result};
use crate::http::caller::Caller;

pub(super) fn routes(cfg: &mut ServiceConfig) {
    cfg.route("/organisations/{key}/contacts", web::post().to(add))
        .route("/contacts/unverified", web::get().to(unverified))
        .route("/contacts/{id}", web::patch().to(edit))
        .route("/contacts/{id}/end", web::post().to(end))
        .route("/contacts/{id}/verify", web::post().to(verify));
}

/// What these calls are, for the OpenAPI document.
#[derive(utoipa::OpenApi)]
#[openapi(paths(add, unverified, edit, end, verify))]
pub struct Spec;

/// A contact point with its organisation.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = ContactDue)]
struct Due {
    organisation: String,
    #[serde(flatten)]
    contact: Contact,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = ContactsDue)]
struct AllDue {
    items: Vec<Due>,
    next: Option<String>,
}

fn id(text: &str) -> Result<ContactId> {
    text.parse().map_err(|_| Error::NotFound("contact"))
}

/// Adds a contact point; the duty officer is told.
#[utoipa::path(post, path = "/api/v1/organisations/{key}/contacts", tag = "directory",
    params(("key" = String, Path)),
    request_body = ContactText, responses((status = 201, body = Contact), (status = 422)))]
async fn add(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    key: Path<String>,
    new: Json<ContactText>,
) -> Result<HttpResponse> {
    caller.checked_header(&req)?;
    let made = verbs::add(&app.office, &caller.ctx, &key, new.into_inner()).await?;
    Ok(HttpResponse::Created().json(Contact::from(&made)))
}

/// The contact points that nobody verified for a year.
#[utoipa::path(get, path = "/api/v1/contacts/unverified", tag = "directory", params(Asked),
    responses((status = 200, body = AllDue)))]
async fn unverified(app: Data<App>, caller: Caller, asked: Query<Asked>) -> Result<HttpResponse> {
    let part = verbs::unverified(&app.office, &caller.ctx, &asked.cursor, asked.limit()).await?;
    let items = part
        .items
        .iter()
        .map(|(contact, of)| Due { organisation: of.key.clone(), contact: Contact::from(contact) })
        .collect();
    Ok(HttpResponse::Ok().json(AllDue { items, next: part.next }))
}

/// Changes a contact point: `version` and the fields that change; the duty officer is told.
#[utoipa::path(patch, path = "/api/v1/contacts/{id}", tag = "directory",
    params(("id" = String, Path)),
    request_body = ContactText,
    responses((status = 200, body = Contact), (status = 409), (status = 422)))]
async fn edit(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    at: Path<String>,
    patch: Json<Map<String, Value>>,
) -> Result<HttpResponse> {
    caller.checked_header(&req)?;
    Verb::Administer.by(&caller.ctx.actor)?;
    let id = id(&at)?;
    let (current, _) = verbs::one(&app.office, &caller.ctx, id).await?;
    let (typed, version) = overlaid(&verbs::typed(&current), patch.into_inner())?;
    let changed = verbs::edit(&app.office, &caller.ctx, id, version, typed).await?;
    Ok(HttpResponse::Ok().json(Contact::from(&changed)))
}

/// Ends a contact point; the duty officer is told.
#[utoipa::path(post, path = "/api/v1/contacts/{id}/end", tag = "directory",
    params(("id" = String, Path)),
    request_body = Version, responses((status = 200, body = Contact), (status = 409)))]
async fn end(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    at: Path<String>,
    from: Json<Version>,
) -> Result<HttpResponse> {
    caller.checked_header(&req)?;
    let ended = verbs::end(&app.office, &caller.ctx, id(&at)?, from.version).await?;
    Ok(HttpResponse::Ok().json(Contact::from(&ended)))
}

/// Somebody called, and it is right.
#[utoipa::path(post, path = "/api/v1/contacts/{id}/verify", tag = "directory",
    params(("id" = String, Path)),
    request_body = Version, responses((status = 200, body = Contact), (status = 409)))]
async fn verify(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    at: Path<String>,
    from: Json<Version>,
) -> Result<HttpResponse> {
    caller.checked_header(&req)?;
    let verified = verbs::verify(&app.office, &caller.ctx, id(&at)?, from.version).await?;
    Ok(HttpResponse::Ok().json(Contact::from(&verified)))
}
