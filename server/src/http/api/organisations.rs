//! The directory by machine: organisations and their functions. Contact points, systems and the
//! import have rooms of their own below. Days are written as in the import, `2025-03-01`.

mod contacts;
mod import;
mod systems;

use actix_web::web::{self, Data, Json, Path, Query, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub use self::contacts::Spec as ContactSpec;
pub use self::import::Spec as ImportSpec;
pub use self::systems::Spec as SystemSpec;
use crate::actions::contacts as contact_verbs;
use crate::actions::organisations::{self as verbs, Portrait, Wanted};
use crate::app::App;
use crate::domain::directory::{self, ContactText, OrganisationText};
use crate::domain::refusal::FieldError;
use crate::domain::words::{Function, OrganisationKind};
use crate::error::{Error, Result};
use crate::http::caller::Caller;
use crate::http::pages::organisations::{qr_svg, report_url};
use crate::records::{ContactPoint, HeldFunction, Organisation};

/// The area's routes, below `/api/v1`.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.route("/organisations", web::get().to(list))
        .route("/organisations", web::post().to(create))
        .route("/organisations/{key}", web::get().to(one))
        .route("/organisations/{key}", web::patch().to(edit))
        .route("/organisations/{key}/functions", web::post().to(add_function))
        .route("/organisations/{key}/functions/{id}/end", web::post().to(end_function))
        .route("/organisations/{key}/link", web::get().to(link))
        .route("/organisations/{key}/qr", web::get().to(qr))
        .configure(contacts::routes)
        .configure(systems::routes)
        .configure(import::routes);
}

/// What these calls are, for the OpenAPI document.
#[derive(utoipa::OpenApi)]
#[openapi(paths(list, create, one, edit, add_function, end_function, link, qr))]
pub struct Spec;

/// How a list is asked for.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
struct Asked {
    /// Words in key or name, with or without accents.
    q: String,
    /// Word of the kind.
    kind: String,
    /// Also what is no longer, or not yet, in force.
    all: bool,
    /// Owned or operated by this organisation (systems).
    organisation: Option<String>,
    /// From the answer before.
    cursor: String,
    /// 1 to 200; 50 when left out.
    limit: Option<usize>,
}

impl Asked {
    fn limit(&self) -> usize {
        self.limit.unwrap_or(50)
    }

    fn kind<T: std::str::FromStr>(&self) -> Result<Option<T>> {
        if self.kind.is_empty() {
            return Ok(None);
        }
        Ok(Some(directory::word("kind", &self.kind)?))
    }
}

/// An organisation in a list.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = OrganisationItem)]
struct Item {
    key: String,
    name: String,
    short_name: String,
    kind: OrganisationKind,
    phone: String,
    email: String,
    valid_from: String,
    valid_to: String,
    version: i32,
}

impl From<&Organisation> for Item {
    fn from(of: &Organisation) -> Self {
        Self {
            key: of.key.clone(),
            name: of.name.clone(),
            short_name: of.short_name.clone(),
            kind: of.kind,
            phone: of.phone.clone(),
            email: of.email.clone(),
            valid_from: directory::shown_day(of.valid_from),
            valid_to: directory::shown_last_day(of.valid_to),
            version: of.version,
        }
    }
}

/// A part of the list.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = OrganisationItems)]
struct Items {
    items: Vec<Item>,
    next: Option<String>,
}

/// A function over a period.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = HeldFunction)]
struct Held {
    id: String,
    function: Function,
    valid_from: String,
    /// The last day; empty: open.
    valid_to: String,
}

impl From<&HeldFunction> for Held {
    fn from(held: &HeldFunction) -> Self {
        Self {
            id: held.id.to_string(),
            function: held.function,
            valid_from: directory::shown_day(held.valid_from),
            valid_to: directory::shown_last_day(held.valid_to),
        }
    }
}

/// A contact point.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = ContactPoint)]
struct Contact {
    id: String,
    #[serde(flatten)]
    contact: ContactText,
    version: i32,
}

impl From<&ContactPoint> for Contact {
    fn from(of: &ContactPoint) -> Self {
        Self { id: of.id.to_string(), contact: contact_verbs::typed(of), version: of.version }
    }
}

/// An organisation with what belongs to it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = Organisation)]
struct One {
    #[serde(flatten)]
    organisation: OrganisationText,
    functions: Vec<Held>,
    contacts: Vec<Contact>,
    /// Keys of the systems that it owns or operates.
    systems: Vec<String>,
    /// Keys of the organisations directly below.
    children: Vec<String>,
    version: i32,
}

impl From<&Portrait> for One {
    fn from(it: &Portrait) -> Self {
        let of = &it.organisation;
        let key = |other: &Option<Organisation>| {
            other.as_ref().map(|other| other.key.clone()).unwrap_or_default()
        };
        Self {
            organisation: OrganisationText {
                key: of.key.clone(),
                name: of.name.clone(),
                short_name: of.short_name.clone(),
                kind: of.kind.to_string(),
                parent: key(&it.parent),
                address: of.address.clone(),
                phone: of.phone.clone(),
                email: of.email.clone(),
                mail_domain: of.mail_domain.clone(),
                valid_from: directory::shown_day(of.valid_from),
                valid_to: directory::shown_last_day(of.valid_to),
                successor: key(&it.successor),
            },
            functions: it.functions.iter().map(Held::from).collect(),
            contacts: it.contacts.iter().map(Contact::from).collect(),
            systems: it.systems.iter().map(|system| system.key.clone()).collect(),
            children: it.children.iter().map(|child| child.key.clone()).collect(),
            version: of.version,
        }
    }
}

/// A new organisation, with the functions it holds from its first day on.
#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
#[schema(as = NewOrganisation)]
struct New {
    #[serde(flatten)]
    organisation: OrganisationText,
    /// Words with spaces between.
    #[serde(default)]
    functions: String,
}

/// A function to give.
#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
#[schema(as = NewFunction)]
#[serde(default, deny_unknown_fields)]
struct Given {
    function: String,
    from: String,
    /// Last day; empty: open.
    to: String,
}

/// The end of a function.
#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
#[schema(as = FunctionEnd)]
#[serde(default, deny_unknown_fields)]
struct Ended {
    last_day: String,
}

/// A version that an action begins from.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[schema(as = FromVersion)]
#[serde(deny_unknown_fields)]
struct Version {
    version: i32,
}

/// Lays the given fields over what is there; fields that are left out stay.
///
/// # Errors
/// `field-body` for a field that does not exist or a missing version.
fn overlaid<T: Serialize + DeserializeOwned>(
    current: &T,
    mut patch: Map<String, Value>,
) -> Result<(T, i32)> {
    let broken = || Error::from(FieldError::new("body", "field-body"));
    let version = patch
        .remove("version")
        .and_then(|version| version.as_i64())
        .and_then(|version| i32::try_from(version).ok())
        .ok_or_else(|| FieldError::new("version", "field-empty"))?;
    let mut whole = serde_json::to_value(current).map_err(Error::internal)?;
    for (name, value) in patch {
        whole[name.as_str()] = match value {
            Value::Null => Value::String(String::new()),
            Value::Number(number) => Value::String(number.to_string()),
            Value::String(text) => Value::String(text),
            _ => return Err(broken()),
        };
    }
    Ok((serde_json::from_value(whole).map_err(|_| broken())?, version))
}

async fn shown(app: &App, caller: &Caller, key: &str) -> Result<One> {
    Ok(One::from(&verbs::one(&app.office, &caller.ctx, key).await?))
}

/// The organisations, in the order of keys.
#[utoipa::path(get, path = "/api/v1/organisations", tag = "directory", params(Asked),
    responses((status = 200, body = Items), (status = 403)))]
async fn list(app: Data<App>, caller: Caller, asked: Query<Asked>) -> Result<HttpResponse> {
    let wanted = Wanted {
        kind: asked.kind()?,
        text: asked.q.clone(),
        all_times: asked.all,
        after: asked.cursor.clone(),
        limit: asked.limit(),
    };
    let part = verbs::list(&app.office, &caller.ctx, wanted).await?;
    let items = part.items.iter().map(Item::from).collect();
    Ok(HttpResponse::Ok().json(Items { items, next: part.next }))
}

/// Adds an organisation.
#[utoipa::path(post, path = "/api/v1/organisations", tag = "directory", request_body = New,
    responses((status = 201, body = One), (status = 409), (status = 422)))]
async fn create(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    new: Json<New>,
) -> Result<HttpResponse> {
    caller.checked_header(&req)?;
    let New { organisation, functions } = new.into_inner();
    let made = verbs::create(&app.office, &caller.ctx, organisation, &functions).await?;
    Ok(HttpResponse::Created().json(shown(&app, &caller, &made.key).await?))
}

/// One organisation with functions, contact points, systems and what is below.
#[utoipa::path(get, path = "/api/v1/organisations/{key}", tag = "directory",
    params(("key" = String, Path)),
    responses((status = 200, body = One), (status = 404)))]
async fn one(app: Data<App>, caller: Caller, key: Path<String>) -> Result<HttpResponse> {
    Ok(HttpResponse::Ok().json(shown(&app, &caller, &key).await?))
}

/// Changes an organisation: `version` and the fields that change.
#[utoipa::path(patch, path = "/api/v1/organisations/{key}", tag = "directory",
    params(("key" = String, Path)),
    request_body = OrganisationText,
    responses((status = 200, body = One), (status = 409), (status = 422)))]
async fn edit(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    key: Path<String>,
    patch: Json<Map<String, Value>>,
) -> Result<HttpResponse> {
    caller.checked_header(&req)?;
    let (current, _) = verbs::to_edit(&app.office, &caller.ctx, &key).await?;
    let (typed, version) = overlaid(&current, patch.into_inner())?;
    verbs::edit(&app.office, &caller.ctx, &key, version, typed).await?;
    Ok(HttpResponse::Ok().json(shown(&app, &caller, &key).await?))
}

/// Gives an organisation a function over a period.
#[utoipa::path(post, path = "/api/v1/organisations/{key}/functions", tag = "directory",
    params(("key" = String, Path)),
    request_body = Given, responses((status = 201, body = Held), (status = 422)))]
async fn add_function(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    key: Path<String>,
    given: Json<Given>,
) -> Result<HttpResponse> {
    caller.checked_header(&req)?;
    let Given { function, from, to } = given.into_inner();
    let held = verbs::add_function(&app.office, &caller.ctx, &key, &function, &from, &to).await?;
    Ok(HttpResponse::Created().json(Held::from(&held)))
}

/// Ends a function after its last day.
#[utoipa::path(post, path = "/api/v1/organisations/{key}/functions/{id}/end", tag = "directory",
    params(("key" = String, Path), ("id" = String, Path)),
    request_body = Ended, responses((status = 200, body = Held), (status = 422)))]
async fn end_function(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    at: Path<(String, String)>,
    ended: Json<Ended>,
) -> Result<HttpResponse> {
    caller.checked_header(&req)?;
    let id = at.1.parse().map_err(|_| Error::NotFound("function"))?;
    let held = verbs::end_function(&app.office, &caller.ctx, &at.0, id, &ended.last_day).await?;
    Ok(HttpResponse::Ok().json(Held::from(&held)))
}

/// The address at which anybody of an organisation reports without an account.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct ReportLink {
    url: String,
}

/// The report link of an organisation.
#[utoipa::path(get, path = "/api/v1/organisations/{key}/link", tag = "directory",
    params(("key" = String, Path)),
    responses((status = 200, body = ReportLink), (status = 404)))]
async fn link(app: Data<App>, caller: Caller, key: Path<String>) -> Result<HttpResponse> {
    let of = verbs::for_link(&app.office, &caller.ctx, &key).await?;
    Ok(HttpResponse::Ok().json(ReportLink { url: report_url(&app, &of) }))
}

/// The QR code of the report link, as SVG.
#[utoipa::path(get, path = "/api/v1/organisations/{key}/qr", tag = "directory",
    params(("key" = String, Path)),
    responses((status = 200, content_type = "image/svg+xml"), (status = 404)))]
async fn qr(app: Data<App>, caller: Caller, key: Path<String>) -> Result<HttpResponse> {
    let of = verbs::for_link(&app.office, &caller.ctx, &key).await?;
    qr_svg(&app, &of)
}
