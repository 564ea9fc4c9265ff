//! Alarms in the browser: switched on in the browser itself, listed and switched off here.

use actix_web::http::StatusCode;
use actix_web::web::{self, Data, Form, Path, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use serde::Deserialize;

use crate::actions::push::{self, Asked, Browser, PAGE};
use crate::app::App;
use crate::domain::ids::PushId;
use crate::error::Result;
use crate::http::caller::Caller;
use crate::http::page::{BadFields, Page, html, html_with, see_with};
use crate::texts::Texts;

/// The area's routes.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.route(PAGE, web::get().to(page))
        .route(PAGE, web::post().to(switch_on))
        .route("/toi/bao-tin/trinh-duyet/{id}/tat", web::post().to(switch_off));
}

#[derive(Template)]
#[template(path = "accounts/browsers.html")]
struct Face {
    page: Page,
    /// The public key; empty: nobody can switch alarms on here.
    key: String,
    browsers: Vec<Browser>,
    errors: BadFields,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct On {
    csrf: String,
    endpoint: String,
    p256dh: String,
    auth: String,
    browser: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Off {
    csrf: String,
}

async fn face(app: &App, caller: &Caller, req: &HttpRequest) -> Result<Face> {
    Ok(Face {
        page: Page::new(app, caller, req, "browsers-title", "me"),
        key: app.config().push.public_key.clone(),
        browsers: push::own(&app.office, &caller.ctx).await?,
        errors: BadFields::default(),
    })
}

async fn page(app: Data<App>, caller: Caller, req: HttpRequest) -> Result<HttpResponse> {
    html(&face(&app, &caller, &req).await?)
}

async fn switch_on(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    form: Form<On>,
) -> Result<HttpResponse> {
    caller.checked(&form.csrf)?;
    let On { endpoint, p256dh, auth, browser, .. } = form.into_inner();
    let asked = Asked { endpoint, p256dh, auth, browser };
    match push::switch_on(&app.office, &caller.ctx, asked).await {
        Ok(_) => Ok(see_with(PAGE, "ok", "flash-browser-on")),
        Err(why) => {
            let errors = BadFields::of(Texts(caller.ctx.language), why)?;
            let face = Face { errors, ..face(&app, &caller, &req).await? };
            html_with(StatusCode::UNPROCESSABLE_ENTITY, &face)
        }
    }
}

async fn switch_off(
    app: Data<App>,
    caller: Caller,
    id: Path<PushId>,
    form: Form<Off>,
) -> Result<HttpResponse> {
    caller.checked(&form.csrf)?;
    push::switch_off(&app.office, &caller.ctx, id.into_inner()).await?;
    Ok(see_with(PAGE, "ok", "flash-browser-off"))
}
