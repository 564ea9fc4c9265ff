//! Calendars for telephones and calendar programs: the page that makes their secret addresses, and
//! what stands behind one. Whatever is wrong with an address, the answer is one and the same.

use actix_web::http::StatusCode;
use actix_web::web::{self, Data, Form, Path, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use super::super::proof::Proved;
use super::super::session::first;
use super::edit::form_errors;
use crate::actions::rota::feeds::{self, FeedView};
use crate::actions::rota::views::{self, RotaItem};
use crate::app::App;
use crate::error::{Error, Result};
use crate::http::api::rotas::id;
use crate::http::caller::Caller;
use crate::http::page::{BadFields, Page, html_with, see_with};

pub(super) fn routes(cfg: &mut ServiceConfig) {
    cfg.route("/truc-ban/lich-rieng", web::get().to(list))
        .route("/truc-ban/lich-rieng", web::post().to(create))
        .route("/truc-ban/lich-rieng/{id}/thu-hoi", web::post().to(revoke))
        .route("/lich-truc/{token}", web::get().to(calendar));
}

#[derive(Template)]
#[template(path = "rota/feeds.html")]
struct FeedsPage {
    page: Page,
    feeds: Vec<FeedView>,
    rotas: Vec<RotaItem>,
    made: Option<String>,
    errors: BadFields,
}

async fn shown(
    app: &App,
    caller: &Caller,
    req: &HttpRequest,
    made: Option<String>,
    problem: Option<Error>,
) -> Result<HttpResponse> {
    let feeds = feeds::own(&app.office, &caller.ctx).await?;
    let rotas = views::list(&app.office, &caller.ctx).await?;
    let page = Page::new(app, caller, req, "rota-feeds", "rota");
    let (status, errors) = match problem {
        None => (StatusCode::OK, BadFields::default()),
        Some(why) => form_errors(page.t, why, "rota")?,
    };
    html_with(status, &FeedsPage { page, feeds, rotas, made, errors })
}

async fn list(app: Data<App>, caller: Caller, req: HttpRequest) -> Result<HttpResponse> {
    shown(&app, &caller, &req, None, None).await
}

async fn create(
    app: Data<App>,
    req: HttpRequest,
    Proved { caller, form }: Proved,
) -> Result<HttpResponse> {
    let rota = match first(&form, "rota") {
        none if none.is_empty() => None,
        text => Some(id(&text, "rota")?),
    };
    match feeds::create(&app.office, &caller.ctx, rota).await {
        Ok(made) => shown(&app, &caller, &req, made.url, None).await,
        Err(why) => shown(&app, &caller, &req, None, Some(why)).await,
    }
}

async fn revoke(
    app: Data<App>,
    caller: Caller,
    feed: Path<String>,
    form: Form<Vec<(String, String)>>,
) -> Result<HttpResponse> {
    caller.checked(&first(&form, "csrf"))?;
    feeds::revoke(&app.office, &caller.ctx, id(&feed, "feed")?).await?;
    Ok(see_with("/truc-ban/lich-rieng", "ok", "flash-rota-feed-revoked"))
}

/// The calendar itself. A program reads it: whoever is signed in at the browser does not count.
async fn calendar(app: Data<App>, caller: Caller, token: Path<String>) -> Result<HttpResponse> {
    let secret = token.strip_suffix(".ics").unwrap_or(&token);
    let opened = feeds::open(&app.office, &caller.ctx, secret).await;
    let text = app.limits.of_link(&caller.ctx.address, opened)?;
    Ok(HttpResponse::Ok()
        .content_type("text/calendar; charset=utf-8; method=PUBLISH")
        .insert_header(("content-disposition", "inline; filename=\"lich-truc.ics\""))
        .insert_header(("cache-control", "private, no-store"))
        .insert_header(("referrer-policy", "no-referrer"))
        .insert_header(("x-robots-tag", "noindex, nofollow"))
        .body(text))
}
