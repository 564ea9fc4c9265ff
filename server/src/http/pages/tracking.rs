//! The reporter's own pages: by the tracking link, or by the account that reported. Also the desk's
//! question to the reporter.

use actix_multipart::Multipart;
use actix_web::http::StatusCode;
use actix_web::web::{self, Data, Form, Path, Query, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use serde::Deserialize;

use super::report::{forget_refused, refused_before, refused_cookie};
use crate::actions::evidence::Staged;
use crate::actions::tracking::{self, Answer, Door, View};
use crate::actions::{incidents as desk, tokens};
use crate::app::App;
use crate::clock::Timestamp;
use crate::domain::refusal::{FieldError, Refusal};
use crate::domain::secrecy;
use crate::error::{Error, Result};
use crate::http::caller::Caller;
use crate::http::form::see;
use crate::http::page::{BadFields, Page, html, html_with, see_with};
use crate::http::upload::{self, Wanted};
use crate::texts::Texts;

/// The area's routes.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.route("/theo-doi", web::get().to(find))
        .route("/theo-doi/{token}", web::get().to(by_token))
        .route("/theo-doi/{token}", web::post().to(write_by_token))
        .route("/bao-cao-cua-toi", web::get().to(mine))
        .route("/bao-cao-cua-toi/{id}", web::get().to(own))
        .route("/bao-cao-cua-toi/{id}", web::post().to(write_own))
        .route("/su-co/{code}/hoi", web::post().to(ask));
}

/// One line of what happened, in words for the reporter.
struct Line {
    icon: &'static str,
    title: String,
    iso: String,
    shown: String,
    text: String,
}

/// A file of the report; told by name and hash, not handed out.
struct FileLine {
    name: String,
    size: String,
    sha256: String,
}

#[derive(Default)]
struct Typed {
    text: String,
    no_secret: bool,
    name: String,
    phone: String,
    email: String,
}

#[derive(Template)]
#[template(path = "tracking.html")]
struct Tracking {
    page: Page,
    view: View,
    state: String,
    /// What that means, for somebody outside.
    state_text: String,
    category_text: String,
    path: String,
    /// The whole link, for those who came by it.
    link: String,
    by_account: bool,
    fresh: bool,
    told: Vec<String>,
    entries: Vec<Line>,
    files: Vec<FileLine>,
    typed: Typed,
    nonce: String,
    bad: BadFields,
    refused: Vec<String>,
    waiting: Vec<FileLine>,
    confirm_word: bool,
    draft: String,
    hotline: String,
}

#[derive(Template)]
#[template(path = "tracking-find.html")]
struct Find {
    page: Page,
    over: bool,
    hotline: String,
}

#[derive(Template)]
#[template(path = "my-reports.html")]
struct Mine {
    page: Page,
    rows: Vec<Row>,
    first: String,
    next: String,
}

struct Row {
    path: String,
    code: String,
    category: String,
    state: String,
    iso: String,
    shown: String,
}

/// A size as people read it.
pub(super) fn size(bytes: i64) -> String {
    const KIB: i64 = 1024;
    match bytes {
        0..KIB => format!("{bytes} B"),
        bytes if bytes < KIB * KIB => format!("{} KB", (bytes + KIB / 2) / KIB),
        bytes => {
            let tenths = (bytes * 10 + KIB * KIB / 2) / (KIB * KIB);
            format!("{},{} MB", tenths / 10, tenths % 10)
        }
    }
}

#[derive(Deserialize)]
struct Asked {
    /// What somebody typed: the whole link or its end.
    #[serde(default)]
    ma: String,
    /// Right after sending.
    #[serde(default)]
    moi: String,
}

async fn find(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    asked: Query<Asked>,
) -> Result<HttpResponse> {
    let given = asked.ma.trim().trim_end_matches('/');
    let token = given.rsplit('/').next().unwrap_or_default();
    let token = token.split('?').next().unwrap_or_default();
    let plain = token.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    if !token.is_empty() && plain {
        return Ok(see(&format!("/theo-doi/{token}")));
    }
    html(&not_found(&app, &caller, &req, !given.is_empty()))
}

fn not_found(app: &App, caller: &Caller, req: &HttpRequest, over: bool) -> Find {
    let page = Page::new(app, caller, req, "find-heading", "");
    Find { page, over, hotline: app.config().province.hotline.clone() }
}

async fn by_token(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    token: Path<String>,
    asked: Query<Asked>,
) -> Result<HttpResponse> {
    let door = Door::Token(token.into_inner());
    read(&app, &caller, &req, &door, asked.moi == "1").await
}

async fn own(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    id: Path<String>,
) -> Result<HttpResponse> {
    read(&app, &caller, &req, &own_door(&id)?, false).await
}

fn own_door(id: &str) -> Result<Door> {
    id.parse().map(Door::Own).map_err(|_| Error::NotFound("report"))
}

async fn read(
    app: &App,
    caller: &Caller,
    req: &HttpRequest,
    door: &Door,
    fresh: bool,
) -> Result<HttpResponse> {
    match tracking(app, caller, req, door, tokens::fresh()?).await {
        Ok(mut shown) => {
            shown.fresh = fresh;
            shown.typed = Typed {
                name: shown.view.report.contact_name.clone(),
                phone: shown.view.report.contact_phone.clone(),
                email: shown.view.report.contact_email.clone(),
                ..Typed::default()
            };
            let mut answer = html(&shown)?;
            forget_refused(&mut answer)?;
            Ok(answer)
        }
        // Forged, over, never there: one page, one answer, and a way to go on.
        Err(Error::Refused(Refusal::LinkNotValid)) => {
            html_with(StatusCode::GONE, &not_found(app, caller, req, true))
        }
        Err(why) => Err(why),
    }
}

async fn tracking(
    app: &App,
    caller: &Caller,
    req: &HttpRequest,
    door: &Door,
    nonce: String,
) -> Result<Tracking> {
    let view = tracking::view(&app.office, &caller.ctx, door).await;
    let view = app.limits.of_link(&caller.ctx.address, view)?;
    let page = Page::new(app, caller, req, "track-heading", "").titled(view.code.clone());
    let t = page.t;
    let path = door.path();
    let base = app.config().server.base_url.trim_end_matches('/');
    let link = match door {
        Door::Token(_) => format!("{base}{path}"),
        Door::Own(_) => String::new(),
    };
    let told = view
        .told
        .iter()
        .map(|one| {
            let role = t.t(&format!("told-role-{}", one.role));
            t.with(&format!("told-by-{}", one.channel), &[("role", &role)])
        })
        .collect();
    let entries = view.entries.iter().map(|entry| line(t, entry)).collect();
    let files = view
        .files
        .iter()
        .map(|file| FileLine {
            name: file.name.clone(),
            size: size(file.size),
            sha256: file.sha256.clone(),
        })
        .collect();
    let waiting = app.office.files.staged_under(&nonce, caller.ctx.now).await?;
    let draft = match (&caller.ctx.actor, door) {
        // The report's draft goes once it was received, whichever form it was typed in.
        _ if super::report::is_person(&caller.ctx.actor) => "bao-bao-su-co".to_owned(),
        _ => format!("bao-bao-su-co-{}", organisation_key(app, &view).await?),
    };
    let refused = refused_before(&page, req);
    Ok(Tracking {
        state: view.state.to_string(),
        state_text: t.t(&format!("track-state-{}", view.state)),
        category_text: t.t(&format!("category-{}", view.report.category)),
        path,
        link,
        by_account: matches!(door, Door::Own(_)),
        fresh: false,
        told,
        entries,
        files,
        typed: Typed::default(),
        nonce,
        bad: BadFields::default(),
        refused,
        waiting: lines(&waiting),
        confirm_word: false,
        draft,
        hotline: app.config().province.hotline.clone(),
        page,
        view,
    })
}

async fn organisation_key(app: &App, view: &View) -> Result<String> {
    let id = view.report.organisation_id;
    let found = crate::actions::places::one(&app.office, id).await?;
    Ok(found.key)
}

fn lines(files: &[Staged]) -> Vec<FileLine> {
    files
        .iter()
        .map(|file| FileLine {
            name: file.name.clone(),
            size: size(file.size),
            sha256: file.sha256.clone(),
        })
        .collect()
}

/// A timeline entry in words for the reporter: `told-KIND` where there are such, else the desk's.
fn line(t: Texts, entry: &crate::records::Entry) -> Line {
    let data: serde_json::Map<String, serde_json::Value> =
        serde_json::from_str(&entry.data).unwrap_or_default();
    let values: Vec<(&str, &str)> = data
        .iter()
        .filter_map(|(name, value)| value.as_str().map(|value| (name.as_str(), value)))
        .chain([("actor", entry.actor_name.as_str())])
        .collect();
    let own = format!("told-{}", entry.kind);
    let said = t.with(&own, &values);
    let title =
        if said == own { t.with(&format!("timeline-{}", entry.kind), &values) } else { said };
    Line {
        icon: match entry.kind.as_str() {
            "received" | "report_added" => "state-received",
            "acknowledged" => "acknowledge",
            "reporter_asked" => "category-other",
            "reporter_answered" => "edit",
            "closed" => "state-closed",
            _ => "note",
        },
        title,
        iso: entry.at.rfc3339(),
        shown: entry.at.local(),
        text: entry.text.clone(),
    }
}

async fn write_by_token(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    token: Path<String>,
    parts: Multipart,
) -> Result<HttpResponse> {
    write(&app, &caller, &req, Door::Token(token.into_inner()), parts).await
}

async fn write_own(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    id: Path<String>,
    parts: Multipart,
) -> Result<HttpResponse> {
    caller.ctx.actor.person()?;
    let door = own_door(&id)?;
    write(&app, &caller, &req, door, parts).await
}

async fn write(
    app: &App,
    caller: &Caller,
    req: &HttpRequest,
    door: Door,
    parts: Multipart,
) -> Result<HttpResponse> {
    // The door is opened before a single byte of a file is kept.
    let opened = tracking::view(&app.office, &caller.ctx, &door).await;
    match app.limits.of_link(&caller.ctx.address, opened) {
        Ok(_) => {}
        Err(Error::Refused(Refusal::LinkNotValid)) => {
            return html_with(StatusCode::GONE, &not_found(app, caller, req, true));
        }
        Err(why) => return Err(why),
    }
    let limited = app.limits.link_writes.check(&tokens::hex(door.path().as_bytes()));
    let upload = upload::read(app, parts, caller.ctx.now, |fields| {
        caller.checked(fields.get("csrf"))?;
        let marked = fields.get("secret_confirmed") != "yes"
            && secrecy::marked(fields.get("text")).is_some();
        Ok(Wanted {
            scope: super::report::nonce(fields),
            take: limited.is_ok() && fields.get("secret") == "no" && !marked,
        })
    })
    .await?;
    let fields = &upload.fields;
    let nonce = super::report::nonce(fields);
    let contact = fields.get("what") == "contact";
    let done = match (limited, contact) {
        (Err(why), _) => Err(why.into()),
        (Ok(()), true) => {
            let (name, phone, email) =
                (fields.get("name"), fields.get("phone"), fields.get("email"));
            tracking::contact(&app.office, &caller.ctx, &door, name, phone, email).await
        }
        (Ok(()), false) if upload.full.is_some() => {
            Err(FieldError::new("files", "field-files-full").into())
        }
        (Ok(()), false) => {
            let files = match &nonce {
                Some(nonce) => app.office.files.staged_under(nonce, caller.ctx.now).await?,
                None => upload.kept.clone(),
            };
            let answer = Answer {
                text: fields.take("text"),
                secret: fields.take("secret"),
                secret_confirmed: fields.get("secret_confirmed") == "yes",
            };
            let kept =
                tracking::answer(&app.office, &caller.ctx, &door, answer, files.clone()).await;
            if kept.is_ok() {
                app.office.files.settle(&app.office.db, nonce.as_deref(), &files).await;
            }
            kept
        }
    };
    match done {
        Ok(()) => {
            let key = if contact { "flash-contact-kept" } else { "flash-answer-sent" };
            let mut answer = see_with(&door.path(), "ok", key);
            if !upload.refused.is_empty() {
                answer.add_cookie(&refused_cookie(&upload.refused)?).map_err(Error::internal)?;
            }
            Ok(answer)
        }
        Err(why) => {
            let status =
                StatusCode::from_u16(why.face().0).unwrap_or(StatusCode::UNPROCESSABLE_ENTITY);
            let nonce = nonce.map_or_else(tokens::fresh, Ok)?;
            let mut shown = tracking(app, caller, req, &door, nonce).await?;
            let t = shown.page.t;
            match why {
                Error::Refused(Refusal::Fields(fields)) => {
                    shown.confirm_word =
                        fields.iter().any(|field| field.field == "secret_confirmed");
                    shown.bad = BadFields::from(t, &fields);
                }
                why @ Error::Refused(_) => {
                    shown.refused.push(crate::http::error::words(t, &why).1);
                }
                why => return Err(why),
            }
            shown.refused.extend(
                super::report::refusals(&shown.page, &upload.refused)
                    .into_iter()
                    .map(|bad| bad.message),
            );
            if upload.unwanted > 0 {
                shown.refused.push(t.t("report-files-again"));
            }
            shown.typed = Typed {
                text: fields.take("text"),
                no_secret: fields.get("secret") == "no",
                name: fields.take("name"),
                phone: fields.take("phone"),
                email: fields.take("email"),
            };
            html_with(status, &shown)
        }
    }
}

#[derive(Deserialize)]
struct Paged {
    #[serde(default)]
    truoc: String,
}

/// How many reports a page lists.
const PAGE: i64 = 30;

async fn mine(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    paged: Query<Paged>,
) -> Result<HttpResponse> {
    let before = Timestamp::parse(&paged.truoc);
    let found = tracking::own(&app.office, &caller.ctx, before, PAGE + 1).await?;
    let page = Page::new(&app, &caller, &req, "mine-heading", "mine");
    let full = found.len() > usize::try_from(PAGE).unwrap_or_default();
    let next = match found.get(usize::try_from(PAGE - 1).unwrap_or_default()) {
        Some((last, _)) if full => {
            format!("/bao-cao-cua-toi?truoc={}", last.received_at.rfc3339())
        }
        _ => String::new(),
    };
    let rows = found
        .into_iter()
        .take(usize::try_from(PAGE).unwrap_or_default())
        .map(|(report, incident)| Row {
            path: Door::Own(report.id).path(),
            code: incident.code,
            category: report.category.to_string(),
            state: incident.state.to_string(),
            iso: report.received_at.rfc3339(),
            shown: report.received_at.local(),
        })
        .collect();
    let first = if before.is_some() { "/bao-cao-cua-toi".to_owned() } else { String::new() };
    html(&Mine { page, rows, first, next })
}

#[derive(Deserialize)]
struct Question {
    #[serde(default)]
    csrf: String,
    #[serde(default)]
    text: String,
}

async fn ask(
    app: Data<App>,
    caller: Caller,
    code: Path<String>,
    form: Form<Question>,
) -> Result<HttpResponse> {
    caller.checked(&form.csrf)?;
    let told = tracking::ask(&app.office, &caller.ctx, &code, &form.text).await?;
    let code = desk::code_of(&app.office, &caller.ctx, &code).await?;
    let key = if told.is_empty() { "flash-asked-unreachable" } else { "flash-asked" };
    let kind = if told.is_empty() { "warn" } else { "ok" };
    Ok(see_with(&format!("/su-co/{code}"), kind, key))
}
