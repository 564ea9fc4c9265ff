//! Signing in and out, the own password, one-time links, the own account.

use actix_web::cookie::{Cookie, SameSite};
use actix_web::http::StatusCode;
use actix_web::web::{self, Data, Form, Path, Query, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use serde::Deserialize;

use super::proof::Proved;
use crate::actions::passwords::{self, Opened};
use crate::actions::sign_in::{SignIn, SignedIn, sign_in};
use crate::actions::{api_keys, sessions};
use crate::app::App;
use crate::domain::ids::Id;
use crate::domain::person::{Person, Scope};
use crate::domain::refusal::{FieldError, Refusal};
use crate::error::{Error, Result};
use crate::http::caller::{Caller, SESSION};
use crate::http::error::{refusal_text, retry_after};
use crate::http::form::{own_path, see};
use crate::http::page::{Bad, BadFields, Page, html, html_with, see_with, see_with_value};
use crate::records::{ApiKey, Session};
use crate::texts::Texts;

/// The cookie by which a browser is known again (security.md 0.9).
pub(in crate::http) const DEVICE: &str = "dieuphoi_device";

/// The area's routes.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.route("/dang-nhap", web::get().to(form))
        .route("/dang-nhap", web::post().to(enter))
        .route("/dang-xuat", web::post().to(leave))
        .route("/doi-mat-khau", web::get().to(password_form))
        .route("/doi-mat-khau", web::post().to(change_password))
        .route("/kich-hoat/{token}", web::get().to(link_form))
        .route("/kich-hoat/{token}", web::post().to(use_link))
        .route("/quen-mat-khau", web::get().to(forgot_form))
        .route("/quen-mat-khau", web::post().to(forgot))
        .route("/toi", web::get().to(me))
        .route("/toi/phien/{id}", web::post().to(end_session))
        .route("/toi/dang-xuat-moi-noi", web::post().to(end_everywhere))
        .route("/toi/khoa", web::post().to(create_key))
        .route("/toi/khoa/{id}/thu-hoi", web::post().to(revoke_key));
}

#[derive(Template)]
#[template(path = "accounts/sign-in.html")]
struct SignInPage {
    page: Page,
    email: String,
    next: String,
    public_computer: bool,
    errors: BadFields,
}

#[derive(Deserialize)]
struct Way {
    #[serde(default)]
    tiep: String,
}

async fn form(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    way: Query<Way>,
) -> Result<HttpResponse> {
    let next = own_path(&way.tiep).to_owned();
    if caller.session.is_some() {
        return Ok(see(&next));
    }
    html(&SignInPage {
        page: Page::new(&app, &caller, &req, "sign-in-title", "sign-in"),
        email: String::new(),
        next,
        public_computer: true,
        errors: BadFields::default(),
    })
}

#[derive(Deserialize)]
struct SignInForm {
    #[serde(default)]
    email: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    public_computer: String,
    #[serde(default)]
    tiep: String,
}

async fn enter(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    form: Form<SignInForm>,
) -> Result<HttpResponse> {
    let form = form.into_inner();
    let public_computer = !form.public_computer.is_empty();
    let input = input(&req, form.email.clone(), form.password, public_computer);
    let next = own_path(&form.tiep).to_owned();
    let outcome = match app.limits.sign_in(&caller.ctx.address) {
        Ok(()) => sign_in(&app.office, &caller.ctx, input).await,
        Err(why) => Err(why.into()),
    };
    match outcome {
        Ok(signed_in) => entered(&app, &next, &signed_in),
        Err(Error::Refused(Refusal::CodeNeeded { step })) => {
            super::totp::asks(&app, &caller, &req, step, next, None)
        }
        Err(Error::Refused(why)) => {
            let status = StatusCode::from_u16(why.status()).unwrap_or(StatusCode::UNAUTHORIZED);
            let page = Page::new(&app, &caller, &req, "sign-in-title", "sign-in");
            let message = refusal_text(page.t, &why);
            let errors = BadFields(vec![Bad { field: "email", message }]);
            let shown = SignInPage { page, email: form.email, next, public_computer, errors };
            Ok(retry_after(html_with(status, &shown)?, &why))
        }
        Err(why) => Err(why),
    }
}

/// In: on to where the person wanted to go, or to what has to be done before.
pub(super) fn entered(app: &App, next: &str, signed_in: &SignedIn) -> Result<HttpResponse> {
    let mut answer = match signed_in.last_sign_in_at {
        _ if signed_in.must_change_password => see("/doi-mat-khau"),
        _ if signed_in.must_enrol => see("/toi/xac-thuc"),
        None => see(next),
        Some(at) => see_with_value(next, "ok", "flash-last-sign-in", &at.local()),
    };
    set_cookies(app, &mut answer, signed_in)?;
    Ok(answer)
}

/// What the browser brings besides what was typed.
pub(in crate::http) fn input(
    req: &HttpRequest,
    email: String,
    password: String,
    public_computer: bool,
) -> SignIn {
    let cookie = |name: &str| req.cookie(name).map(|cookie| cookie.value().to_owned());
    let agent = req.headers().get("user-agent").and_then(|value| value.to_str().ok());
    SignIn {
        email,
        password,
        public_computer,
        user_agent: agent.unwrap_or_default().to_owned(),
        code: String::new(),
        step: None,
        device: cookie(DEVICE),
        previous: cookie(SESSION),
    }
}

/// The session's cookie, which ends with the browser, and the one of a browser that may be known.
pub(in crate::http) fn set_cookies(
    app: &App,
    answer: &mut HttpResponse,
    signed_in: &SignedIn,
) -> Result<()> {
    answer.add_cookie(&cookie(app, SESSION, signed_in.token.clone())).map_err(Error::internal)?;
    if let Some(device) = &signed_in.device {
        let mut known = cookie(app, DEVICE, device.clone());
        known.set_max_age(actix_web::cookie::time::Duration::days(400));
        answer.add_cookie(&known).map_err(Error::internal)?;
    }
    Ok(())
}

fn cookie(app: &App, name: &'static str, value: String) -> Cookie<'static> {
    Cookie::build(name, value)
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(app.config().server.base_url.starts_with("https://"))
        .finish()
}

/// Takes the session's cookie back; a public computer also forgets drafts and pages.
pub(in crate::http) fn forget(
    app: &App,
    answer: &mut HttpResponse,
    session: &Session,
) -> Result<()> {
    let mut gone = cookie(app, SESSION, String::new());
    gone.make_removal();
    answer.add_cookie(&gone).map_err(Error::internal)?;
    let what = if session.public_computer { "\"cache\", \"storage\"" } else { "\"cache\"" };
    let value = actix_web::http::header::HeaderValue::from_static(what);
    let name = actix_web::http::header::HeaderName::from_static("clear-site-data");
    answer.headers_mut().insert(name, value);
    Ok(())
}

#[derive(Deserialize)]
struct Bare {
    #[serde(default)]
    csrf: String,
}

async fn leave(app: Data<App>, caller: Caller, form: Form<Bare>) -> Result<HttpResponse> {
    caller.checked(&form.csrf)?;
    let mut answer = see_with("/dang-nhap", "ok", "flash-signed-out");
    if let Some(session) = &caller.session {
        sessions::end(&app.office, &caller.ctx, session.id).await?;
        forget(&app, &mut answer, session)?;
    }
    Ok(answer)
}

#[derive(Template)]
#[template(path = "accounts/password.html")]
struct PasswordPage {
    page: Page,
    action: String,
    must_change: bool,
    opened: Option<Opened>,
    errors: BadFields,
}

/// Whoever sits at the browser, also before the first password was changed.
fn person(caller: &Caller) -> Result<&Person> {
    Ok(sessions::human(&caller.ctx.actor)?)
}

fn password_page(
    app: &App,
    caller: &Caller,
    req: &HttpRequest,
    errors: BadFields,
) -> Result<PasswordPage> {
    Ok(PasswordPage {
        page: Page::new(app, caller, req, "password-title", "me"),
        action: "/doi-mat-khau".to_owned(),
        must_change: person(caller)?.must_change_password,
        opened: None,
        errors,
    })
}

async fn password_form(app: Data<App>, caller: Caller, req: HttpRequest) -> Result<HttpResponse> {
    html(&password_page(&app, &caller, &req, BadFields::default())?)
}

#[derive(Deserialize)]
struct PasswordForm {
    #[serde(default)]
    csrf: String,
    #[serde(default)]
    current: String,
    #[serde(default)]
    new: String,
    #[serde(default)]
    again: String,
}

impl PasswordForm {
    /// Both times the same.
    fn same(&self) -> Result<()> {
        if self.new == self.again {
            Ok(())
        } else {
            Err(FieldError::new("again", "field-password-again").into())
        }
    }
}

async fn change_password(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    form: Form<PasswordForm>,
) -> Result<HttpResponse> {
    caller.checked(&form.csrf)?;
    let form = form.into_inner();
    let session = caller.session.as_ref().map(|session| session.id);
    let done = match form.same() {
        Ok(()) => {
            passwords::change(&app.office, &caller.ctx, session, form.current, form.new).await
        }
        Err(why) => Err(why),
    };
    match done {
        Ok(()) => Ok(see_with("/", "ok", "flash-password-changed")),
        Err(why) => {
            let status = status_of(&why);
            let errors = in_form(Texts(caller.ctx.language), "current", why)?;
            html_with(status, &password_page(&app, &caller, &req, errors)?)
        }
    }
}

fn status_of(why: &Error) -> StatusCode {
    StatusCode::from_u16(why.face().0).unwrap_or(StatusCode::UNPROCESSABLE_ENTITY)
}

/// Field errors as they are, and too many attempts beside `field`; the rest has its own page.
fn in_form(t: Texts, field: &'static str, why: Error) -> Result<BadFields> {
    match why {
        Error::Refused(
            refusal @ (Refusal::TooManyAttempts { .. } | Refusal::TooManyRequests { .. }),
        ) => Ok(BadFields(vec![Bad { field, message: refusal_text(t, &refusal) }])),
        why => BadFields::of(t, why),
    }
}

fn link_page(
    app: &App,
    caller: &Caller,
    req: &HttpRequest,
    token: &str,
    opened: Opened,
    errors: BadFields,
) -> PasswordPage {
    let title = format!("link-{}-title", opened.purpose);
    PasswordPage {
        page: Page::new(app, caller, req, &title, "sign-in"),
        action: format!("/kich-hoat/{token}"),
        must_change: false,
        opened: Some(opened),
        errors,
    }
}

async fn link_form(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    token: Path<String>,
) -> Result<HttpResponse> {
    let opened = passwords::open_link(&app.office, &caller.ctx, &token).await;
    let opened = app.limits.of_link(&caller.ctx.address, opened)?;
    html(&link_page(&app, &caller, &req, &token, opened, BadFields::default()))
}

async fn use_link(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    token: Path<String>,
    form: Form<PasswordForm>,
) -> Result<HttpResponse> {
    let opened = passwords::open_link(&app.office, &caller.ctx, &token).await;
    let opened = app.limits.of_link(&caller.ctx.address, opened)?;
    let form = form.into_inner();
    let done = match form.same() {
        Ok(()) => passwords::use_link(&app.office, &caller.ctx, &token, form.new).await,
        Err(why) => Err(why),
    };
    match done {
        Ok(()) => Ok(see_with("/dang-nhap", "ok", "flash-password-set")),
        Err(why) => {
            let status = status_of(&why);
            let errors = BadFields::of(Texts(caller.ctx.language), why)?;
            html_with(status, &link_page(&app, &caller, &req, &token, opened, errors))
        }
    }
}

#[derive(Template)]
#[template(path = "accounts/forgot.html")]
struct ForgotPage {
    page: Page,
    email: String,
    errors: BadFields,
}

async fn forgot_form(app: Data<App>, caller: Caller, req: HttpRequest) -> Result<HttpResponse> {
    let page = Page::new(&app, &caller, &req, "forgot-title", "sign-in");
    html(&ForgotPage { page, email: String::new(), errors: BadFields::default() })
}

#[derive(Deserialize)]
struct ForgotForm {
    #[serde(default)]
    email: String,
}

async fn forgot(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    form: Form<ForgotForm>,
) -> Result<HttpResponse> {
    let outcome = match app.limits.forgot(&caller.ctx.address) {
        Ok(()) => passwords::forgot(&app.office, &caller.ctx, &form.email).await,
        Err(why) => Err(why.into()),
    };
    match outcome {
        Ok(()) => Ok(see_with("/dang-nhap", "ok", "flash-link-sent")),
        Err(Error::Refused(why)) => {
            let page = Page::new(&app, &caller, &req, "forgot-title", "sign-in");
            let status = StatusCode::from_u16(why.status()).unwrap_or(StatusCode::CONFLICT);
            let errors = in_form(page.t, "email", why.clone().into())?;
            let shown = ForgotPage { page, email: form.email.clone(), errors };
            Ok(retry_after(html_with(status, &shown)?, &why))
        }
        Err(why) => Err(why),
    }
}

/// One of the own sessions, ready to read.
struct SessionRow {
    id: String,
    this: bool,
    browser: String,
    address: String,
    public: bool,
    since: String,
    since_iso: String,
    seen: String,
    seen_iso: String,
}

/// One of the own keys, ready to read.
struct KeyRow {
    id: String,
    name: String,
    scopes: String,
    alive: bool,
    until: String,
    used: String,
}

#[derive(Template)]
#[template(path = "accounts/me.html")]
struct MePage {
    page: Page,
    person: Person,
    sessions: Vec<SessionRow>,
    keys: Vec<KeyRow>,
    scopes: Vec<Scope>,
    new_key: Option<String>,
    key_name: String,
    errors: BadFields,
}

async fn me_page(app: &App, caller: &Caller, req: &HttpRequest) -> Result<MePage> {
    caller.ctx.actor.person()?;
    let person = person(caller)?.clone();
    let page = Page::new(app, caller, req, "nav-me", "me");
    let this = caller.session.as_ref().map(|session| session.id);
    let sessions = sessions::own(&app.office, &caller.ctx).await?;
    let keys = api_keys::own(&app.office, &caller.ctx).await?;
    let session_row = |one: Session| SessionRow {
        id: one.id.to_string(),
        this: Some(one.id) == this,
        browser: browser(&one.user_agent, page.t),
        address: one.address,
        public: one.public_computer,
        since: one.created_at.local(),
        since_iso: one.created_at.rfc3339(),
        seen: one.last_seen_at.local(),
        seen_iso: one.last_seen_at.rfc3339(),
    };
    let key_row = |one: &ApiKey| KeyRow {
        id: one.id.to_string(),
        name: one.name.clone(),
        scopes: api_keys::scopes_of(one)
            .iter()
            .map(|scope| page.t.t(&format!("scope-{scope}")))
            .collect::<Vec<_>>()
            .join(" · "),
        alive: one.revoked_at.is_none() && one.expires_at > caller.ctx.now,
        until: one.expires_at.local(),
        used: one.last_used_at.map(|at| at.local()).unwrap_or_default(),
    };
    Ok(MePage {
        sessions: sessions.into_iter().map(session_row).collect(),
        keys: keys.iter().map(key_row).collect(),
        scopes: api_keys::offered(&person),
        page,
        person,
        new_key: None,
        key_name: String::new(),
        errors: BadFields::default(),
    })
}

/// The browser's and system's names out of what it calls itself.
fn browser(agent: &str, t: Texts) -> String {
    let named = |names: &[(&'static str, &'static str)]| {
        names.iter().find(|(mark, _)| agent.contains(mark)).map(|(_, name)| *name)
    };
    let program = named(&[
        ("Edg/", "Edge"),
        ("coc_coc_browser", "Cốc Cốc"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ]);
    let system = named(&[
        ("Windows", "Windows"),
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Mac OS X", "macOS"),
        ("Linux", "Linux"),
    ]);
    match (program, system) {
        (Some(program), Some(system)) => format!("{program}, {system}"),
        (Some(name), None) | (None, Some(name)) => name.to_owned(),
        (None, None) => t.t("me-unknown-browser"),
    }
}

async fn me(app: Data<App>, caller: Caller, req: HttpRequest) -> Result<HttpResponse> {
    html(&me_page(&app, &caller, &req).await?)
}

async fn end_session(
    app: Data<App>,
    caller: Caller,
    id: Path<String>,
    form: Form<Bare>,
) -> Result<HttpResponse> {
    caller.checked(&form.csrf)?;
    let id = id.parse().map_err(|_| Error::NotFound("session"))?;
    sessions::end(&app.office, &caller.ctx, id).await?;
    match &caller.session {
        Some(session) if session.id == id => {
            let mut answer = see_with("/dang-nhap", "ok", "flash-signed-out");
            forget(&app, &mut answer, session)?;
            Ok(answer)
        }
        _ => Ok(see_with("/toi", "ok", "flash-session-ended")),
    }
}

async fn end_everywhere(app: Data<App>, caller: Caller, form: Form<Bare>) -> Result<HttpResponse> {
    caller.checked(&form.csrf)?;
    sessions::end_everywhere(&app.office, &caller.ctx, None).await?;
    let mut answer = see_with("/dang-nhap", "ok", "flash-signed-out-everywhere");
    if let Some(session) = &caller.session {
        forget(&app, &mut answer, session)?;
    }
    Ok(answer)
}

/// The first value of a field of a form with repeated fields.
pub(in crate::http) fn first(form: &[(String, String)], name: &str) -> String {
    form.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone()).unwrap_or_default()
}

/// All values of a repeated field.
pub(in crate::http) fn all(form: &[(String, String)], name: &str) -> Vec<String> {
    form.iter().filter(|(key, _)| key == name).map(|(_, value)| value.clone()).collect()
}

async fn create_key(
    app: Data<App>,
    req: HttpRequest,
    Proved { caller, form }: Proved,
) -> Result<HttpResponse> {
    let (name, scopes) = (first(&form, "name"), all(&form, "scopes"));
    match api_keys::create(&app.office, &caller.ctx, &name, &scopes).await {
        Ok(made) => {
            let mut page = me_page(&app, &caller, &req).await?;
            page.new_key = Some(made.secret);
            html(&page)
        }
        Err(why) => {
            let errors = BadFields::of(Texts(caller.ctx.language), why)?;
            let mut page = me_page(&app, &caller, &req).await?;
            page.errors = errors;
            page.key_name = name;
            html_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
    }
}

async fn revoke_key(
    app: Data<App>,
    caller: Caller,
    id: Path<String>,
    form: Form<Bare>,
) -> Result<HttpResponse> {
    caller.checked(&form.csrf)?;
    let id = id.parse::<Id<_>>().map_err(|_| Error::NotFound("api_key"))?;
    api_keys::revoke(&app.office, &caller.ctx, id).await?;
    Ok(see_with("/toi", "ok", "flash-key-revoked"))
}

#[cfg(test)]
#[path = "session_tests.rs"]
mod tests;
