//! The own second factor: setting it up with a QR code, the recovery codes once, taking it away; and
//! the second page of signing in, which asks for the code.

use actix_web::http::StatusCode;
use actix_web::web::{self, Data, Form, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use qrcode::render::svg;
use qrcode::{EcLevel, QrCode};
use serde::Deserialize;

use super::proof::Proved;
use super::session::{entered, first, input};
use crate::actions::second_factor::{self, Enrolment, Standing};
use crate::actions::sessions;
use crate::actions::sign_in::{SignIn, sign_in};
use crate::app::App;
use crate::domain::refusal::Refusal;
use crate::error::{Error, Result};
use crate::http::caller::Caller;
use crate::http::error::{refusal_text, retry_after};
use crate::http::form::own_path;
use crate::http::page::{Bad, BadFields, Page, html, html_with, see_with};
use crate::texts::Texts;

const HERE: &str = "/toi/xac-thuc";

/// The area's routes.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.route("/toi/xac-thuc", web::get().to(standing))
        .route("/toi/xac-thuc", web::post().to(begin))
        .route("/toi/xac-thuc/xac-nhan", web::post().to(confirm))
        .route("/toi/xac-thuc/bo", web::post().to(remove))
        .route("/dang-nhap/ma", web::post().to(enter));
}

#[derive(Template)]
#[template(path = "accounts/totp.html")]
struct TotpPage {
    page: Page,
    must_enrol: bool,
    qr: String,
    secret: String,
    since: String,
    codes_left: String,
    codes: Vec<String>,
    errors: BadFields,
}

async fn shown(
    app: &App,
    caller: &Caller,
    req: &HttpRequest,
    errors: BadFields,
) -> Result<TotpPage> {
    let must_enrol = sessions::human(&caller.ctx.actor)?.must_enrol;
    let mut shown = TotpPage {
        page: Page::new(app, caller, req, "totp-title", "me"),
        must_enrol,
        qr: String::new(),
        secret: String::new(),
        since: String::new(),
        codes_left: String::new(),
        codes: Vec::new(),
        errors,
    };
    match second_factor::own(&app.office, &caller.ctx).await? {
        Standing::None => {}
        Standing::Waiting(enrolment) => {
            // Whoever finds the browser open must not take the secret along.
            if sessions::proved(&app.office, &caller.ctx).is_ok() {
                shown.qr = picture(&enrolment)?;
                shown.secret = grouped(&enrolment.secret);
            }
        }
        Standing::On { since, codes_left } => {
            shown.since = since.local();
            shown.codes_left = codes_left.to_string();
        }
    }
    Ok(shown)
}

/// The QR code as an address of data: it is nobody else's and stands in no cache.
fn picture(enrolment: &Enrolment) -> Result<String> {
    let code = QrCode::with_error_correction_level(&enrolment.url, EcLevel::M);
    let code = code.map_err(Error::internal)?;
    let svg = code.render::<svg::Color<'_>>().min_dimensions(240, 240).build();
    Ok(format!("data:image/svg+xml;base64,{}", STANDARD.encode(svg)))
}

/// The secret in groups of four, to be typed.
fn grouped(secret: &str) -> String {
    let letters: Vec<char> = secret.chars().collect();
    let groups: Vec<String> = letters.chunks(4).map(|part| part.iter().collect()).collect();
    groups.join(" ")
}

async fn standing(app: Data<App>, caller: Caller, req: HttpRequest) -> Result<HttpResponse> {
    html(&shown(&app, &caller, &req, BadFields::default()).await?)
}

async fn begin(app: Data<App>, Proved { caller, .. }: Proved) -> Result<HttpResponse> {
    second_factor::begin(&app.office, &caller.ctx).await?;
    Ok(crate::http::form::see(HERE))
}

async fn confirm(
    app: Data<App>,
    req: HttpRequest,
    Proved { caller, form }: Proved,
) -> Result<HttpResponse> {
    match second_factor::confirm(&app.office, &caller.ctx, &first(&form, "code")).await {
        Ok(codes) => {
            let mut page = shown(&app, &caller, &req, BadFields::default()).await?;
            page.must_enrol = false;
            page.codes = codes;
            html(&page)
        }
        Err(why) => again(&app, &caller, &req, why).await,
    }
}

async fn remove(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    form: Form<Vec<(String, String)>>,
) -> Result<HttpResponse> {
    caller.checked(&first(&form, "csrf"))?;
    let (password, code) = (first(&form, "password"), first(&form, "code"));
    match second_factor::remove(&app.office, &caller.ctx, password, &code).await {
        Ok(()) => Ok(see_with("/toi", "ok", "flash-totp-off")),
        Err(why) => again(&app, &caller, &req, why).await,
    }
}

/// The page again, with what was wrong.
async fn again(app: &App, caller: &Caller, req: &HttpRequest, why: Error) -> Result<HttpResponse> {
    let Error::Refused(why) = why else { return Err(why) };
    let t = Texts(caller.ctx.language);
    let errors = match &why {
        Refusal::TooManyAttempts { .. } => {
            BadFields(vec![Bad { field: "code", message: refusal_text(t, &why) }])
        }
        _ => BadFields::of(t, why.clone().into())?,
    };
    let status = StatusCode::from_u16(why.status()).unwrap_or(StatusCode::UNPROCESSABLE_ENTITY);
    Ok(retry_after(html_with(status, &shown(app, caller, req, errors).await?)?, &why))
}

#[derive(Template)]
#[template(path = "accounts/code.html")]
struct CodePage {
    page: Page,
    step: String,
    next: String,
    errors: BadFields,
}

/// The page that asks for the code after the password.
pub(super) fn asks(
    app: &App,
    caller: &Caller,
    req: &HttpRequest,
    step: String,
    next: String,
    why: Option<&Refusal>,
) -> Result<HttpResponse> {
    let page = Page::new(app, caller, req, "code-title", "sign-in");
    let bad = |why: &Refusal| Bad { field: "code", message: refusal_text(page.t, why) };
    let errors = BadFields(why.map(bad).into_iter().collect());
    let status = why.and_then(|why| StatusCode::from_u16(why.status()).ok());
    let shown = CodePage { page, step, next, errors };
    let answer = html_with(status.unwrap_or(StatusCode::OK), &shown)?;
    Ok(match why {
        Some(why) => retry_after(answer, why),
        None => answer,
    })
}

#[derive(Deserialize)]
struct CodeForm {
    #[serde(default)]
    step: String,
    #[serde(default)]
    code: String,
    #[serde(default)]
    tiep: String,
}

async fn enter(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    form: Form<CodeForm>,
) -> Result<HttpResponse> {
    let form = form.into_inner();
    let next = own_path(&form.tiep).to_owned();
    let typed = SignIn {
        code: form.code,
        step: Some(form.step.clone()),
        ..input(&req, String::new(), String::new(), false)
    };
    let outcome = match app.limits.sign_in(&caller.ctx.address) {
        Ok(()) => sign_in(&app.office, &caller.ctx, typed).await,
        Err(why) => Err(why.into()),
    };
    match outcome {
        Ok(signed_in) => entered(&app, &next, &signed_in),
        Err(Error::Refused(Refusal::SignInFirst)) => {
            Ok(see_with("/dang-nhap", "warn", "flash-code-late"))
        }
        Err(Error::Refused(Refusal::CodeNeeded { step })) => {
            asks(&app, &caller, &req, step, next, Some(&Refusal::WrongCode))
        }
        Err(Error::Refused(why)) => asks(&app, &caller, &req, form.step, next, Some(&why)),
        Err(why) => Err(why),
    }
}
