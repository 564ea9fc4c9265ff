//! The report link of an organisation: the address, its QR code, the sheet for the wall.

use actix_web::web::{self, Data, Path, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use qrcode::render::svg;
use qrcode::{EcLevel, QrCode};

use super::path;
use crate::actions::organisations as verbs;
use crate::app::App;
use crate::domain::sight::Verb;
use crate::error::{Error, Result};
use crate::http::caller::Caller;
use crate::http::form::see;
use crate::http::page::{Page, html};
use crate::records::Organisation;

pub(super) fn routes(cfg: &mut ServiceConfig) {
    cfg.route("/quan-tri/lien-ket", web::get().to(own))
        .route("/quan-tri/don-vi/{key}/lien-ket", web::get().to(link))
        .route("/quan-tri/don-vi/{key}/to-in", web::get().to(sheet))
        .route("/quan-tri/don-vi/{key}/qr.svg", web::get().to(qr));
}

/// The address at which anybody of the organisation reports without an account.
pub(in crate::http) fn report_url(app: &App, organisation: &Organisation) -> String {
    let base = app.config().server.base_url.trim_end_matches('/');
    format!("{base}/bao-su-co/{}", organisation.key)
}

/// The QR code of the report link, as SVG with black on white and its quiet zone.
///
/// # Errors
/// When the address is longer than a QR code holds.
pub(in crate::http) fn qr_svg(app: &App, organisation: &Organisation) -> Result<HttpResponse> {
    let url = report_url(app, organisation);
    // Medium correction: paper on a wall gets dirty.
    let code = QrCode::with_error_correction_level(&url, EcLevel::M).map_err(Error::internal)?;
    let svg = code.render::<svg::Color<'_>>().min_dimensions(320, 320).build();
    Ok(HttpResponse::Ok().content_type("image/svg+xml").body(svg))
}

/// To the link of the reader's own organisation.
async fn own(caller: Caller) -> Result<HttpResponse> {
    let person = caller.ctx.actor.person()?;
    Ok(see(&format!("{}/lien-ket", path(&person.organisation_key))))
}

#[derive(Template)]
#[template(path = "organisations/link.html")]
struct Link {
    page: Page,
    of: Organisation,
    url: String,
    reads: bool,
}

async fn link(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    key: Path<String>,
) -> Result<HttpResponse> {
    let of = verbs::for_link(&app.office, &caller.ctx, &key).await?;
    html(&Link {
        page: Page::new(&app, &caller, &req, "link-title", "link"),
        url: report_url(&app, &of),
        reads: Verb::ReadDirectory.by(&caller.ctx.actor).is_ok(),
        of,
    })
}

#[derive(Template)]
#[template(path = "organisations/sheet.html")]
struct Sheet {
    page: Page,
    of: Organisation,
    url: String,
    province: String,
    hotline: String,
}

async fn sheet(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    key: Path<String>,
) -> Result<HttpResponse> {
    let of = verbs::for_link(&app.office, &caller.ctx, &key).await?;
    let province = &app.config().province;
    html(&Sheet {
        page: Page::new(&app, &caller, &req, "sheet-heading", "link"),
        url: report_url(&app, &of),
        of,
        province: province.name.clone(),
        hotline: province.hotline.clone(),
    })
}

async fn qr(app: Data<App>, caller: Caller, key: Path<String>) -> Result<HttpResponse> {
    let of = verbs::for_link(&app.office, &caller.ctx, &key).await?;
    qr_svg(&app, &of)
}
