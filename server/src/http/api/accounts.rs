//! Accounts by the API: what the administrator's pages do.

use actix_web::web::{self, Data, Json, Path, Query, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::actions::accounts::{self, Details, Left, Linked, Shown, Wanted};
use crate::actions::second_factor;
use crate::app::App;
use crate::domain::ids::AccountId;
use crate::domain::words::{Language, LinkPurpose, Role};
use crate::error::Result;
use crate::http::caller::Caller;

/// The area's routes, below `/api/v1`.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.route("/accounts", web::get().to(list))
        .route("/accounts", web::post().to(create))
        .route("/accounts/{id}", web::get().to(one))
        .route("/accounts/{id}", web::put().to(edit))
        .route("/accounts/{id}/lock", web::post().to(lock))
        .route("/accounts/{id}/letter", web::post().to(file_letter))
        .route("/accounts/{id}/unlock", web::post().to(unlock))
        .route("/accounts/{id}/reset", web::post().to(reset))
        .route("/accounts/{id}/totp/reset", web::post().to(reset_totp));
}

/// What these calls are, for the OpenAPI document.
#[derive(utoipa::OpenApi)]
#[openapi(paths(list, create, one, edit, lock, file_letter, unlock, reset, reset_totp))]
pub struct Spec;

/// One account.
#[derive(Serialize, ToSchema)]
pub struct AccountRow {
    /// Identifier.
    id: String,
    /// The person's name.
    name: String,
    /// The office held.
    title: String,
    /// The address, which is what one signs in with.
    email: String,
    /// Telephone.
    phone: String,
    /// Language of pages and messages.
    language: Language,
    /// Key of the organisation.
    organisation: String,
    /// What the person may be.
    roles: Vec<Role>,
    /// `invited`, `open` or `locked`.
    state: String,
    /// Why it is locked.
    lock_reason: Option<String>,
    /// The letter's number (Điều 4.3.b).
    lock_letter: Option<String>,
    /// RFC 3339, or null.
    last_sign_in_at: Option<String>,
    /// To be sent with the next change.
    version: i32,
}

impl AccountRow {
    fn of(shown: Shown) -> Self {
        let account = shown.account;
        Self {
            id: account.id.to_string(),
            state: accounts::state(&account).to_owned(),
            name: account.name,
            title: account.title,
            email: account.email,
            phone: account.phone,
            language: account.language,
            organisation: shown.organisation.key,
            roles: shown.roles.into_iter().collect(),
            lock_reason: account.lock_reason,
            lock_letter: account.lock_letter,
            last_sign_in_at: account.last_sign_in_at.map(|at| at.rfc3339()),
            version: account.version,
        }
    }
}

/// A page of accounts.
#[derive(Serialize, ToSchema)]
pub struct AccountPage {
    /// In the order of addresses.
    items: Vec<AccountRow>,
    /// The cursor of the next page.
    next: Option<String>,
}

/// The accounts, a page at a time.
#[utoipa::path(get, path = "/api/v1/accounts", tag = "accounts",
    params(("q" = Option<String>, Query), ("cursor" = Option<String>, Query),
        ("limit" = Option<i64>, Query)),
    responses((status = 200, body = AccountPage), (status = 403)))]
pub async fn list(app: Data<App>, caller: Caller, wanted: Query<Wanted>) -> Result<HttpResponse> {
    let found = accounts::list(&app.office, &caller.ctx, wanted.into_inner()).await?;
    let items = found.items.into_iter().map(AccountRow::of).collect();
    Ok(HttpResponse::Ok().json(AccountPage { items, next: found.next }))
}

/// A one-time link that was made.
#[derive(Serialize, ToSchema)]
pub struct LinkView {
    /// Whose.
    id: String,
    /// `activation` or `reset`.
    purpose: LinkPurpose,
    /// The link, for an activation and in this answer alone; a reset goes to its owner by mail.
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
}

impl LinkView {
    fn of(app: &App, linked: &Linked) -> Self {
        let base = app.config().server.base_url.trim_end_matches('/');
        Self {
            id: linked.account.id.to_string(),
            purpose: linked.purpose,
            url: (linked.purpose == LinkPurpose::Activation)
                .then(|| format!("{base}{}", linked.path)),
        }
    }
}

/// Makes an account; its owner gets an activation link by mail.
#[utoipa::path(post, path = "/api/v1/accounts", tag = "accounts", request_body = Details,
    responses((status = 201, body = LinkView), (status = 409), (status = 422)))]
pub async fn create(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    body: Json<Details>,
) -> Result<HttpResponse> {
    caller.checked_header(&req)?;
    let linked = accounts::create(&app.office, &caller.ctx, body.into_inner()).await?;
    Ok(HttpResponse::Created().json(LinkView::of(&app, &linked)))
}

fn id_of(path: &str) -> Result<AccountId> {
    super::id(path, "account")
}

/// One account.
#[utoipa::path(get, path = "/api/v1/accounts/{id}", tag = "accounts",
    params(("id" = String, Path)), responses((status = 200, body = AccountRow), (status = 404)))]
pub async fn one(app: Data<App>, caller: Caller, id: Path<String>) -> Result<HttpResponse> {
    let shown = accounts::one(&app.office, &caller.ctx, id_of(&id)?).await?;
    Ok(HttpResponse::Ok().json(AccountRow::of(shown)))
}

/// An account as it shall be.
#[derive(Deserialize, ToSchema)]
pub struct Edit {
    /// All of it.
    #[serde(flatten)]
    details: Details,
    /// The version that was read.
    version: i32,
}

/// What a person who left, or moved, left behind.
#[derive(Serialize, ToSchema)]
pub struct LeftView {
    /// Open tasks, and who has them now.
    tasks: Vec<Left>,
}

/// Changes an account.
#[utoipa::path(put, path = "/api/v1/accounts/{id}", tag = "accounts", request_body = Edit,
    params(("id" = String, Path)),
    responses((status = 200, body = LeftView), (status = 409), (status = 422)))]
pub async fn edit(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    id: Path<String>,
    body: Json<Edit>,
) -> Result<HttpResponse> {
    caller.checked_header(&req)?;
    let (id, body) = (id_of(&id)?, body.into_inner());
    let tasks = accounts::edit(&app.office, &caller.ctx, id, body.details, body.version).await?;
    Ok(HttpResponse::Ok().json(LeftView { tasks }))
}

/// Why an account is locked or opened again.
#[derive(Deserialize, ToSchema)]
pub struct Reason {
    /// In words, for the audit trail.
    #[serde(default)]
    reason: String,
    /// The letter's number; may follow (Điều 4.3.b).
    #[serde(default)]
    letter: String,
}

/// Locks an account: sessions, keys and links die at once, open tasks move.
#[utoipa::path(post, path = "/api/v1/accounts/{id}/lock", tag = "accounts",
    request_body = Reason, params(("id" = String, Path)),
    responses((status = 200, body = LeftView), (status = 422)))]
pub async fn lock(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    id: Path<String>,
    body: Json<Reason>,
) -> Result<HttpResponse> {
    caller.checked_header(&req)?;
    let id = id_of(&id)?;
    let tasks = accounts::lock(&app.office, &caller.ctx, id, &body.reason, &body.letter).await?;
    Ok(HttpResponse::Ok().json(LeftView { tasks }))
}

/// Files the letter's number of a lock made in haste.
#[utoipa::path(post, path = "/api/v1/accounts/{id}/letter", tag = "accounts",
    request_body = Reason, params(("id" = String, Path)),
    responses((status = 204), (status = 422)))]
pub async fn file_letter(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    id: Path<String>,
    body: Json<Reason>,
) -> Result<HttpResponse> {
    caller.checked_header(&req)?;
    accounts::file_letter(&app.office, &caller.ctx, id_of(&id)?, &body.letter).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Takes the owner's second factor away when device and recovery codes are lost: sessions end, the
/// owner is told, the password must be changed next.
#[utoipa::path(post, path = "/api/v1/accounts/{id}/totp/reset", tag = "accounts",
    params(("id" = String, Path)), responses((status = 204), (status = 403), (status = 404)))]
pub async fn reset_totp(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    id: Path<String>,
) -> Result<HttpResponse> {
    caller.checked_header(&req)?;
    second_factor::reset(&app.office, &caller.ctx, id_of(&id)?).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Opens a locked account again.
#[utoipa::path(post, path = "/api/v1/accounts/{id}/unlock", tag = "accounts",
    request_body = Reason, params(("id" = String, Path)),
    responses((status = 204), (status = 422)))]
pub async fn unlock(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    id: Path<String>,
    body: Json<Reason>,
) -> Result<HttpResponse> {
    caller.checked_header(&req)?;
    accounts::unlock(&app.office, &caller.ctx, id_of(&id)?, &body.reason).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Sends the owner a link to set a password; nobody else chooses it.
#[utoipa::path(post, path = "/api/v1/accounts/{id}/reset", tag = "accounts",
    params(("id" = String, Path)), responses((status = 200, body = LinkView), (status = 422)))]
pub async fn reset(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    id: Path<String>,
) -> Result<HttpResponse> {
    caller.checked_header(&req)?;
    let linked = accounts::reset(&app.office, &caller.ctx, id_of(&id)?).await?;
    Ok(HttpResponse::Ok().json(LinkView::of(&app, &linked)))
}
