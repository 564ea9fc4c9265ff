//! Signing in by the API, the own password, sessions and keys (design.md section 9).

use actix_web::web::{self, Data, Json, Path, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::actions::second_factor::{self, Standing};
use crate::actions::sign_in::{SignIn, sign_in};
use crate::actions::{api_keys, passwords, sessions};
use crate::app::App;
use crate::domain::ids::Id;
use crate::domain::person::{Person, Scope};
use crate::domain::refusal::Refusal;
use crate::domain::words::Role;
use crate::error::{Error, Result};
use crate::http::caller::Caller;
use crate::http::pages::session::{forget, input, set_cookies};
use crate::records::{ApiKey, Session};

/// The area's routes, below `/api/v1`.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.route("/session", web::post().to(begin))
        .route("/session", web::get().to(current))
        .route("/session", web::delete().to(end))
        .route("/session/password", web::post().to(change_password))
        .route("/session/proof", web::post().to(prove))
        .route("/session/totp", web::get().to(totp_standing))
        .route("/session/totp", web::post().to(totp_begin))
        .route("/session/totp/confirm", web::post().to(totp_confirm))
        .route("/session/totp/remove", web::post().to(totp_remove))
        .route("/session/forgot", web::post().to(forgot))
        .route("/session/link", web::post().to(use_link))
        .route("/sessions", web::get().to(list))
        .route("/sessions", web::delete().to(end_everywhere))
        .route("/sessions/{id}", web::delete().to(end_one))
        .route("/keys", web::get().to(keys))
        .route("/keys", web::post().to(create_key))
        .route("/keys/{id}", web::delete().to(revoke_key));
}

/// What these calls are, for the OpenAPI document.
#[derive(utoipa::OpenApi)]
#[openapi(paths(
    begin,
    current,
    end,
    change_password,
    prove,
    totp_standing,
    totp_begin,
    totp_confirm,
    totp_remove,
    forgot,
    use_link,
    list,
    end_everywhere,
    end_one,
    keys,
    create_key,
    revoke_key
))]
pub struct Spec;

/// Who signs in.
#[derive(Deserialize, ToSchema)]
pub struct Credentials {
    /// The address of the account.
    email: String,
    /// The password.
    password: String,
    /// The second factor, where the account has one.
    #[serde(default)]
    totp: Option<String>,
    /// A shared machine: the session ends after ten idle minutes.
    #[serde(default)]
    public_computer: bool,
}

/// The account of a session.
#[derive(Serialize, ToSchema)]
pub struct AccountView {
    /// Identifier.
    id: String,
    /// The person's name.
    name: String,
    /// Key of the organisation.
    organisation: String,
    /// What the person may be.
    roles: Vec<Role>,
}

impl AccountView {
    fn of(person: &Person) -> Self {
        Self {
            id: person.id.to_string(),
            name: person.name.clone(),
            organisation: person.organisation_key.clone(),
            roles: person.roles.iter().copied().collect(),
        }
    }
}

/// A session.
#[derive(Serialize, ToSchema)]
pub struct SessionView {
    /// Whose it is.
    account: AccountView,
    /// Nothing but the password's change and signing out works before it is changed.
    must_change_password: bool,
    /// Only then: a role asks for a second factor, and nothing else works before it is set up.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    must_enrol_totp: bool,
    /// For the header `X-CSRF-Token` of writes that carry the cookie.
    csrf: String,
}

/// Signs in: sets the cookie `dieuphoi_session`.
#[utoipa::path(post, path = "/api/v1/session", tag = "session", request_body = Credentials,
    responses((status = 200, body = SessionView), (status = 401), (status = 429)))]
pub async fn begin(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    body: Json<Credentials>,
) -> Result<HttpResponse> {
    let body = body.into_inner();
    app.limits.sign_in(&caller.ctx.address)?;
    let typed = SignIn {
        code: body.totp.unwrap_or_default(),
        ..input(&req, body.email, body.password, body.public_computer)
    };
    let signed_in = sign_in(&app.office, &caller.ctx, typed).await?;
    let mut answer = HttpResponse::Ok().json(SessionView {
        account: AccountView::of(&signed_in.person),
        must_change_password: signed_in.must_change_password,
        must_enrol_totp: signed_in.must_enrol,
        csrf: signed_in.csrf.clone(),
    });
    set_cookies(&app, &mut answer, &signed_in)?;
    Ok(answer)
}

/// Who is signed in here.
#[utoipa::path(get, path = "/api/v1/session", tag = "session",
    responses((status = 200, body = SessionView), (status = 401)))]
pub async fn current(caller: Caller) -> Result<HttpResponse> {
    let person = sessions::human(&caller.ctx.actor)?;
    Ok(HttpResponse::Ok().json(SessionView {
        account: AccountView::of(person),
        must_change_password: person.must_change_password,
        must_enrol_totp: person.must_enrol,
        csrf: caller.csrf.clone(),
    }))
}

/// Signs out.
#[utoipa::path(delete, path = "/api/v1/session", tag = "session",
    responses((status = 204), (status = 401)))]
pub async fn end(app: Data<App>, caller: Caller, req: HttpRequest) -> Result<HttpResponse> {
    caller.checked_header(&req)?;
    sessions::human(&caller.ctx.actor)?;
    let mut answer = HttpResponse::NoContent().finish();
    if let Some(session) = &caller.session {
        sessions::end(&app.office, &caller.ctx, session.id).await?;
        forget(&app, &mut answer, session)?;
    }
    Ok(answer)
}

/// The own password, old and new.
#[derive(Deserialize, ToSchema)]
pub struct PasswordChange {
    /// The one in force.
    current: String,
    /// The next one, at least 15 characters.
    new: String,
}

/// Changes the own password; every other session of the account ends.
#[utoipa::path(post, path = "/api/v1/session/password", tag = "session",
    request_body = PasswordChange, responses((status = 204), (status = 422), (status = 429)))]
pub async fn change_password(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    body: Json<PasswordChange>,
) -> Result<HttpResponse> {
    caller.checked_header(&req)?;
    let body = body.into_inner();
    let session = caller.session.as_ref().map(|session| session.id);
    passwords::change(&app.office, &caller.ctx, session, body.current, body.new).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// The own password, once more.
#[derive(Deserialize, ToSchema)]
pub struct Proof {
    /// The one in force.
    password: String,
}

/// Proves who sits there: sensitive calls that were refused with `prove_first` work for ten minutes
/// in this session.
#[utoipa::path(post, path = "/api/v1/session/proof", tag = "session", request_body = Proof,
    responses((status = 204), (status = 401), (status = 422), (status = 429)))]
pub async fn prove(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    body: Json<Proof>,
) -> Result<HttpResponse> {
    caller.checked_header(&req)?;
    sessions::human(&caller.ctx.actor)?;
    let session = caller.session.as_ref().ok_or(Refusal::SignInFirst)?.id;
    let password = body.into_inner().password;
    sessions::prove(&app.office, &caller.ctx, session, "password", password).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// How it stands with the own second factor.
#[derive(Serialize, ToSchema)]
pub struct TotpView {
    /// `none`, `waiting` for its first code, or `on`.
    state: &'static str,
    /// RFC 3339, or null.
    since: Option<String>,
    /// Recovery codes that are left.
    recovery_codes_left: i64,
}

/// How it stands with the own second factor.
#[utoipa::path(get, path = "/api/v1/session/totp", tag = "session",
    responses((status = 200, body = TotpView), (status = 401)))]
pub async fn totp_standing(app: Data<App>, caller: Caller) -> Result<HttpResponse> {
    let (state, since, left) = match second_factor::own(&app.office, &caller.ctx).await? {
        Standing::None => ("none", None, 0),
        Standing::Waiting(_) => ("waiting", None, 0),
        Standing::On { since, codes_left } => ("on", Some(since.rfc3339()), codes_left),
    };
    Ok(HttpResponse::Ok().json(TotpView { state, since, recovery_codes_left: left }))
}

/// What an app needs to make codes.
#[derive(Serialize, ToSchema)]
pub struct EnrolmentView {
    /// `otpauth://totp/…`, for a QR code.
    url: String,
    /// The secret in base32.
    secret: String,
}

/// Draws a secret for a second factor (TOTP: SHA-1, six digits, 30 s); it counts once confirmed.
#[utoipa::path(post, path = "/api/v1/session/totp", tag = "session",
    responses((status = 201, body = EnrolmentView), (status = 401), (status = 403), (status = 409)))]
pub async fn totp_begin(app: Data<App>, caller: Caller, req: HttpRequest) -> Result<HttpResponse> {
    caller.checked_header(&req)?;
    let made = second_factor::begin(&app.office, &caller.ctx).await?;
    Ok(HttpResponse::Created().json(EnrolmentView { url: made.url, secret: made.secret }))
}

/// A code of the app.
#[derive(Deserialize, ToSchema)]
pub struct Code {
    /// Six digits.
    code: String,
}

/// Codes for the day when the device is lost.
#[derive(Serialize, ToSchema)]
pub struct RecoveryCodes {
    /// Each works once; they are in this answer alone.
    recovery_codes: Vec<String>,
}

/// Confirms the second factor with its first code.
#[utoipa::path(post, path = "/api/v1/session/totp/confirm", tag = "session", request_body = Code,
    responses((status = 200, body = RecoveryCodes), (status = 404), (status = 422), (status = 429)))]
pub async fn totp_confirm(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    body: Json<Code>,
) -> Result<HttpResponse> {
    caller.checked_header(&req)?;
    let recovery_codes = second_factor::confirm(&app.office, &caller.ctx, &body.code).await?;
    Ok(HttpResponse::Ok().json(RecoveryCodes { recovery_codes }))
}

/// The own password and a code.
#[derive(Deserialize, ToSchema)]
pub struct TotpRemoval {
    /// The password in force.
    password: String,
    /// Six digits, or a recovery code.
    code: String,
}

/// Takes the own second factor away.
#[utoipa::path(post, path = "/api/v1/session/totp/remove", tag = "session",
    request_body = TotpRemoval, responses((status = 204), (status = 422), (status = 429)))]
pub async fn totp_remove(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    body: Json<TotpRemoval>,
) -> Result<HttpResponse> {
    caller.checked_header(&req)?;
    let body = body.into_inner();
    second_factor::remove(&app.office, &caller.ctx, body.password, &body.code).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Whose password was forgotten.
#[derive(Deserialize, ToSchema)]
pub struct Forgotten {
    /// The address of the account.
    email: String,
}

/// Asks for a link by mail; the answer is the same whether the account exists or not.
#[utoipa::path(post, path = "/api/v1/session/forgot", tag = "session",
    request_body = Forgotten, responses((status = 202), (status = 429)))]
pub async fn forgot(app: Data<App>, caller: Caller, body: Json<Forgotten>) -> Result<HttpResponse> {
    app.limits.forgot(&caller.ctx.address)?;
    passwords::forgot(&app.office, &caller.ctx, &body.email).await?;
    Ok(HttpResponse::Accepted().finish())
}

/// A one-time link and the password that its owner sets.
#[derive(Deserialize, ToSchema)]
pub struct LinkUse {
    /// What stands after `/kich-hoat/`.
    token: String,
    /// The password, at least 15 characters.
    new: String,
}

/// Uses an activation or reset link once.
#[utoipa::path(post, path = "/api/v1/session/link", tag = "session",
    request_body = LinkUse,
    responses((status = 204), (status = 410), (status = 422), (status = 429)))]
pub async fn use_link(app: Data<App>, caller: Caller, body: Json<LinkUse>) -> Result<HttpResponse> {
    let body = body.into_inner();
    let done = passwords::use_link(&app.office, &caller.ctx, &body.token, body.new).await;
    app.limits.of_link(&caller.ctx.address, done)?;
    Ok(HttpResponse::NoContent().finish())
}

/// One of the own sessions.
#[derive(Serialize, ToSchema)]
pub struct OwnSession {
    /// Identifier.
    id: String,
    /// The one that asks.
    current: bool,
    /// Where it began.
    address: String,
    /// What the browser calls itself.
    user_agent: String,
    /// Begun as on a shared machine.
    public_computer: bool,
    /// RFC 3339.
    created_at: String,
    /// RFC 3339, to the minute.
    last_seen_at: String,
    /// RFC 3339; it ends then whatever happens.
    expires_at: String,
}

impl OwnSession {
    fn of(one: Session, current: Option<&Session>) -> Self {
        Self {
            id: one.id.to_string(),
            current: current.is_some_and(|current| current.id == one.id),
            address: one.address,
            user_agent: one.user_agent,
            public_computer: one.public_computer,
            created_at: one.created_at.rfc3339(),
            last_seen_at: one.last_seen_at.rfc3339(),
            expires_at: one.expires_at.rfc3339(),
        }
    }
}

/// A list that fits one answer.
#[derive(Serialize, ToSchema)]
pub struct Sessions {
    /// Newest first.
    items: Vec<OwnSession>,
    /// Always null: there are at most five.
    next: Option<String>,
}

/// The own sessions.
#[utoipa::path(get, path = "/api/v1/sessions", tag = "session",
    responses((status = 200, body = Sessions), (status = 401)))]
pub async fn list(app: Data<App>, caller: Caller) -> Result<HttpResponse> {
    let all = sessions::own(&app.office, &caller.ctx).await?;
    let current = caller.session.as_ref();
    let items = all.into_iter().map(|one| OwnSession::of(one, current)).collect();
    Ok(HttpResponse::Ok().json(Sessions { items, next: None }))
}

/// Ends every own session, this one too.
#[utoipa::path(delete, path = "/api/v1/sessions", tag = "session",
    responses((status = 204), (status = 401)))]
pub async fn end_everywhere(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
) -> Result<HttpResponse> {
    caller.checked_header(&req)?;
    sessions::end_everywhere(&app.office, &caller.ctx, None).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Ends one of the own sessions.
#[utoipa::path(delete, path = "/api/v1/sessions/{id}", tag = "session",
    params(("id" = String, Path)), responses((status = 204), (status = 404)))]
pub async fn end_one(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    id: Path<String>,
) -> Result<HttpResponse> {
    caller.checked_header(&req)?;
    let id = id.parse().map_err(|_| Error::NotFound("session"))?;
    sessions::end(&app.office, &caller.ctx, id).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// A key, without what is secret.
#[derive(Serialize, ToSchema)]
pub struct KeyView {
    /// Identifier.
    id: String,
    /// What its owner calls it.
    name: String,
    /// What it may do.
    scopes: Vec<Scope>,
    /// RFC 3339.
    created_at: String,
    /// RFC 3339.
    expires_at: String,
    /// RFC 3339, or null.
    revoked_at: Option<String>,
    /// RFC 3339, to the minute, or null.
    last_used_at: Option<String>,
    /// The key itself, in the answer that made it and never again.
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<String>,
}

impl KeyView {
    fn of(one: &ApiKey, key: Option<String>) -> Self {
        Self {
            id: one.id.to_string(),
            name: one.name.clone(),
            scopes: api_keys::scopes_of(one).into_iter().collect(),
            created_at: one.created_at.rfc3339(),
            expires_at: one.expires_at.rfc3339(),
            revoked_at: one.revoked_at.map(|at| at.rfc3339()),
            last_used_at: one.last_used_at.map(|at| at.rfc3339()),
            key,
        }
    }
}

/// The own keys.
#[derive(Serialize, ToSchema)]
pub struct Keys {
    /// Newest first.
    items: Vec<KeyView>,
    /// Always null.
    next: Option<String>,
}

/// The own keys, newest first.
#[utoipa::path(get, path = "/api/v1/keys", tag = "session",
    responses((status = 200, body = Keys), (status = 401)))]
pub async fn keys(app: Data<App>, caller: Caller) -> Result<HttpResponse> {
    let all = api_keys::own(&app.office, &caller.ctx).await?;
    let items = all.iter().map(|one| KeyView::of(one, None)).collect();
    Ok(HttpResponse::Ok().json(Keys { items, next: None }))
}

/// A key to be made.
#[derive(Deserialize, ToSchema)]
pub struct NewKey {
    /// What it is for.
    name: String,
    /// `report`, `read`, `write`, `admin`, `audit`.
    scopes: Vec<String>,
}

/// Makes a key for ninety days; it is shown in this answer alone.
#[utoipa::path(post, path = "/api/v1/keys", tag = "session", request_body = NewKey,
    responses((status = 201, body = KeyView), (status = 422)))]
pub async fn create_key(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    body: Json<NewKey>,
) -> Result<HttpResponse> {
    caller.checked_header(&req)?;
    let made = api_keys::create(&app.office, &caller.ctx, &body.name, &body.scopes).await?;
    Ok(HttpResponse::Created().json(KeyView::of(&made.key, Some(made.secret))))
}

/// Revokes a key.
#[utoipa::path(delete, path = "/api/v1/keys/{id}", tag = "session",
    params(("id" = String, Path)), responses((status = 204), (status = 404)))]
pub async fn revoke_key(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    id: Path<String>,
) -> Result<HttpResponse> {
    caller.checked_header(&req)?;
    let id = id.parse::<Id<_>>().map_err(|_| Error::NotFound("api_key"))?;
    api_keys::revoke(&app.office, &caller.ctx, id).await?;
    Ok(HttpResponse::NoContent().finish())
}
