//! Contact points: add, edit, end, verify; whom to call because a year has passed.

use actix_web::web::{self, Data, Form, Path, Query, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use serde::Deserialize;

use super::form::{Field, Sheet, again, local_day, show};
use super::{Asked, ROWS, administers, back, path};
use crate::actions::contacts as verbs;
use crate::actions::organisations;
use crate::app::App;
use crate::domain::directory::ContactText;
use crate::domain::ids::ContactId;
use crate::domain::sight::Verb;
use crate::domain::words::{ContactRole, Rank};
use crate::error::{Error, Result};
use crate::http::caller::Caller;
use crate::http::form::own_path;
use crate::http::page::{Page, html, see_with};
use crate::records::{ContactPoint, Organisation};
use crate::texts::Texts;

pub(super) fn routes(cfg: &mut ServiceConfig) {
    cfg.route("/quan-tri/don-vi/{key}/dau-moi", web::get().to(new_page))
        .route("/quan-tri/don-vi/{key}/dau-moi", web::post().to(add))
        .route("/quan-tri/dau-moi", web::get().to(due))
        .route("/quan-tri/dau-moi/{id}/sua", web::get().to(edit_page))
        .route("/quan-tri/dau-moi/{id}/sua", web::post().to(edit))
        .route("/quan-tri/dau-moi/{id}/thoi", web::post().to(end))
        .route("/quan-tri/dau-moi/{id}/xac-minh", web::post().to(verify));
}

#[derive(Debug, Clone, Default, Deserialize)]
struct Filled {
    #[serde(default)]
    csrf: String,
    #[serde(default)]
    version: i32,
    #[serde(flatten)]
    typed: ContactText,
}

fn fields(t: Texts, typed: &ContactText) -> Vec<Field> {
    let field = |name, value: &str| Field::new(t, name, value);
    vec![
        field("name", &typed.name).labelled(t.t("dir-person-name")).needed().up_to(120),
        field("title", &typed.title),
        field("rank", &typed.rank).needed().one_of(t, "rank", Rank::ALL),
        field("role", &typed.role).needed().one_of(t, "contactrole", ContactRole::ALL),
        field("phone", &typed.phone).kind("tel").up_to(60).hint(t.t("dir-ways-hint")),
        field("mobile", &typed.mobile).kind("tel").up_to(60),
        field("email", &typed.email).kind("email").up_to(120),
        field("hours", &typed.hours).up_to(120),
        field("telegram", &typed.telegram).up_to(40),
        field("last_verified", &local_day(&typed.last_verified)).hint(t.t("dir-day-hint")),
    ]
}

fn new_sheet(t: Texts, key: &str, typed: &ContactText) -> Sheet {
    Sheet {
        title: t.t("dir-contact-add"),
        back: back(key),
        action: format!("{}/dau-moi", path(key)),
        version: 0,
        fields: fields(t, typed),
    }
}

async fn new_page(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    key: Path<String>,
) -> Result<HttpResponse> {
    organisations::to_edit(&app.office, &caller.ctx, &key).await?;
    let typed = ContactText::default();
    show(&app, &caller, &req, new_sheet(Texts(caller.ctx.language), &key, &typed))
}

async fn add(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    key: Path<String>,
    filled: Form<Filled>,
) -> Result<HttpResponse> {
    caller.checked(&filled.csrf)?;
    let typed = filled.into_inner().typed;
    match verbs::add(&app.office, &caller.ctx, &key, typed.clone()).await {
        Ok(_) => Ok(see_with(&path(&key), "ok", "flash-dir-contact")),
        Err(why) => {
            let sheet = new_sheet(Texts(caller.ctx.language), &key, &typed);
            again(&app, &caller, &req, sheet, why, None)
        }
    }
}

fn edit_sheet(t: Texts, id: ContactId, key: &str, typed: &ContactText, version: i32) -> Sheet {
    Sheet {
        title: t.t("dir-contact-edit"),
        back: back(key),
        action: format!("/quan-tri/dau-moi/{id}/sua"),
        version,
        fields: fields(t, typed),
    }
}

async fn edit_page(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    id: Path<ContactId>,
) -> Result<HttpResponse> {
    Verb::Administer.by(&caller.ctx.actor)?;
    let (contact, key) = verbs::one(&app.office, &caller.ctx, *id).await?;
    let t = Texts(caller.ctx.language);
    let sheet = edit_sheet(t, *id, &key, &verbs::typed(&contact), contact.version);
    show(&app, &caller, &req, sheet)
}

async fn edit(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    id: Path<ContactId>,
    filled: Form<Filled>,
) -> Result<HttpResponse> {
    caller.checked(&filled.csrf)?;
    let Filled { typed, version, .. } = filled.into_inner();
    let done = verbs::edit(&app.office, &caller.ctx, *id, version, typed.clone()).await;
    let t = Texts(caller.ctx.language);
    let why = match done {
        Ok(_) => {
            let (_, key) = verbs::one(&app.office, &caller.ctx, *id).await?;
            return Ok(see_with(&path(&key), "ok", "flash-dir-contact"));
        }
        Err(why) => why,
    };
    // Who may not change it learns nothing of what is there now.
    Verb::Administer.by(&caller.ctx.actor)?;
    let (now, key) = verbs::one(&app.office, &caller.ctx, *id).await?;
    let theirs = matches!(why, Error::Stale { .. }).then(|| fields(t, &verbs::typed(&now)));
    again(&app, &caller, &req, edit_sheet(t, *id, &key, &typed, version), why, theirs)
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Pressed {
    csrf: String,
    version: i32,
    back: String,
}

async fn end(
    app: Data<App>,
    caller: Caller,
    id: Path<ContactId>,
    pressed: Form<Pressed>,
) -> Result<HttpResponse> {
    caller.checked(&pressed.csrf)?;
    let done = verbs::end(&app.office, &caller.ctx, *id, pressed.version).await;
    pressed_answer(&app, &caller, *id, &pressed, done, "flash-dir-contact-ended").await
}

async fn verify(
    app: Data<App>,
    caller: Caller,
    id: Path<ContactId>,
    pressed: Form<Pressed>,
) -> Result<HttpResponse> {
    caller.checked(&pressed.csrf)?;
    let done = verbs::verify(&app.office, &caller.ctx, *id, pressed.version).await;
    pressed_answer(&app, &caller, *id, &pressed, done, "flash-dir-verified").await
}

/// Back to where the button was, with the news; a stale press says so and shows what is there.
async fn pressed_answer(
    app: &App,
    caller: &Caller,
    id: ContactId,
    pressed: &Pressed,
    done: Result<ContactPoint>,
    flash: &str,
) -> Result<HttpResponse> {
    let (kind, flash) = match done {
        Ok(_) => ("ok", flash),
        Err(Error::Stale { .. }) => ("warn", "flash-dir-stale"),
        Err(why) => return Err(why),
    };
    let way = if pressed.back.is_empty() {
        let (_, key) = verbs::one(&app.office, &caller.ctx, id).await?;
        path(&key)
    } else {
        own_path(&pressed.back).to_owned()
    };
    Ok(see_with(&way, kind, flash))
}

#[derive(Template)]
#[template(path = "organisations/due.html")]
struct Due {
    page: Page,
    rows: Vec<(ContactPoint, Organisation)>,
    first: String,
    next: String,
    admin: bool,
}

async fn due(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    asked: Query<Asked>,
) -> Result<HttpResponse> {
    let part = verbs::unverified(&app.office, &caller.ctx, &asked.sau, ROWS).await?;
    html(&Due {
        page: Page::new(&app, &caller, &req, "dir-unverified", "organisations"),
        rows: part.items,
        first: asked.first("/quan-tri/dau-moi"),
        next: part.next.map(|after| asked.part("/quan-tri/dau-moi", &after)).unwrap_or_default(),
        admin: administers(&caller),
    })
}
