//! The forms of a rota itself: its name, its rotations, its end.

use actix_web::http::StatusCode;
use actix_web::web::{self, Data, Form, Path, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use super::super::session::{all, first};
use super::span;
use crate::actions::rota::edit as verbs;
use crate::actions::rota::views::{self, Person, RotationView};
use crate::app::App;
use crate::domain::refusal::Refusal;
use crate::domain::rota::RotationText;
use crate::domain::sight::Verb;
use crate::domain::words::RotationKind;
use crate::error::{Error, Result};
use crate::http::api::rotas::id;
use crate::http::caller::Caller;
use crate::http::error::refusal_text;
use crate::http::page::{Bad, BadFields, Page, html_with, see_with};
use crate::texts::Texts;

pub(super) fn routes(cfg: &mut ServiceConfig) {
    cfg.route("/truc-ban/moi", web::get().to(new_page))
        .route("/truc-ban/moi", web::post().to(create))
        .route("/truc-ban/{id}/sua", web::get().to(edit_page))
        .route("/truc-ban/{id}/ten", web::post().to(rename))
        .route("/truc-ban/{id}/vong", web::post().to(add_rotation))
        .route("/truc-ban/{id}/vong/{rotation}/het", web::post().to(end_rotation))
        .route("/truc-ban/{id}/ngung", web::post().to(retire));
}

/// What went wrong, of an error about fields or about the rota; anything else goes on to the error's
/// own page. What is about the rota is said at `field`.
///
/// # Errors
/// Whatever a form cannot say.
pub(super) fn form_errors(
    t: Texts,
    why: Error,
    field: &'static str,
) -> Result<(StatusCode, BadFields)> {
    match why {
        Error::Refused(Refusal::Fields(fields)) => {
            Ok((StatusCode::UNPROCESSABLE_ENTITY, BadFields::from(t, &fields)))
        }
        Error::Refused(why @ (Refusal::RotaMoved | Refusal::Exists { .. })) => {
            let message = refusal_text(t, &why);
            Ok((StatusCode::CONFLICT, BadFields(vec![Bad { field, message }])))
        }
        Error::Stale { .. } => {
            let message = t.t("rota-stale");
            Ok((StatusCode::CONFLICT, BadFields(vec![Bad { field, message }])))
        }
        why => Err(why),
    }
}

#[derive(Template)]
#[template(path = "rota/new.html")]
struct NewPage {
    page: Page,
    wanted: String,
    errors: BadFields,
}

async fn new_page(app: Data<App>, caller: Caller, req: HttpRequest) -> Result<HttpResponse> {
    Verb::EditRota.by(&caller.ctx.actor)?;
    let page = Page::new(&app, &caller, &req, "rota-new", "rota");
    html_with(
        StatusCode::OK,
        &NewPage { page, wanted: String::new(), errors: BadFields::default() },
    )
}

async fn create(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    form: Form<Vec<(String, String)>>,
) -> Result<HttpResponse> {
    caller.checked(&first(&form, "csrf"))?;
    let name = first(&form, "name");
    match verbs::create(&app.office, &caller.ctx, &name).await {
        Ok(rota) => Ok(see_with(&format!("/truc-ban/{}/sua", rota.id), "ok", "flash-rota-created")),
        Err(why) => {
            let page = Page::new(&app, &caller, &req, "rota-new", "rota");
            let (status, errors) = form_errors(page.t, why, "name")?;
            html_with(status, &NewPage { page, wanted: name, errors })
        }
    }
}

/// A rotation that is not over, ready to read.
struct Rotation {
    id: String,
    span: String,
    line: String,
    kind: String,
    people: Vec<Person>,
    end: String,
}

impl Rotation {
    fn of(t: Texts, view: &RotationView, now: crate::clock::Timestamp) -> Self {
        let hours = view.hours.to_string();
        Self {
            id: view.id.clone(),
            span: span(t, view.from, view.to),
            line: t.t(&format!("rota-line-{}", view.line)),
            kind: t.t1(&format!("rota-kind-{}", view.kind), "hours", &hours),
            people: view.people.clone(),
            end: view.to.unwrap_or_else(|| now.max(view.from)).local_input(),
        }
    }
}

#[derive(Template)]
#[template(path = "rota/edit.html")]
struct EditPage {
    page: Page,
    rota: String,
    retire: String,
    rota_name: String,
    version: i32,
    rotations: Vec<Rotation>,
    candidates: Vec<Person>,
    typed: RotationText,
    places: usize,
    kinds: &'static [RotationKind],
    weekdays: Vec<(String, String)>,
    errors: BadFields,
}

impl EditPage {
    /// Who was chosen for a place of the order.
    fn chosen(&self, place: &usize) -> &str {
        self.typed.people.get(*place).map(String::as_str).unwrap_or_default()
    }

    fn kind_is(&self, kind: &RotationKind) -> bool {
        self.typed.kind == kind.as_word()
    }
}

async fn page(
    app: &App,
    caller: &Caller,
    req: &HttpRequest,
    rota: &str,
    typed: RotationText,
    problem: Option<Error>,
) -> Result<HttpResponse> {
    Verb::EditRota.by(&caller.ctx.actor)?;
    let view = views::one(&app.office, &caller.ctx, id(rota, "rota")?, None, Some(1)).await?;
    let candidates = views::candidates(&app.office, &caller.ctx).await?;
    let page = Page::new(app, caller, req, "rota-edit", "rota").titled(view.name.clone());
    let (status, errors) = match problem {
        None => (StatusCode::OK, BadFields::default()),
        Some(why) => form_errors(page.t, why, "name")?,
    };
    let now = caller.ctx.now;
    let rotation = |one: &RotationView| Rotation::of(page.t, one, now);
    html_with(
        status,
        &EditPage {
            rota: view.id.clone(),
            retire: format!("/truc-ban/{}/ngung", view.id),
            rota_name: view.name.clone(),
            version: view.version,
            rotations: view.rotations.iter().map(rotation).collect(),
            places: (candidates.len() + 2).clamp(4, 12).max(typed.people.len()),
            kinds: RotationKind::ALL,
            weekdays: (1..=7)
                .map(|day| (day.to_string(), page.t.t(&format!("weekday-{day}-long"))))
                .collect(),
            candidates,
            typed,
            errors,
            page,
        },
    )
}

/// What a new rotation begins with: weekly, from today on.
fn blank(caller: &Caller) -> RotationText {
    RotationText {
        line: "1".to_owned(),
        kind: "weekly".to_owned(),
        handover: "07:30".to_owned(),
        weekday: "1".to_owned(),
        from: caller.ctx.now.local_input().get(..10).unwrap_or_default().to_owned(),
        ..RotationText::default()
    }
}

async fn edit_page(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    rota: Path<String>,
) -> Result<HttpResponse> {
    let typed = blank(&caller);
    page(&app, &caller, &req, &rota, typed, None).await
}

fn version(form: &[(String, String)]) -> i32 {
    first(form, "version").parse().unwrap_or_default()
}

async fn rename(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    rota: Path<String>,
    form: Form<Vec<(String, String)>>,
) -> Result<HttpResponse> {
    caller.checked(&first(&form, "csrf"))?;
    let (known, name) = (id(&rota, "rota")?, first(&form, "name"));
    match verbs::rename(&app.office, &caller.ctx, known, version(&form), &name).await {
        Ok(_) => Ok(see_with(&format!("/truc-ban/{rota}/sua"), "ok", "flash-rota-saved")),
        Err(why) => page(&app, &caller, &req, &rota, blank(&caller), Some(why)).await,
    }
}

async fn add_rotation(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    rota: Path<String>,
    form: Form<Vec<(String, String)>>,
) -> Result<HttpResponse> {
    caller.checked(&first(&form, "csrf"))?;
    let typed = RotationText {
        line: first(&form, "line"),
        kind: first(&form, "kind"),
        people: all(&form, "people"),
        hours: first(&form, "hours"),
        handover: first(&form, "handover"),
        weekday: first(&form, "weekday"),
        from: first(&form, "from"),
        to: first(&form, "to"),
    };
    let known = id(&rota, "rota")?;
    let done =
        verbs::add_rotation(&app.office, &caller.ctx, known, version(&form), typed.clone()).await;
    match done {
        Ok(_) => Ok(see_with("/truc-ban", "ok", "flash-rota-rotation")),
        Err(why) => page(&app, &caller, &req, &rota, typed, Some(why)).await,
    }
}

async fn end_rotation(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    path: Path<(String, String)>,
    form: Form<Vec<(String, String)>>,
) -> Result<HttpResponse> {
    caller.checked(&first(&form, "csrf"))?;
    let (rota, rotation) = path.into_inner();
    let (known, rotation) = (id(&rota, "rota")?, id(&rotation, "rotation")?);
    let (at, version) = (first(&form, "at"), version(&form));
    match verbs::end_rotation(&app.office, &caller.ctx, known, version, rotation, &at).await {
        Ok(_) => Ok(see_with(&format!("/truc-ban/{rota}/sua"), "ok", "flash-rota-saved")),
        Err(why) => page(&app, &caller, &req, &rota, blank(&caller), Some(why)).await,
    }
}

async fn retire(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    rota: Path<String>,
    form: Form<Vec<(String, String)>>,
) -> Result<HttpResponse> {
    caller.checked(&first(&form, "csrf"))?;
    let known = id(&rota, "rota")?;
    match verbs::retire(&app.office, &caller.ctx, known, version(&form)).await {
        Ok(()) => Ok(see_with("/truc-ban", "ok", "flash-rota-retired")),
        Err(why) => page(&app, &caller, &req, &rota, blank(&caller), Some(why)).await,
    }
}
