//! A partner's magic link: the page, and the answer. Opening it changes nothing. Whatever is wrong
//! with a link, the answer is one and the same page. The link is a secret: no cache, no referrer,
//! no index, and nothing of a session on the page.

use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, ORIGIN};
use actix_web::web::{self, Data, Path, Payload, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use super::dispatches::{Typed, again, read_answer, standings};
use super::evidence::handed_out;
use crate::actions::Ctx;
use crate::actions::dispatches::{self, DispatchView, Opened};
use crate::app::App;
use crate::domain::person::Actor;
use crate::domain::refusal::Refusal;
use crate::error::{Error, Result};
use crate::http::caller::Caller;
use crate::http::page::{BadFields, Page, html_with, see_with};
use crate::texts::Texts;

/// The area's routes.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.service(web::resource("/a/{token}").get(open).post(answer))
        .route("/a/{token}/tep/{id}", web::get().to(file));
}

#[derive(Template)]
#[template(path = "dispatch/magic.html")]
struct MagicPage {
    page: Page,
    view: DispatchView,
    intro: String,
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

#[derive(Template)]
#[template(path = "dispatch/gone.html")]
struct GonePage {
    page: Page,
    hotline: String,
}

/// The holder of the link, whoever else may be signed in at this browser.
fn as_holder(caller: Caller) -> Ctx {
    Ctx { actor: Actor::Nobody, ..caller.ctx }
}

async fn open(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    token: Path<String>,
) -> Result<HttpResponse> {
    let ctx = as_holder(caller);
    shown(&app, &ctx, &req, &token, Typed::default(), None).await
}

async fn shown(
    app: &App,
    ctx: &Ctx,
    req: &HttpRequest,
    token: &str,
    form: Typed,
    problem: Option<(StatusCode, BadFields, String)>,
) -> Result<HttpResponse> {
    let opened = dispatches::open(&app.office, ctx, token).await;
    match app.limits.of_link(&ctx.address, opened) {
        Ok(opened) => page(app, ctx, req, token, opened, form, problem),
        Err(Error::Refused(Refusal::LinkNotValid)) => gone(app, req),
        Err(why) => Err(why),
    }
}

fn page(
    app: &App,
    ctx: &Ctx,
    req: &HttpRequest,
    token: &str,
    opened: Opened,
    form: Typed,
    problem: Option<(StatusCode, BadFields, String)>,
) -> Result<HttpResponse> {
    let Opened { view, name, expires_at } = opened;
    let page = Page::bare(app.config().demo, req, "magic-title").titled(view.code.clone());
    let until = expires_at.local();
    let intro = page.t.with("magic-for", &[("name", &name), ("until", &until)]);
    let (status, bad, refused) =
        problem.unwrap_or((StatusCode::OK, BadFields::default(), String::new()));
    let (accept_standing, result_standing) = standings(&view, ctx.now);
    let page = MagicPage {
        page,
        view,
        intro,
        linked: false,
        accept_standing,
        result_standing,
        form,
        bad,
        refused,
        action: format!("/a/{token}"),
        files: format!("/a/{token}/tep"),
        nonce: dispatches::nonce(token),
    };
    Ok(secret(html_with(status, &page)?))
}

/// The one answer to every link that is not good.
fn gone(app: &App, req: &HttpRequest) -> Result<HttpResponse> {
    let mut page = Page::bare(app.config().demo, req, "magic-gone-title");
    // The path is the secret that was tried.
    "/".clone_into(&mut page.path);
    let hotline = app.config().province.hotline.clone();
    Ok(secret(html_with(StatusCode::GONE, &GonePage { page, hotline })?))
}

/// Keeps the address of the page out of caches, referrers and indexes.
fn secret(mut answer: HttpResponse) -> HttpResponse {
    for (name, value) in [
        ("cache-control", "no-store"),
        ("referrer-policy", "no-referrer"),
        ("x-robots-tag", "noindex, nofollow"),
    ] {
        let name = HeaderName::from_static(name);
        answer.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    answer
}

/// A file of the dispatch, as an attachment.
async fn file(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    path: Path<(String, String)>,
) -> Result<HttpResponse> {
    let ctx = as_holder(caller);
    let (token, id) = path.into_inner();
    let id = id.parse().map_err(|_| Error::NotFound("evidence"))?;
    match dispatches::download(&app.office, &ctx, &token, id).await {
        Ok((file, bytes)) => Ok(secret(handed_out(&file, bytes))),
        Err(Error::Refused(Refusal::LinkNotValid)) => gone(&app, &req),
        Err(why) => Err(why),
    }
}

/// A browser's form carries the nonce of its page; a machine that has the link has no page.
fn checked(headers: &HeaderMap, token: &str, typed: &Typed) -> Result<()> {
    let browser = headers.contains_key(ORIGIN) || headers.contains_key("sec-fetch-site");
    if dispatches::is_nonce(token, &typed.nonce) || (typed.nonce.is_empty() && !browser) {
        Ok(())
    } else {
        Err(Refusal::WrongCsrf.into())
    }
}

async fn answer(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    token: Path<String>,
    payload: Payload,
) -> Result<HttpResponse> {
    let ctx = as_holder(caller);
    // A link that is not good keeps no file.
    let opened = dispatches::open(&app.office, &ctx, &token).await;
    match app.limits.of_link(&ctx.address, opened) {
        Err(Error::Refused(Refusal::LinkNotValid)) => return gone(&app, &req),
        opened => opened?,
    };
    let by_machine = req
        .headers()
        .get(CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"application/json"));
    let (typed, files, bad) =
        read_answer(&app, &req, payload, ctx.now, |typed| checked(req.headers(), &token, typed))
            .await?;
    let outcome = if bad.is_empty() {
        let said = typed.said();
        dispatches::answer_by_link(&app.office, &ctx, &token, said, files.clone()).await
    } else {
        Err(Refusal::Fields(bad).into())
    };
    app.office.files.settle(&app.office.db, None, &files).await;
    match outcome {
        Ok(_) if by_machine => {
            let opened = dispatches::open(&app.office, &ctx, &token).await?;
            Ok(secret(HttpResponse::Ok().json(opened.view)))
        }
        Ok(_) => Ok(secret(see_with(&format!("/a/{}", *token), "ok", "flash-dispatch-answered"))),
        Err(Error::Refused(Refusal::LinkNotValid)) => gone(&app, &req),
        Err(why) => {
            let problem = again(Texts(ctx.language), why, None)?;
            shown(&app, &ctx, &req, &token, typed, Some(problem)).await
        }
    }
}

#[cfg(test)]
mod tests;
