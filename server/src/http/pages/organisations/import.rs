//! Import of tables in the browser: check without writing, or import; every bad row is told.

use actix_multipart::{Field, Multipart};
use actix_web::http::StatusCode;
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use futures_util::TryStreamExt;

use crate::actions::import::{How, Imported, LIMIT_MIB, Outcome, Upload, import};
use crate::app::App;
use crate::domain::refusal::FieldError;
use crate::domain::sheet::Problem;
use crate::domain::sight::Verb;
use crate::error::{Error, Result};
use crate::http::caller::Caller;
use crate::http::page::{BadFields, Page, html, html_with};
use crate::texts::Texts;

pub(super) fn routes(cfg: &mut ServiceConfig) {
    cfg.route("/quan-tri/nhap", web::get().to(empty)).route("/quan-tri/nhap", web::post().to(take));
}

struct Row {
    line: String,
    column: String,
    reason: String,
}

struct File {
    name: String,
    kind: String,
    added: usize,
    changed: usize,
    unchanged: usize,
    bad: usize,
    ignored: String,
    problems: Vec<Row>,
}

#[derive(Template)]
#[template(path = "organisations/import.html")]
struct Face {
    page: Page,
    bad: BadFields,
    verdict: String,
    tone: &'static str,
    files: Vec<File>,
    skip: bool,
}

fn page(app: &App, caller: &Caller, req: &HttpRequest) -> Page {
    Page::new(app, caller, req, "import-title", "organisations")
}

async fn empty(app: Data<App>, caller: Caller, req: HttpRequest) -> Result<HttpResponse> {
    Verb::Administer.by(&caller.ctx.actor)?;
    html(&Face {
        page: page(&app, &caller, &req),
        bad: BadFields::default(),
        verdict: String::new(),
        tone: "info",
        files: Vec::new(),
        skip: false,
    })
}

/// The parts of the form.
#[derive(Default)]
struct Sent {
    csrf: String,
    act: String,
    skip: bool,
    files: Vec<Upload>,
}

async fn take(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    parts: Multipart,
) -> Result<HttpResponse> {
    Verb::Administer.by(&caller.ctx.actor)?;
    let sent = read(parts, &caller).await?;
    caller.checked(&sent.csrf)?;
    let t = Texts(caller.ctx.language);
    if sent.files.is_empty() {
        let bad = BadFields::from(t, &[FieldError::new("files", "import-no-file")]);
        let face = Face {
            page: page(&app, &caller, &req),
            bad,
            verdict: String::new(),
            tone: "info",
            files: Vec::new(),
            skip: sent.skip,
        };
        return html_with(StatusCode::UNPROCESSABLE_ENTITY, &face);
    }
    let how = How { skip_bad: sent.skip, only_check: sent.act != "import" };
    let done = import(&app.office, &caller.ctx, sent.files, how).await?;
    let (status, tone, verdict) = verdict(&done, how);
    let face = Face {
        page: page(&app, &caller, &req),
        bad: BadFields::default(),
        verdict: t.t(verdict),
        tone,
        files: done.files.into_iter().map(|file| shown(t, file)).collect(),
        skip: sent.skip,
    };
    html_with(status, &face)
}

fn verdict(done: &Imported, how: How) -> (StatusCode, &'static str, &'static str) {
    match (done.written, done.bad()) {
        (true, 0) => (StatusCode::OK, "ok", "import-written"),
        (true, _) => (StatusCode::OK, "warn", "import-written"),
        (false, 0) if how.only_check => (StatusCode::OK, "ok", "import-checked"),
        (false, _) => (StatusCode::UNPROCESSABLE_ENTITY, "bad", "import-refused"),
    }
}

fn shown(t: Texts, file: Outcome) -> File {
    let row = |problem: &Problem| Row {
        line: match problem.line {
            0 => t.t("import-whole-file"),
            line => line.to_string(),
        },
        column: match problem.column.as_str() {
            "" => String::new(),
            column => t.t(&format!("dir-col-{column}")),
        },
        reason: t.t1(problem.key, "value", &problem.value),
    };
    File {
        kind: file
            .kind
            .map_or_else(|| t.t("import-kind-unknown"), |kind| t.t(&format!("import-kind-{kind}"))),
        problems: file.problems.iter().map(row).collect(),
        name: file.name,
        added: file.added,
        changed: file.changed,
        unchanged: file.unchanged,
        bad: file.bad,
        ignored: file.ignored.join(", "),
    }
}

/// Reads the form; the token stands before the files and is checked before they are taken in.
async fn read(mut parts: Multipart, caller: &Caller) -> Result<Sent> {
    let mut sent = Sent::default();
    // All files together: six tables at most.
    let mut room = usize::try_from(6 * LIMIT_MIB * 1024 * 1024).unwrap_or(usize::MAX);
    while let Some(mut part) = parts.try_next().await.map_err(|_| broken())? {
        let name = part.name().unwrap_or_default().to_owned();
        let file = part
            .content_disposition()
            .and_then(|said| said.get_filename())
            .map(|name| crate::domain::text::shortened(name, 120));
        if name == "files" {
            caller.checked(&sent.csrf)?;
        }
        let bytes = bytes(&mut part, &mut room).await?;
        match (name.as_str(), file) {
            ("files", Some(name)) if !name.is_empty() || !bytes.is_empty() => {
                sent.files.push(Upload { name, bytes, kind: None });
            }
            ("csrf", _) => sent.csrf = String::from_utf8_lossy(&bytes).into_owned(),
            ("do", _) => sent.act = String::from_utf8_lossy(&bytes).into_owned(),
            ("skip", _) => sent.skip = true,
            _ => {}
        }
    }
    Ok(sent)
}

async fn bytes(part: &mut Field, room: &mut usize) -> Result<Vec<u8>> {
    let mut all = Vec::new();
    while let Some(piece) = part.try_next().await.map_err(|_| broken())? {
        *room = room.checked_sub(piece.len()).ok_or(Error::TooLarge { limit_mib: LIMIT_MIB })?;
        all.extend_from_slice(&piece);
    }
    Ok(all)
}

fn broken() -> Error {
    FieldError::new("body", "field-body").into()
}
