//! The first page, by what its reader does; language and theme; what is not there.

use actix_web::web::{self, Data, Form, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use serde::Deserialize;

use crate::app::App;
use crate::error::{Error, Result};
use crate::http::caller::Caller;
use crate::http::form::{own_path, see};
use crate::http::page::{LANGUAGE, Page, THEME, html, preference};

/// The area's routes.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.route("/", web::get().to(home))
        .route("/ngon-ngu", web::post().to(choose_language))
        .route("/giao-dien", web::post().to(choose_theme));
}

#[derive(Template)]
#[template(path = "home.html")]
struct Home {
    page: Page,
    hotline: String,
}

async fn home(app: Data<App>, caller: Caller, req: HttpRequest) -> Result<HttpResponse> {
    let page = Page::new(&app, &caller, &req, "home-title", "home");
    html(&Home { page, hotline: app.config().province.hotline.clone() })
}

#[derive(Deserialize)]
struct Choice {
    #[serde(default)]
    csrf: String,
    #[serde(default)]
    back: String,
    #[serde(default)]
    language: String,
    #[serde(default)]
    theme: String,
}

async fn choose_language(caller: Caller, form: Form<Choice>) -> Result<HttpResponse> {
    caller.checked(&form.csrf)?;
    let mut answer = see(own_path(&form.back));
    if let Ok(language) = form.language.parse::<crate::domain::words::Language>() {
        answer.add_cookie(&preference(LANGUAGE, language.to_string())).map_err(Error::internal)?;
    }
    Ok(answer)
}

async fn choose_theme(caller: Caller, form: Form<Choice>) -> Result<HttpResponse> {
    caller.checked(&form.csrf)?;
    let mut answer = see(own_path(&form.back));
    if ["auto", "light", "dark"].contains(&form.theme.as_str()) {
        answer.add_cookie(&preference(THEME, form.theme.clone())).map_err(Error::internal)?;
    }
    Ok(answer)
}

/// Whatever no route knows.
pub async fn nothing_here() -> Result<HttpResponse> {
    Err(Error::NotFound("page"))
}
