//! The forms of what changes a rota for a time: somebody else on duty, an exchange of shifts.

use actix_web::http::StatusCode;
use actix_web::web::{self, Data, Form, Path, Query, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use serde::Deserialize;

use super::super::session::first;
use super::edit::form_errors;
use super::span;
use crate::actions::rota::edit as verbs;
use crate::actions::rota::swaps::{self, NewSwap};
use crate::actions::rota::views::{self, Person, RotaView};
use crate::app::App;
use crate::clock::Timestamp;
use crate::domain::rota::OverrideText;
use crate::domain::sight::Verb;
use crate::error::{Error, Result};
use crate::http::api::rotas::id;
use crate::http::caller::Caller;
use crate::http::page::{BadFields, Page, html_with, see_with};
use crate::texts::Texts;

/// So far ahead shifts are offered for exchange, in days.
const AHEAD: i64 = 92;

pub(super) fn routes(cfg: &mut ServiceConfig) {
    cfg.route("/truc-ban/{id}/thay", web::get().to(override_page))
        .route("/truc-ban/{id}/thay", web::post().to(add_override))
        .route("/truc-ban/{id}/thay/{override}/het", web::post().to(end_override))
        .route("/truc-ban/{id}/doi", web::get().to(swap_page))
        .route("/truc-ban/{id}/doi", web::post().to(ask));
}

#[derive(Template)]
#[template(path = "rota/override.html")]
struct OverridePage {
    page: Page,
    rota: String,
    rota_name: String,
    typed: OverrideText,
    candidates: Vec<Person>,
    errors: BadFields,
}

async fn shown(
    app: &App,
    caller: &Caller,
    req: &HttpRequest,
    rota: &str,
    typed: OverrideText,
    problem: Option<Error>,
) -> Result<HttpResponse> {
    Verb::EditRota.by(&caller.ctx.actor)?;
    let view = views::one(&app.office, &caller.ctx, id(rota, "rota")?, None, Some(1)).await?;
    let mut candidates = views::candidates(&app.office, &caller.ctx).await?;
    // Whoever is replaced may be locked: still on the rotation, no candidate any more.
    for person in view.rotations.iter().flat_map(|rotation| &rotation.people) {
        if !candidates.contains(person) {
            candidates.push(person.clone());
        }
    }
    let page = Page::new(app, caller, req, "rota-override", "rota");
    let (status, errors) = match problem {
        None => (StatusCode::OK, BadFields::default()),
        Some(why) => form_errors(page.t, why, "person")?,
    };
    html_with(
        status,
        &OverridePage { page, rota: view.id, rota_name: view.name, typed, candidates, errors },
    )
}

async fn override_page(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    rota: Path<String>,
    typed: Query<OverrideText>,
) -> Result<HttpResponse> {
    shown(&app, &caller, &req, &rota, typed.into_inner(), None).await
}

async fn add_override(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    rota: Path<String>,
    form: Form<Vec<(String, String)>>,
) -> Result<HttpResponse> {
    caller.checked(&first(&form, "csrf"))?;
    let typed = OverrideText {
        line: first(&form, "line"),
        from: first(&form, "from"),
        to: first(&form, "to"),
        instead_of: first(&form, "instead_of"),
        person: first(&form, "person"),
        reason: first(&form, "reason"),
    };
    let known = id(&rota, "rota")?;
    match verbs::add_override(&app.office, &caller.ctx, known, typed.clone()).await {
        Ok(_) => Ok(see_with("/truc-ban", "ok", "flash-rota-override")),
        Err(why) => shown(&app, &caller, &req, &rota, typed, Some(why)).await,
    }
}

async fn end_override(
    app: Data<App>,
    caller: Caller,
    path: Path<(String, String)>,
    form: Form<Vec<(String, String)>>,
) -> Result<HttpResponse> {
    caller.checked(&first(&form, "csrf"))?;
    let (rota, one) = path.into_inner();
    let (rota, one) = (id(&rota, "rota")?, id(&one, "override")?);
    verbs::end_override(&app.office, &caller.ctx, rota, one).await?;
    Ok(see_with("/truc-ban", "ok", "flash-rota-override-ended"))
}

/// Something to choose: value and words.
struct Choice {
    value: String,
    words: String,
}

#[derive(Template)]
#[template(path = "rota/swap.html")]
struct SwapPage {
    page: Page,
    rota: String,
    rota_name: String,
    shift: String,
    with: String,
    note: String,
    mine: Vec<Choice>,
    others: Vec<Choice>,
    errors: BadFields,
}

/// The own shifts that have not begun; and with whom they can be exchanged: for nothing, or for one
/// of their shifts. The value is `ADDRESS|BEGIN`.
fn choices(
    t: Texts,
    view: &RotaView,
    people: &[Person],
    me: &str,
    now: Timestamp,
) -> (Vec<Choice>, Vec<Choice>) {
    let (mut mine, mut others) = (Vec::new(), Vec::new());
    let ahead: Vec<_> = view.shifts.iter().filter(|shift| shift.from > now).collect();
    for shift in ahead.iter().filter(|shift| shift.yours) {
        let words = span(t, shift.from, Some(shift.to));
        mine.push(Choice { value: shift.from.rfc3339(), words });
    }
    for person in people.iter().filter(|person| person.email != me) {
        let words = t.t1("rota-swap-for-nothing", "person", &person.name);
        others.push(Choice { value: format!("{}|", person.email), words });
        let theirs = ahead
            .iter()
            .filter(|shift| shift.person.as_ref().is_some_and(|other| other.email == person.email));
        for shift in theirs.take(12) {
            let when = span(t, shift.from, Some(shift.to));
            let words = t.with("rota-swap-for", &[("person", &person.name), ("when", &when)]);
            let value = format!("{}|{}", person.email, shift.from.rfc3339());
            others.push(Choice { value, words });
        }
    }
    (mine, others)
}

async fn swap_form(
    app: &App,
    caller: &Caller,
    req: &HttpRequest,
    rota: &str,
    typed: (String, String, String),
    problem: Option<Error>,
) -> Result<HttpResponse> {
    Verb::ServeDuty.by(&caller.ctx.actor)?;
    let known = id(rota, "rota")?;
    let view = views::one(&app.office, &caller.ctx, known, None, Some(AHEAD)).await?;
    let candidates = views::candidates(&app.office, &caller.ctx).await?;
    let page = Page::new(app, caller, req, "rota-swap", "rota");
    let (status, errors) = match problem {
        None => (StatusCode::OK, BadFields::default()),
        Some(why) => form_errors(page.t, why, "shift")?,
    };
    // One list on the page for what the action calls person and return.
    let errors = BadFields(
        errors
            .0
            .into_iter()
            .map(|mut bad| {
                if matches!(bad.field, "person" | "back") {
                    bad.field = "with";
                }
                bad
            })
            .collect(),
    );
    let me = views::email_of(&app.office, &caller.ctx).await?;
    let (mine, others) = choices(page.t, &view, &candidates, &me, caller.ctx.now);
    let (shift, with, note) = typed;
    let (rota, rota_name) = (view.id, view.name);
    html_with(status, &SwapPage { page, rota, rota_name, shift, with, note, mine, others, errors })
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    shift: String,
}

async fn swap_page(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    rota: Path<String>,
    asked: Query<Asked>,
) -> Result<HttpResponse> {
    let typed = (asked.into_inner().shift, String::new(), String::new());
    swap_form(&app, &caller, &req, &rota, typed, None).await
}

async fn ask(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    rota: Path<String>,
    form: Form<Vec<(String, String)>>,
) -> Result<HttpResponse> {
    caller.checked(&first(&form, "csrf"))?;
    let (shift, with, note) = (first(&form, "shift"), first(&form, "with"), first(&form, "note"));
    let (person, back) = with.split_once('|').unwrap_or((&with, ""));
    let wanted = NewSwap {
        shift: shift.clone(),
        person: person.to_owned(),
        back: back.to_owned(),
        note: note.clone(),
    };
    match swaps::ask(&app.office, &caller.ctx, id(&rota, "rota")?, wanted).await {
        Ok(_) => Ok(see_with("/truc-ban", "ok", "flash-rota-swap-asked")),
        Err(why) => swap_form(&app, &caller, &req, &rota, (shift, with, note), Some(why)).await,
    }
}
