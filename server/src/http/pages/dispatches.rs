//! Dispatches for people with accounts: the list, one dispatch with its answers, the desk's form,
//! the paper.

use actix_multipart::Multipart;
use actix_web::http::StatusCode;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::{self, Data, Form, Path, Payload, Query, ServiceConfig};
use actix_web::{FromRequest, HttpRequest, HttpResponse};
use askama::Template;
use serde::Deserialize;

use crate::actions::dispatches::{
    self, DispatchLine, DispatchView, Draft, NewAnswer, NewDispatch, Wanted,
};
use crate::actions::evidence::Staged;
use crate::actions::tokens;
use crate::app::App;
use crate::clock::Timestamp;
use crate::domain::refusal::{FieldError, Refusal};
use crate::domain::words::{DispatchKind, DispatchState, Tlp};
use crate::error::{Error, Result};
use crate::http::api::dispatches::wanted;
use crate::http::caller::Caller;
use crate::http::error::refusal_text;
use crate::http::page::{BadFields, Page, html, html_with, see_with};
use crate::http::upload::{self, Fields};
use crate::texts::Texts;

/// The area's routes.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.route("/phieu", web::get().to(list))
        .route("/phieu/{id}", web::get().to(one))
        .route("/phieu/{id}/in", web::get().to(print))
        .route("/phieu/{id}/tra-loi", web::post().to(answer))
        .route("/phieu/{id}/tra-loi-hoi", web::post().to(reply))
        .route("/phieu/{id}/huy", web::post().to(cancel))
        .route("/phieu/{id}/gui-lai", web::post().to(remind))
        .route("/phieu/{id}/go-chan", web::post().to(ask_removal))
        .route("/su-co/{code}/phieu-moi", web::get().to(fresh))
        .route("/su-co/{code}/phieu", web::post().to(send));
}

/// How a deadline stands, for its mark.
pub(super) fn standing(
    due: Timestamp,
    began: Timestamp,
    met: Option<Timestamp>,
    now: Timestamp,
) -> &'static str {
    match met {
        Some(met) if met <= due => "met",
        Some(_) => "overdue",
        None if due <= now => "overdue",
        None if now >= began + (due - began) * 4 / 5 => "soon",
        None => "running",
    }
}

/// What was typed in one of the forms of a dispatch.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Typed {
    pub(super) csrf: String,
    pub(super) answer: String,
    pub(super) text: String,
    pub(super) reply: String,
    pub(super) reason: String,
    pub(super) removal: String,
    pub(super) version: String,
    pub(super) nonce: String,
    pub(super) secret_confirmed: String,
}

impl Typed {
    fn of(fields: &Fields) -> Self {
        Self {
            csrf: fields.take("csrf"),
            answer: fields.take("answer"),
            text: fields.take("text"),
            nonce: fields.take("nonce"),
            secret_confirmed: fields.take("secret_confirmed"),
            ..Self::default()
        }
    }

    /// The partner's answer.
    pub(super) fn said(&self) -> NewAnswer {
        NewAnswer {
            answer: self.answer.clone(),
            text: self.text.clone(),
            secret_confirmed: !self.secret_confirmed.is_empty(),
            key: None,
        }
    }
}

/// An answer's form, with or without files. `before` checks its token before a file is kept.
pub(super) async fn read_answer(
    app: &App,
    req: &HttpRequest,
    payload: Payload,
    now: Timestamp,
    before: impl Fn(&Typed) -> Result<()>,
) -> Result<(Typed, Vec<Staged>, Vec<FieldError>)> {
    let kind = req.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let kind = kind.unwrap_or_default().to_ascii_lowercase();
    let mut body = payload.into_inner();
    let broken = |_| Error::from(FieldError::new("body", "field-body"));
    if kind.starts_with("multipart/") {
        let parts = Multipart::from_request(req, &mut body).await.map_err(broken)?;
        let came = upload::read(app, parts, now, |fields| {
            before(&Typed::of(fields))?;
            Ok(upload::Wanted { scope: None, take: true })
        })
        .await?;
        let mut bad: Vec<FieldError> = came
            .refused
            .iter()
            .map(|file| FieldError::with("files", "field-file-refused", &file.name))
            .collect();
        if came.full.is_some() {
            bad.push(FieldError::new("files", "field-files-full"));
        }
        return Ok((Typed::of(&came.fields), came.kept, bad));
    }
    let typed = if kind.starts_with("application/json") {
        let given = web::Json::<NewAnswer>::from_request(req, &mut body).await.map_err(broken)?;
        let NewAnswer { answer, text, secret_confirmed, .. } = given.into_inner();
        let secret_confirmed = if secret_confirmed { "yes".to_owned() } else { String::new() };
        Typed { answer, text, secret_confirmed, ..Typed::default() }
    } else {
        Form::<Typed>::from_request(req, &mut body).await.map_err(broken)?.into_inner()
    };
    before(&typed)?;
    Ok((typed, Vec::new(), Vec::new()))
}

/// What a form shows again instead of an error's page: bad fields, or a refusal in words.
pub(super) fn again(
    t: Texts,
    why: Error,
    rename: Option<&'static str>,
) -> Result<(StatusCode, BadFields, String)> {
    match why {
        Error::Refused(Refusal::Fields(mut fields)) => {
            for field in &mut fields {
                if let (Some(name), "text") = (rename, field.field) {
                    field.field = name;
                }
            }
            let bad = BadFields::from(t, &fields);
            Ok((StatusCode::UNPROCESSABLE_ENTITY, bad, String::new()))
        }
        Error::Refused(
            refusal @ (Refusal::DispatchState { .. }
            | Refusal::TlpForbids { .. }
            | Refusal::NotReady { .. }),
        ) => {
            let status = StatusCode::from_u16(refusal.status()).unwrap_or(StatusCode::CONFLICT);
            Ok((status, BadFields::default(), refusal_text(t, &refusal)))
        }
        Error::Stale { .. } => {
            Ok((StatusCode::CONFLICT, BadFields::default(), t.t("problem-stale-text")))
        }
        why => Err(why),
    }
}

#[derive(Template)]
#[template(path = "dispatch/list.html")]
struct ListPage {
    page: Page,
    all: bool,
    states: Vec<&'static str>,
    state: String,
    overdue: bool,
    filtered: bool,
    items: Vec<DispatchLine>,
    first: String,
    next: String,
    now: Timestamp,
}

impl ListPage {
    fn standing(&self, item: &DispatchLine) -> &'static str {
        item.next_due_at.map_or("running", |due| standing(due, item.created_at, None, self.now))
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Filter {
    state: String,
    overdue: String,
    cursor: String,
}

async fn list(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    filter: Query<Filter>,
) -> Result<HttpResponse> {
    caller.ctx.actor.person()?;
    let wanted =
        Wanted { limit: 25, ..wanted(&filter.state, &filter.overdue, &filter.cursor, "")? };
    let found = dispatches::list(&app.office, &caller.ctx, wanted).await?;
    let here = |cursor: Option<i64>| {
        let mut path = format!("/phieu?state={}", wanted.state.map_or("", DispatchState::as_word));
        if wanted.overdue {
            path.push_str("&overdue=true");
        }
        if let Some(cursor) = cursor {
            path.push_str(&format!("&cursor={cursor}"));
        }
        path
    };
    html(&ListPage {
        page: Page::new(&app, &caller, &req, "dispatch-list-title", "dispatches"),
        all: caller.ctx.sight().all,
        states: DispatchState::ALL.iter().map(|state| state.as_word()).collect(),
        state: filter.state.clone(),
        overdue: wanted.overdue,
        filtered: wanted.overdue || wanted.state.is_some(),
        items: found.items,
        first: if wanted.before.is_some() { here(None) } else { String::new() },
        next: found.next.map_or_else(String::new, |next| here(Some(next))),
        now: caller.ctx.now,
    })
}

#[derive(Template)]
#[template(path = "dispatch/one.html")]
struct OnePage {
    page: Page,
    view: DispatchView,
    partner: bool,
    linked: bool,
    accept_standing: &'static str,
    result_standing: &'static str,
    form: Typed,
    bad: BadFields,
    refused: String,
    action: String,
    /// Where its files are.
    files: String,
    nonce: String,
}

/// How the two deadlines of a dispatch stand.
pub(super) fn standings(view: &DispatchView, now: Timestamp) -> (&'static str, &'static str) {
    let of = |due: Option<Timestamp>, met: Option<Timestamp>| {
        due.map_or("running", |due| standing(due, view.created_at, met.or(view.ended_at), now))
    };
    (of(view.accept_by, view.accepted_at), of(view.result_by, view.ended_at))
}

async fn shown(
    app: &App,
    caller: &Caller,
    req: &HttpRequest,
    id: &str,
    form: Typed,
    problem: Option<(StatusCode, BadFields, String)>,
) -> Result<HttpResponse> {
    let view = dispatches::view(&app.office, &caller.ctx, id).await?;
    let person = caller.ctx.actor.person()?;
    let (status, bad, refused) =
        problem.unwrap_or((StatusCode::OK, BadFields::default(), String::new()));
    let (accept_standing, result_standing) = standings(&view, caller.ctx.now);
    let page = Page::new(app, caller, req, "dispatch-list-title", "dispatches");
    let page = page.titled(view.code.clone());
    html_with(
        status,
        &OnePage {
            partner: person.organisation_key == view.organisation,
            linked: view.can.open_incident,
            accept_standing,
            result_standing,
            form,
            bad,
            refused,
            action: format!("/phieu/{}/tra-loi", view.code),
            files: "/chung-cu".to_owned(),
            nonce: String::new(),
            page,
            view,
        },
    )
}

async fn one(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    id: Path<String>,
) -> Result<HttpResponse> {
    caller.ctx.actor.person()?;
    shown(&app, &caller, &req, &id, Typed::default(), None).await
}

#[derive(Template)]
#[template(path = "dispatch/print.html")]
struct PrintPage {
    page: Page,
    view: DispatchView,
}

async fn print(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    id: Path<String>,
) -> Result<HttpResponse> {
    caller.ctx.actor.person()?;
    let view = dispatches::view(&app.office, &caller.ctx, &id).await?;
    let page = Page::new(&app, &caller, &req, "dispatch-paper-title", "dispatches");
    html(&PrintPage { page, view })
}

async fn answer(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    id: Path<String>,
    payload: Payload,
) -> Result<HttpResponse> {
    caller.ctx.actor.person()?;
    // Nothing is kept for somebody who does not see the dispatch.
    dispatches::view(&app.office, &caller.ctx, &id).await?;
    let now = caller.ctx.now;
    let (typed, files, bad) =
        read_answer(&app, &req, payload, now, |typed| caller.checked(&typed.csrf)).await?;
    let outcome = if bad.is_empty() {
        dispatches::answer(&app.office, &caller.ctx, &id, typed.said(), files.clone()).await
    } else {
        Err(Refusal::Fields(bad).into())
    };
    app.office.files.settle(&app.office.db, None, &files).await;
    match outcome {
        Ok(dispatch) => {
            Ok(see_with(&format!("/phieu/{}", dispatch.code), "ok", "flash-dispatch-answered"))
        }
        Err(why) => {
            let problem = again(Texts(caller.ctx.language), why, None)?;
            shown(&app, &caller, &req, &id, typed, Some(problem)).await
        }
    }
}

/// Ends a step of the desk: back to the dispatch, or the form again.
async fn step(
    app: &App,
    caller: &Caller,
    req: &HttpRequest,
    id: &str,
    typed: Typed,
    outcome: Result<crate::records::Dispatch>,
    said: (&'static str, &'static str),
) -> Result<HttpResponse> {
    match outcome {
        Ok(dispatch) => Ok(see_with(&format!("/phieu/{}", dispatch.code), "ok", said.0)),
        Err(why) => {
            let problem = again(Texts(caller.ctx.language), why, Some(said.1))?;
            shown(app, caller, req, id, typed, Some(problem)).await
        }
    }
}

async fn reply(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    id: Path<String>,
    form: Form<Typed>,
) -> Result<HttpResponse> {
    caller.checked(&form.csrf)?;
    let typed = form.into_inner();
    let outcome = dispatches::reply(&app.office, &caller.ctx, &id, typed.reply.clone()).await;
    step(&app, &caller, &req, &id, typed, outcome, ("flash-dispatch-replied", "reply")).await
}

async fn cancel(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    id: Path<String>,
    form: Form<Typed>,
) -> Result<HttpResponse> {
    caller.checked(&form.csrf)?;
    let typed = form.into_inner();
    let version = typed.version.trim().parse().ok();
    let reason = typed.reason.clone();
    let outcome = dispatches::cancel(&app.office, &caller.ctx, &id, reason, version).await;
    step(&app, &caller, &req, &id, typed, outcome, ("flash-dispatch-cancelled", "reason")).await
}

async fn remind(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    id: Path<String>,
    form: Form<Typed>,
) -> Result<HttpResponse> {
    caller.checked(&form.csrf)?;
    let outcome = dispatches::remind(&app.office, &caller.ctx, &id).await;
    let typed = form.into_inner();
    step(&app, &caller, &req, &id, typed, outcome, ("flash-dispatch-reminded", "text")).await
}

async fn ask_removal(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    id: Path<String>,
    form: Form<Typed>,
) -> Result<HttpResponse> {
    caller.checked(&form.csrf)?;
    let typed = form.into_inner();
    let text = typed.removal.clone();
    let outcome = dispatches::ask_removal(&app.office, &caller.ctx, &id, text).await;
    step(&app, &caller, &req, &id, typed, outcome, ("flash-dispatch-removal", "removal")).await
}

/// What was typed in the form of a new dispatch.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct TypedNew {
    csrf: String,
    key: String,
    to: String,
    kind: String,
    ground: String,
    content: String,
    accept_by: String,
    result_by: String,
    tlp: String,
    police_only: String,
    attach: String,
    secret_confirmed: String,
    version: String,
}

impl TypedNew {
    fn is_police_only(&self) -> bool {
        !self.police_only.is_empty()
    }

    fn attaches(&self) -> bool {
        !self.attach.is_empty()
    }
}

#[derive(Template)]
#[template(path = "dispatch/new.html")]
struct NewPage {
    page: Page,
    draft: Draft,
    form: TypedNew,
    key: String,
    kinds: Vec<&'static str>,
    tlps: &'static [Tlp],
    bad: BadFields,
    refused: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Begin {
    to: String,
    kind: String,
}

async fn fresh(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    code: Path<String>,
    begin: Query<Begin>,
) -> Result<HttpResponse> {
    caller.ctx.actor.person()?;
    let draft = dispatches::draft(&app.office, &caller.ctx, &code, &begin.to).await?;
    let form = TypedNew {
        to: begin.to.clone(),
        kind: begin.kind.clone(),
        ground: draft.ground.to_owned(),
        accept_by: draft.accept_by.local_input(),
        result_by: draft.result_by.map_or_else(String::new, Timestamp::local_input),
        tlp: draft.tlp.as_word().to_owned(),
        version: draft.version.to_string(),
        ..TypedNew::default()
    };
    let page = Page::new(&app, &caller, &req, "dispatch-new-title", "queue");
    html(&new_page(page, draft, form, BadFields::default(), String::new())?)
}

fn new_page(
    page: Page,
    draft: Draft,
    form: TypedNew,
    bad: BadFields,
    refused: String,
) -> Result<NewPage> {
    Ok(NewPage {
        page,
        draft,
        // The same form sent twice is one dispatch; a form that came back has another key.
        key: tokens::fresh()?,
        form,
        kinds: DispatchKind::ALL.iter().map(|kind| kind.as_word()).collect(),
        tlps: Tlp::ALL,
        bad,
        refused,
    })
}

async fn send(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    code: Path<String>,
    form: Form<TypedNew>,
) -> Result<HttpResponse> {
    caller.checked(&form.csrf)?;
    let form = form.into_inner();
    let wanted = NewDispatch {
        to: form.to.clone(),
        kind: form.kind.clone(),
        ground: form.ground.clone(),
        content: form.content.clone(),
        accept_by: form.accept_by.clone(),
        result_by: form.result_by.clone(),
        police_only: form.is_police_only(),
        attach_evidence: form.attaches(),
        tlp: form.tlp.clone(),
        secret_confirmed: !form.secret_confirmed.is_empty(),
        version: form.version.trim().parse().ok(),
    };
    let key = (!form.key.is_empty()).then(|| form.key.chars().take(200).collect());
    match dispatches::send(&app.office, &caller.ctx, &code, wanted, key).await {
        Ok(sent) => Ok(see_with(&format!("/phieu/{}", sent.code), "ok", "flash-dispatch-sent")),
        Err(why) => {
            let (status, bad, refused) = again(Texts(caller.ctx.language), why, None)?;
            let draft = dispatches::draft(&app.office, &caller.ctx, &code, &form.to).await?;
            // What was typed is sent again on the present version, which the writer now sees.
            let mut form = TypedNew { version: draft.version.to_string(), ..form };
            if form.tlp.is_empty() {
                // A short form left it to the incident; the list must not fall back to the freest.
                draft.tlp.as_word().clone_into(&mut form.tlp);
            }
            let page = Page::new(&app, &caller, &req, "dispatch-new-title", "queue");
            html_with(status, &new_page(page, draft, form, bad, refused)?)
        }
    }
}
