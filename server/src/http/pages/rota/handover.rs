//! The pages of hand-overs: writing one, taking one, and the book of all.

use actix_web::http::StatusCode;
use actix_web::web::{self, Data, Form, Path, Query, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use serde::Deserialize;

use super::super::session::first;
use super::edit::form_errors;
use crate::actions::rota::handover::{self, Facts, HandoverView, NewHandover};
use crate::actions::rota::views::Person;
use crate::app::App;
use crate::clock::Timestamp;
use crate::error::{Error, Result};
use crate::http::api::rotas::id;
use crate::http::caller::Caller;
use crate::http::page::{BadFields, Page, html, html_with, see_with};

pub(super) fn routes(cfg: &mut ServiceConfig) {
    cfg.route("/truc-ban/{id}/ban-giao", web::get().to(draft))
        .route("/truc-ban/{id}/ban-giao", web::post().to(write))
        .route("/truc-ban/{id}/so-ban-giao", web::get().to(book))
        .route("/truc-ban/ban-giao/{id}", web::get().to(one))
        .route("/truc-ban/ban-giao/{id}/nhan", web::post().to(take));
}

#[derive(Template)]
#[template(path = "rota/handover.html")]
struct DraftPage {
    page: Page,
    rota: String,
    rota_name: String,
    next: Option<(Person, Timestamp)>,
    facts: Facts,
    note: String,
    asks_secret: bool,
    now: Timestamp,
    errors: BadFields,
}

async fn shown(
    app: &App,
    caller: &Caller,
    req: &HttpRequest,
    rota: &str,
    typed: Option<String>,
    problem: Option<Error>,
) -> Result<HttpResponse> {
    let draft = handover::draft(&app.office, &caller.ctx, id(rota, "rota")?).await?;
    let page = Page::new(app, caller, req, "rota-handover-write", "rota");
    let (status, errors) = match problem {
        None => (StatusCode::OK, BadFields::default()),
        Some(why) => form_errors(page.t, why, "note")?,
    };
    html_with(
        status,
        &DraftPage {
            rota: draft.rota.to_string(),
            rota_name: draft.rota_name,
            next: draft.next,
            facts: draft.facts,
            note: typed.unwrap_or(draft.note),
            asks_secret: errors.0.iter().any(|bad| bad.field == "secret_confirmed"),
            now: caller.ctx.now,
            errors,
            page,
        },
    )
}

async fn draft(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    rota: Path<String>,
) -> Result<HttpResponse> {
    shown(&app, &caller, &req, &rota, None, None).await
}

async fn write(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    rota: Path<String>,
    form: Form<Vec<(String, String)>>,
) -> Result<HttpResponse> {
    caller.checked(&first(&form, "csrf"))?;
    let typed = NewHandover {
        note: first(&form, "note"),
        secret_confirmed: !first(&form, "secret_confirmed").is_empty(),
    };
    let note = typed.note.clone();
    match handover::write(&app.office, &caller.ctx, id(&rota, "rota")?, typed).await {
        Ok(made) => {
            Ok(see_with(&format!("/truc-ban/ban-giao/{made}"), "ok", "flash-rota-handover"))
        }
        Err(why) => shown(&app, &caller, &req, &rota, Some(note), Some(why)).await,
    }
}

#[derive(Template)]
#[template(path = "rota/record.html")]
struct RecordPage {
    page: Page,
    view: HandoverView,
    facts: Facts,
    now: Timestamp,
}

async fn one(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    record: Path<String>,
) -> Result<HttpResponse> {
    let mut view = handover::one(&app.office, &caller.ctx, id(&record, "handover")?).await?;
    let facts = view.facts.take().unwrap_or_default();
    let page = Page::new(&app, &caller, &req, "rota-handover", "rota");
    html(&RecordPage { page, now: view.written_at, view, facts })
}

async fn take(
    app: Data<App>,
    caller: Caller,
    record: Path<String>,
    form: Form<Vec<(String, String)>>,
) -> Result<HttpResponse> {
    caller.checked(&first(&form, "csrf"))?;
    handover::acknowledge(&app.office, &caller.ctx, id(&record, "handover")?).await?;
    Ok(see_with(&format!("/truc-ban/ban-giao/{record}"), "ok", "flash-rota-taken"))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    cursor: String,
}

#[derive(Template)]
#[template(path = "rota/book.html")]
struct BookPage {
    page: Page,
    items: Vec<HandoverView>,
    first: String,
    next: String,
}

async fn book(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    rota: Path<String>,
    asked: Query<Asked>,
) -> Result<HttpResponse> {
    let known = id(&rota, "rota")?;
    let part = handover::list(&app.office, &caller.ctx, known, &asked.cursor, 30).await?;
    let home = format!("/truc-ban/{rota}/so-ban-giao");
    html(&BookPage {
        page: Page::new(&app, &caller, &req, "rota-handover-book", "rota"),
        items: part.items,
        first: if asked.cursor.is_empty() { String::new() } else { home.clone() },
        next: part.next.map(|next| format!("{home}?cursor={next}")).unwrap_or_default(),
    })
}
