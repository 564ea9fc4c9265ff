//! The files of a case: a list with custody logs, adding, handing out as attachments only, handing
//! on, and the hold of the police.

use actix_multipart::Multipart;
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use actix_web::web::{self, Data, Form, Path, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use serde::Deserialize;

use super::report::{forget_refused, refusals, refused_before, refused_cookie};
use super::tracking::size;
use crate::actions::evidence::{self, Shown};
use crate::actions::files::Bytes;
use crate::app::App;
use crate::domain::files::OPAQUE;
use crate::domain::ids::EvidenceId;
use crate::domain::refusal::{FieldError, Refusal};
use crate::domain::sight::Verb;
use crate::domain::text;
use crate::domain::words::{Audience, Tlp};
use crate::error::{Error, Result};
use crate::http::caller::Caller;
use crate::http::page::{BadFields, Page, html, html_with, see_with};
use crate::http::upload::{self, Wanted};
use crate::records::Evidence;
use crate::texts::Texts;

/// The area's routes.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.route("/su-co/{code}/chung-cu", web::get().to(files))
        .route("/su-co/{code}/chung-cu", web::post().to(add))
        .route("/chung-cu/{id}", web::get().to(hand_out))
        .route("/chung-cu/{id}/giu", web::post().to(hold))
        .route("/chung-cu/{id}/giao", web::post().to(hand_over));
}

/// One line of a custody log.
struct Line {
    title: String,
    who: String,
    iso: String,
    shown: String,
    detail: String,
}

struct Row {
    id: String,
    href: String,
    hand: String,
    hold: String,
    name: String,
    size: String,
    sha256: String,
    source: String,
    scan: String,
    tlp: String,
    audience: String,
    task: String,
    held: bool,
    opaque: bool,
    custody: Vec<Line>,
}

#[derive(Template)]
#[template(path = "evidence.html")]
struct Files {
    page: Page,
    code: String,
    incident_path: String,
    action: String,
    rows: Vec<Row>,
    may_add: bool,
    may_hold: bool,
    audiences: Vec<&'static str>,
    tlps: &'static [Tlp],
    tasks: Vec<(String, String)>,
    note: String,
    audience: String,
    tlp: String,
    task: String,
    bad: BadFields,
    refused: Vec<String>,
}

fn row(t: Texts, shown: Shown, tasks: &[(String, String)]) -> Row {
    let file = shown.file;
    let task = file.task_id.map(|task| task.to_string());
    let task = tasks.iter().find(|(id, _)| Some(id) == task.as_ref());
    Row {
        task: task.map(|(_, text)| text.clone()).unwrap_or_default(),
        id: format!("tep-{}", file.id),
        href: format!("/chung-cu/{}", file.id),
        hand: format!("/chung-cu/{}/giao", file.id),
        hold: format!("/chung-cu/{}/giu", file.id),
        size: size(file.size),
        sha256: file.sha256,
        source: file.source.to_string(),
        scan: file.scan.to_string(),
        tlp: file.tlp.to_string(),
        audience: file.audience.to_string(),
        held: file.held,
        opaque: file.content_type == OPAQUE,
        name: file.name,
        custody: shown
            .custody
            .into_iter()
            .map(|line| Line {
                title: t.t(&format!("custody-{}", line.action)),
                who: line.actor_name,
                iso: line.at.rfc3339(),
                shown: line.at.local(),
                detail: line.detail,
            })
            .collect(),
    }
}

async fn page(app: &App, caller: &Caller, req: &HttpRequest, name: &str) -> Result<Files> {
    let evidence::Listed { incident, files, tasks } =
        evidence::list(&app.office, &caller.ctx, name).await?;
    let page = Page::new(app, caller, req, "evidence-heading", "queue");
    let t = page.t;
    let sight = caller.ctx.sight();
    let mut audiences = vec![Audience::Everyone.as_word()];
    if sight.coordination {
        audiences.push(Audience::Coordination.as_word());
    }
    if sight.police {
        audiences.push(Audience::Police.as_word());
    }
    let refused = refused_before(&page, req);
    let tasks: Vec<(String, String)> = tasks
        .into_iter()
        .map(|task| (task.id.to_string(), text::shortened(&task.text, 80)))
        .collect();
    Ok(Files {
        rows: files.into_iter().map(|one| row(t, one, &tasks)).collect(),
        tasks,
        tlps: Tlp::ALL,
        tlp: incident.tlp.to_string(),
        task: String::new(),
        may_add: Verb::AddEvidence.by(&caller.ctx.actor).is_ok(),
        may_hold: Verb::HoldEvidence.by(&caller.ctx.actor).is_ok(),
        incident_path: format!("/su-co/{}", incident.code),
        action: format!("/su-co/{}/chung-cu", incident.code),
        code: incident.code,
        audiences,
        note: String::new(),
        audience: String::new(),
        bad: BadFields::default(),
        refused,
        page,
    })
}

async fn files(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    code: Path<String>,
) -> Result<HttpResponse> {
    caller.ctx.actor.person()?;
    let mut answer = html(&page(&app, &caller, &req, &code).await?)?;
    forget_refused(&mut answer)?;
    Ok(answer)
}

async fn add(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    code: Path<String>,
    parts: Multipart,
) -> Result<HttpResponse> {
    // Seen and allowed before a single byte is kept.
    let incident = evidence::may_add(&app.office, &caller.ctx, &code).await?;
    let upload = upload::read(&app, parts, caller.ctx.now, |fields| {
        caller.checked(fields.get("csrf"))?;
        Ok(Wanted { scope: None, take: fields.get("secret") == "no" })
    })
    .await?;
    let fields = &upload.fields;
    let path = format!("/su-co/{}/chung-cu", incident.code);
    let done = if fields.get("secret") != "no" {
        Err(FieldError::new("secret", "field-secret").into())
    } else if upload.full.is_some() {
        Err(FieldError::new("files", "field-files-full").into())
    } else if upload.kept.is_empty() && upload.refused.is_empty() {
        Err(FieldError::new("files", "field-files").into())
    } else {
        let staged = upload.kept.clone();
        let about = evidence::About {
            audience: fields.get("audience"),
            tlp: fields.get("tlp"),
            task: fields.get("task"),
            note: fields.get("note"),
            by_chat: false,
        };
        evidence::add(&app.office, &caller.ctx, &code, staged, about).await
    };
    app.office.files.settle(&app.office.db, None, &upload.kept).await;
    match done {
        Ok(kept) => {
            let (kind, key) = if kept.is_empty() {
                ("bad", "flash-files-none")
            } else {
                ("ok", "flash-files-kept")
            };
            let mut answer = see_with(&path, kind, key);
            if !upload.refused.is_empty() {
                answer.add_cookie(&refused_cookie(&upload.refused)?).map_err(Error::internal)?;
            }
            Ok(answer)
        }
        Err(Error::Refused(Refusal::Fields(bad))) => {
            let status = match upload.full {
                Some(_) => StatusCode::SERVICE_UNAVAILABLE,
                None => StatusCode::UNPROCESSABLE_ENTITY,
            };
            let mut shown = page(&app, &caller, &req, &code).await?;
            shown.bad = BadFields::from(shown.page.t, &bad);
            shown.note = fields.take("note");
            shown.audience = fields.take("audience");
            shown.tlp = fields.take("tlp");
            shown.task = fields.take("task");
            shown.refused =
                refusals(&shown.page, &upload.refused).into_iter().map(|bad| bad.message).collect();
            html_with(status, &shown)
        }
        Err(why) => Err(why),
    }
}

async fn hand_out(app: Data<App>, caller: Caller, id: Path<String>) -> Result<HttpResponse> {
    caller.ctx.actor.person()?;
    attachment(&app, &caller, named(&id)?).await
}

fn named(id: &str) -> Result<EvidenceId> {
    id.parse().map_err(|_| Error::NotFound("evidence"))
}

/// The file as an attachment that no browser opens in place.
pub fn attachment_name(name: &str) -> String {
    let plain: String = name
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || ".-_ ".contains(c) { c } else { '_' })
        .collect();
    let encoded: String = name
        .bytes()
        .map(|b| {
            if b.is_ascii_alphanumeric() || b".-_".contains(&b) {
                char::from(b).to_string()
            } else {
                format!("%{b:02X}")
            }
        })
        .collect();
    format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{encoded}")
}

/// Hands a file out: seen, verified, on record (security.md T13, T16).
pub async fn attachment(app: &App, caller: &Caller, id: EvidenceId) -> Result<HttpResponse> {
    let (file, bytes) = evidence::download(&app.office, &caller.ctx, id).await?;
    Ok(handed_out(&file, bytes))
}

/// The answer that carries a file: saved by every browser, opened by none.
pub(super) fn handed_out(file: &Evidence, bytes: Bytes) -> HttpResponse {
    let size = u64::try_from(file.size).unwrap_or_default();
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, file.content_type.clone()))
        .insert_header((CONTENT_DISPOSITION, attachment_name(&file.name)))
        .insert_header(("Content-Security-Policy", "sandbox; default-src 'none'"))
        .insert_header(("X-Content-Type-Options", "nosniff"))
        .insert_header(("Content-Encoding", "identity"))
        .insert_header(("ETag", format!("\"{}\"", file.sha256)))
        .no_chunking(size)
        .streaming(bytes)
}

#[derive(Deserialize)]
struct Why {
    #[serde(default)]
    csrf: String,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    to: String,
}

async fn way_back(app: &App, caller: &Caller, id: EvidenceId, key: &str) -> Result<HttpResponse> {
    let incident = evidence::case_of(&app.office, &caller.ctx, id).await?;
    Ok(see_with(&format!("/su-co/{}/chung-cu", incident.code), "ok", key))
}

async fn hold(
    app: Data<App>,
    caller: Caller,
    id: Path<String>,
    form: Form<Why>,
) -> Result<HttpResponse> {
    caller.checked(&form.csrf)?;
    let id = named(&id)?;
    evidence::hold(&app.office, &caller.ctx, id, &form.reason).await?;
    way_back(&app, &caller, id, "flash-evidence-held").await
}

async fn hand_over(
    app: Data<App>,
    caller: Caller,
    id: Path<String>,
    form: Form<Why>,
) -> Result<HttpResponse> {
    caller.checked(&form.csrf)?;
    let id = named(&id)?;
    evidence::hand_over(&app.office, &caller.ctx, id, &form.to, &form.reason).await?;
    way_back(&app, &caller, id, "flash-evidence-handed").await
}
